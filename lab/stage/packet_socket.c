/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packet_socket.c: the emulator's packet socket. The ring is TPACKET_V2, whose frames can be read as they come; V3
 * retires a block only when it is full or a millisecond old, which would add a delay that is not in the scenario. The
 * receive buffer of a plain socket is too small: for an ordinary user it cannot exceed net.core.rmem_max, which holds a
 * burst of 250 packets.
 */
#include "packet_socket.h"

#include "../../core/base/wheel.h"
#include "../../core/base/when.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
    FRAME = 2048, /* an MTU of 1500 with its headers */
    BLOCK = 1 << 16,
    FRAMES = 1 << 14, /* 32 MiB: 80 ms of 200,000 packets a second */
    BATCH = 64,
    MTU = 1500,
    SEND_TRIES = 100,
};

struct slot {
    uint8_t eth[ETH_HLEN];
    uint8_t ip[MTU];
};

struct pp_packet_socket {
    struct pp_lab *lab;
    int fd;
    uint8_t *ring;
    unsigned at; /* index of the ring's next frame */
    uint64_t rx_lost, tx_lost;
    struct slot slots[BATCH];
    struct iovec iov[BATCH];
    struct mmsghdr msgs[BATCH];
};

static int open_socket(struct pp_packet_socket *p, const char *name)
{
    const int version = TPACKET_V2, one = 1;
    struct tpacket_req req = {.tp_block_size = BLOCK,
                              .tp_block_nr = (unsigned)FRAMES * FRAME / BLOCK,
                              .tp_frame_size = FRAME,
                              .tp_frame_nr = FRAMES};
    struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};

    ll.sll_ifindex = (int)if_nametoindex(name);
    if (ll.sll_ifindex == 0)
        return pp_error_errno("no interface '%s' for the emulator", name);
    p->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* protocol 0: no frame is received before bind */
    if (p->fd < 0)
        return pp_error_errno("cannot open the emulator's packet socket");
    if (setsockopt(p->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) < 0 ||
        setsockopt(p->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof req) < 0)
        return pp_error_errno("cannot make the emulator's receive ring of %d MiB", FRAMES / 1024 * FRAME / 1024);
    if (setsockopt(p->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0)
        return pp_error_errno("cannot keep the emulator from reading itself (Linux 4.20 can)");
    p->ring = mmap(NULL, (size_t)FRAMES * FRAME, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, p->fd, 0);
    if (p->ring == MAP_FAILED) {
        p->ring = NULL;
        return pp_error_errno("cannot map the emulator's receive ring");
    }
    if (bind(p->fd, (struct sockaddr *)&ll, sizeof ll) < 0)
        return pp_error_errno("cannot attach the emulator to '%s'", name);
    return 0;
}

struct pp_packet_socket *pp_packet_socket_new(struct pp_lab *lab, const char *name, const uint8_t *own,
                                              const uint8_t *peer)
{
    struct pp_packet_socket *p = calloc(1, sizeof *p);

    if (!p) {
        pp_error("no memory for the emulator's buffers");
        return NULL;
    }
    p->lab = lab;
    p->fd = -1;
    for (int i = 0; i < BATCH; i++) {
        memcpy(p->slots[i].eth, peer, ETH_ALEN);
        memcpy(p->slots[i].eth + ETH_ALEN, own, ETH_ALEN);
        p->iov[i].iov_base = p->slots[i].eth;
        p->msgs[i].msg_hdr.msg_iov = &p->iov[i];
        p->msgs[i].msg_hdr.msg_iovlen = 1;
    }
    if (open_socket(p, name) < 0) {
        pp_packet_socket_free(p);
        return NULL;
    }
    return p;
}

void pp_packet_socket_free(struct pp_packet_socket *p)
{
    if (!p)
        return;
    if (p->ring)
        munmap(p->ring, (size_t)FRAMES * FRAME);
    if (p->fd >= 0)
        close(p->fd);
    free(p);
}

/* Passes at most BATCH frames to the emulator. Returns their number. */
static int take(struct pp_packet_socket *p, int64_t now)
{
    int n = 0;

    for (; n < BATCH; n++) {
        struct tpacket2_hdr *h = (struct tpacket2_hdr *)(p->ring + (size_t)p->at * FRAME);
        const uint8_t *eth;
        uint16_t type;

        if (!(__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
            break;
        eth = (uint8_t *)h + h->tp_mac;
        if (h->tp_snaplen > ETH_HLEN && h->tp_snaplen == h->tp_len) {
            memcpy(&type, eth + 2 * ETH_ALEN, sizeof type);
            if (type == htons(ETH_P_IP) || type == htons(ETH_P_IPV6))
                pp_lab_input(p->lab, now, eth + ETH_HLEN, h->tp_snaplen - ETH_HLEN);
        }
        __atomic_store_n(&h->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
        p->at = (p->at + 1) % FRAMES;
    }
    return n;
}

/* Fills at most BATCH slots with packets that are due. Returns their number. */
static int fill(struct pp_packet_socket *p, int64_t now)
{
    int n = 0;

    for (; n < BATCH; n++) {
        struct slot *s = &p->slots[n];
        size_t len = pp_lab_output(p->lab, now, s->ip, sizeof s->ip);
        uint16_t type;

        if (len == 0)
            break;
        type = htons(s->ip[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP);
        memcpy(s->eth + 2 * ETH_ALEN, &type, sizeof type);
        p->iov[n].iov_len = ETH_HLEN + len;
    }
    return n;
}

/*
 * ENOBUFS: the client's backlog (netdev_max_backlog) is full, until its processor handles it. A frame lost here would
 * be a loss that is not in the scenario, so sending is repeated for a while; then the loss is counted.
 */
static void send_batch(struct pp_packet_socket *p, int n)
{
    int done = 0, tries = 0;

    while (done < n) {
        int sent = sendmmsg(p->fd, p->msgs + done, (unsigned)(n - done), 0);

        if (sent > 0) {
            done += sent;
            tries = 0;
        } else if (errno == EINTR) {
            continue;
        } else if (errno == ENOBUFS && tries++ < SEND_TRIES) {
            sched_yield();
        } else {
            p->tx_lost++;
            done++;
            tries = 0;
        }
    }
}

/* Waits until a frame comes in, a packet is due, or STOP is readable or closed. 1: STOP is. */
static int idle(struct pp_packet_socket *p, int stop)
{
    struct pollfd fds[2] = {{.fd = p->fd, .events = POLLIN}, {.fd = stop, .events = POLLIN}};
    struct timespec wait = {0, 0};
    int64_t due = pp_lab_next(p->lab), left = due == PP_NEVER ? 0 : due - pp_clock(CLOCK_MONOTONIC);

    if (left > 0) {
        wait.tv_sec = left / 1000000000;
        wait.tv_nsec = left % 1000000000;
    }
    if (ppoll(fds, 2, due == PP_NEVER ? NULL : &wait, NULL) < 0 && errno != EINTR)
        return pp_error_errno("the emulator cannot wait for packets");
    return fds[1].revents != 0;
}

int pp_packet_socket_run(struct pp_packet_socket *p, int stop)
{
    enum { LOOK = 64 }; /* busy rounds between two checks of STOP */
    int err = 0;

    prctl(PR_SET_TIMERSLACK, 1); /* so that replies leave when they are due, not 50 us later */
    for (unsigned round = 1; err == 0; round++) {
        int64_t now = pp_clock(CLOCK_MONOTONIC);
        int in = take(p, now), out = fill(p, now);

        if (out > 0)
            send_batch(p, out);
        if ((in == 0 && out == 0) || round % LOOK == 0)
            err = idle(p, stop);
    }
    return err > 0 ? 0 : -1;
}

void pp_packet_socket_stats(struct pp_packet_socket *p, struct pp_packet_socket_stats *s)
{
    struct tpacket_stats kernel = {0};
    socklen_t len = sizeof kernel;

    if (getsockopt(p->fd, SOL_PACKET, PACKET_STATISTICS, &kernel, &len) == 0)
        p->rx_lost += kernel.tp_drops; /* reading resets the kernel's counter */
    s->rx_lost = p->rx_lost;
    s->tx_lost = p->tx_lost;
}
