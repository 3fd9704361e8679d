#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ecn.sh: `pathprobe measure ecn` through Linux routers that impair ECN, to servers that are Linux and nginx: what it
# says of each, exactly.
#
#   client ---- r1 ---- r2 ---- server   10.77.ROW.0/24, 2001:db8:77:ROW::/64   tcp_ecn=2: does ECN if asked
#               |       |
#               |       +------ plain    10.78.ROW.0/24, 2001:db8:78:ROW::/64   tcp_ecn=0: does without ECN
#               |       impairs, each prefix in its own way: fwd, on the way to the server; rev, on the way back
#               counts what the client resets: its kernel must keep out of it
#
# All rows are probed in one run, once for each connect mode. TAP. PATHPROBE: the program; PATHPROBE_AS: a command put
# before it (the user that it runs as); ROWS: numbers of rows, if not all.

here=$(dirname "$0")
. "$here/rows.sh"
need_program

why=$(topo_check nft iptables ip6tables jq sysctl) || skip_all "$why"
topo_trap
{ topo_up && topo_nginx "$TOPO_SERVER" && topo_add plain 4 && plain=$(topo_ns plain) &&
    topo_set "$plain" ipv4/tcp_ecn 0 && topo_nginx "$plain"; } 2>&1 || {
    bail "no topology"
}

# ---- rows --------------------------------------------------------------------------------------------------

# row NUMBER NAME RULE TCP HTTP FACTS
#
# RULE: a rule of rows.sh, with SETUP for "a SYN that asks for ECN"; or one of iptables and ip6tables, beginning with
# iptables. TCP, HTTP: the conditions expected in that mode, without "ecn."; MARKS stands for the conditions of the
# marks of a server on an unimpaired path, NO_OTHER and NO_ECT for those of marks not seen, FEEDBACK for those of its
# feedback on CE and CWR; ALL.WORD for the verdict WORD of all arms, SETUP.WORD for that of all arms that ask for ECN,
# while the one that does not works. FACTS: a jq expression that has to be true of the observation; arm("B1") is that
# arm's verdict, flow("B1") its first flow.
PER_ROW=25

row() {
    case " ${ROWS:-$1} " in *" $1 "*) ;; *) return ;; esac
    jq -n -c --arg row "$1" --arg name "$2" --arg tcp "$4" --arg others "$5" '
        def all: gsub("SETUP.(?<w>[a-z]+)"; .w as $w | ["connectivity", "data.connectivity", "ce.connectivity",
                "split.connectivity"] | map("\(.).\($w)") | join(" ") + " unasked.connectivity.works") |
            gsub("ALL.(?<w>[a-z]+)"; .w as $w | ["connectivity", "data.connectivity", "ce.connectivity",
                "split.connectivity", "unasked.connectivity"] | map("\(.).\($w)") | join(" ")) |
            gsub("FEEDBACK"; "feedback.ce.echoed feedback.cwr.honoured") |
            gsub("MARKS"; "ipmark.ect0.seen NO_OTHER") |
            gsub("NO_OTHER"; "ipmark.ect1.not_seen ipmark.ce.not_seen") |
            gsub("NO_ECT"; "ipmark.ect0.not_seen ipmark.ect1.not_seen") | [splits("\\s+")] |
            map("ecn." + .) | join(" ");
        {$row, $name, want: {tcp: ($tcp | all), others: ($others | all)}}' >>"$T/rows"
    printf 'elif .row == "%s" then (%s)\n' "$1" "${6:-true}" >>"$T/facts"
    row_targets "$1"
    case $3 in
    iptables*)
        topo_in "$TOPO_R2" ip$(echo "$3" | sed "s/^ip//; s/fwd/-d 10.$NET.$1.0\/24/") &&
            topo_in "$TOPO_R2" ip6$(echo "$3" | sed "s/^ip//; s/fwd/-d 2001:db8:$NET:$1::\/64/") ||
            ok 1 "row $1 can be impaired"
        ;;
    *) row_impair "$1" "$(echo "$3" | sed 's/SETUP/tcp flags \& (syn|ack|ecn|cwr) == (syn|ecn|cwr)/')" ;;
    esac
}

begin
echo 'def facts: if false then false' >"$T/facts"

row 1 "nothing impaired" "" \
    "connectivity.works negotiation.succeeded" \
    "ALL.works negotiation.succeeded MARKS FEEDBACK" \
    'flow("B1") | .flags == 82 and .ttl == 62 and .syns == 1 and .icmp == null and .rst_ttl == null'
row 2 "ECE and CWR stripped from the SYN" "fwd SETUP tcp flags set syn" \
    "connectivity.works negotiation.failed" \
    "ALL.works negotiation.failed" \
    'flow("B1").flags == 18'
# The server has accepted ECN and marks its data ECT(0), but the client received a SYN/ACK that declines.
row 3 "ECE stripped from the SYN/ACK" "rev tcp flags & (syn|ack|ecn|cwr) == (syn|ack|ecn) tcp flags set syn|ack" \
    "connectivity.works negotiation.failed" \
    "ALL.works negotiation.failed ipmark.ect0.seen" \
    'flow("B1").flags == 18'
row 4 "ECN-setup SYNs dropped" "fwd SETUP drop" \
    "connectivity.broken" \
    "SETUP.broken" \
    'failures == ["silent"] and (flow("B1") | .syns == 3 and .icmp == null and .rst_ttl == null)'
# r2 itself sends the reset: its TTL of 64 less one router.
row 5 "ECN-setup SYNs answered with RST" \
    "iptables -A FORWARD fwd -p tcp -m ecn --ecn-tcp-ece --ecn-tcp-cwr -j REJECT --reject-with tcp-reset" \
    "connectivity.broken" \
    "SETUP.broken" \
    'failures == ["refused"] and (flow("B1") | .rst_ttl == 63 and .syns == 1)'
row 6 "ECT cleared on the way to the server" "fwd IP ecn set not-ect" \
    "connectivity.works negotiation.succeeded" \
    "ALL.works negotiation.succeeded MARKS feedback.ce.not_echoed"
row 7 "ECT cleared on the way back" "rev IP ecn set not-ect" \
    "connectivity.works negotiation.succeeded" \
    "ALL.works negotiation.succeeded ipmark.ect0.not_seen NO_OTHER FEEDBACK"
row 8 "packets with ECT dropped on the way to the server" "fwd IP ecn != not-ect drop" \
    "connectivity.works negotiation.succeeded" \
    "connectivity.works data.connectivity.broken ce.connectivity.broken split.connectivity.broken
        unasked.connectivity.broken negotiation.succeeded MARKS" \
    '(.connect == "tcp") or (arm("B2").how == "stalled" and flow("B2").flags == 82)'
# A kernel does not mark retransmissions (RFC 3168, 6.1.5): the answer arrives in one, and yields no condition about
# marks.
row 9 "packets with ECT dropped on the way back" "rev IP ecn != not-ect drop" \
    "connectivity.works negotiation.succeeded" \
    "ALL.works negotiation.succeeded FEEDBACK"
row 10 "CE set on the way back" "rev IP ecn { ect0, ect1 } IP ecn set ce" \
    "connectivity.works negotiation.succeeded" \
    "ALL.works negotiation.succeeded ipmark.ce.seen NO_ECT FEEDBACK"
row 11 "CE set on the way to the server" "fwd IP ecn { ect0, ect1 } IP ecn set ce" \
    "connectivity.works negotiation.succeeded" \
    "ALL.works negotiation.succeeded MARKS feedback.spurious"
row 12 "everything dropped" "fwd drop" \
    "connectivity.offline" \
    "ALL.offline" \
    'failures == ["silent"]'
row 13 "SYNs that ask for ECN answered with ICMP administratively prohibited" "fwd SETUP reject with icmpx type admin-prohibited" \
    "connectivity.broken" \
    "SETUP.broken" \
    'failures == ["icmp"] and
     flow("B1").icmp == (if .family == 4 then [3, 13, "10.70.2.2"] else [1, 1, "2001:db8:70:2::2"] end)'
row 14 "flags of the SYN reflected in the SYN/ACK" \
    "rev tcp flags & (syn|ack|ecn|cwr) == (syn|ack|ecn) tcp flags set syn|ack|ecn|cwr" \
    "connectivity.works negotiation.reflected" \
    "ALL.works negotiation.reflected ipmark.ect0.seen" \
    'flow("B1").flags == 210'
row 15 "SYNs that do not ask for ECN are dropped" "fwd tcp flags & (syn|ack|ecn|cwr) == syn drop" \
    "connectivity.transient negotiation.succeeded" \
    "connectivity.transient data.connectivity.transient ce.connectivity.transient split.connectivity.transient
        unasked.connectivity.offline negotiation.succeeded MARKS FEEDBACK" \
    'failures == ["silent"]'
PORT=81
row 16 "a closed port" "" \
    "connectivity.offline" \
    "ALL.offline" \
    'failures == ["refused"] and flow("B1").rst_ttl == 62 and flow("A").rst_ttl == 62'
PORT=
NET=78
row 17 "a server without ECN" "" \
    "connectivity.works negotiation.failed" \
    "ALL.works negotiation.failed" \
    'flow("B1").flags == 18'
NET=77

row 18 "CE cleared on the way to the server" "fwd IP ecn ce IP ecn set ect0" \
    "connectivity.works negotiation.succeeded" \
    "ALL.works negotiation.succeeded MARKS feedback.ce.not_echoed"
row 19 "packets with CE dropped on the way to the server" "fwd IP ecn ce drop" \
    "connectivity.works negotiation.succeeded" \
    "connectivity.works data.connectivity.works ce.connectivity.broken split.connectivity.works
        unasked.connectivity.works negotiation.succeeded MARKS" \
    '(.connect == "tcp") or arm("B3").how == "stalled"'
# The server's kernel receives no CWR and keeps sending ECE.
row 20 "CWR cleared on the way to the server" "fwd tcp flags & (syn|cwr) == cwr tcp flags set psh|ack" \
    "connectivity.works negotiation.succeeded" \
    "ALL.works negotiation.succeeded MARKS feedback.ce.echoed feedback.cwr.ignored"

# Row 2 over IPv4 also by iptables' target ECN, which older guides use; ip6tables has no such target.
case " ${ROWS:-2} " in
*" 2 "*) topo_in "$TOPO_R2" iptables -t mangle -A FORWARD -d 10.77.2.0/24 -p tcp -j ECN --ecn-tcp-remove ;;
esac
rows_impaired

# ---- state that a run must not change ----------------------------------------------------------------------

# Other programs of the machine may add and remove interfaces: of the settings per interface, those of lo, of eth0 and
# the defaults alone are compared.
state() {
    "$@" sysctl -a --pattern '^net\.' 2>/dev/null |
        grep -v -e 'nf_conntrack_count' -e '^net\.ipv[46]\.\(conf\|neigh\)\.' -e '^net\.mpls\.conf'
    "$@" sysctl -a --pattern '^net\.ipv[46]\.(conf|neigh)\.(all|default|lo|eth0)\.' 2>/dev/null
    "$@" nft -s list ruleset
    for _save in iptables-save ip6tables-save; do
        "$@" $_save | sed '/^#/d; s/\[[0-9]*:[0-9]*\]//'
    done
    "$@" ip rule
    "$@" ip -6 rule
} 2>/dev/null

state >"$T/host.before"
state topo_in "$TOPO_CLIENT" >"$T/client.before"

# ---- resets that the client sends --------------------------------------------------------------------------

topo_in "$TOPO_R1" nft -f - <<'EOT' || ok 1 "resets are counted"
table inet pp {
    set to4 { type ipv4_addr; flags dynamic; counter; size 65535; }
    set to6 { type ipv6_addr; flags dynamic; counter; size 65535; }
    chain resets {
        type filter hook forward priority 0;
        iifname "client" tcp flags & rst == rst update @to4 { ip daddr }
        iifname "client" tcp flags & rst == rst update @to6 { ip6 daddr }
    }
}
EOT

# Destinations of resets since the last call.
resets() {
    for _set in to4 to6; do
        topo_in "$TOPO_R1" nft -j list set inet pp $_set | jq -r '.nftables[].set? // empty | .elem[]? | .elem.val // .'
        topo_in "$TOPO_R1" nft flush set inet pp $_set
    done
}

# ---- the runs ----------------------------------------------------------------------------------------------

cat - "$T/facts" >"$T/more.jq" <<'EOT'
def arm($name): .verdicts[] | select(.arm == $name);
def failures: [.verdicts[] | select(.verdict != "works") | .how] | unique;
def flow($name): [.verdicts[].rounds[0].flows[] | select(.arm == $name)][0];
EOT
cat >>"$T/more.jq" <<'EOT'
else error("no such row") end;
def more: (select(.missed_flows != 0) | "missed_flows"),
    (select(.verdicts | length != (if $mode == "tcp" then 1 else 5 end)) | "verdicts"),
    (select([.verdicts[] | .verdict != "works" or .how == null] | all | not) | "how"),
    (select(facts | not) | "facts");
EOT

for mode in tcp http; do
    rows_probe ecn $mode --rate 5k --output-flows --pcap "$T/$mode.pcap"
    # tshark reads the capture file, where it is installed.
    if tshark -r "$T/$mode.pcap" -T fields -e ip.dst -e ipv6.dst '!icmp && !icmpv6 && tcp.srcport >= 61000' \
        >"$T/packets" 2>/dev/null; then
        jq -r 'select(any(.verdicts[]; .verdict != "works")) | .dip' "$T/out" | sort >"$T/failing"
        tr -d '\t' <"$T/packets" | sort -u >"$T/kept"
        cmp -s "$T/failing" "$T/kept"
        ok $? "$mode: --pcap holds the packets of all targets that are not \`works\`, and of no others" ||
            diff "$T/failing" "$T/kept" | say
    else
        skip "$mode: --pcap holds the packets of all targets that are not \`works\`" "no tshark that runs here"
    fi
    # In rows 8 and 19 over http the program itself resets the connections that stalled. And one target of each family
    # gets the copies with TTL 1 to 5 that check the vantage point: it is four hops away, so that the copies with TTL 4
    # and 5 open connections, which are reset.
    resets >"$T/$mode.resets"
    grep -v -e '^10\.77\.\(8\|19\)\.' -e '^2001:db8:77:\(8\|19\):' "$T/$mode.resets" >"$T/unexpected"
    [ "$(grep -c : "$T/unexpected")" -le 1 ] && [ "$(grep -vc : "$T/unexpected")" -le 1 ]
    ok $? "$mode: the client's kernel resets no connection" || say "$T/$mode.resets"
done

state >"$T/host.after"
state topo_in "$TOPO_CLIENT" >"$T/client.after"
for where in host client; do
    cmp -s "$T/$where.before" "$T/$where.after"
    ok $? "$where: sysctls, rule sets and policy rules are as they were" ||
        diff "$T/$where.before" "$T/$where.after" | say
done
done_testing
