/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ended.c: the memory of ended flows: the newest are found, the oldest are replaced, and which acknowledgments
 * prove knowledge of a flow.
 */
#include "../../core/probe/ended.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct pp_flow_key key_number(uint32_t i)
{
    uint8_t addr[4] = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

    return (struct pp_flow_key){.remote = pp_addr_from4(addr), .lport = (uint16_t)(61000 + i % 7), .rport = 80};
}

static void the_newest_are_remembered(void **state)
{
    const uint32_t all = 2 * PP_ENDED_MAX + 100;
    struct pp_ended e;

    (void)state;
    assert_int_equal(pp_ended_init(&e), 0);
    for (uint32_t i = 0; i < all; i++) {
        struct pp_flow_key k = key_number(i);
        assert_null(pp_ended_find(&e, &k));
        pp_ended_add(&e, &k)->iss = i;
    }
    for (uint32_t i = 0; i < all; i++) {
        struct pp_flow_key k = key_number(i);
        struct pp_ended_flow *f = pp_ended_find(&e, &k);
        assert_int_equal(f != NULL, i >= all - PP_ENDED_MAX);
        if (f)
            assert_int_equal(f->iss, i);
        k.rport = 81;
        assert_null(pp_ended_find(&e, &k));
    }
    pp_ended_release(&e);
}

static void a_later_connection_replaces_an_earlier_one(void **state)
{
    struct pp_flow_key k = key_number(1), other = key_number(2);
    struct pp_ended e;

    (void)state;
    assert_int_equal(pp_ended_init(&e), 0);
    pp_ended_add(&e, &k)->iss = 100;
    pp_ended_add(&e, &other)->iss = 200;
    pp_ended_add(&e, &k)->iss = 300;
    assert_int_equal(pp_ended_find(&e, &k)->iss, 300);
    for (uint32_t i = 0; i < PP_ENDED_MAX - 1; i++) {
        struct pp_flow_key next = key_number(1000 + i);
        pp_ended_add(&e, &next);
    }
    assert_int_equal(pp_ended_find(&e, &k)->iss, 300); /* the older one has gone, not this */
    assert_null(pp_ended_find(&e, &other));
    pp_ended_release(&e);
}

/* SYN 1000, data up to 1100, FIN: the peer may acknowledge 1001 to 1102; also where numbers wrap. */
static void acknowledgments_that_belong_to_the_connection(void **state)
{
    static const uint32_t start[] = {1000, 0, UINT32_MAX - 50, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof start / sizeof *start; i++) {
        uint32_t iss = start[i], reach = iss + 102;
        assert_false(pp_ended_proves(iss, reach, iss));
        assert_true(pp_ended_proves(iss, reach, iss + 1));
        assert_true(pp_ended_proves(iss, reach, reach));
        assert_false(pp_ended_proves(iss, reach, reach + 1));
        assert_false(pp_ended_proves(iss, reach, iss - 1));
        assert_false(pp_ended_proves(iss, reach, iss + (UINT32_C(1) << 31)));
        assert_false(pp_ended_proves(iss, iss, iss)); /* a datagram: nothing proves it */
        assert_false(pp_ended_proves(iss, iss, iss + 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_are_remembered),
        cmocka_unit_test(a_later_connection_replaces_an_earlier_one),
        cmocka_unit_test(acknowledgments_that_belong_to_the_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
