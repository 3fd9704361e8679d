/* SPDX-License-Identifier: BSD-2-Clause */
/* remarks.c: remarks on a run as a whole. */
#include "remarks.h"

#include "../probe/vantage_check.h"
#include "threads.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>

#define LEAST_TARGETS 10 /* unanswered targets from which on a remark is made */
#define LEAST_FLOWS 20   /* baseline flows since the last answer from which on a remark is made */
/* the largest probability of that many silent flows in a row, at the share of silent flows before */
#define CHANCE 1e-6

static void PP_PRINTF(2, 3) remark(struct pp_campaign *c, const char *fmt, ...)
{
    va_list args;

    if (c->record.nremarks == PP_REMARKS_MAX)
        return;
    va_start(args, fmt);
    vsnprintf(c->record.remark[c->record.nremarks++], sizeof c->record.remark[0], fmt, args);
    va_end(args);
}

/* ---- remarks ----------------------------------------------------------------------------------------------------- */

static void vantage(struct pp_campaign *c, const struct pp_vantage_check *vantage_check)
{
    const struct pp_vantage_check_finding *all[] = {&vantage_check->finding, &vantage_check->doubt};
    char what[384];

    for (size_t i = 0; i < 2; i++) {
        if (!all[i]->altered && !all[i]->dropped)
            continue;
        pp_vantage_check_say(vantage_check, all[i], what, sizeof what);
        remark(c, "this vantage %s the treatment: %s", pp_vantage_check_does(vantage_check, all[i]), what);
    }
}

/* Remarks that no target answered on the interface, and where the answers may have gone. */
static void unanswered(struct pp_campaign *c, const struct pp_threads *threads, const struct pp_kernel_counts *then)
{
    uint64_t asked = 0, answered = 0;
    struct pp_kernel_counts now;

    for (unsigned k = 0; k < c->run.nworkers; k++) {
        asked += pp_worker_outage(threads->slot[k].worker)->sent;
        answered += pp_worker_outage(threads->slot[k].worker)->answered;
    }
    if (asked < LEAST_TARGETS || answered)
        return;
    pp_kernel_counts(&now);
    if (now.min_ttl > then->min_ttl)
        remark(c,
               "no target answered by '%s', but the kernel received %" PRIu64 " segments for muted source ports: "
               "answers return by another interface; select it with -i, or an address that is routed to this one with "
               "--source",
               c->run.vantage.ifname, now.min_ttl - then->min_ttl);
    else if (now.reverse_path > then->reverse_path)
        remark(c,
               "no target answered by '%s', and the kernel's reverse path filter (rp_filter) dropped %" PRIu64
               " packets: answers return by another interface",
               c->run.vantage.ifname, now.reverse_path - then->reverse_path);
    else if (pp_live_totals(&c->record).packets_in == 0)
        remark(c,
               "not one packet was received on '%s': answers are probably dropped or return by another interface, "
               "rather than %" PRIu64 " targets being offline",
               c->run.vantage.ifname, asked);
}

/* Remarks that targets answered up to one moment and none after it, as if the source address had been banned. */
static void banned(struct pp_campaign *c, const struct pp_threads *threads)
{
    uint64_t answered = 0, sent = 0, silent = 0;
    int64_t last = 0;
    char text[32];
    struct tm tm;
    time_t s;

    for (unsigned k = 0; k < c->run.nworkers; k++) {
        const struct pp_outage *o = pp_worker_outage(threads->slot[k].worker);
        answered += o->answered;
        sent += o->sent;
        silent += o->since_answer;
        last = o->answered_at > last ? o->answered_at : last;
    }
    if (answered < LEAST_FLOWS || silent < LEAST_FLOWS || sent <= silent)
        return;
    double share = (double)answered / (double)(sent - silent);
    if (share < 1 && (double)silent * log1p(-share) > log(CHANCE))
        return;
    s = (time_t)((c->record.start_epoch + last - c->record.start_mono) / 1000000000);
    if (!gmtime_r(&s, &tm) || strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        return;
    remark(c,
           "no target answered after %s UTC, in %" PRIu64 " baseline flows in a row, while %.0f %% had answered "
                                                          "before: this source address may have been blocked, or the "
                                                          "vantage may have lost its connectivity; those targets may "
                                                          "not be offline",
           text, silent, 100 * share);
}

/* Remarks on arms that a box near the vantage point drops or resets. */
static void nearby(struct pp_campaign *c)
{
    char what[384];

    for (unsigned i = 1; i < c->run.plan.narms; i++)
        if (pp_nearby_say(&c->record.totals.nearby, &c->run.plan, i, what, sizeof what))
            remark(c, "%s", what);
}

void pp_remarks_make(struct pp_threads *threads, const struct pp_kernel_counts *then)
{
    struct pp_campaign *c = threads->campaign;

    for (unsigned k = 0; k < c->run.nworkers; k++)
        vantage(c, pp_worker_vantage_check(threads->slot[k].worker));
    unanswered(c, threads, then);
    banned(c, threads);
    nearby(c);
}
