/* SPDX-License-Identifier: BSD-2-Clause */
/* scenario_class.c: reads a class of hosts: its server, its path and the middleboxes on it, its losses. */
#include "scenario_class.h"

#include "scenario.h"

/* ---- a middlebox ---- */

static int read_behaviour(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_lab_box *box = target;
    const char *name;

    if (pp_reader_text(r, key, v, &name) < 0)
        return -1;
    box->behaviour = pp_behaviour_find(name);
    return box->behaviour ? 0 : pp_complain(r, "unknown behaviour '%s'", name);
}

static int read_dir(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_lab_box *box = target;
    const char *dir;

    if (pp_reader_text(r, key, v, &dir) < 0)
        return -1;
    box->dir = strcmp(dir, "fwd") == 0 ? PP_LAB_FWD : strcmp(dir, "rev") == 0 ? PP_LAB_REV : 0;
    return box->dir ? 0 : pp_complain(r, "'dir' must be \"fwd\" or \"rev\"");
}

static int read_hop(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_lab_box *box = target;
    json_int_t hop;

    if (pp_reader_integer(r, key, v, 1, 60, &hop) < 0)
        return -1;
    box->hop = (uint8_t)hop;
    return 0;
}

static int read_flows(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_lab_box *box = target;
    json_int_t flows;

    if (pp_reader_integer(r, key, v, 1, 10000, &flows) < 0)
        return -1;
    box->flows = (uint16_t)flows;
    return 0;
}

static int read_seconds(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_lab_box *box = target;
    json_int_t seconds;

    if (pp_reader_integer(r, key, v, 1, 3600, &seconds) < 0)
        return -1;
    box->seconds = (uint16_t)seconds;
    return 0;
}

static const struct pp_key box_keys[] = {{"behaviour", read_behaviour}, {"dir", read_dir},         {"hop", read_hop},
                                         {"flows", read_flows},         {"seconds", read_seconds}, {NULL, NULL}};

/*
 * Sets missing parameters of a behaviour that counts from its row; refuses such parameters for other behaviours. 0, or
 * -1 printed.
 */
static int counting_check(const struct pp_reader *r, struct pp_lab_box *box)
{
    const struct pp_counting *c = box->behaviour->counting;

    if (box->flows && (!c || !c->flows))
        return pp_complain(r, "'%s' knows no 'flows'", box->behaviour->name);
    if (box->seconds && (!c || !c->seconds))
        return pp_complain(r, "'%s' knows no 'seconds'", box->behaviour->name);
    if (c && !box->flows)
        box->flows = c->flows;
    if (c && !box->seconds)
        box->seconds = c->seconds;
    return 0;
}

static int box_check(const struct pp_reader *r, struct pp_lab_box *box)
{
    const struct pp_behaviour *b = box->behaviour;

    if (!b)
        return pp_complain(r, "a part of 'path' needs a 'behaviour'");
    if (counting_check(r, box) < 0)
        return -1;
    if (!b->dirs)
        return box->dir || box->hop ? pp_complain(r, "'%s' is the server's: it has neither 'dir' nor 'hop'", b->name)
                                    : 0;
    if (!box->dir || !box->hop)
        return pp_complain(r, "'%s' needs a 'dir' and a 'hop'", b->name);
    if (!(b->dirs & box->dir))
        return pp_complain(r, "'%s' works in the other direction only", b->name);
    return 0;
}

/* Sorts the behaviours in the order in which the client's packets meet them; the server's own are last. */
static void path_sort(struct pp_lab_class *c)
{
    for (unsigned i = 1; i < c->npath; i++) {
        struct pp_lab_box box = c->path[i];
        unsigned at = i;

        while (at && box.hop && (!c->path[at - 1].hop || c->path[at - 1].hop > box.hop)) {
            c->path[at] = c->path[at - 1];
            at--;
        }
        c->path[at] = box;
    }
}

/* ---- a class of hosts ---- */

static int read_share(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return pp_reader_number(r, key, v, 0, 1, &((struct pp_lab_class *)target)->share);
}

static int read_loss(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return pp_reader_number(r, key, v, 0, 1, &((struct pp_lab_class *)target)->loss);
}

static int read_return_loss(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return pp_reader_number(r, key, v, 0, 1, &((struct pp_lab_class *)target)->return_loss);
}

static int read_dup(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return pp_reader_number(r, key, v, 0, 1, &((struct pp_lab_class *)target)->dup);
}

static int read_reorder(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return pp_reader_number(r, key, v, 0, 1, &((struct pp_lab_class *)target)->reorder);
}

static int read_delay(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return pp_reader_number(r, key, v, 0, 60000, &((struct pp_lab_class *)target)->delay_ms);
}

static int read_jitter(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return pp_reader_number(r, key, v, 0, 60000, &((struct pp_lab_class *)target)->jitter_ms);
}

static int read_control(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return pp_reader_boolean(r, key, v, &((struct pp_lab_class *)target)->control);
}

static int read_name(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_lab_class *c = target;
    const char *name;

    if (pp_reader_text(r, key, v, &name) < 0)
        return -1;
    if (strlen(name) >= sizeof c->name)
        return pp_complain(r, "'name' is longer than %zu bytes", sizeof c->name - 1);
    snprintf(c->name, sizeof c->name, "%s", name);
    return 0;
}

static int read_burst_loss(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return pp_reader_number(r, key, v, 0, 0.8, &((struct pp_lab_class *)target)->burst_loss);
}

static int read_burst_ms(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return pp_reader_number(r, key, v, 1, 60000, &((struct pp_lab_class *)target)->burst_ms);
}

static const struct pp_key burst_keys[] = {{"loss", read_burst_loss}, {"ms", read_burst_ms}, {NULL, NULL}};

static int read_burst(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_lab_class *c = target;

    (void)key;
    c->burst_ms = 0;
    if (pp_reader_object(r, v, burst_keys, target, "'burst'") < 0)
        return -1;
    return c->burst_ms > 0 ? 0 : pp_complain(r, "'burst' needs 'ms'");
}

static int read_families(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_lab_class *c = target;
    json_int_t family = 0;

    if (pp_reader_list(r, key, v, 2) < 0)
        return -1;
    c->families = 0;
    for (size_t i = 0; i < json_array_size(v); i++) {
        if (pp_reader_integer(r, key, json_array_get(v, i), 4, 6, &family) < 0)
            return -1;
        if (family == 5)
            return pp_complain(r, "'families' knows 4 and 6");
        c->families |= family == 4 ? 1 : 2;
    }
    return 0;
}

static int read_server(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    static const char *const kinds[] = {
        [PP_LAB_ECN] = "ecn", [PP_LAB_PLAIN] = "plain", [PP_LAB_REFUSE] = "refuse", [PP_LAB_SILENT] = "silent"};
    const char *name;

    if (pp_reader_text(r, key, v, &name) < 0)
        return -1;
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(name, kinds[i]) == 0) {
            ((struct pp_lab_class *)target)->server = (uint8_t)i;
            return 0;
        }
    }
    return pp_complain(r, "unknown server '%s' (ecn, plain, refuse, silent)", name);
}

static int read_ports(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_lab_class *c = target;
    json_int_t port;

    if (pp_reader_list(r, key, v, sizeof c->ports / sizeof *c->ports) < 0)
        return -1;
    c->nports = 0;
    for (size_t i = 0; i < json_array_size(v); i++) {
        if (pp_reader_integer(r, key, json_array_get(v, i), 1, 65535, &port) < 0)
            return -1;
        c->ports[c->nports++] = (uint16_t)port;
    }
    return 0;
}

static int read_path(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    struct pp_lab_class *c = target;

    if (!(json_is_array(v) && json_array_size(v) == 0) && pp_reader_list(r, key, v, PP_LAB_BOXES) < 0)
        return -1;
    c->npath = 0;
    for (size_t i = 0; i < json_array_size(v); i++) {
        struct pp_lab_box *box = &c->path[c->npath++];

        *box = (struct pp_lab_box){0};
        if (pp_reader_object(r, json_array_get(v, i), box_keys, box, "a part of 'path'") < 0 || box_check(r, box) < 0)
            return -1;
    }
    path_sort(c);
    return 0;
}

static int read_fail_p(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    return pp_reader_number(r, key, v, 0, 1, &((struct pp_lab_class *)target)->flow_fail_p);
}

static int read_fail_kind(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    const char *kind;

    if (pp_reader_text(r, key, v, &kind) < 0)
        return -1;
    if (strcmp(kind, "iid") != 0 && strcmp(kind, "episode") != 0)
        return pp_complain(r, "'kind' must be \"iid\" or \"episode\"");
    ((struct pp_lab_class *)target)->flow_fail_episode = kind[0] == 'e';
    return 0;
}

static const struct pp_key fail_keys[] = {{"p", read_fail_p}, {"kind", read_fail_kind}, {NULL, NULL}};

static int read_flow_fail(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    (void)key;
    return pp_reader_object(r, v, fail_keys, target, "'flow_fail'");
}

const struct pp_key pp_scenario_class_keys[] = {
    {"share", read_share}, {"families", read_families}, {"server", read_server},   {"ports", read_ports},
    {"path", read_path},   {"loss", read_loss},         {"delay_ms", read_delay},  {"jitter_ms", read_jitter},
    {"dup", read_dup},     {"reorder", read_reorder},   {"flow_fail", read_flow_fail}, {"control", read_control},
    {"burst", read_burst}, {"name", read_name},         {"return_loss", read_return_loss}, {"note", pp_reader_note},
    {"routers", pp_scenario_routers},
    {NULL, NULL},
};
