/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ports.c: mutes source ports. By default the kernel answers a forged flow's SYN/ACK with RST and a UDP reply with ICMP
 * port-unreachable. A socket bound to the port that accepts no packet makes the kernel drop these silently; the
 * capture's tap comes before that, and sees them all. No firewall rule, no sysctl, nothing that outlives the process.
 */
#include "ports.h"

#include "../base/error.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPV6_MINHOPCOUNT
#define IPV6_MINHOPCOUNT 73 /* linux/in6.h, which cannot be included beside netinet/in.h */
#endif

#define OTHER_FILES 512 /* descriptors for captures, raw sockets, conversations' sockets, files */
#define MIN_TTL 255     /* a packet that crossed a router has a lower TTL */

struct pp_ports {
    struct pp_ports_info info;
    int family;     /* AF_INET6: one socket serves both families; AF_INET: this kernel has no IPv6 */
    bool udp;
    uint16_t *list; /* muted ports, ascending */
    int *fds;       /* one per port, two with UDP */
    unsigned nfds;
};

/* Attaches a classic BPF filter that drops every packet. */
static int filter_all(int fd)
{
    struct sock_filter ret0 = BPF_STMT(BPF_RET | BPF_K, 0);
    const struct sock_fprog program = {.len = 1, .filter = &ret0};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/*
 * A "packet too big" (RFC 1191, RFC 8201) about our flow matches the muted socket: the kernel would cache the MTU, and
 * reduce the packets of all programs to that destination for ten minutes.
 */
static int ignore_mtu(int fd, int family)
{
    int v4 = IP_PMTUDISC_INTERFACE, v6 = IPV6_PMTUDISC_INTERFACE;

    if (setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &v4, sizeof v4) < 0)
        return -1;
    return family == AF_INET6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &v6, sizeof v6) : 0;
}

/* Binds to the wildcard address; an AF_INET6 socket reserves the port for both families. */
static int bind_any(int fd, int family, uint16_t port)
{
    const struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    const struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int off = 0;

    if (family == AF_INET)
        return bind(fd, (const struct sockaddr *)&any4, sizeof any4);
    if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0)
        return -1;
    return bind(fd, (const struct sockaddr *)&any6, sizeof any6);
}

/* Sets all muting options before the port is bound, so that the kernel never answers on it. */
static int mute_tcp(struct pp_ports *p, int fd, uint16_t port)
{
    int ttl = MIN_TTL;

    if (ignore_mtu(fd, p->family) < 0 || setsockopt(fd, IPPROTO_IP, IP_MINTTL, &ttl, sizeof ttl) < 0)
        return -1;
    if (p->family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, &ttl, sizeof ttl) < 0)
        return -1;
    /*
     * Recent kernels require CAP_NET_ADMIN for a filter on a TCP socket; without it an on-link peer that sends TTL 255
     * gets an answer.
     */
    if (filter_all(fd) < 0)
        p->info.filtered = false;
    return bind_any(fd, p->family, port) < 0 || listen(fd, 1) < 0 ? -1 : 0;
}

/* IP_MINTTL has no effect on UDP; the filter needs no capability there. */
static int mute_udp(struct pp_ports *p, int fd, uint16_t port)
{
    int least = 0; /* the kernel raises it to its minimum */

    if (ignore_mtu(fd, p->family) < 0 || filter_all(fd) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least) < 0)
        return -1;
    return bind_any(fd, p->family, port);
}

/* 0: muted, the descriptor is kept. 1: another program has the port. -1: printed. */
static int mute(struct pp_ports *p, int type, uint16_t port)
{
    int fd = socket(p->family, type | SOCK_CLOEXEC, 0), error;

    if (fd >= 0 && (type == SOCK_STREAM ? mute_tcp(p, fd, port) : mute_udp(p, fd, port)) == 0) {
        p->fds[p->nfds++] = fd;
        return 0;
    }
    error = errno;
    if (fd >= 0)
        close(fd);
    if (error == EADDRINUSE)
        return 1;
    errno = error;
    pp_error_errno("cannot reserve %s port %u", type == SOCK_STREAM ? "TCP" : "UDP", port);
    if (error == EACCES)
        pp_hint("ports below net.ipv4.ip_unprivileged_port_start are reserved; the default is --ports %u-%u",
                PP_PORTS_LO,
                PP_PORTS_HI);
    return -1;
}

/* Mutes PORT for both protocols, or for none: a port serves any conversation. 0, 1, -1 as above. */
static int mute_port(struct pp_ports *p, uint16_t port)
{
    int rc = mute(p, SOCK_STREAM, port);

    if (rc == 0 && p->udp) {
        rc = mute(p, SOCK_DGRAM, port);
        if (rc == 1)
            close(p->fds[--p->nfds]);
    }
    if (rc == 0)
        p->list[p->info.muted++] = port;
    else if (rc == 1)
        p->info.busy++;
    return rc;
}

/* Raises the soft limit on open files to the hard limit. */
static int raise_files(unsigned needed)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return pp_error_errno("cannot read the limit on open files");
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
            return pp_error_errno("cannot raise the limit on open files");
    }
    if (limit.rlim_cur >= needed)
        return 0;
    pp_error("limit on open files too low (%llu, %u needed)", (unsigned long long)limit.rlim_cur, needed);
    return pp_hint("raise it (`ulimit -Hn %u` as root), or use fewer ports (--ports LO-HI)", needed);
}

static int open_family(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return AF_INET;
    close(fd);
    return AF_INET6;
}

/*
 * Two runs started at the same time must not take alternate ports: their capture filters, which are ranges, would pass
 * each other's packets. So after a busy port the search skips to the next block of WANT ports; a second pass takes the
 * skipped ports if the first found too few.
 */
static int mute_ports(struct pp_ports *p, unsigned lo, unsigned hi, unsigned want)
{
    uint64_t tried[(UINT16_MAX + 1) / 64] = {0};
    int rc;

    for (int pass = 0; pass < 2; pass++) {
        for (unsigned port = lo; port <= hi && p->info.muted < want; port++) {
            if (tried[port / 64] >> port % 64 & 1)
                continue;
            tried[port / 64] |= UINT64_C(1) << port % 64;
            rc = mute_port(p, (uint16_t)port);
            if (rc < 0)
                return -1;
            if (rc > 0 && pass == 0)
                port = lo + ((port - lo) / want + 1) * want - 1;
        }
    }
    return 0;
}

static int rising(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

struct pp_ports *pp_ports_open(uint16_t lo, uint16_t hi, unsigned want, bool udp)
{
    struct pp_ports *p = NULL;
    unsigned per = udp ? 2 : 1;

    if (lo == 0 || lo > hi) {
        pp_error("bad range of ports %u-%u", lo, hi);
        return NULL;
    }
    if (want > (unsigned)(hi - lo) + 1)
        want = (unsigned)(hi - lo) + 1;
    if (raise_files(want * per + OTHER_FILES) < 0)
        return NULL;
    p = calloc(1, sizeof *p);
    if (p != NULL) {
        p->list = calloc(want + 1, sizeof *p->list);
        p->fds = calloc((size_t)want * per + 1, sizeof *p->fds);
    }
    if (p == NULL || p->list == NULL || p->fds == NULL) {
        pp_error("no memory for %u ports", want);
        goto fail;
    }
    p->family = open_family();
    p->udp = udp;
    p->info.wanted = want;
    p->info.filtered = true;
    if (mute_ports(p, lo, hi, want) < 0)
        goto fail;
    qsort(p->list, p->info.muted, sizeof *p->list, rising);
    if (p->info.muted == 0) {
        pp_error("no free port in %u-%u", lo, hi);
        pp_hint("`ss -tulna` lists the ports in use; --ports LO-HI selects others");
        goto fail;
    }
    return p;
fail:
    pp_ports_free(p);
    return NULL;
}

void pp_ports_free(struct pp_ports *p)
{
    if (p == NULL)
        return;
    for (unsigned i = 0; i < p->nfds; i++)
        close(p->fds[i]);
    free(p->fds);
    free(p->list);
    free(p);
}

void pp_ports_info(const struct pp_ports *p, struct pp_ports_info *info)
{
    *info = p->info;
}

unsigned pp_ports_slice(const struct pp_ports *p, unsigned k, unsigned n, const uint16_t **list)
{
    unsigned from, to;

    if (n == 0 || k >= n)
        BUG("slice %u of %u", k, n);
    from = (unsigned)((uint64_t)p->info.muted * k / n);
    to = (unsigned)((uint64_t)p->info.muted * (k + 1) / n);
    *list = p->list + from;
    return to - from;
}
