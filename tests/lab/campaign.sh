#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# campaign.sh: what runs a campaign unattended: begins a run, goes on with one that was stopped, merges, reports, and takes
# away what is too old; its units, as systemd reads them; and --status for node_exporter.
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/../net/tap.sh"
need_program
units=$(cd "$(dirname "$0")/../../debian/campaign" && pwd)
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
export T PATHPROBE TMPDIR="$T" campaign="$units/pathprobe-campaign"

cat >"$T/inside.sh" <<'END'
export EXPERIMENT=ecn INPUT="$T/targets.ndjson" STATE_DIRECTORY="$T/state" KEEP=2 MERGE=3
mkdir "$T/state"
common="-i lab0 --rounds 1 --connect-timeout 0.7 --prefix-rate 0 --cooldown 0.2 --spacing 0.2"
OPTIONS="$common --rate 20k" sh "$campaign" test >"$T/first" 2>&1
echo $? >"$T/first.code"
find "$T/state" | sort >"$T/first.files"

# A run that is stopped after its first observations.
OPTIONS="$common --rate 60" sh "$campaign" test >"$T/second" 2>&1 &
pid=$!
until [ -n "$(find "$T/state/runs" -name '*.zst' -newer "$T/first.files" -size +0)" ] || ! kill -0 $pid; do sleep 0.1; done
kill -TERM $pid
wait $pid
echo $? >"$T/second.code"
cp "$T/state/unfinished" "$T/second.unfinished"
OPTIONS="$common --rate 20k" sh "$campaign" test --resume >"$T/third" 2>&1
echo $? >"$T/third.code"
sh "$campaign" test --resume >"$T/fourth" 2>&1
echo $? >"$T/fourth.code"
find "$T/state" | sort >"$T/third.files"
OPTIONS="$common --rate 20k" sh "$campaign" test >"$T/fifth" 2>&1
END
"$PATHPROBE" lab --hosts 40 --targets "$T/targets.ndjson" -- sh "$T/inside.sh" >"$T/lab" 2>&1
ok $? "five calls of the script in front of the lab" || say "$T/lab"

[ "$(cat "$T/first.code")" = 0 ] && grep -q 'state/report.html$' "$T/first.files" && ! grep -q unfinished "$T/first.files"
ok $? "a complete run leaves a report" || say "$T/first" "$T/first.files"
[ "$(cat "$T/second.code")" = 0 ] && [ -s "$T/second.unfinished" ]
ok $? "TERM stops a run with exit code 0; the state directory names it as unfinished" || say "$T/second"
[ "$(cat "$T/third.code")" = 0 ] && [ "$(grep -c 'observations.ndjson.zst$' "$T/third.files")" = 2 ] &&
    ! grep -q unfinished "$T/third.files"
ok $? "the next call resumes the unfinished run and begins no third one" || say "$T/third" "$T/third.files"
run=$T/state/$(cat "$T/second.unfinished")
[ "$(zstd -dcq "$run/observations.ndjson.zst" | jq -r .dip | sort -u | wc -l)" = 40 ]
ok $? "the resumed run has each target once" || say "$T/third"
grep -q 'state/merged.html$' "$T/third.files" && grep -q 'What has changed' "$run/report.html"
ok $? "runs are merged, and the report compares a run with the one before" || say "$T/third" "$T/third.files"
[ "$(cat "$T/fourth.code")" = 0 ] && [ ! -s "$T/fourth" ]
ok $? "--resume without an unfinished run begins none" || say "$T/fourth"
[ "$(find "$T/state/runs" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ] && [ -d "$run" ]
ok $? "KEEP=2 removes the oldest of three runs" || say "$T/fifth"
EXPERIMENT=ecn INPUT=x STATE_DIRECTORY="$T" KEEP=some exits 1 sh "$campaign" test && says 'numbers of runs'
ok $? "a KEEP that is not a number is an error that names it" || say "$T/err"
exits 1 sh "$campaign" test && says '^hint: /etc/pathprobe/campaigns/test.conf'
ok $? "a campaign without a configuration: the hint names the file" || say "$T/err"

# ---- metrics; /usr/bin/python3 has the modules that Debian packages

/usr/bin/python3 - "$T/state/status.prom" >"$T/python" 2>&1 <<'END'
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text_format
text = open(sys.argv[1], newline="").read()
assert len(text.encode()) == 4096
for parse in (openmetrics, text_format):
    value = {(s.name, s.labels.get("state")): s.value for f in parse(text) for s in f.samples}
    assert value["pathprobe_targets_done", None] == value["pathprobe_targets_begun", None] == 40, value
    assert sum(v for (n, state), v in value.items() if state) == 40, value
    assert value["pathprobe_ended", None] == 1 and value["pathprobe_packets_total", None] > 100, value
    assert {s.labels["campaign"] for f in parse(text) for s in f.samples} == {"status"}
END
ok $? "--status FILE.prom is read by both parsers of Prometheus, text format and OpenMetrics" || say "$T/python" "$T/state/status.prom"

# ---- units

if command -v systemd-analyze >/dev/null; then
    mkdir "$T/units"
    for unit in pathprobe-campaign@.service pathprobe-campaign-resume@.service pathprobe-campaign@.timer \
        pathprobe-fleet@.service; do
        sed "s,/usr/libexec/pathprobe,$units,; s,/usr/bin/pathprobe,$PATHPROBE," "$units/$unit" >"$T/units/$unit"
        cp "$T/units/$unit" "$T/units/$(echo $unit | sed 's/@/@test/')"
    done
    (cd "$T/units" && SYSTEMD_UNIT_PATH="$T/units:" systemd-analyze verify --man=no ./*@test.*) >"$T/out" 2>&1
    code=$?
    grep -i 'pathprobe' "$T/out" >"$T/err"
    [ $code = 0 ] && [ ! -s "$T/err" ]
    ok $? "systemd finds nothing wrong with the units" || say "$T/out"
else
    skip "systemd finds nothing wrong with the units" "systemd-analyze is not installed"
fi
! grep -q '^\[Install\]' "$units/pathprobe-campaign@.service"
ok $? "the service has no [Install] section: only its timer starts a campaign"

done_testing
