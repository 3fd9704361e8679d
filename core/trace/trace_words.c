/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_words.c: the sentences of a trace, and the texts of its cells. */
#include "trace_parts.h"

#include <ctype.h>
#include <inttypes.h>

#include "../base/prose.h"
#include "../base/when.h"

static const char *const ecn_name[] = {"Not-ECT", "ECT(1)", "ECT(0)", "CE"};

bool pp_trace_stands(const struct pp_place *p)
{
    return p->has_from || p->has_to;
}

/* ---- changes ----------------------------------------------------------------------------------------- */

/* The common name of a field, as "ECN", "DSCP", "MSS"; our own name for a field that has none. */
static const char *label(const struct pp_change *c, char buf[PP_WORDS_MAX])
{
    static const struct {
        uint8_t field;
        const char *name;
    } known[] = {{PP_FIELD_ECN, "ECN"}, {PP_FIELD_DSCP, "DSCP"}, {PP_FIELD_TCP_FLAGS, "flags"}};
    const char *option = c->field == PP_FIELD_TCP_OPTION ? pp_option_name(c->option) : NULL;
    char name[PP_FIELD_STRLEN];
    unsigned at = 0;

    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].field == c->field)
            return known[i].name;
    if (option == NULL) {
        snprintf(buf, PP_WORDS_MAX, "%s", pp_field_name(c->field, c->option, name));
        return buf;
    }
    for (; at < PP_WORDS_MAX - 1 && option[at]; at++)
        buf[at] = (char)toupper((unsigned char)option[at]);
    buf[at] = '\0';
    return buf;
}

/* Writes changed flags as "-ECE -CWR +AE". */
static void flags_text(char *buf, size_t size, uint64_t sent, uint64_t seen)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"};
    size_t at = (size_t)snprintf(buf, size, "flags");

    for (unsigned i = 9; i-- > 0 && at < size;)
        if ((sent ^ seen) >> i & 1)
            at += (size_t)snprintf(buf + at, size - at, " %c%s", sent >> i & 1 ? '-' : '+', names[i]);
}

const char *pp_trace_change(const struct pp_change *c, char buf[PP_WORDS_MAX])
{
    bool number = c->len == 0 || (c->field == PP_FIELD_TCP_OPTION && c->len <= 2);
    char name[PP_WORDS_MAX];

    if (c->field == PP_FIELD_TCP_FLAGS)
        flags_text(buf, PP_WORDS_MAX, c->sent, c->seen);
    else if (c->how != PP_CHANGED_VALUE)
        snprintf(buf, PP_WORDS_MAX, "%c%.40s", c->how == PP_CHANGED_ADDED ? '+' : '-', label(c, name));
    else if (number)
        snprintf(buf, PP_WORDS_MAX, "%.20s %" PRIu64 " -> %" PRIu64, label(c, name), c->sent, c->seen);
    else
        snprintf(buf, PP_WORDS_MAX, "%.16s %0*" PRIx64 " -> %0*" PRIx64, label(c, name), 2 * c->len, c->sent,
                 2 * c->len, c->seen);
    return buf;
}

const char *pp_trace_cell_text(const struct pp_trace *t, const struct pp_trace_hop *h, unsigned column, unsigned line,
                               char buf[PP_WORDS_MAX])
{
    static const char *const answer[] = {
        [PP_WHERE_SYN] = "SYN/ACK", [PP_WHERE_DATA] = "ACK", [PP_WHERE_DATAGRAM] = "reply"};
    const struct pp_trace_cell *c = &h->cell[column];

    if (line > 0 && (c->what != PP_SEEN_EXCEEDED || line >= c->diff.changes))
        return "";
    switch (c->what) {
    case PP_SEEN_SILENT:
        return h->cell[0].what > PP_SEEN_SILENT && column > 0 ? "-" : "?";
    case PP_SEEN_UNREACHABLE:
        return "refused";
    case PP_SEEN_EXCEEDED:
        if (c->diff.quote == 0)
            return "no quote";
        return c->diff.changes == 0 ? "=" : pp_trace_change(&c->diff.change[line], buf);
    case PP_SEEN_ACK:
        return "old ACK";
    case PP_SEEN_RST:
        return "RST";
    case PP_SEEN_ANSWER:
        return answer[t->on];
    default:
        return "";
    }
}

/* ---- sentences --------------------------------------------------------------------------------------- */

static void end_text(struct pp_buf *s, const struct pp_place_end *end)
{
    char addr[PP_ADDR_STRLEN];

    if (end->ttl == 0) {
        pp_buf_adds(s, "this host");
        return;
    }
    pp_buf_addf(s, "%s %u (%s", end->target ? "the target, hop" : "hop", end->ttl, pp_addr_str(&end->addr, addr));
    if (end->asn)
        pp_buf_addf(s, ", AS%" PRIu32, end->asn);
    pp_buf_addc(s, ')');
}

/* Writes what happens to the packets of P's arm. */
static void event_text(struct pp_buf *s, const struct pp_place *p)
{
    const struct pp_change *c = &p->change;
    char buf[PP_WORDS_MAX];

    switch (p->kind) {
    case PP_PLACE_DROP:
        pp_buf_adds(s, "dropped");
        break;
    case PP_PLACE_RESET:
        pp_buf_adds(s, "answered by a RST in the target's place");
        break;
    case PP_PLACE_ANSWER:
        pp_buf_adds(s, "answered in the target's place");
        break;
    default:
        if (c->field == PP_FIELD_ECN && c->sent < 4 && c->seen < 4 && p->has_to)
            pp_buf_addf(s, "rewritten (%s arrives as %s)", ecn_name[c->sent], ecn_name[c->seen]);
        else if (p->has_to)
            pp_buf_addf(s, "rewritten (%s)", pp_trace_change(c, buf));
        else
            pp_buf_addf(s, "rewritten (%s)", label(c, buf));
        break;
    }
}

static const char *const why_text[PP_WHERE_WHYS] = {
    [PP_WHERE_NO_QUOTES] = "no router on the way answers or quotes enough of them to show where",
    [PP_WHERE_PATHS_DIFFER] = "a router sends them on another way than A's packets, so that hops cannot be compared",
    [PP_WHERE_CHANGED] = "the way changed while it was asked",
    [PP_WHERE_NOT_REPRODUCED] = "it did not happen in every pair of sweeps, or A did not get through",
    [PP_WHERE_STALE_STATE] = "old state at the target answered instead of new connections",
    [PP_WHERE_QUOTE_ARTEFACT] = "a router further on quotes them as sent: it is that one router's way of quoting",
    [PP_WHERE_AT_TARGET] = "no router answers A at a distance from which this answer comes: it may be the target's own",
    [PP_WHERE_FRAGMENTS] = "routers quote first fragments alone, which get past all that answer; later ones may be "
                           "lost anywhere, or the target takes none",
    [PP_WHERE_BUDGET] = "the pairs of sweeps that were allowed do not suffice",
    [PP_WHERE_INTERRUPTED] = "interrupted before it was sure",
    [PP_WHERE_RATE_LIMITED] = "A router within the interval answers too seldom to narrow it.",
    [PP_WHERE_LAST_HOP_ONLY] = "One router alone shows it, the last that answers: it may be its way of quoting.",
};

bool pp_trace_goes_without_saying(const struct pp_trace *t, unsigned i)
{
    unsigned own = t->size[t->place[i].arm];

    for (unsigned c = 1; c < t->arms; c++)
        if (own && t->size[c] > own)
            return true;
    return false;
}

/* Writes the routers that reported packets as too big, each once for each MTU. */
static void too_big_text(struct pp_buf *s, const struct pp_trace *t)
{
    char addr[PP_ADDR_STRLEN];

    for (unsigned i = 0; i < t->hops; i++) {
        const struct pp_trace_hop *h = &t->hop[i];
        bool said = !h->too_big;

        for (unsigned k = 0; k < i && !said; k++)
            said = t->hop[k].too_big && t->hop[k].named == h->named && pp_addr_eq(&t->hop[k].named_by, &h->named_by);
        if (said)
            continue;
        pp_buf_addf(s, "%s%s says that packets are too big for its next hop", s->len ? " " : "",
                    pp_addr_str(&h->named_by, addr));
        if (h->named)
            pp_buf_addf(s, ", whose MTU is %" PRIu32 ".", h->named);
        else
            pp_buf_adds(s, " and names no MTU.");
    }
}

static void place_text(struct pp_buf *s, const struct pp_trace *t, const struct pp_place *p)
{
    const char *treatment = t->treatment[p->arm];

    pp_buf_addf(s, "Packets of arm %s", t->arm[p->arm]);
    if (treatment)
        pp_buf_addf(s, " (%s)", treatment);
    pp_buf_adds(s, " are ");
    event_text(s, p);
    if (!pp_trace_stands(p)) {
        pp_buf_addf(s, "; where cannot be told: %s.", p->why ? why_text[p->why] : "");
        return;
    }
    if (p->has_to) {
        pp_buf_adds(s, " between ");
        end_text(s, &p->from);
        pp_buf_adds(s, " and ");
        end_text(s, &p->to);
    } else {
        pp_buf_adds(s, " behind ");
        end_text(s, &p->from);
        pp_buf_adds(s, ", as the target shows; no router quotes it");
    }
    if (p->has_to && p->from.asn && p->to.asn && p->from.asn == p->to.asn)
        pp_buf_addf(s, ", within AS%" PRIu32, p->from.asn);
    else if (p->has_to && p->from.asn && p->to.asn)
        pp_buf_addf(s, ", at the border of the two");
    pp_buf_addf(s, ". Seen in %u of %u pairs of sweeps", p->agree, p->b);
    if (p->kind == PP_PLACE_DROP)
        pp_buf_addf(s, ", error bound %.2g", t->alpha);
    pp_buf_addc(s, '.');
    if (p->silent)
        pp_buf_addf(s, " Hops between them that do not tell: %u.", p->silent);
    if (p->why)
        pp_buf_addf(s, " %s", why_text[p->why]);
}

/* True if any hop answered COLUMN's packets by WHAT, with the target's address (the target or a box in its place). */
static bool answered(const struct pp_trace *t, unsigned column, enum pp_seen what)
{
    for (unsigned i = 0; i < t->hops; i++)
        if (t->hop[i].cell[column].what == what)
            return true;
    return false;
}

/* True if COLUMN was swept: a hop was asked by its packets. */
static bool swept(const struct pp_trace *t, unsigned column)
{
    for (unsigned i = 0; i < t->hops; i++)
        if (t->hop[i].cell[column].what != PP_SEEN_NOT_ASKED)
            return true;
    return false;
}

/* True if the trace had a limit of TTLs below the maximum, or routers answered the baseline up to the largest TTL. */
static bool is_too_far(const struct pp_trace *t)
{
    if (t->farthest && t->farthest < PP_WHERE_TTL_MAX)
        return true;
    return t->hops == PP_WHERE_TTL_MAX && t->hop[t->hops - 1].cell[0].what == PP_SEEN_EXCEEDED;
}

const char *pp_trace_void(const struct pp_trace *t)
{
    if (t->no_packet)
        return "no_packet";
    if (t->pairs == 0)
        return "interrupted";
    if (t->hops && !swept(t, 0)) /* a census */
        return NULL;
    if (answered(t, 0, PP_SEEN_ANSWER))
        return NULL;
    return answered(t, 0, PP_SEEN_RST) ? "refused" : is_too_far(t) ? "too_far" : "offline";
}

bool pp_trace_is_void(const struct pp_trace *t, const struct pp_place *p)
{
    return p->kind == PP_PLACE_DROP && !p->has_from && !p->has_to && pp_trace_void(t) != NULL;
}

/* A router that answers at several TTLs, others between them. */
static void circle_text(struct pp_buf *s, const struct pp_trace *t)
{
    char addr[PP_ADDR_STRLEN];

    for (unsigned i = 0; i < t->hops; i++)
        for (unsigned k = i + 2; t->hop[i].addrs && k < t->hops; k++)
            if (t->hop[k].addrs && pp_addr_eq(&t->hop[k].addr[0], &t->hop[i].addr[0]) && t->hop[k - 1].addrs &&
                !pp_addr_eq(&t->hop[k - 1].addr[0], &t->hop[i].addr[0])) {
                pp_buf_addf(s, " The way goes in circles: hop %u and hop %u are both %s.", i + 1, k + 1,
                            pp_addr_str(&t->hop[i].addr[0], addr));
                return;
            }
}

static void nothing_text(struct pp_buf *s, const struct pp_trace *t)
{
    static const struct {
        const char *why, *text;
    } texts[] = {
        {"no_packet", "No packet of these arms differs from the baseline's here: nothing can be traced."},
        {"interrupted", "No sweep was finished: nothing can be told."},
        {"refused", "The target refuses the baseline, by RST: of a treatment nothing can be told."},
        {"too_far", "The target is farther than the last hop that was asked: of what is done behind that one nothing "
                    "can be told."},
        {"offline", "The target did not answer the baseline: of a treatment nothing can be told."},
    };
    const char *why = pp_trace_void(t);

    for (size_t i = 0; why && i < sizeof texts / sizeof *texts; i++)
        if (strcmp(texts[i].why, why) == 0)
            pp_buf_adds(s, texts[i].text);
    circle_text(s, t);
    if (!why)
        pp_buf_adds(s, "Nothing on the way changes, drops or answers these packets, as far as routers show them.");
}

/* Names the arms without a sweep (after an interruption), about which the sentences say nothing. */
static void unswept_text(struct pp_buf *s, const struct pp_trace *t)
{
    unsigned n = 0;

    for (unsigned k = 1; k < t->arms && t->hops; k++)
        if (!swept(t, k))
            pp_buf_addf(s, "%s%s", n++ ? ", " : "Not swept, so nothing is said of: ", t->arm[k]);
    if (n)
        pp_buf_addc(s, '.');
}

/* A census has no baseline. */
static const char *unit_of_pairs(const struct pp_trace *t)
{
    if (t->hops && !swept(t, 0))
        return t->pairs == 1 ? "sweep" : "sweeps";
    return t->pairs == 1 ? "pair of sweeps" : "pairs of sweeps";
}

/* Writes source, time and number of the packets, by which an operator can find them. */
static void from_text(struct pp_buf *s, const struct pp_trace *t)
{
    char addr[PP_ADDR_STRLEN], at[PP_RFC3339_LEN];

    pp_buf_addf(s, " from %s port %u", pp_addr_str(&t->src, addr), t->sport);
    if (t->begin_ns && pp_when_rfc3339(t->begin_ns / PP_SECOND, at))
        pp_buf_addf(s, " at %s", at);
    pp_buf_addf(s, ", %u %s", t->pairs, unit_of_pairs(t));
}

void pp_trace_sentences(struct pp_buf *out, const struct pp_trace *t, unsigned columns)
{
    char addr[PP_ADDR_STRLEN];
    unsigned said = 0;
    struct pp_buf s;

    pp_buf_init(&s, 1 << 12);
    pp_buf_addf(&s, "%s to ", t->experiment);
    if (t->name)
        pp_buf_addf(&s, "%s, ", t->name);
    pp_buf_addf(&s, "%s port %u over %s", pp_addr_str(&t->dst, addr), t->dport, t->mode);
    if (!t->no_packet)
        from_text(&s, t);
    pp_prose_in(out, s.data, s.len, 0, 0, columns);
    for (unsigned i = 0; i < t->places; i++) {
        if (pp_trace_is_void(t, &t->place[i]) || pp_trace_goes_without_saying(t, i))
            continue;
        pp_buf_reset(&s);
        place_text(&s, t, &t->place[i]);
        pp_prose_in(out, s.data, s.len, 0, 0, columns);
        said++;
    }
    if (said == 0) {
        pp_buf_reset(&s);
        nothing_text(&s, t);
        pp_prose_in(out, s.data, s.len, 0, 0, columns);
    }
    pp_buf_reset(&s);
    too_big_text(&s, t);
    if (s.len)
        pp_prose_in(out, s.data, s.len, 0, 0, columns);
    pp_buf_reset(&s);
    unswept_text(&s, t);
    if (s.len)
        pp_prose_in(out, s.data, s.len, 0, 0, columns);
    out->failed |= s.failed;
    pp_buf_release(&s);
}
