/* SPDX-License-Identifier: BSD-2-Clause */
/* addr.c: converts addresses and prefixes between text, socket and header form. */
#include "addr.h"

#include <arpa/inet.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct pp_addr pp_addr_from4(const void *bytes)
{
    struct pp_addr a;

    memcpy(a.b, mapped, sizeof mapped);
    memcpy(a.b + 12, bytes, 4);
    return a;
}

struct pp_addr pp_addr_from16(const void *bytes)
{
    struct pp_addr a;

    memcpy(a.b, bytes, sizeof a.b);
    return a;
}

int pp_addr_parse(struct pp_addr *a, const char *text, size_t len)
{
    char z[PP_ADDR_STRLEN];
    uint8_t b[16];

    /* inet_pton stops at a NUL, so it would not see the bytes behind one. */
    if (len == 0 || len >= sizeof z || memchr(text, '\0', len))
        return -1;
    memcpy(z, text, len);
    z[len] = '\0';
    if (inet_pton(AF_INET, z, b) == 1) {
        *a = pp_addr_from4(b);
        return 0;
    }
    if (inet_pton(AF_INET6, z, b) == 1) {
        *a = pp_addr_from16(b);
        return 0;
    }
    return -1;
}

const char *pp_addr_str(const struct pp_addr *a, char buf[PP_ADDR_STRLEN])
{
    /* Cannot fail: both families are known and the buffer is longer than INET6_ADDRSTRLEN. */
    inet_ntop(pp_addr_is4(a) ? AF_INET : AF_INET6, pp_addr_raw(a), buf, PP_ADDR_STRLEN);
    return buf;
}

socklen_t pp_addr_sockaddr(const struct pp_addr *a, uint16_t port, struct sockaddr_storage *ss)
{
    memset(ss, 0, sizeof *ss);
    if (pp_addr_is4(a)) {
        struct sockaddr_in *in = (struct sockaddr_in *)ss;
        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        memcpy(&in->sin_addr, a->b + 12, 4);
        return sizeof *in;
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    memcpy(&in6->sin6_addr, a->b, 16);
    return sizeof *in6;
}

int pp_addr_from_sockaddr(struct pp_addr *a, uint16_t *port, const struct sockaddr *sa)
{
    uint16_t p;

    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        *a = pp_addr_from4(&in.sin_addr);
        p = ntohs(in.sin_port);
    } else if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, sa, sizeof in6);
        *a = pp_addr_from16(&in6.sin6_addr);
        p = ntohs(in6.sin6_port);
    } else {
        return -1;
    }
    if (port)
        *port = p;
    return 0;
}

struct pp_addr pp_addr_mask(const struct pp_addr *a, unsigned len)
{
    struct pp_addr m = *a;

    for (unsigned i = len / 8; i < sizeof m.b; i++)
        m.b[i] = i == len / 8 ? m.b[i] & (uint8_t)(0xff00 >> len % 8) : 0;
    return m;
}

/* Parses decimal digits alone, without leading zero, at most MAX. Returns a negative number for anything else. */
static int prefix_len(const char *text, size_t len, int max)
{
    int n = 0;

    if (len < 1 || len > 3 || (text[0] == '0' && len > 1))
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        n = n * 10 + (text[i] - '0');
    }
    return n <= max ? n : -1;
}

int pp_prefix_parse(struct pp_prefix *p, const char *text, size_t len)
{
    const char *slash = memchr(text, '/', len);
    size_t addr_len = slash ? (size_t)(slash - text) : len;
    /* The notation decides how many bits the length counts: ::ffff:10.0.0.0/104 is 10.0.0.0/8. */
    int bits = memchr(text, ':', addr_len) ? 128 : 32, n = bits;
    struct pp_addr a;

    if (pp_addr_parse(&a, text, addr_len) < 0)
        return -1;
    if (slash)
        n = prefix_len(slash + 1, len - addr_len - 1, bits);
    if (n < 0)
        return -1;
    p->len = (uint8_t)(128 - bits + n);
    p->addr = pp_addr_mask(&a, p->len);
    return 0;
}

bool pp_prefix_has(const struct pp_prefix *p, const struct pp_addr *a)
{
    struct pp_addr m;

    /* ::/0 and ::/8 in a list mean IPv6 only; IPv4 is below ::/8 only in our own representation. */
    if (p->len < 96 && pp_addr_is4(a))
        return false;
    m = pp_addr_mask(a, p->len);
    return pp_addr_eq(&m, &p->addr);
}

/* ---- embedded IPv4 -------------------------------------------------------------------------------------------- */

static bool zero_from(const struct pp_addr *a, unsigned byte)
{
    while (byte < 16 && a->b[byte] == 0)
        byte++;
    return byte == 16;
}

/*
 * RFC 6052 section 2.2: behind a prefix of 48, 56 or 64 bits octet 8 is zero and divides the address; a zero suffix
 * follows. An IPv4 address with a zero first octet is no destination: then the prefix is longer.
 */
static struct pp_addr embedded_rfc6052(const struct pp_addr *a)
{
    for (unsigned from = 6; from <= 8 && a->b[8] == 0; from++) {
        uint8_t v4[4];
        unsigned at = from;
        for (unsigned i = 0; i < 4; i++, at++) {
            at += at == 8;
            v4[i] = a->b[at];
        }
        if (v4[0] && zero_from(a, at))
            return pp_addr_from4(v4);
    }
    return pp_addr_from4(a->b + 12);
}

unsigned pp_addr_embedded(const struct pp_addr *a, struct pp_addr v4[PP_EMBEDDED_MAX])
{
    static const struct {
        uint8_t prefix[12], len; /* bytes */
        uint8_t at;              /* offset of the IPv4 address; 0: by RFC 6052 */
        uint8_t server;          /* offset of Teredo's server, whose client address is inverted; 0: none */
    } forms[] = {
        {{0x00, 0x64, 0xff, 0x9b}, 12, 12, 0},
        {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 6, 0, 0},
        {{0x20, 0x02}, 2, 2, 0},
        {{0x20, 0x01}, 4, 12, 4},
        {{0}, 12, 12, 0},
        {{[8] = 0xff, 0xff}, 12, 12, 0},
    };

    if (pp_addr_is_loopback(a) || zero_from(a, 0)) /* ::1 and :: are in ::/96, and embed nothing */
        return 0;
    for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
        const uint8_t *b = a->b + forms[i].at;
        if (memcmp(a->b, forms[i].prefix, forms[i].len) != 0)
            continue;
        v4[0] = forms[i].at ? pp_addr_from4(b) : embedded_rfc6052(a);
        if (forms[i].server == 0)
            return 1;
        for (unsigned k = 12; k < 16; k++)
            v4[0].b[k] ^= 0xff;
        v4[1] = pp_addr_from4(a->b + forms[i].server);
        return 2;
    }
    return 0;
}

struct pp_prefix pp_addr_network(const struct pp_addr *a)
{
    struct pp_addr v4[PP_EMBEDDED_MAX] = {*a};
    struct pp_prefix network;

    if (!pp_addr_is4(a) && pp_addr_embedded(a, v4) == 0)
        network.len = 48;
    else
        network.len = 96 + 24;
    network.addr = pp_addr_mask(&v4[0], network.len);
    return network;
}
