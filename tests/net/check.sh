#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check.sh: `pathprobe check` through Linux routers to nginx, over both families; one of which, for one prefix, resets
# SYNs that ask for ECN. And who does what: the page is made without rights. TAP.

here=$(dirname "$0")
# shellcheck source=tests/net/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/net/topology.sh
. "$here/topology.sh"
need_program

why=$(topo_check nft jq) || skip_all "$why"
topo_trap
{ topo_up && topo_nginx "$TOPO_SERVER"; } 2>&1 || bail "no topology"
topo_in "$TOPO_R2" nft -f - <<'END' || bail "no firewall"
table inet check {
    chain impair {
        type filter hook forward priority 0;
        ip daddr 10.77.2.0/24 tcp flags & (syn|ack|ecn|cwr) == (syn|ecn|cwr) reject with tcp reset
    }
}
END

check() {
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" timeout 120 "$PATHPROBE" check "$@" >"$TOPO_TMP/out" 2>"$TOPO_TMP/err"
}

check --experiments mss,ecn,tfo 10.77.1.1 2001:db8:77:1::1
[ $? = 0 ] && [ "$(grep -c '^Nothing is lost on the way: 3 of 3 that answer work' "$TOPO_TMP/out")" = 2 ]
ok $? "a path that impairs nothing: 'Nothing is lost on the way', over IPv4 and IPv6" || say "$TOPO_TMP/out" "$TOPO_TMP/err"
[ "$(grep -c '^  ecn  *works  *agreed, .*5 of 5 treatments' "$TOPO_TMP/out")" = 2 ]
ok $? "ECN is negotiated, 5 of 5 treatments work, over IPv4 and IPv6" || say "$TOPO_TMP/out"

check --json --experiments ecn,tcpopt --cooldown 0 --spacing 0.1 10.77.2.1
[ $? = 0 ] && jq -e '[.targets[0].rows[] | {(.experiment): [.word, .state]}] | add ==
    {ecn: ["broken", "confirmed"], tcpopt: ["works", "asked"]}' "$TOPO_TMP/out" >/dev/null
ok $? "--json: SYNs answered with a reset are broken, once that is confirmed" || say "$TOPO_TMP/out" "$TOPO_TMP/err"

# The user IDs of the program's processes while it runs, until the broker's (0) and the page's (nobody) are both seen.
topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" timeout 120 "$PATHPROBE" check --experiments ecn --cooldown 0 \
    --spacing 601 10.77.2.1 >"$TOPO_TMP/out" 2>"$TOPO_TMP/err" &
job=$!
seen() {
    topo_in "$TOPO_CLIENT" ip netns pids "$TOPO_CLIENT" | while read -r p; do
        tr '\0' ' ' 2>/dev/null <"/proc/$p/cmdline" | grep -q '^[^ ]*pathprobe check ' && echo "$p"
    done >"$TOPO_TMP/pids" 2>/dev/null
    for p in $(cat "$TOPO_TMP/pids"); do
        awk '/^Uid:/ { print $2 }' "/proc/$p/status" 2>/dev/null
    done | sort -u | tr '\n' ' ' >"$TOPO_TMP/uids"
    [ "$(cat "$TOPO_TMP/uids")" = "0 $(id -u nobody) " ]
}
topo_until seen
ok $? "the page's process has the user ID of nobody, the broker's has 0" || say "$TOPO_TMP/pids" "$TOPO_TMP/uids"
for p in $(cat "$TOPO_TMP/pids"); do
    [ "$(awk '/^Uid:/ { print $2 }' "/proc/$p/status" 2>/dev/null)" = 0 ] || kill -INT "$p" 2>/dev/null
done
wait $job
[ $? = 130 ] && grep -q '^Interrupted after ' "$TOPO_TMP/out"
ok $? "SIGINT ends check: exit 130, and the page says so" || say "$TOPO_TMP/out" "$TOPO_TMP/err"
gone() {
    ! grep -q -a -e '^pathprobe.measure.ecn.*spacing=601' /proc/[0-9]*/cmdline 2>/dev/null
}
topo_until gone
ok $? "no process of the program is left"
done_testing
