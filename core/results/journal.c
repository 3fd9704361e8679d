/* SPDX-License-Identifier: BSD-2-Clause */
/* journal.c: reads an output back: complete targets, and counts of their results. */
#include "journal.h"

#include "../stream/input.h"
#include "../stream/journal_parts.h"
#include "../targets/target_parts.h"
#include "../verdict/where.h"
#include "recorder.h"

#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

/* The parts of an observation that are counted. */
struct reading {
    struct pp_text line;
    struct pp_finding finding;
    struct pp_target target;
    struct pp_target_parts parts; /* has the memory of the target's domain */
    bool valid;
};

int pp_journal_init(struct pp_journal *j, const struct pp_plan *plan, struct pp_live_counters *counters)
{
    *j = (struct pp_journal){
        .plan = plan, .counters = counters, .done = pp_dedup_new(), .prohibited = pp_admin_prohibited_new()};
    if (!j->done || !j->prohibited || pp_verdict_totals_init(&j->totals, plan) < 0) {
        pp_journal_release(j);
        return pp_error("out of memory");
    }
    return 0;
}

void pp_journal_release(struct pp_journal *j)
{
    pp_dedup_free(j->done);
    j->done = NULL;
    pp_admin_prohibited_free(j->prohibited);
    j->prohibited = NULL;
    pp_verdict_totals_release(&j->totals);
}

/* ---- values ------------------------------------------------------------------------------------------------- */

static bool get_uint(const json_t *v, double max, uint64_t *out)
{
    double d = json_is_real(v) ? json_real_value(v) : -1;

    if (!(d >= 0 && d <= max && d == (double)(uint64_t)d))
        return false;
    *out = (uint64_t)d;
    return true;
}

static bool get_bool(const json_t *object, const char *key, bool *out)
{
    const json_t *v = json_object_get(object, key);

    *out = json_is_true(v);
    return json_is_boolean(v);
}

static bool get_word(const struct pp_plan *plan, const json_t *v, uint8_t *word)
{
    const char *text = json_string_value(v);

    for (unsigned w = 0; text && w < PP_VERDICTS; w++)
        if (pp_plan_word(plan, w) && strcmp(text, pp_plan_word(plan, w)) == 0) {
            *word = (uint8_t)w;
            return true;
        }
    return false;
}

static uint8_t how_of(const json_t *v)
{
    const char *text = json_string_value(v);

    for (unsigned how = 0; text && how < PP_HOW_COUNT; how++)
        if (pp_how_name[how] && strcmp(text, pp_how_name[how]) == 0)
            return (uint8_t)how;
    return PP_HOW_NONE;
}

/* [successes, attempts] */
static bool get_trials(const json_t *v, uint32_t *ok, uint32_t *failed)
{
    uint64_t n, all;

    if (!get_uint(json_array_get(v, 0), UINT32_MAX, &n) || !get_uint(json_array_get(v, 1), UINT32_MAX, &all) || n > all)
        return false;
    *ok = (uint32_t)n;
    *failed = (uint32_t)(all - n);
    return true;
}

/* ---- parts of a line ------------------------------------------------------------------------------------------ */

static int slot_of(const struct pp_plan *plan, const char *name)
{
    for (unsigned i = 0; name && i < plan->narms + 2; i++)
        if ((pp_plan_is_judged(plan, i) || i == pp_slot_d(plan)) && strcmp(name, pp_slot_name(plan, i)) == 0)
            return (int)i;
    return -1;
}

/* Reads the words of round 1, of arms that took part in it with their controls. False: not of the right form. */
static bool get_first(const struct pp_plan *plan, const json_t *v, uint8_t *word)
{
    *word = PP_VERDICT_NONE;
    return (json_is_null(v) && !plan->alone && !pp_plan_is_whole(plan)) || get_word(plan, v, word);
}

/* Reads the arm that implied the word of this one: none, or an arm of the plan. False: not of the right form. */
static bool get_implied_by(const struct pp_plan *plan, const json_t *v, uint8_t *arm)
{
    int slot = !v || json_is_null(v) ? 0 : slot_of(plan, json_string_value(v));

    *arm = (uint8_t)(slot > 0 ? slot : 0);
    return slot >= 0 && slot < (int)plan->narms;
}

static bool take_verdict(struct reading *r, const struct pp_plan *plan, const json_t *v)
{
    int slot = slot_of(plan, json_string_value(json_object_get(v, "arm")));
    const json_t *first = json_object_get(v, "first");
    struct pp_arm_state *arm;

    if (slot < 0 || r->finding.arm[slot].ended)
        return false;
    arm = &r->finding.arm[slot];
    arm->ended = true;
    if (!get_trials(json_object_get(v, "a"), &arm->trials.sa, &arm->trials.fa) ||
        !get_trials(json_object_get(v, "b"), &arm->trials.sb, &arm->trials.fb))
        return false;
    if (!r->valid)
        return true;
    if (!get_implied_by(plan, json_object_get(v, "implied_by"), &arm->implied_by))
        return false;
    arm->how = how_of(json_object_get(v, "how"));
    /* the published list needs e; for `transient`, e is that of the opposite comparison, and not listed */
    if (!plan->alone) {
        arm->trials.e = json_is_real(json_object_get(v, "e")) ? json_real_value(json_object_get(v, "e")) : -1;
        if (!(arm->trials.e >= 0))
            return false;
    }
    if ((unsigned)slot == pp_slot_d(plan)) {
        r->finding.dummy = !json_is_null(first);
        return get_word(plan, json_object_get(v, "verdict"), &arm->word) &&
               (!r->finding.dummy || get_word(plan, first, &arm->first));
    }
    return get_word(plan, json_object_get(v, "verdict"), &arm->word) && get_first(plan, first, &arm->first);
}

static bool take_verdicts(struct reading *r, const struct pp_plan *plan, const json_t *verdicts)
{
    const json_t *v;
    size_t i;

    json_array_foreach(verdicts, i, v)
        if (!take_verdict(r, plan, v))
            return false;
    for (unsigned slot = 0; slot < plan->narms; slot++)
        if (pp_finding_judges(plan, &r->finding, slot) && !r->finding.arm[slot].ended)
            return false;
    return true;
}

/* The index of condition "NAME" or "NAME:VALUE" of the experiment; -1: a connectivity, or not declared. */
static int condition_of(const struct pp_plugin *p, const char *text)
{
    size_t len = strcspn(text, ":");

    for (unsigned i = 0; i < p->nconditions; i++)
        if (strlen(p->conditions[i].name) == len && memcmp(p->conditions[i].name, text, len) == 0)
            return (int)i;
    return -1;
}

/* Reads the conditions without their values, which are not counted. */
static bool take_conditions(struct pp_statements **out, const struct pp_plan *plan, const json_t *names)
{
    struct pp_statements *s = calloc(1, sizeof *s + PP_MAX_CONDITIONS * sizeof s->v[0]);
    const json_t *v;
    size_t i;

    *out = s;
    if (!s || !json_is_array(names))
        return false;
    json_array_foreach(names, i, v) {
        int index = json_is_string(v) ? condition_of(plan->plugin, json_string_value(v)) : -1;
        if (index < 0)
            continue;
        if (s->n == PP_MAX_CONDITIONS)
            return false;
        s->v[s->n++].index = (uint16_t)index;
    }
    return true;
}

/* Reads whether the target was swept, and which arms have a place; the hops are not counted. */
static bool take_located(struct pp_finding *f, const json_t *located)
{
    const json_t *place;
    size_t i;

    f->located = json_is_array(located);
    if (!f->located || json_array_size(located) == 0)
        return !located || f->located;
    f->place = calloc(json_array_size(located), sizeof *f->place);
    if (!f->place)
        return false;
    json_array_foreach(located, i, place) {
        f->place[f->nplaces++] = (struct pp_place){.has_from = json_is_object(json_object_get(place, "from")),
                                                   .has_to = json_is_object(json_object_get(place, "to"))};
    }
    return true;
}

static bool take_quality(struct reading *r, const json_t *q)
{
    uint64_t flows;

    if (!get_bool(q, "valid", &r->valid) || !get_bool(q, "outage", &r->finding.outage) ||
        !get_bool(q, "audited", &r->finding.audited) || !get_uint(json_object_get(q, "flows"), UINT16_MAX, &flows))
        return false;
    r->finding.flows = (uint16_t)flows;
    return true;
}

static const char *take_target(struct reading *r, const json_t *o)
{
    struct pp_target_parts *p = &r->parts;
    struct pp_object object;
    const char *why;
    uint64_t port;

    if (!pp_object_scan(&object, r->line.p, r->line.len))
        return "more members than an observation has";
    if (pp_target_of_object(p, &object, &why) < 0)
        return why;
    if (!get_uint(json_object_get(o, "port"), UINT16_MAX, &port) || port == 0)
        return "no port";
    r->target = (struct pp_target){.addr = p->addr, .port = (uint16_t)port, .asn = p->asn};
    r->target.domain = *p->name ? p->name : NULL;
    r->finding.target = &r->target;
    return NULL;
}

/* Takes an ICMP error, [type, code, sender], that answered the baseline. */
static void take_icmp(struct pp_admin_prohibited *m, const struct pp_addr *target, const json_t *icmp)
{
    const char *text = json_string_value(json_array_get(icmp, 2));
    struct pp_addr from;
    uint64_t type, code;

    if (text && pp_addr_parse(&from, text, strlen(text)) == 0 &&
        get_uint(json_array_get(icmp, 0), UINT8_MAX, &type) && get_uint(json_array_get(icmp, 1), UINT8_MAX, &code))
        pp_admin_prohibited_icmp(m, target, (unsigned)type, (unsigned)code, &from);
}

/* Notes the router or host that answered the baseline by "administratively prohibited". */
static void take_prohibited(struct pp_admin_prohibited *m, const struct reading *r, const json_t *verdicts)
{
    const json_t *v, *round, *flow;
    size_t i, k, n;

    json_array_foreach(verdicts, i, v) {
        json_array_foreach(json_object_get(v, "rounds"), k, round) {
            json_array_foreach(json_object_get(round, "flows"), n, flow) {
                const char *arm = json_string_value(json_object_get(flow, "arm"));
                if (arm && *arm == 'A')
                    take_icmp(m, &r->target.addr, json_object_get(flow, "icmp"));
            }
        }
    }
}

/* ---- a line --------------------------------------------------------------------------------------------------- */

static const char *take_line(struct reading *r, const struct pp_plan *plan, const json_t *o)
{
    const char *run_id = json_string_value(json_object_get(o, "run_id"));
    const char *why;

    if (!run_id)
        return "not an observation";
    if (strcmp(run_id, plan->run_id) != 0)
        return "an observation of another run";
    why = take_target(r, o);
    if (why)
        return why;
    r->finding.absent = pp_finding_absent(plan, &r->target.addr);
    if (!take_quality(r, json_object_get(o, "quality")))
        return "no quality";
    if (!take_conditions(&r->finding.stated_first, plan, json_object_get(o, "first")) ||
        !take_conditions(&r->finding.stated, plan, json_object_get(o, "conditions")))
        return "no conditions";
    if (!take_located(&r->finding, json_object_get(o, "located")))
        return "`located` is not of the form that this program writes";
    return take_verdicts(r, plan, json_object_get(o, "verdicts")) ? NULL : "`verdicts` are not those of the "
        "experiment's arms";
}

const char *pp_journal_line(struct pp_journal *j, const char *line, size_t len)
{
    /* numbers as doubles: an integer beyond 64 bits in a target's own members must not matter */
    json_t *o = json_loadb(line, len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
    struct reading r = {.line = {line, len}};
    const char *why = o ? take_line(&r, j->plan, o) : "not JSON";

    if (!why && pp_dedup_done(j->done, &r.target.addr, r.target.port, r.target.domain) < 0)
        why = "no memory for more targets";
    if (!why) {
        take_prohibited(j->prohibited, &r, json_object_get(o, "verdicts"));
        pp_verdict_totals_add(&j->totals, &r.finding, r.valid);
        if (j->counters)
            pp_recorder_count(j->counters, j->plan, &r.finding, r.valid);
        j->lines++;
    }
    free(r.finding.stated_first);
    free(r.finding.stated);
    free(r.finding.place);
    json_decref(o);
    return why;
}

static int read_lines(struct pp_journal *j, const char *path)
{
    struct pp_input *in = pp_input_open(path);
    enum pp_input_got got = PP_INPUT_LINE;
    const char *line, *why = NULL;
    size_t len;

    if (!in)
        return -1;
    pp_input_observations(in);
    pp_input_limit(in, j->whole);
    while (!why && (got = pp_input_line(in, &line, &len)) == PP_INPUT_LINE)
        why = pp_journal_line(j, line, len);
    if (got == PP_INPUT_TOO_LONG)
        why = "too long for an observation";
    if (why) {
        pp_error("cannot resume '%s': line %" PRIu64 ": %s", path, pp_input_number(in), why);
        pp_hint("it was not changed; without --resume, or with another --output, a new run begins");
    }
    pp_input_free(in);
    return why || got == PP_INPUT_ERROR ? -1 : 0;
}

int pp_journal_read(struct pp_journal *j, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), result = -1;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        pp_error_errno("cannot read '%s'", path);
    else
        result = pp_journal_whole(fd, path, &j->whole);
    if (result == 0) {
        j->size = (uint64_t)st.st_size;
        result = j->whole ? read_lines(j, path) : 0;
    }
    if (fd >= 0)
        close(fd);
    return result;
}
