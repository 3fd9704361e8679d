/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bad.h: a sound little experiment for plugins that are wrong in one thing each. Each .c of this directory becomes
 * the shared object of the same name:
 *     cc -std=gnu11 -fPIC -fvisibility=hidden -shared -o DIR/bad_plugins/NAME.so tests/unit/bad_plugins/NAME.c
 * where DIR is the directory of the program test_plugins.
 */
#ifndef BAD_H
#define BAD_H

#include "../../../core/abi/plugin.h"

static const struct pp_step bad_steps[] __attribute__((unused)) = {{.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE}};

static const struct pp_arm bad_arms[] __attribute__((unused)) = {
    {.name = "A", .title = "baseline"},
    {.name = "B1", .title = "treated", .connectivity = "x.connectivity", .steps = bad_steps, .nsteps = 1},
};

/* A plugin may initialize a member of SOUND a second time: the last initializer counts. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
#define SOUND(NAME)                                                                                                    \
    .abi = PP_PLUGIN_ABI, .size = sizeof(struct pp_plugin), .name = NAME, .title = "a title",                          \
    .description = "A description.", .modes = PP_MODE_TCP, .default_mode = PP_MODE_TCP, .arms = bad_arms, .narms = 2

#endif
