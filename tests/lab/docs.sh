#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# docs.sh: --help and the manual name the same options and commands, in both directions; each page passes the linters.
# usage: PATHPROBE=./pathprobe tests/lab/docs.sh; PLUGIN_DIR and MAN_DIR name other directories than those of the tree
set -eu
LC_ALL=C
export LC_ALL

program=${PATHPROBE:-./pathprobe}
plugins=${PLUGIN_DIR:+--plugin-dir=$PLUGIN_DIR}
man=${MAN_DIR:-$(dirname "$0")/../../man}
command -v mandoc >/dev/null || { echo "mandoc is not installed"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

fail()
{
    echo "FAIL: $*" >&2
    failed=1
}

# Option names of a page: the words behind "Fl -" in the .It lines.
of_page()
{
    sed -n 's/^\.It Fl .*Fl -\([a-z0-9-]*\).*/\1/p; s/^\.It Fl -\([a-z0-9-]*\).*/\1/p' "$1" | sort -u
}

# Option names of --help: "  -r, --rate N" and "      --rate N".
of_help()
{
    sed -n 's/^  \(-[a-zA-Z0-9],\|   \) --\([a-z0-9-]*\).*/\2/p' | sort -u
}

# Letters with their names: "r rate".
letters_of_page()
{
    sed -n 's/^\.It Fl \([a-zA-Z0-9]\) , Fl -\([a-z0-9-]*\).*/\1 \2/p' "$1" | sort -u
}

letters_of_help()
{
    sed -n 's/^  -\([a-zA-Z0-9]\), --\([a-z0-9-]*\).*/\1 \2/p' | sort -u
}

# Fails for each name that only one of the two lists has; WHAT says what the names are.
same()
{
    what=$1
    comm -23 "$tmp/help" "$tmp/page" | while read -r name; do echo "$name is not in the manual"; done >"$tmp/diff"
    comm -13 "$tmp/help" "$tmp/page" | while read -r name; do echo "$name is in the manual only"; done >>"$tmp/diff"
    while read -r line; do fail "$what: $line"; done <"$tmp/diff"
}

commands=$("$program" --help | sed -n 's/^  \([a-z]*\)  *.*/\1/p')
[ -n "$commands" ] || fail "no commands in --help"
"$program" --help | awk 'length > 80' | grep -q . && fail "--help is wider than 80 columns"

for c in $commands; do
    page=$man/pathprobe-$c.1
    [ -f "$page" ] || { fail "no page for the command $c"; continue; }
    "$program" "$c" --help >"$tmp/text"
    of_help <"$tmp/text" >"$tmp/help"
    { of_page "$page"; of_page "$man/pathprobe.1"; } | sort -u >"$tmp/page"
    same "$c: option"
    letters_of_help <"$tmp/text" >"$tmp/help"
    { letters_of_page "$page"; letters_of_page "$man/pathprobe.1"; } | sort -u >"$tmp/page"
    same "$c: letter"
    awk 'length > 80' "$tmp/text" | grep -q . && fail "$c: --help is wider than 80 columns"
    grep -q "^\.It Cm $c" "$man/pathprobe.1" || fail "$c: not in pathprobe.1"
done

# The section on experiment $e.
section()
{
    awk -v e="$e:" '/^\.S[sh] / { on = $2 == e } on' "$man/pathprobe-experiments.7"
}

# Every experiment, with each of its conditions and prefixes, stands in pathprobe-experiments.7.
for e in $("$program" plugins $plugins | sed 's/ .*//'); do
    grep -q "^\.Ss $e:" "$man/pathprobe-experiments.7" || fail "experiment $e: no section in the manual"
    "$program" plugins $plugins "$e" | awk 'length > 80 && NF > 1' | grep -q . && fail "experiment $e: wider than 80 columns"
    "$program" plugins $plugins "$e" |
        sed -n 's/^  \([a-z0-9_.]*\)\.{.*/\1/p; s/^  \([a-z0-9_]*\.[a-z0-9_.]*\).*/\1/p' |
        sed 's/\.$//' | sort -u >"$tmp/help"
    section |
        sed -n 's/^\.It Cm \([a-z0-9_.]*\).*/\1/p; /^Its prefix/,/^\.Cm/s/^\.Cm \([a-z0-9_.]*\) \.$/\1/p' |
        sort -u >"$tmp/page"
    same "$e: condition"
    "$program" plugins $plugins "$e" | sed -n 's/^  --\([a-z0-9-]*\) .*/\1/p' | sort -u >"$tmp/help"
    section | sed -n 's/^\.It Fl -\([a-z0-9-]*\).*/\1/p' | sort -u >"$tmp/page"
    same "$e: option"
done

# Every field of the plugin interface and every key of a scenario is in its manual page.
cd "$(dirname "$0")/../.."
sed 's,/\*.*\*/,,; /\/\*/,/\*\//d' core/abi/plugin.h | awk '
    /^struct pp_[a-z_]* \{/ { inside = 1; next }
    /^\}/ { inside = 0 }
    inside && /;/ {
        sub(/;.*/, "")
        if (match($0, /\(\*[a-z_]+\)/)) {
            print substr($0, RSTART + 2, RLENGTH - 3)
            next
        }
        n = split($0, part, ",")
        for (i = 1; i <= n; i++) {
            gsub(/\[.*/, "", part[i])
            m = split(part[i], word, /[ *]+/)
            print word[m]
        }
    }' | sort -u >"$tmp/help"
[ "$(wc -l <"$tmp/help")" -gt 50 ] || fail "plugin.h: no fields found"
awk '/^\./ {
        on = 0
        for (i = 1; i <= NF; i++) {
            if ($i ~ /^\.?Fa$/)
                on = 1
            else if ($i ~ /^[A-Z][a-z]$/)
                on = 0
            else if (on)
                print $i
        }
    }' man/pathprobe-plugin.3 | grep '^[a-z_0-9]*$' | sort -u >"$tmp/page"
comm -23 "$tmp/help" "$tmp/page" >"$tmp/diff"
while read -r name; do fail "plugin.h: field $name is not in pathprobe-plugin.3"; done <"$tmp/diff"
grep -oh '{"[a-z_]*", \(read_\|pp_reader_\|pp_scenario_\)' lab/truth/scenario.c lab/truth/scenario_class.c \
    lab/truth/scenario_router.c | sed 's/{"\([a-z_]*\)".*/\1/' |
    sort -u >"$tmp/help"
sed -n 's/^\.It Cm \([a-z_]*\)$/\1/p; s/.*{"\([a-z_]*\)": [0-9.]*, "\([a-z_]*\)".*/\1\n\2/p' man/pathprobe-scenario.5 |
    sort -u >"$tmp/page"
same "scenario: key"

# Every key of an experiment as data is in its manual page and its schema.
grep -oh '{"[a-z_]*", PP_AS_[A-Z]*' core/loader/experiment*.c | sed 's/{"\([a-z_]*\)".*/\1/' | sort -u >"$tmp/help"
[ "$(wc -l <"$tmp/help")" -gt 60 ] || fail "experiment: no keys found"
tr -d ',' <man/pathprobe-experiment.5 | tr ' ' '\n' | sort -u >"$tmp/page"
comm -23 "$tmp/help" "$tmp/page" >"$tmp/diff"
while read -r name; do fail "experiment: key $name is not in pathprobe-experiment.5"; done <"$tmp/diff"
grep -o '"[a-z_]*": {' schema/experiment.schema.json | sed 's/"\([a-z_]*\)".*/\1/' | sort -u >"$tmp/page"
comm -23 "$tmp/help" "$tmp/page" >"$tmp/diff"
while read -r name; do fail "experiment: key $name is not in schema/experiment.schema.json"; done <"$tmp/diff"
cd - >/dev/null

mandoc -Tlint -W warning "$man"/*.[1-8] || fail "the pages are not clean"
exit $failed
