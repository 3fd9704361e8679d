# SPDX-License-Identifier: BSD-2-Clause
"""report_tables.py: what a report of report_data.py's observations has to say in its tables, counted anew.

expected(DIR) -> {table's id: rows}; a cell that is None is not looked at: intervals and p-values have unit tests.
"""
import collections
import ipaddress
import json

STEMS = {"B1": "ecn.connectivity", "B2": "ecn.data.connectivity"}
LEAST = 20  # targets of a network that has a row


def share(k, n):
    p = 100 * k / n if n else 0
    return f"{p:.{4 if 0 < p < 0.1 else 2 if p < 10 else 1}f} %"


def count(n):
    return f"{n:,}"


def read(path):
    with open(path) as f:
        return [json.loads(line) for line in f]


def safe(text):
    return "".join(f"\\u{{{ord(c):x}}}" if ord(c) < 32 or 0x202a <= ord(c) <= 0x202e else c for c in text)


def word(o, arm, key="verdict"):
    return next(v[key] for v in o["verdicts"] if v["arm"] == arm)


def counted(lines, arm):
    """Those that an arm's share is of: reached, and, of B2, let B1 through."""
    return [o for o in lines if word(o, arm) != "offline" and (arm == "B1" or word(o, "B1") == "works")]


def arms(lines):
    rows = []
    for arm, stem in STEMS.items():
        of = counted(lines, arm)
        n = collections.Counter(word(o, arm) for o in of)
        rows.append(["B2 (B1)" if arm == "B2" else arm, stem, count(len(of)), count(n["works"]), count(n["broken"]),
                     count(n["transient"]), count(n["unstable"]), share(n["broken"], len(of)), None,
                     share(n["broken"], len(of)), None])  # round 1 says the same
    return rows


def answers(lines, meta):
    n = collections.Counter(c for o in lines for c in o["conditions"] if c.startswith("ecn.negotiation."))
    for name in meta["first_round"]:
        n[name] += 0
    total = sum(n.values())
    return [[name, count(k), count(total), share(k, total), None, count(k)] for name, k in n.items()]


def broken(lines):
    return [[f"[{ipaddress.ip_address(o['dip'])}]:80" if ":" in o["dip"] else f"{o['dip']}:80", safe(o["domain"]),
             str(o["canid_info"]["ASN"]), o["canid_info"]["CountryCode"], v["arm"], f"{v['e']:.9g}", v["how"], v["first"], "yes", None]
            for o in lines for v in o["verdicts"] if v["verdict"] == "broken"]


def networks(lines, arm, key, name=None):
    reached, hit = collections.Counter(), collections.Counter()
    for o in counted(lines, arm):
        reached[key(o)] += 1
        hit[key(o)] += word(o, arm) == "broken"
    return [[k, *([safe(name)] if name else []), count(n), count(hit[k]), share(hit[k], n), None,
             share(hit[k], sum(hit.values()))] for k, n in reached.items() if n >= LEAST]


def prefix(o):
    return str(ipaddress.ip_network((o["dip"], 48 if ":" in o["dip"] else 24), strict=False))


def change(lines, before):
    rows = []
    there = {(o["dip"], o["dp"], o["domain"]): o for o in before}
    for arm, stem in STEMS.items():
        both = [(word(there[k], arm), word(o, arm)) for o in counted(lines, arm)
                if (k := (o["dip"], o["dp"], o["domain"])) in there]
        both = [w for w in both if set(w) <= {"works", "broken"}]
        since, again = both.count(("works", "broken")), both.count(("broken", "works"))
        rows.append([stem, count(len(both)), count(since), count(again), f"{100 * (since - again) / len(both):+.3f} %",
                     None, None])
    return rows


def expected(where):
    lines, before = read(where + "/now.ndjson"), read(where + "/before.ndjson")
    with open(where + "/now.ndjson.meta.json") as f:
        meta = json.load(f)
    tables = {"arms": arms(lines), "answers": answers(lines, meta), "broken": broken(lines),
              "change": change(lines, before),
              "what": [[a["name"], a["what"] or a["title"], "; ".join(a["steps"]), a["condition"] or "",
                        a["base"] or ""] for a in meta["arms"]]}
    as_name = lines[0]["canid_info"]["ASName"]
    for i, arm in enumerate(STEMS):
        tables[f"as-0-{i}"] = networks(lines, arm, lambda o: f"AS{o['canid_info']['ASN']}", as_name)
        tables[f"cc-0-{i}"] = networks(lines, arm, lambda o: o["canid_info"]["CountryCode"])
        tables[f"net-0-{i}"] = networks(lines, arm, prefix)
    return tables
