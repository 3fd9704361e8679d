#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# http2.sh: the experiment h2 against servers that nobody here wrote, nginx and nghttpx, and through boxes that look for
# the offer of HTTP/2.
#
#   client ---- r1 ---- r2 ---- server   nginx: 80 no TLS, 443 TLS, 444 to 447 with HTTP/2, 448 a proxy before nghttpx;
#                       |                nghttpx: 81 no TLS, 82 TLS, both before nginx
#                       impairs 10.77.2.0/24 to 10.77.5.0/24 and their like
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check iptables ip6tables jq openssl nghttpx) || skip_all "$why"
NGHTTPX=
at_exit() {
    [ -z "$NGHTTPX" ] || kill "$NGHTTPX" 2>/dev/null && wait "$NGHTTPX" 2>/dev/null
}
topo_trap
TOPO_TLS=yes
topo_up 2>&1 || bail "no topology"
T=$TOPO_TMP
S=$T/$TOPO_SERVER
server() {
    echo "server { listen 0.0.0.0:$1; listen [::]:$1 ipv6only=on; $2
        ssl_certificate $S/chain; ssl_certificate_key $S/key; }"
}
mkdir -p "$T/large"
head -c 300000 /dev/zero | tr '\0' x >"$T/large/index.html"
TOPO_LOG="log_format versions '\$server_port \$server_protocol';
    access_log $T/versions versions;"
TOPO_SERVERS="$(server '444 ssl http2' "root $S/root;")
    $(server '445 ssl http2' "ssl_protocols TLSv1.2; root $T/large;")
    $(server '446 ssl http2' 'return 503;')
    $(server '447 http2' "root $S/root;")
    $(server '448' 'location / { proxy_pass http://127.0.0.1:81; }')"
topo_nginx "$TOPO_SERVER" 2>&1 || bail "no nginx with HTTP/2"
topo_in "$TOPO_SERVER" setpriv --pdeathsig TERM nghttpx --conf=/dev/null --errorlog-file="$T/nghttpx.log" \
    --accesslog-file="$T/nghttpx" --accesslog-format='$server_port $request' -f'*,81;no-tls' -f'*,82' -b127.0.0.1,80 \
    "$S/key" "$S/chain" >"$T/nghttpx.log" 2>&1 </dev/null &
NGHTTPX=$!
answers() {
    topo_in "$TOPO_SERVER" curl -s -o /dev/null -m 1 "http://127.0.0.1:81/" || ! kill -0 $NGHTTPX 2>/dev/null
}
topo_until answers && kill -0 $NGHTTPX 2>/dev/null || bail "no nghttpx: $(tail -n 1 "$T/nghttpx.log")"

# impair ROW OPTION...: the iptables rule by which r2 treats packets for ROW whose payload contains a string.
impair() {
    row=$1
    shift
    topo_in "$TOPO_R2" iptables -A FORWARD -p tcp -d "10.77.$row.0/24" -m string --algo bm "$@" &&
        topo_in "$TOPO_R2" ip6tables -A FORWARD -p tcp -d "2001:db8:77:$row::/64" -m string --algo bm "$@"
}
ALPN='|02|h2|08|http/1.1' # RFC 7301 section 3.1
{
    impair 2 --string 'Upgrade: h2c' -j DROP && impair 3 --string 'Upgrade: h2c' -j REJECT --reject-with tcp-reset &&
        impair 4 --hex-string "$ALPN" -j DROP && impair 5 --hex-string "$ALPN" -j REJECT --reject-with tcp-reset
} 2>&1 || bail "no impairments"

yes="h2.connectivity.works h2.upgrade.success"
no="h2.connectivity.works h2.upgrade.failed"
# row MODE NET PORT CONDITIONS HOW VERSION NAME: HOW: the first verdict's member `how`, - if it has none; VERSION: the
# HTTP version of the answer to B1.
row() {
    jq -n -c --arg mode "$1" --arg net "$2" --argjson dp "$3" --arg want "$4" --arg how "$5" --argjson version "$6" \
        --arg name "$7" '{$mode, $net, $dp, $want, $how, $version, $name}'
}
{
    row http 1 80 "$no" - 1 "nginx ignores Upgrade"
    row http 1 81 "$yes" - 2 "nghttpx accepts Upgrade"
    # Since 1.25.1 nginx recognizes the protocol by the connection's first bytes.
    if topo_in "$TOPO_SERVER" curl --http1.1 -s -f -o /dev/null http://127.0.0.1:447/; then
        row http 1 447 "$no" - 1 "nginx with cleartext HTTP/2 and HTTP/1.1"
    else
        row http 1 447 h2.connectivity.offline bad_reply 0 "nginx with cleartext HTTP/2 alone"
    fi
    row http 1 448 "$no" - 1 "nginx before nghttpx removes Upgrade"
    row http 1 449 h2.connectivity.offline refused 0 "a closed port"
    row http 2 81 h2.connectivity.broken stalled 0 "requests with Upgrade dropped"
    row http 3 81 h2.connectivity.broken rst 0 "requests with Upgrade answered with RST"
    row http 4 81 "$yes" - 2 "a middlebox that drops TLS handshakes with h2"
    row https 1 443 "$no" - 1 "nginx without HTTP/2"
    row https 1 444 "$yes" - 2 "nginx with HTTP/2"
    row https 1 445 "$yes" - 2 "nginx with HTTP/2 over TLS 1.2, with a page longer than the program reads"
    row https 1 446 "$yes" - 2 "nginx with HTTP/2 that answers 503"
    row https 1 82 "$yes" - 2 "nghttpx"
    row https 1 80 h2.connectivity.offline bad_reply 0 "no TLS"
    row https 2 444 "$yes" - 2 "a middlebox that drops requests with Upgrade"
    row https 4 444 h2.connectivity.broken stalled 0 "handshakes with h2 dropped"
    row https 5 444 h2.connectivity.broken rst 0 "handshakes with h2 answered with RST"
} >"$T/rows"

# Each row has one target of each family; arm A is answered in HTTP/1.1 if at all; a server sends less than 100,000
# bytes, as the program closes the connection before the long page's end.
cat >"$T/judge.jq" <<'EOT'
def version: if .arm == "B1" then $r.version elif $r.want == "h2.connectivity.offline" then 0 else 1 end;
map(select(.name == $r.name)) | length == 2 and all(.quality.valid and
    (.conditions | sort | join(" ")) == $r.want and (.verdicts[0].how // "-") == $r.how and
    all(.flow_results[]; (.http_version // 0) == version and .oct_rev < 100000))
EOT

for mode in http https; do
    jq -c --arg mode $mode 'select(.mode == $mode) | {dip: ("10.77.\(.net).1", "2001:db8:77:\(.net)::1"), dp, name}' \
        "$T/rows" >"$T/targets"
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure h2 -i eth0 --connect $mode --rate 2k \
        --connect-timeout 4 --target-timeout 20 --rounds 1 --seed 1 -q --output-flows --input "$T/targets" >"$T/out.$mode" \
        2>"$T/err"
    ok $? "$mode: all $(wc -l <"$T/targets") targets are done" || say "$T/err"
    jq -c --arg mode $mode 'select(.mode == $mode)' "$T/rows" >"$T/these"
    while read -r row; do
        jq -s -e --argjson r "$row" -f "$T/judge.jq" "$T/out.$mode" >/dev/null
        ok $? "$mode: $(echo "$row" | jq -r .name)" ||
            jq -c --argjson r "$row" 'select(.name == $r.name)' "$T/out.$mode" | say
    done <"$T/these"
done

# The servers' logs: port, HTTP version, number of requests. A row has two targets, each of which each arm asks once, or
# more often if a round was repeated.
cat >"$T/want" <<'EOT'
444 HTTP/1.1 8
444 HTTP/2.0 4
445 HTTP/1.1 2
445 HTTP/2.0 2
446 HTTP/1.1 2
446 HTTP/2.0 2
82 HTTP/1.1 2
82 HTTP/2 2
EOT
seen() {
    cat "$T/versions" "$T/nghttpx" | sed -n 's/ .* / /; /^44[456] /p; /^82 /p' | LC_ALL=C sort | uniq -c |
        awk '{ print $2, $3, $1 }' >"$T/seen"
    awk -v again="$again" '{ row = $1 " " $2 } FNR == NR { want[row] = $3; left++; next }
        !(row in want) || $3 < want[row] || (!again && $3 > want[row]) { exit 1 } { left-- }
        END { exit left != 0 }' "$T/want" "$T/seen"
}
again=$(jq -s 'map(select(.quality.flows > 2)) | length' "$T"/out.*)
topo_until seen
ok $? "the logs of nginx and nghttpx have these versions ($again targets with a repeated round)" || say "$T/seen"
done_testing
