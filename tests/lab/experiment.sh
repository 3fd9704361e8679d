#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# experiment.sh: experiments as JSON files, as their users see them: the same lines as their twins in C; the shipped
# examples in front of the emulated Internet; what is wrong has a place and a way out; the text in the metadata, --resume,
# --config, --dry-run; and what takes no such file.
set -u

: "${PATHPROBE:=./pathprobe}" "${TESTS:=build/tests}"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../net/tap.sh"
need_program
command -v jq >/dev/null || skip_all "no jq"
tree=$here/../..
plugins=$(dirname "$PATHPROBE")/plugins
examples=$tree/man/examples/experiments
if [ -z "${EXPERIMENT_DIR:-}" ]; then
    T=$(mktemp -d) || exit 1
    trap 'rm -rf "$T"' EXIT
else
    T=$EXPERIMENT_DIR
fi

# ---- within the lab ----------------------------------------------------------------------------------------------

if [ -n "${EXPERIMENT_DIR:-}" ]; then
    measure() {
        "$PATHPROBE" measure -i lab0 --rate 0 --prefix-rate 0 --cooldown 0.1 --spacing 0.2 --connect-timeout 2 --seed 5 \
            --input "$T/targets" "$@" 2>"$T/err"
    }
    cp "$examples/reserved.json" "$T/mine.json"

    measure "$T/mine.json" --output "$T/o" && [ "$(wc -l <"$T/o")" = 40 ] &&
        jq -s -e 'all(.[]; .experiment == "reserved" and (.conditions | index("reserved.all.connectivity.works")))' \
            "$T/o" >"$T/out"
    ok $? "measure takes an experiment from a file" || say "$T/err" "$T/out"

    jq -j .experiment_text "$T/o.meta.json" | cmp - "$T/mine.json" &&
        [ "$(jq -r .plugin_sha256 "$T/o.meta.json")" = "$(sha256sum <"$T/mine.json" | cut -d' ' -f1)" ]
    ok $? "the metadata have the text of the file and its SHA-256"

    measure "$T/mine.json" --output "$T/o" --resume
    ok $? "--resume with an unchanged file" || say "$T/err"
    sed 's/no reserved bit/none/' "$T/mine.json" >"$T/other" && mv "$T/other" "$T/mine.json"
    ! measure "$T/mine.json" --output "$T/o" --resume && grep -q "SHA-256 of the experiment's file" "$T/err"
    ok $? "--resume with a changed file is refused" || say "$T/err"

    rm "$T/mine.json"
    measure --config "$T/o.meta.json" --output "$T/again" &&
        [ "$(jq -c '[.dip, .conditions]' "$T/o" | sort)" = "$(jq -c '[.dip, .conditions]' "$T/again" | sort)" ]
    ok $? "--config with the metadata repeats the experiment without its file" || say "$T/err"
    [ "$(jq -r .experiment_text "$T/again.meta.json")" = "$(jq -r .experiment_text "$T/o.meta.json")" ]
    ok $? "the metadata of the repeated run have the same text"
    measure "$T/o.meta.json" --connect http --output "$T/third" && [ "$(jq -r .connect "$T/third.meta.json")" = http ]
    ok $? "measure takes an experiment from metadata in place of its file" || say "$T/err"

    measure "$examples/urgent.json" --dry-run >"$T/out" && grep -q "URG.* urgent 65535" "$T/out"
    ok $? "--dry-run prints the packets of an experiment's file" || say "$T/out" "$T/err"
    echo "1..$TAP_N"
    exit 0
fi

# ---- the same as in C --------------------------------------------------------------------------------------------

while read -r name mode; do
    for form in "$name" "$here/experiments/$name.json"; do
        mkdir -p "$T/c" "$T/json"
        case $form in
        *.json) out=$T/json ;;
        *) out=$T/c ;;
        esac
        "$TESTS/lab/virtual" "$out" "$tree/lab/scenarios/$name.json" 200 7 "$form" "$mode" "$plugins" 0 >"$T/out" 2>&1 ||
            say "$T/out"
    done
    [ -s "$T/c/observations.ndjson" ] && cmp "$T/c/observations.ndjson" "$T/json/observations.ndjson" >"$T/out" 2>&1
    ok $? "$name over $mode: the plugin in C and its JSON twin write the same lines" || say "$T/out"
    rm -r "$T/c" "$T/json"
done <<EOT
evilbit tcp
evilbit http
evilbit dnsudp
udpzero dnsudp
EOT

# ---- the examples ------------------------------------------------------------------------------------------------

healthy() { # NAME MODE FILTER: FILTER holds for each observation of 50 healthy hosts
    mkdir "$T/$1" && "$TESTS/lab/virtual" "$T/$1" healthy 50 7 "$examples/$1.json" "$2" "$plugins" 0 >"$T/out" 2>&1 &&
        jq -s -e "length == 50 and all(.[]; .quality.valid and ($3))" "$T/$1/observations.ndjson" >>"$T/out" 2>&1
    ok $? "$1 over $2: healthy hosts" || say "$T/out"
}
healthy lola http '.conditions == ["lola.connectivity.works", "lola.replymark:0"]'
healthy reserved tcp '.conditions | index("reserved.all.connectivity.works") and index("reserved.echo.not_seen")'
healthy urgent http '.conditions == ["urgent.flag.connectivity.works", "urgent.pointer.connectivity.works",
    "urgent.status.same"]'
healthy plus dnsudp '.conditions == ["plus.random.connectivity.broken", "plus.connectivity.broken"]'

# A peer for plus.json, which puts 20 bytes before each query: it skips them and answers the query.
cat >"$T/peers" <<'EOT'
{"name": "peers", "hops": [8, 10], "hosts": [
    {"share": 0.5, "server": "ecn", "delay_ms": 10, "path": [{"behaviour": "server.dns.behind"}]},
    {"share": 0.5, "server": "ecn", "delay_ms": 10,
     "path": [{"behaviour": "plus.drop", "dir": "fwd", "hop": 6}, {"behaviour": "server.dns.behind"}]}]}
EOT
mkdir "$T/peer" && "$TESTS/lab/virtual" "$T/peer" "$T/peers" 40 7 "$examples/plus.json" dnsudp "$plugins" 0 >"$T/out" 2>&1 &&
    jq -s -e --slurpfile truth "$T/peer/truth.ndjson" '($truth | map({(.dip): (.behaviours | index("plus.drop") != null)}) | add) as $drops |
        length == 40 and ([$drops[] | select(.)] | length) == 20 and all(.[]; .conditions == ["plus.random.connectivity.works"] +
            if $drops[.dip] then ["plus.connectivity.broken", "plus.magic.dropped"]
            else ["plus.connectivity.works", "plus.magic.passed"] end)' "$T/peer/observations.ndjson" >>"$T/out"
ok $? "plus: a router that drops the magic number is told from one that does not" || say "$T/out"

# ---- what is wrong -----------------------------------------------------------------------------------------------

wrong() { # SENTENCE PATTERN HINT: $T/x.json is refused with a position, a message and a hint
    "$PATHPROBE" plugins "$T/x.json" >"$T/out" 2>"$T/err"
    [ $? -eq 2 ] && head -n 1 "$T/err" | grep -q "x.json:[0-9]*:[0-9]*: .*$2" && grep -q "^hint: .*$3" "$T/err" &&
        [ ! -s "$T/out" ]
    ok $? "$1" || say "$T/err"
}
sed 's/"title": "codepoint 5"/"titel": "codepoint 5"/' "$examples/lola.json" >"$T/x.json"
wrong "an unknown key" "unknown key 'titel'" "did you mean 'title'"
sed 's/"dscp": 5}/"dscp": "five"}/' "$examples/lola.json" >"$T/x.json"
wrong "text in place of a number" "'dscp' is text instead of a whole number" "46"
sed 's/"B2", "title"/"B1", "title"/' "$examples/reserved.json" >"$T/x.json"
wrong "two arms of one name" "two arms are called B1" "a unique name"
sed 's/dscp_mark_data_rev"\]/dscp_mark"]/' "$examples/lola.json" >"$T/x.json"
wrong "an unknown field" "has a field 'dscp_mark'" "list-chains"
head -c 300 "$examples/lola.json" >"$T/x.json"
wrong "a truncated file" "invalid JSON" "RFC 8259"
printf '\0' >"$T/x.json"
"$PATHPROBE" plugins "$T/x.json" 2>"$T/err"
[ $? -eq 2 ] && grep -q "zero byte" "$T/err"
ok $? "a file with a zero byte" || say "$T/err"
"$PATHPROBE" measure "$T/none.json" 192.0.2.1 2>"$T/err"
[ $? -eq 2 ] && grep -q "none.json': No such file" "$T/err" && grep -q "^hint" "$T/err"
ok $? "a missing file" || say "$T/err"

# ---- who takes no files ------------------------------------------------------------------------------------------

"$PATHPROBE" fleet submit --nats nats://127.0.0.1:1 --campaign x --input /dev/null -- measure "$examples/lola.json" >"$T/out" 2>"$T/err"
[ $? -eq 2 ] && grep -q "JSON experiment" "$T/err"
ok $? "fleet submit refuses an experiment from a file: workers take installed ones alone" || say "$T/err"

# ---- the kit -----------------------------------------------------------------------------------------------------

(cd "$T" && "$tree/plugins/new-plugin" --json fresh >"$T/out" 2>&1) && "$PATHPROBE" plugins "$T/fresh.json" >>"$T/out" 2>&1 &&
    mkdir "$T/fresh" &&
    "$TESTS/lab/virtual" "$T/fresh" healthy 20 7 "$T/fresh.json" tcp "$plugins" 0 >>"$T/out" 2>&1 &&
    jq -s -e 'all(.[]; .conditions == ["fresh.connectivity.works", "fresh.mark.not_seen"])' \
        "$T/fresh/observations.ndjson" >>"$T/out"
ok $? "new-plugin --json writes an experiment that runs" || say "$T/out"

if "$PATHPROBE" lab --hosts 1 -- true 2>"$T/err"; then
    EXPERIMENT_DIR=$T "$PATHPROBE" lab --hosts 40 --scenario healthy --seed 5 --targets "$T/targets" -- "$0" >"$T/within" \
        2>"$T/err"
    [ $? -eq 0 ] && grep -q '^1\.\.[1-9]' "$T/within"
    ok $? "in the lab: the script runs to its end" || say "$T/err" "$T/within"
    sed '/^1\.\./d; s/^\(not \)\{0,1\}ok [0-9]*/\1ok/' "$T/within" >"$T/list"
    while read -r line; do
        case $line in
        "ok "*) ok 0 "${line#ok - }" ;;
        "not ok "*) ok 1 "${line#not ok - }" ;;
        *) echo "$line" ;;
        esac
    done <"$T/list"
else
    skip "in the lab" "no namespaces here: $(head -n 1 "$T/err")"
fi
done_testing
