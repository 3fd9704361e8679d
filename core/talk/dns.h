/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dns.h: makes one DNS query, and tells whether a message answers it (RFC 1035 section 4.1). The question is for the
 * domain's address (A, IN), with recursion desired. The case of its letters is random, so that queries differ; names
 * are compared without regard to case (RFC 4343).
 *
 * An answer has the question's id, the response bit, and the question as it was asked. The sections behind the question
 * are not examined: any response code is accepted, and so is a truncated answer (TC), by which servers limit their
 * rate. The first question has no earlier name to be compressed to, so no compression pointer is followed.
 */
#ifndef PP_TALK_DNS_H
#define PP_TALK_DNS_H

#include "ask.h"

#define PP_DNS_NAME_MAX 255 /* bytes on the wire, RFC 1035 section 3.1 */
#define PP_DNS_PADDING_MIN 15 /* an OPT record (RFC 6891) with an empty padding option (RFC 7830) */
/* Header, question, and OPT record without padding. */
#define PP_DNS_QUERY_MAX (12 + PP_DNS_NAME_MAX + 4 + PP_DNS_PADDING_MIN)

/*
 * Returns NULL, or why DOMAIN cannot be asked for, as a clause that follows the number of an input line (static text).
 * A NULL domain cannot be asked for; "." is the root.
 */
const char *pp_dns_unfit(const char *domain);
/*
 * Writes the query. Returns its length in bytes, or 0: it does not fit into CAP, or into A's length, or the domain is
 * unfit.
 */
size_t pp_dns_query(const struct pp_ask *a, uint8_t *out, size_t cap);

enum pp_dns_match {
    PP_DNS_OTHER,  /* not an answer to this question */
    PP_DNS_SO_FAR, /* may be the beginning of an answer */
    PP_DNS_ANSWER,
};

/* Returns the bytes of header and question: the least length of an answer. */
size_t pp_dns_answer_min(const struct pp_ask *a);
/* Compares bytes OFF to OFF + LEN of a message; calls are in order, after PP_DNS_SO_FAR for the bytes before. */
enum pp_dns_match pp_dns_match(const struct pp_ask *a, const uint8_t *bytes, size_t off, size_t len);

#endif
