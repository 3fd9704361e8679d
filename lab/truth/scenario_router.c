/* SPDX-License-Identifier: BSD-2-Clause */
/* scenario_router.c: reads how routers on the path to a class of hosts answer. */
#include "scenario_class.h"

#include "scenario.h"

static int read_small(struct pp_reader *r, const char *key, json_t *v, json_int_t lo, json_int_t hi, uint16_t *out)
{
    json_int_t n;

    if (pp_reader_integer(r, key, v, lo, hi, &n) < 0)
        return -1;
    *out = (uint16_t)n;
    return 0;
}

static int read_hop(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return read_small(r, key, v, 1, 60, &((struct pp_lab_router *)target)->hop);
}

static int read_answers(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_lab_router *router = target;
    double share;

    if (pp_reader_number(r, key, v, 0, 1, &share) < 0)
        return -1;
    router->silence = 1 - share;
    return 0;
}

static int read_quote(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return read_small(r, key, v, 1, 1232, &((struct pp_lab_router *)target)->quote);
}

static int read_labels(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return read_small(r, key, v, 1, PP_LAB_LABELS, &((struct pp_lab_router *)target)->labels);
}

static int read_rate(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return read_small(r, key, v, 1, 1000, &((struct pp_lab_router *)target)->rate);
}

static int read_ways(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return read_small(r, key, v, 1, 64, &((struct pp_lab_router *)target)->ways);
}

static int read_by(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    static const char *const names[] = {
        [PP_LAB_BY_FLOW] = "flow", [PP_LAB_BY_TOS] = "tos", [PP_LAB_BY_PACKET] = "packet", [PP_LAB_BY_TIME] = "time"};
    const char *name;

    if (pp_reader_text(r, key, v, &name) < 0)
        return -1;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) {
            ((struct pp_lab_router *)target)->by = (uint8_t)i;
            return 0;
        }
    return pp_complain(r, "unknown 'by' '%s' (flow, tos, packet, time)", name);
}

static const struct pp_key router_keys[] = {{"hop", read_hop},       {"answers", read_answers}, {"quote", read_quote},
                                            {"labels", read_labels}, {"rate", read_rate},       {"ways", read_ways},
                                            {"by", read_by},         {NULL, NULL}};

int pp_scenario_routers(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_lab_class *c = target;

    if (pp_reader_list(r, key, v, PP_LAB_ROUTERS) < 0)
        return -1;
    c->nrouters = 0;
    for (size_t i = 0; i < json_array_size(v); i++) {
        struct pp_lab_router *router = &c->router[c->nrouters++];

        *router = (struct pp_lab_router){0};
        if (pp_reader_object(r, json_array_get(v, i), router_keys, router, "a part of 'routers'") < 0)
            return -1;
    }
    return 0;
}
