#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# mss.sh: `mss` through Linux routers that clamp or remove the option: what is said of each, exactly.
#
#   client ---- r1 ---- r2 ---- server   10.77.ROW.0/24, 2001:db8:77:ROW::/64: Linux and nginx
#                       |
#                       impairs, each prefix in its own way: fwd, on the way to the server; rev, on the way back
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/rows.sh"
rows_up

# sizes WORD REMOTE4 REMOTE6: the conditions, with the server's sizes over IPv4 and IPv6; - if there is none.
sizes() {
    printf 'mss.connectivity.online mss.option.received.%s 4:mss.option.local.value:1460 6:mss.option.local.value:1440' "$1"
    [ "$2" = - ] || printf ' 4:mss.option.remote.value:%s 6:mss.option.remote.value:%s' "$2" "$3"
}

begin
same=$(sizes unchanged 1460 1440)
row 1 "nothing impaired" "" "$same"
row 2 "clamped on the way back" "rev tcp flags syn tcp option maxseg size set 1200" "$(sizes deflated 1200 1200)"
row 3 "clamped on the way to the server" "fwd tcp flags syn tcp option maxseg size set 1200" "$same"
row 4 "removed on the way back" "rev tcp flags & syn == syn reset tcp option maxseg" "$(sizes absent -)"
offline="mss.connectivity.offline 4:mss.option.local.value:1460 6:mss.option.local.value:1440"
row 5 "everything dropped" "fwd drop" "$offline"
end mss tcp http https
done_testing
