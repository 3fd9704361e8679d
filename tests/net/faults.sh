#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# faults.sh: a run whose interface goes down and comes back, or is removed; whose address goes; whose disk fills; that
# is stopped. Each has an end that is known, and the output holds whole lines.
#
#   client ---- r1 ---- r2 ---- server   10.77.0.0/16, 2001:db8:77::/48
#
# TAP. PATHPROBE: the program. What is waited for is a line, a word on standard error, or the end.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check jq setpriv) || skip_all "$why"
run=
at_exit() {
    exec 3>&-
    [ -z "$run" ] || kill -KILL "$run" 2>/dev/null
    [ -z "$small" ] || umount "$small" 2>/dev/null
}
small=
topo_trap
{ topo_up && topo_nginx "$TOPO_SERVER"; } 2>&1 || {
    bail "no topology"
}
T=$TOPO_TMP

# ---- helpers -----------------------------------------------------------------------------------------------

measure() { # measure ARG...: replaces this shell by the program
    exec ip netns exec "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure ecn -i eth0 --connect tcp \
        --rounds 1 --connect-timeout 2 --target-timeout 8 --ports 61000-61063 --workers 1 --output "$out" \
        --metadata "$meta" "$@"
}

# start ARG...: a run whose input is descriptor 3 and that ends when that is closed; returns once $out has a line.
start() {
    rm -f "$T/feed" "$T/out" "$T/meta"
    mkfifo "$T/feed"
    out=${small:-$T}/out meta=${small:-$T}/meta
    : >"$T/err"
    measure "$@" <"$T/feed" 2>"$T/err" &
    run=$!
    exec 3>"$T/feed"
    echo 10.77.1.1 >&3
    topo_until lines 1
}

lines() { # lines N: the output has N lines at least, or the run is over
    [ -f "$out" ] && [ "$(wc -l <"$out")" -ge "$1" ] || topo_over "$run"
}

ended() { # ended CODE: the run ends, with exit code CODE
    topo_ended "$run" "$1"
    set -- $?
    run=
    return "$1"
}

valid() { # each line of the output is an observation with conditions, and the last line is whole
    jq -e -s 'all(.[]; .schema == 1 and (.conditions | length) > 0)' "$out" >/dev/null 2>&1 &&
        [ -z "$(tail -c 1 "$out" | tr -d '\n')" ]
}

counts() { # counts JQ: the metadata's counts add up, and JQ is true of the metadata, with $c for the counts
    jq -e ".counts as \$c | (\$c | .read == (map(.) | add) - .read - .written_invalid) and ($1)" "$meta" >/dev/null 2>&1 || {
        jq -c '.counts, .complete' "$meta"
        return 1
    } >>"$T/err" 2>&1
}

# goes_on TARGET...: --resume of the run that ended early, with this list: the output then has each target once.
goes_on() {
    printf '%s\n' "$@" >"$T/list"
    run_id=$(jq -r .run_id "$meta")
    (cat "$T/list" | measure --resume 2>"$T/err") && valid && counts '$c.written == $c.read and .complete' &&
        jq -e --arg id "$run_id" '.run_id == $id and (.parts | length) == 2' "$meta" >/dev/null &&
        [ "$(jq -r '.path[-1]' "$out" | sort)" = "$(sort "$T/list")" ]
}

nothing_is_broken() {
    jq -e -s 'map(.conditions[]) | all(endswith(".broken") | not)' "$out" >/dev/null
}

restore() { # sets addresses and routes again, as a network manager does when the link is up
    ip -n "$TOPO_CLIENT" addr replace 10.70.1.2/24 dev eth0 &&
        ip -n "$TOPO_CLIENT" addr replace 2001:db8:70:1::2/64 dev eth0 nodad &&
        ip -n "$TOPO_CLIENT" route replace default via 10.70.1.1 &&
        ip -n "$TOPO_CLIENT" -6 route replace default via 2001:db8:70:1::1
}

result() {
    ok "$1" "$2" || say "$T/err" "$out"
}

# ---- the interface -----------------------------------------------------------------------------------------

start
ip -n "$TOPO_CLIENT" link set eth0 down
topo_until grep -q "interface 'eth0'" "$T/err"
result $? "an interface that goes down: the run says so, and goes on"
printf '10.77.1.2\n10.77.1.3\n' >&3
ip -n "$TOPO_CLIENT" link set eth0 up && restore
printf '10.77.1.4\n2001:db8:77::5\n' >&3
topo_until lines 5
exec 3>&-
topo_until topo_over "$run"
wait "$run"
rc=$?
run=
[ $rc -eq 0 ] || [ $rc -eq 3 ]
result $? "the interface is up again: the run goes on and ends with exit 0 or 3"
valid && nothing_is_broken && counts '$c.written == 5 and .complete' &&
    jq -e -s 'any(.[]; .path[-1] == "10.77.1.4" and .conditions[0] == "ecn.connectivity.works")' "$out" >/dev/null
result $? "each target has its line, a target probed afterwards works, none is broken"

start
ip -n "$TOPO_CLIENT" link del eth0
ended 1 && says "interface 'eth0' no longer exists" && valid && counts '$c.written == 1 and (.complete | not)'
result $? "an interface that is removed: exit 1, the output is valid, the metadata are not complete"
exec 3>&-
topo_link 1 "$TOPO_R1" client "$TOPO_CLIENT" eth0 && topo_default "$TOPO_CLIENT" 1 1 &&
    ip -n "$TOPO_R2" route replace 10.70.1.0/24 via 10.70.2.1
goes_on 10.77.1.1 10.77.1.7 10.77.1.8
result $? "when the interface exists again, --resume goes on"

# ---- the address -------------------------------------------------------------------------------------------

start
ip -n "$TOPO_CLIENT" addr del 10.70.1.2/24 dev eth0
ended 1 && says "address '10.70.1.2' is no longer on 'eth0'" && valid && counts '$c.written == 1 and (.complete | not)'
result $? "a source address that is removed and stays so: exit 1, the output is valid"
exec 3>&-
restore
goes_on 10.77.1.1 10.77.1.7 10.77.1.8
result $? "when the address is set again, --resume goes on"

# ---- the disk ----------------------------------------------------------------------------------------------

# A file system with room for some lines: the run ends when it is full, and the metadata there are whole.
mkdir "$T/small"
if mount -t tmpfs -o size=64k,mode=755 tmpfs "$T/small" 2>"$T/err"; then
    small=$T/small
    start
    i=1
    while [ $i -le 250 ]; do
        echo "10.77.2.$i"
        i=$((i + 1))
    done >&3
    topo_until lines 10
    cat /dev/zero >"$small/filler" 2>/dev/null # to the last byte: there is no room for the final metadata either
    ended 1 && says "No space left" && valid && lines 10 &&
        counts '$c.written >= 10 and $c.written < 251 and (.complete | not)' &&
        [ "$(wc -l <"$out")" -eq "$(jq .counts.written "$meta")" ]
    result $? "a disk that fills: exit 1, the output has whole lines, the metadata count them"
    exec 3>&-
    mount -o remount,size=8m "$small"
    i=0
    while [ $i -lt 250 ]; do
        i=$((i + 1))
        echo "10.77.2.$i"
    done >"$T/many"
    goes_on 10.77.1.1 $(cat "$T/many")
    result $? "when there is room, --resume goes on: the output has each target once"
    umount "$small"
    small=
else
    skip "a disk that fills" "$(head -n 1 "$T/err")"
fi

# ---- SIGSTOP and SIGCONT -----------------------------------------------------------------------------------

# The process is stopped for 1.5 s, longer than the limit above which a worker reports that it was not let run.
stalled() {
    says "a worker got no processor time for"
}
start --rate 10
printf '10.77.3.1\n10.77.3.2\n10.77.3.3\n10.77.3.4\n10.77.3.5\n10.77.3.6\n10.77.3.7\n10.77.3.8\n' >&3
topo_until lines 2
kill -STOP "$run"
since=$(cut -d ' ' -f 1 /proc/uptime)
later() {
    awk -v since="$since" '{ exit $1 < since + 1.5 }' /proc/uptime
}
topo_until later
kill -CONT "$run"
topo_until stalled
result $? "a run that was stopped and continued says that it was not let run"
exec 3>&-
ended 0 && valid && nothing_is_broken && counts '$c.written == 9 and .complete'
result $? "the stopped run ends with exit 0, none is broken"
done_testing
