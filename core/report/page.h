/* SPDX-License-Identifier: BSD-2-Clause */
/* page.h: writes the sections of a report from its figures. One thread. */
#ifndef PP_PAGE_H
#define PP_PAGE_H

#include "../aggregate/aggregate.h"
#include "../aggregate/rebuilt.h"
#include "../aggregate/sent.h"
#include "sheet.h"

struct pp_page {
    const struct pp_report *report;
    struct pp_sheet *sheet;
    const char *const *notes; /* about the files, for the first section; NULL-terminated */
    double fdr;
    unsigned rows;                /* of the published list */
    const struct pp_rebuilt *run; /* the record of the present part, if that is one run; else NULL */
};

/* Writes the whole report, from the first sentence to the last table. */
void pp_page_make(struct pp_page *g);

/* Each writes a section about one part, or nothing if it has no figures. Ids end in the part's number. */
void pp_page_short(struct pp_page *g, const struct pp_part *p);
void pp_page_trust(struct pp_page *g, const struct pp_part *p);
void pp_page_asked(struct pp_page *g, const struct pp_part *p);
void pp_page_found(struct pp_page *g, const struct pp_part *p);
void pp_page_grids(struct pp_page *g, const struct pp_part *p);
/* page_sent.c, for the section of grids: arms whose packets form a grid of codepoints or sizes. */
bool pp_page_has_sent(const struct pp_part *p);
void pp_page_sent(struct pp_page *g, const struct pp_part *p);
void pp_page_list(struct pp_page *g, const struct pp_part *p);
void pp_page_located(struct pp_page *g, const struct pp_part *p);
void pp_page_networks(struct pp_page *g, const struct pp_part *p);
void pp_page_runs(struct pp_page *g, const struct pp_part *p);
void pp_page_vantages(struct pp_page *g, const struct pp_part *p);
void pp_page_before(struct pp_page *g, const struct pp_part *p);

/* Writes ID and the number of part P into TEXT, so that ids are unique on the page; returns TEXT. */
const char *pp_page_id(const struct pp_page *g, const struct pp_part *p, const char *id, char text[32]);
#define PP_PERCENT_STRLEN 24
const char *pp_percent_str(double share, char text[PP_PERCENT_STRLEN]);
/* "1.3 to 3.2 %"; "not known": of fewer than two networks. */
#define PP_INTERVAL_STRLEN 48
const char *pp_interval_str(struct pp_interval i, char text[PP_INTERVAL_STRLEN]);
/* Formats a sentence of up to 1,000 bytes and passes it to HOW. */
void pp_page_say(void (*how)(struct pp_sheet *s, const char *text), struct pp_sheet *s, const char *fmt, ...)
    PP_PRINTF(3, 4);
void pp_page_fact(struct pp_page *g, const char *term, const char *fmt, ...) PP_PRINTF(3, 4);
/*
 * page_standing.c: whether networks stand out, as a fact; and the chance of K broken ones in a network of N, corrected
 * for so many NETWORKS that were looked at, where EFFECT targets are worth one witness.
 */
void pp_page_standing(struct pp_page *g, const struct pp_part *p);
double pp_page_chance(uint64_t k, uint64_t n, uint64_t broken, uint64_t all, double effect, unsigned networks);
double pp_page_effect(struct pp_share s, enum pp_key_kind kind);
#define PP_STANDS_OUT 0.01
/* "AS64500", "DE", "192.0.2.0/24" */
const char *pp_key_str(enum pp_key_kind kind, uint64_t key, char text[64]);
/* < 0: X stands before Y on the list. */
int pp_page_by_evidence(const struct pp_listed *x, const struct pp_listed *y);
/* "192.0.2.1:80", "[2001:db8::1]:80" */
#define PP_TARGET_STRLEN (PP_ADDR_STRLEN + 10)
const char *pp_target_str(const struct pp_addr *a, uint16_t port, char text[PP_TARGET_STRLEN]);
/* What the arm of Q sends, in words: "ECN-setup SYNs"; its condition where no metadata tell. */
const char *pp_page_what(const struct pp_part *p, const struct pp_question *q);
/* "1 in 13,000": the chance at most of evidence of E or more where the treatment makes no difference. */
#define PP_ODDS_STRLEN 40
const char *pp_odds_str(double e, char text[PP_ODDS_STRLEN]);
/* The string that is JSON, unescaped; the caller frees it; NULL: JSON is no string. */
char *pp_json_text(const char *json);

#define PP_NETWORK_MIN 20 /* targets of a network, from which on its share is shown */

#endif
