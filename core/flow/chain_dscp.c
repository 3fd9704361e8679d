/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_dscp.c: the first differentiated services codepoint (RFC 2474) of SYNs and of data, in each direction. Against
 * PATHspider: zero is a codepoint like any other, so null means that no such packet was seen.
 */
#include "chain_parts.h"

struct dscp {
    int64_t dscp_mark_syn_fwd, dscp_mark_data_fwd, dscp_mark_syn_rev, dscp_mark_data_rev;
};

static const struct pp_field fields[] = {
    FIELD_INT(dscp, dscp_mark_syn_fwd, "codepoint of the first SYN"),
    FIELD_INT(dscp, dscp_mark_data_fwd, "codepoint of the first data from sip: a TCP segment with payload, or "
                                        "any packet of another protocol"),
    FIELD_INT(dscp, dscp_mark_syn_rev, "codepoint of the first SYN/ACK"),
    FIELD_INT(dscp, dscp_mark_data_rev, "codepoint of the first data from dip"),
    FIELD_END,
};

static void init(void *state)
{
    struct dscp *d = state;

    d->dscp_mark_syn_fwd = d->dscp_mark_data_fwd = d->dscp_mark_syn_rev = d->dscp_mark_data_rev = PP_NULL;
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct dscp *d = state;
    enum pp_packet_class class = pp_chain_class(p);
    int64_t *mark;

    if (class == PP_CLASS_OTHER)
        return false;
    if (class == PP_CLASS_SYN)
        mark = p->dir == PP_FWD ? &d->dscp_mark_syn_fwd : &d->dscp_mark_syn_rev;
    else
        mark = p->dir == PP_FWD ? &d->dscp_mark_data_fwd : &d->dscp_mark_data_rev;
    if (*mark == PP_NULL)
        *mark = p->pkt->tos >> 2;
    return false;
}

const struct pp_chain pp_chain_dscp = {
    .name = "dscp",
    .what = "differentiated services codepoints of SYNs and data, both ways",
    .fields = fields,
    .size = sizeof(struct dscp),
    .reach = PP_REACH_HEADER,
    .init = init,
    .packet = packet,
};
