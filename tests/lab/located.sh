#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# located.sh: conditions that an experiment names as losses on the way are located: of accecn, marks of SYNs that arrive
# as others. In virtual time. TAP.
set -u

: "${PATHPROBE:=./pathprobe}" "${TESTS:=build/tests}"
. "$(dirname "$0")/../net/tap.sh"
need_program
plugins=$(dirname "$PATHPROBE")/plugins
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
cat >"$T/scenario" <<'EOS'
{"name": "marks", "hops": [9, 10], "hosts": [
    {"share": 0.4, "server": "ecn", "delay_ms": 20, "path": [{"behaviour": "server.accecn"}]},
    {"share": 0.3, "server": "ecn", "delay_ms": 20,
     "path": [{"behaviour": "ecn.ip.clear", "dir": "fwd", "hop": 7}, {"behaviour": "server.accecn"}]},
    {"share": 0.3, "server": "ecn", "delay_ms": 20,
     "path": [{"behaviour": "ecn.ect1.ect0", "dir": "fwd", "hop": 6}, {"behaviour": "server.accecn"}]}]}
EOS
"$TESTS/lab/virtual" "$T" "$T/scenario" 40 3 accecn tcp "$plugins" locate >"$T/said" 2>&1
ok $? "40 hosts with AccECN are measured, 24 of them behind a box that changes marks" || say "$T/said"
jq -c '[.located // [] | .[] | [.arm, .on, .kind, .field, .sent, .seen, .from.ttl, .to.ttl, .why]]' \
    "$T/observations.ndjson" | sort | uniq -c | sed 's/^ *//' >"$T/is"
cat >"$T/want" <<'EOS'
12 [["B6","syn","rewrite","ip.ecn",2,0,7,8,null],["B4","syn","rewrite","ip.ecn",1,0,7,8,null],["B5","syn","rewrite","ip.ecn",3,0,7,8,null]]
12 [["B4","syn","rewrite","ip.ecn",1,2,6,7,null]]
16 []
EOS
sort "$T/want" | diff - "$T/is" >"$T/diff"
ok $? "each changed mark has its place in the arm that sent it" || say "$T/diff" "$T/said"

# Routers quote first fragments alone: if the first one arrives and a later one is lost, the sweep cannot tell where.
cat >"$T/scenario" <<'EOS'
{"name": "fragments", "hops": [9, 10], "hosts": [
    {"share": 0.5, "server": "ecn", "delay_ms": 20, "families": [4],
     "path": [{"behaviour": "frag.drop", "dir": "fwd", "hop": 7}]},
    {"share": 0.25, "server": "ecn", "delay_ms": 20, "families": [4],
     "path": [{"behaviour": "frag.later.drop", "dir": "fwd", "hop": 7}]},
    {"share": 0.25, "server": "ecn", "delay_ms": 20, "families": [4],
     "path": [{"behaviour": "frag.early.drop", "dir": "fwd", "hop": 6}]}]}
EOS
rm -f "$T"/*.ndjson
"$TESTS/lab/virtual" "$T" "$T/scenario" 8 3 frag dnsudp "$plugins" locate >"$T/said" 2>&1
ok $? "8 hosts behind boxes that drop fragments are measured" || say "$T/said"
jq -c '[.located // [] | .[] | select(.why != "budget") | [.arm, .kind, .from.ttl, .to.ttl, .why]]' \
    "$T/observations.ndjson" | sort | uniq -c | sed 's/^ *//' >"$T/is"
cat >"$T/want" <<'EOS'
4 [["B1","drop",7,8,null]]
2 [["B1","drop",null,null,"fragments"]]
2 [["B4","drop",null,null,"fragments"]]
EOS
diff "$T/want" "$T/is" >"$T/diff"
ok $? "the loss of first fragments has a place, the loss of later ones has none" || say "$T/diff" "$T/said"

done_testing
