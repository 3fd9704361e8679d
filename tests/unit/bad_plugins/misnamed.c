/* SPDX-License-Identifier: BSD-2-Clause */
/* misnamed.c: a plugin that holds the experiment of another file: two of one name. */
#include "bad.h"

PP_PLUGIN_DEFINE = {SOUND("good")};
