/* SPDX-License-Identifier: BSD-2-Clause */
/* json.c: writes JSON into a buffer. */
#include "json.h"

#include "utf8.h"

#include <math.h>

/* How a byte is escaped: 0 not, 'u' as \u00XX, 'x' not if it is part of valid UTF-8, else by a backslash and this. */
static const char escape[256] = {
    [0x00 ... 0x07] = 'u', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',   [0x0b] = 'u',          ['\f'] = 'f',
    ['\r'] = 'r',          [0x0e ... 0x1f] = 'u',     ['"'] = '"', ['\\'] = '\\', [0x80 ... 0xff] = 'x',
};

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

#define UINT_DIGITS 20 /* digits of 2^64 - 1 */

void pp_json_init(struct pp_json *j, struct pp_buf *out)
{
    *j = (struct pp_json){.out = out};
}

static inline uint64_t bit(const struct pp_json *j)
{
    return UINT64_C(1) << j->depth;
}

static void add_escaped(struct pp_buf *b, uint8_t c)
{
    static const char hex[] = "0123456789abcdef";

    if (escape[c] == 'u') {
        char u[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        pp_buf_add(b, u, sizeof u);
    } else {
        char e[2] = {'\\', escape[c]};
        pp_buf_add(b, e, sizeof e);
    }
}

static void add_string(struct pp_buf *b, const char *text, size_t len)
{
    /* TEXT may be NULL if LEN is 0. */
    const uint8_t *p = (const uint8_t *)(len ? text : ""), *run = p, *end = p + len;

    pp_buf_addc(b, '"');
    while (p < end) {
        unsigned n = 1;
        if (!escape[*p] || (escape[*p] == 'x' && (n = pp_utf8_len(p, (size_t)(end - p))) > 0)) {
            p += n;
            continue;
        }
        pp_buf_add(b, run, (size_t)(p - run));
        if (escape[*p] == 'x')
            pp_buf_add(b, "\xef\xbf\xbd", 3); /* U+FFFD */
        else
            add_escaped(b, *p);
        run = ++p;
    }
    pp_buf_add(b, run, (size_t)(p - run));
    pp_buf_addc(b, '"');
}

static void comma(struct pp_json *j)
{
    if (j->more & bit(j))
        pp_buf_addc(j->out, ',');
    j->more |= bit(j);
}

/* Writes the comma and the key before a value. */
static void begin(struct pp_json *j, const char *key)
{
    bool keyed = j->object & bit(j);

    if (key && j->depth && !keyed)
        BUG("key '%s' in a JSON array", key);
    if (!key && j->depth && keyed)
        BUG("a value without a key in a JSON object");
    comma(j);
    if (key) {
        add_string(j->out, key, strlen(key));
        pp_buf_addc(j->out, ':');
    }
}

static void open_bracket(struct pp_json *j, const char *key, bool object)
{
    begin(j, key);
    if (j->depth == PP_JSON_DEPTH)
        BUG("JSON nested deeper than %d", PP_JSON_DEPTH);
    j->depth++;
    j->more &= ~bit(j);
    j->object = object ? j->object | bit(j) : j->object & ~bit(j);
    pp_buf_addc(j->out, object ? '{' : '[');
}

void pp_json_object(struct pp_json *j, const char *key)
{
    open_bracket(j, key, true);
}

void pp_json_array(struct pp_json *j, const char *key)
{
    open_bracket(j, key, false);
}

void pp_json_end(struct pp_json *j, char bracket)
{
    if (j->depth == 0 || bracket != (j->object & bit(j) ? '}' : ']'))
        BUG("'%c' closes no JSON value at depth %d", bracket, j->depth);
    j->depth--;
    pp_buf_addc(j->out, bracket);
}

void pp_json_strn(struct pp_json *j, const char *key, const char *text, size_t len)
{
    begin(j, key);
    add_string(j->out, text, len);
}

void pp_json_str(struct pp_json *j, const char *key, const char *text)
{
    if (text)
        pp_json_strn(j, key, text, strlen(text));
    else
        pp_json_null(j, key);
}

static void add_integer(struct pp_buf *b, bool negative, uint64_t v)
{
    char digits[UINT_DIGITS + 1], *end = digits + sizeof digits, *p = end;

    while (v >= 100) {
        p -= 2;
        memcpy(p, pairs + v % 100 * 2, 2);
        v /= 100;
    }
    if (v >= 10) {
        p -= 2;
        memcpy(p, pairs + v * 2, 2);
    } else {
        *--p = (char)('0' + v);
    }
    if (negative)
        *--p = '-';
    pp_buf_add(b, p, (size_t)(end - p));
}

void pp_json_int(struct pp_json *j, const char *key, int64_t v)
{
    begin(j, key);
    add_integer(j->out, v < 0, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void pp_json_uint(struct pp_json *j, const char *key, uint64_t v)
{
    begin(j, key);
    add_integer(j->out, false, v);
}

void pp_json_num(struct pp_json *j, const char *key, double v, int digits)
{
    char text[40];
    size_t n = 0;

    if (!isfinite(v)) {
        pp_json_null(j, key);
        return;
    }
    begin(j, key);
    digits = digits < 1 ? 1 : digits > 17 ? 17 : digits;
    snprintf(text, sizeof text, "%.*g", digits, v);
    /* Replaces the locale's decimal point, which may be several bytes, by '.'. */
    for (const char *p = text; *p; p++) {
        if ((*p >= '0' && *p <= '9') || *p == '-' || *p == '+' || *p == 'e')
            text[n++] = *p;
        else if (n && text[n - 1] != '.')
            text[n++] = '.';
    }
    pp_buf_add(j->out, text, n);
}

void pp_json_bool(struct pp_json *j, const char *key, bool v)
{
    begin(j, key);
    pp_buf_adds(j->out, v ? "true" : "false");
}

void pp_json_null(struct pp_json *j, const char *key)
{
    begin(j, key);
    pp_buf_add(j->out, "null", 4);
}

void pp_json_raw(struct pp_json *j, const char *key, const char *text, size_t len)
{
    if (!key && j->depth && (j->object & bit(j))) {
        if (!len)
            return;
        comma(j);
    } else {
        begin(j, key);
    }
    if (len)
        pp_buf_add(j->out, text, len);
    else
        pp_buf_add(j->out, "null", 4);
}

static char *put_pair(char *p, unsigned v, char behind)
{
    memcpy(p, pairs + v * 2, 2);
    p[2] = behind;
    return p + 3;
}

/*
 * Converts without gmtime_r(3), which takes a lock in glibc: this runs twice per line. Days are counted from
 * 0000-03-01, so that the leap day ends a year and years repeat after 146,097 days; all times in an int64_t of ns have
 * years of four digits (1677 to 2262).
 */
void pp_json_time(struct pp_json *j, const char *key, int64_t epoch_ns)
{
    int64_t us = epoch_ns / 1000 - (epoch_ns % 1000 < 0);
    int64_t s = us / 1000000 - (us % 1000000 < 0);
    int64_t days = s / 86400 - (s % 86400 < 0);
    unsigned frac = (unsigned)(us - s * 1000000), sec = (unsigned)(s - days * 86400);
    unsigned day = (unsigned)(days + 719468), era = day / 146097, doe = day % 146097;
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    unsigned month = mp < 10 ? mp + 3 : mp - 9, year = yoe + era * 400 + (month <= 2);
    char text[] = "\"YYYY-MM-DD HH:MM:SS.ffffff\"", *p = text + 1;

    memcpy(p, pairs + year / 100 * 2, 2);
    p = put_pair(p + 2, year % 100, '-');
    p = put_pair(p, month, '-');
    p = put_pair(p, doy - (153 * mp + 2) / 5 + 1, ' ');
    p = put_pair(p, sec / 3600, ':');
    p = put_pair(p, sec / 60 % 60, ':');
    p = put_pair(p, sec % 60, '.');
    memcpy(p, pairs + frac / 10000 * 2, 2);
    memcpy(p + 2, pairs + frac / 100 % 100 * 2, 2);
    memcpy(p + 4, pairs + frac % 100 * 2, 2);
    begin(j, key);
    pp_buf_add(j->out, text, sizeof text - 1);
}
