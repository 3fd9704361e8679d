#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fleet.sh: a campaign over several workers and a real nats-server: workers and the server are killed, and each target
# has one observation, with the words that one undisturbed run gives it; the same list from several vantage points;
# what a worker refuses; a stop and a blocklist reach it.
#
# TAP. PATHPROBE: the program.
set -u

here=$(dirname "$0")
. "$here/../net/tap.sh"
need_program
. "$here/fleet_rig.sh"

[ "${1:-}" = inside ] || rig_start 600
ip link set lo up || skip_all "no loopback here"

server_start || bail "no server: $(tail -n 3 "$T/nats.log")"

# ---- one run on one machine, to compare with --------------------------------------------------------------------

"$PATHPROBE" $question -i lab0 --rate 4k -q --seed 1 --input "$T/targets" --output "$T/alone.ndjson" 2>"$T/err"
ok $? "one run without a fleet: exit 0" || say "$T/err"
words "$T/alone.ndjson" >"$T/alone.words"

# ---- chunks, and deaths -----------------------------------------------------------------------------------------

fleet submit --campaign deaths --input "$T/targets" --chunk 30 --lease 3 -- $question --seed 1 >"$T/out" 2>"$T/err"
ok $? "a list is submitted" || say "$T/err"
grep -q "^Campaign 'deaths' is open: 600 targets in [0-9]* chunks" "$T/out"
ok $? "submit prints the number of targets and chunks" || say "$T/out"
exits 1 fleet submit --campaign deaths --input "$T/targets" -- $question && says "campaign 'deaths' exists already"
ok $? "a second campaign of the same name is refused"

worker a --once --chunks 2
a=$worker
worker b --once --chunks 2
b=$worker
wait_for at_least deaths 1
ok $? "two workers: a first chunk is done" || say "$T/work.a" "$T/work.b"
exits 1 fleet work --vantage a --spool "$T/spool.other" --once -- -i lab0 && says "vantage point 'a' is in use by another worker"
ok $? "a second worker of the same name is refused" || say "$T/err"
kill -9 "$a"
wait "$a" 2>/dev/null
worker a --once --chunks 2
a=$worker
wait_for is_in a 2 deaths # a worker that finds no server at its start ends
wait_for at_least deaths 3
kill -9 "$server"
wait "$server" 2>/dev/null
server_start
ok $? "the server is killed and comes back" || say "$T/nats.log"
kill -9 "$b"
wait "$b" 2>/dev/null
worker b --once --chunks 2
b=$worker
worker c --once --chunks 2
wait_for all_done deaths
ok $? "all chunks are done in the end" || say "$T/work.a" "$T/work.b" "$T/work.c"
wait "$a" && wait "$b" && wait "$worker"
ok $? "workers end when nothing is left" || say "$T/work.a" "$T/work.b" "$T/work.c"

fleet collect --campaign deaths --output "$T/deaths.ndjson" >"$T/out" 2>"$T/err"
ok $? "results are collected" || say "$T/err"
grep -q "^All of campaign 'deaths'" "$T/out" && grep -q "^600 read = 600 written" "$T/out"
ok $? "the counts add up over the fleet" || say "$T/out"
words "$T"/deaths.?.ndjson >"$T/deaths.words"
cmp -s "$T/alone.words" "$T/deaths.words"
ok $? "each target has one observation, with the conditions of an undisturbed run" || {
    diff "$T/alone.words" "$T/deaths.words" | head -n 6 >"$T/diff"
    say "$T/diff"
}
jq -s -e 'map(.fleet) | length == (unique | length) and length == 600' "$T"/deaths.?.ndjson >/dev/null
ok $? "each observation has its own place in a chunk"
jq -s -e 'map(.counts.written) | add == 600' "$T"/deaths.?.ndjson.meta.json >/dev/null &&
    jq -s -e 'all(.complete and .fleet.campaign == "deaths" and .experiment == "ecn")' "$T"/deaths.?.ndjson.meta.json >/dev/null
ok $? "the metadata of each file count its lines"
[ -z "$(left)" ]
ok $? "nothing is left in the spools: $(left)"
exits 1 fleet collect --campaign deaths --output "$T/deaths.ndjson" && says "is not empty"
ok $? "collect does not overwrite an existing file"

# ---- each from its place ----------------------------------------------------------------------------------------

head -n 60 "$T/targets" >"$T/few"
fleet submit --campaign places --split vantage --vantages x,y --input "$T/few" --chunk 20 -- $question >/dev/null
worker x --once
x=$worker
worker y --once
wait "$x" "$worker"
fleet collect --campaign places --output "$T/places.ndjson" >"$T/out" 2>"$T/err"
grep -q "^120 read = 120 written" "$T/out" && words "$T/places.x.ndjson" >"$T/x" && words "$T/places.y.ndjson" >"$T/y" &&
    cmp -s "$T/x" "$T/y" && [ "$(wc -l <"$T/x")" -eq 60 ]
ok $? "two vantage points measure the whole list each" || say "$T/out" "$T/err" "$T/work.x" "$T/work.y"
[ "$(jq -c .dip "$T/places.x.ndjson" | head -n 40)" != "$(jq -c .dip "$T/places.y.ndjson" | head -n 40)" ]
ok $? "each vantage point measures the list in an order of its own"
fleet collect --campaign places --output "$T/places.ndjson" --force >/dev/null 2>&1
ok $? "--force collects again"

exits 2 fleet collect --campaign places --output - && says "a file per vantage point"
ok $? "collect refuses standard output" || say "$T/err"
(cat "$T/few" && head -n 2 "$T/few" && echo '{"dip":"127.0.0.1","dp":80}') >"$T/some"
fleet submit --campaign some --input "$T/some" -- $question >"$T/out" 2>"$T/err" && fleet delete --campaign some
grep -q "^63 read = 60 submitted + 2 duplicate + 0 invalid_line + 1 blocked" "$T/out"
ok $? "submit counts the lines of a list that it leaves out" || say "$T/out" "$T/err"
for list in x,y,x ,; do
    exits 2 fleet submit --campaign no --split vantage --vantages "$list" --input "$T/few" -- $question &&
        says -- "--vantages"
    ok $? "--vantages '$list' is refused" || say "$T/err"
done

# ---- what a worker refuses; blocklists, stops and deletions under way -------------------------------------------

exits 2 fleet submit --campaign no --input "$T/few" -- measure ecn --interface eth0 &&
    says "--interface cannot be set by a campaign"
ok $? "submit refuses --interface" || say "$T/err"
exits 2 fleet submit --campaign no --input "$T/few" -- measure ecm && says "did you mean"
ok $? "submit refuses an unknown experiment" || say "$T/err"
exits 2 fleet work --vantage z --allow-options rate,pcap --spool "$T/spool.z" --once && says "--pcap cannot be allowed"
ok $? "--allow-options refuses options that name files" || say "$T/err"
fleet submit --campaign rates --input "$T/few" -- $question >/dev/null
exits 0 fleet work --vantage z --allow-options alpha --spool "$T/spool.z" --once -- -i lab0 &&
    says "campaign 'rates' is not accepted: option --[a-z-]* is not allowed here"
ok $? "a worker takes no campaign with an option that is not allowed" || say "$T/err"
exits 0 fleet work --vantage z --allow-experiments dscp --spool "$T/spool.z" --once -- -i lab0 &&
    says "experiment 'ecn' is not allowed"
ok $? "a worker takes no campaign with an experiment that is not allowed" || say "$T/err"

jq -r '.dip' "$T/few" | head -n 5 >"$T/block"
fleet block --campaign rates --blocklist "$T/block" 2>"$T/err"
ok $? "fleet block adds a blocklist to a campaign" || say "$T/err"
worker z --once
wait "$worker"
fleet collect --campaign rates --output "$T/rates.ndjson" >"$T/out" 2>&1
grep -q "^60 read = 55 written + 5 blocked" "$T/out"
ok $? "workers apply the blocklist, and the counts say so" || say "$T/out" "$T/work.z"

fleet submit --campaign asked --input "$T/targets" --chunk 30 -- $question >/dev/null
worker z --chunks 1 --once
wait_for at_least asked 1
jq -r .dip "$T/targets" >"$T/block"
fleet block --campaign asked --blocklist "$T/block"
wait "$worker" && fleet collect --campaign asked --output "$T/asked.ndjson" >"$T/out" 2>&1 &&
    jq -e '.counts | .blocked > 60 and .written + .blocked + .not_started == 600' "$T/asked.z.ndjson.meta.json" >/dev/null
ok $? "a blocklist reaches a worker while it measures: $(tail -n 1 "$T/out")" || say "$T/out" "$T/work.z"

fleet submit --campaign stopped --input "$T/targets" --chunk 30 -- $question >/dev/null
worker z --chunks 1
wait_for at_least stopped 1
fleet stop --campaign stopped
wait_for grep -q "campaign 'stopped' was stopped" "$T/work.z"
ok $? "a stop reaches a worker while it measures" || say "$T/work.z"
kill "$worker"
wait "$worker"
[ $? -eq 130 ] && fleet status --json | jq -e 'all(.vantages[]; .vantage != "z") and (.campaigns[] | select(.campaign == "stopped") |
    .stopped and .done < .chunks and .held + .waiting + .done == .chunks)' >/dev/null
ok $? "a worker that ends gives its chunks and its name back" || fleet status --json | head -c 2000

# The lease is longer than this test waits, so a chunk that is not given back is not done.
fleet submit --campaign back --input "$T/few" --chunk 10 --lease 3600 -- $question >/dev/null
worker z --chunks 3
wait_for campaign_is back '.held == 3'
worker_stop "$worker"
[ $? -eq 130 ] && worker y --once && wait_for all_done back
ok $? "SIGTERM: the worker gives its chunks back at once, and another worker does them" || say "$T/work.z" "$T/work.y"
wait "$worker"

fleet submit --campaign gone --input "$T/targets" --chunk 30 -- $question >/dev/null
exits 1 fleet work --vantage g --spool "$T/spool.g" --campaign gone --once -- -i nosuch && [ "$(ls "$T/spool.g")" = instance ]
ok $? "a measure that ends before its first line leaves nothing in the spool" || {
    ls -l "$T/spool.g" >"$T/out"
    say "$T/err" "$T/out"
}
worker g --campaign gone
wait_for grep -q "campaign 'gone': ecn" "$T/work.g"
fleet delete --campaign gone
wait_for grep -q "campaign 'gone' was deleted" "$T/work.g" && kill "$worker"
wait "$worker"
code=$?
[ $code -eq 130 ] && [ "$(ls "$T/spool.g")" = instance ]
ok $? "a worker ends a deleted campaign, and leaves nothing of it in its spool" || {
    (echo "exit $code" && ls -l "$T/spool.g") >"$T/out"
    say "$T/work.g" "$T/out"
}

fleet delete --campaign stopped && fleet status --json | jq -e 'all(.campaigns[]; .campaign != "stopped")' >/dev/null
ok $? "a deleted campaign is not in the status"

for what in stop block delete; do
    exits 1 fleet $what --campaign never && says "campaign 'never'" && says "fleet status"
    ok $? "fleet $what of an unknown campaign" || say "$T/err"
done
exits 1 fleet block --campaign rates --blocklist "$T/few" && says "$T/few"
ok $? "fleet block refuses a blocklist that measure cannot read" || say "$T/err"

server_stop
done_testing
