/* SPDX-License-Identifier: BSD-2-Clause */
/* export.c: reads a file of observations, and passes on those that can be sent. */
#include "export.h"

#include "../stream/input.h"
#include "../targets/special.h"
#include "../targets/target.h"

#include <inttypes.h>

#define OUT_MAX (64u << 20) /* bytes: the rounds of one observation */
#define NAMED_LINES 5       /* invalid lines that are named; further ones are only counted */

struct work {
    struct pp_survey *s;
    struct pp_package *package;
    struct pp_input *input;
    const char *file, *experiment, *vantage;
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

/* Replaces blanks in element I of the path by '_'. 1: there were some, 0: none; -1: no memory. */
static int mend_element(json_t *path, size_t i)
{
    const char *text = json_string_value(json_array_get(path, i));
    char *mended;
    int result = 0;

    if (!text[strcspn(text, " \t\n\v\f\r")])
        return 0;
    mended = strdup(text);
    if (!mended)
        return -1;
    for (char *p = mended; *p; p++)
        *p = strchr(" \t\n\v\f\r", *p) ? '_' : *p;
    result = json_array_set_new(path, i, json_string(mended)) == 0 ? 1 : -1;
    free(mended);
    return result;
}

/*
 * Corrects the path: replaces a special-purpose address as its first element, and blanks. NAME: the observation's
 * vantage point, or empty. 0, or -1 printed.
 */
static int mend_path(struct work *w, json_t *path, const char *name)
{
    const char *vantage = w->vantage ? w->vantage : *name ? name : NULL;
    const char *first = json_string_value(json_array_get(path, 0));
    bool own_name = *name && strcmp(first, name) == 0, blanks = false;
    struct pp_addr addr;

    if (pp_addr_parse(&addr, first, strlen(first)) == 0 && pp_special_name(&addr)) {
        w->s->nameless += !vantage;
        own_name = true;
    }
    if (own_name && vantage && json_array_set_new(path, 0, json_string(vantage)) < 0)
        return pp_error("out of memory");
    for (size_t i = 0; i < json_array_size(path); i++) {
        int mended = mend_element(path, i);
        if (mended < 0)
            return pp_error("out of memory");
        blanks |= mended;
    }
    w->s->blanks += blanks;
    return 0;
}

static int mend_paths(struct work *w)
{
    size_t i;
    json_t *v;

    json_array_foreach(w->record.vantages, i, v) {
        const char *name = json_string_value(json_object_get(v, "vantage"));
        json_t *path = json_object_get(v, "path");
        if (json_is_array(path) && mend_path(w, path, name ? name : "") < 0)
            return -1;
    }
    return mend_path(w, w->record.path, w->record.vantage);
}

static int is_merged(const struct work *w)
{
    pp_error("'%s' contains merged observations, which are not raw data", w->file);
    return pp_hint("--as observations sends them");
}

static int is_mixed(const struct work *w)
{
    pp_error("'%s' contains observations of '%s' and of '%s'", w->file, w->s->experiment, w->record.experiment);
    return pp_hint("--experiment %s selects one of them", w->s->experiment);
}

static unsigned (*const forms[])(const struct pp_record *r, struct pp_buf *out, json_t *conditions) = {
    [PP_FORM_RAW] = pp_export_raw,
    [PP_FORM_ROUNDS] = pp_export_rounds,
    [PP_FORM_OBSERVATIONS] = pp_export_observations,
    [PP_FORM_TRACEBOX] = pp_export_tracebox,
};

/* Checks that all traces of a file have one source. 0, or -1 printed: there are two. */
static int one_source(struct work *w)
{
    struct pp_survey *s = w->s;
    const char *source = json_string_value(json_array_get(w->record.path, 0));

    if (*s->source && (strcmp(s->source, source) != 0 || s->port != w->record.port)) {
        pp_error("'%s' contains traces from '%s' to port %u, and from '%s' to port %u", w->file, s->source, s->port,
                 source, w->record.port);
        return pp_hint("a file of this form has one source and one port: measure or select them separately");
    }
    snprintf(s->source, sizeof s->source, "%s", source);
    s->port = w->record.port;
    return 0;
}

static int take(struct work *w)
{
    struct pp_survey *s = w->s;
    const struct pp_record *r = &w->record;
    unsigned lines;

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
    if (r->vantages && w->form != PP_FORM_OBSERVATIONS)
        return is_merged(w);
    if (mend_paths(w) < 0)
        return -1;
    s->unstable += pp_export_unstable(r->conditions);
    pp_buf_reset(&w->out);
    lines = forms[w->form](r, &w->out, s->conditions);
    s->lines += lines;
    if (lines && w->form == PP_FORM_TRACEBOX && one_source(w) < 0)
        return -1;
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
        pp_warn("'%s': %" PRIu64 " lines are not observations", w->file, w->s->bad);
    return 0;
}

int pp_export(struct pp_survey *s, struct pp_package *package, const char *file, enum pp_form form,
              const char *experiment, const char *vantage)
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
    w->vantage = vantage;
    w->form = form;
    pp_buf_init(&w->out, OUT_MAX);
    w->input = pp_input_open(file);
    if (w->input) {
        pp_input_observations(w->input);
        result = all_lines(w);
    }
    if (result == 0 && json_object_size(s->conditions) > PP_EXPORT_CONDITIONS)
        result = pp_error("'%s' contains more than %d different conditions", file, PP_EXPORT_CONDITIONS);
    if (result == 0 && s->lines == 0)
        result = pp_error("'%s' contains no observation that can be sent: %" PRIu64 " read, %" PRIu64
                          " invalid, %" PRIu64 " of other experiments, %" PRIu64 " bad lines",
                          file, s->read, s->invalid, s->other, s->bad);
    pp_input_free(w->input);
    pp_buf_release(&w->out);
    free(w);
    return result;
}

void pp_export_note(json_t *conditions, const char *condition)
{
    char name[192];

    snprintf(name, sizeof name, "%.*s", (int)strcspn(condition, ":"), condition);
    if (json_object_size(conditions) <= PP_EXPORT_CONDITIONS)
        json_object_set_new(conditions, name, json_true());
}

bool pp_export_unstable(const json_t *conditions)
{
    static const char end[] = ".connectivity.unstable";
    size_t i;
    json_t *s;

    json_array_foreach((json_t *)conditions, i, s) {
        size_t len = json_string_length(s);
        if (len >= sizeof end - 1 && strcmp(json_string_value(s) + len - (sizeof end - 1), end) == 0)
            return true;
    }
    return false;
}

void pp_survey_release(struct pp_survey *s)
{
    json_decref(s->conditions);
    s->conditions = NULL;
}

void pp_survey_say(const struct pp_survey *s, const char *file, enum pp_form form)
{
    if (!pp_quiet)
        pp_say(stderr,
               "%s: %" PRIu64 " observations read, %" PRIu64 " taken as %" PRIu64 " lines, %" PRIu64
               " invalid, %" PRIu64 " of other experiments, %" PRIu64 " bad lines",
               file, s->read, s->taken, s->lines, s->invalid, s->other, s->bad);
    if (s->nameless) {
        pp_warn("'%s': the path of %" PRIu64 " observations begins with a special-purpose address, which other "
                                             "vantage points may have, too: an observatory would treat them as one",
                file, s->nameless);
        pp_hint("--vantage NAME distinguishes this one");
    }
    if (s->blanks)
        pp_warn("'%s': %" PRIu64 " paths have elements with blanks, which separate elements: they are replaced by '_'",
                file, s->blanks);
    if (s->unstable && form != PP_FORM_ROUNDS) {
        pp_warn("'%s': connectivity of %" PRIu64 " targets is `unstable`, which the PTO's ecn_stabilizer does not "
                                                 "know: it calls them offline",
                file, s->unstable);
        pp_hint("--as rounds is the form for ecn_stabilizer");
    }
}
