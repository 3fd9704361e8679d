/* SPDX-License-Identifier: BSD-2-Clause */
/* commands.h: the commands of pathprobe, for the table in main.c; each is defined in a file of this directory. */
#ifndef PP_COMMANDS_H
#define PP_COMMANDS_H

#include "../core/options/options.h"

extern const struct pp_command pp_cmd_check;
extern const struct pp_command pp_cmd_measure;
extern const struct pp_command pp_cmd_trace;
extern const struct pp_command pp_cmd_observe;
extern const struct pp_command pp_cmd_resolve;
extern const struct pp_command pp_cmd_annotate;
extern const struct pp_command pp_cmd_filter;
extern const struct pp_command pp_cmd_merge;
extern const struct pp_command pp_cmd_report;
extern const struct pp_command pp_cmd_metadata;
extern const struct pp_command pp_cmd_upload;
extern const struct pp_command pp_cmd_fleet;
extern const struct pp_command pp_cmd_lab;
extern const struct pp_command pp_cmd_plugins;
extern const struct pp_command pp_cmd_doctor;
/* For packagers; not listed by --help. */
extern const struct pp_command pp_cmd_completion;
/* The commands listed by --help, NULL-terminated. */
extern const struct pp_command *const pp_commands[];
/* The path of this host's configuration file; NULL: the program runs in a source tree, and reads none. */
const char *pp_site(void);
/*
 * Shows COMMAND's manual page, and waits until the reader has ended. 0, or -1: there is no page here (nothing printed).
 */
int pp_page_show(const char *command);

#endif
