#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# report_browser.sh: a report as a browser shows it: no error, no request, figures, sorting, opening rows, printing.
# usage: report_browser.sh [SCREENSHOT-DIRECTORY]
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/../net/tap.sh"
need_program
command -v chromium >/dev/null || skip_all "chromium is not installed"
here=$(dirname "$0")
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
export TMPDIR="$T" HOME="$T" XDG_CONFIG_HOME="$T" XDG_CACHE_HOME="$T"
python3 "$here/report_data.py" "$T" 2000 || bail "no data"
"$PATHPROBE" report --against "$T/before.ndjson" --output "$T/now.html" "$T/now.ndjson" || bail "no page"
python3 "$here/report_browser.py" chromium "$T/now.html" "$T/now.ndjson"
