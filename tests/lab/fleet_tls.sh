#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fleet_tls.sh: login of a fleet: TLS with its own certificate authority, and certificates that are refused; users with
# only the permissions of pathprobe-fleet(1); credentials as `nsc` writes them; no secret appears in any output. TAP.
# PATHPROBE: the program; TESTS: the preloaded clock.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../net/tap.sh"
need_program
. "$here/fleet_rig.sh"
command -v openssl >/dev/null || skip_all "no openssl"
[ "${1:-}" = inside ] || rig_start 60
ip link set lo up || skip_all "no loopback here"

tls=tls://127.0.0.1:4222

# ---- certificates -----------------------------------------------------------------------------------------------

# authority NAME; certificate NAME AUTHORITY SUBJECT-ALTERNATIVE-NAMES
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$1" \
        -keyout "$T/$1.key" -out "$T/$1.pem" 2>>"$T/openssl"
}
certificate() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" -keyout "$T/$1.key" \
        -out "$T/$1.csr" 2>>"$T/openssl" &&
        echo "subjectAltName=$3" >"$T/$1.ext" &&
        openssl x509 -req -in "$T/$1.csr" -CA "$T/$2.pem" -CAkey "$T/$2.key" -CAcreateserial -days 7 \
            -extfile "$T/$1.ext" -out "$T/$1.pem" 2>>"$T/openssl"
}
authority ours && authority other && certificate server ours IP:127.0.0.1,DNS:localhost &&
    certificate elsewhere ours DNS:nats.example && certificate client ours DNS:client ||
    bail "no certificates: $(tail -n 2 "$T/openssl")"

# serve LOG CERTIFICATE [LINE...]: starts a server with more LINEs of configuration; returns once it is ready
serve() {
    log=$T/$1.log cert=$2
    shift 2
    printf 'tls { cert_file: "%s", key_file: "%s", ca_file: "%s" }\n' "$T/$cert.pem" "$T/$cert.key" "$T/ours.pem" >"$T/conf"
    printf '%s\n' "$@" >>"$T/conf"
    server_begin -c "$T/conf" -l "$log"
    wait_for grep -qs "Server is ready" "$log" || bail "no server: $(tail -n 3 "$log")"
}
tls_status() { "$PATHPROBE" fleet status --nats "$tls" "$@"; }
# refused SENTENCE PATTERN OPTION...: `fleet status` with OPTION cannot connect, and says PATTERN and a hint
refused() {
    sentence=$1 pattern=$2
    shift 2
    exits 1 tls_status "$@" && says "cannot connect to 'tls:.*$pattern" && says '^hint: '
    ok $? "$sentence is refused: $(sed -n "s/.*4222': //p" "$T/err")" || say "$T/err"
}

serve good server
tls_status --ca-file "$T/ours.pem" >"$T/out" 2>"$T/err"
ok $? "a server whose certificate is signed by the authority of --ca-file" || say "$T/err" "$T/good.log"
"$PATHPROBE" fleet status --nats tls://localhost:4222 --ca-file "$T/ours.pem" >"$T/out" 2>"$T/err"
ok $? "a server whose certificate is signed by that authority, by its name in place of its address" || say "$T/err"
refused "a certificate of no authority of the system" "certificate"
refused "a certificate of another authority" "certificate" --ca-file "$T/other.pem"
if ! is_sanitized; then # a sanitizer's library has to be the first preloaded one
    exits 1 env LD_PRELOAD="$(cd "$TESTS" && pwd)/preload/clock.so" SHIFT=864000 "$PATHPROBE" fleet status --nats "$tls" \
        --ca-file "$T/ours.pem" && says "certificate has expired"
    ok $? "an expired certificate is refused" || say "$T/err"
fi
exits 1 fleet status && says "cannot connect to 'nats:.*certificate"
ok $? "nats:// to a server with TLS: its certificate is verified all the same" || say "$T/err"
exits 2 fleet status --ca-file "$T/ours.pem" && says "without TLS, so certificates would not be used"
ok $? "--ca-file without tls:// is refused, as no certificate would be verified" || say "$T/err"
server_stop
serve elsewhere elsewhere
refused "a certificate for another name" "\(match\|certificate\)" --ca-file "$T/ours.pem"
server_stop
server_begin -l "$T/plain.log"
wait_for grep -qs "Server is ready" "$T/plain.log"
exits 1 tls_status --ca-file "$T/ours.pem" && says "hint: the server does not support TLS"
ok $? "tls:// to a server without TLS" || say "$T/err"
server_stop

# ---- users, with rights of their own ----------------------------------------------------------------------------

# The configuration of the manual, with passwords of this test.
sed -n '/^accounts {/,/^}/p' "$here/../../man/pathprobe-fleet.1" | sed 's/\\&//g; s/\\e/\\/g; s/OPERATORS_SECRET/operators-7d1f/; s/EU1_SECRET/workers-93ab/' \
    >"$T/users"
[ "$(wc -l <"$T/users")" -gt 10 ] || bail "no configuration in the manual"
serve users server "$(cat "$T/users")" "$(printf 'tls { cert_file: "%s", key_file: "%s", ca_file: "%s", verify: true }' "$T/server.pem" "$T/server.key" "$T/ours.pem")"
umask 077
echo operator:operators-7d1f >"$T/operator"
echo eu1:workers-93ab >"$T/eu1"
certified="--ca-file $T/ours.pem --cert-file $T/client.pem --key-file $T/client.key"
as() { # FILE WHAT ARG...
    file=$1 what=$2
    shift 2
    # shellcheck disable=SC2086 # words
    "$PATHPROBE" fleet "$what" --nats "$tls" $certified --auth-file "$T/$file" "$@"
}
refused "a client without a certificate, if the server requires one" "." --ca-file "$T/ours.pem" --auth-file "$T/operator"
as operator submit --campaign rights --input "$T/targets" --chunk 20 -- $question >"$T/out" 2>"$T/err"
ok $? "the operator submits, with a certificate and a password from a file" || say "$T/err" "$T/users.log"

# shellcheck disable=SC2086 # words
(exec "$PATHPROBE" fleet work --nats "$tls" $certified --auth-file "$T/eu1" --vantage eu1 --spool "$T/spool.eu1" --once -v -- \
    $SITE 2>"$T/work.eu1") &
worker=$!
seen() { # whether a secret is in a command line or environment of a process of this lab, or in a log
    for p in /proc/[0-9]*; do
        [ "$(readlink "$p/ns/net")" = "$(readlink /proc/self/ns/net)" ] || continue
        tr '\0' '\n' 2>/dev/null <"$p/cmdline" | grep -e workers-93ab -e "PRIVATE KEY" | grep -v grep
        case $(tr '\0' ' ' 2>/dev/null <"$p/cmdline") in
        *pathprobe*) tr '\0' '\n' 2>/dev/null <"$p/environ" | grep workers-93ab ;;
        esac
    done >"$T/seen"
    grep -s workers-93ab "$T/work.eu1" "$T/users.log" >>"$T/seen"
    [ -s "$T/seen" ]
}
wait_for grep -q "campaign 'rights'" "$T/work.eu1"
seen
[ $? -ne 0 ] && kill -0 "$worker"
ok $? "no secret appears in a command line, an environment or a log" || say "$T/seen" "$T/work.eu1"
wait "$worker"
ok $? "a worker with the permissions of the manual completes a campaign" || say "$T/work.eu1" "$T/users.log"
as operator collect --campaign rights --output "$T/rights.ndjson" >"$T/out" 2>"$T/err" && grep -q "^60 read = 60 written" "$T/out"
ok $? "the operator collects its results" || say "$T/out" "$T/err"
! grep -i violation "$T/users.log" >"$T/out"
ok $? "the server refused no subject" || say "$T/out"
server_stop

serve more server "$(cat "$T/users")"
sed -i '/^tls/d' "$T/conf"
server_stop
server_begin -c "$T/conf" -l "$T/free.log"
wait_for grep -qs "Server is ready" "$T/free.log"
tag=rights-0123456789abcdef
for subject in pp.obs.us1.$tag.done pp.work.$tag.any "\$KV.PP_FLEET.stop.$tag" '$KV.PP_FLEET.campaign.rights' \
    '$KV.PP_VANTAGE.vantage.us1' "\$JS.API.STREAM.DELETE.PP_OBS_$tag" "\$JS.API.STREAM.PURGE.PP_WORK_$tag" \
    "\$JS.ACK.PP_WORK_$tag.us1.1.1.1.1.0" "\$JS.API.CONSUMER.CREATE.PP_OBS_$tag" _INBOX.us1.x; do
    echo x | "$here/nats.py" --user eu1:workers-93ab pub "$subject" >"$T/out" 2>&1
    [ $? -eq 1 ] && grep -q "Permissions Violation" "$T/out"
    ok $? "the worker's user may not publish to $subject" || say "$T/out"
done
exits 1 "$PATHPROBE" fleet stop --nats "$url" --auth-file "$T/eu1" --campaign rights && says "Permissions Violation"
ok $? "a command whose subject the server refuses says so" || say "$T/err"
echo eu1:wrong >"$T/wrong"
exits 1 "$PATHPROBE" fleet status --nats "$url" --auth-file "$T/wrong" && says "Auth.*Violation" && says "hint: check --creds or --auth-file"
ok $? "a wrong password" || say "$T/err"
PATHPROBE_NATS_AUTH=operator:operators-7d1f "$PATHPROBE" fleet status --nats "$url" >"$T/out" 2>"$T/err"
ok $? "login by \$PATHPROBE_NATS_AUTH" || say "$T/err"
server_stop

# ---- credentials that an operator signs -------------------------------------------------------------------------

"$here/nats_jwt.py" "$T" 2>"$T/err" || bail "no credentials: $(tail -n 1 "$T/err")"
server_begin -c "$T/server.conf" -l "$T/jwt.log"
wait_for grep -qs "Server is ready" "$T/jwt.log"
"$PATHPROBE" fleet status --nats "$url" --creds "$T/user.creds" >"$T/out" 2>"$T/err" && grep -q "There is no campaign" "$T/out"
ok $? "login by --creds" || say "$T/err" "$T/jwt.log"
sed 's/^SU[A-Z2-7]*$/SUAXXXX/' "$T/user.creds" >"$T/bad.creds"
exits 1 "$PATHPROBE" fleet status --nats "$url" --creds "$T/bad.creds"
ok $? "an invalid seed" || say "$T/err"
exits 1 "$PATHPROBE" fleet status --nats "$url" --creds "$T/operator" && says "contains no credentials of a NATS user" && says "nsc"
ok $? "--creds with a file that has no credentials" || say "$T/err"
server_stop
done_testing
