/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * object.h: scans a JSON object (RFC 8259): checks that it is valid, and finds the positions of its members. Builds no
 * tree and makes no copies, so that a line can be changed in one place and keep all other bytes; parsing and
 * serialising would turn 1.1 into 1.1000000000000001 and merge duplicate keys. Pure functions.
 */
#ifndef PP_OBJECT_H
#define PP_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/buf.h"

#define PP_OBJECT_MEMBERS 544 /* members of an observation: those of a target (PP_TARGET_MEMBERS), and its own */
#define PP_OBJECT_DEPTH 2048 /* nested values; the same limit as jansson's */

/* A member; its pointers are borrowed from the text. */
struct pp_member {
    const char *key; /* after its quote, escapes not decoded */
    const char *value;
    uint32_t key_len, value_len;
};

struct pp_object {
    unsigned n;
    const char *begin, *end; /* after the opening brace; the closing brace */
    struct pp_member member[PP_OBJECT_MEMBERS];
};

/*
 * Scans JSON, LEN bytes, white space around the object allowed. False: not an object, not valid (as strict as jansson:
 * UTF-8, paired surrogates, no NUL in a key, numbers in the range of a double), or beyond one of the limits above.
 */
bool pp_object_scan(struct pp_object *o, const char *json, size_t len);
/* The last member whose decoded key is the ASCII word KEY (up to 15 bytes); NULL: none. */
const struct pp_member *pp_object_find(const struct pp_object *o, const char *key);
/*
 * Copies the members to OUT, byte for byte, without the braces and trimmed, except members whose key is in KEYS, a
 * NULL-terminated list of ASCII words up to 15 bytes. OUT must have room for the object's bytes. Returns the length.
 */
size_t pp_object_copy_but(char *out, const struct pp_object *o, const char *const *keys);
/* The keys of an observation's own members (pathprobe-observation(5)), NULL-terminated. */
extern const char *const pp_own_keys[];
/* The same with pp_own_keys as KEYS, so that no key occurs twice in an observation. */
size_t pp_object_copy(char *out, const struct pp_object *o);
/* The same for JSON, LEN bytes, which was checked before; copies nothing if it is no valid object. */
size_t pp_members_copy_but(char *out, const char *json, size_t len, const char *const *keys);
/* True if KEY, LEN bytes as they are between quotes, is WORD when its escapes are decoded. */
bool pp_members_key_is(const char *key, size_t len, const char *word);
/* True if KEY is one of pp_own_keys. */
bool pp_members_is_own(const char *key, size_t len);
/*
 * Decodes the string VALUE, valid JSON of LEN bytes: *TEXT is borrowed from VALUE or, if it has escapes, from SCRATCH.
 * False: VALUE is no string, or no memory.
 */
bool pp_value_text(const char *value, size_t len, struct pp_buf *scratch, const char **text, size_t *n);
/* Sets *TEXT to the member's bytes between quotes. False: it is no string, or has escapes. */
bool pp_member_plain(const struct pp_member *m, const char **text, size_t *len);
/* Finds the first element of a valid array at or after *AT, and moves *AT past it. False: there are no more. */
bool pp_array_next(const char **at, const char *end, const char **value, size_t *len);

#endif
