#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# locate_resume.sh: a campaign with --locate that is killed three times, in rounds and in sweeps, has the places of one
# that is left alone; what was being located is asked again, and what had been is counted from the file.
#
#   pathprobe -- lab0 ===== veth ===== emulator: hosts whose behaviour leaves nothing to chance
set -u

here=$(dirname "$0")
. "$here/../net/tap.sh"
need_program
command -v jq >/dev/null || skip_all "no jq"

if [ -z "${LOCATE_DIR:-}" ]; then
    T=$(mktemp -d) || exit 1
    trap 'rm -rf "$T"' EXIT
    export LOCATE_DIR="$T"
    cat >"$T/scenario" <<'EOS'
{"name": "located", "hops": [8, 8], "hosts": [
    {"share": 0.6, "server": "ecn", "delay_ms": 5},
    {"share": 0.2, "server": "ecn", "delay_ms": 5, "path": [{"behaviour": "ecn.syn.rst", "dir": "fwd", "hop": 6}]},
    {"share": 0.2, "server": "ecn", "delay_ms": 5, "path": [{"behaviour": "ecn.syn.rst", "dir": "fwd", "hop": 7}]}]}
EOS
    "$PATHPROBE" lab --scenario "$T/scenario" --hosts 20 --targets "$T/targets" -- true 2>"$T/err" || {
        grep -q "namespaces\|veth" "$T/err" && skip_all "no namespaces here: $(head -n 1 "$T/err")"
        say "$T/err"
        bail "no lab"
    }
    "$PATHPROBE" lab --scenario "$T/scenario" --hosts 20 --targets "$T/targets" --force -- "$0"
    exit
fi
export T="$LOCATE_DIR"

become() { # become PORTS ARG...: replaces this shell by the program, so that the shell's process id is the program's
    ports=$1
    shift
    exec "$PATHPROBE" measure ecn -i lab0 --connect tcp --input "$T/targets" --cooldown 0.1 --spacing 0.3 --alpha 1e-3 \
        --max-rounds 6 --connect-timeout 2 --seed 5 --locate --locate-sample 0.7 --hop-rate 0 --prefix-rate 0 \
        --ports "$ports" "$@"
}

# kill_when COMMAND...: resumes the run and kills it as soon as COMMAND succeeds.
kill_when() {
    become 61000-61999 --output "$T/o" --resume 2>>"$T/killed.err" &
    run=$!
    until "$@" 2>/dev/null; do
        kill -0 $run 2>/dev/null || break
        sleep 0.05
    done
    kill -KILL $run 2>/dev/null
    wait $run 2>/dev/null
    [ $? -eq 137 ]
}

lines() { jq -s -c "map(select($1)) | length" "$2"; } # whole lines alone, as a kill may cut one
places() { jq -c '[.dip, (.located // [] | map([.arm, .kind, .from, .to, .why]))] | select(.[1] != [])' "$1" | sort; }

# Both runs at once: each takes some twenty seconds, nearly all of which it waits between sweeps.
(become 62000-62999 --output "$T/whole" 2>"$T/whole.err") &
whole=$!

kill_when test -s "$T/o.meta.json"
ok $? "the run is killed once its metadata exist" || say "$T/killed.err"
kill_when grep -q '"conditions"' "$T/o"
ok $? "the run is killed while failing arms are in confirmation" || say "$T/killed.err"
kill_when grep -q '"located"' "$T/o" && [ "$(grep -c '"located":\[{' "$T/o")" -lt 8 ]
ok $? "the run is killed while hops are swept" || say "$T/killed.err"
(become 61000-61999 --output "$T/o" --resume) 2>"$T/err"
ok $? "resumed once more, the run ends" || say "$T/err"
wait $whole
ok $? "an undisturbed run ends" || say "$T/whole.err"

places "$T/whole" >"$T/want"
places "$T/o" >"$T/got"
[ "$(wc -l <"$T/want")" -eq 8 ] && cmp -s "$T/want" "$T/got"
ok $? "both runs have the same places" || { diff "$T/want" "$T/got" >"$T/diff"; say "$T/diff"; }
jq -s -e '(map(.dip) | length == 20 and (unique | length) == 20) and
    ([.[].located[]? | select(.to.ttl != .from.ttl + 1 or .why != null)] == [])' "$T/o" >/dev/null
ok $? "every target has one line, and each place is an interval of two neighbouring hops" || say "$T/o"

# Targets located before the last part are counted from the file; packets and sweeps are counted by the part that sent them.
n=$(lines '.located' "$T/o")
jq -e --argjson n "$n" '(.parts | length) == 4 and (.parts[:-1] | all(.locate == null)) and (.parts[3].locate |
    .targets < $n and .targets >= .placed and .sweeps >= 2 * .targets and .packets > 0)' "$T/o.meta.json" >/dev/null
ok $? "the metadata count the targets and sweeps of the last part" || { jq -c .parts "$T/o.meta.json" >"$T/parts"; say "$T/parts"; }
tr -s ' \n' ' ' <"$T/err" | grep -q "hops were asked on the way to $n targets, a place is named for 8; it took .* now"
ok $? "the summary counts all parts" || say "$T/err"
cp "$T/o" "$T/copy"
(become 61000-61999 --output "$T/o" --resume) 2>"$T/err"
[ $? -eq 0 ] && cmp -s "$T/o" "$T/copy" &&
    tr -s ' \n' ' ' <"$T/err" | grep -q "hops were asked on the way to $n targets, a place is named for 8 " &&
    jq -e '.parts[4].locate | .targets == 0 and .placed == 0 and .sweeps == 0' "$T/o.meta.json" >/dev/null
ok $? "resumed with nothing left to do, the summary is the same, and this part sent no sweep" || say "$T/err"

done_testing
