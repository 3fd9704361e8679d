/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * source.c: finds the interface, and per family the source address, gateway, MTU and hop limit, as the kernel's routing
 * chooses them.
 */
#include "source.h"

#include "../base/error.h"
#include "route.h"

#include <errno.h>
#include <linux/in6.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * The address that stands for the Internet in route queries: a root name server (a.root-servers.net). The kernel only
 * looks up the route, no packet is sent.
 */
static const char anywhere4[] = "198.41.0.4";
static const char anywhere6[] = "2001:503:ba3e::2:30";

#define CANDIDATES 8 /* addresses of a prefix to try, as some may be this host's own */

static const struct pp_addr none;

static struct pp_addr anywhere(int family)
{
    const char *text = family == 4 ? anywhere4 : anywhere6;
    struct pp_addr a;

    if (pp_addr_parse(&a, text, strlen(text)) < 0)
        BUG("'%s' is not an address", text);
    return a;
}

/* Reads a number from a file of one line; FALLBACK if it has none within LO..HI. */
static unsigned long read_number(const char *path, unsigned long lo, unsigned long hi, unsigned long fallback)
{
    char line[32], *end;
    FILE *f = fopen(path, "re");
    unsigned long v = fallback;

    if (f == NULL)
        return fallback;
    if (fgets(line, sizeof line, f) != NULL) {
        v = strtoul(line, &end, 10);
        if (end == line || v < lo || v > hi)
            v = fallback;
    }
    fclose(f);
    return v;
}

static uint8_t default_ttl(int family, const char *ifname)
{
    char path[128];

    if (family == 4)
        return (uint8_t)read_number("/proc/sys/net/ipv4/ip_default_ttl", 1, 255, 64);
    snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/hop_limit", ifname);
    return (uint8_t)read_number(path, 1, 255, 64);
}

/* Returns the family's MTU: routers may advertise an IPv6 MTU below the link's (RFC 4861 section 4.6.4). */
static uint32_t family_mtu(int family, const struct pp_link *l)
{
    char path[128];

    if (family == 4)
        return l->mtu;
    snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/mtu", l->name);
    return (uint32_t)read_number(path, 1280, l->mtu, l->mtu);
}

/*
 * Gives the K-th address of PREFIX to query: anywhere() for 0, else the K-th of the prefix. False: not within PREFIX.
 */
static bool candidate(const struct pp_prefix *prefix, int family, unsigned k, struct pp_addr *a)
{
    if (k == 0) {
        *a = anywhere(family);
        return pp_prefix_has(prefix, a);
    }
    *a = prefix->addr;
    a->b[15] = (uint8_t)(a->b[15] | (prefix->len == 128 ? 0 : k));
    return pp_prefix_has(prefix, a);
}

/* Queries the route to some address of PREFIX, *DST. TYPE: the required type of route. */
static int ask_prefix(struct pp_netlink *n, const struct pp_link *l, int family, const struct pp_prefix *prefix,
                      const struct pp_addr *source, uint8_t type, struct pp_route *route, struct pp_addr *dst)
{
    for (unsigned k = 0; k < CANDIDATES; k++) {
        if (candidate(prefix, family, k, dst) && pp_route_get(n, dst, l->index, source, route) == 0 &&
            route->ifindex == l->index && route->type == type)
            return 0;
    }
    return -1;
}

/*
 * Tries the widest route of all tables first, as the default route may be in a table selected by a rule; then the
 * widest of the main table, in case no rule selects the first.
 */
static const char *ask(struct pp_netlink *n, const struct pp_link *l, int family, const struct pp_addr *source,
                       struct pp_route *route, struct pp_addr *dst)
{
    static const uint32_t ordinary[] = {RT_TABLE_UNSPEC, RT_TABLE_MAIN}, own[] = {RT_TABLE_LOCAL, RT_TABLE_LOCAL};
    bool loopback = (l->flags & IFF_LOOPBACK) != 0;
    const char *why = "no route through this interface";
    struct pp_prefix prefix;

    for (unsigned i = 0; i < 2; i++) {
        if (pp_route_widest(n, family, l->index, loopback ? own[i] : ordinary[i], &prefix) < 0)
            continue;
        if (ask_prefix(n, l, family, &prefix, source, loopback ? RTN_LOCAL : RTN_UNICAST, route, dst) ==
            0)
            return NULL;
        why = "no usable route through this interface";
    }
    return why;
}

/*
 * True if answers can reach A from beyond the link. On an interface without a global address the kernel chooses its
 * link-local address, or the loopback's (RFC 4291 sections 2.5.3 and 2.5.6).
 */
static bool can_be_answered(const struct pp_addr *a, bool loopback)
{
    if (pp_addr_is_loopback(a))
        return loopback;
    return pp_addr_is4(a) || !(a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80);
}

/*
 * Replaces a temporary IPv6 address (RFC 8981), the kernel's possible choice, by a stable one (RFC 5014): a temporary
 * address may expire during the run, and does not identify the measuring host to operators. *A is unchanged if there is
 * no stable one.
 */
static void prefer_stable(const struct pp_link *l, struct pp_addr *a)
{
    const struct pp_addr to = anywhere(6);
    struct sockaddr_in6 dst = {.sin6_family = AF_INET6, .sin6_port = htons(9)}, src;
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), wanted = IPV6_PREFER_SRC_PUBLIC;
    socklen_t len = sizeof src;
    struct pp_addr found;

    if (fd < 0)
        return;
    memcpy(&dst.sin6_addr, to.b, 16);
    /* Connecting a datagram socket selects the source address, and sends nothing. */
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, l->name, (socklen_t)strlen(l->name)) == 0 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_ADDR_PREFERENCES, &wanted, sizeof wanted) == 0 &&
        connect(fd, (const struct sockaddr *)&dst, sizeof dst) == 0 &&
        getsockname(fd, (struct sockaddr *)&src, &len) == 0) {
        found = pp_addr_from16(src.sin6_addr.s6_addr);
        if (pp_addr_family(&found) == 6 && can_be_answered(&found, false))
            *a = found;
    }
    close(fd);
}

static void find_family(struct pp_netlink *n, const struct pp_link *l, int family, const struct pp_addr *source,
                        struct pp_source *s)
{
    struct pp_route route;

    s->why = ask(n, l, family, source, &route, &s->witness);
    if (s->why != NULL)
        return;
    s->addr = source != NULL ? *source : route.source;
    if (source == NULL && family == 6 && (l->flags & IFF_LOOPBACK) == 0)
        prefer_stable(l, &s->addr);
    if (pp_addr_eq(&s->addr, &none) || pp_addr_family(&s->addr) != family ||
        !can_be_answered(&s->addr, (l->flags & IFF_LOOPBACK) != 0)) {
        s->why = "no address on this interface";
        return;
    }
    s->gateway = route.gateway;
    s->mtu = family_mtu(family, l);
    if (route.mtu != 0 && route.mtu < s->mtu)
        s->mtu = route.mtu;
    s->ttl = route.hoplimit >= 1 && route.hoplimit <= 255 ? (uint8_t)route.hoplimit : default_ttl(family, l->name);
    s->usable = true;
}

/* Returns the interface of the default route; 0: none. */
static unsigned default_interface(struct pp_netlink *n, int only)
{
    struct pp_route route;
    struct pp_addr dst;

    for (int family = 4; family <= 6; family += 2) {
        if (only != 0 && only != family)
            continue;
        dst = anywhere(family);
        if (pp_route_get(n, &dst, 0, NULL, &route) == 0 && route.type == RTN_UNICAST)
            return route.ifindex;
    }
    return 0;
}

static int find_link(struct pp_netlink *n, const char *ifname, int only, struct pp_link *l)
{
    unsigned index = ifname != NULL ? if_nametoindex(ifname) : default_interface(n, only);

    if (index == 0 && ifname == NULL) {
        pp_error("no default route%s", only == 4 ? " for IPv4" : only == 6 ? " for IPv6" : "");
        return pp_hint("name the interface to measure from with --interface; `ip link` lists them");
    }
    if (index == 0 || pp_link_get(n, index, l) < 0) {
        pp_error("no such interface '%s'", ifname != NULL ? ifname : "(default)");
        return pp_hint("`ip link` lists the interfaces");
    }
    if ((l->flags & IFF_UP) == 0) {
        pp_error("interface '%s' is down", l->name);
        return pp_hint("`ip link set %s up` brings it up", l->name);
    }
    if ((l->flags & IFF_RUNNING) == 0)
        pp_warn("interface '%s' has no carrier", l->name);
    return 0;
}

/* Checks that SOURCE is this host's: a probe from another address would never see its answer. */
static int check_source(struct pp_netlink *n, const struct pp_addr *source, int family)
{
    char text[PP_ADDR_STRLEN];
    struct pp_route route;

    if (source == NULL)
        return 0;
    if (pp_addr_family(source) != family)
        return pp_error("source address '%s' is not IPv%d", pp_addr_str(source, text), family);
    if (pp_route_get(n, source, 0, NULL, &route) == 0 && route.type == RTN_LOCAL)
        return 0;
    pp_error("source address '%s' does not belong to this host", pp_addr_str(source, text));
    return pp_hint("`ip address` lists this host's addresses");
}

static int check_result(const struct pp_vantage *v, const struct pp_addr *source4, const struct pp_addr *source6)
{
    const struct pp_addr *wanted = source4 != NULL && !v->v4.usable ? source4 : source6;
    char text[PP_ADDR_STRLEN];

    if (!v->v4.usable && !v->v6.usable) {
        pp_error("interface '%s' cannot be used (IPv4: %s; IPv6: %s)", v->ifname, v->v4.why, v->v6.why);
        return pp_hint("`ip route get ADDRESS` shows through which interface targets are reached");
    }
    if ((source4 != NULL && !v->v4.usable) || (source6 != NULL && !v->v6.usable))
        return pp_error("source address '%s' cannot be used on '%s' (%s)", pp_addr_str(wanted, text), v->ifname,
                        wanted == source4 ? v->v4.why : v->v6.why);
    return 0;
}

int pp_vantage_find(struct pp_vantage *v, const char *ifname, const struct pp_addr *source4,
                    const struct pp_addr *source6, int only)
{
    struct pp_netlink n;
    struct pp_link link;
    int rc;

    memset(v, 0, sizeof *v);
    v->linktype = -1;
    rc = pp_netlink_open(&n);
    if (rc < 0) {
        errno = -rc;
        return pp_error_errno("cannot ask the kernel for its routes");
    }
    rc = -1;
    if (check_source(&n, source4, 4) < 0 || check_source(&n, source6, 6) < 0 || find_link(&n, ifname, only, &link) < 0)
        goto out;
    memcpy(v->ifname, link.name, sizeof v->ifname);
    v->ifindex = link.index;
    v->loopback = (link.flags & IFF_LOOPBACK) != 0;
    v->v4.why = v->v6.why = "not wanted";
    if (only != 6)
        find_family(&n, &link, 4, source4, &v->v4);
    if (only != 4)
        find_family(&n, &link, 6, source6, &v->v6);
    rc = check_result(v, only == 6 ? NULL : source4, only == 4 ? NULL : source6);
out:
    pp_netlink_close(&n);
    return rc;
}
