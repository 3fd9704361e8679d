/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c: sums the live counters of all workers, and writes the counts of targets as JSON. */
#include "run.h"

#include "../base/json.h"

struct pp_live_totals pp_live_totals(const struct pp_run_record *r)
{
    struct pp_live_totals t = {0};

#define LOAD(field) atomic_load_explicit(&c->field, memory_order_relaxed)
#define SUM(field) t.field += LOAD(field)
#define MOST(field) t.field = LOAD(field) > t.field ? LOAD(field) : t.field
    for (unsigned i = 0; i < r->run->nworkers; i++) {
        const struct pp_live_counters *c = &r->live->counters[i];
        SUM(started), SUM(done), SUM(in_flight), SUM(confirming), SUM(invalid), SUM(turned_away);
        SUM(works), SUM(broken), SUM(transient), SUM(unstable), SUM(offline);
        SUM(packets_out), SUM(packets_in), SUM(send_errors), SUM(late), SUM(wrong_checksum), SUM(undecodable);
        SUM(sweeps), SUM(locate_packets), SUM(ports_left_out), SUM(dropped_ring);
        MOST(dropped_if), MOST(dropped_softnet), MOST(confirmed_at), MOST(confirming_takes);
    }
#undef LOAD
#undef SUM
#undef MOST
    return t;
}

void pp_target_counts_json(struct pp_json *j, const struct pp_target_counts *n)
{
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"read", n->read},           {"duplicate", n->duplicate},     {"invalid_line", n->invalid_line},
        {"blocked", n->blocked},
        {"prohibited_network", n->prohibited_network},
        {"prohibited_host", n->prohibited_host},
        {"other_family", n->other_family},
        {"no_route", n->no_route},   {"sampled_out", n->sampled_out}, {"not_started", n->not_started},
        {"pending", n->pending},     {"written", n->written},         {"written_invalid", n->written_invalid},
    };

    pp_json_object(j, "counts");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        pp_json_uint(j, rows[i].name, rows[i].value);
    pp_json_end(j, '}');
}
