#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ask.sh: `ecn` through Linux routers that impair ECN, asked for what is needed and for all arms: the same words, for
# fewer packets where nothing fails. Confirmed, with short times. TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/rows.sh"
rows_up

setup="tcp flags & (syn|ack|ecn|cwr) == (syn|ecn|cwr)"
begin
row_targets 1
# Rows answer with resets in place of drops, but for CE, so that a round is short.
reset="reject with tcp reset"
row_targets 2 && row_impair 2 "fwd $setup $reset"
row_targets 3 && row_impair 3 "fwd $setup tcp flags set syn"
row_targets 4 && row_impair 4 "fwd IP ecn != not-ect meta l4proto tcp $reset"
row_targets 5 && row_impair 5 "fwd IP ecn ce drop"
row_targets 6 && row_impair 6 "rev IP ecn set not-ect"
row_targets 7 && row_impair 7 "fwd tcp flags & (syn|ack|ecn|cwr) == syn $reset"
row_targets 8 && row_impair 8 "rev tcp flags & (syn|ack|ecn|cwr) == (syn|ack|ecn) tcp flags set syn|ack|ecn|cwr"
row_targets 9 && row_impair 9 "fwd meta l4proto tcp $reset"
rows_impaired

# measure WHICH ARG...: a run over all rows, into $T/WHICH.
measure() {
    _which=$1
    shift
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" "$PATHPROBE" measure ecn -i eth0 --connect http --seed 1 -q \
        --connect-timeout 1.5 --cooldown 0.5 --spacing 0.5 --max-rounds 4 --alpha 5e-2 --max-flows-per-target 200 \
        --aa 0 --audit 0 "$@" <"$T/targets" >"$T/$_which" 2>"$T/err"
    ok $? "asked for $_which: all targets are done" || say "$T/err"
}

measure some
measure all --all-arms
jq -n --slurpfile some "$T/some" --slurpfile all "$T/all" '
    def words: {conditions: (.conditions | sort), verdicts: [.verdicts[] | select(.arm != "D") | [.arm, .verdict]]};
    ($all | map({(.dip): words}) | add) as $words |
    [$some[] | select(words != $words[.dip]) | {row, dip, some: words, all: $words[.dip]}]' >"$T/out"
jq -e '. == []' "$T/out" >/dev/null
ok $? "each target has the same conditions and verdicts with some arms and with all" || say "$T/out"
jq -s -e 'group_by(.row) | map({(.[0].row): [.[] | .verdicts[] | select(.arm != "D") | .verdict] | unique}) | add |
    ."1" == ["works"] and ."2" == ["broken", "works"] and ."4" == ["broken", "works"] and
    ."5" == ["broken", "works"] and (."7" | index("transient")) and ."9" == ["offline"]' "$T/some" >"$T/out"
ok $? "rows have the verdicts works, broken, transient and offline" || say "$T/some"
jq -s -e 'def spoken: [.verdicts[] | select(.implied_by == "B3") | .arm];
    all(.[]; spoken == (if .row | IN("1", "3", "6", "8") then ["B1", "B2", "B4"] else [] end))' "$T/some" >"$T/out"
ok $? "B3 implies B1, B2 and B4 in the rows where A and B3 get through, and in no other" || say "$T/some"
jq -s -e 'map(select(.row == "1") | .quality.flows) | unique == [3]' "$T/some" >"$T/out" &&
    jq -s -e 'map(select(.row == "1") | .quality.flows) | unique == [6]' "$T/all" >>"$T/out"
ok $? "nothing impaired: three flows a target, six with --all-arms" || say "$T/out"
done_testing
