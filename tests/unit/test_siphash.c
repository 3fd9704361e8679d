/* SPDX-License-Identifier: BSD-2-Clause */
/* test_siphash.c: SipHash-2-4 against the vectors of the paper and of OpenSSL; random.h's two kinds of chance. */
#include "../../core/base/random.h"
#include "../../core/base/siphash.h"

#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/*
 * Row n: key 00 01 .. 0f, message 00 01 .. n-1. Row 15 is the example of the paper's appendix A; all come from
 * `openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f -macopt size:8 SIPHASH`, read as little-endian.
 */
static const uint64_t vectors[64] = {
    0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
    0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
    0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
    0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5,
    0x3f2acc7f57c29bdb, 0x699ae9f52cbe4794, 0x4bc1b3f0968dd39c, 0xbb6dc91da77961bd,
    0xbed65cf21aa2ee98, 0xd0f2cbb02e3b67c7, 0x93536795e3a33e88, 0xa80c038ccd5ccec8,
    0xb8ad50c6f649af94, 0xbce192de8a85b8ea, 0x17d835b85bbb15f3, 0x2f2e6163076bcfad,
    0xde4daaaca71dc9a5, 0xa6a2506687956571, 0xad87a3535c49ef28, 0x32d892fad841c342,
    0x7127512f72f27cce, 0xa7f32346f95978e3, 0x12e0b01abb051238, 0x15e034d40fa197ae,
    0x314dffbe0815a3b4, 0x027990f029623981, 0xcadcd4e59ef40c4d, 0x9abfd8766a33735c,
    0x0e3ea96b5304a7d0, 0xad0c42d6fc585992, 0x187306c89bc215a9, 0xd4a60abcf3792b95,
    0xf935451de4f21df2, 0xa9538f0419755787, 0xdb9acddff56ca510, 0xd06c98cd5c0975eb,
    0xe612a3cb9ecba951, 0xc766e62cfcadaf96, 0xee64435a9752fe72, 0xa192d576b245165a,
    0x0a8787bf8ecb74b2, 0x81b3e73d20b49b6f, 0x7fa8220ba3b2ecea, 0x245731c13ca42499,
    0xb78dbfaf3a8d83bd, 0xea1ad565322a1a0b, 0x60e61c23a3795013, 0x6606d7e446282b93,
    0x6ca4ecb15c5f91e1, 0x9f626da15c9625f3, 0xe51b38608ef25f57, 0x958a324ceb064572,
};

static struct pp_sipkey paper_key(void)
{
    struct pp_sipkey key;
    uint8_t b[16];

    for (unsigned i = 0; i < sizeof b; i++)
        b[i] = (uint8_t)i;
    memcpy(&key, b, sizeof key);
    key.k[0] = le64toh(key.k[0]);
    key.k[1] = le64toh(key.k[1]);
    return key;
}

static void siphash_gives_the_vectors(void **state)
{
    struct pp_sipkey key = paper_key();
    uint8_t m[65];

    (void)state;
    for (unsigned i = 0; i < sizeof m; i++)
        m[i] = (uint8_t)(i - 1);
    /* From an odd address too: the caller's bytes need no alignment. */
    for (unsigned n = 0; n < 64; n++)
        assert_int_equal(pp_siphash(&key, m + 1, n), vectors[n]);
}

static void random_keys_differ(void **state)
{
    struct pp_sipkey a = pp_sipkey_random(), b = pp_sipkey_random();

    (void)state;
    assert_memory_not_equal(&a, &b, sizeof a);
}

static void secret_fills_all_and_no_more(void **state)
{
    uint8_t b[1026] = {0};
    unsigned zero = 0;

    (void)state;
    pp_random_secret(b + 1, sizeof b - 2);
    pp_random_secret(b, 0);
    assert_int_equal(b[0], 0);
    assert_int_equal(b[sizeof b - 1], 0);
    for (unsigned i = 1; i < sizeof b - 1; i++)
        zero += b[i] == 0;
    assert_in_range(zero, 0, 100); /* 4 are expected; 100 happen once in 10^80 runs */
}

/* SplitMix64 from state 1234567: the example values given with several implementations of it. */
static void rng_is_splitmix64(void **state)
{
    static const uint64_t want[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973), UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431), UINT64_C(16408922859458223821),
    };
    struct pp_rng r = {1234567};

    (void)state;
    for (unsigned i = 0; i < sizeof want / sizeof *want; i++)
        assert_int_equal(pp_rng_next(&r), want[i]);
}

static void rng_repeats_and_streams_differ(void **state)
{
    struct pp_rng a = pp_rng_init(7, 1), b = pp_rng_init(7, 1), c = pp_rng_init(7, 2), d = pp_rng_init(1, 7);

    (void)state;
    for (int i = 0; i < 100; i++) {
        uint64_t x = pp_rng_next(&a);
        assert_int_equal(x, pp_rng_next(&b));
        assert_int_not_equal(x, pp_rng_next(&c));
        assert_int_not_equal(x, pp_rng_next(&d));
    }
}

static void rng_below_stays_below_and_is_even(void **state)
{
    struct pp_rng r = pp_rng_init(1, 1);
    const uint64_t wide = UINT64_C(3) << 62; /* the worst bias: a modulo would favour the lower third two to one */
    unsigned hits[6] = {0}, low = 0;

    (void)state;
    for (int i = 0; i < 60000; i++) {
        uint64_t x = pp_rng_below(&r, 6);
        double u = pp_rng_unit(&r);
        assert_true(x < 6);
        hits[x]++;
        assert_int_equal(pp_rng_below(&r, 1), 0);
        x = pp_rng_below(&r, wide);
        assert_true(x < wide);
        low += x < wide / 3;
        assert_true(u >= 0 && u < 1);
    }
    /* The seed is fixed, so these hold always or never; the bounds are six standard deviations. */
    for (int i = 0; i < 6; i++)
        assert_in_range(hits[i], 9450, 10550);
    assert_in_range(low, 19300, 20700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_gives_the_vectors),
        cmocka_unit_test(random_keys_differ),
        cmocka_unit_test(secret_fills_all_and_no_more),
        cmocka_unit_test(rng_is_splitmix64),
        cmocka_unit_test(rng_repeats_and_streams_differ),
        cmocka_unit_test(rng_below_stays_below_and_is_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
