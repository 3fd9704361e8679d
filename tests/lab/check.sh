#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check.sh: `pathprobe check` in front of the emulated Internet: a healthy host and what it costs, one that a firewall
# answers for, one behind a router of our own that clears marks, one where nothing listens; what cannot be asked; what a
# terminal shows meanwhile; Ctrl-C. TAP.
set -u

here=$(dirname "$0")
# shellcheck source=tests/net/tap.sh
. "$here/../net/tap.sh"
need_program
command -v jq >/dev/null || skip_all "jq is not installed"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

cat >"$tmp/scenario" <<'END'
{"name": "check", "seed": 1, "hops": [8, 8], "vantage": true, "hosts": [
 {"share": 0.25, "families": [4], "server": "ecn", "ports": [80, 443, 53], "delay_ms": 25},
 {"share": 0.25, "families": [4], "server": "ecn", "ports": [80]},
 {"share": 0.25, "families": [4], "server": "ecn", "ports": [80],
  "path": [{"behaviour": "dscp.bleach", "dir": "fwd", "hop": 2}]},
 {"share": 0.25, "families": [4], "server": "ecn", "ports": [80],
  "path": [{"behaviour": "ecn.syn.rst", "dir": "fwd", "hop": 7}]}]}
END

# in_lab SCRIPT: runs SCRIPT in front of four hosts, whose truth is in $tmp/truth.
in_lab() {
    printf '%s\n' "$1" >"$tmp/script"
    timeout 300 "$PATHPROBE" lab --force --hosts 4 --scenario "$tmp/scenario" --targets "$tmp/targets" --truth "$tmp/truth" -- \
        env PROGRAM="$PATHPROBE" TMP="$tmp" SCREEN="$here/screen.py" sh "$tmp/script" >"$tmp/lab.out" 2>"$tmp/lab.err"
}

# cannot N SENTENCE TEXT ARG...: `check ARG...` exits with N, prints a message with TEXT, and no page.
cannot() {
    _code=$1 _name=$2 _text=$3
    shift 3
    timeout 60 "$PATHPROBE" check "$@" >"$tmp/out" 2>"$tmp/err"
    [ $? = "$_code" ] && grep -q -e "$_text" "$tmp/err" && [ ! -s "$tmp/out" ]
    ok $? "$_name" || say "$tmp/err" "$tmp/out"
}

cannot 2 "no host" "no host was given"
cannot 2 "both families excluded" "exclude each other" -4 -6 192.0.2.1
cannot 2 "an unknown experiment" "check has no experiment 'enc'" --experiments enc 192.0.2.1
grep -q 'did you mean ecn' "$tmp/err"
ok $? "an unknown experiment: the message names a similar one" || say "$tmp/err"
cannot 2 "no experiment at all" "an empty name" --experiments '' 192.0.2.1
grep -q '^hint: any of mss, ecn' "$tmp/err"
ok $? "no experiment at all: the hint lists all of them" || say "$tmp/err"
cannot 2 "an empty name among others" "an empty name" --experiments ecn,,mss 192.0.2.1
cannot 2 "an experiment twice" "'ecn' is given twice" --experiments ecn,mss,ecn 192.0.2.1
cannot 2 "'all' beside another name" "'all' cannot be combined with names" --experiments all,ecn 192.0.2.1
cannot 2 "many hosts need a contact" "more than 16 hosts" 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 \
    192.0.2.8 192.0.2.9 192.0.2.10 192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14 192.0.2.15 192.0.2.16 192.0.2.17
grep -q '^hint: --contact' "$tmp/err"
ok $? "many hosts: the hint names --contact" || say "$tmp/err"
cannot 1 "no target" "target" 'not a name!'

in_lab 'of() { # NAME BEHAVIOUR K: writes the address of the K-th host with BEHAVIOUR, or without any if that is empty
    jq -r -s --arg b "$2" "map(select(if \$b == \"\" then .behaviours == [] else .behaviours | index(\$b) end)) | .[$3] | .dip" \
        "$TMP/truth" >"$TMP/$1"
}
of all "" 0; of healthy "" 1; of near dscp.bleach 0; of broken ecn.syn.rst 0
# Two hosts have no behaviour: $all is the one with three ports, which answers on port 53.
read -r all <"$TMP/all"; read -r healthy <"$TMP/healthy"; read -r near <"$TMP/near"; read -r broken <"$TMP/broken"
if ! "$PROGRAM" measure mss -q --connect tcp -i lab0 --rounds 1 "$all:53" 2>&1 | grep -q mss.connectivity.online; then
    swap=$all; all=$healthy; healthy=$swap
fi
# On a busy machine packets are retransmitted, which is no cost of a healthy host: then the count is repeated.
for try in 1 2 3 4; do
    tcpdump -i lab0 -w "$TMP/all.pcap" -U "dst host $all" 2>"$TMP/tcpdump" &
    dump=$!
    until grep -q listening "$TMP/tcpdump"; do sleep 0.1; done
    "$PROGRAM" check -i lab0 --json "$all" >"$TMP/all.json" 2>"$TMP/all.err"
    # A last datagram: once it is in the capture, so are all packets before it.
    n=0
    until [ $n -gt 100 ] || tcpdump -n -r "$TMP/all.pcap" "udp dst port 9" 2>/dev/null | grep -q .; do
        python3 -c "import socket, sys; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b\"x\", (sys.argv[1], 9))" "$all"
        n=$((n + 1))
        sleep 0.1
    done
    kill "$dump"
    wait "$dump"
    tcpdump -n -r "$TMP/all.pcap" not udp dst port 9 2>/dev/null | wc -l >"$TMP/packets"
    [ "$(cat "$TMP/packets")" -gt 200 ] || break
done
"$PROGRAM" check -i lab0 --json --experiments ecnpp,ecnctl,ecndscp,l4s,frag,exthdr,quicsize "$all" >"$TMP/more.json" 2>"$TMP/more.err"
"$PROGRAM" check -i lab0 --json --experiments all 224.0.0.1 >"$TMP/names.json" 2>"$TMP/names.err"
"$PROGRAM" check -i lab0 --experiments l4s,frag,ecnctl "$all:443" >"$TMP/tls" 2>"$TMP/tls.err"
"$PROGRAM" check -i lab0 --experiments mss,ecn,tcpopt,h2,quic,udpopt "$healthy" >"$TMP/page" 2>"$TMP/page.err"
echo $? >"$TMP/page.rc"
"$PROGRAM" check -i lab0 --experiments dscp "$near" >"$TMP/near.page" 2>"$TMP/near.err"
echo $? >"$TMP/near.rc"
"$PROGRAM" check -i lab0 --experiments dscp --allow-impaired-vantage "$near" >"$TMP/near2.page" 2>"$TMP/near2.err"
echo $? >"$TMP/near2.rc"
"$PROGRAM" check -i lab0 --cooldown 0 --spacing 0.1 --json --experiments ecn,mptcp "$broken" >"$TMP/json" 2>"$TMP/json.err"
echo $? >"$TMP/json.rc"
"$PROGRAM" check -i lab0 --cooldown 0 --spacing 0.1 --locate --experiments ecn "$broken" >"$TMP/where" 2>"$TMP/where.err"
echo $? >"$TMP/where.rc"
"$PROGRAM" check -i lab0 --experiments ecn "$healthy:81" >"$TMP/closed" 2>"$TMP/closed.err"
echo $? >"$TMP/closed.rc"
"$PROGRAM" check -i lab0 --experiments mss,ecn,quic 224.0.0.1 >"$TMP/blocked" 2>"$TMP/blocked.err"
echo $? >"$TMP/blocked.rc"
"$PROGRAM" measure ecn -i lab0 --cooldown 0 --spacing 0.1 --aa 0 --audit 0 --interim "$broken" >"$TMP/interim" 2>"$TMP/interim.err"
for columns in 60 80; do
    python3 "$SCREEN" --frames $columns "$PROGRAM" check -i lab0 --cooldown 0 --spacing 0.1 --experiments mss,ecn,mptcp "$broken" >"$TMP/live.$columns"
done
"$PROGRAM" check -i lab0 --cooldown 0 --spacing 600 --json --experiments ecn "$broken" >"$TMP/cut.json" 2>"$TMP/cutj.err" &
first=$!
"$PROGRAM" check -i lab0 --cooldown 0 --spacing 600 --experiments ecn "$broken" >"$TMP/cut" 2>"$TMP/cut.err" &
child=$!
n=0
# Each check starts several children; the one that confirms has --spacing=600.
until [ "$(grep -l -a -e "^pathprobe.measure.*[-]-spacing=600" /proc/[0-9]*/cmdline 2>/dev/null | wc -l)" -ge 2 ] || [ $n -gt 600 ]; do
    n=$((n + 1))
    sleep 0.1
done
kill -INT "$child" "$first"
wait "$first"
echo $? >"$TMP/cutj.rc"
wait "$child"
echo $? >"$TMP/cut.rc"'
if [ ! -s "$tmp/healthy" ]; then
    grep -q -i 'not permitted\|privilege\|cannot' "$tmp/lab.err" && skip_all "no lab here: $(head -n 1 "$tmp/lab.err")"
    bail "no lab: $(cat "$tmp/lab.err")"
fi
/usr/bin/python3 -W ignore "$here/schema_check.py" "$here/../../schema" check "$tmp/all.json" "$tmp/more.json" "$tmp/json" "$tmp/cut.json" \
    >"$tmp/out" 2>"$tmp/err"
ok $? "--json is valid by its schema" || say "$tmp/out" "$tmp/err"
jq -e '[.targets[0].rows[] | select(.state != "asked") | .experiment] == [] and .targets[0].near == {word: "intact", asked: 8, quoted: 8} and
    ([.targets[0].rows[] | select(.word == "works")] | length) == 12' "$tmp/all.json" >/dev/null
ok $? "a healthy host with web, QUIC and DNS: every experiment works after one round, none is confirmed" || say "$tmp/all.json" "$tmp/all.err"
jq -e '.targets[0].rows | map({(.experiment): .meaning}) | add |
    (.quic | startswith("ECT(0) arrives, CE arrives")) and (.pmtud | startswith("up to 1500"))' "$tmp/all.json" >/dev/null
ok $? "the rows of QUIC and PMTU discovery say which marks and which size arrive" || say "$tmp/all.json"
[ "$(cat "$tmp/packets")" -le 200 ] && [ "$(cat "$tmp/packets")" -gt 100 ]
ok $? "the check of a healthy host takes at most 200 packets" || say "$tmp/packets"
more="ecnpp ecnctl ecndscp l4s frag exthdr quicsize"
jq -e --arg more "$more" '.targets[0].rows | map(.experiment) == ($more / " ") and all(.[];
    if .experiment == "exthdr" then .meaning == "IPv6 only" else .word == "works" end)' "$tmp/more.json" >/dev/null
ok $? "experiments outside the default list are run if they are named" || say "$tmp/more.json" "$tmp/more.err"
jq -e -s --arg more "$more" 'map([.targets[0].rows[].experiment]) | (.[0] | length) == 13 and .[1] == .[0] + ($more / " ")' \
    "$tmp/all.json" "$tmp/names.json" >/dev/null
ok $? "'all' is the default list and these experiments" || say "$tmp/names.json" "$tmp/names.err"
for experiment in $more; do
    grep -q "^\.It Cm $experiment Ta \(TCP\|UDP\)" "$here/../../man/pathprobe-check.1" || echo "$experiment"
done >"$tmp/out"
[ ! -s "$tmp/out" ]
ok $? "the manual has a row for each experiment outside the default list" || say "$tmp/out"
[ "$(grep -c '^  \(l4s\|frag\) *-  *not measured within TLS' "$tmp/tls")" = 2 ]
ok $? "experiments that cannot be asked within TLS: a row says so" || say "$tmp/tls" "$tmp/tls.err"
[ "$(cat "$tmp/page.rc")" = 0 ] && grep -q '^Nothing is lost on the way: 3 of 3' "$tmp/page"
ok $? "a healthy host: the page has a sentence" || say "$tmp/page" "$tmp/page.err"
grep -q '^  ecn  *works  *agreed, .*5 of 5 treatments' "$tmp/page" && grep -q '^  mss  *works ' "$tmp/page" &&
    grep -q '^  h2  *-  *port 443 does not answer' "$tmp/page" &&
    grep -q '^  quic  *-  *nothing answers in QUIC on UDP port 443' "$tmp/page" &&
    grep -q '^  udpopt  *-  *nothing answers in DNS on UDP port 53' "$tmp/page"
ok $? "a healthy host: the page has a row for each experiment" || say "$tmp/page"
[ "$(awk '{ if (length > n) n = length } END { print n }' "$tmp/page")" -le 80 ]
ok $? "the page fits into 80 columns"
[ "$(cat "$tmp/near.rc")" = 1 ] && grep -q 'this vantage alters the treatment: hop [23] (.*) got ip.dscp 46 as 0' "$tmp/near.err" &&
    grep -q '^hint: .*--allow-impaired-vantage' "$tmp/near.err" && grep -q '^  near  *altered' "$tmp/near.page"
ok $? "a mark that the second hop clears is reported as a change of this network" || say "$tmp/near.page" "$tmp/near.err"
[ "$(cat "$tmp/near2.rc")" = 0 ] && [ ! -s "$tmp/near2.err" ] && grep -q '^  near  *altered' "$tmp/near2.page"
ok $? "--allow-impaired-vantage: the page has the change, and the exit code is 0" || say "$tmp/near2.page" "$tmp/near2.err"
[ "$(cat "$tmp/json.rc")" = 0 ] && jq -e '.schema == 1 and .end == "done" and (.targets | length) == 1 and
    (.targets[0].rows | map({(.experiment): .}) | add | .ecn.word == "broken" and .ecn.state == "confirmed" and .ecn.alpha == 1e-4 and
        .ecn.arm == "B1" and .ecn.failed[0] == .ecn.failed[1] and .ecn.failed[0] >= 8 and
        .mptcp.word == "works" and .mptcp.state == "asked" and .mptcp.failed == null) and
    ([.targets[0].rows[0].observation.verdicts[] | select(.arm == "B1") | .verdict == "broken" and .e >= 1e4] == [true])' \
    "$tmp/json" >/dev/null
ok $? "a firewall answers ECN-setup SYNs with RST: broken, confirmed" || say "$tmp/json" "$tmp/json.err"
[ "$(cat "$tmp/where.rc")" = 0 ] && tr '\n' ' ' <"$tmp/where" | grep -q "answered by a RST in the target's place between hop [67] .* and hop [78]"
ok $? "--locate: the page names the two hops between which the RST is sent" || say "$tmp/where" "$tmp/where.err"
grep -q '^ecn is broken\.$' "$tmp/where"
ok $? "with one experiment the sentence does not count others" || say "$tmp/where"
[ "$(cat "$tmp/closed.rc")" = 0 ] && grep -q 'that port does not answer over TCP' "$tmp/closed"
ok $? "a closed port" || say "$tmp/closed" "$tmp/closed.err"
[ "$(cat "$tmp/blocked.rc")" = 1 ] && grep -q '^pathprobe: 224.0.0.1: its prefix is blocked' "$tmp/blocked.err" &&
    [ "$(grep -c '  -  *nothing was sent to this address$' "$tmp/blocked")" = 3 ] && ! grep -q 'answer' "$tmp/blocked"
ok $? "an address in a blocked range is not reported as silent" || say "$tmp/blocked" "$tmp/blocked.err"
/usr/bin/python3 -W ignore "$here/schema_check.py" "$here/../../schema" observation "$tmp/interim" >"$tmp/out" 2>"$tmp/err" &&
    jq -s -e 'length > 8 and (.[:-1] | all(.interim and .obs_id == null)) and (.[-1] | .interim == null and .obs_id != null) and
        .[1].verdicts[1].verdict == null and .[-1].verdicts[0].verdict == "broken"' "$tmp/interim" >/dev/null &&
    grep -q '1 read = 1 written' "$tmp/interim.err"
ok $? "measure --interim: a line for each round, of which only the last is counted" || say "$tmp/interim" "$tmp/interim.err" "$tmp/err"
timeout 60 "$PATHPROBE" measure ecn --interim --output "$tmp/none" 192.0.2.1 >"$tmp/out" 2>"$tmp/err"
[ $? = 2 ] && grep -q 'interim with --output' "$tmp/err" && grep -q '^hint: ' "$tmp/err" && [ ! -e "$tmp/none" ]
ok $? "measure --interim with --output is refused" || say "$tmp/err"
for columns in 60 80; do
    grep -q '  ecn       broken so far (1 of 1)  arm B3: 0 of 1 get' "$tmp/live.$columns" &&
        grep -q '  ecn       broken so far (2 of 2)' "$tmp/live.$columns" && grep -q '  ecn       broken so far (3 of 3)' "$tmp/live.$columns"
    ok $? "$columns columns: a failure is shown after the first round, and updated with each" || say "$tmp/live.$columns"
    tail -n 1 "$tmp/live.$columns" | tr '|' '\n' >"$tmp/last"
    grep -q '  ecn       broken    arm B1: 0 of [0-9]* get through' "$tmp/last" && tr -s ' \n' ' ' <"$tmp/last" | grep -q 'error bound 0.0001'
    ok $? "$columns columns: the last frame has the verdict with its error bound" || say "$tmp/last"
    tr '|' '\n' <"$tmp/live.$columns" | awk -v most="$columns" 'length > most' >"$tmp/long"
    [ ! -s "$tmp/long" ]
    ok $? "$columns columns: no line is longer than the terminal is wide" || say "$tmp/long"
done
# A frame is drawn when a child's line arrives: the one with the row of mss does not wait for ecn.
sed -n '/  mss  *works/{p;q;}' "$tmp/live.80" | grep -v -q '  ecn '
ok $? "the row of the first experiment is shown before the second has ended" || say "$tmp/live.80"
[ "$(cat "$tmp/cutj.rc")" = 130 ] && jq -e '.end == "interrupted" and .targets[0].rows[0].state == "so_far" and
    (.targets[0].rows[0].failed | .[0] == .[1] and .[0] > 0) and .targets[0].rows[0].alpha == null' "$tmp/cut.json" >/dev/null
ok $? "Ctrl-C: --json has the state so_far, without an error bound" || say "$tmp/cut.json" "$tmp/cutj.err" "$tmp/cutj.rc"
[ "$(cat "$tmp/cut.rc")" = 130 ] && grep -q '^  ecn  *broken so far (.*)  *arm B[13]: 0 of [0-9]* get through' "$tmp/cut" && grep -q '^Interrupted after ' "$tmp/cut"
ok $? "Ctrl-C prints the page with the results so far" || say "$tmp/cut" "$tmp/cut.err" "$tmp/cut.rc"
done_testing
