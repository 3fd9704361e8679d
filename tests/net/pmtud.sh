#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# pmtud.sh: `pathprobe measure pmtud` through Linux routers with links that are too small, in both families: sizes, who
# says of them that they are too big, and black holes. Over QUIC to ngtcp2, over DNS to unbound, over HTTP to nginx.
#
#   client ---- r1 ---- r2 ---- server   10.77.ROW.0/24, 2001:db8:77:ROW::/64
#
# The MTUs are set by routes of the routers, so that each row has its own: Linux then sends the same ICMP errors as for
# a link with that MTU.
#
# TAP. PATHPROBE: the program.
#
# parts: quic others confirmed trace

here=$(dirname "$0")
. "$here/rows.sh"
. "$here/peers.sh"
need_program

why=$(topo_check nft jq openssl gtlsserver unbound nginx) || skip_all "$why"
topo_trap
{ topo_up && topo_nginx "$TOPO_SERVER"; } 2>&1 || bail "no topology"
T=$TOPO_TMP

# ---- servers -------------------------------------------------------------------------------------------------------

# ngtcp2 does not answer from the address probed: the server's kernel translates that to its interface's address.
topo_in "$TOPO_SERVER" nft -f - <<'EOT' || bail "no translation"
table inet nat {
    chain in {
        type nat hook prerouting priority -100;
        ip daddr 10.77.0.0/16 udp dport 443 dnat ip to 10.70.3.2
        ip6 daddr 2001:db8:77::/48 udp dport 443 dnat ip6 to 2001:db8:70:3::2
    }
}
EOT
peer_ngtcp2 "$TOPO_SERVER"
peer_unbound "$TOPO_SERVER"

# ---- routers -------------------------------------------------------------------------------------------------------

# link ROUTER ROW MTU: ROUTER's route for ROW has this MTU. "lock": the kernel applies it to forwarded packets.
link() {
    _to4=10.70.3.2 _to6=2001:db8:70:3::2
    [ "$1" = "$TOPO_R2" ] || { _to4=10.70.2.2 && _to6=2001:db8:70:2::2; }
    topo_in "$1" ip route add "10.77.$2.0/24" via $_to4 mtu lock "$3" &&
        topo_in "$1" ip -6 route add "2001:db8:77:$2::/64" via $_to6 mtu lock "$3" || bail "no route with an MTU"
}
link "$TOPO_R2" 2 1400
link "$TOPO_R2" 3 1480
link "$TOPO_R2" 4 1280
link "$TOPO_R1" 5 1452
# r1 sends no "too big".
topo_in "$TOPO_R1" nft -f - <<'EOT' || bail "no silent router"
table inet silent {
    chain out {
        type filter hook output priority 0;
        icmp type destination-unreachable icmp code frag-needed drop
        icmpv6 type packet-too-big drop
    }
}
EOT

# ---- rows ----------------------------------------------------------------------------------------------------------

PER_ROW=2
SIZES="1400 1420 1452 1460 1472 1480 1492 1500"

upto() { # upto MTU: the verdict on each size, and the largest that works
    value=1280
    for size in $SIZES; do
        if [ "$size" -le "$1" ]; then
            printf "pmtu.fwd.%s.connectivity.works " "$size"
            value=$size
        else
            printf "pmtu.fwd.%s.connectivity.broken " "$size"
        fi
    done
    printf "pmtu.fwd.value:%s" "$value"
}

all_rows() {
    begin
    row 1 "no link below 1500" "" "$(upto 1500)"
    row 2 "a link of 1400 at the last router" "" "$(upto 1400) pmtu.ptb.mtu:1400"
    row 3 "a tunnel of 1480" "" "$(upto 1480) pmtu.ptb.mtu:1480"
    row 4 "a link of 1280" "" "$(upto 1280) pmtu.ptb.mtu:1280"
    row 5 "a link of 1452 at a router that sends no 'too big'" "" "$(upto 1452) pmtu.ptb.not_seen pmtu.blackhole"
    row 6 "a middlebox that drops packets longer than 1472" "fwd meta length 1473-65535 drop" \
        "$(upto 1472) pmtu.ptb.not_seen pmtu.blackhole"
}

# senders ROW ADDRESS4 ADDRESS6: all "too big" errors in the verdicts of row ROW have this sender.
senders() {
    jq -s -e --arg row "$1" --arg a4 "$2" --arg a6 "$3" '
        [.[] | select(.row == $row)] as $these |
        ($these | length == 4) and all($these[]; . as $o | (if .family == 4 then $a4 else $a6 end) as $sender |
            [.verdicts[].rounds[].flows[].icmp | select(.)] |
            length > 0 and all(.[]; .[2] == $sender and .[0:2] == (if $o.family == 4 then [3, 4] else [2, 0] end)))' \
        "$T/out" >/dev/null
}

over() { # over MODE
    all_rows
    [ "$1" != http ] || row 7 "a middlebox that lowers the maximum segment size in SYNs" \
        "fwd tcp flags syn tcp option maxseg size set 1240; rev tcp flags syn tcp option maxseg size set 1240" \
        "$(upto 1500) pmtu.mss.exceeded:1240"
    rows_impaired
    rows_probe pmtud "$1" --rate 2k
    senders 2 10.70.2.2 2001:db8:70:2::2
    ok $? "pmtud $1: row 2's verdicts name r2 as the sender of 'too big'" || say "$T/out"
    topo_in "$TOPO_R2" nft delete table inet pp
}

part quic && {
    over quicinit
    over quicvn
}
part others && {
    over dnsudp
    over http
}
# ---- with confirmation and bisection -------------------------------------------------------------------------------

if part confirmed; then
all_rows
rows_impaired
jq -c 'select(.dip | test("[.:]1$"))' "$T/targets" >"$T/some"
topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure pmtud -i eth0 --cooldown 0 --spacing 0 \
    --connect-timeout 2 --size 1400,1500 --seed 1 <"$T/some" >"$T/out" 2>"$T/err"
ok $? "confirmed: all targets are done" || say "$T/err"
jq -s -c 'sort_by(.row, .family)[] | [.row, .family, ([.verdicts[] | select(.arm != "D") | .arm + " " + .verdict] | join(", ")),
    ([.conditions[] | select(startswith("pmtu.fwd.value"))] | join(" ")),
    ([.verdicts[] | select(.verdict == "broken") | .attribution] | unique | join(" ")), .bisected.works, .bisected.fails]' \
    "$T/out" >"$T/is"
for line in '1:B1 works, B2 works:1500::null:null' '2:B1 works, B2 broken:1400:path:1400:1401' \
    '3:B1 works, B2 broken:1400:path:1480:1481' '4:B1 broken, B2 broken:1280:path:1280:1281' \
    '5:B1 works, B2 broken:1400:unknown:1452:1453' '6:B1 works, B2 broken:1400:unknown:1472:1473'; do
    echo "$line" | jq -R -c '[splits(":")] | (4, 6) as $family |
        [.[0], $family, .[1], "pmtu.fwd.value:" + .[2], .[3], (.[4:][] | fromjson)]'
done | diff - "$T/is" >"$T/diff"
ok $? "confirmed: verdicts, attribution to the path where a router sends 'too big', the MTU found to the byte" || say "$T/diff" "$T/err"
fi
part trace || {
    done_testing
    exit
}

# ---- hop by hop ----------------------------------------------------------------------------------------------------

for row in 2 5; do
    printf '%s\n' "10.77.$row.1" "2001:db8:77:$row::1"
done >"$T/list"
# The arms of 1400, 1452 and 1500 bytes. A server may retransmit its answer to a shorter packet: trace must not take
# that for an answer to a longer one.
topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" trace pmtud --arm B1 --arm B3 --arm B8 -i eth0 \
    --format ndjson --hop-rate 0 --rate 0 --prefix-rate 0 --input "$T/list" >"$T/out" 2>"$T/err"
ok $? "trace: all targets are done" || say "$T/err"
jq -s -c 'sort_by(.dip)[] | [.dip, [.hops[].mtu], ([.hops[].too_big | select(.) | [.mtu, .from]] | unique),
    [.located[] | select(.kind == "drop" and .arm == "B8" and .from) | [.from.ttl, .to.ttl]]]' "$T/out" >"$T/is"
cat >"$T/want" <<'EOT'
["10.77.2.1",[1500,1500,1400],[[1400,"10.70.2.2"]],[[2,3]]]
["10.77.5.1",[1500,1452,1452],[],[[1,2]]]
["2001:db8:77:2::1",[1500,1500,1400],[[1400,"2001:db8:70:2::2"]],[[2,3]]]
["2001:db8:77:5::1",[1500,1452,1452],[],[[1,2]]]
EOT
diff "$T/want" "$T/is" >"$T/diff"
ok $? "trace: the MTU of each hop, the sender of 'too big', and the hops between which 1500 bytes are dropped" || say "$T/diff" "$T/err"
done_testing
