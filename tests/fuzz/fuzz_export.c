/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_export.c: any line as an observation. An accepted one gives lines that the PTO's readers accept: each an object
 * under 64 KiB with times, a path and conditions of the right types, and no other key that these readers use; or an
 * array of five or six strings.
 */
#include "../../core/publish/export.h"
#include "../../core/targets/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *parse(const char *line, size_t len)
{
    json_t *v;

    if (len > PP_OBSERVATION_MAX)
        BUG("%zu bytes", len);
    v = json_loadb(line, len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL | JSON_REJECT_DUPLICATES, NULL);
    /* A member of the target may be repeated, one that export reads may not: the second parse accepts repetitions. */
    return v ? v : json_loadb(line, len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
}

static void are_strings(const json_t *array, size_t least)
{
    size_t i;
    json_t *s;

    if (json_array_size(array) < least)
        BUG("%zu elements", json_array_size(array));
    json_array_foreach((json_t *)array, i, s) {
        if (!json_is_string(s))
            BUG("element %zu is no string", i);
    }
}

static void check_keys(const json_t *line)
{
    static const char *const read[] = {"path", "time", "conditions", "canid_info"};
    const char *key;
    json_t *v;

    json_object_foreach((json_t *)line, key, v) {
        for (size_t i = 0; i < sizeof read / sizeof *read; i++)
            if (strcasecmp(key, read[i]) == 0 && strcmp(key, read[i]) != 0)
                BUG("'%s' could be '%s'", key, read[i]);
    }
}

static void check_round(const char *text, size_t len)
{
    json_t *line = parse(text, len);
    const json_t *asn = json_object_get(json_object_get(line, "canid_info"), "ASN");

    if (!json_is_object(line))
        BUG("no object: '%.*s'", (int)len, text);
    check_keys(line);
    are_strings(json_object_get(line, "path"), 2);
    are_strings(json_object_get(line, "conditions"), 0);
    if (json_string_length(json_object_get(json_object_get(line, "time"), "from")) != 26)
        BUG("no time in '%.*s'", (int)len, text);
    if (asn && !json_is_real(asn))
        BUG("ASN in '%.*s'", (int)len, text);
    json_decref(line);
}

static void check_observation(const char *text, size_t len)
{
    json_t *line = json_loadb(text, len, JSON_ALLOW_NUL, NULL);

    are_strings(line, 5);
    if (json_array_size(line) > 6)
        BUG("'%.*s'", (int)len, text);
    json_decref(line);
}

/* Checks TEXT as pto3-trace reads it: an array of objects, one for each hop, with hexadecimal values. */
static void check_trace(const char *text, size_t len)
{
    json_t *line = parse(text, len), *hops = json_object_get(line, "h"), *hop, *change;
    size_t i, k;

    if (!json_is_string(json_object_get(line, "dst")) || json_array_size(hops) < 2)
        BUG("no trace: '%.*s'", (int)len, text);
    json_array_foreach(hops, i, hop) {
        if (!json_is_string(json_object_get(hop, "ha")))
            BUG("a hop without an address in '%.*s'", (int)len, text);
        json_array_foreach(json_object_get(hop, "m"), k, change) {
            const char *v = json_string_value(json_object_get(change, "v"));
            if (!json_is_string(json_object_get(change, "n")) || !v || v[strspn(v, "0123456789abcdef")])
                BUG("a change that is none in '%.*s'", (int)len, text);
        }
    }
    json_decref(line);
}

static unsigned each_line(const struct pp_buf *out, void (*check)(const char *, size_t))
{
    const char *at = out->data, *end = at ? at + out->len : at;
    unsigned n = 0;

    for (; at < end; n++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            BUG("no end of line");
        check(at, (size_t)(stop - at));
        at = stop + 1;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pp_record r;
    json_t *conditions;
    struct pp_buf out;
    const char *why;

    if (size == 0 || size > PP_OBSERVATION_MAX || memchr(data, '\n', size))
        return 0;
    pp_buf_init(&out, 64 << 20);
    conditions = json_object();
    if (pp_record_read(&r, (const char *)data, size, &why) == 0) {
        unsigned lines = pp_export_raw(&r, &out, conditions);
        if (each_line(&out, check_round) != lines)
            BUG("not %u lines of raw data", lines);
        pp_buf_reset(&out);
        lines = pp_export_rounds(&r, &out, conditions);
        if (each_line(&out, check_round) != lines)
            BUG("not %u lines", lines);
        pp_buf_reset(&out);
        lines = pp_export_observations(&r, &out, conditions);
        if (each_line(&out, check_observation) != lines)
            BUG("not %u observations", lines);
        pp_buf_reset(&out);
        lines = pp_export_tracebox(&r, &out, conditions);
        if (each_line(&out, check_trace) != lines)
            BUG("not %u traces", lines);
    }
    pp_record_release(&r);
    json_decref(conditions);
    pp_buf_release(&out);
    return 0;
}
