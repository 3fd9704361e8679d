/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * object.h: one look at a JSON object (RFC 8259): is it valid, and where do its members stand? No tree, no copies, so
 * that lines can be changed in one place and keep all their other bytes: a parser and a serialiser turn 1.1 into
 * 1.1000000000000001 and fold duplicate keys. Pure.
 */
#ifndef PP_OBJECT_H
#define PP_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/buf.h"

#define PP_OBJECT_MEMBERS 544 /* an observation's: those of a target (PP_TARGET_MEMBERS), and its own */
#define PP_OBJECT_DEPTH 2048 /* values within values; jansson goes as deep */

/* Borrowed from the text. */
struct pp_member {
    const char *key; /* behind its quote, escapes as they are */
    const char *value;
    uint32_t key_len, value_len;
};

struct pp_object {
    unsigned n;
    const char *begin, *end; /* behind the opening brace, the closing one */
    struct pp_member member[PP_OBJECT_MEMBERS];
};

/*
 * JSON, LEN bytes, white space around it allowed. False: not an object, or not valid (as strict as jansson: UTF-8,
 * paired surrogates, no NUL in a key, numbers that a double holds), or past one of the bounds above.
 */
bool pp_object_scan(struct pp_object *o, const char *json, size_t len);
/* The last member whose key, after its escapes, is the ASCII word KEY (up to 15 bytes); NULL: none. */
const struct pp_member *pp_object_find(const struct pp_object *o, const char *key);
/*
 * The members, byte for byte, without the braces and trimmed, but for those whose key is one of KEYS, a NULL-terminated
 * list of ASCII words up to 15 bytes. OUT has room for the object's bytes. Returns the length.
 */
size_t pp_object_copy_but(char *out, const struct pp_object *o, const char *const *keys);
/* The keys of what an observation writes itself (pathprobe-observation(5)). NULL at the end. */
extern const char *const pp_own_keys[];
/* The same; left out are pp_own_keys: a reader would have to choose between two values. */
size_t pp_object_copy(char *out, const struct pp_object *o);
/* The same of JSON, LEN bytes, that was found to be one valid object before; nothing, if it was not. */
size_t pp_members_copy_but(char *out, const char *json, size_t len, const char *const *keys);
/* Whether the LEN bytes of KEY, as they stand between quotes, are WORD after their escapes. */
bool pp_members_key_is(const char *key, size_t len, const char *word);
/* Whether it is one of an observation's own members (pathprobe-observation(5)). */
bool pp_members_is_own(const char *key, size_t len);
/*
 * The string VALUE, valid JSON of LEN bytes, without quotes and escapes: *TEXT is borrowed from it, or from SCRATCH
 * where it has escapes. False: it is no string, or there is no memory.
 */
bool pp_value_text(const char *value, size_t len, struct pp_buf *scratch, const char **text, size_t *n);
/* The member's bytes between quotes, if it is a string without escapes. */
bool pp_member_plain(const struct pp_member *m, const char **text, size_t *len);
/* Elements of an array that was found valid: the first one at or behind AT; behind the last one false. */
bool pp_array_next(const char **at, const char *end, const char **value, size_t *len);

#endif
