#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# exthdr.sh: the experiment about IPv6 extension headers: each condition equals the truth of every host, in virtual time;
# and what the command line says of its arms.
#
# parts: truth words
set -u

. "$(dirname "$0")/virtual.sh"

if part truth; then
    for mode in tcp dnsudp; do
        equals exthdr exthdr $mode 1
        equals exthdr exthdr $mode 0
    done
    # With this delay the ICMP error for the first packet comes after the second packet was sent.
    echo '{"name": "far", "hops": [6, 14], "hosts": [{"share": 1, "server": "ecn", "delay_ms": 560, "families": [6]}]}' \
        >"$dir/far"
    for mode in tcp dnsudp; do
        virtual "$dir/far" 20 7 exthdr $mode 0 && jq -se 'length == 20 and all(.[]; .conditions |
            index("exthdr.hbh.asked.connectivity.works") and index("exthdr.dst.asked.connectivity.works") and
            index("exthdr.hbh.asked.reached") and index("exthdr.dst.asked.reached"))' "$dir/observations.ndjson" >/dev/null
        ok $? "over $mode: ICMP errors of distant hosts, which arrive after the next packet was sent" || say "$dir/out"
    done
fi
part words || {
    done_testing
    exit
}

printf '192.0.2.1\n198.51.100.7\n' >"$dir/four"
printf '2001:db8::1\n192.0.2.1\n' >"$dir/both"
dry() { # dry LIST ARG...
    _list=$1
    shift
    PATHPROBE_ALLOW=192.0.2.0/24,198.51.100.0/24,2001:db8::/32 "$PATHPROBE" measure exthdr --dry-run --input "$dir/$_list" \
        "$@" >"$dir/out" 2>&1
}
dry both && grep -q '^  B15 ' "$dir/out" && grep -q 'to 2001:db8::1 ' "$dir/out" && ! grep -q 'to 192.0.2.1' "$dir/out"
ok $? "all arms over IPv6, and nothing over IPv4" || say "$dir/out"
"$PATHPROBE" lab --hosts 4 --force --targets "$dir/hosts" -- sh -c '
    (echo 10.0.0.1 && echo 10.0.0.2 && jq -r "select(.dip | contains(\":\")) | .dip" "$2" | head -n 1) >"$2.both"
    "$1" measure exthdr -i lab0 --rounds 1 --input "$2.both" --left-out "$2.left" --output "$2.out" --force' \
    sh "$PATHPROBE" "$dir/hosts" >"$dir/out" 2>&1
jq -e '.counts | .read == 3 and .written == 1 and .other_family == 2 and .no_route == 0' "$dir/hosts.out.meta.json" >/dev/null &&
    jq -se 'length == 2 and all(.[]; .left_out == "other_family")' "$dir/hosts.left" >/dev/null &&
    grep -q '2 targets are left out: this experiment has no arm for IPv4, it needs IPv6' "$dir/out" &&
    grep -q '3 read = 1 written + 2 of the other family' "$dir/out"
ok $? "targets over IPv4 are of the other family, not without a route" || say "$dir/out"
dry four -4
[ $? -eq 2 ] && grep -q "experiment 'exthdr' has no arm for IPv4" "$dir/out"
ok $? "-4 with an experiment about IPv6: exit 2" || say "$dir/out"
for size in 0 4 257 264; do
    dry both --size $size
    [ $? -eq 2 ] && grep -q "'$size' is out of range: 8 to 256" "$dir/out"
    ok $? "--size $size is out of range" || say "$dir/out"
done
dry both --size 8,12
[ $? -eq 2 ] && grep -q 'an extension header has a multiple of 8 bytes, which 12 is not' "$dir/out"
ok $? "a size that is not a multiple of 8: exit 2" || say "$dir/out"
dry both --size 8,16,24,32,40,48,56
[ $? -eq 2 ] && grep -q 'size' "$dir/out"
ok $? "seven sizes, of which at most six are allowed: exit 2" || say "$dir/out"
dry both --size 16,8 && grep -q 'exthdr.dst.16\|destination options of 16 bytes' "$dir/out"
ok $? "two sizes have an arm each" || say "$dir/out"
dry both --connect http
[ $? -eq 2 ] && grep -q 'tcp dnsudp quicvn quicinit' "$dir/out"
ok $? "a connect mode that the experiment does not have: exit 2" || say "$dir/out"
dry both --connect quicvn --size 256
grep -q 'arm B10 is not asked over IPv6: its datagrams of 1504 bytes do not fit into the MTU' "$dir/out"
ok $? "an arm whose header and QUIC datagram exceed the interface's MTU is left out" || say "$dir/out"
done_testing
