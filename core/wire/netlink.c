/* SPDX-License-Identifier: BSD-2-Clause */
/* netlink.c: sends rtnetlink requests, and parses the answers. */
#include "netlink.h"

#include "../base/error.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER 32768 /* bytes; the kernel's limit for one datagram of a dump */

int pp_netlink_open(struct pp_netlink *n)
{
    const struct timeval patience = {.tv_sec = 5};
    int strict = 1, error;

    n->seq = 0;
    n->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (n->fd < 0)
        return -errno;
    /* From 4.20 on the kernel then filters dumps, which saves much time where a full BGP table is held. */
    (void)setsockopt(n->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &strict, sizeof strict);
    /* A time-out, in case of a bug of ours: the kernel always answers. */
    if (setsockopt(n->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0) {
        error = errno;
        pp_netlink_close(n);
        return -error;
    }
    return 0;
}

void pp_netlink_close(struct pp_netlink *n)
{
    if (n->fd >= 0)
        close(n->fd);
    n->fd = -1;
}

void *pp_netlink_start(struct pp_netlink_request *r, uint16_t type, uint16_t flags, size_t size)
{
    struct nlmsghdr *h = (struct nlmsghdr *)r->bytes;

    if (NLMSG_SPACE(size) > sizeof r->bytes)
        BUG("netlink header of %zu bytes", size);
    memset(r, 0, sizeof *r);
    h->nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
    h->nlmsg_type = type;
    h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    return NLMSG_DATA(h);
}

void pp_netlink_add(struct pp_netlink_request *r, uint16_t type, const void *data, size_t len)
{
    struct nlmsghdr *h = (struct nlmsghdr *)r->bytes;
    size_t at = NLMSG_ALIGN(h->nlmsg_len);
    struct rtattr *a;

    if (at + RTA_SPACE(len) > sizeof r->bytes)
        BUG("netlink attribute of %zu bytes", len);
    a = (struct rtattr *)(r->bytes + at);
    a->rta_type = type;
    a->rta_len = (unsigned short)RTA_LENGTH(len);
    memcpy(RTA_DATA(a), data, len);
    h->nlmsg_len = (uint32_t)(at + RTA_SPACE(len));
}

static int answer_error(const struct nlmsghdr *h)
{
    const struct nlmsgerr *e = NLMSG_DATA(h);

    return h->nlmsg_len < NLMSG_LENGTH(sizeof *e) ? -EPROTO : e->error;
}

/* Parses one datagram. 1: the answer continues in another, 0: it is complete, else a negative errno. */
static int walk(const uint8_t *bytes, size_t left, uint32_t seq, pp_netlink_fn *fn, void *arg)
{
    const struct nlmsghdr *h = (const struct nlmsghdr *)bytes;
    size_t step;

    for (; left >= sizeof *h && h->nlmsg_len >= sizeof *h && h->nlmsg_len <= left; left -= step) {
        if (h->nlmsg_seq == seq) { /* else: rest of an abandoned answer */
            if (h->nlmsg_type == NLMSG_DONE)
                return 0;
            if (h->nlmsg_type == NLMSG_ERROR)
                return answer_error(h);
            fn(arg, h);
            if ((h->nlmsg_flags & NLM_F_MULTI) == 0)
                return 0;
        }
        step = NLMSG_ALIGN(h->nlmsg_len) < left ? NLMSG_ALIGN(h->nlmsg_len) : left;
        bytes += step;
        h = (const struct nlmsghdr *)bytes;
    }
    return 1;
}

int pp_netlink_ask(struct pp_netlink *n, struct pp_netlink_request *r, pp_netlink_fn *fn, void *arg)
{
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct nlmsghdr *h = (struct nlmsghdr *)r->bytes;
    _Alignas(struct nlmsghdr) uint8_t answer[ANSWER];
    struct sockaddr_nl from;
    socklen_t from_len;
    ssize_t got;
    int again = 1;

    h->nlmsg_seq = ++n->seq;
    if (sendto(n->fd, r->bytes, h->nlmsg_len, 0, (const struct sockaddr *)&kernel, sizeof kernel) < 0)
        return -errno;
    while (again == 1) {
        from_len = sizeof from;
        got = recvfrom(n->fd, answer, sizeof answer, 0, (struct sockaddr *)&from, &from_len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (from.nl_pid == 0) /* any process may send to this socket; only the kernel has port 0 */
            again = walk(answer, (size_t)got, h->nlmsg_seq, fn, arg);
    }
    return again;
}

static void collect(const struct rtattr *a, int left, const struct rtattr **table, unsigned max)
{
    unsigned type;

    memset(table, 0, sizeof table[0] * (max + 1));
    for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        type = a->rta_type & NLA_TYPE_MASK;
        if (type <= max)
            table[type] = a;
    }
}

void pp_netlink_attrs(const struct nlmsghdr *h, size_t size, const struct rtattr **table, unsigned max)
{
    size_t at = NLMSG_SPACE(size);
    int left = h->nlmsg_len > at ? (int)(h->nlmsg_len - at) : 0;

    collect((const struct rtattr *)((const uint8_t *)h + at), left, table, max);
}

void pp_netlink_nested(const struct rtattr *outer, const struct rtattr **table, unsigned max)
{
    collect(outer != NULL ? RTA_DATA(outer) : NULL, outer != NULL ? (int)RTA_PAYLOAD(outer) : 0, table, max);
}

int pp_netlink_get(const struct rtattr *a, void *out, size_t len)
{
    if (a == NULL || RTA_PAYLOAD(a) != len)
        return -1;
    memcpy(out, RTA_DATA(a), len);
    return 0;
}
