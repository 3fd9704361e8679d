#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# recipes.sh: the recipes of pathprobe-report(1) for SQLite, DuckDB, pandas and R give the figures that jq counts in the
# observations.
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/../net/tap.sh"
need_program
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
export TMPDIR="$T"
python3 "$here/report_data.py" "$T" || bail "no data"
cd "$T" || exit 1
# One target without an AS.
sed -i '10s/"ASN": [0-9]*, //' now.ndjson
"$PATHPROBE" report now.ndjson --csv targets --output targets.csv || bail "no table"
jq -r 'select(.verdicts[0].verdict != "offline") | [.canid_info.ASN // "-", .verdicts[0].verdict] | @tsv' now.ndjson |
    awk '{ n[$1]++; broken[$1] += $2 == "broken" } END { for (a in n) print a, broken[a], n[a] }' | sort >want
[ "$(wc -l <want)" = 10 ] && grep -q '^64503 [1-9]' want || bail "$(cat want)"

recipe() { # NAME: copies the recipe from the manual into a file of that name
    sed -n "/recipe $1 begins/,/recipe $1 ends/p" "$top/man/pathprobe-report.1" | sed '/^\./d; s/^\\&//' >"$1"
    [ -s "$1" ] || bail "no recipe $1 in the manual"
}

# finds NAME COMMAND...: AS, broken and all targets in the rows that the recipe prints equal those of jq, and the first row
# has the most broken targets.
finds() {
    recipe "$1"
    _name=$1
    shift
    "$@" >"$_name.out" 2>"$_name.err" <"$_name"
    # The last three columns of a row; an unknown AS is printed as a word, or left out.
    tr '|' ' ' <"$_name.out" | awk '$NF !~ /^[0-9.]+$/ { next } { as = NF > 2 ? $(NF - 2) : "-" }
        { print as ~ /^[0-9]+$/ ? as : "-", $(NF - 1) + 0, $NF + 0 }' >"$_name.rows"
    sort "$_name.rows" | cmp -s want - && [ "$(head -n 1 "$_name.rows" | cut -d ' ' -f 1)" = 64503 ]
    ok $? "$_name prints the figures that jq counts in the observations" || say want "$_name.out" "$_name.err"
}

finds sqlite sqlite3
if /usr/bin/python3 -c 'import pandas' 2>/dev/null; then
    finds pandas /usr/bin/python3 -
else
    skip "pandas" "pandas is not installed (python3-pandas)"
fi
if command -v Rscript >/dev/null; then
    finds R Rscript -
else
    skip "R" "R is not installed (r-base-core)"
fi
library=$(ls "$top"/build/duckdb/*/libduckdb.so 2>/dev/null | head -n 1)
if [ -n "$library" ]; then
    finds duckdb /usr/bin/python3 "$here/recipes_duckdb.py" "$library"
else
    skip "DuckDB" "no DuckDB here (make duckdb)"
fi
done_testing
