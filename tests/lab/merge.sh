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

# is EXPECTED FILTER FILE SENTENCE: jq's output for FILTER and FILE equals EXPECTED.
is() {
    jq -c "$2" "$3" >"$T/got" 2>&1
    printf '%s\n' "$1" | cmp -s - "$T/got"
    ok $? "$4" || say "$T/got" "$T/err"
}

# ---- verdicts: each target tests one case; three vantage points with public addresses, several runs

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
    "three vantage points agree: multipoint works"
is '["ecn.stable.connectivity.works:2"]' 'select(.dip == "192.0.2.1") | .vantages[1].conditions' m.ndjson "two runs of one vantage point agree: stable works"
is '["2026-11-29 10:00:00.000000","2026-11-30 10:00:00.000001"]' \
    'select(.dip == "192.0.2.1") | [.runs[] | select(.vantage == "a") | .time.from]' m.ndjson "runs are listed in order of time"
is '["path_dependent",750000,["ecn.multipoint.connectivity.path_dependent:2"]]' \
    'select(.dip == "192.0.2.2") | [.verdicts[0].verdict, .verdicts[0].e, .conditions]' m.ndjson \
    "path_dependent if both vantage points are sure; E is the mean"
is '["path_dependent_candidate",2]' 'select(.dip == "192.0.2.3") | [.verdicts[0].verdict, .verdicts[0].vantages]' m.ndjson \
    "a single success is not sure: path_dependent_candidate"
is '["192.0.2.3",80,"b","ecn","tcp"]' '[.dip, .dp, .vantage, .experiment, .connect]' again.ndjson \
    "--recheck has the candidate for that vantage point"
is '["works",1]' 'select(.dip == "192.0.2.4") | [.verdicts[0].verdict, .verdicts[0].vantages]' m.ndjson \
    "offline is no evidence"
is '["ecn.multipoint.connectivity.works:2","ecn.multipoint.negotiation.path_dependent:2"]' \
    'select(.dip == "192.0.2.5") | .conditions' m.ndjson "another condition that differs between vantage points"
is '["unstable","unstable","works"]' \
    'select(.dip == "2001:db8:1::6") | [.verdicts[0].verdict, .vantages[].verdicts[0].verdict]' m.ndjson \
    "unstable at one vantage point from run to run: unstable over all"
is '["mss.option.remote.stable.value.unstable:2",1]' \
    'select(.dip == "192.0.2.7") | [.conditions[1], (.vantages | length)]' m.ndjson "a value that differs between runs of a single vantage point"

# Standard input, another order of lines and files, and bzip2 give the same bytes.
bzip2 -dc c.ndjson.bz2 | cat - a.ndjson | shuf --random-source=a.ndjson | merge b.ndjson.zst - >m2.ndjson 2>"$T/err"
cmp -s m.ndjson m2.ndjson
ok $? "standard input and another order of lines and files give the same output" || say "$T/err"
exits 0 merge a.ndjson b.ndjson.zst c.ndjson.bz2 --output m.ndjson.zst && zstd -dqc m.ndjson.zst | cmp -s - m.ndjson
ok $? "output compressed by zstd" || say "$T/err"
is '["pathprobe-v1-merged-ndjson",19,19,7,0]' \
    '[._file_type, .counts.read, .counts.merged, .counts.written, .counts.duplicates]' m.ndjson.meta.json "the metadata count the lines"

# ---- several experiments, arms, schemas

lines >mixed.ndjson <<'END'
{"run":"e"}
{"run":"d","experiment":"dscp","arms":{"B1":["dscp.46.connectivity","works"]}}
{"run":"d2","experiment":"dscp","arms":{"B1":["dscp.48.connectivity","broken"]}}
{"run":"m","experiment":"mss","arms":{"A":["mss.connectivity","online"]}}
{"run":"x","schema":2}
END
merge m.ndjson <m.ndjson >/dev/null 2>"$T/err"
ok $((1 - $?)) "merged lines cannot be merged again"
says 'it is merged already' && says 'none of 7 lines is usable'
ok $? "merged lines: the message says that they are merged already" || say "$T/err"
exits 1 merge m.ndjson && says 'it is merged already' && ! grep -q 'metadata' "$T/err"
ok $? "merged lines: no message about their metadata" || say "$T/err"
exits 0 merge m.ndjson a.ndjson && says ' + 7 merged before$' && says "'m.ndjson': 7 lines are unusable"
ok $? "merged lines beside observations are counted and left out" || say "$T/err"
exits 0 merge mixed.ndjson && says 'different arms' && says 'its `schema` is not 1'
ok $? "runs with different arms, and lines of another schema, are reported" || say "$T/err"
jq -c '[.experiment, .verdicts[0].condition, .verdicts[0].verdict, (.verdicts[0].e | . == 1 or . == 1500000)]' "$T/out" |
    sort >got
cat >want <<'END'
["dscp","dscp.46.connectivity","works",true]
["dscp","dscp.48.connectivity","broken",true]
["ecn","ecn.connectivity","works",true]
["mss","mss.connectivity","online",false]
END
cmp -s want got
ok $? "a line for each experiment and condition" || say got

# ---- duplicates, vantage points, trust

lines >dup.ndjson <<'END'
{"run":"r","obs":"first"}
{"run":"r","obs":"second","at":"2026-11-30 11:00:00.0"}
{"run":"r","obs":"third","at":"2026-11-30 12:00:00.0","word":"broken"}
{"run":"r","dip":"192.0.2.2","valid":false}
{"run":"r","dip":"192.0.2.2","at":"2026-11-30 11:00:00.0"}
END
ln -s dup.ndjson dup_link.ndjson
exits 0 merge dup.ndjson dup_link.ndjson ./dup.ndjson --output d.ndjson && says '^5 read = 2 merged + 3 duplicate$' &&
    says "'dup_link.ndjson' is the same file as 'dup.ndjson': it is read once"
ok $? "one file of several names is read once" || say "$T/err"
cp dup.ndjson dup_copy.ndjson
exits 0 merge dup.ndjson dup_copy.ndjson --force --output d.ndjson && says '^10 read = 2 merged + 8 duplicate$' &&
    says '4 of 8 duplicates .* differ'
ok $? "duplicates are counted, and those that differ are reported" || say "$T/err"
is '["works",1,"first",true]' 'select(.dip == "192.0.2.1") | [.verdicts[0].verdict, .vantages[0].runs, .runs[0].obs_id, .quality.valid]' \
    d.ndjson "of duplicates the first one is kept"
is '[true,"works"]' 'select(.dip == "192.0.2.2") | [.quality.valid, .verdicts[0].verdict]' d.ndjson "of duplicates the first valid one is kept"

# A vantage point whose controls fail, or that loses too many packets, is left out as a whole.
lines >trust.ndjson <<'END'
{"vantage":"good","public":"198.51.100.1","run":"g","dip":"192.0.2.1","lines":40,"aa":"works"}
{"vantage":"dummies","public":"198.51.100.2","run":"d","dip":"192.0.2.1","lines":40,"aa":"broken","word":"broken"}
{"vantage":"invalid","public":"198.51.100.3","run":"i","dip":"192.0.2.1","lines":40,"valid":false}
{"vantage":"invalid","public":"198.51.100.3","run":"i","dip":"192.0.3.1","lines":40,"word":"broken"}
END
lines >lossy.ndjson <<'END'
{"vantage":"lossy","public":"198.51.100.4","run":"l","dip":"192.0.2.1","lines":40,"word":"broken"}
END
echo '{"run_id":"l","experiment":"ecn","connect":"tcp","complete":false,"arms":[{"name":"A","steps":[]},{"name":"B1","steps":["SYN: +ECE +CWR"]}],
    "parts":[{"packets":1000,"dropped_ring":20,"dropped_if":5}],"remarks":["something odd"]}' >lossy.ndjson.meta.json
exits 0 merge trust.ndjson lossy.ndjson --output t.ndjson && says "'dummies' is left out: 40 of 40 dummies" &&
    says "'invalid' is left out: 40 of 80 obs" && says "'lossy' is left out: 25 packets were lost" &&
    says "run l .* is not complete" && says 'something odd'
ok $? "vantage points with failing controls or losses are left out, and named with the reason" || say "$T/err"
[ "$(jq -c '[.vantages[].vantage]' t.ndjson | sort -u)" = '["good"]' ] &&
    [ "$(jq -c '.counts | [.read, .merged, .left_out]' t.ndjson.meta.json)" = '[200,40,160]' ]
ok $? "no line of a vantage point that is left out counts" || say t.ndjson.meta.json
exits 0 merge trust.ndjson lossy.ndjson --keep-all && [ "$(jq -s '[.[].vantages | length] | max' "$T/out")" = 4 ]
ok $? "--keep-all leaves no vantage point out" || say "$T/err"

# Arms of the same name that send different packets, according to the metadata.
for x in 1 2; do
    echo "{\"vantage\":\"v\",\"run\":\"p$x\"}" | lines >p$x.ndjson
    echo "{\"run_id\":\"p$x\",\"experiment\":\"ecn\",\"connect\":\"tcp\",\"complete\":true,\"arms\":[{\"name\":\"B1\",\"steps\":[\"SYN: $x\"]}]}" \
        >p$x.ndjson.meta.json
done
exits 0 merge p1.ndjson p2.ndjson && [ "$(wc -l <"$T/out")" = 2 ] && says 'equally named arms send different packets'
ok $? "arms of one name with different packets are not joined, and reported" || say "$T/err"
cat >p1.ndjson.meta.json <<'END'
{"run_id":"p1","experiment":"ecn","connect":"tcp","complete":true,"arms":[{"name":"A","hex":"4500"},
    {"name":"B1","title":"one","what":"ones","base":"B7","hex":"4502","steps":["SYN: 1"]}]}
END
sed 's/p1/p2/; s/one"/two"/' p1.ndjson.meta.json >p2.ndjson.meta.json
exits 0 merge p1.ndjson p2.ndjson --output p.ndjson
is '[["A",null,null,"4500",{}],["B1","one","B7","4502",{"works":1}]]' \
    '[.questions[0].arms[] | [.arm, .title, .base, .hex, .verdicts]]' p.ndjson.meta.json "the metadata describe arms as the first run does"
exits 0 merge p1.ndjson p2.ndjson && [ "$(wc -l <"$T/out")" = 1 ]
ok $? "arms of one name with the same packets are joined" || say "$T/err"
# A chunk of a fleet's campaign that was delivered again, by a worker that was restarted.
for x in 1 2; do
    echo "{\"run_id\":\"p$x\",\"experiment\":\"ecn\",\"connect\":\"tcp\",\"complete\":true,\"campaign\":\"c\"}" >p$x.ndjson.meta.json
done
exits 0 merge p1.ndjson p2.ndjson && says '2 read = 1 merged + 1 duplicate'
ok $? "runs of one campaign count as one run" || say "$T/err"

# ---- merged lines in other commands

exits 0 "$PATHPROBE" upload --as observations --output set m.ndjson --owner x --analyzer http://x.example/ --source http://x.example/y
ok $? "upload --as observations" || say "$T/err"
[ "$(jq -r 'select(.[3] | endswith(" 192.0.2.2")) | .[3:] | join(" ")' set)" = "a * 192.0.2.2 ecn.stable.connectivity.broken 1
b * 192.0.2.2 ecn.stable.connectivity.works 1
* 192.0.2.2 ecn.multipoint.connectivity.path_dependent 2" ]
ok $? "upload: stable conditions on each path, multipoint conditions on all paths" || say set
exits 1 "$PATHPROBE" upload --as raw --output raw m.ndjson --owner x && says 'merged observations' && says -- '--as observations'
ok $? "upload --as raw refuses merged lines" || say "$T/err"
echo 192.0.2.2 >block
exits 0 "$PATHPROBE" filter --observations --blocklist block --input m.ndjson --output f.ndjson --user root
[ "$(wc -l <f.ndjson)" = 6 ] && ! grep -q '"dip":"192.0.2.2"' f.ndjson
ok $? "filter removes merged lines of blocked networks" || say "$T/err"
if perl -MMaxMind::DB::Writer::Tree -e 1 2>/dev/null; then
    perl -MMaxMind::DB::Writer::Tree -e 'my $t = MaxMind::DB::Writer::Tree->new(ip_version => 6, record_size => 24,
        database_type => "GeoLite2-ASN", languages => ["en"], description => {en => "x"}, remove_reserved_networks => 0,
        map_key_type_callback => sub { "uint32" });
        $t->insert_network("192.0.2.0/24", {autonomous_system_number => 64500}); open my $o, ">:raw", "db"; $t->write_tree($o)'
    exits 0 "$PATHPROBE" annotate --mmdb db --input m.ndjson --output n.ndjson
    [ "$(jq -s '[.[] | select(.canid_info.ASN == 64500)] | length' n.ndjson)" = 6 ] &&
        [ "$(jq -c 'del(.canid_info)' n.ndjson | sort | cksum)" = "$(jq -c . m.ndjson | sort | cksum)" ]
    ok $? "annotate adds ASes to merged lines, and changes nothing else" || say "$T/err"
else
    skip "annotate adds ASes" "no MaxMind::DB::Writer here (libmaxmind-db-writer-perl)"
fi
done_testing
