/* SPDX-License-Identifier: BSD-2-Clause */
/* resume.c: checks that the run is the one that the metadata describe, and reads how far it came. */
#include "resume.h"

#include "config.h"

#include "../base/text.h"
#include "../results/metadata.h"
#include "../stream/metadata_file.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <sys/stat.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* ---- the metadata -------------------------------------------------------------------------------------------- */

static int damaged(const char *path, const char *why)
{
    pp_error("cannot resume: metadata file '%s': %s", path, why);
    return pp_hint("the output cannot be interpreted without it; measure to another --output");
}

/* Checks the members that all metadata of a run have; they are used below without another check. 0, or -1 printed. */
static int check_form(const json_t *m, const char *path)
{
    if (!json_is_object(m) || strcmp(text_of(m, "_file_type"), "pathprobe-v1-ndjson") != 0 ||
        json_integer_value(json_object_get(m, "schema")) != 1)
        return damaged(path, "it does not describe a run of this program");
    if (strlen(text_of(m, "run_id")) != 32 || !json_is_integer(json_object_get(m, "seed")) ||
        !json_is_object(json_object_get(m, "config")) || !json_is_array(json_object_get(m, "parts")))
        return damaged(path, "it lacks run_id, seed, config or parts");
    return 0;
}

/* The size of the output in bytes; -1: it does not exist. */
static int64_t size_of(const char *path)
{
    struct stat st;

    return stat(path, &st) < 0 ? -1 : st.st_size;
}

static int no_metadata(const struct pp_campaign *c, const char *path)
{
    if (size_of(c->run.settings->output) > 0)
        return damaged(path, "it is missing, but the output exists");
    pp_warn("nothing to resume: '%s' is empty, so a new run begins", c->run.settings->output);
    return 0;
}

int pp_resume_begin(struct pp_campaign *c, const char *path)
{
    const struct pp_settings *s = c->run.settings;
    struct pp_resume *r = &c->resume;
    struct stat st;
    char why[64];

    if (!s->output || strcmp(s->output, "-") == 0) {
        pp_usage("--resume continues a file: --output is required");
        return pp_hint("observations from standard output can be saved to a file, with their --metadata file beside "
                       "it");
    }
    if (stat(s->output, &st) == 0 && !S_ISREG(st.st_mode))
        return pp_usage("--resume continues a regular file, which '%s' is not", s->output);
    if (size_of(path) < 0)
        return no_metadata(c, path);
    r->meta = pp_metadata_load(path, why, sizeof why);
    if (!r->meta)
        return damaged(path, why);
    if (check_form(r->meta, path) < 0)
        return -1;
    if (size_of(s->output) < 0) {
        pp_error("cannot resume: '%s' describes '%s', which does not exist", path, s->output);
        return pp_hint("restore it; or remove the metadata to begin a new run");
    }
    snprintf(c->run.plan.run_id, sizeof c->run.plan.run_id, "%s", text_of(r->meta, "run_id"));
    if (!s->seed) /* else the seed is compared, as the other options are */
        c->run.seed = (uint64_t)json_integer_value(json_object_get(r->meta, "seed"));
    r->part = (unsigned)json_array_size(json_object_get(r->meta, "parts"));
    return 0;
}

void pp_resume_release(struct pp_resume *r)
{
    json_decref(r->meta);
    pp_journal_release(&r->journal);
}

/* ---- comparison with the earlier part -------------------------------------------------------------------------- */

static int differs(const char *what, const char *was, const char *is)
{
    pp_error("cannot resume: %s was '%s' and is now '%s'", what, was, is);
    return pp_hint("nothing was changed; --config with the run's metadata file takes experiment and options from it");
}

static int check_experiment(const struct pp_campaign *c)
{
    const json_t *m = c->resume.meta;
    const struct {
        const char *key, *what, *is;
    } rows[] = {
        {"version", "the version of pathprobe", PP_VERSION},
        {"experiment", "the experiment", c->run.plan.plugin->name},
        {"connect", "the connect mode", c->run.plan.mode->name},
        {"plugin_sha256", "the SHA-256 of the experiment's file", c->run.plugin_sha256},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(text_of(m, rows[i].key), rows[i].is) != 0)
            return differs(rows[i].what, text_of(m, rows[i].key), rows[i].is);
    return 0;
}

/* Refuses a run made by another statistical method: its verdicts cannot be combined with ours. 0, or -1 printed. */
static int check_method(const struct pp_campaign *c)
{
    const json_t *constants = json_object_get(c->resume.meta, "constants"), *w = json_object_get(constants, "w");
    char is[64], was[64];

    if (json_is_number(w) && json_number_value(w) == PP_WEIGHT)
        return 0;
    snprintf(is, sizeof is, "round by round, with w = %g", PP_WEIGHT);
    if (json_is_number(w))
        snprintf(was, sizeof was, "round by round, with w = %g", json_number_value(w));
    else
        snprintf(was, sizeof was, "a likelihood ratio over all rounds");
    pp_error("cannot resume: the method of evidence was '%s' and is now '%s'", was, is);
    return pp_hint("nothing was changed; resume with the version of pathprobe that began the run, or measure to "
                   "another --output");
}

/* Compares the options with those in the metadata. 0, or -1 printed: they differ. */
static int check_options(const struct pp_campaign *c)
{
    const struct pp_command *command = c->run.command;
    json_t *was = json_object_get(c->resume.meta, "config"), *is = NULL;
    const json_t *v;
    char what[128];
    const char *key;
    struct pp_buf text;
    struct pp_json j;
    int result = 0;

    pp_buf_init(&text, 1 << 20);
    pp_json_init(&j, &text);
    pp_json_object(&j, NULL);
    pp_metadata_config(&j, &c->run);
    pp_json_end(&j, '}');
    is = text.failed ? NULL : json_loadb(text.data, text.len, 0, NULL);
    if (!is)
        result = pp_error("out of memory");
    json_object_foreach(json_object_get(is, "config"), key, v) {
        if (pp_is_listed(command->own, key) || pp_is_listed(command->free, key))
            continue;
        if (json_equal(json_object_get(was, key), v))
            continue;
        snprintf(what, sizeof what, "--%s", key);
        result = differs(what, text_of(was, key), json_is_string(v) ? json_string_value(v) : "");
        break;
    }
    json_decref(is);
    pp_buf_release(&text);
    return result;
}

static int check_list(const struct pp_campaign *c)
{
    const char *was = text_of(c->resume.meta, "input_sha256");

    if (!*was || !*c->record.input_sha256) {
        pp_warn("cannot check that the list is the same: %s no SHA-256",
                *was ? "the list given has" : "the list of the run had");
        return 0;
    }
    if (strcmp(was, c->record.input_sha256) == 0)
        return 0;
    pp_error("cannot go on: the SHA-256 of the list was '%s' and is now '%s'", was, c->record.input_sha256);
    return pp_hint("nothing was changed; go on with the list that it began with; another list needs another --output");
}

int pp_resume_read(struct pp_campaign *c)
{
    struct pp_journal *j = &c->resume.journal;

    if (!c->resume.meta)
        return 0;
    if (check_experiment(c) < 0 || check_method(c) < 0 || check_options(c) < 0 || check_list(c) < 0 ||
        pp_journal_init(j, &c->run.plan, &c->live.counters[0]) < 0 || pp_journal_read(j, c->run.settings->output) < 0)
        return -1;
    if (j->whole < j->size)
        pp_warn("'%s': %" PRIu64 " bytes after the last complete %s are removed", c->run.settings->output,
                j->size - j->whole, j->lines ? "observation" : "line");
    pp_verbose("resuming run %s: %" PRIu64 " targets are done", c->run.plan.run_id, j->lines);
    return 0;
}
