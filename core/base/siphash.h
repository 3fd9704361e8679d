/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * siphash.h: SipHash-2-4 (Aumasson, Bernstein 2012), a keyed 64-bit hash whose values an adversary without the key
 * cannot choose: for de-duplication, hash tables and initial sequence numbers (RFC 6528). Any thread.
 */
#ifndef PP_SIPHASH_H
#define PP_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct pp_sipkey {
    uint64_t k[2];
};

uint64_t pp_siphash(const struct pp_sipkey *key, const void *bytes, size_t len);
/* Returns a key from getrandom(2). Aborts if that fails. */
struct pp_sipkey pp_sipkey_random(void);
/*
 * Returns the same key to all our processes since this host booted, from the kernel's boot_id, which local users can
 * read and peers cannot predict: so numbers that must increase from one run to the next do. Without a boot_id, a random
 * key.
 */
struct pp_sipkey pp_sipkey_of_boot(void);

#endif
