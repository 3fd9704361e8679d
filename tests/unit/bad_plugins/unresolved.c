/* SPDX-License-Identifier: BSD-2-Clause */
/* unresolved.c: a plugin that calls a function which neither the program nor a library defines. */
#include "bad.h"

void pp_nobody_has_this(const struct pp_round_view *round, struct pp_sink *sink);

PP_PLUGIN_DEFINE = {SOUND("unresolved"), .conclude = pp_nobody_has_this};
