/* SPDX-License-Identifier: BSD-2-Clause */
/* test_plan.c: the plan of an experiment: arms by connect mode, packets, fields; and experiments that are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../core/verdict/plan.h"

#include <fcntl.h>
#include <unistd.h>

static const struct pp_step setup[] = {{.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR}};
static const struct pp_step ect[] = {{.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR},
                                     {.on = PP_ON_DATA, .tos_mask = 3, .tos = PP_ECT0, .segments = 3, .pause = 1}};
static const uint8_t bytes[64];
static const struct pp_step too_long[] = {{.on = PP_ON_SYN, .options = bytes, .options_len = 40}};

static const struct pp_arm arms[] = {
    {.name = "A", .title = "nothing"},
    {.name = "B1", .title = "flags", .connectivity = "x.flags", .steps = setup, .nsteps = 1},
    {.name = "B2", .title = "marks", .connectivity = "x.marks", .modes = PP_MODE_HTTP, .steps = ect, .nsteps = 2},
    {.name = "B3", .title = "flags again", .connectivity = "x.again", .steps = setup, .nsteps = 1},
};
static const struct pp_arm bad_arms[] = {
    {.name = "A", .title = "nothing"},
    {.name = "B1", .title = "options", .connectivity = "x.options", .steps = too_long, .nsteps = 1},
};
static const char *const fields[] = {"tcp_synflags_rev", "ecn_ce_data_rev", NULL};
static const char *const unknown_fields[] = {"tcp_synflags_rev", "tcp_colour", NULL};
static const char *const without_chain[] = {"dscp_mark_syn_fwd", NULL};
static const char *const chains[] = {"ecn", "tcp", "ecn", NULL};
static const char *const unknown_chains[] = {"ecn", "colour", NULL};

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    (void)round, (void)sink;
}

static const struct pp_plugin base = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "x",
    .title = "x",
    .description = "x",
    .modes = PP_MODE_TCP | PP_MODE_HTTP,
    .default_mode = PP_MODE_HTTP,
    .arms = arms,
    .narms = 4,
    .chains = chains,
    .fields = fields,
    .conclude = conclude,
};

static struct pp_vantage vantage(void)
{
    struct pp_vantage v = {.ifname = "virtual", .linktype = -1};

    pp_addr_parse(&v.v4.addr, "192.0.2.1", 9);
    pp_addr_parse(&v.v6.addr, "2001:db8::1", 11);
    v.v4.usable = v.v6.usable = true;
    v.v4.mtu = 1492;
    v.v6.mtu = 1280;
    v.v4.ttl = 61;
    v.v6.ttl = 0; /* not known */
    return v;
}

/* pp_plan_init, with what it says on stderr in TEXT. */
static int init(struct pp_plan *p, const struct pp_plugin *plugin, const char *mode, char *text, size_t size)
{
    static struct pp_vantage v;
    int ends[2], keep = dup(STDERR_FILENO), result;
    ssize_t n;

    v = vantage();
    *p = (struct pp_plan){.connect_timeout = 1, .target_timeout = 2};
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    dup2(ends[1], STDERR_FILENO);
    result = pp_plan_init(p, plugin, mode, &v);
    dup2(keep, STDERR_FILENO);
    n = read(ends[0], text, size - 1);
    text[n > 0 ? n : 0] = '\0';
    close(ends[0]);
    close(ends[1]);
    close(keep);
    return result;
}

static void refused(void **state)
{
    static const struct {
        const char *mode;
        uint32_t modes; /* these where they are given, in place of `base`'s */
        const struct pp_arm *arms;
        const char *const *fields, *const *chains;
        const char *says;
    } rows[] = {
        {.mode = "http", .modes = PP_MODE_TCP,
         .says = "'x' cannot be held over 'http'\nhint: it can be held over: tcp"},
        {.mode = "carrierpigeon", .says = "over 'carrierpigeon'\nhint: it can be held over: tcp http"},
        {.mode = "", .says = "cannot be held over ''"},
        {.mode = "tcp", .arms = bad_arms, .says = "arm B1 of experiment 'x' cannot be built"},
        {.fields = unknown_fields, .says = "'x' has a field 'tcp_colour'"},
        {.fields = without_chain, .says = "'x' has a field 'dscp_mark_syn_fwd'"},
        {.chains = unknown_chains, .says = "colour"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_plugin plugin = base;
        struct pp_plan p;
        char text[4096];

        if (rows[i].modes)
            plugin.modes = rows[i].modes;
        if (rows[i].arms)
            plugin.arms = rows[i].arms, plugin.narms = 2;
        if (rows[i].fields)
            plugin.fields = rows[i].fields;
        if (rows[i].chains)
            plugin.chains = rows[i].chains;
        assert_int_equal(init(&p, &plugin, rows[i].mode, text, sizeof text), -1);
        if (!strstr(text, rows[i].says))
            fail_msg("row %zu says: %s", i, text);
        pp_plan_release(&p); /* allowed, though there is nothing left */
    }
}

static void too_many_fields(void **state)
{
    const char *many[PP_MAX_FIELDS + 2] = {NULL};
    struct pp_plugin plugin = base;
    struct pp_plan p;
    char text[4096];

    (void)state;
    plugin.fields = many;
    for (int i = 0; i < PP_MAX_FIELDS; i++)
        many[i] = "tcp_synflags_rev";
    assert_int_equal(init(&p, &plugin, NULL, text, sizeof text), 0);
    assert_int_equal(p.nwant, PP_MAX_FIELDS);
    pp_plan_release(&p);
    many[PP_MAX_FIELDS] = "tcp_synflags_rev";
    assert_int_equal(init(&p, &plugin, NULL, text, sizeof text), -1);
    assert_non_null(strstr(text, "more than 32 fields"));
}

static void arms_by_mode(void **state)
{
    static const struct {
        const char *mode, *is;
        const char *arms[5];
        unsigned packets; /* as the modes' table says, 4 or 8 an arm, and two more segments of B2 */
    } rows[] = {
        {"tcp", "tcp", {"A", "B1", "B3"}, 12},
        {"http", "http", {"A", "B1", "B2", "B3"}, 34},
        {NULL, "http", {"A", "B1", "B2", "B3"}, 34},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_plan p;
        char text[4096];
        unsigned n = 0;

        assert_int_equal(init(&p, &base, rows[i].mode, text, sizeof text), 0);
        assert_string_equal(text, "");
        assert_string_equal(p.mode->name, rows[i].is);
        for (; rows[i].arms[n]; n++) {
            assert_true(n < p.narms);
            assert_string_equal(p.arm[n].arm->name, rows[i].arms[n]);
            assert_string_equal(base.arms[p.arm[n].index].name, rows[i].arms[n]);
            assert_int_equal(p.arm[n].segments, strcmp(rows[i].arms[n], "B2") ? 0 : 3);
            assert_int_equal(p.arm[n].pause, strcmp(rows[i].arms[n], "B2") ? 0 : 1);
            assert_int_equal(p.arm[n].syn_flags, n ? PP_TCP_ECE | PP_TCP_CWR : 0);
        }
        assert_int_equal(p.narms, n);
        assert_int_equal(p.nwant, 2);
        assert_int_equal(pp_plan_packets(&p), rows[i].packets);
        p.max_rounds = 12; /* A, the arms and D; twelve times A, A', the arms and D; ten ports */
        assert_int_equal(pp_plan_flows(&p), n + 1 + 12 * (n + 2) + 10);
        assert_int_equal(p.ngroups, 1);
        pp_plan_release(&p);
    }
}

static const struct pp_arm implying[] = {
    {.name = "A", .title = "nothing"},
    {.name = "B1", .title = "flags", .connectivity = "x.flags", .steps = setup, .nsteps = 1},
    {.name = "B2", .title = "marks", .connectivity = "x.marks", .modes = PP_MODE_HTTP, .steps = ect, .nsteps = 2,
     .implies = (const char *const[]){"B3", NULL}},
    {.name = "B3", .title = "flags again", .connectivity = "x.again", .steps = setup, .nsteps = 1,
     .implies = (const char *const[]){"B1", NULL}},
};

/* An arm that takes part implies its arms and those that they imply; round 1 leaves all of these out. */
static void arms_that_imply(void **state)
{
    static const struct {
        const char *mode;
        bool all;
        uint32_t held, absent, held_then; /* in all, and where arms ABSENT take no part */
    } rows[] = {
        {"http", false, 1 << 1 | 1 << 3, 1 << 2, 1 << 1},
        {"http", true, 1 << 1 | 1 << 3, 1 << 2, 1 << 1},
        {"tcp", false, 1 << 1, 1 << 2, 0}, /* A, B1, B3 */
    };
    struct pp_plugin with = base;

    (void)state;
    with.arms = implying;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_plan p;
        struct pp_plan_limit limit;
        char text[4096];

        assert_int_equal(init(&p, &with, rows[i].mode, text, sizeof text), 0);
        assert_int_equal(pp_plan_held(&p, 0), rows[i].held);
        assert_int_equal(pp_plan_held(&p, rows[i].absent), rows[i].held_then);
        p.all_arms = rows[i].all;
        assert_int_equal(pp_plan_in_first(&p, 1), rows[i].all);
        /* Seven rounds do at this alpha for an arm that is asked in all of them. */
        p.max_rounds = 7;
        p.alpha = 2.5e-4;
        assert_int_equal(pp_plan_unreachable(&p, 512, &limit) == NULL, rows[i].all);
        if (!rows[i].all) {
            assert_non_null(strstr(limit.whom, "round 1 leaves out"));
            assert_non_null(strstr(limit.text, "--max-rounds 7 is fewer than the 8"));
            assert_non_null(strstr(limit.hint, "--all-arms"));
        }
        p.rounds = 1;
        assert_true(pp_plan_in_first(&p, 1));
        pp_plan_release(&p);
    }
}

/* Limits that leave no room for `broken`, with what would do; the figures are those of test_verdict.c. */
static void limits(void **state)
{
    static const struct {
        unsigned rounds, max_rounds, flows, ports;
        double alpha;
        const char *text, *hint;
    } rows[] = {
        {0, 12, 0, 512, 1e-4, NULL, NULL},
        {0, 8, 0, 512, 1e-4, NULL, NULL},
        {0, 7, 0, 512, 1e-4, "--max-rounds 7 is fewer than the 8 that --alpha 0.0001 takes", "--max-rounds 8 or more"},
        {0, 12, 0, 512, 1e-8, "--max-rounds 12 is fewer than the 15", "--max-rounds 15 or more"},
        {0, 7, 0, 512, 2.5e-4, NULL, NULL},
        {0, 1, 0, 512, .5, "--max-rounds 1 is fewer than the 2", NULL},
        {14, 12, 0, 512, 1e-4, NULL, NULL},
        {13, 12, 0, 512, 1e-4, "--rounds 13 is fewer than the 14 that", "at least 14"},
        {5, 12, 0, 512, .1, "--rounds 5 is fewer than the 10 that", "at least 10"}, /* a port each */
        {1, 12, 0, 512, 1e-4, NULL, NULL}, /* claims nothing */
        /* Two arms: a round of three flows, seven of four, and two more ports */
        {0, 8, 33, 512, 1e-4, NULL, NULL},
        {0, 8, 32, 512, 1e-4, "--max-flows-per-target 32 is fewer than the 33 that 8 rounds take", "at least 33"},
        {0, 12, 0, 9, 1e-4, "9 source ports are fewer than the 10", "--ports"},
    };
    struct pp_plan p;
    char text[4096];

    (void)state;
    assert_int_equal(init(&p, &base, "tcp", text, sizeof text), 0);
    assert_int_equal(p.narms, 3);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_plan_limit limit;
        const struct pp_plan_limit *l;

        p.rounds = rows[i].rounds;
        p.max_rounds = rows[i].max_rounds;
        p.max_flows = rows[i].flows;
        p.alpha = rows[i].alpha;
        l = pp_plan_unreachable(&p, rows[i].ports, &limit);
        if (!l != !rows[i].text || (l && !strstr(l->text, rows[i].text)) ||
            (l && rows[i].hint && !strstr(l->hint, rows[i].hint)))
            fail_msg("row %zu: %s; %s", i, l ? l->text : "none", l ? l->hint : "");
    }
    p.alone = true;
    assert_null(pp_plan_unreachable(&p, 1, &(struct pp_plan_limit){0}));
    pp_plan_release(&p);
}

/* The baseline's SYN looks like Linux's; MSS and TTL are the vantage's; an arm differs by its treatment alone. */
static void packets(void **state)
{
    static const struct {
        int family;
        unsigned ttl, mss, tcp, header;
    } rows[] = {{4, 61, 1452, 20, 40}, {6, 64, 1220, 40, 60}};
    struct pp_plan p;
    char text[4096];

    (void)state;
    assert_int_equal(init(&p, &base, "http", text, sizeof text), 0);
    for (size_t i = 0; i < 2; i++) {
        const struct pp_template *a = pp_plan_template(&p.arm[0], rows[i].family, PP_ON_SYN, true, 0);
        const struct pp_template *b = pp_plan_template(&p.arm[1], rows[i].family, PP_ON_SYN, true, 0);
        const struct pp_template *data = pp_plan_template(&p.arm[2], rows[i].family, PP_ON_DATA, true, 77);
        const uint8_t *opt = a->bytes + rows[i].header;
        unsigned tos;

        assert_int_equal(a->bytes[rows[i].family == 4 ? 8 : 7], rows[i].ttl);
        assert_int_equal(a->len, rows[i].header + 20);
        /* RFC 9293 3.7.1 */
        assert_int_equal(opt[0] << 24 | opt[1] << 16 | opt[2] << 8 | opt[3], 0x02040000 | rows[i].mss);
        assert_int_equal(opt[4] << 8 | opt[5], 0x0402); /* SACK permitted, RFC 2018 section 2 */
        assert_int_equal(opt[6] << 8 | opt[7], 0x080a); /* timestamps, RFC 7323 section 3.2 */
        assert_int_equal(a->flags, 0);
        assert_int_equal(b->flags, PP_TCP_ECE | PP_TCP_CWR);
        assert_int_equal(a->len, b->len);
        tos = rows[i].family == 4 ? data->bytes[1] : (data->bytes[0] << 4 | data->bytes[1] >> 4) & 0xff;
        assert_int_equal(tos, PP_ECT0);
    }
    pp_plan_release(&p);
}

/* An MTU that is unknown or absurd still makes an MSS that can be sent. */
static void odd_mtus(void **state)
{
    static const struct {
        uint32_t mtu;
        unsigned mss;
    } rows[] = {{0, 88}, {100, 88}, {1500, 1460}, {65536, 65496}, {4000000000u, 65535}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_plan p = {.connect_timeout = 1};
        struct pp_vantage v = vantage();

        v.v4.mtu = rows[i].mtu;
        assert_int_equal(pp_plan_init(&p, &base, "tcp", &v), 0);
        assert_int_equal(p.tcp.look4.mss, rows[i].mss);
        pp_plan_release(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused), cmocka_unit_test(too_many_fields), cmocka_unit_test(arms_by_mode),
        cmocka_unit_test(arms_that_imply),
        cmocka_unit_test(limits),
        cmocka_unit_test(packets), cmocka_unit_test(odd_mtus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
