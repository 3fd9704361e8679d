#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# quic_flows.sh: whole QUIC connections between implementations that are not ours, captured between them: `pathprobe
# observe` and tshark have to read the same of each flow.
#
#   client (ngtcp2) ---- r1 ---- r2 ---- server   10.70.3.2, 2001:db8:70:3::2   ngtcp2
#                        |       +------ retry    10.70.4.2                     ngtcp2, addresses confirmed by Retry
#                        |       +------ caddy    10.70.5.2                     quic-go
#                        captures
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
. "$here/peers.sh"
need_program

why=$(topo_check jq openssl gtlsserver gtlsclient caddy tcpdump tshark) || skip_all "$why"
topo_trap
{ topo_up && topo_add retry 4 && topo_add caddy 5; } 2>&1 || bail "no topology"
T=$TOPO_TMP
peer_ngtcp2 "$TOPO_SERVER"
peer_ngtcp2 "$(topo_ns retry)" --validate-addr
peer_caddy "$(topo_ns caddy)"

ip netns exec "$TOPO_R1" setpriv --pdeathsig TERM tcpdump -Z root -i client --immediate-mode -U -w - 'udp port 443' \
    >"$T/pcap" 2>"$T/tcpdump" </dev/null &
dump=$!
peer_ends $dump
listening() {
    grep -q 'listening on' "$T/tcpdump" 2>/dev/null || ! kill -0 $dump 2>/dev/null
}
topo_until listening

# connect NAME ADDRESS HOST OPTION...: a request, its answer, and the client's close.
connect() {
    _name=$1 _to=$2 _host=$3
    shift 3
    ip netns exec "$TOPO_CLIENT" timeout 60 gtlsclient --no-quic-dump --no-http-dump --exit-on-all-streams-close \
        "$@" "$_to" 443 "https://$_host/" >"$T/client" 2>&1 && grep -q '\[:status: ' "$T/client"
    ok $? "$_name" || tail -n 30 "$T/client" | say
}
before="--session-file=$T/session --tp-file=$T/parameters"
wait= # a later release may leave before it has what a session needs
! gtlsclient --help 2>/dev/null | grep -q -e --wait-for-ticket || wait=--wait-for-ticket
connect "a connection" 10.70.3.2 10.70.3.2 $before $wait
connect "its session again" 10.70.3.2 10.70.3.2 $before
connect "over IPv6" 2001:db8:70:3::2 '[2001:db8:70:3::2]'
connect "behind a Retry" 10.70.4.2 10.70.4.2
connect "to quic-go" 10.70.5.2 example.org --sni example.org
connect "of a version that the server does not have, then of version 1" 10.70.3.2 10.70.3.2 --version 0x1a2a3a4a \
    --preferred-versions v1
kill $dump
wait $dump 2>/dev/null

"$PATHPROBE" observe -q --input "$T/pcap" quic >"$T/flows" 2>"$T/err"
ok $? "the capture is read" || say "$T/err"
# A line a datagram; what several packets of one datagram have each is a list.
tshark -r "$T/pcap" -d udp.port==443,quic -T json -e frame.time_relative -e udp.srcport -e udp.dstport \
    -e ip.dsfield.ecn -e ipv6.tclass.ecn -e quic.header_form -e quic.long.packet_type -e quic.spin_bit \
    -e quic.version -e quic.dcil -e quic.scil 2>"$T/err" | jq -c '.[]._source.layers' >"$T/datagrams"
# Long headers are 1 or, in later releases, True. Times are in microseconds, as in the capture.
jq -c -s --slurpfile flows "$T/flows" '
    def hex: ltrimstr("0x") | explode | reduce .[] as $c (0; . * 16 + ($c - (if $c > 96 then 87 else 48 end)));
    def at: ."frame.time_relative"[0] | tonumber * 1e6 | round;
    def is_long: ."quic.header_form"[0] | IN("1", "True");
    def long: map(select(is_long)) | length;
    def short: map(select(is_long | not)) | length;
    def types($n): [.[]."quic.long.packet_type"[]? | select(. == $n)] | length;
    def mark($n): map(select((."ip.dsfield.ecn" // ."ipv6.tclass.ecn")[0] == $n)) | length;
    def turns: map(select(is_long | not) | ."quic.spin_bit"[0] // "?") as $bits |
        if $bits == [] then null else [range(1; $bits | length) | select($bits[.] != $bits[. - 1])] | length end;
    def from($a; $b): if $a and $b then ($b | at) - ($a | at) else null end;
    group_by(if ."udp.dstport"[0] == "443" then ."udp.srcport"[0] else ."udp.dstport"[0] end)[] |
    map(select(."udp.dstport"[0] == "443")) as $f | map(select(."udp.dstport"[0] != "443")) as $r |
    ($r[0] | at) as $answer | map(select(."udp.dstport"[0] == "443" and at > $answer)) as $later |
    (if ($f | length) - ($later | length) == 1 then $f[0] else null end) as $first |
    {quic_version_fwd: ($f[0]."quic.version"[0] | hex), quic_dcid_len_fwd: ($f[0]."quic.dcil"[0] | tonumber),
     quic_scid_len_fwd: ($f[0]."quic.scil"[0] | tonumber),
     quic_long_fwd: ($f | long), quic_long_rev: ($r | long), quic_short_fwd: ($f | short), quic_short_rev: ($r | short),
     quic_0rtt_fwd: ($f | types("1")), quic_handshake_fwd: ($f | types("2")), quic_handshake_rev: ($r | types("2")),
     quic_retry_rev: ($r | types("3") > 0), quic_vn_rev: ($r | any(."quic.version"[0]? == "0x00000000")),
     quic_notect_fwd: ($f | mark("0")), quic_ect0_fwd: ($f | mark("2")),
     quic_notect_rev: ($r | mark("0")), quic_ect0_rev: ($r | mark("2")),
     quic_first_us: from($first; $r[0]), quic_next_us: (if $first then from($r[0]; $later[0]) else null end),
     quic_spin_fwd: ($f | turns), quic_spin_rev: ($r | turns)} as $theirs |
    ($f[0]."udp.srcport"[0] | tonumber) as $port | $flows[] | select(.sp == $port) |
    {theirs: $theirs, ours: with_entries(select(.key as $k | $theirs | has($k)))}' "$T/datagrams" >"$T/lines"
jq -s -e 'length == 7 and all(.ours == .theirs)' "$T/lines" >/dev/null
ok $? "seven flows: both read the same of each" || jq -c 'select(.ours != .theirs)' "$T/lines" | say
# What there has to be, so that the comparison is of something.
jq -s -e 'map(.ours) | map(select(.quic_handshake_fwd > 0 and .quic_handshake_rev > 0 and .quic_short_fwd > 0 and
        .quic_short_rev > 0 and .quic_spin_fwd != null)) as $whole |
    ($whole | length) == 6 and ($whole | any(.quic_first_us > 0 and .quic_next_us > 0)) and any(.quic_0rtt_fwd > 0) and
    (map(select(.quic_retry_rev)) | length) == 1 and (map(select(.quic_vn_rev)) | length) == 1' "$T/lines" >/dev/null
ok $? "six whole connections, 0-RTT, a Retry and a version negotiation" || jq -c .ours "$T/lines" | say
done_testing
