/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * package.h: the bytes that are to be sent, in a temporary file without a name, compressed by bzip2 or not, with sums
 * of what they were and are. One thread.
 */
#ifndef PP_PACKAGE_H
#define PP_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_package {
    int fd;
    uint64_t size;            /* in the file */
    char sha256[65];          /* of what was added, in hex */
    const char *content_type; /* static */
    struct pp_packer *packer; /* until it is closed */
};

/* 0, or -1 printed: all three. Release in any case. */
int pp_package_open(struct pp_package *p, bool bzip2);
int pp_package_add(struct pp_package *p, const char *bytes, size_t len);
/* No more is added: size and sum are known. */
int pp_package_close(struct pp_package *p);
/* A whole file as it stands there, instead of open, add, close. */
int pp_package_file(struct pp_package *p, const char *path);
void pp_package_release(struct pp_package *p);

#endif
