#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# pictures.sh: runs the demo at a terminal of 80 columns and puts what it showed into README.md: a status line from the
# middle of the run, and the page at its end, each into the block of code behind its comment. What its report begins
# with, as Chromium shows it, becomes man/report.png. For `make pictures`.
set -eu
cd "$(dirname "$0")/.."

screen=$(mktemp)
trap 'rm -rf "$screen" "$screen".*' EXIT
script -qec "stty cols 80 rows 50; lab/demo.sh" "$screen" </dev/null >/dev/null
# The text between carriage returns and line feeds, each piece without the escape that clears its line.
tr '\r' '\n' <"$screen" | sed "s/$(printf '\033')\[K//g; /^Script /d" >"$screen.lines"
grep '^ *[0-9]* %  [0-9,]*/[0-9,]*' "$screen.lines" >"$screen.status"
sed -n "$(($(wc -l <"$screen.status") * 2 / 3))p" "$screen.status" >"$screen.line"
# A line feed of the terminal is two characters, so every second piece is empty.
awk '/ reachable targets? / { on = 1 } on { print } on && / over http: / { exit } on { getline }' "$screen.lines" >"$screen.page"
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

mkdir "$screen.home"
HOME=$screen.home XDG_CONFIG_HOME=$screen.home XDG_CACHE_HOME=$screen.home tests/lab/report_browser.py chromium \
    "$PWD/build/demo.html" build/demo.ndjson "$screen.report.light.900.png" 1390
cp "$screen.report.light.900.png" man/report.png
