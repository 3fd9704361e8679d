/* SPDX-License-Identifier: BSD-2-Clause */
/* conditions.c: one hash table that holds both conditions and their groups. */
#include "conditions.h"

#define GROUP 0x8000
#define INDEX 0x7fff
_Static_assert(PP_CONDITIONS_MAX < INDEX && 2 * PP_CONDITIONS_MAX < PP_CONDITIONS_SLOTS, "slots have room");

int pp_conditions_init(struct pp_conditions *c)
{
    *c = (struct pp_conditions){.key = pp_sipkey_random()};
    pp_buf_init(&c->texts, PP_CONDITIONS_TEXT);
    c->said = calloc(PP_CONDITIONS_MAX, sizeof *c->said);
    c->group = calloc(PP_CONDITIONS_MAX, sizeof *c->group);
    c->slot = calloc(PP_CONDITIONS_SLOTS, sizeof *c->slot);
    c->used = calloc(2 * PP_CONDITIONS_MAX, sizeof *c->used);
    return c->said && c->group && c->slot && c->used ? 0 : pp_error("out of memory");
}

void pp_conditions_release(struct pp_conditions *c)
{
    pp_buf_release(&c->texts);
    free(c->said);
    free(c->group);
    free(c->slot);
    free(c->used);
    *c = (struct pp_conditions){.nsaid = 0};
}

void pp_conditions_reset(struct pp_conditions *c)
{
    while (c->nused)
        c->slot[c->used[--c->nused]] = 0;
    c->nsaid = c->ngroups = c->turn = 0;
    c->left_out = 0;
    pp_buf_reset(&c->texts);
}

void pp_conditions_turn(struct pp_conditions *c)
{
    c->turn++;
}

/* The hash slot of TEXT, which is a group or a condition by KIND: the one that holds it, or the free one for it. */
static uint16_t *slot_of(const struct pp_conditions *c, const char *text, size_t len, uint16_t kind)
{
    uint32_t i = (uint32_t)pp_siphash(&c->key, text, len) + kind;

    for (;; i++) {
        uint16_t *slot = &c->slot[i % PP_CONDITIONS_SLOTS];
        unsigned index = (*slot & INDEX) - 1u;
        uint32_t at, n;
        if (*slot == 0)
            return slot;
        if ((*slot & GROUP) != kind)
            continue;
        at = kind ? c->group[index].at : c->said[index].at;
        n = kind ? c->group[index].len : c->said[index].len;
        if (n == len && memcmp(c->texts.data + at, text, len) == 0)
            return slot;
    }
}

static void take_slot(struct pp_conditions *c, uint16_t *slot, uint32_t index, uint16_t kind)
{
    *slot = (uint16_t)(kind | (index + 1));
    c->used[c->nused++] = (uint16_t)(slot - c->slot);
}

/* Length of the beginning of a condition's text that names its group. */
static size_t group_len(const char *text, size_t len, bool alone, size_t *name_len, bool *valued)
{
    const char *colon = memchr(text, ':', len), *dot;

    *name_len = colon ? (size_t)(colon - text) : len;
    *valued = colon != NULL;
    dot = memrchr(text, '.', *name_len);
    return alone || colon || !dot ? *name_len : (size_t)(dot - text);
}

static int add_group(struct pp_conditions *c, const char *text, size_t len, bool valued)
{
    uint16_t *slot = slot_of(c, text, len, GROUP);
    struct pp_said_group *g;

    if (*slot)
        return (*slot & INDEX) - 1;
    if (c->ngroups == PP_CONDITIONS_MAX || c->texts.len + len > c->texts.max)
        return -1;
    g = &c->group[c->ngroups];
    *g = (struct pp_said_group){
        .at = (uint32_t)c->texts.len, .len = (uint32_t)len, .valued = valued, .first = UINT32_MAX};
    pp_buf_add(&c->texts, text, len);
    if (c->texts.failed)
        return -1;
    take_slot(c, slot, c->ngroups, GROUP);
    return (int)c->ngroups++;
}

static int add_said(struct pp_conditions *c, const char *text, size_t len, bool alone)
{
    uint16_t *slot = slot_of(c, text, len, 0);
    size_t name_len, n;
    bool valued;
    int group;

    if (*slot)
        return *slot - 1;
    n = group_len(text, len, alone, &name_len, &valued);
    group = c->nsaid == PP_CONDITIONS_MAX || c->texts.len + len > c->texts.max ? -1 : add_group(c, text, n, valued);
    if (group < 0)
        return -1;
    slot = slot_of(c, text, len, 0); /* looked up again: adding the group may have taken that slot */
    c->said[c->nsaid] = (struct pp_said){
        .at = (uint32_t)c->texts.len, .len = (uint32_t)len, .name_len = (uint32_t)name_len, .group = (uint32_t)group};
    pp_buf_add(&c->texts, text, len);
    if (c->texts.failed)
        return -1;
    if (c->group[group].first == UINT32_MAX)
        c->group[group].first = c->nsaid;
    take_slot(c, slot, c->nsaid, 0);
    return (int)c->nsaid++;
}

int pp_conditions_add(struct pp_conditions *c, const char *text, size_t len, bool alone)
{
    int i = len ? add_said(c, text, len, alone) : -1;
    struct pp_said_group *g;

    if (i < 0) {
        c->left_out++;
        return -1;
    }
    g = &c->group[c->said[i].group];
    if (c->said[i].last != c->turn) {
        c->said[i].last = c->turn;
        c->said[i].n++;
    }
    if (g->last != c->turn) {
        g->last = c->turn;
        g->n++;
    }
    return i;
}

int pp_conditions_group(const struct pp_conditions *c, const char *text, size_t len)
{
    const uint16_t *slot = slot_of(c, text, len, GROUP);

    return *slot ? (*slot & INDEX) - 1 : -1;
}
