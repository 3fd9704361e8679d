/* SPDX-License-Identifier: BSD-2-Clause */
/* bars.h: the columns that `accuracy run` measured, put together (matrix.c), judged (bars.c) and written (rows.c). */
#ifndef PP_TEST_BARS_H
#define PP_TEST_BARS_H

#include "core/verdict/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { MATRIX_ONE, MATRIX_FULL, MATRIX_METHODS }; /* --rounds 1, and rounds until the evidence decides */

/* What was found of one arm behind one behaviour, all connect modes together. */
struct matrix_count {
    uint64_t n, word[PP_VERDICTS], invalid;
    uint64_t why_right; /* `unstable` with the reason that the truth names, if it names one */
    uint64_t met;       /* `works` although the arm failed twice or more */
};

struct matrix_row {
    char behaviour[64], arm[8];
    bool control, healthy, works_too;
    bool behind; /* it needs the success of another arm, such as one that fetches a cookie */
    bool by_flow; /* `unstable` because only some flows meet the behaviour */
    int expect; /* enum pp_verdict */
    struct matrix_count count[MATRIX_METHODS];
};

enum matrix_group {
    MATRIX_HARMLESS,  /* healthy, or with a behaviour that leaves connectivity alone */
    MATRIX_BROKEN,
    MATRIX_BEHIND,    /* broken, and behind another arm */
    MATRIX_CONTROLS,  /* odd, and not broken */
    MATRIX_BY_CHANCE, /* unstable, or works where the rounds have not met it */
    MATRIX_AWAY,      /* offline */
    MATRIX_MIRRORED, /* the baseline fails and the arm does not: transient */
    MATRIX_GROUPS
};

#define BARS_COUNTING_ALPHA 1e-4 /* of columns of the scenario `counting` */

#define MATRIX_ROWS 400

/* One population and kind of flow failure, measured with both methods. */
struct matrix_set {
    char scenario[48], p[16], kind[16];
    struct matrix_row row[MATRIX_ROWS];
    unsigned nrows;
    uint64_t hosts[MATRIX_METHODS], packets[MATRIX_METHODS];
    uint64_t lost[MATRIX_METHODS]; /* without exactly one observation */
    double cpu[MATRIX_METHODS], minutes[MATRIX_METHODS];
    uint64_t aa_n, aa_fail;
};

#define MATRIX_SETS 128

struct matrix {
    struct matrix_set set[MATRIX_SETS];
    unsigned nsets;
};

/* Adds what file PART has. 0, or -1 printed. */
int matrix_read(struct matrix *m, const char *part);
enum matrix_group matrix_group(const struct matrix_row *r);
/* Rows by group and name. */
void matrix_sort(struct matrix *m);
/* The table of one set. */
void matrix_print(const struct matrix_set *s);
void matrix_add(struct matrix_count *into, const struct matrix_count *c);

/*
 * Writes a row: what METHOD found of ARM behind BEHAVIOUR, or a sum ("= broken"). EXPECT: enum pp_verdict, -1: none.
 * BOUND: what it is held to, and PASS whether it holds.
 */
void rows_put(FILE *out, const struct matrix_set *s, const char *behaviour, const char *arm, int expect,
              unsigned method, const struct matrix_count *c, double bound, bool pass);

/* The least number that a Poisson variable of MEAN does not exceed with probability .999. */
uint64_t bars_poisson(double mean);
/*
 * The probability that an arm that makes no difference is called broken, where each flow fails with probability P
 * whatever the others do: it has to fail in all rounds, until E is enough for the list or no round is left.
 */
double bars_unlucky(double p);

/* Over all populations of the scenario `counting`. */
struct bars_counted {
    uint64_t n, broken, transient; /* broken: without the rows in which the treatment meets bad ports */
};

/* Prints the bars of S, a population of that scenario, writes its rows and adds to SUM. False: a bar does not hold. */
bool bars_counting(const struct matrix_set *s, FILE *out, struct bars_counted *sum);

/*
 * Prints all tables and bars, writes OUT as the contract says. HOSTS: of the full run, which makes no allowance for
 * chance.
 * PARTS ends with NULL. -1: a bar does not hold, or an error.
 */
int bars_report(const char *out, uint64_t hosts, char **parts);

#endif
