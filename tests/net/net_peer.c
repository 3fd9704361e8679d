/* SPDX-License-Identifier: BSD-2-Clause */
/* net_peer.c: sockets in another namespace, packets written by hand. */
#include "net_peer.h"

#include "../../core/base/error.h"
#include "../../core/packet/packet.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

int peer_enter(const char *netns)
{
    char path[256];
    int fd, rc;

    snprintf(path, sizeof path, "/run/netns/%s", netns);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    rc = fd < 0 ? -1 : setns(fd, CLONE_NEWNET);
    if (rc < 0)
        pp_error_errno("cannot enter '%s'", path);
    if (fd >= 0)
        close(fd);
    return rc;
}

static int open_any(int type, uint16_t port)
{
    const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int fd = socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof any) < 0 ||
        (type == SOCK_STREAM && listen(fd, 128) < 0))
        return pp_error_errno("cannot open port %u", port);
    return fd;
}

static int open_sniffer(const char *ifname)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));

    at.sll_ifindex = (int)if_nametoindex(ifname);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof at) < 0)
        return pp_error_errno("cannot sniff on '%s'", ifname);
    return fd;
}

int peer_open(struct peer *p, const char *netns, const char *ifname, const char *addr4, const char *addr6)
{
    memset(p, 0, sizeof *p);
    if (pp_addr_parse(&p->addr4, addr4, strlen(addr4)) < 0 || pp_addr_parse(&p->addr6, addr6, strlen(addr6)) < 0)
        return pp_error("bad address");
    if (peer_enter(netns) < 0)
        return -1;
    p->listener = open_any(SOCK_STREAM, PEER_TCP);
    p->echo = open_any(SOCK_DGRAM, PEER_ECHO);
    p->fence = open_any(SOCK_DGRAM, PEER_FENCE);
    p->sniffer = open_sniffer(ifname);
    return p->listener < 0 || p->echo < 0 || p->fence < 0 || p->sniffer < 0 ? -1 : 0;
}

void peer_close(struct peer *p)
{
    close(p->listener);
    close(p->echo);
    close(p->fence);
    close(p->sniffer);
}

void peer_echo(struct peer *p)
{
    struct sockaddr_in6 from;
    socklen_t len = sizeof from;
    char bytes[256];
    ssize_t n;

    while ((n = recvfrom(p->echo, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len)) >= 0)
        (void)sendto(p->echo, bytes, (size_t)n, 0, (struct sockaddr *)&from, len);
}

void peer_forget(struct peer *p)
{
    uint8_t bytes[16];

    while (recv(p->sniffer, bytes, sizeof bytes, 0) >= 0)
        continue;
    p->saw = 0;
}

static unsigned judge(const uint8_t *bytes, size_t n)
{
    struct pp_packet pkt;

    if (pp_packet_decode(&pkt, bytes, n) < 0)
        return 0;
    if (pkt.proto == PP_PROTO_TCP && pkt.dport == PEER_TCP && (pkt.tcp.flags & 4) != 0)
        return PEER_SAW_RST;
    if (pkt.proto == PP_PROTO_UDP && pkt.dport == PEER_FENCE)
        return PEER_SAW_FENCE;
    if ((pkt.proto == PP_PROTO_ICMP && pkt.icmp.type == 3) || (pkt.proto == PP_PROTO_ICMP6 && pkt.icmp.type == 1))
        return PEER_SAW_UNREACHABLE;
    return 0;
}

int peer_wait(struct peer *p, unsigned want, int64_t limit)
{
    struct pollfd fd = {.fd = p->sniffer, .events = POLLIN};
    struct sockaddr_ll from;
    socklen_t len;
    uint8_t bytes[2048];
    ssize_t n;

    while ((p->saw & want) != want) {
        if (poll(&fd, 1, (int)(limit / 1000000)) <= 0)
            return -1;
        len = sizeof from;
        n = recvfrom(p->sniffer, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len);
        if (n > 0 && from.sll_pkttype != PACKET_OUTGOING)
            p->saw |= judge(bytes, (size_t)n);
    }
    return 0;
}

size_t peer_packet(uint8_t *out, size_t cap, const struct pp_addr *src, const struct pp_addr *dst, uint8_t proto,
                   uint16_t sport, uint16_t dport, uint32_t seq)
{
    size_t l3 = pp_addr_is4(dst) ? 20 : 40, l4 = proto == PP_PROTO_TCP ? 24 : 12;
    uint8_t *up = out + l3;
    uint16_t sum;

    if (l3 + l4 > cap)
        BUG("packet of %zu bytes", l3 + l4);
    memset(out, 0, l3 + l4);
    if (l3 == 20) {
        memcpy(out, "\x45\x00\x00\x00\x00\x01\x40\x00\x40", 9);
        pp_put16(out + 2, (uint16_t)(l3 + l4));
        out[9] = proto;
        memcpy(out + 12, pp_addr_raw(src), 4);
        memcpy(out + 16, pp_addr_raw(dst), 4);
    } else {
        out[0] = 0x60;
        pp_put16(out + 4, (uint16_t)l4);
        out[6] = proto;
        out[7] = 64;
        memcpy(out + 8, pp_addr_raw(src), 16);
        memcpy(out + 24, pp_addr_raw(dst), 16);
    }
    pp_put16(up, sport);
    pp_put16(up + 2, dport);
    if (proto == PP_PROTO_TCP) {
        pp_put32(up + 4, seq);
        memcpy(up + 12, "\x60\x02\xff\xff\x00\x00\x00\x00\x02\x04\x05\x50", 12); /* SYN, MSS 1360 */
    } else {
        pp_put16(up + 4, (uint16_t)l4);
        memcpy(up + 8, "ping", 4);
    }
    sum = pp_sum_finish(pp_sum(up, l4, pp_sum_pseudo(src, dst, proto, (uint32_t)l4)));
    memcpy(up + (proto == PP_PROTO_TCP ? 16 : 6), &sum, 2);
    return l3 + l4;
}

void peer_capability(int capability, bool on)
{
    struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct d[2];
    uint32_t bit = UINT32_C(1) << (capability % 32);

    if (syscall(SYS_capget, &h, d) < 0)
        BUG("capget");
    if (on)
        d[capability / 32].effective |= bit;
    else
        d[capability / 32].effective &= ~bit;
    if (syscall(SYS_capset, &h, d) < 0)
        BUG("capset");
}
