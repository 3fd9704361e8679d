/* SPDX-License-Identifier: BSD-2-Clause */
/* pto.c: what all requests to an observatory have in common. */
#include "pto.h"

#include "../base/error.h"

int pp_pto_url(char url[PP_URL_MAX], const struct pp_pto *p, const char *a, const char *b, const char *c)
{
    const char *part[] = {a, b, c};
    size_t n = (size_t)snprintf(url, PP_URL_MAX, "%s", p->base);

    for (size_t i = 0; i < 3 && part[i]; i++) {
        char *escaped = curl_easy_escape(p->x->curl, part[i], 0);
        int more = n < PP_URL_MAX && escaped ? snprintf(url + n, PP_URL_MAX - n, "/%s", escaped) : PP_URL_MAX;
        curl_free(escaped);
        n += (size_t)more;
    }
    return n < PP_URL_MAX ? 0 : pp_error("the URL below '%s' would be too long", p->base);
}

bool pp_pto_stopped(const struct pp_pto *p)
{
    return p->x->stop && *p->x->stop;
}

bool pp_pto_get(const struct pp_pto *p, const char *url, struct pp_answer *a)
{
    return pp_exchange(p->x, &(struct pp_request){.method = "GET", .url = url}, a);
}

/* The type exactly as it is: with a charset behind it the answer is 415. */
bool pp_pto_json(const struct pp_pto *p, const char *method, const char *url, const struct pp_buf *members,
                 struct pp_answer *a)
{
    struct pp_buf body;
    bool ok;

    pp_buf_init(&body, members->len + 2);
    pp_buf_addc(&body, '{');
    pp_buf_add(&body, members->data, members->len);
    pp_buf_addc(&body, '}');
    if (body.failed) {
        pp_answer_release(a);
        snprintf(a->error, sizeof a->error, "out of memory");
        return false;
    }
    ok = pp_exchange(p->x,
                     &(struct pp_request){.method = method,
                                          .url = url,
                                          .content_type = "application/json",
                                          .body = body.data,
                                          .body_len = body.len},
                     a);
    pp_buf_release(&body);
    return ok;
}

bool pp_pto_data(const struct pp_pto *p, const char *link, const struct pp_package *package, struct pp_answer *a)
{
    return pp_exchange(
        p->x,
        &(struct pp_request){.method = "PUT", .url = link, .content_type = package->content_type, .package = package},
        a);
}

int pp_pto_is_ours(const struct pp_pto *p, const char *link)
{
    static const CURLUPart parts[] = {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT};
    CURLU *ours = curl_url(), *theirs = curl_url();
    bool same = ours && theirs && curl_url_set(ours, CURLUPART_URL, p->base, 0) == CURLUE_OK &&
                curl_url_set(theirs, CURLUPART_URL, link, 0) == CURLUE_OK;

    for (size_t i = 0; i < sizeof parts / sizeof *parts && same; i++) {
        char *x = NULL, *y = NULL;
        same = curl_url_get(ours, parts[i], &x, CURLU_DEFAULT_PORT) == CURLUE_OK &&
               curl_url_get(theirs, parts[i], &y, CURLU_DEFAULT_PORT) == CURLUE_OK && strcasecmp(x, y) == 0;
        curl_free(x);
        curl_free(y);
    }
    curl_url_cleanup(ours);
    curl_url_cleanup(theirs);
    if (same)
        return 0;
    pp_error("the observatory wants data at '%.200s', which is not below '%s': the token does not go there", link,
             p->base);
    return pp_hint("if that is the same observatory, give its address with --to");
}

enum pp_upload pp_pto_refused(const struct pp_pto *p, const char *what, const struct pp_answer *a)
{
    char text[256];

    if (pp_pto_stopped(p))
        return PP_UPLOAD_STOPPED;
    pp_error("%s: %s", what, pp_answer_text(a, text, sizeof text));
    if (a->status == 403)
        pp_hint("the token is unknown there, or may not do this");
    else if (a->status == 404)
        pp_hint("is '%s' an observatory's address?", p->base);
    else if (a->status >= 300 && a->status < 400)
        pp_hint("it points elsewhere; --to takes the final address");
    else if (a->status == 400 || a->status == 415)
        pp_hint("the observatory has to know the file type with this Content-Type");
    return PP_UPLOAD_FAILED;
}

bool pp_pto_wait(const struct pp_pto *p, unsigned n)
{
    int64_t left = p->retry_wait << (n < 8 ? n - 1 : 7);

    while (left > 0 && !pp_pto_stopped(p)) {
        int64_t piece = left < 100000000 ? left : 100000000;
        nanosleep(&(struct timespec){.tv_nsec = (long)piece}, NULL);
        left -= piece;
    }
    return !pp_pto_stopped(p);
}
