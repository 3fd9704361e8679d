/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * launcher.h: a process that keeps the rights that its parent gives up, and can do one thing with them: start this
 * program's `measure` or `trace`, with options that name no file, one at a time. Main thread, no others.
 */
#ifndef PP_LAUNCHER_H
#define PP_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>

#define PP_LAUNCHER_ARGS 48

struct pp_launcher {
    int fd; /* to it; readable once what was started has ended */
    int pid;
};

/* 0, or -1 printed. To be called before rights are given up. It ends with its parent, or by pp_launcher_close. */
int pp_launcher_open(struct pp_launcher *l);
/* Starts ARGV (without the program's name), with these for its standard descriptors. 0, or -1 printed. */
int pp_launcher_start(const struct pp_launcher *l, const char *const *argv, int in, int out, int err);
/* What was started gets SIGINT. */
void pp_launcher_stop(const struct pp_launcher *l);
/* Waits for what was started. Its exit code; 128 + N: ended by signal N; -1 printed: it was not started. */
int pp_launcher_wait(const struct pp_launcher *l);
void pp_launcher_close(struct pp_launcher *l);

/* Whether a launcher starts this: the rule that it goes by. */
bool pp_launcher_may(const char *const *argv);

#endif
