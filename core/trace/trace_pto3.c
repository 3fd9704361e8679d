/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_pto3.c: writes the short JSON of tracebox, which the pto3-trace normalizer reads. */
#include "trace.h"

#include <inttypes.h>

/* Classes of how much of the packet a router quotes. */
enum { QUOTE_NONE, QUOTE_IP, QUOTE_EIGHT, QUOTE_MORE };

static unsigned class_of(const struct pp_trace *t, unsigned quote)
{
    unsigned header = pp_addr_is4(&t->dst) ? 20 : 40;

    return quote < header ? QUOTE_NONE : quote < header + 8 ? QUOTE_IP : quote == header + 8 ? QUOTE_EIGHT : QUOTE_MORE;
}

static void change(struct pp_json *j, const struct pp_change *c)
{
    const char *header = pp_field_rows[c->field].header, *option = pp_option_header(c->option);
    unsigned size = pp_field_rows[c->field].size ? pp_field_rows[c->field].size : c->len;
    uint64_t seen = c->how == PP_CHANGED_REMOVED ? c->sent : c->seen;
    char name[64], hex[20];

    if (header == NULL || (c->field == PP_FIELD_TCP_OPTION && option == NULL))
        return;
    if (c->field == PP_FIELD_DSCP && c->sent != 0)
        return;
    if (size < 8)
        seen &= (UINT64_C(1) << 8 * size) - 1;
    if (c->field == PP_FIELD_TCP_OPTION)
        snprintf(name, sizeof name, "TCP::O::%s", option);
    else
        snprintf(name, sizeof name, "%s", header);
    snprintf(hex, sizeof hex, "%0*" PRIx64, (int)(2 * size), seen);
    pp_json_object(j, NULL);
    pp_json_str(j, "n", name);
    pp_json_strn(j, "v", hex, 2 * size);
    pp_json_end(j, '}');
}

static void changes(struct pp_json *j, const char *key, const struct pp_diff *d, uint8_t how)
{
    pp_json_array(j, key);
    for (unsigned i = 0; i < d->changes; i++)
        if (d->change[i].how == how)
            change(j, &d->change[i]);
    pp_json_end(j, ']');
}

void pp_trace_pto3(struct pp_buf *out, const struct pp_trace *t, unsigned column)
{
    char addr[PP_ADDR_STRLEN];
    const char *result = "timeouted";
    struct pp_json j;

    if (t->no_packet)
        return;
    for (unsigned i = 0; i < t->hops; i++)
        if (t->hop[i].cell[column].what >= PP_SEEN_RST)
            result = t->hop[i].cell[column].what == PP_SEEN_RST ? "tcp-rst" : "success";
    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    pp_json_str(&j, "dst", pp_addr_str(&t->dst, addr));
    pp_json_str(&j, "r", result);
    pp_json_int(&j, "s", t->begin_ns / 1000000000);
    pp_json_array(&j, "h");
    for (unsigned i = 0; i < t->hops; i++) {
        const struct pp_trace_hop *h = &t->hop[i];
        const struct pp_trace_cell *c = &h->cell[column];
        bool answered = h->addrs != 0 && c->what > PP_SEEN_SILENT;
        static const struct pp_diff none;
        const struct pp_diff *d = answered ? &c->diff : &none;

        pp_json_object(&j, NULL);
        pp_json_str(&j, "ha", answered ? pp_addr_str(&h->addr[0], addr) : "*");
        pp_json_uint(&j, "t", h->ttl);
        pp_json_uint(&j, "i", class_of(t, d->quote));
        changes(&j, "m", d, PP_CHANGED_VALUE);
        changes(&j, "a", d, PP_CHANGED_ADDED);
        changes(&j, "d", d, PP_CHANGED_REMOVED);
        pp_json_end(&j, '}');
    }
    pp_json_end(&j, ']');
    pp_json_end(&j, '}');
    pp_buf_addc(out, '\n');
}
