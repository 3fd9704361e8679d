#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# dissect.sh: the packets of each experiment (--dry-run), read by an independent dissector, tshark: the fields have the
# values of the arm's treatment by its RFC, and all checksums are right. TAP.
set -u

: "${PATHPROBE:=./pathprobe}"
. "$(dirname "$0")/../net/tap.sh"
need_program
command -v tshark >/dev/null && command -v text2pcap >/dev/null || skip_all "tshark is not installed"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# EXPERIMENT MODE ARM PACKET FIELD=VALUE...: over IPv4 and IPv6; with 4: or 6: before the arm over that family alone. ecn
# and dscp are the fields of either family; a VALUE with commas is that of a field with several occurrences.
cat >"$dir/table" <<'EOT'
ecn http A SYN ecn=0 dscp=0 tcp.flags=0x0002 tcp.option_kind=2,4,8,1,3 tcp.len=0
ecn http B1 SYN ecn=0 tcp.flags=0x00c2
ecn http B2 data ecn=2 tcp.flags.ece=0 tcp.flags.cwr=0
ecn http B3 data ecn=2 tcp.flags.cwr=0
ecn http B3 data2 ecn=3 tcp.flags.cwr=0
ecn http B3 data3 ecn=2 tcp.flags.cwr=1
ecn http B3 data4 ecn=2 tcp.flags.cwr=0
ecn http B5 SYN ecn=0 tcp.flags=0x0002
ecn dnstcp B2 data ecn=2 dns.qry.type=1 dns.qry.name.len=11 dns.length=29
accecn http B1 SYN ecn=0 tcp.flags.ae=0 tcp.flags.cwr=1 tcp.flags.ece=1
accecn http B2 SYN ecn=0 tcp.flags.ae=1 tcp.flags.cwr=1 tcp.flags.ece=1
accecn http B3 SYN ecn=2 tcp.flags.ae=1 tcp.flags.cwr=1 tcp.flags.ece=1
accecn http B3 data ecn=2
accecn http B4 SYN ecn=1 tcp.flags.ae=1 tcp.flags.cwr=1 tcp.flags.ece=1
accecn http B5 SYN ecn=3 tcp.flags.ae=1 tcp.flags.cwr=1 tcp.flags.ece=1
accecn http B6 SYN ecn=2 tcp.flags=0x0002
accecn http B8 SYN ecn=3 tcp.flags=0x0002
dscp http A SYN dscp=0 ecn=0
dscp http B4 SYN dscp=45 ecn=0
dscp http B5 SYN dscp=46 ecn=0
dscp http B5 data dscp=46 ecn=0 http.request.method=GET http.host=example.org
dscp dnsudp B7 datagram dscp=63
tcpopt tcp A SYN tcp.option_kind=2
tcpopt tcp B1 SYN tcp.option_kind=2,1,1,8
tcpopt tcp B2 SYN tcp.option_kind=2,1,3
tcpopt tcp B3 SYN tcp.option_kind=2,1,1,4
tcpopt tcp B4 SYN tcp.option_kind=2,253 tcp.options.experimental.exid=0x7070
tcpopt tcp B5 SYN tcp.hdr_len=60
mptcp tcp B1 SYN tcp.options.mptcp.subtype=0 tcp.options.mptcp.version=1 tcp.options.mptcp.flags=0x01 tcp.options.mptcp.sha256.flag=1
tfo http B1 SYN tcp.options.tfo.request=1 tcp.len=0
tfo http B2 SYN tcp.options.tfo.cookie=0000000000000000 tcp.len=1
tfo http B3 SYN tcp.option_kind=2,4,8,1,3,254 tcp.options.experimental.exid=0xf989 tcp.len=0
tfo http B4 SYN tcp.option_kind=2,4,8,1,3 tcp.len=1
tfo http B5 SYN tcp.option_kind=2,4,8,1,3 tcp.len=0
tfo https A data tls.handshake.type=1 tls.handshake.extensions_server_name=example.org
h2 https A data tls.handshake.extensions_alpn_str=http/1.1
h2 https B1 data tls.handshake.extensions_alpn_str=h2,http/1.1
h2 http B1 data http.upgrade=h2c
evilbit tcp 4:A SYN ip.flags.rb=0 ip.flags.df=1
evilbit tcp 4:B1 SYN ip.flags.rb=1 ip.flags.df=1
evilbit dnsudp 4:B1 datagram ip.flags.rb=1
udpzero dnsudp 4:B1 datagram udp.checksum=0x0000
exthdr tcp 6:A SYN ipv6.nxt=6 ipv6.opt.type= tcp.flags=0x0002
exthdr tcp 6:B1 SYN ipv6.nxt=0 ipv6.opt.type=0x01 ipv6.opt.length=4 tcp.flags=0x0002
exthdr tcp 6:B2 SYN ipv6.nxt=0 ipv6.opt.type=0x1e ipv6.opt.length=4 tcp.flags=0x0002
exthdr tcp 6:B3 SYN ipv6.nxt=0 ipv6.opt.type=0x30 ipv6.opt.length=4 tcp.flags=0x0002
exthdr tcp 6:B4 SYN ipv6.nxt=0 ipv6.opt.type=0x9e tcp.flags=0x0002
exthdr tcp 6:B5 SYN ipv6.nxt=60 ipv6.opt.type=0x01 tcp.flags=0x0002
exthdr tcp 6:B6 SYN ipv6.nxt=60 ipv6.opt.type=0x9e tcp.flags=0x0002
exthdr tcp 6:B7 SYN ipv6.nxt=44 ipv6.fraghdr.offset=0 ipv6.fraghdr.more=0 tcp.flags=0x0002
exthdr tcp 6:B8 SYN ipv6.nxt=44 ipv6.fraghdr.offset=3 ipv6.fraghdr.more=0
exthdr tcp 6:B10 SYN ipv6.nxt=60 ipv6.opt.type=0x1e ipv6.opt.length=4 tcp.flags=0x0002
exthdr tcp 6:B15 SYN ipv6.nxt=60 ipv6.opt.type=0x1e ipv6.opt.length=252 ipv6.plen=296 tcp.flags=0x0002
exthdr dnsudp 6:B14 datagram ipv6.nxt=60 ipv6.opt.type=0x1e ipv6.opt.length=124 dns.qry.type=1
frag dnsudp 4:A datagram ip.len=1280 ip.flags.df=1 ip.flags.mf=0 udp.length=1260
frag dnsudp 4:B1 datagram ip.len=648 ip.flags.df=0 ip.flags.mf=0 ip.frag_offset=79
frag dnsudp 4:B2 datagram ip.len=1256 ip.flags.df=0 ip.flags.mf=0 ip.frag_offset=3
frag dnsudp 4:B3 datagram ip.len=1272 ip.flags.df=0 ip.flags.mf=0 ip.frag_offset=1
udpopt dnsudp A datagram udp.length=37 dns.qry.type=1
udpopt dnsudp B1 datagram udp.length=53 dns.opt.code=12
udpopt dnsudp 4:B2 datagram ip.len=73 udp.length=37 dns.qry.name.len=11
udpopt dnsudp 4:B5 datagram ip.len=73 udp.length=37 udp.checksum=0x0000
udpopt dnsudp 4:B6 datagram ip.len=73 udp.length=37
quic quicvn A datagram quic.header_form=1 ecn=0 dscp=0 udp.length=1208
quic quicvn B1 datagram ecn=2 udp.length=1208
quic quicvn B8 datagram dscp=46 ecn=0
quic quicvn B4 datagram udp.length=1224
quic quicvn 4:B5 datagram udp.length=1208 ip.len=1244
quic quicvn B6 datagram quic.long.packet_type=0 udp.length=1208
quic quicinit A datagram quic.version=0x00000001 quic.packet_number=0 quic.crypto.offset=0 tls.handshake.type=1 tls.handshake.extensions_server_name=example.org tls.handshake.extensions_alpn_str=h3 tls.quic.parameter.type=1,4,5,7,9,15 ecn=0 udp.length=1208
quic quicinit B1 datagram ecn=2 tls.handshake.type=1
quic quicinit B4 datagram udp.length=1224 tls.handshake.type=1
quic quicinit 4:B5 datagram ip.len=1244 tls.handshake.type=1
quicsize quicinit B2 datagram udp.length=1460 tls.handshake.type=1
quicsize quicinit 4:B3 datagram ip.len=1500 ip.flags.df=1 tls.handshake.type=1
quic quicinit B7 datagram quic.header_form=1 udp.length=1208
EOT

# A line "EXPERIMENT MODE ARM PACKET FAMILY HEX" for each packet that --dry-run prints.
for family in 4 6; do
    [ $family = 4 ] && dst=127.0.0.1 || dst=::1
    sed 's/ [^ ]*:\{0,1\}[AB][0-9]* .*//' "$dir/table" | sort -u | while read -r experiment mode; do
        echo "{\"dip\":\"$dst\",\"domain\":\"example.org\"}" |
            PATHPROBE_ALLOW=127.0.0.0/8,::1/128 "$PATHPROBE" measure "$experiment" --connect "$mode" -i lo --dry-run -q |
            awk -v what="$experiment $mode" -v family=$family '
                /^  [AB]/ { arm = $1 }
                /^    [A-Zd]/ { packet = $1 (($1 == "data" && $2 ~ /^[0-9]+$/) || $2 == "again" ? $2 : "") }
                /^      / { print what, arm, packet, family, $1 }'
    done
done >"$dir/packets"

# Writes the packets of the table, in its order, as a dump, and the values that have to be read in each.
awk -v dump="$dir/dump" -v want="$dir/want" '
    NR == FNR { hex[$1 " " $2 " " $3 " " $4 " " $5] = $6; next }
    {
        only = sub(/ 4:/, " ") ? 4 : sub(/ 6:/, " ") ? 6 : 0
        for (family = only ? only : 4; family <= (only ? only : 6); family += 2) {
            name = $1 " " $2 " " $3 " " $4
            bytes = hex[name " " family]
            gsub(/../, " &", bytes)
            print "000000" bytes >dump
            line = name ", IPv" family
            for (i = 5; i <= NF; i++) {
                field = $i
                sub(/^ecn=/, family == 4 ? "ip.dsfield.ecn=" : "ipv6.tclass.ecn=", field)
                sub(/^dscp=/, family == 4 ? "ip.dsfield.dscp=" : "ipv6.tclass.dscp=", field)
                line = line "\t" field
            }
            print line >want
        }
    }' "$dir/packets" "$dir/table"
text2pcap -q -l 101 "$dir/dump" "$dir/pcap" 2>"$dir/err" || bail "no capture: $(cat "$dir/err")"

fields="_ws.malformed ip.checksum.status tcp.checksum.status udp.checksum.status
    $(cut -f 2- "$dir/want" | tr '\t' '\n' | sed 's/=.*//' | sort -u)"
# The packets do not form connections, so tshark must not analyze sequence numbers.
tshark -r "$dir/pcap" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
    -o tcp.analyze_sequence_numbers:FALSE -o tcp.desegment_tcp_streams:FALSE -T fields -E header=y -E occurrence=a \
    $(printf ' -e %s' $fields) >"$dir/read" 2>"$dir/err" || bail "tshark: $(cat "$dir/err")"

# Writes a line for each packet: its name, and the fields that differ.
awk -F '\t' '
    NR == FNR && FNR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
    NR == FNR { for (i = 1; i <= NF; i++) value[FNR - 1, name[i]] = $i == "True" ? 1 : $i == "False" ? 0 : $i; next }
    {
        wrong = ""
        for (i = 2; i <= NF; i++) {
            at = index($i, "=")
            is = value[FNR, substr($i, 1, at - 1)]
            if (is != substr($i, at + 1))
                wrong = wrong " " $i " (" is ")"
        }
        # QUIC of an unknown version has no defined fields behind its connection IDs (RFC 8999); tshark expects some.
        malformed = /^quic quicvn|^quic quicinit B7/ ? "" : value[FNR, "_ws.malformed"]
        sum = value[FNR, "tcp.checksum.status"] value[FNR, "udp.checksum.status"]
        # Of a fragmented packet this is the last fragment, which has no checksum.
        if (sum != 1 && !(sum == 3 && /\tudp.checksum=0x0000/) && !(sum == "" && /\tip(.frag_|v6.fraghdr.)offset=[1-9]/))
            wrong = wrong " checksum " sum
        if (/IPv4/ && value[FNR, "ip.checksum.status"] != 1)
            wrong = wrong " IP checksum"
        print $1 "\t" wrong malformed
    }' "$dir/read" "$dir/want" >"$dir/judged"
while IFS="$(printf '\t')" read -r name wrong; do
    [ -z "$wrong" ]
    ok $? "$name${wrong:+:$wrong}"
done <"$dir/judged"
[ "$(wc -l <"$dir/judged")" -eq "$(wc -l <"$dir/want")" ] && [ "$TAP_N" -gt 60 ]
ok $? "tshark read every packet of the table"
done_testing
