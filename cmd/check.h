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

#define PP_CHECK_ROWS 12
#define PP_CHECK_TARGETS 64

enum pp_check_service { PP_CHECK_WEB, PP_CHECK_TLS, PP_CHECK_QUIC, PP_CHECK_DNS };

/* The experiments, in the order in which they are asked; [0] tells which ports answer. */
struct pp_check_ask {
    const char *experiment, *mode; /* mode http: https where only that port answers */
    uint8_t service;               /* enum pp_check_service */
    bool only4;
};
extern const struct pp_check_ask pp_check_asks[PP_CHECK_ROWS];

enum pp_check_state { PP_CHECK_NOT_YET, PP_CHECK_LEFT_OUT, PP_CHECK_FIRST, PP_CHECK_DONE };

struct pp_check_row {
    uint8_t state;         /* enum pp_check_state: FIRST: one round, to be confirmed */
    const char *left_out;  /* why, in a clause */
    char word[16], arm[8]; /* the gravest of the arms', and that arm */
    char clause[160];
    unsigned a[2], b[2];   /* successes and attempts */
    double alpha, e;
    bool invalid;
    uint16_t port;
    json_t *line;          /* the observation */
};

struct pp_check_target {
    struct pp_addr addr;
    char dip[PP_ADDR_STRLEN], domain[256];
    uint16_t given;      /* port that was asked for; 0: none */
    uint16_t web;        /* of the port that answers; 0: not known, or none */
    bool tls;            /* 443 answers */
    bool refused;        /* nothing was sent: its range is blocked, or there is no route, or measuring failed */
    struct pp_check_row row[PP_CHECK_ROWS];
    char *trace;         /* text of --locate; NULL: none */
};

struct pp_check {
    struct pp_check_target target[PP_CHECK_TARGETS];
    unsigned targets;
    bool asked[PP_CHECK_ROWS]; /* --experiments */
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
};

/* For SIGINT and SIGTERM: children end, and pp_check_ask_all returns. */
void pp_check_stop(int sig);
bool pp_check_stopped(void);
/*
 * ARGV of `measure` or `trace` over LIST, on its standard input; LINE gets each line of its output, without the line
 * feed. Its standard error is left in w->said. Its exit code; -1 printed.
 */
int pp_check_child(struct pp_check_work *w, const char *const *argv, const struct pp_buf *list,
                   void (*line)(struct pp_check_work *w, const char *text, size_t len));
/* Asks all that w->c says, one child at a time. */
void pp_check_ask_all(struct pp_check_work *w);
/* w->c.seconds, and on a terminal the page, over the one before. */
void pp_check_draw(struct pp_check_work *w);

/* From OBSERVATION, borrowed, of the row's experiment: word, arm, figures, clause; CONFIRMED: after all rounds. */
void pp_check_read(struct pp_check_row *row, unsigned index, json_t *observation, bool confirmed);
/* The page, of 80 columns, or as many as the terminal has if these are fewer, but for 60. Appends. */
void pp_check_page(struct pp_buf *out, const struct pp_check *c);
/* One object, with a line feed. */
void pp_check_json(struct pp_buf *out, const struct pp_check *c);

#endif
