/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plugins_parts.h: declarations shared by the files of plugins.h. Errors are written to WHY; the caller prints them as
 * error or warning. Main thread.
 */
#ifndef PP_PLUGINS_PARTS_H
#define PP_PLUGINS_PARTS_H

#include "../options/options_parts.h"
#include "plugins.h"
#include "sound.h"

/* Checks that the arms may imply those that they declare. The other tables must be sound. */
bool pp_plugin_implies_sound(const struct pp_plugin *p, char why[PP_WHY]);
/* Returns P with the arms for the defaults of its options, or P itself if it has none. NULL: WHY has the cause. */
const struct pp_plugin *pp_plugin_ready(const struct pp_plugin *p, char why[PP_WHY]);
/* True for [a-z][a-z0-9]*. */
bool pp_plugin_is_name(const char *name);
/* True for [a-z][a-z0-9-]*. */
bool pp_plugin_is_option(const char *name);
/* Loads the file, checks ABI and sizes, then the tables. NULL: WHY has the cause. */
const struct pp_plugin *pp_plugin_load(const char *path, char why[PP_WHY]);
/*
 * True if PATH, absolute, and all its parents belong to root, are writable by root alone, and are no symbolic links;
 * else WHY has the cause.
 */
bool pp_plugin_trusted(const char *path, char why[PP_WHY]);

#endif
