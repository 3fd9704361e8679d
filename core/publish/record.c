/* SPDX-License-Identifier: BSD-2-Clause */
/* record.c: reads an observation back. */
#include "record.h"

#include "../base/error.h"
#include "../base/when.h"

static int fail(const char **why, const char *text)
{
    *why = text;
    return -1;
}

/* The value of KEY, a new reference; NULL: none, or null. */
static json_t *member(const struct pp_record *r, const char *key)
{
    const struct pp_member *m = pp_object_find(&r->object, key);
    json_t *v = m ? json_loadb(m->value, m->value_len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;

    if (!json_is_null(v))
        return v;
    json_decref(v);
    return NULL;
}

static void text_member(const struct pp_record *r, const char *key, char *text, size_t room)
{
    json_t *v = member(r, key);

    snprintf(text, room, "%s", json_is_string(v) ? json_string_value(v) : "");
    json_decref(v);
}

static bool is_strings(const json_t *v)
{
    size_t i;
    json_t *s;

    if (!json_is_array(v))
        return false;
    json_array_foreach((json_t *)v, i, s) {
        if (!json_is_string(s))
            return false;
    }
    return true;
}

static int parse_time(const json_t *v, int64_t *us)
{
    return json_is_string(v) ? pp_when_parse(us, json_string_value(v), json_string_length(v)) : -1;
}

int pp_record_time(const json_t *time, int64_t *from_us, int64_t *to_us)
{
    return parse_time(json_object_get(time, "from"), from_us) < 0 || parse_time(json_object_get(time, "to"), to_us) < 0
               ? -1 : 0;
}

static int read_time(struct pp_record *r, const char **why)
{
    json_t *t = member(r, "time");
    int result = pp_record_time(t, &r->from_us, &r->to_us) < 0
                     ? fail(why, "no time of the form YYYY-MM-DD HH:MM:SS in `time`")
                     : 0;

    if (result == 0 && r->to_us < r->from_us)
        result = fail(why, "`time` ends before it begins");
    json_decref(t);
    return result;
}

/* Reads the ASN; other values than numbers of 32 bits are ignored, as the PTO's normalizers fail at them. */
static void read_asn(struct pp_record *r)
{
    const json_t *v;

    r->canid = member(r, "canid_info");
    v = json_object_get(r->canid, "ASN");
    if (json_is_integer(v) && json_integer_value(v) > 0 && json_integer_value(v) <= UINT32_MAX)
        r->asn = (uint32_t)json_integer_value(v);
}

static void read_port(struct pp_record *r)
{
    json_t *v = member(r, "port");
    json_int_t n = json_is_integer(v) ? json_integer_value(v) : 0;

    r->port = n > 0 && n <= UINT16_MAX ? (uint16_t)n : 0;
    json_decref(v);
}

static void read_quality(struct pp_record *r)
{
    json_t *q = member(r, "quality");

    r->valid = !json_is_false(json_object_get(q, "valid"));
    for (size_t i = 0; i < json_array_size(r->conditions); i++)
        if (strcmp(json_string_value(json_array_get(r->conditions, i)), "pathspider.not_observed") == 0)
            r->valid = false;
    json_decref(q);
}

/* Reads the members of a merged line, which also has `runs`. False: a member is wrong. */
static bool read_vantages(struct pp_record *r)
{
    const struct pp_member *runs = pp_object_find(&r->object, "runs");
    int64_t from, to;
    size_t i;
    json_t *v;

    r->vantages = runs && *runs->value == '[' ? member(r, "vantages") : NULL;
    json_array_foreach(r->vantages, i, v) {
        const json_t *path = json_object_get(v, "path");
        /* without a valid observation, or if its line was too long, there is no path */
        if (json_is_array(path) && (!is_strings(path) || json_array_size(path) < 2 ||
                                    !is_strings(json_object_get(v, "conditions")) ||
                                    pp_record_time(json_object_get(v, "time"), &from, &to) < 0))
            return false;
    }
    return true;
}

int pp_record_read(struct pp_record *r, const char *line, size_t len, const char **why)
{
    if (!pp_object_scan(&r->object, line, len))
        return fail(why, "not a JSON object");
    r->asn = 0;
    r->path = member(r, "path");
    if (!is_strings(r->path) || json_array_size(r->path) < 2)
        return fail(why, "no `path` of two strings or more");
    r->conditions = member(r, "conditions");
    if (!is_strings(r->conditions))
        return fail(why, "no `conditions` of strings");
    r->first = member(r, "first");
    if (r->first && !is_strings(r->first))
        return fail(why, "`first` is not an array of strings");
    r->verdicts = member(r, "verdicts");
    if (!read_vantages(r))
        return fail(why, "`vantages` are not those of a merged line");
    r->located = member(r, "located");
    read_port(r);
    text_member(r, "experiment", r->experiment, sizeof r->experiment);
    text_member(r, "connect", r->connect, sizeof r->connect);
    text_member(r, "vantage", r->vantage, sizeof r->vantage);
    text_member(r, "run_id", r->run_id, sizeof r->run_id);
    read_asn(r);
    read_quality(r);
    return read_time(r, why);
}

void pp_record_release(struct pp_record *r)
{
    json_decref(r->path);
    json_decref(r->conditions);
    json_decref(r->first);
    json_decref(r->verdicts);
    json_decref(r->canid);
    json_decref(r->vantages);
    json_decref(r->located);
    r->path = r->conditions = r->first = r->verdicts = r->canid = r->vantages = r->located = NULL;
}
