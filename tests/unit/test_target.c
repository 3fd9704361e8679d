/* SPDX-License-Identifier: BSD-2-Clause */
/* test_target.c: parsing lines of input, valid and invalid, in all three formats. */
#include "../../core/targets/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/types.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define D10 "0123456789"
#define D50 D10 D10 D10 D10 D10
#define D250 D50 D50 D50 D50 D50

struct row {
    const char *line;
    const char *addr; /* NULL: the line is refused, and why begins with MEMBERS */
    uint16_t port;
    const char *domain;
    const char *members;
    uint32_t asn;
};

static const struct row ndjson[] = {
    {"{\"dip\":\"192.0.2.1\"}", "192.0.2.1", 0, NULL, "\"dip\":\"192.0.2.1\"", 0},
    {"  { \"dip\" : \"192.0.2.1\" , \"dp\":\t80 }\t", "192.0.2.1", 80, NULL,
     "\"dip\" : \"192.0.2.1\" , \"dp\":\t80", 0},
    {"{\"dip\":\"2001:0DB8:0:0::0001\",\"dp\":\"443\"}", "2001:db8::1", 443, NULL,
     "\"dip\":\"2001:0DB8:0:0::0001\",\"dp\":\"443\"", 0},
    {"{\"dip\":\"::ffff:192.0.2.9\",\"dp\":80.0}", "192.0.2.9", 80, NULL,
     "\"dip\":\"::ffff:192.0.2.9\",\"dp\":80.0", 0},
    {"{\"dip\":\"192.0.2.1\",\"dp\":null,\"domain\":null}", "192.0.2.1", 0, NULL,
     "\"dip\":\"192.0.2.1\",\"dp\":null,\"domain\":null", 0},
    {"{\"dip\":\"192.0.2.1\",\"domain\":\"www.ex\\u0061mple\",\"rank\":1}", "192.0.2.1", 0, "www.example",
     "\"dip\":\"192.0.2.1\",\"domain\":\"www.ex\\u0061mple\",\"rank\":1", 0},
    {"{\"dip\":\"192.0.2.1\",\"domain\":\"b\xc3\xbc" "cher.example\"}", "192.0.2.1", 0, "xn--bcher-kva.example",
     "\"dip\":\"192.0.2.1\",\"domain\":\"b\xc3\xbc" "cher.example\"", 0},
    {"{\"dip\":\"192.0.2.1\",\"domain\":\"Www.Example.\"}", "192.0.2.1", 0, "www.example",
     "\"dip\":\"192.0.2.1\",\"domain\":\"Www.Example.\"", 0},
    {"{\"dip\":\"192.0.2.1\",\"domain\":\".\"}", "192.0.2.1", 0, ".", "\"dip\":\"192.0.2.1\",\"domain\":\".\"", 0},
    {"{\"dip\":\"192.0.2.1\",\"domain\":\"a/b\"}", NULL, 0, NULL, "a character that host names", 0},
    {"{\"dip\":\"192.0.2.1\",\"domain\":\"h:80\"}", NULL, 0, NULL, "a character that host names", 0},
    /* Members that parsing and serialising would change: numbers, escapes, a key given twice. */
    {"{\"x\":1.10,\"y\":18446744073709551616,\"z\":\"\\u0000\\/\",\"dip\":\"192.0.2.1\",\"x\":-0.0}", "192.0.2.1", 0,
     NULL,
     "\"x\":1.10,\"y\":18446744073709551616,\"z\":\"\\u0000\\/\",\"dip\":\"192.0.2.1\",\"x\":-0.0", 0},
    /* The number of the AS in its forms; an invalid one is ignored. */
    {"{\"dip\":\"192.0.2.1\",\"canid_info\":{\"ASN\":64500}}", "192.0.2.1", 0, NULL,
     "\"dip\":\"192.0.2.1\",\"canid_info\":{\"ASN\":64500}", 64500},
    {"{\"dip\":\"192.0.2.1\",\"info\":{\"ASN\":\"AS4200000000\"}}", "192.0.2.1", 0, NULL,
     "\"dip\":\"192.0.2.1\",\"info\":{\"ASN\":\"AS4200000000\"}", 4200000000},
    {"{\"dip\":\"192.0.2.1\",\"info\":{\"ASN\":\"64501\"},\"canid_info\":7}", "192.0.2.1", 0, NULL,
     "\"dip\":\"192.0.2.1\",\"info\":{\"ASN\":\"64501\"},\"canid_info\":7", 64501},
    {"{\"dip\":\"192.0.2.1\",\"info\":{\"ASN\":4294967296}}", "192.0.2.1", 0, NULL,
     "\"dip\":\"192.0.2.1\",\"info\":{\"ASN\":4294967296}", 0},
    {"{\"dip\":\"192.0.2.1\",\"info\":{\"ASN\":\"AS99999999999999999999\"}}", "192.0.2.1", 0, NULL,
     "\"dip\":\"192.0.2.1\",\"info\":{\"ASN\":\"AS99999999999999999999\"}", 0},
    /* Members with a key of the observation are dropped, also with an escaped key; nested ones are kept. */
    {"{\"sip\":\"x\",\"dip\":\"192.0.2.1\", \"path\":[1,{\"a\":\"}],\\\"\"}], \"z\":2}", "192.0.2.1", 0, NULL,
     "\"dip\":\"192.0.2.1\", \"z\":2", 0},
    {"{ \"dip\":\"192.0.2.1\",\"\\u0073chema\":9 , \"a\":{\"time\":1},\"t\\u0069me\":{}}", "192.0.2.1", 0, NULL,
     "\"dip\":\"192.0.2.1\", \"a\":{\"time\":1}", 0},
    {"{\"dip\":\"192.0.2.1\",\"tim\":1,\"timed\":2,\"\":3,\"s\\u0000ip\\n\":4}", NULL, 0, NULL, "not JSON", 0},
    {"{\"dip\":\"192.0.2.1\",\"tim\":1,\"timed\":2,\"\":3,\"sip\\n\":4,\"\xc3\xa9\":5}", "192.0.2.1", 0, NULL,
     "\"dip\":\"192.0.2.1\",\"tim\":1,\"timed\":2,\"\":3,\"sip\\n\":4,\"\xc3\xa9\":5", 0},
    {"{\"schema\":1,\"experiment\":1,\"connect\":1,\"run_id\":1,\"obs_id\":1,\"vantage\":1,\"sip\":1,"
     "\"sip_public\":1,\"port\":1,\"domain_used\":1,\"path\":1,\"time\":1,\"conditions\":1,\"first\":1,"
     "\"verdicts\":1,\"quality\":1,\"missed_flows\":1,\"flow_results\":1,\"sip_asn\":1,\"located\":[1],"
     "\"bisected\":{},\"interim\":true,\"dip\":\"192.0.2.1\"}",
     "192.0.2.1", 0, NULL, "\"dip\":\"192.0.2.1\"", 0},
    {"{\"dip\":\"192.0.2.1\",\"dip\":\"192.0.2.2\"}", "192.0.2.2", 0, NULL,
     "\"dip\":\"192.0.2.1\",\"dip\":\"192.0.2.2\"", 0},
    {"{\"dip\":\"192.0.2.1\",\"dp\":\"8\\u0030\",\"canid_info\":{\"ASN\":\"A\\u00536\"}}", "192.0.2.1", 80, NULL,
     "\"dip\":\"192.0.2.1\",\"dp\":\"8\\u0030\",\"canid_info\":{\"ASN\":\"A\\u00536\"}", 6},
    {"{\"dip\":\"192.0.2.1\",\"domain\":\"\\u00fc.example\",\"x\":1e308}", "192.0.2.1", 0, "xn--tda.example",
     "\"dip\":\"192.0.2.1\",\"domain\":\"\\u00fc.example\",\"x\":1e308", 0},
    {"{\"dip\":\"192.0.2.1\",\"domain\":\"\\ud83d\\ude00\\n.example\"}",
     NULL, 0, NULL, "a character that host names", 0},
    {"{\"dip\":\"192.0.2.1\",\"x\":1e309}", NULL, 0, NULL, "not JSON", 0},
    {"{\"dip\":\"192.0.2.1\",\"x\":" D250 D50 D50 "}", NULL, 0, NULL, "not JSON", 0},
    {"{\"dip\":\"192.0.2.1\",\"x\":1" D250 D50 D50 "}", NULL, 0, NULL, "not JSON", 0},
    {"{\"dip\":\"192.0.2.1\"", NULL, 0, NULL, "not JSON", 0},
    {"{\"dip\":\"192.0.2.1\"}}", NULL, 0, NULL, "not JSON", 0},
    {"{\"dip\":\"192.0.2.1\",\"x\":\"\xff\"}", NULL, 0, NULL, "not JSON", 0},
    {"[\"192.0.2.1\"]", NULL, 0, NULL, "not a JSON object", 0},
    {"\"192.0.2.1\"", NULL, 0, NULL, "not JSON", 0},
    {"{}", NULL, 0, NULL, "no dip", 0},
    {"{\"dip\":null}", NULL, 0, NULL, "no dip", 0},
    {"{\"ip\":\"192.0.2.1\"}", NULL, 0, NULL, "no dip, but ip", 0},
    {"{\"domain\":\"www.example\"}", NULL, 0, NULL, "no dip, only a domain", 0},
    {"{\"dip\":3221225985}", NULL, 0, NULL, "dip is not an IP", 0},
    {"{\"dip\":\"\"}", NULL, 0, NULL, "dip is not an IP", 0},
    {"{\"dip\":\"fe80::1%eth0\"}", NULL, 0, NULL, "dip is not an IP", 0},
    {"{\"dip\":\"192.0.2.1\\u0000\"}", NULL, 0, NULL, "dip is not an IP", 0},
    {"{\"dip\":\"192.0.2.1\",\"dp\":0}", NULL, 0, NULL, "port out of", 0},
    {"{\"dip\":\"192.0.2.1\",\"dp\":65536}", NULL, 0, NULL, "port out of", 0},
    {"{\"dip\":\"192.0.2.1\",\"dp\":-1}", NULL, 0, NULL, "port out of", 0},
    {"{\"dip\":\"192.0.2.1\",\"dp\":80.5}", NULL, 0, NULL, "port out of", 0},
    {"{\"dip\":\"192.0.2.1\",\"dp\":99999999999999999999}", NULL, 0, NULL, "port out of", 0},
    {"{\"dip\":\"192.0.2.1\",\"dp\":\"http\"}", NULL, 0, NULL, "port out of", 0},
    {"{\"dip\":\"192.0.2.1\",\"dp\":\"\"}", NULL, 0, NULL, "port out of", 0},
    {"{\"dip\":\"192.0.2.1\",\"dp\":true}", NULL, 0, NULL, "dp is not a number", 0},
    {"{\"dip\":\"192.0.2.1\",\"domain\":5}", NULL, 0, NULL, "domain is not a string", 0},
    {"{\"dip\":\"192.0.2.1\",\"domain\":\"a\\r\\nX: y\"}", NULL, 0, NULL, "a character that host names", 0},
    {"{\"dip\":\"192.0.2.1\",\"domain\":\"a\\u0000b\"}", NULL, 0, NULL, "a character that host names", 0},
    {"{\"dip\":\"192.0.2.1\",\"domain\":\"" D250 "0123\"}", NULL, 0, NULL, "label of more", 0},
};

static const struct row csv[] = {
    {"192.0.2.1,80,www.example", "192.0.2.1", 80, "www.example",
     "\"dip\":\"192.0.2.1\",\"dp\":80,\"domain\":\"www.example\"", 0},
    {"192.0.2.1,080,,17\r", "192.0.2.1", 80, NULL, "\"dip\":\"192.0.2.1\",\"dp\":80,\"rank\":17", 0},
    {"2001:DB8::0:1, ,a.example, first", "2001:db8::1", 0, "a.example",
     "\"dip\":\"2001:DB8::0:1\",\"domain\":\"a.example\",\"rank\":\"first\"", 0},
    {"\"192.0.2.1\",\"80\",\"www.example\" ,\"a \"\"b\"\", c\"", "192.0.2.1", 80, "www.example",
     "\"dip\":\"192.0.2.1\",\"dp\":80,\"domain\":\"www.example\",\"rank\":\"a \\\"b\\\", c\"", 0},
    {"192.0.2.1,80,", "192.0.2.1", 80, NULL, "\"dip\":\"192.0.2.1\",\"dp\":80", 0},
    {"192.0.2.1,80,,007", "192.0.2.1", 80, NULL, "\"dip\":\"192.0.2.1\",\"dp\":80,\"rank\":\"007\"", 0},
    {"192.0.2.1,443", "192.0.2.1", 443, NULL, "\"dip\":\"192.0.2.1\",\"dp\":443", 0},
    {"192.0.2.1", "192.0.2.1", 0, NULL, "\"dip\":\"192.0.2.1\"", 0},
    {"17,www.example", NULL, 0, NULL, "a host name, which has to be resolved first", 0},
    {"www.example,17", NULL, 0, NULL, "a host name, which has to be resolved first", 0},
    {"https://www.example/,17", NULL, 0, NULL, "a URL, whose host has to be resolved first", 0},
    {"192.0.2.0/24,80", NULL, 0, NULL, "a prefix instead of an address", 0},
    {"192.0.2.1,80,a,1,", NULL, 0, NULL, "more than 4 columns", 0},
    {"ip,port,name", NULL, 0, NULL, "not a target: blank", 0},
    {",,", NULL, 0, NULL, "first column is not an IP", 0},
    {"192.0.2.1,0,a", NULL, 0, NULL, "port out of", 0},
    {"192.0.2.1,65536,a", NULL, 0, NULL, "port out of", 0},
    {"192.0.2.1,4294967376,a", NULL, 0, NULL, "port out of", 0},
    {"192.0.2.1,80,\"a", NULL, 0, NULL, "quote is not closed", 0},
    {"192.0.2.1,80,\"", NULL, 0, NULL, "quote is not closed", 0},
    {"192.0.2.1,80,\"a\"b", NULL, 0, NULL, "text behind", 0},
    {"192.0.2.1,80,a b", NULL, 0, NULL, "a character that host names", 0},
    {"192.0.2.1,80,\xff", NULL, 0, NULL, "name is not UTF-8", 0},
    {"192.0.2.1,80," D250 "0123", NULL, 0, NULL, "label of more", 0},
    {"192.0.2.1,80," D250 D50, NULL, 0, NULL, "label of more", 0},
};

static const struct row list[] = {
    {"192.0.2.1", "192.0.2.1", 0, NULL, "\"dip\":\"192.0.2.1\"", 0},
    {" 192.0.2.1:8080 \r", "192.0.2.1", 8080, NULL, "\"dip\":\"192.0.2.1\",\"dp\":8080", 0},
    {"192.0.2.1 # a comment: with a colon", "192.0.2.1", 0, NULL, "\"dip\":\"192.0.2.1\"", 0},
    {"2001:db8::1:80", "2001:db8::1:80", 0, NULL, "\"dip\":\"2001:db8::1:80\"", 0},
    {"[2001:DB8::1]:80", "2001:db8::1", 80, NULL, "\"dip\":\"2001:DB8::1\",\"dp\":80", 0},
    {"[2001:db8::1]", "2001:db8::1", 0, NULL, "\"dip\":\"2001:db8::1\"", 0},
    {"[::ffff:192.0.2.1]:80", "192.0.2.1", 80, NULL, "\"dip\":\"::ffff:192.0.2.1\",\"dp\":80", 0},
    {"2001:db8:1:2:3:4:5:6:80", NULL, 0, NULL, "not an IP address", 0},
    {"[2001:db8::1]80", NULL, 0, NULL, "not an IP address", 0},
    {"[2001:db8::1", NULL, 0, NULL, "not an IP address", 0},
    {"[]:80", NULL, 0, NULL, "not an IP address", 0},
    {":80", NULL, 0, NULL, "not an IP address", 0},
    {"192.0.2.1:", NULL, 0, NULL, "port out of", 0},
    {"192.0.2.1:0", NULL, 0, NULL, "port out of", 0},
    {"[::1]:65536", NULL, 0, NULL, "port out of", 0},
    {"192.0.2.0/24", NULL, 0, NULL, "a prefix instead of an address", 0},
    {"www.example", NULL, 0, NULL, "a host name", 0},
    {"www.example:443", NULL, 0, NULL, "a host name", 0},
    {"https://www.example/", NULL, 0, NULL, "a URL", 0},
    {"192.0.2.256", NULL, 0, NULL, "not an IP address", 0},
    {"192.0.2.1;443", NULL, 0, NULL, "columns separated by ';' or tabs", 0},
    {"192.0.2.1\t443", NULL, 0, NULL, "columns separated by ';' or tabs", 0},
    {"fe80::1%eth0", NULL, 0, NULL, "a link-local address with a zone", 0},
    {"[2001:db8::1%25eth0]:443", NULL, 0, NULL, "a link-local address with a zone", 0},
    {"\xff\xfe" "1", NULL, 0, NULL, "UTF-16", 0},
    {"%eth0", NULL, 0, NULL, "not an IP address", 0},
    {"!", NULL, 0, NULL, "not an IP address", 0},
    {"#", NULL, 0, NULL, "not a target: blank", 0},
    {"", NULL, 0, NULL, "not a target: blank", 0},
};

/* The line is copied to memory of its very size, so that a sanitizer sees a read past its end. */
static int parse(struct pp_target **t, enum pp_input_format format, const char *line, size_t len, const char **why)
{
    char *copy = malloc(len ? len : 1);
    int r;

    assert_non_null(copy);
    memcpy(copy, line, len);
    r = pp_target_parse(t, format, copy, len, why);
    free(copy);
    return r;
}

static void check(enum pp_input_format format, const struct row *row, size_t n)
{
    for (size_t i = 0; i < n; i++, row++) {
        char text[PP_ADDR_STRLEN];
        struct pp_target *t;
        const char *why = NULL;
        int r = parse(&t, format, row->line, strlen(row->line), &why);
        if (r == 0 && t->domain_why) {
            assert_null(t->domain);
            why = t->domain_why;
            free(t);
            t = NULL;
            r = -1;
        }
        if (!row->addr) {
            if (r == 0 || strncmp(why, row->members, strlen(row->members)) != 0)
                fail_msg("'%s': %s", row->line, r == 0 ? "was taken" : why);
            assert_null(t);
            continue;
        }
        if (r < 0)
            fail_msg("'%s': %s", row->line, why);
        assert_string_equal(pp_addr_str(&t->addr, text), row->addr);
        assert_int_equal(t->port, row->port);
        if (row->domain)
            assert_string_equal(t->domain, row->domain);
        else
            assert_null(t->domain);
        assert_int_equal(t->asn, row->asn);
        if (t->members_len != strlen(row->members) || memcmp(t->members, row->members, t->members_len) != 0)
            fail_msg("'%s': members '%.*s'", row->line, (int)t->members_len, t->members);
        assert_true(t->members + t->members_len <= (const char *)t + t->bytes);
        free(t);
    }
}

static void ndjson_lines(void **state)
{
    (void)state;
    check(PP_INPUT_NDJSON, ndjson, COUNT(ndjson));
}

static void csv_lines(void **state)
{
    (void)state;
    check(PP_INPUT_CSV, csv, COUNT(csv));
}

static void list_lines(void **state)
{
    (void)state;
    check(PP_INPUT_LIST, list, COUNT(list));
}

/* A heading, then records: what they give, NULL: they cannot be used. Keys of an observation's own are left out. */
static void csv_with_a_heading(void **state)
{
    static const struct {
        const char *line, *members;
    } rows[] = {
        {"time,saddr,Port,hostname,note,,note,rank", ""},
        {"1,192.0.2.1,080,Www.Example,\"a\nb\",c,d,7",
         "\"dip\":\"192.0.2.1\",\"dp\":80,\"domain\":\"Www.Example\",\"rank\":7,"
         "\"note\":\"a\\nb\",\"column6\":\"c\""},
        {",2001:db8::1", "\"dip\":\"2001:db8::1\""},
        {"1,www.example,80", NULL},
        {"1", NULL},
    };
    struct pp_targets targets;

    (void)state;
    pp_targets_init(&targets, PP_INPUT_AUTO);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pp_target *t;
        const char *why = "", *members = rows[i].members;
        int r = pp_targets_line(&targets, &t, rows[i].line, strlen(rows[i].line), &why);
        if (r != (!members ? -1 : *members ? 1 : 0))
            fail_msg("'%s': %d, %s", rows[i].line, r, why);
        if (r == 1 && (t->members_len != strlen(members) || memcmp(t->members, members, t->members_len) != 0))
            fail_msg("'%s': %.*s", rows[i].line, (int)t->members_len, t->members);
        free(t);
    }
    pp_targets_release(&targets);
}

static void raw_nul_bytes(void **state)
{
    static const struct {
        enum pp_input_format format;
        const char *line;
        size_t len;
    } rows[] = {
        {PP_INPUT_NDJSON, "{\"dip\":\"192.0.2.1\"}\0", 20}, {PP_INPUT_NDJSON, "{\"dip\":\"192.0.2.1\0\"}", 20},
        {PP_INPUT_CSV, "192.0.2.1\0,80,a", 15},             {PP_INPUT_CSV, "192.0.2.1,80,a\0b", 16},
        {PP_INPUT_CSV, "192.0.2.1,8\0,a", 14},              {PP_INPUT_LIST, "192.0.2.1\0", 10},
        {PP_INPUT_LIST, "\0", 1},                           {PP_INPUT_LIST, "192.0.2.1:80\0", 13},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pp_target *t;
        const char *why;
        int r = parse(&t, rows[i].format, rows[i].line, rows[i].len, &why);
        bool taken = r == 0 && !t->domain_why;
        free(t);
        if (taken)
            fail_msg("row %zu was taken", i);
    }
}

static void bombs(void **state)
{
    static char line[PP_LINE_MAX + 1];
    struct pp_target *t;
    const char *why;

    (void)state;
    memset(line, '[', sizeof line);
    line[0] = '{';
    assert_int_equal(parse(&t, PP_INPUT_NDJSON, line, sizeof line, &why), -1);
    assert_int_equal(parse(&t, PP_INPUT_NDJSON, line, PP_LINE_MAX, &why), -1);
    memcpy(line, "{\"a\":", 5);
    assert_int_equal(parse(&t, PP_INPUT_NDJSON, line, PP_LINE_MAX, &why), -1);
    memset(line, ',', sizeof line);
    assert_int_equal(parse(&t, PP_INPUT_CSV, line, PP_LINE_MAX, &why), -1);
    memset(line, '"', sizeof line);
    assert_int_equal(parse(&t, PP_INPUT_CSV, line, PP_LINE_MAX, &why), -1);
    memset(line, ':', sizeof line);
    assert_int_equal(parse(&t, PP_INPUT_LIST, line, PP_LINE_MAX, &why), -1);
    /* As long as allowed, and good. */
    memset(line, ' ', sizeof line);
    memcpy(line, "{\"dip\":\"192.0.2.1\"", 18);
    line[PP_LINE_MAX - 1] = '}';
    assert_int_equal(parse(&t, PP_INPUT_NDJSON, line, PP_LINE_MAX, &why), 0);
    assert_int_equal(t->members_len, 17);
    free(t);
}

/* Members and nesting are bounded so that an observation of the line, with members of its own, can be read again. */
static void many_members(void **state)
{
    static char line[PP_LINE_MAX];
    struct pp_target *t;
    const char *why = "";

    (void)state;
    for (unsigned n = PP_TARGET_MEMBERS; n <= PP_TARGET_MEMBERS + 100; n += 50) {
        size_t len = (size_t)snprintf(line, sizeof line, "{\"dip\":\"192.0.2.1\"");
        for (unsigned i = 1; i < n; i++)
            len += (size_t)snprintf(line + len, sizeof line - len, ",\"\":%u", i);
        line[len++] = '}';
        assert_int_equal(parse(&t, PP_INPUT_NDJSON, line, len, &why), n == PP_TARGET_MEMBERS ? 0 : -1);
        if (n > PP_TARGET_MEMBERS)
            assert_string_equal(why, "more than 512 members");
        else
            free(t);
    }
    for (unsigned depth = 2040; depth <= 2060; depth += 20) {
        size_t len = (size_t)snprintf(line, sizeof line, "{\"dip\":\"192.0.2.1\",\"x\":");
        memset(line + len, '[', depth);
        memset(line + len + depth, ']', depth);
        len += 2 * depth;
        line[len++] = '}';
        assert_int_equal(parse(&t, PP_INPUT_NDJSON, line, len, &why), depth == 2040 ? 0 : -1);
        if (depth == 2040)
            free(t);
    }
}

static void guesses(void **state)
{
    static const struct {
        const char *line;
        enum pp_input_format format;
    } rows[] = {
        {"{\"dip\":\"192.0.2.1\"}", PP_INPUT_NDJSON}, {"  {", PP_INPUT_NDJSON},
        {"1,www.example", PP_INPUT_CSV},              {"ip,port,name", PP_INPUT_CSV},
        {"domain", PP_INPUT_CSV},                     {" URL ", PP_INPUT_CSV},
        {"saddr", PP_INPUT_CSV},                      {"domains", PP_INPUT_LIST},
        {"\"domain\"", PP_INPUT_CSV},                 {"\"192.0.2.1\"", PP_INPUT_CSV},
        {"https://a.example/x,y", PP_INPUT_LIST},     {"https://a.example,10", PP_INPUT_CSV},
        {"192.0.2.1", PP_INPUT_LIST},                 {"[::1]:80", PP_INPUT_LIST},
        {"# a, b", PP_INPUT_AUTO},                    {" \t\r", PP_INPUT_AUTO},
        {"", PP_INPUT_AUTO},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(pp_input_guess(rows[i].line, strlen(rows[i].line)), rows[i].format);
    assert_true(pp_target_blank(PP_INPUT_LIST, " # x", 4));
    assert_true(pp_target_blank(PP_INPUT_NDJSON, "\r", 1));
    assert_false(pp_target_blank(PP_INPUT_NDJSON, "# x", 3));
    assert_false(pp_target_blank(PP_INPUT_CSV, "#ip", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ndjson_lines),  cmocka_unit_test(csv_lines), cmocka_unit_test(list_lines),
        cmocka_unit_test(csv_with_a_heading),
        cmocka_unit_test(raw_nul_bytes), cmocka_unit_test(bombs),
        cmocka_unit_test(many_members),     cmocka_unit_test(guesses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
