/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listed.c: keeps the targets with broken arms and the most evidence, and the places that were located, up to their
 * maxima.
 */
#include "aggregate_parts.h"

#include "../base/error.h"

#include <stdlib.h>

#define ROUNDS_MAX (12u << 10) /* bytes of a verdict's rounds; longer ones are left out */
#define LOCATED_MAX (4u << 10)
#define DOMAIN_MAX 400

static unsigned basic(const struct pp_listed *l)
{
    return l->arm ? l->arm[l->first].question : 0;
}

/* True if X is dropped before Y: it has less evidence or, where that is equal, the later arm, or is the later line. */
static bool gives_way(const struct pp_listed *x, const struct pp_listed *y)
{
    if (x->e != y->e)
        return x->e < y->e;
    return basic(x) != basic(y) ? basic(x) > basic(y) : x->order > y->order;
}

static void sift_down(struct pp_listed *heap, unsigned n, unsigned i)
{
    for (;;) {
        unsigned least = i;
        for (unsigned k = 2 * i + 1; k <= 2 * i + 2 && k < n; k++)
            if (gives_way(&heap[k], &heap[least]))
                least = k;
        if (least == i)
            return;
        struct pp_listed t = heap[i];
        heap[i] = heap[least];
        heap[least] = t;
        i = least;
    }
}

static void sift_up(struct pp_listed *heap, unsigned i)
{
    for (unsigned up; i && gives_way(&heap[i], &heap[up = (i - 1) / 2]); i = up) {
        struct pp_listed t = heap[i];
        heap[i] = heap[up];
        heap[up] = t;
    }
}

static char *copy(struct pp_span json, size_t max)
{
    return json.len && json.len <= max ? strndup(json.at, json.len) : NULL;
}

#define COPY(to, from) snprintf((to), sizeof(to), "%.*s", (int)(from).len, (from).at)

static void forget(struct pp_part *p, struct pp_listed *l)
{
    for (unsigned i = 0; i < l->narms; i++) {
        p->room->rounds -= l->arm[i].rounds ? strlen(l->arm[i].rounds) : 0;
        free(l->arm[i].rounds);
    }
    p->room->rounds -= l->vantages ? strlen(l->vantages) : 0;
    free(l->vantages);
    free(l->domain);
    free(l->arm);
}

static char *copy_rounds(struct pp_part *p, struct pp_span json)
{
    char *text = p->room->rounds + json.len <= PP_ROUNDS_BYTES ? copy(json, ROUNDS_MAX) : NULL;

    p->room->rounds += text ? json.len : 0;
    return text;
}

static bool has_broken(const struct pp_listed *l, int question)
{
    for (unsigned i = 0; question >= 0 && i < l->narms; i++)
        if (l->arm[i].broken && l->arm[i].question == question)
            return true;
    return false;
}

/* Takes the arms of a line, and finds the first broken one whose base is not broken. False: none, or no memory. */
static bool arms(struct pp_part *p, const struct pp_reading *r, struct pp_listed *l)
{
    bool any = false;

    l->arm = calloc(r->nverdicts, sizeof *l->arm);
    for (unsigned i = 0; l->arm && i < r->nverdicts; i++) {
        const struct pp_reading_verdict *v = &r->verdict[i];
        int question = pp_part_question(p, v);
        struct pp_listed_arm *a = &l->arm[l->narms];
        if (question < 0)
            continue;
        COPY(a->arm, v->arm);
        COPY(a->word, v->verdict);
        COPY(a->how, v->how);
        COPY(a->first, v->first);
        a->question = (uint16_t)question;
        a->broken = pp_span_is(v->verdict, "broken");
        a->e = v->e;
        l->narms++;
    }
    for (unsigned i = l->narms; l->arm && i-- > 0;) {
        struct pp_listed_arm *a = &l->arm[i];
        a->with_base = a->broken && has_broken(l, p->question[a->question].base);
        if (a->broken && !a->with_base) {
            l->first = i;
            l->e = a->e;
            any = true;
        }
    }
    return any;
}

int pp_part_list(struct pp_part *p, const struct pp_reading *r)
{
    struct pp_listed l = {.addr = r->dip, .port = (uint16_t)r->port, .asn = r->asn, .order = p->listable++};

    if (!p->listed && !(p->listed = calloc(PP_LISTED_MAX, sizeof *p->listed)))
        return pp_error("out of memory");
    if (!arms(p, r, &l) || (p->nlisted == PP_LISTED_MAX && !gives_way(&p->listed[0], &l))) {
        free(l.arm);
        return 0;
    }
    for (unsigned i = 0, k = 0; i < r->nverdicts && k < l.narms; i++) {
        if (pp_part_question(p, &r->verdict[i]) < 0)
            continue;
        if (l.arm[k].broken)
            l.arm[k].rounds = copy_rounds(p, r->verdict[i].rounds);
        k++;
    }
    l.vantages = copy_rounds(p, r->vantages);
    COPY(l.country, r->country);
    l.domain = copy(r->domain, DOMAIN_MAX);
    if (p->nlisted == PP_LISTED_MAX) {
        forget(p, &p->listed[0]);
        p->listed[0] = l;
        sift_down(p->listed, p->nlisted, 0);
    } else {
        p->listed[p->nlisted] = l;
        sift_up(p->listed, p->nlisted++);
    }
    return 0;
}

int pp_part_locate(struct pp_part *p, const struct pp_reading *r)
{
    const char *at = r->located.at, *value;
    size_t len;

    while (r->located.len && pp_array_next(&at, r->located.at + r->located.len, &value, &len)) {
        struct pp_report_located *l;
        p->all_located++;
        if (p->nlocated == PP_LOCATED_MAX || len > LOCATED_MAX || *value != '{')
            continue;
        if (!p->located && !(p->located = calloc(PP_LOCATED_MAX, sizeof *p->located)))
            return pp_error("out of memory");
        l = &p->located[p->nlocated++];
        *l = (struct pp_report_located){.addr = r->dip,
                                        .port = (uint16_t)r->port,
                                        .domain = copy(r->domain, DOMAIN_MAX),
                                        .json = strndup(value, len)};
    }
    return 0;
}

void pp_listed_release(struct pp_part *p)
{
    for (unsigned i = 0; i < p->nlisted; i++)
        forget(p, &p->listed[i]);
    for (unsigned i = 0; i < p->nlocated; i++) {
        free(p->located[i].domain);
        free(p->located[i].json);
    }
    free(p->listed);
    free(p->located);
    p->listed = NULL;
    p->located = NULL;
    p->nlisted = p->nlocated = 0;
}
