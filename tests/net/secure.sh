#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# secure.sh: which plugins a program with a file capability loads for an ordinary user: those of the compiled-in
# directory, root's own with all their parents, and nothing that its caller has a say in. Inside a mount namespace of its
# own, so that the compiled-in directory can be filled. Sends nothing. TAP.

here=$(dirname "$0")
. "$here/tap.sh"
need_program
[ "$(id -u)" = 0 ] || skip_all "needs root"
for tool in setcap setpriv unshare; do
    command -v $tool >/dev/null || skip_all "no $tool"
done
! grep -aq -e __asan_init -e __tsan_init "$PATHPROBE" || skip_all "sanitizers do not start with a file capability"

if [ "${1:-}" != inside ]; then
    dir=$(mktemp -d) || exit 1
    trap 'rm -rf "$dir"' EXIT
    chmod 755 "$dir"
    # Away from the tree, whose plugins it would take.
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

# What a user could slip in.
evil=$dir/evil
mkdir "$evil"
cp "$plugins/ecn.so" "$evil/mine.so"
chown -R 65534 "$evil"

user "$dir/pathprobe" plugins && grep -q '^ecn ' "$dir/out" && [ ! -s "$dir/err" ]
ok $? "the installed plugins, root's own, are loaded" || say "$dir/out" "$dir/err"

user "$dir/pathprobe" plugins --plugin-dir "$evil"
[ $? -ne 0 ] && grep -q -- "--plugin-dir is not obeyed" "$dir/err" && [ ! -s "$dir/out" ]
ok $? "--plugin-dir is refused" || say "$dir/out" "$dir/err"
user "$dir/pathprobe" measure mine --plugin-dir "$evil" --dry-run
[ $? -eq 2 ] && grep -q -- "--plugin-dir is not obeyed" "$dir/err"
ok $? "measure --plugin-dir is refused, exit 2" || say "$dir/out" "$dir/err"

# Neither the environment nor where it stands or is called from: a tree around the user's own hard link would be one.
mkdir -p "$evil/core/abi" "$evil/plugins"
: >"$evil/core/abi/plugin.h"
mv "$evil/mine.so" "$evil/plugins/ecn.so"
cp "$dir/pathprobe" "$evil/pathprobe"
setcap cap_net_raw+ep "$evil/pathprobe"
rm "$installed/ecn.so"
(cd "$evil" && user env LD_LIBRARY_PATH="$evil/plugins" LD_PRELOAD="$evil/plugins/ecn.so" PP_PLUGIN_DIR="$evil/plugins" \
    PATHPROBE_PLUGIN_DIR="$evil/plugins" PATHPROBE_PLUGINS="$evil/plugins" "$evil/pathprobe" plugins)
! grep -q '^ecn ' "$dir/out" && grep -q '^dscp ' "$dir/out"
ok $? "no variable and no tree around it names another directory" || say "$dir/out" "$dir/err"
(cd "$evil" && user "$evil/pathprobe" plugins && user "$evil/pathprobe" measure ecn </dev/null)
grep -q "unknown experiment 'ecn'" "$dir/err"
ok $? "measure looks no further either" || say "$dir/out" "$dir/err"
cp "$plugins/ecn.so" "$installed/"
# A hint must not send people where they are refused.
mkdir "$dir/away" && mv "$installed"/*.so "$dir/away/"
user "$dir/pathprobe" plugins
grep -q 'install the program with its plugins' "$dir/err" && ! grep -q plugin-dir "$dir/err"
ok $? "no plugins at all: the hint does not name --plugin-dir" || say "$dir/out" "$dir/err"
mv "$dir/away"/*.so "$installed/"

# refused SENTENCE: ecn.so is no longer loaded, and it is said why; the others are.
refused() {
    user "$dir/pathprobe" plugins
    [ $? -eq 0 ] && ! grep -q '^ecn ' "$dir/out" && grep -q '^dscp ' "$dir/out" && grep -q "ecn.so' is left out: $2" "$dir/err"
    ok $? "left out: $1" || say "$dir/out" "$dir/err"
}
chown 65534 "$installed/ecn.so"
refused "a file that is not root's" ".*is not root's alone"
chown 0 "$installed/ecn.so"
chmod g+w "$installed/ecn.so"
refused "a file that its group may write" ".*is not root's alone"
chmod g-w "$installed/ecn.so"
mv "$installed/ecn.so" "$installed/real"
ln -s "$installed/real" "$installed/ecn.so"
refused "a symbolic link" ".*is no plain file"
mv "$installed/real" "$installed/ecn.so"

for mode in "chmod o+w" "chown 65534"; do
    $mode "$(dirname "$installed")"
    user "$dir/pathprobe" measure ecn </dev/null
    [ $? -eq 2 ] && grep -q "$(dirname "$installed")' is not root's alone" "$dir/err"
    ok $? "nothing is loaded from below a directory after $mode" || say "$dir/out" "$dir/err"
    chown 0 "$(dirname "$installed")"
    chmod 755 "$(dirname "$installed")"
done

# What names a file does not count, and what names none does: `upload` puts its data together where TMPDIR says, before it
# looks for anybody to send them to. Port 1 of the loopback answers to nobody.
cat >"$dir/lines" <<'END'
{"dip":"192.0.2.2","experiment":"ecn","path":["home","*","192.0.2.2"],"time":{"from":"2026-11-24 10:00:00","to":"2026-11-24 10:00:01"},"conditions":["ecn.connectivity.works"]}
END
sends() {
    user env TMPDIR=/proc/nonexistent PATHPROBE_TOKEN=mine "$dir/pathprobe" upload --to http://127.0.0.1:1 --allow-http \
        --campaign c --vantage home --owner me@example.net --retries 0 "$dir/lines"
}
sends
! grep -q 'no token' "$dir/err" && grep -q "Failed to connect to 127.0.0.1" "$dir/err"
ok $? "TMPDIR does not count, a token does" || say "$dir/err"

# A token file is opened once the capability is gone, and before anything is sent.
mkfifo "$dir/token"
setpriv --reuid 65534 --regid 65534 --clear-groups "$dir/pathprobe" upload --to http://127.0.0.1:1 --allow-http \
    --campaign c --token-file "$dir/token" --retries 0 "$dir/lines" 2>"$dir/err" &
timeout 60 sh -c 'exec 4>"$1" && grep "^Cap" "/proc/$2/status"' - "$dir/token" $! >"$dir/out"
wait $!
[ "$(grep -c '^Cap\(Prm\|Eff\|Amb\):.0000000000000000$' "$dir/out")" -eq 3 ]
ok $? "upload gives its capability up" || say "$dir/out" "$dir/err"

# Without the capability the same program is an ordinary one.
setcap -r "$dir/pathprobe"
mkdir "$dir/own" && cp "$plugins/dscp.so" "$dir/own/"
user "$dir/pathprobe" plugins --plugin-dir "$dir/own" && grep -q '^dscp ' "$dir/out"
ok $? "without the capability --plugin-dir is obeyed" || say "$dir/out" "$dir/err"
sends
grep -q "cannot make a temporary file in '/proc/nonexistent'" "$dir/err"
ok $? "and TMPDIR counts" || say "$dir/err"
done_testing
