#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# picture.sh: runs the demo at a terminal of 80 columns and puts what it showed into README.md: a status line from the
# middle of the run, and the page at its end, each into the block of code behind its comment. For `make picture`.
set -eu
cd "$(dirname "$0")/.."

screen=$(mktemp)
trap 'rm -f "$screen" "$screen".*' EXIT
script -qec "stty cols 80 rows 50; lab/demo.sh" "$screen" </dev/null >/dev/null
# What stands between carriage returns and line feeds, each piece without what clears the line before it.
tr '\r' '\n' <"$screen" | sed "s/$(printf '\033')\[K//g; /^Script /d" >"$screen.lines"
grep '^ *[0-9]* %  [0-9,]*/[0-9,]*' "$screen.lines" >"$screen.status"
sed -n "$(($(wc -l <"$screen.status") * 2 / 3))p" "$screen.status" >"$screen.line"
# Line feeds came as two pieces, of which one is empty.
awk '/ reachable targets? .*through/ { on = 1 } on { print } on && / over http: / { exit } on { getline }' "$screen.lines" >"$screen.page"
[ -s "$screen.line" ] && [ -s "$screen.page" ]
awk -v line="$screen.line" -v page="$screen.page" '
    /^<!-- status -->/ { file = line }
    /^<!-- page -->/ { file = page }
    /^```/ && file != "" {
        print
        while ((getline text <file) > 0)
            print text
        while ((getline text) > 0 && text !~ /^```/)
            ;
        print text
        file = ""
        next
    }
    { print }' README.md >"$screen.readme"
cp "$screen.readme" README.md
