/* SPDX-License-Identifier: BSD-2-Clause */
/* metadata.c: `pathprobe metadata`: writes FILE.meta.json, a description for an observatory, for result files. */
#include "commands.h"

#include "../core/publish/describe.h"
#include "../core/stream/metadata_file.h"

#include <unistd.h>

#define EXIT_USAGE 2

struct settings {
    const char *owner, *vantage, *experiment;
    struct pp_strings add;
};

#define AT(member) offsetof(struct settings, member)

static const struct pp_option options[] = {
    {"add", 0, PP_OPTION_STRINGS, AT(add), "TAG:VALUE", NULL, 0, 0, "What",
     "add a member to the metadata; VALUE may contain colons"},
    {"owner", 0, PP_OPTION_STRING, AT(owner), "WHO", NULL, 0, 0, NULL,
     "owner of the data (default: the run's contact)"},
    {"vantage", 0, PP_OPTION_WORD, AT(vantage), "NAME", NULL, 0, 0, NULL,
     "where it was measured (default: the run's vantage point)"},
    {"experiment", 0, PP_OPTION_STRING, AT(experiment), "NAME", NULL, 0, 0, NULL,
     "of a file with several experiments, describe this one"},
    {0},
};

static int describe(const struct settings *s, const char *file)
{
    struct pp_describe d = {.add = &s->add, .owner = s->owner, .vantage = s->vantage};
    struct pp_buf run, text, path;
    struct pp_survey survey;
    char vantage[128];
    int fd = -1;

    pp_buf_init(&run, PP_DESCRIPTION_MAX);
    pp_buf_init(&text, PP_DESCRIPTION_MAX);
    pp_buf_init(&path, 8192);
    pp_describe_path(&path, file);
    survey.conditions = NULL;
    if (pp_describe_beside(file) < 0 || pp_describe_read(&run, &d, file) < 0 ||
        pp_export(&survey, NULL, file, PP_FORM_ROUNDS, s->experiment,
                  pp_describe_vantage(vantage, sizeof vantage, &d, &run) ? vantage : NULL) < 0)
        goto out;
    pp_describe_local(&text, &d, &run, &survey);
    if (path.failed || text.failed) {
        pp_error("out of memory");
        goto out;
    }
    fd = pp_metadata_replace(path.data, &text);
    if (fd >= 0)
        pp_survey_say(&survey, file, PP_FORM_ROUNDS);
out:
    pp_survey_release(&survey);
    pp_buf_release(&run);
    pp_buf_release(&text);
    pp_buf_release(&path);
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static int run(void *settings, char **operands)
{
    const struct settings *s = settings;
    int code = 0;

    if (!operands[0]) {
        pp_error("no file was given");
        pp_hint("example: 'pathprobe metadata ecn.ndjson' writes ecn.ndjson.meta.json");
        return EXIT_USAGE;
    }
    if (pp_describe_check(&(struct pp_describe){.add = &s->add}) < 0)
        return EXIT_USAGE;
    json_object_seed(0);
    for (char **file = operands; *file; file++)
        code |= describe(s, *file) < 0;
    return code;
}

const struct pp_command pp_cmd_metadata = {
    .name = "metadata",
    .summary = "describe result files for an observatory",
    .operands = "FILE...",
    .options = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
