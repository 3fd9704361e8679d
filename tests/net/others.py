#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# others.py: what else there is on a host that measures: connections of other programs, and forged packets.
#
#   others.py echo ADDR PORT               answers each line with the same
#   others.py hold PORT ADDR PORT2 STOP    a connection from local PORT, "open" once it stands; exchanges lines until the
#                                          file STOP is there, and then says "alive", or at any time "dead" and why
#   others.py forge SRC DST SPORT DPORTS N N bare ACKs with data from SRC port SPORT, to each of DPORTS (LO-HI) in turn
import os
import socket
import struct
import sys
import threading
import time


def answer(peer):
    with peer:
        while data := peer.recv(4096):
            peer.sendall(data)


def echo(addr, port):
    with socket.create_server((addr, int(port))) as listener:
        print("open", flush=True)
        while True:
            threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()


def exchange(peer):
    peer.sendall(b"line\n")
    if not peer.recv(4096):
        raise OSError("closed by the peer")


def hold(sport, addr, port, stop):
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        peer.settimeout(30)
        peer.bind(("", int(sport)))
        peer.connect((addr, int(port)))
        print("open", flush=True)
        try:
            while not os.path.exists(stop):
                exchange(peer)
                time.sleep(0.02)
            exchange(peer)
            print("alive", flush=True)
        except OSError as e:
            print("dead:", e, flush=True)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def forge(src, dst, sport, dports, n):
    lo, hi = (int(x) for x in dports.split("-"))
    ends = socket.inet_aton(src) + socket.inet_aton(dst)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        for i in range(int(n)):
            dport = lo + i % (hi - lo + 1)
            tcp = struct.pack("!HHIIBBHHH", int(sport), dport, 1000 + i, 77777 + i, 5 << 4, 0x10, 8192, 0, 0) + b"data"
            tcp = tcp[:16] + struct.pack("!H", checksum(ends + struct.pack("!HH", 6, len(tcp)) + tcp)) + tcp[18:]
            ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), i & 0xFFFF, 0, 64, 6, 0) + ends
            raw.sendto(ip + tcp, (dst, 0))


{"echo": echo, "hold": hold, "forge": forge}[sys.argv[1]](*sys.argv[2:])
