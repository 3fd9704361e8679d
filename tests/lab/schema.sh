#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# schema.sh: the JSON Schemas in schema/ are valid; output of the program is valid by them, and has no member that they
# do not name; wrong lines are found.
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/../net/tap.sh"
need_program
here=$(cd "$(dirname "$0")" && pwd)
schema=$here/../../schema
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip_all "no jsonschema here (python3-jsonschema)"

check() { /usr/bin/python3 -W ignore "$here/schema_check.py" "$schema" "$@" >"$T/out" 2>"$T/err"; }

# valid SCHEMA SENTENCE FILE...: the files are valid by SCHEMA, and have at least one line.
valid() {
    _schema=$1 _sentence=$2
    shift 2
    check "$_schema" "$@" && [ "$(cat "$T/out")" -gt 0 ]
    ok $? "$_sentence" || say "$T/out" "$T/err"
}

check
ok $? "the schemas are valid, and each has its file's name" || say "$T/err"
# Every member of a schema is in its manual page; the fields of flows are explained by `observe --list-chains` instead.
man=$here/../../man
for s in check:pathprobe-check.1 trace:pathprobe-trace.1 observation:pathprobe-observation.5 metadata:pathprobe-observation.5 \
    status:pathprobe-observation.5 merged:pathprobe-observation.5 merged-metadata:pathprobe-observation.5; do
    /usr/bin/python3 "$here/schema_check.py" --deep "$schema" "${s%%:*}" | sort -u >"$T/fields"
    tr -c 'A-Za-z0-9_' '\n' <"$man/${s#*:}" | sort -u | comm -13 - "$T/fields" >"$T/missing"
    [ -s "$T/fields" ] && [ ! -s "$T/missing" ]
    ok $? "${s%%:*}: each member is in ${s#*:}" || say "$T/missing"
done
"$PATHPROBE" observe --list-chains | sed -n 's/^  *\([a-z0-9_]*\)  .*/\1/p' | sort >"$T/chains"
/usr/bin/python3 "$here/schema_check.py" --has "$schema" flow | sort >"$T/fields"
[ -s "$T/chains" ] && [ -z "$(comm -23 "$T/chains" "$T/fields")" ]
ok $? "flow: the schema has all fields of all chains" || say "$T/chains"

for e in "$here"/../../man/examples/experiments/*.json "$here"/experiments/*.json; do
    jq -c . "$e" >"$T/$(basename "$e")"
done
valid experiment "experiments as data: the examples, and the twins of plugins" "$T"/*.json
jq -c '.arms[1].titel = "x"' "$T/lola.json" >"$T/wrong.json"
! check experiment "$T/wrong.json"
ok $? "experiments as data: an unknown key is not valid" || say "$T/out"
rm "$T"/*.json

# ---- output of measure in front of the lab, if there can be one

measure() { # NAME EXPERIMENT OPTION...
    _name=$1
    shift
    "$PATHPROBE" lab --hosts 30 --scenario "$scenario" --seed 5 --targets "$T/targets" -- "$PATHPROBE" measure -i lab0 --rate 0 \
        --cooldown 0.1 --spacing 0.2 --connect-timeout 1 --max-rounds 5 --aa 0.3 --input "$T/targets" --output "$T/$_name" \
        --status "$T/$_name.status" --force "$@" 2>"$T/err" || say "$T/err"
}
if "$PATHPROBE" lab --hosts 1 -- true 2>/dev/null; then
    scenario=ecn
    measure ecn ecn --output-flows --connect http --public-address 198.51.100.7 --vantage here
    measure mss mss --connect tcp --rounds 1
    measure tfo tfo --connect tcp
    measure udp udpzero --connect dnsudp --output-flows
    measure data "$here/experiments/evilbit.json" --connect tcp
    valid observation "observations of experiments with and without comparison, with flows" "$T/ecn" "$T/mss" "$T/tfo" "$T/udp"
    valid metadata "metadata" "$T/ecn.meta.json" "$T/mss.meta.json" "$T/tfo.meta.json" "$T/udp.meta.json" \
        "$T/data.meta.json"
    # Four hosts, each probed on its port and on a closed one.
    T=$T PATHPROBE=$PATHPROBE "$PATHPROBE" lab --hosts 4 --scenario healthy --targets "$T/targets" --force -- sh -c '
        jq -c "., (.dp = 1)" "$T/targets" >"$T/both"
        exec "$PATHPROBE" measure ecn -i lab0 --connect http --rate 0 --cooldown 0.1 --spacing 0.2 --connect-timeout 1 --aa 0 \
            --audit 0 --input "$T/both" --output "$T/closed"' 2>"$T/err" || say "$T/err"
    valid metadata "metadata of targets that are offline" "$T/closed.meta.json"
    jq -n -e --slurpfile meta "$T/closed.meta.json" '[inputs | [.verdicts[] | select(.arm != "D")]] as $all |
        def counted(of): reduce of as $x ({}; .[$x] += 1);
        ([$all[] | select(all(.verdict == "offline"))] | counted(.[][0].how)) as $how |
        ($all | counted(.[][] | select(.implied_by) | .arm)) as $implied |
        ($meta[0].offline_how | with_entries(select(.value > 0))) == $how and $how.refused == 4 and
        ($meta[0].implied | with_entries(select(.value > 0))) == $implied and ($implied | length > 0)' \
        "$T/closed" >"$T/out" 2>&1
    ok $? "metadata count how targets failed, and the verdicts that other arms implied" || { cat "$T/err" >>"$T/out"; say "$T/out"; }
    valid status "status" "$T/ecn.status" "$T/mss.status" "$T/tfo.status" "$T/udp.status"
    "$PATHPROBE" merge "$T/ecn" "$T/mss" --output "$T/merged" 2>"$T/err"
    valid merged "merged lines" "$T/merged"
    valid merged-metadata "metadata of merged lines" "$T/merged.meta.json"
    if "$PATHPROBE" trace --help >/dev/null 2>&1; then
        "$PATHPROBE" lab --hosts 12 --scenario ecn --seed 5 --targets "$T/targets" --force -- "$PATHPROBE" trace ecn -i lab0 \
            --connect tcp --arm B1 --pairs 3 --rate 0 --hop-rate 0 --prefix-rate 0 --format ndjson --input "$T/targets" \
            --output "$T/trace" 2>"$T/err"
        valid trace "traces" "$T/trace"
    fi
else
    skip "what measure writes" "no lab here"
fi

# ---- lines written by hand

python3 "$here/merge_lines.py" >"$T/lines" <<'END'
{"vantage":"a","public":"198.51.100.1","run":"r1","lines":3,"asn":64500,"located":[{"arm":"B1","on":"syn","kind":"drop","field":null,"sent":null,"seen":null,"from":{"ttl":5,"addr":"192.0.2.5","asn":null},"to":{"ttl":7,"addr":"192.0.2.7","asn":64500}}]}
{"vantage":"b","public":"198.51.100.2","run":"r2","lines":3,"word":"broken"}
{"vantage":null,"run":"r3","lines":2,"valid":false}
END
"$PATHPROBE" merge "$T/lines" --keep-all --output "$T/merged2" 2>"$T/err"
valid merged "merged lines with places, and of vantage points without a valid observation" "$T/merged2"
valid merged-metadata "metadata of files that had none" "$T/merged2.meta.json"
"$PATHPROBE" observe --input "$here/../captures/$(ls "$here/../captures" | grep -m 1 pcap)" \
    $("$PATHPROBE" observe --list-chains | sed -n 's/^\([a-z]*\) .*/\1/p') --user root >"$T/flows" 2>"$T/err"
valid flow "flow records by all chains" "$T/flows"

# If an observation is read as a target, its members that the program writes itself are dropped (pp_own_keys).
root=$here/../..
jq -r '[.properties | keys[]] - ["dip", "dp", "domain"] | .[]' "$root/schema/observation.schema.json" | while read -r key; do
    sed -n '/pp_own_keys\[\]/,/};/p' "$root/core/stream/object.c" | grep -q "\"$key\"" || echo "$key"
done >"$T/out" 2>&1
[ ! -s "$T/out" ]
ok $? "pp_own_keys has every member of an observation" || say "$T/out"

# The check itself finds invalid lines.
jq -c '.verdicts[0].verdict = "fine"' "$T/merged2" >"$T/wrong"
check merged "$T/wrong"
[ $? = 1 ] && grep -q 'verdicts/0/verdict' "$T/out"
ok $? "an unknown verdict is not valid" || say "$T/out"
jq -c '.quality.more = 1' "$T/merged2" >"$T/wrong"
check merged "$T/wrong"
[ $? = 1 ] && grep -q 'more' "$T/out"
ok $? "a member that the schema does not name is not valid" || say "$T/out"
jq -c 'del(.runs[0].time)' "$T/merged2" >"$T/wrong"
check merged "$T/wrong"
[ $? = 1 ]
ok $? "a missing member is not valid"
done_testing
