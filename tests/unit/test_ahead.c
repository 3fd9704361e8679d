/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ahead.c: a list is counted while another thread reads it: by the same rules, without messages, from its present
 * position.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../core/targets/ahead.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

static const char list[] = "192.0.2.1\nnonsense\n# a comment\n\n192.0.2.2\n192.0.2.2\n2001:db8::1\n10.0.0.1:443\n";

static int file_of(const char *text)
{
    int fd = memfd_create("list", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

/* Counts the targets of PATH; PRINTED gets the messages printed meanwhile. */
static uint64_t counted(const struct pp_feeder_config *c, const char *path, char *printed, size_t size)
{
    int ends[2], keep = dup(STDERR_FILENO);
    struct pp_ahead *a = pp_ahead_open(c, path);
    uint64_t total = 0;
    ssize_t n;

    assert_non_null(a);
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    dup2(ends[1], STDERR_FILENO);
    pp_ahead_start(a);
    while (!pp_ahead_total(a, &total))
        sched_yield();
    dup2(keep, STDERR_FILENO);
    close(keep);
    n = read(ends[0], printed, size - 1);
    printed[n > 0 ? n : 0] = '\0';
    close(ends[0]);
    close(ends[1]);
    pp_ahead_free(a);
    return total;
}

/* A list as a file with a name. */
static const char *path_of(int fd)
{
    static char path[40];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return path;
}

static void lines_are_counted_as_the_feeder_does(void **state)
{
    struct pp_feeder_config c = {.default_port = 80, .dedup = true, .max_targets = 1};
    int fd = file_of(list);
    char printed[256];

    (void)state;
    c.blocklist = pp_blocklist_open(NULL, NULL, false);
    assert_non_null(c.blocklist);
    assert_int_equal(counted(&c, path_of(fd), printed, sizeof printed), 5); /* one twice: the run itself finds that */
    assert_string_equal(printed, "");
    c.only = 6;
    assert_int_equal(counted(&c, path_of(fd), printed, sizeof printed), 1);
    pp_blocklist_free(c.blocklist);
    close(fd);
}

/* Standard input is counted from its present offset on, and keeps that offset for the run. */
static void counted_from_the_present_offset(void **state)
{
    struct pp_feeder_config c = {.default_port = 80};
    int keep = dup(STDIN_FILENO), fd = file_of(list);
    char printed[256];

    (void)state;
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(lseek(fd, 10, SEEK_SET), 10);
    c.blocklist = pp_blocklist_open(NULL, NULL, false);
    assert_non_null(c.blocklist);
    assert_int_equal(counted(&c, NULL, printed, sizeof printed), 4);
    assert_int_equal(lseek(STDIN_FILENO, 0, SEEK_CUR), 10);
    pp_blocklist_free(c.blocklist);
    dup2(keep, STDIN_FILENO);
    close(keep);
    close(fd);
}

static void no_pipe(void **state)
{
    struct pp_feeder_config c = {.default_port = 80};
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_null(pp_ahead_open(&c, path_of(ends[0])));
    assert_null(pp_ahead_open(&c, "/no/such/list"));
    close(ends[0]);
    close(ends[1]);
}

/* A run that ends before its list was counted. */
static void stopped(void **state)
{
    struct pp_feeder_config c = {.default_port = 80};
    int fd = file_of(list);

    (void)state;
    c.blocklist = pp_blocklist_open(NULL, NULL, false);
    assert_non_null(c.blocklist);
    struct pp_ahead *a = pp_ahead_open(&c, path_of(fd));
    assert_non_null(a);
    pp_ahead_start(a);
    pp_ahead_free(a);
    pp_ahead_free(NULL);
    pp_blocklist_free(c.blocklist);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_counted_as_the_feeder_does),
        cmocka_unit_test(counted_from_the_present_offset),
        cmocka_unit_test(no_pipe),
        cmocka_unit_test(stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
