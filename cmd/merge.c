/* SPDX-License-Identifier: BSD-2-Clause */
/* merge.c: `pathprobe merge`: merges observations of many runs and vantage points into a line for each target. */
#include "commands.h"

#include "../core/merge/merge.h"
#include "../core/targets/target_options.h"

#include <jansson.h>
#include <signal.h>

struct settings {
    const char *output, *recheck;
    bool force, by_address, keep_all;
    double fdr;
    uint64_t memory;
};

#define AT(member) offsetof(struct settings, member)

static const struct pp_option options[] = {
    {"output", 0, PP_OPTION_STRING, AT(output), "FILE", NULL, 0, 0, "Output",
     "merged lines as NDJSON; .zst compresses (default: standard output)"},
    {"recheck", 0, PP_OPTION_STRING, AT(recheck), "FILE", NULL, 0, 0, NULL,
     "write the targets to measure again, and from which vantage point"},
    {"force", 0, PP_OPTION_FLAG, AT(force), NULL, NULL, 0, 0, NULL, "overwrite these two files"},

    {"by-address", 0, PP_OPTION_FLAG, AT(by_address), NULL, NULL, 0, 0, "How",
     "each source address of a vantage point is a vantage point of its own"},
    {"keep-all", 0, PP_OPTION_FLAG, AT(keep_all), NULL, NULL, 0, 0, NULL,
     "include vantage points whose controls or losses are beyond the limits"},
    {"fdr", 0, PP_OPTION_NUMBER, AT(fdr), "Q", "0.01", 1e-9, 0.5, NULL,
     "false discovery rate of the published list"},
    {"memory", 0, PP_OPTION_UINT, AT(memory), "MIB", "160", 1, 1 << 20, NULL,
     "memory for sorting; more is sorted in files in TMPDIR"},
    {0},
};

static int run(void *settings, char **operands)
{
    const struct settings *s = settings;
    struct pp_merge_config c = {.files = operands,
                                .output = s->output,
                                .recheck = s->recheck,
                                .by_address = s->by_address,
                                .keep_all = s->keep_all,
                                .force = s->force,
                                .fdr = s->fdr,
                                .memory = (unsigned)s->memory};

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    json_object_seed(0);
    for (; *operands; operands++)
        if (pp_target_options_output(*operands, s->output) < 0 || pp_target_options_output(*operands, s->recheck) < 0)
            return 1;
    return pp_merge(&c);
}

const struct pp_command pp_cmd_merge = {
    .name = "merge",
    .summary = "merge runs and vantage points into stable, multipoint observations",
    .operands = "[FILE...]",
    .options = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
