# SPDX-License-Identifier: BSD-2-Clause
# rows.sh: tests of experiments by rows. A row is a prefix of targets, the rules by which a router treats its packets,
# and the conditions that each of its targets must have. To be sourced from the same directory, $here.
#
#   rows_up [TOOL...]        the topology, and nginx on its server with TLS; skips the script if a TOOL is missing
#   begin                    forgets all rows and rules
#   row NUMBER NAME RULES CONDITIONS [OTHERS]
#                            RULES: rules of nft on r2, with semicolons between; fwd or rev stand for the row's prefix
#                            as destination or source, IP for ip or ip6. CONDITIONS: 4:WORD and 6:WORD are conditions
#                            of one family's targets; OTHERS: the conditions in other modes than tcp, if they differ
#   end EXPERIMENT MODE...   probes all rows, once for each connect mode
#
# and the parts of row and end:
#
#   row_targets NUMBER, row_impair NUMBER RULES, rows_impaired
#   rows_probe EXPERIMENT MODE [ARG...]
#                            writes $T/out and $T/err. $T/more.jq, `def more:`: outputs a word for each further fault
#                            of an observation

. "$here/tap.sh"
. "$here/topology.sh"

PER_ROW=5 # targets of each family
FAMILIES="4 6"
NET=77 # the prefixes of the rows that follow: 10.NET.ROW.0/24, 2001:db8:NET:ROW::/64
PORT=  # their targets' port; empty: the connect mode's default

rows_up() {
    need_program
    _why=$(topo_check nft jq openssl "$@") || skip_all "$_why"
    topo_trap
    TOPO_TLS=yes
    { topo_up && topo_nginx "$TOPO_SERVER"; } 2>&1 || bail "no topology"
}

begin() {
    T=$TOPO_TMP
    : >"$T/rows"
    : >"$T/targets"
    echo "table inet pp { chain impair { type filter hook forward priority 0; }; }" >"$T/nft"
    echo "def more: empty;" >"$T/more.jq"
}

row() {
    jq -n -c --arg row "$1" --arg name "$2" --arg tcp "$4" --arg others "${5-$4}" \
        '{$row, $name, want: {$tcp, $others}}' >>"$T/rows"
    row_targets "$1"
    row_impair "$1" "$3"
}

row_prefix() { # row_prefix FAMILY NUMBER
    [ "$1" = 4 ] && echo "10.$NET.$2." || echo "2001:db8:$NET:$2::"
}

row_targets() {
    for _family in $FAMILIES; do
        seq -f "{\"dip\":\"$(row_prefix "$_family" "$1")%g\",${PORT:+\"dp\":$PORT,}\"domain\":\"example.org\",
            \"row\":\"$1\",\"family\":$_family}" $PER_ROW | jq -c .
    done >>"$T/targets"
}

row_impair() {
    for _family in $FAMILIES; do
        [ "$_family" = 4 ] && _ip=ip _net=$(row_prefix 4 "$1")0/24 || { _ip=ip6 && _net=$(row_prefix 6 "$1")/64; }
        echo "$2" | tr ';' '\n' | sed "/./!d; s,fwd,$_ip daddr $_net,; s,rev,$_ip saddr $_net,; s,IP,$_ip,g
            s/^/add rule inet pp impair /"
    done >>"$T/nft"
}

rows_impaired() {
    topo_in "$TOPO_R2" nft -f "$T/nft" || ok 1 "the impairments are in place"
}

ROWS_JUDGE='
    . as $all
    | $rows[] as $r | $families[] as $family
    | ($r.want[$mode] // $r.want.others | [splits("\\s+")] |
        map(select(test("^([46]:|$)") | not), select(startswith("\($family):"))[2:]) | sort) as $want
    | [$all[] | select(.row == $r.row and .family == $family)] as $these
    | [$these[] | . + {wrong: [
        (select((.conditions | sort) != $want) | "conditions"),
        (select((.first | sort) != $want) | "first"),
        (select(.quality.valid and ([.quality.as_built[]] | all) and .quality.send_errors == 0 | not) | "quality"),
        more]}
      | select(.wrong != [])] as $bad
    | {name: $r.name, $family, n: ($these | length), bad: ($bad | length), $want,
       example: ($bad[0] // null | if . then {wrong, dip, conditions, verdicts, quality, missed_flows} else . end)}'

# A dropped SYN is sent at 0, 1 and 3 s, and given up at 4.
rows_probe() {
    _experiment=$1 _mode=$2 _what="$1 $2"
    shift 2
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" ${PATHPROBE_AS:-} "$PATHPROBE" measure "$_experiment" -i eth0 \
        --connect "$_mode" --connect-timeout 4 --target-timeout 30 --rounds 1 --seed 1 -q "$@" <"$T/targets" \
        >"$T/out" 2>"$T/err"
    ok $? "$_what: all $(wc -l <"$T/targets") targets are done" || say "$T/err"
    jq -s -c --arg mode "$_mode" --slurpfile rows "$T/rows" --argjson families "[$(echo $FAMILIES | tr ' ' ,)]" \
        "$(cat "$T/more.jq") $ROWS_JUDGE" "$T/out" >"$T/judged" || ok 1 "$_what: the observations can be read"
    while read -r _line; do
        printf '%s\n' "$_line" >"$T/line"
        jq -e --argjson n $PER_ROW '.n == $n and .bad == 0' "$T/line" >/dev/null
        ok $? "$_what, $(jq -r '"IPv\(.family), \(.name)"' "$T/line")" || say "$T/line"
    done <"$T/judged"
}

end() {
    experiment=$1
    shift
    rows_impaired
    for mode; do
        rows_probe "$experiment" "$mode" --rate 2k
    done
    topo_in "$TOPO_R2" nft delete table inet pp
}
