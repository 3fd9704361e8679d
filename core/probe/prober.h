/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prober.h: the state that all flows of one worker share: the wire, the ports, the tables of open and of ended flows,
 * memory for probes. The worker's thread.
 */
#ifndef PP_PROBER_H
#define PP_PROBER_H

#include "../base/token_bucket.h"
#include "../flow/table.h"
#include "../verdict/live_counters.h"
#include "../verdict/plan.h"
#include "../wire/wire.h"
#include "ended.h"

struct pp_probe;

struct pp_prober {
    const struct pp_plan *plan;
    struct pp_wire *wire;
    struct pp_wheel *wheel;
    struct pp_token_bucket *rate;
    struct pp_live_counters *counters;
    struct pp_http_pool *pool;    /* NULL: the mode needs none */
    struct pp_quic_crypto *crypto; /* NULL: no arm asks by Initials */
    struct pp_sipkey secret;      /* key of initial sequence numbers and timestamps; the same in all runs since boot */
    int64_t now;                  /* ns of the timers' clock; set by the worker */
    const uint16_t *ports;        /* this worker's slice, borrowed */
    unsigned all_ports, port_next;
    uint64_t port[(UINT16_MAX + 1) / 64]; /* bit per port: set while the port is the worker's alone */
    unsigned nports, least_ports; /* usable ports; the fewest with which a round can be made */
    struct pp_flow_table flows;   /* probes */
    struct pp_ended past;
    struct pp_probe *free_probes; /* kept for reuse, by link.next */
    char **slab;                  /* blocks of memory that probes are cut from; freed with the worker */
    uint32_t nslabs, nprobes;     /* slabs; probes cut from them */
    size_t probe_size;
};

static inline bool pp_prober_has_port(const struct pp_prober *p, uint16_t port)
{
    return p->port[port / 64] >> port % 64 & 1;
}

static inline void pp_prober_count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

#endif
