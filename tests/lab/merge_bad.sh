#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# merge_bad.sh: `pathprobe merge` on input as it should not be: cut off, of others, hostile, without bounds; a disk that is
# full, a signal.
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/../net/tap.sh"
need_program
: "${TESTS:=build/tests}"
case $TESTS in /*) ;; *) TESTS=$PWD/$TESTS ;; esac
here=$(cd "$(dirname "$0")" && pwd)
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
mkdir "$T/d" && cd "$T/d" || exit 1

lines() { python3 "$here/merge_lines.py"; }
merge() { "$PATHPROBE" merge "$@"; }

# ---- files

echo '{"lines":50}' | lines >good
: >empty
exits 0 merge empty good --output out && says "'empty' is empty" && [ "$(wc -l <out)" = 50 ]
ok $? "an empty file among others is reported" || say "$T/err"
exits 1 merge empty && says 'none of 0 lines is usable'
ok $? "an empty file alone is an error" || say "$T/err"
exits 1 merge missing good && says "cannot read 'missing'"
ok $? "a missing file is an error" || say "$T/err"
rm -f out*

head -c 3000000 /dev/zero | tr '\0' a >long
exits 1 merge long && says "line 1: 64 KiB or longer"
ok $? "a line without an end is too long, not cut off" || say "$T/err"

# Without --vantage each source address is a vantage point: a run over IPv4 and IPv6 is still one run of one host.
printf '{"vantage":null,"dip":"%s","lines":2}\n' 192.0.2.1 2001:db8:1::1 | lines >both
exits 0 merge both --output out --force && says '^4 lines, of 1 run from 1 vantage point$' && ! says 'treated as two' &&
    says '1 of 1 runs came without metadata'
ok $? "a run over both families without a vantage name is one run" || say "$T/err"
printf '{"vantage":null,"sip":"10.0.0.%s","dip":"192.0.2.1"}\n' 1 2 | lines >two
exits 0 merge two --output out --force && says 'treated as two' && says 'of 2 runs from 2 vantage points$'
ok $? "two addresses of one family in a run are two vantage points, and that is said" || say "$T/err"
rm -f out*

head -c 20000 good >cut
exits 0 merge cut --output out && says "line [0-9]*: it is truncated" && says "'cut' is truncated" &&
    [ "$(wc -l <out)" = "$(($(wc -l <cut)))" ] && [ "$(jq .inputs[0].cut out.meta.json)" = true ]
ok $? "a file that is cut off within a line" || say "$T/err"
i=0
while [ $i -lt 40 ]; do zstd -qc good && i=$((i + 1)); done >frames.zst
head -c "$(($(wc -c <frames.zst) - 100))" frames.zst >cut.zst
exits 0 merge cut.zst --output out --force && says "'cut.zst' is truncated" && [ "$(wc -l <out)" = 50 ]
ok $? "a compressed file that is cut off within a frame" || say "$T/err"
printf 'xxxxxxxx' | dd of=frames.zst bs=1 seek=2000 conv=notrunc 2>/dev/null
rm -f out*
exits 1 merge frames.zst --output out && says "damaged" && [ ! -e out ] && [ -z "$(ls | grep part)" ]
ok $? "a compressed file that is damaged in the middle is an error, and no output is left" || say "$T/err"

# ---- lines

cat >others <<'END'
{"dip": "192.0.2.1", "dp": 80, "sip": "10.98.0.1", "path": ["10.98.0.1", "10.99.130.83"], "time": {"from": "2026-11-23 07:52:03.506005", "to": "2026-11-23 07:52:03.732102"}, "conditions": ["ecn.connectivity.works"]}
{"elapsed":1,"final":true}
not JSON
[1,2]
END
echo '{"lines":3}' | lines | sed '1s/"dip":"[^"]*"/"dip":"nowhere"/; 2s/"to":"2026/"to":"2025/; 3s/"alpha":[^,]*/"alpha":0/' >>others
exits 0 merge others good --output out && says 'line 1: not an observation: it has no `schema`' && says 'line 3: not a JSON' &&
    says 'no address in `dip`' && says "'others': 7 lines are unusable" && says '^57 read = 50 merged + 7 no observation$'
ok $? "lines that are no observations are reported and counted" || say "$T/err"

# ---- vantage points, clocks, runs

lines >moved <<'END'
{"vantage":"x","public":"198.51.100.1","run":"r1"}
{"vantage":"x","public":"198.51.100.2","run":"r2","word":"broken"}
END
exits 0 merge moved && says "'x' has several addresses, as 198.51.100.1 and 198.51.100.2" &&
    [ "$(jq -r '.verdicts[0].verdict' "$T/out")" = unstable ]
ok $? "one name with two addresses is one vantage point, which is reported" || say "$T/err"
exits 0 merge --by-address moved && [ "$(jq -r '.verdicts[0].verdict' "$T/out")" = path_dependent_candidate ]
ok $? "--by-address: one name with two addresses is two vantage points" || say "$T/err"

cp moved same
exits 1 merge same --output same --force && says 'is the input' && cmp -s moved same
ok $? "an output that is the input is refused" || say "$T/err"

lines >clocks <<'END'
{"vantage":"a","public":"198.51.100.1","run":"r1","at":"2199-01-01 00:00:00.0"}
{"vantage":"b","public":"198.51.100.2","run":"r2","at":"1970-01-01 00:00:00.0"}
{"vantage":"c","public":"198.51.100.3","run":"r3"}
END
exits 0 merge clocks && says "run r1 .* in the future" && says "run r2 .* before 2000" &&
    [ "$(jq -c '[.verdicts[0].verdict, .time.from, .time.to]' "$T/out")" = \
        '["works","1970-01-01 00:00:00.000000","2199-01-01 00:00:02.000000"]' ]
ok $? "implausible clocks are reported, and change no verdict" || say "$T/err"

lines >one_id <<'END'
{"vantage":"a","public":"198.51.100.1","run":"same"}
{"vantage":"b","public":"198.51.100.2","run":"same"}
END
exits 0 merge one_id && says "'a' and 'b' have runs of one run_id, same" && [ "$(jq '.runs | length' "$T/out")" = 2 ]
ok $? "runs of two vantage points with one run_id are reported" || say "$T/err"

seq 200 | sed 's/.*/{"vantage":"vantage-point-number-&","public":"203.0.113.&","run":"run-of-&","lines":3,"also":["ecn.negotiation.succeeded"]}/' |
    lines >many
exits 0 merge many --output out --force && [ "$(jq -c '[.verdicts[0].verdict, .verdicts[0].vantages] ' out | uniq -c | tr -s ' ')" = ' 3 ["works",200]' ] &&
    [ "$(awk '{ if (length > m) m = length } END { print m < 65536 }' out)" = 1 ] &&
    [ "$(jq '.quality.runs_left_out' out | sort -u)" = 200 ]
ok $? "200 vantage points: a line under 64 KiB says how many runs it leaves out" || say "$T/err"
seq 1025 | sed 's/.*/{"vantage":"v&"}/' | lines >too_many
exits 1 merge too_many --output too && says 'more than 1024 vantage points' && [ ! -e too ]
ok $? "more than 1024 vantage points are an error" || say "$T/err"

# ---- hostile

python3 - >hostile.spec <<'END'
import json
nasty = "</script><!--\"'\\ \u0001\u001b[31m\u202e\u2028 \U0001f600"
print(json.dumps({"vantage": nasty, "run": "r1", "domain": nasty, "members": {"x": nasty, "vantages": [1], "runs": 7, "located": 3, "\u0000y"[1:]: 1.10}}))
print(json.dumps({"vantage": nasty + "2", "run": "r2", "domain": nasty, "public": "198.51.100.1"}))
END
lines <hostile.spec >hostile
exits 0 merge hostile --output out --force && [ "$(wc -l <out)" = 1 ] &&
    [ "$(jq -c '[.domain == .domain_used, .x == .domain, .domain == .vantages[0].vantage, .vantages[1].vantage == .domain + "2",
        (.vantages | length), (.runs | length), (.located | length)]' out)" = '[true,true,true,true,2,2,0]' ] &&
    jq -e . out.meta.json >/dev/null && ! grep -q "$(printf '\033')" "$T/err" && ! grep -q "$(printf '\033')" out
ok $? "hostile names are unchanged in the output, and their escapes do not reach the terminal" || say "$T/err"

# A target with a million conditions in 700 observations; the lines of another target are not affected.
python3 - >conditions.spec <<'END'
import json
for r in range(700):
    print(json.dumps({"run": f"r{r}", "obs": f"o{r}", "also": [f"x.c{r * 1430 + i}.seen" for i in range(1430)]}))
    print(json.dumps({"run": f"r{r}", "dip": "192.0.2.2"}))
END
lines <conditions.spec >conditions
exits 0 "$TESTS/bench/usage" "$T/usage" "$PATHPROBE" merge conditions --output out --force
[ "$(jq -r '.conditions[0]' out | sort -u)" = ecn.stable.connectivity.works:700 ] &&
    [ "$(awk '{ if (length > m) m = length } END { print m < 65536 }' out)" = 1 ] &&
    [ "$(jq 'select(.dip == "192.0.2.1") | .quality.conditions_left_out > 900000' out)" = true ]
ok $? "a million conditions of one target are bounded, and counted" || say "$T/err"
[ "$(cut -d ' ' -f 4 "$T/usage")" -lt $((512 * 1024)) ]
ok $? "a million conditions take less than 512 MiB" || say "$T/usage"

# ---- disk, signals

echo '{"lines":20000,"also":["ecn.negotiation.succeeded"]}' | lines >long
merge long --output whole -q && merge long --memory 1 --output sorted -q && cmp -s whole sorted
ok $? "a sort on disk gives the same bytes as one in memory"
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
    mkdir small
    unshare -m sh -c 'mount -t tmpfs -o size=64k none small && TMPDIR=small exec "$@"' sh \
        "$PATHPROBE" merge long --memory 1 --output out2 >"$T/out" 2>"$T/err"
    [ $? = 1 ] && says 'cannot write a temporary file of the sort: No space left' && says 'TMPDIR' && [ -z "$(ls | grep out2)" ]
    ok $? "a disk that is full during the sort" || say "$T/err"
    unshare -m sh -c 'mount -t tmpfs -o size=64k none small && "$@"; code=$?; ls small >left; exit $code' sh \
        "$PATHPROBE" merge long --output small/out >"$T/out" 2>"$T/err"
    [ $? = 1 ] && says 'No space left' && ! grep -q hint: "$T/err" && [ ! -s left ]
    ok $? "a disk that is full when the output is written: no incomplete file stays" || say "$T/err" left
    # A disk with room for the lines, and none for the metadata.
    merge good --output size -q && pages=$((($(stat -c %s size) + 4095) / 4096))
    unshare -m sh -c 'mount -t tmpfs -o size=1m none small && head -c $((1048576 - 4096 * $1)) /dev/zero >small/filler
        shift && "$@"; code=$?; ls small >left; exit $code' sh $pages "$PATHPROBE" merge good --output small/out >"$T/out" 2>"$T/err"
    [ $? = 1 ] && says "metadata file 'small/out.meta.json': No space left" && [ "$(cat left)" = filler ]
    ok $? "a disk that is full when the metadata are written: no lines stay without them" || say "$T/err" left
else
    skip "a full disk" "no mount namespace here"
fi

# Signals while the command waits for a pipe, in each of its phases.
alive_until() { # CONDITION...: within a minute
    _tries=0
    until "$@"; do
        _tries=$((_tries + 1))
        [ $_tries -lt 1200 ] && kill -0 $pid 2>/dev/null || return 1
        sleep 0.05
    done
}
mkfifo pipe
"$PATHPROBE" merge pipe --output out3 --recheck again3 >"$T/out" 2>"$T/err" &
pid=$!
exec 3>pipe
cat good >&3
kill -INT $pid
wait $pid
[ $? = 130 ] && [ -z "$(ls | grep 3)" ]
ok $? "Ctrl-C while merge reads leaves no file" || { ls >&2; say "$T/err"; }
exec 3>&-

sorting() { ls -l /proc/$pid/fd 2>/dev/null | grep -q "$PWD/small.*(deleted)"; }
mkdir -p small
TMPDIR=$PWD/small "$PATHPROBE" merge pipe --memory 1 --output out4 >"$T/out" 2>"$T/err" &
pid=$!
exec 3>pipe
cat long >&3
alive_until sorting
ok $? "the files of the sort have no name"
kill -TERM $pid
wait $pid
[ $? = 130 ] && [ -z "$(ls | grep 4)" ] && [ -z "$(ls small)" ]
ok $? "SIGTERM while merge sorts leaves no file" || { ls . small >&2; say "$T/err"; }
exec 3>&-

# --recheck writes to a pipe that is not read, more lines than the pipe and the program can hold.
lines >long_b <<'END'
{"vantage":"b","public":"198.51.100.2","run":"r2","lines":20000,"word":"broken"}
END
python3 -c 'print("{\"vantage\":\"a\",\"public\":\"198.51.100.1\",\"run\":\"r1\",\"lines\":20000,\"members\":{\"pad\":\"%s\"}}" % ("x" * 800))' |
    lines >long_a
written() { [ -s out5.part ]; }
for signals in one two; do
    "$PATHPROBE" merge long_a long_b --output out5 --recheck pipe --force >"$T/out" 2>"$T/err" &
    pid=$!
    exec 3<pipe
    alive_until written
    ok $? "the output is written under another name until it is complete"
    kill -INT $pid
    if [ $signals = one ]; then
        cat <&3 >/dev/null
    else
        again() { ! kill -INT $pid 2>/dev/null; } # no such process: it has ended
        alive_until again
    fi
    wait $pid
    [ $? = 130 ] && [ -z "$(ls | grep 5)" ]
    ok $? "Ctrl-C while merge writes leaves no file ($signals SIGINT)" || { ls >&2; say "$T/err"; }
    exec 3<&-
done
done_testing
