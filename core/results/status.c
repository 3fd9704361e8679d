/* SPDX-License-Identifier: BSD-2-Clause */
/* status.c: writes the figures of a run under way as JSON and as metrics. */
#include "status.h"

#include "../base/json.h"
#include "run.h"

#include <inttypes.h>

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

void pp_status_json(struct pp_buf *out, const struct pp_status *s)
{
    struct pp_json j;

    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    pp_json_num(&j, "t", s->t, 16);
    pp_json_num(&j, "elapsed", s->elapsed, 6);
    pp_json_uint(&j, "in", s->in);
    pp_json_uint(&j, "done", s->done);
    if (s->total)
        pp_json_uint(&j, "total", s->total);
    else
        pp_json_null(&j, "total");
    pp_json_uint(&j, "in_flight", s->in_flight);
    pp_json_uint(&j, "confirming", s->confirming);
    pp_json_uint(&j, "works", s->word[PP_VERDICT_WORKS]);
    pp_json_uint(&j, "broken", s->word[PP_VERDICT_BROKEN]);
    pp_json_uint(&j, "transient", s->word[PP_VERDICT_TRANSIENT]);
    pp_json_uint(&j, "unstable", s->word[PP_VERDICT_UNSTABLE]);
    pp_json_uint(&j, "offline", s->word[PP_VERDICT_OFFLINE]);
    pp_json_uint(&j, "invalid", s->invalid);
    pp_json_num(&j, "pps", s->pps, 6);
    pp_json_num(&j, "targets_ps", s->targets_ps, 6);
    pp_json_uint(&j, "dropped", s->dropped);
    if (s->eta >= 0)
        pp_json_num(&j, "eta_s", s->eta, 6);
    else
        pp_json_null(&j, "eta_s");
    pp_json_bool(&j, "final", s->final);
    if (s->final)
        pp_target_counts_json(&j, s->counts);
    pp_json_end(&j, '}');
    pp_buf_addc(out, '\n');
}

/* ---- OpenMetrics ------------------------------------------------------------------------------------------------ */

bool pp_status_is_metrics(const char *path, char *campaign, size_t size)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t len = strlen(name), tail = strlen(".prom");

    if (len <= tail || strcmp(name + len - tail, ".prom") != 0)
        return false;
    snprintf(campaign, size, "%.*s", (int)(len - tail), name);
    return true;
}

/* Writes a label: escapes backslashes and quotes in its value; replaces control characters by '_'. */
static void label(struct pp_buf *out, const char *name, const char *value)
{
    pp_buf_addf(out, "%s=\"", name);
    for (; *value; value++) {
        if (*value == '\\' || *value == '"')
            pp_buf_addc(out, '\\');
        pp_buf_addc(out, (uint8_t)*value < 0x20 || *value == 0x7f ? '_' : *value);
    }
    pp_buf_addc(out, '"');
}

static void family(struct pp_buf *out, const char *name, const char *type, const char *help)
{
    pp_buf_addf(out, "# TYPE pathprobe_%s %s\n# HELP pathprobe_%s %s\n", name, type, name, help);
}

/*
 * Writes one sample; STATE NULL: without this label. Numbers have a fixed width, so that the file can be overwritten in
 * place.
 */
static void sample(struct pp_buf *out, const char *name, const char *campaign, const char *state, double v)
{
    pp_buf_addf(out, "pathprobe_%s{", name);
    label(out, "campaign", campaign);
    if (state) {
        pp_buf_addc(out, ',');
        label(out, "state", state);
    }
    pp_buf_addf(out, "} %018.3f\n", v);
}

static void one(struct pp_buf *out, const char *name, const char *campaign, const char *help, double v)
{
    family(out, name, "gauge", help);
    sample(out, name, campaign, NULL, v);
}

/* Writes the last family, whose help text is padded so that the file has PP_METRICS_SIZE bytes. */
static void last(struct pp_buf *out, const char *campaign, bool ended, size_t from)
{
    static const char help[] = "1 once the run has ended.", end[] = "# EOF\n";
    char text[PP_METRICS_SIZE];
    struct pp_buf tail;
    size_t used;

    pp_buf_init(&tail, PP_METRICS_SIZE);
    one(&tail, "ended", campaign, help, ended);
    used = out->len - from + tail.len + sizeof end - 1;
    if (out->failed || tail.failed || used > PP_METRICS_SIZE) {
        out->failed = true;
    } else {
        snprintf(text, sizeof text, "%-*s", (int)(sizeof help - 1 + PP_METRICS_SIZE - used), help);
        one(out, "ended", campaign, text, ended);
        pp_buf_adds(out, end);
    }
    pp_buf_release(&tail);
}

void pp_status_metrics(struct pp_buf *out, const struct pp_status *s, const char *campaign)
{
    size_t from = out->len;

    family(out, "run", "info", "What is measured.");
    pp_buf_adds(out, "pathprobe_run_info{");
    label(out, "campaign", campaign);
    pp_buf_addc(out, ',');
    label(out, "experiment", s->experiment);
    pp_buf_addc(out, ',');
    label(out, "connect", s->connect);
    pp_buf_addc(out, ',');
    label(out, "run_id", s->run_id);
    pp_buf_addc(out, ',');
    label(out, "vantage", s->vantage ? s->vantage : "");
    pp_buf_adds(out, "} 1\n");
    family(out, "targets", "gauge", "Targets by what they are so far: by the gravest verdict of their arms.");
    for (int w = 0; w < PP_VERDICTS; w++)
        sample(out, "targets", campaign, pp_verdict_name[w], (double)s->word[w]);
    sample(out, "targets", campaign, "invalid", (double)s->invalid);
    one(out, "targets_begun", campaign, "Targets let in.", (double)s->in);
    one(out, "targets_done", campaign, "Targets of which an observation is made.", (double)s->done);
    one(out, "targets_expected", campaign, "Targets in all; 0 while it is not known.", (double)s->total);
    one(out, "targets_in_flight", campaign, "Targets in a round.", (double)s->in_flight);
    one(out, "targets_confirming", campaign, "Targets in confirmation.", (double)s->confirming);
    family(out, "packets", "counter", "Packets handed to the kernel.");
    sample(out, "packets_total", campaign, NULL, (double)s->packets);
    family(out, "packets_lost", "counter", "Packets lost before the capture.");
    sample(out, "packets_lost_total", campaign, NULL, (double)s->dropped);
    one(out, "elapsed_seconds", campaign, "Since the start.", s->elapsed);
    one(out, "left_seconds", campaign, "To go; 0 while it is not known.", s->eta > 0 ? s->eta : 0);
    one(out, "written_timestamp_seconds", campaign, "When this was written.", s->t);
    last(out, campaign, s->final, from);
}
