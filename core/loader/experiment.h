/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * experiment.h: reads an experiment written as JSON (pathprobe-experiment(5)) into the struct that a plugin exports. It
 * contains no code: conditions are comparisons, evaluated by one function for all. The rules for plugins' tables apply;
 * errors carry line and column. Main thread; the result is read-only, any thread.
 */
#ifndef PP_EXPERIMENT_H
#define PP_EXPERIMENT_H

#include "../abi/plugin.h"
#include "json_text.h"

#include <stdbool.h>

#define PP_EXPERIMENT_BYTES (256u << 10) /* bytes of the text at most */

#define PP_EXPERIMENT_KEY "experiment_text" /* key in a run's metadata: the text of its experiment */

/*
 * Reads the experiment in TEXT of LEN bytes, followed by a NUL; TEXT is copied. NULL with *FAULT filled in. The result
 * lives until the program ends, or until released.
 */
const struct pp_plugin *pp_experiment_read(const char *text, size_t len, struct pp_json_fault *fault);
/* Frees P, which is in no use; does nothing for a plugin that was not read from JSON. */
void pp_experiment_release(const struct pp_plugin *p);
/*
 * Reads the experiment in the file PATH, or, if PATH is the metadata of a run with an experiment as data, in those.
 * NULL printed.
 */
const struct pp_plugin *pp_experiment_load(const char *path);
/* True if NAME, from a command line, names an experiment's file and not a plugin. */
bool pp_experiment_is_file(const char *name);

/* Returns the text that P was read from, and its SHA-256 in hexadecimal; borrowed. NULL: P was not read from JSON. */
const char *pp_experiment_text(const struct pp_plugin *p);
const char *pp_experiment_sha256(const struct pp_plugin *p);

#endif
