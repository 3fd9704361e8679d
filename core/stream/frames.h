/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames.h: packets in the format of a pcap file: LINKTYPE_RAW, nanoseconds. The packets of one target are kept in
 * memory until its verdict decides whether they are written. One thread per buffer.
 */
#ifndef PP_FRAMES_H
#define PP_FRAMES_H

#include "../base/buf.h"

#define PP_FRAMES_MAX (256u << 10) /* bytes of packets kept of one target */

/* Writes the header of a pcap file. */
void pp_frames_header(struct pp_buf *out);
/*
 * Sets *WHOLE to the length in bytes of the header and the whole records in FD; 0: the header is not whole. 0, or -1
 * printed: FD is no such file, or cannot be read.
 */
int pp_frames_whole(int fd, const char *name, uint64_t *whole);
/* A buffer of at most PP_FRAMES_MAX bytes, the caller's; NULL: no memory. */
struct pp_buf *pp_frames_new(void);
/* Adds a copy of one packet as a record, unless the buffer is full. *FRAMES NULL: makes the buffer. */
void pp_frames_add(struct pp_buf **frames, int64_t stamp, const uint8_t *ip, size_t cap, size_t len);
void pp_frames_free(struct pp_buf **frames);

#endif
