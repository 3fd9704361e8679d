#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# admin_prohibited.sh: a network whose router says that probing it is prohibited is left alone, for the rest of the run
# and in what goes on with it; a host that says so itself is left alone without its neighbours; no target gets more
# flows than was said.
#
#   client ---- r1 ---- r2 ---- server   10.77.0.0/16, and 9.9.0.0/16, 2a00:1::/32, which are public elsewhere
#                       |
#                       admin-prohibited: 9.9.9.0/24, 2a00:1:9::/48, 10.77.9.0/24; in 9.9.8.0/24 SYNs with ECE only
#
# The server itself rejects as firewalld does what comes to 9.9.6.0/24 and 2a00:1:6::/48.
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

why=$(topo_check nft jq) || skip_all "$why"
topo_trap
{ topo_up && topo_public && topo_nginx "$TOPO_SERVER"; } 2>&1 || bail "no topology"
T=$TOPO_TMP
topo_in "$TOPO_R2" nft -f - <<'EOT' || bail "no rules"
table inet pp {
    chain prohibit {
        type filter hook forward priority 0;
        ip daddr { 9.9.9.0/24, 10.77.9.0/24 } reject with icmp type admin-prohibited
        ip6 daddr 2a00:1:9::/48 reject with icmpv6 type admin-prohibited
        ip daddr 9.9.8.0/24 tcp flags & (syn | ecn) == (syn | ecn) reject with icmp type admin-prohibited
    }
}
EOT

topo_in "$TOPO_SERVER" nft -f - <<'EOT' || bail "no rules"
table inet pp {
    chain firewall {
        type filter hook input priority 0;
        ip daddr 9.9.6.0/24 reject with icmp type host-prohibited
        ip6 daddr 2a00:1:6::/48 reject with icmpv6 type admin-prohibited
    }
}
EOT

# The kernel sends an ICMPv6 error from the probed address only if an interface has it; a local route does not suffice.
for i in $(seq 20); do
    echo "addr add 2a00:1:6::$i/128 dev lo nodad"
done | ip -n "$TOPO_SERVER" -6 -batch - || bail "no addresses"

measure() { # measure ARG...: one target after the other
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure ecn -i eth0 --connect tcp \
        --contact tester@example.org --rounds 1 -w 1 --in-flight 1 --prefix-rate 0 --connect-timeout 2 "$@"
}

# How many targets of each network were asked: {"9.9.7":20,...}
asked() {
    jq -s -c -S 'map(.dip | if test(":") then split(":")[:3] | join(":") else split(".")[:3] | join(".") end) |
        group_by(.) | map({(.[0]): length}) | add' "$T/o"
}

for i in $(seq 20); do
    for net in 9.9.9. 9.9.7. 9.9.8. 9.9.6. 10.77.9. 2a00:1:9:: 2a00:1:6::; do
        echo "$net$i"
    done
done >"$T/in"
printf '%s\n' 9.9.6.1:81 9.9.6.20:81 '[2a00:1:6::7]:81' 9.9.7.1:80 9.9.6.21:81 >>"$T/in" # three of known hosts
want='{"10.77.9":20,"2a00:1:6":20,"2a00:1:9":1,"9.9.6":21,"9.9.7":20,"9.9.8":20,"9.9.9":1}'

measure --input "$T/in" --output "$T/o" 2>"$T/err"
[ "$(asked)" = "$want" ]
ok $? "one target is probed of each network that prohibits it, all of laboratory networks and where treatments alone are" ||
    { asked && cat "$T/err"; } | say
jq -e '.counts | .prohibited_network == 38 and .prohibited_host == 3 and .blocked == 0 and .duplicate == 1 and
    .written == 103 and .read == 145 and .read == (map(.) | add) - .read - .written_invalid' "$T/o.meta.json" >/dev/null
ok $? "the targets left out are counted: prohibited by a network, prohibited by a host" || jq -c .counts "$T/o.meta.json" | say "$T/err"
tr '\n' ' ' <"$T/err" |
    grep -q ' 41 of 145 targets (28.3 %) were not probed,.* 38 are in 2 networks .*(10.70.2.2 for 9.9.9.0/24, for one);'\
' 3 are on hosts' && grep -q '145 read = 103 written .* 38 prohibited by their network' "$T/err"
ok $? "the summary says which share of the list was left out" || say "$T/err"

cp "$T/o" "$T/whole"
jq -c .counts "$T/o.meta.json" >"$T/counts"
head -n 12 "$T/whole" >"$T/o"
measure --input "$T/in" --output "$T/o" --resume 2>"$T/err" && [ "$(asked)" = "$want" ] &&
    [ "$(jq -c .counts "$T/o.meta.json")" = "$(cat "$T/counts")" ]
ok $? "--resume leaves out the same networks and hosts" || { asked && cat "$T/err"; } | say

echo 9.9.7.1 >"$T/in"
measure --input "$T/in" --connect http --max-flows-per-target 2 >"$T/out" 2>"$T/err"
[ $? -eq 2 ] && grep -q 'a round of .ecn. needs' "$T/err" && ! [ -s "$T/out" ]
ok $? "--max-flows-per-target below the flows of one round: refused, exit 2" || say "$T/err"

done_testing
