/* SPDX-License-Identifier: BSD-2-Clause */
/* threads_input.c: what decides on targets before a worker sees them: input, prefixes, contact, and whose they are. */
#include "threads.h"

#include "../base/json.h"
#include "../base/when.h"
#include "../results/progress.h"
#include "../targets/prefix_rate.h"
#include "../targets/target_options.h"
#include "resume.h"

#define LISTS_TEXT_MAX (32u << 20) /* 4,096 lists with the longest of names, in JSON */

/* What the output holds. It is opened for writing first, which locks it against other processes. */
static int read_output(struct pp_threads *threads)
{
    threads->writer = pp_writer_open(threads->campaign->run.settings->output, PP_WRITER_APPEND, true);
    return threads->writer ? pp_resume_read(threads->campaign) : -1;
}

static int add_lists(struct pp_blocklist *l, enum pp_list_kind kind, const struct pp_strings *paths)
{
    for (unsigned i = 0; i < paths->n; i++)
        if (pp_blocklist_add(l, kind, paths->v[i]) < 0)
            return -1;
    return 0;
}

static int open_lists(struct pp_threads *threads)
{
    const struct pp_settings *s = threads->campaign->run.settings;

    threads->blocklist = pp_blocklist_new(true);
    return threads->blocklist && add_lists(threads->blocklist, PP_LIST_SITE_BLOCK, &s->site_blocklist) == 0 &&
                   add_lists(threads->blocklist, PP_LIST_SITE_ALLOW, &s->site_allowlist) == 0 &&
                   add_lists(threads->blocklist, PP_LIST_BLOCK, &s->blocklist) == 0 &&
                   pp_blocklist_add(threads->blocklist, PP_LIST_ALLOW, s->allowlist) == 0
               ? 0
               : -1;
}

/* For the metadata. */
static void describe_lists(const struct pp_blocklist *l, struct pp_buf *out)
{
    struct pp_json j;

    pp_buf_release(out);
    pp_buf_init(out, LISTS_TEXT_MAX);
    pp_json_init(&j, out);
    pp_blocklist_json(l, &j);
    if (out->failed) /* rather nothing than a half of it */
        pp_buf_reset(out);
}

void pp_threads_lists_release(struct pp_campaign *c)
{
    pp_buf_release(&c->record.lists);
    for (unsigned i = 0; i < c->record.nrereads; i++)
        pp_buf_release(&c->record.reread[i].lists);
}

int pp_threads_input(struct pp_threads *threads)
{
    struct pp_campaign *c = threads->campaign;
    const struct pp_settings *s = c->run.settings;
    struct pp_feeder_config config;
    enum pp_input_format format;
    enum pp_writer_how how;
    char again[32];

    if (pp_target_options_format(&format, s->input_format, s->csv_input) < 0)
        return -1;
    if (s->targets_fd)
        format = PP_INPUT_NDJSON;
    if (open_lists(threads) < 0)
        return -1;
    describe_lists(threads->blocklist, &c->record.lists);
    threads->input = s->targets_fd ? pp_input_open_fd(s->targets_fd, "the command line") : pp_input_open(s->input);
    if (!threads->input || pp_target_options_output(s->input, s->output) < 0)
        return -1;
    pp_input_sha256_ahead(threads->input, c->record.input_sha256);
    if (c->resume.meta && read_output(threads) < 0)
        return -1;
    how = s->resume ? PP_WRITER_APPEND : s->force ? PP_WRITER_REPLACE : PP_WRITER_NEW;
    if (s->left_out && !s->dry_run && !(threads->left_out = pp_left_out_open(s->left_out, how)))
        return -1;
    threads->routes_open = pp_netlink_open(&threads->routes) == 0;
    config = (struct pp_feeder_config){
        .input = threads->input,
        .format = format,
        .blocklist = threads->blocklist,
        .vantage = &c->run.vantage,
        .routes = threads->routes_open ? &threads->routes : NULL,
        .default_port = c->run.plan.mode->port,
        .unfit = c->run.plan.mode->unfit,
        .domain = c->run.plan.plugin->domain,
        .dedup = !s->no_dedup,
        .done = c->resume.journal.done,
        .ndone = c->resume.journal.lines,
        .prohibited = c->resume.journal.prohibited,
        .only = s->only4 ? 4 : s->only6 ? 6 : c->run.plan.family,
        .only_why = s->only4 || s->only6 ? NULL : pp_plan_one_family(&c->run.plan),
        .max_targets = s->max_targets,
        .left_out = threads->left_out,
        .shard_k = s->shard.lo,
        .shard_n = s->shard.hi,
    };
    threads->feeder = pp_feeder_new(&config);
    snprintf(again, sizeof again, "/proc/self/fd/%d", s->targets_fd);
    if (pp_progress_wanted(s->status) && !s->dry_run)
        c->live.ahead = pp_ahead_open(&config, s->targets_fd ? again : s->input);
    return threads->feeder ? 0 : -1;
}

int pp_threads_reread(struct pp_threads *threads)
{
    struct pp_campaign *c = threads->campaign;
    struct pp_reread *r;

    if (pp_blocklist_again(threads->blocklist) < 0)
        return -1;
    c->record.nrereads += c->record.nrereads < PP_REREADS_MAX; /* then the last one stands for all that follow */
    r = &c->record.reread[c->record.nrereads - 1];
    r->epoch = pp_clock(CLOCK_REALTIME);
    describe_lists(threads->blocklist, &r->lists);
    return 0;
}

struct pp_target *pp_threads_next(struct pp_threads *threads)
{
    struct pp_target *t = threads->ahead ? threads->ahead : pp_feeder_next(threads->feeder);

    threads->ahead = NULL;
    if (!t || !t->pair || t->paired)
        return t;
    threads->ahead = pp_feeder_next(threads->feeder);
    if (threads->ahead && threads->ahead->pair == t->pair)
        t->paired = threads->ahead->paired = true;
    return t;
}

/* All targets of one prefix go to one worker, which paces them, and talks to one of each address at a time. */
struct pp_worker_slot *pp_threads_slot_for(struct pp_threads *threads, const struct pp_target *t)
{
    struct pp_addr prefix = pp_prefix_rate_prefix(&t->addr);

    return &threads->slot[pp_siphash(&threads->spread, &prefix, sizeof prefix) % threads->campaign->run.nworkers];
}

bool pp_threads_may_probe(const struct pp_threads *threads, const struct pp_target *t)
{
    char text[PP_ADDR_STRLEN];

    if (threads->campaign->run.settings->contact || !pp_addr_is_public(&t->addr))
        return true;
    pp_error("target %s is public: --contact is needed before the first packet to it", pp_addr_str(&t->addr, text));
    pp_hint("--contact TEXT (a mail address or page) goes into the HTTP User-Agent and the metadata: "
            "see pathprobe-measure(1)");
    return false;
}

/* --control: reference targets, under the same rules as all others. */
int pp_threads_references(struct pp_threads *threads)
{
    struct pp_campaign *c = threads->campaign;
    struct pp_feeder *feeder = NULL;
    struct pp_input *input;
    struct pp_target *t;
    int result = -1;

    if (!c->run.settings->control)
        return 0;
    input = pp_input_open(c->run.settings->control);
    if (!input)
        return -1;
    feeder = pp_feeder_new(&(struct pp_feeder_config){.input = input,
                                                      .blocklist = threads->blocklist,
                                                      .vantage = &c->run.vantage,
                                                      .routes = threads->routes_open ? &threads->routes : NULL,
                                                      .default_port = c->run.plan.mode->port,
                                                      .unfit = c->run.plan.mode->unfit,
                                                      .domain = c->run.plan.plugin->domain,
                                                      .dedup = true,
                                                      .max_targets = PP_REFERENCES_MAX});
    if (!feeder)
        goto out;
    while ((t = pp_feeder_next(feeder))) {
        threads->reference[threads->nreferences++] = t;
        if (!pp_threads_may_probe(threads, t))
            goto out;
        atomic_fetch_or(&c->live.families, 1u << pp_addr_family(&t->addr));
    }
    pp_feeder_finish(feeder);
    result = pp_feeder_failed(feeder) ? -1 : 0;
    if (result == 0 && threads->nreferences == 0)
        result = pp_error("control file '%s' names no target that may be probed", c->run.settings->control);
out:
    pp_feeder_free(feeder);
    pp_input_free(input);
    return result;
}

