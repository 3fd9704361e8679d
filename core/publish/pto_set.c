/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pto_set.c: uploads an observation set: creates it, sends its data, then checks the number of its observations. If
 * data are sent again while the observatory still inserts them, it inserts them twice. So a body is sent to a set only
 * once; if the number of observations never becomes right, the set is deprecated and another one is created.
 */
#include "pto.h"

#include "../base/error.h"

#include <inttypes.h>

#define SETS_MAX 100 /* sets of the same data that are checked */

struct set {
    const struct pp_pto *p;
    const struct pp_buf *members;
    const struct pp_package *package;
    uint64_t count;
    struct pp_answer answer;
    char *link, data[PP_URL_MAX], differs[512];
};

/* The number of observations in the set; -1: no answer, -2: the token does not allow the question. */
static int64_t number_there(struct set *s)
{
    int64_t n;

    if (!pp_pto_get(s->p, s->link, &s->answer) || s->answer.status >= 500)
        return -1;
    if (s->answer.status != 200)
        return -2;
    n = pp_answer_number(&s->answer, "__obs_count");
    return n > 0 ? n : 0;
}

/*
 * Waits until the set has all observations. 1: it has, 0: it does not get them; -1: not permitted to ask, or stopped.
 */
static int fills_up(struct set *s)
{
    struct pp_patience w = pp_patience_new(s->p->x->timeout);
    int64_t n;

    if (!pp_quiet)
        pp_say(stderr, "'%s': waiting for its %" PRIu64 " observations", s->link, s->count);
    do {
        n = number_there(s);
    } while (n < (int64_t)s->count && n != -2 && pp_patience_next(&w, s->p));
    if (n == -2 || pp_pto_stopped(s->p))
        return -1;
    if (n != (int64_t)s->count)
        pp_error("'%s' contains %" PRIi64 " observations of %" PRIu64, s->link, n < 0 ? 0 : n, s->count);
    return n == (int64_t)s->count;
}

/* Takes the set out of use. */
static void deprecate(struct set *s)
{
    bool came = pp_pto_json_deprecated(s->p, s->link, s->members, NULL, &s->answer);

    if (came && s->answer.status == 201)
        pp_warn("'%s' differs from the data that was sent, and was marked as deprecated", s->link);
    else
        pp_warn("'%s' differs from the data that was sent, and could not be marked as deprecated", s->link);
}

static int use_link(struct set *s, const char *link)
{
    if (!link || strlen(link) >= PP_URL_MAX - 8 || pp_pto_is_ours(s->p, link) < 0)
        return -1;
    snprintf(s->link, PP_URL_MAX, "%s", link);
    snprintf(s->data, sizeof s->data, "%.2040s/data", link);
    return 0;
}

/* ---- a set of the same data ------------------------------------------------------------------------------------ */

/* The links of sets with the same data, the caller's; NULL: none, or not permitted to ask. */
static json_t *same_data(struct set *s)
{
    char url[PP_URL_MAX];

    snprintf(url, sizeof url, "%s/obs/by_metadata?k=data_sha256&v=%s", s->p->base, s->package->sha256);
    if (!pp_pto_get(s->p, url, &s->answer) || s->answer.status != 200)
        return NULL;
    return json_incref(json_object_get(s->answer.json, "sets"));
}

/* Settles the metadata of the set in use, once its number of observations is right. */
static enum pp_upload settle(struct set *s)
{
    if (!pp_pto_differs(&s->answer, s->members, NULL, s->differs, sizeof s->differs) && s->p->task != PP_PTO_DEPRECATE)
        return PP_UPLOAD_DUPLICATE;
    if (s->p->task == PP_PTO_DEPRECATE)
        return pp_pto_deprecate(s->p, s->link);
    if (s->p->task == PP_PTO_UPDATE) {
        if (pp_pto_json(s->p, "PUT", s->link, s->members, &s->answer) && s->answer.status == 201)
            return PP_UPLOAD_DONE;
        return pp_pto_refused(s->p, "the metadata of the set was refused", &s->answer);
    }
    pp_error("'%s' exists there already, complete, with other metadata: %s", s->link, s->differs);
    pp_hint("--update replaces the metadata");
    return PP_UPLOAD_FAILED;
}

/*
 * Checks the sets of this data. True: one of them decides, with *RESULT. An empty set may be about to get the data of
 * an earlier run: waits for it, and does not fill it. Deprecated sets are ignored.
 */
static bool find_same(struct set *s, enum pp_upload *result)
{
    json_t *sets = same_data(s);
    size_t i;
    json_t *one;
    bool found = false;

    json_array_foreach(sets, i, one) {
        int64_t n;
        if (i == SETS_MAX || found || use_link(s, json_string_value(one)) < 0)
            break;
        n = number_there(s);
        if (n < 0 || (pp_answer_string(&s->answer, "_deprecated") &&
                      (s->p->task != PP_PTO_UPDATE || n != (int64_t)s->count)))
            continue;
        found = n == (int64_t)s->count || fills_up(s) == 1;
        if (found)
            *result = settle(s);
        else if (!pp_pto_stopped(s->p))
            deprecate(s);
        if (pp_pto_stopped(s->p)) {
            *result = PP_UPLOAD_STOPPED;
            found = true;
        }
    }
    json_decref(sets);
    return found;
}

/* ---- a new one ------------------------------------------------------------------------------------------------- */

static enum pp_upload make(struct set *s)
{
    char url[PP_URL_MAX];
    const char *data;

    if (pp_pto_url(url, s->p, "obs", "create", NULL) < 0)
        return PP_UPLOAD_FAILED;
    for (unsigned n = 1;; n++) {
        bool came = pp_pto_json(s->p, "POST", url, s->members, &s->answer);
        if (came && s->answer.status == 201)
            break;
        if ((came && s->answer.status < 500) || n > s->p->retries || !pp_pto_wait(s->p, n))
            return pp_pto_refused(s->p, "cannot create an observation set", &s->answer);
    }
    data = pp_answer_string(&s->answer, "__data");
    if (!data || strlen(data) >= PP_URL_MAX || use_link(s, pp_answer_string(&s->answer, "__link")) < 0)
        return pp_error("the observatory gave no URL for the set's data"), PP_UPLOAD_FAILED;
    snprintf(s->data, sizeof s->data, "%s", data);
    return pp_pto_is_ours(s->p, s->data) < 0 ? PP_UPLOAD_FAILED : PP_UPLOAD_DONE;
}

/* Handles a body that was sent without a good answer. *AGAIN: try with another set. */
static enum pp_upload after_doubt(struct set *s, bool ended, bool *again)
{
    enum pp_upload result = pp_pto_refused(s->p, "the observatory did not confirm the set's data", &s->answer);
    int full;

    if (result == PP_UPLOAD_STOPPED)
        return result;
    full = ended && number_there(s) == 0 ? 0 : fills_up(s);
    if (full == 1)
        return PP_UPLOAD_DONE;
    if (full < 0 && pp_pto_stopped(s->p))
        return PP_UPLOAD_STOPPED;
    if (full < 0) {
        pp_error("cannot verify '%s': the token does not allow reading it", s->link);
        pp_hint("verify it with a token that has the permission read_obs before sending again");
        return PP_UPLOAD_FAILED;
    }
    deprecate(s);
    *again = true;
    return PP_UPLOAD_FAILED;
}

/* Sends the data. *AGAIN: try with another set; *SAME: with this one, which certainly got no data. */
static enum pp_upload fill(struct set *s, bool *again, bool *same)
{
    bool came = pp_pto_data(s->p, s->data, s->package, &s->answer), sent = s->answer.sent;
    long status = came ? s->answer.status : 0;

    *again = *same = false;
    if (status == 201 && pp_answer_number(&s->answer, "__obs_count") == (int64_t)s->count)
        return PP_UPLOAD_DONE;
    if (came && pp_pto_is_permanent(&s->answer)) {
        enum pp_upload result = pp_pto_refused(s->p, "the set's data was refused", &s->answer);
        if (result == PP_UPLOAD_FAILED)
            deprecate(s);
        return result;
    }
    if (!sent) {
        *same = true;
        return pp_pto_refused(s->p, "the set's data could not be sent", &s->answer);
    }
    /* 500: the observatory has stopped inserting; the number of observations is final. */
    return after_doubt(s, status == 500, again);
}

static enum pp_upload upload(struct set *s)
{
    enum pp_upload result = make(s);
    bool again = false, same = false;

    for (unsigned n = 1; result == PP_UPLOAD_DONE; n++) {
        result = fill(s, &again, &same);
        if (result != PP_UPLOAD_FAILED || (!again && !same))
            return result;
        if (n > s->p->retries)
            break;
        if (!pp_pto_wait(s->p, n))
            return PP_UPLOAD_STOPPED;
        result = same ? PP_UPLOAD_DONE : make(s);
    }
    /* The set was created and will not be filled: deprecate it. */
    if (result == PP_UPLOAD_FAILED && same)
        deprecate(s);
    return result;
}

enum pp_upload pp_pto_set(const struct pp_pto *p, const struct pp_buf *members, const struct pp_package *package,
                          uint64_t count, char link[PP_URL_MAX])
{
    struct set *s = calloc(1, sizeof *s);
    enum pp_upload result = PP_UPLOAD_FAILED;

    if (!s)
        return pp_error("out of memory"), PP_UPLOAD_FAILED;
    *s = (struct set){.p = p, .members = members, .package = package, .count = count, .link = link};
    if (!find_same(s, &result)) {
        if (p->task == PP_PTO_UPLOAD)
            result = upload(s);
        else
            pp_error("no observation set of this data exists there, or the token lacks the permission read_obs");
    }
    pp_answer_release(&s->answer);
    free(s);
    return result;
}
