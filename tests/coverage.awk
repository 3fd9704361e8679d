#!/usr/bin/awk -f
# SPDX-License-Identifier: BSD-2-Clause
# coverage.awk: adds up what `gcov -n` prints of a directory's files: a line per file, then their sum.
#
#   gcov -n -o OBJECTS DIR/*.c | tests/coverage.awk -v dir=DIR

/^File / {
    gsub(/'/, "")
    file = $2
}

/^Lines executed:/ && index(file, dir "/") == 1 && file ~ /\.c$/ {
    split($0, part, /[:% ]+/) # Lines executed:97.37% of 38
    lines = $NF
    hit = part[3] * lines / 100
    printf "  %6.2f %%  %5d  %s\n", part[3], lines, file
    all += lines
    hits += hit
    file = ""
}

END {
    printf "%8.2f %%  %5d  %s\n", all ? 100 * hits / all : 0, all, dir
    exit all == 0
}
