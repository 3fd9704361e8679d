/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keys.c: counts by network: a hash table, with an array of counts for each question that has any.
 */
#include "aggregate_parts.h"

#include <stdlib.h>

#define FIRST_CAP 64

static size_t mix(uint64_t key)
{
    key = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
    return (size_t)(key ^ key >> 31);
}

/* Bytes that one more entry takes in all arrays and in the hash table. */
static size_t width(const struct pp_keys *k)
{
    size_t bytes = sizeof *k->key + 2 * sizeof *k->slot + (k->name ? sizeof *k->name : 0);

    for (unsigned q = 0; q < PP_KEYS_COLUMNS; q++)
        bytes += k->column[q].n ? sizeof *k->column[q].n + sizeof *k->column[q].broken : 0;
    return bytes;
}

/* Grows ARRAY from FROM to TO elements, the new ones zero. False: no memory, and it is as it was. */
static bool longer(void *array, size_t size, uint32_t from, uint32_t to)
{
    char *p = realloc(*(void **)array, size * to);

    if (!p)
        return false;
    memset(p + size * from, 0, size * (to - from));
    *(void **)array = p;
    return true;
}

static bool rehash(struct pp_keys *k, uint32_t slots)
{
    uint32_t *slot = calloc(slots, sizeof *slot);

    if (!slot)
        return false;
    free(k->slot);
    k->slot = slot;
    k->slots = slots;
    for (uint32_t i = 0; i < k->n; i++) {
        size_t s = mix(k->key[i]) % slots;
        while (slot[s])
            s = (s + 1) % slots;
        slot[s] = i + 1;
    }
    return true;
}

static bool grow(struct pp_keys *k, size_t *bytes)
{
    uint32_t cap = k->cap ? k->cap + k->cap / 2 : FIRST_CAP;
    size_t more = (cap - k->cap) * width(k);

    if (*bytes + more > PP_KEYS_BYTES || !longer(&k->key, sizeof *k->key, k->cap, cap) ||
        (k->name && !longer(&k->name, sizeof *k->name, k->cap, cap)))
        return false;
    for (unsigned q = 0; q < PP_KEYS_COLUMNS; q++)
        if (k->column[q].n && (!longer(&k->column[q].n, sizeof *k->column[q].n, k->cap, cap) ||
                               !longer(&k->column[q].broken, sizeof *k->column[q].broken, k->cap, cap)))
            return false;
    if (!rehash(k, 2 * cap))
        return false;
    k->cap = cap;
    *bytes += more;
    return true;
}

int64_t pp_keys_index(struct pp_keys *k, uint64_t key, size_t *bytes)
{
    if (k->slots)
        for (size_t s = mix(key) % k->slots; k->slot[s]; s = (s + 1) % k->slots)
            if (k->key[k->slot[s] - 1] == key)
                return k->slot[s] - 1;
    if (k->n == k->cap && !grow(k, bytes))
        return -1;
    for (size_t s = mix(key) % k->slots;; s = (s + 1) % k->slots)
        if (!k->slot[s]) {
            k->key[k->n++] = key;
            k->slot[s] = k->n;
            return k->n - 1;
        }
}

bool pp_keys_count(struct pp_keys *k, uint32_t index, unsigned q, bool broken, size_t *bytes)
{
    size_t size = k->cap * sizeof *k->column[q].n;

    if (!k->column[q].n) {
        if (*bytes + 2 * size > PP_KEYS_BYTES || !(k->column[q].n = calloc(1, size)))
            return false;
        k->column[q].broken = calloc(1, size);
        if (!k->column[q].broken) {
            free(k->column[q].n);
            k->column[q].n = NULL;
            return false;
        }
        *bytes += 2 * size;
    }
    k->column[q].n[index]++;
    k->column[q].broken[index] += broken;
    return true;
}

void pp_keys_name(struct pp_keys *k, uint32_t index, struct pp_span json)
{
    if (!k->name)
        k->name = calloc(k->cap, sizeof *k->name);
    if (k->name && !k->name[index] && json.len && json.len < 200)
        k->name[index] = strndup(json.at, json.len);
}

void pp_keys_release(struct pp_keys *k)
{
    for (uint32_t i = 0; k->name && i < k->n; i++)
        free(k->name[i]);
    for (unsigned q = 0; q < PP_KEYS_COLUMNS; q++) {
        free(k->column[q].n);
        free(k->column[q].broken);
    }
    free(k->name);
    free(k->key);
    free(k->slot);
    *k = (struct pp_keys){.n = 0};
}
