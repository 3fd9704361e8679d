/* SPDX-License-Identifier: BSD-2-Clause */
/* test_merge.c: combination of words of runs and vantage points, names of the results, the sort, intervals. */
#include "core/base/when.h"
#include "core/merge/located.h"
#include "core/merge/words.h"
#include "core/stream/sort.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* ---- stable ------------------------------------------------------------------------------------------------------ */

struct run_row {
    uint8_t word;
    double e;
    uint32_t b_ok, b_n;
    bool undecided;
};

static struct pp_arm_stable stable_of(const struct run_row *r, size_t n)
{
    struct pp_arm_stable s;

    pp_stable_init(&s);
    for (size_t i = 0; i < n; i++)
        pp_stable_add(&s, &(struct pp_arm_seen){.e = r[i].e,
                                                .alpha = 1e-4,
                                                .a_ok = 1,
                                                .a_n = 1,
                                                .b_ok = r[i].b_ok,
                                                .b_n = r[i].b_n,
                                                .word = r[i].word,
                                                .undecided = r[i].undecided});
    pp_stable_end(&s);
    return s;
}

static void test_stable(void **state)
{
    static const struct {
        struct run_row run[4];
        size_t n;
        uint8_t word;
        uint64_t judged;
        double e;
        bool sure;
    } rows[] = {
        {{{PP_VERDICT_WORKS, 1, 1, 1, 0}}, 1, PP_VERDICT_WORKS, 1, 1, false},
        {{{PP_VERDICT_WORKS, 1, 1, 1, 0}, {PP_VERDICT_WORKS, 1, 5, 5, 0}}, 2, PP_VERDICT_WORKS, 2, 1, true},
        {{{PP_VERDICT_WORKS, 1, 1, 1, 0}, {PP_VERDICT_WORKS, 2, 4, 5, 0}}, 2, PP_VERDICT_WORKS, 2, 2, false},
        {{{PP_VERDICT_BROKEN, 1e6, 0, 12, 0}}, 1, PP_VERDICT_BROKEN, 1, 1e6, true},
        {{{PP_VERDICT_BROKEN, 1e3, 0, 12, 0}}, 1, PP_VERDICT_BROKEN, 1, 1e3, false},
        {{{PP_VERDICT_BROKEN, 1e3, 0, 12, 0}, {PP_VERDICT_BROKEN, 1e3, 0, 12, 0}}, 2, PP_VERDICT_BROKEN, 2, 1e6, true},
        {{{PP_VERDICT_BROKEN, 1e6, 0, 12, 0}, {PP_VERDICT_WORKS, 1, 1, 1, 0}}, 2, PP_VERDICT_UNSTABLE, 2, 1e6, false},
        /* offline is no evidence; an arm left undecided by a limit contributes its E alone */
        {{{PP_VERDICT_OFFLINE, 1, 0, 2, 0}, {PP_VERDICT_WORKS, 1, 3, 3, 0}}, 2, PP_VERDICT_WORKS, 1, 1, false},
        {{{PP_VERDICT_BROKEN, 1e6, 0, 12, 0}, {PP_VERDICT_UNSTABLE, 30, 0, 5, 1}}, 2, PP_VERDICT_BROKEN, 1, 3e7, true},
        {{{PP_VERDICT_UNSTABLE, 30, 0, 5, 1}, {PP_VERDICT_UNSTABLE, 30, 0, 5, 1}},
         2,
         PP_VERDICT_UNSTABLE,
         2,
         900,
         false},
        {{{PP_VERDICT_UNSTABLE, 30, 1, 5, 0}, {PP_VERDICT_WORKS, 1, 1, 1, 0}}, 2, PP_VERDICT_UNSTABLE, 2, 30, false},
        {{{PP_VERDICT_OFFLINE, 1, 0, 2, 0}, {PP_VERDICT_OFFLINE, 1, 0, 2, 0}}, 2, PP_VERDICT_OFFLINE, 2, 1, false},
        {{{PP_NO_WORD, 1e9, 0, 2, 0}}, 1, PP_NO_WORD, 0, 1, false},
        {{{PP_VERDICT_TRANSIENT, 0, 9, 9, 0}, {PP_VERDICT_TRANSIENT, 0, 9, 9, 0}},
         2,
         PP_VERDICT_TRANSIENT,
         2,
         0,
         false},
        {{{PP_VERDICT_BROKEN, 1e300, 0, 9, 0}, {PP_VERDICT_BROKEN, 1e300, 0, 9, 0}},
         2,
         PP_VERDICT_BROKEN,
         2,
         PP_E_MAX,
         true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_arm_stable s = stable_of(rows[i].run, rows[i].n);
        assert_int_equal(s.word, rows[i].word);
        assert_int_equal(s.judged, rows[i].judged);
        assert_true(fabs(s.e - rows[i].e) <= 1e-9 * rows[i].e);
        assert_int_equal(s.sure, rows[i].sure);
    }
}

/* ---- multipoint -------------------------------------------------------------------------------------------------- */

static struct pp_sources source(const char *text, bool special, uint32_t asn)
{
    struct pp_sources s = {.n = 0};
    struct pp_addr a;

    assert_int_equal(pp_addr_parse(&a, text, strlen(text)), 0);
    pp_sources_add(&s, &a, special, asn);
    return s;
}

static void test_multipoint(void **state)
{
    (void)state;
    /* 0, 1: public; 2, 3: one private address, in different ASes; 4, 5: the same, unknown */
    struct pp_sources s[] = {source("203.0.113.1", false, 0), source("203.0.113.2", false, 0),
                             source("10.0.0.1", true, 1),     source("10.0.0.1", true, 2),
                             source("10.0.0.9", true, 0),     source("10.0.0.9", true, 0)};
    enum {
        W = PP_VERDICT_WORKS,
        B = PP_VERDICT_BROKEN,
        T = PP_VERDICT_TRANSIENT,
        F = PP_VERDICT_OFFLINE,
        U = PP_VERDICT_UNSTABLE,
        N = PP_NO_WORD
    };
    static const struct {
        struct {
            uint8_t word, source;
            bool sure;
        } p[3];
        unsigned n;
        uint8_t word;
        unsigned evidence, again; /* again: bits of points to ask */
    } rows[] = {
        {{{W, 0, 0}, {W, 1, 0}, {W, 2, 0}}, 3, W, 3, 0},
        {{{W, 0, 0}, {F, 1, 0}, {N, 2, 0}}, 3, W, 1, 0},
        {{{F, 0, 0}, {F, 1, 0}, {N, 2, 0}}, 3, F, 2, 0},
        {{{N, 0, 0}, {N, 1, 0}}, 2, N, 0, 0},
        {{{B, 0, 1}, {W, 1, 1}, {U, 2, 0}}, 3, PP_PATH_DEPENDENT, 3, 0},
        {{{B, 0, 1}, {W, 1, 0}}, 2, PP_CANDIDATE, 2, 2},
        {{{B, 0, 0}, {W, 1, 1}, {W, 2, 0}}, 3, PP_CANDIDATE, 3, 5},
        {{{B, 2, 1}, {W, 3, 1}}, 2, PP_PATH_DEPENDENT, 2, 0},
        {{{B, 4, 1}, {W, 5, 1}}, 2, U, 2, 0},
        {{{B, 2, 1}, {W, 2, 1}}, 2, U, 2, 0},
        {{{B, 0, 1}, {U, 1, 0}}, 2, U, 2, 0},
        {{{W, 0, 1}, {T, 1, 0}}, 2, U, 2, 0},
        {{{U, 0, 0}, {U, 1, 0}}, 2, U, 2, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_point p[3];
        unsigned evidence, again = 0;
        for (unsigned k = 0; k < rows[i].n; k++)
            p[k] = (struct pp_point){&s[rows[i].p[k].source], rows[i].p[k].word, rows[i].p[k].sure, false};
        assert_int_equal(pp_multipoint(p, rows[i].n, &evidence), rows[i].word);
        assert_int_equal(evidence, rows[i].evidence);
        for (unsigned k = 0; k < rows[i].n; k++)
            again |= (unsigned)p[k].ask_again << k;
        assert_int_equal(again, rows[i].word == PP_CANDIDATE ? rows[i].again : 0);
    }
}

static void test_names(void **state)
{
    static const struct {
        const char *name, *value, *expect, *disagree;
    } rows[] = {
        {"ecn.connectivity.works", "", "ecn.stable.connectivity.works:5", "ecn.stable.connectivity.unstable:5"},
        {"ecn.data.connectivity.works", "", "ecn.data.stable.connectivity.works:5",
         "ecn.data.stable.connectivity.unstable:5"},
        {"tcpopt.mirrored", "", "tcpopt.stable.mirrored:5", "tcpopt.stable.unstable:5"},
        {"mss.option.remote.value", "1460", "mss.option.remote.stable.value:1460",
         "mss.option.remote.stable.value.unstable:5"},
        {"dscp.46.replymark", "8", "dscp.46.stable.replymark:8", "dscp.46.stable.replymark.unstable:5"},
        {"lone", "", "lone.stable:5", "lone.unstable:5"},
    };
    struct pp_buf b;

    (void)state;
    pp_buf_init(&b, 1024);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t len = strlen(rows[i].name), value = strlen(rows[i].value);
        pp_buf_reset(&b);
        pp_merged_condition(&b, "stable", rows[i].name, len, rows[i].value, value, 5);
        pp_buf_addc(&b, 0);
        assert_string_equal(b.data, rows[i].expect);
        pp_buf_reset(&b);
        pp_merged_disagree(&b, "stable", rows[i].name, len, value > 0, "unstable", 5);
        pp_buf_addc(&b, 0);
        assert_string_equal(b.data, rows[i].disagree);
    }
    pp_buf_release(&b);
}

/* ---- the sort ---------------------------------------------------------------------------------------------------- */

/* N records in an order by a multiplier, with keys that begin alike; twice. */
static void sort_of(size_t memory, unsigned files, uint32_t n)
{
    struct pp_sort *s = pp_sort_new(memory, files);
    uint8_t data[100];
    char key[32];

    assert_non_null(s);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t v = (uint32_t)((uint64_t)i * 7919 % n);
        int len = snprintf(key, sizeof key, "k%0*u", v % 2 ? 9 : 8, v);
        memset(data, (int)(v & 255), sizeof data);
        assert_int_equal(pp_sort_add(s, key, (size_t)len, data, v % sizeof data), 0);
    }
    for (int again = 0; again < 2; again++) {
        struct pp_record_view r;
        char before[32] = "";
        uint32_t before_len = 0, count = 0;
        assert_int_equal(pp_sort_begin(s), 0);
        while (pp_sort_next(s, &r) == 1) {
            uint32_t v;
            memcpy(key, r.key, r.key_len);
            key[r.key_len] = '\0';
            v = (uint32_t)strtoul(key + 1, NULL, 10);
            assert_true(pp_sort_compare((const uint8_t *)before, before_len, r.key, r.key_len) < 0);
            assert_int_equal(r.data_len, v % sizeof data);
            assert_true(r.data_len == 0 || r.data[r.data_len - 1] == (v & 255));
            memcpy(before, key, sizeof before);
            before_len = r.key_len;
            count++;
        }
        assert_int_equal(count, n);
        assert_int_equal(pp_sort_next(s, &r), 0);
    }
    assert_int_equal(pp_sort_count(s), n);
    pp_sort_free(s);
}

static void test_sort(void **state)
{
    (void)state;
    sort_of(1 << 20, 4, 0);
    sort_of(1 << 20, 4, 1000);  /* in memory */
    sort_of(16 << 10, 64, 5003); /* files */
    sort_of(16 << 10, 2, 5003);  /* files of files */
}

static void test_when(void **state)
{
    (void)state;
    int64_t us;

    assert_int_equal(pp_when_parse(&us, "2026-11-30 03:34:22.405250", 26), 0);
    assert_int_equal(us, 1796009662405250); /* date -ud '2026-11-30 03:34:22' +%s */
    assert_int_equal(pp_when_parse(&us, "1970-01-01 00:00:00", 19), 0);
    assert_int_equal(us, 0);
    assert_int_equal(pp_when_parse(&us, "2026-11-30 03:34:22.5", 21), 0);
    assert_int_equal(us % 1000000, 500000);
    static const char *const bad[] = {"2026-11-30T03:34:22", "2026-11-30 03:34:22Z", "2026-13-30 03:34:22",
                                      "2026-11-30 03:34:22.", "2026-11-30 03:34", "", "1969-11-30 03:34:22",
                                      "2026-11-30 03:34:22.1234567", "2026-11-30 03:34:2x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(pp_when_parse(&us, bad[i], strlen(bad[i])), -1);
}

/* ---- places ------------------------------------------------------------------------------------------------------ */

static const char *point_name(void *arg, uint32_t i)
{
    (void)arg;
    return i ? "b" : "a";
}

/* One finding: between FROM and TO, hops of NET; TO 0: no upper end. */
static void found(struct pp_located *l, uint32_t point, int from, int to, const char *net)
{
    char text[512], end[128] = "null";

    if (to)
        snprintf(end, sizeof end, "{\"ttl\":%d,\"addr\":\"%s.%d\",\"asn\":null}", to, net, to);
    snprintf(text, sizeof text, "[{\"arm\":\"B2\",\"on\":\"data\",\"kind\":\"rewrite\",\"field\":\"ip.ecn\",\"sent\":2,"
             "\"seen\":0,\"from\":{\"ttl\":%d,\"addr\":\"%s.%d\",\"asn\":null},\"to\":%s,\"silent\":0}]",
             from, net, from, end);
    pp_located_add(l, point, text, strlen(text));
}

static void test_located(void **state)
{
    (void)state;
    static struct pp_located l;
    struct pp_buf out;
    struct pp_json j;

    pp_located_init(&l);
    pp_buf_init(&out, 1 << 20);
    found(&l, 0, 3, 8, "10.0.0"); /* narrowed by the next two */
    found(&l, 0, 5, 0, "10.0.0");
    found(&l, 0, 4, 7, "10.0.0");
    found(&l, 0, 8, 9, "10.0.0"); /* another place */
    pp_located_add(&l, 0, "[{\"arm\":\"B2\",\"from\":null,\"to\":null,\"why\":\"no_quotes\"}]", 52);
    pp_located_end(&l);
    found(&l, 1, 5, 7, "10.0.0"); /* the same routers */
    found(&l, 1, 5, 7, "10.9.9");
    pp_located_end(&l);
    assert_int_equal(l.n, 3);
    assert_int_equal(l.one[0].runs, 4);
    assert_int_equal(l.one[0].nvantages, 2);
    assert_int_equal(l.one[0].from.ttl, 5);
    assert_int_equal(l.one[0].to.ttl, 7);
    assert_int_equal(l.one[1].from.ttl, 8);
    pp_json_init(&j, &out);
    pp_json_object(&j, NULL);
    pp_located_merged(&l, &j, point_name, NULL);
    pp_json_end(&j, '}');
    pp_buf_addc(&out, 0);
    assert_non_null(strstr(out.data, "\"from\":{\"ttl\":5,\"addr\":\"10.0.0.5\",\"asn\":null},\"to\":{\"ttl\":7,"
                                     "\"addr\":\"10.0.0.7\",\"asn\":null},\"vantages\":[\"a\",\"b\"],\"runs\":4}"));
    pp_buf_release(&out);
    pp_located_release(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stable), cmocka_unit_test(test_multipoint), cmocka_unit_test(test_names),
        cmocka_unit_test(test_sort),   cmocka_unit_test(test_when),       cmocka_unit_test(test_located),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
