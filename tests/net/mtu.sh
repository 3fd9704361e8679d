#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# mtu.sh: what routers say of the size of a probe's packets stays between them and the probe: the host's own routes keep
# their MTU.
#
#   client ---- r1 ---- r2 ---- server
#               |
#               says of each datagram to port 443 that it is too big, whatever its size, and drops it
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check python3 jq nft) || skip_all "$why"
topo_trap
router=
at_exit() {
    [ -z "$router" ] || kill "$router" 2>/dev/null
    [ -z "$router" ] || wait "$router" 2>/dev/null
}
topo_up 2>&1 || bail "no topology"
T=$TOPO_TMP

topo_in "$TOPO_R1" nft 'table inet pp { chain drops { type filter hook forward priority 0; udp dport 443 drop; }; }'
ok $? "r1 forwards no datagram to port 443"
ip netns exec "$TOPO_R1" setpriv --pdeathsig TERM python3 "$here/ptb.py" client 443 1300 >"$T/router" 2>&1 </dev/null &
router=$!
ready() {
    grep -q ready "$T/router" || ! kill -0 $router 2>/dev/null
}
topo_until ready && kill -0 $router 2>/dev/null || {
    say "$T/router"
    bail "no router that finds packets too big"
}

# learned ADDRESS: the kernel has cached a path MTU for it.
learned() {
    topo_in "$TOPO_CLIENT" ip route get "$1" | grep -q 'expires'
}

# ---- an ordinary socket -------------------------------------------------------------------------------------------

send() { # send FAMILY ADDRESS: from an ordinary socket
    topo_in "$TOPO_CLIENT" python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6 if sys.argv[1] == "6" else socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(bytes(1400), (sys.argv[2], 443))
s.settimeout(5)
try:
    s.recv(1)
except OSError:
    pass' "$1" "$2"
}
believed() { # believed FAMILY ADDRESS
    send "$1" "$2"
    learned "$2"
}
topo_until believed 4 10.77.9.1 && topo_until believed 6 2001:db8:77:9::1
ok $? "datagrams of an ordinary socket: the kernel caches the smaller path MTU"

# ---- the program's packets ------------------------------------------------------------------------------------------

seq -f '10.77.1.%g' 8 >"$T/targets"
seq -f '2001:db8:77:1::%g' 8 >>"$T/targets"
for how in root "an ordinary user"; do
    as=
    [ "$how" = root ] || as="setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps +net_raw --ambient-caps +net_raw"
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" $as "$PATHPROBE" measure quicsize -i eth0 --rounds 1 \
        --connect-timeout 2 -q <"$T/targets" >"$T/out" 2>"$T/err"
    ok $? "$how: all targets are done" || say "$T/err"
    # The router reports an MTU of 1300. For a longer packet (B4 is not) that is plausible; for a shorter one the
    # program ignores it and waits for an answer.
    jq -s -e 'length == 16 and all(.[]; .verdicts | length >= 3 and all(.[]; .arm as $arm |
        .how == (if $arm == "B4" then "silent" else "icmp" end) and
        any(.rounds[].flows[]; .arm == $arm and (.icmp[0] == 3 or .icmp[0] == 2))))' "$T/out" >/dev/null
    ok $? "$how: each arm got ICMP 'too big', and believes it for packets longer than the MTU reported" || say "$T/out"
    while read -r dip; do
        learned "$dip" && echo "$dip"
    done <"$T/targets" >"$T/learned"
    ! [ -s "$T/learned" ]
    ok $? "$how: the kernel has cached no path MTU" || say "$T/learned"
done
done_testing
