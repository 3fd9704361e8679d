/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_tfo.c: TCP Fast Open (RFC 7413): the option on the first SYN of each direction, as kind 34 or as one of the two
 * experimental kinds with ExID 0xF989 (RFC 6994), data in the SYN, and how many of them the SYN/ACK acknowledged.
 */
#include "chain_parts.h"

#include "../packet/tfo.h"

struct tfo {
    int64_t tfo_synkind, tfo_ackkind, tfo_synclen, tfo_ackclen, tfo_seq, tfo_dlen, tfo_ack;
    struct pp_tfo_cookie cookie; /* the cookie in the SYN */
    uint8_t tfo_refreshed;
    uint8_t seen[2];
    uint8_t pad[3];
};

static const struct pp_field fields[] = {
    FIELD_INT(tfo, tfo_synkind, "kind of the option in the SYN: 34, 254 or 255; 0: none"),
    FIELD_INT(tfo, tfo_ackkind, "kind of the option in the SYN/ACK"),
    FIELD_INT(tfo, tfo_synclen, "length of the cookie in the SYN; 0: a request"),
    FIELD_INT(tfo, tfo_ackclen, "length of the cookie in the SYN/ACK"),
    FIELD_INT(tfo, tfo_seq, "sequence number of the SYN"),
    FIELD_INT(tfo, tfo_dlen, "bytes of data in the SYN"),
    FIELD_INT(tfo, tfo_ack, "acknowledgment number of the SYN/ACK"),
    FIELD_BOOL(tfo, tfo_refreshed, "the SYN/ACK has another cookie than the SYN; null if one of the two has none"),
    FIELD_END,
};

static void init(void *state)
{
    struct tfo *t = state;

    t->tfo_refreshed = PP_UNSEEN;
}

enum { KIND_TFO = PP_TFO_KIND, EXID_TFO = PP_TFO_EXID };

/* Returns the cookie's length in bytes, or -1: OPT is no Fast Open option. */
static int cookie_len(const struct pp_tcpopt *opt)
{
    if (opt->kind == KIND_TFO)
        return opt->len >= 2 ? opt->len - 2 : -1;
    if ((opt->kind == 254 || opt->kind == 255) && opt->len >= 4 && pp_get16(opt->data) == EXID_TFO)
        return opt->len - 4;
    return -1;
}

static void option(const struct pp_tcp_view *v, int64_t *kind, int64_t *clen)
{
    struct pp_tcpopt opt;
    unsigned off = 0;

    while (pp_tcpopt_next(v, &off, &opt)) {
        int len = cookie_len(&opt);

        if (len >= 0) {
            *kind = opt.kind;
            *clen = len;
            return;
        }
    }
}

/* Finds the first cookie of valid length. */
static bool cookie(const struct pp_tcp_view *v, struct pp_tfo_cookie *c)
{
    struct pp_tcpopt opt;

    for (unsigned off = 0; pp_tcpopt_next(v, &off, &opt);)
        if (pp_tfo_read(&opt, c))
            return true;
    return false;
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct tfo *t = state;
    struct pp_tfo_cookie got;

    if (!pp_chain_is_syn(p) || t->seen[p->dir])
        return false;
    t->seen[p->dir] = true;
    if (p->dir == PP_FWD) {
        t->tfo_seq = p->pkt->tcp.seq;
        t->tfo_dlen = p->pkt->payload_len;
        option(&p->pkt->tcp, &t->tfo_synkind, &t->tfo_synclen);
        cookie(&p->pkt->tcp, &t->cookie);
    } else {
        t->tfo_ack = p->pkt->tcp.ack;
        option(&p->pkt->tcp, &t->tfo_ackkind, &t->tfo_ackclen);
        if (t->cookie.kind && cookie(&p->pkt->tcp, &got))
            t->tfo_refreshed = got.len != t->cookie.len || memcmp(got.bytes, t->cookie.bytes, got.len) != 0;
    }
    return false;
}

const struct pp_chain pp_chain_tfo = {
    .name = "tfo",
    .what = "TCP Fast Open: cookies, data in the SYN and its acknowledgment",
    .fields = fields,
    .size = sizeof(struct tfo),
    .reach = PP_REACH_OPTIONS,
    .init = init,
    .packet = packet,
};
