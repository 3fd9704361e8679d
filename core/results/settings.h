/* SPDX-License-Identifier: BSD-2-Clause */
/* settings.h: the options of `pathprobe measure`, filled in by the table of cmd/measure.c. Read-only after parsing. */
#ifndef PP_SETTINGS_H
#define PP_SETTINGS_H

#include "../loader/plugins.h"

struct pp_settings {
    /* where */
    const char *interface;
    const char *user;
    struct pp_strings source;        /* at most one per family */
    struct pp_strings public_address;
    const char *vantage;
    bool only4, only6;
    struct pp_range ports;
    /* what */
    int targets_fd; /* targets of the command line, as NDJSON, in place of `input`; 0: none */
    const char *connect, *input, *input_format, *output, *metadata, *pcap, *plugin_dir;
    bool csv_input, output_flows, interim, no_dedup, resume, force;
    struct pp_range shard; /* lo: number of the shard, from 1; hi: number of shards; 0: all targets */
    uint64_t max_targets;
    int64_t max_runtime; /* ns, 0: no limit */
    /* how */
    uint64_t rate, prefix_rate, workers, in_flight;
    int64_t connect_timeout, target_timeout; /* ns */
    uint64_t seed;
    /* truth */
    uint64_t rounds, max_rounds, max_flows;
    double alpha, aa, audit, fdr;
    bool all_arms;
    int64_t cooldown, spacing; /* ns */
    bool allow_impaired_vantage, no_vantage_check, locate;
    double locate_sample;
    uint64_t hop_rate;
    const char *control;
    /* contact, allowlist, blocklists */
    const char *contact, *allowlist;
    /* site: from this host's configuration file, always in force */
    struct pp_strings blocklist, site_blocklist, site_allowlist;
    /* show */
    bool dry_run;
    const char *status;
    const char *left_out;
    /* the experiment, and its own options */
    const struct pp_plugin *experiment;
    struct pp_own own;
};

#endif
