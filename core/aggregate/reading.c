/* SPDX-License-Identifier: BSD-2-Clause */
/* reading.c: extracts from a line the members that a report counts. */
#include "reading.h"

#include <stdlib.h>

bool pp_span_is(struct pp_span s, const char *word)
{
    return s.len == strlen(word) && memcmp(s.at, word, s.len) == 0;
}

static struct pp_span raw(const struct pp_member *m, char first)
{
    if (!m || !m->value_len || *m->value != first)
        return (struct pp_span){.at = ""};
    return (struct pp_span){.at = m->value, .len = m->value_len};
}

static struct pp_span text(const struct pp_object *o, const char *key)
{
    const struct pp_member *m = pp_object_find(o, key);
    struct pp_span s = {.at = ""};

    if (m && !pp_member_plain(m, &s.at, &s.len))
        return (struct pp_span){.at = ""};
    return s;
}

/* The number KEY of O. The object is valid JSON, so strtod ends at the end of the number. */
static double number(const struct pp_object *o, const char *key)
{
    const struct pp_member *m = pp_object_find(o, key);
    char digits[40];

    if (!m || m->value_len >= sizeof digits)
        return 0;
    memcpy(digits, m->value, m->value_len);
    digits[m->value_len] = '\0';
    return strtod(digits, NULL);
}

static uint64_t count(const struct pp_object *o, const char *key)
{
    double v = number(o, key);

    return v > 0 && v < 1e15 ? (uint64_t)v : 0;
}

static bool is_true(const struct pp_object *o, const char *key)
{
    const struct pp_member *m = pp_object_find(o, key);

    return m && m->value_len == 4 && *m->value == 't';
}

/* Takes the strings of an array. Strings with escapes are skipped: names of conditions have none. False: no array. */
static bool names(const struct pp_member *m, struct pp_span *name, unsigned *n, unsigned *more)
{
    const char *at, *end, *value;
    size_t len;

    *n = 0;
    if (!m || *m->value != '[')
        return false;
    at = m->value;
    end = m->value + m->value_len;
    while (pp_array_next(&at, end, &value, &len)) {
        if (len < 3 || *value != '"' || memchr(value, '\\', len))
            continue;
        if (*n < PP_READING_NAMES)
            name[(*n)++] = (struct pp_span){.at = value + 1, .len = len - 2};
        else
            ++*more;
    }
    return true;
}

static void read_verdict(struct pp_reading *r, const char *json, size_t len)
{
    struct pp_reading_verdict *v = &r->verdict[r->nverdicts];
    const struct pp_member *b;
    const char *at, *value;
    size_t n;

    if (r->nverdicts == PP_READING_VERDICTS || !pp_object_scan(&r->inner, json, len))
        return;
    v->arm = text(&r->inner, "arm");
    v->condition = text(&r->inner, "condition");
    v->verdict = text(&r->inner, "verdict");
    v->first = text(&r->inner, "first");
    v->why = text(&r->inner, "why");
    v->how = text(&r->inner, "how");
    v->implied_by = text(&r->inner, "implied_by");
    v->e = number(&r->inner, "e");
    v->rounds = raw(pp_object_find(&r->inner, "rounds"), '[');
    v->tried = 0;
    b = pp_object_find(&r->inner, "b");
    if (b && *b->value == '[') {
        at = b->value;
        for (int i = 0; i < 2 && pp_array_next(&at, b->value + b->value_len, &value, &n); i++)
            v->tried = (uint32_t)strtoul(value, NULL, 10);
    }
    r->nverdicts++;
}

static void read_verdicts(struct pp_reading *r)
{
    struct pp_span s = raw(pp_object_find(&r->object, "verdicts"), '[');
    const char *at = s.at, *value;
    size_t len;

    r->nverdicts = 0;
    while (s.len && pp_array_next(&at, s.at + s.len, &value, &len))
        if (*value == '{')
            read_verdict(r, value, len);
}

static void read_quality(struct pp_reading *r)
{
    const struct pp_member *m = pp_object_find(&r->object, "quality");
    struct pp_span dropped;

    r->valid = true;
    r->outage = r->audited = false;
    r->late = r->send_errors = r->dropped = r->flows = 0;
    if (m && *m->value == '{' && pp_object_scan(&r->inner, m->value, m->value_len)) {
        m = pp_object_find(&r->inner, "valid");
        r->valid = !m || *m->value != 'f';
        r->outage = is_true(&r->inner, "outage");
        r->audited = is_true(&r->inner, "audited");
        r->late = count(&r->inner, "late");
        r->flows = count(&r->inner, "flows");
        r->send_errors = count(&r->inner, "send_errors");
        dropped = raw(pp_object_find(&r->inner, "dropped"), '{');
        if (dropped.len && pp_object_scan(&r->inner, dropped.at, dropped.len))
            r->dropped = count(&r->inner, "ring") + count(&r->inner, "if") + count(&r->inner, "softnet");
    }
    for (unsigned i = 0; i < r->nconditions; i++)
        r->valid &= !pp_span_is(r->condition[i], "pathspider.not_observed");
}

static void read_network(struct pp_reading *r)
{
    const struct pp_member *m = pp_object_find(&r->object, "canid_info");
    double asn;

    r->asn = 0;
    r->country = r->as_name = (struct pp_span){.at = ""};
    if (!m || *m->value != '{' || !pp_object_scan(&r->inner, m->value, m->value_len))
        return;
    asn = number(&r->inner, "ASN");
    if (asn >= 1 && asn <= UINT32_MAX)
        r->asn = (uint32_t)asn;
    r->country = text(&r->inner, "CountryCode");
    if (r->country.len != 2)
        r->country.len = 0;
    r->as_name = raw(pp_object_find(&r->inner, "ASName"), '"');
}

static void read_time(struct pp_reading *r)
{
    const struct pp_member *m = pp_object_find(&r->object, "time");

    r->from = r->to = (struct pp_span){.at = ""};
    if (m && *m->value == '{' && pp_object_scan(&r->inner, m->value, m->value_len)) {
        r->from = text(&r->inner, "from");
        r->to = text(&r->inner, "to");
    }
}

int pp_reading_line(struct pp_reading *r, const char *line, size_t len, const char **why)
{
    struct pp_span dip;
    double port;

    r->more = 0;
    if (!pp_object_scan(&r->object, line, len)) {
        *why = "not a JSON object";
        return -1;
    }
    dip = text(&r->object, "dip");
    if (!dip.len || pp_addr_parse(&r->dip, dip.at, dip.len) < 0) {
        *why = "`dip` is not an address";
        return -1;
    }
    if (!names(pp_object_find(&r->object, "conditions"), r->condition, &r->nconditions, &r->more)) {
        *why = "no `conditions`: not an observation";
        return -1;
    }
    names(pp_object_find(&r->object, "first"), r->first, &r->nfirst, &r->more);
    port = number(&r->object, pp_object_find(&r->object, "port") ? "port" : "dp");
    r->port = port >= 0 && port <= 65535 ? (uint32_t)port : 0;
    r->domain = raw(pp_object_find(&r->object, "domain"), '"');
    r->experiment = text(&r->object, "experiment");
    r->connect = text(&r->object, "connect");
    r->vantage = text(&r->object, "vantage");
    r->run_id = text(&r->object, "run_id");
    r->obs_id = text(&r->object, "obs_id");
    r->sip = text(&r->object, "sip");
    r->located = raw(pp_object_find(&r->object, "located"), '[');
    r->hops = raw(pp_object_find(&r->object, "hops"), '[');
    r->vantages = raw(pp_object_find(&r->object, "vantages"), '[');
    r->runs = raw(pp_object_find(&r->object, "runs"), '[');
    r->e = number(&r->object, "e");
    read_time(r);
    read_network(r);
    read_quality(r);
    read_verdicts(r);
    return 0;
}
