#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# experiments.sh: every behaviour that concerns an experiment, in virtual time, over tcp and over http: each condition
# equals the truth. Those of ECN are met by scenario.sh.
#
# parts: accecn dscp mptcp mss tcpopt tfo others
set -u

. "$(dirname "$0")/virtual.sh"

for experiment in accecn dscp mptcp mss tcpopt tfo; do
    part $experiment || continue
    for mode in tcp http; do
        equals $experiment $experiment $mode 1
        equals $experiment $experiment $mode 0
    done
done
if part tfo; then
    # Hosts that refuse connections after data in a SYN: `residual` takes three such rounds of twelve, which nearly all of
    # these hosts have, and no other host.
    virtual tfo 1500 8 tfo http 0 &&
        jq -n -e '[inputs] | group_by("\(.dip) \(.dp)") | map(add) | map({residual: any(.conditions[]; . ==
            "tfo.connectivity.residual"), grudge: (.behaviours | index("tfo.data.grudge") != null)}) |
            (map(select(.grudge)) | length > 50 and (map(select(.residual)) | length) >= 0.95 * length) and
            (map(select(.residual and (.grudge | not))) == [])' "$dir/observations.ndjson" "$dir/truth.ndjson" >>"$dir/out"
    ok $? "tfo: residual is stated of hosts that a SYN with data leaves unreachable, and of no others" || say "$dir/out"
fi
part others || {
    done_testing
    exit
}

# ---- others ------------------------------------------------------------------------------------------

equals h2 h2 http 1
equals h2 h2 http 0
# An experiment with one arm: online after one round, offline after a second round, a spacing after the first.
virtual mss 300 7 mss tcp 0 &&
    jq -s -e 'def at: .[11:13] as $h | .[14:16] as $m | ($h | tonumber) * 60 + ($m | tonumber);
        def word: .verdicts[0].verdict;
        (map(select(word == "offline")) | length > 5 and all(.verdicts[0].b == [0, 2] and
             (.time.to | at) - (.time.from | at) >= 1)) and
        (map(select(word == "online")) | length > 200 and all(.verdicts[0].b[0] == 1)) and
        all(.verdicts | length == 1 and .[0].e == null and .[0].alpha == null)' "$dir/observations.ndjson" >"$dir/out"
ok $? "mss: online at once, offline after two rounds a spacing apart" || say "$dir/out"

# Behaviours that concern another experiment alone must not change the conditions.
equals dscp ecn http 0
equals mss ecn tcp 0
equals ecn mss http 0
equals tcpopt dscp tcp 0
equals ecn tcpopt http 0
equals h2 tfo http 0
equals ecn h2 http 0

# With another list of codepoints the arms have other names, and the same truth for each codepoint.
virtual dscp 1500 7 dscp http 0 63 46 10 &&
    jq -c 'def ours: test("^dscp[.](0|10|46|63)[.]");
        .expect |= {dscp: {http: (.dscp.http | .has |= map(select(ours)) | .not |= map(select(ours)) |
            .verdict |= {B1: .B7, B2: .B5, B3: .B2})}}' "$dir/truth.ndjson" >"$dir/truth" &&
    is_true "$dir/truth" "$dir/observations.ndjson"
ok $? "dscp --codepoint 63,46,10: every condition equals the truth" || say "$dir/out"
jq -s -e 'all(.[]; [.verdicts[].arm | select(startswith("B"))] == ["B1", "B2", "B3"]) and
    ([.[] | .conditions[] | select(startswith("dscp."))] | map(split(".")[1]) | unique == ["0", "10", "46", "63"])' \
    "$dir/observations.ndjson" >"$dir/out"
ok $? "dscp --codepoint 63,46,10: three arms, and conditions of these codepoints and 0 alone" || say "$dir/out"

# The option --codepoint: --dry-run has packets with these codepoints; a bad list is refused.
PATHPROBE_ALLOW=127.0.0.0/8 "$PATHPROBE" measure dscp -i lo --codepoint 46,7 --dry-run >"$dir/out" 2>&1 <<'EOF'
127.0.0.1
EOF
[ "$(grep -o 'dscp [0-9][0-9]*' "$dir/out" | sort -u | tr '\n' ' ')" = "dscp 0 dscp 46 dscp 7 " ]
ok $? "--codepoint 46,7 --dry-run: packets with 0, 46 and 7" || say "$dir/out"
while read -r list why; do
    "$PATHPROBE" measure dscp --codepoint "$list" </dev/null >"$dir/out" 2>&1
    [ $? -eq 2 ] && grep -q "$why" "$dir/out"
    ok $? "--codepoint $list: exit 2, $why" || say "$dir/out"
done <<'EOF'
64 out of range: 0 to 63
46,64 out of range: 0 to 63
46,46 46 is given twice
46, not a list of whole numbers
0 codepoint 0 is the baseline
1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16 16 numbers given, at most 15
EOF

# The offer of HTTP/2 is in the data of B1 alone: Upgrade, or "h2" before "http/1.1" in ALPN (RFC 7301 section 3.1).
hex() {
    printf "$1" | od -An -tx1 | tr -d ' \n'
}
offers() {
    echo 127.0.0.1 | PATHPROBE_ALLOW=127.0.0.0/8 "$PATHPROBE" measure h2 -i lo --connect "$1" --dry-run >"$dir/out" 2>&1
    sed '/^  B1 /,$d' "$dir/out" >"$dir/a"
    sed -n '/^  B1 /,$p' "$dir/out" >"$dir/b1"
    grep -q 'data .* bytes of payload' "$dir/a" && ! grep -q "$(hex "$2")" "$dir/a" && grep -q "$(hex "$2")" "$dir/b1"
    ok $? "h2 --connect $1 --dry-run: the data of B1 alone has the offer" || say "$dir/out"
}
offers http '\r\nUpgrade: h2c\r\n'
offers https '\002h2\010http/1.1'
"$PATHPROBE" measure h2 --connect tcp </dev/null >"$dir/out" 2>&1
[ $? -ne 0 ] && grep -q "'h2' cannot be held over 'tcp'" "$dir/out" && grep -q 'can be held over: http https' "$dir/out"
ok $? "h2 --connect tcp: refused, with a list of its modes" || say "$dir/out"
done_testing
