/* SPDX-License-Identifier: BSD-2-Clause */
/* pto.c: the common part of all requests to an observatory. */
#include "pto.h"

#include "../base/error.h"
#include "../base/json.h"
#include "../base/utf8.h"
#include "../base/when.h"

#include <strings.h>

#define POLL_MIN_NS 200000000
#define POLL_MAX_NS 30000000000

static bool ends_in(const char *name, const char *end)
{
    size_t len = strlen(name), n = strlen(end);

    return len >= n && strcmp(name + len - n, end) == 0;
}

int pp_pto_name_check(const char *what, const char *name, bool file)
{
    const char *never = file ? "/%?#" : "/%?#*[\\"; /* a campaign's name becomes part of a pattern there */
    size_t len = strlen(name);

    for (size_t i = 0; i < len;) {
        unsigned n = pp_utf8_len(name + i, len - i);
        if (!n || (uint8_t)name[i] < ' ' || name[i] == 0x7f)
            return pp_error("%s: '%s' contains a control character, or is not UTF-8", what, name);
        if (strchr(never, name[i])) {
            pp_error("%s: '%s' contains '%c', which names at an observatory must not", what, name, name[i]);
            return pp_hint(file ? "--name NAME gives another" : "letters, digits, '-', '_' and '.' are allowed");
        }
        i += n;
    }
    if (len == 0 || len >= PP_NAME_MAX || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return pp_error("%s: '%s' is not a valid name: 1 to %d bytes, not '.' or '..'", what, name, PP_NAME_MAX - 1);
    if (strncmp(name, "__pto_", 6) == 0 || ends_in(name, ".pto_file_metadata.json") ||
        ends_in(name, ".pto_file_delete_me"))
        return pp_error("%s: '%s' is a name that observatories reserve", what, name);
    return 0;
}

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

/* The content type must be exact: with a charset the answer is 415. */
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
    pp_error("the observatory names '%.200s' for the data, which is not below '%s': the token is not sent there", link,
             p->base);
    return pp_hint("if that is the same observatory, give its address with --to");
}

/* ---- metadata -------------------------------------------------------------------------------------------------- */

static void add_now(struct pp_buf *out)
{
    char text[PP_RFC3339_LEN] = "";

    pp_when_rfc3339(time(NULL), text);
    pp_buf_addf(out, "\"_deprecated\":\"%s\"", text);
}

bool pp_pto_json_deprecated(const struct pp_pto *p, const char *url, const struct pp_buf *members, const char *mark,
                            struct pp_answer *a)
{
    struct pp_buf more;
    bool came;

    pp_buf_init(&more, members->len + 256);
    pp_buf_add(&more, members->data, members->len);
    pp_buf_addc(&more, ',');
    add_now(&more);
    if (mark)
        pp_buf_addf(&more, ",%s", mark);
    came = pp_pto_json(p, "PUT", url, &more, a);
    pp_buf_release(&more);
    return came;
}

static bool is_inherited(const json_t *inherited, const char *key, const json_t *value)
{
    const json_t *v = json_object_get(inherited, key);

    return v && json_equal(v, value);
}

enum pp_upload pp_pto_deprecate(const struct pp_pto *p, const char *link)
{
    enum pp_upload result = PP_UPLOAD_FAILED;
    struct pp_answer a = {.status = 0};
    struct pp_buf members;
    const char *key;
    json_t *value;
    void *next;
    char *text;
    size_t len;

    if (pp_pto_is_ours(p, link) < 0)
        return PP_UPLOAD_FAILED;
    if (!pp_pto_get(p, link, &a) || a.status != 200 || !json_is_object(a.json)) {
        result = pp_pto_refused(p, "cannot read the metadata", &a);
        pp_answer_release(&a);
        return result;
    }
    if (pp_answer_string(&a, "_deprecated") && !pp_answer_string(&a, "upload")) {
        pp_answer_release(&a);
        return PP_UPLOAD_DUPLICATE;
    }
    json_object_foreach_safe(a.json, next, key, value) {
        if (strncmp(key, "__", 2) == 0 || strcmp(key, "_deprecated") == 0 || strcmp(key, "upload") == 0)
            json_object_del(a.json, key);
    }
    text = json_dumps(a.json, JSON_COMPACT);
    len = text ? strlen(text) : 0;
    pp_buf_init(&members, PP_ANSWER_MAX);
    pp_buf_add(&members, text ? text + 1 : "", len > 2 ? len - 2 : 0);
    free(text);
    if (members.failed || members.len == 0)
        pp_error("'%s' has no metadata to keep", link);
    else if (pp_pto_json_deprecated(p, link, &members, NULL, &a) && a.status == 201)
        result = PP_UPLOAD_DONE;
    else
        result = pp_pto_refused(p, "the metadata was refused", &a);
    pp_buf_release(&members);
    pp_answer_release(&a);
    return result;
}

/* True if two arrays have the same elements in any order. */
static bool same_value(const json_t *a, const json_t *b)
{
    size_t i, k;
    json_t *x, *y;

    if (!json_is_array(a) || !json_is_array(b))
        return json_equal(a, b);
    if (json_array_size(a) != json_array_size(b))
        return false;
    json_array_foreach((json_t *)a, i, x) {
        bool found = false;
        json_array_foreach((json_t *)b, k, y) {
            found |= json_equal(x, y);
        }
        if (!found)
            return false;
    }
    return true;
}

static void add_name(char *names, size_t room, const char *name)
{
    size_t n = strlen(names);

    snprintf(names + n, room - n, "%s%s", n ? " " : "", name);
}

/* `data_size` is not compared: it depends on the version of bzip2. */
bool pp_pto_differs(const struct pp_answer *a, const struct pp_buf *members, const json_t *inherited, char *names,
                    size_t room)
{
    struct pp_buf text;
    json_t *ours = NULL, *value;
    const char *key;

    *names = '\0';
    pp_buf_init(&text, members->len + 2);
    pp_buf_addc(&text, '{');
    pp_buf_add(&text, members->data, members->len);
    pp_buf_addc(&text, '}');
    if (!text.failed)
        ours = json_loadb(text.data, text.len, JSON_ALLOW_NUL, NULL);
    pp_buf_release(&text);
    json_object_foreach(ours, key, value) {
        if (strcmp(key, "data_size") != 0 && !same_value(json_object_get(a->json, key), value))
            add_name(names, room, key);
    }
    json_object_foreach(a->json, key, value) {
        if (strncmp(key, "__", 2) != 0 && !json_object_get(ours, key) && !is_inherited(inherited, key, value))
            add_name(names, room, key);
    }
    json_decref(ours);
    return *names || !ours;
}

/* ---- refusals -------------------------------------------------------------------------------------------------- */

/* Texts for refusals; the first row that fits is used. */
static const struct {
    long status;
    const char *says; /* a text in the answer; NULL: any */
    const char *hint;
} ways_out[] = {
    {400, "Content-Type", "its operator has to map the file type " PP_PTO_FILE_TYPE " to application/bzip2 there"},
    {400, "already", "data was stored under that name in the meantime: run the upload again, it compares the two"},
    {400, "uthorization", "it expects another form of token: check that it is an observatory of version 3"},
    {400, "missing key _owner", "--owner WHO gives the owner"},
    {400, NULL, "it refuses this metadata, which comes from FILE.meta.json, --add, --owner and --vantage"},
    {401, NULL,
     "a server in front of the observatory requires authentication, for which the observatory's token is not valid"},
    {403, "raw_metadata", "the token may not read metadata: its operator grants raw_metadata to tokens"},
    {403, "read_obs", "the token may not read observation sets: its operator grants read_obs to tokens"},
    {403, "write_raw", "the token is unknown there, or may not write to this campaign: its operator grants tokens "
                       "write_raw for each"},
    {403, "write_obs", "the token is unknown there, or may not make observation sets: its operator grants write_obs"},
    {403, NULL, "the token is unknown there, or does not permit this"},
    {413, NULL, "a server in front of the observatory limits the size of requests: its operator sets the limit"},
    {415, NULL, "it takes application/json for metadata and application/vnd.mami.ndjson for sets: a proxy changes the "
                "Content-Type"},
    {500, "filetype", "its operator has to add the file type " PP_PTO_FILE_TYPE ", as application/bzip2, to its "
                      "configuration"},
    {500, NULL, "the reason is in the observatory's own log: its operator can read it there"},
    {502, NULL, "a server in front of the observatory cannot reach it: try again later"},
    {503, NULL, "a server in front of the observatory cannot reach it: try again later"},
    {504, NULL, "a server in front of the observatory does not wait long enough for it: its operator sets the time"},
};

static bool says(const struct pp_answer *a, const char *text)
{
    return a->body.len && memmem(a->body.data, a->body.len, text, strlen(text));
}

bool pp_pto_is_permanent(const struct pp_answer *a)
{
    if (a->status == 500)
        return says(a, "filetype");
    return a->status >= 300 && a->status < 500 && !(a->status == 400 && says(a, "already"));
}

enum pp_upload pp_pto_refused(const struct pp_pto *p, const char *what, const struct pp_answer *a)
{
    char text[256];

    if (pp_pto_stopped(p))
        return PP_UPLOAD_STOPPED;
    pp_error("%s: %s", what, pp_answer_text(a, text, sizeof text));
    if (a->status >= 300 && a->status < 400)
        pp_hint("it redirects; give the final URL to --to");
    if (a->status == 404)
        pp_hint("check that '%s' is the URL of an observatory", p->base);
    for (size_t i = 0; i < sizeof ways_out / sizeof *ways_out; i++) {
        if (ways_out[i].status == a->status && (!ways_out[i].says || says(a, ways_out[i].says))) {
            pp_hint("%s", ways_out[i].hint);
            break;
        }
    }
    return PP_UPLOAD_FAILED;
}

/* ---- time ------------------------------------------------------------------------------------------------------ */

static bool nap(const struct pp_pto *p, int64_t left)
{
    while (left > 0 && !pp_pto_stopped(p)) {
        int64_t piece = left < 100000000 ? left : 100000000;
        nanosleep(&(struct timespec){.tv_nsec = (long)piece}, NULL);
        left -= piece;
    }
    return !pp_pto_stopped(p);
}

bool pp_pto_wait(const struct pp_pto *p, unsigned n)
{
    return nap(p, p->retry_wait << (n < 8 ? n - 1 : 7));
}

struct pp_patience pp_patience_new(int64_t at_least)
{
    return (struct pp_patience){.until = pp_clock(CLOCK_MONOTONIC) + at_least};
}

bool pp_patience_next(struct pp_patience *w, const struct pp_pto *p)
{
    int64_t wait = p->retry_wait << (w->n < 8 ? w->n : 7);

    if (w->n++ >= p->retries && pp_clock(CLOCK_MONOTONIC) >= w->until)
        return false;
    return nap(p, wait < POLL_MIN_NS ? POLL_MIN_NS : wait > POLL_MAX_NS ? POLL_MAX_NS : wait);
}
