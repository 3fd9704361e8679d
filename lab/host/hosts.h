/* SPDX-License-Identifier: BSD-2-Clause */
/* hosts.h: creates an emulated Internet with servers. */
#ifndef PP_LAB_HOSTS_H
#define PP_LAB_HOSTS_H

#include "../net/lab.h"

/*
 * HOSTS targets, alternately IPv4 and IPv6 where the class has both, spread over /24s and /48s... within 10.0.0.0/8
 * and 2001:2::/48.
 NULL printed.
 */
struct pp_lab *pp_lab_new(const struct pp_scenario *s, uint64_t hosts, uint64_t seed);

#endif
