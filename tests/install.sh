#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# install.sh: what `make install` puts down works there, a plugin outside the tree builds with nothing but the installed
# header and pkg-config, and `make uninstall` leaves nothing. Called by `make check-install`; the directories are those
# of ./configure.
#
#   MAKE=make tests/install.sh BINDIR PLUGINDIR PKGCONFIGDIR DOCDIR
set -eu

bindir=$1 plugindir=$2 pkgconfigdir=$3 docdir=$4
: "${MAKE:=make}"
dest=$(mktemp -d)
trap 'rm -rf "$dest"' EXIT
root=$dest/root
status=0

fail()
{
    echo "FAIL: $*" >&2
    status=1
}

quietly()
{
    "$@" >"$dest/log" 2>&1 || { cat "$dest/log" >&2; fail "$*"; }
}

quietly "$MAKE" install DESTDIR="$root"
program=$root$bindir/pathprobe
cd "$dest"
"$program" --version || fail "--version"
"$program" plugins --plugin-dir "$root$plugindir" >"$dest/plugins" || fail "plugins --plugin-dir"
cat "$dest/plugins"
grep -q '^ecn' "$dest/plugins" || fail "no experiment ecn"
cd - >/dev/null

# The example plugin is built outside the source tree, with the installed header alone.
export PKG_CONFIG_PATH="$root$pkgconfigdir" PKG_CONFIG_SYSROOT_DIR="$root"
cp -r "$root$docdir/examples/evilbit" "$dest/own"
quietly env -u MAKEFLAGS -u MAKEOVERRIDES make -C "$dest/own" CFLAGS='-O2 -Wall -Wextra -Werror'
[ "$(cd "$dest/own" && nm -D --defined-only evilbit.so | sed 's/.* //')" = pp_plugin_export ] ||
    fail "evilbit.so exports other than its one symbol"
quietly env -u MAKEFLAGS -u MAKEOVERRIDES make -C "$dest/own" install DESTDIR="$dest/there"
find "$dest/there" -type f | grep -q "$plugindir/evilbit.so\$" || fail "the example's make install"
quietly env -u MAKEFLAGS -u MAKEOVERRIDES make -C "$dest/own" uninstall DESTDIR="$dest/there"
[ -z "$(find "$dest/there" -type f)" ] || fail "the example's make uninstall"
"$program" plugins --plugin-dir "$dest/own" evilbit >"$dest/plugins" || fail "a plugin built outside the tree"
grep -q '^  evilbit.mark.not_seen' "$dest/plugins" || fail "evilbit: no condition"
dry="$dest/dry"
echo 127.0.0.1 | PATHPROBE_ALLOW=127.0.0.0/8 "$program" measure evilbit --plugin-dir "$dest/own" -i lo --dry-run >"$dry" ||
    fail "measure evilbit --dry-run"
# Byte 6 of the IPv4 header: DF of arm A, DF and the reserved flag of arm B1 (RFC 791 section 3.1).
grep -q '^ *450000..000040' "$dry" && grep -q '^ *450000..0000c0' "$dry" || fail "evilbit sends no reserved flag"
[ "$(pkg-config --variable=abi pathprobe-plugin)" = "$(sed -n 's/^#define PP_PLUGIN_ABI //p' core/abi/plugin.h)" ] ||
    fail "the ABI of pathprobe-plugin.pc is not that of plugin.h"
# The .pc file has the plugin directory; some versions of pkgconf put the sysroot before it.
case $(pkg-config --variable=plugindir pathprobe-plugin) in
"$plugindir" | "$root$plugindir") ;;
*) fail "the plugindir of pathprobe-plugin.pc is not $plugindir" ;;
esac

quietly "$MAKE" uninstall DESTDIR="$root"
left=$(cd "$root" && find . ! -type d; cd "$root" && find . -name 'pathprobe*')
[ -z "$left" ] || fail "left behind: $left"
exit $status
