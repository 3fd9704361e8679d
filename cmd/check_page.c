/* SPDX-License-Identifier: BSD-2-Clause */
/* check_page.c: what `check` found, as a page for people and as JSON. */
#include "check.h"

#include "../core/base/error.h"
#include "../core/base/json.h"
#include "../core/base/prose.h"

enum { SCHEMA = 1 };

/* What conditions mean, in a clause; of an experiment at most three, in this order. */
static const struct {
    const char *condition, *clause;
} clauses[] = {
    {"ecn.negotiation.succeeded", "agreed"},
    {"ecn.negotiation.failed", "not agreed to"},
    {"ecn.negotiation.reflected", "flags copied back, not agreed to"},
    {"ecn.feedback.ce.echoed", "CE is echoed"},
    {"ecn.feedback.ce.not_echoed", "CE is not echoed"},
    {"accecn.negotiation.succeeded", "agreed"},
    {"accecn.negotiation.downgraded_ecn", "classic ECN instead"},
    {"accecn.negotiation.downgraded_noecn", "not agreed to"},
    {"accecn.negotiation.reflected", "flags copied back, not agreed to"},
    {"ecn.fwd.bleached", "marks are cleared on the way there"},
    {"ecn.fwd.ce_cleared", "CE is cleared on the way there"},
    {"ecn.fwd.ce_stuck", "all arrives as CE"},
    {"l4s.ect1.remarked", "ECT(1) is remarked"},
    {"l4s.ect1.bleached", "ECT(1) is cleared"},
    {"tfo.cookie.received", "gives cookies"},
    {"tfo.cookie.not_received", "gives no cookie"},
    {"tfo.syndata.acked", "data in SYNs is taken"},
    {"mptcp.negotiation.succeeded", "agreed"},
    {"mptcp.negotiation.failed", "not agreed to"},
    {"mptcp.negotiation.reflected", "option copied back, not agreed to"},
    {"tcpopt.mirrored", "unknown options are copied back"},
    {"tsopt.negotiation.succeeded", "timestamps"},
    {"wsopt.negotiation.succeeded", "window scale"},
    {"sack.negotiation.succeeded", "SACK agreed"},
    {"h2.upgrade.success", "HTTP/2 agreed"},
    {"h2.upgrade.failed", "HTTP/1.1 only"},
    {"mss.option.received.unchanged", "as we named it"},
    {"udpopt.length.enforced", "UDP length has to be IP's"},
    {"udpopt.ocs.required", "surplus needs a right checksum"},
};

static unsigned gravity(const char *word)
{
    static const char *const order[] = {"online", "works", "offline", "unstable", "transient", "broken"};

    for (unsigned i = 0; i < sizeof order / sizeof *order; i++)
        if (strcmp(word, order[i]) == 0)
            return i;
    return 0;
}

/* ---- reading ----------------------------------------------------------------------------------------- */

static void add_clause(struct pp_check_row *row, const char *text)
{
    size_t at = strlen(row->clause);

    snprintf(row->clause + at, sizeof row->clause - at, "%s%s", at ? ", " : "", text);
}

static void read_conditions(struct pp_check_row *row, const json_t *conditions)
{
    static const char mss[] = "mss.option.remote.value:";
    unsigned n = 0;
    size_t i;
    json_t *s;

    json_array_foreach((json_t *)conditions, i, s) {
        const char *text = json_string_value(s);

        if (text && strncmp(text, mss, sizeof mss - 1) == 0)
            add_clause(row, text + sizeof mss - 1);
        if (text && strcmp(text, "mss.connectivity.offline") == 0)
            snprintf(row->word, sizeof row->word, "offline");
    }
    for (size_t c = 0; c < sizeof clauses / sizeof *clauses && n < 3; c++)
        json_array_foreach((json_t *)conditions, i, s) {
            const char *text = json_string_value(s);

            if (text && strcmp(text, clauses[c].condition) == 0) {
                add_clause(row, clauses[c].clause);
                n++;
            }
        }
}

static void read_pair(const json_t *v, const char *key, unsigned n[2])
{
    const json_t *pair = json_object_get(v, key);

    for (unsigned i = 0; i < 2; i++)
        n[i] = (unsigned)json_integer_value(json_array_get(pair, i));
}

void pp_check_read(struct pp_check_row *row, unsigned index, json_t *o, bool confirmed)
{
    const json_t *verdicts = json_object_get(o, "verdicts");
    unsigned works = 0, arms = 0;
    char text[40];
    size_t i;
    json_t *v;

    (void)index;
    json_decref(row->line);
    *row = (struct pp_check_row){.state = PP_CHECK_DONE, .line = json_incref(o), .word = "works", .port = row->port};
    row->invalid = json_is_false(json_object_get(json_object_get(o, "quality"), "valid"));
    json_array_foreach((json_t *)verdicts, i, v) {
        const char *word = json_string_value(json_object_get(v, "verdict"));
        const char *arm = json_string_value(json_object_get(v, "arm"));

        if (!word || !arm || strcmp(arm, "D") == 0)
            continue;
        arms++;
        works += gravity(word) <= 1;
        if (gravity(word) <= gravity(row->word) && arms > 1)
            continue;
        snprintf(row->word, sizeof row->word, "%s", word);
        snprintf(row->arm, sizeof row->arm, "%s", arm);
        read_pair(v, "a", row->a);
        read_pair(v, "b", row->b);
        row->e = json_number_value(json_object_get(v, "e"));
        row->alpha = json_number_value(json_object_get(v, "alpha"));
    }
    if (strcmp(row->word, "online") == 0)
        snprintf(row->word, sizeof row->word, "works");
    read_conditions(row, json_object_get(o, "conditions"));
    if (arms == 1 && *row->clause == '\0')
        add_clause(row, "gets through");
    if (arms > 1 && gravity(row->word) <= 1) {
        snprintf(text, sizeof text, "%u of %u treatments", works, arms);
        add_clause(row, text);
    }
    if (!confirmed && gravity(row->word) > 2)
        row->state = PP_CHECK_FIRST;
}

/* ---- the page ---------------------------------------------------------------------------------------- */

static size_t columns(const struct pp_check *c)
{
    enum { NARROWEST = 60 };

    return c->columns == 0 || c->columns > PP_COLUMNS ? PP_COLUMNS : c->columns < NARROWEST ? NARROWEST : c->columns;
}

static bool fails(const struct pp_check_row *r)
{
    return r->state >= PP_CHECK_FIRST && gravity(r->word) > 2;
}

/* "B1: 0 of 8 get through, A 8 of 8; error bound 0.0001". */
static void evidence(struct pp_buf *s, const struct pp_check_row *r)
{
    pp_buf_addf(s, "arm %s: %u of %u get through, A: %u of %u", r->arm, r->b[0], r->b[1], r->a[0], r->a[1]);
    if (r->state == PP_CHECK_FIRST)
        pp_buf_adds(s, "; being confirmed");
    else if (r->alpha > 0 && strcmp(r->word, "broken") == 0)
        pp_buf_addf(s, "; error bound %.2g", r->alpha);
}

static void row_text(struct pp_buf *out, const struct pp_check *c, const struct pp_check_row *r, unsigned index)
{
    struct pp_buf s;
    const char *word = r->state == PP_CHECK_LEFT_OUT ? "-" : r->word;
    size_t at = out->len;

    pp_buf_init(&s, 1024);
    if (r->state == PP_CHECK_LEFT_OUT)
        pp_buf_adds(&s, r->left_out);
    else if (fails(r))
        evidence(&s, r);
    else if (strcmp(r->word, "offline") == 0)
        pp_buf_adds(&s, "no answer");
    else
        pp_buf_adds(&s, r->clause);
    if (r->invalid)
        pp_buf_adds(&s, "; not all of it was observed: ask again");
    pp_buf_addf(out, "  %-9s %s%s  ", pp_check_asks[index].experiment, word,
                r->state == PP_CHECK_FIRST ? " so far" : "");
    while (out->len - at < 22)
        pp_buf_addc(out, ' ');
    pp_prose_in(out, s.data ? s.data : "", s.len, out->len - at, 22, columns(c));
    pp_buf_release(&s);
}

/* What stands of T, in a sentence. */
static void sentence(struct pp_buf *out, const struct pp_check *c, const struct pp_check_target *t)
{
    unsigned works = 0, broken = 0, offline = 0, open = 0;
    struct pp_buf s;

    pp_buf_init(&s, 4096);
    for (unsigned i = 0; i < PP_CHECK_ROWS; i++) {
        const struct pp_check_row *r = &t->row[i];

        if (r->state == PP_CHECK_LEFT_OUT || !c->asked[i])
            continue;
        if (r->state == PP_CHECK_NOT_YET)
            open++;
        else if (strcmp(r->word, "offline") == 0)
            offline++;
        else if (!fails(r))
            works++;
        else
            pp_buf_addf(&s, "%s%s is %s%s", broken++ ? ", " : "", pp_check_asks[i].experiment, r->word,
                        r->state == PP_CHECK_FIRST ? " so far" : "");
    }
    if (broken && works)
        pp_buf_addf(&s, "; %u other%s work%s", works, works == 1 ? "" : "s", works == 1 ? "s" : "");
    else if (!broken && works)
        pp_buf_addf(&s, "Nothing is lost on the way%s: %u of %u that answer work", open && !c->end ? " so far" : "",
                    works, works);
    else if (!broken && offline)
        pp_buf_adds(&s, "Nothing answers here");
    else if (!broken)
        pp_buf_adds(&s, c->end ? "Nothing was learned" : "Asking");
    if (open && c->end)
        pp_buf_addf(&s, "; %u not asked", open);
    pp_buf_addc(&s, '.');
    if (broken && s.data)
        pp_buf_adds(&s, c->locate ? "" : " --locate says where on the way.");
    pp_prose_in(out, s.data ? s.data : "", s.len, 0, 0, columns(c));
    pp_buf_release(&s);
}

void pp_check_page(struct pp_buf *out, const struct pp_check *c)
{
    for (unsigned n = 0; n < c->targets; n++) {
        const struct pp_check_target *t = &c->target[n];

        if (n)
            pp_buf_addc(out, '\n');
        pp_buf_addf(out, "%s%s%s%s, IPv%d\n", t->domain, *t->domain ? " (" : "", t->dip, *t->domain ? ")" : "",
                    pp_addr_family(&t->addr));
        sentence(out, c, t);
        for (unsigned i = 0; i < PP_CHECK_ROWS; i++)
            if (c->asked[i] && t->row[i].state != PP_CHECK_NOT_YET)
                row_text(out, c, &t->row[i], i);
        if (t->trace)
            pp_buf_addf(out, "\n%s", t->trace);
    }
    pp_buf_addf(out, "\n%s%u flow%s in %.1f s.\n",
                !c->end ? "Asked so far: " : strcmp(c->end, "interrupted") == 0 ? "Interrupted after " : "Asked: ",
                c->flows, c->flows == 1 ? "" : "s", c->seconds);
}

/* ---- JSON -------------------------------------------------------------------------------------------- */

static void json_row(struct pp_json *j, const struct pp_check_row *r, unsigned index)
{
    static const char *const states[] = {"not_asked", "left_out", "first", "confirmed"};
    char *line = r->line ? json_dumps(r->line, JSON_COMPACT) : NULL;

    pp_json_object(j, NULL);
    pp_json_str(j, "experiment", pp_check_asks[index].experiment);
    pp_json_str(j, "state", states[r->state]);
    pp_json_str(j, "word", r->state >= PP_CHECK_FIRST ? r->word : NULL);
    pp_json_str(j, "meaning", r->state == PP_CHECK_LEFT_OUT ? r->left_out : *r->clause ? r->clause : NULL);
    pp_json_raw(j, "observation", line, line ? strlen(line) : 0);
    pp_json_end(j, '}');
    free(line);
}

void pp_check_json(struct pp_buf *out, const struct pp_check *c)
{
    struct pp_json j;

    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    pp_json_int(&j, "schema", SCHEMA);
    pp_json_array(&j, "targets");
    for (unsigned n = 0; n < c->targets; n++) {
        const struct pp_check_target *t = &c->target[n];

        pp_json_object(&j, NULL);
        pp_json_str(&j, "dip", t->dip);
        pp_json_str(&j, "domain", *t->domain ? t->domain : NULL);
        pp_json_array(&j, "rows");
        for (unsigned i = 0; i < PP_CHECK_ROWS; i++)
            if (c->asked[i])
                json_row(&j, &t->row[i], i);
        pp_json_end(&j, ']');
        pp_json_str(&j, "trace", t->trace);
        pp_json_end(&j, '}');
    }
    pp_json_end(&j, ']');
    pp_json_uint(&j, "flows", c->flows);
    pp_json_num(&j, "seconds", c->seconds, 4);
    pp_json_str(&j, "end", c->end);
    pp_json_end(&j, '}');
    pp_buf_addc(out, '\n');
}
