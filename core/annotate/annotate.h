/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * annotate.h: lines of targets and of observations, with what databases know of their addresses put in: canid_info
 * {Prefix, ASN, CountryCode, ASName, Databases}, the source's AS in `path`, and those of both ends of each place in
 * `located`. All other bytes stay. One thread.
 */
#ifndef PP_ANNOTATE_H
#define PP_ANNOTATE_H

#include "../base/buf.h"
#include "../stream/object.h"
#include "mmdb.h"

enum pp_annotated {
    PP_ANNOTATE_DONE,
    PP_ANNOTATE_UNKNOWN,    /* no database knows the address */
    PP_ANNOTATE_NO_ADDRESS, /* no `dip` that is an address */
    PP_ANNOTATE_TOO_LONG,   /* it would pass PP_LINE_MAX, or, a longer line, PP_OBSERVATION_MAX */
    PP_ANNOTATE_INVALID,    /* not a JSON object: nothing is in OUT */
    PP_ANNOTATE_KINDS,
};

/* What knows addresses: 0: nothing, 1: something, -1: failed. */
typedef int pp_annotate_look(void *arg, const struct pp_addr *addr, struct pp_whereabouts *w);

struct pp_annotator {
    pp_annotate_look *look;
    void *arg;
    const char *names[PP_MMDB_MAX]; /* of the databases */
    uint32_t source_asn;            /* of all sources; 0: it is looked up */
    /* zero at first: */
    struct pp_addr source;          /* the last one */
    uint32_t source_found;          /* its AS */
    struct pp_object object, old;   /* the line; its canid_info */
    struct pp_buf info;
};

void pp_annotator_init(struct pp_annotator *a);
void pp_annotator_release(struct pp_annotator *a);
/*
 * Adds LINE, annotated or as it came, to OUT. A canid_info that is there keeps what no database knows better; a path
 * gets the source's AS behind its first element, unless an AS stands there. Returns enum pp_annotated, or -1: LOOK
 * failed.
 */
int pp_annotate_line(struct pp_annotator *a, struct pp_buf *out, const char *line, size_t len);

#endif
