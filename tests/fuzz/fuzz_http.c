/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_http.c: any bytes as a server's answer in HTTP. The first byte chooses the request, whether the server has
 * agreed to HTTP/2 before, and the size of the pieces in which the bytes arrive.
 */
#include "../../core/talk/http.h"

#include "../../core/base/error.h"

#include <curl/curl.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ASKS_2 = 1, AGREED = 2, TLS = 4, CLOSES = 8 };

struct fuzz {
    unsigned how; /* ASKS_2 and so on: bits of the input's first byte */
    unsigned answered, done;
    unsigned sum; /* of all bytes of the result, which must be readable */
};

static int on_write(void *arg, const uint8_t *bytes, size_t len)
{
    struct fuzz *f = arg;

    if (f->done)
        BUG("written behind the end");
    for (size_t i = 0; i < len; i++)
        f->sum += bytes[i];
    return 0;
}

static void on_answered(void *arg, int status, enum pp_http_version version)
{
    struct fuzz *f = arg;

    if (f->answered++ || f->done || status < 100 || status > 599 || status == 101)
        BUG("status %d out of place", status);
    if (version != PP_HTTP_1 && (version != PP_HTTP_2 || !(f->how & ASKS_2)))
        BUG("version %d was not asked for", version);
    if (f->how & TLS)
        BUG("an answer within TLS, of whom there is no secret with");
}

static void on_done(void *arg, const struct pp_http_result *r)
{
    struct fuzz *f = arg;

    if (f->done++ || (r->body_bytes && !f->answered))
        BUG("an end out of place");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char agreed[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n";
    static const struct pp_http_ops ops = {on_write, on_answered, on_done};
    static struct pp_http_pool *pool;
    struct fuzz f = {.how = size ? data[0] : 0};
    struct pp_http_ask ask = {.host = "www.example.org", .tls = f.how & TLS};
    size_t piece = f.how >> 4 ? (size_t)1 << (f.how >> 4) : SIZE_MAX / 2, took = 0;
    struct pp_http *h;
    bool gone = false;

    if (!pool && (curl_global_init(CURL_GLOBAL_DEFAULT) || !(pool = pp_http_pool_new("fuzz"))))
        BUG("no pool");
    ask.version = f.how & ASKS_2 ? PP_HTTP_2 : PP_HTTP_1;
    h = pp_http_start(pool, &ask, &ops, &f);
    if (!h)
        BUG("a transfer does not start");
    if (f.how & AGREED && !ask.tls)
        took = pp_http_feed(h, (const uint8_t *)agreed, sizeof agreed - 1, &gone);
    for (size_t at = 1; at < size && !gone; at += piece)
        took += pp_http_feed(h, data + at, size - at < piece ? size - at : piece, &gone);
    if (!gone && took > PP_HTTP_TLS_MAX + PP_HTTP_HEAD_MAX + 2 * PP_HTTP_BODY_MAX)
        BUG("%zu bytes, and no end", took);
    if (gone != (f.done == 1))
        BUG("an end that is none");
    if (!gone && f.how & CLOSES)
        pp_http_eof(h);
    else if (!gone)
        pp_http_cancel(h);
    return 0;
}
