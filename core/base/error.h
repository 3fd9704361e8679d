/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * error.h: the one error idiom. A function that fails returns a negative number; the one that knows the
 * cause says so: `return pp_error("cannot open '%s'", path);`. Messages are lower case, cause first,
 * subject quoted, no full stop. A hint says what to do about it, where we know. Any thread may call these.
 */
#ifndef PP_ERROR_H
#define PP_ERROR_H

#include "banned.h"

#include <stdbool.h>

#define PP_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Prints "pathprobe: MESSAGE" on stderr. Returns -1. */
int pp_error(const char *fmt, ...) PP_PRINTF(1, 2);
/*
 * The same of what the command line or a configuration asks and cannot be: the command that fails over it ends with
 * exit code 2 instead of 1 (see pp_usage_told).
 */
int pp_usage(const char *fmt, ...) PP_PRINTF(1, 2);
bool pp_usage_told(void);
/* The same with ": " and the text of errno behind it. Returns -1; errno is kept. */
int pp_error_errno(const char *fmt, ...) PP_PRINTF(1, 2);
/* Prints "pathprobe: warning: MESSAGE". */
void pp_warn(const char *fmt, ...) PP_PRINTF(1, 2);
/* Prints "hint: MESSAGE". Returns -1, so that it can end a chain of them. */
int pp_hint(const char *fmt, ...) PP_PRINTF(1, 2);
/* Prints only under -v. */
void pp_verbose(const char *fmt, ...) PP_PRINTF(1, 2);

/*
 * Prints the line MESSAGE alone, to F, for what is no message but holds text that came from a command line, a file or
 * the network: a line that `upload` prints about a file, a finding of `doctor`. -q is the caller's affair.
 */
void pp_say(FILE *f, const char *fmt, ...) PP_PRINTF(2, 3);
/*
 * TEXT of LEN bytes into TO, ROOM of it with the NUL: control characters and what is not UTF-8 as \xNN. Returns how
 * many bytes of TEXT that was.
 */
size_t pp_escape(char *to, size_t room, const char *text, size_t len);

/* 0 = errors and warnings (-q: errors alone), 1 = and verbose. Set once by main, before threads start. */
extern int pp_quiet, pp_verbosity;

/* This thread prints nothing: it does again what another one tells of. */
extern _Thread_local bool pp_error_muted;

/*
 * A terminal's status line stands on the last line of stderr: messages have to clear it first. The progress
 * display sets this hook; it is called under the message lock. NULL: no status line.
 */
extern void (*pp_error_before)(void);

/* The impossible happened: says where, and aborts. */
#define BUG(...) pp_bug(__FILE__, __LINE__, __VA_ARGS__)
void pp_bug(const char *file, int line, const char *fmt, ...) PP_PRINTF(3, 4) __attribute__((noreturn));

#endif
