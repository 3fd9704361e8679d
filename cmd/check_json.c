/* SPDX-License-Identifier: BSD-2-Clause */
/* check_json.c: writes the results of `check` as one object: schema/check.schema.json. */
#include "check.h"

#include "../core/base/json.h"

enum { SCHEMA = 1 };

static void pair(struct pp_json *j, const char *key, const unsigned n[2])
{
    pp_json_array(j, key);
    pp_json_uint(j, NULL, n[0]);
    pp_json_uint(j, NULL, n[1]);
    pp_json_end(j, ']');
}

/* Writes the arm of the word, and its evidence; null if all arms get through. */
static void json_arm(struct pp_json *j, const struct pp_check_row *r)
{
    if (!pp_check_fails(r)) {
        pp_json_null(j, "arm");
        pp_json_null(j, "failed");
        pp_json_null(j, "alpha");
        return;
    }
    pp_json_str(j, "arm", r->arm);
    pair(j, "failed", r->failed);
    if (r->state == PP_CHECK_CONFIRMED)
        pp_json_num(j, "alpha", r->alpha, 6);
    else
        pp_json_null(j, "alpha");
}

static void json_row(struct pp_json *j, const struct pp_check_row *r, unsigned index)
{
    static const char *const states[] = {
        [PP_CHECK_NOT_YET] = "not_asked",       [PP_CHECK_LEFT_OUT] = "left_out", [PP_CHECK_ASKED] = "asked",
        [PP_CHECK_SO_FAR] = "so_far",           [PP_CHECK_CONFIRMED] = "confirmed",
        [PP_CHECK_UNDECIDED] = "undecided",
    };
    char *line = r->line ? json_dumps(r->line, JSON_COMPACT) : NULL;

    pp_json_object(j, NULL);
    pp_json_str(j, "experiment", pp_check_asks[index].experiment);
    pp_json_str(j, "state", states[r->state]);
    pp_json_str(j, "word", r->state >= PP_CHECK_ASKED ? r->word : NULL);
    pp_json_str(j, "meaning", r->state == PP_CHECK_LEFT_OUT ? r->left_out : *r->clause ? r->clause : NULL);
    json_arm(j, r);
    pp_json_raw(j, "observation", line, line ? strlen(line) : 0);
    pp_json_end(j, '}');
    free(line);
}

/* Writes the effect of the first hops; null: not tested. */
static void json_near(struct pp_json *j, const struct pp_check_near *n)
{
    if (!n->asked) {
        pp_json_null(j, "near");
        return;
    }
    pp_json_object(j, "near");
    pp_json_str(j, "word", n->hop ? "altered" : n->quoted ? "intact" : "unknown");
    pp_json_uint(j, "asked", n->asked);
    pp_json_uint(j, "quoted", n->quoted);
    if (n->hop) {
        pp_json_uint(j, "hop", n->hop);
        pp_json_str(j, "addr", n->addr);
        pp_json_str(j, "what", n->what);
    }
    pp_json_end(j, '}');
}

void pp_check_json(struct pp_buf *out, const struct pp_check *c)
{
    struct pp_json j;

    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    pp_json_int(&j, "schema", SCHEMA);
    pp_json_array(&j, "targets");
    for (unsigned n = 0; n < c->targets; n++) {
        const struct pp_check_target *t = &c->target[n];

        pp_json_object(&j, NULL);
        pp_json_str(&j, "dip", t->dip);
        pp_json_str(&j, "domain", *t->domain ? t->domain : NULL);
        pp_json_array(&j, "rows");
        for (unsigned i = 0; i < PP_CHECK_ROWS; i++)
            if (c->asked[i])
                json_row(&j, &t->row[i], i);
        pp_json_end(&j, ']');
        json_near(&j, &t->near);
        pp_json_str(&j, "trace", t->trace);
        pp_json_end(&j, '}');
    }
    pp_json_end(&j, ']');
    pp_json_uint(&j, "flows", c->flows);
    pp_json_num(&j, "seconds", c->seconds, 4);
    pp_json_str(&j, "end", c->end);
    pp_json_end(&j, '}');
    pp_buf_addc(out, '\n');
}
