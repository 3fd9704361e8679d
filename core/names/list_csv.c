/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list_csv.c: CSV (RFC 4180) one line at a time. Published lists have notes with line breaks in quotes: a quote that
 * the line's end leaves open is closed there, and the rest of the note is a line that cannot be used, counted as such.
 */
#include "list_csv.h"

#include "../base/json.h"
#include "../run/target.h"

#define NONE PP_LIST_COLUMNS_MAX

void pp_csv_init(struct pp_csv *c)
{
    memset(c, 0, sizeof *c);
    pp_buf_init(&c->names, PP_LINE_MAX + 1);
    pp_buf_init(&c->text, PP_LINE_MAX + 1);
}

void pp_csv_release(struct pp_csv *c)
{
    pp_buf_release(&c->names);
    pp_buf_release(&c->text);
}

/* ---- columns ------------------------------------------------------------------------------------------------- */

static const char *quoted(struct pp_buf *out, const char *p, const char *end)
{
    for (p++; p < end; p++) {
        if (*p == '"') {
            if (p + 1 == end || p[1] != '"')
                break;
            p++;
        }
        pp_buf_addc(out, *p);
    }
    while (p < end && *p != ',') /* what stands behind the closing quote is nobody's */
        p++;
    return p;
}

static const char *bare(struct pp_buf *out, const char *p, const char *end)
{
    const char *stop = memchr(p, ',', (size_t)(end - p)), *last;

    last = stop = stop ? stop : end;
    while (last > p && (last[-1] == ' ' || last[-1] == '\t'))
        last--;
    pp_buf_add(out, p, (size_t)(last - p));
    return stop;
}

/* The columns of LINE in C->column, pointing into OUT. */
static int split(struct pp_csv *c, struct pp_buf *out, const char *line, size_t len, const char **why)
{
    const char *p = line, *end = line + len;

    pp_buf_reset(out);
    if (!pp_buf_reserve(out, len + 1)) { /* once, so that the columns stay where they are */
        *why = "out of memory";
        return -1;
    }
    for (c->count = 0;; p++) {
        struct pp_column *col = &c->column[c->count];
        if (c->count++ == PP_LIST_COLUMNS_MAX) {
            *why = "more than 64 columns";
            return -1;
        }
        while (p < end && (*p == ' ' || *p == '\t'))
            p++;
        col->p = out->data + out->len;
        p = p < end && *p == '"' ? quoted(out, p, end) : bare(out, p, end);
        col->len = (size_t)(out->data + out->len - col->p);
        if (p >= end)
            return 0;
    }
}

/* As JSON has them: no leading zero, and few enough to be exact everywhere. */
static bool is_count(const struct pp_column *c)
{
    if (c->len < 1 || c->len > 15 || (c->p[0] == '0' && c->len > 1))
        return false;
    for (size_t i = 0; i < c->len; i++) {
        if (c->p[i] < '0' || c->p[i] > '9')
            return false;
    }
    return true;
}

/* ---- the header ---------------------------------------------------------------------------------------------- */

static bool is_word(const struct pp_column *c, const char *word)
{
    return strlen(word) == c->len && strncasecmp(word, c->p, c->len) == 0;
}

/* The first column that is called one of WORDS, the earlier word wins. */
static unsigned find_column(const struct pp_csv *c, const char *const *words)
{
    for (; *words; words++) {
        for (unsigned i = 0; i < c->count; i++) {
            if (is_word(&c->column[i], *words))
                return i;
        }
    }
    return NONE;
}

/* Whether the first line is a header, and, if not, what its columns must be. */
static bool look_at_first(struct pp_csv *c)
{
    static const char *const names[] = {"domain", "url", "hostname", "host", NULL};
    static const char *const ranks[] = {"rank", "globalrank", NULL};
    bool numbers = false;

    for (unsigned i = 0; i < c->count; i++)
        numbers |= is_count(&c->column[i]);
    c->name_at = find_column(c, names);
    c->rank_at = find_column(c, ranks);
    if (c->name_at != NONE && !numbers)
        return true;
    c->name_at = 0;
    c->rank_at = NONE;
    if (c->count > 1 && is_count(&c->column[0])) {
        c->name_at = 1;
        c->rank_at = 0;
    } else if (c->count > 1 && is_count(&c->column[1])) {
        c->rank_at = 1;
    }
    return false;
}

static int keep_header(struct pp_csv *c, const char *line, size_t len, const char **why)
{
    if (split(c, &c->names, line, len, why) < 0)
        return -1;
    memcpy(c->name, c->column, sizeof c->name);
    c->names_count = c->count;
    c->has_header = true;
    return 0;
}

int pp_csv_line(struct pp_csv *c, const char *line, size_t len, struct pp_column *name, const char **why)
{
    if (split(c, &c->text, line, len, why) < 0)
        return -1;
    if (!c->begun) {
        c->begun = true;
        if (look_at_first(c))
            return keep_header(c, line, len, why);
    }
    if (c->name_at >= c->count) {
        *why = "too few columns";
        return -1;
    }
    *name = c->column[c->name_at];
    return 1;
}

/* ---- members ------------------------------------------------------------------------------------------------- */

static void add_value(struct pp_json *j, const char *key, const struct pp_column *v)
{
    if (is_count(v))
        pp_json_raw(j, key, v->p, v->len);
    else
        pp_json_strn(j, key, v->p, v->len);
}

/* A key of our own, or one that stood further left already: two values for one key would be a riddle. */
static bool is_taken(const struct pp_csv *c, unsigned at)
{
    const struct pp_column *n = &c->name[at];

    for (const char *const *k = pp_list_own_keys; *k; k++) {
        if (strlen(*k) == n->len && memcmp(*k, n->p, n->len) == 0)
            return true;
    }
    if (n->len == 4 && memcmp(n->p, "rank", 4) == 0 && c->rank_at != NONE)
        return true; /* stands first */
    for (unsigned i = 0; i < at; i++) {
        if (c->name[i].len == n->len && memcmp(c->name[i].p, n->p, n->len) == 0)
            return true;
    }
    return false;
}

/* A column without a name in the header is called after its place. */
static void add_column(const struct pp_csv *c, struct pp_json *j, unsigned at)
{
    char key[256];

    if (c->has_header && at < c->names_count && c->name[at].len) {
        if (is_taken(c, at) || c->name[at].len >= sizeof key || memchr(c->name[at].p, '\0', c->name[at].len))
            return;
        memcpy(key, c->name[at].p, c->name[at].len);
        key[c->name[at].len] = '\0';
    } else {
        snprintf(key, sizeof key, "column%u", at + 1);
    }
    add_value(j, key, &c->column[at]);
}

void pp_csv_members(const struct pp_csv *c, struct pp_buf *out)
{
    struct pp_json j;

    pp_json_init(&j, out);
    if (c->rank_at < c->count)
        add_value(&j, "rank", &c->column[c->rank_at]);
    for (unsigned i = 0; i < c->count; i++) {
        if (c->has_header || (i != c->name_at && i != c->rank_at))
            add_column(c, &j, i);
    }
}
