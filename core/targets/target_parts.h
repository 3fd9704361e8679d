/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target_parts.h: the parsed parts of a line, from which a target is built; shared by target.c (NDJSON, building),
 * target_text.c (CSV, lists) and journal.c (observations).
 */
#ifndef PP_TARGET_PARTS_H
#define PP_TARGET_PARTS_H

#include "../base/text.h"
#include "../stream/object.h"
#include "target.h"

struct pp_target_parts {
    struct pp_addr addr;
    uint16_t port;
    uint32_t asn;
    uint64_t pair;
    char name[PP_DNSNAME_MAX + 1]; /* as struct pp_target's domain; empty: none */
    const char *domain_why;
    const struct pp_object *object; /* of NDJSON, borrowed; NULL: `members` is used */
    struct pp_text members;         /* generated members, without braces */
};

/* Reasons for which pp_target_hint has a hint; the forms of "no dip" are in target.c. */
extern const char pp_bad_name[], pp_bad_url[], pp_bad_prefix[], pp_bad_zone[], pp_bad_columns[], pp_bad_utf16[];

/* Sets *WHY. Returns -1. */
static inline int pp_target_fail(const char **why, const char *text)
{
    *why = text;
    return -1;
}

/* Sets P's name to DOMAIN, or the reason why DOMAIN is no valid name. */
void pp_target_domain(struct pp_target_parts *p, struct pp_text domain);
/* Fills P from the members of O. 0, or -1 with *WHY. */
int pp_target_of_object(struct pp_target_parts *p, const struct pp_object *o, const char **why);
/* The reason why pp_object_scan, which left O, did not accept LINE. */
const char *pp_target_no_object(const struct pp_object *o, const char *line, size_t len);
/* Builds the target in one allocation, the caller's (free). 0, or -1 with *WHY. */
int pp_target_build(struct pp_target **out, const struct pp_target_parts *p, const char **why);

/* Parse a record of CSV, and a line of a list. Results as for pp_targets_line. */
int pp_target_of_csv(struct pp_csv *csv, struct pp_target **out, const char *line, size_t len, const char **why);
int pp_target_of_list(struct pp_target **out, const char *line, size_t len, const char **why);

#endif
