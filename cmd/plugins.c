/* SPDX-License-Identifier: BSD-2-Clause */
/* plugins.c: `pathprobe plugins`: lists the experiments, or describes one from its tables. */
#include "commands.h"

#include "../core/base/io.h"
#include "../core/base/prose.h"
#include "../core/loader/plugins.h"

#define OUT_MAX (1 << 20)
#define EXIT_USAGE 2

struct settings {
    const char *plugin_dir;
};

static const struct pp_option options[] = {
    {.name = "plugin-dir", .type = PP_OPTION_STRING, .offset = offsetof(struct settings, plugin_dir), .arg = "DIR",
     .group = "Where", .what = "load experiments from this directory only"},
    {.name = NULL},
};

static void description(struct pp_buf *out, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        pp_prose(out, text, len, 0, 0);
        text += len;
        text += *text == '\n';
    }
}

/* Appends the paragraph TEXT, indented by LEFT blanks, and empties it. */
static void paragraph(struct pp_buf *out, struct pp_buf *text, size_t left)
{
    pp_prose(out, text->data, text->len, left, left);
    text->len = 0;
}

/* "         speaks for B1, B2 where it gets through: these are asked only if it does not" */
static void implies(struct pp_buf *out, const struct pp_arm *a)
{
    for (const char *const *name = a->implies; name && *name; name++)
        pp_buf_addf(out, "%s%s", name == a->implies ? "         speaks for " : ", ", *name);
    if (a->implies && *a->implies)
        pp_buf_adds(out, " where it gets through: asked only if it does not\n");
}

/* "  B1  ECN-setup SYN, Not-ECT data (http)", then a line for each step. */
static void arm(struct pp_buf *out, const struct pp_arm *a)
{
    struct pp_buf text;

    pp_buf_init(&text, 1 << 16);
    pp_buf_addf(out, "  %-4s ", a->name);
    pp_buf_adds(&text, a->title);
    if (a->modes) {
        pp_buf_adds(&text, " (only ");
        pp_mode_words(a->modes, &text);
        pp_buf_addc(&text, ')');
    }
    if (a->after)
        pp_buf_addf(&text, ", behind %s", a->after);
    if (a->last)
        pp_buf_adds(&text, a->last < PP_MAX_LAST ? ", last" : ", last of all");
    if (a->family)
        pp_buf_addf(&text, " (IPv%u only)", a->family);
    paragraph(out, &text, 7);
    implies(out, a);
    for (unsigned i = 0; i < a->nsteps; i++) {
        pp_buf_adds(out, "         ");
        pp_step_words(&a->steps[i], &text);
        paragraph(out, &text, 9);
    }
    out->failed |= text.failed;
    pp_buf_release(&text);
}

static void connectivity(struct pp_buf *out, const struct pp_plugin *p)
{
    for (unsigned i = 0; i < p->narms; i++) {
        const struct pp_arm *a = &p->arms[i];
        char text[256];
        if (!a->connectivity)
            continue;
        pp_buf_addf(out, "  %s.%s\n      ", a->connectivity,
                    p->narms > 1 ? "{works,broken,transient,offline,unstable}" : "{online,offline}");
        if (p->narms > 1)
            snprintf(text, sizeof text, "Whether %s%s%s%s gets through where %s does.", a->name, a->what ? " (" : "",
                     a->what ? a->what : "", a->what ? ")" : "", p->arms[0].name);
        else
            snprintf(text, sizeof text, "Whether %s gets through.", a->name);
        pp_prose(out, text, strlen(text), 6, 6);
    }
}

static void conditions(struct pp_buf *out, const struct pp_plugin *p)
{
    pp_buf_adds(out, "\nconditions:\n");
    connectivity(out, p);
    for (unsigned i = 0; i < p->nconditions; i++) {
        const struct pp_condition *c = &p->conditions[i];
        pp_buf_addf(out, "  %s%s", c->name, c->has_value ? ":VALUE" : "");
        if (c->modes) {
            pp_buf_adds(out, " (only ");
            pp_mode_words(c->modes, out);
            pp_buf_addc(out, ')');
        }
        pp_buf_adds(out, "\n      ");
        pp_prose(out, c->what, strlen(c->what), 6, 6);
    }
}

static void own_options(struct pp_buf *out, const struct pp_plugin *p)
{
    char text[512];

    if (p->noptions)
        pp_buf_adds(out, "\noptions:\n");
    for (uint32_t i = 0; i < p->noptions; i++) {
        const struct pp_plugin_option *o = &p->options[i];
        pp_buf_addf(out, "  --%s %s\n      ", o->name, o->arg);
        snprintf(text, sizeof text, "%s; %u to %u, at most %u (default %s)", o->what, o->min, o->max, o->most, o->def);
        pp_prose(out, text, strlen(text), 6, 6);
    }
}

/* Prints the method and its limits in a paragraph. */
static void judging(struct pp_buf *out, const struct pp_plugin *p)
{
    char text[1024];

    pp_buf_adds(out, "\nhow an arm is judged:\n");
    if (p->narms > 1)
        snprintf(text, sizeof text,
                 "Beside %s on the same target, in rounds of random order, until the evidence suffices. A round in "
                 "which the arm fails and three flows without its treatment get through is about four times as likely "
                 "where the treatment makes a difference; eight such rounds make it `broken`, which is said falsely "
                 "once in 10,000 times at most (--alpha), whatever else makes flows fail. `works` takes one success "
                 "beside %s's. That says neither where on the path nor why, nor that marks arrive as they were sent. "
                 "pathprobe-measure(1), VERDICTS, has the formula and an example.",
                 p->arms[0].name, p->arms[0].name);
    else
        snprintf(text, sizeof text,
                 "An answer is `online`, silence in two rounds `offline`. Nothing is compared, so no error bound is "
                 "claimed.");
    pp_prose(out, text, strlen(text), 0, 0);
}

static void names(struct pp_buf *out, const char *title, const char *const *v)
{
    if (v && *v)
        pp_buf_addf(out, "\n%s:\n", title);
    for (; v && *v; v++)
        pp_buf_addf(out, "  %s\n", *v);
}

static void describe(struct pp_buf *out, const struct pp_plugin *p)
{
    pp_buf_addf(out, "%s: %s\n\n", p->name, p->title);
    description(out, p->description);
    pp_buf_adds(out, "\nconnect modes: ");
    pp_mode_words(p->modes, out);
    pp_buf_adds(out, " (default ");
    pp_mode_words(p->default_mode, out);
    pp_buf_adds(out, ")\n\narms:\n");
    for (unsigned i = 0; i < p->narms; i++)
        arm(out, &p->arms[i]);
    judging(out, p);
    own_options(out, p);
    conditions(out, p);
    names(out, "fields of the flow records that it looks at", p->fields);
}

static int list(struct pp_buf *out, const char *dir)
{
    const struct pp_plugin **all = pp_plugin_list(dir);

    if (!all)
        return -1;
    for (const struct pp_plugin **p = all; *p; p++)
        pp_buf_addf(out, "%-12s %s\n", (*p)->name, (*p)->title);
    if (!*all) {
        pp_warn("no experiments found");
        pp_plugin_hint_none();
    }
    free(all);
    return 0;
}

static int run(void *settings, char **operands)
{
    const struct settings *s = settings;
    struct pp_buf out;
    int code = 1;

    if (operands[0] && operands[1]) {
        pp_error("more than one experiment was given: '%s'", operands[1]);
        return EXIT_USAGE;
    }
    pp_buf_init(&out, OUT_MAX);
    if (operands[0]) {
        const struct pp_plugin *p = pp_plugin_find(operands[0], s->plugin_dir);
        if (!p) {
            code = EXIT_USAGE;
            goto out;
        }
        describe(&out, p);
    } else if (list(&out, s->plugin_dir) < 0) {
        goto out;
    }
    if (out.failed)
        pp_error("out of memory");
    else if (pp_stdout_put(out.data, out.len) == 0)
        code = 0;
out:
    pp_buf_release(&out);
    return code;
}

const struct pp_command pp_cmd_plugins = {
    .name = "plugins",
    .summary = "list experiments; describe one: arms, options, conditions, fields",
    .operands = "[NAME]",
    .options = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
