/* SPDX-License-Identifier: BSD-2-Clause */
/* target_text.c: targets out of CSV lines and plain lists. */
#include "target_parts.h"

#include "../base/json.h"

#define MEMBERS_MAX 8192 /* bytes of members made up: four short fields, each byte at most six as an escape */

/* ---- CSV ---------------------------------------------------------------------------------------------------- */

#define COLUMNS 4

struct column {
    char text[PP_DNSNAME_MAX + 3];
    size_t len;
};

/* One column (RFC 4180, within one line), its quotes undone, from *AT on; *AT is left at the comma or at the end. */
static int column_parse(struct column *c, const char **at, const char *end, const char **why)
{
    struct pp_text plain;
    const char *p = *at;

    c->len = 0;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    if (p < end && *p == '"') {
        for (p++; p < end && (*p != '"' || (p + 1 < end && p[1] == '"')); p++) {
            p += *p == '"';
            if (c->len == sizeof c->text)
                return pp_target_fail(why, "column is too long");
            c->text[c->len++] = *p;
        }
        if (p++ >= end)
            return pp_target_fail(why, "quote is not closed");
        while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
            p++;
        if (p < end && *p != ',')
            return pp_target_fail(why, "text behind a closing quote");
    } else {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        plain = pp_text_trim(p, (size_t)((comma ? comma : end) - p));
        if (plain.len > sizeof c->text)
            return pp_target_fail(why, "column is too long");
        memcpy(c->text, plain.p, plain.len);
        c->len = plain.len;
        p = comma ? comma : end;
    }
    *at = p;
    return 0;
}

/* The number of columns, counted up to one too many; -1: see *WHY. */
static int columns_parse(struct column c[COLUMNS], const char *line, size_t len, const char **why)
{
    const char *at = line, *end = line + len;
    int n = 0;

    for (;;) {
        if (n == COLUMNS)
            return n + 1;
        if (column_parse(&c[n++], &at, end, why) < 0)
            return -1;
        if (at == end)
            return n;
        at++;
    }
}

/* As JSON has them: no leading zero, and few enough to be exact everywhere. */
static bool is_count(const struct column *c)
{
    if (c->len < 1 || c->len > 15 || (c->text[0] == '0' && c->len > 1))
        return false;
    for (size_t i = 0; i < c->len; i++) {
        if (c->text[i] < '0' || c->text[i] > '9')
            return false;
    }
    return true;
}

/* CSV and lists: the members that an NDJSON target would have had. */
static int build_made_up(struct pp_target **out, struct pp_target_parts *p, struct pp_text dip,
                         const struct column *rank, const char **why)
{
    struct pp_buf b;
    struct pp_json j;
    int result;

    pp_buf_init(&b, MEMBERS_MAX);
    pp_json_init(&j, &b);
    pp_json_object(&j, NULL);
    pp_json_strn(&j, "dip", dip.p, dip.len);
    if (p->port)
        pp_json_uint(&j, "dp", p->port);
    if (p->domain.len)
        pp_json_strn(&j, "domain", p->domain.p, p->domain.len);
    if (rank && is_count(rank))
        pp_json_raw(&j, "rank", rank->text, rank->len);
    else if (rank && rank->len)
        pp_json_strn(&j, "rank", rank->text, rank->len);
    pp_json_end(&j, '}');
    if (b.failed) {
        result = pp_target_fail(why, "out of memory");
    } else {
        p->members = (struct pp_text){b.data + 1, b.len - 2};
        result = pp_target_build(out, p, why);
    }
    pp_buf_release(&b);
    return result;
}

int pp_target_parse_csv(struct pp_target **out, const char *line, size_t len, const char **why)
{
    struct column c[COLUMNS];
    int n = columns_parse(c, line, len, why);
    struct pp_target_parts p = {.port = 0};

    if (n < 0)
        return -1;
    if (n == 2)
        return pp_target_fail(why, "no address: resolve it first");
    if (n != 3 && n != 4)
        return pp_target_fail(why, "not 2, 3 or 4 columns");
    if (pp_addr_parse(&p.addr, c[0].text, c[0].len) < 0)
        return pp_target_fail(why, "first column is no IP address");
    if (c[1].len && pp_port_parse(&p.port, (struct pp_text){c[1].text, c[1].len}) < 0)
        return pp_target_fail(why, "port out of range");
    pp_target_domain(&p, (struct pp_text){c[2].text, c[2].len});
    return build_made_up(out, &p, (struct pp_text){c[0].text, c[0].len}, n == 4 ? &c[3] : NULL, why);
}

/* ---- plain list --------------------------------------------------------------------------------------------- */

static const char *last(struct pp_text t, char c)
{
    while (t.len--) {
        if (t.p[t.len] == c)
            return t.p + t.len;
    }
    return NULL;
}

/*
 * Takes "addr", "addr:port" (IPv4 alone: what ends an IPv6 address would be a guess), "[addr]", "[addr]:port" apart.
 * True: there is a port.
 */
static bool list_split(struct pp_text t, struct pp_text *addr, struct pp_text *port)
{
    const char *colon = last(t, ':'), *close = last(t, ']'), *end = t.p + t.len;

    *addr = t;
    *port = (struct pp_text){end, 0};
    if (*t.p == '[' && close && (close + 1 == end || colon == close + 1)) {
        *addr = (struct pp_text){t.p + 1, (size_t)(close - t.p) - 1};
        if (close + 1 == end)
            return false;
    } else if (colon && memchr(t.p, ':', t.len) == colon) {
        *addr = (struct pp_text){t.p, (size_t)(colon - t.p)};
    } else {
        return false;
    }
    *port = (struct pp_text){colon + 1, (size_t)(end - colon) - 1};
    return true;
}

int pp_target_parse_list(struct pp_target **out, const char *line, size_t len, const char **why)
{
    const char *comment = memchr(line, '#', len);
    struct pp_text t = pp_text_trim(line, comment ? (size_t)(comment - line) : len), addr, port;
    struct pp_target_parts p = {.port = 0};
    bool has_port;

    if (t.len == 0)
        return pp_target_fail(why, "no IP address");
    has_port = list_split(t, &addr, &port);
    if (pp_addr_parse(&p.addr, addr.p, addr.len) < 0)
        return pp_target_fail(why, "no IP address");
    if (has_port && pp_port_parse(&p.port, port) < 0)
        return pp_target_fail(why, "port out of range");
    return build_made_up(out, &p, addr, NULL, why);
}
