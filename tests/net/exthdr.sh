#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# exthdr.sh: IPv6 extension headers to Linux hosts: what their kernels take and drop of themselves, header by header,
# and what is said of routers that drop by header, option, size, fragment and flow label.
#
#   client ---- r1 ---- r2 ---- server   2001:db8:77:ROW::/64: nginx on port 80, unbound on port 53 of each address
#                       |
#                       impairs, each prefix in its own way
#
# TAP. PATHPROBE: the program.
# parts: kernel tcp dnsudp

here=$(dirname "$0")
. "$here/rows.sh"
. "$here/peers.sh"
rows_up unbound
T=$TOPO_TMP
FAMILIES=6
PER_ROW=2

# The kernel sends an ICMPv6 error from the probed address only if an interface has it; a local route does not suffice.
for row in $(seq 12); do
    seq -f "addr add 2001:db8:77:$row::%g/128 dev lo nodad" $PER_ROW
done >"$T/addresses"
ip -n "$TOPO_SERVER" -batch "$T/addresses" || bail "no addresses"

peer_unbound "$TOPO_SERVER"

# ---- Linux's own limits for headers and options ----------------------------------------------------------------------

if part kernel; then
# arm NAME TYPE BYTES: an arm whose SYNs carry a header of TYPE and BYTES; the program fills in the first, Next Header.
arm() {
    printf '{"name": "%s", "title": "t", "connectivity": "kernel.%s", "family": 6, "steps": [{"on": "SYN", "extensions": [{"type": %s, "bytes": "%s"}]}]}' \
        "$1" "$(echo "$1" | tr A-Z a-z)" "$2" "$3"
}
zeros() { # zeros N: N bytes of 0
    printf "%0$(($1 * 2))d" 0
}
options() { # options N: N options of 3 bytes
    printf '1e0100%.0s' $(seq "$1")
}
cat >"$T/kernel.json" <<EOT
{"schema": 1, "name": "kernel", "title": "t", "description": "d", "modes": ["tcp"], "default_mode": "tcp",
 "arms": [{"name": "A", "title": "nothing"},
 $(arm PAD7 60 "0000 0104 00000000"),
 $(arm PAD14 60 "0001 010c $(zeros 12)"),
 $(arm EIGHT 60 "0003 $(options 8) 0104 00000000"),
 $(arm NINE 60 "0003 $(options 9) 0101 00"),
 $(arm HBHNINE 0 "0003 $(options 9) 0101 00"),
 $(arm DISCARD 60 "0000 5e04 00000000"),
 $(arm REFUSE 60 "0000 9e04 00000000"),
 $(arm HBHREFUSE 0 "0000 9e04 00000000"),
 $(arm LONG 60 "003f 1eff $(zeros 255) 1ef5 $(zeros 245) 0104 00000000"),
 $(arm SRH 43 "0002 0400 00000000 20010db8000000000000000000000001")]}
EOT
printf '2001:db8:77:9::1\n' >"$T/targets"
topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure "$T/kernel.json" --rounds 1 --aa 0 --rate 0 \
    --allow-impaired-vantage --connect-timeout 4 --input "$T/targets" --output "$T/kernel" 2>"$T/err"
ok $? "an experiment whose headers exceed Linux's limits runs" || say "$T/err"
# Each arm that failed and how: silence, or an ICMP error's type and code and whether the router or the target sent it.
jq -r '[.verdicts[] | select(.verdict != "works") | .arm as $arm | .rounds[0].flows[] | select(.arm == $arm) |
    "\($arm) " + if .icmp then "\(.icmp[0])/\(.icmp[1]) " + (if .icmp[2] == "2001:db8:77:9::1" then "target" else "router" end)
    else .how end] | join(", ")' "$T/kernel" >"$T/got" 2>>"$T/err"
echo "PAD14 silent, NINE silent, HBHNINE silent, DISCARD silent, REFUSE 4/2 target, HBHREFUSE 4/2 router, SRH silent" |
    cmp -s - "$T/got"
ok $? "Linux drops more than 8 options, more than 7 bytes of padding, segment routing; answers options 10xxxxxx with ICMPv6" ||
    say "$T/got" "$T/kernel" "$T/err"
fi

# ---- routers ---------------------------------------------------------------------------------------------------------

# says BROKEN: the connectivity conditions of all arms: broken if the arm matches BROKEN, a pattern of grep -E, else
# works.
says() {
    for _arm in hbh.pad hbh hbh.mtu hbh.asked dst.pad dst.asked fragment.atomic fragment.split label.zero dst.8 dst.24 \
        dst.56 dst.64 dst.128 dst.256; do
        echo "$_arm" | grep -qE "^($1)\$" && _is=broken || _is=works
        printf 'exthdr.%s.connectivity.%s ' $_arm $_is
    done
}
# The first router runs Linux and processes hop-by-hop options in every row.
parsed=exthdr.hbh.asked.parsed
reached="$parsed exthdr.dst.asked.reached"
first_option='@nh,336,8' # behind the header's own two bytes

modes=
for mode in tcp dnsudp; do
    ! part $mode || modes="$modes $mode"
done
[ -n "$modes" ] || {
    done_testing
    exit
}
begin
row 1 "nothing impaired" "" "$(says -)$reached exthdr.dst.maxlen:256"
row 2 "hop-by-hop options are dropped" "fwd exthdr hbh exists drop" "$(says 'hbh(|.pad|.mtu)')$reached exthdr.dst.maxlen:256"
row 3 "RFC 9268's hop-by-hop option is dropped" "fwd exthdr hbh exists $first_option 0x30 drop" \
    "$(says hbh.mtu)$reached exthdr.dst.maxlen:256"
row 4 "hop-by-hop options other than padding are dropped" "fwd exthdr hbh exists $first_option != 1 drop" \
    "$(says 'hbh(|.mtu)')$reached exthdr.dst.maxlen:256 exthdr.hbh.option.lost"
row 5 "hop-by-hop options are answered with ICMPv6" "fwd exthdr hbh exists reject with icmpv6 type admin-prohibited" \
    "$(says 'hbh(|.pad|.mtu)')$reached exthdr.dst.maxlen:256 exthdr.path.refused"
row 6 "destination options are dropped" "fwd exthdr dst exists drop" "$(says 'dst.(pad|[0-9]*)')$parsed exthdr.dst.maxlen:0"
row 7 "destination options of more than 56 bytes are dropped" "fwd dst hdrlength > 6 drop" \
    "$(says 'dst.(64|128|256)')$reached exthdr.dst.maxlen:56"
row 8 "an unknown destination option is dropped" "fwd exthdr dst exists $first_option 0x1e drop" \
    "$(says 'dst.[0-9]*')$reached exthdr.dst.maxlen:0 exthdr.dst.option.lost"
row 9 "fragments are dropped" "fwd exthdr frag exists drop" "$(says 'fragment.*')$reached exthdr.dst.maxlen:256"
row 10 "atomic fragments are dropped" "fwd frag frag-off 0 frag more-fragments 0 drop" \
    "$(says fragment.atomic)$reached exthdr.dst.maxlen:256"
row 11 "fragments but the first are dropped" "fwd frag frag-off > 0 drop" "$(says fragment.split)$reached exthdr.dst.maxlen:256"
row 12 "packets with flow label 0 are dropped" "fwd ip6 flowlabel 0 drop" "$(says label.zero)$reached exthdr.dst.maxlen:256"
end exthdr $modes
done_testing
