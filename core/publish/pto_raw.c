/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pto_raw.c: uploads raw data: it creates the campaign, finds a free name, and sends metadata, data, and metadata
 * again. Until the data is complete the metadata say `_deprecated`, so that the observatory normalizes no incomplete
 * file, even if this process is killed. After any error the state is read back from the observatory.
 */
#include "pto_raw.h"

#include "../base/error.h"
#include "../base/json.h"

#include <inttypes.h>

/* In metadata with `_deprecated`: set by this program, and removed when the data is complete. */
#define UNDER_WAY "\"upload\":\"under way\""

/* ---- the campaign ---------------------------------------------------------------------------------------------- */

static enum pp_upload make_campaign(struct pp_raw *r)
{
    char url[PP_URL_MAX];
    struct pp_buf members;
    struct pp_json j;
    bool ok;

    if (r->p->existing || !r->p->owner) {
        pp_error("campaign '%s' does not exist", r->p->campaign);
        pp_hint(r->p->existing ? "without --existing it is created" : "give its owner by --owner to create it");
        return PP_UPLOAD_FAILED;
    }
    if (pp_pto_url(url, r->p, "raw", r->p->campaign, NULL) < 0)
        return PP_UPLOAD_FAILED;
    pp_buf_init(&members, 4096);
    pp_json_init(&j, &members);
    pp_json_str(&j, "_owner", r->p->owner);
    ok = pp_pto_json(r->p, "PUT", url, &members, &r->answer);
    pp_buf_release(&members);
    if (!ok || r->answer.status != 201)
        return pp_pto_refused(r->p, "cannot create the campaign", &r->answer);
    if (!pp_quiet)
        pp_say(stderr, "created campaign '%s'", r->p->campaign);
    return PP_UPLOAD_DONE;
}

/*
 * Creates the campaign, unless it exists. If the token does not permit reading, the first upload shows whether it does.
 */
static enum pp_upload need_campaign(struct pp_raw *r)
{
    char url[PP_URL_MAX];

    if (pp_pto_url(url, r->p, "raw", r->p->campaign, NULL) < 0)
        return PP_UPLOAD_FAILED;
    for (unsigned n = 1;; n++) {
        bool came = pp_pto_get(r->p, url, &r->answer);
        r->blind = came && r->answer.status == 403;
        if (came && r->answer.status == 200)
            r->campaign = json_incref(json_object_get(r->answer.json, "metadata"));
        if (came && (r->answer.status == 200 || r->blind))
            break;
        if (came && r->answer.status == 404 && r->p->task == PP_PTO_UPLOAD)
            return make_campaign(r);
        if (came && r->answer.status == 404 && !pp_pto_stopped(r->p))
            return pp_error("campaign '%s' does not exist at '%s'", r->p->campaign, r->p->base), PP_UPLOAD_FAILED;
        if ((came && r->answer.status < 500) || n > r->p->retries || !pp_pto_wait(r->p, n))
            return pp_pto_refused(r->p, "cannot look up the campaign", &r->answer);
    }
    if (!r->blind || r->p->task == PP_PTO_UPLOAD)
        return PP_UPLOAD_DONE;
    return pp_pto_refused(r->p, "the uploaded file cannot be inspected", &r->answer);
}

/* ---- metadata and data ----------------------------------------------------------------------------------------- */

static enum pp_upload not_taken(struct pp_raw *r)
{
    char what[PP_NAME_MAX + 64];

    snprintf(what, sizeof what, "the metadata of '%s' was refused", r->file);
    return pp_pto_refused(r->p, what, &r->answer);
}

/* Puts the final metadata, once the data is complete. */
static enum pp_upload lift(struct pp_raw *r, bool *again)
{
    bool came = pp_pto_json(r->p, "PUT", r->url, r->members, &r->answer);

    *again = !came || r->answer.status >= 500;
    if (came && r->answer.status == 201)
        return PP_UPLOAD_DONE;
    return not_taken(r);
}

/*
 * Puts the metadata again, which makes the observatory check its data. Returns the size in bytes; -1: no data, or no
 * answer.
 */
static int64_t size_now(struct pp_raw *r)
{
    bool came = pp_pto_json_deprecated(r->p, r->url, r->members, UNDER_WAY, &r->answer);

    return came && r->answer.status == 201 ? pp_answer_number(&r->answer, "__data_size") : -1;
}

/* The size, after all data were sent and no good answer came: waits, as the observatory may still be writing. */
static int64_t size_in_time(struct pp_raw *r)
{
    struct pp_patience w = pp_patience_new(0);
    int64_t size = -1;

    while (size != (int64_t)r->package->size && pp_patience_next(&w, r->p)) {
        if (r->blind || (pp_pto_get(r->p, r->url, &r->answer) && r->answer.status == 403))
            size = size_now(r);
        else
            size = r->answer.status == 200 ? pp_answer_number(&r->answer, "__data_size") : -1;
    }
    return size == (int64_t)r->package->size ? size : size_now(r);
}

/* Handles a name with incomplete data, which cannot be used again; its metadata are deprecated already. */
static enum pp_upload damaged(struct pp_raw *r, int64_t size, bool *again)
{
    pp_error("'%s' is damaged: %" PRIi64 " of %" PRIu64 " bytes arrived; it was marked as deprecated", r->file, size,
             r->package->size);
    r->number++;
    *again = true;
    return PP_UPLOAD_FAILED;
}

/* Handles an upload of r->file without a good answer. The name cannot be used again if part of the data is there. */
static enum pp_upload after_doubt(struct pp_raw *r, const char *what, bool slow, bool taken, bool *again)
{
    enum pp_upload result = pp_pto_refused(r->p, what, &r->answer);
    int64_t size;

    if (result == PP_UPLOAD_STOPPED)
        return result;
    size = slow ? size_in_time(r) : size_now(r);
    if (size == (int64_t)r->package->size)
        return lift(r, again);
    if (size < 0 && !taken)
        return result;
    return damaged(r, size < 0 ? 0 : size, again);
}

static enum pp_upload send_data(struct pp_raw *r, const char *link, bool *again)
{
    bool came = pp_pto_data(r->p, link, r->package, &r->answer), sent = r->answer.sent;
    long status = came ? r->answer.status : 0;
    int64_t size = status == 201 ? pp_answer_number(&r->answer, "__data_size") : -1;
    char what[PP_NAME_MAX + 64];

    if (size == (int64_t)r->package->size)
        return lift(r, again);
    snprintf(what, sizeof what, "the observatory did not confirm the data of '%s'", r->file);
    if (status == 201 && size >= 0)
        return damaged(r, size, again);
    *again = !pp_pto_is_permanent(&r->answer);
    if (!*again)
        return pp_pto_refused(r->p, what, &r->answer);
    /* 500: the observatory has stopped reading; 400: there is a file, also if it is empty and has no size. */
    return after_doubt(r, what, sent && status != 500 && status != 400, status == 400, again);
}

/* Makes one attempt. PP_UPLOAD_FAILED is final, unless *AGAIN is set: another attempt may succeed. */
static enum pp_upload attempt(struct pp_raw *r, bool *again)
{
    char link[PP_URL_MAX];
    const char *data;
    bool came = pp_pto_json_deprecated(r->p, r->url, r->members, UNDER_WAY, &r->answer);

    *again = false;
    if (came && r->answer.status == 404 && r->blind) {
        enum pp_upload made = make_campaign(r);
        if (made != PP_UPLOAD_DONE)
            return made;
        came = pp_pto_json_deprecated(r->p, r->url, r->members, UNDER_WAY, &r->answer);
    }
    if (!came || r->answer.status != 201) {
        *again = !came || r->answer.status >= 500;
        return not_taken(r);
    }
    r->ours = r->number;
    data = pp_answer_string(&r->answer, "__data");
    if (!data || strlen(data) >= sizeof link)
        return pp_error("the observatory gave no URL for the data of '%s'", r->file), PP_UPLOAD_FAILED;
    snprintf(link, sizeof link, "%s", data);
    if (pp_pto_is_ours(r->p, link) < 0)
        return PP_UPLOAD_FAILED;
    switch (pp_raw_compare(r)) {
    case PP_THERE_HALF:
        return send_data(r, link, again);
    case PP_THERE_DAMAGED: /* an interrupted upload, which the observatory has only now noticed */
        if (!pp_quiet)
            pp_say(stderr, "the uploaded '%s' is damaged, and is marked as deprecated; another name is used", r->file);
        r->number++;
        *again = true;
        return PP_UPLOAD_FAILED;
    default:
        return lift(r, again);
    }
}

/* ---- what is to be done ---------------------------------------------------------------------------------------- */

static enum pp_upload no_upload(struct pp_raw *r, enum pp_there there)
{
    switch (there) {
    case PP_THERE_OTHER:
        pp_error("'%s' exists there already, with other data", r->file);
        pp_hint("uploaded data cannot be replaced: --name NAME gives another name");
        break;
    case PP_THERE_HIDDEN:
        pp_error("'%s' exists there already, and the token does not allow reading it", r->file);
        pp_hint("--name NAME gives another name; the permission raw_metadata allows reading it");
        break;
    case PP_THERE_MARKED:
        if (pp_answer_string(&r->answer, "_deprecated"))
            pp_error("'%s' exists there already, complete, but deprecated", r->file);
        else
            pp_error("'%s' exists there already, complete, with other metadata: %s", r->file, r->differs);
        pp_hint("--update replaces the metadata");
        break;
    case PP_THERE_FREE:
    case PP_THERE_HALF:
        pp_error("'%s' does not exist there", r->file);
        pp_hint("without --update and --deprecate it is sent");
        break;
    default:
        return pp_pto_refused(r->p, "cannot look up the file", &r->answer);
    }
    return PP_UPLOAD_FAILED;
}

static enum pp_upload change(struct pp_raw *r, enum pp_there there, bool *again)
{
    *again = there == PP_THERE_UNKNOWN;
    if (there != PP_THERE_SAME && there != PP_THERE_MARKED && there != PP_THERE_UNLIFTED)
        return no_upload(r, there);
    if (r->p->task == PP_PTO_DEPRECATE)
        return pp_pto_deprecate(r->p, r->url);
    return there == PP_THERE_SAME ? PP_UPLOAD_DUPLICATE : lift(r, again);
}

/* Acts on the state THERE. N: attempts made before. */
static enum pp_upload act(struct pp_raw *r, enum pp_there there, unsigned n, bool *again)
{
    enum pp_upload result;

    if (r->p->task != PP_PTO_UPLOAD)
        return change(r, there, again);
    *again = false;
    switch (there) {
    case PP_THERE_SAME: /* after an attempt: its answer was lost */
        return n == 0 ? PP_UPLOAD_DUPLICATE : PP_UPLOAD_DONE;
    case PP_THERE_FREE:
        return attempt(r, again);
    case PP_THERE_HALF:
    case PP_THERE_UNLIFTED:
        result = there == PP_THERE_HALF ? attempt(r, again) : lift(r, again);
        return result == PP_UPLOAD_DONE && n == 0 ? PP_UPLOAD_COMPLETED : result;
    case PP_THERE_UNKNOWN:
        *again = true;
        /* fall through */
    default:
        return no_upload(r, there);
    }
}

static enum pp_upload upload(struct pp_raw *r)
{
    enum pp_upload result = PP_UPLOAD_FAILED;
    bool again = true;

    for (unsigned n = 0; n <= r->p->retries && again; n++) {
        if (n > 0 && !pp_pto_wait(r->p, n))
            return PP_UPLOAD_STOPPED;
        result = act(r, pp_raw_find(r), n, &again);
        if (result != PP_UPLOAD_FAILED)
            return result;
    }
    return result;
}

/* Writes the link in the form of the observatory, in which its tools search for sources. */
static void give_link(const struct pp_raw *r, char link[PP_URL_MAX])
{
    const char *data = pp_answer_string(&r->answer, "__data");
    size_t len = data ? strlen(data) : 0;

    if (len > 5 && len < PP_URL_MAX && strcmp(data + len - 5, "/data") == 0)
        snprintf(link, PP_URL_MAX, "%.*s", (int)(len - 5), data);
    else
        snprintf(link, PP_URL_MAX, "%s", r->url);
}

enum pp_upload pp_pto_raw(const struct pp_pto *p, const char *name, const struct pp_buf *members,
                          const struct pp_package *package, char link[PP_URL_MAX])
{
    struct pp_raw *r = calloc(1, sizeof *r);
    enum pp_upload result;

    if (!r)
        return pp_error("out of memory"), PP_UPLOAD_FAILED;
    *r = (struct pp_raw){.p = p, .name = name, .members = members, .package = package, .number = 1};
    result = need_campaign(r);
    if (result == PP_UPLOAD_DONE)
        result = upload(r);
    give_link(r, link);
    json_decref(r->campaign);
    pp_answer_release(&r->answer);
    free(r);
    return result;
}
