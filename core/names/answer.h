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

enum pp_dns_type { PP_DNS_A = 1, PP_DNS_NS = 2, PP_DNS_CNAME = 5, PP_DNS_MX = 15, PP_DNS_AAAA = 28,
                   PP_DNS_HTTPS = 65 };

#define PP_ANSWER_HINTS_MAX 8 /* of a family; those beyond are left out */
#define PP_ANSWER_ALPN_MAX 64

/* The parameters of a service in an HTTPS record (RFC 9460). */
struct pp_dns_service {
    bool usable;   /* all that it calls mandatory is known here */
    bool h3;       /* HTTP/3 is among its protocols */
    uint16_t port; /* 443 if it names none */
    uint8_t hints[2]; /* how many: IPv4, IPv6 */
    struct pp_addr hint[2][PP_ANSWER_HINTS_MAX];
    uint8_t alpn_len;
    uint8_t alpn[PP_ANSWER_ALPN_MAX]; /* its protocols as they stand there, each behind its length; whole ones */
};

struct pp_dns_record {
    struct pp_addr addr;         /* A, AAAA */
    uint16_t preference;         /* MX; HTTPS: its priority, 0: an alias of `host` */
    char host[PP_DNSNAME_MAX + 1];  /* MX, NS; empty: the root (RFC 7505: no mail). HTTPS: empty: the owner itself */
    struct pp_dns_service service; /* HTTPS */
};

struct pp_dns_answer {
    char chain[PP_ANSWER_CHAIN_MAX][PP_DNSNAME_MAX + 1]; /* the names that CNAMEs led to, in order */
    unsigned chain_len;
    struct pp_dns_record *record; /* MX, HTTPS: the preferred first */
    unsigned count;
    uint32_t ttl; /* seconds that all of it holds: the smallest on the way (RFC 2181 section 8: of 31 bits) */
};

/*
 * Parses the response MSG to a question about NAME and TYPE. 0, perhaps without a record; -1: it is no well-formed
 * response, or there is no memory. To be released in both cases.
 */
int pp_answer_parse(struct pp_dns_answer *a, const uint8_t *msg, size_t len, const char *name, enum pp_dns_type type);
void pp_answer_clear(struct pp_dns_answer *a);

#endif
