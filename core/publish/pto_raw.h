/* SPDX-License-Identifier: BSD-2-Clause */
/* pto_raw.h: an upload of raw data under way; shared by pto_raw.c and pto_name.c. Main thread. */
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
    unsigned number;  /* number of the name in use, from 1 */
    unsigned ours;    /* the highest number under which this run has put metadata */
    bool blind;       /* the token may write, but not read metadata */
    char file[PP_NAME_MAX], url[PP_URL_MAX], differs[512];
};

enum pp_there {
    PP_THERE_FREE,
    PP_THERE_HALF,    /* our metadata without data */
    PP_THERE_SAME,    /* data and metadata are as required */
    PP_THERE_UNLIFTED, /* the data is complete, the metadata still say that the upload is under way */
    PP_THERE_MARKED,  /* the data is complete, metadata differ: names in `differs` */
    PP_THERE_DAMAGED,
    PP_THERE_OTHER,
    PP_THERE_HIDDEN,  /* the name is in use, and the token does not allow reading it */
    PP_THERE_UNKNOWN,
    PP_THERE_REFUSED,
};

/* What the observatory has under the name in use, by its last answer. Data without our checksum are not ours. */
enum pp_there pp_raw_compare(struct pp_raw *r);
/* Finds a name, from r->number on, that has our data or is free; sets r->file and r->url. */
enum pp_there pp_raw_find(struct pp_raw *r);

#endif
