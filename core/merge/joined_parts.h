/* SPDX-License-Identifier: BSD-2-Clause */
/* joined_parts.h: what the files of joined.h share: joined.c, joined_points.c (adding up), joined_line.c. */
#ifndef PP_JOINED_PARTS_H
#define PP_JOINED_PARTS_H

#include "joined.h"

/* A piece of pp_joined.texts. */
struct pp_piece {
    uint32_t at, len;
};

/* One vantage point. */
struct pp_joined_part {
    uint32_t vantage;
    uint64_t runs, invalid;
    int64_t from_us, to_us, latest_us;
    struct pp_sources sources;
    struct pp_piece path;       /* of the latest valid observation */
    struct pp_piece conditions; /* stable ones, elements of a JSON array */
    struct pp_arm_stable arm[PP_MERGE_ARMS];
    bool ask_again;
};

/* One observation. */
struct pp_joined_run {
    uint32_t part, run;
    int64_t from_us, to_us;
    struct pp_piece obs_id, conditions;
    bool valid;
    double e[PP_MERGE_ARMS]; /* -1: none */
};

/* The conditions of one group that one vantage point states. */
struct pp_joined_point {
    uint32_t group, part;
    uint32_t first, n; /* in `saids` */
    bool sure, unstable;
};

struct pp_joined {
    struct pp_ledger *ledger;
    struct pp_ebh *ebh;
    struct pp_digest_head head;  /* of its first observation */
    struct pp_buf texts, members, domain;
    bool annotated;
    int64_t from_us, to_us;
    struct pp_joined_part *part; /* PP_LEDGER_VANTAGES */
    unsigned nparts;
    struct pp_joined_run *run;   /* PP_JOINED_RUNS */
    unsigned nruns;
    uint64_t runs_left_out, conditions_left_out;
    struct pp_conditions of_runs, of_points; /* turns: the runs of the present vantage point; the vantage points */
    struct pp_joined_point *point;
    uint32_t *saids;             /* conditions of points, by their index in of_points */
    uint32_t npoints, nsaids;
    struct pp_located located;
    struct pp_point *points;     /* PP_LEDGER_VANTAGES, for one arm */
    uint8_t word[PP_MERGE_ARMS];
    double e[PP_MERGE_ARMS], alpha[PP_MERGE_ARMS];
    unsigned evidence[PP_MERGE_ARMS];
    struct pp_buf conditions;    /* those of several vantage points, elements of a JSON array */
};

static inline const struct pp_ledger_question *pp_joined_question(const struct pp_joined *t)
{
    return &t->ledger->question[t->head.question];
}
/* Appends an element to a JSON array; TEXT: the bytes of a JSON string between its quotes. */
void pp_joined_element(struct pp_buf *out, const char *text, size_t len);
/* joined_points.c: sets the word of arm I; writes the other conditions into `conditions`. */
void pp_joined_judge(struct pp_joined *t, unsigned i);
void pp_joined_multipoint(struct pp_joined *t);
/* What is left out of a line that would pass its bound, in this order. */
enum { PP_JOINED_WHOLE, PP_JOINED_RUNS_SHORT, PP_JOINED_NO_RUNS, PP_JOINED_POINTS_SHORT, PP_JOINED_NO_POINTS,
       PP_JOINED_BARE, PP_JOINED_DETAILS };
void pp_joined_line(const struct pp_joined *t, struct pp_buf *out, int detail);

#endif
