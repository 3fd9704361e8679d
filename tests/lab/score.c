/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * score.c: joins observations with the truth. The end of a truth line is equal for a whole class: ends are compared as
 * text, and only one line per class is parsed. Observations are parsed one at a time.
 */
#include "score.h"

#include "core/base/error.h"

#include <jansson.h>

#define LINE_MAX_LEN (256u << 10)

struct score_target {
    struct pp_addr addr;
    uint16_t port;
    uint8_t class; /* + 1; 0: no target in this place */
    bool seen;
};

struct score_line {
    char text[LINE_MAX_LEN];
    size_t len;
};

/* ---- targets ---- */

static struct score_target *place_of(struct score *s, const struct pp_addr *a, uint16_t port)
{
    uint64_t w[2], at;

    memcpy(w, a, sizeof w);
    at = (w[0] ^ w[1] * UINT64_C(0x9e3779b97f4a7c15) ^ port) * UINT64_C(0xbf58476d1ce4e5b9);
    for (at ^= at >> 29;; at++) {
        struct score_target *t = &s->table[at & s->mask];

        if (!t->class || (t->port == port && pp_addr_eq(&t->addr, a)))
            return t;
    }
}

/* ---- classes ---- */

static int word_of(const char *text)
{
    for (int i = 0; text && i < PP_VERDICTS; i++) {
        if (strcmp(text, pp_verdict_name[i]) == 0 ||
            (pp_verdict_name_alone[i] && strcmp(text, pp_verdict_name_alone[i]) == 0))
            return i;
    }
    return -1;
}

static void name_of(char *name, size_t size, json_t *truth)
{
    const char *class = json_string_value(json_object_get(truth, "class")), *dir = NULL;
    const char *server = json_string_value(json_object_get(truth, "server"));
    json_t *boxes = json_object_get(truth, "path"), *v;
    size_t i, at = 0;

    if (!class && server && (strcmp(server, "silent") == 0 || strcmp(server, "refuse") == 0))
        class = server;
    snprintf(name, size, "%s", class ? class : "healthy");
    if (class)
        return;
    json_array_foreach(json_object_get(truth, "behaviours"), i, v) {
        if (at < size)
            at += (size_t)snprintf(name + at, size - at, "%s%s", i ? " + " : "", json_string_value(v));
    }
    if (json_array_size(boxes) == 1)
        dir = json_string_value(json_object_get(json_array_get(boxes, 0), "dir"));
    snprintf(name + strlen(name), size - strlen(name), "%s%s%s", dir ? " " : "", dir ? dir : "",
             server && strcmp(server, "plain") == 0 ? ", no ECN" : "");
}

/* TAIL is an object without its first brace. */
static int class_read(struct score *s, struct score_class *c, const char *tail)
{
    char text[LINE_MAX_LEN];
    json_t *truth, *expect, *word;
    const char *arm, *why;

    snprintf(text, sizeof text, "{%s", tail);
    truth = json_loads(text, 0, NULL);
    if (!truth)
        return pp_error("the lab's truth is no JSON");
    expect = json_object_get(json_object_get(json_object_get(truth, "expect"), s->experiment), s->mode);
    name_of(c->name, sizeof c->name, truth);
    c->control = json_is_true(json_object_get(truth, "control"));
    c->healthy = !c->control && json_array_size(json_object_get(truth, "behaviours")) == 0;
    json_object_foreach(json_object_get(expect, "verdict"), arm, word) {
        struct score_arm *a = &c->arm[c->narms];

        if (c->narms == SCORE_ARMS)
            break;
        c->narms++;
        snprintf(a->name, sizeof a->name, "%s", arm);
        a->expect = word_of(json_string_value(word));
        c->healthy &= a->expect != PP_VERDICT_OFFLINE;
        a->works_too = json_array_size(json_object_get(json_object_get(expect, "also"), arm)) > 0; /* the first */
        why = json_string_value(json_object_get(json_object_get(expect, "why"), arm));
        snprintf(a->why, sizeof a->why, "%s", why ? why : "");
    }
    json_decref(truth);
    return c->narms ? 0 : pp_error("the truth expects nothing of an arm in mode '%s'", s->mode);
}

static int class_of(struct score *s, const char *tail)
{
    for (unsigned i = 0; i < s->nclasses; i++) {
        if (strcmp(s->tail[i], tail) == 0)
            return (int)i;
    }
    if (s->nclasses == SCORE_CLASSES)
        return pp_error("more than %d classes of hosts", SCORE_CLASSES);
    s->tail[s->nclasses] = strdup(tail);
    if (!s->tail[s->nclasses])
        return pp_error("no memory for the truth");
    if (class_read(s, &s->class[s->nclasses++], tail) < 0)
        return -1;
    return (int)s->nclasses - 1;
}

/* ---- the truth ---- */

static int truth_line(struct score *s, char *line)
{
    static const char dip[] = "{\"dip\":\"", dp[] = "\",\"dp\":";
    char *end, *rest = strstr(line, "\"behaviours\"");
    struct score_target *t;
    struct pp_addr a;
    unsigned long port;
    int class;

    if (strncmp(line, dip, sizeof dip - 1) != 0 || !(end = strstr(line, dp)) || !rest ||
        pp_addr_parse(&a, line + sizeof dip - 1, (size_t)(end - line) - (sizeof dip - 1)) < 0)
        return pp_error("a line of the truth without dip and dp");
    port = strtoul(end + sizeof dp - 1, NULL, 10);
    class = class_of(s, rest);
    if (class < 0)
        return -1;
    t = place_of(s, &a, (uint16_t)port);
    if (t->class)
        return pp_error("the lab has a target twice");
    *t = (struct score_target){.addr = a, .port = (uint16_t)port, .class = (uint8_t)(class + 1)};
    s->targets++;
    return 0;
}

/* A stream for the truth of the lab, which is long and is not kept. */
static ssize_t truth_write(void *cookie, const char *bytes, size_t len)
{
    struct score *s = cookie;
    struct score_line *line = s->line;

    for (size_t i = 0; i < len; i++) {
        if (line->len == sizeof line->text)
            return 0;
        line->text[line->len++] = bytes[i];
        if (bytes[i] != '\n')
            continue;
        line->text[line->len - 1] = 0;
        line->len = 0;
        if (truth_line(s, line->text) < 0)
            return 0;
    }
    return (ssize_t)len;
}

int score_init(struct score *s, const struct pp_lab *lab, uint64_t hosts, const char *experiment, const char *mode)
{
    FILE *f = NULL;
    uint64_t cap = 16;
    int ret;

    *s = (struct score){.experiment = experiment, .mode = mode};
    while (cap < 2 * hosts)
        cap *= 2;
    s->mask = cap - 1;
    s->table = calloc(cap, sizeof *s->table);
    s->line = calloc(1, sizeof *s->line);
    if (s->table && s->line)
        f = fopencookie(s, "w", (cookie_io_functions_t){.write = truth_write});
    if (!f)
        return pp_error("no memory for the truth");
    ret = pp_lab_write_truth_of(lab, experiment, mode, f);
    if (fclose(f))
        ret = -1;
    if (ret == 0 && s->targets != hosts)
        ret = pp_error("the truth has %llu lines for %llu hosts", (unsigned long long)s->targets,
                       (unsigned long long)hosts);
    s->missing = s->targets;
    return ret;
}

void score_release(struct score *s)
{
    for (unsigned i = 0; i < s->nclasses; i++)
        free(s->tail[i]);
    free(s->line);
    free(s->table);
}

/* ---- observations ---- */

static json_t *arm_of(json_t *array, const char *name)
{
    json_t *v;
    size_t i;

    json_array_foreach(array, i, v) {
        const char *arm = json_string_value(json_object_get(v, "arm"));

        if (arm && strcmp(arm, name) == 0)
            return v;
    }
    return NULL;
}

static void count(struct score_arm *a, json_t *verdict, bool valid)
{
    int word = word_of(json_string_value(json_object_get(verdict, "verdict")));
    const char *why = json_string_value(json_object_get(verdict, "why"));
    json_t *b = json_object_get(verdict, "b");

    a->n++;
    if (!valid || word < 0) {
        a->invalid++;
        return;
    }
    a->word[word]++;
    if (word == PP_VERDICT_UNSTABLE)
        a->why_right += !a->why[0] || (why && strcmp(why, a->why) == 0);
    if (word == PP_VERDICT_WORKS)
        a->met += json_integer_value(json_array_get(b, 1)) - json_integer_value(json_array_get(b, 0)) >= 2;
}

/* Counts the dummy in round 1, which is sent like an arm and treated like the baseline. */
static void count_dummy(struct score *s, json_t *obs)
{
    json_t *rounds = json_object_get(arm_of(json_object_get(obs, "verdicts"), "D"), "rounds");
    json_t *first = json_array_get(rounds, 0), *flows = json_object_get(first, "flows");
    json_t *a = arm_of(flows, "A"), *d = arm_of(flows, "D");

    if (json_integer_value(json_object_get(first, "n")) != 1 || !a || !d || !json_is_true(json_object_get(a, "ok")))
        return;
    s->aa_n++;
    s->aa_fail += json_is_false(json_object_get(d, "ok"));
}

static void observation(struct score *s, json_t *obs)
{
    const char *dip = json_string_value(json_object_get(obs, "dip"));
    json_t *verdicts = json_object_get(obs, "verdicts");
    struct score_target *t;
    struct score_class *c;
    struct pp_addr a;
    bool valid = json_is_true(json_object_get(json_object_get(obs, "quality"), "valid"));

    if (!dip || pp_addr_parse(&a, dip, strlen(dip)) < 0) {
        s->unknown++;
        return;
    }
    t = place_of(s, &a, (uint16_t)json_integer_value(json_object_get(obs, "dp")));
    if (!t->class || t->seen) {
        ++*(t->class ? &s->twice : &s->unknown);
        return;
    }
    t->seen = true;
    s->missing--;
    c = &s->class[t->class - 1];
    for (unsigned i = 0; i < c->narms; i++)
        count(&c->arm[i], arm_of(verdicts, c->arm[i].name), valid);
    if (c->healthy && valid)
        count_dummy(s, obs);
}

int score_read(struct score *s, const char *path)
{
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    int ret = 0;

    if (!f)
        return pp_error_errno("cannot read '%s'", path);
    while (ret == 0 && (len = getline(&line, &cap, f)) > 0) {
        json_t *obs = json_loadb(line, (size_t)len, 0, NULL);

        if (obs)
            observation(s, obs);
        else
            ret = pp_error("an observation is no JSON: %.200s", line);
        json_decref(obs);
    }
    if (ferror(f))
        ret = pp_error_errno("cannot read '%s'", path);
    free(line);
    fclose(f);
    return ret;
}
