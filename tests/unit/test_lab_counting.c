/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_lab_counting.c: middleboxes that count flows, hosts that fail one of them, bad source ports, loss on the way
 * back.
 *
 *   192.0.2.1, .2 --- hop 1 --- ... --- hop 7 [counter] --- ... --- hosts 0, 2 and 1, 3 of one network, 32 of another
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "raw_client.h"

#define MS INT64_C(1000000)
#define S INT64_C(1000000000)
#define HOSTS 40

static struct pp_lab *lab_of(const char *class)
{
    struct pp_scenario s;
    struct pp_lab *lab;
    char text[1024];

    snprintf(text, sizeof text, "{\"name\":\"t\",\"hops\":[8,12],\"hosts\":[{\"share\":1,%s}]}", class);
    assert_int_equal(pp_scenario_parse(&s, class, text, strlen(text)), 0);
    lab = pp_lab_new(&s, HOSTS, 1);
    assert_non_null(lab);
    return lab;
}

#define BOX(name, more) "\"path\":[{\"behaviour\":\"" name "\",\"dir\":\"fwd\",\"hop\":7" more "}]"
#define QUIRK(name) "\"path\":[{\"behaviour\":\"" name "\"}]"

/* One SYN: when, from which source and port with which sequence number and flags, to which host; is it answered? */
struct syn {
    int64_t at; /* s/1000 */
    uint8_t source;
    uint16_t host, sport;
    uint32_t seq;
    uint16_t flags;
    bool heard;
};

static bool heard(struct pp_lab *lab, const struct syn *syn)
{
    struct raw_client c = raw_client(lab, syn->host, syn->sport);
    struct raw r;

    c.now = 1000 * S + syn->at * MS;
    c.other = syn->source;
    c.seq = syn->seq ? syn->seq : 1000;
    raw_send(&c, (uint16_t)(SYN | syn->flags), "");
    return raw_recv(&c, 0, &r) && r.flags & SYN;
}

/* Sends SYNS over IPv4, and much later over IPv6: to hosts 1, 3 and 33 in place of 0, 2 and 32. */
static void play(const char *class, const struct syn *syns, size_t n)
{
    struct pp_lab *lab = lab_of(class);

    for (unsigned family = 0; family < 2; family++)
        for (size_t i = 0; i < n; i++) {
            struct syn syn = syns[i];

            syn.host = (uint16_t)(syn.host + family);
            syn.sport = (uint16_t)(syn.sport + 1000 * family);
            syn.at += family * 10000000;
            if (heard(lab, &syn) != syn.heard)
                fail_msg("%s, family %u: SYN %zu", class, family, i);
        }
    pp_lab_free(lab);
}

#define PLAY(class, syns) play(class, syns, sizeof syns / sizeof *syns)

/* Three at once, then one in 20 s. */
static void quota_of_a_pair(void **state)
{
    static const struct syn syns[] = {
        {0, 0, 0, 1, 0, 0, true},      {10, 0, 0, 2, 0, ECE | CWR, true}, {20, 0, 0, 3, 0, 0, true},
        {30, 0, 0, 4, 0, 0, false},    {40, 0, 0, 5, 0, ECE | CWR, false},
        {50, 0, 0, 3, 0, 0, true},     /* sent again: its flow was admitted */
        {60, 0, 0, 3, 7, 0, false},    /* the same ports, another flow */
        {70, 0, 2, 6, 0, 0, true},     /* another destination */
        {80, 1, 0, 7, 0, 0, true},     /* another source */
        {19000, 0, 0, 4, 0, 0, false}, {20100, 0, 0, 4, 0, 0, true},      {20200, 0, 0, 5, 0, 0, false},
        {200000, 0, 0, 10, 0, 0, true}, {200001, 0, 0, 11, 0, 0, true},   {200002, 0, 0, 12, 0, 0, true},
        {200003, 0, 0, 13, 0, 0, false},
    };

    (void)state;
    PLAY(BOX("quota.pair", ",\"flows\":3,\"seconds\":60"), syns);
}

/* Without members in the scenario the quota is four flows a minute. */
static void quota_of_a_source(void **state)
{
    static const struct syn syns[] = {
        {0, 0, 0, 1, 0, 0, true},  {10, 0, 2, 2, 0, 0, true},  {20, 0, 4, 3, 0, 0, true}, {30, 0, 2, 4, 0, 0, true},
        {40, 0, 6, 5, 0, 0, false}, {50, 1, 6, 6, 0, 0, true}, /* another source */
        {60, 0, 32, 7, 0, 0, true}, /* another network has a box of its own */
        {14000, 0, 6, 8, 0, 0, false}, {15100, 0, 6, 8, 0, 0, true},
    };

    (void)state;
    PLAY(BOX("quota.source", ""), syns);
}

static void quota_of_a_destination(void **state)
{
    static const struct syn syns[] = {
        {0, 0, 0, 1, 0, 0, true},   {10, 1, 0, 2, 0, 0, true}, {20, 0, 0, 3, 0, 0, false}, {30, 1, 0, 4, 0, 0, false},
        {40, 0, 2, 5, 0, 0, true},  {5100, 1, 0, 4, 0, 0, true},
    };

    (void)state;
    PLAY(BOX("quota.destination", ",\"flows\":2,\"seconds\":10"), syns);
}

/* The flow that triggers the ban passes itself, and does not prolong the ban of another pair. */
static void ban_of_a_pair(void **state)
{
    static const struct syn syns[] = {
        {0, 0, 0, 1, 0, 0, true},      {10, 0, 0, 2, 0, 0, true},      {20, 0, 0, 3, 0, ECE | CWR, true},
        {30, 0, 0, 3, 0, ECE | CWR, true}, /* sent again */
        {40, 0, 0, 4, 0, 0, false},    {50, 0, 0, 5, 0, ECE | CWR, false},
        {60, 0, 2, 6, 0, 0, true},     {70, 1, 0, 7, 0, 0, true},
        {59000, 0, 0, 4, 0, 0, false}, {60100, 0, 0, 4, 0, 0, true},   {60200, 0, 0, 8, 0, 0, true},
    };

    (void)state;
    PLAY(BOX("ban.pair", ""), syns);
}

static void ban_of_a_source(void **state)
{
    static const struct syn syns[] = {
        {0, 0, 0, 1, 0, 0, true},   {10, 0, 2, 2, 0, 0, true},      {20, 0, 0, 3, 0, ECE | CWR, true},
        {30, 0, 2, 4, 0, 0, false}, {40, 0, 4, 5, 0, 0, false},     {50, 1, 4, 6, 0, 0, true},
        {60, 0, 32, 7, 0, 0, true}, {5100, 0, 2, 4, 0, 0, true},
    };

    (void)state;
    PLAY(BOX("ban.source", ",\"seconds\":5"), syns);
}

/* Marked or unusual packets within a conversation trigger the ban, too: they pass, the next flow does not. */
static void ban_within_a_flow(void **state)
{
    static const struct {
        uint8_t tos;
        const char *request;
        bool odd;
    } rows[] = {
        {0, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", false},
        {2, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},                   /* ECT(0) */
        {46 << 2, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},             /* EF */
        {0, "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n", true},
    };
    struct pp_lab *lab = lab_of(BOX("ban.pair", ""));
    struct raw r;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned host = 0; host < 2; host++) {
            struct raw_client c = raw_client(lab, host, (uint16_t)(100 * (i + 1) + 10 * host)), next;

            assert_true(raw_connect(&c, 0, &r));
            c.tos = rows[i].tos;
            raw_send(&c, ACK | PSH, rows[i].request);
            c.tos = 0;
            assert_true(raw_recv(&c, S, &r));
            assert_true(r.data_len > 0);
            next = raw_client(lab, host, (uint16_t)(c.sport + 1));
            next.now = c.now;
            assert_int_equal(raw_connect(&next, 0, &r), !rows[i].odd);
        }
    pp_lab_free(lab);
}

/* A DNS query for `.`, in IPv4, with a right checksum or none; OUT has room. Returns its length. */
static size_t query(uint8_t *out, const struct pp_addr *to, uint16_t sport, bool checksum)
{
    static const uint8_t dns[17] = {0x12, 0x34, 1, 0, 0, 1, [13] = 0, 0, 1, 0};
    size_t len = 28 + sizeof dns;

    memset(out, 0, len);
    memcpy(out, (uint8_t[]){0x45, 0, 0, (uint8_t)len, 0, 0, 0x40, 0, 64, 17, 0, 0, 192, 0, 2, 1}, 16);
    memcpy(out + 16, pp_addr_raw(to), 4);
    raw_put(out + 10, 2, ~raw_sum(0, out, 20));
    raw_put(out + 20, 2, sport);
    raw_put(out + 22, 2, 80);
    raw_put(out + 24, 2, (uint32_t)(len - 20));
    memcpy(out + 28, dns, sizeof dns);
    if (checksum)
        raw_put(out + 26, 2, ~raw_sum(raw_pseudo(out, 17, len - 20), out + 20, len - 20));
    return len;
}

static void datagrams_are_counted(void **state)
{
    static const struct {
        const char *class;
        struct {
            int64_t at;
            uint16_t sport;
            bool checksum, answered;
        } q[7];
    } rows[] = {
        {BOX("quota.pair", ",\"flows\":2,\"seconds\":60"),
         {{0, 1, true, true}, {1, 2, true, true}, {2, 3, true, false}, {3, 1, true, true}, /* one more of a flow */
          {31, 4, true, true}, {34, 1, true, false} /* forgotten */, {62, 1, true, true}}},
        {BOX("ban.pair", ",\"seconds\":20"),
         {{0, 1, true, true}, {1, 2, true, true}, {2, 3, false, true}, {3, 4, true, false}, {4, 3, true, true},
          {21, 4, true, false}, {23, 4, true, true}}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_lab *lab = lab_of(rows[i].class);
        uint8_t bytes[128], in[512];
        struct pp_lab_host h;

        pp_lab_host(lab, 0, &h);
        for (size_t k = 0; k < 7; k++) {
            int64_t at = 1000 * S + rows[i].q[k].at * S;

            pp_lab_input(lab, at, bytes, query(bytes, &h.addr, rows[i].q[k].sport, rows[i].q[k].checksum));
            if ((pp_lab_output(lab, at, in, sizeof in) > 0) != rows[i].q[k].answered)
                fail_msg("%s: query %zu", rows[i].class, k);
        }
        pp_lab_free(lab);
    }
}

/* ---- hosts ---- */

/* Flows a second apart, groups a minute apart. Returns the flow that failed, from 1; 0: none; -1: more than one. */
static int failed_of(struct pp_lab *lab, unsigned host, unsigned group, unsigned flows)
{
    int failed = 0;

    for (unsigned i = 1; i <= flows; i++) {
        struct syn syn = {.at = group * 60000 + i * 1000, .host = (uint16_t)host, .sport = (uint16_t)(100 * group + i)};

        if (!heard(lab, &syn))
            failed = failed ? -1 : (int)i;
        syn.at += 100; /* the SYN again: the same fate */
        if (heard(lab, &syn) != (failed != (int)i))
            return -1;
    }
    return failed;
}

static void one_of_a_group(void **state)
{
    struct pp_lab *lab = lab_of(QUIRK("server.fails.one"));
    unsigned first = 0;

    (void)state;
    for (unsigned group = 0; group < 200; group++) {
        int failed = failed_of(lab, group % 2, group, 2 + group % 5);

        assert_in_range(failed, 1, 2);
        first += failed == 1;
    }
    assert_in_range(first, 70, 130);
    pp_lab_free(lab);
}

static void the_last_of_a_group(void **state)
{
    static const struct {
        unsigned flows;
        int failed;
    } groups[] = {{2, 2}, {4, 2}, {4, 4}, {4, 4}, {3, 0}, {3, 3}, {6, 3}, {6, 6}};
    struct pp_lab *lab = lab_of(QUIRK("server.fails.last"));

    (void)state;
    for (unsigned host = 0; host < 2; host++)
        for (unsigned i = 0; i < sizeof groups / sizeof *groups; i++)
            assert_int_equal(failed_of(lab, host, 100 * host + i, groups[i].flows), groups[i].failed);
    pp_lab_free(lab);
}

/* ---- ports ---- */

static void bad_ports(void **state)
{
    static const struct {
        const char *class;
        bool odd;
        unsigned per_thousand;
    } rows[] = {
        {BOX("ecmp.drop.1of2", ""), false, 500},     {BOX("ecmp.drop.1of4", ""), false, 250},
        {BOX("ecmp.drop.3of4", ""), false, 750},     {BOX("ecmp.odd.drop.1of2", ""), true, 500},
        {BOX("ecmp.odd.drop.1of4", ""), true, 250},  {BOX("ecmp.odd.drop.3of4", ""), true, 750},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned host = 0; host < 2; host++) {
            struct pp_lab *lab = lab_of(rows[i].class);
            unsigned dropped = 0;

            for (uint16_t port = 1; port <= 2000; port++) {
                struct syn odd = {.at = port * 1000, .host = (uint16_t)host, .sport = port, .flags = ECE | CWR};
                struct syn plain = {.at = port * 1000 + 10, .host = (uint16_t)host, .sport = port, .seq = 7};
                bool ok = heard(lab, &odd);

                dropped += !ok;
                assert_int_equal(heard(lab, &plain), ok || rows[i].odd);
            }
            assert_in_range(dropped, 2 * rows[i].per_thousand - 120, 2 * rows[i].per_thousand + 120);
            pp_lab_free(lab);
        }
}

/* No packet of the client is lost, so a missing answer was lost on the way back. */
static void loss_on_the_way_back(void **state)
{
    struct pp_lab *lab = lab_of("\"return_loss\":0.1");
    struct pp_lab_stats stats;
    unsigned answered = 0;

    (void)state;
    for (uint16_t port = 1; port <= 2000; port++) {
        struct syn syn = {.at = port, .host = port % 2, .sport = port};

        answered += heard(lab, &syn);
    }
    pp_lab_stats(lab, &stats);
    assert_int_equal(stats.connections, 2000);
    assert_in_range(answered, 1720, 1880); /* 0.9, six sigma */
    pp_lab_free(lab);
}

static void members_that_are_refused(void **state)
{
    static const char *const rows[] = {
        BOX("ecn.syn.drop", ",\"flows\":3"),    BOX("ban.pair", ",\"flows\":3"),
        BOX("ecmp.drop.1of2", ",\"seconds\":3"), BOX("quota.pair", ",\"flows\":0"),
        BOX("quota.pair", ",\"seconds\":3601"),
    };
    struct pp_scenario s;
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(text, sizeof text, "{\"hops\":[8,12],\"hosts\":[{\"share\":1,%s}]}", rows[i]);
        assert_int_equal(pp_scenario_parse(&s, "test", text, strlen(text)), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quota_of_a_pair),
        cmocka_unit_test(quota_of_a_source),
        cmocka_unit_test(quota_of_a_destination),
        cmocka_unit_test(ban_of_a_pair),
        cmocka_unit_test(ban_of_a_source),
        cmocka_unit_test(ban_within_a_flow),
        cmocka_unit_test(datagrams_are_counted),
        cmocka_unit_test(one_of_a_group),
        cmocka_unit_test(the_last_of_a_group),
        cmocka_unit_test(bad_ports),
        cmocka_unit_test(loss_on_the_way_back),
        cmocka_unit_test(members_that_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
