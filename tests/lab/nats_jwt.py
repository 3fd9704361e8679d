#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""nats_jwt.py: an operator, an account and a user of NATS, as `nsc` would make them; keys and signatures are openssl's.

    nats_jwt.py DIRECTORY     writes server.conf and user.creds
"""
import base64
import json
import os
import subprocess
import sys

KINDS = {"operator": 14 << 3, "account": 0, "user": 20 << 3}
SEED = 18 << 3
UNLIMITED = ("subs", "data", "payload", "imports", "exports", "conn", "leaf", "mem_storage", "disk_storage", "streams", "consumer")


def crc16(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def nkey(data):
    return base64.b32encode(data + crc16(data).to_bytes(2, "little")).rstrip(b"=").decode()


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    def __init__(self, directory, name, kind):
        self.pem = os.path.join(directory, name + ".pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.pem], check=True)
        der = lambda *what: subprocess.run(["openssl", "pkey", "-in", self.pem, "-outform", "DER", *what],
                                           check=True, capture_output=True).stdout[-32:]
        prefix = KINDS[kind]
        self.public = nkey(bytes([prefix]) + der("-pubout"))
        self.seed = nkey(bytes([SEED | prefix >> 5, (prefix & 31) << 3]) + der())

    def claim(self, name, subject, nats):
        head = b64(json.dumps({"typ": "JWT", "alg": "ed25519-nkey"}).encode())
        body = b64(json.dumps({"jti": name, "iat": 1700000000, "iss": self.public, "name": name, "sub": subject.public,
                               "nats": {**nats, "version": 2}}).encode())
        text = self.pem + ".claim"
        with open(text, "w") as f:
            f.write(f"{head}.{body}")
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.pem, "-in", text],
                                   check=True, capture_output=True).stdout
        return f"{head}.{body}.{b64(signature)}"


def main(directory):
    operator, account, system, user = (Key(directory, name, kind) for name, kind in (
        ("operator", "operator"), ("account", "account"), ("system", "account"), ("user", "user")))
    limits = {"type": "account", "limits": {**{k: -1 for k in UNLIMITED}, "wildcards": True}}
    jwt = operator.claim("operator", operator, {"type": "operator"})
    accounts = {account.public: operator.claim("fleet", account, limits)}
    accounts[system.public] = operator.claim("system", system, {"type": "account", "limits": {k: -1 for k in UNLIMITED[:7]}})
    with open(os.path.join(directory, "server.conf"), "w") as f:
        f.write(f"operator: {jwt}\nsystem_account: {system.public}\nresolver: MEMORY\nresolver_preload: {json.dumps(accounts)}\n"
                "jetstream: enabled\n")
    token = account.claim("me", user, {"type": "user", "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1})
    with open(os.path.join(directory, "user.creds"), "w") as f:
        os.chmod(f.name, 0o600)
        f.write(f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
                f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n")


main(*sys.argv[1:])
