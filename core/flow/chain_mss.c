/* SPDX-License-Identifier: BSD-2-Clause */
/* chain_mss.c: the maximum segment size option (RFC 9293 section 3.7.1) of the first SYN in each direction. */
#include "chain_parts.h"

struct mss {
    int64_t mss_len_fwd, mss_value_fwd, mss_len_rev, mss_value_rev;
    uint8_t seen[2]; /* by direction: the first SYN was seen */
    uint8_t pad[6];
};

static const struct pp_field fields[] = {
    FIELD_INT(mss, mss_len_fwd, "length of the option in the SYN, kind and length bytes included; null if it has none"),
    FIELD_INT(mss, mss_value_fwd, "its value; null if the length is not 4"),
    FIELD_INT(mss, mss_len_rev, "length of the option in the SYN/ACK"),
    FIELD_INT(mss, mss_value_rev, "its value"),
    FIELD_END,
};

enum { KIND_MSS = 2, MSS_LEN = 4 };

static void init(void *state)
{
    struct mss *m = state;

    m->mss_len_fwd = m->mss_value_fwd = m->mss_len_rev = m->mss_value_rev = PP_NULL;
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct mss *m = state;
    bool fwd = p->dir == PP_FWD;
    struct pp_tcpopt opt;

    if (!pp_chain_is_syn(p) || m->seen[p->dir])
        return false;
    m->seen[p->dir] = true;
    if (!pp_tcpopt_find(&p->pkt->tcp, KIND_MSS, 2, &opt))
        return false;
    *(fwd ? &m->mss_len_fwd : &m->mss_len_rev) = opt.len;
    if (opt.len == MSS_LEN)
        *(fwd ? &m->mss_value_fwd : &m->mss_value_rev) = pp_get16(opt.data);
    return false;
}

const struct pp_chain pp_chain_mss = {
    .name = "mss",
    .what = "maximum segment size options of both SYNs",
    .fields = fields,
    .size = sizeof(struct mss),
    .reach = PP_REACH_HEADER,
    .init = init,
    .packet = packet,
};
