/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * input.h: lines out of a file or standard input, decompressed by their magic bytes (gzip, zstd, bzip2). CRLF, a UTF-8
 * byte-order mark, a missing last newline are taken as they come; a line longer than PP_LINE_MAX is skipped whole and
 * said. One thread.
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
/* The same of FD, which is the input's, also on failure; NAME is for messages. */
struct pp_input *pp_input_open_fd(int fd, const char *name);
void pp_input_free(struct pp_input *in);
/* Lines may be as long as observations are: PP_OBSERVATION_MAX. Before the first. */
void pp_input_observations(struct pp_input *in);
/*
 * Lines are records of CSV from now on, or are not: a line's end within quotes is the record's own, as long as it is of
 * PP_LINE_MAX bytes; where that, the file's end or a quote that closes nothing shows that it is none, its first line is
 * returned, and what follows is read anew.
 */
void pp_input_csv(struct pp_input *in, bool csv);
/* As if the file ended behind so many bytes, as they stand there. Before the first line. */
void pp_input_limit(struct pp_input *in, uint64_t bytes);
/* A compressed file may end within a frame, which is no error: pp_input_is_cut tells. Before the first line. */
void pp_input_take_cut(struct pp_input *in);
/* It ended within a frame; or its last line, the one returned last, has no end: there may have been more. */
bool pp_input_is_cut(const struct pp_input *in);
/*
 * The next line, without its end; borrowed until the next call. ERROR is printed (read error, damaged compressed file:
 * with the position) and final. A signal handler may end a blocking read: see pp_input_stop.
 */
enum pp_input_got pp_input_line(struct pp_input *in, const char **line, size_t *len);
uint64_t pp_input_read(const struct pp_input *in);   /* bytes of the file, packed or not */
uint64_t pp_input_number(const struct pp_input *in); /* of the line last returned, from 1; of a record its first */
/* Any thread: the current and all later reads return END soon (poll on an eventfd beside the file). */
void pp_input_stop(struct pp_input *in);
bool pp_input_stopped(const struct pp_input *in);
const char *pp_input_name(const struct pp_input *in); /* as messages quote it: the path, or "standard input" */
/*
 * SHA-256 of the file as it stands there, compressed or not, in hex. False, and HEX empty: not a regular file, or not
 * read to its end: the sum of a part would match nothing.
 */
bool pp_input_sha256(struct pp_input *in, char hex[65]);
/* The same before the first line is read, which it leaves to be read. */
bool pp_input_sha256_ahead(struct pp_input *in, char hex[65]);

/* SHA-256 of the shared object (or program) that ADDRESS lies in. False, and HEX empty: it cannot be read. */
bool pp_file_sha256_of(const void *address, char hex[65]);

#endif
