/* SPDX-License-Identifier: BSD-2-Clause */
/* test_admin_prohibited.c: an ICMP error stops the probing of its network, of its host, or of no target. */
#include "rig_check.h"

#include "../../core/results/journal.h"
#include "../../core/targets/admin_prohibited.h"

static struct pp_addr addr(const char *text)
{
    struct pp_addr a;

    assert_int_equal(pp_addr_parse(&a, text, strlen(text)), 0);
    return a;
}

static void sender_and_code_select_host_or_network(void **state)
{
    /* Codes: RFC 1812 section 5.2.7.1 and RFC 4443 section 3.1. */
    static const struct {
        const char *target, *from;
        unsigned type, code;
        /* the target's address, another of its network, one of another */
        enum pp_prohibited_by host, neighbour, stranger;
    } rows[] = {
        {"9.9.9.1", "198.51.100.1", 3, 9, PP_PROHIBITED_BY_NETWORK, PP_PROHIBITED_BY_NETWORK, PP_NOT_PROHIBITED},
        {"9.9.9.1", "198.51.100.1", 3, 10, PP_PROHIBITED_BY_NETWORK, PP_PROHIBITED_BY_NETWORK, PP_NOT_PROHIBITED},
        {"9.9.9.1", "198.51.100.1", 3, 13, PP_PROHIBITED_BY_NETWORK, PP_PROHIBITED_BY_NETWORK, PP_NOT_PROHIBITED},
        {"9.9.9.1", "9.9.9.254", 3, 13, PP_PROHIBITED_BY_NETWORK, PP_PROHIBITED_BY_NETWORK,
         PP_NOT_PROHIBITED}, /* its own router */
        {"9.9.9.1", "9.9.9.1", 3, 9, PP_PROHIBITED_BY_HOST, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED},
        {"9.9.9.1", "9.9.9.1", 3, 10, PP_PROHIBITED_BY_HOST, PP_NOT_PROHIBITED,
         PP_NOT_PROHIBITED}, /* what firewalld rejects with */
        {"9.9.9.1", "9.9.9.1", 3, 13, PP_PROHIBITED_BY_HOST, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED},
        {"9.9.9.1", "9.9.9.1", 3, 3, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED}, /* port unreachable */
        {"9.9.9.1", "198.51.100.1", 3, 1, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED},
        {"9.9.9.1", "198.51.100.1", 1, 1, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED,
         PP_NOT_PROHIBITED}, /* ICMPv6's, in IPv4 */
        {"2a00:1:9::1", "2a00:2::1", 1, 1, PP_PROHIBITED_BY_NETWORK, PP_PROHIBITED_BY_NETWORK, PP_NOT_PROHIBITED},
        {"2a00:1:9::1", "2a00:1:9::1", 1, 1, PP_PROHIBITED_BY_HOST, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED},
        {"2a00:1:9::1", "2a00:2::1", 1, 4, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED},
        {"2a00:1:9::1", "2a00:2::1", 3, 13, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED},
        /* 9.9.9.0/24 behind NAT64; the last is the same by a local translator, 64:ff9b:1::9.9.9.1 */
        {"64:ff9b::909:901", "2a00:2::1", 1, 1, PP_PROHIBITED_BY_NETWORK, PP_PROHIBITED_BY_NETWORK,
         PP_PROHIBITED_BY_NETWORK},
        {"10.1.2.3", "10.1.2.1", 3, 13, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED}, /* a laboratory */
        {"10.1.2.3", "10.1.2.3", 3, 10, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED, PP_NOT_PROHIBITED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_addr target = addr(rows[i].target), from = addr(rows[i].from), neighbour = target, stranger = target;
        struct pp_admin_prohibited *m = pp_admin_prohibited_new();

        assert_non_null(m);
        neighbour.b[15] = 77;
        stranger.b[pp_addr_is4(&target) ? 14 : 5]++;
        assert_int_equal(pp_admin_prohibited_of(m, &target), PP_NOT_PROHIBITED);
        for (int times = 0; times < 2; times++)
            pp_admin_prohibited_icmp(m, &target, rows[i].type, rows[i].code, &from);
        if (pp_admin_prohibited_of(m, &target) != rows[i].host ||
            pp_admin_prohibited_of(m, &neighbour) != rows[i].neighbour ||
            pp_admin_prohibited_of(m, &stranger) != rows[i].stranger)
            fail_msg("row %zu: %d %d %d", i, pp_admin_prohibited_of(m, &target), pp_admin_prohibited_of(m, &neighbour),
                     pp_admin_prohibited_of(m, &stranger));
        assert_int_equal(pp_admin_prohibited_networks(m)->networks, rows[i].host == PP_PROHIBITED_BY_NETWORK);
        if (rows[i].host == PP_PROHIBITED_BY_NETWORK)
            assert_true(pp_addr_eq(&pp_admin_prohibited_networks(m)->router, &from));
        pp_admin_prohibited_free(m);
    }
}

/* The number of prohibiting hosts that are remembered is bounded; prohibiting networks are remembered beyond it. */
static void hosts_are_bounded(void **state)
{
    struct pp_admin_prohibited *m = pp_admin_prohibited_new();
    struct pp_addr a = addr("9.0.0.1"), last = a, router = addr("8.8.8.8");

    (void)state;
    assert_non_null(m);
    for (unsigned i = 0; i <= PP_PROHIBITED_HOSTS_MAX; i++) {
        a.b[13] = (uint8_t)(i >> 16);
        a.b[14] = (uint8_t)(i >> 8);
        a.b[15] = (uint8_t)i;
        last = a;
        pp_admin_prohibited_icmp(m, &a, 3, 10, &a);
    }
    assert_int_equal(pp_admin_prohibited_of(m, &last), PP_NOT_PROHIBITED);
    pp_admin_prohibited_icmp(m, &last, 3, 13, &router);
    assert_int_equal(pp_admin_prohibited_of(m, &last), PP_PROHIBITED_BY_NETWORK);
    pp_admin_prohibited_free(m);
}

/* A resumed run reads both from the lines of its output. */
static void read_back_from_the_output(void **state)
{
#define LINE(dip, arm, from)                                                                                          \
    "{\"dip\":\"" dip "\",\"run_id\":\"0123456789abcdef0123456789abcdef\",\"port\":80,"                                \
    "\"conditions\":[],\"first\":[],\"verdicts\":[{\"arm\":\"B1\",\"verdict\":\"offline\",\"first\":\"offline\","      \
    "\"e\":1.0,\"a\":[0,1],\"b\":[0,1],\"rounds\":[{\"n\":1,\"flows\":[{\"arm\":\"" arm "\",\"icmp\":[3,10,"   \
    from "]}]}]}],"                                                                                                    \
    "\"quality\":{\"valid\":true,\"outage\":false,\"audited\":false,\"flows\":2}}"
    static const struct {
        const char *line, *dip;
        enum pp_prohibited_by host, neighbour;
    } rows[] = {
        {LINE("9.9.1.1", "A", "\"9.9.1.1\""), "9.9.1.1", PP_PROHIBITED_BY_HOST, PP_NOT_PROHIBITED},
        {LINE("9.9.2.1", "A", "\"198.51.100.1\""), "9.9.2.1", PP_PROHIBITED_BY_NETWORK, PP_PROHIBITED_BY_NETWORK},
        {LINE("9.9.3.1", "A'", "\"198.51.100.1\""), "9.9.3.1", PP_PROHIBITED_BY_NETWORK, PP_PROHIBITED_BY_NETWORK},
        {LINE("9.9.4.1", "B1", "\"198.51.100.1\""), "9.9.4.1", PP_NOT_PROHIBITED,
         PP_NOT_PROHIBITED}, /* of the treatment alone */
        {LINE("9.9.5.1", "A", "null"), "9.9.5.1", PP_NOT_PROHIBITED, PP_NOT_PROHIBITED},
        {LINE("10.9.5.1", "A", "\"10.0.0.1\""), "10.9.5.1", PP_NOT_PROHIBITED, PP_NOT_PROHIBITED},
    };
    struct pp_journal j;
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 1});
    assert_int_equal(pp_journal_init(&j, &r.plan, NULL), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_addr a = addr(rows[i].dip), neighbour = a;
        const char *why = pp_journal_line(&j, rows[i].line, strlen(rows[i].line));

        if (why)
            fail_msg("row %zu: %s", i, why);
        neighbour.b[15] = 77;
        assert_int_equal(pp_admin_prohibited_of(j.prohibited, &a), rows[i].host);
        assert_int_equal(pp_admin_prohibited_of(j.prohibited, &neighbour), rows[i].neighbour);
    }
    pp_journal_release(&j);
    rig_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sender_and_code_select_host_or_network),
        cmocka_unit_test(hosts_are_bounded),
        cmocka_unit_test(read_back_from_the_output),
    };

    return cmocka_run_group_tests(tests, rig_begin, rig_end);
}
