/* SPDX-License-Identifier: BSD-2-Clause */
/* icmp.c: decodes ICMP and ICMPv6 messages, and finds the quoted datagram in an error (RFC 792, RFC 4443, RFC 4884). */
#include "layers.h"

#include "packet.h"

enum { ICMP_HEADER = 8, ICMP_CHECKSUM_AT = 2 };
enum { LEAST_MTU4 = 68, LEAST_MTU6 = 1280 }; /* RFC 791 section 3.2, RFC 8200 section 5 */
/* RFC 4884 section 5.5: senders that predate it put extensions at this offset, without a length field. */
enum { OLD_EXTENSION_AT = 128, EXTENSION_HEADER = 4 };

/*
 * The error types that quote a datagram. LEN_AT: offset of RFC 4884's length field, in units of LEN_UNIT bytes; 0: this
 * type has none.
 */
static const struct error {
    uint8_t proto, type, len_at, len_unit;
} errors[] = {
    {PP_PROTO_ICMP, 3, 5, 4},  /* destination unreachable */
    {PP_PROTO_ICMP, 4, 0, 0},  /* source quench */
    {PP_PROTO_ICMP, 5, 0, 0},  /* redirect */
    {PP_PROTO_ICMP, 11, 5, 4}, /* time exceeded */
    {PP_PROTO_ICMP, 12, 5, 4}, /* parameter problem */
    {PP_PROTO_ICMP6, 1, 4, 8}, /* destination unreachable */
    {PP_PROTO_ICMP6, 2, 0, 0}, /* packet too big */
    {PP_PROTO_ICMP6, 3, 4, 8}, /* time exceeded */
    {PP_PROTO_ICMP6, 4, 0, 0}, /* parameter problem */
};

static const struct error *error_of(uint8_t proto, uint8_t type)
{
    for (unsigned i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].proto == proto && errors[i].type == type)
            return &errors[i];
    return NULL;
}

/* Returns the length that the quoted header declares; LEN where it is implausible. */
static uint32_t quoted_len(const uint8_t *q, uint32_t len)
{
    uint32_t total = 0;

    if (len >= 20 && q[0] >> 4 == 4 && pp_get16(q + 2) >= (q[0] & 0x0fu) * 4)
        total = pp_get16(q + 2);
    if (len >= 40 && q[0] >> 4 == 6 && pp_get16(q + 4) != 0)
        total = 40u + pp_get16(q + 4);
    /* A length that leaves no 8 bytes of upper layer was altered on the way (or byte-swapped by the quoting host). */
    return total < 28 || total > len ? len : total;
}

/*
 * True if an RFC 4884 extension begins at the old offset: version 2, reserved bits zero and a valid checksum. A payload
 * has all three at this offset only with negligible probability.
 */
static bool old_extension(const struct pp_packet *p, const uint8_t *q, uint32_t len)
{
    const uint8_t *x = q + OLD_EXTENSION_AT;

    if (p->l4_cap < p->l4_len || len < OLD_EXTENSION_AT + EXTENSION_HEADER)
        return false;
    return pp_get16(x) == 0x2000 && pp_get16(x + 2) != 0 &&
           pp_sum_finish(pp_sum(x, len - OLD_EXTENSION_AT, 0)) == 0;
}

/* RFC 1191 section 4, RFC 4443 section 3.2: the error reports that a packet exceeds the MTU. */
static bool says_too_big(const struct pp_packet *icmp)
{
    return icmp->proto == PP_PROTO_ICMP ? icmp->icmp.type == 3 && icmp->icmp.code == 4
                                        : icmp->proto == PP_PROTO_ICMP6 && icmp->icmp.type == 2;
}

enum pp_too_big pp_icmp_too_big(const struct pp_packet *icmp, uint32_t longest, uint32_t *mtu)
{
    bool v4 = icmp->proto == PP_PROTO_ICMP;

    if (!says_too_big(icmp))
        return PP_TOO_BIG_NOT;
    *mtu = v4 ? icmp->icmp.rest & 0xffff : icmp->icmp.rest;
    if (v4 && *mtu == 0)
        return PP_TOO_BIG;
    return *mtu >= (v4 ? LEAST_MTU4 : LEAST_MTU6) && (!longest || *mtu < longest) ? PP_TOO_BIG : PP_TOO_BIG_FALSE;
}

void pp_decode_icmp(struct pp_packet *p, bool verify)
{
    struct pp_icmp_view *v = &p->icmp;
    const struct error *e;
    uint32_t len, told = 0;

    p->truncated = p->l4_cap < ICMP_HEADER;
    if (p->l4_cap >= 2) {
        v->type = p->l4[0];
        v->code = p->l4[1];
    }
    if (p->truncated)
        return;
    v->rest = pp_get32(p->l4 + 4);
    if (verify)
        p->checksum = pp_checksum_verify(p, p->l4_len, ICMP_CHECKSUM_AT);
    e = error_of(p->proto, v->type);
    if (e == NULL)
        return;
    v->quote = p->l4 + ICMP_HEADER;
    len = p->l4_cap - ICMP_HEADER;
    if (len > UINT16_MAX)
        len = UINT16_MAX;
    if (e->len_at != 0) {
        told = (uint32_t)p->l4[e->len_at] * e->len_unit;
        /*
         * Senders that predate RFC 4884 may leave any value in that byte: less than a header and 8 bytes cannot be a
         * length.
         */
        if (told < (p->proto == PP_PROTO_ICMP ? 28 : 48) || told > len)
            told = told == 0 && old_extension(p, v->quote, len) ? OLD_EXTENSION_AT : 0;
        if (told != 0 && told < len) {
            v->ext = v->quote + told;
            v->ext_len = (uint16_t)(len - told);
            len = told;
        }
        v->padded = told != 0;
    }
    v->quote_len = (uint16_t)quoted_len(v->quote, len);
}
