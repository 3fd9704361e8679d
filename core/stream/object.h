/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * object.h: one look at a JSON object (RFC 8259): is it valid, and where do its members stand? No tree, no copies, so
 * that lines can be changed in one place and keep all their other bytes. Pure.
 */
#ifndef PP_OBJECT_H
#define PP_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PP_OBJECT_MEMBERS 512
#define PP_OBJECT_DEPTH 200 /* values within values */

/* Borrowed from the text. */
struct pp_member {
    const char *key; /* behind its quote, escapes as they are */
    const char *value;
    uint32_t key_len, value_len;
};

struct pp_object {
    unsigned n;
    const char *end; /* the closing brace */
    struct pp_member member[PP_OBJECT_MEMBERS];
};

/*
 * JSON, LEN bytes, white space around it allowed. False: not an object, or not valid (as strict as jansson: UTF-8,
 * paired surrogates, no NUL in a key), or past one of the bounds above.
 */
bool pp_object_scan(struct pp_object *o, const char *json, size_t len);
/* The last member whose key, after its escapes, is the ASCII word KEY (up to 15 bytes); NULL: none. */
const struct pp_member *pp_object_find(const struct pp_object *o, const char *key);
/* The member's bytes between quotes, if it is a string without escapes. */
bool pp_member_plain(const struct pp_member *m, const char **text, size_t *len);
/* Elements of an array that was found valid: the first one at or behind AT; behind the last one false. */
bool pp_array_next(const char **at, const char *end, const char **value, size_t *len);

#endif
