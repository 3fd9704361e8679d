/* SPDX-License-Identifier: BSD-2-Clause */
/* located.c: merges intervals of hops that overlap. */
#include "located.h"

#include "../stream/object.h"

#define TEXT_MAX (4u << 20)

void pp_located_init(struct pp_located *l)
{
    pp_buf_init(&l->texts, TEXT_MAX);
    pp_located_reset(l);
}

void pp_located_release(struct pp_located *l)
{
    pp_buf_release(&l->texts);
}

void pp_located_reset(struct pp_located *l)
{
    pp_buf_reset(&l->texts);
    l->n = l->own = 0;
    l->left_out = 0;
}

static bool same(const struct pp_located *l, uint32_t a, uint32_t a_len, uint32_t b, uint32_t b_len)
{
    return a_len == b_len && memcmp(l->texts.data + a, l->texts.data + b, a_len) == 0;
}

/* One end of an interval. False: it has no distance. */
static bool read_end(struct pp_located *l, struct pp_located_end *e, const struct pp_member *m)
{
    struct pp_object *o = m && *m->value == '{' ? malloc(sizeof *o) : NULL;
    const struct pp_member *ttl, *addr;
    bool ok;

    *e = (struct pp_located_end){.at = (uint32_t)l->texts.len};
    if (!o || !pp_object_scan(o, m->value, m->value_len)) {
        free(o);
        return false;
    }
    ttl = pp_object_find(o, "ttl");
    addr = pp_object_find(o, "addr");
    e->len = m->value_len;
    e->ttl = ttl && *ttl->value >= '0' && *ttl->value <= '9' ? (uint32_t)strtoul(ttl->value, NULL, 10) : 0;
    pp_buf_add(&l->texts, m->value, m->value_len);
    e->addr_at = (uint32_t)l->texts.len;
    if (addr) {
        e->addr_len = addr->value_len;
        pp_buf_add(&l->texts, addr->value, addr->value_len);
    }
    ok = ttl && !l->texts.failed;
    free(o);
    return ok;
}

/* Reads the members that say what was changed and how: they are equal in findings that are merged. */
static void read_change(struct pp_located *l, struct pp_located_one *f, const struct pp_object *o)
{
    static const char *const keys[] = {"arm", "on", "kind", "field", "sent", "seen"};

    f->what_at = (uint32_t)l->texts.len;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct pp_member *m = pp_object_find(o, keys[i]);
        pp_buf_addf(&l->texts, "%s\"%s\":", i ? "," : "", keys[i]);
        if (m)
            pp_buf_add(&l->texts, m->value, m->value_len);
        else
            pp_buf_adds(&l->texts, "null");
    }
    f->what_len = (uint32_t)l->texts.len - f->what_at;
}

/* True if two different routers answered at one distance: the findings are from two paths. */
static bool other_router(const struct pp_located *l, const struct pp_located_end *a, const struct pp_located_end *b)
{
    return a->ttl == b->ttl && a->addr_len && b->addr_len &&
           !same(l, a->addr_at, a->addr_len, b->addr_at, b->addr_len);
}

/* Narrows F to its overlap with G. False: they do not overlap. */
static bool narrow(const struct pp_located *l, struct pp_located_one *f, const struct pp_located_one *g)
{
    uint32_t from = f->from.ttl > g->from.ttl ? f->from.ttl : g->from.ttl;
    bool has_to = f->has_to || g->has_to, to_is_g = g->has_to && (!f->has_to || g->to.ttl < f->to.ttl);

    if (has_to && (to_is_g ? g->to.ttl : f->to.ttl) <= from)
        return false;
    if (other_router(l, &f->from, &g->from) || (f->has_to && g->has_to && other_router(l, &f->to, &g->to)))
        return false;
    if (g->from.ttl > f->from.ttl)
        f->from = g->from;
    if (to_is_g)
        f->to = g->to;
    f->has_to = has_to;
    return true;
}

static void take(struct pp_located *l, uint32_t vantage, const struct pp_object *o)
{
    struct pp_located_one f = {.runs = 1, .nvantages = 1, .vantage = {vantage}};
    const struct pp_member *to = pp_object_find(o, "to");

    if (!read_end(l, &f.from, pp_object_find(o, "from")))
        return; /* no place was found */
    f.has_to = read_end(l, &f.to, to);
    read_change(l, &f, o);
    if (l->texts.failed) {
        l->left_out++;
        return;
    }
    for (unsigned i = l->own; i < l->n; i++) {
        struct pp_located_one *k = &l->one[i];
        if (same(l, k->what_at, k->what_len, f.what_at, f.what_len) && narrow(l, k, &f)) {
            k->runs++;
            return;
        }
    }
    if (l->n == PP_LOCATED_MAX)
        l->left_out++;
    else
        l->one[l->n++] = f;
}

void pp_located_add(struct pp_located *l, uint32_t vantage, const char *json, size_t len)
{
    struct pp_object *o = malloc(sizeof *o);
    const char *at = json, *value;
    size_t n;

    while (o && pp_array_next(&at, json + len, &value, &n))
        if (pp_object_scan(o, value, n))
            take(l, vantage, o);
    free(o);
}

static bool same_place(const struct pp_located *l, const struct pp_located_one *a, const struct pp_located_one *b)
{
    return same(l, a->what_at, a->what_len, b->what_at, b->what_len) && a->has_to == b->has_to && a->from.addr_len &&
           same(l, a->from.addr_at, a->from.addr_len, b->from.addr_at, b->from.addr_len) &&
           (!a->has_to ||
            (a->to.addr_len && same(l, a->to.addr_at, a->to.addr_len, b->to.addr_at, b->to.addr_len)));
}

void pp_located_end(struct pp_located *l)
{
    unsigned kept = l->own;

    for (unsigned i = l->own; i < l->n; i++) {
        struct pp_located_one *f = &l->one[i], *into = NULL;
        for (unsigned k = 0; k < l->own && !into; k++)
            into = same_place(l, &l->one[k], f) ? &l->one[k] : NULL;
        if (!into) {
            l->one[kept++] = *f;
            continue;
        }
        into->runs += f->runs;
        if (into->nvantages < PP_LOCATED_POINTS)
            into->vantage[into->nvantages++] = f->vantage[0];
    }
    l->n = l->own = kept;
}

void pp_located_merged(const struct pp_located *l, struct pp_json *j, const char *(*name)(void *arg, uint32_t vantage),
                     void *arg)
{
    pp_json_array(j, "located");
    for (unsigned i = 0; i < l->n; i++) {
        const struct pp_located_one *f = &l->one[i];
        pp_json_object(j, NULL);
        pp_json_raw(j, NULL, l->texts.data + f->what_at, f->what_len);
        pp_json_raw(j, "from", l->texts.data + f->from.at, f->from.len);
        if (f->has_to)
            pp_json_raw(j, "to", l->texts.data + f->to.at, f->to.len);
        else
            pp_json_null(j, "to");
        pp_json_array(j, "vantages");
        for (unsigned k = 0; k < f->nvantages; k++)
            pp_json_str(j, NULL, name(arg, f->vantage[k]));
        pp_json_end(j, ']');
        pp_json_uint(j, "runs", f->runs);
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
}
