#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# s3.py: a bucket for tests that takes only what is signed as AWS signature version 4 asks: HEAD and PUT of objects, kept
# in files. s3.py DIR: writes its port to DIR/port. Key "test", secret "secret", region "eu-test-1".
import hashlib
import hmac
import http.server
import os
import re
import sys
import urllib.parse

root = sys.argv[1]


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def is_signed(self):
        m = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=test/(\d{8})/eu-test-1/s3/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=(\w{64})",
            self.headers.get("Authorization", ""))
        if not m:
            return False
        day, names, given = m.groups()
        signed = names.split(";")
        # All that S3 wants to be signed is; a date of another day is not signed with this one's key.
        for name in self.headers:
            if (name.lower().startswith("x-amz-") or name.lower() == "host") and name.lower() not in signed:
                return False
        path, _, query = self.path.partition("?")
        request = "\n".join([self.command, path, query] + [f"{n}:{self.headers[n].strip()}" for n in signed] +
                            ["", names, self.headers["x-amz-content-sha256"]])
        scope = f"{day}/eu-test-1/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", self.headers["x-amz-date"], scope,
                          hashlib.sha256(request.encode()).hexdigest()])
        key = b"AWS4secret"
        for part in (day, "eu-test-1", "s3", "aws4_request"):
            key = sign(key, part)
        return hmac.compare_digest(sign(key, text).hex(), given) and self.headers["x-amz-date"].startswith(day)

    def reply(self, status, length=0):
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def path_of(self):
        return os.path.join(root, "objects", hashlib.sha256(urllib.parse.unquote(self.path).encode()).hexdigest())

    def do_HEAD(self):
        if not self.is_signed():
            return self.reply(403)
        path = self.path_of()
        return self.reply(200, os.path.getsize(path)) if os.path.exists(path) else self.reply(404)

    def do_PUT(self):
        if "Content-Length" not in self.headers:
            return self.reply(411)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.is_signed() or self.headers["x-amz-content-sha256"] != "UNSIGNED-PAYLOAD":
            return self.reply(403)
        os.makedirs(os.path.join(root, "objects"), exist_ok=True)
        with open(self.path_of(), "wb") as f:
            f.write(body)
        return self.reply(200)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(os.path.join(root, "port.new"), "w") as f:
    f.write(f"{server.server_port}\n")
os.rename(os.path.join(root, "port.new"), os.path.join(root, "port"))
server.serve_forever()
