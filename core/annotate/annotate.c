/* SPDX-License-Identifier: BSD-2-Clause */
/* annotate.c: inserts database data about addresses into a line, without changing its other bytes. */
#include "annotate.h"

#include "../base/json.h"
#include "../stream/object.h"
#include "../targets/target.h"

#include <inttypes.h>

#define INFO_MAX (PP_OBSERVATION_MAX + 8192) /* bytes: a canid_info from the line, and our members */
#define AS_NAME_MAX 200
/* the most ASes inserted into one line: two per place, for more places than an observation can have */
#define PUTS_MAX 128

void pp_annotator_init(struct pp_annotator *a)
{
    *a = (struct pp_annotator){.look = NULL};
    pp_buf_init(&a->info, INFO_MAX);
}

void pp_annotator_release(struct pp_annotator *a)
{
    pp_buf_release(&a->info);
}

/* ---- members of the line --------------------------------------------------------------------------------------- */

static bool addr_of(struct pp_addr *addr, const char *value, size_t len)
{
    struct pp_buf scratch;
    const char *text;
    size_t n;
    bool ok;

    pp_buf_init(&scratch, PP_OBSERVATION_MAX);
    ok = pp_value_text(value, len, &scratch, &text, &n) && pp_addr_parse(addr, text, n) == 0;
    pp_buf_release(&scratch);
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

/* The AS of the source; 0: not known; -1: failed. The last result is kept, as most lines have the same source. */
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

/* An AS to insert: replaces SKIP bytes at AT; in `path` it is an element of its own. */
struct put {
    const char *at;
    size_t skip;
    uint32_t asn;
    bool element;
};

/* Insertions, in the order of the line. */
struct puts {
    struct put v[PUTS_MAX];
    unsigned n;
};

static void add_put(struct puts *p, struct put put)
{
    unsigned i = p->n;

    if (p->n == PUTS_MAX)
        return;
    for (; i > 0 && p->v[i - 1].at > put.at; i--)
        p->v[i] = p->v[i - 1];
    p->v[i] = put;
    p->n++;
}

/* Inserts the source's AS after the first element of `path`. 0, or -1: failed. */
static int find_source(struct pp_annotator *a, struct puts *p)
{
    const struct pp_member *path = pp_object_find(&a->object, "path");
    const char *at, *end, *first, *second;
    size_t len, second_len;
    int64_t found;

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
        add_put(p, (struct put){.at = first + len, .asn = (uint32_t)found, .element = true});
    return 0;
}

/* ---- the ends of places ---------------------------------------------------------------------------------------- */

/* Inserts the AS of END, {"addr":...,"asn":...} or null. 0, or -1: failed. */
static int find_end(struct pp_annotator *a, const struct pp_member *end, struct puts *p)
{
    const struct pp_member *asn;
    struct pp_whereabouts w;
    struct pp_addr addr;
    int known;

    if (!end || *end->value != '{' || !pp_object_scan(&a->old, end->value, end->value_len) ||
        !addr_member(&addr, &a->old, "addr") || !(asn = pp_object_find(&a->old, "asn")))
        return 0;
    known = a->look(a->arg, &addr, &w);
    if (known > 0 && w.asn)
        add_put(p, (struct put){.at = asn->value, .skip = asn->value_len, .asn = w.asn});
    return known < 0 ? -1 : 0;
}

static int find_ends(struct pp_annotator *a, struct puts *p)
{
    const struct pp_member *located = pp_object_find(&a->object, "located"), *from, *to;
    const char *at, *value;
    size_t len;

    if (!located || *located->value != '[')
        return 0;
    at = located->value;
    while (pp_array_next(&at, located->value + located->value_len, &value, &len)) {
        struct pp_member end[2];

        if (*value != '{' || !pp_object_scan(&a->old, value, len) || !(from = pp_object_find(&a->old, "from")) ||
            !(to = pp_object_find(&a->old, "to")))
            continue;
        end[0] = *from;
        end[1] = *to;
        if (find_end(a, &end[0], p) < 0 || find_end(a, &end[1], p) < 0)
            return -1;
    }
    return 0;
}

/* ---- canid_info ------------------------------------------------------------------------------------------------ */

/* Copies the member KEY of the old "canid_info" unchanged. */
static void keep(struct pp_json *j, const struct pp_object *old, const char *key)
{
    const struct pp_member *m = pp_object_find(old, key);

    if (m)
        pp_json_raw(j, key, m->value, m->value_len);
}

/*
 * True if NAME and OLD, as "GeoLite2-ASN 2026-11-24", are databases of one type: the list then names the one that was
 * looked up now instead of the old one.
 */
static bool same_type(const char *name, const char *old, size_t len)
{
    const char *day = strrchr(name, ' ');
    size_t n = day ? (size_t)(day - name) : strlen(name);

    return len > n && memcmp(old, name, n) == 0 && (old[n] == ' ' || old[n] == '"') &&
           !memchr(old + n + 1, ' ', len - n - 1);
}

static void databases(struct pp_annotator *a, struct pp_json *j, const struct pp_whereabouts *w)
{
    const struct pp_member *m = pp_object_find(&a->old, "Databases");
    const char *at = m ? m->value : NULL, *value;
    size_t len;

    pp_json_array(j, "Databases");
    while (m && *m->value == '[' && pp_array_next(&at, m->value + m->value_len, &value, &len)) {
        bool again = false;
        for (unsigned i = 0; i < PP_MMDB_MAX; i++)
            again |= *value == '"' && (w->said >> i & 1) && same_type(a->names[i], value + 1, len - 1);
        if (!again)
            pp_json_raw(j, NULL, value, len);
    }
    for (unsigned i = 0; i < PP_MMDB_MAX; i++)
        if (w->said >> i & 1)
            pp_json_str(j, NULL, a->names[i]);
    pp_json_end(j, ']');
}

/* Copies other members of the old canid_info, such as canid's Cached. */
static void others(struct pp_json *j, const struct pp_object *old)
{
    static const char *const ours[] = {"Prefix", "ASN", "CountryCode", "ASName", "Databases"};

    for (unsigned i = 0; i < old->n; i++) {
        const struct pp_member *m = &old->member[i];
        bool own = false;
        for (size_t k = 0; k < sizeof ours / sizeof *ours; k++)
            own |= pp_members_key_is(m->key, m->key_len, ours[k]);
        if (!own)
            pp_json_raw(j, NULL, m->key - 1, (size_t)(m->value + m->value_len - m->key) + 1);
    }
}

/*
 * Writes the data in W and, from OLD (a canid_info, or NULL), the members that W lacks. The prefix and the AS name are
 * taken from the same source as the AS.
 */
static void write_info(struct pp_annotator *a, const struct pp_whereabouts *w, const struct pp_member *old)
{
    char addr[PP_ADDR_STRLEN], prefix[PP_ADDR_STRLEN + 4];
    bool v4 = pp_addr_is4(&w->prefix.addr) && w->prefix.len >= 96;
    struct pp_json j;

    if (!old || *old->value != '{' || !pp_object_scan(&a->old, old->value, old->value_len))
        a->old.n = 0;
    pp_buf_reset(&a->info);
    pp_json_init(&j, &a->info);
    snprintf(prefix, sizeof prefix, "%s/%u", pp_addr_str(&w->prefix.addr, addr),
             v4 ? w->prefix.len - 96u : w->prefix.len);
    pp_json_object(&j, NULL);
    if (!w->asn && pp_object_find(&a->old, "ASN") && pp_object_find(&a->old, "Prefix"))
        keep(&j, &a->old, "Prefix");
    else
        pp_json_str(&j, "Prefix", prefix);
    if (w->asn)
        pp_json_uint(&j, "ASN", w->asn);
    else
        keep(&j, &a->old, "ASN");
    if (w->country)
        pp_json_strn(&j, "CountryCode", w->country, 2);
    else
        keep(&j, &a->old, "CountryCode");
    if (w->as_name)
        pp_json_strn(&j, "ASName", w->as_name, w->as_name_len < AS_NAME_MAX ? w->as_name_len : AS_NAME_MAX);
    else if (!w->asn)
        keep(&j, &a->old, "ASName");
    databases(a, &j, w);
    others(&j, &a->old);
    pp_json_end(&j, '}');
}

/* ---- the line -------------------------------------------------------------------------------------------------- */

/* Copies the line from FROM up to AT, with the insertions between. */
static void copy(struct pp_buf *out, const char *from, const char *at, const struct puts *p)
{
    for (unsigned i = 0; i < p->n; i++) {
        const struct put *put = &p->v[i];

        if (put->at < from || put->at > at)
            continue;
        pp_buf_add(out, from, (size_t)(put->at - from));
        pp_buf_addf(out, put->element ? ",\"AS%" PRIu32 "\"" : "%" PRIu32, put->asn);
        from = put->at + put->skip;
    }
    pp_buf_add(out, from, (size_t)(at - from));
}

int pp_annotate_line(struct pp_annotator *a, struct pp_buf *out, const char *line, size_t len)
{
    size_t most = len <= PP_LINE_MAX ? PP_LINE_MAX : PP_OBSERVATION_MAX, begin = out->len;
    const struct pp_member *old;
    const char *at = line;
    enum pp_annotated done = PP_ANNOTATE_DONE;
    struct pp_whereabouts w;
    struct pp_addr dip;
    struct puts puts = {.n = 0};
    int known = 0;

    if (!pp_object_scan(&a->object, line, len))
        return PP_ANNOTATE_INVALID;
    if (!addr_member(&dip, &a->object, "dip"))
        done = PP_ANNOTATE_NO_ADDRESS;
    else if ((known = a->look(a->arg, &dip, &w)) == 0)
        done = PP_ANNOTATE_UNKNOWN;
    if (known < 0 || find_source(a, &puts) < 0 || find_ends(a, &puts) < 0)
        return -1;
    if (known) {
        old = pp_object_find(&a->object, "canid_info");
        write_info(a, &w, old);
        at = old ? old->value : a->object.end;
        copy(out, line, at, &puts);
        if (!old)
            pp_buf_adds(out, ",\"canid_info\":");
        pp_buf_add(out, a->info.data, a->info.len);
        if (old)
            at += old->value_len;
    }
    copy(out, at, line + len, &puts);
    if (out->len - begin > most || a->info.failed) {
        out->len = begin;
        pp_buf_add(out, line, len);
        done = PP_ANNOTATE_TOO_LONG;
    }
    return done;
}
