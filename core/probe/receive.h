/* SPDX-License-Identifier: BSD-2-Clause */
/* receive.h: dispatches packets from the wire to flows, sweeps and checks. Its worker's thread. */
#ifndef PP_RECEIVE_H
#define PP_RECEIVE_H

#include "../wire/wire.h"

/* Callbacks of the wire; ARG: the worker. A packet was captured; the kernel refused to send the packet with TAG. */
void pp_worker_frame(void *arg, const struct pp_frame *f);
void pp_worker_refused(void *arg, uint64_t tag);

#endif
