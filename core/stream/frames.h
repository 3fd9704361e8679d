/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames.h: packets in the format of a pcap file: LINKTYPE_RAW, nanoseconds. Those of one target are kept in memory
 * until its verdict says whether they are wanted. One thread each.
 */
#ifndef PP_FRAMES_H
#define PP_FRAMES_H

#include "../base/buf.h"

#define PP_FRAMES_MAX (256u << 10) /* bytes of packets kept of one target */

/* The file's header. */
void pp_frames_header(struct pp_buf *out);
/*
 * Up to which byte FD, a file of these, is whole records; 0: not even its header is. 0, or -1 printed: it is none of
 * these, or cannot be read.
 */
int pp_frames_whole(int fd, const char *name, uint64_t *whole);
/* A buffer of at most PP_FRAMES_MAX; NULL: no memory. */
struct pp_buf *pp_frames_new(void);
/* Keeps a copy of one packet as a record; past the maximum, packets are left out. *FRAMES NULL: none yet. */
void pp_frames_add(struct pp_buf **frames, int64_t stamp, const uint8_t *ip, size_t cap, size_t len);
void pp_frames_free(struct pp_buf **frames);

#endif
