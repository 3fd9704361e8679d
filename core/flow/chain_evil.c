/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_evil.c: the reserved flag of the IPv4 header (RFC 791 section 3.1; RFC 3514 calls it the evil bit), on SYNs and
 * on data. IPv6 has no such bit: all fields are null. Against PATHspider: the second data packet does not end the flow.
 */
#include "chain_parts.h"

struct evil {
    uint8_t evilbit_syn_fwd, evilbit_data_fwd, evilbit_syn_rev, evilbit_data_rev;
    uint8_t pad[4];
};

static const struct pp_field fields[] = {
    FIELD_BOOL(evil, evilbit_syn_fwd, "a SYN had the flag; null if no SYN over IPv4 was seen"),
    FIELD_BOOL(evil, evilbit_data_fwd, "data from sip had the flag"),
    FIELD_BOOL(evil, evilbit_syn_rev, "a SYN/ACK had the flag"),
    FIELD_BOOL(evil, evilbit_data_rev, "data from dip had the flag"),
    FIELD_END,
};

#define RESERVED_FLAG 0x80

static void init(void *state)
{
    struct evil *e = state;

    e->evilbit_syn_fwd = e->evilbit_data_fwd = e->evilbit_syn_rev = e->evilbit_data_rev = PP_UNSEEN;
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct evil *e = state;
    enum pp_packet_class class = pp_chain_class(p);
    uint8_t *seen;

    if (p->pkt->family != 4 || class == PP_CLASS_OTHER)
        return false;
    if (class == PP_CLASS_SYN)
        seen = p->dir == PP_FWD ? &e->evilbit_syn_fwd : &e->evilbit_syn_rev;
    else
        seen = p->dir == PP_FWD ? &e->evilbit_data_fwd : &e->evilbit_data_rev;
    if (p->pkt->ip_flags & RESERVED_FLAG)
        *seen = true;
    else if (*seen == PP_UNSEEN)
        *seen = false;
    return false;
}

const struct pp_chain pp_chain_evil = {
    .name = "evil",
    .what = "the reserved flag of the IPv4 header on SYNs and data",
    .fields = fields,
    .size = sizeof(struct evil),
    .reach = PP_REACH_HEADER,
    .init = init,
    .packet = packet,
};
