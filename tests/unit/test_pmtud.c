/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pmtud.c: Packet Too Big messages: which can be true, how a conversation handles them, and what the experiment
 * `pmtud` concludes from outcomes and verdicts written by hand. Its source is a part of this file, as in a static
 * build.
 */
#define PP_STATIC_PLUGIN pmtud
#include "stated.h"

#include "../../plugins/pmtud.c"

#include "../../core/loader/plugins.h"
#include "../../core/talk/talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define N PP_NULL
#define MS INT64_C(1000000)

static struct pp_packet error_of(int family, uint32_t rest)
{
    return family == 4 ? (struct pp_packet){.proto = PP_PROTO_ICMP, .icmp = {.type = 3, .code = 4, .rest = rest}}
                       : (struct pp_packet){.proto = PP_PROTO_ICMP6, .icmp = {.type = 2, .rest = rest}};
}

/* RFC 1191 section 4, RFC 8201 section 4, and what a router that forwards by MTU cannot say. */
static void test_too_big(void **unused)
{
    static const struct {
        int family;
        uint32_t rest, longest;
        enum pp_too_big is;
        uint32_t mtu;
    } cases[] = {
        {4, 1400, 1500, PP_TOO_BIG, 1400},         {4, 0xabcd0000 | 1400, 1500, PP_TOO_BIG, 1400},
        {4, 0, 1500, PP_TOO_BIG, 0},               {4, 0xffff0000, 1500, PP_TOO_BIG, 0},
        {4, 67, 1500, PP_TOO_BIG_FALSE, 67},       {4, 68, 1500, PP_TOO_BIG, 68},
        {4, 1279, 1500, PP_TOO_BIG, 1279},         {4, 1499, 1500, PP_TOO_BIG, 1499},
        {4, 1500, 1500, PP_TOO_BIG_FALSE, 1500},   {4, 65535, 1500, PP_TOO_BIG_FALSE, 65535},
        {4, 65535, 0, PP_TOO_BIG, 65535},          {6, 1400, 1500, PP_TOO_BIG, 1400},
        {6, 0, 1500, PP_TOO_BIG_FALSE, 0},         {6, 68, 1500, PP_TOO_BIG_FALSE, 68},
        {6, 1279, 1500, PP_TOO_BIG_FALSE, 1279},   {6, 1280, 1500, PP_TOO_BIG, 1280},
        {6, 1500, 1500, PP_TOO_BIG_FALSE, 1500},   {6, 0xffffffff, 1500, PP_TOO_BIG_FALSE, 0xffffffff},
        {6, 0x10000 | 1400, 1500, PP_TOO_BIG_FALSE, 0x10000 | 1400},
    };
    const struct pp_packet others[] = {
        {.proto = PP_PROTO_ICMP, .icmp = {.type = 3, .code = 3, .rest = 1400}},
        {.proto = PP_PROTO_ICMP, .icmp = {.type = 11, .code = 4, .rest = 1400}},
        {.proto = PP_PROTO_ICMP, .icmp = {.type = 2, .rest = 1400}},
        {.proto = PP_PROTO_ICMP6, .icmp = {.type = 3, .code = 4, .rest = 1400}},
        {.proto = PP_PROTO_UDP},
    };
    uint32_t mtu = 0;

    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pp_packet e = error_of(cases[i].family, cases[i].rest);

        if (pp_icmp_too_big(&e, cases[i].longest, &mtu) != cases[i].is || mtu != cases[i].mtu)
            fail_msg("case %zu: %u", i, mtu);
    }
    for (size_t i = 0; i < COUNT(others); i++)
        assert_int_equal(pp_icmp_too_big(&others[i], 1500, &mtu), PP_TOO_BIG_NOT);
}

/* ---- a conversation ---------------------------------------------------------------------------------- */

struct subject {
    struct pp_talk talk; /* first */
    unsigned sent, over;
    uint16_t len;
    uint8_t bytes[PP_MESSAGE_MAX];
};

static void sent(struct pp_talk *t, const struct pp_segment *s)
{
    struct subject *u = (struct subject *)t;

    u->sent++;
    u->len = (uint16_t)s->len;
    memcpy(u->bytes, s->payload, s->len);
    t->longest = (uint32_t)(28 + s->len);
}

static void decided(struct pp_talk *t)
{
    (void)t;
}

static void over(struct pp_talk *t)
{
    ((struct subject *)t)->over++;
}

static const struct pp_talk_owner owner = {.send = sent, .decided = decided, .over = over};
static const struct pp_tcp_config config = {.connect_timeout = 10000 * MS};

static void begin(struct subject *u, int64_t now)
{
    struct pp_addr dst = pp_addr_from4((const uint8_t[]){192, 0, 2, 1});

    memset(u, 0, sizeof *u);
    pp_talk_init(&u->talk, pp_talk_mode_find("dnsudp"), &owner, &config, &dst, 53, "example.org", NULL, 1, 1, 0);
    u->talk.ask.length = 1472;
    pp_talk_start(&u->talk, now);
    assert_int_equal(u->sent, 1);
    assert_int_equal(u->len, 1472);
}

/* Answers U's query with the query itself, its response bit set. */
static void reply(struct subject *u, int64_t now)
{
    struct pp_packet p = {.proto = PP_PROTO_UDP, .payload = u->bytes, .payload_len = u->len, .payload_cap = u->len};

    u->bytes[2] |= 0x80;
    pp_talk_input(&u->talk, &p, now);
}

/* A Packet Too Big does not end the flow at once, so that a forged one cannot make a size fail that gets through. */
static void test_waits(void **unused)
{
    struct pp_packet quoted = {.proto = PP_PROTO_UDP, .l4_cap = 8}, e = error_of(4, 1400);
    struct subject u;

    (void)unused;
    begin(&u, 0);
    pp_talk_icmp(&u.talk, &e, &quoted, 5 * MS);
    assert_int_equal(u.over, 0);
    assert_int_equal(pp_talk_deadline(&u.talk), 1000 * MS); /* it is asked again, once */
    pp_talk_timer(&u.talk, 1000 * MS);
    assert_int_equal(u.sent, 2);
    assert_int_equal(pp_talk_deadline(&u.talk), 1005 * MS);
    pp_talk_timer(&u.talk, 1005 * MS);
    assert_int_equal(u.over, 1);
    assert_false(u.talk.ok);
    assert_int_equal(u.talk.how, PP_HOW_ICMP);

    begin(&u, 0);
    pp_talk_icmp(&u.talk, &e, &quoted, 5 * MS);
    reply(&u, 900 * MS);
    assert_int_equal(u.over, 1);
    assert_true(u.talk.ok);
}

/* A Packet Too Big that cannot be true has no effect; a second true one does not postpone the end. */
static void test_false(void **unused)
{
    static const struct {
        int family;
        uint32_t rest;
    } cases[] = {{4, 1500}, {4, 9000}, {4, 67}, {6, 1279}, {6, 68}, {6, 0}, {6, 1500}};
    struct pp_packet quoted = {.proto = PP_PROTO_UDP, .l4_cap = 8}, e = error_of(4, 0);
    struct subject u;

    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pp_packet f = error_of(cases[i].family, cases[i].rest);

        begin(&u, 0);
        pp_talk_icmp(&u.talk, &f, &quoted, 5 * MS);
        assert_int_equal(u.talk.give_up, PP_NEVER);
        reply(&u, 3000 * MS);
        assert_true(u.talk.ok);
    }
    begin(&u, 0);
    pp_talk_icmp(&u.talk, &e, &quoted, 5 * MS);
    pp_talk_icmp(&u.talk, &e, &quoted, 500 * MS);
    assert_int_equal(u.talk.give_up, 1005 * MS);
    pp_talk_abort(&u.talk, PP_HOW_SILENT, 600 * MS);
}

/* ---- the experiment ---------------------------------------------------------------------------------- */

static char text[256];

static void state(struct pp_sink *sink, unsigned i, int64_t value)
{
    char number[24] = "";

    (void)sink;
    if (conditions[i].has_value)
        snprintf(number, sizeof number, ":%lld", (long long)value);
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s%s", *text ? " " : "", conditions[i].name, number);
}

static struct pp_sink sink = {.state = state};

/* Of A, and of an arm of 1500 bytes: got through, ptb, ptb_mtu, ptb_false. */
static const struct {
    const char *what;
    struct {
        int ok;
        int64_t ptb, mtu, untrue;
    } a, b;
    const char *conditions;
} rounds[] = {
    {"all is well", {1, 0, N, 0}, {1, 0, N, 0}, ""},
    {"reported", {1, 0, N, 0}, {0, 1, 1400, 0}, "pmtu.ptb.mtu:1400"},
    {"reported by an old router", {1, 0, N, 0}, {0, 1, N, 0}, "pmtu.ptb.seen"},
    {"reported, and got through", {1, 0, N, 0}, {1, 1, 1400, 0}, "pmtu.ptb.false"},
    {"an MTU smaller than A", {1, 0, N, 0}, {0, 1, 68, 0}, "pmtu.ptb.false"},
    {"an MTU just smaller than A", {1, 0, N, 0}, {0, 1, 1279, 0}, "pmtu.ptb.false"},
    {"the same where A fails", {0, 0, N, 0}, {0, 1, 1279, 0}, "pmtu.ptb.mtu:1279"},
    {"an MTU that cannot be", {1, 0, N, 0}, {0, 0, N, 1}, "pmtu.ptb.false"},
    {"beside one that can", {1, 0, N, 0}, {0, 1, 1400, 1}, "pmtu.ptb.mtu:1400"},
    {"of A", {1, 1, 1200, 0}, {1, 0, N, 0}, "pmtu.ptb.false"},
    {"silence says nothing in one round", {1, 0, N, 0}, {0, 0, N, 0}, ""},
};

static void test_conclude(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT(rounds); i++) {
        int64_t a[PP_MAX_FIELDS] = {rounds[i].a.ptb, rounds[i].a.mtu, rounds[i].a.untrue, N, 1280},
                b[PP_MAX_FIELDS] = {rounds[i].b.ptb, rounds[i].b.mtu, rounds[i].b.untrue, N, 1500};
        struct pp_outcome arm[] = {{.took_part = 1, .observed = 1, .ok = (uint8_t)rounds[i].a.ok, .value = a},
                                   {.took_part = 1, .observed = 1, .ok = (uint8_t)rounds[i].b.ok, .value = b},
                                   {.took_part = 0}};

        *text = '\0';
        pp_plugin_pmtud.conclude(&(struct pp_round_view){.mode = PP_MODE_QUICINIT, .narms = 3, .arm = arm}, &sink);
        if (strcmp(text, rounds[i].conditions) != 0)
            fail_msg("%s: wanted '%s', got '%s'", rounds[i].what, rounds[i].conditions, text);
    }
}

static void test_mss(void **unused)
{
    static const struct {
        int64_t named, longest;
        const char *conditions;
    } cases[] = {{1460, 1500, ""}, {1440, 1500, ""}, {1439, 1500, "pmtu.mss.exceeded:1439"}, {N, 1500, ""}};

    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t v[PP_MAX_FIELDS] = {0, N, 0, cases[i].named, cases[i].longest};
        struct pp_outcome arm[] = {{.took_part = 1, .observed = 1, .ok = 1, .value = v},
                                   {.took_part = 1, .observed = 1, .ok = 1, .value = v}};

        *text = '\0';
        pp_plugin_pmtud.conclude(&(struct pp_round_view){.mode = PP_MODE_HTTP, .narms = 2, .arm = arm}, &sink);
        assert_string_equal(text, cases[i].conditions);
    }
}

static void test_sum_up(void **unused)
{
    /* Verdicts of 1400, 1452, 1500: w works, b broken, u unstable, o offline, - none; what conclude has stated. */
    static const struct {
        const char *arms;
        int stated; /* -1: nothing */
        const char *conditions;
    } cases[] = {
        {"www", -1, "pmtu.fwd.value:1500"},
        {"wwb", PTB_MTU, "pmtu.fwd.value:1452"},
        {"wwb", PTB_SEEN, "pmtu.fwd.value:1452"},
        {"wwb", -1, "pmtu.fwd.value:1452 pmtu.ptb.not_seen pmtu.blackhole"},
        {"wwb", PTB_FALSE, "pmtu.fwd.value:1452 pmtu.blackhole"},
        {"bbb", -1, "pmtu.fwd.value:1280 pmtu.ptb.not_seen pmtu.blackhole"},
        {"ww-", -1, "pmtu.fwd.value:1452"},
        {"wub", PTB_MTU, ""},
        {"wwu", -1, ""},
        {"ooo", -1, ""},
        {"---", -1, ""},
    };
    static const struct pp_step steps[4][1] = {{{.size = 1280}}, {{.size = 1400}}, {{.size = 1452}}, {{.size = 1500}}};
    const struct pp_arm arms[4] = {{.steps = steps[0]}, {.steps = steps[1]}, {.steps = steps[2]}, {.steps = steps[3]}};

    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t verdict[4] = {0}, stated[CONDITIONS] = {0};
        struct pp_verdicts_view view = {.mode = PP_MODE_QUICINIT, .narms = 4, .arm = verdict, .arms = arms,
                                        .stated = stated};

        for (int k = 0; k < 3; k++)
            verdict[1 + k] = (uint8_t[]){PP_VERDICT_WORKS, PP_VERDICT_BROKEN, PP_VERDICT_UNSTABLE, PP_VERDICT_OFFLINE,
                                         PP_VERDICT_NONE}[strchr("wbuo-", cases[i].arms[k]) - "wbuo-"];
        if (cases[i].stated >= 0)
            stated[cases[i].stated] = 1;
        *text = '\0';
        pp_plugin_pmtud.sum_up(&view, &sink);
        if (strcmp(text, cases[i].conditions) != 0)
            fail_msg("%s: wanted '%s', got '%s'", cases[i].arms, cases[i].conditions, text);
    }
}

/* In rising order however typed, each implying the one before. */
static void test_configure(void **unused)
{
    static const struct pp_numbers sizes = {.n = 4, .v = {1500, 1281, 1452, 1300}};
    static struct pp_tables t;
    static const unsigned rising[] = {1280, 1281, 1300, 1452, 1500};

    (void)unused;
    assert_int_equal(pp_plugin_check(&pp_plugin_pmtud, "pmtud"), 0);
    t.text = stated_text;
    assert_null(pp_plugin_pmtud.configure(&sizes, &t));
    assert_int_equal(t.narms, 5);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(t.arms[i].steps[0].size, rising[i]);
        assert_int_equal(t.arms[i].steps[1].size, rising[i]);
        if (i > 1)
            assert_string_equal(t.arms[i].implies[0], t.arms[i - 1].name);
        else
            assert_null(t.arms[i].implies);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_big),  cmocka_unit_test(test_waits), cmocka_unit_test(test_false),
        cmocka_unit_test(test_conclude), cmocka_unit_test(test_mss),   cmocka_unit_test(test_sum_up),
        cmocka_unit_test(test_configure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
