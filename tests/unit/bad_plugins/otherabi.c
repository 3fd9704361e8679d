/* SPDX-License-Identifier: BSD-2-Clause */
/* otherabi.c: a plugin with another ABI number, and nothing readable behind it. */
#include "bad.h"

extern const uint32_t pp_plugin_export[2];
__attribute__((visibility("default"))) const uint32_t pp_plugin_export[2] = {PP_PLUGIN_ABI + 1, 0xffffffff};
