/* SPDX-License-Identifier: BSD-2-Clause */
/* test_writer.c: the file has whole lines after faults of the disk, the pipe or the process. */
#include "../../core/stream/writer.h"

#include "../../core/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static char dir[64], path[128];

static int set_up(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN); /* as main does */
    signal(SIGXFSZ, SIG_IGN);
    snprintf(dir, sizeof dir, "/tmp/test_writer.XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static const char *named(const char *name)
{
    unlink(path);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

/* The file's content, decompressed if its name says so; the caller's. */
static char *content(size_t *len)
{
    FILE *f = fopen(path, "rb");
    char *raw = calloc(1, 64u << 20), *text;
    bool packed = strcmp(path + strlen(path) - 4, ".zst") == 0;
    ZSTD_DCtx *d = ZSTD_createDCtx();
    ZSTD_inBuffer in = {.src = raw};
    ZSTD_outBuffer out = {.size = 64u << 20};
    size_t left = 0;

    assert_non_null(f);
    assert_non_null(raw);
    in.size = fread(raw, 1, 64u << 20, f);
    fclose(f);
    *len = in.size;
    text = raw;
    if (packed) {
        text = calloc(1, out.size);
        assert_non_null(text);
        out.dst = text;
        while (in.pos < in.size) {
            left = ZSTD_decompressStream(d, &out, &in);
            assert_false(ZSTD_isError(left));
        }
        assert_int_equal(left, 0); /* the last frame is whole */
        *len = out.pos;
        free(raw);
    }
    ZSTD_freeDCtx(d);
    return text;
}

/* Line I: its number and some filling, of a length of its own. */
static size_t line_of(char buf[4096], unsigned writer, unsigned i)
{
    return (size_t)snprintf(buf, 4096, "%u %u %0*d\n", writer, i, 1 + (int)(i * 7919 % 2000), 0);
}

/* All lines are whole, those of each writer in order and without a gap. Returns how many there are. */
static uint64_t check_lines(unsigned writers)
{
    unsigned next[8] = {0};
    char expected[4096];
    uint64_t lines = 0;
    size_t len;
    char *text = content(&len), *at = text;

    while (at < text + len) {
        unsigned writer = (unsigned)strtoul(at, NULL, 10);
        size_t n;
        assert_true(writer < writers);
        n = line_of(expected, writer, next[writer]++);
        if ((size_t)(text + len - at) < n || memcmp(at, expected, n) != 0)
            fail_msg("line %llu is not whole", (unsigned long long)lines);
        at += n;
        lines++;
    }
    free(text);
    return lines;
}

struct source {
    struct pp_writer *w;
    unsigned number, lines;
};

static void *write_lines(void *arg)
{
    struct source *s = arg;
    char line[4096];

    for (unsigned i = 0; i < s->lines; i++) {
        size_t n = line_of(line, s->number, i);
        if (!pp_writer_line(s->w, line, n))
            return s;
    }
    return NULL;
}

static void four_threads(void **state)
{
    static const char *const names[] = {"plain", "packed.zst"};

    (void)state;
    for (size_t k = 0; k < COUNT(names); k++) {
        struct pp_writer *w = pp_writer_open(named(names[k]), PP_WRITER_REPLACE, true);
        struct source s[4];
        pthread_t thread[4];
        uint64_t lines;
        assert_non_null(w);
        assert_int_equal(pp_writer_start(w), 0);
        for (unsigned i = 0; i < 4; i++) {
            s[i] = (struct source){w, i, 3000};
            assert_int_equal(pthread_create(&thread[i], NULL, write_lines, &s[i]), 0);
        }
        for (unsigned i = 0; i < 4; i++) {
            void *failed;
            pthread_join(thread[i], &failed);
            assert_null(failed);
        }
        assert_int_equal(pp_writer_close(w, &lines), 0);
        assert_int_equal(pp_writer_error(w), 0);
        assert_int_equal(lines, 12000);
        assert_false(pp_writer_line(w, "x\n", 2));
        pp_writer_free(w);
        assert_int_equal(check_lines(4), 12000);
    }
}

/* Without a thread, and with one that was never started. */
static void no_thread(void **state)
{
    static const char *const names[] = {"plain", "packed.zst"};

    (void)state;
    for (int k = 0; k < 4; k++) {
        struct pp_writer *w = pp_writer_open(named(names[k / 2]), PP_WRITER_REPLACE, k % 2);
        struct source s = {w, 0, 2000};
        uint64_t lines;
        size_t len;
        assert_null(write_lines(&s));
        if (k == 0) { /* there before close */
            free(content(&len));
            assert_true(len > 100000);
        }
        assert_int_equal(pp_writer_close(w, &lines), 0);
        assert_int_equal(pp_writer_close(w, NULL), 0);
        assert_int_equal(lines, 2000);
        assert_int_equal(check_lines(1), 2000);
        pp_writer_free(w);
    }
}

static void replaced_or_appended(void **state)
{
    static const char *const names[] = {"plain", "packed.zst"};
    static const struct {
        bool append;
        const char *line, *expect;
    } rows[] = {{false, "a\n", "a\n"}, {false, "b\n", "b\n"}, {true, "c\n", "b\nc\n"}, {true, "d\n", "b\nc\nd\n"}};

    (void)state;
    for (size_t k = 0; k < COUNT(names); k++) {
        named(names[k]);
        for (size_t i = 0; i < COUNT(rows); i++) {
            struct pp_writer *w = pp_writer_open(path, rows[i].append ? PP_WRITER_APPEND : PP_WRITER_REPLACE, true);
            size_t len;
            char *text;
            assert_true(pp_writer_line(w, rows[i].line, 2));
            assert_int_equal(pp_writer_close(w, NULL), 0);
            pp_writer_free(w);
            text = content(&len);
            assert_string_equal(text, rows[i].expect);
            free(text);
        }
    }
}

/* The content of a file is kept unless the caller asks to replace it; an empty file, a pipe and a device have none. */
static void kept(void **state)
{
    static const char *const names[] = {"plain", "packed.zst"};
    struct pp_writer *w;
    char *text, *before;
    size_t len, len_before;

    (void)state;
    for (size_t k = 0; k < COUNT(names); k++) {
        named(names[k]);
        unlink(path);
        w = pp_writer_open(path, PP_WRITER_NEW, true);
        assert_non_null(w);
        assert_int_equal(pp_writer_found(w), 0);
        assert_int_equal(pp_writer_close(w, NULL), 0);
        pp_writer_free(w);
        w = pp_writer_open(path, PP_WRITER_NEW, true); /* it is there, and empty */
        assert_non_null(w);
        assert_true(pp_writer_line(w, "a\n", 2));
        assert_int_equal(pp_writer_close(w, NULL), 0);
        pp_writer_free(w);
        before = content(&len_before);
        assert_null(pp_writer_open(path, PP_WRITER_NEW, true));
        text = content(&len);
        assert_int_equal(len, len_before);
        assert_memory_equal(text, before, len);
        free(text);
        free(before);
        w = pp_writer_open(path, PP_WRITER_APPEND, true);
        assert_non_null(w);
        assert_true(pp_writer_found(w) > 0);
        pp_writer_free(w);
        unlink(path);
    }
    w = pp_writer_open("/dev/null", PP_WRITER_NEW, true);
    assert_non_null(w);
    assert_int_equal(pp_writer_found(w), 0);
    pp_writer_free(w);
}

static void cannot_open(void **state)
{
    (void)state;
    assert_null(pp_writer_open("/proc/nonexistent/out", PP_WRITER_REPLACE, true));
    assert_null(pp_writer_open("/", PP_WRITER_REPLACE, true));
}

static void dev_full(void **state)
{
    struct pp_writer *w = pp_writer_open("/dev/full", PP_WRITER_REPLACE, true);
    uint64_t lines;

    (void)state;
    assert_int_equal(pp_writer_start(w), 0);
    assert_true(pp_writer_line(w, "a\n", 2));
    assert_int_equal(pp_writer_close(w, &lines), -1);
    assert_int_equal(pp_writer_error(w), ENOSPC);
    assert_int_equal(lines, 0);
    pp_writer_free(w);
    w = pp_writer_open("/dev/full", PP_WRITER_REPLACE, false);
    assert_false(pp_writer_line(w, "a\n", 2));
    assert_int_equal(pp_writer_close(w, NULL), -1);
    pp_writer_free(w);
}

/*
 * The disk fills up in the middle of a line: a limit on the file's size stands for the disk, so no privilege is
 * needed. What was in the file before stays.
 */
static void disk_fills_up(void **state)
{
    static const char *const names[] = {"plain", "packed.zst"};
    struct rlimit old, small;

    (void)state;
    getrlimit(RLIMIT_FSIZE, &old);
    for (int k = 0; k < 4; k++) {
        struct pp_writer *w;
        struct source s = {NULL, 0, 20000};
        uint64_t lines;
        small = old;
        small.rlim_cur = k / 2 ? 12345 : 1234567;
        w = pp_writer_open(named(names[k / 2]), PP_WRITER_REPLACE, k % 2);
        s.w = w;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        assert_int_equal(pp_writer_start(w), 0);
        write_lines(&s);
        assert_int_equal(pp_writer_close(w, &lines), -1);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_int_equal(pp_writer_error(w), EFBIG);
        assert_false(pp_writer_line(w, "x\n", 2));
        pp_writer_free(w);
        if (k / 2 == 0)
            assert_true(lines > 500);
        assert_int_equal(check_lines(1), lines);
    }
}

static void closed_pipe(void **state)
{
    struct pp_writer *w;
    struct source s = {NULL, 0, 1000};
    int fd[2];

    (void)state;
    assert_int_equal(pipe(fd), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd[1]);
    w = pp_writer_open(path, PP_WRITER_REPLACE, true);
    path[0] = '\0';
    assert_non_null(w);
    close(fd[1]);
    close(fd[0]);
    assert_int_equal(pp_writer_start(w), 0);
    s.w = w;
    write_lines(&s);
    assert_int_equal(pp_writer_close(w, NULL), -1);
    assert_int_equal(pp_writer_error(w), EPIPE);
    pp_writer_free(w);
}

/* A reader that does not read: lines are still accepted, and the worker is told to admit no more targets. */
static void slow_reader(void **state)
{
    static char line[65536];
    struct pp_writer *w;
    uint64_t lines, n = 0;
    ssize_t got;
    int fd[2];

    (void)state;
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\n';
    assert_int_equal(pipe(fd), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd[1]);
    w = pp_writer_open(path, PP_WRITER_REPLACE, true);
    path[0] = '\0';
    close(fd[1]);
    assert_int_equal(pp_writer_start(w), 0);
    assert_false(pp_writer_full(w));
    while (!pp_writer_full(w)) {
        assert_true(pp_writer_line(w, line, sizeof line));
        n++;
        assert_true(n < 1000);
    }
    assert_true(n * sizeof line >= PP_WRITER_QUEUE_MAX);
    assert_true(pp_writer_line(w, line, sizeof line)); /* a line of a target under way is accepted */
    for (uint64_t left = (n + 1) * sizeof line; left; left -= (uint64_t)got) {
        static char sink[65536];
        got = read(fd[0], sink, sizeof sink);
        assert_true(got > 0);
    }
    assert_int_equal(pp_writer_close(w, &lines), 0);
    assert_int_equal(lines, n + 1);
    assert_false(pp_writer_full(w));
    pp_writer_free(w);
    close(fd[0]);
}

/* A child writes as fast as it can, and another of its threads ends it at once, as a second signal does. */
static void exit_while_lines_are_written(void **state)
{
    static const char *const names[] = {"plain", "packed.zst"};

    (void)state;
    for (int k = 0; k < 20; k++) {
        pid_t child;
        int status;
        named(names[k % 2]);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct pp_writer *w = pp_writer_open(path, PP_WRITER_REPLACE, true);
            struct source s = {w, 0, 40000}; /* some 40 MB: content() holds 64 */
            pthread_t thread;
            struct stat st = {.st_size = 0};
            if (!w || pp_writer_start(w) < 0 || pthread_create(&thread, NULL, write_lines, &s))
                _exit(1);
            while (stat(path, &st) == 0 && st.st_size < 10000)
                sched_yield();
            pp_writer_quiesce(w);
            kill(getpid(), SIGKILL); /* as _exit, but sanitizers do not ask why threads are left */
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        assert_true(check_lines(1) > 0);
    }
}

/* Neither close nor free hangs, or writes, after quiesce. */
static void nothing_is_written_after_quiesce(void **state)
{
    size_t len;

    (void)state;
    for (int k = 0; k < 4; k++) {
        struct pp_writer *w = pp_writer_open(named("plain"), PP_WRITER_REPLACE, true);
        if (k % 2)
            assert_int_equal(pp_writer_start(w), 0);
        pp_writer_quiesce(w);
        assert_false(pp_writer_line(w, "x\n", 2));
        if (k / 2)
            assert_int_equal(pp_writer_close(w, NULL), -1);
        pp_writer_free(w);
        free(content(&len));
        assert_int_equal(len, 0);
    }
    pp_writer_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_threads),    cmocka_unit_test(no_thread),      cmocka_unit_test(replaced_or_appended),
        cmocka_unit_test(kept),
        cmocka_unit_test(cannot_open),     cmocka_unit_test(dev_full),       cmocka_unit_test(disk_fills_up),
        cmocka_unit_test(closed_pipe),     cmocka_unit_test(slow_reader),
        cmocka_unit_test(exit_while_lines_are_written), cmocka_unit_test(nothing_is_written_after_quiesce),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
