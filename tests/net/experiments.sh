#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# experiments.sh: experiments through Linux routers that impair what they ask for, to servers that are Linux and nginx:
# what is said of each, exactly. `ecn` has a test of its own.
#
#   client ---- r1 ---- r2 ---- server   10.NET.ROW.0/24, 2001:db8:NET:ROW::/64; NET is 77
#                       |\
#                       | `--- mptcp     the same, NET is 78: nginx over Multipath TCP
#                       impairs, each prefix in its own way: fwd, on the way to the server; rev, on the way back
#
# All rows of an experiment are probed in one run, once for each connect mode. TAP. PATHPROBE: the program;
# EXPERIMENTS: names, if not all.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check nft jq openssl) || skip_all "$why"
topo_trap
TOPO_TLS=yes
{ topo_up && topo_nginx "$TOPO_SERVER"; } 2>&1 || bail "no topology"

. "$here/rows.sh"

# is_asked EXPERIMENT
is_asked() {
    case " ${EXPERIMENTS:-$1} " in *" $1 "*) return 0 ;; esac
    return 1
}

# ---- dscp ---------------------------------------------------------------------------------------------------

CODEPOINTS="1 10 34 45 46 48 63"

# marks MARK...: what replies carry to codepoint 0 and then to each of the others; - is no reply, and the others work.
marks() {
    [ "$1" = - ] || printf 'dscp.0.replymark:%s' "$1"
    shift
    for n in $CODEPOINTS; do
        if [ "$1" = - ]; then
            printf ' dscp.%s.connectivity.broken' "$n"
        else
            printf ' dscp.%s.connectivity.works dscp.%s.replymark:%s' "$n" "$n" "$1"
        fi
        shift
    done
}

if is_asked dscp; then
    begin
    zero=$(marks 0 0 0 0 0 0 0 0)
    row 1 "nothing impaired" "" "$zero"
    row 2 "EF dropped on the way to the server" "fwd IP dscp 46 drop" \
        "$(marks 0 0 0 0 0 - 0 0)"
    row 3 "the codepoint cleared on the way to the server" "fwd IP dscp set 0" "$zero"
    row 4 "CS1 set on the way back" "rev IP dscp set 8" "$(marks 8 8 8 8 8 8 8 8)"
    row 5 "all but codepoint 0 and LE dropped" "fwd IP dscp != { 0, 1 } drop" \
        "$(marks 0 0 - - - - - -)"
    # The SYN gets through; what it is about does not.
    row 6 "data marked CS6 dropped" "fwd IP dscp 48 tcp flags & (syn|fin|rst|psh) == psh drop" \
        "$zero" "$(marks 0 0 0 0 0 0 - 0) dscp.48.replymark:0"
    # A router that copies the mark of the connection's last packet to the reply, as a server may do.
    row 7 "EF copied to the replies" \
        "fwd IP dscp 46 ct mark set 46; fwd IP dscp != 46 ct mark set 0; rev ct mark 46 IP dscp set 46" \
        "$(marks 0 0 0 0 0 46 0 0)"
    end dscp tcp http https
fi

# ---- mss ----------------------------------------------------------------------------------------------------

# sizes WORD REMOTE4 REMOTE6: - for none.
sizes() {
    printf 'mss.connectivity.online mss.option.received.%s 4:mss.option.local.value:1460 6:mss.option.local.value:1440' "$1"
    [ "$2" = - ] || printf ' 4:mss.option.remote.value:%s 6:mss.option.remote.value:%s' "$2" "$3"
}

if is_asked mss; then
    begin
    same=$(sizes unchanged 1460 1440)
    row 1 "nothing impaired" "" "$same"
    row 2 "clamped on the way back" "rev tcp flags syn tcp option maxseg size set 1200" "$(sizes deflated 1200 1200)"
    row 3 "clamped on the way to the server" "fwd tcp flags syn tcp option maxseg size set 1200" "$same"
    row 4 "removed on the way back" "rev tcp flags & syn == syn reset tcp option maxseg" "$(sizes absent -)"
    offline="mss.connectivity.offline 4:mss.option.local.value:1460 6:mss.option.local.value:1440"
    row 5 "everything dropped" "fwd drop" "$offline"
    end mss tcp http https
fi

# ---- mptcp --------------------------------------------------------------------------------------------------

# mptcp WORD ANSWER UNKNOWN
mptcp() {
    echo "mptcp.connectivity.$1 ${2:+mptcp.negotiation.$2 }tcpopt.unknown.connectivity.$3"
}

if is_asked mptcp; then
    if ! command -v mptcpize >/dev/null || [ "$(cat /proc/sys/net/mptcp/enabled 2>/dev/null)" != 1 ]; then
        skip "mptcp" "this kernel has no Multipath TCP, or mptcpize is not installed"
    else
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
        # The third packet comes without MP_CAPABLE (RFC 8684 section 3.1): Linux goes on with plain TCP.
        asked=$(topo_counted "$MPTCP" MPTcpExt MPCapableSYNRX) fell=$(topo_counted "$MPTCP" MPTcpExt MPCapableFallbackACK)
        # A SYN that is sent again, since its answer was slow, is one more request.
        [ "$fell" -gt 0 ] && [ "$asked" -ge "$fell" ] && [ "$asked" -le $((fell + fell / 10)) ]
        ok $? "mptcp: the server saw $asked requests, and fell back to TCP as often ($fell)"
        NET=77
    fi
fi

# ---- accecn -------------------------------------------------------------------------------------------------

# acc WORD...: of B1 to B8.
acc() {
    for arm in classic "" ect0 ect1 ce unasked.ect0 unasked.ect1 unasked.ce; do
        printf 'accecn.%sconnectivity.%s ' "${arm:+$arm.}" "$1"
        shift
    done
}

# The kernel does ECN and, up to 6.18, no AccECN: what it answers to the latter is the former. A router then makes of
# its answer what a server that speaks it would say.
if is_asked accecn; then
    begin
    w=works x=broken all=$(acc works works works works works works works works)
    syn="fwd tcp flags & (syn|ack) == syn" synack="rev tcp flags & (syn|ack) == (syn|ack)"
    row 1 "nothing impaired" "" "${all}accecn.negotiation.downgraded_ecn"
    row 2 "AE cleared on SYNs" "$syn tcp reserved set 0" "${all}accecn.negotiation.downgraded_ecn"
    none=$(acc $w $x $x $x $x $w $w $w)
    row 3 "SYNs with AE dropped" "$syn tcp reserved 1 drop" "$none"
    ect=$(acc $w $w $x $x $x $x $x $x)
    row 4 "SYNs dropped that are ECT or CE" "$syn IP ecn != not-ect drop" "${ect}accecn.negotiation.downgraded_ecn"
    ce=$(acc $w $w $w $w $x $w $w $x)
    row 5 "packets with CE dropped" "fwd IP ecn ce drop" "${ce}accecn.negotiation.downgraded_ecn"
    setup=$(acc $x $x $x $x $x $w $w $w)
    row 6 "SYNs dropped that ask for ECN" "fwd tcp flags & (syn|ack|ecn|cwr) == (syn|ecn|cwr) drop" "$setup"
    row 7 "ECE and CWR cleared on SYNs" "$syn tcp flags set syn" "${all}accecn.negotiation.downgraded_noecn"
    row 8 "SYN/ACKs with ECE and CWR" "$synack tcp flags set syn|ack|ecn|cwr" "${all}accecn.negotiation.reflected"
    row 9 "SYN/ACKs with all three" "$synack tcp flags set syn|ack|ecn|cwr; $synack tcp reserved set 1" \
        "${all}accecn.negotiation.reflected"
    row 10 "SYN/ACKs with AE and ECE" "$synack tcp flags set syn|ack|ecn; $synack tcp reserved set 1" \
        "${all}accecn.negotiation.reserved"
    arrive="ecn.fwd.notect.A ecn.fwd.ect0.A ecn.fwd.ect1.A ecn.fwd.ce.A"
    read_as() { echo "${all}accecn.negotiation.succeeded $(echo "$arrive" | sed "s/A\\b/$1/g")"; }
    row 11 "SYN/ACKs that say Not-ECT" "$synack tcp flags set syn|ack|cwr" "$(read_as notect) ecn.fwd.bleached" \
        "$(read_as notect) ecn.fwd.bleached accecn.option.absent"
    row 12 "SYN/ACKs that say CE" "$synack tcp flags set syn|ack|cwr; $synack tcp reserved set 1" \
        "$(read_as ce) ecn.fwd.ce_stuck" "$(read_as ce) ecn.fwd.ce_stuck accecn.option.absent"
    row 13 "SYN/ACKs that say ECT(0)" "$synack tcp flags set syn|ack; $synack tcp reserved set 1" \
        "$(read_as ect0) l4s.ect1.remarked ecn.fwd.ce_cleared" \
        "$(read_as ect0) l4s.ect1.remarked ecn.fwd.ce_cleared accecn.option.absent"
    offline=$(acc offline offline offline offline offline offline offline offline)
    row 14 "everything dropped" "fwd drop" "$offline"
    end accecn tcp http
fi

# ---- evilbit ------------------------------------------------------------------------------------------------

if is_asked evilbit; then
    FAMILIES=4
    begin
    row 1 "nothing impaired" "" "evilbit.connectivity.works evilbit.mark.not_seen"
    row 2 "the reserved flag drops packets" "fwd @nh,48,1 1 drop" evilbit.connectivity.broken
    end evilbit tcp https
    FAMILIES="4 6"
fi

# ---- tfo ----------------------------------------------------------------------------------------------------

# fast_tcp COOKIE EXPERIMENTAL, fast_http COOKIE EXPERIMENTAL [DATA]: conditions on a path on which all arms work.
fast_tcp() {
    echo "tfo.cookie.connectivity.works tfo.cookie.$1 tfo.experimental.connectivity.works tfo.experimental.$2"
}
fast_http() {
    echo "$(fast_tcp "$1" "$2") tfo.connectivity.works tfo.bare.connectivity.works tfo.bare.not_acked $3"
}

if is_asked tfo; then
    # Cookies for whoever asks, and data that comes with one (Linux' ip-sysctl: 2); 3 would ask for them, too.
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
    row 4 "both kinds removed on the way to the server" \
        "fwd tcp flags & syn == syn reset tcp option 34; fwd tcp flags & syn == syn reset tcp option 254" \
        "$no_tcp" "$no_http"
    dropped="tfo.cookie.connectivity.broken tfo.experimental.connectivity.works tfo.experimental.received"
    row 5 "SYNs with the option dropped" "fwd tcp option 34 exists drop" "$dropped" \
        "$dropped tfo.connectivity.broken tfo.bare.connectivity.works tfo.bare.not_acked"
    # SYNs have no more than 80 bytes of headers in IPv4, 100 in IPv6.
    data="fwd tcp flags & (syn|ack) == syn meta length > 100"
    none="tfo.connectivity.broken tfo.syndata.failed tfo.bare.connectivity.broken"
    row 6 "SYNs with data dropped" "$data drop" "$yes_tcp" \
        "$yes_tcp $none"
    end tfo tcp http https
    # Per family, the hosts of row 1 over http and https: B2's data came with a cookie.
    fast=$(topo_counted "$TOPO_SERVER" TcpExt TCPFastOpenPassive)
    [ "$fast" -eq $((4 * PER_ROW)) ]
    ok $? "tfo: the server took data from SYNs as often as it was said ($fast)"

    # SYNs with data dropped, and for a while whatever follows one. B2 and B4 share that with their controls: what is
    # sure to be said is that it is so, where three rounds of seven had a control in front of B2.
    begin
    echo "add set inet pp offendedip { type ipv4_addr . inet_service; flags dynamic, timeout; }
        add set inet pp offendedip6 { type ipv6_addr . inet_service; flags dynamic, timeout; }" >>"$T/nft"
    row_targets 7
    row_impair 7 "$data update @offendedIP { IP daddr . tcp dport timeout 4s } drop;
        fwd IP daddr . tcp dport @offendedIP drop"
    rows_impaired
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure tfo -i eth0 --connect http --seed 1 -q \
        --connect-timeout 1.5 --cooldown 16 --spacing 16 --max-rounds 7 --alpha 1e-2 <"$T/targets" >"$T/out" 2>"$T/err"
    jq -s -e 'length == 10 and (map(select(.conditions | index("tfo.connectivity.residual"))) | length >= 7) and
        all(.conditions | index("tfo.bare.connectivity.works") == null and
            index("tfo.cookie.connectivity.works") != null)' "$T/out" >/dev/null
    ok $? "tfo: data in a SYN leaves the target out of reach for a while" || say "$T/err" "$T/out"
fi
done_testing
