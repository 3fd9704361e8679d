/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * refuse.c: preloaded into a program, refuses one allocation: the one that REFUSE numbers, of those that the program
 * and its plugins ask for themselves. Libraries get theirs: glibc, OpenSSL, libseccomp, jansson and libcurl of Debian
 * 12 crash or hang without. With COUNTED, a file is left there with how many there were.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static atomic_ulong count;
static unsigned long refused;
static bool ready;
static int counted = -1;

__attribute__((constructor)) static void begin(void)
{
    const char *which = getenv("REFUSE"), *file = getenv("COUNTED");

    refused = which ? strtoul(which, NULL, 10) : 0;
    counted = file ? open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    ready = true;
}

__attribute__((destructor)) static void end(void)
{
    ready = false;
    if (counted >= 0)
        dprintf(counted, "%lu\n", (unsigned long)count);
}

/* True if the code at CALLER is in a shared library of the system, not in the program or a plugin. */
static bool is_library(void *caller)
{
    static _Thread_local bool within; /* dladdr may allocate */
    Dl_info info;
    bool is = true;

    if (within)
        return true;
    within = true;
    if (dladdr(caller, &info) && info.dli_fname) {
        const char *name = strrchr(info.dli_fname, '/');
        name = name ? name + 1 : info.dli_fname;
        is = strncmp(name, "lib", 3) == 0 || strncmp(name, "ld-", 3) == 0;
    }
    within = false;
    return is;
}

static bool refuse(void *caller)
{
    if (!ready || is_library(caller) || atomic_fetch_add(&count, 1) + 1 != refused)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t n)
{
    return refuse(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return refuse(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return refuse(__builtin_return_address(0)) ? NULL : __libc_realloc(p, n);
}
