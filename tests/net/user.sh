#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# user.sh: `pathprobe measure` without root: as an ordinary user whose program has cap_net_raw and nothing else.
#
#   client ---- r1 ---- r2 ---- server   10.77.0.0/16, 2001:db8:77::/48
#                       drops ECN-setup SYNs to 10.77.2.0/24, 2001:db8:77:2::/64
#
# First with a file capability, then with an ambient one; then ecn.sh as a whole inside a user namespace of an
# ordinary user's, where the program has cap_net_raw alone. TAP. PATHPROBE: the program; ROWS: rows of ecn.sh there.

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/topology.sh"
need_program

USER_ID=65534 # nobody, on every system

why=$(topo_check nft jq setpriv setcap unshare) || skip_all "$why"
topo_trap
{ topo_up && topo_nginx "$TOPO_SERVER"; } 2>&1 || {
    bail "no topology"
}
T=$TOPO_TMP
topo_in "$TOPO_R2" nft -f - <<'EOT'
table inet pp {
    chain impair {
        type filter hook forward priority 0;
        ip daddr 10.77.2.0/24 tcp flags & (syn|ack|ecn|cwr) == (syn|ecn|cwr) drop
        ip6 daddr 2001:db8:77:2::/64 tcp flags & (syn|ack|ecn|cwr) == (syn|ecn|cwr) drop
    }
}
EOT
for i in 1 2 3 4 5 6 7 8; do
    printf '10.77.1.%s\n2001:db8:77:1::%s\n10.77.2.%s\n2001:db8:77:2::%s\n' $i $i $i $i
done >"$T/targets"

# A source tree of its own: the program, its plugins, and core/abi/plugin.h, by which the program recognizes a source
# tree.
tree=$T/tree
mkdir -p "$tree/core/abi" "$tree/plugins" "$tree/tests/net"
cp "$PATHPROBE" "$tree/pathprobe"
cp "$(dirname "$PATHPROBE")"/plugins/*.so "$tree/plugins/"
cp "$here/../../core/abi/plugin.h" "$tree/core/abi/"
cp "$here"/*.sh "$tree/tests/net/"
chmod -R a+rX "$tree"

run() { # run SETPRIV-ARG... -- PROGRAM: measures the 32 targets as an ordinary user
    topo_in "$TOPO_CLIENT" env PATHPROBE_ALLOW="$TOPO_ALLOW" setpriv --reuid $USER_ID --regid $USER_ID --clear-groups \
        "$@" measure ecn -i eth0 --connect http --rounds 1 --rate 10k --connect-timeout 2 --target-timeout 12 \
        <"$T/targets" >"$T/out" 2>"$T/err"
}

right() { # 32 valid observations, broken for the prefixes that r2 impairs, else works
    jq -e -s 'length == 32 and all(.[]; .quality.valid and ([.quality.as_built[]] | all)
        and .conditions[0] == "ecn.connectivity." +
            (if .dip | test("^10.77.2.|:77:2:") then "broken" else "works" end))' \
        "$T/out" >/dev/null
}

run -- "$tree/pathprobe"
[ $? -eq 1 ] && grep -q "CAP_NET_RAW is needed" "$T/err"
ok $? "an ordinary user without the capability: exit 1, and a message" || say "$T/err"

run --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw --bounding-set=-all,+net_raw "$tree/pathprobe" && right
ok $? "an ordinary user with an ambient cap_net_raw" || say "$T/err" "$T/out"

# With a file capability the program loads the installed plugins alone: the test puts plugins at their place inside a
# mount namespace. A program with sanitizers does not start with a file capability.
mkdir "$T/bare"
cp "$PATHPROBE" "$T/bare/pathprobe"
installed=$("$T/bare/pathprobe" measure nosuch 2>&1 | sed -n "s/.*no plugins in '\([^']*\)'.*/\1/p")
parent=$installed
while [ -n "$parent" ] && [ ! -d "$parent" ]; do
    parent=$(dirname "$parent")
done
if is_sanitized; then
    skip "an ordinary user with cap_net_raw as a file capability" "the program is built with sanitizers"
elif [ -z "$installed" ]; then
    skip "an ordinary user with cap_net_raw as a file capability" "another pathprobe is installed here"
elif ! setcap cap_net_raw+ep "$tree/pathprobe" 2>"$T/err"; then
    skip "an ordinary user with cap_net_raw as a file capability" "$(head -n 1 "$T/err")"
else
    topo_in "$TOPO_CLIENT" unshare --mount sh -c '
        mount -t tmpfs -o mode=755 tmpfs "$1" && mkdir -p "$2" && cp "$3"/plugins/*.so "$2"/ &&
        shift 3 && exec "$@"' - "$parent" "$installed" "$tree" \
        env PATHPROBE_ALLOW="$TOPO_ALLOW" setpriv --reuid $USER_ID --regid $USER_ID --clear-groups \
        "$tree/pathprobe" measure ecn -i eth0 --connect http --rounds 1 --rate 10k --connect-timeout 2 \
        --target-timeout 12 <"$T/targets" >"$T/out" 2>"$T/err" && right
    ok $? "an ordinary user with cap_net_raw as a file capability" || say "$T/err" "$T/out"
    setcap -r "$tree/pathprobe"
fi

# ---- inside a user namespace -------------------------------------------------------------------------------

# Root of this user namespace is the ordinary user outside; /run/netns has to be in a file system of his own.
userns() {
    setpriv --reuid $USER_ID --regid $USER_ID --clear-groups \
        unshare --user --map-root-user --net --mount \
        sh -c 'mount -t tmpfs tmpfs /run && cd "$1" && shift && exec "$@"' - "$tree" "$@"
}

if ! userns sh -c 'ip netns add try && ip netns exec try true' >"$T/err" 2>&1; then
    skip "ecn.sh inside a user namespace, with cap_net_raw alone" "$(head -n 1 "$T/err")"
else
    userns env PATHPROBE="$tree/pathprobe" PATHPROBE_AS="setpriv --bounding-set=-all,+net_raw" \
        ${ROWS:+ROWS="$ROWS"} TMPDIR=/tmp sh tests/net/ecn.sh >"$T/out" 2>"$T/err"
    rc=$?
    grep '^1\.\.0' "$T/out" >"$T/skipped"
    if [ -s "$T/skipped" ]; then
        skip "ecn.sh inside a user namespace, with cap_net_raw alone" "$(sed 's/.*SKIP //' "$T/skipped")"
    else
        ok $rc "ecn.sh inside a user namespace, with cap_net_raw alone: $(grep -c '^ok' "$T/out") results" ||
            say "$T/err" "$T/out"
    fi
fi
done_testing
