/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mptcp.c: what the chain `mptcp` reads from a handshake between two Linux 6.18 hosts, and from changes that
 * middleboxes may make to it; what the experiment `mptcp` concludes from outcomes written by hand. Its source is a part
 * of this file, as in a static build.
 */
#define PP_STATIC_PLUGIN mptcp
#include "../../plugins/mptcp.c"

#include "../../core/flow/chain.h"
#include "../../core/loader/plugins.h"
#include "stated.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N PP_NULL

/* ---- the chain --------------------------------------------------------------------------------------------------- */

/* Captured on a loopback interface, which leaves checksums to an offload: they are wrong. */
static const uint8_t linux_syn[] =
    "\x45\x00\x00\x40\x69\xd4\x40\x00\x40\x06\x4c\xe0\xc0\x00\x02\x01\xc0\x00\x02\x02\x9c\x40\x00\x50\x1d\xe1\x5b\x6f"
    "\x00\x00\x00\x00\xb0\x02\xff\xd7\x84\x36\x00\x00\x02\x04\xff\xd7\x04\x02\x08\x0a\x47\xc7\xbe\x61\x00\x00\x00\x00"
    "\x01\x03\x03\x0a\x1e\x04\x01\x01";
static const uint8_t linux_synack[] =
    "\x45\x00\x00\x48\x00\x00\x40\x00\x40\x06\xb6\xac\xc0\x00\x02\x02\xc0\x00\x02\x01\x00\x50\x9c\x40\x43\xd1\x7b\x82"
    "\x1d\xe1\x5b\x70\xd0\x12\xff\xcb\x84\x3e\x00\x00\x02\x04\xff\xd7\x04\x02\x08\x0a\x61\xe7\x8c\xfa\x47\xc7\xbe\x61"
    "\x01\x03\x03\x0a\x1e\x0c\x01\x01\x03\xa0\x59\xa9\x86\x89\x98\x47";

enum { OPTION = 60, OFFSET = 32 }; /* of MP_CAPABLE, and of the TCP header's length, in the datagram */

static const struct {
    const char *what;
    int syn_len;       /* bytes of the SYN that are its header; the rest is cut off */
    int at, byte;      /* of the SYN/ACK, changed; 0: none is */
    int synack_len;
    int64_t synlen, acklen, version, flags, mirrored;
} rows[] = {
    {"as Linux has it", 64, 0, 0, 72, 4, 12, 1, 1, 0},
    {"no answer", 64, 0, 0, 0, 4, N, N, N, N},
    {"the option removed on the way back", 64, 0, 0, 60, 4, 0, N, N, N},
    {"the option removed on the way there", 60, 0, 0, 72, 0, 12, 1, 1, N},
    {"a copy", 64, OPTION + 1, 4, 72, 4, 4, 1, 1, 1},
    {"no copy: other flags", 64, OPTION + 3, 0x81, 72, 4, 12, 1, 0x81, 0},
    {"version 0", 64, OPTION + 2, 0x00, 72, 4, 12, 0, 1, 0},
    {"another subtype", 64, OPTION + 2, 0x11, 72, 4, 0, N, N, N},
    {"a length of 0", 64, OPTION + 1, 0, 72, 4, 0, N, N, N},
    {"a length of 1", 64, OPTION + 1, 1, 72, 4, 0, N, N, N},
    {"too short for flags", 64, OPTION + 1, 3, 72, 4, 0, N, N, N},
    {"a length past the header", 64, OPTION + 1, 13, 72, 4, 0, N, N, N},
    {"a header that ends within the option", 64, OFFSET, 0xc0, 72, 4, 0, N, N, N},
    {"a header past the datagram", 64, OFFSET, 0xf0, 72, 4, 12, 1, 1, 0},
};

/* Cut to LEN bytes, a whole datagram again. */
static void feed(const struct pp_chainset *set, uint64_t *record, enum pp_dir dir, uint8_t *ip, int len)
{
    struct pp_packet p;
    struct pp_chain_packet cp = {.pkt = &p, .dir = dir};

    pp_put16(ip + 2, (uint16_t)len);
    if (len == 60)
        ip[OFFSET] = 0xa0;
    assert_int_equal(pp_packet_decode(&p, ip, (size_t)len), 0);
    pp_record_packet(set, record, &cp);
}

static void check(const struct pp_chainset *set, const uint64_t *record, const char *what, const char *name, int64_t v)
{
    struct pp_field_ref ref;

    assert_int_equal(pp_field_find(set, name, &ref), 0);
    if (pp_field_get(record, ref) != v)
        fail_msg("%s: %s is %lld, not %lld", what, name, (long long)pp_field_get(record, ref), (long long)v);
}

static void test_chain(void **unused)
{
    struct pp_chainset set;
    uint64_t record[64];

    (void)unused;
    assert_int_equal(pp_chainset_init(&set, (const char *[]){"mptcp", NULL}), 0);
    assert_true(set.size <= sizeof record);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t syn[sizeof linux_syn - 1], synack[sizeof linux_synack - 1];
        memcpy(syn, linux_syn, sizeof syn);
        memcpy(synack, linux_synack, sizeof synack);
        if (rows[i].at)
            synack[rows[i].at] = (uint8_t)rows[i].byte;
        pp_record_init(&set, record);
        feed(&set, record, PP_FWD, syn, rows[i].syn_len);
        if (rows[i].synack_len) {
            feed(&set, record, PP_REV, synack, rows[i].synack_len);
            synack[OPTION + 1] = 12; /* a second SYN/ACK does not count */
            feed(&set, record, PP_REV, synack, 60);
        }
        check(&set, record, rows[i].what, "mptcp_synlen", rows[i].synlen);
        check(&set, record, rows[i].what, "mptcp_acklen", rows[i].acklen);
        check(&set, record, rows[i].what, "mptcp_ackversion", rows[i].version);
        check(&set, record, rows[i].what, "mptcp_ackflags", rows[i].flags);
        check(&set, record, rows[i].what, "mptcp_mirrored", rows[i].mirrored);
    }
}

/* ---- the experiment ---------------------------------------------------------------------------------------------- */

static void test_asks_as_linux_does(void **unused)
{
    (void)unused;
    assert_int_equal(pp_plugin_check(&pp_plugin_mptcp, "mptcp"), 0);
    assert_int_equal(pp_plugin_mptcp.arms[B1].steps[0].options_len, 4);
    assert_memory_equal(pp_plugin_mptcp.arms[B1].steps[0].options, linux_syn + OPTION, 4);
}

enum { SYN_ACK = 0x12, RST_ACK = 0x14 };

/* Fields of B1, the part of B2's option that came back, and the conditions that follow. */
static const struct {
    const char *what;
    int64_t synack, length, version, flags, copy, mirrored;
    const char *stated;
} outcomes[] = {
    {"an answer", SYN_ACK, 12, 1, 0x01, 0, 0, "mptcp.negotiation.succeeded"},
    {"with checksums", SYN_ACK, 12, 1, 0x81, 0, 0, "mptcp.negotiation.succeeded"},
    {"and no more subflows", SYN_ACK, 12, 1, 0x21, 0, 0, "mptcp.negotiation.succeeded"},
    {"of version 0", SYN_ACK, 12, 0, 0x01, 0, 0, "mptcp.negotiation.succeeded"},
    {"of a version that was not offered", SYN_ACK, 12, 2, 0x01, 0, 0, "mptcp.negotiation.failed"},
    {"of an algorithm that was not", SYN_ACK, 12, 1, 0x02, 0, 0, "mptcp.negotiation.failed"},
    {"of no algorithm", SYN_ACK, 12, 1, 0x00, 0, 0, "mptcp.negotiation.failed"},
    {"of two", SYN_ACK, 12, 1, 0x03, 0, 0, "mptcp.negotiation.failed"},
    {"in a manner of the future", SYN_ACK, 12, 1, 0x41, 0, 0, "mptcp.negotiation.failed"},
    {"without a key", SYN_ACK, 4, 1, 0x81, 0, 0, "mptcp.negotiation.failed"},
    {"with two", SYN_ACK, 20, 1, 0x01, 0, 0, "mptcp.negotiation.failed"},
    {"a plain SYN/ACK", SYN_ACK, 0, N, N, N, 0, "mptcp.negotiation.failed"},
    {"the canary was not answered", SYN_ACK, 12, 1, 0x01, 0, N, "mptcp.negotiation.succeeded"},
    {"the same, no option", SYN_ACK, 0, N, N, N, N, "mptcp.negotiation.failed"},
    {"a copy", SYN_ACK, 4, 1, 0x01, 1, 0, "mptcp.negotiation.reflected"},
    {"a copy, of one thing more", SYN_ACK, 4, 1, 0x01, 1, 1, "tcpopt.mirrored"},
    {"a copy, and the canary was not answered", SYN_ACK, 4, 1, 0x01, 1, N, ""},
    {"an answer from where all is copied", SYN_ACK, 12, 1, 0x01, 0, 1, "tcpopt.mirrored"},
    {"no SYN/ACK", N, N, N, N, N, 0, ""},
    {"no SYN/ACK, a canary copied", N, N, N, N, N, 1, "tcpopt.mirrored"},
    {"refused", RST_ACK, N, N, N, N, N, ""},
};

static void test_conclude(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        int64_t b1[PP_MAX_FIELDS] = {outcomes[i].synack, 1, outcomes[i].length, outcomes[i].version,
                                     outcomes[i].flags,  outcomes[i].copy,   N};
        int64_t b2[PP_MAX_FIELDS] = {SYN_ACK, 1, 0, N, N, N, outcomes[i].mirrored};
        struct pp_outcome arm[ARMS] = {[A] = {.took_part = 1, .observed = 1, .ok = 1, .value = b2},
                                       [B1] = {.took_part = 1, .observed = 1, .ok = 1, .value = b1},
                                       [B2] = {.took_part = 1, .observed = 1, .ok = 1, .value = b2}};
        struct pp_round_view view = {.mode = PP_MODE_TCP, .narms = ARMS, .arm = arm};
        struct stated s;

        stated_init(&s, &pp_plugin_mptcp, "", PP_MODE_TCP);
        pp_plugin_mptcp.conclude(&view, &s.sink);
        if (strcmp(s.text, outcomes[i].stated) != 0)
            fail_msg("%s: wanted '%s', got '%s'", outcomes[i].what, outcomes[i].stated, s.text);
        b1[FIRST_SYNACK] = 0; /* a retransmitted SYN/ACK may have fewer options */
        s.text[0] = 0;
        pp_plugin_mptcp.conclude(&view, &s.sink);
        assert_string_equal(s.text, strcmp(outcomes[i].stated, "mptcp.negotiation.failed")
                                        ? outcomes[i].stated
                                        : "mptcp.negotiation.failed?");
        arm[B1].observed = arm[B2].took_part = 0;
        s.text[0] = 0;
        pp_plugin_mptcp.conclude(&view, &s.sink);
        assert_string_equal(s.text, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_chain), cmocka_unit_test(test_asks_as_linux_does),
                                       cmocka_unit_test(test_conclude)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
