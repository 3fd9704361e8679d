/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plugin_check.c: do a plugin's tables hold together? Asked once at loading, so that the engine need not ask again:
 * what passes here stays within the limits of plugin.h.
 */
#include "plugin_parts.h"

#include <stdarg.h>

#define NAME_MAX_BYTES 64
#define PAYLOAD_MAX 1460
#define TCP_OPTIONS_MAX 40 /* what RFC 9293 section 3.1 leaves */
#define MODES                                                                                                          \
    (uint32_t)(PP_MODE_TCP | PP_MODE_HTTP | PP_MODE_HTTPS | PP_MODE_DNSTCP | PP_MODE_DNSUDP | PP_MODE_QUICVN | \
               PP_MODE_QUICINIT)
#define OCS_ROOM 3     /* RFC 9868 section 9: two bytes, behind one where they would stand at an odd place */
#define PADDING_MAX 272 /* 1200 bytes of QUIC and these, and the headers of IPv4: 1500 */
#define PADDING_MIN 15 /* an OPT record (RFC 6891) with an empty padding option (RFC 7830) */

bool pp_plugin_why(char why[PP_WHY], const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, PP_WHY, fmt, ap);
    va_end(ap);
    return false;
}

/* ---- names --------------------------------------------------------------------------------------- */

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

static bool made_of(const char *s, const char *set)
{
    return s && *s && strnlen(s, NAME_MAX_BYTES + 1) <= NAME_MAX_BYTES && !s[strspn(s, set)];
}

bool pp_plugin_is_name(const char *name)
{
    return made_of(name, LOWER DIGITS) && name[0] >= 'a';
}

bool pp_plugin_is_option(const char *name)
{
    return made_of(name, LOWER DIGITS "-") && name[0] >= 'a';
}

static bool is_arm_name(const char *name)
{
    return made_of(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS) && name[0] >= 'A';
}

/* Dotted, no empty part: what follows the first ':' of a condition is its value, so no ':' either. */
static bool is_condition(const char *name)
{
    return made_of(name, LOWER DIGITS "_.") && name[0] != '.' && name[strlen(name) - 1] != '.' && !strstr(name, "..");
}

static bool is_field(const char *name)
{
    return made_of(name, LOWER DIGITS "_");
}

static bool has_text(const char *s)
{
    return s && *s;
}

/* ---- steps --------------------------------------------------------------------------------------- */

static bool step_is_empty(const struct pp_step *s)
{
    return !s->tos_mask && !s->tcp_set && !s->tcp_clear && !s->ip_flags && !s->ttl && !s->udp_checksum &&
           !s->options_len && !s->without && !s->payload_len && !s->surplus_len && !s->padding && !s->segments &&
           !s->fast_open && !s->http && !s->quic;
}

/* Kind and length bytes have to lead exactly to the end (RFC 9293 section 3.1); 0 and 1 are single bytes. */
static bool options_add_up(const uint8_t *o, unsigned len)
{
    unsigned i = 0;

    while (i < len) {
        unsigned size = o[i] <= 1 ? 1 : i + 1 < len && o[i + 1] >= 2 ? o[i + 1] : len + 1;
        i += size;
    }
    return i == len;
}

static bool step_sound(const struct pp_step *s, const char *arm, unsigned i, char why[PP_WHY])
{
    bool udp = s->on == PP_ON_DATAGRAM;
    const char *what = NULL;

    if (s->on >= PP_ON_COUNT)
        what = "is on no class of packets";
    else if (step_is_empty(s))
        what = "changes nothing";
    else if (s->first > s->last)
        what = "begins behind its end";
    else if (s->only_first && s->last)
        what = "has both only_first and a range";
    else if (s->tos & ~s->tos_mask)
        what = "sets TOS bits outside its mask";
    else if ((s->tcp_set | s->tcp_clear) & ~0xfff || s->tcp_set & s->tcp_clear)
        what = "sets and clears the same TCP flag, or one that does not exist";
    else if (s->ip_flags & 0x1f)
        what = "sets IP flags that do not exist";
    else if (s->udp_checksum > PP_UDP_CHECKSUM_IP_LENGTH)
        what = "has an unknown kind of UDP checksum";
    else if (udp && (s->tcp_set || s->tcp_clear || s->options_len))
        what = "does to UDP what only TCP has";
    else if (!udp && (s->udp_checksum || s->surplus_len || s->padding))
        what = "does to TCP what only UDP has";
    else if (s->options_len > TCP_OPTIONS_MAX || (s->options_len && !s->options) ||
             !options_add_up(s->options, s->options_len))
        what = "has TCP options that do not add up";
    else if (s->without & ~(PP_WITHOUT_TIMESTAMPS | PP_WITHOUT_WINDOW_SCALE | PP_WITHOUT_SACK) ||
             (s->without && (s->on != PP_ON_SYN || s->last || s->only_first)))
        what = "leaves out what no SYN has, or of some SYNs only";
    else if (s->payload_len && (s->on != PP_ON_SYN || !s->payload || s->payload_len > PAYLOAD_MAX))
        what = "has a payload that no SYN can carry";
    else if (s->fast_open & ~(PP_FAST_OPEN_COOKIE | PP_FAST_OPEN_DATA) ||
             (s->fast_open && (s->on != PP_ON_SYN || s->last || s->only_first || s->payload_len || s->options_len)))
        what = "opens fast in a manner that does not exist, or beside other data or options, or some SYNs only";
    else if (s->surplus_len && (!s->surplus || s->surplus_len > PAYLOAD_MAX))
        what = "has a surplus that no datagram can carry";
    else if (s->ocs > PP_OCS_ZERO || (s->ocs && s->surplus_len < OCS_ROOM))
        what = "has a checksum of options without room for it in a surplus";
    else if (s->padding && s->padding < PADDING_MIN)
        what = "pads by less than a DNS message can be padded";
    else if (s->padding > PADDING_MAX)
        what = "pads by more than a frame has room for";
    else if (s->segments && ((s->on != PP_ON_DATA && !udp) || s->segments == 1 || s->last || s->only_first ||
                             s->segments > (udp ? 2 : PP_MAX_SEGMENTS)))
        what = "cuts what is no data, some of it only, or into too many segments";
    else if (s->pause && s->pause >= s->segments)
        what = "pauses before a segment that there is not";
    else if (s->http && (s->http != PP_HTTP_2 || s->on != PP_ON_DATA || s->last || s->only_first))
        what = "asks for a version of HTTP that cannot be asked for, or not with data, or with some of it only";
    else if (s->quic > PP_QUIC_ASKS_INITIAL || (s->quic && (!udp || s->last || s->only_first)))
        what = "asks what QUIC has no question for, or not in datagrams, or in some of them only";
    return !what || pp_plugin_why(why, "arm %s, step %u %s", arm, i, what);
}

/* ---- arms ---------------------------------------------------------------------------------------- */

/* It may leave out options, for other arms to have them. */
static bool is_baseline(const struct pp_arm *a)
{
    for (unsigned i = 0; i < a->nsteps && a->steps; i++) {
        struct pp_step rest = a->steps[i];
        rest.without = 0;
        if (!step_is_empty(&rest))
            return false;
    }
    return !a->nsteps || (a->steps && a->nsteps <= PP_MAX_STEPS);
}

/* What order.c rests on: see `after` in plugin.h. */
static bool order_sound(const struct pp_plugin *p, unsigned i, char why[PP_WHY])
{
    const struct pp_arm *a = &p->arms[i], *b;
    unsigned j = 1;

    if (i == 0 && (a->after || a->last))
        return pp_plugin_why(why, "the baseline has a place in the order");
    if (a->last > PP_MAX_LAST)
        return pp_plugin_why(why, "arm %s is more than %d times last", a->name, PP_MAX_LAST);
    if (!a->after)
        return true;
    while (j < i && strcmp(p->arms[j].name, a->after) != 0)
        j++;
    if (j >= i)
        return pp_plugin_why(why, "arm %s goes behind '%s', which is no arm between the baseline and it", a->name,
                             a->after);
    b = &p->arms[j];
    if (b->after)
        return pp_plugin_why(why, "arm %s goes behind %s, which goes behind another itself", a->name, b->name);
    if (b->last > a->last)
        return pp_plugin_why(why, "arm %s goes behind %s, which goes later", a->name, b->name);
    if (b->modes && (!a->modes || a->modes & ~b->modes))
        return pp_plugin_why(why, "arm %s goes behind %s in modes in which that takes no part", a->name, b->name);
    return true;
}

/* Places as plan.c counts them: an arm behind one of its own place takes the next. */
static bool places_sound(const struct pp_plugin *p, char why[PP_WHY])
{
    uint32_t taken = 0;

    for (unsigned i = 0; i < p->narms; i++) {
        unsigned place = 2u * p->arms[i].last;
        for (unsigned j = 1; p->arms[i].after && j < i; j++)
            if (strcmp(p->arms[j].name, p->arms[i].after) == 0 && p->arms[j].last == p->arms[i].last)
                place++;
        taken |= UINT32_C(1) << place;
    }
    return __builtin_popcount(taken) <= PP_MAX_PLACES ||
           pp_plugin_why(why, "its arms take more than %d places in the order", PP_MAX_PLACES);
}

/* A cookie comes from another arm, first bytes from a mode that speaks first. */
static bool fast_open_sound(const struct pp_plugin *p, const struct pp_arm *a, char why[PP_WHY])
{
    const uint32_t speechless = PP_MODE_TCP | PP_MODE_DNSUDP | PP_MODE_QUICVN;
    unsigned all = 0;

    for (unsigned i = 0; i < a->nsteps; i++)
        all |= a->steps[i].fast_open;
    if (all & PP_FAST_OPEN_COOKIE && !a->after)
        return pp_plugin_why(why, "arm %s has a cookie from no arm behind which it goes", a->name);
    if (all && (a->modes ? a->modes : p->modes) & speechless)
        return pp_plugin_why(why, "arm %s opens fast in modes in which there is nothing to say in a SYN", a->name);
    return true;
}

static bool http_sound(const struct pp_plugin *p, const struct pp_arm *a, char why[PP_WHY])
{
    for (unsigned i = 0; i < a->nsteps; i++)
        if (a->steps[i].http && (a->modes ? a->modes : p->modes) & ~(uint32_t)(PP_MODE_HTTP | PP_MODE_HTTPS))
            return pp_plugin_why(why, "arm %s asks for a version of HTTP in modes without HTTP", a->name);
    return true;
}

/* arms[0] is the baseline; the only arm of an experiment may have a connectivity of its own (online, offline). */
static bool arm_sound(const struct pp_plugin *p, unsigned i, char why[PP_WHY])
{
    const struct pp_arm *a = &p->arms[i];

    if (!is_arm_name(a->name))
        return pp_plugin_why(why, "arm %u has no name of the form [A-Z][A-Z0-9]*", i);
    if (!has_text(a->title))
        return pp_plugin_why(why, "arm %s has no title", a->name);
    if (a->what && (!*a->what || strnlen(a->what, PP_MAX_WHAT + 1) > PP_MAX_WHAT))
        return pp_plugin_why(why, "arm %s says what it sends in no bytes or more than %d", a->name, PP_MAX_WHAT);
    if (a->modes & ~p->modes)
        return pp_plugin_why(why, "arm %s takes part in modes that the experiment cannot hold", a->name);
    if (a->family && a->family != 4 && a->family != 6)
        return pp_plugin_why(why, "arm %s is of the address family %u, which is none", a->name, a->family);
    if (i == 0 && a->family)
        return pp_plugin_why(why, "the baseline is of one address family only");
    if (i == 0 && (!is_baseline(a) || a->modes || (a->connectivity && p->narms > 1)))
        return pp_plugin_why(why, "the first arm is the baseline: no steps, no connectivity, all modes");
    if (i > 0 && (a->nsteps ? !a->steps || a->nsteps > PP_MAX_STEPS : !a->after))
        return pp_plugin_why(why, "arm %s has %u steps: 1 to %d", a->name, a->nsteps, PP_MAX_STEPS);
    if (i > 0 && a->nsteps == 0 && a->connectivity)
        return pp_plugin_why(why, "arm %s has no steps, hence no connectivity", a->name);
    if (((i > 0 && a->nsteps) || a->connectivity) && !is_condition(a->connectivity))
        return pp_plugin_why(why, "arm %s has no connectivity of the form [a-z0-9_.]+", a->name);
    for (unsigned j = 0; j < i; j++) {
        const struct pp_arm *b = &p->arms[j];
        if (strcmp(a->name, b->name) == 0)
            return pp_plugin_why(why, "two arms are called %s", a->name);
        if (a->connectivity && b->connectivity && strcmp(a->connectivity, b->connectivity) == 0)
            return pp_plugin_why(why, "arms %s and %s have the same connectivity", b->name, a->name);
    }
    if (!order_sound(p, i, why))
        return false;
    for (unsigned j = 0; j < a->nsteps; j++)
        if (!step_sound(&a->steps[j], a->name, j, why))
            return false;
    return fast_open_sound(p, a, why) && http_sound(p, a, why);
}

/* ---- conditions ---------------------------------------------------------------------------------- */

/* Those of `connectivity` are the engine's to state: X.works and its like cannot be declared. */
static bool is_connectivity(const struct pp_plugin *p, const char *name)
{
    static const char *const words[] = {"works", "broken", "transient", "offline", "unstable", "online"};
    const char *dot = strrchr(name, '.');
    size_t stem = dot ? (size_t)(dot - name) : 0;
    bool word = false, prefix = false;

    for (unsigned i = 0; dot && i < sizeof words / sizeof *words; i++)
        word |= strcmp(dot + 1, words[i]) == 0;
    for (unsigned i = 0; i < p->narms; i++) {
        const char *c = p->arms[i].connectivity;
        prefix |= c && strlen(c) == stem && strncmp(name, c, stem) == 0;
    }
    return word && prefix;
}

static bool condition_sound(const struct pp_plugin *p, unsigned i, char why[PP_WHY])
{
    const struct pp_condition *c = &p->conditions[i];

    if (!is_condition(c->name))
        return pp_plugin_why(why, "condition %u has no name of the form [a-z0-9_.]+", i);
    if (!has_text(c->what))
        return pp_plugin_why(why, "condition %s has no sentence", c->name);
    if (c->modes & ~p->modes)
        return pp_plugin_why(why, "condition %s is of modes that the experiment cannot hold", c->name);
    if (is_connectivity(p, c->name))
        return pp_plugin_why(why, "condition %s is stated by the engine, not by the plugin", c->name);
    for (unsigned j = 0; j < i; j++)
        if (strcmp(c->name, p->conditions[j].name) == 0)
            return pp_plugin_why(why, "two conditions are called %s", c->name);
    return true;
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static bool names_sound(const char *const *names, const char *kind, char why[PP_WHY])
{
    for (unsigned i = 0; names && names[i]; i++) {
        if (i == PP_MAX_FIELDS)
            return pp_plugin_why(why, "more than %d %ss", PP_MAX_FIELDS, kind);
        if (!is_field(names[i]))
            return pp_plugin_why(why, "%s %u has no name of the form [a-z0-9_]+", kind, i);
        for (unsigned j = 0; j < i; j++)
            if (strcmp(names[i], names[j]) == 0)
                return pp_plugin_why(why, "%s %s is there twice", kind, names[i]);
    }
    return true;
}

static bool one_bit(uint32_t v)
{
    return v && !(v & (v - 1));
}

static bool head_sound(const struct pp_plugin *p, char why[PP_WHY])
{
    if (!pp_plugin_is_name(p->name))
        return pp_plugin_why(why, "its name is not of the form [a-z][a-z0-9]*");
    if (!has_text(p->title) || strchr(p->title, '\n') || !has_text(p->description))
        return pp_plugin_why(why, "no title of one line, or no description");
    if (!p->modes || p->modes & ~MODES)
        return pp_plugin_why(why, "its connect modes are not those of this version (0x%x)", p->modes);
    if (!one_bit(p->default_mode) || !(p->default_mode & p->modes))
        return pp_plugin_why(why, "its default is not one of its connect modes");
    if (!p->arms || !p->narms || p->narms > PP_MAX_ARMS)
        return pp_plugin_why(why, "%u arms: 1 to %d", p->narms, PP_MAX_ARMS);
    if (p->nconditions > PP_MAX_CONDITIONS || (p->nconditions && (!p->conditions || (!p->conclude && !p->sum_up))))
        return pp_plugin_why(why, "%u conditions: at most %d, and conclude or sum_up to state them", p->nconditions,
                             PP_MAX_CONDITIONS);
    return true;
}

static bool is_named(const struct pp_plugin *p, const struct pp_loss *l)
{
    bool condition = false, arm = false;

    for (unsigned i = 0; i < p->nconditions; i++)
        condition |= strcmp(p->conditions[i].name, l->condition) == 0;
    for (unsigned i = 1; i < p->narms; i++)
        arm |= strcmp(p->arms[i].name, l->arm) == 0;
    return condition && arm;
}

static bool losses_sound(const struct pp_plugin *p, char why[PP_WHY])
{
    if (p->nlosses > PP_MAX_CONDITIONS || (p->nlosses && !p->losses))
        return pp_plugin_why(why, "%u losses: at most %d", p->nlosses, PP_MAX_CONDITIONS);
    for (unsigned i = 0; i < p->nlosses; i++)
        if (!p->losses[i].condition || !p->losses[i].arm || !is_named(p, &p->losses[i]))
            return pp_plugin_why(why, "loss %u: no such condition or arm", i);
    return true;
}

bool pp_plugin_sound(const struct pp_plugin *p, char why[PP_WHY])
{
    if (!head_sound(p, why) || !names_sound(p->chains, "chain", why) || !names_sound(p->fields, "field", why))
        return false;
    for (unsigned i = 0; i < p->narms; i++)
        if (!arm_sound(p, i, why))
            return false;
    for (unsigned i = 0; i < p->nconditions; i++)
        if (!condition_sound(p, i, why))
            return false;
    return places_sound(p, why) && pp_plugin_implies_sound(p, why) && losses_sound(p, why);
}

int pp_plugin_check(const struct pp_plugin *p, const char *where)
{
    char why[PP_WHY];

    return pp_plugin_ready(p, why) ? 0 : pp_error("bad plugin '%s': %s", where, why);
}
