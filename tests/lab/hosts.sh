#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# hosts.sh: `check`, `trace` and `measure --locate` of hosts that a person may name by mistake, and Ctrl-C in each of
# their phases: names that do not exist, of one family alone on a host that has no way to it; a resolver that does not
# answer; while ports are looked for; while hops are asked. Into pipes, and on a narrow terminal. TAP.
# parts: names interrupts outputs
set -u

here=$(dirname "$0")
# shellcheck source=tests/net/tap.sh
. "$here/../net/tap.sh"
need_program
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
for tool in jq tcpdump unshare python3; do
    command -v $tool >/dev/null || skip_all "no $tool here"
done
"$PATHPROBE" lab --hosts 1 -- true 2>"$T/err" || skip_all "no lab here: $(head -n 1 "$T/err")"
chmod 755 "$T"

cat >"$T/scenario" <<'END'
{"name": "hosts", "seed": 1, "hops": [8, 8], "hosts": [
 {"share": 0.25, "families": [4], "server": "ecn", "ports": [80], "delay_ms": 5,
  "path": [{"behaviour": "ecn.syn.rst", "dir": "fwd", "hop": 7}]},
 {"share": 0.25, "families": [4], "server": "ecn", "ports": [80], "delay_ms": 5},
 {"share": 0.25, "families": [4], "server": "silent", "ports": [80]},
 {"share": 0.25, "families": [6], "server": "ecn", "ports": [80], "delay_ms": 5}]}
END
cat >"$T/dns.py" <<'END'
# NAME=ADDRESS...: a name server for these names. It does not answer for slow.example, and prints that it was asked.
import ipaddress, socket, sys

known = {}
for operand in sys.argv[1:]:
    name, _, address = operand.partition("=")
    known.setdefault(name, []).append(ipaddress.ip_address(address))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53))
print("ready", flush=True)
while True:
    query, peer = s.recvfrom(2048)
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    name, kind = ".".join(labels).lower(), int.from_bytes(query[at + 1:at + 3], "big")
    if name == "slow.example":
        print(name, flush=True)
        continue
    answers = [a.packed for a in known.get(name, []) if kind == (1 if a.version == 4 else 28)]
    head = query[:2] + bytes([0x81, 0x80 if name in known else 0x83, 0, 1, 0, len(answers), 0, 0, 0, 0])
    s.sendto(head + query[12:at + 5] + b"".join(
        b"\xc0\x0c" + kind.to_bytes(2, "big") + b"\0\1\0\0\0\x3c" + len(a).to_bytes(2, "big") + a for a in answers), peer)
END
# The beginning of each script in the lab: the addresses of the hosts, and a name server.
cat >"$T/begin" <<'END'
of() { jq -r -s "map(select($1)) | .[0].dip" "$T/truth"; }
broken=$(of '.behaviours != []') fine=$(of '.family == 4 and .server == "ecn" and .behaviours == []')
silent=$(of '.server == "silent"') six=$(of '.family == 6')
echo "nameserver 127.0.0.1" >"$T/resolv.conf"
mount --bind "$T/resolv.conf" /etc/resolv.conf
python3 "$T/dns.py" "six.example=$six" "both.example=$six" "both.example=$fine" >"$T/dns" 2>&1 &
dns=$!
until grep -q ready "$T/dns"; do sleep 0.05; done
run() { # NAME COMMAND...
    name=$1
    shift
    timeout 120 "$PATHPROBE" "$@" >"$T/$name" 2>"$T/$name.err"
    echo $? >"$T/$name.rc"
}
END
SCREEN=$here/screen.py
export T PATHPROBE SCREEN
in_lab() {
    { cat "$T/begin" && echo "$1" && echo 'kill $dns'; } >"$T/script"
    timeout 300 "$PATHPROBE" lab --hosts 4 --force --scenario "$T/scenario" --targets "$T/list" --truth "$T/truth" -- \
        unshare -m sh "$T/script" >"$T/lab.out" 2>"$T/lab.err" || say "$T/lab.out" "$T/lab.err"
}
rc() {
    [ "$(cat "$T/$1.rc")" = "$2" ]
}

part names && {
in_lab '
for command in "check" "trace ecn" "measure ecn --locate"; do
    run nosuch.${command%% *} $command -i lab0 nosuch.example
done
run six.check check -i lab0 --experiments mss six.example
ip -6 addr flush dev lab0
ip -6 route flush dev lab0
for command in "check --experiments mss" "trace ecn" "measure ecn --locate"; do
    run no6.${command%% *} $command -i lab0 six.example
done
run both.check check -i lab0 --experiments mss both.example
run only4.check check -i lab0 -4 six.example'
for command in check trace measure; do
    rc nosuch.$command 1 && grep -q "^pathprobe: 'nosuch.example': no such name" "$T/nosuch.$command.err" &&
        grep -q '^hint: ' "$T/nosuch.$command.err" && [ ! -s "$T/nosuch.$command" ]
    ok $? "$command: a name that does not exist" || say "$T/nosuch.$command.err" "$T/nosuch.$command"
    grep -q 'no route' "$T/no6.$command.err" && grep -q '^hint: ' "$T/no6.$command.err" && [ ! -s "$T/no6.$command" ]
    ok $? "$command: a name with IPv6 addresses alone, on a host without IPv6" || say "$T/no6.$command.err" "$T/no6.$command"
done
rc six.check 0 && grep -q '^six.example (.*), IPv6$' "$T/six.check" && rc no6.check 1 && rc no6.trace 1
ok $? "a name with IPv6 addresses alone is checked on a host with IPv6, and an error on a host without" || say "$T/six.check" "$T/no6.check.err"
rc both.check 0 && grep -q '^both.example (.*), IPv4$' "$T/both.check" && ! grep -q 'IPv6' "$T/both.check" &&
    grep -q 'warning: both.example, .*: left out, as there is no route to it' "$T/both.check.err"
ok $? "a name with both families is checked over the one that has a route" || say "$T/both.check" "$T/both.check.err"
rc only4.check 1 && grep -q "'six.example' has no IPv4 address" "$T/only4.check.err" && grep -q '^hint: without -4' "$T/only4.check.err"
ok $? "-4 with a name that has no IPv4 address" || say "$T/only4.check.err"
}

part interrupts && {
# interrupt NAME FILTER COMMAND...: sends SIGINT as soon as a packet that FILTER matches has left.
in_lab '
interrupt() {
    name=$1 filter=$2
    shift 2
    tcpdump -i lab0 -n -c 1 "$filter" >"$T/tcpdump.out" 2>"$T/tcpdump" &
    dump=$!
    until grep -q listening "$T/tcpdump"; do sleep 0.05; done
    "$PATHPROBE" "$@" >"$T/$name" 2>"$T/$name.err" &
    pid=$!
    wait $dump
    kill -INT $pid
    wait $pid
    echo $? >"$T/$name.rc"
}
for command in "check" "trace ecn" "measure ecn"; do
    asked=$(grep -c slow "$T/dns")
    # A background command of sh ignores SIGINT unless that is changed.
    env --default-signal=INT "$PATHPROBE" $command -i lab0 slow.example >"$T/slow" 2>"$T/slow.err" &
    pid=$!
    until [ "$(grep -c slow "$T/dns")" -gt "$asked" ]; do sleep 0.05; done
    kill -INT $pid
    wait $pid
    echo "${command%% *} $?" >>"$T/slow.rc"
done
interrupt ports "tcp and dst host $silent" check -i lab0 "$silent"
interrupt where "tcp and dst host $broken and ip[8] = 7" check -i lab0 --cooldown 0 --spacing 0 --locate --experiments ecn "$broken"
interrupt trace "tcp and dst host $fine and ip[8] = 7" trace -i lab0 ecn "$fine"
interrupt locate "tcp and dst host $fine and ip[8] = 7" measure -i lab0 ecn --rounds 1 --locate --locate-sample 1 \
    --output "$T/obs" "$fine"
n=0
while grep -l -a "^pathprobe.[ctm]" /proc/[0-9]*/cmdline >"$T/left" 2>/dev/null && [ $n -lt 200 ]; do n=$((n + 1)); sleep 0.05; done'
printf '%s 130\n' check trace measure | diff - "$T/slow.rc" >"$T/diff"
ok $? "Ctrl-C while a name is resolved: exit 130" || say "$T/diff" "$T/slow.err"
rc ports 130 && grep -q '^Interrupted after ' "$T/ports" && ! grep -q 'does not answer\|no answer' "$T/ports"
ok $? "check: Ctrl-C while it looks for ports: the page does not report them as silent" || say "$T/ports" "$T/ports.err"
rc where 130 && grep -q '^  ecn  *broken  *arm B1' "$T/where" && grep -q '^Interrupted after ' "$T/where"
ok $? "check: Ctrl-C while hops are swept: the page keeps the verdict" || say "$T/where" "$T/where.err"
rc trace 130 && ! grep -q 'are dropped\|did not answer' "$T/trace"
ok $? "trace: Ctrl-C while hops are swept: no drop is reported" || say "$T/trace" "$T/trace.err"
rc locate 130 && jq -s -e 'length == 1 and .[0].located == null and (.[0].conditions | index("ecn.connectivity.works"))' "$T/obs" >/dev/null &&
    grep -q '1 read = 1 written' "$T/locate.err"
ok $? "measure --locate: Ctrl-C while hops are swept: the line is written without places" || say "$T/obs" "$T/locate.err"
[ ! -s "$T/left" ]
ok $? "no process is left running" || say "$T/left"
}

part outputs && {
in_lab '
trace="trace -i lab0 ecn --connect tcp --arm B1 --hop-rate 0"
export NO_COLOR=1
jobs=
for columns in 60 80; do
    python3 "$SCREEN" $columns "$PATHPROBE" $trace "$broken" 2>&1 | tr -d "\r" >"$T/screen.$columns" &
    jobs="$jobs $!"
done
{ "$PATHPROBE" $trace "$broken" 2>"$T/piped.err"; echo $? >"$T/piped.rc"; } | cat >"$T/piped"
wait $jobs
{ "$PATHPROBE" check -i lab0 --experiments mss "$fine" 2>"$T/page.err"; echo $? >"$T/page.rc"; } | cat >"$T/page"
for command in "check --experiments mss" "trace ecn --connect tcp --pairs 1" "measure ecn --rounds 1 --quiet"; do
    name=closed.${command%% *}
    mkfifo "$T/$name.fifo"
    { # the reader of the pipe has ended before the command starts
        true <"$T/$name.fifo" &
        exec 3>"$T/$name.fifo"
        wait $!
        "$PATHPROBE" $command -i lab0 "$fine" >&3 2>"$T/$name.err"
        echo $? >"$T/$name.rc"
        exec 3>&-
    }
done
for command in "check --experiments mss" "trace ecn --connect tcp --pairs 1"; do
    name=full.${command%% *}
    "$PATHPROBE" $command -i lab0 "$fine" >/dev/full 2>"$T/$name.err"
    echo $? >"$T/$name.rc"
done'
for columns in 60 80; do
    tr -s '\n' ' ' <"$T/screen.$columns" | grep -q "are answered by a RST in the target's place between hop 7 " &&
        grep -q '^   8  100.*RST$' "$T/screen.$columns" && [ "$(awk -v most=$columns 'length > most' "$T/screen.$columns" | wc -l)" = 0 ]
    ok $? "trace on a terminal of $columns columns" || say "$T/screen.$columns"
done
rc piped 0 && [ ! -s "$T/piped.err" ] && grep -q '^   8  100.*RST$' "$T/piped" && [ "$(awk 'length > 80' "$T/piped" | wc -l)" = 0 ] &&
    ! grep -q "$(printf '\033')" "$T/piped"
ok $? "trace into a pipe: 80 columns, no colours" || say "$T/piped" "$T/piped.err"
rc page 0 && [ ! -s "$T/page.err" ] && grep -q '^  mss  *works' "$T/page" && ! grep -q "$(printf '\033')" "$T/page"
ok $? "check into a pipe: the page alone" || say "$T/page" "$T/page.err"
for command in check trace measure; do
    rc closed.$command 1 && ! grep -q 'bug' "$T/closed.$command.err"
    ok $? "$command into a pipe without a reader: exit 1" || say "$T/closed.$command.err" "$T/closed.$command.rc"
done
for command in check trace; do
    rc full.$command 1 && grep -q 'No space left' "$T/full.$command.err"
    ok $? "$command: a full disk is an error" || say "$T/full.$command.err" "$T/full.$command.rc"
done
}

done_testing
