/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * error.h: reports errors. A function that fails returns a negative number; the one that knows the cause prints it:
 * `return pp_error("cannot open '%s'", path);`. Messages are lower case, cause first, subject quoted, no full stop. A
 * hint names the remedy where there is one. Any thread may call these.
 */
#ifndef PP_ERROR_H
#define PP_ERROR_H

#include "banned.h"

#include <stdbool.h>

#define PP_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Prints "pathprobe: MESSAGE" on stderr. Returns -1. */
int pp_error(const char *fmt, ...) PP_PRINTF(1, 2);
/*
 * As pp_error, for a command line or configuration that is invalid: a command that fails after it ends with exit code 2
 * instead of 1 (see pp_usage_told).
 */
int pp_usage(const char *fmt, ...) PP_PRINTF(1, 2);
/* True if any thread has called pp_usage. */
bool pp_usage_told(void);
/* As pp_error, with ": " and the text of errno appended. Returns -1; errno is kept. */
int pp_error_errno(const char *fmt, ...) PP_PRINTF(1, 2);
/* Prints "pathprobe: warning: MESSAGE". */
void pp_warn(const char *fmt, ...) PP_PRINTF(1, 2);
/* Prints "hint: MESSAGE". Returns -1, so that `return pp_hint()` can end a function that failed. */
int pp_hint(const char *fmt, ...) PP_PRINTF(1, 2);
/* Prints only under -v. */
void pp_verbose(const char *fmt, ...) PP_PRINTF(1, 2);

/*
 * Prints the line MESSAGE to F, for output that is no message but contains text from a command line, a file or the
 * network: a line that `upload` prints about a file, a finding of `doctor`. The caller handles -q.
 */
void pp_say(FILE *f, const char *fmt, ...) PP_PRINTF(2, 3);
/*
 * Copies TEXT of LEN bytes into TO, which has ROOM bytes with the NUL: control characters and invalid UTF-8 as \xNN.
 * Returns how many bytes of TEXT were copied.
 */
size_t pp_escape(char *to, size_t room, const char *text, size_t len);

/*
 * pp_verbosity: 0 = errors and warnings, 1 = verbose messages, too. pp_quiet: errors alone. Set once by main, before
 * threads start.
 */
extern int pp_quiet, pp_verbosity;

/* Suppresses this thread's messages: it repeats work whose errors another thread reports. */
extern _Thread_local bool pp_error_muted;

/*
 * Clears a terminal's status line, before a message is printed on that line. Set by the progress display; called under
 * the message lock. NULL: no status line.
 */
extern void (*pp_error_before)(void);

/* Prints the place of a violated invariant, and aborts. */
#define BUG(...) pp_bug(__FILE__, __LINE__, __VA_ARGS__)
void pp_bug(const char *file, int line, const char *fmt, ...) PP_PRINTF(3, 4) __attribute__((noreturn));

#endif
