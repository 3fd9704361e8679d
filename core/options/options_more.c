/* SPDX-License-Identifier: BSD-2-Clause */
/* options_more.c: keeps options of the first operand until the operand's table of options is known. */
#include "options_parts.h"

struct pp_later {
    struct pp_later *next;
    const char *text;
    enum pp_option_level level;
    size_t len;
    char name[PP_OPTION_NAME_MAX + 1];
    char where[];
};

int pp_option_later(struct pp_parse *p, const char *name, size_t len, enum pp_option_level level, const char *text,
                    const char *where)
{
    struct pp_later *l = calloc(1, sizeof *l + strlen(where) + 1);

    if (!l)
        return pp_error("out of memory");
    l->text = text;
    l->level = level;
    l->len = len < PP_OPTION_NAME_MAX ? len : PP_OPTION_NAME_MAX;
    memcpy(l->name, name, l->len);
    memcpy(l->where, where, strlen(where) + 1);
    *p->later_end = l;
    p->later_end = &l->next;
    return 0;
}

static int assign_later(struct pp_parse *p, const struct pp_later *l)
{
    bool line = l->level == PP_LEVEL_LINE;
    struct pp_option_hit hit;

    if (!pp_option_by_name(p, l->name, l->len, &hit)) {
        if (line)
            pp_error("unknown option '%s'", l->where);
        else
            pp_error("%.*s: unknown option '%s'", (int)(strlen(l->where) - strlen(l->name) - 2), l->where, l->name);
        pp_option_hint(p, l->name, line ? "--" : "");
        return -1;
    }
    if (!l->text)
        return pp_error("%s needs an argument: %s", l->where, hit.row->arg);
    return pp_option_assign(&hit, l->level, l->text, l->where);
}

int pp_option_operand(struct pp_parse *p)
{
    const char *operand = p->parsed->noperands ? p->parsed->operand[0] : NULL;
    struct pp_more more = {.options = NULL};
    struct pp_option_hit hit;

    if (operand && p->c->more) {
        if (p->c->more(p->table[PP_OF_COMMAND].base, operand, &more) < 0)
            return -1;
        for (const struct pp_option *o = more.options; o && o->name; o++)
            if (pp_option_by_name(p, o->name, strlen(o->name), &hit))
                return pp_error("'%s' has an option --%s, which is an option of %s itself", operand, o->name,
                                p->c->name);
        if (pp_option_table(p, &p->table[PP_OF_OPERAND], more.options, more.settings) < 0)
            return -1;
    }
    for (const struct pp_later *l = p->later; l; l = l->next)
        if (assign_later(p, l) < 0)
            return -1;
    return 0;
}

void pp_option_forget(struct pp_parse *p)
{
    for (struct pp_later *l = p->later, *next; l; l = next) {
        next = l->next;
        free(l);
    }
    p->later = NULL;
}
