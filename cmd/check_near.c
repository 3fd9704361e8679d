/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_near.c: finds the effect of the first hops on marks and flags, once for all experiments of a page, by a sweep
 * of AccECN-setup SYNs marked ECT(0), and one of SYNs with codepoint 46, over the first hops. An alteration that near
 * shows nothing about the path after it. A drop there makes arms fail; the run that confirms the failure checks the
 * vantage point with its own arms.
 */
#include "check.h"

#include "../core/base/error.h"

enum { LINE_MAX_BYTES = 1 << 16 };

static const struct {
    const char *experiment, *option, *arm; /* option: one of the experiment's own */
    const char *rows[3];                   /* the rows that need this sweep, NULL-terminated */
} sweeps[] = {
    {"accecn", NULL, "B3", {"ecn", "accecn", NULL}},
    {"dscp", "--codepoint=46", "B1", {"dscp", NULL, NULL}},
};

/* True if a row of T that needs the sweep was run. */
static bool is_wanted(const struct pp_check_target *t, const char *const *rows)
{
    for (; *rows; rows++)
        for (unsigned i = 0; i < PP_CHECK_ROWS; i++)
            if (strcmp(pp_check_asks[i].experiment, *rows) == 0 && t->row[i].state >= PP_CHECK_ASKED)
                return true;
    return false;
}

/* Writes CHANGE of a field (ip.ecn, tcp.flags, ...) at a hop in words. */
static void note_change(struct pp_check_near *near, const json_t *hop, const json_t *change)
{
    const char *field = json_string_value(json_object_get(change, "field"));
    const char *addr = json_string_value(json_array_get(json_object_get(hop, "addr"), 0));
    char *sent = json_dumps(json_object_get(change, "sent"), JSON_ENCODE_ANY);
    char *seen = json_dumps(json_object_get(change, "seen"), JSON_ENCODE_ANY);

    snprintf(near->addr, sizeof near->addr, "%s", addr ? addr : "");
    snprintf(near->what, sizeof near->what, "%s %s as %s", field ? field : "a field", sent ? sent : "",
             seen ? seen : "");
    free(sent);
    free(seen);
}

static bool is_ours(const char *field)
{
    return field && (strcmp(field, "ip.ecn") == 0 || strcmp(field, "ip.dscp") == 0 || strcmp(field, "tcp.flags") == 0);
}

static void read_hop(struct pp_check_near *near, const json_t *hop)
{
    unsigned ttl = (unsigned)json_integer_value(json_object_get(hop, "ttl"));
    const char *arm;
    json_t *cell, *change;
    size_t i;

    near->asked++;
    near->quoted += json_integer_value(json_object_get(hop, "quote")) > 0;
    json_object_foreach(json_object_get(hop, "arms"), arm, cell) {
        (void)arm;
        json_array_foreach(json_object_get(cell, "changes"), i, change) {
            if (!is_ours(json_string_value(json_object_get(change, "field"))) || (near->hop && near->hop <= ttl))
                continue;
            near->hop = ttl;
            note_change(near, hop, change);
        }
    }
}

static void took(struct pp_check_work *w, const char *text, size_t len)
{
    json_t *o = len < LINE_MAX_BYTES ? json_loadb(text, len, 0, NULL) : NULL, *hop;
    struct pp_check_target *t = pp_check_find(w, o);
    size_t i;

    if (t) {
        json_array_foreach(json_object_get(o, "hops"), i, hop) {
            read_hop(&t->near, hop);
        }
        w->c.flows++;
        pp_check_draw(w);
    }
    json_decref(o);
}

static void say(struct pp_check_work *w)
{
    for (unsigned n = 0; n < w->c.targets; n++) {
        const struct pp_check_target *t = &w->c.target[n];

        if (!t->near.hop || w->how->impaired)
            continue;
        pp_error("%s: this vantage alters the treatment: hop %u (%s) got %s", t->dip, t->near.hop, t->near.addr,
                 t->near.what);
        pp_hint("results for such packets would describe this network; --allow-impaired-vantage measures nevertheless");
        w->failed++;
        return; /* the other targets have the same first hops */
    }
}

void pp_check_ask_near(struct pp_check_work *w)
{
    char hops[24];

    snprintf(hops, sizeof hops, "--max-hops=%d", PP_CHECK_HOPS);
    for (size_t k = 0; k < sizeof sweeps / sizeof *sweeps && !pp_check_stopped(); k++) {
        const char *const options[] = {"--connect=tcp", "--census", "--format=ndjson", "--quiet", hops, "--arm",
                                       sweeps[k].arm, sweeps[k].option, NULL};
        struct pp_buf list;
        int code;

        pp_buf_init(&list, 1 << 20);
        for (unsigned n = 0; n < w->c.targets; n++)
            if (w->c.target[n].web && is_wanted(&w->c.target[n], sweeps[k].rows))
                pp_check_add(&list, &w->c.target[n], w->c.target[n].web);
        code = list.len ? pp_check_run(w, "trace", sweeps[k].experiment, options, &list, took) : 0;
        if (code != 0 && !pp_check_stopped())
            pp_check_failed(w, "trace", sweeps[k].experiment);
        pp_buf_release(&list);
    }
    say(w);
}
