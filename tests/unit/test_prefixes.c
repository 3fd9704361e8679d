/* SPDX-License-Identifier: BSD-2-Clause */
/* test_prefixes.c: look-ups against a naive reference, the special-purpose registries, files of prefixes. */
#include "../../core/targets/prefixes.h"
#include "../../core/targets/special.h"

#include "../../core/base/random.h"
#include "../../core/stream/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define PREFIXES 100000
#define LOOKUPS 300

static struct pp_addr addr(const char *text)
{
    struct pp_addr a;

    if (pp_addr_parse(&a, text, strlen(text)) < 0)
        fail_msg("'%s' is not an address", text);
    return a;
}

static struct pp_prefix prefix(const char *text)
{
    struct pp_prefix p;

    if (pp_prefix_parse(&p, text, strlen(text)) < 0)
        fail_msg("'%s' is no prefix", text);
    return p;
}

/* Few different bits, so that prefixes lie within each other. */
static struct pp_addr random_addr(struct pp_rng *rng)
{
    uint8_t b[16] = {0x20, 0x01};

    for (int i = 2; i < 16; i++)
        b[i] = (uint8_t)(pp_rng_below(rng, 4) ? pp_rng_below(rng, 4) : pp_rng_next(rng));
    return pp_rng_below(rng, 2) ? pp_addr_from4(b + 12) : pp_addr_from16(b);
}

static int naive(const struct pp_prefix *all, const struct pp_addr *a)
{
    int best = -1;

    for (size_t i = 0; i < PREFIXES; i++) {
        if (all[i].len > best && pp_prefix_has(&all[i], a))
            best = all[i].len;
    }
    return best;
}

static void as_naive_search(void **state)
{
    struct pp_prefixes *p = pp_prefixes_new();
    struct pp_prefix *all = calloc(PREFIXES, sizeof *all);
    struct pp_rng rng = pp_rng_init(1, 1);

    (void)state;
    assert_non_null(p);
    assert_non_null(all);
    for (size_t i = 0; i < PREFIXES; i++) {
        struct pp_addr a = random_addr(&rng);
        all[i].len = (uint8_t)(pp_addr_is4(&a) ? 104 + pp_rng_below(&rng, 25) : 8 + pp_rng_below(&rng, 121));
        all[i].addr = pp_addr_mask(&a, all[i].len);
        assert_int_equal(pp_prefixes_add(p, &all[i]), 0);
    }
    assert_true(pp_prefixes_count(p) > PREFIXES / 4 && pp_prefixes_count(p) <= PREFIXES);
    for (size_t i = 0; i < LOOKUPS; i++) {
        struct pp_addr a = random_addr(&rng);
        assert_int_equal(pp_prefixes_match(p, &a), naive(all, &a));
    }
    for (size_t i = 0; i < PREFIXES; i++)
        assert_true(pp_prefixes_match(p, &all[i].addr) >= all[i].len);
    free(all);
    pp_prefixes_free(p);
}

static void families_apart(void **state)
{
    struct pp_prefixes *p = pp_prefixes_new();
    struct pp_prefix all6 = prefix("::/0"), all4 = prefix("0.0.0.0/0");
    struct pp_addr v4 = addr("192.0.2.1"), v6 = addr("2001:db8::1");

    (void)state;
    assert_int_equal(pp_prefixes_match(p, &v4), -1);
    pp_prefixes_add(p, &all6);
    assert_int_equal(pp_prefixes_match(p, &v4), -1);
    assert_int_equal(pp_prefixes_match(p, &v6), 0);
    pp_prefixes_add(p, &all4);
    pp_prefixes_add(p, &all4);
    assert_int_equal(pp_prefixes_match(p, &v4), 96);
    assert_int_equal(pp_prefixes_match(p, &v6), 0);
    assert_int_equal(pp_prefixes_count(p), 2);
    pp_prefixes_free(p);
}

/* From the registries' "Globally Reachable" column; NULL: it is, or no special block at all. */
static const struct {
    const char *addr, *name;
} specials[] = {
    {"0.0.0.0", "This network"},
    {"10.255.255.255", "Private-Use"},
    {"11.0.0.0", NULL},
    {"100.63.255.255", NULL},
    {"100.64.0.0", "Shared Address Space"},
    {"100.127.255.255", "Shared Address Space"},
    {"100.128.0.0", NULL},
    {"127.0.0.1", "Loopback"},
    {"169.254.1.1", "Link Local"},
    {"172.15.255.255", NULL},
    {"172.31.255.255", "Private-Use"},
    {"172.32.0.0", NULL},
    {"192.0.0.1", "IPv4 Service Continuity Prefix"},
    {"192.0.0.8", "IPv4 dummy address"},
    {"192.0.0.9", NULL},
    {"192.0.0.10", NULL},
    {"192.0.0.11", "IETF Protocol Assignments"},
    {"192.0.0.171", "NAT64/DNS64 Discovery"},
    {"192.0.1.0", NULL},
    {"192.0.2.255", "Documentation (TEST-NET-1)"},
    {"192.31.196.1", NULL},
    {"192.52.193.1", NULL},
    {"192.88.99.1", "Deprecated (6to4 Relay Anycast)"},
    {"192.88.100.0", NULL},
    {"192.168.255.255", "Private-Use"},
    {"192.175.48.1", NULL},
    {"198.18.0.0", "Benchmarking"},
    {"198.19.255.255", "Benchmarking"},
    {"198.20.0.0", NULL},
    {"198.51.100.7", "Documentation (TEST-NET-2)"},
    {"203.0.113.7", "Documentation (TEST-NET-3)"},
    {"223.255.255.255", NULL},
    {"224.0.0.1", "Multicast"},
    {"240.0.0.1", "Reserved"},
    {"255.255.255.255", "Limited Broadcast"},
    {"::", "Unspecified Address"},
    {"::1", "Loopback Address"},
    {"::192.0.2.1", "Deprecated (IPv4-compatible)"},
    {"::ffff:8.8.8.8", NULL},
    {"64:ff9b::808:808", NULL},
    {"64:ff9b:1::1", "IPv4-IPv6 Translation"},
    {"100::1", "Discard-Only Address Block"},
    {"100:0:0:1::1", "Dummy IPv6 Prefix"},
    {"100:0:0:2::1", NULL},
    {"2001::1", "TEREDO"},
    {"2001:1::1", NULL},
    {"2001:1::2", NULL},
    {"2001:1::3", NULL},
    {"2001:1::4", "IETF Protocol Assignments"},
    {"2001:2::1", "Benchmarking"},
    {"2001:2:1::1", "IETF Protocol Assignments"},
    {"2001:3::1", NULL},
    {"2001:4:112::1", NULL},
    {"2001:4:113::1", "IETF Protocol Assignments"},
    {"2001:10::1", "Deprecated (ORCHID)"},
    {"2001:20::1", NULL},
    {"2001:30::1", NULL},
    {"2001:1ff::1", "IETF Protocol Assignments"},
    {"2001:200::1", NULL},
    {"2001:db8::1", "Documentation"},
    {"2002:c000:201::1", "6to4"},
    {"2620:4f:8000::1", NULL},
    {"2606:4700::1", NULL},
    {"3fff:fff::1", "Documentation"},
    {"3fff:1000::1", NULL},
    {"5f00::1", "Segment Routing (SRv6) SIDs"},
    {"fdff::1", "Unique-Local"},
    {"fe80::1", "Link-Local Unicast"},
    {"fec0::1", "Deprecated (Site-Local)"},
    {"ff02::1", "Multicast"},
};

static void special_blocks(void **state)
{
    struct pp_prefixes *p = pp_prefixes_new();

    (void)state;
    assert_int_equal(pp_prefixes_add_special(p), 0);
    for (size_t i = 0; i < COUNT(specials); i++) {
        struct pp_addr a = addr(specials[i].addr);
        const char *name = pp_special_name(&a);
        if (!name != !specials[i].name || (name && strcmp(name, specials[i].name) != 0))
            fail_msg("%s is '%s'", specials[i].addr, name);
        if ((pp_prefixes_match(p, &a) >= 0) != (name != NULL))
            fail_msg("%s: name and set differ", specials[i].addr);
    }
    pp_prefixes_free(p);
}

/* A name is that of the IPv6 block, or else of the embedded IPv4 address; public if the embedded address is public. */
static void embedded_ipv4(void **state)
{
    static const struct {
        const char *addr, *name;
        bool public;
    } rows[] = {
        {"8.8.8.8", NULL, true},
        {"2606:4700::1", NULL, true},
        {"10.0.0.1", "Private-Use", false},
        {"64:ff9b::808:808", NULL, true},
        {"64:ff9b::a00:1", "Private-Use", false},
        {"64:ff9b::7f00:1", "Loopback", false},
        {"64:ff9b:1::808:808", "IPv4-IPv6 Translation", true},
        {"64:ff9b:1::a00:1", "IPv4-IPv6 Translation", false},
        {"2002:808:808::1", "6to4", true},
        {"2002:a00:1::1", "6to4", false},
        {"2001:0:808:808:8000:63bf:f5ff:fffe", "TEREDO", true}, /* public by its server alone */
        {"2001:0:a00:1:8000:63bf:f5ff:fffe", "TEREDO", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pp_addr a = addr(rows[i].addr);
        const char *name = pp_special_name(&a);
        if (!name != !rows[i].name || (name && strcmp(name, rows[i].name) != 0))
            fail_msg("%s is '%s'", rows[i].addr, name);
        if (pp_addr_is_public(&a) != rows[i].public)
            fail_msg("%s is %spublic", rows[i].addr, rows[i].public ? "not " : "");
    }
}

static void special_and_own(void **state)
{
    struct pp_prefixes *p = pp_prefixes_new();
    struct pp_prefix own = prefix("192.0.0.0/16"), lab4 = prefix("10.0.0.0/8"), lab6 = prefix("2001:2::/48");
    struct pp_prefix wide = prefix("8.0.0.0/6");
    struct pp_addr anycast = addr("192.0.0.9"), inner = addr("192.0.0.1"), benchmark = addr("2001:2::1");

    (void)state;
    pp_prefixes_add_special(p);
    /* An allowed prefix as long as the registry's block is at least as specific as the block, so that it decides. */
    assert_int_equal(pp_prefixes_match(p, &inner), 96 + 24);
    assert_true(pp_prefixes_match(p, &benchmark) <= 48);
    /* An exception within a special block is no exception within a block of the operator. */
    assert_int_equal(pp_prefixes_match(p, &anycast), -1);
    pp_prefixes_add(p, &own);
    assert_int_equal(pp_prefixes_match(p, &anycast), 96 + 16);
    assert_int_equal(pp_prefixes_match(p, &inner), 96 + 24);
    assert_string_equal(pp_special_prefix_name(&lab4), "Private-Use");
    assert_string_equal(pp_special_prefix_name(&lab6), "Benchmarking");
    assert_null(pp_special_prefix_name(&wide));
    assert_null(pp_special_prefix_name(&own));
    pp_prefixes_free(p);
}

static char *file_of(const char *content)
{
    static char name[64];
    int fd;

    snprintf(name, sizeof name, "/tmp/test_prefixes.XXXXXX");
    fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);
    return name;
}

static void files(void **state)
{
    static const struct {
        const char *content;
        int result, count;
    } rows[] = {
        {"", 0, 0},
        {"\xef\xbb\xbf# list\r\n10.0.0.0/8 ; private\r\n\r\n  2001:db8::/32\n192.0.2.1", 0, 3},
        {"10.0.0.0/33\n", -1, 0},
        {"example.com\n", -1, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pp_prefixes *p = pp_prefixes_new();
        char *name = file_of(rows[i].content);
        struct pp_input *in = pp_input_open(name);
        assert_int_equal(pp_prefixes_read(p, in, name), rows[i].result);
        assert_int_equal(pp_prefixes_count(p), rows[i].count);
        unlink(name);
        pp_input_free(in);
        pp_prefixes_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_naive_search), cmocka_unit_test(families_apart), cmocka_unit_test(special_blocks),
        cmocka_unit_test(embedded_ipv4),
        cmocka_unit_test(special_and_own), cmocka_unit_test(files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
