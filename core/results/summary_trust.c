/* SPDX-License-Identifier: BSD-2-Clause */
/* summary_trust.c: prints how far the figures of a run can be trusted. */
#include "summary_parts.h"

#include "../base/prose.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>

#define LEFT 12 /* columns of a line's heading */

/* Passes HEADING and a formatted sentence to OUT. */
static void say(const struct pp_trust *out, const char *heading, const char *fmt, ...) PP_PRINTF(3, 4);

static void say(const struct pp_trust *out, const char *heading, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    out->say(out->arg, heading, text);
}

static void say_dummies(const struct pp_verdict_counts *n, const struct pp_trust *out)
{
    if (n->aa_n)
        say(out, "A/A",
            "%" PRIu64 " of %" PRIu64 " dummies (the baseline once more, judged as if it were an arm) called broken: "
            "by this alone, the true share is below %.2g %% (95 %%)",
            n->aa_fail, n->aa_n, pp_binomial_upper_percent(n->aa_fail, n->aa_n, 0.95));
    if (n->aa_first_n)
        say(out, "", "by one trial, %" PRIu64 " of %" PRIu64, n->aa_first_fail, n->aa_first_n);
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static bool any_broken(const struct pp_run_record *c)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < c->run->plan.narms; i++)
        n += c->totals.counts.word[c->run->plan.arm[i].index][PP_VERDICT_BROKEN];
    return n > 0;
}

/* Says how many broken targets may be published as a list. */
static void say_list(const struct pp_run_record *c, const struct pp_trust *out)
{
    struct pp_ebh_list list = pp_ebh_threshold(&c->totals.ebh, c->run->plan.fdr);
    char count[PP_COUNT_STRLEN];

    if (list.needed == 0)
        return;
    if (list.size)
        say(out, "list",
            "%" PRIu64 " of %" PRIu64 " verdicts can be published as broken with %g %% false ones among them at most: "
            "those that chance brings about in 1 of %s cases at most (`e` of %.9g or more, e-BH)",
            list.size, c->totals.ebh.n, 100 * c->run->plan.fdr,
            pp_count_str((uint64_t)floor(list.threshold), count), list.threshold);
    else
        say(out, "list",
            "none of %" PRIu64 " verdicts can be published as broken with %g %% false ones at most (e-BH): with as "
            "much evidence as the best has here, it takes %" PRIu64 " of them, 1 in %.3g",
            c->totals.ebh.n, 100 * c->run->plan.fdr, list.needed, (double)c->totals.ebh.n / (double)list.needed);
}

static void say_method(const struct pp_run_record *c, const struct pp_trust *out)
{
    const struct pp_verdict_counts *n = &c->totals.counts;
    char count[PP_COUNT_STRLEN];

    if (c->run->plan.rounds == 1) {
        say(out, "bound", "none is claimed: each target was asked once (--rounds 1)");
        return;
    }
    if (c->run->plan.alone) {
        say(out, "bound", "none is claimed, as nothing is compared; offline is what was silent in two rounds");
        return;
    }
    say(out, "bound",
        "1 in %s at most is the chance that an arm is called broken though its treatment makes no difference (alpha)",
        pp_count_str((uint64_t)(1 / c->run->plan.alpha + 1e-6), count));
    say_dummies(n, out);
    if (n->audited)
        say(out, "audit", "%" PRIu64 " of %" PRIu64 " working arms, asked five times though one success would do, "
            "did not hold up", n->audit_changed, n->audited);
    if (any_broken(c))
        say_list(c, out);
}

/* Prints the counts of --locate; sweeps and packets are counted for this part of the run only. */
static void say_located(const struct pp_run_record *c, const struct pp_trust *out)
{
    const struct pp_live_totals live = pp_live_totals(c);
    const struct pp_verdict_counts *n = &c->totals.counts;
    char took[96] = "";

    if (!n->located)
        return;
    if (live.sweeps)
        snprintf(took, sizeof took, "; it took %" PRIu64 " sweeps of %" PRIu64 " packets in all%s",
                 live.sweeps, live.locate_packets, c->before ? " now" : "");
    say(out, "located", "hops were asked on the way to %" PRIu64 " target%s, a place is named for %" PRIu64 "%s",
        n->located, plural(n->located), n->placed, took);
}

static void say_capture(const struct pp_run_record *c, const struct pp_trust *out)
{
    const struct pp_live_totals live = pp_live_totals(c);
    uint64_t ring = live.dropped_ring, interface = live.dropped_if, softnet = live.dropped_softnet;
    uint64_t refused = live.send_errors, late = live.late;
    uint64_t damaged = live.wrong_checksum + live.undecodable;

    say_located(c, out);
    if (ring + interface + softnet)
        say(out, "lost here", "%" PRIu64 " packet%s before we saw them (ring %" PRIu64 ", interface %" PRIu64
            ", softnet %" PRIu64 "): rounds that rest on silence meanwhile were done again", ring + interface + softnet,
            plural(ring + interface + softnet), ring, interface, softnet);
    else
        say(out, "lost here", "no packet");
    if (refused)
        say(out, "unsent", "%" PRIu64 " packet%s that the kernel did not send", refused, plural(refused));
    if (late)
        say(out, "late", "%" PRIu64 " packet%s came after the arm had been taken for silent", late, plural(late));
    if (damaged)
        say(out, "damaged", "%" PRIu64 " packet%s came with a wrong checksum or as no packet at all", damaged,
            plural(damaged));
    if (live.ports_left_out)
        say(out, "ports", "%" PRIu64 " source port%s left out, as something else on this host sends from there",
            live.ports_left_out, live.ports_left_out == 1 ? " was" : "s were");
    if (c->totals.counts.outage)
        say(out, "outage", "%" PRIu64 " target%s asked during an outage of this vantage: as they were then",
            c->totals.counts.outage, plural(c->totals.counts.outage));
}

void pp_summary_facts(const struct pp_run_record *c, const struct pp_trust *out)
{
    say_method(c, out);
    say_capture(c, out);
}

/* Prints HEADING and a sentence, wrapped. */
static void put_line(void *arg, const char *heading, const char *text)
{
    struct pp_buf *out = arg;

    pp_buf_addf(out, "  %-*s", LEFT - 2, heading);
    pp_prose(out, text, strlen(text), LEFT, LEFT);
}

void pp_summary_trust(const struct pp_run_record *c, struct pp_buf *out)
{
    pp_buf_adds(out, "\nHow far to trust this:\n");
    pp_summary_facts(c, &(struct pp_trust){.say = put_line, .arg = out});
}
