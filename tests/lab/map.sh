#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# map.sh: the map of the tree on top of cmd/main.c has a line for each source file, and none for a file that is gone.
set -eu
LC_ALL=C
export LC_ALL

cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
status=0

# " * core/base/   text" names a directory, " *   addr.[ch]   text" one or two files in it.
sed '/^ \*\/$/q' cmd/main.c | awk '
    /^ \* [a-z]/ && $2 ~ /\/$/ { dir = $2 }
    /^ \*   [a-z]/ {
        name = $2
        if (sub(/\.\[ch\]$/, "", name)) {
            print dir name ".c"
            print dir name ".h"
        } else {
            print dir name
        }
    }' | sort >"$tmp/map"

for dir in cmd core/* plugins lab lab/scenarios; do
    for file in "$dir"/*.[ch] "$dir"/*.json; do
        [ -f "$file" ] && echo "$file"
    done
done | sort >"$tmp/tree"

comm -13 "$tmp/map" "$tmp/tree" >"$tmp/missing"
comm -23 "$tmp/map" "$tmp/tree" >"$tmp/gone"
while read -r file; do
    echo "FAIL: $file is not in the map of cmd/main.c" >&2
    status=1
done <"$tmp/missing"
while read -r file; do
    echo "FAIL: $file is in the map of cmd/main.c, but not in the tree" >&2
    status=1
done <"$tmp/gone"
exit $status
