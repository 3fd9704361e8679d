#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""report_data.py: observations as `pathprobe measure` writes them, with what a report has to count, for report.sh.

usage: report_data.py DIR [TARGETS [WORST]]
"""
import json
import random
import sys

where, n = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 600
chance = random.Random(7)
NASTY = '</script><script>alert(1)</script>"\'&\u202egnp.exe\u0007<img src=x onerror=alert(2)>'


def rounds(broken):
    flows = [{"arm": "A", "sport": 61000, "ok": True, "how": None, "syns": 1, "rtt_us": 41000, "ttl": 54, "flags": 18,
              "opts": [2, 4], "rst_ttl": None, "icmp": None},
             {"arm": "B1", "sport": 61001, "ok": not broken, "how": "icmp" if broken else None, "syns": 4,
              "rtt_us": None, "ttl": None, "flags": None, "opts": None, "rst_ttl": None,
              "icmp": [3, 13, "198.51.100.7"] if broken else None}]
    return [{"n": i + 1, "count": 1, "at": [[i + 1, 0, 500]], "flows": flows} for i in range(8 if broken else 1)]


def observation(i, run, day, broken, offline, asn, vantage):
    word = "offline" if offline else "broken" if broken else "works"
    data = word if offline or broken else "broken" if i % 50 == 3 else "works"
    conditions = ["ecn.connectivity." + word, "ecn.data.connectivity." + data]
    if word == "works":
        conditions.append("ecn.negotiation." + ("failed" if i % 4 == 0 else "succeeded"))
    verdicts = [{"arm": arm, "condition": stem, "verdict": w, "first": w, "why": None,
                 "how": None if w == "works" else "silent" if w == "offline" else "icmp", "attribution": "unknown",
                 "e": 26379.6 if w == "broken" else 1, "alpha": 1e-4, "a": [24, 24],
                 "b": [0, 10] if w != "works" else [1, 1], "rounds": rounds(w == "broken")}
                for arm, stem, w in (("B1", "ecn.connectivity", word), ("B2", "ecn.data.connectivity", data))]
    if i % 40 == 0:
        verdicts.append({"arm": "D", "condition": None, "verdict": "works", "first": "works", "e": 1, "alpha": 1e-4,
                         "a": [1, 1], "b": [1, 1], "rounds": []})
    dip = f"2001:db8:{i // 8:x}::{i % 8 + 1:x}" if i % 2 else f"198.{18 + i // 65536}.{i // 256 % 256}.{i % 256}"
    return {"dip": dip, "dp": 80, "domain": NASTY if i == 3 else f"h{i}.example",
            "canid_info": {"ASN": asn, "CountryCode": "DE" if asn % 2 else "FR", "ASName": NASTY}, "schema": 1,
            "experiment": "ecn", "connect": "http", "run_id": run, "obs_id": f"{run}-{i}", "vantage": vantage,
            "sip": "192.0.2.1", "sip_public": None, "port": 80, "domain_used": f"h{i}.example", "path": ["192.0.2.1", "*", dip],
            "time": {"from": f"2026-11-{day} 10:{i // 60 % 60:02}:{i % 60:02}.000000",
                     "to": f"2026-11-{day} 11:{i // 60 % 60:02}:{i % 60:02}.000000"},
            "conditions": conditions, "first": conditions, "verdicts": verdicts,
            "quality": {"valid": True, "dropped": {"ring": 0, "if": 0, "softnet": 0}, "send_errors": 0, "late": 0,
                        "as_built": {"A": True}, "mixed": [], "outage": False, "audited": i % 97 == 0}}


def write(name, run, day, breaks, complete=True, vantage="one"):
    with open(f"{where}/{name}", "w") as out:
        for i in range(n):
            asn = 64500 + i % 9
            out.write(json.dumps(observation(i, run, day, breaks(i, asn), i % 33 == 5, asn, vantage)) + "\n")
    arms = [{"name": "A", "title": "baseline", "what": None, "condition": None, "base": None, "hex": "", "steps": []},
            {"name": "B1", "title": "ECN-setup SYN", "what": "ECN-setup SYNs", "condition": "ecn.connectivity",
             "base": None, "hex": "", "steps": ["SYN: +ECE +CWR"]},
            {"name": "B2", "title": "and data", "what": "data marked ECT(0)", "condition": "ecn.data.connectivity",
             "base": "B1", "hex": "", "steps": ["SYN: +ECE +CWR", "data: ECT(0)"]}]
    meta = {"_file_type": "pathprobe-v1-ndjson", "_time_start": f"2026-11-{day}T10:00:00Z",
            "_time_end": f"2026-11-{day}T12:00:00Z" if complete else None, "_owner": "you@example.org",
            "vantage": vantage, "run_id": run, "schema": 1, "version": "0.1.0", "commit": None, "experiment": "ecn",
            "connect": "http", "seed": 5, "config": {"rate": "2000", "contact": NASTY, "ipv4": "no"}, "arms": arms,
            "constants": {"w": 100, "alpha": 1e-4, "list_e": 1e6, "ports": 10, "max_rounds": 12},
            "counts": {"read": n, "written": n, "pending": 0 if complete else 9},
            "first_round": {"ecn.negotiation.reflected": 0}, "windows": [], "controls": [], "remarks": [],
            "parts": [{"dropped_ring": 0, "dropped_if": 0, "dropped_softnet": 0, "packets": 5000, "send_errors": 0}],
            "complete": complete}
    with open(f"{where}/{name}.meta.json", "w") as out:
        json.dump(meta, out)


write("now.ndjson", "a" * 31, "28", lambda i, asn: asn == 64503 and i % 3 != 1)
write("before.ndjson", "b" * 31, "21", lambda i, asn: asn == 64503 and i % 6 == 0)
write("running.ndjson", "c" * 31, "29", lambda i, asn: False, complete=False)
