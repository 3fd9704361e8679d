/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listed.c: keeps the `broken` verdicts with the most evidence, and the places that were located, up to their maxima.
 */
#include "aggregate_parts.h"

#include "../base/error.h"

#include <stdlib.h>

#define ROUNDS_MAX (12u << 10) /* bytes of a verdict's rounds; longer ones are left out */
#define LOCATED_MAX (4u << 10)
#define DOMAIN_MAX 400

/* True if X is dropped before Y: it has less evidence or, where that is equal, is the later line. */
static bool gives_way(const struct pp_listed *x, const struct pp_listed *y)
{
    return x->e < y->e || (x->e == y->e && x->order > y->order);
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
    p->room->rounds -= l->rounds ? strlen(l->rounds) : 0;
    free(l->domain);
    free(l->rounds);
}

int pp_part_list(struct pp_part *p, const struct pp_reading *r, const struct pp_reading_verdict *v, unsigned question)
{
    /* A merged line has no rounds: its list of vantage points is kept instead. */
    struct pp_span rounds = v->rounds.len ? v->rounds : r->vantages;
    struct pp_listed l = {.e = v->e,
                          .addr = r->dip,
                          .port = (uint16_t)r->port,
                          .asn = r->asn,
                          .order = p->broken,
                          .question = (uint16_t)question};

    if (!p->listed && !(p->listed = calloc(PP_LISTED_MAX, sizeof *p->listed)))
        return pp_error("out of memory");
    if (p->nlisted == PP_LISTED_MAX && !gives_way(&p->listed[0], &l))
        return 0;
    COPY(l.arm, v->arm);
    COPY(l.how, v->how);
    COPY(l.first, v->first);
    COPY(l.vantage, r->vantage);
    COPY(l.country, r->country);
    l.domain = copy(r->domain, DOMAIN_MAX);
    if (p->room->rounds + rounds.len <= PP_ROUNDS_BYTES && (l.rounds = copy(rounds, ROUNDS_MAX)))
        p->room->rounds += rounds.len;
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
