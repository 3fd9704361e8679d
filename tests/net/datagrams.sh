#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# datagrams.sh: experiments about UDP, and others over DNS, through Linux routers that impair what they ask for, to
# unbound on a Linux server: what is said of each, exactly.
#
#   client ---- r1 ---- r2 ---- server   10.77.ROW.0/24, 2001:db8:77:ROW::/64: unbound on port 53 of each address
#               |       |
#               NATs    impairs, each prefix in its own way
#
# TAP. PATHPROBE: the program.
# parts: udp marks tcp

here=$(dirname "$0")
. "$here/rows.sh"
. "$here/peers.sh"
need_program

why=$(topo_check nft iptables ip6tables tcpdump unbound jq) || skip_all "$why"
topo_trap
topo_up 2>&1 || bail "no topology"
T=$TOPO_TMP

topo_set "$TOPO_SERVER" ipv4/tcp_fastopen 3 # the server sends cookies and takes data in SYNs
peer_unbound "$TOPO_SERVER"

if part udp; then
# ---- udpopt ---------------------------------------------------------------------------------------------------------

# words PADDING RIGHT WRONG ZERO UNCHECKED REQ: the connectivity conditions of the arms; w stands for works, b for
# broken.
words() {
    out=
    for prefix in 4:udpopt.padding 6:udpopt.padding 4:udpopt 6:udpopt 4:udpopt.wrong_ocs 6:udpopt.wrong_ocs \
        4:udpopt.zero 6:udpopt.zero 4:udpopt.unchecked 4:udpopt.req 6:udpopt.req; do
        case $prefix in
        *padding) w=$1 ;;
        *wrong_ocs) w=$3 ;;
        *zero) w=$4 ;;
        *unchecked) w=$5 ;;
        *req) w=$6 ;;
        *) w=$2 ;;
        esac
        [ "$w" = w ] && w=works || w=broken
        out="$out $prefix.connectivity.$w"
    done
    echo "${out# }"
}

begin
row 1 "nothing impaired" "" "$(words w w w w w w)"
row 2 "a firewall whose conntrack computes the checksum over the IP length" "fwd ct state invalid drop" \
    "$(words w w b b w w) udpopt.ocs.required"
# r1 masquerades. A datagram whose checksum conntrack finds wrong is forwarded untranslated, and r2 drops it by its
# source address.
row 3 "a router that translates addresses" "" "$(words w w b b w w) udpopt.ocs.required"
row 4 "datagrams dropped whose UDP length is not that of IP" "" "$(words w b b b b b) udpopt.length.enforced"
row 5 "datagrams without a checksum dropped" "fwd udp checksum 0 drop" "$(words w w w w b w)"

topo_in "$TOPO_R1" nft -f - <<'EOT' || ok 1 "r1 translates addresses"
table inet nat {
    chain out {
        type nat hook postrouting priority 100;
        ip daddr 10.77.3.0/24 masquerade
        ip6 daddr 2001:db8:77:3::/64 masquerade
    }
}
EOT
{
    echo "add rule inet pp impair ip saddr 10.70.1.0/24 ip daddr 10.77.3.0/24 drop"
    echo "add rule inet pp impair ip6 saddr 2001:db8:70:1::/64 ip6 daddr 2001:db8:77:3::/64 drop"
} >>"$T/nft"
# enforce IPTABLES NET EXPRESSION: r2 drops packets to NET that match EXPRESSION of pcap-filter(7), which nft cannot
# express.
enforce() {
    topo_in "$TOPO_R2" "$1" -A FORWARD -d "$2" -m bpf \
        --bytecode "$(tcpdump -ddd -y RAW "$3" 2>/dev/null | tr '\n' ,)" -j DROP
}
enforce iptables 10.77.4.0/24 'ip proto 17 and ip[2:2] - 20 != ip[24:2]' &&
    enforce ip6tables 2001:db8:77:4::/64 'ip6 proto 17 and ip6[4:2] != ip6[44:2]'
ok $? "r2's rules that compare the UDP length with that of IP are loaded"
end udpopt dnsudp

# ---- udpzero --------------------------------------------------------------------------------------------------------

FAMILIES=4
begin
row 1 "nothing impaired" "" udpzero.connectivity.works
row 5 "datagrams without a checksum dropped" "fwd udp checksum 0 drop" udpzero.connectivity.broken
end udpzero dnsudp
fi

if part marks; then
# ---- evilbit --------------------------------------------------------------------------------------------------------

FAMILIES=4
begin
row 1 "nothing impaired" "" "evilbit.connectivity.works evilbit.mark.not_seen"
row 6 "packets with the reserved flag dropped" "fwd @nh,48,1 1 drop" evilbit.connectivity.broken
end evilbit dnsudp dnstcp

# ---- dscp -----------------------------------------------------------------------------------------------------------

# ef WORD CONDITION: the conditions if all codepoints but EF work, EF's verdict is WORD, with CONDITION added.
ef() {
    printf dscp.0.replymark:0
    for n in 1 10 34 45 48 63; do
        printf ' dscp.%s.connectivity.works dscp.%s.replymark:0' $n $n
    done
    printf ' dscp.46.connectivity.%s%s' "$1" "$2"
}

FAMILIES="4 6"
begin
row 1 "nothing impaired" "" "$(ef works ' dscp.46.replymark:0')"
row 7 "EF dropped" "fwd IP dscp 46 drop" "$(ef broken)"
end dscp dnsudp dnstcp
fi

if part tcp; then
FAMILIES="4 6"

# ---- experiments about TCP, over DNS --------------------------------------------------------------------------------

all() { # all WORD PREFIX...
    word=$1
    shift
    printf "%s.connectivity.$word " "$@"
}

begin
ecn="ecn ecn.data ecn.ce ecn.split"
row 1 "nothing impaired" "" "$(all works $ecn ecn.unasked) ecn.negotiation.succeeded ecn.ipmark.ect0.seen
    ecn.ipmark.ect1.not_seen ecn.ipmark.ce.not_seen ecn.feedback.ce.echoed ecn.feedback.cwr.honoured"
row 9 "ECN-setup SYNs dropped" "fwd tcp flags & (syn|ack|ecn|cwr) == (syn|ecn|cwr) drop" \
    "$(all broken $ecn) $(all works ecn.unasked)"
end ecn dnstcp

begin
sizes="4:mss.option.local.value:1460 6:mss.option.local.value:1440 mss.connectivity.online"
row 1 "nothing impaired" "" \
    "$sizes mss.option.received.unchanged 4:mss.option.remote.value:1460 6:mss.option.remote.value:1440"
row 10 "segment sizes clamped on the way back" "rev tcp flags syn tcp option maxseg size set 1200" \
    "$sizes mss.option.received.deflated mss.option.remote.value:1200"
end mss dnstcp

begin
opts="tsopt wsopt sack"
agreed=$(printf '%s.negotiation.succeeded %s.unsolicited.not_seen ' tsopt tsopt wsopt wsopt sack sack)
row 1 "nothing impaired" "" "$(all works $opts tcpopt.unknown tcpopt.full) $agreed"
row 11 "SYNs with an unknown option dropped" "fwd tcp option 253 exists drop" \
    "$(all works $opts tcpopt.full) $(all broken tcpopt.unknown) $agreed"
end tcpopt dnstcp

begin
row 1 "plain TCP" "" "$(all works mptcp tcpopt.unknown) mptcp.negotiation.failed"
row 12 "SYNs with MPTCP's option dropped" "fwd tcp option mptcp exists drop" \
    "$(all broken mptcp) $(all works tcpopt.unknown)"
end mptcp dnstcp

# unbound's queue holds five connections whose SYN had data: a low rate. SYNs without data have 84 bytes at most here,
# those with a query 91 at least.
begin
cookies="$(all works tfo.cookie tfo.experimental) tfo.cookie.received tfo.experimental.received"
row 1 "nothing impaired" "" "$cookies $(all works tfo tfo.bare) tfo.syndata.acked tfo.bare.not_acked"
row 13 "SYNs with data dropped" "fwd tcp flags & (syn|ack) == syn meta length > 84 drop" \
    "$cookies $(all broken tfo tfo.bare) tfo.syndata.failed"
rows_impaired
rows_probe tfo dnstcp --rate 200
fast=$(topo_counted "$TOPO_SERVER" TcpExt TCPFastOpenPassive)
[ "$fast" -eq $((2 * PER_ROW)) ]
ok $? "tfo: the server's kernel counts as many SYNs whose data it took as there are syndata.acked ($fast)"
fi

if part marks; then
# ---- a closed port --------------------------------------------------------------------------------------------------

begin
PORT=54
row_targets 8
topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure udpopt -i eth0 --rounds 1 -q \
    <"$T/targets" >"$T/out" 2>"$T/err"
ok $? "a closed port: all targets are done" || say "$T/err"
# No interface has the server's IPv6 addresses, so that Linux sends its ICMPv6 error from its interface's address: the
# program takes that for an error of another host.
jq -s -e --argjson n $((2 * PER_ROW)) 'length == $n and all(.[];
    (if .family == 4 then "refused" else "icmp" end) as $how | all(.verdicts[]; .verdict == "offline" and .how == $how) and .quality.valid)' "$T/out" >"$T/line"
ok $? "a closed port: how is refused for an ICMP error of the target, icmp for one from another address" || say "$T/out"
fi
done_testing
