/* SPDX-License-Identifier: BSD-2-Clause */
/* annotate.c: puts what is known of addresses into a line, which keeps its other bytes. */
#include "annotate.h"

#include "../base/json.h"
#include "../run/target.h"

#include <inttypes.h>
#include <jansson.h>

#define INFO_MAX 4096
#define AS_NAME_MAX 200

void pp_annotator_init(struct pp_annotator *a)
{
    *a = (struct pp_annotator){.look = NULL};
    pp_buf_init(&a->info, INFO_MAX);
}

void pp_annotator_release(struct pp_annotator *a)
{
    pp_buf_release(&a->info);
}

/* ---- what is there --------------------------------------------------------------------------------------------- */

/* Of the string VALUE. One with escapes is rare and takes a parser. */
static bool addr_of(struct pp_addr *addr, const char *value, size_t len)
{
    json_t *v;
    bool ok;

    if (len < 2 || *value != '"')
        return false;
    if (!memchr(value, '\\', len))
        return pp_addr_parse(addr, value + 1, len - 2) == 0;
    v = json_loadb(value, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    ok = v && pp_addr_parse(addr, json_string_value(v), json_string_length(v)) == 0;
    json_decref(v);
    return ok;
}

static bool addr_member(struct pp_addr *addr, const struct pp_object *o, const char *key)
{
    const struct pp_member *m = pp_object_find(o, key);

    return m && addr_of(addr, m->value, m->value_len);
}

static bool is_as(const char *value, size_t len)
{
    return len > 4 && strncmp(value, "\"AS", 3) == 0 && strspn(value + 3, "0123456789") == len - 4;
}

/* ---- the source's AS ------------------------------------------------------------------------------------------- */

/* 0: not known; -1: failed. The source is the same in most lines. */
static int64_t source_asn(struct pp_annotator *a, const char *first, size_t len)
{
    struct pp_addr source;
    struct pp_whereabouts w;
    int r;

    if (a->source_asn)
        return a->source_asn;
    if (!addr_of(&source, first, len) && !addr_member(&source, &a->object, "sip_public") &&
        !addr_member(&source, &a->object, "sip"))
        return 0;
    if (pp_addr_eq(&source, &a->source))
        return a->source_found;
    r = a->look(a->arg, &source, &w);
    if (r < 0)
        return -1;
    a->source = source;
    a->source_found = w.asn;
    return w.asn;
}

/* Where in `path` the source's AS is to be put, and which; NULL: nowhere. 0, or -1: failed. */
static int find_place(struct pp_annotator *a, const char **place, uint32_t *asn)
{
    const struct pp_member *path = pp_object_find(&a->object, "path");
    const char *at, *end, *first, *second;
    size_t len, second_len;
    int64_t found;

    *place = NULL;
    if (!path || *path->value != '[')
        return 0;
    at = path->value;
    end = path->value + path->value_len;
    if (!pp_array_next(&at, end, &first, &len) || *first != '"' || !pp_array_next(&at, end, &second, &second_len) ||
        is_as(second, second_len))
        return 0;
    found = source_asn(a, first, len);
    if (found < 0)
        return -1;
    if (found)
        *place = first + len;
    *asn = (uint32_t)found;
    return 0;
}

/* ---- canid_info ------------------------------------------------------------------------------------------------ */

static void write_info(struct pp_annotator *a, const struct pp_whereabouts *w)
{
    char addr[PP_ADDR_STRLEN], prefix[PP_ADDR_STRLEN + 4];
    bool v4 = pp_addr_is4(&w->prefix.addr) && w->prefix.len >= 96;
    struct pp_json j;

    pp_buf_reset(&a->info);
    pp_json_init(&j, &a->info);
    snprintf(prefix, sizeof prefix, "%s/%u", pp_addr_str(&w->prefix.addr, addr),
             v4 ? w->prefix.len - 96u : w->prefix.len);
    pp_json_object(&j, NULL);
    pp_json_str(&j, "Prefix", prefix);
    if (w->asn)
        pp_json_uint(&j, "ASN", w->asn);
    if (w->country)
        pp_json_strn(&j, "CountryCode", w->country, 2);
    if (w->as_name)
        pp_json_strn(&j, "ASName", w->as_name, w->as_name_len < AS_NAME_MAX ? w->as_name_len : AS_NAME_MAX);
    pp_json_array(&j, "Databases");
    for (unsigned i = 0; i < PP_MMDB_MAX; i++)
        if (w->said >> i & 1)
            pp_json_str(&j, NULL, a->names[i]);
    pp_json_end(&j, ']');
    pp_json_end(&j, '}');
}

/* ---- the line -------------------------------------------------------------------------------------------------- */

/* The line from FROM up to AT, with the source's AS if its place is between. */
static void copy(struct pp_buf *out, const char *from, const char *at, const char *place, uint32_t asn)
{
    if (place && place >= from && place <= at) {
        pp_buf_add(out, from, (size_t)(place - from));
        pp_buf_addf(out, ",\"AS%" PRIu32 "\"", asn);
        from = place;
    }
    pp_buf_add(out, from, (size_t)(at - from));
}

int pp_annotate_line(struct pp_annotator *a, struct pp_buf *out, const char *line, size_t len)
{
    size_t most = len <= PP_LINE_MAX ? PP_LINE_MAX : PP_OBSERVATION_MAX, begin = out->len;
    const struct pp_member *old;
    const char *place, *at = line;
    enum pp_annotated done = PP_ANNOTATE_DONE;
    struct pp_whereabouts w;
    struct pp_addr dip;
    uint32_t asn = 0;
    int known = 0;

    if (!pp_object_scan(&a->object, line, len))
        return PP_ANNOTATE_INVALID;
    if (!addr_member(&dip, &a->object, "dip"))
        done = PP_ANNOTATE_NO_ADDRESS;
    else if ((known = a->look(a->arg, &dip, &w)) == 0)
        done = PP_ANNOTATE_UNKNOWN;
    if (known < 0 || find_place(a, &place, &asn) < 0)
        return -1;
    if (known) {
        write_info(a, &w);
        old = pp_object_find(&a->object, "canid_info");
        at = old ? old->value : a->object.end;
        copy(out, line, at, place, asn);
        if (!old)
            pp_buf_adds(out, ",\"canid_info\":");
        pp_buf_add(out, a->info.data, a->info.len);
        if (old)
            at += old->value_len;
        place = place && place >= at ? place : NULL;
    }
    copy(out, at, line + len, place, asn);
    if (out->len - begin > most) {
        out->len = begin;
        pp_buf_add(out, line, len);
        done = PP_ANNOTATE_TOO_LONG;
    }
    return done;
}
