/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pto_raw.c: raw data. Campaign, then a free name, then metadata, then data; then what the observatory says it has is
 * compared with what was sent. After any doubt it is asked, and believed.
 */
#include "pto.h"

#include "../base/error.h"
#include "../base/json.h"

#include <inttypes.h>

#define NAMES_MAX 100 /* NAME-2 to NAME-100 */

/* One upload. */
struct raw {
    const struct pp_pto *p;
    const char *name;
    const struct pp_buf *members;
    const struct pp_package *package;
    struct pp_answer answer;
    unsigned number; /* of the name in use, from 1 */
    char file[PP_NAME_MAX], url[PP_URL_MAX];
};

enum there { FREE, HALF, SAME, DAMAGED, OTHER, UNKNOWN, REFUSED };

/* ---- the campaign ---------------------------------------------------------------------------------------------- */

static enum pp_upload make_campaign(struct raw *r, const char *url)
{
    struct pp_buf members;
    struct pp_json j;
    bool ok;

    if (r->p->existing || !r->p->owner) {
        pp_error("campaign '%s' does not exist", r->p->campaign);
        pp_hint(r->p->existing ? "without --existing it is made" : "--owner says who owns it; then it is made");
        return PP_UPLOAD_FAILED;
    }
    pp_buf_init(&members, 4096);
    pp_json_init(&j, &members);
    pp_json_str(&j, "_owner", r->p->owner);
    ok = pp_pto_json(r->p, "PUT", url, &members, &r->answer);
    pp_buf_release(&members);
    if (!ok || r->answer.status != 201)
        return pp_pto_refused(r->p, "cannot make the campaign", &r->answer);
    if (!pp_quiet)
        pp_say(stderr, "campaign '%s' is new", r->p->campaign);
    return PP_UPLOAD_DONE;
}

/* Who may write may perhaps not read: then the first file will tell. */
static enum pp_upload need_campaign(struct raw *r)
{
    char url[PP_URL_MAX];

    if (pp_pto_url(url, r->p, "raw", r->p->campaign, NULL) < 0)
        return PP_UPLOAD_FAILED;
    for (unsigned n = 1;; n++) {
        bool came = pp_pto_get(r->p, url, &r->answer);
        if (came && (r->answer.status == 200 || r->answer.status == 403))
            return PP_UPLOAD_DONE;
        if (came && r->answer.status == 404)
            return make_campaign(r, url);
        if ((came && r->answer.status < 500) || n > r->p->retries || !pp_pto_wait(r->p, n))
            return pp_pto_refused(r->p, "cannot look for the campaign", &r->answer);
    }
}

/* ---- a name ---------------------------------------------------------------------------------------------------- */

/* NAME, or with -N before its suffix. */
static int set_name(struct raw *r)
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

/* What the observatory has under that name, as its answer says. */
static enum there compare(const struct raw *r)
{
    int64_t size = pp_answer_number(&r->answer, "__data_size");
    const char *sum = pp_answer_string(&r->answer, "data_sha256");

    if (size < 0)
        return sum && strcmp(sum, r->package->sha256) != 0 ? OTHER : HALF;
    if (!sum || strcmp(sum, r->package->sha256) != 0)
        return OTHER;
    /* Another version of bzip2 may have made another size of the same data. */
    return size == (int64_t)r->package->size || size == pp_answer_number(&r->answer, "data_size") ? SAME : DAMAGED;
}

static enum there look(struct raw *r)
{
    if (!pp_pto_get(r->p, r->url, &r->answer) || r->answer.status >= 500)
        return UNKNOWN;
    if (r->answer.status == 404)
        return FREE;
    if (r->answer.status == 403)
        return HALF; /* it may be written, but not be read */
    return r->answer.status == 200 ? compare(r) : REFUSED;
}

static enum pp_upload taken(struct raw *r)
{
    pp_error("'%s' is there already, with other data", r->file);
    pp_hint("nothing can be replaced there: --name NAME takes another name");
    return PP_UPLOAD_FAILED;
}

/* ---- metadata and data ----------------------------------------------------------------------------------------- */

/* One attempt. PP_UPLOAD_FAILED is final; `again` says that another may do better. */
static enum pp_upload attempt(struct raw *r, bool *again)
{
    char link[PP_URL_MAX], what[PP_NAME_MAX + 64];
    const char *data;
    int64_t size;
    bool came;

    *again = false;
    came = pp_pto_json(r->p, "PUT", r->url, r->members, &r->answer);
    snprintf(what, sizeof what, "metadata of '%s' is not taken", r->file);
    if (!came || r->answer.status != 201) {
        *again = !came || r->answer.status >= 500;
        return pp_pto_refused(r->p, what, &r->answer);
    }
    data = pp_answer_string(&r->answer, "__data");
    if (!data)
        return pp_error("the observatory does not say where the data of '%s' is to go", r->file), PP_UPLOAD_FAILED;
    if (pp_answer_number(&r->answer, "__data_size") >= 0 && compare(r) != SAME) {
        r->number++; /* what could not be read is there, and is not ours */
        *again = true;
        return pp_error("'%s' has data already", r->file), PP_UPLOAD_FAILED;
    }
    snprintf(link, sizeof link, "%s", data);
    if (strlen(data) >= sizeof link || pp_pto_is_ours(r->p, link) < 0)
        return PP_UPLOAD_FAILED;
    came = pp_pto_data(r->p, link, r->package, &r->answer);
    size = came && r->answer.status == 201 ? pp_answer_number(&r->answer, "__data_size") : -1;
    if (size == (int64_t)r->package->size)
        return PP_UPLOAD_DONE;
    *again = !came || r->answer.status >= 500 || r->answer.status == 201 || r->answer.status == 400;
    snprintf(what, sizeof what, "data of '%s' did not arrive", r->file);
    if (size < 0)
        return pp_pto_refused(r->p, what, &r->answer);
    return pp_error("'%s' is damaged: %" PRIi64 " of %" PRIu64 " bytes arrived", r->file, size, r->package->size),
           PP_UPLOAD_FAILED;
}

/* Finds a name under which it is, or can be put. */
static enum there find_name(struct raw *r)
{
    for (; r->number <= NAMES_MAX; r->number++) {
        enum there there;
        if (set_name(r) < 0)
            return REFUSED;
        there = look(r);
        if (there == DAMAGED && !pp_quiet)
            pp_say(stderr, "'%s' is damaged there; another name is tried", r->file);
        if (there != DAMAGED && !(there == OTHER && r->number > 1))
            return there;
    }
    return OTHER;
}

static enum pp_upload upload(struct raw *r)
{
    enum pp_upload result = PP_UPLOAD_FAILED;
    bool again = true;

    for (unsigned n = 0; n <= r->p->retries && again; n++) {
        enum there there;
        if (n > 0 && !pp_pto_wait(r->p, n))
            return PP_UPLOAD_STOPPED;
        there = find_name(r);
        if (there == SAME) /* after an attempt: only its answer was lost */
            return n == 0 ? PP_UPLOAD_DUPLICATE : PP_UPLOAD_DONE;
        if (there == OTHER)
            return taken(r);
        if (there == REFUSED || there == UNKNOWN) {
            result = pp_pto_refused(r->p, "cannot look for the file", &r->answer);
            again = there == UNKNOWN;
        } else {
            result = attempt(r, &again);
        }
        if (result != PP_UPLOAD_FAILED)
            return result;
    }
    /* The last attempt may have arrived, too. */
    return again && find_name(r) == SAME ? PP_UPLOAD_DONE : result;
}

enum pp_upload pp_pto_raw(const struct pp_pto *p, const char *name, const struct pp_buf *members,
                          const struct pp_package *package, char link[PP_URL_MAX])
{
    struct raw *r = calloc(1, sizeof *r);
    enum pp_upload result;

    if (!r)
        return pp_error("out of memory"), PP_UPLOAD_FAILED;
    *r = (struct raw){.p = p, .name = name, .members = members, .package = package, .number = 1};
    result = need_campaign(r);
    if (result == PP_UPLOAD_DONE)
        result = upload(r);
    snprintf(link, PP_URL_MAX, "%.*s/data", PP_URL_MAX - 6, r->url);
    pp_answer_release(&r->answer);
    free(r);
    return result;
}
