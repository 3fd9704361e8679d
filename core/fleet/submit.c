/* SPDX-License-Identifier: BSD-2-Clause */
/* submit.c: publishes a list as a campaign: its record, its queues, its chunks. */
#include "submit.h"

#include "../base/error.h"
#include "../base/json.h"
#include "../base/when.h"
#include "cut.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_SPARE 4096 /* bytes of a message for headers, the server's and our own */

#define PENDING_ACKS 4096  /* publications that may be unacknowledged at one time */

static int publish(struct pp_bus *b, const struct pp_fleet_submit *s, const struct pp_cut *l, uint64_t n,
                   size_t from, size_t to, const char *queue)
{
    char subject[PP_FLEET_SUBJECT_MAX], id[PP_FLEET_SUBJECT_MAX], chunk[24], targets[24];
    const char *const headers[] = {PP_FLEET_CHUNK_N, chunk, PP_FLEET_TARGETS_N, targets, NULL};
    jsErrCode code = 0;
    struct pp_buf text;
    natsStatus st;

    snprintf(chunk, sizeof chunk, "%" PRIu64, n);
    snprintf(targets, sizeof targets, "%zu", to - from);
    pp_buf_init(&text, (size_t)b->max_payload);
    pp_fleet_chunk_head(&text, s->campaign, n, (uint32_t)(to - from));
    pp_cut_lines(l, from, to, &text);
    if (text.failed) {
        pp_buf_release(&text);
        return pp_error("a chunk does not fit into a message of %" PRId64 " bytes", b->max_payload);
    }
    snprintf(id, sizeof id, "%s/%s/%" PRIu64, s->campaign, queue, n);
    st = pp_bus_publish(b, pp_bus_work_of(subject, s->campaign, queue), text.data, text.len, id, headers, &code);
    pp_buf_release(&text);
    return st == NATS_OK ? 0 : pp_bus_error(st, "chunk %" PRIu64, n);
}

/* Publishes the chunks of one queue, in a random order of its own. FROM: their begins, and the end of the last. */
static int publish_all(struct pp_bus *b, const struct pp_fleet_submit *s, const struct pp_cut *l, const size_t *from,
                       uint64_t n, const char *queue, const volatile int *stop)
{
    struct pp_sipkey key = l->key;
    uint64_t *order = calloc(n, sizeof *order);
    int result = order ? 0 : pp_error("out of memory");

    key.k[1] ^= pp_siphash(&l->key, queue, strlen(queue));
    for (uint64_t i = 0; order && i < n; i++) { /* Fisher-Yates, inside out */
        uint64_t at = pp_siphash(&key, &i, sizeof i) % (i + 1);
        order[i] = order[at];
        order[at] = i;
    }
    for (uint64_t i = 0; result == 0 && i < n; i++)
        result = *stop ? pp_error("interrupted: nothing was submitted")
                       : publish(b, s, l, order[i], from[order[i]], from[order[i] + 1], queue);
    free(order);
    return result;
}

/* ---- the campaign on the bus ------------------------------------------------------------------------------------ */

static int add_stream(struct pp_bus *b, const char *name, const char *subject, jsRetentionPolicy retention)
{
    jsStreamConfig c;
    jsErrCode code = 0;
    natsStatus s;

    jsStreamConfig_Init(&c);
    c.Name = name;
    c.Subjects = &subject;
    c.SubjectsLen = 1;
    c.Retention = retention;
    c.Storage = js_FileStorage;
    s = js_AddStream(NULL, b->js, &c, NULL, &code);
    return s == NATS_OK ? 0 : pp_bus_error(s, "stream '%s'", name);
}

static int add_consumer(struct pp_bus *b, const struct pp_fleet_submit *s, const char *stream, const char *queue)
{
    char subject[PP_FLEET_SUBJECT_MAX];
    jsConsumerConfig c;
    jsErrCode code = 0;
    natsStatus st;

    jsConsumerConfig_Init(&c);
    c.Durable = queue;
    c.FilterSubject = pp_bus_work_of(subject, s->campaign, queue);
    c.AckPolicy = js_AckExplicit;
    c.AckWait = (int64_t)s->lease_s * PP_SECOND;
    c.MaxDeliver = -1; /* no limit: workers count failures (strikes) and report the chunk as failed */
    c.MaxAckPending = PENDING_ACKS;
    st = js_AddConsumer(NULL, b->js, stream, &c, NULL, &code);
    return st == NATS_OK ? 0 : pp_bus_error(st, "queue '%s'", queue);
}

static void put_counts(struct pp_json *j, const struct pp_target_counts *c)
{
    pp_json_object(j, "counts");
    pp_json_uint(j, "read", c->read);
    pp_json_uint(j, "duplicate", c->duplicate);
    pp_json_uint(j, "invalid_line", c->invalid_line);
    pp_json_uint(j, "blocked", c->blocked);
    pp_json_end(j, '}');
}

static void record(struct pp_buf *out, const struct pp_fleet_submit *s, const struct pp_fleet_submitted *d,
                   const struct pp_target_counts *counts)
{
    char *options = json_dumps(s->options, JSON_COMPACT);
    struct pp_json j;

    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    pp_json_uint(&j, "schema", PP_FLEET_SCHEMA);
    pp_json_str(&j, "campaign", s->campaign);
    pp_json_str(&j, "experiment", s->experiment);
    pp_json_str(&j, "version", s->version);
    pp_json_raw(&j, "options", options ? options : "{}", options ? strlen(options) : 2);
    pp_json_str(&j, "split", s->split == PP_FLEET_VANTAGE ? "vantage" : "chunk");
    pp_json_array(&j, "vantages");
    for (const char *const *v = s->vantages; s->split == PP_FLEET_VANTAGE && *v; v++)
        pp_json_str(&j, NULL, *v);
    pp_json_end(&j, ']');
    pp_json_time(&j, "time", pp_clock(CLOCK_REALTIME));
    pp_json_uint(&j, "lease", s->lease_s);
    pp_json_uint(&j, "chunks", d->chunks);
    pp_json_uint(&j, "targets", d->targets);
    put_counts(&j, counts);
    pp_json_bool(&j, "open", d->chunks > 0);
    pp_json_end(&j, '}');
    free(options);
}

/* Writes the campaign's record; CREATE: fails if there is one already. */
static int put_record(struct pp_bus *b, const struct pp_fleet_submit *s, const struct pp_fleet_submitted *d,
                      const struct pp_target_counts *counts, bool create)
{
    char key[PP_FLEET_SUBJECT_MAX];
    struct pp_buf text;
    natsStatus st;

    pp_buf_init(&text, PP_FLEET_RECORD_MAX);
    record(&text, s, d, counts);
    pp_bus_key(key, "campaign", s->campaign);
    st = text.failed ? NATS_NO_MEMORY
         : create    ? kvStore_Create(NULL, b->fleet, key, text.data, (int)text.len)
                     : kvStore_Put(NULL, b->fleet, key, text.data, (int)text.len);
    pp_buf_release(&text);
    if (st == NATS_OK)
        return 0;
    if (create && st == NATS_ERR) {
        pp_error("there is a campaign '%s' already", s->campaign);
        return pp_hint("another --campaign; or `fleet delete`, once its results are collected");
    }
    return pp_bus_error(st, "campaign '%s'", s->campaign);
}

static int make_queues(struct pp_bus *b, const struct pp_fleet_submit *s)
{
    static const char *const any[] = {PP_FLEET_ANY, NULL};
    char work[PP_FLEET_SUBJECT_MAX], obs[PP_FLEET_SUBJECT_MAX], subject[PP_FLEET_SUBJECT_MAX];
    const char *const *queue = s->split == PP_FLEET_VANTAGE ? s->vantages : any;

    pp_bus_work(work, s->campaign);
    if (add_stream(b, work, pp_bus_work_of(subject, s->campaign, "*"), js_WorkQueuePolicy) < 0)
        return -1;
    snprintf(subject, sizeof subject, "pp.obs.*.%s.*", s->campaign);
    if (add_stream(b, pp_bus_obs(obs, s->campaign), subject, js_LimitsPolicy) < 0)
        return -1;
    for (; *queue; queue++)
        if (add_consumer(b, s, work, *queue) < 0)
            return -1;
    return 0;
}

static int publish_list(struct pp_bus *b, const struct pp_fleet_submit *s, const struct pp_cut *l, const size_t *from,
                        uint64_t chunks, const volatile int *stop)
{
    if (s->split == PP_FLEET_CHUNK)
        return publish_all(b, s, l, from, chunks, PP_FLEET_ANY, stop);
    for (const char *const *v = s->vantages; *v; v++)
        if (publish_all(b, s, l, from, chunks, *v, stop) < 0)
            return -1;
    return 0;
}

static int read_list(const struct pp_fleet_submit *s, struct pp_cut *cut, const volatile int *stop)
{
    struct pp_input *input = pp_input_open(s->input);
    struct pp_feeder *feeder = NULL;
    int result = -1;

    if (input)
        feeder = pp_feeder_new(&(struct pp_feeder_config){.input = input,
                                                          .format = s->format,
                                                          .blocklist = s->blocked,
                                                          .default_port = s->default_port,
                                                          .portless = true,
                                                          .dedup = true});
    if (feeder)
        result = pp_cut_read(cut, feeder, stop);
    pp_feeder_free(feeder);
    pp_input_free(input);
    return result;
}

int pp_fleet_submit(struct pp_bus *b, const struct pp_fleet_submit *s, const volatile int *stop,
                    struct pp_fleet_submitted *done)
{
    const struct pp_fleet_submitted none = {0};
    struct pp_cut cut = {.fd = -1};
    size_t *from = NULL;
    bool made = false;
    int result = -1;

    *done = none;
    if (read_list(s, &cut, stop) < 0)
        goto out;
    from = pp_cut_chunks(&cut, s->chunk_targets, PP_FLEET_CHUNK_TARGETS, (uint64_t)b->max_payload - MESSAGE_SPARE,
                         &done->chunks);
    if (!from || put_record(b, s, &none, &cut.counts, true) < 0)
        goto out;
    made = true;
    done->targets = cut.n;
    done->read = cut.counts.read;
    done->duplicate = cut.counts.duplicate;
    done->invalid_line = cut.counts.invalid_line;
    done->blocked = cut.counts.blocked;
    done->networks_split = cut.networks_split;
    if (s->blocklist && pp_fleet_block(b, s->campaign, s->blocklist, s->blocklist_len) < 0)
        goto out;
    if (make_queues(b, s) == 0 && publish_list(b, s, &cut, from, done->chunks, stop) == 0)
        result = put_record(b, s, done, &cut.counts, false);
out:
    if (made && result < 0)
        (void)pp_fleet_delete(b, s->campaign);
    pp_cut_release(&cut);
    free(from);
    return result;
}

/*
 * Checks that a campaign exists before a stop or blocklist is stored under its name: a later campaign of that name
 * would get it. 0, or -1 printed.
 */
static int check_campaign(struct pp_bus *b, const char *campaign)
{
    struct pp_fleet_campaign c;
    int result = pp_fleet_campaign_get(&c, b, campaign);

    pp_fleet_campaign_release(&c);
    return result;
}

int pp_fleet_block(struct pp_bus *b, const char *campaign, const char *text, size_t len)
{
    char key[PP_FLEET_SUBJECT_MAX];
    natsStatus s;

    if (check_campaign(b, campaign) < 0)
        return -1;
    if ((int64_t)len > b->max_payload - MESSAGE_SPARE)
        return pp_error("a blocklist of %zu bytes does not fit into a message", len);
    s = kvStore_Put(NULL, b->fleet, pp_bus_key(key, "blocklist", campaign), text, (int)len);
    return s == NATS_OK ? 0 : pp_bus_error(s, "blocklist of '%s'", campaign);
}

int pp_fleet_stop(struct pp_bus *b, const char *campaign)
{
    char key[PP_FLEET_SUBJECT_MAX];
    natsStatus s;

    if (check_campaign(b, campaign) < 0)
        return -1;
    s = kvStore_PutString(NULL, b->fleet, pp_bus_key(key, "stop", campaign), "true");
    return s == NATS_OK ? 0 : pp_bus_error(s, "campaign '%s'", campaign);
}

/* Deletes the strikes of the campaign's chunks, which would count for the next campaign of that name. */
static natsStatus delete_strikes(struct pp_bus *b, const char *campaign)
{
    char start[PP_FLEET_SUBJECT_MAX];
    kvKeysList keys = {0};
    natsStatus s = kvStore_Keys(&keys, b->fleet, NULL);
    size_t len = (size_t)snprintf(start, sizeof start, "strikes.%s.", campaign);

    for (int i = 0; s == NATS_OK && i < keys.Count; i++)
        if (strncmp(keys.Keys[i], start, len) == 0)
            s = kvStore_Delete(b->fleet, keys.Keys[i]);
    kvKeysList_Destroy(&keys);
    return s;
}

int pp_fleet_delete(struct pp_bus *b, const char *campaign)
{
    static const char *const kinds[] = {"stop", "blocklist", "campaign"};
    kvEntry *e = NULL;
    char name[PP_FLEET_SUBJECT_MAX];
    jsErrCode code = 0;
    natsStatus s, other;

    s = kvStore_Get(&e, b->fleet, pp_bus_key(name, "campaign", campaign));
    kvEntry_Destroy(e);
    if (s == NATS_NOT_FOUND)
        return pp_bus_error(s, "campaign '%s'", campaign);
    s = js_DeleteStream(b->js, pp_bus_work(name, campaign), NULL, &code);
    other = js_DeleteStream(b->js, pp_bus_obs(name, campaign), NULL, &code);
    if (s == NATS_OK || s == NATS_NOT_FOUND)
        s = other;
    other = delete_strikes(b, campaign);
    if (s == NATS_OK || s == NATS_NOT_FOUND)
        s = other;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        other = kvStore_Delete(b->fleet, pp_bus_key(name, kinds[i], campaign));
        if (s == NATS_OK || s == NATS_NOT_FOUND)
            s = other;
    }
    return s == NATS_OK || s == NATS_NOT_FOUND ? 0 : pp_bus_error(s, "campaign '%s'", campaign);
}
