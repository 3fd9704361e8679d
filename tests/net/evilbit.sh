#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# evilbit.sh: `evilbit` through a Linux router that drops by the reserved flag: what is said, exactly.
#
#   client ---- r1 ---- r2 ---- server   10.77.ROW.0/24, 2001:db8:77:ROW::/64: Linux and nginx
#                       |
#                       impairs, each prefix in its own way: fwd, on the way to the server; rev, on the way back
#
# TAP. PATHPROBE: the program.

here=$(dirname "$0")
. "$here/rows.sh"
rows_up

FAMILIES=4
begin
row 1 "nothing impaired" "" "evilbit.connectivity.works evilbit.mark.not_seen"
row 2 "the reserved flag drops packets" "fwd @nh,48,1 1 drop" evilbit.connectivity.broken
end evilbit tcp https
done_testing
