/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dedup.c: a set of fingerprints in one array, which is kept sorted with gaps: a fingerprint's home is its share of
 * the array (not the remainder of a division), and probing is linear without wrapping round. Sorted order is what lets
 * the array grow in place, by a quarter and without a second copy; doubling into a fresh table would need three times
 * the memory for a moment.
 */
#include "dedup.h"

#include "../base/error.h"
#include "../base/random.h"
#include "target.h"


#define FIRST_HOMES 4096
#define MARK UINT64_C(1) /* the lowest bit of a cell: the output has the target, and the input has not named it yet */
#define SLACK 1024 /* cells behind the last home: runs at the end spill there */

struct pp_dedup {
    struct pp_sipkey key;
    uint64_t *cell; /* homes + SLACK of them; 0: empty */
    uint64_t homes, count;
};

struct pp_dedup *pp_dedup_new(void)
{
    struct pp_dedup *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->key = pp_sipkey_random();
    d->homes = FIRST_HOMES;
    d->cell = calloc(d->homes + SLACK, sizeof *d->cell);
    if (!d->cell) {
        free(d);
        return NULL;
    }
    return d;
}

void pp_dedup_free(struct pp_dedup *d)
{
    if (!d)
        return;
    free(d->cell);
    free(d);
}

uint64_t pp_dedup_count(const struct pp_dedup *d)
{
    return d->count;
}

uint64_t pp_dedup_bytes(const struct pp_dedup *d)
{
    return sizeof *d + (d->homes + SLACK) * sizeof *d->cell;
}

static uint64_t home_of(uint64_t print, uint64_t homes)
{
    return (uint64_t)((unsigned __int128)print * homes >> 64);
}

/*
 * Enlarges the array: moves all fingerprints, without gaps, to its new end, then places each at its new home from the
 * start on. No unread fingerprint is overwritten: n fingerprints that are still to be placed occupy the last n cells.
 */
static int grow(struct pp_dedup *d)
{
    uint64_t homes = d->homes + d->homes / 4, cells = homes + SLACK, old = d->homes + SLACK, n = 0, at = 0;
    uint64_t *cell;

    if (d->count >= PP_DEDUP_MAX)
        return -1;
    cell = realloc(d->cell, cells * sizeof *cell);
    if (!cell)
        return -1;
    d->cell = cell;
    for (uint64_t i = 0; i < old; i++) {
        if (cell[i])
            cell[n++] = cell[i];
    }
    memmove(cell + cells - n, cell, n * sizeof *cell);
    for (uint64_t i = cells - n; i < cells; i++) {
        uint64_t print = cell[i], home = home_of(print, homes);
        if (home < at)
            home = at;
        if (home > i)
            BUG("fingerprints past the end of their array");
        memset(cell + at, 0, (home - at) * sizeof *cell);
        cell[home] = print;
        at = home + 1;
    }
    memset(cell + at, 0, (cells - at) * sizeof *cell);
    d->homes = homes;
    return 0;
}

/* The cell of PRINT, or the one before which it belongs. Marks do not count. */
static uint64_t find(const struct pp_dedup *d, uint64_t print)
{
    uint64_t at = home_of(print, d->homes), cells = d->homes + SLACK;

    while (at < cells && d->cell[at] && (d->cell[at] | MARK) < (print | MARK))
        at++;
    return at;
}

static bool holds(const struct pp_dedup *d, uint64_t at, uint64_t print)
{
    return at < d->homes + SLACK && (d->cell[at] | MARK) == (print | MARK);
}

static int add(struct pp_dedup *d, uint64_t print)
{
    uint64_t at = find(d, print), end, cells = d->homes + SLACK;

    if (holds(d, at, print))
        return 0;
    for (end = at; end < cells && d->cell[end]; end++)
        ;
    /* At 7/8 full a run of SLACK cells at the end is next to impossible; if it occurs, the array grows. */
    if (end == cells || d->count >= d->homes / 8 * 7)
        return grow(d) < 0 ? -1 : add(d, print);
    memmove(d->cell + at + 1, d->cell + at, (end - at) * sizeof *d->cell);
    d->cell[at] = print;
    d->count++;
    return 1;
}

/* The fingerprint of a target. N: number of this target among equal ones in the list; 0 adds nothing to the hash. */
static uint64_t print_of(const struct pp_sipkey *key, const struct pp_addr *addr, uint16_t port, const char *domain,
                         uint64_t n)
{
    uint8_t b[sizeof addr->b + 2 + PP_DNSNAME_MAX + sizeof n];
    size_t len = domain ? strlen(domain) : 0;

    if (len > PP_DNSNAME_MAX)
        BUG("a domain of %zu bytes", len);
    memcpy(b, addr->b, sizeof addr->b);
    b[16] = (uint8_t)(port >> 8);
    b[17] = (uint8_t)port;
    for (size_t i = 0; i < len; i++)
        b[18 + i] = (uint8_t)(domain[i] >= 'A' && domain[i] <= 'Z' ? domain[i] | 0x20 : domain[i]);
    if (n) {
        b[18 + len] = ' '; /* a blank is in no domain */
        memcpy(b + 19 + len, &n, sizeof n - 1);
        len += sizeof n;
    }
    return pp_siphash(key, b, 18 + len);
}

/* The fingerprint as stored in a cell, without the mark; never 0. */
static uint64_t cell_of(const struct pp_dedup *d, const struct pp_addr *addr, uint16_t port, const char *domain,
                        uint64_t n)
{
    uint64_t print = print_of(&d->key, addr, port, domain, n) & ~MARK;

    return print ? print : MARK << 1;
}

int pp_dedup_add(struct pp_dedup *d, const struct pp_addr *addr, uint16_t port, const char *domain)
{
    return add(d, cell_of(d, addr, port, domain, 0));
}

double pp_dedup_chance(uint64_t seed, uint64_t purpose, const struct pp_addr *addr, uint16_t port, const char *domain)
{
    struct pp_sipkey key = {{seed, purpose}};

    return pp_unit(print_of(&key, addr, port, domain, 0));
}

/* ---- targets of an output ------------------------------------------------------------------------------ */

/*
 * Equal targets have fingerprints with numbers 0, 1, 2, ... Returns the first number that is not in the set or, if
 * TAKEN, that is not in it without its mark. Numbers are added and taken in order, so a search by doubling, then
 * halving finds it.
 */
static uint64_t end_of_row(const struct pp_dedup *d, const struct pp_addr *addr, uint16_t port, const char *domain,
                           bool taken)
{
    uint64_t low = 0, high = 1; /* all numbers below low are in the run; high, once tried, is not */
    bool tried = false;

    while (low < high) {
        uint64_t n = tried ? low + (high - low) / 2 : high - 1, print = cell_of(d, addr, port, domain, n);
        uint64_t at = find(d, print);
        bool in = holds(d, at, print) && !(taken && d->cell[at] & MARK);
        if (in)
            low = n + 1;
        else
            high = n;
        tried |= !in;
        if (!tried)
            high = 2 * high;
    }
    return low;
}

int pp_dedup_done(struct pp_dedup *d, const struct pp_addr *addr, uint16_t port, const char *domain)
{
    uint64_t n = end_of_row(d, addr, port, domain, false);

    return add(d, cell_of(d, addr, port, domain, n) | MARK) < 0 ? -1 : 0;
}

bool pp_dedup_take(struct pp_dedup *d, const struct pp_addr *addr, uint16_t port, const char *domain)
{
    uint64_t n = end_of_row(d, addr, port, domain, true), print = cell_of(d, addr, port, domain, n);
    uint64_t at = find(d, print);

    if (!holds(d, at, print))
        return false;
    d->cell[at] &= ~MARK;
    return true;
}
