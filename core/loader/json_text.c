/* SPDX-License-Identifier: BSD-2-Clause */
/* json_text.c: finds the position of each value of a JSON tree in its text. */
#include "json_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct walk {
    struct pp_json_text *t;
    struct pp_json_fault *fault;
    uint32_t at, cap;
};

void pp_json_text_place(const struct pp_json_text *t, uint32_t at, struct pp_json_fault *fault)
{
    fault->line = fault->column = 1;
    for (uint32_t i = 0; i < at && i < t->len; i++) {
        if (t->text[i] == '\n') {
            fault->line++;
            fault->column = 1;
        } else if ((t->text[i] & 0xc0) != 0x80) { /* continuation bytes of UTF-8 are no characters */
            fault->column++;
        }
    }
}

static int fail(const struct walk *w, const char *text, const char *hint)
{
    pp_json_text_place(w->t, w->at, w->fault);
    snprintf(w->fault->text, sizeof w->fault->text, "%s", text);
    snprintf(w->fault->hint, sizeof w->fault->hint, "%s", hint);
    return -1;
}

/* Advances to the next value: the text is valid, so only blanks, commas and colons precede it. */
static void to_value(struct walk *w)
{
    w->at += (uint32_t)strspn(w->t->text + w->at, " \t\r\n,:");
}

static void past_string(struct walk *w)
{
    for (w->at++; w->t->text[w->at] != '"'; w->at++)
        w->at += w->t->text[w->at] == '\\';
    w->at++;
}

/* Records the position of V, at depth DEPTH, and of all values in it. Returns V's index, or -1. */
static int64_t visit(struct walk *w, json_t *v, unsigned depth);

static int children(struct walk *w, json_t *v, uint32_t parent, unsigned depth)
{
    bool object = json_is_object(v);
    void *member = object ? json_object_iter(v) : NULL;
    size_t n = object ? json_object_size(v) : json_array_size(v);
    uint32_t last = 0;

    w->at++;
    for (size_t i = 0; i < n; i++) {
        uint32_t key_at;
        int64_t c;

        to_value(w);
        key_at = w->at;
        if (object)
            past_string(w);
        c = visit(w, object ? json_object_iter_value(member) : json_array_get(v, i), depth + 1);
        if (c < 0)
            return -1;
        w->t->node[c].key = object ? json_object_iter_key(member) : NULL;
        w->t->node[c].key_at = object ? key_at : w->t->node[c].at;
        *(last ? &w->t->node[last].next : &w->t->node[parent].first) = (uint32_t)c;
        last = (uint32_t)c;
        if (object)
            member = json_object_iter_next(v, member);
    }
    w->at += (uint32_t)strspn(w->t->text + w->at, " \t\r\n") + 1;
    return 0;
}

static int64_t visit(struct walk *w, json_t *v, unsigned depth)
{
    struct pp_json_text *t = w->t;
    uint32_t i = t->nnodes;

    to_value(w);
    if (depth > PP_JSON_TEXT_DEPTH)
        return fail(w, "values nested deeper than 16", "no part of an experiment needs that depth");
    if (i == PP_JSON_TEXT_VALUES)
        return fail(w, "more than 20,000 values", "an experiment has at most 16 arms and 64 conditions");
    if (i == w->cap) {
        uint32_t cap = w->cap ? 2 * w->cap : 256;
        struct pp_json_node *node = realloc(t->node, cap * sizeof *node);

        if (!node)
            return fail(w, "out of memory", "");
        t->node = node;
        w->cap = cap;
    }
    t->nnodes++;
    t->node[i] = (struct pp_json_node){.v = v, .at = w->at, .key_at = w->at};
    if (json_is_object(v) || json_is_array(v))
        return children(w, v, i, depth) < 0 ? -1 : (int64_t)i;
    if (json_is_string(v))
        past_string(w);
    else
        w->at += (uint32_t)strcspn(t->text + w->at, " \t\r\n,:]}");
    return i;
}

int pp_json_text_read(struct pp_json_text *t, const char *text, size_t len, struct pp_json_fault *fault)
{
    struct walk w = {.t = t, .fault = fault};
    json_error_t error;

    *t = (struct pp_json_text){.text = text, .len = len};
    *fault = (struct pp_json_fault){.line = 1, .column = 1};
    t->tree = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (t->tree)
        return visit(&w, t->tree, 0) < 0 ? -1 : 0;
    fault->line = error.line > 0 ? (unsigned)error.line : 1;
    fault->column = error.column > 0 ? (unsigned)error.column : 1;
    snprintf(fault->text, sizeof fault->text, "invalid JSON: %s", error.text);
    snprintf(fault->hint, sizeof fault->hint, "%s",
             strstr(error.text, "duplicate") ? "a key may occur once in an object: remove one of the two"
                                             : "RFC 8259: keys and text in double quotes, commas between members");
    return -1;
}

void pp_json_text_release(struct pp_json_text *t)
{
    json_decref(t->tree);
    free(t->node);
    *t = (struct pp_json_text){.text = NULL};
}

const struct pp_json_node *pp_json_text_member(const struct pp_json_text *t, const struct pp_json_node *n,
                                               const char *key)
{
    const struct pp_json_node *c = json_is_object(n->v) ? pp_json_text_child(t, n) : NULL;

    while (c && strcmp(c->key, key) != 0)
        c = pp_json_text_next(t, c);
    return c;
}
