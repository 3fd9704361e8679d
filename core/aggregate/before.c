/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * before.c: a hash table of the words of an earlier campaign, by target and condition. An entry takes 8 bytes: a keyed
 * hash, so that input cannot provoke collisions, with the word in its lowest bits. Of two lines about one target the
 * later one counts.
 */
#include "aggregate_parts.h"

#include "../base/error.h"

#include <stdlib.h>

#define FIRST (1u << 16)
#define MOST (1u << 22) /* entries; at most three in four are used */
#define WORD_BITS 3

struct pp_before {
    uint64_t *entry; /* hash, word + 1 */
    struct pp_sipkey key;
    uint32_t places, used;
    uint64_t left_out;
};

static uint64_t hash_of(const struct pp_before *b, const struct pp_reading *r, const char *stem, size_t len)
{
    uint8_t bytes[16 + 2 + 256 + 128];
    size_t n = 0, domain = r->domain.len < 256 ? r->domain.len : 256;

    memcpy(bytes, r->dip.b, 16);
    bytes[16] = (uint8_t)(r->port >> 8);
    bytes[17] = (uint8_t)r->port;
    n = 18;
    memcpy(bytes + n, r->domain.at, domain);
    n += domain;
    len = len < 128 ? len : 128;
    memcpy(bytes + n, stem, len);
    return pp_siphash(&b->key, bytes, n + len) >> WORD_BITS << WORD_BITS;
}

/* The entry with HASH, or the free one for it. */
static uint64_t *find(const struct pp_before *b, uint64_t hash)
{
    uint32_t i = (uint32_t)(hash >> 32) & (b->places - 1);

    while (b->entry[i] && b->entry[i] >> WORD_BITS != hash >> WORD_BITS)
        i = (i + 1) & (b->places - 1);
    return &b->entry[i];
}

static int grow(struct pp_before *b)
{
    uint64_t *old = b->entry;
    uint32_t n = b->places;

    b->entry = calloc(2 * (size_t)n, sizeof *b->entry);
    if (!b->entry) {
        b->entry = old;
        return pp_error("out of memory");
    }
    b->places = 2 * n;
    for (uint32_t i = 0; i < n; i++)
        if (old[i])
            *find(b, old[i]) = old[i];
    free(old);
    return 0;
}

static int put(struct pp_before *b, uint64_t hash, int word)
{
    uint64_t *e = find(b, hash);

    if (!*e && b->used >= b->places / 4 * 3) {
        if (b->places == MOST) {
            b->left_out++;
            return 0;
        }
        if (grow(b) < 0)
            return -1;
        e = find(b, hash);
    }
    b->used += !*e;
    *e = hash | (uint64_t)(word + 1);
    return 0;
}

static int open_before(struct pp_before **b, const struct pp_sipkey *key)
{
    *b = calloc(1, sizeof **b);
    if (!*b || !((*b)->entry = calloc(FIRST, sizeof *(*b)->entry)))
        return pp_error("out of memory");
    (*b)->places = FIRST;
    (*b)->key = *key;
    return 0;
}

/* The word of a condition ".connectivity.WORD"; -1: none. */
static int word_of(struct pp_span name, size_t *stem)
{
    static const char suffix[] = ".connectivity";
    const char *dot = memrchr(name.at, '.', name.len);
    size_t tail = sizeof suffix - 1;

    *stem = dot ? (size_t)(dot - name.at) : 0;
    if (*stem <= tail || memcmp(name.at + *stem - tail, suffix, tail) != 0)
        return -1;
    for (int w = 0; w < PP_VERDICTS; w++)
        if (strlen(pp_verdict_name[w]) == name.len - *stem - 1 &&
            memcmp(pp_verdict_name[w], dot + 1, name.len - *stem - 1) == 0)
            return w;
    return -1;
}

int pp_before_add(struct pp_before **b, const struct pp_sipkey *key, const struct pp_reading *r)
{
    if (!*b && open_before(b, key) < 0)
        return -1;
    for (unsigned i = 0; r->valid && i < r->nconditions; i++) {
        size_t stem;
        int word = word_of(r->condition[i], &stem);
        if (word >= 0 && put(*b, hash_of(*b, r, r->condition[i].at, stem), word) < 0)
            return -1;
    }
    return 0;
}

void pp_before_compare(struct pp_before *b, struct pp_part *p, const struct pp_reading *r, uint64_t line)
{
    uint64_t prefix = pp_cluster_prefix(&r->dip);

    for (unsigned i = 0; i < p->nquestions; i++) {
        struct pp_question *q = &p->question[i];
        int now = q->counted == line && q->connectivity ? q->member[q->word].word : -1, then;
        uint64_t e = now >= 0 ? *find(b, hash_of(b, r, q->stem, strlen(q->stem))) : 0;
        if (!e)
            continue;
        then = (int)(e & ((1u << WORD_BITS) - 1)) - 1;
        q->moved[then][now]++;
        if ((then != PP_VERDICT_WORKS && then != PP_VERDICT_BROKEN) ||
            (now != PP_VERDICT_WORKS && now != PP_VERDICT_BROKEN))
            continue;
        q->common++;
        if (!q->change.prefix.bucket && pp_pairs_init(&q->change) < 0)
            continue;
        pp_pairs_add(&q->change, prefix, r->asn ? pp_cluster_as(r->asn) : prefix, then == PP_VERDICT_WORKS,
                     now == PP_VERDICT_WORKS);
    }
}

uint64_t pp_before_left_out(const struct pp_before *b)
{
    return b ? b->left_out : 0;
}

void pp_before_free(struct pp_before *b)
{
    if (b)
        free(b->entry);
    free(b);
}
