/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_journal.c: any bytes as an output to resume from. The first byte chooses lines or zstd frames. The part that is
 * found whole must end with a newline, lie within the file, and be found whole again; no part of a line may be counted.
 */
#include "../../core/results/journal.h"

#include "../../core/stream/journal_parts.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pp_condition conditions[] = {{.name = "x.negotiation.succeeded"},
                                                 {.name = "x.mss", .has_value = true}};
static const struct pp_arm arms[] = {{.name = "A"}, {.name = "B1", .connectivity = "x.connectivity"}, {.name = "B2"}};
static const struct pp_plugin plugin = {
    .name = "x", .arms = arms, .narms = 3, .conditions = conditions, .nconditions = 2};
static struct pp_plan_arm plan_arms[] = {
    {.arm = &arms[0], .index = 0}, {.arm = &arms[1], .index = 1}, {.arm = &arms[2], .index = 2}};
static const struct pp_plan plan = {
    .plugin = &plugin, .narms = 3, .arm = plan_arms, .run_id = "0123456789abcdef0123456789abcdef"};

static void check_whole(const uint8_t *data, size_t size, const char *name)
{
    int fd = memfd_create("journal", MFD_CLOEXEC);
    uint64_t whole, again;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        BUG("no memory file");
    if (pp_journal_whole(fd, name, &whole) == 0) {
        if (whole > size || (!pp_journal_is_zstd(name) && whole && data[whole - 1] != '\n'))
            BUG("%zu bytes are whole up to %llu", size, (unsigned long long)whole);
        if (ftruncate(fd, (off_t)whole) < 0 || pp_journal_whole(fd, name, &again) < 0 || again != whole)
            BUG("what is whole is not");
    }
    close(fd);
}

static void check_lines(const char *text, size_t size)
{
    struct pp_journal j;
    uint64_t lines = 0;

    if (pp_journal_init(&j, &plan, NULL) < 0)
        BUG("no memory");
    for (const char *end; size && (end = memchr(text, '\n', size)); size -= (size_t)(end + 1 - text), text = end + 1)
        lines += pp_journal_line(&j, text, (size_t)(end - text)) == NULL;
    if (j.lines != lines || j.totals.counts.targets != lines || pp_dedup_count(j.done) != lines)
        BUG("%llu lines, %llu counted", (unsigned long long)lines, (unsigned long long)j.totals.counts.targets);
    pp_journal_release(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    check_whole(data + 1, size - 1, data[0] & 1 ? "x.zst" : "x");
    if (!(data[0] & 1))
        check_lines((const char *)data + 1, size - 1);
    return 0;
}
