/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pto_set.c: an observation set: made, then filled, then its observations are counted. The observatory takes the data
 * of a set all or not at all, so the same set is tried again.
 */
#include "pto.h"

#include "../base/error.h"

#include <inttypes.h>

struct set {
    const struct pp_pto *p;
    const struct pp_buf *members;
    const struct pp_package *package;
    uint64_t count;
    struct pp_answer answer;
    char *link, data[PP_URL_MAX];
};

/* 1: it has them all, 0: it has none, -1: another number (printed) or no answer. */
static int is_full(struct set *s)
{
    int64_t n;

    if (!pp_pto_get(s->p, s->link, &s->answer) || s->answer.status != 200)
        return -1;
    n = pp_answer_number(&s->answer, "__obs_count");
    if (n <= 0)
        return 0;
    if (n == (int64_t)s->count)
        return 1;
    return pp_error("'%s' holds %" PRIi64 " observations of %" PRIu64, s->link, n, s->count);
}

/*
 * A set of the same data, if the observatory tells: its link is used instead of a new one. Whether it may be asked
 * depends on the token.
 */
static enum pp_upload find_same(struct set *s)
{
    char url[PP_URL_MAX];
    const char *found;

    snprintf(url, sizeof url, "%s/obs/by_metadata?k=data_sha256&v=%s", s->p->base, s->package->sha256);
    if (!pp_pto_get(s->p, url, &s->answer) || s->answer.status != 200)
        return PP_UPLOAD_FAILED;
    found = json_string_value(json_array_get(json_object_get(s->answer.json, "sets"), 0));
    if (!found || strlen(found) >= PP_URL_MAX - 8 || pp_pto_is_ours(s->p, found) < 0)
        return PP_UPLOAD_FAILED;
    snprintf(s->link, PP_URL_MAX, "%s", found);
    snprintf(s->data, sizeof s->data, "%.2040s/data", found);
    return is_full(s) == 1 ? PP_UPLOAD_DUPLICATE : PP_UPLOAD_DONE;
}

static enum pp_upload make(struct set *s)
{
    char url[PP_URL_MAX];
    const char *link, *data;

    if (pp_pto_url(url, s->p, "obs", "create", NULL) < 0)
        return PP_UPLOAD_FAILED;
    for (unsigned n = 1;; n++) {
        bool came = pp_pto_json(s->p, "POST", url, s->members, &s->answer);
        if (came && s->answer.status == 201)
            break;
        if ((came && s->answer.status < 500) || n > s->p->retries || !pp_pto_wait(s->p, n))
            return pp_pto_refused(s->p, "cannot make an observation set", &s->answer);
    }
    link = pp_answer_string(&s->answer, "__link");
    data = pp_answer_string(&s->answer, "__data");
    if (!link || !data || strlen(link) >= PP_URL_MAX || strlen(data) >= PP_URL_MAX)
        return pp_error("the observatory does not say where the set's data is to go"), PP_UPLOAD_FAILED;
    snprintf(s->link, PP_URL_MAX, "%s", link);
    snprintf(s->data, sizeof s->data, "%s", data);
    return pp_pto_is_ours(s->p, s->link) < 0 || pp_pto_is_ours(s->p, s->data) < 0 ? PP_UPLOAD_FAILED : PP_UPLOAD_DONE;
}

static enum pp_upload fill(struct set *s)
{
    for (unsigned n = 1;; n++) {
        bool came = pp_pto_data(s->p, s->data, s->package, &s->answer), again = !came || s->answer.status >= 500;
        enum pp_upload result;
        if (came && s->answer.status == 201 && pp_answer_number(&s->answer, "__obs_count") == (int64_t)s->count)
            return PP_UPLOAD_DONE;
        if (came && s->answer.status == 201)
            return is_full(s) == 1 ? PP_UPLOAD_DONE : PP_UPLOAD_FAILED;
        result = pp_pto_refused(s->p, "the set's data did not arrive", &s->answer);
        if (result == PP_UPLOAD_STOPPED || !again)
            return result;
        if (is_full(s) == 1)
            return PP_UPLOAD_DONE;
        if (n > s->p->retries || !pp_pto_wait(s->p, n))
            return pp_pto_stopped(s->p) ? PP_UPLOAD_STOPPED : PP_UPLOAD_FAILED;
    }
}

enum pp_upload pp_pto_set(const struct pp_pto *p, const struct pp_buf *members, const struct pp_package *package,
                          uint64_t count, char link[PP_URL_MAX])
{
    struct set *s = calloc(1, sizeof *s);
    enum pp_upload result;

    if (!s)
        return pp_error("out of memory"), PP_UPLOAD_FAILED;
    *s = (struct set){.p = p, .members = members, .package = package, .count = count, .link = link};
    result = find_same(s);
    if (result == PP_UPLOAD_FAILED)
        result = make(s);
    if (result == PP_UPLOAD_DONE)
        result = fill(s);
    pp_answer_release(&s->answer);
    free(s);
    return result;
}
