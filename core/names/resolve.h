/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolve.h: a list of names -> targets. The caller's thread reads; threads with an client each look up; the writers'
 * threads write. Lines come out in the order in which answers do.
 */
#ifndef PP_RESOLVE_H
#define PP_RESOLVE_H

#include "../stream/input.h"
#include "../stream/writer.h"
#include "lookup.h"

#define PP_RESOLVE_WORKERS_MAX 16

struct pp_resolve_config {
    struct pp_input *input; /* borrowed, all of these */
    enum pp_input_format format;
    struct pp_writer *writer, *failed; /* started; FAILED NULL: names that fail are counted only */
    struct pp_lookup_config lookup;    /* but for done and arg */
    struct pp_dns_client_config client;      /* rate: of all workers together; but for wake_fd */
    unsigned workers;
    uint64_t in_flight; /* names, of all workers together */
};

struct pp_resolve_counts {
    /* names: read = invalid + resolved + the sum of failed */
    uint64_t read, invalid, resolved, failed[PP_ASK_FAILS];
    uint64_t incomplete; /* of resolved: a question of theirs failed for a reason that may pass */
    uint64_t targets, cut, questions, retries; /* cut: addresses of names that have too many */
    uint64_t asked[PP_RESOLVERS_MAX], answered[PP_RESOLVERS_MAX]; /* of each resolver */
};

/* 0, or -1 printed. Counts hold in both cases for what was done. */
int pp_resolve(const struct pp_resolve_config *c, struct pp_resolve_counts *counts);

#endif
