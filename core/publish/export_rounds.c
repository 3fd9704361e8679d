/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * export_rounds.c: exports one observation as a line of raw data, or as a line for each round, in PATHspider's words.
 * The line of the first round has all conditions of `first`; lines of later rounds have the connectivity only.
 */
#include "export.h"

#include "../base/json.h"
#include "../stream/object.h"
#include "../targets/target.h"

#define ROUNDS 256 /* as round numbers are bytes */
#define WORDS 32   /* conditions of one round */

struct round {
    bool there;
    int64_t from_ms, to_ms; /* ms since the observation began */
    unsigned n;
    struct {
        const char *condition, *word;
    } said[WORDS];
};

static const char *string_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

/* 1 if the flow of ARM succeeded, 0 if not; -1: ARM took no part. */
static int flow_ok(const json_t *flows, const char *arm)
{
    size_t i;
    json_t *f;

    json_array_foreach((json_t *)flows, i, f) {
        if (strcmp(string_of(f, "arm"), arm) == 0)
            return json_is_true(json_object_get(f, "ok"));
    }
    return -1;
}

/*
 * PATHspider's word for the flows of arm and baseline, or of the only arm. NULL: none, for example if an arm was
 * measured on further ports without its baseline.
 */
static const char *word_of(const json_t *flows, const char *arm)
{
    int b = flow_ok(flows, arm), a = strcmp(arm, "A") == 0 ? -1 : flow_ok(flows, "A");

    if (strcmp(arm, "A") == 0)
        return b < 0 ? NULL : b ? "online" : "offline";
    if (a < 0 || b < 0)
        return NULL;
    return a ? (b ? "works" : "broken") : (b ? "transient" : "offline");
}

/* Adds the word for rounds [n, from, to] of AT, which all had the results FLOWS. False: their times are missing. */
static bool note_rounds(struct round *rounds, const char *condition, const json_t *v, const json_t *entry)
{
    const json_t *flows = json_object_get(entry, "flows"), *at = json_object_get(entry, "at");
    const char *word = word_of(flows, string_of(v, "arm"));
    size_t i;
    json_t *one;

    if (json_array_size(at) == 0)
        return false;
    if (!word)
        return true;
    json_array_foreach((json_t *)at, i, one) {
        json_int_t n = json_integer_value(json_array_get(one, 0));
        struct round *r;
        if (n < 1 || n >= ROUNDS)
            return false;
        r = &rounds[n];
        r->there = true;
        r->from_ms = json_integer_value(json_array_get(one, 1));
        r->to_ms = json_integer_value(json_array_get(one, 2));
        if (r->from_ms < 0 || r->to_ms < r->from_ms || r->to_ms > UINT32_MAX)
            return false;
        if (r->n < WORDS) {
            r->said[r->n].condition = condition;
            r->said[r->n++].word = word;
        }
    }
    return true;
}

/* Collects the words of all rounds. False: R does not have all rounds. */
static bool collect(const struct pp_record *r, struct round *rounds)
{
    size_t i, k;
    json_t *v, *entry;
    bool any = false;

    json_array_foreach(r->verdicts, i, v) {
        const char *condition = string_of(v, "condition");
        const json_t *list = json_object_get(v, "rounds");
        if (!*condition || strcmp(string_of(v, "arm"), "D") == 0)
            continue;
        if (json_array_size(list) == 0)
            return false;
        json_array_foreach((json_t *)list, k, entry) {
            if (!note_rounds(rounds, condition, v, entry))
                return false;
            any = true;
        }
    }
    return any && rounds[1].there && r->first;
}

/* ---- a line ---------------------------------------------------------------------------------------------------- */

/*
 * True if the target's field M can be exported. Go's decoders ignore the case of keys, and fail at a value of the wrong
 * type, so fields whose keys the normalizers would take for theirs are left out.
 */
static bool goes_along(const struct pp_member *m)
{
    static const char *const read_by_go[] = {"path", "time", "conditions", "canid_info"};

    for (uint32_t i = 0; i < m->key_len; i++) {
        if (m->key[i] == '\\' || (uint8_t)m->key[i] >= 0x80)
            return false;
    }
    for (size_t i = 0; i < sizeof read_by_go / sizeof *read_by_go; i++) {
        if (m->key_len == strlen(read_by_go[i]) && strncasecmp(m->key, read_by_go[i], m->key_len) == 0)
            return false;
    }
    return !pp_members_is_own(m->key, m->key_len);
}

static void target_members(struct pp_json *j, const struct pp_record *r)
{
    for (unsigned i = 0; i < r->object.n; i++) {
        const struct pp_member *m = &r->object.member[i];
        if (goes_along(m))
            pp_json_raw(j, NULL, m->key - 1, (size_t)(m->value + m->value_len - m->key) + 1);
    }
}

static void canid_member(struct pp_json *j, const struct pp_record *r)
{
    static const char *const texts[] = {"Prefix", "CountryCode"};

    if (!r->asn)
        return;
    pp_json_object(j, "canid_info");
    pp_json_uint(j, "ASN", r->asn);
    for (size_t i = 0; i < 2; i++) {
        const json_t *v = json_object_get(r->canid, texts[i]);
        if (json_is_string(v))
            pp_json_str(j, texts[i], json_string_value(v));
    }
    pp_json_end(j, '}');
}

static void strings(struct pp_json *j, const char *key, const json_t *array)
{
    size_t i;
    json_t *s;

    pp_json_array(j, key);
    json_array_foreach((json_t *)array, i, s) {
        pp_json_strn(j, NULL, json_string_value(s), json_string_length(s));
    }
    pp_json_end(j, ']');
}

static void own_member(struct pp_json *j, const struct pp_record *r, const char *key)
{
    const struct pp_member *m = pp_object_find(&r->object, key);

    if (m)
        pp_json_raw(j, key, m->value, m->value_len);
}

static void begin(struct pp_json *j, struct pp_buf *out, const struct pp_record *r, bool whole)
{
    pp_json_init(j, out);
    pp_json_object(j, NULL);
    if (whole)
        target_members(j, r);
    else
        own_member(j, r, "dip");
    canid_member(j, r);
    own_member(j, r, "sip");
    own_member(j, r, "sip_public");
    own_member(j, r, "experiment");
    own_member(j, r, "connect");
    own_member(j, r, "obs_id");
    strings(j, "path", r->path);
}

static void when(struct pp_json *j, int64_t from_us, int64_t to_us)
{
    pp_json_object(j, "time");
    pp_json_time(j, "from", from_us * 1000);
    pp_json_time(j, "to", to_us * 1000);
    pp_json_end(j, '}');
}

static void round_line(struct pp_buf *out, const struct pp_record *r, const struct round *round, unsigned number,
                       bool whole)
{
    char name[192];
    struct pp_json j;

    begin(&j, out, r, whole);
    when(&j, r->from_us + round->from_ms * 1000, r->from_us + round->to_ms * 1000);
    pp_json_uint(&j, "round", number);
    if (number == 1) {
        strings(&j, "conditions", r->first);
    } else {
        pp_json_array(&j, "conditions");
        for (unsigned i = 0; i < round->n; i++) {
            snprintf(name, sizeof name, "%.120s.%s", round->said[i].condition, round->said[i].word);
            pp_json_str(&j, NULL, name);
        }
        pp_json_end(&j, ']');
    }
    pp_json_end(&j, '}');
    pp_buf_addc(out, '\n');
}

/* Writes the one line of an observation whose rounds are not exported. */
static void only_line(struct pp_buf *out, const struct pp_record *r, bool whole)
{
    struct pp_json j;

    begin(&j, out, r, whole);
    when(&j, r->from_us, r->to_us);
    strings(&j, "conditions", r->conditions);
    pp_json_end(&j, '}');
    pp_buf_addc(out, '\n');
}

/*
 * If the line is too long, writes it again with the address as the only field of the target. False: it is still too
 * long, and was removed.
 */
static bool fitting(struct pp_buf *out, const struct pp_record *r, const struct round *round, unsigned number)
{
    size_t begin_at = out->len;

    for (int whole = 1; whole >= 0; whole--) {
        out->len = begin_at;
        if (round)
            round_line(out, r, round, number, whole);
        else
            only_line(out, r, whole);
        if (out->len - begin_at <= PP_OBSERVATION_MAX)
            return true;
    }
    out->len = begin_at;
    return false;
}

static void note_all(json_t *conditions, const json_t *said)
{
    size_t i;
    json_t *s;

    json_array_foreach((json_t *)said, i, s) {
        pp_export_note(conditions, json_string_value(s));
    }
}

unsigned pp_export_raw(const struct pp_record *r, struct pp_buf *out, json_t *conditions)
{
    if (!fitting(out, r, NULL, 0))
        return 0;
    note_all(conditions, r->conditions);
    return 1;
}

unsigned pp_export_rounds(const struct pp_record *r, struct pp_buf *out, json_t *conditions)
{
    static _Thread_local struct round rounds[ROUNDS];
    unsigned lines = 0;

    for (unsigned i = 0; i < ROUNDS; i++)
        rounds[i].there = false, rounds[i].n = 0;
    /* PATHspider has no word `unstable`; without a word analyzers would take the target for offline. */
    if (!collect(r, rounds))
        return pp_export_unstable(r->conditions) ? 0 : pp_export_raw(r, out, conditions);
    note_all(conditions, r->first);
    for (unsigned i = 1; i < ROUNDS; i++) {
        if (!rounds[i].there || (i > 1 && rounds[i].n == 0))
            continue;
        lines += fitting(out, r, &rounds[i], i);
    }
    return lines;
}
