/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_queue.c: the queue between feeder and worker: order, its bound, waking, end and stop, with a thread on each end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../core/campaign/queue.h"

#define TARGETS 20000

/* A wire that can be woken and waited for, and nothing else. */
struct bell {
    struct pp_wire wire;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    uint64_t rung, heard;
};

static void ring(struct pp_wire *w)
{
    struct bell *b = (struct bell *)w;

    pthread_mutex_lock(&b->lock);
    b->rung++;
    pthread_cond_broadcast(&b->cond);
    pthread_mutex_unlock(&b->lock);
}

static void bell_wait(struct bell *b, uint64_t beyond)
{
    pthread_mutex_lock(&b->lock);
    while (b->rung <= beyond)
        pthread_cond_wait(&b->cond, &b->lock);
    b->heard = b->rung;
    pthread_mutex_unlock(&b->lock);
}

static const struct pp_wire_ops bell_ops = {.name = "bell", .wake = ring};

struct fixture {
    struct pp_queue q;
    struct bell bell;
    unsigned put; /* by the feeder's thread, read after it was joined */
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){.bell = {.wire = {.ops = &bell_ops}}};
    pthread_mutex_init(&f->bell.lock, NULL);
    pthread_cond_init(&f->bell.cond, NULL);
    pp_queue_init(&f->q, &f->bell.wire, PP_QUEUE_TARGETS);
}

static uint64_t end(struct fixture *f)
{
    uint64_t left = pp_queue_release(&f->q);

    pthread_mutex_destroy(&f->bell.lock);
    pthread_cond_destroy(&f->bell.cond);
    return left;
}

static struct pp_target *numbered(uint32_t i)
{
    struct pp_target *t = calloc(1, sizeof *t);

    if (t)
        t->asn = i;
    return t;
}

/* Feeds until it is stopped, or TARGETS are in. */
static void *feed(void *arg)
{
    struct fixture *f = arg;

    for (; f->put < TARGETS; f->put++) {
        struct pp_target *t = numbered(f->put);
        if (!t || !pp_queue_put(&f->q, t)) {
            free(t);
            return NULL;
        }
    }
    pp_queue_end(&f->q);
    return NULL;
}

static void everything_comes_out_in_order(void **state)
{
    struct fixture f;
    pthread_t feeder;
    bool over = false;
    uint64_t heard = 0;
    uint32_t n = 0;

    (void)state;
    begin(&f);
    assert_int_equal(pthread_create(&feeder, NULL, feed, &f), 0);
    while (!over) {
        struct pp_target *t = pp_queue_take(&f.q, &over);
        if (t) {
            assert_int_equal(t->asn, n);
            assert_false(over);
            n++;
            free(t);
        } else if (!over) { /* as a worker does: it sleeps until it is woken, and no wake may be missed */
            bell_wait(&f.bell, heard);
            heard = f.bell.heard;
        }
    }
    pthread_join(feeder, NULL);
    assert_int_equal(n, TARGETS);
    assert_null(pp_queue_take(&f.q, &over)); /* and again, it is over */
    assert_true(over);
    assert_int_equal(end(&f), 0);
}

static void empty_is_not_the_end(void **state)
{
    struct fixture f;
    bool over = false;
    struct pp_target *t;

    (void)state;
    begin(&f);
    assert_null(pp_queue_take(&f.q, &over));
    assert_false(over);
    assert_true(pp_queue_put(&f.q, numbered(1)));
    assert_int_equal(f.bell.rung, 1);
    assert_true(pp_queue_put(&f.q, numbered(2)));
    assert_int_equal(f.bell.rung, 1); /* there was something already */
    pp_queue_end(&f.q);
    assert_int_equal(f.bell.rung, 2);
    for (uint32_t i = 1; i <= 2; i++) { /* what is in comes out before the end */
        t = pp_queue_take(&f.q, &over);
        assert_non_null(t);
        assert_int_equal(t->asn, i);
        assert_false(over);
        free(t);
    }
    assert_null(pp_queue_take(&f.q, &over));
    assert_true(over);
    assert_int_equal(end(&f), 0);
}

/* A feeder that waits for room returns when the queue is stopped, and keeps what it could not put. */
static void stop_frees_a_waiting_feeder(void **state)
{
    struct fixture f;
    pthread_t feeder;
    bool over = false;
    unsigned taken = 0;
    struct pp_target *t;

    (void)state;
    begin(&f);
    assert_int_equal(pthread_create(&feeder, NULL, feed, &f), 0);
    bell_wait(&f.bell, 0);
    t = pp_queue_take(&f.q, &over);
    assert_non_null(t);
    free(t);
    pp_queue_stop(&f.q); /* whether it waits already or not */
    pthread_join(feeder, NULL);
    assert_in_range(f.put, 1, PP_QUEUE_TARGETS + 1);
    t = numbered(0);
    assert_false(pp_queue_put(&f.q, t));
    free(t);
    while (taken < 10 && (t = pp_queue_take(&f.q, &over)))
        taken++, free(t);
    assert_int_equal(end(&f), f.put - 1 - taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_comes_out_in_order),
        cmocka_unit_test(empty_is_not_the_end),
        cmocka_unit_test(stop_frees_a_waiting_feeder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
