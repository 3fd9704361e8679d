#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh: the test runner itself (tests/run), on programs made for it: what passes, fails, is skipped as a whole or in
# part, is killed, does not end, has parts, or has to run alone; several at once. TAP.

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/net/tap.sh
. "$here/../net/tap.sh"
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
unset CI MAY_SKIP LIMIT AGAIN
mkdir "$T/a"
cd "$T/a" || exit 1

program() # NAME LINE...
{
    local name=$1
    shift
    printf '%s\n' '#!/bin/sh' "$@" >"$name"
    chmod +x "$name"
}
program pass 'echo "ok 1 - skipping # of nothing"'
program fails 'echo "because of this"; exit 3'
program part 'echo "ok 1 - one"; echo "ok 2 - two # SKIP none here"'
program whole 'echo "1..0 # SKIP no such kernel"'
program root 'echo "needs root"; exit 77'
program cmocka 'echo "[  SKIPPED ] three"'
program killed 'kill -SEGV $$'
program endless 'sleep 1000'

run()
{
    "$here/../run" "$T/log" "$@" >"$T/out" 2>"$T/err"
    code=$?
    cat "$T/err" >>"$T/out"
    return $code
}
ends() { [ "$(tail -n 1 "$T/out")" = "$1" ]; }
has() { grep -qx -e "$1" "$T/out"; }

run "$T/a/pass"
[ $? -eq 0 ] && has 'ok      a/pass' && ends '1 passed, 0 failed, 0 skipped'
ok $? "a program that passes" || say "$T/out"

run "$T"/a/{pass,fails,killed}
[ $? -eq 1 ] && has "FAILED  a/fails (exit 3): $T/log/a/fails.log" && has '        because of this' &&
    has "FAILED  a/killed (SIGSEGV): .*" && ends '1 passed, 2 failed, 0 skipped'
ok $? "a program that fails, and one that a signal ends" || say "$T/out"

run "$T"/a/{pass,part,whole,root,cmocka}
[ $? -eq 0 ] && has 'skipped a/part: two: none here' && has 'skipped a/whole: all of it: no such kernel' &&
    has 'skipped a/root: all of it: needs root' && has 'skipped a/cmocka: three' && ! has 'ok .*a/whole' &&
    ends '3 passed, 0 failed, 4 skipped'
ok $? "a skip is counted as one, of a whole program or of one result" || say "$T/out"

CI=true run "$T"/a/{pass,part}
[ $? -eq 1 ] && has 'FAILED  1 skipped, which is a failure in CI' && ends '2 passed, 1 failed, 1 skipped'
ok $? "in CI a skip is a failure" || say "$T/out"
CI=true MAY_SKIP='^a/part: two' run "$T"/a/{pass,part} && ends '2 passed, 0 failed, 1 skipped' &&
    ! CI=true MAY_SKIP='^a/part: two' run "$T"/a/{whole,part}
ok $? "in CI a skip that MAY_SKIP names is no failure" || say "$T/out"

LIMIT=1 run "$T/a/endless"
[ $? -eq 1 ] && has 'FAILED  a/endless (no end within 1 s): .*' && ends '0 passed, 1 failed, 0 skipped'
ok $? "a program that does not end within LIMIT" || say "$T/out"

# Two programs wait for each other, so they have to run at once; `single` fails if another one is running.
waits() # NAME OTHER
{
    program "$1" "touch '$T/running.$1' '$T/$1'" "until [ -e '$T/$2' ]; do sleep 0.05; done" "rm '$T/running.$1'"
}
waits left right
waits right left
program single "# alone: it says so" "! ls '$T'/running.* 2>/dev/null"
JOBS=2 LIMIT=60 run "$T"/a/{single,left,right} && ends '3 passed, 0 failed, 0 skipped'
ok $? "two programs run at once, and one marked alone runs by itself" || say "$T/out"

program several '# parts: one two three' "echo \"\$# \$1\" >>'$T/parts'; [ \"\$1\" != two ]"
run "$T"/a/{pass,several}
[ $? -eq 1 ] && [ "$(sort "$T/parts" | tr '\n' ' ')" = '1 one 1 three 1 two ' ] && has 'ok      a/several:one' &&
    has "FAILED  a/several:two (exit 1): $T/log/a/several:two.log" && ends '3 passed, 1 failed, 0 skipped'
ok $? "a script with parts is run once for each" || say "$T/out" "$T/parts"

# A program that fails the first time only, one that always fails, and failures that are not run again.
program shaky "[ -e '$T/second' ] || { touch '$T/second'; echo 'not ok 1'; exit 1; }"
program broken 'echo "x.c:1: runtime error: shift" >&2; exit 1'
AGAIN=2 run "$T"/a/{shaky,pass}
[ $? -eq 0 ] && has "AGAIN   a/shaky (exit 1): $T/log/a/shaky.log.first" && has '        not ok 1' && has 'ok      a/shaky' &&
    ends '2 passed, 0 failed, 0 skipped, 1 unsteady'
ok $? "a program that fails beside others and passes by itself is counted as unsteady" || say "$T/out"
AGAIN=2 run "$T"/a/{fails,pass}
[ $? -eq 1 ] && has 'FAILED  a/fails .*' && ends '1 passed, 1 failed, 0 skipped'
ok $? "a program that fails both times has failed" || say "$T/out"
AGAIN=2 run "$T"/a/{killed,broken} && has 'FAILED  a/broken .*' && ends '0 passed, 2 failed, 0 skipped'
[ $? -eq 1 ] && ! has 'AGAIN .*'
ok $? "a program that a signal or a sanitizer ended is not run again" || say "$T/out"
rm -f "$T/second"
run "$T"/a/{shaky,pass}
[ $? -eq 1 ] && ! has 'AGAIN .*'
ok $? "without AGAIN no program is run again" || say "$T/out"

# SIGTERM to tests/run ends the programs that it runs.
program long "trap 'touch \"$T/ended\"; exit' TERM; touch '$T/began'; while :; do sleep 0.05; done"
"$here/../run" "$T/log" "$T/a/long" >"$T/out" 2>&1 &
pid=$!
until [ -e "$T/began" ]; do sleep 0.05; done
kill $pid
wait $pid
[ $? -eq 143 ] && [ -e "$T/ended" ]
ok $? "SIGTERM to the runner ends the running programs" || say "$T/out"
done_testing
