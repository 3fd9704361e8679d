/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_message.c: requests in one message and the answers accepted for them. Queries are compared with those of c-ares,
 * QUIC with the figures of RFC 8999 and RFC 9000 section 17.2.1; also the timing of the datagram client.
 */
#include "../../core/talk/dns.h"
#include "../../core/talk/quic.h"
#include "../../core/talk/udp.h"

#include "../../core/packet/packet.h"

#include <ares.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define S INT64_C(1000000000)

/* ---- DNS -------------------------------------------------------------------------------------------------- */

static const char label63[] = "abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuvwxyz";

static void names(void **state)
{
    char longest[256], too_long[256], label64[80];
    const struct {
        const char *domain, *why;
    } rows[] = {
        {"example.org", NULL}, {"example.org.", NULL}, {".", NULL}, {"a", NULL}, {label63, NULL}, {longest, NULL},
        {"_dns.x", NULL},
        {NULL, "no domain"}, {"", "label"}, {"a..b", "label"}, {".a", "label"}, {"a..", "label"}, {label64, "label"},
        {too_long, "longer"}, {"b\xc3\xbc" "cher.example", "ASCII"},
    };

    (void)state;
    snprintf(label64, sizeof label64, "%sx", label63);
    snprintf(longest, sizeof longest, "%s.%s.%s.%.61s", label63, label63, label63, label63); /* 253 bytes as text */
    snprintf(too_long, sizeof too_long, "%s.%s.%s.%.62s", label63, label63, label63, label63);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why = pp_dns_unfit(rows[i].domain);
        if (!why != !rows[i].why || (why && !strstr(why, rows[i].why)))
            fail_msg("'%s': %s", rows[i].domain ? rows[i].domain : "NULL", why ? why : "fit");
    }
}

static void queries(void **state)
{
    static const char *const domains[] = {"example.org", "EXAMPLE.org.", ".", "a.b-c.x", label63};

    (void)state;
    for (size_t i = 0; i < COUNT(domains); i++)
        for (uint64_t chance = 0x1234; chance < 0x1240; chance++) {
            struct pp_ask ask = {.domain = domains[i], .chance = chance};
            uint8_t out[PP_DNS_QUERY_MAX];
            size_t len = pp_dns_query(&ask, out, sizeof out);
            unsigned char *theirs;
            int theirs_len;

            assert_int_equal(ares_create_query(domains[i], 1, 1, (unsigned short)chance, 1, &theirs, &theirs_len, 0),
                             ARES_SUCCESS);
            assert_int_equal(len, theirs_len);
            assert_memory_equal(out, theirs, 12);
            assert_int_equal(strncasecmp((char *)out + 13, (char *)theirs + 13, len - 13), 0);
            assert_memory_equal(out + len - 4, theirs + len - 4, 4);
            ares_free_string(theirs);
            /* A query that does not fit is not written. */
            assert_int_equal(pp_dns_query(&ask, out, len - 1), 0);
        }
}

/* RFC 6891 section 6.1.2, RFC 7830 section 3: c-ares writes the OPT record, and has no padding option, which we add. */
static void padded(void **state)
{
    struct pp_ask ask = {.domain = "example.org", .chance = 7};
    uint8_t out[PP_MESSAGE_MAX];
    unsigned char *theirs;
    int theirs_len;

    (void)state;
    assert_int_equal(ares_create_query(ask.domain, 1, 1, 7, 1, &theirs, &theirs_len, 512), ARES_SUCCESS);
    for (ask.padding = 1; ask.padding < 64; ask.padding++) {
        size_t len = pp_dns_query(&ask, out, sizeof out), record = (size_t)theirs_len - 11;

        if (ask.padding < PP_DNS_PADDING_MIN) {
            assert_int_equal(len, 0);
            continue;
        }
        assert_int_equal(len, record + ask.padding);
        assert_memory_equal(out + 4, theirs + 4, 8); /* counts */
        assert_memory_equal(out + record, theirs + record, 9);
        assert_int_equal(pp_get16(out + record + 9), ask.padding - 11);
        assert_int_equal(pp_get16(out + record + 11), 12);
        assert_int_equal(pp_get16(out + record + 13), ask.padding - 15);
        for (size_t i = record + 15; i < len; i++)
            assert_int_equal(out[i], 0);
    }
    ares_free_string(theirs);
}

/* A name has letters of both cases; another `chance` makes other letters upper case. */
static void case_varies(void **state)
{
    uint8_t a[PP_DNS_QUERY_MAX], b[PP_DNS_QUERY_MAX];
    struct pp_ask ask = {.domain = "a-rather-long-name.with-a-few-labels.example.org", .chance = 1};
    size_t len = pp_dns_query(&ask, a, sizeof a);
    unsigned upper = 0, lower = 0;

    (void)state;
    ask.chance += 1 << 16; /* the same id */
    pp_dns_query(&ask, b, sizeof b);
    assert_memory_not_equal(a, b, len);
    for (size_t i = 13; i < len - 5; i++) {
        upper += a[i] >= 'A' && a[i] <= 'Z';
        lower += a[i] >= 'a' && a[i] <= 'z';
    }
    assert_in_range(upper, 8, 36);
    assert_int_equal(upper + lower, 39);
}

/* What is done to a right answer to example.org: one byte, or its length. */
static void dns_answers(void **state)
{
    static const struct {
        const char *what;
        int at; /* -1: only the length changes */
        uint8_t byte;
        int len; /* 0: whole */
        enum pp_dns_match is;
    } rows[] = {
        {"as it should be", -1, 0, 0, PP_DNS_ANSWER},
        {"truncated, authoritative", 2, 0x87, 0, PP_DNS_ANSWER},
        {"refused, recursion available", 3, 0x85, 0, PP_DNS_ANSWER},
        {"answers behind the question", 7, 4, 0, PP_DNS_ANSWER},
        {"one letter in the other case", 14, 'X', 0, PP_DNS_ANSWER},
        {"another id", 1, 0xff, 0, PP_DNS_OTHER},
        {"a query", 2, 0x01, 0, PP_DNS_OTHER},
        {"another opcode", 2, 0xa8, 0, PP_DNS_OTHER},
        {"no question", 5, 0, 0, PP_DNS_OTHER},
        {"two questions", 5, 2, 0, PP_DNS_OTHER},
        {"another name", 14, 'y', 0, PP_DNS_OTHER},
        {"a shorter label", 12, 6, 0, PP_DNS_OTHER},
        {"a compression pointer to itself", 12, 0xc0, 0, PP_DNS_OTHER},
        {"another type", 26, 28, 0, PP_DNS_OTHER},
        {"another class", 28, 3, 0, PP_DNS_OTHER},
        {"a header alone", -1, 0, 12, PP_DNS_SO_FAR},
        {"without its last byte", -1, 0, 28, PP_DNS_SO_FAR},
        {"nothing", -1, 0, -1, PP_DNS_SO_FAR},
    };
    struct pp_ask ask = {.domain = "example.org", .chance = 0x0102};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t m[PP_DNS_QUERY_MAX];
        size_t len = pp_dns_query(&ask, m, sizeof m);
        enum pp_dns_match is = PP_DNS_SO_FAR;

        assert_int_equal(len, 29);
        m[2] |= 0x80;
        if (rows[i].at >= 0)
            m[rows[i].at] = rows[i].byte;
        if (rows[i].at == 12 && rows[i].byte == 0xc0)
            m[13] = 12;
        len = rows[i].len < 0 ? 0 : rows[i].len ? (size_t)rows[i].len : len;
        if (pp_dns_match(&ask, m, 0, len) != rows[i].is)
            fail_msg("%s: %d", rows[i].what, pp_dns_match(&ask, m, 0, len));
        /* Byte by byte it is the same. */
        for (size_t at = 0; at < len && is == PP_DNS_SO_FAR; at++)
            is = pp_dns_match(&ask, m + at, at, 1);
        if (is != rows[i].is)
            fail_msg("%s, byte by byte: %d", rows[i].what, is);
    }
}

/* ---- QUIC --------------------------------------------------------------------------------------------------- */

static void offers(void **state)
{
    uint8_t a[PP_MESSAGE_MAX], b[PP_MESSAGE_MAX];

    (void)state;
    for (uint64_t chance = 1; chance; chance <<= 1) {
        struct pp_ask ask = {.chance = chance, .padding = chance == 4 ? 16 : 0};
        size_t len = pp_quic_offer(&ask, a, sizeof a);

        assert_int_equal(len, chance == 4 ? 1216 : 1200);
        assert_int_equal(a[0] & 0x80, 0x80);
        for (int i = 1; i < 5; i++)
            assert_int_equal(a[i] & 0x0f, 0x0a); /* RFC 9000 section 15 */
        assert_int_equal(a[5], 8);
        assert_int_equal(a[14], 8);
        assert_memory_not_equal(a + 6, a + 15, 8);
        assert_int_equal(pp_quic_offer(&ask, b, sizeof b), len);
        assert_memory_equal(a, b, len); /* sent again, it is the same */
        assert_int_equal(pp_quic_offer(&ask, b, len - 1), 0);
        ask.chance++;
        pp_quic_offer(&ask, b, sizeof b);
        assert_memory_not_equal(a + 6, b + 6, 8);
    }
}

/* Version negotiation as RFC 9000 figure 14 draws it, to an offer with the connection ids of OFFER. */
static size_t negotiate(uint8_t *out, const uint8_t *offer, unsigned versions)
{
    out[0] = 0x80 | 0x2b; /* unused bits: any */
    memset(out + 1, 0, 4);
    out[5] = 8;
    memcpy(out + 6, offer + 15, 8);
    out[14] = 8;
    memcpy(out + 15, offer + 6, 8);
    for (unsigned i = 0; i < versions; i++)
        pp_put32(out + 23 + 4 * i, i == 0 ? 1 : 0x6b3343cf);
    return 23 + 4 * versions;
}

static void negotiations(void **state)
{
    struct pp_ask ask = {.chance = UINT64_C(0x0123456789abcdef)};
    uint8_t offer[PP_MESSAGE_MAX], m[256];
    const struct {
        const char *what;
        unsigned versions;
        int at; /* -1: nothing is changed */
        uint8_t xor;
        int cut; /* bytes off the end */
        bool right;
    } rows[] = {
        {"two versions", 2, -1, 0, 0, true},
        {"one version", 1, -1, 0, 0, true},
        {"the fixed bit is not for us to judge", 2, 0, 0x40, 0, true},
        {"no version", 0, -1, 0, 0, false},
        {"a short header", 2, 0, 0x80, 0, false},
        {"another version", 2, 4, 1, 0, false},
        {"another destination id", 2, 6, 1, 0, false},
        {"a longer destination id", 2, 5, 1, 0, false},
        {"another source id", 2, 22, 1, 0, false},
        {"no source id", 2, 14, 8, 0, false},
        {"a version list that is cut", 2, -1, 0, 1, false},
        {"the only version is cut", 1, -1, 0, 3, false},
        {"the ids are cut", 0, -1, 0, 5, false},
        {"nothing", 0, -1, 0, 23, false},
    };

    (void)state;
    pp_quic_offer(&ask, offer, sizeof offer);
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = negotiate(m, offer, rows[i].versions);

        if (rows[i].at >= 0)
            m[rows[i].at] ^= rows[i].xor;
        if (pp_quic_is_negotiation(&ask, m, len - (size_t)rows[i].cut) != rows[i].right)
            fail_msg("%s: %d", rows[i].what, !rows[i].right);
    }
    /* A list with the version that we offered, at either place, is invalid (RFC 9000 section 6.2). */
    for (int at = 23; at <= 27; at += 4) {
        size_t len = negotiate(m, offer, 2);
        memcpy(m + at, offer + 1, 4);
        assert_false(pp_quic_is_negotiation(&ask, m, len));
    }
    /* Connection ids that are not swapped. */
    negotiate(m, offer, 1);
    memcpy(m + 6, offer + 6, 8);
    memcpy(m + 15, offer + 15, 8);
    assert_false(pp_quic_is_negotiation(&ask, m, 27));
}

/* ---- the client ----------------------------------------------------------------------------------------------- */

static struct {
    unsigned sent, again, closed;
    enum pp_how how;
} seen;

static void on_send(struct pp_udp *u, bool again)
{
    (void)u;
    seen.sent++;
    seen.again += again;
}

static enum pp_udp_reply on_reply(struct pp_udp *u, const uint8_t *bytes, size_t len)
{
    (void)u;
    static const char letters[] = "yfa";
    static const enum pp_udp_reply replies[] = {PP_UDP_ANSWER, PP_UDP_FIRST, PP_UDP_AGAIN};
    const char *at = len == 1 ? memchr(letters, *bytes, sizeof letters - 1) : NULL;

    return at ? replies[at - letters] : PP_UDP_WRONG;
}

static void on_closed(struct pp_udp *u, enum pp_how how)
{
    (void)u;
    seen.closed++;
    seen.how = how;
}

static const struct pp_udp_ops ops = {on_send, on_reply, on_closed};

/* The client asks at 0, 1, 3, 7 s until its timeout; TEXT, if any, arrives at AT. */
static void times(void **state)
{
    static const struct {
        int64_t timeout, at;
        const char *text;
        unsigned sent;
        enum pp_how how;
        int64_t end;
    } rows[] = {
        {10 * S, 0, NULL, 4, PP_HOW_SILENT, 10 * S},
        {7 * S, 0, NULL, 3, PP_HOW_SILENT, 7 * S},
        {S / 2, 0, NULL, 1, PP_HOW_SILENT, S / 2},
        {10 * S, S / 2, "y", 1, PP_HOW_NONE, S / 2},
        {10 * S, 8 * S, "y", 4, PP_HOW_NONE, 8 * S},
        {10 * S, S / 2, "ny", 1, PP_HOW_NONE, S / 2}, /* the right one behind a forgery */
        {10 * S, S / 2, "n", 4, PP_HOW_BAD_REPLY, 10 * S},
        {10 * S, S / 2, "a", 5, PP_HOW_SILENT, 10 * S}, /* asked anew: at 0, then at 0.5, 1.5, 3.5, 7.5 s */
        {2 * S, S / 2, "ay", 2, PP_HOW_NONE, S / 2},
        {10 * S, S / 2, "f", 1, PP_HOW_NONE, S / 2 + PP_UDP_REST}, /* the first part, and no more */
        {10 * S, S / 2, "fnf", 1, PP_HOW_NONE, S / 2 + PP_UDP_REST},
        {10 * S, S / 2, "fy", 1, PP_HOW_NONE, S / 2},
        {S, S - 1, "f", 1, PP_HOW_NONE, S},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pp_udp u;
        int64_t now = 5 * S, start = now, ended = 0;
        bool came = !rows[i].text;
        unsigned anew = rows[i].text && *rows[i].text == 'a';

        memset(&seen, 0, sizeof seen);
        pp_udp_init(&u, &ops, rows[i].timeout);
        pp_udp_start(&u, now);
        for (int step = 0; step < 9 && !seen.closed; step++) {
            now = u.deadline;
            if (!came && start + rows[i].at <= now) {
                now = start + rows[i].at;
                for (const char *t = rows[i].text; *t; t++)
                    pp_udp_input(&u, (const uint8_t *)t, 1, now);
                came = true;
            } else {
                pp_udp_timer(&u, now - 1); /* too early: nothing */
                pp_udp_timer(&u, now);
            }
            ended = now - start;
        }
        if (seen.sent != rows[i].sent || seen.again != seen.sent - 1 - anew || seen.closed != 1 ||
            seen.how != rows[i].how || ended != rows[i].end || u.deadline != PP_NEVER)
            fail_msg("row %zu: sent %u, how %d, closed %u after %lld", i, seen.sent, seen.how, seen.closed,
                     (long long)ended);
        pp_udp_end(&u, PP_HOW_ICMP); /* too late */
        assert_int_equal(seen.closed, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),       cmocka_unit_test(queries), cmocka_unit_test(padded),
        cmocka_unit_test(case_varies), cmocka_unit_test(offers),  cmocka_unit_test(negotiations),
        cmocka_unit_test(dns_answers), cmocka_unit_test(times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
