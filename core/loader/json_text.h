/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json_text.h: parses JSON and records each value's position in the text, which jansson does not keep. jansson
 * validates the text; then the text is scanned once more along the tree, in the same order. Main thread.
 */
#ifndef PP_JSON_TEXT_H
#define PP_JSON_TEXT_H

#include <jansson.h>
#include <stdint.h>

#define PP_JSON_TEXT_DEPTH 16    /* nesting depth */
#define PP_JSON_TEXT_VALUES 20000

struct pp_json_node {
    json_t *v;       /* borrowed from the tree */
    const char *key; /* of a member of an object, borrowed from the tree; else NULL */
    uint32_t at;     /* offset of the value in the text, bytes */
    uint32_t key_at; /* offset of its key */
    uint32_t first, next; /* index of the first child, and of the next child of the same parent; 0: none */
};

struct pp_json_text {
    const char *text; /* borrowed */
    size_t len;
    json_t *tree;
    struct pp_json_node *node; /* node[0] is the root */
    uint32_t nnodes;
};

/* An error and its position. */
struct pp_json_fault {
    unsigned line, column; /* from 1; columns are characters */
    char text[512], hint[320];
};

/*
 * Parses TEXT, which is borrowed. 0, or -1 with *FAULT: invalid, a duplicate key in an object, too deep, too many
 * values. T must be released in both cases.
 */
int pp_json_text_read(struct pp_json_text *t, const char *text, size_t len, struct pp_json_fault *fault);
void pp_json_text_release(struct pp_json_text *t);
/* Sets FAULT's line and column to offset AT. */
void pp_json_text_place(const struct pp_json_text *t, uint32_t at, struct pp_json_fault *fault);

/* Returns the member of object N called KEY; NULL: none. */
const struct pp_json_node *pp_json_text_member(const struct pp_json_text *t, const struct pp_json_node *n,
                                               const char *key);
/* Return the first child of N, and the child after C; NULL: none. */
static inline const struct pp_json_node *pp_json_text_child(const struct pp_json_text *t,
                                                            const struct pp_json_node *n)
{
    return n->first ? &t->node[n->first] : NULL;
}
static inline const struct pp_json_node *pp_json_text_next(const struct pp_json_text *t, const struct pp_json_node *c)
{
    return c->next ? &t->node[c->next] : NULL;
}

#endif
