#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# written.py: holds what the tests' programs wrote, as tap.sh has kept it, against the JSON Schemas: each kind of line
# by what it has. What tests made up themselves is left out: it has a run_id that is not one of ours, or a member
# `by_hand`, or stands in a file called `wrong`. Lines that differ in numbers and names alone are looked at once.
#
#   written.py SCHEMAS DIRECTORY      the last line counts; exit 1: what is wrong, a line for each shape of it
import json
import os
import re
import sys
import warnings

warnings.simplefilter("ignore")
sys.dont_write_bytecode = True
try:
    import schema_check
except ImportError:
    print("schemas: nothing was looked at: no jsonschema here (python3-jsonschema)")
    sys.exit("CI" in os.environ)

OURS = re.compile(r"^([0-9a-f]{32}|virtual)$")
ADDED = ("note", "ticket")  # by tests, with `metadata --add` and `upload --add`
LINE = re.compile(rb"^(.*?):([0-9]+):(\{.*\})$")


def kind(o):
    """The name of its schema; None: it is none of ours."""
    if "by_hand" in o:
        return None
    if o.get("_file_type") == "pathprobe-v1-ndjson":
        return "metadata" if OURS.match(str(o.get("run_id"))) else None
    if o.get("_file_type") == "pathprobe-v1-merged-ndjson":
        return "merged-metadata"
    if "vantages" in o and "runs" in o and "dip" in o:
        return "merged"
    if "obs_id" in o:
        return "observation" if OURS.match(str(o.get("run_id"))) else None
    if "hops" in o and "pairs" in o:
        return "trace"
    if "in_flight" in o and "eta_s" in o:
        return "status"
    if "pkt_first" in o:
        return "flow"
    return None


def shape(v):
    """What a schema can tell apart, and no more: numbers by sign, names by their characters' kinds."""
    if isinstance(v, dict):
        return tuple(sorted((k, shape(w)) for k, w in v.items()))
    if isinstance(v, list):
        return tuple(sorted({repr(shape(w)) for w in v}))
    if isinstance(v, str):
        return re.sub("[0-9]+", "0", v) if len(v) < 40 else re.sub("[A-Za-z0-9]+", "x", v)
    if isinstance(v, bool) or v is None:
        return v
    return type(v).__name__, (v > 0) - (v < 0)


def lines(directory):
    """(test, file and line, object) of what was kept."""
    for test in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
        with open(os.path.join(directory, test), "rb") as f:
            for text in f:
                found = LINE.match(text.rstrip(b"\n"))
                if not found or os.path.basename(found[1]) == b"wrong":
                    continue
                try:
                    yield test, found[1].decode(errors="replace") + ":" + found[2].decode(), json.loads(found[3])
                except ValueError:
                    pass


def main(schemas, directory):
    loaded = schema_check.load(schemas)
    check, seen, wrong, counts = {}, set(), set(), {}
    for test, where, o in lines(directory):
        what = kind(o)
        if not what:
            continue
        counts[what] = counts.get(what, 0) + 1
        if what == "metadata":
            for key in ADDED:
                o.pop(key, None)
        key = hash((what, shape(o)))
        if key in seen:
            continue
        seen.add(key)
        if what not in check:
            check[what] = schema_check.validator(loaded, what + ".schema.json")
        for error in check[what].iter_errors(o):
            place = "/".join("*" if isinstance(p, int) else p for p in error.absolute_path)
            if (test, what, place) not in wrong:
                wrong.add((test, what, place))
                print(f"{test}: {where}: {what}: {place}: {error.message[:300]}")
            break
    print(f"schemas: {len(wrong)} members are wrong, in {len(seen)} kinds of lines: " +
          ", ".join(f"{k} {n}" for k, n in sorted(counts.items())))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
