/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broker.h: starts commands of this program for a process that has dropped its privileges. The broker is forked off
 * while the process has its privileges, reads no data of the network or of files, and starts only `pathprobe COMMAND`
 * with arguments of its lists. So a process that is exposed to the network can run `measure`, and nothing else. Input
 * and output of a command are passed as descriptors, which the caller opened with its own rights; an option that takes
 * a file gets one of them as /dev/fd/N. pp_broker_start: main thread, before other threads start; then one thread.
 */
#ifndef PP_BROKER_H
#define PP_BROKER_H

#include <stdbool.h>
#include <sys/types.h>

#define PP_BROKER_ARGS 256          /* arguments of one command */
#define PP_BROKER_TEXT (48u << 10)  /* bytes of all arguments, each with its NUL */
#define PP_BROKER_FDS 8             /* descriptors passed: 0, 1, 2, 3, ... of the command */
#define PP_BROKER_CHILDREN 16       /* commands at the same time */

struct pp_broker; /* opaque */

struct pp_broker_rules {
    const char *const *commands; /* permitted commands; NULL-terminated, borrowed, as all lists here */
    /*
     * Options that a caller may pass, without dashes. `name`: as `--name` or `--name=value`. `name=value`: this value
     * alone, such as `status=/dev/fd/3`. NULL: all options.
     */
    const char *const *options;
    const char *const *fixed;    /* arguments appended to the caller's; NULL: none */
};

/* The end of a command. */
struct pp_broker_end {
    pid_t pid;
    int status; /* as from waitpid */
};

/* RULES is borrowed. NULL printed. */
struct pp_broker *pp_broker_start(const struct pp_broker_rules *rules);
/* Sends SIGTERM to all running commands, and SIGKILL 10 s later. Does not wait for that. */
void pp_broker_free(struct pp_broker *l);
/*
 * Runs `pathprobe ARGV...` (ARGV[0] is the command, NULL-terminated) with FDS, NFDS of them and at least 3, as its
 * descriptors from 0 on; they stay the caller's. From 3 on each is a pipe, or a file open for reading and writing: the
 * command opens /dev/fd/N anew with its own rights, so it must not get a file that the caller could only read or only
 * write. Returns its pid, or -1 printed: not permitted, PP_BROKER_CHILDREN run already, too many arguments, descriptors
 * or bytes, no memory, or the broker has ended.
 */
pid_t pp_broker_run(struct pp_broker *l, const char *const *argv, const int *fds, int nfds);
/* Sends SIG (SIGHUP, SIGINT, SIGTERM, SIGKILL) to a command whose end has not been reported yet. */
void pp_broker_signal(struct pp_broker *l, pid_t pid, int sig);
/* Returns a descriptor that becomes readable when a command or the broker itself has ended. */
int pp_broker_fd(const struct pp_broker *l);
/* 1: *END describes a command that has ended. 0: none has. -1 printed: the broker has ended. Does not wait. */
int pp_broker_ended(struct pp_broker *l, struct pp_broker_end *end);
/*
 * Waits for the end of PID; ends of other commands reported meanwhile are discarded. Returns its exit code; 128 + N:
 * ended by signal N; -1 printed: it could not be executed, or the broker has ended.
 */
int pp_broker_wait(struct pp_broker *l, pid_t pid);

#endif
