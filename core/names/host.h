/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.h: what stands in a list -> the host name that DNS is asked for. A name may be an internationalised one, its
 * labels in UTF-8 become A-labels (RFC 5891 section 4.4): lower case and Punycode (RFC 3492). It is not normalised
 * beyond that, and not checked against RFC 5892: resolvers say what exists. Pure functions.
 */
#ifndef PP_HOST_H
#define PP_HOST_H

#include "../base/addr.h"

#define PP_HOST_MAX 253 /* RFC 1035 section 2.3.4, in text form, without the dot of the root */

struct pp_host {
    char name[PP_HOST_MAX + 1]; /* lower case, A-labels, no dot at the end; empty: it is an address */
    struct pp_addr addr;
    uint16_t port;              /* 0: none is said */
};

/*
 * A domain name or an address, with a port or without, or a URL of any scheme with one of them. 0, or -1 with *WHY set
 * to a static text. Digits, letters, hyphens and underscores are names; what else is ASCII is not.
 */
int pp_host_parse(struct pp_host *h, const char *text, size_t len, const char **why);
/* One label of LEN bytes of UTF-8 as Punycode, without "xn--". The length, or -1: no UTF-8, or longer than ROOM. */
int pp_punycode(char *out, size_t room, const char *label, size_t len);

#endif
