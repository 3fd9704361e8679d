#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# pto_rules.py: what the PTO's normalizers ask of each line of pathspider-v2-ndjson, written from their behaviour and
# not from our exporter: reads standard input, or files that end in .bz2; prints "LINES lines", or what is wrong and
# exits 1. --confirmed, first: lines hold what is confirmed, so `unstable` may be among the words.
import bz2
import json
import re
import sys

TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?")
READ = {"path", "time", "conditions", "canid_info"}
WORDS = {"works", "broken", "transient", "offline", "online"}
names = sys.argv[1:]
if names[:1] == ["--confirmed"]:
    WORDS.add("unstable")
    del names[0]


def wrong(n, why, line):
    sys.exit(f"line {n}: {why}: {line[:300]!r}")


def pairs(items):
    """Go's decoder takes keys in any case, and each of several."""
    folded = [k.casefold() for k, _ in items]
    for k, _ in items:
        if k.casefold() in READ and (k not in READ or folded.count(k.casefold()) > 1):
            raise ValueError(f"key {k} could be taken for another")
    return dict(items)


def check(n, line):
    if len(line) > 65535:
        wrong(n, f"{len(line)} bytes", line)
    if not line.strip():
        wrong(n, "empty", line)
    try:
        o = json.loads(line.decode(), object_pairs_hook=pairs)
    except ValueError as e:
        wrong(n, str(e), line)
    for k in ("from", "to"):
        if not TIME.fullmatch(o["time"][k]):
            wrong(n, "time", line)
    if o["time"]["from"] > o["time"]["to"]:
        wrong(n, "time runs backwards", line)
    path = o["path"]
    if len(path) < 2 or not all(isinstance(x, str) for x in path):
        wrong(n, "path", line)
    if not all(isinstance(x, str) for x in o["conditions"]) or "pathspider.not_observed" in o["conditions"]:
        wrong(n, "conditions", line)
    for c in o["conditions"]:
        if ".connectivity." in c and c.rsplit(".", 1)[1] not in WORDS:
            wrong(n, f"{c} is no word of PATHspider's", line)
    asn = o.get("canid_info", {}).get("ASN", 0)
    if not isinstance(asn, int) or not 0 <= asn < 2**32:
        wrong(n, "canid_info.ASN", line)
    return o.get("experiment")


def lines():
    if names:
        for name in names:
            yield from (bz2.open(name) if name.endswith(".bz2") else open(name, "rb"))
    else:
        yield from sys.stdin.buffer


count = 0
experiments = set()
for count, line in enumerate(lines(), 1):
    if not line.endswith(b"\n"):
        wrong(count, "no end", line)
    experiments.add(check(count, line[:-1]))
if len(experiments) > 1:
    sys.exit(f"experiments {experiments} in one file")
print(count, "lines")
