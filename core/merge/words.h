/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * words.h: combines the words of runs into the word of a vantage point (stable), and those of vantage points into one
 * word (multipoint). The words are those that `measure` wrote; no verdict is computed again. Pure functions.
 */
#ifndef PP_WORDS_H
#define PP_WORDS_H

#include "../base/addr.h"
#include "../base/buf.h"
#include "../verdict/verdict.h"

/* Continues enum pp_verdict by the words that only several vantage points can have. */
enum { PP_PATH_DEPENDENT = PP_VERDICTS, PP_CANDIDATE, PP_MERGED_WORDS, PP_NO_WORD = UINT8_MAX };

/* The word's text in lines; ALONE: of an experiment with one arm. NULL for PP_NO_WORD. */
const char *pp_merged_name(unsigned word, bool alone);
/* The enum pp_verdict of LEN bytes of TEXT; PP_NO_WORD: TEXT is none. */
uint8_t pp_merged_parse(const char *text, size_t len);

#define PP_SURE_ROUNDS 3 /* after so many rounds without a failure `works` is sure */
#define PP_E_MAX 1e300

/* One arm in one observation. */
struct pp_arm_seen {
    double e;     /* 1 where there is none; 0 for `transient`, whose own E is small and not in the line */
    double alpha; /* 0: none */
    uint32_t a_ok, a_n, b_ok, b_n;
    uint8_t word;      /* enum pp_verdict, PP_NO_WORD */
    uint8_t undecided; /* `unstable` because a limit came before the evidence: no judgement */
};

/* One arm in all valid observations of a vantage point. */
struct pp_arm_stable {
    double e, alpha; /* e: the product over runs; alpha: the smallest of the runs, 0: none */
    uint64_t a_ok, a_n, b_ok, b_n;
    uint64_t n[PP_VERDICTS], undecided; /* runs */
    uint64_t judged;                 /* runs behind `word` */
    uint8_t word;
    bool sure;
};

void pp_stable_init(struct pp_arm_stable *s);
void pp_stable_add(struct pp_arm_stable *s, const struct pp_arm_seen *a);
/* Sets word, judged, sure. */
void pp_stable_end(struct pp_arm_stable *s);

#define PP_SOURCES 8
/* The source addresses of a vantage point, the public ones where they are known. */
struct pp_sources {
    unsigned n;
    struct pp_addr addr[PP_SOURCES];
    bool special[PP_SOURCES]; /* special-purpose: another host may have the same address */
    uint32_t asn;             /* 0: not known */
};

void pp_sources_add(struct pp_sources *s, const struct pp_addr *a, bool special, uint32_t asn);
/* True if A and B share no address, or share only special-purpose ones and are in different ASes. */
bool pp_sources_differ(const struct pp_sources *a, const struct pp_sources *b);

struct pp_point {
    const struct pp_sources *sources;
    uint8_t word;
    bool sure;
    bool ask_again; /* set by pp_multipoint: the point is one side of a difference, and not sure */
};

/* The word of N points; *EVIDENCE: how many of them it rests on. */
uint8_t pp_multipoint(struct pp_point *p, unsigned n, unsigned *evidence);

/*
 * "ecn.data.connectivity.works" -> "ecn.data.INFIX.connectivity.works:N": INFIX goes before the last element but one,
 * but never first. NAME has LEN bytes; if VALUE_LEN > 0 the condition has that for its value, which stays in the place
 * of N, and INFIX goes before the last element.
 */
void pp_merged_condition(struct pp_buf *out, const char *infix, const char *name, size_t len, const char *value,
                         size_t value_len, uint64_t n);
/* The same of a group whose members disagree: WORD in the place of the last element, or behind a name with a value. */
void pp_merged_disagree(struct pp_buf *out, const char *infix, const char *name, size_t len, bool valued,
                        const char *word, uint64_t n);

#endif
