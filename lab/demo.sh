#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# demo.sh: the tour that `make demo` gives: an ECN campaign over a thousand hosts of the emulated Internet. Shows the
# command, runs it, and says where a report and the observations are, and how to look at them. Needs no root where the kernel lets
# users make namespaces, and sends nothing to any real network. Ends with the exit code of the campaign.
set -u
cd "$(dirname "$0")/.." || exit 1

program=${PATHPROBE:-./pathprobe}
targets=build/demo-targets.ndjson
observations=build/demo.ndjson
page=build/demo.html
mkdir -p build || exit 1

# Shorter times and fewer rounds than the defaults, which are for the real Internet: see README.md, What the verdicts mean.
set -- "$program" lab --hosts 1000 --targets "$targets" --networks --force -- \
    "$program" measure ecn -i lab0 --input "$targets" --output "$observations" --rate 20k --spacing 1 --cooldown 1 \
    --connect-timeout 1.5 --max-rounds 8 --force
echo "A thousand hosts of an emulated Internet are asked whether ECN gets through to them. This takes about 45 s:"
echo
echo "  $*"
echo
"$@"
code=$?
case $code in
0 | 3) ;;
*)
    echo "the campaign ended with exit code $code; '$program doctor' says what works here" >&2
    exit $code
    ;;
esac

"$program" report "$observations" --output "$page" --force || exit
echo
echo "All of it on one page, for a browser: $page"
echo "An observation per target, a JSON object a line: $observations; about the run: $observations.meta.json"
echo "To look at one that does not work:"
echo
if command -v jq >/dev/null; then
    echo "  grep -m 1 ecn.connectivity.broken $observations | jq 'del(.verdicts[].rounds)'"
else
    echo "  grep -m 1 ecn.connectivity.broken $observations"
fi
echo
echo "All about one real host, on a page: sudo $program check example.com"
exit $code
