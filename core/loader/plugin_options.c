/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plugin_options.c: turns an experiment's own options into rows of an option table, and their values into arms and
 * conditions. Those live in pages of their own as long as the program, as the object does whose struct they copy.
 */
#include "plugins_parts.h"

#include "../base/container.h"

#include <stdarg.h>
#include <sys/mman.h>

#define TEXT_MAX 16384

struct workshop {
    struct pp_plugin plugin;
    struct pp_tables tables;
    size_t used;
    char text[TEXT_MAX];
};

void pp_own_init(struct pp_own *own, const struct pp_plugin *p)
{
    memset(own, 0, sizeof *own);
    for (uint32_t i = 0; i < p->noptions; i++) {
        const struct pp_plugin_option *o = &p->options[i];
        own->row[i] = (struct pp_option){
            .name = o->name, .type = PP_OPTION_NUMBERS, .arg = o->arg, .def = o->def, .what = o->what, .min = o->min,
            .max = o->max, .group = i ? NULL : "The experiment's own",
            .offset = (uint16_t)(offsetof(struct pp_own, value) + i * sizeof own->value[0])};
    }
}

int pp_own_find(const struct pp_plugin **experiment, struct pp_own *own, const char *name, const char *dir,
                struct pp_more *more)
{
    *experiment = pp_plugin_find(name, dir);
    if (!*experiment)
        return -1;
    pp_own_init(own, *experiment);
    *more = (struct pp_more){own->row, own};
    return 0;
}

/* Returns "" when the room is used up; the check of the tables then reports a missing text. */
PP_PRINTF(2, 3) static const char *text(struct pp_tables *tables, const char *fmt, ...)
{
    struct workshop *w = PP_CONTAINER_OF(tables, struct workshop, tables);
    size_t room = sizeof w->text - w->used;
    char *at = w->text + w->used;
    va_list ap;
    int len;

    va_start(ap, fmt);
    len = vsnprintf(at, room, fmt, ap);
    va_end(ap);
    if (len < 0 || (size_t)len >= room)
        return "";
    w->used += (size_t)len + 1;
    return at;
}

/* Returns a copy of P with the tables that configure() makes from OWN's values; NULL: WHY has the cause. */
static const struct pp_plugin *make(const struct pp_plugin *p, const struct pp_own *own, char why[PP_WHY])
{
    struct workshop *w = mmap(NULL, sizeof *w, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const char *wrong;

    if (w == MAP_FAILED) {
        pp_plugin_why(why, "out of memory");
        return NULL;
    }
    w->plugin = *p;
    w->tables.text = text;
    wrong = p->configure(own->value, &w->tables);
    w->plugin.arms = w->tables.arms;
    w->plugin.narms = w->tables.narms;
    w->plugin.conditions = w->tables.conditions;
    w->plugin.nconditions = w->tables.nconditions;
    if (wrong)
        pp_plugin_why(why, "%s", wrong);
    if (wrong || !pp_plugin_sound(&w->plugin, why)) {
        munmap(w, sizeof *w);
        return NULL;
    }
    mprotect(w, sizeof *w, PROT_READ);
    return &w->plugin;
}

static bool few_enough(const struct pp_plugin *p, const struct pp_own *own, char why[PP_WHY])
{
    for (uint32_t i = 0; i < p->noptions; i++)
        if (own->value[i].n > p->options[i].most)
            return pp_plugin_why(why, "--%s: %u numbers given, at most %u allowed", p->options[i].name,
                                 own->value[i].n, p->options[i].most);
    return true;
}

const struct pp_plugin *pp_plugin_configure(const struct pp_plugin *p, const struct pp_own *own)
{
    char why[PP_WHY];
    const struct pp_plugin *made = NULL;

    if (!p->configure)
        return p;
    if (few_enough(p, own, why))
        made = make(p, own, why);
    if (!made)
        pp_error("experiment '%s': %s", p->name, why);
    return made;
}

static bool options_sound(const struct pp_plugin *p, char why[PP_WHY])
{
    if (!p->configure != !p->noptions || p->noptions > PP_MAX_OPTIONS || (p->noptions && !p->options))
        return pp_plugin_why(why, "it has %u options: at most %d are allowed, and they need a configure", p->noptions,
                             PP_MAX_OPTIONS);
    for (uint32_t i = 0; i < p->noptions; i++) {
        const struct pp_plugin_option *o = &p->options[i];
        if (!pp_plugin_is_option(o->name))
            return pp_plugin_why(why, "option %u: its name is not of the form [a-z][a-z0-9-]*", i);
        if (!o->arg || !*o->arg || !o->what || !*o->what || !o->def)
            return pp_plugin_why(why, "option --%s lacks the name of its argument, its description or its default",
                                 o->name);
        if (o->min > o->max || !o->max || !o->most || o->most > PP_MAX_NUMBERS)
            return pp_plugin_why(why, "option --%s: its bounds allow no value", o->name);
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(o->name, p->options[j].name) == 0)
                return pp_plugin_why(why, "two options are called --%s", o->name);
    }
    return true;
}

const struct pp_plugin *pp_plugin_ready(const struct pp_plugin *p, char why[PP_WHY])
{
    struct pp_own own;

    if (!options_sound(p, why))
        return NULL;
    if (!p->configure)
        return pp_plugin_sound(p, why) ? p : NULL;
    pp_own_init(&own, p);
    for (const struct pp_option *o = own.row; o->name; o++)
        if (pp_option_parse(o, &own, o->def, o->name) < 0) {
            pp_plugin_why(why, "the default of --%s is not within its own bounds", o->name);
            return NULL;
        }
    return few_enough(p, &own, why) ? make(p, &own, why) : NULL;
}
