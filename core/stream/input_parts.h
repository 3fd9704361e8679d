/* SPDX-License-Identifier: BSD-2-Clause */
/* input_parts.h: what an input is, between input.c (bytes) and input_lines.c. */
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
    bool ours;    /* to be closed: not standard input */
    bool started; /* it is known how the file is packed */
    bool raw_end; /* the file's */
    bool skipping; /* a line that is too long */
    bool csv;
    bool failed;
    bool take_cut; /* a frame may be cut off */
    bool cut;      /* one was, or the last line has no end */
    _Atomic bool stop;
    EVP_MD_CTX *sha; /* NULL: not a regular file */
    struct pp_unpacker *unpacker; /* NULL: plain */
    uint64_t raw_total;
    uint64_t number, lines; /* of the line last returned; that ended so far */
    uint64_t limit;         /* of raw_total: there the file ends for us */
    size_t line_max;
    size_t raw_at, raw_len; /* of raw */
    size_t at, len;         /* of text */
    uint8_t raw[RAW_SIZE];
    char text[TEXT_SIZE];
};

/* More text behind what is left of it. 1, or 0: the end or stopped, -1: printed. */
int pp_input_fill(struct pp_input *in);

#endif
