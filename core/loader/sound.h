/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sound.h: checks an experiment's tables for consistency, whether read from a plugin or from JSON. Errors are written
 * to WHY; the caller prints them. Pure functions.
 */
#ifndef PP_SOUND_H
#define PP_SOUND_H

#include "../abi/plugin.h"
#include "../base/error.h"

#include <stdbool.h>

#define PP_WHY 512

/* Writes the cause to WHY. Returns false, so that a check can return its result. */
bool pp_plugin_why(char why[PP_WHY], const char *fmt, ...) PP_PRINTF(2, 3);
/* Checks the tables of P, after options have been turned into arms. */
bool pp_plugin_sound(const struct pp_plugin *p, char why[PP_WHY]);

/* The part of the tables that failed a check. */
enum pp_part_kind { PP_PART_HEAD, PP_PART_CHAINS, PP_PART_FIELDS, PP_PART_ARMS, PP_PART_ARM, PP_PART_STEP,
                    PP_PART_CONDITION, PP_PART_LOSS };
struct pp_table_part {
    enum pp_part_kind kind;
    unsigned i, k; /* I: index of the arm, condition or loss; K: the step of arm I */
};
/* As pp_plugin_sound; *PART: the part that was checked last. */
bool pp_plugin_sound_part(const struct pp_plugin *p, char why[PP_WHY], struct pp_table_part *part);
/* True if S changes nothing. */
bool pp_step_is_empty(const struct pp_step *s);
/* Checks step I of the arm called ARM. */
bool pp_step_sound(const struct pp_step *s, const char *arm, unsigned i, char why[PP_WHY]);

#endif
