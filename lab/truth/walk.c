/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk.c: carries one segment along a path (walk.h). The server's answer to a SYN, also in host_syn.c, is written here
 * independently from the RFCs.
 */
#include "walk.h"

static void meet(const struct pp_behaviour *b, struct pp_walk *s)
{
    if (b->quirk || b->act || b->mtu || b->options || b->options_min || b->payload || b->text || b->fragments ||
        (b->flags_mask && (s->flags & b->flags_mask) != b->flags) || (b->ecn && !(b->ecn >> s->ecn & 1)) ||
        (b->dscp_only && b->dscp_only != s->dscp))
        return;
    if (b->action != PP_BOX_CHANGE)
        *(b->members ? &s->chance : &s->lost) |= b->action != PP_BOX_PASS;
    s->flags &= (uint16_t)~b->flags_clear;
    if (b->mark_set)
        s->ecn = b->mark;
    if (b->dscp_change)
        s->dscp = (uint8_t)pp_behaviour_dscp(b, s->dscp);
}

void pp_walk(const struct pp_lab_class *c, enum pp_lab_dir dir, struct pp_walk *s)
{
    for (unsigned i = 0; i < c->npath; i++) {
        const struct pp_lab_box *box = &c->path[dir == PP_LAB_FWD ? i : c->npath - 1 - i];

        if (box->dir & dir)
            meet(box->behaviour, s);
    }
}

uint32_t pp_walk_quirks(const struct pp_lab_class *c)
{
    uint32_t quirks = 0;

    for (unsigned i = 0; i < c->npath; i++)
        quirks |= c->path[i].behaviour->quirk;
    return quirks;
}

/* RFC 9768 table 2; RFC 3168 section 6.1.1, which forbids ECT on SYNs: Linux then refuses ECN. */
static unsigned answer(const struct pp_lab_class *c, uint32_t quirks, const struct pp_walk *s)
{
    static const uint8_t feedback[4] = {[PP_NOT_ECT] = 2, [PP_ECT1] = 3, [PP_ECT0] = 4, [PP_CE] = 6};
    unsigned ace = s->flags >> 6 & 7;

    if (quirks & PP_QUIRK_ACCECN && ace != 0 && ace != 3)
        return feedback[s->ecn];
    if (quirks & PP_QUIRK_REFLECT)
        return ace & 3;
    return c->server == PP_LAB_ECN && (ace & 3) == 3 && (s->ecn == PP_NOT_ECT || ace & 4);
}

void pp_walk_handshake(const struct pp_lab_class *c, struct pp_walk *s)
{
    pp_walk(c, PP_LAB_FWD, s);
    s->flags = (uint16_t)(PP_TCP_SYN | PP_TCP_ACK | answer(c, pp_walk_quirks(c), s) << 6);
    s->ecn = PP_NOT_ECT;
    s->dscp = 0;
    pp_walk(c, PP_LAB_REV, s);
}

bool pp_walk_is_plain(const struct pp_lab_class *c)
{
    return c->loss == 0 && c->burst_loss == 0 && c->dup == 0 && 2 * (c->delay_ms + c->jitter_ms) < 1000 &&
           !(pp_walk_quirks(c) & (PP_QUIRK_SECOND_SYN | PP_QUIRK_ALTERNATE | PP_QUIRK_SYN_LIMIT | PP_QUIRK_MIXED));
}
