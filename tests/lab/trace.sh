#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# trace.sh: `pathprobe trace` as its users see it: what it prints in its three forms, a census, Ctrl-C, and what it says
# to what cannot be traced.
# parts: forms mtu words census locate errors
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/../net/tap.sh"
need_program
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT

cat >"$T/scenario" <<'END'
{"name": "trace", "hops": [8, 8], "hosts": [
    {"share": 0.5, "server": "ecn", "delay_ms": 10, "path": [{"behaviour": "ecn.ip.clear", "dir": "fwd", "hop": 6}],
     "routers": [{"hop": 3, "answers": 0}, {"hop": 4, "quote": 8}, {"hop": 5, "labels": 2}]},
    {"share": 0.5, "server": "ecn", "delay_ms": 10, "path": [{"behaviour": "dscp.bleach", "dir": "fwd", "hop": 7}]}]}
END
export T PATHPROBE

# in_lab HOSTS COMMAND...: runs COMMAND in front of the scenario; $T/list is the list of hosts.
in_lab() {
    hosts=$1
    shift
    rm -f "$T/list" "$T/truth"
    timeout 120 "$PATHPROBE" lab --hosts "$hosts" --scenario "$T/scenario" --targets "$T/list" --truth "$T/truth" -- "$@"
}

clear_scenario() {
    cat >"$T/scenario" <<'END'
{"name": "trace", "hops": [8, 8], "hosts": [
    {"share": 0.5, "server": "ecn", "delay_ms": 10, "path": [{"behaviour": "ecn.ip.clear", "dir": "fwd", "hop": 6}]},
    {"share": 0.5, "server": "ecn", "delay_ms": 10, "path": [{"behaviour": "dscp.bleach", "dir": "fwd", "hop": 7}]}]}
END
}

"$PATHPROBE" lab --hosts 1 -- true 2>"$T/err" || skip_all "no lab here: $(head -n 1 "$T/err")"

part forms && {
# ---- what is printed: both classes, both families, as text, NDJSON and the short form; the AS by a database that MaxMind's
# own writer makes

cat >"$T/make.pl" <<'END'
use strict;
use MaxMind::DB::Writer::Tree;
my $tree = MaxMind::DB::Writer::Tree->new(ip_version => 6, record_size => 24, database_type => 'GeoLite2-ASN', languages => ['en'],
    description => { en => 'made by a test' }, remove_reserved_networks => 0, map_key_type_callback => sub { 'uint32' });
$tree->insert_network('100.64.6.0/24', { autonomous_system_number => 64496 });
$tree->insert_network('100.64.7.0/24', { autonomous_system_number => 64497 });
open my $out, '>:raw', $ARGV[0] or die;
$tree->write_tree($out);
END
mmdb=
perl -MMaxMind::DB::Writer::Tree -e 1 2>/dev/null && perl "$T/make.pl" "$T/asn.mmdb" && mmdb=--mmdb=$T/asn.mmdb
export mmdb
in_lab 4 sh -c '
    "$PATHPROBE" trace -i lab0 ecn --arm B2 $mmdb --input "$T/list" --output "$T/text" 2>"$T/text.err" &
    "$PATHPROBE" trace -i lab0 ecn --arm B2 $mmdb --input "$T/list" --format ndjson --output "$T/ndjson.zst" 2>"$T/ndjson.err" &
    "$PATHPROBE" trace -i lab0 ecn --arm B2 --input "$T/list" --format pto3 2>"$T/pto3.err" >"$T/pto3" &
    wait'
grep -q 'Packets of arm B2 (data marked ECT(0)) are rewritten (ECT(0) arrives as' "$T/text" &&
    grep -q 'Nothing on the way changes, drops or answers these packets' "$T/text" &&
    [ "$(grep -c '^ecn to h' "$T/text")" = 4 ] && grep -q '^   3  \*' "$T/text"
ok $? "text: a sentence and a row for each hop" || say "$T/text" "$T/text.err"
[ "$(awk 'length > 80' "$T/text" | wc -l)" = 0 ]
ok $? "text: fits into 80 columns"
zstdcat "$T/ndjson.zst" >"$T/ndjson"
jq -s -c '[.[] | select(.located | length > 0) | .located[] | [.kind, .field, .from.ttl, .to.ttl, .sweeps.agree]] |
    sort' "$T/ndjson" >"$T/is"
echo '[["rewrite","ip.ecn",6,7,3],["rewrite","ip.ecn",6,7,3]]' | diff - "$T/is" >"$T/diff"
ok $? "NDJSON: the place is between hop 6 and hop 7, in three pairs" || say "$T/diff" "$T/ndjson.err"
jq -s -e 'all(.[]; .dip and .dp and .domain and (.hops | length == 9) and .sport > 60999)' "$T/ndjson" >/dev/null
ok $? "NDJSON: the target's fields, nine hops, the port" || say "$T/ndjson"
jq -s -e '[.[] | select(.located | length > 0)] |
    all(.[]; .hops[2].addr == [] and (.hops[3].quote | . == 28 or . == 48) and .hops[4].mpls.labels == 2)' \
    "$T/ndjson" >/dev/null
ok $? "NDJSON: silent hops, short quotes" || say "$T/ndjson"
if [ -n "$mmdb" ]; then
    tr '\n' ' ' <"$T/text" | grep -q 'hop 6 (100.64.6.*, AS64496) and hop 7 (100.64.7.*, AS64497), at the border of the two'
    ok $? "--mmdb: the AS of both ends" || say "$T/text" "$T/text.err"
    jq -s -e '[.[] | .located[] | select(.from.asn == 64496 and .to.asn == 64497)] | length == 1' "$T/ndjson" >/dev/null &&
        jq -s -e '[.[].hops[].asn[]] | contains([null, 64496, 64497])' "$T/ndjson" >/dev/null
    ok $? "--mmdb: the AS of both ends and of hops, in NDJSON" || say "$T/ndjson"
else
    skip "AS numbers" "no MaxMind::DB::Writer here"
fi
[ "$(wc -l <"$T/pto3")" = 4 ] && jq -s -e 'all(.[]; .dst and .h)' "$T/pto3" >/dev/null
ok $? "pto3: a line per target" || say "$T/pto3" "$T/pto3.err"
}

part mtu && {
# ---- the MTU of each hop

cat >"$T/mtu" <<'END'
{"name": "mtu", "hops": [8, 8], "hosts": [
    {"share": 0.34, "server": "ecn", "delay_ms": 10, "path": [{"behaviour": "mtu.1400", "dir": "fwd", "hop": 6}]},
    {"share": 0.33, "server": "ecn", "delay_ms": 10, "path": [{"behaviour": "mtu.1480.silent", "dir": "fwd", "hop": 7}]},
    {"share": 0.33, "server": "ecn", "delay_ms": 10, "path": [{"behaviour": "ptb.forged.larger", "dir": "fwd", "hop": 7}]}]}
END
rm -f "$T/list" "$T/truth" "$T/text" "$T/ndjson"
timeout 600 "$PATHPROBE" lab --hosts 6 --scenario "$T/mtu" --targets "$T/list" --truth "$T/truth" -- sh -c '
    how="--connect quicvn --arm B1 --arm B6 --arm B8 --pairs 1 --rate 5k"
    "$PATHPROBE" trace -i lab0 pmtud $how --input "$T/list" --output "$T/text" \
        2>"$T/text.err" &
    "$PATHPROBE" trace -i lab0 pmtud $how --input "$T/list" --format ndjson \
        --output "$T/ndjson" 2>"$T/ndjson.err" &
    wait'
# Each behaviour's hop and MTU: hops up to it have 1500, later ones that MTU. The place, which takes seven pairs, is
# checked by net/pmtud.sh.
jq -n -r --slurpfile truth "$T/truth" --slurpfile seen "$T/ndjson" '
    [$truth[] | {(.dip): (.behaviours[0] // "")}] | add as $is |
    $seen[] | $is[.dip] as $b |
    ({"mtu.1400": [6, 1400], "mtu.1480.silent": [7, 1480], "ptb.forged.larger": [9, 1500]}[$b]) as $want |
    select(([.hops[] | .mtu] != [range(1; 10) | if . <= $want[0] then 1500 else $want[1] end]) or
        ([.hops[].too_big | select(.) | .mtu] | unique) != (if $b == "mtu.1400" then [1400] else [] end) or
        ($b == "mtu.1400" and ([.hops[].too_big | select(.) | .from] | unique) != .hops[5].addr)) |
    "\(.dip) \($b): \([.hops[].mtu]) \([.hops[].too_big])"' >"$T/is" 2>&1
[ -s "$T/ndjson" ] && [ "$(wc -l <"$T/ndjson")" = 6 ] && ! [ -s "$T/is" ]
ok $? "pmtud: the MTU of each hop, and the router that sent the Packet Too Big" ||
    say "$T/is" "$T/ndjson.err"
[ "$(grep -c ' says that packets are too big for its next hop, whose MTU is' "$T/text")" = 2 ] &&
    [ "$(grep -c '^ *9 .*1400$' "$T/text")" = 2 ] && [ "$(grep -c '^ *9 .*1480$' "$T/text")" = 2 ] && [ "$(awk 'length > 80' "$T/text" | wc -l)" = 0 ]
ok $? "pmtud: the MTU of each hop in the table" || say "$T/text" "$T/text.err"
}

part words && {
# ---- targets that cannot be traced; several source ports

cat >"$T/scenario" <<'END'
{"name": "trace", "hops": [8, 8], "hosts": [
    {"share": 0.5, "server": "silent", "delay_ms": 5},
    {"share": 0.5, "server": "ecn", "delay_ms": 5, "routers": [{"hop": 4, "ways": 3, "by": "flow"}, {"hop": 5, "ways": 3, "by": "flow"}]}]}
END
in_lab 8 sh -c '
    of() { jq -r -s "map(select(.server == \"$1\" and .family == $2)) | .[0].dip" "$T/truth"; }
    trace() { name=$1; shift; "$PATHPROBE" trace -i lab0 "$@" >"$T/$name" 2>"$T/$name.err"; echo $? >"$T/$name.rc"; }
    dead=$(of silent 4) good=$(of ecn 4) six=$(of ecn 6)
    trace dead ecn --arm B2 --rate 0 --hop-rate 0 "$dead" &
    trace dead2 ecn --connect tcp --rate 0 --hop-rate 0 --format ndjson "$dead" &
    trace refused ecn --connect tcp --rate 0 --hop-rate 0 --format ndjson "$good:81" &
    trace evil evilbit "[$six]:80" &
    grep -F "\"$six\"" "$T/list" >"$T/six"
    trace udp udpopt --arm B5 --format ndjson --input "$T/six" &
    trace udp2 udpopt --arm B5 --input "$T/six" &
    trace ways ecn --connect tcp --pairs 1 --flows 4 --rate 0 --hop-rate 0 "$good" &
    trace near ecn --connect tcp --arm B1 --pairs 2 --rate 0 --hop-rate 0 --max-hops 3 --format ndjson "$good" &
    wait'
grep -q 'did not answer the baseline' "$T/dead" && grep -q ', 2 pairs of sweeps' "$T/dead" && ! grep -q ' dropped' "$T/dead"
ok $? "a silent target: no drop is reported, and two pairs are enough" || say "$T/dead" "$T/dead.err"
jq -e '.why == "offline" and .located == [] and (.hops | length) > 8' "$T/dead2" >/dev/null
ok $? "NDJSON: a silent target is offline, without a place" || say "$T/dead2" "$T/dead2.err"
jq -e '.why == "refused" and .located == []' "$T/refused" >/dev/null
ok $? "NDJSON: a closed port is refused, without a place" || say "$T/refused" "$T/refused.err"
[ "$(cat "$T/evil.rc")" = 1 ] && grep -q '1 target is left out: this experiment has no arm for IPv6' "$T/evil.err" && grep -q '^hint: ' "$T/evil.err"
ok $? "an experiment without packets over IPv6: the target is left out with a reason" || say "$T/evil.rc" "$T/evil.err"
[ "$(cat "$T/udp.rc")" = 1 ] && jq -e '.why == "no_packet" and .sport == null and .on == null and .hops == []' "$T/udp" >/dev/null &&
    grep -q 'nothing was traced: no packet of these arms' "$T/udp.err" && grep -q 'No packet of these arms differs' "$T/udp2"
ok $? "an arm without packets over IPv6: the target has a line with a reason" || say "$T/udp" "$T/udp.err" "$T/udp2"
tr '\n' ' ' <"$T/ways" | grep -q 'On these 4 source ports the ways part behind hop [34] (100.64.*), over [23] routers side by side, and meet again at hop 6 (100.64.6.'
ok $? "--flows: the hops at which paths part and meet" || say "$T/ways" "$T/ways.err"
jq -e '.why == "too_far" and (.hops | length) == 3 and all(.hops[]; .arms.A.asked == 2)' "$T/near" >/dev/null
ok $? "--max-hops: no hop beyond it, and the target is not reported as offline" || say "$T/near" "$T/near.err"

# Targets behind silent routers, and at the farthest hop that a TTL of 64 reaches.
cat >"$T/scenario" <<'END'
{"name": "trace", "hops": [8, 8], "hosts": [
    {"share": 0.5, "server": "ecn", "delay_ms": 5, "routers": [{"answers": 0}]},
    {"share": 0.5, "server": "ecn", "delay_ms": 5, "routers": [{"answers": 0}],
     "path": [{"behaviour": "ecn.syn.drop", "dir": "fwd", "hop": 6}]}]}
END
in_lab 4 sh -c '
    for format in text ndjson; do
        "$PATHPROBE" trace -i lab0 ecn --connect tcp --arm B1 --pairs 2 --rate 0 --hop-rate 0 --format $format --input "$T/list" \
            >"$T/silent.$format" 2>"$T/$format.err" &
    done
    wait'
[ "$(grep -c 'Nothing on the way changes' "$T/silent.text")" = 2 ] && ! grep -q 'did not answer' "$T/silent.text" &&
    [ "$(tr '\n' ' ' <"$T/silent.text" | grep -o 'are dropped; where cannot be told: no router on the way answers' | wc -l)" = 2 ]
ok $? "all routers silent: the target is found behind them, and a drop has no interval" || say "$T/silent.text" "$T/text.err"
jq -s -e 'length == 4 and all(.[]; .why == null and (.hops | length) == 9 and .hops[8].target and all(.hops[:8][]; .addr == []))' \
    "$T/silent.ndjson" >/dev/null
ok $? "all routers silent, in NDJSON" || say "$T/silent.ndjson" "$T/ndjson.err"
echo '{"name": "far", "hops": [63, 63], "hosts": [{"share": 1, "server": "ecn", "delay_ms": 5}]}' >"$T/scenario"
in_lab 2 sh -c '"$PATHPROBE" trace -i lab0 ecn --connect tcp --arm B1 --pairs 2 --rate 0 --hop-rate 0 --format ndjson --input "$T/list" \
    >"$T/far" 2>"$T/far.err"'
jq -s -e 'length == 2 and all(.[]; .why == "too_far" and (.hops | length) == 40 and .located == [])' "$T/far" >/dev/null
ok $? "a path of 64 hops: too_far, without a place" || say "$T/far" "$T/far.err"
/usr/bin/python3 -W ignore "$(dirname "$0")/schema_check.py" "$(dirname "$0")/../../schema" trace "$T/silent.ndjson" "$T/far" "$T/dead2" "$T/refused" "$T/udp" "$T/near" >"$T/out" 2>"$T/err"
ok $? "NDJSON is valid by its schema" || say "$T/out" "$T/err"
}

part census && {
# ---- census

clear_scenario

in_lab 400 sh -c '"$PATHPROBE" trace -i lab0 ecn --census --input "$T/list" --rate 5k --prefix-rate 0 --format ndjson' \
    >"$T/census" 2>"$T/err"
ok $? "a census of 400 targets" || say "$T/err"
jq -s -c '[length, (map(select(.hops[] | .ttl == 9 and .target)) | length)]' "$T/census" >"$T/is"
echo '[400,400]' | diff - "$T/is" >"$T/diff"
ok $? "census: a line for each target, in which the target answers at hop 9" || say "$T/diff" "$T/err"
jq -s -e '[.[].hops[] | select(.ttl == 8) | .addr[]] | unique | length > 8' "$T/census" >/dev/null
ok $? "census: the last routers before the targets are found" || say "$T/err"
jq -s -e '[.[].hops[] | select(.ttl == 1) | .addr[]] | length < 300' "$T/census" >/dev/null
ok $? "census: the first router is not probed for each target"
}

part locate && {
# ---- measure --locate of a sample; unit/test_locating tests it for broken targets

clear_scenario
in_lab 4 sh -c '"$PATHPROBE" measure -i lab0 ecn --rounds 1 --locate --locate-sample 1 --input "$T/list" --force \
    --output "$T/obs" --pcap "$T/obs.pcap"' 2>"$T/err"
ok $? "measure --locate" || say "$T/err"
jq -s -c 'map(.located | map(select(.field == "ip.ecn") | [.from.ttl, .to.ttl]) | unique) | sort' "$T/obs" >"$T/is"
echo '[[],[],[[6,7]],[[6,7]]]' | diff - "$T/is" >"$T/diff"
ok $? "measure --locate: the observations have the places" || say "$T/diff" "$T/obs"
jq -e '.parts[0].locate | .targets == 4 and .placed == 2 and .sweeps >= 16 and .packets > 100' "$T/obs.meta.json" \
    >/dev/null && grep -q 'a place is named for 2' "$T/err"
ok $? "measure --locate: counts and costs are in metadata and summary" || say "$T/obs.meta.json" "$T/err"

# ---- Ctrl-C, and a terminal that is closed

in_lab 2 sh -c '
    sent() { awk "\$1 == \"lab0:\" { print \$11 }" /proc/net/dev; }
    for signal in INT HUP; do
        before=$(sent)
        "$PATHPROBE" trace -i lab0 ecn --input "$T/list" >"$T/out.$signal" 2>"$T/err" &
        pid=$!
        # Some packets of the first sweeps have left.
        until [ "$(sent)" -ge $((before + 8)) ] || ! kill -0 $pid; do sleep 0.05; done
        kill -$signal $pid
        wait $pid
        echo $? >"$T/code.$signal"
    done'
for signal in INT HUP; do
    [ "$(cat "$T/code.$signal")" = 130 ] && [ "$(grep -c '^ecn to h' "$T/out.$signal")" = 2 ] &&
        ! grep -q 'are dropped\|did not answer' "$T/out.$signal"
    ok $? "SIG$signal during the first sweeps: exit 130, both targets are printed, no drop is reported" ||
        say "$T/out.$signal" "$T/err" "$T/code.$signal"
done
}

part errors && {
# ---- wrong command lines

IN=/dev/null
exits 2 "$PATHPROBE" trace && says 'no experiment was given'
ok $? "no experiment" || say "$T/err"
exits 2 "$PATHPROBE" trace -i lo ecn --arm B9 127.0.0.1 && says "has no arm 'B9' over http"
ok $? "an unknown arm" || say "$T/err"
exits 2 "$PATHPROBE" trace -i lo mss 127.0.0.1 && says 'so there is nothing to trace' && says '^hint: '
ok $? "an experiment whose arms do not differ in packets" || say "$T/err"
exits 2 "$PATHPROBE" trace -i lo ecn --format xml 127.0.0.1 && says "no format 'xml'" && says 'text, ndjson, pto3'
ok $? "an unknown format" || say "$T/err"
exits 2 "$PATHPROBE" trace ecn --census --flows 2 127.0.0.1 && says 'exclude each other'
ok $? "--census with --flows" || say "$T/err"
for options in "measure ecn --locate-sample 0.1" "measure ecn --hop-rate 5" "trace ecn --census --pairs 3"; do
    # shellcheck disable=SC2086 # several words
    exits 2 "$PATHPROBE" $options 127.0.0.1 && says '^pathprobe: --[a-z-]* with' && says '^hint: '
    ok $? "$options: an option without effect is refused" || say "$T/err"
done
exits 1 "$PATHPROBE" measure -i nosuch0 ecn --hop-rate 0 127.0.0.1 && says nosuch0
ok $? "measure --hop-rate 0 without --locate is accepted" || say "$T/err"
exits 2 "$PATHPROBE" trace ecn 127.0.0.1 --input "$T/list" && says 'exclude each other'
ok $? "targets as operands and by --input" || say "$T/err"
exits 1 "$PATHPROBE" trace ecn 192.0.2.300 && says "target '192.0.2.300'" && says '^hint: '
ok $? "an invalid address" || say "$T/err"
exits 1 "$PATHPROBE" trace -i nosuch0 ecn 127.0.0.1 && says nosuch0
ok $? "a missing interface" || say "$T/err"
}

done_testing
