/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_frag.c: what the experiment `frag` sums up from verdicts written by hand, and how its arms fragment packets. Its
 * source is a part of this file, as in a static build.
 */
#define PP_STATIC_PLUGIN frag
#include "../../plugins/frag.c"

#include "../../core/loader/plugins.h"
#include "rig.h"
#include "stated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define W PP_VERDICT_WORKS
#define X PP_VERDICT_BROKEN
#define T PP_VERDICT_TRANSIENT
#define O PP_VERDICT_OFFLINE
#define U PP_VERDICT_UNSTABLE
#define N PP_VERDICT_NONE

static const struct {
    const char *what;
    uint8_t arm[ARMS]; /* A, halves, 24, 8, swapped */
    const char *conditions;
} rows[] = {
    {"nothing", {N, W, W, W, W}, ""},
    {"no fragment", {N, X, X, X, X}, "lost"},
    {"no small first one", {N, W, X, X, W}, "size.enforced"},
    {"no TCP without its flags", {N, W, W, X, W}, "size.enforced"},
    {"the first one first", {N, W, W, W, X}, "order.enforced"},
    {"both", {N, W, X, X, X}, "size.enforced order.enforced"},
    {"halves are not decided", {N, U, X, X, X}, ""},
    {"one is not decided", {N, X, X, U, X}, ""},
    {"swapped is not decided", {N, W, W, W, U}, ""},
    {"halves alone", {N, X, W, W, W}, ""},
    {"offline", {N, O, O, O, O}, ""},
    {"fragments alone get through", {N, T, T, T, T}, ""},
    {"took no part", {N, N, N, N, N}, ""},
};

static void test_sum_up(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stated s;

        stated_init(&s, &pp_plugin_frag, "frag.", 0);
        sum_up(&(struct pp_verdicts_view){.mode = PP_MODE_HTTP, .narms = ARMS, .arm = rows[i].arm}, &s.sink);
        if (strcmp(s.text, rows[i].conditions) != 0)
            fail_msg("%s: wanted '%s', got '%s'", rows[i].what, rows[i].conditions, s.text);
    }
}

/* Packets are equally long, and nothing differs but how they are cut; SYNs and acknowledgments have no step. */
static void test_tables(void **unused)
{
    (void)unused;
    assert_int_equal(pp_plugin_check(&pp_plugin_frag, "frag"), 0);
    for (unsigned i = 0; i < ARMS; i++) {
        assert_int_equal(arms[i].nsteps, 2);
        assert_int_equal(arms[i].family, i == A ? 0 : 4);
        for (unsigned k = 0; k < 2; k++) {
            struct pp_step s = arms[i].steps[k];

            assert_int_equal(s.on, k ? PP_ON_DATA : PP_ON_DATAGRAM);
            assert_int_equal(s.size, 1280);
            assert_int_equal(s.fragments, i == A ? 0 : 2);
            assert_int_equal(s.first_fragment, i == SMALL ? 24 : i == TINY ? 8 : 0);
            assert_int_equal(s.fragments_reversed, i == SWAPPED);
            s.fragments = s.first_fragment = s.fragments_reversed = 0;
            assert_memory_equal(&s, &arms[A].steps[k], sizeof s);
        }
    }
}

/* The vantage check: changes within the first hops, the access network, stop the run; changes farther away do not. */
static const struct {
    const char *what, *behaviour;
    int hop;
    bool stops;
} vantages[] = {
    {"nothing", NULL, 0, false},
    {"fragments are dropped", "frag.drop", 2, true},
    {"they are put together", "frag.join", 2, true},
    {"further away", "frag.join", 6, false},
};

static void test_vantage(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof vantages / sizeof *vantages; i++)
        for (int mode = 0; mode < 2; mode++) {
            char hosts[256] = "\"server\": \"ecn\", \"delay_ms\": 10, \"families\": [4]";
            struct rig r;

            if (vantages[i].behaviour)
                snprintf(hosts + strlen(hosts), sizeof hosts - strlen(hosts),
                         ", \"path\": [{\"behaviour\": \"%s\", \"dir\": \"fwd\", \"hop\": %d}]",
                         vantages[i].behaviour, vantages[i].hop);
            rig_run(&r, &(struct rig_setup){.hosts = hosts, .nhosts = 20, .scenario = "\"vantage\": true, ",
                                            .plugin = &pp_plugin_frag, .mode = mode ? "http" : "dnsudp",
                                            .vantage_check = true});
            if (r.result != (vantages[i].stops ? -1 : 0) || r.nlines != (vantages[i].stops ? 0 : 20))
                fail_msg("%s, %s: result %d, %u lines", vantages[i].what, mode ? "http" : "dnsudp", r.result,
                         (unsigned)r.nlines);
            rig_release(&r);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sum_up), cmocka_unit_test(test_tables),
                                       cmocka_unit_test(test_vantage)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
