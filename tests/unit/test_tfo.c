/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tfo.c: TCP Fast Open's option, valid and malformed; the TCP client's cookie; the chain's field for a changed
 * cookie; what the experiment `tfo` concludes from outcomes written by hand. Its source is a part of this file, as in a
 * static build.
 */
#define PP_STATIC_PLUGIN tfo
#include "../../plugins/tfo.c"

#include "../../core/flow/chain.h"
#include "../../core/loader/plugins.h"
#include "../../core/packet/tfo.h"
#include "../../core/talk/tcp.h"
#include "stated.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N PP_NULL

/* ---- the option (RFC 7413 section 4.1.1, RFC 6994) --------------------------------------------------------------- */

static const struct {
    const char *what;
    const char *options; /* of the SYN/ACK */
    unsigned len;
    unsigned kind, cookie_len; /* 0: none */
} options[] = {
    {"eight bytes", "\x22\x0a" "12345678\1\1", 12, 34, 8},
    {"the shortest", "\x22\x06" "1234\1\1", 8, 34, 4},
    {"the longest", "\x22\x12" "1234567890123456\1\1", 20, 34, 16},
    {"behind others", "\x02\x04\x05\xb4\1\1\x22\x0a" "12345678", 16, 34, 8},
    {"experimental", "\xfe\x0c\xf9\x89" "12345678", 12, 254, 8},
    {"the other experimental kind", "\xff\x08\xf9\x89" "1234", 8, 255, 4},
    {"the longest of that", "\xfe\x14\xf9\x89" "1234567890123456", 20, 254, 16},
    {"the first that is good", "\x22\x05" "123\x22\x06" "abcd\1", 12, 34, 4},
    {"a request", "\x22\x02\1\1", 4, 0, 0},
    {"an experimental one", "\xfe\x04\xf9\x89", 4, 0, 0},
    {"odd", "\x22\x07" "12345\1", 8, 0, 0},
    {"too short", "\x22\x04" "12", 4, 0, 0},
    {"too long", "\x22\x14" "123456789012345678", 20, 0, 0},
    {"experimental and odd", "\xfe\x09\xf9\x89" "12345\1\1\1", 12, 0, 0},
    {"of another experiment", "\xfe\x0c\x0e\xd0" "12345678", 12, 0, 0},
    {"experimental without an identifier", "\xfe\x02\1\1", 4, 0, 0},
    {"experimental with half of one", "\xfe\x03\xf9\1", 4, 0, 0},
    {"a length of 0", "\x22\0" "12345678\1\1", 12, 0, 0},
    {"a length of 1", "\x22\1" "12345678\1\1", 12, 0, 0},
    {"behind a length of 0", "\x08\0\1\1\x22\x06" "1234\1\1", 12, 0, 0},
    {"past the header", "\x22\x0a" "123456", 8, 0, 0},
    {"a kind alone at the end", "\1\1\1\x22", 4, 0, 0},
    {"behind the end of options", "\0\1\1\1\x22\x06" "1234\1\1", 12, 0, 0},
    {"none", "", 0, 0, 0},
};

static void test_option_there_and_back(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct pp_tfo_cookie c = {0};
        struct pp_tcp_view v = {.opt = (const uint8_t *)options[i].options, .opt_len = (uint8_t)options[i].len};
        uint8_t again[PP_TFO_OPTION_MAX];
        struct pp_tcpopt opt;
        unsigned off = 0, found = 0, at = 0;

        while (pp_tcpopt_next(&v, &off, &opt) && !(found = pp_tfo_read(&opt, &c)))
            at = off;
        if (c.kind != options[i].kind || c.len != options[i].cookie_len)
            fail_msg("%s: kind %u, %u bytes", options[i].what, c.kind, c.len);
        if (!found)
            continue;
        while (options[i].options[at] == 1)
            at++;
        assert_int_equal(pp_tfo_write(&c, again), options[i].options[at + 1]);
        assert_memory_equal(again, options[i].options + at, again[1]);
    }
}

static void test_requests(void **unused)
{
    struct pp_tfo_cookie none = {0};
    uint8_t option[PP_TFO_OPTION_MAX];

    (void)unused;
    assert_int_equal(pp_tfo_write(NULL, option), 2);
    assert_memory_equal(option, "\x22\x02", 2); /* errata 4238 and 4239: not 0, as it is printed */
    assert_int_equal(pp_tfo_write(&none, option), 2);
    assert_memory_equal(option, pp_plugin_tfo.arms[B1].steps[0].options, 2);
    assert_memory_equal(pp_plugin_tfo.arms[B3].steps[0].options, "\xfe\x04\xf9\x89", 4);
}

/* ---- the TCP client ---------------------------------------------------------------------------------------------- */

static void sent(struct pp_tcp *c, const struct pp_segment *s)
{
    (void)c, (void)s;
}

static void opened(struct pp_tcp *c)
{
    (void)c;
}

static void closed(struct pp_tcp *c, enum pp_how how)
{
    (void)c, (void)how;
}

static void test_client_keeps_the_cookie(void **unused)
{
    static const struct pp_tcp_ops ops = {.send = sent, .open = opened, .closed = closed};
    static const struct pp_tcp_config config = {.look4 = {.mss = 1460, .window = 1000},
                                                .window = 1000, .connect_timeout = INT64_C(5000000000)};

    (void)unused;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct pp_packet p = {.proto = PP_PROTO_TCP, .family = 4};
        struct pp_tcp c;

        pp_tcp_init(&c, &ops, &config, 4, 1000, 0, 0);
        pp_tcp_connect(&c, 1);
        p.tcp = (struct pp_tcp_view){.seq = 7, .ack = 1001, .flags = PP_TCP_SYN | PP_TCP_ACK, .window = 1000,
                                     .opt = (const uint8_t *)options[i].options, .opt_len = (uint8_t)options[i].len};
        pp_tcp_input(&c, &p, 2);
        assert_int_equal(c.state, PP_TCP_OPEN);
        if (c.cookie.kind != options[i].kind || c.cookie.len != options[i].cookie_len)
            fail_msg("%s: kind %u, %u bytes", options[i].what, c.cookie.kind, c.cookie.len);
        pp_tcp_release(&c);
    }
}

/* ---- the chain --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *what;
    const char *syn, *synack;
    unsigned syn_len, synack_len;
    int64_t refreshed;
} cookies[] = {
    {"another", "\x22\x06" "1234\1\1", "\x22\x06" "1235\1\1", 8, 8, 1},
    {"the same", "\x22\x06" "1234\1\1", "\x22\x06" "1234\1\1", 8, 8, 0},
    {"a longer one", "\x22\x06" "1234\1\1", "\x22\x08" "123456\1\1", 8, 12, 1},
    {"the same in another kind", "\x22\x06" "1234\1\1", "\xfe\x08\xf9\x89" "1234", 8, 8, 0},
    {"none came", "\x22\x06" "1234\1\1", "", 8, 0, N},
    {"one that cannot be", "\x22\x06" "1234\1\1", "\x22\x07" "12345\1", 8, 8, N},
    {"a length of 0", "\x22\x06" "1234\1\1", "\x22\0" "1235\1\1", 8, 8, N},
    {"asked for", "\x22\x02\1\1", "\x22\x06" "1234\1\1", 4, 8, N},
    {"not even that", "", "\x22\x06" "1234\1\1", 0, 8, N},
};

static void test_chain(void **unused)
{
    struct pp_chainset set;
    struct pp_field_ref ref;
    uint64_t record[64];

    (void)unused;
    assert_int_equal(pp_chainset_init(&set, (const char *[]){"tfo", NULL}), 0);
    assert_true(set.size <= sizeof record);
    assert_int_equal(pp_field_find(&set, "tfo_refreshed", &ref), 0);
    for (size_t i = 0; i < sizeof cookies / sizeof *cookies; i++) {
        struct pp_packet p = {.proto = PP_PROTO_TCP, .l4_cap = 20};
        struct pp_chain_packet cp = {.pkt = &p, .dir = PP_FWD};

        pp_record_init(&set, record);
        p.tcp = (struct pp_tcp_view){.flags = PP_TCP_SYN, .opt = (const uint8_t *)cookies[i].syn,
                                     .opt_len = (uint8_t)cookies[i].syn_len};
        pp_record_packet(&set, record, &cp);
        p.tcp = (struct pp_tcp_view){.flags = PP_TCP_SYN | PP_TCP_ACK, .opt = (const uint8_t *)cookies[i].synack,
                                     .opt_len = (uint8_t)cookies[i].synack_len};
        cp.dir = PP_REV;
        pp_record_packet(&set, record, &cp);
        if (pp_field_get(record, ref) != cookies[i].refreshed)
            fail_msg("%s: %d", cookies[i].what, (int)pp_field_get(record, ref));
    }
}

/* ---- the experiment ---------------------------------------------------------------------------------------------- */

enum { SYN_ACK = 0x12, RST_ACK = 0x14, SEQ = 1000 };

/* Of an arm: the SYN/ACK's flags, its cookie's kind and length, bytes of data in the SYN, how many it acknowledged. */
struct seen {
    int64_t synack, kind, length, data, acked, refreshed;
};

#define SILENT {N, 0, 0, 0, 0, N}
#define DEAF(data) {N, 0, 0, data, 0, N}
#define PLAIN {SYN_ACK, 0, 0, 0, 0, N}
#define GIVES(kind, length) {SYN_ACK, kind, length, 0, 0, N}
#define TAKES(data, acked) {SYN_ACK, 0, 0, data, acked, N}

static const struct {
    const char *what;
    struct seen b1, b2, b3, b4;
    const char *stated;
} outcomes[] = {
    {"all of it", GIVES(34, 8), TAKES(90, 90), GIVES(254, 8), TAKES(90, 0),
     "cookie.received experimental.received syndata.acked bare.not_acked"},
    {"no Fast Open", PLAIN, PLAIN, PLAIN, TAKES(90, 0),
     "cookie.not_received experimental.not_received bare.not_acked"},
    {"data left", GIVES(34, 8), TAKES(90, 0), PLAIN, TAKES(90, 90),
     "cookie.received experimental.not_received syndata.not_acked bare.acked"},
    {"another server", GIVES(34, 8), {SYN_ACK, 34, 8, 90, 0, 1}, PLAIN, SILENT,
     "cookie.received experimental.not_received cookie.refreshed"},
    {"the same cookie once more", GIVES(34, 8), {SYN_ACK, 34, 8, 90, 0, 0}, PLAIN, SILENT,
     "cookie.received experimental.not_received syndata.not_acked"},
    {"data taken, and another cookie", GIVES(34, 8), {SYN_ACK, 34, 8, 90, 90, 1}, PLAIN, SILENT,
     "cookie.received experimental.not_received syndata.acked"},
    {"data dropped", GIVES(34, 8), DEAF(90), PLAIN, DEAF(90),
     "cookie.received experimental.not_received syndata.failed"},
    {"refused for data", GIVES(34, 8), {RST_ACK, 0, 0, 90, 0, N}, PLAIN, SILENT,
     "cookie.received experimental.not_received syndata.failed"},
    {"a request dropped says nothing of data", SILENT, SILENT, SILENT, SILENT, ""},
    {"half of it", GIVES(34, 8), TAKES(90, 45), PLAIN, TAKES(90, 45), "cookie.received experimental.not_received"},
    {"more than there was", GIVES(34, 8), TAKES(90, 91), PLAIN, TAKES(90, -1),
     "cookie.received experimental.not_received"},
    {"an odd cookie", GIVES(34, 7), PLAIN, GIVES(254, 3), SILENT, "cookie.not_received experimental.not_received"},
    {"a copied request", GIVES(34, 0), PLAIN, GIVES(254, 0), SILENT, "cookie.not_received experimental.not_received"},
    {"the wrong kinds", GIVES(254, 8), PLAIN, GIVES(34, 8), SILENT, "cookie.not_received experimental.not_received"},
    {"a cookie of 16 bytes", GIVES(34, 16), TAKES(1, 1), GIVES(254, 16), SILENT,
     "cookie.received experimental.received syndata.acked"},
    {"of 18", GIVES(34, 18), PLAIN, GIVES(254, 18), SILENT, "cookie.not_received experimental.not_received"},
};

static void values(const struct seen *s, uint32_t seq, bool first, int64_t value[PP_MAX_FIELDS])
{
    value[SYNACK] = s->synack;
    value[FIRST_SYNACK] = first;
    value[ACK_KIND] = s->kind;
    value[ACK_LENGTH] = s->length;
    value[SYN_SEQ] = seq;
    value[SYN_DATA] = s->data;
    value[ACK] = (uint32_t)(seq + 1 + s->acked);
    value[REFRESHED] = s->refreshed;
}

static void test_conclude(void **unused)
{
    static const uint32_t seqs[] = {SEQ, 0xffffffff, 0xffffffd0};

    (void)unused;
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        for (size_t k = 0; k < sizeof seqs / sizeof *seqs; k++) {
            const struct seen *seen[ARMS] = {[A] = &outcomes[1].b1, [B1] = &outcomes[i].b1, [B2] = &outcomes[i].b2,
                                             [B3] = &outcomes[i].b3, [B4] = &outcomes[i].b4, [B5] = &outcomes[1].b1};
            int64_t value[ARMS][PP_MAX_FIELDS];
            struct pp_outcome arm[ARMS];
            struct pp_round_view view = {.mode = PP_MODE_HTTP, .narms = ARMS, .arm = arm};
            struct stated s;

            stated_init(&s, &pp_plugin_tfo, "tfo.", PP_MODE_HTTP);
            for (int a = A; a < ARMS; a++) {
                values(seen[a], seqs[k], true, value[a]);
                arm[a] = (struct pp_outcome){.took_part = 1, .observed = 1, .value = value[a]};
            }
            pp_plugin_tfo.conclude(&view, &s.sink);
            if (strcmp(s.text, outcomes[i].stated) != 0)
                fail_msg("%s: wanted '%s', got '%s'", outcomes[i].what, outcomes[i].stated, s.text);
            /* A server that has to answer again may leave out a cookie or an acknowledgment of data: in doubt. */
            for (int a = A; a < ARMS; a++)
                values(seen[a], seqs[k], false, value[a]);
            s.text[0] = 0;
            pp_plugin_tfo.conclude(&view, &s.sink);
            for (const char *at = s.text; (at = strstr(at, "not_")); at += 4)
                assert_int_equal(at[strcspn(at, " ?")], '?');
            assert_int_equal(!strchr(s.text, '?'), !strstr(outcomes[i].stated, "not_"));
            for (int a = A; a < ARMS; a++)
                arm[a] = (struct pp_outcome){.took_part = a % 2, .value = a % 2 ? value[a] : NULL};
            s.text[0] = 0;
            pp_plugin_tfo.conclude(&view, &s.sink);
            assert_string_equal(s.text, "");
        }
}

/* sum_up states the residual damage of B5; a failure of the data itself is stated by its own arm, B4. */
static void test_sum_up(void **unused)
{
    static const struct {
        uint8_t b4, b5;
        const char *stated;
    } rows[] = {
        {PP_VERDICT_BROKEN, PP_VERDICT_RESIDUAL, "connectivity.residual"},
        {PP_VERDICT_WORKS, PP_VERDICT_RESIDUAL, "connectivity.residual"},
        {PP_VERDICT_BROKEN, PP_VERDICT_NONE, ""},
        {PP_VERDICT_NONE, PP_VERDICT_NONE, ""}, /* tcp */
    };

    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t arm[ARMS];
        struct stated s;

        memset(arm, PP_VERDICT_NONE, sizeof arm);
        arm[B4] = rows[i].b4;
        arm[B5] = rows[i].b5;
        stated_init(&s, &pp_plugin_tfo, "tfo.", PP_MODE_HTTP);
        pp_plugin_tfo.sum_up(&(struct pp_verdicts_view){.mode = PP_MODE_HTTP, .narms = ARMS, .arm = arm}, &s.sink);
        assert_string_equal(s.text, rows[i].stated);
    }
}

static void test_tables(void **unused)
{
    (void)unused;
    assert_int_equal(pp_plugin_check(&pp_plugin_tfo, "tfo"), 0);
    for (int a = A; a < ARMS; a++) {
        bool data = pp_plugin_tfo.arms[a].nsteps && pp_plugin_tfo.arms[a].steps[0].fast_open & PP_FAST_OPEN_DATA;
        assert_true(!data || pp_plugin_tfo.arms[a].last);
    }
    assert_string_equal(pp_plugin_tfo.arms[B2].after, "B1");
    /* To a target without cookies B2 sends a second request for one: before B4, whose data may do residual damage. */
    assert_true(pp_plugin_tfo.arms[B2].last < pp_plugin_tfo.arms[B4].last);
    assert_string_equal(pp_plugin_tfo.arms[B5].after, "B4");
    assert_int_equal(pp_plugin_tfo.arms[B5].nsteps, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_option_there_and_back), cmocka_unit_test(test_requests),
        cmocka_unit_test(test_client_keeps_the_cookie), cmocka_unit_test(test_chain),
        cmocka_unit_test(test_conclude), cmocka_unit_test(test_sum_up), cmocka_unit_test(test_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
