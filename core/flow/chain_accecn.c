/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_accecn.c: the options of AccECN (RFC 9768 section 3.2.3) that dip sends: kind 172, which counts bytes marked
 * ECT(0), CE and ECT(1), and kind 174, which counts ECT(1), CE and ECT(0). The first counter starts at 1 in both, so a
 * 0 shows that a device cleared it (section 3.2.3.2.4); an option without counters is valid. The chain tcp has the
 * header flags.
 */
#include "chain_parts.h"

enum { ACCECN0 = 172, ACCECN1 = 174 };

struct accecn {
    int64_t accecn_ect0, accecn_ce, accecn_ect1;
    uint32_t data_start; /* sequence number of sip's first data byte */
    uint8_t data_seen;
    uint8_t accecn_synack, accecn_ack, accecn_zeroed;
};

static const struct pp_field fields[] = {
    FIELD_BOOL(accecn, accecn_synack, "the SYN/ACK has an AccECN option; null if none came"),
    FIELD_BOOL(accecn, accecn_ack, "an acknowledgment of sip's data has an AccECN option; null if there was none"),
    FIELD_BOOL(accecn, accecn_zeroed, "the first counter of one of these options is 0; null if none has a counter"),
    FIELD_INT(accecn, accecn_ect0, "bytes of sip's data that arrived marked ECT(0), by the last of these options on an "
                                   "acknowledgment of data (modulo 2^24; began at 1); null if none has that counter"),
    FIELD_INT(accecn, accecn_ce, "the same of CE; it began at 0"),
    FIELD_INT(accecn, accecn_ect1, "the same of ECT(1); it began at 1"),
    FIELD_END,
};

static void init(void *state)
{
    struct accecn *a = state;

    a->accecn_synack = a->accecn_ack = a->accecn_zeroed = PP_UNSEEN;
    a->accecn_ect0 = a->accecn_ce = a->accecn_ect1 = PP_NULL;
}

/* Options of 5, 8 and 11 bytes have one, two and three counters of 24 bits. */
static void take_counters(struct accecn *a, const struct pp_tcpopt *opt)
{
    int64_t *counter[3] = {&a->accecn_ect0, &a->accecn_ce, &a->accecn_ect1};

    for (unsigned i = 0; i < 3 && opt->len >= 5 + 3 * i; i++) {
        const uint8_t *at = opt->data + 3 * i;

        *counter[opt->kind == ACCECN0 ? i : 2 - i] = at[0] << 16 | at[1] << 8 | at[2];
    }
}

static bool has_option(struct accecn *a, const struct pp_tcp_view *v, bool of_data)
{
    struct pp_tcpopt opt;
    unsigned off = 0;
    bool found = false;

    while (pp_tcpopt_next(v, &off, &opt)) {
        if (opt.kind != ACCECN0 && opt.kind != ACCECN1)
            continue;
        found = true;
        if (of_data)
            take_counters(a, &opt);
        if (opt.len < 5)
            continue;
        if (!opt.data[0] && !opt.data[1] && !opt.data[2])
            a->accecn_zeroed = true;
        else if (a->accecn_zeroed == PP_UNSEEN)
            a->accecn_zeroed = false;
    }
    return found;
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct accecn *a = state;
    const struct pp_tcp_view *v = &p->pkt->tcp;
    uint8_t *field;

    if (!pp_chain_is_tcp(p) || v->flags & PP_TCP_RST)
        return false;
    if (p->dir == PP_FWD) {
        if (p->pkt->payload_len && !a->data_seen && !(v->flags & PP_TCP_SYN)) {
            a->data_seen = true;
            a->data_start = v->seq;
        }
        return false;
    }
    if (v->flags & PP_TCP_SYN)
        field = &a->accecn_synack;
    else if (a->data_seen && v->flags & PP_TCP_ACK && (int32_t)(v->ack - a->data_start) > 0)
        field = &a->accecn_ack;
    else
        return false;
    if (has_option(a, v, field == &a->accecn_ack))
        *field = true;
    else if (*field == PP_UNSEEN)
        *field = false;
    return false;
}

const struct pp_chain pp_chain_accecn = {
    .name = "accecn",
    .what = "AccECN options on the SYN/ACK and on acknowledgments of data",
    .fields = fields,
    .size = sizeof(struct accecn),
    .reach = PP_REACH_OPTIONS,
    .init = init,
    .packet = packet,
};
