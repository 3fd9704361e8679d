/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target_parts.h: what a line says before it becomes a target, between target.c (NDJSON, building), target_text.c (CSV,
 * lists) and journal.c (observations).
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
    const struct pp_object *object; /* of NDJSON, borrowed; NULL: */
    struct pp_text members;         /* those that were made up, without braces */
};

/* Reasons that pp_target_hint knows a way out of; "no dip" in its forms is target.c's. */
extern const char pp_bad_name[], pp_bad_url[], pp_bad_prefix[], pp_bad_zone[], pp_bad_columns[], pp_bad_utf16[];

/* Sets *WHY. Returns -1. */
static inline int pp_target_fail(const char **why, const char *text)
{
    *why = text;
    return -1;
}

/* P's domain is DOMAIN: sets its name, or why it is none. */
void pp_target_domain(struct pp_target_parts *p, struct pp_text domain);
/* From the members of O. 0, or -1 with *WHY. */
int pp_target_of_object(struct pp_target_parts *p, const struct pp_object *o, const char **why);
/* Why LINE is no object that pp_object_scan, which left O, can read. */
const char *pp_target_no_object(const struct pp_object *o, const char *line, size_t len);
/* The target, in one allocation. 0, or -1 with *WHY. */
int pp_target_build(struct pp_target **out, const struct pp_target_parts *p, const char **why);

/* A record of CSV, a line of a list. As pp_targets_line. */
int pp_target_of_csv(struct pp_csv *csv, struct pp_target **out, const char *line, size_t len, const char **why);
int pp_target_of_list(struct pp_target **out, const char *line, size_t len, const char **why);

#endif
