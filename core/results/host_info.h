/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_info.h: properties of this host that a measurement may depend on, for the metadata: kernel, interface, offloads,
 * clock. Changes nothing; a property that cannot be read is null.
 */
#ifndef PP_HOST_INFO_H
#define PP_HOST_INFO_H

#include <stdbool.h>

#include "../base/buf.h"
#include "../wire/source.h"

struct pp_json;

/* The state of the clock as the kernel reports it (adjtimex). */
struct pp_clock_state {
    bool known, synchronized;
    double offset, max_error, est_error; /* seconds */
};

void pp_clock_look(struct pp_clock_state *c);
/* Writes member KEY: {"synchronized","offset","max_error","est_error"}, or null. */
void pp_clock_json(struct pp_json *j, const char *key, const struct pp_clock_state *c);
/* Writes members "kernel" and "interface" to OUT, as text for pp_json_raw. Initialises OUT; the caller releases it. */
void pp_host_info(struct pp_buf *out, const struct pp_vantage *v);
/* The commit that the program was built from, "-dirty" behind it if the tree had changes; NULL: not from git. */
const char *pp_commit(void);

#endif
