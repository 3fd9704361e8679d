#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# routes.sh: what has no route is not asked, though the interface has an address and a neighbour that would answer; an
# address of a family that nothing is asked over may go; an interface that goes down for a moment ends nothing.
#
#   client ---- r1 ---- r2 ---- server   10.77.0.0/16, 2001:db8:77::/48
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check jq) || skip_all "$why"
job=
at_exit() {
    exec 3>&-
    [ -z "$job" ] || kill "$job" 2>/dev/null
}
topo_trap
{ topo_up && topo_nginx "$TOPO_SERVER"; } 2>&1 || bail "no topology"
T=$TOPO_TMP
C="ip -n $TOPO_CLIENT"

measure() { # measure ARG...: ecn over tcp, one round
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure ecn -i eth0 --connect tcp --rounds 1 \
        --connect-timeout 2 "$@"
}

# asked WRITTEN NO_ROUTE: a run over $T/in has these counts, and all targets written work
asked() {
    measure --force --input "$T/in" --output "$T/o" 2>"$T/err" &&
        jq -e --argjson w "$1" --argjson n "$2" '.counts | .written == $w and .no_route == $n' "$T/o.meta.json" >/dev/null &&
        jq -s -e 'all(.[]; .conditions == ["ecn.connectivity.works", "ecn.negotiation.succeeded"])' "$T/o" >/dev/null
}

said() {
    jq -c .counts "$T/o.meta.json" | say "$T/err" - "$T/o"
}

# ---- each target's route -----------------------------------------------------------------------------------------

printf '%s\n' 10.77.1.1 10.77.2.1 10.77.2.2 10.77.3.1 10.77.4.1 2001:db8:77::1 2001:db8:77:2::1 2001:db8:77:3::1 \
    2001:db8:77:4::1 >"$T/in"
$C route add blackhole 10.77.2.2/32 && $C route add unreachable 10.77.3.0/24 && $C route add prohibit 10.77.4.0/24 &&
    $C -6 route add blackhole 2001:db8:77:2::/64 && $C -6 route add unreachable 2001:db8:77:3::/64 &&
    $C -6 route add prohibit 2001:db8:77:4::/64 || bail "no routes"
asked 3 6
ok $? "routes of type blackhole, unreachable, prohibit: no_route, also for one address of a reachable network" || said
printf '10.77.3.1\n10.77.4.1\n' >"$T/in"
asked 0 2 && grep -q 'warning: 2 of 2 targets have no route from this host, for example 10.77.3.1' "$T/err"
ok $? "no target has a route: a warning says it" || said
$C route del 10.77.2.2/32 && $C route del 10.77.3.0/24 && $C route del 10.77.4.0/24

$C route del default && topo_set "$TOPO_R1" ipv4/conf/client/proxy_arp 1
printf '10.77.1.1\n10.77.2.1\n2001:db8:77::1\n' >"$T/in"
asked 1 2
ok $? "no default route: targets off the link are no_route, though a router answers ARP for them" || said
$C route add 10.77.2.0/24 via 10.70.1.1
asked 2 1
ok $? "a route to one network: its targets alone are probed" || said
$C route add default via 10.70.1.1

# ---- the source address of a family without targets --------------------------------------------------------------

rm -f "$T/feed"
mkfifo "$T/feed"
ip netns exec "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure ecn -i eth0 --connect tcp --rounds 1 \
    --output "$T/long" --status "$T/status" <"$T/feed" 2>"$T/err" &
job=$!
exec 3>"$T/feed"
echo 10.77.1.1 >&3
seconds() { # seconds N: the status has N lines, one a second, or the run is over
    [ "$(wc -l 2>/dev/null <"$T/status")" -ge "$1" ] || ! [ -e "/proc/$job" ]
}
lines() {
    [ -f "$T/long" ] && [ "$(wc -l <"$T/long")" -ge "$1" ]
}
topo_until lines 1
$C -6 addr del 2001:db8:70:1::2/64 dev eth0
n=$(wc -l <"$T/status")
topo_until seconds $((n + 13)) # longer than the program waits for a source address to return
echo 10.77.1.2 >&3
exec 3>&-
wait $job
[ $? -eq 0 ] && [ "$(wc -l <"$T/long")" -eq 2 ] && ! grep -q 'is no longer on' "$T/err"
ok $? "targets over IPv4 alone: the run goes on without the IPv6 source address" || say "$T/err" "$T/status"
job=

# ---- temporary addresses -----------------------------------------------------------------------------------------

topo_set "$TOPO_CLIENT" ipv6/conf/eth0/use_tempaddr 2
$C -6 addr add 2001:db8:70:1::5/64 dev eth0 nodad mngtmpaddr valid_lft 3600 preferred_lft 1800
temporary() {
    $C -6 addr show dev eth0 | grep -q 'temporary'
}
topo_until temporary && echo 2001:db8:77::1 >"$T/in" && asked 1 0 &&
    jq -s -e 'all(.[]; .path[0] == "2001:db8:70:1::5")' "$T/o" >/dev/null
ok $? "the source is the stable IPv6 address, not the temporary one" || said

# ---- observe on an interface that goes down and up ---------------------------------------------------------------

: >"$T/flows"
ip netns exec "$TOPO_CLIENT" "$PATHPROBE" observe -i eth0 tcp >"$T/flows" 2>"$T/err" &
job=$!
seen() { # seen ADDRESS: makes a flow to ADDRESS, and observe has written one, or is over
    topo_in "$TOPO_CLIENT" curl -s -m 1 -o /dev/null "http://$1/"
    grep -q "$1" "$T/flows" || ! [ -e "/proc/$job" ]
}
topo_until seen 10.77.5.1
$C link set eth0 down
$C link set eth0 up && $C route replace default via 10.70.1.1
topo_until seen 10.77.5.2
kill -INT $job 2>/dev/null
wait $job
rc=$?
job=
[ $rc -eq 130 ] && grep -q 10.77.5.2 "$T/flows"
ok $? "observe goes on when the interface is up again" || { echo "exit $rc" && cat "$T/err"; } | say

done_testing
