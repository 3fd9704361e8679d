#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# wire_live.sh: runs the program wire_live (first argument) between network namespaces of its own. Needs root.
#
#   client                      router                      server
#   c0 10.9.1.2 ------------ r0 10.9.1.1
#      2001:db8:1::2            2001:db8:1::1
#                               r1 10.9.2.1 ------------ s0 10.9.2.2
#                                  2001:db8:2::1            2001:db8:2::2
#   c1 (down)
#   c2 (up, no address)
set -eu

prog=${1:?usage: wire_live.sh PROGRAM}
C=pp-wl-$$-c R=pp-wl-$$-r S=pp-wl-$$-s

clean()
{
    for n in "$C" "$R" "$S"; do
        ip netns del "$n" 2>/dev/null || :
    done
}
trap clean EXIT
trap 'exit 130' INT TERM HUP

for n in "$C" "$R" "$S"; do
    ip netns add "$n"
    ip -n "$n" link set lo up
done
ip -n "$C" link add c0 type veth peer name r0 netns "$R"
ip -n "$S" link add s0 type veth peer name r1 netns "$R"
ip -n "$C" link add c1 type veth peer name c1x
ip -n "$C" link add c2 type veth peer name c2x
ip netns exec "$R" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
ip netns exec "$C" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/c2/disable_ipv6'
# Muted ports leave half-open connections at the server, whose retransmitted SYN/ACKs would be counted too: none here.
ip netns exec "$S" sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_synack_retries'

address()
{
    ip -n "$1" addr add "$3" dev "$2"
    ip -n "$1" addr add "$4" dev "$2" nodad
    ip -n "$1" link set "$2" up
}
address "$C" c0 10.9.1.2/24 2001:db8:1::2/64
address "$R" r0 10.9.1.1/24 2001:db8:1::1/64
address "$R" r1 10.9.2.1/24 2001:db8:2::1/64
address "$S" s0 10.9.2.2/24 2001:db8:2::2/64
ip -n "$C" link set c2 up
ip -n "$C" link set c2x up
# The client's routes have metrics: an MTU over IPv4, a hop limit over IPv6.
ip -n "$C" route add default via 10.9.1.1 mtu 1400
ip -n "$C" -6 route add default via 2001:db8:1::1 hoplimit 77
ip -n "$S" route add default via 10.9.2.1
ip -n "$S" -6 route add default via 2001:db8:2::1

timeout 600 "$prog" "$C" "$S"
