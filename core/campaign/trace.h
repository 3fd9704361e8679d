/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace.h: one run of `pathprobe trace`: targets in, at which hops a treatment is changed, dropped or answered out.
 * Main opens everything, then a feeder and a writer are threads of their own, and main itself sends and receives.
 */
#ifndef PP_CAMPAIGN_TRACE_H
#define PP_CAMPAIGN_TRACE_H

#include "../loader/plugins.h"
#include "../targets/target.h"

struct pp_trace_settings {
    const char *interface, *user, *vantage;
    struct pp_strings source;
    bool only4, only6;
    struct pp_range ports;
    int targets_fd; /* those of the command line; 0: none */
    unsigned few;   /* how many these were, names not resolved */
    const char *connect, *input, *input_format, *output, *plugin_dir, *format;
    bool csv_input, force, census;
    uint64_t rate, prefix_rate, hop_rate, in_flight, flows, pairs, max_hops, seed;
    struct pp_strings arms, mmdb;
    const char *contact, *allowlist;
    struct pp_strings blocklist, site_blocklist, site_allowlist;
    const struct pp_plugin *experiment;
    struct pp_own own;
};

/* Looks up the AS of an address; 0: not known. */
struct pp_trace_asn {
    void *arg;
    uint32_t (*look)(void *arg, const struct pp_addr *a);
};

/* Exit code: 0, 1, 2, 130. */
int pp_trace_run(const struct pp_trace_settings *s, const struct pp_trace_asn *asn);

#endif
