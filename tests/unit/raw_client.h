/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * raw_client.h: a client of the lab in a few lines, for tests: builds its segments byte by byte, sums its own
 * checksums, keeps no timers. It shares no code with what it tests, neither core/packet nor core/talk.
 */
#ifndef PP_RAW_CLIENT_H
#define PP_RAW_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "../../lab/host/hosts.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, ECE = 64, CWR = 128 };

/* The fields of a datagram that these tests look at. */
struct raw {
    bool good;    /* the checksums are right */
    uint8_t proto, tos, ttl;
    uint8_t from[16]; /* 4 or 16 bytes */
    const uint8_t *l4;
    size_t l4_len;
    /* TCP */
    uint32_t seq, ack;
    uint16_t flags, window;
    const uint8_t *data;
    size_t data_len;
    uint32_t tsval;
};

struct raw_client {
    struct pp_lab *lab;
    struct pp_addr host;
    uint16_t port, sport;
    int64_t now;
    int64_t first_data;   /* when the first segment of an answer came; 0: none has */
    uint32_t seq, ack;
    uint32_t tsecr;
    uint16_t window;
    uint16_t heard;       /* flags of all segments of the answer */
    uint8_t ttl, tos;     /* of the next segments */
    bool plain_syn;       /* no options */
    uint8_t other;        /* added to the last byte of the source address, to send from another source */
    uint8_t out[2048];    /* the last segment sent */
    size_t out_len;
    uint8_t in[2048];     /* the last received */
    size_t in_len;
};

static inline uint32_t raw_get(const uint8_t *b, unsigned n)
{
    uint32_t v = 0;

    while (n--)
        v = v << 8 | *b++;
    return v;
}

static inline void raw_put(uint8_t *b, unsigned n, uint32_t v)
{
    while (n--) {
        b[n] = (uint8_t)v;
        v >>= 8;
    }
}

/* The sum of RFC 1071, two bytes at a time: 0xffff over a packet whose checksum is right. */
static inline uint32_t raw_sum(uint32_t sum, const uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        sum += i & 1 ? b[i] : (uint32_t)b[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static inline uint32_t raw_pseudo(const uint8_t *ip, uint8_t proto, size_t len)
{
    bool v4 = ip[0] >> 4 == 4;

    return raw_sum(proto + (uint32_t)len, ip + (v4 ? 12 : 8), v4 ? 8 : 32);
}

/* A client's clock begins later the higher its port: the lab's time must not go back between clients. */
static inline struct raw_client raw_client(struct pp_lab *lab, uint64_t index, uint16_t sport)
{
    struct pp_lab_host h;

    pp_lab_host(lab, index, &h);
    return (struct raw_client){.lab = lab,
                               .host = h.addr,
                               .port = h.port,
                               .sport = sport,
                               .now = (1 + sport) * INT64_C(1000000000000),
                               .seq = 1000,
                               .window = 1000,
                               .ttl = 64};
}

/*
 * From 192.0.2.1 or 2001:db8::1. SYNs carry MSS 1460, SACK permitted, timestamps, window scale 0; the others
 * timestamps.
 */
static inline void raw_send(struct raw_client *c, uint16_t flags, const char *data)
{
    static const uint8_t me6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    bool v4 = pp_addr_is4(&c->host);
    size_t head = v4 ? 20 : 40, len = strlen(data),
           opts = c->plain_syn  ? 0
                  : flags & SYN ? 20
                                : 12,
           l4 = 20 + opts + len;
    uint8_t *ip = c->out, *tcp = ip + head;

    memset(ip, 0, head + 20 + opts);
    if (v4) {
        ip[0] = 0x45;
        ip[1] = c->tos;
        raw_put(ip + 2, 2, (uint32_t)(head + l4));
        ip[6] = 0x40;
        ip[8] = c->ttl;
        ip[9] = 6;
        memcpy(ip + 12, "\xc0\x00\x02\x01", 4);
        ip[15] = (uint8_t)(1 + c->other);
        memcpy(ip + 16, pp_addr_raw(&c->host), 4);
        raw_put(ip + 10, 2, ~raw_sum(0, ip, 20));
    } else {
        raw_put(ip, 4, 0x60000000u | (uint32_t)c->tos << 20);
        raw_put(ip + 4, 2, (uint32_t)l4);
        ip[6] = 6;
        ip[7] = c->ttl;
        memcpy(ip + 8, me6, 16);
        ip[23] = (uint8_t)(1 + c->other);
        memcpy(ip + 24, c->host.b, 16);
    }
    raw_put(tcp, 2, c->sport);
    raw_put(tcp + 2, 2, c->port);
    raw_put(tcp + 4, 4, c->seq);
    raw_put(tcp + 8, 4, flags & ACK ? c->ack : 0);
    raw_put(tcp + 12, 2, (uint32_t)(20 + opts) / 4 << 12 | flags);
    raw_put(tcp + 14, 2, c->window);
    if (opts == 20)
        memcpy(tcp + 20, "\2\4\5\xb4\4\2\x8\xa\0\0\0\7\0\0\0\0\1\3\3\0", 20);
    else if (opts)
        memcpy(tcp + 20, "\1\1\x8\xa\0\0\0\7\0\0\0\0", 12);
    if (opts == 12)
        raw_put(tcp + 28, 4, c->tsecr);
    memcpy(tcp + 20 + opts, data, len);
    raw_put(tcp + 16, 2, ~raw_sum(raw_pseudo(ip, 6, l4), tcp, l4));
    c->out_len = head + l4;
    pp_lab_input(c->lab, c->now, ip, c->out_len);
    c->seq += (uint32_t)len + !!(flags & SYN) + !!(flags & FIN);
}

static inline struct raw raw_read(const uint8_t *ip, size_t len)
{
    bool v4 = ip[0] >> 4 == 4;
    size_t head = v4 ? 20 : 40;
    struct raw r = {.proto = ip[v4 ? 9 : 6], .tos = v4 ? ip[1] : (uint8_t)(raw_get(ip, 2) >> 4), .ttl = ip[v4 ? 8 : 7],
                    .l4 = ip + head, .l4_len = len - head};
    size_t off;

    memcpy(r.from, ip + (v4 ? 12 : 8), v4 ? 4 : 16);
    r.good = !v4 || raw_sum(0, ip, 20) == 0xffff;
    r.good &= (v4 ? raw_get(ip + 2, 2) : raw_get(ip + 4, 2) + 40) == len;
    r.good &= raw_sum(r.proto == 1 ? 0 : raw_pseudo(ip, r.proto, r.l4_len), r.l4, r.l4_len) == 0xffff;
    if (r.proto != 6)
        return r;
    off = (size_t)(r.l4[12] >> 4) * 4;
    r.seq = raw_get(r.l4 + 4, 4);
    r.ack = raw_get(r.l4 + 8, 4);
    r.flags = (uint16_t)(raw_get(r.l4 + 12, 2) & 0xfff);
    r.window = (uint16_t)raw_get(r.l4 + 14, 2);
    r.data = r.l4 + off;
    r.data_len = r.l4_len - off;
    if (off == 40) /* the lab's SYN/ACK with all options */
        r.tsval = raw_get(r.l4 + 20 + 8, 4);
    else if (off == 32)
        r.tsval = raw_get(r.l4 + 20 + 4, 4);
    return r;
}

/* The ports of the segment, or of the segment that an ICMP error quotes. */
static inline const uint8_t *raw_ports(const struct raw *r)
{
    return r->proto == 6 ? r->l4 : r->l4 + 8 + (r->proto == 1 ? 20 : 40);
}

/*
 * The next datagram for this client within WAIT ns; the clock moves on to it. False: silence, *R empty, the clock moved
 * on by WAIT.
 */
static inline bool raw_recv(struct raw_client *c, int64_t wait, struct raw *r)
{
    int64_t until = c->now + wait, next;

    *r = (struct raw){0};
    for (;;) {
        c->in_len = pp_lab_output(c->lab, c->now, c->in, sizeof c->in);
        if (c->in_len) {
            *r = raw_read(c->in, c->in_len);
            if (raw_get(raw_ports(r) + (r->proto == 6 ? 2 : 0), 2) == c->sport)
                return true;
            continue; /* for an earlier client */
        }
        next = pp_lab_next(c->lab);
        if (next > until) {
            c->now = until;
            return false;
        }
        c->now = next > c->now ? next : c->now + 1;
    }
}

/* SYN with FLAGS, the answer, and its ACK. False: no SYN/ACK within 5 s. */
static inline bool raw_connect(struct raw_client *c, uint16_t flags, struct raw *r)
{
    raw_send(c, SYN | flags, "");
    if (!raw_recv(c, INT64_C(5000000000), r) || r->proto != 6 || (r->flags & (SYN | ACK | RST)) != (SYN | ACK))
        return false;
    c->ack = r->seq + 1;
    c->tsecr = r->tsval;
    raw_send(c, ACK, "");
    return true;
}

/*
 * Reads the whole answer and closes. Returns the bytes of the answer that came in order; *SEEN: bit n, a segment with
 * data had codepoint n.
 */
static inline size_t raw_read_page(struct raw_client *c, uint8_t *seen)
{
    uint8_t tos = c->tos;
    size_t got = 0;
    struct raw r;

    c->tos = 0;
    while (raw_recv(c, INT64_C(5000000000), &r) && r.proto == 6 && !(r.flags & RST)) {
        c->heard |= r.flags;
        if (r.data_len && !c->first_data)
            c->first_data = c->now;
        if (r.data_len)
            *seen |= (uint8_t)(1 << (r.tos & 3));
        if (r.seq == c->ack) {
            got += r.data_len;
            c->ack += (uint32_t)r.data_len + (r.flags & FIN);
            raw_send(c, ACK | (r.flags & FIN), "");
            if (r.flags & FIN)
                break;
        }
    }
    c->tos = tos;
    return got;
}

/* Sends the request, then reads and closes in the same way. */
static inline size_t raw_get_page(struct raw_client *c, uint8_t *seen)
{
    raw_send(c, ACK | PSH, "GET / HTTP/1.1\r\nHost: h.example\r\n\r\n");
    return raw_read_page(c, seen);
}

#endif
