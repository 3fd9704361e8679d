/* SPDX-License-Identifier: BSD-2-Clause */
/* test_fleet.c: chunks as they lie on the bus, the key of a target, names. */
#include "../../core/fleet/campaign.h"

#include "../../core/base/error.h"
#include "../../core/fleet/child.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct pp_fleet_campaign spring = {.name = "spring", .tag = "spring-0123456789abcdef", .chunks = 10};
static const struct pp_fleet_campaign again = {.name = "spring", .tag = "spring-0123456789abcdee", .chunks = 10};

/* Parses TEXT as a message; N, TARGETS: headers as `submit` sets them, or NULL. *WHY: why it is refused, or NULL. */
static struct pp_fleet_chunk parse_message(const struct pp_fleet_campaign *campaign, const char *text, size_t len,
                                           const char *n, const char *targets, const char **why)
{
    struct pp_fleet_chunk c;
    natsMsg *msg = NULL;

    assert_int_equal(natsMsg_Create(&msg, "pp.work.spring.any", NULL, text, (int)len), NATS_OK);
    if (n)
        assert_int_equal(natsMsgHeader_Set(msg, PP_FLEET_CHUNK_N, n), NATS_OK);
    if (targets)
        assert_int_equal(natsMsgHeader_Set(msg, PP_FLEET_TARGETS_N, targets), NATS_OK);
    *why = pp_fleet_chunk_parse(&c, campaign, text, len);
    pp_fleet_chunk_number(&c, campaign, msg);
    natsMsg_Destroy(msg);
    return c;
}

static const char *parse(const char *text)
{
    const char *why;

    (void)parse_message(&spring, text, strlen(text), NULL, NULL, &why);
    return why;
}

#define SPRING "\"campaign\":\"spring-0123456789abcdef\","
#define HEAD "{\"schema\":1," SPRING "\"chunk\":7,\"targets\":2}\n"

static void chunks(void **state)
{
    static const char good[] = HEAD "{\"dip\":\"192.0.2.1\"}\n{\"dip\":\"192.0.2.2\"}\n";
    struct pp_fleet_chunk c;
    const char *why;

    (void)state;
    assert_null(pp_fleet_chunk_parse(&c, &spring, good, strlen(good)));
    assert_true(c.numbered);
    assert_int_equal(c.n, 7);
    assert_int_equal(c.ntargets, 2);
    assert_memory_equal(c.line, "{\"dip\":\"192.0.2.1\"}\n", 20);
    c = parse_message(&again, good, strlen(good), NULL, NULL, &why);
    assert_string_equal(why, "it belongs to another campaign");
    assert_false(c.numbered);
    for (size_t len = 0; len < strlen(good); len++) { /* cut anywhere it is none */
        (void)parse_message(&spring, good, len, NULL, NULL, &why);
        assert_non_null(why);
    }
}

/* A chunk that cannot be parsed is numbered by its headers alone, and is never taken for chunk 0. */
static void unreadable_chunks(void **state)
{
    static const struct {
        const char *text, *n, *targets;
        bool numbered;
        uint64_t chunk;
        uint32_t ntargets;
    } rows[] = {
#define BAD_HEAD(campaign_members) "{\"schema\":1," SPRING campaign_members "}\n{}\n"
        {"no json\n{}\n", NULL, NULL, false, 0, 0},
        {"no json\n{}\n", "3", "20", true, 3, 20},
        {"no json\n{}\n", "3", NULL, false, 0, 0},
        {"no json\n{}\n", "10", "20", false, 0, 0},
        {"no json\n{}\n", "3x", "20", false, 0, 0},
        {"no json\n{}\n", "-1", "20", false, 0, 0},
        {"no json\n{}\n", "3", "10000000", false, 0, 0},
        {"", "3", "20", true, 3, 20},
        {BAD_HEAD("\"targets\":1"), NULL, NULL, false, 0, 0},
        {BAD_HEAD("\"chunk\":10,\"targets\":1"), NULL, NULL, false, 0, 0},
        {BAD_HEAD("\"chunk\":\"1\",\"targets\":1"), NULL, NULL, false, 0, 0},
        {BAD_HEAD("\"chunk\":4,\"targets\":0"), NULL, NULL, true, 4, 0},
        {HEAD "{}\n", NULL, NULL, true, 7, 2},
#undef BAD_HEAD
    };
    const char *why;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct pp_fleet_chunk c =
            parse_message(&spring, rows[i].text, strlen(rows[i].text), rows[i].n, rows[i].targets, &why);
        assert_non_null(why);
        assert_int_equal(c.numbered, rows[i].numbered);
        assert_int_equal(c.numbered ? c.n : 0, rows[i].chunk);
        assert_int_equal(c.numbered ? c.ntargets : 0, rows[i].ntargets);
    }
}

static void bad_chunks(void **state)
{
    (void)state;
    assert_string_equal(parse("no json\n{}\n"), "its first line is not valid JSON");
    assert_string_equal(parse("{\"schema\":2," SPRING "\"chunk\":1,\"targets\":1}\n{}\n"),
                        "it has an unknown schema");
    assert_string_equal(parse("{\"schema\":1," SPRING "\"chunk\":1,\"targets\":0}\n"),
                        "it has no targets, or too many");
    assert_string_equal(parse("{\"schema\":1," SPRING "\"chunk\":1,\"targets\":10000000}\n{}\n"),
                        "it has no targets, or too many");
    assert_string_equal(parse(HEAD "{}\n"), "its number of lines differs from its head");
    assert_string_equal(parse(HEAD "{}\n[1]\n"), "a line is not a JSON object");
    assert_string_equal(parse(HEAD "{}\n\n{}\n"), "a line is not a JSON object");
}

/* A campaign name from the bus becomes part of a worker's file names, so a path is refused. */
static void names_of_records(void **state)
{
    static const char record[] =
        "{\"schema\":1,\"campaign\":\"%s\",\"id\":\"%s\",\"lease\":60,\"experiment\":\"ecn\",\"options\":{}}";
    static const char *const bad[][2] = {{"../../etc/spring", "0123456789abcdef"},
                                         {"spring", "../56789abcdef012"},
                                         {"spring", "0123456789abcde"},
                                         {"spring", "0123456789abcdef0"},
                                         {"spring", ""}};
    struct pp_fleet_campaign c;
    char text[256];

    (void)state;
    pp_error_muted = true;
    snprintf(text, sizeof text, record, "spring", "0123456789abcdef");
    assert_int_equal(pp_fleet_campaign_parse(&c, text, strlen(text)), 0);
    assert_string_equal(c.tag, "spring-0123456789abcdef");
    pp_fleet_campaign_release(&c);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, record, bad[i][0], bad[i][1]);
        assert_int_equal(pp_fleet_campaign_parse(&c, text, strlen(text)), -1);
        pp_fleet_campaign_release(&c);
    }
    pp_error_muted = false;
}

/* Servers to which a secret may be sent: over TLS, or on this host. */
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
    pp_fleet_chunk_head(&b, "spring-0123456789abcdef", 7, 2);
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
    struct pp_fleet_key key;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(pp_fleet_key(rows[i].line, strlen(rows[i].line), &key), rows[i].good);
        if (rows[i].good) {
            assert_int_equal(key.chunk, rows[i].chunk);
            assert_int_equal(key.target, rows[i].target);
        }
    }
}

static void keys_left_out(void **state)
{
    static const struct {
        const char *line;
        bool good;
        enum pp_fleet_fate fate;
        uint64_t chunk;
        uint32_t target;
    } rows[] = {
        {"{\"left_out\":\"blocked\",\"fleet\":[12,3],\"dip\":\"192.0.2.1\"}", true, PP_FLEET_BLOCKED, 12, 3},
        {"{\"left_out\":\"no_route\",\"fleet\":[0,4096]}", true, PP_FLEET_NO_ROUTE, 0, 4096},
        {"{\"left_out\":\"invalid_line\",\"why\":\"no address\",\"line\":\"{\\\"fleet\\\":[5,6],\\\"dip\\\":1}\"}",
         true, PP_FLEET_INVALID_LINE, 5, 6},
        {"{\"left_out\":\"tired\",\"fleet\":[12,3]}", false, PP_FLEET_FATES, 0, 0},
        {"{\"left_out\":\"blocked\",\"dip\":\"192.0.2.1\",\"fleet\":[12,3]}", false, PP_FLEET_FATES, 0, 0},
        {"{\"left_out\":\"blocked\"}", false, PP_FLEET_FATES, 0, 0},
        {"{\"left_out\":\"blocked", false, PP_FLEET_FATES, 0, 0},
        {"{\"left_out\":\"invalid_line\",\"line\":\"{\\\"fleet\\\":[5,\"}", false, PP_FLEET_FATES, 0, 0},
    };
    enum pp_fleet_fate fate;
    struct pp_fleet_key key;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(pp_fleet_key_left_out(rows[i].line, strlen(rows[i].line), &key, &fate), rows[i].good);
        if (rows[i].good) {
            assert_int_equal(fate, rows[i].fate);
            assert_int_equal(key.chunk, rows[i].chunk);
            assert_int_equal(key.target, rows[i].target);
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

/* A released child owns no descriptor: to release it again closes none, not 0 in particular. */
static void released_child(void **state)
{
    struct pp_fleet_child c = {PP_FLEET_CHILD_NONE};
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    close(ends[1]);
    c.pipe[PP_FLEET_STATUS].fd = ends[0];
    pp_fleet_child_release(&c);
    assert_int_equal(fcntl(ends[0], F_GETFD), -1);
    for (int i = 0; i < PP_FLEET_PIPES; i++)
        assert_int_equal(c.pipe[i].fd, -1);
    pp_fleet_child_release(&c);
    assert_int_not_equal(fcntl(0, F_GETFD), -1);
}

/* libnats: messages are its own. */
static int open_library(void **state)
{
    (void)state;
    return nats_Open(-1) == NATS_OK ? 0 : -1;
}

static int close_library(void **state)
{
    (void)state;
    nats_Close();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks), cmocka_unit_test(bad_chunks),    cmocka_unit_test(unreadable_chunks),
        cmocka_unit_test(head),   cmocka_unit_test(keys),          cmocka_unit_test(names_of_records),
        cmocka_unit_test(names),  cmocka_unit_test(keys_left_out), cmocka_unit_test(this_host),
        cmocka_unit_test(released_child),
    };

    return cmocka_run_group_tests(tests, open_library, close_library);
}
