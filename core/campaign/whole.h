/* SPDX-License-Identifier: BSD-2-Clause */
/* whole.h: a campaign as a whole: its configuration, its live state, its results, and what it resumes from. */
#ifndef PP_WHOLE_H
#define PP_WHOLE_H

#include "../results/run.h"

struct pp_resume {
    struct json_t *meta;       /* as written by the run's last part; NULL: a new run */
    struct pp_journal journal; /* of the output of meta's run */
    unsigned part;             /* number of this part of the run; 0: the first */
};

struct pp_campaign {
    struct pp_run run;
    struct pp_run_live live;
    struct pp_run_record record;
    struct pp_resume resume;
};

#endif
