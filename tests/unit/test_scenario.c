/* SPDX-License-Identifier: BSD-2-Clause */
/* test_scenario.c: scenarios are read completely, and each error is reported with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <unistd.h>

#include "../../lab/boxes/behaviour.h"
#include "../../lab/truth/builtin.h"
#include "../../lab/truth/scenario.h"

#define HEAD "{\"name\": \"x\",\n \"hops\": [6, 12],\n \"hosts\": [\n"
#define GOOD "  {\"share\": 1}\n]}"

struct row {
    const char *json;
    const char *message; /* a part of it */
};

static const struct row bad[] = {
    {"", "line 1:"},
    {"[]", "a scenario must be an object"},
    {"{}", "has no 'hosts'"},
    {HEAD "  {\"share\": 1", "line 4:"},
    {HEAD "  {\"share\": 1,\n   \"sever\": \"ecn\"}]}", "line 5: unknown key 'sever'"},
    {HEAD GOOD " x", "line 5:"},
    {HEAD "  {\"share\": 1}],\n \"hpos\": 3}", "line 5: unknown key 'hpos'"},
    {HEAD "  {\"note\": \"a \\\"key\\\": in a string\", \"share\": 1,\n\n\"x\"\n:1}]}", "line 6: unknown key 'x'"},
    {HEAD "  {\"share\": 1, \"share\": 1}]}", "duplicate"},
    {HEAD "  {\"share\": 0.5},\n  {\"share\": 0.4}]}", "shares sum to 0.9"},
    {HEAD "  {\"share\": 0.5},\n  {\"server\": \"ecn\"}]}", "line 5: a class of 'hosts' needs a 'share'"},
    {HEAD "  {\"share\": -1}]}", "line 4: 'share' must be a number from 0 to 1"},
    {HEAD "  {\"share\": \"1\"}]}", "line 4: 'share' must be"},
    {HEAD "  {\"share\": 1, \"loss\": 1.5}]}", "line 4: 'loss' must be"},
    {HEAD "  {\"share\": 1,\n \"families\": [4, 5]}]}", "line 5: 'families'"},
    {HEAD "  {\"share\": 1,\n \"families\": []}]}", "line 5: 'families'"},
    {HEAD "  {\"share\": 1, \"ports\": [0]}]}", "'ports' must be"},
    {HEAD "  {\"share\": 1, \"ports\": [65536]}]}", "'ports' must be"},
    {HEAD "  {\"share\": 1, \"ports\": [1,2,3,4,5]}]}", "'ports' must be a list of 1 to 4"},
    {HEAD "  {\"share\": 1, \"server\": \"apache\"}]}", "unknown server 'apache'"},
    {HEAD "  {\"share\": 1,\n\"path\": [\n{\"behaviour\": \"ecn.syn.eat\"}]}]}",
     "line 6: unknown behaviour 'ecn.syn.eat'"},
    {HEAD "  {\"share\": 1, \"path\": [{\"dir\": \"fwd\"}]}]}", "needs a 'behaviour'"},
    {HEAD "  {\"share\": 1, \"path\": [{\"behaviour\": \"ecn.syn.drop\"}]}]}", "needs a 'dir' and a 'hop'"},
    {HEAD "  {\"share\": 1, \"path\": [{\"behaviour\": \"ecn.syn.drop\", \"dir\": \"up\", \"hop\": 7}]}]}",
     "'dir' must be"},
    {HEAD "  {\"share\": 1, \"path\": [{\"behaviour\": \"ecn.syn.drop\", \"dir\": \"rev\", \"hop\": 7}]}]}",
     "works in the other direction only"},
    {HEAD "  {\"share\": 1, \"path\": [{\"behaviour\": \"ecn.reflect\", \"dir\": \"rev\", \"hop\": 7}]}]}",
     "neither 'dir' nor 'hop'"},
    {HEAD "  {\"share\": 1, \"path\": [{\"behaviour\": \"ecn.syn.drop\", \"dir\": \"fwd\", \"hop\": 0}]}]}",
     "'hop' must be"},
    {HEAD "  {\"share\": 1, \"path\": [{\"behaviour\": \"ecn.syn.drop\", \"dir\": \"fwd\", \"hop\": 5}]}]}",
     "at hop 5 is nearer than hop 6"},
    {HEAD "  {\"share\": 1, \"path\": [{\"behaviour\": \"ecn.syn.drop\", \"dir\": \"fwd\", \"hop\": 12}]}]}",
     "not on a path of at most 12 hops"},
    {HEAD "  {\"share\": 1, \"flow_fail\": {\"p\": 0.5, \"kind\": \"often\"}}]}", "'kind' must be"},
    {HEAD "  {\"share\": 1, \"burst\": {\"loss\": 0.1}}]}", "'burst' needs 'ms'"},
    {HEAD "  {\"share\": 1, \"burst\": {\"loss\": 1, \"ms\": 5}}]}", "'loss' must be"},
    {HEAD "  {\"share\": 1, \"name\": \"012345678901234567890123456789012345678901234567\"}]}", "'name' is longer"},
    {HEAD "  {\"share\": 1, \"flow_fail\": 0.5}]}", "'flow_fail' must be an object"},
    {"{\"hops\": [6]}", "'hops' must be two"},
    {"{\"hops\": [12, 6]}", "'hops' must be"},
    {"{\"hops\": [0, 6]}", "'hops' must be"},
    {"{\"seed\": -1}", "'seed' must be"},
    {"{\"seed\": 1.5}", "'seed' must be"},
    {"{\"vantage\": 1}", "'vantage' must be true or false"},
    {"{\"hosts\": [7]}", "must be an object"},
    {"{\"name\": \"0123456789012345678901234567890123456789012345678901234567890123\"}", "'name' is longer"},
    {"{\"name\": \"\\u0000\"}", "line 1:"},
    {"\xff\xfe", "line 1:"},
};

/* What F prints on stderr. */
static void messages(int (*f)(const void *arg), const void *arg, int want, char *text, size_t cap)
{
    FILE *tmp = tmpfile();
    int keep = dup(STDERR_FILENO), ret;
    size_t len;

    assert_non_null(tmp);
    fflush(stderr);
    dup2(fileno(tmp), STDERR_FILENO);
    ret = f(arg);
    fflush(stderr);
    dup2(keep, STDERR_FILENO);
    close(keep);
    rewind(tmp);
    len = fread(text, 1, cap - 1, tmp);
    text[len] = 0;
    fclose(tmp);
    assert_int_equal(ret, want);
}

static int parse(const void *json)
{
    struct pp_scenario s;

    return pp_scenario_parse(&s, "test", json, strlen(json));
}

static int load(const void *name)
{
    struct pp_scenario s;

    return pp_scenario_load(&s, name);
}

static void bad_input(void **state)
{
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        messages(parse, bad[i].json, -1, text, sizeof text);
        if (!strstr(text, bad[i].message))
            fail_msg("row %zu: no '%s' in: %s", i, bad[i].message, text);
    }
}

/* Cut anywhere, it is an error and nothing worse. */
static void truncated(void **state)
{
    static const char json[] =
        HEAD "  {\"share\": 1, \"path\": [{\"behaviour\": \"ecn.syn.drop\", \"dir\": \"fwd\", \"hop\": 7}],\n"
             "   \"note\": \"\\u00e4\"}]}";
    char cut[sizeof json], text[1024];

    (void)state;
    for (size_t len = 0; len < sizeof json - 1; len++) {
        memcpy(cut, json, len);
        cut[len] = 0;
        messages(parse, cut, -1, text, sizeof text);
    }
    messages(parse, json, 0, text, sizeof text);
}

static void good_input(void **state)
{
    static const char json[] = "{\"name\": \"all\", \"seed\": 7, \"hops\": [8, 20], \"vantage\": true, \"note\": "
                               "\"n\", \"hosts\": [{\"share\": 0.25},\n"
                               "{\"share\": 0.75, \"families\": [6], \"server\": \"plain\", \"ports\": [80, 8080], "
                               "\"loss\": 0.01, \"delay_ms\": 5,\n"
                               "\"jitter_ms\": 2.5, \"dup\": 0.1, \"reorder\": 0.2, \"control\": true, "
                               "\"name\": \"class\", \"burst\": {\"loss\": 0.05, \"ms\": 300}, "
                               "\"flow_fail\": {\"p\": 0.02, \"kind\": \"episode\"},\n"
                               "\"path\": [{\"behaviour\": \"ecn.reflect\"}, {\"behaviour\": \"ecn.ip.clear\", "
                               "\"dir\": \"rev\", \"hop\": 9},\n"
                               "{\"behaviour\": \"ecn.syn.drop\", \"dir\": \"fwd\", \"hop\": 2}]}]}";
    struct pp_scenario s;
    const struct pp_lab_class *c = &s.hosts[1];

    (void)state;
    assert_int_equal(pp_scenario_parse(&s, "test", json, sizeof json - 1), 0);
    assert_string_equal(s.name, "all");
    assert_int_equal(s.seed, 7);
    assert_int_equal(s.hops_min, 8);
    assert_int_equal(s.hops_max, 20);
    assert_true(s.vantage);
    assert_int_equal(s.nhosts, 2);
    assert_int_equal(s.hosts[0].families, 3);
    assert_int_equal(s.hosts[0].server, PP_LAB_ECN);
    assert_int_equal(s.hosts[0].ports[0], 80);
    assert_int_equal(s.hosts[0].nports, 1);
    assert_int_equal(c->families, 2);
    assert_int_equal(c->server, PP_LAB_PLAIN);
    assert_int_equal(c->nports, 2);
    assert_int_equal(c->ports[1], 8080);
    assert_float_equal(c->jitter_ms, 2.5, 0);
    assert_true(c->control && c->flow_fail_episode);
    assert_float_equal(c->flow_fail_p, 0.02, 0);
    assert_float_equal(c->burst_loss, 0.05, 0);
    assert_float_equal(c->burst_ms, 300, 0);
    assert_string_equal(c->name, "class");
    assert_int_equal(c->npath, 3); /* in the order of the hops, the server's own last */
    assert_string_equal(c->path[0].behaviour->name, "ecn.syn.drop");
    assert_int_equal(c->path[1].hop, 9);
    assert_int_equal(c->path[1].dir, PP_LAB_REV);
    assert_string_equal(c->path[2].behaviour->name, "ecn.reflect");
}

/* Every built-in scenario is valid, and `ecn` shows every behaviour whose row is 1 to 16. */
static void built_in(void **state)
{
    const struct pp_behaviour *b;
    struct pp_scenario s;

    (void)state;
    for (const char *const *name = pp_scenario_names(); *name; name++) {
        assert_int_equal(pp_scenario_load(&s, *name), 0);
        assert_string_equal(s.name, *name);
    }
    assert_int_equal(pp_scenario_load(&s, "ecn"), 0);
    for (unsigned i = 0; (b = pp_behaviour_at(i)); i++) {
        for (unsigned dir = PP_LAB_FWD; dir <= PP_LAB_REV; dir++) {
            unsigned row = dir == PP_LAB_FWD ? b->row_fwd : b->row_rev;
            bool found = !row || row > 16 || (b->dirs && !(b->dirs & dir));

            /* Rows 9, 11 and 12 (marks that no host sends yet) are in the scenario in the forward direction alone. */
            if (dir == PP_LAB_REV && row >= 9 && row <= 12 && row == b->row_fwd && row != 10)
                found = true;
            for (unsigned c = 0; c < s.nhosts; c++) {
                for (unsigned p = 0; p < s.hosts[c].npath; p++)
                    found |= s.hosts[c].path[p].behaviour == b && (!b->dirs || s.hosts[c].path[p].dir == dir);
            }
            if (!found)
                fail_msg("'%s' is not in the scenario 'ecn'", b->name);
        }
    }
}

static void no_such_scenario(void **state)
{
    char text[1024];

    (void)state;
    messages(load, "nosuch", -1, text, sizeof text);
    assert_non_null(strstr(text, "no scenario 'nosuch'"));
    assert_non_null(strstr(text, "hint: "));
    messages(load, "/proc/nonexistent/x.json", -1, text, sizeof text);
    assert_non_null(strstr(text, "cannot open scenario"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_input), cmocka_unit_test(truncated),        cmocka_unit_test(good_input),
        cmocka_unit_test(built_in),  cmocka_unit_test(no_such_scenario),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
