/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * writer.h: finished lines -> file. A thread of its own writes whole lines in large pieces, so that a slow disk or
 * pipe never holds up a receive loop: when it falls behind, pp_writer_full stops admission. The file is valid at every
 * moment that a signal or a full disk may choose: on an error a regular file is cut back to its last whole line (or
 * zstd frame).
 */
#ifndef PP_WRITER_H
#define PP_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_writer; /* opaque */

#define PP_WRITER_QUEUE_MAX (8u << 20)  /* bytes waiting, beyond which admission stops */
#define PP_WRITER_QUEUE_END (256u << 20) /* beyond which the writer fails: the disk cannot take what is under way */
#define PP_WRITER_FRAME_MAX (1u << 20)   /* bytes of lines in one zstd frame, but for a single longer line */
#define PP_WRITER_FRAME_NS 1000000000    /* the longest that a line waits for its frame to fill */
#define PP_WRITER_PLAIN_NS 10000000      /* the same of a line in a plain file, for others to be written with */

/* How the present content of an output file is treated. */
enum pp_writer_how {
    PP_WRITER_NEW,     /* it is not lost: an error, if there is anything */
    PP_WRITER_REPLACE, /* --force */
    PP_WRITER_ASIDE,   /* the same, of a file that the caller takes away if not all of it can be written */
    PP_WRITER_APPEND,  /* it is gone on with, or the caller decides: see pp_writer_found, pp_writer_cut */
};

/*
 * PATH NULL or "-": standard output. A name ending in .zst: zstd, in independent frames. THREAD false: every
 * pp_writer_line writes before it returns, or, zstd, as soon as a frame is full (virtual clock, tests). NULL printed.
 */
struct pp_writer *pp_writer_open(const char *path, enum pp_writer_how how, bool thread);
/* Before the first line: bytes that a file with a name holds, now locked; 0: a pipe, a device or standard output. */
uint64_t pp_writer_found(const struct pp_writer *w);
/* Before the first line: of a file with a name, all from byte AT on is dropped (0: all). 0, or -1 printed. */
int pp_writer_cut(struct pp_writer *w, uint64_t at);
/* Starts the thread: after privileges were dropped. 0, or -1 printed. */
int pp_writer_start(struct pp_writer *w);
/*
 * Takes a copy of a line that ends in '\n', or of any other piece that has to reach the file whole. Any thread, never
 * blocks on the disk. False: the writer has failed, the line is lost.
 */
bool pp_writer_line(struct pp_writer *w, const char *line, size_t len);
bool pp_writer_full(struct pp_writer *w);
/* The same as pp_writer_line, but waits while the queue is full: for callers that do not ask pp_writer_full before. */
bool pp_writer_line_wait(struct pp_writer *w, const char *line, size_t len);
/* The first error as errno (ENOSPC, EPIPE, ...), which was printed; 0: none. Once it failed the run has to end. */
int pp_writer_error(struct pp_writer *w);
/*
 * Before _exit: waits up to a second for a write under way and lets no other begin, so that the file has whole
 * lines. Afterwards nothing is written any more. Not from a signal handler.
 */
void pp_writer_quiesce(struct pp_writer *w);
/*
 * No line comes any more: the thread writes out what is queued and ends by itself. Close waits for that, as long as the
 * output's reader takes: a caller that must not wait asks pp_writer_ended first. Without a thread: at once.
 */
void pp_writer_end(struct pp_writer *w);
bool pp_writer_ended(struct pp_writer *w);
/*
 * Writes out what is queued, ends the thread, closes. 0, or -1: not everything was written (printed). *LINES_WRITTEN,
 * unless NULL: those that reached the file.
 */
int pp_writer_close(struct pp_writer *w, uint64_t *lines_written);
/* Without close before: what is queued is lost. */
void pp_writer_free(struct pp_writer *w);

#endif
