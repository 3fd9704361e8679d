/* SPDX-License-Identifier: BSD-2-Clause */
/* s3.c: uploads an object by HEAD, PUT, HEAD. */
#include "s3.h"

#include "../base/error.h"

#include <inttypes.h>

/* Writes the URL: escapes the key but its slashes; the bucket is part of the path, which all servers support. */
static int make_url(char url[PP_URL_MAX], const struct pp_s3 *s, const char *bucket, const char *key)
{
    size_t n = (size_t)snprintf(url, PP_URL_MAX, "%s/%s", s->endpoint, bucket);

    while (n < PP_URL_MAX && *key) {
        size_t len = strcspn(key, "/");
        char *escaped = len ? curl_easy_escape(s->x->curl, key, (int)len) : NULL;
        if (len == 0)
            return pp_error("the key has an empty part between slashes");
        n += (size_t)snprintf(url + n, PP_URL_MAX - n, "/%s", escaped ? escaped : "");
        curl_free(escaped);
        key += len + (key[len] == '/');
    }
    return n < PP_URL_MAX ? 0 : pp_error("the URL below '%s' would be too long", s->endpoint);
}

/*
 * libcurl 7.88 would sign the checksum of a body that it does not have; servers accept this value instead (over TLS).
 */
static struct curl_slist *headers(const struct pp_s3 *s, const struct pp_package *package)
{
    struct curl_slist *list = curl_slist_append(NULL, "x-amz-content-sha256: UNSIGNED-PAYLOAD"), *more;
    char text[4200];

    if (list && s->session) {
        snprintf(text, sizeof text, "x-amz-security-token: %s", s->session);
        more = curl_slist_append(list, text);
        list = more ? more : list;
    }
    if (list && package) {
        snprintf(text, sizeof text, "x-amz-meta-sha256: %s", package->sha256);
        more = curl_slist_append(list, text);
        list = more ? more : list;
    }
    return list;
}

static bool ask(const struct pp_s3 *s, const char *method, const char *url, const struct pp_package *package,
                struct pp_answer *a)
{
    struct curl_slist *list = headers(s, package);
    struct pp_request q = {.method = method, .url = url, .headers = list};
    bool came;

    if (package) {
        q.content_type = package->content_type;
        q.package = package;
    }
    came = pp_exchange(s->x, &q, a);
    curl_slist_free_all(list);
    return came;
}

static enum pp_upload refused(const struct pp_s3 *s, const char *url, const struct pp_answer *a)
{
    char text[256];

    if (s->x->stop && *s->x->stop)
        return PP_UPLOAD_STOPPED;
    pp_error("'%s': %s", url, pp_answer_text(a, text, sizeof text));
    if (a->status == 403)
        pp_hint("check the keys, --region, the clock, and the key's permission to write there");
    return PP_UPLOAD_FAILED;
}

/* An object of the same size under the same key counts as the same, and is not sent again. */
static enum pp_upload put(const struct pp_s3 *s, const char *url, const struct pp_package *package,
                          struct pp_answer *a)
{
    const struct pp_pto pause = {.x = s->x, .retry_wait = s->retry_wait};
    enum pp_upload result = PP_UPLOAD_FAILED;

    for (unsigned n = 0; n <= s->retries; n++) {
        bool came;
        if (n > 0 && !pp_pto_wait(&pause, n))
            return PP_UPLOAD_STOPPED;
        came = ask(s, "HEAD", url, NULL, a);
        if (came && a->status == 200 && a->length == package->size)
            return n ? PP_UPLOAD_DONE : PP_UPLOAD_DUPLICATE;
        if (came && a->status == 200 && n == 0) {
            pp_error("'%s' exists there already, with %" PRIu64 " bytes instead of %" PRIu64, url, a->length,
                     package->size);
            pp_hint("use another KEY to keep both");
            return PP_UPLOAD_FAILED;
        }
        came = came && a->status < 500 && ask(s, "PUT", url, package, a);
        if (came && a->status == 200 && ask(s, "HEAD", url, NULL, a) && a->status == 200 &&
            a->length == package->size)
            return PP_UPLOAD_DONE;
        result = refused(s, url, a);
        if (result == PP_UPLOAD_STOPPED || (came && a->status >= 300 && a->status < 500))
            return result;
    }
    return result;
}

enum pp_upload pp_s3_put(const struct pp_s3 *s, const char *bucket, const char *key,
                         const struct pp_package *package, char url[PP_URL_MAX])
{
    struct pp_answer a = {.status = 0};
    enum pp_upload result;

    if (make_url(url, s, bucket, key) < 0)
        return PP_UPLOAD_FAILED;
    result = put(s, url, package, &a);
    pp_answer_release(&a);
    return result;
}
