/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * live_capture.h: the receiving half of a live wire: a libpcap handle in immediate mode that sees both directions of
 * one interface, filtered to one worker's ports. Needs CAP_NET_RAW while opening. One thread.
 */
#ifndef PP_LIVE_CAPTURE_H
#define PP_LIVE_CAPTURE_H

#include "live.h"

struct pp_capture; /* opaque */

/* NULL with a printed message and hint. */
struct pp_capture *pp_capture_open(const struct pp_live_config *c);
void pp_capture_free(struct pp_capture *c);

/* See struct pp_wire_ops. -1 with a printed message: the interface is gone. One that is merely down gives no frames. */
int pp_capture_receive(struct pp_capture *c, pp_frame_fn *fn, void *arg, int max);

int pp_capture_fd(const struct pp_capture *c); /* readable: there are frames */
int pp_capture_linktype(const struct pp_capture *c);
void pp_capture_ring(const struct pp_capture *c, unsigned *slots, unsigned *slot_bytes);
/* Sets received and the drops in S. */
void pp_capture_stats(struct pp_capture *c, struct pp_wire_stats *s);

#endif
