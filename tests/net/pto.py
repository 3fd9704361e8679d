#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# pto.py: an observatory for tests: PTO v3 as it really answers, in memory, with faults on demand.
#
#   pto.py DIR [ADDRESS [CERT KEY]]
#
# Writes its port to DIR/port, then answers until it is ended. Data arrives in DIR/CAMPAIGN/FILE. DIR/log has a line for
# each request: method, path, status, bytes of body. DIR/faults, one a line, "METHOD PATH-REGEX FAULT": the first one
# that fits is used up and happens:
#   status N [TEXT]  that answer instead of any
#   cut            half of the body is read and kept, then the connection is closed
#   empty          the connection is closed before any of the body is read, and a file of no bytes stays
#   lose           all is done as it should be, but no answer comes
#   late N         the body is read and the connection is closed; what is done with it (a file is written, observations
#                  are inserted) has ended only when its metadata have been read N times more; 0: never
#   short          half of the body is kept, the answer is as if nothing had happened
#   slow           the body is read in small pieces with pauses
#   elsewhere      __data points to another host
#   hang           no answer, and nothing is read any more
import http.server
import json
import os
import re
import ssl
import sys
import threading
import time
import urllib.parse

TYPES = {"pathspider-v2-ndjson-bz2": "application/bzip2", "test": "text/plain"}
# token -> permissions; None: all
TOKENS = {"good": None, "writer": {"write_raw", "write_obs"}, "reader": {"raw_metadata", "read_raw", "read_obs"}}

root = sys.argv[1]
lock = threading.Lock()
campaigns = {}  # name -> metadata
files = {}  # (campaign, name) -> metadata
sizes = {}  # (campaign, name) -> as known when the data had arrived, or metadata was put: not looked at again
sets = []  # [metadata, [lines], count: as known when it was first looked at with some there]
broken = set()  # campaigns
under_way = []  # [what, reads of metadata to go, what happens then]


def text(v):
    """Every value is kept as a string, as Go prints it."""
    if isinstance(v, list):
        return "[" + " ".join(text(x) for x in v) + "]"
    if isinstance(v, bool):
        return "true" if v else "false"
    return str(v)


def virtual(base, campaign, name):
    m = dict(campaigns[campaign])
    m.update(files[campaign, name])
    m["__data"] = f"{base}/raw/{campaign}/{urllib.parse.quote(name, safe=':@+,=')}/data"
    if sizes.get((campaign, name)):
        m["__data_size"] = sizes[campaign, name]
    return m


def stat(campaign, name):
    path = os.path.join(root, campaign, name)
    sizes[campaign, name] = os.path.getsize(path) if os.path.exists(path) else 0


def read_metadata_of(what):
    """One more time; what is under way may end with it."""
    for one in under_way:
        one[1] -= one[0] == what
        if one[1] == 0 and one[0] == what:
            one[2]()


def keys(given):
    return {k: text(v) for k, v in given.items() if not k.startswith("__")}


class Refused(Exception):
    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def fault(self):
        path = os.path.join(root, "faults")
        with lock:
            lines = open(path).read().splitlines() if os.path.exists(path) else []
            for i, line in enumerate(lines):
                method, regex, fault = line.split(" ", 2)
                if method == self.command and re.fullmatch(regex, self.path):
                    del lines[i]
                    open(path, "w").write("".join(x + "\n" for x in lines))
                    return fault
        return ""

    def note(self, status):
        with lock, open(os.path.join(root, "log"), "a") as f:
            f.write(f"{self.command} {self.path} {status} {getattr(self, 'got', 0)}\n")

    def answer(self, status, body, content_type):
        self.note(status)
        if self.happens == "lose":
            self.close_connection = True
            return
        body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if status >= 400:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def handle_expect_100(self):
        return True  # as Go: only once the body is wanted

    def body(self):
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        left = int(self.headers.get("Content-Length", 0))
        if self.happens == "empty":
            return b""
        if self.happens in ("cut", "short"):
            piece = self.rfile.read(left // 2)
            if self.happens == "short":
                self.rfile.read(left - left // 2)
            self.got = len(piece)
            return piece
        pieces = []
        while left:
            piece = self.rfile.read(min(left, 1000 if self.happens == "slow" else 1 << 16))
            if not piece:
                break
            if self.happens == "slow":
                time.sleep(0.02)
            pieces.append(piece)
            left -= len(piece)
        self.got = sum(map(len, pieces))
        return b"".join(pieces)

    def need(self, permission):
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme != "APIKEY":
            raise Refused(400, "unsupported authorization")
        allowed = TOKENS.get(token, set())
        if allowed is not None and permission.split(":")[0] not in allowed:
            raise Refused(403, f"not authorized for {permission}")

    def metadata(self):
        if self.headers.get("Content-Type") != "application/json":
            raise Refused(415, "Content-type for metadata must be application/json")
        given = json.loads(self.body())
        if not isinstance(given, dict):
            raise Refused(400, "not an object")
        return given

    def campaign(self, name):
        if self.command == "PUT":
            self.need("write_raw:" + name)
            given = self.metadata()
            if "_owner" not in given:
                raise Refused(400, "missing key _owner in metadata")
            campaigns[name] = keys(given)
            return 201, campaigns[name]
        self.need("raw_metadata")
        if name not in campaigns:
            raise Refused(404, f"campaign {name} not found")
        return 200, {"metadata": campaigns[name], "files": [n for c, n in files if c == name]}

    def file(self, campaign, name):
        self.need("write_raw:" + campaign if self.command == "PUT" else "raw_metadata")
        given = self.metadata() if self.command == "PUT" else None
        if campaign not in campaigns:
            raise Refused(404, f"campaign {campaign} not found")
        if given is not None:
            if "_file_type" not in given and "_file_type" not in campaigns[campaign]:
                raise Refused(400, "missing key _file_type in metadata")
            for k in ("_time_start", "_time_end"):
                if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", given.get(k, "")):
                    raise Refused(400, f"{given.get(k)} not parseable as time")
            # The name goes into a path and a URL as it is; a campaign with one that is none cannot be read any more.
            if re.search("[%?#]", name) or name.startswith("__pto_") or name.endswith(".pto_file_metadata.json"):
                broken.add(campaign)
            files[campaign, name] = keys(given)
            stat(campaign, name)
        elif (campaign, name) not in files:
            raise Refused(404, f"{campaign}/{name} not found")
        else:
            read_metadata_of((campaign, name))
        m = virtual(self.base, campaign, name)
        if self.happens == "elsewhere":
            m["__data"] = "https://192.0.2.1/raw/x/data"
        return 201 if given is not None else 200, m

    def data(self, campaign, name):
        self.need("write_raw:" + campaign)
        if campaign not in campaigns:
            raise Refused(404, f"campaign {campaign} not found")
        m = files.get((campaign, name))
        content_type = TYPES.get(m["_file_type"]) if m else None
        if not content_type:
            raise Refused(500, f"internal error getting filetype for {name}: refer to 17 in server log")
        if self.headers.get("Content-Type") != content_type:
            raise Refused(400, f"Content-Type for {campaign}/{name} must be {content_type}")
        path = os.path.join(root, campaign, name)
        if os.path.exists(path):
            raise Refused(400, f"file {name} already exists")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        body = self.body()
        with open(path, "wb") as f:
            f.write(body[: len(body) // 2] if self.happens.startswith("late") else body)
        if self.happens.startswith("late"):
            self.later((campaign, name), lambda: (open(path, "wb").write(body), stat(campaign, name)))
        if self.happens in ("cut", "empty"):
            raise ConnectionAbortedError
        stat(campaign, name)
        return 201, virtual(self.base, campaign, name)

    def later(self, what, happens):
        under_way.append([what, int(self.happens.split()[1]), happens])
        raise ConnectionAbortedError

    def set_of(self, i):
        m, lines, count = sets[i]
        m = dict(m, __link=f"{self.base}/obs/{i:x}", __data=f"{self.base}/obs/{i:x}/data")
        sets[i][2] = count or len(lines)
        if sets[i][2]:
            m["__obs_count"] = sets[i][2]
        return m

    def set_metadata(self):
        given = self.metadata()
        for k in ("_sources", "_analyzer", "_conditions"):
            if not given.get(k):
                raise Refused(500, f"internal error: ObservationSet missing {k}")
        return {
            k: v if k in ("_sources", "_analyzer", "_conditions") else text(v)
            for k, v in given.items()
            if not k.startswith("__")
        }

    def observations(self, parts):
        if parts == ["create"]:
            self.need("write_obs")
            sets.append([self.set_metadata(), [], 0])
            return 201, self.set_of(len(sets) - 1)
        if parts[0].startswith("by_metadata?"):
            self.need("read_obs")
            k, v = re.fullmatch(r"by_metadata\?k=(\w+)&v=(\w+)", parts[0]).groups()
            found = [i for i in range(len(sets)) if sets[i][0].get(k) == v]
            return 200, {"sets": [f"{self.base}/obs/{i:x}" for i in found]}
        i = int(parts[0], 16)
        if len(parts) == 1 and self.command == "PUT":
            self.need("write_obs")
            sets[i][0] = self.set_metadata()
            return 201, sets[i][0]
        if len(parts) == 1:
            self.need("read_obs")
            read_metadata_of(i)
            return 200, self.set_of(i)
        self.need("write_obs")
        if sets[i][1]:
            raise Refused(400, f"Observation set {i:x} already uploaded")
        body = self.body()
        if self.happens == "cut":
            raise ConnectionAbortedError
        lines = [json.loads(x) for x in body.splitlines()]
        for line in lines:
            if len(line) < 5 or not all(isinstance(x, str) for x in line):
                raise Refused(500, "Observation requires at least five elements")
            if line[4] not in sets[i][0]["_conditions"]:
                raise Refused(500, f"observation has condition {line[4]} not declared in set")

        def insert():
            with open(os.path.join(root, f"set{i:x}"), "ab") as f:
                f.write(body)
            sets[i][1].extend(lines)

        if self.happens.startswith("late"):
            self.later(i, insert)
        insert()
        return 201, self.set_of(i)

    def handle_all(self):
        self.base = base
        self.happens = self.fault()
        parts = [urllib.parse.unquote(x) for x in self.path.strip("/").split("/")]
        try:
            if self.happens.startswith("status"):
                raise Refused(int(self.happens.split()[1]), " ".join(self.happens.split()[2:]) or "as the test wants it")
            if self.happens == "hang":
                time.sleep(600)
            if len(parts) > 1 and parts[1] in broken:
                raise Refused(500, "internal error: parse error in a name of this campaign")
            if parts[0] == "obs":
                status, m = self.observations(parts[1:])
            elif parts[0] != "raw" or not 2 <= len(parts) <= 4:
                raise Refused(404, "404 page not found")
            elif len(parts) == 4:
                status, m = self.data(parts[1], parts[2])
            elif len(parts) == 3:
                status, m = self.file(parts[1], parts[2])
            else:
                status, m = self.campaign(parts[1])
            self.answer(status, json.dumps(m), "application/json")
        except Refused as e:
            self.answer(e.status, f"{e}\n", "text/plain; charset=utf-8")
        except ConnectionError:
            self.note("cut")
            self.close_connection = True

    do_GET = do_PUT = do_POST = handle_all


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


address = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
server = Server((address, 0), Handler)
scheme = "http"
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    scheme = "https"
base = f"{scheme}://{address}:{server.server_port}"
with open(os.path.join(root, "port.new"), "w") as f:
    f.write(f"{server.server_port}\n")
os.rename(os.path.join(root, "port.new"), os.path.join(root, "port"))
server.serve_forever()
