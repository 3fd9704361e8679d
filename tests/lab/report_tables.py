# SPDX-License-Identifier: BSD-2-Clause
"""report_tables.py: what a report of report_data.py's observations has to say in its tables, counted anew.

expected(DIR) -> {table's id: rows}; a cell that is None is not looked at: intervals and p-values have unit tests.
"""
import collections
import fractions
import ipaddress
import json
import math

STEMS = {"B1": "ecn.connectivity", "B2": "ecn.data.connectivity"}
WHAT = {"B1": "ECN-setup SYNs", "B2": "data marked ECT(0)"}
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
    for arm in STEMS:
        of = counted(lines, arm)
        n = collections.Counter(word(o, arm) for o in of)
        below = sum(word(o, arm) == "broken" for o in lines) - n["broken"]
        rows.append([arm, WHAT[arm], count(len(of)) + (" with B1" if arm == "B2" else ""), count(n["works"]),
                     count(n["broken"]), count(n["unstable"]), count(n["transient"]), count(below),
                     share(n["broken"], len(of)), None, share(n["broken"], len(of))])  # round 1 says the same
    return rows


def chance(p):
    return f"{p:.0e}" if p < 1e-4 else f"{p:.2g}"


def trials(lines):
    rows = []
    for arm in STEMS:
        # A target at which B1 is broken says nothing of B2, which sends what B1 does, and more.
        of = [o for o in lines if arm == "B1" or word(o, "B1") != "broken"]
        n = collections.Counter(word(o, arm, "first") for o in of)
        with_it, without = n["broken"], n["transient"]
        tail = sum(math.comb(with_it + without, i) for i in range(min(with_it, without) + 1))
        p = min(1, float(fractions.Fraction(2 * tail, 2 ** (with_it + without))))
        rows.append([arm, WHAT[arm], count(sum(n.values())), count(with_it), count(without), chance(p)])
    return rows


def answers(lines, meta):
    n = collections.Counter(c for o in lines for c in o["conditions"] if c.startswith("ecn.negotiation."))
    for name in meta["first_round"]:
        n[name] += 0
    total = sum(n.values())
    return [[name, count(k), count(total), share(k, total), None, count(k)] for name, k in n.items()]


def odds(e):
    step = 10 ** max(0, len(str(int(e))) - 2)
    return f"1 in {count(int(e) // step * step)}"


def broken(lines):
    """A row for each target: B1, and B2 in parentheses, or B2 alone."""
    rows = []
    for o in lines:
        v = {v["arm"]: v for v in o["verdicts"] if v["verdict"] == "broken"}
        if v:
            first = min(v)
            target = f"[{ipaddress.ip_address(o['dip'])}]:80" if ":" in o["dip"] else f"{o['dip']}:80"
            rows.append([target, safe(o["domain"]), str(o["canid_info"]["ASN"]), o["canid_info"]["CountryCode"],
                         WHAT[first], "B1 (B2)" if len(v) == 2 else first, v[first]["how"], odds(v[first]["e"]), "yes",
                         None])
    return rows


def is_broken(o, arm):
    return word(o, arm) == "broken" if arm else any(word(o, a) == "broken" for a in STEMS)


def drawn(k, n, marked, all_of):
    """The chance of K marked ones or more among N drawn."""
    ways = sum(math.comb(marked, i) * math.comb(all_of - marked, n - i) for i in range(k, min(n, marked) + 1))
    return float(fractions.Fraction(ways, math.comb(all_of, n)))


def networks(lines, arm, key, name=None, alone=False):
    """ARM None: any. ALONE: no targets in it stand for each other, so the chance is that of the counts."""
    reached, hit = collections.Counter(), collections.Counter()
    for o in counted(lines, arm or "B1"):
        reached[key(o)] += 1
        hit[key(o)] += is_broken(o, arm)
    large = sum(n >= LEAST for n in reached.values())
    all_of, marked = sum(reached.values()), sum(hit.values())

    def p(k, n):
        return chance(min(1, large * drawn(k, n, marked, all_of)) if k * all_of > marked * n else 1)

    return [[k, *([safe(name)] if name else []), count(n), count(hit[k]), share(hit[k], n), None,
             share(hit[k], marked), p(hit[k], n) if alone else None] for k, n in reached.items() if n >= LEAST]


def short(lines):
    """The sentences that a report begins with."""
    of = counted(lines, "B1")
    hit = [o for o in of if is_broken(o, None)]
    worst, k = collections.Counter(o["canid_info"]["ASN"] for o in hit).most_common(1)[0]
    n = sum(o["canid_info"]["ASN"] == worst for o in of)
    return [f"{count(len(hit))} of {count(len(of))} reachable targets ({share(len(hit), len(of))}) break ecn: at least one "
            "of its 2 treatments does not get through; at most ",
            f"AS{worst} (", f" stands out: {count(k)} of the {count(len(hit))} are there, {share(k, n)} of the {count(n)} "
            f"targets reached in it and {share(len(hit) - k, len(of) - n)} of all others; "]


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
    tables = {"arms": arms(lines), "trial": trials(lines), "answers": answers(lines, meta), "broken": broken(lines),
              "change": change(lines, before),
              "what": [[a["name"], a["what"] or a["title"], "; ".join(a["steps"]), a["condition"] or "",
                        a["base"] or ""] for a in meta["arms"]]}
    as_name = lines[0]["canid_info"]["ASName"]
    for i, arm in enumerate([*STEMS, None]):
        i = "any" if arm is None else i
        tables[f"as-0-{i}"] = networks(lines, arm, lambda o: f"AS{o['canid_info']['ASN']}", as_name)
        tables[f"cc-0-{i}"] = networks(lines, arm, lambda o: o["canid_info"]["CountryCode"])
        tables[f"net-0-{i}"] = networks(lines, arm, prefix, alone=True)
    return tables
