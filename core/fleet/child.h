/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * child.h: runs `pathprobe measure` with four pipes: it reads targets, and writes observations, targets left out and
 * one status line a second. Its metadata and blocklist are descriptors that this process has opened: `measure` has more
 * rights, so it must not open files by names that this process chooses. One thread; only pp_fleet_child_wait waits.
 */
#ifndef PP_FLEET_CHILD_H
#define PP_FLEET_CHILD_H

#include "../base/buf.h"
#include "../base/broker.h"

#include <poll.h>

enum pp_fleet_from { PP_FLEET_OBSERVATION, PP_FLEET_STATUS, PP_FLEET_LEFT_OUT, PP_FLEET_PIPES };

struct pp_fleet_pipe {
    int fd; /* -1: at its end */
    struct pp_buf in;
    size_t taken; /* bytes of it */
};

struct pp_fleet_child {
    struct pp_broker *broker; /* borrowed */
    pid_t pid;                    /* 0: none runs */
    int in;                       /* -1: closed */
    struct pp_buf out;            /* not yet written to `in` */
    size_t sent;                  /* bytes of it */
    int64_t rest_until;           /* ns: pipes are left alone before, so that they fill */
    struct pp_fleet_pipe pipe[PP_FLEET_PIPES];
    bool ended;
    int status; /* as waitpid has it, once it has ended */
};

/* No `measure` runs, nothing is open. */
#define PP_FLEET_CHILD_NONE .in = -1, .pipe = {{.fd = -1}, {.fd = -1}, {.fd = -1}}

/* Options that pp_fleet_child_start appends to ARGV; NULL at the end. */
extern const char *const pp_fleet_child_options[];

/*
 * Starts `measure` with ARGV (as of pp_broker_run) and these options. The caller keeps METADATA and BLOCKLIST. 0, or -1
 * printed.
 */
int pp_fleet_child_start(struct pp_fleet_child *c, struct pp_broker *l, const char *const *argv, int metadata,
                         int blocklist);
/* Copies LEN bytes of lines, to be written to `measure`. False: no memory. */
bool pp_fleet_child_feed(struct pp_fleet_child *c, const char *bytes, size_t len);
/* Closes the input of `measure` at once: what was fed and is not yet written does not reach it. */
void pp_fleet_child_end(struct pp_fleet_child *c);
void pp_fleet_child_signal(struct pp_fleet_child *c, int sig);
/*
 * Reads and writes the pipes as far as they are ready; waits up to MS for one, and before that until 20 ms have passed
 * since they were last empty. 0, or -1 printed: the broker is gone.
 */
int pp_fleet_child_wait(struct pp_fleet_child *c, int ms);
/* The next complete line of FROM without its newline, borrowed until the next call with FROM; NULL: none yet. */
const char *pp_fleet_child_line(struct pp_fleet_child *c, enum pp_fleet_from from, size_t *len);
/* True if `measure` has ended and all its lines were read. */
bool pp_fleet_child_done(const struct pp_fleet_child *c);
/* Frees all of it, which is PP_FLEET_CHILD_NONE then; kills `measure` first if it runs. */
void pp_fleet_child_release(struct pp_fleet_child *c);

#endif
