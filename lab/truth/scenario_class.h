/* SPDX-License-Identifier: BSD-2-Clause */
/* scenario_class.h: the keys of a class of hosts in a scenario; their target is a struct pp_lab_class. */
#ifndef PP_SCENARIO_CLASS_H
#define PP_SCENARIO_CLASS_H

#include "reader.h"

extern const struct pp_key pp_scenario_class_keys[];

#endif
