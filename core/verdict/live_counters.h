/* SPDX-License-Identifier: BSD-2-Clause */
/* live_counters.h: what the display adds up while a run goes on: one per worker, written by its thread, read by any. */
#ifndef PP_LIVE_COUNTERS_H
#define PP_LIVE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

struct pp_live_counters {
    _Atomic uint64_t started, done, in_flight, confirming, invalid;
    _Atomic uint64_t turned_away; /* targets that were taken, and are not asked (any more) */
    /*
     * Of confirmation, in ns: when the next round is due (0: not known, or it is under way), when the targets that are
     * in it will be done, if no round fails by chance, and how long it takes at most, so far.
     */
    _Atomic int64_t next_round, confirmed_at, confirming_takes;
    _Atomic uint64_t works, broken, transient, unstable, offline; /* targets, by the gravest word of their arms */
    _Atomic uint64_t packets_out, packets_in, send_errors, late, stray, wrong_checksum, undecodable, restarted;
    _Atomic uint64_t locating, sweeps, locate_packets; /* targets that are swept, or wait for it; what that cost */
    _Atomic uint64_t ports_left_out; /* something else on this host sends from them */
    _Atomic uint64_t dropped_ring;
    _Atomic uint64_t dropped_if, dropped_softnet; /* of the interface, the host: every worker counts the same packets */
};

#endif
