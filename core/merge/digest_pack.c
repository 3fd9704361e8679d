/* SPDX-License-Identifier: BSD-2-Clause */
/* digest_pack.c: serializes the record of an observation and its sort key. */
#include "digest.h"

#include "../base/siphash.h"
#include "../stream/object.h"

/* Members that are not copied from the target's own: those of an observation, and of a merged line. */
static const char *const merged_keys[] = {"vantages", "runs", "located", NULL};

static const struct pp_sipkey plain_key = {{0x6d65726765, 0x64696765}}; /* no secret: equal on all hosts */

static void add_view(struct pp_buf *b, struct pp_text_view t)
{
    if (t.len)
        pp_buf_add(b, t.p, t.len);
}

static void add_text(struct pp_buf *b, struct pp_text_view t)
{
    add_view(b, t);
    pp_buf_addc(b, 0);
}

/* Most significant byte first, so that numbers sort as bytes do. */
static void add_number(struct pp_buf *b, uint64_t v, int bytes)
{
    while (bytes-- > 0)
        pp_buf_addc(b, (char)(v >> 8 * bytes));
}

void pp_digest_key(struct pp_buf *key, struct pp_digest_head *h, const struct pp_digest *d, uint64_t question,
                   struct pp_text_view vantage, struct pp_text_view run)
{
    add_text(key, d->experiment);
    add_text(key, d->connect);
    add_number(key, question, 8);
    pp_buf_add(key, d->dip.b, sizeof d->dip.b);
    add_number(key, d->port, 2);
    add_text(key, d->domain);
    h->target_len = (uint16_t)key->len;
    add_text(key, vantage);
    add_text(key, run);
    h->run_len = (uint16_t)key->len;
    pp_buf_addc(key, d->valid ? 0 : 1);
    add_number(key, (uint64_t)d->from_us, 8);
    add_text(key, d->obs_id);
}

/* A fingerprint of the words and conditions of D, without times and evidence. */
static uint64_t said(const struct pp_digest *d)
{
    uint64_t h = pp_siphash(&plain_key, d->conditions.p, d->conditions.len);

    for (unsigned i = 0; i < d->narms; i++)
        h = h * 31 + d->arm[i].word;
    return h * 2 + d->valid;
}

static void add_members(struct pp_buf *data, struct pp_digest_head *h, const struct pp_object *o)
{
    size_t start = data->len;

    for (unsigned i = 0; i < o->n; i++) {
        const struct pp_member *m = &o->member[i];
        bool own = pp_members_is_own(m->key, m->key_len);
        for (const char *const *k = merged_keys; *k && !own; k++)
            own = pp_members_key_is(m->key, m->key_len, *k);
        if (own)
            continue;
        if (data->len > start)
            pp_buf_addc(data, ',');
        pp_buf_add(data, m->key - 1, (size_t)(m->value + m->value_len - m->key) + 1);
    }
    h->members_len = (uint32_t)(data->len - start);
}

void pp_digest_pack(struct pp_buf *data, struct pp_digest_head *h, const struct pp_digest *d)
{
    size_t head = data->len;

    h->from_us = d->from_us;
    h->to_us = d->to_us;
    h->said = said(d);
    h->aa_alpha = d->aa_alpha;
    h->source = d->source;
    h->dip = d->dip;
    h->asn = d->asn;
    h->rounds = d->rounds;
    h->port = d->port;
    h->valid = d->valid;
    h->annotated = d->annotated;
    h->special = d->special;
    h->narms = (uint8_t)d->narms;
    h->aa = d->valid ? d->aa : 0;
    h->conditions_len = d->conditions.len;
    h->path_len = d->path.len;
    h->located_len = d->located.len;
    h->mixed_len = d->mixed.len;
    h->obs_id_len = d->obs_id.len;
    h->domain_len = d->domain.len;
    pp_buf_add(data, h, sizeof *h);
    pp_buf_add(data, d->arm, d->narms * sizeof *d->arm);
    add_members(data, h, &d->object);
    add_view(data, d->conditions);
    add_view(data, d->path);
    add_view(data, d->located);
    add_view(data, d->mixed);
    add_view(data, d->obs_id);
    add_view(data, d->domain);
    if (!data->failed)
        memcpy(data->data + head, h, sizeof *h); /* with the members' length */
}

void pp_digest_unpack(struct pp_digest_view *v, const uint8_t *data)
{
    const char *at = (const char *)data + sizeof v->h;

    memcpy(&v->h, data, sizeof v->h);
    memcpy(v->arm, at, v->h.narms * sizeof *v->arm);
    v->members = at + v->h.narms * sizeof *v->arm;
    v->conditions = v->members + v->h.members_len;
    v->path = v->conditions + v->h.conditions_len;
    v->located = v->path + v->h.path_len;
    v->mixed = v->located + v->h.located_len;
    v->obs_id = v->mixed + v->h.mixed_len;
    v->domain = v->obs_id + v->h.obs_id_len;
}
