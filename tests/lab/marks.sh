#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# marks.sh: the experiments about packets that RFC 3168 leaves unmarked, and about ECN beside codepoints: each condition
# equals the truth of every host, in virtual time.
#
# parts: ecnpp ecnctl l4s ecndscp
set -u

. "$(dirname "$0")/virtual.sh"

# all_of EXPERIMENT MODE...: compares both methods with the truth in each MODE
all_of() {
    experiment=$1
    shift
    part "$experiment" || return 0
    for mode; do
        equals "$experiment" "$experiment" "$mode" 1
        equals "$experiment" "$experiment" "$mode" 0
    done
}
all_of ecnpp tcp http
all_of ecnctl http dnstcp
all_of l4s http
all_of ecndscp http dnsudp quicinit
done_testing
