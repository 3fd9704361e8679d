/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * work.c: the worker's loop. For each campaign with chunks for this vantage point it starts `measure`; then, until the
 * queue is empty, it fetches chunks, feeds their targets, assigns output lines to chunks, and publishes and
 * acknowledges complete chunks.
 */
#include "work_parts.h"

#include "../base/error.h"
#include "../base/io.h"
#include "../base/random.h"
#include "../base/text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 100
#define IDLE_MS 200
#define LATER 2 /* a result: the server does not answer at present, try again later */
#define LOOK_MS 15000     /* interval of asking for a stop or a new blocklist; the watcher may report one earlier */
#define EMPTY_MS 2000     /* interval of asking whether a queue that delivers nothing is empty */
#define CAMPAIGNS_MS 5000 /* interval of looking for campaigns; the watcher may report one earlier */
#define BARREN 5          /* restarts of `measure` on end without a completed chunk before the worker gives up */

/* NULL, or why this worker does not take the campaign. */
static const char *refusal(const struct work *k, char text[256])
{
    const char *name;
    json_t *value;

    *text = '\0';
    if (!k->w->any_version && (!k->c.version || strcmp(k->c.version, k->w->version) != 0))
        snprintf(text, 256, "it was submitted by version %.64s, this is %s, and --any-version is not given",
                 k->c.version ? k->c.version : "?", k->w->version);
    if (!pp_is_listed(k->w->experiments, k->c.experiment))
        snprintf(text, 256, "experiment '%s' is not allowed or not installed here", k->c.experiment);
    json_object_foreach(k->c.options, name, value)
        if (!pp_is_listed(k->w->options, name) || !json_is_string(value))
            snprintf(text, 256, "option --%s is not allowed here", name);
    return *text ? text : NULL;
}

/* Appends a formatted text with its NUL. */
static void add_arg(struct pp_buf *out, const char *fmt, ...) PP_PRINTF(2, 3);
static void add_arg(struct pp_buf *out, const char *fmt, ...)
{
    char text[PATH_MAX + 64];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    pp_buf_add(out, text, strlen(text) + 1);
}

/* Appends the campaign's rate, limited to this site's maximum. */
static void add_rate(const struct work *k, struct pp_buf *out)
{
    const char *asked = json_string_value(json_object_get(k->c.options, "rate"));
    char *end = NULL;
    uint64_t rate = asked ? strtoull(asked, &end, 10) : 0;

    /* `submit` writes digits alone: a value with a unit, as `2M`, is not its own, and is replaced. */
    if (k->w->rate_max && (rate == 0 || *end || rate > k->w->rate_max))
        add_arg(out, "--rate=%" PRIu64, k->w->rate_max);
    else if (asked)
        add_arg(out, "--rate=%s", asked);
}

/* Composes the command line of `measure`, as texts with their NULs. */
static void compose(const struct work *k, struct pp_buf *out)
{
    const char *name;
    json_t *value;

    add_arg(out, "measure");
    add_arg(out, "%s", k->c.experiment);
    add_rate(k, out);
    json_object_foreach(k->c.options, name, value) {
        const char *text = json_string_value(value);
        if (strcmp(text, "true") == 0)
            add_arg(out, "--%s", name);
        else if (strcmp(name, "rate") != 0)
            add_arg(out, "--%s=%s", name, text);
    }
    add_arg(out, "--vantage=%s", k->w->vantage);
    add_arg(out, "--no-dedup");
    add_arg(out, "--force");
    add_arg(out, "--quiet");
}

static int start_child(struct work *k)
{
    const char *argv[PP_BROKER_ARGS + 1];
    struct pp_buf text;
    unsigned n = 0;
    int result, metadata = pp_spool_metadata(k->w->spool, k->c.tag);

    if (metadata < 0)
        return -1;
    pp_buf_init(&text, PP_BROKER_TEXT);
    compose(k, &text);
    for (size_t at = 0; !text.failed && at < text.len && n < PP_BROKER_ARGS - 8; at += strlen(text.data + at) + 1)
        argv[n++] = text.data + at;
    argv[n] = NULL;
    result = text.failed ? pp_error("the campaign has too many options")
                         : pp_fleet_child_start(&k->child, k->w->broker, argv, metadata, k->blocklist);
    pp_buf_release(&text);
    close(metadata);
    k->fed = k->came = k->left = 0;
    k->idle = 0;
    k->status_at = pp_work_now_ms();
    json_decref(k->status);
    k->status = NULL;
    return result;
}

/* Publishes the metadata that `measure` wrote, if it wrote any; `collect` finds them by their run id. */
static void publish_metadata(struct work *k)
{
    char subject[PP_FLEET_SUBJECT_MAX], id[64];
    struct pp_buf text;
    jsErrCode code = 0;
    uint64_t nonce;

    pp_buf_init(&text, (size_t)k->w->bus->max_payload / 2);
    if (pp_spool_read_metadata(k->w->spool, k->c.tag, &text)) {
        pp_random_secret(&nonce, sizeof nonce);
        snprintf(id, sizeof id, "meta/%016" PRIx64, nonce);
        pp_bus_name(subject, PP_BUS_OBS_OF, k->w->vantage, k->c.tag, PP_FLEET_META);
        if (pp_bus_publish(k->w->bus, subject, text.data, text.len, id, NULL, &code) == NATS_OK)
            pp_spool_drop_metadata(k->w->spool, k->c.tag);
    } else if (!text.failed) {
        pp_spool_drop_metadata(k->w->spool, k->c.tag);
    }
    pp_buf_release(&text);
}

/*
 * Handles the end of `measure`. If it refused to start (as where this vantage point alters what is sent), the worker
 * ends. Else one of the held chunks may be the cause: each gets a strike and goes back to the queue, to be tried alone,
 * and `measure` is started again. 0, or -1 printed.
 */
static int child_died(struct work *k)
{
    bool died = !k->ending && !k->stopped;
    int st = k->child.status;
    bool refused = WIFEXITED(st) && (WEXITSTATUS(st) == 1 || WEXITSTATUS(st) == 2) && !k->came;

    pp_fleet_child_release(&k->child);
    publish_metadata(k);
    if (!died)
        return 0;
    if (refused)
        return pp_error("measure ended with status %d before its first result: its messages are above",
                        WEXITSTATUS(st));
    if (++k->barren > BARREN)
        return pp_error("measure ended %u times without completing a chunk", k->barren);
    if (k->nheld)
        pp_warn("measure was ended by %s: its %u chunks are measured again, one by one",
                WIFSIGNALED(st) ? strsignal(WTERMSIG(st)) : "an error", k->nheld);
    else
        pp_warn("measure was ended by %s while it had no chunk: it is started again",
                WIFSIGNALED(st) ? strsignal(WTERMSIG(st)) : "an error");
    for (unsigned i = 0; i < k->nheld; i++)
        if (!k->held[i].whole)
            pp_work_strike(k, k->held[i].n);
    for (unsigned i = k->nheld; i-- > 0;)
        if (!k->held[i].whole)
            pp_work_give_back(k, &k->held[i], RETRY_MS);
    return start_child(k);
}

static void say_gone(struct work *k)
{
    pp_warn("campaign '%s' was deleted from the server", k->c.name);
    k->gone = k->stopped = true;
}

/* Asks for a stop and a new blocklist every LOOK_MS, or when the watcher reports one. 0, or -1 printed. */
static int look(struct work *k)
{
    int changed;

    if (pp_work_now_ms() >= k->hear_at) {
        k->hear_at = pp_work_now_ms() + IDLE_MS;
        pp_work_hear(k, 1);
    }
    if (pp_work_now_ms() < k->look_at || /* before its first line `measure` may be reading its list still */
        (!k->status && pp_work_now_ms() < k->status_at + LOOK_MS))
        return 0;
    k->look_at = pp_work_now_ms() + LOOK_MS;
    changed = pp_work_blocklist(k);
    if (changed < 0)
        return -1;
    if (changed)
        pp_fleet_child_signal(&k->child, SIGHUP);
    if (!k->stopped && pp_fleet_is_stopped(k->w->bus, k->c.tag)) {
        pp_warn("campaign '%s' was stopped", k->c.name);
        k->stopped = true;
    }
    if (!k->stopped && pp_work_is_gone(k))
        say_gone(k);
    return 0;
}

/* Sets `ending` if the queue is empty and no chunk is held. */
static void check_for_end(struct work *k)
{
    bool gone = false;

    if (k->nheld || pp_work_now_ms() < k->empty_at)
        return;
    k->empty_at = pp_work_now_ms() + EMPTY_MS;
    if (!pp_work_is_empty(k, &gone))
        return;
    if (gone)
        k->look_at = 0;
    else
        k->ending = true;
}

/* Gives incomplete chunks back at once; asks `measure` to end, and kills it if it has not ended in 15 s. */
static void wind_down(struct work *k)
{
    int64_t until = pp_work_now_ms() + 15000;

    for (unsigned i = k->nheld; i-- > 0;)
        if (!k->held[i].whole)
            pp_work_give_back(k, &k->held[i], 0);
    pp_work_give_back_unread(k);
    if (k->child.pid) {
        if (!k->ending)
            pp_fleet_child_signal(&k->child, SIGTERM);
        pp_fleet_child_end(&k->child);
        while (!pp_fleet_child_done(&k->child) && pp_work_now_ms() < until)
            if (pp_fleet_child_wait(&k->child, TICK_MS) < 0 || pp_work_read_child(k) < 0)
                break;
        pp_fleet_child_release(&k->child);
        publish_metadata(k);
    }
    for (unsigned i = k->nheld; i-- > 0;)
        if (pp_work_publish(k, &k->held[i]) < 0)
            break;
    pp_work_return_all(k, 0);
}

static int run_campaign(struct work *k)
{
    int result = 0;

    while (result == 0 && !*k->w->stop && !k->stopped && !k->ending) {
        if (pp_fleet_child_wait(&k->child, pp_work_has_room(k) ? 0 : TICK_MS) < 0 || pp_work_read_child(k) < 0 ||
            (pp_fleet_child_done(&k->child) && child_died(k) < 0))
            result = -1;
        pp_work_settle_rest(k);
        if (result == 0 && (pp_work_send_back(k) < 0 || pp_work_fetch(k) < 0 || look(k) < 0 || !pp_work_heartbeat(k)))
            result = -1;
        check_for_end(k);
        pp_work_hold_on(k);
    }
    wind_down(k);
    return result;
}

static int open_queue(struct work *k)
{
    char stream[PP_FLEET_SUBJECT_MAX], subject[PP_FLEET_SUBJECT_MAX];
    const char *queue = k->c.split == PP_FLEET_VANTAGE ? k->w->vantage : PP_FLEET_ANY;
    jsSubOptions so;
    jsErrCode code = 0;
    natsStatus s;

    jsSubOptions_Init(&so);
    so.Stream = pp_bus_name(stream, PP_BUS_WORK, k->c.tag);
    so.Consumer = queue;
    pp_bus_name(subject, PP_BUS_WORK_OF, k->c.tag, queue);
    s = js_PullSubscribe(&k->sub, k->w->bus->js, subject, queue, NULL, &so, &code);
    if (s == NATS_OK)
        return 0;
    if (pp_bus_may_pass(s))
        return LATER;
    if (!pp_work_is_gone(k))
        return pp_bus_error(s, "the queue of campaign '%s'", k->c.name);
    say_gone(k); /* since it was looked at */
    return LATER;
}

/* Works on the campaign until its queue is empty. 0, LATER, or -1 printed. */
static int work_on(struct work *k)
{
    int result;

    k->stopped = k->ending = k->alone = k->gone = false;
    k->blocklist_revision = 0;
    k->barren = 0;
    k->look_at = k->heartbeat_at = 0;
    k->empty_at = pp_work_now_ms() + EMPTY_MS;
    publish_metadata(k); /* of a run that was killed */
    if (!pp_quiet)
        fprintf(stderr, "campaign '%s': %s, %" PRIu64 " targets in %" PRIu64 " chunks\n", k->c.name, k->c.experiment,
                k->c.targets, k->c.chunks);
    result = open_queue(k);
    if (result == 0 && (result = pp_work_blocklist(k)) >= 0)
        result = k->blocklist_revision == 0 ? LATER : start_child(k) < 0 ? -1 : run_campaign(k);
    natsSubscription_Destroy(k->sub);
    k->sub = NULL;
    if (k->gone)
        pp_spool_drop_metadata(k->w->spool, k->c.tag);
    if (k->ending || k->gone) /* all chunks were completed, here or by other workers */
        pp_spool_clean(k->w->spool, k->c.tag);
    if (result == 0 && !pp_quiet)
        fprintf(stderr, "campaign '%s': %" PRIu64 " chunks done here, %" PRIu64 " observations\n", k->c.name,
                k->done_chunks, k->written);
    return result;
}

/* True at the first call for CAMPAIGN: its message has not been printed yet. */
static bool is_new(json_t *told, const char *campaign)
{
    if (json_object_get(told, campaign))
        return false;
    json_object_set_new(told, campaign, json_true());
    return true;
}

/* True if the campaign has chunks for this worker. Prints once why it is refused, if the cause is on our side. */
static bool is_for_us(struct work *k, json_t *told)
{
    char text[256];
    const char *why;
    unsigned dropped;
    bool gone;

    snprintf(text, sizeof text, "%s:", k->c.tag);
    if (is_new(told, text) && (dropped = pp_spool_drop_earlier(k->w->spool, k->c.name, k->c.tag)))
        pp_warn("spool directory '%s': %u files of an earlier campaign '%s', which this one has replaced, are deleted",
                k->w->spool->path, dropped, k->c.name);
    if (!k->c.open || !pp_fleet_campaign_has(&k->c, k->w->vantage) || pp_fleet_is_stopped(k->w->bus, k->c.tag))
        return false;
    if (pp_work_is_empty(k, &gone)) { /* chunks of a killed worker are published, or were done by another */
        snprintf(text, sizeof text, "%s.", k->c.tag);
        if (is_new(told, text)) {
            publish_metadata(k);
            pp_spool_clean(k->w->spool, k->c.tag);
        }
        return false;
    }
    why = pp_work_is_gone(k) ? "the stream of its results does not exist" : refusal(k, text);
    if (why && is_new(told, k->c.tag))
        pp_warn("campaign '%s' is not accepted: %s", k->c.name, why);
    return !why;
}

/* Looks for a campaign with work. 1: worked on one, 0: there is none, LATER, or -1 printed. */
static int next_campaign(struct work *k, json_t *told)
{
    static const char prefix[] = "campaign.";
    kvKeysList keys = {0};
    natsStatus s = kvStore_Keys(&keys, k->w->bus->fleet, NULL);
    int result = 0;

    if (s != NATS_OK && s != NATS_NOT_FOUND)
        return pp_bus_may_pass(s) ? LATER : pp_bus_error(s, "the campaigns");
    for (int i = 0; result == 0 && i < keys.Count; i++) {
        const char *name = keys.Keys[i] + sizeof prefix - 1;
        if (strncmp(keys.Keys[i], prefix, sizeof prefix - 1) != 0 || (k->w->only && strcmp(name, k->w->only) != 0))
            continue;
        pp_error_muted = json_object_get(told, name) != NULL; /* the error of an unreadable record is printed once */
        if (pp_fleet_campaign_get(&k->c, k->w->bus, name) < 0) {
            (void)is_new(told, name);
        } else if (pp_error_muted = false, is_for_us(k, told)) {
            result = work_on(k);
            result = result == 0 ? 1 : result;
        }
        pp_error_muted = false;
        pp_fleet_campaign_release(&k->c);
    }
    kvKeysList_Destroy(&keys);
    return result;
}

int pp_fleet_work(const struct pp_fleet_work *w)
{
    struct work *k = calloc(1, sizeof *k);
    json_t *told = json_object();
    int result = k && told ? 0 : pp_error(NO_MEMORY);
    char key[PP_FLEET_SUBJECT_MAX];

    if (result == 0) {
        k->w = w;
        k->child = (struct pp_fleet_child){PP_FLEET_CHILD_NONE};
        k->blocklist = -1;
        result = pp_work_take_name(k);
    }
    if (result == 0)
        pp_work_watch(k);
    while (result >= 0 && !*w->stop) {
        if (pp_work_now_ms() >= k->campaigns_at) {
            k->campaigns_at = pp_work_now_ms() + CAMPAIGNS_MS;
            result = next_campaign(k, told);
            if (result == 0 && w->once)
                break;
            if (result == 1)
                k->campaigns_at = 0;
            else if (result == LATER)
                k->campaigns_at = pp_work_now_ms() + RETRY_MS;
        }
        if (result != 1 && result >= 0 && (pp_work_hear(k, IDLE_MS), !pp_work_heartbeat(k)))
            result = -1;
    }
    if (k && k->watch)
        kvWatcher_Destroy(k->watch);
    if (k && k->blocklist >= 0)
        close(k->blocklist);
    if (k && k->named)
        kvStore_Delete(w->bus->vantages, pp_bus_name(key, PP_BUS_KEY, "vantage", w->vantage));
    json_decref(k ? k->status : NULL);
    json_decref(told);
    free(k);
    return result < 0 ? -1 : 0;
}
