/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resume.h: continues a run that ended early for any cause (--resume). Its metadata, written before the first
 * observation, describe the run; its output shows which targets are complete. No file is changed before all checks have
 * passed. Main thread.
 */
#ifndef PP_RESUME_H
#define PP_RESUME_H

#include "whole.h"

/*
 * With --resume: takes run_id and seed from the metadata at PATH. Begins a new run if there is neither output nor
 * metadata. 0, or -1 printed.
 */
int pp_resume_begin(struct pp_campaign *c, const char *path);
/* Compares plan and input with the metadata, then reads the output. 0, or -1 printed. */
int pp_resume_read(struct pp_campaign *c);
void pp_resume_release(struct pp_resume *r);

#endif
