/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_annotate.c: any line. An object is accepted exactly if jansson accepts it, except for jansson's and our own
 * limits. The result is valid, and equals the line if the added members are removed.
 */
#include "../../core/annotate/annotate.h"
#include "../../core/targets/target.h"

#include <jansson.h>
#include <netinet/in.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The fuzzer's database: it has an entry for each address whose byte 12, the first of an IPv4 address, is even. */
static int look(void *arg, const struct pp_addr *addr, struct pp_whereabouts *w)
{
    (void)arg;
    *w = (struct pp_whereabouts){.asn = 64500, .as_name = "E\"\xff", .as_name_len = 3, .country = "CH", .said = 1};
    w->prefix = (struct pp_prefix){.addr = pp_addr_mask(addr, 104), .len = 104};
    return addr->b[12] % 2 == 0;
}

static json_t *parse(const char *text, size_t len, json_error_t *e)
{
    return json_loadb(text, len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, e);
}

/* True if jansson refused a text that RFC 8259 allows: a number past a double's range. */
static bool is_jansson_bound(const json_error_t *e)
{
    return json_error_code(e) == json_error_numeric_overflow;
}

/* True if pp_members_key_is() may be called with KEY. */
static bool is_word(const char *key)
{
    size_t n = 0;

    while (n < 16 && key[n] > 0)
        n++;
    return n < 16 && key[n] == '\0';
}

static void check_members(const struct pp_object *o, const json_t *tree)
{
    const char *key;
    json_t *v;

    json_object_foreach((json_t *)tree, key, v) {
        const struct pp_member *m = is_word(key) ? pp_object_find(o, key) : NULL;
        json_t *again = m ? json_loadb(m->value, m->value_len,
                                       JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL)
                          : NULL;
        if (m && !json_equal(v, again))
            BUG("member '%s' is not '%.*s'", key, (int)m->value_len, m->value);
        json_decref(again);
    }
}

/* Removes from OUT, whose length is *N, the N_WHAT bytes at WHAT, a place in it. */
static void cut(char *out, size_t *n, const char *what, size_t n_what)
{
    memmove((char *)what, what + n_what, *n - (size_t)(what - out) - n_what);
    *n -= n_what;
}

/* Checks that OUT, without the members that annotate added, is LINE. */
static void check_rest(const struct pp_annotator *a, struct pp_buf *out, const char *line, size_t len)
{
    static const char key[] = ",\"canid_info\":", as[] = ",\"AS64500\"";
    size_t n = out->len;
    char *info = a->info.len ? memmem(out->data, n, a->info.data, a->info.len) : NULL;

    if (info)
        cut(out->data, &n, info - (sizeof key - 1), sizeof key - 1 + a->info.len);
    if (n == len && memcmp(out->data, line, n) == 0)
        return;
    for (const char *at = out->data; n == len + sizeof as - 1; at++) {
        size_t before = (size_t)(at - out->data);
        at = memmem(at, n - before, as, sizeof as - 1);
        if (!at)
            break;
        before = (size_t)(at - out->data);
        if (memcmp(out->data, line, before) == 0 && memcmp(at + sizeof as - 1, line + before, len - before) == 0)
            return;
    }
    BUG("'%.*s' has become '%.*s'", (int)len, line, (int)out->len, out->data);
}

/* True if LINE has so few brackets that its nesting cannot exceed a limit. */
static bool is_flat(const char *line, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += line[i] == '[' || line[i] == '{';
    return n < PP_OBJECT_DEPTH;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *line = (const char *)data;
    struct pp_annotator a;
    struct pp_buf out;
    json_error_t error;
    json_t *tree, *new;
    bool had_info;
    int kind;

    if (size > PP_OBSERVATION_MAX)
        return 0;
    tree = parse(line, size, &error);
    pp_annotator_init(&a);
    a.look = look;
    a.names[0] = "fuzz 1970-01-01";
    pp_buf_init(&out, 1 << 20);
    kind = pp_annotate_line(&a, &out, line, size);
    if (kind == PP_ANNOTATE_INVALID) {
        /* jansson accepts NULs between tokens. */
        if (json_is_object(tree) && !memchr(line, '\0', size) && a.object.n < PP_OBJECT_MEMBERS && is_flat(line, size))
            BUG("refused: '%.*s'", (int)size, line);
    } else if (!json_is_object(tree)) {
        if (!is_jansson_bound(&error))
            BUG("taken: '%.*s': %s", (int)size, line, error.text);
    } else {
        check_members(&a.object, tree);
        had_info = json_object_get(tree, "canid_info") != NULL;
        new = parse(out.data, out.len, NULL);
        if (!new)
            BUG("not valid: '%.*s'", (int)out.len, out.data);
        json_decref(new);
        if (!had_info)
            check_rest(&a, &out, line, size);
    }
    json_decref(tree);
    pp_buf_release(&out);
    pp_annotator_release(&a);
    return 0;
}
