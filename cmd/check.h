/* SPDX-License-Identifier: BSD-2-Clause */
/* check.h: what `check` asks and has learned, for its page and its JSON. Main thread. */
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
#define PP_CHECK_HOPS 4 /* near this host */

enum pp_check_service { PP_CHECK_WEB, PP_CHECK_TLS, PP_CHECK_QUIC, PP_CHECK_DNS, PP_CHECK_SERVICES };

/* The experiments, in the order in which they are asked; [0] tells which ports answer. */
struct pp_check_ask {
    const char *experiment, *mode; /* mode http: https where only that port answers */
    uint8_t service;               /* enum pp_check_service */
    uint8_t family;                /* 4 or 6: it asks over that alone; 0: over both */
    bool plain;                    /* not within TLS */
    bool more;                     /* only where --experiments names it: see pathprobe-check(1) */
};
extern const struct pp_check_ask pp_check_asks[PP_CHECK_ROWS];

enum pp_check_state {
    PP_CHECK_NOT_YET,
    PP_CHECK_LEFT_OUT,
    PP_CHECK_ASKED,     /* nothing failed, or nothing answers: there is nothing to confirm */
    PP_CHECK_SO_FAR,    /* by the rounds that have been; more are to come, or would have been */
    PP_CHECK_CONFIRMED, /* with an error bound */
    PP_CHECK_UNDECIDED, /* all rounds have been, and bear no bound */
};

struct pp_check_row {
    uint8_t state;         /* enum pp_check_state */
    const char *left_out;  /* why, in a clause */
    char word[16], arm[8]; /* the gravest of the arms', and that arm */
    char clause[160];
    unsigned a[2], b[2];   /* successes and attempts, in this run of `measure` */
    /* Rounds in which that arm failed, and all, of all runs; and of the first run, in which the arm was FIRST_ARM. */
    unsigned failed[2], first[2];
    char first_arm[8];
    double alpha;
    bool said;             /* the word is a verdict's, not only what the rounds so far look like */
    bool invalid;
    uint16_t port;
    unsigned flows, run;   /* flows of this run; its number */
    json_t *line;          /* the observation; NULL: none yet */
};

/* What the first hops do to marks and flags. */
struct pp_check_near {
    unsigned asked, quoted; /* hops, once for each sweep */
    unsigned hop;           /* the nearest that got something altered; 0: none */
    char addr[PP_ADDR_STRLEN], what[96];
};

struct pp_check_target {
    struct pp_addr addr;
    char dip[PP_ADDR_STRLEN], domain[256];
    uint16_t given;      /* port that was asked for; 0: none */
    uint16_t web;        /* of the port that answers; 0: not known, or none */
    bool tls;            /* 443 answers */
    bool refused;        /* nothing was sent: its range is blocked, or there is no route, or measuring failed */
    bool serves[PP_CHECK_SERVICES], tried[PP_CHECK_SERVICES]; /* those over UDP: something answers; it was asked */
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
    unsigned columns;          /* of the terminal; 0: not known, or it is none */
    const char *end;           /* NULL: under way; "done", "interrupted", "failed" */
};

/* What children are told. */
struct pp_check_how {
    const char *interface, *contact;
    struct pp_strings source;
    bool impaired;
    int64_t cooldown, spacing; /* ns */
};

struct pp_check_work {
    const struct pp_check_how *how;
    struct pp_broker *broker; /* starts what is asked here, with the rights that are given up */
    struct pp_check c;
    struct pp_buf said, trace; /* a child's standard error; what `trace` printed */
    struct timespec begin;
    bool live;
    unsigned drawn;      /* lines of the page that stand on the terminal */
    unsigned failed;     /* children that could not do what they were asked */
    unsigned row_now;    /* which row children are asked about, and */
    bool confirming;     /* whether for good */
    unsigned run;        /* children so far */
};

/* For SIGINT and SIGTERM: children end, and pp_check_ask_all returns. */
void pp_check_stop(int sig);
bool pp_check_stopped(void);
/* A line of a child's output, without the line feed. */
typedef void pp_check_line(struct pp_check_work *w, const char *text, size_t len);
/*
 * ARGV of `measure` or `trace` over LIST, on its standard input. Its standard error is left in w->said. Its exit code;
 * -1 printed.
 */
int pp_check_child(struct pp_check_work *w, const char *const *argv, const struct pp_buf *list, pp_check_line *line);
/* The same for COMMAND EXPERIMENT with OPTIONS (NULL at the end), and with interface, sources and contact of w->how. */
int pp_check_run(struct pp_check_work *w, const char *command, const char *experiment, const char *const *options,
                 const struct pp_buf *list, pp_check_line *line);
/* What that child said, as the reason why it failed; counts it. */
void pp_check_failed(struct pp_check_work *w, const char *command, const char *experiment);
/* Asks all that w->c says, one child at a time. */
void pp_check_ask_all(struct pp_check_work *w);
/* What the first hops do to marks and flags of those experiments that were asked: see pp_check_near. */
void pp_check_ask_near(struct pp_check_work *w);
/* T:PORT as a line of a child's list. */
void pp_check_add(struct pp_buf *list, const struct pp_check_target *t, unsigned port);
/* The target that O, a line of a child's, is about; NULL: none. */
struct pp_check_target *pp_check_find(struct pp_check_work *w, const json_t *o);
/* w->c.seconds, and on a terminal the page, over the one before. */
void pp_check_draw(struct pp_check_work *w);

/* ---- check_read.c ---- */

/*
 * From O, borrowed, an observation of the row's experiment: word, arm, figures, clause. CONFIRMING: of the run that
 * confirms what one of a single round said before; O may have `interim`.
 */
void pp_check_read(struct pp_check_row *row, json_t *o, bool confirming);
/* An arm does not get through where another does, or the other way round, at least at times. */
bool pp_check_fails(const struct pp_check_row *row);

/* ---- check_page.c, check_json.c ---- */

/* The page, of 80 columns, or as many as the terminal has if these are fewer, but for 60. Appends. */
void pp_check_page(struct pp_buf *out, const struct pp_check *c);
/* One object, with a line feed. */
void pp_check_json(struct pp_buf *out, const struct pp_check *c);

#endif
