# SPDX-License-Identifier: BSD-2-Clause
# tap.sh: functions for tests that print TAP: to be sourced.
#
#   ok STATUS SENTENCE     one result; STATUS is that of the check just made
#   skip SENTENCE REASON   one check that cannot be made on this machine
#   skip_all REASON        ends the script: none of its checks can be made on this machine
#   bail REASON            ends the script: its preparation failed
#   need_program           bails out without $PATHPROBE
#   exits CODE COMMAND...  0 if COMMAND exits with CODE; its standard output in $T/out, standard error in $T/err; input
#                          from $IN, if set
#   says PATTERN           0 if $T/err has a line that matches PATTERN
#   say FILE...            prints the files, which explain a failure, as comments
#   adds_up NAME FILE      a check that the numbers after "N read:" in a summary, FILE, add up to N
#   until_true COMMAND...  repeats COMMAND until it succeeds, for a minute at most
#   part NAME              0 if that part is to be run (`# parts:`, tests/run): the script's arguments name the parts;
#                          without arguments all are run
#   done_testing           prints the plan; its status is the script's. If $WRITTEN is set, a directory, it first copies
#                          there the first JSON objects of each file of the test's directory, for tests/lab/written.py

TAP_N=0
TAP_FAILED=0
TAP_PARTS=$*
PATHPROBE=${PATHPROBE:-./pathprobe}
case $PATHPROBE in /*) ;; *) PATHPROBE=$(pwd)/$PATHPROBE ;; esac

ok() {
    TAP_N=$((TAP_N + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $TAP_N - $2"
    else
        echo "not ok $TAP_N - $2"
        TAP_FAILED=$((TAP_FAILED + 1))
        return 1
    fi
}

skip() {
    TAP_N=$((TAP_N + 1))
    echo "ok $TAP_N - $1 # SKIP $2"
}

# Sanitizers make system calls that the seccomp filter refuses, and have an allocator of their own.
is_sanitized() {
    grep -aq -e __asan_init -e __tsan_init "$PATHPROBE"
}

skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

bail() {
    echo "Bail out! $1"
    exit 1
}

need_program() {
    [ -x "$PATHPROBE" ] || bail "no program '$PATHPROBE'"
}

exits() {
    want=$1
    shift
    "$@" <"${IN:-/dev/fd/0}" >"$T/out" 2>"$T/err"
    got=$?
    [ $got -eq "$want" ] || {
        echo "exit code $got, not $want"
        return 1
    } >>"$T/err"
}

says() {
    grep -q -e "$1" "$T/err" || {
        echo "(nothing like: $1)" >>"$T/err"
        return 1
    }
}

# At most 6,000 bytes, in lines of 2,000.
say() {
    head -c 6000 "$@" | sed 's/^/# /' | cut -c 1-2000
}

adds_up() {
    awk '/ read: / { for (i = 3; i <= NF; i++) if ($i ~ /^[0-9]+$/) s += $i; ok = s == $1 } END { exit !ok }' "$2"
    ok $? "$1: the counts add up" || say "$2"
}

until_true() {
    _tries=${TRIES:-1200}
    until "$@"; do
        _tries=$((_tries - 1))
        [ $_tries -gt 0 ] || return 1
        sleep 0.05
    done
}

part() {
    case " ${TAP_PARTS:-$1} " in *" $1 "*) return 0 ;; esac
    return 1
}

written() { # written DIRECTORY: copies the first JSON objects of each of its files to $WRITTEN
    [ -n "${WRITTEN:-}" ] && [ -d "$1" ] && mkdir -p "$WRITTEN" || return 0
    LC_ALL=C find "$1" -type f -size +0 -readable -exec grep -aHn -m 60 '^{".*}$' {} + \
        >>"$WRITTEN/$(basename "$0" .sh).$$" 2>/dev/null
    return 0
}

done_testing() {
    for _dir in "${T:-}" "${dir:-}" "${tmp:-}"; do
        written "$_dir"
    done
    echo "1..$TAP_N"
    [ $TAP_FAILED -eq 0 ] && [ $TAP_N -gt 0 ]
}
