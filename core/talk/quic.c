/* SPDX-License-Identifier: BSD-2-Clause */
/* quic.c: writes and reads the long header of RFC 8999 section 5.1. */
#include "quic.h"

#include "../base/random.h"
#include "../packet/packet.h"

#include <string.h>

enum {
    ID = 8,                             /* bytes of both connection ids: the minimum of RFC 9000 section 7.2 */
    HEADER = 1 + 4 + 1 + ID + 1 + ID,
    LONG_HEADER = 0x80,
    FIXED_BIT = 0x40,
};

/* Writes first byte, version, destination and source connection id. */
static void put_header(const struct pp_ask *a, uint8_t out[HEADER])
{
    struct pp_rng rng = pp_rng_init(a->chance, 0x9000);
    uint64_t id[2] = {pp_rng_next(&rng), pp_rng_next(&rng)};

    out[0] = LONG_HEADER | FIXED_BIT;
    pp_put32(out + 1, ((uint32_t)(a->chance >> 32) & 0xf0f0f0f0) | 0x0a0a0a0a);
    out[5] = ID;
    memcpy(out + 6, &id[0], ID);
    out[6 + ID] = ID;
    memcpy(out + 7 + ID, &id[1], ID);
}

size_t pp_quic_offer(const struct pp_ask *a, uint8_t *out, size_t cap)
{
    size_t len = a->length ? a->length : PP_QUIC_BYTES + (size_t)a->padding;

    if (len < PP_QUIC_BYTES || len > cap)
        return 0;
    put_header(a, out);
    memset(out + HEADER, 0, len - HEADER);
    return len;
}

bool pp_quic_is_negotiation(const struct pp_ask *a, const uint8_t *bytes, size_t len)
{
    static const uint8_t negotiation[4] = {0, 0, 0, 0};
    uint8_t sent[HEADER];

    put_header(a, sent);
    if (len < HEADER + 4 || (len - HEADER) % 4 != 0 || !(bytes[0] & LONG_HEADER))
        return false;
    if (memcmp(bytes + 1, negotiation, 4) != 0)
        return false;
    /* Each id with its length: our source id as destination, our destination id as source. */
    if (memcmp(bytes + 5, sent + 6 + ID, 1 + ID) != 0 || memcmp(bytes + 6 + ID, sent + 5, 1 + ID) != 0)
        return false;
    for (size_t at = HEADER; at < len; at += 4)
        if (memcmp(bytes + at, sent + 1, 4) == 0)
            return false;
    return true;
}
