/* SPDX-License-Identifier: BSD-2-Clause */
/* ledger_look.c: which vantage points are left out, and remarks on what looks wrong. */
#include "ledger.h"

#include "../verdict/stats.h"

#include <inttypes.h>
#include <stdarg.h>

#define INVALID_SHARE 0.05 /* of observations */
#define LOST_SHARE 0.01    /* of packets */
#define SURELY 0.999       /* confidence of the limits that these shares are compared with */

/* ---- trust ------------------------------------------------------------------------------------------------------ */

static bool surely_more(uint64_t k, uint64_t n, double share)
{
    return n && k && pp_binomial_lower(k < n ? k : n, n, SURELY) > share;
}

int pp_ledger_judge(struct pp_ledger *l, bool keep_all)
{
    pp_ledger_apply(l);
    for (uint32_t i = 0; i < l->nvantages && !keep_all; i++) {
        struct pp_ledger_vantage *v = &l->vantage[i];
        int r = 0;
        if (v->alpha > 0 && surely_more(v->aa_fail, v->aa_n, v->alpha))
            r = asprintf(&v->left_out, "%" PRIu64 " of %" PRIu64 " dummies (the baseline, judged as if it were an arm) "
                         "are called broken, more than alpha = %g allows", v->aa_fail, v->aa_n, v->alpha);
        else if (v->measured && v->lost > LOST_SHARE * (double)v->packets)
            r = asprintf(&v->left_out, "%" PRIu64 " packets were lost before the capture while %" PRIu64 " were sent, "
                         "more than %g %%", v->lost, v->packets, 100 * LOST_SHARE);
        else if (surely_more(v->invalid, v->observations, INVALID_SHARE))
            r = asprintf(&v->left_out, "%" PRIu64 " of %" PRIu64 " observations are not valid, more than %g %%",
                         v->invalid, v->observations, 100 * INVALID_SHARE);
        if (r < 0) {
            v->left_out = NULL;
            return pp_error("out of memory");
        }
    }
    return 0;
}

/* ---- remarks ---------------------------------------------------------------------------------------------------- */

void pp_ledger_remark(struct pp_ledger *l, const char *fmt, ...)
{
    char *text, **grown;
    va_list ap;
    int r;

    if (l->nremarks == PP_LEDGER_REMARKS)
        return;
    va_start(ap, fmt);
    r = vasprintf(&text, fmt, ap);
    va_end(ap);
    grown = r < 0 ? NULL : PP_LEDGER_MORE(l, remark, l->nremarks);
    if (!grown) {
        if (r >= 0)
            free(text);
        return; /* no memory: a later allocation reports it */
    }
    l->remark = grown;
    l->remark[l->nremarks++] = text;
}

static void look_at_questions(struct pp_ledger *l)
{
    for (uint32_t i = 0; i < l->nquestions; i++)
        for (uint32_t k = 0; k < i; k++) {
            const struct pp_ledger_question *a = &l->question[k], *b = &l->question[i];
            bool names = a->narms == b->narms;
            if (strcmp(a->experiment, b->experiment) != 0 || strcmp(a->connect, b->connect) != 0 ||
                !(a->families & b->families))
                continue;
            for (unsigned n = 0; names && n < a->narms; n++)
                names = strcmp(a->arm[n], b->arm[n]) == 0 &&
                        strcmp(a->condition[n] ? a->condition[n] : "", b->condition[n] ? b->condition[n] : "") == 0;
            pp_ledger_remark(l, "%s over %s was measured with %s: these runs are not merged with each other, and a "
                             "target of both has a line for each", a->experiment, a->connect,
                             names ? "equally named arms send different packets, or metadata that would tell is missing"
                                   : "different arms");
        }
}

static void look_at_addresses(struct pp_ledger *l)
{
    for (uint32_t i = 0; i < l->nvantages; i++) {
        const struct pp_ledger_vantage *v = &l->vantage[i];
        const struct pp_sources *s = v->v4.n > 1 ? &v->v4 : &v->v6;
        char a[PP_ADDR_STRLEN], b[PP_ADDR_STRLEN];
        if (s->n > 1)
            pp_ledger_remark(l, "vantage point '%s' has several addresses, as %s and %s: they are treated as one; "
                                "with --by-address each is a separate vantage point", v->name, pp_addr_str(&s->addr[0],
                                a),
                             pp_addr_str(&s->addr[1], b));
    }
}

static int by_run_id(const void *x, const void *y)
{
    const struct pp_ledger_run *a = *(struct pp_ledger_run *const *)x, *b = *(struct pp_ledger_run *const *)y;

    return strcmp(a->run_id, b->run_id);
}

static bool only(const struct pp_sources *has, const struct pp_sources *has_not)
{
    return has->n && !has_not->n;
}

void pp_ledger_families(struct pp_ledger *l)
{
    struct pp_ledger_run **at = calloc(l->nruns + 1, sizeof *at);
    uint32_t end;

    for (uint32_t i = 0; at && i < l->nruns; i++)
        at[i] = &l->run[i];
    if (at)
        qsort(at, l->nruns, sizeof *at, by_run_id);
    for (uint32_t i = 0; at && i < l->nruns; i = end) {
        struct pp_ledger_vantage *a, *b;
        for (end = i + 1; end < l->nruns && strcmp(at[i]->run_id, at[end]->run_id) == 0;)
            end++;
        if (end != i + 2)
            continue;
        a = &l->vantage[at[i]->vantage];
        b = &l->vantage[at[i + 1]->vantage];
        if (only(&a->v4, &a->v6) && only(&b->v6, &b->v4))
            b->second = at[i + 1]->second = true;
        else if (only(&a->v6, &a->v4) && only(&b->v4, &b->v6))
            a->second = at[i]->second = true;
    }
    free(at);
}

static void look_at_runs(struct pp_ledger *l)
{
    const struct pp_ledger_run **at = calloc(l->nruns + 1, sizeof *at);

    for (uint32_t i = 0; at && i < l->nruns; i++)
        at[i] = &l->run[i];
    if (at)
        qsort(at, l->nruns, sizeof *at, by_run_id);
    for (uint32_t i = 1; at && i < l->nruns; i++)
        if (strcmp(at[i - 1]->run_id, at[i]->run_id) == 0 &&
            !l->vantage[at[i - 1]->vantage].second && !l->vantage[at[i]->vantage].second)
            pp_ledger_remark(l, "vantage points '%s' and '%s' have runs of one run_id, %s: they are treated as two",
                             l->vantage[at[i - 1]->vantage].name, l->vantage[at[i]->vantage].name, at[i]->run_id);
    free(at);
    if (l->counts.duplicates_differing)
        pp_ledger_remark(l, "%" PRIu64 " of %" PRIu64 " duplicates (one target, vantage point and run_id) differ from "
                         "the observation that was kept: a part that was measured again, or two runs of one run_id",
                         l->counts.duplicates_differing, l->counts.duplicates);
}

/*
 * Remarks on vantage points whose times are years apart or in the future: a clock is wrong there, and so is the order
 * of runs.
 */
static void look_at_clocks(struct pp_ledger *l)
{
    int64_t now = (int64_t)time(NULL) * 1000000, day = INT64_C(86400) * 1000000;

    for (uint32_t i = 0; i < l->nruns; i++) {
        const struct pp_ledger_run *r = &l->run[i];
        if (r->observations && r->to_us > now + day)
            pp_ledger_remark(l, "run %s of vantage point '%s' has observations with times in the future: its clock or "
                                "this host's "
                             "is wrong", r->run_id, l->vantage[r->vantage].name);
        if (r->observations && r->from_us < INT64_C(1000000000) * 1000000) /* 2001 */
            pp_ledger_remark(l, "run %s of vantage point '%s' has observations with times before 2000: its clock was "
                                "not set", r->run_id, l->vantage[r->vantage].name);
    }
}

void pp_ledger_look(struct pp_ledger *l)
{
    for (uint32_t i = 0; i < l->nvantages; i++)
        if (l->vantage[i].left_out)
            pp_ledger_remark(l, "vantage point '%s' is left out: %s", l->vantage[i].name, l->vantage[i].left_out);
    look_at_questions(l);
    look_at_addresses(l);
    look_at_runs(l);
    look_at_clocks(l);
}

/* ---- at the end ------------------------------------------------------------------------------------------------ */

static void say_sources(const struct pp_ledger *l, struct pp_buf *out)
{
    uint32_t runs = 0, vantages = 0;

    for (uint32_t i = 0; i < l->nruns; i++)
        runs += !l->run[i].second;
    for (uint32_t i = 0; i < l->nvantages; i++)
        vantages += !l->vantage[i].second;
    pp_buf_addf(out, "\n%" PRIu64 " line%s, of %" PRIu32 " run%s from %" PRIu32 " vantage point%s\n", l->counts.written,
                l->counts.written == 1 ? "" : "s", runs, runs == 1 ? "" : "s", vantages, vantages == 1 ? "" : "s");
}

static void say_words(const struct pp_ledger_question *q, struct pp_buf *out)
{
    for (unsigned i = 0; i < q->narms; i++) {
        pp_buf_addf(out, "  %-3s %-36s", q->arm[i], q->condition[i] ? q->condition[i] : "");
        for (unsigned w = 0; w < PP_MERGED_WORDS; w++)
            if (q->words[i][w])
                pp_buf_addf(out, " %s %" PRIu64, pp_merged_name(w, q->alone), q->words[i][w]);
        pp_buf_addc(out, '\n');
    }
}

void pp_ledger_say(const struct pp_ledger *l)
{
    const struct pp_ledger_counts *n = &l->counts;
    struct pp_buf out;

    if (pp_quiet)
        return;
    pp_buf_init(&out, 4u << 20);
    pp_buf_addf(&out, "%" PRIu64 " read = %" PRIu64 " merged", n->read, n->merged);
    if (n->duplicates)
        pp_buf_addf(&out, " + %" PRIu64 " duplicate", n->duplicates);
    if (n->left_out)
        pp_buf_addf(&out, " + %" PRIu64 " of vantage points left out", n->left_out);
    if (n->not_observations)
        pp_buf_addf(&out, " + %" PRIu64 " no observation", n->not_observations);
    if (n->other_schema)
        pp_buf_addf(&out, " + %" PRIu64 " with another schema", n->other_schema);
    if (n->merged_before)
        pp_buf_addf(&out, " + %" PRIu64 " merged before", n->merged_before);
    say_sources(l, &out);
    for (uint32_t i = 0; i < l->nquestions; i++) {
        pp_buf_addf(&out, "%s over %s: %" PRIu64 " targets\n", l->question[i].experiment, l->question[i].connect,
                    l->question[i].targets);
        say_words(&l->question[i], &out);
    }
    if (!out.failed)
        fwrite(out.data, 1, out.len, stderr);
    pp_buf_release(&out);
}
