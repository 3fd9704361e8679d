/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_http.c: after any answer of a server, the next transfer ends as if it were the first; and the memory of a
 * transfer.
 */
#include "../../core/talk/http.h"

#include <curl/curl.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Unfinished answers are cancelled. A line beginning with a blank continues the field before (RFC 9112 section 5.2). */
static const char *const answers[] = {
    "HTTP/1.1 200 OK\r\nServer: test\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\n folded: onto nothing\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\n\tfolded\r\n folded\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n also: here\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: 1\r\n 22222222222222222222\r\n\t3333333333333333333333\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nServer: cancelled in the head\r\n",
    "HTTP/1.1 200 OK\r\n : \r\n:\r\n \r\n",
    "HTTP/1.1 20",
    "no HTTP\r\n at all",
};

struct end {
    bool done;
    int status;
    enum pp_http_version version;
    struct pp_http_result r;
};

static int on_write(void *arg, const uint8_t *bytes, size_t len)
{
    (void)arg, (void)bytes, (void)len;
    return 0;
}

static void on_answered(void *arg, int status, enum pp_http_version version)
{
    ((struct end *)arg)->status = status;
    ((struct end *)arg)->version = version;
}

static void on_done(void *arg, const struct pp_http_result *r)
{
    struct end *e = arg;

    e->done = true;
    e->r = *r;
}

static struct end transfer(struct pp_http_pool *pool, const char *answer)
{
    static const struct pp_http_ask ask = {.host = "www.example.org", .port = 80};
    static const struct pp_http_ops ops = {on_write, on_answered, on_done};
    struct end e = {.done = false};
    struct pp_http *h = pp_http_start(pool, &ask, &ops, &e);
    bool gone;

    assert_non_null(h);
    pp_http_feed(h, (const uint8_t *)answer, strlen(answer), &gone);
    assert_int_equal(gone, e.done);
    if (!gone)
        pp_http_cancel(h);
    return e;
}

static void one_after_the_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answers) * COUNT(answers); i++) {
        const char *first = answers[i / COUNT(answers)], *second = answers[i % COUNT(answers)];
        struct pp_http_pool *fresh = pp_http_pool_new("test"), *used = pp_http_pool_new("test");
        struct end a, b;

        assert_non_null(fresh);
        assert_non_null(used);
        a = transfer(fresh, second);
        transfer(used, first);
        b = transfer(used, second);
        if (a.done != b.done || a.status != b.status || a.version != b.version || a.r.curl_code != b.r.curl_code ||
            a.r.status != b.r.status || a.r.complete != b.r.complete || a.r.body_bytes != b.r.body_bytes)
            fail_msg("\"%s\" ends with %d, but after \"%s\" with %d", second, a.r.curl_code, first, b.r.curl_code);
        pp_http_pool_free(fresh);
        pp_http_pool_free(used);
    }
}

/* ---- memory ---- */

#define AGREED "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"
#define SETTINGS "\0\0\0\4\0\0\0\0\0"
#define X16 "xxxxxxxxxxxxxxxx"
#define X256 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16
#define X2048 X256 X256 X256 X256 X256 X256 X256 X256
/* A field of 2048 bytes for the dynamic table (RFC 7541), then one byte for each of its repetitions, without an end. */
#define HEAD                                                                                                           \
    "\0\x08\x09\1\0\0\0\0\1" "\x88\x40\3xyz\x7f\x81\x0f" X2048 "\0\0\x30\x09\0\0\0\0\1" TIMES TIMES TIMES
#define TIMES "\xbe\xbe\xbe\xbe\xbe\xbe\xbe\xbe\xbe\xbe\xbe\xbe\xbe\xbe\xbe\xbe"

static const struct {
    const char *what;
    enum pp_http_version version;
    const char *answer;
    size_t len, cost; /* bytes; the most memory of a transfer */
    bool most;        /* COST is a bound alone; false: the memory is at least half of it, too */
} costs[] = {
#define COST(what, version, answer, ...) {what, version, answer, sizeof answer - 1, __VA_ARGS__}
    COST("a page under way", PP_HTTP_1, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", PP_HTTP_COST, false),
    COST("in HTTP/2", PP_HTTP_2, AGREED SETTINGS "\0\0\1\1\4\0\0\0\1\x88", PP_HTTP_COST + PP_HTTP2_COST, false),
    COST("a head of HTTP/2 without an end", PP_HTTP_2, AGREED SETTINGS HEAD, PP_HTTP_COST + PP_HTTP2_MOST, true),
};

static size_t in_use(void)
{
    struct mallinfo2 m = mallinfo2();

    return m.uordblks + m.hblkhd;
}

static void memory(void **state)
{
    enum { N = 50 };
    static const struct pp_http_ops ops = {on_write, on_answered, on_done};
    size_t before = in_use(), counted;
    void *volatile known = malloc(100000);

    (void)state;
    counted = in_use() - before;
    free(known);
    if (counted < 100000) /* a sanitizer's malloc is not counted */
        skip();
    for (size_t i = 0; i < COUNT(costs); i++) {
        const struct pp_http_ask ask = {.host = "www.example.org", .port = 80, .version = costs[i].version};
        struct pp_http_pool *pool = pp_http_pool_new("test");
        struct pp_http *h[N];
        struct end e[N] = {{.done = false}};
        bool gone;

        assert_non_null(pool);
        before = in_use();
        for (unsigned n = 0; n < N; n++) {
            h[n] = pp_http_start(pool, &ask, &ops, &e[n]);
            assert_non_null(h[n]);
            pp_http_feed(h[n], (const uint8_t *)costs[i].answer, costs[i].len, &gone);
            assert_true(!gone || costs[i].most); /* newer libcurls hand out a head before its end: it is cut */
            if (gone)
                h[n] = NULL;
        }
        size_t each = (in_use() - before) / N;
        if (each * 4 > costs[i].cost * (costs[i].most ? 4 : 5) || (!costs[i].most && each * 2 < costs[i].cost))
            fail_msg("%s: %zu bytes, not %zu", costs[i].what, each, costs[i].cost);
        for (unsigned n = 0; n < N; n++)
            if (h[n])
                pp_http_cancel(h[n]);
        pp_http_pool_free(pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_after_the_other), cmocka_unit_test(memory)};
    int result;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    result = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return result;
}
