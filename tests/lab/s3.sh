#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# s3.sh: `pathprobe upload --to s3://...`, on loopback, to a bucket that looks at signatures (tests/net/s3.py). S3RVER
# names the program s3rver (npm), if it is used as well: it checks no signatures, but is an independent implementation.
set -u

here=$(dirname "$0")
# shellcheck source=tests/net/tap.sh
. "$here/../net/tap.sh"
need_program
command -v python3 >/dev/null || skip_all "python3 is not installed"
tmp=$(mktemp -d) || exit 1
pids=
trap 'for p in $pids; do kill "$p"; done 2>/dev/null; rm -rf "$tmp"' EXIT
unset AWS_SESSION_TOKEN AWS_ENDPOINT_URL AWS_REGION AWS_DEFAULT_REGION

upload() {
    timeout 120 "$PATHPROBE" upload --retry-wait 0 --endpoint "$url" "$@" 2>"$tmp/err" >"$tmp/link"
}

# code N SENTENCE: the last command's exit code, in $?.
code() {
    _got=$?
    [ $_got = "$1" ]
    ok $? "$2" || say "$tmp/err"
}

# holds FILE SENTENCE: one of the stored objects equals FILE.
holds() {
    _sum=$(sha256sum <"$1")
    find "$store" -type f -exec sh -c 'sha256sum <"$1"' - {} \; | grep -qxF "$_sum"
    ok $? "$2" || find "$store" -type f
}

cat >"$tmp/obs" <<'END'
{"dip":"192.0.2.1","experiment":"ecn","path":["home","*","192.0.2.1"],"time":{"from":"2026-11-24 10:00:00","to":"2026-11-24 10:00:01"},"conditions":["ecn.connectivity.works"]}
END

# common SERVER: checks that hold for every server.
common() {
    seq 1 200000 >"$tmp/run 1.ndjson"
    upload --to s3://results/2026/ "$tmp/run 1.ndjson"
    code 0 "$1: a file into a directory; its name has a space"
    holds "$tmp/run 1.ndjson" "$1: the stored object equals the file"
    grep -q '/results/2026/run%201.ndjson$' "$tmp/link"
    ok $? "$1: the object's address is printed" || say "$tmp/link"
    upload --to s3://results/2026/ "$tmp/run 1.ndjson"
    code 0 "$1: the same upload again"
    grep -q 'was uploaded already' "$tmp/err"
    ok $? "$1: the same upload again says that it is stored already" || say "$tmp/err"
    echo more >>"$tmp/run 1.ndjson"
    upload --to s3://results/2026/ "$tmp/run 1.ndjson"
    code 1 "$1: other data of the same name does not replace the object"
    upload --to s3://results/a/b.ndjson "$tmp/run 1.ndjson"
    code 0 "$1: a file under another key"
    cp "$tmp/obs" "$tmp/cut" && echo '{"complete":false}' >"$tmp/cut.meta.json"
    upload --to s3://results/cut/ "$tmp/cut" "$tmp/cut.meta.json"
    code 0 "$1: an incomplete run and its metadata"
    [ "$(grep -c "'$tmp/cut' is not complete" "$tmp/err")" = 1 ]
    ok $? "$1: an incomplete run gives one warning" || say "$tmp/err"
    upload --to s3://results/pto/ --as raw "$tmp/obs"
    code 0 "$1: --as raw to a bucket"
    AWS_ACCESS_KEY_ID=nobody upload --retries 0 --to s3://results/x "$tmp/obs"
    code 1 "$1: an unknown key"
    grep -q 'status 403' "$tmp/err"
    ok $? "$1: an unknown key: the message has the status 403" || say "$tmp/err"
}

# ---- signatures

mkdir "$tmp/own"
"$here/../net/s3.py" "$tmp/own" &
pids="$pids $!"
until_true test -s "$tmp/own/port" || bail "no bucket"
url=http://127.0.0.1:$(cat "$tmp/own/port") store=$tmp/own/objects
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=secret AWS_REGION=eu-test-1
common "a bucket"
AWS_SECRET_ACCESS_KEY=wrong upload --retries 0 --to s3://results/x "$tmp/obs"
code 1 "a wrong secret"
upload --region us-east-1 --retries 0 --to s3://results/x "$tmp/obs"
code 1 "another region"
AWS_SESSION_TOKEN=session upload --to s3://results/session "$tmp/obs"
code 0 "a session token is signed with the request"
upload --to s3://results "$tmp/obs"
code 2 "no key to put it under"
upload --to s3://results/x --campaign c --endpoint http://192.0.2.1 "$tmp/obs"
code 2 "an endpoint on another host without TLS is refused"
(unset AWS_ACCESS_KEY_ID && upload --to s3://results/x "$tmp/obs")
code 2 "no access key in the environment"

# ---- s3rver

if [ -n "${S3RVER:-}" ]; then
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    "$S3RVER" -d "$tmp/store" -a 127.0.0.1 -p "$port" --configure-bucket results >"$tmp/log" 2>&1 &
    pids="$pids $!"
    until_true curl -s -o /dev/null "http://127.0.0.1:$port/" || bail "s3rver does not answer"
    url=http://127.0.0.1:$port store=$tmp/store
    export AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER
    common s3rver
    upload --retries 0 --to s3://nowhere/x "$tmp/obs"
    code 1 "s3rver: a missing bucket"
fi

done_testing
