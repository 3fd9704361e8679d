/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prefixes.c: a hash table of prefixes. A look-up asks it once for each prefix length that occurs at all: at most 33
 * times for IPv4 and 129 for IPv6, a few in practice, however many prefixes there are. A small bit array beside the
 * table, which fits into the processor's cache, decides most look-ups of prefixes that are not in the set.
 */
#include "prefixes.h"

#include "../base/error.h"
#include "../base/siphash.h"
#include "../base/text.h"
#include "../stream/input.h"
#include "special.h"

#include <inttypes.h>

#define FIRST_CELLS 64 /* a power of two, so all sizes are */
#define CELLS_MAX (UINT64_C(1) << 26)
#define BITS_A_CELL 8

/* How a prefix came into the set. */
enum {
    ADDED = 1 << 0,   /* by pp_prefixes_add */
    SPECIAL = 1 << 1, /* by pp_prefixes_add_special */
    HOLE = 1 << 2,    /* globally reachable within a special block */
};

struct cell {
    struct pp_prefix prefix;
    uint8_t how; /* 0: empty */
};

struct pp_prefixes {
    struct pp_sipkey key;
    struct cell *cell;
    uint64_t *hint; /* BITS_A_CELL for each cell; 0: no prefix with such a hash */
    uint64_t cells, used, count;
    uint64_t of_len[129]; /* prefixes of each length */
};

struct pp_prefixes *pp_prefixes_new(void)
{
    struct pp_prefixes *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->key = pp_sipkey_random();
    p->cells = FIRST_CELLS;
    p->cell = calloc(p->cells, sizeof *p->cell);
    p->hint = calloc(p->cells * BITS_A_CELL / 64, sizeof *p->hint);
    if (!p->cell || !p->hint) {
        pp_prefixes_free(p);
        return NULL;
    }
    return p;
}

void pp_prefixes_free(struct pp_prefixes *p)
{
    if (!p)
        return;
    free(p->cell);
    free(p->hint);
    free(p);
}

static uint64_t hash(const struct pp_prefixes *p, const struct pp_prefix *prefix)
{
    uint8_t b[17];

    memcpy(b, prefix->addr.b, 16);
    b[16] = prefix->len;
    return pp_siphash(&p->key, b, sizeof b);
}

/* The word and, in *BIT, the bit for hash H; they use other bits of H than the cell's index does. */
static uint64_t *hint(const struct pp_prefixes *p, uint64_t h, uint64_t *bit)
{
    uint64_t n = h >> 32 & (p->cells * BITS_A_CELL - 1);

    *bit = UINT64_C(1) << n % 64;
    return &p->hint[n / 64];
}

/* The cell that holds PREFIX, whose hash is H, or the empty one where it belongs. */
static struct cell *find(const struct pp_prefixes *p, const struct pp_prefix *prefix, uint64_t h)
{
    uint64_t at = h & (p->cells - 1);

    while (p->cell[at].how &&
           !(p->cell[at].prefix.len == prefix->len && pp_addr_eq(&p->cell[at].prefix.addr, &prefix->addr)))
        at = (at + 1) & (p->cells - 1);
    return &p->cell[at];
}

static void put(struct pp_prefixes *p, const struct cell *c, uint64_t h)
{
    uint64_t bit, *word = hint(p, h, &bit);

    *word |= bit;
    *find(p, &c->prefix, h) = *c;
}

static int grow(struct pp_prefixes *p)
{
    struct pp_prefixes larger = *p;

    larger.cells = p->cells * 2;
    if (larger.cells > CELLS_MAX)
        return -1;
    larger.cell = calloc(larger.cells, sizeof *larger.cell);
    larger.hint = calloc(larger.cells * BITS_A_CELL / 64, sizeof *larger.hint);
    if (!larger.cell || !larger.hint) {
        free(larger.cell);
        free(larger.hint);
        return -1;
    }
    for (uint64_t i = 0; i < p->cells; i++) {
        if (p->cell[i].how)
            put(&larger, &p->cell[i], hash(p, &p->cell[i].prefix));
    }
    free(p->cell);
    free(p->hint);
    *p = larger;
    return 0;
}

static int add(struct pp_prefixes *p, const struct pp_prefix *prefix, uint8_t how)
{
    struct pp_prefix clean = {pp_addr_mask(&prefix->addr, prefix->len), prefix->len};
    uint64_t h = hash(p, &clean);
    struct cell *c;

    if (p->used >= p->cells / 2 && grow(p) < 0)
        return -1;
    c = find(p, &clean, h);
    if (!c->how) {
        put(p, &(struct cell){.prefix = clean}, h);
        p->used++;
        p->of_len[clean.len]++;
    }
    /* A hole alone does not count as a prefix of the set. */
    p->count += (how & (ADDED | SPECIAL)) && !(c->how & (ADDED | SPECIAL));
    c->how |= how;
    return 0;
}

int pp_prefixes_add(struct pp_prefixes *p, const struct pp_prefix *prefix)
{
    return add(p, prefix, ADDED);
}

uint64_t pp_prefixes_count(const struct pp_prefixes *p)
{
    return p->count;
}

int pp_prefixes_match(const struct pp_prefixes *p, const struct pp_addr *a)
{
    int shortest = pp_addr_is4(a) ? 96 : 0; /* as pp_prefix_has: shorter prefixes are for IPv6 only */
    bool hole = false;

    for (int len = 128; len >= shortest; len--) {
        struct pp_prefix prefix = {.len = (uint8_t)len};
        uint64_t h, bit;
        uint8_t how;
        if (p->of_len[len] == 0)
            continue;
        prefix.addr = pp_addr_mask(a, (unsigned)len);
        h = hash(p, &prefix);
        if (!(*hint(p, h, &bit) & bit))
            continue;
        how = find(p, &prefix, h)->how;
        if (how & ADDED || (how & SPECIAL && !hole))
            return len;
        hole |= (how & HOLE) != 0;
    }
    return -1;
}

/*
 * Of nested blocks only the outermost is added: a list that allows 2001::/23 means all of it, although a special
 * block of its own lies in there.
 */
int pp_prefixes_add_special(struct pp_prefixes *p)
{
    for (size_t i = 0; i < pp_specials_count; i++) {
        const struct pp_special *s = &pp_specials[i];
        bool nested = false;
        for (size_t k = 0; k < pp_specials_count && !s->reachable && !nested; k++) {
            const struct pp_special *o = &pp_specials[k];
            nested = !o->reachable && o->prefix.len < s->prefix.len && pp_prefix_has(&o->prefix, &s->prefix.addr);
        }
        if (!nested && add(p, &s->prefix, s->reachable ? HOLE : SPECIAL) < 0)
            return -1;
    }
    return 0;
}

/* ---- files -------------------------------------------------------------------------------------------------- */

static int add_line(struct pp_prefixes *p, const char *line, size_t len, const char *path, uint64_t number)
{
    struct pp_prefix prefix;
    struct pp_text text;
    size_t n = 0;

    while (n < len && line[n] != '#' && line[n] != ';')
        n++;
    text = pp_text_trim(line, n);
    if (text.len == 0)
        return 0;
    if (pp_prefix_parse(&prefix, text.p, text.len) < 0)
        return pp_error("%s:%" PRIu64 ": not a prefix or address", path, number);
    return pp_prefixes_add(p, &prefix) < 0 ? pp_error("out of memory") : 0;
}

int pp_prefixes_read(struct pp_prefixes *p, struct pp_input *in, const char *path)
{
    enum pp_input_got got;
    const char *line;
    size_t len;

    while ((got = pp_input_line(in, &line, &len)) == PP_INPUT_LINE) {
        if (add_line(p, line, len, path, pp_input_number(in)) < 0)
            return -1;
    }
    if (got == PP_INPUT_TOO_LONG)
        pp_error("%s:%" PRIu64 ": line is too long", path, pp_input_number(in));
    return got == PP_INPUT_END ? 0 : -1;
}
