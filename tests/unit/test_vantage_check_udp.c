/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vantage_check_udp.c: a vantage point that alters datagrams ends the run before its first round, as
 * test_vantage_check.c checks with segments. The experiment is `udpopt`, whose source is a part of this file.
 */
#define PP_STATIC_PLUGIN udpopt
#include "../../plugins/udpopt.c"

#include "../../core/probe/vantage_check.h"

#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct watch {
    unsigned copies, quotes; /* sent; ICMP errors that came */
    unsigned flows;          /* datagrams of flows */
};

static bool look(struct rig *r, uint8_t *ip, size_t len, bool ours)
{
    struct watch *s = r->setup.arg;
    struct pp_packet p;

    if (pp_packet_decode(&p, ip, len) < 0)
        return true;
    if (ours)
        ++*(p.ttl <= PP_VANTAGE_CHECK_HOPS ? &s->copies : &s->flows);
    else
        s->quotes += p.proto == PP_PROTO_ICMP || p.proto == PP_PROTO_ICMP6;
    return true;
}

static const struct {
    const char *what, *behaviour;
    int hop;
    bool stops;
} rows[] = {
    {"nothing", NULL, 0, false},
    {"the surplus is cut off", "udp.surplus.strip", 2, true},
    {"a checksum is put in", "udp.zero.fill", 3, true},
    {"checksums are made anew: there is one all the same", "udp.checksum.recompute", 2, false},
    {"marks are no treatment here", "dscp.remark", 2, false},
    {"further away", "udp.surplus.strip", 6, false},
};

static void vantages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int mode = 0; mode < 2; mode++) {
            struct watch s = {0};
            char hosts[256];
            struct rig r;

            snprintf(hosts, sizeof hosts, "\"server\": \"ecn\", \"delay_ms\": 10");
            if (rows[i].behaviour)
                snprintf(hosts + strlen(hosts), sizeof hosts - strlen(hosts),
                         ", \"path\": [{\"behaviour\": \"%s\", \"dir\": \"fwd\", \"hop\": %d}]", rows[i].behaviour,
                         rows[i].hop);
            rig_run(&r, &(struct rig_setup){.hosts = hosts, .nhosts = 20, .scenario = "\"vantage\": true, ",
                                            .plugin = &pp_plugin_udpopt, .mode = mode ? "quicvn" : "dnsudp",
                                            .vantage_check = true, .packet = look, .arg = &s});
            if (r.result != (rows[i].stops ? -1 : 0) || (s.flows == 0) != rows[i].stops)
                fail_msg("%s: result %d, %u flows", rows[i].what, r.result, s.flows);
            assert_int_equal(r.nlines, rows[i].stops ? 0 : 20);
            if (!rows[i].stops) {
                assert_int_equal(s.copies, 5 * (7 + 6)); /* hops, arms of IPv4 and of IPv6 */
                assert_int_equal(s.quotes, s.copies);
            }
            rig_release(&r);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(vantages)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
