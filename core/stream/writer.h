/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * writer.h: writes finished lines to a file. A thread writes whole lines in large pieces, so that a slow disk or pipe
 * never blocks a receive loop; when it falls behind, pp_writer_full is true, and no more targets are admitted. The file
 * is valid at any moment: after an error a regular file is cut back to its last whole line (or zstd frame).
 */
#ifndef PP_WRITER_H
#define PP_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_writer; /* opaque */

#define PP_WRITER_QUEUE_MAX (8u << 20)  /* queued bytes beyond which no targets are admitted */
/* queued bytes beyond which the writer fails: the disk is too slow for the targets under way */
#define PP_WRITER_QUEUE_END (256u << 20)
#define PP_WRITER_FRAME_MAX (1u << 20)   /* bytes of lines in one zstd frame, but for a single longer line */
#define PP_WRITER_FRAME_NS 1000000000    /* the longest time that a line waits for its frame to fill */
/* the longest time that a line in a plain file waits to be written with others */
#define PP_WRITER_PLAIN_NS 10000000

/* How the present content of an output file is treated. */
enum pp_writer_how {
    PP_WRITER_NEW,     /* an error if the file has any content */
    PP_WRITER_REPLACE, /* the content is replaced (--force) */
    PP_WRITER_ASIDE,   /* the same; the caller removes the file if not all of it can be written */
    PP_WRITER_APPEND,  /* the content is kept, or the caller decides by pp_writer_found and pp_writer_cut */
};

/*
 * Opens PATH (NULL or "-": standard output). A name ending in .zst: writes zstd, in independent frames. THREAD false:
 * every pp_writer_line writes before it returns or, with zstd, as soon as a frame is full (virtual clock, tests). NULL
 * printed.
 */
struct pp_writer *pp_writer_open(const char *path, enum pp_writer_how how, bool thread);
/* Before the first line: the size in bytes of a named file, which is locked; 0: a pipe, a device or standard output. */
uint64_t pp_writer_found(const struct pp_writer *w);
/* Before the first line: truncates a named file to AT bytes. 0, or -1 printed. */
int pp_writer_cut(struct pp_writer *w, uint64_t at);
/* Starts the thread: after privileges were dropped. 0, or -1 printed. */
int pp_writer_start(struct pp_writer *w);
/*
 * Queues a copy of a line that ends in '\n', or of another piece that must reach the file whole. Any thread; never
 * blocks on the disk. False: the writer has failed, and the line is lost.
 */
bool pp_writer_line(struct pp_writer *w, const char *line, size_t len);
bool pp_writer_full(struct pp_writer *w);
/* As pp_writer_line, but waits while the queue is full: for callers that do not check pp_writer_full. */
bool pp_writer_line_wait(struct pp_writer *w, const char *line, size_t len);
/*
 * The first error as errno (ENOSPC, EPIPE, ...), which was printed; 0: none. After an error the caller must end its
 * run.
 */
int pp_writer_error(struct pp_writer *w);
/*
 * Call before _exit: waits up to a second for a write under way and prevents further ones, so that the file has whole
 * lines. Not for signal handlers.
 */
void pp_writer_quiesce(struct pp_writer *w);
/*
 * Announces that no line follows: the thread writes the queued lines and ends. pp_writer_close waits for its end, which
 * may take as long as the output's reader does; a caller that must not wait checks pp_writer_ended first. Without a
 * thread: writes at once.
 */
void pp_writer_end(struct pp_writer *w);
bool pp_writer_ended(struct pp_writer *w);
/*
 * Writes the queued lines, ends the thread, and closes. 0, or -1: not all lines were written (printed). *LINES_WRITTEN,
 * unless NULL: the lines that reached the file.
 */
int pp_writer_close(struct pp_writer *w, uint64_t *lines_written);
/* Frees the writer; without a close before, queued lines are lost. */
void pp_writer_free(struct pp_writer *w);

#endif
