/* SPDX-License-Identifier: BSD-2-Clause */
/* lab.c: `pathprobe lab`: loads the scenario, writes targets and truth, then runs COMMAND in front of the emulator. */
#include "commands.h"

#include "../core/base/error.h"
#include "../core/stream/output.h"
#include "../lab/boxes/behaviour.h"
#include "../lab/stage/attach.h"
#include "../lab/truth/scenario.h"
#include "../lab/truth/topology.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

struct settings {
    uint64_t hosts, seed;
    const char *seed_text; /* text, to distinguish "not given" (the scenario's seed) from 0 */
    const char *scenario, *targets, *truth;
    bool list_behaviours, force, networks;
};

/* The seed is text here, and parsed below, as every number is valid. */
static const struct pp_option options[] = {
    {"hosts", 0, PP_OPTION_UINT, offsetof(struct settings, hosts), "N", "1000", 1, PP_LAB_HOSTS_MAX, "Lab",
     "targets in the emulated Internet"},
    {"scenario", 0, PP_OPTION_STRING, offsetof(struct settings, scenario), "NAME|FILE", "demo", 0, 0, NULL,
     "scenario: its hosts and middleboxes"},
    {"seed", 0, PP_OPTION_STRING, offsetof(struct settings, seed_text), "N", NULL, 0, 0, NULL,
     "seed of all random choices (default: the scenario's)"},
    {"targets", 0, PP_OPTION_STRING, offsetof(struct settings, targets), "FILE", NULL, 0, 0, "Output",
     "write the target list here before COMMAND starts"},
    {"networks", 0, PP_OPTION_FLAG, offsetof(struct settings, networks), NULL, NULL, 0, 0, NULL,
     "add made-up ASes and countries to that list, as annotate does"},
    {"truth", 0, PP_OPTION_STRING, offsetof(struct settings, truth), "FILE", NULL, 0, 0, NULL,
     "write the truth about each target here"},
    {"force", 0, PP_OPTION_FLAG, offsetof(struct settings, force), NULL, NULL, 0, 0, NULL,
     "overwrite these two files"},
    {"list-behaviours", 0, PP_OPTION_FLAG, offsetof(struct settings, list_behaviours), NULL, NULL, 0, 0, NULL,
     "list the behaviours of middleboxes and servers, and stop"},
    {.name = NULL},
};

struct comparison {
    FILE *with;
    bool differs;
};

static ssize_t compare(void *cookie, const char *bytes, size_t n)
{
    struct comparison *c = cookie;

    for (size_t i = 0; i < n && !c->differs; i++)
        c->differs = fgetc(c->with) != (unsigned char)bytes[i];
    return (ssize_t)n;
}

/* True if PATH has the content that would be written, as after the same command. */
static bool is_there(const struct pp_lab *lab, const char *path, int (*writer)(const struct pp_lab *lab, FILE *f))
{
    struct comparison c = {.with = fopen(path, "re")};
    FILE *f = c.with ? fopencookie(&c, "w", (cookie_io_functions_t){.write = compare}) : NULL;
    bool same = f && writer(lab, f) == 0;

    same = f && fclose(f) == 0 && same && !c.differs && fgetc(c.with) == EOF;
    if (c.with)
        fclose(c.with);
    return same;
}

/* Writes a file completely before COMMAND may read it. 0, or -1 printed. */
static int write_file(const struct pp_lab *lab, const struct settings *s, const char *path,
                      int (*writer)(const struct pp_lab *lab, FILE *f))
{
    struct stat st;
    FILE *f;
    int err;

    if (!path)
        return 0;
    if (pp_output_suffix(path, PP_PACKING_NONE) < 0)
        return -1;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        if (is_there(lab, path, writer))
            return 0;
        if (!s->force && pp_output_keep(path) < 0)
            return -1;
    }
    f = fopen(path, "we");
    if (!f)
        return pp_error_errno("cannot write '%s'", path);
    err = writer(lab, f);
    if (fclose(f) != 0 && err == 0)
        err = pp_error_errno("cannot write '%s'", path);
    return err;
}

/* Reads the seed, or takes the scenario's if none is given. 0, or -1 printed. */
static int read_seed(const struct pp_scenario *scenario, struct settings *s)
{
    char *end;

    s->seed = scenario->seed;
    if (!s->seed_text)
        return 0;
    errno = 0;
    s->seed = strtoull(s->seed_text, &end, 10);
    if (errno || *end || s->seed_text[0] < '0' || s->seed_text[0] > '9')
        return pp_error("'--seed %s' is not a number from 0 to 2^64-1", s->seed_text);
    return 0;
}

static int run_shell(struct pp_lab *lab, const struct settings *s)
{
    const char *shell = getenv("SHELL");
    char path[4096];
    char *argv[] = {path, NULL};

    snprintf(path, sizeof path, "%s", shell && *shell ? shell : "/bin/sh");
    if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO))
        pp_say(stderr, "%llu hosts of scenario '%s' behind lab0; leave with 'exit'", (unsigned long long)s->hosts,
               s->scenario);
    return pp_lab_run(lab, argv);
}

static void list_behaviours(void)
{
    static const char *const where[] = {"server", "fwd", "rev", "fwd, rev"};
    const struct pp_behaviour *b;

    for (unsigned i = 0; (b = pp_behaviour_at(i)); i++)
        printf("%-24s %-9s %s\n", b->name, where[b->dirs & (PP_LAB_FWD | PP_LAB_REV)], b->what);
}

static int run(void *settings, char **operands)
{
    struct settings *s = settings;
    struct pp_scenario *scenario = malloc(sizeof *scenario);
    struct pp_lab *lab = NULL;
    int code = 1;

    if (s->list_behaviours) {
        list_behaviours();
        free(scenario);
        return 0;
    }
    if (!scenario) {
        pp_error("no memory for the scenario");
        goto out;
    }
    if (pp_scenario_load(scenario, s->scenario) < 0)
        goto out;
    if (read_seed(scenario, s) < 0) {
        code = 2;
        goto out;
    }
    lab = pp_lab_new(scenario, s->hosts, s->seed);
    if (!lab)
        goto out;
    if (write_file(lab, s, s->targets, s->networks ? pp_lab_write_networks : pp_lab_write_targets) < 0 ||
        write_file(lab, s, s->truth, pp_lab_write_truth) < 0)
        goto out;
    code = operands[0] ? pp_lab_run(lab, operands) : run_shell(lab, s);
out:
    pp_lab_free(lab);
    free(scenario);
    return code;
}

const struct pp_command pp_cmd_lab = {
    .name = "lab",
    .summary = "run a command against an emulated Internet",
    .operands = "[-- COMMAND [ARG...]]",
    .options = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
