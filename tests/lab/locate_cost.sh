#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# locate_cost.sh: what --locate costs a campaign, counted in packets: ecn over http before 10,000 hosts that negotiate,
# one in a hundred of them behind a box that answers ECN-setup SYNs with RST or drops them. In virtual time. TAP.
set -u

: "${PATHPROBE:=./pathprobe}" "${TESTS:=build/tests}"
. "$(dirname "$0")/../net/tap.sh"
need_program
plugins=$(dirname "$PATHPROBE")/plugins
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
mkdir "$T/without" "$T/with"
cat >"$T/scenario" <<'EOS'
{"name": "cost", "hops": [8, 12], "hosts": [
    {"share": 0.99, "server": "ecn", "delay_ms": 20, "jitter_ms": 5},
    {"share": 0.005, "server": "ecn", "delay_ms": 20, "jitter_ms": 5,
     "path": [{"behaviour": "ecn.syn.rst", "dir": "fwd", "hop": 7}]},
    {"share": 0.005, "server": "ecn", "delay_ms": 20, "jitter_ms": 5,
     "path": [{"behaviour": "ecn.syn.drop", "dir": "fwd", "hop": 7}]}]}
EOS

# run WHICH METHOD
run() {
    "$TESTS/lab/virtual" "$T/$1" "$T/scenario" 10000 "${SEED:-3}" ecn http "$plugins" "$2" >"$T/$1/said" 2>&1
}
packets() {
    sed -n 's/.* \([0-9]*\) packets$/\1/p' "$T/$1/said"
}

run without 0 && run with locate
ok $? "with and without" || say "$T/without/said" "$T/with/said"
more=$((1000 * ($(packets with) - $(packets without)) / $(packets without)))
[ "$more" -gt 0 ] && [ "$more" -le 100 ]
ok $? "it takes $more packets more of a thousand, 100 at most" || say "$T/without/said" "$T/with/said"
grep -h '"located":\[{' "$T/with/observations.ndjson" | jq -c \
    '[.located[] | [.arm, .kind, .from.ttl, .to.ttl, .why, .sweeps.a, .sweeps.b]]' | sort | uniq -c >"$T/is"
cat >"$T/want" <<'EOS'
     50 [["B1","drop",7,8,null,7,7]]
     50 [["B1","reset",7,8,null,3,3]]
EOS
diff "$T/want" "$T/is" >"$T/diff"
ok $? "a drop takes seven pairs, a reset three, and arms that send the same SYN none of their own" || say "$T/diff"
n=$(grep -c '"located":\[\]' "$T/with/observations.ndjson")
[ "$n" -gt 50 ] && [ "$n" -lt 160 ]
ok $? "beside them, one in a hundred that work: $n" || say "$T/with/said"

done_testing
