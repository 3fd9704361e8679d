#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fleet_bad.sh: hostile messages in a campaign's queue and record, wrong configurations and clocks of sites, full
# servers and disks, damaged spools and results, streams that are deleted. TAP. PATHPROBE: the program; TESTS: the preloaded clock.
#
# parts: queue site spool servers
set -u

here=$(cd "$(dirname "$0")" && pwd)
[ "${1:-}" != inside ] || shift
. "$here/../net/tap.sh"
need_program
. "$here/fleet_rig.sh"
[ -n "${T:-}" ] || rig_start 600 "$@"
ip link set lo up || skip_all "no loopback here"

nats() { "$here/nats.py" "$@"; }
api() { nats req "\$JS.API.$1" | tee "$T/api"; }
head -n 60 "$T/targets" >"$T/few"

# message_of STREAM SEQUENCE: prints the data of that message
message_of() {
    printf '{"seq":%s}' "$2" | api "STREAM.MSG.GET.$1" | jq -r '.message.data' | base64 -d
}
# replace CAMPAIGN SEQUENCE: replaces that chunk by standard input, with the same headers
replace() {
    message_of "PP_WORK_$(tag "$1")" "$2" >"$T/chunk"
    n=$(head -n 1 "$T/chunk" | jq .chunk)
    size=$(head -n 1 "$T/chunk" | jq .targets)
    printf '{"seq":%s}' "$2" | api "STREAM.MSG.DELETE.PP_WORK_$(tag "$1")" >/dev/null
    sed "s/CHUNK/$n/; s/TAG/$(tag "$1")/" | nats pub "pp.work.$(tag "$1").any" "Pp-Chunk:$n" "Pp-Targets:$size"
}
# record CAMPAIGN FILTER: changes the record of CAMPAIGN by FILTER
record() {
    printf '{"last_by_subj":"$KV.PP_FLEET.campaign.%s"}' "$1" | api STREAM.MSG.GET.KV_PP_FLEET |
        jq -r .message.data | base64 -d | jq -c "$2" >"$T/record"
    nats pub "\$KV.PP_FLEET.campaign.$1" <"$T/record"
}
# first_of SUBJECT CAMPAIGN: the sequence number of its first message among the campaign's results, which is in $T/api
first_of() {
    printf '{"seq":1,"next_by_subj":"%s"}' "$1" | api "STREAM.MSG.GET.PP_OBS_$(tag "$2")" | jq .message.seq
}
# lose SUBJECT CAMPAIGN: deletes that message
lose() { printf '{"seq":%s}' "$(first_of "$1" "$2")" | api "STREAM.MSG.DELETE.PP_OBS_$(tag "$2")" >/dev/null; }
# children NAME: process ids of measure, of that vantage point, in this laboratory
children() {
    for p in /proc/[0-9]*; do
        [ "$(readlink "$p/ns/net")" = "$(readlink /proc/self/ns/net)" ] &&
            tr '\0' ' ' 2>/dev/null <"$p/cmdline" | grep -q -- "^pathprobe measure .*--vantage=$1 " && echo "${p#/proc/}"
    done 2>/dev/null
}
has_child() { [ -n "$(children "$1")" ]; }
lines_of() { [ "$(wc -l <"$1")" -eq "$2" ]; }

server_start || bail "no server: $(tail -n 3 "$T/nats.log")"

# ---- hostile messages in the queue ------------------------------------------------------------------------------

if part queue; then
    fleet submit --campaign bad --input "$T/few" --chunk 15 -- $question >/dev/null
    chunks=$(fleet status --campaign bad --json | jq '.campaigns[0].chunks')
    echo 'no json' >"$T/chunk.bad"
    replace bad 1 <"$T/chunk.bad"
    lost=$size
    printf '%s\n' '{"schema":1,"campaign":"TAG","chunk":CHUNK,"targets":2}' '{"dip":"192.0.2.1","dp":80}' \
        "$(head -n 1 "$T/few")" >"$T/chunk.two"
    replace bad 2 <"$T/chunk.two"
    gone=$((size - 2))
    bad=$(tag bad)
    echo 'no json' | nats pub "pp.work.$bad.any"
    printf '%s\n' '{"schema":1,"campaign":"bad","chunk":0,"targets":10000000}' '{"dip":"10.0.0.1"}' | nats pub pp.work.other.any
    printf '%s\n' "{\"schema\":1,\"campaign\":\"$bad\",\"chunk\":$chunks,\"targets\":1}" '{"dip":"10.0.0.1"}' | nats pub "pp.work.$bad.any"
    worker q --once
    wait "$worker"
    ok $? "a worker ends a campaign with invalid messages in its queue" || say "$T/work.q"
    grep -q "chunk [0-9]* of campaign 'bad' failed: its first line is not valid JSON" "$T/work.q" &&
        [ "$(grep -c "in the queue of campaign 'bad' is not a chunk of it" "$T/work.q")" -eq 2 ]
    ok $? "the worker names the invalid chunk, and counts messages that are no chunks" || say "$T/work.q"
    campaign_is bad ".failed == 1 and .strays == 2 and .done == $chunks - 1 and .held == 0 and .waiting == 0"
    ok $? "fleet status counts failed chunks and other messages" || { fleet status --campaign bad --json >"$T/out"; say "$T/out"; }
    fleet status --campaign bad >"$T/out"
    grep -q "^bad: ecn, at its end, part of it was not measured" "$T/out" && ! grep -q "100 %" "$T/out" &&
        grep -q "1 chunks failed" "$T/out"
    ok $? "fleet status does not report a campaign with failed chunks as done" || say "$T/out"
    fleet collect --campaign bad --output "$T/bad.ndjson" >"$T/out" 2>"$T/err"
    grep -q "$chunks chunks, 1 failed" "$T/out" &&
        grep -q "^$((60 - gone)) read = $((60 - gone - lost - 1)) written + 1 blocked + $lost not_started" "$T/out" &&
        grep -q "2 messages in its queues were not chunks" "$T/out"
    ok $? "collect counts lost targets, and a blocked one" || say "$T/out" "$T/err"
    jq -e '.complete == false and .fleet.chunks_failed == 1' "$T/bad.q.ndjson.meta.json" >/dev/null
    ok $? "the metadata count the failed chunk, and are not complete" || say "$T/bad.q.ndjson.meta.json"

    # A chunk that claims ten million targets fails, whatever lines follow.
    fleet submit --campaign huge --input "$T/few" --chunk 4096 -- $question >/dev/null
    (echo '{"schema":1,"campaign":"TAG","chunk":CHUNK,"targets":10000000}' && cat "$T/few") >"$T/chunk.huge"
    replace huge 1 <"$T/chunk.huge"
    worker q --once
    wait "$worker"
    grep -q "campaign 'huge' failed: it has no targets, or too many" "$T/work.q" &&
        fleet collect --campaign huge --output "$T/huge.ndjson" >"$T/out" 2>&1 && [ -f "$T/huge.q.ndjson" ] &&
        lines_of "$T/huge.q.ndjson" 0 && jq -e '.counts.written == 0' "$T/huge.q.ndjson.meta.json" >/dev/null
    ok $? "a chunk that claims ten million targets fails; a vantage point without results has an empty file" ||
        say "$T/out" "$T/work.q"

    # More than two MiB of results from one chunk, which are sent in several batches.
    fleet submit --campaign large --input "$T/targets" --chunk 4096 -- $question --output-flows >/dev/null
    worker q --once
    wait "$worker"
    fleet collect --campaign large --output "$T/large.ndjson" >"$T/out" 2>&1
    grep -q "1 of 1 chunks" "$T/out" && lines_of "$T/large.q.ndjson" 600 &&
        [ "$(wc -c <"$T/large.q.ndjson")" -gt 2097152 ]
    ok $? "one chunk has results of $(wc -c <"$T/large.q.ndjson") bytes" || say "$T/out" "$T/work.q"
    lose "pp.obs.q.$(tag large).lines" large
    fleet collect --campaign large --force --output "$T/large.ndjson" >"$T/out" 2>"$T/err"
    [ $? -eq 3 ] && written=$(jq .counts.written "$T/large.q.ndjson.meta.json") && [ "$written" -gt 100 ] &&
        [ "$written" -lt 600 ] && lines_of "$T/large.q.ndjson" "$written" &&
        says "chunk 0 of 'q' lacks $((600 - written)) observations" && grep -q "0 of 1 chunks, 1 failed" "$T/out"
    ok $? "a batch is missing: collect takes all others, and ends with 3" || say "$T/out" "$T/err"
fi

# ---- forged records, and a wrong configuration of the site -----------------------------------------------------

if part site; then
    fleet submit --campaign versions --input "$T/few" -- $question >/dev/null
    record versions '.version = "9.9"'
    exits 0 fleet work --vantage z --spool "$T/spool.z" --once -- $SITE &&
        says "campaign 'versions' is not accepted: it was submitted by version 9.9, this is .*--any-version"
    ok $? "a campaign of another version is not taken" || say "$T/err"
    record versions '.version = "9.9" | .experiment = "nosuch"'
    exits 0 fleet work --vantage z --any-version --spool "$T/spool.z" --once -- $SITE &&
        says "experiment 'nosuch' is not allowed or not installed here"
    ok $? "a campaign with an experiment that is not installed is not taken" || say "$T/err"
    for forged in '.experiment = "/tmp/x.json":experiment ./tmp/x.json. is not allowed' \
        '.experiment = "x.json":experiment .x.json. is not allowed' \
        '.experiment = "--plugin-dir=/tmp":experiment .--plugin-dir=/tmp. is not allowed' \
        '.options["plugin-dir"] = "/tmp":option --plugin-dir is not allowed' \
        '.options["config"] = "/tmp/x":option --config is not allowed' \
        '.options["cooldown=1 --output"] = "/tmp/x":option --cooldown=1 --output is not allowed' \
        '.options.cooldown = ["1"]:option --cooldown is not allowed'; do
        record versions ".version = \"9.9\" | .experiment = \"ecn\" | ${forged%:*}"
        exits 0 fleet work --vantage z --any-version --spool "$T/spool.z" --once -- $SITE && says "${forged##*:}"
        ok $? "a forged record is refused: ${forged##*:}" || say "$T/err"
        record versions '.options |= (del(.["plugin-dir"]) | del(.config) | del(.["cooldown=1 --output"]) | .cooldown = "0.1")'
    done
    echo 'no json' | nats pub "\$KV.PP_FLEET.campaign.junk"
    record versions '.version = "9.9" | .experiment = "ecn"'
    worker z --any-version --once
    wait "$worker" && all_done versions && [ "$(grep -c "the record of a campaign is not valid JSON" "$T/work.z")" -eq 1 ]
    ok $? "--any-version: a campaign of another version is taken; an invalid record of another one is passed over" || say "$T/work.z"

    for bad in "--metadata x:--metadata cannot be given after --" "--shard 1/2:--shard cannot be given" "192.0.2.1:'192.0.2.1' after -- is not an option" \
        "--no-such:no-such" "--vantage-x y:vantage-x" "-o x:."; do
        # shellcheck disable=SC2086 # words
        exits 2 fleet work --vantage z --spool "$T/spool.z" --once -- ${bad%%:*} && says "${bad#*:}"
        ok $? "site options '${bad%%:*}' are refused at once" || say "$T/err"
    done

    for what in "fleet work --nats $url --vantage z --spool $T/spool.z --once -- -i lab0:no measurement is possible on this network" \
        "measure ecn -i lab0 192.0.2.1:cannot open a raw socket on 'lab0'"; do
        # shellcheck disable=SC2086 # words
        exits 1 unshare --user --map-root-user "$PATHPROBE" ${what%:*} && says "${what##*:}" &&
            says "^hint: .*rootless container engines grant it, .*: start the container as root"
        ok $? "${what%% -*}: in a network of another user namespace it ends with an error that names the cause" || say "$T/err"
    done

    : >"$T/victim" && chmod 600 "$T/victim" && mkdir "$T/spool.link" && ln -s "$T/victim" "$T/spool.link/instance"
    exits 1 fleet work --vantage z --spool "$T/spool.link" --once -- $SITE && says "spool directory" &&
        [ "$(stat -c %u "$T/victim")" -eq "$(id -u)" ]
    ok $? "a symbolic link in the spool directory is not followed" || say "$T/err"

    # Worker y holds the only chunk and is stopped; the measure of worker z waits without a chunk, and is killed.
    fleet submit --campaign idle --input "$T/few" --chunk 4096 --lease 3600 -- $question >/dev/null
    worker y --once
    y=$worker
    wait_for campaign_is idle '.held == 1'
    grep -qx "CapPrm:	0000000000000000" "/proc/$y/status" && grep -qx "CapEff:	0000000000000000" "/proc/$y/status" &&
        grep -qx "NoNewPrivs:	1" "/proc/$y/status"
    ok $? "the process that talks to the network has no capability"
    kill -STOP "$y"
    worker z --once
    z=$worker
    wait_for has_child z && children z | xargs kill -9
    wait_for grep -q "had no chunk: it is started again" "$T/work.z"
    ok $? "a measure that is killed while it has no chunk is started again" || say "$T/work.z"
    kill -CONT "$y"
    wait "$y" && wait "$z" && all_done idle
    ok $? "both workers end once the stopped one goes on and does its chunk" || say "$T/work.y" "$T/work.z"
    fleet collect --campaign idle --output "$T/idle.ndjson" >"$T/out" 2>&1
    grep -q "^60 read = 60 written" "$T/out"
    ok $? "no observation comes twice" || say "$T/out" "$T/work.y"

    if ! is_sanitized; then # a sanitizer's library has to be the first preloaded one
        fleet submit --campaign clocks --input "$T/few" -- $question >/dev/null
        worker z
        worker_stop "$worker"
        LD_PRELOAD=$(cd "$TESTS" && pwd)/preload/clock.so SHIFT=3600 worker z --once
        wait "$worker"
        fleet collect --campaign clocks --output "$T/clocks.ndjson" >"$T/out" 2>&1
        grep -q "this host's clock differs from the server's by 3[56]..\.. s" "$T/work.z" && grep -q "^60 read = 60 written" "$T/out" &&
            grep -q "clock was off by 3[56]..\.. s" "$T/out" &&
            jq -e '.fleet.clock_offset_ms > 3500000' "$T/clocks.z.ndjson.meta.json" >/dev/null
        ok $? "a clock that is an hour off is reported by the worker, by collect and in the metadata" || say "$T/out" "$T/work.z"
    fi
fi

# ---- damaged spools and batches ---------------------------------------------------------------------------------

# flip FILE: changes one bit in the middle of FILE
flip() {
    python3 -c 'import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[len(b) // 2] ^= 1
open(sys.argv[1], "wb").write(b)' "$1"
}
# accepts CAMPAIGN BYTES: limits the messages of its results to that size; -1: no limit
accepts() {
    : | api "STREAM.INFO.PP_OBS_$(tag "$1")" | jq -c ".config | .max_msg_size = $2" >"$T/config"
    api "STREAM.UPDATE.PP_OBS_$(tag "$1")" <"$T/config" >/dev/null
}
spooled() { [ "$(find "$T/spool.$1" -name '*.done' 2>/dev/null | wc -l)" -eq "$2" ]; }

if part spool; then
    sed 's/^{/{"prior":{"run_id":"ffffffffffffffffffffffffffffffff"},/' "$T/few" >"$T/prior"
    fleet submit --campaign rot --input "$T/prior" --chunk 10 --lease 2 -- $question >/dev/null
    chunks=$(fleet status --campaign rot --json | jq '.campaigns[0].chunks')
    rot=$(tag rot)
    accepts rot 1 # the server refuses all results, so they stay in the spool
    worker r --chunks 16
    wait_for spooled r "$chunks"
    ok $? "$chunks chunks stay in the spool while the server takes no results" || say "$T/work.r"
    worker_stop "$worker" KILL
    accepts rot -1
    run=$(head -n 1 "$T/spool.r/$rot.3.done" | jq -r .run_id)
    truncate -s -10 "$T/spool.r/$rot.0.ndjson.zst"
    flip "$T/spool.r/$rot.1.ndjson.zst"
    : >"$T/spool.r/$rot.2.ndjson.zst"
    sed -i 's/"blocked":0/"blocked":7/' "$T/spool.r/$rot.4.done"
    worker r --once
    wait "$worker" && all_done rot
    ok $? "a worker with a damaged spool completes its campaign" || say "$T/work.r"
    for n in 0 1 2 4; do
        grep -q "warning: the file of chunk $n in spool directory '.*' is damaged (.*): the chunk is measured again" "$T/work.r"
        ok $? "chunk $n is measured again: $(grep -o "chunk $n .* is damaged (.*)" "$T/work.r" | sed 's/.*(//;s/).*//')" ||
            say "$T/work.r"
    done
    [ "$(grep -c "is damaged" "$T/work.r")" -eq 4 ]
    ok $? "no other chunk is measured again" || say "$T/work.r"
    fleet collect --campaign rot --output "$T/rot.ndjson" >"$T/out" 2>&1
    grep -q "^60 read = 60 written" "$T/out" && lines_of "$T/rot.r.ndjson" 60
    ok $? "collect gets an observation of each target" || say "$T/out" "$T/work.r"
    jq -se --arg run "$run" 'any(.run_id == $run)' "$T/rot.r.ndjson" >/dev/null
    ok $? "the closing of a chunk has the run_id of the run, not one from members of the list: $run"

    # A batch of results is damaged on the server.
    first_of "pp.obs.r.$rot.lines" rot >/dev/null
    jq -r .message.data "$T/api" | base64 -d >"$T/batch"
    jq -r .message.hdrs "$T/api" | base64 -d | tr -d '\r' | sed -n 's/^\(Pp-[A-Za-z]*\): */\1:/p' >"$T/headers"
    lose "pp.obs.r.$rot.lines" rot
    flip "$T/batch"
    # shellcheck disable=SC2046 # a word for each header
    nats pub "pp.obs.r.$rot.lines" $(cat "$T/headers") <"$T/batch"
    fleet collect --campaign rot --force --output "$T/rot.ndjson" >"$T/out" 2>"$T/err"
    [ $? -eq 3 ] && says "batch 0 of chunk [0-9]* of 'r' is damaged: " && says "chunk [0-9]* of 'r' lacks [0-9]* observations" &&
        says "^hint: submit the list again under another --campaign, and .merge. both" &&
        grep -q "$((chunks - 1)) of $chunks chunks, 1 failed" "$T/out" && grep -q "^60 read = .* not_started" "$T/out"
    ok $? "collect counts a chunk with a damaged batch as failed, and takes the others" || say "$T/out" "$T/err"
    jq -e '.complete == false and .fleet.chunks_failed == 1' "$T/rot.r.ndjson.meta.json" >/dev/null &&
        lines_of "$T/rot.r.ndjson" "$(jq .counts.written "$T/rot.r.ndjson.meta.json")"
    ok $? "the metadata count the lines of the file" || say "$T/rot.r.ndjson.meta.json"
    lose "pp.obs.r.$rot.lines" rot
    lose "pp.obs.r.$rot.done" rot
    fleet collect --campaign rot --force --output "$T/rot.ndjson" >"$T/out" 2>"$T/err"
    [ $? -eq 3 ] && says "the server has no results of 1 chunks that were done" && ! grep -q "not done yet" "$T/err" &&
        jq -e '.complete == false' "$T/rot.r.ndjson.meta.json" >/dev/null && [ -s "$T/rot.r.ndjson" ] &&
        lines_of "$T/rot.r.ndjson" "$(jq .counts.written "$T/rot.r.ndjson.meta.json")"
    ok $? "collect counts results and closings that are missing, and takes the others" || say "$T/out" "$T/err"

    # Another list under the name of a campaign that was deleted, while a worker is off and one is frozen, both with
    # whole chunks of the old one in their spools.
    fleet submit --campaign again --input "$T/few" --chunk 10 --lease 2 -- $question >/dev/null
    old=$(tag again)
    accepts again 1
    worker n --chunks 2
    wait_for spooled n 2
    worker_stop "$worker" KILL
    worker m --chunks 2
    frozen=$worker
    wait_for spooled m 2
    kill -STOP "$frozen"
    fleet block --campaign again --blocklist /dev/null && fleet delete --campaign again
    tail -n 60 "$T/targets" >"$T/others"
    fleet submit --campaign again --input "$T/others" --chunk 10 --lease 2 -- $question >/dev/null
    ! api "STREAM.NAMES" </dev/null | grep -q "$old"
    ok $? "a deleted campaign leaves no stream" || say "$T/api"
    worker n --once
    kill -CONT "$frozen"
    wait "$worker" && wait_for all_done again && wait_for grep -q "campaign 'again' was deleted" "$T/work.m"
    ok $? "the frozen worker, once it goes on, finds that its campaign is gone" || say "$T/work.n" "$T/work.m"
    worker_stop "$frozen"
    fleet collect --campaign again --output "$T/again.ndjson" >"$T/out" 2>&1
    grep -q "^60 read = 60 written" "$T/out" && jq -r .dip "$T"/again.?.ndjson | sort >"$T/dips" &&
        jq -r .dip "$T/others" | sort | cmp -s - "$T/dips"
    ok $? "a campaign of a deleted one's name gets its own targets alone" || say "$T/out" "$T/work.n" "$T/work.m"
    grep -q "warning: spool directory '.*': [0-9]* files of an earlier campaign 'again'" "$T/work.n" &&
        [ -z "$(find "$T/spool.n" "$T/spool.m" -name "$old*")" ]
    ok $? "a worker deletes what its spool has of the other one, and says so" || say "$T/work.n" "$T/work.m"
    jq -se --arg id "$(tag again)" 'all(.[]; "\(.campaign)-\(.fleet.id)" == $id)' "$T"/again.?.ndjson.meta.json >/dev/null
    ok $? "the metadata name the campaign's id" || say "$T"/again.?.ndjson.meta.json
fi

# ---- servers and disks ------------------------------------------------------------------------------------------

if part servers; then
    for stream in WORK OBS; do
        fleet submit --campaign "gone$stream" --input "$T/targets" --chunk 30 -- $question >/dev/null
        worker g --campaign "gone$stream" --once
        wait_for campaign_is "gone$stream" '.held > 0'
        : | api "STREAM.DELETE.PP_${stream}_$(tag "gone$stream")" >/dev/null
        wait_for grep -q "campaign 'gone$stream' was deleted from the server" "$T/work.g"
        ok $? "stream PP_${stream} is deleted while a worker uses it: the worker says so" || say "$T/work.g"
        worker_stop "$worker"
        fleet delete --campaign "gone$stream"
        ok $? "fleet delete removes the rest of the campaign"
    done

    # A disk of 24 KiB for the spool, and one of 256 KiB for the collected files.
    if ! unshare -m true 2>/dev/null; then
        skip "full disks" "no mount namespace here"
    else
        fleet submit --campaign full --input "$T/targets" --chunk 300 -- $question >/dev/null
        mkdir "$T/spool.f" "$T/disk"
        (exec unshare -m sh -c 'mount -t tmpfs -o size=24k tmpfs "$T/spool.f" && exec "$0" "$@"' \
            "$PATHPROBE" fleet work --nats "$url" --vantage f --spool "$T/spool.f" --once -- $SITE 2>>"$T/work.f")
        [ $? -eq 1 ] && grep -q "spool directory '.*': No space left on device" "$T/work.f"
        ok $? "a worker whose disk is full ends" || say "$T/work.f"
        worker g --once
        wait "$worker" && all_done full
        ok $? "another worker does the chunks of the one whose disk was full" || say "$T/work.g"
        unshare -m sh -c 'mount -t tmpfs -o size=256k tmpfs "$T/disk" && echo old >"$T/disk/x.g.ndjson" && "$0" "$@"
            code=$? && ls "$T/disk" && cat "$T/disk/x.g.ndjson"; exit $code' \
            "$PATHPROBE" fleet collect --nats "$url" --campaign full --force --output "$T/disk/x.ndjson" >"$T/out" 2>"$T/err"
        [ $? -eq 1 ] && [ "$(cat "$T/out")" = "x.g.ndjson
old" ] && says "No space left on device"
        ok $? "collect --force onto a full disk leaves the existing file unchanged" || say "$T/out" "$T/err"
    fi

    # The server's disk of 2 MiB is filled while a worker measures; then it has room again.
    if unshare -m true 2>/dev/null; then
        server_stop
        mkdir "$T/js.full"
        unshare -m sh -c 'mount -t tmpfs -o size=2m tmpfs "$T/js.full" && exec sleep 600' &
        holder=$!
        wait_for grep -q "$T/js.full" "/proc/$holder/mounts"
        server_there() {
            nsenter "--mount=/proc/$holder/ns/mnt" nats-server -a 127.0.0.1 -p 4222 -js -sd "$T/js.full" -l "$T/full.log" &
            server=$!
            wait_for fleet status -q >/dev/null 2>&1
        }
        server_there
        fleet submit --campaign disk --input "$T/targets" --chunk 60 -- $question >/dev/null
        worker d --once
        wait_for at_least disk 1
        head -c 4194304 /dev/zero >"/proc/$holder/root$T/js.full/filler" 2>/dev/null
        wait_for grep -q "the server refused the results of chunk [0-9]*, which are sent again: " "$T/work.d" &&
            grep -q "^hint: .* full" "$T/work.d"
        ok $? "a worker reports that the server refuses results since its disk is full" || say "$T/work.d"
        rm "/proc/$holder/root$T/js.full/filler"
        server_stop KILL
        server_there
        wait "$worker" && fleet collect --campaign disk --output "$T/disk.ndjson" >"$T/out" 2>&1 &&
            grep -q "^600 read = 600 written" "$T/out"
        ok $? "once the server has room again all results arrive" || say "$T/out" "$T/work.d" "$T/full.log"
        server_stop
        kill "$holder"
        server_start
    fi

    # A server whose storage limit is smaller than the list.
    server_stop
    echo 'jetstream { max_file_store: 96KB }' >"$T/js.conf"
    server_start -sd "$T/small" -c "$T/js.conf"
    (for i in 1 2 3 4; do sed "s/\"dip\"/\"n$i\":\"$(head -c 3000 /dev/zero | tr '\0' x)\",\"dip\"/" "$T/few"; done) >"$T/wide"
    exits 1 fleet submit --campaign big --input "$T/wide" -- $question &&
        says "hint: the server's disk is full, or its limits are reached"
    ok $? "submit of a list that exceeds the server's storage fails" || say "$T/err"
    fleet status --json | jq -e 'all(.campaigns[]; .campaign != "big")' >/dev/null
    ok $? "a failed submit leaves no campaign on the server"
    server_stop

    exits 1 fleet status && says "cannot connect to '$url'" && says "hint: start it with"
    ok $? "no server at the address" || say "$T/err"
    exits 2 fleet status --nats nats://u:p@127.0.0.1 && says "would be visible in the process list"
    ok $? "a password in the address is refused"
    exits 2 env PATHPROBE_NATS_AUTH=u:p "$PATHPROBE" fleet status --nats nats://192.0.2.1 && says "without TLS"
    ok $? "a secret is not sent to another host without TLS" || say "$T/err"
    echo 'max_payload: 65536' >"$T/payload.conf"
    server_begin -c "$T/payload.conf" -l "$T/payload.log"
    wait_for grep -qs "Server is ready" "$T/payload.log"
    exits 1 fleet status && says "accepts messages of 65536 bytes only" && says "max_payload"
    ok $? "a server with a too small max_payload is refused" || say "$T/err"
fi
kill "$server" 2>/dev/null
done_testing
