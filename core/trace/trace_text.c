/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_text.c: writes the table of a trace, with a row for each hop and a column for each arm. */
#include "trace_parts.h"

#include <inttypes.h>

#include "../base/prose.h"

enum { HOP = 4, RTT = 7, QUOTE = 6, GAP = 2, CELL_MIN = 4, NARROWEST = 60 };

/* Widths of columns, in characters; as: 0 if no AS is known. */
struct layout {
    unsigned columns, router, as, cell[PP_TRACE_ARMS];
    bool split; /* router and AS on a line of their own, the rest below */
    bool stack; /* and each arm on one of its own */
};

/* The number of columns: one for each arm or, where arms differ by their size, one for the MTU. */
static unsigned columns_of(const struct pp_trace *t)
{
    return t->size[1] ? 1 : t->arms;
}

static const char *head_of(const struct pp_trace *t, unsigned column)
{
    return t->size[1] ? "mtu" : t->arm[column];
}

static const char *text_of(const struct pp_trace *t, const struct pp_trace_hop *h, unsigned column, unsigned line,
                           char buf[PP_WORDS_MAX])
{
    if (!t->size[1])
        return pp_trace_cell_text(t, h, column, line, buf);
    if (line > 0)
        return "";
    snprintf(buf, PP_WORDS_MAX, "%" PRIu32, h->named ? h->named : h->mtu);
    return h->named || h->mtu ? buf : "?";
}

static unsigned width(const char *text, unsigned at_least)
{
    unsigned n = (unsigned)strlen(text);

    return n > at_least ? n : at_least;
}

static unsigned cells_width(const struct layout *l, unsigned arms)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < arms; i++)
        sum += GAP + l->cell[i];
    return sum;
}

static void lay_out(struct layout *l, const struct pp_trace *t, unsigned columns)
{
    char buf[PP_WORDS_MAX], addr[PP_ADDR_STRLEN];
    unsigned left, rest = RTT + QUOTE;

    *l = (struct layout){.columns = columns < NARROWEST ? NARROWEST : columns, .router = sizeof "router" - 1};
    for (unsigned c = 0; c < columns_of(t); c++)
        l->cell[c] = width(head_of(t, c), CELL_MIN);
    for (unsigned i = 0; i < t->hops; i++) {
        const struct pp_trace_hop *h = &t->hop[i];

        for (unsigned a = 0; a < h->addrs; a++) {
            char as[16];

            l->router = width(pp_addr_str(&h->addr[a], addr), l->router);
            snprintf(as, sizeof as, "%" PRIu32, h->asn[a]);
            if (h->asn[a])
                l->as = width(as, l->as ? l->as : sizeof "AS" - 1);
        }
        for (unsigned c = 0; c < columns_of(t); c++)
            for (unsigned k = 0; k <= PP_CHANGES_MAX; k++)
                l->cell[c] = width(text_of(t, h, c, k, buf), l->cell[c]);
    }
    left = HOP + GAP + l->router + (l->as ? GAP + l->as : 0);
    rest += cells_width(l, t->arms);
    l->split = left + rest > l->columns;
    l->stack = l->split && HOP + GAP + rest > l->columns;
}

/* Ends a line, without blanks before the line feed. */
static void end_line(struct pp_buf *out, size_t begin)
{
    while (out->len > begin && out->data[out->len - 1] == ' ')
        out->len--;
    pp_buf_addc(out, '\n');
}

static void heading(struct pp_buf *out, const struct pp_trace *t, const struct layout *l)
{
    size_t begin = out->len;

    pp_buf_addf(out, "%*s  %-*s", HOP, "hop", (int)l->router, "router");
    if (l->as)
        pp_buf_addf(out, "  %-*s", (int)l->as, "AS");
    if (l->split) {
        end_line(out, begin);
        begin = out->len;
        pp_buf_addf(out, "%*s", HOP + GAP, "");
    }
    pp_buf_addf(out, "%*s%*s", RTT, "rtt ms", QUOTE, "quote");
    for (unsigned c = 0; c < columns_of(t) && !l->stack; c++)
        pp_buf_addf(out, "  %-*s", (int)l->cell[c], head_of(t, c));
    end_line(out, begin);
}

static void left_part(struct pp_buf *out, const struct pp_trace_hop *h, unsigned line, const struct layout *l)
{
    char addr[PP_ADDR_STRLEN];

    if (line == 0)
        pp_buf_addf(out, "%*u", HOP, h->ttl);
    else
        pp_buf_addf(out, "%*s", HOP, "");
    pp_buf_addf(out, "  %-*s", (int)l->router,
                line < h->addrs ? pp_addr_str(&h->addr[line], addr) : line == 0 ? "*" : "");
    if (l->as && line < h->addrs && h->asn[line])
        pp_buf_addf(out, "  %-*" PRIu32, (int)l->as, h->asn[line]);
    else if (l->as)
        pp_buf_addf(out, "  %-*s", (int)l->as, "");
}

static void times(struct pp_buf *out, const struct pp_trace_hop *h, unsigned line)
{
    char quote[12] = "";

    if (line > 0 || h->addrs == 0) {
        pp_buf_addf(out, "%*s", RTT + QUOTE, "");
        return;
    }
    if (h->quote)
        snprintf(quote, sizeof quote, "%u", h->quote);
    pp_buf_addf(out, "%*.1f%*s", RTT, h->rtt_us / 1000., QUOTE, quote);
}

/* Writes line LINE of all cells of a hop. True: one of them has text on it. */
static bool cells(struct pp_buf *out, const struct pp_trace *t, const struct pp_trace_hop *h, unsigned line,
                  const struct layout *l)
{
    char buf[PP_WORDS_MAX];
    bool any = false;

    for (unsigned c = 0; c < columns_of(t); c++) {
        const char *text = text_of(t, h, c, line, buf);

        any |= *text != '\0';
        pp_buf_addf(out, "  %-*s", (int)l->cell[c], text);
    }
    return any;
}

static void stacked(struct pp_buf *out, const struct pp_trace *t, const struct pp_trace_hop *h)
{
    char buf[PP_WORDS_MAX];

    for (unsigned c = 0; c < columns_of(t); c++)
        for (unsigned k = 0; k <= PP_CHANGES_MAX; k++) {
            const char *text = text_of(t, h, c, k, buf);

            if (*text)
                pp_buf_addf(out, "%*s  %s  %s\n", HOP + GAP, "", head_of(t, c), text);
        }
}

static void row(struct pp_buf *out, const struct pp_trace *t, const struct pp_trace_hop *h, const struct layout *l)
{
    size_t begin = out->len;

    if (!l->split) {
        for (unsigned line = 0;; line++) {
            bool more;

            begin = out->len;
            left_part(out, h, line, l);
            times(out, h, line);
            more = cells(out, t, h, line, l);
            if (line > 0 && !more && line >= h->addrs) {
                out->len = begin;
                return;
            }
            end_line(out, begin);
        }
    }
    for (unsigned line = 0; line == 0 || line < h->addrs; line++) {
        begin = out->len;
        left_part(out, h, line, l);
        end_line(out, begin);
    }
    for (unsigned line = 0;; line++) {
        bool more = false;

        begin = out->len;
        pp_buf_addf(out, "%*s", HOP + GAP, "");
        times(out, h, line);
        if (!l->stack)
            more = cells(out, t, h, line, l);
        if (!more && (line > 0 || h->addrs == 0)) {
            out->len = begin;
            break;
        }
        end_line(out, begin);
    }
    if (l->stack)
        stacked(out, t, h);
}

/* Draws a line across the table where P's interval begins (END false) or, if it is wider than one hop, ends. */
static void mark(struct pp_buf *out, const struct pp_trace *t, const struct pp_place *p, bool end,
                 const struct pp_trace_look *look, const struct layout *l)
{
    static const char *const kind[] = {"dropped", "reset", "answered", "rewritten"};
    char text[160], change[PP_WORDS_MAX];
    unsigned dashes;

    if (end)
        snprintf(text, sizeof text, " or up to here ");
    else if (t->size[p->arm] && p->kind != PP_PLACE_REWRITE)
        snprintf(text, sizeof text, " %u bytes: %s ", t->size[p->arm], kind[p->kind]);
    else if (p->kind == PP_PLACE_REWRITE && p->has_to)
        snprintf(text, sizeof text, " %s: %s ", t->arm[p->arm], pp_trace_change(&p->change, change));
    else
        snprintf(text, sizeof text, " %s: %s ", t->arm[p->arm], kind[p->kind]);
    if (look->bold)
        pp_buf_adds(out, "\033[1m");
    pp_buf_adds(out, "  ");
    dashes = (unsigned)strlen(text) + 8 < l->columns ? l->columns - (unsigned)strlen(text) - 8 : 0;
    for (unsigned i = 0; i < dashes; i++)
        pp_buf_addc(out, '-');
    pp_buf_addf(out, "%s----", text);
    if (look->bold)
        pp_buf_adds(out, "\033[0m");
    pp_buf_addc(out, '\n');
}

/* Draws the marks before hop NEXT. */
static void marks(struct pp_buf *out, const struct pp_trace *t, unsigned next, const struct pp_trace_look *look,
                  const struct layout *l)
{
    for (unsigned i = 0; i < t->places; i++) {
        const struct pp_place *p = &t->place[i];

        if (!pp_trace_stands(p) || pp_trace_goes_without_saying(t, i))
            continue;
        if (p->from.ttl + 1u == next)
            mark(out, t, p, false, look, l);
        else if (p->has_to && p->to.ttl == next)
            mark(out, t, p, true, look, l);
    }
}

/* Explains those marks of cells that were used. */
static void legend(struct pp_buf *out, const struct pp_trace *t, unsigned columns)
{
    static const struct {
        const char *mark, *meaning;
    } marks_used[] = {
        {"=", "=: quoted as sent."},
        {"?", "?: silent, says nothing."},
        {"-", "-: no answer, though A has one."},
        {"refused", "refused: an ICMP error other than Time Exceeded."},
    };
    char text[320] = "", buf[PP_WORDS_MAX];
    size_t at = 0;

    for (unsigned m = 0; m < sizeof marks_used / sizeof *marks_used; m++) {
        bool used = false;

        for (unsigned i = 0; i < t->hops; i++)
            for (unsigned c = 0; c < columns_of(t); c++)
                used |= !strcmp(text_of(t, &t->hop[i], c, 0, buf), marks_used[m].mark);
        if (used)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s  ", marks_used[m].meaning);
    }
    if (t->size[1])
        at += (size_t)snprintf(text + at, sizeof text - at, "mtu: the longest packet that got there, of those sent, or "
                               "what a router named.  ");
    snprintf(text + at, sizeof text - at, "quote: bytes of our packet.");
    pp_prose_in(out, text, strlen(text), 0, 0, columns);
}

void pp_trace_text(struct pp_buf *out, const struct pp_trace *t, const struct pp_trace_look *look)
{
    struct layout l;

    lay_out(&l, t, look->columns);
    pp_trace_sentences(out, t, l.columns);
    if (t->hops == 0)
        return;
    pp_buf_addc(out, '\n');
    heading(out, t, &l);
    for (unsigned i = 0; i < t->hops; i++) {
        marks(out, t, i + 1, look, &l);
        row(out, t, &t->hop[i], &l);
    }
    marks(out, t, t->hops + 1u, look, &l);
    legend(out, t, l.columns);
}
