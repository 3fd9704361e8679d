#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# accecn.sh: `accecn` through Linux routers that change or drop its flags: what is said of each, exactly.
#
#   client ---- r1 ---- r2 ---- server   10.77.ROW.0/24, 2001:db8:77:ROW::/64: Linux and nginx
#                       |
#                       impairs, each prefix in its own way: fwd, on the way to the server; rev, on the way back
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/rows.sh"
rows_up

# acc WORD...: the connectivity condition of arms B1 to B8, a WORD each.
acc() {
    for arm in classic "" ect0 ect1 ce unasked.ect0 unasked.ect1 unasked.ce; do
        printf 'accecn.%sconnectivity.%s ' "${arm:+$arm.}" "$1"
        shift
    done
}

# The server's kernel does ECN and, up to 6.18, no AccECN: it answers an AccECN SYN with the SYN/ACK of RFC 3168. In
# rows 11 to 13 a router rewrites that into the SYN/ACK of an AccECN server (RFC 9768, 3.1.2).

begin
w=works x=broken all=$(acc works works works works works works works works)
syn="fwd tcp flags & (syn|ack) == syn" synack="rev tcp flags & (syn|ack) == (syn|ack)"
row 1 "nothing impaired" "" "${all}accecn.negotiation.downgraded_ecn"
row 2 "AE cleared on SYNs" "$syn tcp reserved set 0" "${all}accecn.negotiation.downgraded_ecn"
none=$(acc $w $x $x $x $x $w $w $w)
row 3 "SYNs with AE dropped" "$syn tcp reserved 1 drop" "$none"
ect=$(acc $w $w $x $x $x $x $x $x)
row 4 "SYNs marked ECT or CE are dropped" "$syn IP ecn != not-ect drop" "${ect}accecn.negotiation.downgraded_ecn"
ce=$(acc $w $w $w $w $x $w $w $x)
row 5 "packets with CE dropped" "fwd IP ecn ce drop" "${ce}accecn.negotiation.downgraded_ecn"
setup=$(acc $x $x $x $x $x $w $w $w)
row 6 "SYNs that ask for ECN are dropped" "fwd tcp flags & (syn|ack|ecn|cwr) == (syn|ecn|cwr) drop" "$setup"
row 7 "ECE and CWR cleared on SYNs" "$syn tcp flags set syn" "${all}accecn.negotiation.downgraded_noecn"
row 8 "SYN/ACKs with ECE and CWR" "$synack tcp flags set syn|ack|ecn|cwr" "${all}accecn.negotiation.reflected"
row 9 "SYN/ACKs with AE, ECE and CWR" "$synack tcp flags set syn|ack|ecn|cwr; $synack tcp reserved set 1" \
    "${all}accecn.negotiation.reflected"
row 10 "SYN/ACKs with AE and ECE" "$synack tcp flags set syn|ack|ecn; $synack tcp reserved set 1" \
    "${all}accecn.negotiation.reserved"
arrive="ecn.fwd.notect.A ecn.fwd.ect0.A ecn.fwd.ect1.A ecn.fwd.ce.A"
read_as() { echo "${all}accecn.negotiation.succeeded $(echo "$arrive" | sed "s/A\\b/$1/g")"; }
row 11 "SYN/ACKs that say Not-ECT" "$synack tcp flags set syn|ack|cwr" "$(read_as notect) ecn.fwd.bleached" \
    "$(read_as notect) ecn.fwd.bleached accecn.option.absent"
row 12 "SYN/ACKs that say CE" "$synack tcp flags set syn|ack|cwr; $synack tcp reserved set 1" \
    "$(read_as ce) ecn.fwd.ce_stuck" "$(read_as ce) ecn.fwd.ce_stuck accecn.option.absent"
row 13 "SYN/ACKs that say ECT(0)" "$synack tcp flags set syn|ack; $synack tcp reserved set 1" \
    "$(read_as ect0) l4s.ect1.remarked ecn.fwd.ce_cleared" \
    "$(read_as ect0) l4s.ect1.remarked ecn.fwd.ce_cleared accecn.option.absent"
offline=$(acc offline offline offline offline offline offline offline offline)
row 14 "everything dropped" "fwd drop" "$offline"
end accecn tcp http
done_testing
