/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_h2.c: what the experiment `h2` concludes from outcomes written by hand. Its source is a part of this file, as in
 * a static build.
 */
#define PP_STATIC_PLUGIN h2
#include "../../plugins/h2.c"

#include "../../core/loader/plugins.h"
#include "stated.h"

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

static void test_conclude(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_outcome arm[ARMS] = {[A] = {.took_part = 1, .observed = 1, .ok = 1, .http = PP_HTTP_1},
                                       [B1] = rows[i].b1};
        struct pp_round_view view = {.mode = PP_MODE_HTTP, .narms = ARMS, .arm = arm};
        struct stated s;

        stated_init(&s, &pp_plugin_h2, "", PP_MODE_HTTP);
        pp_plugin_h2.conclude(&view, &s.sink);
        if (strcmp(s.text, rows[i].stated) != 0)
            fail_msg("%s: wanted '%s', got '%s'", rows[i].what, rows[i].stated, s.text);
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
