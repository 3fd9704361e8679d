/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * words.h: the words of runs -> the word of a vantage point (stable) -> the word of several (multipoint). Nothing is
 * judged anew: the words are the measuring program's, and only those agree that are equal. Pure functions.
 */
#ifndef PP_WORDS_H
#define PP_WORDS_H

#include "../base/addr.h"
#include "../base/buf.h"
#include "../verdict/verdict.h"

/* enum pp_verdict, and what only several vantage points can be. */
enum { PP_PATH_DEPENDENT = PP_VERDICTS, PP_CANDIDATE, PP_MERGED_WORDS, PP_NO_WORD = UINT8_MAX };

/* As lines have it; ALONE: of an experiment with one arm. NULL: PP_NO_WORD. */
const char *pp_merged_name(unsigned word, bool alone);
/* LEN bytes of TEXT -> enum pp_verdict; PP_NO_WORD: none. */
uint8_t pp_merged_parse(const char *text, size_t len);

#define PP_SURE_ROUNDS 3 /* without a failure: `works` is sure */
#define PP_E_MAX 1e300

/* One arm in one observation. */
struct pp_arm_seen {
    double e;     /* 1 where there is none; 0 for `transient`, whose own E is small and not in the line */
    double alpha; /* 0: none */
    uint32_t a_ok, a_n, b_ok, b_n;
    uint8_t word;      /* enum pp_verdict, PP_NO_WORD */
    uint8_t undecided; /* `unstable` because a limit came before the evidence: no judgement */
};

/* And in all valid ones of a vantage point. */
struct pp_arm_stable {
    double e, alpha; /* the product; the least of the runs, 0: none */
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
/* Where a vantage point sent from: its addresses as seen outside, where that is known. */
struct pp_sources {
    unsigned n;
    struct pp_addr addr[PP_SOURCES];
    bool special[PP_SOURCES]; /* others may have it, too */
    uint32_t asn;             /* 0: not known */
};

void pp_sources_add(struct pp_sources *s, const struct pp_addr *a, bool special, uint32_t asn);
/* They have no address in common; or only special-purpose ones, and are in different ASes. */
bool pp_sources_differ(const struct pp_sources *a, const struct pp_sources *b);

struct pp_point {
    const struct pp_sources *sources;
    uint8_t word;
    bool sure;
    bool ask_again; /* set: it is one side of a difference, and not sure */
};

/* *EVIDENCE: of N points, those behind the word. */
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
