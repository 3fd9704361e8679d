/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_slow.c: at most 100 packets with hop-by-hop options leave in any second, at any rate: by the queue of a wire,
 * and in a whole campaign.
 */
#include "../../core/wire/slow.h"

#define PP_STATIC_PLUGIN exthdr
#include "../../plugins/exthdr.c"

#include "../../core/loader/plugins_parts.h"
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)
#define MOST 20000

/* ---- the queue -------------------------------------------------------------------------------------------------- */

/* A wire that records when each packet left, and refuses every tenth. */
struct noting {
    struct pp_wire wire; /* first */
    int64_t now;
    int64_t at[MOST];
    uint32_t n, failed, next;
    bool refuses;
};

static int note(struct pp_wire *w, const uint8_t *ip, size_t len, uint64_t tag)
{
    struct noting *x = (struct noting *)w;

    assert_int_equal(len, sizeof x->next);
    assert_memory_equal(ip, &x->next, len); /* in their order */
    assert_int_equal(tag, 1000 + x->next);
    x->next++;
    x->at[x->n++] = x->now;
    return x->refuses && tag % 10 == 0 ? -1 : 0;
}

static void nothing(struct pp_wire *w, void (*failed)(void *arg, uint64_t tag), void *arg)
{
    (void)w, (void)failed, (void)arg;
}

static int64_t time_of(struct pp_wire *w)
{
    return ((struct noting *)w)->now;
}

static const struct pp_wire_ops noting_ops = {.name = "noting", .send = note, .flush = nothing, .now = time_of};

static void count_failed(void *arg, uint64_t tag)
{
    struct noting *x = arg;

    assert_int_equal(tag % 10, 0);
    x->failed++;
}

/* The most of N times AT, which do not fall, that lie within LEN. */
static unsigned most_within(const int64_t *at, size_t n, int64_t len)
{
    unsigned most = 0;

    for (size_t i = 0, from = 0; i < n; i++) {
        while (at[i] - at[from] >= len)
            from++;
        most = i - from + 1 > most ? (unsigned)(i - from + 1) : most;
    }
    return most;
}

static void test_queue(void **unused)
{
    static struct noting x[2];
    struct pp_slow_rate rate;
    uint32_t number[2] = {0};

    (void)unused;
    pp_slow_rate_init(&rate, 10, 0);
    for (unsigned k = 0; k < 2; k++) {
        x[k] = (struct noting){.wire = {.ops = &noting_ops, .slow = pp_slow_new(&rate)}, .refuses = k == 1};
        assert_non_null(x[k].wire.slow);
        assert_true(pp_slow_next(&x[k].wire) == PP_NEVER);
    }
    /* Two wires, of which each has 500 packets at once, and more later. */
    for (int64_t now = 0; now < 30 * SECOND; now += SECOND / 200)
        for (unsigned k = 0; k < 2; k++) {
            x[k].now = now;
            for (unsigned i = 0; i < (now == 0 ? 500 : now % SECOND == 0 ? 10 : 0); i++, number[k]++)
                assert_int_equal(pp_slow_send(&x[k].wire, (const uint8_t *)&number[k], sizeof number[k],
                                              1000 + number[k]) < 0,
                                 x[k].refuses && number[k] == 0 && now == 0 && x[k].n == 1);
            assert_int_equal(pp_slow_full(&x[k].wire), number[k] - x[k].n >= 4);
            pp_wire_flush(&x[k].wire, count_failed, &x[k]);
        }
    {
        static int64_t both[MOST];
        size_t n = 0;

        for (uint32_t i = 0, j = 0; i < x[0].n || j < x[1].n;)
            both[n++] = j == x[1].n || (i < x[0].n && x[0].at[i] <= x[1].at[j]) ? x[0].at[i++] : x[1].at[j++];
        assert_int_equal(n, number[0] + number[1]); /* all have left */
        assert_true(most_within(both, n, SECOND) <= PP_SLOW_RATE);
        assert_true(most_within(both, n, SECOND) >= PP_SLOW_RATE * 3 / 4);
    }
    assert_int_equal(x[0].failed, 0);
    assert_int_equal(x[1].failed, (number[1] + 9) / 10);
    /* A packet beyond the queue's maximum is refused; packets left in the queue are freed with it. */
    {
        unsigned taken = 0;

        while (taken < 1000000 && pp_slow_send(&x[0].wire, (const uint8_t *)&number[0], 4, 1000 + number[0]) == 0) {
            number[0]++;
            taken++;
        }
        assert_in_range(taken, 4096, 4096 + 10);
    }
    for (unsigned k = 0; k < 2; k++)
        pp_slow_free(x[k].wire.slow);
}

/* ---- a campaign ------------------------------------------------------------------------------------------------- */

struct seen {
    int64_t at[MOST];
    size_t n, all;
};

/* When one of our packets is captured, the rig's wire has its time of sending, at most one step of the clock before. */
static bool watch(struct rig *r, uint8_t *ip, size_t len, bool ours)
{
    struct seen *s = r->setup.arg;

    if (ours && len > 40 && ip[0] >> 4 == 6 && ip[6] == 0 && s->n < MOST)
        s->at[s->n++] = r->left_at[r->left - 1];
    s->all += ours;
    return true;
}

static void campaign(const char *hosts, const char *mode, uint64_t nhosts, const char *condition)
{
    static struct seen seen;
    static struct rig r;
    char why[PP_WHY];
    struct rig_setup setup = {.hosts = hosts, .mode = mode, .nhosts = nhosts,
                              .plugin = pp_plugin_ready(&pp_plugin_exthdr, why),
                              .packet = watch, .vantage_check = true, .locate = true};

    memset(&seen, 0, sizeof seen);
    setup.arg = &seen;
    rig_run(&r, &setup);
    assert_int_equal(r.result, 0);
    assert_int_equal(r.nlines, nhosts);
    assert_true(seen.n > 300);
    assert_true(most_within(seen.at, seen.n, SECOND) <= PP_SLOW_RATE);
    assert_true(most_within(seen.at, seen.n, SECOND / 100) <= 11); /* nor do the copies of the vantage check */
    for (size_t i = 0; i < r.nlines; i++)
        assert_true(json_is_true(rig_at(r.line[i], "quality.valid")));
    assert_int_equal(rig_count(&r, condition), nhosts); /* no packet waited in the queue until its flow failed */
    rig_release(&r);
}

static void test_campaign(void **unused)
{
    (void)unused;
    campaign("\"server\": \"ecn\", \"families\": [6]", "tcp", 300, "exthdr.hbh.connectivity.works");
    campaign("\"server\": \"silent\", \"families\": [6]", "tcp", 300, "exthdr.hbh.connectivity.offline");
    campaign("\"server\": \"ecn\", \"families\": [6]", "dnsudp", 100, "exthdr.label.zero.connectivity.works");
}

/* Packets of sweeps go through the same queue; the sweep finds the place behind router 7. */
static void test_located(void **unused)
{
    static struct seen seen;
    static struct rig r;
    const struct pp_plan method = {.max_rounds = 12, .alpha = 1e-4, .cooldown = 2 * SECOND, .spacing = 60 * SECOND,
                                   .max_flows = 400};
    char why[PP_WHY];
    struct rig_setup setup = {.hosts = "\"server\": \"ecn\", \"families\": [6], \"delay_ms\": 10, \"path\": "
                                       "[{\"behaviour\": \"hbh.drop\", \"dir\": \"fwd\", \"hop\": 7}]",
                              .nhosts = 10, .plugin = pp_plugin_ready(&pp_plugin_exthdr, why), .packet = watch,
                              .method = &method, .locate = true, .arg = &seen};

    (void)unused;
    memset(&seen, 0, sizeof seen);
    rig_run(&r, &setup);
    assert_int_equal(r.result, 0);
    assert_int_equal(rig_count(&r, "exthdr.hbh.connectivity.broken"), 10);
    assert_true(most_within(seen.at, seen.n, SECOND) <= PP_SLOW_RATE);
    assert_true(most_within(seen.at, seen.n, SECOND) >= PP_SLOW_RATE / 4);
    for (size_t i = 0; i < r.nlines; i++) {
        assert_string_equal(rig_str(r.line[i], "located.0.kind"), "drop");
        assert_int_equal(json_integer_value(rig_at(r.line[i], "located.0.from.ttl")), 7);
        assert_int_equal(json_integer_value(rig_at(r.line[i], "located.0.to.ttl")), 8);
    }
    rig_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_queue), cmocka_unit_test(test_campaign),
                                       cmocka_unit_test(test_located)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
