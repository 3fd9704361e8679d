/* SPDX-License-Identifier: BSD-2-Clause */
/* sort_file.c: a compressed file of sorted records: written once, read from its beginning. */
#include "sort_file.h"

#include "../base/error.h"
#include "../base/io.h"
#include "../base/temporary.h"

#include <errno.h>
#include <unistd.h>

#define LEVEL 1
#define WINDOW_LOG 17 /* 128 KiB, so that reading a file takes some 400 KiB of memory */
#define OUT_PIECE (128u << 10)
#define IN_PIECE (64u << 10)

void pp_sort_file_close(struct pp_sort_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    ZSTD_freeDCtx(f->zstd);
    free(f->raw);
    free(f->text);
    *f = (struct pp_sort_file){.fd = -1};
}

static int full(void)
{
    int error = errno;

    pp_error_errno("cannot write a temporary file of the sort");
    return error == ENOSPC || error == EDQUOT ? pp_hint("set TMPDIR to a directory with more space") : -1;
}

static int put(struct pp_sort_out *o, const void *bytes, size_t len, ZSTD_EndDirective how)
{
    ZSTD_inBuffer in = {bytes, len, 0};
    size_t left;

    do {
        ZSTD_outBuffer out = {o->piece, OUT_PIECE, 0};
        left = ZSTD_compressStream2(o->zstd, &out, &in, how);
        if (ZSTD_isError(left))
            return pp_error("cannot compress: %s", ZSTD_getErrorName(left));
        if (out.pos && pp_write_all(o->fd, o->piece, out.pos, NULL) < 0)
            return full();
    } while (in.pos < in.size || (how == ZSTD_e_end && left));
    return 0;
}

int pp_sort_out_open(struct pp_sort_out *o)
{
    o->fd = pp_temporary();
    if (o->fd < 0)
        return -1;
    o->zstd = ZSTD_createCCtx();
    o->piece = malloc(OUT_PIECE);
    if (!o->zstd || !o->piece)
        return pp_error("out of memory");
    ZSTD_CCtx_setParameter(o->zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(o->zstd, ZSTD_c_windowLog, WINDOW_LOG);
    return 0;
}

int pp_sort_out_record(struct pp_sort_out *o, const struct pp_record_view *r)
{
    struct pp_sort_head h = {r->key_len, r->data_len};

    if (put(o, &h, sizeof h, ZSTD_e_continue) < 0 || put(o, r->key, r->key_len, ZSTD_e_continue) < 0)
        return -1;
    return put(o, r->data, r->data_len, ZSTD_e_continue);
}

/* Frees all but the descriptor, which it returns; -1: RESULT was, or the end could not be written. */
int pp_sort_out_close(struct pp_sort_out *o, int result)
{
    if (result == 0)
        result = put(o, NULL, 0, ZSTD_e_end);
    if (result < 0 && o->fd >= 0)
        close(o->fd);
    ZSTD_freeCCtx(o->zstd);
    free(o->piece);
    return result < 0 ? -1 : o->fd;
}

int pp_sort_file_rewind(struct pp_sort_file *f)
{
    if (!f->zstd)
        f->zstd = ZSTD_createDCtx();
    if (!f->raw)
        f->raw = malloc(IN_PIECE);
    if (!f->zstd || !f->raw)
        return pp_error("out of memory");
    ZSTD_DCtx_reset(f->zstd, ZSTD_reset_session_only);
    f->in = (ZSTD_inBuffer){f->raw, 0, 0};
    f->at = f->len = 0;
    f->end = false;
    return lseek(f->fd, 0, SEEK_SET) < 0 ? pp_error_errno("cannot read a temporary file of the sort") : 0;
}

/* Makes room for NEED bytes from `at` on. 0, or -1 printed. */
static int file_room(struct pp_sort_file *f, size_t need)
{
    uint8_t *text;

    if (f->text)
        memmove(f->text, f->text + f->at, f->len - f->at);
    f->len -= f->at;
    f->at = 0;
    if (need < IN_PIECE)
        need = IN_PIECE;
    if (need <= f->room)
        return 0;
    text = realloc(f->text, need);
    if (!text)
        return pp_error("out of memory");
    f->text = text;
    f->room = need;
    return 0;
}

/* Reads at least NEED bytes from `at` on. 1; 0: the file ends before; -1 printed. */
static int file_fill(struct pp_sort_file *f, size_t need)
{
    if (f->len - f->at >= need)
        return 1;
    if (file_room(f, need) < 0)
        return -1;
    while (f->len < need && !(f->end && f->in.pos == f->in.size)) {
        ZSTD_outBuffer out = {f->text, f->room, f->len};
        size_t r;
        if (f->in.pos == f->in.size) {
            ssize_t n = read(f->fd, f->raw, IN_PIECE);
            if (n < 0)
                return pp_error_errno("cannot read a temporary file of the sort");
            f->end = n == 0;
            f->in = (ZSTD_inBuffer){f->raw, (size_t)n, 0};
        }
        r = ZSTD_decompressStream(f->zstd, &out, &f->in);
        if (ZSTD_isError(r))
            return pp_error("a temporary file of the sort is damaged: %s", ZSTD_getErrorName(r));
        f->len = out.pos;
    }
    return f->len >= need;
}

/* 1: `now` is the next record; 0: there is none; -1 printed. */
int pp_sort_file_next(struct pp_sort_file *f)
{
    struct pp_sort_head h;
    int r = file_fill(f, sizeof h);

    if (r <= 0)
        return r;
    memcpy(&h, f->text + f->at, sizeof h);
    r = file_fill(f, sizeof h + h.key_len + h.data_len);
    if (r <= 0)
        return r < 0 ? r : pp_error("a temporary file of the sort is cut off");
    f->now = (struct pp_record_view){f->text + f->at + sizeof h, f->text + f->at + sizeof h + h.key_len, h.key_len,
                                     h.data_len};
    f->at += sizeof h + h.key_len + h.data_len;
    return 1;
}
