#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# deb.sh: the Debian package: built of what `make dist` makes, twice with the same result, clean by lintian; then
# installed, tried, upgraded, removed and purged, after which the host is as before. Called by `make check-deb`, as root.
# Builds in a temporary directory. TAP.
#
#   MAKE=make tests/deb.sh VERSION
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/net/tap.sh

version=$1
: "${MAKE:=make}"
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
unset MAKEFLAGS MAKEOVERRIDES MFLAGS MAKELEVEL PATHPROBE TESTS
packages='pathprobe pathprobe-dev'

[ "$(id -u)" = 0 ] || skip_all "needs root"
for tool in dpkg-buildpackage dh lintian git jq getcap setpriv; do
    command -v $tool >/dev/null || skip_all "no $tool: sudo make deps"
done
for p in $packages; do
    ! dpkg-query -W "$p" >/dev/null 2>&1 || skip_all "$p is installed on this host"
done
! getent group pathprobe >/dev/null || skip_all "this host has a group pathprobe"
[ -e .git ] || skip_all "no git repository: make dist packs its last commit"
tmp=$(mktemp -d) || exit 1
installed=
finish() {
    [ -z "$installed" ] || dpkg --purge $packages >/dev/null 2>&1
    rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT TERM
chmod 755 "$tmp"

# ---- building --------------------------------------------------------------------------------------------

# make dist packs the last commit, debian/ included: a native package.
"$MAKE" dist >"$tmp/log" 2>&1
ok $? "make dist" || { say "$tmp/log"; exit 1; }
tarball=build/pathprobe-$version.tar.gz

# build DIR VARIABLE=VALUE...: builds the package in DIR, in that environment.
build() {
    local dir=$1
    mkdir -p "$dir" &&
        tar -xf "$tarball" -C "$dir" &&
        (cd "$dir/pathprobe-$version" && shift && env "$@" dpkg-buildpackage -us -uc) >"$dir.log" 2>&1
}

# Both at a time: half of each is steps that keep one processor busy.
jobs=parallel=$(nproc)
(umask 027 && build "$tmp/another/place" DEB_BUILD_OPTIONS="$jobs nocheck" TZ=Asia/Kathmandu LC_ALL=C HOME=/proc/nonexistent) &
build "$tmp/one" DEB_BUILD_OPTIONS="$jobs" TZ=UTC
code=$?
wait $!
another=$?
ok $code "dpkg-buildpackage, with its unit tests" || { tail -n 60 "$tmp/one.log" | sed 's/^/# /'; exit 1; }
ok $another "dpkg-buildpackage in another directory, time zone, locale, umask and home" || tail -n 60 "$tmp/another/place.log" | sed 's/^/# /'
(cd "$tmp/one" && sha256sum ./*.deb ./*.dsc ./*.tar.xz) >"$tmp/sums"
(cd "$tmp/another/place" && sha256sum -c "$tmp/sums") >"$tmp/log" 2>&1
ok $? "both builds are equal, byte for byte: $(grep -c . "$tmp/sums") files" || say "$tmp/log"

# Standards-Version is that of the oldest release that the package is built on, which lintian of later ones reports.
lintian --pedantic --display-info --suppress-tags out-of-date-standards-version --fail-on error,warning,info,pedantic \
    "$tmp"/one/*.changes >"$tmp/log" 2>&1
ok $? "lintian --pedantic" || say "$tmp/log"
deb=$(echo "$tmp"/one/pathprobe_"$version"_*.deb)
dev=$(echo "$tmp"/one/pathprobe-dev_"$version"_*.deb)
size=$(dpkg-deb -f "$deb" Installed-Size)
[ "$size" -lt 3072 ]
ok $? "the installed package has less than 3 MiB: $size KiB"

# ---- installing --------------------------------------------------------------------------------------------

# The files that a package may change, without dpkg's own data and files that other packages' triggers write.
state() {
    find /bin /etc /lib /opt /sbin /srv /usr /var -xdev \( -path /var/lib/dpkg -o -path /var/cache -o -path /var/log \
        -o -path /var/lib/apt -o -path /var/lib/systemd -o -path /var/tmp \) -prune -o \
        ! -name '*-' ! -name 'group' ! -name gshadow ! -name ld.so.cache -printf '%p %m %u %g %l\n' 2>/dev/null | sort
    sort /etc/group /etc/passwd
}

state >"$tmp/before"
installed=yes
dpkg -i "$deb" "$dev" >"$tmp/log" 2>&1
ok $? "dpkg -i" || say "$tmp/log"
grep -q "'adduser USER pathprobe'" "$tmp/log" && grep -q '^ *adduser USER pathprobe$' /usr/share/doc/pathprobe/README.Debian
ok $? "the installation's output and README.Debian have 'adduser USER pathprobe'" || say "$tmp/log"
program=/usr/bin/pathprobe
[ "$(stat -c '%U:%G %a' $program)" = "root:pathprobe 750" ] && getcap $program | grep -q 'cap_net_raw=ep$'
ok $? "the program is root:pathprobe 0750, with cap_net_raw" || { stat $program; getcap $program; } | sed 's/^/# /'
for test in demo plugin; do
    (cd / && "$OLDPWD/debian/tests/$test") >"$tmp/log" 2>&1
    ok $? "debian/tests/$test: $(grep -c '^ok' "$tmp/log") results" || say "$tmp/log"
done
cp "$tmp/log" "$tmp/log.plugin"
if grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; then # the container runs Debian 12 and installs this package
    tests/container.sh "$tmp/one" >"$tmp/log" 2>&1
    code=$?
    if grep -q '^1..0 # SKIP' "$tmp/log"; then
        skip "debian/Containerfile" "$(sed -n 's/.*SKIP //p' "$tmp/log")"
    else
        ok $code "debian/Containerfile is built and started: $(grep -c '^ok' "$tmp/log") results" || say "$tmp/log"
    fi
fi

# The host's configuration file is read unless --config names another.
(cd / && $program measure ecn --print-config) >"$tmp/config" &&
    grep -qx '# of this host, in any case: blocklist = /etc/pathprobe/blocklist' "$tmp/config"
ok $? "/etc/pathprobe/pathprobe.conf is in force" || say "$tmp/config"
(cd / && $program measure ecn --config /dev/null --print-config) >"$tmp/config" && grep -qx '# vantage =' "$tmp/config" &&
    grep -qx '# of this host, in any case: blocklist = /etc/pathprobe/blocklist' "$tmp/config"
ok $? "--config replaces pathprobe.conf, but for the host's blocklist" || say "$tmp/config"

# A program without the file capability still starts.
setcap -r $program
setpriv --reuid 65534 --regid "$(getent group pathprobe | cut -d: -f3)" --clear-groups $program doctor >"$tmp/log" 2>&1
[ $? -eq 1 ] && grep -q 'without CAP_NET_RAW nothing can be sent' "$tmp/log"
ok $? "without the capability doctor starts, and reports it: exit 1" || say "$tmp/log"

# ---- upgrade, removal ----------------------------------------------------------------------------------------

mkdir "$tmp/next" && dpkg-deb -R "$deb" "$tmp/next/tree" && sed -i 's/^Version: .*/&+next/' "$tmp/next/tree/DEBIAN/control" &&
    dpkg-deb --root-owner-group -b "$tmp/next/tree" "$tmp/next/pathprobe.deb" >/dev/null
echo 'vantage = mine' >>/etc/pathprobe/pathprobe.conf
dpkg -i "$tmp/next/pathprobe.deb" >"$tmp/log" 2>&1 && dpkg-query -W pathprobe | grep -q '+next$' &&
    grep -q '^vantage = mine' /etc/pathprobe/pathprobe.conf && getcap $program | grep -q 'cap_net_raw=ep$' &&
    [ "$(stat -c '%U:%G %a' $program)" = "root:pathprobe 750" ] && ! grep -q adduser "$tmp/log"
ok $? "an upgrade keeps the configuration, and sets owner and capability again" || say "$tmp/log"

dpkg -r $packages >"$tmp/log" 2>&1 && [ ! -e $program ] && [ -e /etc/pathprobe/pathprobe.conf ]
ok $? "dpkg -r removes the program and keeps the configuration" || say "$tmp/log"
dpkg --purge $packages >"$tmp/log" 2>&1 && installed= && ! getent group pathprobe >/dev/null
ok $? "dpkg --purge removes the group" || say "$tmp/log"
state >"$tmp/after"
diff "$tmp/before" "$tmp/after" >"$tmp/log"
ok $? "after the purge files, groups and users are as before" || say "$tmp/log"
done_testing
