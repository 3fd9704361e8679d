/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_filter.c: the capture filter for ports 61000-61255, compiled by libpcap and run over datagrams that scapy made,
 * on Ethernet and on raw IP.
 */
#include "../../core/wire/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#define LO 61000
#define N 256
#define ETHERNET 14

/* 61100 is within the range, 52000 is not. */
static const struct row {
    const char *name;
    bool pass;
    const char *hex; /* the IP datagram */
} rows[] = {
    {"v4 tcp from a port", true,
     "450000280001000040068e91c0000201c6336409eeac0050000000000000000050022000b4a70000"},
    {"v4 tcp to a port", true,
     "450000280001000040068e91c0000201c63364090050eeac000000000000000050022000b4a70000"},
    {"v4 tcp to the lowest port", true,
     "450000280001000040068e91c0000201c63364090050ee48000000000000000050022000b50b0000"},
    {"v4 tcp to the highest port", true,
     "450000280001000040068e91c0000201c63364090050ef47000000000000000050022000b40c0000"},
    {"v4 tcp below", false,
     "450000280001000040068e91c0000201c63364090050ee47000000000000000050022000b50c0000"},
    {"v4 tcp above", false,
     "450000280001000040068e91c0000201c63364090050ef48000000000000000050022000b40b0000"},
    {"v4 udp from a port", true,
     "4500001e0001000040118e90c0000201c6336409eeac0035000aac417878"},
    {"v4 udp to a port", true,
     "4500001e0001000040118e90c0000201c63364090035eeac000aac417878"},
    {"v4 udp elsewhere", false,
     "4500001e0001000040118e90c0000201c63364090035cb20000acfcd7878"},
    {"v6 tcp from a port", true,
     "600000000014064020010db800000000000000000000000120010db8000900000000000000000009eeac005000000000000000005002"
     "200045610000"},
    {"v6 tcp to a port", true,
     "600000000014064020010db800000000000000000000000120010db80009000000000000000000090050eeac00000000000000005002"
     "200045610000"},
    {"v6 tcp to the lowest port", true,
     "600000000014064020010db800000000000000000000000120010db80009000000000000000000090050ee4800000000000000005002"
     "200045c50000"},
    {"v6 tcp to the highest port", true,
     "600000000014064020010db800000000000000000000000120010db80009000000000000000000090050ef4700000000000000005002"
     "200044c60000"},
    {"v6 tcp below", false,
     "600000000014064020010db800000000000000000000000120010db80009000000000000000000090050ee4700000000000000005002"
     "200045c60000"},
    {"v6 tcp above", false,
     "600000000014064020010db800000000000000000000000120010db80009000000000000000000090050ef4800000000000000005002"
     "200044c50000"},
    {"v6 udp from a port", true,
     "60000000000a114020010db800000000000000000000000120010db8000900000000000000000009eeac0035000a3cfb7878"},
    {"v6 udp to a port", true,
     "60000000000a114020010db800000000000000000000000120010db80009000000000000000000090035eeac000a3cfb7878"},
    {"v6 udp elsewhere", false,
     "60000000000a114020010db800000000000000000000000120010db80009000000000000000000090035cb20000a60877878"},
    {"v4 tcp behind IP options", true,
     "4600002c000100004006828ac0000201c6336409070304000050eeac000000000000000050022000b4a70000"},
    {"v4 other ports behind IP options", false,
     "4600002c000100004006828ac0000201c6336409070304000050cb20000000000000000050022000d8330000"},
    {"v4 first fragment", true,
     "450000280001200040066e91c0000201c63364090050eeac000000000000000050022000b4a70000"},
    {"v4 later fragment", false,
     "450000280001004040068e51c0000201c63364090050eeac00000000000000005002200000000000"},
    {"v6 destination options", true,
     "60000000001c3c4020010db800000000000000000000000120010db800090000000000000000000906000104000000000050eeac0000"
     "0000000000005002200045610000"},
    {"v6 hop-by-hop options", true,
     "600000000010004020010db800000000000000000000000120010db80009000000000000000000091100010400000000eeac00350008"
     "b577"},
    {"v6 routing header", true,
     "60000000002c2b4020010db800000000000000000000000120010db8000900000000000000000009060200010000000020010db80000"
     "00000000000000000007eeac0050000000000000000050022000456c0000"},
    {"v6 fragment", true,
     "6000000000182c4020010db800000000000000000000000120010db80009000000000000000000090600005100000000000000000000"
     "00000000000000000000"},
    {"icmp 3 about a port", true,
     "450000440001000040017cb5cb007101c00002010303e9550000000045000028000100000106cd91c0000201c6336409eeac00500000"
     "00000000000050022000b4a70000"},
    {"icmp 3 about another port", false,
     "450000440001000040017cb5cb007101c00002010303e9550000000045000028000100000106cd91c0000201c6336409cb2000500000"
     "00000000000050022000d8330000"},
    {"icmp 4 about a port", true,
     "450000440001000040017cb5cb007101c00002010400e8580000000045000028000100000106cd91c0000201c6336409eeac00500000"
     "00000000000050022000b4a70000"},
    {"icmp 4 about another port", false,
     "450000440001000040017cb5cb007101c00002010400e8580000000045000028000100000106cd91c0000201c6336409cb2000500000"
     "00000000000050022000d8330000"},
    {"icmp 5 about a port", true,
     "450000440001000040017cb5cb007101c00002010501e7570000000045000028000100000106cd91c0000201c6336409eeac00500000"
     "00000000000050022000b4a70000"},
    {"icmp 5 about another port", false,
     "450000440001000040017cb5cb007101c00002010501e7570000000045000028000100000106cd91c0000201c6336409cb2000500000"
     "00000000000050022000d8330000"},
    {"icmp 11 about a port", true,
     "450000440001000040017cb5cb007101c00002010b00e1580000000045000028000100000106cd91c0000201c6336409eeac00500000"
     "00000000000050022000b4a70000"},
    {"icmp 11 about another port", false,
     "450000440001000040017cb5cb007101c00002010b00e1580000000045000028000100000106cd91c0000201c6336409cb2000500000"
     "00000000000050022000d8330000"},
    {"icmp 12 about a port", true,
     "450000440001000040017cb5cb007101c00002010c00e0580000000045000028000100000106cd91c0000201c6336409eeac00500000"
     "00000000000050022000b4a70000"},
    {"icmp 12 about another port", false,
     "450000440001000040017cb5cb007101c00002010c00e0580000000045000028000100000106cd91c0000201c6336409cb2000500000"
     "00000000000050022000d8330000"},
    {"icmp quotes udp of a port", true,
     "450000380001000040017cc1cb007101c00002010b00e157000000004500001c000100000111cd92c0000201c6336409eeac00350008"
     "24be"},
    {"icmp quotes 8 bytes", true,
     "450000380001000040017cc1cb007101c00002010b0006030000000045000028000100000106cd91c0000201c6336409eeac00500000"
     "0000"},
    {"icmp quotes icmp", false,
     "450000380001000040017cc1cb007101c00002010b00f4ff000000004500001c000100000101cda2c0000201c633640908000953eeac"
     "0000"},
    {"icmp quotes IP options", true,
     "450000480001000040017cb1cb007101c00002010b00e158000000004600002c000100000106c18ac0000201c633640907030400cb20"
     "0050000000000000000050022000d8330000"},
    {"icmp quotes the port as destination", false,
     "450000440001000040017cb5cb007101c00002010b00e1580000000045000028000100000106cd91c0000201c6336409cb20eeac0000"
     "00000000000050022000e9d60000"},
    {"echo reply that looks like a quote", false,
     "450000440001000040017cb5cb007101c00002010000ec580000000045000028000100000106cd91c0000201c6336409eeac00500000"
     "00000000000050022000b4a70000"},
    {"icmp behind IP options", true,
     "4600004800010000400170aecb007101c0000201070304000b00e1580000000045000028000100000106cd91c0000201c6336409eeac"
     "0050000000000000000050022000b4a70000"},
    {"icmp quote cut before the port", false,
     "450000300001000040017cc9cb007101c00002010b00f4ff0000000045000028000100000106cd91c0000201c6336409"},
    {"icmp6 1 about a port", true,
     "6000000000443a4020010db800050000000000000000000120010db800000000000000000000000101043d0900000000600000000014"
     "060120010db800000000000000000000000120010db8000900000000000000000009eeac005000000000000000005002200045610000"},
    {"icmp6 1 about another port", false,
     "6000000000383a4020010db800050000000000000000000120010db80000000000000000000000010104322000000000600000000008"
     "110120010db800000000000000000000000120010db8000900000000000000000009cb2000350008d903"},
    {"icmp6 2 about a port", true,
     "6000000000443a4020010db800050000000000000000000120010db80000000000000000000000010200370d00000500600000000014"
     "060120010db800000000000000000000000120010db8000900000000000000000009eeac005000000000000000005002200045610000"},
    {"icmp6 2 about another port", false,
     "6000000000383a4020010db800050000000000000000000120010db800000000000000000000000102002c2400000500600000000008"
     "110120010db800000000000000000000000120010db8000900000000000000000009cb2000350008d903"},
    {"icmp6 3 about a port", true,
     "6000000000443a4020010db800050000000000000000000120010db800000000000000000000000103003b0d00000000600000000014"
     "060120010db800000000000000000000000120010db8000900000000000000000009eeac005000000000000000005002200045610000"},
    {"icmp6 3 about another port", false,
     "6000000000383a4020010db800050000000000000000000120010db80000000000000000000000010300302400000000600000000008"
     "110120010db800000000000000000000000120010db8000900000000000000000009cb2000350008d903"},
    {"icmp6 4 about a port", true,
     "6000000000443a4020010db800050000000000000000000120010db800000000000000000000000104003a0700000006600000000014"
     "060120010db800000000000000000000000120010db8000900000000000000000009eeac005000000000000000005002200045610000"},
    {"icmp6 4 about another port", false,
     "6000000000383a4020010db800050000000000000000000120010db800000000000000000000000104002f1e00000006600000000008"
     "110120010db800000000000000000000000120010db8000900000000000000000009cb2000350008d903"},
    {"icmp6 quotes destination options", true,
     "60000000004c3a4020010db800050000000000000000000120010db80000000000000000000000010300fdf80000000060000000001c"
     "3c0120010db800000000000000000000000120010db80009000000000000000000090600010400000000cb2000500000000000000000"
     "5002200068ed0000"},
    {"icmp6 quotes icmp6", false,
     "6000000000383a4020010db800050000000000000000000120010db80000000000000000000000010300074d00000000600000000008"
     "3a0120010db800000000000000000000000120010db80009000000000000000000098000358beeac0000"},
    {"icmp6 behind destination options", true,
     "60000000004c3c4020010db800050000000000000000000120010db80000000000000000000000013a0001040000000003003b0d0000"
     "0000600000000014060120010db800000000000000000000000120010db8000900000000000000000009eeac00500000000000000000"
     "5002200045610000"},
    {"neighbour solicitation", false,
     "6000000000183aff20010db800050000000000000000000120010db80000000000000000000000018700ef790000000020010db80000"
     "00000000000000000001"},
    {"echo request v6", false,
     "6000000000083a4020010db800050000000000000000000120010db800000000000000000000000180003597eeac0000"},
};

static size_t unhex(const char *hex, uint8_t *out, size_t cap)
{
    size_t n = 0;
    unsigned v;

    for (; hex[0] != '\0' && n < cap && sscanf(hex, "%2x", &v) == 1; hex += 2)
        out[n++] = (uint8_t)v;
    assert_true(hex[0] == '\0');
    return n;
}

/* The port that all rows but those about the ends of the range have. */
#define PORT 61100

static void compile(pcap_t *pcap, struct bpf_program *program, const struct pp_filter *f)
{
    struct pp_buf text;

    assert_non_null(pcap);
    pp_buf_init(&text, PP_FILTER_MAX);
    pp_filter_text(&text, f);
    pp_buf_addc(&text, '\0');
    assert_false(text.failed);
    if (pcap_compile(pcap, program, text.data, 1, PCAP_NETMASK_UNKNOWN) < 0)
        fail_msg("%s", pcap_geterr(pcap));
    pp_buf_release(&text);
}

/* Runs all rows behind a link header of HEADER bytes. */
static void run(int dlt, size_t header)
{
    uint16_t ports[N];
    pcap_t *pcap = pcap_open_dead(dlt, 65535);
    struct bpf_program program;
    uint8_t frame[512] = {0};

    for (unsigned i = 0; i < N; i++)
        ports[i] = (uint16_t)(LO + i);
    compile(pcap, &program, &(struct pp_filter){.ports = ports, .nports = N});
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = unhex(rows[i].hex, frame + header, sizeof frame - header);
        struct pcap_pkthdr h = {.caplen = (bpf_u_int32)(header + len), .len = (bpf_u_int32)(header + len)};

        if (header == ETHERNET)
            memcpy(frame + 12, frame[header] >> 4 == 4 ? "\x08\x00" : "\x86\xdd", 2);
        if ((pcap_offline_filter(&program, &h, frame) != 0) != rows[i].pass)
            fail_msg("%s: should%s pass", rows[i].name, rows[i].pass ? "" : " not");
    }
    pcap_freecode(&program);
    pcap_close(pcap);
}

static void test_ethernet(void **state)
{
    (void)state;
    run(DLT_EN10MB, ETHERNET);
}

static void test_raw(void **state)
{
    (void)state;
    run(DLT_RAW, 0);
}

static bool passes(const struct pp_filter *f, const char *name)
{
    pcap_t *pcap = pcap_open_dead(DLT_RAW, 65535);
    struct bpf_program program;
    uint8_t frame[512];
    bool result = false;

    compile(pcap, &program, f);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, name) == 0) {
            size_t len = unhex(rows[i].hex, frame, sizeof frame);
            struct pcap_pkthdr h = {.caplen = (bpf_u_int32)len, .len = (bpf_u_int32)len};
            result = pcap_offline_filter(&program, &h, frame) != 0;
        }
    pcap_freecode(&program);
    pcap_close(pcap);
    return result;
}

/* The filter leaves out ports between our ranges, which other programs use, unless there are too many to list. */
static void test_runs(void **state)
{
    static const uint16_t around[] = {61000, 61001, PORT - 1, PORT + 1, 61200}, with[] = {61000, PORT - 2, PORT, 61200},
                          many[] = {61000, 61002, 61004, 61006, 61200};
    static const char *const about[] = {"v4 tcp from a port", "v4 udp to a port", "v6 tcp to a port",
                                        "icmp 3 about a port", "icmp6 1 about a port", NULL};

    (void)state;
    for (const char *const *name = about; *name; name++) {
        assert_false(passes(&(struct pp_filter){.ports = around, .nports = 5}, *name));
        assert_true(passes(&(struct pp_filter){.ports = with, .nports = 4}, *name));
        assert_true(passes(&(struct pp_filter){.ports = many, .nports = 5}, *name));
    }
    assert_true(passes(&(struct pp_filter){.ports = around, .nports = 5}, "v4 tcp to the lowest port"));
}

/* The longest text fits the maximum, and one byte less than needed is refused. */
static void test_length(void **state)
{
    static const uint16_t ports[] = {65529, 65531, 65533, 65535};
    struct pp_filter f = {.ports = ports, .nports = 4};
    struct pp_addr own4, own6;
    struct pp_buf text, less;

    (void)state;
    assert_int_equal(pp_addr_parse(&own4, "255.255.255.255", 15), 0);
    assert_int_equal(pp_addr_parse(&own6, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 39), 0);
    f.own4 = &own4;
    f.own6 = &own6;
    pp_buf_init(&text, PP_FILTER_MAX - 1);
    pp_filter_text(&text, &f);
    assert_false(text.failed);
    pp_buf_init(&less, text.len - 1);
    pp_filter_text(&less, &f);
    assert_true(less.failed);
    pp_buf_release(&less);
    pp_buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ethernet),
        cmocka_unit_test(test_raw),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
