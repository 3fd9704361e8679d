/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_exthdr.c: what the experiment `exthdr` concludes from outcomes and verdicts written by hand, its arms by option,
 * and its headers against RFC 8200, RFC 9268 and the limits of Linux. Its source is a part of this file, as in a static
 * build.
 */
#define PP_STATIC_PLUGIN exthdr
#include "../../plugins/exthdr.c"

#include "../../core/loader/plugins.h"
#include "stated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define N PP_NULL

/* The plugin as `configure` makes it of SIZES. */
static struct pp_plugin configured(struct pp_tables *t, const struct pp_numbers *sizes)
{
    struct pp_plugin p = pp_plugin_exthdr;

    memset(t, 0, sizeof *t);
    t->text = stated_text;
    assert_null(p.configure(sizes, t));
    p.arms = t->arms;
    p.narms = t->narms;
    p.conditions = t->conditions;
    p.nconditions = t->nconditions;
    return p;
}

static const struct pp_numbers usual = {.n = 6, .v = {8, 24, 56, 64, 128, 256}};

/* Arms that fail by an ICMP error, and what came back: type, code, whether from the target, an MTU returned. */
static const struct {
    const char *what;
    struct {
        enum arm arm;
        int ok;
        int64_t type, code, target, mtu;
    } row[2];
    const char *conditions;
} rounds[] = {
    {"nothing came back", {{HBH_ASKED, 1, N, N, N, N}, {DST_ASKED, 1, N, N, N, N}}, ""},
    {"the target refuses both", {{HBH_ASKED, 1, 4, 2, 1, N}, {DST_ASKED, 1, 4, 2, 1, N}},
     "hbh.asked.reached dst.asked.reached"},
    {"the first router parses", {{HBH_ASKED, 1, 4, 2, 0, N}, {DST_ASKED, 1, 4, 2, 1, N}},
     "hbh.asked.parsed dst.asked.reached"},
    {"a filter by next header", {{HBH_ASKED, 1, 4, 1, 0, N}, {DST_ASKED, 1, 1, 1, 0, N}},
     "hbh.asked.filtered dst.asked.filtered"},
    {"another error of the target", {{HBH_ASKED, 1, 4, 1, 1, N}, {DST_ASKED, 1, 1, 4, 1, N}}, ""},
    {"headers refused by a router", {{HBH, 0, 4, 1, 0, N}, {ATOMIC, 0, 1, 1, 0, N}}, "path.refused"},
    {"by the target", {{FIRST_SIZE, 0, 4, 2, 1, N}, {A, 1, N, N, N, N}}, "target.refused"},
    {"by both", {{HBH, 0, 4, 1, 0, N}, {SPLIT, 0, 4, 2, 1, N}}, "path.refused target.refused"},
    {"where A fails, too", {{HBH, 0, 4, 1, 0, N}, {A, 0, 1, 1, 0, N}}, ""},
    {"an MTU comes back", {{HBH_MTU, 1, N, N, N, 1400}, {A, 1, N, N, N, N}}, "hbh.mtu.returned:1400"},
    {"of another arm", {{HBH, 1, N, N, N, 1400}, {A, 1, N, N, N, N}}, ""},
};

static void test_conclude(void **unused)
{
    static struct pp_tables t;
    struct pp_plugin plugin = configured(&t, &usual);

    (void)unused;
    for (size_t i = 0; i < COUNT(rounds); i++) {
        int64_t value[PP_MAX_ARMS][PP_MAX_FIELDS];
        struct pp_outcome arm[PP_MAX_ARMS];
        struct stated s;

        for (unsigned k = 0; k < PP_MAX_ARMS; k++) {
            arm[k] = (struct pp_outcome){.took_part = k != HBH_PAD, .observed = 1, .ok = 1, .value = value[k]};
            value[k][TYPE] = value[k][CODE] = value[k][OF_TARGET] = value[k][MTU] = PP_NULL;
        }
        for (unsigned k = 0; k < 2; k++) {
            enum arm a = rounds[i].row[k].arm;
            arm[a].ok = (uint8_t)rounds[i].row[k].ok;
            arm[a].how = arm[a].ok ? PP_HOW_NONE : PP_HOW_ICMP;
            stated_put(&plugin, value[a], "exthdr_error_type", rounds[i].row[k].type);
            stated_put(&plugin, value[a], "exthdr_error_code", rounds[i].row[k].code);
            stated_put(&plugin, value[a], "exthdr_error_dip", rounds[i].row[k].target);
            stated_put(&plugin, value[a], "exthdr_mtu_rev", rounds[i].row[k].mtu);
        }
        stated_init(&s, &plugin, "exthdr.", PP_MODE_TCP);
        plugin.conclude(&(struct pp_round_view){.mode = PP_MODE_TCP, .narms = PP_MAX_ARMS, .arm = arm,
                                                .plugin = &plugin}, &s.sink);
        if (strcmp(s.text, rounds[i].conditions) != 0)
            fail_msg("%s: wanted '%s', got '%s'", rounds[i].what, rounds[i].conditions, s.text);
    }
}

/* Verdicts of B1, B2, B5 and of six sizes: w works, b broken, u unstable, o offline, - none; what conclude stated. */
static const struct {
    const char *arms, *sizes;
    int stated; /* -1: nothing */
    const char *conditions;
} sums[] = {
    {"www", "wwwwww", -1, "dst.maxlen:256"},
    {"www", "wwwwwb", -1, "dst.maxlen:128"},
    {"www", "wwbbbb", -1, "dst.maxlen:24"},
    {"www", "wwwww-", -1, "dst.maxlen:128"},
    {"wwb", "bbbbbb", -1, "dst.maxlen:0"},
    {"wwb", "bbbbbb", DST_REACHED, "dst.maxlen:0 dst.option.lost"},
    {"www", "bbbbbb", -1, "dst.maxlen:0 dst.option.lost"},
    {"www", "bbbbbb", DST_REACHED, "dst.maxlen:0 dst.option.lost"},
    {"www", "bbbbbb", DST_PARSED, "dst.maxlen:0 dst.option.lost"},
    {"wwu", "bbbbbb", -1, "dst.maxlen:0"},
    {"www", "wuwwwb", -1, "dst.maxlen:128"},
    {"www", "wwwwub", -1, ""},
    {"www", "------", -1, ""},
    {"wbw", "wwwwww", -1, "dst.maxlen:256 hbh.option.lost"},
    {"bbw", "wwwwww", -1, "dst.maxlen:256"},
    {"bbw", "wwwwww", HBH_REACHED, "dst.maxlen:256 hbh.option.lost"},
    {"bbw", "wwwwww", HBH_PARSED, "dst.maxlen:256"},
    {"ooo", "oooooo", -1, ""},
};

static void test_sum_up(void **unused)
{
    static struct pp_tables t;
    struct pp_plugin plugin = configured(&t, &usual);

    (void)unused;
    for (size_t i = 0; i < COUNT(sums); i++) {
        static const uint8_t words[] = {PP_VERDICT_WORKS, PP_VERDICT_BROKEN, PP_VERDICT_UNSTABLE, PP_VERDICT_OFFLINE,
                                        PP_VERDICT_NONE};
        static const enum arm first[] = {HBH_PAD, HBH, DST_PAD};
        uint8_t verdict[PP_MAX_ARMS] = {0}, stated[CONDITIONS] = {0};
        struct stated s;

        for (unsigned k = 0; k < COUNT(first); k++)
            verdict[first[k]] = words[strchr("wbuo-", sums[i].arms[k]) - "wbuo-"];
        for (unsigned k = 0; k < usual.n; k++)
            verdict[FIRST_SIZE + k] = words[strchr("wbuo-", sums[i].sizes[k]) - "wbuo-"];
        if (sums[i].stated >= 0)
            stated[sums[i].stated] = 1;
        stated_init(&s, &plugin, "exthdr.", PP_MODE_TCP);
        plugin.sum_up(&(struct pp_verdicts_view){.mode = PP_MODE_TCP, .narms = plugin.narms, .arm = verdict,
                                                 .arms = t.arms, .stated = stated, .plugin = &plugin}, &s.sink);
        if (strcmp(s.text, sums[i].conditions) != 0)
            fail_msg("%s %s: wanted '%s', got '%s'", sums[i].arms, sums[i].sizes, sums[i].conditions, s.text);
    }
}

/* An arm with another header size than B5 and B6 is broken: B5's success does not show whether size or option fails. */
static void test_longer(void **unused)
{
    static struct pp_tables t;
    struct pp_plugin plugin = configured(&t, &(struct pp_numbers){.n = 1, .v = {256}});
    uint8_t verdict[PP_MAX_ARMS] = {[DST_PAD] = PP_VERDICT_WORKS, [FIRST_SIZE] = PP_VERDICT_BROKEN};
    uint8_t stated[CONDITIONS] = {[DST_REACHED] = 1};
    struct stated s;

    (void)unused;
    stated_init(&s, &plugin, "exthdr.", PP_MODE_TCP);
    plugin.sum_up(&(struct pp_verdicts_view){.mode = PP_MODE_TCP, .narms = plugin.narms, .arm = verdict,
                                             .arms = t.arms, .stated = stated, .plugin = &plugin}, &s.sink);
    assert_string_equal(s.text, "dst.maxlen:0");
}

/*
 * RFC 8200 section 4.2: options fill the header. Linux (net/ipv6/exthdrs.c): at most eight options, padding of at most
 * 7 bytes; option types that request a discard of the packet only in arms that test for it.
 */
static void header_sound(const struct pp_arm *arm, const struct pp_extension *x)
{
    unsigned others = 0, padding = 0;

    assert_true(x->type == 0 || x->type == 60);
    assert_int_equal(x->len, (x->bytes[1] + 1) * 8);
    for (unsigned at = 2; at < x->len; at += 2u + x->bytes[at + 1]) {
        unsigned action = x->bytes[at] >> 6;

        assert_true(x->bytes[at] != 0 && at + 2u + x->bytes[at + 1] <= x->len);
        if (x->bytes[at] == 1)
            padding += 2u + x->bytes[at + 1];
        else
            others++;
        assert_int_equal(action, strstr(arm->connectivity, "asked") ? 2 : 0);
    }
    assert_true(others <= 1 && padding <= 7 && others + padding > 0);
}

/* Sizes are sorted, whatever the order given; the arm of each size implies that of the one below. */
static void test_configure(void **unused)
{
    static const unsigned rising[] = {8, 64, 72, 256};
    static struct pp_tables t;
    struct pp_plugin plugin = configured(&t, &(struct pp_numbers){.n = 4, .v = {256, 8, 72, 64}});
    const char *fault;

    (void)unused;
    assert_int_equal(pp_plugin_check(&pp_plugin_exthdr, "exthdr"), 0);
    assert_int_equal(plugin.narms, FIRST_SIZE + 4);
    for (unsigned i = 1; i < plugin.narms; i++) {
        const struct pp_arm *a = &plugin.arms[i];

        assert_int_equal(a->family, 6);
        for (unsigned k = 0; k < a->nsteps; k++)
            for (unsigned x = 0; x < a->steps[k].nextensions; x++)
                header_sound(a, &a->steps[k].extensions[x]);
        if (i >= FIRST_SIZE) {
            assert_int_equal(a->steps[0].extensions[0].len, rising[i - FIRST_SIZE]);
            assert_string_equal(a->implies[0], plugin.arms[i == FIRST_SIZE ? DST_PAD : i - 1].name);
        }
    }
    /* RFC 9268 section 5: type 0x30, 4 bytes: 1500, nothing to return, R. */
    assert_memory_equal(plugin.arms[HBH_MTU].steps[0].extensions[0].bytes + 2, "\x30\x04\x05\xdc\x00\x01", 6);
    memset(&t, 0, sizeof t);
    t.text = stated_text;
    fault = pp_plugin_exthdr.configure(&(struct pp_numbers){.n = 2, .v = {8, 12}}, &t);
    assert_string_equal(fault, "an extension header has a multiple of 8 bytes, which 12 is not");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conclude), cmocka_unit_test(test_sum_up),
                                       cmocka_unit_test(test_longer), cmocka_unit_test(test_configure)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
