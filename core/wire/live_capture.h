/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * live_capture.h: the receiving half of a live wire: a libpcap handle in immediate mode that captures both directions
 * of one interface, filtered to one worker's ports. Needs CAP_NET_RAW for opening. One thread.
 */
#ifndef PP_LIVE_CAPTURE_H
#define PP_LIVE_CAPTURE_H

#include "live.h"

struct pp_capture; /* opaque */

/* NULL with a printed message and hint. */
struct pp_capture *pp_capture_open(const struct pp_live_config *c);
void pp_capture_free(struct pp_capture *c);

/* As pp_wire_ops.receive. -1 printed: the interface was removed. While it is down, there are no frames. */
int pp_capture_receive(struct pp_capture *c, pp_frame_fn *fn, void *arg, int max);

int pp_capture_fd(const struct pp_capture *c); /* readable when frames are there */
int pp_capture_linktype(const struct pp_capture *c);
void pp_capture_ring(const struct pp_capture *c, unsigned *slots, unsigned *slot_bytes);
/* Sets `received` and the drop counters in S. */
void pp_capture_stats(struct pp_capture *c, struct pp_wire_stats *s);

#endif
