/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * places.c: places against the truth of the lab, in virtual time, over both families: whether the true boundary lies in
 * the interval, how wide that is, and that no place is named on a path without a box. Part of `make accuracy`.
 *
 *   places run PART HOSTS SEED FIRST STEP   rows FIRST, FIRST + STEP, ..., each over a tenth of HOSTS
 *   places report ACCURACY_JSON PART...     prints the table and its bars, and adds its rows to ACCURACY_JSON
 */
#include "places.h"

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/trace/tracer.h"
#include "core/verdict/stats.h"
#include "lab/stage/virtual.h"

#include <jansson.h>

#include <inttypes.h>
#include <math.h>

#define IN_FLIGHT 200 /* each may hold some 300 KiB */

/* What was found of one row. */
struct place_counts {
    uint64_t targets, met, located, wrong, narrow, other, through, pairs, packets;
};

struct bench {
    const struct places_row *row;
    struct pp_lab *lab;
    uint64_t next, hosts;
    struct place_counts n;
};

static struct pp_target *take(void *arg, bool *end)
{
    struct bench *b = arg;
    struct pp_target *t;
    struct pp_lab_host h;

    *end = b->next == b->hosts;
    if (*end || !(t = calloc(1, sizeof *t)))
        return NULL;
    pp_lab_host(b->lab, b->next++, &h);
    *t = (struct pp_target){.addr = h.addr, .port = h.port, .domain = "www.example"};
    t->asn = h.class_index; /* the hop of its box; nothing else reads this field here */
    return t;
}

/* Of several findings one is enough: a clamped size and stripped options are two rewrites at one place. */
static void look_at(struct bench *b, const struct pp_where *w, unsigned hop, bool answered)
{
    const struct places_row *row = b->row;
    bool found = false, narrow = true, wrong = false, other = false;

    for (unsigned i = 0; i < w->places; i++) {
        const struct pp_place *p = &w->place[i];
        if (!pp_place_stands(p))
            continue;
        b->n.through += p->kind == PP_PLACE_DROP && answered;
        if (row->kind < 0 || p->kind != row->kind) {
            other = true;
            continue;
        }
        found = true;
        wrong |= !p->has_from || p->from.ttl > hop || (p->has_to && p->to.ttl <= hop);
        narrow &= p->has_to && p->to.ttl == p->from.ttl + 1;
    }
    b->n.located += found;
    b->n.wrong += wrong;
    b->n.narrow += found && narrow;
    b->n.other += other;
}

static void done(void *arg, const struct pp_traced *t)
{
    struct bench *b = arg;
    const struct pp_sweep *sweep[PP_WHERE_PAIRS_MAX];
    const struct pp_where *w;
    bool answered = false;
    unsigned n;
    int on;

    b->n.targets++;
    if (!t->flow[0])
        return;
    w = pp_locate_where(t->flow[0], 0, &on);
    n = pp_locate_sweeps(t->flow[0], 0, false, sweep);
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < sweep[i]->hops; k++)
            answered |= sweep[i]->hop[k].what == PP_SEEN_ANSWER;
    b->n.pairs += n;
    b->n.packets += pp_locate_packets(t->flow[0]);
    b->n.met += b->row->kind != PP_PLACE_DROP || !answered;
    look_at(b, w, b->row->from + t->target->asn, answered);
}

/* The lab of a row: a class of hosts for each hop that its box is at. */
static void scenario_of(const struct places_row *row, struct pp_buf *json)
{
    unsigned classes = row->to - row->from + 1;

    pp_buf_adds(json, "{\"hops\": [13, 15], \"vantage\": true, \"hosts\": [");
    for (unsigned i = 0; i < classes; i++) {
        unsigned hop = row->from + i;
        pp_buf_addf(json, "%s{\"share\": %.9f, %s", i ? ", " : "", 1. / classes, row->server);
        for (unsigned k = 0; k < PLACES_BOXES && row->behaviour[k]; k++)
            pp_buf_addf(json, "%s{\"dir\": \"fwd\", \"hop\": %u, \"behaviour\": \"%s}", k ? ", " : ", \"path\": [", hop,
                        row->behaviour[k]);
        if (row->behaviour[0])
            pp_buf_addc(json, ']');
        if (row->routers)
            pp_buf_addf(json, ", \"routers\": [%s", row->routers);
        for (unsigned k = 0; k < row->silent; k++) /* behind the box; of three, one before it, too */
            pp_buf_addf(json, "%s{\"hop\": %u, \"answers\": 0}", k ? ", " : ", \"routers\": [",
                        hop + k + (row->silent == 1));
        pp_buf_adds(json, row->routers || row->silent ? "]}" : "}");
    }
    pp_buf_adds(json, "]}");
}

static int trace(struct bench *b, uint64_t seed)
{
    static struct pp_scenario s;
    static const uint16_t ports[] = {61000, 61001};
    const struct places_row *row = b->row;
    struct pp_vantage v = {.ifname = "virtual", .linktype = -1};
    struct pp_plan plan = {.connect_timeout = INT64_C(10000000000)};
    struct pp_locate_arm arm = {.arm = (uint8_t)row->arm, .ask = {.alpha = PP_WHERE_ALPHA, .pairs_max = 12}};
    struct pp_lab_stats stats;
    struct pp_live_counters counters = {0};
    struct pp_token_bucket rate;
    struct pp_wire *wire;
    struct pp_buf json;
    _Atomic int stop = 0;
    int result = -1;

    pp_buf_init(&json, 1 << 20);
    scenario_of(row, &json);
    if (json.failed || pp_scenario_parse(&s, row->what, json.data, json.len) < 0)
        BUG("the scenario of row '%s'", row->what);
    pp_buf_release(&json);
    b->lab = pp_lab_new(&s, b->hosts, seed);
    wire = b->lab ? pp_virtual_open(b->lab, NULL, seed + 11) : NULL;
    if (!wire)
        return pp_error("out of memory");
    pp_addr_parse(&v.v4.addr, "192.0.2.1", 9);
    pp_addr_parse(&v.v6.addr, "2001:db8::1", 11);
    v.v4.usable = v.v6.usable = true;
    v.v4.mtu = v.v6.mtu = 1500;
    if (pp_plan_init(&plan, row->plugin, NULL, &v) == 0) {
        pp_token_bucket_init(&rate, 0, 1, pp_wire_now(wire));
        result = pp_tracer_run(&(struct pp_tracer_config){
            .plan = &plan, .wire = wire, .ports = ports, .nports = 2, .rate = &rate, .seed = seed + 5,
            .in_flight = IN_FLIGHT, .flows = 1, .arm = &arm, .narms = 1, .source = {.arg = b, .take = take},
            .counters = &counters, .stop = &stop, .stop_at = row->stop_at, .hop_rate = row->hop_rate, .arg = b,
            .done = done});
        pp_plan_release(&plan);
    }
    pp_lab_stats(b->lab, &stats);
    /* A run that is told to end takes no more targets, and hands out each that it took. A connection stays open where
     * its RST was lost, or was on its way when the run ended. */
    if (result == 0 && (b->n.targets != (row->stop_at ? b->next : b->hosts) ||
                        (stats.connections && !row->stop_at && !strstr(row->server, "loss"))))
        result = pp_error("%s: %" PRIu64 " of %" PRIu64 " targets, %" PRIu64 " connections left open", row->what,
                          b->n.targets, b->hosts, stats.connections);
    wire->ops->free(wire);
    pp_lab_free(b->lab);
    return result;
}

static int run(char **argv)
{
    uint64_t hosts = strtoull(argv[1], NULL, 10), seed = strtoull(argv[2], NULL, 10);
    FILE *f = fopen(argv[0], "we");
    int result = 0;

    if (!f)
        return pp_error_errno("cannot write '%s'", argv[0]);
    for (unsigned i = (unsigned)strtoul(argv[3], NULL, 10); i < places_rows && result == 0;
         i += (unsigned)strtoul(argv[4], NULL, 10)) {
        struct bench b = {.row = &places_row[i], .hosts = hosts / 10};
        result = trace(&b, seed * 1000 + i);
        fprintf(f, "%u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
                   " %" PRIu64 "\n", i, b.n.targets, b.n.met, b.n.located, b.n.wrong, b.n.narrow, b.n.other,
                b.n.through, b.n.pairs, b.n.packets);
    }
    return fclose(f) ? pp_error_errno("cannot write '%s'", argv[0]) : result;
}

/* ---- report ----------------------------------------------------------------------------------------------------- */

static int read_part(struct place_counts *all, bool *there, const char *path)
{
    FILE *f = fopen(path, "re");
    struct place_counts n;
    unsigned i;
    int got;

    if (!f)
        return pp_error_errno("cannot read '%s'", path);
    while ((got = fscanf(f, "%u %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                            " %" SCNu64 " %" SCNu64, &i, &n.targets, &n.met, &n.located, &n.wrong, &n.narrow, &n.other,
                         &n.through, &n.pairs, &n.packets)) == 10 &&
           i < places_rows) {
        all[i] = n;
        there[i] = true;
    }
    fclose(f);
    return got == EOF ? 0 : pp_error("'%s' is no part of this program", path);
}

static double share(uint64_t k, uint64_t n)
{
    return n ? 100 * (double)k / (double)n : 0;
}

/* The most wrong places: the 99.9 % limit for alpha of the located targets, or of those without a box. */
static uint64_t most_wrong(const struct places_row *row, const struct place_counts *n)
{
    return bars_poisson(PP_WHERE_ALPHA * (double)(row->kind < 0 ? n->targets : n->located));
}

/* At least 99 % of N, but for what chance explains. */
static bool nearly_all(uint64_t k, uint64_t n)
{
    return pp_binomial_lower(n - k, n, .999) <= .01;
}

static bool holds(const struct places_row *row, const struct place_counts *n)
{
    uint64_t wrong = n->wrong + n->other;

    if (!n->targets || wrong > most_wrong(row, n) || n->through)
        return false;
    if (row->kind < 0)
        return n->located == 0;
    /* The evidence for a box that drops all packets is E, which takes seven pairs if nothing else is silent or lost. */
    if (row->kind == PP_PLACE_DROP && row->bar != PLACES_RIGHT && n->met == n->targets && n->pairs != 7 * n->targets)
        return false;
    return row->bar == PLACES_RIGHT || (nearly_all(n->located, n->met) &&
                                        (row->bar == PLACES_NAMED || nearly_all(n->narrow, n->located)));
}

static void put_row(FILE *out, const struct places_row *row, const struct place_counts *n, bool pass)
{
    json_t *v = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:b}", "what", "place", "row", row->what,
                          "n", (json_int_t)n->targets, "met", (json_int_t)n->met, "located", (json_int_t)n->located,
                          "wrong", (json_int_t)(n->wrong + n->other), "bound", (json_int_t)most_wrong(row, n),
                          "narrow", (json_int_t)n->narrow, "pairs", (double)n->pairs / (double)n->targets, "packets",
                          (double)n->packets / (double)n->targets, "pass", pass);

    if (!v || json_dumpf(v, out, JSON_COMPACT) < 0)
        BUG("a row that is no JSON");
    putc('\n', out);
    json_decref(v);
}

static int report(const char *json, char **parts)
{
    struct place_counts *all = calloc(places_rows, sizeof *all);
    bool *there = calloc(places_rows, sizeof *there);
    unsigned held = 0, missed = 0;
    FILE *out = NULL;
    int result = all && there ? 0 : pp_error("out of memory");

    for (; result == 0 && *parts; parts++)
        result = read_part(all, there, *parts);
    if (result == 0 && !(out = fopen(json, "ae")))
        result = pp_error_errno("cannot write '%s'", json);
    if (result == 0)
        printf("\nPlaces against the truth, named at %g.\n     %-43s %7s %6s %7s %9s %6s %7s\n", PP_WHERE_ALPHA,
               "on the way", "targets", "named", "width 1", "wrong", "pairs", "packets");
    for (unsigned i = 0; result == 0 && i < places_rows; i++) {
        const struct places_row *row = &places_row[i];
        const struct place_counts *n = &all[i];
        bool pass = there[i] && holds(row, n);
        char wrong[48], width[16] = "";

        ++*(pass ? &held : &missed);
        snprintf(wrong, sizeof wrong, "%" PRIu64 "/%" PRIu64, n->wrong + n->other, most_wrong(row, n));
        if (row->kind >= 0)
            snprintf(width, sizeof width, "%5.1f %%", share(n->narrow, n->located));
        printf("%s %-43s %7" PRIu64 " %4.0f %% %7s %9s %6.1f %7.0f\n", pass ? "ok  " : "MISS", row->what, n->targets,
               share(n->located, n->met), width, wrong, (double)n->pairs / (double)n->targets,
               (double)n->packets / (double)n->targets);
        put_row(out, row, n, pass);
    }
    if (result == 0)
        printf("\n%u rows of places held, %u missed\n", held, missed);
    if (out && fclose(out))
        result = pp_error_errno("cannot write '%s'", json);
    free(all);
    free(there);
    return missed ? -1 : result;
}

int main(int argc, char **argv)
{
    if (argc == 7 && strcmp(argv[1], "run") == 0)
        return -run(argv + 2);
    if (argc > 3 && strcmp(argv[1], "report") == 0)
        return -report(argv[2], argv + 3);
    fputs("usage: places run PART HOSTS SEED FIRST STEP\n       places report ACCURACY_JSON PART...\n", stderr);
    return 2;
}
