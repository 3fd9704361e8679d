/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_chains.c: bytes -> frames -> the observer with every chain -> JSON. A frame is two bytes of milliseconds since
 * the last one, two bytes of length, and the datagram, each in a block of exactly its size. What is printed has to be
 * JSON, and packets may not get lost between the counters.
 */
#include "../../core/base/error.h"
#include "../../core/flow/observer.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MS INT64_C(1000000)

struct run {
    struct pp_chainset set;
    struct pp_buf line;
    uint64_t records, packets;
};

static void emit(void *arg, const void *record)
{
    struct pp_field_ref fwd, rev;
    struct run *r = arg;
    struct pp_json j;
    json_t *read;

    pp_buf_reset(&r->line);
    pp_json_init(&j, &r->line);
    pp_json_object(&j, NULL);
    pp_record_json(&r->set, record, &j);
    pp_json_end(&j, '}');
    read = json_loadb(r->line.data, r->line.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(read))
        BUG("not a JSON object: %.*s", (int)r->line.len, r->line.data);
    if (pp_field_find(&r->set, "pkt_fwd", &fwd) < 0 || pp_field_find(&r->set, "pkt_rev", &rev) < 0)
        abort();
    json_decref(read);
    r->packets += (uint64_t)(pp_field_get(record, fwd) + pp_field_get(record, rev));
    r->records++;
}

static void frame(struct pp_observer *o, const uint8_t *bytes, size_t len, int64_t now)
{
    uint8_t *copy = malloc(len ? len : 1);

    if (!copy)
        abort();
    memcpy(copy, bytes, len);
    pp_observer_clock(o, now);
    /* The frame's length may exceed the bytes captured. */
    pp_observer_frame(o, copy, len, len + (size_t)(now / MS % 4) * 40, now);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *names[PP_CHAINSET_MAX + 1] = {NULL};
    struct run r = {.records = 0};
    struct pp_observer_config c = {.chains = &r.set,
                                   .idle = 5000 * MS,
                                   .linger = 500 * MS,
                                   .max_flows = 4,
                                   .keep_wrong = true,
                                   .emit = emit,
                                   .arg = &r};
    struct pp_observer_stats s;
    struct pp_observer *o;
    int64_t now = 0;

    for (unsigned i = 0; pp_chains[i]; i++)
        names[i] = pp_chains[i]->name;
    if (pp_chainset_init(&r.set, names) < 0 || !(o = pp_observer_new(&c)))
        abort();
    pp_buf_init(&r.line, 1 << 16);
    while (size >= 4) {
        size_t len = pp_get16(data + 2);

        now += pp_get16(data) * MS;
        data += 4;
        size -= 4;
        if (len > size)
            len = size;
        frame(o, data, len, now);
        data += len;
        size -= len;
    }
    pp_observer_stats(o, &s);
    pp_observer_free(o);
    if (s.flows != r.records || s.packets != r.packets + s.undecodable + s.no_flow + s.no_memory)
        BUG("%llu flows, %llu records", (unsigned long long)s.flows, (unsigned long long)r.records);
    pp_buf_release(&r.line);
    return 0;
}
