/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * submit.h: publishes a list as the chunks of a campaign. The list is read once, cleaned as `filter` does, and kept in
 * a temporary file; memory holds 16 bytes for each target. Targets of one /24 or /48 are in one chunk, as far as they
 * fit, so that one worker at a time probes a network. Main thread.
 */
#ifndef PP_FLEET_SUBMIT_H
#define PP_FLEET_SUBMIT_H

#include "../targets/blocklist.h"
#include "../targets/feeder.h"
#include "campaign.h"

struct pp_fleet_submit {
    const char *campaign, *experiment, *version;
    const char *input;          /* NULL: standard input */
    enum pp_input_format format;
    struct pp_blocklist *blocked; /* borrowed */
    const char *blocklist;      /* text of a blocklist that every worker applies besides its own; NULL: none */
    size_t blocklist_len;
    uint16_t default_port;      /* for targets without a port; 0: such a target is invalid */
    enum pp_fleet_split split;
    const char *const *vantages; /* NULL at the end; PP_FLEET_VANTAGE */
    uint64_t chunk_targets, lease_s;
    json_t *options;            /* borrowed */
};

/* What was published. */
struct pp_fleet_submitted {
    struct pp_target_counts counts; /* read, duplicate, invalid_line, blocked: the last three are no targets */
    uint64_t chunks, targets, networks_split;
};

/*
 * Publishes the campaign. 0, or -1 printed: then nothing of it is on the bus. So too if a signal handler sets *STOP.
 */
int pp_fleet_submit(struct pp_bus *b, const struct pp_fleet_submit *s, const volatile int *stop,
                    struct pp_fleet_submitted *done);
/* Replaces the blocklist of a campaign; workers apply it within seconds. 0, or -1 printed. */
int pp_fleet_block(struct pp_bus *b, const char *campaign, const char *text, size_t len);
/* Stops the campaign: workers begin no further chunk. 0, or -1 printed. */
int pp_fleet_stop(struct pp_bus *b, const char *campaign);
/* Deletes the campaign with its chunks and results. 0, or -1 printed. */
int pp_fleet_delete(struct pp_bus *b, const char *campaign);

#endif
