#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# vantage.sh: a first hop that drops, answers or refuses the treatment is said to do so, and the run ends; one that
# limits its ICMP errors, or sends none, is no such thing. One that acts within connections alone, or sends no ICMP
# errors, is told by what becomes of flows.
#
#   client ---- r1 ---- r2 ---- server   10.77.0.0/16, 2001:db8:77::/48
#               |
#               what rules say, before anything else
#
# parts: dropped reset refused data leave flows
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check nft jq) || skip_all "$why"
topo_trap
{ topo_up && topo_public && topo_nginx "$TOPO_SERVER"; } 2>&1 || bail "no topology"
T=$TOPO_TMP
topo_set "$TOPO_SERVER" ipv4/tcp_ecn 1

experiment=ecn
measure() { # measure MODE ADDRESS... [-- ARG...]: $experiment in that mode to these addresses, one round
    mode=$1
    shift
    : >"$T/in"
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        echo "$1" >>"$T/in"
        shift
    done
    [ $# -eq 0 ] || shift
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure "$experiment" -i eth0 --connect "$mode" \
        --rounds 1 --connect-timeout 2 --input "$T/in" --output "$T/o" --force "$@" 2>"$T/err"
}

rule() { # rule RULE [PRIORITY]: loads RULE into r1, at prerouting
    topo_in "$TOPO_R1" nft -f - <<EOT
table inet pp {
    chain first {
        type filter hook prerouting priority ${2:--200};
        $1
    }
}
EOT
}

syn='tcp flags & (syn | ack | ecn | cwr) == (syn | ecn | cwr)'
while IFS='|' read -r part what mode wanted rule; do
    part "$part" || continue
    for targets in '10.77.1.1 10.77.1.2' '2001:db8:77::1 2001:db8:77::2'; do
        rule "$rule" 2>"$T/nft" || {
            skip "$what: ${targets%% *}" "$(head -n 1 "$T/nft")"
            continue
        }
        # shellcheck disable=SC2086
        measure "$mode" $targets
        [ $? -eq 1 ] && ! [ -s "$T/o" ] && grep -q "this vantage drops the treatment: hop 1 $wanted" "$T/err" &&
            grep -q '^hint: .*--allow-impaired-vantage' "$T/err"
        ok $? "$what, to ${targets%% *}: exit 1, the message names hop 1" || say "$T/err"
        topo_in "$TOPO_R1" nft delete table inet pp
    done
done <<EOT
dropped|ECN-setup SYNs are dropped|tcp|quotes the baseline's SYN but never arm B1's, which is dropped|$syn drop
reset|ECN-setup SYNs are reset|tcp|quotes the baseline's SYN but never arm B1's, which is dropped|$syn reject with tcp reset
refused|ECN-setup SYNs are refused by ICMP|tcp|quotes the baseline's SYN but never arm B1's, which is dropped|$syn reject with icmpx type admin-prohibited
data|ECT data are dropped|http|quotes the baseline's data but never arm|tcp flags & syn == 0 ip ecn != not-ect drop; tcp flags & syn == 0 ip6 ecn != not-ect drop
EOT

if part data; then
    # SACK permitted (RFC 2018) is what the baseline of `tcpopt` leaves out, and B3 has.
    experiment=tcpopt
    for targets in '10.77.1.1 10.77.1.2' '2001:db8:77::1 2001:db8:77::2'; do
        rule 'tcp flags & syn == syn reset tcp option sack-perm' 2>"$T/nft" || {
            skip "a TCP option is overwritten: ${targets%% *}" "$(head -n 1 "$T/nft")"
            continue
        }
        # shellcheck disable=SC2086
        measure tcp $targets
        [ $? -eq 1 ] && ! [ -s "$T/o" ] && grep -q "^pathprobe: this vantage alters the treatment: hop 1 (.*) got arm B3" \
            "$T/err" && grep -q "B3's SYN altered: tcp.option.sackok .* sent, not quoted" "$T/err" && grep -q '^hint: .*--allow-impaired-vantage' "$T/err"
        ok $? "a TCP option is overwritten, to ${targets%% *}: the message names the option, and the run ends" || say "$T/err"
        topo_in "$TOPO_R1" nft delete table inet pp
    done
    experiment=ecn
fi

if part leave; then
    rule "$syn drop" && measure tcp 10.77.1.1 10.77.1.2 -- --allow-impaired-vantage
    [ $? -eq 0 ] && grep -q 'warning: this vantage drops the treatment: hop 1' "$T/err" && [ "$(wc -l <"$T/o")" -eq 2 ] &&
        grep -q '^this vantage drops the treatment: hop 1' "$T/err" && jq -e '.remarks | length == 1 and (.[0] | test("hop 1 quotes the baseline.s SYN but never arm B1.s"))' "$T/o.meta.json" \
            >/dev/null
    ok $? "--allow-impaired-vantage: the run goes on with a warning; summary and metadata have the remark" || say "$T/err"
    topo_in "$TOPO_R1" nft delete table inet pp

    # Linux's default limits: a burst of errors, then one a second to each host.
    for ns in "$TOPO_R1" "$TOPO_R2"; do
        topo_set "$ns" ipv4/icmp_ratelimit 1000 ipv4/icmp_ratemask 6168 ipv6/icmp/ratelimit 1000
    done
    measure http 10.77.1.1 2001:db8:77::1 10.77.1.2 && [ "$(wc -l <"$T/o")" -eq 3 ] && ! grep -q 'this vantage' "$T/err"
    ok $? "routers that limit their ICMP errors: the run goes on" || say "$T/err"
    rule 'ip ttl 1 drop; ip6 hoplimit 1 drop' && measure tcp 10.77.1.1 2001:db8:77::1 && [ "$(wc -l <"$T/o")" -eq 2 ] &&
        ! grep -q 'this vantage' "$T/err"
    ok $? "a first hop that sends no ICMP errors: the run goes on" || say "$T/err"
    topo_in "$TOPO_R1" nft delete table inet pp
fi

if part flows; then
    # Thirty targets in six networks. The copies with short TTLs show none of these impairments: they belong to no
    # connection, or no router quotes them.
    v4=$(for k in 1 2 3 4 5 6; do for n in 1 2 3 4 5; do echo "10.77.$k.$n"; done; done)
    v6=$(for k in 1 2 3 4 5 6; do for n in 1 2 3 4 5; do echo "2a00:1:$k::$n"; done; done)
    remark() { # remark N REGEX: the metadata have N remarks, each matches REGEX; the summary has as many
        jq -e --argjson n "$1" --arg re "$2" '(.remarks | length == $n) and all(.remarks[]; test($re))' \
            "$T/o.meta.json" >/dev/null && [ "$(tr '\n' ' ' <"$T/err" | grep -o 'arm B. failed for' | wc -l)" -eq "$1" ]
    }
    topo_set "$TOPO_R1" netfilter/nf_conntrack_tcp_loose 0
    near='failed for 30 of 30 targets that .* reached; the cause is more likely near this host than at 30 targets'
    first='failed for 30 of 30 targets that the baseline reached; RSTs with TTL 64 came for 30 of them: sent by the first hop'
    marked='ct state invalid drop
        ct state established tcp flags & syn == 0 ip ecn != not-ect drop
        ct state established tcp flags & syn == 0 ip6 ecn != not-ect drop'
    marked=$(echo "$marked" | paste -s -d ';')
    while IFS='|' read -r what mode n wanted rule; do
        for targets in "$v4" "$v6"; do
            rule "$rule" -100 2>"$T/nft" || { # behind connection tracking
                skip "$what: ${targets%%[.:]*}" "$(head -n 1 "$T/nft")"
                continue
            }
            # shellcheck disable=SC2086
            measure "$mode" $targets -- --contact lab@example.net && [ "$(wc -l <"$T/o")" -eq 30 ] &&
                ! grep -q 'this vantage' "$T/err" && remark "$n" "$wanted"
            ok $? "$what: ${targets%%[.:]*}" || say "$T/err" "$T/o.meta.json"
            topo_in "$TOPO_R1" nft delete table inet pp
        done
    done <<EOT
nothing is dropped in connections|http|0||ct state invalid drop
ECT data are dropped in connections alone|http|2|$near|$marked
ECN-setup SYNs are reset, no copy is quoted|tcp|1|$first|ip ttl < 6 drop; ip6 hoplimit < 6 drop; $syn reject with tcp reset
EOT
fi
done_testing
