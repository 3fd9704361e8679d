/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * admin_prohibited.h: remembers networks and hosts that answered the baseline, which is a plain connection, with the
 * ICMP error "administratively prohibited", and so asked not to be probed. If a router sent the error, no new target of
 * the target's /24 or /48 is begun for the rest of the run. If the target itself sent it, as a firewall on a host does,
 * no new target of that address is begun. Targets in special-purpose ranges (a laboratory) are probed nevertheless. One
 * thread at a time.
 */
#ifndef PP_ADMIN_PROHIBITED_H
#define PP_ADMIN_PROHIBITED_H

#include "../base/addr.h"

#define PP_PROHIBITED_HOSTS_MAX 65536 /* hosts that are remembered; further ones are probed on their other ports */

enum pp_prohibited_by { PP_NOT_PROHIBITED, PP_PROHIBITED_BY_NETWORK, PP_PROHIBITED_BY_HOST };

struct pp_admin_prohibited; /* opaque */

struct pp_admin_prohibited *pp_admin_prohibited_new(void); /* NULL: no memory */
void pp_admin_prohibited_free(struct pp_admin_prohibited *m);
/*
 * Records that FROM answered the baseline to TARGET with an ICMP (IPv4 target) or ICMPv6 error of this type and code.
 * Without memory the answer is not recorded, and further targets of the network may be probed.
 */
void pp_admin_prohibited_icmp(struct pp_admin_prohibited *m, const struct pp_addr *target, unsigned type, unsigned code,
                              const struct pp_addr *from);
/*
 * PP_NOT_PROHIBITED: a new target with address A may be begun; else whether its network or its host has asked not to be
 * probed.
 */
enum pp_prohibited_by pp_admin_prohibited_of(const struct pp_admin_prohibited *m, const struct pp_addr *a);

/* Networks that routers prohibited, and one example. */
struct pp_prohibited {
    uint64_t networks;
    struct pp_prefix network; /* the first one; len 0: none */
    struct pp_addr router;    /* the router that sent the error */
};
const struct pp_prohibited *pp_admin_prohibited_networks(const struct pp_admin_prohibited *m);

#endif
