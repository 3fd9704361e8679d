#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# resume.sh: a campaign that is killed again and again and resumed each time has the results of one that is not killed:
# no target lost, none twice, the same words, the same figures. And what --resume refuses, it leaves as it was.
#
#   pathprobe -- lab0 ===== veth ===== emulator: hosts whose behaviour leaves nothing to chance
#
# parts: killed compressed kept
#
# TAP. PATHPROBE: the program. The moments of death are drawn by chance, from SEED (default: the clock); that some of
# them fall on nothing of interest does not matter.
set -u

here=$(dirname "$0")
. "$here/../net/tap.sh"
need_program
command -v jq >/dev/null || skip_all "no jq"

if [ -z "${RESUME_DIR:-}" ]; then
    T=$(mktemp -d) || exit 1
    trap 'rm -rf "$T"' EXIT
    export RESUME_DIR="$T" SEED="${SEED:-$(date +%s)}"
    cat >"$T/scenario" <<'EOT'
{"name": "resume", "hosts": [
    {"share": 0.75, "server": "ecn", "delay_ms": 10}, {"share": 0.12, "server": "plain", "delay_ms": 15},
    {"share": 0.03, "server": "refuse", "delay_ms": 5}, {"share": 0.02, "server": "silent"},
    {"share": 0.03, "server": "ecn", "path": [{"behaviour": "ecn.syn.drop", "dir": "fwd", "hop": 7}]},
    {"share": 0.05, "server": "ecn", "path": [{"behaviour": "ecn.syn.rst", "dir": "fwd", "hop": 8}]}]}
EOT
    "$PATHPROBE" lab --scenario "$T/scenario" --hosts 1000 --targets "$T/targets" -- true 2>"$T/err" || {
        grep -q "namespaces\|veth" "$T/err" && skip_all "no namespaces here: $(head -n 1 "$T/err")"
        say "$T/err"
        bail "no lab"
    }
    "$PATHPROBE" lab --scenario "$T/scenario" --hosts 1000 --targets "$T/targets" --force --truth "$T/truth" -- "$0" "$@"
    exit
fi
export T="$RESUME_DIR"

# ---- words -------------------------------------------------------------------------------------------------

# Broken targets take all rounds, silent ones two, so at most moments some targets are in confirmation.
list=$T/targets
become() { # become ARG...: replaces this shell by the program, so that the shell's process id is the program's
    exec "$PATHPROBE" measure ecn -i lab0 --connect tcp --input "$list" --rate 6k --cooldown 0.1 --spacing 0.3 \
        --alpha 1e-3 --max-rounds 6 --connect-timeout 2 --aa 0.1 --audit 0.1 --seed 5 --vantage 'a_"b"_\_c' "$@"
}
measure() { (become "$@"); }

# dice N MAX: prints N random numbers below MAX, the same ones for the same SEED.
dice() {
    awk -v n="$1" -v max="$2" -v seed="$SEED" 'BEGIN { srand(seed); for (; n; n--) printf "%.3f\n", rand() * max }'
}

# kill_it OUTPUT TIMES LONGEST ARG...: resumes the run TIMES times, and kills it each time within LONGEST seconds.
kill_it() {
    file=$1
    times=$2
    longest=$3
    shift 3
    dice "$times" "$longest" >"$T/dice"
    while read -r moment; do
        become --output "$file" --resume "$@" 2>>"$T/err" &
        run=$!
        sleep "$moment"
        kill -KILL $run
        wait $run 2>/dev/null
    done <"$T/dice"
}

lines_of() { case $1 in *.zst) zstdcat "$1" ;; *) cat "$1" ;; esac; }

# once OUTPUT: whether it has one line for each target, with different obs_ids and one run_id.
once() {
    jq -r .dip "$list" | sort >"$T/want"
    lines_of "$1" | jq -r .dip | sort >"$T/got"
    cmp "$T/want" "$T/got" >>"$T/err" 2>&1 && lines_of "$1" | jq -s -e 'length == (map(.obs_id) | unique | length) and
        (map(.run_id) | unique | length) == 1' >/dev/null
}

# found OUTPUT: prints conditions and verdicts of each host.
found() { lines_of "$1" | jq -c '[.dip, .conditions, .first, (.verdicts[] | .arm, .verdict, .first)]' | sort; }

figures() { jq -c '[.first_round, .final, .offline_how, .implied, .aa, .audit, .list, .mcnemar, .counts, .complete]' "$1.meta.json"; }

# table STDERR: prints the summary without the figures of the last part alone: its time, its packets, and its losses.
table() { sed '/^hint\|^pathprobe/d; /^  \(lost here\|unsent\|late\|damaged\) /d; s/ targets.* in [0-9].*/ targets/' "$1"; }

same() { # same WHAT FILE: whether WHAT prints the same of FILE as of the undisturbed run
    $1 "$T/whole" >"$T/want"
    $1 "$2" >"$T/got"
    cmp -s "$T/want" "$T/got" || {
        diff "$T/want" "$T/got" >>"$T/err"
        return 1
    }
}

result() { # result STATUS SENTENCE
    ok "$1" "$2" || {
        echo "# SEED=$SEED"
        tail -n 12 "$T/err" | say
    }
}

# ---- killed ----------------------------------------------------------------------------------------------------

if part killed || part compressed; then
    : >"$T/err"
    measure --output "$T/whole" 2>"$T/whole.err"
    [ $? -eq 0 ] && once "$T/whole"
    result $? "an undisturbed campaign over 1,000 hosts"
    cp "$T/whole" "$T/copy"
    exits 0 measure --output "$T/whole" --resume && cmp -s "$T/whole" "$T/copy"
    result $? "--resume of a complete run: exit 0, the output is unchanged"
    table "$T/whole.err" >"$T/table"
    table "$T/err" >"$T/got"
    cmp -s "$T/table" "$T/got"
    result $? "the summary computed from the file is that of the run, byte by byte" || say "$T/table" "$T/got"
fi

if part killed; then
    : >"$T/err"
    kill_it "$T/o" 38 1
    [ "$(wc -l <"$T/o")" -lt 1000 ]
    result $? "killed 38 times, the run is not complete"
    measure --output "$T/o" --resume 2>"$T/o.err" && once "$T/o"
    result $? "killed 38 times and resumed, every target has one line"
    same found "$T/o"
    result $? "killed 38 times: conditions and verdicts are those of the undisturbed run"
    same figures "$T/o"
    result $? "killed 38 times: the figures of the metadata are those of the undisturbed run"
    table "$T/o.err" >"$T/got"
    cmp -s "$T/table" "$T/got"
    result $? "killed 38 times: the summary is that of the undisturbed run" || say "$T/got"
    jq -e '(.parts | length) > 3 and (.parts | map(.written // 0) | add) < 1000 and .parts[-1].to and
        (.parts[:-1] | all(.to == null))' "$T/o.meta.json" >/dev/null
    result $? "the metadata list the parts of the run, of which only the last has an end" || jq -c .parts "$T/o.meta.json" | say
fi

if part compressed; then
    : >"$T/err"
    kill_it "$T/p.zst" 12 2.6 --pcap "$T/p.pcap"
    measure --output "$T/p.zst" --pcap "$T/p.pcap" --resume 2>>"$T/err" && once "$T/p.zst"
    result $? "killed twelve times with a compressed output: every target has one line"
    same found "$T/p.zst"
    result $? "compressed output: conditions and verdicts are those of the undisturbed run"
    same figures "$T/p.zst"
    result $? "compressed output: the figures of the metadata are those of the undisturbed run"
    "$PATHPROBE" observe --input "$T/p.pcap" tcp >"$T/out" 2>"$T/err" && [ "$(wc -l <"$T/out")" -gt 200 ]
    result $? "the capture file of a killed run can be read to its end"
fi
part kept || {
    done_testing
    exit
}

# ---- existing files ---------------------------------------------------------------------------------------------

# Without silent hosts, for which a run has to wait.
jq -r 'select(.server == "silent" or (.behaviours | index("ecn.syn.drop"))) | "\"\(.dip)\""' "$T/truth" >"$T/slow"
grep -v -F -f "$T/slow" "$T/targets" >"$T/quick"
list=$T/quick
quick=$(wc -l <"$list")
measure --output "$T/whole" --force 2>"$T/err" && once "$T/whole" && [ "$quick" -gt 900 ] && [ "$quick" -lt 1000 ]
result $? "a campaign over the hosts that answer"
cp "$T/whole" "$T/copy"
cp "$T/whole.meta.json" "$T/meta"
exits 1 measure --output "$T/whole" && says "'$T/whole' is not empty, and is not overwritten" &&
    says '^hint: --resume continues it, --force replaces it' && cmp -s "$T/whole" "$T/copy" &&
    cmp -s "$T/whole.meta.json" "$T/meta"
result $? "the same command again, without --resume: refused, and all files are unchanged"
exits 2 measure --output "$T/whole" --resume --force && says 'exclude each other' && cmp -s "$T/whole" "$T/copy"
result $? "--resume with --force: exit 2"
cp "$T/meta" "$T/alone.meta.json"
exits 1 measure --output "$T/alone" && exits 1 measure --output "$T/alone" && cmp -s "$T/alone.meta.json" "$T/meta" &&
    says "'$T/alone.meta.json' is not empty" && ! [ -e "$T/alone" ]
result $? "metadata without their output are not overwritten"
head -n 5 "$list" >"$T/five"
exits 1 measure --metadata "$T/meta" --input "$T/five" && says "'$T/meta' is not empty" &&
    cmp -s "$T/whole.meta.json" "$T/meta" && ! [ -s "$T/out" ]
result $? "a file of --metadata that is not empty is not overwritten"
head -c 1000 /dev/urandom >"$T/packets" && cp "$T/packets" "$T/packets.was"
exits 1 measure --output "$T/new" --pcap "$T/packets" --input "$T/five" && says "'$T/packets' is not empty" &&
    cmp -s "$T/packets" "$T/packets.was" && ! [ -e "$T/new" ]
result $? "a capture file that is not empty is not overwritten"
: >"$T/empty"
exits 0 measure --output "$T/empty" --input /dev/null && exits 0 measure --output "$T/empty" --input "$T/five" &&
    [ "$(wc -l <"$T/empty")" -eq 5 ] &&
    exits 0 measure --output "$T/empty" --pcap "$T/packets" --input "$T/five" --force && [ "$(wc -l <"$T/empty")" -eq 5 ] &&
    [ "$(od -A n -t x4 -N 4 "$T/packets")" = ' a1b23c4d' ] && exits 0 measure --output /dev/null --metadata "$T/dev"
result $? "empty files are written to, and with --force other files"

# ---- after a power loss; with another --max-targets ---------------------------------------------------------------

head -c 600000 "$T/whole" >"$T/o"
head -c 5000 /dev/zero >>"$T/o"
tail -c 200000 "$T/whole" >>"$T/o"
cp "$T/whole.meta.json" "$T/o.meta.json"
exits 0 measure --output "$T/o" --resume && says "bytes after the last complete observation are removed" && once "$T/o" &&
    same found "$T/o"
result $? "NULs in the middle, as a power loss leaves them: the file is cut there, and the rest is measured again"

measure --output "$T/o" --force --max-targets 500 2>"$T/err"
exits 0 measure --output "$T/o" --resume --max-targets 700 --rate 4k -w 2 && [ "$(wc -l <"$T/o")" -eq 700 ] &&
    jq -e '.counts.read == 700 and .counts.written == 700' "$T/o.meta.json" >/dev/null &&
    exits 0 measure --output "$T/o" --resume && once "$T/o" && same found "$T/o"
result $? "--max-targets counts finished targets, and may be raised; rate and workers may change"

{ cat "$list" && head -n 300 "$list"; } >"$T/twice"
measure --output "$T/whole2" --no-dedup --input "$T/twice" 2>"$T/err"
head -n 900 "$T/whole2" >"$T/o"
cp "$T/whole2.meta.json" "$T/o.meta.json"
exits 0 measure --output "$T/o" --no-dedup --input "$T/twice" --resume &&
    [ "$(jq -s -c 'group_by(.dip) | map(length) | group_by(.) | map([.[0], length])' "$T/o")" = "[[1,$((quick - 300))],[2,300]]" ]
result $? "--no-dedup: each target has as many lines as in the list"

# ---- from the metadata alone -----------------------------------------------------------------------------------

head -n 700 "$T/whole" >"$T/o"
cp "$T/whole.meta.json" "$T/o.meta.json"
exits 0 "$PATHPROBE" measure --config "$T/o.meta.json" --output "$T/o" --resume && once "$T/o" && same found "$T/o"
result $? "--config with the metadata of a run, and --resume, resumes it"
exits 0 "$PATHPROBE" measure --config "$T/whole.meta.json" --output "$T/o" --force && once "$T/o" && same found "$T/o" &&
    same figures "$T/o" && jq -n -e '[inputs] | .[0].run_id != .[1].run_id and (.[0].config | del(.output, .resume, .force)) ==
        (.[1].config | del(.output, .resume, .force)) and .[0].seed == 5' "$T/whole.meta.json" "$T/o.meta.json" >/dev/null
result $? "--config with the metadata of a run repeats it: the same options and seed give the same results"

# ---- refused -----------------------------------------------------------------------------------------------------

head -n 700 "$T/whole" >"$T/o"
cp "$T/whole.meta.json" "$T/o.meta.json"
cp "$T/o" "$T/o.was"
cp "$T/o.meta.json" "$T/m.was"
refuses() { # refuses PATTERN ARG...: exit 1 with a message like PATTERN, and both files are unchanged
    pattern=$1
    shift
    exits 1 measure --output "$T/o" --resume "$@" && says "$pattern" && cmp -s "$T/o" "$T/o.was" &&
        { ! [ -e "$T/o.meta.json" ] || cmp -s "$T/o.meta.json" "$T/m.was"; }
}
refuses "alpha was '0.001' and is now '0.01'" --alpha 1e-2 && says "hint:"
result $? "another option: refused, with its earlier value"
refuses "connect mode was 'tcp' and is now 'http'" --connect http
result $? "another connect mode: refused"
refuses "seed was '5' and is now '6'" --seed 6
result $? "another seed: refused"
refuses "the SHA-256 of the list was" --input "$T/twice" && says 'hint: .*the list that it began with'
result $? "another list: refused"
"$PATHPROBE" measure dscp -i lab0 --input "$list" --output "$T/o" --resume 2>"$T/err"
[ $? -eq 1 ] && says "the experiment was 'ecn' and is now 'dscp'" && cmp -s "$T/o" "$T/o.was"
result $? "another experiment: refused"
exits 2 measure --resume && says "--output is required"
result $? "without --output: refused, exit 2"
exits 2 measure --resume --output /dev/null && says "which '/dev/null' is not"
result $? "--resume with a device as output: refused"

jq -c 'del(.constants.w) | .constants.q = [0.95, 0.02]' "$T/whole.meta.json" >"$T/o.meta.json"
cp "$T/o.meta.json" "$T/m.was"
refuses "the method of evidence was 'a likelihood ratio over all rounds' and is now 'round by round, with w = 100'" &&
    says "hint:"
result $? "a run of the first method of verdicts: refused, with the difference"
cp "$T/whole.meta.json" "$T/o.meta.json"
cp "$T/o.meta.json" "$T/m.was"

rm "$T/o.meta.json"
refuses "it is missing, but the output exists"
result $? "missing metadata: refused"
head -c 300 "$T/m.was" >"$T/o.meta.json" && cp "$T/o.meta.json" "$T/m.now"
exits 1 measure --output "$T/o" --resume && says "cannot resume: metadata file" && cmp -s "$T/o" "$T/o.was" &&
    cmp -s "$T/o.meta.json" "$T/m.now"
result $? "damaged metadata: refused"
cp "$T/m.was" "$T/o.meta.json"
sed '100s/"run_id":"..../"run_id":"zzzz/' "$T/o.was" >"$T/o" && cp "$T/o" "$T/o.was"
refuses "line 100: an observation of another run"
result $? "a line of another run: refused, with the number of the line"
echo '{"dip":"10.0.0.1"}' >"$T/o" && cp "$T/o" "$T/o.was"
refuses "line 1: not an observation"
result $? "a file without observations: refused"
rm "$T/o"
exits 1 measure --output "$T/o" --resume && says "which does not exist" && ! [ -e "$T/o" ]
result $? "metadata without its output: refused"

head -n 700 "$T/whole" >"$T/o"
exits 0 sh -c 'cat "$T/quick" | "$@"' sh "$PATHPROBE" measure ecn -i lab0 --connect tcp --rate 6k --cooldown 0.1 \
    --spacing 0.3 --alpha 1e-3 --max-rounds 6 --connect-timeout 2 --aa 0.1 --audit 0.1 --seed 5 --vantage 'a_"b"_\_c' \
    --output "$T/o" --resume && says "cannot check that the list is the same" && once "$T/o"
result $? "a list from a pipe: resumed, with a message that the list cannot be compared"

mkfifo "$T/feed"
become --input "$T/feed" --output "$T/q" 2>"$T/err2" &
run=$!
exec 3>"$T/feed"
head -n 1 "$list" >&3
until [ -s "$T/q" ]; do sleep 0.05; done
cp "$T/q" "$T/q.was"
exits 1 measure --output "$T/q" && says "another process is writing to it" && cmp -s "$T/q" "$T/q.was" &&
    exits 1 measure --output "$T/q" --resume && says "another process is writing to it" && cmp -s "$T/q" "$T/q.was"
result $? "an output that another run is writing: refused, and unchanged"
exec 3>&-
wait $run

# A limit on the file's size stands for a full disk.
set -- "$PATHPROBE" measure ecn -i lab0 --connect tcp --rate 6k --rounds 1 --connect-timeout 2 --aa 0 --audit 0 \
    --input "$T/quick" --output "$T/f"
exits 1 sh -c 'ulimit -f 100 && exec "$@"' sh "$@" && says "cannot write '$T/f': File too large" &&
    says 'hint: nothing is lost: .*--resume goes on' && [ -s "$T/f" ] && exits 0 "$@" --resume &&
    [ "$(wc -l <"$T/f")" = "$(wc -l <"$T/quick")" ] && [ "$(jq .complete "$T/f.meta.json")" = true ]
result $? "an output that can grow no more: the way out is named, and --resume goes it"
done_testing
