/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ecnctl.c: what the experiment `ecnctl` concludes from outcomes written by hand. Its source is a part of this
 * file, as in a static build.
 */
#define PP_STATIC_PLUGIN ecnctl
#include "../../plugins/ecnctl.c"

#include "../../core/loader/plugins.h"
#include "stated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NO PP_NULL

struct flow {
    uint8_t ok;
    int64_t fin_acked, again;
};
#define HEALTHY {1, 1, 0}

static const struct {
    const char *what;
    struct flow a, b1, b2;
    const char *conditions;
} rows[] = {
    {"all is heard", HEALTHY, HEALTHY, HEALTHY, "ack.heard fin.acked"},
    {"nothing marked is", HEALTHY, {1, 0, 3}, {1, 0, 0}, "ack.unheard fin.not_acked"},
    {"FINs are lost", HEALTHY, {1, 0, 0}, {1, 0, 0}, "fin.not_acked"},
    {"one acknowledgment was lost", HEALTHY, {1, 1, 1}, HEALTHY, "fin.acked"},
    {"the target sends again whatever it hears", {1, 1, 1}, {1, 0, 3}, {1, 0, 0}, ""},
    {"the target acknowledges no FIN", {1, 0, 0}, {1, 0, 3}, {1, 0, 0}, ""},
    {"A failed", {0, 1, 0}, HEALTHY, HEALTHY, ""},
    {"B1 failed", HEALTHY, {0, 0, 3}, HEALTHY, "fin.acked"},
    {"the target closed first", {1, NO, 0}, {1, NO, 0}, {1, NO, 0}, ""},
    {"no acknowledgment was sent", HEALTHY, {1, 1, NO}, {1, 1, NO}, ""},
};

static void test_conclude(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct flow *flow[] = {&rows[i].a, &rows[i].b1, &rows[i].b2, &rows[i].a};
        int64_t value[ARMS][PP_MAX_FIELDS];
        struct pp_outcome arm[ARMS];

        for (unsigned j = 0; j < ARMS; j++) {
            arm[j] = (struct pp_outcome){.took_part = 1, .observed = 1, .ok = flow[j]->ok, .value = value[j]};
            stated_put(&pp_plugin_ecnctl, value[j], "control_fin_acked", flow[j]->fin_acked);
            stated_put(&pp_plugin_ecnctl, value[j], "control_again_rev", flow[j]->again);
            stated_put(&pp_plugin_ecnctl, value[j], "tcp_data_rev", 1);
        }
        stated_is(&pp_plugin_ecnctl, "ecnctl.", PP_MODE_HTTP, arm, ARMS, rows[i].what, rows[i].conditions);
        for (unsigned j = 1; j < ARMS; j++)
            *(i % 2 ? &arm[j].observed : &arm[j].took_part) = 0;
        stated_is(&pp_plugin_ecnctl, "ecnctl.", PP_MODE_HTTP, arm, ARMS, rows[i].what, "");
    }
}

static void test_tables(void **unused)
{
    (void)unused;
    assert_int_equal(pp_plugin_check(&pp_plugin_ecnctl, "ecnctl"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conclude), cmocka_unit_test(test_tables)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
