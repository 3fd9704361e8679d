/* SPDX-License-Identifier: BSD-2-Clause */
/* manyarms.c: a plugin whose tables are larger than the limits. */
#include "bad.h"

PP_PLUGIN_DEFINE = {SOUND("manyarms"), .narms = PP_MAX_ARMS + 1};
