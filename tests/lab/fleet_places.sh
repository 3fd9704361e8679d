#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fleet_places.sh: the same list from three vantage points, each in a network of its own; a router of the third one
# clears the flags of ECN-setup SYNs to half of the targets: merge says `path_dependent` of exactly those for which that
# matters. TAP. PATHPROBE: the program.
#
#   eu1 172.30.1.2 --+
#   us1 172.30.2.2 --+-- this network, with the server 172.30.0.1 -- lab0 ==== emulator
#   jp1 172.30.3.2 --+   (jp1's: iptables ECN --ecn-tcp-remove)
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../net/tap.sh"
need_program
. "$here/fleet_rig.sh"
for tool in iptables nsenter; do command -v $tool >/dev/null || skip_all "no $tool"; done
[ "${1:-}" = inside ] || rig_start 120
ip link set lo up && ip addr add 172.30.0.1/32 dev lo && echo 1 >/proc/sys/net/ipv4/ip_forward || skip_all "no routing here"
grep -v '"dip":"[^"]*:' "$T/targets" >"$T/v4"
n=$(wc -l <"$T/v4")
tail -n $((n / 2)) "$T/v4" | jq -r .dip >"$T/bleached"
sort "$T/bleached" >"$T/bleached.sorted"
while read -r address; do
    iptables -t mangle -A FORWARD -i jp1 -d "$address" -p tcp -j ECN --ecn-tcp-remove 2>"$T/err" ||
        skip_all "no target ECN of iptables: $(cat "$T/err")"
done <"$T/bleached"

k=0 sleepers=
for name in eu1 us1 jp1; do
    k=$((k + 1))
    unshare --net sleep 600 &
    pid=$!
    sleepers="$sleepers $pid"
    until [ "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
    ip link add $name type veth peer name eth0 netns $pid && ip addr add 172.30.$k.1/24 dev $name && ip link set $name up
    nsenter --net=/proc/$pid/ns/net sh -c "ip link set lo up && ip addr add 172.30.$k.2/24 dev eth0 && ip link set eth0 up &&
        ip route add default via 172.30.$k.1" || bail "no network for $name"
    eval "ns_$name=/proc/$pid/ns/net"
done
trap 'kill $sleepers' EXIT

server_start -a 0.0.0.0 || bail "no server: $(tail -n 3 "$T/nats.log")"
# everywhere CAMPAIGN LIST OPTION...: measures LIST with OPTION from each vantage point, and collects the results
everywhere() {
    campaign=$1 list=$2 k=0 workers=
    shift 2
    fleet submit --campaign "$campaign" --split vantage --vantages eu1,us1,jp1 --input "$list" --chunk 40 -- \
        $question "$@" >"$T/out" 2>"$T/err" || return 1
    for name in eu1 us1 jp1; do
        k=$((k + 1))
        eval "ns=\$ns_$name"
        (exec nsenter --net="$ns" "$PATHPROBE" fleet work --nats nats://172.30.0.1 --vantage $name --spool "$T/spool.$name" \
            --once -- -i eth0 --public-address 9.9.$k.1 --allow-impaired-vantage 2>"$T/work.$name") &
        workers="$workers $!"
    done
    for worker in $workers; do wait "$worker" || return 1; done
    fleet collect --campaign "$campaign" --output "$T/$campaign.ndjson" >"$T/out" 2>"$T/err"
    each=$(sort -u "$list" | wc -l)
    grep -q "^$((3 * each)) read = $((3 * each)) written" "$T/out"
}

everywhere places "$T/v4"
ok $? "each of three vantage points has the whole list: $(head -n 1 "$T/out")" || say "$T/out" "$T/err" "$T/work.jp1"
"$PATHPROBE" merge "$T"/places.???.ndjson --output "$T/merged.ndjson" --recheck "$T/again" >"$T/out" 2>"$T/err"
ok $? "merged" || say "$T/err"
jq -c 'del(.vantage, .experiment, .connect)' "$T/again" | sort -u >"$T/again.targets"
everywhere again "$T/again.targets" --rounds 5
ok $? "targets that may depend on the path are measured again: $(wc -l <"$T/again.targets")" || say "$T/out" "$T/err"
"$PATHPROBE" merge "$T"/places.???.ndjson "$T"/again.???.ndjson --output "$T/merged.ndjson" --force >"$T/out" 2>"$T/err"
ok $? "both campaigns are merged" || say "$T/err"
# Targets for which cleared flags matter: from elsewhere they negotiate ECN, or answer an ECN-setup SYN with a RST.
jq -r 'select(.conditions | any(. == "ecn.negotiation.succeeded" or . == "ecn.connectivity.broken")) | .dip' \
    "$T/places.eu1.ndjson" | sort >"$T/matters"
sort "$T/bleached" | comm -12 - "$T/matters" >"$T/want"
jq -r 'select(.conditions | any(test("path_dependent:"))) | .dip' "$T/merged.ndjson" | sort >"$T/got"
[ "$(wc -l <"$T/want")" -gt 5 ] && cmp -s "$T/want" "$T/got"
ok $? "path_dependent is stated of the targets whose flags jp1's router clears: $(wc -l <"$T/want") of $n" || {
    diff "$T/want" "$T/got" >"$T/diff"
    say "$T/diff"
}
jq -r 'select(.conditions | any(test("connectivity.path_dependent:"))) | .dip' "$T/merged.ndjson" | sort >"$T/sure"
jq -r 'select(.conditions | any(. == "ecn.connectivity.broken")) | .dip' "$T/places.eu1.ndjson" | sort |
    comm -12 - "$T/bleached.sorted" >"$T/broken"
[ -s "$T/broken" ] && cmp -s "$T/sure" "$T/broken"
ok $? "connectivity.path_dependent is stated of the targets that answer those flags with a RST" || {
    jq -c .conditions "$T/merged.ndjson" | sort | uniq -c >"$T/diff"
    say "$T/diff" "$T/broken"
}

# A vantage point whose packets are all altered learns nothing about targets: it gives its chunks back.
iptables -t mangle -I FORWARD -i jp1 -p tcp -j ECN --ecn-tcp-remove
fleet submit --campaign impaired --input "$T/v4" --chunk 20 -- $question >"$T/out"
nsenter --net="$ns_jp1" "$PATHPROBE" fleet work --nats nats://172.30.0.1 --vantage jp1 --spool "$T/spool.jp1" --once \
    -- -i eth0 2>"$T/work.jp1"
[ $? -eq 1 ] && grep -q "this vantage alters the treatment" "$T/work.jp1" && grep -q "before its first result" "$T/work.jp1"
ok $? "a worker whose vantage point alters all packets ends" || say "$T/work.jp1"
nsenter --net="$ns_eu1" "$PATHPROBE" fleet work --nats nats://172.30.0.1 --vantage eu1 --spool "$T/spool.eu1" --once \
    -- -i eth0 2>"$T/work.eu1" && campaign_is impaired '.failed == 0 and .done == .chunks'
ok $? "another worker does the chunks that it gave back, of which none has failed" || say "$T/work.eu1"
server_stop
done_testing
