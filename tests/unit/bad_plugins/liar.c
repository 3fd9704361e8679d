/* SPDX-License-Identifier: BSD-2-Clause */
/* liar.c: a plugin that says its struct is larger than it is. */
#include "bad.h"

PP_PLUGIN_DEFINE = {SOUND("liar"), .size = 1 << 30};
