/* SPDX-License-Identifier: BSD-2-Clause */
/* temporary.c: opens a file without a name. */
#include "temporary.h"

#include "error.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>

int pp_temporary(void)
{
    const char *dir = getenv("TMPDIR");
    int fd;

    if (!dir || !*dir)
        dir = "/var/tmp";
    fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) { /* some file systems lack O_TMPFILE */
        char path[4096];
        snprintf(path, sizeof path, "%s/pathprobe-XXXXXX", dir);
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0)
            unlink(path);
    }
    if (fd < 0) {
        pp_error_errno("cannot make a temporary file in '%s'", dir);
        if (!getauxval(AT_SECURE)) /* under AT_SECURE TMPDIR was removed */
            pp_hint("set TMPDIR to another directory");
    }
    return fd;
}
