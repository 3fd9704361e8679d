# SPDX-License-Identifier: BSD-2-Clause
# fleet_rig.sh: a nats-server and workers inside the lab: to be sourced by fleet*.sh, after tap.sh.
#
#   nats-server, pathprobe fleet work a, b, c -- lab0 ===== veth ===== emulator: hosts that leave nothing to chance
#
#   rig_start HOSTS ARG...     outside: runs the script again inside, with ARG; or skips all, where that cannot be
#   fleet WHAT ARG...          the command, with the server's address
#   server_start ARG...        from what its directory holds; $server; returns once JetStream answers
#   server_stop [SIGNAL]
#   worker NAME ARG...         in the background, its number in $worker, what it says in $T/work.NAME; $SITE: options of the site
#   worker_stop PID [SIGNAL]   and waits for it; returns its status
#   wait_for COMMAND...        until it is true; not for ever
#   done_chunks, all_done, at_least, campaign_is: what the server says of a campaign
#   is_in NAME N CAMPAIGN: that worker has begun with the campaign for the N-th time, or it is done
#   tag CAMPAIGN: its name and id, by which its streams, subjects, keys and files are named
#   left: chunks in the spools
#   words FILE...              what each target came to, for comparison

url=nats://127.0.0.1:4222
question="measure ecn --connect tcp --cooldown 0.1 --spacing 0.2 --alpha 1e-2 --max-rounds 8 --connect-timeout 2 --audit 0"
SITE="-i lab0 --rate 4k"

rig_start() {
    hosts=$1
    shift
    for tool in jq nats-server python3; do
        command -v $tool >/dev/null || skip_all "no $tool"
    done
    T=$(mktemp -d) || exit 1
    trap 'rm -rf "$T"' EXIT
    export T
    chmod 755 "$T"
    cat >"$T/scenario" <<'EOT'
{"name": "fleet", "hosts": [
    {"share": 0.8, "server": "ecn", "delay_ms": 10}, {"share": 0.1, "server": "plain", "delay_ms": 15},
    {"share": 0.03, "server": "refuse", "delay_ms": 5},
    {"share": 0.07, "server": "ecn", "path": [{"behaviour": "ecn.syn.rst", "dir": "fwd", "hop": 8}]}]}
EOT
    "$PATHPROBE" lab --scenario "$T/scenario" --hosts "$hosts" --targets "$T/targets" -- true 2>"$T/err" || {
        grep -q "namespaces\|veth" "$T/err" && skip_all "no namespaces here: $(head -n 1 "$T/err")"
        say "$T/err"
        bail "no lab"
    }
    "$PATHPROBE" lab --scenario "$T/scenario" --hosts "$hosts" --targets "$T/targets" --force -- "$0" inside "$@"
    exit
}

fleet() {
    what=$1
    shift
    "$PATHPROBE" fleet "$what" --nats "$url" "$@"
}

server_begin() {
    nats-server -a 127.0.0.1 -p 4222 -js -sd "$T/js" -l "$T/nats.log" "$@" &
    server=$!
}

server_start() {
    server_begin "$@"
    while ! fleet status -q >/dev/null 2>&1; do
        kill -0 "$server" 2>/dev/null || return 1
        sleep 0.1
    done
}

server_stop() {
    kill "-${1:-TERM}" "$server"
    wait "$server" 2>/dev/null
}

# Starts the worker as a child of this shell itself, so that it can be killed and waited for.
worker() {
    name=$1
    shift
    # shellcheck disable=SC2086 # words
    (exec "$PATHPROBE" fleet work --nats "$url" --vantage "$name" --spool "$T/spool.$name" "$@" -- $SITE \
        2>>"$T/work.$name") &
    worker=$!
}

worker_stop() {
    kill "-${2:-TERM}" "$1" 2>/dev/null # a worker that was started while the server was down has ended
    wait "$1" 2>/dev/null
}

done_chunks() {
    fleet status --campaign "$1" --json 2>/dev/null | jq -r '.campaigns[0].done // 0'
}
campaign_is() { # CAMPAIGN FILTER
    fleet status --campaign "$1" --json 2>/dev/null | jq -e ".campaigns[0] | $2" >/dev/null
}
tag() { fleet status --campaign "$1" --json | jq -r '.campaigns[0] | .campaign + "-" + .id'; }
all_done() { campaign_is "$1" '.done == .chunks'; }
is_in() { [ "$(grep -c "campaign '$3': " "$T/work.$1")" -ge "$2" ] || all_done "$3"; }
left() { find "$T"/spool.* -name '*.zst' -o -name '*.done' -o -name '*.part'; }
at_least() { [ "$(done_chunks "$1" || echo 0)" -ge "$2" ] 2>/dev/null; }

wait_for() { TRIES=2400 until_true "$@"; }

words() { jq -rc '[.dip, .dp, .conditions]' "$@" | sort; }
