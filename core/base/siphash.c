/* SPDX-License-Identifier: BSD-2-Clause */
/* siphash.c: SipHash-2-4, after section 2 of the paper, whose v0 to v3 are v[0] to v[3] here. */
#include "siphash.h"

#include "random.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

static inline uint64_t rotl(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

static inline void rounds(uint64_t v[4], int n)
{
    while (n--) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotl(v[1], 13) ^ v[0];
        v[3] = rotl(v[3], 16) ^ v[2];
        v[0] = rotl(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotl(v[1], 17) ^ v[2];
        v[3] = rotl(v[3], 21) ^ v[0];
        v[2] = rotl(v[2], 32);
    }
}

uint64_t pp_siphash(const struct pp_sipkey *key, const void *bytes, size_t len)
{
    uint64_t v[4] = {
        key->k[0] ^ 0x736f6d6570736575,
        key->k[1] ^ 0x646f72616e646f6d,
        key->k[0] ^ 0x6c7967656e657261,
        key->k[1] ^ 0x7465646279746573,
    };
    const uint8_t *p = bytes;
    uint64_t m;

    for (size_t left = len; left >= 8; left -= 8, p += 8) {
        memcpy(&m, p, 8);
        m = le64toh(m);
        v[3] ^= m;
        rounds(v, 2);
        v[0] ^= m;
    }
    m = (uint64_t)len << 56;
    for (size_t i = 0; i < len % 8; i++)
        m |= (uint64_t)p[i] << 8 * i;
    v[3] ^= m;
    rounds(v, 2);
    v[0] ^= m;
    v[2] ^= 0xff;
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct pp_sipkey pp_sipkey_of_boot(void)
{
    static const struct pp_sipkey halves[] = {{{1, 0}}, {{2, 0}}};
    char id[40] = "";
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
    size_t n = f ? fread(id, 1, sizeof id, f) : 0;

    if (f)
        fclose(f);
    if (n < 36) /* bytes of a UUID's text */
        return pp_sipkey_random();
    return (struct pp_sipkey){{pp_siphash(&halves[0], id, n), pp_siphash(&halves[1], id, n)}};
}

struct pp_sipkey pp_sipkey_random(void)
{
    struct pp_sipkey key;

    pp_random_secret(&key, sizeof key);
    return key;
}
