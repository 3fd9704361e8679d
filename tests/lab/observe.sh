#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# observe.sh: `pathprobe observe` on capture files of every link type, on a pipe, and on a live interface.
#
# The live part runs in a network namespace of its own; where none can be made it is skipped. Prints TAP.

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/net/tap.sh"
need_program
pathprobe=$PATHPROBE
captures=$top/tests/captures
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

result() { # result STATUS SENTENCE
    ok "$1" "$2" || say "$tmp/err"
}

observe() {
    "$pathprobe" observe "$@" 2>"$tmp/err"
}

# observes CODE ARG...: whether it exits with CODE; standard output goes to $tmp/out.
observes() {
    want=$1
    shift
    observe "$@" >"$tmp/out"
    [ $? -eq "$want" ]
}

# ---- capture files ----------------------------------------------------------------------------------------

for file in "$captures"/link-*; do
    observes 0 --input "$file" tcp ecn icmp && cmp -s "$tmp/out" "$captures/link.ndjson"
    result $? "the same records from $(basename "$file")"
done

observes 0 --input "$captures/flows.pcap" tcp ecn dscp icmp mss tcpopt tfo udp dns evil &&
    cmp -s "$tmp/out" "$captures/flows.ndjson"
result $? "PATHspider's chains on all flows"

grep -q '1 not IP, 1 undecodable, 1 without a flow, 0 wrong' "$tmp/err"
result $? "frames that are not IP, cannot be decoded or have no flow are counted"

# Lengths changed by offloads, faulty senders and snap lengths; checksums computed with other addresses than the header's.
observes 0 --input "$captures/lengths.pcap" tcp ecn dscp mss tcpopt dns && cmp -s "$tmp/out" "$captures/lengths.ndjson" &&
    grep -q ' 0 wrong checksums' "$tmp/err" && grep -q 'truncated 9 packets' "$tmp/err"
result $? "fields beyond the snap length are null and counted; lengths are those of the packets"

observes 0 --input "$captures/late.pcapng" basic && [ "$(grep -c '"pkt_first":4323283200\.' "$tmp/out")" -eq 2 ]
result $? "stamps of the year 2107"

printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\377\377\0\0\150\0\0\0' >"$tmp/hdlc.pcap"
observes 1 --input "$tmp/hdlc.pcap" tcp && grep -q 'link type C_HDLC, which is not supported' "$tmp/err"
result $? "an unsupported link type: exit 1"

observes 0 -i "$captures/link-raw.pcap" tcp ecn icmp && cmp -s "$tmp/out" "$captures/link.ndjson"
result $? "-i takes a capture file"

cat "$captures/link-raw.pcap" | observes 0 --input - tcp ecn icmp && cmp -s "$tmp/out" "$captures/link.ndjson"
result $? "standard input"

observes 0 --input "$captures/link-raw.pcap" --output "$tmp/file" tcp ecn icmp &&
    cmp -s "$tmp/file" "$captures/link.ndjson"
result $? "--output"
cp "$tmp/file" "$tmp/was"
observes 1 --input "$captures/link-raw.pcap" --output "$tmp/file" tcp && grep -q "file' is not empty" "$tmp/err" &&
    cmp -s "$tmp/file" "$tmp/was" && observes 0 --input "$captures/link-raw.pcap" --output "$tmp/file" --force tcp ecn &&
    ! cmp -s "$tmp/file" "$tmp/was" && [ -s "$tmp/file" ]
result $? "an output that is not empty is not overwritten without --force"

observes 0 --input "$captures/link-raw.pcap" --filter ip6 tcp && [ "$(wc -l <"$tmp/out")" -eq 1 ]
result $? "--filter"

observes 0 --input "$captures/link-raw.pcap" --max-packets 3 basic && grep -q '"pkt_fwd":2,"pkt_rev":1,' "$tmp/out"
result $? "--max-packets"

observes 1 --input "$captures/truncated.pcap" tcp && [ "$(wc -l <"$tmp/out")" -eq 2 ] && grep -q truncated "$tmp/err"
result $? "a truncated file: its records, the cause, exit 1"

observes 1 --input "$tmp/missing" tcp && grep -q 'No such file' "$tmp/err"
result $? "a missing file: exit 1"

echo 'not a capture' >"$tmp/text"
observes 1 --input "$tmp/text" tcp && grep -q "cannot read '$tmp/text'" "$tmp/err"
result $? "a text file in place of a capture: exit 1"

cp "$captures/link-raw.pcap" "$tmp/same.pcap"
observes 1 --input "$tmp/same.pcap" --output "$tmp/same.pcap" tcp && cmp -s "$tmp/same.pcap" "$captures/link-raw.pcap"
result $? "an output that is the input is refused"

observes 1 --input "$captures/link-raw.pcap" --output /dev/full tcp && grep -q 'No space left' "$tmp/err"
result $? "a full disk: exit 1"

# ---- usage ------------------------------------------------------------------------------------------------

observes 2 --input "$captures/link-raw.pcap" ecm && grep -q "did you mean 'ecn'" "$tmp/err"
result $? "an unknown chain: exit 2 and a hint"

observes 2 -i eth0 --input "$captures/link-raw.pcap" tcp
result $? "an interface and a file: exit 2"

observes 1 --input "$captures/link-raw.pcap" --filter 'no such word' tcp && grep -q 'bad filter' "$tmp/err"
result $? "a bad filter"

observes 0 --list-chains && [ "$(grep -c '^[a-z]' "$tmp/out")" -eq 18 ]
result $? "--list-chains names eighteen chains"

# ---- signals ----------------------------------------------------------------------------------------------

# The pipe stays open without data behind the capture: a blocking read must not delay the signal.
mkfifo "$tmp/pipe"
"$pathprobe" observe -v --input "$tmp/pipe" --force --output "$tmp/out" tcp ecn icmp 2>"$tmp/err" &
pid=$!
exec 3>"$tmp/pipe"
until_true grep -q '^NoNewPrivs:.*1' "/proc/$pid/status"
result $? "the process is confined before it reads the capture"
cat "$captures/link-raw.pcap" >&3
until_true grep -q 'reading' "$tmp/err"
kill -TERM $pid
wait $pid
code=$?
exec 3>&-
[ $code -eq 130 ] && grep -q ' flows' "$tmp/err"
result $? "SIGTERM while a pipe has no data: exit 130"

# ---- an interface: lo of a new namespace ------------------------------------------------------------------
#
#     bash --- lo --- closed ports
#               |
#            observe

cat >"$tmp/live.sh" <<'END'
ip link set lo up || exit 77
"$1" observe -v -i lo --idle 0.2 --linger 0.1 --force --output "$2/out" tcp 2>"$2/err" &
pid=$!
until grep -q watching "$2/err"; do kill -0 $pid || exit 1; sleep 0.1; done
# A datagram of 5,008 bytes with a wrong checksum, which is counted only if it is captured whole. It is sent before the
# flows whose records are waited for.
python3 -c 'import socket, struct
socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP).sendto(
    struct.pack("!4H", 4000, 9, 5008, 0x1234) + bytes(5000), ("127.0.0.1", 0))' || exit 1
bash -c 'exec 3<>/dev/tcp/127.0.0.1/9' 2>/dev/null
bash -c 'exec 3<>/dev/tcp/::1/9' 2>/dev/null
# No more packets come on lo, so only the clock can end the flows.
tries=600
until [ "$(wc -l <"$2/out")" -ge 2 ]; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || break
    sleep 0.1
done
kill -INT $pid
wait $pid
[ $? -eq 130 ] && grep -q ' 1 wrong checksums' "$2/err" && [ "$(grep -c '"dp":9,.*"tcp_syn_fwd":1,.*"tcp_rst_rev":true' "$2/out")" -eq 2 ]
END
if [ "$(id -u)" -eq 0 ]; then
    unshare -n true 2>/dev/null && space='unshare -n'
else
    unshare -rn true 2>/dev/null && space='unshare -rn'
fi
if [ -n "$space" ]; then
    $space sh "$tmp/live.sh" "$pathprobe" "$tmp"
    result $? "records are written on an interface without further packets; SIGINT: exit 130"
else
    skip "a quiet interface" "no network namespace to be had"
fi

observes 1 -i nosuchif0 tcp
result $? "a missing interface: exit 1"

done_testing
