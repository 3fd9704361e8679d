/* SPDX-License-Identifier: BSD-2-Clause */
/* route.c: rtnetlink questions about links, routes and neighbours. */
#include "route.h"

#include "../base/error.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>

static int address_family(int family)
{
    return family == 4 ? AF_INET : AF_INET6;
}

static size_t address_len(const struct pp_addr *a)
{
    return pp_addr_is4(a) ? 4 : 16;
}

/* Reads an attribute that holds an address of either family. 0, or -1: absent or of invalid length. */
static int address_get(const struct rtattr *a, struct pp_addr *out)
{
    uint8_t bytes[16];

    if (pp_netlink_get(a, bytes, 4) == 0)
        *out = pp_addr_from4(bytes);
    else if (pp_netlink_get(a, bytes, 16) == 0)
        *out = pp_addr_from16(bytes);
    else
        return -1;
    return 0;
}

/* Reads RTA_VIA: a gateway of the other family, behind a 16-bit address family. */
static void via_get(const struct rtattr *a, struct pp_addr *out)
{
    const uint8_t *bytes = a != NULL ? RTA_DATA(a) : NULL;

    if (a != NULL && RTA_PAYLOAD(a) == 2 + 16)
        *out = pp_addr_from16(bytes + 2);
    else if (a != NULL && RTA_PAYLOAD(a) == 2 + 4)
        *out = pp_addr_from4(bytes + 2);
}

static void on_link(void *arg, const struct nlmsghdr *h)
{
    const struct rtattr *at[IFLA_MTU + 1];
    const struct ifinfomsg *m = NLMSG_DATA(h);
    struct pp_link *l = arg;

    if (h->nlmsg_type != RTM_NEWLINK || h->nlmsg_len < NLMSG_LENGTH(sizeof *m))
        return;
    pp_netlink_attrs(h, sizeof *m, at, IFLA_MTU);
    l->index = (unsigned)m->ifi_index;
    l->flags = m->ifi_flags;
    (void)pp_netlink_get(at[IFLA_MTU], &l->mtu, sizeof l->mtu);
    if (at[IFLA_IFNAME] != NULL)
        snprintf(l->name, sizeof l->name, "%.*s", (int)RTA_PAYLOAD(at[IFLA_IFNAME]),
                 (const char *)RTA_DATA(at[IFLA_IFNAME]));
}

int pp_link_get(struct pp_netlink *n, unsigned ifindex, struct pp_link *l)
{
    struct pp_netlink_request r;
    struct ifinfomsg *m = pp_netlink_start(&r, RTM_GETLINK, 0, sizeof *m);
    int rc;

    memset(l, 0, sizeof *l);
    m->ifi_index = (int)ifindex;
    rc = pp_netlink_ask(n, &r, on_link, l);
    return rc < 0 ? rc : l->index != ifindex ? -ENODEV : 0;
}

static void on_route(void *arg, const struct nlmsghdr *h)
{
    const struct rtattr *at[RTA_VIA + 1], *metric[RTAX_HOPLIMIT + 1];
    const struct rtmsg *m = NLMSG_DATA(h);
    struct pp_route *r = arg;

    if (h->nlmsg_type != RTM_NEWROUTE || h->nlmsg_len < NLMSG_LENGTH(sizeof *m))
        return;
    pp_netlink_attrs(h, sizeof *m, at, RTA_VIA);
    pp_netlink_nested(at[RTA_METRICS], metric, RTAX_HOPLIMIT);
    r->type = m->rtm_type;
    (void)pp_netlink_get(at[RTA_OIF], &r->ifindex, sizeof r->ifindex);
    (void)address_get(at[RTA_PREFSRC], &r->source);
    (void)address_get(at[RTA_GATEWAY], &r->gateway);
    via_get(at[RTA_VIA], &r->gateway);
    (void)pp_netlink_get(metric[RTAX_MTU], &r->mtu, sizeof r->mtu);
    (void)pp_netlink_get(metric[RTAX_HOPLIMIT], &r->hoplimit, sizeof r->hoplimit);
}

static int ask_route(struct pp_netlink *n, const struct pp_addr *dst, unsigned ifindex, const struct pp_addr *source,
                     unsigned flags, struct pp_route *r)
{
    struct pp_netlink_request q;
    struct rtmsg *m = pp_netlink_start(&q, RTM_GETROUTE, 0, sizeof *m);
    size_t len = address_len(dst);

    memset(r, 0, sizeof *r);
    m->rtm_family = (unsigned char)address_family(pp_addr_family(dst));
    m->rtm_dst_len = (unsigned char)(len * 8);
    m->rtm_flags = flags;
    pp_netlink_add(&q, RTA_DST, pp_addr_raw(dst), len);
    if (source != NULL) {
        m->rtm_src_len = (unsigned char)(len * 8);
        pp_netlink_add(&q, RTA_SRC, pp_addr_raw(source), len);
    }
    if (ifindex != 0)
        pp_netlink_add(&q, RTA_OIF, &ifindex, sizeof ifindex);
    return pp_netlink_ask(n, &q, on_route, r);
}

/*
 * The routing table is asked first whether it has an entry: for an interface that no IPv4 route uses the kernel would
 * answer that the destination is on-link.
 */
int pp_route_get(struct pp_netlink *n, const struct pp_addr *dst, unsigned ifindex, const struct pp_addr *source,
                 struct pp_route *r)
{
    int rc = ifindex != 0 ? ask_route(n, dst, ifindex, source, RTM_F_FIB_MATCH, r) : 0;

    return rc < 0 ? rc : ask_route(n, dst, ifindex, source, 0, r);
}

bool pp_route_leads(struct pp_netlink *n, const struct pp_addr *dst, unsigned ifindex, const struct pp_addr *source,
                    uint8_t type)
{
    struct pp_route r;
    int rc = ask_route(n, dst, ifindex, source, RTM_F_FIB_MATCH, &r);

    if (rc == 0)
        return r.type == type;
    /* Errors of a missing, unreachable, prohibit or blackhole route; other errors are not about the route. */
    return !(rc == -ENETUNREACH || rc == -EHOSTUNREACH || rc == -EACCES || rc == -EINVAL);
}

struct widest {
    unsigned ifindex;
    uint32_t table; /* RT_TABLE_UNSPEC: all tables */
    int family;
    bool local, found;
    struct pp_prefix best;
};

/* True if one of the route's next hops is on IFINDEX. */
static bool multipath_has(const struct rtattr *a, unsigned ifindex)
{
    const struct rtnexthop *hop = a != NULL ? RTA_DATA(a) : NULL;
    int left = a != NULL ? (int)RTA_PAYLOAD(a) : 0;

    for (; left >= (int)sizeof *hop && RTNH_OK(hop, left); left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop)) {
        if ((unsigned)hop->rtnh_ifindex == ifindex)
            return true;
    }
    return false;
}

/* True for fe80::/10, ff00::/8 and 224.0.0.0/4, which have no targets. */
static bool special(const struct pp_addr *a)
{
    if (pp_addr_is4(a))
        return a->b[12] >= 224;
    return a->b[0] == 0xff || (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80);
}

static void on_prefix(void *arg, const struct nlmsghdr *h)
{
    static const uint8_t zero[16];
    const struct rtattr *at[RTA_TABLE + 1];
    const struct rtmsg *m = NLMSG_DATA(h);
    struct widest *w = arg;
    struct pp_addr base;
    uint32_t table = m->rtm_table;
    unsigned oif = 0, len;

    if (h->nlmsg_type != RTM_NEWROUTE || h->nlmsg_len < NLMSG_LENGTH(sizeof *m) ||
        m->rtm_family != address_family(w->family) || m->rtm_type != (w->local ? RTN_LOCAL : RTN_UNICAST))
        return;
    pp_netlink_attrs(h, sizeof *m, at, RTA_TABLE);
    (void)pp_netlink_get(at[RTA_TABLE], &table, sizeof table);
    if (w->table != RT_TABLE_UNSPEC && table != w->table)
        return;
    (void)pp_netlink_get(at[RTA_OIF], &oif, sizeof oif);
    if (oif != w->ifindex && !multipath_has(at[RTA_MULTIPATH], w->ifindex))
        return;
    base = w->family == 4 ? pp_addr_from4(zero) : pp_addr_from16(zero);
    if (m->rtm_dst_len != 0 && address_get(at[RTA_DST], &base) < 0)
        return;
    len = m->rtm_dst_len + (w->family == 4 ? 96u : 0u);
    if (len > 128 || special(&base) || (w->found && w->best.len <= len))
        return;
    w->found = true;
    w->best.addr = base;
    w->best.len = (uint8_t)len;
}

int pp_route_widest(struct pp_netlink *n, int family, unsigned ifindex, uint32_t table, struct pp_prefix *prefix)
{
    struct widest w = {.ifindex = ifindex, .family = family, .table = table, .local = table == RT_TABLE_LOCAL};
    struct pp_netlink_request r;
    struct rtmsg *m = pp_netlink_start(&r, RTM_GETROUTE, NLM_F_DUMP, sizeof *m);
    int rc;

    m->rtm_family = (unsigned char)address_family(family);
    pp_netlink_add(&r, RTA_OIF, &ifindex, sizeof ifindex);
    rc = pp_netlink_ask(n, &r, on_prefix, &w);
    if (rc < 0)
        return rc;
    *prefix = w.best;
    return w.found ? 0 : -ENOENT;
}

static void on_neighbour(void *arg, const struct nlmsghdr *h)
{
    const struct ndmsg *m = NLMSG_DATA(h);

    if (h->nlmsg_type == RTM_NEWNEIGH && h->nlmsg_len >= NLMSG_LENGTH(sizeof *m))
        *(int *)arg = m->ndm_state;
}

int pp_route_neighbour(struct pp_netlink *n, unsigned ifindex, const struct pp_addr *addr)
{
    struct pp_netlink_request r;
    struct ndmsg *m = pp_netlink_start(&r, RTM_GETNEIGH, 0, sizeof *m);
    int state = -ENOENT, rc;

    m->ndm_family = (unsigned char)address_family(pp_addr_family(addr));
    m->ndm_ifindex = (int)ifindex;
    pp_netlink_add(&r, NDA_DST, pp_addr_raw(addr), address_len(addr));
    rc = pp_netlink_ask(n, &r, on_neighbour, &state);
    return rc < 0 ? rc : state;
}
