/* SPDX-License-Identifier: BSD-2-Clause */
/* prefix_cap.h: counts targets per /24 (IPv4) or /48 (IPv6), to limit the load on each network. Single thread. */
#ifndef PP_PREFIX_CAP_H
#define PP_PREFIX_CAP_H

#include "../base/addr.h"

struct pp_prefix_cap; /* opaque */

#define PP_PREFIX_CAP_MAX 32767                    /* the largest limit: targets of a prefix */
#define PP_PREFIX_CAP_CELLS_MAX (UINT64_C(1) << 28) /* 2 GiB: three quarters of them prefixes */

/* LIMIT from 1 to PP_PREFIX_CAP_MAX. NULL: no memory. */
struct pp_prefix_cap *pp_prefix_cap_new(uint64_t limit);
void pp_prefix_cap_free(struct pp_prefix_cap *c);
/* Counts A. 1: within the limit, 0: beyond it, -1: no memory, or too many prefixes. */
int pp_prefix_cap_admit(struct pp_prefix_cap *c, const struct pp_addr *a);

#endif
