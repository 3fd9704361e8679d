/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * record.h: one finished observation, ours, merged or PATHspider's, as exports need it: pathprobe-observation(5). One
 * thread.
 */
#ifndef PP_RECORD_H
#define PP_RECORD_H

#include "../stream/object.h"

#include <jansson.h>

struct pp_record {
    struct pp_object object; /* borrows the line */
    /* Checked: arrays of strings, `path` of two or more; NULL: not there (path and conditions always are). */
    json_t *path, *conditions, *first;
    json_t *verdicts, *canid, *located; /* as they are, or NULL */
    json_t *vantages;         /* of a merged line: checked, objects with `path` and `conditions` as above; else NULL */
    char experiment[64], connect[32], vantage[128], run_id[64]; /* empty: not there */
    int64_t from_us, to_us;  /* since 1970 */
    uint16_t port;           /* 0: not there */
    uint32_t asn;            /* of canid; 0: none that can be used */
    bool valid;              /* nothing of it rests on what was not seen */
};

/* Zero at first; pp_record_release after the last, or before the next line. 0, or -1 with *WHY a static text. */
int pp_record_read(struct pp_record *r, const char *line, size_t len, const char **why);
/* `time` of an observation, or of a vantage point in a merged line. 0, or -1: not of its form. */
int pp_record_time(const json_t *time, int64_t *from_us, int64_t *to_us);
void pp_record_release(struct pp_record *r);

#endif
