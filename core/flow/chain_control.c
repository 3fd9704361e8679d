/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_control.c: tests whether sip's segments without payload reach dip. A FIN reaches it if dip acknowledges the
 * FIN; pure acknowledgments were lost if dip retransmits data that they acknowledged. Acknowledgments carried by data
 * or FINs are left out: the loss of those segments shows by itself.
 */
#include "chain_parts.h"

struct control {
    int64_t control_again_rev;
    uint32_t acked; /* highest acknowledgment in sip's pure ACKs */
    uint32_t fin;   /* sequence number behind sip's FIN */
    uint8_t has_acked, has_fin, control_fin_acked;
};

static const struct pp_field fields[] = {
    FIELD_BOOL(control, control_fin_acked, "dip acknowledged sip's FIN; null if there was none"),
    FIELD_INT(control, control_again_rev, "segments from dip, SYN/ACKs among them, of which pure acknowledgments "
                                          "had confirmed all before they came; null if there was none"),
    FIELD_END,
};

static void init(void *state)
{
    struct control *c = state;

    c->control_again_rev = PP_NULL;
    c->control_fin_acked = PP_UNSEEN;
}

static void forth(struct control *c, const struct pp_tcp_view *v, bool pure, uint32_t end)
{
    if (pure && v->flags & PP_TCP_ACK && (!c->has_acked || pp_chain_behind(v->ack, c->acked))) {
        if (!c->has_acked)
            c->control_again_rev = 0;
        c->has_acked = true;
        c->acked = v->ack;
    }
    if (v->flags & PP_TCP_FIN && !c->has_fin) {
        c->has_fin = true;
        c->fin = end;
        c->control_fin_acked = false;
    }
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct control *c = state;
    const struct pp_tcp_view *v = &p->pkt->tcp;
    uint32_t len, end;

    if (!pp_chain_is_tcp(p) || v->flags & PP_TCP_RST)
        return false;
    len = (uint32_t)p->pkt->payload_len + !!(v->flags & PP_TCP_SYN) + !!(v->flags & PP_TCP_FIN);
    end = v->seq + len;
    if (p->dir == PP_FWD) {
        forth(c, v, len == 0, end);
        return false;
    }
    if (c->has_fin && v->flags & PP_TCP_ACK && !pp_chain_behind(c->fin, v->ack))
        c->control_fin_acked = true;
    if (len && c->has_acked && !pp_chain_behind(end, c->acked))
        c->control_again_rev++;
    return false;
}

const struct pp_chain pp_chain_control = {
    .name = "control",
    .what = "whether dip hears FINs and pure acknowledgments",
    .fields = fields,
    .size = sizeof(struct control),
    .reach = PP_REACH_HEADER,
    .init = init,
    .packet = packet,
};
