/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udpopt.c: reads UDP options (RFC 9868) in the surplus area behind the UDP length: the option checksum, and the walk.
 */
#include "packet.h"

#include <arpa/inet.h>

enum { EOL = 0, NOP = 1, UNSAFE = 192, EXTENDED = 255 };

uint16_t pp_udpopt_checksum(const uint8_t *area, size_t len, size_t surplus_len)
{
    return pp_sum_finish(pp_sum(area, len, htons((uint16_t)surplus_len)));
}

/* Returns the bytes of the option at B, of which LEFT are captured; 0: an invalid length. */
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

/* Returns the options behind the checksum, *LEN bytes; NULL: none, or all have to be ignored (section 9). */
static const uint8_t *options(const struct pp_packet *p, size_t *len)
{
    const struct pp_udp_view *u = &p->udp;
    size_t pad = ((size_t)(p->l4 - p->ip) + u->len) % 2; /* all headers in front have even lengths */

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
 * An option that must not be processed invalidates the options in front of it, too (sections 10 and 12), so the walk
 * covers all options.
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
