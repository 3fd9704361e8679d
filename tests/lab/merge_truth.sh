#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# merge_truth.sh: four vantage points ask the lab's hosts in virtual time, again and again, while some hosts are impaired
# for one vantage point alone and others change from run to run: each word of `merge` is the true one, before and after
# what it says is asked again. Then hosts of which nothing is broken, but flows fail: nothing depends on the path.
#
#   tests/lab/merge_truth.sh [HOSTS [NOISY_HOSTS]]     SEED=1
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/../net/tap.sh"
need_program
: "${TESTS:=build/tests}" "${SEED:=1}"
hosts=${1:-300} noisy=${2:-400}
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
plugins=$(dirname "$PATHPROBE")/plugins

# run V R HOSTS [ROUNDS]: run number R of vantage point V (1 to 4), over the scenario in $T/scenario; its observations are
# given the run_id, name and address of vantage point V.
run() {
    dir=$T/$1.$2
    mkdir -p "$dir"
    "$TESTS/lab/virtual" "$dir" "$T/scenario" "$3" "$SEED" ecn tcp "$plugins" "${4:-0}" >"$T/out" 2>&1 || bail "$(cat "$T/out")"
    sed "s/\"run_id\":\"virtual\"/\"run_id\":\"v$1r$2\"/; s/\"vantage\":null/\"vantage\":\"v$1\"/
        s/\"sip_public\":null/\"sip_public\":\"198.51.100.$1\"/; s/2026-01-01/2026-01-0$2/g" "$dir/observations.ndjson" \
        >"$T/v$1r$2.ndjson"
    rm "$dir/observations.ndjson" # large, as is the truth
    [ "$1.$2" = 1.1 ] || rm "$dir/truth.ndjson"
}

# scenario V R: writes the classes of the hosts as vantage point V meets them in its run R.
scenario() {
    drop='{behaviour: "ecn.syn.drop", dir: "fwd", hop: 7}' clear='{behaviour: "ecn.syn.clear", dir: "fwd", hop: 7}'
    jq -n --argjson v "$1" --argjson r "$2" "
        def class(share; name; path): {share: share, name: name, server: \"ecn\", delay_ms: 5, path: path};
        {name: \"merge\", hops: [8, 12], hosts: [
            class(0.4; \"fine\"; []),
            class(0.1; \"broken\"; [$drop]),
            class(0.1; \"broken for one\"; if \$v == 2 then [$drop] else [] end),
            class(0.1; \"cleared for one\"; if \$v == 4 then [$clear] else [] end),
            class(0.1; \"changes for one\"; if \$v == 1 and \$r == 2 then [$drop] else [] end),
            class(0.1; \"changes for all\"; if \$r == 2 then [$drop] else [] end),
            (class(0.05; \"offline\"; []) | .server = \"silent\"),
            (class(0.05; \"offline for one\"; []) | if \$v == 3 then .server = \"silent\" else . end)]}" >"$T/scenario"
}

# Audited targets have more rounds than others, so their verdicts may be sure where others are not.
audited() { jq -r 'select(.quality.audited) | .dip' "$T"/v*r*.ndjson | sort -u | sed 's/.*/"&"/' >"$T/audited"; }

# holds TRUE SENTENCE: the verdicts of all hosts that were not audited, by class, are those of the file TRUE.
holds() {
    audited
    grep -vFf "$T/audited" "$T/m.ndjson" >"$T/rest"
    jq -rn --slurpfile truth "$T/1.1/truth.ndjson" '($truth | map({(.dip): .class}) | add) as $class | inputs |
        [$class[.dip], .verdicts[0].verdict, ([.vantages[].verdicts[0].verdict] | join(" ")),
            (.conditions[] | select(test("negotiation")) | sub(":.*"; ""))] | join(", ")' "$T/rest" |
        sort -u >"$T/got"
    cmp -s "$1" "$T/got"
    ok $? "$2" || say "$T/got" "$T/err"
}

for v in 1 2 3 4; do
    for r in 1 2; do
        scenario $v $r
        run $v $r "$hosts"
    done
done
exits 0 "$PATHPROBE" merge "$T"/v*r*.ndjson --output "$T/m.ndjson" --recheck "$T/again"
ok $? "two runs of four vantage points are merged" || say "$T/err"
cat >"$T/want" <<'END'
broken for one, path_dependent_candidate, works broken works works, ecn.multipoint.negotiation.succeeded
broken, broken, broken broken broken broken
changes for all, unstable, unstable unstable unstable unstable, ecn.multipoint.negotiation.succeeded
changes for one, unstable, unstable works works works, ecn.multipoint.negotiation.succeeded
cleared for one, works, works works works works, ecn.multipoint.negotiation.path_dependent_candidate
fine, works, works works works works, ecn.multipoint.negotiation.succeeded
offline for one, works, works works offline works, ecn.multipoint.negotiation.succeeded
offline, offline, offline offline offline offline
END
holds "$T/want" "two runs: every verdict is the true one, as far as two runs can tell"
jq -r '"\(.vantage) \"\(.dip)\""' "$T/again" | grep -vFf "$T/audited" | sort >"$T/asked"
jq -rn --slurpfile truth "$T/1.1/truth.ndjson" '$truth[] | if .class == "broken for one" then ("v1", "v3", "v4") + " \"\(.dip)\""
    elif .class == "cleared for one" then ("v1", "v2", "v3", "v4") + " \"\(.dip)\"" else empty end' | grep -vFf "$T/audited" |
    sort >"$T/should"
[ -s "$T/should" ] && cmp -s "$T/asked" "$T/should"
ok $? "--recheck has the targets that are not sure, for the vantage points that are not sure" || say "$T/asked" "$T/should"

# Three more runs; the last one measures the targets of --recheck.
for v in 1 2 3 4; do
    for r in 3 4; do
        scenario $v $r
        run $v $r "$hosts"
    done
    mkdir -p "$T/$v.5"
    jq -c --arg v "v$v" 'select(.vantage == $v)' "$T/again" >"$T/$v.5/ask.ndjson"
    scenario $v 5
    run $v 5 "$hosts" 5
done
exits 0 "$PATHPROBE" merge "$T"/v*r[125].ndjson --output "$T/m.ndjson" --force
sed -i 's/path_dependent_candidate/path_dependent/' "$T/want"
holds "$T/want" "after the recheck, every path_dependent verdict is sure"
exits 0 "$PATHPROBE" merge "$T"/v*r*.ndjson --output "$T/m.ndjson" --force
holds "$T/want" "after five runs every verdict is the true one"
[ "$(jq -c 'select(.verdicts[0].verdict == "broken") | .verdicts[0].e >= 1e12' "$T/m.ndjson" | sort -u)" = true ]
ok $? "E of several runs is multiplied"

# ---- noise

jq -n '{name: "noise", hops: [8, 12], hosts: [
    {share: 0.5, server: "ecn", delay_ms: 5, flow_fail: {p: 0.05, kind: "iid"}},
    {share: 0.5, server: "ecn", delay_ms: 5, flow_fail: {p: 0.05, kind: "episode"}}]}' >"$T/scenario"
rm "$T"/v*r*.ndjson
for v in 1 2 3 4; do
    for r in 1 2 3 4 5; do
        SEED=$((SEED * 100 + v * 10 + r)) run $v $r "$noisy" $((r == 5 ? 5 : 0))
    done
done
exits 0 "$PATHPROBE" merge "$T"/v*r*.ndjson --output "$T/m.ndjson" --force
jq -r '.verdicts[0].verdict, (.conditions[] | sub(":.*"; ""))' "$T/m.ndjson" | sort | uniq -c | sort -rn >"$T/words"
[ "$(jq -s length "$T/m.ndjson")" -ge "$((noisy - 1))" ] && ! grep -q path_dependent "$T/words"
ok $? "hosts of which flows fail and no arm is broken: no verdict is path_dependent" || say "$T/words"
sed 's/^/# /' "$T/words"
done_testing
