/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * campaign.h: what a campaign is on the bus: its record, a chunk of its targets, and the closing of a chunk.
 * Records are JSON, unknown keys are ignored. Pure but for memory.
 */
#ifndef PP_FLEET_CAMPAIGN_H
#define PP_FLEET_CAMPAIGN_H

#include "../base/buf.h"
#include "bus.h"

#include <jansson.h>

#define PP_FLEET_SCHEMA 1
#define PP_FLEET_CHUNK_TARGETS 4096 /* the most in one chunk */
#define PP_FLEET_VANTAGES 256
#define PP_FLEET_RECORD_MAX (256u << 10)
#define PP_FLEET_ANY "any" /* the queue of --split chunk */

enum pp_fleet_split { PP_FLEET_CHUNK, PP_FLEET_VANTAGE };

/* The record, campaign.<name>. Strings are borrowed from JSON. */
struct pp_fleet_campaign {
    json_t *json;
    const char *name, *experiment, *version;
    enum pp_fleet_split split;
    uint64_t chunks, targets; /* of the list: each vantage point has as many, with PP_FLEET_VANTAGE */
    uint64_t lease_s;         /* after which a chunk of which no worker says anything goes to another */
    bool open;                /* all chunks are there */
    size_t nvantages;         /* PP_FLEET_VANTAGE */
    json_t *options;          /* object: option name -> value as text ("true", "false" for flags) */
    json_t *counts;           /* what the list's reading came to: read, and those that are no target of a chunk */
};

/* TEXT as of the bucket. 0, or -1 printed; release in any case. */
int pp_fleet_campaign_parse(struct pp_fleet_campaign *c, const char *text, size_t len);
void pp_fleet_campaign_release(struct pp_fleet_campaign *c);
/* The I-th vantage point's name. */
const char *pp_fleet_campaign_vantage(const struct pp_fleet_campaign *c, size_t i);
bool pp_fleet_campaign_has(const struct pp_fleet_campaign *c, const char *vantage);
/* The campaign NAME of the bucket. 0, or -1 printed; release in any case. */
int pp_fleet_campaign_get(struct pp_fleet_campaign *c, struct pp_bus *b, const char *name);

/* Whether the bus says that the campaign NAME is stopped; no answer: it is not. */
bool pp_fleet_is_stopped(struct pp_bus *b, const char *name);

/*
 * A chunk: a line of JSON, {"schema":1,"campaign":..,"chunk":N,"targets":T}, then T lines, each a target's object.
 */
struct pp_fleet_chunk {
    uint64_t n;
    uint32_t ntargets;
    bool numbered;    /* N is one of the campaign's chunks: its head says so, or the message's headers */
    const char *line; /* the first target's; borrowed from the message */
    size_t len;       /* of all lines */
};

void pp_fleet_chunk_head(struct pp_buf *out, const char *campaign, uint64_t n, uint32_t ntargets);
/* NULL, or why it is none of CAMPAIGN that can be measured. */
const char *pp_fleet_chunk_parse(struct pp_fleet_chunk *c, const struct pp_fleet_campaign *campaign, const char *data,
                                 size_t len);
/* Of one that could not be read: its number and targets, where the headers of MSG have them. */
void pp_fleet_chunk_number(struct pp_fleet_chunk *c, const struct pp_fleet_campaign *campaign, natsMsg *msg);

/* Headers of a chunk, which tell what it was if it cannot be read; those of a batch have its number, too. */
#define PP_FLEET_CHUNK_N "Pp-Chunk"
#define PP_FLEET_TARGETS_N "Pp-Targets"

/* What a target of a chunk came to, by the member of an observation's metadata. */
enum pp_fleet_fate {
    PP_FLEET_WRITTEN,
    PP_FLEET_DUPLICATE,
    PP_FLEET_INVALID_LINE,
    PP_FLEET_BLOCKED,
    PP_FLEET_PROHIBITED_NETWORK,
    PP_FLEET_PROHIBITED_HOST,
    PP_FLEET_NO_ROUTE,
    PP_FLEET_SAMPLED_OUT,
    PP_FLEET_NOT_STARTED,
    PP_FLEET_PENDING,
    PP_FLEET_FATES,
};

extern const char *const pp_fleet_fates[PP_FLEET_FATES];
/* PP_FLEET_FATES: none of them. */
enum pp_fleet_fate pp_fleet_fate(const char *name, size_t len);

/* What makes a target known by its line: the member that a worker puts in front. */
struct pp_fleet_key {
    uint64_t chunk;
    uint32_t target;
};

/* `{"fleet":[CHUNK,TARGET],` at the start of LINE, an observation. False: it does not begin so. */
bool pp_fleet_key(const char *line, size_t len, struct pp_fleet_key *key);
/* The same of a line of measure's --left-out, and its reason. */
bool pp_fleet_key_left_out(const char *line, size_t len, struct pp_fleet_key *key, enum pp_fleet_fate *fate);

#endif
