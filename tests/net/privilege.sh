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

# start ARG...: a run that goes on until descriptor 3 is closed; ARGs stand before the program.
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

# threads AWK: holds for the status of each thread; of main, writer, feeder and two workers there are five.
threads() {
    cat /proc/"$run"/task/*/status >"$T/threads" 2>"$T/err2"
    [ "$(grep -c '^Pid:' "$T/threads")" -eq 5 ] && awk "$1 { exit 1 }" "$T/threads"
}

ended() { # the run ends well, and its metadata are whole
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
ok $? "root: no thread holds a capability, nor can get one back" || say "$T/err" "$T/threads"
threads "/^Uid:/ && !/^Uid:\t$nobody\t$nobody\t$nobody\t$nobody\$/ || /^Groups:/ && /[0-9]/"
ok $? "root: every thread is nobody, in no other group" || say "$T/err" "$T/threads"
threads "/^NoNewPrivs:/ && !/1\$/ || /^Seccomp:/ && !/\t$seccomp\$/"
ok $? "root: no new privileges, and system calls are filtered" || say "$T/err" "$T/threads"
ended
ok $? "root: output and metadata are written, in a directory that is not nobody's" || say "$T/err"

name=daemon
start env sh -c 'exec "$@" --user daemon' -
threads "$bare || /^Uid:/ && /\t(0|$nobody)\t/"
ok $? "root with --user: that one it is" || say "$T/err" "$T/threads"
ended
ok $? "root with --user: the run ends well" || say "$T/err"

# ---- an ordinary user ------------------------------------------------------------------------------------------

mkdir -m 777 "$T/own"
name=own/user
start setpriv --reuid "$nobody" --regid "$nobody" --clear-groups --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw
threads "$bare || /^Seccomp:/ && !/\t$seccomp\$/ || /^NoNewPrivs:/ && !/1\$/"
ok $? "an ordinary user with cap_net_raw: no thread holds it any more" || say "$T/err" "$T/threads"
ended
ok $? "an ordinary user with cap_net_raw: the run ends well" || say "$T/err"

echo 10.77.1.1 >"$T/in"
topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" setpriv --reuid "$nobody" --regid "$nobody" --clear-groups \
    --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw "$PATHPROBE" measure ecn -i eth0 --user root \
    <"$T/in" >"$T/out" 2>"$T/err"
[ $? -eq 1 ] && grep -q "only root can become 'root'" "$T/err"
ok $? "an ordinary user with --user: exit 1, says why" || say "$T/err"
topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure ecn -i eth0 --user nosuch \
    <"$T/in" >"$T/out" 2>"$T/err"
[ $? -eq 1 ] && grep -q "there is no user 'nosuch'" "$T/err" && ! [ -s "$T/out" ]
ok $? "an unknown user: exit 1" || say "$T/err"

# ---- a user namespace ------------------------------------------------------------------------------------------

# Root in there is the ordinary user outside, and there is no other.
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
# The program and its plugins, where an ordinary user can read them.
mkdir -p "$T/tree/core/abi" && cp "$here/../../core/abi/plugin.h" "$T/tree/core/abi/" &&
    cp -r "$PATHPROBE" "$(dirname "$PATHPROBE")/plugins" "$T/tree/" && chmod -R a+rX "$T/tree"
userns() {
    setpriv --reuid "$nobody" --regid "$nobody" --clear-groups sh -c 'cd "$1" && shift && exec "$@"' - "$T/lab" "$@"
}
if ! userns unshare --user --map-root-user --net true 2>"$T/err"; then
    skip "in a user namespace without nobody: the user stays, capabilities go" "$(head -n 1 "$T/err")"
else
    userns "$T/tree/pathprobe" lab --hosts 10 --scenario healthy --targets targets -- \
        sh "$T/inside" "$T/tree/pathprobe" >"$T/err" 2>&1 &&
        cp "$T/lab/threads" "$T/threads" && awk "$bare || /^Uid:/ && !/^Uid:\t0\t/ { exit 1 }" "$T/threads" &&
        [ "$(grep -c '^Pid:' "$T/threads")" -eq 5 ] && grep -q "not run as 'nobody'" "$T/lab/err" &&
        jq -e .complete "$T/lab/out.meta.json" >/dev/null
    ok $? "in a user namespace without nobody: the user stays, capabilities go" || say "$T/err" "$T/lab/err" "$T/threads"
fi
done_testing
