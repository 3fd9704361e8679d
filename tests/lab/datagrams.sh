#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# datagrams.sh: the experiments about UDP and fragments, and those that can be held over DNS and QUIC: each condition
# equals the truth of every host, in virtual time; and what the command line says of them.
#
# parts: single rounds mtu fragments others
set -u

. "$(dirname "$0")/virtual.sh"

all_of() { # all_of ROUNDS: the other experiments in all modes, with ROUNDS rounds, equal the truth
    for mode in dnsudp quicvn quicinit; do
        equals udpopt udpopt $mode "$1"
        equals udpzero udpzero $mode "$1"
        equals dscp dscp $mode "$1"
    done
    for mode in tcp http dnstcp dnsudp quicvn quicinit; do
        equals evilbit evilbit $mode "$1"
    done
    for experiment in dscp ecn mptcp mss tcpopt tfo; do
        equals $experiment $experiment dnstcp "$1"
    done
    equals quic quic quicvn "$1"
    equals quic quic quicinit "$1"
    equals quicsize quic quicinit "$1"
    equals quicsize quicsize quicinit "$1"
    equals quicsize quic quicvn "$1"
}
mtu_of() { # mtu_of ROUNDS: pmtud in all modes, with ROUNDS rounds, equals the truth
    for mode in quicinit quicvn dnsudp http; do
        equals pmtud pmtud $mode "$1"
    done
}
if part single; then
    all_of 1
    mtu_of 1
fi
part rounds && all_of 0
# to_the_byte MODE: bisection finds, for each host whose path has a smaller MTU, that MTU as the size that works and the
# next one as the size that fails; for the other hosts there is no bisection.
to_the_byte() {
    virtual pmtud 300 7 pmtud "$1" 0 &&
        jq -c '{dip, mtu: ([.behaviours[] | capture("^mtu[.](?<n>[0-9]+)").n | tonumber] | min)}' "$dir/truth.ndjson" \
            >"$dir/mtus" &&
        jq -s -e --slurpfile truth "$dir/mtus" '(INDEX($truth[]; .dip) | map_values(.mtu)) as $mtu |
            length == 300 and ([.[] | select(.bisected)] | length > 100) and all(.[]; .dip as $dip | .bisected as $b |
            if $mtu[$dip] and any(.verdicts[]; .verdict == "broken") then $b.works == $mtu[$dip] and $b.fails == $b.works + 1
            else $b == null end)' "$dir/observations.ndjson" >>"$dir/out"
    ok $? "pmtud, $1: bisection finds the MTU to the byte, if a size is broken" || say "$dir/out"
}
if part mtu; then
    mtu_of 0
    for mode in quicinit quicvn dnsudp http; do
        to_the_byte $mode
    done
fi
if part fragments; then
    for mode in http dnsudp; do
        equals frag frag $mode 1
        equals frag frag $mode 0
    done
    equals frag frag quicvn 1
    equals frag frag quicinit 0
fi
part others || {
    done_testing
    exit
}

# ---- others -------------------------------------------------------------------------------------------------

# Middleboxes of another experiment's scenario do not change these experiments' conditions.
equals udpopt dscp dnsudp 0
equals udpopt quic dnsudp 0
equals dscp udpopt dnsudp 0
equals dscp mss dnstcp 0

# IPv6 targets have no verdict and no condition of the arm for IPv4 alone.
virtual udpopt 400 7 udpopt dnsudp 1 &&
    jq -s -e 'length == 400 and all(.[]; (.dip | contains(":")) as $six |
        ([.verdicts[].arm] == if $six then ["B1","B2","B3","B4","B6"] else ["B1","B2","B3","B4","B5","B6"] end) and
        ([.conditions[] | select(startswith("udpopt.unchecked"))] | length == if $six then 0 else 1 end))' \
        "$dir/observations.ndjson" >"$dir/out"
ok $? "udpopt: arm B5 is measured over IPv4 alone" || say "$dir/out"

# ---- packets to a target that answers nothing ---------------------------------------------------------------------

echo '{"name": "dead", "hops": [6, 14], "hosts": [{"share": 1, "server": "silent", "delay_ms": 10}]}' >"$dir/dead"
for mode in tcp quicinit; do
    virtual "$dir/dead" 200 7 evilbit $mode 1 && sed -n 's/.* \([0-9]*\) packets$/\1/p' "$dir/out" >"$dir/$mode"
done
[ -s "$dir/tcp" ] && [ "$(cat "$dir/quicinit")" -le "$(cat "$dir/tcp")" ]
ok $? "a target that answers nothing is sent no more Initials than SYNs" || say "$dir/tcp" "$dir/quicinit"

# ---- the command line ---------------------------------------------------------------------------------------

# dry ARG...: measure ARG... --dry-run on the loopback interface.
dry() {
    PATHPROBE_ALLOW=127.0.0.0/8 "$PATHPROBE" measure "$@" -i lo --dry-run >"$dir/out" 2>&1
}

echo '{"dip":"127.0.0.1","domain":"example.org"}' >"$dir/targets"
dry udpopt --input "$dir/targets" &&
    grep -q '^udpopt over dnsudp to 127.0.0.1 port 53$' "$dir/out" &&
    [ "$(grep -c 'datagram  *IPv4 .*UDP length 37 surplus 16' "$dir/out")" -eq 5 ] &&
    [ "$(grep -c 'datagram  *IPv4 .*UDP length 53 surplus 0' "$dir/out")" -eq 1 ] &&
    [ "$(grep -c 'no checksum' "$dir/out")" -ge 1 ] &&
    [ "$(grep -c '076578616d706c65036f7267' "$dir/out")" -eq 0 ] &&
    [ "$(grep -ic '07[46]5[57]8[46]1[46]d[57]0[46]c[46]503[46]f[57]2[46]7' "$dir/out")" -eq 7 ]
ok $? "udpopt --dry-run: DNS queries for the domain in random case, with the arms' surplus areas" || say "$dir/out"

dry quic --input "$dir/targets" && [ "$(grep -c 'datagram  *IPv4 .*UDP length 12[02]' "$dir/out")" -eq 8 ]
ok $? "quic --dry-run: datagrams of 1200 bytes" || say "$dir/out"

printf '%s\n' '{"dip":"127.0.0.1"}' '{"dip":"127.0.0.2","domain":"a..b"}' \
    '{"dip":"127.0.0.3","domain":"b\u00fccher.de"}' '{"dip":"127.0.0.4","domain":"example.org"}' >"$dir/targets"
dry udpopt --input "$dir/targets" && grep -q 'line 1: no domain, which this connect mode asks for' "$dir/out" &&
    grep -q 'line 2: empty label in the name' "$dir/out" && ! grep -q 'to 127.0.0.[12] port' "$dir/out" &&
    grep -q 'to 127.0.0.3 port 53' "$dir/out" && grep -q 'to 127.0.0.4 port 53' "$dir/out"
ok $? "udpopt: targets without a domain or with an invalid one are reported, the others are measured" || say "$dir/out"

dry quic --connect dnsudp --input "$dir/targets"
[ $? -eq 2 ] && grep -q "experiment 'quic' cannot be held over 'dnsudp'" "$dir/out"
ok $? "--connect with a mode that the experiment lacks: exit 2" || say "$dir/out"

PATHPROBE_ALLOW=::1/128 dry udpzero -6 --input "$dir/targets"
[ $? -eq 2 ] && grep -q "experiment 'udpzero' has no arm for IPv6" "$dir/out"
ok $? "udpzero -6, an experiment about IPv4: exit 2" || say "$dir/out"

PATHPROBE_ALLOW=::1/128 dry frag -6 --input "$dir/targets"
[ $? -eq 2 ] && grep -q "experiment 'frag' has no arm for IPv6" "$dir/out"
ok $? "frag -6, an experiment about IPv4: exit 2" || say "$dir/out"
done_testing
