/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_quic.c: Initial packets of QUIC against the samples of RFC 9001 appendix A; packets that answer an Initial of
 * ours, and forged ones that do not; the goodbye.
 */
#include "../../core/packet/quic.h"
#include "../../core/packet/packet.h"
#include "../../core/talk/talk.h"

#include "golden_quic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct pp_quic_crypto *crypto;
static const struct pp_quic_id sample_id = {8, {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08}};

static int set_up(void **state)
{
    (void)state;
    crypto = pp_quic_crypto_new();
    return crypto ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    pp_quic_crypto_free(crypto);
    return 0;
}

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = strlen(hex) / 2;

    for (size_t i = 0; i < n; i++)
        sscanf(hex + 2 * i, "%2hhx", &out[i]);
    return n;
}

static void assert_hex(const uint8_t *bytes, const char *hex)
{
    uint8_t want[2048];

    assert_memory_equal(bytes, want, unhex(hex, want));
}

static void derive(const struct pp_quic_id *id, bool server, struct pp_quic_keys *k)
{
    uint8_t secret[PP_QUIC_SECRET];

    pp_quic_secret(crypto, id, secret);
    pp_quic_keys(crypto, secret, server, k);
}

/* ---- the samples of RFC 9001 ----------------------------------------------------------------------------------- */

static void sample_keys(void **state)
{
    uint8_t secret[PP_QUIC_SECRET];
    struct pp_quic_keys k;

    (void)state;
    pp_quic_secret(crypto, &sample_id, secret);
    assert_hex(secret, "7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44");
    derive(&sample_id, false, &k);
    assert_hex(k.key, "1f369613dd76d5467730efcbe3b1a22d");
    assert_hex(k.iv, "fa044b2f42a3fd3b46fb255c");
    assert_hex(k.hp, "9f50449e04a0e810283a1e9933adedd2");
    derive(&sample_id, true, &k);
    assert_hex(k.key, "cf3a5331653c364c88f0f379b6067e37");
    assert_hex(k.iv, "0ac1493ca1905853b0bba03e");
    assert_hex(k.hp, "c206b8d9b9f0f37644430b490eeaa314");
}

static void sample_packets(void **state)
{
    static const struct {
        const char *head, *frames, *packet;
        size_t pn_len, len;
        bool server;
        uint64_t pn;
    } rows[] = {
        {"c300000001088394c8f03e5157080000449e00000002", rfc9001_client_frame, rfc9001_client_packet, 4, 1162, false,
         2},
        {"c1000000010008f067a5502a4262b50040750001", rfc9001_server_frames, rfc9001_server_packet, 2, 99, true, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t p[2048] = {0}, frames[2048];
        size_t head = unhex(rows[i].head, p), n;
        struct pp_quic_seen seen;
        struct pp_quic_keys k;
        struct pp_quic_head h;
        uint64_t pn;

        unhex(rows[i].frames, p + head);
        derive(&sample_id, rows[i].server, &k);
        n = pp_quic_seal(crypto, &k, p, head - rows[i].pn_len, rows[i].pn_len, head + rows[i].len);
        assert_int_equal(n, strlen(rows[i].packet) / 2);
        assert_hex(p, rows[i].packet);

        assert_true(pp_quic_head(&h, p, n));
        assert_int_equal(h.len, n);
        assert_int_equal(pp_quic_open(crypto, &k, &h, frames, &pn), rows[i].len);
        assert_int_equal(pn, rows[i].pn);
        assert_hex(frames, rows[i].frames);
        assert_true(pp_quic_frames(frames, rows[i].len, &seen));
        assert_true(seen.crypto);
        assert_int_equal(seen.ack, rows[i].server);
        /* A changed bit, wherever it is, and the other side's keys open nothing. */
        for (size_t bit = 0; bit < 8 * n; bit += 37) {
            p[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (pp_quic_head(&h, p, n) && h.version == 1 && pp_quic_open(crypto, &k, &h, frames, &pn))
                fail_msg("row %zu: opens with bit %zu changed", i, bit);
            p[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        derive(&sample_id, !rows[i].server, &k);
        assert_true(pp_quic_head(&h, p, n));
        assert_int_equal(pp_quic_open(crypto, &k, &h, frames, &pn), 0);
    }
}

static void sample_retry(void **state)
{
    uint8_t p[64], tag[PP_QUIC_TAG];
    size_t n = unhex(rfc9001_retry, p);
    struct pp_quic_head h;

    (void)state;
    assert_true(pp_quic_head(&h, p, n));
    assert_int_equal(h.token_len, 5);
    assert_memory_equal(h.token, "token", 5);
    pp_quic_retry_tag(crypto, &sample_id, p, n - PP_QUIC_TAG, tag);
    assert_memory_equal(tag, p + n - PP_QUIC_TAG, PP_QUIC_TAG);
}

/* RFC 9000 appendix A.1. */
static void numbers(void **state)
{
    static const struct {
        const char *hex;
        uint64_t v;
        bool shortest;
    } rows[] = {
        {"c2197c5eff14e88c", UINT64_C(151288809941952652), true}, {"9d7f3e7d", 494878333, true},
        {"7bbd", 15293, true}, {"25", 37, true}, {"4025", 37, false},
        {"ffffffffffffffff", PP_QUIC_VARINT_MAX - 1, true}, {"00", 0, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t b[8], out[8];
        size_t n = unhex(rows[i].hex, b), at = 0;
        uint64_t v;

        assert_true(pp_quic_varint(b, n, &at, &v));
        assert_int_equal(v, rows[i].v);
        assert_int_equal(at, n);
        at = 0;
        assert_false(pp_quic_varint(b, n - 1, &at, &v));
        if (rows[i].shortest) {
            assert_int_equal(pp_quic_put_varint(out, rows[i].v), n);
            assert_memory_equal(out, b, n);
        }
    }
}

/* ---- frames ---------------------------------------------------------------------------------------------------- */

static void frames(void **state)
{
    static const struct {
        const char *what, *hex;
        bool good, ack, ecn, closed;
        uint64_t ect0, ect1, ce, error;
    } rows[] = {
        {"padding", "0000", true, false, false, false, 0, 0, 0, 0},
        {"ACK", "0200000000", true, true, false, false, 0, 0, 0, 0},
        {"ACK_ECN: ECT(0), ECT(1), CE", "0300000000010203", true, true, true, false, 1, 2, 3, 0},
        {"counts as large as can be", "0300000000ffffffffffffffffffffffffffffffffffffffffffffffff", true, true, true,
         false, PP_QUIC_VARINT_MAX - 1, PP_QUIC_VARINT_MAX - 1, PP_QUIC_VARINT_MAX - 1, 0},
        {"ACK without its counts", "03000000000102", false, false, false, false, 0, 0, 0, 0},
        {"first range below 0", "0200000001", false, false, false, false, 0, 0, 0, 0},
        {"two ranges", "020500010101" "01", true, true, false, false, 0, 0, 0, 0},
        {"second range below 0", "02050001010104", false, false, false, false, 0, 0, 0, 0},
        {"its gap below 0", "02050001010400", false, false, false, false, 0, 0, 0, 0},
        {"2^62 - 1 ranges", "020500ffffffffffffffff00", false, false, false, false, 0, 0, 0, 0},
        {"closed, TLS alert 120", "1c41780600", true, false, false, true, 0, 0, 0, 0x178},
        {"closed, with a reason", "1c0000026f6b", true, false, false, true, 0, 0, 0, 0},
        {"a reason that is longer than the packet", "1c000009ab", false, false, false, false, 0, 0, 0, 0},
        {"CRYPTO beyond the end", "060040ff00", false, false, false, false, 0, 0, 0, 0},
        {"a STREAM frame", "080000", false, false, false, false, 0, 0, 0, 0},
        {"an unknown type", "7f00", false, false, false, false, 0, 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t b[64];
        struct pp_quic_seen s;
        bool good = pp_quic_frames(b, unhex(rows[i].hex, b), &s);

        if (good != rows[i].good || (good && (s.ack != rows[i].ack || s.ecn != rows[i].ecn ||
                                              s.closed != rows[i].closed || s.ect0 != rows[i].ect0 ||
                                              s.ect1 != rows[i].ect1 || s.ce != rows[i].ce ||
                                              s.error != rows[i].error)))
            fail_msg("%s", rows[i].what);
    }
}

/* ---- our Initial ----------------------------------------------------------------------------------------------- */

/* The frames of P, as the server opens it. */
static size_t open_ours(const uint8_t *p, size_t n, const struct pp_quic_id *key, uint8_t *out, struct pp_quic_head *h,
                        uint64_t *pn)
{
    struct pp_quic_keys k;

    assert_true(pp_quic_head(h, p, n));
    assert_int_equal(h->len, n);
    assert_int_equal(h->version, 1);
    derive(key ? key : &h->dcid, false, &k);
    return pp_quic_open(crypto, &k, h, out, pn);
}

static void initials(void **state)
{
    static const char *const domains[] = {"example.org", "example.org.", NULL, ".", "192.0.2.1", "2001:db8::1"};
    struct pp_quic_head h, before = {0};
    uint8_t p[PP_MESSAGE_MAX], again[PP_MESSAGE_MAX], f[PP_MESSAGE_MAX];
    struct pp_quic_seen seen;
    uint64_t pn;

    (void)state;
    for (size_t i = 0; i < COUNT(domains); i++) {
        struct pp_ask ask = {.domain = domains[i], .chance = 77 + i, .crypto = crypto, .padding = i == 1 ? 252 : 0};
        size_t n = pp_quic_initial(&ask, p, sizeof p), frames_len;
        struct pp_quic_kept kept = {0};

        assert_int_equal(n, 1200 + ask.padding);
        assert_int_equal(pp_quic_initial(&ask, again, n), n);
        assert_memory_equal(p, again, n);
        assert_int_equal(pp_quic_initial(&ask, again, n - 1), 0);
        /* Kept keys change nothing, neither when they are derived nor when they are used. */
        ask.kept = &kept;
        for (unsigned use = 0; use < 2; use++) {
            memset(again, 0, sizeof again);
            assert_int_equal(pp_quic_initial(&ask, again, n), n);
            assert_memory_equal(p, again, n);
            assert_int_equal(kept.of, 1);
        }
        frames_len = open_ours(p, n, NULL, f, &h, &pn);
        assert_int_equal(pn, 0);
        assert_int_equal(h.dcid.len, 8);
        assert_int_equal(h.token_len, 0);
        assert_true(pp_quic_frames(f, frames_len, &seen));
        assert_true(seen.crypto && !seen.ack);
        assert_int_equal(memmem(f, frames_len, "example.org", 11) != NULL, i < 2);
        assert_null(memmem(f, frames_len, "192.0.2.1", 9));
        /* No connection id is used twice. */
        assert_memory_not_equal(h.dcid.b, before.dcid.b, 8);
        before = h;
    }
}

/* The ClientHello in two Initials: both halves are there, and nothing but them. */
static void split(void **state)
{
    struct pp_ask ask = {.domain = "example.org", .chance = 5, .crypto = crypto};
    uint8_t p[2][PP_MESSAGE_MAX], f[PP_MESSAGE_MAX], whole[PP_MESSAGE_MAX], joined[512] = {0};
    struct pp_quic_head h[2];
    size_t hello, n;
    uint64_t pn;

    (void)state;
    n = pp_quic_initial(&ask, whole, sizeof whole);
    open_ours(whole, n, NULL, f, &h[0], &pn);
    memcpy(whole, f, sizeof f);
    hello = pp_get16(whole + 2) & 0x3fff; /* behind type and offset */
    ask.parts = 2;
    for (ask.part = 0; ask.part < 2; ask.part++) {
        size_t at = 1;
        uint64_t offset = 0, len = 0;

        n = pp_quic_initial(&ask, p[ask.part], sizeof p[0]);
        assert_int_equal(n, 1200);
        n = open_ours(p[ask.part], n, NULL, f, &h[ask.part], &pn);
        assert_int_equal(pn, ask.part);
        assert_int_equal(f[0], 6);
        assert_true(pp_quic_varint(f, n, &at, &offset) && pp_quic_varint(f, n, &at, &len));
        assert_in_range(len, hello / 2, hello / 2 + 1);
        memcpy(joined + offset, f + at, len);
    }
    assert_memory_equal(h[0].dcid.b, h[1].dcid.b, 8);
    assert_memory_equal(joined, whole + 4, hello);
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

struct server {
    struct pp_quic_head ours; /* the Initial that it got */
    uint8_t got[PP_MESSAGE_MAX];
    struct pp_quic_id id;
    struct pp_quic_keys keys;
};

static void serve(struct server *s, const struct pp_ask *ask, uint8_t id_len)
{
    size_t n = pp_quic_initial(ask, s->got, sizeof s->got);

    assert_true(pp_quic_head(&s->ours, s->got, n));
    s->id.len = id_len;
    memset(s->id.b, 0x5e, sizeof s->id.b);
    derive(&s->ours.dcid, true, &s->keys);
}

static size_t put_id(uint8_t *out, const struct pp_quic_id *id)
{
    out[0] = id->len;
    memcpy(out + 1, id->b, id->len);
    return 1u + id->len;
}

/* An Initial of the server with FRAMES, packet number 0; the Length field is off by LIE. */
static size_t server_initial(const struct server *s, const char *hex, int lie, uint8_t *out)
{
    uint8_t body[256] = {0};
    size_t n = unhex(hex, body), at = 5, pn_off;

    n = n < 4 ? 4 : n;
    memcpy(out, (const uint8_t[]){0xc0, 0, 0, 0, 1}, 5);
    at += put_id(out + at, &s->ours.scid);
    at += put_id(out + at, &s->id);
    out[at++] = 0; /* no token */
    pp_put16(out + at, (uint16_t)(0x4000 | (1 + (int)n + PP_QUIC_TAG + lie)));
    at += 2;
    pn_off = at;
    out[at++] = 0;
    memcpy(out + at, body, n);
    return pp_quic_seal(crypto, &s->keys, out, pn_off, 1, at + n);
}

static size_t server_retry(const struct server *s, size_t token_len, uint8_t *out)
{
    size_t at = 5;

    memcpy(out, (const uint8_t[]){0xf0, 0, 0, 0, 1}, 5);
    at += put_id(out + at, &s->ours.scid);
    at += put_id(out + at, &s->id);
    memset(out + at, 0x70, token_len);
    at += token_len;
    pp_quic_retry_tag(crypto, &s->ours.dcid, out, at, out + at);
    return at + PP_QUIC_TAG;
}

static size_t server_versions(const struct server *s, uint32_t first, uint8_t *out)
{
    size_t at = 5;

    memcpy(out, (const uint8_t[]){0xca, 0, 0, 0, 0}, 5);
    at += put_id(out + at, &s->ours.scid);
    at += put_id(out + at, &s->ours.dcid);
    pp_put32(out + at, first);
    pp_put32(out + at + 4, 0x6b3343cf);
    return at + 8;
}

static void answers(void **state)
{
    static const struct {
        const char *what, *frames;
        int lie;
        uint8_t id_len, garbage;
        enum pp_quic_answer answer;
        bool ecn;
        uint64_t ect0;
    } rows[] = {
        {"ACK", "0200000000", 0, 8, 0, PP_QUIC_OPENED, false, 0},
        {"ACK_ECN", "0300000000010000", 0, 8, 0, PP_QUIC_OPENED, true, 1},
        {"a server id of 0 bytes", "0300000000010000", 0, 0, 0, PP_QUIC_OPENED, true, 1},
        {"a server id of 20 bytes", "0300000000010000", 0, 20, 0, PP_QUIC_OPENED, true, 1},
        {"counts of 2^62 - 1", "0300000000ffffffffffffffff0000", 0, 8, 0, PP_QUIC_OPENED, true, PP_QUIC_VARINT_MAX - 1},
        {"closed", "1c41780600", 0, 8, 0, PP_QUIC_OPENED, false, 0},
        {"garbage behind it", "0300000000010000", 0, 8, 40, PP_QUIC_OPENED, true, 1},
        {"a length beyond the datagram", "0300000000010000", 1, 8, 0, PP_QUIC_NOTHING, false, 0},
        {"a length that is too short", "0300000000010000", -1, 8, 0, PP_QUIC_NOTHING, false, 0},
        {"nothing but PING", "01", 0, 8, 0, PP_QUIC_NOTHING, false, 0},
        {"a packet acknowledged that was not sent", "0301000000010000", 0, 8, 0, PP_QUIC_NOTHING, false, 0},
        {"a range below 0", "0200000001", 0, 8, 0, PP_QUIC_NOTHING, false, 0},
        {"a STREAM frame", "0200000000080000", 0, 8, 0, PP_QUIC_NOTHING, false, 0},
    };
    struct pp_ask ask = {.domain = "example.org", .chance = 9, .crypto = crypto};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t p[PP_MESSAGE_MAX], goodbye[PP_MESSAGE_MAX], f[PP_MESSAGE_MAX];
        struct pp_quic_retry retry;
        struct pp_quic_seen seen;
        struct pp_quic_head h;
        struct pp_quic_id id;
        struct server s;
        uint64_t pn;
        size_t n;

        serve(&s, &ask, rows[i].id_len);
        n = server_initial(&s, rows[i].frames, rows[i].lie, p);
        memset(p + n, 0xee, rows[i].garbage);
        n += rows[i].garbage;
        if (pp_quic_answer(&ask, p, n, &seen, &id, &retry) != rows[i].answer)
            fail_msg("%s", rows[i].what);
        /* It is no answer to another conversation, nor when truncated. */
        ask.chance++;
        assert_int_equal(pp_quic_answer(&ask, p, n, &seen, &id, &retry), PP_QUIC_NOTHING);
        ask.chance--;
        for (size_t cut = 0; cut < n - rows[i].garbage; cut++)
            assert_int_equal(pp_quic_answer(&ask, p, cut, &seen, &id, &retry), PP_QUIC_NOTHING);
        if (rows[i].answer != PP_QUIC_OPENED)
            continue;
        pp_quic_answer(&ask, p, n, &seen, &id, &retry);
        assert_int_equal(seen.ecn, rows[i].ecn);
        assert_int_equal(seen.ect0, rows[i].ect0);
        assert_int_equal(id.len, rows[i].id_len);
        /* The goodbye goes to the server's own id, with the keys of the first one. */
        assert_int_equal(pp_quic_goodbye(&ask, &id, goodbye, sizeof goodbye), PP_QUIC_LEAST);
        n = open_ours(goodbye, PP_QUIC_LEAST, &s.ours.dcid, f, &h, &pn);
        assert_int_equal(h.dcid.len, rows[i].id_len);
        assert_int_equal(pn, 1);
        assert_true(pp_quic_frames(f, n, &seen));
        assert_true(seen.closed && seen.error == 0);
    }
}

/* A Length of 0 to 20 bytes, the datagram's end there or later: too few for packet number, sample and tag. */
static void short_lengths(void **state)
{
    struct pp_ask ask = {.domain = "example.org", .chance = 21, .crypto = crypto};
    struct pp_quic_retry retry;
    struct pp_quic_seen seen;
    uint8_t p[PP_MESSAGE_MAX];
    struct pp_quic_id id;
    struct server s;

    (void)state;
    serve(&s, &ask, 8);
    for (unsigned length = 0; length <= 20; length++) {
        size_t n = server_initial(&s, "0300000000010000", 0, p), at = n - 1 - 8 - PP_QUIC_TAG - 2;
        uint8_t *ends;

        pp_put16(p + at, (uint16_t)(0x4000 | length));
        assert_int_equal(pp_quic_answer(&ask, p, n, &seen, &id, &retry), PP_QUIC_NOTHING);
        n = at + 2 + length;
        ends = malloc(n);
        assert_non_null(ends);
        memcpy(ends, p, n);
        assert_int_equal(pp_quic_answer(&ask, ends, n, &seen, &id, &retry), PP_QUIC_NOTHING);
        free(ends);
    }
}

/* RFC 9000 section 17.2: a connection id of version 1 has 20 bytes at most; no more are read of any version. */
static void long_ids(void **state)
{
    uint8_t p[600] = {0xc0, 0, 0, 0, 1};
    struct pp_quic_head h;

    (void)state;
    for (unsigned len = 0; len < 256; len++) {
        memset(p + 5, 0, sizeof p - 5);
        p[5] = (uint8_t)len; /* the destination's, then the source's */
        assert_int_equal(pp_quic_head(&h, p, sizeof p), len <= PP_QUIC_ID_MAX);
        p[5] = 0;
        p[6] = (uint8_t)len;
        assert_int_equal(pp_quic_head(&h, p, sizeof p), len <= PP_QUIC_ID_MAX);
    }
}

/* An ACK in a packet of its own, the ServerHello in the next of the same datagram. */
static void coalesced(void **state)
{
    struct pp_ask ask = {.chance = 10, .crypto = crypto};
    struct pp_quic_retry retry;
    struct pp_quic_seen seen;
    uint8_t p[PP_MESSAGE_MAX];
    struct pp_quic_id id;
    struct server s;
    size_t n;

    (void)state;
    serve(&s, &ask, 8);
    n = server_initial(&s, "06000411223344", 0, p);
    n += server_initial(&s, "0300000000000001", 0, p + n);
    assert_int_equal(pp_quic_answer(&ask, p, n, &seen, &id, &retry), PP_QUIC_OPENED);
    assert_true(seen.crypto && seen.ack && seen.ecn && seen.ce == 1);
}

static void retries(void **state)
{
    static const struct {
        const char *what;
        size_t token;
        bool wrong_tag, same_id;
        enum pp_quic_answer answer;
    } rows[] = {
        {"a Retry", 80, false, false, PP_QUIC_ASKED_AGAIN},
        {"the longest token", PP_QUIC_TOKEN_MAX, false, false, PP_QUIC_ASKED_AGAIN},
        {"a wrong tag", 80, true, false, PP_QUIC_NOTHING},
        {"a token of 1200 bytes", 1200, false, false, PP_QUIC_NOTHING},
        {"no token", 0, false, false, PP_QUIC_NOTHING},
        {"the id that we chose", 80, false, true, PP_QUIC_NOTHING},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pp_quic_kept kept = {0}; /* of the first Initial, and no more of the second */
        struct pp_ask ask = {.domain = "example.org", .chance = 11 + i, .crypto = crypto, .kept = &kept};
        uint8_t p[PP_MESSAGE_MAX], second[PP_MESSAGE_MAX], f[PP_MESSAGE_MAX];
        struct pp_quic_retry retry;
        struct pp_quic_seen seen;
        struct pp_quic_head h;
        struct pp_quic_id id;
        struct server s;
        uint64_t pn;
        size_t n;

        serve(&s, &ask, 8);
        if (rows[i].same_id)
            s.id = s.ours.dcid;
        n = server_retry(&s, rows[i].token, p);
        p[n - 1] ^= rows[i].wrong_tag;
        if (pp_quic_answer(&ask, p, n, &seen, &id, &retry) != rows[i].answer)
            fail_msg("%s", rows[i].what);
        if (rows[i].answer != PP_QUIC_ASKED_AGAIN)
            continue;
        ask.retry = &retry;
        n = pp_quic_initial(&ask, second, sizeof second);
        assert_int_equal(n, PP_QUIC_LEAST);
        assert_true(open_ours(second, n, &s.id, f, &h, &pn) > 0);
        assert_int_equal(pn, 1);
        assert_memory_equal(h.dcid.b, s.id.b, s.id.len);
        assert_int_equal(h.token_len, rows[i].token);
        assert_memory_equal(h.scid.b, s.ours.scid.b, 8);
        /* A second Retry is ignored; the answer is protected with keys of the new connection id. */
        n = server_retry(&s, 8, p);
        assert_int_equal(pp_quic_answer(&ask, p, n, &seen, &id, &retry), PP_QUIC_NOTHING);
        n = server_initial(&s, "0200000000", 0, p);
        assert_int_equal(pp_quic_answer(&ask, p, n, &seen, &id, &retry), PP_QUIC_NOTHING);
        derive(&s.id, true, &s.keys);
        n = server_initial(&s, "0301000000010000", 0, p);
        assert_int_equal(pp_quic_answer(&ask, p, n, &seen, &id, &retry), PP_QUIC_OPENED);
    }
}

static void versions(void **state)
{
    struct pp_ask ask = {.chance = 12, .crypto = crypto};
    struct pp_quic_retry retry;
    struct pp_quic_seen seen;
    uint8_t p[PP_MESSAGE_MAX];
    struct pp_quic_id id;
    struct server s;
    size_t n;

    (void)state;
    serve(&s, &ask, 8);
    n = server_versions(&s, 0xff00001d, p);
    assert_int_equal(pp_quic_answer(&ask, p, n, &seen, &id, &retry), PP_QUIC_NEGOTIATION);
    assert_int_equal(pp_quic_answer(&ask, p, n - 1, &seen, &id, &retry), PP_QUIC_NOTHING);
    n = server_versions(&s, 1, p); /* ours among them */
    assert_int_equal(pp_quic_answer(&ask, p, n, &seen, &id, &retry), PP_QUIC_NOTHING);
    s.ours.dcid.b[0] ^= 1; /* not the id that was asked */
    n = server_versions(&s, 0xff00001d, p);
    assert_int_equal(pp_quic_answer(&ask, p, n, &seen, &id, &retry), PP_QUIC_NOTHING);
}

/* ---- a conversation -------------------------------------------------------------------------------------------- */

static struct {
    unsigned initials, goodbyes, reads, decided;
    bool closed;
} seen_of;

static void on_send(struct pp_talk *t, const struct pp_segment *s)
{
    (void)t;
    ++*(s->apart ? &seen_of.goodbyes : &seen_of.initials);
}

static void on_read(struct pp_talk *t, const struct pp_quic_seen *seen)
{
    (void)t;
    seen_of.reads++;
    seen_of.closed |= seen->closed;
}

static void on_decided(struct pp_talk *t)
{
    (void)t;
    seen_of.decided++;
}

static void on_over(struct pp_talk *t)
{
    (void)t;
}

/*
 * The answer to the ClientHello may come after a bare acknowledgment: the conversation waits for it. An acknowledgment
 * of half of a ClientHello is no success. CONNECTION_CLOSE is sent at the end, unless the server sent one.
 */
static void conversations(void **state)
{
    static const struct {
        const char *what, *frames[2];
        uint8_t parts;
        bool ok, closed;
        unsigned initials, goodbyes, reads;
        int64_t ms; /* until it is decided */
    } rows[] = {
        {"all at once", {"020000000006000101"}, 0, true, false, 1, 1, 1, 0},
        {"closed at once", {"1c41780600"}, 0, true, true, 1, 0, 1, 0},
        {"acknowledged, then closed", {"0200000000", "1c41780600"}, 0, true, true, 1, 0, 2, 1},
        {"acknowledged, then a ServerHello", {"0200000000", "06000101"}, 0, true, false, 1, 1, 2, 1},
        {"acknowledged, then nothing", {"0200000000"}, 0, true, false, 1, 1, 1, PP_UDP_REST / 1000000},
        {"both halves taken", {"0200000000", "020100000106000101"}, 2, true, false, 2, 1, 2, 1},
        {"half of it taken", {"0200000000"}, 2, false, false, 4, 1, 1, 2000},
    };
    static const struct pp_talk_owner owner = {on_send, on_decided, on_read, on_over};
    const struct pp_tcp_config config = {.connect_timeout = INT64_C(2000000000)};
    const int64_t ms = 1000000, start = 5000 * ms;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pp_addr dst = {.b = {[10] = 0xff, [11] = 0xff, [12] = 192, [15] = 1}};
        struct pp_packet p = {.proto = PP_PROTO_UDP};
        uint8_t bytes[PP_MESSAGE_MAX];
        struct pp_talk t;
        struct server s;
        int64_t now = start;

        memset(&seen_of, 0, sizeof seen_of);
        pp_talk_init(&t, pp_talk_mode_of(PP_MODE_QUICINIT), &owner, &config, &dst, 443, "example.org", NULL, 0, 0, 0);
        t.ask.chance = 13;
        t.ask.crypto = crypto;
        t.ask.quic = PP_QUIC_ASKS_INITIAL;
        t.ask.parts = rows[i].parts;
        serve(&s, &t.ask, 8);
        pp_talk_start(&t, now);
        for (unsigned k = 0; k < 2 && rows[i].frames[k]; k++, now += ms) {
            p.payload = bytes;
            p.payload_cap = (uint32_t)server_initial(&s, rows[i].frames[k], 0, bytes);
            pp_talk_input(&t, &p, now);
        }
        now -= ms;
        while (!t.over) {
            now = pp_talk_deadline(&t);
            pp_talk_timer(&t, now);
        }
        if (t.ok != rows[i].ok || seen_of.closed != rows[i].closed || seen_of.initials != rows[i].initials ||
            seen_of.goodbyes != rows[i].goodbyes || seen_of.reads != rows[i].reads || seen_of.decided != 1 ||
            now - start != rows[i].ms * ms)
            fail_msg("%s: ok %d, %u Initials, %u goodbyes, read %u times, after %lld ms", rows[i].what, t.ok,
                     seen_of.initials, seen_of.goodbyes, seen_of.reads, (long long)((now - start) / ms));
        pp_talk_release(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample_keys), cmocka_unit_test(sample_packets), cmocka_unit_test(sample_retry),
        cmocka_unit_test(numbers),     cmocka_unit_test(frames),         cmocka_unit_test(initials),
        cmocka_unit_test(split),       cmocka_unit_test(answers),        cmocka_unit_test(short_lengths),
        cmocka_unit_test(long_ids),    cmocka_unit_test(coalesced),      cmocka_unit_test(retries),
        cmocka_unit_test(versions),    cmocka_unit_test(conversations),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
