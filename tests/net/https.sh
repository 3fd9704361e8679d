#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# https.sh: connect mode https against nginx with TLS: its answers, its failures, the server's name, and paths that
# impair ECN.
#
#   client ---- r1 ---- r2 ---- server   nginx: 443 TLS with several KiB of certificates, 80 no TLS, 444 rejects,
#                       |                       445 TLS 1.2 alone, 446 TLS 1.0 alone, 447 answers 503
#                       impairs 10.77.2.0/24 and 10.77.3.0/24 and their like
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check nft jq openssl) || skip_all "$why"
topo_trap
TOPO_TLS=yes
topo_up 2>&1 || bail "no topology"
T=$TOPO_TMP
server() {
    echo "server { listen 0.0.0.0:$1 ssl; listen [::]:$1 ssl ipv6only=on; $2
        ssl_certificate $T/$TOPO_SERVER/chain; ssl_certificate_key $T/$TOPO_SERVER/key; }"
}
TOPO_LOG="log_format names '\$server_port \$ssl_server_name \$http_host';
    access_log $T/names names;"
TOPO_SERVERS="$(server 444 'ssl_reject_handshake on;')
    $(server 445 'ssl_protocols TLSv1.2;')
    $(server 446 'ssl_protocols TLSv1; ssl_ciphers DEFAULT:@SECLEVEL=0;')
    $(server 447 'return 503;')"
topo_nginx "$TOPO_SERVER" 2>&1 || bail "no nginx with TLS"

# The certificates have to be longer than a segment and than the window.
[ "$(wc -c <"$T/$TOPO_SERVER/chain")" -gt 8000 ] || bail "the certificates are short"

topo_in "$TOPO_R2" nft -f - <<'EOT' || bail "no impairments"
table inet pp {
    chain impair {
        type filter hook forward priority 0;
        ip daddr 10.77.2.0/24 tcp flags & (syn|ack|ecn|cwr) == (syn|ecn|cwr) drop
        ip6 daddr 2001:db8:77:2::/64 tcp flags & (syn|ack|ecn|cwr) == (syn|ecn|cwr) drop
        ip daddr 10.77.3.0/24 ip ecn != not-ect drop
        ip6 daddr 2001:db8:77:3::/64 ip6 ecn != not-ect drop
    }
}
EOT

# target ROW LAST [PORT [DOMAIN]]: a target of each family.
target() {
    printf '10.77.%s.%s\n2001:db8:77:%s::%s\n' "$1" "$2" "$1" "$2" |
        jq -R -c --arg dp "$3" --arg domain "$4" \
            '{dip: .} + if $dp == "" then {} else {dp: ($dp | tonumber)} end + if $domain == "" then {} else {$domain} end'
}

{
    target 1 1
    target 1 2 "" www.pathprobe.example
    target 1 3 "" 192.0.2.99
    target 2 1
    target 3 1
    target 1 4 80
    for port in 444 445 446 447 448; do
        target 1 $((port - 400)) $port
    done
} >"$T/targets"

topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure ecn -i eth0 --connect https --rate 2k \
    --connect-timeout 4 --target-timeout 20 --rounds 1 --seed 1 -q --output-flows <"$T/targets" >"$T/out" 2>"$T/err"
ok $? "all $(wc -l <"$T/targets") targets are done" || say "$T/err"

# holds NAME SELECT FILTER: SELECT finds one observation of each family, and FILTER is true of both.
holds() {
    jq -s -e "map(select($2)) | length == 2 and (map(.dip | contains(\":\")) | sort) == [false, true] and all($3)" \
        "$T/out" >/dev/null
    ok $? "$1" || jq -c "select($2)" "$T/out" | say
}

WORKS='(.conditions | index("ecn.connectivity.works") and index("ecn.data.connectivity.works") and
    index("ecn.negotiation.succeeded") and index("ecn.ipmark.ect0.seen"))'
holds "the default port is 443; without a domain no server name is sent, and quality.sni is false" '.dip | test("77[.:]1(.|::)1$")' \
    "$WORKS and .port == 443 and .quality.sni == false and (.flow_results | all(.http_response_code == 200))"
holds "with a domain its name is sent, and quality.sni is true" '.domain == "www.pathprobe.example"' "$WORKS and .quality.sni"
holds "with an address as domain no server name is sent" '.domain == "192.0.2.99"' "$WORKS and (.quality.sni | not)"
holds "ECN-setup SYNs dropped" '.dip | test("77[.:]2[.:]")' \
    '(.conditions | index("ecn.connectivity.broken")) and .verdicts[0].how == "silent"'
holds "packets with ECT dropped: the TLS handshake stalls" '.dip | test("77[.:]3[.:]")' \
    '(.conditions | index("ecn.connectivity.works") and index("ecn.data.connectivity.broken")) and
        .verdicts[1].how == "stalled"'
holds "HTTP without TLS: offline, bad_reply" '.port == 80' \
    '(.conditions | index("ecn.connectivity.offline")) and .verdicts[0].how == "bad_reply"'
holds "a TLS handshake that is rejected: offline, bad_reply" '.port == 444' \
    '(.conditions | index("ecn.connectivity.offline")) and .verdicts[0].how == "bad_reply"'
holds "TLS 1.2" '.port == 445' "$WORKS"
holds "TLS 1.0" '.port == 446' "$WORKS"
holds "an answer with status 503 works" '.port == 447' "$WORKS and (.flow_results | all(.http_response_code == 503))"
holds "a closed port" '.port == 448' '.verdicts[0].how == "refused"'
jq -s -e 'all(.quality.valid and ([.quality.as_built[]] | all))' "$T/out" >/dev/null
ok $? "all packets sent were captured, unchanged" || say "$T/out"

# nginx's log: port, server name, Host header.
cat >"$T/want" <<'EOT'
443 - 10.77.1.1
443 - 10.77.2.1
443 - 10.77.3.1
443 - 192.0.2.99
443 - [2001:db8:77:1::1]
443 - [2001:db8:77:2::1]
443 - [2001:db8:77:3::1]
443 www.pathprobe.example www.pathprobe.example
EOT
seen() {
    grep '^443' "$T/names" | sort -u | cmp -s - "$T/want"
}
topo_until seen
ok $? "nginx's log has these server names and Host headers" || sort -u "$T/names" | say

# The server closes first and keeps the connection in TIME-WAIT; a flow of a later run from the same port is a new one.
at_server() { # at_server STATE...: connections from these ports
    topo_in "$TOPO_SERVER" ss -Htan state "$@" "sport = :443 and dport >= :61000 and dport <= :61007"
}
all_closed() {
    [ -z "$(at_server connected exclude time-wait)" ]
}
: >"$T/out"
target 1 1 >"$T/again"
runs=0 waiting=0 met=0
while [ $runs -lt 3 ] || { [ "$met" = 0 ] && [ $runs -lt 30 ]; }; do # if the client closed first, none is in TIME-WAIT there
    runs=$((runs + 1)) met=$waiting
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure ecn -i eth0 --connect https \
        --rounds 1 --ports 61000-61007 --workers 1 -q <"$T/again" >>"$T/out" 2>"$T/err" || say "$T/err"
    topo_until all_closed
    waiting=$(at_server time-wait | wc -l)
done
[ "$met" -gt 0 ] && jq -s -e --argjson n $((runs * 2)) 'length == $n and all(.quality.valid and .quality.flows == 6)' \
    "$T/out" >/dev/null
ok $? "no flow fails by a connection of an earlier run in TIME-WAIT between the same ports ($met of them, $runs runs)" ||
    jq -c '[.dip, .quality]' "$T/out" | say
done_testing
