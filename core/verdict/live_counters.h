/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * live_counters.h: counters that the status line adds up during a run: one set per worker, which writes it; any thread
 * reads.
 */
#ifndef PP_LIVE_COUNTERS_H
#define PP_LIVE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

struct pp_live_counters {
    _Atomic uint64_t started, done, in_flight, confirming, invalid;
    _Atomic uint64_t turned_away; /* targets that were taken and then not measured, or given up */
    /*
     * Confirmation, in ns: when the next round is due (0: not known, or a round is running); when the targets in
     * confirmation will be complete, if no round fails by chance; the longest time that it has taken so far.
     */
    _Atomic int64_t next_round, confirmed_at, confirming_takes;
    _Atomic uint64_t works, broken, transient, unstable, offline; /* targets, by the gravest word of their arms */
    _Atomic uint64_t packets_out, packets_in, send_errors, late, stray, wrong_checksum, undecodable, restarted;
    _Atomic uint64_t locating, sweeps, locate_packets; /* targets swept or waiting for it; sweeps, packets so far */
    _Atomic uint64_t ports_left_out; /* ports from which another program on this host sends */
    _Atomic uint64_t dropped_ring;
    _Atomic uint64_t dropped_if, dropped_softnet; /* of the interface, the host: all workers read the same counters */
};

#endif
