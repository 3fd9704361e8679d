/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_torture.c: a small campaign in virtual time, again and again, with allocation n failing, n = 1, 2, 3, ... until
 * it passes. Each time it ends with an error that was said, or with lines that are right; under AddressSanitizer
 * nothing leaks. Linked with --wrap=malloc and its kin (Makefile); jansson is handed the same allocator. Not
 * libcurl: 7.88.1 divides by zero for want of memory.
 */
#define PP_STATIC_PLUGIN ecn
#include "../../plugins/ecn.c"

#include "rig.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

/* Single thread. */
static bool counting;
static uint64_t count, fail_at, fail_len; /* FAIL_LEN allocations from FAIL_AT on fail; FAIL_AT 0: none */

static bool refuse(void)
{
    if (!counting)
        return false;
    count++;
    return fail_at && count >= fail_at && count - fail_at < fail_len;
}

void *__wrap_malloc(size_t n)
{
    return refuse() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return refuse() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return refuse() ? NULL : __real_realloc(p, n);
}

/* Discards the hundreds of expected messages, which would hide others in a log. */
static void running(bool on)
{
    static int keep = -1;

    counting = false;
    if (on) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        keep = dup(STDERR_FILENO);
        dup2(null, STDERR_FILENO);
        close(null);
    } else {
        dup2(keep, STDERR_FILENO);
        close(keep);
    }
    counting = on;
}

/* The lab is not under test: a server without memory would be a silent one. */
static void outside(bool on)
{
    counting = !on;
}

/* A line of a working target states `works` or nothing. Returns the number of lines that state it. */
static uint64_t check(const struct rig *r, uint64_t targets)
{
    uint64_t works = 0;

    assert_true(r->nlines <= targets);
    for (size_t i = 0; i < r->nlines; i++) {
        const json_t *c = json_object_get(r->line[i], "conditions");
        bool valid = json_is_true(rig_at(r->line[i], "quality.valid"));

        if (valid)
            assert_true(rig_has(c, "ecn.connectivity.works"));
        else
            assert_true(json_array_size(c) == 1 && rig_has(c, "pathspider.not_observed"));
        works += valid;
    }
    return works;
}

/* One campaign. Returns the allocations it made. */
static uint64_t campaign(const char *mode, uint64_t at, uint64_t len, uint64_t *works)
{
    struct rig r;

    count = 0;
    fail_at = at;
    fail_len = len;
    rig_run(&r, &(struct rig_setup){.hosts = "\"server\": \"ecn\", \"delay_ms\": 10",
                                    .nhosts = 6,
                                    .mode = mode,
                                    .plugin = &pp_plugin_ecn,
                                    .pcap = true,
                                    .output_flows = true,
                                    .running = running,
                                    .outside = outside});
    counting = false;
    if (r.result != -2) {
        assert_true(r.lines_are_json);
        assert_int_equal(r.nlines, r.written);
    }
    if (r.result == 0)
        assert_int_equal(r.nlines + r.pending, r.taken);
    *works = check(&r, 6);
    rig_release(&r);
    return count;
}

static void torture(const char *mode)
{
    uint64_t works, total, runs = 0, passed = 0;

    total = campaign(mode, 0, 0, &works);
    assert_int_equal(works, 6);
    assert_true(total >= 100); /* else it is linked without --wrap */
    for (uint64_t n = 1; n <= total; n++, runs++) {
        campaign(mode, n, 1, &works);
        passed += works == 6;
    }
    for (uint64_t n = 1; n <= total; n += 1 + total / 50, runs++) /* no memory for a while, and for good */
        campaign(mode, n, runs % 2 ? 20 : UINT64_MAX, &works);
    print_message("%s: %llu allocations, %llu runs, %llu complete with one of them missing\n", mode,
                  (unsigned long long)total, (unsigned long long)runs, (unsigned long long)passed);
}

static void tcp(void **state)
{
    (void)state;
    torture("tcp");
}

static void http(void **state)
{
    (void)state;
    torture("http");
}

static int begin(void **state)
{
    (void)state;
    json_object_seed(1);
    json_set_alloc_funcs(malloc, free);
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}

static int end(void **state)
{
    (void)state;
    curl_global_cleanup();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tcp), cmocka_unit_test(http)};

    return cmocka_run_group_tests(tests, begin, end);
}
