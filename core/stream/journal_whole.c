/* SPDX-License-Identifier: BSD-2-Clause */
/* journal_whole.c: finds the end of the whole lines or frames of a file that was cut off. */
#include "journal_parts.h"

#include "../base/error.h"
#include "decompress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define PIECE (128u << 10)
/* Bytes: no zstd frame has so many NULs in a row; holes that a file system leaves are larger. */
#define HOLE 512

/* Reads bytes of FD from AT on. Returns their number; 0: the end, -1: printed. */
static ssize_t read_at(int fd, const char *name, uint64_t at, void *buf)
{
    ssize_t n = pread(fd, buf, PIECE, (off_t)at);

    return n < 0 ? pp_error_errno("cannot read '%s'", name) : n;
}

/*
 * Sets *WHOLE to the end of the last whole line before the first NUL: lines have no NUL, and bytes after one are not
 * valid.
 */
static int whole_lines(int fd, const char *name, char *buf, uint64_t *whole)
{
    uint64_t at = 0;
    ssize_t n;

    while ((n = read_at(fd, name, at, buf)) > 0) {
        const char *nul = memchr(buf, 0, (size_t)n), *end = nul ? nul : buf + n;
        const char *newline = memrchr(buf, '\n', (size_t)(end - buf));
        if (newline)
            *whole = at + (uint64_t)(newline - buf) + 1;
        if (nul)
            return 0;
        at += (uint64_t)n;
    }
    return n < 0 ? -1 : 0;
}

/* 1 if there is a hole after AT, or NULs up to the end of the file; 0: no; -1: printed. */
static int has_hole(int fd, const char *name, char *buf, uint64_t at)
{
    size_t nuls = 0;
    ssize_t n;

    while ((n = read_at(fd, name, at, buf)) > 0) {
        for (ssize_t i = 0; i < n && nuls < HOLE; i++)
            nuls = buf[i] ? 0 : nuls + 1;
        if (nuls == HOLE)
            return 1;
        at += (uint64_t)n;
    }
    return n < 0 ? -1 : nuls > 0;
}

/* Decompresses N bytes of frames that begin at byte AT, to check them. 0, or -1: damaged, with *WHY. */
static int run_over(struct pp_unpacker *u, const uint8_t *in, size_t n, uint64_t at, uint64_t *whole, const char **why)
{
    static char out[PIECE]; /* decompressed bytes, which are not used */
    size_t used, made;

    for (size_t i = 0;; i += used) {
        if (pp_unpacker_run(u, in + i, n - i, &used, out, sizeof out, &made, why) < 0)
            return -1;
        if (pp_unpacker_between(u) && used)
            *whole = at + i + used;
        if (!used && !made)
            return 0;
    }
}

static int whole_frames(int fd, const char *name, char *buf, uint64_t *whole)
{
    struct pp_unpacker *u = pp_unpacker_new(PP_PACKING_ZSTD);
    const char *why = NULL;
    uint64_t at = 0;
    ssize_t n = -1;
    int hole = 1;

    if (!u)
        return pp_error("out of memory");
    while (!why && (n = read_at(fd, name, at, buf)) > 0) {
        if (run_over(u, (const uint8_t *)buf, (size_t)n, at, whole, &why) == 0)
            why = NULL;
        at += (uint64_t)n;
    }
    pp_unpacker_free(u);
    if (why && (hole = has_hole(fd, name, buf, *whole)) == 0) {
        pp_error("'%s' is damaged after byte %" PRIu64 ": %s", name, *whole, why);
        if (*whole)
            pp_hint("'truncate -s %" PRIu64 "' on a copy keeps the intact part; --resume then measures the rest again",
                    *whole);
    }
    return (n < 0 && !why) || hole <= 0 ? -1 : 0;
}

bool pp_journal_is_zstd(const char *name)
{
    size_t len = strlen(name);

    return len >= 4 && strcmp(name + len - 4, ".zst") == 0;
}

int pp_journal_whole(int fd, const char *name, uint64_t *whole)
{
    char *buf = malloc(PIECE);
    int result;

    *whole = 0;
    if (!buf)
        return pp_error("out of memory");
    if (pp_journal_is_zstd(name))
        result = whole_frames(fd, name, buf, whole);
    else
        result = whole_lines(fd, name, buf, whole);
    free(buf);
    return result;
}
