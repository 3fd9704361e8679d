/* SPDX-License-Identifier: BSD-2-Clause */
/* modes.c: the connect modes, a table. Each mode decides when a conversation has succeeded. */
#include "talk.h"

#include "dns.h"
#include "quic.h"

#include <curl/curl.h>

/* ---- tcp: the handshake alone ------------------------------------------------------------------------ */

static void plain_open(struct pp_talk *t)
{
    pp_talk_decide(t, true, PP_HOW_NONE);
    pp_tcp_close(&t->tcp, t->now);
}

static size_t plain_data(struct pp_talk *t, const uint8_t *bytes, size_t len)
{
    (void)t, (void)bytes;
    return len;
}

static void plain_eof(struct pp_talk *t)
{
    pp_tcp_close(&t->tcp, t->now);
}

static void plain_end(struct pp_talk *t)
{
    (void)t;
}

/* ---- http and https: GET /, success with the first status line, then read the rest up to a limit ------ */

static int http_write(void *arg, const uint8_t *bytes, size_t len)
{
    struct pp_talk *t = arg;

    return pp_tcp_write(&t->tcp, bytes, len, t->now);
}

static void http_answered(void *arg, int status, enum pp_http_version version)
{
    struct pp_talk *t = arg;

    t->http_status = (int16_t)status;
    t->http_version = (uint8_t)version;
    pp_talk_decide(t, true, PP_HOW_NONE);
}

static void http_done(void *arg, const struct pp_http_result *r)
{
    struct pp_talk *t = arg;

    t->http = NULL;
    if (r->curl_code == CURLE_OUT_OF_MEMORY)
        t->failed = true;
    pp_talk_decide(t, false, PP_HOW_BAD_REPLY);
    if (r->cut) /* a FIN alone would not stop the server from sending */
        pp_tcp_abort(&t->tcp, PP_HOW_NONE, t->now);
    else
        pp_tcp_close(&t->tcp, t->now);
}

static const struct pp_http_ops http_ops = {.write = http_write, .answered = http_answered, .done = http_done};

static const char *http_unfit(const char *domain)
{
    return domain && strcmp(domain, ".") == 0 ? "domain is the DNS root, which is not a host" : NULL;
}

static void http_open(struct pp_talk *t)
{
    char literal[PP_ADDR_STRLEN + 2], text[PP_ADDR_STRLEN];
    struct pp_http_ask ask = {
        .host = t->ask.domain, .port = t->dport, .tls = t->mode->tls, .long_request = t->tcp.size != 0,
        .version = (enum pp_http_version)t->ask.http};

    if (!ask.host) {
        bool v4 = pp_addr_is4(&t->dst);
        snprintf(literal, sizeof literal, v4 ? "%s" : "[%s]", pp_addr_str(&t->dst, text));
        ask.host = literal;
    }
    t->http = pp_http_start(t->pool, &ask, &http_ops, t);
    if (t->http)
        return;
    t->failed = true;
    pp_tcp_abort(&t->tcp, PP_HOW_STALLED, t->now);
}

static size_t http_data(struct pp_talk *t, const uint8_t *bytes, size_t len)
{
    bool gone;

    return t->http ? pp_http_feed(t->http, bytes, len, &gone) : len;
}

static void http_eof(struct pp_talk *t)
{
    if (t->http)
        pp_http_eof(t->http);
    else
        pp_tcp_close(&t->tcp, t->now);
}

static void http_end(struct pp_talk *t)
{
    if (t->http)
        pp_http_cancel(t->http);
    t->http = NULL;
}

/* ---- dnstcp: a query with its length, and the beginning of its answer (RFC 1035 section 4.2.2) ------------ */

static void dns_open(struct pp_talk *t)
{
    uint8_t bytes[2 + PP_DNS_QUERY_MAX];
    size_t len = pp_dns_query(&t->ask, bytes + 2, sizeof bytes - 2);

    pp_put16(bytes, (uint16_t)len);
    if (len && pp_tcp_write(&t->tcp, bytes, 2 + len, t->now) == 0)
        return;
    t->failed = true;
    pp_tcp_abort(&t->tcp, PP_HOW_STALLED, t->now);
}

/* Takes a piece of the stream, however it is cut into segments: the two bytes of the length, then the message. */
static size_t dns_data(struct pp_talk *t, const uint8_t *bytes, size_t len)
{
    enum pp_dns_match match = PP_DNS_SO_FAR;
    size_t at = 0;

    for (; at < len && t->answered < 2; at++, t->answered++)
        t->answer_len = (uint16_t)(t->answer_len << 8 | bytes[at]);
    if (at == len)
        return len;
    match = pp_dns_match(&t->ask, bytes + at, t->answered - 2, len - at);
    t->answered += (uint32_t)(len - at);
    if (match == PP_DNS_SO_FAR && t->answered < 2u + t->answer_len)
        return len;
    /* The declared length must cover all bytes that were compared. */
    pp_talk_decide(t, match == PP_DNS_ANSWER && t->answer_len >= pp_dns_answer_min(&t->ask), PP_HOW_BAD_REPLY);
    pp_tcp_close(&t->tcp, t->now);
    return len;
}

/* ---- dnsudp: the same query in a datagram ------------------------------------------------------------------ */

static bool dns_reply(const struct pp_ask *a, const uint8_t *bytes, size_t len)
{
    return pp_dns_match(a, bytes, 0, len) == PP_DNS_ANSWER;
}

/* ---- quicvn and quicinit: version negotiation, and an Initial, unless the arm's step sets `quic` ---------- */

static size_t quic_message(const struct pp_ask *a, uint8_t *out, size_t cap)
{
    return a->quic == PP_QUIC_ASKS_INITIAL ? pp_quic_initial(a, out, cap) : pp_quic_offer(a, out, cap);
}

/* Sends CONNECTION_CLOSE, so that the server drops the connection state that it keeps for the probe. */
static void quic_bye(struct pp_talk *t)
{
    uint8_t bytes[PP_QUIC_LEAST];
    struct pp_segment s = {.on = PP_ON_DATAGRAM, .payload = bytes, .apart = true, .ordinal = PP_TEMPLATE_ORDINALS - 1};

    if (!t->kept)
        return;
    s.len = pp_quic_goodbye(&t->ask, &t->peer, bytes, sizeof bytes);
    t->owner->send(t, &s);
}

static enum pp_udp_reply ask_with_token(struct pp_talk *t, const struct pp_quic_retry *retry)
{
    t->retry = malloc(sizeof *t->retry);
    if (!t->retry) {
        t->failed = true;
        return PP_UDP_WRONG;
    }
    *t->retry = *retry;
    t->ask.retry = t->retry;
    return PP_UDP_AGAIN;
}

static bool quic_reply(const struct pp_ask *a, const uint8_t *bytes, size_t len)
{
    struct pp_quic_retry retry;
    struct pp_quic_seen seen;
    struct pp_quic_id scid;

    if (a->quic == PP_QUIC_ASKS_INITIAL)
        return pp_quic_answer(a, bytes, len, &seen, &scid, &retry) != PP_QUIC_NOTHING;
    return pp_quic_is_negotiation(a, bytes, len);
}

static enum pp_udp_reply quic_take(struct pp_talk *t, const uint8_t *bytes, size_t len)
{
    struct pp_quic_retry retry;
    struct pp_quic_seen seen;
    struct pp_quic_id scid;

    if (t->ask.quic != PP_QUIC_ASKS_INITIAL)
        return pp_quic_is_negotiation(&t->ask, bytes, len) ? PP_UDP_ANSWER : PP_UDP_WRONG;
    switch (pp_quic_answer(&t->ask, bytes, len, &seen, &scid, &retry)) {
    case PP_QUIC_ASKED_AGAIN:
        return ask_with_token(t, &retry);
    case PP_QUIC_OPENED:
        if (t->owner->read)
            t->owner->read(t, &seen);
        t->peer = scid;
        t->kept = !seen.closed;
        if (seen.crypto || seen.closed)
            return PP_UDP_ANSWER;
        /*
         * A server may acknowledge first, and answer the ClientHello in a later datagram. It also acknowledges one half
         * of a divided ClientHello.
         */
        return t->ask.parts > 1 ? PP_UDP_WRONG : PP_UDP_FIRST;
    default:
        return PP_UDP_WRONG;
    }
}

/* ---- the table --------------------------------------------------------------------------------------- */

const struct pp_talk_mode pp_talk_modes[] = {
    {
        .name = "tcp",
        .bit = PP_MODE_TCP,
        .proto = PP_PROTO_TCP,
        .port = 80,
        .window = 256,
        .snaplen = 512,
        .packets = 4, /* SYN, ACK, FIN, ACK */
        .what = "TCP handshake, then close",
        .open = plain_open,
        .data = plain_data,
        .eof = plain_eof,
        .end = plain_end,
    },
    {
        .name = "http",
        .bit = PP_MODE_HTTP,
        .proto = PP_PROTO_TCP,
        .port = 80,
        .window = 4096,
        .snaplen = 4352,
        .packets = 8, /* as tcp, GET, and the ACKs of an answer in a few segments */
        .cost = PP_HTTP_COST,
        .what = "GET / over HTTP/1.1, up to the first valid status line; the rest of the answer is read up to a bound",
        .unfit = http_unfit,
        .open = http_open,
        .data = http_data,
        .eof = http_eof,
        .end = http_end,
    },
    {
        .name = "https",
        .bit = PP_MODE_HTTPS,
        .proto = PP_PROTO_TCP,
        .port = 443,
        .window = 4096,
        .snaplen = 4352,
        .tls = true,
        .packets = 14, /* http's, two of ours in the TLS handshake and its end, and the ACKs of the certificates */
        .cost = PP_HTTPS_COST,
        .what = "the same within TLS, whatever the certificate; the target's domain is the server name (SNI)",
        .unfit = http_unfit,
        .open = http_open,
        .data = http_data,
        .eof = http_eof,
        .end = http_end,
    },
    {
        .name = "dnstcp",
        .bit = PP_MODE_DNSTCP,
        .proto = PP_PROTO_TCP,
        .port = 53,
        .window = 1024,
        .snaplen = 1280,
        .packets = 6, /* SYN, ACK, query, ACK, FIN, ACK */
        .what = "a DNS query over TCP, up to an answer with its id and question",
        .unfit = pp_dns_unfit,
        .open = dns_open,
        .data = dns_data,
        .eof = plain_eof,
        .end = plain_end,
    },
    {
        .name = "dnsudp",
        .bit = PP_MODE_DNSUDP,
        .proto = PP_PROTO_UDP,
        .port = 53,
        .snaplen = 1024,
        .packets = 1,
        .what = "a DNS query over UDP, up to an answer with its id and question",
        .message = pp_dns_query,
        .reply = dns_reply,
        .unfit = pp_dns_unfit,
    },
    {
        .name = "quicvn",
        .bit = PP_MODE_QUICVN,
        .proto = PP_PROTO_UDP,
        .port = 443,
        .snaplen = 1536,
        .packets = 1,
        .what = "a QUIC packet of a reserved version, up to the version negotiation that answers it",
        .quic = PP_QUIC_ASKS_VERSIONS,
        .message = quic_message,
        .reply = quic_reply,
        .take = quic_take,
        .bye = quic_bye,
    },
    {
        .name = "quicinit",
        .bit = PP_MODE_QUICINIT,
        .proto = PP_PROTO_UDP,
        .port = 443,
        .snaplen = 1536,
        .packets = 2, /* Initial, CONNECTION_CLOSE */
        .what = "a QUIC Initial with a ClientHello for the target's domain, up to the first Initial that answers it",
        .quic = PP_QUIC_ASKS_INITIAL,
        .message = quic_message,
        .reply = quic_reply,
        .take = quic_take,
        .bye = quic_bye,
        .unfit = http_unfit,
    },
    {.name = NULL},
};

const struct pp_talk_mode *pp_talk_mode_find(const char *name)
{
    for (const struct pp_talk_mode *m = pp_talk_modes; m->name; m++)
        if (strcmp(m->name, name) == 0)
            return m;
    return NULL;
}

const struct pp_talk_mode *pp_talk_mode_of(uint32_t bit)
{
    for (const struct pp_talk_mode *m = pp_talk_modes; m->name; m++)
        if (m->bit == bit)
            return m;
    return NULL;
}
