/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_config.c: any bytes as a config file: --print-config of an accepted one must parse to the same settings. */
#include "../../core/options/options.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

struct settings {
    const char *text;
    struct pp_strings list;
    uint64_t count, rate;
    double number;
    int64_t seconds;
    struct pp_range range, shard;
    struct pp_numbers numbers; /* the values of experiments' own options */
    bool flag;
};

#define AT(member) offsetof(struct settings, member)

static const struct pp_option options[] = {
    {"t", 0, PP_OPTION_STRING, AT(text), "T", NULL, 0, 0, NULL, "text"},
    {"l", 0, PP_OPTION_STRINGS, AT(list), "L", NULL, 0, 0, NULL, "texts"},
    {"c", 0, PP_OPTION_UINT, AT(count), "N", NULL, 0, 0, NULL, "count"},
    {"r", 0, PP_OPTION_RATE, AT(rate), "N", NULL, 0, 0, NULL, "rate"},
    {"n", 0, PP_OPTION_NUMBER, AT(number), "N", NULL, 0, 0, NULL, "number"},
    {"s", 0, PP_OPTION_SECONDS, AT(seconds), "S", NULL, 0, 0, NULL, "seconds"},
    {"g", 0, PP_OPTION_RANGE, AT(range), "LO-HI", NULL, 0, 0, NULL, "range"},
    {"h", 0, PP_OPTION_SHARD, AT(shard), "K/N", NULL, 0, 0, NULL, "shard"},
    {"o", 0, PP_OPTION_NUMBERS, AT(numbers), "N,...", NULL, 0, 4294967295, NULL, "numbers"},
    {"f", 0, PP_OPTION_FLAG, AT(flag), NULL, NULL, 0, 0, NULL, "flag"},
    {.name = NULL},
};

static const struct pp_command command = {
    .name = "fuzz", .summary = "", .options = options, .settings_size = sizeof(struct settings)};

/* Standard error is /dev/null while the parser runs, which reports bad lines; afterwards the fuzzer needs it. */
static int parse(struct settings *s, const void *bytes, size_t n, char ***operands)
{
    int fd = memfd_create("config", 0), silent = open("/dev/null", O_WRONLY | O_CLOEXEC), saved = dup(2), rc;
    char path[40];

    if (fd < 0 || silent < 0 || saved < 0 || write(fd, bytes, n) != (ssize_t)n)
        abort();
    snprintf(path, sizeof path, "--config=/proc/self/fd/%d", fd);
    dup2(silent, 2);
    rc = pp_options_parse(&command, s, 2, (char *[]){(char[]){"fuzz"}, path, NULL}, operands);
    dup2(saved, 2);
    close(saved);
    close(silent);
    close(fd);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings s;
    struct pp_buf first, again;
    char **operands;

    if (parse(&s, data, size, &operands) < 0)
        return 0;
    pp_buf_init(&first, 1 << 22);
    pp_buf_init(&again, 1 << 22);
    pp_options_config(options, &s, &first);
    pp_options_release(&command, &s, operands);
    if (parse(&s, first.data, first.len, &operands) < 0)
        abort();
    pp_options_config(options, &s, &again);
    pp_options_release(&command, &s, operands);
    if (first.len != again.len || memcmp(first.data, again.data, first.len) != 0)
        abort();
    pp_buf_release(&first);
    pp_buf_release(&again);
    return 0;
}
