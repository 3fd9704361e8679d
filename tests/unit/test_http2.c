/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_http2.c: HTTP/2 by libcurl, asked for by Upgrade and by ALPN, with servers that agree, refuse, or agree and then
 * speak HTTP/1.1.
 */
#include "../../core/talk/http.h"

#include "../../core/base/error.h"
#include "tls_peer.h"

#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A row says what it needs and leaves the rest zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define ANSWER(text) .answer = text, .answer_len = sizeof text - 1
#define HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define KB HEX HEX
#define KB2 KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB
#define KB4 KB2 KB2

/* Frames of HTTP/2 (RFC 9113 section 4): length, type, flags, stream; fields by RFC 7541's table. */
#define SWITCH "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
#define SETTINGS "\0\0\0\4\0\0\0\0\0"
#define HEADERS(flags) "\0\0\1\1" flags "\0\0\0\1" "\x88"
#define STATUS(text) "\0\0\5\1\4\0\0\0\1" "\x08\3" text
#define DATA(len, flags, bytes) "\0" len "\0" flags "\0\0\0\1" bytes
#define PAGE2 SETTINGS HEADERS("\4") DATA("\0\5", "\1", "hello")
#define DATA4 DATA("\x10\0", "\0", KB4)
#define PING "\0\0\x08\6\0\0\0\0\0" "12345678"

/* What a server sends to the first request head that it gets, in the clear or within TLS; and what has come of it. */
struct row {
    const char *what;
    bool plain;            /* HTTP/1.1 alone is asked for */
    bool tls, closes;
    struct tls_setup server;
    int status;            /* of the answer; 0: none came */
    enum pp_http_version version;
    bool open;             /* the transfer has not ended */
    bool cut;
};

#define IN_1 .status = 200, .version = PP_HTTP_1
#define IN_2 .status = 200, .version = PP_HTTP_2
#define H2 .alpn = "\2h2"
#define H1 .alpn = "\x08http/1.1"
#define LOOKS_LIKE_2 "HTTP/2 200 \r\nContent-Length: 0\r\n\r\n"

static const struct row rows[] = {
    {"Upgrade agreed to", .server = {ANSWER(SWITCH PAGE2)}, IN_2},
    {"the same, and the server closes", .closes = true, .server = {ANSWER(SWITCH PAGE2)}, IN_2},
    {"an interim answer in HTTP/2 first", .server = {ANSWER(SWITCH SETTINGS STATUS("103") HEADERS("\5"))},
     .status = 103, .version = PP_HTTP_2},
    {"no end of the answer", .server = {ANSWER(SWITCH SETTINGS STATUS("503"))}, .status = 503, .version = PP_HTTP_2,
     .open = true},
    {"Upgrade not heeded", .server = {ANSWER(HELLO)}, IN_1},
    {"Upgrade required, and not by whom", .server = {ANSWER("HTTP/1.1 426 X\r\nContent-Length: 0\r\n\r\n")},
     .status = 426, .version = PP_HTTP_1},
    {"body of the exact cap", .server = {ANSWER(SWITCH SETTINGS HEADERS("\4") DATA4 DATA4 DATA4
     DATA("\x10\0", "\1", KB4))}, IN_2},
    {"longer body", .server = {ANSWER(SWITCH SETTINGS HEADERS("\4") DATA4 DATA4 DATA4 DATA4
     DATA("\0\1", "\1", "x"))}, IN_2, .cut = true},
    {"agreed to, then silence", .server = {ANSWER(SWITCH)}, .open = true},
    {"agreed to, then an end", .closes = true, .server = {ANSWER(SWITCH SETTINGS)}},
    {"agreed to, then HTTP/1.1", .server = {ANSWER(SWITCH HELLO)}},
    {"agreed to twice", .server = {ANSWER(SWITCH SWITCH PAGE2)}},
    {"agreed to, again in HTTP/2", .server = {ANSWER(SWITCH SETTINGS STATUS("101") HEADERS("\5"))}},
    {"agreed to, then garbage", .server = {ANSWER(SWITCH KB)}},
    {"fields that do not decode", .server = {ANSWER(SWITCH SETTINGS "\0\0\1\1\5\0\0\0\1" "\xff")}},
    {"GOAWAY", .server = {ANSWER(SWITCH SETTINGS "\0\0\x08\7\0\0\0\0\0" "\0\0\0\0\0\0\0\x0b")}},
    {"RST_STREAM", .server = {ANSWER(SWITCH SETTINGS "\0\0\4\3\0\0\0\0\1\0\0\0\1")}},
    {"HTTP/2 without Upgrade", .server = {ANSWER(PAGE2)}},
    {"a line that looks like libcurl's", .server = {ANSWER(LOOKS_LIKE_2)}},
    {"not asked for, agreed to", .plain = true, .server = {ANSWER(SWITCH PAGE2)}},
    {"not asked for, HTTP/2", .plain = true, .server = {ANSWER(PAGE2)}},

    {"h2", .tls = true, .server = {H2, ANSWER(PAGE2)}, IN_2},
    {"h2, TLS 1.2", .tls = true, .server = {H2, .version = TLS1_2_VERSION, ANSWER(PAGE2)}, IN_2},
    {"http/1.1", .tls = true, .server = {H1, ANSWER(HELLO)}, IN_1},
    {"no ALPN", .tls = true, .server = {ANSWER(HELLO)}, IN_1},
    {"h2 not asked for", .plain = true, .tls = true, .server = {H2, ANSWER(HELLO)}, IN_1},
    {"h2, then HTTP/1.1", .tls = true, .server = {H2, ANSWER(HELLO)}},
    {"h2, then an end", .tls = true, .closes = true, .server = {H2, .ends = true, ANSWER(SETTINGS)}},
    {"h2, then Upgrade", .tls = true, .server = {H2, ANSWER(SWITCH PAGE2)}},
    {"h2, then 101", .tls = true, .server = {H2, ANSWER(SETTINGS STATUS("101"))}},
    {"no ALPN, then Upgrade", .tls = true, .server = {ANSWER(SWITCH PAGE2)}},
    {"no ALPN, a line that looks like libcurl's", .tls = true, .server = {ANSWER(LOOKS_LIKE_2)}},
    {"http/1.1, a line that looks like libcurl's", .tls = true, .server = {H1, ANSWER(LOOKS_LIKE_2)}},
};

/* Answers without an end: REPEAT behind BEGIN. */
static const struct endless {
    const char *what, *begin, *repeat;
    size_t begin_len, repeat_len;
    int status;
    bool refused; /* libcurl ends the transfer before it is cut */
    size_t most;  /* bytes after which it is cut at the latest; 0: the bound of http.h */
} endless_rows[] = {
#define ENDLESS(what, status, begin, repeat, ...)                                                                      \
    {what, begin, repeat, sizeof begin - 1, sizeof repeat - 1, status, __VA_ARGS__}
    ENDLESS("data", 200, SETTINGS HEADERS("\4"), DATA4),
    ENDLESS("data, byte by byte", 200, SETTINGS HEADERS("\4"), DATA("\0\1", "\0", "x")),
    ENDLESS("empty data", 200, SETTINGS HEADERS("\4"), DATA("\0\0", "\0", "")),
    ENDLESS("PING", 0, SETTINGS, PING),
    ENDLESS("SETTINGS", 0, SETTINGS, SETTINGS),
    ENDLESS("frames of a type that nobody knows", 0, SETTINGS, "\0\0\0\x7f\0\0\0\0\0"),
    ENDLESS("interim answers", 103, SETTINGS, STATUS("103")),
    ENDLESS("a head", 0, SETTINGS "\0\0\1\1\0\0\0\0\1" "\x88", "\0\0\5\x09\0\0\0\0\1" "\0\1x\1y", .refused = true),
    /* A field of 512 bytes for the dynamic table, then one byte for each of its repetitions. */
    ENDLESS("one field", 103, SETTINGS "\0\x02\x0d\1\4\0\0\0\1" "\x08\3" "103" "\x40\3xyz\x7f\x81\3" KB KB KB KB,
            "\0\0\x08\1\4\0\0\0\1" "\x08\3" "103" "\xbe\xbe\xbe", .most = 1500),
};

struct end {
    const struct row *row;
    struct tls_peer tls;
    char request[32768]; /* what came */
    size_t len, sent, fed; /* bytes of `request`; of TLS records fed; taken by the transfer */
    unsigned answers, ends;
    int status;
    enum pp_http_version version;
    struct pp_http_result r;
};

static int on_write(void *arg, const uint8_t *bytes, size_t len)
{
    struct end *e = arg;

    if (len >= sizeof e->request - e->len)
        return -1;
    memcpy(e->request + e->len, bytes, len);
    e->len += len;
    e->request[e->len] = 0;
    if (e->row->tls)
        tls_peer_input(&e->tls, bytes, len);
    return 0;
}

static void on_answered(void *arg, int status, enum pp_http_version version)
{
    struct end *e = arg;

    e->answers++;
    e->status = status;
    e->version = version;
}

static void on_done(void *arg, const struct pp_http_result *r)
{
    struct end *e = arg;

    e->ends++;
    e->r = *r;
}

/* Feeds BYTES to H in pieces until H ends, which sets *GONE. */
static void feed(struct end *e, struct pp_http *h, const char *bytes, size_t len, size_t piece, bool *gone)
{
    for (size_t at = 0; at < len && !*gone; at += piece)
        e->fed += pp_http_feed(h, (const uint8_t *)bytes + at, len - at < piece ? len - at : piece, gone);
}

/* Runs a transfer whose answer comes in pieces of PIECE bytes. */
static void transfer(struct pp_http_pool *pool, const struct row *row, size_t piece, struct end *e)
{
    static const struct pp_http_ops ops = {on_write, on_answered, on_done};
    const struct pp_http_ask ask = {.host = "www.example.org",
                                    .port = row->tls ? 443 : 80,
                                    .tls = row->tls,
                                    .version = row->plain ? PP_HTTP_1 : PP_HTTP_2};
    struct pp_http *h;
    bool gone = false;

    memset(e, 0, sizeof *e);
    e->row = row;
    if (row->tls)
        tls_peer_init(&e->tls, &row->server);
    h = pp_http_start(pool, &ask, &ops, e);
    assert_non_null(h);
    if (!row->tls)
        feed(e, h, row->server.answer, row->server.answer_len, piece, &gone);
    while (row->tls && !gone && e->sent < e->tls.out_len) {
        size_t n = e->tls.out_len - e->sent, from = e->sent;
        char *bytes = malloc(n); /* a copy, since feeding it may add to `out` */

        assert_non_null(bytes);
        memcpy(bytes, e->tls.out + from, n);
        e->sent += n;
        feed(e, h, bytes, n, piece, &gone);
        free(bytes);
    }
    if (row->closes && !gone) {
        pp_http_eof(h);
        gone = true;
    }
    assert_int_equal(gone, e->ends);
    if (!gone)
        pp_http_cancel(h);
}

static void check(const struct row *row, const struct end *e)
{
    bool answered = row->status != 0;

    if (e->answers != answered || e->status != row->status || e->version != row->version || e->ends == row->open ||
        (e->ends && (e->r.cut != row->cut || e->r.complete != (row->cut || answered))))
        fail_msg("'%s': %u answers, status %d, version %d, %u ends, cut %d, complete %d, curl's %d", row->what,
                 e->answers, e->status, e->version, e->ends, e->r.cut, e->r.complete, e->r.curl_code);
}

#define GET "GET / HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: pathprobe-test\r\nAccept: */*\r\n"
#define UPGRADE "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: "
#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" /* RFC 9113 section 3.4 */

static void requested(const struct row *row, const struct end *e)
{
    const char *text = row->tls ? e->tls.request : e->request;
    const char *want = row->plain || row->tls ? GET "\r\n" : GET UPGRADE;

    if (row->tls && e->version == PP_HTTP_2)
        want = PREFACE;
    if (strncmp(text, want, strlen(want)) != 0 && !(row->tls && !row->status))
        fail_msg("'%s': asked '%s'", row->what, text);
    if (!row->tls && e->version == PP_HTTP_2 && !strstr(text, "\r\n\r\n" PREFACE))
        fail_msg("'%s': no preface behind the Upgrade", row->what);
}

static void all_rows(void **state)
{
    static const size_t pieces[] = {1, 7, 1428, 1 << 20};
    static struct end e;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t p = 0; p < COUNT(pieces); p++) {
            struct pp_http_pool *pool = pp_http_pool_new("pathprobe-test");

            assert_non_null(pool);
            for (unsigned again = 0; again < 2; again++) {
                transfer(pool, &rows[i], pieces[p], &e);
                check(&rows[i], &e);
                requested(&rows[i], &e);
                if (rows[i].tls)
                    tls_peer_release(&e.tls);
            }
            pp_http_pool_free(pool);
        }
}

/* An endless answer is cut off after a bounded number of bytes. */
static void endless(void **state)
{
    enum { LEN = 1 << 20 };
    struct pp_http_pool *pool = pp_http_pool_new("pathprobe-test");
    static struct end e;
    char *text = malloc(LEN);

    (void)state;
    assert_non_null(pool);
    assert_non_null(text);
    for (size_t i = 0; i < COUNT(endless_rows); i++) {
        const struct endless *r = &endless_rows[i];
        struct row row = {.what = r->what, .status = r->status, .cut = !r->refused};
        size_t len = sizeof SWITCH - 1;

        row.version = r->status ? PP_HTTP_2 : PP_HTTP_NONE;
        memcpy(text, SWITCH, len);
        memcpy(text + len, r->begin, r->begin_len);
        for (len += r->begin_len; len + r->repeat_len <= LEN; len += r->repeat_len)
            memcpy(text + len, r->repeat, r->repeat_len);
        row.server.answer = text;
        row.server.answer_len = len;
        transfer(pool, &row, 64, &e); /* of many bytes at once libcurl refuses more */
        check(&row, &e);
        if (e.fed > (r->most ? r->most : PP_HTTP_HEAD_MAX + 2 * PP_HTTP_BODY_MAX + 64))
            fail_msg("'%s': cut behind %zu bytes", r->what, e.fed);
    }
    free(text);
    pp_http_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_rows), cmocka_unit_test(endless)};
    int result;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    result = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return result;
}
