#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# synproxy.sh: a Linux router that answers SYNs for the servers behind it (nf_synproxy), as those do that protect them
# from floods of SYNs: what the client is told in the handshake is the proxy's word, and the server never saw the SYN.
#
#   client ---- r1 ---- r2 (proxy) ---- server   10.77.9.0/24
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/rows.sh"
need_program

why=$(topo_check jq) || skip_all "$why"
topo_trap
{ topo_up && topo_nginx "$TOPO_SERVER" && topo_in "$TOPO_SERVER" sysctl -qw net.ipv4.tcp_ecn=1; } 2>&1 ||
    bail "no topology"
T=$TOPO_TMP

# The proxy answers with its own options: segment size, window scale, timestamps, SACK; without ECN, MPTCP and cookies.
topo_in "$TOPO_R2" sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0 &&
    topo_in "$TOPO_R2" nft -f - <<'EOT' 2>"$T/err" || skip_all "this kernel has no synproxy: $(head -n 1 "$T/err")"
table inet proxy {
    chain early {
        type filter hook prerouting priority raw;
        ip daddr 10.77.9.0/24 tcp flags & (syn|ack) == syn notrack
    }
    chain through {
        type filter hook forward priority 10;
        ip daddr 10.77.9.0/24 ct state invalid,untracked synproxy mss 1300 wscale 7 timestamp sack-perm
        ct state invalid drop
    }
}
EOT

# IPv4 alone: in this setting the kernel's proxy does not answer over IPv6. The router's connection tracking remembers a
# closed connection for two minutes, so that each run has ports of its own.
FAMILIES=4
ports=61000
behind() { # behind EXPERIMENT CONDITIONS [OTHERS]
    begin
    row 9 "a SYN proxy" "" "$2" "${3-$2}"
    for mode in tcp http; do
        rows_probe "$1" $mode --ports $ports-$((ports + 63))
        ports=$((ports + 64))
    done
}

all() { # all WORD PREFIX...
    word=$1
    shift
    printf "%s.connectivity.$word " "$@"
}

handshake="$(all works ecn) ecn.negotiation.failed"
behind ecn "$handshake" "$handshake $(all works ecn.data ecn.ce ecn.split ecn.unasked)"
behind mss "mss.connectivity.online mss.option.local.value:1460 mss.option.remote.value:1300 mss.option.received.deflated"
behind mptcp "$(all works mptcp tcpopt.unknown) mptcp.negotiation.failed"
cookies="$(all works tfo.cookie tfo.experimental) tfo.cookie.not_received tfo.experimental.not_received"
behind tfo "$cookies" "$cookies $(all works tfo tfo.bare) tfo.bare.not_acked"
# The proxy encodes window scale and SACK in its timestamp: without timestamps it accepts neither.
behind tcpopt "$(all works tsopt wsopt sack tcpopt.unknown tcpopt.full) tsopt.negotiation.succeeded
    wsopt.negotiation.failed sack.negotiation.failed
    tsopt.unsolicited.not_seen wsopt.unsolicited.not_seen sack.unsolicited.not_seen"
done_testing
