/* SPDX-License-Identifier: BSD-2-Clause */
/* reader.c: reads JSON by tables of keys, with the line of every key. */
#include "reader.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void pp_reader_print(const struct pp_reader *r, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    pp_error("scenario '%s', line %u: %s", r->where, r->line, text);
}

/* Finds the line of every object key in valid JSON: a string is a key if a colon follows. */
int pp_reader_init(struct pp_reader *r, const char *where, const char *text, size_t len)
{
    unsigned line = 1, string_line;
    size_t cap = 0, i = 0;

    *r = (struct pp_reader){.where = where, .line = 1};
    while (i < len) {
        if (text[i] == '\n')
            line++;
        if (text[i++] != '"')
            continue;
        string_line = line;
        for (; i < len && text[i] != '"'; i++)
            i += text[i] == '\\';
        for (i++; i < len && strchr(" \t\r\n", text[i]) && text[i]; i++)
            line += text[i] == '\n';
        if (i >= len || text[i] != ':')
            continue;
        if (r->keys == cap) {
            unsigned *more = realloc(r->lines, (cap = cap ? 2 * cap : 256) * sizeof *more);

            if (!more)
                return pp_error("no memory for a scenario");
            r->lines = more;
        }
        r->lines[r->keys++] = string_line;
    }
    return 0;
}

int pp_reader_object(struct pp_reader *r, json_t *v, const struct pp_key *keys, void *target, const char *what)
{
    const char *name;
    json_t *value;

    if (!json_is_object(v))
        return pp_complain(r, "%s must be an object", what);
    json_object_foreach(v, name, value) {
        const struct pp_key *k = keys;

        if (r->at < r->keys)
            r->line = r->lines[r->at++];
        while (k->name && strcmp(k->name, name) != 0)
            k++;
        if (!k->name)
            return pp_complain(r, "unknown key '%s' in %s", name, what);
        if (k->read(r, name, value, target) < 0)
            return -1;
    }
    return 0;
}

/* ---- values ---- */

int pp_reader_number(struct pp_reader *r, const char *key, json_t *v, double lo, double hi, double *out)
{
    double d = json_number_value(v);

    if (!json_is_number(v) || !(d >= lo && d <= hi))
        return pp_complain(r, "'%s' must be a number from %g to %g", key, lo, hi);
    *out = d;
    return 0;
}

int pp_reader_integer(struct pp_reader *r, const char *key, json_t *v, json_int_t lo, json_int_t hi, json_int_t *out)
{
    json_int_t i = json_integer_value(v);

    if (!json_is_integer(v) || i < lo || i > hi)
        return pp_complain(r, "'%s' must be a whole number from %lld to %lld", key, (long long)lo, (long long)hi);
    *out = i;
    return 0;
}

int pp_reader_boolean(struct pp_reader *r, const char *key, json_t *v, bool *out)
{
    if (!json_is_boolean(v))
        return pp_complain(r, "'%s' must be true or false", key);
    *out = json_is_true(v);
    return 0;
}

int pp_reader_text(struct pp_reader *r, const char *key, json_t *v, const char **out)
{
    if (!json_is_string(v))
        return pp_complain(r, "'%s' must be a string", key);
    *out = json_string_value(v);
    return 0;
}

int pp_reader_list(struct pp_reader *r, const char *key, json_t *v, size_t max)
{
    if (!json_is_array(v) || json_array_size(v) < 1 || json_array_size(v) > max)
        return pp_complain(r, "'%s' must be a list of 1 to %zu", key, max);
    return 0;
}

int pp_reader_note(struct pp_reader *r, const char *key, json_t *v, void *target)
{
    const char *note;

    (void)target;
    return pp_reader_text(r, key, v, &note);
}
