/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stated.h: what an experiment concludes from outcomes written by hand, as text: the names of the conditions in the
 * order in which they were stated, with ":VALUE" where they have one, and "?" behind those in doubt.
 */
#ifndef PP_STATED_H
#define PP_STATED_H

#include "../../core/abi/plugin.h"

struct stated {
    struct pp_sink sink; /* for conclude and sum_up */
    const struct pp_plugin *plugin;
    const char *cut;     /* the beginning that all names have, and the text has not */
    uint32_t mode;       /* the connect mode, in which the tables must allow what is stated; 0: any */
    char text[1024];
};

/* S must stay where it is. */
void stated_init(struct stated *s, const struct pp_plugin *plugin, const char *cut, uint32_t mode);
/*
 * Fails unless PLUGIN concludes exactly WANTED from the outcomes ARM of a round in MODE; CUT as in struct stated. WHAT
 * names the row in the message.
 */
void stated_is(const struct pp_plugin *plugin, const char *cut, uint32_t mode, const struct pp_outcome *arm,
               uint32_t narms, const char *what, const char *wanted);
/* Sets the field FIELD of an outcome's VALUE to V, at the index that the plugin's tables give it. */
void stated_put(const struct pp_plugin *plugin, int64_t *value, const char *field, int64_t v);
/* pp_tables.text for tests of `configure`: formats like printf; the result is static, and never given out again. */
const char *stated_text(struct pp_tables *tables, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
