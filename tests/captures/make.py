#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the captures here, ../unit/golden_flows.h and fuzz seeds with Scapy 2.5, an implementation that is not ours.

Run by hand when a flow is added; what it writes is committed. Flows are lists of (seconds, datagram). The expected
NDJSON next to the captures is not made here, and is gone through by hand when it changes.
"""
import os
import struct
import subprocess

from scapy.all import (DNS, DNSQR, DNSRR, IP, TCP, UDP, ICMP, ICMPv6DestUnreach, ICMPv6PacketTooBig,
                       ICMPv6TimeExceeded, IPOption_LSRR, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                       HAO, Jumbo, Raw, checksum)

HERE = os.path.dirname(os.path.abspath(__file__))
US, THEM, ROUTER = '192.0.2.1', '198.51.100.2', '203.0.113.9'
US6, THEM6, ROUTER6 = '2001:db8::1', '2001:db8:1::2', '2001:db8:ff::9'
START = 1700000000

LINUX = [('MSS', 1460), ('SAckOK', b''), ('Timestamp', (1, 0)), ('NOP', None), ('WScale', 7)]
REPLY = [('MSS', 1400), ('SAckOK', b''), ('Timestamp', (9, 1)), ('NOP', None), ('WScale', 9)]


class Flow:
    """One connection; out() and back() are packets of the two sides, ip= changes the IP header."""

    def __init__(self, sport, dport, v6=False):
        self.sport, self.dport, self.v6 = sport, dport, v6
        self.now, self.packets = 0.0, []

    def header(self, fwd, ip):
        a, b = (US6, THEM6) if self.v6 else (US, THEM)
        if self.v6:
            ip = {{'tos': 'tc', 'ttl': 'hlim'}[k]: v for k, v in ip.items()}
            return IPv6(src=a if fwd else b, dst=b if fwd else a, **dict({'hlim': 64 if fwd else 51}, **ip))
        ip = dict({'ttl': 64 if fwd else 51, 'id': 7, 'flags': 'DF'}, **ip)
        return IP(src=a if fwd else b, dst=b if fwd else a, **ip)

    def add(self, datagram, after=0.01):
        self.packets.append((self.now, datagram))
        self.now += after
        return datagram

    def tcp(self, fwd, flags, seq, ack=0, data=b'', options=(), ip=None, **kw):
        ports = (self.sport, self.dport) if fwd else (self.dport, self.sport)
        return self.add(self.header(fwd, ip or {}) / TCP(sport=ports[0], dport=ports[1], flags=flags, seq=seq, ack=ack,
                                                         options=list(options), **kw) / Raw(data))

    def out(self, flags, seq, ack=0, data=b'', options=(), ip=None, **kw):
        return self.tcp(True, flags, seq, ack, data, options, ip, **kw)

    def back(self, flags, seq, ack=0, data=b'', options=(), ip=None, **kw):
        return self.tcp(False, flags, seq, ack, data, options, ip, **kw)

    def shake(self, flags='S', reply='SA'):
        self.out(flags, 1000, 0, options=LINUX)
        self.back(reply, 5000, 1001, options=REPLY)
        self.out('A', 1001, 5001)

    def udp(self, fwd, payload, ip=None, **kw):
        ports = (self.sport, self.dport) if fwd else (self.dport, self.sport)
        return self.add(self.header(fwd, ip or {}) / UDP(sport=ports[0], dport=ports[1], **kw) / payload)

    def icmp(self, message, quote):
        outer = IPv6(src=ROUTER6, dst=US6, hlim=60) if self.v6 else IP(src=ROUTER, dst=US, ttl=60, id=3)
        self.add(outer / message / Raw(quote))


def quoted(datagram, n, **changes):
    """The first N bytes of DATAGRAM as a router saw it."""
    b = bytearray(bytes(datagram))
    for at, value in changes.items():
        b[int(at[1:])] = value
    return bytes(b[:n])


def ecn_http(v6=False):
    f = Flow(61001, 80, v6)
    f.shake('SEC', 'SAE')
    f.out('PA', 1001, 5001, b'GET / HTTP/1.1\r\n\r\n', ip={'tos': 2})
    f.back('A', 5001, 1019, ip={'tos': 3})  # a pure ACK with a mark: not data
    f.back('PA', 5001, 1019, b'HTTP/1.1 200 OK\r\n\r\n', ip={'tos': 2})
    f.back('A', 5020, 1019, b'more', ip={'tos': 3})
    f.out('A', 1019, 5024, ip={'tos': 1})  # another one
    f.back('FA', 5024, 1019)
    f.out('FA', 1019, 5025)
    f.back('A', 5025, 1020)
    return f


def fallback():
    f = Flow(61002, 80)
    f.out('SEC', 1000, options=LINUX)
    f.out('S', 1000, options=LINUX)
    f.back('SA', 5000, 1001, options=REPLY)
    return f


def fin_fwd():
    f = Flow(61003, 80)
    f.shake()
    f.out('FA', 1001, 5001)
    return f


def refused():
    f = Flow(61004, 80)
    f.out('S', 1000, options=LINUX)
    f.back('RA', 0, 1001, ip={'ttl': 44})
    return f


def dscp():
    f = Flow(61005, 80)
    f.out('S', 1000, ip={'tos': 46 << 2})
    f.back('SA', 5000, 1001, ip={'tos': 10 << 2})
    f.out('A', 1001, 5001, ip={'tos': 12 << 2})
    f.out('PA', 1001, 5001, b'x', ip={'tos': 46 << 2 | 1})
    f.back('PA', 5001, 1002, b'y', ip={'tos': 0})
    f.back('PA', 5002, 1002, b'z', ip={'tos': 8 << 2})
    return f


def unreachable(v6=False):
    f = Flow(61006, 80, v6)
    syn = f.out('SEC', 1000, options=LINUX, ip={'tos': 2})
    if v6:
        f.icmp(ICMPv6TimeExceeded(code=0), quoted(syn, 48, _7=1))
        f.icmp(ICMPv6DestUnreach(code=1), quoted(syn, 48, _0=0x60, _1=0, _7=9))
    else:
        f.icmp(ICMP(type=11, code=0), quoted(syn, 28, _8=1))
        f.icmp(ICMP(type=3, code=13), quoted(syn, 28, _1=0, _8=9))
    return f


def too_big(v6=False):
    f = Flow(61007, 80, v6)
    f.shake()
    data = f.out('PA', 1001, 5001, b'd' * 64)
    if v6:
        f.icmp(ICMPv6PacketTooBig(mtu=1280), quoted(data, 60))
    else:
        f.icmp(ICMP(type=3, code=4, nexthopmtu=1280), quoted(data, 28))
    f.out('PA', 1001, 5001, b'd' * 32)
    return f


def error_first():
    """The capture began after the SYN: the error is all there is."""
    f = Flow(61008, 80)
    syn = f.out('S', 1000)
    f.packets.clear()
    f.icmp(ICMP(type=3, code=1), quoted(syn, 28))
    return f


def no_mss():
    f = Flow(61009, 80)
    f.out('S', 1000)
    f.back('SA', 5000, 1001, options=[('MSS', 1400), ('Timestamp', (9, 1)), ('SAckOK', b'')])
    return f


def option_zero():
    """An option of length 0 hangs PATHspider; the option before it is good."""
    f = Flow(61010, 80)
    f.out('S', 1000, options=LINUX)
    f.back('SA', 5000, 1001, options=[('MSS', 1380)])
    when, last = f.packets[-1]
    b = bytearray(bytes(last))
    b[32] = 0x70  # eight bytes of options: the MSS, then kind 8 with length 0
    b[2:4] = struct.pack('!H', 48)
    b += bytes([8, 0, 1, 1])
    last = IP(bytes(b))
    del last.chksum, last[TCP].chksum
    raw = bytearray(bytes(IP(src=last.src, dst=last.dst, ttl=51, id=7, flags='DF', proto=6) / Raw(bytes(b[20:]))))
    raw[36:38] = b'\0\0'
    pseudo = bytes(raw[12:20]) + b'\0\6' + struct.pack('!H', len(raw) - 20) + bytes(raw[20:])
    total = sum(struct.unpack('!%dH' % (len(pseudo) // 2), pseudo))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    raw[36:38] = struct.pack('!H', ~total & 0xffff)
    f.packets[-1] = (when, Raw(bytes(raw)))
    return f


def lone_synack():
    f = Flow(61011, 80)
    f.back('SA', 5000, 1001, options=REPLY)
    f.out('R', 1001)
    return f


def tfo():
    f = Flow(61012, 53)
    f.out('S', 1000, 0, b'query', options=[('MSS', 1460), (34, bytes(range(8))), ('NOP', None), ('NOP', None)])
    f.out('S', 1000, 0, options=[('MSS', 1460)])  # the kernel retries without the option: not counted
    f.back('SA', 5000, 1006, options=[('MSS', 1400), (34, bytes(range(6)))])
    return f


def tfo_experimental():
    f = Flow(61013, 53)
    f.out('S', 1000, 0, options=[('MSS', 1460), (254, b'\xf9\x89')])
    f.back('SA', 5000, 1001, options=[('MSS', 1400), (255, b'\xf9\x89\x01\x02\x03\x04')])
    return f


def udp_zero(v6=False):
    f = Flow(61014, 443, v6)
    f.udp(True, Raw(b'hello'), chksum=0)
    f.udp(False, Raw(b'hello back'))
    f.udp(True, Raw(b'with surplus' + b'\0' * 6), len=20, chksum=0)
    return f


def udp_options(data, options):
    """DATA, and OPTIONS behind their checksum in the surplus (RFC 9868 section 9). The lengths are even."""
    area = b'\0\0' + options
    return Raw(data + struct.pack('!H', checksum(struct.pack('!H', len(area)) + area)) + options)


def udp_res(req, res):
    """A request among the UDP options, if any, and answers to it, the last without options."""
    f = Flow(61025, 53)
    f.udp(True, udp_options(b'question', req) if req else Raw(b'question'), len=16, chksum=0)
    f.udp(False, udp_options(b'answer', res), len=14, chksum=0, ip={'ttl': 50})
    f.udp(False, Raw(b'answer'), chksum=0)
    return f


QUERY = DNS(id=0x1234, rd=1, qd=DNSQR(qname='www.example.org'))
ANSWER = DNS(id=0x1234, qr=1, rd=1, ra=1, qd=DNSQR(qname='www.example.org'),
             an=DNSRR(rrname='www.example.org', rdata='198.51.100.7', ttl=60))


def dns_udp(v6=False, answer=ANSWER):
    f = Flow(61015, 53, v6)
    f.udp(True, QUERY)
    f.udp(False, answer)
    return f


def dns_udp_cut():
    """The answer count promises what is not there."""
    answer = bytes(ANSWER)[:-8]
    return dns_udp(answer=Raw(answer))


def dns_tcp(split=False, cut=0):
    f = Flow(61016, 53)
    f.shake()
    query, answer = bytes(QUERY), bytes(ANSWER)
    f.out('PA', 1001, 5001, struct.pack('!H', len(query)) + query)
    prefix = struct.pack('!H', len(answer))
    if split:
        f.back('PA', 5001, 1036, prefix)
        f.back('PA', 5003, 1036, answer)
    else:
        f.back('PA', 5001, 1036, (prefix + answer)[:len(answer) + 2 - cut])
    return f


def dns_tcp_bare():
    """A message without its length, as a server that takes TCP for UDP might send it."""
    f = Flow(61017, 53)
    f.shake()
    f.back('PA', 5001, 1001, bytes(ANSWER))
    return f


def evil():
    f = Flow(61018, 80)
    f.out('S', 1000, ip={'flags': 'evil+DF'})
    f.back('SA', 5000, 1001)
    f.out('A', 1001, 5001)
    f.out('PA', 1001, 5001, b'one')
    f.out('PA', 1004, 5001, b'two', ip={'flags': 'evil+DF'})
    f.back('PA', 5001, 1007, b'three')
    f.back('FA', 5006, 1007)
    f.out('FA', 1007, 5007)
    return f


def reserved_bits():
    f = Flow(61019, 80)
    f.out('SEC', 1000, reserved=0b001, options=LINUX)
    f.back('SA', 5000, 1001, reserved=0b101, options=[('MSS', 1400), (172, b'\0' * 9), ('NOP', None)])
    return f


def extension(v6=True):
    """Behind a destination options header, where PATHspider sees no TCP."""
    f = Flow(61020, 80, v6)
    f.out('S', 1000, options=LINUX)
    when, syn = f.packets[0]
    f.packets[0] = (when, IPv6(src=US6, dst=THEM6, hlim=64) / IPv6ExtHdrDestOpt() / syn[TCP])
    f.back('SA', 5000, 1001, options=REPLY)
    return f


def ports_again():
    """Two connections on the same ports, one second apart."""
    f = Flow(61021, 80)
    f.shake()
    f.back('RA', 5001, 1001)
    f.now += 1
    f.out('S', 9000, options=LINUX)
    f.back('SA', 7000, 9001, options=REPLY)
    return f


def feedback(before='', ce='E', cwr='', again=False, reply='SAE'):
    """Four segments of ten bytes, CE on the second, CWR on the third; what ECE is on the acknowledgments of the first,
    second and fourth. The third's has ECE in any case. Sequence numbers wrap behind the first."""
    f = Flow(61022, 80)
    seq = 0xfffffff5
    f.out('SEC', seq, 0, options=LINUX)
    f.back(reply, 5000, seq + 1, options=REPLY)
    f.out('A', seq + 1, 5001)
    f.back('AE', 5001, seq + 1)  # a window update: it acknowledges no new data
    ends = [0, 10, 20, 30]
    f.out('PA', seq + 1, 5001, b'0123456789', ip={'tos': 2})
    f.out('PA', 0, 5001, b'0123456789', ip={'tos': 3})
    f.back('A' + before, 5001, ends[0])
    f.back('A' + ce, 5001, ends[1])
    if again:  # CE, and a late acknowledgment without ECE
        f.out('PA', 0, 5001, b'0123456789', ip={'tos': 3})
        f.back('A' + before, 5001, ends[0])
    f.out('PAC', 10, 5001, b'0123456789', ip={'tos': 2})
    f.back('AE', 5001, ends[2])
    f.out('PA', 20, 5001, b'0123456789', ip={'tos': 2})
    f.back('PA' + cwr, 5001, ends[3], b'an answer', ip={'tos': 2})
    f.out('FA', 30, 5010)
    f.back('FA' + cwr, 5010, 31)
    return f


def feedback_last(v6=True):
    """CWR on the last data: nothing behind it is acknowledged but the FIN."""
    f = Flow(61023, 80, v6)
    f.shake('SEC', 'SAE')
    f.out('PA', 1001, 5001, b'0123456789', ip={'tos': 3})
    f.back('AE', 5001, 1011)
    f.out('PAC', 1011, 5001, b'0123456789', ip={'tos': 2})
    f.out('FA', 1021, 5001)
    f.back('FA', 5001, 1022)
    return f


def accecn(options, reply=()):
    """What dip's option is on the SYN/ACK, and on acknowledgments of data: lists of (kind, value)."""
    f = Flow(61024, 80)
    f.out('S', 1000, 0, options=LINUX)
    f.back('SAC', 5000, 1001, options=REPLY + list(reply))
    f.out('A', 1001, 5001)
    f.back('A', 5001, 1001, options=[(172, b'\0' * 9)])  # not of the length that data has
    f.out('PA', 1001, 5001, b'GET / HTTP/1.1\r\n\r\n', ip={'tos': 2})
    f.back('A', 5001, 1019)
    f.back('PA', 5001, 1019, b'an answer', options=options)
    return f


FLOWS = {
    'ecn_http': ecn_http(), 'ecn_http6': ecn_http(True), 'fallback': fallback(), 'fin_fwd': fin_fwd(),
    'refused': refused(), 'dscp': dscp(), 'unreachable': unreachable(), 'unreachable6': unreachable(True),
    'too_big': too_big(), 'too_big6': too_big(True), 'error_first': error_first(), 'no_mss': no_mss(),
    'option_zero': option_zero(), 'lone_synack': lone_synack(), 'tfo': tfo(), 'tfo_experimental': tfo_experimental(),
    'udp_zero': udp_zero(), 'udp_zero6': udp_zero(True), 'dns_udp': dns_udp(), 'dns_udp6': dns_udp(True),
    'udp_res': udp_res(b'\6\6abcd', b'\7\6abcd'), 'udp_res_other': udp_res(b'\6\6abcd', b'\7\6abce'),
    'udp_res_alone': udp_res(b'', b'\7\6abcd'),
    'dns_other_id': dns_udp(answer=DNS(bytes(ANSWER)[:0] + b'\x99\x99' + bytes(ANSWER)[2:])),
    'dns_echo': dns_udp(answer=QUERY), 'dns_garbage': dns_udp(answer=Raw(b'not DNS at all, only text')),
    'dns_udp_cut': dns_udp_cut(), 'dns_tcp': dns_tcp(), 'dns_tcp_split': dns_tcp(True), 'dns_tcp_part': dns_tcp(cut=20),
    'dns_tcp_bare': dns_tcp_bare(), 'evil': evil(), 'reserved_bits': reserved_bits(), 'extension': extension(),
    'ports_again': ports_again(), 'feedback': feedback(), 'feedback_again': feedback(again=True),
    'feedback_none': feedback(ce=''), 'feedback_stuck': feedback(cwr='E'), 'feedback_always': feedback('E', 'E', 'E'),
    'feedback_last': feedback_last(),
    'accecn': accecn([(172, b'\0\0\x13\0\0\0\0\0\1')], [(172, b'\0\0\1\0\0\0\0\0\1')]),
    'accecn_none': accecn([]), 'accecn_empty': accecn([(174, b'')]), 'accecn_zeroed': accecn([(174, b'\0' * 9)]),
    'accecn_short': accecn([(172, b'\0\1\0')], [(174, b'\0' * 3)]), 'accecn_rest': accecn([(172, b'\0\0')]),
}


def write_header(path):
    with open(path, 'w') as out:
        out.write('/* SPDX-License-Identifier: BSD-2-Clause */\n/*\n'
                  ' * golden_flows.h: flows of packets that Scapy 2.5 built, as ../captures/make.py has them.\n'
                  ' * Made by it, not to be edited by hand.\n */\n'
                  '#ifndef PP_GOLDEN_FLOWS_H\n#define PP_GOLDEN_FLOWS_H\n\n#include <stddef.h>\n'
                  '#include <stdint.h>\n\nstruct golden_frame {\n    int64_t stamp; /* ns */\n    const char *bytes;\n'
                  '    size_t len;\n};\n')
        for name, flow in FLOWS.items():
            out.write('\nstatic const struct golden_frame flow_%s[] __attribute__((unused)) = {\n' % name)
            for when, packet in flow.packets:
                b = bytes(packet)
                out.write('    {INT64_C(%d),\n' % round(when * 1e9))
                for i in range(0, len(b), 24):
                    text = ''.join('\\x%02x' % x for x in b[i:i + 24])
                    out.write('     "%s"%s\n' % (text, ',' if i + 24 >= len(b) else ''))
                out.write('     %d},\n' % len(b))
            out.write('    {0, NULL, 0},\n};\n')
        out.write('\n#endif\n')


def write_pcap(name, linktype, frames, cut=0):
    data = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, linktype)
    for when, b in frames:
        us = START * 1000000 + round(when * 1e6)
        data += struct.pack('<IIII', us // 1000000, us % 1000000, len(b), len(b)) + b
    with open(os.path.join(HERE, name), 'wb') as out:
        out.write(data[:len(data) - cut])


def ethertype(b):
    return b'\x08\x00' if b[0] >> 4 == 4 else b'\x86\xdd'


def ethernet(b, tags=b''):
    """Padded to 60 bytes with what a careless driver leaves there."""
    frame = b'\x02\0\0\0\0\1\x02\0\0\0\0\2' + tags + ethertype(b) + b
    return frame + b'\xaa' * max(0, 60 - len(frame))


def family(b, order, six):
    return struct.pack(order + 'I', 2 if b[0] >> 4 == 4 else six) + b


LINKS = {
    'ethernet': (1, ethernet),
    'vlan': (1, lambda b: ethernet(b, b'\x81\0\0\x2a')),
    'raw': (101, lambda b: b),
    'null': (0, lambda b: family(b, '<', 30)),
    'loop': (108, lambda b: family(b, '>', 24)),
    'sll': (113, lambda b: b'\0\4\0\1\0\6\2\0\0\0\0\1\0\0' + ethertype(b) + b),
    'sll2': (276, lambda b: ethertype(b) + b'\0\0\0\0\0\1\0\1\4\6\2\0\0\0\0\1\0\0' + b),
}


def write_captures():
    link = [(w, bytes(p)) for f in ('ecn_http', 'unreachable6') for w, p in FLOWS[f].packets]
    link = [(i * 0.01, b) for i, (w, b) in enumerate(link)]
    for name, (dlt, wrap) in LINKS.items():
        write_pcap('link-%s.pcap' % name, dlt, [(w, wrap(b)) for w, b in link])
    subprocess.run(['editcap', '-F', 'pcapng', 'link-raw.pcap', 'link-raw.pcapng'], cwd=HERE, check=True)
    write_pcap('truncated.pcap', 101, link, cut=30)
    names = [n for n in FLOWS if not n.startswith(('dns_', 'feedback', 'accecn', 'udp_res')) or
             n in ('dns_tcp_split', 'dns_udp6', 'dns_garbage')]
    everything, base = [], 0.0
    for n in names:
        everything += [(base + w, ethernet(bytes(p))) for w, p in FLOWS[n].packets]
        base += 60
    arp = b'\xff' * 6 + b'\x02\0\0\0\0\2' + b'\x08\x06' + b'\0' * 46
    tail = (IPv6(src=US6, dst=THEM6) / IPv6ExtHdrFragment(offset=10, m=0, id=5) / Raw(b'later fragment'))
    everything += [(base, arp), (base + 1, ethernet(bytes(tail))), (base + 2, ethernet(b'\x45' + b'\0' * 10))]
    write_pcap('flows.pcap', 1, everything)


def write_lengths():
    """Frames whose lengths need care: (seconds, datagram, bytes captured, bytes in the frame)."""
    def set16(packet, at, value):
        b = bytearray(bytes(packet))
        b[at:at + 2] = struct.pack('!H', value)
        return bytes(b)

    def tcp(sport, flags='A', **kw):
        return TCP(sport=sport, dport=80, flags=flags, seq=1, ack=1, **kw)

    rows = []

    def add(b, cap=None, length=None, at=None):
        rows.append((len(rows) if at is None else at, bytes(b)[:cap], len(bytes(b)) if length is None else length))

    # The checksum is made for the last stop of the route, and for the home address.
    add(IP(src=US, dst='192.0.2.254', options=[IPOption_LSRR(routers=[THEM])]) / tcp(62001, 'S', options=LINUX))
    add(IPv6(src=US6, dst=THEM6) / IPv6ExtHdrDestOpt(options=[HAO(hoa='2001:db8:5::1')]) / tcp(62002, 'S'))
    # Segments before an offload cut them, and the two forms of a jumbogram.
    add(set16(IP(src=US, dst=THEM) / tcp(62003) / Raw(b'x' * 3000), 2, 0), 200)
    add(set16(IPv6(src=US6, dst=THEM6) / tcp(62004) / Raw(b'x' * 60000), 4, 0), 200, 70060)
    add(set16(IPv6(src=US6, dst=THEM6) / IPv6ExtHdrHopByHop(options=[Jumbo(jumboplen=70028)]) / tcp(62005) /
              Raw(b'x' * 60000), 4, 0), 200, 70068)
    # A length beyond the frame: a bare ACK behind which there is nothing; and padding, which is no payload.
    add(IP(src=US, dst=THEM, len=166) / tcp(62006))
    add(bytes(IPv6(src=US6, dst=THEM6, nh=59)) + b'\xaa' * 6)
    # Snap lengths: within the options, before the flags, within the first bytes of the payload.
    start = len(rows)
    for sport, cap in ((62007, 66), (62008, 50), (62009, 72 + 8)):
        f = Flow(sport, 80, v6=True)
        f.shake('SEC', 'SAE')
        f.out('PA', 1001, 5001, b'GET / HTTP/1.1\r\n\r\n', options=[('NOP', None)] * 12, ip={'tos': 2})
        for when, packet in f.packets:
            add(packet, cap, at=start + when)
    # The options go on in the next fragment.
    syn = bytes(IP(src=US, dst=THEM) / tcp(62011, 'S', options=LINUX))[20:]
    add(IP(src=US, dst=THEM, flags='MF', id=9, proto=6) / Raw(syn[:32]))
    # From 2038 on the seconds of a pcap file use their top bit.
    add(IP(src=US, dst=THEM) / tcp(62010, 'S'), at=4102444800 - START)
    data = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
    for when, b, length in rows:
        us = START * 1000000 + round(when * 1e6)
        data += struct.pack('<IIII', us // 1000000, us % 1000000, len(b), length) + b
    with open(os.path.join(HERE, 'lengths.pcap'), 'wb') as out:
        out.write(data)
    subprocess.run(['editcap', '-F', 'pcapng', '-t', str(4323283200 - START), 'link-raw.pcap', 'late.pcapng'],
                   cwd=HERE, check=True)


def write_seeds(directory):
    """For ../fuzz/fuzz_chains.c: per frame two bytes of milliseconds, two of length, the datagram."""
    os.makedirs(directory, exist_ok=True)
    for name, flow in FLOWS.items():
        with open(os.path.join(directory, name), 'wb') as out:
            for _, packet in flow.packets:
                b = bytes(packet)
                out.write(struct.pack('!HH', 10, len(b)) + b)


if __name__ == '__main__':
    write_seeds(os.path.join(HERE, '..', 'fuzz', 'seeds', 'chains'))
    write_header(os.path.join(HERE, '..', 'unit', 'golden_flows.h'))
    write_captures()
    write_lengths()
