/* SPDX-License-Identifier: BSD-2-Clause */
/* ledger.c: numbers the vantage points, runs and questions of what is merged, and counts their observations. */
#include "ledger.h"

#include "../base/siphash.h"

#include <inttypes.h>
#include <jansson.h>

enum { VANTAGES, RUNS, QUESTIONS };

static const struct pp_sipkey plain_key = {{0x6c6564676572, 0x7175657374}}; /* no secret: equal on all hosts */

struct pp_ledger *pp_ledger_new(bool by_address)
{
    struct pp_ledger *l = calloc(1, sizeof *l);

    if (l) {
        l->by_address = by_address;
        l->from_us = INT64_MAX;
        l->to_us = INT64_MIN;
        l->meta = json_object();
        l->packets = json_object();
        l->arms = json_object();
        for (int i = 0; i < 3; i++)
            l->by_name[i] = json_object();
    }
    if (!l || !l->meta || !l->packets || !l->arms || !l->by_name[0] || !l->by_name[1] || !l->by_name[2]) {
        pp_ledger_free(l);
        pp_error("out of memory");
        return NULL;
    }
    return l;
}

void pp_ledger_free(struct pp_ledger *l)
{
    if (!l)
        return;
    for (uint32_t i = 0; i < l->ninputs; i++)
        free(l->input[i].file);
    for (uint32_t i = 0; i < l->nvantages; i++)
        free(l->vantage[i].name), free(l->vantage[i].left_out);
    for (uint32_t i = 0; i < l->nruns; i++)
        free(l->run[i].run_id);
    for (uint32_t i = 0; i < l->nquestions; i++) {
        struct pp_ledger_question *q = &l->question[i];
        free(q->experiment);
        free(q->connect);
        for (unsigned k = 0; k < q->narms; k++)
            free(q->arm[k]), free(q->condition[k]);
    }
    for (uint32_t i = 0; i < l->nremarks; i++)
        free(l->remark[i]);
    free(l->input);
    free(l->vantage);
    free(l->run);
    free(l->question);
    free(l->remark);
    json_decref(l->meta);
    json_decref(l->packets);
    json_decref(l->arms);
    for (int i = 0; i < 3; i++)
        json_decref(l->by_name[i]);
    free(l);
}

void *pp_ledger_more(void *array, uint32_t n, size_t size)
{
    char *grown = array;

    if ((n & (n - 1)) == 0) { /* 0, 1, 2, 4, ... */
        grown = realloc(array, (n ? 2 * (size_t)n : 1) * size);
        if (!grown) {
            pp_error("out of memory");
            return NULL;
        }
    }
    memset(grown + n * size, 0, size);
    return grown;
}

int64_t pp_ledger_input(struct pp_ledger *l, const char *file)
{
    struct pp_ledger_input *grown = PP_LEDGER_MORE(l, input, l->ninputs);

    if (!grown)
        return -1;
    l->input = grown;
    l->input[l->ninputs] = (struct pp_ledger_input){.file = file ? strdup(file) : NULL, .complete = -1};
    if (file && !l->input[l->ninputs].file)
        return pp_error("out of memory");
    return l->ninputs++;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

static char *text_copy(struct pp_text_view t)
{
    return strndup(t.len ? t.p : "", t.len);
}

/* The number of KEY in MAP; a new KEY gets the number N, and *NEW is set. -1 printed. */
static int64_t number_of(json_t *map, const char *key, uint32_t n, bool *new)
{
    const json_t *v = json_object_get(map, key);

    *new = v == NULL;
    if (v)
        return json_integer_value(v);
    if (json_object_set_new(map, key, json_integer(n)) < 0)
        return pp_error("out of memory");
    return n;
}

static int64_t vantage_of(struct pp_ledger *l, const char *name)
{
    struct pp_ledger_vantage *grown;
    bool new;
    int64_t i = number_of(l->by_name[VANTAGES], name, l->nvantages, &new);

    if (i < 0 || !new)
        return i;
    if (l->nvantages == PP_LEDGER_VANTAGES) {
        pp_error("more than %d vantage points", PP_LEDGER_VANTAGES);
        return pp_hint("without --vantage in the runs, each source address is one");
    }
    grown = PP_LEDGER_MORE(l, vantage, l->nvantages);
    if (!grown)
        return -1;
    l->vantage = grown;
    l->vantage[l->nvantages].name = strdup(name);
    return l->vantage[l->nvantages++].name ? i : pp_error("out of memory");
}

static int64_t run_of(struct pp_ledger *l, struct pp_text_view run_id, uint32_t vantage)
{
    struct pp_ledger_run *grown, *r;
    char key[PP_MERGE_NAME + 16];
    bool new;
    int64_t i;

    snprintf(key, sizeof key, "%" PRIu32 " %.*s", vantage, (int)run_id.len, run_id.p);
    i = number_of(l->by_name[RUNS], key, l->nruns, &new);
    if (i < 0 || !new)
        return i;
    if (l->nruns == PP_LEDGER_RUNS)
        return pp_error("more than %d runs", PP_LEDGER_RUNS);
    grown = PP_LEDGER_MORE(l, run, l->nruns);
    if (!grown)
        return -1;
    l->run = grown;
    r = &l->run[l->nruns];
    *r = (struct pp_ledger_run){.run_id = text_copy(run_id),
                                .vantage = vantage,
                                .question = UINT32_MAX,
                                .from_us = INT64_MAX,
                                .to_us = INT64_MIN,
                                .complete = -1};
    l->nruns++;
    return r->run_id ? i : pp_error("out of memory");
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

static bool same(const char *text, struct pp_text_view t)
{
    return text ? strlen(text) == t.len && memcmp(text, t.p, t.len) == 0 : t.len == 0;
}

/*
 * True if Q is D's question. PRINT, the fingerprint of what the arms send, is part of it: it may differ between
 * experiments of equal names.
 */
static bool is_question(const struct pp_ledger_question *q, const struct pp_digest *d, uint64_t print)
{
    if (q->print != print || q->narms != d->narms || !same(q->experiment, d->experiment) ||
        !same(q->connect, d->connect))
        return false;
    for (unsigned i = 0; i < d->narms; i++)
        if (!same(q->arm[i], d->arm_name[i]) || !same(q->condition[i], d->arm_condition[i]))
            return false;
    return true;
}

static uint64_t print_of(const struct pp_digest *d, uint64_t packets)
{
    uint64_t h = packets;

    for (unsigned i = 0; i < d->narms; i++) {
        h = h * 31 + pp_siphash(&plain_key, d->arm_name[i].p, d->arm_name[i].len);
        h = h * 31 + (d->arm_condition[i].len
                          ? pp_siphash(&plain_key, d->arm_condition[i].p, d->arm_condition[i].len) : 7);
    }
    return h;
}

static int fill_question(struct pp_ledger_question *q, const struct pp_digest *d, uint64_t print)
{
    bool ok;

    *q = (struct pp_ledger_question){.print = print, .narms = d->narms};
    q->experiment = text_copy(d->experiment);
    q->connect = text_copy(d->connect);
    ok = q->experiment && q->connect;
    for (unsigned i = 0; i < d->narms; i++) {
        q->arm[i] = text_copy(d->arm_name[i]);
        q->condition[i] = d->arm_condition[i].len ? text_copy(d->arm_condition[i]) : NULL;
        ok &= q->arm[i] && (q->condition[i] || !d->arm_condition[i].len);
    }
    q->alone = d->narms == 1 && ok && strcmp(q->arm[0], "A") == 0;
    return ok ? 0 : pp_error("out of memory");
}

static int64_t question_of(struct pp_ledger *l, const struct pp_digest *d, uint64_t packets)
{
    uint64_t print = print_of(d, packets);
    struct pp_ledger_question *grown;

    if (l->last.any && is_question(&l->question[l->last.question], d, print))
        return l->last.question;
    for (uint32_t i = 0; i < l->nquestions; i++)
        if (is_question(&l->question[i], d, print))
            return i;
    if (l->nquestions == PP_LEDGER_QUESTIONS)
        return pp_error("more than %d different sets of arms", PP_LEDGER_QUESTIONS);
    grown = PP_LEDGER_MORE(l, question, l->nquestions);
    if (!grown)
        return -1;
    l->question = grown;
    if (fill_question(&l->question[l->nquestions++], d, print) < 0)
        return -1;
    return l->nquestions - 1;
}

/* ---- an observation --------------------------------------------------------------------------------------------- */

/* Writes the name of D's vantage point: its member `vantage`, else the source address. */
static void name_of(char *name, size_t room, const struct pp_ledger *l, const struct pp_digest *d)
{
    char addr[PP_ADDR_STRLEN];

    pp_addr_str(&d->source, addr);
    if (!d->vantage.len)
        snprintf(name, room, "%s", addr);
    else
        snprintf(name, room, "%.*s%s%s", (int)d->vantage.len, d->vantage.p, l->by_address ? " " : "",
                 l->by_address ? addr : "");
}

static struct pp_text_view view(const char *text)
{
    return (struct pp_text_view){text, (uint32_t)strlen(text)};
}

int pp_ledger_note(struct pp_ledger *l, struct pp_digest_head *h, const struct pp_digest *d, uint64_t *question,
                   struct pp_text_view *vantage, struct pp_text_view *run)
{
    const char *campaign;
    char text[sizeof l->last.name];
    int64_t v = l->last.vantage, r = l->last.run, q;
    struct pp_sources *s;

    name_of(text, sizeof text, l, d);
    if (!l->last.any || strcmp(text, l->last.name) != 0 || !same(l->last.run_id, d->run_id)) {
        v = vantage_of(l, text);
        r = v < 0 ? -1 : run_of(l, d->run_id, (uint32_t)v);
        if (r < 0)
            return -1;
        memcpy(l->last.name, text, sizeof text);
        snprintf(l->last.run_id, sizeof l->last.run_id, "%.*s", (int)d->run_id.len, d->run_id.p);
    }
    q = question_of(l, d, pp_ledger_packets(l, l->last.run_id, d));
    if (q < 0)
        return -1;
    l->last.vantage = (uint32_t)v;
    l->last.run = (uint32_t)r;
    l->last.question = (uint32_t)q;
    l->last.any = true;
    if (l->run[r].question == UINT32_MAX)
        l->run[r].question = (uint32_t)q;
    l->question[q].families |= pp_addr_is4(&d->dip) ? 1 : 2;
    s = pp_addr_is4(&d->source) ? &l->vantage[v].v4 : &l->vantage[v].v6;
    pp_sources_add(s, &d->source, d->special, d->asn);
    h->vantage = (uint32_t)v;
    h->run = (uint32_t)r;
    h->question = (uint32_t)q;
    campaign = pp_ledger_campaign(l, l->last.run_id);
    *question = l->question[q].print;
    *vantage = view(l->vantage[v].name);
    *run = view(campaign ? campaign : l->run[r].run_id);
    return 0;
}

void pp_ledger_keep(struct pp_ledger *l, const struct pp_digest_head *h)
{
    struct pp_ledger_vantage *v = &l->vantage[h->vantage];
    struct pp_ledger_run *r = &l->run[h->run];

    v->observations++;
    v->invalid += !h->valid;
    v->aa_n += h->aa > 0;
    v->aa_fail += h->aa > 1;
    v->alpha = h->aa_alpha > v->alpha ? h->aa_alpha : v->alpha;
    r->observations++;
    r->invalid += !h->valid;
    r->from_us = h->from_us < r->from_us ? h->from_us : r->from_us;
    r->to_us = h->to_us > r->to_us ? h->to_us : r->to_us;
    l->from_us = h->from_us < l->from_us ? h->from_us : l->from_us;
    l->to_us = h->to_us > l->to_us ? h->to_us : l->to_us;
}
