/* SPDX-License-Identifier: BSD-2-Clause */
/* target_text.c: parses targets from CSV lines and plain lists. */
#include "target_parts.h"

#include "../base/json.h"

const char pp_bad_name[] = "a host name, which has to be resolved first";
const char pp_bad_url[] = "a URL, whose host has to be resolved first";
const char pp_bad_prefix[] = "a prefix instead of an address";
const char pp_bad_zone[] = "a link-local address with a zone, which cannot be a target";
const char pp_bad_columns[] = "columns separated by ';' or tabs instead of commas";
const char pp_bad_utf16[] = "UTF-16 instead of UTF-8";

/* ---- CSV ---------------------------------------------------------------------------------------------------- */

static struct pp_text text_of(const struct pp_csv *csv, enum pp_csv_role role)
{
    struct pp_csv_column c = pp_csv_get(csv, role);

    return (struct pp_text){c.p, c.len};
}

/* True if T is an IPv6 address with a zone, in brackets or not (RFC 4007 section 11). */
static bool has_zone(struct pp_text t)
{
    const char *from = t.p + (t.len && *t.p == '['), *zone = memchr(t.p, '%', t.len);
    struct pp_addr a;

    return zone && zone > from && pp_addr_parse(&a, from, (size_t)(zone - from)) == 0;
}

/* The reason why T is no address, by its form. */
static const char *why_no_address(struct pp_text t)
{
    char name[PP_DNSNAME_MAX + 1];
    struct pp_prefix prefix;
    const char *colon, *why;

    if (t.len >= 2 && (memcmp(t.p, "\xff\xfe", 2) == 0 || memcmp(t.p, "\xfe\xff", 2) == 0))
        return pp_bad_utf16;
    if (memchr(t.p, ';', t.len) || memchr(t.p, '\t', t.len))
        return pp_bad_columns;
    if (has_zone(t))
        return pp_bad_zone;
    if (memmem(t.p, t.len, "://", 3))
        return pp_bad_url;
    if (pp_prefix_parse(&prefix, t.p, t.len) == 0)
        return pp_bad_prefix;
    colon = memchr(t.p, ':', t.len); /* an address with a port */
    if (pp_dnsname_parse(name, t.p, colon ? (size_t)(colon - t.p) : t.len, &why) == 0 &&
        strspn(name, "0123456789.") < strlen(name))
        return pp_bad_name;
    return "not an IP address";
}

/*
 * The reason for a missing address: a list of names if a heading names no address column, or if there is no heading and
 * the columns are rank and name.
 */
static const char *why_no_dip(const struct pp_csv *csv)
{
    const struct pp_csv_column *c = csv->column;

    if (csv->headed && csv->at[PP_CSV_DIP] == PP_CSV_COLUMNS_MAX) {
        struct pp_text name = text_of(csv, PP_CSV_NAME);
        struct pp_addr a;
        return pp_addr_parse(&a, name.p, name.len) == 0 ? "the heading has no column dip, ip, saddr, address or addr"
                                                        : pp_bad_name;
    }
    if (csv->headed)
        return why_no_address(text_of(csv, PP_CSV_DIP));
    for (unsigned i = 0; i < csv->count && i < 2; i++) {
        const char *why = why_no_address((struct pp_text){c[i].p, c[i].len});
        if (why == pp_bad_name || why == pp_bad_url || why == pp_bad_prefix)
            return why;
    }
    return "first column is not an IP address";
}

static int build_record(struct pp_target **out, const struct pp_csv *csv, struct pp_target_parts *p, const char **why)
{
    struct pp_buf b;
    int result;

    pp_buf_init(&b, PP_LINE_MAX - 2); /* the maximum, as the observation contains it */
    pp_csv_members(csv, &b, pp_own_keys);
    p->members = (struct pp_text){b.data, b.len};
    result = b.failed ? pp_target_fail(why, "longer than 32768 bytes as a JSON object")
                      : pp_target_build(out, p, why);
    pp_buf_release(&b);
    return result < 0 ? -1 : 1;
}

int pp_target_of_csv(struct pp_csv *csv, struct pp_target **out, const char *line, size_t len, const char **why)
{
    struct pp_target_parts p = {.port = 0};
    struct pp_text dip, dp;
    int r = pp_csv_record(csv, line, len, why);

    if (r <= 0)
        return r;
    dip = text_of(csv, PP_CSV_DIP);
    dp = text_of(csv, PP_CSV_DP);
    if (pp_addr_parse(&p.addr, dip.p, dip.len) < 0)
        return pp_target_fail(why, why_no_dip(csv));
    if (!csv->headed && csv->count > PP_CSV_ROLES)
        return pp_target_fail(why, "more than 4 columns without a heading");
    if (dp.len && pp_port_parse(&p.port, dp) < 0)
        return pp_target_fail(why, "port out of range");
    pp_target_domain(&p, text_of(csv, PP_CSV_NAME));
    return build_record(out, csv, &p, why);
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
 * Splits "addr", "addr:port" (IPv4 only: the end of an IPv6 address may look like a port), "[addr]", "[addr]:port".
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

/* Builds a target with the members that it would have in NDJSON. */
static int build_address(struct pp_target **out, struct pp_target_parts *p, struct pp_text dip, const char **why)
{
    struct pp_buf b;
    struct pp_json j;
    int result;

    pp_buf_init(&b, PP_LINE_MAX);
    pp_json_init(&j, &b);
    pp_json_strn(&j, "dip", dip.p, dip.len);
    if (p->port)
        pp_json_uint(&j, "dp", p->port);
    p->members = (struct pp_text){b.data, b.len};
    result = b.failed ? pp_target_fail(why, "out of memory") : pp_target_build(out, p, why);
    pp_buf_release(&b);
    return result;
}

int pp_target_of_list(struct pp_target **out, const char *line, size_t len, const char **why)
{
    const char *comment = memchr(line, '#', len);
    struct pp_text t = pp_text_trim(line, comment ? (size_t)(comment - line) : len), addr, port;
    struct pp_target_parts p = {.port = 0};
    bool has_port;

    if (t.len == 0)
        return pp_target_fail(why, "not an IP address");
    has_port = list_split(t, &addr, &port);
    if (pp_addr_parse(&p.addr, addr.p, addr.len) < 0)
        return pp_target_fail(why, why_no_address(t));
    if (has_port && pp_port_parse(&p.port, port) < 0)
        return pp_target_fail(why, "port out of range");
    return build_address(out, &p, addr, why);
}
