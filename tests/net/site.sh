#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# site.sh: an installed program obeys this host's blocklist, whatever else is given: another --config, the metadata of a
# run, --blocklist, --allowlist, the environment. In namespaces of its own: of mounts, where the host's file is one of
# this test's, and of the network, where a default route leads to everybody.
#
# TAP. PATHPROBE: the program. Nothing is sent: --dry-run says who would be asked.

here=$(dirname "$0")
. "$here/tap.sh"
need_program
if [ "$1" != inside ]; then
    [ "$(id -u)" -eq 0 ] && command -v unshare >/dev/null || skip_all "needs root and unshare"
    T=$(mktemp -d)
    trap 'rm -rf "$T"' EXIT
    unshare -m -n --propagation private true 2>/dev/null || skip_all "no namespaces here"
    T=$T PATHPROBE=$PATHPROBE unshare -m -n --propagation private "$0" inside
    exit
fi

ip link add pp0 type veth peer name pp1 && ip addr add 192.0.2.1/24 dev pp0 && ip link set pp0 up &&
    ip link set pp1 up && ip route add default via 192.0.2.254 dev pp0 || bail "cannot make an interface"
tree=$(cd "$here/../.." && pwd)
conf=$(grep -ao '/[A-Za-z0-9/._-]*/pathprobe/pathprobe\.conf' "$PATHPROBE" | head -n 1)
[ -n "$conf" ] || bail "the program names no file of the host's"
etc=$(dirname "$(dirname "$conf")")
[ -d "$etc" ] || skip_all "the program was built for '$etc', which is not there"
mkdir "$T/etc" "$T/bin" && chmod 755 "$T" && mount --bind "$T/etc" "$etc" && mkdir "$etc/pathprobe" ||
    bail "cannot put a directory in the place of '$etc'"
# Outside of its source tree, as an installed one is.
program=$T/bin/pathprobe
cp "$PATHPROBE" "$program" || bail "no copy"
printf '9.9.9.0/24\n10.1.0.0/16\n' >"$etc/pathprobe/blocklist"
printf '9.9.9.9\n' >"$etc/pathprobe/allowlist"
printf 'blocklist = %s\nrate = 7\nvantage = site\n' "$etc/pathprobe/blocklist" >"$conf"

asked() { # asked ADDRESS ARG...: would a target of that address be?
    _a=$1
    shift
    echo "$_a" | PATHPROBE_ALLOW=10.0.0.0/8 "$program" measure ecn -i pp0 --plugin-dir "$tree/plugins" --dry-run \
        --contact t@example.org "$@" >"$T/out" 2>"$T/err" || return 2
    [ -s "$T/out" ]
}

blocked() { # blocked ADDRESS ARG...: not asked, and it is said why, and not how to get round it
    asked "$@"
    [ $? -eq 1 ] && says 'in this host.s blocklist' && ! says 'hint: --allowlist'
}

asked 9.9.8.1 && blocked 9.9.9.1 && asked 10.2.0.1 && blocked 10.1.0.1
ok $? "who is in the host's blocklist is not asked, not even if the environment allows a laboratory" || say "$T/err"

printf 'rate = 5\n' >"$T/conf"
printf '9.9.7.0/24\n' >"$T/block"
printf '9.9.9.0/24\n9.9.9.1\n10.1.0.0/16\n' >"$T/allow"
printf '{"config":{"rate":"5","blocklist":"%s"}}' "$T/block" >"$T/meta"
blocked 9.9.9.1 --config "$T/conf" && blocked 9.9.9.1 --config /dev/null && asked 9.9.8.1 --config "$T/conf"
ok $? "nor with another --config" || say "$T/err"
blocked 9.9.9.1 --config "$T/meta" && ! asked 9.9.7.1 --config "$T/meta"
ok $? "nor where a run is repeated from its metadata" || say "$T/err"
blocked 9.9.9.1 --blocklist "$T/block" && ! asked 9.9.7.1 --blocklist "$T/block" &&
    ! asked 9.9.7.1 --config "$T/meta" --blocklist /dev/null && blocked 9.9.9.1 --blocklist /dev/null
ok $? "nor with another --blocklist, which holds beside it, as one of a file does beside one of the line" || say "$T/err"
blocked 9.9.9.1 --allowlist "$T/allow" && blocked 10.1.0.1 --allowlist "$T/allow"
ok $? "nor with an --allowlist of whoever runs it" || say "$T/err"
printf 'allowlist = %s\n' "$etc/pathprobe/allowlist" >>"$conf"
asked 9.9.9.9 && blocked 9.9.9.1 && asked 9.9.9.9 --config /dev/null
ok $? "the host's own allowlist takes out of it" || say "$T/err"

"$program" measure --print-config --config "$T/conf" >"$T/out" 2>"$T/err" && grep -qx 'rate = 5' "$T/out" &&
    grep -qx '# vantage =' "$T/out" &&
    grep -qx "# of this host, in any case: blocklist = $etc/pathprobe/blocklist" "$T/out"
ok $? "--print-config shows it; the rest of the host's file does not hold beside another" || say "$T/out" "$T/err"

echo 'no prefix' >"$etc/pathprobe/blocklist"
asked 9.9.8.1 --config /dev/null
[ $? -eq 2 ] && says "$etc/pathprobe/blocklist:1: no prefix or address"
ok $? "a blocklist that cannot be read ends the run before it begins" || say "$T/err"
rm "$etc/pathprobe/blocklist"
asked 9.9.8.1 --config /dev/null
[ $? -eq 2 ] && says "$etc/pathprobe/blocklist"
ok $? "so does one that is not there" || say "$T/err"
rm "$conf"
asked 9.9.9.1
ok $? "no file of the host's: nothing of it holds" || say "$T/err"
done_testing
