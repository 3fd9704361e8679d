/* SPDX-License-Identifier: BSD-2-Clause */
/* test_fleet.c: chunks as they lie on the bus, the key of a target, names. */
#include "../../core/fleet/campaign.h"

#include "../../core/base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *parse(const char *text)
{
    struct pp_fleet_chunk c;

    return pp_fleet_chunk_parse(&c, "spring", text, strlen(text));
}

#define HEAD "{\"schema\":1,\"campaign\":\"spring\",\"chunk\":7,\"targets\":2}\n"

static void chunks(void **state)
{
    static const char good[] = HEAD "{\"dip\":\"192.0.2.1\"}\n{\"dip\":\"192.0.2.2\"}\n";
    struct pp_fleet_chunk c;

    (void)state;
    assert_null(pp_fleet_chunk_parse(&c, "spring", good, strlen(good)));
    assert_int_equal(c.n, 7);
    assert_int_equal(c.ntargets, 2);
    assert_memory_equal(c.line, "{\"dip\":\"192.0.2.1\"}\n", 20);
    assert_string_equal(pp_fleet_chunk_parse(&c, "autumn", good, strlen(good)), "it is of another campaign");
    for (size_t len = 0; len < strlen(good); len++) /* cut anywhere it is none */
        assert_non_null(pp_fleet_chunk_parse(&c, "spring", good, len));
}

static void bad_chunks(void **state)
{
    (void)state;
    assert_string_equal(parse("no json\n{}\n"), "its first line is no JSON");
    assert_string_equal(parse("{\"schema\":2,\"campaign\":\"spring\",\"targets\":1}\n{}\n"), "it has another schema");
    assert_string_equal(parse("{\"schema\":1,\"campaign\":\"spring\",\"targets\":0}\n"),
                        "it has no targets, or too many");
    assert_string_equal(parse("{\"schema\":1,\"campaign\":\"spring\",\"targets\":10000000}\n{}\n"),
                        "it has no targets, or too many");
    assert_string_equal(parse(HEAD "{}\n"), "it has another number of lines than it says");
    assert_string_equal(parse(HEAD "{}\n[1]\n"), "a line is no object");
    assert_string_equal(parse(HEAD "{}\n\n{}\n"), "a line is no object");
}

/* What lies on the bus names files of a worker. */
static void names_of_records(void **state)
{
    static const char record[] =
        "{\"schema\":1,\"campaign\":\"%s\",\"experiment\":\"ecn\",\"options\":{},\"lease\":60}";
    struct pp_fleet_campaign c;
    char text[256];

    (void)state;
    pp_error_muted = true;
    snprintf(text, sizeof text, record, "spring");
    assert_int_equal(pp_fleet_campaign_parse(&c, text, strlen(text)), 0);
    pp_fleet_campaign_release(&c);
    snprintf(text, sizeof text, record, "../../etc/spring");
    assert_int_equal(pp_fleet_campaign_parse(&c, text, strlen(text)), -1);
    pp_fleet_campaign_release(&c);
    pp_error_muted = false;
}

/* To whom a secret may go without TLS. */
static void this_host(void **state)
{
    static const struct {
        const char *url;
        int result;
    } urls[] = {
        {"nats://127.0.0.1", 0},      {"nats://127.1.2.3:4222", 0},      {"nats://localhost:4222", 0},
        {"nats://[::1]:4222", 0},     {"nats://localhost.example", -1}, {"nats://127.0.0.1.example:4222", -1},
        {"nats://127.example", -1},   {"nats://[::1].example", -1},     {"nats://[2001:db8::1]", -1},
        {"tls://192.0.2.1", 0},
    };

    (void)state;
    pp_error_muted = true;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        assert_int_equal(pp_fleet_check_login(&(struct pp_fleet_login){.url = urls[i].url, .auth_file = "x"}),
                         urls[i].result);
    pp_error_muted = false;
}

static void head(void **state)
{
    struct pp_buf b;

    (void)state;
    pp_buf_init(&b, 1024);
    pp_fleet_chunk_head(&b, "spring", 7, 2);
    assert_int_equal(b.len, strlen(HEAD));
    assert_memory_equal(b.data, HEAD, b.len);
    pp_buf_release(&b);
}

static void keys(void **state)
{
    static const struct {
        const char *line;
        bool good;
        uint64_t chunk;
        uint32_t target;
    } rows[] = {
        {"{\"fleet\":[12,3],\"dip\":1}", true, 12, 3},
        {"{\"fleet\":[0,0]}", true, 0, 0},
        {"{\"fleet\":[12,4097],\"dip\":1}", false, 0, 0},
        {"{\"fleet\":[12],\"dip\":1}", false, 0, 0},
        {"{\"fleet\":[,3],\"dip\":1}", false, 0, 0},
        {"{\"fleet\":[-1,3],\"dip\":1}", false, 0, 0},
        {"{\"fleet\":[99999999999999999999999,3],\"d\":1}", false, 0, 0},
        {"{\"dip\":1,\"fleet\":[12,3]}", false, 0, 0},
        {"{\"fleet\":[12,3", false, 0, 0},
    };
    uint64_t chunk;
    uint32_t target;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(pp_fleet_key(rows[i].line, strlen(rows[i].line), &chunk, &target), rows[i].good);
        if (rows[i].good) {
            assert_int_equal(chunk, rows[i].chunk);
            assert_int_equal(target, rows[i].target);
        }
    }
}

static void names(void **state)
{
    (void)state;
    pp_error_muted = true;
    assert_int_equal(pp_fleet_check_name("campaign", "spring-26_b"), 0);
    assert_int_equal(pp_fleet_check_name("campaign", ""), -1);
    assert_int_equal(pp_fleet_check_name("campaign", "a.b"), -1);
    assert_int_equal(pp_fleet_check_name("campaign", "a*"), -1);
    assert_int_equal(pp_fleet_check_name("campaign", "a b"), -1);
    assert_int_equal(pp_fleet_check_name(
                         "campaign", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), -1);
    pp_error_muted = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks),           cmocka_unit_test(bad_chunks), cmocka_unit_test(head),
        cmocka_unit_test(names_of_records), cmocka_unit_test(this_host),  cmocka_unit_test(keys),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
