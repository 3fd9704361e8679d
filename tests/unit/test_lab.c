/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_lab.c: the emulator's hosts, middleboxes and routers, tested by scripted packets.
 *
 *   client --- hop 1 --- ... --- hop h [middlebox] --- ... --- hop n --- host
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "raw_client.h"

#define MS INT64_C(1000000)
#define S INT64_C(1000000000)

/* A lab of one class; CLASS: its JSON but for the share. Number 0 is IPv4, 1 is IPv6. */
static struct pp_lab *lab_of(const char *class, uint64_t hosts)
{
    struct pp_scenario s;
    struct pp_lab *lab;
    char text[1024];

    snprintf(text, sizeof text, "{\"name\":\"t\",\"hops\":[8,12],\"hosts\":[{\"share\":1,%s}]}", class);
    assert_int_equal(pp_scenario_parse(&s, class, text, strlen(text)), 0);
    lab = pp_lab_new(&s, hosts, 1);
    assert_non_null(lab);
    return lab;
}

#define BOX(name, dir) "\"path\":[{\"behaviour\":\"" name "\",\"dir\":\"" dir "\",\"hop\":7}]"
#define QUIRK(name) "\"path\":[{\"behaviour\":\"" name "\"}]"

/* ---- what each behaviour does to the three conversations ---- */

enum { PAGE = 1, SILENT = 0, RESET = -1, UNREACHABLE = -2 };

static const struct row {
    const char *class;
    int plain;       /* A: Not-ECT data */
    int ecn;         /* B1: ECN-setup SYN */
    uint16_t flags;  /* ECE, CWR on B1's SYN/ACK */
    uint8_t seen;    /* codepoints of B1's answer, a set */
    int ect;         /* B2: the request is ECT(0) */
} rows[] = {
    {"\"server\":\"ecn\"", PAGE, PAGE, ECE, 1 << 2, PAGE},
    {"\"server\":\"plain\"", PAGE, PAGE, 0, 1 << 0, PAGE},
    {"\"server\":\"refuse\"", RESET, RESET, 0, 0, RESET},
    {"\"server\":\"silent\"", SILENT, SILENT, 0, 0, SILENT},
    {BOX("ecn.syn.drop", "fwd"), PAGE, SILENT, 0, 0, SILENT},
    {BOX("ecn.syn.icmp", "fwd"), PAGE, UNREACHABLE, 0, 0, UNREACHABLE},
    {BOX("ecn.synack.drop", "rev"), PAGE, SILENT, 0, 0, SILENT},
    {BOX("ecn.syn.rst", "fwd"), PAGE, RESET, 0, 0, RESET},
    {BOX("ecn.syn.clear", "fwd"), PAGE, PAGE, 0, 1 << 0, PAGE},
    {BOX("ecn.synack.clear", "rev"), PAGE, PAGE, 0, 1 << 2, PAGE},
    {QUIRK("ecn.reflect"), PAGE, PAGE, ECE | CWR, 1 << 0, PAGE},
    {BOX("ecn.ip.clear", "fwd"), PAGE, PAGE, ECE, 1 << 2, PAGE},
    {BOX("ecn.ip.clear", "rev"), PAGE, PAGE, ECE, 1 << 0, PAGE},
    {BOX("ecn.ect0.ect1", "fwd"), PAGE, PAGE, ECE, 1 << 2, PAGE},
    {BOX("ecn.ect0.ect1", "rev"), PAGE, PAGE, ECE, 1 << 1, PAGE},
    {BOX("ecn.ect1.ect0", "fwd"), PAGE, PAGE, ECE, 1 << 2, PAGE},
    {BOX("ecn.ect1.clear", "rev"), PAGE, PAGE, ECE, 1 << 2, PAGE},
    {BOX("ecn.ce.set", "fwd"), PAGE, PAGE, ECE, 1 << 2, PAGE},
    {BOX("ecn.ce.set", "rev"), PAGE, PAGE, ECE, 1 << 3, PAGE},
    {BOX("ecn.ce.ect0", "fwd"), PAGE, PAGE, ECE, 1 << 2, PAGE},
    {BOX("ecn.ce.clear", "fwd"), PAGE, PAGE, ECE, 1 << 2, PAGE},
    {BOX("ecn.ce.drop", "fwd"), PAGE, PAGE, ECE, 1 << 2, PAGE},
    {BOX("ecn.ect.drop", "fwd"), PAGE, PAGE, ECE, 1 << 2, SILENT},
    {BOX("ecn.ect.drop", "rev"), PAGE, PAGE, ECE, 1 << 0, PAGE}, /* the retransmission comes through */
    {BOX("ecn.ect.syn.drop", "fwd"), PAGE, PAGE, ECE, 1 << 2, PAGE},
    {QUIRK("ecn.cwr.ignore"), PAGE, PAGE, ECE, 1 << 2, PAGE},
    {QUIRK("ecn.ce.noecho"), PAGE, PAGE, ECE, 1 << 2, PAGE},
    {QUIRK("server.syncookies"), PAGE, PAGE, ECE, 1 << 2, PAGE},
    {QUIRK("server.window0"), PAGE, PAGE, ECE, 1 << 2, PAGE},
    {QUIRK("server.bare"), PAGE, PAGE, ECE, 1 << 2, PAGE},
    {"\"server\":\"plain\"," QUIRK("server.bare"), PAGE, PAGE, 0, 1 << 0, PAGE},
    {"\"dup\":0.5,\"delay_ms\":5", PAGE, PAGE, ECE, 1 << 2, PAGE},
};

static int converse(struct pp_lab *lab, uint64_t host, uint16_t sport, uint16_t flags, uint8_t tos,
                    struct raw *synack, uint8_t *seen)
{
    struct raw_client c = raw_client(lab, host, sport);

    *seen = 0;
    if (!raw_connect(&c, flags, synack))
        return c.in_len == 0 ? SILENT : synack->proto != 6 ? UNREACHABLE : RESET;
    c.tos = tos;
    return raw_get_page(&c, seen) > 200 ? PAGE : SILENT;
}

static void behaviours(void **state)
{
    struct pp_lab *lab;
    struct raw r;
    uint8_t seen;
    uint16_t port;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lab = lab_of(rows[i].class, 2);
        port = 100;
        for (unsigned family = 0; family < 2; family++) {
            if (converse(lab, family, port += 100, 0, 0, &r, &seen) != rows[i].plain)
                fail_msg("%s, family %u: A", rows[i].class, family);
            if (converse(lab, family, port += 100, ECE | CWR, 0, &r, &seen) != rows[i].ecn)
                fail_msg("%s, family %u: B1", rows[i].class, family);
            if (rows[i].ecn == PAGE && ((r.flags & (ECE | CWR)) != rows[i].flags || seen != rows[i].seen))
                fail_msg("%s, family %u: SYN/ACK %x, marks %x", rows[i].class, family, r.flags, seen);
            if (rows[i].ecn != SILENT && !r.good)
                fail_msg("%s, family %u: a wrong checksum or length", rows[i].class, family);
            if (converse(lab, family, port += 100, ECE | CWR, 2, &r, &seen) != rows[i].ect)
                fail_msg("%s, family %u: B2", rows[i].class, family);
        }
        pp_lab_free(lab);
    }
}

/* A middlebox's RST comes from nearer than the host's SYN/ACK, and its ICMP from the hop itself. */
static void ttl_of_a_middlebox_that_answers(void **state)
{
    struct pp_lab *lab = lab_of(BOX("ecn.syn.rst", "fwd"), 2);
    struct raw_client c = raw_client(lab, 0, 1);
    struct raw r;
    uint8_t host_ttl;

    (void)state;
    assert_true(raw_connect(&c, 0, &r));
    host_ttl = r.ttl;
    assert_in_range(host_ttl, 64 - 12, 64 - 8);
    c = raw_client(lab, 0, 2);
    assert_false(raw_connect(&c, ECE | CWR, &r));
    assert_int_equal(r.flags, RST | ACK);
    assert_int_equal(r.ack, 1001);
    assert_int_equal(r.ttl, 64 - 6);
    pp_lab_free(lab);

    lab = lab_of(BOX("ecn.syn.icmp", "fwd"), 2);
    c = raw_client(lab, 1, 1);
    assert_false(raw_connect(&c, ECE | CWR, &r));
    assert_int_equal(r.proto, 58);
    assert_int_equal(r.l4[0], 1);
    assert_int_equal(r.l4[1], 1);
    assert_int_equal(r.from[15], 7); /* hop 7's address */
    assert_int_equal(r.from[7], 0xff);
    assert_true(r.good);
    pp_lab_free(lab);
}

/* ---- hops ---- */

/* A probe that expires at or before the box is quoted as sent; one hop farther, as changed. */
static void quotes(void **state)
{
    struct pp_lab *lab = lab_of(BOX("ecn.syn.clear", "fwd"), 2);
    struct raw_client c;
    struct raw r;

    (void)state;
    for (unsigned family = 0; family < 2; family++) {
        size_t head = family ? 40 : 20;

        for (uint8_t hop = 1; hop <= 8; hop++) {
            const uint8_t *q;

            c = raw_client(lab, family, (uint16_t)(100 + 20 * family + hop));
            c.ttl = hop;
            raw_send(&c, SYN | ECE | CWR, "");
            assert_true(raw_recv(&c, S, &r));
            assert_true(r.good);
            assert_int_equal(r.proto, family ? 58 : 1);
            assert_int_equal(r.l4[0], family ? 3 : 11);
            assert_int_equal(r.l4[1], 0);
            assert_int_equal(r.from[family ? 15 : 2], hop);
            assert_int_equal(r.ttl, 64 - (hop - 1));
            q = r.l4 + 8;
            assert_int_equal(r.l4_len - 8, c.out_len); /* all of it fits */
            assert_int_equal(q[family ? 7 : 8], 1);
            assert_memory_equal(q + head, c.out + head, 13);
            assert_int_equal(q[head + 13], hop <= 7 ? (SYN | ECE | CWR) : SYN);
            if (!family)
                assert_int_equal(raw_sum(0, q, 20), 0xffff);
            if (hop <= 7)
                assert_memory_equal(q + head + 14, c.out + head + 14, c.out_len - head - 14);
        }
    }
    pp_lab_free(lab);
}

/* RFC 1812: 576 bytes at most; RFC 4443: 1280. */
static void long_quotes(void **state)
{
    struct pp_lab *lab = lab_of("\"server\":\"ecn\"", 2);
    char data[1301];
    struct raw r;

    (void)state;
    memset(data, 'x', sizeof data - 1);
    data[sizeof data - 1] = 0;
    for (unsigned family = 0; family < 2; family++) {
        struct raw_client c = raw_client(lab, family, 1);

        c.ttl = 3;
        raw_send(&c, ACK, data);
        assert_true(raw_recv(&c, S, &r));
        assert_true(r.good);
        assert_int_equal(c.in_len, family ? 1280 : 576);
    }
    pp_lab_free(lab);
}

/* ---- the host's TCP ---- */

/* RFC 3168 section 6.1.3: ECE on every ACK from a CE segment on, until CWR. */
static void echo(const char *class, uint16_t after_ce, uint16_t after_cwr)
{
    static const struct {
        uint8_t tos;
        uint16_t flags;
    } steps[] = {{2, 0}, {3, 0}, {2, 0}, {2, CWR}, {2, 0}};
    const uint16_t want[] = {0, after_ce, after_ce, after_cwr, after_cwr};
    struct pp_lab *lab = lab_of(class, 2);
    struct raw r;

    for (unsigned family = 0; family < 2; family++) {
        struct raw_client c = raw_client(lab, family, 1);

        assert_true(raw_connect(&c, ECE | CWR, &r));
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            c.tos = steps[i].tos;
            raw_send(&c, ACK | PSH | steps[i].flags, "x");
            assert_true(raw_recv(&c, S, &r));
            assert_int_equal(r.ack, c.seq);
            assert_int_equal(r.tos & 3, 0); /* pure ACKs are Not-ECT: section 6.1.4 */
            if ((r.flags & ECE) != want[i])
                fail_msg("%s: segment %zu: flags %x", class, i, r.flags);
        }
    }
    pp_lab_free(lab);
}

static void congestion_is_echoed(void **state)
{
    (void)state;
    echo("\"server\":\"ecn\"", ECE, 0);
    echo("\"server\":\"plain\"", 0, 0);
    echo(QUIRK("ecn.cwr.ignore"), ECE, ECE);
    echo(QUIRK("ecn.ce.noecho"), 0, 0);
    echo(BOX("ecn.ce.ect0", "fwd"), 0, 0);
}

/* An ECN-setup SYN that is ECT itself was tampered with: Linux refuses ECN. */
static void ect_syn(void **state)
{
    struct pp_lab *lab = lab_of("\"server\":\"ecn\"", 2), *deaf = lab_of(BOX("ecn.ect.syn.drop", "fwd"), 2);
    struct raw_client c = raw_client(lab, 0, 1);
    struct raw r;

    (void)state;
    c.tos = 2;
    assert_true(raw_connect(&c, ECE | CWR, &r));
    assert_int_equal(r.flags & (ECE | CWR), 0);
    c = raw_client(deaf, 0, 1);
    c.tos = 2;
    assert_false(raw_connect(&c, ECE | CWR, &r));
    pp_lab_free(lab);
    pp_lab_free(deaf);
}

/* The client's window is obeyed to the byte, and new data carries ECT(0), what is sent again does not. */
static void window_and_retransmission(void **state)
{
    struct pp_lab *lab = lab_of("\"server\":\"ecn\"", 2);
    struct raw_client c = raw_client(lab, 0, 1);
    struct raw r;
    uint32_t first;

    (void)state;
    c.window = 100;
    assert_true(raw_connect(&c, ECE | CWR, &r));
    raw_send(&c, ACK | PSH, "GET / HTTP/1.0\r\n");
    assert_true(raw_recv(&c, 100 * MS, &r));
    assert_int_equal(r.data_len, 0);
    raw_send(&c, ACK | PSH, "\r\n");
    assert_true(raw_recv(&c, 100 * MS, &r));
    assert_int_equal(r.data_len, 100);
    assert_memory_equal(r.data, "HTTP/1.1 200 OK\r\n", 17);
    assert_int_equal(r.tos & 3, 2);
    first = r.seq;
    assert_false(raw_recv(&c, 100 * MS, &r));
    assert_true(raw_recv(&c, 2 * S, &r));
    assert_int_equal(r.seq, first);
    assert_int_equal(r.data_len, 100);
    assert_int_equal(r.tos & 3, 0);
    c.ack = first + 100;
    c.window = 0;
    raw_send(&c, ACK, "");
    assert_true(raw_recv(&c, 2 * S, &r)); /* a window probe asks again */
    assert_int_equal(r.data_len, 0);
    c.window = 50;
    raw_send(&c, ACK, "");
    assert_true(raw_recv(&c, 10 * MS, &r));
    assert_int_equal(r.seq, first + 100);
    assert_int_equal(r.data_len, 50);
    assert_int_equal(r.tos & 3, 2);
    pp_lab_free(lab);
}

static void handshake(void **state)
{
    struct pp_lab *lab = lab_of("\"server\":\"ecn\",\"ports\":[80,8080]", 4);
    struct pp_lab_stats stats;
    struct raw_client c;
    struct raw r, again;

    (void)state;
    for (unsigned host = 0; host < 4; host++) {
        c = raw_client(lab, host, 1);
        c.now = (1 + host) * 1000 * S;
        assert_int_equal(c.port, host % 2 ? 8080 : 80);
        raw_send(&c, SYN, "");
        assert_true(raw_recv(&c, S, &r));
        assert_true(r.good);
        assert_int_equal(r.ack, 1001);
        assert_int_equal(r.window, host % 2 ? 64260 : 65160);
        /* Linux's order: MSS, SACK permitted, timestamps that echo ours, NOP, window scale. */
        assert_memory_equal(r.l4 + 20, host % 2 ? "\2\4\5\xa0\4\2\x8\xa" : "\2\4\5\xb4\4\2\x8\xa", 8);
        assert_memory_equal(r.l4 + 32, "\0\0\0\7\1\3\3\7", 8);
        assert_true(raw_recv(&c, 1500 * MS, &again)); /* repeated, as it was */
        assert_int_equal(again.seq, r.seq);
        c.ack = r.seq + 1;
        c.tsecr = again.tsval;
        raw_send(&c, ACK | FIN, "");
        assert_true(raw_recv(&c, S, &r));
        assert_int_equal(r.flags, FIN | ACK);
        assert_int_equal(r.ack, c.seq);
        c.ack = r.seq + 1;
        raw_send(&c, ACK, "");
        assert_false(raw_recv(&c, 5 * S, &r));
        /* An old segment to a closed connection is answered with a RST. */
        raw_send(&c, ACK, "");
        assert_true(raw_recv(&c, S, &r));
        assert_int_equal(r.flags, RST);
        assert_int_equal(r.seq, c.ack);
        /* A closed port. */
        c.port = 81;
        assert_false(raw_connect(&c, 0, &r));
        assert_int_equal(r.flags, RST | ACK);
        assert_true(r.good);
    }
    c = raw_client(lab, 0, 2);
    c.now = 9000 * S;
    c.plain_syn = true;
    raw_send(&c, SYN, "");
    assert_true(raw_recv(&c, S, &r));
    assert_int_equal(r.l4_len, 24); /* MSS alone: the others were not offered */
    pp_lab_stats(lab, &stats);
    assert_int_equal(stats.connections, 1);
    assert_int_equal(stats.unknown, 0);
    assert_false(raw_recv(&c, S / 2, &r));
    for (int i = 0; i < 20; i++)
        raw_recv(&c, 30 * S, &r);
    pp_lab_stats(lab, &stats);
    assert_int_equal(stats.connections, 0);
    pp_lab_free(lab);
}

static void odd_servers(void **state)
{
    struct pp_lab *second = lab_of(QUIRK("server.second.syn"), 2), *window0 = lab_of(QUIRK("server.window0"), 2);
    struct pp_lab *cookies = lab_of(QUIRK("server.syncookies"), 2), *mixed = lab_of(QUIRK("server.mixed"), 2);
    struct raw_client c = raw_client(second, 0, 1);
    unsigned ecn = 0;
    struct raw r;

    (void)state;
    assert_false(raw_connect(&c, 0, &r));
    c.seq = 1000;
    assert_true(raw_connect(&c, 0, &r));

    c = raw_client(window0, 0, 1);
    assert_true(raw_connect(&c, 0, &r));
    assert_int_equal(r.window, 0);
    assert_true(raw_recv(&c, S, &r));
    assert_true(r.window > 0);

    c = raw_client(cookies, 0, 1);
    raw_send(&c, SYN | ECE | CWR, "");
    assert_true(raw_recv(&c, S, &r));
    assert_int_equal(r.flags & ECE, ECE);
    assert_false(raw_recv(&c, 10 * S, &r)); /* no state, so nothing is repeated */
    c = raw_client(cookies, 0, 2);
    c.plain_syn = true;
    raw_send(&c, SYN | ECE | CWR, "");
    assert_true(raw_recv(&c, S, &r));
    assert_int_equal(r.flags & ECE, 0); /* no timestamp to keep it in */

    for (uint16_t port = 1; port <= 200; port++) {
        c = raw_client(mixed, 0, port);
        assert_true(raw_connect(&c, ECE | CWR, &r));
        ecn += (r.flags & ECE) != 0;
    }
    assert_in_range(ecn, 60, 140);
    pp_lab_free(second);
    pp_lab_free(window0);
    pp_lab_free(cookies);
    pp_lab_free(mixed);
}

/* Hosts that answer some SYNs by their count or rate, not by their flow. */
static void counted_syns(void **state)
{
    struct pp_lab *every = lab_of(QUIRK("server.every.second.syn"), 2), *limit = lab_of(QUIRK("server.syn.limit"), 2);
    struct pp_lab *hard = lab_of(QUIRK("server.syn.limit.hard"), 2);
    static const struct {
        int64_t at; /* ms */
        bool every, limit, hard;
    } syns[] = {{0, 1, 1, 1},    {10, 0, 0, 0},   {900, 1, 1, 0},  {1100, 0, 0, 0},
                {1250, 1, 1, 0}, {7900, 0, 1, 0}, {8150, 1, 0, 1}, {9000, 0, 1, 0}};
    struct raw r;

    (void)state;
    for (unsigned host = 0; host < 2; host++) {
        for (size_t i = 0; i < sizeof syns / sizeof *syns; i++) {
            struct pp_lab *const labs[] = {every, limit, hard};
            const bool heard[] = {syns[i].every, syns[i].limit, syns[i].hard};

            for (size_t k = 0; k < 3; k++) {
                struct raw_client c = raw_client(labs[k], host, (uint16_t)(100 + i));

                c.now = (1 + 100 * host) * S + syns[i].at * MS;
                raw_send(&c, SYN, "");
                if (raw_recv(&c, 0, &r) != heard[k])
                    fail_msg("host %u, lab %zu, SYN %zu", host, k, i);
            }
        }
    }
    pp_lab_free(every);
    pp_lab_free(limit);
    pp_lab_free(hard);
}

/* The ports of a flow decide: it is dropped always or never, and only if it negotiates ECN. */
static void one_bad_member(void **state)
{
    struct pp_lab *lab = lab_of(BOX("ecmp.ecn.syn.drop", "fwd"), 2);
    int64_t now = 0;
    struct raw r;

    (void)state;
    for (unsigned host = 0; host < 2; host++) {
        unsigned dropped = 0;

        for (uint16_t port = 1; port <= 400; port++) {
            struct raw_client c = raw_client(lab, host, port);
            bool ok;

            c.now = now += 100 * S;
            ok = raw_connect(&c, ECE | CWR, &r);
            dropped += !ok;
            c = raw_client(lab, host, port);
            c.now = now += 100 * S;
            c.seq = 7000;
            assert_int_equal(raw_connect(&c, ECE | CWR, &r), ok);
            c = raw_client(lab, host, port);
            c.now = now += 100 * S;
            c.seq = 9000;
            assert_true(raw_connect(&c, 0, &r));
        }
        assert_in_range(dropped, 60, 140);
    }
    pp_lab_free(lab);
}

/* ---- chance ---- */

static void flows_fail(void **state)
{
    struct pp_lab *iid = lab_of("\"flow_fail\":{\"p\":0.3,\"kind\":\"iid\"}", 2);
    struct pp_lab *episode = lab_of("\"flow_fail\":{\"p\":0.3,\"kind\":\"episode\"}", 2);
    unsigned failed = 0, changes = 0, again = 0, deaf = 0;
    int64_t now = 0;
    struct raw_client c;
    struct raw r;
    bool ok, before = true;

    (void)state;
    for (uint16_t port = 1; port <= 1000; port++) {
        c = raw_client(iid, 0, port);
        c.now = now += 100 * S;
        ok = raw_connect(&c, 0, &r);
        failed += !ok;
        if (ok)
            continue;
        c.seq = 1000; /* the SYN again: the same fate */
        assert_false(raw_connect(&c, 0, &r));
        c.seq = 5000; /* another flow between the same ports: a chance of its own */
        again += !raw_connect(&c, 0, &r);
    }
    assert_in_range(failed, 230, 370);
    assert_in_range(again, failed / 5, failed / 5 * 2 + 10);
    failed = 0;
    for (uint16_t port = 1; port <= 1000; port++) { /* one a second: 33 episodes */
        c = raw_client(episode, 0, port);
        c.now = port * S;
        raw_send(&c, SYN, "");
        ok = raw_recv(&c, 0, &r);
        failed += !ok;
        changes += ok != before;
        before = ok;
    }
    assert_in_range(failed, 60, 600);
    assert_true(changes <= 35);
    for (uint16_t port = 1; port <= 20; port++) { /* a flow that is silent at first stays silent after the episode */
        c = raw_client(episode, 0, port);
        c.now = (2000 + 100 * port + 25) * S;
        if (raw_connect(&c, 0, &r))
            continue;
        deaf++;
        for (unsigned i = 0; i < 6; i++) { /* 5 s each */
            c.seq = 1000;
            assert_false(raw_connect(&c, 0, &r));
        }
    }
    assert_in_range(deaf, 2, 12);
    pp_lab_free(iid);
    pp_lab_free(episode);
}

static uint64_t trace(uint64_t seed)
{
    static const char text[] =
        "{\"hosts\":[{\"share\":1,\"loss\":0.2,\"dup\":0.2,\"reorder\":0.2,\"delay_ms\":5,\"jitter_ms\":9}]}";
    struct pp_scenario s;
    struct pp_lab *lab;
    uint64_t hash = 1469598103934665603u;
    struct raw r;

    assert_int_equal(pp_scenario_parse(&s, "trace", text, sizeof text - 1), 0);
    lab = pp_lab_new(&s, 10, seed);
    for (uint16_t i = 0; i < 50; i++) {
        struct raw_client c = raw_client(lab, i % 10, (uint16_t)(1000 + i));

        c.now = (1 + i) * 10 * S;
        if (!raw_connect(&c, ECE | CWR, &r))
            continue;
        raw_send(&c, ACK | PSH, "GET / HTTP/1.1\r\n\r\n");
        while (raw_recv(&c, S, &r)) {
            hash = (hash ^ (uint64_t)c.now) * 1099511628211u;
            for (size_t k = 0; k < c.in_len; k++)
                hash = (hash ^ c.in[k]) * 1099511628211u;
        }
    }
    pp_lab_free(lab);
    return hash;
}

static void the_seed_decides(void **state)
{
    (void)state;
    assert_true(trace(1) == trace(1));
    assert_true(trace(1) != trace(2));
}

static void loss_is_lossy(void **state)
{
    struct pp_lab *lab = lab_of("\"loss\":0.1", 2);
    unsigned answered = 0;
    struct raw r;

    (void)state;
    for (uint16_t port = 1; port <= 2000; port++) {
        struct raw_client c = raw_client(lab, 0, port);

        c.now = port * S * 200; /* the one before is forgotten */
        raw_send(&c, SYN, "");
        answered += raw_recv(&c, 0, &r);
    }
    assert_in_range(answered, 1560, 1680); /* 0.81, six sigma */
    pp_lab_free(lab);
}

/* Losses come together: a loss makes another one 100 ms later much more likely than the average. */
static void loss_in_bursts(void **state)
{
    struct pp_lab *lab = lab_of("\"burst\":{\"loss\":0.1,\"ms\":500}", 2);
    unsigned lost = 0, after = 0, n = 20000;
    bool last = false, heard;
    struct raw r;

    (void)state;
    for (unsigned i = 1; i <= n; i++) { /* pairs, far apart */
        struct raw_client c = raw_client(lab, 0, (uint16_t)(i % 60000));

        c.now = (i / 2 * 70000 + i % 2 * 100) * MS;
        raw_send(&c, SYN, "");
        heard = raw_recv(&c, 0, &r);
        lost += !heard;
        after += i % 2 && last && !heard;
        last = !heard;
    }
    assert_in_range(lost, n / 10 - 300, n / 10 + 300);
    assert_in_range(after, lost / 2 * 7 / 10, lost / 2);
    pp_lab_free(lab);
}

static void time_passes(void **state)
{
    struct pp_lab *lab = lab_of("\"delay_ms\":40,\"jitter_ms\":10", 2);
    struct raw r;

    (void)state;
    for (uint16_t port = 1; port <= 100; port++) {
        struct raw_client c = raw_client(lab, port % 2, port);
        int64_t sent = c.now;

        raw_send(&c, SYN, "");
        assert_true(raw_recv(&c, S, &r));
        assert_in_range(c.now - sent, 80 * MS, 100 * MS);
        c.sport = (uint16_t)(1000 + port); /* hop 1 is near */
        c.ttl = 1;
        sent = c.now;
        raw_send(&c, SYN, "");
        assert_true(raw_recv(&c, S, &r));
        assert_in_range(c.now - sent, 80 * MS / 13, 100 * MS / 9);
    }
    pp_lab_free(lab);
}

static void packets_for_no_host_and_malformed_ones(void **state)
{
    struct pp_lab *lab = lab_of("\"server\":\"ecn\"", 2);
    struct raw_client c = raw_client(lab, 0, 1);
    struct pp_lab_stats stats;
    struct raw r;

    (void)state;
    assert_int_equal(pp_addr_parse(&c.host, "10.0.0.11", 9), 0);
    assert_false(raw_connect(&c, 0, &r));
    c = raw_client(lab, 0, 1);
    raw_send(&c, SYN, "");
    c.out[22] ^= 1; /* a wrong checksum */
    c.out[21] ^= 3;
    pp_lab_input(lab, c.now, c.out, c.out_len);
    pp_lab_input(lab, c.now, c.out, 7);
    pp_lab_stats(lab, &stats);
    assert_int_equal(stats.in, 4);
    assert_int_equal(stats.unknown, 3);
    pp_lab_free(lab);
}

/* ---- AccECN ---- */

#define AE 0x100
#define ACCECN (AE | CWR | ECE)
#define BOX_BEFORE(name, dir)                                                                                          \
    "\"path\":[{\"behaviour\":\"" name "\",\"dir\":\"" dir "\",\"hop\":7},{\"behaviour\":\"server.accecn\"}]"

/* RFC 9768 table 2, and sections 3.1.2 and 3.1.3 for SYNs that were altered: AE, CWR and ECE of the SYN/ACK. */
static void accecn_handshakes(void **unused)
{
    static const struct {
        const char *class;
        uint16_t syn;
        uint8_t ecn;
        uint16_t synack;
    } cases[] = {
        {QUIRK("server.accecn"), ACCECN, 0, CWR},
        {QUIRK("server.accecn"), ACCECN, 1, CWR | ECE},
        {QUIRK("server.accecn"), ACCECN, 2, AE},
        {QUIRK("server.accecn"), ACCECN, 3, AE | CWR},
        {QUIRK("server.accecn"), CWR | ECE, 0, ECE},
        {QUIRK("server.accecn"), 0, 0, 0},
        {QUIRK("server.accecn"), 0, 2, 0},
        {QUIRK("server.accecn"), AE, 1, CWR | ECE},
        {QUIRK("server.accecn"), AE | ECE, 0, CWR},
        {"\"server\":\"ecn\"", ACCECN, 0, ECE},
        {"\"server\":\"ecn\"", ACCECN, 2, ECE}, /* Linux does not refuse ECN for a marked SYN with AE */
        {"\"server\":\"ecn\"", CWR | ECE, 2, 0},
        {"\"server\":\"plain\"", ACCECN, 0, 0},
        {BOX_BEFORE("accecn.ae.clear", "fwd"), ACCECN, 0, ECE},
        {BOX_BEFORE("ecn.ip.clear", "fwd"), ACCECN, 3, CWR},
        {BOX_BEFORE("ecn.ce.set", "fwd"), ACCECN, 1, AE | CWR},
        {BOX_BEFORE("ecn.syn.clear", "fwd"), ACCECN, 2, AE},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (unsigned family = 0; family < 2; family++) {
            struct pp_lab *lab = lab_of(cases[i].class, 2);
            struct raw_client c = raw_client(lab, family, 1);
            struct raw r;

            c.tos = cases[i].ecn;
            if (!raw_connect(&c, cases[i].syn, &r) || (r.flags & ACCECN) != cases[i].synack || (r.tos & 3))
                fail_msg("row %zu, family %u: SYN/ACK %x", i, family, r.flags);
            pp_lab_free(lab);
        }
    for (unsigned family = 0; family < 2; family++) {
        struct pp_lab *lab = lab_of(BOX_BEFORE("accecn.syn.drop", "fwd"), 2);
        struct raw_client c = raw_client(lab, family, 1);
        struct raw r;

        assert_false(raw_connect(&c, ACCECN, &r));
        c = raw_client(lab, family, 2);
        assert_true(raw_connect(&c, CWR | ECE, &r));
        pp_lab_free(lab);
    }
}

/* Section 3.2.1: r.cep begins at 5, r.e0b and r.e1b at 1; section 3.2.3: EE0B, ECEB, EE1B, 24 bits each. */
static void accecn_counts(void **unused)
{
    static const struct {
        const char *class;
        const char *synack, *ack; /* the options behind timestamps: NOP, 172, 11, counters; or four NOPs */
    } cases[] = {
        {QUIRK("server.accecn"), "\1\254\xb\0\0\1\0\0\0\0\0\1", "\1\254\xb\0\0\1\0\0\4\0\0\3"},
        {BOX_BEFORE("accecn.option.strip", "rev"), "\1\1\1\1\1\1\1\1\1\1\1\1", "\1\1\1\1\1\1\1\1\1\1\1\1"},
        {BOX_BEFORE("accecn.option.zero", "rev"), "\1\254\xb\0\0\0\0\0\0\0\0\0", "\1\254\xb\0\0\0\0\0\0\0\0\0"},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pp_lab *lab = lab_of(cases[i].class, 2);
        struct raw_client c = raw_client(lab, 0, 1);
        struct raw r;

        assert_true(raw_connect(&c, ACCECN, &r));
        assert_int_equal(r.l4[12] >> 4, 13);
        assert_memory_equal(r.l4 + 40, cases[i].synack, 12);
        raw_send(&c, ACK | AE | ECE, "ab");
        assert_true(raw_recv(&c, 5 * S, &r));
        assert_int_equal(r.flags & ACCECN, AE | ECE); /* 5 */
        assert_int_equal(r.l4[12] >> 4, 8);           /* nothing to count yet */
        c.tos = 3;
        raw_send(&c, ACK | AE | ECE, "cdef");
        assert_true(raw_recv(&c, 5 * S, &r));
        assert_int_equal(r.flags & ACCECN, AE | CWR); /* 6 */
        c.tos = 1;
        raw_send(&c, ACK | AE | ECE, "gh");
        assert_true(raw_recv(&c, 5 * S, &r));
        assert_int_equal(r.flags & ACCECN, AE | CWR);
        assert_int_equal(r.l4[12] >> 4, 11);
        assert_memory_equal(r.l4 + 32, cases[i].ack, 12);
        pp_lab_free(lab);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviours),
        cmocka_unit_test(ttl_of_a_middlebox_that_answers),
        cmocka_unit_test(quotes),
        cmocka_unit_test(long_quotes),
        cmocka_unit_test(congestion_is_echoed),
        cmocka_unit_test(ect_syn),
        cmocka_unit_test(window_and_retransmission),
        cmocka_unit_test(handshake),
        cmocka_unit_test(odd_servers),
        cmocka_unit_test(counted_syns),
        cmocka_unit_test(one_bad_member),
        cmocka_unit_test(flows_fail),
        cmocka_unit_test(loss_in_bursts),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(loss_is_lossy),
        cmocka_unit_test(time_passes),
        cmocka_unit_test(packets_for_no_host_and_malformed_ones),
        cmocka_unit_test(accecn_handshakes),
        cmocka_unit_test(accecn_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
