#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# errors.sh: what `pathprobe` says, and how it ends, when what it is given is wrong, or is taken away from it in the
# middle.
#
#   client ---- r1 ---- r2 ---- server   10.77.0.0/16, 2001:db8:77::/48; r2 drops all to 10.77.99.0/24
#
# TAP. PATHPROBE: the program. Nothing is waited for by the clock: a run's first observation, or its word on stderr,
# says how far it is.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check nft jq setpriv) || skip_all "$why"
runs= # process IDs of the runs in the background
pad=$(head -c 2000 /dev/zero | tr '\0' x)
at_exit() {
    exec 3>&-
    for pid in $runs; do
        kill -KILL "$pid" 2>/dev/null
    done
}
topo_trap
{ topo_up && topo_nginx "$TOPO_SERVER"; } 2>&1 || {
    bail "no topology"
}
T=$TOPO_TMP
IN=$T/in
topo_in "$TOPO_R2" nft -f - <<'EOT'
table inet pp {
    chain silence { type filter hook forward priority 0; ip daddr 10.77.99.0/24 drop; }
}
EOT

# ---- helpers -----------------------------------------------------------------------------------------------

# client COMMAND...: runs it in the client's namespace.
client() {
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$@"
}

measure() { # measure ARG...: ecn over tcp, one round, with short timeouts
    client "$PATHPROBE" measure ecn -i eth0 --connect tcp --rounds 1 --rate 10k --connect-timeout 2 \
        --ports 61000-61063 --force "$@"
}

# valid FILE: each line is an observation with conditions, and the last line is whole.
valid() {
    jq -e -s 'all(.[]; .schema == 1 and (.conditions | length) > 0)' "$1" >/dev/null 2>&1 &&
        [ -z "$(tail -c 1 "$1" | tr -d '\n')" ]
}

counts() { # counts JQ: the counts of $T/meta add up, and JQ is true of them
    jq -e ".counts | (.read == (map(.) | add) - .read - .written_invalid) and ($1)" "$T/meta" >/dev/null 2>&1 || {
        jq -c .counts "$T/meta"
        return 1
    } >>"$T/err" 2>&1
}

result() { # result STATUS SENTENCE
    ok "$1" "$2" || say "$T/err"
}

# A run in the background, whose input is descriptor 3; it ends when that is closed. $run is the program's process: ip
# and env replace themselves by it.
start() { # start STDOUT ARG...
    rm -f "$T/feed" "$T/file"
    : >"$T/file"
    : >"$T/err"
    mkfifo "$T/feed"
    out=$1
    shift
    ip netns exec "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure ecn \
        -i eth0 --connect tcp --rounds 1 --connect-timeout 2 --ports 61000-61063 --force "$@" <"$T/feed" >"$out" 2>"$T/err" &
    run=$!
    runs="$runs $run"
    exec 3>"$T/feed"
}

lines() { # lines FILE N: FILE has N lines at least
    [ -f "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]
}

echo 10.77.1.1 >"$T/in"

# ---- command line ------------------------------------------------------------------------------------------

exits 2 client "$PATHPROBE" measure ecm -i eth0 && says "unknown experiment 'ecm'" && says "did you mean ecn?"
result $? "an unknown experiment: exit 2, the message proposes a known one"

exits 2 client "$PATHPROBE" measure ecn --conect tcp && says "unknown option '--conect'" &&
    says "did you mean --connect?"
result $? "an unknown option: exit 2, the message proposes a known one"

exits 2 client "$PATHPROBE" measure && says "no experiment"
result $? "no experiment: exit 2"

exits 2 client "$PATHPROBE" mesure ecn && says "did you mean measure?"
result $? "an unknown command: exit 2, the message proposes a known one"

# ---- interface and privilege -------------------------------------------------------------------------------

exits 1 measure -i nosuch0 && says "no such interface 'nosuch0'" && says "hint:"
result $? "an interface that does not exist: exit 1, and a hint"

ip -n "$TOPO_CLIENT" link add down0 type veth peer name down1
exits 1 measure -i down0 && says "interface 'down0' is down" && says "ip link set down0 up"
result $? "an interface that is down: exit 1, and the command that brings it up"
ip -n "$TOPO_CLIENT" link del down0

exits 1 measure --source 10.9.9.9 && says "'10.9.9.9' does not belong to this host"
result $? "a source address of another host: exit 1"

exits 2 measure --source 10.70.1.2 --source 10.70.1.2 && says "two IPv4 addresses"
result $? "two source addresses of one family: exit 2"

exits 2 measure -6 --source 10.70.1.2 && says "an IPv4 address, and -6 excludes it"
result $? "a source address of the wrong family: exit 2"

exits 1 client setpriv --bounding-set -net_raw "$PATHPROBE" measure ecn -i eth0 && says "CAP_NET_RAW is needed" &&
    says "setcap cap_net_raw"
result $? "no CAP_NET_RAW: exit 1, and the command that grants it"

# ---- files -------------------------------------------------------------------------------------------------

exits 1 measure --output "$T/missing/file" && says "cannot .*'$T/missing/file'" && says "No such file"
result $? "an output in a directory that does not exist: exit 1"

exits 1 measure --output /dev/full && says "cannot write '/dev/full'" && says "No space left"
result $? "--output on a full device: exit 1"

full() { measure >/dev/full; }
exits 1 full && says "No space left"
result $? "standard output on a full device: exit 1"

exits 1 measure --input "$T/missing" && says "'$T/missing'" && says "No such file"
result $? "an input that does not exist: exit 1"

: >"$T/in"
exits 0 measure --metadata "$T/meta" && ! [ -s "$T/out" ] && counts '.read == 0'
result $? "an empty list: exit 0, nothing written"

# ---- lines -------------------------------------------------------------------------------------------------

# Line 6 is longer than 10 MB.
{
    printf '\357\273\277{"dip":"10.77.2.1","n":1}\r\n'
    printf 'neither an address nor JSON\n'
    printf '{"dip":"2001:0DB8:0077:0:0000::0A","n":2,"dp":80}\n'
    printf '{"dip":"10.77.2.2","dp":0}\n'
    printf '{"dip":"10.77.2.3","dp":65536}\n'
    printf '{"dip":"10.77.2.4","pad":"'
    head -c 10000000 /dev/zero | tr '\0' x
    printf '"}\n'
    printf '{"dip":"127.0.0.1"}\r\n'
    printf '{"dip":"::ffff:10.77.2.5","n":3,"big":18446744073709551616}\r\n'
    printf '{"dip":"10.77.2.6","n":\n'
    printf '\377\376\000\n'
    printf '{"dip":"10.77.2.1","dp":80,"n":4}\n'
    printf '{"dip":"10.77.2.7","n":5}'
} >"$T/in"
exits 0 measure --metadata "$T/meta" &&
    counts '.read == 12 and .written == 4 and .invalid_line == 6 and .blocked == 1 and .duplicate == 1'
result $? "a list of bad lines: exit 0, every line is counted"
says "input line 2:" && says "input line 4:" && says "input line 5:" && says "input line 6:" && says "input line 9:" &&
    says "6 input lines were unusable"
result $? "the first bad lines are named with their number, then a count"
valid "$T/out" && [ "$(jq -s -c 'map(.n) | sort' "$T/out")" = "[1,2,3,5]" ]
result $? "a byte-order mark, CRLF and a missing last newline are accepted" || say "$T/out"
grep -q '^{"dip":"2001:0DB8:0077:0:0000::0A","n":2,"dp":80,"schema":' "$T/out" &&
    jq -e -s 'map(select(.n == 2))[0] | .path[-1] == "2001:db8:77::a" and
        .conditions == ["ecn.connectivity.works", "ecn.negotiation.succeeded"]' "$T/out" >/dev/null
result $? "a non-canonical IPv6 address is probed, and the output has the input's spelling" || say "$T/out"
grep -q '"big":18446744073709551616,' "$T/out" &&
    jq -e -s 'map(select(.n == 3))[0].path[-1] == "10.77.2.5"' "$T/out" >/dev/null
result $? "an IPv4-mapped IPv6 address is probed over IPv4; other fields are kept unchanged" || say "$T/out"

printf '10.77.3.1\r\n10.77.3.2:80\r\n[2001:db8:77::3]:80\r\n10.77.3.3:0\n' >"$T/in"
printf '[2001:db8:77::3]:65536\n2001:DB8:77::4\n10.77.3.256\n' >>"$T/in"
exits 0 measure --metadata "$T/meta" && counts '.read == 7 and .written == 4 and .invalid_line == 3' && valid "$T/out"
result $? "a plain list: ports of 0 and 65536 are bad lines"

printf '10.77.3.1\n2001:db8:77::1\n' >"$T/in"
exits 0 measure -4 --metadata "$T/meta" && counts '.written == 1 and .other_family == 1 and .no_route == 0' &&
    jq -e '.path[-1] == "10.77.3.1"' "$T/out" >/dev/null
result $? "-4: IPv6 targets are counted, not probed"
exits 0 measure -6 --metadata "$T/meta" && counts '.written == 1 and .other_family == 1 and .no_route == 0' &&
    jq -e '.path[-1] == "2001:db8:77::1"' "$T/out" >/dev/null
result $? "-6: IPv4 targets are counted, not probed"

printf '10.77.3.1\n192.0.2.1\n224.0.0.1\n::1\nfe80::1\nff02::1\n' >"$T/in"
exits 0 measure --metadata "$T/meta" && counts '.written == 1 and .blocked == 5'
result $? "targets in blocked ranges are counted, not probed"

printf '10.77.3.1\n' >"$T/in"
exits 0 topo_in "$TOPO_CLIENT" "$PATHPROBE" measure ecn -i eth0 --connect tcp --force --metadata "$T/meta" &&
    counts '.written == 0 and .blocked == 1'
result $? "without PATHPROBE_ALLOW, 10.0.0.0/8 is a blocked range"
exits 1 topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW=8.0.0.0/8 "$PATHPROBE" measure ecn -i eth0 &&
    says "not a special-purpose prefix"
result $? "PATHPROBE_ALLOW cannot unblock a public range: exit 1"

# no_targets LIST HINT WHAT: no line of LIST is a target: exit 1, a hint that matches HINT, no output.
no_targets() {
    printf "$1" >"$T/in"
    exits 1 measure --metadata "$T/meta" && ! [ -s "$T/out" ] && says "no line of 'standard input' is a target" &&
        says "hint: .*$2" && counts '.read > 0 and .invalid_line == .read'
    result $? "no target in a list of $3: exit 1, and a hint"
}
no_targets 'www.example.org\nexample.net\n' 'pathprobe resolve' names
no_targets 'domain,rank\nexample.net,1\n' 'pathprobe resolve' 'names with ranks'
no_targets 'https://www.example.org/x\n' 'pathprobe resolve' URLs
no_targets '{"domain":"www.example.org"}\n' 'pathprobe resolve' 'objects without dip'
no_targets '{"ip":"10.77.3.1"}\n' 'dip' 'objects with ip'
no_targets '10.77.3.0/24\n' 'a single address' prefixes

printf '{"dip":"10.77.3.1","domain":"a/b"}\n{"dip":"10.77.3.1","domain":"h:80"}\n' >"$T/in"
printf '{"dip":"10.77.3.1","domain":"B\303\274cher.example."}\n' >>"$T/in"
exits 0 client "$PATHPROBE" measure ecn -i eth0 --connect http --rounds 1 --connect-timeout 5 --ports 61000-61063 \
    --force --metadata "$T/meta" && counts '.read == 3 and .written == 1 and .invalid_line == 2' &&
    says 'input line 1: a character that host names do not allow' &&
    [ "$(jq -r .domain_used "$T/out")" = xn--bcher-kva.example ]
result $? "a domain is converted to A-labels; a string that is no host name makes a bad line" || say "$T/out"

# A blocked IPv4 prefix also blocks the IPv6 addresses that embed its addresses (RFC 6052, RFC 3056).
printf '64:ff9b::a4d:301\n2002:a4d:301::1\n64:ff9b::7f00:1\n10.77.3.1\n' >"$T/in"
echo 10.77.3.0/24 >"$T/optout"
exits 0 measure --blocklist "$T/optout" --metadata "$T/meta" && counts '.read == 4 and .blocked == 4 and .written == 0'
result $? "--blocklist 10.77.3.0/24 also blocks the NAT64 and 6to4 addresses of that network"

exits 2 measure --output "$T/out.gz" && says 'compression by gzip is not supported' && ! [ -e "$T/out.gz" ]
result $? "--output with the suffix .gz: exit 2, no file"

# ---- plugins, captures -------------------------------------------------------------------------------------

mkdir "$T/plugins"
if command -v cc >/dev/null; then
    cc -std=gnu11 -fPIC -fvisibility=hidden -shared -o "$T/plugins/otherabi.so" \
        "$here/../unit/bad_plugins/otherabi.c" 2>"$T/err" &&
        exits 2 client "$PATHPROBE" measure otherabi --plugin-dir "$T/plugins" &&
            says "bad plugin '$T/plugins/otherabi.so'" && says "ABI"
    result $? "a plugin with another ABI number: exit 2, the message names it"
else
    skip "a plugin with another ABI number" "no C compiler"
fi

exits 1 client "$PATHPROBE" observe --input "$here/../captures/truncated.pcap" tcp && says truncated &&
    [ -s "$T/out" ] &&
    jq -e . "$T/out" >/dev/null
result $? "observe, a truncated capture file: the flows before the end are written, exit 1"

# ---- ports that another run holds --------------------------------------------------------------------------

start "$T/held" --ports 61000-61003
echo 10.77.4.1 >&3
topo_until lines "$T/held" 1
result $? "a run writes an observation while its input stays open"
echo 10.77.4.2 >"$T/in"
client "$PATHPROBE" measure ecn -i eth0 --connect tcp --aa 0 --audit 0 --ports 61000-61003 <"$T/in" >"$T/out" 2>"$T/err2"
[ $? -eq 1 ] && grep -q "no free port in 61000-61003" "$T/err2" && grep -q "hint:" "$T/err2"
ok $? "all ports in use: exit 1, and a hint" || say "$T/err2"
client "$PATHPROBE" measure ecn -i eth0 --connect tcp --aa 0 --audit 0 --ports 61000-61007 <"$T/in" >"$T/out" 2>"$T/err2" &&
    valid "$T/out" && jq -e '.conditions == ["ecn.connectivity.works", "ecn.negotiation.succeeded"]' "$T/out" >/dev/null
ok $? "some ports in use: the run uses the others" || say "$T/err2" "$T/out"
exec 3>&-
topo_ended "$run" 0
result $? "the run ends when its input is closed: exit 0"

# ---- an output whose reader closes it ----------------------------------------------------------------------

# The input stays open, so that the closed output alone can end the run.
mkfifo "$T/pipe"
start "$T/pipe" --metadata "$T/meta"
echo 10.77.5.1 >&3
head -n 1 <"$T/pipe" >"$T/out"
valid "$T/out"
result $? "an observation is written to a pipe while the run goes on"
echo 10.77.5.2 >&3
topo_ended "$run" 1 && says "the reader of the output has closed it: the run ends" && ! says "Broken pipe" && jq -e '.complete == false' "$T/meta" >/dev/null
result $? "a pipe whose reader has closed it ends the run: exit 1, metadata not complete"
exec 3>&-

# ---- a slow reader of the output ---------------------------------------------------------------------------

# The output is far larger than the pipe and the writer's queue; this script has the pipe open and does not read.
i=1
while [ $i -le 250 ]; do
    for j in 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29; do
        echo "{\"dip\":\"10.77.$j.$i\",\"pad\":\"$pad\"}"
    done
    i=$((i + 1))
done >"$T/in"
stands_still() { # the last two status lines have the same number done, and neither is the final one
    tail -n 2 "$T/status" 2>/dev/null | \
        jq -e -s 'length == 2 and .[0].done == .[1].done and .[0].done > 0 and (.[1].final | not)' >/dev/null
}
rm "$T/pipe"
mkfifo "$T/pipe"
start "$T/pipe" --metadata "$T/meta" --status "$T/status"
exec 4<"$T/pipe"
cat "$T/in" >&3 &
exec 3>&-
topo_until stands_still
result $? "a reader that does not read stops the run's progress"
cat <&4 >"$T/out"
exec 4<&-
topo_ended "$run" 0 && counts '.written == 5000 and .written_invalid == 0' && valid "$T/out" && lines "$T/out" 5000 &&
    jq -e -s 'all(.[]; .conditions == ["ecn.connectivity.works", "ecn.negotiation.succeeded"])' "$T/out" >/dev/null
result $? "when it reads again, all 5,000 observations are written, and are right"

# ---- signals -----------------------------------------------------------------------------------------------

for signal in INT TERM; do
    start "$T/out" --output "$T/file" --metadata "$T/meta" --connect-timeout 30
    printf '10.77.99.1\n10.77.6.1\n' >&3
    topo_until lines "$T/file" 1
    kill -$signal "$run"
    topo_ended "$run" 130 && says "interrupted" && valid "$T/file" && lines "$T/file" 1 &&
        counts '.written == 1 and .pending + .not_started == 1' &&
        jq -e '.complete == false' "$T/meta" >/dev/null
    result $? "SIG$signal while input and targets are open: exit 130, the output is valid, the rest is counted"
    exec 3>&-
done

start "$T/out" --output "$T/file" --connect-timeout 30
printf '10.77.99.1\n10.77.6.1\n' >&3
topo_until lines "$T/file" 1
kill -INT "$run"
topo_until grep -q "once more" "$T/err"
kill -INT "$run"
topo_ended "$run" 130 && valid "$T/file" && lines "$T/file" 1
result $? "a second SIGINT: exit 130, the output has whole lines"
exec 3>&-

rm -f "$T/pipe" "$T/status"
mkfifo "$T/pipe"
start "$T/pipe" --status "$T/status"
exec 4<"$T/pipe"
cat "$T/in" >&3 2>/dev/null &
exec 3>&-
topo_until stands_still
kill -INT "$run"
topo_until grep -q "once more" "$T/err"
kill -INT "$run"
topo_ended "$run" 130
result $? "a second SIGINT, while the output's reader does not read: exit 130"
cat <&4 >"$T/out"
exec 4<&-
sed '$!b; /}$/!d' "$T/out" >"$T/whole"
valid "$T/whole"
result $? "the pipe's content is whole lines, but for the last one, which may be cut" || say "$T/whole"

# ---- a client without IPv6 ---------------------------------------------------------------------------------

ip -n "$TOPO_CLIENT" -6 route del default
ip -n "$TOPO_CLIENT" -6 addr flush dev eth0 scope global
printf '10.77.3.1\n2001:db8:77::1\n' >"$T/in"
exits 0 measure --metadata "$T/meta" && counts '.written == 1 and .no_route == 1'
result $? "no route to one family: its targets are counted as no_route, the others are probed"
exits 1 measure -6 && says "cannot be used"
result $? "no route to the only family requested: exit 1"

done_testing
