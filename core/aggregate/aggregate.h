/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aggregate.h: counts for a report, line by line, in bounded memory: names, networks and runs past a bound are counted
 * as left out. Verdicts are those in the lines; none is computed again. One thread.
 *
 *   report
 *     part[]: an experiment in a connect mode
 *       question[]: conditions that are equal up to the last dot, "ecn.connectivity", with their words as members
 *       keys[]: AS, country, /24 or /48: of each how many targets, and how many broken of each question
 *       list: targets with `broken` verdicts, those with most evidence
 *     run[]: of each run_id its counts
 */
#ifndef PP_AGGREGATE_H
#define PP_AGGREGATE_H

#include "../base/siphash.h"
#include "../verdict/plan.h"
#include "../verdict/stats.h"
#include "../verdict/verdict.h"
#include "reading.h"

#include <jansson.h>

#define PP_PARTS_MAX 16
#define PP_QUESTIONS_MAX 96 /* of a part */
#define PP_MEMBERS_MAX 16   /* of a question */
#define PP_VALUES_MAX 64    /* different values of a condition that has one */
#define PP_RUNS_MAX 512
#define PP_VANTAGES_MAX 256
#define PP_SHARE_BUCKETS 4096 /* clusters are hashed into so many */
#define PP_LISTED_MAX 2000    /* targets of a part's list */
#define PP_LOCATED_MAX 1000
/* Bytes of all parts together. */
#define PP_KEYS_BYTES (80u << 20)
#define PP_SHARES_BYTES (80u << 20)
#define PP_ROUNDS_BYTES (24u << 20)

/* The two ways to cluster targets, for the interval of a share. */
enum { PP_BY_PREFIX, PP_BY_AS, PP_BYS };

/* Design effects of conditions with a share between 0 and 1, for those with 0 or 1, whose clusters show none. */
struct pp_effects {
    bool known;
    double of[2][PP_BYS]; /* the largest, of words and of other conditions; 0: none */
};

struct pp_values {
    struct {
        int64_t v;
        uint64_t n;
    } value[PP_VALUES_MAX];
    unsigned n;
    uint64_t more; /* lines with values past the bound */
};

struct pp_member_count {
    char *name;                  /* behind the last dot: "works" */
    int word;                    /* enum pp_verdict; -1: none */
    uint64_t n, first;           /* lines that state it, after all rounds and by round 1 alone */
    uint64_t based, first_based; /* those of them about a target that counts: see pp_question.base */
    uint32_t *hit[PP_BYS];       /* of those that count, by bucket */
    struct pp_values *values;    /* NULL: it has none */
    uint64_t seen, seen_first;   /* the last line that states it */
};

struct pp_question {
    char *stem;               /* "ecn.connectivity" */
    bool connectivity, alone; /* its members are words; words of an experiment with one arm */
    char arm[16];             /* "B1"; empty: not known */
    int base;                 /* only targets with `works` in this question count; -1: all */
    bool left_out; /* round 1 leaves its arm out where another arm implies it, so round 1 alone has too few targets */
    uint64_t implied; /* targets whose word another arm implied */
    uint64_t lines;   /* that state any member */
    uint64_t n;       /* targets that count: reached, and base works; without words: all lines */
    uint64_t first_n;
    uint32_t *all[PP_BYS]; /* of n, by bucket */
    struct pp_member_count member[PP_MEMBERS_MAX];
    unsigned nmembers;
    uint64_t seen, seen_first;
    int word, first_word;               /* member in the line just read */
    uint64_t counted;                   /* number of the last line that n counts */
    struct pp_pairs pairs;              /* of round 1; with connectivity */
    struct pp_pairs change;             /* compared with another campaign: A is that one, B this one */
    uint64_t common, stayed;            /* targets judged in both; broken in both */
    uint64_t moved[PP_VERDICTS][PP_VERDICTS]; /* by its word in the other campaign and its word here */
};

/* Networks, each with a column of counts for each question, and one for all together: broken in any. */
#define PP_KEYS_ANY PP_QUESTIONS_MAX
#define PP_KEYS_COLUMNS (PP_QUESTIONS_MAX + 1)
struct pp_keys {
    uint64_t *key;
    uint32_t *slot; /* hash table of index + 1 */
    uint32_t n, cap, slots;
    uint64_t left_out; /* lines whose network is not counted, as the table is full */
    struct {
        uint32_t *n, *broken;
    } column[PP_KEYS_COLUMNS]; /* of questions with connectivity */
    char **name;                /* of ASes; NULL: none */
};
enum pp_key_kind { PP_KEY_AS, PP_KEY_COUNTRY, PP_KEY_PREFIX, PP_KEY_KINDS };

struct pp_listed_arm {
    char arm[16], word[16], how[16], first[16];
    uint16_t question;
    bool broken, with_base; /* with_base: broken, and the arm that it builds on, too */
    double e;
    char *rounds; /* of a broken one: JSON, or NULL */
};

/* A target with broken arms. */
struct pp_listed {
    double e; /* of its first broken arm, which no other of its broken ones is a part of */
    struct pp_addr addr;
    uint16_t port;
    uint32_t asn;
    char country[3];
    struct pp_listed_arm *arm; /* all that were judged */
    unsigned narms, first;     /* first: the index of that first one */
    uint64_t order;            /* number of the line: where all else is equal, the earlier line stays */
    char *domain, *vantages;   /* JSON, or NULL; vantages: of a merged line */
};

struct pp_report_located {
    struct pp_addr addr;
    uint16_t port;
    char *domain, *json; /* one element of `located` */
};

/* How much of the bounds above is in use. */
struct pp_report_room {
    size_t keys, shares, rounds;
};

struct pp_part {
    char experiment[64], connect[32];
    struct pp_report_room *room;
    struct pp_sipkey key;
    uint16_t *slot; /* hash table: condition -> question x member + 1 */
    bool merged;
    struct pp_question question[PP_QUESTIONS_MAX];
    unsigned nquestions;
    uint64_t lines, invalid, valid, offline, unjudged;
    uint64_t more_names; /* conditions that are not counted, as the table is full */
    uint32_t *reached_all[PP_BYS];
    struct pp_effects *effects; /* computed when a share is first asked for, after the last line */
    uint64_t reached; /* lines in which any question has a word but offline */
    uint32_t *broken_any[PP_BYS];
    uint64_t any_broken; /* those of them in which any is broken */
    uint64_t offline_how[PP_HOW_COUNT];
    uint64_t aa_n, aa_fail, aa_first_n, aa_first_fail, audited, audit_changed, outage, late, send_errors, dropped,
        flows;
    struct pp_ebh ebh;
    struct pp_keys keys[PP_KEY_KINDS];
    struct pp_listed *listed; /* a heap, least evidence first */
    unsigned nlisted;
    uint64_t listable; /* targets with a broken verdict */
    uint64_t broken;   /* verdicts */
    struct pp_report_located *located;
    unsigned nlocated;
    uint64_t all_located;
    uint64_t stable_lines, multipoint_lines;
    uint32_t (*agree)[PP_VANTAGES_MAX][2]; /* by vantage x vantage: judged by both; same word. NULL: not merged */
    const json_t *meta;                    /* of the first run of it that has metadata; borrowed */
    const json_t *arms;                    /* as `meta`, or metadata of merged observations, describe them; borrowed */
};

struct pp_report_run {
    char run_id[64], vantage[64], from[32], to[32], sip[PP_ADDR_STRLEN];
    uint16_t part;
    uint64_t lines, invalid;
    uint64_t n[PP_MAX_ARMS], broken[PP_MAX_ARMS]; /* by question */
    const json_t *meta;                           /* borrowed; NULL: none */
    bool several;                                 /* its lines name more than one vantage point */
    bool clashes;                                 /* metadata of another run have the same name */
};

struct pp_before; /* another campaign's words, by target */

struct pp_report {
    struct pp_part part[PP_PARTS_MAX];
    unsigned nparts;
    struct pp_report_run *run; /* PP_RUNS_MAX */
    unsigned nruns;
    char (*vantage)[64];
    unsigned nvantages;
    uint64_t lines, foreign, cut; /* all; not observations; cut off at the end of a file */
    uint64_t foreign_first;       /* the number of the first such line */
    const char *foreign_why;
    uint64_t parts_left_out, runs_left_out, vantages_left_out;
    struct pp_report_room room;
    struct pp_sipkey key;
    const json_t *merged;     /* metadata of merged observations; borrowed, NULL: none */
    struct pp_before *before; /* NULL: none */
    char from[32], to[32];
};

/* 0, or -1 printed. */
int pp_report_open(struct pp_report *f);
void pp_report_close(struct pp_report *f);
/* Takes the metadata of a run, before its lines. META is borrowed until close. 0, or -1 printed. */
int pp_report_meta(struct pp_report *f, const json_t *meta);
/* Counts one line. 0, or -1 printed: no memory. */
int pp_report_line(struct pp_report *f, const struct pp_reading *r);
/* Takes a line of the campaign to compare with; all of these come first. 0, or -1 printed. */
int pp_report_before(struct pp_report *f, const struct pp_reading *r);

/* Words of the earlier campaign that are not compared, as the table is full. */
uint64_t pp_report_before_left_out(const struct pp_report *f);

/* A share with its 95 % interval, the wider one of those clustered by prefix and by AS. */
struct pp_share {
    uint64_t k, n;
    double share;
    struct pp_interval interval;
    double effect; /* the design effect: so many targets weigh as one independent target; the larger of */
    double effect_by[PP_BYS];
};
struct pp_share pp_part_share(const struct pp_part *p, const struct pp_question *q, unsigned member);
/* Of the targets that were reached, those with any broken arm. */
struct pp_share pp_part_share_broken(const struct pp_part *p);
/* The index of the member with WORD; -1: none. */
int pp_question_member(const struct pp_question *q, enum pp_verdict word);
/* The question that the first sentence is about; NULL: none has words. */
const struct pp_question *pp_part_headline(const struct pp_part *p);

#endif
