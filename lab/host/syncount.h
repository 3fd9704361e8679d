/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syncount.h: what hosts that count SYNs remember of them. A direct-mapped table: of two hosts that share a place the
 * one that speaks later is remembered, which makes the other lenient and nothing worse. Single thread.
 */
#ifndef PP_SYNCOUNT_H
#define PP_SYNCOUNT_H

#include <stdbool.h>
#include <stdint.h>

struct pp_syncount_entry;

struct pp_syncount {
    struct pp_syncount_entry *entries; /* NULL: no host has counted yet */
};

void pp_syncount_release(struct pp_syncount *s);
/* How many SYNs host INDEX was asked about before this one. No memory: 0. */
uint32_t pp_syncount_next(struct pp_syncount *s, uint64_t index);
/* True: host INDEX has taken no SYN within GAP (ns) before AT, and takes this one. No memory: true. */
bool pp_syncount_allowed(struct pp_syncount *s, uint64_t index, int64_t at, int64_t gap);
/* True: host INDEX was offended within GAP (ns) before AT. OFFENCE: by a SYN of just now. No memory: false. */
bool pp_syncount_offended(struct pp_syncount *s, uint64_t index, bool offence, int64_t at, int64_t gap);

#endif
