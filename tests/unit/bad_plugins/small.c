/* SPDX-License-Identifier: BSD-2-Clause */
/* small.c: a plugin whose struct ends before the first version's did. */
#include "bad.h"

PP_PLUGIN_DEFINE = {SOUND("small"), .size = 16};
