#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# hops.sh: `pathprobe trace` over five Linux routers, of which two stand side by side, balanced by ports; with a router
# that masquerades, one that answers SYNs in the server's place, a loop; and Debian's traceroute beside it.
#
#                            ,- r3 -.
#   client ---- r1 ---- r2 -<        >- r5 ---- r6 ---- server   10.80.0.0/16, 2001:db8:80::/48
#                            `- r4 -'
#   TTL          1       2       3       4       5        6
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/tap.sh"
need_program
for tool in ip nft jq traceroute; do
    command -v $tool >/dev/null || skip_all "no $tool"
done
ip netns add "pp$$-probe" 2>/dev/null || skip_all "no network namespaces here"
ip netns del "pp$$-probe"
T=$(mktemp -d) || exit 1
N=pp$$
made=
server=
down() {
    [ -z "$server" ] || kill $server 2>/dev/null
    for ns in $made; do ip netns del "$N-$ns"; done
    rm -rf "$T"
}
trap down EXIT
trap 'exit 1' INT TERM

in_ns() {
    _ns=$N-$1
    shift
    ip netns exec "$_ns" "$@"
}

# link A B NUMBER: A has .1, B has .2 of 10.79.NUMBER.0/24 and 2001:db8:79:NUMBER::/64, on eNUMBER.
link() {
    ip link add "e$3" netns "$N-$1" type veth peer name "e$3" netns "$N-$2" || return 1
    _end=1
    for _to in "$1" "$2"; do
        in_ns "$_to" ip addr add "10.79.$3.$_end/24" dev "e$3"
        in_ns "$_to" ip -6 addr add "2001:db8:79:$3::$_end/64" dev "e$3" nodad
        in_ns "$_to" ip link set "e$3" up
        _end=2
    done
}
# way NS TO NUMBER END: routes of NS to the networks of TO, out (the server) or back (the client), by end END of link
# NUMBER.
way() {
    case $2 in
    out) _nets="10.80.0.0/16 2001:db8:80::/48" ;;
    back) _nets="10.79.1.0/24 2001:db8:79:1::/64" ;;
    esac
    for _net in $_nets; do
        case $_net in
        *:*) in_ns "$1" ip -6 route add "$_net" via "2001:db8:79:$3::$4" ;;
        *) in_ns "$1" ip route add "$_net" via "10.79.$3.$4" ;;
        esac
    done
}

for ns in client r1 r2 r3 r4 r5 r6 server; do
    ip netns add "$N-$ns" || bail "no namespace"
    made="$made $ns"
    in_ns $ns ip link set lo up
    in_ns $ns sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 \
        net.ipv6.icmp.ratelimit=0 net.ipv4.fib_multipath_hash_policy=1 net.ipv6.fib_multipath_hash_policy=1 \
        net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
done
link client r1 1 && link r1 r2 2 && link r2 r3 3 && link r2 r4 4 && link r3 r5 5 && link r4 r5 6 && link r5 r6 7 &&
    link r6 server 8 || bail "no links"
in_ns client ip route add default via 10.79.1.2 && in_ns client ip -6 route add default via 2001:db8:79:1::2
way r1 out 2 2 && way r3 out 5 2 && way r4 out 6 2 && way r5 out 7 2 && way r6 out 8 2
in_ns r2 ip route add 10.80.0.0/16 nexthop via 10.79.3.2 nexthop via 10.79.4.2 &&
    in_ns r2 ip -6 route add 2001:db8:80::/48 nexthop via 2001:db8:79:3::2 nexthop via 2001:db8:79:4::2
way r2 back 2 1 && way r3 back 3 1 && way r4 back 4 1 && way r5 back 5 1 && way r6 back 7 1
in_ns server ip route add default via 10.79.8.1 && in_ns server ip -6 route add default via 2001:db8:79:8::1
for n in 1 2 3 4; do
    in_ns server ip addr add "10.80.0.$n/32" dev lo
    in_ns server ip -6 addr add "2001:db8:80::$n/128" dev lo
done
# A loop: r5 and r6 forward packets for 10.80.9.0/24 to each other.
in_ns r6 ip route add 10.80.9.0/24 via 10.79.7.1
in_ns r6 ip -6 route add 2001:db8:80:9::/64 via 2001:db8:79:7::1
# r4 drops ECN-setup SYNs to .2; r2 masquerades packets to .3; r5 answers SYNs to .4 itself (synproxy).
in_ns r4 nft -f - <<'END' || bail "no nftables"
table inet t {
    chain entry { type filter hook prerouting priority mangle;
        ip daddr 10.80.0.2 tcp flags & (ecn | cwr) == (ecn | cwr) drop
        ip6 daddr 2001:db8:80::2 tcp flags & (ecn | cwr) == (ecn | cwr) drop
    }
}
END
in_ns r2 nft -f - <<'END' || bail "no masquerading"
table inet t {
    chain leave { type nat hook postrouting priority srcnat;
        ip daddr 10.80.0.3 masquerade
        ip6 daddr 2001:db8:80::3 masquerade
    }
}
END
in_ns r5 ip route add 10.79.3.0/24 via 10.79.5.1 && in_ns r5 ip -6 route add 2001:db8:79:3::/64 via 2001:db8:79:5::1
in_ns r5 ip route add 10.79.4.0/24 via 10.79.6.1 && in_ns r5 ip -6 route add 2001:db8:79:4::/64 via 2001:db8:79:6::1
for net in 10.79.3.0/24 10.79.4.0/24; do in_ns r6 ip route add $net via 10.79.7.1; done
for net in 2001:db8:79:3::/64 2001:db8:79:4::/64; do in_ns r6 ip -6 route add $net via 2001:db8:79:7::1; done
in_ns r5 sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0 2>/dev/null
proxy=yes
in_ns r5 nft -f - 2>"$T/err" <<'END' || proxy=
table ip t {
    chain early { type filter hook prerouting priority raw; ip daddr 10.80.0.4 tcp flags & (syn|ack) == syn notrack; }
    chain through { type filter hook forward priority 10;
        ip daddr 10.80.0.4 ct state invalid,untracked synproxy mss 1300 wscale 7 timestamp sack-perm
        ct state invalid drop
    }
}
END
ip netns exec "$N-server" python3 -c '
import socket, threading
def serve(s):
    while True:
        c, _ = s.accept()
        c.close()
for family, any in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    s = socket.socket(family, socket.SOCK_STREAM)
    if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((any, 80)); s.listen(256)
    threading.Thread(target=serve, args=(s,)).start()
' >/dev/null 2>"$T/server.err" &
server=$!
n=0
until [ "$(in_ns server ss -Hltn 'sport = :80' | wc -l)" = 2 ]; do
    n=$((n + 1))
    [ $n -lt 600 ] || { say "$T/server.err"; bail "no server"; }
    sleep 0.05
done

export PATHPROBE_ALLOW=10.0.0.0/8,2001:db8::/32
# trace OUT PORTS LIST ARG...: traces the targets of LIST by arm B1 of ecn over tcp, from PORTS, into OUT.
trace() {
    out=$1
    ports=$2
    list=$3
    shift 3
    in_ns client "$PATHPROBE" trace ecn -i e1 --connect tcp --arm B1 --hop-rate 0 --prefix-rate 0 --rate 0 \
        --ports "$ports" --input "$T/$list" --format ndjson "$@" >"$T/$out" 2>"$T/$out.err"
}
{ for n in 1 3; do echo "10.80.0.$n" && echo "2001:db8:80::$n"; done; [ -z "$proxy" ] || echo 10.80.0.4; } >"$T/plain.list"
printf '10.80.9.1\n2001:db8:80:9::1\n' >"$T/loop.list"
printf '10.80.0.2\n2001:db8:80::2\n' >"$T/branch.list"
trace plain 61000-61063 plain.list &
one=$!
trace loop 61100-61163 loop.list --census &
two=$!
# Eight flows in one trace would take minutes: eight traces at a time, each from ten ports of its own.
jobs=
for n in 0 1 2 3 4 5 6 7; do
    trace "branch$n" "612${n}0-612${n}9" branch.list &
    jobs="$jobs $!"
done
failed=0
for job in $one $two $jobs; do wait "$job" || failed=1; done
[ $failed = 0 ]
ok $? "ten traces at a time: exit 0" || say "$T"/*.err
# Routers limit their ICMP errors per second: traceroute is repeated until each of the six hops has answered.
for family in 4 6; do
    [ $family = 4 ] && ip=10.80.0.1 || ip=2001:db8:80::1
    for _try in 1 2 3 4 5 6; do
        in_ns client traceroute -$family -n -w 2 -q 3 $ip >"$T/traceroute$family" 2>&1
        [ "$(grep -c '^ *[1-6] .*[.:].* ms' "$T/traceroute$family")" -lt 6 ] || break
        sleep 1
    done
done

for ip in 10.80.0.1 2001:db8:80::1; do
    jq -c --arg ip $ip 'select(.dip == $ip) | [[.hops[] | [.ttl, (.addr | length > 0), .target == true]], .located]' "$T/plain" >"$T/is"
    echo '[[[1,true,false],[2,true,false],[3,true,false],[4,true,false],[5,true,false],[6,true,true]],[]]' | diff - "$T/is" >"$T/diff"
    ok $? "$ip: five hops and the target, no change is located" || say "$T/diff" "$T/plain.err"
    case $ip in *:*) family=6 ;; *) family=4 ;; esac
    # traceroute's packets take either path, so that hops 3 and 4 differ from run to run: they are left out.
    jq -r --arg ip $ip 'select(.dip == $ip) | .hops[] | select(.ttl != 3 and .ttl != 4) | "\(.ttl) \(.addr[0])"' "$T/plain" >"$T/ours"
    awk '/^ *[0-9]+ / && $1 != 3 && $1 != 4 { for (i = 2; i <= NF; i++) if ($i ~ /[.:].*[.:]/ && $i !~ /ms/) { print $1, $i; break } }' \
        "$T/traceroute$family" >"$T/theirs"
    diff "$T/theirs" "$T/ours" >"$T/diff"
    ok $? "$ip: the same hops as traceroute" || say "$T/diff" "$T/traceroute$family"
done

for ip in 10.80.0.3 2001:db8:80::3; do
    jq -s -e --arg ip $ip '.[] | select(.dip == $ip) | .located == [] and (.hops | length) == 6' "$T/plain" >/dev/null
    ok $? "$ip: masquerading restores the addresses in quotes: no change is located" || say "$T/plain"
done

if [ -n "$proxy" ]; then
    jq -s -e '.[] | select(.dip == "10.80.0.4") | .located == [] and (.hops | length) == 5 and .hops[4].target' "$T/plain" >/dev/null
    ok $? "a SYN proxy: the target is one hop nearer, by either arm, no change is located" || say "$T/plain"
else
    skip "a SYN proxy" "this kernel has none"
fi

# A flow's ports decide whether it goes by r3 or r4. r4 drops all ECN-setup SYNs, r3 none.
cat "$T"/branch? >"$T/branches"
jq -s -e 'length == 16 and all(.[]; (.hops[2].addr[0] | test("^(10.79.4.2|2001:db8:79:4::2)$")) as $bad |
    if $bad then [.located[] | select(.why == null) | [.kind, .from.ttl, .to.ttl]] == [["drop", 2, 3]]
    else .located == [] end)' "$T/branches" >/dev/null
ok $? "one of two paths drops ECN-setup SYNs: located for the flows by that path, not for the others" || say "$T/branches"
jq -s -e '[.[].hops[2].addr[0]] | unique | length >= 3' "$T/branches" >/dev/null
ok $? "the sixteen flows took both paths" || say "$T/branches"

jq -s -e 'length == 2 and all(.[]; .located == [] and (.hops | length) >= 20 and ([.hops[] | select(.target)] == []) and
    .hops[9].addr == .hops[11].addr and .hops[9].addr != .hops[10].addr)' "$T/loop" >/dev/null
ok $? "a loop: two routers in turn up to the last TTL, no change is located" || say "$T/loop" "$T/loop.err"

done_testing
