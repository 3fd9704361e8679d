/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vantage_check_quotes.c: what the check of the vantage point reads in ICMP errors: every row quotes one of its
 * own copies, as a router may have got it. Sequence numbers have the tag 0xAH below the nonce: arm A, hop H, and 8 more
 * for data.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../core/probe/vantage_check.h"

#define S INT64_C(1000000000)
#define ROUTER4 "198.51.100.1"
#define ROUTER6 "2001:db8:ff::1"

enum { COPIES = 5 * 2 * 8, OPTION = 253, DESTINATION = 60 };

/* ---- experiments ------------------------------------------------------------------------------------------------ */

static const uint8_t option[] = {OPTION, 4, 0x12, 0x34}, alert[] = {148, 4, 0, 0}; /* RFC 4727; RFC 2113 */
static const uint8_t early[] = {'G', 'E', 'T'}, surplus[20] = {6, 6, 'p', 'p', 'r', 'b'};
static const struct pp_extension header[] = {
    {.type = DESTINATION, .len = 8, .bytes = (const uint8_t[]){0, 0, 0x1e, 4, 0, 0, 0, 0}}};

static const struct pp_step with_ecn[] = {{.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR}};
static const struct pp_step with_option[] = {
    {.on = PP_ON_SYN, .options = option, .options_len = sizeof option},
    {.on = PP_ON_DATA, .tos_mask = 3, .tos = PP_ECT0}};
static const struct pp_step with_alert[] = {{.on = PP_ON_SYN, .ip_options = alert, .ip_options_len = sizeof alert}};
static const struct pp_step with_header[] = {{.on = PP_ON_SYN, .nextensions = 1, .extensions = header}};
static const struct pp_step with_data[] = {{.on = PP_ON_SYN, .payload = early, .payload_len = sizeof early}};
static const struct pp_arm tcp_arms[] = {
    {.name = "A", .title = "plain"},
    {.name = "B1", .title = "ECN", .connectivity = "t.ecn", .steps = with_ecn, .nsteps = 1},
    {.name = "B2", .title = "an option, ECT(0)", .connectivity = "t.option", .steps = with_option, .nsteps = 2},
    {.name = "B3", .title = "an IP option", .connectivity = "t.alert", .steps = with_alert, .nsteps = 1, .family = 4},
    {.name = "B4", .title = "a header", .connectivity = "t.header", .steps = with_header, .nsteps = 1, .family = 6},
    {.name = "B5", .title = "data", .connectivity = "t.data", .steps = with_data, .nsteps = 1},
};
static const struct pp_plugin over_tcp = {.abi = PP_PLUGIN_ABI, .size = sizeof(struct pp_plugin), .name = "t",
                                          .title = "t", .modes = PP_MODE_TCP, .default_mode = PP_MODE_TCP,
                                          .arms = tcp_arms, .narms = sizeof tcp_arms / sizeof *tcp_arms};

static const struct pp_step with_surplus[] = {
    {.on = PP_ON_DATAGRAM, .surplus = surplus, .surplus_len = sizeof surplus}};
static const struct pp_step with_zero[] = {{.on = PP_ON_DATAGRAM, .udp_checksum = PP_UDP_CHECKSUM_ZERO}};
static const struct pp_arm udp_arms[] = {
    {.name = "A", .title = "plain"},
    {.name = "B1", .title = "surplus", .connectivity = "t.surplus", .steps = with_surplus, .nsteps = 1},
    {.name = "B2", .title = "no checksum", .connectivity = "t.zero", .steps = with_zero, .nsteps = 1, .family = 4},
};
static const struct pp_plugin over_udp = {.abi = PP_PLUGIN_ABI, .size = sizeof(struct pp_plugin), .name = "t",
                                          .title = "t", .modes = PP_MODE_DNSUDP, .default_mode = PP_MODE_DNSUDP,
                                          .arms = udp_arms, .narms = sizeof udp_arms / sizeof *udp_arms};

/* ---- the bench -------------------------------------------------------------------------------------------------- */

struct packet {
    uint8_t ip[2048];
    size_t len;
};

struct bench {
    struct pp_wire wire;
    struct pp_vantage vantage;
    struct pp_plan plan;
    struct pp_vantage_check c;
    struct pp_hop_rate rate;
    struct pp_target target;
    struct packet copy[COPIES];
    unsigned copies;
    int family;
};

static int keep(struct pp_wire *w, const uint8_t *ip, size_t len, uint64_t tag)
{
    struct bench *b = (struct bench *)w;

    (void)tag;
    assert_in_range(b->copies, 0, COPIES - 1);
    assert_in_range(len, 1, sizeof b->copy[0].ip);
    memcpy(b->copy[b->copies].ip, ip, len);
    b->copy[b->copies++].len = len;
    return 0;
}

static const struct pp_wire_ops ops = {.name = "test", .send = keep};

/* Copies of all arms of PLUGIN are on their way over FAMILY. */
static void bench_init(struct bench *b, const struct pp_plugin *plugin, int family)
{
    unsigned n;

    memset(b, 0, sizeof *b);
    b->wire.ops = &ops;
    b->family = family;
    b->vantage = (struct pp_vantage){.ifname = "test", .linktype = -1};
    pp_addr_parse(&b->vantage.v4.addr, "192.0.2.1", 9);
    pp_addr_parse(&b->vantage.v6.addr, "2001:db8::1", 11);
    b->vantage.v4.usable = b->vantage.v6.usable = true;
    b->vantage.v4.mtu = b->vantage.v6.mtu = 1500;
    b->plan.connect_timeout = 10 * S;
    assert_int_equal(pp_plan_init(&b->plan, plugin, NULL, &b->vantage), 0);
    assert_int_equal(pp_hop_rate_init(&b->rate, 10), 0);
    pp_vantage_check_init(&b->c, &b->plan, 61000, &b->rate);
    b->target = (struct pp_target){.port = 80, .domain = "www.example"};
    if (family == 4)
        pp_addr_parse(&b->target.addr, "203.0.113.1", 11);
    else
        pp_addr_parse(&b->target.addr, "2001:db8:1::1", 13);
    n = pp_vantage_check_send(&b->c, &b->wire, &b->target, S);
    assert_int_equal(n, b->copies);
}

static void bench_release(struct bench *b)
{
    pp_hop_rate_release(&b->rate);
    pp_plan_release(&b->plan);
}

/* The copy with TAG, as it left. */
static struct packet sent(const struct bench *b, uint32_t tag)
{
    for (unsigned i = 0; i < b->copies; i++) {
        struct pp_packet p;
        uint32_t mask = b->family == 4 ? 0xffff : 0xfffff;
        assert_int_equal(pp_packet_decode(&p, b->copy[i].ip, b->copy[i].len), 0);
        if (((b->family == 4 ? p.ip_id : p.flow_label) & mask) == ((b->c.nonce | tag) & mask))
            return b->copy[i];
    }
    fail_msg("no copy has tag %#x", tag);
    return b->copy[0];
}

/* A router's Time Exceeded (RFC 792, RFC 4443) about Q comes in. */
static void answer(struct bench *b, const struct packet *q)
{
    uint8_t error[2048] = {0};
    unsigned at = b->family == 4 ? 20 : 40;
    size_t total = at + 8 + q->len;
    struct pp_packet p;
    struct pp_addr router;

    pp_addr_parse(&router, b->family == 4 ? ROUTER4 : ROUTER6, strlen(b->family == 4 ? ROUTER4 : ROUTER6));
    if (b->family == 4) {
        memcpy(error, (const uint8_t[]){0x45, 0, (uint8_t)(total >> 8), (uint8_t)total, 0, 0, 0, 0, 64, 1}, 10);
        memcpy(error + 12, router.b + 12, 4);
        memcpy(error + 16, b->vantage.v4.addr.b + 12, 4);
    } else {
        memcpy(error, (const uint8_t[]){0x60, 0, 0, 0, (uint8_t)((total - 40) >> 8), (uint8_t)(total - 40), 58, 64}, 8);
        memcpy(error + 8, router.b, 16);
        memcpy(error + 24, b->vantage.v6.addr.b, 16);
    }
    error[at] = b->family == 4 ? 11 : 3;
    memcpy(error + at + 8, q->ip, q->len);
    assert_int_equal(pp_packet_decode(&p, error, total), 0);
    assert_false(pp_vantage_check_answer(&b->c, &p, 2 * S));
}

/* ---- what becomes of a packet ----------------------------------------------------------------------------------- */

static uint8_t *l4(struct packet *q)
{
    struct pp_packet p;

    assert_int_equal(pp_packet_decode(&p, q->ip, q->len), 0);
    return q->ip + (p.l4 - p.ip);
}

static void set_length(struct packet *q, size_t len)
{
    unsigned at = q->ip[0] >> 4 == 4 ? 2 : 4, field = (unsigned)len - (at == 4 ? 40 : 0);

    q->ip[at] = (uint8_t)(field >> 8);
    q->ip[at + 1] = (uint8_t)field;
    q->len = len;
}

/* Takes N bytes out at AT. */
static void take_out(struct packet *q, uint8_t *at, size_t n)
{
    memmove(at, at + n, (size_t)(q->ip + q->len - at) - n);
    set_length(q, q->len - n);
}

static uint8_t *option_of(struct packet *q, uint8_t kind)
{
    uint8_t *tcp = l4(q), *end = tcp + (tcp[12] >> 4) * 4;

    for (uint8_t *o = tcp + 20; o < end; o += *o == 1 ? 1 : o[1])
        if (*o == kind)
            return o;
    fail_msg("no option %u", kind);
    return NULL;
}

static void as_sent(struct packet *q) { (void)q; }
static void cleared(struct packet *q) { l4(q)[13] &= 0x3f; }
static void half_cleared(struct packet *q) { l4(q)[13] &= 0x7f; }
static void cut_off(struct packet *q) { cleared(q), q->len = (size_t)(l4(q) - q->ip) + 8; }
static void ece_set(struct packet *q) { l4(q)[13] |= 0x40; }
static void nonce_gone(struct packet *q) { cleared(q), l4(q)[6] ^= 1, q->ip[4 - (q->ip[0] >> 4 == 6) * 2] ^= 0x80; }
static void other_nonce(struct packet *q) { cleared(q), l4(q)[4] ^= 0x80, q->ip[4 - (q->ip[0] >> 4 == 6) * 2] ^= 0x80; }
static void no_arm(struct packet *q) { cleared(q), l4(q)[7] |= 0xf0, q->ip[q->ip[0] >> 4 == 6 ? 3 : 5] |= 0xf0; }
static void seq_rewritten(struct packet *q) { cleared(q), l4(q)[4] ^= 0x55; }
static void id_rewritten(struct packet *q) { cleared(q), q->ip[4 - (q->ip[0] >> 4 == 6) * 2] ^= 0x08; }
static void translated(struct packet *q) { cleared(q), q->ip[q->ip[0] >> 4 == 6 ? 23 : 15] ^= 0x55; }
static void to_another(struct packet *q) { cleared(q), q->ip[q->ip[0] >> 4 == 6 ? 39 : 19] ^= 0x55; }
static void option_nopped(struct packet *q) { memset(option_of(q, OPTION), 1, 4); }
static void option_written(struct packet *q) { option_of(q, OPTION)[3] ^= 1; }
static void sack_nopped(struct packet *q) { memset(option_of(q, 4), 1, 2); }
static void mss_clamped(struct packet *q) { option_of(q, 2)[2] = 4; }
static void payload_gone(struct packet *q) { set_length(q, q->len - sizeof early); }
static void payload_written(struct packet *q) { q->ip[q->len - 1] ^= 1; }

static void tos_three(struct packet *q)
{
    if (q->ip[0] >> 4 == 4)
        q->ip[1] |= 3;
    else
        q->ip[1] |= 0x30;
}

static void not_ect(struct packet *q)
{
    q->ip[1] &= (uint8_t)~(q->ip[0] >> 4 == 4 ? 3 : 0x30);
}

static void option_taken_out(struct packet *q)
{
    uint8_t *tcp = l4(q);

    take_out(q, option_of(q, OPTION), 4);
    tcp[12] = (uint8_t)(tcp[12] - 0x10);
}

static void sack_taken_out(struct packet *q)
{
    uint8_t *tcp = l4(q), *mss = option_of(q, 2);

    sack_nopped(q);
    take_out(q, mss, 4);
    tcp[12] = (uint8_t)(tcp[12] - 0x10);
}

static void header_taken_out(struct packet *q)
{
    unsigned len = 8;

    if (q->ip[0] >> 4 == 6) {
        q->ip[6] = q->ip[40];
        take_out(q, q->ip + 40, len);
        return;
    }
    len = (q->ip[0] & 0xfu) * 4 - 20;
    q->ip[0] = 0x45;
    take_out(q, q->ip + 20, len);
}

static void header_written(struct packet *q) { q->ip[q->ip[0] >> 4 == 6 ? 44 : 22] ^= 1; }

static void surplus_gone(struct packet *q) { set_length(q, q->len - sizeof surplus); }
static void surplus_written(struct packet *q) { q->ip[q->len - 8] ^= 1; }
static void checksum_made(struct packet *q) { l4(q)[6] = 0x12; }
static void checksum_made_anew(struct packet *q) { l4(q)[6] ^= 0x55; }
static void checksum_gone(struct packet *q) { memset(l4(q) + 6, 0, 2); }
static void made_and_translated(struct packet *q) { checksum_made(q), q->ip[15] ^= 0x55; }

static void length_swapped(struct packet *q)
{
    unsigned at = q->ip[0] >> 4 == 4 ? 2 : 4;
    uint8_t high = q->ip[at];

    q->ip[at] = q->ip[at + 1];
    q->ip[at + 1] = high;
}

static void fragmented(struct packet *q)
{
    if (q->ip[0] >> 4 == 4) {
        q->ip[6] = 0x20;
        set_length(q, q->len - 24);
    }
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

struct row {
    const char *what;
    const struct pp_plugin *plugin;
    uint32_t tag;
    int family; /* 0: both */
    void (*becomes)(struct packet *q);
    const char *altered; /* the field; NULL: no finding */
    bool stray;          /* it is none of ours */
};

static const struct row rows[] = {
    {"as it was sent", &over_tcp, 0x12, 0, as_sent, NULL, false},
    {"cleared", &over_tcp, 0x12, 0, cleared, "tcp.flags", false},
    {"half cleared", &over_tcp, 0x12, 0, half_cleared, "tcp.flags", false},
    {"cut off before the flags", &over_tcp, 0x12, 0, cut_off, NULL, false},
    {"the baseline, which has no treatment", &over_tcp, 0x02, 0, ece_set, NULL, false},
    {"the baseline's TOS byte", &over_tcp, 0x02, 0, tos_three, NULL, false},
    {"the TOS byte of an arm that does not treat it", &over_tcp, 0x12, 0, tos_three, NULL, false},
    {"forged: no nonce", &over_tcp, 0x12, 0, nonce_gone, NULL, true},
    {"forged: another nonce", &over_tcp, 0x12, 0, other_nonce, NULL, true},
    {"an arm that there is none of", &over_tcp, 0x12, 0, no_arm, NULL, true},
    {"another target's", &over_tcp, 0x12, 0, to_another, NULL, true},
    {"with another sequence number", &over_tcp, 0x12, 0, seq_rewritten, "tcp.flags", false},
    {"with another IP ID, or flow label", &over_tcp, 0x12, 0, id_rewritten, "tcp.flags", false},
    {"quoted with a translated address", &over_tcp, 0x12, 0, translated, "tcp.flags", false},
    {"the mark of data", &over_tcp, 0x2a, 0, not_ect, "ip.ecn", false},
    {"one packet is marked CE", &over_tcp, 0x2a, 0, tos_three, NULL, false},
    {"the option is overwritten by NOPs", &over_tcp, 0x21, 0, option_nopped, "tcp.option.253", false},
    {"the option is taken out", &over_tcp, 0x21, 0, option_taken_out, "tcp.option.253", false},
    {"the option has another value", &over_tcp, 0x21, 0, option_written, "tcp.option.253", false},
    {"another option is overwritten", &over_tcp, 0x21, 0, sack_nopped, NULL, false},
    {"other options are taken out", &over_tcp, 0x21, 0, sack_taken_out, NULL, false},
    {"the segment size is clamped", &over_tcp, 0x21, 0, mss_clamped, NULL, false},
    {"the IP option is taken out", &over_tcp, 0x31, 4, header_taken_out, "ip.header", false},
    {"a router writes into the IP option", &over_tcp, 0x31, 4, header_written, NULL, false},
    {"the extension header is taken out", &over_tcp, 0x41, 6, header_taken_out, "ip.protocol", false},
    {"a router writes into the extension header", &over_tcp, 0x41, 6, header_written, NULL, false},
    {"a SYN's data are cut off", &over_tcp, 0x51, 0, payload_gone, "ip.length", false},
    {"a SYN's data are overwritten", &over_tcp, 0x51, 0, payload_written, "payload", false},
    {"the surplus is cut off", &over_udp, 0x11, 0, surplus_gone, "ip.length", false},
    {"the surplus is overwritten", &over_udp, 0x11, 0, surplus_written, "udp.surplus", false},
    {"a datagram as it was sent", &over_udp, 0x11, 0, as_sent, NULL, false},
    {"an old kernel quotes the length in its byte order", &over_udp, 0x11, 0, length_swapped, NULL, false},
    {"the datagram is fragmented", &over_udp, 0x11, 4, fragmented, NULL, false},
    {"a checksum is put in", &over_udp, 0x21, 4, checksum_made, "udp.checksum", false},
    {"a checksum is put in, the address translated", &over_udp, 0x21, 4, made_and_translated, "udp.checksum", false},
    {"the baseline's checksum is another", &over_udp, 0x01, 0, checksum_made_anew, NULL, false},
    {"the baseline's checksum is taken out", &over_udp, 0x01, 0, checksum_gone, "udp.checksum", false},
};

static void look(const struct row *r, int family)
{
    struct bench b;
    struct packet q;
    char name[PP_FIELD_STRLEN], said[384];

    bench_init(&b, r->plugin, family);
    q = sent(&b, r->tag);
    r->becomes(&q);
    answer(&b, &q);
    if (b.c.finding.altered != (r->altered != NULL))
        fail_msg("%s, IPv%d: %s", r->what, family, r->altered ? "no finding" : "a finding");
    if (b.c.family[family == 6].quoted != !r->stray)
        fail_msg("%s, IPv%d: %u quotes", r->what, family, b.c.family[family == 6].quoted);
    if (r->altered) {
        assert_int_equal(b.c.finding.arm, r->tag >> 4);
        assert_int_equal(b.c.finding.hop, r->tag & 7);
        assert_int_equal(b.c.finding.diff.changes, 1);
        assert_string_equal(pp_field_name(b.c.finding.diff.change[0].field, b.c.finding.diff.change[0].option, name),
                            r->altered);
        pp_vantage_check_say(&b.c, &b.c.finding, said, sizeof said);
        assert_non_null(strstr(said, r->altered));
        assert_non_null(strstr(said, family == 4 ? ROUTER4 : ROUTER6));
    }
    bench_release(&b);
}

static void quotes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int family = 4; family <= 6; family += 2)
            if (!rows[i].family || rows[i].family == family)
                look(&rows[i], family);
}

static void text_of_an_altered_option(void **state)
{
    struct bench b;
    struct packet q;
    char said[384];

    (void)state;
    bench_init(&b, &over_tcp, 4);
    q = sent(&b, 0x21);
    option_nopped(&q);
    answer(&b, &q);
    pp_vantage_check_say(&b.c, &b.c.finding, said, sizeof said);
    assert_string_equal(said, "hop 1 (" ROUTER4 ") got arm B2's SYN altered: tcp.option.253 0x1234 sent, not quoted");
    bench_release(&b);
}

/*
 * An answer of the target itself says how near it is; one that does not acknowledge a copy says nothing. Each draws a
 * RST, but no more than two for each copy.
 */
static void the_target_answers(void **state)
{
    struct pp_packet p = {.family = 4, .proto = PP_PROTO_TCP};
    struct bench b;
    unsigned resets = 0;

    (void)state;
    bench_init(&b, &over_tcp, 4);
    p.tcp.ack = (b.c.nonce ^ 0x80000000) + 3 + 1;
    assert_false(pp_vantage_check_answer(&b.c, &p, 2 * S));
    assert_int_equal(b.c.family[0].reached, 0);
    p.tcp.ack = (b.c.nonce | 5) + 1;
    assert_true(pp_vantage_check_answer(&b.c, &p, 2 * S));
    p.tcp.ack = (b.c.nonce | 3) + 1;
    assert_true(pp_vantage_check_answer(&b.c, &p, 2 * S));
    p.tcp.ack = (b.c.nonce | 4) + 1;
    assert_true(pp_vantage_check_answer(&b.c, &p, 2 * S));
    assert_int_equal(b.c.family[0].reached, 3);
    assert_false(b.c.finding.altered);
    for (unsigned i = 0; i < 4 * b.copies; i++)
        resets += pp_vantage_check_answer(&b.c, &p, 2 * S);
    assert_int_equal(resets + 3, 2 * b.copies);
    bench_release(&b);
}

/* Answers all copies, with ECT as CE from hop FROM on, but for that with the tag SPARED; and sends the next ones. */
static void mark_from(struct bench *b, unsigned from, uint32_t spared, int64_t now)
{
    unsigned n = b->copies;

    for (unsigned i = 0; i < n; i++) {
        struct packet q = b->copy[i], unspared = sent(b, spared);
        unsigned tos = b->family == 4 ? q.ip[1] & 3u : q.ip[1] >> 4 & 3u;
        if (tos == PP_ECT0 && q.ip[b->family == 4 ? 8 : 7] >= from && memcmp(q.ip, unspared.ip, unspared.len))
            tos_three(&q);
        answer(b, &q);
    }
    b->copies = 0;
    b->copies = pp_vantage_check_send(&b->c, &b->wire, &b->target, now);
}

/*
 * A queue marks some packets (RFC 3168 section 5); a router that marks all of them, sending after sending, alters the
 * treatment. The tag 0x2b: data of arm B2 with TTL 3.
 */
static void marks(void **state)
{
    enum { NONE_SPARED = 0x03 };

    (void)state;
    for (int family = 4; family <= 6; family += 2) {
        struct bench b;
        int64_t now = S;

        bench_init(&b, &over_tcp, family);
        for (unsigned i = 0; i < 2 * PP_VANTAGE_CHECK_MARKS; i++)
            mark_from(&b, 2, i == 3 || i == 7 ? 0x2b : NONE_SPARED, now += PP_VANTAGE_CHECK_EVERY);
        assert_false(b.c.finding.altered);
        for (unsigned i = 0; i < PP_VANTAGE_CHECK_MARKS - 2; i++)
            mark_from(&b, 2, NONE_SPARED, now += S);
        assert_true(b.c.finding.altered);
        assert_int_equal(b.c.finding.arm, 2);
        assert_int_equal(b.c.finding.hop, 2);
        assert_int_equal(b.c.finding.diff.change[0].seen, PP_CE);
        bench_release(&b);
    }
}

/* What expires at a router counts in its limit, which the sweeps keep: the next packet waits for all copies' turns. */
static void the_limit_is_shared(void **state)
{
    (void)state;
    for (int family = 4; family <= 6; family += 2) {
        struct bench b;
        struct pp_addr router;
        unsigned at_one = 0;

        bench_init(&b, &over_tcp, family);
        pp_addr_parse(&router, family == 4 ? ROUTER4 : ROUTER6, strlen(family == 4 ? ROUTER4 : ROUTER6));
        for (unsigned i = 0; i < b.copies; i++)
            if (b.copy[i].ip[family == 4 ? 8 : 7] == 1) {
                at_one++;
                answer(&b, &b.copy[i]);
            }
        assert_int_equal(at_one, b.copies / PP_VANTAGE_CHECK_HOPS);
        assert_int_equal(pp_hop_rate_reserve(&b.rate, family, 1, &router, false, 2 * S), 2 * S + at_one * S / 10);
        bench_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes),
        cmocka_unit_test(text_of_an_altered_option),
        cmocka_unit_test(the_target_answers),
        cmocka_unit_test(marks),
        cmocka_unit_test(the_limit_is_shared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
