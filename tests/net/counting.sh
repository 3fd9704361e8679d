#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# counting.sh: Linux routers that count new connections, and two equal-cost paths of which one drops ECN-setup SYNs: no
# arm is to blame for the first, and none is broken for the second.
#
#   client ---- r1 ==== r2 ---- server   10.77.1.0/24: nothing
#                  |    |                10.77.2.0/24: 4 new connections a minute per source and destination, 3 at once
#                  |    limits           10.77.3.0/24: 2 a second per source, 10 at once
#                  |                     10.77.4.0/24: two paths, of which one drops ECN-setup SYNs
#                  chooses a path by ports and addresses          and the like of each in 2001:db8:77::/48
#
# A short spacing, three seconds, and the least rounds that evidence for `broken` can come of. TAP. PATHPROBE: the
# program; TARGETS: in each of these prefixes and families, 4 if not given; ROUNDS: 8 if not given.
#
# parts: tfo ecn accecn

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

TARGETS=${TARGETS:-4}
ROUNDS=${ROUNDS:-8}
why=$(topo_check nft jq) || skip_all "$why"
topo_trap
{ topo_up && topo_nginx "$TOPO_SERVER" && topo_link 5 "$TOPO_R1" second "$TOPO_R2" second; } 2>&1 || bail "no topology"
T=$TOPO_TMP
topo_set "$TOPO_R1" ipv4/fib_multipath_hash_policy 1 ipv6/fib_multipath_hash_policy 1
topo_set "$TOPO_R2" ipv4/conf/all/rp_filter 0 ipv4/conf/second/rp_filter 0

{
    ip -n "$TOPO_R1" route add 10.77.4.0/24 nexthop via 10.70.2.2 nexthop via 10.70.5.2 &&
        ip -n "$TOPO_R1" -6 route add 2001:db8:77:4::/64 nexthop via 2001:db8:70:2::2 nexthop via 2001:db8:70:5::2
} 2>&1 || bail "no two paths"
topo_in "$TOPO_R2" nft -f - <<'EOT' || bail "no limiters"
table inet counting {
    set pair4 { type ipv4_addr . ipv4_addr; flags dynamic; size 65535; }
    set pair6 { type ipv6_addr . ipv6_addr; flags dynamic; size 65535; }
    set source4 { type ipv4_addr; flags dynamic; size 65535; }
    set source6 { type ipv6_addr; flags dynamic; size 65535; }
    counter limited { }
    counter dropped { }
    chain forward {
        type filter hook forward priority 0;
        ip daddr 10.77.2.0/24 ct state new \
            add @pair4 { ip saddr . ip daddr limit rate over 4/minute burst 3 packets } counter name limited drop
        ip6 daddr 2001:db8:77:2::/64 ct state new \
            add @pair6 { ip6 saddr . ip6 daddr limit rate over 4/minute burst 3 packets } counter name limited drop
        ip daddr 10.77.3.0/24 ct state new \
            add @source4 { ip saddr limit rate over 2/second burst 10 packets } counter name limited drop
        ip6 daddr 2001:db8:77:3::/64 ct state new \
            add @source6 { ip6 saddr limit rate over 2/second burst 10 packets } counter name limited drop
        iifname "second" tcp flags & (syn|ack|ecn|cwr) == (syn|ecn|cwr) counter name dropped drop
    }
}
EOT

for net in 1 2 3 4; do
    host=1
    while [ $host -le "$TARGETS" ]; do
        printf '{"dip":"10.77.%d.%d","net":%d}\n{"dip":"2001:db8:77:%d::%x","net":%d}\n' $net $host $net $net $host $net
        host=$((host + 1))
    done
done >"$T/targets"

counted() {
    topo_in "$TOPO_R2" nft -j list counter inet counting "$1" | jq '.nftables[] | .counter? // empty | .packets'
}

# holds SENTENCE FILTER: FILTER is true of the array of the experiment's observations; of(NET): the verdicts of all arms
# but D of the targets in prefix NET; words(NET): the number of each verdict among them.
holds() {
    jq -se "def of(\$n): [.[] | select(.net == \$n) | .verdicts[] | select(.arm != \"D\")];
        # The number that a Poisson variable of mean \$m exceeds with probability 1e-6.
        def limit(\$m): {k: 0, p: (-\$m | exp), sum: (-\$m | exp)} |
            until(.sum >= 0.999999; .k += 1 | .p *= \$m / .k | .sum += .p) | .k;
        def words(\$n): of(\$n) | group_by(.verdict) | map({(.[0].verdict): length}) | add;
        $2" "$T/$experiment" >"$T/out"
    ok $? "$experiment: $1" || {
        jq -sc 'group_by(.net)[] | {net: .[0].net, verdicts: ([.[] | .verdicts[] | "\(.arm) \(.verdict) \(.why // "")"] |
            group_by(.) | map("\(length) \(.[0])"))}' "$T/$experiment" >"$T/words"
        say "$T/words"
    }
}

for experiment in ${*:-tfo ecn accecn}; do
    limited=$(counted limited)
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW=$TOPO_ALLOW "$PATHPROBE" measure "$experiment" -i eth0 --connect http \
        --alpha 1e-4 --max-rounds "$ROUNDS" --max-flows-per-target 300 --spacing 3 --cooldown 1 --connect-timeout 2 \
        --target-timeout 60 --rate 2000 --seed 1 --input "$T/targets" --output "$T/$experiment" >"$T/out" 2>&1
    ok $? "$experiment: measured" || say "$T/out"
    [ "$(wc -l <"$T/$experiment")" -eq $((8 * TARGETS)) ]
    ok $? "$experiment: a line for each target"
    holds "all arms work where no router counts connections" 'of(1) | all(.[]; .verdict == "works")'
    [ "$(counted limited)" -gt $((limited + 8 * TARGETS)) ]
    ok $? "$experiment: the router dropped packets above its limits"
    holds "no arm is broken or transient behind 4 connections a minute to each host" \
        'words(2) | .broken == null and .transient == null'
    holds "no arm is broken or transient behind 2 connections a second from each source" 'words(3) | .broken == null and .transient == null'
    # An arm uses ten ports. With probability 1/1024 all of them lead to the path that drops.
    holds "where one of two paths drops ECN-setup SYNs, arms are broken as rarely as by chance, none is transient" \
        '(of(4) | length) as $n | words(4) | (.broken // 0) <= limit($n / 1024) and .transient == null'
done
experiment=ecn
if [ -f "$T/$experiment" ]; then
    [ "$(counted dropped)" -gt $((2 * TARGETS)) ] # more than the targets of prefix 4, of both families
    ok $? "the second path dropped ECN-setup SYNs"
    # Half of an arm's ports lead to the path that drops, and each arm that sends an ECN-setup SYN has ports of its own.
    # One arm passes in round 1 to all of eight targets with probability 1/256; four arms practically never do.
    holds "where one of two paths drops ECN-setup SYNs, verdicts say flow_dependent" \
        'of(4) | map(select(.why == "flow_dependent")) | length > 0'
fi
done_testing
