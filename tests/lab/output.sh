#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# output.sh: output that cannot be written. A full disk gives an error and exit status 1 in every command; a reader that
# closes the pipe (`| head`) gives no message, and no status 0; a wrong command line gives status 2. Prints TAP.

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/net/tap.sh"
need_program
pathprobe=$PATHPROBE
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

result() { # result STATUS SENTENCE
    ok "$1" "$2" || say "$tmp/err"
}

# A list whose output is longer than a pipe holds.
i=0
while [ $i -lt 254 ]; do
    i=$((i + 1))
    echo "192.88.1.$i"
done >"$tmp/some"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    sed "s/88\\.1/88.$((i + 1))/" "$tmp/some"
done >"$tmp/list"

# ---- a full disk ------------------------------------------------------------------------------------------

# full ARG...: with a full standard output, the command exits with 1 and one message.
full() {
    "$pathprobe" "$@" </dev/null >/dev/full 2>"$tmp/err"
    code=$?
    [ $code -eq 1 ] && [ "$(grep -c 'cannot write' "$tmp/err")" -eq 1 ] &&
        grep -q "^pathprobe: cannot write 'standard output': No space left on device$" "$tmp/err"
    result $? "a full disk: $*"
}
full help
full --version
full plugins
full plugins ecn
full completion bash
full measure --help
full measure ecn --print-config
full lab --list-behaviours
full observe --list-chains
full observe --input "$top/tests/captures/link-raw.pcap" tcp
full filter --input "$tmp/list"

"$pathprobe" doctor -i lo --probing-txt /dev/full --contact you@example.org >/dev/null 2>"$tmp/err"
[ $? -eq 1 ] && grep -q "cannot write '/dev/full': No space left" "$tmp/err"
result $? "a probing.txt that cannot be written: exit 1"

# ---- a pipe without a reader ----------------------------------------------------------------------------------

# gone ARG...: with a reader that has ended, the command exits with an error code and without a message.
gone() {
    { "$pathprobe" "$@" </dev/null 2>"$tmp/err"; echo $? >"$tmp/code"; } | true
    [ "$(cat "$tmp/code")" -ne 0 ] && ! [ -s "$tmp/err" ]
    result $? "a pipe without a reader: $*"
}
# `true` may end before or after the first write, so these commands write more than a pipe holds.
gone filter --input "$tmp/list" -q
gone filter --input "$tmp/list" --shuffle -q

# A pipe whose reader is gone before the program starts.
mkfifo "$tmp/unread"
exec 3<>"$tmp/unread" 4>"$tmp/unread" 3>&-
"$pathprobe" observe --input "$top/tests/captures/flows.pcap" -q tcp >&4 2>"$tmp/err"
[ $? -eq 1 ] && ! [ -s "$tmp/err" ]
result $? "a pipe without a reader: observe"
exec 4>&-

# A limit on the file's size stands for a full disk.
(ulimit -f 8 && exec "$pathprobe" observe --input "$top/tests/captures/flows.pcap" --output "$tmp/short" tcp) 2>"$tmp/err"
[ $? -eq 1 ] && grep -q "cannot write '$tmp/short': File too large" "$tmp/err" && grep -q 'a complete record' "$tmp/err" &&
    [ -s "$tmp/short" ] && [ -z "$(tail -c 1 "$tmp/short")" ]
result $? "observe: the file on a full disk ends with a complete record"

# ---- descriptors that the caller closed --------------------------------------------------------------------------

printf 'junk\n192.88.1.1\n' >"$tmp/mixed"
"$pathprobe" filter --input "$tmp/mixed" --output "$tmp/clean" <&- >&- 2>&-
[ $? -eq 0 ] && [ "$(cat "$tmp/clean")" = '{"dip":"192.88.1.1"}' ]
result $? "with descriptors 0 to 2 closed, no message is written into the output file"
"$pathprobe" observe --input "$top/tests/captures/link-raw.pcap" -q tcp >&- 2>"$tmp/err"
[ $? -eq 1 ] && grep -q "cannot write 'standard output': Bad file descriptor" "$tmp/err"
result $? "a closed standard output is an error, and no other file is written to"

# ---- wrong command lines ---------------------------------------------------------------------------------------

# usage TEXT ARG...: the command exits with 2 and prints TEXT.
usage() {
    text=$1
    shift
    "$pathprobe" "$@" </dev/null >/dev/null 2>"$tmp/err"
    [ $? -eq 2 ] && grep -q -e "$text" "$tmp/err"
    result $? "exit 2: $*"
}
usage "cannot be held over 'udp'" measure ecn -i lo --connect udp
usage 'no arm for IPv6' measure evilbit -i lo -6
usage 'a round of .ecn. needs' measure ecn -i lo --max-flows-per-target 2
usage 'no format .xml' measure ecn -i lo --input-format xml
usage '--contact is empty' measure ecn -i lo --contact ''
usage "not an IPv4 or IPv6 address" measure ecn -i lo --source 1.2.3
usage "not an IPv4 or IPv6 address" measure ecn -i lo --public-address here
usage '--output is required' measure ecn -i lo --resume
usage 'which ./dev/null. is not' measure ecn -i lo --resume --output /dev/null
usage 'exclude each other' observe -i lo --input "$top/tests/captures/link-raw.pcap" tcp

# ---- names of compressed files for outputs that are not compressed ----------------------------------------------

# refused OPTION ARG...: the command exits with 2, and makes no file with $suffix.
refused() {
    option=$1
    shift
    "$pathprobe" "$@" "$option" "$tmp/out.$suffix" </dev/null >/dev/null 2>"$tmp/err"
    code=$?
    [ $code -eq 2 ] && grep -q "cannot write '$tmp/out.$suffix': compression by" "$tmp/err" && [ ! -e "$tmp/out.$suffix" ]
    result $? "$1 $option refuses a name in .$suffix"
}
: >"$tmp/nothing"
for suffix in gz bz2 xz GZ; do
    refused --output filter --input "$tmp/list"
    refused --output resolve --input "$tmp/nothing" --server 127.0.0.1
    refused --failed resolve --input "$tmp/nothing" --server 127.0.0.1
done
for suffix in gz bz2 zst; do
    refused --output observe --input "$top/tests/captures/link-raw.pcap" tcp
    refused --targets lab
    refused --truth lab
done
"$pathprobe" filter --input "$tmp/list" --output "$tmp/out.zst" 2>"$tmp/err" && zstd -qdc "$tmp/out.zst" | grep -q '"dip"'
result $? "an output named .zst is compressed by zstd"

# ---- metadata beside pipes and devices -------------------------------------------------------------------------

# The output is a named pipe, as an example of a device: no metadata file is made beside it.
mkfifo "$tmp/pipe"
cat "$tmp/pipe" >"$tmp/lines" &
reader=$!
"$pathprobe" lab --hosts 4 --targets "$tmp/targets" -- "$pathprobe" measure evilbit -i lab0 --connect tcp --rounds 1 \
    --input "$tmp/targets" --output "$tmp/pipe" 2>"$tmp/err" >/dev/null
code=$?
case $(cat "$tmp/err") in
*"cannot make"*) : >"$tmp/pipe" && wait $reader && skip "a pipe" "no network namespace" ;;
*)
    wait $reader
    [ $code -eq 0 ] && [ -s "$tmp/lines" ] && ! [ -e "$tmp/pipe.meta.json" ]
    result $? "no metadata beside a named pipe"
    ;;
esac

printf '{}\n' >"$tmp/observation"
for device in /dev/stdin "$tmp/pipe"; do
    "$pathprobe" metadata "$device" <"$tmp/observation" >/dev/null 2>"$tmp/err"
    [ $? -eq 1 ] && grep -q "not a regular file, so metadata cannot be written beside it" "$tmp/err" && ! [ -e "$device.meta.json" ]
    result $? "the command metadata refuses $(basename "$device")"
done

done_testing
