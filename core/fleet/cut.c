/* SPDX-License-Identifier: BSD-2-Clause */
/* cut.c: writes lines into a temporary file, sorts an index of them by network, and divides that into chunks. */
#include "cut.h"

#include "../base/error.h"
#include "../base/io.h"
#include "../base/random.h"
#include "../base/temporary.h"
#include "../stream/object.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIECE (1u << 20)       /* of the file, in one write */
#define PENDING_MAX (4u << 20) /* bytes that are collected before a write; a last line may exceed it */

/* A target in the temporary file. */
struct pp_cut_entry {
    uint64_t network; /* a keyed hash of its prefix: sorts by network, networks in random order */
    uint64_t at;      /* its offset, 40 bits, and its length, 24 */
};

#define AT_BITS 40
#define AT_MAX ((UINT64_C(1) << AT_BITS) - 1)

static int flush(struct pp_cut *l)
{
    if (pp_write_all(l->fd, l->pending.data, l->pending.len, NULL) < 0)
        return pp_error_errno("cannot write a temporary file");
    l->bytes += l->pending.len;
    pp_buf_reset(&l->pending);
    return 0;
}

static int grow(struct pp_cut *l)
{
    size_t cap = l->cap ? 2 * l->cap : 4096;
    struct pp_cut_entry *v = l->n < l->cap ? l->v : realloc(l->v, cap * sizeof *v);

    if (!v)
        return pp_error("out of memory for %zu targets", l->n);
    l->cap = l->n < l->cap ? l->cap : cap;
    l->v = v;
    return 0;
}

/* Adds the target's JSON object without a member "fleet"; for CSV and lists an object is made from the line. */
static int add(struct pp_cut *l, const struct pp_target *t, const char *line, size_t len)
{
    static const char *const ours[] = {"fleet", NULL};
    const struct pp_prefix prefix = pp_addr_network(&t->addr);
    uint64_t start = l->bytes + l->pending.len;
    char *room;
    size_t size;

    if (grow(l) < 0)
        return -1;
    pp_buf_addc(&l->pending, '{');
    if (*line == '{') {
        room = pp_buf_reserve(&l->pending, len);
        if (room)
            l->pending.len += pp_members_copy_but(room, line, len, ours);
    } else {
        pp_buf_add(&l->pending, t->members, t->members_len);
    }
    pp_buf_adds(&l->pending, "}\n");
    size = l->bytes + l->pending.len - start;
    if (l->pending.failed || start > AT_MAX || size >> (64 - AT_BITS))
        return pp_error("the list is too large");
    l->v[l->n].network = pp_siphash(&l->key, &prefix.addr, sizeof prefix.addr);
    l->v[l->n++].at = start | size << AT_BITS;
    return l->pending.len < PIECE ? 0 : flush(l);
}

static int by_network(const void *a, const void *b)
{
    const struct pp_cut_entry *x = a, *y = b;

    if (x->network != y->network)
        return x->network < y->network ? -1 : 1;
    return (x->at & AT_MAX) < (y->at & AT_MAX) ? -1 : (x->at & AT_MAX) > (y->at & AT_MAX);
}

static int map_file(struct pp_cut *l)
{
    void *p = mmap(NULL, (size_t)l->bytes, PROT_READ, MAP_PRIVATE, l->fd, 0);

    if (p == MAP_FAILED)
        return pp_error_errno("cannot map a temporary file");
    l->text = p;
    return 0;
}

int pp_cut_read(struct pp_cut *l, struct pp_feeder *feeder, const volatile int *stop)
{
    struct pp_target *t;
    int result = 0;

    *l = (struct pp_cut){.fd = pp_temporary()};
    pp_buf_init(&l->pending, PENDING_MAX);
    pp_random_secret(&l->key, sizeof l->key);
    if (l->fd < 0)
        return -1;
    while (result == 0 && !*stop && (t = pp_feeder_next(feeder))) {
        size_t len;
        const char *line = pp_feeder_line(feeder, &len);
        result = add(l, t, line, len);
        free(t);
    }
    if (result < 0)
        return -1;
    pp_feeder_finish(feeder);
    pp_feeder_counts(feeder, &l->counts);
    if (pp_feeder_failed(feeder))
        return -1;
    if (*stop)
        return pp_error("interrupted: nothing was submitted");
    if (l->n == 0)
        return pp_error("the list has no target that may be probed");
    if (flush(l) < 0)
        return -1;
    qsort(l->v, l->n, sizeof *l->v, by_network);
    return map_file(l);
}

static uint64_t size_of(const struct pp_cut_entry *e)
{
    return e->at >> AT_BITS;
}

/*
 * Returns the end of the chunk that begins at FROM: it has as many whole networks as fit; a network that does not fit
 * into a chunk is split. TARGETS: the size to aim at; MAX targets and BYTES_MAX bytes are never exceeded.
 */
static size_t cut(struct pp_cut *l, size_t from, uint64_t targets, uint64_t max, uint64_t bytes_max)
{
    uint64_t bytes = 0;
    size_t end = from, whole = from;

    while (end < l->n && end - from < max && (bytes += size_of(&l->v[end])) <= bytes_max) {
        bool last = ++end == l->n || l->v[end].network != l->v[end - 1].network;
        if (last && (whole == from || end - from <= targets))
            whole = end;
        if (last && end - from >= targets)
            break;
    }
    if (whole == from && end > from)
        l->networks_split++;
    return whole > from ? whole : end;
}

size_t *pp_cut_chunks(struct pp_cut *l, uint64_t targets, uint64_t max, uint64_t bytes, uint64_t *chunks)
{
    size_t *from = malloc((l->n + 1) * sizeof *from), at = 0;

    *chunks = 0;
    if (!from) {
        pp_error("out of memory");
        return NULL;
    }
    while (at < l->n) {
        from[(*chunks)++] = at;
        at = cut(l, at, targets, max, bytes);
    }
    from[*chunks] = l->n;
    return from;
}

void pp_cut_lines(const struct pp_cut *l, size_t from, size_t to, struct pp_buf *out)
{
    for (size_t i = from; i < to; i++)
        pp_buf_add(out, l->text + (l->v[i].at & AT_MAX), size_of(&l->v[i]));
}

void pp_cut_release(struct pp_cut *l)
{
    if (l->text)
        munmap((void *)(uintptr_t)l->text, l->bytes);
    if (l->fd >= 0)
        close(l->fd);
    pp_buf_release(&l->pending);
    free(l->v);
    *l = (struct pp_cut){.fd = -1};
}
