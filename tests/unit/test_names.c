/* SPDX-License-Identifier: BSD-2-Clause */
/* test_names.c: A-labels, host names from entries of lists, and published formats of lists. */
#include "../../core/names/list.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define L62 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789"
#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789a"

/*
 * RFC 3492 section 7.1, without case that is to be kept and without "?"; UTS 46 (https://www.unicode.org/reports/tr46/)
 * section 4 and its table 1; and names whose mapping gives ASCII.
 */
static void names(void **state)
{
    static const struct {
        const char *name, *made; /* NULL: refused, the reason is WHY */
        const char *why;
    } rows[] = {
        {"他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye", NULL},
        {"他們爲什麽不說中文", "xn--ihqwctvzc91f659drss3x8bo0yb", NULL},
        {"למההםפשוטלאמדבריםעברית", "xn--4dbcagdahymbxekheh6e0a7fei0b", NULL},
        {"почемужеонинеговорятпорусски", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l", NULL},
        {"3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b", NULL},
        {"ひとつ屋根の下2", "xn--2-u9tlzr9756bt3uc0v", NULL},
        {"Bücher.example", "xn--bcher-kva.example", NULL},
        {"BU\xcc\x88" "CHER.example", "xn--bcher-kva.example", NULL}, /* composed */
        {"faß.de", "xn--fa-hia.de", NULL},                           /* nontransitional */
        {"βόλος.com", "xn--nxasmm1c.com", NULL},
        {"日本語。ＪＰ", "xn--wgv71a119e.jp", NULL},
        {"\xe2\x84\xaa" "elvin.example", "kelvin.example", NULL},      /* KELVIN SIGN */
        {"\xc4\xb0stanbul.example", "xn--istanbul-o0e.example", NULL}, /* I WITH DOT ABOVE */
        {"a\xc2\xad" "b.example", "ab.example", NULL},                 /* SOFT HYPHEN */
        {"_dmarc.bücher.example", "_dmarc.xn--bcher-kva.example", NULL},
        {"r3---sn.bücher.example", "r3---sn.xn--bcher-kva.example", NULL},
        {"XN--Bcher-KVA.example", "xn--bcher-kva.example", NULL},
        {"bücher.", "xn--bcher-kva", NULL},
        {"\xe2\x84\x80.example", NULL, "a character that host names do not allow"}, /* mapped to a/c */
        {"a\xe2\x80\xa4" "b", NULL, NULL},                                       /* mapped to a dot */
        {"bü/cher", NULL, "a character that host names do not allow"},
        {"bü\xef\xbc\x8f" "cher", NULL, "a character that host names do not allow"}, /* mapped to the same */
        {"a/b", NULL, "a character that host names do not allow"},
        {"h:80", NULL, "a character that host names do not allow"},
        {"\xc2\xad.example", NULL, "empty label in the name"},
        {"bücher..example", NULL, "empty label in the name"},
        {"ab--ü.example", NULL, "hyphens at positions 3 and 4 of a label that is not an A-label"},
        {"xn--ü.example", NULL, NULL},
        {"a\xef\xb7\x90.example", NULL, NULL},                                 /* a noncharacter */
        {"\xcc\x81" "a.example", NULL, NULL},                                   /* a combining mark first */
        {"\xd7\x90" "a.example", NULL, NULL},                                   /* both directions */
        {"b\xfc" "cher.example", NULL, "name is not UTF-8"},
        {"b\xc3", NULL, "name is not UTF-8"},
        {"\xed\xa0\x80.example", NULL, "name is not UTF-8"},                   /* a surrogate */
        {L63 "ü", NULL, "label of more than 63 bytes"},
        {L63 L63 L63 L63 L63 L63 L63 L63 L63 "ü", NULL, "label of more than 63 bytes"},
        {L63 "." L63 "." L63 "." L62, NULL, "name of more than 253 bytes"},
        {"", NULL, "empty label in the name"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[PP_DNSNAME_MAX + 1];
        const char *why = NULL;
        int r = pp_dnsname_parse(out, rows[i].name, strlen(rows[i].name), &why);
        if ((r == 0) != (rows[i].made != NULL))
            fail_msg("'%s': %d, %s", rows[i].name, r, r < 0 ? why : out);
        if (r == 0)
            assert_string_equal(out, rows[i].made);
        else if (rows[i].why)
            assert_string_equal(why, rows[i].why);
    }
}

static void hosts(void **state)
{
    static const struct {
        const char *text, *name; /* NULL: refused; "": an address */
        uint16_t port;
        const char *addr;
    } rows[] = {
        {"Example.COM", "example.com", 0, NULL},
        {"example.com.", "example.com", 0, NULL},
        {"_dmarc.a-b.example", "_dmarc.a-b.example", 0, NULL},
        {"com", "com", 0, NULL},
        {"bücher.example", "xn--bcher-kva.example", 0, NULL},
        {"例え。テスト", "xn--r8jz45g.xn--zckzah", 0, NULL},
        {"xn--bcher-kva.example", "xn--bcher-kva.example", 0, NULL},
        {"https://u:p@www.example.org:8443/a?b#c", "www.example.org", 8443, NULL},
        {"http://example.org:/", "example.org", 0, NULL},
        {"https://example.org", "example.org", 443, NULL},
        {"HTTPS://example.org:/x", "example.org", 443, NULL},
        {"https://192.0.2.1/", "", 443, "192.0.2.1"},
        {"xhttps://example.org", "example.org", 0, NULL},
        {"http://example.org?x://y", "example.org", 0, NULL},
        {"http://192.0.2.1/", "", 0, "192.0.2.1"},
        {"http://[2001:db8::1]:81/", "", 81, "2001:db8::1"},
        {"192.0.2.7", "", 0, "192.0.2.7"},
        {"192.0.2.7:8443", "", 8443, "192.0.2.7"},
        {"[2001:db8::7]:8443", "", 8443, "2001:db8::7"},
        {"[2001:db8::7]", "", 0, "2001:db8::7"},
        {"Example.COM:8443", "example.com", 8443, NULL},
        {"2001:DB8::7", "", 0, "2001:db8::7"},
        {"192.0.2.7.", "", 0, "192.0.2.7"},
        {"192。0.2.7", "", 0, "192.0.2.7"},
        {L63 ".example", L63 ".example", 0, NULL},
        {L63 "b.example", NULL, 0, NULL},
        {L63 "." L63 "." L63 "." L63, NULL, 0, NULL},
        {"", NULL, 0, NULL},
        {".", NULL, 0, NULL},
        {"a..b", NULL, 0, NULL},
        {".a", NULL, 0, NULL},
        {"a b", NULL, 0, NULL},
        {"*.example", NULL, 0, NULL},
        {"a\\.b", NULL, 0, NULL},
        {"b\xfc" "cher.example", NULL, 0, NULL},
        {"http://", NULL, 0, NULL},
        {"http://a:70000/", NULL, 0, NULL},
        {"http://a:0/", NULL, 0, NULL},
        {"http://a:x/", NULL, 0, NULL},
        {"a:0", NULL, 0, NULL},
        {"a:x", NULL, 0, NULL},
        {"a:1:2", NULL, 0, NULL},
        {":80", NULL, 0, NULL},
        {"2001:db8::7:", NULL, 0, NULL},
        {"[2001:db8::7]x", NULL, 0, NULL},
        {"192.0.2.256", NULL, 0, NULL},
        {"192.0.2", NULL, 0, NULL},
        {"7", NULL, 0, NULL},
        {"host.7.", NULL, 0, NULL},
        {"7.host7", "7.host7", 0, NULL},
        {"1;a.example", NULL, 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pp_host h;
        const char *why = NULL;
        char text[PP_ADDR_STRLEN];
        int r = pp_host_parse(&h, rows[i].text, strlen(rows[i].text), &why);
        if ((r == 0) != (rows[i].name != NULL))
            fail_msg("'%s': %d, %s", rows[i].text, r, why ? why : "");
        if (r < 0)
            continue;
        if (strcmp(h.name, rows[i].name) != 0 || h.port != rows[i].port)
            fail_msg("'%s': '%s', port %u", rows[i].text, h.name, h.port);
        if (rows[i].addr)
            assert_string_equal(pp_addr_str(&h.addr, text), rows[i].addr);
    }
}

/* One list: its lines, each with the name and the members it gives; a name NULL: refused, "-": header or comment. */
struct row {
    const char *line, *name, *members;
};

static void check_list(enum pp_input_format format, const struct row *rows, size_t n)
{
    struct pp_list *l = pp_list_new(format);

    assert_non_null(l);
    for (size_t i = 0; i < n; i++) {
        const struct row *row = &rows[i];
        struct pp_name *name;
        const char *why = "";
        int r = pp_list_line(l, &name, row->line, strlen(row->line), &why);
        if (r != (!row->name ? -1 : strcmp(row->name, "-") == 0 ? 0 : 1))
            fail_msg("'%s': %d, %s", row->line, r, why);
        if (r != 1)
            continue;
        assert_string_equal(name->host.name, row->name);
        if (name->members_len != strlen(row->members) || memcmp(name->members, row->members, name->members_len) != 0)
            fail_msg("'%s': members '%.*s'", row->line, (int)name->members_len, name->members);
        free(name);
    }
    pp_list_free(l);
}

#define CHECK(format, rows) check_list(format, rows, COUNT(rows))

static void lists(void **state)
{
    static const struct row tranco[] = {
        {"", "-", NULL},
        {"1,google.com", "google.com", "\"rank\":1"},
        {" 2 , Example.org ", "example.org", "\"rank\":2"},
        {"3,\"quoted.example\"", "quoted.example", "\"rank\":3"},
        {"04,zero.example", "zero.example", "\"rank\":\"04\""},
        {"5", NULL, NULL},
        {"6,", NULL, NULL},
        {"7,xn--p1ai.example,more", "xn--p1ai.example", "\"rank\":7,\"column3\":\"more\""},
        {"8,no name", NULL, NULL},
        {"\"9,a", NULL, NULL},
        {"10,last.example", "last.example", "\"rank\":10"},
    };
    static const struct row majestic[] = {
        {"GlobalRank,TldRank,Domain,TLD,RefSubNets,IDN_Domain", "-", NULL},
        {"1,1,google.com,com,481,google.com", "google.com",
         "\"rank\":1,\"TldRank\":1,\"Domain\":\"google.com\",\"TLD\":\"com\",\"RefSubNets\":481,"
         "\"IDN_Domain\":\"google.com\""},
    };
    static const struct row citizenlab[] = {
        {"url,category_code,category_description,date_added,source,notes", "-", NULL},
        {"https://www.example.org:8443/x,NEWS,\"News, Media\",2014-04-15,cl,\"a \"\"note\"\"\"", "www.example.org",
         "\"url\":\"https://www.example.org:8443/x\",\"category_code\":\"NEWS\",\"category_description\":\"News, "
         "Media\",\"date_added\":\"2014-04-15\",\"source\":\"cl\",\"notes\":\"a \\\"note\\\"\",\"dp\":8443"},
        {"http://b.example/,X,Y,Z,W,\"a note over\ntwo lines\"", "b.example",
         "\"url\":\"http://b.example/\",\"category_code\":\"X\",\"category_description\":\"Y\",\"date_added\":\"Z\","
         "\"source\":\"W\",\"notes\":\"a note over\\ntwo lines\""},
        {"http://c.example/,X,Y,Z,W,\"open", NULL, NULL},
    };
    static const struct row headed[] = {
        {"domain,dip,rank,,x,x", "-", NULL},
        {"a.example,1.2.3.4,9,u,v,w", "a.example", "\"rank\":9,\"column4\":\"u\",\"x\":\"v\""},
        {"b.example", "b.example", ""},
    };
    static const struct row crux[] = {
        {"origin,rank", "-", NULL},
        {"https://www.example.org,1000", "www.example.org",
         "\"rank\":1000,\"origin\":\"https://www.example.org\",\"dp\":443"},
    };
    static const struct row lone[] = {
        {"domain", "-", NULL},
        {"a.example", "a.example", ""},
        {"b.example,1", "b.example", "\"column2\":1"},
    };
    static const struct row targets[] = {
        {"192.0.2.1,443", "", "\"dp\":443"},
        {"192.0.2.2,80,a.example,5", "a.example", "\"dp\":80,\"rank\":5"},
    };
    static const struct row plain[] = {
        {"# names", "-", NULL},
        {"Example.com", "example.com", ""},
        {"a.example # note", "a.example", ""},
        {"http://b.example/#part", "b.example", ""},
        {"\t", "-", NULL},
        {"c.example,5", NULL, NULL},
    };
    static const struct row ndjson[] = {
        {"{\"domain\":\"Example.com\",\"x\":1.10,\"ttl\":5,\"dp\":53}", "example.com", "\"x\":1.10,\"dp\":53"},
        {"{\"y\":\"\\u0000\",\"domain\":\"a.example\"}", "a.example", "\"y\":\"\\u0000\""},
        {"{\"domain\":\"a\\u0000b\"}", NULL, NULL},
        {"{\"domain\":\"https://a.example/\"}", "a.example", "\"dp\":443"},
        {"{\"domain\":\"https://a.example/\",\"dp\":8443}", "a.example", "\"dp\":8443"},
        {"{\"domain\":5}", NULL, NULL},
        {"{\"x\":1}", NULL, NULL},
        {"{", NULL, NULL},
        {"a.example", NULL, NULL},
    };

    (void)state;
    CHECK(PP_INPUT_AUTO, tranco);
    CHECK(PP_INPUT_AUTO, majestic);
    CHECK(PP_INPUT_CSV, citizenlab);
    CHECK(PP_INPUT_AUTO, headed);
    CHECK(PP_INPUT_AUTO, crux);
    CHECK(PP_INPUT_AUTO, lone);
    CHECK(PP_INPUT_AUTO, targets);
    CHECK(PP_INPUT_AUTO, plain);
    CHECK(PP_INPUT_AUTO, ndjson);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(hosts),
        cmocka_unit_test(lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
