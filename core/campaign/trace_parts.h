/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_parts.h: declarations that the files of a trace share: trace.c (opens and runs), trace_found.c (results). */
#ifndef PP_CAMPAIGN_TRACE_PARTS_H
#define PP_CAMPAIGN_TRACE_PARTS_H

#include "../stream/writer.h"
#include "../targets/feeder.h"
#include "../trace/trace.h"
#include "../trace/tracer.h"
#include "../wire/netlink.h"
#include "queue.h"
#include "trace.h"

enum pp_trace_format { PP_TRACE_TEXT, PP_TRACE_NDJSON, PP_TRACE_PTO3 };

struct pp_trace_job {
    const struct pp_trace_settings *s;
    const struct pp_trace_asn *asn;
    enum pp_trace_format format;
    char user_agent[256];
    struct pp_plugin census;
    struct pp_arm census_arm[2];
    struct pp_vantage vantage;
    struct pp_plan plan;
    struct pp_locate_arm arm[PP_TRACE_ARMS - 1];
    unsigned narms;
    struct pp_blocklist *blocklist;
    struct pp_input *input;
    struct pp_netlink routes;
    bool routes_open, feeder_started;
    struct pp_feeder *feeder;
    struct pp_ports *ports;
    const uint16_t *port;
    unsigned nports;
    struct pp_wire *wire;
    struct pp_token_bucket rate;
    struct pp_http_pool *pool;
    struct pp_queue queue;
    bool queued;
    struct pp_writer *writer;
    struct pp_live_counters counters;
    pthread_t feeder_thread;
    uint64_t traced, untraceable; /* targets; targets of which no arm's packet can be traced */
    struct pp_trace_look look;
    bool no_memory;
};

/* Writes the line of a target that is complete. ARG: the job. */
void pp_trace_done(void *arg, const struct pp_traced *d);

#endif
