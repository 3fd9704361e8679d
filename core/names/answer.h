/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answer.h: a DNS response (RFC 1035 section 4) -> the records that answer one question, CNAMEs followed within it.
 * Whatever the bytes are, no read goes past them. Pure functions.
 */
#ifndef PP_ANSWER_H
#define PP_ANSWER_H

#include "host.h"

#define PP_ANSWER_RECORDS_MAX 4096 /* of the response that are looked at: 64 KiB hold no more addresses */
#define PP_ANSWER_CHAIN_MAX 16

enum pp_dns_type { PP_DNS_A = 1, PP_DNS_NS = 2, PP_DNS_CNAME = 5, PP_DNS_MX = 15, PP_DNS_AAAA = 28 };

struct pp_dns_record {
    struct pp_addr addr;         /* A, AAAA */
    uint16_t preference;         /* MX */
    char host[PP_DNSNAME_MAX + 1];  /* MX, NS; empty: the root (RFC 7505: no mail) */
};

struct pp_dns_answer {
    char chain[PP_ANSWER_CHAIN_MAX][PP_DNSNAME_MAX + 1]; /* the names that CNAMEs led to, in order */
    unsigned chain_len;
    struct pp_dns_record *record; /* MX: the preferred first */
    unsigned count;
    uint32_t ttl; /* seconds that all of it holds: the smallest on the way (RFC 2181 section 8: of 31 bits) */
};

/*
 * What the response MSG says about NAME and TYPE. 0, perhaps without a record; -1: it is no well-formed response, or
 * there is no memory. To be released in both cases.
 */
int pp_answer_parse(struct pp_dns_answer *a, const uint8_t *msg, size_t len, const char *name, enum pp_dns_type type);
void pp_answer_clear(struct pp_dns_answer *a);

#endif
