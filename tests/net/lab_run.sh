#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# lab_run.sh: `pathprobe lab` as a user sees it: exit codes, signals, what COMMAND finds, and that nothing is left
# behind.
#
#   COMMAND's namespace                 emulator's namespace
#   lab0 192.0.2.1, 2001:db8::1  <----> lab1, no address  <-> emulator: 10.0.0.0/8, 2001:2::/48
#   default routes via 192.0.2.254, 2001:db8::fe (permanent neighbours)
#
# alone: compares the host's links, routes and mounts before and after, which other tests change, too.
#
# TAP on standard output. PATHPROBE: the program (default ./pathprobe). Nothing is waited for by the clock: where a
# step of another process matters, it is told through a fifo or by end of file.

PP=${PATHPROBE:-./pathprobe}
case $PP in /*) ;; *) PP=$(pwd)/$PP ;; esac
N=0
FAILED=0

ok() { # ok STATUS TEXT: STATUS is that of the check
    N=$((N + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $N - $2"
    else
        echo "not ok $N - $2"
        FAILED=$((FAILED + 1))
        sed 's/^/# /' "$TMP/err" "$TMP/out" 2>/dev/null
    fi
}

skip() { # skip TEXT REASON
    N=$((N + 1))
    echo "ok $N - $1 # SKIP $2"
}

# is WANTED COMMAND...: COMMAND's exit code
is() {
    wanted=$1
    shift
    "$@" >"$TMP/out" 2>"$TMP/err" </dev/null
    code=$?
    [ $code -eq "$wanted" ] || echo "exit code $code, not $wanted" >>"$TMP/err"
    [ $code -eq "$wanted" ]
}

has() { grep -q -e "$2" "$TMP/$1"; }

lab() { "$PP" lab "$@"; }

skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

# The host's state that must be the same before and after. Namespaces are not compared: the kernel frees one some time
# after its last process has ended.
host_state() {
    ip -o link | sed 's/ state .*//'
    ip -o address
    ip route
    ip -6 route
    ip rule
    for f in /proc/sys/net/core/netdev_max_backlog /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/tcp_ecn \
        /proc/sys/net/ipv4/conf/*/rp_filter /proc/sys/net/ipv6/conf/*/disable_ipv6 /proc/sys/net/ipv6/conf/*/accept_ra \
        /proc/sys/net/ipv6/conf/*/router_solicitations /proc/sys/net/ipv6/conf/*/addr_gen_mode; do
        [ -r "$f" ] && echo "$f $(cat "$f" 2>/dev/null)"
    done
    grep -v ' /proc/sys/fs/binfmt_misc ' /proc/self/mounts
    true
}

command -v ip >/dev/null || skip_all "no ip(8)"
[ -x "$PP" ] || { echo "Bail out! no program '$PP'"; exit 1; }
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
chmod 755 "$TMP"
: >"$TMP/err"
: >"$TMP/out"
if ! lab --hosts 10 -- true 2>"$TMP/err"; then
    if grep -q "namespaces\|veth" "$TMP/err"; then
        skip_all "no namespaces here: $(head -n 1 "$TMP/err")"
    fi
    echo "Bail out! no lab: $(head -n 1 "$TMP/err")"
    exit 1
fi
host_state >"$TMP/before"

# --- exit codes ---
is 0 lab -- true; ok $? "exit code 0 is COMMAND's"
is 7 lab -- sh -c 'exit 7'; ok $? "exit code 7 is COMMAND's"
is 143 lab -- sh -c 'kill -TERM $$'; ok $? "COMMAND killed by SIGTERM: 143"
is 137 lab -- sh -c 'kill -KILL $$'; ok $? "COMMAND killed by SIGKILL: 137"
is 127 lab -- "$TMP/none" && has err "cannot run '$TMP/none'"; ok $? "COMMAND that does not exist: 127, and said so"
is 127 lab -- "$TMP"; ok $? "COMMAND that is a directory: 127"
is 2 lab --hosts 0 -- true; ok $? "no hosts: usage error"
is 2 lab --hosts 1000001 -- true; ok $? "more than a million hosts: usage error"
is 2 lab --hots 5 -- true && has err "hosts"; ok $? "a misspelt option: usage error, and what was meant"
is 2 lab --seed 5x -- true; ok $? "a seed that is no number: usage error"
is 1 lab --scenario "$TMP/none" -- true; ok $? "a scenario that does not exist: 1"
is 1 lab --targets "$TMP/none/t" -- true && has err "cannot write '$TMP/none/t'"
ok $? "targets that cannot be written: 1"
is 1 lab --truth /dev/full -- sh -c 'echo ran' && ! has out ran; ok $? "a full disk: 1, and COMMAND does not run"
printf '#!/bin/sh\nexit 9\n' >"$TMP/shell" && chmod 755 "$TMP/shell"
is 9 env SHELL="$TMP/shell" "$PP" lab; ok $? "without COMMAND, \$SHELL runs"

# --- what COMMAND finds ---
is 0 lab --hosts 50 --targets "$TMP/targets" --truth "$TMP/truth" -- \
    sh -c "test \$(wc -l <'$TMP/targets') -eq 50 && test \$(wc -l <'$TMP/truth') -eq 50"
ok $? "targets and truth are complete when COMMAND starts"
cp "$TMP/targets" "$TMP/was"
is 0 lab --hosts 50 --targets "$TMP/targets" --truth "$TMP/truth" -- true && cmp -s "$TMP/targets" "$TMP/was"
ok $? "the same command again writes the same targets"
is 1 lab --hosts 49 --targets "$TMP/targets" -- true && has err "'$TMP/targets' is not empty" &&
    has err '^hint: --force replaces it' && cmp -s "$TMP/targets" "$TMP/was" &&
    is 1 lab --hosts 51 --targets "$TMP/targets" -- true && cmp -s "$TMP/targets" "$TMP/was"
ok $? "a file that holds something else is not overwritten"
is 0 lab --hosts 49 --targets "$TMP/targets" --force -- sh -c "test \$(wc -l <'$TMP/targets') -eq 49"
ok $? "--force overwrites a file that holds something else"
is 0 lab -- sh -c 'test "$PATHPROBE_ALLOW" = 10.0.0.0/8,2001:2::/48'; ok $? "PATHPROBE_ALLOW unblocks the lab"
lab -- sh -c 'ip -o address; ip route; ip -6 route; ip neighbour; ip -o link' >"$TMP/out" 2>"$TMP/err"
has out 'lab0 .*inet 192.0.2.1/24'; ok $? "lab0 has its IPv4 address"
has out 'lab0 .*inet6 2001:db8::1/64.*nodad'; ok $? "lab0 has its IPv6 address, at once"
! has out 'fe80:'; ok $? "lab0 has no link-local address"
has out 'default via 192.0.2.254 dev lab0'; ok $? "the IPv4 default route leads to the emulator"
has out 'default via 2001:db8::fe dev lab0'; ok $? "the IPv6 default route leads to the emulator"
test "$(grep -c 'PERMANENT' "$TMP/out")" -eq 2; ok $? "both gateways are permanent neighbours"
has out 'lab0.*mtu 1500 .*state UP'; ok $? "lab0 is up, with an MTU of 1500"
has out 'lo: .*UP'; ok $? "loopback is up"
test "$(lab -- sh -c 'ip -o link | wc -l' 2>"$TMP/err")" -eq 2; ok $? "there are no other interfaces"
is 0 lab -- sh -c 'test "$(id -u)" = 0'; ok $? "COMMAND is root in the lab"
is 0 lab -- sh -c 'test -d /proc/1 && test "$(ls -d /proc/[0-9]* | wc -l)" -lt 10'
ok $? "/proc shows the lab's processes alone"
echo hello | lab -- cat 2>"$TMP/err" | grep -q '^hello$'; ok $? "COMMAND has the caller's standard input and output"
(cd "$TMP" && is 0 lab -- test -f truth); ok $? "COMMAND runs in the caller's directory"
is 0 env PATH=/nowhere "$PP" lab -- pathprobe lab --help
ok $? "COMMAND 'pathprobe' is this program if PATH has none"
is 6 lab -- "$PP" lab -- sh -c 'exit 6'; ok $? "a lab in a lab"

# --- signals ---
# signalled NAME: COMMAND writes to a fifo when it is ready, gets signal NAME once, exits with 40.
mkfifo "$TMP/ready"
cat >"$TMP/trap.sh" <<'END'
trap 'echo "got $1" >>"$2/got"; exit 40' "$1"
echo >"$2/ready"
read -r _ <"$2/never" &
while :; do wait; done
END
mkfifo "$TMP/never"
signalled() {
    rm -f "$TMP/got"
    env --default-signal "$PP" lab -- sh "$TMP/trap.sh" "$1" "$TMP" >"$TMP/out" 2>"$TMP/err" </dev/null &
    pid=$!
    read -r _ <"$TMP/ready"
    kill "-$1" $pid
    wait $pid
    test $? -eq 40 && test "$(wc -l <"$TMP/got")" -eq 1
}
if env --default-signal true 2>/dev/null; then
    for s in TERM INT HUP USR1; do
        signalled $s; ok $? "SIG$s to the lab reaches COMMAND, once"
    done
    # SIGINT at 36 moments while the lab is made: COMMAND, which starts shortly afterwards, must receive it.
    missed=0
    for ms in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 32 34 36 38 40 50; do
        env --default-signal timeout -s INT 0.0$ms "$PP" lab --hosts 2000 -- sh -c 'sleep 3; echo missed' >"$TMP/out" \
            2>"$TMP/err" </dev/null
        test -s "$TMP/out" && missed=$((missed + 1))
    done
    test $missed -eq 0; ok $? "SIGINT to the lab's process group before COMMAND starts reaches COMMAND ($missed of 36 missed)"
else
    skip "signals reach COMMAND" "env(1) has no --default-signal"
fi

# From here on the lab is not started by a function: $! would be a shell's PID. Each process of the lab has the fifo
# open for writing: end of file means that all of them have ended.
mkfifo "$TMP/alive"
"$PP" lab -- sh -c "echo >'$TMP/ready'; sleep 1000 & exec sleep 1000" >"$TMP/alive" 2>"$TMP/err" </dev/null &
pid=$!
exec 5<"$TMP/alive"
read -r _ <"$TMP/ready"
kill -KILL $pid
wait $pid 2>/dev/null
timeout 60 cat <&5 >/dev/null
ok $? "SIGKILL to the lab ends all of its processes"
exec 5<&-

"$PP" lab -- sh -c "(trap '' TERM HUP INT; sleep 1000) & exit 3" >"$TMP/alive" 2>"$TMP/err" </dev/null &
pid=$!
timeout 60 cat <"$TMP/alive" >/dev/null || kill -KILL $pid
wait $pid
test $? -eq 3; ok $? "processes that COMMAND leaves in the background end with it"

# The emulator is the init's first child: PID 2 of the lab.
if is 1 lab -- sh -c 'kill -KILL 2; sleep 1000' && has err "the emulator was killed by signal 9"; then
    ok 0 "the emulator is killed: the lab ends with 1 and a message"
else
    ok 1 "the emulator is killed: the lab ends with 1 and a message"
fi

# confined UID: the process status in $TMP/out has UID, no capabilities, no_new_privs and a seccomp filter.
seccomp=2
grep -aq -e __asan_init -e __tsan_init "$PP" && seccomp=0 # sanitizers make system calls that the filter would refuse
confined() {
    awk -v uid="$1" -v seccomp=$seccomp '
        /^Uid:/ && $2 == uid && $3 == uid && $4 == uid || /^Cap(Prm|Eff|Inh|Amb):/ && $2 == "0000000000000000" ||
        /^NoNewPrivs:/ && $2 == 1 || /^Seccomp:/ && $2 == seccomp {n++}
        END {exit n != 7}' "$TMP/out"
}
nobody=$(id -u nobody)
[ "$(id -u)" -eq 0 ] && awk -v id="$nobody" '$1 <= id && id < $1 + $3 {n++} END {exit !n}' /proc/self/uid_map || nobody=0
is 0 lab -- cat /proc/2/status && confined "$nobody"
ok $? "the emulator's user is nobody, it has no capabilities, its system calls are filtered"

# --- terminal ---
if command -v script >/dev/null; then
    script -qec "'$PP' lab -- ps -o stat= -C ps" /dev/null </dev/null >"$TMP/out" 2>"$TMP/err"
    has out '+'; ok $? "COMMAND is in the terminal's foreground process group"
    script -qec "'$PP' lab -- sh -c 'exit 11'" /dev/null </dev/null >"$TMP/out" 2>"$TMP/err"
    test $? -eq 11; ok $? "exit code at a terminal"
else
    skip "terminal" "no script(1)"
fi

# --- an ordinary user ---
as_user="an ordinary user"
if [ "$(id -u)" -ne 0 ]; then
    skip "$as_user" "the whole test runs as one"
elif ! command -v setpriv >/dev/null; then
    skip "$as_user" "no setpriv(1)"
elif ! setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urn true 2>/dev/null; then
    skip "$as_user" "user namespaces are not allowed here"
else
    # A copy, since the source tree may be in a directory that other users cannot enter.
    cp "$PP" "$TMP/plain" && cp "$PP" "$TMP/caps" && chmod 755 "$TMP/plain" "$TMP/caps"
    user() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
    is 8 user "$TMP/plain" lab -- sh -c 'test "$(id -u)" = 0 && ip -o addr show lab0 | grep -q 192.0.2.1 && exit 8'
    ok $? "an ordinary user has a lab in a user namespace"
    is 0 user "$TMP/plain" lab -- sh -c '! test -w /etc/shadow'; ok $? "root there cannot write the host's files"
    is 0 user "$TMP/plain" lab -- cat /proc/2/status && confined 0
    ok $? "the emulator of an ordinary user's lab has no capabilities, its system calls are filtered"
    if setcap cap_net_raw+ep "$TMP/caps" 2>/dev/null; then
        is 8 user "$TMP/caps" lab -- sh -c 'exit 8'; ok $? "an ordinary user whose binary has cap_net_raw has a lab"
        setpriv --reuid 65534 --regid 65534 --clear-groups "$TMP/caps" lab -- \
            sh -c "echo ready; exec sleep 1000" >"$TMP/alive" 2>"$TMP/err" </dev/null &
        pid=$!
        exec 5<"$TMP/alive"
        read -r _ <&5
        kill -KILL $pid
        wait $pid 2>/dev/null
        timeout 60 cat <&5 >/dev/null
        ok $? "SIGKILL to an ordinary user's lab ends all of its processes"
        exec 5<&-
    else
        skip "a binary with cap_net_raw" "file capabilities do not work here"
    fi
    if unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces' 2>/dev/null; then
        is 1 unshare -Ur sh -c "echo 0 >/proc/sys/user/max_user_namespaces
            setpriv --bounding-set -sys_admin '$PP' lab -- true"
        has err "cannot make the lab's namespaces" && has err "^hint: .*run as root"
        ok $? "where user namespaces are off: exit 1, and a hint"
    else
        skip "where user namespaces are off" "max_user_namespaces cannot be set here"
    fi
fi

# --- traffic ---
# Some hosts of the scenario do not answer: the first of each family that does, among thirty.
if command -v curl >/dev/null; then
    cat >"$TMP/fetch.sh" <<'END'
sed -n 's/.*"dip":"\([^"]*\)".*/\1/p' "$1" | head -n 30 >"$1.ips"
four=0 six=0
while read -r ip; do
    case $ip in
    *:*) [ $six = 1 ] && continue; url="http://[$ip]/" ;;
    *) [ $four = 1 ] && continue; url="http://$ip/" ;;
    esac
    curl -s -o /dev/null --noproxy '*' --connect-timeout 2 -m 5 "$url" || continue
    case $ip in *:*) six=1 ;; *) four=1 ;; esac
    [ $four$six = 11 ] && exit 0
done <"$1.ips"
exit 1
END
    is 0 lab --hosts 100 --targets "$TMP/targets" --force -- sh "$TMP/fetch.sh" "$TMP/targets"
    ok $? "curl fetches a page from the lab, over IPv4 and IPv6"
else
    skip "curl fetches a page from the lab" "no curl"
fi

# --- nothing left ---
host_state >"$TMP/after"
diff "$TMP/before" "$TMP/after" >"$TMP/out"
ok $? "links, addresses, routes, rules, sysctls and mounts of the host are as before"
! ip -o link | grep -q 'lab[01]'; ok $? "no lab0 or lab1 on the host"

echo "1..$N"
[ $FAILED -eq 0 ]
