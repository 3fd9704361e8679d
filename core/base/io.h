/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * io.h: writes all bytes, and reports the true cause of a failure. A short write sets no errno, so the write is
 * repeated: the next one does. EPIPE (the reader of a pipe has closed it, as `
 *
 * head`) is reported only under -v, and still counts as a failure.
 */
#ifndef PP_IO_H
#define PP_IO_H

#include <stddef.h>
#include <stdint.h>

/*
 * Writes LEN bytes, in as many calls as needed; waits where FD is non-blocking. 0, or -1 with errno and nothing
 * printed. *WRITTEN, unless NULL: bytes written, also on failure. Any thread.
 */
int pp_write_all(int fd, const void *bytes, size_t len, uint64_t *written);

/* Prints that NAME could not be written, for the reason in errno. Returns -1; errno is kept. */
int pp_error_write(const char *name);

/* Writes to standard output. 0, or -1, printed once per run. Main thread. */
int pp_stdout_put(const char *text, size_t len);
/* Flushes standard output. As pp_stdout_put; -1 for an earlier failed write, too. */
int pp_stdout_flush(void);

#endif
