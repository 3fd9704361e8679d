#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# dissect.sh: what the lab's servers answer, as a dissector sees it that nobody here wrote: tshark and `pathprobe
# observe` have to read the same from one capture; and what RFC 9768 says of AccECN's counters and of the handshake's
# third packet has to be there, as no server that speaks it can be had. What is sent, tests/lab/dissect.sh reads.
#
#   lab0 <---> emulator      tcpdump watches lab0
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/tap.sh"
need_program

for tool in tshark tcpdump jq; do
    command -v $tool >/dev/null || skip_all "$tool is not installed"
done
export T
T=$(mktemp -d) && chmod 755 "$T" || exit 1
trap 'rm -rf "$T"' EXIT
"$PATHPROBE" lab --hosts 1 -- true 2>"$T/err" || skip_all "the lab does not run here: $(head -n 1 "$T/err")"

# capture EXPERIMENT: captures into $T/pcap a run of EXPERIMENT over the hosts of the scenario of that name.
capture() {
    "$PATHPROBE" lab --hosts 200 --scenario "$1" --targets "$T/targets" -- sh -c '
        tcpdump -i lab0 --immediate-mode -U -w - >"$T/pcap" 2>"$T/tcpdump" &
        until grep -q listening "$T/tcpdump" || ! kill -0 $!; do sleep 0.05; done
        "$0" measure "$1" -i lab0 --rounds 1 --aa 0 --connect-timeout 3 -q <"$T/targets" >"$T/out"
        code=$?
        kill -INT $!
        wait $!
        exit $code' "$PATHPROBE" "$1" 2>"$T/err"
    ok $? "$1: a run is captured" || say "$T/err" "$T/tcpdump"
}

# dissected FILTER FIELD...: tshark's FIELDs of each packet that FILTER matches, a JSON object each; a field that a
# packet lacks is left out.
dissected() {
    filter=$1
    shift
    tshark -r "$T/pcap" -Y "$filter" -T json $(printf ' -e %s' "$@") 2>"$T/err" |
        jq -c '.[]._source.layers | with_entries(.value |= join(","))'
}

# holds NAME MINIMUM FILTER: $T/lines has MINIMUM lines at least, and FILTER is true of each.
holds() {
    jq -s -e --argjson least "$2" "length >= \$least and all($3)" "$T/lines" >/dev/null
    ok $? "$1 ($(wc -l <"$T/lines"))" || jq -c "select($3 | not)" "$T/lines" | say
}

SYNACK='tcp.flags.syn == 1 && tcp.flags.ack == 1'
# Into $T/lines, an object per flow: what pathprobe and tshark read of its first SYN/ACK, as .ours and .theirs.
compare() {
    # tshark reports a cookie in the experimental option (kind 254) in the same field as one of kind 34.
    "$PATHPROBE" observe -q --input "$T/pcap" accecn tfo mptcp >"$T/flows" 2>"$T/err" || say "$T/err"
    dissected "$SYNACK" ip.src ipv6.src tcp.dstport tcp.flags tcp.option_kind tcp.options.tfo.cookie \
        tcp.options.mptcp.version tcp.options.mptcp.sendkey >"$T/synacks"
    jq -c -s --slurpfile flows "$T/flows" '
        (map({key: ((."ip.src" // ."ipv6.src") + " " + ."tcp.dstport"), value: .}) | reverse | from_entries) as $seen
        | $flows[] | select(.proto == 6 and .accecn_synack != null)
        | $seen["\(.dip) \(.sp)"] as $s
        | {ours: {accecn: .accecn_synack, cookie: .tfo_ackclen,
                  mptcp: .mptcp_acklen, version: .mptcp_ackversion},
           theirs: {accecn: ($s."tcp.option_kind" | split(",") | any(. == "172" or . == "174")),
                    cookie: (($s."tcp.options.tfo.cookie" // "") | length / 2),
                    mptcp: (if $s."tcp.options.mptcp.sendkey" then 12 elif $s."tcp.options.mptcp.version" then 4 else 0 end),
                    version: ($s."tcp.options.mptcp.version" // null | if . then tonumber else . end)}}' \
        "$T/synacks" >"$T/lines"
}

# some NAME MINIMUM FILTER: FILTER is true of MINIMUM lines of $T/lines at least.
some() {
    [ "$(jq -c "select($3)" "$T/lines" | wc -l)" -ge "$2" ]
    ok $? "$1"
}

# ---- AccECN ---------------------------------------------------------------------------------------------------------

capture accecn
compare
holds "accecn: tshark and observe read the same of each SYN/ACK" 500 '.ours == .theirs'
some "accecn: SYN/ACKs with AccECN options were captured" 100 .theirs.accecn

# RFC 9768, 3.2.1: the counters' initial values. A path of the scenario clears the option: then all three are 0.
dissected "$SYNACK && tcp.options.acc_ecn" tcp.options.acc_ecn.ee0b tcp.options.acc_ecn.eceb tcp.options.acc_ecn.ee1b |
    jq -c '[.[]]' >"$T/lines"
holds "accecn: the counters begin at 1, 0, 1" 100 '. == ["1", "0", "1"] or . == ["0", "0", "0"]'

# RFC 9768, 3.1.1 and 3.2.2.1: AE, CWR and ECE as a number (ACE), of a SYN, of a SYN/ACK that accepts AccECN, and of the
# ACK that ends the handshake, whose ACE encodes the IP-ECN codepoint of the SYN/ACK received.
dissected 'tcp.seq == 0 || (tcp.dstport == 80 && tcp.seq == 1 && tcp.ack == 1 && tcp.len == 0 && tcp.flags.fin == 0)' \
    ip.src ip.dst ipv6.src ipv6.dst tcp.srcport tcp.dstport tcp.flags ip.dsfield.ecn ipv6.tclass.ecn |
    jq -c -s '
        def digit($i): .[$i:$i + 1] as $d | "0123456789abcdef" | index($d); # of "0x0ABC"
        def ace: digit(3) % 2 * 4 + (digit(4) / 4 | floor);
        def kind: if .[5:] != "2" then "third" elif digit(4) % 2 == 1 then "synack" else "syn" end;
        map({key: ([."ip.src" // ."ipv6.src", ."ip.dst" // ."ipv6.dst", ."tcp.srcport", ."tcp.dstport"] | sort | join(" ")),
             kind: (."tcp.flags" | kind), ace: (."tcp.flags" | ace), ecn: (."ip.dsfield.ecn" // ."ipv6.tclass.ecn")})
        | group_by(.key)[] | reverse | map({key: .kind, value: .}) | from_entries
        | select(.third and .syn.ace == 7 and (.synack.ace | IN(2, 3, 4, 6)))
        | {arrived: .synack.ecn, third: .third.ace}' >"$T/lines"
holds "accecn: the handshake's ACK encodes the ECN codepoint of the SYN/ACK received" 100 '.third == {"0": 2, "1": 3, "2": 4, "3": 6}[.arrived]'

# ---- TCP Fast Open, Multipath TCP -----------------------------------------------------------------------------------

capture tfo
compare
holds "tfo: tshark and observe read the same of each SYN/ACK" 500 '.ours == .theirs'
some "tfo: SYN/ACKs with cookies were captured" 50 '.theirs.cookie == 8'

capture mptcp
compare
holds "mptcp: tshark and observe read the same of each SYN/ACK" 300 '.ours == .theirs'
some "mptcp: SYN/ACKs with keys were captured" 20 '.theirs.mptcp == 12 and .theirs.version == 1'
done_testing
