#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# residual.sh: a Linux router drops SYNs with data, and for six seconds all that follows one to the same host: `tfo`
# says so, and says it of nothing else.
#
# An arm takes 0.9 s at most, time for one SYN each, and at most four flows of a round follow its last SYN with data. A
# round ends seven seconds after it has begun, and the next begins after sixteen. A machine that is late by seconds
# takes the sign from some rounds: of two hundred targets a few are enough. What is said of these follows from what is
# recorded: in three rounds a control got through, so it went in front of the data, and B5, behind it, never did. TAP.
# PATHPROBE: the program.

here=$(dirname "$0")
. "$here/rows.sh"
rows_up

topo_set "$TOPO_SERVER" ipv4/tcp_fastopen 3
begin
echo "add set inet pp offendedip { type ipv4_addr . inet_service; flags dynamic, timeout; }
    add set inet pp offendedip6 { type ipv6_addr . inet_service; flags dynamic, timeout; }" >>"$T/nft"
row_targets 1
PER_ROW=100
row_targets 7
# SYNs have no more than 80 bytes of headers in IPv4, 100 in IPv6.
row_impair 7 "fwd tcp flags & (syn|ack) == syn meta length > 100 update @offendedIP { IP daddr . tcp dport timeout 6s } drop;
    fwd IP daddr . tcp dport @offendedIP drop"
rows_impaired
topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure tfo -i eth0 --connect http --seed 1 -q \
    --connect-timeout 0.9 --cooldown 16 --spacing 16 --max-rounds 3 --alpha 1e-2 --all-arms <"$T/targets" >"$T/out" 2>"$T/err"
ok $? "tfo http: all targets are done" || say "$T/err"

cat >"$T/check.jq" <<'EOT'
def has($word): .conditions | index("tfo." + $word) != null;
def flows($arm): .verdicts[] | select(.arm == $arm) | .rounds[];
# signs(ARM): the number of ARM's rounds in which a control got through; behind: B5 got through in a round of B4.
def signs($arm): [flows($arm) | select(any(.flows[]; .ok and (.arm | startswith("B") | not))) | .count] | add // 0;
def behind: any(flows("B4").flows[]; .arm == "B5" and .ok);
EOT
# holds SENTENCE FILTER: FILTER is true of the array of observations.
holds() {
    jq -s -e "$(cat "$T/check.jq") $2" "$T/out" >"$T/said"
    ok $? "$1" || say "$T/said" "$T/err" "$T/out"
}

holds "each target has an observation" 'map(.row) | (map(select(. == "7")) | length == 200) and length == 210'
holds "SYNs with data dropped: SYNs without data are not broken, SYNs with data do not work" \
    'map(select(.row == "7")) | all(has("cookie.connectivity.broken") or has("experimental.connectivity.broken") or
        has("connectivity.works") or has("bare.connectivity.works") | not) and
        (map(select(has("cookie.connectivity.works"))) | length >= 180)'
holds "a host that is unreachable for a while after a SYN with data: connectivity.residual of ten targets at least" \
    'map(select(.row == "7" and has("connectivity.residual"))) | length >= 10'
holds "connectivity.residual: controls before the data got through in three rounds, B5 after it in none" \
    'map(select(has("connectivity.residual"))) | all(([signs("B2"), signs("B4")] | max >= 3) and (behind | not))'
holds "nothing impaired: no connectivity.residual, no arm is broken" \
    'map(select(.row == "1")) | all(has("connectivity.residual") or has("bare.connectivity.broken") | not)'
done_testing
