/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace.h: one run of `pathprobe trace`: reads targets, and writes at which hops a treatment is changed, dropped or
 * answered. The main thread opens everything, starts a feeder and a writer, then sends and receives itself.
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
    int targets_fd; /* targets of the command line; 0: none */
    unsigned few;   /* number of operands, names not resolved */
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
