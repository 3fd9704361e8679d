/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_guards.c: an uplink that fails and a capture that drops while thousands of targets are under way: no target is
 * lost or gets a wrong word. Also reference targets, which are probed during the whole run.
 */
#include "method.h"

#define TARGETS 2000

static const struct pp_plan method = {METHOD};

/* The true verdict of each class of MIX, in order, and the condition on negotiation where B1 gets through. */
static const struct {
    const char *word, *more;
} truth[] = {
    {"works", "ecn.negotiation.succeeded"},
    {"works", "ecn.negotiation.failed"},
    {"offline", NULL},
    {"offline", NULL},
    {"broken", NULL},
    {"broken", NULL},
    {"broken", NULL},
};

/* Checks that each target has one line, with the true verdict and conditions. */
static void compare(const struct rig *r)
{
    static bool seen[TARGETS];

    assert_int_equal(r->nlines, TARGETS);
    assert_int_equal(r->pending, 0);
    memset(seen, false, sizeof seen);
    for (size_t n = 0; n < r->nlines; n++) {
        const json_t *line = r->line[n];
        uint64_t i = (uint64_t)json_integer_value(rig_at(line, "n"));
        struct pp_lab_host h;
        const char *got = rig_str(verdict_of(line, "B1"), "verdict");

        assert_true(i < TARGETS && !seen[i]);
        seen[i] = true;
        pp_lab_host(r->lab, i, &h);
        check_reasons(line);
        assert_true(valid(line));
        if (strcmp(got, truth[h.class_index].word) != 0)
            fail_msg("target %llu is %s, not %s", (unsigned long long)i, got, truth[h.class_index].word);
        for (size_t t = 0; t < sizeof truth / sizeof *truth; t++)
            if (truth[t].more)
                assert_int_equal(rig_has(rig_at(line, "conditions"), truth[t].more),
                                 truth[h.class_index].more && strcmp(truth[t].more, truth[h.class_index].more) == 0);
        assert_int_equal(json_array_size(rig_at(line, "quality.mixed")), 0);
    }
}

/* The rate makes the run last for most of a minute; the fault comes in the middle. */
static const struct rig_setup many = {.hosts = MIX, .nhosts = TARGETS, .method = &method, .rate = 1000};

static void an_outage_of_ten_seconds(void **state)
{
    struct rig_setup s = many;
    uint64_t told = 0;
    struct rig r;

    (void)state;
    s.faults = (struct pp_virtual_faults){.outage_from = 6 * S, .outage_to = 16 * S};
    go(&r, &s);
    compare(&r);
    for (size_t i = 0; i < r.nlines; i++)
        told += json_is_true(rig_at(r.line[i], "quality.outage"));
    assert_int_equal(told, 0); /* no target was discarded so often that an outcome during the outage had to be kept */
    assert_int_equal(r.nwindows, 1);
    assert_true(r.window[0].from >= 6 * S - 200 * MS && r.window[0].from <= 7 * S);
    assert_true(r.window[0].to >= 8 * S && r.window[0].to <= 17 * S);
    rig_release(&r);
}

static void a_burst_of_drops(void **state)
{
    struct rig_setup s = many;
    struct rig r;

    (void)state;
    s.faults = (struct pp_virtual_faults){.drops_from = 6 * S, .drops_to = 8 * S, .drop_p = 0.5};
    go(&r, &s);
    assert_true(r.counters.dropped_ring > 0);
    assert_int_equal(rig_count(&r, NOT_OBSERVED), 0);
    compare(&r);
    rig_release(&r);
}

/* Reference targets get a round in each interval; their series is complete, and they have no lines. */
static void reference_targets(void **state)
{
    char line[2][256];
    const char *lines[] = {line[0], line[1], NULL};
    unsigned seen[2] = {0, 0};
    struct rig r;

    (void)state;
    host_line(line[0], sizeof line[0], 20, 18, "\"n\":100");
    host_line(line[1], sizeof line[1], 20, 19, "\"n\":101");
    go(&r, &(struct rig_setup){.hosts = BROKEN, .nhosts = 18, .method = &method, .references = lines});
    assert_int_equal(r.nlines, 18);
    assert_null(rig_line(&r, 100));
    assert_int_equal(r.pending, 0);
    assert_int_equal(r.verdict_counts.targets, 18);
    for (size_t i = 0; i < r.ncontrol; i++) {
        const struct pp_reference_entry *e = &r.control[i];
        unsigned which = pp_addr_is4(&e->addr) ? 0 : 1;
        assert_int_equal(e->port, 80);
        assert_true(e->valid);
        for (size_t before = 0; before < i; before++)
            if (pp_addr_eq(&r.control[before].addr, &e->addr))
                assert_true(e->epoch - r.control[before].epoch >= 60 * S);
        seen[which]++;
    }
    /* A run of eleven rounds, of 542 to 597 s: at 0, 60, 120, ... and 540 s. */
    assert_int_equal(seen[0], 10);
    assert_int_equal(seen[1], 10);
    rig_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outage_of_ten_seconds),
        cmocka_unit_test(a_burst_of_drops),
        cmocka_unit_test(reference_targets),
    };

    return cmocka_run_group_tests(tests, rig_begin, rig_end);
}
