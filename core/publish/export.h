/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * export.h: observations as the PTO's tools read them (facts of its normalizers, from running them):
 *
 *   pathspider-v2-ndjson   fields of the target, path, time, conditions: raw: a line for each target, with the
 *                          conditions that hold after all rounds; rounds: one for each round, in PATHspider's words
 *   observations           an array for each condition after all rounds: ["", from, to, "path ...", name, value]; and
 *                          for each that has a place on the path (`located`): "S * A B * D"
 *   tracebox-v1-ndjson     a line for each field that the path rewrites at a known place, of targets over IPv4
 *
 * Every line is under 64 KiB; none is empty; observations that are not valid are left out, since one bad line ruins a
 * file for its readers. One experiment a file: analyzers call a target without their conditions offline. In a path a
 * blank separates elements, so none has one; and a first element that is a special-purpose address, which other vantage
 * points have too, gives way to the vantage point's name, if that is known.
 */
#ifndef PP_EXPORT_H
#define PP_EXPORT_H

#include "../base/buf.h"
#include "package.h"
#include "record.h"

#define PP_EXPORT_CONDITIONS 4096 /* different names in a file */

enum pp_form { PP_FORM_RAW, PP_FORM_ROUNDS, PP_FORM_OBSERVATIONS, PP_FORM_TRACEBOX, PP_FORM_FILE };

/* Counts of a file's lines. read = taken + invalid + other + bad. */
struct pp_survey {
    uint64_t read, taken;
    uint64_t invalid; /* quality.valid is false */
    uint64_t other;   /* of another experiment than the one asked for */
    uint64_t bad;     /* no observation */
    uint64_t lines;   /* that came of those taken */
    uint64_t runs;    /* run_id differed from the one before so often, plus one */
    uint64_t unstable; /* of those taken: connectivity stayed without a word of PATHspider's */
    uint64_t nameless; /* of those taken: the path begins with a special-purpose address */
    uint64_t blanks;   /* of those taken: an element of the path had blanks */
    int64_t from_us, to_us;
    char experiment[64], connect[32], vantage[128], run_id[64]; /* of the first one taken */
    char source[128]; /* and, tracebox alone, its path's first element and port */
    uint16_t port;
    json_t *conditions; /* an object whose keys are the names of what was exported */
};

/*
 * All of FILE in form FORM (not FILE) into PACKAGE, which is open; NULL: only looks. EXPERIMENT NULL: the one that the
 * file holds; two are an error. VANTAGE: the vantage point's name; NULL: each observation's own. 0, or -1 printed.
 * Release the survey in any case.
 */
int pp_export(struct pp_survey *s, struct pp_package *package, const char *file, enum pp_form form,
              const char *experiment, const char *vantage);
void pp_survey_release(struct pp_survey *s);
/* Prints the counts of FILE's lines, and warns of what readers could misunderstand. */
void pp_survey_say(const struct pp_survey *s, const char *file, enum pp_form form);

struct pp_export_when {
    int64_t from_us, to_us; /* since 1970 */
};

/* The lines of one record, added to OUT; returns how many. LINE: what it was read from. */
unsigned pp_export_raw(const struct pp_record *r, struct pp_buf *out, json_t *conditions);
unsigned pp_export_rounds(const struct pp_record *r, struct pp_buf *out, json_t *conditions);
unsigned pp_export_observations(const struct pp_record *r, struct pp_buf *out, json_t *conditions);
unsigned pp_export_tracebox(const struct pp_record *r, struct pp_buf *out, json_t *conditions);
/* Of pp_export_observations: the part for `located`; and one line, NAME with VALUE or NULL. */
unsigned pp_export_located(const struct pp_record *r, struct pp_buf *out, json_t *conditions);
unsigned pp_export_condition(struct pp_buf *out, json_t *conditions, const struct pp_export_when *when,
                             const struct pp_buf *path, const char *name, const char *value);
/* Notes the name of CONDITION, "NAME:VALUE" or "NAME". */
void pp_export_note(json_t *conditions, const char *condition);
/* A word for connectivity that is none of PATHspider's is among them. */
bool pp_export_unstable(const json_t *conditions);

#endif
