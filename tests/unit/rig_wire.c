/* SPDX-License-Identifier: BSD-2-Clause */
/* rig_wire.c: records and checks the packets on the lab's wire. */
#include "rig_wire.h"

#include <stdlib.h>

static struct between *self(struct pp_wire *w)
{
    return (struct between *)w;
}

static void outside(const struct rig *r, bool on)
{
    if (r->setup.outside)
        r->setup.outside(on);
}

static void note_left(struct rig *r, int64_t now)
{
    if (r->left == r->left_cap) {
        size_t cap = r->left_cap ? 2 * r->left_cap : 4096;
        int64_t *at = realloc(r->left_at, cap * sizeof *at);
        if (!at)
            return;
        r->left_at = at;
        r->left_cap = cap;
    }
    r->left_at[r->left++] = now;
}

static int between_send(struct pp_wire *w, const uint8_t *ip, size_t len, uint64_t tag)
{
    struct pp_packet p;

    if (pp_packet_decode(&p, ip, len) == 0 && p.proto == PP_PROTO_TCP && p.tcp.flags & PP_TCP_RST)
        self(w)->r->rst_sent++;
    outside(self(w)->r, true);
    note_left(self(w)->r, pp_wire_now(self(w)->inner));
    int result = pp_wire_send(self(w)->inner, ip, len, tag);
    outside(self(w)->r, false);
    return result;
}

static void between_flush(struct pp_wire *w, void (*failed)(void *arg, uint64_t tag), void *arg)
{
    outside(self(w)->r, true);
    self(w)->inner->ops->flush(self(w)->inner, failed, arg);
    outside(self(w)->r, false);
}

static uint16_t fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static uint32_t add(uint32_t sum, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum += i % 2 ? b[i] : (uint32_t)b[i] << 8;
    return sum;
}

static void put16(uint8_t *b, uint16_t v)
{
    b[0] = (uint8_t)(v >> 8);
    b[1] = (uint8_t)v;
}

/* Corrects the checksums (RFC 1071) of a packet that a test may have changed: IPv4 without options, and TCP, alone. */
static void mend(uint8_t *ip, size_t len)
{
    if (ip[0] != 0x45 || ip[9] != PP_PROTO_TCP)
        return;
    put16(ip + 10, 0);
    put16(ip + 10, fold(add(0, ip, 20)));
    put16(ip + 36, 0);
    put16(ip + 36, fold(add(add(PP_PROTO_TCP + (uint32_t)len - 20, ip + 12, 8), ip + 20, len - 20)));
}

static bool is_ours(const struct rig *r, const uint8_t *ip)
{
    if (ip[0] >> 4 == 4)
        return memcmp(ip + 12, r->vantage.v4.addr.b + 12, 4) == 0;
    return memcmp(ip + 8, r->vantage.v6.addr.b, 16) == 0;
}

static void pass_on(void *arg, const struct pp_frame *f)
{
    struct between *b = arg;
    struct pp_frame copy = *f;
    uint8_t ip[2048];
    bool ours = is_ours(b->r, f->ip);

    if (b->r->setup.packet && f->cap <= sizeof ip) {
        memcpy(ip, f->ip, f->cap);
        if (!b->r->setup.packet(b->r, ip, f->cap, ours))
            return;
        if (memcmp(ip, f->ip, f->cap) != 0)
            mend(ip, f->cap);
        copy.ip = ip;
    }
    outside(b->r, false);
    b->fn(b->arg, &copy);
    outside(b->r, true);
}

static int between_receive(struct pp_wire *w, pp_frame_fn *fn, void *arg, int max)
{
    struct between *b = self(w);

    b->r->now = pp_wire_now(b->inner);
    if (b->r->setup.die_at && b->r->now >= b->r->setup.die_at)
        return -1;
    b->fn = fn;
    b->arg = arg;
    outside(b->r, true);
    int got = b->inner->ops->receive(b->inner, pass_on, b, max);
    outside(b->r, false);
    return got;
}

static void between_wait(struct pp_wire *w, int64_t until)
{
    struct rig *r = self(w)->r;
    const struct pp_wire_ops *ops = self(w)->inner->ops;
    int64_t now = pp_wire_now(self(w)->inner);
    const int64_t stop[2] = {r->setup.stop_at, r->setup.abandon_at};
    uint64_t in_flight = atomic_load(&r->counters.in_flight);

    if (in_flight > r->max_in_flight)
        r->max_in_flight = in_flight;
    for (int i = 0; i < 2; i++) {
        if (!stop[i])
            continue;
        if (now < stop[i] && stop[i] < until)
            until = stop[i];
    }
    outside(r, true);
    ops->wait(self(w)->inner, until);
    outside(r, false);
    for (int i = 0; i < 2; i++)
        if (stop[i] && pp_wire_now(self(w)->inner) >= stop[i] && atomic_load(&r->stop) < i + 1)
            atomic_store(&r->stop, i + 1);
}

static void between_wake(struct pp_wire *w)
{
    self(w)->inner->ops->wake(self(w)->inner);
}

static int64_t between_now(struct pp_wire *w)
{
    return pp_wire_now(self(w)->inner);
}

static int64_t between_epoch(struct pp_wire *w)
{
    return self(w)->inner->ops->epoch(self(w)->inner);
}

static void between_stats(struct pp_wire *w, struct pp_wire_stats *s)
{
    self(w)->inner->ops->stats(self(w)->inner, s);
}

const struct pp_wire_ops rig_wire_ops = {
    .name = "rig",
    .send = between_send,
    .flush = between_flush,
    .receive = between_receive,
    .wait = between_wait,
    .wake = between_wake,
    .now = between_now,
    .epoch = between_epoch,
    .stats = between_stats,
};
