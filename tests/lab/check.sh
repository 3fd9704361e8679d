#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check.sh: `pathprobe check` in front of the emulated Internet: a healthy host, one that a firewall answers for, one
# where nothing listens; what cannot be asked; Ctrl-C. TAP.
set -u

here=$(dirname "$0")
# shellcheck source=tests/net/tap.sh
. "$here/../net/tap.sh"
need_program
command -v jq >/dev/null || skip_all "jq is not installed"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

cat >"$tmp/scenario" <<'END'
{"name": "check", "seed": 1, "hops": [8, 8], "hosts": [
 {"share": 0.5, "families": [4], "server": "ecn", "ports": [80]},
 {"share": 0.5, "families": [4], "server": "ecn", "ports": [80],
  "path": [{"behaviour": "ecn.syn.rst", "dir": "fwd", "hop": 7}]}]}
END

# in_lab SCRIPT: in front of two hosts, whose truth is in $tmp/truth.
in_lab() {
    printf '%s\n' "$1" >"$tmp/script"
    timeout 300 "$PATHPROBE" lab --force --hosts 2 --scenario "$tmp/scenario" --targets "$tmp/targets" --truth "$tmp/truth" -- \
        env PROGRAM="$PATHPROBE" TMP="$tmp" sh "$tmp/script" >"$tmp/lab.out" 2>"$tmp/lab.err"
}

# cannot N SENTENCE TEXT ARG...: exit code N, that message and a hint.
cannot() {
    _code=$1 _name=$2 _text=$3
    shift 3
    timeout 60 "$PATHPROBE" check "$@" >"$tmp/out" 2>"$tmp/err"
    [ $? = "$_code" ] && grep -q -e "$_text" "$tmp/err" && [ ! -s "$tmp/out" ]
    ok $? "$_name" || say "$tmp/err" "$tmp/out"
}

cannot 2 "no host" "no host given"
cannot 2 "both families excluded" "exclude each other" -4 -6 192.0.2.1
cannot 2 "an experiment that is none" "'enc' is none that a page has" --experiments enc 192.0.2.1
grep -q 'did you mean ecn' "$tmp/err"
ok $? "and which one it may have been" || say "$tmp/err"
cannot 2 "many hosts need a contact" "more than 16 hosts" 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 \
    192.0.2.8 192.0.2.9 192.0.2.10 192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14 192.0.2.15 192.0.2.16 192.0.2.17
grep -q '^hint: --contact' "$tmp/err"
ok $? "and the way out" || say "$tmp/err"
cannot 1 "no target" "target" 'not a name!'

in_lab 'jq -r "select(.behaviours | index(\"ecn.syn.rst\") | not) | .dip" "$TMP/truth" >"$TMP/healthy"
jq -r "select(.behaviours | index(\"ecn.syn.rst\")) | .dip" "$TMP/truth" >"$TMP/broken"
read -r healthy <"$TMP/healthy"
read -r broken <"$TMP/broken"
"$PROGRAM" check -i lab0 --experiments mss,ecn,tcpopt,h2 "$healthy" >"$TMP/page" 2>"$TMP/page.err"
echo $? >"$TMP/page.rc"
"$PROGRAM" check -i lab0 --cooldown 0 --spacing 0.1 --json --experiments ecn "$broken" >"$TMP/json" 2>"$TMP/json.err"
echo $? >"$TMP/json.rc"
"$PROGRAM" check -i lab0 --cooldown 0 --spacing 0.1 --locate --experiments ecn "$broken" >"$TMP/where" 2>"$TMP/where.err"
echo $? >"$TMP/where.rc"
"$PROGRAM" check -i lab0 --experiments ecn "$healthy:81" >"$TMP/closed" 2>"$TMP/closed.err"
echo $? >"$TMP/closed.rc"
"$PROGRAM" check -i lab0 --experiments mss,ecn,quic 224.0.0.1 >"$TMP/blocked" 2>"$TMP/blocked.err"
echo $? >"$TMP/blocked.rc"
"$PROGRAM" check -i lab0 --cooldown 0 --spacing 600 --experiments ecn "$broken" >"$TMP/cut" 2>"$TMP/cut.err" &
child=$!
n=0
# Its children come and go; the one that confirms has --spacing=600.
until grep -q -a -e "^pathprobe.measure.*[-]-spacing=600" /proc/[0-9]*/cmdline 2>/dev/null || [ $n -gt 600 ]; do
    n=$((n + 1))
    sleep 0.1
done
kill -INT "$child"
wait "$child"
echo $? >"$TMP/cut.rc"'
if [ ! -s "$tmp/healthy" ]; then
    grep -q -i 'not permitted\|privilege\|cannot' "$tmp/lab.err" && skip_all "no lab here: $(head -n 1 "$tmp/lab.err")"
    bail "no lab: $(cat "$tmp/lab.err")"
fi
[ "$(cat "$tmp/page.rc")" = 0 ] && grep -q '^Nothing is lost on the way: 3 of 3' "$tmp/page"
ok $? "a healthy host, in a sentence" || say "$tmp/page" "$tmp/page.err"
grep -q '^  ecn  *works  *agreed, .*5 of 5 treatments' "$tmp/page" && grep -q '^  mss  *works ' "$tmp/page" &&
    grep -q '^  h2  *-  *port 443 does not answer' "$tmp/page"
ok $? "and a row for each experiment" || say "$tmp/page"
[ "$(awk '{ if (length > n) n = length } END { print n }' "$tmp/page")" -le 80 ]
ok $? "in 80 columns"
[ "$(cat "$tmp/json.rc")" = 0 ] && jq -e '.schema == 1 and .end == "done" and (.targets | length) == 1 and
    (.targets[0].rows | length) == 1 and .targets[0].rows[0].word == "broken" and .targets[0].rows[0].state == "confirmed" and
    ([.targets[0].rows[0].observation.verdicts[] | select(.arm == "B1") | .verdict == "broken" and .e >= 1e4] == [true])' \
    "$tmp/json" >/dev/null
ok $? "a host that a firewall answers for: broken, confirmed" || say "$tmp/json" "$tmp/json.err"
[ "$(cat "$tmp/where.rc")" = 0 ] && tr '\n' ' ' <"$tmp/where" | grep -q "answered by a RST in the target's place between hop [67] .* and hop [78]"
ok $? "--locate: between which hops" || say "$tmp/where" "$tmp/where.err"
grep -q '^ecn is broken\.$' "$tmp/where"
ok $? "and no others are counted where none were asked" || say "$tmp/where"
[ "$(cat "$tmp/closed.rc")" = 0 ] && grep -q 'that port does not answer over TCP' "$tmp/closed"
ok $? "a port where nothing listens" || say "$tmp/closed" "$tmp/closed.err"
[ "$(cat "$tmp/blocked.rc")" = 1 ] && grep -q '^pathprobe: 224.0.0.1: its range is blocked' "$tmp/blocked.err" &&
    [ "$(grep -c '  -  *nothing was sent to this address$' "$tmp/blocked")" = 3 ] && ! grep -q 'answer' "$tmp/blocked"
ok $? "an address that may not be asked is not said to be silent" || say "$tmp/blocked" "$tmp/blocked.err"
[ "$(cat "$tmp/cut.rc")" = 130 ] && grep -q '^  ecn  *broken so far  *arm B1: 0 of 1 get through' "$tmp/cut" && grep -q '^Interrupted after ' "$tmp/cut"
ok $? "Ctrl-C prints what stands" || say "$tmp/cut" "$tmp/cut.err" "$tmp/cut.rc"
done_testing
