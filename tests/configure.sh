#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# configure.sh: what ./configure is told is in what is built, or is refused before anything is: in a copy of the tree in
# a directory with a blank, another prefix after a build; DESTDIR with blanks and quotes under a umask of 077; a build
# directory of one's own; directories that no Makefile can hold; a system of 32 bits. Called by `make check-install`, in a
# tree that is built. TAP.
#
#   MAKE=make tests/configure.sh
cd "$(dirname "$0")/.." || exit 1
. tests/net/tap.sh
: "${MAKE:=make}"
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
unset MAKEFLAGS MAKEOVERRIDES MFLAGS MAKELEVEL PATHPROBE TESTS DESTDIR
tree="$T/a tree"
mkdir "$tree"
# A copy of the tree with the built files and their times, so that make builds little again.
tar -cf - --exclude=./.git --exclude=./build/\* --exclude=./autom4te.cache . | tar -xf - -C "$tree"
find build/core build/cmd build/lab build/libcore.a build/liblab.a build/commit.h -name '*.[adho]' 2>/dev/null |
    tar -cf - -T - | tar -xf - -C "$tree"
cd "$tree" || exit 1

# refused PATTERN COMMAND...: COMMAND, a ./configure, fails with a message that matches PATTERN and leaves config.mk as it was.
refused() {
    local pattern=$1
    shift
    cp config.mk "$T/config.mk"
    ! "$@" >"$T/out" 2>"$T/err" && says "$pattern" && cmp -s config.mk "$T/config.mk"
}
refused "no directory can be used.*'/opt/my own'" ./configure -q --prefix='/opt/my own'
ok $? "a prefix with a blank is refused" || say "$T/out" "$T/err"
refused "no directory can be used.*'/opt/a\"b'" ./configure -q --sysconfdir='/opt/a"b'
ok $? "a directory with a quote is refused" || say "$T/out" "$T/err"
refused "a 64-bit system is needed" ./configure -q CPPFLAGS=-U__SIZEOF_INT128__
ok $? "a system of 32 bits is refused" || say "$T/out" "$T/err"
mkdir "$T/other"
(cd "$T/other" && ! "$tree/configure" -q >"$T/out" 2>"$T/err" && says "make BUILD=DIRECTORY" && [ ! -e config.mk ])
ok $? "configure outside the source tree is refused, the message names make BUILD=DIRECTORY" || say "$T/out" "$T/err"

./configure -q --prefix="$T/inst" CFLAGS=-O0 >"$T/out" 2>&1 && "$MAKE" -j2 install >"$T/out" 2>&1 &&
    mv plugins plugins.away &&
    (cd / && "$T/inst/bin/pathprobe" plugins) >"$T/plugins" 2>"$T/err" && grep -q '^ecn ' "$T/plugins"
ok $? "another prefix after a build: the installed program finds its plugins" || { tail -n 20 "$T/out"; say "$T/err"; }
[ ! -d plugins.away ] || mv plugins.away plugins
"$MAKE" -q all >"$T/out" 2>&1
ok $? "another prefix after a build: after make install, make all has nothing to do" || say "$T/out"
"$MAKE" uninstall >"$T/out" 2>&1 && [ -z "$(find "$T/inst" ! -type d)" ]
ok $? "make uninstall leaves no file"

root="$T/my \"own\" root's"
(umask 077 && "$MAKE" install DESTDIR="$root") >"$T/out" 2>&1
ok $? "DESTDIR with blanks and quotes, under a umask of 077" || tail -n 20 "$T/out"
[ "$(find "$root" -type f | wc -l)" -gt 40 ] && find "$root$T" ! -perm -044 >"$T/unreadable" && [ ! -s "$T/unreadable" ] &&
    [ "$(find "$T" -mindepth 1 -maxdepth 1 -name 'my*' | wc -l)" -eq 1 ]
ok $? "DESTDIR has all files, readable by everybody; no other directory has been made" || { say "$T/unreadable"; ls "$T"; }
"$MAKE" uninstall DESTDIR="$root" >"$T/out" 2>&1 && [ -z "$(find "$root" ! -type d)" ]
ok $? "make uninstall DESTDIR leaves no file" || say "$T/out"
done_testing
