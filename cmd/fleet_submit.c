/* SPDX-License-Identifier: BSD-2-Clause */
/* fleet_submit.c: `pathprobe fleet submit`: checks a campaign as `measure` would, and sends it to the server. */
#include "fleet_parts.h"

#include "../core/base/text.h"
#include "../core/loader/experiment.h"
#include "../core/results/settings.h"
#include "../core/fleet/submit.h"
#include "../core/results/settings.h"
#include "../core/targets/target_options.h"

#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

/*
 * Adds the options of TABLE whose values differ from PLAIN, as NAME: TEXT. 0, or -1 printed: no campaign may set one of
 * them.
 */
static int add_options(json_t *to, const struct pp_option *table, const void *set, const void *plain, bool own)
{
    struct pp_buf a, b;
    int result = 0;

    pp_buf_init(&a, 65536);
    pp_buf_init(&b, 65536);
    for (; result == 0 && table && table->name; table++) {
        pp_buf_reset(&a);
        pp_buf_reset(&b);
        pp_options_value(table, set, &a);
        pp_options_value(table, plain, &b);
        if (a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0))
            continue;
        pp_buf_addc(&a, '\0');
        if (!own && !pp_is_listed(pp_fleet_measure_options, table->name)) {
            pp_usage("--%s cannot be set by a campaign: each worker sets it", table->name);
            result = pp_hint("pathprobe-fleet(1) lists the options that `submit` takes after `--`");
        } else {
            json_object_set_new(to, table->name, json_string(a.data));
        }
    }
    pp_buf_release(&a);
    pp_buf_release(&b);
    return result;
}

/* The arguments after `--`: `measure EXPERIMENT OPTION...`, checked as `measure` does, and parsed. */
struct question {
    struct pp_settings set, plain;
    char **operands, **plain_operands;
    json_t *options;
};

static int parse_measure(struct question *q, char **argv)
{
    char *plain[] = {(char[]){"measure"}, NULL, NULL};
    int argc = 0;

    while (argv[argc])
        argc++;
    if (argc == 0 || strcmp(argv[0], "measure") != 0) {
        pp_usage("no campaign was given");
        return pp_hint("use pathprobe fleet submit ... -- measure EXPERIMENT OPTION...");
    }
    if (pp_options_parse(&pp_cmd_measure, &q->set, argc, argv, &q->operands) != 0)
        return -EXIT_USAGE;
    if (!q->operands[0] || q->operands[1]) {
        pp_usage(q->operands[0] ? "targets come from --input" : "no experiment given");
        return -1;
    }
    if (pp_experiment_is_file(q->operands[0])) {
        pp_usage("'%s' is a JSON experiment: workers of a fleet run installed experiments only",
                 q->operands[0]);
        return pp_hint("write it in C (pathprobe-plugin(3)), or run a share on each machine: measure --shard K/N");
    }
    plain[1] = q->operands[0];
    if (pp_options_parse(&pp_cmd_measure, &q->plain, 2, plain, &q->plain_operands) != 0)
        return -1;
    q->options = json_object();
    if (add_options(q->options, pp_cmd_measure.options, &q->set, &q->plain, false) < 0)
        return -1;
    return add_options(q->options, q->set.own.row, &q->set.own, &q->plain.own, true);
}

static void release_question(struct question *q)
{
    if (q->operands)
        pp_options_release(&pp_cmd_measure, &q->set, q->operands);
    if (q->plain_operands)
        pp_options_release(&pp_cmd_measure, &q->plain, q->plain_operands);
    json_decref(q->options);
    free(q);
}

static int find_split(struct pp_fleet_settings *s, struct pp_fleet_submit *to, struct pp_fleet_names *vantages)
{
    to->split = strcmp(s->split, "vantage") == 0 ? PP_FLEET_VANTAGE : PP_FLEET_CHUNK;
    to->vantages = vantages->v;
    if (to->split == PP_FLEET_CHUNK && strcmp(s->split, "chunk") != 0) {
        pp_usage("--split '%s' is neither chunk nor vantage", s->split);
        return -1;
    }
    if ((to->split == PP_FLEET_VANTAGE) != (s->vantages != NULL)) {
        pp_usage(s->vantages ? "--vantages goes with --split vantage" : "--split vantage without --vantages");
        return pp_hint("--split vantage --vantages eu1,us1: the whole list is measured from each of these");
    }
    if (s->vantages && pp_fleet_split_names(vantages, s->vantages) < 0)
        return -1;
    if (vantages->n > PP_FLEET_VANTAGES) {
        pp_usage("more than %d vantage points", PP_FLEET_VANTAGES);
        return -1;
    }
    if (s->vantages && vantages->n == 0) {
        pp_usage("--vantages '%s' names no vantage point", s->vantages);
        return -1;
    }
    for (unsigned i = 0; i < vantages->n; i++) {
        if (pp_fleet_check_name("vantage point", vantages->v[i]) < 0)
            return -1;
        for (unsigned k = 0; k < i; k++) {
            if (strcmp(vantages->v[k], vantages->v[i]) == 0) {
                pp_usage("--vantages names '%s' twice", vantages->v[i]);
                return -1;
            }
        }
    }
    return 0;
}

static int submit_list(struct pp_bus *bus, struct pp_fleet_settings *s, const struct question *q,
                       struct pp_fleet_submit *to)
{
    struct pp_fleet_submitted done;
    int result;

    to->blocked = pp_blocklist_open(NULL, s->allowlist, true);
    for (unsigned i = 0; to->blocked && i < s->blocklist.n; i++)
        if (pp_blocklist_add(to->blocked, PP_LIST_BLOCK, s->blocklist.v[i]) < 0)
            return -1;
    if (!to->blocked)
        return -1;
    to->options = q->options;
    result = pp_fleet_submit(bus, to, &pp_fleet_stopped, &done);
    if (result == 0 && !pp_quiet)
        printf("Campaign '%s' is open: %" PRIu64 " targets in %" PRIu64 " chunks.\n", s->campaign, done.targets,
               done.chunks);
    if (result == 0 && !pp_quiet && done.counts.read != done.targets)
        printf("%" PRIu64 " read = %" PRIu64 " submitted + %" PRIu64 " duplicate + %" PRIu64 " invalid_line + %" PRIu64
               " blocked\n", done.counts.read, done.targets, done.counts.duplicate, done.counts.invalid_line,
               done.counts.blocked);
    if (result == 0 && done.networks_split)
        pp_warn("%" PRIu64 " times a network was split over two chunks: two workers may probe it at the same time",
                done.networks_split);
    return result;
}

int pp_fleet_run_submit(struct pp_fleet_settings *s, char **operands)
{
    struct question *q = calloc(1, sizeof *q);
    struct pp_fleet_submit to = {.campaign = s->campaign, .input = s->input, .version = PP_VERSION,
                                 .chunk_targets = s->chunk, .lease_s = s->lease};
    struct pp_fleet_names vantages = {0};
    struct pp_buf block;
    struct pp_bus bus = {0};
    int result = -1;

    pp_buf_init(&block, BLOCKLIST_MAX);
    if (!q)
        return pp_error("out of memory");
    result = parse_measure(q, operands + 1);
    if (result < 0)
        goto out;
    result = -1;
    if (find_split(s, &to, &vantages) < 0 ||
        pp_target_options_format(&to.format, s->input_format, false) < 0 || pp_fleet_read_blocklists(s, &block) < 0)
        goto out;
    to.experiment = q->operands[0];
    to.blocklist = block.len ? block.data : NULL;
    to.blocklist_len = block.len;
    if (pp_bus_open(&bus, &s->login, NULL) == 0)
        result = submit_list(&bus, s, q, &to);
    pp_bus_close(&bus);
out:
    pp_blocklist_free(to.blocked);
    pp_buf_release(&block);
    free(vantages.text);
    release_question(q);
    return result;
}
