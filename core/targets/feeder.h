/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * feeder.h: input -> targets that may be probed; every line that is neither blank nor a comment is counted by what
 * became of it, in this order: cannot be used, blocked, no route, in another shard, not in the sample, prohibited, seen
 * before, too many of its prefix, handed out. So what is not probed here costs no memory. The feeder is pulled: by its
 * thread in a live run, by the worker itself under a virtual clock.
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
 * to be left alone (admin_prohibited.h).
 */
struct pp_target_counts {
    uint64_t read, duplicate, invalid_line, blocked, prohibited_network, prohibited_host, no_route, sampled_out;
    uint64_t not_started, pending, written;
    uint64_t written_invalid;
};

struct pp_netlink;

struct pp_feeder_config {
    struct pp_input *input; /* borrowed, all of these */
    enum pp_input_format format;
    struct pp_blocklist *blocklist;
    const struct pp_vantage *vantage; /* NULL: every family has a route */
    struct pp_netlink *routes; /* the kernel is asked for the route to each target; NULL: it is not */
    uint16_t default_port;  /* of the connect mode; 0: a target without a port is invalid */
    bool dedup;
    struct pp_dedup *done;  /* what an output holds (pp_dedup_done): it is read, not handed out; NULL: none */
    uint64_t ndone;         /* how much that is */
    const struct pp_admin_prohibited *prohibited; /* networks and hosts of which no new target is begun; NULL: none */
    int only;               /* 0, 4, 6 */
    const char *only_why;   /* said at the end if that left targets out; NULL: nothing is */
    uint64_t max_targets;   /* 0: no limit */
    uint64_t shard_k, shard_n; /* shard K, from 1, of N; 0, 0: all. By address: all processes agree */
    bool observations;      /* the input may have lines as long as theirs are (pp_input_observations) */
    bool portless;          /* a target may be without a port */
    const char *(*unfit)(const char *domain); /* NULL, or why a target with DOMAIN is invalid; NULL: none is */
    const char *domain; /* of targets that name none; NULL: they have none */
    uint16_t set_port;      /* every target gets it; 0: as it came */
    double sample;          /* this share of targets, by SEED and what the target is; 0: all */
    uint64_t seed;
    struct pp_left_out *left_out; /* gets what is not handed out but for what is in `done`; NULL: nothing does */
    uint64_t per_prefix;    /* the first so many of each /24 or /48, up to PP_PREFIX_CAP_MAX; 0: no limit */
};

struct pp_feeder; /* opaque */

struct pp_feeder *pp_feeder_new(const struct pp_feeder_config *c);
void pp_feeder_free(struct pp_feeder *f);
/*
 * The next target to be probed, the caller's (free); its port is set. NULL: the end, or a read error
 * (pp_feeder_failed). The first few bad lines are named on stderr with their number, then a count is given at the end.
 */
struct pp_target *pp_feeder_next(struct pp_feeder *f);
/* The line that the last target came from, white space around it off; borrowed until the next call. */
const char *pp_feeder_line(const struct pp_feeder *f, size_t *len);
bool pp_feeder_failed(const struct pp_feeder *f);
/* The number of observations in the output whose targets the input has named so far. */
uint64_t pp_feeder_met(const struct pp_feeder *f);
/*
 * Its part of the counts: read (what the output holds and the input did not have so far counts as read), duplicate,
 * invalid_line, blocked, prohibited_network, prohibited_host, no_route, sampled_out; and not_started (read behind
 * max_targets: 0).
 */
void pp_feeder_counts(const struct pp_feeder *f, struct pp_target_counts *c);
/* The part of sampled_out that exceeded per_prefix. */
uint64_t pp_feeder_capped(const struct pp_feeder *f);
/*
 * Prints what was not said line by line; and why, if all was blocked. If no line could be used, it was not a list of
 * targets: printed, and pp_feeder_failed from then on.
 */
void pp_feeder_finish(struct pp_feeder *f);

#endif
