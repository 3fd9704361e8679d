/* SPDX-License-Identifier: BSD-2-Clause */
/* test_broker.c: the commands that a broker starts and refuses, and its reports of their end. */
#include "../../core/base/broker.h"

#include "../../core/base/error.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs ARGV, which is not started, and checks that exactly one message is printed and holds WHY. */
static void is_refused(struct pp_broker *l, const char *const *argv, const int *fds, int nfds, const char *why)
{
    char name[] = "/tmp/test_broker.XXXXXX", text[512] = "";
    int file = mkstemp(name), before = dup(STDERR_FILENO);
    pid_t pid;

    assert_true(file >= 0 && before >= 0);
    unlink(name);
    dup2(file, STDERR_FILENO);
    pid = pp_broker_run(l, argv, fds, nfds);
    dup2(before, STDERR_FILENO);
    close(before);
    assert_true(pread(file, text, sizeof text - 1, 0) > 0);
    close(file);
    if (pid != -1 || !strstr(text, why) || strchr(text, '\n') != text + strlen(text) - 1)
        fail_msg("wanted '%s', got pid %d and '%s'", why, (int)pid, text);
}

/* Each cause for which a command is not started has its own message. */
static void causes(void **state)
{
    static const char *const commands[] = {"measure", NULL}, *const options[] = {"rate", NULL};
    static const char *const other[] = {"upload", NULL}, *const waiting[] = {"measure", "wait", NULL};
    static const char *many[PP_BROKER_ARGS + 2], *longest[3] = {"measure"};
    static char text[PP_BROKER_TEXT];
    const struct pp_broker_rules rules = {commands, options, NULL};
    struct pp_broker *l = pp_broker_start(&rules);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), fds[PP_BROKER_FDS + 1], hold[2];

    (void)state;
    assert_non_null(l);
    assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
    for (int i = 0; i <= PP_BROKER_FDS; i++)
        fds[i] = null;
    for (unsigned i = 0; i < PP_BROKER_ARGS + 1; i++)
        many[i] = i ? "x" : "measure";
    memset(text, 'x', sizeof text - 1);
    longest[1] = text;
    is_refused(l, other, fds, 3, "do not permit");
    is_refused(l, waiting, fds, 2, "do not permit");
    is_refused(l, many, fds, 3, "more than 256 arguments");
    is_refused(l, longest, fds, 3, "longer than 49152 bytes");
    is_refused(l, waiting, fds, PP_BROKER_FDS + 1, "9 descriptors, more than 8");
    fds[0] = hold[0];
    for (unsigned i = 0; i < PP_BROKER_CHILDREN; i++)
        assert_true(pp_broker_run(l, waiting, fds, 3) > 0);
    is_refused(l, waiting, fds, 3, "16 are running already");
    close(hold[1]);
    close(hold[0]);
    fds[0] = null;
    shutdown(pp_broker_fd(l), SHUT_RDWR);
    is_refused(l, waiting, fds, 3, "has ended");
    pp_broker_free(l);
    close(null);
}

/* Commands that the broker starts or refuses. The program that it starts is this test, which ends at once: see main. */
static void broker(void **state)
{
    static const char *const commands[] = {"measure", NULL};
    static const char *const options[] = {"rate", "status=/dev/fd/3", "metadata=/dev/fd/4", NULL};
    static const char *const good[] = {"measure", "ecn", "--rate=5", NULL}, *const command[] = {"upload", "x", NULL};
    static const char *const option[] = {"measure", "ecn", "--output=/etc/x", NULL};
    static const char *const letter[] = {"measure", "-o", NULL}, *const rest[] = {"measure", "--", "x", NULL};
    static const char *const files[][4] = {
        {"measure", "--metadata=/etc/x"},      {"measure", "--metadata=/dev/fd/../../etc/x"},
        {"measure", "--metadata=/dev/fd/3"},   {"measure", "--metadata"},
        {"measure", "--status=/dev/fd/33"},    {"measure", "--status=/etc/x"},
        {"measure", "--metadata", "/etc/x"},   {"measure", "--rat=5"},
    };
    static const char *const own[] = {"measure", "--metadata=/dev/fd/4", "--status=/dev/fd/3", NULL};
    const struct pp_broker_rules rules = {commands, options, NULL};
    struct pp_broker *l = pp_broker_start(&rules);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), fds[3] = {null, null, null};
    struct pp_broker_end end;
    struct pollfd p;
    pid_t pid;

    (void)state;
    assert_non_null(l);
    pp_error_muted = true;
    assert_int_equal(pp_broker_run(l, command, fds, 3), -1);
    assert_int_equal(pp_broker_run(l, option, fds, 3), -1);
    assert_int_equal(pp_broker_run(l, letter, fds, 3), -1);
    assert_int_equal(pp_broker_run(l, rest, fds, 3), -1);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_int_equal(pp_broker_run(l, files[i], fds, 3), -1);
    pp_error_muted = false;
    assert_true(pp_broker_run(l, own, fds, 3) > 0);
    p = (struct pollfd){.fd = pp_broker_fd(l), .events = POLLIN};
    assert_int_equal(poll(&p, 1, -1), 1);
    assert_int_equal(pp_broker_ended(l, &end), 1);
    pid = pp_broker_run(l, good, fds, 3);
    assert_true(pid > 0);
    p = (struct pollfd){.fd = pp_broker_fd(l), .events = POLLIN};
    assert_int_equal(poll(&p, 1, -1), 1);
    assert_int_equal(pp_broker_ended(l, &end), 1);
    assert_int_equal(end.pid, pid);
    assert_int_equal(end.status, 42 << 8);
    assert_int_equal(pp_broker_ended(l, &end), 0);
    pp_broker_free(l);
    close(null);
}

/* The started command can open its descriptor 3 anew as /dev/fd/3, with its own rights. */
static void descriptors(void **state)
{
    static const char *const commands[] = {"measure", NULL}, *const options[] = {"status=/dev/fd/3", NULL};
    static const char *const argv[] = {"measure", "--status=/dev/fd/3", NULL};
    const struct pp_broker_rules rules = {commands, options, NULL};
    struct pp_broker *l = pp_broker_start(&rules);
    char name[] = "/tmp/test_broker.XXXXXX";
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), both = mkstemp(name), pair[2];
    int reads = open(name, O_RDONLY | O_CLOEXEC), writes = open(name, O_WRONLY | O_CLOEXEC);
    const int refused[] = {reads, writes, null};
    pid_t pid;

    (void)state;
    unlink(name);
    assert_non_null(l);
    assert_true(both >= 0 && reads >= 0 && writes >= 0 && pipe2(pair, O_CLOEXEC) == 0);
    pp_error_muted = true;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_int_equal(pp_broker_run(l, argv, (int[]){null, null, null, refused[i]}, 4), -1);
    pp_error_muted = false;
    for (int i = 0; i < 2; i++) {
        pid = pp_broker_run(l, argv, (int[]){null, null, null, i ? pair[1] : both}, 4);
        assert_true(pid > 0);
        assert_int_equal(pp_broker_wait(l, pid), 0);
    }
    pp_broker_free(l);
    for (size_t i = 0; i < 2; i++)
        close(pair[i]);
    close(both);
    close(reads);
    close(writes);
    close(null);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(broker), cmocka_unit_test(descriptors),
                                       cmocka_unit_test(causes)};
    char byte;

    if (argc >= 3 && strcmp(argv[argc - 1], "--status=/dev/fd/3") == 0)
        return 0;
    if (argc == 4 && strcmp(argv[0], "pathprobe") == 0 && strcmp(argv[1], "measure") == 0 &&
        strcmp(argv[3], "--rate=5") == 0)
        return 42;
    if (argc == 3 && strcmp(argv[0], "pathprobe") == 0 && strcmp(argv[2], "wait") == 0)
        return read(STDIN_FILENO, &byte, 1) == 0 ? 0 : 1; /* until the test closes the other end */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
