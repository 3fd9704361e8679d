#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# mptcp.sh: `mptcp` through Linux routers that drop or remove its options, to servers with and without Multipath
# TCP: what is said of each, exactly.
#
#   client ---- r1 ---- r2 ---- server   10.77.ROW.0/24, 2001:db8:77:ROW::/64: Linux and nginx
#                       |\
#                       | `--- mptcp     10.78.ROW.0/24, 2001:db8:78:ROW::/64: nginx over Multipath TCP
#                       impairs, each prefix in its own way: fwd, on the way to the server; rev, on the way back
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/rows.sh"
command -v mptcpize >/dev/null && [ "$(cat /proc/sys/net/mptcp/enabled 2>/dev/null)" = 1 ] ||
    skip_all "this kernel has no Multipath TCP, or mptcpize is not installed"
rows_up

# mptcp WORD ANSWER UNKNOWN: the verdict on MP_CAPABLE, its negotiation ("" for none), the verdict on an unknown option.
mptcp() {
    echo "mptcp.connectivity.$1 ${2:+mptcp.negotiation.$2 }tcpopt.unknown.connectivity.$3"
}

MPTCP=$(topo_ns mptcp)
{ topo_add mptcp 4 && topo_nginx "$MPTCP" mptcpize run; } 2>&1 || bail "no server with Multipath TCP"
begin
row 1 "plain TCP" "" "$(mptcp works failed works)"
NET=78
yes=$(mptcp works succeeded works)
no=$(mptcp works failed works)
row 2 "nothing impaired" "" "$yes"
row 3 "the option removed on the way to the server" "fwd tcp flags & syn == syn reset tcp option mptcp" "$no"
row 4 "the option removed on the way back" "rev tcp flags & syn == syn reset tcp option mptcp" "$no"
row 5 "SYNs with the option dropped" "fwd tcp option mptcp exists drop" \
    "$(mptcp broken "" works)"
row 6 "SYNs with an unknown option dropped" "fwd tcp option 253 exists drop" \
    "$(mptcp works succeeded broken)"
end mptcp tcp http https
# The program's ACK has no MP_CAPABLE (RFC 8684 section 3.1): the server falls back to plain TCP.
asked=$(topo_counted "$MPTCP" MPTcpExt MPCapableSYNRX) fell=$(topo_counted "$MPTCP" MPTcpExt MPCapableFallbackACK)
# A SYN sent again, because its answer was slow, counts as one more request.
[ "$fell" -gt 0 ] && [ "$asked" -ge "$fell" ] && [ "$asked" -le $((fell + fell / 10)) ]
ok $? "mptcp: the server's kernel counts $asked requests and as many fallbacks ($fell), but for 10 %"
done_testing
