/* SPDX-License-Identifier: BSD-2-Clause */
/* scenario.c: reads a lab's description from JSON, built in or from a file. */
#include "scenario.h"

#include "../boxes/behaviour.h"
#include "builtin.h"
#include "scenario_class.h"

#include <errno.h>
#include <math.h>

#define FILE_MAX (1u << 20) /* bytes */

static int read_name(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_scenario *s = target;
    const char *name;

    if (pp_reader_text(r, key, v, &name) < 0)
        return -1;
    if (strlen(name) >= sizeof s->name)
        return pp_complain(r, "'name' is longer than %zu bytes", sizeof s->name - 1);
    snprintf(s->name, sizeof s->name, "%s", name);
    return 0;
}

static int read_seed(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_scenario *s = target;
    json_int_t seed;

    if (pp_reader_integer(r, key, v, 0, INT64_MAX, &seed) < 0)
        return -1;
    s->seed = (uint64_t)seed;
    return 0;
}

static int read_vantage(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_scenario *s = target;
    return pp_reader_boolean(r, key, v, &s->vantage);
}

#define HOPS_MAX 63 /* routers; a TTL of 64 just reaches a host after so many */

static int read_hops(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_scenario *s = target;
    json_int_t lo, hi;

    if (!json_is_array(v) || json_array_size(v) != 2)
        return pp_complain(r, "'hops' must be two numbers, the least and the most");
    if (pp_reader_integer(r, key, json_array_get(v, 0), 1, HOPS_MAX, &lo) < 0 ||
        pp_reader_integer(r, key, json_array_get(v, 1), lo, HOPS_MAX, &hi) < 0)
        return -1;
    s->hops_min = (uint8_t)lo;
    s->hops_max = (uint8_t)hi;
    return 0;
}

static int read_hosts(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_scenario *s = target;
    if (pp_reader_list(r, key, v, PP_LAB_CLASSES) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(v); i++) {
        struct pp_lab_class *c = &s->hosts[s->nhosts++];

        *c = (struct pp_lab_class){.share = -1, .families = 3, .ports = {80}, .nports = 1};
        if (pp_reader_object(r, json_array_get(v, i), pp_scenario_class_keys, c, "'hosts'") < 0)
            return -1;
        if (c->share < 0)
            return pp_complain(r, "a class of 'hosts' needs a 'share'");
    }
    return 0;
}

static const struct pp_key top_keys[] = {
    {"name", read_name},   {"seed", read_seed}, {"hops", read_hops}, {"vantage", read_vantage},
    {"hosts", read_hosts}, {"note", pp_reader_note}, {NULL, NULL},
};

/* Checks that need the whole scenario. 0, or -1 printed. */
static int check(const struct pp_reader *r, const struct pp_scenario *s)
{
    double sum = 0;

    if (!s->nhosts)
        return pp_error("scenario '%s' has no 'hosts'", r->where);
    for (unsigned c = 0; c < s->nhosts; c++) {
        sum += s->hosts[c].share;
        for (unsigned b = 0; b < s->hosts[c].npath; b++) {
            const struct pp_lab_box *box = &s->hosts[c].path[b];

            if (box->hop && box->hop < PP_LAB_BOX_HOP && !s->vantage) {
                pp_error("scenario '%s': '%s' at hop %u is nearer than hop %d", r->where, box->behaviour->name,
                         box->hop, PP_LAB_BOX_HOP);
                return pp_hint("\"vantage\": true says that the vantage is meant to be impaired");
            }
            if (box->hop >= s->hops_max)
                return pp_error("scenario '%s': '%s' at hop %u is not on a path of at most %u hops", r->where,
                                box->behaviour->name, box->hop, s->hops_max);
        }
    }
    if (fabs(sum - 1) > 1e-6)
        return pp_error("scenario '%s': shares sum to %g, not to 1", r->where, sum);
    return 0;
}

int pp_scenario_parse(struct pp_scenario *s, const char *where, const char *json, size_t len)
{
    struct pp_reader r = {0};
    json_error_t err;
    json_t *root;
    int ret = -1;

    *s = (struct pp_scenario){.seed = 1, .hops_min = 6, .hops_max = 12};
    root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &err);
    if (!root)
        return pp_error("scenario '%s', line %d: %s", where, err.line, err.text);
    if (pp_reader_init(&r, where, json, len) < 0 || pp_reader_object(&r, root, top_keys, s, "a scenario") < 0 ||
        check(&r, s) < 0)
        goto out;
    ret = 0;
out:
    free(r.lines);
    json_decref(root);
    return ret;
}

static int load_file(struct pp_scenario *s, const char *name)
{
    FILE *f = fopen(name, "re");
    char *bytes = NULL;
    size_t len;
    int ret = -1;

    if (!f) {
        if (errno != ENOENT || strchr(name, '/'))
            return pp_error_errno("cannot open scenario '%s'", name);
        pp_error("no scenario '%s', and no such file", name);
        return pp_hint("built in are accuracy, counting, demo, ecn, healthy and mixed");
    }
    bytes = malloc(FILE_MAX);
    if (!bytes) {
        pp_error("no memory for a scenario");
        goto out;
    }
    len = fread(bytes, 1, FILE_MAX, f);
    if (ferror(f))
        pp_error_errno("cannot read scenario '%s'", name);
    else if (len == FILE_MAX)
        pp_error("scenario '%s' is larger than %u bytes", name, FILE_MAX - 1);
    else
        ret = pp_scenario_parse(s, name, bytes, len);
out:
    free(bytes);
    fclose(f);
    return ret;
}

int pp_scenario_load(struct pp_scenario *s, const char *name)
{
    size_t len;
    const char *builtin = pp_builtin_get(name, &len);

    return builtin ? pp_scenario_parse(s, name, builtin, len) : load_file(s, name);
}
