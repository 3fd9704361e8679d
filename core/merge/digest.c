/* SPDX-License-Identifier: BSD-2-Clause */
/* digest.c: reads an observation in one pass over its members, without a tree. */
#include "digest.h"

#include "../base/when.h"
#include "../targets/special.h"

#include <jansson.h>

static bool is(struct pp_text_view t, const char *word)
{
    return t.len == strlen(word) && memcmp(t.p, word, t.len) == 0;
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

/* A string; one with escapes takes room in D. False: none, or too long, or with a NUL. */
static bool text_of(struct pp_digest *d, const char *value, size_t len, struct pp_text_view *out)
{
    json_t *v;
    bool ok;

    if (len < 2 || *value != '"')
        return false;
    *out = (struct pp_text_view){value + 1, (uint32_t)len - 2};
    if (!memchr(value, '\\', len))
        return out->len < PP_MERGE_NAME;
    v = json_loadb(value, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    ok = json_is_string(v) && json_string_length(v) < PP_MERGE_NAME &&
         !memchr(json_string_value(v), 0, json_string_length(v)) &&
         sizeof d->own - d->own_len >= json_string_length(v);
    if (ok) {
        *out = (struct pp_text_view){d->own + d->own_len, (uint32_t)json_string_length(v)};
        memcpy(d->own + d->own_len, json_string_value(v), out->len);
        d->own_len += out->len;
    }
    json_decref(v);
    return ok;
}

static bool text_member(struct pp_digest *d, const struct pp_member *m, struct pp_text_view *out)
{
    return text_of(d, m->value, m->value_len, out);
}

static bool is_true(const struct pp_member *m)
{
    return m->value_len == 4 && *m->value == 't';
}

static bool is_null(const struct pp_member *m)
{
    return m->value_len == 4 && *m->value == 'n';
}

static bool addr_of(struct pp_addr *a, struct pp_text_view t)
{
    return t.len && pp_addr_parse(a, t.p, t.len) == 0;
}

/* ---- members --------------------------------------------------------------------------------------------------- */

/* Each takes one member of an observation. False: it is not what it has to be. */
static bool take_experiment(struct pp_digest *d, const struct pp_member *m)
{
    return pp_value_word(m, &d->experiment);
}

static bool take_connect(struct pp_digest *d, const struct pp_member *m)
{
    return pp_value_word(m, &d->connect);
}

static bool take_run_id(struct pp_digest *d, const struct pp_member *m)
{
    return pp_value_word(m, &d->run_id);
}

static bool take_obs_id(struct pp_digest *d, const struct pp_member *m)
{
    return text_member(d, m, &d->obs_id);
}

static bool take_domain(struct pp_digest *d, const struct pp_member *m)
{
    return text_member(d, m, &d->domain);
}

static bool take_vantage(struct pp_digest *d, const struct pp_member *m)
{
    return is_null(m) || text_member(d, m, &d->vantage);
}

static bool take_dip(struct pp_digest *d, const struct pp_member *m)
{
    struct pp_text_view t;

    return text_member(d, m, &t) && addr_of(&d->dip, t);
}

static bool take_port(struct pp_digest *d, const struct pp_member *m)
{
    uint32_t port;

    if (!pp_value_uint(m->value, m->value_len, UINT16_MAX, &port) || port == 0)
        return false;
    d->port = (uint16_t)port;
    return true;
}

static bool take_sip(struct pp_digest *d, const struct pp_member *m)
{
    struct pp_text_view t;

    return text_member(d, m, &t) && addr_of(&d->source, t);
}

/* The table has this row after `sip`: the public address replaces the local one. */
static bool take_sip_public(struct pp_digest *d, const struct pp_member *m)
{
    return is_null(m) || take_sip(d, m);
}

static bool take_time(struct pp_digest *d, const struct pp_member *m)
{
    struct pp_object *o = &d->verdict;
    const struct pp_member *from, *to;
    const char *a, *b;
    size_t a_len, b_len;

    if (!pp_object_scan(o, m->value, m->value_len))
        return false;
    from = pp_object_find(o, "from");
    to = pp_object_find(o, "to");
    return pp_member_plain(from, &a, &a_len) && pp_member_plain(to, &b, &b_len) &&
           pp_when_parse(&d->from_us, a, a_len) == 0 && pp_when_parse(&d->to_us, b, b_len) == 0 &&
           d->from_us <= d->to_us;
}

static bool take_array(struct pp_text_view *out, const struct pp_member *m)
{
    *out = (struct pp_text_view){m->value, m->value_len};
    return *m->value == '[';
}

static bool take_conditions(struct pp_digest *d, const struct pp_member *m)
{
    return take_array(&d->conditions, m);
}

/* A member `located` that is not an array came with the target, and is kept as one of its own members. */
static bool take_located(struct pp_digest *d, const struct pp_member *m)
{
    if (*m->value == '[')
        take_array(&d->located, m);
    return true;
}

/* Takes the path, and from its second element the source's AS if `annotate` has put one there. */
static bool take_path(struct pp_digest *d, const struct pp_member *m)
{
    const char *at = m->value, *end = m->value + m->value_len, *v;
    size_t len;

    if (!take_array(&d->path, m))
        return false;
    if (pp_array_next(&at, end, &v, &len) && pp_array_next(&at, end, &v, &len) && len > 4 && len < 15 &&
        memcmp(v, "\"AS", 3) == 0 && !pp_value_uint(v + 3, len - 4, UINT32_MAX, &d->asn))
        d->asn = 0;
    return true;
}

static bool take_quality(struct pp_digest *d, const struct pp_member *m)
{
    struct pp_object *o = &d->verdict;
    const struct pp_member *valid, *mixed;

    if (!pp_object_scan(o, m->value, m->value_len))
        return false;
    valid = pp_object_find(o, "valid");
    mixed = pp_object_find(o, "mixed");
    d->valid = valid && is_true(valid);
    return valid && (!mixed || take_array(&d->mixed, mixed));
}

static void take_dummy(struct pp_digest *d, const struct pp_arm_seen *a)
{
    if (a->word == PP_NO_WORD)
        return;
    d->aa = a->word == PP_VERDICT_BROKEN ? 2 : 1;
    d->aa_alpha = a->alpha;
}

static bool is_evidence(double *e, double v)
{
    *e = v < PP_E_MAX ? v : PP_E_MAX;
    return v >= 0;
}

static bool is_share(double v)
{
    return v > 0 && v < 1;
}

/* Reads the verdict of one arm. `rounds` is skipped: the verdict's other members hold what follows from it. */
static bool take_verdict(struct pp_digest *d, const char *json, size_t len)
{
    struct pp_arm_seen a = {.e = 1, .word = PP_NO_WORD};
    const struct pp_object *o = &d->verdict;
    struct pp_text_view name = {0}, condition = {0}, word = {0}, why = {0};

    if (!pp_object_scan(&d->verdict, json, len))
        return false;
    for (unsigned i = 0; i < o->n; i++) {
        const struct pp_member *m = &o->member[i];
        struct pp_text_view key = {m->key, m->key_len};
        bool ok = true;
        if (is(key, "arm"))
            ok = pp_value_word(m, &name);
        else if (is(key, "condition"))
            ok = is_null(m) || pp_value_word(m, &condition);
        else if (is(key, "verdict"))
            ok = is_null(m) || pp_value_word(m, &word);
        else if (is(key, "why"))
            ok = is_null(m) || pp_value_word(m, &why);
        else if (is(key, "e"))
            ok = is_null(m) || is_evidence(&a.e, pp_value_number(m->value, m->value_len));
        else if (is(key, "alpha"))
            ok = is_null(m) || is_share(a.alpha = pp_value_number(m->value, m->value_len));
        else if (is(key, "a"))
            ok = pp_value_pair(m, &a.a_ok, &a.a_n);
        else if (is(key, "b"))
            ok = pp_value_pair(m, &a.b_ok, &a.b_n);
        if (!ok)
            return false;
    }
    if (word.len && (a.word = pp_merged_parse(word.p, word.len)) == PP_NO_WORD)
        return false;
    a.undecided = is(why, "budget");
    if (a.word == PP_VERDICT_TRANSIENT)
        a.e = 0;
    if (is(name, "D")) {
        take_dummy(d, &a);
        return true;
    }
    if (!name.len || d->narms == PP_MERGE_ARMS)
        return false;
    d->rounds = a.b_ok > d->rounds ? a.b_ok : d->rounds;
    d->arm_name[d->narms] = name;
    d->arm_condition[d->narms] = condition;
    d->arm[d->narms++] = a;
    return true;
}

static bool take_verdicts(struct pp_digest *d, const struct pp_member *m)
{
    const char *at = m->value, *end = m->value + m->value_len, *v;
    size_t len;

    if (*at != '[')
        return false;
    while (pp_array_next(&at, end, &v, &len))
        if (!take_verdict(d, v, len))
            return false;
    return true;
}

static bool take_canid(struct pp_digest *d, const struct pp_member *m)
{
    d->annotated = *m->value == '{';
    return true;
}

/* Required members come first. Bit i of `seen` is row i. */
static const struct {
    const char *key, *why;
    bool (*take)(struct pp_digest *d, const struct pp_member *m);
} rows[] = {
    {"dip", "no address in `dip`", take_dip},
    {"experiment", "no `experiment`", take_experiment},
    {"connect", "no `connect`", take_connect},
    {"run_id", "no `run_id`", take_run_id},
    {"port", "no port in `port`", take_port},
    {"domain_used", "no `domain_used`", take_domain},
    {"sip", "no address in `sip`", take_sip},
    {"time", "no time of the form YYYY-MM-DD HH:MM:SS in `time`, or it ends before it begins", take_time},
    {"conditions", "no `conditions`", take_conditions},
    {"verdicts", "`verdicts` are not the arms' verdicts", take_verdicts},
    {"quality", "no `quality`", take_quality},
#define NEEDED 11
    {"sip_public", "`sip_public` is not an address", take_sip_public},
    {"obs_id", "`obs_id` is not a string", take_obs_id},
    {"vantage", "`vantage` is not a name, or is too long", take_vantage},
    {"path", "`path` is not an array", take_path},
    {"located", "", take_located},
    {"canid_info", "", take_canid},
};
#define ROWS (sizeof rows / sizeof *rows)

static enum pp_digested fail(enum pp_digested result, const char **why, const char *text)
{
    *why = text;
    return result;
}

static int row_of(const struct pp_member *m)
{
    for (size_t i = 0; i < ROWS; i++)
        if (m->key_len == strlen(rows[i].key) && memcmp(m->key, rows[i].key, m->key_len) == 0)
            return (int)i;
    return -1;
}

/* The last member of a name counts, as in pp_object_find. */
static bool take_members(struct pp_digest *d, uint32_t *seen, const char **why)
{
    const struct pp_object *o = &d->object;
    const struct pp_member *of[ROWS] = {NULL};

    for (unsigned i = 0; i < o->n; i++) {
        int row = row_of(&o->member[i]);
        if (row >= 0)
            of[row] = &o->member[i];
    }
    *seen = 0;
    for (size_t i = 0; i < ROWS; i++) {
        if (!of[i])
            continue;
        *seen |= UINT32_C(1) << i;
        if (!rows[i].take(d, of[i])) {
            *why = rows[i].why;
            return false;
        }
    }
    return true;
}

static bool is_merged(const struct pp_object *o)
{
    const struct pp_member *v = pp_object_find(o, "vantages"), *r = pp_object_find(o, "runs");

    return v && *v->value == '[' && r && *r->value == '[';
}

enum pp_digested pp_digest_read(struct pp_digest *d, const char *line, size_t len, const char **why)
{
    const struct pp_member *schema;
    uint32_t seen, version;

    memset((char *)d + offsetof(struct pp_digest, experiment), 0,
           offsetof(struct pp_digest, arm) - offsetof(struct pp_digest, experiment));
    d->own_len = 0;
    if (!pp_object_scan(&d->object, line, len))
        return fail(PP_DIGEST_NOT_ONE, why, "not a JSON object");
    schema = pp_object_find(&d->object, "schema");
    if (!schema || !pp_value_uint(schema->value, schema->value_len, UINT32_MAX, &version))
        return fail(PP_DIGEST_NOT_ONE, why, "not an observation: it has no `schema`");
    if (version != 1)
        return fail(PP_DIGEST_SCHEMA, why, "its `schema` is not 1, the only one known");
    if (is_merged(&d->object))
        return fail(PP_DIGEST_MERGED, why, "it is merged already");
    if (!take_members(d, &seen, why))
        return PP_DIGEST_NOT_ONE;
    for (unsigned i = 0; i < NEEDED; i++)
        if (!(seen >> i & 1))
            return fail(PP_DIGEST_NOT_ONE, why, rows[i].why);
    d->special = pp_special_name(&d->source) != NULL;
    return PP_DIGEST_OK;
}
