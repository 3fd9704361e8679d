#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# doctor.sh: what `pathprobe doctor` finds, for people and as JSON, in a network namespace whose addresses and resolver
# are known.
#
#   pathprobe -- lo 127.0.0.1:53 unbound        pp0 9.9.9.1/24, 2620:fe::1/64 ---- pp1, of the same namespace
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/tap.sh"
need_program
[ "$(id -u)" = 0 ] || skip_all "needs root for a network namespace"
for tool in unbound jq setpriv; do
    command -v $tool >/dev/null || skip_all "no $tool here"
done

ns=ppdoctor$$
T=$(mktemp -d) || exit 1
unbound_pid=
cleanup() {
    [ -n "$unbound_pid" ] && kill "$unbound_pid" 2>/dev/null && wait "$unbound_pid" 2>/dev/null
    ip netns del $ns 2>/dev/null
    rm -rf "$T"
}
trap cleanup EXIT
ip netns add $ns && ip -n $ns link set lo up && ip -n $ns link add pp0 type veth peer name pp1 &&
    ip -n $ns addr add 9.9.9.1/24 dev pp0 && ip -n $ns addr add 2620:fe::1/64 dev pp0 nodad &&
    ip -n $ns link set pp0 addrgenmode none && ip -n $ns link set pp1 addrgenmode none &&
    ip -n $ns link set pp0 up && ip -n $ns link set pp1 up && ip -n $ns route add default via 9.9.9.254 &&
    ip -n $ns -6 route add default via 2620:fe::fe || skip_all "cannot make a network namespace"

cat >"$T/conf" <<END
server:
  directory: "$T"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  interface: 127.0.0.1
  local-data: "probe.example. A 9.9.9.1"
  local-data-ptr: "9.9.9.1 probe.example"
  local-zone: "ip6.arpa." static
remote-control:
  control-enable: no
END
ip netns exec $ns unbound -dd -c "$T/conf" >"$T/log" 2>&1 &
unbound_pid=$!
answers() { echo probe.example | ip netns exec $ns "$PATHPROBE" resolve -4 --server 127.0.0.1 2>/dev/null | grep -q 9.9.9.1; }
tries=600
until answers; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] && kill -0 "$unbound_pid" 2>/dev/null || bail "unbound does not answer"
    sleep 0.05
done

echo 'nameserver 127.0.0.1' >"$T/resolv.conf"
printf 'hosts: dns\n' >"$T/nsswitch.conf"
# doctor COMMAND ARG...: runs it in namespace $ns, in a mount namespace where resolv.conf names this resolver alone.
doctor() {
    ip netns exec $ns unshare --mount sh -c '
        mount --bind "$1/resolv.conf" "$(readlink -f /etc/resolv.conf)" &&
        mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf && shift && exec "$@"' - "$T" "$@" >"$T/out" 2>"$T/err"
}
finding() { # finding JQ: it is true of one finding at least
    jq -e "any(.findings[]; $1)" "$T/out" >/dev/null
}

doctor "$PATHPROBE" doctor --json
[ $? -eq 0 ] && jq -e '.ok and ([.findings[].what] | unique | contains(["kernel", "capabilities", "confinement",
    "interface", "IPv4", "IPv6", "ports", "files", "capture", "offloads", "clock", "conntrack", "name"]))' \
    "$T/out" >/dev/null
ok $? "--json: each subject has a finding, ok is true, exit 0" || say "$T/err" "$T/out"
finding '.what == "IPv4" and .health == "ok" and (.finding | test("from 9.9.9.1, through 9.9.9.254, MTU 1500"))' &&
    finding '.what == "IPv6" and .health == "ok" and (.finding | test("from 2620:fe::1, through 2620:fe::fe"))'
ok $? "IPv4 and IPv6: source address, gateway and MTU" || say "$T/out"
finding '.what == "ports" and .health == "ok" and (.finding | test("^1024 of 1024 muted"))' &&
    finding '.what == "capture" and .health == "ok" and (.finding | test("ring of [1-9][0-9]* packets"))'
ok $? "ports: how many could be muted; capture: packets that the ring holds" || say "$T/out"
finding '.what == "name" and .health == "ok" and .finding == "9.9.9.1 is probe.example"'
ok $? "name: the PTR record of the IPv4 address" || say "$T/out"
finding '.what == "name" and .health == "warn" and (.finding | test("^2620:fe::1 has none")) and
    (.advice | any(test("PTR")))'
ok $? "name: an IPv6 address without a PTR record: a warning with advice" || say "$T/out"
jq -e '[.findings[] | select(.health != "ok") | .advice | length > 0] | all' "$T/out" >/dev/null
ok $? "each finding that is not ok has advice" || say "$T/out"

doctor "$PATHPROBE" doctor
[ $? -eq 0 ] && grep -q '^ok   IPv4  *from 9.9.9.1' "$T/out" && grep -q '^  *-> .*PTR record' "$T/out" &&
    [ "$(tail -n 1 "$T/out")" = "measuring can work here" ]
ok $? "without --json: the findings and advice as text" || say "$T/err" "$T/out"

doctor setpriv --bounding-set -net_raw --inh-caps -net_raw "$PATHPROBE" doctor --json
[ $? -eq 1 ] && jq -e '.ok | not' "$T/out" >/dev/null &&
    finding '.what == "capabilities" and .health == "fail" and (.advice | any(test("setcap cap_net_raw")))'
ok $? "without CAP_NET_RAW: exit 1, advice with the command" || say "$T/err" "$T/out"

doctor "$PATHPROBE" doctor --json -i nosuch0
[ $? -eq 1 ] && finding '.what == "interface" and .health == "fail"' && grep -q "no such interface 'nosuch0'" "$T/err"
ok $? "an interface that does not exist: exit 1, the message names it" || say "$T/err" "$T/out"

# Each muted port takes a file descriptor: 1,000 are too few for the 1,024 ports.
doctor sh -c 'ulimit -n 1000; exec "$@"' - "$PATHPROBE" doctor --json
[ $? -eq 1 ] && finding '.what == "files" and .health == "warn" and (.advice | any(test("ulimit -Hn")))' &&
    finding '.what == "ports" and .health == "fail"'
ok $? "a limit of 1,000 open files: exit 1, advice to raise it" || say "$T/err" "$T/out"

doctor "$PATHPROBE" doctor --json --ports 61000-61010
[ $? -eq 0 ] && finding '.what == "ports" and (.finding | test("^11 of 11 muted \\(61000-61010, 0 busy\\)"))'
ok $? "--ports: the finding has that range" || say "$T/err" "$T/out"
doctor "$PATHPROBE" doctor --json --probing-txt "$T/probing.txt" --contact lab@probe.example \
    --canonical https://probe.example/.well-known/probing.txt --description 'Does ECN get through?'
[ $? -eq 0 ] && finding '.what == "probing.txt" and .health == "ok" and
    (.advice | any(test("https://\\[2620:fe::1\\]/.well-known/probing.txt")))' &&
    grep -qx 'Contact: mailto:lab@probe.example' "$T/probing.txt" &&
    grep -qx 'Canonical: https://probe.example/.well-known/probing.txt' "$T/probing.txt" &&
    grep -qx 'Description: Does ECN get through?' "$T/probing.txt" &&
    grep -qx 'Expires: 20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z' "$T/probing.txt" &&
    grep -qx 'Preferred-Languages: en' "$T/probing.txt" && [ "$(wc -l <"$T/probing.txt")" -eq 5 ]
ok $? "--probing-txt: the file has the fields of RFC 9511; advice names the URL to serve it at" || say "$T/err" "$T/out" "$T/probing.txt"
doctor "$PATHPROBE" doctor --json --probing-txt "$T/probing.txt" --contact other@probe.example
[ $? -eq 0 ] && grep -qx 'Contact: mailto:other@probe.example' "$T/probing.txt"
ok $? "--probing-txt overwrites a probing.txt" || say "$T/err" "$T/probing.txt"
echo precious >"$T/other"
doctor "$PATHPROBE" doctor --json --probing-txt "$T/other" --contact lab@probe.example
grep -q "other' is not empty" "$T/err" && [ "$(cat "$T/other")" = precious ]
ok $? "--probing-txt does not overwrite another file" || say "$T/err" "$T/other"
refuses() { # refuses PATTERN ARG...
    pattern=$1
    shift
    doctor "$PATHPROBE" doctor --probing-txt "$T/none" "$@"
    [ $? -eq 2 ] && grep -q -e "$pattern" "$T/err" && ! [ -e "$T/none" ]
}
refuses 'needs --contact' && refuses "'Jane Doe' is neither a mail address" --contact 'Jane Doe' &&
    refuses "does not begin with https://" --contact a@b.example --canonical http://b.example/ &&
    refuses 'must each be one line' --contact a@b.example --description 'a
b'
ok $? "--probing-txt with an unusable contact or URL, or with a description of two lines: exit 2, no file" || say "$T/err"

# On an interface without a global IPv6 address the kernel chooses ::1 as source, or the link-local address.
ip -n $ns -6 addr flush dev pp0
one_family() { # one_family SOURCE WHAT: the kernel chooses SOURCE for IPv6, and the doctor warns
    doctor "$PATHPROBE" doctor --json -i pp0
    [ $? -eq 0 ] && ip -n $ns -6 route get 2001:db8::1 | grep -q "src $1 " && finding '.what == "IPv6" and
        .health == "warn" and (.advice | any(test("-4 leaves such targets out")))'
    ok $? "no global IPv6 address, $2: a warning with the advice -4" || say "$T/err" "$T/out"
}
one_family ::1 "no other either"
ip -n $ns addr add fe80::1/64 dev pp0 nodad
one_family fe80::1 "a link-local one"
done_testing
