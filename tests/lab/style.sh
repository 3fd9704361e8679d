#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# style.sh: the rules of style that a machine can check: the SPDX line first, at most 120 columns, no tabs in C, at most
# 600 lines a file and 60 lines a function of the program.
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

# One awk for all files: a process for each file and rule takes a minute on a busy machine.
wrong=$(awk '
    function bad(what) { print FILENAME ": " what }
    FNR == 1 { tabs = begin = 0 }
    FNR == 1 && $0 != "/* SPDX-License-Identifier: BSD-2-Clause */" { bad("no SPDX line first") }
    length > 120 { bad("more than 120 columns in line " FNR) }
    /\t/ && !tabs++ { bad("has tabs") }
    FNR == 601 && FILENAME !~ /^tests/ { bad("more than 600 lines are more than one idea") }
    # A function is from "{" to "}" in the first column; initializers have neither.
    $0 == "{" { begin = FNR }
    /^}/ && begin {
        if (FNR - begin > 59 && FILENAME !~ /^tests/)
            bad("the function in line " begin " has " FNR - begin + 1 " lines, more than 60")
        begin = 0
    }
' $c_files)
# In a script SPDX is in the second line, behind #!; in a manual page it is behind .\".
wrong="$wrong
$(awk '
    FNR == 1 { at = 1 + /^#!/ }
    FNR == 1 && /^#!/ && system("test -x " FILENAME) != 0 { print FILENAME ": is run, but is not executable" }
    FNR == at && !/SPDX-License-Identifier: BSD-2-Clause$/ { print FILENAME ": no SPDX line first" }
    FNR == 2 { nextfile }
' $scripts $others Makefile configure.ac config.mk.in)"
echo "$wrong" | sed '/^$/d; s/^/FAIL: /' >&2
[ "$wrong" = '
' ] || status=1
# No file has variables, except for flags of signal handlers and the state of messages.
begins='static |volatile |_Atomic |_Thread_local |struct |unsigned |int |bool |char |u?int[0-9]+_t '
variables=$(grep -nE "^($begins)[^(){}]*( = .*)?[;{]$" \
    $(find cmd core lab plugins -name '*.c' ! -path core/base/error.c ! -path core/base/status_line.c) |
    grep -vE '\bconst\b|:struct [a-z_0-9]+( \{|;)$|(sig_atomic_t|int) (stop|[a-z_]*stopped);$' || :)
[ -z "$variables" ] || fail "variables of a file: $variables"
# Each struct or enum tag of the program is defined once.
tags=$(grep -hoE '^(struct|enum) pp_[a-z0-9_]+ \{' $(find cmd core lab -name '*.[ch]') | sort | uniq -d | tr -d '{\n')
[ -z "$tags" ] || fail "defined more than once: $tags"
exit $status
