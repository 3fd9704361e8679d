#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# absence.sh: conditions about something that did not arrive are stated only of first transmissions, and after two
# rounds without it: 2,000 hosts, in virtual time, ecn and tfo over http.
#
#   pathprobe -- hops - [clears marks on the way back] - hosts; a tenth of what comes back is lost
set -u

. "$(dirname "$0")/virtual.sh"

cat >"$dir/scenario" <<'EOT'
{"hops": [8, 12], "hosts": [
    {"share": 0.25, "name": "healthy", "server": "ecn", "delay_ms": 10, "path": [{"behaviour": "server.tfo"}]},
    {"share": 0.25, "name": "lossy", "server": "ecn", "delay_ms": 10, "return_loss": 0.1,
     "path": [{"behaviour": "server.tfo"}]},
    {"share": 0.25, "name": "plain and lossy", "server": "plain", "delay_ms": 10, "return_loss": 0.1},
    {"share": 0.25, "name": "cleared", "server": "ecn", "delay_ms": 10,
     "path": [{"behaviour": "ecn.ip.clear", "dir": "rev", "hop": 7}]}
]}
EOT

# measure EXPERIMENT ROUNDS: leaves the observations, each with the name of its class, in $dir/joined. Loss alone may make
# a single round differ from the truth, so that is checked of several rounds only.
measure() {
    virtual "$dir/scenario" 2000 1 "$1" http "$2" &&
        { [ "$2" -eq 1 ] || is_true; } &&
        jq -sc '.[0:2000] as $t | ($t | map({"\(.dip)": .class}) | add) as $class | .[2000:][] | .class = $class[.dip]' \
            "$dir/truth.ndjson" "$dir/observations.ndjson" >"$dir/joined"
}

# holds SENTENCE FILTER: FILTER is true of the array of all observations.
holds() {
    jq -se "def of(\$c): map(select(.class == \$c)); def with(\$n): map(select(.conditions | index(\$n)));
        def rounds: [.verdicts[] | [.rounds[].count] | add // 0] | max;
        $2" "$dir/joined" >"$dir/out"
    ok $? "$1" || say "$dir/out"
}

measure ecn 0
ok $? "ecn: every condition equals the truth" || say "$dir/out"
holds "no host that marks packets is stated not to, though a tenth of the returned packets are lost" \
    '[(of("lossy"), of("healthy")) | with("ecn.ipmark.ect0.not_seen") | length] == [0, 0]'
holds "the marks of most hosts behind loss are seen" 'of("lossy") | with("ecn.ipmark.ect0.seen") | length > 400'
holds "hosts whose marks are cleared are stated not to mark, after two rounds" \
    'of("cleared") | with("ecn.ipmark.ect0.not_seen") | length == 500 and all(.[]; rounds >= 2)'
holds "the conditions of round 1 state that hosts with cleared marks do not mark" 'of("cleared") | all(.[]; .first | index("ecn.ipmark.ect0.not_seen"))'
holds "a host that marks is probed in one round" '[of("healthy")[] | rounds] | map(select(. == 1)) | length > 450'
holds "negotiation.failed is stated of a host without ECN even if its SYN/ACK was retransmitted" \
    'of("plain and lossy") | with("ecn.negotiation.failed") | length > 490'
holds "negotiation.failed behind a retransmitted SYN/ACK takes a second round" \
    '[of("plain and lossy")[] | select([.verdicts[] | select(.rounds[0].n == 1 and (.arm == "B1" or .arm == "B3"))][0] |
        [.arm as $arm | .rounds[0].flows[] | select(.arm == $arm and .syns > 1)] != []) | rounds] | length > 20 and min >= 2'
measure tfo 0
ok $? "tfo: every condition equals the truth" || say "$dir/out"
holds "no server with Fast Open is stated to give no cookie" \
    '[(of("lossy"), of("healthy")) | with("tfo.cookie.not_received") | length] == [0, 0]'
measure ecn 1
ok $? "--rounds 1" || say "$dir/out"
holds "a single round states absence without a second round" 'of("cleared") | with("ecn.ipmark.ect0.not_seen") | length == 500'
done_testing
