/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * observation.c: writes the observation of one target: the target, the configuration, the results, and their quality.
 */
#include "observation.h"

#include "../trace/trace.h"

#include "../stream/frames.h"
#include "../targets/special.h"

#include <inttypes.h>

#define SCHEMA 1

static void addr_member(struct pp_json *j, const char *key, const struct pp_addr *a)
{
    char text[PP_ADDR_STRLEN];

    pp_json_str(j, key, pp_addr_str(a, text));
}

static bool is_known(const struct pp_addr *a)
{
    static const struct pp_addr none;

    return !pp_addr_eq(a, &none);
}

/* ---- where and when -------------------------------------------------------------------------------------- */

/* Writes the path: source, "*" for the unknown routers, target; strings only, as the PTO's normalizers require. */
static void path_member(struct pp_json *j, const struct pp_plan *plan, const struct pp_target *t,
                        const struct pp_addr *sip)
{
    const struct pp_addr *public = pp_addr_is4(&t->addr) ? &plan->public4 : &plan->public6;

    pp_json_array(j, "path");
    if (is_known(public))
        addr_member(j, NULL, public);
    else if (plan->vantage_name && pp_special_name(sip))
        pp_json_str(j, NULL, plan->vantage_name);
    else
        addr_member(j, NULL, sip);
    pp_json_str(j, NULL, "*");
    addr_member(j, NULL, &t->addr);
    pp_json_end(j, ']');
}

static void where_members(struct pp_json *j, const struct pp_plan *plan, const struct pp_finding *f, uint64_t stream,
                          uint64_t number)
{
    const struct pp_target *t = f->target;
    const struct pp_addr *sip = &pp_vantage_source(plan->vantage, &t->addr)->addr;
    const struct pp_addr *public = pp_addr_is4(&t->addr) ? &plan->public4 : &plan->public6;
    char id[64], literal[PP_ADDR_STRLEN];

    snprintf(id, sizeof id, "%.16s-%" PRIx64 "-%" PRIx64, plan->run_id, stream, number);
    pp_json_int(j, "schema", SCHEMA);
    pp_json_str(j, "experiment", plan->plugin->name);
    pp_json_str(j, "connect", plan->mode->name);
    pp_json_str(j, "run_id", plan->run_id);
    pp_json_str(j, "obs_id", f->under_way ? NULL : id);
    if (f->under_way)
        pp_json_bool(j, "interim", true);
    pp_json_str(j, "vantage", plan->vantage_name);
    addr_member(j, "sip", sip);
    if (is_known(public))
        addr_member(j, "sip_public", public);
    else
        pp_json_null(j, "sip_public");
    pp_json_int(j, "port", t->port);
    pp_json_str(j, "domain_used", t->domain ? t->domain : pp_addr_str(&t->addr, literal));
    path_member(j, plan, t, sip);
    pp_json_object(j, "time");
    pp_json_time(j, "from", f->from_epoch);
    pp_json_time(j, "to", f->to_epoch);
    pp_json_end(j, '}');
}

/* ---- conditions -------------------------------------------------------------------------------------------- */

static void condition(struct pp_json *j, const struct pp_plan *plan, const struct pp_statement *s)
{
    const struct pp_condition *c = &plan->plugin->conditions[s->index];
    char name[128];

    if (c->has_value)
        snprintf(name, sizeof name, "%s:%" PRId64, c->name, s->value);
    pp_json_str(j, NULL, c->has_value ? name : c->name);
}

/* FIRST: the conditions by round 1 alone; else those after all rounds. */
static void conditions_array(struct pp_json *j, const char *key, const struct pp_plan *plan,
                             const struct pp_finding *f, bool first, bool valid)
{
    const struct pp_statements *stated = first ? f->stated_first : f->stated;
    struct pp_statement sums[PP_MAX_CONDITIONS];
    char name[128];

    pp_json_array(j, key);
    if (!valid)
        pp_json_str(j, NULL, "pathspider.not_observed");
    for (unsigned i = 0; valid && i < plan->narms; i++) {
        unsigned word = first ? f->arm[i].first : f->arm[i].word;
        if (!plan->arm[i].arm->connectivity || !pp_finding_judges(plan, f, i) || word == PP_VERDICT_NONE ||
            (!first && f->under_way && !f->arm[i].ended))
            continue;
        snprintf(name, sizeof name, "%s.%s", plan->arm[i].arm->connectivity, pp_plan_word(plan, word));
        pp_json_str(j, NULL, name);
    }
    for (unsigned i = 0; valid && stated && i < stated->n; i++)
        condition(j, plan, &stated->v[i]);
    for (unsigned i = 0, n = valid && (first || !f->under_way) ? pp_sum_up(plan, f, first, sums) : 0; i < n; i++)
        condition(j, plan, &sums[i]);
    pp_json_end(j, ']');
}

/* ---- quality ------------------------------------------------------------------------------------------------ */

/*
 * Writes whether packets left as built, over all rounds: false if they did not once; null if not all packets of an arm
 * were seen leaving.
 */
static void as_built_object(struct pp_json *j, const struct pp_plan *plan, const struct pp_finding *f)
{
    uint8_t built[PP_SLOTS];

    memset(built, UINT8_MAX, sizeof built);
    for (const struct pp_round_note *r = f->notes; r; r = r->next)
        for (unsigned i = 0; i < r->nflows; i++) {
            uint8_t *b = &built[pp_slot_part(plan, r->flow[i].slot)];
            if (*b == UINT8_MAX || r->flow[i].as_built == 0 || (r->flow[i].as_built == 2 && *b))
                *b = r->flow[i].as_built;
        }
    pp_json_object(j, "as_built");
    for (unsigned i = 0; i < plan->narms + 2; i++) {
        if (built[i] <= 1)
            pp_json_bool(j, pp_slot_name(plan, i), built[i]);
        else if (built[i] == 2)
            pp_json_null(j, pp_slot_name(plan, i));
    }
    pp_json_end(j, '}');
}

/* Writes the names of condition groups in which rounds disagree: "ecn.negotiation". */
static void mixed_array(struct pp_json *j, const struct pp_plan *plan, const struct pp_finding *f)
{
    pp_json_array(j, "mixed");
    for (uint64_t left = f->mixed; left; left &= left - 1) {
        const char *name = plan->plugin->conditions[__builtin_ctzll(left)].name;
        const char *dot = strrchr(name, '.');
        pp_json_strn(j, NULL, name, dot ? (size_t)(dot - name) : strlen(name));
    }
    pp_json_end(j, ']');
}

/* Writes the conditions that this connect mode cannot state, so that their absence shows nothing. */
static void unasked_array(struct pp_json *j, const struct pp_plan *plan)
{
    pp_json_array(j, "unasked");
    for (unsigned i = 0; i < plan->plugin->nconditions; i++) {
        const struct pp_condition *c = &plan->plugin->conditions[i];
        if (c->modes && !(c->modes & plan->mode->bit))
            pp_json_str(j, NULL, c->name);
    }
    pp_json_end(j, ']');
}

/* True if DOMAIN can be sent as a server name (SNI): an address cannot (RFC 6066 section 3). */
static bool is_server_name(const char *domain)
{
    struct pp_addr literal;

    return domain && pp_addr_parse(&literal, domain, strlen(domain)) < 0;
}

static void quality_member(struct pp_json *j, const struct pp_plan *plan, const struct pp_finding *f, bool valid)
{
    pp_json_object(j, "quality");
    pp_json_bool(j, "valid", valid);
    pp_json_object(j, "dropped");
    pp_json_uint(j, "ring", f->dropped.ring);
    pp_json_uint(j, "if", f->dropped.interface);
    pp_json_uint(j, "softnet", f->dropped.softnet);
    pp_json_end(j, '}');
    pp_json_int(j, "send_errors", f->send_errors);
    pp_json_int(j, "late", f->late);
    as_built_object(j, plan, f);
    mixed_array(j, plan, f);
    pp_json_bool(j, "outage", f->outage);
    pp_json_bool(j, "audited", f->audited);
    pp_json_int(j, "flows", f->flows);
    if (plan->mode->tls)
        pp_json_bool(j, "sni", is_server_name(f->target->domain));
    unasked_array(j, plan);
    pp_json_end(j, '}');
}

/* ---- PATHspider's flow records --------------------------------------------------------------------------------- */

/* spdr_state as PATHspider's code numbers it. */
enum { SPDR_OK = 0, SPDR_FAILED = 1, SPDR_TIMEOUT = 2 };

void pp_observation_flow(struct pp_finding *f, const struct pp_plan *plan, const struct pp_flow_seen *flow)
{
    const struct pp_outcome *o = flow->outcome;
    struct pp_json j;

    if (!f->flow_text && !(f->flow_text = pp_frames_new()))
        return;
    pp_json_init(&j, f->flow_text);
    if (f->flow_text->len)
        pp_buf_addc(f->flow_text, ',');
    pp_json_object(&j, NULL);
    pp_record_json(&plan->chains, flow->record, &j);
    pp_json_bool(&j, "observed", o->observed);
    pp_json_int(&j, "spdr_state", o->ok ? SPDR_OK : o->how == PP_HOW_SILENT ? SPDR_TIMEOUT : SPDR_FAILED);
    pp_json_time(&j, "spdr_start", flow->started_epoch);
    pp_json_int(&j, "config", flow->arm);
    pp_json_str(&j, "arm", pp_slot_name(plan, flow->slot));
    pp_json_int(&j, "round", f->round);
    if (flow->http_status) {
        pp_json_int(&j, "http_response_code", flow->http_status);
        pp_json_int(&j, "http_version", flow->http_version);
    }
    pp_json_end(&j, '}');
}

static void flow_results(struct pp_json *j, const struct pp_finding *f)
{
    unsigned missed = 0;

    for (const struct pp_round_note *r = f->notes; r; r = r->next)
        for (unsigned i = 0; i < r->nflows; i++)
            missed += r->flow[i].syns == 0;
    pp_json_int(j, "missed_flows", missed);
    pp_json_array(j, "flow_results");
    if (f->flow_text && !f->flow_text->failed)
        pp_json_raw(j, NULL, f->flow_text->data, f->flow_text->len);
    pp_json_end(j, ']');
}

/* ---- the line ------------------------------------------------------------------------------------------------- */

/* The parts that are left out, in this order, until the line is short enough. */
enum { WHOLE, WITHOUT_FLOWS, WITH_ROUNDS_SUMMED_UP, WITHOUT_ROUNDS, DETAILS };

static const enum pp_verdict_rounds rounds_of[DETAILS] = {
    [WITH_ROUNDS_SUMMED_UP] = PP_ROUNDS_SUMMED_UP, [WITHOUT_ROUNDS] = PP_ROUNDS_LEFT_OUT};

static void located(struct pp_json *j, const struct pp_plan *plan, const struct pp_finding *f)
{
    const char *arms[PP_MAX_ARMS];

    for (unsigned i = 0; i < plan->narms; i++)
        arms[i] = plan->arm[i].arm->name;
    pp_places_json(j, "located", f->place, f->nplaces, arms);
}

static void bisected(struct pp_json *j, const struct pp_plan *plan, const struct pp_finding *f)
{
    pp_json_object(j, "bisected");
    pp_json_str(j, "arm", plan->arm[f->bisection.arm].arm->name);
    pp_json_uint(j, "works", f->bisection.works);
    pp_json_uint(j, "fails", f->bisection.fails);
    pp_json_end(j, '}');
}

static bool format(struct pp_buf *line, const struct pp_plan *plan, const struct pp_finding *f, bool valid,
                   uint64_t stream, uint64_t number, int detail)
{
    struct pp_json j;

    pp_buf_reset(line);
    pp_json_init(&j, line);
    pp_json_object(&j, NULL);
    pp_json_raw(&j, NULL, f->target->members, f->target->members_len);
    where_members(&j, plan, f, stream, number);
    conditions_array(&j, "conditions", plan, f, false, valid);
    conditions_array(&j, "first", plan, f, true, valid || f->stated_first);
    pp_json_array(&j, "verdicts");
    for (unsigned i = 0; i < plan->narms; i++)
        if (pp_finding_judges(plan, f, i))
            pp_verdict_json(&j, plan, f, i, rounds_of[detail], valid);
    if (f->arm[pp_slot_d(plan)].trials.sb + f->arm[pp_slot_d(plan)].trials.fb)
        pp_verdict_json(&j, plan, f, pp_slot_d(plan), rounds_of[detail], valid);
    pp_json_end(&j, ']');
    if (f->bisection.arm && valid)
        bisected(&j, plan, f);
    if (f->located && detail < WITHOUT_ROUNDS)
        located(&j, plan, f);
    quality_member(&j, plan, f, valid);
    if (plan->output_flows && detail < WITHOUT_FLOWS)
        flow_results(&j, f);
    pp_json_end(&j, '}');
    pp_buf_addc(line, '\n');
    return !line->failed;
}

void pp_observation_write(struct pp_buf *line, const struct pp_plan *plan, const struct pp_finding *f, bool valid,
                          uint64_t stream, uint64_t number)
{
    int detail = WHOLE;

    while (!format(line, plan, f, valid, stream, number, detail) && ++detail < DETAILS)
        ;
    if (detail == DETAILS)
        BUG("an observation of more than %d bytes", PP_OBSERVATION_MAX);
}
