#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# workers.sh: four workers, feeder and writer in threads: each condition equals the truth. Under ThreadSanitizer, by
# `make check-tsan`, it is the test of what they share.
#
#   pathprobe, 4 workers -- lab0 ===== veth ===== emulator: hops - middleboxes - hosts
set -u

. "$(dirname "$0")/virtual.sh"
[ "$(id -u)" -eq 0 ] || skip_all "needs root"

virtual ecn 300 7 ecn http 1 && is_true
ok $? "virtual time, one worker" || say "$dir/out"
for mode in tcp http; do
    "$PATHPROBE" lab --scenario ecn --hosts 400 --seed 7 --targets "$dir/targets" --truth "$dir/truth" -- \
        "$PATHPROBE" measure ecn -i lab0 --connect $mode --workers 4 --rounds 1 --rate 2k --input "$dir/targets" \
        --connect-timeout 20 --target-timeout 60 --seed 1 \
        --output "$dir/out.ndjson" --force --status "$dir/status" --output-flows >"$dir/out" 2>&1 &&
        is_true --live "$dir/truth" "$dir/out.ndjson"
    ok $? "veth pair, $mode: four workers" || say "$dir/out"
done
done_testing
