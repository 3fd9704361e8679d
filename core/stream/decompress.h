/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * decompress.h: decompresses gzip (RFC 1952), zstd (RFC 8878) and bzip2, recognised by their first bytes. Concatenated
 * streams or frames count as one. Works piece by piece in bounded memory, independent of sizes that the input claims.
 * One thread.
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
    PP_PACKING_ZIP, /* this and the next are recognised for the error message, and not unpacked */
    PP_PACKING_XZ,
};

struct pp_unpacker; /* opaque */

/* The packing of a file that begins with BYTES. UNKNOWN: LEN bytes are too few; never with 4 or more. */
enum pp_packing pp_packing_of(const uint8_t *bytes, size_t len);
struct pp_unpacker *pp_unpacker_new(enum pp_packing packing); /* not of the last two; NULL: no memory */
void pp_unpacker_free(struct pp_unpacker *u);
/*
 * Consumes *USED bytes of IN and writes *MADE bytes to OUT; both 0: more input is needed. 0, or -1: the input is
 * damaged, with *WHY a static text (nothing printed).
 */
int pp_unpacker_run(struct pp_unpacker *u, const uint8_t *in, size_t in_len, size_t *used, char *out, size_t out_len,
                    size_t *made, const char **why);
/* True if the input may end here: a stream has ended and no other has begun. */
bool pp_unpacker_between(const struct pp_unpacker *u);

#endif
