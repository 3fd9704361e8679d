/* SPDX-License-Identifier: BSD-2-Clause */
/* dns.c: writes a DNS query, and compares the answer with it byte for byte; no answer is parsed. */
#include "dns.h"

#include "../base/random.h"
#include "../packet/packet.h"

#include <string.h>

enum {
    HEADER = 12,
    LABEL_MAX = 63,
    TYPE_A = 1,
    TYPE_OPT = 41,
    CLASS_IN = 1,
    OPTION_PADDING = 12,
    UDP_SIZE = 512, /* bytes of answer that the client accepts; only the question in it is needed */
};

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

const char *pp_dns_unfit(const char *domain)
{
    size_t len, all = 1;

    if (!domain)
        return "no domain, which this connect mode asks for";
    if (strcmp(domain, ".") == 0)
        return NULL;
    do {
        len = strcspn(domain, ".");
        if (len == 0 || len > LABEL_MAX)
            return "domain is not a DNS name: a label has 1 to 63 bytes";
        for (size_t i = 0; i < len; i++)
            if ((uint8_t)domain[i] >= 0x80)
                return "domain is not ASCII: write it in A-labels, xn--...";
        all += 1 + len;
        domain += len + (domain[len] == '.');
    } while (*domain);
    return all > PP_DNS_NAME_MAX ? "domain is longer than a DNS name may be" : NULL;
}

/* Writes a valid domain as labels, the case of each letter by a random bit. Returns the length in bytes. */
static size_t put_name(uint8_t *out, const char *domain, uint64_t chance)
{
    struct pp_rng rng = pp_rng_init(chance, 0x20);
    uint64_t bits = 0;
    unsigned drawn = 0;
    size_t n = 0;

    if (*domain == '.')
        domain++;
    while (*domain) {
        size_t len = strcspn(domain, ".");
        out[n++] = (uint8_t)len;
        for (size_t i = 0; i < len; i++, n++) {
            bits = drawn++ % 64 == 0 ? pp_rng_next(&rng) : bits >> 1;
            out[n] = (uint8_t)domain[i];
            if (is_letter(out[n]))
                out[n] = (uint8_t)((out[n] & ~0x20) | (bits & 1) << 5);
        }
        domain += len + (domain[len] == '.');
    }
    out[n++] = 0;
    return n;
}

/* Writes an OPT record with padding, LEN bytes in all, at least PP_DNS_PADDING_MIN. */
static void put_padding(uint8_t *out, size_t len)
{
    memset(out, 0, len);
    pp_put16(out + 1, TYPE_OPT); /* behind the root's name; the class is the sender's UDP size */
    pp_put16(out + 3, UDP_SIZE);
    pp_put16(out + 9, (uint16_t)(len - 11));
    pp_put16(out + 11, OPTION_PADDING);
    pp_put16(out + 13, (uint16_t)(len - 15));
}

/* Returns the bytes of the OPT record that brings a query of N bytes to the wanted length; 0: no record. */
static size_t padding(const struct pp_ask *a, size_t n)
{
    return a->length ? a->length > n ? a->length - n : 1 : a->padding;
}

/* Writes header and question. Returns their length in bytes. */
static size_t put_question(const struct pp_ask *a, uint8_t out[PP_DNS_QUERY_MAX])
{
    size_t n = HEADER;

    memset(out, 0, HEADER);
    pp_put16(out, (uint16_t)a->chance);
    out[2] = 0x01; /* recursion desired */
    out[5] = 1;    /* one question */
    out[11] = a->length || a->padding;
    n += put_name(out + n, a->domain, a->chance);
    pp_put16(out + n, TYPE_A);
    pp_put16(out + n + 2, CLASS_IN);
    return n + 4;
}

size_t pp_dns_query(const struct pp_ask *a, uint8_t *out, size_t cap)
{
    uint8_t question[PP_DNS_QUERY_MAX];
    size_t n, more;

    if (pp_dns_unfit(a->domain))
        return 0;
    n = put_question(a, question);
    more = padding(a, n);
    if ((more && more < PP_DNS_PADDING_MIN) || n + more > cap)
        return 0;
    memcpy(out, question, n);
    if (more)
        put_padding(out + n, more);
    return n + more;
}

size_t pp_dns_answer_min(const struct pp_ask *a)
{
    uint8_t question[PP_DNS_QUERY_MAX];

    return pp_dns_unfit(a->domain) ? PP_DNS_QUERY_MAX : put_question(a, question);
}

/* True if byte C is valid at offset AT of an answer whose query has Q there. */
static bool may_stand(uint8_t c, uint8_t q, size_t at, size_t end)
{
    if (at == 2) /* QR set, opcode 0; AA and TC may have any value */
        return (c & 0xf8) == 0x80;
    if (at == 3 || (at >= 6 && at < HEADER)) /* response code, counts of the sections that are not compared */
        return true;
    if (at >= HEADER && at < end - 4 && is_letter(q)) /* a label's length is never a letter */
        return (c | 0x20) == (q | 0x20);
    return c == q;
}

enum pp_dns_match pp_dns_match(const struct pp_ask *a, const uint8_t *bytes, size_t off, size_t len)
{
    uint8_t question[PP_DNS_QUERY_MAX];
    size_t end;

    if (pp_dns_unfit(a->domain))
        return PP_DNS_OTHER;
    end = put_question(a, question);
    for (size_t i = 0; i < len && off + i < end; i++)
        if (!may_stand(bytes[i], question[off + i], off + i, end))
            return PP_DNS_OTHER;
    return off + len >= end ? PP_DNS_ANSWER : PP_DNS_SO_FAR;
}
