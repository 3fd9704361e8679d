/* SPDX-License-Identifier: BSD-2-Clause */
/* check.h: the experiments and results of `check`, for its page and its JSON. Main thread. */
#ifndef PP_CHECK_H
#define PP_CHECK_H

#include "../core/base/addr.h"
#include "../core/base/broker.h"
#include "../core/base/buf.h"

#include "../core/options/options.h"

#include <jansson.h>
#include <signal.h>
#include <time.h>

#define PP_CHECK_ROWS 20
#define PP_CHECK_TARGETS 64
#define PP_CHECK_HOPS 4 /* hops near this host that are checked */

enum pp_check_service { PP_CHECK_WEB, PP_CHECK_TLS, PP_CHECK_QUIC, PP_CHECK_DNS, PP_CHECK_SERVICES };

/* An experiment of `check`, in the order in which they are run; [0] shows which ports answer. */
struct pp_check_ask {
    const char *experiment, *mode; /* mode http: https where only that port answers */
    uint8_t service;               /* enum pp_check_service */
    uint8_t family;                /* 4 or 6: over this family only; 0: over both */
    bool plain;                    /* not over TLS */
    bool more;                     /* only if --experiments names it: see pathprobe-check(1) */
};
extern const struct pp_check_ask pp_check_asks[PP_CHECK_ROWS];

enum pp_check_state {
    PP_CHECK_NOT_YET,
    PP_CHECK_LEFT_OUT,
    PP_CHECK_ASKED,     /* no failure to confirm: all arms get through, or the target does not answer */
    PP_CHECK_SO_FAR,    /* by the rounds so far; more follow, or would have followed */
    PP_CHECK_CONFIRMED, /* with an error bound */
    PP_CHECK_UNDECIDED, /* all rounds are done, without an error bound */
};

struct pp_check_row {
    uint8_t state;         /* enum pp_check_state */
    const char *left_out;  /* the reason, in a clause */
    char word[16], arm[8]; /* the most severe word of all arms, and its arm */
    char clause[160];
    unsigned a[2], b[2];   /* successes and attempts of arm and baseline in this run of `measure` */
    /* Rounds in which that arm failed, and all rounds: of all runs; and of the first run, for its arm FIRST_ARM. */
    unsigned failed[2], first[2];
    char first_arm[8];
    double alpha;
    bool said;             /* the word is a verdict, and not only the result of the rounds so far */
    bool invalid;
    uint16_t port;
    unsigned flows, run;   /* flows of this run; number of the run */
    json_t *line;          /* the observation; NULL: none yet */
};

/* The effect of the first hops on marks and flags. */
struct pp_check_near {
    unsigned asked, quoted; /* hops, counted for each sweep */
    unsigned hop;           /* the nearest hop that got an altered packet; 0: none */
    char addr[PP_ADDR_STRLEN], what[96];
};

struct pp_check_target {
    struct pp_addr addr;
    char dip[PP_ADDR_STRLEN], domain[256];
    uint16_t given;      /* port given by the user; 0: none */
    uint16_t web;        /* the web port that answers; 0: not known, or none */
    bool tls;            /* 443 answers */
    bool refused;        /* no packet was sent: blocked, no route, or `measure` failed */
    /* services over UDP: the service answers; the service was tried */
    bool serves[PP_CHECK_SERVICES], tried[PP_CHECK_SERVICES];
    struct pp_check_row row[PP_CHECK_ROWS];
    struct pp_check_near near;
    char *trace;         /* text of --locate; NULL: none */
};

struct pp_check {
    struct pp_check_target target[PP_CHECK_TARGETS];
    unsigned targets;
    bool asked[PP_CHECK_ROWS]; /* --experiments, or all that are not `more` */
    bool locate;
    unsigned flows;
    double seconds;
    unsigned columns;          /* width of the terminal; 0: not known, or no terminal */
    const char *end;           /* "done", "interrupted", "failed"; NULL: under way */
};

/* Options for the children. */
struct pp_check_how {
    const char *interface, *contact;
    struct pp_strings source;
    bool impaired;
    int64_t cooldown, spacing; /* ns */
};

struct pp_check_work {
    const struct pp_check_how *how;
    struct pp_broker *broker; /* starts children with the privileges that this process dropped; borrowed */
    struct pp_check c;
    struct pp_buf said, trace; /* standard error of a child; standard output of `trace` */
    struct timespec begin;
    bool live;
    unsigned drawn;      /* lines of the page on the terminal */
    unsigned failed;     /* children that failed */
    unsigned row_now;    /* row of the present child */
    bool confirming;     /* the present child confirms a failure */
    unsigned run;        /* number of children started so far */
};

/* Handler for SIGINT, SIGTERM and SIGHUP: children end, and pp_check_ask_all returns. */
void pp_check_stop(int sig);
bool pp_check_stopped(void);
/* Takes a line of a child's output, without the line feed. */
typedef void pp_check_line(struct pp_check_work *w, const char *text, size_t len);
/*
 * Runs `measure` or `trace` with ARGV and LIST as standard input. w->said gets its standard error. Returns its exit
 * code; -1 printed.
 */
int pp_check_child(struct pp_check_work *w, const char *const *argv, const struct pp_buf *list, pp_check_line *line);
/*
 * The same for COMMAND EXPERIMENT with OPTIONS (NULL-terminated), and with interface, sources and contact from w->how.
 */
int pp_check_run(struct pp_check_work *w, const char *command, const char *experiment, const char *const *options,
                 const struct pp_buf *list, pp_check_line *line);
/* Prints the last child's standard error as the cause of its failure, and counts the failure. */
void pp_check_failed(struct pp_check_work *w, const char *command, const char *experiment);
/* Runs all experiments of w->c, one child at a time. */
void pp_check_ask_all(struct pp_check_work *w);
/* Finds the effect of the first hops on marks and flags for the experiments that were run: see pp_check_near. */
void pp_check_ask_near(struct pp_check_work *w);
/* Adds T:PORT as a line to a child's list. */
void pp_check_add(struct pp_buf *list, const struct pp_check_target *t, unsigned port);
/* The target of O, a line of a child's output; NULL: none. */
struct pp_check_target *pp_check_find(struct pp_check_work *w, const json_t *o);
/* Updates w->c.seconds and, on a terminal, redraws the page. */
void pp_check_draw(struct pp_check_work *w);

/* ---- check_read.c ---- */

/*
 * Sets word, arm, figures and clause of ROW from O, borrowed, an observation of the row's experiment, which may have
 * `interim`. CONFIRMING: O is from the run that confirms the failure of a single round.
 */
void pp_check_read(struct pp_check_row *row, json_t *o, bool confirming);
/* True if an arm gets through and another does not, at least in some rounds. */
bool pp_check_fails(const struct pp_check_row *row);

/* ---- check_page.c, check_json.c ---- */

/* Appends the page, with the terminal's width, but from 60 to 80 columns. */
void pp_check_page(struct pp_buf *out, const struct pp_check *c);
/* Writes the results as one object, with a line feed. */
void pp_check_json(struct pp_buf *out, const struct pp_check *c);

#endif
