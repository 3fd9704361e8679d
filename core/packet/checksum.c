/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * checksum.c: the Internet checksum (RFC 1071). Sums are kept in the host's byte order, which RFC 1071 section 2
 * (B) allows: the folded result, stored as it lies in memory, is right on either kind of machine.
 */
#include "packet.h"

#include <arpa/inet.h>

#include "layers.h"

/* End-around carry: 2^64 = 1 modulo 2^16 - 1, so a carry out of the top goes in at the bottom. */
static inline uint64_t add(uint64_t sum, uint64_t word)
{
    sum += word;
    return sum + (sum < word);
}

static inline uint64_t load64(const uint8_t *b)
{
    uint64_t word;

    memcpy(&word, b, sizeof word);
    return word;
}

uint64_t pp_sum(const void *bytes, size_t len, uint64_t sum)
{
    const uint8_t *b = bytes;
    uint64_t side[3] = {0, 0, 0}; /* sums beside SUM: four that do not wait for each other */

    for (; len >= 32; b += 32, len -= 32) {
        sum = add(sum, load64(b));
        side[0] = add(side[0], load64(b + 8));
        side[1] = add(side[1], load64(b + 16));
        side[2] = add(side[2], load64(b + 24));
    }
    sum = add(add(sum, side[0]), add(side[1], side[2]));
    for (; len >= 8; b += 8, len -= 8)
        sum = add(sum, load64(b));
    if (len >= 4) {
        uint32_t word;

        memcpy(&word, b, sizeof word);
        sum = add(sum, word);
        b += 4;
        len -= 4;
    }
    if (len > 0) {
        uint8_t rest[4] = {b[0], len > 1 ? b[1] : 0, len > 2 ? b[2] : 0, 0};
        uint32_t word;

        memcpy(&word, rest, sizeof word);
        sum = add(sum, word);
    }
    return sum;
}

static uint16_t fold(uint64_t sum)
{
    sum = (sum >> 32) + (sum & 0xffffffff);
    sum = (sum >> 32) + (sum & 0xffffffff);
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)((sum >> 16) + (sum & 0xffff));
}

uint16_t pp_sum_finish(uint64_t sum)
{
    return (uint16_t)~fold(sum);
}

uint64_t pp_sum_pseudo(const struct pp_addr *src, const struct pp_addr *dst, uint8_t proto, uint32_t l4_len)
{
    uint64_t sum = add(htonl(l4_len), htons(proto));

    /* The form for IPv4 has a length of 16 bits, for IPv6 of 32: the sum of the words is the same. */
    if (pp_addr_is4(src)) {
        sum = pp_sum(src->b + 12, 4, sum);
        return pp_sum(dst->b + 12, 4, sum);
    }
    sum = pp_sum(src->b, 16, sum);
    return pp_sum(dst->b, 16, sum);
}

uint8_t pp_checksum_verify(const struct pp_packet *p, uint32_t len, unsigned at)
{
    uint64_t pseudo = p->proto == PP_PROTO_ICMP ? 0 : pp_sum_pseudo(&p->src, &p->dst, p->proto, len);
    uint16_t field;

    if (len > p->l4_cap || at + 2 > len)
        return PP_CHECKSUM_UNKNOWN;
    if (pp_sum_finish(pp_sum(p->l4, len, pseudo)) == 0)
        return PP_CHECKSUM_RIGHT;
    memcpy(&field, p->l4 + at, sizeof field);
    /*
     * Linux leaves the folded pseudo-header sum in the field for the hardware to finish; only TCP and UDP are
     * offloaded.
     */
    if ((p->proto == PP_PROTO_TCP || p->proto == PP_PROTO_UDP) && field == fold(pseudo))
        return PP_CHECKSUM_PARTIAL;
    return PP_CHECKSUM_WRONG;
}
