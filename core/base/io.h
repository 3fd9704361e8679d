/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * io.h: writing all of something, with the true cause if that fails. A short write has no errno: the next one does. A
 * reader that closed its end of a pipe (`| head`) has seen what it wanted: that is told only under -v, and still is a
 * failure.
 */
#ifndef PP_IO_H
#define PP_IO_H

#include <stddef.h>
#include <stdint.h>

/*
 * Writes LEN bytes, however many calls that takes; waits where FD is non-blocking. 0, or -1 with errno and nothing
 * printed. *WRITTEN, unless NULL: bytes that went out even so. Any thread.
 */
int pp_write_all(int fd, const void *bytes, size_t len, uint64_t *written);

/* Says that NAME could not be written, for the reason in errno. Returns -1; errno is kept. */
int pp_error_write(const char *name);

/* Standard output: 0, or -1, printed once in a run. Main thread. */
int pp_stdout_put(const char *text, size_t len);
int pp_stdout_flush(void);

#endif
