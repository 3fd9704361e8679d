/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * utf8.h: checks for well-formed UTF-8 (RFC 3629 section 4), so that output is valid whatever the input; and encodes
 * it.
 */
#ifndef PP_UTF8_H
#define PP_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Returns the length (1 to 4) of the well-formed character at P, of which N > 0 bytes may be read; 0 if there is none.
 * Overlong forms, surrogates and codes beyond U+10FFFF are not well-formed.
 */
static inline unsigned pp_utf8_len(const void *p, size_t n)
{
    const uint8_t *b = p;
    uint8_t lo = 0x80, hi = 0xbf; /* range of the second byte */
    unsigned len;

    if (b[0] < 0x80)
        return 1;
    if (b[0] < 0xc2 || b[0] > 0xf4)
        return 0;
    if (b[0] < 0xe0) {
        len = 2;
    } else if (b[0] < 0xf0) {
        len = 3;
        if (b[0] == 0xe0)
            lo = 0xa0;
        else if (b[0] == 0xed)
            hi = 0x9f;
    } else {
        len = 4;
        if (b[0] == 0xf0)
            lo = 0x90;
        else if (b[0] == 0xf4)
            hi = 0x8f;
    }
    if (n < len || b[1] < lo || b[1] > hi)
        return 0;
    for (unsigned i = 2; i < len; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

/* Writes the character CODE, no surrogate and at most U+10FFFF, to TO. Returns its length in bytes. */
static inline unsigned pp_utf8_put(char to[4], uint32_t code)
{
    unsigned len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    if (len == 1) {
        to[0] = (char)code;
        return 1;
    }
    for (unsigned i = len - 1; i > 0; i--, code >>= 6)
        to[i] = (char)(0x80 | (code & 0x3f));
    to[0] = (char)(0xf00 >> len | code);
    return len;
}

#endif
