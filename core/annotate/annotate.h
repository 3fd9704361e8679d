/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * annotate.h: adds data from databases to lines of targets and observations: canid_info {Prefix, ASN, CountryCode,
 * ASName, Databases}, the source's AS in `path`, and the ASes of both ends of each place in `located`. All other bytes
 * are unchanged. One thread.
 */
#ifndef PP_ANNOTATE_H
#define PP_ANNOTATE_H

#include "../base/buf.h"
#include "../stream/object.h"
#include "mmdb.h"

enum pp_annotated {
    PP_ANNOTATE_DONE,
    PP_ANNOTATE_UNKNOWN,    /* no database knows the address */
    PP_ANNOTATE_NO_ADDRESS, /* `dip` is missing, or no address */
    /* the result would exceed PP_LINE_MAX or, for a line that is longer already, PP_OBSERVATION_MAX */
    PP_ANNOTATE_TOO_LONG,
    PP_ANNOTATE_INVALID,    /* not a JSON object; OUT is unchanged */
    PP_ANNOTATE_KINDS,
};

/* Looks up an address. 0: not known, 1: known, -1: failed. */
typedef int pp_annotate_look(void *arg, const struct pp_addr *addr, struct pp_whereabouts *w);

struct pp_annotator {
    pp_annotate_look *look;
    void *arg;
    const char *names[PP_MMDB_MAX]; /* of the databases */
    uint32_t source_asn;            /* the AS of all sources; 0: it is looked up */
    /* zero at first: */
    struct pp_addr source;          /* the source looked up last */
    uint32_t source_found;          /* its AS */
    struct pp_object object, old;   /* the line; its canid_info */
    struct pp_buf info;
};

void pp_annotator_init(struct pp_annotator *a);
void pp_annotator_release(struct pp_annotator *a);
/*
 * Adds LINE, annotated or unchanged, to OUT. An old canid_info keeps members for which no database has a value; `path`
 * gets the source's AS after its first element, unless it has one. Returns enum pp_annotated, or -1: LOOK failed (and
 * has printed the cause).
 */
int pp_annotate_line(struct pp_annotator *a, struct pp_buf *out, const char *line, size_t len);

#endif
