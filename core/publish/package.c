/* SPDX-License-Identifier: BSD-2-Clause */
/* package.c: writes a temporary file, with bzip2 and SHA-256. */
#include "package.h"

#include "../base/error.h"
#include "../base/io.h"
#include "../base/temporary.h"

#include <bzlib.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (256u << 10)

struct pp_packer {
    EVP_MD_CTX *sha;
    bool bzip2; /* the bzip2 stream is open */
    bz_stream bz;
    char out[PIECE];
};

static struct pp_packer *packer_new(bool bzip2)
{
    struct pp_packer *k = calloc(1, sizeof *k);

    if (!k)
        return NULL;
    k->sha = EVP_MD_CTX_new();
    if (k->sha && EVP_DigestInit_ex(k->sha, EVP_sha256(), NULL) == 1 &&
        (!bzip2 || BZ2_bzCompressInit(&k->bz, 9, 0, 0) == BZ_OK)) {
        k->bzip2 = bzip2;
        return k;
    }
    EVP_MD_CTX_free(k->sha);
    free(k);
    return NULL;
}

int pp_package_open(struct pp_package *p, bool bzip2)
{
    *p = (struct pp_package){.fd = -1};
    p->content_type = bzip2 ? "application/bzip2" : "application/vnd.mami.ndjson";
    p->packer = packer_new(bzip2);
    if (!p->packer)
        return pp_error("out of memory");
    p->fd = pp_temporary();
    return p->fd < 0 ? -1 : 0;
}

static int put(struct pp_package *p, const char *bytes, size_t len)
{
    if (pp_write_all(p->fd, bytes, len, NULL) < 0)
        return pp_error_errno("cannot write to a temporary file");
    p->size += len;
    return 0;
}

/* ACTION BZ_RUN: until the input is used up; BZ_FINISH: until the stream has ended. */
static int compress_some(struct pp_package *p, int action)
{
    struct pp_packer *k = p->packer;
    int r;

    do {
        k->bz.next_out = k->out;
        k->bz.avail_out = sizeof k->out;
        r = BZ2_bzCompress(&k->bz, action);
        if (r < 0)
            return pp_error("bzip2 failed (%d)", r);
        if (put(p, k->out, sizeof k->out - k->bz.avail_out) < 0)
            return -1;
    } while (action == BZ_RUN ? k->bz.avail_in > 0 : r != BZ_STREAM_END);
    return 0;
}

int pp_package_add(struct pp_package *p, const char *bytes, size_t len)
{
    struct pp_packer *k = p->packer;

    EVP_DigestUpdate(k->sha, bytes, len);
    if (!k->bzip2)
        return put(p, bytes, len);
    k->bz.next_in = (char *)bytes;
    k->bz.avail_in = (unsigned)len;
    return compress_some(p, BZ_RUN);
}

int pp_package_close(struct pp_package *p)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    if (p->packer->bzip2 && compress_some(p, BZ_FINISH) < 0)
        return -1;
    if (EVP_DigestFinal_ex(p->packer->sha, digest, &n) != 1 || n != 32)
        return pp_error("cannot compute SHA-256");
    for (unsigned i = 0; i < n; i++)
        snprintf(p->sha256 + 2 * i, 3, "%02x", digest[i]);
    return 0;
}

int pp_package_file(struct pp_package *p, const char *path)
{
    struct stat st;
    ssize_t n;

    *p = (struct pp_package){.fd = -1, .content_type = "application/octet-stream"};
    p->packer = packer_new(false);
    if (!p->packer)
        return pp_error("out of memory");
    p->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (p->fd < 0 || fstat(p->fd, &st) < 0)
        return pp_error_errno("cannot read '%s'", path);
    if (!S_ISREG(st.st_mode))
        return pp_error("'%s' is no regular file: its length has to be known in advance", path);
    while ((n = read(p->fd, p->packer->out, sizeof p->packer->out)) > 0) {
        EVP_DigestUpdate(p->packer->sha, p->packer->out, (size_t)n);
        p->size += (uint64_t)n;
    }
    if (n < 0)
        return pp_error_errno("cannot read '%s'", path);
    return pp_package_close(p);
}

void pp_package_release(struct pp_package *p)
{
    if (p->packer) {
        if (p->packer->bzip2)
            BZ2_bzCompressEnd(&p->packer->bz);
        EVP_MD_CTX_free(p->packer->sha);
        free(p->packer);
    }
    if (p->fd >= 0)
        close(p->fd);
    *p = (struct pp_package){.fd = -1};
}
