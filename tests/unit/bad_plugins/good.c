/* SPDX-License-Identifier: BSD-2-Clause */
/* good.c: nothing is wrong with this one. */
#include "bad.h"

PP_PLUGIN_DEFINE = {SOUND("good")};
