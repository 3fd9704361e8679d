/* SPDX-License-Identifier: BSD-2-Clause */
/* udp.c: sends a question, repeats it, and waits for the answer. */
#include "udp.h"

#include <string.h>

#define SECOND INT64_C(1000000000)

void pp_udp_init(struct pp_udp *u, const struct pp_udp_ops *ops, int64_t timeout)
{
    *u = (struct pp_udp){.ops = ops, .timeout = timeout, .deadline = PP_NEVER};
}

/* Sends the question; sets the deadline to the next repetition, at 1, 3, 7 s, or to the end. */
static void ask(struct pp_udp *u)
{
    int64_t next;

    u->sent++;
    next = u->first_at + ((INT64_C(1) << u->sent) - 1) * SECOND;
    u->deadline = u->sent < PP_UDP_TRIES && next < u->until ? next : u->until;
    u->ops->send(u, u->sent > 1);
}

void pp_udp_start(struct pp_udp *u, int64_t now)
{
    u->first_at = now;
    u->until = now + u->timeout;
    ask(u);
}

void pp_udp_end(struct pp_udp *u, enum pp_how how)
{
    if (u->over)
        return;
    u->over = true;
    u->deadline = PP_NEVER;
    u->ops->closed(u, u->answered ? PP_HOW_NONE : how);
}

void pp_udp_input(struct pp_udp *u, const uint8_t *bytes, size_t len, int64_t now)
{
    if (u->over)
        return;
    switch (u->ops->reply(u, bytes, len)) {
    case PP_UDP_ANSWER:
        pp_udp_end(u, PP_HOW_NONE);
        break;
    case PP_UDP_FIRST:
        if (!u->answered && now + PP_UDP_REST < u->until)
            u->until = now + PP_UDP_REST;
        u->answered = true;
        u->deadline = u->until;
        break;
    case PP_UDP_AGAIN:
        u->first_at = now;
        u->sent = 0;
        ask(u);
        break;
    default:
        u->wrong = true;
    }
}

void pp_udp_timer(struct pp_udp *u, int64_t now)
{
    if (u->over || now < u->deadline)
        return;
    if (now >= u->until)
        pp_udp_end(u, u->wrong ? PP_HOW_BAD_REPLY : PP_HOW_SILENT);
    else
        ask(u);
}
