#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# prefix_rate.sh: what a server's log has of the limits of a run: --prefix-rate; the addresses of a name close in time, in
# spite of it; --contact in the User-Agent.
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
# A line is written before its answer: once a run has ended, the log has all of it.
TOPO_LOG='log_format who "$msec $server_addr $http_user_agent"; access_log /dev/stdout who;'
{ topo_up && topo_public && topo_nginx "$TOPO_SERVER"; } 2>&1 || bail "no topology"
T=$TOPO_TMP
log=$T/$TOPO_SERVER/out

measure() { # measure ARG...: the part of the log that it makes goes into $T/log
    before=$(wc -l <"$log")
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure ecn -i eth0 --connect http \
        --rounds 1 --input "$T/in" --output "$T/o" --force "$@" 2>"$T/err"
    _rc=$?
    tail -n "+$((before + 1))" "$log" >"$T/log"
    return $_rc
}

# first JQ: of .at, when each address was first asked, in seconds, and .spread NET, from its first to its last of these.
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
result $? "all targets are asked"
first 'spread("9.9.7.") > 2.4 and spread("2a00:1:7:") > 2.4'
result $? "--prefix-rate 4: thirteen of a /24, or of a /48, take three seconds"
first '(of("9.9.2") + of("9.9.3") + of("10.77.7.")) as $others | ($others | length) == 26 and
    ($others | [.[]] | max) < last_of("9.9.7.")'
result $? "as many others of as many networks, and those of a laboratory, do not wait for them"

seq -f '9.9.7.%g' 5 >"$T/in"
measure --contact tester@example.org --prefix-rate 4 --rounds 3 --cooldown 0.1 --spacing 0.1 &&
    jq -R -n -e '[inputs | split(" ")[0] | tonumber] | length == 90 and max - min > 2.8' "$T/log" >/dev/null
result $? "three rounds of each of five take as long as fifteen targets"

# ---- pairs -------------------------------------------------------------------------------------------------

pairs() { # pairs JQ: what member 'pair' is
    jq -n -c "range(24) | {pair: $1, n: .} | {dip: \"9.9.7.\(.n + 1)\", pair}, {dip: \"2a00:1:\(.n + 100)::1\", pair}" >"$T/in"
}
# apart CONDITION: of each .v6, when the IPv6 address of pair .n was asked, and .v4 N, the same of IPv4.
apart() {
    first '.at as $at | def v4($n): $at["9.9.7.\($n + 1)"]; [range(24) | {n: ., v6: $at["2a00:1:\(. + 100)::1"]}] | '"$1"
}
pairs '"name\(.)"'
measure --contact tester@example.org --prefix-rate 4 --workers 4 &&
    apart 'all(.n < 8 or .v6 > v4(.n - 8)) and all(.n > 15 or .v6 < v4(.n + 8))'
result $? "the IPv6 address of a name waits for the IPv4 one, whose network is crowded" || say "$T/in"
first 'spread("9.9.7.") > 4.8'
result $? "whose pace that does not change"
{
    seq -f '{"dip":"2a00:1:7::%g"}' 101 112
    jq -n -c 'range(24) | {pair: "name\(.)", n: .} | {dip: "9.9.7.\(.n + 1)", pair}, {dip: "2a00:1:7::\(.n + 1)", pair}'
} >"$T/in"
measure --contact tester@example.org --prefix-rate 4 --workers 4 && first '.at as $at |
    def v4($n): $at["9.9.7.\($n + 1)"]; [range(24) | {n: ., v6: $at["2a00:1:7::\(. + 1)"]}] |
    all(.n < 8 or .v6 > v4(.n - 8)) and all(.n > 15 or .v6 < v4(.n + 8))'
result $? "and the IPv4 address for the IPv6 one, where both networks are crowded, and that one more" || say "$T/in"
pairs 'null'
measure --contact tester@example.org --prefix-rate 4 --workers 4 && apart 'all(.v6 < v4(8))'
result $? "addresses that are no pair do not wait for each other"
pairs '"name\(.)"'
echo 2a00:1::/32 >"$T/block"
measure --contact tester@example.org --prefix-rate 0 --blocklist "$T/block" --workers 4 --rate 0 &&
    first '(.at | length) == 24 and spread("9.9.7.") < 4.8'
result $? "nor does one wait for another that is blocked"

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
result $? "without it nothing is asked of a public address"
refused=0
for contact in '' '  ' "$(printf 'a\r\nX-Header: b')" "$(printf '%201s' x)"; do
    ! measure --contact "$contact" && ! [ -s "$T/log" ] && grep -q -e '^pathprobe: --contact: ' "$T/err" &&
        refused=$((refused + 1))
done
[ $refused -eq 4 ]
result $? "nor with one that is empty, too long, or more than a line"
echo 10.77.7.1 >"$T/in"
measure && [ "$(agents)" = "pathprobe/$version" ]
result $? "a laboratory is asked without"

done_testing
