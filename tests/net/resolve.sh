#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# resolve.sh: `pathprobe resolve` asks unbound, which has a zone of its own, in a network namespace.
#
#   pathprobe -- lo 127.0.0.1:53 unbound        127.0.0.1:9 nobody, 192.0.2.99 no route
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/tap.sh"
need_program
[ "$(id -u)" = 0 ] || skip_all "needs root for a network namespace"
command -v unbound >/dev/null || skip_all "no unbound here"

ns=ppresolve$$
tmp=$(mktemp -d) || exit 1
unbound_pid=
cleanup() {
    [ -n "$unbound_pid" ] && kill "$unbound_pid" 2>/dev/null && wait "$unbound_pid" 2>/dev/null
    ip netns del $ns 2>/dev/null
    rm -rf "$tmp"
}
trap cleanup EXIT
ip netns add $ns && ip -n $ns link set lo up || skip_all "cannot make a network namespace"

cat >"$tmp/zone" <<'END'
$ORIGIN pp.example.
$TTL 300
@ SOA ns1 root 1 3600 600 86400 60
@ NS ns1
@ NS ns2
ns1 A 198.51.100.53
ns2 A 198.51.100.54
ns2 AAAA 2001:db8::54
both A 198.51.100.1
both A 198.51.100.2
both AAAA 2001:db8::1
both MX 20 mx2
both MX 10 mx1
www.both A 198.51.100.3
mx1 A 198.51.100.25
mx2 AAAA 2001:db8::26
only4 60 A 198.51.100.4
alias 300 CNAME alias2
alias2 30 CNAME both
text 300 TXT "x"
nomail MX 0 .
xn--bcher-kva A 198.51.100.5
loop CNAME loop
here A 127.0.0.1
here AAAA ::1
*.w A 198.51.100.9
*.w AAAA 2001:db8::9
h3 HTTPS 1 . alpn=h3,h2 port=8443 ipv4hint=198.51.100.9
h3 AAAA 2001:db8::9
h3alias HTTPS 0 h3
h3else HTTPS 2 both alpn=h3
h3not HTTPS 1 . alpn=h2
h3loop HTTPS 0 h3loop
END
i=0
while [ $i -lt 40 ]; do # more than one datagram holds
    echo "many A 198.51.101.$i"
    echo "many AAAA 2001:db8:0:1111:2222:3333:4444:$i"
    i=$((i + 1))
done >>"$tmp/zone"
seq 0 1099 | awk '{ printf "lots A 198.18.%d.%d\n", $1 / 256, $1 % 256 }' >>"$tmp/zone"
cat >"$tmp/conf" <<END
server:
  directory: "$tmp"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  interface: 127.0.0.1
  access-control: 127.0.0.0/8 allow
  module-config: "iterator"
  max-udp-size: 512
remote-control:
  control-enable: no
auth-zone:
  name: "pp.example."
  zonefile: "$tmp/zone"
  for-downstream: no
  for-upstream: yes
END
ip netns exec $ns unbound -dd -c "$tmp/conf" >"$tmp/log" 2>&1 &
unbound_pid=$!

resolve() {
    timeout 60 ip netns exec $ns "$PATHPROBE" resolve --server 127.0.0.1 "$@" 2>"$tmp/err"
}

# For half a minute at least: the machine may be under load.
n=0
until echo both.pp.example | resolve --timeout 0.5 | grep -q 198.51.100.1; do
    n=$((n + 1))
    [ $n -lt 60 ] && kill -0 $unbound_pid || { say "$tmp/log"; bail "unbound does not answer"; }
done

# brief FILE: the members of each target that do not depend on the time.
brief() {
    jq -r '[.rank, .dip, .domain, .name, .cname, .pair != null, .preference, .dp] | tojson' "$1" | sort
}

cat >"$tmp/names" <<'END'
rank,domain,note
1,both.pp.example,"a, b"
2,alias.pp.example,
3,bücher.pp.example,
4,nx.pp.example,x
5,text.pp.example,
6,loop.pp.example,
7,-- junk --,
8,https://198.51.100.77:8443/x,
9,ONLY4.pp.example.,
END
resolve --input "$tmp/names" --failed "$tmp/failed" --retries 0 --timeout 30 >"$tmp/out"
ok $? "a CSV list of existing, failing and malformed names: exit 0" || say "$tmp/err"
brief "$tmp/out" >"$tmp/brief"
cat >"$tmp/want" <<'END'
[1,"198.51.100.1","both.pp.example",null,[],false,null,null]
[1,"198.51.100.2","both.pp.example",null,[],false,null,null]
[1,"2001:db8::1","both.pp.example",null,[],false,null,null]
[2,"198.51.100.1","alias.pp.example",null,["alias2.pp.example","both.pp.example"],false,null,null]
[2,"198.51.100.2","alias.pp.example",null,["alias2.pp.example","both.pp.example"],false,null,null]
[2,"2001:db8::1","alias.pp.example",null,["alias2.pp.example","both.pp.example"],false,null,null]
[3,"198.51.100.5","xn--bcher-kva.pp.example","bücher.pp.example",[],false,null,null]
[8,"198.51.100.77",null,"https://198.51.100.77:8443/x",null,false,null,8443]
[9,"198.51.100.4","only4.pp.example","ONLY4.pp.example.",[],false,null,null]
END
LC_ALL=C sort "$tmp/want" >"$tmp/want2"
LC_ALL=C sort "$tmp/brief" | cmp -s - "$tmp/want2"
ok $? "the targets: addresses, CNAME chains, internationalised names, a URL" || say "$tmp/brief"
jq -se 'map(select(.rank == 1)) | length == 3 and all(.note == "a, b" and .resolver == "127.0.0.1" and .ttl <= 300 and
    (.resolved_at | test("^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\\.[0-9]{6}$")))' "$tmp/out" >/dev/null
ok $? "each target has the list's columns, the resolver, TTL and time"
jq -r '"\(.rank // .line) \(.failed)"' "$tmp/failed" | sort >"$tmp/brief"
printf '4 nxdomain\n5 nodata\n6 servfail\n8 invalid\n' | cmp -s - "$tmp/brief"
ok $? "--failed has each failed name with its reason" || say "$tmp/failed"
adds_up "names" "$tmp/err"

echo '{"domain":"both.pp.example","x":1.10,"ttl":5}' | resolve --pair --www >"$tmp/out"
[ "$(jq -r .pair "$tmp/out" | head -n 2 | uniq | wc -l)" = 1 ] && grep -q '^{"x":1.10,"dip"' "$tmp/out" &&
    jq -rs 'map(.dip) | join(" ")' "$tmp/out" | grep -q '^198\.51\.100\.[12] 2001:db8::1 198\.51\.100\.3$' &&
    jq -se '.[0].pair == .[1].pair and .[0].pair != null and .[2].pair == null and .[2].domain == "www.both.pp.example"' \
        "$tmp/out" >/dev/null
ok $? "--pair, --www; the members of an input object are kept byte for byte" || say "$tmp/out"

printf 'both.pp.example\nnomail.pp.example\n' | resolve --type mx >"$tmp/out"
[ "$(jq -rs 'map("\(.dip) \(.domain) \(.name) \(.preference)") | join(";")' "$tmp/out")" = \
    "198.51.100.25 mx1.pp.example both.pp.example 10;2001:db8::26 mx2.pp.example both.pp.example 20" ]
ok $? "--type mx: in order of preference" || say "$tmp/out"
adds_up "--type mx" "$tmp/err"
echo pp.example | resolve --type ns -4 >"$tmp/out"
[ "$(jq -rs 'map(.dip) | sort | join(" ")' "$tmp/out")" = "198.51.100.53 198.51.100.54" ]
ok $? "--type ns -4: the addresses of both name servers" || say "$tmp/out"
printf '%s.pp.example\n' h3 h3alias h3else h3not h3loop only4 | resolve --type https --failed "$tmp/failed" --force >"$tmp/out"
jq -r '"\(.domain) \(.dip) \(.dp) \(.service) \(.alpn | join(",")) \(.lookup)"' "$tmp/out" | sort >"$tmp/brief"
sort >"$tmp/want" <<'END'
h3.pp.example 198.51.100.9 8443 null h3,h2 https
h3.pp.example 2001:db8::9 8443 null h3,h2 https
h3alias.pp.example 198.51.100.9 8443 h3.pp.example h3,h2 https
h3alias.pp.example 2001:db8::9 8443 h3.pp.example h3,h2 https
h3else.pp.example 198.51.100.1 443 both.pp.example h3 https
h3else.pp.example 198.51.100.2 443 both.pp.example h3 https
h3else.pp.example 2001:db8::1 443 both.pp.example h3 https
END
cmp -s "$tmp/brief" "$tmp/want" && [ "$(jq -r '.failed' "$tmp/failed" | sort | uniq -c | tr -s ' ')" = " 3 nodata" ]
ok $? "--type https: hints, aliases, other target names; services without HTTP/3 are left out" || say "$tmp/brief" "$tmp/failed"
adds_up "--type https" "$tmp/err"
echo many.pp.example | resolve >"$tmp/out"
[ "$(wc -l <"$tmp/out")" = 80 ]
ok $? "an answer too long for UDP: all 80 addresses, by TCP" || say "$tmp/out" "$tmp/err"
echo lots.pp.example | resolve -4 >"$tmp/out"
[ "$(wc -l <"$tmp/out")" = 1024 ] && grep -q '76 addresses are left out' "$tmp/err"
ok $? "1,100 addresses of a name: 1,024 are written, a message counts the rest" || say "$tmp/err"
echo many.pp.example | resolve --one >"$tmp/out"
[ "$(wc -l <"$tmp/out")" = 2 ]
ok $? "--one: one address of each family"

# ---- many names, resolvers that do not answer

seq 1 3000 | sed 's/.*/&,n&.w.pp.example/' >"$tmp/many"
resolve --rate 0 --in-flight 200 -w 2 --server 127.0.0.1:9 --timeout 5 --input "$tmp/many" >"$tmp/out"
[ "$(jq -r .domain "$tmp/out" | sort -u | wc -l)" = 3000 ] && [ "$(wc -l <"$tmp/out")" = 6000 ]
ok $? "3000 names, half of the queries first to a port without a resolver: all are resolved" || say "$tmp/err"
adds_up "many" "$tmp/err"
grep -q ' 3000 resolved' "$tmp/err"
ok $? "3000 names: the summary counts 3000 resolved"
head -n 3 "$tmp/many" | resolve --server 192.0.2.99 --rate 0 --retries 2 --timeout 2 | wc -l >"$tmp/n"
[ "$(cat "$tmp/n")" = 6 ]
ok $? "a resolver without a route: the other resolver is asked"
cp "$tmp/failed" "$tmp/was"
! resolve --input "$tmp/names" --failed "$tmp/failed" >"$tmp/out" && grep -q "failed' is not empty" "$tmp/err" &&
    cmp -s "$tmp/failed" "$tmp/was" && ! [ -s "$tmp/out" ]
ok $? "--failed does not overwrite a file without --force" || say "$tmp/err"
# The kernel limits its ICMP errors: a query that gets none times out.
head -n 3 "$tmp/many" | timeout 60 ip netns exec $ns "$PATHPROBE" resolve --server 127.0.0.1:9 --retries 1 \
    --failed "$tmp/failed" --force >"$tmp/out" 2>"$tmp/err"
[ $? = 1 ] && [ ! -s "$tmp/out" ] && grep -q 'no resolver answered' "$tmp/err" &&
    jq -s -e 'map(.failed) | length == 3 and any(. == "unreachable") and all(IN("unreachable", "timeout"))' \
        "$tmp/failed" >/dev/null
ok $? "no resolver at that port: exit 1, the names failed as unreachable or timeout" || say "$tmp/err" "$tmp/failed"

# A resolver whose A records are three bytes long: the program asks the other one.
cat >"$tmp/bad.py" <<'END'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 5399))
print("ready", flush=True)
while True:
    q, peer = s.recvfrom(999)
    end = 12
    while q[end]:
        end += q[end] + 1
    s.sendto(q[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + q[12:end + 5] + b"\xc0\x0c" + q[end + 1:end + 5] +
             b"\0\0\0\x3c\0\3" + b"\1\2\3", peer)
END
ip netns exec $ns python3 "$tmp/bad.py" >"$tmp/ready" &
bad_pid=$!
until [ -s "$tmp/ready" ] || ! kill -0 $bad_pid; do sleep 0.1; done
head -n 4 "$tmp/many" | resolve --server 127.0.0.1:5399 --retries 2 --timeout 30 >"$tmp/out"
[ "$(wc -l <"$tmp/out")" = 8 ] && [ "$(jq -r .resolver "$tmp/out" | sort -u)" = 127.0.0.1 ]
ok $? "a malformed answer: the next resolver is asked" || say "$tmp/err"
kill $bad_pid
wait $bad_pid 2>/dev/null

# ---- the system's resolvers: a resolv.conf in a mount namespace

# with_resolv_conf FILE ARG...: resolve ARG... with FILE as /etc/resolv.conf.
with_resolv_conf() {
    conf=$1
    shift
    timeout 60 ip netns exec $ns unshare -m sh -c 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"' sh "$conf" \
        "$PATHPROBE" resolve "$@" 2>"$tmp/err"
}

cat >"$tmp/resolv.conf" <<'END'
# nameserver 192.0.2.53
search example
nameserver fe80::1%lo
nameserver	dns.example
nameserver 127.0.0.1 # here
END
echo only4.pp.example | with_resolv_conf "$tmp/resolv.conf" -4 >"$tmp/out"
[ $? = 0 ] && [ "$(jq -r .dip "$tmp/out")" = 198.51.100.4 ] &&
    grep -q "unusable nameserver 'fe80::1%lo': an address with a zone" "$tmp/err" &&
    grep -q "unusable nameserver 'dns.example': not an address" "$tmp/err"
ok $? "resolv.conf: a message names each entry that cannot be used; the usable one is asked" || say "$tmp/err" "$tmp/out"
echo 'nameserver fe80::1%lo' >"$tmp/resolv.conf"
echo only4.pp.example | with_resolv_conf "$tmp/resolv.conf" >"$tmp/out"
[ $? = 1 ] && grep -q 'lists no usable resolver' "$tmp/err"
ok $? "resolv.conf without a usable resolver: exit 1" || say "$tmp/err"

# ---- formats of published lists

printf 'domain,note\nonly4.pp.example,"two\nlines"\nboth.pp.example,\n' | resolve -4 --one >"$tmp/out"
[ "$(jq -rs 'map("\(.domain) \(.note)") | sort | join(";")' "$tmp/out")" = "both.pp.example ;only4.pp.example two
lines" ] && grep -q '^2 read: 2 resolved' "$tmp/err"
ok $? "a quoted CSV field over two lines is one field" || say "$tmp/out" "$tmp/err"
printf 'domain\nonly4.pp.example\n' | resolve >"$tmp/out"
grep -q '^1 read: 1 resolved' "$tmp/err"
ok $? "a heading of one column" || say "$tmp/err"
printf 'origin,rank\nhttps://only4.pp.example,1000\n' | resolve | jq -r '"\(.dip) \(.dp) \(.rank)"' >"$tmp/out"
[ "$(cat "$tmp/out")" = "198.51.100.4 443 1000" ]
ok $? "a list of origins with ranks: https is port 443" || say "$tmp/out" "$tmp/err"
printf 'a b\n-- junk --\n' | resolve >"$tmp/out"
[ $? = 1 ] && grep -q "no line of 'standard input' contains a name" "$tmp/err"
ok $? "a list without any name: exit 1" || say "$tmp/err"

# ---- names on a command line

# measure TARGET...: measure --dry-run with the zone's server as the host's resolver.
measure() {
    timeout 60 ip netns exec $ns unshare -m sh -c 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"' sh \
        "$tmp/resolv.conf" env PATHPROBE_ALLOW=127.0.0.0/8,::1/128 "$PATHPROBE" measure -i lo --dry-run ecn "$@" \
        >"$tmp/out" 2>"$tmp/err"
}

echo 'nameserver 127.0.0.1' >"$tmp/resolv.conf"
measure 127.0.0.1:81 here.pp.example '[::1]:82' && grep ' to ' "$tmp/out" >"$tmp/to" &&
    printf 'ecn over http to %s port %s\n' 127.0.0.1 81 127.0.0.1 80 | diff - "$tmp/to"
ok $? "measure TARGET...: addresses and names, in the order given" || say "$tmp/out" "$tmp/err"
measure http://here.pp.example:8080/ -6 && grep -q 'to ::1 port 8080' "$tmp/out"
ok $? "measure URL -6: the host's IPv6 address, the URL's port" || say "$tmp/out" "$tmp/err"
measure here.pp.example nx.pp.example
[ $? = 1 ] && grep -q "'nx.pp.example': no such name" "$tmp/err" && grep -q '^hint: targets are' "$tmp/err"
ok $? "measure, a name that does not exist: exit 1" || say "$tmp/err"
measure -6 only4.pp.example
[ $? = 1 ] && grep -q "'only4.pp.example' has no IPv6 address" "$tmp/err" && grep -q '^hint: without -6' "$tmp/err"
ok $? "measure -6, a name without an IPv6 address: exit 1" || say "$tmp/err"
measure text.pp.example
[ $? = 1 ] && grep -q "'text.pp.example' has no address" "$tmp/err"
ok $? "measure, a name without any address: exit 1" || say "$tmp/err"
measure 192.0.2.256
[ $? = 1 ] && grep -q "target '192.0.2.256': its last label is a number, but it is not an address" "$tmp/err"
ok $? "measure, a mistyped IPv4 address: exit 1" || say "$tmp/err"
measure 127.0.0.1 --input /dev/null
[ $? = 2 ] && grep -q 'exclude each other' "$tmp/err"
ok $? "measure with targets and --input: exit 2" || say "$tmp/err"

# ---- resolve | filter, SIGINT

resolve --rate 0 --input "$tmp/many" | "$PATHPROBE" filter --allowlist "$tmp/allow" --dp 443 >"$tmp/out" 2>/dev/null
[ $? = 1 ]
ok $? "resolve | filter with an allowlist that does not exist: exit 1"
printf '198.51.100.0/24\n2001:db8::/32\n' >"$tmp/allow"
resolve --rate 0 --input "$tmp/names" | "$PATHPROBE" filter --allowlist "$tmp/allow" --dp 443 2>/dev/null >"$tmp/out"
[ "$(wc -l <"$tmp/out")" = 9 ] && [ "$(jq .dp "$tmp/out" | sort -u)" = 443 ]
ok $? "resolve | filter: the allowed targets, with the port of --dp" || say "$tmp/out"

mkfifo "$tmp/fifo"
ip netns exec $ns "$PATHPROBE" resolve --server 127.0.0.1 <"$tmp/fifo" >"$tmp/out" 2>"$tmp/err" &
pid=$!
exec 3>"$tmp/fifo"
echo both.pp.example >&3
n=0
until [ "$(wc -l <"$tmp/out")" = 3 ] || [ $n = 300 ]; do
    n=$((n + 1))
    sleep 0.2
done
kill -INT $pid
wait $pid
code=$?
exec 3>&-
[ $code = 130 ] && [ "$(wc -l <"$tmp/out")" = 3 ] && grep -q '^1 read: 1 resolved' "$tmp/err"
ok $? "SIGINT while its input is open: exit 130, the summary counts the names read" || say "$tmp/out" "$tmp/err"

done_testing
