/* SPDX-License-Identifier: BSD-2-Clause */
/* counter.c: flows counted per source, destination or both. */
#include "counter.h"

#define SECOND INT64_C(1000000000)
#define SETS (1u << 16)
#define WAYS 4
#define UDP_IDLE (30 * SECOND) /* ns: as long as Linux' connection tracking keeps a UDP flow without an answer */
#define GROUP_GAP (5 * SECOND)

struct pp_counter_entry {
    uint64_t key;    /* 0: free */
    int64_t at;      /* ns: last use, or as the counter's kind defines */
    uint32_t note;   /* of a flow: its first sequence number; of a group: the number of the ignored flow, from 1 */
    uint16_t n, before; /* of a group: flows so far, and flows of the previous group */
};

/* The kind of a key, which is hashed with it. */
enum { OF_FLOW = 1, OF_BOX, OF_GROUP };

void pp_counter_release(struct pp_counter *t)
{
    free(t->entries);
    t->entries = NULL;
}

/* The entry with KEY; if there is none, the least recently used one of its set, zeroed. NULL: no memory. */
static struct pp_counter_entry *entry_of(struct pp_counter *t, uint64_t key)
{
    struct pp_counter_entry *set, *oldest;

    if (!t->entries && !(t->entries = calloc((size_t)SETS * WAYS, sizeof *t->entries)))
        return NULL;
    key = key ? key : 1;
    set = oldest = &t->entries[key % SETS * WAYS];
    for (unsigned i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].at < oldest->at)
            oldest = &set[i];
    }
    *oldest = (struct pp_counter_entry){.key = key};
    return oldest;
}

static uint64_t key_of(const struct pp_topology *topology, uint64_t what, unsigned per, const struct pp_packet *p)
{
    struct pp_conn_key key = {0};

    if (per & PP_PER_SOURCE)
        key.client = p->src;
    if (per & PP_PER_DESTINATION)
        key.server = p->dst;
    return pp_conn_hash(topology->seed ^ pp_mix(what), &key);
}

/* The key of the box at HOP of PLACE's network; all hosts after it share its counters. */
static uint64_t box_of(const struct pp_topology *topology, const struct pp_lab_place *place, unsigned hop)
{
    struct pp_addr router = pp_topology_router(topology, place, hop, 0);
    uint64_t w[2];

    memcpy(w, &router, sizeof w);
    return OF_BOX ^ pp_mix(w[0] ^ pp_mix(w[1]));
}

/* True if P's flow through the box was admitted and has not ended. */
static bool is_admitted(struct pp_counter *t, uint64_t flow, const struct pp_packet *p, int64_t at)
{
    const struct pp_counter_entry *e = entry_of(t, flow);

    if (!e || !e->at)
        return false;
    /* A new flow on the same ports has another first sequence number, or comes after UDP_IDLE. */
    return p->proto == PP_PROTO_TCP ? e->note == p->tcp.seq : at - e->at <= UDP_IDLE;
}

static void admit(struct pp_counter *t, uint64_t flow, const struct pp_packet *p, int64_t at)
{
    struct pp_counter_entry *e = entry_of(t, flow);

    if (!e)
        return;
    e->at = at;
    e->note = p->proto == PP_PROTO_TCP ? p->tcp.seq : 0;
}

/*
 * A token bucket as one time (the generic cell rate algorithm, ITU-T I.371): tokens come at `flows` in `seconds`; the
 * entry's `at` is the time at which the bucket will be full.
 */
static bool quota(struct pp_counter_entry *e, const struct pp_lab_box *box, int64_t at)
{
    int64_t one = box->seconds * SECOND / box->flows, full = e->at > at ? e->at : at;

    if (full - at > (box->flows - 1) * one)
        return false;
    e->at = full + one;
    return true;
}

/* True if P has the fields that identify a flow: ports and, for TCP, the flags. */
static bool has_header(const struct pp_packet *p)
{
    return !p->frag_off && (p->proto == PP_PROTO_TCP   ? p->l4_cap >= PP_TCP_FLAGS_END
                            : p->proto == PP_PROTO_UDP ? p->l4_cap >= 8
                                                       : false);
}

static bool begins(const struct pp_packet *p)
{
    return p->proto == PP_PROTO_UDP ||
           (p->proto == PP_PROTO_TCP && (p->tcp.flags & (PP_TCP_SYN | PP_TCP_ACK)) == PP_TCP_SYN);
}

bool pp_counter_admits(struct pp_counter *t, const struct pp_topology *topology, const struct pp_lab_place *place,
                       const struct pp_lab_box *box, const struct pp_packet *p, int64_t at)
{
    const struct pp_counting *c = box->behaviour->counting;
    uint64_t id = box_of(topology, place, box->hop), flow;
    struct pp_conn_key key = pp_host_key(p);
    struct pp_counter_entry *e;
    bool new;

    if (!has_header(p))
        return true;
    flow = pp_conn_hash(id ^ pp_mix(OF_FLOW ^ p->proto), &key);
    new = begins(p) && !is_admitted(t, flow, p, at);
    e = entry_of(t, key_of(topology, id ^ (uint64_t)c->kind << 8, c->per, p));
    if (!e)
        return true;
    if (new && !(c->kind == PP_COUNT_QUOTA ? quota(e, box, at) : at >= e->at))
        return false;
    if (c->kind == PP_COUNT_BAN && pp_packet_is_odd(p))
        e->at = at + box->seconds * SECOND;
    if (begins(p)) /* last, as it may replace E */
        admit(t, flow, p, at);
    return true;
}

bool pp_counter_fails(struct pp_counter *t, const struct pp_topology *topology, const struct pp_lab_place *place,
                      enum pp_count_kind kind, const struct pp_packet *p, int64_t at)
{
    struct pp_counter_entry *e = entry_of(t, key_of(topology, OF_GROUP, PP_PER_PAIR, p));

    if (!e)
        return false;
    if (!e->at || at - e->at > GROUP_GAP) {
        e->before = e->n;
        e->n = 0;
        e->note = kind == PP_COUNT_ONE ? 1 + (pp_mix(place->key ^ 9 ^ pp_mix((uint64_t)at)) & 1)
                  : e->before          ? e->before
                                       : 2;
    }
    e->at = at;
    return ++e->n == e->note;
}
