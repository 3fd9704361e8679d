#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# others.sh: what else there is on a host that measures is left in peace: programs with ports between the muted ones,
# several runs at once, hosts whose addresses it translates to its own. And what others forge draws no answers.
#
#   inner ---- client ---- r1 ---- r2 ---- server   10.77.0.0/16
#        10.99.1.2          counts the resets that the client sends
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check nft jq python3) || skip_all "$why"
jobs=
at_exit() {
    exec 3>&-
    [ -z "$jobs" ] || kill $jobs 2>/dev/null
}
topo_trap
inner=$(topo_ns inner)
{ topo_up && topo_nginx "$TOPO_SERVER" && topo_namespace "$inner"; } 2>&1 || bail "no topology"
T=$TOPO_TMP
{ ip -n "$TOPO_CLIENT" link add inner type veth peer name eth0 netns "$inner" &&
    ip -n "$TOPO_CLIENT" addr add 10.99.1.1/24 dev inner && ip -n "$inner" addr add 10.99.1.2/24 dev eth0 &&
    ip -n "$TOPO_CLIENT" link set inner up && ip -n "$inner" link set eth0 up &&
    ip -n "$inner" route add default via 10.99.1.1 && topo_set "$TOPO_CLIENT" ipv4/ip_forward 1; } 2>&1 ||
    bail "no inner host"
topo_in "$TOPO_R1" nft -f - <<'EOT' || bail "no rules"
table inet pp {
    counter resets { }
    counter strange { }
    chain count {
        type filter hook prerouting priority 0;
        iifname "client" tcp flags & rst == rst counter name resets
        iifname "client" tcp flags & rst == rst ip daddr 10.77.99.0/24 counter name strange
    }
}
EOT

measure() { # measure ARG...: ecn, with short times between rounds
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure ecn -i eth0 --audit 0 --aa 0 \
        --spacing 3 --cooldown 0.5 "$@"
}

background() { # background NAME NS COMMAND...: runs others.py until the test ends, output in $T/NAME; waits for "open"
    _name=$1
    _ns=$2
    shift 2
    : >"$T/$_name"
    ip netns exec "$_ns" python3 "$here/others.py" "$@" >"$T/$_name" 2>&1 & # not by topo_in: $! would be a shell's PID
    jobs="$jobs $!"
    topo_until grep -q open "$T/$_name"
}

is_alive() { # is_alive NAME: others.py, told to stop, reports that its connection was alive
    topo_until grep -q -e alive -e dead "$T/$1" && grep -q alive "$T/$1"
}

counted() {
    topo_in "$TOPO_R1" nft list counter inet pp "$1" | sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

only_works() { # only_works FILE...: all connectivity conditions, those of round 1 included, are `works`
    cat "$@" | jq -s -e 'length > 0 and all(.[]; [.conditions, .first] | add | map(select(test("connectivity"))) |
        length > 0 and all(endswith(".works")))' >/dev/null
}

background echo "$TOPO_SERVER" echo 10.77.60.1 9000 || bail "no server"

# ---- ports between the muted ones --------------------------------------------------------------------------------

background bystander "$TOPO_CLIENT" hold 61007 10.77.60.1 9000 "$T/stop1" || bail "no bystander"
for i in $(seq 200); do
    echo "10.77.5.$i"
done >"$T/in"
shards=
for k in 1 2 3 4; do
    measure --connect http --input "$T/in" --shard $k/4 --output "$T/o$k" -q 2>"$T/err$k" &
    shards="$shards $!"
done
rc=0
for p in $shards; do
    wait "$p" || rc=$?
done
[ $rc -eq 0 ] && only_works "$T"/o? && [ "$(cat "$T"/o? | wc -l)" -eq 200 ]
ok $? "four runs at a time, a shard each: all targets work, from round 1 on" ||
    cat "$T"/err? | say - "$T"/o?
: >"$T/stop1"
is_alive bystander
ok $? "another program's connection from port 61007, in the runs' range, is not reset" || say "$T/bystander"
jq -s -e 'all(.[]; .verdicts[].rounds[].flows[].sport != 61007)' "$T"/o? >/dev/null
ok $? "no flow of the runs uses port 61007"

# ---- ports that translated connections use -----------------------------------------------------------------------

topo_in "$TOPO_CLIENT" nft -f - <<'EOT' || bail "no translation"
table ip pp {
    chain post {
        type nat hook postrouting priority 100;
        ip saddr 10.99.1.0/24 oifname "eth0" masquerade
    }
}
EOT
background guest "$inner" hold 61500 10.77.60.1 9000 "$T/stop2" || bail "no guest"
measure --connect tcp --input "$T/in" --output "$T/o" --ports 61490-61549 --rate 400 2>"$T/err"
rc=$?
: >"$T/stop2"
{ [ $rc -eq 0 ] || [ $rc -eq 3 ]; } && is_alive guest
ok $? "a connection of another host that this one masquerades is not reset" || say "$T/guest" "$T/err"
grep -q 'source port 61500: another program or NAT on this host sends from it (10.70.1.2 to 10.77.60.1, port 9000)' "$T/err" &&
    grep -q '1 source port was left out' "$T/err" &&
    jq -e '.parts[0].ports_left_out == 1' "$T/o.meta.json" >/dev/null
ok $? "its port is left out, with a message, and counted in the metadata" || jq -c .parts "$T/o.meta.json" | say "$T/err" -
jq -s -e 'all(.[]; (.conditions == ["pathspider.not_observed"]) or
    (.verdicts | all(.verdict == "works" and (.rounds | all(.flows | all(.sport != 61500))))))' "$T/o" >/dev/null
ok $? "no verdict uses a flow from that port, none is broken" || say "$T/o"

background guest2 "$inner" hold 61601 10.77.60.1 9000 "$T/stop3" &&
    background guest3 "$inner" hold 61602 10.77.60.1 9000 "$T/stop3" || bail "no guests"
measure --connect tcp --input "$T/in" --output "$T/few" --ports 61601-61603 --rate 20 -w 1 2>"$T/err"
[ $? -eq 1 ] && grep -q 'other programs or NAT on this host send from . of 3 source ports' "$T/err" && grep -q -e --ports "$T/err"
ok $? "too few ports left: exit 1, the message names --ports" || say "$T/err"
: >"$T/stop3"
topo_in "$TOPO_CLIENT" nft delete table ip pp

# ---- forged packets ----------------------------------------------------------------------------------------------

rm -f "$T/feed"
mkfifo "$T/feed"
measure --connect tcp --output "$T/forged" --ports 62000-62063 --rate 20 <"$T/feed" 2>"$T/err" &
run=$!
exec 3>"$T/feed"
echo 10.77.6.1 >&3
lines() {
    [ -f "$T/forged" ] && [ "$(wc -l <"$T/forged")" -ge "$1" ]
}
topo_until lines 1
before=$(counted resets)
topo_in "$TOPO_SERVER" python3 "$here/others.py" forge 10.77.99.1 10.70.1.2 80 62000-62063 3000
topo_in "$TOPO_SERVER" python3 "$here/others.py" forge 10.77.6.1 10.70.1.2 80 62000-62063 3000
# Packets that arrive with the client's own address as source: the kernel drops them as martians, the capture has them.
topo_in "$TOPO_R1" python3 "$here/others.py" forge 10.70.1.2 10.70.1.2 62001 62001-62001 10
topo_in "$TOPO_R1" python3 "$here/others.py" forge 10.70.1.2 10.70.1.2 62002 80-80 10
echo 10.77.6.2 >&3
topo_until lines 2
exec 3>&-
wait $run
rc=$?
[ $rc -eq 0 ] && only_works "$T/forged" && [ "$(counted strange)" -eq 0 ]
ok $? "forged segments from addresses that are no targets draw no reset" || counted strange | say - "$T/err"
[ $(($(counted resets) - before)) -le 16 ]
ok $? "forged segments from a target's address with wrong sequence numbers draw no reset" || counted resets | say - "$T/err"
jq -e '.parts[0].ports_left_out == 0' "$T/forged.meta.json" >/dev/null
ok $? "forged segments from this host's own address leave no port out" || say "$T/err"

done_testing
