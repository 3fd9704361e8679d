#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""nats.py: one message to a NATS server, by its own protocol and no library's: for tests of what others put there.

    nats.py [--port N] [--user NAME:PASSWORD] pub SUBJECT [NAME:VALUE...]   standard input, with these headers
    nats.py ... req SUBJECT                                                 the same; prints what comes back

Ends with 1 and the server's words if it refuses.
"""
import json
import socket
import sys

END = b"\r\n"


def lines(stream):
    """Operations of the server, each with its payload; pings are answered by the caller."""
    while line := stream.readline():
        words = line.split()
        payload = b""
        if words and words[0] in (b"MSG", b"HMSG"):
            payload = stream.read(int(words[-1]) + 2)[:-2]
            if words[0] == b"HMSG":
                payload = payload[int(words[-2]):]
        yield line.strip(), payload


def main(args):
    port, login = 4222, {}
    while args and args[0].startswith("--"):
        option, value, args = args[0], args[1], args[2:]
        if option == "--port":
            port = int(value)
        else:
            login = dict(zip(("user", "pass"), value.split(":", 1)))
    what, subject, headers = args[0], args[1], args[2:]
    body = sys.stdin.buffer.read()
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    stream = connection.makefile("rb")
    stream.readline()  # INFO
    head = b"".join(h.encode().replace(b":", b": ", 1) + END for h in headers)
    head = b"NATS/1.0" + END + head + END if head else b""
    reply = b" _INBOX.test.1" if what == "req" else b""
    connection.sendall(b"CONNECT " + json.dumps({"verbose": False, "pedantic": False, "headers": True, **login}).encode() + END)
    if reply:
        connection.sendall(b"SUB _INBOX.test.1 1" + END)
    if head:
        connection.sendall(b"HPUB %s%s %d %d" % (subject.encode(), reply, len(head), len(head) + len(body)) + END)
    else:
        connection.sendall(b"PUB %s%s %d" % (subject.encode(), reply, len(body)) + END)
    connection.sendall(head + body + END + b"PING" + END)
    ponged = False
    for line, payload in lines(stream):
        if line.startswith(b"-ERR"):
            sys.exit(line.decode())
        if line == b"PING":
            connection.sendall(b"PONG" + END)
        ponged = ponged or line == b"PONG"
        if payload:
            sys.stdout.buffer.write(payload + b"\n")
            return
        if ponged and not reply:
            return
    sys.exit("the server has closed the connection")


main(sys.argv[1:])
