/* SPDX-License-Identifier: BSD-2-Clause */
/* conn.c: the connection table: chained buckets that double when they are full, structs from slabs. */
#include "conn.h"

#define FIRST_BUCKETS 4096 /* a power of two */
#define PER_SLAB 256

struct slab {
    struct slab *next;
    struct pp_conn conns[PER_SLAB];
};

int pp_conns_init(struct pp_conns *t, uint64_t secret)
{
    *t = (struct pp_conns){.mask = FIRST_BUCKETS - 1, .secret = secret};
    t->bucket = calloc(FIRST_BUCKETS, sizeof *t->bucket);
    return t->bucket ? 0 : -1;
}

void pp_conns_release(struct pp_conns *t)
{
    struct slab *s = t->slabs, *next;

    for (uint64_t i = 0; t->bucket && i <= t->mask; i++)
        for (struct pp_conn *c = t->bucket[i]; c; c = c->next) {
            free(c->dns);
            free(c->ahead);
        }
    for (; s; s = next) {
        next = s->next;
        free(s);
    }
    free(t->bucket);
    *t = (struct pp_conns){0};
}

static bool same(const struct pp_conn_key *a, const struct pp_conn_key *b)
{
    return a->cport == b->cport && a->sport == b->sport && pp_addr_eq(&a->server, &b->server) &&
           pp_addr_eq(&a->client, &b->client);
}

struct pp_conn *pp_conn_get(struct pp_conns *t, const struct pp_conn_key *key)
{
    struct pp_conn *c = t->bucket[pp_conn_hash(t->secret, key) & t->mask];

    while (c && !same(&c->key, key))
        c = c->next;
    return c;
}

/* Doubles the buckets; without memory the table stays as it is, and gets slower. */
static void rehash(struct pp_conns *t)
{
    uint64_t mask = 2 * t->mask + 1;
    struct pp_conn **bucket = calloc(mask + 1, sizeof *bucket), *c, *next, **at;

    if (!bucket)
        return;
    for (uint64_t i = 0; i <= t->mask; i++) {
        for (c = t->bucket[i]; c; c = next) {
            next = c->next;
            at = &bucket[pp_conn_hash(t->secret, &c->key) & mask];
            c->next = *at;
            *at = c;
        }
    }
    free(t->bucket);
    t->bucket = bucket;
    t->mask = mask;
}

struct pp_conn *pp_conn_add(struct pp_conns *t, const struct pp_conn_key *key)
{
    struct pp_conn *c, **at;
    struct slab *s;

    if (t->count >= PP_CONN_MAX)
        return NULL;
    if (!t->pool) {
        if (!(s = malloc(sizeof *s)))
            return NULL;
        s->next = t->slabs;
        t->slabs = s;
        for (unsigned i = 0; i < PER_SLAB; i++) {
            s->conns[i].next = t->pool;
            t->pool = &s->conns[i];
        }
    }
    if (t->count > t->mask)
        rehash(t);
    c = t->pool;
    t->pool = c->next;
    *c = (struct pp_conn){.key = *key};
    at = &t->bucket[pp_conn_hash(t->secret, key) & t->mask];
    c->next = *at;
    *at = c;
    t->count++;
    return c;
}

void pp_conn_remove(struct pp_conns *t, struct pp_conn *c)
{
    struct pp_conn **at = &t->bucket[pp_conn_hash(t->secret, &c->key) & t->mask];

    while (*at && *at != c)
        at = &(*at)->next;
    if (!*at)
        BUG("a connection that is not in its table");
    *at = c->next;
    free(c->dns);
    free(c->ahead);
    c->next = t->pool;
    t->pool = c;
    t->count--;
}
