/* SPDX-License-Identifier: BSD-2-Clause */
/* export.c: reads a file of observations, and hands on what of it can be sent. */
#include "export.h"

#include "../run/input.h"
#include "../run/target.h"

#include <inttypes.h>

#define OUT_MAX (64u << 20) /* rounds of one observation */
#define NAMED_LINES 5       /* bad ones that are named, before they are only counted */

struct work {
    struct pp_survey *s;
    struct pp_package *package;
    struct pp_input *input;
    const char *file, *experiment;
    enum pp_form form;
    struct pp_record record;
    struct pp_buf out;
};

static int bad_line(struct work *w, const char *why)
{
    if (++w->s->bad <= NAMED_LINES)
        pp_warn("'%s', line %" PRIu64 ": %s", w->file, pp_input_number(w->input), why);
    return 0;
}

static void first_of_all(struct pp_survey *s, const struct pp_record *r)
{
    snprintf(s->experiment, sizeof s->experiment, "%s", r->experiment);
    snprintf(s->connect, sizeof s->connect, "%s", r->connect);
    snprintf(s->vantage, sizeof s->vantage, "%s", r->vantage);
    s->from_us = r->from_us;
    s->to_us = r->to_us;
}

static void count(struct pp_survey *s, const struct pp_record *r)
{
    if (s->taken++ == 0)
        first_of_all(s, r);
    if (s->runs == 0 || strcmp(s->run_id, r->run_id) != 0) {
        s->runs++;
        snprintf(s->run_id, sizeof s->run_id, "%s", r->run_id);
    }
    if (r->from_us < s->from_us)
        s->from_us = r->from_us;
    if (r->to_us > s->to_us)
        s->to_us = r->to_us;
}

static int is_mixed(const struct work *w)
{
    pp_error("'%s' holds observations of '%s' and of '%s'", w->file, w->s->experiment, w->record.experiment);
    return pp_hint("--experiment %s takes one of them", w->s->experiment);
}

static int take(struct work *w)
{
    struct pp_survey *s = w->s;
    const struct pp_record *r = &w->record;

    if (w->experiment && strcmp(w->experiment, r->experiment) != 0) {
        s->other++;
        return 0;
    }
    if (!w->experiment && s->taken && strcmp(s->experiment, r->experiment) != 0)
        return is_mixed(w);
    if (!r->valid) {
        s->invalid++;
        return 0;
    }
    count(s, r);
    pp_buf_reset(&w->out);
    s->lines += w->form == PP_FORM_PATHSPIDER ? pp_export_rounds(r, &w->out)
                                              : pp_export_observations(r, &w->out, s->conditions);
    if (w->out.failed)
        return pp_error("out of memory");
    return w->package && w->out.len ? pp_package_add(w->package, w->out.data, w->out.len) : 0;
}

static int one_line(struct work *w, const char *line, size_t len)
{
    const char *why;
    int result;

    if (pp_target_blank(PP_INPUT_NDJSON, line, len))
        return 0;
    w->s->read++;
    result = pp_record_read(&w->record, line, len, &why) < 0 ? bad_line(w, why) : take(w);
    pp_record_release(&w->record);
    return result;
}

static int all_lines(struct work *w)
{
    enum pp_input_got got;
    const char *line;
    size_t len;

    while ((got = pp_input_line(w->input, &line, &len)) != PP_INPUT_END) {
        if (got == PP_INPUT_ERROR)
            return -1;
        if (got == PP_INPUT_TOO_LONG) {
            w->s->read++;
            bad_line(w, "64 KiB or longer");
        } else if (one_line(w, line, len) < 0) {
            return -1;
        }
    }
    if (w->s->bad > NAMED_LINES)
        pp_warn("'%s': %" PRIu64 " lines are no observations", w->file, w->s->bad);
    return 0;
}

int pp_export(struct pp_survey *s, struct pp_package *package, const char *file, enum pp_form form,
              const char *experiment)
{
    struct work *w = calloc(1, sizeof *w);
    int result = -1;

    *s = (struct pp_survey){.conditions = json_object()};
    if (!w || !s->conditions) {
        free(w);
        return pp_error("out of memory");
    }
    w->s = s;
    w->package = package;
    w->file = file;
    w->experiment = experiment;
    w->form = form;
    pp_buf_init(&w->out, OUT_MAX);
    w->input = pp_input_open(file);
    if (w->input) {
        pp_input_observations(w->input);
        result = all_lines(w);
    }
    if (result == 0 && s->lines == 0)
        result = pp_error("'%s' holds no observation that can be sent: %" PRIu64 " read, %" PRIu64 " invalid, %" PRIu64
                          " of other experiments, %" PRIu64 " bad lines",
                          file, s->read, s->invalid, s->other, s->bad);
    pp_input_free(w->input);
    pp_buf_release(&w->out);
    free(w);
    return result;
}

void pp_survey_release(struct pp_survey *s)
{
    json_decref(s->conditions);
    s->conditions = NULL;
}

void pp_survey_say(const struct pp_survey *s, const char *file)
{
    pp_say(stderr,
           "%s: %" PRIu64 " observations read, %" PRIu64 " taken as %" PRIu64 " lines, %" PRIu64 " invalid, %" PRIu64
           " of other experiments, %" PRIu64 " bad lines",
           file, s->read, s->taken, s->lines, s->invalid, s->other, s->bad);
}
