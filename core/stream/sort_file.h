/* SPDX-License-Identifier: BSD-2-Clause */
/* sort_file.h: the files of sort.c: sorted records, compressed, in a file without a name. */
#ifndef PP_SORT_FILE_H
#define PP_SORT_FILE_H

#include "sort.h"

#include <stdbool.h>
#include <zstd.h>

/* A record in memory and in a file: these two lengths, then the bytes. */
struct pp_sort_head {
    uint32_t key_len, data_len;
};

/* A sorted file that is read. */
struct pp_sort_file {
    int fd;
    ZSTD_DCtx *zstd;
    ZSTD_inBuffer in;
    uint8_t *raw, *text; /* IN_PIECE bytes of the file; decompressed bytes */
    size_t at, len, room;
    bool end;
    struct pp_record_view now;
};

/* A sorted file that is written. */
struct pp_sort_out {
    int fd;
    ZSTD_CCtx *zstd;
    uint8_t *piece;
};

/* Each returns 0, or -1 printed. The caller closes O also after a failure. */
int pp_sort_out_open(struct pp_sort_out *o);
int pp_sort_out_record(struct pp_sort_out *o, const struct pp_record_view *r);
/* Frees all but the descriptor, which it returns; -1: RESULT was, or the end could not be written. */
int pp_sort_out_close(struct pp_sort_out *o, int result);
/* Goes to before the first record; call also before the first reading. 0, or -1 printed. */
int pp_sort_file_rewind(struct pp_sort_file *f);
/* 1: `now` is the next record; 0: there is none; -1 printed. */
int pp_sort_file_next(struct pp_sort_file *f);
void pp_sort_file_close(struct pp_sort_file *f);

#endif
