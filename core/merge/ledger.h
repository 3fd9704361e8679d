/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ledger.h: the files, runs, vantage points and questions of what is merged, with the number of observations and the
 * defects of each. Filled in two passes: while lines are read, and after sorting has shown the duplicates. One thread.
 */
#ifndef PP_LEDGER_H
#define PP_LEDGER_H

#include "digest.h"

#define PP_LEDGER_VANTAGES 1024
#define PP_LEDGER_RUNS 1000000
#define PP_LEDGER_QUESTIONS 4096
#define PP_LEDGER_REMARKS 200

struct pp_ledger_input {
    char *file; /* NULL: standard input */
    uint64_t lines, observations;
    int8_t complete; /* by its metadata; -1: it has none */
    bool cut;
};

struct pp_ledger_vantage {
    char *name;
    struct pp_sources v4, v6;
    uint64_t observations, invalid, aa_n, aa_fail;
    double alpha;            /* the largest of its dummies'; 0: none */
    uint64_t packets, lost;  /* sums over its runs, from their metadata */
    bool measured;           /* packets and lost are known */
    char *left_out;          /* NULL, or why */
    bool second;             /* the IPv6 addresses of a host that another one has the IPv4 addresses of */
};

struct pp_ledger_run {
    char *run_id;
    uint32_t vantage, question; /* question: of its first observation */
    uint64_t observations, invalid, duplicates;
    int64_t from_us, to_us;
    int8_t complete; /* as an input's */
    bool second;     /* the IPv6 half of a run of which another vantage point has the IPv4 half */
};

struct pp_ledger_question {
    char *experiment, *connect;
    uint64_t print; /* fingerprint of what follows */
    unsigned narms;
    char *arm[PP_MERGE_ARMS], *condition[PP_MERGE_ARMS]; /* condition: NULL, where it states none */
    bool alone;        /* one arm, online or offline */
    uint8_t families;  /* bits: 1 IPv4, 2 IPv6 */
    uint64_t targets, words[PP_MERGE_ARMS][PP_MERGED_WORDS];
};

struct pp_ledger_counts {
    uint64_t read, not_observations, other_schema, merged_before, duplicates, duplicates_differing, left_out, merged,
        written;
};

struct pp_ledger; /* opaque but for the arrays below */
struct json_t;
struct pp_ledger {
    struct pp_ledger_input *input;
    struct pp_ledger_vantage *vantage;
    struct pp_ledger_run *run;
    struct pp_ledger_question *question;
    char **remark;
    uint32_t ninputs, nvantages, nruns, nquestions, nremarks;
    struct pp_ledger_counts counts;
    int64_t from_us, to_us;
    bool by_address;
    struct json_t *by_name[3]; /* name -> index: vantage points, runs, questions */
    struct json_t *meta;       /* run_id -> what its metadata say (ledger_meta.c) */
    struct json_t *packets;    /* experiment and connect mode -> fingerprint, or false: they differ */
    struct json_t *arms;       /* fingerprint -> arms as the first metadata of it describe them */
    struct {
        uint32_t run, vantage, question;
        char run_id[PP_MERGE_NAME], name[PP_MERGE_NAME + PP_ADDR_STRLEN];
        bool any;
    } last;                    /* lines of one run mostly follow each other */
};

/* NULL printed. BY_ADDRESS: vantage points are told apart by their source address, too. */
struct pp_ledger *pp_ledger_new(bool by_address);
void pp_ledger_free(struct pp_ledger *l);
/* Makes room for one more zeroed element of SIZE bytes after N; arrays grow at powers of two. NULL printed. */
void *pp_ledger_more(void *array, uint32_t n, size_t size);
#define PP_LEDGER_MORE(l, what, n) (pp_ledger_more((l)->what, n, sizeof *(l)->what))
/* FILE NULL: standard input. Its index, or -1 printed. */
int64_t pp_ledger_input(struct pp_ledger *l, const char *file);
/* Reads the metadata file of input INPUT, if there is one. 0, or -1 printed: no memory. */
int pp_ledger_meta(struct pp_ledger *l, uint32_t input);
/*
 * Finds or adds the vantage point, run and question of D; sets their numbers in H, and the arguments of pp_digest_key,
 * which are borrowed until the next call. 0, or -1 printed.
 */
int pp_ledger_note(struct pp_ledger *l, struct pp_digest_head *h, const struct pp_digest *d, uint64_t *question,
                   struct pp_text_view *vantage, struct pp_text_view *run);
/* Counts an observation that is kept, in the second pass. */
void pp_ledger_keep(struct pp_ledger *l, const struct pp_digest_head *h);
/*
 * Decides which vantage points are left out: those with too many failed A/A controls, lost packets or invalid
 * observations. 0, or -1 printed.
 */
int pp_ledger_judge(struct pp_ledger *l, bool keep_all);
/*
 * Without a vantage name each source address is a vantage point, so that a run over IPv4 and IPv6 has two. Sets
 * `second` of the one with IPv6, and of its half of the run; call when all observations are read.
 */
void pp_ledger_families(struct pp_ledger *l);
/* Adds a remark for the reader of the result; after PP_LEDGER_REMARKS of them, further ones are dropped. */
void pp_ledger_remark(struct pp_ledger *l, const char *fmt, ...) PP_PRINTF(2, 3);
/* Adds remarks on files, runs, vantage points and clocks that look wrong. */
void pp_ledger_look(struct pp_ledger *l);
/* Prints the result in a few lines on stderr, unless -q. */
void pp_ledger_say(const struct pp_ledger *l);

/*
 * ledger_meta.c. A fingerprint of what the arms of RUN_ID send; 0 where metadata do not contradict each other about it,
 * 1 where they do and this run has none.
 */
uint64_t pp_ledger_packets(const struct pp_ledger *l, const char *run_id, const struct pp_digest *d);
/* The campaign that RUN_ID belongs to by its metadata, or NULL. */
const char *pp_ledger_campaign(const struct pp_ledger *l, const char *run_id);
/* Copies from the metadata into runs and vantage points, after all lines have been read. */
void pp_ledger_apply(struct pp_ledger *l);
/* Describes all of it in JSON. TARGETS' list by e-BH at Q. */
struct pp_ebh;
int pp_ledger_describe(const struct pp_ledger *l, struct pp_buf *out, const struct pp_ebh *ebh, double q);

#endif
