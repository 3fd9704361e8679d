#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# style.sh: what of the house's style a machine can see: the SPDX line first, at most 120 columns and no tabs in C, and
# files that stay small enough to have one idea.
set -eu
LC_ALL=C
export LC_ALL

cd "$(dirname "$0")/../.."
status=0

fail()
{
    echo "FAIL: $*" >&2
    status=1
}

c_files=$(find cmd core lab plugins tests -name '*.[ch]')
scripts=$(find .ci tests -type f ! -name '*.*' ! -path 'tests/fuzz/seeds/*')
others=$(find man tests -name '*.[1-8]' -o -name '*.sh' -o -name '*.py' -o -name '*.awk')

tab=$(printf '\t')
for file in $c_files; do
    [ "$(head -n 1 "$file")" = '/* SPDX-License-Identifier: BSD-2-Clause */' ] || fail "$file: no SPDX line first"
    long=$(awk 'length > 120 { printf " %d", FNR }' "$file")
    [ -z "$long" ] || fail "$file: more than 120 columns in line$long"
    ! grep -q "$tab" "$file" || fail "$file: has tabs"
done
# A script's first line is the shell's, in a manual page SPDX stands behind .\".
for file in $scripts $others Makefile configure.ac config.mk.in; do
    head -n 2 "$file" | sed '/^#!/d' | head -n 1 | grep -q 'SPDX-License-Identifier: BSD-2-Clause$' ||
        fail "$file: no SPDX line first"
    [ -x "$file" ] || ! head -n 1 "$file" | grep -q '^#!' || fail "$file: is run, but is not executable"
done
# One name, one thing: a tag of the program is defined once.
tags=$(grep -hoE '^(struct|enum) pp_[a-z0-9_]+ \{' $(find cmd core lab -name '*.[ch]') | sort | uniq -d | tr -d '{\n')
[ -z "$tags" ] || fail "defined more than once: $tags"
for file in $(find cmd core lab plugins -name '*.[ch]'); do
    lines=$(wc -l <"$file")
    [ "$lines" -le 600 ] || fail "$file: $lines lines are more than one idea"
done
exit $status
