# SPDX-License-Identifier: BSD-2-Clause
# virtual.sh: measurements in virtual time, compared with the laboratory's truth: to be sourced by tests of this
# directory. It sources tap.sh and makes $dir, which is removed at the end; $plugins is the program's plugin directory.
#
#   virtual SCENARIO HOSTS SEED EXPERIMENT MODE ROUNDS [ARG...]
#                      leaves $dir/truth.ndjson, observations.ndjson and out, what was printed
#   equals EXPERIMENT SCENARIO MODE ROUNDS
#                      one result: 1,500 hosts, each condition equals the truth
#   is_true [--live TRUTH OBSERVATIONS]
#                      whether the observations are those of the truth; adds to $dir/out

. "$(dirname "$0")/../net/tap.sh"
: "${TESTS:=build/tests}"
need_program
plugins=$(dirname "$PATHPROBE")/plugins
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

virtual() {
    _scenario=$1 _hosts=$2 _seed=$3 _experiment=$4 _mode=$5 _rounds=$6
    shift 6
    "$TESTS/lab/virtual" "$dir" "$_scenario" "$_hosts" "$_seed" "$_experiment" "$_mode" "$plugins" "$_rounds" "$@" \
        >"$dir/out" 2>&1
}

is_true() {
    [ $# -gt 0 ] || set -- "$dir/truth.ndjson" "$dir/observations.ndjson"
    "$TESTS/lab/compare" "$@" >>"$dir/out" 2>&1
}

equals() {
    virtual "$2" 1500 7 "$1" "$3" "$4" && is_true
    ok $? "$1 in front of the scenario $2, $3, --rounds $4: every condition equals the truth" || say "$dir/out"
}
