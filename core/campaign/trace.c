/* SPDX-License-Identifier: BSD-2-Clause */
/* trace.c: opens the files, sockets and threads of a trace, and runs it. */
#include "trace_parts.h"

#include "config.h"

#include "../base/confine.h"
#include "../targets/special.h"
#include "../targets/target_options.h"
#include "../wire/live.h"
#include "../wire/ports.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RING_BUDGET (16u << 20)
#define COLUMNS 80 /* width of the text if standard output is no terminal */
#define EXIT_USAGE 2
#define EXIT_INTERRUPTED 130

/* Why the loop ends; a signal handler sets nothing else. */
enum { GO_ON, INTERRUPTED, REFUSED };
static _Atomic int stop;

static void on_signal(int sig)
{
    (void)sig;
    if (atomic_load(&stop) == INTERRUPTED)
        _exit(EXIT_INTERRUPTED);
    atomic_store(&stop, INTERRUPTED);
}

/* ---- the experiment --------------------------------------------------------------------------------------------- */

static int find_format(struct pp_trace_job *r)
{
    static const char *const names[] = {"text", "ndjson", "pto3", NULL};

    for (int i = 0; names[i]; i++)
        if (strcmp(r->s->format, names[i]) == 0) {
            r->format = (enum pp_trace_format)i;
            return 0;
        }
    pp_usage("--format: no format '%s'", r->s->format);
    return pp_hint("one of text, ndjson, pto3");
}

/*
 * The experiment to trace. A census traces, for any experiment, the packet that opens its conversation with both ECT(0)
 * and codepoint 46 (EF), to show where the ECN field and the DSCP are re-marked.
 */
static const struct pp_plugin *experiment(struct pp_trace_job *r)
{
    static const struct pp_step steps[] = {
        {.on = PP_ON_SYN, .tos_mask = 0xff, .tos = 46 << 2 | PP_ECT0},
        {.on = PP_ON_DATAGRAM, .tos_mask = 0xff, .tos = 46 << 2 | PP_ECT0},
    };

    if (!r->s->census || r->s->arms.n)
        return r->s->experiment;
    r->census = *r->s->experiment;
    r->census_arm[0] = r->census.arms[0];
    r->census_arm[1] = (struct pp_arm){.name = "census", .title = "ECT(0) and codepoint 46", .steps = steps,
                                       .nsteps = 2, .what = "ECT(0) and codepoint 46"};
    r->census.arms = r->census_arm;
    r->census.narms = 2;
    r->census.nconditions = 0;
    return &r->census;
}

static int add_arm(struct pp_trace_job *r, unsigned i)
{
    if (r->narms == PP_TRACE_ARMS - 1)
        return pp_usage("more than %d arms at once", PP_TRACE_ARMS - 1);
    r->arm[r->narms++] = (struct pp_locate_arm){
        .arm = (uint8_t)i,
        .ask = {.alpha = PP_WHERE_ALPHA, .pairs_max = (uint8_t)r->s->pairs, .quotes_only = r->s->census},
    };
    /* A place is located for the largest size only; for each other size one pair shows how far it gets. */
    if (r->narms > 1 && r->plan.arm[i].size)
        r->arm[r->narms - 2].ask.pairs_max = 1;
    return 0;
}

static bool is_traceable(const struct pp_trace_job *r, unsigned i)
{
    return pp_sweep_class(&r->plan, i, 4, 1) >= 0 || pp_sweep_class(&r->plan, i, 6, 1) >= 0 ||
           (r->plan.arm[i].http != r->plan.arm[0].http);
}

/* True if another arm that is traced sends the same packets. */
static bool is_traced(const struct pp_trace_job *r, unsigned i)
{
    for (unsigned k = 0; k < r->narms; k++)
        if (pp_sweep_same(&r->plan, r->arm[k].arm, i, r->plan.arm[i].arm->family == 6 ? 6 : 4))
            return true;
    return false;
}

static int named_arm(struct pp_trace_job *r, const char *name)
{
    for (unsigned i = r->plan.narms > 1; i < r->plan.narms; i++) {
        if (strcmp(r->plan.arm[i].arm->name, name) != 0)
            continue;
        if (is_traceable(r, i))
            return add_arm(r, i);
        pp_usage("--arm %s: no packet of it differs from the baseline's", name);
        return pp_hint("'pathprobe plugins %s' lists the arms", r->plan.plugin->name);
    }
    pp_usage("--arm: experiment '%s' has no arm '%s' over %s", r->plan.plugin->name, name, r->plan.mode->name);
    return pp_hint("'pathprobe plugins %s' lists the arms", r->plan.plugin->name);
}

static int choose_arms(struct pp_trace_job *r)
{
    unsigned first;

    for (unsigned i = 0; i < r->s->arms.n; i++)
        if (named_arm(r, r->s->arms.v[i]) < 0)
            return -1;
    /* If there are more sizes than columns, the largest ones are shown. */
    first = r->plan.arm[0].size && r->plan.narms > PP_TRACE_ARMS ? r->plan.narms - (PP_TRACE_ARMS - 1) : 1;
    for (unsigned i = first; !r->s->arms.n && i < r->plan.narms && r->narms < PP_TRACE_ARMS - 1; i++)
        if (is_traceable(r, i) && !r->plan.arm[i].witness && !is_traced(r, i))
            add_arm(r, i);
    if (r->narms)
        return 0;
    pp_usage("experiment '%s' over %s: no packet of it differs from the baseline's, so there is nothing to trace",
             r->plan.plugin->name, r->plan.mode->name);
    return pp_hint("use another --connect or --arm");
}

static int find_vantage(struct pp_trace_job *r)
{
    const struct pp_trace_settings *s = r->s;
    struct pp_addr source[2];
    bool have[2] = {false, false};

    for (unsigned i = 0; i < s->source.n; i++) {
        struct pp_addr a;
        if (pp_addr_parse(&a, s->source.v[i], strlen(s->source.v[i])) < 0)
            return pp_usage("--source: '%s' is not an IPv4 or IPv6 address", s->source.v[i]);
        source[pp_addr_family(&a) == 6] = a;
        have[pp_addr_family(&a) == 6] = true;
    }
    return pp_vantage_find(&r->vantage, s->interface, have[0] ? &source[0] : NULL, have[1] ? &source[1] : NULL,
                           s->only4 ? 4 : s->only6 ? 6 : 0);
}

static int make_plan(struct pp_trace_job *r)
{
    uint64_t chance;

    pp_random_secret(&chance, sizeof chance);
    r->plan.connect_timeout = INT64_C(10000000000);
    r->plan.seed = r->s->seed ? r->s->seed : chance >> 11;
    r->plan.vantage_name = r->s->vantage;
    snprintf(r->user_agent, sizeof r->user_agent, "pathprobe/%s%s%s%s", PP_VERSION, r->s->contact ? " (" : "",
             r->s->contact ? r->s->contact : "", r->s->contact ? ")" : "");
    r->plan.user_agent = r->user_agent;
    return pp_plan_init(&r->plan, experiment(r), r->s->connect, &r->vantage) < 0 ? -1 : choose_arms(r);
}

/* ---- targets ---------------------------------------------------------------------------------------------------- */

static int add_lists(struct pp_blocklist *l, enum pp_list_kind kind, const struct pp_strings *paths)
{
    for (unsigned i = 0; i < paths->n; i++)
        if (pp_blocklist_add(l, kind, paths->v[i]) < 0)
            return -1;
    return 0;
}

static int open_input(struct pp_trace_job *r)
{
    const struct pp_trace_settings *s = r->s;
    enum pp_input_format format;

    if (pp_target_options_format(&format, s->input_format, s->csv_input) < 0)
        return -1;
    r->blocklist = pp_blocklist_new(true);
    if (!r->blocklist || add_lists(r->blocklist, PP_LIST_SITE_BLOCK, &s->site_blocklist) < 0 ||
        add_lists(r->blocklist, PP_LIST_SITE_ALLOW, &s->site_allowlist) < 0 ||
        add_lists(r->blocklist, PP_LIST_BLOCK, &s->blocklist) < 0 ||
        pp_blocklist_add(r->blocklist, PP_LIST_ALLOW, s->allowlist) < 0)
        return -1;
    r->input = s->targets_fd ? pp_input_open_fd(s->targets_fd, "the command line") : pp_input_open(s->input);
    if (!r->input || pp_target_options_output(s->input, s->output) < 0)
        return -1;
    r->routes_open = pp_netlink_open(&r->routes) == 0;
    r->feeder = pp_feeder_new(&(struct pp_feeder_config){
        .input = r->input,
        .format = s->targets_fd ? PP_INPUT_NDJSON : format,
        .blocklist = r->blocklist,
        .vantage = &r->vantage,
        .routes = r->routes_open ? &r->routes : NULL,
        .default_port = r->plan.mode->port,
        .unfit = r->plan.mode->unfit,
        .domain = r->plan.plugin->domain,
        .dedup = true,
        .only = s->only4 ? 4 : s->only6 ? 6 : r->plan.family,
        .only_why = s->only4 || s->only6 ? NULL : pp_plan_one_family(&r->plan),
    });
    return r->feeder ? 0 : -1;
}

/* True if T may be traced: public addresses of a list need --contact; a few operands need none, as with traceroute. */
static bool may_probe(const struct pp_trace_job *r, const struct pp_target *t)
{
    char text[PP_ADDR_STRLEN];

    if (r->s->contact || r->s->few || !pp_addr_is_public(&t->addr))
        return true;
    pp_error("target %s is public: --contact is needed before the first packet to a list", pp_addr_str(&t->addr, text));
    pp_hint("--contact TEXT (a mail address or page); a few targets on the command line need none");
    return false;
}

static void *feed(void *arg)
{
    struct pp_trace_job *r = arg;
    struct pp_target *t;

    while ((t = pp_feeder_next(r->feeder))) {
        if (!may_probe(r, t)) {
            atomic_store(&stop, REFUSED);
            free(t);
            break;
        }
        if (!pp_queue_put(&r->queue, t)) {
            free(t);
            break;
        }
    }
    pp_queue_end(&r->queue);
    return NULL;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static bool is_full(void *arg)
{
    struct pp_trace_job *r = arg;

    if (pp_writer_error(r->writer))
        atomic_store(&stop, REFUSED);
    return pp_writer_full(r->writer);
}

static int open_all(struct pp_trace_job *r)
{
    const struct pp_trace_settings *s = r->s;

    r->ports = pp_ports_open((uint16_t)s->ports.lo, (uint16_t)s->ports.hi, (unsigned)s->flows,
                             r->plan.mode->proto == PP_PROTO_UDP);
    if (!r->ports)
        return -1;
    r->nports = pp_ports_slice(r->ports, 0, 1, &r->port);
    if (r->nports < s->flows)
        return pp_error("only %u source ports could be muted, but --flows %u needs one each", r->nports,
                        (unsigned)s->flows);
    pp_vantage_resolve_gateways(&r->vantage);
    if (r->plan.mode->cost && !(r->pool = pp_http_pool_new(r->user_agent)))
        return -1;
    r->wire = pp_live_open(&(struct pp_live_config){.vantage = &r->vantage,
                                                    .ports = r->port,
                                                    .nports = r->nports,
                                                    .snaplen = pp_plan_snaplen(&r->plan),
                                                    .ring_bytes = RING_BUDGET});
    if (!r->wire)
        return -1;
    r->writer = pp_writer_open(s->output, s->force ? PP_WRITER_REPLACE : PP_WRITER_NEW, true);
    if (!r->writer)
        return -1;
    pp_token_bucket_init(&r->rate, s->rate, 1, pp_wire_now(r->wire));
    pp_queue_init(&r->queue, r->wire, PP_QUEUE_TARGETS);
    r->queued = true;
    return 0;
}

static void find_look(struct pp_trace_job *r)
{
    bool terminal = !r->s->output && isatty(STDOUT_FILENO);
    struct winsize size;

    r->look = (struct pp_trace_look){.columns = COLUMNS, .bold = terminal && !getenv("NO_COLOR")};
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
        r->look.columns = size.ws_col;
}

static int work(struct pp_trace_job *r)
{
    struct sigaction action = {.sa_handler = on_signal}, hangup;
    int result;

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* ignored: nohup(1) */
        sigaction(SIGHUP, &action, NULL);
    find_look(r);
    if (pp_confine(r->s->user, PP_CONFINE_MEASURE) < 0 || pp_writer_start(r->writer) < 0)
        return -1;
    if (pthread_create(&r->feeder_thread, NULL, feed, r))
        return pp_error("cannot start a thread");
    r->feeder_started = true;
    result = pp_tracer_run(&(struct pp_tracer_config){
        .plan = &r->plan,
        .wire = r->wire,
        .ports = r->port,
        .nports = r->nports,
        .rate = &r->rate,
        .prefix_rate = r->s->prefix_rate,
        .hop_rate = r->s->hop_rate,
        .seed = r->plan.seed,
        .pool = r->pool,
        .in_flight = (unsigned)r->s->in_flight,
        .flows = (unsigned)r->s->flows,
        .arm = r->arm,
        .narms = r->narms,
        .farthest = (uint8_t)r->s->max_hops,
        .census = r->s->census,
        .source = {.arg = &r->queue, .take = pp_queue_take},
        .counters = &r->counters,
        .stop = &stop,
        .arg = r,
        .full = is_full,
        .done = pp_trace_done,
    });
    pp_input_stop(r->input);
    pp_queue_stop(&r->queue);
    pthread_join(r->feeder_thread, NULL);
    r->feeder_started = false;
    if (pp_writer_close(r->writer, NULL) < 0)
        result = -1;
    pp_feeder_finish(r->feeder);
    if (pp_feeder_failed(r->feeder) || atomic_load(&stop) == REFUSED)
        result = -1;
    if (r->no_memory)
        result = pp_error("out of memory");
    return result;
}

/* The exit status. If none of the named targets could be traced, the feeder or their lines have said why. */
static int judge(const struct pp_trace_job *r, int result)
{
    struct pp_target_counts n = {0};

    if (result < 0)
        return 1;
    if (atomic_load(&stop) == INTERRUPTED)
        return EXIT_INTERRUPTED;
    pp_feeder_counts(r->feeder, &n);
    if (n.read == 0) {
        pp_warn("no target was given");
    } else if (r->traced == 0 && n.other_family + n.no_route + n.blocked == n.read &&
               !pp_plan_one_family(&r->plan)) {
        return pp_error("nothing was traced"), 1; /* the feeder has printed the cause and a hint */
    } else if (r->traced == r->untraceable) {
        pp_error("nothing was traced: %s", r->traced ? "no packet of these arms differs from the baseline's over the "
                                                       "targets' family"
                                                     : "no target may be probed");
        pp_hint("'pathprobe plugins %s' says which arms are of one family; use another --connect, --arm or target",
                r->plan.plugin->name);
        return 1;
    }
    return 0;
}

int pp_trace_run(const struct pp_trace_settings *s, const struct pp_trace_asn *asn)
{
    struct pp_trace_job *r = calloc(1, sizeof *r);
    int code = 1;

    if (!r)
        return pp_error("out of memory"), 1;
    r->s = s;
    r->asn = asn;
    if (find_format(r) < 0 || pp_target_options_contact(s->contact) < 0)
        code = EXIT_USAGE;
    else if (find_vantage(r) == 0 && make_plan(r) == 0 && open_input(r) == 0 && open_all(r) == 0)
        code = judge(r, work(r));
    if (r->queued)
        pp_queue_release(&r->queue);
    pp_writer_free(r->writer);
    if (r->wire)
        r->wire->ops->free(r->wire);
    if (r->pool)
        pp_http_pool_free(r->pool);
    if (r->ports)
        pp_ports_free(r->ports);
    pp_feeder_free(r->feeder);
    pp_input_free(r->input);
    pp_blocklist_free(r->blocklist);
    if (r->routes_open)
        pp_netlink_close(&r->routes);
    pp_plan_release(&r->plan);
    free(r);
    return code;
}
