/* SPDX-License-Identifier: BSD-2-Clause */
/* chain.c: the table of chains, sets of them, and the records that a set fills. */
#include "chain_parts.h"

#include "../base/error.h"
#include "../base/suggest.h"

const struct pp_chain *const pp_chains[] = {
    &pp_chain_basic,
    &pp_chain_tcp,
    &pp_chain_ecn,
    &pp_chain_feedback,
    &pp_chain_accecn,
    &pp_chain_dscp,
    &pp_chain_icmp,
    &pp_chain_mss,
    &pp_chain_tcpopt,
    &pp_chain_tfo,
    &pp_chain_udp,
    &pp_chain_quic,
    &pp_chain_dns,
    &pp_chain_evil,
    &pp_chain_mptcp,
    &pp_chain_original,
    &pp_chain_control,
    &pp_chain_exthdr,
    NULL,
};

const struct pp_chain *pp_chain_find(const char *name)
{
    unsigned i;

    for (i = 0; pp_chains[i]; i++) {
        if (strcmp(pp_chains[i]->name, name) == 0)
            return pp_chains[i];
    }
    return NULL;
}

/* ---- sets --------------------------------------------------------------------------------------------- */

static bool set_has(const struct pp_chainset *set, const struct pp_chain *c)
{
    unsigned i;

    for (i = 0; i < set->n; i++) {
        if (set->chain[i] == c)
            return true;
    }
    return false;
}

static void set_add(struct pp_chainset *set, const struct pp_chain *c)
{
    if (set_has(set, c))
        return;
    if (set->n == PP_CHAINSET_MAX || c->size % 8)
        BUG("chain %s does not fit into a set", c->name);
    set->chain[set->n] = c;
    set->offset[set->n] = (uint16_t)set->size;
    set->size += c->size;
    set->n++;
}

static int unknown_chain(const char *name)
{
    const char *names[sizeof(pp_chains) / sizeof(pp_chains[0])] = {NULL}, *nearest;
    unsigned i;

    for (i = 0; pp_chains[i]; i++)
        names[i] = pp_chains[i]->name;
    nearest = pp_did_you_mean(name, names);
    pp_error("unknown chain '%s'", name);
    return nearest ? pp_hint("did you mean '%s'?", nearest) : pp_hint("'pathprobe observe --list-chains' names them");
}

int pp_chainset_init(struct pp_chainset *set, const char *const *names)
{
    memset(set, 0, sizeof(*set));
    set->size = sizeof(uint64_t); /* the bits of chains that missed a packet */
    set_add(set, &pp_chain_basic);
    for (; names && *names; names++) {
        const struct pp_chain *c = pp_chain_find(*names);

        if (!c)
            return unknown_chain(*names);
        set_add(set, c);
    }
    return 0;
}

/* ---- records ------------------------------------------------------------------------------------------ */

void pp_record_init(const struct pp_chainset *set, void *record)
{
    unsigned i;

    memset(record, 0, set->size);
    for (i = 0; i < set->n; i++) {
        if (set->chain[i]->init)
            set->chain[i]->init((char *)record + set->offset[i]);
    }
}

bool pp_record_packet(const struct pp_chainset *set, void *record, const struct pp_chain_packet *p)
{
    enum pp_reach reach = pp_chain_reach(p);
    uint64_t *missed = record;
    bool complete = false;
    unsigned i;

    for (i = 0; i < set->n; i++) {
        if (set->chain[i]->reach > reach)
            *missed |= UINT64_C(1) << i;
        else if (set->chain[i]->packet((char *)record + set->offset[i], p))
            complete = true;
    }
    return complete;
}

void pp_record_quic(const struct pp_chainset *set, void *record, const struct pp_quic_seen *seen)
{
    for (unsigned i = 0; i < set->n; i++)
        if (set->chain[i]->quic)
            set->chain[i]->quic((char *)record + set->offset[i], seen);
}

/*
 * Writes NS as seconds with six decimals, as text: a double cannot hold today's time to a microsecond without rounding.
 */
static void json_seconds(struct pp_json *j, const char *key, int64_t ns)
{
    char text[40];
    int64_t us = ns / 1000;
    int n = snprintf(text, sizeof(text), "%s%lld.%06lld", us < 0 ? "-" : "", (long long)llabs(us / 1000000),
                     (long long)llabs(us % 1000000));

    pp_json_raw(j, key, text, (size_t)n);
}

/* Writes field F. MISSED: the capture truncated packets that the chain needed. */
static void field_json(const struct pp_field *f, const char *state, bool missed, struct pp_json *j)
{
    char text[PP_ADDR_STRLEN];
    struct pp_addr addr;
    uint8_t flag;
    int64_t v = 0;

    if (f->type == PP_FIELD_INT || f->type == PP_FIELD_TIME)
        memcpy(&v, state + f->offset, sizeof(v));
    switch (f->type) {
    case PP_FIELD_BOOL:
        flag = (uint8_t)state[f->offset];
        if (flag == PP_UNSEEN || (missed && !flag))
            pp_json_null(j, f->name);
        else
            pp_json_bool(j, f->name, flag);
        return;
    case PP_FIELD_ADDR:
        memcpy(&addr, state + f->offset, sizeof(addr));
        pp_json_str(j, f->name, pp_addr_is_null(&addr) ? NULL : pp_addr_str(&addr, text));
        return;
    case PP_FIELD_INT:
    case PP_FIELD_TIME:
        if (v == PP_NULL || (missed && !v))
            pp_json_null(j, f->name);
        else if (f->type == PP_FIELD_INT)
            pp_json_int(j, f->name, v);
        else
            json_seconds(j, f->name, v);
        return;
    default:
        BUG("field %s has type %d", f->name, f->type);
    }
}

void pp_record_json(const struct pp_chainset *set, const void *record, struct pp_json *j)
{
    const uint64_t *missed = record;
    const struct pp_field *f;
    unsigned i;

    for (i = 0; i < set->n; i++) {
        for (f = set->chain[i]->fields; f->name; f++)
            field_json(f, (const char *)record + set->offset[i], *missed >> i & 1, j);
    }
}

int pp_field_find(const struct pp_chainset *set, const char *name, struct pp_field_ref *ref)
{
    const struct pp_field *f;
    unsigned i;

    for (i = 0; i < set->n; i++) {
        for (f = set->chain[i]->fields; f->name; f++) {
            if (strcmp(f->name, name) == 0) {
                ref->offset = (uint16_t)(set->offset[i] + f->offset);
                ref->type = f->type;
                return 0;
            }
        }
    }
    return -1;
}

int64_t pp_field_get(const void *record, struct pp_field_ref ref)
{
    const char *at = (const char *)record + ref.offset;
    int64_t v;

    switch (ref.type) {
    case PP_FIELD_BOOL:
        return *at == PP_UNSEEN ? PP_NULL : *at;
    case PP_FIELD_INT:
    case PP_FIELD_TIME:
        memcpy(&v, at, sizeof(v));
        return v;
    default:
        return PP_NULL;
    }
}

const struct pp_addr *pp_field_addr(const void *record, struct pp_field_ref ref)
{
    const struct pp_addr *addr = (const void *)((const char *)record + ref.offset);

    return ref.type == PP_FIELD_ADDR && !pp_addr_is_null(addr) ? addr : NULL;
}
