/* SPDX-License-Identifier: BSD-2-Clause */
/* punycode.c: RFC 3492 section 6, the encoding half, for one label. */
#include "host.h"

#include "../base/utf8.h"

#include <locale.h>
#include <wctype.h>

/* Section 5. */
#define BASE 36u
#define TMIN 1u
#define TMAX 26u
#define SKEW 38u
#define DAMP 700u
#define INITIAL_BIAS 72u
#define INITIAL_N 128u

#define POINTS_MAX 256 /* a label of more cannot be 63 bytes long */

static uint32_t code_point(const char *p, unsigned n)
{
    static const uint8_t first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t v = (uint8_t)p[0] & first[n];

    for (unsigned i = 1; i < n; i++)
        v = v << 6 | ((uint8_t)p[i] & 0x3f);
    return v;
}

/* Lower case, which the registries' mapping (RFC 5895 section 2) begins with. The locale is ours: none is set. */
static uint32_t lower(uint32_t c)
{
    static _Thread_local locale_t utf8; /* one a thread, for its whole life */

    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    if (!utf8)
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return utf8 ? (uint32_t)towlower_l((wint_t)c, utf8) : c;
}

/* The code points of LABEL. Their number, or -1. */
static int decode(uint32_t *point, const char *label, size_t len)
{
    int n = 0;

    for (size_t i = 0; i < len;) {
        unsigned bytes = pp_utf8_len(label + i, len - i);
        if (bytes == 0 || n == POINTS_MAX)
            return -1;
        point[n++] = lower(code_point(label + i, bytes));
        i += bytes;
    }
    return n;
}

/* Section 6.1. */
static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;

    delta = first ? delta / DAMP : delta / 2;
    delta += delta / points;
    for (; delta > (BASE - TMIN) * TMAX / 2; k += BASE)
        delta /= BASE - TMIN;
    return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

struct out {
    char *text;
    size_t room, len; /* len > room: it did not fit */
};

static void put(struct out *o, uint32_t digit)
{
    if (o->len < o->room)
        o->text[o->len] = (char)(digit < 26 ? 'a' + digit : '0' + digit - 26);
    o->len++;
}

/* Section 3.3: a number as digits whose weights depend on BIAS. */
static void put_number(struct out *o, uint32_t q, uint32_t bias)
{
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = k <= bias ? TMIN : k >= bias + TMAX ? TMAX : k - bias;
        if (q < t)
            break;
        put(o, t + (q - t) % (BASE - t));
        q = (q - t) / (BASE - t);
    }
    put(o, q);
}

static uint32_t next_point(const uint32_t *point, unsigned n, uint32_t from)
{
    uint32_t m = UINT32_MAX;

    for (unsigned i = 0; i < n; i++) {
        if (point[i] >= from && point[i] < m)
            m = point[i];
    }
    return m;
}

int pp_punycode(char *out, size_t room, const char *label, size_t len)
{
    uint32_t point[POINTS_MAX], code = INITIAL_N, delta = 0, bias = INITIAL_BIAS;
    struct out o = {out, room, 0};
    int n = decode(point, label, len);
    unsigned count = n < 0 ? 0 : (unsigned)n, basic = 0, done;

    if (n < 0)
        return -1;
    for (unsigned i = 0; i < count; i++) {
        if (point[i] < INITIAL_N) {
            if (o.len < room)
                out[o.len] = (char)point[i];
            o.len++;
            basic++;
        }
    }
    if (basic) {
        if (o.len < room)
            out[o.len] = '-';
        o.len++;
    }
    /* 256 code points times 0x10ffff stay below 2^32: no overflow to look for. */
    for (done = basic; done < count; delta++, code++) {
        uint32_t m = next_point(point, count, code);
        delta += (m - code) * (done + 1);
        code = m;
        for (unsigned i = 0; i < count; i++) {
            delta += point[i] < code;
            if (point[i] == code) {
                put_number(&o, delta, bias);
                bias = adapt(delta, done + 1, done == basic);
                delta = 0;
                done++;
            }
        }
    }
    return o.len > room ? -1 : (int)o.len;
}
