/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reader.h: reads JSON by tables of keys, with the line in every error message. jansson reports the line of a syntax
 * error, but not the line of a key. So the lines of all keys are listed first, in the order of the text, and the tree
 * is walked in the same order.
 */
#ifndef PP_READER_H
#define PP_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "../../core/base/error.h"

struct pp_reader {
    const char *where; /* names the text in messages */
    unsigned *lines;   /* line of each key, in the order of the text; freed by the caller */
    size_t keys, at;
    unsigned line; /* line of the key whose value is being read */
};

/*
 * A key of an object, and the function that reads its value into TARGET, the object's struct; 0, or -1 printed. A table
 * ends with a NULL name.
 */
struct pp_key {
    const char *name;
    int (*read)(struct pp_reader *r, const char *key, json_t *v, void *target);
};

/* Lists the keys' lines of TEXT, which is valid JSON without duplicate keys. 0, or -1: no memory (printed). */
int pp_reader_init(struct pp_reader *r, const char *where, const char *text, size_t len);

void pp_reader_print(const struct pp_reader *r, const char *fmt, ...) PP_PRINTF(2, 3);
/* -1: a macro, so that the compiler, too, sees that it fails. */
#define pp_complain(...) (pp_reader_print(__VA_ARGS__), -1)

/*
 * Reads each key of V by its row in KEYS. WHAT names the object in messages. This and the functions below return 0, or
 * -1 printed.
 */
int pp_reader_object(struct pp_reader *r, json_t *v, const struct pp_key *keys, void *target, const char *what);
int pp_reader_number(struct pp_reader *r, const char *key, json_t *v, double lo, double hi, double *out);
int pp_reader_integer(struct pp_reader *r, const char *key, json_t *v, json_int_t lo, json_int_t hi, json_int_t *out);
int pp_reader_boolean(struct pp_reader *r, const char *key, json_t *v, bool *out);
int pp_reader_text(struct pp_reader *r, const char *key, json_t *v, const char **out); /* borrowed from V */
/* Checks that V is a list of 1 to MAX elements. */
int pp_reader_list(struct pp_reader *r, const char *key, json_t *v, size_t max);
/* Checks that V is a string; its text is a note for people and not used. */
int pp_reader_note(struct pp_reader *r, const char *key, json_t *v, void *target);

#endif
