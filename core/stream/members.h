/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * members.h: the members of a JSON object, byte for byte, less those that are to be written anew. A parser and a
 * serialiser would not do: they turn 1.1 into 1.1000000000000001 and fold duplicate keys.
 */
#ifndef PP_MEMBERS_H
#define PP_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * JSON, LEN bytes, is one valid object, white space around it allowed; what is not valid gives some bytes of it, no
 * more. Copies what stands between its braces, trimmed, to OUT, which has room for LEN bytes. Returns the length. Left
 * out are members whose key, after its escapes, is one of an observation's own (pathprobe-observation(5)): a reader
 * would have to choose between two values.
 */
size_t pp_members_copy(char *out, const char *json, size_t len);
/* The same; left out are members whose key is one of KEYS, a NULL-terminated list of ASCII words up to 15 bytes. */
size_t pp_members_copy_but(char *out, const char *json, size_t len, const char *const *keys);
/* Whether the LEN bytes of KEY, as they stand between quotes, are WORD after their escapes. */
bool pp_members_key_is(const char *key, size_t len, const char *word);
/* Whether it is one of an observation's own. */
bool pp_members_is_own(const char *key, size_t len);

#endif
