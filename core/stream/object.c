/* SPDX-License-Identifier: BSD-2-Clause */
/* object.c: scans a JSON object in one pass, and copies members that the scan found. */
#include "object.h"

#include "../base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct scan {
    const char *at, *end;
};

static bool value(struct scan *s, unsigned depth, struct pp_object *top);

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void space(struct scan *s)
{
    while (s->at < s->end && is_space(*s->at))
        s->at++;
}

static bool take(struct scan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static bool word(struct scan *s, const char *text, size_t len)
{
    if ((size_t)(s->end - s->at) < len || memcmp(s->at, text, len) != 0)
        return false;
    s->at += len;
    return true;
}

/* ---- strings and numbers --------------------------------------------------------------------------------------- */

/* Reads four hexadecimal digits; -1: they are none. */
static int hex4(struct scan *s)
{
    int v = 0;

    if (s->end - s->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = *s->at++, low = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            v = v << 4 | (c - '0');
        else if (low >= 'a' && low <= 'f')
            v = v << 4 | (low - 'a' + 10);
        else
            return -1;
    }
    return v;
}

/* Reads an escape after its backslash. Surrogates must come in pairs (RFC 8259 section 7). */
static bool escape(struct scan *s, bool is_key)
{
    int v;

    if (s->at == s->end)
        return false;
    if (*s->at++ != 'u')
        return memchr("\"\\/bfnrt", s->at[-1], 8) != NULL;
    v = hex4(s);
    if (v < 0 || (v == 0 && is_key) || (v >= 0xdc00 && v <= 0xdfff))
        return false;
    if (v < 0xd800 || v > 0xdbff)
        return true;
    if (!word(s, "\\u", 2))
        return false;
    v = hex4(s);
    return v >= 0xdc00 && v <= 0xdfff;
}

/* 1: a byte of a string that needs no check. */
static const uint8_t usual[256] = {[0x20 ... '!'] = 1, ['#' ... '['] = 1, [']' ... 0x7f] = 1};

static bool string(struct scan *s, bool is_key)
{
    if (!take(s, '"'))
        return false;
    for (;;) {
        unsigned n;
        while (s->at < s->end && usual[(uint8_t)*s->at])
            s->at++;
        if (s->at == s->end || (uint8_t)*s->at < 0x20)
            return false;
        if (*s->at == '"') {
            s->at++;
            return true;
        }
        if (*s->at == '\\') {
            s->at++;
            if (!escape(s, is_key))
                return false;
            continue;
        }
        n = pp_utf8_len(s->at, (size_t)(s->end - s->at));
        if (n == 0)
            return false;
        s->at += n;
    }
}

static bool digits(struct scan *s)
{
    const char *from = s->at;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return s->at > from;
}

/* True if the number from FROM to S->at is in the range of a double, as later readers of the line require. */
static bool is_finite(const struct scan *s, const char *from)
{
    return s->at == s->end || isfinite(strtod(from, NULL));
}

#define DIGITS_FINITE 300 /* a number of so many digits without an exponent is in range */

static bool number(struct scan *s)
{
    const char *from = s->at;

    take(s, '-');
    if (!take(s, '0') && !digits(s))
        return false;
    if (take(s, '.') && !digits(s))
        return false;
    if (take(s, 'e') || take(s, 'E')) {
        if (!take(s, '+'))
            take(s, '-');
        return digits(s) && is_finite(s, from);
    }
    return s->at - from <= DIGITS_FINITE || is_finite(s, from);
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

static bool array(struct scan *s, unsigned depth)
{
    space(s);
    if (take(s, ']'))
        return true;
    do {
        if (!value(s, depth, NULL))
            return false;
    } while (take(s, ','));
    return take(s, ']');
}

/* Scans an object. TOP: where its members are recorded; NULL: they are not. */
static bool object(struct scan *s, unsigned depth, struct pp_object *top)
{
    space(s);
    if (take(s, '}'))
        return true;
    do {
        struct pp_member m;
        space(s);
        m.key = s->at + 1;
        if (!string(s, true))
            return false;
        m.key_len = (uint32_t)(s->at - m.key - 1);
        space(s);
        if (!take(s, ':'))
            return false;
        space(s);
        m.value = s->at;
        if (!value(s, depth, NULL))
            return false;
        m.value_len = (uint32_t)(s->at - m.value);
        while (m.value_len && is_space(m.value[m.value_len - 1]))
            m.value_len--;
        if (top && top->n == PP_OBJECT_MEMBERS)
            return false;
        if (top)
            top->member[top->n++] = m;
    } while (take(s, ','));
    return take(s, '}');
}

/* Scans a value and the white space around it. */
static bool value(struct scan *s, unsigned depth, struct pp_object *top)
{
    bool ok;

    space(s);
    if (s->at == s->end || depth == PP_OBJECT_DEPTH)
        return false;
    switch (*s->at) {
    case '{':
        s->at++;
        ok = object(s, depth + 1, top);
        break;
    case '[':
        s->at++;
        ok = array(s, depth + 1);
        break;
    case '"':
        ok = string(s, false);
        break;
    case 't':
        ok = word(s, "true", 4);
        break;
    case 'f':
        ok = word(s, "false", 5);
        break;
    case 'n':
        ok = word(s, "null", 4);
        break;
    default:
        ok = number(s);
    }
    if (top)
        top->end = s->at - 1;
    space(s);
    return ok;
}

bool pp_object_scan(struct pp_object *o, const char *json, size_t len)
{
    struct scan s = {json, json + len};

    o->n = 0;
    o->begin = o->end = json;
    space(&s);
    if (s.at < s.end)
        o->begin = s.at + 1;
    return s.at < s.end && *s.at == '{' && len <= UINT32_MAX && value(&s, 0, o) && s.at == s.end;
}

/* ---- keys ------------------------------------------------------------------------------------------------------ */

/* The members that an observation writes after those of the target. */
const char *const pp_own_keys[] = {
    "schema",  "experiment",  "connect", "run_id", "obs_id",     "vantage", "sip",      "sip_public", "sip_asn",
    "port",    "domain_used", "path",    "time",   "conditions", "first",   "verdicts", "quality",    "missed_flows",
    "flow_results", "located", "bisected", "interim", NULL,
};
#define KEY_ROOM 16 /* longer than each key that is searched for */

/* Decodes one character of a key. Returns the bytes used; *C is 0 for a character that no searched key contains. */
static size_t key_char(const char *at, size_t left, char *c)
{
    struct scan s;
    int v;

    *c = at[0];
    if (at[0] != '\\' || left < 2)
        return 1;
    *c = 0; /* no searched key contains a character with a short escape */
    if (at[1] != 'u')
        return 2;
    s = (struct scan){at + 2, at + left};
    v = hex4(&s);
    if (v > 0 && v < 0x80)
        *c = (char)v;
    return (size_t)(s.at - at);
}

static bool is_one_of(const char *const *keys, const char *key, size_t len)
{
    char plain[KEY_ROOM] = {0};
    size_t n = 0;

    if (memchr(key, '\\', len)) {
        for (size_t i = 0; i < len; n++) {
            if (n == sizeof plain)
                return false;
            i += key_char(key + i, len - i, &plain[n]);
            if (plain[n] == '\0')
                return false;
        }
        key = plain;
        len = n;
    }
    for (; *keys; keys++)
        if (len && **keys == *key && strncmp(*keys, key, len) == 0 && (*keys)[len] == '\0')
            return true;
    return false;
}

bool pp_members_key_is(const char *key, size_t len, const char *word)
{
    const char *const words[] = {word, NULL};

    return is_one_of(words, key, len);
}

bool pp_members_is_own(const char *key, size_t len)
{
    return is_one_of(pp_own_keys, key, len);
}

const struct pp_member *pp_object_find(const struct pp_object *o, const char *key)
{
    for (unsigned i = o->n; i > 0; i--) {
        if (pp_members_key_is(o->member[i - 1].key, o->member[i - 1].key_len, key))
            return &o->member[i - 1];
    }
    return NULL;
}

/* ---- copies ---------------------------------------------------------------------------------------------------- */

static size_t trim(char *text, size_t len)
{
    size_t from = 0;

    while (len && is_space(text[len - 1]))
        len--;
    while (from < len && is_space(text[from]))
        from++;
    if (from)
        memmove(text, text + from, len - from);
    return len - from;
}

size_t pp_object_copy_but(char *out, const struct pp_object *o, const char *const *keys)
{
    const char *from = o->begin, *at = from; /* the first byte not copied yet; where the next member begins */
    size_t n = 0;

    for (unsigned i = 0; i < o->n; i++) {
        const struct pp_member *m = &o->member[i];
        const char *stop = m->value + m->value_len;
        while (stop < o->end && *stop != ',')
            stop++;
        if (is_one_of(keys, m->key, m->key_len)) {
            memcpy(out + n, from, (size_t)(at - from));
            n += (size_t)(at - from);
            from = stop + 1;
        }
        at = stop + 1;
    }
    if (from < o->end) {
        memcpy(out + n, from, (size_t)(o->end - from));
        n += (size_t)(o->end - from);
    } else if (n) {
        n--; /* the comma before the last member */
    }
    return trim(out, n);
}

size_t pp_object_copy(char *out, const struct pp_object *o)
{
    return pp_object_copy_but(out, o, pp_own_keys);
}

size_t pp_members_copy_but(char *out, const char *json, size_t len, const char *const *keys)
{
    struct pp_object o;

    return pp_object_scan(&o, json, len) ? pp_object_copy_but(out, &o, keys) : 0;
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

/* The code point of the escape that follows a backslash. */
static uint32_t escaped(struct scan *s)
{
    static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    char c = *s->at++;
    uint32_t v;

    if (c != 'u')
        return (uint8_t)means[strchr(letters, c) - letters];
    v = (uint32_t)hex4(s);
    if (v < 0xd800 || v > 0xdbff)
        return v;
    s->at += 2; /* the low surrogate's backslash and u */
    return 0x10000 + ((v - 0xd800) << 10) + (uint32_t)hex4(s) - 0xdc00;
}

bool pp_value_text(const char *value_at, size_t len, struct pp_buf *scratch, const char **text, size_t *n)
{
    struct scan s = {value_at + 1, value_at + len - 1};
    char utf8[4];

    if (len < 2 || *value_at != '"')
        return false;
    *text = s.at;
    *n = len - 2;
    if (!memchr(s.at, '\\', *n))
        return true;
    pp_buf_reset(scratch);
    while (s.at < s.end) {
        const char *stop = memchr(s.at, '\\', (size_t)(s.end - s.at));
        size_t plain = (size_t)((stop ? stop : s.end) - s.at);
        pp_buf_add(scratch, s.at, plain);
        s.at += plain;
        if (stop && (s.at++, true))
            pp_buf_add(scratch, utf8, pp_utf8_put(utf8, escaped(&s)));
    }
    *text = scratch->data;
    *n = scratch->len;
    return !scratch->failed;
}

bool pp_member_plain(const struct pp_member *m, const char **text, size_t *len)
{
    if (!m || m->value_len < 2 || *m->value != '"' || memchr(m->value, '\\', m->value_len))
        return false;
    *text = m->value + 1;
    *len = m->value_len - 2;
    return true;
}

bool pp_array_next(const char **at, const char *end, const char **text, size_t *len)
{
    struct scan s = {*at, end};

    while (s.at < s.end && memchr("[, \t\r\n", *s.at, 6))
        s.at++;
    if (s.at == s.end || *s.at == ']')
        return false;
    *text = s.at;
    if (!value(&s, 1, NULL))
        return false;
    *len = (size_t)(s.at - *text);
    while (*len && is_space((*text)[*len - 1]))
        --*len;
    *at = s.at;
    return true;
}
