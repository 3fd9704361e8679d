#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# marks.sh: `ecnpp`, `ecnctl`, `l4s`, `ecndscp` and `frag` through a Linux router that drops by mark, codepoint and
# fragment, to Linux and nginx: what is said, exactly.
#
#   client ---- r1 ---- r2 ---- server   10.77.ROW.0/24, 2001:db8:77:ROW::/64: Linux and nginx
#                       |
#                       impairs, each prefix in its own way: fwd, on the way to the server; rev, on the way back
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/rows.sh"
rows_up

# words PREFIX BROKEN WORD...: PREFIX.WORD.connectivity.broken if WORD matches BROKEN, a pattern of grep -E, else
# .works.
words() {
    _prefix=$1 _broken=$2
    shift 2
    for _word; do
        echo "$_word" | grep -qE "^($_broken)\$" && _is=broken || _is=works
        printf '%s.%s.connectivity.%s ' "$_prefix" "$_word" $_is
    done
}

cells() { # cells BROKEN
    words ecnpp "$1" none.ect0 none.ect1 none.ce ecn.notect ecn.ect0 ecn.ect1 ecn.ce accecn.notect accecn.ect0 \
        accecn.ect1 accecn.ce
}
says() { # says CELL:VALUE...
    for _cell; do
        printf 'ecnpp.%s.synack:%s ' "${_cell%:*}" "${_cell#*:}"
    done
}
# Linux declines ECN if an ECN-setup SYN is marked (tcp_ecn_create_request), but not if the SYN has AE set.
ecn="ecn.notect:1 ecn.ect0:0 ecn.ect1:0 ecn.ce:0"
accecn="accecn.notect:1 accecn.ect0:1 accecn.ect1:1 accecn.ce:1"
syn='tcp flags & (syn | ack) == syn'

begin
row 1 "nothing impaired" "" "$(cells -)$(says $ecn $accecn)"
row 2 "SYNs that are ECT are dropped" "fwd IP ecn ect0 $syn drop;fwd IP ecn ect1 $syn drop" \
    "$(cells '.*ect[01]')$(says ecn.notect:1 ecn.ce:0 accecn.notect:1 accecn.ce:1)"
row 3 "SYNs that ask for ECN and are CE are refused" \
    "fwd IP ecn ce tcp flags & (syn | ecn) == syn | ecn reject with tcp reset" \
    "$(cells '(acc)?ecn.ce')$(says ecn.notect:1 ecn.ect0:0 ecn.ect1:0 accecn.notect:1 accecn.ect0:1 accecn.ect1:1)"
row 4 "the ECN field is cleared" "fwd IP ecn set not-ect" \
    "$(cells -)$(says ecn.notect:1 ecn.ect0:1 ecn.ect1:1 ecn.ce:1 $accecn)"
end ecnpp tcp

ctl() { # ctl BROKEN
    words ecnctl "$1" ack fin retransmission
}
begin
row 1 "nothing impaired" "" "$(ctl -)ecnctl.ack.heard ecnctl.fin.acked"
row 2 "ECT(0) is dropped" "fwd IP ecn ect0 drop" "$(ctl retransmission)ecnctl.ack.unheard ecnctl.fin.not_acked"
row 3 "FINs marked ECT(0) are dropped" "fwd IP ecn ect0 tcp flags & fin == fin drop" \
    "$(ctl -)ecnctl.fin.not_acked"
row 4 "data marked ECT(0) is dropped" "fwd IP ecn ect0 tcp flags & (psh | fin) == psh drop" \
    "$(ctl retransmission)ecnctl.ack.heard ecnctl.fin.acked"
row 5 "the ECN field is cleared" "fwd IP ecn set not-ect" "$(ctl -)ecnctl.ack.heard ecnctl.fin.acked"
end ecnctl http

begin
row 1 "nothing impaired" "" "$(words l4s - notect ect0 ect1)"
row 2 "ECT(1) is dropped" "fwd IP ecn ect1 drop" "$(words l4s ect1 notect ect0 ect1)"
row 3 "all that is ECT is dropped" "fwd IP ecn ect0 drop;fwd IP ecn ect1 drop" "$(words l4s 'ect[01]' notect ect0 ect1)"
row 4 "SYNs with AE are dropped" "fwd $syn @th,103,1 1 drop" "$(words l4s '.*' notect ect0 ect1)"
end l4s http

grid() { # grid BROKEN
    words ecndscp "$1" 0.ect0 0.ect1 0.ce 8.notect 8.ect0 8.ect1 8.ce 34.notect 34.ect0 34.ect1 34.ce 46.notect \
        46.ect0 46.ect1 46.ce
}
begin
row 1 "nothing impaired" "" "$(grid -)"
row 2 "EF is dropped where it is ECT" "fwd IP dscp ef IP ecn ect0 drop;fwd IP dscp ef IP ecn ect1 drop" \
    "$(grid '46.ect[01]')ecndscp.joint.lost"
row 3 "EF is dropped" "fwd IP dscp ef drop" "$(grid '46.*')ecndscp.dscp.lost"
row 4 "CE is dropped" "fwd IP ecn ce drop" "$(grid '.*ce')ecndscp.ecn.lost"
end ecndscp http

# ---- fragments. The rules of the first rows use no connection tracking, which would reassemble fragments before them.

FAMILIES=4
cuts() { # cuts BROKEN
    for _arm in frag frag.small frag.tiny frag.swapped; do
        echo "$_arm" | grep -qE "^($1)\$" && _is=broken || _is=works
        printf '%s.connectivity.%s ' "$_arm" $_is
    done
}
begin
echo 'add set inet pp first { typeof ip saddr . ip daddr . ip id; flags dynamic; size 4096; timeout 60s; }' >>"$T/nft"
first='IP frag-off & 0x3fff == 0x2000'
row 1 "nothing impaired" "" "$(cuts -)"
row 2 "fragments are dropped" "fwd IP frag-off & 0x3fff != 0 drop" "$(cuts '.*')frag.lost"
row 3 "fragments but the first are dropped" "fwd IP frag-off & 0x1fff != 0 drop" "$(cuts '.*')frag.lost"
row 4 "first fragments without TCP's flags are dropped" "fwd $first ip length < 36 drop" \
    "$(cuts 'frag.tiny')frag.size.enforced"
row 5 "small first fragments are dropped" "fwd $first ip length < 84 drop" \
    "$(cuts 'frag.(tiny|small)')frag.size.enforced"
row 6 "fragments that arrive before the first are dropped" "fwd $first add @first { ip saddr . ip daddr . ip id };
    fwd IP frag-off & 0x1fff != 0 ip saddr . ip daddr . ip id != @first drop" \
    "$(cuts 'frag.swapped')frag.order.enforced"
end frag http

# A router with connection tracking reassembles fragments before its rules and fragments again when it sends. It is near
# the client, so that the check of the vantage point would end the run: --allow-impaired-vantage.
begin
row 1 "a firewall that tracks connections" "fwd ct state invalid drop" "$(cuts -)"
row 2 "a firewall that tracks connections and drops fragments" "fwd ct state invalid drop;fwd IP frag-off & 0x3fff != 0 drop" "$(cuts -)"
rows_impaired
rows_probe frag http --rate 2k --allow-impaired-vantage
done_testing
