/* SPDX-License-Identifier: BSD-2-Clause */
/* options.c: parses a command line by a command's table of options. */
#include "options_parts.h"

#include "../base/container.h"
#include "../base/io.h"
#include "../base/suggest.h"

#include <errno.h>
#include <unistd.h>

const struct pp_option pp_common_options[] = {
    {.name = "quiet", .letter = 'q', .type = PP_OPTION_FLAG, .offset = offsetof(struct pp_common, quiet),
     .group = "Every command", .what = "print errors only, no warnings and no status line"},
    {.name = "verbose", .letter = 'v', .type = PP_OPTION_FLAG, .offset = offsetof(struct pp_common, verbose),
     .what = "say more on standard error"},
    {.name = "config", .type = PP_OPTION_STRINGS, .offset = offsetof(struct pp_common, config), .arg = "FILE",
     .what = "read options from FILE, `key = value` lines or a run's metadata; the command line wins"},
    {.name = "print-config", .type = PP_OPTION_FLAG, .offset = offsetof(struct pp_common, print_config),
     .what = "print the effective configuration as --config reads it, and stop"},
    {.name = "help", .letter = 'h', .type = PP_OPTION_FLAG, .offset = offsetof(struct pp_common, help),
     .what = "print this, and stop"},
    {.name = NULL},
};

static const struct pp_option none[] = {{.name = NULL}};

static size_t count(const struct pp_option *o)
{
    size_t n = 0;

    while (o[n].name)
        n++;
    return n;
}

int pp_option_table(const struct pp_parse *p, struct pp_option_rows *t, const struct pp_option *rows, void *base)
{
    t->rows = rows ? rows : none;
    t->base = base;
    free(t->level);
    t->level = calloc(count(t->rows) + 1, 1);
    if (!t->level)
        return pp_error("out of memory");
    for (const struct pp_option *o = t->rows; o->name; o++)
        if (o->def && pp_option_parse(o, t->base, o->def, o->name) < 0)
            BUG("%s: the default of --%s is not a value of its type", p->c->name, o->name);
    return 0;
}

/* ---- looking up ---------------------------------------------------------------------------------- */

static bool is_name(const struct pp_option *o, const char *name, size_t len)
{
    return strlen(o->name) == len && memcmp(o->name, name, len) == 0;
}

static bool name_in(const struct pp_option *o, const char *name, size_t len, const struct pp_option **row, bool *no)
{
    for (; o->name; o++) {
        *row = o;
        *no = false;
        if (is_name(o, name, len))
            return true;
        *no = true;
        if (o->type == PP_OPTION_FLAG && strncmp(o->name, "no-", 3) != 0 && len > 3 && memcmp(name, "no-", 3) == 0 &&
            is_name(o, name + 3, len - 3))
            return true;
    }
    return false;
}

/* The command's own rows come first: they may reuse a letter or a name of the common options. */
bool pp_option_by_name(struct pp_parse *p, const char *name, size_t len, struct pp_option_hit *hit)
{
    for (int i = 0; i < PP_TABLES; i++) {
        const struct pp_option_rows *t = &p->table[i];
        if (name_in(t->rows, name, len, &hit->row, &hit->no)) {
            hit->base = t->base;
            hit->level = t->level + (hit->row - t->rows);
            hit->common = i == PP_OF_ALL;
            return true;
        }
    }
    return false;
}

static bool by_letter(struct pp_parse *p, char letter, struct pp_option_hit *hit)
{
    for (int i = 0; i < PP_TABLES; i++)
        for (const struct pp_option *o = p->table[i].rows; o->name; o++)
            if (o->letter == letter)
                return pp_option_by_name(p, o->name, strlen(o->name), hit);
    return false;
}

void pp_option_hint(const struct pp_parse *p, const char *name, const char *dashes)
{
    bool early = p->c->more && !p->parsed->noperands; /* the operand, which adds options, has not been read yet */
    const char **names, *near = NULL;
    size_t n = 0;

    for (int i = 0; i < PP_TABLES; i++)
        n += count(p->table[i].rows);
    names = calloc(n + 1, sizeof *names);
    n = 0;
    for (int i = 0; names && i < PP_TABLES; i++)
        for (const struct pp_option *o = p->table[i].rows; o->name; o++)
            names[n++] = o->name;
    if (names)
        near = pp_did_you_mean(name, names);
    if (near)
        pp_hint("did you mean %s%s?", dashes, near);
    else
        pp_hint("'pathprobe %s --help' lists the options%s%.*s%s", p->c->name, early ? "; options of " : "",
                early ? (int)strcspn(p->c->operands, " ") : 0, early ? p->c->operands : "",
                early ? " follow its name" : "");
    free(names);
}

/* ---- setting ------------------------------------------------------------------------------------- */

int pp_option_assign(const struct pp_option_hit *hit, enum pp_option_level level, const char *text, const char *where)
{
    const struct pp_option *o = hit->row;

    if (level < *hit->level && o->type != PP_OPTION_ALL)
        return 0;
    if (o->type == PP_OPTION_STRINGS && level > *hit->level)
        ((struct pp_strings *)pp_option_at(o, hit->base))->n = 0;
    if (level > *hit->level)
        *hit->level = (uint8_t)level;
    if (!text)
        text = "true";
    if (pp_option_parse(o, hit->base, text, where) < 0)
        return -1;
    if (hit->no) {
        bool *flag = pp_option_at(o, hit->base);
        *flag = !*flag;
    }
    return 0;
}

static int assign_from_line(struct pp_parse *p, const struct pp_option_hit *hit, const char *text, const char *where)
{
    if (pp_option_assign(hit, PP_LEVEL_LINE, text, where) < 0)
        return -1;
    if (hit->common && hit->row->type == PP_OPTION_STRINGS)
        return pp_config_read(p, text);
    return 0;
}

/* ---- walking the line ---------------------------------------------------------------------------- */

/*
 * Returns the argument of an option: the text behind "=" or the letter, else the next word; *I is advanced past that.
 */
static const char *argument(const struct pp_option *o, const char *attached, int argc, char **argv, int *i,
                            const char *where)
{
    const char *next = *i + 1 < argc ? argv[*i + 1] : NULL;

    if (attached)
        return attached;
    /* In `--input --output x` the file is missing; a value that begins with "--" can be given after "=". */
    if (!next || strncmp(next, "--", 2) == 0) {
        pp_error("%s needs an argument: %s", where, o->arg ? o->arg : "VALUE");
        if (next && next[2])
            pp_hint("if '%s' is meant as the argument, write --%s=%s", next, o->name, next);
        return NULL;
    }
    ++*i;
    return next;
}

static int long_option(struct pp_parse *p, int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '='), *text;
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    char where[PP_OPTION_NAME_MAX + 3];
    struct pp_option_hit hit;

    if (len <= PP_OPTION_NAME_MAX && !pp_option_by_name(p, name, len, &hit) && p->c->more && p->parsed->noperands) {
        snprintf(where, sizeof where, "--%.*s", (int)len, name);
        text = equals ? equals + 1 : *i + 1 < argc && argv[*i + 1][0] != '-' ? argv[++*i] : NULL;
        return pp_option_later(p, name, len, PP_LEVEL_LINE, text, where);
    }
    if (len > PP_OPTION_NAME_MAX || !pp_option_by_name(p, name, len, &hit)) {
        pp_error("unknown option '--%.*s'", (int)(len < 200 ? len : 200), name);
        snprintf(where, sizeof where, "%.*s", (int)(len < PP_OPTION_NAME_MAX ? len : PP_OPTION_NAME_MAX), name);
        pp_option_hint(p, where, "--");
        return -1;
    }
    snprintf(where, sizeof where, "--%.*s", (int)len, name);
    if (hit.row->type == PP_OPTION_FLAG) {
        if (equals)
            return pp_error("%s takes no argument", where);
        return assign_from_line(p, &hit, NULL, where);
    }
    text = argument(hit.row, equals ? equals + 1 : NULL, argc, argv, i, where);
    return text ? assign_from_line(p, &hit, text, where) : -1;
}

/*
 * Parses "-qv", "-r20k", "-r 20k": flags may be combined; the first letter with an argument takes the rest of the word.
 */
static int short_options(struct pp_parse *p, int argc, char **argv, int *i)
{
    for (const char *s = argv[*i] + 1; *s; s++) {
        char where[3] = {'-', *s, '\0'};
        struct pp_option_hit hit;
        const char *text;

        if (!by_letter(p, *s, &hit)) {
            pp_error("unknown option '-%c'%s%s%s", *s, argv[*i][2] ? " in '" : "", argv[*i][2] ? argv[*i] : "",
                     argv[*i][2] ? "'" : "");
            /* `-rate` probably means `--rate`. */
            pp_option_hint(p, argv[*i] + 1, "--");
            return -1;
        }
        if (hit.row->type == PP_OPTION_FLAG) {
            if (assign_from_line(p, &hit, NULL, where) < 0)
                return -1;
            continue;
        }
        text = argument(hit.row, s[1] ? s + 1 : NULL, argc, argv, i, where);
        return text ? assign_from_line(p, &hit, text, where) : -1;
    }
    return 0;
}

static int walk(struct pp_parse *p, int argc, char **argv)
{
    struct pp_parsed *parsed = p->parsed;

    for (int i = 1; i < argc; i++) {
        int rc = 0;
        if (strcmp(argv[i], "--") == 0) {
            for (i++; i < argc; i++)
                parsed->operand[parsed->noperands++] = argv[i];
            break;
        }
        if (argv[i][0] != '-' || !argv[i][1])
            parsed->operand[parsed->noperands++] = argv[i];
        else if (argv[i][1] == '-')
            rc = long_option(p, argc, argv, &i);
        else
            rc = short_options(p, argc, argv, &i);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/*
 * Reads the site's configuration file. As with ssh's, --config FILE replaces it, except for the options that it holds
 * (pp_command.held). A missing file is skipped; one that cannot be read is an error, as it may hold options.
 */
static int read_site(struct pp_parse *p)
{
    const char *path = p->c->site ? p->c->site() : NULL;

    p->at_site = true;
    p->held_only = p->c->held_only || p->common.config.n > 0;
    if (!path || (p->held_only && !p->c->held) || (access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR)))
        return 0;
    return pp_config_read(p, path);
}

/* ---- the whole ----------------------------------------------------------------------------------- */

/* Prints the held options as comments: the site's file sets them again when the output is read by --config. */
static void print_held(const struct pp_parse *p, struct pp_buf *out)
{
    for (const struct pp_held *h = p->c->held; h && h->name; h++) {
        const struct pp_strings *s = (const void *)((const char *)p->table[PP_OF_COMMAND].base + h->offset);
        for (unsigned i = 0; i < s->n; i++)
            pp_buf_addf(out, "# of this host, in any case: %s = %s\n", h->name, s->v[i]);
    }
}

/* Prints --help or --print-config. 1, or -1 printed; PP_OPTIONS_FAILED: not written. */
static int print_and_stop(const struct pp_parse *p)
{
    const struct pp_more more = {p->table[PP_OF_OPERAND].rows, NULL};
    struct pp_buf out;
    int rc = 1;

    pp_buf_init(&out, PP_CONFIG_BYTES);
    if (p->common.help)
        pp_options_help(p->c, &more, &out);
    for (int i = 0; !p->common.help && i < PP_OF_ALL; i++)
        pp_options_config(p->table[i].rows, p->table[i].base, &out);
    if (!p->common.help)
        print_held(p, &out);
    if (out.failed)
        rc = pp_error("out of memory");
    else if (pp_stdout_put(out.data, out.len) < 0)
        rc = PP_OPTIONS_FAILED;
    pp_buf_release(&out);
    return rc;
}

/* True if an option has an effective value: a flag that is set, or a given value other than 0. */
static bool says_something(const struct pp_option_hit *hit)
{
    struct pp_buf text;
    bool zero;

    if (hit->row->type == PP_OPTION_FLAG)
        return *(const bool *)pp_option_at(hit->row, hit->base);
    if (*hit->level == PP_LEVEL_DEFAULT)
        return false;
    pp_buf_init(&text, PP_CONFIG_BYTES);
    pp_options_value(hit->row, hit->base, &text);
    zero = text.len == 1 && *text.data == '0';
    pp_buf_release(&text);
    return !zero;
}

/*
 * Checks pp_command.needs, for options on the command line only: a file may have options that apply to some runs. 0, or
 * -1 printed.
 */
static int check_needs(struct pp_parse *p)
{
    for (const struct pp_need *n = p->c->needs; n && n->option; n++) {
        struct pp_option_hit option, other;

        if (!pp_option_by_name(p, n->option, strlen(n->option), &option) ||
            !pp_option_by_name(p, n->other, strlen(n->other), &other))
            BUG("%s: --%s needs --%s, and there is none", p->c->name, n->option, n->other);
        if (*option.level != PP_LEVEL_LINE || !says_something(&option) || says_something(&other) == n->present)
            continue;
        pp_error(n->present ? "--%s without --%s: %s" : "--%s with --%s: %s", n->option, n->other, n->why);
        return n->present ? pp_hint("add --%s, or leave out --%s", n->other, n->option)
                          : pp_hint("use one of the two");
    }
    return 0;
}

static int after(struct pp_parse *p)
{
    if (p->common.help || p->common.print_config)
        return print_and_stop(p);
    pp_quiet = p->common.quiet;
    pp_verbosity = p->common.verbose;
    if (!p->c->operands && p->parsed->noperands) {
        pp_error("unexpected argument '%s': %s takes options only", p->parsed->operand[0], p->c->name);
        return pp_hint("'pathprobe %s --help' lists the options", p->c->name);
    }
    return check_needs(p);
}

int pp_options_parse(const struct pp_command *c, void *settings, int argc, char **argv, char ***operands)
{
    struct pp_parse p = {.c = c};
    int rc = -1;

    *operands = NULL;
    p.later_end = &p.later;
    if (c->settings_size)
        memset(settings, 0, c->settings_size);
    p.parsed = calloc(1, sizeof *p.parsed + ((size_t)argc + 1) * sizeof p.parsed->operand[0]);
    if (!p.parsed) {
        pp_error("out of memory");
        goto out;
    }
    *operands = p.parsed->operand;
    if (pp_option_table(&p, &p.table[PP_OF_COMMAND], c->options, settings) < 0 ||
        pp_option_table(&p, &p.table[PP_OF_OPERAND], NULL, NULL) < 0 ||
        pp_option_table(&p, &p.table[PP_OF_ALL], pp_common_options, &p.common) < 0)
        goto out;
    rc = walk(&p, argc, argv);
    if (p.parsed->noperands == 0 && p.operand)
        p.parsed->operand[p.parsed->noperands++] = p.operand;
    if (rc == 0)
        rc = read_site(&p);
    if (rc == 0)
        rc = pp_option_operand(&p);
    /* --help is printed for any command line that could be parsed. */
    if (rc == 0)
        rc = after(&p);
out:
    pp_option_forget(&p);
    for (int i = 0; i < PP_TABLES; i++)
        free(p.table[i].level);
    free(p.common.config.v);
    if (rc != 0) {
        pp_options_release(c, settings, *operands);
        *operands = NULL;
    }
    return rc;
}

static void release_strings(void *settings, size_t offset)
{
    struct pp_strings *s = (struct pp_strings *)((char *)settings + offset);

    free(s->v);
    *s = (struct pp_strings){.v = NULL};
}

void pp_options_release(const struct pp_command *c, void *settings, char **operands)
{
    for (const struct pp_option *o = c->options ? c->options : none; o->name; o++) {
        if (pp_option_is_list(o))
            release_strings(settings, o->offset);
    }
    for (const struct pp_held *h = c->held; h && h->name; h++)
        release_strings(settings, h->offset);
    if (operands) {
        struct pp_parsed *parsed = PP_CONTAINER_OF(operands, struct pp_parsed, operand);
        for (unsigned i = 0; i < parsed->nfiles; i++)
            free(parsed->file[i]);
        free(parsed);
    }
}
