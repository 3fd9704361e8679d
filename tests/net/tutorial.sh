#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tutorial.sh: every command of pathprobe-tutorial(7), in its order and its own directory. Those of "A FIRST CAMPAIGN"
# run in front of the emulated Internet instead of a real one, with 20 of its hosts as targets.txt; the example is taken
# from the tree, and pkg-config is told of what would be installed. Hosts that are reached by ssh are directories. TAP.
#
# parts: laboratory campaign places experiment

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
tree=$(cd "$here/../.." && pwd)
page=$tree/man/pathprobe-tutorial.7
for tool in jq pkg-config make nats-server nsenter; do
    command -v $tool >/dev/null || skip_all "no $tool"
done
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
"$PATHPROBE" lab --hosts 40 --targets "$T/t" -- true 2>"$T/err" || skip_all "no laboratory here: $(tail -n 1 "$T/err")"

# The files of `make install` that the page needs: the program, the header, and the .pc file that has their paths.
mkdir -p "$T/bin" "$T/inst/include/pathprobe" "$T/inst/lib" "$T/work"
ln -s "$PATHPROBE" "$T/bin/pathprobe"
cp "$tree/core/abi/plugin.h" "$T/inst/include/pathprobe/"
sed "s,@prefix@,$T/inst,; s,@exec_prefix@,$T/inst,; s,@includedir@,$T/inst/include,; s,@libdir@,$T/inst/lib,
    s,@PACKAGE_VERSION@,0," "$tree/core/abi/pathprobe-plugin.pc.in" >"$T/inst/lib/pathprobe-plugin.pc"
export PATH="$T/bin:$PATH" PKG_CONFIG_PATH="$T/inst/lib"
unset MAKEFLAGS MAKEOVERRIDES MFLAGS MAKELEVEL CFLAGS
jq -r .dip "$T/t" | head -n 20 >"$T/work/targets.txt"

# ssh HOST COMMAND runs COMMAND in the directory hosts/HOST and, if that host has one, in its network namespace.
cat >"$T/bin/ssh" <<END
#!/bin/sh
host=\$1
shift
mkdir -p "$T/hosts/\$host" && cd "$T/hosts/\$host" || exit 1
[ ! -s "$T/net.\$host" ] || exec nsenter --net="/proc/\$(cat "$T/net.\$host")/ns/net" sh -c "\$*"
exec sh -c "\$*"
END
cat >"$T/bin/scp" <<END
#!/bin/sh
exec cp "$T/hosts/\${1%%:*}/\${1#*:}" "\$2"
END
chmod +x "$T/bin/ssh" "$T/bin/scp"

# The page's commands with their continuation lines, each after a line "@SECTION".
awk '/^\.Sh / { section = substr($0, 5) }
    /^\$ / { print "@" section; on = 1; sub(/^\$ /, "") }
    on { more = sub(/\\e$/, "\\"); print; on = more }' "$page" |
    sed "s,/usr/share/doc/pathprobe-dev/examples,$tree/man/examples," >"$T/commands"
[ "$(grep -c '^@' "$T/commands")" -gt 10 ] || bail "no commands in $page"

script() { # script SECTION: its commands, after each of which its exit status is appended to $T/status
    awk -v section="@$1" -v status="$T/status" '/^@/ { if (on) print "echo $? >>" status; on = $0 == section; next }
        on
        END { if (on) print "echo $? >>" status }' "$T/commands"
}

# places: prints the script that makes the network namespaces host1 and host2, to which the lab's is `control`.
#
#   host1 eth0 172.30.1.2 ---- 172.30.1.1
#                                         control 172.30.0.1 -- lab0 ==== emulator
#   host2 eth0 172.30.2.2 ---- 172.30.2.1
places() {
    printf '127.0.0.1 localhost\n172.30.0.1 control\n' >"$T/etc.hosts"
    echo "T=$T"
    cat <<'END'
ip link set lo up && ip addr add 172.30.0.1/32 dev lo && mount --bind "$T/etc.hosts" /etc/hosts || exit 1
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
for k in 1 2; do
    (unshare --net sleep 600 & echo $! >"$T/net.host$k") # in a subshell: a `wait` of the script does not wait for it
    pid=$(cat "$T/net.host$k")
    until [ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
    ip link add "host$k" type veth peer name eth0 netns "$pid"
    ip addr add "172.30.$k.1/24" dev "host$k"
    ip addr add "fd30:$k::1/64" dev "host$k" nodad
    ip link set "host$k" up
    nsenter --net="/proc/$pid/ns/net" sh -c "ip link set lo up && ip addr add 172.30.$k.2/24 dev eth0 &&
        ip addr add fd30:$k::2/64 dev eth0 nodad && ip link set eth0 up &&
        ip route add default via 172.30.$k.1 && ip route add default via fd30:$k::1"
done
trap 'kill $(cat "$T/net.host1" "$T/net.host2")' EXIT
END
}

# follow SECTION: runs its commands; all succeed.
follow() {
    : >"$T/status"
    script "$1" >"$T/script"
    case $1 in
    "A FIRST CAMPAIGN") pathprobe lab --hosts 40 -- bash "$T/script" >"$T/out" 2>&1 ;;
    "FROM SEVERAL PLACES")
        (places && cat "$T/script") >"$T/whole"
        pathprobe lab --hosts 40 -- bash "$T/whole" >"$T/out" 2>&1
        ;;
    *) bash "$T/script" >"$T/out" 2>&1 ;;
    esac
    wanted=$(grep -c '^echo ' "$T/script")
    [ "$wanted" -gt 2 ] && [ "$(grep -cx 0 "$T/status")" = "$wanted" ]
    ok $? "$1: $wanted commands" || say "$T/script" "$T/status" "$T/out"
}

cd "$T/work" || exit 1
if part laboratory; then
    follow "IN THE LABORATORY"
    jq -e -s 'length == 50' o.ndjson >"$T/out"
    ok $? "IN THE LABORATORY: observations of 50 hosts" || say "$T/out"
fi
if part campaign; then
    follow "A FIRST CAMPAIGN"
    [ -s clean.ndjson ] && jq -e -s 'length == 20' ecn.ndjson >"$T/out"
    ok $? "A FIRST CAMPAIGN: observations of 20 hosts" || say "$T/out"
fi
if part places; then
    follow "FROM SEVERAL PLACES"
    jq -e -s 'length == 20 and all(.[]; (.vantages | length) == 1)' all.ndjson >"$T/out" &&
        jq -e -s 'length == 20 and all(.[]; (.vantages | length) == 2)' both.ndjson >"$T/out" &&
        jq -e '.counts.merged == 20 and all(.vantages[]; .observations > 0 and .left_out == null)' all.ndjson.meta.json >"$T/out"
    ok $? "FROM SEVERAL PLACES: two hosts share 20 targets in one run, and both measure all in the other" || say "$T/out" all.ndjson.meta.json
    cat first.host?.ndjson >"$T/first" && jq -e -s 'length == 20 and (map(.dip) | unique | length) == 20' "$T/first" >"$T/out" &&
        jq -e -s 'length == 20' fleet.ndjson >"$T/out" && grep -q '^first: ecn, done' status.txt &&
        jq -r .sip "$T/first" | sort -u | grep -qx '172.30.[12].2'
    ok $? "FROM SEVERAL PLACES: a fleet of two hosts measures each target once, from the hosts' own addresses" || say "$T/out" status.txt
    tail -n 1 fleet.html | grep -q '</html>' && grep -q 'ecn.connectivity' fleet.html
    ok $? "FROM SEVERAL PLACES: the fleet's report is a complete page"
fi
if part experiment; then
    follow "AN EXPERIMENT OF ONE'S OWN"
    jq -e -s 'length == 25 and all(.conditions == ["evilbit.connectivity.works", "evilbit.mark.not_seen"])' \
        evilbit/evil.ndjson >"$T/out"
    ok $? "AN EXPERIMENT OF ONE'S OWN: all 25 targets work" || say "$T/out" evilbit/evil.ndjson
fi
done_testing
