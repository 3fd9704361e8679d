/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syncount.h: the state of hosts that count SYNs. A direct-mapped table: if two hosts share an entry, the later one
 * replaces the other, which then accepts more SYNs. Single thread.
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
/* The number of SYNs to host INDEX before this one. No memory: 0. */
uint32_t pp_syncount_next(struct pp_syncount *s, uint64_t index);
/* True if host INDEX accepted no SYN within GAP (ns) before AT; it then accepts this one. No memory: true. */
bool pp_syncount_allowed(struct pp_syncount *s, uint64_t index, int64_t at, int64_t gap);
/* True if host INDEX got an offending SYN within GAP (ns) before AT. OFFENCE: this SYN is one. No memory: false. */
bool pp_syncount_offended(struct pp_syncount *s, uint64_t index, bool offence, int64_t at, int64_t gap);

#endif
