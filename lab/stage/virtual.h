/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtual.h: the lab as a wire, in-process: without privileges, sockets or sleeps. wait() advances the clock to the
 * next event. Equal seeds give equal runs. Single thread.
 */
#ifndef PP_VIRTUAL_H
#define PP_VIRTUAL_H

#include "../../core/wire/wire.h"
#include "../host/hosts.h"

/* Faults of the vantage point, for tests; all times in ns of the virtual clock. */
struct pp_virtual_faults {
    int64_t outage_from, outage_to; /* the uplink passes nothing */
    int64_t drops_from, drops_to;   /* the capture loses frames (counted as ring drops) */
    double drop_p;                  /* with this probability */
    double send_fail_p;             /* the send queue is full (reported by `failed`) */
    int64_t stall_from, stall_to;   /* the worker is not woken in this interval */
    int64_t step_at, step;          /* at step_at, the epoch clock is changed by `step` ns */
};

/* LAB is borrowed. Starts at monotonic 1 s and a fixed epoch time. NULL: no memory. */
struct pp_wire *pp_virtual_open(struct pp_lab *lab, const struct pp_virtual_faults *faults, uint64_t seed);

#endif
