/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_chains.c: the fields that each chain makes of flows that Scapy built (golden_flows.h). The rows were written
 * by hand from the flows' descriptions in ../captures/make.py. Everything that PATHspider was known to get wrong is a
 * row.
 */
#include "../../core/base/error.h"
#include "../../core/flow/observer.h"
#include "golden_flows.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NS 1000000000
#define NO PP_NULL

/* Flags of a TCP header. */
enum { S = 0x02, R = 0x04, A = 0x10, ECE = 0x40, CWR = 0x80 };

static const struct row {
    const struct golden_frame *flow;
    const char *chain, *field;
    int64_t value;
} rows[] = {
    /* basic */
    {flow_ecn_http, "basic", "pkt_first", 0},
    {flow_ecn_http, "basic", "pkt_last", 100000000},
    {flow_ecn_http, "basic", "proto", 6},
    {flow_ecn_http, "basic", "sp", 61001},
    {flow_ecn_http, "basic", "dp", 80},
    {flow_ecn_http, "basic", "pkt_fwd", 5},
    {flow_ecn_http, "basic", "pkt_rev", 6},
    {flow_ecn_http, "basic", "oct_fwd", 60 + 40 + 58 + 40 + 40},
    {flow_ecn_http, "basic", "oct_rev", 60 + 40 + 59 + 44 + 40 + 40},
    {flow_ecn_http6, "basic", "oct_fwd", 80 + 60 + 78 + 60 + 60},
    {flow_extension, "basic", "proto", 6}, /* behind an extension header */
    {flow_extension, "basic", "sp", 61020},
    {flow_udp_zero, "basic", "proto", 17},
    {flow_udp_zero, "basic", "pkt_rev", 1},
    {flow_lone_synack, "basic", "sp", 61011}, /* its sender did not open the flow */
    {flow_lone_synack, "basic", "pkt_rev", 1},
    {flow_error_first, "basic", "sp", 61008}, /* from the quotation */
    {flow_error_first, "basic", "proto", 6},
    {flow_error_first, "basic", "pkt_fwd", 0},
    {flow_error_first, "basic", "pkt_rev", 1},

    /* tcp: the first SYN counts, not the retransmitted one that fell back */
    {flow_ecn_http, "tcp", "tcp_synflags_fwd", S | ECE | CWR},
    {flow_ecn_http, "tcp", "tcp_synflags_rev", S | A | ECE},
    {flow_fallback, "tcp", "tcp_synflags_fwd", S | ECE | CWR},
    {flow_fallback, "tcp", "tcp_synflags_rev", S | A},
    {flow_fallback, "tcp", "tcp_syn_fwd", 2},
    {flow_fallback, "tcp", "tcp_syn_rev", 1},
    {flow_fallback, "tcp", "tcp_rtt_us", NO}, /* the SYN/ACK may answer either SYN */
    {flow_fallback, "tcp", "tcp_connected", 0},
    {flow_reserved_bits, "tcp", "tcp_synflags_fwd", S | ECE | CWR},
    {flow_reserved_bits, "tcp", "tcp_synflags12_fwd", 0x200 | S | ECE | CWR},
    {flow_reserved_bits, "tcp", "tcp_synflags12_rev", 0xa00 | S | A},
    {flow_ecn_http, "tcp", "tcp_rtt_us", 10000},
    {flow_ecn_http6, "tcp", "tcp_rtt_us", 10000},
    {flow_ecn_http, "tcp", "tcp_synack_ttl", 51},
    {flow_ecn_http6, "tcp", "tcp_synack_ttl", 51},
    {flow_ecn_http, "tcp", "tcp_data_fwd", 1},
    {flow_ecn_http, "tcp", "tcp_data_rev", 2},
    {flow_ecn_http, "tcp", "tcp_bytes_fwd", 18},
    {flow_ecn_http, "tcp", "tcp_bytes_rev", 19 + 4},
    {flow_ecn_http, "tcp", "tcp_connected", 1},
    {flow_ecn_http, "tcp", "tcp_opts_fwd", 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 8},
    {flow_reserved_bits, "tcp", "tcp_opts_rev", INT64_C(1) << 41 | 1 << 2 | 1 << 1},
    {flow_no_mss, "tcp", "tcp_opts_fwd", 0},
    {flow_refused, "tcp", "tcp_opts_rev", NO},
    {flow_refused, "tcp", "tcp_synflags_rev", NO},
    {flow_refused, "tcp", "tcp_rst_rev", 1},
    {flow_refused, "tcp", "tcp_rst_fwd", 0},
    {flow_refused, "tcp", "tcp_rst_ttl", 44},
    {flow_refused, "tcp", "tcp_connected", 0},
    {flow_lone_synack, "tcp", "tcp_rst_fwd", 1},
    {flow_lone_synack, "tcp", "tcp_rst_ttl", NO}, /* its own */
    {flow_lone_synack, "tcp", "tcp_synflags_fwd", NO},
    /* ... a FIN counts for its sender: PATHspider had them swapped */
    {flow_fin_fwd, "tcp", "tcp_fin_fwd", 1},
    {flow_fin_fwd, "tcp", "tcp_fin_rev", 0},
    {flow_ecn_http, "tcp", "tcp_fin_rev", 1},
    /* ... an option of length 0 hung PATHspider */
    {flow_option_zero, "tcp", "tcp_synflags_rev", S | A},
    {flow_option_zero, "tcp", "tcp_opts_rev", INT64_C(1) << 47 | 1 << 2},
    {flow_option_zero, "mss", "mss_value_rev", 1380},
    {flow_option_zero, "tcpopt", "tcpopt_ts", 0},
    {flow_option_zero, "tfo", "tfo_ackkind", 0},

    /* ecn: pure ACKs with a mark are in that flow, and are not data */
    {flow_ecn_http, "ecn", "ecn_ect0_syn_fwd", 0},
    {flow_ecn_http, "ecn", "ecn_ect0_data_fwd", 1},
    {flow_ecn_http, "ecn", "ecn_ect1_data_fwd", 0},
    {flow_ecn_http, "ecn", "ecn_ce_data_fwd", 0},
    {flow_ecn_http, "ecn", "ecn_ect0_data_rev", 1},
    {flow_ecn_http, "ecn", "ecn_ce_data_rev", 1},
    {flow_ecn_http, "ecn", "ecn_ect1_data_rev", 0},
    {flow_ecn_http6, "ecn", "ecn_ect0_data_fwd", 1},
    {flow_ecn_http6, "ecn", "ecn_ce_data_rev", 1},
    {flow_ecn_http6, "ecn", "ecn_ect1_data_fwd", 0},
    {flow_unreachable, "ecn", "ecn_ect0_syn_fwd", 1},
    {flow_unreachable6, "ecn", "ecn_ect0_syn_fwd", 1},
    {flow_unreachable, "ecn", "ecn_ect0_syn_rev", 0},
    {flow_dscp, "ecn", "ecn_ect1_data_fwd", 1},

    /* feedback: of data before CE, of CE before CWR, of data behind CWR; not of CWR itself */
    {flow_feedback, "feedback", "feedback_before", 0},
    {flow_feedback, "feedback", "feedback_ce", 1},
    {flow_feedback, "feedback", "feedback_cwr", 0},
    {flow_feedback_again, "feedback", "feedback_before", 0},
    {flow_feedback_again, "feedback", "feedback_ce", 1},
    {flow_feedback_again, "feedback", "feedback_cwr", 0},
    {flow_feedback_none, "feedback", "feedback_ce", 0},
    {flow_feedback_none, "feedback", "feedback_cwr", 0},
    {flow_feedback_stuck, "feedback", "feedback_ce", 1},
    {flow_feedback_stuck, "feedback", "feedback_cwr", 1},
    {flow_feedback_always, "feedback", "feedback_before", 1},
    {flow_feedback_last, "feedback", "feedback_before", NO},
    {flow_feedback_last, "feedback", "feedback_ce", 1},
    {flow_feedback_last, "feedback", "feedback_cwr", NO}, /* a FIN is no data */
    {flow_ecn_http, "feedback", "feedback_before", 0},
    {flow_ecn_http, "feedback", "feedback_ce", NO},
    {flow_dns_udp, "feedback", "feedback_before", NO},

    {flow_accecn, "accecn", "accecn_synack", 1},
    {flow_accecn, "accecn", "accecn_ack", 1},
    {flow_accecn, "accecn", "accecn_zeroed", 0},
    {flow_accecn, "accecn", "accecn_ect0", 19}, /* the request's 18 bytes, and the 1 at which it begins */
    {flow_accecn, "accecn", "accecn_ce", 0},
    {flow_accecn, "accecn", "accecn_ect1", 1},
    {flow_accecn_none, "accecn", "accecn_ect0", NO},
    {flow_accecn_zeroed, "accecn", "accecn_ect1", 0}, /* kind 174, the other order */
    {flow_accecn_zeroed, "accecn", "accecn_ect0", 0},
    {flow_accecn_rest, "accecn", "accecn_ect0", NO},
    {flow_fin_fwd, "control", "control_fin_acked", 0},
    {flow_fin_fwd, "control", "control_again_rev", 0},
    {flow_ecn_http, "control", "control_fin_acked", 1},
    {flow_ecn_http, "control", "control_again_rev", 0},
    {flow_refused, "control", "control_fin_acked", NO},
    {flow_refused, "control", "control_again_rev", NO},
    {flow_accecn_none, "accecn", "accecn_synack", 0},
    {flow_accecn_none, "accecn", "accecn_ack", 0}, /* the one before the data does not count */
    {flow_accecn_none, "accecn", "accecn_zeroed", NO},
    {flow_accecn_empty, "accecn", "accecn_ack", 1},
    {flow_accecn_empty, "accecn", "accecn_zeroed", NO},
    {flow_accecn_zeroed, "accecn", "accecn_zeroed", 1},
    {flow_accecn_short, "accecn", "accecn_synack", 1},
    {flow_accecn_short, "accecn", "accecn_zeroed", 1}, /* on the SYN/ACK alone */
    {flow_accecn_rest, "accecn", "accecn_ack", 1},
    {flow_accecn_rest, "accecn", "accecn_zeroed", NO}, /* two bytes are no counter */
    {flow_fallback, "accecn", "accecn_ack", NO},
    {flow_lone_synack, "accecn", "accecn_synack", 0},

    /* dscp: the first mark, zero included; PATHspider took the first that is not zero */
    {flow_dscp, "dscp", "dscp_mark_syn_fwd", 46},
    {flow_dscp, "dscp", "dscp_mark_syn_rev", 10},
    {flow_dscp, "dscp", "dscp_mark_data_fwd", 46}, /* not the ACK's 12 */
    {flow_dscp, "dscp", "dscp_mark_data_rev", 0},
    {flow_refused, "dscp", "dscp_mark_syn_rev", NO},
    {flow_refused, "dscp", "dscp_mark_data_rev", NO},
    {flow_ecn_http6, "dscp", "dscp_mark_data_rev", 0},
    {flow_udp_zero, "dscp", "dscp_mark_data_rev", 0}, /* datagrams are data */
    {flow_udp_zero, "dscp", "dscp_mark_syn_fwd", NO},

    /* icmp */
    {flow_ecn_http, "icmp", "icmp_unreachable", 0},
    {flow_ecn_http, "icmp", "icmp_type", NO},
    {flow_unreachable, "icmp", "icmp_unreachable", 1}, /* behind a time exceeded */
    {flow_unreachable, "icmp", "icmp_type", 3},
    {flow_unreachable, "icmp", "icmp_code", 13},
    {flow_unreachable, "icmp", "icmp_quote_ttl", 9},
    {flow_unreachable, "icmp", "icmp_quote_tos", 0},
    {flow_unreachable, "icmp", "icmp_mtu", NO},
    {flow_unreachable, "basic", "pkt_rev", 2},
    {flow_unreachable6, "icmp", "icmp_unreachable", 1},
    {flow_unreachable6, "icmp", "icmp_type", 1},
    {flow_unreachable6, "icmp", "icmp_code", 1},
    {flow_unreachable6, "icmp", "icmp_quote_ttl", 9},
    {flow_unreachable6, "icmp", "icmp_quote_tos", 0},
    {flow_too_big, "icmp", "icmp_unreachable", 0},
    {flow_too_big, "icmp", "icmp_type", 3},
    {flow_too_big, "icmp", "icmp_mtu", 1280},
    {flow_too_big6, "icmp", "icmp_unreachable", 0},
    {flow_too_big6, "icmp", "icmp_type", 2},
    {flow_too_big6, "icmp", "icmp_mtu", 1280},
    {flow_error_first, "icmp", "icmp_unreachable", 1},
    {flow_error_first, "tcp", "tcp_syn_fwd", 0}, /* what is quoted was not seen */

    /* mss: a SYN without it crashed PATHspider */
    {flow_ecn_http, "mss", "mss_len_fwd", 4},
    {flow_ecn_http, "mss", "mss_value_fwd", 1460},
    {flow_ecn_http, "mss", "mss_value_rev", 1400},
    {flow_no_mss, "mss", "mss_len_fwd", NO},
    {flow_no_mss, "mss", "mss_value_fwd", NO},
    {flow_no_mss, "mss", "mss_len_rev", 4},
    {flow_extension, "mss", "mss_value_fwd", 1460},

    /* tcpopt */
    {flow_no_mss, "tcpopt", "tcpopt_ts", 1},
    {flow_no_mss, "tcpopt", "tcpopt_ws", 0},
    {flow_no_mss, "tcpopt", "tcpopt_sack", 1},
    {flow_refused, "tcpopt", "tcpopt_ts", NO},

    /* tfo */
    {flow_tfo, "tfo", "tfo_synkind", 34},
    {flow_tfo, "tfo", "tfo_synclen", 8},
    {flow_tfo, "tfo", "tfo_dlen", 5},
    {flow_tfo, "tfo", "tfo_seq", 1000},
    {flow_tfo, "tfo", "tfo_ackkind", 34},
    {flow_tfo, "tfo", "tfo_ackclen", 6},
    {flow_tfo, "tfo", "tfo_ack", 1006},
    {flow_tfo_experimental, "tfo", "tfo_synkind", 254},
    {flow_tfo_experimental, "tfo", "tfo_synclen", 0},
    {flow_tfo_experimental, "tfo", "tfo_ackkind", 255},
    {flow_tfo_experimental, "tfo", "tfo_ackclen", 4},
    {flow_ecn_http, "tfo", "tfo_synkind", 0},

    /* udp: the last datagram's */
    {flow_udp_zero, "udp", "udp_zero_checksum_fwd", 1},
    {flow_udp_zero, "udp", "udp_zero_checksum_rev", 0},
    {flow_udp_zero, "udp", "udp_surplus_fwd", 6},
    {flow_udp_zero, "udp", "udp_surplus_rev", 0},
    {flow_udp_zero6, "udp", "udp_zero_checksum_fwd", 1},
    {flow_ecn_http, "udp", "udp_zero_checksum_fwd", NO},
    {flow_ecn_http, "udp", "udp_surplus_fwd", NO},
    {flow_udp_res, "udp", "udp_res_rev", 1},
    {flow_udp_res, "udp", "udp_surplus_fwd", 8},
    {flow_udp_res, "udp", "udp_surplus_rev", 8},
    {flow_udp_res, "udp", "udp_fwd", 1},
    {flow_udp_res, "udp", "udp_rev", 2},
    {flow_udp_res, "udp", "udp_rtt_us", 10000},
    {flow_udp_res, "udp", "udp_ttl_rev", 50}, /* the first one's */
    {flow_udp_res_other, "udp", "udp_res_rev", 0},
    {flow_udp_res_alone, "udp", "udp_res_rev", NO},

    /* dns: over TCP PATHspider parsed the length as the message's start */
    {flow_dns_udp, "dns", "dns_response_valid", 1},
    {flow_dns_udp6, "dns", "dns_response_valid", 1},
    {flow_dns_other_id, "dns", "dns_response_valid", 0},
    {flow_dns_echo, "dns", "dns_response_valid", 0},
    {flow_dns_garbage, "dns", "dns_response_valid", 0},
    {flow_dns_udp_cut, "dns", "dns_response_valid", 0},
    {flow_dns_tcp, "dns", "dns_response_valid", 1},
    {flow_dns_tcp_split, "dns", "dns_response_valid", 1},
    {flow_dns_tcp_part, "dns", "dns_response_valid", 1}, /* the rest comes in a later segment */
    {flow_dns_tcp_bare, "dns", "dns_response_valid", 0},
    {flow_refused, "dns", "dns_response_valid", 0},

    /* evil: PATHspider ended the flow at the second data packet */
    {flow_evil, "evil", "evilbit_syn_fwd", 1},
    {flow_evil, "evil", "evilbit_syn_rev", 0},
    {flow_evil, "evil", "evilbit_data_fwd", 1},
    {flow_evil, "evil", "evilbit_data_rev", 0},
    {flow_evil, "basic", "pkt_fwd", 5},
    {flow_ecn_http6, "evil", "evilbit_syn_fwd", NO}, /* IPv6 has no such bit */
    {flow_ecn_http6, "evil", "evilbit_data_rev", NO},
    {flow_refused, "evil", "evilbit_data_fwd", NO},
};

/* ---- the rows ----------------------------------------------------------------------------------------- */

struct seen {
    const struct pp_chainset *set;
    const char *field;
    int64_t value;
    struct pp_addr addr;
    unsigned records;
};

static void emit(void *arg, const void *record)
{
    struct seen *s = arg;
    struct pp_field_ref ref;
    const struct pp_addr *addr;

    assert_int_equal(pp_field_find(s->set, s->field, &ref), 0);
    s->value = pp_field_get(record, ref);
    addr = pp_field_addr(record, ref);
    if (addr)
        s->addr = *addr;
    s->records++;
}

/* PAD: bytes behind the datagram, as short Ethernet frames have them. */
static struct seen observe(const struct golden_frame *flow, const char *chain, const char *field, size_t pad)
{
    const char *names[] = {chain, NULL};
    struct pp_chainset set;
    struct seen seen = {.set = &set, .field = field};
    struct pp_observer_config c = {
        .chains = &set, .idle = 30LL * NS, .linger = 5LL * NS, .max_flows = 10, .emit = emit, .arg = &seen};
    struct pp_observer *o;

    assert_int_equal(pp_chainset_init(&set, names), 0);
    o = pp_observer_new(&c);
    assert_non_null(o);
    for (; flow->bytes; flow++) {
        uint8_t *frame = malloc(flow->len + pad); /* its exact size: a read behind it is caught */

        memcpy(frame, flow->bytes, flow->len);
        memset(frame + flow->len, 0xaa, pad);
        pp_observer_frame(o, frame, flow->len + pad, flow->len + pad, flow->stamp);
        free(frame);
    }
    pp_observer_free(o);
    seen.set = NULL;
    return seen;
}

static void test_fields_of_flows(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        struct seen seen = observe(r->flow, r->chain, r->field, 0);

        if (seen.records != 1 || seen.value != r->value)
            fail_msg("row %u: %s is %lld, not %lld, in %u records", i, r->field, (long long)seen.value,
                     (long long)r->value, seen.records);
    }
}

/* Six bytes of padding turned pure ACKs into data in PATHspider. */
static void test_padding_of_the_link_is_no_payload(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct seen seen = observe(rows[i].flow, rows[i].chain, rows[i].field, 6);

        if (seen.value != rows[i].value)
            fail_msg("row %u: %s changes with padding", i, rows[i].field);
    }
}

static void test_addresses(void **state)
{
    static const struct {
        const struct golden_frame *flow;
        const char *field, *addr;
    } expect[] = {
        {flow_ecn_http, "sip", "192.0.2.1"},         {flow_ecn_http, "dip", "198.51.100.2"},
        {flow_ecn_http6, "sip", "2001:db8::1"},      {flow_ecn_http6, "dip", "2001:db8:1::2"},
        {flow_lone_synack, "sip", "192.0.2.1"},      {flow_error_first, "sip", "192.0.2.1"},
        {flow_error_first, "dip", "198.51.100.2"},   {flow_error_first, "icmp_from", "203.0.113.9"},
        {flow_unreachable, "icmp_from", "203.0.113.9"}, {flow_unreachable6, "icmp_from", "2001:db8:ff::9"},
    };
    unsigned i;

    (void)state;
    for (i = 0; i < sizeof(expect) / sizeof(expect[0]); i++) {
        struct seen seen = observe(expect[i].flow, "icmp", expect[i].field, 0);
        char text[PP_ADDR_STRLEN];

        assert_string_equal(pp_addr_str(&seen.addr, text), expect[i].addr);
        assert_int_equal(seen.value, PP_NULL);
    }
}

/* The bits of every kind in use, of a kind without one, and of a walk that went wrong. */
static void test_option_bits_read_back(void **state)
{
    static const uint8_t expected[] = {1, 2, 3, 4, 8, 34, 69, 172, 174, 253, 254, 255};
    int64_t bits = INT64_C(0xff) << 40 | INT64_C(1) << 34 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 8;
    uint8_t kinds[PP_TCP_KINDS_MAX];

    (void)state;
    assert_int_equal(pp_tcp_kinds(bits, kinds), sizeof(expected));
    assert_memory_equal(kinds, expected, sizeof(expected));
    assert_int_equal(pp_tcp_kinds(0, kinds), 0);
}

/* ---- sets and records --------------------------------------------------------------------------------- */

static void test_a_set_begins_with_basic_and_takes_doubles_once(void **state)
{
    struct pp_chainset set;
    struct pp_field_ref ref;

    (void)state;
    assert_int_equal(pp_chainset_init(&set, (const char *[]){"ecn", "basic", "ecn", NULL}), 0);
    assert_int_equal(set.n, 2);
    assert_string_equal(set.chain[0]->name, "basic");
    assert_string_equal(set.chain[1]->name, "ecn");
    assert_int_equal(pp_field_find(&set, "ecn_ce_data_rev", &ref), 0);
    assert_int_equal(pp_field_find(&set, "tcp_connected", &ref), -1);
    assert_int_equal(pp_chainset_init(&set, NULL), 0);
    assert_int_equal(set.n, 1);
}

static void test_an_unknown_chain_is_an_error(void **state)
{
    struct pp_chainset set;

    (void)state;
    assert_int_equal(pp_chainset_init(&set, (const char *[]){"tcp", "ecm", NULL}), -1);
    assert_int_equal(pp_chainset_init(&set, (const char *[]){"", NULL}), -1);
}

/* What 60,000 flows of an ECN measurement cost in memory. */
static void test_records_are_small(void **state)
{
    struct pp_chainset set;

    (void)state;
    assert_int_equal(pp_chainset_init(&set, (const char *[]){"tcp", "ecn", "icmp", NULL}), 0);
    assert_true(set.size <= 400);
}

static void test_every_field_describes_itself(void **state)
{
    const struct pp_field *f;
    unsigned i;

    (void)state;
    for (i = 0; pp_chains[i]; i++) {
        assert_ptr_equal(pp_chain_find(pp_chains[i]->name), pp_chains[i]);
        assert_true(pp_chains[i]->what[0] && pp_chains[i]->size % 8 == 0);
        for (f = pp_chains[i]->fields; f->name; f++) {
            assert_true(f->what && f->what[0]);
            assert_true(f->offset < pp_chains[i]->size);
        }
    }
    assert_null(pp_chain_find("nothing"));
}

static void test_an_empty_record_prints_nulls(void **state)
{
    const char *expected = "{\"pkt_first\":null,\"pkt_last\":null,\"sip\":null,\"dip\":null,\"proto\":null,\"sp\":null,"
                           "\"dp\":null,\"pkt_fwd\":0,\"pkt_rev\":0,\"oct_fwd\":0,\"oct_rev\":0,\"pkt_cut\":0,"
                           "\"tcpopt_ts\":null,\"tcpopt_ws\":null,\"tcpopt_sack\":null,\"tcpopt_mirrored\":null}";
    struct pp_chainset set;
    uint64_t record[64];
    struct pp_json j;
    struct pp_buf b;

    (void)state;
    assert_int_equal(pp_chainset_init(&set, (const char *[]){"tcpopt", NULL}), 0);
    assert_true(set.size <= sizeof(record));
    pp_record_init(&set, record);
    pp_buf_init(&b, 4096);
    pp_json_init(&j, &b);
    pp_json_object(&j, NULL);
    pp_record_json(&set, record, &j);
    pp_json_end(&j, '}');
    pp_buf_addc(&b, '\0');
    assert_string_equal(b.data, expected);
    pp_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_of_flows),
        cmocka_unit_test(test_padding_of_the_link_is_no_payload),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_option_bits_read_back),
        cmocka_unit_test(test_a_set_begins_with_basic_and_takes_doubles_once),
        cmocka_unit_test(test_an_unknown_chain_is_an_error),
        cmocka_unit_test(test_records_are_small),
        cmocka_unit_test(test_every_field_describes_itself),
        cmocka_unit_test(test_an_empty_record_prints_nulls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
