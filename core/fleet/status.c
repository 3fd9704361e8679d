/* SPDX-License-Identifier: BSD-2-Clause */
/* status.c: collects the state of campaigns and vantage points as JSON, and prints it for a terminal. */
#include "status.h"

#include "../base/error.h"
#include "spool.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void set_number(json_t *o, const char *key, uint64_t v)
{
    json_object_set_new(o, key, json_integer((json_int_t)v));
}

static uint64_t number(const json_t *o, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(o, key));
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));

    return t ? t : "?";
}

/* The state of one queue: chunks that wait, and chunks that workers hold. */
static json_t *queue(struct pp_bus *b, const char *stream, const char *name)
{
    jsConsumerInfo *info = NULL;
    json_t *q = json_object();
    jsErrCode code = 0;

    json_object_set_new(q, "queue", json_string(name));
    if (js_GetConsumerInfo(&info, b->js, stream, name, NULL, &code) == NATS_OK) {
        set_number(q, "waiting", info->NumPending);
        set_number(q, "held", (uint64_t)info->NumAckPending);
    }
    jsConsumerInfo_Destroy(info);
    return q;
}

/* Counts the messages of pp.obs.*.CAMPAIGN.WHAT. */
static uint64_t count_messages(const jsStreamInfo *info, const char *what)
{
    const jsStreamStateSubjects *all = info->State.Subjects;
    size_t len = strlen(what);
    uint64_t n = 0;

    for (int i = 0; all && i < all->Count; i++) {
        size_t end = strlen(all->List[i].Subject);
        if (end > len && strcmp(all->List[i].Subject + end - len, what) == 0)
            n += all->List[i].Msgs;
    }
    return n;
}

static json_t *campaign(struct pp_bus *b, const struct pp_fleet_campaign *c)
{
    bool each = c->split == PP_FLEET_VANTAGE;
    size_t nqueues = each ? c->nvantages : 1;
    uint64_t waiting = 0, held = 0, failed = 0, stray = 0, all = c->chunks * nqueues;
    char stream[PP_FLEET_SUBJECT_MAX];
    json_t *o, *queues = json_array();
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;
    jsOptions options;

    jsOptions_Init(&options);
    options.Stream.Info.SubjectsFilter = ">";
    pp_bus_name(stream, PP_BUS_WORK, c->tag);
    for (size_t i = 0; i < nqueues; i++) {
        json_t *q = queue(b, stream, each ? pp_fleet_campaign_vantage(c, i) : PP_FLEET_ANY);
        waiting += number(q, "waiting");
        held += number(q, "held");
        json_array_append_new(queues, q);
    }
    o = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:I, s:I, s:I, s:I}", "campaign", c->name,
                  "id", c->tag + strlen(c->name) + 1, "experiment", c->experiment, "split", each ? "vantage" : "chunk",
                  "open", c->open, "stopped", pp_fleet_is_stopped(b, c->tag), "targets", (json_int_t)c->targets,
                  "chunks", (json_int_t)all, "waiting", (json_int_t)waiting, "held", (json_int_t)held);
    if (js_GetStreamInfo(&info, b->js, pp_bus_name(stream, PP_BUS_OBS, c->tag), &options, &code) == NATS_OK) {
        set_number(o, "results", info->State.Msgs);
        set_number(o, "bytes", info->State.Bytes);
        failed = count_messages(info, "." PP_FLEET_FAILED);
        stray = count_messages(info, "." PP_FLEET_STRAY);
    }
    set_number(o, "failed", failed);
    set_number(o, "strays", stray);
    set_number(o, "done", all > waiting + held + failed ? all - waiting - held - failed : 0);
    jsStreamInfo_Destroy(info);
    json_object_set_new(o, "queues", queues);
    return o;
}

/* Appends to LIST what TAKE returns for each key that begins with PREFIX, given the rest of the key. */
static int each_key(struct pp_bus *b, kvStore *kv, const char *prefix, json_t *list,
                    json_t *(*take)(struct pp_bus *, const char *))
{
    kvKeysList keys = {0};
    natsStatus s = kvStore_Keys(&keys, kv, NULL);
    size_t len = strlen(prefix);

    if (s != NATS_OK && s != NATS_NOT_FOUND)
        return pp_bus_error(s, "the server's buckets");
    for (int i = 0; i < keys.Count; i++) {
        json_t *o = strncmp(keys.Keys[i], prefix, len) == 0 ? take(b, keys.Keys[i] + len) : NULL;
        if (o)
            json_array_append_new(list, o);
    }
    kvKeysList_Destroy(&keys);
    return 0;
}

static json_t *campaign_of(struct pp_bus *b, const char *name)
{
    struct pp_fleet_campaign c;
    json_t *o = pp_fleet_campaign_get(&c, b, name) == 0 ? campaign(b, &c) : NULL;

    pp_fleet_campaign_release(&c);
    return o;
}

static json_t *vantage_of(struct pp_bus *b, const char *name)
{
    char key[PP_FLEET_SUBJECT_MAX], *text;
    natsStatus s;
    size_t len;
    json_t *o;

    text = pp_bus_get(b->vantages, pp_bus_name(key, PP_BUS_KEY, "vantage", name), &len, NULL, &s);
    o = text ? json_loadb(text, len, 0, NULL) : NULL;
    free(text);
    return o;
}

json_t *pp_fleet_status(struct pp_bus *b, const char *name)
{
    json_t *campaigns = json_array(), *vantages = json_array(), *one;
    json_t *o = json_pack("{s:i, s:o, s:o}", "schema", PP_FLEET_SCHEMA, "campaigns", campaigns, "vantages", vantages);
    int result = 0;

    if (!name) {
        result = each_key(b, b->fleet, "campaign.", campaigns, campaign_of);
    } else {
        one = campaign_of(b, name);
        result = one ? 0 : -1;
        if (one)
            json_array_append_new(campaigns, one);
    }
    if (result == 0)
        result = each_key(b, b->vantages, "vantage.", vantages, vantage_of);
    if (result == 0)
        return o;
    json_decref(o);
    return NULL;
}

static const char *state_of(const json_t *c)
{
    if (!json_is_true(json_object_get(c, "open")))
        return "being submitted";
    if (json_is_true(json_object_get(c, "stopped")))
        return "stopped";
    if (number(c, "done") == number(c, "chunks"))
        return "done";
    if (number(c, "done") + number(c, "failed") >= number(c, "chunks"))
        return "at its end, part of it was not measured";
    return number(c, "held") ? "under way" : "waiting for workers";
}

static void queues_text(const json_t *queues, struct pp_buf *out)
{
    for (size_t i = 0; i < json_array_size(queues); i++) {
        const json_t *q = json_array_get(queues, i);
        pp_buf_addf(out, "        %-20.20s %" PRIu64 " waiting, %" PRIu64 " held\n", text_of(q, "queue"),
                    number(q, "waiting"), number(q, "held"));
    }
}

void pp_fleet_status_text(const json_t *status, struct pp_buf *out)
{
    const json_t *campaigns = json_object_get(status, "campaigns"), *vantages = json_object_get(status, "vantages"), *o;
    size_t i;

    if (json_array_size(campaigns) == 0)
        pp_buf_adds(out, "There is no campaign: `pathprobe fleet submit` makes one.\n");
    json_array_foreach(campaigns, i, o) {
        uint64_t all = number(o, "chunks"), done = number(o, "done");
        pp_buf_addf(out, "%s: %s, %s\n", text_of(o, "campaign"), text_of(o, "experiment"), state_of(o));
        pp_buf_addf(out, "  %3.0f %%  %" PRIu64 " of %" PRIu64 " chunks done, %" PRIu64 " with workers, %" PRIu64
                         " waiting; %" PRIu64 " targets\n",
                    all ? floor(100.0 * (double)done / (double)all) : 0, done, all, number(o, "held"),
                    number(o, "waiting"), number(o, "targets"));
        if (number(o, "failed"))
            pp_buf_addf(out, "        %" PRIu64 " chunks failed: `collect` counts their targets as not_started\n",
                        number(o, "failed"));
        if (number(o, "strays"))
            pp_buf_addf(out, "        %" PRIu64 " messages in its queues were not chunks of it\n", number(o, "strays"));
        if (strcmp(text_of(o, "split"), "vantage") == 0)
            queues_text(json_object_get(o, "queues"), out);
    }
    if (json_array_size(vantages))
        pp_buf_adds(out, "\nvantage              campaign      in flight   done  works broken  lost  clock\n");
    else
        pp_buf_addf(out, "\nNo worker has reported in the last %d s.\n", PP_FLEET_VANTAGE_TTL_S);
    json_array_foreach(vantages, i, o) {
        const json_t *s = json_object_get(o, "status");
        json_t *c = json_object_get(o, "campaign");
        pp_buf_addf(out, "%-20.20s %-13.13s %9" PRIu64 " %6" PRIu64 " %6" PRIu64 " %6" PRIu64 " %5" PRIu64 " %+5.1fs\n",
                    text_of(o, "vantage"), json_is_string(c) ? json_string_value(c) : "-", number(s, "in_flight"),
                    number(o, "written"), number(s, "works"), number(s, "broken"), number(s, "dropped"),
                    (double)json_integer_value(json_object_get(o, "clock_offset_ms")) / 1000);
    }
}
