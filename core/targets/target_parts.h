/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target_parts.h: what a line says before it becomes a target, between target.c (NDJSON, building), target_text.c (CSV,
 * lists) and journal.c (observations).
 */
#ifndef PP_TARGET_PARTS_H
#define PP_TARGET_PARTS_H

#include "../base/text.h"
#include "target.h"

struct pp_target_parts {
    struct pp_addr addr;
    uint16_t port;
    uint32_t asn;
    uint64_t pair;
    struct pp_text domain;  /* as it came; len 0: none */
    char name[PP_DNSNAME_MAX + 1]; /* as struct pp_target's domain; empty: none */
    const char *domain_why;
    struct pp_text object;  /* the whole line of NDJSON, or one made up */
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
struct json_t;
/* From an object whose numbers are all reals (JSON_DECODE_INT_AS_REAL); *P borrows its strings. 0, or -1 with *WHY. */
int pp_target_of_json(struct pp_target_parts *p, const struct json_t *object, const char **why);
/* The target, in one allocation. 0, or -1 with *WHY. */
int pp_target_build(struct pp_target **out, const struct pp_target_parts *p, const char **why);

/* A record of CSV, a line of a list. As pp_targets_line. */
int pp_target_of_csv(struct pp_csv *csv, struct pp_target **out, const char *line, size_t len, const char **why);
int pp_target_of_list(struct pp_target **out, const char *line, size_t len, const char **why);

#endif
