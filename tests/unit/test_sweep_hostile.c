/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_sweep_hostile.c: hostile answers to a sweep, by a router or by a host that forges its errors: the row of that
 * hop, the rows of the others, and the number of packets sent. Hop 3 is hostile: all its packets are altered before
 * they arrive.
 */
#include "bench_sweep.h"

#define HOP 3
#define COUNT(a) (sizeof(a) / sizeof *(a))

struct hostile {
    const struct row *row;
    struct pp_addr hop; /* whose errors are altered */
    unsigned errors;
};

struct row {
    const char *what;
    size_t (*alter)(struct bench *b, uint8_t *ip, size_t len, size_t size);
    const char *hops;
    unsigned labels, quoted_ttl, changes;
    bool whole; /* the quote is as long as what was sent */
};

static unsigned header_of(const uint8_t *ip)
{
    return *ip >> 4 == 4 ? 20 : 40;
}

static uint8_t *quote_of(uint8_t *ip)
{
    return ip + header_of(ip) + 8;
}

/* The header says LEN, which is returned. */
static size_t resize(uint8_t *ip, size_t len)
{
    if (header_of(ip) == 20)
        pp_put16(ip + 2, (uint16_t)len);
    else
        pp_put16(ip + 4, (uint16_t)(len - 40));
    return len;
}

static void lie_about_length(uint8_t *ip, unsigned words)
{
    ip[header_of(ip) + (header_of(ip) == 20 ? 5 : 4)] = (uint8_t)words;
}

static size_t garbage(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    (void)b, (void)size;
    memset(quote_of(ip), 0xa5, len - (size_t)(quote_of(ip) - ip));
    return len;
}

static size_t nothing(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    (void)b, (void)len, (void)size;
    return resize(ip, header_of(ip) + 8);
}

/* A quote guessed by an off-path attacker: other sequence number, source port and IP ID. */
static size_t guessed(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    uint8_t *q = quote_of(ip);

    (void)b, (void)size;
    q[4] ^= header_of(ip) == 20 ? 0x55 : 0;
    for (int i = 0; i < 4; i++)
        q[header_of(ip) + 4 + i] ^= 0x55;
    q[header_of(ip)] ^= 1; /* source port */
    return len;
}

static size_t to_another(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    (void)b, (void)size;
    quote_of(ip)[header_of(ip) - 1] ^= 1; /* destination */
    return len;
}

/*
 * As behind a NAT that has translated the error's header, and not the quote's: two words of the source address change
 * places, so that all checksums stay right.
 */
static size_t translated(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    uint8_t *source = quote_of(ip) + (header_of(ip) == 20 ? 12 : 8);
    uint16_t first = pp_get16(source);

    (void)b, (void)size;
    pp_put16(source, pp_get16(source + 2));
    pp_put16(source + 2, first);
    return len;
}

static size_t too_much(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    size_t more = 400;

    (void)b;
    assert_true(len + more <= size);
    memset(ip + len, 0xff, more);
    return resize(ip, len + more);
}

static size_t long_word(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    (void)b, (void)size;
    lie_about_length(ip, 255);
    return len;
}

static size_t short_word(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    (void)b, (void)size;
    lie_about_length(ip, 1);
    return len;
}

/* Behind the quote, filled up to 128 bytes, LEN bytes of EXTENSIONS, and zeros up to MORE in all. */
static size_t extend(uint8_t *ip, size_t len, size_t size, const void *extensions, size_t n, size_t more)
{
    size_t at = header_of(ip) + 8 + 128;

    assert_true(len <= at && at + more <= size);
    memset(ip + len, 0, at + more - len);
    memcpy(ip + at, extensions, n);
    lie_about_length(ip, header_of(ip) == 20 ? 32 : 16);
    return resize(ip, at + more);
}

static size_t past_the_end(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    (void)b;
    return extend(ip, len, size, "\x20\0\0\0\x04\0\1\1\0\1\1\x40", 12, 12);
}

static size_t many_labels(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    (void)b;
    return extend(ip, len, size, "\x20\0\0\0\x03\x24\1\1", 8, 8 + 800);
}

static size_t ttl_0(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    (void)b, (void)size;
    quote_of(ip)[header_of(ip) == 20 ? 8 : 7] = 0;
    return len;
}

static size_t ttl_255(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    (void)b, (void)size;
    quote_of(ip)[header_of(ip) == 20 ? 8 : 7] = 255;
    return len;
}

/* The error has the target's address as its source. */
static size_t target_exceeded(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    (void)size;
    memcpy(ip + (header_of(ip) == 20 ? 12 : 8), header_of(ip) == 20 ? b->target.addr.b + 12 : b->target.addr.b,
           header_of(ip) == 20 ? 4 : 16);
    return len;
}

/* A forged SYN/ACK of the target, which acknowledges the very packet, in place of the error. */
static size_t target_answers(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    unsigned header = header_of(ip);
    uint8_t tcp[32] = {[12] = 0x80, [13] = PP_TCP_SYN | PP_TCP_ACK, [14] = 0xff, [20] = 8, [21] = 10, 0};
    struct pp_packet error, *sent;
    struct pp_quote q;
    struct pp_tcpopt ts;

    assert_int_equal(pp_packet_decode(&error, ip, len), 0);
    assert_true(pp_quote_read(&q, &error));
    sent = &q.packet;
    assert_true(pp_tcpopt_find(&sent->tcp, 8, 10, &ts));
    pp_put16(tcp, sent->dport);
    pp_put16(tcp + 2, sent->sport);
    pp_put32(tcp + 4, 77);
    pp_put32(tcp + 8, sent->tcp.seq + 1);
    memcpy(tcp + 26, ts.data, 4); /* TSval; behind it end of options */
    target_exceeded(b, ip, len, size);
    ip[header == 20 ? 9 : 6] = PP_PROTO_TCP;
    memcpy(ip + header, tcp, sizeof tcp);
    return resize(ip, header + sizeof tcp);
}

/* Each from a router of its own. */
static size_t five_thousand(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    uint8_t other[2048];

    (void)size;
    bench_packet(b, ip, len);
    for (unsigned i = 1; i < 5000; i++) {
        memcpy(other, ip, len);
        pp_put16(other + header_of(ip) - 6, (uint16_t)i); /* of the source address */
        bench_packet(b, other, len);
    }
    return 0;
}

static const struct row rows[] = {
    {"as it is", NULL, "ttttttttA", 0, 1, 0, false},
    {"garbage quoted", garbage, "tt.tttttA", 0, 0, 0, false},
    {"nothing quoted", nothing, "tt.tttttA", 0, 0, 0, false},
    {"the quote of a packet that was guessed", guessed, "tt.tttttA", 0, 0, 0, false},
    {"the quote of a packet to another", to_another, "tt.tttttA", 0, 0, 0, false},
    {"the quote of a translated packet", translated, "ttttttttA", 0, 1, 1, false},
    {"more quoted than was sent", too_much, "ttttttttA", 0, 1, 0, true},
    {"a length word of 255", long_word, "ttttttttA", 0, 1, 0, false},
    {"a length word of 1", short_word, "ttttttttA", 0, 1, 0, false},
    {"an extension object past the end", past_the_end, "ttttttttA", 0, 1, 0, true},
    {"200 labels", many_labels, "ttttttttA", PP_QUOTE_LABELS, 1, 0, true},
    {"TTL 0 quoted", ttl_0, "ttttttttA", 0, 0, 0, false},
    {"TTL 255 quoted", ttl_255, "ttttttttA", 0, 255, 0, false},
    {"Time Exceeded from the target's address", target_exceeded, "ttttttttA", 0, 1, 0, false},
    {"a SYN/ACK from the target's address", target_answers, "ttA", 0, 0, 0, false},
    {"5,000 errors for one packet", five_thousand, "ttttttttA", 0, 1, 0, false},
};

static size_t alter(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    struct hostile *h = b->arg;
    struct pp_packet p;

    if (!h->row || !h->row->alter || pp_packet_decode(&p, ip, len) < 0 || !pp_icmp_quotes(&p) ||
        !pp_addr_eq(&p.src, &h->hop))
        return len;
    h->errors++;
    return h->row->alter(b, ip, len, size);
}

static void run_row(const struct row *row, const char *family)
{
    struct hostile h = {.row = NULL};
    const struct pp_hop_seen *hop;
    struct bench b;
    unsigned syns;

    bench_open(&b, &bench_over_tcp, 8, family, BENCH_PLAIN, 0);
    b.arg = &h;
    b.tamper = alter;
    bench_hops(bench_sweep(&b, 1, PP_ON_SYN, 0), "ttttttttA");
    h.hop = b.sweep.hop[HOP - 1].from;
    h.row = row;
    syns = b.syns;
    bench_hops(bench_sweep(&b, 1, PP_ON_SYN, 9), row->hops);
    hop = &b.sweep.hop[HOP - 1];
    assert_true((h.errors > 0) == (row->alter != NULL) && h.errors <= PP_SWEEP_TRIES);
    assert_true(b.syns - syns <= 9 + PP_SWEEP_TRIES - 1); /* a hostile hop causes no more packets than a silent one */
    assert_int_equal(hop->labels, row->labels);
    assert_int_equal(hop->quoted_ttl, row->quoted_ttl);
    assert_int_equal(hop->diff.changes, row->changes);
    if (hop->what == PP_SEEN_EXCEEDED && row->alter != target_exceeded)
        assert_true(pp_addr_eq(&hop->from, &h.hop));
    if (row->whole)
        assert_int_equal(hop->diff.quote, pp_addr_is4(&b.target.addr) ? 60 : 80);
    h.row = NULL;
    bench_hops(bench_sweep(&b, 1, PP_ON_SYN, 9), "ttttttttA"); /* no state of the hostile sweep is left */
    bench_close(&b);
}

static void test_row(void **state)
{
    run_row(*state, BENCH_FOUR);
    run_row(*state, BENCH_SIX);
}

/* A sweep ends with its largest TTL: on a longer path it does not reach the target. */
static void test_64_hops(void **state)
{
    static const char *const family[] = {BENCH_FOUR, BENCH_SIX};

    (void)state;
    for (unsigned i = 0; i < COUNT(family); i++) {
        struct bench b;

        bench_open(&b, &bench_over_tcp, 63, family[i], BENCH_PLAIN, 0);
        bench_hops(bench_sweep(&b, 1, PP_ON_SYN, 0), "tttttttttttttttttttttttttttttttttttttttt");
        assert_int_equal(b.syns, PP_WHERE_TTL_MAX);
        bench_close(&b);
    }
}

int main(void)
{
    struct CMUnitTest tests[COUNT(rows) + 1];

    for (unsigned i = 0; i < COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){.name = rows[i].what, .test_func = test_row,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
    tests[COUNT(rows)] = (struct CMUnitTest)cmocka_unit_test(test_64_hops);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
