/* SPDX-License-Identifier: BSD-2-Clause */
/* udpopt.c: the options of UDP (RFC 9868) in the surplus area behind the UDP length: their checksum, and the walk. */
#include "packet.h"

#include <arpa/inet.h>

enum { EOL = 0, NOP = 1, UNSAFE = 192, EXTENDED = 255 };

uint16_t pp_udpopt_checksum(const uint8_t *area, size_t len, size_t surplus_len)
{
    return pp_sum_finish(pp_sum(area, len, htons((uint16_t)surplus_len)));
}

/* Bytes of the option at B, of which LEFT are there; 0: a length that cannot be. */
static size_t size_of(const uint8_t *b, size_t left)
{
    size_t size, head = 2;

    if (b[0] == NOP)
        return 1;
    if (left < 2)
        return 0;
    size = b[1];
    if (size == EXTENDED) {
        if (left < 4)
            return 0;
        size = pp_get16(b + 2);
        head = 4;
    }
    return size < head || size > left ? 0 : size;
}

/* The options behind the checksum; NULL: none, or none that a receiver may heed (section 9). */
static const uint8_t *options(const struct pp_packet *p, size_t *len)
{
    const struct pp_udp_view *u = &p->udp;
    size_t pad = ((size_t)(p->l4 - p->ip) + u->len) % 2; /* headers in front are even, whatever they are */

    if (!u->surplus || u->surplus_cap < u->surplus_len || u->surplus_len < pad + 2)
        return NULL;
    if (pad && u->surplus[0] != 0)
        return NULL;
    if (pp_get16(u->surplus + pad) != 0 &&
        pp_udpopt_checksum(u->surplus + pad, u->surplus_len - pad, u->surplus_len) != 0)
        return NULL;
    *len = u->surplus_len - pad - 2;
    return u->surplus + pad + 2;
}

/*
 * Whatever comes in front of an option that may not be heeded is not heeded either (sections 10 and 12), so all of them
 * are looked at.
 */
const uint8_t *pp_udpopt_find(const struct pp_packet *p, uint8_t kind, uint8_t size)
{
    const uint8_t *found = NULL, *b;
    size_t len = 0, step;

    if (p->proto != PP_PROTO_UDP || p->fragment || p->truncated)
        return NULL;
    b = options(p, &len);
    for (; b && len && *b != EOL; b += step, len -= step) {
        step = size_of(b, len);
        if (step == 0 || *b >= UNSAFE)
            return NULL;
        if (*b == kind && step == size)
            found = b + 2;
    }
    return found;
}
