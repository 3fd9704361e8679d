/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plugin_check.c: checks a plugin's tables for consistency. Done once, at loading; the engine then relies on the limits
 * of plugin.h without further checks.
 */
#include "plugins_parts.h"

#include <stdarg.h>

#define NAME_MAX_BYTES 64
#define MODES                                                                                                          \
    (uint32_t)(PP_MODE_TCP | PP_MODE_HTTP | PP_MODE_HTTPS | PP_MODE_DNSTCP | PP_MODE_DNSUDP | PP_MODE_QUICVN | \
               PP_MODE_QUICINIT)

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

/* True for a dotted name without empty parts and without ':', which separates a condition's value. */
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

/* ---- arms ---------------------------------------------------------------------------------------- */

/*
 * True if A may be the baseline: its steps only leave out options that other arms have, or set a size that others
 * exceed.
 */
static bool is_baseline(const struct pp_arm *a)
{
    for (unsigned i = 0; i < a->nsteps && a->steps; i++) {
        struct pp_step rest = a->steps[i];
        rest.without = 0;
        rest.size = 0;
        if (!pp_step_is_empty(&rest))
            return false;
    }
    return !a->nsteps || (a->steps && a->nsteps <= PP_MAX_STEPS);
}

/* Checks what order.c relies on: see `after` in plugin.h. */
static bool order_sound(const struct pp_plugin *p, unsigned i, char why[PP_WHY])
{
    const struct pp_arm *a = &p->arms[i], *b;
    unsigned j = 1;

    if (i == 0 && (a->after || a->last))
        return pp_plugin_why(why, "the baseline has 'after' or 'last', which are for other arms");
    if (a->last > PP_MAX_LAST)
        return pp_plugin_why(why, "arm %s: 'last' is at most %d", a->name, PP_MAX_LAST);
    if (!a->after)
        return true;
    while (j < i && strcmp(p->arms[j].name, a->after) != 0)
        j++;
    if (j >= i)
        return pp_plugin_why(why, "arm %s: 'after' names '%s', which is not an arm listed between the baseline and %s",
                             a->name, a->after, a->name);
    b = &p->arms[j];
    if (b->after)
        return pp_plugin_why(why, "arm %s: 'after' names arm %s, which has an 'after' itself", a->name, b->name);
    if (b->last > a->last)
        return pp_plugin_why(why, "arm %s: 'after' names arm %s, whose 'last' is higher", a->name, b->name);
    if (b->modes && (!a->modes || a->modes & ~b->modes))
        return pp_plugin_why(why, "arm %s: 'after' names arm %s, which lacks some of its connect modes", a->name,
                             b->name);
    return true;
}

/* Counts places as plan.c does: an arm behind an arm of the same place takes the next one. */
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
           pp_plugin_why(why, "its arms need more than %d places in the order of a round", PP_MAX_PLACES);
}

/* Checks Fast Open: a cookie needs an earlier arm, data a mode in which the client speaks first. */
static bool fast_open_sound(const struct pp_plugin *p, const struct pp_arm *a, char why[PP_WHY])
{
    const uint32_t speechless = PP_MODE_TCP | PP_MODE_DNSUDP | PP_MODE_QUICVN;
    unsigned all = 0;

    for (unsigned i = 0; i < a->nsteps; i++)
        all |= a->steps[i].fast_open;
    if (all & PP_FAST_OPEN_COOKIE && !a->after)
        return pp_plugin_why(why, "arm %s sends a Fast Open cookie, but 'after' names no arm to get it from", a->name);
    if (all && (a->modes ? a->modes : p->modes) & speechless)
        return pp_plugin_why(why, "arm %s uses TCP Fast Open in a connect mode whose client has no data for the SYN",
                             a->name);
    return true;
}

static bool http_sound(const struct pp_plugin *p, const struct pp_arm *a, char why[PP_WHY])
{
    for (unsigned i = 0; i < a->nsteps; i++)
        if (a->steps[i].http && (a->modes ? a->modes : p->modes) & ~(uint32_t)(PP_MODE_HTTP | PP_MODE_HTTPS))
            return pp_plugin_why(why, "arm %s asks for a version of HTTP in a connect mode without HTTP", a->name);
    return true;
}

/*
 * Checks that an arm with a step of one family alone is limited to targets of that family: on others it would equal the
 * baseline.
 */
static bool family_sound(const struct pp_arm *a, char why[PP_WHY])
{
    for (unsigned i = 0; i < a->nsteps; i++) {
        const struct pp_step *s = &a->steps[i];
        unsigned family = s->ip_options_len ? 4 : s->nextensions || s->label || s->fragments == 1 ? 6 : 0;
        if (family && a->family != family)
            return pp_plugin_why(why, "arm %s, step %u changes IPv%u packets only, but the arm's family is not %u",
                                 a->name, i, family, family);
    }
    return true;
}

/* Checks arm I. arms[0] is the baseline; in an experiment with one arm it may have a connectivity (online, offline). */
static bool arm_sound(const struct pp_plugin *p, unsigned i, char why[PP_WHY], struct pp_table_part *part)
{
    const struct pp_arm *a = &p->arms[i];

    if (!is_arm_name(a->name))
        return pp_plugin_why(why, "arm %u: its name is not of the form [A-Z][A-Z0-9]*", i);
    if (!has_text(a->title))
        return pp_plugin_why(why, "arm %s has no title", a->name);
    if (a->what && (!*a->what || strnlen(a->what, PP_MAX_WHAT + 1) > PP_MAX_WHAT))
        return pp_plugin_why(why, "arm %s: 'what' has not 1 to %d bytes", a->name, PP_MAX_WHAT);
    if (a->modes & ~p->modes)
        return pp_plugin_why(why, "arm %s has a connect mode that the experiment lacks", a->name);
    if (a->family && a->family != 4 && a->family != 6)
        return pp_plugin_why(why, "arm %s: address family %u is neither 4 nor 6", a->name, a->family);
    if (i == 0 && a->family)
        return pp_plugin_why(why, "the baseline is limited to one address family");
    if (i == 0 && (!is_baseline(a) || a->modes || (a->connectivity && p->narms > 1)))
        return pp_plugin_why(why, "the first arm, the baseline, must have no steps, no connectivity and no modes");
    if (i > 0 && (a->nsteps ? !a->steps || a->nsteps > PP_MAX_STEPS : !a->after))
        return pp_plugin_why(why, "arm %s has %u steps, not 1 to %d", a->name, a->nsteps, PP_MAX_STEPS);
    if (i > 0 && a->nsteps == 0 && a->connectivity)
        return pp_plugin_why(why, "arm %s has a connectivity but no steps", a->name);
    if (((i > 0 && a->nsteps) || a->connectivity) && !is_condition(a->connectivity))
        return pp_plugin_why(why, "arm %s: its connectivity is not of the form [a-z0-9_.]+", a->name);
    for (unsigned j = 0; j < i; j++) {
        const struct pp_arm *b = &p->arms[j];
        if (strcmp(a->name, b->name) == 0)
            return pp_plugin_why(why, "two arms are called %s", a->name);
        if (a->connectivity && b->connectivity && strcmp(a->connectivity, b->connectivity) == 0)
            return pp_plugin_why(why, "arms %s and %s have the same connectivity", b->name, a->name);
    }
    if (!order_sound(p, i, why))
        return false;
    for (unsigned j = 0; j < a->nsteps; j++) {
        *part = (struct pp_table_part){PP_PART_STEP, i, j};
        if (!pp_step_sound(&a->steps[j], a->name, j, why))
            return false;
    }
    *part = (struct pp_table_part){PP_PART_ARM, i, 0};
    return family_sound(a, why) && fast_open_sound(p, a, why) && http_sound(p, a, why);
}

/* ---- conditions ---------------------------------------------------------------------------------- */

/* True if the engine itself states NAME: the conditions of `connectivity`, X.works and so on, cannot be declared. */
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
        return pp_plugin_why(why, "condition %u: its name is not of the form [a-z0-9_.]+", i);
    if (!has_text(c->what))
        return pp_plugin_why(why, "condition %s has no description", c->name);
    if (c->modes & ~p->modes)
        return pp_plugin_why(why, "condition %s has a connect mode that the experiment lacks", c->name);
    if (is_connectivity(p, c->name))
        return pp_plugin_why(why, "condition %s is stated by the engine, not by the plugin", c->name);
    for (unsigned j = 0; j < i; j++)
        if (strcmp(c->name, p->conditions[j].name) == 0)
            return pp_plugin_why(why, "two conditions are called %s", c->name);
    return true;
}

/* ---- all tables ----------------------------------------------------------------------------------- */

static bool names_sound(const char *const *names, const char *kind, char why[PP_WHY])
{
    for (unsigned i = 0; names && names[i]; i++) {
        if (i == PP_MAX_FIELDS)
            return pp_plugin_why(why, "more than %d %ss", PP_MAX_FIELDS, kind);
        if (!is_field(names[i]))
            return pp_plugin_why(why, "%s %u: its name is not of the form [a-z0-9_]+", kind, i);
        for (unsigned j = 0; j < i; j++)
            if (strcmp(names[i], names[j]) == 0)
                return pp_plugin_why(why, "%s %s is listed twice", kind, names[i]);
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
        return pp_plugin_why(why, "its title is not one line, or its description is missing");
    if (!p->modes || p->modes & ~MODES)
        return pp_plugin_why(why, "its connect modes are empty or unknown to this version (0x%x)", p->modes);
    if (!one_bit(p->default_mode) || !(p->default_mode & p->modes))
        return pp_plugin_why(why, "its default connect mode is not one of its connect modes");
    if (!p->arms || !p->narms || p->narms > PP_MAX_ARMS)
        return pp_plugin_why(why, "it has %u arms, not 1 to %d", p->narms, PP_MAX_ARMS);
    if (p->nconditions > PP_MAX_CONDITIONS || (p->nconditions && (!p->conditions || (!p->conclude && !p->sum_up))))
        return pp_plugin_why(why, "it has %u conditions: at most %d are allowed, and they need a conclude or sum_up",
                             p->nconditions, PP_MAX_CONDITIONS);
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

static bool losses_sound(const struct pp_plugin *p, char why[PP_WHY], struct pp_table_part *part)
{
    if (p->nlosses > PP_MAX_CONDITIONS || (p->nlosses && !p->losses))
        return pp_plugin_why(why, "it has %u losses, more than %d", p->nlosses, PP_MAX_CONDITIONS);
    for (unsigned i = 0; i < p->nlosses; i++) {
        *part = (struct pp_table_part){PP_PART_LOSS, i, 0};
        if (!p->losses[i].condition || !p->losses[i].arm || !is_named(p, &p->losses[i]))
            return pp_plugin_why(why, "loss %u names no condition or no arm of the experiment", i);
    }
    return true;
}

bool pp_plugin_sound_part(const struct pp_plugin *p, char why[PP_WHY], struct pp_table_part *part)
{
    *part = (struct pp_table_part){PP_PART_HEAD, 0, 0};
    if (!head_sound(p, why))
        return false;
    part->kind = PP_PART_CHAINS;
    if (!names_sound(p->chains, "chain", why))
        return false;
    part->kind = PP_PART_FIELDS;
    if (!names_sound(p->fields, "field", why))
        return false;
    for (unsigned i = 0; i < p->narms; i++) {
        *part = (struct pp_table_part){PP_PART_ARM, i, 0};
        if (!arm_sound(p, i, why, part))
            return false;
    }
    for (unsigned i = 0; i < p->nconditions; i++) {
        *part = (struct pp_table_part){PP_PART_CONDITION, i, 0};
        if (!condition_sound(p, i, why))
            return false;
    }
    *part = (struct pp_table_part){PP_PART_ARMS, 0, 0};
    return places_sound(p, why) && pp_plugin_implies_sound(p, why) && losses_sound(p, why, part);
}

bool pp_plugin_sound(const struct pp_plugin *p, char why[PP_WHY])
{
    struct pp_table_part part;

    return pp_plugin_sound_part(p, why, &part);
}

int pp_plugin_check(const struct pp_plugin *p, const char *where)
{
    char why[PP_WHY];

    return pp_plugin_ready(p, why) ? 0 : pp_error("bad plugin '%s': %s", where, why);
}
