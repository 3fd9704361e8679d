/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * record.h: reads a finished observation of pathprobe, merge or PATHspider for exports: pathprobe-observation(5). One
 * thread.
 */
#ifndef PP_RECORD_H
#define PP_RECORD_H

#include "../stream/object.h"

#include <jansson.h>

struct pp_record {
    struct pp_object object; /* borrows the line */
    /* Checked: arrays of strings, `path` has two or more; NULL: missing (path and conditions never are). */
    json_t *path, *conditions, *first;
    json_t *verdicts, *canid, *located; /* not checked; NULL: missing */
    json_t *vantages;         /* of a merged line: checked, objects with `path` and `conditions` as above; else NULL */
    char experiment[64], connect[32], vantage[128], run_id[64]; /* empty: missing */
    int64_t from_us, to_us;  /* microseconds since 1970 */
    uint16_t port;           /* 0: missing */
    uint32_t asn;            /* from canid_info; 0: no usable one */
    bool valid;              /* quality.valid */
};

/*
 * Reads LINE into R, which is zero at first. Call pp_record_release before the next line and after the last. 0, or -1
 * with *WHY a static text.
 */
int pp_record_read(struct pp_record *r, const char *line, size_t len, const char **why);
/* Reads `time` of an observation, or of a vantage point in a merged line. 0, or -1: not of the right form. */
int pp_record_time(const json_t *time, int64_t *from_us, int64_t *to_us);
void pp_record_release(struct pp_record *r);

#endif
