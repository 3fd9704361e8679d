#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# reread.sh: SIGHUP reads blocklist and allowlist of a running measurement again, which has become nobody since: what is
# to come, what waits for its first round and what is in confirmation obeys the new ones.
#
#   client ---- r1 ---- r2 ---- server   10.77.0.0/16
#                       |
#                       drops SYNs with ECE to 10.77.4.0/23: those targets are asked again and again
#
# TAP. PATHPROBE: the program. What is waited for is a line, a word on standard error, or the end.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check nft jq) || skip_all "$why"
run=
at_exit() {
    exec 3>&-
    [ -z "$run" ] || kill -KILL "$run" 2>/dev/null
}
topo_trap
{ topo_up && topo_nginx "$TOPO_SERVER"; } 2>&1 || bail "no topology"
T=$TOPO_TMP
topo_in "$TOPO_R2" nft -f - <<'EOT' || bail "no rules"
table inet pp {
    chain drops {
        type filter hook forward priority 0;
        ip daddr 10.77.4.0/23 tcp flags & (syn | ecn) == (syn | ecn) drop
    }
}
EOT
# Only root may search the directory above that of the lists.
mkdir -p "$T/closed/lists" && chmod 700 "$T/closed" && chmod 755 "$T/closed/lists" || bail "no directory"
block=$T/closed/lists/block
allow=$T/closed/lists/allow

put() { # put FILE LINE...: replaces FILE atomically
    file=$1
    shift
    printf '%s\n' "$@" >"$file.new" && mv "$file.new" "$file"
}

# start ARG...: a run whose input is descriptor 3 and that ends when that is closed; returns once $T/out has a line.
start() {
    rm -f "$T/feed" "$T/out" "$T/out.meta.json"
    mkfifo "$T/feed"
    : >"$T/err"
    (exec ip netns exec "$TOPO_CLIENT" env --default-signal=HUP PATHPROBE_ALLOW="$TOPO_ALLOW" \
        "$PATHPROBE" measure ecn -i eth0 \
        --connect tcp --aa 0 --audit 0 --connect-timeout 1 --cooldown 2 --spacing 3 --workers 4 \
        --ports 61000-61255 --output "$T/out" --status "$T/status" "$@" <"$T/feed" 2>"$T/err") &
    run=$!
    exec 3>"$T/feed"
    feed 10.77.1.1
    topo_until measured 10.77.1.1
}

feed() {
    printf '%s\n' "$@" >&3
}

measured() {
    grep -qs "\"dip\":\"$1\"" "$T/out" || topo_over "$run"
}

says() { # says N WORD: N lines of standard error at least match WORD, or the run is over
    [ "$(grep -c -e "$2" "$T/err")" -ge "$1" ] || topo_over "$run"
}

status() { # status JQ VALUE: JQ is VALUE in the last line of --status, or the run is over
    [ "$(tail -n 1 "$T/status" | jq "$1")" = "$2" ] || topo_over "$run"
}

ends() { # ends CODE: closes the input; the run ends, with exit code CODE
    exec 3>&-
    topo_ended "$run" "$1"
    set -- $?
    run=
    return "$1"
}

none() { # none ADDRESS...: none of them has an observation
    for _a; do
        ! grep -q "\"dip\":\"$_a\"" "$T/out" || return 1
    done
}

sha() {
    sha256sum "$1" | cut -d ' ' -f 1
}

rereads() { # rereads JQ: JQ is true of the metadata's rereads, with the present SHA-256 of both lists as $block and $allow
    jq -e --arg block "$(sha "$block")" --arg allow "$(sha "$allow")" ".rereads | $1" "$T/out.meta.json" >/dev/null
}

result() {
    ok "$1" "$2" || say "$T/err" "$T/out.meta.json"
}

# ---- targets not yet read, and targets in confirmation -----------------------------------------------------

put "$block" '# nobody yet'
put "$allow" 10.77.200.0/24
first=$(sha "$block")
start --blocklist "$block" --allowlist "$allow"
feed 10.77.4.1 10.77.4.2 10.77.5.1
topo_until status .confirming 3
put "$block" '# they objected' 10.77.2.0/24 10.77.4.0/24
kill -HUP $run
topo_until says 1 "block' was read again: 2 prefixes"
grep -q "allow' was read again: 1 prefixes" "$T/err"
result $? "SIGHUP: the user nobody reads both lists again, though it may not search the directory above them"
rereads "length == 1 and .[0].blocklist_sha256 == \$block and .[0].allowlist_sha256 == \$allow and (.[0].t | endswith(\"Z\"))" &&
    jq -e --arg first "$first" --arg block "$block" '.blocklist_sha256 == $first and (.complete | not) and
        (.lists | map([.option, .site]) == [["blocklist", false], ["allowlist", false]]) and
        (.lists[0] | .file == $block and .sha256 == $first and .prefixes == 0)' "$T/out.meta.json" >/dev/null
result $? "SIGHUP: the metadata at once have its time and the SHA-256 of both lists"
feed 10.77.2.1 10.77.3.1
topo_until measured 10.77.3.1
none 10.77.2.1
result $? "a target read after SIGHUP is blocked by the new list"

# ---- a list that cannot be used ----------------------------------------------------------------------------

put "$block" 10.77.3.0/24 nonsense
kill -HUP $run
topo_until says 1 'stay in force'
grep -q 'block:2: not a prefix or address' "$T/err"
result $? "a list with a bad line: a message names the line, the old lists stay in force"
put "$block" 10.77.3.0/24
chmod 600 "$block"
kill -HUP $run
topo_until says 2 'stay in force'
grep -q "block' again: Permission denied" "$T/err" && grep -q -e '--user' "$T/err"
result $? "a list that the user nobody may not read: a message, the old lists stay in force"
feed 10.77.2.2 10.77.3.2
topo_until measured 10.77.3.2
none 10.77.2.2 && rereads 'length == 1'
result $? "the old lists still block and allow, the metadata have no further reread"

put "$block" 10.77.4.0/24 10.77.6.0/24 '# but for one'
put "$allow" 10.77.6.1
kill -HUP $run
topo_until says 2 "block' was read again: 2 prefixes"
feed 10.77.2.3 10.77.4.3 10.77.6.1 10.77.6.2
topo_until measured 10.77.2.3
topo_until measured 10.77.6.1
rereads 'length == 2 and .[1].blocklist_sha256 == $block and .[1].allowlist_sha256 == $allow'
result $? "a target removed from the blocklist, and one that the allowlist names, are probed"
ends 0
result $? "the run ends with exit 0"
jq -e '.complete and .counts.blocked == 6 and .counts.written == 6 and .counts.read == 12 and (.rereads | length) == 2' \
    "$T/out.meta.json" >/dev/null && none 10.77.4.1 10.77.4.2 10.77.4.3 10.77.6.2 && grep -q '2 targets were left out' "$T/err" &&
    jq -e 'select(.dip == "10.77.5.1") | .conditions | index("ecn.connectivity.broken")' "$T/out" >/dev/null
result $? "blocked targets in confirmation get no further round and no line, count as blocked; the one not blocked is broken"

# ---- a target in its round, and one that waits for the same address ----------------------------------------

put "$block" '# nobody'
start --blocklist "$block" --rounds 1 --connect-timeout 6
feed 10.77.4.1:80 10.77.4.1:81
topo_until status .in_flight 2
put "$block" 10.77.4.0/24
kill -HUP $run
topo_until says 1 "block' was read again"
ends 0 && jq -e '.counts.blocked == 1 and .counts.written == 2' "$T/out.meta.json" >/dev/null &&
    jq -e 'select(.dip == "10.77.4.1") | .port == 80 and .conditions[0] == "ecn.connectivity.broken"' "$T/out" >/dev/null
result $? "a blocked target in its last round is finished, one that waits for the same address is not begun"

# ---- a list that is no file, no list -----------------------------------------------------------------------

put "$block" 10.77.2.0/24
start --blocklist /dev/fd/4 4<<EOT
10.77.2.0/24
EOT
kill -HUP $run
topo_until says 1 'stay in force'
feed 10.77.2.1 10.77.3.1
topo_until measured 10.77.3.1
ends 0 && none 10.77.2.1
result $? "a list read from a pipe: SIGHUP leaves it in force"

start
kill -HUP $run
ends 129
result $? "without lists SIGHUP has its default action: the run ends with 129"

done_testing
