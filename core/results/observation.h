/* SPDX-License-Identifier: BSD-2-Clause */
/* observation.h: writes a finding as one line of JSON (pathprobe-observation(5)). One thread. */
#ifndef PP_OBSERVATION_H
#define PP_OBSERVATION_H

#include "../base/json.h"
#include "../verdict/confirm.h"

/*
 * Writes F to LINE, which has room for PP_OBSERVATION_MAX bytes, with its line end; parts are left out, as the manual
 * says, if the line would be longer. VALID false: the line has no verdicts. STREAM and NUMBER form its obs_id; NUMBER
 * 0: none, as F is still under way.
 */
void pp_observation_write(struct pp_buf *line, const struct pp_plan *plan, const struct pp_finding *f, bool valid,
                          uint64_t stream, uint64_t number);
/* Adds the record of a flow to F, for its line. */
void pp_observation_flow(struct pp_finding *f, const struct pp_plan *plan, const struct pp_flow_seen *flow);

/* ---- verdict_json.c ---- */

/* How rounds are written: each by itself, equal ones (but for source ports) summed up, or not at all. */
enum pp_verdict_rounds { PP_ROUNDS_EXACT, PP_ROUNDS_SUMMED_UP, PP_ROUNDS_LEFT_OUT };
/* Writes the verdict of one arm. */
void pp_verdict_json(struct pp_json *j, const struct pp_plan *plan, const struct pp_finding *f, unsigned slot,
                     enum pp_verdict_rounds rounds, bool valid);

#endif
