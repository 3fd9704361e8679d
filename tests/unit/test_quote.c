/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_quote.c: quotes in ICMP errors of packets that Scapy built, after changes by a path: which differences are
 * reported, which are not, and how much of the packet a quote has.
 */
#include "../../core/packet/quote.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "golden_packets.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define G(name) golden_##name, sizeof golden_##name

/* Puts BYTES over what is at AT. */
struct patch {
    unsigned at, len;
    const char *bytes;
};

static uint8_t *exact(const uint8_t *bytes, size_t len)
{
    uint8_t *b = malloc(len ? len : 1);

    assert_non_null(b);
    memcpy(b, bytes, len);
    return b;
}

/* An ICMP error with BODY behind its 8 bytes, LENGTH in RFC 4884's place. Returns a block of exactly its size. */
static uint8_t *error_with(int family, unsigned length, const uint8_t *body, size_t len, size_t *size)
{
    uint8_t b[2048] = {0};
    unsigned header = family == 4 ? 20 : 40;

    b[0] = family == 4 ? 0x45 : 0x60;
    b[8] = family == 4 ? 64 : 0x20;
    b[family == 4 ? 9 : 6] = family == 4 ? PP_PROTO_ICMP : PP_PROTO_ICMP6;
    pp_put16(b + (family == 4 ? 2 : 4), (uint16_t)(len + 8 + (family == 4 ? header : 0)));
    b[header] = family == 4 ? 11 : 3;
    b[header + (family == 4 ? 5 : 4)] = (uint8_t)length;
    memcpy(b + header + 8, body, len);
    *size = header + 8 + len;
    return exact(b, *size);
}

static bool read_error(struct pp_quote *q, const uint8_t *b, size_t size)
{
    struct pp_packet p;

    return pp_packet_decode(&p, b, size) == 0 && pp_quote_read(q, &p);
}

/* "ip.ecn 2>0 +tcp.option.mss >1400 -tcp.option.ws 7> followed". */
static const char *text_of(const struct pp_diff *d, char *buf, size_t size)
{
    size_t at = 0;

    buf[0] = '\0';
    for (unsigned i = 0; i < d->changes; i++) {
        const struct pp_change *c = &d->change[i];
        char name[PP_FIELD_STRLEN], sent[24] = "", seen[24] = "";

        if (c->how != PP_CHANGED_ADDED)
            snprintf(sent, sizeof sent, "%" PRIx64, c->sent);
        if (c->how != PP_CHANGED_REMOVED)
            snprintf(seen, sizeof seen, "%" PRIx64, c->seen);
        at += (size_t)snprintf(buf + at, size - at, "%s%s%s %s>%s", i ? " " : "",
                               &"\0\0+\0-"[2 * c->how], pp_field_name(c->field, c->option, name), sent, seen);
    }
    snprintf(buf + at, size - at, "%s%s", d->followed ? at ? " followed" : "followed" : "", d->more ? " more" : "");
    return buf;
}

static const struct row {
    const char *what;
    const uint8_t *sent;
    size_t sent_len;
    unsigned quoted, padded; /* bytes of the packet; length when padded with zeros, with the length field set */
    struct patch patch[5];
    const char *text;
    uint16_t reach;
} rows[] = {
    /* Every hop changes TTL and header checksum. */
    {"nothing", G(syn4), 60, 0, {{8, 1, "\x01"}, {10, 2, "\x7b\x51"}}, "", 60},
    {"TTL 0", G(syn4), 60, 0, {{8, 1, "\0"}, {10, 2, "\x7b\x51"}}, "", 60},
    {"TTL 255", G(syn4), 60, 0, {{8, 1, "\xff"}}, "", 60},
    {"checksum before the TTL was counted down", G(syn4), 60, 0, {{8, 1, "\x01"}, {10, 2, "\x7a\x51"}}, "", 60},
    {"checksum that nothing explains", G(syn4), 60, 0, {{8, 1, "\x01"}, {10, 2, "\xbe\xef"}},
     "ip.checksum 3c51>beef", 60},
    {"28 bytes", G(syn4), 28, 0, {{8, 1, "\x01"}, {10, 2, "\x7b\x51"}}, "", 28},
    {"IPv6", G(syn6), 80, 0, {{7, 1, "\x01"}}, "", 80},
    {"IPv6, 48 bytes", G(syn6), 48, 0, {{7, 1, "\x01"}}, "", 48},
    /* IP. */
    {"ECT(0) cleared", G(syn4_ecn), 28, 0, {{1, 1, "\0"}, {10, 2, "\x3c\x48"}}, "ip.ecn 2>0", 28},
    {"CE", G(syn4_ecn), 28, 0, {{1, 1, "\x03"}, {10, 2, "\x3c\x45"}}, "ip.ecn 2>3", 28},
    {"ToS byte cleared", G(udp4_even), 28, 0, {{1, 1, "\0"}}, "ip.dscp 2e>0", 28},
    {"IPv6 ECT(0) cleared", G(data6), 75, 0, {{0, 2, "\x60\x01"}}, "ip.ecn 2>0", 75},
    {"IPv6 DSCP", G(syn6), 80, 0, {{0, 2, "\x6b\x8a"}}, "ip.dscp 0>2e", 80},
    {"IPv6 flow label", G(syn6), 80, 0, {{1, 3, "\x0a\xbc\xdf"}}, "ip.flow_label abcde>abcdf", 80},
    {"length in the other byte order", G(syn4), 60, 0, {{2, 2, "\x3c\0"}}, "", 60},
    {"length without the header", G(syn4), 60, 0, {{2, 2, "\0\x28"}}, "", 40},
    {"length without the header, swapped", G(syn4), 60, 0, {{2, 2, "\x28\0"}}, "", 60},
    {"length 0", G(syn4), 60, 0, {{2, 2, "\0\0"}}, "", 60},
    {"DF cleared", G(syn4), 60, 0, {{6, 1, "\0"}, {10, 2, "\x7c\x51"}}, "ip.flags 40>0", 60},
    {"DF in the other byte order", G(syn4), 60, 0, {{6, 2, "\0\x40"}}, "", 60},
    {"IP ID", G(syn4), 60, 0, {{4, 2, "\0\0"}, {10, 2, "\x4e\x85"}}, "ip.id 1234>0", 60},
    {"NAT", G(syn4), 60, 0, {{12, 4, "\x0a\0\0\x05"}, {10, 2, "\xf4\x4d"}, {36, 2, "\xe1\xce"}},
     "ip.source c0000201>a000005 followed", 60},
    /* TCP. */
    {"NAT of the port too", G(syn4), 40, 0,
     {{12, 4, "\x0a\0\0\x05"}, {10, 2, "\xf4\x4d"}, {20, 2, "\x04\0"}, {36, 2, "\1\2"}},
     "ip.source c0000201>a000005 tcp.sport ee48>400 followed", 40},
    {"sequence number", G(syn4), 28, 0, {{24, 4, "\xff\0\0\0"}}, "tcp.seq 11223344>ff000000", 28},
    {"ECE and CWR cleared", G(syn4_ecn), 68, 0, {{33, 1, "\x02"}}, "tcp.flags c2>2", 68},
    {"ECE and CWR cleared, 34 bytes", G(syn4_ecn), 34, 0, {{33, 1, "\x02"}}, "tcp.flags c2>2", 34},
    {"ECE and CWR cleared, 33 bytes", G(syn4_ecn), 33, 0, {{33, 1, "\x02"}}, "", 33},
    {"AE cleared", G(syn4_accecn), 60, 0, {{32, 1, "\xa0"}}, "tcp.flags 1c2>c2", 60},
    {"reserved bits", G(syn4), 60, 0, {{32, 1, "\xae"}}, "tcp.reserved 0>7", 60},
    {"MSS clamp and SACK stripped", G(syn4), 60, 0, {{36, 2, "\x29\x1c"}, {42, 2, "\x05\x78"}, {44, 2, "\1\1"}},
     "tcp.option.mss 5b4>578 -tcp.option.sackok 0> followed", 60},
    {"window scale stripped", G(syn4), 60, 0, {{57, 3, "\1\1\1"}}, "-tcp.option.ws 7>", 60},
    {"window scale stripped, half of it quoted", G(syn4), 59, 0, {{57, 2, "\1\1"}}, "tcp.layout 303>101", 59},
    {"window scale stripped, behind the quote", G(syn4), 57, 0, {{57, 0, ""}}, "", 57},
    {"option stripped and the header made shorter", G(syn4_ecn), 60, 0,
     {{2, 2, "\0\x3c"}, {10, 2, "\x3c\x4e"}, {32, 1, "\xa0"}},
     "ip.length 44>3c tcp.offset c>a -tcp.option.253 f9890a>", 60},
    {"options in another order", G(syn4_no_ts), 52, 0, {{44, 4, "\4\2\1\1"}},
     "tcp.layout 101040201030307>402010101030307", 52},
    {"checksum alone", G(syn4), 60, 0, {{36, 2, "\0\0"}}, "tcp.checksum 29d3>0", 60},
    {"window", G(syn4), 60, 0, {{34, 2, "\x10\0"}}, "tcp.window faf0>1000", 60},
    {"payload", G(data4), sizeof golden_data4, 0, {{sizeof golden_data4 - 1, 1, "y"}},
     "payload 78>79", sizeof golden_data4},
    {"IPv6 MSS", G(syn6), 80, 0, {{62, 2, "\x04\xc4"}}, "tcp.option.mss 5a0>4c4", 80},
    /* Padding: RFC 4884 asks for 128 bytes, and some fill up what RFC 792 asks for. */
    {"28 bytes and zeros", G(syn4), 28, 128, {{8, 1, "\x01"}, {10, 2, "\x7b\x51"}}, "", 28},
    {"28 bytes and zeros, no length word", G(syn4), 28, 60, {{8, 1, "\x01"}, {10, 2, "\x7b\x51"}}, "", 28},
    {"64 of 71 bytes and zeros", G(data4), 64, 128, {{8, 1, "\x01"}}, "", 64},
    {"whole and zeros", G(syn4), 60, 128, {{8, 1, "\x01"}, {10, 2, "\x7b\x51"}}, "", 60},
    {"IPv6, 48 bytes and zeros", G(udp6), 48, 128, {{7, 1, "\x01"}}, "", 48},
    {"whole, swapped length, zeros", G(syn4), 60, 128, {{2, 2, "\x3c\0"}}, "", 60},
    /* UDP. */
    {"UDP", G(udp4), 33, 0, {{8, 1, "\x01"}}, "", 33},
    {"UDP checksum gone", G(udp4), 33, 0, {{26, 2, "\0\0"}}, "udp.checksum", 33},
    {"UDP, 8 bytes", G(udp4), 28, 0, {{8, 1, "\x01"}}, "", 28},
    {"UDP payload", G(udp4), 33, 0, {{28, 1, "\x55"}, {26, 2, "\1\1"}}, "payload followed", 33},
    {"UDP port", G(udp4), 28, 0, {{20, 2, "\1\1"}, {26, 2, "\1\1"}}, "udp.sport 9c40>101 followed", 28},
    /* Extension headers. */
    {"extension headers", G(ext6_all), sizeof golden_ext6_all, 0, {{7, 1, "\x01"}}, "", sizeof golden_ext6_all},
    {"extension header, other next header", G(ext6_mobility), 60, 0, {{6, 1, "\x3b"}}, "ip.protocol 87>3b", 60},
};

static void run_row(const struct row *r)
{
    uint8_t body[1500] = {0}, *sent = exact(r->sent, r->sent_len), *error;
    int family = r->sent[0] >> 4;
    size_t len = r->padded ? r->padded : r->quoted, size;
    struct pp_quote q;
    struct pp_diff d;
    char text[512];

    memcpy(body, r->sent, r->quoted < r->sent_len ? r->quoted : r->sent_len);
    for (unsigned i = 0; i < COUNT(r->patch); i++)
        memcpy(body + r->patch[i].at, r->patch[i].bytes ? r->patch[i].bytes : "", r->patch[i].len);
    error = error_with(family, len == 128 ? family == 4 ? 32 : 16 : 0, body, len, &size);
    if (!read_error(&q, error, size))
        fail_msg("%s: no quote", r->what);
    pp_quote_compare(&q, sent, r->sent_len, &d);
    text_of(&d, text, sizeof text);
    /* Some rows name the field alone: their values are Scapy's checksums. */
    if (strcmp(text, r->text) != 0 && !(r->text[0] && strstr(r->text, "checksum") && strstr(text, r->text)) &&
        !(strncmp(r->text, "payload", 7) == 0 && strncmp(text, "payload", 7) == 0))
        fail_msg("%s: \"%s\", not \"%s\"", r->what, text, r->text);
    if (d.quote != r->reach)
        fail_msg("%s: reaches %u bytes, not %u", r->what, d.quote, r->reach);
    free(sent);
    free(error);
}

static void differences(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++)
        run_row(&rows[i]);
}

/* At every length of the quote, a packet quoted as sent shows no change, and no byte past the quote is read. */
static void any_length_of_an_unchanged_packet(void **state)
{
    static const struct {
        const uint8_t *b;
        size_t len;
    } sent[] = {{G(syn4)}, {G(syn4_data)}, {G(data4)}, {G(udp4)}, {G(syn6)}, {G(data6)}, {G(udp6)}, {G(ext6_all)}};

    (void)state;
    for (unsigned i = 0; i < COUNT(sent); i++)
        for (size_t cap = 0; cap <= sent[i].len; cap++)
            for (unsigned length = 0; length < 2; length++) {
                size_t size;
                uint8_t *e = error_with(sent[i].b[0] >> 4, (unsigned)(length ? cap / 4 : 0), sent[i].b, cap, &size);
                struct pp_quote q;
                struct pp_diff d;

                if (read_error(&q, e, size)) {
                    pp_quote_compare(&q, sent[i].b, sent[i].len, &d);
                    if (d.changes || d.followed || d.quote > cap)
                        fail_msg("packet %u, %zu bytes: %s", i, cap,
                                 d.changes ? pp_field_rows[d.change[0].field].name : "reach");
                }
                free(e);
            }
}

/* A change of any single byte of the headers is reported, except in TTL, header checksum and destination address. */
static void every_byte_counts(void **state)
{
    (void)state;
    for (unsigned at = 0; at < sizeof golden_syn4; at++) {
        uint8_t body[sizeof golden_syn4], *e;
        struct pp_quote q;
        struct pp_diff d;
        size_t size;
        bool never = at == 8 || (at >= 10 && at < 12) || (at >= 16 && at < 20);

        memcpy(body, golden_syn4, sizeof body);
        body[at] ^= 0x11;
        if (at < 10)
            memset(body + 10, 0, 2); /* or else the checksum alone would tell */
        e = error_with(4, 0, body, sizeof body, &size);
        if (read_error(&q, e, size)) {
            unsigned real = 0;

            pp_quote_compare(&q, golden_syn4, sizeof golden_syn4, &d);
            for (unsigned i = 0; i < d.changes; i++)
                real += !pp_field_rows[d.change[i].field].hop;
            if ((real == 0) != never && at != 9)
                fail_msg("byte %u: %u changes", at, real);
        }
        free(e);
    }
}

static void quotes_of_the_packet_sent(void **state)
{
    static const struct {
        const char *what;
        const uint8_t *sent;
        size_t len;
        unsigned quoted;
        struct patch patch[3];
        bool ours;
    } of[] = {
        {"as sent", G(syn4), 28, {{0, 0, ""}}, true},
        {"source port rewritten", G(syn4), 28, {{20, 2, "\1\1"}}, true},
        {"source rewritten", G(syn4), 28, {{12, 4, "\1\1\1\1"}}, true},
        {"sequence number rewritten", G(syn4), 28, {{24, 4, "\1\1\1\1"}}, true},
        {"sequence number and IP ID", G(syn4), 28, {{24, 4, "\1\1\1\1"}, {4, 2, "\0\0"}}, false},
        {"another destination", G(syn4), 28, {{16, 4, "\1\1\1\1"}}, false},
        {"both ports", G(syn4), 28, {{20, 4, "\1\1\1\1"}}, false},
        {"another protocol", G(syn4), 28, {{9, 1, "\x11"}}, false},
        {"no ports", G(syn4), 24, {{0, 0, ""}}, false},
        {"UDP", G(udp4), 28, {{0, 0, ""}}, true},
        {"UDP, source port and checksum", G(udp4), 28, {{20, 2, "\1\1"}, {26, 2, "\1\1"}}, false},
        {"UDP, checksum", G(udp4), 28, {{26, 2, "\1\1"}}, true},
        {"UDP, length", G(udp4), 28, {{24, 2, "\1\1"}}, false},
        {"IPv6", G(syn6), 48, {{0, 0, ""}}, true},
        {"IPv6, sequence number", G(syn6), 48, {{44, 4, "\1\1\1\1"}}, true},
        {"IPv6, sequence number and flow label", G(syn6), 48, {{44, 4, "\1\1\1\1"}, {1, 3, "\0\0\1"}}, false},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(of); i++) {
        uint8_t body[200], *e;
        struct pp_quote q;
        size_t size;

        memcpy(body, of[i].sent, of[i].quoted);
        for (unsigned k = 0; k < COUNT(of[i].patch); k++)
            memcpy(body + of[i].patch[k].at, of[i].patch[k].bytes ? of[i].patch[k].bytes : "", of[i].patch[k].len);
        e = error_with(body[0] >> 4, 0, body, of[i].quoted, &size);
        if (!read_error(&q, e, size))
            fail_msg("%s: no quote", of[i].what);
        if (pp_quote_is_of(&q, of[i].sent, of[i].len) != of[i].ours)
            fail_msg("%s", of[i].what);
        free(e);
    }
}

static void labels(void **state)
{
    struct pp_quote q;

    (void)state;
    /* As Scapy built them: MPLS label 10, experimental 0, bottom, TTL 255. */
    assert_true(read_error(&q, golden_icmp4_4884, sizeof golden_icmp4_4884));
    assert_true(q.extended && q.padded);
    assert_int_equal(q.labels, 1);
    assert_int_equal(q.label[0].label, 10);
    assert_int_equal(q.label[0].tc, 0);
    assert_true(q.label[0].bottom);
    assert_int_equal(q.label[0].ttl, 255);
    assert_int_equal(q.len, 60);
    assert_true(read_error(&q, golden_icmp6_4884, sizeof golden_icmp6_4884));
    assert_true(q.extended && q.labels == 1);
    assert_true(read_error(&q, golden_icmp4_old_ext, sizeof golden_icmp4_old_ext));
    assert_true(q.extended && q.labels == 1);
    assert_true(read_error(&q, golden_icmp4_quote8, sizeof golden_icmp4_quote8));
    assert_true(!q.extended && q.labels == 0 && q.len == 28);
    assert_false(read_error(&q, golden_icmp4_echo, sizeof golden_icmp4_echo));
    assert_false(read_error(&q, golden_syn4, sizeof golden_syn4));
}

/* Extensions that lie: too long, too short, another version, a checksum that does not fit, 200 labels. */
static void hostile_extensions(void **state)
{
    static const struct {
        const char *what;
        unsigned size;      /* of the structure */
        const char *bytes;
        unsigned given;
        bool extended;
        unsigned labels;
        bool more;
    } ext[] = {
        {"one label", 12, "\x20\0\0\0" "\0\x08\1\1" "\0\x01\x01\x40", 12, true, 1, false},
        {"version 1", 12, "\x10\0\0\0" "\0\x08\1\1" "\0\x01\x01\x40", 12, false, 0, false},
        {"wrong checksum", 12, "\x20\0\x12\x34" "\0\x08\1\1" "\0\x01\x01\x40", 12, false, 0, false},
        {"object past the end", 12, "\x20\0\0\0" "\0\x0c\1\1" "\0\x01\x01\x40", 12, false, 0, false},
        {"object of 0 bytes", 12, "\x20\0\0\0" "\0\0\1\1" "\0\x01\x01\x40", 12, false, 0, false},
        {"good object, then half a header", 14, "\x20\0\0\0" "\0\x08\1\1" "\0\x01\x01\x40" "\0\4", 14, false, 0, false},
        {"an unknown class first", 20, "\x20\0\0\0" "\0\x08\2\1" "\1\2\3\4" "\0\x08\1\1" "\0\x01\x01\x40",
         20, true, 1, false},
        {"200 labels", 808, "\x20\0\0\0" "\x03\x24\1\1", 8, true, 8, true},
        {"no object", 4, "\x20\0\0\0", 4, true, 0, false},
        {"half a header", 3, "\x20\0\0", 3, false, 0, false},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(ext); i++) {
        uint8_t body[1200] = {0}, *e;
        struct pp_quote q;
        size_t size;

        memcpy(body, golden_syn4, sizeof golden_syn4);
        memcpy(body + 128, ext[i].bytes, ext[i].given);
        e = error_with(4, 32, body, 128 + ext[i].size, &size);
        if (!read_error(&q, e, size))
            fail_msg("%s: no quote", ext[i].what);
        if (q.extended != ext[i].extended || q.labels != ext[i].labels || q.more_labels != ext[i].more)
            fail_msg("%s: extended %d, labels %u%s", ext[i].what, q.extended, q.labels,
                     q.more_labels ? " and more" : "");
        assert_int_equal(q.len, 60);
        free(e);
    }
}

/* All fields changed: the list is bounded, and `more` says that it is not complete. */
static void too_many_changes(void **state)
{
    uint8_t body[sizeof golden_syn4_data], *e;
    struct pp_quote q;
    struct pp_diff d;
    size_t size;

    (void)state;
    memcpy(body, golden_syn4_data, sizeof body);
    for (unsigned i = 1; i < sizeof body; i++)
        if (i != 6 && i != 7 && i != 9 && !(i >= 16 && i < 20) && i != 32 &&
            (i < 40 || i == 42 || i == 50 || i == 59 || i == 65))
            body[i] ^= 0x55;
    e = error_with(4, 0, body, sizeof body, &size);
    assert_true(read_error(&q, e, size));
    pp_quote_compare(&q, golden_syn4_data, sizeof golden_syn4_data, &d);
    assert_int_equal(d.changes, PP_CHANGES_MAX);
    assert_true(d.more);
    free(e);
}

static void names(void **state)
{
    char buf[PP_FIELD_STRLEN];

    (void)state;
    for (unsigned i = 0; i < PP_FIELDS; i++)
        assert_non_null(pp_field_rows[i].name);
    assert_string_equal(pp_field_name(PP_FIELD_ECN, 0, buf), "ip.ecn");
    assert_string_equal(pp_field_name(PP_FIELD_TCP_OPTION, 2, buf), "tcp.option.mss");
    assert_string_equal(pp_field_name(PP_FIELD_TCP_OPTION, 253, buf), "tcp.option.253");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences),
        cmocka_unit_test(any_length_of_an_unchanged_packet),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(quotes_of_the_packet_sent),
        cmocka_unit_test(labels),
        cmocka_unit_test(hostile_extensions),
        cmocka_unit_test(too_many_changes),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
