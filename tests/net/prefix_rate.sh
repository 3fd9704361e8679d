#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# prefix_rate.sh: what a server's log has of the limits of a run: --prefix-rate; the addresses of a name close in time,
# in spite of it; --contact in the User-Agent.
#
#   client ---- r1 ---- r2 ---- server   10.77.0.0/16, and 9.9.0.0/16, 2a00:1::/32, which are public elsewhere
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check jq) || skip_all "$why"
topo_trap
# nginx writes a request's line before it sends the answer: once a run has ended, the log is complete.
TOPO_LOG='log_format who "$msec $server_addr $http_user_agent"; access_log /dev/stdout who;'
{ topo_up && topo_public && topo_nginx "$TOPO_SERVER"; } 2>&1 || bail "no topology"
T=$TOPO_TMP
log=$T/$TOPO_SERVER/out

measure() { # measure ARG...: the lines that the run adds to the log go into $T/log
    before=$(wc -l <"$log")
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure ecn -i eth0 --connect http \
        --rounds 1 --input "$T/in" --output "$T/o" --force "$@" 2>"$T/err"
    _rc=$?
    tail -n "+$((before + 1))" "$log" >"$T/log"
    return $_rc
}

# first JQ: JQ is true of {at: {ADDRESS: time of its first request in seconds}}; of(NET): the entries of a prefix,
# last_of(NET): the last of their times, spread(NET): the time between the first and the last.
first() {
    jq -R -n -e 'reduce (inputs | split(" ")) as [$t, $a] ({}; .[$a] //= ($t | tonumber)) | {at: .} |
        def of($net): .at | with_entries(select(.key | startswith($net)));
        def last_of($net): of($net) | [.[]] | max;
        def spread($net): of($net) | [.[]] | max - min;
        '"$1" "$T/log" >/dev/null
}

result() {
    ok "$1" "$2" || say "$T/err" "$T/log"
}

# ---- --prefix-rate -----------------------------------------------------------------------------------------

for net in 9.9.7. 2a00:1:7::; do
    seq -f "$net%g" 13
done >"$T/in"
seq -f '9.9.%g.1' 20 32 >>"$T/in"
seq -f '10.77.7.%g' 13 >>"$T/in"
measure --contact tester@example.org --prefix-rate 4 && first '(.at | length) == 52'
result $? "all targets are probed"
first 'spread("9.9.7.") > 2.4 and spread("2a00:1:7:") > 2.4'
result $? "--prefix-rate 4: thirteen targets of a /24, or of a /48, take 2.4 s at least"
first '(of("9.9.2") + of("9.9.3") + of("10.77.7.")) as $others | ($others | length) == 26 and
    ($others | [.[]] | max) < last_of("9.9.7.")'
result $? "targets of other networks and of a laboratory do not wait for those"

seq -f '9.9.7.%g' 5 >"$T/in"
measure --contact tester@example.org --prefix-rate 4 --rounds 3 --cooldown 0.1 --spacing 0.1 &&
    jq -R -n -e '[inputs | split(" ")[0] | tonumber] | length == 90 and max - min > 2.8' "$T/log" >/dev/null
result $? "three rounds of five targets take as long as fifteen targets"

# ---- pairs -------------------------------------------------------------------------------------------------

pairs() { # pairs JQ: a list of 24 IPv4 addresses of one /24 and 24 IPv6 addresses of as many /48; JQ: their member 'pair'
    jq -n -c "range(24) | {pair: $1, n: .} | {dip: \"9.9.7.\(.n + 1)\", pair}, {dip: \"2a00:1:\(.n + 100)::1\", pair}" >"$T/in"
}
# apart JQ: JQ is true of the array of {n, v6}: number and time of each pair's IPv6 address; v4(N): that of its IPv4
# address.
apart() {
    first '.at as $at | def v4($n): $at["9.9.7.\($n + 1)"]; [range(24) | {n: ., v6: $at["2a00:1:\(. + 100)::1"]}] | '"$1"
}
pairs '"name\(.)"'
measure --contact tester@example.org --prefix-rate 4 --workers 4 &&
    apart 'all(.n < 8 or .v6 > v4(.n - 8)) and all(.n > 15 or .v6 < v4(.n + 8))'
result $? "a pair's IPv6 address waits for the IPv4 address, whose /24 has 24 targets" || say "$T/in"
first 'spread("9.9.7.") > 4.8'
result $? "the /24 of the pairs keeps its rate"
{
    seq -f '{"dip":"2a00:1:7::%g"}' 101 112
    jq -n -c 'range(24) | {pair: "name\(.)", n: .} | {dip: "9.9.7.\(.n + 1)", pair}, {dip: "2a00:1:7::\(.n + 1)", pair}'
} >"$T/in"
measure --contact tester@example.org --prefix-rate 4 --workers 4 && first '.at as $at |
    def v4($n): $at["9.9.7.\($n + 1)"]; [range(24) | {n: ., v6: $at["2a00:1:7::\(. + 1)"]}] |
    all(.n < 8 or .v6 > v4(.n - 8)) and all(.n > 15 or .v6 < v4(.n + 8))'
result $? "a pair's IPv4 address waits for the IPv6 address, whose /48 has more targets than the /24" || say "$T/in"
pairs 'null'
measure --contact tester@example.org --prefix-rate 4 --workers 4 && apart 'all(.v6 < v4(8))'
result $? "addresses without a pair do not wait for each other"
pairs '"name\(.)"'
echo 2a00:1::/32 >"$T/block"
measure --contact tester@example.org --prefix-rate 0 --blocklist "$T/block" --workers 4 --rate 0 &&
    first '(.at | length) == 24 and spread("9.9.7.") < 4.8'
result $? "an address does not wait for one of its pair that is blocked"

# ---- --contact ---------------------------------------------------------------------------------------------

version=$("$PATHPROBE" --version | awk '{ print $2; exit }')
agents() {
    cut -d ' ' -f 3- "$T/log" | sort -u
}
echo 9.9.7.1 >"$T/in"
measure --contact 'https://example.org/probing, noc@example.org' &&
    [ "$(agents)" = "pathprobe/$version (https://example.org/probing, noc@example.org)" ]
result $? "--contact is the comment of the User-Agent of every request"
! measure && ! [ -s "$T/log" ] && grep -q -e '--contact is needed' "$T/err"
result $? "without --contact no public address is probed"
refused=0
for contact in '' '  ' "$(printf 'a\r\nX-Header: b')" "$(printf '%201s' x)"; do
    ! measure --contact "$contact" && ! [ -s "$T/log" ] && grep -q -e '^pathprobe: --contact[: ]' "$T/err" &&
        refused=$((refused + 1))
done
[ $refused -eq 4 ]
result $? "--contact that is empty, blank, of two lines or of 201 characters: refused, nothing is probed"
echo 10.77.7.1 >"$T/in"
measure && [ "$(agents)" = "pathprobe/$version" ]
result $? "a laboratory's address is probed without --contact"

done_testing
