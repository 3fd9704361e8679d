/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netlink.h: queries the kernel over rtnetlink (RFC 3549, rtnetlink(7)). Only RTM_GET requests are sent, so no
 * privilege is needed and nothing is changed. Nothing is printed; errors are negative errno values. One thread per
 * socket.
 */
#ifndef PP_NETLINK_H
#define PP_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

#define PP_NETLINK_REQUEST 256 /* bytes; the attributes behind the family's header must fit */

struct pp_netlink {
    int fd;
    uint32_t seq;
};

/* A request being built: netlink header, the family's header (struct rtmsg, ...), attributes. */
struct pp_netlink_request {
    _Alignas(struct nlmsghdr) uint8_t bytes[PP_NETLINK_REQUEST];
};

/* 0, or a negative errno. An answer that does not come within 5 s is an error (-EAGAIN) of pp_netlink_ask. */
int pp_netlink_open(struct pp_netlink *n);
void pp_netlink_close(struct pp_netlink *n);

/* Starts a request of TYPE; returns its family header of SIZE zeroed bytes. FLAGS: 0 or NLM_F_DUMP. */
void *pp_netlink_start(struct pp_netlink_request *r, uint16_t type, uint16_t flags, size_t size);
/* Appends an attribute; DATA is copied. BUG() if it does not fit. */
void pp_netlink_add(struct pp_netlink_request *r, uint16_t type, const void *data, size_t len);

/* Called for each message of an answer, which is valid during the call. */
typedef void pp_netlink_fn(void *arg, const struct nlmsghdr *h);

/* Sends the request and passes each message of the answer to FN. 0, or a negative errno of the kernel or the socket. */
int pp_netlink_ask(struct pp_netlink *n, struct pp_netlink_request *r, pp_netlink_fn *fn, void *arg);

/*
 * Indexes the attributes of a message whose family header has SIZE bytes by type; absent ones: NULL. TABLE has MAX + 1
 * entries, which point into the message.
 */
void pp_netlink_attrs(const struct nlmsghdr *h, size_t size, const struct rtattr **table, unsigned max);
/* The same for attributes nested in OUTER (NULL: none). */
void pp_netlink_nested(const struct rtattr *outer, const struct rtattr **table, unsigned max);
/* Copies an attribute's value of exactly LEN bytes. 0, or -1: absent, or another length. */
int pp_netlink_get(const struct rtattr *a, void *out, size_t len);

#endif
