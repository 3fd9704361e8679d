#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# privilege.sh: what a run holds while it runs: every thread's capabilities, user, seccomp mode; as root, as an ordinary
# user with cap_net_raw, and in the user namespace of the lab.
#
# TAP. PATHPROBE: the program. Nothing is waited for by the clock: a run's first observation says how far it is.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check jq setpriv) || skip_all "$why"
run=
at_exit() {
    exec 3>&-
    [ -z "$run" ] || kill -KILL "$run" 2>/dev/null
}
topo_trap
{ topo_up && topo_nginx "$TOPO_SERVER"; } 2>&1 || {
    bail "no topology"
}
T=$TOPO_TMP
nobody=$(id -u nobody)
seccomp=2
! is_sanitized || seccomp=0

# start COMMAND...: a run, started by COMMAND, that goes on until descriptor 3 is closed; returns at its first
# observation.
start() {
    rm -f "$T/feed"
    mkfifo "$T/feed"
    ip netns exec "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$@" "$PATHPROBE" measure ecn -i eth0 --connect http \
        --rounds 1 --workers 2 --connect-timeout 2 --ports 61000-61063 --output "$T/$name.ndjson" <"$T/feed" 2>"$T/err" &
    run=$!
    exec 3>"$T/feed"
    echo 10.77.1.1 >&3
    topo_until written
}

written() {
    [ -s "$T/$name.ndjson" ] || ! kill -0 "$run" 2>/dev/null
}

# threads AWK: there are five threads (main, writer, feeder, two workers), and no line of their status matches AWK.
threads() {
    cat /proc/"$run"/task/*/status >"$T/threads" 2>"$T/err2"
    [ "$(grep -c '^Pid:' "$T/threads")" -eq 5 ] && awk "$1 { exit 1 }" "$T/threads"
}

ended() { # the run ends with exit 0, its metadata are complete
    exec 3>&-
    wait "$run"
    rc=$?
    run=
    [ $rc -eq 0 ] && jq -e '.complete and .counts.written == 1' "$T/$name.ndjson.meta.json" >/dev/null
}

bare='/^Cap(Inh|Prm|Eff|Amb):/ && !/\t0000000000000000$/'

# ---- root ------------------------------------------------------------------------------------------------------

name=root
start env
threads "$bare || /^CapBnd:/ && !/\t0000000000000000\$/"
ok $? "root: no thread has a capability, its bounding set is empty" || say "$T/err" "$T/threads"
threads "/^Uid:/ && !/^Uid:\t$nobody\t$nobody\t$nobody\t$nobody\$/ || /^Groups:/ && /[0-9]/"
ok $? "root: each thread's user is nobody, without supplementary groups" || say "$T/err" "$T/threads"
threads "/^NoNewPrivs:/ && !/1\$/ || /^Seccomp:/ && !/\t$seccomp\$/"
ok $? "root: no_new_privs is set, system calls are filtered" || say "$T/err" "$T/threads"
ended
ok $? "root: output and metadata are written in a directory that nobody may not write to" || say "$T/err"

name=daemon
start env sh -c 'exec "$@" --user daemon' -
threads "$bare || /^Uid:/ && /\t(0|$nobody)\t/"
ok $? "root with --user daemon: no thread has a capability, root's user ID or nobody's" || say "$T/err" "$T/threads"
ended
ok $? "root with --user: exit 0, the metadata are complete" || say "$T/err"

# ---- an ordinary user ------------------------------------------------------------------------------------------

mkdir -m 777 "$T/own"
name=own/user
start setpriv --reuid "$nobody" --regid "$nobody" --clear-groups --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw
threads "$bare || /^Seccomp:/ && !/\t$seccomp\$/ || /^NoNewPrivs:/ && !/1\$/"
ok $? "an ordinary user with cap_net_raw: no thread has a capability any more, system calls are filtered" || say "$T/err" "$T/threads"
ended
ok $? "an ordinary user with cap_net_raw: exit 0, the metadata are complete" || say "$T/err"

echo 10.77.1.1 >"$T/in"
topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" setpriv --reuid "$nobody" --regid "$nobody" --clear-groups \
    --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw "$PATHPROBE" measure ecn -i eth0 --user root \
    <"$T/in" >"$T/out" 2>"$T/err"
[ $? -eq 1 ] && grep -q "only root can become 'root'" "$T/err"
ok $? "an ordinary user with --user: exit 1, and a message" || say "$T/err"
topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure ecn -i eth0 --user nosuch \
    <"$T/in" >"$T/out" 2>"$T/err"
[ $? -eq 1 ] && grep -q "unknown user 'nosuch'" "$T/err" && ! [ -s "$T/out" ]
ok $? "an unknown user: exit 1" || say "$T/err"

# ---- a user namespace ------------------------------------------------------------------------------------------

# Root of this user namespace is the ordinary user outside; no other user is mapped.
cat >"$T/inside" <<'EOT'
mkfifo feed
"$1" measure ecn -v --connect http --rounds 1 --workers 2 --connect-timeout 2 --output out <feed 2>err &
exec 3>feed
head -n 1 targets >&3
while ! [ -s out ] && kill -0 $! 2>/dev/null; do sleep 0.05; done
cat /proc/$!/task/*/status >threads
exec 3>&-
wait $!
EOT
mkdir -m 777 "$T/lab"
# A copy of the program and its plugins that an ordinary user can read.
mkdir -p "$T/tree/core/abi" && cp "$here/../../core/abi/plugin.h" "$T/tree/core/abi/" &&
    cp -r "$PATHPROBE" "$(dirname "$PATHPROBE")/plugins" "$T/tree/" && chmod -R a+rX "$T/tree"
userns() {
    setpriv --reuid "$nobody" --regid "$nobody" --clear-groups sh -c 'cd "$1" && shift && exec "$@"' - "$T/lab" "$@"
}
if ! userns unshare --user --map-root-user --net true 2>"$T/err"; then
    skip "in a user namespace that does not map nobody: the user ID stays, capabilities are dropped" "$(head -n 1 "$T/err")"
else
    userns "$T/tree/pathprobe" lab --hosts 10 --scenario healthy --targets targets -- \
        sh "$T/inside" "$T/tree/pathprobe" >"$T/err" 2>&1 &&
        cp "$T/lab/threads" "$T/threads" && awk "$bare || /^Uid:/ && !/^Uid:\t0\t/ { exit 1 }" "$T/threads" &&
        [ "$(grep -c '^Pid:' "$T/threads")" -eq 5 ] && grep -q "not run as 'nobody'" "$T/lab/err" &&
        jq -e .complete "$T/lab/out.meta.json" >/dev/null
    ok $? "in a user namespace that does not map nobody: the user ID stays, capabilities are dropped" || say "$T/err" "$T/lab/err" "$T/threads"
fi
done_testing
