/* SPDX-License-Identifier: BSD-2-Clause */
/* exchange.c: one HTTP request and its answer. */
#include "exchange.h"

#include "../base/addr.h"
#include "../base/error.h"
#include "../base/bar.h"

#include "config.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_S 30
#define TRUSTED_MAX (16u << 20)

/* The state of one transfer, for libcurl's callbacks. */
struct transfer {
    const struct pp_exchange *x;
    const struct pp_request *q;
    struct pp_answer *a;
    uint64_t at; /* bytes of the body sent so far */
    struct pp_bar *bar;
};

int pp_exchange_open(struct pp_exchange *x)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return pp_error("libcurl cannot be initialised");
    x->curl = curl_easy_init();
    return x->curl ? 0 : pp_error("out of memory");
}

void pp_exchange_close(struct pp_exchange *x)
{
    curl_easy_cleanup(x->curl);
    x->curl = NULL;
    curl_global_cleanup();
}

void pp_exchange_forget(struct pp_exchange *x)
{
    explicit_bzero(x->authorization, sizeof x->authorization);
    pp_buf_release(&x->trusted);
}

int pp_exchange_trust(struct pp_exchange *x, const char *ca_file)
{
    FILE *f = fopen(ca_file, "re");
    int result = 0;

    pp_buf_init(&x->trusted, TRUSTED_MAX);
    if (!f || !pp_buf_read(&x->trusted, f))
        result = pp_error_errno("cannot read '%s'", ca_file);
    else if (x->trusted.len == 0 || x->trusted.failed)
        result = pp_error("'%s' holds no certificates, or more than %u MiB", ca_file, TRUSTED_MAX >> 20);
    if (f)
        fclose(f);
    return result;
}

/* ---- permission ------------------------------------------------------------------------------------------------ */

/* True for localhost (RFC 6761 section 6.3), 127.0.0.0/8 and ::1. */
static bool is_this_host(const char *host)
{
    struct pp_addr a;
    size_t len = strlen(host);

    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (len > 2 && *host == '[')
        host++, len -= 2;
    return pp_addr_parse(&a, host, len) == 0 && pp_addr_is_loopback(&a);
}

int pp_exchange_check(const struct pp_exchange *x, const char *url)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL, *user = NULL;
    int result = -1;

    if (!u || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK) {
        pp_error("'%s' is not a usable URL", url);
        pp_hint("use https://HOST/");
    } else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK) {
        pp_error("leave the user name out of the URL: other users can see the command line");
    } else if (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && (x->allow_http || is_this_host(host)))) {
        result = 0;
    } else if (strcmp(scheme, "http") == 0) {
        pp_error("'%s' is not https: token and data could be read in transit", url);
        pp_hint("--allow-http sends them nevertheless");
    } else {
        pp_error("'%s': unsupported protocol %s", url, scheme);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_url_cleanup(u);
    return result;
}

/* ---- callbacks ------------------------------------------------------------------------------------------------- */

static size_t give(char *to, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    size_t room = size * n;
    ssize_t got;

    if (!t->q->package) {
        got = (ssize_t)(t->q->body_len - t->at < room ? t->q->body_len - t->at : room);
        memcpy(to, t->q->body + t->at, (size_t)got);
    } else {
        got = pread(t->q->package->fd, to, room, (off_t)t->at);
        if (got < 0)
            return CURL_READFUNC_ABORT;
    }
    t->at += (uint64_t)got;
    return (size_t)got;
}

/* Callback: libcurl sends the body again from OFFSET, for example after status 417. */
static int rewind_to(void *arg, curl_off_t offset, int origin)
{
    struct transfer *t = arg;

    if (origin != SEEK_SET)
        return CURL_SEEKFUNC_FAIL;
    t->at = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

static size_t take(char *from, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;

    pp_buf_add(&t->a->body, from, size * n);
    return t->a->body.failed ? 0 : size * n;
}

static int show(void *arg, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
    struct transfer *t = arg;

    (void)down_total, (void)down;
    if (t->bar)
        pp_bar_show(t->bar, (uint64_t)up, (uint64_t)up_total);
    return t->x->stop && *t->x->stop;
}

/* ---- the exchange ---------------------------------------------------------------------------------------------- */

static void set_security(const struct pp_exchange *x)
{
    struct curl_blob trusted = {.data = x->trusted.data, .len = x->trusted.len, .flags = CURL_BLOB_COPY};

    curl_easy_setopt(x->curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(x->curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(x->curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(x->curl, CURLOPT_FOLLOWLOCATION, 0L);
    if (x->trusted.len > 0)
        curl_easy_setopt(x->curl, CURLOPT_CAINFO_BLOB, &trusted);
    if (x->sigv4) {
        curl_easy_setopt(x->curl, CURLOPT_AWS_SIGV4, x->sigv4);
        curl_easy_setopt(x->curl, CURLOPT_USERPWD, x->userpwd);
    }
}

static void set_transfer(const struct pp_exchange *x, struct transfer *t)
{
    CURL *c = x->curl;

    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "pathprobe/" PP_VERSION);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)((x->timeout + 999999999) / 1000000000));
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->a->error);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, show);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
}

static void set_request(const struct pp_exchange *x, struct transfer *t)
{
    const struct pp_request *q = t->q;
    CURL *c = x->curl;

    curl_easy_setopt(c, CURLOPT_URL, q->url);
    if (strcmp(q->method, "HEAD") == 0)
        curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
    if (q->content_type) {
        curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
        /* on a reused connection libcurl may repeat the request by itself */
        curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
        curl_easy_setopt(c, CURLOPT_READDATA, t);
        curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, rewind_to);
        curl_easy_setopt(c, CURLOPT_SEEKDATA, t);
        /* A new connection: libcurl repeats a request if a reused connection closes. */
        curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, q->package ? 1L : 0L);
        curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)(q->package ? q->package->size : q->body_len));
    }
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
}

/* Makes the headers of a request; q->headers are appended and stay the caller's. NULL and *FAILED: no memory. */
static struct curl_slist *headers(const struct pp_exchange *x, const struct pp_request *q, bool *failed)
{
    struct curl_slist *list = NULL, *more;
    char type[128];

    *failed = false;
    if (q->content_type) {
        snprintf(type, sizeof type, "Content-Type: %s", q->content_type);
        more = curl_slist_append(list, type);
        *failed |= !more;
        list = more ? more : list;
    }
    if (*x->authorization) {
        more = curl_slist_append(list, x->authorization);
        *failed |= !more;
        list = more ? more : list;
    }
    for (const struct curl_slist *h = q->headers; h; h = h->next) {
        more = curl_slist_append(list, h->data);
        *failed |= !more;
        list = more ? more : list;
    }
    return list;
}

bool pp_exchange(struct pp_exchange *x, const struct pp_request *q, struct pp_answer *a)
{
    struct transfer t = {.x = x, .q = q, .a = a};
    struct curl_slist *list;
    curl_off_t length = -1, sent = 0;
    bool no_memory;
    CURLcode r;

    pp_answer_release(a);
    pp_buf_init(&a->body, PP_ANSWER_MAX);
    curl_easy_reset(x->curl);
    set_security(x);
    set_transfer(x, &t);
    set_request(x, &t);
    list = headers(x, q, &no_memory);
    curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, list);
    if (x->bar && q->package)
        t.bar = pp_bar_new(x->bar, true);
    r = no_memory ? CURLE_OUT_OF_MEMORY : curl_easy_perform(x->curl);
    pp_bar_free(t.bar);
    curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &a->status);
    curl_easy_getinfo(x->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    curl_easy_getinfo(x->curl, CURLINFO_SIZE_UPLOAD_T, &sent);
    a->sent = sent >= (curl_off_t)(q->package ? q->package->size : q->body_len);
    a->length = length > 0 ? (uint64_t)length : 0;
    curl_slist_free_all(list);
    /* An answer before the whole body was sent counts: the server may close the connection after it (415, 403). */
    if (r != CURLE_OK && (r != CURLE_SEND_ERROR || a->status < 300)) {
        a->status = 0;
        if (!*a->error)
            snprintf(a->error, sizeof a->error, "%s", curl_easy_strerror(r));
        return false;
    }
    a->json = a->body.len ? json_loadb(a->body.data, a->body.len, JSON_ALLOW_NUL, NULL) : NULL;
    return true;
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

void pp_answer_release(struct pp_answer *a)
{
    pp_buf_release(&a->body);
    json_decref(a->json);
    *a = (struct pp_answer){.status = 0};
}

const char *pp_answer_text(const struct pp_answer *a, char *text, size_t room)
{
    size_t n = 0;

    if (a->status == 0) {
        snprintf(text, room, "%s", a->error);
        return text;
    }
    n = (size_t)snprintf(text, room, "status %ld%s", a->status, a->body.len ? ": " : "");
    for (size_t i = 0; i < a->body.len && n + 1 < room && n < 200; i++) {
        char c = a->body.data[i];
        if (c == '\n')
            break;
        text[n++] = c >= ' ' && c < 0x7f ? c : '?';
    }
    text[n < room ? n : room - 1] = '\0';
    return text;
}

const char *pp_answer_string(const struct pp_answer *a, const char *key)
{
    return json_string_value(json_object_get(a->json, key));
}

int64_t pp_answer_number(const struct pp_answer *a, const char *key)
{
    const json_t *v = json_object_get(a->json, key);
    const char *text = json_string_value(v);
    char *end;
    long long n;

    if (json_is_integer(v))
        return json_integer_value(v);
    if (!text || *text < '0' || *text > '9')
        return -1;
    errno = 0;
    n = strtoll(text, &end, 10);
    return *end || errno ? -1 : n;
}

/* ---- secrets --------------------------------------------------------------------------------------------------- */

static int read_file(char *secret, size_t room, const char *path)
{
    struct stat st;
    FILE *f = fopen(path, "re");
    size_t n;

    if (!f || fstat(fileno(f), &st) < 0) {
        pp_error_errno("cannot read token file '%s'", path);
        if (f)
            fclose(f);
        return -1;
    }
    if (S_ISREG(st.st_mode) && st.st_mode & (S_IRWXG | S_IRWXO))
        pp_warn("token file '%s' is readable by other users: chmod 600", path);
    n = fread(secret, 1, room - 1, f);
    secret[n] = '\0';
    fclose(f);
    return 0;
}

int pp_secret_read(char *secret, size_t room, const char *file, const char *variable)
{
    const char *value = getenv(variable);
    size_t len;

    if (file && read_file(secret, room, file) < 0)
        return -1;
    if (!file)
        snprintf(secret, room, "%s", value ? value : "");
    len = strlen(secret);
    while (len && strchr(" \t\r\n", secret[len - 1]))
        secret[--len] = '\0';
    if (len == 0) {
        pp_error(file ? "token file '%s' is empty" : "no token", file);
        return pp_hint("--token-file FILE or %s in the environment; never the command line, which others can see",
                       variable);
    }
    for (size_t i = 0; i < len; i++) {
        if ((uint8_t)secret[i] <= ' ' || (uint8_t)secret[i] >= 0x7f)
            return pp_error("the token contains a space or control character");
    }
    return 0;
}
