/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dnsname.h: host names as people and lists write them -> as DNS, TLS and HTTP are asked for them: A-labels (RFC 5890),
 * lower case. Labels that are not ASCII are converted by libidn2 (UTS 46, nontransitional). Pure functions.
 */
#ifndef PP_DNSNAME_H
#define PP_DNSNAME_H

#include "banned.h"

#define PP_DNSNAME_MAX 253 /* RFC 1035 section 2.3.4, in text form, without the dot of the root */

/*
 * NAME of LEN bytes, which may end with a dot and have any of IDNA's four dots between its labels. 0, or -1 with *WHY
 * set to a static text. A label has digits, letters, hyphens and underscores; whether a name of ASCII alone holds valid
 * A-labels is not asked: resolvers say what exists.
 */
int pp_dnsname_parse(char out[PP_DNSNAME_MAX + 1], const char *name, size_t len, const char **why);

#endif
