/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpopt.c: walks TCP options (RFC 9293 section 3.2). */
#include "packet.h"

enum { EOL = 0, NOP = 1 };

bool pp_tcpopt_next(const struct pp_tcp_view *t, unsigned *off, struct pp_tcpopt *opt)
{
    const uint8_t *o;

    *opt = (struct pp_tcpopt){.data = NULL};
    if (*off >= t->opt_len)
        return false;
    o = t->opt + *off;
    if (o[0] == EOL)
        return false;
    opt->kind = o[0];
    if (o[0] == NOP) {
        opt->len = 1;
        opt->data = o + 1;
        *off += 1;
        return true;
    }
    /* OFF stays at the invalid option, so that the caller sees where the walk ended. */
    if (t->opt_len - *off < 2 || o[1] < 2 || o[1] > t->opt_len - *off)
        return false;
    opt->len = o[1];
    opt->data = o + 2;
    *off += o[1];
    return true;
}

bool pp_tcpopt_find(const struct pp_tcp_view *t, uint8_t kind, uint8_t min_len, struct pp_tcpopt *opt)
{
    unsigned off = 0;

    while (pp_tcpopt_next(t, &off, opt))
        if (opt->kind == kind && opt->len >= min_len)
            return true;
    *opt = (struct pp_tcpopt){.data = NULL};
    return false;
}
