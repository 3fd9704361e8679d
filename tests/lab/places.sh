#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# places.sh: the part of `make accuracy` that is about places, over few targets: each row holds its bars, and a row that
# misses one is told from one that holds.
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/../net/tap.sh"
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
places=${TESTS:-build/tests}/lab/places
[ -x "$places" ] || bail "no program '$places'"

"$places" run "$T/part" 320 "${SEED:-3}" 0 1 2>"$T/err"
ok $? "every row, 32 targets each, alternately IPv4 and IPv6" || say "$T/err"
"$places" report "$T/json" "$T/part" >"$T/out" 2>&1 && [ "$(grep -c '^ok  ' "$T/out")" = "$(wc -l <"$T/part")" ]
ok $? "every row keeps its bars" || { grep '^MISS' "$T/out" >"$T/missed"; say "$T/missed"; }
jq -nrf "$(dirname "$0")/places.jq" "$T/json" >"$T/table" 2>&1 &&
    [ "$(wc -l <"$T/table")" = "$(($(wc -l <"$T/part") + 1))" ] && [ "$(awk 'length > 80' "$T/table" | wc -l)" = 0 ]
ok $? "places.jq makes the manual's table of the rows" || say "$T/table"

# Row 0 with all 32 intervals wrong; then without any interval.
awk 'NR == 1 { $5 = 32 } { print }' "$T/part" >"$T/wrong"
awk 'NR == 1 { $4 = $6 = 0 } { print }' "$T/part" >"$T/unnamed"
for bad in wrong unnamed; do
    "$places" report "$T/json.bad" "$T/$bad" >"$T/out" 2>&1
    [ $? -ne 0 ] && [ "$(grep -c '^MISS' "$T/out")" = 1 ]
    ok $? "a row with its intervals $bad misses its bars" || say "$T/out"
done

done_testing
