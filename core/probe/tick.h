/* SPDX-License-Identifier: BSD-2-Clause */
/* tick.h: a timer of the worker's wheel, with the kind of object that it belongs to. */
#ifndef PP_TICK_H
#define PP_TICK_H

#include "../base/wheel.h"

enum pp_tick_kind { PP_TICK_PROBE, PP_TICK_JOB };

struct pp_tick {
    struct pp_timer timer; /* first member */
    enum pp_tick_kind kind;
};

#endif
