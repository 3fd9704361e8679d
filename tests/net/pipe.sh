#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# pipe.sh: the whole way of a campaign: names are resolved by unbound, annotated, filtered, measured behind two routers
# against nginx, and the observations uploaded, over the same routers, to an observatory (pto.py) with TLS.
#
#   client ---- r1 ---- r2 ---- server: nginx, unbound on 10.70.3.2, observatory on 10.77.255.1
#
# TAP. PATHPROBE: the program. topology.sh draws the namespaces.
set -u

here=$(dirname "$0")
# shellcheck source=tests/net/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/net/topology.sh
. "$here/topology.sh"
need_program
reason=$(topo_check unbound python3 jq openssl bzip2) || skip_all "$reason"
perl -MMaxMind::DB::Writer::Tree -e 1 2>/dev/null || skip_all "no MaxMind::DB::Writer here (libmaxmind-db-writer-perl)"

pids=
at_exit() {
    for p in $pids; do
        kill "$p" 2>/dev/null
        wait "$p" 2>/dev/null
    done
}
topo_trap
topo_up || bail "no topology"
topo_nginx "$TOPO_SERVER" || bail "no nginx"
T=$TOPO_TMP

# ---- servers and files of the campaign: DNS zone, AS database, observatory

{
    printf '$ORIGIN pipe.example.\n$TTL 300\n@ SOA ns root 1 3600 600 86400 60\n@ NS ns\nns A 10.70.3.2\n'
    for i in $(seq 1 40); do
        echo "h$i A 10.77.0.$i"
        [ $((i % 2)) = 1 ] || echo "h$i AAAA 2001:db8:77::$i"
    done
    echo 'twin A 10.77.0.1'
    echo 'out A 10.77.9.9'
} >"$T/zone"
cat >"$T/unbound.conf" <<END
server:
  directory: "$T"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  interface: 10.70.3.2
  access-control: 10.0.0.0/8 allow
  module-config: "iterator"
remote-control:
  control-enable: no
auth-zone:
  name: "pipe.example."
  zonefile: "$T/zone"
  for-downstream: no
  for-upstream: yes
END
# Not by topo_in: $! of a function in the background would be a shell's PID.
ip netns exec "$TOPO_SERVER" unbound -dd -c "$T/unbound.conf" >"$T/unbound.log" 2>&1 &
pids="$pids $!"
perl -MMaxMind::DB::Writer::Tree -e '
    my $t = MaxMind::DB::Writer::Tree->new(ip_version => 6, record_size => 24, database_type => "Test-ASN", languages => ["en"],
        description => { en => "made by a test" }, remove_reserved_networks => 0,
        map_key_type_callback => sub { $_[0] eq "autonomous_system_number" ? "uint32" : "utf8_string" });
    $t->insert_network($_->[0], { autonomous_system_number => $_->[1], autonomous_system_organization => "Test $_->[1]" })
        for ["10.77.0.0/17", 64577], ["2001:db8:77::/48", 64677], ["10.70.0.0/16", 64570], ["2001:db8:70::/48", 64570];
    open my $out, ">:raw", $ARGV[0] or die; $t->write_tree($out)' "$T/asn.mmdb" || bail "no database"
mkdir "$T/pto"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/key" -out "$T/cert" -days 2 -subj /CN=test \
    -addext subjectAltName=IP:10.77.255.1 2>/dev/null
topo_in "$TOPO_SERVER" ip addr add 10.77.255.1/32 dev lo || bail "no address for the observatory"
ip netns exec "$TOPO_SERVER" "$here/pto.py" "$T/pto" 10.77.255.1 "$T/cert" "$T/key" >"$T/pto.log" 2>&1 &
pids="$pids $!"
topo_until test -s "$T/pto/port" || bail "no observatory"

client() {
    PATHPROBE_ALLOW=$TOPO_ALLOW topo_in "$TOPO_CLIENT" "$PATHPROBE" "$@"
}
answers() {
    echo h1.pipe.example | client resolve --server 10.70.3.2 --timeout 0.5 2>/dev/null | grep -q 10.77.0.1
}
topo_until answers || {
    say "$T/unbound.log"
    bail "unbound does not answer"
}

# ---- the pipe

{
    for i in $(seq 1 40); do echo "$i,h$i.pipe.example"; done
    echo '41,twin.pipe.example'
    echo '42,out.pipe.example'
    echo '43,nx.pipe.example'
    echo 'junk'
} >"$T/names.csv"
printf '10.77.9.0/24\n' >"$T/optout"
client resolve --server 10.70.3.2 --rate 0 --input "$T/names.csv" --failed "$T/failed" 2>"$T/err.resolve" |
    client annotate --mmdb "$T/asn.mmdb" 2>"$T/err.annotate" |
    client filter --blocklist "$T/optout" --dp 80 2>"$T/err.filter" |
    client measure ecn -i eth0 --vantage here --contact pipe@example.net --rate 0 --cooldown 1 --spacing 2 \
        --output "$T/ecn.ndjson" 2>"$T/err.measure"
ok $? "resolve | annotate | filter | measure" || say "$T/err.resolve" "$T/err.annotate" "$T/err.filter" "$T/err.measure"

# 40 names with an IPv4 address, 20 of them with an IPv6 address, and one more name for the first one's address.
[ "$(wc -l <"$T/ecn.ndjson")" = 61 ]
ok $? "61 observations, one for each target" || say "$T/err.filter" "$T/err.measure"
jq -se 'all(.[]; .quality.valid and (.conditions | index("ecn.connectivity.works")) and (.conditions | index("ecn.negotiation.succeeded")))' \
    "$T/ecn.ndjson" >/dev/null
ok $? "each is valid: ECN works and is negotiated" || say "$T/ecn.ndjson"
jq -se 'all(.[]; .rank and .resolver == "10.70.3.2" and .resolved_at and .dp == 80 and .domain == .domain_used and
    .canid_info.ASN == (if .dip | test(":") then 64677 else 64577 end) and .canid_info.Databases[0][:8] == "Test-ASN")' "$T/ecn.ndjson" >/dev/null
ok $? "each has the fields that resolve, annotate and filter added" || say "$T/ecn.ndjson"
jq -r .failed "$T/failed" | sort | tr '\n' ' ' | grep -qx 'invalid nxdomain '
ok $? "--failed has the names that failed" || say "$T/failed"
[ -s "$T/ecn.ndjson" ] && ! grep -q 10.77.9.9 "$T/ecn.ndjson"
ok $? "the target in the blocklist is not measured"

# ---- the observations: annotated with the source's AS, uploaded to the observatory

client annotate --mmdb "$T/asn.mmdb" --source-asn 64570 --input "$T/ecn.ndjson" --output "$T/done.ndjson" 2>"$T/err"
jq -se 'all(.[]; .path == ["here", "AS64570", "*", .dip])' "$T/done.ndjson" >/dev/null
ok $? "annotate --source-asn: each path has the source's AS" || say "$T/err"
printf 'good' >"$T/token" && chmod 600 "$T/token"
url=https://10.77.255.1:$(cat "$T/pto/port")
send() {
    client upload --to "$url" --ca-file "$T/cert" --token-file "$T/token" --metadata "$T/ecn.ndjson.meta.json" \
        --retry-wait 0 "$@" "$T/done.ndjson" 2>"$T/err"
}
echo 'PUT .*/data cut' >"$T/pto/faults"
send --campaign pipe >"$T/link"
ok $? "upload --campaign, over a connection that is cut once" || say "$T/err" "$T/pto/log"
"$here/../lab/pto_rules.py" --confirmed "$T/pto/pipe/done-2.ndjson.bz2" 2>"$T/err"
ok $? "the uploaded file follows the PTO's rules" || say "$T/err"
[ -s "$T/done.ndjson" ] && [ "$(bzcat "$T/pto/pipe/done-2.ndjson.bz2" | jq -r .dip | sort)" = "$(jq -r .dip "$T/done.ndjson" | sort)" ]
ok $? "the uploaded file has all targets" || say "$T/pto/log"
send --as observations --source "$(cat "$T/link")" --analyzer https://example.org/analyzer >"$T/link"
ok $? "upload --as observations" || say "$T/err" "$T/pto/log"
[ "$(jq -c '.[3]' "$T/pto/set0" | sort -u | wc -l)" = 60 ] &&
    jq -se 'all(.[]; .[3] | test("^here AS64570 \\* AS64[56]77 [0-9a-f.:]+$"))' "$T/pto/set0" >/dev/null
ok $? "the observation set has 60 paths, each with both AS numbers" || say "$T/pto/set0"

done_testing
