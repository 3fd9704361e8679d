/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_linktype.c: link headers as tcpdump.org's link-layer header pages and IEEE 802.1Q lay them out; every frame is
 * also cut at each length.
 */
#include "../../core/wire/linktype.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/dlt.h>

#define MAC "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02"
#define V4 "\x45\x00\x00\x14"
#define V6 "\x60\x00\x00\x00"
#define SLL "\x00\x04\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00"
#define SLL2 "\x00\x00\x00\x00\x00\x02\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00"

static const struct row {
    const char *name;
    int dlt;
    const char *bytes;
    size_t len;
    int header; /* -1: to be refused */
} rows[] = {
#define ROW(name, dlt, bytes, header) {name, dlt, bytes, sizeof(bytes) - 1, header}
    ROW("ethernet v4", DLT_EN10MB, MAC "\x08\x00" V4, 14),
    ROW("ethernet v6", DLT_EN10MB, MAC "\x86\xdd" V6, 14),
    ROW("ethernet arp", DLT_EN10MB, MAC "\x08\x06\x00\x01\x08\x00", -1),
    ROW("ethernet v4 type, v6 inside", DLT_EN10MB, MAC "\x08\x00" V6, -1),
    ROW("802.1Q", DLT_EN10MB, MAC "\x81\x00\x00\x05\x08\x00" V4, 18),
    ROW("802.1ad and 802.1Q", DLT_EN10MB, MAC "\x88\xa8\x00\x05\x81\x00\x00\x06\x86\xdd" V6, 22),
    ROW("old QinQ", DLT_EN10MB, MAC "\x91\x00\x00\x05\x81\x00\x00\x06\x08\x00" V4, 22),
    ROW("three tags", DLT_EN10MB, MAC "\x81\x00\x00\x05\x81\x00\x00\x06\x81\x00\x00\x07\x08\x00" V4, 26),
    ROW("only tags", DLT_EN10MB, MAC "\x81\x00\x00\x05\x81\x00\x00\x06\x81\x00\x00\x07", -1),
    ROW("802.1Q around arp", DLT_EN10MB, MAC "\x81\x00\x00\x05\x08\x06" V4, -1),
    ROW("raw v4", DLT_RAW, V4, 0),
    ROW("raw v6", DLT_RAW, V6, 0),
    ROW("raw, version 5", DLT_RAW, "\x55\x00\x00\x14", -1),
    ROW("ipv4", DLT_IPV4, V4, 0),
    ROW("ipv4 with v6", DLT_IPV4, V6, -1),
    ROW("ipv6", DLT_IPV6, V6, 0),
    ROW("ipv6 with v4", DLT_IPV6, V4, -1),
    ROW("null, little-endian v4", DLT_NULL, "\x02\x00\x00\x00" V4, 4),
    ROW("null, big-endian v4", DLT_NULL, "\x00\x00\x00\x02" V4, 4),
    ROW("null, Linux v6", DLT_NULL, "\x0a\x00\x00\x00" V6, 4),
    ROW("null, macOS v6", DLT_NULL, "\x1e\x00\x00\x00" V6, 4),
    ROW("null, v4 family with v6", DLT_NULL, "\x02\x00\x00\x00" V6, -1),
    ROW("null, AppleTalk", DLT_NULL, "\x10\x00\x00\x00" V4, -1),
    ROW("null, both ends set", DLT_NULL, "\x02\x00\x00\x02" V4, -1),
    ROW("loop v4", DLT_LOOP, "\x00\x00\x00\x02" V4, 4),
    ROW("loop, OpenBSD v6", DLT_LOOP, "\x00\x00\x00\x18" V6, 4),
    ROW("cooked v4", DLT_LINUX_SLL, SLL "\x08\x00" V4, 16),
    ROW("cooked v6", DLT_LINUX_SLL, SLL "\x86\xdd" V6, 16),
    ROW("cooked arp", DLT_LINUX_SLL, SLL "\x08\x06" V4, -1),
    ROW("cooked, tagged", DLT_LINUX_SLL, SLL "\x81\x00\x00\x05\x08\x00" V4, 20),
    ROW("cooked 2 v4", DLT_LINUX_SLL2, "\x08\x00" SLL2 V4, 20),
    ROW("cooked 2 v6", DLT_LINUX_SLL2, "\x86\xdd" SLL2 V6, 20),
    ROW("unknown link type", DLT_IEEE802_11, MAC "\x08\x00" V4, -1),
};

static void test_rows(void **state)
{
    const uint8_t *ip;
    size_t cap;
    int rc;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];

        ip = NULL;
        cap = 0;
        rc = pp_link_strip(r->dlt, (const uint8_t *)r->bytes, r->len, &ip, &cap);
        if (rc != (r->header < 0 ? -1 : 0))
            fail_msg("%s: returned %d", r->name, rc);
        if (rc == 0 && (ip != (const uint8_t *)r->bytes + r->header || cap != r->len - (size_t)r->header))
            fail_msg("%s: header of %td bytes, %zu left", r->name, ip - (const uint8_t *)r->bytes, cap);
    }
}

/* Each frame cut short, in memory of just that size so that a sanitizer sees any read behind it. */
static void test_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];

        for (size_t len = 0; len < r->len; len++) {
            uint8_t *copy = malloc(len + (len == 0));
            const uint8_t *ip;
            size_t cap;
            int rc;

            assert_non_null(copy);
            memcpy(copy, r->bytes, len);
            rc = pp_link_strip(r->dlt, copy, len, &ip, &cap);
            if (rc != (r->header < 0 || len <= (size_t)r->header ? -1 : 0))
                fail_msg("%s cut to %zu: returned %d", r->name, len, rc);
            free(copy);
        }
    }
}

static void test_known(void **state)
{
    (void)state;
    assert_true(pp_link_known(DLT_EN10MB));
    assert_true(pp_link_known(DLT_RAW));
    assert_false(pp_link_known(DLT_IEEE802_11));
    assert_false(pp_link_known(-1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
