/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * siphash.h: SipHash-2-4 (Aumasson, Bernstein 2012), a keyed 64-bit hash that an adversary cannot steer without the
 * key: for de-duplication, hash tables and initial sequence numbers (RFC 6528).
 */
#ifndef PP_SIPHASH_H
#define PP_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct pp_sipkey {
    uint64_t k[2];
};

uint64_t pp_siphash(const struct pp_sipkey *key, const void *bytes, size_t len);
/* A key from getrandom(2). Aborts if there is no entropy source at all. */
struct pp_sipkey pp_sipkey_random(void);
/*
 * The same key for all our processes since this host was booted, from the kernel's boot_id, which local users can read
 * and no peer can guess: so numbers that have to rise from one run to the next do. Where there is none, random.
 */
struct pp_sipkey pp_sipkey_of_boot(void);

#endif
