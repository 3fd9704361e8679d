/* SPDX-License-Identifier: BSD-2-Clause */
/* link.c: the lab's veth pair: rtnetlink requests that are acknowledged one by one, and ethtool ioctls. */
#include "link.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* From <net/if.h>, which does not go together with <linux/if.h> everywhere. */
extern unsigned if_nametoindex(const char *name);

static void *begin(struct pp_netlink_request *r, uint16_t type, uint16_t flags, size_t size)
{
    return pp_netlink_start(r, type, (uint16_t)(NLM_F_ACK | flags), size);
}

static struct rtattr *end_of(struct pp_netlink_request *r)
{
    return (struct rtattr *)(r->bytes + NLMSG_ALIGN(((struct nlmsghdr *)r->bytes)->nlmsg_len));
}

/* Opens an attribute with the LEN bytes of DATA, followed by all attributes added until close_nest. */
static struct rtattr *open_nest(struct pp_netlink_request *r, int type, const void *data, size_t len)
{
    struct rtattr *a = end_of(r);

    pp_netlink_add(r, (uint16_t)(type | NLA_F_NESTED), data, len);
    return a;
}

static void close_nest(struct pp_netlink_request *r, struct rtattr *a)
{
    a->rta_len = (uint16_t)((char *)end_of(r) - (char *)a);
}

static void attr_u32(struct pp_netlink_request *r, uint16_t type, uint32_t v)
{
    pp_netlink_add(r, type, &v, sizeof v);
}

/* Sends a request on a socket of its own; a lab sends about a dozen. 0, or -1 with errno. */
static int ask(struct pp_netlink_request *r, pp_netlink_fn *fn, void *arg)
{
    struct pp_netlink n;
    int err = pp_netlink_open(&n);

    if (err == 0) {
        err = pp_netlink_ask(&n, r, fn, arg);
        pp_netlink_close(&n);
    }
    errno = -err;
    return err < 0 ? -1 : 0;
}

static void ignore(void *arg, const struct nlmsghdr *h)
{
    (void)arg;
    (void)h;
}

static int change(struct pp_netlink_request *r)
{
    return ask(r, ignore, NULL);
}

/* 0, or -1 and errno: no such interface in this namespace. */
static int find(const char *name, int *index)
{
    *index = (int)if_nametoindex(name);
    return *index == 0 ? -1 : 0;
}

static void attr_end(struct pp_netlink_request *r, const struct pp_link_end *end)
{
    pp_netlink_add(r, IFLA_IFNAME, end->name, strlen(end->name) + 1);
    pp_netlink_add(r, IFLA_ADDRESS, end->mac, sizeof end->mac);
    attr_u32(r, IFLA_MTU, PP_LINK_MTU);
    attr_u32(r, IFLA_TXQLEN, 10000);
}

int pp_link_veth(const struct pp_link_end *here, const struct pp_link_end *there, pid_t there_pid)
{
    const struct ifinfomsg none = {.ifi_family = AF_UNSPEC};
    struct pp_netlink_request r;
    struct rtattr *info, *data, *peer;

    begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof none);
    attr_end(&r, here);
    info = open_nest(&r, IFLA_LINKINFO, "", 0);
    pp_netlink_add(&r, IFLA_INFO_KIND, "veth", 4);
    data = open_nest(&r, IFLA_INFO_DATA, "", 0);
    peer = open_nest(&r, VETH_INFO_PEER, &none, sizeof none);
    attr_end(&r, there);
    attr_u32(&r, IFLA_NET_NS_PID, (uint32_t)there_pid);
    close_nest(&r, peer);
    close_nest(&r, data);
    close_nest(&r, info);
    return change(&r);
}

int pp_link_no_autoconf(const char *name)
{
    const uint8_t mode = IN6_ADDR_GEN_MODE_NONE;
    struct pp_netlink_request r;
    struct rtattr *spec, *inet6;
    struct ifinfomsg *m = begin(&r, RTM_SETLINK, 0, sizeof *m);

    if (find(name, &m->ifi_index) < 0)
        return -1;
    spec = open_nest(&r, IFLA_AF_SPEC, "", 0);
    inet6 = open_nest(&r, AF_INET6, "", 0);
    pp_netlink_add(&r, IFLA_INET6_ADDR_GEN_MODE, &mode, sizeof mode);
    close_nest(&r, inet6);
    close_nest(&r, spec);
    return change(&r);
}

int pp_link_up(const char *name)
{
    struct pp_netlink_request r;
    struct ifinfomsg *m = begin(&r, RTM_SETLINK, 0, sizeof *m);

    m->ifi_flags = m->ifi_change = IFF_UP;
    return find(name, &m->ifi_index) < 0 ? -1 : change(&r);
}

static uint8_t af(const struct pp_addr *a)
{
    return pp_addr_is4(a) ? AF_INET : AF_INET6;
}

static void attr_addr(struct pp_netlink_request *r, uint16_t type, const struct pp_addr *a)
{
    pp_netlink_add(r, type, pp_addr_raw(a), pp_addr_is4(a) ? 4 : 16);
}

int pp_link_address(const char *name, const struct pp_addr *a, unsigned len)
{
    struct pp_netlink_request r;
    struct ifaddrmsg *m = begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *m);
    int index;

    if (find(name, &index) < 0)
        return -1;
    m->ifa_family = af(a);
    m->ifa_prefixlen = (uint8_t)len;
    m->ifa_scope = RT_SCOPE_UNIVERSE;
    m->ifa_index = (uint32_t)index;
    attr_addr(&r, IFA_LOCAL, a);
    attr_addr(&r, IFA_ADDRESS, a);
    attr_u32(&r, IFA_FLAGS, IFA_F_NODAD | IFA_F_PERMANENT);
    return change(&r);
}

int pp_link_neighbour(const char *name, const struct pp_addr *a, const uint8_t mac[6])
{
    struct pp_netlink_request r;
    struct ndmsg *m = begin(&r, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, sizeof *m);

    m->ndm_family = af(a);
    m->ndm_state = NUD_PERMANENT;
    attr_addr(&r, NDA_DST, a);
    pp_netlink_add(&r, NDA_LLADDR, mac, 6);
    return find(name, &m->ndm_ifindex) < 0 ? -1 : change(&r);
}

int pp_link_default_route(const char *name, const struct pp_addr *gateway)
{
    struct pp_netlink_request r;
    struct rtmsg *m = begin(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *m);
    int index;

    if (find(name, &index) < 0)
        return -1;
    m->rtm_family = af(gateway);
    m->rtm_table = RT_TABLE_MAIN;
    m->rtm_protocol = RTPROT_STATIC;
    m->rtm_scope = RT_SCOPE_UNIVERSE;
    m->rtm_type = RTN_UNICAST;
    attr_addr(&r, RTA_GATEWAY, gateway);
    attr_u32(&r, RTA_OIF, (uint32_t)index);
    return change(&r);
}

int pp_link_no_offloads(const char *name)
{
    /* Scatter-gather, too: without it the kernel turns off all other kinds of segmentation (UDP, tunnels). */
    static const uint32_t off[] = {ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_STXCSUM, ETHTOOL_SSG};
    struct ifreq ifr = {0};
    int err = 0;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", name);
    for (size_t i = 0; i < sizeof off / sizeof *off && !err; i++) {
        struct ethtool_value v = {.cmd = off[i], .data = 0};

        ifr.ifr_data = (void *)&v;
        if (ioctl(fd, SIOCETHTOOL, &ifr) < 0)
            err = errno;
    }
    close(fd);
    errno = err;
    return err ? -1 : 0;
}

static void read_state(void *arg, const struct nlmsghdr *h)
{
    const struct rtattr *a[IFLA_STATS64 + 1], *queue, *stats;
    struct pp_link_state *state = arg;
    uint8_t oper = IF_OPER_UNKNOWN;

    if (h->nlmsg_type != RTM_NEWLINK)
        return;
    pp_netlink_attrs(h, sizeof(struct ifinfomsg), a, IFLA_STATS64);
    queue = a[IFLA_QDISC];
    stats = a[IFLA_STATS64];
    (void)pp_netlink_get(a[IFLA_OPERSTATE], &oper, sizeof oper);
    state->ready = oper == IF_OPER_UP && queue && strncmp(RTA_DATA(queue), "noop", RTA_PAYLOAD(queue)) != 0;
    /* Newer kernels append counters. The value is aligned to 4 bytes only. */
    if (stats && RTA_PAYLOAD(stats) >= offsetof(struct rtnl_link_stats64, multicast))
        memcpy(&state->tx_dropped, (const char *)RTA_DATA(stats) + offsetof(struct rtnl_link_stats64, tx_dropped),
               sizeof state->tx_dropped);
}

int pp_link_open(struct pp_link_view *view, const char *name)
{
    int err;

    view->netlink.fd = -1;
    if (find(name, &view->index) < 0)
        return -1;
    err = pp_netlink_open(&view->netlink);
    errno = -err;
    return err < 0 ? -1 : 0;
}

int pp_link_look(struct pp_link_view *view, struct pp_link_state *state)
{
    struct pp_netlink_request r;
    struct ifinfomsg *m = pp_netlink_start(&r, RTM_GETLINK, 0, sizeof *m);
    int err;

    memset(state, 0, sizeof *state);
    m->ifi_index = view->index;
    err = pp_netlink_ask(&view->netlink, &r, read_state, state);
    errno = -err;
    return err < 0 ? -1 : 0;
}

void pp_link_close(struct pp_link_view *view)
{
    pp_netlink_close(&view->netlink);
}
