/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answer.h: extracts the records that answer one question from a DNS response (RFC 1035 section 4), and follows CNAMEs
 * within it. The input is not trusted: no read goes past its end. Pure functions.
 */
#ifndef PP_ANSWER_H
#define PP_ANSWER_H

#include "host.h"

#define PP_ANSWER_RECORDS_MAX 4096 /* records of a response that are read: 64 KiB hold no more addresses */
#define PP_ANSWER_CHAIN_MAX 16

enum pp_dns_type { PP_DNS_A = 1, PP_DNS_NS = 2, PP_DNS_CNAME = 5, PP_DNS_MX = 15, PP_DNS_AAAA = 28,
                   PP_DNS_HTTPS = 65 };

#define PP_ANSWER_HINTS_MAX 8 /* hints per family; further ones are left out */
#define PP_ANSWER_ALPN_MAX 64

/* The parameters of a service in an HTTPS record (RFC 9460). */
struct pp_dns_service {
    bool usable;   /* this parser knows all keys that the record declares mandatory */
    bool h3;       /* its protocols include HTTP/3 */
    uint16_t port; /* 443 if the record has none */
    uint8_t hints[2]; /* number of hints: IPv4, IPv6 */
    struct pp_addr hint[2][PP_ANSWER_HINTS_MAX];
    uint8_t alpn_len;
    uint8_t alpn[PP_ANSWER_ALPN_MAX]; /* its protocols as in the record, each after its length; whole ones only */
};

struct pp_dns_record {
    struct pp_addr addr;         /* A, AAAA */
    uint16_t preference;         /* MX; HTTPS: priority; 0: the name is an alias of `host` */
    char host[PP_DNSNAME_MAX + 1];  /* MX, NS; empty: the root (RFC 7505: no mail). HTTPS: empty: the owner itself */
    struct pp_dns_service service; /* HTTPS */
};

struct pp_dns_answer {
    char chain[PP_ANSWER_CHAIN_MAX][PP_DNSNAME_MAX + 1]; /* the names that CNAMEs led to, in order */
    unsigned chain_len;
    struct pp_dns_record *record; /* MX, HTTPS: sorted by preference */
    unsigned count;
    uint32_t ttl; /* seconds: the smallest TTL of the records used (RFC 2181 section 8: 31 bits) */
};

/*
 * Parses the response MSG to a question for NAME and TYPE. 0: well formed, perhaps without a record; -1: not well
 * formed, or no memory. Release A in both cases.
 */
int pp_answer_parse(struct pp_dns_answer *a, const uint8_t *msg, size_t len, const char *name, enum pp_dns_type type);
void pp_answer_clear(struct pp_dns_answer *a);

#endif
