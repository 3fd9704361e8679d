/* SPDX-License-Identifier: BSD-2-Clause */
/* ledger_meta.c: reads the metadata files of the inputs, and writes the metadata of the merged result. */
#include "ledger.h"

#include "config.h"

#include "../base/json.h"
#include "../base/siphash.h"
#include "../base/when.h"
#include "../stream/metadata_file.h"
#include "../verdict/stats.h"

#include <inttypes.h>
#include <jansson.h>
#include <unistd.h>

#define REMARKS_OF_RUN 4

static const struct pp_sipkey plain_key = {{0x6d657461, 0x7061636b657473}}; /* no secret: equal on all hosts */

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* A fingerprint of what the arms send, made from their steps in words: their bytes would contain the source address. */
static uint64_t packets_of(const json_t *meta)
{
    uint64_t h = 2;
    size_t i, k;
    json_t *arm, *step;

    json_array_foreach(json_object_get(meta, "arms"), i, arm) {
        const char *name = json_string_value(json_object_get(arm, "name"));
        h = h * 31 + (name ? pp_siphash(&plain_key, name, strlen(name)) : 0);
        json_array_foreach(json_object_get(arm, "steps"), k, step) {
            if (json_is_string(step))
                h = h * 31 + pp_siphash(&plain_key, json_string_value(step), json_string_length(step));
        }
    }
    return h > 1 ? h : 2;
}

static uint64_t uint_member(const json_t *o, const char *key)
{
    json_int_t v = json_integer_value(json_object_get(o, key));

    return v > 0 ? (uint64_t)v : 0;
}

static void key_of(char *key, size_t room, const char *experiment, int experiment_len, const char *connect,
                   int connect_len)
{
    snprintf(key, room, "%.*s %.*s", experiment_len, experiment, connect_len, connect);
}

/*
 * Notes the fingerprint of an experiment over a connect mode: the first one, or `false` after a different second one.
 */
static int note_packets(struct pp_ledger *l, const json_t *meta, uint64_t print)
{
    const char *e = json_string_value(json_object_get(meta, "experiment"));
    const char *c = json_string_value(json_object_get(meta, "connect"));
    char key[2 * PP_MERGE_NAME];
    const json_t *known;

    if (!e || !c)
        return 0;
    key_of(key, sizeof key, e, PP_MERGE_NAME - 1, c, PP_MERGE_NAME - 1);
    known = json_object_get(l->packets, key);
    if (!known)
        return json_object_set_new(l->packets, key, json_integer((json_int_t)print));
    if (json_is_integer(known) && json_integer_value(known) != (json_int_t)print)
        return json_object_set_new(l->packets, key, json_false());
    return 0;
}

/* Writes a key as "ecn http 1a2b": equal for all runs of an experiment whose arms send the same packets. */
static void arms_key(char *key, size_t room, const char *experiment, const char *connect, uint64_t print)
{
    size_t n;

    key_of(key, room, experiment, PP_MERGE_NAME - 1, connect, PP_MERGE_NAME - 1);
    n = strlen(key);
    snprintf(key + n, room - n, " %" PRIx64, print);
}

/* Keeps the description of the arms from the first run that sends them; `report` of the merged result needs it. */
static int note_arms(struct pp_ledger *l, const json_t *meta, uint64_t print)
{
    const char *e = json_string_value(json_object_get(meta, "experiment"));
    const char *c = json_string_value(json_object_get(meta, "connect"));
    json_t *arms = json_object_get(meta, "arms");
    char key[2 * PP_MERGE_NAME + 32];

    if (!e || !c || !json_is_array(arms) || json_object_size(l->arms) >= PP_LEDGER_QUESTIONS)
        return 0;
    arms_key(key, sizeof key, e, c, print);
    return json_object_get(l->arms, key) ? 0 : json_object_set(l->arms, key, arms);
}

/* Copies the few members of a run's metadata that are needed later. */
static json_t *excerpt(const json_t *meta, uint64_t print)
{
    uint64_t packets = 0, lost = 0;
    json_t *remarks = json_array(), *v;
    bool synchronized = true;
    size_t i;

    json_array_foreach(json_object_get(meta, "parts"), i, v) {
        packets += uint_member(v, "packets");
        lost += uint_member(v, "dropped_ring") + uint_member(v, "dropped_if") + uint_member(v, "dropped_softnet");
        synchronized &= !json_is_false(json_object_get(json_object_get(v, "clock_from"), "synchronized"));
    }
    json_array_foreach(json_object_get(meta, "remarks"), i, v) {
        if (json_is_string(v) && i < REMARKS_OF_RUN)
            json_array_append(remarks, v);
    }
    return json_pack("{s:I,s:I,s:I,s:b,s:b,s:o,s:O*}", "print", (json_int_t)print, "packets", (json_int_t)packets,
                     "lost", (json_int_t)lost, "complete", json_is_true(json_object_get(meta, "complete")),
                     "synchronized", synchronized, "remarks", remarks, "campaign", json_object_get(meta, "campaign"));
}

/* True for metadata that `merge` itself wrote: the file is refused with one message, not with one per line. */
static bool is_merged(const json_t *meta)
{
    const char *type = json_string_value(json_object_get(meta, "_file_type"));

    return type && strcmp(type, "pathprobe-v1-merged-ndjson") == 0;
}

int pp_ledger_meta(struct pp_ledger *l, uint32_t input)
{
    struct pp_ledger_input *in = &l->input[input];
    char path[4096], why[256];
    const char *run_id;
    json_t *meta = NULL, *kept;
    int result = 0;

    if (!in->file || (size_t)snprintf(path, sizeof path, "%s.meta.json", in->file) >= sizeof path ||
        access(path, F_OK) < 0)
        return 0;
    meta = pp_metadata_load(path, why, sizeof why);
    run_id = json_string_value(json_object_get(meta, "run_id"));
    if (is_merged(meta)) {
        in->complete = json_is_true(json_object_get(meta, "complete"));
    } else if (!run_id) {
        pp_warn("'%s' is not the metadata of a run%s%s", path, meta ? "" : ": ", meta ? "" : why);
    } else {
        uint64_t print = packets_of(meta);
        in->complete = json_is_true(json_object_get(meta, "complete"));
        kept = excerpt(meta, print);
        if (!kept || json_object_set_new(l->meta, run_id, kept) < 0 || note_packets(l, meta, print) < 0 ||
            note_arms(l, meta, print) < 0)
            result = pp_error("out of memory");
    }
    json_decref(meta);
    return result;
}

uint64_t pp_ledger_packets(const struct pp_ledger *l, const char *run_id, const struct pp_digest *d)
{
    char key[2 * PP_MERGE_NAME];
    const json_t *meta;

    key_of(key, sizeof key, d->experiment.p, (int)d->experiment.len, d->connect.p, (int)d->connect.len);
    if (!json_is_false(json_object_get(l->packets, key)))
        return 0;
    meta = json_object_get(l->meta, run_id);
    return meta ? (uint64_t)json_integer_value(json_object_get(meta, "print")) : 1;
}

const char *pp_ledger_campaign(const struct pp_ledger *l, const char *run_id)
{
    return json_string_value(json_object_get(json_object_get(l->meta, run_id), "campaign"));
}

void pp_ledger_apply(struct pp_ledger *l)
{
    uint32_t without = 0, runs = 0;

    pp_ledger_families(l);
    for (uint32_t i = 0; i < l->nruns; i++) {
        struct pp_ledger_run *r = &l->run[i];
        struct pp_ledger_vantage *v = &l->vantage[r->vantage];
        const json_t *meta = json_object_get(l->meta, r->run_id), *s;
        size_t k;
        runs += !r->second;
        without += meta == NULL && !r->second;
        if (!meta)
            continue;
        r->complete = json_is_true(json_object_get(meta, "complete"));
        v->packets += uint_member(meta, "packets");
        v->lost += uint_member(meta, "lost");
        v->measured |= v->packets > 0;
        if (r->second)
            continue; /* the remarks stand at the run's other half */
        if (!r->complete)
            pp_ledger_remark(l, "run %s of vantage point '%s' is not complete: it is still running, or was interrupted",
                             r->run_id,
                             v->name);
        if (!json_is_true(json_object_get(meta, "synchronized")))
            pp_ledger_remark(l, "run %s of vantage point '%s' was made with a clock that was not synchronized: the "
                                "order of runs may be wrong", r->run_id, v->name);
        json_array_foreach(json_object_get(meta, "remarks"), k, s) {
            pp_ledger_remark(l, "run %s of vantage point '%s' says: %.300s", r->run_id, v->name, json_string_value(s));
        }
    }
    if (without)
        pp_ledger_remark(l, "%" PRIu32 " of %" PRIu32 " runs came without metadata (FILE.meta.json beside FILE): "
                         "whether their arms send the same packets, whether they are complete and what they lost is "
                         "not known",
                         without, runs);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void day(struct pp_json *j, const char *key, int64_t us)
{
    char text[PP_RFC3339_LEN];

    pp_json_str(j, key, us == INT64_MAX || us == INT64_MIN ? NULL : pp_when_rfc3339(us / 1000000, text));
}

static void known(struct pp_json *j, const char *key, int8_t v)
{
    if (v < 0)
        pp_json_null(j, key);
    else
        pp_json_bool(j, key, v);
}

static void inputs(struct pp_json *j, const struct pp_ledger *l)
{
    pp_json_array(j, "inputs");
    for (uint32_t i = 0; i < l->ninputs; i++) {
        const struct pp_ledger_input *in = &l->input[i];
        pp_json_object(j, NULL);
        pp_json_str(j, "file", in->file ? in->file : "-");
        pp_json_uint(j, "lines", in->lines);
        pp_json_uint(j, "observations", in->observations);
        known(j, "complete", in->complete);
        pp_json_bool(j, "cut", in->cut);
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
}

static void sources(struct pp_json *j, const struct pp_sources *s)
{
    char text[PP_ADDR_STRLEN];

    for (unsigned i = 0; i < s->n; i++)
        pp_json_str(j, NULL, pp_addr_str(&s->addr[i], text));
}

static void vantages(struct pp_json *j, const struct pp_ledger *l)
{
    pp_json_array(j, "vantages");
    for (uint32_t i = 0; i < l->nvantages; i++) {
        const struct pp_ledger_vantage *v = &l->vantage[i];
        pp_json_object(j, NULL);
        pp_json_str(j, "vantage", v->name);
        pp_json_array(j, "sources");
        sources(j, &v->v4);
        sources(j, &v->v6);
        pp_json_end(j, ']');
        pp_json_uint(j, "observations", v->observations);
        pp_json_uint(j, "invalid", v->invalid);
        pp_json_object(j, "aa");
        pp_json_uint(j, "n", v->aa_n);
        pp_json_uint(j, "fail", v->aa_fail);
        pp_json_num(j, "upper95", v->aa_n ? pp_binomial_upper(v->aa_fail, v->aa_n, 0.95) : 1, 6);
        if (v->alpha > 0)
            pp_json_num(j, "alpha", v->alpha, 6);
        else
            pp_json_null(j, "alpha");
        pp_json_end(j, '}');
        if (v->measured) {
            pp_json_uint(j, "packets", v->packets);
            pp_json_uint(j, "lost", v->lost);
        } else {
            pp_json_null(j, "packets");
            pp_json_null(j, "lost");
        }
        pp_json_str(j, "left_out", v->left_out);
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
}

static void runs(struct pp_json *j, const struct pp_ledger *l)
{
    pp_json_array(j, "runs");
    for (uint32_t i = 0; i < l->nruns; i++) {
        const struct pp_ledger_run *r = &l->run[i];
        const struct pp_ledger_question *q = &l->question[r->question];
        pp_json_object(j, NULL);
        pp_json_str(j, "run_id", r->run_id);
        pp_json_str(j, "vantage", l->vantage[r->vantage].name);
        pp_json_str(j, "experiment", q->experiment);
        pp_json_str(j, "connect", q->connect);
        day(j, "from", r->from_us);
        day(j, "to", r->to_us);
        pp_json_uint(j, "observations", r->observations);
        pp_json_uint(j, "invalid", r->invalid);
        pp_json_uint(j, "duplicates", r->duplicates);
        known(j, "complete", r->complete);
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
}

static void counts(struct pp_json *j, const struct pp_ledger_counts *c)
{
    pp_json_object(j, "counts");
    pp_json_uint(j, "read", c->read);
    pp_json_uint(j, "not_observations", c->not_observations);
    pp_json_uint(j, "other_schema", c->other_schema);
    pp_json_uint(j, "merged_before", c->merged_before);
    pp_json_uint(j, "duplicates", c->duplicates);
    pp_json_uint(j, "duplicates_differing", c->duplicates_differing);
    pp_json_uint(j, "left_out", c->left_out);
    pp_json_uint(j, "merged", c->merged);
    pp_json_uint(j, "written", c->written);
    pp_json_end(j, '}');
}

/* The arms as the metadata of run R describe them; NULL: R has no metadata. */
static const json_t *arms_of_run(const struct pp_ledger *l, const struct pp_ledger_run *r)
{
    const json_t *meta = json_object_get(l->meta, r->run_id);
    char key[2 * PP_MERGE_NAME + 32];

    if (!meta || r->question == UINT32_MAX)
        return NULL;
    arms_key(key, sizeof key, l->question[r->question].experiment, l->question[r->question].connect,
             (uint64_t)json_integer_value(json_object_get(meta, "print")));
    return json_object_get(l->arms, key);
}

/* The arms of question Q, by a run that began with it, else by one of the same experiment. */
static const json_t *arms_of(const struct pp_ledger *l, uint32_t q)
{
    const struct pp_ledger_question *ask = &l->question[q], *other;
    const json_t *found = NULL, *arms;

    for (uint32_t i = 0; i < l->nruns; i++) {
        arms = arms_of_run(l, &l->run[i]);
        if (arms && l->run[i].question == q)
            return arms;
        other = arms ? &l->question[l->run[i].question] : NULL;
        if (other && !found && strcmp(other->experiment, ask->experiment) == 0 &&
            strcmp(other->connect, ask->connect) == 0)
            found = arms;
    }
    return found;
}

/*
 * Writes arm NAME as ARMS of the metadata describe it, null if they do not; and its words if it is arm K of question Q.
 */
static void one_arm(struct pp_json *j, const json_t *arms, const char *name, const struct pp_ledger_question *q,
                    unsigned k)
{
    static const char *const member[] = {"title", "what", "base", "hex"};
    const json_t *found = NULL, *arm;
    char *steps;
    size_t i;

    json_array_foreach(arms, i, arm) {
        const char *is = json_string_value(json_object_get(arm, "name"));
        if (is && strcmp(is, name) == 0)
            found = arm;
    }
    pp_json_object(j, NULL);
    pp_json_str(j, "arm", name);
    pp_json_str(j, "condition", k < q->narms ? q->condition[k] : NULL);
    for (i = 0; i < sizeof member / sizeof *member; i++)
        pp_json_str(j, member[i], json_string_value(json_object_get(found, member[i])));
    steps = json_dumps(json_object_get(found, "steps"), JSON_COMPACT);
    if (steps)
        pp_json_raw(j, "steps", steps, strlen(steps));
    else
        pp_json_null(j, "steps");
    free(steps);
    pp_json_object(j, "verdicts");
    for (unsigned w = 0; k < q->narms && w < PP_MERGED_WORDS; w++)
        if (q->words[k][w])
            pp_json_uint(j, pp_merged_name(w, q->alone), q->words[k][w]);
    pp_json_end(j, '}');
    pp_json_end(j, '}');
}

/* Writes the baseline, which has no verdict, as what the arms differ from. */
static void baseline(struct pp_json *j, const json_t *arms, const struct pp_ledger_question *q)
{
    const char *name = json_string_value(json_object_get(json_array_get(arms, 0), "name"));

    for (unsigned k = 0; name && k < q->narms; k++)
        if (strcmp(q->arm[k], name) == 0)
            return;
    if (name)
        one_arm(j, arms, name, q, q->narms);
}

static void questions(struct pp_json *j, const struct pp_ledger *l)
{
    pp_json_array(j, "questions");
    for (uint32_t i = 0; i < l->nquestions; i++) {
        const struct pp_ledger_question *q = &l->question[i];
        const json_t *arms = arms_of(l, i);
        pp_json_object(j, NULL);
        pp_json_str(j, "experiment", q->experiment);
        pp_json_str(j, "connect", q->connect);
        pp_json_uint(j, "targets", q->targets);
        pp_json_array(j, "arms");
        baseline(j, arms, q);
        for (unsigned k = 0; k < q->narms; k++)
            one_arm(j, arms, q->arm[k], q, k);
        pp_json_end(j, ']');
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
}

static void list(struct pp_json *j, const struct pp_ebh *ebh, double q)
{
    struct pp_ebh_list found = pp_ebh_threshold(ebh, q);

    pp_json_object(j, "list");
    pp_json_num(j, "q", q, 6);
    pp_json_uint(j, "n", ebh->n);
    pp_json_uint(j, "size", found.size);
    pp_json_num(j, "threshold", found.threshold, 9);
    pp_json_end(j, '}');
}

int pp_ledger_describe(const struct pp_ledger *l, struct pp_buf *out, const struct pp_ebh *ebh, double q)
{
    struct pp_json j;

    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    pp_json_str(&j, "_file_type", "pathprobe-v1-merged-ndjson");
    day(&j, "_time_start", l->from_us);
    day(&j, "_time_end", l->to_us);
    pp_json_int(&j, "schema", 1);
    pp_json_str(&j, "version", PP_VERSION);
    inputs(&j, l);
    vantages(&j, l);
    runs(&j, l);
    counts(&j, &l->counts);
    questions(&j, l);
    list(&j, ebh, q);
    pp_json_array(&j, "remarks");
    for (uint32_t i = 0; i < l->nremarks; i++)
        pp_json_str(&j, NULL, l->remark[i]);
    pp_json_end(&j, ']');
    pp_json_bool(&j, "complete", true);
    pp_json_end(&j, '}');
    pp_buf_addc(out, '\n');
    return out->failed ? pp_error("no memory for the metadata") : 0;
}
