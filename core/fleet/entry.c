/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entry.c: a vantage point's entry at the server. The worker renews it; without that it expires. It makes sure that a
 * name has one worker, and shows `status` which workers run. An entry with the instance id of our spool directory is
 * our own, from before this worker was killed and restarted.
 */
#include "work_parts.h"

#include "../base/error.h"
#include "../base/json.h"
#include "../base/when.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HEARTBEAT_MS 5000

int64_t pp_work_now_ms(void)
{
    return pp_clock(CLOCK_MONOTONIC) / 1000000;
}

static int64_t epoch_ms(void)
{
    return pp_clock(CLOCK_REALTIME) / 1000000;
}

static void describe(const struct work *k, struct pp_buf *out)
{
    struct pp_json j;
    char *status = k->status ? json_dumps(k->status, JSON_COMPACT) : NULL;

    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    pp_json_uint(&j, "schema", PP_FLEET_SCHEMA);
    pp_json_str(&j, "vantage", k->w->vantage);
    pp_json_str(&j, "instance", k->w->spool->instance);
    pp_json_str(&j, "version", k->w->version);
    pp_json_int(&j, "t", epoch_ms() / 1000);
    pp_json_int(&j, "clock_offset_ms", k->clock_offset_ms);
    pp_json_str(&j, "campaign", k->c.name);
    pp_json_uint(&j, "held", k->nheld);
    pp_json_uint(&j, "chunks", k->done_chunks);
    pp_json_uint(&j, "written", k->written);
    pp_json_raw(&j, "doctor", k->w->doctor ? k->w->doctor : "null", k->w->doctor ? strlen(k->w->doctor) : 4);
    pp_json_raw(&j, "status", status ? status : "null", status ? strlen(status) : 4);
    pp_json_end(&j, '}');
    free(status);
}

static natsStatus put_entry(struct work *k, bool create)
{
    char key[PP_FLEET_SUBJECT_MAX];
    struct pp_buf text;
    natsStatus s;

    pp_buf_init(&text, PP_FLEET_RECORD_MAX);
    describe(k, &text);
    pp_bus_name(key, PP_BUS_KEY, "vantage", k->w->vantage);
    if (text.failed)
        s = NATS_NO_MEMORY;
    else if (create)
        s = kvStore_Create(&k->vantage_revision, k->w->bus->vantages, key, text.data, (int)text.len);
    else
        s = kvStore_Update(&k->vantage_revision, k->w->bus->vantages, key, text.data, (int)text.len,
                           k->vantage_revision);
    pp_buf_release(&text);
    return s;
}

/* Compares the server's time stamp of our entry with our clock, at the middle between request and answer. */
static void compare_clocks(struct work *k, int64_t before)
{
    char key[PP_FLEET_SUBJECT_MAX];
    int64_t after = epoch_ms();
    kvEntry *e = NULL;

    if (kvStore_Get(&e, k->w->bus->vantages, pp_bus_name(key, PP_BUS_KEY, "vantage", k->w->vantage)) == NATS_OK)
        k->clock_offset_ms = (before + after) / 2 - kvEntry_Created(e) / 1000000;
    kvEntry_Destroy(e);
}

/*
 * Reads the entry. 1: it is ours, from before a restart; 0: there is none; -1: another worker's, with its id in
 * INSTANCE.
 */
static int look_at_entry(struct work *k, char instance[33])
{
    char key[PP_FLEET_SUBJECT_MAX], *text;
    natsStatus s;
    size_t len;
    json_t *j;
    const char *id;
    int result = -1;

    pp_bus_name(key, PP_BUS_KEY, "vantage", k->w->vantage);
    text = pp_bus_get(k->w->bus->vantages, key, &len, &k->vantage_revision, &s);
    if (!text)
        return 0;
    j = json_loadb(text, len, 0, NULL);
    id = json_string_value(json_object_get(j, "instance"));
    snprintf(instance, 33, "%s", id ? id : "");
    if (strcmp(instance, k->w->spool->instance) == 0)
        result = 1;
    json_decref(j);
    free(text);
    return result;
}

int pp_work_take_name(struct work *k)
{
    char instance[33] = "";
    int64_t before = epoch_ms();
    int there = look_at_entry(k, instance);
    natsStatus s;

    if (there < 0) {
        pp_error("vantage point '%s' is in use by another worker, instance %.8s", k->w->vantage, instance);
        return pp_hint("each worker needs a unique --vantage; the name of a worker that has ended is free after %d s",
                       PP_FLEET_VANTAGE_TTL_S);
    }
    s = put_entry(k, there == 0);
    if (s != NATS_OK)
        return pp_bus_error(s, "vantage point '%s'", k->w->vantage);
    k->named = true;
    compare_clocks(k, before);
    if (llabs(k->clock_offset_ms) > 1000)
        pp_warn("this host's clock differs from the server's by %.1f s: observations have its times",
                (double)k->clock_offset_ms / 1000);
    k->heartbeat_at = pp_work_now_ms() + HEARTBEAT_MS;
    return 0;
}

bool pp_work_heartbeat(struct work *k)
{
    char instance[33] = "";
    int64_t before = epoch_ms();
    natsStatus s;

    if (pp_work_now_ms() < k->heartbeat_at)
        return true;
    k->heartbeat_at = pp_work_now_ms() + HEARTBEAT_MS;
    s = put_entry(k, false);
    if (s == NATS_OK)
        compare_clocks(k, before);
    if (s == NATS_OK || pp_bus_may_pass(s))
        return true;
    /* Our entry expired while the server could not be reached, or another worker has put one in its place. */
    switch (look_at_entry(k, instance)) {
    case 0: put_entry(k, true); return true;
    case 1: put_entry(k, false); return true;
    default:
        k->named = false;
        pp_error("vantage point '%s' was taken by another worker, instance %.8s", k->w->vantage, instance);
        return false;
    }
}
