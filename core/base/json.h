/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json.h: writes JSON straight into a buffer. Reading JSON is jansson's; writing an observation happens for every
 * target on the packet path's core, where building a tree first would cost more than the measurement (`make bench`).
 * Output is always valid: NaN and infinity become null, strings that are not UTF-8 have the bad bytes replaced by
 * U+FFFD. Commas and colons are the writer's business. Nesting at most PP_JSON_DEPTH, else BUG(); so are a key in an
 * array, a value without a key in an object, and an end that does not fit. At the top (depth 0) both go, separated by
 * commas: a piece of an object or of an array for pp_json_raw.
 */
#ifndef PP_JSON_H
#define PP_JSON_H

#include "buf.h"

#define PP_JSON_DEPTH 32

struct pp_json {
    struct pp_buf *out; /* borrowed */
    uint64_t more;      /* bit d: something stands at depth d already */
    uint64_t object;    /* bit d: what is open at depth d is an object */
    uint8_t depth;
};

void pp_json_init(struct pp_json *j, struct pp_buf *out);
/* Each value function takes KEY inside an object and NULL inside an array (or at the top). */
void pp_json_object(struct pp_json *j, const char *key);
void pp_json_array(struct pp_json *j, const char *key);
/* Ends the innermost object ('}') or array (']'). */
void pp_json_end(struct pp_json *j, char bracket);
void pp_json_str(struct pp_json *j, const char *key, const char *text); /* NULL text: null */
void pp_json_strn(struct pp_json *j, const char *key, const char *text, size_t len); /* NULL text, 0: "" */
void pp_json_int(struct pp_json *j, const char *key, int64_t v);
void pp_json_uint(struct pp_json *j, const char *key, uint64_t v);
void pp_json_num(struct pp_json *j, const char *key, double v, int digits); /* significant digits, %.*g */
void pp_json_bool(struct pp_json *j, const char *key, bool v);
void pp_json_null(struct pp_json *j, const char *key);
/*
 * Bytes that are already JSON: one value as it is (no bytes: null). Inside an object and without a KEY: whole members,
 * "a":1,"b":2, as they are, perhaps none.
 */
void pp_json_raw(struct pp_json *j, const char *key, const char *text, size_t len);
/* "YYYY-MM-DD HH:MM:SS.ffffff", UTC, from nanoseconds since 1970: what PTO normalizers read. */
void pp_json_time(struct pp_json *j, const char *key, int64_t epoch_ns);

#endif
