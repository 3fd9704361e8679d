/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * campaign.h: the parts of a campaign on the bus: its record, a chunk of its targets, and the closing of a chunk.
 * Records are JSON; unknown keys are ignored. Functions without a bus are pure but for memory.
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
    char tag[PP_FLEET_TAG_MAX]; /* its name and id, as of bus.h */
    enum pp_fleet_split split;
    uint64_t chunks, targets; /* of the list; with PP_FLEET_VANTAGE each vantage point has so many */
    uint64_t lease_s;         /* a chunk that its worker has not renewed for so long goes to another worker */
    bool open;                /* all chunks have been published */
    size_t nvantages;         /* PP_FLEET_VANTAGE */
    json_t *options;          /* object: option name -> value as text ("true", "false" for flags) */
    json_t *counts;           /* lines read from the list, and how many of them became no target, by reason */
};

/* Parses TEXT, a record from the bucket. 0, or -1 printed; release in any case. */
int pp_fleet_campaign_parse(struct pp_fleet_campaign *c, const char *text, size_t len);
void pp_fleet_campaign_release(struct pp_fleet_campaign *c);
/* The I-th vantage point's name. */
const char *pp_fleet_campaign_vantage(const struct pp_fleet_campaign *c, size_t i);
bool pp_fleet_campaign_has(const struct pp_fleet_campaign *c, const char *vantage);
/* Reads the record of campaign NAME from the bucket. 0, or -1 printed; release in any case. */
int pp_fleet_campaign_get(struct pp_fleet_campaign *c, struct pp_bus *b, const char *name);

/* Writes NAME-ID, as of bus.h, from a campaign's name and the id of its record. */
void pp_fleet_tag(char tag[PP_FLEET_TAG_MAX], const char *name, const char *id);

/* True if the campaign is stopped; false also if the server does not answer. */
bool pp_fleet_is_stopped(struct pp_bus *b, const char *tag);

/*
 * A chunk: a line of JSON, {"schema":1,"campaign":TAG,"chunk":N,"targets":T}, then T lines, each a target's object.
 */
struct pp_fleet_chunk {
    uint64_t n;
    uint32_t ntargets;
    bool numbered;    /* N is a number of the campaign's chunks, from the chunk's head or the message's headers */
    const char *line; /* the first target's; borrowed from the message */
    size_t len;       /* of all lines */
};

void pp_fleet_chunk_head(struct pp_buf *out, const char *tag, uint64_t n, uint32_t ntargets);
/* Parses a chunk. NULL, or why it is no chunk of CAMPAIGN that can be measured. */
const char *pp_fleet_chunk_parse(struct pp_fleet_chunk *c, const struct pp_fleet_campaign *campaign, const char *data,
                                 size_t len);
/* Sets number and targets of a chunk that could not be parsed from the headers of MSG, if these have them. */
void pp_fleet_chunk_number(struct pp_fleet_chunk *c, const struct pp_fleet_campaign *campaign, natsMsg *msg);

/* Headers of a chunk, from which its number is known even if its text cannot be read. Batches have the number, too. */
#define PP_FLEET_CHUNK_N "Pp-Chunk"
#define PP_FLEET_TARGETS_N "Pp-Targets"

/* The result of a target of a chunk; named as the members of an observation's metadata. */
enum pp_fleet_fate {
    PP_FLEET_WRITTEN,
    PP_FLEET_DUPLICATE,
    PP_FLEET_INVALID_LINE,
    PP_FLEET_BLOCKED,
    PP_FLEET_PROHIBITED_NETWORK,
    PP_FLEET_PROHIBITED_HOST,
    PP_FLEET_OTHER_FAMILY,
    PP_FLEET_NO_ROUTE,
    PP_FLEET_SAMPLED_OUT,
    PP_FLEET_NOT_STARTED,
    PP_FLEET_PENDING,
    PP_FLEET_FATES,
};

extern const char *const pp_fleet_fates[PP_FLEET_FATES];
/* The fate with NAME; PP_FLEET_FATES: there is none. */
enum pp_fleet_fate pp_fleet_fate(const char *name, size_t len);

/* Identifies a target in lines of `measure`: a member that the worker adds at the front of the target's object. */
struct pp_fleet_key {
    uint64_t chunk;
    uint32_t target;
};

/* Reads `{"fleet":[CHUNK,TARGET],` at the start of LINE, an observation. False: it does not begin so. */
bool pp_fleet_key(const char *line, size_t len, struct pp_fleet_key *key);
/* Reads the key and the reason from LINE of measure's --left-out. */
bool pp_fleet_key_left_out(const char *line, size_t len, struct pp_fleet_key *key, enum pp_fleet_fate *fate);

#endif
