/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.c: the TCP of the lab's servers, written from RFC 9293 and RFC 3168, independently of core/talk. A server looks
 * like a Linux host and serves one small page over HTTP/1.1. This TCP is correct towards a well-behaved client under
 * loss, duplication and reordering; it uses go-back-N in place of SACK, and keeps one out-of-order segment at most.
 */
#include "host.h"

#define RTO_MIN (300 * PP_LAB_MS)
#define RTO_MAX (10 * PP_LAB_SECOND)
#define RTO_UNKNOWN (3 * PP_LAB_SECOND) /* RFC 6298 section 5.7 */

/* Reads a DNS query after its length field (RFC 1035 section 4.2.2), and turns it into its answer. */
static void read_query(struct pp_conn *c, const uint8_t *bytes, uint32_t len)
{
    uint32_t room = PP_CONN_DNS - c->dns_len, all;

    if (c->bits & PP_CONN_ANSWER)
        return;
    len = len < room ? len : room;
    memcpy(c->dns + c->dns_len, bytes, len);
    c->dns_len = (uint16_t)(c->dns_len + len);
    all = c->dns_len < 2 ? PP_CONN_DNS : 2u + pp_get16(c->dns);
    if (c->dns_len < all)
        return;
    c->dns_len = (uint16_t)pp_host_dns(c->dns + 2, all - 2);
    pp_put16(c->dns, c->dns_len);
    c->dns_len = (uint16_t)(c->dns_len ? c->dns_len + 2 : 0); /* a message that is no query gets no answer */
    c->bits |= PP_CONN_ANSWER | PP_CONN_CLOSING;
}

/* A first byte below 2 is that of a DNS message's length; HTTP requests begin with a letter. */
void pp_host_request(struct pp_conn *c, const uint8_t *bytes, uint32_t len)
{
    if (!len)
        return;
    if (!c->dns && !(c->bits & PP_CONN_ASKED) && bytes[0] < 2)
        c->dns = malloc(PP_CONN_DNS);
    c->bits |= PP_CONN_ASKED;
    if (c->dns) {
        read_query(c, bytes, len);
        return;
    }
    pp_host_http_request(c, bytes, len);
}

/* Takes the acknowledgment. False: the segment acknowledges data that was never sent. */
static bool take_ack(struct pp_lab *lab, struct pp_conn *c, const struct pp_packet *p, int64_t at)
{
    uint32_t news = p->tcp.ack - c->snd_una;
    struct pp_tcpopt opt;

    if ((int32_t)(p->tcp.ack - c->snd_max) > 0)
        return false;
    if ((int32_t)news < 0)
        return true; /* an old acknowledgment; the segment's data may be new */
    if (c->state == PP_CONN_SYN_RECEIVED && news) {
        c->state = PP_CONN_OPEN;
        c->rto = c->bits & PP_CONN_RESENT ? RTO_UNKNOWN : 3 * (at - c->sent_at);
        c->rto = c->rto < RTO_MIN ? RTO_MIN : c->rto > RTO_MAX ? RTO_MAX : c->rto;
        if (lab->quirks[c->place.class_index] & PP_QUIRK_WINDOW0)
            pp_host_put_segment(lab, c, 0, c->snd_nxt, 0, false, at);
    }
    if (news) {
        c->snd_una = p->tcp.ack;
        c->retries = 0;
        if ((int32_t)(c->snd_nxt - c->snd_una) < 0)
            c->snd_nxt = c->snd_una;
    }
    if (c->snd_wnd == 0 && p->tcp.window)
        c->retries = 0;
    c->snd_wnd = (uint32_t)p->tcp.window << (c->bits & PP_CONN_SCALED ? c->wscale : 0);
    if (c->bits & PP_CONN_ECN && p->tcp.flags & PP_TCP_ECE)
        c->bits |= PP_CONN_CWR;
    if (c->bits & PP_CONN_TIMESTAMPS && p->tcp.seq == c->rcv_nxt && pp_tcpopt_find(&p->tcp, 8, 10, &opt))
        c->ts_recent = pp_get32(opt.data);
    return true;
}

/* RFC 3168 section 6.1.3: CWR ends the echo of CE, and CE on the same segment begins it again. */
static void take_marks(uint32_t quirks, struct pp_conn *c, const struct pp_packet *p)
{
    if (c->bits & PP_CONN_ACCECN)
        pp_accecn_take(c, p);
    if (!(c->bits & PP_CONN_ECN) || !p->payload_len)
        return;
    if (p->tcp.flags & PP_TCP_CWR && !(quirks & PP_QUIRK_KEEP_ECE))
        c->bits &= (uint16_t)~PP_CONN_ECE;
    if ((p->tos & 3) == PP_CE && !(quirks & PP_QUIRK_NO_ECHO))
        c->bits |= PP_CONN_ECE;
}

/* Keeps the out-of-order segment P, unless another one is kept, until the missing data has come. */
static void keep_ahead(struct pp_conn *c, const struct pp_packet *p)
{
    struct pp_conn_ahead *a;

    if (c->ahead || !p->payload_len || p->payload_cap < p->payload_len || p->tcp.flags & PP_TCP_FIN)
        return;
    a = malloc(sizeof *a + p->payload_len);
    if (!a)
        return;
    *a = (struct pp_conn_ahead){.seq = p->tcp.seq, .flags = p->tcp.flags, .len = p->payload_len, .tos = p->tos};
    memcpy(a->bytes, p->payload, p->payload_len);
    c->ahead = a;
}

static void take_data_ahead(struct pp_lab *lab, struct pp_conn *c);

/* Takes data that is new and in order. True: an acknowledgment has to be sent. */
static bool take_data(struct pp_lab *lab, struct pp_conn *c, const struct pp_packet *p)
{
    bool fin = p->tcp.flags & PP_TCP_FIN;
    uint32_t old = c->rcv_nxt - p->tcp.seq; /* bytes of the segment that were received before */
    uint32_t len = p->payload_len;

    if (!len && !fin)
        return p->tcp.seq != c->rcv_nxt; /* a keepalive or window probe */
    if ((int32_t)old < 0)
        keep_ahead(c, p);
    if (p->payload_cap < len || (int32_t)old < 0 || c->bits & PP_CONN_PEER_FIN)
        return true; /* out of order, or after the FIN */
    if (old < len) { /* marks of old data are ignored: RFC 3168 section 6.1.5 */
        take_marks(lab->quirks[c->place.class_index], c, p);
        pp_host_request(c, p->payload + old, len - old);
        c->rcv_nxt += len - old;
        old = len;
        take_data_ahead(lab, c);
    }
    if (fin && old == len) {
        c->rcv_nxt++;
        c->bits |= PP_CONN_PEER_FIN | PP_CONN_CLOSING;
    }
    return true;
}

static void take_data_ahead(struct pp_lab *lab, struct pp_conn *c)
{
    struct pp_conn_ahead *a = c->ahead;
    struct pp_packet p;

    if (!a || (int32_t)(c->rcv_nxt - a->seq) < 0)
        return;
    c->ahead = NULL;
    p = (struct pp_packet){.tos = a->tos, .payload = a->bytes, .payload_len = a->len, .payload_cap = a->len};
    p.tcp.seq = a->seq;
    p.tcp.flags = a->flags;
    take_data(lab, c, &p);
    free(a);
}

static void on_segment(struct pp_lab *lab, struct pp_conn *c, const struct pp_packet *p, int64_t at)
{
    bool owed;

    if (c->state == PP_CONN_IGNORED || c->state == PP_CONN_WAITING)
        return;
    if (p->tcp.flags & PP_TCP_RST) {
        if (p->tcp.seq - c->rcv_nxt < 65536)
            pp_host_forget(lab, c);
        return;
    }
    if (!(p->tcp.flags & PP_TCP_ACK))
        return;
    if (c->state == PP_CONN_SYN_RECEIVED && p->tcp.ack != c->snd_max) {
        struct pp_net_packet *rst = pp_segment_reset(lab, p, (uint8_t)(PP_LAB_TTL - c->place.nhops));

        if (rst)
            pp_lab_send(lab, &c->place, rst, c->place.nhops + 1u, at, &c->fifo);
        return;
    }
    owed = !take_ack(lab, c, p, at);
    if (!owed)
        owed = take_data(lab, c, p);
    if (c->state == PP_CONN_OPEN && pp_host_put_more(lab, c, 16, at))
        owed = false;
    if (owed)
        pp_host_put_segment(lab, c, 0, c->snd_max, 0, false, at);
    if (c->state == PP_CONN_OPEN && c->bits & PP_CONN_PEER_FIN && c->snd_una == c->iss + 2 + pp_host_answer_len(lab, c))
        c->state = PP_CONN_LINGER;
    pp_host_timer_set(lab, c, at);
}

void pp_host_tcp(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p, int64_t at)
{
    const struct pp_lab_class *class = pp_lab_class(lab, place);
    struct pp_conn_key key = pp_host_key(p);
    struct pp_conn *c = pp_conn_get(&lab->hosts->conns, &key);
    struct pp_net_packet *rst;
    bool open = pp_lab_class_open(class, p->dport);

    if (c) {
        at = at > c->arrived ? at : c->arrived;
        c->arrived = at;
    }
    if (open && class->server != PP_LAB_REFUSE) {
        if ((p->tcp.flags & (PP_TCP_SYN | PP_TCP_ACK | PP_TCP_RST | PP_TCP_FIN)) == PP_TCP_SYN) {
            pp_host_syn(lab, place, c, p, at);
            return;
        }
        if (!c && lab->quirks[place->class_index] & PP_QUIRK_COOKIE)
            c = pp_host_from_cookie(lab, place, p, at);
        if (c) {
            c->dscp = p->tos >> 2;
            on_segment(lab, c, p, at);
            return;
        }
    }
    rst = pp_segment_reset(lab, p, (uint8_t)(PP_LAB_TTL - place->nhops));
    if (rst)
        pp_lab_send(lab, place, rst, place->nhops + 1u, at, NULL);
}
