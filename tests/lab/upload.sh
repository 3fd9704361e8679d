#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# upload.sh: `pathprobe upload` and `pathprobe metadata` against an observatory on loopback that behaves as the PTO does,
# with its faults (tests/net/pto.py). What is sent is read by tests/lab/pto_rules.py.
set -u

here=$(dirname "$0")
# shellcheck source=tests/net/tap.sh
. "$here/../net/tap.sh"
need_program
for tool in python3 jq bzip2 openssl; do
    command -v $tool >/dev/null || skip_all "$tool is not installed"
done
tmp=$(mktemp -d) || exit 1
pids=
trap 'for p in $pids; do kill "$p"; done 2>/dev/null; rm -rf "$tmp"' EXIT
unset PATHPROBE_TOKEN AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ENDPOINT_URL AWS_REGION
printf 'good\n' >"$tmp/token"
chmod 600 "$tmp/token"

# serve DIR [CERT KEY]: starts an observatory; its address is in $url.
serve() {
    mkdir -p "$1"
    if [ $# -gt 1 ]; then
        "$here/../net/pto.py" "$1" 127.0.0.1 "$2" "$3" &
        url=https://127.0.0.1
    else
        "$here/../net/pto.py" "$1" &
        url=http://127.0.0.1
    fi
    pids="$pids $!"
    until_true test -s "$1/port" || bail "no observatory"
    url=$url:$(cat "$1/port")
}

upload() {
    timeout 120 "$PATHPROBE" upload --retry-wait 0 "$@" 2>"$tmp/err" >"$tmp/link"
}

# raw ARG...: uploads to campaign c with a valid token.
raw() {
    upload --to "$url" --campaign c --token-file "$tmp/token" "$@"
}

# meta PATH KEY: prints a member of metadata at the observatory.
meta() {
    python3 - "$url/$1" "$2" <<'END'
import json, sys, urllib.request
q = urllib.request.Request(sys.argv[1], headers={"Authorization": "APIKEY good"})
print(json.load(urllib.request.urlopen(q)).get(sys.argv[2], ""))
END
}

# put PATH JSON: stores metadata at the observatory, as another client does.
put() {
    python3 - "$url/$1" "$2" <<'END'
import sys, urllib.request
q = urllib.request.Request(sys.argv[1], data=sys.argv[2].encode(), method="PUT",
                           headers={"Authorization": "APIKEY good", "Content-Type": "application/json"})
urllib.request.urlopen(q).read()
END
}

fault() {
    printf '%s\n' "$@" >"$pto/faults"
}

# code N SENTENCE: the last command's exit code, in $?.
code() {
    _got=$?
    [ $_got = "$1" ]
    ok $? "$2" || say "$tmp/err" "$pto/log"
}

# ---- files of observations: a run in the lab, and lines written by hand

"$PATHPROBE" lab --hosts 40 --scenario ecn --seed 3 --targets "$tmp/targets" -- true 2>/dev/null
if [ -s "$tmp/targets" ] && "$PATHPROBE" lab --hosts 40 --scenario ecn --seed 3 --targets "$tmp/targets" -- \
    "$PATHPROBE" measure ecn -i lab0 --rate 0 --cooldown 0.1 --spacing 0.2 --connect-timeout 1 --max-rounds 6 --vantage here \
    --contact t@example.net --input "$tmp/targets" --output "$tmp/ecn.ndjson" 2>"$tmp/err"; then
    made=lab
else
    made=
fi

cat >"$tmp/hand" <<'END'
{"dip":"192.0.2.1","dp":80,"rank":"7","x":1.10,"Path":5,"\u0070ath":6,"TIME":{"from":1},"canid_info":{"Prefix":"192.0.2.0/24","ASN":64500,"CountryCode":"CH","asn":"x"},"schema":1,"experiment":"ecn","connect":"http","run_id":"r1","obs_id":"o1","vantage":"home","sip":"10.0.0.1","sip_public":null,"path":["home","*","192.0.2.1"],"time":{"from":"2026-11-24 10:00:00.500000","to":"2026-11-24 10:03:00.000000"},"conditions":["ecn.connectivity.broken"],"first":["ecn.connectivity.broken","ecn.ipmark.ce.not_seen"],"verdicts":[{"arm":"B1","condition":"ecn.connectivity","rounds":[{"n":1,"count":1,"at":[[1,0,120]],"flows":[{"arm":"A","ok":true},{"arm":"B1","ok":false}]},{"n":2,"count":2,"at":[[2,2000,2100],[3,62000,62150]],"flows":[{"arm":"A","ok":true},{"arm":"B1","ok":false}]},{"n":4,"count":1,"at":[[4,122000,122001]],"flows":[{"arm":"A","ok":false},{"arm":"B1","ok":true}]}]},{"arm":"D","condition":"ecn.connectivity","rounds":[]}],"quality":{"valid":true}}
{"dip":"192.0.2.2","experiment":"ecn","path":["home","*","192.0.2.2"],"time":{"from":"2026-11-24 10:00:00","to":"2026-11-24 10:00:01"},"conditions":["pathspider.not_observed"],"quality":{"valid":false}}
{"dip":"2001:db8::2","experiment":"ecn","canid_info":{"ASN":"AS64501"},"path":["home","AS64496","*","2001:db8::2"],"time":{"from":"2026-11-24 09:59:59.25","to":"2026-11-24 10:00:01"},"conditions":["ecn.connectivity.works","ecn.answer:4:2"],"quality":{"valid":true}}
{"dip":"192.0.2.3","experiment":"ecn","path":["home","*","192.0.2.3"],"time":{"from":"2026-11-24 10:00:00","to":"2026-11-24 10:00:01"},"conditions":["ecn.connectivity.unstable"],"quality":{"valid":true}}

{"dip":"192.0.2.4","experiment":"ecn","path":["home",7,"192.0.2.4"],"time":{"from":"2026-11-24 10:00:00","to":"2026-11-24 10:00:01"},"conditions":[]}
{"dip":"192.0.2.5","experiment":"ecn","path":["home","*","192.0.2.5"],"time":{"from":"2026-11-24T10:00:00Z","to":"2026-11-24T10:00:01Z"},"conditions":[]}
no JSON
END

jq -cn 'range(40000) | {dip: "192.0.2.\(. % 256)", n: ., r: (. * 7919 % 65521 | tostring), experiment: "ecn", path: ["a", "*", "b"],
    time: {from: "2026-11-24 10:00:00", to: "2026-11-24 10:00:01"}, conditions: ["ecn.connectivity.works"]}' >"$tmp/big"

# ---- formats

mkfifo "$tmp/pipe"
! upload --output "$tmp/pipe" "$tmp/hand" && grep -q 'not a regular file, so metadata cannot be written beside it' "$tmp/err" && [ ! -e "$tmp/pipe.meta.json" ]
ok $? "an output that is a pipe is refused, and has no metadata"

upload --force --output "$tmp/raw.bz2" "$tmp/hand"
[ $? = 0 ] && "$here/pto_rules.py" --confirmed "$tmp/raw.bz2" >"$tmp/rules" 2>&1
ok $? "raw data: lines follow the PTO's rules" || say "$tmp/err" "$tmp/rules"
bzcat "$tmp/raw.bz2" | jq -c '[.dip, .time.from, .time.to, .conditions, .path[0]]' >"$tmp/got"
cat >"$tmp/want" <<'END'
["192.0.2.1","2026-11-24 10:00:00.500000","2026-11-24 10:03:00.000000",["ecn.connectivity.broken"],"home"]
["2001:db8::2","2026-11-24 09:59:59.250000","2026-11-24 10:00:01.000000",["ecn.connectivity.works","ecn.answer:4:2"],"home"]
["192.0.2.3","2026-11-24 10:00:00.000000","2026-11-24 10:00:01.000000",["ecn.connectivity.unstable"],"home"]
END
cmp -s "$tmp/got" "$tmp/want"
ok $? "raw data: a line for each target, with its confirmed conditions" || say "$tmp/got"
grep -q "warning: '$tmp/hand': connectivity of 1 targets is .unstable., .*ecn_stabilizer" "$tmp/err" &&
    grep -q '^hint: --as rounds' "$tmp/err"
ok $? "raw data: a warning for an unstable target, which the PTO's stabilizer takes for offline" || say "$tmp/err"
upload --force --output "$tmp/hand.bz2" --as rounds "$tmp/hand"
[ $? = 0 ] && "$here/pto_rules.py" "$tmp/hand.bz2" >"$tmp/rules" 2>&1 && ! grep -q unstable "$tmp/err"
ok $? "rounds: lines follow the PTO's rules" || say "$tmp/err" "$tmp/rules"
bzcat "$tmp/hand.bz2" | jq -c '[.dip, .time.from, .time.to, .conditions, .canid_info]' >"$tmp/got"
cat >"$tmp/want" <<'END'
["192.0.2.1","2026-11-24 10:00:00.500000","2026-11-24 10:00:00.620000",["ecn.connectivity.broken","ecn.ipmark.ce.not_seen"],{"ASN":64500,"Prefix":"192.0.2.0/24","CountryCode":"CH"}]
["192.0.2.1","2026-11-24 10:00:02.500000","2026-11-24 10:00:02.600000",["ecn.connectivity.broken"],{"ASN":64500,"Prefix":"192.0.2.0/24","CountryCode":"CH"}]
["192.0.2.1","2026-11-24 10:01:02.500000","2026-11-24 10:01:02.650000",["ecn.connectivity.broken"],{"ASN":64500,"Prefix":"192.0.2.0/24","CountryCode":"CH"}]
["192.0.2.1","2026-11-24 10:02:02.500000","2026-11-24 10:02:02.501000",["ecn.connectivity.transient"],{"ASN":64500,"Prefix":"192.0.2.0/24","CountryCode":"CH"}]
["2001:db8::2","2026-11-24 09:59:59.250000","2026-11-24 10:00:01.000000",["ecn.connectivity.works","ecn.answer:4:2"],null]
END
cmp -s "$tmp/got" "$tmp/want"
ok $? "rounds: a line for each round, with its own time; without unstable, invalid and damaged lines" || say "$tmp/got"
bzcat "$tmp/hand.bz2" | head -n 1 | grep -q '"rank":"7","x":1.10,"canid_info"'
ok $? "rounds: members of the target are unchanged"
grep -q '7 observations read, 3 taken as 5 lines, 1 invalid, 0 of other experiments, 3 bad lines' "$tmp/err"
ok $? "rounds: all lines are counted" || say "$tmp/err"
cp "$tmp/hand.bz2" "$tmp/was" && cp "$tmp/hand.bz2.meta.json" "$tmp/was.meta"
! upload --output "$tmp/hand.bz2" "$tmp/big" && grep -q "hand.bz2' is not empty" "$tmp/err" &&
    rm "$tmp/hand.bz2" && ! upload --output "$tmp/hand.bz2" "$tmp/big" &&
    grep -q "hand.bz2.meta.json' is not empty" "$tmp/err" && ! [ -e "$tmp/hand.bz2" ] &&
    cmp -s "$tmp/hand.bz2.meta.json" "$tmp/was.meta" && cp "$tmp/was" "$tmp/hand.bz2"
ok $? "existing data and metadata are not overwritten without --force" || say "$tmp/err"
jq -e '._file_type == "pathspider-v2-ndjson-bz2" and ._time_start == "2026-11-24T09:59:59Z" and ._time_end == "2026-11-24T10:03:00Z" and
    .vantage == "home" and all(.[]; type == "string")' "$tmp/hand.bz2.meta.json" >/dev/null
ok $? "metadata: type, times and vantage point; all values are strings" || say "$tmp/hand.bz2.meta.json"

esc=$(printf '\033[2J')
cp "$tmp/hand" "$tmp/$esc"
upload --force --output "$tmp/x.bz2" "$tmp/$esc" && grep -q 'x1b\[2J: 7 observations read' "$tmp/err" && ! grep -q "$(printf '\033')" "$tmp/err"
ok $? "a file name's control characters do not reach the terminal" || say "$tmp/err"
cp "$tmp/hand" "$tmp/cut"
echo '{"_owner":"o","info":{"complete":false},"complete":false}' >"$tmp/cut.meta.json"
upload --force --output "$tmp/x.bz2" "$tmp/cut" && [ -s "$tmp/x.bz2" ] && grep -q "warning: '$tmp/cut' is not complete" "$tmp/err" &&
    grep -q '^hint: .*--resume' "$tmp/err"
ok $? "a warning for an incomplete run" || say "$tmp/err"
echo '{"_owner":"o","info":{"complete":false},"complete":true}' >"$tmp/cut.meta.json"
upload --force --output "$tmp/x.bz2" "$tmp/cut" && ! grep -q 'not complete' "$tmp/err"
ok $? "no warning for a complete run" || say "$tmp/err"

sed 's/"experiment":"ecn"/"experiment":"dscp"/' "$tmp/hand" | cat "$tmp/hand" - >"$tmp/mixed"
upload --force --output "$tmp/x.bz2" "$tmp/mixed"
[ $? = 1 ] && grep -q "'ecn' and of 'dscp'" "$tmp/err" && upload --force --output "$tmp/x.bz2" --experiment dscp "$tmp/mixed" &&
    bzcat "$tmp/x.bz2" | jq -r .experiment | sort -u | grep -qx dscp
ok $? "a file with two experiments is refused, unless --experiment selects one" || say "$tmp/err"

if [ "$made" ]; then
    upload --force --output "$tmp/lab.bz2" "$tmp/ecn.ndjson"
    "$here/pto_rules.py" --confirmed "$tmp/lab.bz2" >"$tmp/rules" 2>&1 &&
        [ "$(bzcat "$tmp/lab.bz2" | wc -l)" = "$(jq -c 'select(.quality.valid)' "$tmp/ecn.ndjson" | wc -l)" ] &&
        upload --as rounds --force --output "$tmp/lab.bz2" "$tmp/ecn.ndjson" &&
        "$here/pto_rules.py" "$tmp/lab.bz2" >"$tmp/rules" 2>&1
    ok $? "a run in the lab follows the PTO's rules, as a line per target and as rounds" || say "$tmp/err" "$tmp/rules"
    # The number of failed rounds equals attempts less successes of the verdict.
    jq -c 'select(.quality.valid and (.conditions | all(test("unstable") | not))) | .dip as $d | .verdicts[] |
        select(.arm == "B1") | [$d, (.b[1] - .b[0])]' "$tmp/ecn.ndjson" | sort >"$tmp/want"
    bzcat "$tmp/lab.bz2" | jq -c -n '[inputs] | group_by(.dip)[] | [.[0].dip, ([.[].conditions[] |
        select(test("^ecn.connectivity.(broken|offline)$"))] | length)]' | sort >"$tmp/got"
    sort "$tmp/want" "$tmp/got" | uniq -d | wc -l >"$tmp/same"
    [ -s "$tmp/want" ] && [ "$(cat "$tmp/same")" -ge "$(wc -l <"$tmp/want")" ]
    ok $? "rounds: as many failures as the verdicts count" || say "$tmp/want" "$tmp/got"
    "$PATHPROBE" metadata --add 'note:a: b' --owner me@example.net "$tmp/ecn.ndjson" 2>"$tmp/err"
    jq -e '.note == "a: b" and ._owner == "me@example.net" and (.arms | length) > 1 and .complete and .vantage == "here" and
        (._time_start | test("Z$"))' "$tmp/ecn.ndjson.meta.json" >/dev/null
    ok $? "metadata: tags are added, and the description of the run stays" || say "$tmp/err"
else
    skip "a campaign of the lab" "no lab here"
    cp "$tmp/hand" "$tmp/ecn.ndjson"
fi
cp "$tmp/hand" "$tmp/alone.ndjson"
"$PATHPROBE" metadata "$tmp/alone.ndjson" 2>"$tmp/err" &&
    jq -e '.run_id == "r1" or .experiment == "ecn"' "$tmp/alone.ndjson.meta.json" >/dev/null
ok $? "metadata: made for a file that has none" || say "$tmp/err"
: >"$tmp/nothing"
codes=
for operands in "$tmp/nothing" "$tmp/none" "" "--add x $tmp/hand"; do
    "$PATHPROBE" metadata $operands 2>"$tmp/err"
    codes="$codes $?"
done
[ "$codes" = " 1 1 2 2" ]
ok $? "metadata: an empty file and a missing one, no operand, a tag without a value"

# ---- uploads

pto=$tmp/pto
serve "$pto"
seen() { # seen LINE...: whether these are the lines of the log, without their sizes
    sed 's/ [0-9]*$//' "$pto/log" >"$tmp/seen"
    printf '%s\n' "$@" | cmp -s - "$tmp/seen"
}
forget() {
    : >"$pto/log"
}

raw --owner o@example.net --name first.ndjson.bz2 --add 'ticket:a:b' "$tmp/hand"
code 0 "a first upload"
seen "GET /raw/c 404" "PUT /raw/c 201" "GET /raw/c/first.ndjson.bz2 404" "PUT /raw/c/first.ndjson.bz2 201" \
    "PUT /raw/c/first.ndjson.bz2/data 201" "PUT /raw/c/first.ndjson.bz2 201"
ok $? "campaign, metadata, data, metadata" || say "$tmp/seen"
cmp -s "$pto/c/first.ndjson.bz2" "$tmp/raw.bz2"
ok $? "the observatory has the data byte for byte"
[ "$(cat "$tmp/link")" = "$url/raw/c/first.ndjson.bz2" ]
ok $? "its address is printed, as the PTO's tools name it" || say "$tmp/link"
forget
raw --name first.ndjson.bz2 --owner o@example.net --add 'ticket:a:b' "$tmp/hand"
code 0 "the same upload again"
grep -q 'was uploaded already' "$tmp/err" && seen "GET /raw/c 200" "GET /raw/c/first.ndjson.bz2 200"
ok $? "the same upload again sends no data" || say "$tmp/seen"
# ---- names

# misnamed SENTENCE ARG...: the upload is refused before the first request.
misnamed() {
    _sentence=$1
    shift
    forget
    raw "$@"
    [ $? = 2 ] && [ ! -s "$pto/log" ]
    ok $? "$_sentence is refused before the first request" || say "$tmp/err" "$pto/log"
}
for name in 'a%41' 'a?b' 'a#b' 'a/b' '..' __pto_campaign_metadata.json x.pto_file_metadata.json ''; do
    misnamed "--name '$name'" --name "$name" "$tmp/hand"
done
misnamed "--name with control characters" --name "$esc" "$tmp/hand"
misnamed "--name that is not UTF-8" --name "$(printf 'a\377')" "$tmp/hand"
for name in 'c%' 'c?' 'c#' 'c/d' '[c' '*' '' '.'; do
    misnamed "--campaign '$name'" --campaign "$name" "$tmp/hand"
done
cp "$tmp/hand" "$tmp/100%.ndjson"
misnamed "a default name with %, of the second file," "$tmp/hand" "$tmp/100%.ndjson"
grep -q '^hint: --name NAME gives another' "$tmp/err"
ok $? "a default name with %: the hint names --name" || say "$tmp/err"
misnamed "a vantage point with a blank" --vantage 'my home' "$tmp/hand"
grep -q "^hint: use 'my_home'" "$tmp/err"
ok $? "a vantage point with a blank: the hint gives a valid name" || say "$tmp/err"
raw --name '2026: été 1.bz2' --owner o@example.net "$tmp/hand"
[ $? = 0 ] && [ -s "$pto/c/2026: été 1.bz2" ] && [ "$(cat "$tmp/link")" = "$url/raw/c/2026:%20%C3%A9t%C3%A9%201.bz2" ]
ok $? "a name with blanks, colons and non-ASCII letters; its address is encoded as the observatory does" || say "$tmp/err" "$tmp/link"

# ---- data that is stored already

raw --name first.ndjson.bz2 --owner o@example.net --add ticket:b --add 'note:<&>' "$tmp/hand"
[ $? = 1 ] && grep -q "with other metadata: ticket note" "$tmp/err" && grep -q '^hint: --update' "$tmp/err"
ok $? "the same data with other metadata: an error that names the members" || say "$tmp/err"
forget
raw --update --name first.ndjson.bz2 --owner o@example.net --add ticket:b --add 'note:<&>' "$tmp/hand"
[ $? = 0 ] && [ "$(meta raw/c/first.ndjson.bz2 ticket)$(meta raw/c/first.ndjson.bz2 note)" = 'b<&>' ] &&
    ! grep -q /data "$pto/log" && grep -q 'metadata corrected' "$tmp/err"
ok $? "--update corrects the metadata, and sends no data" || say "$tmp/err" "$pto/log"
raw --update --name first.ndjson.bz2 --owner o@example.net --add ticket:b --add 'note:<&>' "$tmp/hand"
[ $? = 0 ] && grep -q 'metadata is up to date' "$tmp/err"
ok $? "--update with the same metadata changes nothing" || say "$tmp/err"
forget
raw --update --name none.ndjson.bz2 "$tmp/hand"
[ $? = 1 ] && grep -q "'none.ndjson.bz2' does not exist there" "$tmp/err" && ! grep -q PUT "$pto/log"
ok $? "--update of a missing file" || say "$tmp/err"
raw --update --campaign none "$tmp/hand"
[ $? = 1 ] && grep -q "campaign 'none' does not exist" "$tmp/err" && ! grep -q PUT "$pto/log"
ok $? "--update in a missing campaign" || say "$tmp/err"
raw --update --name first.ndjson.bz2 --experiment dscp "$tmp/mixed"
[ $? = 1 ] && grep -q 'with other data' "$tmp/err" && ! grep -q PUT "$pto/log"
ok $? "--update with other data than those stored is refused" || say "$tmp/err"
raw --deprecate --name first.ndjson.bz2 "$tmp/hand"
[ $? = 0 ] && meta raw/c/first.ndjson.bz2 _deprecated | grep -qx '20[0-9-]*T[0-9:]*Z' &&
    [ "$(meta raw/c/first.ndjson.bz2 ticket)" = b ] && [ "$(cat "$tmp/link")" = "$url/raw/c/first.ndjson.bz2" ]
ok $? "--deprecate adds the time, and keeps other metadata" || say "$tmp/err"
raw --name first.ndjson.bz2 --owner o@example.net --add ticket:b --add 'note:<&>' "$tmp/hand"
[ $? = 1 ] && grep -q 'complete, but deprecated' "$tmp/err"
ok $? "an upload of deprecated data is an error that says so" || say "$tmp/err"
upload --to "$url" --token-file "$tmp/token" --deprecate "$url/raw/c/first.ndjson.bz2/data"
[ $? = 0 ] && grep -q 'was deprecated already' "$tmp/err"
ok $? "--deprecate accepts an address" || say "$tmp/err"
raw --update --name first.ndjson.bz2 --owner o@example.net --add ticket:b --add 'note:<&>' "$tmp/hand"
[ $? = 0 ] && [ ! "$(meta raw/c/first.ndjson.bz2 _deprecated)" ]
ok $? "--update removes the deprecation" || say "$tmp/err"
upload --to "$url" --token-file "$tmp/token" --deprecate http://192.0.2.1/raw/c/first.ndjson.bz2
[ $? = 1 ] && grep -q 'the token is not sent there' "$tmp/err"
ok $? "--deprecate of an address at another host is refused" || say "$tmp/err"
raw --update --deprecate "$tmp/hand"
code 2 "--update with --deprecate"
put raw/c/theirs.bz2 '{"_file_type":"test","_time_start":"2026-01-01T00:00:00Z","_time_end":"2026-01-01T00:00:00Z","of":"theirs"}'
forget
raw --name theirs.bz2 "$tmp/hand"
[ $? = 1 ] && ! grep -q PUT "$pto/log" && [ "$(meta raw/c/theirs.bz2 of)" = theirs ]
ok $? "metadata of another client without data yet are not overwritten" || say "$tmp/err" "$pto/log"

# ---- the path, and the length of metadata

sed 's/"path":\["home"/"path":["10.0.0.1"/; s/"vantage":"home",//; /192.0.2.3/s/10.0.0.1/my home/' "$tmp/hand" >"$tmp/private"
upload --force --output "$tmp/x.bz2" "$tmp/private"
grep -q 'of 2 observations begins with a special-purpose address' "$tmp/err" && grep -q '^hint: --vantage NAME' "$tmp/err" &&
    grep -q '1 paths have elements with blanks' "$tmp/err" && bzcat "$tmp/x.bz2" | jq -r '.path[0]' | grep -qx my_home
ok $? "a warning for a private source without a vantage point's name; blanks in a path become _" || say "$tmp/err"
upload --force --output "$tmp/x.bz2" --vantage ams-1 "$tmp/private"
[ "$(bzcat "$tmp/x.bz2" | jq -r '.path[0]' | head -n 1)" = ams-1 ] && ! grep -q special-purpose "$tmp/err"
ok $? "--vantage replaces the source in the path" || say "$tmp/err"
cp "$tmp/hand" "$tmp/long"
jq -n '[range(40) | {key: "k\(.)", value: ([range(10 * .)] | map({x: "<&>"}))}] | from_entries + {_owner: "o", short: "s"}' \
    >"$tmp/long.meta.json"
forget
raw --name long.ndjson.bz2 "$tmp/long"
[ $? = 0 ] && awk '$1 == "PUT" && $4 > 65535 { exit 1 }' "$pto/log" && [ "$(meta raw/c/long.ndjson.bz2 short)" = s ] &&
    meta raw/c/long.ndjson.bz2 left_out | grep -q '^k39 k38' && [ "$(meta raw/c/long.ndjson.bz2 k5)" ]
ok $? "metadata of more than 64 KiB: the longest members are left out" || say "$tmp/err" "$pto/log"
# The stored metadata as Go writes them, with \u003c for <.
python3 - "$url/raw/c/long.ndjson.bz2" <<'END'
import json, sys, urllib.request
q = urllib.request.Request(sys.argv[1], headers={"Authorization": "APIKEY good"})
line = json.dumps(json.load(urllib.request.urlopen(q)), separators=(",", ":"), ensure_ascii=False)
for c in "<>&":
    line = line.replace(c, "\\u%04x" % ord(c))
sys.exit(not 40000 < len(line.encode()) < 64000)
END
ok $? "metadata stay below 64 KiB as the observatory writes them"
raw --name long.ndjson.bz2 --add "x:$(head -c 60000 /dev/zero | tr '\0' x)" "$tmp/hand"
[ $? = 1 ] && grep -q 'metadata of more than 56 KiB' "$tmp/err"
ok $? "a tag that is too long and must not be left out is an error" || say "$tmp/err"

raw --name first.ndjson.bz2 "$tmp/x" "$tmp/y"
code 2 "one name for two files"
raw --name first.ndjson.bz2 --experiment dscp "$tmp/mixed"
code 1 "other data under an existing name"
grep -q 'exists there already, with other data' "$tmp/err"
ok $? "other data under an existing name: the message says so" || say "$tmp/err"

# faulty NAME EXIT SENTENCE FAULT...: uploads a file under a new name while the observatory has these faults.
faulty() {
    _name=$1 _exit=$2 _sentence=$3
    shift 3
    fault "$@"
    forget
    raw --name "$_name.ndjson.bz2" --owner o@example.net "$tmp/ecn.ndjson"
    code "$_exit" "$_sentence"
}
# whole NAME: the file of that name at the observatory equals what was sent.
upload --force --output "$tmp/sent.bz2" "$tmp/ecn.ndjson"
whole() {
    cmp -s "$pto/c/$1.ndjson.bz2" "$tmp/sent.bz2"
    ok $? "$1 arrived unchanged" || say "$tmp/err" "$pto/log"
}

faulty cut 0 "a connection that breaks off in the body" "PUT .*/data cut"
whole cut-2
grep -q "'cut.ndjson.bz2' is damaged: " "$tmp/err" && [ "$(meta raw/c/cut.ndjson.bz2 _deprecated)" ] &&
    [ ! "$(meta raw/c/cut-2.ndjson.bz2 _deprecated)" ]
ok $? "the damaged file is reported and deprecated, and another name is used" || say "$tmp/err"
forget
raw --name cut.ndjson.bz2 --owner o@example.net "$tmp/ecn.ndjson"
code 0 "the same upload after a damaged one"
grep -q 'was uploaded already' "$tmp/err" && ! grep -q '^PUT' "$pto/log"
ok $? "the same upload after a damaged one finds the good file" || say "$tmp/err" "$pto/log"
faulty short 0 "less data is stored than was sent" "PUT .*/data short"
whole short-2
faulty twice 0 "two damaged uploads in a row" "PUT .*/data cut" "PUT .*/data short"
whole twice-3
faulty lost 0 "a lost response" "PUT .*/data lose"
whole lost
faulty empty 0 "a connection that breaks off before the body" "PUT .*/data empty"
whole empty-2
[ "$(meta raw/c/empty.ndjson.bz2 _deprecated)" ]
ok $? "a file without data is deprecated"
faulty late 0 "data that the observatory still writes when the connection ends" "PUT .*/data late 2"
whole late
[ "$(grep -c /data "$pto/log")" = 1 ] && [ ! "$(meta raw/c/late.ndjson.bz2 _deprecated)" ]
ok $? "data that the observatory still writes is waited for, and sent once" || say "$pto/log"
faulty never 0 "data of which the observatory writes half" "PUT .*/data late 0"
whole never-2
[ "$(meta raw/c/never.ndjson.bz2 _deprecated)" ]
ok $? "half a file is deprecated"
faulty busy 0 "500 three times" "PUT .*/data status 500" "GET .*/busy.* status 500" "PUT .*/busy.ndjson.bz2 status 503"
whole busy
faulty slow 0 "a slow observatory" "PUT .*/data slow"
whole slow
faulty broken 1 "status 500 each time" "PUT .*/data status 500" "PUT .*/data status 500" "PUT .*/data status 500" \
    "PUT .*/data status 500" "PUT .*/data status 500"
[ "$(grep -c '/data 500' "$pto/log")" = 5 ]
ok $? "status 500 each time: the upload ends after four retries, the default" || say "$pto/log"
faulty forbidden 1 "status 403 for the data" "PUT .*/data status 403"
[ "$(grep -c 403 "$pto/log")" = 1 ] && grep -q 'hint: the token' "$tmp/err"
ok $? "status 403 for the data is not retried, and has a hint" || say "$tmp/err" "$pto/log"
forget
raw --name forbidden.ndjson.bz2 --owner o@example.net "$tmp/ecn.ndjson"
code 0 "an upload to a name with metadata and without data"
grep -q 'completed an earlier upload' "$tmp/err"
whole forbidden
faulty type 1 "status 415 for the metadata" "PUT .*bz2 status 415"
[ "$(grep -c 415 "$pto/log")" = 1 ] && grep -q '^hint: .*a proxy changes the Content-Type' "$tmp/err"
ok $? "status 415 for the metadata is not retried, and has a hint of its own" || say "$tmp/err"
faulty lift 1 "status 403 for the second metadata, sent after the data" "PUT .*lift.ndjson.bz2 none" "PUT .*lift.ndjson.bz2 status 403"
[ "$(meta raw/c/lift.ndjson.bz2 _deprecated)" ]
ok $? "status 403 for the second metadata leaves the file deprecated"
raw --name lift.ndjson.bz2 --owner o@example.net "$tmp/ecn.ndjson"
[ $? = 0 ] && grep -q completed "$tmp/err" && [ ! "$(meta raw/c/lift.ndjson.bz2 _deprecated)" ]
ok $? "another upload removes that deprecation" || say "$tmp/err"

# refusal STATUS TEXT HINT: the observatory refuses the data with STATUS and TEXT, and the upload prints HINT.
refusal() {
    _n=$((${_n:-0} + 1))
    fault "PUT .*/data status $1 $2"
    raw --name "refused-$_n.ndjson.bz2" --owner o@example.net --retries 0 "$tmp/ecn.ndjson"
    [ $? = 1 ] && grep -q "^hint: $3" "$tmp/err"
    ok $? "status $1 '$2': a hint of its own" || say "$tmp/err"
}
refusal 400 "Content-Type for c/f must be text/plain" "its operator has to map the file type"
refusal 400 "file f already exists" "data was stored under that name in the meantime"
refusal 403 "not authorized for write_raw:c" "the token is unknown there, or may not write to this campaign"
refusal 404 "404 page not found" "check that '$url' is the URL of an observatory"
refusal 413 "too large" "a server in front of the observatory limits the size of requests"
refusal 500 "internal error getting filetype for f: refer to 17 in server log" "its operator has to add the file type"
refusal 500 "internal error" "the reason is in the observatory's own log"
refusal 503 "unavailable" "a server in front of the observatory cannot reach it"
refusal 504 "time-out" "a server in front of the observatory does not wait long enough"
faulty metadata 1 "status 400 for the metadata" "PUT .*bz2 status 400 x not parseable as time"
grep -q '^hint: it refuses this metadata' "$tmp/err"
ok $? "status 400 for the metadata has a hint of its own" || say "$tmp/err"
faulty elsewhere 1 "an address for the data at another host" "PUT .*bz2 elsewhere"
grep -q 'the token is not sent there' "$tmp/err" && ! grep -q '/data' "$pto/log"
ok $? "the token is not sent to another host" || say "$tmp/err"
fault "GET .*/hang.* hang"
raw --name hang.ndjson.bz2 --timeout 1 --retries 0 "$tmp/ecn.ndjson"
code 1 "an observatory that does not answer: the upload ends after --timeout"
forget
raw --campaign new --existing "$tmp/ecn.ndjson"
[ $? = 1 ] && ! grep -q PUT "$pto/log"
ok $? "--existing makes no campaign"

# confined STATUS: whether a process with this status file has no capability, no privilege, and a system call filter.
seccomp=2
! is_sanitized || seccomp=0
confined() {
    awk -v seccomp=$seccomp -v root="$(id -u)" -v nobody="$(id -u nobody)" '
        /^Cap(Inh|Prm|Eff|Amb):/ && $2 !~ /^0+$/ || /^NoNewPrivs:/ && $2 != 1 || /^Seccomp:/ && $2 != seccomp { exit 1 }
        /^Uid:/ && root == 0 && ($2 != nobody || $4 != nobody) { exit 1 }' "$1"
}
gone() {
    ! kill -0 "$1" 2>/dev/null
}

# SIGINT during an upload: exit 130; the next upload completes it.
fault "PUT .*/data slow"
forget
"$PATHPROBE" upload --to "$url" --campaign c --token-file "$tmp/token" --name int.ndjson.bz2 "$tmp/big" >"$tmp/link" \
    2>"$tmp/err" &
pid=$!
until_true grep -q 'PUT /raw/c/int.ndjson.bz2 201' "$pto/log"
sender=$(cat /proc/$pid/task/$pid/children) && sender=${sender% } && cp "/proc/$sender/status" "$tmp/status"
confined "$tmp/status"
ok $? "the sending process runs as nobody, without capabilities, with filtered system calls" || say "$tmp/status"
kill -INT $pid
wait $pid
code 130 "SIGINT: exit 130"
until_true gone "$sender"
ok $? "SIGINT: the sending process ends"
until_true grep -q 'PUT /raw/c/int.ndjson.bz2/data' "$pto/log"
raw --name int.ndjson.bz2 "$tmp/big"
code 0 "the same upload after SIGINT"
upload --force --output "$tmp/sent.bz2" "$tmp/big"
cmp -s "$pto/c/int.ndjson.bz2" "$tmp/sent.bz2" || cmp -s "$pto/c/int-2.ndjson.bz2" "$tmp/sent.bz2"
ok $? "the same upload after SIGINT is complete, under this name or the next one" || say "$tmp/err" "$pto/log"

# Tokens.
printf 'bad' >"$tmp/bad"
upload --to "$url" --campaign c --token-file "$tmp/bad" "$tmp/hand"
code 1 "an unknown token"
grep -q 'is readable by other users' "$tmp/err" && ! grep -q "bad$" "$tmp/err"
ok $? "a warning for a token file that others can read" || say "$tmp/err"
PATHPROBE_TOKEN=writer upload --to "$url" --campaign c --name w.ndjson.bz2 "$tmp/hand"
code 0 "a token from the environment, which may write but not read"
forget
PATHPROBE_TOKEN=writer upload --to "$url" --campaign c --name first.ndjson.bz2 --retries 0 "$tmp/ecn.ndjson"
[ $? = 1 ] && grep -q 'the token does not allow reading it' "$tmp/err" && ! grep -q 'first.ndjson.bz2 ' "$pto/log" &&
    [ "$(meta raw/c/first.ndjson.bz2 ticket)" = b ]
ok $? "a token without read permission: an existing name is an error, and its metadata are unchanged" || say "$tmp/err" "$pto/log"
PATHPROBE_TOKEN=writer upload --to "$url" --campaign by-writer --owner o@example.net "$tmp/hand"
[ $? = 0 ] && [ -s "$pto/by-writer/hand.bz2" ]
ok $? "a token without read permission: a campaign is made if the data are refused without one" || say "$tmp/err" "$pto/log"
PATHPROBE_TOKEN=writer upload --to "$url" --campaign by-nobody --existing "$tmp/hand"
[ $? = 1 ] && grep -q "campaign 'by-nobody' does not exist" "$tmp/err"
ok $? "a token without read permission: --existing makes no campaign" || say "$tmp/err"
fault "PUT .*/data none" "PUT .*/data cut"
PATHPROBE_TOKEN=writer upload --to "$url" --campaign c --name blind.ndjson.bz2 "$tmp/hand"
[ $? = 0 ] && cmp -s "$pto/c/blind-2.ndjson.bz2" "$tmp/raw.bz2" && [ "$(meta raw/c/blind.ndjson.bz2 _deprecated)" ]
ok $? "a token without read permission: a broken upload is deprecated and repeated under another name" || say "$tmp/err" "$pto/log"
PATHPROBE_TOKEN=writer upload --to "$url" --campaign c --update --name first.ndjson.bz2 "$tmp/hand"
[ $? = 1 ] && grep -q '^hint: the token may not read metadata' "$tmp/err"
ok $? "a token without read permission: --update is refused" || say "$tmp/err"
PATHPROBE_TOKEN=reader upload --to "$url" --campaign c --name r.ndjson.bz2 "$tmp/hand"
[ $? = 1 ] && grep -q '^hint: the token .* may not write to this campaign' "$tmp/err"
ok $? "a token without write permission" || say "$tmp/err"
upload --to "$url" --campaign c "$tmp/hand"
[ $? != 0 ] && grep -q 'no token' "$tmp/err"
ok $? "no token"
PATHPROBE_TOKEN=good upload --to http://192.0.2.1 --campaign c "$tmp/hand"
[ $? != 0 ] && grep -q 'is not https' "$tmp/err"
ok $? "the token is not sent to another host without TLS" || say "$tmp/err"
PATHPROBE_TOKEN=good upload --to http://127.0.0.1:9 --campaign c --retries 0 "$tmp/hand"
code 1 "a closed port"

# ---- places on the path

cat >"$tmp/places" <<'END'
{"dip":"192.0.2.1","experiment":"ecn","port":80,"path":["198.51.100.7","*","192.0.2.1"],"time":{"from":"2026-11-24 10:00:00","to":"2026-11-24 10:00:01"},"conditions":["ecn.connectivity.works"],"located":[{"arm":"B2","on":"data","kind":"rewrite","field":"ip.ecn","sent":2,"seen":0,"from":{"ttl":4,"addr":"203.0.113.4","asn":null},"to":{"ttl":5,"addr":"203.0.113.5","asn":64501},"silent":0,"why":null},{"arm":"B2","kind":"rewrite","field":"tcp.option.mss","sent":1460,"seen":1400,"from":{"ttl":1,"addr":"203.0.113.1"},"to":{"ttl":2,"addr":"203.0.113.2"},"silent":0},{"arm":"B1","kind":"drop","field":null,"from":null,"to":null,"silent":0,"why":"budget"}]}
{"dip":"192.0.2.2","experiment":"ecn","port":80,"path":["198.51.100.7","*","192.0.2.2"],"time":{"from":"2026-11-24 10:00:00","to":"2026-11-24 10:00:01"},"conditions":[],"located":[{"arm":"B1","kind":"drop","field":null,"from":{"ttl":5,"addr":"203.0.113.5"},"to":{"ttl":8,"addr":"192.0.2.2","target":true},"silent":2},{"arm":"B2","kind":"rewrite","field":"ip.dscp","sent":46,"seen":8,"from":{"ttl":0,"addr":null},"to":{"ttl":1,"addr":"203.0.113.1"},"silent":0},{"arm":"B3","kind":"rewrite","field":"ip.dscp","sent":0,"seen":8,"from":{"ttl":1,"addr":"203.0.113.1"},"to":{"ttl":3,"addr":"203.0.113.3"},"silent":1}]}
{"dip":"2001:db8::2","experiment":"ecn","port":80,"path":["2001:db8::1","*","2001:db8::2"],"time":{"from":"2026-11-24 10:00:00","to":"2026-11-24 10:00:01"},"conditions":[],"located":[{"arm":"B2","kind":"rewrite","field":"tcp.flags","sent":194,"seen":2,"from":{"ttl":2,"addr":"2001:db8:1::2"},"to":null,"silent":0},{"arm":"B2","kind":"rewrite","field":"payload","sent":"47","seen":"48","from":{"ttl":2,"addr":"2001:db8:1::2"},"to":{"ttl":3,"addr":"2001:db8:1::3"}},{"arm":"B2","kind":"rewrite","field":"tcp.option.sackok","sent":"","seen":null,"from":{"ttl":2,"addr":"2001:db8:1::2"},"to":{"ttl":3,"addr":"2001:db8:1::3"}}]}
{"dip":"192.0.2.4","experiment":"ecn","port":80,"path":["198.51.100.7","*","192.0.2.4"],"time":{"from":"2026-11-24 10:00:00","to":"2026-11-24 10:00:01"},"conditions":[],"verdicts":[{"arm":"B1","attribution":"path","rounds":[{"n":1,"flows":[{"arm":"A","ok":true,"icmp":null},{"arm":"B1","ok":false,"icmp":[3,4,"203.0.113.5"]},{"arm":"B1","ok":false,"icmp":null},{"arm":"B1","ok":false,"icmp":[3,4,"203.0.113.5"]}]}]},{"arm":"B2","attribution":"path","rounds":[{"n":1,"flows":[{"arm":"A","ok":true,"icmp":null},{"arm":"B2","ok":false,"icmp":[3,4,"203.0.113.5"]}]}]}]}
{"dip":"2001:db8::5","experiment":"ecn","port":80,"path":["2001:db8::1","*","2001:db8::5"],"time":{"from":"2026-11-24 10:00:00","to":"2026-11-24 10:00:01"},"conditions":[],"located":[],"verdicts":[{"arm":"B1","attribution":"path","rounds":[{"n":1,"flows":[{"arm":"A","ok":true,"icmp":null},{"arm":"B1","ok":false,"icmp":[2,0,"2001:db8:1::2"]}]}]}]}
{"dip":"192.0.2.6","experiment":"ecn","port":80,"path":["198.51.100.7","*","192.0.2.6"],"time":{"from":"2026-11-24 10:00:00","to":"2026-11-24 10:00:01"},"conditions":[],"verdicts":[{"arm":"B1","attribution":"path","rounds":[{"n":1,"flows":[{"arm":"A","ok":true,"icmp":null},{"arm":"B1","ok":false,"icmp":[3,4,"203.0.113.5"]},{"arm":"B1","ok":false,"icmp":[3,4,"203.0.113.6"]}]}]},{"arm":"B2","attribution":"unknown","rounds":[{"n":1,"flows":[{"arm":"A","ok":true,"icmp":null},{"arm":"B2","ok":false,"icmp":[3,4,"203.0.113.5"]}]}]},{"arm":"B3","attribution":"path","rounds":[{"n":1,"flows":[{"arm":"A","ok":true,"icmp":null},{"arm":"B3","ok":false,"icmp":[3,1,"203.0.113.5"]}]}]},{"arm":"B4","attribution":"path","rounds":[7,{"flows":[null,{"arm":"B4","ok":false,"icmp":[3,4,"a b"]}]}]},null]}
{"dip":"192.0.2.3","experiment":"ecn","port":80,"path":["198.51.100.7","*","192.0.2.3"],"time":{"from":"2026-11-24 10:00:00","to":"2026-11-24 10:00:01"},"conditions":[],"located":[{"kind":"rewrite","field":"ip.ecn","sent":2,"seen":0,"from":{"ttl":5,"addr":"203.0.113.5"},"to":{"ttl":4,"addr":"203.0.113.4"}},{"kind":"rewrite","field":"ip.ecn","from":{"ttl":-1},"to":null},{"kind":"rewrite","field":"ip.ecn","from":{"ttl":1,"addr":"a b"},"to":null},{"kind":"rewrite","field":"tcp.option.0","from":{"ttl":0},"to":null},7,null,{"kind":5}]}
END
upload --as observations --source https://example.org/raw --analyzer https://example.org/analyzer --output "$tmp/places.set" "$tmp/places"
[ $? = 0 ] && jq -c '.[3:]' "$tmp/places.set" >"$tmp/got"
cat >"$tmp/want" <<'END'
["198.51.100.7 * 192.0.2.1","ecn.connectivity.works"]
["198.51.100.7 * 203.0.113.4 203.0.113.5 * 192.0.2.1","ecn.ip.changed","0x0"]
["198.51.100.7 203.0.113.1 203.0.113.2 * 192.0.2.1","tcp.option.mss.changed","0x578"]
["198.51.100.7 * 203.0.113.5 * 192.0.2.2","ecn.path.dropped"]
["198.51.100.7 203.0.113.1 * 192.0.2.2","dscp.46.changed","8"]
["198.51.100.7 203.0.113.1 * 203.0.113.3 * 192.0.2.2","dscp.0.changed","8"]
["2001:db8::1 * 2001:db8:1::2 * 2001:db8::2","tcp.flags.changed","0x2"]
["2001:db8::1 * 2001:db8:1::2 2001:db8:1::3 * 2001:db8::2","tcp.option.sackok.changed"]
["198.51.100.7 * 203.0.113.5 * 192.0.2.4","ecn.path.dropped"]
["2001:db8::1 * 2001:db8:1::2 * 2001:db8::5","ecn.path.dropped"]
END
cmp -s "$tmp/got" "$tmp/want"
ok $? "observations: each place with an interval has a path, others have none" || say "$tmp/err" "$tmp/got"

upload --as tracebox --owner t@example.net --output "$tmp/places.tb" "$tmp/places"
[ $? = 0 ] && "$here/pto_trace.py" "$tmp/places.tb" >"$tmp/got" 2>"$tmp/rules"
cat >"$tmp/want" <<'END'
198.51.100.7 * 203.0.113.4 203.0.113.5 * 192.0.2.1 ecn.ip.changed 0x0
198.51.100.7 203.0.113.1 203.0.113.2 * 192.0.2.1 tcp.option.mss.changed 0x578
198.51.100.7 * 203.0.113.3 * 192.0.2.2 dscp.0.changed 8
END
cmp -s "$tmp/got" "$tmp/want"
ok $? "tracebox: pto3-trace's rules read the same places" || say "$tmp/err" "$tmp/got" "$tmp/rules" "$tmp/places.tb"
jq -e '._file_type == "tracebox-v1-ndjson" and .src_ip == "198.51.100.7" and .tcp_dst_port == "80"' "$tmp/places.tb.meta.json" >"$tmp/got"
ok $? "tracebox: metadata" || say "$tmp/places.tb.meta.json"
sed 's/"port":80/"port":81/; 2q' "$tmp/places" | cat - "$tmp/places" >"$tmp/two"
upload --as tracebox --force --output "$tmp/places.tb" "$tmp/two"
[ $? = 1 ] && grep -q "from '198.51.100.7' to port 81, and from '198.51.100.7' to port 80" "$tmp/err" && grep -q '^hint: ' "$tmp/err"
ok $? "two ports in one file of traces are an error" || say "$tmp/err"

# ---- observation sets

set_up() {
    upload --to "$url" --as observations --token-file "$tmp/token" --timeout 1 --source "$url/raw/c/first.ndjson.bz2/data" \
        --analyzer https://example.org/analyzer "$@"
}
set_up "$tmp/hand"
code 0 "an observation set"
cat >"$tmp/want" <<'END'
["0","2026-11-24T10:00:00Z","2026-11-24T10:03:00Z","home * AS64500 192.0.2.1","ecn.connectivity.broken"]
["0","2026-11-24T09:59:59Z","2026-11-24T10:00:01Z","home AS64496 * 2001:db8::2","ecn.connectivity.works"]
["0","2026-11-24T09:59:59Z","2026-11-24T10:00:01Z","home AS64496 * 2001:db8::2","ecn.answer","4:2"]
["0","2026-11-24T10:00:00Z","2026-11-24T10:00:01Z","home * 192.0.2.3","ecn.connectivity.unstable"]
END
cmp -s "$pto/set0" "$tmp/want"
ok $? "a set has the conditions after all rounds, in the form of the PTO's normalizers" || say "$pto/set0"
[ "$(cat "$tmp/link")" = "$url/obs/0" ]
ok $? "the set's address is printed"
set_up "$tmp/hand"
code 0 "the same set again"
grep -q 'was uploaded already' "$tmp/err" && [ ! -e "$pto/set1" ]
ok $? "the same set again: no second set is made" || say "$tmp/err"
[ "$(meta obs/0 _sources)" = "['$url/raw/c/first.ndjson.bz2']" ]
ok $? "the set names its source as the PTO's tools do" || meta obs/0 _sources
set_up --add ticket:7 "$tmp/hand"
[ $? = 1 ] && grep -q 'with other metadata: ticket' "$tmp/err"
ok $? "the same set with other metadata: an error that names the members" || say "$tmp/err"
set_up --update --add ticket:7 "$tmp/hand"
[ $? = 0 ] && [ "$(meta obs/0 ticket)" = 7 ] && [ "$(meta obs/0 __obs_count)" = 4 ]
ok $? "--update corrects a set's metadata" || say "$tmp/err"
set_up --deprecate "$tmp/hand"
[ $? = 0 ] && [ "$(meta obs/0 _deprecated)" ] && [ "$(meta obs/0 ticket)" = 7 ]
ok $? "--deprecate marks a set" || say "$tmp/err"
set_up --update "$tmp/hand"
[ $? = 0 ] && [ ! "$(meta obs/0 _deprecated)" ]
ok $? "--update removes a set's deprecation" || say "$tmp/err"
upload --to "$url" --token-file "$tmp/token" --deprecate "$url/obs/0"
[ $? = 0 ] && [ "$(meta obs/0 _deprecated)" ]
ok $? "--deprecate takes a set's address" || say "$tmp/err"

# one_set SENTENCE: since the last call one complete set was made, and all other new ones are deprecated.
one_set() {
    _whole=0 _bad=0
    while [ "$sets" -lt "$made_sets" ]; do
        if [ ! "$(meta "obs/$sets" _deprecated)" ]; then
            _whole=$((_whole + 1))
            cmp -s "$pto/set$sets" "$tmp/set" || _bad=1
        fi
        sets=$((sets + 1))
    done
    [ $_whole = 1 ] && [ $_bad = 0 ]
    ok $? "$1" || say "$tmp/err" "$pto/log"
}
# slow_set DAY EXIT SENTENCE FAULT...: uploads a set of new observations, of that DAY, while the observatory has these faults.
slow_set() {
    sed "s/192\\.0\\.2\\./198.51.100./; s/2026-11-24/2026-10-$1/g" "$tmp/hand" >"$tmp/s$1"
    upload --as observations --source x --analyzer y --force --output "$tmp/set" "$tmp/s$1"
    _file=$tmp/s$1 _exit=$2 _sentence=$3
    shift 3
    forget
    fault "$@"
    set_up "$_file"
    code "$_exit" "$_sentence"
    made_sets=$((made_sets + $(grep -c 'POST /obs/create 201' "$pto/log")))
}
sets=1 made_sets=1
slow_set 01 0 "a set whose observations are inserted after the connection ended" "PUT /obs/.*/data late 2"
[ "$(grep -c 'PUT /obs/.*/data' "$pto/log")" = 1 ]
ok $? "a set that is inserted late is sent once, and then counted" || say "$pto/log"
one_set "a set that is inserted late has each observation once"
slow_set 02 0 "a set whose observations are never inserted" "PUT /obs/.*/data late 0"
[ "$(grep -c 'POST /obs/create' "$pto/log")" = 2 ]
ok $? "a set that is never inserted: a second one is made" || say "$pto/log"
one_set "a set that is never inserted is deprecated, and the second one is complete"
slow_set 03 0 "a set whose connection breaks off, and is then refused" "PUT /obs/.*/data cut" "PUT /obs/.*/data status 500"
one_set "a set that was cut and refused is complete, once"
slow_set 04 0 "a set whose response is lost" "PUT /obs/.*/data lose"
[ "$(grep -c 'PUT /obs/.*/data' "$pto/log")" = 1 ]
ok $? "a set whose response is lost is sent once" || say "$pto/log"
one_set "a set whose response is lost is complete, once"
slow_set 05 1 "a set whose data is refused" "PUT /obs/.*/data status 403 not authorized for write_obs"
grep -q '^hint: the token is unknown there, or may not make' "$tmp/err" && [ "$(meta "obs/$sets" _deprecated)" ]
ok $? "a set whose data is refused is deprecated" || say "$tmp/err"
set_up "$tmp/s05"
code 0 "the same set after it was refused"
fault "PUT /obs/.*/data late 0"
sed "s/2026-11-24/2026-10-06/g" "$tmp/hand" >"$tmp/s06"
PATHPROBE_TOKEN=writer upload --to "$url" --as observations --source "$url/raw/c/x" --analyzer https://example.org/a \
    --timeout 1 "$tmp/s06"
[ $? = 1 ] && grep -q 'cannot verify ' "$tmp/err" && grep -q '^hint: .*read_obs' "$tmp/err"
ok $? "a token that may not read sets: a set that may be complete is not sent again" || say "$tmp/err"
forget
set_up "$tmp/s06"
[ $? = 0 ] && [ "$(grep -c 'PUT /obs/[^/]* ' "$pto/log")" = 1 ] && [ "$(grep -c 'POST /obs/create' "$pto/log")" = 1 ]
ok $? "an empty set of an earlier upload is waited for, then deprecated, and not filled" || say "$tmp/err" "$pto/log"
upload --to "$url" --as observations --token-file "$tmp/token" "$tmp/hand"
code 2 "a set without sources"

jq -e '._owner and (._file_types == ["pathspider-v2-ndjson-bz2"]) and (has("_invocation") | not)' \
    "$here/../../man/examples/observatory/__pto_analyzer_metadata.json" >/dev/null
ok $? "the installed description of the analyzer has the members that the observatory requires"

# ---- TLS

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/key" -out "$tmp/cert" -days 2 -subj /CN=test \
    -addext subjectAltName=IP:127.0.0.1 2>/dev/null
pto=$tmp/tls
serve "$pto" "$tmp/cert" "$tmp/key"
raw --retries 0 --owner o@example.net "$tmp/hand"
[ $? = 1 ] && [ ! -e "$pto/log" ]
ok $? "a certificate of no authority of the system: no request is sent" || say "$tmp/err"
raw --ca-file "$tmp/cert" --owner o@example.net "$tmp/hand"
code 0 "--ca-file with the certificate"
raw --ca-file "$tmp/nosuch" --owner o@example.net "$tmp/hand"
[ $? = 2 ] && grep -q "cannot read '$tmp/nosuch'" "$tmp/err"
ok $? "--ca-file with a missing file" || say "$tmp/err"
url=$(echo "$url" | sed 's/127.0.0.1/localhost/')
raw --ca-file "$tmp/cert" --retries 0 "$tmp/hand"
code 1 "a certificate for another name"

# ---- a terminal

if command -v script >/dev/null; then
    pto=$tmp/pto
    url=http://127.0.0.1:$(cat "$pto/port")
    fault "PUT .*/data slow"
    script -qec "'$PATHPROBE' upload --to '$url' --campaign c --token-file '$tmp/token' --name big.bz2 '$tmp/big'" "$tmp/screen" \
        </dev/null >/dev/null 2>&1
    ok $? "an upload on a terminal" || say "$tmp/screen"
    tr '\r' '\n' <"$tmp/screen" | grep -q 'big.bz2  \[#* *\]  *[0-9]* %' && ! tr '\r' '\n' <"$tmp/err" | grep -q '\['
    ok $? "an upload on a terminal shows a bar; one without a terminal does not" || say "$tmp/screen"
else
    skip "a terminal" "no script(1)"
fi

done_testing
