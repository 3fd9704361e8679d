/* SPDX-License-Identifier: BSD-2-Clause */
/* members.c: walks the top level of a JSON object that a parser has found valid, and copies. */
#include "members.h"

#include <string.h>

/* What an observation writes behind the target's members. */
static const char *const own_keys[] = {
    "schema",  "experiment",  "connect", "run_id", "obs_id",     "vantage", "sip",      "sip_public", "sip_asn",
    "port",    "domain_used", "path",    "time",   "conditions", "first",   "verdicts", "quality",    "missed_flows",
    "flow_results", NULL,
};
#define KEY_ROOM 16 /* longer than each key that is looked for */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static unsigned hex_value(char c)
{
    return c >= '0' && c <= '9' ? (unsigned)(c - '0') : ((unsigned)c | 0x20) - 'a' + 10;
}

/* One character of a key, escapes undone. Returns the bytes used; *C is 0 for what no key of ours contains. */
static size_t key_char(const char *at, size_t left, char *c)
{
    unsigned v = 0;

    *c = at[0];
    if (at[0] != '\\' || left < 2)
        return 1;
    *c = 0; /* the short escapes stand for characters that our keys have not got */
    if (at[1] != 'u' || left < 6)
        return 2;
    for (int i = 2; i < 6; i++)
        v = v << 4 | (hex_value(at[i]) & 15);
    if (v < 0x80)
        *c = (char)v;
    return 6;
}

static bool is_one_of(const char *const *keys, const char *key, size_t len)
{
    char plain[KEY_ROOM];
    size_t n = 0;

    for (size_t i = 0; i < len;) {
        char c;
        i += key_char(key + i, len - i, &c);
        if (n == sizeof plain - 1 || c == 0)
            return false;
        plain[n++] = c;
    }
    plain[n] = '\0';
    for (; *keys; keys++) {
        if (strcmp(plain, *keys) == 0)
            return true;
    }
    return false;
}

/* Behind the string that begins at AT with its quote. */
static const char *string_end(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++) {
        if (*at == '\\')
            at++;
    }
    return at < end ? at + 1 : end;
}

/* The comma that ends the member at AT, or END. */
static const char *member_end(const char *at, const char *end)
{
    unsigned depth = 0;

    while (at < end && !(*at == ',' && depth == 0)) {
        if (*at == '"') {
            at = string_end(at, end);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= (*at == '}' || *at == ']') && depth;
        at++;
    }
    return at;
}

static bool member_is_one_of(const char *const *keys, const char *at, const char *end)
{
    const char *key_end;

    while (at < end && is_space(*at))
        at++;
    if (at == end || *at != '"')
        return false;
    key_end = string_end(at, end);
    return key_end - at >= 2 && is_one_of(keys, at + 1, (size_t)(key_end - at) - 2);
}

static size_t trim(char *text, size_t len)
{
    size_t from = 0;

    while (len && is_space(text[len - 1]))
        len--;
    while (from < len && is_space(text[from]))
        from++;
    memmove(text, text + from, len - from);
    return len - from;
}

size_t pp_members_copy_but(char *out, const char *json, size_t len, const char *const *keys)
{
    const char *at = memchr(json, '{', len), *end = memrchr(json, '}', len);
    size_t n = 0;

    if (!at || !end || end < at)
        return 0;
    for (at++; at < end; at++) {
        const char *stop = member_end(at, end);
        if (!member_is_one_of(keys, at, stop)) {
            if (n)
                out[n++] = ',';
            memcpy(out + n, at, (size_t)(stop - at));
            n += (size_t)(stop - at);
        }
        at = stop;
    }
    return trim(out, n);
}

bool pp_members_key_is(const char *key, size_t len, const char *word)
{
    const char *const words[] = {word, NULL};

    return is_one_of(words, key, len);
}

bool pp_members_is_own(const char *key, size_t len)
{
    return is_one_of(own_keys, key, len);
}

size_t pp_members_copy(char *out, const char *json, size_t len)
{
    return pp_members_copy_but(out, json, len, own_keys);
}
