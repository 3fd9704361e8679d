#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# arrows.sh: rooms include from each other in one direction. Which room may use which is read from ARCHITECTURE.md, from
# the block behind "Arrows point one way": `a -> b -> c` says that a uses b and what b uses, and so on. Fails on an
# include that no arrow allows, a circle of arrows, a room without arrows, and on files of one room that include each
# other in a circle. x.h, x.c, x_*.c and x_*.h of a room count as one file here: an idea with its parts.
set -eu
LC_ALL=C
export LC_ALL

cd "$(dirname "$0")/../.."

# Accepted circles inside a room, one a line, "room x y: reason": x may include y though y leads back to x.
circles='
'
# Accepted includes against the arrows, one a line, "file header: reason".
exceptions='
'

# Prints what is wrong in the tree of the current directory, given accepted circles and exceptions.
wrong()
{
    find cmd core lab plugins -name '*.[ch]' 2>/dev/null | awk -v circles="$1" -v exceptions="$2" '
function fail(text) { print "FAIL: " text }
function dir(path) { sub(/\/[^\/]*$/, "", path); return path }

# The file that an include in FROM names; "" if it is not in the tree.
function target(from, inc,    d) {
    d = dir(from)
    while (sub(/^\.\.\//, "", inc))
        d = d ~ /\// ? dir(d) : ""
    inc = d == "" ? inc : d "/" inc
    return inc in file ? inc : ""
}

# The idea of a file: the shortest x with a header x.h such that the file is named x, or x_ and more.
function idea(path,    d, base, n, part, i, x) {
    d = dir(path)
    base = substr(path, length(d) + 2)
    sub(/\.[ch]$/, "", base)
    n = split(base, part, "_")
    x = part[1]
    for (i = 2; i <= n && !((d "/" x ".h") in file); i++)
        x = x "_" part[i]
    return d "/" x
}

# Adds to MAY the edges that lead over several others: its transitive closure.
function close_over(may, names,    a, b, c) {
    for (b in names)
        for (a in names)
            if ((a, b) in may)
                for (c in names)
                    if ((b, c) in may)
                        may[a, c] = 1
}

{ file[$0] = 1; room[dir($0)] = 1 }

END {
    while ((getline line <"ARCHITECTURE.md") > 0) {
        if (line ~ /^Arrows point one way/)
            near = 1
        else if (near && line ~ /^```/)
            near = ++fences < 2
        else if (near && fences) {
            n = split(line, part, / *-> */)
            for (i = 1; i <= n; i++) {
                sub(/ .*/, "", part[i])
                part[i] = ("core/" part[i]) in room ? "core/" part[i] : part[i]
                if (!(part[i] in room))
                    fail("ARCHITECTURE.md: no room " part[i])
                if (i > 1)
                    may[part[i - 1], part[i]] = drawn[part[i - 1]] = drawn[part[i]] = 1
            }
        }
    }
    close_over(may, room)
    for (r in room) {
        if (!(r in drawn))
            fail("ARCHITECTURE.md: no arrow from or to " r "/")
        if ((r, r) in may)
            fail("ARCHITECTURE.md: arrows from " r "/ lead back to it")
    }

    n = split(exceptions, row, "\n")
    for (i = 1; i <= n; i++)
        if (row[i] ~ /: ./) {
            sub(/:.*/, "", row[i])
            excepted[row[i]] = 1
        }
    n = split(circles, row, "\n")
    for (i = 1; i <= n; i++)
        if (row[i] ~ /: ./) {
            split(row[i], part, /[ :]+/)
            reasoned[part[1] "/" part[2], part[1] "/" part[3]] = 1
        }

    for (f in file) {
        while ((getline line <f) > 0) {
            if (line !~ /^#include "/)
                continue
            split(line, part, "\"")
            t = target(f, part[2])
            if (t == "")
                continue
            from = dir(f)
            to = dir(t)
            if (from != to && !((from, to) in may)) {
                if ((f " " t) in excepted)
                    met[f " " t] = 1
                else
                    fail(f " includes " t ": no arrow leads from " from "/ to " to "/")
            } else if (from == to && idea(f) != idea(t)) {
                a = idea(f)
                b = idea(t)
                ideas[a] = ideas[b] = 1
                use[a, b] = reach[a, b] = 1
            }
        }
        close(f)
    }
    for (e in excepted)
        if (!(e in met))
            fail("arrows.sh: the exception is not needed: " e)
    # An edge is part of a circle if its end leads back to its start. Edges with a reason are left out.
    for (e in use)
        all[e] = 1
    close_over(all, ideas)
    for (e in reasoned) {
        split(e, part, SUBSEP)
        if (!(e in use))
            fail("arrows.sh: the reason is not needed: " part[1] " does not include " part[2])
        else if (!((part[2], part[1]) in all))
            fail("arrows.sh: the reason is not needed: " part[2] " does not lead back to " part[1])
        delete reach[e]
    }
    close_over(reach, ideas)
    for (e in use) {
        split(e, part, SUBSEP)
        if ((part[2], part[1]) in reach && !(e in reasoned))
            fail("circle: " part[1] " includes " part[2] ", which leads back to it")
    }
}' | sort
}

status=0
found=$(wrong "$circles" "$exceptions")
[ -z "$found" ] || { echo "$found" >&2; status=1; }

# Each file that the table "Where to add what" names exists, unless NAME in it stands for a new one.
for path in $(sed -n '/^## Where to add what/,/^## Decisions/p' ARCHITECTURE.md | grep -o '`[a-z]*/[A-Za-z0-9_./-]*`' | tr -d '`'); do
    case $path in *NAME*) continue ;; esac
    [ -e "$path" ] || { echo "FAIL: ARCHITECTURE.md: no $path to add to" >&2; status=1; }
done

# This test checks itself with a tree that has each of these faults.
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
mkdir -p core/low core/high core/forgotten
printf '%s\n' 'Arrows point one way:' '```' 'high -> low -> high' 'high -> gone' '```' 'low -> nothing' >ARCHITECTURE.md
echo '#include "../forgotten/z.h"' >core/low/x.h
echo '#include "y.h"' >core/high/x_more.c
echo '#include "x.h"' >core/high/y.h
echo '#include "y.h"' >core/high/v.h
touch core/high/x.h core/forgotten/z.h
cat >expected <<'END'
FAIL: ARCHITECTURE.md: arrows from core/high/ lead back to it
FAIL: ARCHITECTURE.md: arrows from core/low/ lead back to it
FAIL: ARCHITECTURE.md: no arrow from or to core/forgotten/
FAIL: ARCHITECTURE.md: no room gone
FAIL: arrows.sh: the exception is not needed: core/low/a.h core/low/b.h
FAIL: arrows.sh: the reason is not needed: core/high/y does not lead back to core/high/v
FAIL: arrows.sh: the reason is not needed: core/low/a does not include core/low/b
FAIL: circle: core/high/x includes core/high/y, which leads back to it
FAIL: circle: core/high/y includes core/high/x, which leads back to it
FAIL: core/low/x.h includes core/forgotten/z.h: no arrow leads from core/low/ to core/forgotten/
END
wrong 'core/low a b: reason
core/high v y: reason' 'core/low/a.h core/low/b.h: reason' | diff expected - >&2 || status=1
exit $status
