/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * digest.h: reduces an observation to what merging needs: a record of a few hundred bytes and its sort key. Sorted by
 * that key, all records of one target, experiment, connect mode and set of arms are adjacent; within them those of one
 * vantage point; within these those of one run, the record to keep first, its duplicates after it. One thread.
 */
#ifndef PP_DIGEST_H
#define PP_DIGEST_H

#include "../stream/object.h"
#include "values.h"
#include "words.h"

#define PP_MERGE_ARMS 32
#define PP_MERGE_NAME 256 /* bytes of a vantage point's name, a domain */

/* One parsed line. Texts point into the line, or, where they had escapes, into `own`. */
struct pp_digest {
    struct pp_object object, verdict;
    struct pp_text_view experiment, connect, vantage, run_id, obs_id, domain; /* text; len 0: not there */
    struct pp_text_view conditions, path, located, mixed;                     /* JSON; len 0: not there */
    struct pp_addr dip, source;
    bool special;     /* the source is a special-purpose address */
    bool valid, annotated;
    uint8_t aa;       /* the dummy: 0 not there, 1 not broken, 2 called broken */
    double aa_alpha;
    uint16_t port;
    uint32_t asn;     /* of the source; 0: not known */
    uint32_t rounds;  /* of the arm that got through most often */
    int64_t from_us, to_us;
    unsigned narms;
    struct pp_arm_seen arm[PP_MERGE_ARMS];
    struct pp_text_view arm_name[PP_MERGE_ARMS], arm_condition[PP_MERGE_ARMS];
    char own[4 * PP_MERGE_NAME]; /* texts whose escapes were undone */
    size_t own_len;
};

enum pp_digested { PP_DIGEST_OK, PP_DIGEST_NOT_ONE, PP_DIGEST_SCHEMA, PP_DIGEST_MERGED };
/* *WHY: a static text, unless OK. */
enum pp_digested pp_digest_read(struct pp_digest *d, const char *line, size_t len, const char **why);

/* The fixed part of a record, with the ledger's numbers of its vantage point, run and question. */
struct pp_digest_head {
    int64_t from_us, to_us;
    uint64_t said; /* fingerprint of words and conditions */
    double aa_alpha;
    struct pp_addr source, dip;
    uint32_t vantage, run, question, asn, rounds;
    uint32_t members_len, conditions_len, path_len, located_len, mixed_len, obs_id_len, domain_len;
    uint16_t port, target_len; /* bytes of the key that name the target */
    uint16_t run_len;          /* bytes after these, which name vantage point and run */
    uint8_t valid, annotated, special, narms, aa;
};

struct pp_digest_view {
    struct pp_digest_head h;
    struct pp_arm_seen arm[PP_MERGE_ARMS];
    const char *members, *conditions, *path, *located, *mixed, *obs_id, *domain; /* borrowed */
};

/*
 * Appends the key, and the rest, to empty buffers. QUESTION: a fingerprint of the arms; RUN: what an observation of the
 * same target and VANTAGE is a duplicate in.
 */
void pp_digest_key(struct pp_buf *key, struct pp_digest_head *h, const struct pp_digest *d, uint64_t question,
                   struct pp_text_view vantage, struct pp_text_view run);
void pp_digest_pack(struct pp_buf *data, struct pp_digest_head *h, const struct pp_digest *d);
void pp_digest_unpack(struct pp_digest_view *v, const uint8_t *data);

#endif
