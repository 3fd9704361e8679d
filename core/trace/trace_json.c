/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_json.c: writes a trace and its places as JSON. */
#include "trace_parts.h"

#include <inttypes.h>

enum { SCHEMA = 1, OPTION_MSS = 2, OPTION_WINDOW_SCALE = 3 };

static const char *const seen_name[] = {
    [PP_SEEN_NOT_ASKED] = "not_asked", [PP_SEEN_SILENT] = "silent", [PP_SEEN_UNREACHABLE] = "unreachable",
    [PP_SEEN_EXCEEDED] = "exceeded",   [PP_SEEN_ACK] = "ack",       [PP_SEEN_RST] = "rst",
    [PP_SEEN_ANSWER] = "answer",
};

static void addr_member(struct pp_json *j, const char *key, const struct pp_addr *a)
{
    char text[PP_ADDR_STRLEN];

    pp_json_str(j, key, pp_addr_str(a, text));
}

static void asn_member(struct pp_json *j, const char *key, uint32_t asn)
{
    if (asn)
        pp_json_uint(j, key, asn);
    else
        pp_json_null(j, key);
}

/* Writes a number; for a field that is no number, its bytes from the first that differs, in hexadecimal. */
static void value_member(struct pp_json *j, const char *key, const struct pp_change *c, uint64_t v, bool there)
{
    char hex[17];
    bool number = c->len == 0 && c->field != PP_FIELD_TCP_OPTION;

    number |= c->field == PP_FIELD_TCP_OPTION && (c->option == OPTION_MSS || c->option == OPTION_WINDOW_SCALE);
    if (!there) {
        pp_json_null(j, key);
    } else if (number) {
        pp_json_uint(j, key, v);
    } else {
        snprintf(hex, sizeof hex, "%0*" PRIx64, 2 * c->len, v);
        pp_json_strn(j, key, hex, 2 * c->len);
    }
}

static void change_members(struct pp_json *j, const struct pp_change *c)
{
    char name[PP_FIELD_STRLEN];

    pp_json_str(j, "field", pp_field_name(c->field, c->option, name));
    value_member(j, "sent", c, c->sent, c->how != PP_CHANGED_ADDED);
    value_member(j, "seen", c, c->seen, c->how != PP_CHANGED_REMOVED);
}

static void end_member(struct pp_json *j, const char *key, const struct pp_place_end *end, bool there)
{
    if (!there) {
        pp_json_null(j, key);
        return;
    }
    pp_json_object(j, key);
    pp_json_uint(j, "ttl", end->ttl);
    if (end->ttl)
        addr_member(j, "addr", &end->addr);
    else
        pp_json_null(j, "addr");
    asn_member(j, "asn", end->asn);
    if (end->target)
        pp_json_bool(j, "target", true);
    pp_json_end(j, '}');
}

static void place(struct pp_json *j, const struct pp_place *p, const char *arm)
{
    pp_json_object(j, NULL);
    pp_json_str(j, "arm", arm);
    pp_json_str(j, "on", p->sport ? pp_where_on_name[p->on] : NULL); /* a source port is set: it was swept */
    pp_json_str(j, "kind", pp_place_kind_name[p->kind]);
    if (p->kind == PP_PLACE_REWRITE && p->has_to) {
        change_members(j, &p->change);
    } else if (p->kind == PP_PLACE_REWRITE) {
        char name[PP_FIELD_STRLEN];

        /* The values are known only if a quote shows the change. */
        pp_json_str(j, "field", pp_field_name(p->change.field, p->change.option, name));
        pp_json_null(j, "sent");
        pp_json_null(j, "seen");
    } else {
        pp_json_null(j, "field");
        pp_json_null(j, "sent");
        pp_json_null(j, "seen");
    }
    end_member(j, "from", &p->from, p->has_from);
    end_member(j, "to", &p->to, p->has_to);
    pp_json_uint(j, "silent", p->silent);
    pp_json_array(j, "quote");
    for (unsigned i = 0; i < p->quotes; i++)
        pp_json_uint(j, NULL, p->quote[i]);
    pp_json_end(j, ']');
    pp_json_object(j, "sweeps");
    pp_json_uint(j, "a", p->a);
    pp_json_uint(j, "b", p->b);
    pp_json_uint(j, "agree", p->agree);
    pp_json_end(j, '}');
    if (p->e > 0)
        pp_json_num(j, "e", p->e, 4);
    else
        pp_json_null(j, "e");
    pp_json_str(j, "paths", pp_paths_name[p->paths]);
    if (p->sport)
        pp_json_uint(j, "sport", p->sport);
    else
        pp_json_null(j, "sport");
    pp_json_str(j, "why", pp_where_why_name[p->why]);
    pp_json_end(j, '}');
}

void pp_places_json(struct pp_json *j, const char *key, const struct pp_place *places, unsigned n,
                    const char *const *arms)
{
    pp_json_array(j, key);
    for (unsigned i = 0; i < n; i++)
        place(j, &places[i], arms[places[i].arm]);
    pp_json_end(j, ']');
}

static void cell(struct pp_json *j, const char *arm, const struct pp_trace_cell *c)
{
    if (c->what == PP_SEEN_NOT_ASKED)
        return;
    pp_json_object(j, arm);
    pp_json_str(j, "seen", seen_name[c->what]);
    pp_json_uint(j, "answered", c->answered);
    pp_json_uint(j, "asked", c->asked);
    pp_json_array(j, "changes");
    for (unsigned i = 0; i < c->diff.changes; i++) {
        pp_json_object(j, NULL);
        change_members(j, &c->diff.change[i]);
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
    if (c->diff.more)
        pp_json_bool(j, "more", true);
    pp_json_end(j, '}');
}

static void hop(struct pp_json *j, const struct pp_trace *t, const struct pp_trace_hop *h)
{
    pp_json_object(j, NULL);
    pp_json_uint(j, "ttl", h->ttl);
    pp_json_array(j, "addr");
    for (unsigned i = 0; i < h->addrs; i++)
        addr_member(j, NULL, &h->addr[i]);
    pp_json_end(j, ']');
    pp_json_array(j, "asn");
    for (unsigned i = 0; i < h->addrs; i++)
        asn_member(j, NULL, h->asn[i]);
    pp_json_end(j, ']');
    if (h->addrs)
        pp_json_uint(j, "rtt_us", h->rtt_us);
    else
        pp_json_null(j, "rtt_us");
    pp_json_uint(j, "quote", h->quote);
    if (h->quote)
        pp_json_uint(j, "quoted_ttl", h->quoted_ttl);
    else
        pp_json_null(j, "quoted_ttl");
    if (h->labels) {
        pp_json_object(j, "mpls");
        pp_json_uint(j, "labels", h->labels);
        pp_json_uint(j, "top", h->label);
        pp_json_end(j, '}');
    }
    if (h->target)
        pp_json_bool(j, "target", true);
    if (t->size[1] && h->mtu)
        pp_json_uint(j, "mtu", h->mtu);
    if (h->too_big) {
        pp_json_object(j, "too_big");
        if (h->named)
            pp_json_uint(j, "mtu", h->named);
        else
            pp_json_null(j, "mtu");
        addr_member(j, "from", &h->named_by);
        pp_json_end(j, '}');
    }
    pp_json_object(j, "arms");
    for (unsigned i = 0; i < t->arms; i++)
        cell(j, t->arm[i], &h->cell[i]);
    pp_json_end(j, '}');
    pp_json_end(j, '}');
}

void pp_trace_ndjson(struct pp_buf *out, const struct pp_trace *t, const char *fields, size_t len)
{
    struct pp_json j;

    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    pp_json_raw(&j, NULL, fields, len);
    pp_json_int(&j, "schema", SCHEMA);
    pp_json_str(&j, "experiment", t->experiment);
    pp_json_str(&j, "connect", t->mode);
    addr_member(&j, "sip", &t->src);
    if (t->no_packet)
        pp_json_null(&j, "sport");
    else
        pp_json_uint(&j, "sport", t->sport);
    pp_json_uint(&j, "port", t->dport);
    pp_json_str(&j, "on", t->no_packet ? NULL : pp_where_on_name[t->on]);
    pp_json_object(&j, "time");
    pp_json_time(&j, "from", t->begin_ns);
    pp_json_time(&j, "to", t->end_ns);
    pp_json_end(&j, '}');
    pp_json_array(&j, "path");
    addr_member(&j, NULL, &t->src);
    pp_json_str(&j, NULL, "*");
    addr_member(&j, NULL, &t->dst);
    pp_json_end(&j, ']');
    pp_json_array(&j, "conditions"); /* empty: `upload` derives conditions from `located` */
    pp_json_end(&j, ']');
    pp_json_str(&j, "why", pp_trace_void(t));
    pp_json_uint(&j, "pairs", t->pairs);
    pp_json_num(&j, "alpha", t->alpha, 4);
    pp_json_array(&j, "hops");
    for (unsigned i = 0; i < t->hops; i++)
        hop(&j, t, &t->hop[i]);
    pp_json_end(&j, ']');
    pp_json_array(&j, "located");
    for (unsigned i = 0; i < t->places; i++)
        if (!pp_trace_is_void(t, &t->place[i]))
            place(&j, &t->place[i], t->arm[t->place[i].arm]);
    pp_json_end(&j, ']');
    pp_json_end(&j, '}');
    pp_buf_addc(out, '\n');
}
