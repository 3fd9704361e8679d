#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# evidence.sh: evidence.py, written from the manual alone, computes the same E for every verdict of a run: of arms that
# are broken, unstable or offline, on further ports, in fixed places, with a fixed number of rounds, behind boxes that
# count flows. It computes another E if the outcome of a flow is changed. TAP.
set -u

here=$(dirname "$0")
. "$here/virtual.sh"
command -v python3 >/dev/null || skip_all "no python3"

while read -r experiment scenario mode rounds; do
    virtual "$scenario" 600 5 "$experiment" "$mode" "$rounds" &&
        python3 "$here/evidence.py" 100 "$dir/observations.ndjson" >>"$dir/out"
    ok $? "$experiment in front of the scenario $scenario, $mode, --rounds $rounds: $(tail -n 1 "$dir/out")" ||
        say "$dir/out"
    cat "$dir/observations.ndjson" >>"$dir/all"
done <<'EOF'
ecn accuracy tcp 0
ecn accuracy http 0
ecn accuracy tcp 3
ecn mixed tcp 0
accecn accecn http 0
tfo tfo http 0
tfo counting http 0
udpopt udpopt dnsudp 0
EOF

words=$(jq -r '.verdicts[] | "\(.verdict) \(.why // "")"' "$dir/all" | sort -u | tr '\n' ',')
for word in broken offline works "unstable budget" "unstable partial" "unstable lossy" "unstable flow_dependent"; do
    case ",$words" in
    *",$word"*) ok 0 "the runs have a verdict '$word'" ;;
    *) ok 1 "the runs have a verdict '$word' ($words)" ;;
    esac
done

jq -c 'select(any(.verdicts[]; .verdict == "broken")) |
    (.verdicts[] | select(.verdict == "broken") | .rounds[3].flows[0].ok) |= not' "$dir/all" | head -n 1 >"$dir/altered"
python3 "$here/evidence.py" 100 "$dir/altered" >"$dir/out"
[ $? -eq 1 ] && grep -q "recomputed" "$dir/out"
ok $? "with the outcome of one flow changed, evidence.py computes another E" || say "$dir/out"
python3 "$here/evidence.py" 50 "$dir/all" >"$dir/out"
ok $(($? == 1 ? 0 : 1)) "with another w, evidence.py computes another E"

# Options under which no arm can be called broken give a warning before any packet is sent; impossible ones are refused.
measure() { # measure ARG...: leaves $dir/out and the exit status
    echo 127.0.0.1 | PATHPROBE_ALLOW=127.0.0.0/8 "$PATHPROBE" measure ecn -i lo --dry-run "$@" >/dev/null 2>"$dir/out"
}
while read -r status want args; do
    measure $args
    [ $? -eq "$status" ] && grep -q "$(echo "$want" | tr _ ' ')" "$dir/out" && grep -q ^hint: "$dir/out"
    ok $? "$args: exit $status, $(echo "$want" | tr _ ' ')" || say "$dir/out"
done <<'EOF'
0 warning:_no_arm_can_be_called_broken:_--max-rounds_4_is_fewer_than_the_8 --max-rounds 4
0 warning:_no_arm_can_be_called_broken:_--max-rounds_12_is_fewer_than --alpha 1e-9
0 can_be_called_broken:_--max-rounds_7_is_fewer_than_the_8_that_--alpha_0.00025_takes_for_these --max-rounds 7 --alpha 2.5e-4
0 warning:_no_arm_can_be_called_broken:_--rounds_5_is_fewer_than_the_14 --rounds 5
0 warning:_no_arm_can_be_called_broken:_--max-flows-per-target_30_is_fewer --max-flows-per-target 30
2 a_single_trial_has_no_error_bound --rounds 1 --alpha 1e-6
EOF
for alpha in 0 1 nan 1e-30 -1e-4 ""; do
    measure --alpha "$alpha"
    [ $? -eq 2 ] && grep -q -- --alpha "$dir/out"
    ok $? "--alpha '$alpha': exit 2" || say "$dir/out"
done
measure && ! grep -q warning "$dir/out"
ok $? "the defaults: no warning" || say "$dir/out"
measure --max-rounds 7 --alpha 2.5e-4 --all-arms && ! grep -q warning "$dir/out"
ok $? "--all-arms, for whose arms seven rounds are enough: no warning" || say "$dir/out"
measure --rounds 1 && ! grep -q warning "$dir/out"
ok $? "--rounds 1, which claims no bound: no warning" || say "$dir/out"
done_testing
