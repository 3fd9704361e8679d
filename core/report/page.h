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
/* The AS with most broken targets of Q, among those with 20 or more; -1: none. */
int64_t pp_page_worst(const struct pp_part *p, unsigned q);
/* "192.0.2.1:80", "[2001:db8::1]:80" */
#define PP_TARGET_STRLEN (PP_ADDR_STRLEN + 10)
const char *pp_target_str(const struct pp_addr *a, uint16_t port, char text[PP_TARGET_STRLEN]);
/* The string that is JSON, unescaped; the caller frees it; NULL: JSON is no string. */
char *pp_json_text(const char *json);

#define PP_NETWORK_MIN 20 /* targets of a network, from which on its share is shown */

#endif
