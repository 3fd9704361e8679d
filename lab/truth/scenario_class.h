/* SPDX-License-Identifier: BSD-2-Clause */
/* scenario_class.h: the keys of a class of hosts in a scenario; their target is a struct pp_lab_class. */
#ifndef PP_SCENARIO_CLASS_H
#define PP_SCENARIO_CLASS_H

#include "reader.h"

extern const struct pp_key pp_scenario_class_keys[];
/* Reads the key "routers" of a class (scenario_router.c). 0, or -1 printed. */
int pp_scenario_routers(struct pp_reader *r, const char *key, json_t *v, void *target);

#endif
