#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""evidence.py: every E of a run, computed anew from its observations by what the manual says, pathprobe-measure(1),
Evidence, and pathprobe-observation(5), Verdicts. Reads observations; prints how many verdicts it recomputed, and each
that says another E. Written from these pages, not from the program.

    evidence.py W OBSERVATIONS"""
import json
import sys


def factor(m, k, arm_failed, w):
    """Of a round with M controls, in which K of the M + 1 flows failed."""
    if m == 0 or k == 0 or k == m + 1:
        return 1.0
    p0 = k / (m + 1)
    p1 = w * k / (w * k + m + 1 - k)
    return p1 / p0 if arm_failed else (1 - p1) / (1 - p0)


def evidence(verdict, w):
    controls = {"A", "A'", "D"} - {verdict["arm"]}
    e = 1.0
    for entry in verdict["rounds"]:
        own = [f["ok"] for f in entry["flows"] if f["arm"] == verdict["arm"]]
        beside = [f["ok"] for f in entry["flows"] if f["arm"] in controls]
        if beside:
            k = beside.count(False) + own.count(False)
            e *= factor(len(beside), k, not own[0], w) ** entry["count"]
    return e


def main():
    w, n, wrong = float(sys.argv[1]), 0, 0
    for line in open(sys.argv[2]):
        for verdict in json.loads(line)["verdicts"]:
            if verdict["e"] is None:  # of an experiment without comparison
                continue
            e = evidence(verdict, 1 / w if verdict["verdict"] == "transient" else w)
            n += 1
            if f"{e:.6g}" != f"{verdict['e']:.6g}":
                wrong += 1
                print(f"{verdict['arm']}: {verdict['e']:.6g}, recomputed {e:.6g}: {line[:120]}")
    print(f"{n} verdicts, {wrong} with another E")
    return wrong > 0 or n == 0


sys.exit(main())
