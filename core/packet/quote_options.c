/* SPDX-License-Identifier: BSD-2-Clause */
/* quote_options.c: compares the TCP options of a quote with those sent (RFC 9293 section 3.2). */
#include "quote_parts.h"

enum { NOP = 1 };

/* Finds the N-th option of KIND within the first LEN bytes of T's option area. */
static bool nth(const struct pp_tcp_view *t, unsigned len, uint8_t kind, unsigned n, struct pp_tcpopt *found)
{
    struct pp_tcp_view area = *t;
    unsigned off = 0;

    if (area.opt_len > len)
        area.opt_len = (uint8_t)len;
    while (pp_tcpopt_next(&area, &off, found))
        if (found->kind == kind && n-- == 0)
            return true;
    return false;
}

/* Counts the options of OPT's kind that precede it in T. */
static unsigned ordinal(const struct pp_tcp_view *t, const struct pp_tcpopt *opt)
{
    struct pp_tcpopt other;
    unsigned n = 0;

    while (nth(t, t->opt_len, opt->kind, n, &other) && other.data < opt->data)
        n++;
    return n;
}

static struct pp_bytes data_of(const struct pp_tcpopt *o)
{
    return (struct pp_bytes){o->data, o->len - 2u};
}

bool pp_quote_options(struct pp_diff *d, const struct pp_tcp_view *was, const struct pp_tcp_view *is, unsigned off,
                      unsigned there, unsigned declared)
{
    static const struct pp_bytes nothing = {(const uint8_t *)"", 0};
    struct pp_tcp_view area = *is;
    struct pp_tcpopt sent, seen;
    struct pp_bytes a, b;
    unsigned at = 0, both;
    bool any = false;

    if (area.opt == NULL || was->opt == NULL)
        return false;
    if (area.opt_len > there)
        area.opt_len = (uint8_t)there;
    while (pp_tcpopt_next(was, &at, &sent)) {
        struct pp_change c = {.field = PP_FIELD_TCP_OPTION, .option = sent.kind, .end = (uint16_t)(off + at)};

        if (sent.kind == NOP)
            continue;
        a = data_of(&sent);
        if (nth(&area, area.opt_len, sent.kind, ordinal(was, &sent), &seen)) {
            b = data_of(&seen);
            any |= pp_quote_bytes(d, c, &a, &b);
        } else if (at <= area.opt_len || area.opt_len >= declared) {
            c.how = PP_CHANGED_REMOVED;
            if (!pp_quote_bytes(d, c, &a, &nothing))
                pp_quote_note(d, &c);
            any = true;
        }
    }
    for (at = 0; pp_tcpopt_next(&area, &at, &seen);) {
        struct pp_change c = {.field = PP_FIELD_TCP_OPTION, .option = seen.kind, .how = PP_CHANGED_ADDED,
                              .end = (uint16_t)(off + was->opt_len)};

        if (seen.kind == NOP || nth(was, was->opt_len, seen.kind, ordinal(&area, &seen), &sent))
            continue;
        b = data_of(&seen);
        if (!pp_quote_bytes(d, c, &nothing, &b))
            pp_quote_note(d, &c);
        any = true;
    }
    if (any)
        return true;
    both = area.opt_len < was->opt_len ? area.opt_len : was->opt_len;
    a = (struct pp_bytes){was->opt, both};
    b = (struct pp_bytes){area.opt, both};
    /* If one area is longer, its padding differs; the data offset shows that already. */
    return pp_quote_bytes(d, (struct pp_change){.field = PP_FIELD_TCP_LAYOUT, .end = (uint16_t)(off + both)}, &a, &b);
}
