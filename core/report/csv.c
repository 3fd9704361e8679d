/* SPDX-License-Identifier: BSD-2-Clause */
/* csv.c: writes rows of CSV. */
#include "csv.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

const char *const pp_csv_name[PP_CSV_TABLES] = {"conditions", "targets", "located"};

static const char *const headings[PP_CSV_TABLES] = {
    [PP_CSV_CONDITIONS] = "experiment,connect,condition,arm,base,targets,of,share,low95,high95,first,lines",
    [PP_CSV_TARGETS] =
        "experiment,connect,run_id,vantage,from,dip,dp,domain,asn,country,valid,arm,condition,verdict,first,"
        "why,how,e,attempts",
    [PP_CSV_LOCATED] =
        "experiment,connect,run_id,vantage,dip,dp,domain,asn,country,arm,on,kind,field,sent,seen,from_ttl,"
        "from_addr,from_asn,to_ttl,to_addr,to_asn,silent,e,why",
};

void pp_csv_heading(struct pp_buf *out, enum pp_csv_table table)
{
    pp_buf_adds(out, headings[table]);
    pp_buf_adds(out, "\r\n");
}

/* Between quotes where that is needed; what a terminal or a reader would not show as text is shown as pp_safe_text
 * does. */
static void put_text(struct pp_buf *out, const char *text, size_t len)
{
    struct pp_buf safe;

    pp_buf_init(&safe, 1u << 20);
    pp_safe_text(&safe, text, len, false);
    if (safe.failed) {
        out->failed = true;
    } else if (safe.len && (memchr(safe.data, ',', safe.len) || memchr(safe.data, '"', safe.len))) {
        pp_buf_addc(out, '"');
        for (size_t i = 0; i < safe.len; i++) {
            if (safe.data[i] == '"')
                pp_buf_addc(out, '"');
            pp_buf_addc(out, safe.data[i]);
        }
        pp_buf_addc(out, '"');
    } else {
        pp_buf_add(out, safe.data, safe.len);
    }
    pp_buf_release(&safe);
}

static void text(struct pp_buf *out, struct pp_span s)
{
    put_text(out, s.at, s.len);
    pp_buf_addc(out, ',');
}

static void json(struct pp_buf *out, struct pp_span s)
{
    json_t *v = s.len ? json_loadb(s.at, s.len, JSON_DECODE_ANY, NULL) : NULL;

    if (json_is_string(v))
        put_text(out, json_string_value(v), json_string_length(v));
    pp_buf_addc(out, ',');
    json_decref(v);
}

static void target(struct pp_buf *out, const struct pp_reading *r, bool with_time)
{
    char addr[PP_ADDR_STRLEN];

    text(out, r->experiment);
    text(out, r->connect);
    text(out, r->run_id);
    text(out, r->vantage);
    if (with_time)
        text(out, r->from);
    pp_buf_addf(out, "%s,", pp_addr_str(&r->dip, addr));
    pp_buf_addf(out, r->port ? "%u," : ",", r->port);
    json(out, r->domain);
    pp_buf_addf(out, r->asn ? "%u," : ",", r->asn);
    text(out, r->country);
}

static void end_row(struct pp_buf *out)
{
    out->len--; /* the last comma */
    pp_buf_adds(out, "\r\n");
}

static void targets(struct pp_buf *out, const struct pp_reading *r)
{
    for (unsigned i = 0; i < r->nverdicts; i++) {
        const struct pp_reading_verdict *v = &r->verdict[i];
        target(out, r, true);
        pp_buf_adds(out, r->valid ? "true," : "false,");
        text(out, v->arm);
        text(out, v->condition);
        text(out, v->verdict);
        text(out, v->first);
        text(out, v->why);
        text(out, v->how);
        pp_buf_addf(out, "%.6g,%u,", v->e, v->tried);
        end_row(out);
    }
}

static void scalar(struct pp_buf *out, const json_t *v)
{
    if (json_is_string(v))
        put_text(out, json_string_value(v), json_string_length(v));
    else if (json_is_number(v))
        pp_buf_addf(out, "%.9g", json_number_value(v));
    pp_buf_addc(out, ',');
}

static void located(struct pp_buf *out, const struct pp_reading *r)
{
    static const char *const keys[] = {"arm", "on", "kind", "field", "sent", "seen"}, *const end[] = {"ttl", "addr",
                                                                                                      "asn"};
    const char *at = r->located.at, *value;
    size_t len;

    while (r->located.len && pp_array_next(&at, r->located.at + r->located.len, &value, &len)) {
        json_t *l = json_loadb(value, len, 0, NULL);
        if (json_is_object(l)) {
            target(out, r, false);
            for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
                scalar(out, json_object_get(l, keys[i]));
            for (int i = 0; i < 6; i++)
                scalar(out, json_object_get(json_object_get(l, i < 3 ? "from" : "to"), end[i % 3]));
            scalar(out, json_object_get(l, "silent"));
            scalar(out, json_object_get(l, "e"));
            scalar(out, json_object_get(l, "why"));
            end_row(out);
        }
        json_decref(l);
    }
}

void pp_csv_line(struct pp_buf *out, enum pp_csv_table table, const struct pp_reading *r)
{
    if (table == PP_CSV_TARGETS)
        targets(out, r);
    else if (table == PP_CSV_LOCATED)
        located(out, r);
}

static void condition(struct pp_buf *out, const struct pp_part *p, const struct pp_question *q, unsigned member)
{
    const struct pp_member_count *m = &q->member[member];
    /* Offline targets are no share of those that were reached. */
    bool offline = q->connectivity && m->word == PP_VERDICT_OFFLINE;
    struct pp_share s = pp_part_share(p, q, member);

    pp_buf_addf(out, "%s,%s,%s%s%s,%s,%s,", p->experiment, p->connect, q->stem, *m->name ? "." : "", m->name, q->arm,
                q->base >= 0 ? p->question[q->base].arm : "");
    if (offline)
        pp_buf_addf(out, "%" PRIu64 ",,,,,", m->n);
    else
        pp_buf_addf(out, "%" PRIu64 ",%" PRIu64 ",%.9g,%.6g,%.6g,", s.k, s.n, s.share, s.interval.low, s.interval.high);
    pp_buf_addf(out, "%" PRIu64 ",%" PRIu64 "\r\n", m->first, m->n);
}

void pp_csv_conditions(struct pp_buf *out, const struct pp_report *f)
{
    for (unsigned i = 0; i < f->nparts; i++)
        for (unsigned q = 0; q < f->part[i].nquestions; q++)
            for (unsigned m = 0; m < f->part[i].question[q].nmembers; m++)
                if (f->part[i].question[q].lines)
                    condition(out, &f->part[i], &f->part[i].question[q], m);
}
