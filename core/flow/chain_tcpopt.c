/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_tcpopt.c: which of the three common options the SYN/ACK accepts, and whether it copies an option that dip
 * cannot know. Against PATHspider: false means a SYN/ACK without the option, null no SYN/ACK.
 */
#include "chain_parts.h"

struct tcpopt {
    uint8_t tcpopt_ts, tcpopt_ws, tcpopt_sack, tcpopt_mirrored;
    uint8_t exp[40]; /* the SYN's first experimental option, kind and length bytes included */
    uint8_t exp_len; /* 0: it has none */
    uint8_t pad[3];
};

static const struct pp_field fields[] = {
    FIELD_BOOL(tcpopt, tcpopt_ts, "the SYN/ACK has timestamps (RFC 7323)"),
    FIELD_BOOL(tcpopt, tcpopt_ws, "the SYN/ACK has a window scale (RFC 7323)"),
    FIELD_BOOL(tcpopt, tcpopt_sack, "the SYN/ACK permits SACK (RFC 2018)"),
    FIELD_BOOL(tcpopt, tcpopt_mirrored, "the SYN/ACK has the experimental option (RFC 6994) of the SYN, byte for byte; "
                                        "null if the SYN has none"),
    FIELD_END,
};

enum { KIND_WS = 3, KIND_SACK = 4, KIND_TS = 8, KIND_EXP1 = 253, KIND_EXP2 = 254 };

static void init(void *state)
{
    struct tcpopt *t = state;

    t->tcpopt_ts = t->tcpopt_ws = t->tcpopt_sack = t->tcpopt_mirrored = PP_UNSEEN;
}

static bool is_experimental(const struct pp_tcpopt *opt)
{
    return (opt->kind == KIND_EXP1 || opt->kind == KIND_EXP2) && opt->len >= 2;
}

static void keep_syn(struct tcpopt *t, const struct pp_tcp_view *tcp)
{
    struct pp_tcpopt opt;

    for (unsigned off = 0; !t->exp_len && pp_tcpopt_next(tcp, &off, &opt);) {
        if (!is_experimental(&opt) || opt.len > sizeof t->exp)
            continue;
        t->exp_len = opt.len;
        memcpy(t->exp, opt.data - 2, opt.len);
    }
}

static bool is_mirrored(const struct tcpopt *t, const struct pp_tcp_view *tcp)
{
    struct pp_tcpopt opt;

    for (unsigned off = 0; pp_tcpopt_next(tcp, &off, &opt);) {
        if (is_experimental(&opt) && opt.len == t->exp_len && memcmp(opt.data - 2, t->exp, opt.len) == 0)
            return true;
    }
    return false;
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct tcpopt *t = state;
    struct pp_tcpopt opt;

    if (p->dir == PP_FWD && pp_chain_is_syn(p))
        keep_syn(t, &p->pkt->tcp);
    if (p->dir != PP_REV || !pp_chain_is_syn(p) || t->tcpopt_ts != PP_UNSEEN)
        return false;
    t->tcpopt_ts = pp_tcpopt_find(&p->pkt->tcp, KIND_TS, 10, &opt);
    t->tcpopt_ws = pp_tcpopt_find(&p->pkt->tcp, KIND_WS, 3, &opt);
    t->tcpopt_sack = pp_tcpopt_find(&p->pkt->tcp, KIND_SACK, 2, &opt);
    if (t->exp_len)
        t->tcpopt_mirrored = is_mirrored(t, &p->pkt->tcp);
    return false;
}

const struct pp_chain pp_chain_tcpopt = {
    .name = "tcpopt",
    .what = "timestamps, window scale and SACK as the SYN/ACK agreed to them",
    .fields = fields,
    .size = sizeof(struct tcpopt),
    .reach = PP_REACH_OPTIONS,
    .init = init,
    .packet = packet,
};
