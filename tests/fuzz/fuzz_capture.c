/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_capture.c: any bytes as a capture file, pcap or pcapng, as `observe` reads it: libpcap, link headers, and what
 * they leave of each frame, decoded.
 */
#include "../../cmd/intake.c"

#include "../../core/packet/packet.h"

#include <sys/mman.h>

#define FRAMES_MAX 10000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Standard error is /dev/null while the reader runs, which reports bad files; afterwards the fuzzer needs it. */
    int fd = memfd_create("capture", MFD_CLOEXEC), silent = open("/dev/null", O_WRONLY | O_CLOEXEC), saved = dup(2);
    struct pp_intake_frame f;
    struct pp_intake *c;
    struct pp_packet p;
    bool good = true, more;
    char path[40];

    if (fd < 0 || silent < 0 || saved < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    dup2(silent, STDERR_FILENO);
    c = pp_intake_file(path, NULL);
    more = c && pp_intake_begin(c) == 0;
    for (unsigned n = 0; more && n < FRAMES_MAX && pp_intake_next(c, &f) == PP_CAPTURE_FRAME; n++)
        if (f.ip && pp_packet_decode(&p, f.ip, f.cap) == 0)
            good &= p.ip_cap <= f.cap;
    pp_intake_free(c);
    dup2(saved, STDERR_FILENO);
    close(silent);
    close(saved);
    close(fd);
    if (!good)
        BUG("more of a datagram than was captured");
    return 0;
}
