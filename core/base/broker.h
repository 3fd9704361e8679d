/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broker.h: starts commands of this program for a process that has given up its rights. It is forked off while the
 * rights are still there, reads no byte of the network or of a file, and starts nothing but `pathprobe COMMAND` with
 * what is on its lists. So a process that talks to strangers can have `measure` run, and no more than that. What a
 * command reads and writes is handed over as descriptors, which the command opened with its own rights; an option that
 * takes a file gets one of them as /dev/fd/N. Main thread, before others start; the calls behind pp_broker_start from
 * one thread.
 */
#ifndef PP_BROKER_H
#define PP_BROKER_H

#include <stdbool.h>
#include <sys/types.h>

#define PP_BROKER_ARGS 256          /* of one command */
#define PP_BROKER_TEXT (48u << 10)  /* bytes of them together, each with its NUL */
#define PP_BROKER_FDS 8             /* handed over: descriptors 0, 1, 2, 3, ... of the command */
#define PP_BROKER_CHILDREN 16       /* at once */

struct pp_broker; /* opaque */

struct pp_broker_rules {
    const char *const *commands; /* may be started; NULL at the end, borrowed, as all here */
    /*
     * Options that may be asked for, without dashes. `name`: as `--name` or `--name=value`. `name=value`: this value
     * alone, such as `status=/dev/fd/3`. NULL: all.
     */
    const char *const *options;
    const char *const *fixed;    /* whole arguments put behind those that were asked for; NULL: none */
};

/* What became of a command. */
struct pp_broker_end {
    pid_t pid;
    int status; /* as waitpid has it */
};

/* NULL printed. */
struct pp_broker *pp_broker_start(const struct pp_broker_rules *rules);
/* All that still run get SIGTERM; those that are there 10 s later SIGKILL. Does not wait for it. */
void pp_broker_free(struct pp_broker *l);
/*
 * Runs `pathprobe ARGV...` (ARGV[0] is the command, NULL at the end) with FDS, NFDS of them and at least 3, as its
 * descriptors from 0 on; they stay the caller's. From 3 on each is a pipe, or a file that is open for reading and
 * writing: the command opens /dev/fd/N anew with rights of its own, so it is given no file with which the caller could
 * not do all that it can. Its pid, or -1 printed: it is not on the lists, or cannot be started.
 */
pid_t pp_broker_run(struct pp_broker *l, const char *const *argv, const int *fds, int nfds);
/* Sends SIG (SIGHUP, SIGINT, SIGTERM, SIGKILL) to a command that was started and whose end was not yet told. */
void pp_broker_signal(struct pp_broker *l, pid_t pid, int sig);
/* Becomes readable when a command has ended, or the broker itself, which is no more then. */
int pp_broker_fd(const struct pp_broker *l);
/* 1: *END is of a command that has ended. 0: none has. -1 printed: the broker is gone. Does not wait. */
int pp_broker_ended(struct pp_broker *l, struct pp_broker_end *end);
/*
 * Waits for the end of PID; ends of others that come meanwhile are forgotten. Its exit code; 128 + N: ended by signal
 * N; -1 printed: it could not be executed, or the broker is gone.
 */
int pp_broker_wait(struct pp_broker *l, pid_t pid);

#endif
