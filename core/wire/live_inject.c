/* SPDX-License-Identifier: BSD-2-Clause */
/* live_inject.c: sends datagrams in batches over raw sockets. */
#include "live_inject.h"

#include "../base/error.h"
#include "../base/privilege.h"
#include "../base/when.h"
#include "live.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define DATAGRAM_MAX 65535
#define ARENA (2 * 65536) /* bytes of a batch: half of it holds the largest datagram */
#define FAILED_MAX 4096
#define SEND_BUFFER (4 << 20)    /* bytes requested; the kernel may grant less */
#define PATIENCE_NS 5000000L     /* ns that one flush waits for the queue in all: replies must not wait longer */

/* A destination address for sendmmsg. */
union address {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct batch {
    int fd; /* -1: this family is not used */
    socklen_t address_len;
    unsigned n;
    size_t used;
    struct mmsghdr msg[PP_WIRE_BATCH];
    struct iovec iov[PP_WIRE_BATCH];
    union address to[PP_WIRE_BATCH];
    uint64_t tag[PP_WIRE_BATCH];
    uint8_t arena[ARENA];
};

struct pp_inject {
    struct batch v4, v6;
    unsigned ifindex;
    uint64_t sent, errors;
    unsigned nfailed;
    uint64_t failed[FAILED_MAX];
};

static int open_error(const char *ifname)
{
    int error = errno;

    pp_error_errno("cannot open a raw socket on '%s'", ifname);
    if (error == EPERM || error == EACCES)
        return pp_privilege_raw_hint(PP_LIVE_PRIVILEGE);
    return -1;
}

static int open_socket(const char *ifname, int family)
{
    int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
    int one = 1, size = SEND_BUFFER, least = 0, v4_mtu = IP_PMTUDISC_INTERFACE, v6_mtu = IPV6_PMTUDISC_INTERFACE, rc;

    if (fd < 0)
        return open_error(ifname);
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, (socklen_t)strlen(ifname)) < 0)
        goto fail;
    /*
     * Without RECVERR a packet dropped by the queue counts as sent. A smaller path MTU that the kernel has cached, for
     * any program's packets, must not stop a packet here: only the interface's MTU applies.
     */
    if (family == AF_INET) {
        rc = setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &one, sizeof one);
        rc |= setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof one);
        rc |= setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &v4_mtu, sizeof v4_mtu);
    } else {
        rc = setsockopt(fd, IPPROTO_IPV6, IPV6_HDRINCL, &one, sizeof one);
        rc |= setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof one);
        rc |= setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &v6_mtu, sizeof v6_mtu);
    }
    if (rc != 0)
        goto fail;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0) /* needs CAP_NET_ADMIN */
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least); /* never read: local errors arrive there */
    return fd;
fail:
    (void)open_error(ifname);
    close(fd);
    return -1;
}

static int open_batch(struct batch *b, const struct pp_vantage *v, int family, bool usable)
{
    b->address_len = family == AF_INET ? sizeof b->to[0].v4 : sizeof b->to[0].v6;
    for (unsigned i = 0; i < PP_WIRE_BATCH; i++) {
        b->msg[i].msg_hdr.msg_name = &b->to[i];
        b->msg[i].msg_hdr.msg_namelen = b->address_len;
        b->msg[i].msg_hdr.msg_iov = &b->iov[i];
        b->msg[i].msg_hdr.msg_iovlen = 1;
    }
    b->fd = usable ? open_socket(v->ifname, family) : -1;
    return usable && b->fd < 0 ? -1 : 0;
}

struct pp_inject *pp_inject_open(const struct pp_vantage *v)
{
    struct pp_inject *in = calloc(1, sizeof *in);

    if (in == NULL) {
        pp_error("no memory for sending");
        return NULL;
    }
    in->v4.fd = in->v6.fd = -1;
    in->ifindex = v->ifindex;
    if (open_batch(&in->v4, v, AF_INET, v->v4.usable) < 0 || open_batch(&in->v6, v, AF_INET6, v->v6.usable) < 0) {
        pp_inject_free(in);
        return NULL;
    }
    return in;
}

void pp_inject_free(struct pp_inject *in)
{
    if (in == NULL)
        return;
    if (in->v4.fd >= 0)
        close(in->v4.fd);
    if (in->v6.fd >= 0)
        close(in->v6.fd);
    free(in);
}

/* Waits until the full socket buffer is half empty, for the rest of PATIENCE (ns). False: time-out. */
static bool wait_writable(int fd, int64_t *patience)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    struct timespec left = {.tv_nsec = (long)*patience};
    int64_t from;
    int rc;

    if (*patience <= 0)
        return false;
    /*
     * A datagram longer than the MTU leaves a report in the error queue (IP_RECVERR), and poll would return at once for
     * that.
     */
    while (recv(fd, NULL, 0, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
        continue;
    from = pp_clock(CLOCK_MONOTONIC);
    rc = ppoll(&p, 1, &left, NULL);
    *patience -= pp_clock(CLOCK_MONOTONIC) - from + 1;
    return rc > 0 && (p.revents & POLLOUT) != 0;
}

/*
 * After a partial success sendmmsg does not tell which error stopped it, so the packet that failed is tried once more:
 * it is sent, or fails alone. It cannot be sent twice, as a failed packet did not enter the queue.
 */
static void send_batch(struct pp_inject *in, struct batch *b)
{
    int64_t patience = PATIENCE_NS;
    unsigned at = 0;
    int n;

    while (at < b->n) {
        n = sendmmsg(b->fd, b->msg + at, b->n - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) {
            at += (unsigned)n;
            in->sent += (unsigned)n;
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && wait_writable(b->fd, &patience))
            continue;
        in->errors++;
        if (in->nfailed < FAILED_MAX)
            in->failed[in->nfailed++] = b->tag[at];
        at++;
    }
    b->n = 0;
    b->used = 0;
}

/* Copies the destination from the IP header. Link-local ones need the interface, too. */
static void set_address(const struct pp_inject *in, union address *to, const uint8_t *ip)
{
    memset(to, 0, sizeof *to);
    if (ip[0] >> 4 == 4) {
        to->v4.sin_family = AF_INET;
        memcpy(&to->v4.sin_addr, ip + 16, 4);
        return;
    }
    to->v6.sin6_family = AF_INET6;
    memcpy(&to->v6.sin6_addr, ip + 24, 16);
    if (ip[24] == 0xfe && (ip[25] & 0xc0) == 0x80)
        to->v6.sin6_scope_id = in->ifindex;
}

static struct batch *batch_for(struct pp_inject *in, const uint8_t *ip, size_t len)
{
    if (len >= 20 && len <= DATAGRAM_MAX && ip[0] >> 4 == 4)
        return &in->v4;
    if (len >= 40 && len <= DATAGRAM_MAX && ip[0] >> 4 == 6)
        return &in->v6;
    return NULL;
}

int pp_inject_add(struct pp_inject *in, const uint8_t *ip, size_t len, uint64_t tag)
{
    struct batch *b = batch_for(in, ip, len);

    /* 3 *: this batch, and the two of the next flush, whose failures need room in the list, too. */
    if (b != NULL && (b->n == PP_WIRE_BATCH || b->used + len > ARENA) && in->nfailed + 3 * PP_WIRE_BATCH <= FAILED_MAX)
        send_batch(in, b);
    if (b == NULL || b->fd < 0 || b->n == PP_WIRE_BATCH || b->used + len > ARENA) {
        in->errors++;
        return -1;
    }
    memcpy(b->arena + b->used, ip, len);
    b->iov[b->n].iov_base = b->arena + b->used;
    b->iov[b->n].iov_len = len;
    b->tag[b->n] = tag;
    set_address(in, &b->to[b->n], ip);
    b->used += (len + 7) & ~(size_t)7;
    b->n++;
    return 0;
}

void pp_inject_flush(struct pp_inject *in, void (*failed)(void *arg, uint64_t tag), void *arg)
{
    if (in->v4.n != 0)
        send_batch(in, &in->v4);
    if (in->v6.n != 0)
        send_batch(in, &in->v6);
    while (in->nfailed != 0)
        failed(arg, in->failed[--in->nfailed]);
}

void pp_inject_counts(const struct pp_inject *in, uint64_t *sent, uint64_t *errors)
{
    *sent = in->sent;
    *errors = in->errors;
}
