/* SPDX-License-Identifier: BSD-2-Clause */
/* outage.c: the time series of baseline flows, and the intervals in it without an answer. */
#include "outage.h"

#include <string.h>

#define LEAST_ANSWERED 20
#define LEAST_FLOWS 20
#define LEAST_BUCKETS (INT64_C(1000000000) / PP_OUTAGE_BUCKET)
/*
 * New targets wait while no baseline flow sent between 4 s and 1 s ago was answered; later flows may still be answered.
 */
#define RECENT_TO (INT64_C(1000000000) / PP_OUTAGE_BUCKET)
#define RECENT_FROM (INT64_C(4000000000) / PP_OUTAGE_BUCKET)

static int64_t number(int64_t t)
{
    return t / PP_OUTAGE_BUCKET;
}

static bool is_kept(const struct pp_outage *o, int64_t n)
{
    return n >= 0 && n <= o->newest && n > o->newest - PP_OUTAGE_BUCKETS;
}

static void move_to(struct pp_outage *o, int64_t n)
{
    if (n - o->newest >= PP_OUTAGE_BUCKETS) {
        memset(o->bucket, 0, sizeof o->bucket);
        o->newest = n;
    }
    while (o->newest < n)
        memset(&o->bucket[++o->newest % PP_OUTAGE_BUCKETS], 0, sizeof o->bucket[0]);
}

void pp_outage_sent(struct pp_outage *o, int64_t t)
{
    o->sent++;
    o->since_answer++;
    move_to(o, number(t));
    if (is_kept(o, number(t)))
        o->bucket[number(t) % PP_OUTAGE_BUCKETS].sent++;
}

void pp_outage_answered(struct pp_outage *o, int64_t t)
{
    o->answered++;
    if (t >= o->answered_at) {
        o->answered_at = t;
        o->since_answer = 0; /* flows sent after T may still be answered, and are not counted, either */
    }
    if (is_kept(o, number(t)))
        o->bucket[number(t) % PP_OUTAGE_BUCKETS].answered++;
}

static void record(struct pp_outage *o, int64_t first, int64_t last)
{
    struct pp_outage_window w = {.from = first * PP_OUTAGE_BUCKET, .to = (last + 1) * PP_OUTAGE_BUCKET};

    for (unsigned i = 0; i < o->nwindows; i++)
        if (w.from <= o->window[i].to && w.to >= o->window[i].from) {
            if (w.from < o->window[i].from)
                o->window[i].from = w.from;
            if (w.to > o->window[i].to)
                o->window[i].to = w.to;
            return;
        }
    if (o->nwindows < PP_OUTAGE_WINDOWS)
        o->window[o->nwindows++] = w;
    else
        o->window[PP_OUTAGE_WINDOWS - 1].to = w.to;
}

bool pp_outage_covers(struct pp_outage *o, int64_t t)
{
    int64_t at = number(t), first = -1, last = -1;
    uint64_t flows = 0;

    if (o->answered < LEAST_ANSWERED || !is_kept(o, at) || o->bucket[at % PP_OUTAGE_BUCKETS].answered)
        return false;
    for (int64_t n = at; is_kept(o, n) && !o->bucket[n % PP_OUTAGE_BUCKETS].answered; n--)
        if (o->bucket[n % PP_OUTAGE_BUCKETS].sent) {
            first = n;
            last = last < 0 ? n : last;
            flows += o->bucket[n % PP_OUTAGE_BUCKETS].sent;
        }
    for (int64_t n = at + 1; is_kept(o, n) && !o->bucket[n % PP_OUTAGE_BUCKETS].answered; n++)
        if (o->bucket[n % PP_OUTAGE_BUCKETS].sent) {
            first = first < 0 ? n : first;
            last = n;
            flows += o->bucket[n % PP_OUTAGE_BUCKETS].sent;
        }
    if (flows < LEAST_FLOWS || last - first < LEAST_BUCKETS)
        return false;
    record(o, first, last);
    return true;
}

bool pp_outage_now(const struct pp_outage *o, int64_t now)
{
    uint64_t flows = 0;

    if (o->answered < LEAST_ANSWERED)
        return false;
    for (int64_t n = number(now) - RECENT_FROM; n < number(now) - RECENT_TO; n++) {
        if (!is_kept(o, n))
            continue;
        if (o->bucket[n % PP_OUTAGE_BUCKETS].answered)
            return false;
        flows += o->bucket[n % PP_OUTAGE_BUCKETS].sent;
    }
    return flows >= LEAST_FLOWS;
}
