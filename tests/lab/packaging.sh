#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# packaging.sh: debian/ and .ci/packages name the same packages to build with, .ci/deps says and installs what is
# missing, and the version is everywhere the same.
set -eu
LC_ALL=C
export LC_ALL

cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
status=0

fail()
{
    echo "FAIL: $*" >&2
    status=1
}

# The names in Build-Depends; debhelper-compat names a version of debhelper.
sed -n '/^Build-Depends:/,/^[A-Z][^:]*:/p' debian/control | sed '1s/^Build-Depends://; /^[A-Z]/d' |
    sed 's/<[^>]*>//; s/([^)]*)//' | tr ', ' '\n\n' | sed 's/^debhelper-compat$/debhelper/; /^$/d' | sort >"$tmp/control"
# build-essential packages need not be in Build-Depends.
sed -n '/^\[build\]/,/^$/p' .ci/packages | grep '^[a-z]' | grep -vx 'gcc\|make\|libc6-dev' | sort >"$tmp/build"
grep '^[a-z]' .ci/packages | sort >"$tmp/all"
[ "$(wc -l <"$tmp/build")" -gt 8 ] || fail ".ci/packages: no group [build] found"
uniq -d "$tmp/all" >"$tmp/twice"
[ ! -s "$tmp/twice" ] || fail ".ci/packages: twice: $(tr '\n' ' ' <"$tmp/twice")"

[ "$(wc -l <"$tmp/control")" -gt 8 ] || fail "debian/control: no Build-Depends found"
for p in $(comm -13 "$tmp/control" "$tmp/build"); do
    fail "$p is to build with by .ci/packages, and not in Build-Depends of debian/control"
done
for p in $(comm -23 "$tmp/control" "$tmp/all"); do
    fail "$p is in Build-Depends of debian/control, and not in .ci/packages"
done

# deps CODE PATTERN ARG...: `.ci/deps ARG...` exits with CODE and prints PATTERN, on a machine whose commands are stubs or
# links to a few of this machine's.
mkdir "$tmp/bin"
for tool in awk dirname env grep sh; do
    ln -s "$(command -v $tool)" "$tmp/bin/$tool"
done
stub()
{
    printf '#!/bin/sh\n%s\n' "$2" >"$tmp/bin/$1"
    chmod +x "$tmp/bin/$1"
}
deps()
{
    wanted=$1 pattern=$2 code=0
    shift 2
    env -u CI PATH="$tmp/bin" .ci/deps "$@" >"$tmp/out" 2>&1 || code=$?
    [ $code = "$wanted" ] && { [ -z "$pattern" ] || grep -q -e "$pattern" "$tmp/out"; } ||
        fail "deps $*: $code, not $wanted and '$pattern': $(cat "$tmp/out")"
}
stub id 'echo 1000'
deps 1 '^no dpkg-query and apt-get here' build demo
grep -q '^hint: install what .ci/packages names under build demo ' "$tmp/out" || fail "deps without dpkg: no hint"
stub dpkg-query 'case "$4" in gcc) echo installed ;; *) exit 1 ;; esac'
stub apt-get "echo \"\$*\" >>'$tmp/apt'"
deps 1 '^hint: sudo make deps GROUPS=.build demo.$' build demo
deps 1 '^not installed: make autoconf .* jq$' build demo
deps 1 '^no group nosuch$' nosuch
deps 1 '^hint: as root: .ci/deps --install demo$' --install demo
[ ! -e "$tmp/apt" ] || fail "deps: apt-get was called by an ordinary user"
stub sudo 'exec "$@"'
deps 0 '^installing: jq$' --install demo
stub id 'echo 0'
deps 0 '^installing: build-essential debhelper dpkg-dev lintian$' package
[ "$(grep -c -e '^install -y' "$tmp/apt")" = 2 ] ||
    fail "deps: apt-get was not called twice to install: $(cat "$tmp/apt")"
stub dpkg-query 'echo installed'
deps 0 '' package
[ ! -s "$tmp/out" ] || fail "deps: something is said where nothing is missing: $(cat "$tmp/out")"

version=$(sed -n 's/^AC_INIT(\[pathprobe\], \[\(.*\)\])/\1/p' configure.ac)
head -n 1 debian/changelog | grep -q "^pathprobe ($version)" || fail "debian/changelog is not of version $version"
grep -q "^## $version" CHANGELOG.md || fail "CHANGELOG.md has nothing on version $version"
exit $status
