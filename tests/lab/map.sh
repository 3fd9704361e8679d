#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# map.sh: the map of the tree on top of cmd/main.c has a line for each room, and none for a room that is gone; each file
# of a room says in its first comment, behind its own name, what it is for. A room of core/ or lab/ has at most 4,500
# lines: more are two ideas. At the top of the tree stands what is known to belong there, and nothing else.
set -eu
LC_ALL=C
export LC_ALL

cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
status=0

# A line " * core/base/   text" names a room.
sed '/^ \*\/$/q' cmd/main.c | awk '/^ \* (cmd|core|plugins|lab)\// { sub(/\/$/, "", $2); print $2 }' | sort >"$tmp/map"
{
    printf '%s\n' core lab
    find cmd core plugins lab \( -name '*.[ch]' -o -name '*.json' \) -exec dirname {} \; | sort -u
} | sort -u >"$tmp/tree"

comm -13 "$tmp/map" "$tmp/tree" >"$tmp/missing"
comm -23 "$tmp/map" "$tmp/tree" >"$tmp/gone"
while read -r room; do
    echo "FAIL: $room/ is not in the map of cmd/main.c" >&2
    status=1
done <"$tmp/missing"
while read -r room; do
    echo "FAIL: $room/ is in the map of cmd/main.c, but not in the tree" >&2
    status=1
done <"$tmp/gone"

for room in core/* lab/*; do
    lines=$(cat "$room"/*.[ch] 2>/dev/null | wc -l)
    [ "$lines" -le 4500 ] && continue
    echo "FAIL: $room/: $lines lines are more than one room" >&2
    status=1
done

# A file that a test leaves at the top of the tree must not be committed.
git ls-files 2>/dev/null | sed 's,/.*,,' | sort -u | grep -vxF -e .ci -e .gitignore -e ARCHITECTURE.md -e CHANGELOG.md \
    -e CONTRIBUTING.md -e LICENSE -e Makefile -e README.md -e SECURITY.md -e cmd -e config.mk.in -e configure.ac -e core \
    -e debian -e install-sh -e lab -e m4 -e man -e plugins -e schema -e tests \
    >"$tmp/top" || :
while read -r name; do
    echo "FAIL: $name does not belong at the top of the tree" >&2
    status=1
done <"$tmp/top"

find cmd core plugins lab -name '*.[ch]' | sort >"$tmp/files"
awk '
    FNR == 1 { name = FILENAME; sub(/.*\//, "", name); told = 0 }
    (FNR == 2 || FNR == 3) && !told && sub(/^(\/\*| \*) /, "") { told = index($0, name ": ") == 1 && length > length(name ": ") }
    FNR == 3 && !told { print FILENAME }
' $(cat "$tmp/files") >"$tmp/silent"
while read -r file; do
    echo "FAIL: $file: its first comment does not begin with its name, a colon, and what it is for" >&2
    status=1
done <"$tmp/silent"
exit $status
