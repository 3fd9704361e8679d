#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# campaign.sh: the options of `pathprobe measure` as a new user tries them one after the other, and what a campaign
# leaves behind: observations, metadata, status lines, summary, packets.
#
#   this script, again -- lab0 ===== veth ===== emulator: hops - middleboxes - 40 hosts; public addresses end there, too
#
# parts: files limits
#
# TAP. PATHPROBE: the program. Needs root or user namespaces. What goes wrong is in errors.sh.

here=$(dirname "$0")
. "$here/tap.sh"
need_program

# ---- into the laboratory -----------------------------------------------------------------------------------

if [ "${CAMPAIGN_DIR:-}" = "" ]; then
    for tool in ip jq zstd gzip bzip2 setpriv sha256sum; do
        command -v $tool >/dev/null || skip_all "$tool is not installed"
    done
    T=$(mktemp -d) || bail "no directory"
    trap 'rm -rf "$T"' EXIT
    chmod 755 "$T"
    cat >"$T/scenario.json" <<'EOT'
{"name": "campaign", "hops": [6, 8],
 "hosts": [
    {"share": 0.5, "server": "ecn", "delay_ms": 5},
    {"share": 0.2, "server": "plain", "delay_ms": 5},
    {"share": 0.1, "server": "refuse", "delay_ms": 5},
    {"share": 0.1, "server": "silent", "delay_ms": 5},
    {"share": 0.1, "server": "ecn", "delay_ms": 5, "path": [{"behaviour": "ecn.syn.drop", "dir": "fwd", "hop": 7}]}
]}
EOT
    if ! "$PATHPROBE" lab --scenario "$T/scenario.json" --hosts 10 -- true 2>"$T/err"; then
        grep -q "namespaces\|veth" "$T/err" && skip_all "$(head -n 1 "$T/err")"
        bail "$(head -n 1 "$T/err")"
    fi
    # A copy with its plugins, since the tree may be in a directory that others cannot enter.
    mkdir "$T/bin" "$T/plugins"
    cp "$PATHPROBE" "$T/bin/pathprobe" && cp "$(dirname "$PATHPROBE")"/plugins/*.so "$T/plugins/"
    chmod -R a+rX "$T/bin" "$T/plugins"
    CAMPAIGN_DIR=$T "$PATHPROBE" lab --scenario "$T/scenario.json" --hosts 40 --seed 5 --targets "$T/all" \
        --truth "$T/truth" -- sh "$0" "$@"
    exit
fi
T=$CAMPAIGN_DIR

# ---- words -------------------------------------------------------------------------------------------------

measure() { # measure ARG...: one round, over within three seconds; a SYN may be sent twice
    "$PATHPROBE" measure ecn -i lab0 --connect tcp --rounds 1 --connect-timeout 2 --rate 5k --force "$@"
}

# holds FILE JQ [ARG...]: JQ is true of the array of FILE's lines.
holds() {
    file=$1 filter=$2
    shift 2
    jq -e -s "$@" "$filter" "$file" >/dev/null 2>"$T/jq" || {
        echo "does not hold: $filter"
        cat "$T/jq"
        head -c 1500 "$file"
        return 1
    } >>"$T/err"
}

result() { # result STATUS SENTENCE
    ok "$1" "$2" || say "$T/err"
}

adds_up='(.read == (map(.) | add) - .read - .written_invalid)'
alike() { # alike FILE: the conditions of each target, sorted by target
    jq -c '[.dip, .conditions]' "$1" | sort
}
sent() { # packets sent through lab0, without the kernel's own ICMPv6 messages
    while :; do # until no such message was sent between the two counters' readings
        _own=$(awk '$1 == "Icmp6OutMsgs" { print $2 }' /proc/net/snmp6)
        _all=$(ip -j -s link show lab0 | jq '.[0].stats64.tx.packets')
        [ "$_own" != "$(awk '$1 == "Icmp6OutMsgs" { print $2 }' /proc/net/snmp6)" ] || break
    done
    echo $((_all - _own))
}

jq -c 'select(.expect.ecn.tcp.has[0] == "ecn.connectivity.works") | {dip, dp}' "$T/truth" >"$T/live"
head -n 6 "$T/live" >"$T/few"

if part files; then
    # ---- the files of one campaign -------------------------------------------------------------------------

    mkfifo "$T/pipe"
    measure --input "$T/pipe" --output "$T/o" --status "$T/status" 2>"$T/err" &
    run=$!
    exec 3>"$T/pipe"
    until_true jq -e '.complete == false and .counts.written == 0' "$T/o.meta.json" >/dev/null 2>&1 && ! [ -s "$T/o" ]
    result $? "the metadata are written before the first observation, incomplete"
    cat "$T/few" >&3
    exec 3>&-
    wait $run && holds "$T/o.meta.json" '.[0].complete and .[0].counts.written == 6 and .[0].input_sha256 == null'
    result $? "the metadata are complete at the end; input from a pipe has no checksum"

    # For 3 s the pipe has no writer: the run waits for its input to be opened, and its clock runs.
    measure --input "$T/pipe" --output "$T/o" --status "$T/status" 2>"$T/err" &
    run=$!
    sleep 3
    cat "$T/few" >"$T/pipe"
    wait $run && holds "$T/o.meta.json" 'def near($a; $b): ($a - $b) * 1000 | . < $b and . > -$b;
        .[0].parts[0] | .seconds >= 2 and near(.targets_ps * .seconds; 6) and near(.packets_ps * .seconds; .packets)' &&
        holds "$T/status" '.[-1].elapsed as $s | $s == $seconds' --argjson seconds "$(jq '.parts[0].seconds' "$T/o.meta.json")" &&
        says " 6 targets in $(jq -r '.parts[0].seconds * 10 | round / 10' "$T/o.meta.json")"
    result $? "seconds and rates of the metadata include the wait for the input" || jq -c .parts "$T/o.meta.json" | say
    exits 0 "$PATHPROBE" measure ecn -i lab0 --connect tcp --rounds 1 --connect-timeout 2 --rate 5k --input "$T/few" \
        --output "$T/o" --status "$T/status" --resume &&
        holds "$T/status" '.[-1] | .in == 6 and .done == 6 and .counts.written == 6' && holds "$T/o.meta.json" '.[0].parts[1].targets_ps == 0'
    result $? "--resume with nothing left: --status counts the targets of the first part"

    exits 0 measure --input "$T/all" --output "$T/o" --status "$T/status" --pcap "$T/pcap" --output-flows --seed 7 \
        --vantage here -v
    result $? "a campaign over forty hosts"
    cp "$T/err" "$T/summary"
    jq -c '{dip, has: (.expect.ecn.tcp.has | sort)}' "$T/truth" | sort >"$T/want"
    jq -c '{dip, has: (.conditions | sort)}' "$T/o" | sort >"$T/got"
    cmp -s "$T/want" "$T/got"
    ok $? "the conditions of the campaign are those of --truth" || diff "$T/want" "$T/got" | say
    holds "$T/o" 'all(.[]; has("dip") and has("dp") and has("schema") and has("experiment") and has("connect") and
        has("run_id") and has("obs_id") and has("vantage") and has("sip") and has("sip_public") and has("port") and
        has("domain_used") and has("path") and has("time") and has("conditions") and has("first") and has("verdicts") and
        has("quality") and has("missed_flows") and has("flow_results"))' &&
        holds "$T/o" 'map(.obs_id) | length == (unique | length)' &&
        holds "$T/o" 'all(.[]; .vantage == "here" and .path[0] == "here" and .path[-1] == .dip and .connect == "tcp" and
        (.time | .from < .to and (.from, .to | test("^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{6}$"))))'
    result $? "an observation has all keys of pathprobe-observation(5)"

    holds "$T/status" 'all(.[]; . as $line | ["t", "elapsed", "in", "done", "total", "in_flight", "confirming", "works",
        "broken", "transient", "unstable", "offline", "invalid", "pps", "targets_ps", "dropped", "eta_s", "final"] |
        all(.[]; . as $key | $line | has($key)))' &&
        holds "$T/status" '(map(.final) | index(true)) == length - 1 and length >= 2 and length <= .[-1].elapsed + 1 and
            ([.[].elapsed] | . == (. | unique))'
    result $? "--status: at most a line a second, with all keys that the manual promises, and the last one is final"
    holds "$T/status" '.[-1].total == 40 and ([.[:-1][] | select(.total != null)] | length > 0 and all(.[]; .total == 40))'
    result $? "--status: the total is known while the run goes on"
    holds "$T/status" '.[-1] | (.counts | '"$adds_up"' and .read == 40) and .done == 40 and .in == 40 and .in_flight == 0 and
        .works + .broken + .transient + .unstable + .offline + .invalid == .counts.written'
    result $? "the last status line's figures add up"

    holds "$T/o.meta.json" '.[0] as $m | ["_file_type", "_time_start", "_time_end", "_owner", "vantage", "run_id", "schema",
        "version", "config", "arms", "constants", "input_sha256", "counts", "first_round", "final", "pending", "aa", "audit", "list", "mcnemar", "windows", "controls",
        "complete"] | all(.[]; . as $key | $m | has($key))' &&
        holds "$T/o.meta.json" '.[0] | ._file_type == "pathprobe-v1-ndjson" and .schema == 1 and .complete and .seed == 7 and
        .vantage == "here" and .config.rate == "5000" and .constants.w == 100 and .constants.list_e == 1e6 and .constants.ports == 10 and (.constants | has("alpha") and
        has("max_rounds") and has("cooldown") and has("spacing") and .alpha_place == 0.01) and (.aa | has("n") and has("fail") and has("upper95")) and
        (._time_start, ._time_end | test("^[0-9-]{10}T[0-9:]{8}Z$"))'
    result $? "the metadata have all keys of pathprobe-observation(5)"
    # The figures of the summary, in the metadata, against the observations counted by jq.
    holds "$T/o.meta.json" '.[0] | (.final | with_entries(select(.value > 0))) == $final and .list.n == $tests and
        (.mcnemar[0] | .arm == "B1" and .n == 40 and .p <= 1 and .b_only + .a_only <= .n) and .audit.changed <= .audit.n' \
        --argjson final "$(jq -s '[.[].conditions[] | sub(":.*"; "")] | group_by(.) | map({(.[0]): length}) | add' "$T/o")" \
        --argjson tests "$(jq -s '[.[].verdicts[] | select(.arm != "D")] | length' "$T/o")"
    result $? "the metadata's figures of the summary are those of the observations"
    holds "$T/o.meta.json" '.[0].run_id == $id and .[0].counts == $counts and .[0].input_sha256 == $sum' \
        --arg id "$(jq -r -s '.[0].run_id' "$T/o")" --argjson counts "$(tail -n 1 "$T/status" | jq .counts)" \
        --arg sum "$(sha256sum <"$T/all" | cut -d ' ' -f 1)"
    result $? "the metadata's run_id is the observations', counts those of --status, input_sha256 the list's"
    # Byte 13 of the TCP header, the flags, of arm A's and B1's SYN and ACK.
    holds "$T/o.meta.json" '[.[0].arms[] | [.name, (.hex / " " | map(.[66:68]) | join(" "))]] ==
        [["A", "02 10"], ["B1", "c2 10"]]'
    result $? "the arms' packets in the metadata have the treatment's flags"

    # The summary has a line "NAME N ... %  N ... %" for each condition, with its count in the observations.
    jq -r '.conditions[]' "$T/o" | sort | uniq -c | while read -r n name; do
        grep -q -E "^  $name +$n +[0-9.]+ % +$n +[0-9.]+ %\$" "$T/summary" || echo "$name $n"
    done >"$T/missing"
    ! [ -s "$T/missing" ] && grep -q '^40 read = 40 written$' "$T/summary" && grep -q '^ecn over tcp: 40 targets in ' "$T/summary"
    ok $? "the summary's figures are those of the observations" || say "$T/missing" "$T/summary"

    holds "$T/o" 'all(.[]; .missed_flows == 0 and (.flow_results | length) == 2 and
        ([.flow_results[].sp] | sort) == ([.verdicts[].rounds[].flows[].sport] | sort) and
        ([.flow_results[] | .arm] | sort) == ["A", "B1"]) and
        all(.[] | {sip, dip, dp} as $o | .flow_results[] | . + {o: $o}; {sip, dip, dp} == .o and .proto == 6 and
        has("pkt_first") and has("pkt_last") and has("pkt_fwd") and has("pkt_rev") and has("oct_fwd") and has("oct_rev") and
        has("tcp_synflags_fwd") and has("tcp_synflags_rev") and has("tcp_connected") and has("spdr_state") and has("spdr_start")
        and has("config") and .observed)' &&
        holds "$T/o" 'all(.[].flow_results[]; .tcp_synflags_fwd == (if .arm == "A" then 2 else 194 end))'
    result $? "--output-flows: a record per flow with PATHspider's fields; the SYN flags sent are the arm's"

    if tcpdump -nr "$T/pcap" 'tcp[tcpflags] & tcp-syn != 0 or ip6' >"$T/packets" 2>"$T/err"; then
        sed -E 's/^.* IP6? ([^ ]+)\.[0-9]+ > ([^ ]+)\.[0-9]+: .*/\1\n\2/' "$T/packets" | grep -v -e '^192\.0\.2\.1$' -e '^2001:db8::1$' |
            sort -u >"$T/kept"
        jq -r 'select(all(.verdicts[]; .verdict == "works") | not) | .dip' "$T/o" | sort >"$T/failing"
        [ -s "$T/failing" ] && cmp -s "$T/failing" "$T/kept"
        ok $? "--pcap: tcpdump reads it; it holds every target that is not \`works\`, and no other" ||
            diff "$T/failing" "$T/kept" | say
    else
        skip "--pcap" "no tcpdump that runs here"
    fi

    # ---- files in and out ----------------------------------------------------------------------------------

    exits 0 measure --input "$T/all" --output "$T/o.zst" && zstd -dc "$T/o.zst" >"$T/out" 2>>"$T/err" &&
        alike "$T/out" >"$T/got" && alike "$T/o" | cmp -s - "$T/got"
    result $? "--output F.zst: zstd decodes it to the same conditions"
    # Each zstd frame begins with a magic number. The file from the last one on has to decode alone, to whole lines.
    at=$(LC_ALL=C grep -abo "$(printf '\050\265\057\375')" "$T/o.zst" | tail -n 1 | cut -d : -f 1)
    [ "${at:-0}" -gt 0 ] && tail -c "+$((at + 1))" "$T/o.zst" | zstd -dc >"$T/out" 2>"$T/err" && holds "$T/out" 'length > 0'
    result $? "--output F.zst: the last frame alone decodes to whole lines"

    gzip -c "$T/few" >"$T/in.gz"
    bzip2 -c "$T/few" >"$T/in.bz2"
    zstd -qc "$T/few" >"$T/in.zst"
    for kind in gz bz2 zst; do
        exits 0 measure --input "$T/in.$kind" --metadata "$T/meta" && holds "$T/out" 'length == 6' &&
            holds "$T/meta" '.[0].input_sha256 == $sum' --arg sum "$(sha256sum <"$T/in.$kind" | cut -d ' ' -f 1)"
        result $? "--input F.$kind is decompressed; input_sha256 is that of the compressed file"
        measure -q <"$T/in.$kind" >"$T/out" 2>"$T/err" && holds "$T/out" 'length == 6'
        result $? "$kind on standard input is decompressed"
    done

    printf '10.0.0.10,80,a.example\n2001:2::2,80,"b.example",7\n3,c.example\n' >"$T/in"
    for option in --csv-input "--input-format csv" ""; do
        exits 0 measure $option --input "$T/in" && says "input line 3: a host name, which has to be resolved first" &&
            holds "$T/out" 'map([.dip, .dp, .domain, .rank, .domain_used]) | sort == [["10.0.0.10", 80, "a.example", null,
                "a.example"], ["2001:2::2", 80, "b.example", 7, "b.example"]]'
        result $? "CSV of three and four columns${option:+, $option}"
    done
    printf '# a list\n\n10.0.0.10\n[2001:2::2]:80\n' >"$T/in"
    for option in "--input-format list" ""; do
        exits 0 measure $option --input "$T/in" --metadata "$T/meta" && holds "$T/out" 'map([.dip, .port]) |
            sort == [["10.0.0.10", 80], ["2001:2::2", 80]]' && holds "$T/meta" '.[0].counts.read == 2'
        result $? "a plain list${option:+, $option}"
    done

    # ---- how many, how long --------------------------------------------------------------------------------

    exits 0 measure --input "$T/all" --max-targets 3 --metadata "$T/meta" && holds "$T/out" 'length == 3' &&
        holds "$T/meta" '.[0] | .complete and (.counts | .written == 3 and '"$adds_up"')'
    result $? "--max-targets ends the run: exit 0, the counts add up"

    mkfifo "$T/long"
    exec 4<>"$T/long"
    cat "$T/all" >&4
    exits 0 measure --input "$T/long" --max-runtime 6 --rate 10 --metadata "$T/meta" && holds "$T/meta" '.[0] | .complete and
        (.counts | .read <= 40 and .written > 0 and .not_started > 0 and '"$adds_up"')' &&
        [ "$(wc -l <"$T/out")" = "$(jq .counts.written "$T/meta")" ]
    result $? "--max-runtime ends the run though its input is open: exit 0, the targets read are counted"
    exec 4>&-

    cat "$T/few" "$T/few" >"$T/in"
    exits 0 measure --input "$T/in" --metadata "$T/meta" && holds "$T/out" 'length == 6' &&
        holds "$T/meta" '.[0].counts | .read == 12 and .duplicate == 6 and .written == 6' && says '^12 read = 6 written + 6 duplicate$'
    result $? "a target listed twice is probed once; the second line is counted as duplicate"
    exits 0 measure --input "$T/in" --metadata "$T/meta" --no-dedup && holds "$T/out" 'length == 12 and (map(.obs_id) | unique |
        length) == 12' && holds "$T/meta" '.[0].counts | .duplicate == 0 and .written == 12'
    result $? "--no-dedup: a target listed twice is probed twice"

    exits 0 measure -q --input "$T/live" --in-flight 1 -w 2 && holds "$T/out" 'length == 28 and
        (map(.time) | sort_by(.from) | [.[:-1], .[1:]] | transpose | all(.[]; .[0].to <= .[1].from))'
    result $? "--in-flight 1: one target after the other"

    for workers in 1 2 4; do
        exits 0 measure -q --input "$T/all" -w $workers && alike "$T/out" >"$T/got" && alike "$T/o" | cmp -s - "$T/got"
        result $? "--workers $workers: the same conditions"
    done

    order() { # order SEED: the targets in the order of one run, with arm and source port of each flow
        exits 0 measure -q --input "$T/live" -w 1 --in-flight 1 --seed "$1" --metadata "$T/meta" &&
            jq -c '[.dip, [.verdicts[].rounds[].flows[] | [.arm, .sport]]]' "$T/out"
    }
    order 42 >"$T/one" && order 42 >"$T/two" && order 43 >"$T/three" && cmp -s "$T/one" "$T/two" && ! cmp -s "$T/one" "$T/three"
    result $? "--seed: the same seed sends in the same order, another one does not"
    exits 0 measure -q --input "$T/few" --metadata "$T/meta" && seed=$(jq .seed "$T/meta") && [ "$seed" -gt 0 ] && order "$seed" >"$T/one"
    result $? "without --seed the metadata name the seed that was drawn, and --seed accepts it"

    # ---- source, ports -------------------------------------------------------------------------------------

    printf '10.0.0.10\n2001:2::2\n' >"$T/in"
    exits 0 measure --input "$T/in" && holds "$T/out" 'map([.sip, .sip_public, .vantage] + .path) | sort ==
        [["192.0.2.1", null, null, "192.0.2.1", "*", "10.0.0.10"], ["2001:db8::1", null, null, "2001:db8::1", "*", "2001:2::2"]]'
    result $? "without --vantage the path begins with the source address"
    exits 0 measure --input "$T/in" --source 192.0.2.1 --source 2001:db8::1 --vantage here --public-address 9.9.9.9 &&
        holds "$T/out" 'map([.sip, .sip_public, .vantage, .path[0]]) | sort == [["192.0.2.1", "9.9.9.9", "here", "9.9.9.9"],
            ["2001:db8::1", null, "here", "here"]]'
    result $? "--source, --public-address, --vantage: the path begins with the public address if there is one, else the name"

    exits 0 measure --input "$T/live" --ports 61000-61004 -w 1 && holds "$T/out" 'length == 28 and
        all(.[]; .quality.valid and .conditions[0] == "ecn.connectivity.works") and
        ([.[].verdicts[].rounds[].flows[].sport] | min >= 61000 and max <= 61004)'
    result $? "--ports: five ports suffice, and no other port is used"
    measure -q --input "$T/all" --ports 61000-61063 >"$T/one" 2>"$T/err" &
    run=$!
    exits 0 measure -q --input "$T/all" --ports 61064-61127 && wait $run && alike "$T/o" >"$T/want" &&
        alike "$T/out" | cmp -s - "$T/want" && alike "$T/one" | cmp -s - "$T/want"
    result $? "two campaigns at a time, on disjoint ports: both have the same conditions as one alone"
fi
part limits || {
    done_testing
    exit
}

# ---- --dry-run ---------------------------------------------------------------------------------------------

if [ "$(id -u)" -eq 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
    nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
else
    nobody="setpriv --bounding-set -all"
fi
dry() { $nobody "$T/bin/pathprobe" measure ecn -i lab0 --dry-run --plugin-dir "$T/plugins" "$@"; }

# "TOS FLAGS," of each packet of --dry-run, in the order printed: SYN, ACK, data of A, then of B1 and so on. The TCP
# header begins at byte 20 (IPv4) or 40 (IPv6) and has its flags in byte 13. TOS is byte 1 of IPv4; of IPv6 it is the
# low half of byte 0 and the high half of byte 1.
tos_and_flags() {
    grep -E '^ +[0-9a-f]{60,}$' "$1" | tr -d ' ' | while read -r hex; do
        case $hex in
        4*) echo "$hex" | sed -E 's/^45(..).{62}(..).*/\1 \2/' ;;
        6*) echo "$hex" | sed -E 's/^6(..).{103}(..).*/\1 \2/' ;;
        esac
    done | tr '\n' ','
}
before=$(sent)
cut="00 c2,00 10,02 10,03 10,02 90,02 10," # B3: ECT(0), CE, CWR, ECT(0) in its four data segments
for target in 10.0.0.10 2001:2::2; do
    echo $target >"$T/in"
    exits 0 dry --input "$T/in" &&
        [ "$(tos_and_flags "$T/out")" = "00 02,00 10,00 10,00 c2,00 10,00 10,00 c2,00 10,02 10,${cut}00 c2,00 10,02 10,00 02,00 10,02 10," ]
    result $? "--dry-run $target, without privilege: the packets have the flags and marks of the experiment's arms" ||
        say "$T/out"
    grep -q 'ecn Not-ECT, TCP SYN ECE CWR ' "$T/out" && grep -q 'data .* ecn ECT(0), TCP ACK .* bytes of payload' "$T/out" &&
        grep -q '^    data 2  .* ecn CE, TCP ACK ' "$T/out" && grep -q '^    data 3  .* ecn ECT(0), TCP ACK CWR ' "$T/out"
    result $? "--dry-run $target: each packet is decoded in words" || say "$T/out"
done
[ "$(sent)" = "$before" ]
result $? "--dry-run sends nothing"
exits 0 env -u PATHPROBE_ALLOW "$PATHPROBE" measure ecn -i lab0 --dry-run --input "$T/in" && says "nothing would be sent" &&
    says "1 of 1 targets are in blocked ranges, for example 2001:2::2 (Benchmarking)" && says "^hint: --allowlist"
result $? "--dry-run with nothing but blocked targets: says so, and how to allow them"

echo 8.8.8.8 >"$T/in"
exits 0 dry --input "$T/in" && says "without --contact these packets are not sent" && says "^hint: --contact TEXT" &&
    exits 0 dry --input "$T/in" --contact me && ! grep -q contact "$T/err"
result $? "--dry-run for a public target says that --contact will be needed"

# ---- --print-config ----------------------------------------------------------------------------------------

exits 0 "$PATHPROBE" measure ecn --rate 5k --seed 9 -4 --contact 'noc = us # "here"' --source 10.1.1.1 --alpha 1e-6 \
    --source 2001:2::1 --output-flows --vantage 'a#b' --print-config && cp "$T/out" "$T/config" &&
    exits 0 "$PATHPROBE" measure ecn --config "$T/config" --print-config && cmp -s "$T/out" "$T/config"
result $? "--print-config, read again by --config, prints the same"
exits 0 "$PATHPROBE" measure ecn --config "$T/config" --rate 7k --print-config && grep -q '^rate = 7000$' "$T/out" &&
    grep -q '^seed = 9$' "$T/out"
result $? "an option of the command line overrides --config"

# ---- limits ------------------------------------------------------------------------------------------------

# Public addresses are routed to the emulator, which has no host for them: no packet is answered.
for i in 1 2 3 4; do
    printf '9.1.1.%s\n9.1.%s.1\n' $i $((i + 1))
done >"$T/public"
before=$(sent)
exits 1 measure --input "$T/public" --metadata "$T/meta" && says "9.1.1.1 is public: --contact is needed" && says '^hint: ' &&
    ! [ -s "$T/out" ] && holds "$T/meta" '.[0] | (.complete | not) and (.counts | .written == 0 and '"$adds_up"')'
result $? "a public target without --contact: exit 1, and a hint"
[ "$(sent)" = "$before" ]
ok $? "a public target without --contact: no packet is sent" || echo "# $before, then $(sent)"
exits 0 measure --input "$T/public" --contact noc@example.net --prefix-rate 2 && holds "$T/out" 'length == 8' &&
    [ "$(sent)" -ge $((before + 16)) ]
result $? "public targets with --contact are probed"
holds "$T/out" 'def at: .time.from[11:] | split(":") | (.[0] | tonumber) * 3600 + (.[1] | tonumber) * 60 + (.[2] | tonumber);
    map(select(.dip | startswith("9.1.1.")) | at) | length == 4 and (max - min > 1.4)'
result $? "--prefix-rate 2: four targets of a /24 begin half a second apart"

printf '9.1.1.0/24 # not these\n9.1.5.1\n' >"$T/block"
printf '9.1.1.4\n' >"$T/allow"
exits 0 measure --input "$T/public" --contact x --blocklist "$T/block" --allowlist "$T/allow" --metadata "$T/meta" -q &&
    holds "$T/out" 'map(.dip) | sort == ["9.1.1.4", "9.1.2.1", "9.1.3.1", "9.1.4.1"]' &&
    holds "$T/meta" '.[0].counts | .blocked == 4 and .written == 4'
result $? "--blocklist blocks, but for a more specific prefix of --allowlist"
head -n 1 "$T/few" >"$T/in"
jq -r .dip "$T/in" >"$T/allow"
exits 0 env -u PATHPROBE_ALLOW "$PATHPROBE" measure ecn -i lab0 --connect tcp --rounds 1 --input "$T/few" --metadata "$T/meta" \
    --force --allowlist "$T/allow" && holds "$T/out" 'length == 1' && holds "$T/meta" '.[0].counts | .blocked == 5 and .written == 1'
result $? "--allowlist unblocks the special-purpose address that it names, no other; it needs no --contact"

printf '10.0.0.10\nnonsense\n192.0.2.77\n' >"$T/in"
exits 0 measure -q --input "$T/in" && ! [ -s "$T/err" ] && holds "$T/out" 'length == 1'
result $? "-q: standard error is empty"

# ---- the end -----------------------------------------------------------------------------------------------

# Round 2 of the targets that failed in round 1 begins after 60 s (--cooldown), so that the signal finds them waiting.
rm -f "$T/status"
"$PATHPROBE" measure ecn -i lab0 --connect tcp --connect-timeout 1 --cooldown 60 --input "$T/all" --output "$T/c" \
    --status "$T/status" --aa 0 --audit 0 2>"$T/err" &
run=$!
confirms() {
    [ -s "$T/status" ] && tail -n 1 "$T/status" | jq -e '.confirming >= 4 and .in_flight == 0' >/dev/null
}
until_true confirms
kill -INT $run
wait $run
[ $? -eq 130 ] && says 'interrupted: .*; the same command with --resume continues it' && says '^40 read = [0-9]* written + [0-9]* pending$' && holds "$T/c.meta.json" '.[0] |
    (.complete | not) and (.counts | .pending >= 4 and .written + .pending == 40)'
result $? "SIGINT with targets in confirmation: exit 130, these targets are counted as pending"
# `broken` needs several rounds, 60 s apart each.
holds "$T/status" '.[-2] | .total == 40 and .eta_s > 180 and .eta_s < 720'
result $? "--status: eta_s includes the rounds of confirmation" || tail -n 2 "$T/status" | say
broken=$(jq -r 'select(.expect.ecn.tcp.has[0] == "ecn.connectivity.broken") | .dip' "$T/truth" | wc -l)
says "^So far, $broken of [0-9]* reachable targets ([0-9.]* %) do not let ECN-setup SYNs through;$" && says "^not confirmed yet" &&
    says "^B1 ecn.connectivity  *[0-9]*  *[0-9]*  *$broken  *[0-9]*  *$broken\$"
result $? "the summary counts the pending targets in both columns, with their verdict so far"
holds "$T/c" 'length == $n and all(.[]; .conditions != ["ecn.connectivity.broken"])' \
    --argjson n "$(jq .counts.written "$T/c.meta.json")" && holds "$T/status" '.[-1] | .final and .counts.pending >= 4'
result $? "the output has the decided targets alone; the last status line counts the pending ones"

rules() { # loads the nftables rules of standard input in this network namespace
    command -v nft >/dev/null && nft -f - 2>/dev/null
}
dip=$(jq -r 'select(.dip | test("[.]")) | .dip' "$T/few" | head -n 1)
if rules <<EOT; then
table ip pp {
    chain out { type filter hook output priority 0; ip daddr $dip drop; }
}
EOT
    exits 3 measure --input "$T/few" --metadata "$T/meta" && says '^1 of 6 observations not valid (pathspider.not_observed): .*exit 3' &&
        says '^1 of 6 observations not valid (pathspider.not_observed)' && holds "$T/out" 'map(select(.quality.valid | not)) | length == 1 and
        (.[0] | .dip == $dip and .conditions == ["pathspider.not_observed"] and .quality.send_errors > 0)' --arg dip "$dip" &&
        holds "$T/meta" '.[0] | .complete and .counts.written == 6 and .counts.written_invalid == 1'
    result $? "a local firewall that drops: the observation is invalid, exit 3, the summary says it"
    nft flush ruleset
    rules <<EOT
table ip pp {
    chain out { type filter hook output priority 0; ip daddr $dip @th,104,8 0xc2 @th,104,8 set 0x02; }
}
EOT
    # The check of the vantage point may choose this target and then complains rightly: --allow-impaired-vantage.
    exits 3 measure --input "$T/few" --allow-impaired-vantage &&
        holds "$T/out" 'map(select(.quality.valid | not)) | length == 1 and (.[0] |
        .dip == $dip and .conditions == ["pathspider.not_observed"] and .quality.as_built == {"A": true, "B1": false})' \
        --arg dip "$dip"
    result $? "a local firewall that alters the treatment: the observation is invalid, exit 3"
    nft flush ruleset
else
    skip "a local firewall that drops" "no nft here"
    skip "a local firewall that alters the treatment" "no nft here"
fi

# ---- a terminal --------------------------------------------------------------------------------------------

if command -v script >/dev/null; then
    rm -f "$T/long" && mkfifo "$T/long"
    script -qefc "stty cols 60; exec '$PATHPROBE' measure ecn -i lab0 --connect tcp --rounds 1 --input '$T/long' \
        --output '$T/o' --force" "$T/screen" </dev/null >/dev/null 2>&1 &
    run=$!
    exec 4>"$T/long"
    cat "$T/few" >&4
    until_true grep -qs '6 done | 0 broken' "$T/screen"
    echo nonsense >&4
    until_true grep -qs 'input line 7' "$T/screen"
    exec 4>&-
    wait $run
    result $? "a campaign on a terminal"
    # The text between two carriage returns or line feeds is one piece; the program clears the line before each.
    sed '1d; /^Script done/d' "$T/screen" | tr '\r' '\n' | sed "s/^$(printf '\033')\[K//" >"$T/pieces"
    ! grep -q '^00:00:.\{54,\}' "$T/pieces" && grep -q '^00:[0-9:]*[1-9]  6 done | 0 broken' "$T/pieces" &&
        grep -q '^pathprobe: warning: input line 7: not JSON$' "$T/pieces" && grep -q '^ecn over tcp: 6 targets' "$T/pieces"
    ok $? "the status line fits into 60 columns, and is cleared before messages and the summary" || say "$T/pieces"
else
    skip "a terminal" "no script(1)"
fi

done_testing
