/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_h2.c: what the experiment `h2` concludes from outcomes written by hand. Its source is a part of this file, as in
 * a static build.
 */
#define PP_STATIC_PLUGIN h2
#include "../../plugins/h2.c"

#include "../../core/loader/plugins.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    const char *what;
    struct pp_outcome b1;
    const char *stated;
} rows[] = {
    {"HTTP/2", {.took_part = 1, .observed = 1, .ok = 1, .http = PP_HTTP_2}, "h2.upgrade.success"},
    {"HTTP/1.1", {.took_part = 1, .observed = 1, .ok = 1, .http = PP_HTTP_1}, "h2.upgrade.failed"},
    {"no answer", {.took_part = 1, .observed = 1, .how = PP_HOW_SILENT}, ""},
    {"no HTTP", {.took_part = 1, .observed = 1, .how = PP_HOW_BAD_REPLY}, ""},
    {"not observed", {.took_part = 1, .ok = 1, .http = PP_HTTP_2}, ""},
    {"took no part", {0}, ""},
};

static void state(struct pp_sink *sink, unsigned i, int64_t value)
{
    char *text = sink->priv;

    assert_true(i < pp_plugin_h2.nconditions);
    assert_int_equal(value, 0);
    assert_int_equal(text[0], 0); /* one at most */
    snprintf(text, 32, "%s", pp_plugin_h2.conditions[i].name);
}

static void test_conclude(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_outcome arm[ARMS] = {[A] = {.took_part = 1, .observed = 1, .ok = 1, .http = PP_HTTP_1},
                                       [B1] = rows[i].b1};
        struct pp_round_view view = {.mode = PP_MODE_HTTP, .narms = ARMS, .arm = arm};
        char text[32] = "";
        struct pp_sink sink = {.priv = text, .state = state};

        pp_plugin_h2.conclude(&view, &sink);
        if (strcmp(text, rows[i].stated) != 0)
            fail_msg("%s: wanted '%s', got '%s'", rows[i].what, rows[i].stated, text);
    }
}

static void test_tables(void **unused)
{
    (void)unused;
    assert_int_equal(pp_plugin_check(&pp_plugin_h2, "h2"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conclude), cmocka_unit_test(test_tables)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
