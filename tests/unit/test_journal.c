/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_journal.c: an output read back gives the figures of the run itself, for all kinds of lines; and its whole part
 * is found wherever it was cut off.
 */
#include "method.h"

#include "../../core/results/journal.h"
#include "../../core/stream/journal_parts.h"
#include "../../core/stream/metadata_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define RUN_ID "0123456789abcdef0123456789abcdef"

/* Every second target has a dummy, every third that works is audited, some fail by chance. */
static const struct pp_plan shares = {METHOD, .aa = .5, .audit = .3};

static int file_of(const void *bytes, size_t len)
{
    int fd = memfd_create("journal", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    return fd;
}

/* ---- figures ------------------------------------------------------------------------------------------------- */

static void read_back(struct pp_journal *j, const struct rig *r, struct pp_live_counters *counters)
{
    int fd = file_of(r->text, r->text_len);
    char path[40];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    assert_int_equal(pp_journal_init(j, &r->plan, counters), 0);
    assert_int_equal(pp_journal_read(j, path), 0);
    assert_int_equal(j->whole, r->text_len);
    assert_int_equal(j->lines, r->nlines);
    assert_int_equal(pp_dedup_count(j->done), r->nlines);
    close(fd);
}

static void figures_come_back(void **state)
{
    static const struct pp_plan single = {.rounds = 1};
    const struct rig_setup setups[] = {
        {.hosts = MIX, .nhosts = 600, .method = &shares},
        {.hosts = MIX, .nhosts = 300, .method = &single, .output_flows = true},
        {.hosts = HEALTHY ", \"flow_fail\": {\"p\": 0.2, \"kind\": \"iid\"}", .nhosts = 600, .method = &shares},
        {.hosts = HEALTHY, .nhosts = 200, .method = &shares, .mode = "http", .pad = 20000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++) {
        struct pp_live_counters counters = {0};
        struct pp_journal j;
        struct rig r;
        go(&r, &setups[i]);
        read_back(&j, &r, &counters);
        assert_memory_equal(&j.totals.counts, &r.verdict_counts, sizeof r.verdict_counts);
        assert_int_equal(counters.done, r.counters.done);
        assert_int_equal(counters.works, r.counters.works);
        assert_int_equal(counters.broken, r.counters.broken);
        assert_int_equal(counters.unstable, r.counters.unstable);
        assert_int_equal(counters.offline, r.counters.offline);
        assert_int_equal(counters.invalid, r.counters.invalid);
        if (setups[i].method == &shares)
            assert_true(r.verdict_counts.aa_n > 0 && r.verdict_counts.audited > 0);
        pp_journal_release(&j);
        rig_release(&r);
    }
}

static void targets_are_done(void **state)
{
    struct pp_journal j;
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = MIX, .nhosts = 50});
    read_back(&j, &r, NULL);
    for (int times = 0; times < 2; times++)
        for (size_t i = 0; i < r.nlines; i++) {
            const char *dip = rig_str(r.line[i], "dip");
            struct pp_addr a;
            assert_int_equal(pp_addr_parse(&a, dip, strlen(dip)), 0);
            assert_int_equal(pp_dedup_take(j.done, &a, (uint16_t)json_integer_value(rig_at(r.line[i], "port")),
                                           rig_str(r.line[i], "domain")),
                             times == 0);
        }
    pp_journal_release(&j);
    rig_release(&r);
}

/* ---- lines ------------------------------------------------------------------------------------------------------ */

static void other_lines(void **state)
{
    static const char good[] =
        "{\"dip\":\"10.0.0.1\",\"run_id\":\"" RUN_ID "\",\"port\":80,\"conditions\":[\"ecn.connectivity.works\"],"
        "\"first\":[],\"verdicts\":[{\"arm\":\"B1\",\"verdict\":\"works\",\"first\":\"works\",\"e\":1.0,\"a\":[1,1],"
        "\"b\":[1,1]}],"
        "\"quality\":{\"valid\":true,\"outage\":false,\"audited\":false,\"flows\":2}}";
    static const struct {
        const char *from, *to, *why;
    } rows[] = {
        {"", "", NULL},
        {"10.0.0.1", "10.0.0.0.1", "dip is not an IP address"},
        {RUN_ID, "0123456789abcdef0123456789abcdee", "an observation of another run"},
        {"\"run_id\"", "\"run\"", "not an observation"},
        {"\"port\":80", "\"port\":0", "no port"},
        {"\"port\":80", "\"port\":80.5", "no port"},
        {"\"flows\":2", "\"flows\":-2", "no quality"},
        {"\"audited\":false", "\"audited\":0", "no quality"},
        {"\"first\":[]", "\"first\":{}", "no conditions"},
        {"\"arm\":\"B1\"", "\"arm\":\"B2\"", "`verdicts` are not those of the experiment's arms"},
        {"\"verdict\":\"works\"", "\"verdict\":\"wrks\"", "`verdicts` are not those of the experiment's arms"},
        {"\"a\":[1,1]", "\"a\":[2,1]", "`verdicts` are not those of the experiment's arms"},
        {"\"b\":[1,1]", "\"b\":[1]", "`verdicts` are not those of the experiment's arms"},
        {"\"e\":1.0,", "", "`verdicts` are not those of the experiment's arms"},
        {"\"e\":1.0,", "\"e\":-1.0,", "`verdicts` are not those of the experiment's arms"},
        {"}}", "}", "not JSON"},
    };
    struct pp_journal j;
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 1});
    assert_int_equal(pp_journal_init(&j, &r.plan, NULL), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *at = strstr(good, rows[i].from), *why;
        char line[1024];
        snprintf(line, sizeof line, "%.*s%s%s", (int)(at - good), good, rows[i].to, at + strlen(rows[i].from));
        why = pp_journal_line(&j, line, strlen(line));
        if (rows[i].why ? !why || strcmp(why, rows[i].why) != 0 : why != NULL)
            fail_msg("row %zu: %s", i, why ? why : "taken");
    }
    assert_int_equal(j.lines, 1);
    pp_journal_release(&j);
    rig_release(&r);
}

/* ---- what is whole -------------------------------------------------------------------------------------------- */

static uint64_t whole_of(const char *bytes, size_t len, const char *name, int result)
{
    int fd = file_of(bytes, len);
    uint64_t whole;

    if (pp_journal_whole(fd, name, &whole) != result)
        fail_msg("%zu bytes of %s", len, name);
    close(fd);
    return whole;
}

static void lines_cut_anywhere(void **state)
{
    static const char text[] = "first\nsecond\n\nfourth\n";
    char with_nuls[sizeof text + 5000];
    uint64_t whole = 0;

    (void)state;
    for (size_t len = 0; len < sizeof text; len++) {
        if (len && text[len - 1] == '\n')
            whole = len;
        assert_int_equal(whole_of(text, len, "x", 0), whole);
        memset(with_nuls, 0, sizeof with_nuls);
        memcpy(with_nuls, text, len);
        assert_int_equal(whole_of(with_nuls, sizeof with_nuls, "x", 0), whole);
        with_nuls[sizeof with_nuls - 1] = '\n'; /* lines behind a hole do not count */
        assert_int_equal(whole_of(with_nuls, sizeof with_nuls, "x", 0), whole);
    }
}

/* Three frames of many lines; ENDS gets where each of them ends. Returns the bytes, to be freed. */
static char *three_frames(size_t *len, size_t ends[4])
{
    char dir[] = "/tmp/pathprobe-journal.XXXXXX", path[64];
    char *bytes;
    int fd;

    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/x.zst", dir);
    ends[0] = 0;
    for (int k = 0; k < 3; k++) {
        struct pp_writer *w = pp_writer_open(path, k > 0 ? PP_WRITER_APPEND : PP_WRITER_REPLACE, false);
        char line[64];
        for (int i = 0; i < 300; i++) {
            int n = snprintf(line, sizeof line, "{\"line\":%d,\"of\":\"%x\"}\n", i, (unsigned)i * 2654435761u);
            assert_true(pp_writer_line(w, line, (size_t)n));
        }
        assert_int_equal(pp_writer_close(w, NULL), 0);
        pp_writer_free(w);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        ends[k + 1] = (size_t)lseek(fd, 0, SEEK_END);
        close(fd);
    }
    fd = open(path, O_RDONLY | O_CLOEXEC);
    *len = ends[3];
    bytes = malloc(*len);
    assert_int_equal(read(fd, bytes, *len), *len);
    close(fd);
    unlink(path);
    rmdir(dir);
    return bytes;
}

static void frames_cut_anywhere(void **state)
{
    size_t len, ends[4], k = 0;
    char *bytes = three_frames(&len, ends), *holed = calloc(1, len + 5000);

    (void)state;
    for (size_t n = 0; n <= len; n++) {
        while (k < 3 && ends[k + 1] <= n)
            k++;
        assert_int_equal(whole_of(bytes, n, "x.zst", 0), ends[k]);
        memset(holed, 0, len + 5000);
        memcpy(holed, bytes, n);
        assert_int_equal(whole_of(holed, len + 5000, "x.zst", 0), ends[k]);
    }
    bytes[ends[1] + 40] ^= 1; /* damage, which a crash does not cause */
    assert_int_equal(whole_of(bytes, len, "x.zst", -1), ends[1]);
    free(holed);
    free(bytes);
}

/* ---- metadata ---------------------------------------------------------------------------------------------------- */

/*
 * What a file holds after each step, and in the middle of each, of writing a longer or shorter object over OLD: always
 * the one or the other.
 */
static void metadata_is_always_whole(void **state)
{
    static const char *const texts[] = {"{\"_file_type\":1}\n", "{\"_file_type\":2,\"more\":[1,2,3,4,5,6,7,8,9]}\n"};

    (void)state;
    for (int k = 0; k < 2; k++) {
        const char *old = texts[k], *new = texts[1 - k];
        size_t n = strlen(old), m = strlen(new), behind = n > m ? n : m;
        for (size_t step = 0; step <= 2 * m; step++) {
            char file[256] = "";
            json_t *o;
            memcpy(file, old, n);
            memcpy(file + behind, new, step < m ? step : m);
            memcpy(file, new, step < m ? 0 : step - m);
            o = pp_metadata_parse(file, step ? behind + m : n);
            assert_non_null(o);
            json_decref(o);
        }
    }
    assert_null(pp_metadata_parse("", 0));
    assert_null(pp_metadata_parse("{\"_file_type\":1", 15));
}

static void metadata_is_written_over(void **state)
{
    static const char *const texts[] = {"{\"_file_type\":1}\n", "{\"_file_type\":2,\"more\":[1,2,3,4,5,6,7,8,9]}\n"};
    struct pp_buf text;
    char got[256];

    (void)state;
    for (int k = 0; k < 2; k++) {
        int fd = file_of(texts[k], strlen(texts[k]));
        pp_buf_init(&text, 1024);
        pp_buf_adds(&text, texts[1 - k]);
        assert_int_equal(pp_metadata_write_over(fd, &text), 0);
        assert_int_equal(pread(fd, got, sizeof got, 0), text.len);
        assert_memory_equal(got, text.data, text.len);
        pp_buf_release(&text);
        close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_come_back),  cmocka_unit_test(targets_are_done),
        cmocka_unit_test(other_lines),        cmocka_unit_test(lines_cut_anywhere),
        cmocka_unit_test(frames_cut_anywhere), cmocka_unit_test(metadata_is_always_whole),
        cmocka_unit_test(metadata_is_written_over),
    };
    int failed;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
