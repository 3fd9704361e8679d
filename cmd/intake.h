/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intake.h: reads packets for `pathprobe observe` from an interface or a capture file (pcap or pcapng), one at a time.
 * SIGINT and SIGTERM are blocked from opening to closing, and end the capture at any point where it waits, without a
 * race. Main thread.
 */
#ifndef PP_INTAKE_H
#define PP_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_intake; /* opaque */

struct pp_intake_frame {
    const uint8_t *ip; /* the datagram; NULL: the frame holds none. Valid until the next call */
    size_t cap, len; /* bytes of the datagram: captured, and in the frame */
    int64_t stamp; /* ns since 1970 */
};

enum pp_intake_result {
    PP_CAPTURE_ERROR = -1, /* printed: the interface is gone, the file ends early */
    PP_CAPTURE_FRAME,
    PP_CAPTURE_NOTHING, /* an interface without a packet now: see pp_intake_wait */
    PP_CAPTURE_END,     /* the file has ended */
    PP_CAPTURE_SIGNAL,
};

/* FILTER: pcap-filter(7), or NULL. NAME "-" is standard input. NULL with a printed message and hint. */
struct pp_intake *pp_intake_file(const char *name, const char *filter);
struct pp_intake *pp_intake_live(const char *ifname, const char *filter);
/* Reads the header of a file, and compiles its FILTER; call before pp_intake_next. 0, or -1 printed. */
int pp_intake_begin(struct pp_intake *c);
void pp_intake_free(struct pp_intake *c);

enum pp_intake_result pp_intake_next(struct pp_intake *c, struct pp_intake_frame *f);
/* Waits until a frame or a signal came, at most MS milliseconds. */
void pp_intake_wait(struct pp_intake *c, int ms);
/* True if FD is the file that is read, which must not be overwritten. */
bool pp_intake_reads(const struct pp_intake *c, int fd);

/* The packets that the kernel dropped: as the ring was full, and at the interface. Zero for a file. */
void pp_intake_drops(struct pp_intake *c, uint64_t *ring, uint64_t *interface);

#endif
