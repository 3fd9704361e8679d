/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mss.c: what the experiment `mss` concludes from outcomes written by hand, and that its tables hold together. Its
 * source is a part of this file, as in a static build.
 */
#define PP_STATIC_PLUGIN mss
#include "../../plugins/mss.c"

#include "../../core/loader/plugins.h"
#include "stated.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N PP_NULL

enum { ONLY_SYN = 0x02, SYN_ACK = 0x12, ECN_SYN_ACK = 0x52, RST_ACK = 0x14 };

/* Fields of A, and the condition that follows, without the common "mss.option.". */
static const struct {
    const char *what;
    uint8_t took_part, observed, ok;
    int64_t synack, local, remote, remote_len;
    const char *stated;
} rows[] = {
    {"equal", 1, 1, 1, SYN_ACK, 1460, 1460, 4, "local.value:1460 remote.value:1460 received.unchanged"},
    {"smaller", 1, 1, 1, ECN_SYN_ACK, 1460, 1459, 4, "local.value:1460 remote.value:1459 received.deflated"},
    {"larger", 1, 1, 1, SYN_ACK, 1440, 8960, 4, "local.value:1440 remote.value:8960 received.inflated"},
    {"zero is a value", 1, 1, 1, SYN_ACK, 1460, 0, 4, "local.value:1460 remote.value:0 received.deflated"},
    {"none", 1, 1, 1, SYN_ACK, 1460, N, N, "local.value:1460 received.absent"},
    {"one of a wrong length is not absent", 1, 1, 1, SYN_ACK, 1460, N, 3, "local.value:1460"},
    {"none sent", 1, 1, 1, SYN_ACK, N, 1460, 4, "remote.value:1460"},
    {"a handshake, then nothing", 1, 1, 0, SYN_ACK, 1460, 1400, 4,
     "local.value:1460 remote.value:1400 received.deflated"},
    {"no answer", 1, 1, 0, N, 1460, N, N, "local.value:1460"},
    {"refused", 1, 1, 0, RST_ACK, 1460, N, N, "local.value:1460"},
    {"a SYN of the other side's own", 1, 1, 0, ONLY_SYN, 1460, 1400, 4, "local.value:1460"},
    {"not observed", 1, 0, 1, SYN_ACK, 1460, 1460, 4, ""},
    {"did not take part", 0, 0, 0, SYN_ACK, 1460, 1460, 4, ""},
};

static void test_conclude(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value[PP_MAX_FIELDS] = {0};
        struct stated s;
        struct pp_outcome a = {
            .took_part = rows[i].took_part, .observed = rows[i].observed, .ok = rows[i].ok, .value = value};

        stated_init(&s, &pp_plugin_mss, "mss.option.", PP_MODE_TCP);
        stated_put(&pp_plugin_mss, value, "tcp_synflags_rev", rows[i].synack);
        stated_put(&pp_plugin_mss, value, "mss_value_fwd", rows[i].local);
        stated_put(&pp_plugin_mss, value, "mss_value_rev", rows[i].remote);
        stated_put(&pp_plugin_mss, value, "mss_len_rev", rows[i].remote_len);
        stated_put(&pp_plugin_mss, value, "original_synack", 1);
        pp_plugin_mss.conclude(&(struct pp_round_view){.mode = PP_MODE_TCP, .narms = 1, .arm = &a}, &s.sink);
        if (strcmp(s.text, rows[i].stated) != 0)
            fail_msg("%s: wanted '%s', got '%s'", rows[i].what, rows[i].stated, s.text);
        stated_put(&pp_plugin_mss, value, "original_synack", 0); /* a retransmitted SYN/ACK may have fewer options */
        s.text[0] = 0;
        pp_plugin_mss.conclude(&(struct pp_round_view){.mode = PP_MODE_TCP, .narms = 1, .arm = &a}, &s.sink);
        assert_int_equal(!strstr(s.text, "absent?"), !strstr(rows[i].stated, "absent"));
    }
}

static void test_tables(void **unused)
{
    (void)unused;
    assert_int_equal(pp_plugin_check(&pp_plugin_mss, "mss"), 0);
    assert_int_equal(pp_plugin_mss.narms, 1);
    assert_string_equal(pp_plugin_mss.arms[0].connectivity, "mss.connectivity");
    assert_int_equal(pp_plugin_mss.arms[0].nsteps, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conclude), cmocka_unit_test(test_tables)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
