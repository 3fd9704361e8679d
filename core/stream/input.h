/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * input.h: reads lines from a file or standard input, and decompresses them (gzip, zstd, bzip2, recognised by magic
 * bytes). Accepts CRLF, a UTF-8 byte-order mark and a missing last newline. A line longer than PP_LINE_MAX is skipped
 * and reported as PP_INPUT_TOO_LONG. One thread.
 */
#ifndef PP_INPUT_H
#define PP_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_input; /* opaque */

enum pp_input_got { PP_INPUT_LINE = 1, PP_INPUT_END = 0, PP_INPUT_ERROR = -1, PP_INPUT_TOO_LONG = -2 };

/* PATH NULL or "-": standard input. NULL printed. */
struct pp_input *pp_input_open(const char *path);
/* The same for FD, which the input owns, also on failure; NAME is for messages. */
struct pp_input *pp_input_open_fd(int fd, const char *name);
void pp_input_free(struct pp_input *in);
/* Raises the maximum of lines to PP_OBSERVATION_MAX. Call before the first line. */
void pp_input_observations(struct pp_input *in);
/*
 * From now on, pp_input_line returns records of CSV, or lines again. A line end within quotes is part of the record, if
 * the record has at most PP_LINE_MAX bytes. If it is longer, the file ends within quotes, or text follows a closing
 * quote, only its first line is returned, and reading continues after that line.
 */
void pp_input_csv(struct pp_input *in, bool csv);
/* Treats the file as if it ended after BYTES bytes (packed, if it is). Call before the first line. */
void pp_input_limit(struct pp_input *in, uint64_t bytes);
/*
 * A compressed file that ends within a frame is then no error; pp_input_is_cut reports it. Call before the first line.
 */
void pp_input_take_cut(struct pp_input *in);
/* True if the file ended within a frame, or if the line returned last is the last one and has no line end. */
bool pp_input_is_cut(const struct pp_input *in);
/*
 * Reads the next line, without its end; *LINE is borrowed until the next call. PP_INPUT_ERROR was printed (a read
 * error, or a damaged compressed file with the position) and is final. pp_input_stop ends a blocking read.
 */
enum pp_input_got pp_input_line(struct pp_input *in, const char **line, size_t *len);
uint64_t pp_input_read(const struct pp_input *in);   /* bytes of the file, packed or not */
/* number of the line last returned, from 1; of a record, the number of its first line */
uint64_t pp_input_number(const struct pp_input *in);
/* Any thread: the current and all later reads return END soon (poll on an eventfd beside the file). */
void pp_input_stop(struct pp_input *in);
bool pp_input_stopped(const struct pp_input *in);
const char *pp_input_name(const struct pp_input *in); /* as messages quote it: the path, or "standard input" */
/*
 * SHA-256 of the file's bytes, packed if it is, in hex. False, and HEX empty: not a regular file, or not read to its
 * end.
 */
bool pp_input_sha256(struct pp_input *in, char hex[65]);
/* The same before the first line is read; reading begins at the first line afterwards. */
bool pp_input_sha256_ahead(struct pp_input *in, char hex[65]);

/* SHA-256 of the shared object (or program) that ADDRESS lies in. False, and HEX empty: it cannot be read. */
bool pp_file_sha256_of(const void *address, char hex[65]);

#endif
