#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fleet_kills.sh: three workers and a server that are killed over and over, one worker frozen for a while and one cut off
# from the server: each target has one observation in the end, with the word of an undisturbed run. Who is killed, and
# when, comes from SEED; a campaign that ends before all were killed is followed by another. TAP. PATHPROBE: the program.
#
#   KILLS=10 HOSTS=2000 CHUNK=50 FREEZE=8 CUT=6 SEED=1   (the whole: KILLS=50 HOSTS=20000 CHUNK=200 FREEZE=120 CUT=60)
set -u

here=$(cd "$(dirname "$0")" && pwd)
: "${KILLS:=10}" "${HOSTS:=2000}" "${CHUNK:=50}" "${FREEZE:=8}" "${CUT:=6}" "${SEED:=1}"
export KILLS HOSTS CHUNK FREEZE CUT SEED
. "$here/../net/tap.sh"
need_program
. "$here/fleet_rig.sh"
command -v nft >/dev/null || skip_all "no nft"
[ "${1:-}" = inside ] || rig_start "$HOSTS"
ip link set lo up || skip_all "no loopback here"

# Worker c reaches the server by an address of its own, to which a rule can drop all packets.
nft -f - <<'EOT' || skip_all "no nftables here"
table inet cut {
    chain in { type filter hook input priority 0; }
}
EOT
cut_off() { nft add rule inet cut in ip daddr 127.0.0.3 drop && nft add rule inet cut in ip saddr 127.0.0.3 drop; }
mend() { nft flush chain inet cut in; }
mine() { # starts worker $1 and keeps its process id in $pid_$1
    url=nats://127.0.0.1:4222
    [ "$1" != c ] || url=nats://127.0.0.3:4222
    worker "$@" --chunks 2
    url=nats://127.0.0.1:4222
    eval "pid_$1=$worker"
}
next_campaign() {
    campaigns=$((campaigns + 1))
    fleet submit --campaign "k$campaigns" --input "$T/targets" --chunk "$CHUNK" --lease 3 -- $question --seed 1 \
        >"$T/out" 2>"$T/err"
}
campaigns=0

server_start -a 0.0.0.0 || bail "no server: $(tail -n 3 "$T/nats.log")"
"$PATHPROBE" $question -i lab0 --rate 4k -q --seed 1 --input "$T/targets" --output "$T/alone.ndjson" 2>"$T/alone.err" &
alone=$!
next_campaign
ok $? "$HOSTS targets are submitted: $(cat "$T/out")" || say "$T/err"
for name in a b c; do mine $name; done

# A line for each kill: WHO PAUSE.
awk -v n="$KILLS" -v seed="$SEED" 'BEGIN {
    srand(seed)
    for (split("a b c server", who, " "); n; n--) print who[int(4 * rand()) + 1], int(200 + 1000 * rand()) / 1000
}' >"$T/plan"
n=0 killed=0 frozen= late=
while read -r who pause; do
    n=$((n + 1))
    for name in a b c; do # a worker that was started while the server was down has ended, as it should
        eval "kill -0 \$pid_$name 2>/dev/null" || mine $name
    done
    if [ $n -eq $((KILLS / 3)) ]; then
        frozen=$pid_b
        kill -STOP "$frozen"
        (sleep "$FREEZE" && kill -CONT "$frozen") &
        thaw=$!
    fi
    if [ $n -eq $((KILLS / 2)) ]; then
        cut_off
        (sleep "$CUT" && mend) &
        late=$!
    fi
    [ "$who" != b ] || [ -z "$frozen" ] || ! kill -0 "$thaw" 2>/dev/null || who=a # b is stopped, and must not be killed before it goes on
    sleep "$pause"
    ! all_done "k$campaigns" || next_campaign
    if [ "$who" = server ]; then
        server_stop KILL
        server_start -a 0.0.0.0 || bail "no server: $(tail -n 3 "$T/nats.log")"
    else
        eval "worker_stop \$pid_$who KILL"
        mine "$who"
    fi
    killed=$((killed + 1))
done <"$T/plan"
[ "$killed" -eq "$KILLS" ]
ok $? "$killed kills by seed $SEED ($(cut -d ' ' -f 1 "$T/plan" | sort | uniq -c | tr -s ' \n' ' '))"
wait "$thaw" "$late" 2>/dev/null
for name in a b c; do # a worker that found no server at its start has ended
    eval "kill -0 \$pid_$name 2>/dev/null" || mine "$name"
done
for c in $(seq $campaigns); do
    wait_for all_done "k$c" || wait_for all_done "k$c"
    ok $? "campaign $c: all chunks are done in the end" || say "$T/work.a" "$T/work.b" "$T/work.c"
done
for name in a b c; do
    eval "worker_stop \$pid_$name"
    mine "$name" --once # sends what is in its spool
    wait "$worker"
done
wait "$alone"
ok $? "an undisturbed run" || say "$T/alone.err"

jq -rc '[.dip, .dp]' "$T/alone.ndjson" | sort >"$T/alone.keys"
words "$T/alone.ndjson" >"$T/alone.words"
for c in $(seq $campaigns); do
    fleet collect --campaign "k$c" --output "$T/k$c.ndjson" >"$T/out" 2>"$T/err"
    ok $? "campaign $c is collected: $(tail -n 1 "$T/out")" || say "$T/err"
    grep -q "^All of campaign" "$T/out" && grep -q "^$HOSTS read = $HOSTS written" "$T/out" &&
        jq -s -e "map(.counts | [.read, .written]) | transpose | map(add) == [$HOSTS, $HOSTS]" \
            "$T/k$c".?.ndjson.meta.json >/dev/null
    ok $? "campaign $c: its counts add up to the submitted targets" || say "$T/out"
    jq -rc '[.dip, .dp]' "$T/k$c".?.ndjson | sort >"$T/keys"
    cmp -s "$T/alone.keys" "$T/keys" && [ "$(wc -l <"$T/keys")" -eq "$HOSTS" ] && [ "$(uniq -d "$T/keys" | wc -l)" -eq 0 ]
    ok $? "campaign $c: each target has one observation"
    words "$T/k$c".?.ndjson >"$T/words"
    cmp -s "$T/alone.words" "$T/words"
    ok $? "campaign $c: each target has the conditions of the undisturbed run" || {
        diff "$T/alone.words" "$T/words" | head -n 6 >"$T/diff"
        say "$T/diff"
    }
done
[ -z "$(left)" ]
ok $? "nothing is left in the spools: $(left)"
server_stop
done_testing
