/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * export.h: writes observations in the formats that the PTO's tools read (as found by running its normalizers):
 *
 *   pathspider-v2-ndjson   fields of the target, path, time, conditions: raw: a line for each target, with the
 *                          conditions that hold after all rounds; rounds: one for each round, in PATHspider's words
 *   observations           an array for each condition after all rounds: ["", from, to, "path ...", name, value]; and
 *                          for each that has a place on the path (`located`): "S * A B * D"
 *   tracebox-v1-ndjson     a line for each field that the path rewrites at a known place, of targets over IPv4
 *
 * Every line is shorter than 64 KiB and not empty. Observations that are not valid are left out, as readers stop at the
 * first bad line. A file has one experiment, as analyzers take a target without their conditions for offline. In a path
 * a blank separates elements, so blanks within elements are replaced. A first element that is a special-purpose
 * address, which other vantage points may have, too, is replaced by the vantage point's name, if that is known.
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
    uint64_t other;   /* observations of another experiment */
    uint64_t bad;     /* lines that are no observation */
    uint64_t lines;   /* lines written for the observations taken */
    uint64_t runs;    /* changes of run_id from line to line, plus one */
    uint64_t unstable; /* observations taken whose connectivity PATHspider has no word for */
    uint64_t nameless; /* observations taken whose path begins with a special-purpose address */
    uint64_t blanks;   /* observations taken with blanks in an element of the path */
    int64_t from_us, to_us;
    char experiment[64], connect[32], vantage[128], run_id[64]; /* of the first observation taken */
    char source[128]; /* tracebox only: its path's first element, and its port */
    uint16_t port;
    json_t *conditions; /* an object whose keys are the names of the exported conditions */
};

/*
 * Exports FILE in format FORM (not PP_FORM_FILE) into the open PACKAGE; NULL: only makes the survey. EXPERIMENT NULL:
 * that of the file; two experiments are an error. VANTAGE: the vantage point's name; NULL: each observation's own. 0,
 * or -1 printed. Release the survey in any case.
 */
int pp_export(struct pp_survey *s, struct pp_package *package, const char *file, enum pp_form form,
              const char *experiment, const char *vantage);
void pp_survey_release(struct pp_survey *s);
/* Prints the counts of FILE's lines, and warns of data that readers could misunderstand. */
void pp_survey_say(const struct pp_survey *s, const char *file, enum pp_form form);

struct pp_export_when {
    int64_t from_us, to_us; /* microseconds since 1970 */
};

/* Adds the lines of one record to OUT; returns their number. LINE: the observation from which R was read. */
unsigned pp_export_raw(const struct pp_record *r, struct pp_buf *out, json_t *conditions);
unsigned pp_export_rounds(const struct pp_record *r, struct pp_buf *out, json_t *conditions);
unsigned pp_export_observations(const struct pp_record *r, struct pp_buf *out, json_t *conditions);
unsigned pp_export_tracebox(const struct pp_record *r, struct pp_buf *out, json_t *conditions);
/* Parts of pp_export_observations: the lines for `located`; and one line, NAME with VALUE or NULL. */
unsigned pp_export_located(const struct pp_record *r, struct pp_buf *out, json_t *conditions);
unsigned pp_export_condition(struct pp_buf *out, json_t *conditions, const struct pp_export_when *when,
                             const struct pp_buf *path, const char *name, const char *value);
/* Adds the name of CONDITION, "NAME:VALUE" or "NAME", to CONDITIONS. */
void pp_export_note(json_t *conditions, const char *condition);
/* True if CONDITIONS has a connectivity that PATHspider has no word for. */
bool pp_export_unstable(const json_t *conditions);

#endif
