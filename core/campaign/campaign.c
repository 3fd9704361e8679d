/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * campaign.c: opens the files, sockets and threads of a run, handles signals and time limits, and closes all in order.
 */
#include "campaign.h"

#include "config.h"

#include "../base/confine.h"
#include "../base/random.h"
#include "../base/when.h"
#include "../loader/experiment.h"
#include "../results/metadata.h"
#include "../results/progress.h"
#include "../results/summary.h"
#include "../targets/target_options.h"
#include "../wire/address_watch.h"
#include "../wire/ports.h"
#include "dryrun.h"
#include "remarks.h"
#include "resume.h"
#include "threads.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#define RING_BUDGET (16u << 20) /* bytes of capture rings, all workers together */
/* After the first signal: how long rounds under way may still end by themselves. */
#define GRACE INT64_C(2000000000)
/* ns: the run ends when a source address has been gone for so long. */
#define GONE_MAX INT64_C(10000000000)
/* ns between looks at whether the writer is done, once the workers are. */
#define DRAIN INT64_C(5000000)

/* ---- opening --------------------------------------------------------------------------------------------- */

static int read_address(const struct pp_strings *given, const char *option, struct pp_addr out[2], bool have[2])
{
    for (unsigned i = 0; i < given->n; i++) {
        struct pp_addr a;
        if (pp_addr_parse(&a, given->v[i], strlen(given->v[i])) < 0)
            return pp_usage("--%s: '%s' is not an IPv4 or IPv6 address", option, given->v[i]);
        int f = pp_addr_is4(&a) ? 0 : 1;
        if (have[f])
            return pp_usage("--%s: two IPv%d addresses", option, f ? 6 : 4);
        out[f] = a;
        have[f] = true;
    }
    return 0;
}

static int find_vantage(struct pp_campaign *c)
{
    const struct pp_settings *s = c->run.settings;
    struct pp_addr source[2], public[2];
    bool have[2] = {false, false}, known[2] = {false, false};

    if (read_address(&s->source, "source", source, have) < 0 ||
        read_address(&s->public_address, "public-address", public, known) < 0)
        return -1;
    if ((s->only4 && have[1]) || (s->only6 && have[0]))
        return pp_usage("--source: an IPv%d address, and -%d excludes it", s->only4 ? 6 : 4, s->only4 ? 4 : 6);
    if (known[0])
        c->run.plan.public4 = public[0];
    if (known[1])
        c->run.plan.public6 = public[1];
    return pp_vantage_find(&c->run.vantage, s->interface, have[0] ? &source[0] : NULL, have[1] ? &source[1] : NULL,
                           s->only4 ? 4 : s->only6 ? 6 : 0);
}

static void name_run(struct pp_campaign *c)
{
    uint64_t chance[2];

    pp_random_secret(chance, sizeof chance);
    snprintf(c->run.plan.run_id, sizeof c->run.plan.run_id, "%016llx%016llx", (unsigned long long)chance[0],
             (unsigned long long)chance[1]);
    /* exact in JSON readers that know only doubles */
    c->run.seed = c->run.settings->seed ? c->run.settings->seed : chance[0] >> 11;
}

static int make_plan(struct pp_campaign *c, const struct pp_plugin *experiment)
{
    const struct pp_settings *s = c->run.settings;
    struct pp_plan *p = &c->run.plan;

    p->connect_timeout = s->connect_timeout;
    p->target_timeout = s->target_timeout;
    p->seed = c->run.seed;
    p->rounds = (unsigned)s->rounds;
    p->max_rounds = (unsigned)s->max_rounds;
    p->all_arms = s->all_arms;
    p->alpha = s->alpha;
    p->cooldown = s->cooldown;
    p->spacing = s->spacing;
    p->aa = s->rounds ? 0 : s->aa;
    p->audit = s->rounds ? 0 : s->audit;
    p->locate_sample = s->locate ? s->locate_sample : 0;
    p->fdr = s->fdr;
    p->max_flows = (unsigned)s->max_flows;
    p->output_flows = s->output_flows;
    p->interim = s->interim;
    p->repeats = s->no_dedup;
    p->vantage_name = s->vantage;
    p->user_agent = c->run.user_agent;
    if (pp_plan_init(p, experiment, s->connect, &c->run.vantage) < 0)
        return -1;
    p->expected_rounds = s->rounds ? (unsigned)s->rounds : pp_verdict_rounds(s->alpha, (unsigned)s->max_rounds);
    if (!p->max_flows)
        p->max_flows = pp_plan_flows(p);
    if ((p->family == 4 && s->only6) || (p->family == 6 && s->only4))
        return pp_usage("experiment '%s' has no arm for IPv%d", experiment->name, s->only6 ? 6 : 4);
    return 0;
}

/* Refuses a --max-flows-per-target that does not suffice for one round. 0, or -1 printed. */
static int check_flows(const struct pp_plan *p)
{
    unsigned round = p->narms + (p->aa > 0 && !p->alone);

    if (round <= p->max_flows)
        return 0;
    pp_usage("--max-flows-per-target %u: a round of '%s' needs %u", p->max_flows, p->plugin->name, round);
    return pp_hint("one per arm, and one for the dummy if --aa is not 0: 'pathprobe plugins %s' lists the arms",
                   p->plugin->name);
}

/* Warns if the limits on rounds or flows make the verdict `broken` impossible. */
static void check_limits(const struct pp_campaign *c)
{
    const struct pp_settings *s = c->run.settings;
    uint64_t ports = (uint64_t)(s->ports.hi - s->ports.lo) + 1;
    struct pp_plan_limit limit;

    if (ports > PP_PORTS_DEFAULT)
        ports = PP_PORTS_DEFAULT;
    if (!pp_plan_unreachable(&c->run.plan, (unsigned)(ports / s->workers), &limit))
        return;
    pp_warn("%s can be called broken: %s", limit.whom, limit.text);
    pp_hint("%s", limit.hint);
}

static int init(struct pp_campaign *c, const struct pp_settings *s, const struct pp_command *command,
                const struct pp_plugin *experiment)
{
    c->run.settings = s;
    c->run.command = command;
    c->record.run = &c->run;
    c->record.live = &c->live;
    c->record.journal = &c->resume.journal;
    c->record.start_epoch = pp_clock(CLOCK_REALTIME);
    c->record.start_mono = pp_clock(CLOCK_MONOTONIC);
    if (pp_target_options_contact(s->contact) < 0)
        return -1;
    snprintf(c->run.user_agent, sizeof c->run.user_agent, "pathprobe/%s%s%s%s", PP_VERSION, s->contact ? " (" : "",
             s->contact ? s->contact : "", s->contact ? ")" : "");
    name_run(c);
    pp_metadata_path(&c->run);
    if (pp_experiment_sha256(experiment))
        snprintf(c->run.plugin_sha256, sizeof c->run.plugin_sha256, "%s", pp_experiment_sha256(experiment));
    else
        pp_file_sha256_of(experiment->name, c->run.plugin_sha256);
    if (s->resume && !s->dry_run && pp_resume_begin(c, c->run.metadata_path) < 0)
        return -1;
    c->record.before = c->resume.meta;
    return 0;
}

/* ---- running ---------------------------------------------------------------------------------------------- */

static void show(struct pp_progress *p)
{
    pp_progress_show(p, pp_clock(CLOCK_MONOTONIC), pp_clock(CLOCK_REALTIME));
}

/* Waits for a signal until AT of the monotonic clock. Returns its number, 0: none. */
static int wait_signal(const sigset_t *set, int64_t at)
{
    int64_t left = at - pp_clock(CLOCK_MONOTONIC);
    struct timespec t = {.tv_sec = left > 0 ? left / 1000000000 : 0, .tv_nsec = left > 0 ? left % 1000000000 : 0};
    int sig = sigtimedwait(set, NULL, &t);

    return sig > 0 ? sig : 0;
}

/*
 * SIGHUP: rereads the lists, and rewrites the metadata at once, so that these are right even if the run is killed
 * later.
 */
static void reread(struct pp_campaign *c, struct pp_threads *threads, int meta_fd)
{
    if (pp_threads_reread(threads) == 0 && meta_fd >= 0)
        (void)pp_metadata_rewrite(&c->record, c->run.metadata_path, meta_fd);
}

/* While a source address is gone, counts gaps, so that silent rounds are repeated; after GONE_MAX ends the run. */
static void mind_addresses(struct pp_campaign *c, struct pp_threads *threads,
                           struct pp_address_watch *watched, int64_t now)
{
    bool known = watched->since != 0, was_down = watched->down;
    char text[PP_ADDR_STRLEN];
    const struct pp_addr *a;
    int64_t gone = pp_address_watch_gone(watched, now, &a);

    if (watched->down) {
        atomic_fetch_add(&threads->gaps, 1);
        if (!was_down)
            pp_warn("interface '%s' is down: current rounds are repeated where they rest on missing answers",
                    c->run.vantage.ifname);
    }
    if (!gone || threads->failed)
        return;
    atomic_fetch_add(&threads->gaps, 1);
    if (!known)
        pp_warn("address '%s' is no longer on '%s': answers to it do not arrive", pp_addr_str(a, text),
                c->run.vantage.ifname);
    if (gone < GONE_MAX)
        return;
    pp_error("address '%s' was not restored: the run ends", pp_addr_str(a, text));
    threads->failed = true;
    pp_threads_abandon(threads);
}

/* The main thread's loop while the other threads run. Returns the signal that ended the run, 0: none. */
static int watch(struct pp_campaign *c, struct pp_threads *threads, struct pp_progress *progress,
                 struct pp_address_watch *watched, const sigset_t *set, int meta_fd)
{
    int64_t next_second = pp_clock(CLOCK_MONOTONIC) + 1000000000, abandon_at = PP_NEVER;
    int64_t stop_at = c->run.settings->max_runtime ? c->record.start_mono + c->run.settings->max_runtime : PP_NEVER;
    bool abandoned = false;
    int ended_by = 0;

    /* Signals are handled until the last line is written: the output's reader may be slow. */
    while (!pp_threads_done(threads) || !pp_threads_written(threads)) {
        int64_t until = pp_threads_done(threads) ? pp_clock(CLOCK_MONOTONIC) + DRAIN : next_second;
        if (next_second < until)
            until = next_second;
        if (stop_at < until)
            until = stop_at;
        if (abandon_at < until)
            until = abandon_at;
        int sig = wait_signal(set, until);
        int64_t now = pp_clock(CLOCK_MONOTONIC);
        if (sig == SIGCHLD)
            continue; /* sent when the last worker ends: see threads.h */
        if (sig == SIGHUP) {
            reread(c, threads, meta_fd);
            continue;
        }
        if (sig && ended_by) {
            pp_threads_quiesce(threads);
            _exit(130);
        }
        if (sig) {
            ended_by = sig;
            pp_warn("interrupted: finishing the current rounds; a second signal ends the run at once%s",
                    threads->resumable ? "; the same command with --resume continues it" : "");
            pp_threads_stop(threads);
            abandon_at = now + GRACE;
        }
        if (now >= stop_at) {
            pp_threads_stop(threads);
            stop_at = PP_NEVER;
        }
        if (now >= abandon_at) {
            pp_threads_abandon(threads);
            abandon_at = PP_NEVER;
        }
        if (pp_writer_error(threads->writer) && !abandoned) {
            if (pp_writer_error(threads->writer) == EPIPE)
                pp_warn("the reader of the output has closed it: the run ends");
            else if (threads->resumable)
                pp_hint("nothing is lost: once it can be written, the same command with --resume goes on");
            pp_threads_abandon(threads);
            abandoned = true;
        }
        if (now >= next_second) {
            show(progress);
            mind_addresses(c, threads, watched, now);
            next_second += 1000000000;
        }
    }
    return ended_by;
}

static int exit_code(const struct pp_threads *threads, int ended_by, bool failed)
{
    if (failed || threads->failed)
        return 1;
    if (ended_by)
        return 130;
    return threads->campaign->record.counts.written_invalid ? 3 : 0;
}

/*
 * Warns if the list changed between the reading that computed its SHA-256 for the metadata and the one that fed the
 * run.
 */
static void check_list(struct pp_campaign *c, struct pp_input *in)
{
    char sha256[65];

    if (!pp_input_sha256(in, sha256) || strcmp(sha256, c->record.input_sha256) == 0)
        return;
    pp_warn("the list was changed while it was read: its SHA-256 is now %s", sha256);
    memcpy(c->record.input_sha256, sha256, sizeof sha256);
}

/* True: SIGHUP makes the run read its lists again. Without lists SIGHUP keeps its default action, and ends the run. */
static bool has_lists(const struct pp_settings *s)
{
    return s->blocklist.n || s->site_blocklist.n || s->allowlist || s->site_allowlist.n;
}

/*
 * Blocks SIGHUP before the campaign opens anything: SIGHUP asks for the blocklists to be read again, and its default
 * action would end a run that has not installed its signal handling yet.
 */
static void hold_hangup(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void close_metadata(int fd)
{
    if (fd >= 0)
        close(fd);
}

static int run(struct pp_campaign *c, struct pp_threads *threads)
{
    const char *meta = *c->run.metadata_path ? c->run.metadata_path : NULL;
    struct pp_progress *progress = NULL;
    struct pp_address_watch watched;
    sigset_t set;
    bool failed;
    int ended_by, meta_fd = -1;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (has_lists(c->run.settings))
        sigaddset(&set, SIGHUP); /* blocked since the run began */
    pp_clock_look(&c->record.clock_start);
    pp_host_info(&c->record.host_info, &c->run.vantage);
    if (meta && (meta_fd = pp_metadata_write(&c->record, meta)) < 0)
        return 1;
    progress = pp_progress_open(&c->record, c->run.settings->status, pp_clock(CLOCK_MONOTONIC));
    pp_address_watch_open(&watched, &c->run.vantage, &c->live.families);
    if (!progress || pp_confine(c->run.settings->user, PP_CONFINE_MEASURE) < 0 || pp_threads_start(threads) < 0) {
        pp_progress_close(progress, c->record.start_epoch);
        pp_address_watch_close(&watched);
        close_metadata(meta_fd);
        return 1;
    }
    ended_by = watch(c, threads, progress, &watched, &set, meta_fd);
    pp_address_watch_close(&watched);
    pp_threads_join(threads);
    check_list(c, threads->input);
    sigdelset(&set, SIGHUP);                  /* it can no longer reread lists, and must not end the process */
    pthread_sigmask(SIG_UNBLOCK, &set, NULL); /* a signal ends the process even if the output's reader hangs */
    failed = pp_threads_count(threads, &c->record.counts) < 0;
    pp_remarks_make(threads, &threads->kernel);
    c->record.end_epoch = pp_clock(CLOCK_REALTIME);
    c->record.end_mono = pp_clock(CLOCK_MONOTONIC);
    pp_clock_look(&c->record.clock_end);
    c->record.complete = !failed && !threads->failed && !ended_by;
    pp_progress_close(progress, c->record.end_epoch);
    if (meta_fd >= 0 && pp_metadata_rewrite(&c->record, meta, meta_fd) < 0)
        failed = true;
    close_metadata(meta_fd);
    pp_summary_print(&c->record, stderr);
    return exit_code(threads, ended_by, failed);
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

int pp_campaign_run(const struct pp_settings *s, const struct pp_command *command, const struct pp_plugin *experiment)
{
    struct pp_campaign *c = calloc(1, sizeof *c);
    struct pp_threads *threads = calloc(1, sizeof *threads); /* 1.3 MB: more than a small stack has */
    int code = 1;

    if (!c || !threads) {
        free(threads);
        free(c);
        return pp_error("out of memory"), 1;
    }
    threads->campaign = c;
    if (has_lists(s) && !s->dry_run)
        hold_hangup();
    if (init(c, s, command, experiment) < 0 || find_vantage(c) < 0 || make_plan(c, experiment) < 0 ||
        check_flows(&c->run.plan) < 0 || pp_threads_input(threads) < 0)
        goto out;
    check_limits(c);
    if (s->dry_run) {
        code = pp_dryrun(&c->run.plan, threads->feeder, s->contact != NULL) < 0;
        goto out;
    }
    if (pp_threads_open(threads, RING_BUDGET) == 0)
        code = run(c, threads);
out:
    pp_threads_release(threads);
    pp_verdict_totals_release(&c->record.totals);
    pp_resume_release(&c->resume);
    pp_threads_lists_release(c);
    pp_buf_release(&c->record.host_info);
    pp_plan_release(&c->run.plan);
    free(threads);
    free(c);
    return code;
}
