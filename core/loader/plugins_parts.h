/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plugins_parts.h: what the files behind plugins.h share. Causes are written into WHY: the caller decides how bad
 * it is. Main thread.
 */
#ifndef PP_PLUGINS_PARTS_H
#define PP_PLUGINS_PARTS_H

#include "../options/options_parts.h"
#include "plugins.h"
#include "sound.h"

/* Whether its arms may speak for those that they imply. The rest of the arms' tables is sound. */
bool pp_plugin_implies_sound(const struct pp_plugin *p, char why[PP_WHY]);
/* P as it can be used: with the arms that follow from its options' defaults, if it has any. NULL: WHY says it. */
const struct pp_plugin *pp_plugin_ready(const struct pp_plugin *p, char why[PP_WHY]);
/* [a-z][a-z0-9]* */
bool pp_plugin_is_name(const char *name);
/* The same with '-'. */
bool pp_plugin_is_option(const char *name);
/* Opens the file, checks number and sizes, then the tables. NULL: WHY says it. */
const struct pp_plugin *pp_plugin_load(const char *path, char why[PP_WHY]);
/* True if PATH, absolute, and all its parents belong to root, are writable by root alone, and are no links. */
bool pp_plugin_trusted(const char *path, char why[PP_WHY]);

#endif
