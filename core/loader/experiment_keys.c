/* SPDX-License-Identifier: BSD-2-Clause */
/* experiment_keys.c: reads JSON values into members of structs, by tables of keys; errors carry the position. */
#include "experiment_parts.h"

#include "../base/suggest.h"

#include <stdarg.h>

#define PAGE "pathprobe-experiment(5)"

const struct pp_word pp_mode_list[] = {
    {"tcp", PP_MODE_TCP}, {"http", PP_MODE_HTTP}, {"https", PP_MODE_HTTPS}, {"dnstcp", PP_MODE_DNSTCP},
    {"dnsudp", PP_MODE_DNSUDP}, {"quicvn", PP_MODE_QUICVN}, {"quicinit", PP_MODE_QUICINIT}, {NULL, 0}};

int pp_making_fail(struct pp_making *m, uint32_t at, const char *hint, const char *fmt, ...)
{
    va_list ap;

    pp_json_text_place(&m->json, at, m->fault);
    va_start(ap, fmt);
    vsnprintf(m->fault->text, sizeof m->fault->text, fmt, ap);
    va_end(ap);
    snprintf(m->fault->hint, sizeof m->fault->hint, "%s", hint);
    return -1;
}

void *pp_making_keep(struct pp_making *m, const void *bytes, size_t len)
{
    struct pp_experiment *e = m->e;
    char *at = e->store + e->used;

    if (len > e->room - e->used)
        BUG("an experiment of more strings than bytes");
    if (len)
        memcpy(at, bytes, len);
    e->used += len;
    return at;
}

static const char *key_of(const struct pp_json_node *n)
{
    return n->key ? n->key : "this";
}

static const char *type_of(const json_t *v)
{
    static const char *const names[] = {"an object", "a list", "text", "a number", "a number", "true", "false", "null"};

    return names[json_typeof(v)];
}

static int wrong_type(struct pp_making *m, const struct pp_json_node *n, const char *wanted, const char *hint)
{
    return pp_making_fail(m, n->at, hint, "'%s' is %s instead of %s", key_of(n), type_of(n->v), wanted);
}

/* Writes BEFORE and the words, "SYN, ACK, data", to HINT. */
static void list_words(char hint[256], const char *before, const struct pp_word *words)
{
    size_t len = (size_t)snprintf(hint, 256, "%s", before);

    for (const struct pp_word *w = words; w->word && len < 250; w++)
        len += (size_t)snprintf(hint + len, 256 - len, "%s%s", w == words ? "" : ", ", w->word);
}

int pp_making_text(struct pp_making *m, const struct pp_json_node *n, size_t max, const char **out)
{
    const char *s = json_string_value(n->v);
    size_t len = s ? json_string_length(n->v) : 0;

    if (!s)
        return wrong_type(m, n, "text", "text is written in double quotes");
    if (len == 0 || len > max)
        return pp_making_fail(m, n->at, PAGE " lists what each key takes", "'%s' has %zu bytes, not 1 to %zu",
                              key_of(n), len, max);
    for (size_t i = 0; i < len; i++)
        if (((unsigned char)s[i] < ' ' && s[i] != '\n') || s[i] == 0x7f)
            return pp_making_fail(m, n->at, "remove it: only printable text is allowed",
                                  "'%s' contains a control character", key_of(n));
    *out = pp_making_keep(m, s, len + 1);
    return 0;
}

/* Reads a number; or text such as "0xfc", as JSON has no hexadecimal numbers. */
int pp_making_number(struct pp_making *m, const struct pp_json_node *n, int64_t min, int64_t max, int64_t *out)
{
    const char *s = json_string_value(n->v);
    char *end = NULL;

    if (json_is_integer(n->v))
        *out = json_integer_value(n->v);
    else if (s && s[0] == '0' && s[1] == 'x' && s[2] && s[strspn(s + 2, "0123456789abcdefABCDEF") + 2] == '\0' &&
             strlen(s) <= 17)
        *out = (int64_t)strtoull(s, &end, 16);
    else
        return wrong_type(m, n, "a whole number", "whole numbers: 46, or \"0x2e\" in quotes");
    if (*out < min || *out > max)
        return pp_making_fail(m, n->at, PAGE " lists what each key takes", "'%s' is %" JSON_INTEGER_FORMAT
                              ": %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT, key_of(n), (json_int_t)*out,
                              (json_int_t)min, (json_int_t)max);
    return 0;
}

int pp_making_word(struct pp_making *m, const struct pp_json_node *n, const struct pp_word *words, uint32_t *out)
{
    const char *s = json_string_value(n->v);
    char hint[256];

    list_words(hint, "one of ", words);
    if (!s)
        return wrong_type(m, n, "a word", hint);
    for (const struct pp_word *w = words; w->word; w++)
        if (strcmp(s, w->word) == 0) {
            *out = w->value;
            return 0;
        }
    return pp_making_fail(m, n->at, hint, "'%.40s' is not a value of '%s'", s, key_of(n));
}

int pp_making_list(struct pp_making *m, const struct pp_json_node *n, unsigned max, const char *what)
{
    char hint[128];

    if (!json_is_array(n->v)) {
        snprintf(hint, sizeof hint, "a list is written in brackets, even with a single value: [ ... ]");
        return wrong_type(m, n, "a list", hint);
    }
    snprintf(hint, sizeof hint, "an experiment holds %u at most; split it into two", max);
    if (json_array_size(n->v) > max)
        return pp_making_fail(m, n->at, hint, "%zu %s, more than %u", json_array_size(n->v), what, max);
    return 0;
}

int pp_making_names(struct pp_making *m, const struct pp_json_node *n, unsigned max, const char *what,
                    const char **out)
{
    unsigned i = 0;

    if (pp_making_list(m, n, max, what) < 0)
        return -1;
    for (const struct pp_json_node *c = pp_json_text_child(&m->json, n); c; c = pp_json_text_next(&m->json, c))
        if (pp_making_text(m, c, 64, &out[i++]) < 0)
            return -1;
    out[i] = NULL;
    return 0;
}

static int set_of(struct pp_making *m, const struct pp_json_node *n, const struct pp_key_row *row, int64_t *out)
{
    uint32_t one;

    if (row->max && !json_is_array(n->v))
        return pp_making_number(m, n, 0, row->max, out);
    if (pp_making_list(m, n, 32, "words") < 0)
        return -1;
    *out = 0;
    for (const struct pp_json_node *c = pp_json_text_child(&m->json, n); c; c = pp_json_text_next(&m->json, c)) {
        if (pp_making_word(m, c, row->words, &one) < 0)
            return -1;
        *out |= one;
    }
    return 0;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* Reads bytes: "d8 00 7f f0", with blanks anywhere; {"text": "GET"}; {"zeros": 12}. */
static int bytes_of(struct pp_making *m, const struct pp_json_node *n, const struct pp_key_row *row, void *target)
{
    const char *s = json_string_value(n->v);
    const struct pp_json_node *text = json_is_object(n->v) ? pp_json_text_member(&m->json, n, "text") : NULL;
    uint8_t *out = (uint8_t *)m->e->store + m->e->used;
    size_t len = 0;
    int high = -1;
    char hint[256];

    snprintf(hint, sizeof hint,
             "bytes are written as hexadecimal digits, \"d8 00 7f f0\", or as {\"text\": \"...\"}; at most "
             "%lld of them", (long long)row->max);
    if (!s && !(text && json_object_size(n->v) == 1 && json_is_string(text->v)))
        return wrong_type(m, n, "text of hexadecimal digits", hint);
    if (text) {
        len = json_string_length(text->v);
        if (len <= (size_t)row->max)
            memcpy(out, json_string_value(text->v), len);
    }
    for (; s && *s; s++) {
        if (*s == ' ')
            continue;
        if (digit(*s) < 0)
            return pp_making_fail(m, n->at, hint, "'%s' contains '%c', which is not a hexadecimal digit", key_of(n),
                                  *s > ' ' && *s < 0x7f ? *s : '?');
        if (high < 0) {
            high = digit(*s);
            continue;
        }
        if (len < (size_t)row->max)
            out[len] = (uint8_t)(high << 4 | digit(*s));
        len++;
        high = -1;
    }
    if (high >= 0 || len == 0)
        return pp_making_fail(m, n->at, hint, "'%s' has an odd number of hexadecimal digits, or none", key_of(n));
    if (len > (size_t)row->max)
        return pp_making_fail(m, n->at, hint, "'%s' has %zu bytes, more than the %lld that fit into a packet",
                              key_of(n), len, (long long)row->max);
    m->e->used += len;
    memcpy((char *)target + row->offset, &(const uint8_t *){out}, sizeof(const uint8_t *));
    if (row->len_size == 1)
        *((uint8_t *)target + row->len_offset) = (uint8_t)len;
    else
        memcpy((char *)target + row->len_offset, &(uint16_t){(uint16_t)len}, 2);
    return 0;
}

static void put(const struct pp_key_row *row, void *target, uint64_t v)
{
    char *at = (char *)target + row->offset;

    if (row->size == 1)
        memcpy(at, &(uint8_t){(uint8_t)v}, 1);
    else if (row->size == 2)
        memcpy(at, &(uint16_t){(uint16_t)v}, 2);
    else
        memcpy(at, &(uint32_t){(uint32_t)v}, 4);
}

static int value(struct pp_making *m, const struct pp_json_node *n, const struct pp_key_row *row, void *target)
{
    int64_t number = 0;
    uint32_t word = 0;
    const char *text;

    switch ((enum pp_as)row->as) {
    case PP_AS_NUMBER:
        if (pp_making_number(m, n, row->min, row->max, &number) < 0)
            return -1;
        break;
    case PP_AS_TRUE:
        if (!json_is_boolean(n->v))
            return wrong_type(m, n, "true or false", "true or false, without quotes");
        number = json_is_true(n->v);
        break;
    case PP_AS_TEXT:
        if (pp_making_text(m, n, (size_t)row->max, &text) < 0)
            return -1;
        memcpy((char *)target + row->offset, &text, sizeof text);
        return 0;
    case PP_AS_WORD:
        if (pp_making_word(m, n, row->words, &word) < 0)
            return -1;
        number = word;
        break;
    case PP_AS_SET:
        if (set_of(m, n, row, &number) < 0)
            return -1;
        break;
    case PP_AS_BYTES:
        return bytes_of(m, n, row, target);
    case PP_AS_CALL:
        return row->call(m, n, target);
    case PP_AS_NOTE:
        return json_is_string(n->v) ? 0 : wrong_type(m, n, "text", "text is written in double quotes");
    }
    put(row, target, (uint64_t)number);
    return 0;
}

static int unknown_key(struct pp_making *m, const struct pp_json_node *n, const struct pp_key_row *rows,
                       const char *what)
{
    const char *names[64] = {NULL}, *near;
    char hint[256];
    unsigned i = 0;

    for (const struct pp_key_row *r = rows; r->key && i < 63; r++)
        names[i++] = r->key;
    near = pp_did_you_mean(n->key, names);
    if (near)
        snprintf(hint, sizeof hint, "did you mean '%s'?", near);
    else
        snprintf(hint, sizeof hint, PAGE " lists the keys; 'note' is for comments");
    return pp_making_fail(m, n->key_at, hint, "unknown key '%.60s' in %s", n->key, what);
}

int pp_making_object(struct pp_making *m, const struct pp_json_node *n, const struct pp_key_row *rows, const char *what,
                     void *target)
{
    if (!json_is_object(n->v))
        return pp_making_fail(m, n->at, "an object is written in braces: { \"key\": value }",
                              "%s is %s instead of an object", what, type_of(n->v));
    for (const struct pp_json_node *c = pp_json_text_child(&m->json, n); c; c = pp_json_text_next(&m->json, c)) {
        const struct pp_key_row *row = rows;

        while (row->key && strcmp(row->key, c->key) != 0)
            row++;
        if (!row->key)
            return unknown_key(m, c, rows, what);
        if (value(m, c, row, target) < 0)
            return -1;
    }
    return 0;
}
