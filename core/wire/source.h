/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * source.h: finds the vantage point: the interface, source addresses and MTU that the kernel's routing would use,
 * queried over rtnetlink; nothing on the host is changed. Main thread, before workers start.
 */
#ifndef PP_SOURCE_H
#define PP_SOURCE_H

#include <net/if.h>
#include <stdbool.h>

#include "../base/addr.h"

struct pp_source {
    bool usable;
    struct pp_addr addr;    /* source address of the probes */
    struct pp_addr gateway; /* all zero: on-link */
    struct pp_addr witness; /* an address with a route: if it has none any more, the interface has lost its routes */
    uint32_t mtu;           /* of the route, bytes */
    uint8_t ttl;            /* default hop limit of this host */
    const char *why;        /* unusable: the cause: "no default route", ... (static text) */
};

struct pp_vantage {
    char ifname[IF_NAMESIZE];
    unsigned ifindex;
    int linktype; /* the capture's DLT_*; -1 until opened */
    bool loopback; /* the loopback interface, where all captured frames are incoming */
    struct pp_source v4, v6;
};

/*
 * Fills in V. IFNAME NULL: the interface of the default route (IPv4 first). SOURCE4, SOURCE6: the address to use, NULL:
 * the kernel's choice. ONLY: 0, 4 or 6. 0, or -1 with a printed message and hint (no such interface, interface down, no
 * address in any family wanted).
 */
int pp_vantage_find(struct pp_vantage *v, const char *ifname, const struct pp_addr *source4,
                    const struct pp_addr *source6, int only);
static inline const struct pp_source *pp_vantage_source(const struct pp_vantage *v, const struct pp_addr *dst)
{
    return pp_addr_is4(dst) ? &v->v4 : &v->v6;
}

/*
 * Makes the kernel resolve the gateway's link-layer address, so that the first burst is not lost. Blocks up to 3.5 s
 * per family, as long as the kernel tries.
 */
void pp_vantage_resolve_gateways(const struct pp_vantage *v);

#endif
