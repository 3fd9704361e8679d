#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tfo.sh: `tfo` through Linux routers that drop or remove its options, or drop data in SYNs: what is said of each,
# exactly.
#
#   client ---- r1 ---- r2 ---- server   10.77.ROW.0/24, 2001:db8:77:ROW::/64: Linux and nginx
#                       |
#                       impairs, each prefix in its own way: fwd, on the way to the server; rev, on the way back
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/rows.sh"
rows_up

# fast_tcp COOKIE EXPERIMENTAL, fast_http COOKIE EXPERIMENTAL [DATA]: conditions on a path on which all arms work.
fast_tcp() {
    echo "tfo.cookie.connectivity.works tfo.cookie.$1 tfo.experimental.connectivity.works tfo.experimental.$2"
}
fast_http() {
    echo "$(fast_tcp "$1" "$2") tfo.connectivity.works tfo.bare.connectivity.works tfo.bare.not_acked $3"
}

# tcp_fastopen 3: the server sends cookies and takes data in SYNs (2); as a client it asks for cookies (1), unused here.
topo_set "$TOPO_SERVER" ipv4/tcp_fastopen 3
begin
no_tcp=$(fast_tcp not_received not_received)
no_http=$(fast_http not_received not_received)
yes_tcp=$(fast_tcp received received)
yes_http=$(fast_http received received tfo.syndata.acked)
row 1 "nothing impaired" "" "$yes_tcp" "$yes_http"
row 2 "the option removed on the way to the server" "fwd tcp flags & syn == syn reset tcp option 34" \
    "$(fast_tcp not_received received)" "$(fast_http not_received received)"
row 3 "the option removed on the way back" "rev tcp flags & syn == syn reset tcp option 34" \
    "$(fast_tcp not_received received)" "$(fast_http not_received received)"
row 4 "both option kinds removed on the way to the server" \
    "fwd tcp flags & syn == syn reset tcp option 34; fwd tcp flags & syn == syn reset tcp option 254" \
    "$no_tcp" "$no_http"
dropped="tfo.cookie.connectivity.broken tfo.experimental.connectivity.works tfo.experimental.received"
row 5 "SYNs with the option dropped" "fwd tcp option 34 exists drop" "$dropped" \
    "$dropped tfo.connectivity.broken tfo.bare.connectivity.works tfo.bare.not_acked"
# The headers of a SYN have 80 bytes at most over IPv4, 100 over IPv6.
data="fwd tcp flags & (syn|ack) == syn meta length > 100"
none="tfo.connectivity.broken tfo.syndata.failed tfo.bare.connectivity.broken"
row 6 "SYNs with data dropped" "$data drop" "$yes_tcp" \
    "$yes_tcp $none"
end tfo tcp http https
# The data of arm B2, sent with a cookie, to row 1's targets of both families over http and https.
fast=$(topo_counted "$TOPO_SERVER" TcpExt TCPFastOpenPassive)
[ "$fast" -eq $((4 * PER_ROW)) ]
ok $? "tfo: the server's kernel counts as many SYNs whose data it took as there are syndata.acked ($fast)"
done_testing
