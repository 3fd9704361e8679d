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

# until_holds COMMAND...: a minute at most.
until_holds() {
    n=0
    until "$@"; do
        n=$((n + 1))
        [ $n -lt 600 ] || return 1
        sleep 0.1
    done
}

# serve DIR [CERT KEY]: an observatory; its address in $url.
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
    until_holds test -s "$1/port" || bail "no observatory"
    url=$url:$(cat "$1/port")
}

upload() {
    timeout 120 "$PATHPROBE" upload --retry-wait 0 "$@" 2>"$tmp/err" >"$tmp/link"
}

# raw ARG...: to campaign c, with the good token.
raw() {
    upload --to "$url" --campaign c --token-file "$tmp/token" "$@"
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

# ---- files of observations: one by the lab, and lines that test the exporter

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

# ---- the form

upload --output "$tmp/hand.bz2" "$tmp/hand"
[ $? = 0 ] && "$here/pto_rules.py" "$tmp/hand.bz2" >"$tmp/rules" 2>&1
ok $? "lines follow the PTO's rules" || say "$tmp/err" "$tmp/rules"
bzcat "$tmp/hand.bz2" | jq -c '[.dip, .time.from, .time.to, .conditions, .canid_info]' >"$tmp/got"
cat >"$tmp/want" <<'END'
["192.0.2.1","2026-11-24 10:00:00.500000","2026-11-24 10:00:00.620000",["ecn.connectivity.broken","ecn.ipmark.ce.not_seen"],{"ASN":64500,"Prefix":"192.0.2.0/24","CountryCode":"CH"}]
["192.0.2.1","2026-11-24 10:00:02.500000","2026-11-24 10:00:02.600000",["ecn.connectivity.broken"],{"ASN":64500,"Prefix":"192.0.2.0/24","CountryCode":"CH"}]
["192.0.2.1","2026-11-24 10:01:02.500000","2026-11-24 10:01:02.650000",["ecn.connectivity.broken"],{"ASN":64500,"Prefix":"192.0.2.0/24","CountryCode":"CH"}]
["192.0.2.1","2026-11-24 10:02:02.500000","2026-11-24 10:02:02.501000",["ecn.connectivity.transient"],{"ASN":64500,"Prefix":"192.0.2.0/24","CountryCode":"CH"}]
["2001:db8::2","2026-11-24 09:59:59.250000","2026-11-24 10:00:01.000000",["ecn.connectivity.works","ecn.answer:4:2"],null]
END
cmp -s "$tmp/got" "$tmp/want"
ok $? "a line for each round, each with its own time; nothing unstable, invalid or damaged" || say "$tmp/got"
bzcat "$tmp/hand.bz2" | head -n 1 | grep -q '"rank":"7","x":1.10,"canid_info"'
ok $? "the target's fields come along as they are"
grep -q '7 observations read, 3 taken as 5 lines, 1 invalid, 0 of other experiments, 3 bad lines' "$tmp/err"
ok $? "and all lines are counted" || say "$tmp/err"
jq -e '._file_type == "pathspider-v2-ndjson-bz2" and ._time_start == "2026-11-24T09:59:59Z" and ._time_end == "2026-11-24T10:03:00Z" and
    .vantage == "home" and all(.[]; type == "string")' "$tmp/hand.bz2.meta.json" >/dev/null
ok $? "metadata: type, times, vantage, strings alone" || say "$tmp/hand.bz2.meta.json"

esc=$(printf '\033[2J')
cp "$tmp/hand" "$tmp/$esc"
upload --output "$tmp/x.bz2" "$tmp/$esc" && grep -q 'x1b\[2J: 7 observations read' "$tmp/err" && ! grep -q "$(printf '\033')" "$tmp/err"
ok $? "a file name's control characters do not reach the terminal" || say "$tmp/err"
cp "$tmp/hand" "$tmp/cut"
echo '{"_owner":"o","info":{"complete":false},"complete":false}' >"$tmp/cut.meta.json"
upload --output "$tmp/x.bz2" "$tmp/cut" && [ -s "$tmp/x.bz2" ] && grep -q "warning: '$tmp/cut' is not complete" "$tmp/err" &&
    grep -q '^hint: .*--resume' "$tmp/err"
ok $? "a run that is not complete: a warning" || say "$tmp/err"
echo '{"_owner":"o","info":{"complete":false},"complete":true}' >"$tmp/cut.meta.json"
upload --output "$tmp/x.bz2" "$tmp/cut" && ! grep -q 'not complete' "$tmp/err"
ok $? "none if it is" || say "$tmp/err"

sed 's/"experiment":"ecn"/"experiment":"dscp"/' "$tmp/hand" | cat "$tmp/hand" - >"$tmp/mixed"
upload --output "$tmp/x.bz2" "$tmp/mixed"
[ $? = 1 ] && grep -q "'ecn' and of 'dscp'" "$tmp/err" && upload --output "$tmp/x.bz2" --experiment dscp "$tmp/mixed" &&
    bzcat "$tmp/x.bz2" | jq -r .experiment | sort -u | grep -qx dscp
ok $? "one experiment a file" || say "$tmp/err"

if [ "$made" ]; then
    upload --output "$tmp/lab.bz2" "$tmp/ecn.ndjson"
    "$here/pto_rules.py" "$tmp/lab.bz2" >"$tmp/rules" 2>&1
    ok $? "what the lab measured follows the rules" || say "$tmp/err" "$tmp/rules"
    # The rounds' words against the verdicts' own counts of successes.
    jq -c 'select(.quality.valid and (.conditions | all(test("unstable") | not))) | .dip as $d | .verdicts[] |
        select(.arm == "B1") | [$d, (.b[1] - .b[0])]' "$tmp/ecn.ndjson" | sort >"$tmp/want"
    bzcat "$tmp/lab.bz2" | jq -c -n '[inputs] | group_by(.dip)[] | [.[0].dip, ([.[].conditions[] |
        select(test("^ecn.connectivity.(broken|offline)$"))] | length)]' | sort >"$tmp/got"
    sort "$tmp/want" "$tmp/got" | uniq -d | wc -l >"$tmp/same"
    [ "$(cat "$tmp/same")" -ge "$(wc -l <"$tmp/want")" ]
    ok $? "as many rounds failed as the verdicts say" || say "$tmp/want" "$tmp/got"
    "$PATHPROBE" metadata --add 'note:a: b' --owner me@example.net "$tmp/ecn.ndjson" 2>"$tmp/err"
    jq -e '.note == "a: b" and ._owner == "me@example.net" and (.arms | length) > 1 and .complete and .vantage == "here" and
        (._time_start | test("Z$"))' "$tmp/ecn.ndjson.meta.json" >/dev/null
    ok $? "metadata: the run's own description stays, tags come in" || say "$tmp/err"
else
    skip "a campaign of the lab" "no lab here"
    cp "$tmp/hand" "$tmp/ecn.ndjson"
fi
cp "$tmp/hand" "$tmp/alone.ndjson"
"$PATHPROBE" metadata "$tmp/alone.ndjson" 2>"$tmp/err" &&
    jq -e '.run_id == "r1" or .experiment == "ecn"' "$tmp/alone.ndjson.meta.json" >/dev/null
ok $? "metadata of a file without a description" || say "$tmp/err"
: >"$tmp/nothing"
"$PATHPROBE" metadata "$tmp/nothing" 2>"$tmp/err"
[ $? = 1 ] && "$PATHPROBE" metadata "$tmp/none" 2>"$tmp/err"
[ $? = 1 ] && "$PATHPROBE" metadata 2>"$tmp/err"
[ $? = 2 ] && "$PATHPROBE" metadata --add x "$tmp/hand" 2>"$tmp/err"
[ $? = 2 ]
ok $? "metadata: an empty file, no file, usage"

# ---- uploads

pto=$tmp/pto
serve "$pto"
seen() { # seen LINE...: of the log, in order, with nothing else; sizes left out
    sed 's/ [0-9]*$//' "$pto/log" >"$tmp/seen"
    printf '%s\n' "$@" | cmp -s - "$tmp/seen"
}
forget() {
    : >"$pto/log"
}

raw --owner o@example.net --name first.ndjson.bz2 --add 'ticket:a:b' "$tmp/hand"
code 0 "a first upload"
seen "GET /raw/c 404" "PUT /raw/c 201" "GET /raw/c/first.ndjson.bz2 404" "PUT /raw/c/first.ndjson.bz2 201" \
    "PUT /raw/c/first.ndjson.bz2/data 201"
ok $? "campaign, metadata, data" || say "$tmp/seen"
cmp -s "$pto/c/first.ndjson.bz2" "$tmp/hand.bz2"
ok $? "the bytes arrived"
[ "$(cat "$tmp/link")" = "$url/raw/c/first.ndjson.bz2/data" ]
ok $? "its address is printed" || say "$tmp/link"
forget
raw --name first.ndjson.bz2 "$tmp/hand"
code 0 "again: it is there"
grep -q 'was there already' "$tmp/err" && seen "GET /raw/c 200" "GET /raw/c/first.ndjson.bz2 200"
ok $? "and nothing is sent" || say "$tmp/seen"
raw --name first.ndjson.bz2 "$tmp/x" "$tmp/y"
code 2 "one name for two files"
raw --name first.ndjson.bz2 --experiment dscp "$tmp/mixed"
code 1 "other data under that name"
grep -q 'is there already, with other data' "$tmp/err"
ok $? "is said" || say "$tmp/err"

# faulty NAME EXIT SENTENCE FAULT...: an upload with these faults, of a file that is new there.
faulty() {
    _name=$1 _exit=$2 _sentence=$3
    shift 3
    fault "$@"
    forget
    raw --name "$_name.ndjson.bz2" --owner o@example.net "$tmp/ecn.ndjson"
    code "$_exit" "$_sentence"
}
# whole FILE: it arrived as it is sent.
upload --output "$tmp/sent.bz2" "$tmp/ecn.ndjson"
whole() {
    cmp -s "$pto/c/$1.ndjson.bz2" "$tmp/sent.bz2"
    ok $? "$1 is whole there" || say "$tmp/err" "$pto/log"
}

faulty cut 0 "a connection that breaks off in the body" "PUT .*/data cut"
whole cut-2
grep -q "'cut.ndjson.bz2' is damaged there" "$tmp/err"
ok $? "the damaged one is told, another name is taken" || say "$tmp/err"
forget
raw --name cut.ndjson.bz2 "$tmp/ecn.ndjson"
code 0 "once more"
grep -q 'was there already' "$tmp/err" && ! grep -q '^PUT' "$pto/log"
ok $? "the whole one is found behind the damaged one" || say "$tmp/err" "$pto/log"
faulty short 0 "less arrived than was sent" "PUT .*/data short"
whole short-2
faulty twice 0 "damaged twice" "PUT .*/data cut" "PUT .*/data short"
whole twice-3
faulty lost 0 "the answer is lost" "PUT .*/data lose"
whole lost
faulty busy 0 "500 three times" "PUT .*/data status 500" "GET .*/busy.* status 500" "PUT .*/busy.ndjson.bz2 status 503"
whole busy
faulty slow 0 "a slow observatory" "PUT .*/data slow"
whole slow
faulty broken 1 "500 for ever" "PUT .*/data status 500" "PUT .*/data status 500" "PUT .*/data status 500" \
    "PUT .*/data status 500" "PUT .*/data status 500"
[ "$(grep -c '/data 500' "$pto/log")" = 5 ]
ok $? "ends after --retries 4" || say "$pto/log"
faulty forbidden 1 "403 at the data" "PUT .*/data status 403"
[ "$(grep -c 403 "$pto/log")" = 1 ] && grep -q 'hint: the token' "$tmp/err"
ok $? "is final, with a way out" || say "$tmp/err" "$pto/log"
faulty type 1 "415 at the metadata" "PUT .*bz2 status 415"
[ "$(grep -c 415 "$pto/log")" = 1 ]
ok $? "is final"
faulty elsewhere 1 "data wanted at another host" "PUT .*bz2 elsewhere"
grep -q 'the token does not go there' "$tmp/err" && ! grep -q '/data' "$pto/log"
ok $? "the token stays" || say "$tmp/err"
fault "GET .*/hang.* hang"
raw --name hang.ndjson.bz2 --timeout 1 --retries 0 "$tmp/ecn.ndjson"
code 1 "an observatory that says nothing ends after --timeout"
forget
raw --campaign new --existing "$tmp/ecn.ndjson"
[ $? = 1 ] && ! grep -q PUT "$pto/log"
ok $? "--existing makes no campaign"

# confined STATUS: of a process.
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

# Interrupted: 130, and the next run mends it.
fault "PUT .*/data slow"
forget
"$PATHPROBE" upload --to "$url" --campaign c --token-file "$tmp/token" --name int.ndjson.bz2 "$tmp/big" >"$tmp/link" \
    2>"$tmp/err" &
pid=$!
until_holds grep -q 'PUT /raw/c/int.ndjson.bz2 201' "$pto/log"
sender=$(cat /proc/$pid/task/$pid/children) && sender=${sender% } && cp "/proc/$sender/status" "$tmp/status"
confined "$tmp/status"
ok $? "who sends is nobody, holds no capability, and its system calls are filtered" || say "$tmp/status"
kill -INT $pid
wait $pid
code 130 "interrupted"
until_holds gone "$sender"
ok $? "nobody goes on sending"
until_holds grep -q 'PUT /raw/c/int.ndjson.bz2/data' "$pto/log"
raw --name int.ndjson.bz2 "$tmp/big"
code 0 "done again"
upload --output "$tmp/sent.bz2" "$tmp/big"
cmp -s "$pto/c/int.ndjson.bz2" "$tmp/sent.bz2" || cmp -s "$pto/c/int-2.ndjson.bz2" "$tmp/sent.bz2"
ok $? "it is whole there, under this name or the next one" || say "$tmp/err" "$pto/log"

# Tokens.
printf 'bad' >"$tmp/bad"
upload --to "$url" --campaign c --token-file "$tmp/bad" "$tmp/hand"
code 1 "an unknown token"
grep -q 'can be read by others' "$tmp/err" && ! grep -q "bad$" "$tmp/err"
ok $? "a token that others can read is warned of" || say "$tmp/err"
PATHPROBE_TOKEN=writer upload --to "$url" --campaign c --name w.ndjson.bz2 "$tmp/hand"
code 0 "a token from the environment, which may write but not read"
PATHPROBE_TOKEN=writer upload --to "$url" --campaign c --name first.ndjson.bz2 --retries 0 "$tmp/ecn.ndjson"
code 1 "which does not see that a name is taken until it is told"
upload --to "$url" --campaign c "$tmp/hand"
[ $? != 0 ] && grep -q 'no token' "$tmp/err"
ok $? "no token"
PATHPROBE_TOKEN=good upload --to http://192.0.2.1 --campaign c "$tmp/hand"
[ $? != 0 ] && grep -q 'is not https' "$tmp/err"
ok $? "no token goes to another host without TLS" || say "$tmp/err"
PATHPROBE_TOKEN=good upload --to http://127.0.0.1:9 --campaign c --retries 0 "$tmp/hand"
code 1 "nobody there"

# ---- observation sets

set_up() {
    upload --to "$url" --as observations --token-file "$tmp/token" --source "$url/raw/c/first.ndjson.bz2/data" \
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
ok $? "what holds after all rounds, as the normalizers would say it" || say "$pto/set0"
[ "$(cat "$tmp/link")" = "$url/obs/0" ]
ok $? "its address is printed"
set_up "$tmp/hand"
code 0 "again"
grep -q 'was there already' "$tmp/err" && [ ! -e "$pto/set1" ]
ok $? "is known" || say "$tmp/err"
fault "PUT /obs/.*/data cut" "PUT /obs/.*/data status 500"
set_up "$tmp/ecn.ndjson"
code 0 "a set, cut and refused"
[ -s "$pto/set1" ]
ok $? "is filled at the third attempt" || say "$pto/log"
fault "PUT /obs/.*/data lose"
set_up --experiment dscp "$tmp/mixed"
code 0 "a set whose answer is lost"
upload --to "$url" --as observations --token-file "$tmp/token" "$tmp/hand"
code 2 "a set without sources"

# ---- TLS

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/key" -out "$tmp/cert" -days 2 -subj /CN=test \
    -addext subjectAltName=IP:127.0.0.1 2>/dev/null
pto=$tmp/tls
serve "$pto" "$tmp/cert" "$tmp/key"
raw --retries 0 --owner o@example.net "$tmp/hand"
[ $? = 1 ] && [ ! -e "$pto/log" ]
ok $? "a certificate that nobody vouches for: nothing is said" || say "$tmp/err"
raw --ca-file "$tmp/cert" --owner o@example.net "$tmp/hand"
code 0 "--ca-file"
raw --ca-file "$tmp/nosuch" --owner o@example.net "$tmp/hand"
[ $? = 2 ] && grep -q "cannot read '$tmp/nosuch'" "$tmp/err"
ok $? "--ca-file of a file that is not there" || say "$tmp/err"
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
    ok $? "on a terminal" || say "$tmp/screen"
    tr '\r' '\n' <"$tmp/screen" | grep -q 'big.bz2  \[#* *\]  *[0-9]* %' && ! tr '\r' '\n' <"$tmp/err" | grep -q '\['
    ok $? "a bar" || say "$tmp/screen"
else
    skip "a terminal" "no script(1)"
fi

done_testing
