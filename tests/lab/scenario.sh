#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# scenario.sh: every behaviour of the ECN scenario, 2,000 hosts: each condition equals the truth, in virtual time and, as
# root, on a veth pair.
#
# parts: tcp http
#
#   pathprobe -- lab0 ===== veth ===== emulator: hops - middleboxes - hosts
set -u

. "$(dirname "$0")/virtual.sh"

# With this seed no arm draws the one bad path of four in all of five rounds, as one arm in 1,024 does
# (pathprobe-accuracy(7)).
for mode in ${*:-tcp http}; do
    for rounds in 1 0; do
        virtual ecn 2000 2 ecn $mode $rounds && is_true
        ok $? "virtual time, $mode, --rounds $rounds: every condition equals the truth" || say "$dir/out"
    done
done
if [ "$(id -u)" = 0 ]; then
    for mode in ${*:-tcp http}; do
        "$PATHPROBE" lab --scenario ecn --hosts 2000 --seed 7 --targets "$dir/targets" --truth "$dir/truth" -- \
            "$PATHPROBE" measure ecn -i lab0 --connect $mode --rounds 1 --rate 5k --input "$dir/targets" \
            --connect-timeout 20 --target-timeout 60 --seed 1 \
            --output "$dir/out.ndjson" --force >"$dir/out" 2>&1 &&
            is_true --live "$dir/truth" "$dir/out.ndjson"
        ok $? "veth pair, $mode: every condition equals the truth" || say "$dir/out"
    done
else
    skip "veth pair" "needs root"
fi
done_testing
