#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# headers.sh: what a step can do to the IP layer, to fields of TCP and to single kinds of segments, against Linux
# kernels, as an experiment in a file: hosts and routers take it, routers that drop by header are told apart, both
# families.
#
#   client ---- r1 ---- r2 ---- server   nginx
#                       |
#                       drops: to 10.77.2.0/24 and its like hop-by-hop options and router alert; to .3. later fragments
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check nft jq) || skip_all "$why"
topo_trap
topo_up 2>&1 || bail "no topology"
T=$TOPO_TMP
topo_nginx "$TOPO_SERVER" 2>&1 || bail "no nginx"
topo_in "$TOPO_R2" nft -f - <<'EOT' || bail "no impairments"
table inet pp {
    chain impair {
        type filter hook forward priority 0;
        ip daddr 10.77.2.0/24 ip hdrlength > 5 drop
        ip6 daddr 2001:db8:77:2::/64 exthdr hbh exists drop
        ip daddr 10.77.3.0/24 ip frag-off & 0x1fff != 0 drop
        ip6 daddr 2001:db8:77:3::/64 exthdr frag exists drop
        ip daddr 10.77.4.0/24 tcp flags & urg == urg drop
        ip6 daddr 2001:db8:77:4::/64 tcp flags & urg == urg drop
        ip daddr 10.77.4.0/24 udp dport 53 @th,64,28 0xd8007ff drop
        ip6 daddr 2001:db8:77:4::/64 udp dport 53 @th,64,28 0xd8007ff drop
    }
}
EOT

# each STEP: the steps that do STEP to SYN, ACK and data.
each() { echo "[{\"on\": \"SYN\", $1}, {\"on\": \"ACK\", $1}, {\"on\": \"data\", $1}]"; }
# arm NAME MORE STEPS: an arm as JSON, with further members MORE.
arm() {
    echo "{\"name\": \"$1\", \"title\": \"$1\", \"connectivity\": \"headers.$(echo "$1" | tr A-Z a-z)\", $2 \"steps\": $3}"
}
: >"$T/peer.err"
cat >"$T/headers.json" <<EOT
{"schema": 1, "name": "headers", "title": "t", "description": "d", "modes": ["http"], "default_mode": "http",
 "fields": ["tcp_synflags_fwd"], "arms": [{"name": "A", "title": "nothing"},
 $(arm HBH '"family": 6,' "$(each '"extensions": [{"type": 0, "bytes": "00001e0400000000"}]')"),
 $(arm DST '"family": 6,' "$(each '"extensions": [{"type": 60, "bytes": "0001 1e0c 0000000000000000 00000000"}]')"),
 $(arm ATOMIC '"family": 6,' "$(each '"fragments": 1')"),
 $(arm LABEL '"family": 6,' "$(each '"flow_label": "each-packet"')"),
 $(arm TINY6 '"family": 6,' "$(each '"fragments": 2, "first_fragment": 8')"),
 $(arm TINY4 '"family": 4,' "$(each '"fragments": 2, "first_fragment": 8')"),
 $(arm ALERT '"family": 4,' "$(each '"ip_options": "94040000"')"),
 $(arm CUT '' "$(each '"fragments": 2, "first_fragment": 24')"),
 $(arm SWAPPED '' "$(each '"fragments": 3, "first_fragment": 24, "fragments_reversed": true')"),
 $(arm FIELDS '' '[{"on": "SYN", "tcp_set": ["URG", "reserved2"], "urgent": 7, "window": 600}]'),
 $(arm LATE '' '[{"on": "data", "which": ["first"], "withhold": true},
     {"on": "data", "which": ["again"], "ecn": "ECT(0)"}]'),
 $(arm ENDS '' '[{"on": "ACK", "which": ["FIN", "RST"], "ecn": "ECT(0)"}, {"on": "ACK", "which": ["pure"], "ecn": "CE"}]')
 ],
 "conditions": [
  {"name": "headers.status.ok", "what": "The answer has status 200.", "when": {"arm": "FIELDS", "outcome": "status", "equals": 200}},
  {"name": "headers.syn.urg", "what": "Our SYN had URG.",
   "when": {"arm": "FIELDS", "field": "tcp_synflags_fwd", "mask": 32, "equals": 32}}
 ]}
EOT

for row in 1 2 3; do
    printf '10.77.%s.1\n10.77.%s.2\n2001:db8:77:%s::1\n2001:db8:77:%s::2\n' $row $row $row $row
done >"$T/targets"
PATHPROBE_ALLOW=$TOPO_ALLOW topo_in "$TOPO_CLIENT" "$PATHPROBE" measure "$T/headers.json" --rounds 1 --aa 0 --rate 0 \
    --prefix-rate 0 --connect-timeout 4 --input "$T/targets" --output "$T/o" 2>"$T/err"
ok $? "measure with the experiment of a file: exit 0" || say "$T/err"

# words ROW SIX: the arms that are not `works` in ROW, over IPv6 if SIX is true, else IPv4; "2 " before: of both
# targets.
words() {
    jq -r --arg row "$1" --argjson six "$2" 'select((.dip | test(":")) == $six) |
        select(.dip | test(if $six then "^2001:db8:77:\($row):" else "^10[.]77[.]\($row)[.]" end)) |
        if .quality.valid | not then "invalid" else [.verdicts[] | select(.verdict != "works") | "\(.arm) \(.verdict)"] | sort | join(", ")
        end' "$T/o" | uniq -c | sed 's/^ *//'
}
is() { # is SENTENCE WANTED GOT
    [ "$2" = "$3" ] || echo "$3" >"$T/got"
    [ "$2" = "$3" ]
    ok $? "$1" || say "$T/got" "$T/err" "$T/peer.err"
}
is "IPv4: Linux accepts options, fragments, TCP fields, data withheld and sent again" "2 " "$(words 1 false)"
is "IPv6: Linux also accepts extension headers; it drops a first fragment without the whole TCP header" "2 TINY6 broken" "$(words 1 true)"
is "a router that drops IPv4 options" "2 ALERT broken" "$(words 2 false)"
is "a router that drops hop-by-hop options" "2 HBH broken, TINY6 broken" "$(words 2 true)"
is "a router that drops fragments but the first" "2 CUT broken, SWAPPED broken, TINY4 broken" "$(words 3 false)"
is "a router that drops fragment headers" "2 ATOMIC broken, CUT broken, SWAPPED broken, TINY6 broken" "$(words 3 true)"
jq -s -e 'all(.[]; (.conditions | index("headers.status.ok")) and (.conditions | index("headers.syn.urg")))' "$T/o" >"$T/got"
ok $? "conditions on the answer's status and on the flags of the SYN sent" || say "$T/got"

# ---- experiments of the manual -----------------------------------------------------------------------------------

# conditions FILE ARG...: "COUNT ROW CONDITION..." of the targets of rows 1 and 4 measured by FILE's experiment.
conditions() {
    _file=$1
    shift
    PATHPROBE_ALLOW=$TOPO_ALLOW topo_in "$TOPO_CLIENT" "$PATHPROBE" measure "$_file" --rounds 1 --aa 0 --rate 0 --prefix-rate 0 \
        --connect-timeout 4 "$@" --input "$T/few" --output "$T/o" --force 2>"$T/err"
    jq -r 'select(.quality.valid) | [(.dip | capture("77[.:](?<row>[0-9])").row)] + .conditions | join(" ")' "$T/o" |
        sort | uniq -c | sed 's/^ *//'
}
for row in 1 4; do
    printf '10.77.%s.1
10.77.%s.2
2001:db8:77:%s::1
2001:db8:77:%s::2
' $row $row $row $row
done >"$T/few"
awk '/^What a SYN with the flag URG meets:/ { here = 1; next } here && /^\.Ed/ { exit } here && !/^\.Bd/' \
    "$here/../../man/pathprobe-experiment.5" >"$T/urgsyn.json"
is "pathprobe-experiment(5): its example runs as printed" "4 1 urgsyn.connectivity.works
4 4 urgsyn.connectivity.broken" "$(conditions "$T/urgsyn.json")"

# A DNS server that removes the 20 bytes which plus.json puts in front of a query, and answers.
cat >"$T/peer.py" <<'EOT'
import select, socket, sys

inbox = []
for family, level, option, there in ((socket.AF_INET, socket.IPPROTO_IP, 8, "0.0.0.0"),
                                     (socket.AF_INET6, socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, "::")):
    s = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.setsockopt(socket.IPPROTO_IPV6, 78, 1)  # IPV6_FREEBIND: these addresses are a route's, not an interface's
    s.setsockopt(level, option, 1)
    s.bind((there, 53))
    inbox.append(s)
open(sys.argv[1], "w").close()
while True:
    for s in select.select(inbox, [], [])[0]:
        query, info, _, whence = s.recvmsg(2048, 256)
        if len(query) > 20 and query[4:6] != b"\0\1":
            query = query[20:]
        end = 12
        while end < len(query) and query[end]:
            end += query[end] + 1
        answer = query[:2] + b"\x84\0\0\1\0\0\0\0\0\0" + query[12:end + 5]
        s.sendmsg([answer], info, 0, whence)
EOT
ip netns exec "$TOPO_SERVER" python3 "$T/peer.py" "$T/ready" >"$T/peer.out" 2>"$T/peer.err" &
peer=$!
until [ -e "$T/ready" ] || ! kill -0 "$peer" 2>/dev/null; do sleep 0.1; done
is "plus.json, with a server that understands it: a router that drops by the magic number is found" \
    "4 1 plus.random.connectivity.works plus.connectivity.works plus.magic.passed
4 4 plus.random.connectivity.works plus.connectivity.broken plus.magic.dropped" \
    "$(conditions "$here/../../man/examples/experiments/plus.json" --connect dnsudp)"
kill "$peer"
wait "$peer" 2>/dev/null

# Routers quote packets with headers between IP and TCP, and first fragments: trace assigns the quote to the packet
# sent, and finds no change.
quoted() { # quoted ARM TARGET...
    _arm=$1
    shift
    PATHPROBE_ALLOW=$TOPO_ALLOW topo_in "$TOPO_CLIENT" "$PATHPROBE" trace "$T/headers.json" --arm "$_arm" --pairs 2 --rate 0 \
        --hop-rate 0 --prefix-rate 0 --format ndjson "$@" >"$T/trace" 2>"$T/err"
    jq -s -e --arg arm "$_arm" --arg n $# 'length == ($n | tonumber) and all(.[]; all(.hops[0:2][]; .arms[$arm] |
        .seen == "exceeded" and .changes == []))' "$T/trace" >"$T/got"
    ok $? "$_arm: trace assigns the quotes of both routers, without changes" || say "$T/trace" "$T/err"
}
quoted HBH '[2001:db8:77:1::1]:80'
quoted CUT '[2001:db8:77:1::1]:80' 10.77.1.1:80
quoted ALERT 10.77.1.1:80
done_testing
