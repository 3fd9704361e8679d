/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json.h: writes JSON into a buffer. JSON is read by jansson; writing an observation happens for every target on the
 * worker's core, where building a tree first would cost more than the measurement (`make bench`). Output is always
 * valid: NaN and infinity become null, invalid UTF-8 in strings is replaced by U+FFFD. The writer adds commas and
 * colons. Nesting deeper than PP_JSON_DEPTH is a BUG(), as are a key in an array, a value without a key in an object,
 * and an end that does not match. At the top (depth 0) both keys and values are accepted, separated by commas: the
 * result is part of an object or array for pp_json_raw. Single thread.
 */
#ifndef PP_JSON_H
#define PP_JSON_H

#include "buf.h"

#define PP_JSON_DEPTH 32

struct pp_json {
    struct pp_buf *out; /* borrowed */
    uint64_t more;      /* bit d: the next value at depth d needs a comma */
    uint64_t object;    /* bit d: an object is open at depth d, else an array */
    uint8_t depth;
};

/* OUT is borrowed; an append that fails there sets OUT->failed. */
void pp_json_init(struct pp_json *j, struct pp_buf *out);
/* Each value function takes KEY inside an object and NULL inside an array (or at the top). */
void pp_json_object(struct pp_json *j, const char *key);
void pp_json_array(struct pp_json *j, const char *key);
/* Closes the innermost object (BRACKET '}') or array (']'). */
void pp_json_end(struct pp_json *j, char bracket);
void pp_json_str(struct pp_json *j, const char *key, const char *text); /* NULL text: null */
void pp_json_strn(struct pp_json *j, const char *key, const char *text, size_t len); /* NULL TEXT with LEN 0: "" */
void pp_json_int(struct pp_json *j, const char *key, int64_t v);
void pp_json_uint(struct pp_json *j, const char *key, uint64_t v);
void pp_json_num(struct pp_json *j, const char *key, double v, int digits); /* significant digits, %.*g */
void pp_json_bool(struct pp_json *j, const char *key, bool v);
void pp_json_null(struct pp_json *j, const char *key);
/*
 * Writes TEXT, which is JSON already: one value (no bytes: null). Inside an object with KEY NULL: whole members,
 * "a":1,"b":2, perhaps none.
 */
void pp_json_raw(struct pp_json *j, const char *key, const char *text, size_t len);
/* Writes nanoseconds since 1970 as "YYYY-MM-DD HH:MM:SS.ffffff", UTC, the form that PTO normalizers read. */
void pp_json_time(struct pp_json *j, const char *key, int64_t epoch_ns);

#endif
