/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dns.h: one DNS question, and is this an answer to it (RFC 1035 section 4.1)? The question is for the domain's
 * address (A, IN), with recursion desired. The case of its letters is drawn by chance, so that no two questions are the
 * same bytes; names are compared without regard to case (RFC 4343).
 *
 * An answer has the question's id, the response bit, and the question as it was asked. Nothing behind that is looked
 * at: any response code will do, and so will a truncated answer (TC), which is how servers limit their rate. A first
 * question has no earlier name that it could be compressed to, so no compression pointer is ever followed.
 */
#ifndef PP_TALK_DNS_H
#define PP_TALK_DNS_H

#include "ask.h"

#define PP_DNS_NAME_MAX 255 /* bytes on the wire, RFC 1035 section 3.1 */
#define PP_DNS_PADDING_MIN 15 /* an OPT record (RFC 6891) with an empty padding option (RFC 7830) */
/* Header, question, and OPT record without padding. */
#define PP_DNS_QUERY_MAX (12 + PP_DNS_NAME_MAX + 4 + PP_DNS_PADDING_MIN)

/*
 * NULL, or why DOMAIN cannot be asked for, in words that follow the number of an input line. NULL as a domain cannot;
 * "." is the root.
 */
const char *pp_dns_unfit(const char *domain);
/* The query. Its length, or 0: it does not fit into CAP, or into the length that is asked for; the domain is unfit. */
size_t pp_dns_query(const struct pp_ask *a, uint8_t *out, size_t cap);

enum pp_dns_match {
    PP_DNS_OTHER,  /* no answer to this question */
    PP_DNS_SO_FAR, /* could be the beginning of one */
    PP_DNS_ANSWER,
};

/* Bytes of header and question: no answer is shorter. */
size_t pp_dns_answer_min(const struct pp_ask *a);
/* Bytes OFF to OFF + LEN of a message, in order: what came before was PP_DNS_SO_FAR. */
enum pp_dns_match pp_dns_match(const struct pp_ask *a, const uint8_t *bytes, size_t off, size_t len);

#endif
