/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dnsname.h: converts host names from lists and users to the form of DNS, TLS and HTTP: A-labels (RFC 5890), lower
 * case. Labels that are not ASCII are converted by libidn2 (UTS 46, nontransitional). Pure functions.
 */
#ifndef PP_DNSNAME_H
#define PP_DNSNAME_H

#include "banned.h"

#define PP_DNSNAME_MAX 253 /* bytes of text, without the root's dot: RFC 1035 section 2.3.4 */

/*
 * Parses NAME of LEN bytes, which may end with a dot and have any of IDNA's four dots between its labels, into OUT. 0,
 * or -1 with *WHY set to a static text. A label has digits, letters, hyphens and underscores; A-labels in a name of
 * ASCII alone are not validated: resolvers tell which names exist.
 */
int pp_dnsname_parse(char out[PP_DNSNAME_MAX + 1], const char *name, size_t len, const char **why);

#endif
