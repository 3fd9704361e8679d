/* SPDX-License-Identifier: BSD-2-Clause */
/* decompress.c: zlib, zstd and bzip2 behind one interface. */
#include "decompress.h"

#include "../base/error.h"

#include <bzlib.h>
#include <zlib.h>
#include <zstd.h>

#define GZIP_WINDOW (15 + 16) /* zlib: 32 KiB, with a gzip header */

struct pp_unpacker {
    enum pp_packing packing;
    bool between; /* streams */
    bool open;    /* gzip, bz: the library's state is initialised */
    z_stream gzip;
    bz_stream bz;
    ZSTD_DStream *zstd;
};

/*
 * Magic bytes. A zstd file may begin with a skippable frame (RFC 8878 section 3.1.2): 0x184D2A50 to 0x184D2A5F,
 * little-endian.
 */
static const struct {
    enum pp_packing packing;
    uint8_t len, byte[4], mask[4];
} magics[] = {
    {PP_PACKING_GZIP, 3, {0x1f, 0x8b, 8}, {0xff, 0xff, 0xff}},
    {PP_PACKING_ZSTD, 4, {0x28, 0xb5, 0x2f, 0xfd}, {0xff, 0xff, 0xff, 0xff}},
    {PP_PACKING_ZSTD, 4, {0x50, 0x2a, 0x4d, 0x18}, {0xf0, 0xff, 0xff, 0xff}},
    {PP_PACKING_BZIP2, 4, {'B', 'Z', 'h', 0x30}, {0xff, 0xff, 0xff, 0xf0}},
    {PP_PACKING_ZIP, 4, {'P', 'K', 3, 4}, {0xff, 0xff, 0xff, 0xff}},
    {PP_PACKING_XZ, 4, {0xfd, '7', 'z', 'X'}, {0xff, 0xff, 0xff, 0xff}},
};

enum pp_packing pp_packing_of(const uint8_t *bytes, size_t len)
{
    enum pp_packing found = PP_PACKING_NONE;

    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        size_t n = 0;
        while (n < magics[i].len && n < len && (bytes[n] & magics[i].mask[n]) == magics[i].byte[n])
            n++;
        if (n == magics[i].len)
            return magics[i].packing;
        if (n == len)
            found = PP_PACKING_UNKNOWN;
    }
    return found;
}

static bool open_stream(struct pp_unpacker *u)
{
    switch (u->packing) {
    case PP_PACKING_GZIP:
        u->gzip = (z_stream){.opaque = NULL};
        return inflateInit2(&u->gzip, GZIP_WINDOW) == Z_OK;
    case PP_PACKING_BZIP2:
        u->bz = (bz_stream){.opaque = NULL};
        return BZ2_bzDecompressInit(&u->bz, 0, 0) == BZ_OK;
    case PP_PACKING_ZSTD:
        u->zstd = u->zstd ? u->zstd : ZSTD_createDStream();
        return u->zstd != NULL;
    default:
        BUG("packing %d", u->packing);
    }
}

static void close_stream(struct pp_unpacker *u)
{
    if (!u->open)
        return;
    if (u->packing == PP_PACKING_GZIP)
        inflateEnd(&u->gzip);
    else if (u->packing == PP_PACKING_BZIP2)
        BZ2_bzDecompressEnd(&u->bz);
    u->open = false;
}

struct pp_unpacker *pp_unpacker_new(enum pp_packing packing)
{
    struct pp_unpacker *u = calloc(1, sizeof *u);

    if (!u)
        return NULL;
    u->packing = packing;
    u->open = open_stream(u);
    if (!u->open) {
        free(u);
        return NULL;
    }
    return u;
}

void pp_unpacker_free(struct pp_unpacker *u)
{
    if (!u)
        return;
    close_stream(u);
    ZSTD_freeDStream(u->zstd);
    free(u);
}

bool pp_unpacker_between(const struct pp_unpacker *u)
{
    return u->between;
}

/*
 * run_gzip and run_bzip2: the caller reads from the stream's counters how many bytes were used and made. 1: the stream
 * has ended, 0, or -1 with *WHY.
 */
static int run_gzip(struct pp_unpacker *u, const char **why)
{
    int r = inflate(&u->gzip, Z_NO_FLUSH);

    *why = u->gzip.msg ? u->gzip.msg : "damaged gzip stream";
    if (r == Z_STREAM_END)
        return 1;
    return r == Z_OK || r == Z_BUF_ERROR ? 0 : -1;
}

static int run_bzip2(struct pp_unpacker *u, const char **why)
{
    int r = BZ2_bzDecompress(&u->bz);

    *why = r == BZ_MEM_ERROR ? "out of memory" : "damaged bzip2 stream";
    if (r == BZ_STREAM_END)
        return 1;
    return r == BZ_OK ? 0 : -1;
}

static int run_zstd(struct pp_unpacker *u, ZSTD_inBuffer *in, ZSTD_outBuffer *out, const char **why)
{
    size_t r = ZSTD_decompressStream(u->zstd, out, in);

    if (ZSTD_isError(r)) {
        *why = ZSTD_getErrorName(r);
        return -1;
    }
    return r == 0;
}

int pp_unpacker_run(struct pp_unpacker *u, const uint8_t *in, size_t in_len, size_t *used, char *out, size_t out_len,
                    size_t *made, const char **why)
{
    ZSTD_inBuffer zin = {in, in_len, 0};
    ZSTD_outBuffer zout = {out, out_len, 0};
    int r;

    *used = *made = 0;
    if (u->between && in_len == 0)
        return 0;
    if (!u->open && !(u->open = open_stream(u))) {
        *why = "out of memory";
        return -1;
    }
    if (u->packing == PP_PACKING_ZSTD) {
        r = run_zstd(u, &zin, &zout, why);
        *used = zin.pos;
        *made = zout.pos;
    } else if (u->packing == PP_PACKING_GZIP) {
        u->gzip.next_in = (Bytef *)in;
        u->gzip.avail_in = (uInt)in_len;
        u->gzip.next_out = (Bytef *)out;
        u->gzip.avail_out = (uInt)out_len;
        r = run_gzip(u, why);
        *used = in_len - u->gzip.avail_in;
        *made = out_len - u->gzip.avail_out;
    } else {
        u->bz.next_in = (char *)in;
        u->bz.avail_in = (unsigned)in_len;
        u->bz.next_out = out;
        u->bz.avail_out = (unsigned)out_len;
        r = run_bzip2(u, why);
        *used = in_len - u->bz.avail_in;
        *made = out_len - u->bz.avail_out;
    }
    if (r == 1 && u->packing != PP_PACKING_ZSTD)
        close_stream(u); /* reopened if another stream follows */
    if (r == 1)
        u->between = true;
    else if (*used || *made)
        u->between = false;
    return r < 0 ? -1 : 0;
}
