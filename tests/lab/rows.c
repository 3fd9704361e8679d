/* SPDX-License-Identifier: BSD-2-Clause */
/* rows.c: a row of accuracy.json, which pathprobe-accuracy(7) quotes. */
#include "bars.h"

#include "runner.h"

#include "core/base/error.h"

#include <jansson.h>

void rows_put(FILE *out, const struct matrix_set *s, const char *behaviour, const char *arm, int expect,
              unsigned method, const struct matrix_count *c, double bound, bool pass)
{
    bool scenario = strcmp(s->p, "-") == 0;
    json_t *v = json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:i, s:I}", "scenario", s->scenario, "behaviour", behaviour,
                          "arm", arm, "expect", expect < 0 ? "" : pp_verdict_name[expect], "p",
                          scenario ? json_null() : json_real(strtod(s->p, NULL)), "kind", s->kind, "rounds",
                          method == MATRIX_ONE ? 1 : RUNNER_ROUNDS, "n", (json_int_t)c->n);

    for (unsigned w = 0; v && w < PP_VERDICTS; w++)
        json_object_set_new(v, pp_verdict_name[w], json_integer((json_int_t)c->word[w]));
    if (!v)
        BUG("a row that is no JSON");
    json_object_set_new(v, "invalid", json_integer((json_int_t)c->invalid));
    json_object_set_new(v, "bound", json_real(bound));
    json_object_set_new(v, "pass", json_boolean(pass));
    json_dumpf(v, out, JSON_COMPACT | JSON_REAL_PRECISION(6));
    putc('\n', out);
    json_decref(v);
}
