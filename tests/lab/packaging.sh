#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# packaging.sh: debian/ and .ci/packages name the same packages to build with, and the version is everywhere the same.
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

# Names of Build-Depends; debhelper-compat is a version of debhelper.
sed -n '/^Build-Depends:/,/^[A-Z][^:]*:/p' debian/control | sed '1s/^Build-Depends://; /^[A-Z]/d' |
    sed 's/<[^>]*>//; s/([^)]*)//' | tr ', ' '\n\n' | sed 's/^debhelper-compat$/debhelper/; /^$/d' | sort >"$tmp/control"
# What is essential to every build need not be named.
sed -n '/^# to build/,/^# to package/p' .ci/packages | grep -v '^#' | grep -vx 'gcc\|make\|libc6-dev' | sort >"$tmp/build"
grep -v '^#' .ci/packages | sort >"$tmp/all"

[ "$(wc -l <"$tmp/control")" -gt 8 ] || fail "debian/control: no Build-Depends found"
for p in $(comm -13 "$tmp/control" "$tmp/build"); do
    fail "$p is to build with by .ci/packages, and not in Build-Depends of debian/control"
done
for p in $(comm -23 "$tmp/control" "$tmp/all"); do
    fail "$p is in Build-Depends of debian/control, and not in .ci/packages"
done

version=$(sed -n 's/^AC_INIT(\[pathprobe\], \[\(.*\)\])/\1/p' configure.ac)
head -n 1 debian/changelog | grep -q "^pathprobe ($version)" || fail "debian/changelog is not of version $version"
grep -q "^## $version" CHANGELOG.md || fail "CHANGELOG.md has nothing on version $version"
exit $status
