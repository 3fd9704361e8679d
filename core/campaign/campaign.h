/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * campaign.h: one run of `pathprobe measure`, from open to summary: the main thread opens everything and starts the
 * threads (a feeder, workers, a writer), then shows progress and handles signals.
 */
#ifndef PP_CAMPAIGN_H
#define PP_CAMPAIGN_H

#include "../results/run.h"

/* Runs EXPERIMENT as SETTINGS say. Returns the exit code: 0, 1, 3, 130 (pathprobe-measure(1)). */
int pp_campaign_run(const struct pp_settings *settings, const struct pp_command *command,
                    const struct pp_plugin *experiment);

#endif
