/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare.c: marks observations against the lab's truth, joined on dip and dp. Every target must have exactly one
 * observation, all `has` and none of the `not` conditions (a name without value there: with any value), the expected
 * verdicts, and quality.valid. Prints the first few that differ, then a line per behaviour. Where chance decides
 * whether the rounds meet a behaviour (`also`), a single round says nothing, and any verdict of it is right.
 *
 *   compare [--live] TRUTH OBSERVATIONS
 *
 * --live: the run was in real time, in which no seed says what is lost. One round over HTTP to a host that loses 5 % of
 * the packets has a wrong verdict once in 400 times: of hosts with `loss` so many may differ that more would come of
 * it once in a million runs. And a machine with much else to do holds packets up until they are sent again, of which no
 * mark is read (`ipmark`): one host of 400 may differ in that alone.
 */
#include "core/base/addr.h"
#include "core/base/error.h"

#include <jansson.h>
#include <math.h>

#define BEHAVIOURS 256
#define SHOWN 10

struct row {
    char name[96];
    unsigned hosts, right;
};

static struct row rows[BEHAVIOURS];
static unsigned nrows, shown;

static struct row *row_of(const char *name)
{
    for (unsigned i = 0; i < nrows; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    if (nrows == BEHAVIOURS)
        BUG("more than %d behaviours", BEHAVIOURS);
    snprintf(rows[nrows].name, sizeof rows[0].name, "%s", name);
    return &rows[nrows++];
}

static void key_of(char *key, size_t size, json_t *line)
{
    snprintf(key, size, "%s %lld", json_string_value(json_object_get(line, "dip")),
             (long long)json_integer_value(json_object_get(line, "dp")));
}

static bool has(json_t *array, const char *text)
{
    size_t i;
    json_t *v;

    json_array_foreach(array, i, v)
        if (strcmp(json_string_value(v), text) == 0)
            return true;
    return false;
}

/* Whether ARRAY has TEXT, or TEXT with a value. */
static bool has_any(json_t *array, const char *text)
{
    size_t i, len = strlen(text);
    json_t *v;

    json_array_foreach(array, i, v)
        if (strncmp(json_string_value(v), text, len) == 0 && strchr(":", json_string_value(v)[len]))
            return true;
    return false;
}

static json_t *verdict_of(json_t *obs, const char *arm)
{
    size_t i;
    json_t *v;

    json_array_foreach(json_object_get(obs, "verdicts"), i, v)
        if (strcmp(json_string_value(json_object_get(v, "arm")), arm) == 0)
            return v;
    return NULL;
}

static bool is_text(json_t *v, json_t *text)
{
    return json_is_string(v) && json_is_string(text) && strcmp(json_string_value(v), json_string_value(text)) == 0;
}

/* Whether the verdict of ARM is right if the truth is WORD. */
static bool verdict_right(json_t *expect, json_t *obs, const char *arm, json_t *word)
{
    json_t *v = verdict_of(obs, arm), *why = json_object_get(json_object_get(expect, "why"), arm), *other;
    size_t i;

    json_array_foreach(json_object_get(json_object_get(expect, "also"), arm), i, other)
        if (is_text(json_object_get(v, "verdict"), other))
            return true;
    return is_text(json_object_get(v, "verdict"), word) && (!why || is_text(json_object_get(v, "why"), why));
}

/* Whether the verdicts of OBS are those of a single round. */
static bool is_single(json_t *obs)
{
    return json_is_null(json_object_get(json_array_get(json_object_get(obs, "verdicts"), 0), "alpha"));
}

/* Whether OBS is a single round of a host whose verdict depends on chance. */
static bool by_chance(json_t *expect, json_t *obs)
{
    return json_object_size(json_object_get(expect, "also")) > 0 && is_single(obs);
}

static bool loses(json_t *truth)
{
    return json_number_value(json_object_get(truth, "loss")) > 0;
}

/* Returns NULL, or a text on the first difference. */
static const char *differs(json_t *truth, json_t *obs, char *buf, size_t size)
{
    const char *experiment = json_string_value(json_object_get(obs, "experiment"));
    const char *connect = json_string_value(json_object_get(obs, "connect"));
    json_t *expect = json_object_get(json_object_get(json_object_get(truth, "expect"), experiment), connect);
    json_t *conditions = json_object_get(obs, "conditions"), *v;
    const char *arm;
    size_t i;

    if (!expect)
        return "the truth says nothing of this experiment and mode";
    if (!json_is_true(json_object_get(json_object_get(obs, "quality"), "valid")))
        return "not valid";
    if (by_chance(expect, obs))
        return NULL;
    json_array_foreach(json_object_get(expect, "has"), i, v)
        if (!has(conditions, json_string_value(v))) {
            snprintf(buf, size, "lacks %s", json_string_value(v));
            return buf;
        }
    json_array_foreach(json_object_get(expect, "not"), i, v)
        if (has_any(conditions, json_string_value(v))) {
            snprintf(buf, size, "has %s", json_string_value(v));
            return buf;
        }
    json_object_foreach(json_object_get(expect, "verdict"), arm, v)
        if (!verdict_right(expect, obs, arm, v)) {
            snprintf(buf, size, "%s is not %s", arm, json_string_value(v));
            return buf;
        }
    return NULL;
}

static void name_of(char *name, size_t size, json_t *truth)
{
    const char *class = json_string_value(json_object_get(truth, "class"));
    json_t *v;
    size_t i, at = 0;

    snprintf(name, size, "%s", class ? class : "healthy");
    json_array_foreach(json_object_get(truth, "behaviours"), i, v)
        at += class ? 0 : (size_t)snprintf(name + at, size - at, "%s%s", i ? "+" : "", json_string_value(v));
    if (json_is_true(json_object_get(truth, "control")) && at + 12 < size)
        snprintf(name + strlen(name), size - strlen(name), " (control)");
}

static json_t *load(const char *path, bool *doubled)
{
    FILE *f = fopen(path, "r");
    json_t *all = json_object();
    char key[128], *line = NULL;
    size_t cap = 0;
    ssize_t len;
    json_error_t e;

    if (!f) {
        pp_error_errno("cannot read '%s'", path);
        exit(2);
    }
    while ((len = getline(&line, &cap, f)) > 0) {
        json_t *v = json_loadb(line, (size_t)len, 0, &e);
        if (!v) {
            pp_error("%s: %s", path, e.text);
            exit(2);
        }
        key_of(key, sizeof key, v);
        *doubled |= json_object_get(all, key) != NULL;
        json_object_set_new(all, key, v);
    }
    free(line);
    fclose(f);
    return all;
}

/* The smallest k that a Poisson variable of mean M exceeds with a probability below 1e-6. */
static unsigned exceeded_rarely(double m)
{
    double p = exp(-m), sum = p;
    unsigned k = 0;

    for (; 1 - sum >= 1e-6; sum += p)
        p *= m / ++k;
    return k;
}

int main(int argc, char **argv)
{
    bool twice = false, live = argc > 1 && strcmp(argv[1], "--live") == 0;
    unsigned wrong = 0, lossy = 0, unlucky = 0, held_up = 0, most;
    const char *key;
    json_t *truth, *obs, *t;

    if (argc != 3 + live)
        return 2;
    truth = load(argv[1 + live], &twice);
    obs = load(argv[2 + live], &twice);
    if (twice || json_object_size(truth) != json_object_size(obs)) {
        pp_error("%zu targets, %zu observations%s", json_object_size(truth), json_object_size(obs),
                 twice ? ", some twice" : "");
        wrong++;
    }
    json_object_foreach(truth, key, t)
    {
        char name[96], buf[256];
        json_t *o = json_object_get(obs, key);
        const char *why = o ? differs(t, o, buf, sizeof buf) : "no observation";
        bool excused = live && loses(t) && o && is_single(o);
        name_of(name, sizeof name, t);
        struct row *row = row_of(name);
        row->hosts++;
        row->right += !why;
        lossy += excused;
        if (!why)
            continue;
        *(excused ? &unlucky : live && strstr(why, ".ipmark.") ? &held_up : &wrong) += 1;
        if (shown++ < SHOWN) {
            char *text = o ? json_dumps(json_object_get(o, "conditions"), JSON_COMPACT) : NULL;
            fprintf(stderr, "%s: %s: %s %s\n", key, name, why, text ? text : "");
            free(text);
        }
    }
    for (unsigned i = 0; i < nrows; i++)
        printf("%-40s %7u hosts %7u right%s\n", rows[i].name, rows[i].hosts, rows[i].right,
               rows[i].hosts == rows[i].right ? "" : "  <--");
    most = (unsigned)json_object_size(truth) / 400;
    if (live)
        printf("%u of %u hosts that lose packets differ, at most %u by chance; %u by packets held up, at most %u\n",
               unlucky, lossy, exceeded_rarely(lossy / 400.), held_up, most);
    json_decref(truth);
    json_decref(obs);
    return wrong || (live && (unlucky > exceeded_rarely(lossy / 400.) || held_up > most)) ? 1 : 0;
}
