/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_mptcp.c: Multipath TCP's MP_CAPABLE (RFC 8684 section 3.1) in the first SYN of each direction: its length tells
 * its content: 4 bytes no key, 12 bytes one. An option copied byte for byte does not count as an answer.
 */
#include "chain_parts.h"

struct mptcp {
    int64_t mptcp_synlen, mptcp_acklen, mptcp_ackversion, mptcp_ackflags;
    uint8_t mptcp_mirrored;
    uint8_t seen[2];
    uint8_t sent[40], sent_len; /* the SYN's option, kind and length bytes included */
    uint8_t pad[4];
};

static const struct pp_field fields[] = {
    FIELD_INT(mptcp, mptcp_synlen, "length of MP_CAPABLE in the SYN; 0: none"),
    FIELD_INT(mptcp, mptcp_acklen, "length of MP_CAPABLE in the SYN/ACK; 0: none"),
    FIELD_INT(mptcp, mptcp_ackversion, "its version"),
    FIELD_INT(mptcp, mptcp_ackflags, "its flags A (0x80) to H (0x01)"),
    FIELD_BOOL(mptcp, mptcp_mirrored, "the SYN/ACK has the SYN's MP_CAPABLE, byte for byte; null if one of the two has "
                                      "none"),
    FIELD_END,
};

enum { KIND_MPTCP = 30, MP_CAPABLE = 0 };

static void init(void *state)
{
    struct mptcp *m = state;

    m->mptcp_synlen = m->mptcp_acklen = m->mptcp_ackversion = m->mptcp_ackflags = PP_NULL;
    m->mptcp_mirrored = PP_UNSEEN;
}

/* Finds MP_CAPABLE; subtype and version share a byte, the flags are in the next. */
static bool find(const struct pp_tcp_view *tcp, struct pp_tcpopt *opt)
{
    for (unsigned off = 0; pp_tcpopt_next(tcp, &off, opt);) {
        if (opt->kind == KIND_MPTCP && opt->len >= 4 && opt->data[0] >> 4 == MP_CAPABLE)
            return true;
    }
    return false; /* OPT is all zero then */
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct mptcp *m = state;
    struct pp_tcpopt opt;

    if (!pp_chain_is_syn(p) || m->seen[p->dir])
        return false;
    m->seen[p->dir] = true;
    if (p->dir == PP_FWD) {
        if (find(&p->pkt->tcp, &opt) && opt.len <= sizeof m->sent)
            memcpy(m->sent, opt.data - 2, opt.len);
        m->mptcp_synlen = m->sent_len = opt.len;
        return false;
    }
    if (find(&p->pkt->tcp, &opt)) {
        m->mptcp_ackversion = opt.data[0] & 0x0f;
        m->mptcp_ackflags = opt.data[1];
        if (m->sent_len)
            m->mptcp_mirrored = opt.len == m->sent_len && memcmp(opt.data - 2, m->sent, opt.len) == 0;
    }
    m->mptcp_acklen = opt.len;
    return false;
}

const struct pp_chain pp_chain_mptcp = {
    .name = "mptcp",
    .what = "Multipath TCP as the two SYNs have it",
    .fields = fields,
    .size = sizeof(struct mptcp),
    .reach = PP_REACH_OPTIONS,
    .init = init,
    .packet = packet,
};
