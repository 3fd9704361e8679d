/* SPDX-License-Identifier: BSD-2-Clause */
/* test_feeder.c: each line of a file with all kinds of errors is counted once, under the right reason. */
#include "../../core/targets/feeder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const struct pp_vantage both = {.v4.usable = true, .v6.usable = true}, only4 = {.v4.usable = true};

static int file_of(const char *content, char path[64])
{
    int fd;

    snprintf(path, 64, "/tmp/test_feeder.XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    return close(fd);
}

/* 10/8 allowed but for 10.1/16 and, of that, 10.1.1/24; all of 11.2.3/24 and 2606::/16 blocked. */
static struct pp_blocklist *blocklist(void)
{
    char blocklist[64], allowlist[64];
    struct pp_blocklist *l;

    file_of("10.1.0.0/16\n11.2.3.0/24\n2606::/16\n", blocklist);
    file_of("10.0.0.0/8\n10.1.1.0/24\n2001:2::/48\n11.0.0.0/8\n", allowlist);
    l = pp_blocklist_open(blocklist, allowlist, true);
    assert_non_null(l);
    unlink(blocklist);
    unlink(allowlist);
    return l;
}

/* Runs CONTENT through a feeder. OUT: the addresses handed out, each followed by a space. */
static struct pp_target_counts feed(const char *content, struct pp_feeder_config c, char out[4096])
{
    struct pp_target_counts counts = {.written = 7};
    struct pp_feeder *f;
    struct pp_target *t;
    char path[64], text[PP_ADDR_STRLEN];
    uint64_t handed_out = 0;
    size_t n = 0;

    file_of(content, path);
    c.input = pp_input_open(path);
    c.blocklist = blocklist();
    f = pp_feeder_new(&c);
    assert_non_null(f);
    out[0] = '\0';
    while ((t = pp_feeder_next(f))) {
        assert_int_not_equal(t->port, 0);
        n += (size_t)snprintf(out + n, 4096 - n, "%s ", pp_addr_str(&t->addr, text));
        handed_out++;
        free(t);
    }
    assert_null(pp_feeder_next(f));
    pp_feeder_finish(f);
    pp_feeder_counts(f, &counts);
    assert_false(pp_feeder_failed(f));
    assert_int_equal(counts.read, counts.duplicate + counts.invalid_line + counts.blocked +
                                      counts.prohibited_network + counts.prohibited_host + counts.other_family +
                                      counts.no_route + counts.sampled_out + counts.not_started + handed_out);
    assert_int_equal(counts.written, 7); /* counted by the writer */
    pp_feeder_free(f);
    pp_input_free(c.input);
    pp_blocklist_free(c.blocklist);
    unlink(path);
    return counts;
}

static const char nasty[] =
    "\xef\xbb\xbf# a comment, first\r\n"
    "\r\n"
    "{\"dip\":\"10.0.0.1\",\"dp\":80}\r\n"
    "   \n"
    "{\"dip\":\"10.0.0.1\"}\n"                        /* duplicate: the mode's port */
    "{\"dip\":\"::ffff:10.0.0.1\",\"dp\":\"80\"}\n"   /* duplicate */
    "{\"dip\":\"10.0.0.1\",\"domain\":\"a.example\"}\n"
    "{\"dip\":\"10.0.0.1\",\"domain\":\"A.example\"}\n" /* duplicate */
    "{\"dip\":\"10.0.0.1\",\"dp\":81}\n"
    "# in NDJSON this is no comment\n"                  /* invalid */
    "{\"dip\":\"10.0.0.2\",\"dp\":0}\n"                 /* invalid */
    "{\"dip\":\"10.0.0.2\",\"dp\":65536}\n"             /* invalid */
    "dip,dp,domain\n"                                   /* invalid */
    "{\n"                                               /* invalid */
    "\xff\xfe\n"                                        /* invalid */
    "{\"dip\":\"10.1.0.1\"}\n"                          /* blocked: more specific than what is allowed */
    "{\"dip\":\"10.1.1.1\"}\n"                          /* allowed: more specific still */
    "{\"dip\":\"11.2.3.4\"}\n"                          /* blocked */
    "{\"dip\":\"11.2.4.4\"}\n"
    "{\"dip\":\"127.0.0.1\"}\n"                         /* blocked: special */
    "{\"dip\":\"224.0.0.1\"}\n"                         /* blocked: special */
    "{\"dip\":\"2001:2::1\"}\n"
    "{\"dip\":\"2001:0002:0::1\"}\n"                    /* duplicate */
    "{\"dip\":\"2606::1\"}\n"                           /* blocked */
    "{\"dip\":\"10.0.0.9\"}";

static void adds_up(void **state)
{
    struct pp_feeder_config c = {.vantage = &both, .default_port = 80, .dedup = true};
    char out[4096];
    struct pp_target_counts n = feed(nasty, c, out);

    (void)state;
    assert_string_equal(out, "10.0.0.1 10.0.0.1 10.0.0.1 10.1.1.1 11.2.4.4 2001:2::1 10.0.0.9 ");
    assert_int_equal(n.read, 22);
    assert_int_equal(n.duplicate, 4);
    assert_int_equal(n.invalid_line, 6);
    assert_int_equal(n.blocked, 5);
    assert_int_equal(n.no_route, 0);
}

static void variations(void **state)
{
    static const struct {
        struct pp_feeder_config c;
        const char *out;
        uint64_t read, duplicate, other_family, no_route;
    } rows[] = {
        {{.vantage = &only4, .default_port = 80, .dedup = true},
         "10.0.0.1 10.0.0.1 10.0.0.1 10.1.1.1 11.2.4.4 10.0.0.9 ", 22, 3, 0, 2},
        {{.default_port = 80, .dedup = true, .only = 4},
         "10.0.0.1 10.0.0.1 10.0.0.1 10.1.1.1 11.2.4.4 10.0.0.9 ", 22, 3, 2, 0},
        {{.default_port = 80, .dedup = true, .only = 6}, "2001:2::1 ", 22, 1, 9, 0},
        {{.default_port = 80, .dedup = true, .max_targets = 2}, "10.0.0.1 10.0.0.1 ", 4, 2, 0, 0},
        {{.default_port = 80, .max_targets = 3}, "10.0.0.1 10.0.0.1 10.0.0.1 ", 3, 0, 0, 0},
        {{.dedup = true}, "10.0.0.1 10.0.0.1 ", 22, 1, 0, 0}, /* a line without a port is invalid */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[4096];
        struct pp_target_counts n = feed(nasty, rows[i].c, out);
        assert_string_equal(out, rows[i].out);
        assert_int_equal(n.read, rows[i].read);
        assert_int_equal(n.duplicate, rows[i].duplicate);
        assert_int_equal(n.other_family, rows[i].other_family);
        assert_int_equal(n.no_route, rows[i].no_route);
    }
}

static const char *needs_domain(const char *domain)
{
    return domain ? strcmp(domain, "bad") == 0 ? "domain is bad" : NULL : "no domain";
}

/* A line whose domain the conversation cannot ask for is invalid. */
static void unfit_domains(void **state)
{
    struct pp_feeder_config c = {.vantage = &both, .default_port = 53, .unfit = needs_domain};
    char out[4096];
    struct pp_target_counts n = feed("{\"dip\":\"10.0.0.1\"}\n{\"dip\":\"10.0.0.2\",\"domain\":\"good\"}\n"
                                     "{\"dip\":\"10.0.0.3\",\"domain\":\"bad\"}\n", c, out);

    (void)state;
    assert_string_equal(out, "10.0.0.2 ");
    assert_int_equal(n.read, 3);
    assert_int_equal(n.invalid_line, 2);
}

static void other_forms(void **state)
{
    struct pp_feeder_config c = {.vantage = &both, .default_port = 80, .dedup = true};
    static char long_line[PP_LINE_MAX + 100];
    char out[4096];
    struct pp_target_counts n;

    (void)state;
    n = feed("", c, out);
    assert_int_equal(n.read, 0);
    n = feed("# only\n\n# comments", c, out);
    assert_int_equal(n.read, 0);
    n = feed("ip,port,name\n10.0.0.1,80,a\n1,a.example\n", c, out);
    assert_string_equal(out, "10.0.0.1 ");
    assert_int_equal(n.read, 2);
    assert_int_equal(n.invalid_line, 1);
    n = feed("dip,note\n10.0.0.1,\"two\nlines\"\n10.0.0.2,\"open\n10.0.0.4,x\n", c, out);
    assert_string_equal(out, "10.0.0.1 10.0.0.4 ");
    assert_int_equal(n.read, 3);
    n = feed("10.0.0.1,80\n10.0.0.1,81\n", c, out);
    assert_string_equal(out, "10.0.0.1 10.0.0.1 ");
    n = feed("10.0.0.1\n# x\n10.0.0.2:81 # y\nwww.example\n10.0.0.1:80\n", c, out);
    assert_string_equal(out, "10.0.0.1 10.0.0.2 ");
    assert_int_equal(n.read, 4);
    assert_int_equal(n.duplicate, 1);
    memset(long_line, 'x', sizeof long_line - 1);
    memcpy(long_line + sizeof long_line - 11, "\n10.0.0.1\n", 10);
    n = feed(long_line, c, out);
    assert_string_equal(out, "10.0.0.1 ");
    assert_int_equal(n.read, 2);
    assert_int_equal(n.invalid_line, 1);
}

/* A list of which no line is a target is an error; an empty list is not. */
static void no_list_of_targets(void **state)
{
    static const struct {
        const char *content;
        bool failed;
    } rows[] = {
        {"", false},
        {"# a comment\n\n", false},
        {"dip,dp,domain\n", false},
        {"a.example\nb.example\n", true},
        {"a.example\n10.0.0.1\n", false},
        {"domain\na.example\n", true},
        {"1,a.example\n", true},
        {"host,port\n10.0.0.1,80\n", true},
        {"\"ip\"\n\"10.0.0.1\"\n", false},
        {"https://a.example/\n", true},
        {"10.0.0.0/24\n", true},
        {"{\"ip\":\"10.0.0.1\"}\n", true},
        {"{\"domain\":\"a.example\"}\n", true},
        {"11.0.0.1\n", false}, /* a target, and blocked */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_feeder_config c = {.vantage = &both, .default_port = 80};
        struct pp_feeder *f;
        struct pp_target *t;
        char path[64];

        file_of(rows[i].content, path);
        c.input = pp_input_open(path);
        c.blocklist = blocklist();
        f = pp_feeder_new(&c);
        assert_non_null(f);
        while ((t = pp_feeder_next(f)))
            free(t);
        assert_false(pp_feeder_failed(f));
        pp_feeder_finish(f);
        if (pp_feeder_failed(f) != rows[i].failed)
            fail_msg("'%s'", rows[i].content);
        pp_feeder_free(f);
        pp_input_free(c.input);
        pp_blocklist_free(c.blocklist);
        unlink(path);
    }
}

/* Each target is in exactly one shard, and every feeder computes the same one. */
static void shards(void **state)
{
    char list[8192], out[4096];
    uint64_t sum = 0;
    size_t at = 0;

    (void)state;
    for (int i = 0; i < 200; i++)
        at += (size_t)snprintf(list + at, sizeof list - at, "10.0.1.%d\n", i);
    for (uint64_t k = 1; k <= 4; k++) {
        struct pp_feeder_config c = {.vantage = &both, .default_port = 80, .dedup = true, .shard_k = k, .shard_n = 4};
        struct pp_target_counts n = feed(list, c, out);
        assert_int_equal(n.read, 200);
        assert_in_range(n.sampled_out, 120, 180);
        sum += 200 - n.sampled_out;
    }
    assert_int_equal(sum, 200);
}

/* A shard has both addresses of a pair or none; a target without a valid pair is assigned by its address. */
static void shards_of_pairs(void **state)
{
    char list[16384], out[4096];
    uint64_t sum = 0;
    size_t at = 0;

    (void)state;
    for (int i = 0; i < 100; i++)
        at += (size_t)snprintf(list + at, sizeof list - at,
                               "{\"dip\":\"10.0.1.%d\",\"pair\":\"%x\"}\n{\"pair\":\"%x\",\"dip\":\"10.0.2.%d\"}\n",
                               i, i, i, i);
    for (uint64_t k = 1; k <= 4; k++) {
        struct pp_feeder_config c = {.vantage = &both, .default_port = 80, .dedup = true, .shard_k = k, .shard_n = 4};
        const char *p = out;
        unsigned a, b;
        int n;
        feed(list, c, out);
        for (; sscanf(p, "10.0.1.%u 10.0.2.%u %n", &a, &b, &n) == 2; p += n, sum += 2)
            assert_int_equal(a, b);
        assert_int_equal(*p, '\0');
    }
    assert_int_equal(sum, 200);
    for (uint64_t k = 1; k <= 2; k++) {
        struct pp_feeder_config c = {.vantage = &both, .default_port = 80, .shard_k = k, .shard_n = 2};
        struct pp_target_counts n = feed("{\"dip\":\"10.0.1.1\"}\n{\"dip\":\"10.0.1.1\",\"pair\":\"\"}\n"
                                         "{\"dip\":\"10.0.1.1\",\"pair\":7}\n"
                                         "{\"dip\":\"10.0.1.1\",\"info\":{\"pair\":\"x\"}}\n",
                                         c, out);
        assert_true(n.sampled_out == 0 || n.sampled_out == 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up),
        cmocka_unit_test(unfit_domains), cmocka_unit_test(variations),
        cmocka_unit_test(other_forms),
        cmocka_unit_test(no_list_of_targets),
        cmocka_unit_test(shards), cmocka_unit_test(shards_of_pairs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
