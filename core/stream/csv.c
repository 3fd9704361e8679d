/* SPDX-License-Identifier: BSD-2-Clause */
/* csv.c: splits records into columns, reads headings, and writes members. */
#include "csv.h"

#include "../base/error.h"
#include "../base/json.h"
#include "../base/text.h"
#include "limits.h"

#define NONE PP_CSV_COLUMNS_MAX
#define KEY_MAX 255 /* bytes of a word of a heading that becomes a key */

static const char *const words[PP_CSV_ROLES][8] = {
    [PP_CSV_DIP] = {"dip", "ip", "saddr", "address", "addr", NULL},
    [PP_CSV_DP] = {"dp", "port", "sport", "dport", NULL},
    [PP_CSV_NAME] = {"domain", "url", "origin", "hostname", "host", NULL},
    [PP_CSV_RANK] = {"rank", "globalrank", NULL},
};

void pp_csv_init(struct pp_csv *c, bool names)
{
    *c = (struct pp_csv){.names = names};
    pp_buf_init(&c->heading, PP_OBSERVATION_MAX + 1);
    pp_buf_init(&c->text, PP_OBSERVATION_MAX + 1);
}

void pp_csv_release(struct pp_csv *c)
{
    pp_buf_release(&c->heading);
    pp_buf_release(&c->text);
}

/* ---- the end of a record ------------------------------------------------------------------------------------- */

enum pp_csv_state pp_csv_scan(enum pp_csv_state state, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len && state != PP_CSV_BROKEN; i++) {
        char b = bytes[i];
        bool blank = b == ' ' || b == '\t' || b == '\r';
        switch (state) {
        case PP_CSV_START: /* of a column */
            state = b == '"' ? PP_CSV_QUOTED : blank || b == ',' || b == '\n' ? PP_CSV_START : PP_CSV_BARE;
            break;
        case PP_CSV_BARE:
            state = b == ',' || b == '\n' ? PP_CSV_START : PP_CSV_BARE;
            break;
        case PP_CSV_QUOTED:
            state = b == '"' ? PP_CSV_QUOTE : PP_CSV_QUOTED;
            break;
        case PP_CSV_QUOTE: /* a closing quote, or the first of two */
            state = b == '"'                 ? PP_CSV_QUOTED
                    : b == ',' || b == '\n' ? PP_CSV_START
                    : blank                  ? PP_CSV_QUOTE
                                             : PP_CSV_BROKEN;
            break;
        case PP_CSV_BROKEN:
            break;
        }
    }
    return state;
}

/* ---- columns ------------------------------------------------------------------------------------------------- */

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

/* Reads a quoted column from its opening quote on. Returns the byte after the column; NULL: see *WHY. */
static const char *quoted(struct pp_buf *out, const char *p, const char *end, const char **why)
{
    for (p++; p < end && (*p != '"' || (p + 1 < end && p[1] == '"')); p++) {
        p += *p == '"';
        pp_buf_addc(out, *p);
    }
    *why = "quote is not closed";
    if (p == end)
        return NULL;
    p = skip_blanks(p + 1, end);
    *why = "text behind a closing quote";
    return p < end && *p != ',' ? NULL : p;
}

static const char *bare(struct pp_buf *out, const char *p, const char *end)
{
    const char *stop = memchr(p, ',', (size_t)(end - p));
    struct pp_text t;

    stop = stop ? stop : end;
    t = pp_text_trim(p, (size_t)(stop - p));
    pp_buf_add(out, t.p, t.len);
    return stop;
}

/* Splits RECORD into C->column, whose text is in OUT. */
static int split(struct pp_csv *c, struct pp_buf *out, const char *record, size_t len, const char **why)
{
    const char *p = record, *end = record + len;

    pp_buf_reset(out);
    if (!pp_buf_reserve(out, len + 1)) { /* reserved once, so that pointers to columns stay valid */
        *why = "out of memory";
        return -1;
    }
    for (c->count = 0;; p++) {
        struct pp_csv_column *col = &c->column[c->count];
        if (c->count++ == PP_CSV_COLUMNS_MAX) {
            *why = "more than 64 columns";
            return -1;
        }
        p = skip_blanks(p, end);
        col->p = out->data + out->len;
        p = p < end && *p == '"' ? quoted(out, p, end, why) : bare(out, p, end);
        if (!p)
            return -1;
        col->len = (size_t)(out->data + out->len - col->p);
        if (p == end)
            return 0;
    }
}

/* True if C is a count as JSON writes it: digits without a leading zero, few enough to be exact as a double. */
static bool is_count(const struct pp_csv_column *c)
{
    if (c->len < 1 || c->len > 15 || (c->p[0] == '0' && c->len > 1))
        return false;
    for (size_t i = 0; i < c->len; i++) {
        if (c->p[i] < '0' || c->p[i] > '9')
            return false;
    }
    return true;
}

static bool is_address(const struct pp_csv_column *c)
{
    struct pp_addr a;

    return pp_addr_parse(&a, c->p, c->len) == 0;
}

static bool is_word(const struct pp_csv_column *c, const char *word)
{
    return strlen(word) == c->len && strncasecmp(word, c->p, c->len) == 0;
}

bool pp_csv_is_title(const char *line, size_t len)
{
    const struct pp_csv_column c = {line, len};

    for (unsigned r = 0; r < PP_CSV_ROLES; r++) {
        for (const char *const *w = words[r]; *w; w++) {
            if (is_word(&c, *w))
                return true;
        }
    }
    return false;
}

/* ---- the roles of columns ------------------------------------------------------------------------------------ */

/* The first column with ROLE's first word as its heading, else with its second word, and so on. */
static unsigned titled(const struct pp_csv *c, enum pp_csv_role role)
{
    for (const char *const *w = words[role]; *w; w++) {
        for (unsigned i = 0; i < c->count; i++) {
            if (is_word(&c->column[i], *w))
                return i;
        }
    }
    return NONE;
}

static bool is_heading(const struct pp_csv *c)
{
    bool roles = false;

    for (unsigned i = 0; i < c->count; i++) {
        if (is_count(&c->column[i]) || is_address(&c->column[i]))
            return false;
    }
    for (unsigned r = 0; r < PP_CSV_ROLES; r++)
        roles |= titled(c, (enum pp_csv_role)r) != NONE;
    return roles;
}

static void roles_by_looks(struct pp_csv *c)
{
    for (unsigned r = 0; r < PP_CSV_ROLES; r++)
        c->at[r] = c->names ? NONE : r;
    if (!c->names)
        return;
    if (is_address(&c->column[0]) && c->count > 1) {
        c->at[PP_CSV_DIP] = 0;
        c->at[PP_CSV_DP] = 1;
        c->at[PP_CSV_NAME] = 2;
        c->at[PP_CSV_RANK] = 3;
    } else if (c->count > 1 && is_count(&c->column[0])) {
        c->at[PP_CSV_RANK] = 0;
        c->at[PP_CSV_NAME] = 1;
    } else {
        c->at[PP_CSV_NAME] = 0;
        c->at[PP_CSV_RANK] = c->count > 1 && is_count(&c->column[1]) ? 1 : NONE;
    }
}

static int keep_heading(struct pp_csv *c, const char *record, size_t len, const char **why)
{
    if (split(c, &c->heading, record, len, why) < 0)
        return -1;
    for (unsigned r = 0; r < PP_CSV_ROLES; r++)
        c->at[r] = titled(c, (enum pp_csv_role)r);
    memcpy(c->title, c->column, sizeof c->title);
    c->titles = c->count;
    c->headed = true;
    return 0;
}

int pp_csv_record(struct pp_csv *c, const char *record, size_t len, const char **why)
{
    if (split(c, &c->text, record, len, why) < 0)
        return -1;
    if (!c->begun) {
        c->begun = true;
        if (is_heading(c))
            return keep_heading(c, record, len, why);
        roles_by_looks(c);
    }
    return 1;
}

struct pp_csv_column pp_csv_get(const struct pp_csv *c, enum pp_csv_role role)
{
    return c->at[role] < c->count ? c->column[c->at[role]] : (struct pp_csv_column){"", 0};
}

/* ---- members ------------------------------------------------------------------------------------------------- */

static void add_value(struct pp_json *j, const char *key, const struct pp_csv_column *v)
{
    if (is_count(v))
        pp_json_raw(j, key, v->p, v->len);
    else
        pp_json_strn(j, key, v->p, v->len);
}

/* Adds a column as the member of its ROLE; a port may have leading zeros. */
static void add_role(struct pp_json *j, enum pp_csv_role role, const struct pp_csv_column *v)
{
    uint16_t port;

    if (role == PP_CSV_DP && pp_port_parse(&port, (struct pp_text){v->p, v->len}) == 0)
        pp_json_uint(j, words[role][0], port);
    else if (role == PP_CSV_DIP || role == PP_CSV_NAME)
        pp_json_strn(j, words[role][0], v->p, v->len);
    else
        add_value(j, words[role][0], v);
}

/*
 * True if KEY is in BUT or an earlier member has it: that of the role with this key, or that of a column further left.
 */
static bool is_taken(const struct pp_csv *c, unsigned at, const char *key, const char *const *but)
{
    if (pp_is_listed(but, key))
        return true;
    for (unsigned r = 0; r < PP_CSV_ROLES; r++) {
        if (strcmp(words[r][0], key) == 0 && c->at[r] < c->count)
            return true;
    }
    for (unsigned i = 0; i < at; i++) {
        if (c->title[i].len == strlen(key) && memcmp(c->title[i].p, key, c->title[i].len) == 0)
            return true;
    }
    return false;
}

/* True if column AT has a role, and was written under the role's key. */
static bool is_out(const struct pp_csv *c, unsigned at, const char *const *but)
{
    for (unsigned r = 0; r < PP_CSV_ROLES; r++) {
        if (c->at[r] == at && !(c->headed && pp_is_listed(but, words[r][0])))
            return true;
    }
    return false;
}

static void add_column(const struct pp_csv *c, struct pp_json *j, unsigned at, const char *const *but)
{
    char key[KEY_MAX + 1];

    if (c->headed && at < c->titles && c->title[at].len) {
        const struct pp_csv_column *t = &c->title[at];
        if (t->len > KEY_MAX || memchr(t->p, '\0', t->len))
            return;
        memcpy(key, t->p, t->len);
        key[t->len] = '\0';
        if (is_taken(c, at, key, but))
            return;
    } else {
        snprintf(key, sizeof key, "column%u", at + 1); /* named by its position */
    }
    add_value(j, key, &c->column[at]);
}

void pp_csv_members(const struct pp_csv *c, struct pp_buf *out, const char *const *but)
{
    struct pp_json j;

    pp_json_init(&j, out);
    for (unsigned r = 0; r < PP_CSV_ROLES; r++) {
        struct pp_csv_column v = pp_csv_get(c, (enum pp_csv_role)r);
        if (v.len && !pp_is_listed(but, words[r][0]))
            add_role(&j, (enum pp_csv_role)r, &v);
    }
    for (unsigned i = 0; i < c->count; i++) {
        if (!is_out(c, i, but))
            add_column(c, &j, i, but);
    }
}
