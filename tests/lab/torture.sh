#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# torture.sh: each command that reads files, again and again, with its n-th allocation refused, n = 1, 2, 3, ... (a
# measurement's own are refused by tests/unit/test_torture.c). It ends with a printed error, or with its usual result,
# or prints what it had to leave out for lack of memory. It never crashes, and never hangs.
set -u

here=$(dirname "$0")
. "$here/../net/tap.sh"
need_program
refuse=$TESTS/preload/refuse.so
[ -e "$refuse" ] || skip_all "no $refuse"
! is_sanitized || skip_all "a sanitizer has its own allocator"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# refused N COMMAND...: runs COMMAND with its N-th allocation refused, 0: none; $tmp/out gets its standard output, and then
# $tmp/file if it writes that.
refused() {
    _n=$1
    shift
    rm -f "$tmp/file"
    timeout 60 env REFUSE="$_n" COUNTED="$tmp/count" LD_PRELOAD="$refuse" "$@" <"$tmp/in" >"$tmp/out" 2>"$tmp/err"
    _rc=$?
    [ ! -e "$tmp/file" ] || cat "$tmp/file" >>"$tmp/out"
    return $_rc
}

# torture NAME ARG...: runs the program with each of its allocations refused in turn, and judges each end.
torture() {
    name=$1
    shift
    refused 0 "$PATHPROBE" "$@" || bail "$name: $(cat "$tmp/err")"
    cp "$tmp/out" "$tmp/whole"
    total=$(cat "$tmp/count")
    n=1 failed=0 less=0
    : >"$tmp/bad"
    while [ $n -le "$total" ]; do
        refused $n "$PATHPROBE" "$@"
        code=$?
        case $code in
        0)
            if ! cmp -s "$tmp/out" "$tmp/whole"; then
                less=$((less + 1))
                grep -q 'memory' "$tmp/err" || echo "$n: less comes out, and nothing is said" >>"$tmp/bad"
            fi
            ;;
        1 | 2)
            failed=$((failed + 1))
            [ -s "$tmp/err" ] || echo "$n: an error, and nothing is said" >>"$tmp/bad"
            ;;
        *) echo "$n: exit code $code" >>"$tmp/bad" ;;
        esac
        n=$((n + 1))
    done
    [ "$total" -ge 5 ] && ! [ -s "$tmp/bad" ]
    ok $? "$name: of $total refused allocations $failed give an error, and $less less output with a message" ||
        say "$tmp/bad"
}

printf '%s\n' 8.8.8.8 '{"dip":"2620:fe::1","dp":443,"domain":"a.example","x":[1,2.50]}' >"$tmp/in"
printf '192.0.2.0/24\n2001:db8::/32\n' >"$tmp/block"
echo "{\"dip\":\"192.0.2.1\",\"experiment\":\"ecn\",\"path\":[\"a\",\"*\",\"192.0.2.1\"],\"time\":{\"from\":\
\"2026-11-24 10:00:00\",\"to\":\"2026-11-24 10:00:01\"},\"conditions\":[\"ecn.connectivity.works\"],\"first\":\
[\"ecn.connectivity.works\"],\"verdicts\":[],\"quality\":{\"valid\":true}}" >"$tmp/observations"
echo '{"_owner":"o","info":{"complete":true},"complete":true}' >"$tmp/observations.meta.json"

torture filter filter --blocklist "$tmp/block" --shuffle --seed 3
torture observe observe --input "$here/../captures/flows.pcap" tcp ecn dscp icmp mss tcpopt tfo udp dns evil
torture upload upload --output "$tmp/file" "$tmp/observations"
torture metadata metadata "$tmp/observations"
torture plugins plugins ecn
torture completion completion bash
done_testing
