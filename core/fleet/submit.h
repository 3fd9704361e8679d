/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * submit.h: a list -> the chunks of a campaign on the bus. The list is read once, cleaned as `filter` does, and kept in
 * a temporary file; in memory 16 bytes a target. Targets of a /24 or /48 stand together in one chunk, as far as they
 * fit, so that one worker at a time asks a network. Main thread.
 */
#ifndef PP_FLEET_SUBMIT_H
#define PP_FLEET_SUBMIT_H

#include "../targets/blocklist.h"
#include "../targets/target.h"
#include "campaign.h"

struct pp_fleet_submit {
    const char *campaign, *experiment, *version;
    const char *input;          /* NULL: standard input */
    enum pp_input_format format;
    struct pp_blocklist *blocked; /* borrowed */
    const char *blocklist;      /* text that every worker keeps to besides its own; NULL: none */
    size_t blocklist_len;
    uint16_t default_port;      /* of the conversation; 0: a target without a port is invalid */
    enum pp_fleet_split split;
    const char *const *vantages; /* NULL at the end; PP_FLEET_VANTAGE */
    uint64_t chunk_targets, lease_s;
    json_t *options;            /* borrowed */
};

/* What came of it. */
struct pp_fleet_submitted {
    uint64_t read, duplicate, invalid_line, blocked; /* lines of the list; the last three are no targets */
    uint64_t chunks, targets, networks_split;
};

/*
 * 0, or -1 printed: then nothing of the campaign is on the bus. *STOP, set by a signal handler, ends it so.
 */
int pp_fleet_submit(struct pp_bus *b, const struct pp_fleet_submit *s, const volatile int *stop,
                    struct pp_fleet_submitted *done);
/* Replaces the blocklist of a campaign; workers keep to it within seconds. 0, or -1 printed. */
int pp_fleet_block(struct pp_bus *b, const char *campaign, const char *text, size_t len);
/* No chunk is begun any more. 0, or -1 printed. */
int pp_fleet_stop(struct pp_bus *b, const char *campaign);
/* The campaign, its chunks and its results are deleted. 0, or -1 printed. */
int pp_fleet_delete(struct pp_bus *b, const char *campaign);

#endif
