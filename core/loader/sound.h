/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sound.h: do an experiment's tables hold together, whatever they were made of? Causes are written into WHY: the caller
 * decides how bad it is.
 */
#ifndef PP_SOUND_H
#define PP_SOUND_H

#include "../abi/plugin.h"
#include "../base/error.h"

#include <stdbool.h>

#define PP_WHY 512

/* Writes the cause and returns false, so that a check can end with it. */
bool pp_plugin_why(char why[PP_WHY], const char *fmt, ...) PP_PRINTF(2, 3);
/* Of tables in which options have been made to arms. */
bool pp_plugin_sound(const struct pp_plugin *p, char why[PP_WHY]);

/* Which part of the tables is not sound. */
enum pp_part_kind { PP_PART_HEAD, PP_PART_CHAINS, PP_PART_FIELDS, PP_PART_ARMS, PP_PART_ARM, PP_PART_STEP,
                    PP_PART_CONDITION, PP_PART_LOSS };
struct pp_table_part {
    enum pp_part_kind kind;
    unsigned i, k; /* arm, condition or loss I; step K of arm I */
};
/* The same; PART is where it looked last. */
bool pp_plugin_sound_part(const struct pp_plugin *p, char why[PP_WHY], struct pp_table_part *part);
/* S changes nothing. */
bool pp_step_is_empty(const struct pp_step *s);
/* Step I of the arm called ARM. */
bool pp_step_sound(const struct pp_step *s, const char *arm, unsigned i, char why[PP_WHY]);

#endif
