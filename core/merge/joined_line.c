/* SPDX-License-Identifier: BSD-2-Clause */
/* joined_line.c: writes a target's merged line. */
#include "joined_parts.h"

#include "../stream/object.h"

static void when(struct pp_json *j, int64_t from_us, int64_t to_us)
{
    pp_json_object(j, "time");
    pp_json_time(j, "from", from_us * 1000);
    pp_json_time(j, "to", to_us * 1000);
    pp_json_end(j, '}');
}

static void pair(struct pp_json *j, const char *key, uint64_t ok, uint64_t n)
{
    pp_json_array(j, key);
    pp_json_uint(j, NULL, ok);
    pp_json_uint(j, NULL, n);
    pp_json_end(j, ']');
}

static void elements(struct pp_json *j, const char *key, const char *text, size_t len)
{
    pp_json_array(j, key);
    if (len)
        pp_json_raw(j, NULL, text, len);
    pp_json_end(j, ']');
}

static void positive(struct pp_json *j, const char *key, double v)
{
    if (v > 0)
        pp_json_num(j, key, v, 6);
    else
        pp_json_null(j, key);
}

static const char *name_of(const struct pp_joined *t, unsigned part)
{
    return t->ledger->vantage[t->part[part].vantage].name;
}

static const char *name_of_located(void *arg, uint32_t part)
{
    return name_of(arg, part);
}

/* ---- a vantage point ------------------------------------------------------------------------------------------- */

static void stable_verdicts(struct pp_json *j, const struct pp_joined *t, const struct pp_joined_part *p, bool brief)
{
    const struct pp_ledger_question *q = pp_joined_question(t);

    pp_json_array(j, "verdicts");
    for (unsigned i = 0; i < q->narms; i++) {
        const struct pp_arm_stable *a = &p->arm[i];
        pp_json_object(j, NULL);
        pp_json_str(j, "arm", q->arm[i]);
        if (!brief)
            pp_json_str(j, "condition", q->condition[i]);
        pp_json_str(j, "verdict", pp_merged_name(a->word, q->alone));
        if (!brief) {
            pp_json_uint(j, "runs", a->judged);
            if (q->alone || a->word == PP_NO_WORD)
                pp_json_null(j, "e");
            else
                pp_json_num(j, "e", a->e, 6);
            pair(j, "a", a->a_ok, a->a_n);
            pair(j, "b", a->b_ok, a->b_n);
            pp_json_bool(j, "sure", a->sure);
        }
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
}

static void point(struct pp_json *j, const struct pp_joined *t, unsigned i, bool brief)
{
    const struct pp_joined_part *p = &t->part[i];
    char addr[PP_ADDR_STRLEN];

    pp_json_object(j, NULL);
    pp_json_str(j, "vantage", name_of(t, i));
    if (!brief) {
        pp_json_array(j, "sources");
        for (unsigned k = 0; k < p->sources.n; k++)
            pp_json_str(j, NULL, pp_addr_str(&p->sources.addr[k], addr));
        pp_json_end(j, ']');
        if (p->sources.asn)
            pp_json_uint(j, "asn", p->sources.asn);
        else
            pp_json_null(j, "asn");
        pp_json_raw(j, "path", p->path.len ? t->texts.data + p->path.at : NULL, p->path.len);
        when(j, p->from_us, p->to_us);
    }
    pp_json_uint(j, "runs", p->runs);
    pp_json_uint(j, "invalid", p->invalid);
    if (!brief)
        elements(j, "conditions", t->texts.data + p->conditions.at, p->conditions.len);
    stable_verdicts(j, t, p, brief);
    pp_json_end(j, '}');
}

/* ---- a run ------------------------------------------------------------------------------------------------------ */

static void run(struct pp_json *j, const struct pp_joined *t, const struct pp_joined_run *r, bool brief)
{
    const struct pp_ledger_question *q = pp_joined_question(t);

    pp_json_object(j, NULL);
    pp_json_str(j, "vantage", name_of(t, r->part));
    pp_json_str(j, "run_id", t->ledger->run[r->run].run_id);
    pp_json_strn(j, "obs_id", t->texts.data + r->obs_id.at, r->obs_id.len);
    when(j, r->from_us, r->to_us);
    pp_json_bool(j, "valid", r->valid);
    if (!brief)
        pp_json_raw(j, "conditions", r->conditions.len ? t->texts.data + r->conditions.at : NULL, r->conditions.len);
    pp_json_object(j, "e");
    for (unsigned i = 0; i < q->narms; i++) {
        if (r->e[i] < 0)
            pp_json_null(j, q->arm[i]);
        else
            pp_json_num(j, q->arm[i], r->e[i], 6);
    }
    pp_json_end(j, '}');
    pp_json_end(j, '}');
}

/* ---- the line --------------------------------------------------------------------------------------------------- */

static void path(struct pp_json *j, const struct pp_joined *t)
{
    char addr[PP_ADDR_STRLEN];

    if (t->nparts == 1 && t->part[0].path.len) {
        pp_json_raw(j, "path", t->texts.data + t->part[0].path.at, t->part[0].path.len);
        return;
    }
    pp_json_array(j, "path");
    pp_json_str(j, NULL, "*");
    pp_json_str(j, NULL, pp_addr_str(&t->head.dip, addr));
    pp_json_end(j, ']');
}

static void verdicts(struct pp_json *j, const struct pp_joined *t)
{
    const struct pp_ledger_question *q = pp_joined_question(t);

    pp_json_array(j, "verdicts");
    for (unsigned i = 0; i < q->narms; i++) {
        pp_json_object(j, NULL);
        pp_json_str(j, "arm", q->arm[i]);
        pp_json_str(j, "condition", q->condition[i]);
        pp_json_str(j, "verdict", pp_merged_name(t->word[i], q->alone));
        if (q->alone || t->word[i] == PP_NO_WORD)
            pp_json_null(j, "e");
        else
            pp_json_num(j, "e", t->e[i], 6);
        positive(j, "alpha", t->alpha[i]);
        pp_json_uint(j, "vantages", t->evidence[i]);
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
}

static void quality(struct pp_json *j, const struct pp_joined *t, int detail, size_t conditions)
{
    uint64_t n = 0, invalid = 0, left_out = t->conditions_left_out + t->of_points.left_out;

    for (size_t i = conditions; i < t->conditions.len; i++)
        left_out += t->conditions.data[i] == ',';

    for (unsigned i = 0; i < t->nparts; i++) {
        n += t->part[i].runs;
        invalid += t->part[i].invalid;
    }
    pp_json_object(j, "quality");
    pp_json_bool(j, "valid", invalid < n);
    pp_json_uint(j, "runs", n);
    pp_json_uint(j, "invalid", invalid);
    pp_json_uint(j, "runs_left_out", detail >= PP_JOINED_NO_RUNS ? n : t->runs_left_out);
    pp_json_uint(j, "vantages_left_out", detail >= PP_JOINED_NO_POINTS ? t->nparts : 0);
    pp_json_uint(j, "conditions_left_out", left_out);
    pp_json_end(j, '}');
}

/* Bytes of conditions in a line: with no more, the shortest form fits beside any members of the target. */
#define CONDITIONS_MAX 24000

/* Length of as many whole array elements as fit. Elements contain neither quotes nor commas. */
static size_t beginning(const char *text, size_t len)
{
    size_t n = CONDITIONS_MAX;

    if (len <= n)
        return len;
    while (n && text[n] != ',')
        n--;
    return n;
}

void pp_joined_line(const struct pp_joined *t, struct pp_buf *out, int detail)
{
    const struct pp_ledger_question *q = pp_joined_question(t);
    size_t all = t->conditions.len;
    size_t conditions = detail < PP_JOINED_NO_POINTS ? all : beginning(t->conditions.data, all);
    char addr[PP_ADDR_STRLEN];
    struct pp_json j;

    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    if (detail < PP_JOINED_BARE)
        pp_json_raw(&j, NULL, t->members.data, t->members.len);
    else
        pp_json_str(&j, "dip", pp_addr_str(&t->head.dip, addr));
    pp_json_int(&j, "schema", 1);
    pp_json_str(&j, "experiment", q->experiment);
    pp_json_str(&j, "connect", q->connect);
    pp_json_int(&j, "port", t->head.port);
    pp_json_strn(&j, "domain_used", t->domain.data, t->domain.len);
    path(&j, t);
    when(&j, t->from_us, t->to_us);
    elements(&j, "conditions", t->conditions.data, conditions);
    verdicts(&j, t);
    pp_json_array(&j, "vantages");
    for (unsigned i = 0; i < t->nparts && detail < PP_JOINED_NO_POINTS; i++)
        point(&j, t, i, detail >= PP_JOINED_POINTS_SHORT);
    pp_json_end(&j, ']');
    pp_json_array(&j, "runs");
    for (unsigned i = 0; i < t->nruns && detail < PP_JOINED_NO_RUNS; i++)
        run(&j, t, &t->run[i], detail >= PP_JOINED_RUNS_SHORT);
    pp_json_end(&j, ']');
    if (detail < PP_JOINED_NO_POINTS)
        pp_located_merged(&t->located, &j, name_of_located, (void *)t);
    quality(&j, t, detail, conditions);
    pp_json_end(&j, '}');
    pp_buf_addc(out, '\n');
}

/* ---- what to ask again ------------------------------------------------------------------------------------------ */

/* Writes the target's own members and the port that was measured: the mode's default may differ at the next run. */
static void recheck_line(const struct pp_joined *t, unsigned part, struct pp_buf *out)
{
    static const char *const but[] = {"dp", "vantage", NULL};
    const struct pp_ledger_question *q = pp_joined_question(t);
    struct pp_buf object;
    struct pp_json j;

    pp_buf_init(&object, 2 * PP_CONDITIONS_TEXT);
    pp_buf_addc(&object, '{');
    pp_buf_add(&object, t->members.data, t->members.len);
    pp_buf_addc(&object, '}');
    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    if (!object.failed && pp_buf_reserve(out, object.len)) {
        size_t n = pp_members_copy_but(out->data + out->len, object.data, object.len, but);
        struct pp_buf members;
        pp_buf_init(&members, 2 * PP_CONDITIONS_TEXT);
        pp_buf_add(&members, out->data + out->len, n);
        pp_json_raw(&j, NULL, members.data, members.len);
        pp_buf_release(&members);
    }
    pp_json_int(&j, "dp", t->head.port);
    pp_json_str(&j, "vantage", name_of(t, part));
    pp_json_str(&j, "experiment", q->experiment);
    pp_json_str(&j, "connect", q->connect);
    pp_json_end(&j, '}');
    pp_buf_addc(out, '\n');
    pp_buf_release(&object);
}

bool pp_joined_recheck(struct pp_joined *t, unsigned *at, struct pp_buf *out)
{
    while (*at < t->nparts && !t->part[*at].ask_again)
        ++*at;
    if (*at == t->nparts)
        return false;
    recheck_line(t, (*at)++, out);
    return true;
}
