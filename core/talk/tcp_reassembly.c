/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_reassembly.c: delivers payload and FIN in order, from a window of fixed size. Only captured bytes count: bytes
 * that a segment declares beyond them are neither taken nor acknowledged, so the peer sends them again.
 */
#include "tcp_parts.h"

uint32_t pp_tcp_offer(struct pp_tcp *c, const uint8_t *bytes, uint32_t n)
{
    size_t taken = n;

    if (c->state == PP_TCP_OPEN)
        taken = c->ops->data(c, bytes, n);
    if (c->state == PP_TCP_CLOSING) { /* the owner may have closed in the callback */
        c->discarded += n;
        taken = n;
    }
    return taken < n ? (uint32_t)taken : n;
}

void pp_tcp_taken(struct pp_tcp *c, uint32_t n)
{
    if (n != 0)
        memmove(c->held, c->held + n, c->untaken - n + c->held_hi);
    c->untaken -= n;
}

/* Delivers straight from the packet, without a copy: the usual case. */
static void deliver(struct pp_tcp *c, const uint8_t *bytes, uint32_t n, int64_t now)
{
    uint32_t taken;

    c->rcv_nxt += n;
    taken = pp_tcp_offer(c, bytes, n);
    if (taken == n || c->state == PP_TCP_CLOSED)
        return;
    if (!c->held && !(c->held = malloc(c->config->window))) {
        c->no_memory = true;
        pp_tcp_abort(c, PP_HOW_STALLED, now);
        return;
    }
    c->untaken = n - taken;
    memcpy(c->held, bytes + taken, c->untaken);
}

/* Stores N bytes at offset OFF from rcv_nxt, within the window, in `held`. */
static void hold(struct pp_tcp *c, const uint8_t *bytes, uint32_t off, uint32_t n)
{
    uint32_t end = off + n, taken;
    bool apart = c->held_hi != 0 && (off > c->held_hi || end < c->held_lo);

    if (off != 0 && apart) /* a second gap: dropped, so the peer sends these bytes again */
        return;
    if (!c->held && !(c->held = malloc(c->config->window)))
        return;
    memcpy(c->held + c->untaken + off, bytes, n);
    if (c->held_hi != 0 && !apart) {
        off = off < c->held_lo ? off : c->held_lo;
        end = end > c->held_hi ? end : c->held_hi;
    }
    if (off != 0) {
        c->held_lo = off;
        c->held_hi = end;
        return;
    }
    if (apart) {
        c->held_lo -= end;
        c->held_hi -= end;
    } else {
        c->held_lo = c->held_hi = 0;
    }
    c->rcv_nxt += end;
    if (c->untaken == 0 || c->state == PP_TCP_CLOSING) {
        c->untaken += end;
        taken = pp_tcp_offer(c, c->held, c->untaken);
        if (c->state != PP_TCP_CLOSED)
            pp_tcp_taken(c, taken);
    } else {
        c->untaken += end;
    }
}

void pp_tcp_take_fin(struct pp_tcp *c)
{
    if (c->state == PP_TCP_CLOSING) /* the owner takes no further data */
        pp_tcp_taken(c, c->untaken);
    if (c->eof || !c->fin_seen || c->fin_seq != c->rcv_nxt || c->untaken != 0)
        return;
    c->eof = c->ack_due = true;
    c->rcv_nxt++;
    if (c->state == PP_TCP_OPEN)
        c->ops->eof(c);
}

void pp_tcp_text(struct pp_tcp *c, const struct pp_packet *p, int64_t now)
{
    uint32_t n = p->payload_cap < p->payload_len ? p->payload_cap : p->payload_len;
    uint32_t skip = 0, off = 0, room = pp_tcp_room(c);
    int32_t first = pp_seq_diff(p->tcp.seq, c->rcv_nxt);

    if (p->payload_len != 0 || p->tcp.flags & PP_TCP_FIN)
        c->ack_due = true;
    if (c->eof)
        return;
    if (p->tcp.flags & PP_TCP_FIN && n == p->payload_len && !c->fin_seen &&
        first + (int64_t)n <= room && first + (int64_t)n >= 0) {
        c->fin_seen = true;
        c->fin_seq = p->tcp.seq + n;
    }
    if (c->fin_seen && (uint32_t)pp_seq_diff(c->fin_seq, c->rcv_nxt) < room)
        room = c->fin_seq - c->rcv_nxt;
    if (first < 0)
        skip = (uint32_t)-first;
    else
        off = (uint32_t)first;
    if (skip >= n || off >= room) {
        pp_tcp_take_fin(c);
        return;
    }
    n -= skip;
    if (n > room - off)
        n = room - off;
    if (off == 0 && c->untaken == 0 && c->held_hi == 0)
        deliver(c, p->payload + skip, n, now);
    else
        hold(c, p->payload + skip, off, n);
    if (c->state != PP_TCP_CLOSED)
        pp_tcp_take_fin(c);
}
