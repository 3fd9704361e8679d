/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c: sums over all workers, and the counts of targets as JSON. */
#include "run.h"

#include "../base/json.h"

uint64_t pp_live_sum(const struct pp_run_record *r, size_t offset)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < r->run->nworkers; i++)
        sum += atomic_load_explicit((const _Atomic uint64_t *)((const char *)&r->live->counters[i] + offset),
                                    memory_order_relaxed);
    return sum;
}

uint64_t pp_live_most(const struct pp_run_record *r, size_t offset)
{
    uint64_t most = 0;

    for (unsigned i = 0; i < r->run->nworkers; i++) {
        uint64_t v = atomic_load_explicit((const _Atomic uint64_t *)((const char *)&r->live->counters[i] + offset),
                                          memory_order_relaxed);
        most = v > most ? v : most;
    }
    return most;
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
        {"no_route", n->no_route},   {"sampled_out", n->sampled_out}, {"not_started", n->not_started},
        {"pending", n->pending},     {"written", n->written},         {"written_invalid", n->written_invalid},
    };

    pp_json_object(j, "counts");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        pp_json_uint(j, rows[i].name, rows[i].value);
    pp_json_end(j, '}');
}
