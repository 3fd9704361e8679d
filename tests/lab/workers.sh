#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# workers.sh: four workers, feeder and writer in threads: each condition equals the truth. Under ThreadSanitizer, by
# `make check-tsan`, it is the test of what they share.
#
#   pathprobe, 4 workers -- lab0 ===== veth ===== emulator: hops - middleboxes - hosts
set -u

. "$(dirname "$0")/../net/tap.sh"
: "${TESTS:=build/tests}"
need_program
[ "$(id -u)" -eq 0 ] || skip_all "needs root"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

"$TESTS/lab/virtual" "$dir" ecn 300 7 ecn http "$(dirname "$PATHPROBE")/plugins" 1 >"$dir/out" 2>&1 &&
    "$TESTS/lab/compare" "$dir/truth.ndjson" "$dir/observations.ndjson" >>"$dir/out" 2>&1
ok $? "virtual time, one worker" || say "$dir/out"
for mode in tcp http; do
    "$PATHPROBE" lab --scenario ecn --hosts 400 --seed 7 --targets "$dir/targets" --truth "$dir/truth" -- \
        "$PATHPROBE" measure ecn -i lab0 --connect $mode --workers 4 --rounds 1 --rate 2k --input "$dir/targets" \
        --connect-timeout 20 --target-timeout 60 --seed 1 \
        --output "$dir/out.ndjson" --force --status "$dir/status" --output-flows >"$dir/out" 2>&1 &&
        "$TESTS/lab/compare" --live "$dir/truth" "$dir/out.ndjson" >>"$dir/out" 2>&1
    ok $? "veth pair, $mode: four workers" || say "$dir/out"
done
done_testing
