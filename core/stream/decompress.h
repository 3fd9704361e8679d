/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * decompress.h: gzip (RFC 1952), zstd (RFC 8878) and bzip2, told by their first bytes; several streams or frames behind
 * each other are one. Piece by piece, in bounded memory whatever the input claims. One thread.
 */
#ifndef PP_DECOMPRESS_H
#define PP_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pp_packing {
    PP_PACKING_UNKNOWN = -1,
    PP_PACKING_NONE,
    PP_PACKING_GZIP,
    PP_PACKING_ZSTD,
    PP_PACKING_BZIP2,
    PP_PACKING_ZIP, /* these two are known, so that it can be said, and not unpacked */
    PP_PACKING_XZ,
};

struct pp_unpacker; /* opaque */

/* UNKNOWN: LEN bytes are too few to tell; never with 4. */
enum pp_packing pp_packing_of(const uint8_t *bytes, size_t len);
struct pp_unpacker *pp_unpacker_new(enum pp_packing packing); /* not of the last two; NULL: no memory */
void pp_unpacker_free(struct pp_unpacker *u);
/*
 * Takes *USED bytes of IN and makes *MADE bytes in OUT. 0 and neither: it needs more input. 0, or -1: damaged, with
 * *WHY a static text (nothing printed).
 */
int pp_unpacker_run(struct pp_unpacker *u, const uint8_t *in, size_t in_len, size_t *used, char *out, size_t out_len,
                    size_t *made, const char **why);
/* The input may end here: a stream has ended and no other has begun. */
bool pp_unpacker_between(const struct pp_unpacker *u);

#endif
