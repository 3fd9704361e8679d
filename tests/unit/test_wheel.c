/* SPDX-License-Identifier: BSD-2-Clause */
/* test_wheel.c: the timing wheel against a model that checks all timers at each step. */
#include "../../core/base/error.h"
#include "../../core/base/random.h"
#include "../../core/base/wheel.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define TICK PP_WHEEL_TICK
#define TIMERS 48
#define OVERDUE INT64_MIN

/* What the header promises, done the slow way. */
struct model {
    struct pp_wheel w;
    struct pp_timer t[TIMERS];
    struct {
        bool set;
        int64_t due;      /* tick, or OVERDUE */
        unsigned advance; /* an overdue timer fires in this advance or later */
    } m[TIMERS];
    struct pp_rng rng;
    int64_t now, tick, until;
    unsigned advance;
    bool advancing;
    uint64_t fired;
};

static int64_t floor_tick(int64_t ns)
{
    int64_t t = ns / TICK;

    return t * TICK > ns ? t - 1 : t;
}

static int64_t ceil_tick(int64_t ns)
{
    int64_t t = ns / TICK;

    return t * TICK < ns ? t + 1 : t;
}

static bool can_fire(const struct model *m, int i)
{
    return m->m[i].set && (m->m[i].due == OVERDUE ? m->m[i].advance <= m->advance : m->m[i].due <= m->until);
}

/* The earliest due among those that can_fire (or among all); INT64_MAX if there is none. */
static int64_t earliest(const struct model *m, bool only_now)
{
    int64_t first = INT64_MAX;

    for (int i = 0; i < TIMERS; i++) {
        if ((only_now ? can_fire(m, i) : m->m[i].set) && m->m[i].due < first)
            first = m->m[i].due;
    }
    return first;
}

static void check_sets(const struct model *m)
{
    uint64_t count = 0;

    for (int i = 0; i < TIMERS; i++) {
        assert_int_equal(pp_timer_is_set(&m->t[i]), m->m[i].set);
        count += m->m[i].set;
    }
    assert_int_equal(m->w.count, count);
}

static void set(struct model *m, int i, int64_t at)
{
    pp_wheel_set(&m->w, &m->t[i], at);
    m->m[i].set = at != PP_NEVER;
    if (at == PP_NEVER)
        return;
    m->m[i].due = ceil_tick(at);
    if (m->m[i].due <= m->tick) {
        m->m[i].due = OVERDUE;
        m->m[i].advance = m->advance + m->advancing;
    }
}

/* A time near or far, never so near the end that adding overflows. */
static int64_t some_time(struct model *m)
{
    static const int64_t spans[] = {3, 300, 70000, INT64_C(1) << 25, INT64_C(1) << 34, INT64_C(8000000000000)};
    int64_t span = spans[pp_rng_below(&m->rng, sizeof spans / sizeof *spans)], at;

    switch (pp_rng_below(&m->rng, 12)) {
    case 0:
        return PP_NEVER;
    case 1:
        return m->now;
    case 2:
        return m->now - (int64_t)pp_rng_below(&m->rng, 5000 * TICK);
    case 3:
        return PP_NEVER - 1;
    default:
        at = m->tick * TICK + (int64_t)pp_rng_below(&m->rng, (uint64_t)span * TICK);
        /* Half of them on a tick's edge, where rounding decides. */
        return pp_rng_below(&m->rng, 2) ? floor_tick(at) * TICK : at;
    }
}

static void some_change(struct model *m)
{
    int i = (int)pp_rng_below(&m->rng, TIMERS);

    if (pp_rng_below(&m->rng, 4)) {
        set(m, i, some_time(m));
    } else {
        pp_wheel_cancel(&m->w, &m->t[i]);
        m->m[i].set = false;
    }
}

static void on_fire(struct pp_timer *t, void *arg)
{
    struct model *m = arg;
    int i = (int)(t - m->t);

    assert_false(pp_timer_is_set(t));
    assert_true(can_fire(m, i));
    assert_int_equal(m->m[i].due, earliest(m, true));
    m->m[i].set = false;
    m->fired++;
    if (m->m[i].due != OVERDUE)
        m->tick = m->m[i].due;
    assert_int_equal(m->w.tick, m->tick);
    for (uint64_t n = pp_rng_below(&m->rng, 4); n > 1; n--)
        some_change(m);
    if (pp_rng_below(&m->rng, 3) == 0)
        set(m, i, some_time(m));
    check_sets(m);
}

static void advance(struct model *m, int64_t now)
{
    m->now = now;
    m->until = floor_tick(now) > m->tick ? floor_tick(now) : m->tick;
    m->advancing = true;
    pp_wheel_advance(&m->w, now, on_fire, m);
    m->advancing = false;
    /* Nothing that was due is left. */
    assert_int_equal(earliest(m, true), INT64_MAX);
    m->tick = m->until;
    assert_int_equal(m->w.tick, m->tick);
    m->advance++;
}

static void check_next(const struct model *m)
{
    int64_t next = pp_wheel_next(&m->w), first = earliest(m, false);

    if (first == INT64_MAX) {
        assert_int_equal(next, PP_NEVER);
    } else if (first == OVERDUE) {
        assert_true(next <= m->now || floor_tick(next) <= m->tick);
    } else {
        /* Never too late, and always a step forward. */
        assert_true(first > PP_NEVER / TICK || next <= first * TICK);
        assert_true(next > m->tick * TICK && next != PP_NEVER);
        /* Exact when it is near: a worker must not wake up for nothing each tick. */
        if (first >> 8 == m->tick >> 8)
            assert_int_equal(next, first * TICK);
    }
}

static void run_model(uint64_t seed, int64_t start, int steps)
{
    static const int64_t jumps[] = {1, 3, 2000, 100000, INT64_C(1) << 26, INT64_C(1) << 33};
    struct model *m = calloc(1, sizeof *m);

    assert_non_null(m);
    m->rng = pp_rng_init(seed, 0);
    m->now = start;
    m->tick = floor_tick(start);
    pp_wheel_init(&m->w, start);
    for (int i = 0; i < steps; i++) {
        int64_t next = pp_wheel_next(&m->w), jump = jumps[pp_rng_below(&m->rng, i % 50 ? 4 : 6)];

        for (uint64_t n = pp_rng_below(&m->rng, 4); n > 0; n--)
            some_change(m);
        check_sets(m);
        check_next(m);
        next = pp_wheel_next(&m->w);
        if (pp_rng_below(&m->rng, 2) && next < m->now + jump * TICK)
            advance(m, next > m->now ? next : m->now);
        else if (pp_rng_below(&m->rng, 20) == 0)
            advance(m, m->now - TICK); /* a clock that steps back does no harm */
        else
            advance(m, m->now + (int64_t)pp_rng_below(&m->rng, (uint64_t)jump * TICK));
        check_sets(m);
        check_next(m);
    }
    assert_true(m->fired > (uint64_t)steps / 4);
    free(m);
}

static void random_operations_match_the_model(void **state)
{
    /* Around each level's turn, and before zero. */
    static const int64_t starts[] = {
        0, 1, 250, 65530, (1 << 24) - 9, (INT64_C(1) << 32) - 20, INT64_C(1) << 40, -300000, -5,
    };

    (void)state;
    for (unsigned i = 0; i < sizeof starts / sizeof *starts; i++) {
        run_model(i, starts[i] * TICK, 3000);
        run_model(100 + i, starts[i] * TICK + 333, 3000);
    }
}

struct clocked {
    int64_t now;
    unsigned fired;
};

static void fire_on_time(struct pp_timer *t, void *arg)
{
    struct clocked *c = arg;

    assert_true(c->now >= t->at);
    assert_true(c->now < t->at + TICK);
    c->fired++;
}

/* The owner jumps from pp_wheel_next to pp_wheel_next: no timer is early or a tick late, and few jumps are idle. */
static void virtual_clock_misses_nothing(void **state)
{
    enum { N = 5000 };
    static struct pp_timer t[N];
    static struct pp_wheel w;
    struct clocked c = {INT64_C(4294967290) * TICK + 17, 0}; /* a turn of the whole wheel is near */
    struct pp_rng rng = pp_rng_init(5, 5);
    unsigned jumps = 0;

    (void)state;
    memset(t, 0, sizeof t);
    pp_wheel_init(&w, c.now);
    for (int i = 0; i < N; i++) {
        int64_t span = INT64_C(1) << (20 + pp_rng_below(&rng, 40));
        pp_wheel_set(&w, &t[i], c.now + 1 + (int64_t)pp_rng_below(&rng, (uint64_t)span));
    }
    for (; w.count; jumps++) {
        int64_t next = pp_wheel_next(&w);
        assert_true(next > c.now);
        c.now = next;
        pp_wheel_advance(&w, c.now, fire_on_time, &c);
    }
    assert_int_equal(c.fired, N);
    assert_true(jumps <= N * (PP_WHEEL_LEVELS + 1));
    assert_int_equal(pp_wheel_next(&w), PP_NEVER);
}

static void fire_count(struct pp_timer *t, void *arg)
{
    (void)t;
    ++*(unsigned *)arg;
}

/* 146 years in steps of 5 hours: tick by tick this would take days. */
static void empty_hours_cost_nothing(void **state)
{
    const int64_t step = 5 * 3600 * INT64_C(1000000000), steps = 256000;
    static struct pp_wheel w;
    struct pp_timer last = {0};
    unsigned fired = 0;

    (void)state;
    pp_wheel_init(&w, 0);
    pp_wheel_set(&w, &last, step * steps);
    for (int64_t i = 1; i < steps; i++) {
        assert_true(pp_wheel_next(&w) > step * (i - 1));
        pp_wheel_advance(&w, step * i, fire_count, &fired);
        assert_int_equal(fired, 0);
    }
    pp_wheel_advance(&w, step * steps, fire_count, &fired);
    assert_int_equal(fired, 1);
}

struct again {
    struct pp_wheel w;
    struct pp_timer t;
    int64_t gap;
    unsigned fired;
};

static void fire_again(struct pp_timer *t, void *arg)
{
    struct again *a = arg;

    a->fired++;
    pp_wheel_set(&a->w, t, t->at + a->gap);
}

static void a_periodic_timer_catches_up_and_a_stuck_one_does_not_spin(void **state)
{
    struct again *a = calloc(1, sizeof *a);

    (void)state;
    assert_non_null(a);
    a->gap = 10 * TICK;
    pp_wheel_set(&a->w, &a->t, 10 * TICK);
    pp_wheel_advance(&a->w, 1000 * TICK, fire_again, a);
    assert_int_equal(a->fired, 100);

    a->gap = a->fired = 0;
    pp_wheel_set(&a->w, &a->t, 3);
    for (unsigned i = 1; i < 5; i++) {
        assert_true(pp_wheel_next(&a->w) <= 1000 * TICK);
        pp_wheel_advance(&a->w, 1000 * TICK, fire_again, a);
        assert_int_equal(a->fired, i);
    }
    free(a);
}

struct pair {
    struct pp_wheel w;
    struct pp_timer t[2];
    unsigned fired;
};

static void fire_cancels_the_other(struct pp_timer *t, void *arg)
{
    struct pair *p = arg;

    p->fired++;
    pp_wheel_cancel(&p->w, &p->t[t == &p->t[0]]);
}

static void fire_can_cancel_what_is_due_now(void **state)
{
    static const int64_t times[] = {0, 1, 300, 70000, INT64_C(1) << 33}; /* overdue, and on each level */
    struct pair *p = calloc(1, sizeof *p);

    (void)state;
    assert_non_null(p);
    for (unsigned i = 0; i < sizeof times / sizeof *times; i++) {
        pp_wheel_init(&p->w, 0);
        p->fired = 0;
        pp_wheel_set(&p->w, &p->t[0], times[i] * TICK);
        pp_wheel_set(&p->w, &p->t[1], times[i] * TICK);
        pp_wheel_advance(&p->w, times[i] * TICK, fire_cancels_the_other, p);
        assert_int_equal(p->fired, 1);
        assert_int_equal(p->w.count, 0);
        assert_int_equal(pp_wheel_next(&p->w), PP_NEVER);
    }
    free(p);
}

/* A timer that is set never looks like none, even where the end of its tick is beyond the end of time. */
static void the_last_tick_is_not_never(void **state)
{
    static struct pp_wheel w;
    struct pp_timer t = {0};

    (void)state;
    pp_wheel_init(&w, PP_NEVER - TICK);
    pp_wheel_set(&w, &t, PP_NEVER - 1);
    assert_int_equal(pp_wheel_next(&w), PP_NEVER - 1);
    pp_wheel_set(&w, &t, PP_NEVER);
    assert_false(pp_timer_is_set(&t));
    assert_int_equal(pp_wheel_next(&w), PP_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_match_the_model),
        cmocka_unit_test(virtual_clock_misses_nothing),
        cmocka_unit_test(empty_hours_cost_nothing),
        cmocka_unit_test(a_periodic_timer_catches_up_and_a_stuck_one_does_not_spin),
        cmocka_unit_test(fire_can_cancel_what_is_due_now),
        cmocka_unit_test(the_last_tick_is_not_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
