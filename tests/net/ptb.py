#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# ptb.py: a router that says of every datagram to a port that it is too big, whatever its size.
#
#   ptb.py IFACE PORT MTU    prints "ready", then an ICMP error (RFC 792 type 3 code 4 with RFC 1191's MTU, RFC 4443
#                            section 3.2) to the sender of each UDP datagram to PORT that comes in on IFACE, in the name
#                            of the addresses 10.70.1.1 and 2001:db8:70:1::1
import socket
import struct
import sys

FROM4 = socket.inet_pton(socket.AF_INET, "10.70.1.1")
FROM6 = socket.inet_pton(socket.AF_INET6, "2001:db8:70:1::1")


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def too_big4(ip, mtu):
    icmp = struct.pack("!BBHHH", 3, 4, 0, 0, mtu) + ip[:548]
    icmp = icmp[:2] + struct.pack("!H", checksum(icmp)) + icmp[4:]
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0xC0, 20 + len(icmp), 0, 0, 64, 1, 0, FROM4, ip[12:16])
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + icmp


def too_big6(ip, mtu):
    icmp = struct.pack("!BBHI", 2, 0, 0, mtu) + ip[:1232]
    pseudo = FROM6 + ip[8:24] + struct.pack("!II", len(icmp), 58)
    icmp = icmp[:2] + struct.pack("!H", checksum(pseudo + icmp)) + icmp[4:]
    return struct.pack("!IHBB16s16s", 0x60000000, len(icmp), 58, 64, FROM6, ip[8:24]) + icmp


def answer(ip, port, mtu):
    if ip[0] >> 4 == 4 and ip[9] == 17 and struct.unpack("!H", ip[22:24])[0] == port:
        return too_big4(ip[: struct.unpack("!H", ip[2:4])[0]], mtu)
    if ip[0] >> 4 == 6 and ip[6] == 17 and struct.unpack("!H", ip[42:44])[0] == port:
        return too_big6(ip, mtu)
    return None


def main(iface, port, mtu):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as s:
        s.bind((iface, 0))
        print("ready", flush=True)
        while True:
            frame, (_, _, kind, _, _) = s.recvfrom(65536)
            error = None if kind == socket.PACKET_OUTGOING else answer(frame[14:], int(port), int(mtu))
            if error:
                s.send(frame[6:12] + frame[:6] + frame[12:14] + error)


if len(sys.argv) != 4:
    sys.exit("usage: ptb.py IFACE PORT MTU")
main(*sys.argv[1:])
