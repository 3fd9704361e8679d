/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_ecn.c: codepoints of the ECN field (RFC 3168 section 5), on SYNs and on data. Against PATHspider: `data` means
 * segments with payload, as its documentation says; pure ACKs must not be ECN-capable (section 6.1.4), so they would
 * hide a cleared field.
 */
#include "chain_parts.h"

struct ecn {
    uint8_t ecn_ect0_syn_fwd, ecn_ect1_syn_fwd, ecn_ce_syn_fwd;
    uint8_t ecn_ect0_data_fwd, ecn_ect1_data_fwd, ecn_ce_data_fwd;
    uint8_t ecn_ect0_syn_rev, ecn_ect1_syn_rev, ecn_ce_syn_rev;
    uint8_t ecn_ect0_data_rev, ecn_ect1_data_rev, ecn_ce_data_rev;
    uint8_t pad[4];
};

static const struct pp_field fields[] = {
    FIELD_BOOL(ecn, ecn_ect0_syn_fwd, "a SYN sent by sip was marked ECT(0)"),
    FIELD_BOOL(ecn, ecn_ect1_syn_fwd, "a SYN sent by sip was marked ECT(1)"),
    FIELD_BOOL(ecn, ecn_ce_syn_fwd, "a SYN sent by sip was marked CE"),
    FIELD_BOOL(ecn, ecn_ect0_data_fwd, "data sent by sip was marked ECT(0)"),
    FIELD_BOOL(ecn, ecn_ect1_data_fwd, "data sent by sip was marked ECT(1)"),
    FIELD_BOOL(ecn, ecn_ce_data_fwd, "data sent by sip was marked CE"),
    FIELD_BOOL(ecn, ecn_ect0_syn_rev, "a SYN/ACK was marked ECT(0)"),
    FIELD_BOOL(ecn, ecn_ect1_syn_rev, "a SYN/ACK was marked ECT(1)"),
    FIELD_BOOL(ecn, ecn_ce_syn_rev, "a SYN/ACK was marked CE"),
    FIELD_BOOL(ecn, ecn_ect0_data_rev, "data sent by dip was marked ECT(0)"),
    FIELD_BOOL(ecn, ecn_ect1_data_rev, "data sent by dip was marked ECT(1)"),
    FIELD_BOOL(ecn, ecn_ce_data_rev, "data sent by dip was marked CE"),
    FIELD_END,
};

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct ecn *e = state;
    /* [direction][data?][codepoint]; codepoint 0, Not-ECT, has no field. */
    uint8_t *const mark[2][2][4] = {
        {{NULL, &e->ecn_ect1_syn_fwd, &e->ecn_ect0_syn_fwd, &e->ecn_ce_syn_fwd},
         {NULL, &e->ecn_ect1_data_fwd, &e->ecn_ect0_data_fwd, &e->ecn_ce_data_fwd}},
        {{NULL, &e->ecn_ect1_syn_rev, &e->ecn_ect0_syn_rev, &e->ecn_ce_syn_rev},
         {NULL, &e->ecn_ect1_data_rev, &e->ecn_ect0_data_rev, &e->ecn_ce_data_rev}},
    };
    enum pp_packet_class class = pp_chain_class(p);
    unsigned codepoint = p->pkt->tos & 3;

    if (class != PP_CLASS_OTHER && codepoint != PP_NOT_ECT)
        *mark[p->dir == PP_REV][class == PP_CLASS_DATA][codepoint] = true;
    return false;
}

const struct pp_chain pp_chain_ecn = {
    .name = "ecn",
    .what = "ECT(0), ECT(1) and CE marks on SYNs and data, both ways",
    .fields = fields,
    .size = sizeof(struct ecn),
    .reach = PP_REACH_HEADER,
    .packet = packet,
};
