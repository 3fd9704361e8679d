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
# A copy outside the source tree, as an installed program is.
program=$T/bin/pathprobe
cp "$PATHPROBE" "$program" || bail "no copy"
printf '9.9.9.0/24\n10.1.0.0/16\n' >"$etc/pathprobe/blocklist"
printf '9.9.9.9\n' >"$etc/pathprobe/allowlist"
printf 'blocklist = %s\nrate = 7\nvantage = site\n' "$etc/pathprobe/blocklist" >"$conf"

asked() { # asked ADDRESS ARG...: --dry-run prints packets for ADDRESS (0), does not (1), fails (2)
    _a=$1
    shift
    echo "$_a" | PATHPROBE_ALLOW=10.0.0.0/8 "$program" measure ecn -i pp0 --plugin-dir "$tree/plugins" --dry-run \
        --contact t@example.org "$@" >"$T/out" 2>"$T/err" || return 2
    [ -s "$T/out" ]
}

blocked() { # blocked ADDRESS ARG...: no packets; the message names the host's blocklist, without the hint --allowlist
    asked "$@"
    [ $? -eq 1 ] && says 'in this host.s blocklist' && ! says 'hint: --allowlist'
}

asked 9.9.8.1 && blocked 9.9.9.1 && asked 10.2.0.1 && blocked 10.1.0.1
ok $? "targets in the host's blocklist are blocked, also if PATHPROBE_ALLOW allows them" || say "$T/err"

printf 'rate = 5\n' >"$T/conf"
printf '9.9.7.0/24\n' >"$T/block"
printf '9.9.9.0/24\n9.9.9.1\n10.1.0.0/16\n' >"$T/allow"
printf '{"config":{"rate":"5","blocklist":"%s"}}' "$T/block" >"$T/meta"
blocked 9.9.9.1 --config "$T/conf" && blocked 9.9.9.1 --config /dev/null && asked 9.9.8.1 --config "$T/conf"
ok $? "the host's blocklist is in force beside another --config" || say "$T/err"
blocked 9.9.9.1 --config "$T/meta" && ! asked 9.9.7.1 --config "$T/meta"
ok $? "the host's blocklist is in force if a run's metadata are --config, beside the run's own blocklist" || say "$T/err"
blocked 9.9.9.1 --blocklist "$T/block" && ! asked 9.9.7.1 --blocklist "$T/block" &&
    ! asked 9.9.7.1 --config "$T/meta" --blocklist /dev/null && blocked 9.9.9.1 --blocklist /dev/null
ok $? "the host's blocklist is in force beside --blocklist; that of --config is in force beside both" || say "$T/err"
blocked 9.9.9.1 --allowlist "$T/allow" && blocked 10.1.0.1 --allowlist "$T/allow"
ok $? "--allowlist does not unblock targets of the host's blocklist" || say "$T/err"
printf 'allowlist = %s\n' "$etc/pathprobe/allowlist" >>"$conf"
asked 9.9.9.9 && blocked 9.9.9.1 && asked 9.9.9.9 --config /dev/null
ok $? "the host's own allowlist unblocks targets of the host's blocklist" || say "$T/err"

"$program" measure --print-config --config "$T/conf" >"$T/out" 2>"$T/err" && grep -qx 'rate = 5' "$T/out" &&
    grep -qx '# vantage =' "$T/out" &&
    grep -qx "# of this host, in any case: blocklist = $etc/pathprobe/blocklist" "$T/out"
ok $? "--print-config shows the host's blocklist; with --config the other options of the host's file are not in force" || say "$T/out" "$T/err"

echo 'no prefix' >"$etc/pathprobe/blocklist"
asked 9.9.8.1 --config /dev/null
[ $? -eq 2 ] && says "$etc/pathprobe/blocklist:1: not a prefix or address"
ok $? "the host's blocklist has a bad line: the run fails before it begins" || say "$T/err"
rm "$etc/pathprobe/blocklist"
asked 9.9.8.1 --config /dev/null
[ $? -eq 2 ] && says "$etc/pathprobe/blocklist"
ok $? "the host's blocklist does not exist: the run fails before it begins" || say "$T/err"
rm "$conf"
asked 9.9.9.1
ok $? "no configuration file of the host's: no target is blocked by it" || say "$T/err"
done_testing
