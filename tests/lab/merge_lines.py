#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# merge_lines.py: observations as pathprobe-observation(5) describes them, from a few words each, for tests of what reads
# them. A line of standard input is a JSON object; what it does not say has a default; see `given` below. "lines": N
# makes as many, of addresses that follow each other. Standard output: the observations.
import ipaddress
import json
import sys
from datetime import datetime, timedelta, timezone

given = {
    "vantage": "a", "sip": None, "public": None, "run": "run1", "obs": None, "dip": "192.0.2.1", "dp": 80,
    "domain": None, "experiment": "ecn", "connect": "tcp", "schema": 1, "at": "2026-11-30 10:00:00.000001",
    "word": "works", "why": None, "e": None, "alpha": 1e-4, "b": None, "arms": None, "also": [], "valid": True,
    "aa": None, "mixed": [], "located": None, "members": {}, "lines": 1, "step": 1, "asn": None,
}
evidence = {"works": 1, "broken": 1.5e6, "transient": 2e4, "offline": 1, "unstable": 30}
flows = {"works": [1, 1], "broken": [0, 13], "transient": [9, 9], "offline": [0, 2], "unstable": [3, 5]}


def line(o, i):
    dip = str(ipaddress.ip_address(o["dip"]) + i)
    four = ":" not in dip
    sip = o["sip"] or ("10.0.0.1" if four else "2001:db8::1")
    begin = datetime.strptime(o["at"], "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=timezone.utc)
    begin += timedelta(milliseconds=i)
    when = {"from": begin.strftime("%Y-%m-%d %H:%M:%S.%f"),
            "to": (begin + timedelta(seconds=2)).strftime("%Y-%m-%d %H:%M:%S.%f")}
    arms = o["arms"] or {"B1": [o["experiment"] + ".connectivity", o["word"]]}
    verdicts, conditions = [], []
    for arm, (condition, word) in arms.items():
        e = o["e"] if o["e"] is not None else evidence.get(word, 1)
        verdicts.append({"arm": arm, "condition": condition, "verdict": word if o["valid"] else None, "first": word,
                         "why": o["why"], "how": None, "attribution": "unknown", "e": None if arm == "A" else e,
                         "alpha": o["alpha"], "a": [1, 1], "b": o["b"] or flows.get(word, [1, 1]), "rounds": []})
        conditions.append(f"{condition}.{word}")
    if o["aa"]:
        verdicts.append({"arm": "D", "condition": None, "verdict": o["aa"], "first": None, "why": None, "how": None,
                         "attribution": "unknown", "e": 1, "alpha": o["alpha"], "a": [8, 8], "b": [8, 8], "rounds": []})
    conditions += o["also"]
    out = {"dip": dip, "dp": o["dp"], **({"domain": o["domain"]} if o["domain"] else {}), **o["members"],
           "schema": o["schema"], "experiment": o["experiment"], "connect": o["connect"], "run_id": o["run"],
           "obs_id": o["obs"] or f"{o['run'][:16]}-{o['vantage']}-{i}", "vantage": o["vantage"], "sip": sip,
           "sip_public": o["public"], "port": o["dp"] or 80, "domain_used": o["domain"] or dip,
           "path": [o["vantage"] or sip, *([f"AS{o['asn']}"] if o["asn"] else []), "*", dip], "time": when,
           "conditions": conditions if o["valid"] else ["pathspider.not_observed"], "first": [],
           "verdicts": verdicts,
           "quality": {"valid": o["valid"], "mixed": o["mixed"]}}
    if o["located"] is not None:
        out["located"] = o["located"]
    return json.dumps(out, separators=(",", ":"), ensure_ascii=False)


for text in sys.stdin:
    if text.strip():
        spec = {**given, **json.loads(text)}
        for n in range(spec["lines"]):
            print(line(spec, n * spec["step"]))
