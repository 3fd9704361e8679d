/* SPDX-License-Identifier: BSD-2-Clause */
/* pto_name.c: finds out what an observatory has under a name, and chooses a name for raw data. */
#include "pto_raw.h"

#include "../base/error.h"

#define NAMES_MAX 100 /* NAME-2 to NAME-100 */

/* Sets r->file to NAME, or to NAME with -N before its suffix. 0, or -1 printed. */
static int set_name(struct pp_raw *r)
{
    const char *dot = strchr(r->name, '.');
    int stem = dot && dot > r->name ? (int)(dot - r->name) : (int)strlen(r->name), n;

    if (r->number == 1)
        n = snprintf(r->file, sizeof r->file, "%s", r->name);
    else
        n = snprintf(r->file, sizeof r->file, "%.*s-%u%s", stem, r->name, r->number, r->name + stem);
    if (n >= (int)sizeof r->file)
        return pp_error("the name '%.40s...' is too long", r->name);
    return pp_pto_url(r->url, r->p, "raw", r->p->campaign, r->file);
}

enum pp_there pp_raw_compare(struct pp_raw *r)
{
    int64_t size = pp_answer_number(&r->answer, "__data_size");
    const char *sum = pp_answer_string(&r->answer, "data_sha256");

    if (!sum || strcmp(sum, r->package->sha256) != 0)
        return PP_THERE_OTHER;
    if (size < 0)
        return PP_THERE_HALF;
    /* The size depends on the version of bzip2. */
    if (size != (int64_t)r->package->size && size != pp_answer_number(&r->answer, "data_size"))
        return PP_THERE_DAMAGED;
    if (!pp_pto_differs(&r->answer, r->members, r->campaign, r->differs, sizeof r->differs))
        return PP_THERE_SAME;
    return pp_answer_string(&r->answer, "upload") ? PP_THERE_UNLIFTED : PP_THERE_MARKED;
}

/*
 * Tests whether a name has metadata without reading them: data of an unknown type is refused with 400 if the name has
 * metadata, and with 500 if it has none. No byte of data is sent or stored.
 */
static enum pp_there feel(struct pp_raw *r)
{
    char url[PP_URL_MAX + 8];
    const struct pp_request q = {
        .method = "PUT", .url = url, .content_type = "application/x-is-it-there", .body = ""};

    if (r->ours >= r->number)
        return PP_THERE_HALF;
    snprintf(url, sizeof url, "%s/data", r->url);
    if (!pp_exchange(r->p->x, &q, &r->answer))
        return PP_THERE_UNKNOWN;
    if (r->answer.status == 400)
        return PP_THERE_HIDDEN;
    if (r->answer.status == 404 || r->answer.status == 500)
        return PP_THERE_FREE;
    return r->answer.status > 500 ? PP_THERE_UNKNOWN : PP_THERE_REFUSED;
}

static enum pp_there look(struct pp_raw *r)
{
    if (r->blind)
        return feel(r);
    if (!pp_pto_get(r->p, r->url, &r->answer) || r->answer.status >= 500)
        return PP_THERE_UNKNOWN;
    if (r->answer.status == 404)
        return PP_THERE_FREE;
    if (r->answer.status == 403) {
        r->blind = true;
        return feel(r);
    }
    return r->answer.status == 200 ? pp_raw_compare(r) : PP_THERE_REFUSED;
}

/* Deprecates an incomplete file of an earlier run or version that is not deprecated yet. */
static void deprecate_damaged(struct pp_raw *r)
{
    bool done = pp_answer_string(&r->answer, "_deprecated") || pp_pto_deprecate(r->p, r->url) == PP_UPLOAD_DONE;

    if (!pp_quiet)
        pp_say(stderr, "the uploaded '%s' is damaged%s; another name is used", r->file, done ? ", and deprecated" : "");
}

enum pp_there pp_raw_find(struct pp_raw *r)
{
    for (; r->number <= NAMES_MAX; r->number++) {
        enum pp_there there;
        if (set_name(r) < 0)
            return PP_THERE_REFUSED;
        there = look(r);
        if (there == PP_THERE_DAMAGED)
            deprecate_damaged(r);
        else if ((there != PP_THERE_OTHER && there != PP_THERE_HIDDEN) || r->number == 1)
            return there;
    }
    return PP_THERE_OTHER;
}
