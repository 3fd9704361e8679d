#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# quic.sh: `pathprobe measure quic` through Linux routers that impair ECN, to two QUIC stacks: ngtcp2, which reports the
# marks that it gets, and quic-go in caddy, which does not. What it says of each, exactly.
#
#   client ---- r1 ---- r2 ---- server   10.77.ROW.0/24, 2001:db8:77:ROW::/64   ngtcp2
#                       |
#                       +------ retry    10.78.ROW.0/24, 2001:db8:78:ROW::/64   ngtcp2, addresses confirmed by Retry
#                       +------ caddy    10.79.ROW.0/24, 2001:db8:79:ROW::/64   caddy
#                       impairs, each prefix in its own way
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/rows.sh"
. "$here/peers.sh"
need_program

why=$(topo_check nft jq openssl gtlsserver caddy tcpdump unbound) || skip_all "$why"
topo_trap
{ topo_up && topo_add retry 4 && topo_add caddy 5; } 2>&1 || bail "no topology"
T=$TOPO_TMP

# ---- servers -------------------------------------------------------------------------------------------------------

# Not all servers answer from the address probed: their kernels translate that to the interface's address.
one_address() { # one_address NS N: translates in NS, the server on link N
    topo_in "$1" nft -f - <<EOT2
table inet nat {
    chain in {
        type nat hook prerouting priority -100;
        ip daddr 10.7$(($2 + 4)).0.0/16 dnat ip to 10.70.$2.2
        ip6 daddr 2001:db8:7$(($2 + 4))::/48 dnat ip6 to 2001:db8:70:$2::2
    }
}
EOT2
}
one_address "$TOPO_SERVER" 3 && one_address "$(topo_ns retry)" 4 && one_address "$(topo_ns caddy)" 5
ok $? "the servers' addresses are translated"
peer_ngtcp2 "$TOPO_SERVER"
peer_ngtcp2 "$(topo_ns retry)" --validate-addr
peer_caddy "$(topo_ns caddy)"

# ---- rows ----------------------------------------------------------------------------------------------------------

PER_ROW=2

all() { # all WORD ARM...
    word=$1
    shift
    printf "quic.%s.connectivity.$word " "$@"
}
fwd() { # fwd NOTECT ECT0 ECT1 CE: the codepoint that each arrived with
    echo "quic.ecn.mirror.seen quic.ecn.fwd.notect.$1 quic.ecn.fwd.ect0.$2 quic.ecn.fwd.ect1.$3 quic.ecn.fwd.ce.$4"
}
ARMS="ect0 ect1 ce padding surplus versions dscp.46"
NEITHER="quic.ecn.mirror.not_seen quic.ecn.not_mirrored_or_cleared"
# ngtcp2 marks its packets ECT(0).
MARKED="quic.ecn.rev.ect0.seen quic.ecn.rev.ect1.not_seen quic.ecn.rev.ce.not_seen"
UNMARKED="quic.ecn.rev.ect0.not_seen quic.ecn.rev.ect1.not_seen quic.ecn.rev.ce.not_seen"

begin
row 1 "nothing impaired" "" "$(all works $ARMS) $(fwd notect ect0 ect1 ce) $MARKED"
row 2 "all marks cleared" "fwd IP ecn set not-ect" "$(all works $ARMS) $NEITHER $MARKED"
row 3 "ECT(0) cleared" "fwd IP ecn ect0 IP ecn set not-ect" "$(all works $ARMS) $(fwd notect notect ect1 ce) $MARKED"
row 4 "ECT rewritten to CE" "fwd IP ecn ect0 IP ecn set ce; fwd IP ecn ect1 IP ecn set ce" \
    "$(all works $ARMS) $(fwd notect ce ce ce) $MARKED"
row 5 "ECT(0) rewritten to ECT(1)" "fwd IP ecn ect0 IP ecn set ect1" "$(all works $ARMS) $(fwd notect ect1 ect1 ce) $MARKED"
row 6 "marks cleared on the way back" "rev IP ecn set not-ect" \
    "$(all works $ARMS) $(fwd notect ect0 ect1 ce) $UNMARKED"
row 7 "CE dropped" "fwd IP ecn ce drop" \
    "$(all works ect0 ect1 padding surplus versions dscp.46) $(all broken ce) quic.ecn.mirror.seen
    quic.ecn.fwd.notect.notect quic.ecn.fwd.ect0.ect0 quic.ecn.fwd.ect1.ect1 $MARKED"
row 8 "longer datagrams dropped" "fwd udp length 1210-65535 drop" \
    "$(all works ect0 ect1 ce surplus versions dscp.46) $(all broken padding) $(fwd notect ect0 ect1 ce) $MARKED"
row 9 "unknown versions dropped" "fwd udp length 1208 @th,72,32 & 0x0f0f0f0f == 0x0a0a0a0a drop" \
    "$(all works ect0 ect1 ce padding surplus dscp.46) $(all broken versions) $(fwd notect ect0 ect1 ce) $MARKED"
NET=78
row 10 "addresses confirmed by Retry" "" "$(all works $ARMS) $(fwd notect ect0 ect1 ce) $MARKED quic.retry.seen"
row 11 "addresses confirmed by Retry, ECT(0) rewritten to ECT(1)" "fwd IP ecn ect0 IP ecn set ect1" \
    "$(all works $ARMS) $(fwd notect ect1 ect1 ce) $MARKED quic.retry.seen"
NET=79
row 12 "quic-go" "" "$(all works $ARMS) $NEITHER $UNMARKED"
rows_impaired
rows_probe quic quicinit --rate 2k

# ---- connect mode quicvn, server names ------------------------------------------------------------------------------

begin
NET=77
OFFERS="ect0 ect1 ce padding surplus initial dscp.46"
row 1 "nothing impaired" "" "$(all works $OFFERS)"
row 13 "Initials of version 1 dropped" "fwd udp length 1200-1500 @th,64,4 12 @th,72,32 1 drop" \
    "$(all works ect0 ect1 ce padding surplus dscp.46) $(all broken initial)"
topo_in "$TOPO_R2" nft delete table inet pp
rows_impaired
rows_probe quic quicvn --rate 2k

# A server name that caddy does not have: it closes the connection, which counts as an answer. Sometimes it sends the
# close in a datagram after the acknowledgment; the program waits for it, but not for long: six targets, one is enough.
seq -f '{"dip":"10.79.1.%g","domain":"example.net"}' 6 >"$T/targets"
topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure quic -i eth0 --rounds 1 -q \
    <"$T/targets" >"$T/out" 2>"$T/err"
jq -s -e 'length == 6 and all(.[]; .conditions | index("quic.ect0.connectivity.works")) and
    any(.[].conditions[]; startswith("quic.initial.closed:"))' "$T/out" >/dev/null
ok $? "quic-go without the server name: the target works, quic.initial.closed is stated" || say "$T/out" "$T/err"

# Targets by resolve --type https, measured.
peer_unbound "$TOPO_SERVER"
echo example.org | topo_in "$TOPO_CLIENT" "$PATHPROBE" resolve --type https --server 10.77.1.1 -q >"$T/targets" 2>"$T/err"
topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure quic -i eth0 --rounds 1 -q \
    <"$T/targets" >"$T/out" 2>>"$T/err"
jq -s -e --arg want "$(fwd notect ect0 ect1 ce)" 'map(.dip) as $dips | ($dips | sort) == ["10.77.1.1", "2001:db8:77:1::1"] and
    all(.[]; .domain_used == "example.org" and (($want | split(" ")) - .conditions == []))' "$T/out" >/dev/null
ok $? "targets from an HTTPS record: each has the conditions of all four codepoints" || say "$T/targets" "$T/out" "$T/err"

# After the program's CONNECTION_CLOSE the server does not retransmit; without it, it does a second after an answer that
# is not acknowledged.
echo '{"dip":"10.77.1.9","domain":"example.org"}' >"$T/targets"
ip netns exec "$TOPO_CLIENT" setpriv --pdeathsig TERM tcpdump -Z root -i eth0 --immediate-mode -U -w - 'udp port 443' \
    >"$T/pcap" 2>"$T/tcpdump" </dev/null &
dump=$!
peer_ends $dump
listening() {
    grep -q 'listening on' "$T/tcpdump" || ! kill -0 $dump 2>/dev/null
}
topo_until listening
topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure quic -i eth0 --rounds 3 --cooldown 2 --spacing 2 -q \
    <"$T/targets" >"$T/out" 2>"$T/err"
ok $? "quic in three rounds: exit 0" || say "$T/err"
kill $dump
wait $dump 2>/dev/null
# A flow of an arm is two packets sent: an Initial and a CONNECTION_CLOSE. The check of the vantage point sends more
# than two packets from its one port, none of them a CONNECTION_CLOSE.
tcpdump -nr "$T/pcap" 2>/dev/null >"$T/text"
flows=$(awk '/ > 10.77.1.9.443/ { sent[$3 ":"]++ } $3 == "10.77.1.9.443" { got[$5]++ }
    END { for (f in sent) if (sent[f] == 2) { n++; if (got[f] > 3) print f, got[f] } if (n < 14) print "flows:", n }' "$T/text")
[ -z "$flows" ]
ok $? "the server does not retransmit after the program's CONNECTION_CLOSE" || echo "# $flows"
done_testing
