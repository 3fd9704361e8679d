/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plugin_implies.c: checks whether an arm applies all changes of another one to its packets, and whether it may imply
 * the arms that it declares. Done at loading, as in plugin_check.c.
 */
#include "plugins_parts.h"

/* Compares bytes of which there may be none. */
static bool same_bytes(const uint8_t *x, const uint8_t *y, size_t n)
{
    return n == 0 || memcmp(x, y, n) == 0;
}

static bool equal_or_unset(unsigned inner, unsigned outer)
{
    return inner == 0 || inner == outer;
}

/*
 * Returns the option of X at *AT or after it, padding skipped (RFC 8200 section 4.2), and advances *AT past it; NULL:
 * none.
 */
static const uint8_t *next_option(const struct pp_extension *x, unsigned *at)
{
    enum { PAD1 = 0, PADN = 1 };

    while (*at + 2 <= x->len) {
        const uint8_t *o = x->bytes + *at;
        *at += o[0] == PAD1 ? 1u : 2u + o[1];
        if (o[0] > PADN)
            return *at <= x->len ? o : NULL;
    }
    return NULL;
}

/* True if Y has X's type and all of X's options, each at least as long. Headers without options must be equal. */
static bool extension_contains(const struct pp_extension *y, const struct pp_extension *x)
{
    enum { HOP_BY_HOP = 0, DESTINATION = 60 };
    unsigned at = 2;

    if (x->type != y->type || x->len > y->len)
        return false;
    if (x->type != HOP_BY_HOP && x->type != DESTINATION)
        return x->len == y->len && same_bytes(x->bytes, y->bytes, x->len);
    for (const uint8_t *o = next_option(x, &at), *z; o; o = next_option(x, &at)) {
        unsigned from = 2;
        do
            z = next_option(y, &from);
        while (z && (z[0] != o[0] || z[1] < o[1] || !same_bytes(z + 2, o + 2, o[1])));
        if (!z)
            return false;
    }
    return at + 1 >= x->len && at <= x->len; /* false for options that do not fill the header */
}

/* True if OUTER applies all of INNER's changes to the IP layer, and withholds the same packets. */
static bool ip_contains(const struct pp_step *outer, const struct pp_step *inner)
{
    for (unsigned i = 0; i < inner->nextensions; i++)
        if (outer->nextensions != inner->nextensions ||
            !extension_contains(&outer->extensions[i], &inner->extensions[i]))
            return false;
    return outer->which == inner->which && outer->withhold == inner->withhold &&
           equal_or_unset(inner->label, outer->label) &&
           (inner->label != PP_LABEL_FIXED || inner->flow_label == outer->flow_label) &&
           equal_or_unset(inner->ip_options_len, outer->ip_options_len) &&
           same_bytes(inner->ip_options, outer->ip_options, inner->ip_options_len) &&
           equal_or_unset(inner->fragments, outer->fragments) &&
           (!inner->fragments || (inner->first_fragment == outer->first_fragment &&
                                  inner->fragments_reversed == outer->fragments_reversed));
}

/* True if OUTER applies all of INNER's changes to the same packets. The options left out of SYNs must be the same. */
static bool step_contains(const struct pp_step *outer, const struct pp_step *inner)
{
    return outer->on == inner->on && outer->first == inner->first && outer->last == inner->last &&
           outer->only_first == inner->only_first && outer->without == inner->without &&
           (outer->tos_mask & inner->tos_mask) == inner->tos_mask && (outer->tos & inner->tos_mask) == inner->tos &&
           (outer->tcp_set & inner->tcp_set) == inner->tcp_set &&
           (outer->tcp_clear & inner->tcp_clear) == inner->tcp_clear &&
           (outer->ip_flags & inner->ip_flags) == inner->ip_flags &&
           (outer->fast_open & inner->fast_open) == inner->fast_open && equal_or_unset(inner->ttl, outer->ttl) &&
           equal_or_unset(inner->udp_checksum, outer->udp_checksum) &&
           equal_or_unset(inner->options_len, outer->options_len) &&
           same_bytes(inner->options, outer->options, inner->options_len) &&
           equal_or_unset(inner->payload_len, outer->payload_len) &&
           same_bytes(inner->payload, outer->payload, inner->payload_len) &&
           equal_or_unset(inner->surplus_len, outer->surplus_len) &&
           same_bytes(inner->surplus, outer->surplus, inner->surplus_len) &&
           (!inner->surplus_len || inner->ocs == outer->ocs) && equal_or_unset(inner->padding, outer->padding) &&
           equal_or_unset(inner->segments, outer->segments) && equal_or_unset(inner->pause, outer->pause) &&
           equal_or_unset(inner->http, outer->http) && equal_or_unset(inner->quic, outer->quic) &&
           (!inner->set_window || (outer->set_window && inner->window == outer->window)) &&
           equal_or_unset(inner->urgent, outer->urgent) && equal_or_unset(inner->prefix_len, outer->prefix_len) &&
           same_bytes(inner->prefix, outer->prefix, inner->prefix_len) && ip_contains(outer, inner) &&
           inner->size <= outer->size;
}

bool pp_arm_contains(const struct pp_arm *outer, const struct pp_arm *inner)
{
    for (unsigned i = 0; i < inner->nsteps; i++) {
        unsigned k = 0;
        while (k < outer->nsteps && !step_contains(&outer->steps[k], &inner->steps[i]))
            k++;
        if (k == outer->nsteps)
            return false;
    }
    return inner->nsteps > 0;
}

/* Returns the arm called NAME; NULL: none. */
static const struct pp_arm *arm_called(const struct pp_plugin *p, const char *name)
{
    for (unsigned i = 0; i < p->narms; i++)
        if (strcmp(p->arms[i].name, name) == 0)
            return &p->arms[i];
    return NULL;
}

static bool has_follower(const struct pp_plugin *p, const struct pp_arm *a)
{
    for (unsigned i = 0; i < p->narms; i++)
        if (p->arms[i].after && strcmp(p->arms[i].after, a->name) == 0)
            return true;
    return false;
}

/* Checks that A may imply the arm called NAME. */
static bool implied_sound(const struct pp_plugin *p, const struct pp_arm *a, const char *name, char why[PP_WHY])
{
    const struct pp_arm *b = name[0] ? arm_called(p, name) : NULL;

    if (!b || b == &p->arms[0])
        return pp_plugin_why(why, "arm %s implies '%s', which is not one of the arms behind the baseline", a->name,
                             name);
    if (a == b)
        return pp_plugin_why(why, "arm %s implies itself", a->name);
    if (a->last != b->last || a->after || b->after)
        return pp_plugin_why(why, "arm %s implies %s, which has another place in the order", a->name, name);
    if (has_follower(p, b))
        return pp_plugin_why(why, "arm %s implies %s, which another arm names in 'after'", a->name, name);
    if (!pp_arm_contains(a, b))
        return pp_plugin_why(why, "arm %s implies %s, but lacks some of its steps", a->name, name);
    return true;
}

/* Checks what plan.c relies on: see `implies` in plugin.h. REACHED: by arm, the set of arms that it implies. */
bool pp_plugin_implies_sound(const struct pp_plugin *p, char why[PP_WHY])
{
    uint32_t reached[PP_MAX_ARMS] = {0};

    for (unsigned i = 0; i < p->narms; i++)
        for (const char *const *n = p->arms[i].implies; n && *n; n++) {
            if (!implied_sound(p, &p->arms[i], *n, why))
                return false;
            unsigned j = (unsigned)(arm_called(p, *n) - p->arms);
            if (reached[i] >> j & 1)
                return pp_plugin_why(why, "arm %s implies %s twice", p->arms[i].name, *n);
            reached[i] |= UINT32_C(1) << j;
        }
    for (unsigned k = 0; k < p->narms; k++) /* Warshall's closure */
        for (unsigned i = 0; i < p->narms; i++)
            if (reached[i] >> k & 1)
                reached[i] |= reached[k];
    for (unsigned i = 0; i < p->narms; i++)
        if (reached[i] >> i & 1)
            return pp_plugin_why(why, "arm %s implies an arm that implies it", p->arms[i].name);
    return true;
}
