#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# report.sh: `pathprobe report`: its figures equal those that jq counts, text from outside is escaped, truncated files
# and files without observations are reported, and no incomplete output is left. report_browser.sh opens it in a
# browser.
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/../net/tap.sh"
need_program
here=$(dirname "$0")
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
export TMPDIR="$T"
python3 "$here/report_data.py" "$T" || bail "no data"

report() { "$PATHPROBE" report "$@"; }

# ---- figures

report --csv conditions "$T/now.ndjson" >"$T/conditions.csv"
count() { # CONDITION: prints the number of lines that state it
    jq -r '.conditions[]' "$T/now.ndjson" | grep -cx "$1"
}
column() { # CONDITION NUMBER
    awk -F, -v c="$1" -v n="$2" '$3 == c { sub(/\r/, ""); print $n }' "$T/conditions.csv"
}
for c in ecn.connectivity.works ecn.connectivity.broken ecn.connectivity.offline ecn.data.connectivity.broken \
    ecn.negotiation.succeeded ecn.negotiation.failed; do
    [ "$(column $c 12)" = "$(count $c)" ]
    ok $? "--csv conditions: $c has the count of jq" || say "$T/conditions.csv"
done
reached=$(jq -r 'select(.conditions[0] != "ecn.connectivity.offline") | .dip' "$T/now.ndjson" | wc -l)
[ "$(column ecn.connectivity.broken 7)" = "$reached" ]
ok $? "shares are those of reachable targets"
based=$(jq -r 'select(.conditions[0] == "ecn.connectivity.works" and .conditions[1] == "ecn.data.connectivity.broken") | .dip' \
    "$T/now.ndjson" | wc -l)
[ "$(column ecn.data.connectivity.broken 6)" = "$based" ] &&
    [ "$(column ecn.data.connectivity.broken 7)" = "$(count ecn.connectivity.works)" ]
ok $? "the share of an arm that builds on another is that of the targets at which the other one works"
[ "$(column ecn.negotiation.reflected 6)" = 0 ]
ok $? "a condition that was never stated has the count 0"
awk -F, 'NR > 1 && $7 != "" && !($9 <= $8 && $8 <= $10) { exit 1 }' "$T/conditions.csv"
ok $? "each share lies in its interval"

# ---- nothing counts twice

ln -s now.ndjson "$T/link.ndjson"
for files in "$T/now.ndjson" "$T/link.ndjson" "$T/./now.ndjson"; do
    report --csv conditions "$T/now.ndjson" "$files" 2>"$T/err" | cmp -s - "$T/conditions.csv" &&
        says "'$files' is the same file as '$T/now.ndjson': it is read once"
    ok $? "a file named twice, as ${files##"$T/"}, counts once" || say "$T/err"
done
# A copy with other members, as annotate adds them, and one without ids.
sed 's/^{/{"more":1,/' "$T/now.ndjson" >"$T/copy.ndjson"
lines=$(wc -l <"$T/now.ndjson")
report --csv conditions "$T/now.ndjson" "$T/copy.ndjson" 2>"$T/err" | cmp -s - "$T/conditions.csv" &&
    says "$lines lines are observations that stand in these files before"
ok $? "an observation that stands in two files counts once, and how many there are is said" || say "$T/err"
sed 's/"obs_id"/"id"/' "$T/now.ndjson" >"$T/plain.ndjson"
report --csv conditions <"$T/plain.ndjson" >"$T/plain.csv" 2>&1
cat "$T/plain.ndjson" "$T/plain.ndjson" | report --csv conditions 2>"$T/err" | cmp -s - "$T/plain.csv" &&
    says "$lines lines are observations"
ok $? "so does a line without an id that stands there twice" || say "$T/err"
for what in metadata "upload --to s3://bucket/ --output -"; do
    # shellcheck disable=SC2086 # words
    "$PATHPROBE" $what "$T/link.ndjson" "$T/now.ndjson" >"$T/out" 2>"$T/err"
    says "'$T/now.ndjson' is the same file as '$T/link.ndjson': it is read once"
    ok $? "${what%% *}: a file named twice is taken once" || say "$T/err"
done
rm -f "$T/link.ndjson.meta.json"

# A run of one round, whose arms do not build on what another trial has shown: data marked CE contain an ECN-setup SYN.
python3 - "$T" <<'END'
import json, sys
words = {"works": "works", "broken": "broken"}
def line(k, b1, b2, b5):
    arms = [("B1", "ecn.connectivity", b1), ("B2", "ecn.data.connectivity", b2), ("B5", "ecn.unasked.connectivity", b5)]
    return {"dip": f"10.0.{k}.1", "dp": 80, "experiment": "ecn", "connect": "http", "run_id": "r", "obs_id": f"o{k}",
            "conditions": [f"{c}.{w}" for _, c, w in arms], "first": [f"{c}.{w}" for _, c, w in arms],
            "verdicts": [{"arm": a, "condition": c, "verdict": w, "first": w, "e": 1e6} for a, c, w in arms],
            "quality": {"valid": True}}
with open(sys.argv[1] + "/arms.ndjson", "w") as f:
    for k in range(100):
        bad = "broken" if k < 10 else "works"
        print(json.dumps(line(k, bad, bad if k != 99 else "broken", bad)), file=f)
arms = [{"name": "A"}, {"name": "B1", "condition": "ecn.connectivity"},
        {"name": "B2", "condition": "ecn.data.connectivity", "base": "B1"},
        {"name": "B5", "condition": "ecn.unasked.connectivity"}]
json.dump({"run_id": "r", "experiment": "ecn", "connect": "http", "arms": arms, "counts": {"read": 100, "written": 100},
           "complete": True, "constants": {"alpha": 1e-4}}, open(sys.argv[1] + "/arms.ndjson.meta.json", "w"))
END
report --text "$T/arms.ndjson" 2>"$T/err" | tr -s ' \n' ' ' >"$T/text"
grep -q "These are 11 targets in all: some are counted for more than one arm\." "$T/text"
ok $? "the first sentences say how many targets their figures are together" || say "$T/text" "$T/err"
grep -q "B2 90 1 0 " "$T/text" && grep -q "B1 100 10 0 " "$T/text" && grep -q "B5 100 10 0 " "$T/text"
ok $? "one trial each: a target is not counted for an arm that contains a broken one" || say "$T/text"
[ "$(sed 's/ which networks.*//' "$T/text" | grep -o "by chance\|a chance of" | wc -l)" -eq 1 ]
ok $? "what may be there by chance is said once on the first screen" || say "$T/text"

report --text "$T/now.ndjson" >"$T/text"
awk 'length > 80 && !/^ *[^ ]*$/ { print; bad = 1 } END { exit bad }' "$T/text" >"$T/long"
ok $? "--text has 80 columns" || say "$T/long"
broken=$(count ecn.connectivity.broken)
grep -q "^ *AS64503 .* $broken " "$T/text"
ok $? "the AS of all broken targets is in the table of networks" || say "$T/text"

report --csv targets "$T/now.ndjson" >"$T/targets.csv"
[ "$(tail -n +2 "$T/targets.csv" | wc -l)" = "$(jq '.verdicts[].arm' "$T/now.ndjson" | wc -l)" ]
ok $? "--csv targets: a row for each verdict"
python3 - "$T" >"$T/python" <<'END'
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1] + "/targets.csv", newline="")))
want = sum(1 for l in open(sys.argv[1] + "/now.ndjson") for v in json.loads(l)["verdicts"] if v["verdict"] == "broken")
assert sum(r["verdict"] == "broken" for r in rows) == want, want
assert len({len(r) for r in rows}) == 1
assert any("</script>" in r["domain"] and "\\u{202e}" in r["domain"] and "\u202e" not in r["domain"] for r in rows)
END
ok $? "--csv targets: Python's csv reads the same verdicts, and a domain with quotes unchanged" || say "$T/python"
# ---- the summary at the end of a run

cat >"$T/run.sh" <<'END'
cd "$1" && shift
"$@" measure ecn -i lab0 --input targets.ndjson --output run.ndjson --rate 20k --spacing 0.2 --cooldown 0.2 \
    --connect-timeout 0.7 --max-rounds 4 --prefix-rate 0 2>run.err
END
"$PATHPROBE" lab --hosts 60 --targets "$T/targets.ndjson" -- sh "$T/run.sh" "$T" "$PATHPROBE" >"$T/lab" 2>&1
report --text "$T/run.ndjson" >"$T/text"
# Without late packets: observations hold only those of rounds that count.
page() { awk '/reachable target|could be reached/ { on = 1 } /^  how sure / { facts = 1 } facts && /^$/ { facts = 0 } facts || /^$/ { next } on { print } / over .*flows.s/ { exit }' "$1" | grep -v '^  late'; }
page "$T/run.err" >"$T/end"
page "$T/text" | cmp -s - "$T/end" && grep -q 'over http' "$T/end"
ok $? "--text prints the summary that measure printed at the end of the run" || say "$T/lab" "$T/run.err" "$T/text"

# ---- another campaign, several runs

report --text --against "$T/before.ndjson" "$T/now.ndjson" >"$T/text"
since=$(paste -d' ' "$T/before.ndjson" "$T/now.ndjson" | jq -s -r '.[].conditions[0]' | paste - - |
    grep -c 'works.*broken')
grep -q "^ *ecn.connectivity  *[0-9]*  *$since " "$T/text" || grep -A1 '^ecn.connectivity$' "$T/text" | grep -q " $since "
ok $? "--against: as many broken since as jq counts" || say "$T/text"
joined() { tr '\n' ' ' <"$1" | tr -s ' '; }
joined "$T/text" | grep -q "judged in both campaigns for ECN-setup SYNs, $since are broken since and 0 work again"
ok $? "--against: the report begins with a sentence on the changes" || say "$T/text"
report --text "$T/before.ndjson" "$T/now.ndjson" >"$T/text"
grep -q '^RUN BY RUN' "$T/text" && grep -q '2 runs are counted together' "$T/text"
ok $? "several runs: a table run by run, and a remark that targets count several times" || say "$T/text"

# ---- a run under way, a file cut off

report --text "$T/running.ndjson" >"$T/text"
tr '\n' ' ' <"$T/text" | grep -q 'still under way or was cut off' && joined "$T/text" | grep -q 'look at next Let the run end'
ok $? "a report of a run under way says so" || say "$T/text"
head -c 200000 "$T/now.ndjson" >"$T/cut.ndjson"
exits 0 report --text "$T/cut.ndjson" && says 'ends in the middle of a line'
ok $? "a file truncated within a line: a report, and a message" || say "$T/err"
zstd -q "$T/now.ndjson" -o "$T/whole.zst" && head -c "$(($(stat -c %s "$T/whole.zst") * 2 / 3))" "$T/whole.zst" >"$T/cut.zst"
exits 3 report --text "$T/cut.zst" && grep -q 'cannot be read to its end' "$T/out"
ok $? "a file truncated within a zstd frame: a report of the frames before it, and exit code 3" || say "$T/err"
sed 's/.*/{"dip":"192.0.2.1"}/' "$T/cut.ndjson" >"$T/none.ndjson"
exits 1 report "$T/none.ndjson" && says 'no observation' && says '^hint: .*line 1 '
ok $? "lines that are no observations are an error" || say "$T/err"
: >"$T/empty"
exits 1 report "$T/empty" && says 'no observation'
ok $? "an empty file" || say "$T/err"
exits 1 report "$T/gone" && says "cannot open"
ok $? "a missing file is an error"
exits 1 report "$T/now.ndjson.meta.json" && says '^hint: .*without .meta.json'
ok $? "a metadata file in place of observations is an error with a hint"
exits 2 report --csv nonsense "$T/now.ndjson" && says '^hint: --csv takes conditions'
ok $? "an unknown table: exit 2"
{ cat "$T/now.ndjson"; echo nonsense; cat "$T/before.ndjson"; } >"$T/mixed"
exits 0 report --text "$T/mixed" && grep -q 'left out  *1 line is no observation (the first is line 601' "$T/out"
ok $? "an invalid line among observations is counted, and its number given" || say "$T/out"

# ---- no target broken, all broken, and networks that stand out

# shaped NAME PROGRAM: makes NAME.ndjson of now.ndjson by jq's PROGRAM, with the same metadata.
shaped() { jq -c "$2" "$T/now.ndjson" >"$T/$1.ndjson" && cp "$T/now.ndjson.meta.json" "$T/$1.ndjson.meta.json"; }
WORD='def word(w): .verdicts |= map(select(.arm != "D") | .verdict = w | .first = w | .e = (if w == "broken" then 26379.6 else 1 end)) |
    .conditions = ["ecn.connectivity." + w, "ecn.data.connectivity." + w];'
shaped clean "$WORD word(\"works\")"
report --text "$T/clean.ndjson" >"$T/text" && joined "$T/text" | grep -q '^ecn .* All 600 reachable targets let ECN-setup SYNs through' &&
    joined "$T/text" | grep -q 'fewer than 0.61 % are broken if each target fails for itself, and fewer than' &&
    joined "$T/text" | grep -q 'Nothing here asks for a closer look' && ! grep -q '^  which networks' "$T/text"
ok $? "no target broken: an upper bound of the share, by targets and by networks" || say "$T/text"
shaped all "$WORD word(\"broken\")"
report --text "$T/all.ndjson" >"$T/text" && joined "$T/text" | grep -q '600 of 600 reachable targets (100.0 %) do not let ECN-setup SYNs' &&
    joined "$T/text" | grep -q 'Everywhere: all targets that could be reached are broken' && grep -q '^198.18.0.0:80 .* B1 (B2) ' "$T/text"
ok $? "all broken: no network stands out; an arm that builds on a broken one is in parentheses" || say "$T/text"
shaped spread "$WORD if (.dip | test(\"[.:]2\$\")) then word(\"broken\") else word(\"works\") end"
hit=$(jq -r 'select(.verdicts[0].verdict == "broken") | .dip' "$T/spread.ndjson" | wc -l)
report --text "$T/spread.ndjson" >"$T/text" && joined "$T/text" | grep -q "No AS, country or prefix (/24, /48) stands out: the $hit are in 9 of 9 ASes, 2 of 2 countries"
ok $? "broken targets spread over all networks: none stands out" || say "$T/text"
jq -c 'del(.canid_info)' "$T/now.ndjson" >"$T/bare.ndjson"
report --text "$T/bare.ndjson" >"$T/text" && joined "$T/text" | grep -q 'ASes and countries are not in these observations: `pathprobe annotate` puts them in'
ok $? "observations without ASes: the report says so" || say "$T/text"

# ---- hostile text in observations

report "$T/now.ndjson" --output "$T/now.html" --title '<b>"&' || bail "no page"
python3 - "$T/now.html" >"$T/python" 2>&1 <<'END'
import base64, hashlib, html.parser, re, sys
text = open(sys.argv[1], newline="").read()
class Page(html.parser.HTMLParser):
    tags, attributes, raw = [], set(), {}
    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attributes}
    def handle_data(self, data):
        if self.tags and self.tags[-1] in ("script", "style"):
            self.raw.setdefault(self.tags[-1], data)
page = Page()
page.feed(text)
assert page.tags.count("script") == 1 and "img" not in page.tags and "link" not in page.tags, "an element from outside"
assert not {a for a in page.attributes if a.startswith("on") or a in ("src", "style")}, "an attribute from outside"
assert "http:" not in text and "https:" not in text, "an address on the network"
assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f\x7f]", text), "marks of direction, control characters"
policy = re.search('Content-Security-Policy" content="([^"]*)"', text).group(1)
for what in ("style", "script"):
    digest = base64.b64encode(hashlib.sha256(page.raw[what].encode()).digest()).decode()
    assert f"{what}-src 'sha256-{digest}'" in policy, what
assert policy.startswith("default-src 'none'")
ids = re.findall(' id="([^"]*)"', text)
assert len(ids) == len(set(ids)), [i for i in ids if ids.count(i) > 1]
END
ok $? "a domain, an AS and options full of markup are text; the policy has the hashes of our style and script" || say "$T/python"

# ---- writing the page

exits 1 report "$T/now.ndjson" --output "$T/now.html" && says 'force'
ok $? "an existing page is not overwritten without --force" || say "$T/err"
cp "$T/now.html" "$T/old.html"
exits 1 report "$T/none.ndjson" --output "$T/now.html" --force && cmp -s "$T/now.html" "$T/old.html"
ok $? "a report that fails leaves the existing page unchanged"
cp "$T/now.ndjson" "$T/same.ndjson"
exits 1 report "$T/same.ndjson" --output "$T/same.ndjson" --force && says 'is the input' &&
    cmp -s "$T/now.ndjson" "$T/same.ndjson"
ok $? "an output that is the input is refused" || say "$T/err"
mkfifo "$T/pipe"
{ cat "$T/now.ndjson"; kill -TERM "$(cat "$T/pid")"; exec sleep 60; } >"$T/pipe" 2>"$T/err2" &
feeder=$!
sh -c 'echo $$ >"$0"; exec "$@"' "$T/pid" "$PATHPROBE" report --output "$T/new.html" - <"$T/pipe" 2>"$T/err"
code=$?
kill $feeder 2>/dev/null
[ $code -ne 0 ] && [ -z "$(find "$T" -name 'new.html*')" ]
ok $? "a signal leaves no file behind" || say "$T/err"
exits 1 report "$T/now.ndjson" --output /dev/full --force && says 'No space left'
ok $? "a full disk is an error" || say "$T/err"
mkdir "$T/small"
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
    # full DIRECTORY COMMAND...: with a disk of 64 KiB on DIRECTORY the command exits with 1, and leaves no file there.
    full() {
        unshare -m sh -c 'mount -t tmpfs -o size=64k none "$1" && d=$1 && shift && "$@"; code=$?; ls -A "$d" >"$T/left"; exit $code' \
            sh "$@" >"$T/out" 2>"$T/err"
        [ $? = 1 ] && says 'No space left' && [ ! -s "$T/left" ]
    }
    export T
    full "$T/small" "$PATHPROBE" report "$T/now.ndjson" --output "$T/small/new.html"
    ok $? "a disk that is full when the page is written: no incomplete file stays" || say "$T/err" "$T/left"
    TMPDIR="$T/small" full "$T/small" "$PATHPROBE" report "$T/now.ndjson" --output "$T/new.html" && [ ! -e "$T/new.html" ]
    ok $? "a disk that is full with temporary files: no page stays" || say "$T/err" "$T/left"
else
    skip "a full disk" "no mount namespace here"
fi
mkfifo "$T/unread"
"$PATHPROBE" report "$T/now.ndjson" --output "$T/unread" 2>"$T/err" &
pid=$!
exec 3<"$T/unread"
head -c 1000 <&3 >"$T/begun"
kill -TERM $pid # a shell has its jobs ignore SIGINT
wait $pid
[ $? = 143 ] && [ "$(wc -c <"$T/begun")" = 1000 ]
ok $? "SIGTERM ends a report whose pipe is no longer read" || say "$T/err"
exec 3<&-

# ---- inconsistent files, and lines beyond the bounds

# made NAME CODE: makes NAME.ndjson of the first observation, `o`. CODE calls put(o) or put(o, name) for each line, and
# meta(name, {...}) for metadata.
made() {
    python3 - "$T" "$1" "$2" <<'END'
import json, sys
where, name, code = sys.argv[1:]
text = open(where + "/now.ndjson").readline()
o = json.loads(text)
files = {}
def put(o, name=name):
    if name not in files:
        files[name] = open(f"{where}/{name}.ndjson", "w")
    files[name].write(json.dumps(o | {"by_hand": True}) + "\n")
def meta(name, change):
    m = json.load(open(where + "/now.ndjson.meta.json"))
    json.dump(m | change, open(f"{where}/{name}.ndjson.meta.json", "w"))
exec(code)
END
}
cd "$T" || exit 1
made many '
for run in range(500):
    o |= {"run_id": f"{run:031x}", "vantage": f"v{run}", "first": [], "verdicts": []}
    o["conditions"] = [f"x{run}.{i}.y" for i in range(2000)]
    put(o)'
exits 0 report --text many.ndjson && tr '\n' ' ' <"$T/out" | grep -q 'conditions are not counted'
ok $? "conditions beyond the bound are left out, and the report says so" || say "$T/err"
made mixed '
for i in range(40):
    put(o | {"experiment": f"e{i}"})'
exits 0 report --text mixed.ndjson && grep -q '^E3 OVER HTTP: IN SHORT' "$T/out" &&
    tr '\n' ' ' <"$T/out" | tr -s ' ' | grep -q '24 lines of further experiments'
ok $? "several experiments have a part each; lines of those beyond the bound are counted" || say "$T/out"
made here 'put(o); meta(name, {}); put(o | {"run_id": "e" * 31, "sip": "192.0.2.77"}, "there"); meta("there", {"run_id": "e" * 31})'
exits 0 report --text here.ndjson there.ndjson &&
    tr '\n' ' ' <"$T/out" | tr -s ' ' | grep -q 'vantage point one has different addresses (192.0.2.1, 192.0.2.77)'
ok $? "a vantage point with different addresses is reported" || say "$T/out"
made twice 'put(o); meta(name, {}); put(o, "again"); meta("again", {"_time_start": "2026-11-01T00:00:00Z"})'
exits 0 report --text twice.ndjson again.ndjson && tr '\n' ' ' <"$T/out" | tr -s ' ' | grep -q 'have the run_id a*: they'
ok $? "two runs with one run_id are reported" || say "$T/out"
made clock 'put(o); meta(name, {"parts": [{"clock_to": {"synchronized": False}}]}); put(o | {"run_id": "e" * 31}, "other")'
exits 0 report --text clock.ndjson other.ndjson && grep -q '^  clock  *not synchronized' "$T/out"
ok $? "a clock that is not synchronized is reported" || say "$T/out"
made merged '
say = [{"vantage": f"v{k}", "verdicts": [{"arm": "B1", "condition": "ecn.connectivity", "verdict":
        "works" if k % 2 else "broken", "e": 1}]} for k in range(200)]
for k in range(4):
    put(o | {"dip": f"192.0.2.{k}", "vantages": say, "runs": [], "conditions": ["ecn.multipoint.connectivity.path_dependent:200"],
             "verdicts": [{"arm": "B1", "condition": "ecn.connectivity", "verdict": "path_dependent", "e": 9}]})'
exits 0 report --text merged.ndjson && grep -q 'The first 16 of 200 vantage points' "$T/out" &&
    grep -Eq '^v0 +v1 +4 +0 ' "$T/out" && grep -q 'path_dependent  *4' "$T/out"
ok $? "merged observations of 200 vantage points: a table of pairs that agree" || say "$T/out"
made located '
place = {"arm": "B2", "on": "data", "kind": "rewrite", "field": "ip.ecn", "sent": 2, "seen": 0, "silent": 1, "quote": [28],
         "from": {"ttl": 5, "addr": "198.51.100.9", "asn": 64501}, "to": {"ttl": 7, "addr": "203.0.113.1", "asn": 64502}}
put(o | {"located": [place, place | {"kind": "drop", "field": None, "to": None}, {}, 7]})'
exits 0 report --text located.ndjson && grep -q 'hop 5, 198.51.100.9, AS64501' "$T/out" &&
    report --csv located located.ndjson | grep -q ',B2,data,rewrite,ip.ecn,2,0,5,198.51.100.9,64501,7,203.0.113.1,64502,1,'
ok $? "places as text and as CSV" || say "$T/out"
joined "$T/out" | grep -q 'A place is named for 2 findings, each of them another, so no router stands out'
ok $? "places: the report says whether a router stands out" || say "$T/out"
report located.ndjson | grep -q 'the place is in the hatched interval'
ok $? "places as a picture"

# Arms that form a grid of ECN and DSCP, which is read from their packets in the metadata, not from the experiment's name.
made grid '
pairs = [(e, d) for e in range(4) for d in (0, 5, 46, 48)]
arms = [{"name": "A" if not k else f"B{k}", "title": "x", "condition": f"x.{k}.connectivity" if k else None, "base": None,
         "hex": f"4500003c00004000 45{d << 2 | e:02x}003400004000", "steps": []} for k, (e, d) in enumerate(pairs)]
for i in range(40):
    words = ["broken" if e and d == 46 and i % 4 == 0 or e == 3 and i == 1 else "works" for e, d in pairs]
    verdicts = [{"arm": f"B{k}", "condition": f"x.{k}.connectivity", "verdict": w, "first": w, "e": 1, "alpha": 1e-4,
                 "a": [1, 1], "b": [1, 1], "rounds": []} for k, w in enumerate(words) if k]
    put(o | {"experiment": "x", "dip": f"192.0.2.{i}", "conditions": [f"x.{k}.connectivity.{w}" for k, w in enumerate(words) if k],
             "first": [], "verdicts": verdicts})
meta(name, {"experiment": "x", "arms": arms, "first_round": {}})'
exits 0 report --text grid.ndjson && grep -Eq '^CE +46 +B14 +40 +11 +27.5 %' "$T/out" && grep -Eq '^CE +5 +B13 +40 +1 ' "$T/out" &&
    grep -Eq '^Not-ECT +46 +B2 +40 +0 ' "$T/out" && [ "$(grep -cE '^(Not-ECT|ECT.[01].|CE) +[0-9]+ +B[0-9]+ ' "$T/out")" = 15 ]
ok $? "ECN by DSCP: a row for each pair" || say "$T/out"
report grid.ndjson | tr -d '\n' >page
grep -q '<title[^>]*>Share of targets that do not let an ECN field with a DSCP through' page &&
    grep -q '<title>CE, DSCP 46 (B14): 27.5 % broken</title>' page && grep -q '<title>the baseline</title>' page
ok $? "ECN by DSCP: a picture whose cells have their shares as text"
made sizes '
arms = [{"name": "A", "hex": "450004cc00004000"}] + [{"name": f"B{k + 1}", "title": "x", "condition": f"x.{n}.connectivity",
        "base": "B1" if k else None, "hex": f"4500{n:04x}00004000"} for k, n in enumerate((1500, 1378, 1480))]
for i in range(40):
    words = ["broken" if i < k * 4 else "works" for k in (5, 2, 3)]
    put(o | {"experiment": "x", "dip": f"192.0.2.{i}", "first": [], "verdicts": [],
             "conditions": [f"x.{n}.connectivity.{w}" for n, w in zip((1500, 1378, 1480), words)]})
meta(name, {"experiment": "x", "arms": arms, "first_round": {}})'
exits 0 report --text sizes.ndjson && awk '/^ *[0-9]+  B[0-9] / { print $1, $2, $3, $5 }' "$T/out" >got
printf '%s\n' '1378 B2 20 0' '1480 B3 20 0' '1500 B1 40 20' >want
cmp -s want got
ok $? "sizes of packets in rising order, as shares of the targets at which the base arm works" || say got "$T/out"
report sizes.ndjson | tr -d '\n' | grep -q '<title>1500 bytes (B1): 50.0 % broken</title>'
ok $? "sizes of packets as a picture" || say "$T/out"

# The metadata of merged lines keep the descriptions of arms: which one builds on another, and what each sends.
exits 0 "$PATHPROBE" merge now.ndjson --output both.ndjson
report --csv conditions both.ndjson >both.csv
[ "$(awk -F, '$3 == "ecn.data.connectivity.broken" { print $4, $5, $7 }' both.csv)" = \
    "$(awk -F, '$3 == "ecn.data.connectivity.broken" { print $4, $5, $7 }' conditions.csv)" ] &&
    grep -q '^ecn,http,ecn.data.connectivity.broken,B2,B1,' both.csv
ok $? "merged lines: an arm that builds on another has the same share as before" || say both.csv
exits 0 report --text both.ndjson && grep -q '^B2 *data marked ECT(0) *B1$' "$T/out"
ok $? "merged lines: the report says what each arm sends" || say "$T/out"

done_testing
