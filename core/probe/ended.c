/* SPDX-License-Identifier: BSD-2-Clause */
/* ended.c: a ring of flows, found through hash chains of indices. */
#include "ended.h"

#define BUCKETS PP_ENDED_MAX

int pp_ended_init(struct pp_ended *e)
{
    *e = (struct pp_ended){.flow = calloc(PP_ENDED_MAX, sizeof *e->flow), .bucket = calloc(BUCKETS, sizeof *e->bucket)};
    e->secret = pp_sipkey_random();
    return e->flow && e->bucket ? 0 : -1;
}

void pp_ended_release(struct pp_ended *e)
{
    free(e->flow);
    free(e->bucket);
    *e = (struct pp_ended){0};
}

static uint32_t *bucket_of(const struct pp_ended *e, const struct pp_addr *remote, uint16_t lport, uint16_t rport)
{
    struct pp_flow_key k = {.remote = *remote, .lport = lport, .rport = rport};

    return &e->bucket[pp_siphash(&e->secret, &k, sizeof k) % BUCKETS];
}

static void forget(struct pp_ended *e, uint32_t i)
{
    const struct pp_ended_flow *f = &e->flow[i];
    uint32_t *link = bucket_of(e, &f->remote, f->lport, f->rport);

    while (*link != i + 1)
        link = &e->flow[*link - 1].next;
    *link = f->next;
}

struct pp_ended_flow *pp_ended_add(struct pp_ended *e, const struct pp_flow_key *key)
{
    uint32_t *bucket = bucket_of(e, &key->remote, key->lport, key->rport), i = e->at;

    if (e->n == PP_ENDED_MAX)
        forget(e, i);
    else
        e->n++;
    e->at = (i + 1) % PP_ENDED_MAX;
    e->flow[i] = (struct pp_ended_flow){
        .remote = key->remote, .lport = key->lport, .rport = key->rport, .next = *bucket};
    *bucket = i + 1;
    return &e->flow[i];
}

struct pp_ended_flow *pp_ended_find(const struct pp_ended *e, const struct pp_flow_key *key)
{
    for (uint32_t i = *bucket_of(e, &key->remote, key->lport, key->rport); i; i = e->flow[i - 1].next) {
        struct pp_ended_flow *f = &e->flow[i - 1];
        if (f->lport == key->lport && f->rport == key->rport && pp_addr_eq(&f->remote, &key->remote))
            return f;
    }
    return NULL;
}
