/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json_text.h: JSON whose values know where in the text they stand, which jansson's do not. jansson decides whether the
 * text is valid; then it is gone through once more beside the tree, in the same order. Main thread.
 */
#ifndef PP_JSON_TEXT_H
#define PP_JSON_TEXT_H

#include <jansson.h>
#include <stdint.h>

#define PP_JSON_TEXT_DEPTH 16    /* values within values */
#define PP_JSON_TEXT_VALUES 20000

struct pp_json_node {
    json_t *v;       /* borrowed from the tree */
    const char *key; /* of a member of an object, else NULL */
    uint32_t at;     /* where the value begins in the text */
    uint32_t key_at; /* and its key */
    uint32_t first, next; /* index of the first child, and of the next one of the same parent; 0: none */
};

struct pp_json_text {
    const char *text; /* borrowed */
    size_t len;
    json_t *tree;
    struct pp_json_node *node; /* node[0] is the whole */
    uint32_t nnodes;
};

/* What is wrong, and where. */
struct pp_json_fault {
    unsigned line, column; /* from 1; columns are characters */
    char text[512], hint[320];
};

/* 0, or -1 with FAULT: not valid, a key twice in an object, too deep, too much. Released in any case. */
int pp_json_text_read(struct pp_json_text *t, const char *text, size_t len, struct pp_json_fault *fault);
void pp_json_text_release(struct pp_json_text *t);
/* Fills in line and column of AT. */
void pp_json_text_place(const struct pp_json_text *t, uint32_t at, struct pp_json_fault *fault);

/* The member of object N called KEY; NULL: none. */
const struct pp_json_node *pp_json_text_member(const struct pp_json_text *t, const struct pp_json_node *n,
                                               const char *key);
/* The first child of N, or the one behind C; NULL: none. */
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
