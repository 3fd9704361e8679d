#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ask.sh: the arms that round 1 leaves out, as another arm speaks for them, get the verdict that they would get: for
# each behaviour of the lab, in each of its directions, before servers with and without ECN, and each experiment in
# which an arm speaks for others, the runs with some arms and with all have the same conditions and verdicts of a
# target, or, where chance decides, true ones. A healthy target takes fewer packets. In virtual time. TAP.
#
# parts: ecn exthdr l4s pmtud cost
set -u

: "${PATHPROBE:=./pathprobe}" "${TESTS:=build/tests}"
. "$(dirname "$0")/../net/tap.sh"
need_program
plugins=$(dirname "$PATHPROBE")/plugins
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/some" "$dir/all"

# run WHICH ROUNDS SCENARIO HOSTS SEED EXPERIMENT MODE: a run in virtual time, with its files in $dir/WHICH.
run() {
    "$TESTS/lab/virtual" "$dir/$1" "$3" "$4" "$5" "$6" "$7" "$plugins" "$2" >"$dir/$1/said" 2>&1
}

# both SCENARIO HOSTS SEED EXPERIMENT MODE: a run in which round 1 leaves out arms, `some`, and one of all arms, `all`.
both() {
    run some 0 "$@" && run all all "$@"
}

packets() { # packets WHICH: the packets that the run sent
    sed -n 's/.* \([0-9]*\) packets$/\1/p' "$dir/$1/said"
}

# percent EXPERIMENT MODE MOST: for healthy hosts, the run `some` sends MOST % at most of the packets of the run `all`.
percent() {
    both healthy 500 3 "$1" "$2"
    ok $? "$1 over $2: healthy targets are measured both ways" || say "$dir/some/said" "$dir/all/said"
    share=$((100 * $(packets some) / $(packets all)))
    [ "$share" -gt 0 ] && [ "$share" -le "$3" ]
    ok $? "$1 over $2: a healthy target costs $share % of the packets of all arms, $3 % at most"
}

"$PATHPROBE" lab --list-behaviours | jq -R -s -c '
    [split("\n")[] | select(. != "") | capture("^(?<name>\\S+) +(?<dirs>(fwd, rev|fwd|rev|server)) ") |
        .name as $name | (.dirs | split(", ")[]) |
        {behaviour: $name} + (if . == "server" then {} else {dir: ., hop: 7} end)] as $boxes |
    ("ecn", "plain") as $server | (0, 1) as $half | ([$boxes | to_entries[] | select(.key % 2 == $half) | .value]) as $some |
    {hops: [8, 12], hosts: [$some[] |
        {share: (1 / ($some | length)), server: $server, delay_ms: 10, path: [.]}]}' >"$dir/scenarios"
# A scenario has up to 128 kinds of hosts.
for n in 1 2; do
    sed -n "${n}p" "$dir/scenarios" >"$dir/ecn$n"
    sed -n "$((n + 2))p" "$dir/scenarios" >"$dir/plain$n"
done
[ "$("$PATHPROBE" lab --list-behaviours | wc -l)" -gt 90 ] && [ "$("$PATHPROBE" lab --list-behaviours | wc -l)" -eq \
    "$(jq -s '[.[].hosts[].path[].behaviour] | unique | length' "$dir/plain1" "$dir/plain2")" ]
ok $? "scenarios of all behaviours" || say "$dir/plain1" "$dir/plain2"

# A pattern for each host whose verdict is sometimes `broken` rightly (pathprobe-accuracy(7)), or that has no true
# verdict: `compare` leaves these out.
cat >"$dir/true.jq" <<'EOT'
$truth[] | select(any(.behaviours[]; startswith("ecmp.odd.") or IN("hostile.mangle", "ecn.syn.answer", "syn.answer"))) |
    "\"dip\":\"\(.dip)\","
EOT

# Compares conditions and verdicts of both runs, for hosts whose conditions do not depend on chance: the truth has no
# alternatives for them, and they have a true verdict.
cat >"$dir/same.jq" <<'EOT'
def key: "\(.dip) \(.dp)";
def words: {conditions: (.conditions | sort), verdicts: [.verdicts[] | select(.arm != "D") | [.arm, .verdict]]};
($truth | map(select(.expect[$experiment][$mode].also == {} and
    (.behaviours - ["server.mixed", "hostile.mangle"] == .behaviours)) | {(key): .behaviours}) | add) as $fixed |
($all | map({(key): words}) | add) as $words |
[$some[] | select($fixed[key]) | select(words != $words[key]) |
    {behaviours: $fixed[key], dip, some: words, all: $words[key]}] as $differ |
[$some[] | select([.verdicts[].implied_by] | any)] as $implied |
{compared: ($some | map(select($fixed[key])) | length), differ: ($differ | length), shown: $differ[0:3],
 implied: ($implied | length),
 wrong: ($implied | map(select([.verdicts[] | select(.implied_by and
     (.verdict != "works" or .b != [0, 0] or .a != [0, 0] or .rounds != [] or .first != null or .e != 1))] != [])) |
     length)}
EOT
# same EXPERIMENT MODE SCENARIO: both runs equal the truth and each other.
same() {
    what="$1 over $2, servers of the kind $3"
    both "$dir/$3" 600 5 "$1" "$2"
    ok $? "$what: all behaviours are measured both ways" || say "$dir/some/said" "$dir/all/said"
    for which in some all; do
        jq -n -r --slurpfile truth "$dir/$which/truth.ndjson" "$(cat "$dir/true.jq")" >"$dir/out"
        grep -v -F -f "$dir/out" "$dir/$which/truth.ndjson" >"$dir/truth"
        grep -v -F -f "$dir/out" "$dir/$which/observations.ndjson" >"$dir/observations"
        "$TESTS/lab/compare" "$dir/truth" "$dir/observations" >"$dir/out" 2>&1
        ok $? "$what, asked for $which: every condition equals the truth" || say "$dir/out"
    done
    jq -n --arg experiment "$1" --arg mode "$2" --slurpfile truth "$dir/some/truth.ndjson" \
        --slurpfile some "$dir/some/observations.ndjson" --slurpfile all "$dir/all/observations.ndjson" \
        "$(cat "$dir/same.jq")" >"$dir/out" && jq -e '.compared > 400 and .differ == 0' "$dir/out" >/dev/null
    ok $? "$what: conditions and verdicts are the same with some arms and with all" || say "$dir/out"
    [ -s "$dir/out" ] && jq -e '.implied > 200 and .wrong == 0' "$dir/out" >/dev/null
    ok $? "$what: an arm that was left out works by implied_by, without rounds and evidence of its own" || say "$dir/out"
}

# The experiments in which an arm speaks for others, by the output of pathprobe plugins.
experiments=
for file in "$plugins"/*.so; do
    name=$(basename "$file" .so)
    "$PATHPROBE" plugins --plugin-dir "$plugins" "$name" | grep -q '^ *speaks for ' && experiments="$experiments $name"
done
[ "$experiments" = " ecn exthdr l4s pmtud" ]
ok $? "experiments in which an arm speaks for others:$experiments"
for experiment in $experiments; do
    part "$experiment" || continue
    mode=http
    [ "$experiment" != exthdr ] || mode=tcp
    for n in 1 2; do
        same "$experiment" $mode ecn$n
        same "$experiment" $mode plain$n
        [ "$experiment" != ecn ] || same "$experiment" dnstcp ecn$n
    done
done
part cost || {
    done_testing
    exit
}
percent ecn http 60

# tfo: its arms of fixed order get their control flows from round 2 on. A healthy target takes six flows, one for each
# arm.
percent tfo http 80
jq -s -e '(map(select(.quality.flows == 6)) | length > 450) and all(.quality.flows <= 9 or .quality.audited)' \
    "$dir/some/observations.ndjson" >"$dir/out"
ok $? "tfo over http: a healthy target costs six flows" || say "$dir/out"
done_testing
