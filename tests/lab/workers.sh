#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# workers.sh: four workers, feeder and writer in threads: each condition equals the truth. Under ThreadSanitizer, by
# `make check-tsan`, it is the test of what they share.
#
#   pathprobe, 4 workers -- lab0 ===== veth ===== emulator: hops - middleboxes - hosts
set -u

: "${PATHPROBE:=./pathprobe}" "${TESTS:=build/tests}"
[ "$(id -u)" = 0 ] || {
    echo "needs root"
    exit 77
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 bad=0

report() # CODE SENTENCE
{
    n=$((n + 1))
    [ "$1" = 0 ] && echo "ok $n - $2" || { echo "not ok $n - $2" && bad=1; }
}

"$TESTS/lab/virtual" "$dir" ecn 300 7 ecn http "$(dirname "$PATHPROBE")/plugins" 1 &&
    "$TESTS/lab/compare" "$dir/truth.ndjson" "$dir/observations.ndjson"
report $? "virtual time, one worker"
for mode in tcp http; do
    "$PATHPROBE" lab --scenario ecn --hosts 400 --seed 7 --targets "$dir/targets" --truth "$dir/truth" -- \
        "$PATHPROBE" measure ecn -i lab0 --connect $mode --workers 4 --rounds 1 --rate 2k --input "$dir/targets" \
        --connect-timeout 20 --target-timeout 60 --seed 1 \
        --output "$dir/out.ndjson" --force --status "$dir/status" --output-flows &&
        "$TESTS/lab/compare" --live "$dir/truth" "$dir/out.ndjson"
    report $? "veth pair, $mode: four workers"
done
echo "1..$n"
exit $bad
