/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * export_located.c: exports places where a path changes a packet (`located`): as conditions on the path S * A B * D,
 * where A and B are the interval's ends, and as tracebox's short JSON, from which pto3-trace derives the same. A place
 * without an interval gives no condition.
 */
#include "export.h"

#include "../base/json.h"
#include "../packet/quote.h"

#include <inttypes.h>

/* One element of `located`. */
struct located {
    char from[PP_ADDR_STRLEN], to[PP_ADDR_STRLEN]; /* empty: this host; no upper end, or the target */
    unsigned from_ttl, to_ttl;
    bool has_to, target, gap; /* gap: hops between the two show nothing */
    char condition[96], value[24], hex[24];
    const char *header;      /* tracebox's name of the field; NULL: no name, or no rewriting */
    char option_header[64];
};

/* Reads TTL and address of an end. False: not of the right form. */
static bool read_end(const json_t *end, unsigned *ttl, char text[PP_ADDR_STRLEN])
{
    const json_t *n = json_object_get(end, "ttl"), *a = json_object_get(end, "addr");
    struct pp_addr addr;

    if (!json_is_integer(n) || json_integer_value(n) < 0 || json_integer_value(n) > 255)
        return false;
    *ttl = (unsigned)json_integer_value(n);
    text[0] = '\0';
    if (*ttl == 0)
        return true;
    if (!json_is_string(a) || pp_addr_parse(&addr, json_string_value(a), json_string_length(a)) < 0)
        return false;
    pp_addr_str(&addr, text);
    return true;
}

/* Reads a number, or up to 8 bytes in hexadecimal. */
static bool read_value(const json_t *v, uint64_t *n)
{
    const char *text = json_string_value(v);
    char *end;

    if (json_is_integer(v)) {
        *n = (uint64_t)json_integer_value(v);
        return json_integer_value(v) >= 0;
    }
    if (text == NULL || json_string_length(v) > 16 || text[strspn(text, "0123456789abcdef")])
        return false;
    *n = strtoull(text, &end, 16);
    return true;
}

/* Sets the condition for a rewritten field. False: observatories have no condition for it. */
static bool rewritten(struct located *l, const json_t *o)
{
    const char *name = json_string_value(json_object_get(o, "field")), *option;
    const json_t *sent = json_object_get(o, "sent"), *seen = json_object_get(o, "seen");
    uint64_t was = 0, is = 0;
    uint8_t field, kind;
    unsigned size;

    if (name == NULL || !pp_quote_field(name, &field, &kind) || pp_field_rows[field].pto == NULL)
        return false;
    option = pp_option_name(kind);
    read_value(sent, &was);
    if (field == PP_FIELD_DSCP && !json_is_integer(sent))
        return false; /* the condition's name has the value sent */
    if (field == PP_FIELD_TCP_OPTION) {
        if (option == NULL)
            return false;
        snprintf(l->condition, sizeof l->condition, "tcp.option.%s.changed", option);
    } else if (field == PP_FIELD_DSCP) {
        snprintf(l->condition, sizeof l->condition, "dscp.%u.changed", (unsigned)(was & 63));
    } else {
        snprintf(l->condition, sizeof l->condition, "%s", pp_field_rows[field].pto);
    }
    if (!read_value(seen, &is))
        return true;
    snprintf(l->value, sizeof l->value, field == PP_FIELD_DSCP ? "%" PRIu64 : "0x%" PRIx64, is);
    /* The short JSON has no member for the value sent; its readers assume 0 for the DSCP. */
    if (json_is_null(sent) || (field == PP_FIELD_DSCP && was != 0))
        return true;
    size = pp_field_rows[field].size;
    if (field == PP_FIELD_TCP_OPTION)
        size = json_is_string(seen) ? (unsigned)json_string_length(seen) / 2 : is > 0xff || kind == 2 ? 2 : 1;
    if (size < 8)
        is &= (UINT64_C(1) << 8 * size) - 1;
    snprintf(l->hex, sizeof l->hex, "%0*" PRIx64, (int)(2 * size), is);
    l->header = pp_field_rows[field].header;
    if (field == PP_FIELD_TCP_OPTION) {
        if (pp_option_header(kind) == NULL)
            l->header = NULL;
        else
            snprintf(l->option_header, sizeof l->option_header, "TCP::O::%s", pp_option_header(kind));
    }
    return true;
}

/*
 * Sets the condition for a dropped or answered packet; its name has the experiment, as "ecn" of
 * "ecn.connectivity.works".
 */
static bool stopped(struct located *l, const struct pp_record *r, const char *kind)
{
    static const char *const said[][2] = {{"drop", "dropped"}, {"reset", "reset"}, {"answer", "answered"}};

    for (unsigned i = 0; i < sizeof said / sizeof *said; i++)
        if (strcmp(kind, said[i][0]) == 0 && *r->experiment) {
            snprintf(l->condition, sizeof l->condition, "%.60s.path.%s", r->experiment, said[i][1]);
            return true;
        }
    return false;
}

static bool read_located(struct located *l, const struct pp_record *r, const json_t *o)
{
    const char *kind = json_string_value(json_object_get(o, "kind"));
    const json_t *to = json_object_get(o, "to"), *silent = json_object_get(o, "silent");

    *l = (struct located){.from_ttl = 0};
    if (kind == NULL || !read_end(json_object_get(o, "from"), &l->from_ttl, l->from))
        return false;
    if (!json_is_null(to) && to) {
        if (!read_end(to, &l->to_ttl, l->to) || l->to_ttl <= l->from_ttl)
            return false;
        l->has_to = true;
        l->target = json_is_true(json_object_get(to, "target"));
    }
    l->gap = json_is_integer(silent) && json_integer_value(silent) > 0;
    return strcmp(kind, "rewrite") == 0 ? rewritten(l, o) : stopped(l, r, kind);
}

static const char *end_of_path(const struct pp_record *r, bool last)
{
    return json_string_value(json_array_get(r->path, last ? json_array_size(r->path) - 1 : 0));
}

/* Writes S * A B * D; without a star between neighbours. */
static void path_text(struct pp_buf *path, const struct pp_record *r, const struct located *l)
{
    pp_buf_adds(path, end_of_path(r, false));
    pp_buf_adds(path, l->from_ttl > 1 ? " * " : " ");
    if (l->from_ttl)
        pp_buf_addf(path, "%s ", l->from);
    if (!l->has_to || l->gap)
        pp_buf_adds(path, "* ");
    if (l->has_to && !l->target)
        pp_buf_addf(path, "%s * ", l->to);
    pp_buf_adds(path, end_of_path(r, true));
}

/* The sender of Packet Too Big messages (RFC 1191, RFC 8201) about packets of VERDICT; NULL: none, or several. */
static const char *sender_of(const json_t *verdict)
{
    const json_t *rounds = json_object_get(verdict, "rounds"), *round, *flow;
    const char *arm = json_string_value(json_object_get(verdict, "arm")), *sender = NULL;
    size_t i, k;

    json_array_foreach((json_t *)rounds, i, round) {
        json_array_foreach(json_object_get(round, "flows"), k, flow) {
            const json_t *icmp = json_object_get(flow, "icmp");
            const char *of = json_string_value(json_object_get(flow, "arm")),
                       *from = json_string_value(json_array_get(icmp, 2));
            json_int_t type = json_integer_value(json_array_get(icmp, 0)),
                       code = json_integer_value(json_array_get(icmp, 1));

            if (!arm || !of || strcmp(arm, of) != 0 || !from || !json_is_false(json_object_get(flow, "ok")) ||
                !(strchr(from, ':') ? type == 2 && code == 0 : type == 3 && code == 4))
                continue;
            if (sender && strcmp(sender, from) != 0)
                return NULL;
            sender = from;
        }
    }
    return sender;
}

/* A packet that was reported as too big ended at the reporting router: path S * A * D, once for each A. */
static unsigned export_too_big(const struct pp_record *r, const struct pp_export_when *when, struct pp_buf *path,
                               struct pp_buf *out, json_t *conditions)
{
    const char *last = NULL;
    unsigned lines = 0;
    struct located l;
    size_t i;
    json_t *v;

    json_array_foreach(r->verdicts, i, v) {
        const char *attribution = json_string_value(json_object_get(v, "attribution")), *sender = sender_of(v);
        struct pp_addr addr;

        if (!attribution || strcmp(attribution, "path") != 0 || !sender || (last && strcmp(last, sender) == 0) ||
            pp_addr_parse(&addr, sender, strlen(sender)) < 0)
            continue;
        last = sender;
        l = (struct located){.from_ttl = 2}; /* the hop is not known */
        pp_addr_str(&addr, l.from);
        stopped(&l, r, "drop");
        pp_buf_reset(path);
        path_text(path, r, &l);
        lines += pp_export_condition(out, conditions, when, path, l.condition, NULL);
    }
    return lines;
}

unsigned pp_export_located(const struct pp_record *r, struct pp_buf *out, json_t *conditions)
{
    const struct pp_export_when when = {r->from_us, r->to_us};
    unsigned lines = 0;
    struct located l;
    struct pp_buf path;
    size_t i;
    json_t *o;

    pp_buf_init(&path, 4096);
    if (json_array_size(r->located) == 0)
        lines += export_too_big(r, &when, &path, out, conditions);
    json_array_foreach(r->located, i, o) {
        if (!read_located(&l, r, o))
            continue;
        pp_buf_reset(&path);
        path_text(&path, r, &l);
        lines += pp_export_condition(out, conditions, &when, &path, l.condition, *l.value ? l.value : NULL);
    }
    pp_buf_release(&path);
    return lines;
}

/* ---- tracebox's short JSON --------------------------------------------------------------------------- */

static void hop(struct pp_json *j, const char *addr, unsigned ttl, const struct located *l)
{
    pp_json_object(j, NULL);
    pp_json_str(j, "ha", addr);
    pp_json_uint(j, "t", ttl);
    pp_json_uint(j, "i", l ? 3 : 0);
    pp_json_array(j, "m");
    if (l) {
        pp_json_object(j, NULL);
        pp_json_str(j, "n", *l->option_header ? l->option_header : l->header);
        pp_json_str(j, "v", l->hex);
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
    pp_json_array(j, "a");
    pp_json_end(j, ']');
    pp_json_array(j, "d");
    pp_json_end(j, ']');
    pp_json_end(j, '}');
}

/* Readers of the format take the hop before the one that shows the change as the other end of the interval. */
unsigned pp_export_tracebox(const struct pp_record *r, struct pp_buf *out, json_t *conditions)
{
    const char *dst = end_of_path(r, true);
    unsigned lines = 0;
    struct located l;
    struct pp_addr addr;
    size_t i;
    json_t *o;

    /* A file has one source, of one family: its metadata name it. */
    if (pp_addr_parse(&addr, dst, strlen(dst)) < 0 || !pp_addr_is4(&addr))
        return 0;
    json_array_foreach(r->located, i, o) {
        struct pp_json j;

        if (!read_located(&l, r, o) || l.header == NULL || !l.has_to || l.target)
            continue;
        pp_json_init(&j, out);
        pp_json_object(&j, NULL);
        pp_json_str(&j, "dst", dst);
        pp_json_str(&j, "r", "success");
        pp_json_int(&j, "s", r->from_us / 1000000);
        pp_json_array(&j, "h");
        if (l.from_ttl > 1)
            hop(&j, "*", l.from_ttl - 1, NULL);
        if (l.from_ttl)
            hop(&j, l.from, l.from_ttl, NULL);
        if (l.gap)
            hop(&j, "*", l.to_ttl - 1, NULL);
        hop(&j, l.to, l.to_ttl, &l);
        hop(&j, "*", l.to_ttl + 1, NULL);
        hop(&j, dst, l.to_ttl + 2, NULL);
        pp_json_end(&j, ']');
        pp_json_end(&j, '}');
        pp_buf_addc(out, '\n');
        pp_export_note(conditions, l.condition);
        lines++;
    }
    return lines;
}
