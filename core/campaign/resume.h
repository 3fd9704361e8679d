/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resume.h: going on with a run that ended early, however (--resume). Its metadata, written before the first
 * observation, says what the run is; its output says how far it came. Nothing is changed before all of it has been
 * found to fit. Main thread.
 */
#ifndef PP_RESUME_H
#define PP_RESUME_H

#include "whole.h"

/*
 * With --resume: takes run_id and seed from the metadata at PATH. No output and no metadata: a new run. 0, or -1
 * printed.
 */
int pp_resume_begin(struct pp_campaign *c, const char *path);
/* With plan and input: do they agree with the metadata? Then reads the output. 0, or -1 printed. */
int pp_resume_read(struct pp_campaign *c);
void pp_resume_release(struct pp_resume *r);

#endif
