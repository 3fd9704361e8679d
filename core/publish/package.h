/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * package.h: the data to be sent, in a temporary file without a name, compressed by bzip2 or not, with its size and the
 * SHA-256 of the uncompressed data. One thread.
 */
#ifndef PP_PACKAGE_H
#define PP_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_package {
    int fd;
    uint64_t size;            /* bytes in the file */
    char sha256[65];          /* of the data added (uncompressed), in hex */
    const char *content_type; /* static */
    struct pp_packer *packer; /* the state of writing; NULL once closed */
};

/* 0, or -1 printed: all three. Release in any case. */
int pp_package_open(struct pp_package *p, bool bzip2);
int pp_package_add(struct pp_package *p, const char *bytes, size_t len);
/* Ends the writing: sets size and sum. */
int pp_package_close(struct pp_package *p);
/* Makes the package of a whole file, unchanged, in place of open, add and close. */
int pp_package_file(struct pp_package *p, const char *path);
void pp_package_release(struct pp_package *p);

#endif
