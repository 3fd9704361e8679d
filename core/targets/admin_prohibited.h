/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * admin_prohibited.h: who asks to be left alone by answering the baseline, which is a plain connection, with
 * "administratively prohibited". A router speaks for its network: no new target of that /24 or /48 is begun for the
 * rest of the run. A host that answers so with its own address, as a firewall on it does, speaks for itself: no new
 * target of that address is begun. Special-purpose ranges (a laboratory) are asked all the same. One thread at a time.
 */
#ifndef PP_ADMIN_PROHIBITED_H
#define PP_ADMIN_PROHIBITED_H

#include "../base/addr.h"

#define PP_PROHIBITED_HOSTS_MAX 65536 /* hosts that are remembered; further ones are asked on their other ports */

enum pp_left_alone { PP_ASKED, PP_NETWORK_LEFT_ALONE, PP_HOST_LEFT_ALONE };

struct pp_admin_prohibited; /* opaque */

struct pp_admin_prohibited *pp_admin_prohibited_new(void); /* NULL: no memory */
void pp_admin_prohibited_free(struct pp_admin_prohibited *m);
/*
 * The baseline to TARGET was answered with an ICMP (target IPv4) or ICMPv6 error of this type and code by FROM. Without
 * memory it is forgotten: targets may be asked that would have been left alone.
 */
void pp_admin_prohibited_icmp(struct pp_admin_prohibited *m, const struct pp_addr *target, unsigned type, unsigned code,
                              const struct pp_addr *from);
/*
 * PP_ASKED: a new target with address A may be begun; else whether its network or its host has asked not to be probed.
 */
enum pp_left_alone pp_admin_prohibited_of(const struct pp_admin_prohibited *m, const struct pp_addr *a);

/* Networks that routers prohibited, and one example. */
struct pp_prohibited {
    uint64_t networks;
    struct pp_prefix network; /* the first one; len 0: none */
    struct pp_addr router;    /* who spoke for it */
};
const struct pp_prohibited *pp_admin_prohibited_networks(const struct pp_admin_prohibited *m);

#endif
