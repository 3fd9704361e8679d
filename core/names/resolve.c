/* SPDX-License-Identifier: BSD-2-Clause */
/* resolve.c: the reader of names, the threads with DNS clients, and their counts. */
#include "resolve.h"

#include "../base/error.h"
#include "../base/json.h"
#include "../targets/target.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define RING 256
#define BAD_LINES_NAMED 5
#define TEXT_SHOWN 1024 /* bytes of an unusable line that are written to the file of failures */
#define LINE_OUT_MAX (16u * PP_LINE_MAX)

/* A thread that looks names up, and its queue from the reader. */
struct worker {
    struct resolve *resolve;
    struct pp_lookup_config lookup;
    struct pp_dns_client *client;
    struct pp_resolve_counts counts;
    uint64_t in_flight, in_flight_max;
    pthread_t thread;
    bool running;
    int wake;
    pthread_mutex_t lock;
    pthread_cond_t room;
    struct pp_name *ring[RING];
    unsigned head, count;
    bool ended;
};

struct resolve {
    const struct pp_resolve_config *c;
    struct worker worker[PP_RESOLVE_WORKERS_MAX];
    unsigned workers; /* created so far */
    _Atomic bool stopped; /* after an error: names under way are completed, no new ones begun */
};

static void stop(struct resolve *r)
{
    if (!atomic_exchange(&r->stopped, true))
        pp_input_stop(r->c->input);
}

/* ---- the queue ---------------------------------------------------------------------------------------------- */

static void wake(struct worker *w)
{
    if (eventfd_write(w->wake, 1) < 0)
        return; /* EAGAIN: the eventfd is readable already */
}

/* Reader: passes NAME to the worker, which owns it then. */
static void put(struct worker *w, struct pp_name *name)
{
    bool was_empty;

    pthread_mutex_lock(&w->lock);
    while (w->count == RING && !w->ended)
        pthread_cond_wait(&w->room, &w->lock);
    was_empty = w->count == 0;
    if (w->ended) {
        free(name); /* the worker has failed, and takes no names */
        was_empty = false;
    } else {
        w->ring[(w->head + w->count++) % RING] = name;
    }
    pthread_mutex_unlock(&w->lock);
    if (was_empty)
        wake(w);
}

static void end(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    w->ended = true;
    pthread_cond_signal(&w->room);
    pthread_mutex_unlock(&w->lock);
    wake(w);
}

/* Worker: the next name; NULL: none at the moment, or, with *AT_END, no more. */
static struct pp_name *get(struct worker *w, bool *at_end)
{
    struct pp_name *name = NULL;
    eventfd_t v;

    pthread_mutex_lock(&w->lock);
    if (w->count) {
        name = w->ring[w->head];
        w->head = (w->head + 1) % RING;
        if (w->count-- == RING)
            pthread_cond_signal(&w->room);
    } else {
        *at_end = w->ended;
        if (eventfd_read(w->wake, &v) < 0)
            v = 0; /* not woken by eventfd */
    }
    pthread_mutex_unlock(&w->lock);
    return name;
}

/* ---- results ------------------------------------------------------------------------------------------------ */

static void write_failed(struct resolve *r, const struct pp_name *name, enum pp_ask_fail fail)
{
    char text[PP_ADDR_STRLEN];
    struct pp_buf b;
    struct pp_json j;

    if (!r->c->failed)
        return;
    pp_buf_init(&b, LINE_OUT_MAX);
    pp_json_init(&j, &b);
    pp_json_object(&j, NULL);
    if (name->members_len)
        pp_json_raw(&j, NULL, name->members, name->members_len);
    if (name->host.name[0])
        pp_json_str(&j, "domain", name->host.name);
    else
        pp_json_str(&j, "dip", pp_addr_str(&name->host.addr, text));
    if (name->original)
        pp_json_str(&j, "name", name->original);
    pp_json_str(&j, "failed", pp_ask_word(fail));
    pp_json_end(&j, '}');
    pp_buf_addc(&b, '\n');
    if (b.failed || !pp_writer_line(r->c->failed, b.data, b.len))
        stop(r);
    pp_buf_release(&b);
}

static void done(void *arg, const struct pp_name *name, const struct pp_lookup_result *result)
{
    struct worker *w = arg;

    w->in_flight--;
    if (result->no_memory) {
        pp_error("out of memory");
        stop(w->resolve);
        return;
    }
    if (result->targets == 0) {
        w->counts.failed[result->fail]++;
        write_failed(w->resolve, name, result->fail);
        return;
    }
    w->counts.resolved++;
    w->counts.incomplete += result->fail > PP_ASK_NXDOMAIN;
    w->counts.targets += result->targets;
    w->counts.cut += result->cut;
    if (!pp_writer_line(w->resolve->c->writer, result->lines, result->len))
        stop(w->resolve);
}

/* ---- threads ------------------------------------------------------------------------------------------------ */

static bool may_start(const struct worker *w)
{
    const struct pp_resolve_config *c = w->resolve->c;

    return w->in_flight < w->in_flight_max && !pp_dns_client_backlog(w->client) && !pp_writer_full(c->writer) &&
           !(c->failed && pp_writer_full(c->failed));
}

static void *work(void *arg)
{
    struct worker *w = arg;
    bool at_end = false;

    while (!(at_end && w->in_flight == 0)) {
        struct pp_name *name;
        while (!at_end && may_start(w) && (name = get(w, &at_end))) {
            if (atomic_load(&w->resolve->stopped)) {
                free(name);
                continue;
            }
            w->in_flight++;
            if (pp_lookup_start(&w->lookup, w->client, name) < 0) {
                w->in_flight--;
                pp_error("out of memory");
                stop(w->resolve);
            }
        }
        /* a writer that failed is never full again, so this ends */
        if (!(at_end && w->in_flight == 0) && pp_dns_client_turn(w->client) < 0) {
            stop(w->resolve);
            break;
        }
    }
    end(w);
    return NULL;
}

static int start(struct resolve *r, unsigned i)
{
    struct worker *w = &r->worker[i];
    struct pp_dns_client_config client = r->c->client;

    w->resolve = r;
    w->lookup = r->c->lookup;
    w->lookup.done = done;
    w->lookup.arg = w;
    w->in_flight_max = r->c->in_flight / r->c->workers + 1;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->room, NULL);
    w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->workers++;
    if (w->wake < 0)
        return pp_error_errno("cannot make an eventfd");
    client.wake_fd = w->wake;
    if (client.rate) /* each worker gets a share of the rate, at least 1 */
        client.rate = client.rate / r->c->workers + (i < client.rate % r->c->workers);
    w->client = pp_dns_client_new(&client);
    if (!w->client)
        return -1;
    if (pthread_create(&w->thread, NULL, work, w) != 0)
        return pp_error("cannot start a thread");
    w->running = true;
    return 0;
}

/* Ends the worker with its thread, and adds its counts. */
static void finish(struct worker *w, struct pp_resolve_counts *counts)
{
    struct pp_dns_client_counts asked = {0};

    if (w->running) {
        end(w);
        pthread_join(w->thread, NULL);
    }
    if (w->client)
        pp_dns_client_counts(w->client, &asked);
    counts->questions += asked.questions;
    counts->retries += asked.retries;
    counts->resolved += w->counts.resolved;
    counts->incomplete += w->counts.incomplete;
    counts->targets += w->counts.targets;
    counts->cut += w->counts.cut;
    for (unsigned i = 0; i < PP_RESOLVERS_MAX; i++) {
        counts->asked[i] += asked.asked[i];
        counts->answered[i] += asked.answered[i];
    }
    for (unsigned i = 0; i < PP_ASK_FAILS; i++)
        counts->failed[i] += w->counts.failed[i];
    pp_dns_client_free(w->client);
    for (; w->count; w->count--)
        free(w->ring[(w->head + w->count - 1) % RING]);
    if (w->wake >= 0)
        close(w->wake);
    pthread_cond_destroy(&w->room);
    pthread_mutex_destroy(&w->lock);
}

/* ---- the reader --------------------------------------------------------------------------------------------- */

static void bad_line(struct resolve *r, struct pp_resolve_counts *counts, const char *line, size_t len, const char *why)
{
    struct pp_buf b;
    struct pp_json j;

    if (counts->invalid++ < BAD_LINES_NAMED)
        pp_warn("input line %" PRIu64 ": %s", pp_input_number(r->c->input), why);
    if (!r->c->failed)
        return;
    pp_buf_init(&b, LINE_OUT_MAX);
    pp_json_init(&j, &b);
    pp_json_object(&j, NULL);
    pp_json_uint(&j, "line", pp_input_number(r->c->input));
    pp_json_strn(&j, "text", line, len < TEXT_SHOWN ? len : TEXT_SHOWN);
    pp_json_str(&j, "failed", "invalid");
    pp_json_str(&j, "why", why);
    pp_json_end(&j, '}');
    pp_buf_addc(&b, '\n');
    if (b.failed || !pp_writer_line(r->c->failed, b.data, b.len))
        stop(r);
    pp_buf_release(&b);
}

static int read_names(struct resolve *r, struct pp_list *list, struct pp_resolve_counts *counts)
{
    enum pp_input_got got;
    const char *line, *why;
    size_t len;
    unsigned next = 0;

    for (;;) {
        struct pp_name *name;
        int is = -1;
        pp_input_csv(r->c->input, pp_list_csv(list));
        got = pp_input_line(r->c->input, &line, &len);
        if (got == PP_INPUT_END || got == PP_INPUT_ERROR)
            break;
        if (got == PP_INPUT_TOO_LONG)
            line = "", len = 0, why = "longer than 32768 bytes";
        else
            is = pp_list_line(list, &name, line, len, &why);
        counts->read += is != 0;
        if (is < 0)
            bad_line(r, counts, line, len, why);
        else if (is > 0)
            put(&r->worker[next++ % r->c->workers], name);
    }
    if (counts->invalid > BAD_LINES_NAMED)
        pp_warn("%" PRIu64 " input lines were unusable; the first %d are reported above", counts->invalid,
                BAD_LINES_NAMED);
    return got == PP_INPUT_ERROR ? -1 : 0;
}

int pp_resolve(const struct pp_resolve_config *c, struct pp_resolve_counts *counts)
{
    struct resolve *r = calloc(1, sizeof *r);
    struct pp_list *list = pp_list_new(c->format);
    int result = -1;

    memset(counts, 0, sizeof *counts);
    if (!r || !list) {
        pp_error("out of memory");
        goto out;
    }
    r->c = c;
    for (unsigned i = 0; i < c->workers; i++) {
        if (start(r, i) < 0)
            goto out;
    }
    result = read_names(r, list, counts);
out:
    for (unsigned i = 0; r && i < r->workers; i++)
        finish(&r->worker[i], counts);
    if (r && atomic_load(&r->stopped))
        result = -1;
    pp_list_free(list);
    free(r);
    return result;
}
