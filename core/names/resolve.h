/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolve.h: resolves a list of names to targets. The caller's thread reads, several threads with a DNS client each
 * look up, and the writers' threads write. Lines come out in the order of the answers.
 */
#ifndef PP_RESOLVE_H
#define PP_RESOLVE_H

#include "../stream/input.h"
#include "../stream/writer.h"
#include "lookup.h"

#define PP_RESOLVE_WORKERS_MAX 16

struct pp_resolve_config {
    struct pp_input *input; /* all pointers here are borrowed */
    enum pp_input_format format;
    struct pp_writer *writer, *failed; /* both started; FAILED NULL: failed names are only counted */
    struct pp_lookup_config lookup;    /* without done and arg, which are set here */
    struct pp_dns_client_config client;      /* rate: over all workers; without wake_fd, which is set here */
    unsigned workers;
    uint64_t in_flight; /* names, over all workers */
};

struct pp_resolve_counts {
    /* names: read = invalid + resolved + the sum of failed */
    uint64_t read, invalid, resolved, failed[PP_ASK_FAILS];
    uint64_t incomplete; /* resolved names of which a question failed for a temporary reason */
    uint64_t targets, cut, questions, retries; /* cut: addresses past the maxima */
    uint64_t asked[PP_RESOLVERS_MAX], answered[PP_RESOLVERS_MAX]; /* by resolver */
};

/* Resolves all names. 0, or -1 printed; the counts are valid in both cases. */
int pp_resolve(const struct pp_resolve_config *c, struct pp_resolve_counts *counts);

#endif
