/* SPDX-License-Identifier: BSD-2-Clause */
/* test_input.c: reading lines from files and pipes, plain and compressed, whole and damaged. */
#include "../../core/stream/input.h"

#include "../../core/targets/target.h"

#include <bzlib.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define ROOM (1u << 20)

static char path[64];

static void put(const void *bytes, size_t len)
{
    FILE *f;
    int fd;

    snprintf(path, sizeof path, "/tmp/test_input.XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    f = fdopen(fd, "wb");
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

/* All lines, each in brackets; "+" for one that is too long; "!" at the end for an error. */
static char *all_lines(void)
{
    static char out[ROOM];
    struct pp_input *in = pp_input_open(path);
    enum pp_input_got got;
    const char *line;
    size_t n = 0, len;
    uint64_t number = 0;

    assert_non_null(in);
    while ((got = pp_input_line(in, &line, &len)) == PP_INPUT_LINE || got == PP_INPUT_TOO_LONG) {
        assert_int_equal(pp_input_number(in), ++number);
        if (got == PP_INPUT_TOO_LONG) {
            out[n++] = '+';
            continue;
        }
        assert_true(len <= PP_LINE_MAX && n + len + 4 < sizeof out);
        out[n++] = '[';
        memcpy(out + n, line, len);
        n += len;
        out[n++] = ']';
    }
    if (got == PP_INPUT_ERROR)
        out[n++] = '!';
    out[n] = '\0';
    assert_int_equal(pp_input_line(in, &line, &len), got); /* both are final */
    pp_input_free(in);
    unlink(path);
    return out;
}

static void plain(void **state)
{
    static const struct {
        const char *content, *lines;
    } rows[] = {
        {"", ""},
        {"\n", "[]"},
        {"a", "[a]"},
        {"a\n", "[a]"},
        {"a\r\nb\r\n", "[a][b]"},
        {"a\n\nb", "[a][][b]"},
        {"a\rb\r\r\n", "[a\rb\r]"},
        {"\xef\xbb\xbf" "a\nb", "[a][b]"},
        {"\xef\xbb\xbf", "[]"},
        {"a\n\xef\xbb\xbf" "b", "[a][\xef\xbb\xbf" "b]"},
        {"\xef\xbb", "[\xef\xbb]"},
        {"B", "[B]"}, /* might have become bzip2 */
        {"BZ\n", "[BZ]"},
        {"(\n", "[(]"},
        {"P\n", "[P]"},
        {"PK", "[PK]"},
        {"PK\3\4\24", "!"}, /* zip, xz: an error, as they are not supported */
        {"\xfd" "7zXZ", "!"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        put(rows[i].content, strlen(rows[i].content));
        assert_string_equal(all_lines(), rows[i].lines);
    }
    put("a\0b\n\0", 5);
    assert_memory_equal(all_lines(), "[a\0b][\0]", 9);
}

static void long_lines(void **state)
{
    size_t len = 10 << 20;
    char *text = malloc(len + 16), *lines;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text, "a\n", 2);
    memcpy(text + len, "\nb\n", 3);
    put(text, len + 3);
    assert_string_equal(all_lines(), "[a]+[b]");
    put(text, len); /* without an end */
    assert_string_equal(all_lines(), "[a]+");
    /* Exactly as long as allowed, with CRLF and a byte-order mark; and one byte more. */
    memcpy(text, "\xef\xbb\xbf", 3);
    memcpy(text + 3 + PP_LINE_MAX, "\r\n", 2);
    put(text, 3 + PP_LINE_MAX + 2);
    lines = all_lines();
    assert_int_equal(strlen(lines), PP_LINE_MAX + 2);
    memcpy(text + 3 + PP_LINE_MAX, "x\r\nb", 4);
    put(text, 3 + PP_LINE_MAX + 4);
    assert_string_equal(all_lines(), "+[b]");
    free(text);
}

/* ---- compressed ---------------------------------------------------------------------------------------------- */

static size_t gzip_of(const char *text, size_t len, uint8_t *out)
{
    z_stream z = {.next_in = (Bytef *)text, .avail_in = (uInt)len, .next_out = out, .avail_out = ROOM};

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return ROOM - z.avail_out;
}

static size_t zstd_of(const char *text, size_t len, uint8_t *out)
{
    size_t n = ZSTD_compress(out, ROOM, text, len, 3);

    assert_false(ZSTD_isError(n));
    return n;
}

static size_t bzip2_of(const char *text, size_t len, uint8_t *out)
{
    unsigned n = ROOM;

    assert_int_equal(BZ2_bzBuffToBuffCompress((char *)out, &n, (char *)text, (unsigned)len, 1, 0, 0), BZ_OK);
    return n;
}

static size_t (*const packers[])(const char *, size_t, uint8_t *) = {gzip_of, zstd_of, bzip2_of};

static void compressed(void **state)
{
    static char text[200000], expected[ROOM];
    static uint8_t packed[4 * ROOM];
    size_t len = 0, n = 0;

    (void)state;
    for (int i = 0; i < 9000; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "line %d\n", i * 7919);
        n += (size_t)snprintf(expected + n, sizeof expected - n, "[line %d]", i * 7919);
    }
    for (size_t i = 0; i < COUNT(packers); i++) {
        size_t size = packers[i](text, len, packed), twice, cut, errors;
        put(packed, size);
        assert_string_equal(all_lines(), expected);
        /* Streams behind each other, one of them empty, the border within a line. */
        size = packers[i]("a\nb", 3, packed);
        size += packers[i]("", 0, packed + size);
        twice = size + packers[i]("c\n", 2, packed + size);
        put(packed, twice);
        assert_string_equal(all_lines(), "[a][bc]");
        /* Cut anywhere but between two streams: the lines before the cut, then an error. */
        for (cut = 4; cut < twice; cut++) {
            const char *lines;
            put(packed, cut);
            lines = all_lines();
            if (lines[strlen(lines) - 1] != '!')
                assert_string_equal(lines, "[a][b]");
        }
        memcpy(packed + twice, "rubbish", 7);
        put(packed, twice + 7);
        assert_string_equal(all_lines(), "[a][bc]!");
        /* Damage to some bytes of a header has no effect; most other damage is an error, and none crashes. */
        errors = 0;
        for (cut = 4; cut < twice; cut++) {
            packed[cut] ^= 0x55;
            put(packed, twice);
            errors += strchr(all_lines(), '!') != NULL;
            packed[cut] ^= 0x55;
        }
        assert_true(errors > twice / 2);
    }
}

static void zstd_skippable(void **state)
{
    static uint8_t packed[ROOM + 16] = {0x52, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'x', 'y', 'z'};

    (void)state;
    put(packed, 11 + zstd_of("a\n", 2, packed + 11));
    assert_string_equal(all_lines(), "[a]");
}

/* ---- the rest ------------------------------------------------------------------------------------------------ */

static void sha256(void **state)
{
    char hex[65];
    const char *line;
    size_t len;
    struct pp_input *in;

    (void)state;
    put("abc", 3); /* FIPS 180-4's example */
    in = pp_input_open(path);
    assert_false(pp_input_sha256(in, hex));
    assert_string_equal(hex, "");
    while (pp_input_line(in, &line, &len) == PP_INPUT_LINE)
        ;
    for (int i = 0; i < 2; i++) {
        assert_true(pp_input_sha256(in, hex));
        assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
    pp_input_free(in);
    unlink(path);
}

static void no_such_file(void **state)
{
    (void)state;
    assert_null(pp_input_open("/proc/nonexistent/targets"));
    assert_null(pp_input_open("/"));
}

struct reader {
    struct pp_input *in;
    enum pp_input_got got[3];
};

static void *read_two(void *arg)
{
    struct reader *r = arg;
    const char *line;
    size_t len;

    for (int i = 0; i < 3; i++)
        r->got[i] = pp_input_line(r->in, &line, &len);
    return NULL;
}

/* A stop before, during or after the wait ends the second read, which would otherwise last for ever. */
static void stop_a_pipe(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        struct reader r;
        pthread_t thread;
        int fd[2];
        assert_int_equal(pipe(fd), 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd[0]);
        assert_int_equal(write(fd[1], "a\n", 2), 2);
        r.in = pp_input_open(path);
        assert_non_null(r.in);
        assert_int_equal(pthread_create(&thread, NULL, read_two, &r), 0);
        if (i % 2)
            sched_yield();
        pp_input_stop(r.in);
        pp_input_stop(r.in);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(r.got[0] == PP_INPUT_LINE || r.got[0] == PP_INPUT_END);
        assert_int_equal(r.got[1], PP_INPUT_END);
        assert_int_equal(r.got[2], PP_INPUT_END);
        pp_input_free(r.in);
        close(fd[0]);
        close(fd[1]);
    }
}

/* A complete line is returned before the next read, since a user may be typing the next one. */
static void line_by_line(void **state)
{
    struct pp_input *in;
    const char *line;
    size_t len;
    int fd[2];

    (void)state;
    assert_int_equal(pipe(fd), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd[0]);
    in = pp_input_open(path);
    assert_non_null(in);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(write(fd[1], "1\n", 2), 2);
        assert_int_equal(pp_input_line(in, &line, &len), PP_INPUT_LINE);
        assert_int_equal(len, 1);
    }
    close(fd[1]);
    assert_int_equal(pp_input_line(in, &line, &len), PP_INPUT_END);
    pp_input_free(in);
    close(fd[0]);
}

/*
 * Records of CSV: a quoted field may contain line ends. If its quote is never closed, the first line is a record of its
 * own, and the rest is read anew. Each record stands in brackets, the number of its first line before it.
 */
static void records(void **state)
{
    static const struct {
        const char *content, *records;
    } rows[] = {
        {"a,b\nc\n", "1[a,b]2[c]"},
        {"a,\"b\nc\",d\ne\n", "1[a,\"b\nc\",d]3[e]"},
        {"a,\"b\r\nc\"\r\ne", "1[a,\"b\r\nc\"]3[e]"},
        {"\"a\n\n\"\n", "1[\"a\n\n\"]"},
        {"\"a\nb\"", "1[\"a\nb\"]"},
        {"\"a\nb\",c", "1[\"a\nb\",c]"},
        {"\"a\"\"\nb\"\nc\n", "1[\"a\"\"\nb\"]3[c]"},
        {"a\"b,c\nd\n", "1[a\"b,c]2[d]"},         /* no quote: not at the column's beginning */
        {" \t\"a\nb\" \nc\n", "1[ \t\"a\nb\" ]3[c]"},
        {"\"a\nb\n", "1[\"a]2[b]"},              /* never closed */
        {"\"a\nb\n\"c\"\nd", "1[\"a]2[b]3[\"c\"]4[d]"}, /* closed by a quote that opens */
        {"\"a\n\"b\nc\"\n", "1[\"a]2[\"b\nc\"]"},
        {"\xef\xbb\xbf\"a\nb\"\n", "1[\"a\nb\"]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[256];
        struct pp_input *in;
        const char *line;
        size_t n = 0, len;

        put(rows[i].content, strlen(rows[i].content));
        in = pp_input_open(path);
        pp_input_csv(in, true);
        while (pp_input_line(in, &line, &len) == PP_INPUT_LINE)
            n += (size_t)snprintf(out + n, sizeof out - n, "%d[%.*s]", (int)pp_input_number(in), (int)len, line);
        assert_string_equal(out, rows[i].records);
        pp_input_free(in);
        unlink(path);
    }
}

/* A quote that is never closed affects its line alone, however much follows; a record is bounded as a line is. */
static void records_are_bounded(void **state)
{
    static char content[3 * PP_LINE_MAX];
    struct pp_input *in;
    const char *line;
    size_t len, n = 0;

    (void)state;
    memset(content, 'x', sizeof content);
    content[0] = '"';
    for (size_t i = 99; i < sizeof content; i += 100)
        content[i] = '\n';
    put(content, sizeof content);
    in = pp_input_open(path);
    pp_input_csv(in, true);
    while (pp_input_line(in, &line, &len) == PP_INPUT_LINE) {
        n++;
        assert_int_equal(len, n <= sizeof content / 100 ? 99 : sizeof content % 100);
    }
    assert_int_equal(n, (sizeof content + 99) / 100);
    pp_input_free(in);
    unlink(path);
    /* One line longer than any may be, with a quote open: it is skipped as ever, and what follows is read. */
    memset(content, 'x', sizeof content);
    content[0] = '"';
    memcpy(content + sizeof content - 3, "\na\n", 3);
    put(content, sizeof content);
    in = pp_input_open(path);
    pp_input_csv(in, true);
    assert_int_equal(pp_input_line(in, &line, &len), PP_INPUT_TOO_LONG);
    assert_int_equal(pp_input_line(in, &line, &len), PP_INPUT_LINE);
    assert_int_equal(len, 1);
    assert_int_equal(pp_input_line(in, &line, &len), PP_INPUT_END);
    pp_input_free(in);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records),
        cmocka_unit_test(records_are_bounded),
        cmocka_unit_test(plain),        cmocka_unit_test(long_lines),   cmocka_unit_test(compressed),
        cmocka_unit_test(zstd_skippable), cmocka_unit_test(sha256),     cmocka_unit_test(no_such_file),
        cmocka_unit_test(stop_a_pipe),  cmocka_unit_test(line_by_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
