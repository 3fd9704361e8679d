/* SPDX-License-Identifier: BSD-2-Clause */
/* vantage_check_altered.c: picks the alterations of a treatment out of a quote's differences. */
#include "vantage_check_altered.h"

/* When a change of a field counts. */
enum rule {
    NEVER,
    OF_BITS,     /* the bits that the treatment sets */
    IF_TREATED,  /* the baseline's packet has another value */
    IF_RESIZED,  /* IP header: its length has changed, and the baseline's has another */
    IF_CUT,      /* the packet has lost its end */
    IF_PRESENCE, /* it was added or removed */
    IF_SYN,      /* data in a SYN */
    ALWAYS,
};

static const uint8_t rules[PP_FIELDS] = {
    [PP_FIELD_ECN] = OF_BITS,
    [PP_FIELD_DSCP] = OF_BITS,
    [PP_FIELD_IP_FLAGS] = OF_BITS,
    [PP_FIELD_TCP_FLAGS] = OF_BITS,
    [PP_FIELD_IP_PROTOCOL] = IF_TREATED,
    [PP_FIELD_FLOW_LABEL] = IF_TREATED,
    [PP_FIELD_TCP_RESERVED] = IF_TREATED,
    [PP_FIELD_TCP_WINDOW] = IF_TREATED,
    [PP_FIELD_TCP_URGENT] = IF_TREATED,
    [PP_FIELD_TCP_OPTION] = IF_TREATED,
    [PP_FIELD_TCP_LAYOUT] = IF_TREATED,
    [PP_FIELD_IP_HEADER] = IF_RESIZED,
    [PP_FIELD_IP_LENGTH] = IF_CUT,
    [PP_FIELD_UDP_CHECKSUM] = IF_PRESENCE,
    [PP_FIELD_PAYLOAD] = IF_SYN,
    [PP_FIELD_UDP_SURPLUS] = ALWAYS,
};

static const struct pp_change *change_of(const struct pp_diff *d, uint8_t field, uint8_t option)
{
    for (unsigned i = 0; i < d->changes; i++)
        if (d->change[i].field == field && d->change[i].option == option)
            return &d->change[i];
    return NULL;
}

/* The bits of FIELD that the steps of P's arm set or clear, even where the baseline has them alike. */
static uint64_t bits_of(const struct pp_hop_packet *p, uint8_t field)
{
    const struct pp_arm *arm = p->plan->arm[p->arm].arm;
    uint64_t bits = 0;

    for (unsigned i = 0; i < arm->nsteps; i++) {
        const struct pp_step *s = &arm->steps[i];
        if (s->on == p->on)
            bits |= field == PP_FIELD_ECN         ? s->tos_mask & 3u
                    : field == PP_FIELD_DSCP      ? s->tos_mask >> 2
                    : field == PP_FIELD_IP_FLAGS  ? s->ip_flags
                    : field == PP_FIELD_TCP_FLAGS ? s->tcp_set | s->tcp_clear
                                                  : 0u;
    }
    return bits;
}

/*
 * True if the end of the packet was cut off, or something appended: its length has changed, while its headers have the
 * length that they had, and it was not fragmented on the way. TREATED: the treatment gives it another length.
 */
static bool is_cut(const struct pp_hop_packet *p, const struct pp_packet *is, const struct pp_diff *d, bool treated)
{
    bool headers = change_of(d, PP_FIELD_IP_HEADER, 0) || change_of(d, PP_FIELD_IP_PROTOCOL, 0) ||
                   change_of(d, PP_FIELD_TCP_OFFSET, 0);

    if (is->fragment || headers)
        return false;
    return p->on == PP_ON_DATAGRAM || (p->on == PP_ON_SYN && treated && !is->truncated);
}

static bool is_altered(const struct pp_hop_packet *p, const struct pp_packet *is, const struct pp_diff *d,
                       const struct pp_diff *treatment, const struct pp_change *c)
{
    const struct pp_change *t = change_of(treatment, c->field, c->option);

    switch ((enum rule)rules[c->field]) {
    case NEVER: return false;
    case OF_BITS: return ((c->sent ^ c->seen) & (bits_of(p, c->field) | (t ? t->sent ^ t->seen : 0))) != 0;
    case IF_TREATED: return t != NULL;
    case IF_RESIZED: return t != NULL && c->len == 0;
    case IF_CUT: return is_cut(p, is, d, t != NULL);
    case IF_PRESENCE: return (c->sent == 0) != (c->seen == 0);
    case IF_SYN: return p->on == PP_ON_SYN;
    case ALWAYS: return true;
    }
    return false;
}

bool pp_vantage_check_altered(const struct pp_hop_packet *p, const struct pp_packet *is, struct pp_diff *d)
{
    struct pp_diff treatment, all = *d;

    d->changes = 0;
    d->more = false;
    if (!all.changes)
        return false;
    pp_hop_packet_treatment(p, &treatment);
    for (unsigned i = 0; i < all.changes; i++)
        if (is_altered(p, is, &all, &treatment, &all.change[i]))
            d->change[d->changes++] = all.change[i];
    return d->changes > 0;
}
