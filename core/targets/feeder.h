/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * feeder.h: reads targets that may be probed from an input. Every line that is neither blank nor a comment is counted
 * once, under the first of these that applies: cannot be used, blocked, no route, in another shard, not in the sample,
 * prohibited, seen before, too many of its prefix, handed out; so that targets of other shards take no memory. A thread
 * of its own calls the feeder in a live run, the worker under a virtual clock.
 */
#ifndef PP_FEEDER_H
#define PP_FEEDER_H

#include "../stream/input.h"
#include "../wire/source.h"
#include "admin_prohibited.h"
#include "blocklist.h"
#include "dedup.h"
#include "left_out.h"
#include "target.h"

/*
 * read is the sum of all others but written_invalid. Prohibited: not begun because the network, or the host, had asked
 * not to be probed (admin_prohibited.h).
 */
struct pp_target_counts {
    uint64_t read, duplicate, invalid_line, blocked, prohibited_network, prohibited_host, other_family, no_route;
    uint64_t sampled_out, not_started, pending, written;
    uint64_t written_invalid;
};

struct pp_netlink;

struct pp_feeder_config {
    struct pp_input *input; /* all pointers here are borrowed */
    enum pp_input_format format;
    struct pp_blocklist *blocklist;
    const struct pp_vantage *vantage; /* NULL: every family has a route */
    struct pp_netlink *routes; /* to ask the kernel for the route to each target; NULL: routes are not checked */
    uint16_t default_port;  /* of the connect mode; 0: a target without a port is invalid */
    bool dedup;
    struct pp_dedup *done;  /* targets that an output has (pp_dedup_done): they are read, not handed out; NULL: none */
    uint64_t ndone;         /* their number */
    const struct pp_admin_prohibited *prohibited; /* networks and hosts of which no new target is begun; NULL: none */
    int only;               /* 0, 4, 6 */
    const char *only_why;   /* printed at the end if `only` left targets out; NULL: nothing is printed */
    uint64_t max_targets;   /* 0: no limit */
    uint64_t shard_k, shard_n; /* shard K, from 1, of N; 0, 0: all. By address: all processes agree */
    bool observations;      /* lines may be as long as observations (pp_input_observations) */
    bool portless;          /* a target may be without a port */
    /* returns why a target with DOMAIN is invalid, NULL: it is valid; the pointer may be NULL */
    const char *(*unfit)(const char *domain);
    const char *domain; /* of targets that name none; NULL: they have none */
    uint16_t set_port;      /* replaces the port of every target; 0: none is replaced */
    double sample;          /* share of targets to take, chosen by SEED and the target; 0: all */
    uint64_t seed;
    /* gets the lines that are not handed out, without those in `done`; NULL: not wanted */
    struct pp_left_out *left_out;
    uint64_t per_prefix;    /* targets to take of each /24 or /48, up to PP_PREFIX_CAP_MAX; 0: no limit */
};

struct pp_feeder; /* opaque */

struct pp_feeder *pp_feeder_new(const struct pp_feeder_config *c);
void pp_feeder_free(struct pp_feeder *f);
/*
 * Returns the next target to be probed, the caller's (free), with its port set. NULL: the end, or a read error
 * (pp_feeder_failed). Prints the first few lines that cannot be used, by number; pp_feeder_finish prints how many there
 * were.
 */
struct pp_target *pp_feeder_next(struct pp_feeder *f);
/* The line that the last target came from, white space around it off; borrowed until the next call. */
const char *pp_feeder_line(const struct pp_feeder *f, size_t *len);
bool pp_feeder_failed(const struct pp_feeder *f);
/* The number of observations in the output whose targets the input has named so far. */
uint64_t pp_feeder_met(const struct pp_feeder *f);
/*
 * Sets the feeder's counts: read (with targets that the output has and the input has not named so far), duplicate,
 * invalid_line, blocked, prohibited_network, prohibited_host, other_family,
 * no_route, sampled_out; and not_started, to 0.
 */
void pp_feeder_counts(const struct pp_feeder *f, struct pp_target_counts *c);
/* The part of sampled_out that exceeded per_prefix. */
uint64_t pp_feeder_capped(const struct pp_feeder *f);
/*
 * Prints the counts of lines that were not named one by one, and the cause if all targets were blocked. If no line
 * could be used, prints that the input is no list of targets; pp_feeder_failed is true from then on.
 */
void pp_feeder_finish(struct pp_feeder *f);

#endif
