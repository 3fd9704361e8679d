/* SPDX-License-Identifier: BSD-2-Clause */
/* options_help.c: makes --help from the table: rows below their headings, wrapped to 80 columns, with defaults. */
#include "options_parts.h"

#define COLUMNS 80
#define INDENT 28 /* column of the explanations */
#define TEXT_MAX 1024

/* Writes TEXT wrapped; the cursor is at column AT, further lines are indented by LEFT. Words are not broken. */
static void wrap(struct pp_buf *out, const char *text, size_t at, size_t left)
{
    bool first = true;

    while (*text) {
        size_t len = strcspn(text, " \n");
        if (!first && at + 1 + len > COLUMNS) {
            pp_buf_addf(out, "\n%*s", (int)left, "");
            at = left;
        } else if (!first) {
            pp_buf_addc(out, ' ');
            at++;
        }
        pp_buf_add(out, text, len);
        at += len;
        first = false;
        text += len;
        text += strspn(text, " \n");
    }
    pp_buf_addc(out, '\n');
}

static void row(const struct pp_option *o, struct pp_buf *out)
{
    char left[TEXT_MAX], right[TEXT_MAX];
    char letter[5] = {'-', o->letter, ',', ' ', '\0'};
    size_t len;

    snprintf(left, sizeof left, "  %s--%s%s%s", o->letter ? letter : "    ", o->name, o->arg ? " " : "",
             o->arg ? o->arg : "");
    /* No default is printed for flags. */
    if (o->def && o->type != PP_OPTION_FLAG)
        snprintf(right, sizeof right, "%s (default %s)", o->what, o->def);
    else
        snprintf(right, sizeof right, "%s", o->what);
    len = strlen(left);
    pp_buf_adds(out, left);
    if (len + 2 > INDENT)
        pp_buf_addf(out, "\n%*s", INDENT, "");
    else
        pp_buf_addf(out, "%*s", (int)(INDENT - len), "");
    wrap(out, right, INDENT, INDENT);
}

static void table(const struct pp_option *o, struct pp_buf *out)
{
    for (; o && o->name; o++) {
        if (o->group)
            pp_buf_addf(out, "\n%s:\n", o->group);
        row(o, out);
    }
}

void pp_options_help(const struct pp_command *c, const struct pp_more *more, struct pp_buf *out)
{
    char usage[TEXT_MAX];

    snprintf(usage, sizeof usage, "%s [OPTION...]%s%s", c->name, c->operands ? " " : "",
             c->operands ? c->operands : "");
    pp_buf_adds(out, "usage: pathprobe ");
    wrap(out, usage, strlen("usage: pathprobe "), strlen("usage: pathprobe "));
    wrap(out, c->summary, 0, 0);
    table(c->options, out);
    table(more->options, out);
    table(pp_common_options, out);
}
