/* SPDX-License-Identifier: BSD-2-Clause */
/* input_parts.h: the state of an input, shared by input.c (bytes) and input_lines.c (lines). */
#ifndef PP_INPUT_PARTS_H
#define PP_INPUT_PARTS_H

#include <openssl/evp.h>
#include <stdatomic.h>

#include "decompress.h"
#include "limits.h"

#define RAW_SIZE (64u << 10)
#define TEXT_SIZE (PP_OBSERVATION_MAX + (64u << 10))

struct pp_input {
    int fd, stop_fd;
    char *name;
    bool ours;    /* the descriptor has to be closed: not standard input */
    bool started; /* the packing of the file is known */
    bool raw_end; /* the file has ended */
    bool skipping; /* within a line that is too long */
    bool csv;
    bool failed;
    bool take_cut; /* a cut frame is no error */
    bool cut;      /* a frame was cut, or the last line has no end */
    _Atomic bool stop;
    EVP_MD_CTX *sha; /* NULL: not a regular file */
    struct pp_unpacker *unpacker; /* NULL: plain */
    uint64_t raw_total;
    uint64_t number, lines; /* number of the line last returned; lines ended so far */
    uint64_t limit;         /* the largest raw_total: reading ends there */
    size_t line_max;
    size_t raw_at, raw_len; /* of raw */
    size_t at, len;         /* of text */
    uint8_t raw[RAW_SIZE];
    char text[TEXT_SIZE];
};

/* Appends text to the text that is left. 1, or 0: the end, or stopped, -1: printed. */
int pp_input_fill(struct pp_input *in);

#endif
