/* SPDX-License-Identifier: BSD-2-Clause */
/* answer.c: parses the answer section of a DNS response. */
#include "answer.h"

#include <stdlib.h>

#define HEADER 12
#define CLASS_IN 1
#define JUMPS_MAX 64 /* compression pointers in one name; a loop needs more */

struct message {
    const uint8_t *p;
    size_t len, at;
};

struct record {
    char owner[PP_DNSNAME_MAX + 1];
    uint16_t type;
    uint32_t ttl;
    size_t data, data_len;
};

static uint16_t get16(const struct message *m, size_t at)
{
    return (uint16_t)(m->p[at] << 8 | m->p[at + 1]);
}

/*
 * Reads the name at *AT as lower-case text without the final dot, and moves *AT past it. Bytes that no host name has
 * become '?', so that the name equals no name that was asked for. 0, or -1: the name is cut off, loops, or is too long.
 */
static int get_name(const struct message *m, size_t *at, char out[PP_DNSNAME_MAX + 1])
{
    size_t p = *at, n = 0;
    unsigned jumps = 0;

    for (;;) {
        uint8_t label;
        if (p >= m->len)
            return -1;
        label = m->p[p];
        if (label >= 0xc0) { /* section 4.1.4 */
            if (p + 1 >= m->len || ++jumps > JUMPS_MAX)
                return -1;
            if (jumps == 1)
                *at = p + 2;
            p = get16(m, p) & 0x3fff;
            continue;
        }
        if (label > 63 || p + 1 + label > m->len || n + (n > 0) + label > PP_DNSNAME_MAX)
            return -1;
        p++;
        if (label == 0)
            break;
        if (n)
            out[n++] = '.';
        for (unsigned i = 0; i < label; i++) {
            uint8_t c = m->p[p + i];
            out[n++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c <= ' ' || c >= 0x7f || c == '.' ? '?' : c);
        }
        p += label;
    }
    if (jumps == 0)
        *at = p;
    out[n] = '\0';
    return 0;
}

/* Sets M->at to the first record of the answer section. Returns the number of records; -1: M is no response. */
static int first_record(struct message *m)
{
    char name[PP_DNSNAME_MAX + 1];
    unsigned questions, answers;

    if (m->len < HEADER || !(m->p[2] & 0x80)) /* QR: a response */
        return -1;
    questions = get16(m, 4);
    answers = get16(m, 6);
    m->at = HEADER;
    for (; questions; questions--) {
        if (get_name(m, &m->at, name) < 0 || m->at + 4 > m->len)
            return -1;
        m->at += 4;
    }
    return answers < PP_ANSWER_RECORDS_MAX ? (int)answers : PP_ANSWER_RECORDS_MAX;
}

/* Reads the record at M->at and moves that past it. A class other than IN gives type 0, which matches no question. */
static int next_record(struct message *m, struct record *r)
{
    if (get_name(m, &m->at, r->owner) < 0 || m->at + 10 > m->len)
        return -1;
    r->type = get16(m, m->at + 2) == CLASS_IN ? get16(m, m->at) : 0;
    r->ttl = (uint32_t)get16(m, m->at + 4) << 16 | get16(m, m->at + 6);
    if (r->ttl >> 31)
        r->ttl = 0;
    r->data = m->at + 10;
    r->data_len = get16(m, m->at + 8);
    m->at = r->data + r->data_len;
    return m->at > m->len ? -1 : 0;
}

static void least(uint32_t *ttl, uint32_t v)
{
    if (v < *ttl)
        *ttl = v;
}

/* Reads the name that fills R's data from SKIP on. */
static int name_in(const struct message *m, const struct record *r, size_t skip, char out[PP_DNSNAME_MAX + 1])
{
    size_t at = r->data + skip;

    return get_name(m, &at, out) < 0 || at != r->data + r->data_len ? -1 : 0;
}

/*
 * Looks for a CNAME of NAME. 1: NAME is replaced by the CNAME's target. 0: NAME has none; *COUNT is its number of
 * records of TYPE. -1: malformed. Records have no order, so each call scans all of them; the chain's maximum length
 * ends loops.
 */
static int follow(struct pp_dns_answer *a, struct message *m, char name[PP_DNSNAME_MAX + 1], uint16_t type,
                  unsigned *count)
{
    int n = first_record(m);
    struct record r, cname = {.type = 0};

    *count = 0;
    for (int i = 0; i < n; i++) {
        if (next_record(m, &r) < 0)
            return -1;
        if (strcmp(r.owner, name) != 0)
            continue;
        *count += r.type == type;
        if (r.type == PP_DNS_CNAME && cname.type == 0)
            cname = r;
    }
    if (n < 0 || cname.type == 0)
        return n < 0 ? -1 : 0;
    if (a->chain_len == PP_ANSWER_CHAIN_MAX || name_in(m, &cname, 0, name) < 0)
        return -1;
    memcpy(a->chain[a->chain_len++], name, PP_DNSNAME_MAX + 1);
    least(&a->ttl, cname.ttl);
    return 1;
}

/* ---- HTTPS records (RFC 9460 section 2.2) ---- */

enum { SVC_MANDATORY = 0, SVC_ALPN = 1, SVC_NO_DEFAULT_ALPN = 2, SVC_PORT = 3, SVC_IPV4HINT = 4, SVC_ECH = 5,
       SVC_IPV6HINT = 6 };

/* Section 7.1.1: protocols, each after its length. */
static int keep_alpn(struct pp_dns_service *s, const uint8_t *v, size_t len)
{
    if (len == 0)
        return -1;
    for (size_t at = 0; at < len; at += 1u + v[at]) {
        size_t all = 1u + v[at];

        if (v[at] == 0 || all > len - at)
            return -1;
        s->h3 |= v[at] == 2 && memcmp(v + at + 1, "h3", 2) == 0;
        if (s->alpn_len + all <= PP_ANSWER_ALPN_MAX) {
            memcpy(s->alpn + s->alpn_len, v + at, all);
            s->alpn_len = (uint8_t)(s->alpn_len + all);
        }
    }
    return 0;
}

static int keep_hints(struct pp_dns_service *s, int six, const uint8_t *v, size_t len)
{
    size_t size = six ? 16 : 4;

    if (len == 0 || len % size != 0)
        return -1;
    for (size_t at = 0; at < len && s->hints[six] < PP_ANSWER_HINTS_MAX; at += size)
        s->hint[six][s->hints[six]++] = six ? pp_addr_from16(v + at) : pp_addr_from4(v + at);
    return 0;
}

/*
 * Section 8: checks that keys rise strictly and do not include `mandatory` itself; sets a bit in *WANTED for each key
 * that this parser knows.
 */
static int keep_mandatory(struct pp_dns_service *s, const uint8_t *v, size_t len, unsigned *wanted)
{
    int last = SVC_MANDATORY;

    if (len == 0 || len % 2 != 0)
        return -1;
    for (size_t at = 0; at < len; at += 2) {
        int key = v[at] << 8 | v[at + 1];

        if (key <= last)
            return -1;
        last = key;
        if (key > SVC_IPV6HINT)
            s->usable = false;
        else
            *wanted |= 1u << key;
    }
    return 0;
}

static int keep_parameter(struct pp_dns_service *s, unsigned key, const uint8_t *v, size_t len)
{
    switch (key) {
    case SVC_ALPN:
        return keep_alpn(s, v, len);
    case SVC_NO_DEFAULT_ALPN: /* section 7.1.1 */
        return len == 0 ? 0 : -1;
    case SVC_PORT:
        if (len != 2)
            return -1;
        s->port = (uint16_t)(v[0] << 8 | v[1]);
        return 0;
    case SVC_IPV4HINT:
    case SVC_IPV6HINT:
        return keep_hints(s, key == SVC_IPV6HINT, v, len);
    default:
        return 0;
    }
}

/* Section 2.2: parameters that are malformed or not in strictly rising order make the whole answer invalid. */
static int keep_service(struct pp_dns_record *k, const struct message *m, const struct record *r)
{
    size_t at = r->data + 2, end = r->data + r->data_len;
    unsigned wanted = 0, there = 0;
    int last = -1;

    if (r->data_len < 3 || get_name(m, &at, k->host) < 0 || at > end)
        return -1;
    k->preference = get16(m, r->data);
    k->service = (struct pp_dns_service){.usable = true, .port = 443};
    while (at < end) {
        size_t len;

        if (end - at < 4 || (int)get16(m, at) <= last)
            return -1;
        last = get16(m, at);
        len = get16(m, at + 2);
        at += 4;
        if (len > end - at || (last == SVC_MANDATORY ? keep_mandatory(&k->service, m->p + at, len, &wanted)
                                                     : keep_parameter(&k->service, (unsigned)last, m->p + at, len)) < 0)
            return -1;
        there |= last <= SVC_IPV6HINT ? 1u << last : 0;
        at += len;
    }
    k->service.usable &= (wanted & ~there) == 0;
    return 0;
}

static int keep(struct pp_dns_answer *a, const struct message *m, const struct record *r)
{
    struct pp_dns_record *k = &a->record[a->count];

    switch (r->type) {
    case PP_DNS_A:
    case PP_DNS_AAAA:
        if (r->data_len != (r->type == PP_DNS_A ? 4 : 16))
            return -1;
        k->addr = r->type == PP_DNS_A ? pp_addr_from4(m->p + r->data) : pp_addr_from16(m->p + r->data);
        break;
    case PP_DNS_MX:
        if (r->data_len < 3 || name_in(m, r, 2, k->host) < 0)
            return -1;
        k->preference = get16(m, r->data);
        break;
    case PP_DNS_HTTPS:
        if (keep_service(k, m, r) < 0)
            return -1;
        break;
    default:
        if (name_in(m, r, 0, k->host) < 0)
            return -1;
    }
    a->count++;
    return 0;
}

static int by_preference(const void *p, const void *q)
{
    const struct pp_dns_record *a = p, *b = q;

    return a->preference != b->preference ? a->preference - b->preference : strcmp(a->host, b->host);
}

static int keep_all(struct pp_dns_answer *a, struct message *m, const char *name, uint16_t type)
{
    int n = first_record(m);
    struct record r;

    for (int i = 0; i < n; i++) {
        if (next_record(m, &r) < 0)
            return -1;
        if (r.type != type || strcmp(r.owner, name) != 0)
            continue;
        if (keep(a, m, &r) < 0)
            return -1;
        least(&a->ttl, r.ttl);
    }
    if (type == PP_DNS_MX || type == PP_DNS_HTTPS)
        qsort(a->record, a->count, sizeof *a->record, by_preference);
    return 0;
}

int pp_answer_parse(struct pp_dns_answer *a, const uint8_t *msg, size_t len, const char *name, enum pp_dns_type type)
{
    struct message m = {.p = msg, .len = len};
    char at[PP_DNSNAME_MAX + 1] = "";
    unsigned count;
    int r;

    a->chain_len = a->count = 0;
    a->record = NULL;
    a->ttl = INT32_MAX;
    if (strlen(name) > PP_DNSNAME_MAX)
        return -1;
    memcpy(at, name, strlen(name) + 1);
    while ((r = follow(a, &m, at, type, &count)) > 0)
        ;
    if (r < 0 || count == 0)
        return r;
    a->record = calloc(count, sizeof *a->record);
    return a->record ? keep_all(a, &m, at, type) : -1;
}

void pp_answer_clear(struct pp_dns_answer *a)
{
    free(a->record);
    a->record = NULL;
    a->count = 0;
}
