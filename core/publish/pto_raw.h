/* SPDX-License-Identifier: BSD-2-Clause */
/* pto_raw.h: what pto_raw.c and pto_name.c share: an upload of raw data under way. Main thread. */
#ifndef PP_PTO_RAW_H
#define PP_PTO_RAW_H

#include "pto.h"

/* One upload. */
struct pp_raw {
    const struct pp_pto *p;
    const char *name;
    const struct pp_buf *members;
    const struct pp_package *package;
    struct pp_answer answer;
    json_t *campaign; /* its metadata, which files inherit; NULL: not known */
    unsigned number;  /* of the name in use, from 1 */
    unsigned ours;    /* the highest number under which this run has put metadata */
    bool blind;       /* the token may write, but not read metadata */
    char file[PP_NAME_MAX], url[PP_URL_MAX], differs[512];
};

enum pp_there {
    PP_THERE_FREE,
    PP_THERE_HALF,    /* our metadata, and no data */
    PP_THERE_SAME,    /* all as it is to be */
    PP_THERE_UNLIFTED, /* the data is whole, the metadata still say that it is under way */
    PP_THERE_MARKED,  /* the data is whole, other metadata: names in `differs` */
    PP_THERE_DAMAGED,
    PP_THERE_OTHER,
    PP_THERE_HIDDEN,  /* something has that name, and we may not see what */
    PP_THERE_UNKNOWN,
    PP_THERE_REFUSED,
};

/* What the observatory has under the name in use, as its last answer says. Without our sum it is not ours. */
enum pp_there pp_raw_compare(struct pp_raw *r);
/* Finds a name, from r->number on, under which it is, or can be put: r->file, r->url. */
enum pp_there pp_raw_find(struct pp_raw *r);

#endif
