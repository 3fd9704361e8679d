/* SPDX-License-Identifier: BSD-2-Clause */
/* io.c: writes all bytes, or reports the cause. */
#include "io.h"

#include "error.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

static int wait_writable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};

    return poll(&p, 1, -1) < 0 && errno != EINTR ? -1 : 0;
}

int pp_write_all(int fd, const void *bytes, size_t len, uint64_t *written)
{
    const char *at = bytes;
    size_t done = 0;
    int result = 0;

    while (done < len && result == 0) {
        ssize_t n = write(fd, at + done, len - done);
        if (n > 0) {
            done += (size_t)n;
        } else if (n == 0) {
            errno = EIO;
            result = -1;
        } else if (errno == EAGAIN) {
            result = wait_writable(fd);
        } else if (errno != EINTR) {
            result = -1;
        }
    }
    if (written)
        *written = done;
    return result;
}

int pp_error_write(const char *name)
{
    int error = errno;

    if (error == EPIPE)
        pp_verbose("the reader of '%s' has closed it", name);
    else
        pp_error_errno("cannot write '%s'", name);
    errno = error;
    return -1;
}

static int failed(void)
{
    static bool told;

    if (!told && errno)
        pp_error_write("standard output");
    else if (!told)
        pp_error("cannot write 'standard output'"); /* an earlier write failed, and its errno is lost */
    told = true;
    return -1;
}

int pp_stdout_put(const char *text, size_t len)
{
    errno = 0;
    return fwrite(text, 1, len, stdout) == len && fflush(stdout) == 0 ? 0 : failed();
}

int pp_stdout_flush(void)
{
    errno = 0;
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : failed();
}
