/* SPDX-License-Identifier: BSD-2-Clause */
/* page_standing.c: does a network stand out, or is what is broken in it no more than chance would put there? */
#include "page.h"

#include "../base/prose.h"

#include <math.h>
#include <stdlib.h>

#define NAMED 3 /* networks in a sentence */

/* "AS", "ASes", and what one is called besides. */
static const struct {
    const char *one, *many;
} words[PP_KEY_KINDS] = {
    [PP_KEY_AS] = {"AS", "ASes"},
    [PP_KEY_COUNTRY] = {"country", "countries"},
    [PP_KEY_PREFIX] = {"prefix (/24, /48)", "prefixes"},
};

struct network {
    uint32_t index, n, broken;
    double p;
};

struct standing {
    uint64_t networks, hit;      /* with reached targets; with broken ones */
    uint64_t all, broken;        /* targets whose network is known */
    unsigned large;              /* networks with PP_NETWORK_MIN targets or more */
    struct network most;         /* of those the one with most broken targets */
    struct network named[NAMED]; /* those that stand out, the least likely first */
    unsigned out;
    uint64_t out_broken;
};

/*
 * Fisher's exact test: so many of the broken targets in one network, if they were drawn from all. Targets of a smaller
 * network in it are taken for fewer witnesses, by the design effect that such networks show, so that one box which
 * breaks many neighbours is one. Times the number of networks (Bonferroni).
 */
double pp_page_chance(uint64_t k, uint64_t n, uint64_t broken, uint64_t all, double effect, unsigned networks)
{
    uint64_t worth_n = (uint64_t)llround((double)n / effect), worth_all = (uint64_t)llround((double)all / effect);
    uint64_t worth_k = (uint64_t)floor((double)k / effect + 1e-9),
             worth_broken = (uint64_t)llround((double)broken / effect);

    if ((double)k * (double)all <= (double)broken * (double)n || worth_n > worth_all || worth_broken > worth_all ||
        worth_k > worth_n)
        return 1;
    return fmin(1, networks * pp_drawn_upper(worth_k, worth_n, worth_broken, worth_all));
}

double pp_page_effect(struct pp_share s, enum pp_key_kind kind)
{
    switch (kind) {
    case PP_KEY_AS:
        return fmax(1, s.effect_by[PP_BY_PREFIX]);
    case PP_KEY_COUNTRY:
        return fmax(1, s.effect);
    default:
        return 1;
    }
}

/* Puts N among those that stand out. */
static void stands_out(struct standing *s, const struct network *n)
{
    unsigned at = s->out < NAMED ? s->out : NAMED;

    for (; at && s->named[at - 1].p > n->p; at--)
        if (at < NAMED)
            s->named[at] = s->named[at - 1];
    if (at < NAMED)
        s->named[at] = *n;
    s->out++;
    s->out_broken += n->broken;
}

static struct standing look(const struct pp_part *p, enum pp_key_kind kind)
{
    const struct pp_keys *k = &p->keys[kind];
    const uint32_t *of = k->column[PP_KEYS_ANY].n, *broken = k->column[PP_KEYS_ANY].broken;
    double effect = pp_page_effect(pp_part_share_broken(p), kind);
    struct standing s = {.out = 0};

    for (uint32_t i = 0; of && i < k->n; i++) {
        s.networks += of[i] > 0;
        s.hit += broken[i] > 0;
        s.all += of[i];
        s.broken += broken[i];
        s.large += of[i] >= PP_NETWORK_MIN;
        if (of[i] >= PP_NETWORK_MIN && broken[i] > s.most.broken)
            s.most = (struct network){.index = i, .n = of[i], .broken = broken[i]};
    }
    s.most.p = pp_page_chance(s.most.broken, s.most.n, s.broken, s.all, effect, s.large);
    for (uint32_t i = 0; of && i < k->n; i++) {
        struct network n = {.index = i, .n = of[i], .broken = broken[i], .p = 1};
        if (of[i] >= PP_NETWORK_MIN && broken[i])
            n.p = pp_page_chance(broken[i], of[i], s.broken, s.all, effect, s.large);
        if (n.p < PP_STANDS_OUT)
            stands_out(&s, &n);
    }
    return s;
}

/* "AS64503 (EXAMPLE)" */
static void add_name(struct pp_buf *out, const struct pp_part *p, enum pp_key_kind kind, uint32_t index)
{
    const struct pp_keys *k = &p->keys[kind];
    char text[64], *name = k->name && k->name[index] ? pp_json_text(k->name[index]) : NULL;

    pp_buf_adds(out, pp_key_str(kind, k->key[index], text));
    if (name)
        pp_buf_addf(out, " (%.60s)", name);
    free(name);
}

static void add_count(struct pp_buf *out, uint64_t n)
{
    char text[PP_COUNT_STRLEN];

    pp_buf_adds(out, pp_count_str(n, text));
}

/* One network, or several. */
static void say_out(struct pp_buf *out, const struct pp_part *p, enum pp_key_kind kind, const struct standing *s)
{
    const struct network *first = &s->named[0];
    char odds[PP_ODDS_STRLEN], share[2][PP_PERCENT_STRLEN];

    if (s->out == 1) {
        add_name(out, p, kind, first->index);
        pp_buf_adds(out, " stands out: ");
        add_count(out, first->broken);
        pp_buf_adds(out, " of the ");
        add_count(out, s->broken);
        pp_buf_addf(out, " are there, %s of the ", pp_percent_str((double)first->broken / first->n, share[0]));
        add_count(out, first->n);
        pp_buf_addf(
            out, " targets reached in it and %s of all others; the chance of that is %s at most. ",
            pp_percent_str(s->all > first->n ? (double)(s->broken - first->broken) / (double)(s->all - first->n) : 0,
                           share[1]),
            pp_odds_str(fmin(1 / fmax(first->p, 1e-12), 1e9), odds));
        return;
    }
    add_count(out, s->out);
    pp_buf_addf(out, " %s stand out, with ", words[kind].many);
    add_count(out, s->out_broken);
    pp_buf_adds(out, " of the ");
    add_count(out, s->broken);
    for (unsigned i = 0; i < NAMED && i < s->out; i++) {
        pp_buf_adds(out, i ? ", " : s->out > NAMED ? ", most surely " : ": ");
        add_name(out, p, kind, s->named[i].index);
        pp_buf_addf(out, " %u of %u", s->named[i].broken, s->named[i].n);
    }
    pp_buf_adds(out, ". ");
}

/* All kinds of which none stands out, in one sentence. */
static void say_none(struct pp_buf *out, const struct pp_part *p, const struct standing s[PP_KEY_KINDS])
{
    unsigned left = 0, large = 0, any = 0;
    int most = -1;

    for (int kind = 0; kind < PP_KEY_KINDS; kind++) {
        any += s[kind].out > 0;
        left += s[kind].networks && !s[kind].out;
        if (!s[kind].networks || s[kind].out)
            continue;
        large += s[kind].large;
        if (s[kind].most.broken && (most < 0 || s[kind].most.p < s[most].most.p))
            most = kind;
    }
    if (!left)
        return;
    pp_buf_adds(out, any ? "Besides, no " : "No ");
    for (int kind = 0, k = 0; kind < PP_KEY_KINDS; kind++)
        if (s[kind].networks && !s[kind].out)
            pp_buf_addf(out, "%s%s", !k++ ? "" : k == (int)left ? " or " : ", ", words[kind].one);
    pp_buf_addf(
        out, large ? " stands out: " : " can be said to stand out, as none has %d reached targets: ", PP_NETWORK_MIN);
    for (int kind = 0, k = 0; kind < PP_KEY_KINDS; kind++) {
        if (!s[kind].networks || s[kind].out)
            continue;
        pp_buf_adds(out, k++ ? ", " : "the ");
        if (k == 1) {
            add_count(out, s[kind].broken);
            pp_buf_adds(out, s[kind].broken == 1 ? " is in " : " are in ");
        }
        add_count(out, s[kind].hit);
        pp_buf_adds(out, " of ");
        add_count(out, s[kind].networks);
        pp_buf_addf(out, " %s", s[kind].networks == 1 ? words[kind].one : words[kind].many);
    }
    if (most >= 0) {
        pp_buf_adds(out, "; even the ");
        add_count(out, s[most].most.broken);
        pp_buf_adds(out, " broken of ");
        add_count(out, s[most].most.n);
        pp_buf_adds(out, " in ");
        add_name(out, p, (enum pp_key_kind)most, s[most].most.index);
        pp_buf_adds(out, ", the least likely ones, are no more than chance explains");
    }
    pp_buf_adds(out, ". ");
}

void pp_page_standing(struct pp_page *g, const struct pp_part *p)
{
    struct standing s[PP_KEY_KINDS];
    struct pp_buf out;

    if (!p->any_broken)
        return;
    pp_buf_init(&out, 1u << 14);
    if (p->any_broken == p->reached) {
        pp_buf_adds(&out, "Everywhere: all targets that could be reached are broken, so no network stands out. ");
    } else {
        for (int kind = 0; kind < PP_KEY_KINDS; kind++) {
            s[kind] = look(p, (enum pp_key_kind)kind);
            if (s[kind].out)
                say_out(&out, p, (enum pp_key_kind)kind, &s[kind]);
        }
        say_none(&out, p, s);
    }
    if (!p->keys[PP_KEY_AS].n)
        pp_buf_adds(&out, "ASes and countries are not in these observations: `pathprobe annotate` puts them in.");
    pp_buf_addc(&out, '\0');
    if (!out.failed)
        g->sheet->fact(g->sheet, "which networks", out.data);
    pp_buf_release(&out);
}
