/* SPDX-License-Identifier: BSD-2-Clause */
/* test_shuffle.c: all lines come out, in one order for one seed, whatever the memory and the order they came in. */
#include "../../core/targets/shuffle.h"

#include "../../core/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define LINES 20000

static int collect(void *arg, const char *line, size_t len)
{
    pp_buf_add(arg, line, len);
    return 0;
}

/* Line i is "i\n"; BACKWARDS: the last first. SAME: all are line 7. */
static void shuffled(struct pp_buf *out, uint64_t seed, size_t memory, bool backwards, bool same)
{
    struct pp_shuffle *s = pp_shuffle_new(seed, memory);

    assert_non_null(s);
    for (unsigned i = 0; i < LINES; i++) {
        char line[16];
        int n = snprintf(line, sizeof line, "%u\n", same ? 7 : backwards ? LINES - 1 - i : i);
        assert_int_equal(pp_shuffle_add(s, NULL, 0, line, (size_t)n), 0);
    }
    pp_buf_init(out, 1 << 20);
    assert_int_equal(pp_shuffle_drain(s, collect, out), 0);
    assert_false(out->failed);
    pp_shuffle_free(s);
}

static void one_order(void **state)
{
    struct pp_buf memory, files, deep, other;
    static uint8_t seen[LINES];
    unsigned fixed = 0, at = 0;

    (void)state;
    shuffled(&memory, 5, 1 << 20, false, false);
    shuffled(&files, 5, 100000, true, false);
    shuffled(&deep, 5, 1000, false, false);
    shuffled(&other, 6, 1 << 20, false, false);
    for (char *p = memory.data, *end; p < memory.data + memory.len; p = end + 1, at++) {
        unsigned long v = strtoul(p, &end, 10);
        assert_true(v < LINES && !seen[v]);
        seen[v] = 1;
        fixed += v == at;
    }
    assert_int_equal(at, LINES);
    assert_true(fixed < 20); /* of a random order one stays on average; 20 do with a probability of 1e-19 */
    assert_int_equal(files.len, memory.len);
    assert_memory_equal(files.data, memory.data, memory.len);
    assert_int_equal(deep.len, memory.len);
    assert_memory_equal(deep.data, memory.data, memory.len);
    assert_int_equal(other.len, memory.len);
    assert_memory_not_equal(other.data, memory.data, memory.len);
    pp_buf_release(&memory);
    pp_buf_release(&files);
    pp_buf_release(&deep);
    pp_buf_release(&other);
}

/* Equal lines have equal hashes, so splitting a file does not separate them: the recursion has to end all the same. */
static void all_the_same(void **state)
{
    struct pp_buf out;

    (void)state;
    shuffled(&out, 1, 1000, false, true);
    assert_int_equal(out.len, 2 * LINES);
    pp_buf_release(&out);
}

static int refuse(void *arg, const char *line, size_t len)
{
    (void)line;
    (void)len;
    return ++*(int *)arg == 3 ? -1 : 0;
}

static void ends_early(void **state)
{
    struct pp_shuffle *s = pp_shuffle_new(1, 10);
    int n = 0;

    (void)state;
    assert_int_equal(pp_shuffle_drain(s, refuse, &n), 0);
    for (char c = 'a'; c < 'k'; c++)
        assert_int_equal(pp_shuffle_add(s, NULL, 0, &c, 1), 0);
    assert_int_equal(pp_shuffle_drain(s, refuse, &n), -1);
    assert_int_equal(n, 3);
    pp_shuffle_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_order),
        cmocka_unit_test(all_the_same),
        cmocka_unit_test(ends_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
