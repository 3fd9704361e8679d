/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * references.h: reference targets (--control), probed during the whole run, one round per spacing. As their paths are
 * known, they show whether an outage or a change is due to the vantage point itself. Their results go into the
 * metadata, not into the observations.
 */
#ifndef PP_REFERENCES_H
#define PP_REFERENCES_H

#include "../verdict/confirm.h"

#define PP_REFERENCES_MAX 1000      /* reference targets of a run */
#define PP_REFERENCE_ENTRIES 100000 /* recorded rounds per worker; later rounds are not recorded */

struct pp_reference_entry {
    int64_t epoch; /* ns since 1970, the round's begin */
    struct pp_addr addr;
    uint16_t port;
    bool valid;
    uint32_t ok, failed; /* bits by index in plan->arm */
};

struct pp_references {
    struct pp_reference_entry *entry;
    size_t n, cap;
};

/* Adds an entry; without memory for it, the entry is left out. */
void pp_references_add(struct pp_references *c, const struct pp_finding *f, const struct pp_result *r, unsigned narms);
void pp_references_release(struct pp_references *c);

#endif
