#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# pto_trace.py: what the PTO's pto3-trace makes of a file of tracebox's short JSON, after its rules (pto3-trace.go and
# path.go of that project): the first hop at which a field has a new value, and the path by that hop's index. Prints
# "PATH CONDITION VALUE", a line each.
#
#   pto_trace.py FILE       metadata: FILE.meta.json
import json
import sys

CONDITIONS = {
    "IP::DiffServicesCP": "dscp.0.changed",
    "IP::ECN": "ecn.ip.changed",
    "IP::ID": "ip4.id.changed",
    "IP::Flags": "ip.flags.changed",
    "TCP::O::MSS": "tcp.option.mss.changed",
    "TCP::O::SACKPermitted": "tcp.option.sackok.changed",
    "TCP::Flags": "tcp.flags.changed",
}


def path(source, trace, k):
    hops = [h["ha"] for h in trace["h"]]
    n = len(hops)
    if n and hops[-1] == trace["dst"]:
        n -= 1
    middle = []
    if n == 1:
        middle = [hops[0]]
    elif n > 1 and k == 0:
        middle = [hops[0], "*"]
    elif n > 1 and k == n:
        middle = ["*"] + [h for h in hops[n - 1 : n] if h != "*"]
    elif n == 2 and k == 1:
        middle = hops[:2]
    elif n > 2 and k == 1:
        middle = hops[:2] + ["*"]
    elif n > 2 and k == n - 1:
        middle = ["*"] + [h for h in hops[k - 1 : k] if h != "*"] + [hops[k]]
    elif n > 3 and 2 <= k < n - 1:
        middle = ["*"] + [h for h in hops[k - 1 : k] if h != "*"] + [hops[k], "*"]
    return " ".join([source] + middle + [trace["dst"]])


meta = json.load(open(sys.argv[1] + ".meta.json"))
assert meta["_file_type"] == "tracebox-v1-ndjson" and meta["_owner"] and meta["_time_start"] and meta["_time_end"]
assert meta["tcp_dst_port"]
for line in open(sys.argv[1]):
    assert line[0] == "{" and len(line) < 65536
    trace = json.loads(line)
    assert set(trace) == {"dst", "r", "s", "h"} and isinstance(trace["s"], int)
    values = {}
    for k, hop in enumerate(trace["h"]):
        assert set(hop) == {"ha", "t", "i", "m", "a", "d"} and isinstance(hop["t"], int) and hop["i"] in (0, 1, 2, 3)
        for m in hop["m"]:
            name, value = m["n"], m["v"]
            if name not in CONDITIONS or values.get(name) == value:
                continue
            values[name] = value
            number = int(value, 16)
            print(path(meta["src_ip"], trace, k), CONDITIONS[name], number if "dscp" in CONDITIONS[name] else hex(number))
