/* SPDX-License-Identifier: BSD-2-Clause */
/* test_json.c: the buffer with a maximum, and the JSON writer, whose output jansson has to read back as meant. */
#include "../../core/base/json.h"
#include "../../core/base/random.h"

#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define FFFD "\xef\xbf\xbd"

static void assert_text(const struct pp_buf *b, const char *want)
{
    assert_false(b->failed);
    if (b->len != strlen(want) || memcmp(b->data, want, b->len))
        fail_msg("'%.*s' is not '%s'", (int)b->len, b->data, want);
}

static void buffer_grows_to_its_maximum_and_not_beyond(void **state)
{
    (void)state;
    for (size_t max = 0; max < 1200; max += 37) {
        struct pp_buf b;

        pp_buf_init(&b, max);
        for (size_t i = 0; i < max; i++)
            pp_buf_addc(&b, (char)i);
        assert_int_equal(b.len, max);
        assert_false(b.failed);
        pp_buf_add(&b, "", 0);
        pp_buf_adds(&b, "");
        pp_buf_addf(&b, "%s", "");
        assert_false(b.failed);
        pp_buf_addc(&b, 'x');
        assert_true(b.failed);
        assert_int_equal(b.len, max);
        for (size_t i = 0; i < max; i++)
            assert_int_equal((uint8_t)b.data[i], i & 0xff);
        pp_buf_reset(&b);
        assert_false(b.failed);
        assert_int_equal(b.len, 0);
        pp_buf_release(&b);
        assert_null(b.data);
    }
}

static void buffer_append_is_whole_or_not_at_all(void **state)
{
    struct pp_buf b;

    (void)state;
    pp_buf_init(&b, 10);
    pp_buf_adds(&b, "12345678");
    pp_buf_add(&b, "abc", 3);
    assert_true(b.failed);
    pp_buf_addc(&b, 'x'); /* would fit, but not behind a gap */
    assert_int_equal(b.len, 8);
    pp_buf_reset(&b);
    pp_buf_addf(&b, "%010d", 7); /* fills it to the last byte */
    assert_text(&b, "0000000007");
    pp_buf_reset(&b);
    pp_buf_addf(&b, "%011d", 7);
    assert_true(b.failed);
    assert_int_equal(b.len, 0);
    pp_buf_reset(&b);
    assert_null(pp_buf_reserve(&b, SIZE_MAX));
    assert_true(b.failed);
    pp_buf_release(&b);

    pp_buf_init(&b, SIZE_MAX);
    pp_buf_addc(&b, 'a');
    assert_null(pp_buf_reserve(&b, SIZE_MAX - 1));
    assert_true(b.failed);
    assert_int_equal(b.len, 1);
    pp_buf_release(&b);
}

static void buffer_formats_what_is_longer_than_its_room(void **state)
{
    struct pp_buf b;
    char want[2001];

    (void)state;
    memset(want, 'y', 2000);
    want[2000] = '\0';
    pp_buf_init(&b, 5000);
    pp_buf_addf(&b, "%d-", 12);
    pp_buf_addf(&b, "%s", want);
    assert_int_equal(b.len, 2003);
    assert_memory_equal(b.data, "12-", 3);
    assert_memory_equal(b.data + 3, want, 2000);
    pp_buf_release(&b);
}

static const struct {
    const char *in;
    size_t len;
    const char *out; /* as jansson reads it back */
} strings[] = {
    {"", 0, ""},
    {"plain", 5, "plain"},
    {"a\"b\\c/d", 7, "a\"b\\c/d"},
    {"\b\f\n\r\t\x01\x0b\x0e\x1f\x7f", 10, "\b\f\n\r\t\x01\x0b\x0e\x1f\x7f"},
    {"caf\xc3\xa9", 5, "caf\xc3\xa9"},
    {"\xe2\x82\xac \xf0\x9f\x98\x80", 8, "\xe2\x82\xac \xf0\x9f\x98\x80"},
    /* The code points next to the surrogates, and the last one. */
    {"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", 10, "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"},
    {"\xff", 1, FFFD},
    {"a\x80z", 3, "a" FFFD "z"},
    {"\xc3", 1, FFFD},                                   /* cut off */
    {"\xe2\x82", 2, FFFD FFFD},
    {"\xf0\x9f\x98", 3, FFFD FFFD FFFD},
    {"\xe2\x82z", 3, FFFD FFFD "z"},
    {"\xc0\x80", 2, FFFD FFFD},                          /* overlong */
    {"\xc1\xbf", 2, FFFD FFFD},
    {"\xe0\x9f\xbf", 3, FFFD FFFD FFFD},
    {"\xf0\x8f\xbf\xbf", 4, FFFD FFFD FFFD FFFD},
    {"\xed\xa0\x80", 3, FFFD FFFD FFFD},                 /* a surrogate */
    {"\xf4\x90\x80\x80", 4, FFFD FFFD FFFD FFFD},        /* beyond U+10FFFF */
    {"\xf8\x88\x80\x80\x80", 5, FFFD FFFD FFFD FFFD FFFD},
};

/* Parses one line and frees the buffer's content for the next. */
static json_t *read_back(struct pp_buf *b)
{
    json_error_t why;
    json_t *v = json_loadb(b->data, b->len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);

    assert_false(b->failed);
    if (!v)
        fail_msg("%s: %.*s", why.text, (int)b->len, b->data);
    pp_buf_reset(b);
    return v;
}

static void strings_come_back(void **state)
{
    struct pp_buf b;
    struct pp_json j;

    (void)state;
    pp_buf_init(&b, 1 << 16);
    for (size_t i = 0; i < COUNT(strings); i++) {
        char *exact = malloc(strings[i].len + 1); /* on the heap, so that a read behind the end is seen */
        json_t *v;

        assert_non_null(exact);
        memcpy(exact + 1, strings[i].in, strings[i].len);
        pp_json_init(&j, &b);
        pp_json_strn(&j, NULL, exact + 1, strings[i].len);
        v = read_back(&b);
        assert_string_equal(json_string_value(v), strings[i].out);
        json_decref(v);
        free(exact);
    }
    pp_json_init(&j, &b);
    pp_json_strn(&j, NULL, "a\0b", 3);
    assert_text(&b, "\"a\\u0000b\"");
    pp_buf_release(&b);
    pp_json_init(&j, &b);
    pp_json_strn(&j, NULL, NULL, 0);
    assert_text(&b, "\"\"");
    pp_buf_release(&b);
}

/* For any bytes the line is valid JSON, and valid UTF-8 is read back unchanged. */
static void random_bytes_are_valid(void **state)
{
    struct pp_rng rng = pp_rng_init(3, 3);
    struct pp_buf b;

    (void)state;
    pp_buf_init(&b, 1 << 16);
    for (int i = 0; i < 20000; i++) {
        char text[40];
        size_t len = pp_rng_below(&rng, sizeof text);
        struct pp_json j;
        json_t *v, *same;

        for (size_t k = 0; k < len; k++)
            text[k] = (char)(pp_rng_next(&rng) & (k % 3 ? 0xbf : 0xff));
        pp_json_init(&j, &b);
        pp_json_strn(&j, NULL, text, len);
        v = read_back(&b);
        same = json_stringn(text, len); /* NULL if jansson finds it not to be UTF-8 */
        if (same)
            assert_true(json_equal(v, same));
        else
            assert_non_null(memmem(json_string_value(v), json_string_length(v), FFFD, 3));
        json_decref(same);
        json_decref(v);
    }
    pp_buf_release(&b);
}

static void integers(void **state)
{
    struct pp_rng rng = pp_rng_init(4, 4);
    struct pp_buf b;
    struct pp_json j;
    char want[64];

    (void)state;
    pp_buf_init(&b, 1 << 16);
    for (int i = 0; i < 5000; i++) {
        uint64_t u = pp_rng_next(&rng) >> pp_rng_below(&rng, 64);
        int64_t s = (int64_t)(i % 2 ? u : -u);

        if (i < 20)
            u = (uint64_t)i * 10 - (i > 10);
        pp_json_init(&j, &b);
        pp_json_uint(&j, NULL, u);
        pp_json_int(&j, NULL, s);
        snprintf(want, sizeof want, "%llu,%lld", (unsigned long long)u, (long long)s);
        assert_text(&b, want);
        pp_buf_reset(&b);
    }
    pp_json_init(&j, &b);
    pp_json_uint(&j, NULL, 0);
    pp_json_uint(&j, NULL, UINT64_MAX);
    pp_json_int(&j, NULL, INT64_MAX);
    pp_json_int(&j, NULL, INT64_MIN);
    pp_json_int(&j, NULL, -1);
    assert_text(&b, "0,18446744073709551615,9223372036854775807,-9223372036854775808,-1");
    pp_buf_release(&b);
}

static const struct {
    double v;
    int digits;
    const char *out;
} numbers[] = {
    {0, 6, "0"},           {-0.0, 6, "-0"},          {1, 17, "1"},         {0.1, 3, "0.1"},
    {1.5, 1, "2"},         {-2.25, 17, "-2.25"},     {1e300, 3, "1e+300"}, {123456, 2, "1.2e+05"},
    {1e-9, 6, "1e-09"},    {0.000244140625, 4, "0.0002441"},               {1.0 / 3, 17, "0.33333333333333331"},
    {1.0 / 3, 99, "0.33333333333333331"},            {1.0 / 3, -1, "0.3"}, {NAN, 6, "null"},
    {INFINITY, 6, "null"}, {-INFINITY, 6, "null"},
};

static void numbers_are_json_in_any_locale(void **state)
{
    /* Locales with another decimal point, if they are installed. */
    static const char *const locales[] = {"C", "de_DE.UTF-8", "ps_AF.UTF-8"};
    struct pp_buf b;

    (void)state;
    pp_buf_init(&b, 1 << 16);
    for (size_t l = 0; l < COUNT(locales); l++) {
        if (!setlocale(LC_NUMERIC, locales[l]))
            continue;
        for (size_t i = 0; i < COUNT(numbers); i++) {
            struct pp_json j;
            pp_json_init(&j, &b);
            pp_json_num(&j, NULL, numbers[i].v, numbers[i].digits);
            assert_text(&b, numbers[i].out);
            setlocale(LC_NUMERIC, "C");
            json_decref(read_back(&b));
            setlocale(LC_NUMERIC, locales[l]);
        }
    }
    setlocale(LC_NUMERIC, "C");
    pp_buf_release(&b);
}

/* Computed by date(1): `date -u -d @SECONDS`. */
static const struct {
    int64_t ns;
    const char *out;
} times[] = {
    {0, "1970-01-01 00:00:00.000000"},
    {INT64_C(951782399999999999), "2000-02-28 23:59:59.999999"},
    {INT64_C(951782400000001000), "2000-02-29 00:00:00.000001"},
    {INT64_C(951868800000000000), "2000-03-01 00:00:00.000000"},
    {INT64_C(1078012800000000000), "2004-02-29 00:00:00.000000"},
    {INT64_C(1767225599123456789), "2025-12-31 23:59:59.123456"},
    {INT64_C(1767225600000000999), "2026-01-01 00:00:00.000000"},
    {INT64_C(4107542400000000000), "2100-03-01 00:00:00.000000"},
    {-1, "1969-12-31 23:59:59.999999"},
    {-1000000000, "1969-12-31 23:59:59.000000"},
    {INT64_C(-2203891200000000000), "1900-03-01 00:00:00.000000"},
    {INT64_MAX, "2262-04-11 23:47:16.854775"},
    {INT64_MIN, "1677-09-21 00:12:43.145224"},
};

static void one_time(struct pp_buf *b, int64_t ns, const char *want)
{
    struct pp_json j;

    pp_json_init(&j, b);
    pp_json_time(&j, NULL, ns);
    if (b->len != 28 || memcmp(b->data + 1, want, 26))
        fail_msg("%lld: %.*s, not %s", (long long)ns, (int)b->len, b->data, want);
    pp_buf_reset(b);
}

static void times_are_utc(void **state)
{
    struct pp_rng rng = pp_rng_init(6, 6);
    struct pp_buf b;

    (void)state;
    pp_buf_init(&b, 1 << 16);
    for (size_t i = 0; i < COUNT(times); i++)
        one_time(&b, times[i].ns, times[i].out);
    for (int i = 0; i < 20000; i++) {
        int64_t ns = (int64_t)pp_rng_next(&rng);
        time_t s = ns / 1000000000 - (ns % 1000000000 < 0);
        struct tm tm;
        char want[64];
        size_t n;

        assert_non_null(gmtime_r(&s, &tm));
        n = strftime(want, sizeof want, "%Y-%m-%d %H:%M:%S", &tm);
        snprintf(want + n, sizeof want - n, ".%06d", (int)((ns - s * 1000000000) / 1000));
        one_time(&b, ns, want);
    }
    pp_buf_release(&b);
}

static void values_nest(void **state)
{
    struct pp_buf b;
    struct pp_json j;

    (void)state;
    pp_buf_init(&b, 1 << 16);
    pp_json_init(&j, &b);
    pp_json_object(&j, NULL);
    pp_json_raw(&j, NULL, "", 0); /* no members of the target's own */
    pp_json_str(&j, "s", "x");
    pp_json_str(&j, "none", NULL);
    pp_json_array(&j, "empty");
    pp_json_end(&j, ']');
    pp_json_array(&j, "a");
    pp_json_int(&j, NULL, -1);
    pp_json_object(&j, NULL);
    pp_json_end(&j, '}');
    pp_json_object(&j, NULL);
    pp_json_bool(&j, "t", true);
    pp_json_bool(&j, "f", false);
    pp_json_end(&j, '}');
    pp_json_null(&j, NULL);
    pp_json_end(&j, ']');
    pp_json_raw(&j, NULL, "\"m\":1.10, \"n\":2", 15);
    pp_json_raw(&j, "r", "[1]", 3);
    pp_json_raw(&j, "nothing", NULL, 0);
    pp_json_uint(&j, "odd \"key\"\n", 1);
    pp_json_end(&j, '}');
    assert_text(&b, "{\"s\":\"x\",\"none\":null,\"empty\":[],\"a\":[-1,{},{\"t\":true,\"f\":false},null],"
                    "\"m\":1.10, \"n\":2,\"r\":[1],\"nothing\":null,\"odd \\\"key\\\"\\n\":1}");
    json_decref(read_back(&b));
    pp_buf_release(&b);
}

static void depth_reaches_its_maximum(void **state)
{
    struct pp_buf b;
    struct pp_json j;

    (void)state;
    pp_buf_init(&b, 1 << 16);
    pp_json_init(&j, &b);
    for (int i = 0; i < PP_JSON_DEPTH; i++) {
        if (i % 2)
            pp_json_array(&j, "k");
        else
            pp_json_object(&j, NULL);
    }
    for (int i = PP_JSON_DEPTH - 1; i >= 0; i--) {
        pp_json_end(&j, i % 2 ? ']' : '}');
        if (i % 2)
            pp_json_int(&j, "after", i);
        else if (i)
            pp_json_int(&j, NULL, i);
    }
    json_decref(read_back(&b));
    pp_buf_release(&b);
}

static void a_full_buffer_fails_at_every_length(void **state)
{
    (void)state;
    for (size_t max = 0;; max++) {
        struct pp_buf b;
        struct pp_json j;
        bool failed;

        pp_buf_init(&b, max);
        pp_json_init(&j, &b);
        pp_json_object(&j, NULL);
        pp_json_str(&j, "k", "a\n\xff\xc3\xa9");
        pp_json_num(&j, "n", 0.5, 3);
        pp_json_time(&j, "t", 0);
        pp_json_end(&j, '}');
        failed = b.failed;
        assert_true(b.len <= max);
        if (!failed)
            json_decref(read_back(&b));
        pp_buf_release(&b);
        if (!failed)
            break;
        assert_true(max < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffer_grows_to_its_maximum_and_not_beyond),
        cmocka_unit_test(buffer_append_is_whole_or_not_at_all),
        cmocka_unit_test(buffer_formats_what_is_longer_than_its_room),
        cmocka_unit_test(strings_come_back),
        cmocka_unit_test(random_bytes_are_valid),
        cmocka_unit_test(integers),
        cmocka_unit_test(numbers_are_json_in_any_locale),
        cmocka_unit_test(times_are_utc),
        cmocka_unit_test(values_nest),
        cmocka_unit_test(depth_reaches_its_maximum),
        cmocka_unit_test(a_full_buffer_fails_at_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
