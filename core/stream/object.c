/* SPDX-License-Identifier: BSD-2-Clause */
/* object.c: one pass over a JSON object. */
#include "object.h"

#include "../base/utf8.h"
#include "members.h"

#include <string.h>

struct scan {
    const char *at, *end;
};

static bool value(struct scan *s, unsigned depth, struct pp_object *top);

static void space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r' || *s->at == '\n'))
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

/* Four hexadecimal digits, or -1. */
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

/* Behind the backslash. Surrogates come in pairs (RFC 8259 section 7). */
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

/* 1: nothing to look at. */
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

static bool number(struct scan *s)
{
    take(s, '-');
    if (!take(s, '0') && !digits(s))
        return false;
    if (take(s, '.') && !digits(s))
        return false;
    if (take(s, 'e') || take(s, 'E')) {
        if (!take(s, '+'))
            take(s, '-');
        return digits(s);
    }
    return true;
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

/* TOP: where its members are noted; NULL: not wanted. */
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
        while (m.value_len && memchr(" \t\r\n", m.value[m.value_len - 1], 4))
            m.value_len--;
        if (top && top->n == PP_OBJECT_MEMBERS)
            return false;
        if (top)
            top->member[top->n++] = m;
    } while (take(s, ','));
    return take(s, '}');
}

/* And the white space around it. */
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
    o->end = json;
    space(&s);
    return s.at < s.end && *s.at == '{' && len <= UINT32_MAX && value(&s, 0, o) && s.at == s.end;
}

const struct pp_member *pp_object_find(const struct pp_object *o, const char *key)
{
    for (unsigned i = o->n; i > 0; i--) {
        if (pp_members_key_is(o->member[i - 1].key, o->member[i - 1].key_len, key))
            return &o->member[i - 1];
    }
    return NULL;
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
    while (*len && memchr(" \t\r\n", (*text)[*len - 1], 4))
        --*len;
    *at = s.at;
    return true;
}
