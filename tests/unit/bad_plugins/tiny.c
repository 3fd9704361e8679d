/* SPDX-License-Identifier: BSD-2-Clause */
/* tiny.c: a plugin that is too small to hold even the ABI number and the size. */
#include <stdint.h>

extern const uint32_t pp_plugin_export;
__attribute__((visibility("default"))) const uint32_t pp_plugin_export = 1;
