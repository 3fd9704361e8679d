/* SPDX-License-Identifier: BSD-2-Clause */
/* matrix.c: reads the columns, sums those of one population, and prints a table for each population. */
#include "bars.h"

#include "core/base/error.h"

#include <inttypes.h>
#include <jansson.h>

static uint64_t uint_of(json_t *v, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(v, key));
}

static const char *text_of(json_t *v, const char *key)
{
    const char *text = json_string_value(json_object_get(v, key));

    return text ? text : "";
}

static struct matrix_set *set_of(struct matrix *m, json_t *v)
{
    struct matrix_set *s;

    for (unsigned i = 0; i < m->nsets; i++) {
        s = &m->set[i];
        if (strcmp(s->scenario, text_of(v, "scenario")) == 0 && strcmp(s->p, text_of(v, "p")) == 0 &&
            strcmp(s->kind, text_of(v, "kind")) == 0)
            return s;
    }
    if (m->nsets == MATRIX_SETS)
        BUG("more than %d populations", MATRIX_SETS);
    s = &m->set[m->nsets++];
    snprintf(s->scenario, sizeof s->scenario, "%s", text_of(v, "scenario"));
    snprintf(s->p, sizeof s->p, "%s", text_of(v, "p"));
    snprintf(s->kind, sizeof s->kind, "%s", text_of(v, "kind"));
    return s;
}

static int word_of(const char *text)
{
    for (int i = 0; i < PP_VERDICTS; i++) {
        if (strcmp(text, pp_verdict_name[i]) == 0)
            return i;
    }
    BUG("'%s' is no verdict", text);
}

static struct matrix_row *row_of(struct matrix_set *s, json_t *v)
{
    struct matrix_row *r;

    for (unsigned i = 0; i < s->nrows; i++) {
        r = &s->row[i];
        if (strcmp(r->behaviour, text_of(v, "behaviour")) == 0 && strcmp(r->arm, text_of(v, "arm")) == 0)
            return r;
    }
    if (s->nrows == MATRIX_ROWS)
        BUG("more than %d behaviours", MATRIX_ROWS);
    r = &s->row[s->nrows++];
    snprintf(r->behaviour, sizeof r->behaviour, "%s", text_of(v, "behaviour"));
    snprintf(r->arm, sizeof r->arm, "%s", text_of(v, "arm"));
    r->control = json_is_true(json_object_get(v, "control"));
    r->healthy = json_is_true(json_object_get(v, "healthy"));
    r->behind = json_is_true(json_object_get(v, "behind"));
    r->works_too = json_is_true(json_object_get(v, "works_too"));
    r->by_flow = strcmp(text_of(v, "why"), "flow_dependent") == 0;
    r->expect = word_of(text_of(v, "expect"));
    return r;
}

void matrix_add(struct matrix_count *into, const struct matrix_count *c)
{
    into->n += c->n;
    for (unsigned w = 0; w < PP_VERDICTS; w++)
        into->word[w] += c->word[w];
    into->invalid += c->invalid;
    into->why_right += c->why_right;
    into->met += c->met;
}

static void add_line(struct matrix *m, json_t *v)
{
    struct matrix_set *s = set_of(m, v);
    unsigned method = uint_of(v, "rounds") == 1 ? MATRIX_ONE : MATRIX_FULL;
    struct matrix_count c = {.n = uint_of(v, "n"), .invalid = uint_of(v, "invalid"),
                             .why_right = uint_of(v, "why_right"), .met = uint_of(v, "met")};

    if (strcmp(text_of(v, "what"), "arm") == 0) {
        for (unsigned w = 0; w < PP_VERDICTS; w++)
            c.word[w] = uint_of(v, pp_verdict_name[w]);
        matrix_add(&row_of(s, v)->count[method], &c);
        return;
    }
    s->hosts[method] += uint_of(v, "hosts");
    s->lost[method] += uint_of(v, "missing") + uint_of(v, "twice");
    s->packets[method] += uint_of(v, "packets");
    s->cpu[method] += json_number_value(json_object_get(v, "cpu"));
    if (s->minutes[method] < json_number_value(json_object_get(v, "minutes")))
        s->minutes[method] = json_number_value(json_object_get(v, "minutes"));
    s->aa_n += uint_of(v, "aa_n");
    s->aa_fail += uint_of(v, "aa_fail");
}

int matrix_read(struct matrix *m, const char *part)
{
    FILE *f = fopen(part, "re");
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    int ret = 0;

    if (!f)
        return pp_error_errno("cannot read '%s'", part);
    while (ret == 0 && (len = getline(&line, &cap, f)) > 0) {
        json_t *v = json_loadb(line, (size_t)len, 0, NULL);

        if (v)
            add_line(m, v);
        else
            ret = pp_error("'%s' has a line that is no JSON", part);
        json_decref(v);
    }
    free(line);
    fclose(f);
    return ret;
}

enum matrix_group matrix_group(const struct matrix_row *r)
{
    return r->expect == PP_VERDICT_BROKEN    ? r->behind ? MATRIX_BEHIND : MATRIX_BROKEN
           : r->expect == PP_VERDICT_OFFLINE ? MATRIX_AWAY
           : r->expect == PP_VERDICT_TRANSIENT ? MATRIX_MIRRORED
           : r->works_too            ? MATRIX_BY_CHANCE
           : r->control              ? MATRIX_CONTROLS
                                     : MATRIX_HARMLESS;
}

static int by_group(const void *x, const void *y)
{
    const struct matrix_row *a = x, *b = y;
    int order = (int)matrix_group(a) - (int)matrix_group(b);

    if (!order)
        order = b->healthy - a->healthy;
    if (!order)
        order = strcmp(a->behaviour, b->behaviour);
    return order ? order : strcmp(a->arm, b->arm);
}

void matrix_sort(struct matrix *m)
{
    for (unsigned i = 0; i < m->nsets; i++)
        qsort(m->set[i].row, m->set[i].nrows, sizeof m->set[i].row[0], by_group);
}

/* ---- printing ---- */

static void put(uint64_t n)
{
    if (n)
        printf(" %7" PRIu64, n);
    else
        printf(" %7s", ".");
}

static void put_row(const struct matrix_row *r)
{
    const struct matrix_count *one = &r->count[MATRIX_ONE], *full = &r->count[MATRIX_FULL];

    printf("%-30s %-2s %-8s%s", r->behaviour, r->arm, pp_verdict_name[r->expect], r->works_too ? "*" : " ");
    put(full->n ? full->n : one->n);
    printf(" |");
    for (unsigned w = 0; w < PP_VERDICTS; w++)
        put(full->word[w]);
    put(full->invalid);
    printf(" |");
    for (unsigned w = 0; w < PP_VERDICTS; w++) {
        if (w != PP_VERDICT_UNSTABLE)
            put(one->word[w]);
    }
    putchar('\n');
}

void matrix_print(const struct matrix_set *s)
{
    printf("\n== %s, flow failure %s, %s\n", s->scenario, strcmp(s->p, "-") ? s->p : "as the scenario says", s->kind);
    printf("%-30s %-2s %-9s %7s |", "behaviour", "", "truth", "n");
    for (unsigned w = 0; w < PP_VERDICTS; w++)
        printf(" %7.7s", pp_verdict_name[w]);
    printf(" %7s | --rounds 1:\n", "invalid");
    for (unsigned i = 0; i < s->nrows; i++)
        put_row(&s->row[i]);
}
