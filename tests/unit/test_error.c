/* SPDX-License-Identifier: BSD-2-Clause */
/* test_error.c: messages on stderr: wording, -q and -v, and that hostile text cannot control a terminal. */
#include "../../core/base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char seen[1 << 16];
static int saved_stderr, pipe_out;

/* A message fits into a pipe, so one thread can write and then read it. */
static void catch_begin(void)
{
    int p[2];

    assert_int_equal(pipe(p), 0);
    saved_stderr = dup(2);
    assert_int_equal(dup2(p[1], 2), 2);
    close(p[1]);
    pipe_out = p[0];
}

static const char *catch_end(void)
{
    size_t len = 0;
    ssize_t n;

    assert_int_equal(dup2(saved_stderr, 2), 2);
    close(saved_stderr);
    while ((n = read(pipe_out, seen + len, sizeof seen - 1 - len)) > 0)
        len += (size_t)n;
    close(pipe_out);
    seen[len] = '\0';
    return seen;
}

static void messages_have_their_form(void **state)
{
    (void)state;
    catch_begin();
    assert_int_equal(pp_error("cannot open '%s'", "x"), -1);
    errno = ENOENT;
    assert_int_equal(pp_error_errno("cannot open '%s'", "y"), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(pp_hint("try %d", 1), -1);
    pp_warn("odd");
    pp_verbose("not shown");
    assert_string_equal(catch_end(), "pathprobe: cannot open 'x'\n"
                                     "pathprobe: cannot open 'y': No such file or directory\n"
                                     "hint: try 1\n"
                                     "pathprobe: warning: odd\n");
}

static void quiet_swallows_warnings_and_their_hints_alone(void **state)
{
    (void)state;
    pp_quiet = 1;
    pp_verbosity = 1;
    catch_begin();
    pp_warn("odd");
    pp_hint("of the warning");
    pp_error("bad");
    pp_hint("of the error");
    pp_verbose("shown");
    pp_quiet = pp_verbosity = 0;
    assert_string_equal(catch_end(), "pathprobe: bad\nhint: of the error\npathprobe: shown\n");
}

static void control_characters_are_escaped(void **state)
{
    (void)state;
    catch_begin();
    pp_error("%s", "a\033[2J\n\r\t\x7f\xc2\x9b z\xff\xc3 \xc3\xa9\xe2\x82\xac");
    assert_string_equal(catch_end(),
                        "pathprobe: a\\x1b[2J\\x0a\\x0d\\x09\\x7f\\xc2\\x9b z\\xff\\xc3 \xc3\xa9\xe2\x82\xac\n");
}

static void text_that_is_no_message_is_escaped_too(void **state)
{
    char escaped[16];

    (void)state;
    catch_begin();
    pp_say(stderr, "%s: done", "a\033[2J");
    assert_string_equal(catch_end(), "a\\x1b[2J: done\n");
    assert_int_equal(pp_escape(escaped, sizeof escaped, "\033\xc3\xa9", 3), 3);
    assert_string_equal(escaped, "\\x1b\xc3\xa9");
    /* An escape or a character that does not fit is left out as a whole. */
    assert_int_equal(pp_escape(escaped, 6, "ab\033", 3), 2);
    assert_string_equal(escaped, "ab");
    assert_int_equal(pp_escape(escaped, 4, "ab\xe2\x82\xac", 5), 2);
    assert_string_equal(escaped, "ab");
}

static void long_messages_are_cut_in_one_line(void **state)
{
    static char text[20000];

    (void)state;
    for (int c = 1; c < 128; c += 96) { /* one that needs escaping, one that does not */
        const char *out;
        memset(text, c, sizeof text - 1);
        catch_begin();
        errno = ENOENT;
        pp_error_errno("%s", text);
        out = catch_end();
        assert_true(strlen(out) > 4000 && strlen(out) < 10000);
        assert_string_equal(out + strlen(out) - 4, "...\n");
        assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
    }
}

static void clear_line(void)
{
    assert_int_equal(write(2, "<clear>", 7), 7);
}

static void the_status_line_is_cleared_first(void **state)
{
    (void)state;
    pp_error_before = clear_line;
    catch_begin();
    pp_error("bad");
    pp_error_before = NULL;
    assert_string_equal(catch_end(), "<clear>pathprobe: bad\n");
}

static void a_bug_says_where_and_aborts(void **state)
{
    int status;
    pid_t pid;

    (void)state;
    catch_begin();
    pid = fork();
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL);
        pp_bug("some/file.c", 12, "%d is not %d", 1, 2);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_string_equal(catch_end(), "pathprobe: bug at some/file.c:12: 1 is not 2\n");
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_have_their_form),
        cmocka_unit_test(quiet_swallows_warnings_and_their_hints_alone),
        cmocka_unit_test(control_characters_are_escaped),
        cmocka_unit_test(text_that_is_no_message_is_escaped_too),
        cmocka_unit_test(long_messages_are_cut_in_one_line),
        cmocka_unit_test(the_status_line_is_cleared_first),
        cmocka_unit_test(a_bug_says_where_and_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
