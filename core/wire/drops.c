/* SPDX-License-Identifier: BSD-2-Clause */
/* drops.c: reads the interface's counters over rtnetlink and /proc/net/softnet_stat. */
#include "drops.h"

#include "../base/error.h"

#include <fcntl.h>
#include <linux/if_link.h>
#include <unistd.h>

/*
 * Adds up the second column of each line (one per CPU), hexadecimal: packets dropped because netdev_max_backlog was
 * reached. The file is read in pieces, as a host may have hundreds of CPUs; a number divided by the end of a piece is
 * joined.
 */
static uint64_t softnet_sum(int fd)
{
    char piece[4096];
    uint64_t sum = 0, value = 0;
    unsigned column = 0;
    off_t at = 0;
    ssize_t n;

    while (fd >= 0 && (n = pread(fd, piece, sizeof piece, at)) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            char c = piece[i];

            if (c == '\n' || c == ' ') {
                sum += column == 1 ? value : 0;
                column = c == '\n' ? 0 : column + 1;
                value = 0;
            } else if (column == 1) {
                value = value << 4 | (uint64_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
            }
        }
        at += n;
    }
    return sum;
}

static void on_stats(void *arg, const struct nlmsghdr *h)
{
    const struct rtattr *at[IFLA_STATS_LINK_64 + 1];
    struct rtnl_link_stats64 s;
    uint64_t *drops = arg;
    size_t len;

    if (h->nlmsg_type != RTM_NEWSTATS || h->nlmsg_len < NLMSG_LENGTH(sizeof(struct if_stats_msg)))
        return;
    pp_netlink_attrs(h, sizeof(struct if_stats_msg), at, IFLA_STATS_LINK_64);
    if (at[IFLA_STATS_LINK_64] == NULL)
        return;
    /* Newer kernels append members: copy those that both versions have. */
    memset(&s, 0, sizeof s);
    len = RTA_PAYLOAD(at[IFLA_STATS_LINK_64]);
    memcpy(&s, RTA_DATA(at[IFLA_STATS_LINK_64]), len < sizeof s ? len : sizeof s);
    *drops = s.rx_missed_errors + s.rx_fifo_errors;
}

/* Returns the interface's counter; FALLBACK if the kernel did not answer. */
static uint64_t if_sum(struct pp_drops *d, uint64_t fallback)
{
    struct pp_netlink_request r;
    struct if_stats_msg *m = pp_netlink_start(&r, RTM_GETSTATS, 0, sizeof *m);
    uint64_t drops = fallback;

    m->ifindex = d->ifindex;
    m->filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
    if (d->link.fd < 0 || pp_netlink_ask(&d->link, &r, on_stats, &drops) < 0)
        return fallback;
    return drops;
}

void pp_drops_open(struct pp_drops *d, unsigned ifindex)
{
    memset(d, 0, sizeof *d);
    d->ifindex = ifindex;
    if (pp_netlink_open(&d->link) < 0)
        d->link.fd = -1;
    d->softnet = open("/proc/net/softnet_stat", O_RDONLY | O_CLOEXEC);
    d->at_if.raw = if_sum(d, 0);
    d->at_softnet.raw = softnet_sum(d->softnet);
}

void pp_drops_close(struct pp_drops *d)
{
    pp_netlink_close(&d->link);
    if (d->softnet >= 0)
        close(d->softnet);
    d->softnet = -1;
}

/* Adds the increase. A counter that decreases (driver reset, a CPU taken offline) adds nothing. */
static void advance(struct pp_drop_counter *c, uint64_t now)
{
    if (now > c->raw)
        c->total += now - c->raw;
    c->raw = now;
}

void pp_drops_read(struct pp_drops *d)
{
    advance(&d->at_if, if_sum(d, d->at_if.raw));
    advance(&d->at_softnet, softnet_sum(d->softnet));
}
