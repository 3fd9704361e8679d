/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_talk.c: conversations of each connect mode against servers that behave, misbehave, stop or never stop. Time is
 * virtual; libcurl runs for real, over its Unix socket.
 */
#include "../../core/talk/talk.h"

#include "tcp_peer.h"

#include <curl/curl.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

/* A row says what it needs and leaves the rest zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define ANSWER(text) .answer = text, .answer_len = sizeof text - 1
#define TLS(...) .tls = &(const struct tls_setup){__VA_ARGS__}
#define HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define TYPICAL .iss = 0xfffffff0, .mss = 1460, .window = 8000, .timestamps = true, .sack = true, .wscale = true
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define KB HEX HEX
#define KB4 KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB KB

struct row {
    const char *what;
    uint32_t mode;
    struct world_server server;
    long abort_at; /* ms, 0: never */
    bool ok;
    enum pp_how how;
    int status;
    bool reset;   /* the server saw a RST from us */
    const char *domain;
    int lose[2];  /* a packet of each direction, counted from 1; 0: none */
};

static const struct row rows[] = {
    {.what = "tcp", .mode = PP_MODE_TCP, .server = {TYPICAL, ANSWER("")}, .ok = true},
    {.what = "tcp, the server greets", .mode = PP_MODE_TCP, .server = {TYPICAL, .fin_at_once = true,
     ANSWER("220 hello\r\n")}, .ok = true},
    {.what = "tcp, the server never stops", .mode = PP_MODE_TCP, .server = {TYPICAL, .fin_at_once = true,
     .push_forever = true, ANSWER("220 hello\r\n")}, .ok = true, .reset = true},
    {.what = "tcp, the server closes only after us", .mode = PP_MODE_TCP, .server = {TYPICAL, .keep_open = true,
     ANSWER("")}, .ok = true},
    {.what = "tcp, refused", .mode = PP_MODE_TCP, .server = {TYPICAL, .refuse = true, ANSWER("")},
     .how = PP_HOW_REFUSED},
    {.what = "tcp, silence until the end", .mode = PP_MODE_TCP, .server = {TYPICAL, .mute = true, ANSWER("")},
     .abort_at = 5, .how = PP_HOW_SILENT},
    {.what = "tcp, a SYN is lost", .mode = PP_MODE_TCP, .server = {TYPICAL, ANSWER("")}, .ok = true, .lose = {1, 0}},
    {.what = "http", .mode = PP_MODE_HTTP, .server = {TYPICAL, .keep_open = true,
     ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")}, .ok = true, .status = 200},
    {.what = "http, with a domain", .mode = PP_MODE_HTTP, .domain = "www.example.org", .server = {TYPICAL,
     .keep_open = true, ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")}, .ok = true, .status = 200},
    {.what = "http, no length, the server closes", .mode = PP_MODE_HTTP, .server = {TYPICAL,
     ANSWER("HTTP/1.0 404 Not Found\r\n\r\n" KB)}, .ok = true, .status = 404},
    {.what = "http, chunked", .mode = PP_MODE_HTTP, .server = {TYPICAL, .keep_open = true,
     ANSWER("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n")}, .ok = true,
     .status = 200},
    {.what = "http, a redirect is not followed", .mode = PP_MODE_HTTP, .server = {TYPICAL, .keep_open = true,
     ANSWER("HTTP/1.1 301 Moved\r\nLocation: http://192.0.2.7/\r\nContent-Length: 0\r\n\r\n")}, .ok = true,
     .status = 301},
    {.what = "http, credentials are not sent", .mode = PP_MODE_HTTP, .server = {TYPICAL, .keep_open = true,
     ANSWER("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")}, .ok = true,
     .status = 401},
    {.what = "http, interim head first", .mode = PP_MODE_HTTP, .server = {TYPICAL, .keep_open = true,
     ANSWER("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")},
     .ok = true, .status = 103},
    {.what = "http, an error without a reason", .mode = PP_MODE_HTTP, .server = {TYPICAL,
     ANSWER("HTTP/1.1 503\r\n\r\n")}, .ok = true, .status = 503},
    {.what = "http, small segments and a tiny window", .mode = PP_MODE_HTTP, .server = {.iss = 9, .mss = 60,
     .window = 40, .keep_open = true, ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 128\r\n\r\n" KB)}, .ok = true,
     .status = 200},
    {.what = "http, body of the exact cap", .mode = PP_MODE_HTTP, .server = {TYPICAL, .keep_open = true,
     ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 16384\r\n\r\n" KB4 KB4 KB4 KB4)}, .ok = true, .status = 200},
    {.what = "http, longer body is cut", .mode = PP_MODE_HTTP, .server = {TYPICAL,
     ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 20480\r\n\r\n" KB4 KB4 KB4 KB4 KB4)}, .ok = true, .status = 200,
     .reset = true},
    {.what = "http, endless body is cut", .mode = PP_MODE_HTTP, .server = {TYPICAL, .push_forever = true,
     ANSWER("HTTP/1.1 200 OK\r\n\r\n" KB4)}, .ok = true, .status = 200, .reset = true},
    {.what = "http, endless head is cut", .mode = PP_MODE_HTTP, .server = {TYPICAL, .push_forever = true,
     ANSWER("HTTP/1.1 200 OK\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\n")}, .ok = true, .status = 200, .reset = true},
    {.what = "http, endless status line is cut", .mode = PP_MODE_HTTP, .server = {TYPICAL, .push_forever = true,
     ANSWER("HTTP/1.1 200 O")}, .how = PP_HOW_BAD_REPLY, .reset = true},
    {.what = "http, endless interim answers are cut", .mode = PP_MODE_HTTP, .server = {TYPICAL, .push_forever = true,
     ANSWER("HTTP/1.1 100 Continue\r\n\r\n")}, .ok = true, .status = 100, .reset = true},
    {.what = "http, garbage", .mode = PP_MODE_HTTP, .server = {TYPICAL, ANSWER("SSH-2.0-OpenSSH_9.2\r\n")},
     .how = PP_HOW_BAD_REPLY},
    {.what = "http, binary garbage", .mode = PP_MODE_HTTP, .server = {TYPICAL, ANSWER("\x15\x03\x01\x00\x02\x02\x0a")},
     .how = PP_HOW_BAD_REPLY},
    {.what = "http, endless garbage", .mode = PP_MODE_HTTP, .server = {TYPICAL, .push_forever = true,
     ANSWER("garbage\n")}, .how = PP_HOW_BAD_REPLY, .reset = true},
    {.what = "http, HTTP/2 over the wrong version", .mode = PP_MODE_HTTP, .server = {TYPICAL,
     ANSWER("HTTP/2 200 OK\r\n\r\n")}, .how = PP_HOW_BAD_REPLY},
    {.what = "http, a status that is none", .mode = PP_MODE_HTTP, .server = {TYPICAL,
     ANSWER("HTTP/1.1 999 What\r\n\r\n")}, .how = PP_HOW_BAD_REPLY},
    {.what = "http, half a status line, then FIN", .mode = PP_MODE_HTTP, .server = {TYPICAL, ANSWER("HTTP/1.1 20")},
     .how = PP_HOW_BAD_REPLY},
    {.what = "http, FIN without an answer", .mode = PP_MODE_HTTP, .server = {TYPICAL, ANSWER("")},
     .how = PP_HOW_BAD_REPLY},
    {.what = "http, FIN in the middle of the body", .mode = PP_MODE_HTTP, .server = {TYPICAL,
     ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello")}, .ok = true, .status = 200},
    {.what = "http, RST without an answer", .mode = PP_MODE_HTTP, .server = {TYPICAL, .rst_after_answer = true,
     ANSWER("")}, .how = PP_HOW_RST},
    {.what = "http, RST before the status line ends", .mode = PP_MODE_HTTP, .server = {TYPICAL,
     .rst_after_answer = true, ANSWER("HTTP/1.1 2")}, .how = PP_HOW_RST},
    {.what = "http, RST in the middle of the body", .mode = PP_MODE_HTTP, .server = {TYPICAL, .rst_after_answer = true,
     ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello")}, .ok = true, .status = 200},
    {.what = "http, silence, then the time is up", .mode = PP_MODE_HTTP, .server = {TYPICAL, .mute = true, ANSWER("x")},
     .abort_at = 30000, .how = PP_HOW_STALLED, .reset = true},
    {.what = "http, an unfinished body, then the time is up", .mode = PP_MODE_HTTP, .server = {TYPICAL,
     .keep_open = true, ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello")}, .abort_at = 30000, .ok = true,
     .status = 200, .reset = true},
    {.what = "http, refused", .mode = PP_MODE_HTTP, .server = {TYPICAL, .refuse = true, ANSWER("")},
     .how = PP_HOW_REFUSED},
    {.what = "http, the request is lost", .mode = PP_MODE_HTTP, .server = {TYPICAL, .keep_open = true,
     ANSWER("HTTP/1.1 204 No Content\r\n\r\n")}, .ok = true, .status = 204, .lose = {3, 0}},
    {.what = "http, the answer is lost", .mode = PP_MODE_HTTP, .server = {TYPICAL, .keep_open = true,
     ANSWER("HTTP/1.1 204 No Content\r\n\r\n")}, .ok = true, .status = 204, .lose = {0, 3}},
    {.what = "http, both are lost", .mode = PP_MODE_HTTP, .server = {TYPICAL, .keep_open = true,
     ANSWER("HTTP/1.1 204 No Content\r\n\r\n")}, .ok = true, .status = 204, .lose = {3, 2}},

    {.what = "https", .mode = PP_MODE_HTTPS, .server = {TYPICAL, TLS(ANSWER(HELLO))}, .ok = true, .status = 200},
    {.what = "https, with a domain", .mode = PP_MODE_HTTPS, .domain = "www.example.org",
     .server = {TYPICAL, TLS(ANSWER(HELLO))}, .ok = true, .status = 200},
    {.what = "https, a domain that is an address", .mode = PP_MODE_HTTPS, .domain = "192.0.2.1",
     .server = {TYPICAL, TLS(ANSWER(HELLO))}, .ok = true, .status = 200},
    {.what = "https, the server closes", .mode = PP_MODE_HTTPS,
     .server = {TYPICAL, TLS(.ends = true, ANSWER("HTTP/1.0 404 Not Found\r\n\r\n" KB))}, .ok = true, .status = 404},
    {.what = "https, TLS 1.2", .mode = PP_MODE_HTTPS,
     .server = {TYPICAL, TLS(.version = TLS1_2_VERSION, ANSWER(HELLO))}, .ok = true, .status = 200},
    {.what = "https, TLS 1.0", .mode = PP_MODE_HTTPS,
     .server = {TYPICAL, TLS(.version = TLS1_VERSION, ANSWER(HELLO))}, .ok = true, .status = 200},
    {.what = "https, HTTP/1.1 agreed to", .mode = PP_MODE_HTTPS,
     .server = {TYPICAL, TLS(.alpn = "\x08http/1.1", ANSWER(HELLO))}, .ok = true, .status = 200},
    {.what = "https, a certificate of several windows", .mode = PP_MODE_HTTPS,
     .server = {TYPICAL, TLS(.padding = 30000, ANSWER(HELLO))}, .ok = true, .status = 200},
    {.what = "https, the same, and segments are lost", .mode = PP_MODE_HTTPS,
     .server = {TYPICAL, TLS(.padding = 30000, ANSWER(HELLO))}, .ok = true, .status = 200, .lose = {5, 4}},
    {.what = "https, the same, small segments and a tiny window", .mode = PP_MODE_HTTPS,
     .server = {.iss = 9, .mss = 60, .window = 300, TLS(.padding = 3000, ANSWER(HELLO))}, .ok = true, .status = 200},
    {.what = "https, a certificate that is too long", .mode = PP_MODE_HTTPS,
     .server = {TYPICAL, TLS(.padding = 90000, ANSWER(HELLO))}, .how = PP_HOW_BAD_REPLY, .reset = true},
    {.what = "https, endless body is cut", .mode = PP_MODE_HTTPS,
     .server = {TYPICAL, TLS(.forever = true, ANSWER("HTTP/1.1 200 OK\r\n\r\n" KB4))}, .ok = true, .status = 200,
     .reset = true},
    {.what = "https, endless interim answers are cut", .mode = PP_MODE_HTTPS,
     .server = {TYPICAL, TLS(.forever = true, ANSWER("HTTP/1.1 100 Continue\r\n\r\n"))}, .ok = true, .status = 100,
     .reset = true},
    {.what = "https, garbage within TLS", .mode = PP_MODE_HTTPS,
     .server = {TYPICAL, TLS(ANSWER("SSH-2.0-OpenSSH_9.2\r\n"))}, .how = PP_HOW_BAD_REPLY},
    {.what = "https, an end without an answer", .mode = PP_MODE_HTTPS, .server = {TYPICAL, TLS(.ends = true)},
     .how = PP_HOW_BAD_REPLY},
    {.what = "https, HTTP without TLS", .mode = PP_MODE_HTTPS, .server = {TYPICAL, .at_once = true,
     ANSWER("HTTP/1.1 400 Bad Request\r\n\r\n")}, .how = PP_HOW_BAD_REPLY},
    {.what = "https, garbage", .mode = PP_MODE_HTTPS, .server = {TYPICAL, .at_once = true, .keep_open = true,
     ANSWER("garbage that is no TLS\n")}, .how = PP_HOW_BAD_REPLY},
    {.what = "https, a byte of garbage, then FIN", .mode = PP_MODE_HTTPS, .server = {TYPICAL, .at_once = true,
     ANSWER("\x16")}, .how = PP_HOW_BAD_REPLY},
    {.what = "https, endless handshake", .mode = PP_MODE_HTTPS, .server = {TYPICAL, .at_once = true,
     .push_forever = true, ANSWER("\x16\x03\x03\x00\x04\x00\x00\x00\x00")}, .how = PP_HOW_BAD_REPLY,
     .reset = true},
    {.what = "https, an alert: handshake_failure", .mode = PP_MODE_HTTPS, .server = {TYPICAL, .at_once = true,
     ANSWER("\x15\x03\x03\x00\x02\x02\x28")}, .how = PP_HOW_BAD_REPLY},
    {.what = "https, RST to the ClientHello", .mode = PP_MODE_HTTPS, .server = {TYPICAL, .at_once = true,
     .rst_after_answer = true, ANSWER("")}, .how = PP_HOW_RST},
    {.what = "https, silence, then the time is up", .mode = PP_MODE_HTTPS, .server = {TYPICAL, .mute = true,
     ANSWER("x")}, .abort_at = 30000, .how = PP_HOW_STALLED, .reset = true},
    {.what = "https, refused", .mode = PP_MODE_HTTPS, .server = {TYPICAL, .refuse = true, ANSWER("")},
     .how = PP_HOW_REFUSED},
    {.what = "https, the ClientHello is lost", .mode = PP_MODE_HTTPS, .server = {TYPICAL, TLS(ANSWER(HELLO))},
     .ok = true, .status = 200, .lose = {3, 0}},
    {.what = "https, the ServerHello is lost", .mode = PP_MODE_HTTPS, .server = {TYPICAL, TLS(ANSWER(HELLO))},
     .ok = true, .status = 200, .lose = {0, 3}},
};

/*
 * An answer over TCP to the query for www.example.org with the id 0; the name's case does not matter. LEN is what
 * stands before it.
 */
#define QUESTION "\0\0\x81\x80\0\1\0\0\0\0\0\0" "\3www\7example\3org\0" "\0\1\0\1"
#define DNS(len, bytes) TYPICAL, .fin_at_once = true, ANSWER("\0" len bytes)

static const struct row dns_rows[] = {
    {.what = "dnstcp", .server = {DNS("\x21", QUESTION)}, .ok = true},
    {.what = "dnstcp, more behind the question", .server = {DNS("\x24", QUESTION "xyz")}, .ok = true},
    {.what = "dnstcp, more behind the message", .server = {DNS("\x21", QUESTION "xyz")}, .ok = true},
    {.what = "dnstcp, another name", .server = {DNS("\x21", "\0\0\x81\x80\0\1\0\0\0\0\0\0" "\3wwx\7example\3org\0"
     "\0\1\0\1")}, .how = PP_HOW_BAD_REPLY},
    {.what = "dnstcp, the id of another query", .server = {DNS("\x21", "\0\1\x81\x80\0\1\0\0\0\0\0\0"
     "\3www\7example\3org\0" "\0\1\0\1")}, .how = PP_HOW_BAD_REPLY},
    {.what = "dnstcp, the length is less than the question", .server = {DNS("\x20", QUESTION)},
     .how = PP_HOW_BAD_REPLY},
    {.what = "dnstcp, a compression loop", .server = {DNS("\x21", "\0\0\x81\x80\0\1\0\0\0\0\0\0" "\xc0\x0c"
     "\0\1\0\1")}, .how = PP_HOW_BAD_REPLY},
    {.what = "dnstcp, the end comes within the question", .server = {DNS("\x21", "\0\0\x81\x80\0\1\0\0")},
     .how = PP_HOW_BAD_REPLY},
    {.what = "dnstcp, no answer", .server = {TYPICAL, .fin_at_once = true, ANSWER("")}, .how = PP_HOW_BAD_REPLY},
    {.what = "dnstcp, half a length", .server = {TYPICAL, .fin_at_once = true, ANSWER("\0")}, .how = PP_HOW_BAD_REPLY},
    {.what = "dnstcp, an empty message", .server = {TYPICAL, .fin_at_once = true, ANSWER("\0\0")},
     .how = PP_HOW_BAD_REPLY},
    {.what = "dnstcp, HTTP", .server = {TYPICAL, .fin_at_once = true, ANSWER("HTTP/1.0 400 Bad Request\r\n\r\n")},
     .how = PP_HOW_BAD_REPLY},
    {.what = "dnstcp, refused", .server = {TYPICAL, .refuse = true, ANSWER("")}, .how = PP_HOW_REFUSED},
    {.what = "dnstcp, silence behind the handshake", .server = {TYPICAL, .mute = true, ANSWER("")}, .abort_at = 500,
     .how = PP_HOW_STALLED, .reset = true},
    {.what = "dnstcp, the query is lost", .server = {DNS("\x21", QUESTION)}, .ok = true, .lose = {3, 0}},
    {.what = "dnstcp, the answer is lost", .server = {DNS("\x21", QUESTION)}, .ok = true, .lose = {0, 2}},
};

static struct pp_http_pool *pool;

struct arm {
    struct pp_talk talk; /* first member */
    struct world world;
    unsigned decided, over, sent_after_over, sent;
};

static void on_send(struct pp_talk *t, const struct pp_segment *s)
{
    struct arm *a = (struct arm *)t;

    a->sent++;
    a->sent_after_over += a->over;
    if (s->on == PP_ON_DATAGRAM)
        assert_in_range(s->len, 12, PP_MESSAGE_MAX);
    else
        world_send(&a->world, s);
}

static void on_decided(struct pp_talk *t)
{
    ((struct arm *)t)->decided++;
    assert_false(t->over);
}

static void on_over(struct pp_talk *t)
{
    ((struct arm *)t)->over++;
    assert_true(t->decided);
}

static const struct pp_talk_owner owner = {.send = on_send, .decided = on_decided, .over = on_over};

static void input(void *client, const struct pp_packet *p, int64_t now)
{
    pp_talk_input(client, p, now);
}

static void timer(void *client, int64_t now)
{
    pp_talk_timer(client, now);
}

static struct pp_tcp_config config = {
    .look4 = {.wscale = 7, .mss = 1460, .timestamps = true, .sack = true, .window_scaling = true},
    .look6 = {.wscale = 7, .mss = 1440, .timestamps = true, .sack = true, .window_scaling = true},
    .connect_timeout = 10000 * MS,
};

static struct pp_addr addr(const char *text)
{
    struct pp_addr a;

    assert_int_equal(pp_addr_parse(&a, text, strlen(text)), 0);
    return a;
}

static void begin(struct arm *a, uint32_t mode, const struct world_server *server, const char *dst, uint16_t port,
                  const char *domain)
{
    struct pp_addr to = addr(dst);

    memset(a, 0, sizeof *a);
    world_init(&a->world, server, pp_addr_family(&to));
    a->world.client = a;
    a->world.input = input;
    a->world.timer = timer;
    a->world.gone = &a->talk.over;
    a->world.deadline = &a->talk.tcp.deadline;
    config.window = config.look4.window = config.look6.window = (uint16_t)pp_talk_mode_of(mode)->window;
    pp_talk_init(&a->talk, pp_talk_mode_of(mode), &owner, &config, &to, port, domain, pool, 0xfffffffe, 99, 0);
    pp_talk_start(&a->talk, a->world.now);
}

static void end(struct arm *a)
{
    pp_talk_release(&a->talk);
    world_release(&a->world);
}

static void run_row(const struct row *row, const char *dst)
{
    struct arm a;
    int64_t start;

    begin(&a, row->mode, &row->server, dst, pp_talk_mode_of(row->mode)->port, row->domain);
    start = a.world.now;
    for (int d = 0; d < 2; d++)
        a.world.lose[d] = row->lose[d] - 1;
    world_run(&a.world, start + (row->abort_at ? row->abort_at : 300000) * MS);
    if (row->abort_at) {
        if (a.talk.over)
            fail_msg("'%s': over before its time, how %d", row->what, a.talk.how);
        pp_talk_abort(&a.talk, a.talk.tcp.state >= PP_TCP_OPEN ? PP_HOW_STALLED : PP_HOW_SILENT, a.world.now);
        world_run(&a.world, a.world.now + 1000 * MS);
    }
    if (a.talk.ok != row->ok || a.talk.how != row->how || a.talk.http_status != row->status || a.decided != 1 ||
        a.over != 1 || a.sent_after_over != 0 || a.talk.failed || a.talk.stale ||
        a.world.reset != (row->reset || row->server.rst_after_answer))
        fail_msg("'%s' to %s: ok %d, how %d, status %d, decided %u, over %u, %u sent afterwards, failed %d, reset %d",
                 row->what, dst, a.talk.ok, a.talk.how, a.talk.http_status, a.decided, a.over, a.sent_after_over,
                 a.talk.failed, a.world.reset);
    if (row->server.tls && row->ok) {
        const char *name = tls_peer_name(&a.world.tls);

        assert_int_equal(!name, !row->domain || row->domain[0] == '1');
        assert_true(!name || strcmp(name, row->domain) == 0);
    }
    if ((row->mode == PP_MODE_HTTP && !row->server.refuse) || (row->server.tls && row->ok)) {
        char want[512], host[64];

        snprintf(host, sizeof host, strchr(dst, ':') ? "[%s]" : "%s", dst);
        snprintf(want, sizeof want, "GET / HTTP/1.1\r\nHost: %s\r\nUser-Agent: pathprobe-test\r\nAccept: */*\r\n\r\n",
                 row->domain ? row->domain : host);
        assert_string_equal(row->server.tls ? a.world.tls.request : a.world.request, want);
    }
    end(&a);
}

static void dns_over_tcp(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(dns_rows); i++) {
        struct row row = dns_rows[i];

        row.mode = PP_MODE_DNSTCP;
        row.domain = "www.example.org";
        run_row(&row, "192.0.2.1");
        run_row(&row, "2001:db8::1");
    }
}

/* The answer in two segments, cut behind each of its bytes. */
static void dns_split(void **state)
{
    static const struct world_server server = {TYPICAL, .mute = true, ANSWER("")};
    static const char answer[] = "\0\x21" QUESTION;
    size_t len = sizeof answer - 1;

    (void)state;
    for (size_t cut = 1; cut < len; cut++) {
        uint8_t bytes[256];
        struct pp_packet p;
        struct arm a;

        begin(&a, PP_MODE_DNSTCP, &server, "192.0.2.1", 53, "www.example.org");
        world_run(&a.world, a.world.now + 200 * MS);
        assert_true(pp_talk_is_open(&a.talk));
        for (int part = 0; part < 2; part++) {
            size_t from = part ? cut : 0, to = part ? len : cut;
            struct peer_segment s = {.seq = server.iss + 1 + (uint32_t)from, .ack = a.talk.tcp.snd_nxt,
                                     .flags = PP_TCP_ACK, .window = 8000, .mss = -1, .wscale = -1, .timestamps = true,
                                     .tsval = a.talk.tcp.ts_recent, .payload = (const uint8_t *)answer + from,
                                     .len = to - from};
            assert_int_equal(a.decided, 0);
            peer_packet(&p, bytes, 4, &s);
            pp_talk_input(&a.talk, &p, a.world.now);
        }
        assert_true(a.talk.ok);
        assert_int_equal(a.decided, 1);
        end(&a);
    }
}

/* The datagrams of a conversation, and the events that end it. */
static void datagrams(void **state)
{
    static const struct {
        const char *what;
        uint8_t proto, type, code;
        bool theirs; /* the ICMP error is the target's own */
        bool over;
        enum pp_how how;
    } rows_icmp[] = {
        {"port unreachable, the target's", PP_PROTO_ICMP, 3, 3, true, true, PP_HOW_REFUSED},
        {"port unreachable, someone else's", PP_PROTO_ICMP, 3, 3, false, true, PP_HOW_ICMP},
        {"host unreachable", PP_PROTO_ICMP, 3, 1, true, true, PP_HOW_ICMP},
        {"prohibited", PP_PROTO_ICMP, 3, 13, false, true, PP_HOW_ICMP},
        {"redirect", PP_PROTO_ICMP, 5, 0, false, false, PP_HOW_NONE},
        {"port unreachable, ICMPv6", PP_PROTO_ICMP6, 1, 4, true, true, PP_HOW_REFUSED},
        {"an echo reply", PP_PROTO_ICMP6, 129, 0, true, false, PP_HOW_NONE},
    };
    static const uint32_t modes_udp[] = {PP_MODE_DNSUDP, PP_MODE_QUICVN};

    (void)state;
    for (size_t m = 0; m < COUNT(modes_udp); m++)
        for (size_t i = 0; i < COUNT(rows_icmp); i++) {
            struct pp_packet e = {.proto = rows_icmp[i].proto, .icmp = {.type = rows_icmp[i].type,
                                                                       .code = rows_icmp[i].code}};
            struct pp_packet q = {.proto = PP_PROTO_UDP, .l4_cap = 8}, tcp = {.proto = PP_PROTO_TCP, .l4_cap = 8};
            struct arm a;
            static const struct world_server none;

            begin(&a, modes_udp[m], &none, "192.0.2.1", 53, "www.example.org");
            assert_int_equal(a.sent, 1);
            e.src = addr(rows_icmp[i].theirs ? "192.0.2.1" : "192.0.2.254");
            pp_talk_icmp(&a.talk, &e, &tcp, a.world.now); /* of another flow */
            assert_int_equal(a.over, 0);
            pp_talk_icmp(&a.talk, &e, &q, a.world.now);
            if (a.over != rows_icmp[i].over || a.talk.how != rows_icmp[i].how)
                fail_msg("%s: over %u, how %d", rows_icmp[i].what, a.over, a.talk.how);
            pp_talk_abort(&a.talk, PP_HOW_SILENT, a.world.now);
            assert_int_equal(a.over, 1);
            assert_int_equal(a.decided, 1);
            assert_int_equal(a.sent, 1);
            end(&a);
        }
}

static unsigned open_files(void)
{
    DIR *d = opendir("/proc/self/fd");
    unsigned n = 0;

    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void all_rows(void **state)
{
    unsigned before = open_files();

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        run_row(&rows[i], "192.0.2.1");
        run_row(&rows[i], "2001:db8::1");
    }
    assert_int_equal(open_files(), before);
}

/* A release at any moment leaves nothing behind. */
static void release_early(void **state)
{
    unsigned before = open_files();

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (long ms = 0; ms < 120; ms += 5) {
            struct arm a;
            begin(&a, rows[i].mode, &rows[i].server, "192.0.2.1", 80, NULL);
            world_run(&a.world, a.world.now + ms * MS);
            end(&a);
        }
    assert_int_equal(open_files(), before);
}

/* Many at once, on one pool, each with its own answer. */
static void side_by_side(void **state)
{
    enum { N = 40 };
    static struct arm arm[N];
    static struct world_server server[N];
    static char text[N][64];

    (void)state;
    for (int i = 0; i < N; i++) {
        server[i] = (struct world_server){TYPICAL, .keep_open = true};
        snprintf(text[i], sizeof text[i], "HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n", 200 + i);
        server[i].answer = text[i];
        server[i].answer_len = strlen(text[i]);
        begin(&arm[i], PP_MODE_HTTP, &server[i], "192.0.2.1", 8080, "x.example");
    }
    for (long ms = 1; ms < 200; ms++)
        for (int i = 0; i < N; i++)
            world_run(&arm[i].world, 1000 * MS + ms * MS);
    for (int i = 0; i < N; i++) {
        assert_int_equal(arm[i].talk.http_status, 200 + i);
        assert_true(arm[i].talk.over);
        assert_non_null(strstr(arm[i].world.request, "Host: x.example:8080\r\n"));
        end(&arm[i]);
    }
}

/* A host name that cannot be asked for is a failure of this host, and no packet is sent. */
static void unusable_hosts(void **state)
{
    static const char *const names[] = {"", "a b", "a\r\nX: y", "a/b", "user@host", "a?b", "a#b", "\xc3\xbc.example"};
    static const struct world_server server = {TYPICAL, ANSWER("HTTP/1.1 200 OK\r\n\r\n")};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct arm a;
        begin(&a, PP_MODE_HTTP, &server, "192.0.2.1", 80, names[i]);
        world_run(&a.world, a.world.now + 1000 * MS);
        assert_true(a.talk.failed);
        assert_false(a.talk.ok);
        assert_int_equal(a.over, 1);
        assert_int_equal(a.world.request_len, 0);
        assert_true(a.world.reset);
        end(&a);
    }
}

/* Without a free descriptor the conversation fails as one of this host. With two it works, also after such failures. */
static void no_descriptors(void **state)
{
    static const struct world_server server = {TYPICAL, .keep_open = true, ANSWER("HTTP/1.1 204 X\r\n\r\n")};
    struct rlimit old, tight;
    int filler[64], n = 0, spare;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    tight = old;
    tight.rlim_cur = COUNT(filler);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    while (n < (int)COUNT(filler) && (filler[n] = dup(0)) >= 0)
        n++;
    for (spare = 0; spare < 4; spare++) {
        struct arm a;

        begin(&a, PP_MODE_HTTP, &server, "192.0.2.1", 80, NULL);
        world_run(&a.world, a.world.now + 60000 * MS);
        assert_int_equal(a.talk.failed, spare < 2);
        assert_int_equal(a.talk.ok, spare >= 2);
        assert_int_equal(a.over, 1);
        end(&a);
        close(filler[--n]);
    }
    while (n > 0)
        close(filler[--n]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

/* ---- ICMP ---------------------------------------------------------------------------------------------- */

static void icmp(void **state)
{
    static const struct world_server server = {TYPICAL, .mute = true, ANSWER("")};
    static const struct {
        uint8_t proto, type;
        uint32_t seq_off;
        uint32_t quoted; /* bytes of the segment */
        bool ends;
    } errors[] = {
        {PP_PROTO_ICMP, 3, 0, 8, true},   {PP_PROTO_ICMP, 11, 0, 20, true},  {PP_PROTO_ICMP, 12, 0, 8, true},
        {PP_PROTO_ICMP, 5, 0, 8, false},  {PP_PROTO_ICMP, 4, 0, 8, false},   {PP_PROTO_ICMP, 3, 1, 8, false},
        {PP_PROTO_ICMP, 3, 0, 7, false},  {PP_PROTO_ICMP6, 1, 0, 20, true},  {PP_PROTO_ICMP6, 2, 0, 20, false},
        {PP_PROTO_ICMP6, 3, 0, 20, true}, {PP_PROTO_ICMP6, 128, 0, 20, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(errors); i++)
        for (int open = 0; open < 2; open++) {
            struct pp_packet e = {.proto = errors[i].proto, .icmp = {.type = errors[i].type}};
            struct pp_packet q = {.proto = PP_PROTO_TCP, .l4_cap = errors[i].quoted};
            struct arm a;

            q.tcp.seq = 0xfffffffe + errors[i].seq_off;
            begin(&a, PP_MODE_HTTP, &server, "192.0.2.1", 80, NULL);
            if (open)
                world_run(&a.world, a.world.now + 100 * MS);
            pp_talk_icmp(&a.talk, &e, &q, a.world.now);
            assert_int_equal(a.over, errors[i].ends && !open);
            assert_int_equal(a.talk.how, a.over ? PP_HOW_ICMP : PP_HOW_NONE);
            assert_int_equal(a.world.reset, 0);
            end(&a);
        }
}

/* A bare ACK to the SYN. */
static void stale(void **state)
{
    static const struct world_server server = {TYPICAL, .mute = true, ANSWER("")};
    struct arm a;
    struct pp_packet p;
    uint8_t bytes[128];

    (void)state;
    begin(&a, PP_MODE_HTTP, &server, "192.0.2.1", 80, NULL);
    peer_packet(&p, bytes, 4, &(struct peer_segment){.ack = 12345, .flags = PP_TCP_ACK, .mss = -1, .wscale = -1});
    pp_talk_input(&a.talk, &p, a.world.now);
    assert_true(a.talk.stale);
    assert_false(a.talk.ok);
    assert_int_equal(a.over, 1);
    assert_int_equal(a.sent, 2);
    end(&a);
}

static void modes(void **state)
{
    uint32_t seen = 0;

    (void)state;
    for (const struct pp_talk_mode *m = pp_talk_modes; m->name; m++) {
        assert_ptr_equal(pp_talk_mode_find(m->name), m);
        assert_ptr_equal(pp_talk_mode_of(m->bit), m);
        assert_int_equal(seen & m->bit, 0);
        if (m->proto == PP_PROTO_TCP)
            assert_in_range(m->window, 1 << 7, m->snaplen - 120); /* with IPv6 and all TCP options */
        seen |= m->bit;
    }
    assert_int_equal(seen, PP_MODE_TCP | PP_MODE_HTTP | PP_MODE_HTTPS | PP_MODE_DNSTCP | PP_MODE_DNSUDP |
                               PP_MODE_QUICVN | PP_MODE_QUICINIT);
    assert_null(pp_talk_mode_find("gopher"));
    assert_null(pp_talk_mode_of(1u << 31));
}

static int setup(void **state)
{
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:9", 1); /* must make no difference */
    curl_global_init(CURL_GLOBAL_DEFAULT);
    pool = pp_http_pool_new("pathprobe-test");
    return pool ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    pp_http_pool_free(pool);
    curl_global_cleanup();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_rows),       cmocka_unit_test(release_early), cmocka_unit_test(side_by_side),
        cmocka_unit_test(unusable_hosts), cmocka_unit_test(icmp),          cmocka_unit_test(stale),
        cmocka_unit_test(no_descriptors), cmocka_unit_test(modes),
        cmocka_unit_test(dns_over_tcp),   cmocka_unit_test(dns_split),     cmocka_unit_test(datagrams),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
