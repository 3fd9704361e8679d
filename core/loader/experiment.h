/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * experiment.h: an experiment written as JSON (pathprobe-experiment(5)), made into what a plugin exports. Nothing in
 * it is code: conditions are comparisons, judged by one function for all. What holds for a plugin's tables holds for
 * these, and what is wrong is said with its place. Main thread; what was made is read-only.
 */
#ifndef PP_EXPERIMENT_H
#define PP_EXPERIMENT_H

#include "../abi/plugin.h"
#include "json_text.h"

#include <stdbool.h>

#define PP_EXPERIMENT_BYTES (256u << 10) /* of the text */

#define PP_EXPERIMENT_KEY "experiment_text" /* of the metadata of a run: the text of its experiment */

/*
 * The experiment in TEXT of LEN bytes, followed by a zero. NULL with FAULT filled in. It lives as long as the program,
 * or until released.
 */
const struct pp_plugin *pp_experiment_read(const char *text, size_t len, struct pp_json_fault *fault);
void pp_experiment_release(const struct pp_plugin *p);
/*
 * The same from the file PATH, or, where that is the metadata of a run of such an experiment, from there. NULL printed.
 */
const struct pp_plugin *pp_experiment_load(const char *path);
/* NAME, as given on a command line, is a file with an experiment and no name of a plugin. */
bool pp_experiment_is_file(const char *name);

/* The text that P was made of, and its SHA-256 in hexadecimal; NULL: P is no JSON. */
const char *pp_experiment_text(const struct pp_plugin *p);
const char *pp_experiment_sha256(const struct pp_plugin *p);

#endif
