/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.c: reads options from a file of `key = value` lines, and writes them. A `#` at the beginning of a line or
 * after a blank begins a comment. A value may be in double quotes, where \" \\ \n have their meaning in C: so every
 * string survives --print-config and --config.
 */
#include "options_parts.h"

#include <ctype.h>
#include <errno.h>

#define WHERE_MAX 512

/* Reads the file's text, NUL-terminated; KEPT owns it, with the operands. NULL printed. */
static char *slurp(struct pp_parsed *kept, const char *path)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = NULL;

    if (kept->nfiles == PP_CONFIG_FILES) {
        pp_error("more than %d --config files", PP_CONFIG_FILES);
        goto out;
    }
    f = fopen(path, "re");
    text = malloc(PP_CONFIG_BYTES + 1);
    if (!f || !text) {
        pp_error_errno("cannot open config file '%s'", path);
        goto fail;
    }
    len = fread(text, 1, PP_CONFIG_BYTES + 1, f);
    if (ferror(f)) {
        pp_error_errno("cannot read config file '%s'", path);
        goto fail;
    }
    if (len > PP_CONFIG_BYTES || memchr(text, '\0', len)) {
        pp_error("'%s' is not a config file: it %s", path,
                 len > PP_CONFIG_BYTES ? "is larger than 16 MiB" : "is not text");
        goto fail;
    }
    text[len] = '\0';
    kept->file[kept->nfiles++] = text;
    goto out;
fail:
    free(text);
    text = NULL;
out:
    if (f)
        fclose(f);
    return text;
}

static char *skip(char *p)
{
    while (isblank((unsigned char)*p) || *p == '\r')
        p++;
    return p;
}

/*
 * Removes the backslashes of a quoted value in place. Returns the text behind the closing quote; NULL: there is none.
 */
static char *unquote(char *p)
{
    char *to = p;

    for (; *p && *p != '"'; p++) {
        if (*p == '\\' && p[1]) {
            p++;
            *to++ = *p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
        } else {
            *to++ = *p;
        }
    }
    if (!*p)
        return NULL;
    *to = '\0';
    return p + 1;
}

/* Removes the comment and the surrounding blanks of an unquoted value. */
static void trim(char *value)
{
    char *end = value;

    for (char *p = value; *p && !(*p == '#' && (p == value || isblank((unsigned char)p[-1]))); p++)
        end = p + 1;
    while (end > value && isspace((unsigned char)end[-1]))
        end--;
    *end = '\0';
}

/* Parses VALUE in place. Returns it, or NULL printed. */
static char *value_of(char *value, const char *where)
{
    char *rest;

    if (*value != '"') {
        trim(value);
        return value;
    }
    rest = unquote(++value);
    if (!rest) {
        pp_error("%s: the closing quote is missing", where);
        return NULL;
    }
    rest = skip(rest);
    if (*rest && *rest != '#') {
        pp_error("%s: '%s' after the closing quote", where, rest);
        return NULL;
    }
    return value;
}

static const struct pp_held *held(const struct pp_parse *p, const char *key)
{
    const struct pp_held *h = p->at_site ? p->c->held : NULL;

    while (h && h->name && strcmp(h->name, key) != 0)
        h++;
    return h && h->name ? h : NULL;
}

int pp_config_assign(struct pp_parse *p, const char *key, const struct pp_option_hit *hit, const char *value,
                     const char *where)
{
    const struct pp_held *h = held(p, key);

    if (h) {
        const struct pp_option list = {.name = key, .type = PP_OPTION_STRINGS, .offset = h->offset};
        return pp_option_parse(&list, p->table[PP_OF_COMMAND].base, value, where);
    }
    if (p->held_only)
        return 0;
    return hit ? pp_option_assign(hit, PP_LEVEL_FILE, value, where)
               : pp_option_later(p, key, strlen(key), PP_LEVEL_FILE, value, where);
}

static int line(struct pp_parse *p, char *text, const char *path, unsigned number)
{
    char *key = skip(text), *equals = strchr(key, '='), *value;
    struct pp_option_hit hit;
    char where[WHERE_MAX];
    size_t len;
    bool found;

    if (!*key || *key == '#')
        return 0;
    len = equals ? (size_t)(equals - key) : 0;
    while (len && isspace((unsigned char)key[len - 1]))
        len--;
    if (!len)
        return pp_error("%s:%u: not a line of the form 'key = value'", path, number);
    key[len] = '\0';
    found = pp_option_by_name(p, key, len, &hit);
    if (!p->held_only && (found ? hit.no : !p->c->more)) {
        pp_error("%s:%u: unknown option '%s'", path, number, key);
        pp_option_hint(p, key, "");
        return -1;
    }
    if (found && hit.common && hit.row->offset != offsetof(struct pp_common, quiet) &&
        hit.row->offset != offsetof(struct pp_common, verbose))
        return pp_error("%s:%u: '%s' is allowed on the command line only", path, number, key);
    snprintf(where, sizeof where, "%s:%u: %s", path, number, key);
    value = value_of(skip(equals + 1), where);
    return value ? pp_config_assign(p, key, found ? &hit : NULL, value, where) : -1;
}

int pp_config_read(struct pp_parse *p, const char *path)
{
    char *text = slurp(p->parsed, path), *end;
    unsigned number = 0;

    if (!text)
        return -1;
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    if (text[strspn(text, " \t\r\n")] == '{')
        return pp_config_read_json(p, path, text);
    for (; text; text = end) {
        end = strchr(text, '\n');
        if (end)
            *end++ = '\0';
        if (line(p, text, path, ++number) < 0)
            return -1;
    }
    return 0;
}

/* ---- printing ------------------------------------------------------------------------------------ */

static bool plain(const char *s)
{
    size_t len = strlen(s);

    return len && !isspace((unsigned char)s[0]) && !isspace((unsigned char)s[len - 1]) && !strpbrk(s, "\"#\\\n\r");
}

static void add_quoted(struct pp_buf *out, const char *s)
{
    if (plain(s)) {
        pp_buf_adds(out, s);
        return;
    }
    pp_buf_addc(out, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            pp_buf_addc(out, '\\');
        if (*s == '\n')
            pp_buf_adds(out, "\\n");
        else
            pp_buf_addc(out, *s);
    }
    pp_buf_addc(out, '"');
}

void pp_options_config(const struct pp_option *options, const void *settings, struct pp_buf *out)
{
    for (const struct pp_option *o = options; o && o->name; o++) {
        const void *at = pp_option_at(o, settings);

        if (pp_option_unset(o, settings)) {
            pp_buf_addf(out, "# %s =\n", o->name);
        } else if (pp_option_is_list(o)) {
            const struct pp_strings *s = at;
            for (unsigned i = 0; i < s->n; i++) {
                pp_buf_addf(out, "%s = ", o->name);
                add_quoted(out, s->v[i]);
                pp_buf_addc(out, '\n');
            }
        } else {
            pp_buf_addf(out, "%s = ", o->name);
            if (o->type == PP_OPTION_STRING || o->type == PP_OPTION_WORD)
                add_quoted(out, *(const char *const *)at);
            else
                pp_options_value(o, settings, out);
            pp_buf_addc(out, '\n');
        }
    }
}
