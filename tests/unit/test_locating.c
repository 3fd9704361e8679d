/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_locating.c: --locate in a worker, in virtual time: a confirmed failure is swept before its line is written,
 * working targets are swept only in the sample, and an interruption keeps the verdict.
 */
#include "method.h"


#define SERVER "\"server\": \"ecn\", \"delay_ms\": 10"
#define BOX(behaviour, hop) \
    SERVER ", \"path\": [{\"behaviour\": \"" behaviour "\", \"dir\": \"fwd\", \"hop\": " #hop "}]"

static void run(struct rig *r, const char *hosts, uint64_t n, double sample, int64_t stop_at)
{
    const struct pp_plan method = {METHOD, .locate_sample = sample};
    const struct rig_setup what = {
        .hosts = hosts, .nhosts = n, .method = &method, .locate = true, .pcap = true, .stop_at = stop_at};

    go(r, &what);
}

static void assert_place(const json_t *line, const char *kind, int from, int to)
{
    assert_string_equal(rig_str(line, "located.0.kind"), kind);
    assert_string_equal(rig_str(line, "located.0.arm"), "B1");
    assert_true(json_is_null(rig_at(line, "located.0.why")));
    assert_int_equal(json_integer_value(rig_at(line, "located.0.from.ttl")), from);
    assert_int_equal(json_integer_value(rig_at(line, "located.0.to.ttl")), to);
}

/* What the verdict of ARM says. */
static const char *attribution(const json_t *line, const char *arm)
{
    const json_t *verdicts = rig_at(line, "verdicts");

    for (size_t i = 0; i < json_array_size(verdicts); i++)
        if (!strcmp(rig_str(json_array_get(verdicts, i), "arm"), arm))
            return rig_str(json_array_get(verdicts, i), "attribution");
    fail_msg("no verdict of %s", arm);
    return NULL;
}

static void broken_arms_have_a_place(void **state)
{
    struct rig r;

    (void)state;
    run(&r, BOX("ecn.syn.drop", 6), 20, 0, 0);
    assert_int_equal(r.nlines, 20);
    for (size_t i = 0; i < r.nlines; i++) {
        assert_place(r.line[i], "drop", 6, 7);
        assert_true(json_number_value(rig_at(r.line[i], "located.0.e")) >= 100);
        assert_true(rig_has(rig_at(r.line[i], "conditions"), "ecn.connectivity.broken"));
        assert_string_equal(attribution(r.line[i], "B1"), "path");
    }
    assert_int_equal(r.verdict_counts.located, 20);
    assert_int_equal(r.verdict_counts.placed, 20);
    assert_int_equal(atomic_load(&r.counters.locating), 0);
    assert_int_equal(atomic_load(&r.counters.sweeps), 20 * 14); /* seven pairs each */
    rig_release(&r);
    run(&r, BOX("ecn.syn.rst", 7), 10, 0, 0);
    assert_int_equal(r.nlines, 10);
    for (size_t i = 0; i < r.nlines; i++) {
        assert_place(r.line[i], "reset", 7, 8);
        assert_string_equal(attribution(r.line[i], "B1"), "path");
    }
    rig_release(&r);
}

/* The last router is silent, so the sweep cannot tell whether the path or the target drops the packets. */
static void the_target_may_be_to_blame(void **state)
{
    struct rig r;

    (void)state;
    run(&r, BOX("ecn.syn.drop", 11) ", \"routers\": [{\"hop\": 12, \"answers\": 0}]", 5, 0, 0);
    assert_int_equal(r.nlines, 5);
    for (size_t i = 0; i < r.nlines; i++) {
        assert_place(r.line[i], "drop", 11, 13);
        assert_true(json_is_true(rig_at(r.line[i], "located.0.to.target")));
        assert_string_equal(attribution(r.line[i], "B1"), "unknown");
    }
    rig_release(&r);
}

static void what_works_is_not_swept_but_for_the_sample(void **state)
{
    struct rig r;

    (void)state;
    run(&r, SERVER, 50, 0, 0);
    assert_int_equal(r.nlines, 50);
    assert_int_equal(r.verdict_counts.located, 0);
    assert_null(rig_at(r.line[0], "located"));
    rig_release(&r);
    run(&r, SERVER, 50, 1, 0);
    assert_int_equal(r.nlines, 50);
    assert_int_equal(r.verdict_counts.located, 50);
    assert_int_equal(r.verdict_counts.placed, 0);
    assert_int_equal(atomic_load(&r.counters.sweeps), 50 * 4); /* two pairs that show nothing */
    for (size_t i = 0; i < r.nlines; i++)
        assert_int_equal(json_array_size(rig_at(r.line[i], "located")), 0);
    rig_release(&r);
}

static void an_interruption_leaves_the_verdict(void **state)
{
    struct rig r;
    int64_t end;

    (void)state;
    run(&r, BOX("ecn.syn.drop", 6), 1, 0, 0);
    end = r.now;
    rig_release(&r);
    run(&r, BOX("ecn.syn.drop", 6), 1, 0, end - INT64_C(20000000000));
    assert_int_equal(r.nlines, 1);
    assert_int_equal(r.pending, 0);
    assert_true(rig_has(rig_at(r.line[0], "conditions"), "ecn.connectivity.broken"));
    assert_string_equal(rig_str(r.line[0], "located.0.why"), "interrupted");
    assert_true(json_is_null(rig_at(r.line[0], "located.0.to")));
    assert_string_equal(attribution(r.line[0], "B1"), "unknown");
    rig_release(&r);
}

/* `located: []` says that the hops were asked and showed no change. */
static void an_interrupted_sample_claims_nothing(void **state)
{
    struct rig r;
    int64_t end;

    (void)state;
    run(&r, SERVER, 1, 1, 0);
    end = r.now;
    assert_non_null(rig_at(r.line[0], "located"));
    rig_release(&r);
    run(&r, SERVER, 1, 1, end - INT64_C(1000000000));
    assert_int_equal(r.nlines, 1);
    assert_int_equal(r.pending, 0);
    assert_true(rig_has(rig_at(r.line[0], "conditions"), "ecn.connectivity.works"));
    assert_null(rig_at(r.line[0], "located"));
    assert_int_equal(r.verdict_counts.located, 0);
    assert_true(atomic_load(&r.counters.sweeps) > 0);
    rig_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_arms_have_a_place),
        cmocka_unit_test(the_target_may_be_to_blame),
        cmocka_unit_test(what_works_is_not_swept_but_for_the_sample),
        cmocka_unit_test(an_interruption_leaves_the_verdict),
        cmocka_unit_test(an_interrupted_sample_claims_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
