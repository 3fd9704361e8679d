/* SPDX-License-Identifier: BSD-2-Clause */
/* fleet_parts.h: what the files of `pathprobe fleet` share. Main thread. */
#ifndef PP_FLEET_PARTS_H
#define PP_FLEET_PARTS_H

#include "commands.h"

#include "../core/fleet/bus.h"

#define EXIT_USAGE 2
#define NAMES_MAX 512
#define BLOCKLIST_MAX (768u << 10) /* it has to fit into a message */

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
/* What a campaign may say of `measure`: nothing that names a file, an interface or a user. NULL at the end. */
extern const char *const pp_fleet_measure_options[];

void pp_fleet_add_name(struct pp_fleet_names *l, const char *name);
/* "a,b,c". 0, or -1 printed; free text. */
int pp_fleet_split_names(struct pp_fleet_names *l, const char *text);
/* The files of --blocklist, one behind the other. OUT is made here. 0, or -1 printed; release in any case. */
int pp_fleet_read_blocklists(struct pp_fleet_settings *s, struct pp_buf *out);

/* OPERANDS from the action's name on. 0, -1 printed, or -EXIT_USAGE printed. */
int pp_fleet_run_submit(struct pp_fleet_settings *s, char **operands);
int pp_fleet_run_work(struct pp_fleet_settings *s, char **operands);

#endif
