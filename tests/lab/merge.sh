#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# merge.sh: `pathprobe merge` on observations made for it: words, what is left out, what cannot be joined, what other
# commands make of the result, and input as it should not be.
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/../net/tap.sh"
need_program
here=$(cd "$(dirname "$0")" && pwd)
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1

lines() { python3 "$here/merge_lines.py"; }
merge() { "$PATHPROBE" merge "$@"; }

# is EXPECTED FILTER FILE SENTENCE: what jq makes of FILE.
is() {
    jq -c "$2" "$3" >"$T/got" 2>&1
    printf '%s\n' "$1" | cmp -s - "$T/got"
    ok $? "$4" || say "$T/got" "$T/err"
}

# ---- words: a target a row, three vantage points with public addresses, several runs

for v in a b c; do
    n=$(printf %d "'$v")
    cat >$v.spec <<END
{"vantage":"$v","public":"198.51.100.$n","run":"${v}1","dip":"192.0.2.1"}
{"vantage":"$v","public":"198.51.100.$n","run":"${v}2","dip":"192.0.2.1","at":"2026-11-29 10:00:00.0"}
END
done
cat >>a.spec <<'END'
{"vantage":"a","public":"198.51.100.97","run":"a1","dip":"192.0.2.2","word":"broken"}
{"vantage":"a","public":"198.51.100.97","run":"a1","dip":"192.0.2.3","word":"broken"}
{"vantage":"a","public":"198.51.100.97","run":"a1","dip":"192.0.2.4","word":"offline"}
{"vantage":"a","public":"198.51.100.97","run":"a1","dip":"192.0.2.5","also":["ecn.negotiation.failed"],"b":[5,5]}
{"vantage":"a","public":"198.51.100.97","run":"a1","dip":"2001:db8:1::6","word":"broken","public":"2001:db8::a"}
{"vantage":"a","public":"198.51.100.97","run":"a2","dip":"2001:db8:1::6","word":"works","public":"2001:db8::a"}
{"vantage":"a","public":"198.51.100.97","run":"a1","dip":"192.0.2.7","also":["mss.option.remote.value:1460"]}
{"vantage":"a","public":"198.51.100.97","run":"a2","dip":"192.0.2.7","also":["mss.option.remote.value:1400"]}
END
cat >>b.spec <<'END'
{"vantage":"b","public":"198.51.100.98","run":"b1","dip":"192.0.2.2","b":[4,4]}
{"vantage":"b","public":"198.51.100.98","run":"b1","dip":"192.0.2.3"}
{"vantage":"b","public":"198.51.100.98","run":"b1","dip":"192.0.2.4"}
{"vantage":"b","public":"198.51.100.98","run":"b1","dip":"192.0.2.5","also":["ecn.negotiation.succeeded"],"b":[3,3]}
{"vantage":"b","public":"198.51.100.98","run":"b1","dip":"2001:db8:1::6","word":"works","public":"2001:db8::b"}
END
for v in a b c; do lines <$v.spec >$v.ndjson; done
zstd -q b.ndjson && gzip -k c.ndjson && bzip2 -k c.ndjson
exits 0 merge a.ndjson b.ndjson.zst c.ndjson.gz --output m.ndjson --recheck again.ndjson
ok $? "files in plain text, zstd and gzip" || say "$T/err"
is '["192.0.2.1","works",3,["ecn.multipoint.connectivity.works:3"]]' \
    'select(.dip == "192.0.2.1") | [.dip, .verdicts[0].verdict, .verdicts[0].vantages, .conditions]' m.ndjson \
    "all agree"
is '["ecn.stable.connectivity.works:2"]' 'select(.dip == "192.0.2.1") | .vantages[1].conditions' m.ndjson "two runs agree"
is '["2026-11-29 10:00:00.000000","2026-11-30 10:00:00.000001"]' \
    'select(.dip == "192.0.2.1") | [.runs[] | select(.vantage == "a") | .time.from]' m.ndjson "runs in order of time"
is '["path_dependent",750000,["ecn.multipoint.connectivity.path_dependent:2"]]' \
    'select(.dip == "192.0.2.2") | [.verdicts[0].verdict, .verdicts[0].e, .conditions]' m.ndjson \
    "path_dependent: both are sure; E is the mean"
is '["path_dependent_candidate",2]' 'select(.dip == "192.0.2.3") | [.verdicts[0].verdict, .verdicts[0].vantages]' m.ndjson \
    "one success is not sure: a candidate"
is '["192.0.2.3",80,"b","ecn","tcp"]' '[.dip, .dp, .vantage, .experiment, .connect]' again.ndjson \
    "and is asked again from there"
is '["works",1]' 'select(.dip == "192.0.2.4") | [.verdicts[0].verdict, .verdicts[0].vantages]' m.ndjson \
    "offline is no evidence"
is '["ecn.multipoint.connectivity.works:2","ecn.multipoint.negotiation.path_dependent:2"]' \
    'select(.dip == "192.0.2.5") | .conditions' m.ndjson "other conditions differ, too"
is '["unstable","unstable","works"]' \
    'select(.dip == "2001:db8:1::6") | [.verdicts[0].verdict, .vantages[].verdicts[0].verdict]' m.ndjson \
    "changed from run to run: unstable, and so everywhere"
is '["mss.option.remote.stable.value.unstable:2",1]' \
    'select(.dip == "192.0.2.7") | [.conditions[1], (.vantages | length)]' m.ndjson "values differ; one vantage point alone"

# Standard input, another order, bzip2: the same bytes.
bzip2 -dc c.ndjson.bz2 | cat - a.ndjson | shuf --random-source=a.ndjson | merge b.ndjson.zst - >m2.ndjson 2>"$T/err"
cmp -s m.ndjson m2.ndjson
ok $? "standard input, and the order of lines and files makes no difference" || say "$T/err"
exits 0 merge a.ndjson b.ndjson.zst c.ndjson.bz2 --output m.ndjson.zst && zstd -dqc m.ndjson.zst | cmp -s - m.ndjson
ok $? "output by zstd" || say "$T/err"
is '["pathprobe-v1-merged-ndjson",19,19,7,0]' \
    '[._file_type, .counts.read, .counts.merged, .counts.written, .counts.duplicates]' m.ndjson.meta.json "metadata count"

# ---- several experiments, arms, schemas

lines >mixed.ndjson <<'END'
{"run":"e"}
{"run":"d","experiment":"dscp","arms":{"B1":["dscp.46.connectivity","works"]}}
{"run":"d2","experiment":"dscp","arms":{"B1":["dscp.48.connectivity","broken"]}}
{"run":"m","experiment":"mss","arms":{"A":["mss.connectivity","online"]}}
{"run":"x","schema":2}
END
merge m.ndjson <m.ndjson >/dev/null 2>"$T/err"
ok $((1 - $?)) "what is merged already cannot be merged again"
says 'it is merged already' && says 'no line can be used'
ok $? "and says so" || say "$T/err"
exits 0 merge mixed.ndjson && says 'different arms' && says 'its `schema` is not 1'
ok $? "other arms and another schema are said" || say "$T/err"
jq -c '[.experiment, .verdicts[0].condition, .verdicts[0].verdict, (.verdicts[0].e | . == 1 or . == 1500000)]' "$T/out" |
    sort >got
cat >want <<'END'
["dscp","dscp.46.connectivity","works",true]
["dscp","dscp.48.connectivity","broken",true]
["ecn","ecn.connectivity","works",true]
["mss","mss.connectivity","online",false]
END
cmp -s want got
ok $? "a line for each question" || say got

# ---- duplicates, vantage points, trust

lines >dup.ndjson <<'END'
{"run":"r","obs":"first"}
{"run":"r","obs":"second","at":"2026-11-30 11:00:00.0"}
{"run":"r","obs":"third","at":"2026-11-30 12:00:00.0","word":"broken"}
{"run":"r","dip":"192.0.2.2","valid":false}
{"run":"r","dip":"192.0.2.2","at":"2026-11-30 11:00:00.0"}
END
exits 0 merge dup.ndjson dup.ndjson --output d.ndjson && says '^10 read = 2 merged + 8 duplicate$' &&
    says '4 of 8 duplicates .* differ'
ok $? "duplicates are counted, and those that differ are told" || say "$T/err"
is '["works",1,"first",true]' 'select(.dip == "192.0.2.1") | [.verdicts[0].verdict, .vantages[0].runs, .runs[0].obs_id, .quality.valid]' \
    d.ndjson "the first one is kept"
is '[true,"works"]' 'select(.dip == "192.0.2.2") | [.quality.valid, .verdicts[0].verdict]' d.ndjson "of them that are valid"
done_testing
