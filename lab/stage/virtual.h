/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtual.h: the lab as a wire, in-process: no privilege, no socket, no sleep. wait() moves the clock to the next
 * thing that happens. The same seed gives the same run. Single thread.
 */
#ifndef PP_VIRTUAL_H
#define PP_VIRTUAL_H

#include "../../core/wire/wire.h"
#include "../host/hosts.h"

/* Faults of the vantage, for tests; all times on the virtual clock. */
struct pp_virtual_faults {
    int64_t outage_from, outage_to; /* the uplink passes nothing */
    int64_t drops_from, drops_to;   /* the capture loses frames (counted as ring drops) */
    double drop_p;                  /* with this probability */
    double send_fail_p;             /* the send queue is full (reported by `failed`) */
    int64_t stall_from, stall_to;   /* the worker is not woken between, whatever comes */
    int64_t step_at, step;          /* the epoch's clock is set by so many ns, then */
};

/* LAB is borrowed. Starts at monotonic 1 s and a fixed epoch time. NULL: no memory. */
struct pp_wire *pp_virtual_open(struct pp_lab *lab, const struct pp_virtual_faults *faults, uint64_t seed);

#endif
