/* SPDX-License-Identifier: BSD-2-Clause */
/* values.c: the words that options and commands accept, from the tables by which they are checked. */
#include "values.h"

#include "../core/flow/chain.h"
#include "../core/loader/plugins.h"
#include "../core/talk/talk.h"
#include "../lab/truth/builtin.h"

#include <net/if.h>

#define NUMBERS_MAX 256 /* of numbers of an experiment's own option */

static void words(const char *text)
{
    for (size_t n; *text; text += n + (text[n] == ' ')) {
        n = strcspn(text, " ");
        printf("%.*s\n", (int)n, text);
    }
}

static void interfaces(const char *experiment)
{
    struct if_nameindex *all = if_nameindex();

    (void)experiment;
    for (const struct if_nameindex *i = all; i && i->if_index; i++)
        puts(i->if_name);
    if (all)
        if_freenameindex(all);
}

static void experiments(const char *experiment)
{
    const struct pp_plugin **all = pp_plugin_list(NULL);

    (void)experiment;
    for (const struct pp_plugin **p = all; p && *p; p++)
        puts((*p)->name);
    free(all);
}

/* The experiment NAME; NULL: there is none, or NAME is NULL. Prints nothing. */
static const struct pp_plugin *find(const char *name)
{
    const struct pp_plugin **all = name && *name ? pp_plugin_list(NULL) : NULL, *found = NULL;

    for (const struct pp_plugin **p = all; p && *p; p++)
        if (strcmp((*p)->name, name) == 0)
            found = *p;
    free(all);
    return found;
}

static void modes(const char *experiment)
{
    const struct pp_plugin *p = find(experiment);

    for (const struct pp_talk_mode *m = pp_talk_modes; m->name; m++)
        if (!p || p->modes & m->bit)
            puts(m->name);
}

static void scenarios(const char *experiment)
{
    (void)experiment;
    for (const char *const *name = pp_scenario_names(); *name; name++)
        puts(*name);
}

static void chains(const char *experiment)
{
    (void)experiment;
    for (const struct pp_chain *const *c = pp_chains; *c; c++)
        puts((*c)->name);
}

static void pages(const char *experiment)
{
    for (const struct pp_command *const *c = pp_commands; *c; c++)
        puts((*c)->name);
    experiments(experiment);
}

/* Where words come from; the first row that fits is used. COMMAND NULL: any command; OPTION "": operands. */
static const struct {
    const char *command, *option;
    void (*print)(const char *experiment);
    const char *words; /* the words, with blanks between */
} rows[] = {
    {"measure", "", experiments, NULL},
    {"plugins", "", experiments, NULL},
    {"help", "", pages, NULL},
    {"observe", "", chains, NULL},
    {"completion", "", NULL, "bash zsh fish"},
    {NULL, "interface", interfaces, NULL},
    {NULL, "experiment", experiments, NULL},
    {NULL, "input-format", NULL, "ndjson csv list"},
    {"measure", "connect", modes, NULL},
    {"trace", "", experiments, NULL},
    {"trace", "connect", modes, NULL},
    {"trace", "format", NULL, "text ndjson pto3"},
    {"resolve", "type", NULL, "host mx ns"},
    {"report", "csv", NULL, "conditions targets located"},
    {"upload", "as", NULL, "raw rounds observations file"},
    {"lab", "scenario", scenarios, NULL},
};

#define ROWS (sizeof rows / sizeof *rows)

static size_t row_of(const char *command, const char *option)
{
    size_t i = 0;

    for (; i < ROWS; i++)
        if ((!rows[i].command || strcmp(rows[i].command, command) == 0) && strcmp(rows[i].option, option) == 0)
            break;
    return i;
}

bool pp_values_known(const struct pp_command *c, const struct pp_option *o)
{
    return row_of(c->name, o->name) < ROWS;
}

/* The name of COMMAND's option with this name or letter. */
static const char *name_of(const char *command, const char *name)
{
    for (const struct pp_command *const *c = pp_commands; *c; c++)
        for (const struct pp_option *o = (*c)->options; strcmp((*c)->name, command) == 0 && o && o->name; o++)
            if (o->letter && name[0] == o->letter && !name[1])
                return o->name;
    return name;
}

static void own_numbers(const char *experiment, const char *name)
{
    const struct pp_plugin *p = find(experiment);

    for (uint32_t i = 0; p && i < p->noptions; i++) {
        const struct pp_plugin_option *o = &p->options[i];
        for (uint32_t n = o->min; strcmp(o->name, name) == 0 && n <= o->max && n - o->min < NUMBERS_MAX; n++)
            printf("%u\n", n);
    }
}

void pp_values_print(const char *command, const char *name, const char *experiment)
{
    size_t i = row_of(command, *name ? name_of(command, name) : "");

    if (i == ROWS)
        own_numbers(strcmp(command, "measure") == 0 ? experiment : NULL, name);
    else if (rows[i].print)
        rows[i].print(experiment);
    else
        words(rows[i].words);
}

bool pp_values_is_experiment(const char *name)
{
    return find(name) != NULL;
}

void pp_values_options(const char *experiment)
{
    const struct pp_plugin *p = find(experiment);

    for (uint32_t i = 0; p && i < p->noptions; i++)
        printf("--%s\t%s\n", p->options[i].name, p->options[i].what);
}
