/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * child.h: a `pathprobe measure` at the other end of four pipes: targets go in, observations, targets left out and a
 * status line a second come out. Its metadata and blocklist are descriptors of ours: it has more rights, and opens no
 * file that we name. One thread; no call waits but pp_fleet_child_wait.
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
    struct pp_buf out;            /* on its way there */
    size_t sent;                  /* bytes of it */
    struct pp_fleet_pipe pipe[PP_FLEET_PIPES];
    bool ended;
    int status; /* as waitpid has it, once it has ended */
};

/* Options that pp_fleet_child_start puts behind ARGV; NULL at the end. */
extern const char *const pp_fleet_child_options[];

/* ARGV as of pp_broker_run, less those options. METADATA and BLOCKLIST stay the caller's. 0, or -1 printed. */
int pp_fleet_child_start(struct pp_fleet_child *c, struct pp_broker *l, const char *const *argv, int metadata,
                         int blocklist);
/* Takes a copy. False: no memory. */
bool pp_fleet_child_feed(struct pp_fleet_child *c, const char *bytes, size_t len);
/* No target comes any more, once what was fed has gone in. */
void pp_fleet_child_end(struct pp_fleet_child *c);
void pp_fleet_child_signal(struct pp_fleet_child *c, int sig);
/* Moves what can be moved; waits up to MS for something that can. 0, or -1 printed: the broker is gone. */
int pp_fleet_child_wait(struct pp_fleet_child *c, int ms);
/* The next whole line of FROM, without its end, borrowed until the next call with FROM; NULL: none yet. */
const char *pp_fleet_child_line(struct pp_fleet_child *c, enum pp_fleet_from from, size_t *len);
/* It has ended, and all its lines were read. */
bool pp_fleet_child_done(const struct pp_fleet_child *c);
/* Forgets one that has ended; one that runs is killed first. */
void pp_fleet_child_release(struct pp_fleet_child *c);

#endif
