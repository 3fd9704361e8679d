/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_tcp.c: the input is a program: segments of any kind arrive (their numbers mostly near what counts), time passes,
 * the owner writes, takes, closes. Checked after each step: what tcp.h promises.
 */
#include "../../core/talk/tcp.h"

#include "../../core/base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MS INT64_C(1000000)
#define STEPS_MAX 256

struct fuzz {
    struct pp_tcp tcp; /* first member */
    const uint8_t *data;
    size_t left;
    int64_t now;
    uint32_t take;
    uint32_t seen; /* sequence number after the last byte of any captured payload, relative to irs + 1 */
    bool seen_fin;
    unsigned sent, opened, fins, closed;
    uint64_t got;
    unsigned sum; /* of all payload bytes, which must be readable */
    uint8_t mode; /* bits: calls that the owner makes inside its callbacks */
};

static struct pp_tcp_config config = {
    .look4 = {.wscale = 7, .mss = 1460, .window = 64240, .timestamps = true, .sack = true, .window_scaling = true},
    .look6 = {.wscale = 4, .mss = 0, .window = 300},
    .window = 1000,
    .connect_timeout = 10000 * MS,
};

static void want(bool right, const char *what)
{
    if (!right)
        BUG("%s", what);
}

static unsigned byte(struct fuzz *f)
{
    if (f->left == 0)
        return 0;
    f->left--;
    return *f->data++;
}

static uint32_t word(struct fuzz *f)
{
    uint32_t hi = byte(f);

    return hi << 8 | byte(f);
}

static void on_send(struct pp_tcp *c, const struct pp_segment *s)
{
    struct fuzz *f = (struct fuzz *)c;

    f->sent++;
    want(!f->closed, "sent after the end");
    want(s->len <= 1460, "a segment that is too long");
    want(s->on != PP_ON_DATA || s->len > 0, "data without payload");
    for (size_t i = 0; i < s->len; i++)
        f->sum += s->payload[i];
    if (s->flags & PP_TCP_ACK && c->state != PP_TCP_SYN_SENT) {
        uint32_t acked = s->ack - (c->irs + 1);
        want(acked <= f->seen + f->seen_fin, "acknowledges what was not captured");
        want(((uint32_t)s->window << (c->ws_ok ? 7 : 0)) <= config.window, "a window that is too large");
    }
}

static void from_within(struct fuzz *f, unsigned bits)
{
    static const uint8_t some[300];

    if (bits & 1)
        pp_tcp_write(&f->tcp, some, sizeof some, f->now);
    if (bits & 2)
        pp_tcp_close(&f->tcp, f->now);
    if (bits == 4)
        pp_tcp_abort(&f->tcp, PP_HOW_STALLED, f->now);
}

static void on_open(struct pp_tcp *c)
{
    struct fuzz *f = (struct fuzz *)c;

    want(f->opened++ == 0, "opened twice");
    from_within(f, f->mode & 7);
}

static size_t on_data(struct pp_tcp *c, const uint8_t *bytes, size_t len)
{
    struct fuzz *f = (struct fuzz *)c;

    want(c->state == PP_TCP_OPEN && len > 0 && !f->fins, "data out of place");
    for (size_t i = 0; i < len; i++)
        f->sum += bytes[i];
    if (len > f->take)
        len = f->take;
    f->got += len;
    if (f->got > 700)
        from_within(f, f->mode >> 3 & 7);
    return len;
}

static void on_eof(struct pp_tcp *c)
{
    struct fuzz *f = (struct fuzz *)c;

    want(f->fins++ == 0 && c->state == PP_TCP_OPEN, "FIN out of place");
    if (f->mode & 64)
        pp_tcp_close(c, f->now);
}

static void on_closed(struct pp_tcp *c, enum pp_how how)
{
    struct fuzz *f = (struct fuzz *)c;

    want(f->closed++ == 0, "ended twice");
    want(how < PP_HOW_COUNT && c->state == PP_TCP_CLOSED, "an end that is none");
}

static const struct pp_tcp_ops ops = {on_send, on_open, on_data, on_eof, on_closed};

static void check(struct fuzz *f, unsigned sent_before)
{
    const struct pp_tcp *c = &f->tcp;

    want(f->sent - sent_before <= 64, "one event, a flood of segments");
    want(c->untaken + c->held_hi <= config.window && c->held_lo <= c->held_hi, "more held than the window");
    want(c->held_hi == 0 || c->held_lo > 0, "held bytes that were in order");
    want(c->out_len <= PP_TCP_SEND_MAX && c->out_len <= c->out_cap, "too much to send");
    want((c->state == PP_TCP_CLOSED) == (f->closed == 1), "state and end differ");
    want(!f->closed || c->deadline == PP_NEVER, "a timer after the end");
    want(f->closed || c->state != PP_TCP_SYN_SENT || c->deadline != PP_NEVER, "no timer while connecting");
    want(f->closed || c->state != PP_TCP_CLOSING || c->deadline != PP_NEVER, "no timer while closing");
    if (c->state != PP_TCP_OPEN && c->state != PP_TCP_CLOSING)
        return;
    want(c->snd_nxt - c->snd_una <= c->out_len + 1, "more in flight than there is");
    want(f->got <= c->rcv_nxt - (c->irs + 1), "more delivered than received");
}

static uint32_t near(struct fuzz *f, const uint32_t base[4])
{
    unsigned how = byte(f);

    if (how & 64)
        return word(f) << 16 | word(f);
    return base[how & 3] + (how & 128 ? (uint32_t)(int16_t)word(f) : (how >> 2 & 15)) - (how & 128 ? 0 : 4);
}

/* Passes on a segment in a block of its captured size, so that a sanitizer finds reads past the end. */
static void segment(struct fuzz *f)
{
    const struct pp_tcp *c = &f->tcp;
    uint32_t seqs[4] = {c->rcv_nxt + 4, c->irs, c->rcv_nxt + config.window, c->rcv_nxt + c->held_lo};
    uint32_t acks[4] = {c->snd_nxt + 4, c->iss + 5, c->snd_una, c->snd_una + 500};
    uint32_t seq = near(f, seqs), ack = near(f, acks), options = byte(f) % 11 * 4, payload = word(f) % 3000, total, cap;
    uint16_t flags = (uint16_t)word(f) & 0xfff, window = (uint16_t)word(f);
    uint8_t tos = (uint8_t)byte(f), *b;
    unsigned cut = byte(f);
    struct pp_packet p;

    total = 40 + options + payload;
    cap = cut & 1 && payload ? total - word(f) % payload : total;
    b = calloc(1, cap);
    if (!b)
        return;
    b[0] = 0x45;
    b[1] = tos;
    pp_put16(b + 2, (uint16_t)total);
    b[9] = PP_PROTO_TCP;
    pp_put32(b + 24, seq);
    pp_put32(b + 28, ack);
    b[32] = (uint8_t)((5 + options / 4) << 4 | flags >> 8);
    b[33] = (uint8_t)flags;
    pp_put16(b + 34, window);
    for (uint32_t i = 0; i < options; i++)
        b[40 + i] = (uint8_t)byte(f);
    if (pp_packet_decode(&p, b, cap) == 0) {
        bool connecting = c->state == PP_TCP_SYN_SENT;
        uint32_t end = seq + p.payload_cap - (c->irs + 1);

        if (!connecting && (int32_t)end > 0 && end > f->seen && end - f->seen < 100000)
            f->seen = end;
        if (!connecting && flags & PP_TCP_FIN)
            f->seen_fin = true;
        pp_tcp_input(&f->tcp, &p, f->now);
    }
    free(b);
}

static void pass(struct fuzz *f, int64_t until)
{
    unsigned fired = 0;

    while (f->tcp.deadline <= until) {
        unsigned before = f->sent;
        if (f->tcp.deadline > f->now)
            f->now = f->tcp.deadline;
        pp_tcp_timer(&f->tcp, f->now);
        want(f->tcp.deadline > f->now, "a timer that does not move");
        want(++fired < 100000, "a timer that never rests");
        check(f, before);
    }
    f->now = until;
}

static void act(struct fuzz *f)
{
    static const uint8_t some[5000];
    unsigned what = byte(f);

    switch (what & 7) {
    case 0: pp_tcp_close(&f->tcp, f->now); break;
    case 1: pp_tcp_abort(&f->tcp, PP_HOW_ICMP, f->now); break;
    case 2: pp_tcp_resume(&f->tcp, f->now); break;
    case 3: f->take = what >> 3; break;
    case 4: f->take = UINT32_MAX; break;
    case 5: pp_tcp_write(&f->tcp, some, what >> 3, f->now); break;
    default: pp_tcp_write(&f->tcp, some, (what >> 3) * 161, f->now); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = {.data = data, .left = size, .now = 1, .take = UINT32_MAX};
    int family = byte(&f) & 1 ? 6 : 4;
    static const uint16_t asks[4] = {0, PP_TCP_CWR | PP_TCP_ECE, 0, PP_TCP_AE | PP_TCP_CWR | PP_TCP_ECE};
    uint16_t syn_flags = asks[byte(&f) & 3];
    uint32_t iss = word(&f) << 16 | word(&f);

    f.mode = (uint8_t)byte(&f);
    pp_tcp_init(&f.tcp, &ops, &config, family, iss, iss, syn_flags);
    f.tcp.syn_data = (uint16_t)(byte(&f) & 7);
    f.tcp.segments = (uint8_t)(f.mode >> 6 ? PP_MAX_SEGMENTS : 0);
    f.tcp.pause = (uint8_t)(f.mode >> 7 ? 2 : 0);
    pp_tcp_connect(&f.tcp, f.now);
    for (unsigned i = 0; i < STEPS_MAX && f.left > 0; i++) {
        unsigned op = byte(&f), before = f.sent;
        switch (op & 7) {
        case 0: pass(&f, f.now + (op >> 3) * 10 * MS); break;
        case 1: pass(&f, f.now + (op >> 3) * 1000 * MS); break;
        case 2: act(&f); break;
        default: segment(&f); break;
        }
        if ((op & 7) > 1)
            check(&f, before);
    }
    pp_tcp_release(&f.tcp);
    return 0;
}
