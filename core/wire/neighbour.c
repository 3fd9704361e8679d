/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * neighbour.c: makes the kernel resolve the gateway's link-layer address. Until then the kernel queues about a hundred
 * packets per neighbour and drops the rest, so a first burst would look like a broken path.
 */
#include "source.h"

#include "../base/error.h"
#include "route.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <unistd.h>

/* Three solicitations, a second apart (RFC 4861 section 10), and time for the answer to the last. */
#define PATIENCE_NS 3500000000L
#define NUDGE_NS 1000000000L /* repeated, as an interface that has just come up may refuse a packet */
#define PAUSE_NS 5000000L
#define PORT_DISCARD 9 /* RFC 863 */

/*
 * Sends one datagram with hop limit 1 to the gateway itself, which makes the kernel run ARP or ND; an answer is not
 * needed.
 */
static void nudge(const struct pp_vantage *v, const struct pp_addr *gateway)
{
    struct sockaddr_storage ss;
    socklen_t len = pp_addr_sockaddr(gateway, PORT_DISCARD, &ss);
    int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

    if (fd < 0)
        return;
    if (ss.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&ss)->sin6_scope_id = v->ifindex;
    (void)setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, v->ifname, (socklen_t)strlen(v->ifname));
    (void)setsockopt(fd, IPPROTO_IP, IP_TTL, &one, sizeof one);
    (void)setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &one, sizeof one);
    if (sendto(fd, "", 1, 0, (const struct sockaddr *)&ss, len) < 0)
        pp_verbose("cannot reach the gateway on '%s'", v->ifname);
    close(fd);
}

static void warm(struct pp_netlink *n, const struct pp_vantage *v, const struct pp_addr *gateway)
{
    static const struct pp_addr none;
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    char text[PP_ADDR_STRLEN];
    int state;

    if (pp_addr_eq(gateway, &none))
        return;
    state = pp_route_neighbour(n, v->ifindex, gateway);
    if (state > 0 && (state & (NUD_REACHABLE | NUD_PERMANENT | NUD_NOARP)) != 0)
        return;
    /*
     * Waits only while no address is known: a stale entry has one, and packets use it while the kernel verifies it
     * (which starts seconds later).
     */
    for (long waited = 0; waited < PATIENCE_NS; waited += PAUSE_NS) {
        if (waited % NUDGE_NS == 0)
            nudge(v, gateway);
        state = pp_route_neighbour(n, v->ifindex, gateway);
        if (state > 0 && (state & (NUD_INCOMPLETE | NUD_FAILED)) == 0)
            return;
        if (state < 0 && state != -ENOENT)
            return; /* this kernel does not report it */
        if (state > 0 && (state & NUD_FAILED) != 0)
            break; /* the kernel has given up */
        nanosleep(&pause, NULL);
    }
    pp_warn("gateway '%s' on '%s' does not answer", pp_addr_str(gateway, text), v->ifname);
}

void pp_vantage_resolve_gateways(const struct pp_vantage *v)
{
    struct pp_netlink n;
    struct pp_link link;

    if (pp_netlink_open(&n) < 0)
        return;
    /* Tunnels and the like have no link-layer addresses. */
    if (pp_link_get(&n, v->ifindex, &link) == 0 && (link.flags & (IFF_NOARP | IFF_LOOPBACK | IFF_POINTOPOINT)) == 0) {
        if (v->v4.usable)
            warm(&n, v, &v->v4.gateway);
        if (v->v6.usable)
            warm(&n, v, &v->v6.gateway);
    }
    pp_netlink_close(&n);
}
