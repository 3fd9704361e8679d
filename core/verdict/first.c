/* SPDX-License-Identifier: BSD-2-Clause */
/* first.c: begins a conversation without sending anything, to get the bytes that it would send first. */
#include "first.h"

static void unsent(struct pp_talk *t, const struct pp_segment *s)
{
    (void)t, (void)s;
}

static void unheard(struct pp_talk *t)
{
    (void)t;
}

size_t pp_first_bytes(const struct pp_plan *plan, const struct pp_target *t, const struct pp_plan_arm *a,
                      struct pp_http_pool *pool, uint8_t out[PP_MESSAGE_MAX])
{
    static const struct pp_talk_owner nobody = {.send = unsent, .decided = unheard, .over = unheard};
    uint64_t chance = a->index | (uint64_t)pp_addr_family(&t->addr) << 8; /* different ids for each arm and family */
    struct pp_talk talk;
    size_t len;

    if (plan->mode->proto == PP_PROTO_UDP)
        return pp_plan_message(plan, a, pp_addr_family(&t->addr), pp_plan_domain(plan, t), chance, out);
    pp_talk_init(&talk, plan->mode, &nobody, &plan->tcp, &t->addr, t->port, pp_plan_domain(plan, t), pool, 0, 0, 0);
    talk.ask.http = a->http;
    talk.tcp.early = true; /* lets the mode write before the connection is established */
    plan->mode->open(&talk);
    len = talk.tcp.out_len < PP_MESSAGE_MAX ? talk.tcp.out_len : PP_MESSAGE_MAX;
    if (len)
        memcpy(out, talk.tcp.out, len);
    pp_talk_release(&talk);
    return len;
}
