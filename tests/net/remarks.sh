#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# remarks.sh: what looks like targets that are offline and is not: answers that return by another interface, and a
# source that is banned while the run goes on.
#
#   client ---- r1 ---- r2 ---- server   10.77.0.0/16, 2001:db8:77::/48
#         \____/ a second link, 10.70.9.0/24
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check nft jq) || skip_all "$why"
topo_trap
{ topo_up && topo_nginx "$TOPO_SERVER" && topo_link 9 "$TOPO_R1" back "$TOPO_CLIENT" eth1; } 2>&1 || bail "no topology"
T=$TOPO_TMP
for n in $(seq 200); do echo "10.77.1.$n"; done >"$T/in"

measure() {
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure ecn -i eth0 --connect tcp --rounds 1 \
        --connect-timeout 1 --output "$T/o" --force "$@" 2>"$T/err"
}
remark() { # remark REGEX WORDS: the metadata have one remark, which matches REGEX; the summary has WORDS
    jq -e --arg re "$1" '.remarks | length == 1 and (.[0] | test($re))' "$T/o.meta.json" >/dev/null &&
        tr '\n' ' ' <"$T/err" | grep -q "$2"
}

head -n 20 "$T/in" >"$T/few"
measure --input "$T/few" && jq -e '.remarks == []' "$T/o.meta.json" >/dev/null
ok $? "a run whose targets answer: no remark" || say "$T/err"

# r1 routes the answers by the second link.
topo_set "$TOPO_CLIENT" ipv4/conf/all/rp_filter 0 ipv4/conf/eth1/rp_filter 0 ipv4/conf/eth0/rp_filter 0
topo_set "$TOPO_R1" ipv4/conf/all/rp_filter 0 ipv4/conf/client/rp_filter 0 ipv4/conf/back/rp_filter 0
ip -n "$TOPO_R1" route replace 10.70.1.2/32 via 10.70.9.2
measure --input "$T/few" && remark "kernel received [0-9]+ segments .* return by another interface" 'return by another interface'
ok $? "answers that return by another interface: a remark" || say "$T/err" "$T/o.meta.json"
topo_set "$TOPO_CLIENT" ipv4/conf/all/rp_filter 1 ipv4/conf/eth1/rp_filter 1
measure --input "$T/few" && remark "reverse path filter" 'reverse path filter'
ok $? "answers that the reverse path filter of another interface drops: a remark" || say "$T/err"
ip -n "$TOPO_R1" route del 10.70.1.2/32

# After a hundred SYNs r2 bans the client's address: it drops all packets from it.
topo_in "$TOPO_R2" nft -f - <<'EOT' || bail "no rules"
table inet pp {
    set banned { type ipv4_addr; flags dynamic; }
    chain ban {
        type filter hook forward priority 0;
        ip saddr @banned drop
        tcp flags & (syn | ack) == syn limit rate over 1/hour burst 100 packets add @banned { ip saddr }
    }
}
EOT
measure --input "$T/in" --rate 50 && remark "no target answered after 20.* UTC, in [0-9]+ baseline flows" \
    'this source address may have been blocked'
ok $? "a source address that is banned in the middle of the run: a remark" || say "$T/err"
done_testing
