/* SPDX-License-Identifier: BSD-2-Clause */
/* check_page.c: writes the results of `check` as a page for people. */
#include "check.h"

#include "../core/base/prose.h"

static size_t columns(const struct pp_check *c)
{
    enum { NARROWEST = 60 };

    return c->columns == 0 || c->columns > PP_COLUMNS ? PP_COLUMNS : c->columns < NARROWEST ? NARROWEST : c->columns;
}

/* Adds " so far", and the number of rounds in which the arm failed. */
static void add_so_far(struct pp_buf *s, const struct pp_check_row *r)
{
    if (r->state != PP_CHECK_SO_FAR)
        return;
    pp_buf_adds(s, " so far");
    if (pp_check_fails(r))
        pp_buf_addf(s, " (%u of %u)", r->failed[0], r->failed[1]);
}

/* "arm B1: 0 of 8 get through, A: 8 of 8; error bound 0.0001". */
static void evidence(struct pp_buf *s, const struct pp_check_row *r)
{
    pp_buf_addf(s, "arm %s: %u of %u get through, A: %u of %u", r->arm, r->b[0], r->b[1], r->a[0], r->a[1]);
    if (r->state == PP_CHECK_SO_FAR)
        pp_buf_adds(s, "; being confirmed");
    else if (r->state == PP_CHECK_CONFIRMED)
        pp_buf_addf(s, "; error bound %.2g", r->alpha);
    else
        pp_buf_adds(s, "; no bound");
}

/* Adds a row: NAME, WORD at column AT, and the wrapped text. */
static void add_text(struct pp_buf *out, const struct pp_check *c, size_t at, const struct pp_buf *s)
{
    pp_buf_adds(out, "  ");
    while (out->len - at < 22)
        pp_buf_addc(out, ' ');
    pp_prose_in(out, s->data ? s->data : "", s->len, out->len - at, 22, columns(c));
}

static void row_text(struct pp_buf *out, const struct pp_check *c, const struct pp_check_row *r, unsigned index)
{
    struct pp_buf s;
    size_t at = out->len;

    pp_buf_init(&s, 1024);
    if (r->state == PP_CHECK_LEFT_OUT)
        pp_buf_adds(&s, r->left_out);
    else if (r->invalid)
        pp_buf_adds(&s, "part of the flow was not observed: run it again");
    else if (pp_check_fails(r))
        evidence(&s, r);
    else if (strcmp(r->word, "offline") == 0)
        pp_buf_adds(&s, "no answer");
    else
        pp_buf_adds(&s, r->clause);
    pp_buf_addf(out, "  %-9s %s", pp_check_asks[index].experiment, r->state == PP_CHECK_LEFT_OUT ? "-" : r->word);
    add_so_far(out, r);
    add_text(out, c, at, &s);
    pp_buf_release(&s);
}

/* Writes the effect of the first hops, if it was tested. */
static void near_text(struct pp_buf *out, const struct pp_check *c, const struct pp_check_near *n)
{
    struct pp_buf s;
    size_t at = out->len;

    if (!n->asked)
        return;
    pp_buf_init(&s, 1024);
    if (n->hop)
        pp_buf_addf(&s, "hop %u (%s) got %s: results for such packets describe this network", n->hop, n->addr,
                    n->what);
    else if (n->quoted)
        pp_buf_addf(&s, "marks and flags, as the first %d hops quote them", PP_CHECK_HOPS);
    else
        pp_buf_addf(&s, "the first %d hops quote nothing", PP_CHECK_HOPS);
    pp_buf_addf(out, "  %-9s %s", "near", n->hop ? "altered" : n->quoted ? "intact" : "unknown");
    add_text(out, c, at, &s);
    pp_buf_release(&s);
}

/* Writes the result for T in a sentence. */
static void sentence(struct pp_buf *out, const struct pp_check *c, const struct pp_check_target *t)
{
    unsigned works = 0, broken = 0, offline = 0, open = 0, unseen = 0;
    struct pp_buf s;

    pp_buf_init(&s, 4096);
    for (unsigned i = 0; i < PP_CHECK_ROWS; i++) {
        const struct pp_check_row *r = &t->row[i];

        if (r->state == PP_CHECK_LEFT_OUT || !c->asked[i])
            continue;
        if (r->state == PP_CHECK_NOT_YET)
            open++;
        else if (r->invalid)
            unseen++;
        else if (strcmp(r->word, "offline") == 0)
            offline++;
        else if (!pp_check_fails(r))
            works++;
        else {
            pp_buf_addf(&s, "%s%s is %s", broken++ ? ", " : "", pp_check_asks[i].experiment, r->word);
            add_so_far(&s, r);
        }
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
    if (unseen)
        pp_buf_addf(&s, "; %u not observed", unseen);
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
        near_text(out, c, &t->near);
        if (t->trace)
            pp_buf_addf(out, "\n%s", t->trace);
    }
    pp_buf_addf(out, "\n%s%u flow%s in %.1f s.\n",
                !c->end ? "Asked so far: " : strcmp(c->end, "interrupted") == 0 ? "Interrupted after " : "Asked: ",
                c->flows, c->flows == 1 ? "" : "s", c->seconds);
}
