#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# trace.sh: `pathprobe trace` on the way through two Linux routers to nginx, which do things to packets by nftables at
# prerouting, forward and postrouting, over both families. Each row has an address of its own, and all are traced at
# once.
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=tests/net/topology.sh
. "$(dirname "$0")/topology.sh"
need_program
why=$(topo_check nft jq) || skip_all "$why"
topo_trap
topo_up || bail "the topology cannot be laid"
topo_nginx "$TOPO_SERVER" || bail "nginx does not answer"
for ns in "$TOPO_R1" "$TOPO_R2"; do # all ICMP errors go to one client here: no limit
    topo_in "$ns" sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
done

# rules NS: loads nftables rules into that router; the last part of an address is its row.
rules() {
    topo_in "$1" nft -f - || bail "a rule of nftables is refused"
}

# Hop 1 is r1, hop 2 is r2, hop 3 the server.
for n in 1 2 3 4 5 6 7 8 9; do
    echo "10.77.0.$n" && echo "2001:db8:77::$n"
done >"$TOPO_TMP/list"
rules "$TOPO_R1" <<'END'
table inet t {
    chain entry { type filter hook prerouting priority mangle;
        ip daddr 10.77.0.7 ip dscp set cs0
        ip daddr 10.77.0.7 ip ecn set not-ect
        ip6 daddr 2001:db8:77::7 ip6 ecn set not-ect
    }
    chain through { type filter hook forward priority filter;
        ip daddr 10.77.0.2 tcp flags & (ecn | cwr) == (ecn | cwr) drop
        ip6 daddr 2001:db8:77::2 tcp flags & (ecn | cwr) == (ecn | cwr) drop
        ip daddr 10.77.0.4 tcp flags & (ecn | cwr) == (ecn | cwr) reject with tcp reset
        ip6 daddr 2001:db8:77::4 tcp flags & (ecn | cwr) == (ecn | cwr) reject with tcp reset
        ip daddr 10.77.0.5 tcp flags syn tcp option maxseg size set 1000
        ip6 daddr 2001:db8:77::5 tcp flags syn tcp option maxseg size set 1000
    }
    chain leave { type filter hook postrouting priority mangle;
        ip daddr 10.77.0.8 ip ecn set not-ect
        ip6 daddr 2001:db8:77::8 ip6 ecn set not-ect
    }
}
END
rules "$TOPO_R2" <<'END'
table inet t {
    chain entry { type filter hook prerouting priority mangle;
        ip daddr 10.77.0.3 tcp flags & (ecn | cwr) == (ecn | cwr) drop
        ip6 daddr 2001:db8:77::3 tcp flags & (ecn | cwr) == (ecn | cwr) drop
    }
    chain through { type filter hook forward priority filter;
        ip daddr 10.77.0.6 tcp flags & (ecn | cwr) == (ecn | cwr) drop
        ip6 daddr 2001:db8:77::6 tcp flags & (ecn | cwr) == (ecn | cwr) drop
        ip daddr 10.77.0.9 ip ecn != not-ect tcp dport 80 drop
        ip6 daddr 2001:db8:77::9 ip6 ecn != not-ect tcp dport 80 drop
    }
}
END

# trace ARM: traces all targets of the list by ARM.
trace() {
    PATHPROBE_ALLOW=$TOPO_ALLOW topo_in "$TOPO_CLIENT" "$PATHPROBE" trace ecn --arm "$1" --hop-rate 0 --prefix-rate 0 \
        --rate 0 --format ndjson --input "$TOPO_TMP/list" --output "$TOPO_TMP/$1" 2>"$TOPO_TMP/$1.err"
}

trace B1 &
one=$!
trace B2
ok $? "trace by data, eighteen targets at a time: exit 0" || say "$TOPO_TMP/B2.err"
wait $one
ok $? "trace by SYNs, eighteen targets at a time: exit 0" || say "$TOPO_TMP/B1.err"

# place ARM N JSON SENTENCE: the changes located on the way to address N, over both families, as [KIND, FROM, TO].
place() {
    for ip in "10.77.0.$2" "2001:db8:77::$2"; do
        jq -c --arg ip "$ip" 'select(.dip == $ip) | .located[]? | select(.why == null or .why == "last_hop_only")
            | [.kind, .from.ttl, .to.ttl]' "$TOPO_TMP/$1" >"$TOPO_TMP/is"
        echo "$3" >"$TOPO_TMP/want"
        [ -n "$3" ] || : >"$TOPO_TMP/want"
        diff "$TOPO_TMP/want" "$TOPO_TMP/is" >"$TOPO_TMP/diff"
        ok $? "$4: $ip" || { say "$TOPO_TMP/diff"; jq -c --arg ip "$ip" 'select(.dip == $ip)' "$TOPO_TMP/$1" \
            >"$TOPO_TMP/row"; say "$TOPO_TMP/row"; }
    done
}

place B1 1 '' "nothing is done to SYNs, no change is located"
place B1 2 '["drop",1,2]' "SYN dropped by r1 as it forwards"
place B1 3 '["drop",1,2]' "SYN dropped by r2 before routing"
place B1 6 '["drop",2,3]' "SYN dropped by r2 as it forwards"
place B1 4 '["reset",1,2]' "SYN answered by r1 with RST"
place B1 5 '["rewrite",1,2]' "MSS clamped by r1 as it forwards"
place B2 1 '' "nothing is done to data, no change is located"
place B2 7 '["rewrite",0,1]' "ECT cleared by r1 before routing"
place B2 8 '["rewrite",1,2]' "ECT cleared by r1 after routing"
place B2 9 '["drop",2,3]' "data dropped by r2 as it forwards"

jq -c 'select(.dip == "10.77.0.5") | .located[] | [.field, .sent, .seen]' "$TOPO_TMP/B1" >"$TOPO_TMP/is"
echo '["tcp.option.mss",1460,1000]' | diff - "$TOPO_TMP/is" >"$TOPO_TMP/diff"
ok $? "a rewrite has the field, the value sent and the value seen" || say "$TOPO_TMP/diff"

[ -z "$(topo_in "$TOPO_SERVER" ss -Htn state syn-recv state established)" ]
ok $? "no connection is left at the server"

done_testing
