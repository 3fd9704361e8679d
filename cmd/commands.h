/* SPDX-License-Identifier: BSD-2-Clause */
/* commands.h: the commands of pathprobe, for the table in main.c; each file of this directory defines its own. */
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
/* Not listed by --help: for packages. */
extern const struct pp_command pp_cmd_completion;
/* Those that are listed, NULL-terminated. */
extern const struct pp_command *const pp_commands[];
/* What an installed program is told on this host: a path; NULL: one in a source tree does as it says there. */
const char *pp_site(void);
/* Opens COMMAND's page of the manual, and waits for it. 0, or -1: there is none here. Prints nothing itself. */
int pp_page_show(const char *command);

#endif
