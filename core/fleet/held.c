/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * held.c: the chunks that a worker holds. It fetches them, feeds their targets to `measure`, marks each target when its
 * line comes out, publishes a chunk when all its targets are marked, and acknowledges it then.
 */
#include "work_parts.h"

#include "../base/error.h"
#include "../base/json.h"
#include "../base/random.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FETCH_MS 20     /* how long the loop waits for a chunk */
#define EMPTY_QUEUE_MS 250 /* until an empty queue is asked again */
#define UNKNOWN 0xff    /* a target's fate */
#define IDLE_LINES 3    /* idle status lines on end (one a second) after which no observation follows */
#define OBSERVATION_MAX 65536
#define TROUBLE_MS 4000 /* less than an answer is waited for: the second try says so */

static void forget(struct work *k, struct held *h)
{
    if (h->fd >= 0)
        close(h->fd);
    pp_buf_release(&h->lines);
    free(h->fate);
    natsMsg_Destroy(h->msg);
    *h = k->held[--k->nheld];
    k->alone = k->alone && k->nheld > 0;
}

void pp_work_give_back(struct work *k, struct held *h, int64_t delay_ms)
{
    if (h->msg)
        natsMsg_NakWithDelay(h->msg, delay_ms, NULL);
    if (!h->whole)
        pp_spool_drop(k->w->spool, k->c.tag, h->n);
    forget(k, h);
}

void pp_work_return_all(struct work *k, int64_t delay_ms)
{
    while (k->nheld)
        pp_work_give_back(k, &k->held[k->nheld - 1], delay_ms);
}

/* How often the server has delivered this chunk, this time included; 2 if it does not say. */
static uint64_t delivered(natsMsg *msg, uint64_t *sequence)
{
    jsMsgMetaData *meta = NULL;
    uint64_t n = 2;

    *sequence = 0;
    if (natsMsg_GetMetaData(&meta, msg) == NATS_OK) {
        n = meta->NumDelivered;
        *sequence = meta->Sequence.Stream;
    }
    jsMsgMetaData_Destroy(meta);
    return n;
}

void pp_work_give_back_unread(struct work *k)
{
    const struct timespec pause = {0, FETCH_MS * 1000000L};
    natsMsgList list = {0};
    int n = 0, bytes = 0;

    nanosleep(&pause, NULL); /* the last request expires; after the flush its messages have arrived */
    if (natsConnection_FlushTimeout(k->w->bus->nc, PP_FLEET_FLUSH_MS) != NATS_OK ||
        natsSubscription_GetPending(k->sub, &n, &bytes) != NATS_OK || n == 0 ||
        natsSubscription_Fetch(&list, k->sub, n, 1, NULL) != NATS_OK)
        return;
    for (int i = 0; i < list.Count; i++)
        natsMsg_Nak(list.Msgs[i], NULL);
    natsMsgList_Destroy(&list);
}

static unsigned strikes(struct work *k, uint64_t n)
{
    char key[PP_FLEET_SUBJECT_MAX], *text;
    natsStatus s;
    size_t len;
    unsigned count;

    pp_bus_name(key, PP_BUS_STRIKES, k->c.tag, n);
    text = pp_bus_get(k->w->bus->fleet, key, &len, NULL, &s);
    count = text ? (unsigned)strtoul(text, NULL, 10) : 0;
    free(text);
    return count;
}

void pp_work_strike(struct work *k, uint64_t n)
{
    char key[PP_FLEET_SUBJECT_MAX], text[16];

    pp_bus_name(key, PP_BUS_STRIKES, k->c.tag, n);
    snprintf(text, sizeof text, "%u", strikes(k, n) + 1);
    if (kvStore_PutString(NULL, k->w->bus->fleet, key, text) != NATS_OK)
        pp_warn("the server refused '%s', the count of abnormal ends of measure on chunk %" PRIu64, key, n);
}

/*
 * Reports a chunk that cannot be measured as failed, with the reason, and removes it; a message that is no chunk is
 * reported as such.
 */
static void fail_chunk(struct work *k, natsMsg *msg, const struct pp_fleet_chunk *chunk, const char *why)
{
    char subject[PP_FLEET_SUBJECT_MAX], id[PP_FLEET_SUBJECT_MAX];
    struct pp_spool_closing closing = {.attempt = "failed", .clock_offset_ms = k->clock_offset_ms};
    jsErrCode code = 0;
    uint64_t sequence;
    struct pp_buf text;
    natsStatus s;

    (void)delivered(msg, &sequence);
    if (chunk->numbered)
        pp_warn("chunk %" PRIu64 " of campaign '%s' failed: %s", chunk->n, k->c.name, why);
    else
        pp_warn("message %" PRIu64 " in the queue of campaign '%s' is not a chunk of it: %s", sequence, k->c.name, why);
    closing.counts[PP_FLEET_NOT_STARTED] = chunk->numbered ? chunk->ntargets : 0;
    pp_buf_init(&text, 8192);
    pp_spool_closing_text(&text, chunk->numbered ? chunk->n : PP_FLEET_NO_CHUNK, &closing, why);
    snprintf(id, sizeof id, "%s/%s/failed/%" PRIu64, k->c.tag, k->w->vantage, sequence);
    pp_bus_name(subject, PP_BUS_OBS_OF, k->w->vantage, k->c.tag, chunk->numbered ? PP_FLEET_FAILED : PP_FLEET_STRAY);
    s = text.failed ? NATS_NO_MEMORY : pp_bus_publish(k->w->bus, subject, text.data, text.len, id, NULL, &code);
    pp_buf_release(&text);
    if (s == NATS_OK)
        natsMsg_Term(msg, NULL);
    else
        natsMsg_NakWithDelay(msg, RETRY_MS, NULL);
    natsMsg_Destroy(msg);
}

/* Feeds the chunk's targets to `measure`, each with the member that identifies it (struct pp_fleet_key). */
static bool feed(struct work *k, const struct pp_fleet_chunk *chunk)
{
    const char *p = chunk->line, *end = p + chunk->len;
    char key[64];

    for (uint32_t i = 0; p < end; i++) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        int n = snprintf(key, sizeof key, "{\"fleet\":[%" PRIu64 ",%" PRIu32 "],", chunk->n, i);
        if (!nl || !pp_fleet_child_feed(&k->child, key, (size_t)n) ||
            !pp_fleet_child_feed(&k->child, p + 1, (size_t)(nl - p)))
            return false;
        p = nl + 1;
    }
    k->fed += chunk->ntargets;
    k->idle = 0;
    return true;
}

/* Takes over MSG, which carries CHUNK. */
static int hold(struct work *k, natsMsg *msg, const struct pp_fleet_chunk *chunk)
{
    struct held *h = &k->held[k->nheld];
    const char *damage;
    uint64_t id;

    *h = (struct held){.msg = msg, .n = chunk->n, .ntargets = chunk->ntargets, .missing = chunk->ntargets, .fd = -1};
    k->nheld++;
    if (pp_spool_has(k->w->spool, k->c.tag, chunk->n, &h->closing, &damage)) { /* by a worker that was killed */
        h->whole = true;
        return 0;
    }
    if (damage)
        pp_warn("the file of chunk %" PRIu64 " in spool directory '%s' is damaged (%s): the chunk is measured again",
                chunk->n, k->w->spool->path, damage);
    h->closing = (struct pp_spool_closing){0};
    pp_buf_init(&h->lines, PP_SPOOL_BATCH + OBSERVATION_MAX);
    h->fate = malloc(chunk->ntargets);
    if (!h->fate)
        return pp_error(NO_MEMORY);
    memset(h->fate, UNKNOWN, chunk->ntargets);
    h->fd = pp_spool_begin(k->w->spool, k->c.tag, chunk->n);
    if (h->fd < 0)
        return -1;
    pp_random_secret(&id, sizeof id);
    snprintf(h->closing.attempt, sizeof h->closing.attempt, "%016" PRIx64, id);
    h->closing.clock_offset_ms = k->clock_offset_ms;
    return feed(k, chunk) ? 0 : pp_error(NO_MEMORY);
}

static struct held *find(struct work *k, uint64_t n)
{
    for (unsigned i = 0; i < k->nheld; i++)
        if (k->held[i].n == n)
            return &k->held[i];
    return NULL;
}

static int take(struct work *k, natsMsg *msg)
{
    struct pp_fleet_chunk chunk;
    const char *why = pp_fleet_chunk_parse(&chunk, &k->c, natsMsg_GetData(msg), (size_t)natsMsg_GetDataLength(msg));
    uint64_t sequence;
    unsigned bad = why || delivered(msg, &sequence) < 2 ? 0 : strikes(k, chunk.n);
    char text[64];

    if (!why && bad >= PP_FLEET_STRIKES) {
        snprintf(text, sizeof text, "measure ended abnormally on it %u times", bad);
        why = text;
    }
    if (why) {
        pp_fleet_chunk_number(&chunk, &k->c, msg);
        fail_chunk(k, msg, &chunk, why);
        return 0;
    }
    if (find(k, chunk.n) || (k->nheld && (bad || k->alone))) { /* suspected: alone */
        natsMsg_NakWithDelay(msg, RETRY_MS, NULL);
        natsMsg_Destroy(msg);
        return 0;
    }
    k->alone = bad > 0;
    return hold(k, msg, &chunk);
}

bool pp_work_has_room(const struct work *k)
{
    return k->nheld < k->w->chunks && k->nheld < HELD_MAX && !k->alone && !k->stopped && !k->ending &&
           pp_work_now_ms() >= k->fetch_at;
}

int pp_work_fetch(struct work *k)
{
    natsMsgList list = {0};
    natsStatus s;
    int result = 0;

    if (!pp_work_has_room(k))
        return 0;
    s = natsSubscription_Fetch(&list, k->sub, 1, FETCH_MS, NULL);
    for (int i = 0; s == NATS_OK && i < list.Count; i++) {
        natsMsg *msg = list.Msgs[i];
        list.Msgs[i] = NULL;
        if (take(k, msg) < 0)
            result = -1;
    }
    natsMsgList_Destroy(&list);
    if (s != NATS_OK)
        k->fetch_at = pp_work_now_ms() + EMPTY_QUEUE_MS;
    if (s == NATS_OK || pp_bus_may_pass(s))
        return result;
    if (pp_work_is_gone(k)) {
        k->look_at = 0;
        return result;
    }
    return pp_bus_error(s, "the queue of campaign '%s'", k->c.name);
}

/* ---- what comes out --------------------------------------------------------------------------------------------- */

/* Marks a target with FATE. NULL: it is marked already, or its chunk is not held. */
static struct held *mark(struct work *k, struct pp_fleet_key key, enum pp_fleet_fate fate)
{
    struct held *h = find(k, key.chunk);

    if (!h || h->whole || key.target >= h->ntargets || h->fate[key.target] != UNKNOWN)
        return NULL;
    h->fate[key.target] = (uint8_t)fate;
    h->closing.counts[fate]++;
    h->missing--;
    return h;
}

/*
 * The text after the last KEY in the observation, if at least ROOM bytes follow it; NULL: there is none. Members that
 * the list brought, at any depth, stand before those of `measure`.
 */
static const char *after_last(const char *line, size_t len, const char *key, size_t room)
{
    const size_t n = strlen(key);
    const char *p = line + len;

    while (p > line && (p = memrchr(line, key[1], (size_t)(p - line)))) /* there are fewer of it than quotes */
        if (p > line && (size_t)(line + len - p) >= n - 1 + room && memcmp(p - 1, key, n) == 0)
            return p - 1 + n;
    return NULL;
}

static void find_run_id(struct held *h, const char *line, size_t len)
{
    const char *id = *h->closing.run_id ? NULL : after_last(line, len, "\"run_id\":\"", sizeof h->closing.run_id);

    if (id)
        snprintf(h->closing.run_id, sizeof h->closing.run_id, "%.32s", id);
}

static bool is_invalid(const char *line, size_t len)
{
    const char *answer = after_last(line, len, "\"quality\":{\"valid\":", 5);

    return answer && memcmp(answer, "false", 5) == 0;
}

static int write_lines(struct work *k, struct held *h)
{
    if (h->lines.failed)
        return pp_error(NO_MEMORY);
    if (pp_spool_add(k->w->spool, h->fd, h->lines.data, h->lines.len) < 0)
        return -1;
    pp_buf_reset(&h->lines);
    return 0;
}

static int observation(struct work *k, const char *line, size_t len)
{
    struct pp_fleet_key key;
    struct held *h;

    k->came++;
    if (len >= OBSERVATION_MAX || !pp_fleet_key(line, len, &key))
        return pp_error("measure wrote a line that is not an observation of a target that it was given");
    h = mark(k, key, PP_FLEET_WRITTEN);
    if (!h)
        return 0;
    find_run_id(h, line, len);
    h->closing.lines++;
    if (is_invalid(line, len))
        h->closing.invalid++;
    k->written++;
    pp_buf_add(&h->lines, line, len + 1); /* with its newline, which follows in the buffer */
    return h->lines.len < PP_SPOOL_BATCH ? 0 : write_lines(k, h);
}

static int left_out(struct work *k, const char *line, size_t len)
{
    enum pp_fleet_fate fate;
    struct pp_fleet_key key;

    k->left++;
    if (pp_fleet_key_left_out(line, len, &key, &fate))
        mark(k, key, fate);
    return 0;
}

static uint64_t status_number(const struct work *k, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(k->status, key));
}

static int status(struct work *k, const char *line, size_t len)
{
    json_t *j = json_loadb(line, len, 0, NULL);

    if (!j)
        return 0;
    json_decref(k->status);
    k->status = j;
    k->status_at = pp_work_now_ms();
    if (k->idle == 0)
        k->idle_at = k->status_at;
    k->idle = status_number(k, "in") + k->left == k->fed && !status_number(k, "in_flight") &&
                      !status_number(k, "confirming") && k->child.out.len == 0
                  ? k->idle + 1
                  : 0;
    return 0;
}

int pp_work_read_child(struct work *k)
{
    static int (*const take_line[PP_FLEET_PIPES])(struct work *, const char *, size_t) = {
        [PP_FLEET_OBSERVATION] = observation,
        [PP_FLEET_STATUS] = status,
        [PP_FLEET_LEFT_OUT] = left_out,
    };
    const char *line;
    size_t len;

    for (unsigned from = 0; from < PP_FLEET_PIPES; from++) {
        while ((line = pp_fleet_child_line(&k->child, (enum pp_fleet_from)from, &len))) {
            if (from != PP_FLEET_STATUS)
                k->idle = 0;
            if (take_line[from](k, line, len) < 0)
                return -1;
        }
    }
    return 0;
}

/*
 * After enough idle status lines: targets of which no line came are marked as not started (`measure` turns targets away
 * in networks that asked not to be probed). The time since the first of these lines is checked as well: a worker that
 * was suspended reads many old status lines at once, with observations still behind them.
 */
void pp_work_settle_rest(struct work *k)
{
    if (k->idle < IDLE_LINES || pp_work_now_ms() - k->idle_at < IDLE_LINES * 1000)
        return;
    for (unsigned i = 0; i < k->nheld; i++)
        for (uint32_t t = 0; !k->held[i].whole && t < k->held[i].ntargets; t++)
            mark(k, (struct pp_fleet_key){k->held[i].n, t}, PP_FLEET_NOT_STARTED);
}

/* ---- what goes back --------------------------------------------------------------------------------------------- */

static int finish(struct work *k, struct held *h)
{
    int fd = h->fd;

    if (write_lines(k, h) < 0)
        return -1;
    pp_buf_release(&h->lines);
    h->fd = -1;
    if (pp_spool_finish(k->w->spool, k->c.tag, h->n, fd, &h->closing) < 0)
        return -1;
    h->whole = true;
    free(h->fate);
    h->fate = NULL;
    return 0;
}

/* Says once that the server takes no results: why, or, where it does not say so, after a while. */
static void say_trouble(struct work *k, const struct held *h, natsStatus s)
{
    int64_t now = pp_work_now_ms();

    if (!k->trouble_since)
        k->trouble_since = now;
    if (k->told_trouble || (s != NATS_ERR && now - k->trouble_since < TROUBLE_MS))
        return;
    k->told_trouble = true;
    pp_bus_error(s, "the server refused the results of chunk %" PRIu64 ", which are sent again", h->n);
}

/*
 * Publishes a complete chunk, and acknowledges it once the server has stored it. Tried again later without an answer.
 */
int pp_work_publish(struct work *k, struct held *h)
{
    jsErrCode code = 0;
    natsStatus s;
    int result = pp_spool_publish(k->w->spool, k->w->bus, k->c.tag, k->w->vantage, h->n, &s, &code);

    if (result < 0 && s == NATS_OK)
        return -1;
    if (result == 0)
        s = natsMsg_AckSync(h->msg, NULL, &code);
    if (s != NATS_OK) {
        say_trouble(k, h, s);
        pp_verbose("chunk %" PRIu64 ": %s", h->n, natsStatus_GetText(s));
        if (code == JSStreamNotFoundErr || s == NATS_NO_RESPONDERS) /* deleted, or the server starts */
            k->look_at = 0;
        h->retry_at = pp_work_now_ms() + RETRY_MS;
        return 0;
    }
    k->done_chunks++;
    k->barren = 0;
    k->told_trouble = false;
    k->trouble_since = 0;
    pp_spool_drop(k->w->spool, k->c.tag, h->n);
    forget(k, h);
    return 0;
}

int pp_work_send_back(struct work *k)
{
    int64_t now = pp_work_now_ms();

    for (unsigned i = k->nheld; i-- > 0;) {
        struct held *h = &k->held[i];
        if (!h->whole && h->missing == 0 && finish(k, h) < 0)
            return -1;
        if (h->whole && now >= h->retry_at && pp_work_publish(k, h) < 0)
            return -1;
    }
    return 0;
}

/* Renews the lease of the held chunks while the status lines of `measure` advance. */
void pp_work_hold_on(struct work *k)
{
    int64_t now = pp_work_now_ms(), lease = (int64_t)k->c.lease_s * 1000;

    if (now < k->progress_at || now - k->status_at > lease / 2)
        return;
    k->progress_at = now + lease / 4;
    for (unsigned i = 0; i < k->nheld; i++)
        natsMsg_InProgress(k->held[i].msg, NULL);
}
