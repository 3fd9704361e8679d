#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# secure.sh: which plugins a program with a file capability loads for an ordinary user: those of the compiled-in
# directory, root's own with all their parents, and nothing that its caller has a say in. Inside a mount namespace of
# its own, so that the compiled-in directory can be filled. Sends nothing. TAP.

here=$(dirname "$0")
. "$here/tap.sh"
need_program
[ "$(id -u)" = 0 ] || skip_all "needs root"
for tool in setcap setpriv unshare; do
    command -v $tool >/dev/null || skip_all "no $tool"
done
! is_sanitized || skip_all "sanitizers do not start with a file capability"

if [ "${1:-}" != inside ]; then
    dir=$(mktemp -d) || exit 1
    trap 'rm -rf "$dir"' EXIT
    chmod 755 "$dir"
    # A copy outside the source tree, whose plugins the program would load.
    cp "$PATHPROBE" "$dir/pathprobe"
    installed=$("$dir/pathprobe" measure nosuch 2>&1 | sed -n "s/.*no plugins in '\([^']*\)'.*/\1/p")
    [ -n "$installed" ] || skip_all "another pathprobe is installed here"
    setcap cap_net_raw+ep "$dir/pathprobe" 2>"$dir/err" || skip_all "$(head -n 1 "$dir/err")"
    unshare --mount --propagation private "$0" inside "$dir" "$installed" "$(dirname "$PATHPROBE")/plugins"
    exit
fi

dir=$2 installed=$3 plugins=$4
parent=$installed
while [ ! -d "$parent" ]; do
    parent=$(dirname "$parent")
done
mount -t tmpfs -o mode=755 tmpfs "$parent" && mkdir -p "$installed" && cp "$plugins"/*.so "$installed"/ ||
    bail "cannot fill $installed"

user() {
    setpriv --reuid 65534 --regid 65534 --clear-groups "$@" >"$dir/out" 2>"$dir/err"
}

# A plugin that the caller owns.
evil=$dir/evil
mkdir "$evil"
cp "$plugins/ecn.so" "$evil/mine.so"
chown -R 65534 "$evil"

user "$dir/pathprobe" plugins && grep -q '^ecn ' "$dir/out" && [ ! -s "$dir/err" ]
ok $? "the installed plugins, owned by root, are loaded" || say "$dir/out" "$dir/err"

user "$dir/pathprobe" plugins --plugin-dir "$evil"
[ $? -ne 0 ] && grep -q -- "--plugin-dir is refused while" "$dir/err" && [ ! -s "$dir/out" ]
ok $? "plugins --plugin-dir: refused" || say "$dir/out" "$dir/err"
user "$dir/pathprobe" measure mine --plugin-dir "$evil" --dry-run
[ $? -eq 2 ] && grep -q -- "--plugin-dir is refused while" "$dir/err"
ok $? "measure --plugin-dir: refused, exit 2" || say "$dir/out" "$dir/err"

# Neither the environment nor the program's directory or the working directory counts: a user could make a hard link to
# the program inside a source tree of his own.
mkdir -p "$evil/core/abi" "$evil/plugins"
: >"$evil/core/abi/plugin.h"
mv "$evil/mine.so" "$evil/plugins/ecn.so"
cp "$dir/pathprobe" "$evil/pathprobe"
setcap cap_net_raw+ep "$evil/pathprobe"
rm "$installed/ecn.so"
(cd "$evil" && user env LD_LIBRARY_PATH="$evil/plugins" LD_PRELOAD="$evil/plugins/ecn.so" PP_PLUGIN_DIR="$evil/plugins" \
    PATHPROBE_PLUGIN_DIR="$evil/plugins" PATHPROBE_PLUGINS="$evil/plugins" "$evil/pathprobe" plugins)
! grep -q '^ecn ' "$dir/out" && grep -q '^dscp ' "$dir/out"
ok $? "no environment variable and no source tree around the program selects another plugin directory" || say "$dir/out" "$dir/err"
(cd "$evil" && user "$evil/pathprobe" plugins && user "$evil/pathprobe" measure ecn </dev/null)
grep -q "unknown experiment 'ecn'" "$dir/err"
ok $? "measure searches no other plugin directory either" || say "$dir/out" "$dir/err"
cp "$plugins/ecn.so" "$installed/"
# --plugin-dir is refused here, so that the hint must not name it.
mkdir "$dir/away" && mv "$installed"/*.so "$dir/away/"
user "$dir/pathprobe" plugins
grep -q 'install the program with its plugins' "$dir/err" && ! grep -q plugin-dir "$dir/err"
ok $? "no plugins at all: the hint does not name --plugin-dir" || say "$dir/out" "$dir/err"
mv "$dir/away"/*.so "$installed/"

# refused SENTENCE REASON: ecn.so is not loaded, with a warning that matches REASON; the other plugins are.
refused() {
    user "$dir/pathprobe" plugins
    [ $? -eq 0 ] && ! grep -q '^ecn ' "$dir/out" && grep -q '^dscp ' "$dir/out" && grep -q "ecn.so' is left out: $2" "$dir/err"
    ok $? "left out: $1" || say "$dir/out" "$dir/err"
}
chown 65534 "$installed/ecn.so"
refused "a file that root does not own" ".*must be owned by root and writable by root alone"
chown 0 "$installed/ecn.so"
chmod g+w "$installed/ecn.so"
refused "a file that its group may write to" ".*must be owned by root and writable by root alone"
chmod g-w "$installed/ecn.so"
mv "$installed/ecn.so" "$installed/real"
ln -s "$installed/real" "$installed/ecn.so"
refused "a symbolic link" ".*is not a regular file"
mv "$installed/real" "$installed/ecn.so"

for mode in "chmod o+w" "chown 65534"; do
    $mode "$(dirname "$installed")"
    user "$dir/pathprobe" measure ecn </dev/null
    [ $? -eq 2 ] && grep -q "$(dirname "$installed")' must be owned by root" "$dir/err"
    ok $? "no plugin is loaded if a parent directory had $mode" || say "$dir/out" "$dir/err"
    chown 0 "$(dirname "$installed")"
    chmod 755 "$(dirname "$installed")"
done

# An environment variable that names a file is ignored (TMPDIR, where `upload` makes its temporary file before it
# connects), one that does not is used (PATHPROBE_TOKEN). Port 1 of the loopback refuses the connection.
cat >"$dir/lines" <<'END'
{"dip":"192.0.2.2","experiment":"ecn","path":["home","*","192.0.2.2"],"time":{"from":"2026-11-24 10:00:00","to":"2026-11-24 10:00:01"},"conditions":["ecn.connectivity.works"]}
END
sends() {
    user env TMPDIR=/proc/nonexistent PATHPROBE_TOKEN=mine "$dir/pathprobe" upload --to http://127.0.0.1:1 --allow-http \
        --campaign c --vantage home --owner me@example.net --retries 0 "$dir/lines"
}
sends
! grep -q 'no token' "$dir/err" && grep -q "Failed to connect to 127.0.0.1" "$dir/err"
ok $? "upload ignores TMPDIR, uses PATHPROBE_TOKEN" || say "$dir/err"

# upload opens the token file after it has dropped the capability, and before it connects: it waits there for a writer.
mkfifo "$dir/token"
setpriv --reuid 65534 --regid 65534 --clear-groups "$dir/pathprobe" upload --to http://127.0.0.1:1 --allow-http \
    --campaign c --token-file "$dir/token" --retries 0 "$dir/lines" 2>"$dir/err" &
timeout 60 sh -c 'exec 4>"$1" && grep "^Cap" "/proc/$2/status"' - "$dir/token" $! >"$dir/out"
wait $!
[ "$(grep -c '^Cap\(Prm\|Eff\|Amb\):.0000000000000000$' "$dir/out")" -eq 3 ]
ok $? "upload drops its capability" || say "$dir/out" "$dir/err"

# Without the file capability the program obeys its caller.
setcap -r "$dir/pathprobe"
mkdir "$dir/own" && cp "$plugins/dscp.so" "$dir/own/"
user "$dir/pathprobe" plugins --plugin-dir "$dir/own" && grep -q '^dscp ' "$dir/out"
ok $? "without the capability plugins --plugin-dir loads from that directory" || say "$dir/out" "$dir/err"
sends
grep -q "cannot make a temporary file in '/proc/nonexistent'" "$dir/err"
ok $? "without the capability upload uses TMPDIR" || say "$dir/err"
done_testing
