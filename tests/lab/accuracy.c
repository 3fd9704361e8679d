/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * accuracy.c: verdicts against the truth at scale, in virtual time. `run` measures one column of the matrix and writes
 * its counts; `report` puts the columns together, judges them, and prints the matrix. tests/lab/accuracy runs both.
 *
 *   accuracy run PART EXPERIMENT SCENARIO HOSTS SEED MODE P KIND ROUNDS SPACING [PLUGIN_DIR]
 *   accuracy report ACCURACY_JSON HOSTS PART...
 *
 * P: the probability that a host ignores a whole flow, "-": as the scenario says; KIND: iid or episode; ROUNDS 0: the
 * full method; SPACING: seconds. Columns of the scenario `counting` are populations of their own by experiment and
 * spacing, at BARS_COUNTING_ALPHA.
 */
#include "bars.h"
#include "runner.h"
#include "score.h"

#include "core/base/error.h"
#include "core/loader/plugins.h"

#include <curl/curl.h>
#include <jansson.h>
#include <unistd.h>

struct column {
    const char *experiment, *scenario, *mode, *p, *kind;
    uint64_t hosts, seed;
    unsigned rounds, spacing;
    bool counting;
    char population[48];
};

/* ---- a column ---- */

static void flows_fail(struct pp_scenario *s, const struct column *c)
{
    for (unsigned i = 0; i < s->nhosts; i++) {
        if (strcmp(c->p, "-") != 0)
            s->hosts[i].flow_fail_p = strtod(c->p, NULL);
        s->hosts[i].flow_fail_episode = strcmp(c->kind, "episode") == 0;
    }
}

/* If all arms are for one family, the lab gets no hosts of the other one, which would not be measured. */
static void keep_family(struct pp_scenario *s, const struct pp_plugin *p)
{
    uint32_t family = p->narms > 1 ? p->arms[1].family : 0;

    for (unsigned i = 1; i < p->narms; i++)
        family = p->arms[i].family == family ? family : 0;
    for (unsigned i = 0; family && i < s->nhosts; i++)
        s->hosts[i].families = family == 4 ? 1 : 2;
}

static void name_population(struct column *c)
{
    c->counting = strcmp(c->scenario, "counting") == 0;
    if (c->counting)
        snprintf(c->population, sizeof c->population, "counting %s %u", c->experiment, c->spacing);
    else
        snprintf(c->population, sizeof c->population, "%s", c->scenario);
}

static json_t *head(const struct column *c, const char *what)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i}", "what", what, "experiment", c->experiment, "scenario",
                     c->population, "mode", c->mode, "p", c->p, "kind", c->kind, "rounds", (int)c->rounds);
}

static void put_line(FILE *f, json_t *v)
{
    if (!v || json_dumpf(v, f, JSON_COMPACT) < 0)
        BUG("a row that is no JSON");
    putc('\n', f);
    json_decref(v);
}

static void put_uint(json_t *v, const char *key, uint64_t n)
{
    json_object_set_new(v, key, json_integer((json_int_t)n));
}

static bool is_behind(const struct pp_plugin *p, const char *arm)
{
    for (unsigned i = 0; i < p->narms; i++)
        if (strcmp(p->arms[i].name, arm) == 0)
            return p->arms[i].after != NULL;
    return false;
}

static void put_arm(FILE *f, const struct column *c, const struct pp_plugin *p, const struct score_class *class,
                    const struct score_arm *a)
{
    json_t *v = head(c, "arm");

    json_object_set_new(v, "behaviour", json_string(class->name));
    json_object_set_new(v, "arm", json_string(a->name));
    json_object_set_new(v, "control", json_boolean(class->control));
    json_object_set_new(v, "healthy", json_boolean(class->healthy));
    json_object_set_new(v, "behind", json_boolean(is_behind(p, a->name)));
    json_object_set_new(v, "expect", json_string(pp_verdict_name[a->expect]));
    json_object_set_new(v, "works_too", json_boolean(a->works_too));
    json_object_set_new(v, "why", json_string(a->why));
    put_uint(v, "n", a->n);
    for (unsigned w = 0; w < PP_VERDICTS; w++)
        put_uint(v, pp_verdict_name[w], a->word[w]);
    put_uint(v, "invalid", a->invalid);
    put_uint(v, "why_right", a->why_right);
    put_uint(v, "met", a->met);
    put_line(f, v);
}

static void put_column(FILE *f, const struct column *c, const struct score *s, const struct runner *r)
{
    json_t *v = head(c, "column");

    put_uint(v, "hosts", c->hosts);
    put_uint(v, "missing", s->missing);
    put_uint(v, "twice", s->twice + s->unknown);
    put_uint(v, "aa_n", s->aa_n);
    put_uint(v, "aa_fail", s->aa_fail);
    put_uint(v, "packets", r->packets);
    json_object_set_new(v, "cpu", json_real((double)clock() / CLOCKS_PER_SEC));
    json_object_set_new(v, "minutes", json_real((double)r->elapsed / 60e9));
    put_line(f, v);
    for (unsigned i = 0; i < s->nclasses; i++) {
        for (unsigned k = 0; k < s->class[i].narms; k++)
            put_arm(f, c, r->plugin, &s->class[i], &s->class[i].arm[k]);
    }
}

/* The two large files are kept beside PART while they are needed. */
static int measure(const char *part, const struct column *c, struct runner *r)
{
    char targets[4096], observations[4096];
    struct score s = {0};
    FILE *f = NULL;
    int result = -1;

    snprintf(targets, sizeof targets, "%s.targets", part);
    snprintf(observations, sizeof observations, "%s.observations", part);
    r->targets = targets;
    r->observations = observations;
    if (runner_write(targets, r->lab, pp_lab_write_targets) < 0 || runner_campaign(r) < 0 ||
        score_init(&s, r->lab, c->hosts, c->experiment, c->mode) < 0 || score_read(&s, observations) < 0)
        goto out;
    f = fopen(part, "we");
    if (!f) {
        pp_error_errno("cannot write '%s'", part);
        goto out;
    }
    put_column(f, c, &s, r);
    result = fclose(f) ? pp_error_errno("cannot write '%s'", part) : 0;
out:
    score_release(&s);
    unlink(targets);
    unlink(observations);
    return result;
}

static int run(int argc, char **argv)
{
    static struct pp_scenario scenario;
    struct column c = {0};
    struct runner r = {0};
    int result = -1;

    if (argc < 12)
        return -2;
    c = (struct column){.experiment = argv[3], .scenario = argv[4], .hosts = strtoull(argv[5], NULL, 10),
                        .seed = strtoull(argv[6], NULL, 10), .mode = argv[7], .p = argv[8], .kind = argv[9],
                        .rounds = (unsigned)strtoul(argv[10], NULL, 10),
                        .spacing = (unsigned)strtoul(argv[11], NULL, 10)};
    name_population(&c);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    r = (struct runner){.mode = c.mode, .seed = c.seed, .rounds = c.rounds,
                        .alpha = c.counting ? BARS_COUNTING_ALPHA : 0, .spacing = c.spacing * INT64_C(1000000000)};
    r.plugin = pp_plugin_find(c.experiment, argc > 12 ? argv[12] : "plugins");
    if (!r.plugin || pp_scenario_load(&scenario, c.scenario) < 0)
        return -1;
    flows_fail(&scenario, &c);
    keep_family(&scenario, r.plugin);
    r.lab = pp_lab_new(&scenario, c.hosts, c.seed);
    if (r.lab)
        result = measure(argv[2], &c, &r);
    pp_lab_free(r.lab);
    curl_global_cleanup();
    return result;
}

int main(int argc, char **argv)
{
    int result = -2;

    json_object_seed(0);
    if (argc > 2 && strcmp(argv[1], "run") == 0)
        result = run(argc, argv);
    else if (argc > 4 && strcmp(argv[1], "report") == 0)
        result = bars_report(argv[2], strtoull(argv[3], NULL, 10), argv + 4);
    if (result == -2)
        fputs("usage: accuracy run PART EXPERIMENT SCENARIO HOSTS SEED MODE P KIND ROUNDS SPACING\n"
              "       [PLUGIN_DIR]\n"
              "       accuracy report ACCURACY_JSON HOSTS PART...\n", stderr);
    return -result;
}
