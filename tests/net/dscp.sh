#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# dscp.sh: `dscp` through Linux routers that drop or set codepoints: what is said of each, exactly.
#
#   client ---- r1 ---- r2 ---- server   10.77.ROW.0/24, 2001:db8:77:ROW::/64: Linux and nginx
#                       |
#                       impairs, each prefix in its own way: fwd, on the way to the server; rev, on the way back
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/rows.sh"
rows_up

CODEPOINTS="1 10 34 45 46 48 63"

# marks MARK...: the codepoint that replies carry, for probes with codepoint 0 and then with each of CODEPOINTS; -
# stands for no reply: that codepoint is broken, the others work.
marks() {
    [ "$1" = - ] || printf 'dscp.0.replymark:%s' "$1"
    shift
    for n in $CODEPOINTS; do
        if [ "$1" = - ]; then
            printf ' dscp.%s.connectivity.broken' "$n"
        else
            printf ' dscp.%s.connectivity.works dscp.%s.replymark:%s' "$n" "$n" "$1"
        fi
        shift
    done
}

begin
zero=$(marks 0 0 0 0 0 0 0 0)
row 1 "nothing impaired" "" "$zero"
row 2 "EF dropped on the way to the server" "fwd IP dscp 46 drop" \
    "$(marks 0 0 0 0 0 - 0 0)"
row 3 "the codepoint cleared on the way to the server" "fwd IP dscp set 0" "$zero"
row 4 "CS1 set on the way back" "rev IP dscp set 8" "$(marks 8 8 8 8 8 8 8 8)"
row 5 "codepoints other than 0 and LE dropped" "fwd IP dscp != { 0, 1 } drop" \
    "$(marks 0 0 - - - - - -)"
# The SYN gets through; the data, which the verdict over http is about, does not.
row 6 "data marked CS6 dropped" "fwd IP dscp 48 tcp flags & (syn|fin|rst|psh) == psh drop" \
    "$zero" "$(marks 0 0 0 0 0 0 - 0) dscp.48.replymark:0"
# A router that copies the codepoint of the connection's last packet to the reply, as some servers do.
row 7 "EF copied to the replies" \
    "fwd IP dscp 46 ct mark set 46; fwd IP dscp != 46 ct mark set 0; rev ct mark 46 IP dscp set 46" \
    "$(marks 0 0 0 0 0 46 0 0)"
end dscp tcp http https
done_testing
