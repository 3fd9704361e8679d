/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options_value.c: parses and prints the value of an option. Numbers are parsed strictly: the whole text, decimal, no
 * sign where the type has none, no silent wrap. Printed values parse to the same value.
 */
#include "options_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#define STRINGS_MAX 4096
#define WORD_MAX_BYTES 128
#define SECOND 1000000000

/* Reads digits at *TEXT, and advances it past them. False: no digits, or a value beyond 64 bits. */
static bool digits(const char **text, uint64_t *value)
{
    const char *p = *text;
    uint64_t v = 0;

    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
            return false;
    if (p == *text)
        return false;
    *text = p;
    *value = v;
    return true;
}

/* Reads "12", "12.5" or ".5" as a number of units of UNIT (a power of ten). False: no number, or not whole in UNIT. */
static bool decimal(const char **text, uint64_t unit, uint64_t *value)
{
    const char *p = *text;
    uint64_t whole = 0;
    bool any = digits(&p, &whole);

    if (__builtin_mul_overflow(whole, unit, &whole))
        return false;
    if (*p == '.') {
        for (p++; *p >= '0' && *p <= '9'; p++, any = true) {
            if (unit < 10 && *p != '0')
                return false;
            unit = unit < 10 ? 0 : unit / 10;
            if (__builtin_add_overflow(whole, (uint64_t)(*p - '0') * unit, &whole))
                return false;
        }
    }
    *text = p;
    *value = whole;
    return any;
}

static int bad(const char *where, const char *text, const char *wanted)
{
    return pp_error("%s: '%s' is not %s", where, text, wanted);
}

static bool bounded(const struct pp_option *o)
{
    return o->min != 0 || o->max != 0;
}

static int in_bounds(const struct pp_option *o, double value, const char *text, const char *where)
{
    if (!bounded(o) || (value >= o->min && value <= o->max))
        return 0;
    return pp_error("%s: '%s' is out of range: %.10g to %.10g", where, text, o->min, o->max);
}

static int parse_flag(const struct pp_option *o, void *at, const char *text, const char *where)
{
    static const struct {
        const char *text;
        bool value;
    } words[] = {{"true", true}, {"yes", true}, {"on", true}, {"1", true},
                 {"false", false}, {"no", false}, {"off", false}, {"0", false}};

    (void)o;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i].text) == 0) {
            *(bool *)at = words[i].value;
            return 0;
        }
    }
    return bad(where, text, "true or false");
}

static int parse_string(const struct pp_option *o, void *at, const char *text, const char *where)
{
    (void)o, (void)where;
    *(const char **)at = text;
    return 0;
}

static int parse_word(const struct pp_option *o, void *at, const char *text, const char *where)
{
    char better[WORD_MAX_BYTES];
    bool ok = *text && strcmp(text, "*") != 0;
    size_t i;

    for (i = 0; i < sizeof better - 1 && text[i]; i++) {
        bool splits = (uint8_t)text[i] <= ' ' || text[i] == 0x7f;
        better[i] = splits ? '_' : text[i];
        ok = ok && !splits;
    }
    better[i] = '\0';
    if (ok && !text[i])
        return parse_string(o, at, text, where);
    if (text[i])
        return pp_error("%s: longer than %d bytes", where, WORD_MAX_BYTES - 1);
    pp_error("%s: '%s' is not an element of a path, which is a word without blanks other than '*'", where, text);
    return strspn(better, "_*") < i ? pp_hint("use '%s'", better) : pp_hint("use one word, such as 'home' or 'ams-1'");
}

static int parse_strings(const struct pp_option *o, void *at, const char *text, const char *where)
{
    struct pp_strings *s = at;
    const char **v;

    (void)o;
    if (s->n >= STRINGS_MAX)
        return pp_error("%s: given more than %d times", where, STRINGS_MAX);
    v = realloc(s->v, (s->n + 1) * sizeof *v);
    if (!v)
        return pp_error("out of memory");
    s->v = v;
    s->v[s->n++] = text;
    return 0;
}

static int parse_uint(const struct pp_option *o, void *at, const char *text, const char *where)
{
    const char *p = text;
    uint64_t v;

    if (!digits(&p, &v) || *p)
        return bad(where, text, "a whole number");
    if (in_bounds(o, (double)v, text, where) < 0)
        return -1;
    *(uint64_t *)at = v;
    return 0;
}

static int parse_rate(const struct pp_option *o, void *at, const char *text, const char *where)
{
    static const char wanted[] = "a rate: a whole number, or one with k or M, or 0 for no limit";
    size_t len = strlen(text);
    char last = len ? text[len - 1] : '\0';
    uint64_t unit = last == 'k' ? 1000 : last == 'M' ? 1000000 : 1, v;
    const char *p = text;

    if (!decimal(&p, unit, &v) || p != text + len - (unit > 1))
        return bad(where, text, wanted);
    if (in_bounds(o, (double)v, text, where) < 0)
        return -1;
    *(uint64_t *)at = v;
    return 0;
}

static int parse_number(const struct pp_option *o, void *at, const char *text, const char *where)
{
    char *end;
    double v;

    /* strtod also accepts spaces, hexadecimal, nan and inf. */
    if (!*text || text[strspn(text, "0123456789.eE+-")])
        return bad(where, text, "a number");
    errno = 0;
    v = strtod(text, &end);
    if (end == text || *end || !isfinite(v))
        return bad(where, text, "a number");
    if (in_bounds(o, v, text, where) < 0)
        return -1;
    *(double *)at = v;
    return 0;
}

static int parse_seconds(const struct pp_option *o, void *at, const char *text, const char *where)
{
    const char *p = text;
    uint64_t v;

    if (!decimal(&p, SECOND, &v) || *p || v > INT64_MAX)
        return bad(where, text, "a time in seconds");
    if (in_bounds(o, (double)v / SECOND, text, where) < 0)
        return -1;
    *(int64_t *)at = (int64_t)v;
    return 0;
}

/* Parses "LO<sep>HI", 32 bits each. */
static bool two(const char *text, char sep, struct pp_range *r)
{
    const char *p = text;
    uint64_t lo, hi;

    if (!digits(&p, &lo) || *p++ != sep || !digits(&p, &hi) || *p || lo > UINT32_MAX || hi > UINT32_MAX)
        return false;
    r->lo = (uint32_t)lo;
    r->hi = (uint32_t)hi;
    return true;
}

static int parse_range(const struct pp_option *o, void *at, const char *text, const char *where)
{
    struct pp_range r;

    if (!two(text, '-', &r))
        return bad(where, text, "a range LO-HI");
    if (in_bounds(o, r.lo, text, where) < 0 || in_bounds(o, r.hi, text, where) < 0)
        return -1;
    if (r.lo > r.hi)
        return pp_error("%s: '%s' is an empty range", where, text);
    *(struct pp_range *)at = r;
    return 0;
}

static int parse_shard(const struct pp_option *o, void *at, const char *text, const char *where)
{
    struct pp_range r;

    if (!two(text, '/', &r))
        return bad(where, text, "a shard K/N");
    if (r.lo == 0)
        return pp_error("%s: '%s': shards are numbered from 1: the first is 1/%u", where, text, r.hi);
    if (r.lo > r.hi)
        return pp_error("%s: '%s': there are only %u shards", where, text, r.hi);
    if (in_bounds(o, r.hi, text, where) < 0)
        return -1;
    *(struct pp_range *)at = r;
    return 0;
}

static int parse_numbers(const struct pp_option *o, void *at, const char *text, const char *where)
{
    struct pp_numbers list = {.n = 0};
    const char *p = text;
    uint64_t v;

    for (;; p++) {
        const char *item = p;
        char one[32];
        if (!digits(&p, &v) || (*p && *p != ',') || v > UINT32_MAX)
            return bad(where, text, "a list of whole numbers: N[,N...]");
        snprintf(one, sizeof one, "%.*s", (int)(p - item), item);
        if (in_bounds(o, (double)v, one, where) < 0)
            return -1;
        for (uint32_t i = 0; i < list.n; i++)
            if (list.v[i] == v)
                return pp_error("%s: %s is given twice", where, one);
        if (list.n == PP_MAX_NUMBERS)
            return pp_error("%s: more than %d numbers", where, PP_MAX_NUMBERS);
        list.v[list.n++] = (uint32_t)v;
        if (!*p)
            break;
    }
    *(struct pp_numbers *)at = list;
    return 0;
}

static void print_flag(const void *at, struct pp_buf *out)
{
    pp_buf_adds(out, *(const bool *)at ? "true" : "false");
}

static void print_string(const void *at, struct pp_buf *out)
{
    const char *text = *(const char *const *)at;

    if (text)
        pp_buf_adds(out, text);
}

static void print_strings(const void *at, struct pp_buf *out)
{
    const struct pp_strings *s = at;

    for (unsigned i = 0; i < s->n; i++) {
        if (i)
            pp_buf_addc(out, ',');
        for (const char *c = s->v[i]; *c; c++) { /* escaped, as commas separate values: config_json.c */
            if (*c == ',' || *c == '\\')
                pp_buf_addc(out, '\\');
            pp_buf_addc(out, *c);
        }
    }
}

static void print_uint(const void *at, struct pp_buf *out)
{
    pp_buf_addf(out, "%" PRIu64, *(const uint64_t *)at);
}

static void print_number(const void *at, struct pp_buf *out)
{
    double v = *(const double *)at;
    char text[40];

    snprintf(text, sizeof text, "%.15g", v);
    if (strtod(text, NULL) != v)
        snprintf(text, sizeof text, "%.17g", v);
    pp_buf_adds(out, text);
}

static void print_seconds(const void *at, struct pp_buf *out)
{
    int64_t v = *(const int64_t *)at;
    char text[40];
    size_t len = (size_t)snprintf(text, sizeof text, "%" PRId64 ".%09" PRId64, v / SECOND, v % SECOND);

    while (text[len - 1] == '0')
        len--;
    if (text[len - 1] == '.')
        len--;
    pp_buf_add(out, text, len);
}

static void print_range(const void *at, struct pp_buf *out)
{
    const struct pp_range *r = at;

    pp_buf_addf(out, "%u-%u", r->lo, r->hi);
}

static void print_shard(const void *at, struct pp_buf *out)
{
    const struct pp_range *r = at;

    pp_buf_addf(out, "%u/%u", r->lo, r->hi);
}

static void print_numbers(const void *at, struct pp_buf *out)
{
    const struct pp_numbers *list = at;

    for (uint32_t i = 0; i < list->n; i++)
        pp_buf_addf(out, "%s%u", i ? "," : "", list->v[i]);
}

static const struct {
    int (*parse)(const struct pp_option *o, void *at, const char *text, const char *where);
    void (*print)(const void *at, struct pp_buf *out);
    size_t size;
} types[] = {
    [PP_OPTION_FLAG] = {parse_flag, print_flag, sizeof(bool)},
    [PP_OPTION_STRING] = {parse_string, print_string, sizeof(const char *)},
    [PP_OPTION_STRINGS] = {parse_strings, print_strings, sizeof(struct pp_strings)},
    [PP_OPTION_ALL] = {parse_strings, print_strings, sizeof(struct pp_strings)},
    [PP_OPTION_UINT] = {parse_uint, print_uint, sizeof(uint64_t)},
    [PP_OPTION_RATE] = {parse_rate, print_uint, sizeof(uint64_t)},
    [PP_OPTION_NUMBER] = {parse_number, print_number, sizeof(double)},
    [PP_OPTION_SECONDS] = {parse_seconds, print_seconds, sizeof(int64_t)},
    [PP_OPTION_RANGE] = {parse_range, print_range, sizeof(struct pp_range)},
    [PP_OPTION_SHARD] = {parse_shard, print_shard, sizeof(struct pp_range)},
    [PP_OPTION_WORD] = {parse_word, print_string, sizeof(const char *)},
    [PP_OPTION_NUMBERS] = {parse_numbers, print_numbers, sizeof(struct pp_numbers)},
};

int pp_option_parse(const struct pp_option *o, void *settings, const char *text, const char *where)
{
    return types[o->type].parse(o, pp_option_at(o, settings), text, where);
}

bool pp_option_unset(const struct pp_option *o, const void *settings)
{
    static const char zero[sizeof(struct pp_numbers)];

    return o->type != PP_OPTION_FLAG && !o->def && memcmp(pp_option_at(o, settings), zero, types[o->type].size) == 0;
}

void pp_options_value(const struct pp_option *o, const void *settings, struct pp_buf *out)
{
    if (!pp_option_unset(o, settings))
        types[o->type].print(pp_option_at(o, settings), out);
}
