#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# kit.sh: `make new-plugin` in a copy of the tree: what it writes compiles without a warning, its tests and those of map,
# style and manual pass, and a bad name is refused. Called by `make check-install`, in a tree that is built.
set -eu

: "${MAKE:=make}"
cd "$(dirname "$0")/.."
dest=$(mktemp -d)
trap 'rm -rf "$dest"' EXIT
status=0

fail()
{
    echo "FAIL: $*" >&2
    status=1
}

# A copy of the tree with the built files and their times, so that make builds little again.
tar -cf - --exclude=./.git --exclude=./build --exclude=./autom4te.cache . | tar -xf - -C "$dest"
find build/core build/cmd build/lab build/tests/unit build/tests/lab build/libcore.a build/liblab.a \
    -name '*.[oda]' 2>/dev/null | tar -cf - -T - | tar -xf - -C "$dest"
mkdir -p "$dest/build"
cd "$dest"

quietly()
{
    "$@" >"$dest/build/out" 2>&1 || { tail -n 40 "$dest/build/out" >&2; fail "$*"; }
}

refused()
{
    if "$MAKE" new-plugin P="$1" >"$dest/build/out" 2>&1 || ! grep -q "$2" "$dest/build/out"; then
        fail "make new-plugin P='$1': wanted '$2': $(cat "$dest/build/out")"
    fi
}

refused '' 'no name given'
refused Smoke 'not of the form'
refused ../smoke 'not of the form'
refused 9a 'not of the form'
refused ecn 'plugins/ecn.c is there already'

# Names that sort first, last and between others, and one of the greatest length.
for name in aaasmoke ecnz zzsmoke exactly16letters; do
    quietly "$MAKE" new-plugin P=$name
done
refused zzsmoke 'is there already'
quietly "$MAKE" WERROR=-Werror all build/tests/unit/test_aaasmoke build/tests/unit/test_zzsmoke build/tests/lab/virtual
for name in aaasmoke zzsmoke; do
    quietly build/tests/unit/test_$name
    quietly env PATHPROBE=./pathprobe TESTS=build/tests tests/lab/plugin_$name.sh
    ./pathprobe plugins | grep -q "^$name " || fail "pathprobe plugins: no $name"
done
for test in map style docs; do
    quietly env PATHPROBE=./pathprobe TESTS=build/tests tests/lab/$test.sh
done
exit $status
