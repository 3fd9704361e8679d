#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# locate_cost.sh: what --locate costs a campaign, counted in packets: ecn over http before 10,000 hosts that negotiate,
# one in a hundred of them behind a box that drops ECN-setup SYNs, or half of those behind one that answers them with RST.
# In virtual time. TAP.
# parts: dropped mixed
set -u

: "${PATHPROBE:=./pathprobe}" "${TESTS:=build/tests}"
. "$(dirname "$0")/../net/tap.sh"
need_program
plugins=$(dirname "$PATHPROBE")/plugins
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT

# scenario NAME BOX...: a hundredth of the hosts, in equal shares, is behind one of the boxes.
scenario() {
    name=$1
    shift
    boxes=
    for box in "$@"; do
        boxes="$boxes, {\"share\": $((10 / $#))e-3, \"server\": \"ecn\", \"delay_ms\": 20, \"jitter_ms\": 5,
            \"path\": [{\"behaviour\": \"$box\", \"dir\": \"fwd\", \"hop\": 7}]}"
    done
    echo "{\"name\": \"cost\", \"hops\": [8, 12], \"hosts\": [
        {\"share\": 0.99, \"server\": \"ecn\", \"delay_ms\": 20, \"jitter_ms\": 5}$boxes]}" >"$T/$name"
}
# run NAME METHOD: measures the scenario NAME with METHOD, as virtual.c has it
run() {
    mkdir "$T/$1.$2"
    "$TESTS/lab/virtual" "$T/$1.$2" "$T/$1" 10000 "${SEED:-3}" ecn http "$plugins" "$2" >"$T/$1.$2/said" 2>&1
}
packets() {
    sed -n 's/.* \([0-9]*\) packets$/\1/p' "$T/$1/said"
}

scenario dropped ecn.syn.drop
scenario mixed ecn.syn.rst ecn.syn.drop
for name in dropped mixed; do
    part $name || continue
    run $name 0 && run $name locate
    ok $? "$name: runs with and without --locate" || say "$T/$name.0/said" "$T/$name.locate/said"
    more=$((1000 * ($(packets $name.locate) - $(packets $name.0)) / $(packets $name.0)))
    [ "$more" -gt 0 ] && [ "$more" -le 100 ]
    ok $? "$name: --locate adds $more packets to each thousand, at most 100" || say "$T/$name.0/said" "$T/$name.locate/said"
    grep -h '"located":\[{' "$T/$name.locate/observations.ndjson" | jq -c \
        '[.located[] | [.arm, .kind, .from.ttl, .to.ttl, .why, .sweeps.a, .sweeps.b]]' | sort | uniq -c >"$T/is"
    if [ $name = mixed ]; then
        echo '     50 [["B1","drop",7,8,null,7,7]]' && echo '     50 [["B1","reset",7,8,null,3,3]]'
    else
        echo '    100 [["B1","drop",7,8,null,7,7]]'
    fi >"$T/want"
    diff "$T/want" "$T/is" >"$T/diff"
    ok $? "$name: a drop takes seven pairs of sweeps, a reset three; arms with the same SYN share them" || say "$T/diff"
    n=$(grep -c '"located":\[\]' "$T/$name.locate/observations.ndjson")
    [ "$n" -gt 50 ] && [ "$n" -lt 160 ]
    ok $? "$name: of the working targets one in a hundred is swept: $n" || say "$T/$name.locate/said"
done

done_testing
