/* SPDX-License-Identifier: BSD-2-Clause */
/* observation.h: a finding as one line of JSON (pathprobe-observation(5)). One thread. */
#ifndef PP_OBSERVATION_H
#define PP_OBSERVATION_H

#include "../base/json.h"
#include "../verdict/confirm.h"

/*
 * F as a line, its end included, into LINE, which has room for PP_OBSERVATION_MAX bytes; what would pass that is left
 * out, as the manual says. VALID: else nothing is concluded. STREAM and NUMBER make its obs_id; NUMBER 0, of a finding
 * that is under way: it has none.
 */
void pp_observation_write(struct pp_buf *line, const struct pp_plan *plan, const struct pp_finding *f, bool valid,
                          uint64_t stream, uint64_t number);
/* Keeps the record of a flow in F, for the line. */
void pp_observation_flow(struct pp_finding *f, const struct pp_plan *plan, const struct pp_flow_seen *flow);

/* ---- verdict_json.c ---- */

/* How its rounds are printed: also those that differ in source ports alone one by one, or summed up, or not at all. */
enum pp_verdict_rounds { PP_ROUNDS_EXACT, PP_ROUNDS_SUMMED_UP, PP_ROUNDS_LEFT_OUT };
/* One arm's verdict. */
void pp_verdict_json(struct pp_json *j, const struct pp_plan *plan, const struct pp_finding *f, unsigned slot,
                     enum pp_verdict_rounds rounds, bool valid);

#endif
