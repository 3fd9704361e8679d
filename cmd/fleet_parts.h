/* SPDX-License-Identifier: BSD-2-Clause */
/* fleet_parts.h: declarations shared by the files of `pathprobe fleet`. Main thread. */
#ifndef PP_FLEET_PARTS_H
#define PP_FLEET_PARTS_H

#include "commands.h"

#include "../core/fleet/bus.h"

#define EXIT_USAGE 2
#define NAMES_MAX 512
#define BLOCKLIST_MAX (768u << 10) /* bytes, as it must fit into a message */

struct pp_fleet_settings {
    struct pp_fleet_login login;
    const char *campaign, *input, *input_format, *split, *vantages, *output, *vantage, *spool, *user;
    const char *allow_options, *allow_experiments, *allowlist;
    struct pp_strings blocklist;
    uint64_t chunk, lease, chunks, rate;
    bool once, force, json, any_version;
};

struct pp_fleet_names {
    const char *v[NAMES_MAX + 1]; /* NULL at the end */
    unsigned n;
    char *text;
};

/* Set by SIGINT and SIGTERM. */
extern volatile int pp_fleet_stopped;
/* Options of `measure` that a campaign may set: none names a file, an interface or a user. NULL-terminated. */
extern const char *const pp_fleet_measure_options[];

void pp_fleet_add_name(struct pp_fleet_names *l, const char *name);
/* "a,b,c". 0, or -1 printed; free text. */
int pp_fleet_split_names(struct pp_fleet_names *l, const char *text);
/*
 * Initialises OUT and reads the files of --blocklist into it, concatenated. 0, or -1 printed; release OUT in any case.
 */
int pp_fleet_read_blocklists(struct pp_fleet_settings *s, struct pp_buf *out);

/* Run an action. OPERANDS: from the action's name on. 0, -1 printed, or -EXIT_USAGE printed. */
int pp_fleet_run_submit(struct pp_fleet_settings *s, char **operands);
int pp_fleet_run_work(struct pp_fleet_settings *s, char **operands);

#endif
