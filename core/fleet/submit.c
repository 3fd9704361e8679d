/* SPDX-License-Identifier: BSD-2-Clause */
/* submit.c: publishes a list as a campaign: its record, its queues, its chunks. */
#include "submit.h"

#include "../base/error.h"
#include "../base/json.h"
#include "../base/random.h"
#include "../base/when.h"
#include "cut.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_SPARE 4096 /* bytes of a message for headers, the server's and our own */
#define PENDING_ACKS 4096  /* publications that may be unacknowledged at one time */

/* The campaign that is being made. */
struct making {
    struct pp_bus *b;
    const struct pp_fleet_submit *s;
    const volatile int *stop;
    struct pp_cut cut;
    size_t *from; /* begins of the chunks, and the end of the last */
    struct pp_fleet_submitted *done;
    char tag[PP_FLEET_TAG_MAX], id[PP_FLEET_ID_LEN + 1];
    uint64_t revision; /* of its record; 0: there is none of ours */
};

static int publish(const struct making *m, uint64_t n, const char *queue)
{
    size_t from = m->from[n], to = m->from[n + 1];
    char subject[PP_FLEET_SUBJECT_MAX], id[PP_FLEET_SUBJECT_MAX], chunk[24], targets[24];
    const char *const headers[] = {PP_FLEET_CHUNK_N, chunk, PP_FLEET_TARGETS_N, targets, NULL};
    jsErrCode code = 0;
    struct pp_buf text;
    natsStatus st;

    snprintf(chunk, sizeof chunk, "%" PRIu64, n);
    snprintf(targets, sizeof targets, "%zu", to - from);
    pp_buf_init(&text, (size_t)m->b->max_payload);
    pp_fleet_chunk_head(&text, m->tag, n, (uint32_t)(to - from));
    pp_cut_lines(&m->cut, from, to, &text);
    if (text.failed) {
        pp_buf_release(&text);
        return pp_error("a chunk does not fit into a message of %" PRId64 " bytes", m->b->max_payload);
    }
    snprintf(id, sizeof id, "%s/%s/%" PRIu64, m->tag, queue, n);
    pp_bus_name(subject, PP_BUS_WORK_OF, m->tag, queue);
    st = pp_bus_publish(m->b, subject, text.data, text.len, id, headers, &code);
    pp_buf_release(&text);
    return st == NATS_OK ? 0 : pp_bus_error(st, "chunk %" PRIu64, n);
}

/* Publishes the chunks of one queue, in a random order of its own. */
static int publish_all(const struct making *m, const char *queue)
{
    uint64_t n = m->done->chunks;
    struct pp_sipkey key = m->cut.key;
    uint64_t *order = calloc(n, sizeof *order);
    int result = order ? 0 : pp_error("out of memory");

    key.k[1] ^= pp_siphash(&m->cut.key, queue, strlen(queue));
    for (uint64_t i = 0; order && i < n; i++) { /* Fisher-Yates, inside out */
        uint64_t at = pp_siphash(&key, &i, sizeof i) % (i + 1);
        order[i] = order[at];
        order[at] = i;
    }
    for (uint64_t i = 0; result == 0 && i < n; i++)
        result = *m->stop ? pp_error("interrupted: nothing was submitted") : publish(m, order[i], queue);
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

static int add_consumer(const struct making *m, const char *stream, const char *queue)
{
    char subject[PP_FLEET_SUBJECT_MAX];
    jsConsumerConfig c;
    jsErrCode code = 0;
    natsStatus st;

    jsConsumerConfig_Init(&c);
    c.Durable = queue;
    c.FilterSubject = pp_bus_name(subject, PP_BUS_WORK_OF, m->tag, queue);
    c.AckPolicy = js_AckExplicit;
    c.AckWait = (int64_t)m->s->lease_s * PP_SECOND;
    c.MaxDeliver = -1; /* no limit: workers count failures (strikes) and report the chunk as failed */
    c.MaxAckPending = PENDING_ACKS;
    st = js_AddConsumer(NULL, m->b->js, stream, &c, NULL, &code);
    return st == NATS_OK ? 0 : pp_bus_error(st, "queue '%s'", queue);
}

/* OPEN: all chunks are there. */
static void record(struct pp_buf *out, const struct making *m, bool open)
{
    const struct pp_fleet_submit *s = m->s;
    const struct pp_fleet_submitted *d = m->done;
    char *options = json_dumps(s->options, JSON_COMPACT);
    struct pp_json j;

    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    pp_json_uint(&j, "schema", PP_FLEET_SCHEMA);
    pp_json_str(&j, "campaign", s->campaign);
    pp_json_str(&j, "id", m->id);
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
    pp_json_object(&j, "counts");
    pp_json_uint(&j, "read", d->counts.read);
    pp_json_uint(&j, "duplicate", d->counts.duplicate);
    pp_json_uint(&j, "invalid_line", d->counts.invalid_line);
    pp_json_uint(&j, "blocked", d->counts.blocked);
    pp_json_end(&j, '}');
    pp_json_bool(&j, "open", open);
    pp_json_end(&j, '}');
    free(options);
}

/* Writes the campaign's record, at first if there is none of its name, later if that is still ours. */
static int put_record(struct making *m)
{
    const char *name = m->s->campaign, *why;
    char key[PP_FLEET_SUBJECT_MAX];
    uint64_t revision = 0;
    bool create = m->revision == 0;
    struct pp_buf text;
    natsStatus st;

    pp_buf_init(&text, PP_FLEET_RECORD_MAX);
    record(&text, m, !create);
    pp_bus_name(key, PP_BUS_KEY, "campaign", name);
    st = text.failed ? NATS_NO_MEMORY
         : create    ? kvStore_Create(&revision, m->b->fleet, key, text.data, (int)text.len)
                     : kvStore_Update(&revision, m->b->fleet, key, text.data, (int)text.len, m->revision);
    pp_buf_release(&text);
    if (st == NATS_OK) {
        m->revision = revision;
        return 0;
    }
    why = nats_GetLastError(NULL);
    if (st == NATS_ERR && create && why && strstr(why, "wrong last sequence")) {
        pp_error("campaign '%s' exists already", name);
        return pp_hint("use another --campaign; or `fleet delete`, after its results are collected");
    }
    return pp_bus_error(st, "campaign '%s'", name);
}

static int make_queues(const struct making *m)
{
    static const char *const any[] = {PP_FLEET_ANY, NULL};
    char work[PP_FLEET_SUBJECT_MAX], obs[PP_FLEET_SUBJECT_MAX], subject[PP_FLEET_SUBJECT_MAX];
    const char *const *queue = m->s->split == PP_FLEET_VANTAGE ? m->s->vantages : any;

    pp_bus_name(work, PP_BUS_WORK, m->tag);
    if (add_stream(m->b, work, pp_bus_name(subject, PP_BUS_WORK_OF, m->tag, "*"), js_WorkQueuePolicy) < 0)
        return -1;
    pp_bus_name(subject, PP_BUS_OBS_OF, "*", m->tag, "*");
    if (add_stream(m->b, pp_bus_name(obs, PP_BUS_OBS, m->tag), subject, js_LimitsPolicy) < 0)
        return -1;
    for (; *queue; queue++)
        if (add_consumer(m, work, *queue) < 0)
            return -1;
    return 0;
}

static int publish_list(const struct making *m)
{
    int result = m->s->split == PP_FLEET_CHUNK ? publish_all(m, PP_FLEET_ANY) : 0;

    for (const char *const *v = m->s->vantages; result == 0 && m->s->split == PP_FLEET_VANTAGE && *v; v++)
        result = publish_all(m, *v);
    return result;
}

static int read_list(struct making *m)
{
    const struct pp_fleet_submit *s = m->s;
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
        result = pp_cut_read(&m->cut, feeder, m->stop);
    pp_feeder_free(feeder);
    pp_input_free(input);
    return result;
}

/* Deletes the strikes of the campaign's chunks. */
static natsStatus delete_strikes(struct pp_bus *b, const char *tag)
{
    char start[PP_FLEET_SUBJECT_MAX];
    kvKeysList keys = {0};
    natsStatus s = kvStore_Keys(&keys, b->fleet, NULL);
    size_t len = (size_t)snprintf(start, sizeof start, "strikes.%s.", tag);

    for (int i = 0; s == NATS_OK && i < keys.Count; i++)
        if (strncmp(keys.Keys[i], start, len) == 0)
            s = kvStore_Delete(b->fleet, keys.Keys[i]);
    kvKeysList_Destroy(&keys);
    return s;
}

/* Keeps in *FIRST the first status that is an error; what was not there is deleted. */
static void note(natsStatus *first, natsStatus s)
{
    if (*first == NATS_OK && s != NATS_NOT_FOUND)
        *first = s;
}

/* Deletes what the server has of the campaign but its record. */
static natsStatus delete_parts(struct pp_bus *b, const char *tag)
{
    char name[PP_FLEET_SUBJECT_MAX];
    natsStatus s = NATS_OK;
    jsErrCode code = 0;

    note(&s, js_DeleteStream(b->js, pp_bus_name(name, PP_BUS_WORK, tag), NULL, &code));
    note(&s, js_DeleteStream(b->js, pp_bus_name(name, PP_BUS_OBS, tag), NULL, &code));
    note(&s, delete_strikes(b, tag));
    note(&s, kvStore_Delete(b->fleet, pp_bus_name(name, PP_BUS_KEY, "stop", tag)));
    note(&s, kvStore_Delete(b->fleet, pp_bus_name(name, PP_BUS_KEY, "blocklist", tag)));
    return s;
}

static int put_key(struct pp_bus *b, const char *kind, const char *tag, const char *text, size_t len)
{
    char key[PP_FLEET_SUBJECT_MAX];
    natsStatus s;

    if ((int64_t)len > b->max_payload - MESSAGE_SPARE)
        return pp_error("a %s of %zu bytes does not fit into a message", kind, len);
    s = kvStore_Put(NULL, b->fleet, pp_bus_name(key, PP_BUS_KEY, kind, tag), text, (int)len);
    return s == NATS_OK ? 0 : pp_bus_error(s, "%s of '%s'", kind, tag);
}

/* Deletes what was made of the campaign; its record if that is still ours. */
static void unmake(struct making *m)
{
    char key[PP_FLEET_SUBJECT_MAX];
    struct pp_fleet_campaign c;

    (void)delete_parts(m->b, m->tag);
    pp_error_muted = true;
    if (pp_fleet_campaign_get(&c, m->b, m->s->campaign) == 0 && strcmp(c.tag, m->tag) == 0)
        kvStore_Delete(m->b->fleet, pp_bus_name(key, PP_BUS_KEY, "campaign", m->s->campaign));
    pp_error_muted = false;
    pp_fleet_campaign_release(&c);
}

int pp_fleet_submit(struct pp_bus *b, const struct pp_fleet_submit *s, const volatile int *stop,
                    struct pp_fleet_submitted *done)
{
    struct making m = {.b = b, .s = s, .stop = stop, .cut = {.fd = -1}, .done = done};
    int result = -1;
    uint64_t id;

    *done = (struct pp_fleet_submitted){0};
    pp_random_secret(&id, sizeof id);
    snprintf(m.id, sizeof m.id, "%0*" PRIx64, PP_FLEET_ID_LEN, id);
    pp_fleet_tag(m.tag, s->campaign, m.id);
    if (read_list(&m) < 0)
        goto out;
    m.from = pp_cut_chunks(&m.cut, s->chunk_targets, PP_FLEET_CHUNK_TARGETS, (uint64_t)b->max_payload - MESSAGE_SPARE,
                           &done->chunks);
    done->targets = m.cut.n;
    done->counts = m.cut.counts;
    done->networks_split = m.cut.networks_split;
    if (m.from && put_record(&m) == 0 &&
        (!s->blocklist || put_key(b, "blocklist", m.tag, s->blocklist, s->blocklist_len) == 0) &&
        make_queues(&m) == 0 && publish_list(&m) == 0)
        result = put_record(&m);
    if (m.revision && result < 0)
        unmake(&m);
out:
    pp_cut_release(&m.cut);
    free(m.from);
    return result;
}

/* Writes the tag of the campaign with this name. 0, or -1 printed: there is none. */
static int find_tag(struct pp_bus *b, const char *campaign, char tag[PP_FLEET_TAG_MAX])
{
    struct pp_fleet_campaign c;
    int result = pp_fleet_campaign_get(&c, b, campaign);

    memcpy(tag, c.tag, sizeof c.tag);
    pp_fleet_campaign_release(&c);
    return result;
}

int pp_fleet_block(struct pp_bus *b, const char *campaign, const char *text, size_t len)
{
    char tag[PP_FLEET_TAG_MAX];

    return find_tag(b, campaign, tag) < 0 ? -1 : put_key(b, "blocklist", tag, text, len);
}

int pp_fleet_stop(struct pp_bus *b, const char *campaign)
{
    char tag[PP_FLEET_TAG_MAX];

    return find_tag(b, campaign, tag) < 0 ? -1 : put_key(b, "stop", tag, "true", 4);
}

int pp_fleet_delete(struct pp_bus *b, const char *campaign)
{
    char key[PP_FLEET_SUBJECT_MAX], *text;
    struct pp_fleet_campaign c;
    natsStatus s;
    size_t len;

    text = pp_bus_get(b->fleet, pp_bus_name(key, PP_BUS_KEY, "campaign", campaign), &len, NULL, &s);
    if (!text)
        return pp_bus_error(s, "campaign '%s'", campaign);
    if (pp_fleet_campaign_parse(&c, text, len) == 0 && strcmp(c.name, campaign) == 0)
        s = delete_parts(b, c.tag);
    else
        pp_warn("streams of campaign '%s' are not known, as its record cannot be read: it alone is deleted", campaign);
    pp_fleet_campaign_release(&c);
    free(text);
    note(&s, kvStore_Delete(b->fleet, key));
    return s == NATS_OK ? 0 : pp_bus_error(s, "campaign '%s'", campaign);
}
