/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_blocklist.c: blocklist and allowlist: look-ups, and rereading from other directories, with faults, and during
 * look-ups of other threads.
 */
#include "../../core/base/json.h"
#include "../../core/targets/blocklist.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static char directory[] = "/tmp/test_blocklist.XXXXXX";

static int enter(void **state)
{
    (void)state;
    return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    return chdir("/") == 0 && rmdir(directory) == 0 ? 0 : -1;
}

/* Writes a new file and renames it, as the manual says. */
static void put(const char *name, const char *content)
{
    FILE *f = fopen("aside", "w");

    assert_non_null(f);
    assert_true(fputs(content, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(rename("aside", name), 0);
}

static bool blocks(struct pp_blocklist *l, const char *text)
{
    struct pp_addr a;

    assert_int_equal(pp_addr_parse(&a, text, strlen(text)), 0);
    return pp_blocklist_block(l, &a);
}

static bool blocks_now(struct pp_blocklist *l, const char *text)
{
    struct pp_addr a;

    assert_int_equal(pp_addr_parse(&a, text, strlen(text)), 0);
    return pp_blocklist_block_now(l, &a);
}

/* The longer prefix decides, between equals the allowlist; special-purpose ranges are blocked if that is asked. */
static void both_lists(void **state)
{
    static const struct {
        const char *addr;
        bool special, plain;
    } rows[] = {
        {"9.1.0.1", true, true},    {"9.1.1.1", false, false}, {"9.1.1.9", true, true}, {"9.2.0.1", false, false},
        {"9.3.0.1", false, false},  {"127.0.0.1", true, false}, {"10.1.2.3", false, false}, {"10.2.0.0", true, false},
        {"2606::1", true, true},
    };
    struct pp_blocklist *with, *without;

    (void)state;
    put("block", "9.1.0.0/16\n9.2.0.0/16\n9.1.1.9\n2606::/16\n");
    put("allow", "9.1.1.0/24\n9.2.0.0/16\n10.1.0.0/16\n");
    with = pp_blocklist_open("block", "allow", true);
    without = pp_blocklist_open("block", "allow", false);
    assert_non_null(with);
    assert_non_null(without);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(blocks(with, rows[i].addr), rows[i].special);
        assert_int_equal(blocks(without, rows[i].addr), rows[i].plain);
    }
    pp_blocklist_free(with);
    pp_blocklist_free(without);
    assert_null(pp_blocklist_open("block", "none", true));
    put("block", "9.1.0.0/16\nexample.com\n");
    assert_null(pp_blocklist_open("block", NULL, true));
    unlink("block");
    unlink("allow");
}

/* A user's allowlist never unblocks what the site blocks; only the site's allowlist excepts addresses from it. */
static void of_the_site(void **state)
{
    static const struct {
        const char *addr;
        enum pp_blocklist_says verdict;
    } rows[] = {
        {"9.1.0.1", PP_BLOCKLIST_SITE_BLOCKS},
        {"9.1.1.1", PP_BLOCKLIST_SITE_BLOCKS}, /* allowed by the user, without effect */
        {"9.1.2.1", PP_BLOCKLIST_PASS},        /* allowed by the site */
        {"9.2.0.1", PP_BLOCKLIST_BLOCK},
        {"9.2.1.1", PP_BLOCKLIST_PASS},
        {"9.2.2.1", PP_BLOCKLIST_PASS},
        {"9.3.0.1", PP_BLOCKLIST_BLOCK},
        {"9.4.0.1", PP_BLOCKLIST_PASS},
        {"10.1.0.1", PP_BLOCKLIST_SITE_BLOCKS}, /* special, allowed, and blocked by the site */
        {"10.2.0.1", PP_BLOCKLIST_PASS},
        {"10.3.0.1", PP_BLOCKLIST_PASS},
        {"10.4.0.1", PP_BLOCKLIST_BLOCK},
        {"64:ff9b::9.1.0.1", PP_BLOCKLIST_SITE_BLOCKS},
    };
    static const char *const names[] = {"site_allow", "block", "block2", "allow"};
    struct pp_blocklist *l;

    (void)state;
    put("site", "9.1.0.0/16\n10.1.0.0/16\n");
    put("site_allow", "9.1.2.0/24\n9.2.2.0/24\n10.3.0.0/16\n");
    put("block", "9.2.0.0/16\n");
    put("block2", "9.3.0.0/16\n");
    put("allow", "9.1.1.0/24\n9.2.1.0/24\n10.1.0.0/16\n10.2.0.0/16\n");
    l = pp_blocklist_new(true);
    assert_non_null(l);
    assert_int_equal(pp_blocklist_add(l, PP_LIST_SITE_BLOCK, "site"), 0);
    assert_int_equal(pp_blocklist_add(l, PP_LIST_SITE_ALLOW, "site_allow"), 0);
    assert_int_equal(pp_blocklist_add(l, PP_LIST_BLOCK, "block"), 0);
    assert_int_equal(pp_blocklist_add(l, PP_LIST_BLOCK, "block2"), 0);
    assert_int_equal(pp_blocklist_add(l, PP_LIST_BLOCK, "block"), 0);
    assert_int_equal(pp_blocklist_add(l, PP_LIST_ALLOW, "allow"), 0);
    assert_int_equal(pp_blocklist_add(l, PP_LIST_ALLOW, NULL), 0);
    for (int times = 0; times < 2; times++) {
        for (size_t i = 0; i < COUNT(rows); i++) {
            struct pp_addr a;
            assert_int_equal(pp_addr_parse(&a, rows[i].addr, strlen(rows[i].addr)), 0);
            if (pp_blocklist_verdict(l, &a) != rows[i].verdict)
                fail_msg("%s", rows[i].addr);
            assert_int_equal(pp_blocklist_block(l, &a), rows[i].verdict != PP_BLOCKLIST_PASS);
        }
        assert_int_equal(pp_blocklist_again(l), 0);
    }
    unlink("site");
    assert_int_equal(pp_blocklist_again(l), -1);
    assert_true(blocks_now(l, "9.1.0.1"));
    pp_blocklist_free(l);
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(names[i]);
}

/* blocklist_sha256 of what pp_blocklist_json writes; "": null. */
static void sha256_of(const struct pp_blocklist *l, char hex[65])
{
    struct pp_buf text;
    struct pp_json j;
    const char *at;

    pp_buf_init(&text, 65536);
    pp_json_init(&j, &text);
    pp_blocklist_json(l, &j);
    pp_buf_addc(&text, '\0');
    assert_false(text.failed);
    assert_non_null(strstr(text.data, "\"lists\":[{\"option\":\"blocklist\",\"file\":\""));
    at = strstr(text.data, "\"blocklist_sha256\":");
    assert_non_null(at);
    if (sscanf(at, "\"blocklist_sha256\":\"%64[0-9a-f]\"", hex) != 1)
        hex[0] = '\0';
    pp_buf_release(&text);
}

static void read_again(void **state)
{
    char before[65], after[65];
    struct pp_blocklist *l;

    (void)state;
    put("block", "9.1.0.0/16\n");
    l = pp_blocklist_open("block", NULL, true);
    assert_non_null(l);
    sha256_of(l, before);
    assert_int_equal(strlen(before), 64);
    assert_true(blocks(l, "9.1.0.1"));
    assert_false(blocks_now(l, "9.1.0.1")); /* nothing was read again */

    assert_int_equal(chdir("/"), 0); /* the name stays relative to the first directory */
    assert_int_equal(pp_blocklist_again(l), 0);
    assert_true(blocks_now(l, "9.1.0.1"));
    sha256_of(l, after);
    assert_string_equal(before, after);
    assert_int_equal(chdir(directory), 0);

    put("block", "9.2.0.0/16\n");
    assert_int_equal(pp_blocklist_again(l), 0);
    assert_false(blocks_now(l, "9.1.0.1"));
    assert_true(blocks_now(l, "9.2.0.1"));
    assert_true(blocks_now(l, "127.0.0.1"));
    sha256_of(l, after);
    assert_string_not_equal(before, after);
    pp_blocklist_free(l);
    unlink("block");
}

static void make_fifo(const char *name)
{
    assert_int_equal(mkfifo(name, 0600), 0);
}

static void make_directory(const char *name)
{
    assert_int_equal(mkdir(name, 0700), 0);
}

static void make_bad(const char *name)
{
    put(name, "9.2.0.0/16\n9.3.0.0/33\n");
}

static void make_damaged(const char *name)
{
    put(name, "\x1f\x8b\x08 this is no gzip\n");
}

/* An error in one of the files leaves both lists as they were. */
static void faults(void **state)
{
    void (*const make[])(const char *) = {NULL, make_fifo, make_directory, make_bad, make_damaged};
    char before[65], after[65];

    (void)state;
    for (size_t i = 0; i < COUNT(make); i++) {
        put("block", "9.1.0.0/16\n");
        put("allow", "9.1.1.0/24\n");
        struct pp_blocklist *l = pp_blocklist_open("block", "./allow", true);
        assert_non_null(l);
        sha256_of(l, before);
        put("block", "9.2.0.0/16\n");
        unlink("allow");
        if (make[i])
            make[i]("allow");
        assert_int_equal(pp_blocklist_again(l), -1);
        sha256_of(l, after);
        assert_string_equal(before, after);
        assert_true(blocks(l, "9.1.0.1"));
        assert_false(blocks(l, "9.1.1.1"));
        assert_false(blocks(l, "9.2.0.1"));
        assert_false(blocks_now(l, "9.1.0.1"));
        remove("allow");
        put("allow", "");
        assert_int_equal(pp_blocklist_again(l), 0); /* mended */
        assert_true(blocks_now(l, "9.2.0.1"));
        pp_blocklist_free(l);
        unlink("block");
        unlink("allow");
    }
}

/* A list that came through a pipe cannot be read again; the run keeps it. */
static void from_a_pipe(void **state)
{
    static const char text[] = "9.1.0.0/16\n";
    char path[32], hex[65];
    struct pp_blocklist *l;
    int fd[2];

    (void)state;
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(write(fd[1], text, sizeof text - 1), sizeof text - 1);
    close(fd[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", fd[0]);
    l = pp_blocklist_open(path, NULL, true);
    assert_non_null(l);
    sha256_of(l, hex);
    assert_string_equal(hex, "");
    assert_int_equal(pp_blocklist_again(l), -1);
    assert_true(blocks(l, "9.1.0.1"));
    pp_blocklist_free(l);
    close(fd[0]);
}

struct watcher {
    struct pp_blocklist *blocklist;
    _Atomic bool *stop;
    uint64_t looks;
};

/* At any moment one of the two lists is in force, as a whole: 9.0.0.0/16 is in both. */
static void *look(void *arg)
{
    struct watcher *w = arg;
    struct pp_addr a;
    uint64_t wrong = 0;

    pp_addr_parse(&a, "9.0.0.1", 7);
    while (!atomic_load(w->stop) || !w->looks) {
        wrong += !pp_blocklist_block(w->blocklist, &a);
        (void)pp_blocklist_block_now(w->blocklist, &a);
        w->looks++;
    }
    return wrong ? w : NULL;
}

static void threads(void **state)
{
    _Atomic bool stop = false;
    struct watcher w[3];
    pthread_t thread[COUNT(w)];
    struct pp_blocklist *l;

    (void)state;
    put("block", "9.0.0.0/16\n");
    l = pp_blocklist_open("block", NULL, true);
    assert_non_null(l);
    for (size_t i = 0; i < COUNT(w); i++) {
        w[i] = (struct watcher){l, &stop, 0};
        assert_int_equal(pthread_create(&thread[i], NULL, look, &w[i]), 0);
    }
    for (int i = 0; i < 200; i++) {
        put("block", i & 1 ? "9.0.0.0/16\n" : "9.0.0.0/16\n9.1.0.0/16\n");
        assert_int_equal(pp_blocklist_again(l), 0);
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < COUNT(w); i++) {
        void *wrong;
        pthread_join(thread[i], &wrong);
        assert_null(wrong);
        assert_true(w[i].looks > 0);
    }
    pp_blocklist_free(l);
    unlink("block");
}

/*
 * IPv4 within IPv6 is blocked as it is when written plainly; what carries it must be allowed, too. Teredo: 8.8.8.8 as
 * the client, then as the server of 9.9.9.9.
 */
static void embedded_ipv4(void **state)
{
    static const struct {
        const char *addr;
        bool blocked, after; /* the files were read again */
    } rows[] = {
        {"::ffff:8.8.8.8", true, false},        {"64:ff9b::8.8.8.8", true, false},    {"64:ff9b::9.9.9.9", false, true},
        {"64:ff9b::10.0.0.1", true, true},      {"64:ff9b::127.0.0.1", true, true},
        {"64:ff9b::10.1.0.1", false, true},
        {"64:ff9b:1::8.8.8.8", true, false},    {"64:ff9b:1::9.9.9.9", false, true},
        {"2002:909:909::1", true, true},
        {"64:ff9b:2::8.8.8.8", false, false},   {"2002:808:808::1", true, true},
        {"64:ff9b:1:808:8:800::", true, false},
        {"2001:0:909:909:8000:63bf:f7f7:f7f7", true, true}, {"2001:0:808:808:8000:63bf:f6f6:f6f6", true, true},
        {"2001:0:101:101:8000:63bf:f6f6:f6f6", false, true},
    };
    struct pp_blocklist *l;

    (void)state;
    put("block", "8.8.8.0/24\n");
    put("allow", "64:ff9b:1::/48\n2001::/32\n10.1.0.0/16\n");
    l = pp_blocklist_open("block", "allow", true);
    assert_non_null(l);
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (blocks(l, rows[i].addr) != rows[i].blocked)
            fail_msg("%s", rows[i].addr);
    }
    put("block", "9.9.9.0/24\n10.1.0.0/24\n");
    assert_int_equal(pp_blocklist_again(l), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (blocks_now(l, rows[i].addr) != rows[i].after)
            fail_msg("%s, read again", rows[i].addr);
    }
    pp_blocklist_free(l);
    unlink("block");
    unlink("allow");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_lists),
        cmocka_unit_test(of_the_site),
        cmocka_unit_test(embedded_ipv4), cmocka_unit_test(read_again), cmocka_unit_test(faults),
        cmocka_unit_test(from_a_pipe), cmocka_unit_test(threads),
    };

    unsetenv("PATHPROBE_ALLOW");
    return cmocka_run_group_tests(tests, enter, leave);
}
