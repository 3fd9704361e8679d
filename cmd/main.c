/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c: the table of commands; and the rooms of the tree. Each file's first comment says what the file is for;
 * tests/lab/map.sh checks both. ARCHITECTURE.md says which room may use which.
 *
 * cmd/              the program: a file per command
 * core/             the engine; knows no experiment
 * core/base/        what everybody needs: addresses, buffers, JSON out, errors, chance, timers
 * core/abi/         plugin.h, the public interface of an experiment
 * core/packet/      bytes <-> meaning, pure functions
 * core/wire/        where packets leave and come in
 * core/flow/        which flow a packet belongs to, and what a flow's packets say
 * core/talk/        conversations with targets: TCP, HTTP, DNS, UDP
 * core/options/     command lines and configuration files against tables
 * core/loader/      finds, loads and checks experiments
 * core/stream/      lines in and lines out, and sorted on disk
 * core/targets/     a line -> a target that may be probed
 * core/verdict/     what a run does to a target, and what follows from its rounds
 * core/trace/       an arm's packets with rising TTL, where on the path they are changed or lost, and how that is said
 * core/probe/       the worker: targets, rounds and flows under way
 * core/results/     what came of targets, as lines, metadata, progress and summary
 * core/campaign/    one run, from open to summary
 * core/merge/       observations of many runs and vantage points -> one line for each target
 * core/names/       names -> targets
 * core/annotate/    what databases know of addresses, put into lines
 * core/aggregate/   observations -> counts, shares and their intervals
 * core/report/      those -> a page, a text, tables
 * core/publish/     finished observations -> observatories, buckets
 * core/fleet/       a campaign over many machines, on NATS JetStream
 * plugins/          one experiment per file; sees core/abi/plugin.h and nothing else
 * lab/              the emulated Internet; demo.sh: the tour of `make demo`, pictures.sh: its screen, into README.md
 * lab/boxes/        the table of behaviours, and what a middlebox does to a packet
 * lab/truth/        scenarios, which host stands where, what a verdict has to be
 * lab/net/          packets on their way: routers, loss and delay, boxes that count
 * lab/host/         servers: their TCP, HTTP, UDP
 * lab/stage/        the lab as a wire under a virtual clock, and on a veth pair before a command
 * lab/scenarios/    built-in scenarios, compiled in
 * tests/            run: runs them, several at once, and adds up
 * tests/unit/       test_X.c tests X; bad_plugins/ are wrong in one thing each; golden_*.h come from Scapy
 * tests/lab/        the program as its users see it; docs.sh: help and manual agree; map.sh: this map is whole
 * tests/net/        between real kernels in network namespaces; topology.sh lays them
 * tests/fuzz/       fuzz_X.c and their seeds
 * tests/bench/      speed, against yardsticks in the same run: `make bench`
 * tests/captures/   capture files and what is in them
 * tests/preload/    what a test puts between a program and the C library
 * man/              pages in mdoc: pathprobe.1, one per command, formats, the plugin interface, a tutorial; examples/
 * debian/ m4/ .ci/  packaging, autoconf macros, what a build machine runs
 */
#include "commands.h"
#include "values.h"

#include "../core/base/error.h"
#include "../core/base/io.h"
#include "../core/base/privilege.h"
#include "../core/base/suggest.h"

#include "config.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_USAGE 2

const struct pp_command *const pp_commands[] = {
    &pp_cmd_check,
    &pp_cmd_measure,
    &pp_cmd_trace,
    &pp_cmd_observe,
    &pp_cmd_resolve,
    &pp_cmd_annotate,
    &pp_cmd_filter,
    &pp_cmd_merge,
    &pp_cmd_report,
    &pp_cmd_metadata,
    &pp_cmd_upload,
    &pp_cmd_fleet,
    &pp_cmd_lab,
    &pp_cmd_plugins,
    &pp_cmd_doctor,
    NULL,
};

static const struct pp_command *find(const char *name)
{
    for (const struct pp_command *const *c = pp_commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return strcmp(name, pp_cmd_completion.name) == 0 ? &pp_cmd_completion : NULL;
}

static void usage(FILE *out)
{
    fprintf(out, "usage: pathprobe COMMAND [OPTION...] [ARG...]\n\n");
    for (const struct pp_command *const *c = pp_commands; *c; c++)
        fprintf(out, "  %-10s %s\n", (*c)->name, (*c)->summary);
    fprintf(out, "\n'pathprobe COMMAND --help' explains a command. First steps: 'pathprobe doctor'\n"
                 "says what works here, 'pathprobe lab' is an emulated Internet to try things on.\n");
}

static int unknown(const char *name)
{
    const char *names[sizeof pp_commands / sizeof pp_commands[0]] = {NULL}, *near;

    for (unsigned i = 0; pp_commands[i]; i++)
        names[i] = pp_commands[i]->name;
    if (name[0] == '-') {
        pp_error("unknown option '%s' before the command", name);
    } else {
        pp_error("unknown command '%s'", name);
        near = pp_did_you_mean(name, names);
        if (near) {
            pp_hint("did you mean %s?", near);
            return EXIT_USAGE;
        }
    }
    pp_hint("'pathprobe --help' lists the commands");
    return EXIT_USAGE;
}

/* Flushes standard output. A failed write becomes an error exit code, on every path that leaves main. */
static int flushed(int code)
{
    return pp_stdout_flush() < 0 && code == 0 ? 1 : code;
}

/* Takes a file that has been named before, by whatever name, out of OPERANDS: nothing of it is to count twice. */
static int drop_repeated(char **operands)
{
    unsigned n = 0, kept = 0;
    struct stat *st;

    while (operands[n])
        n++;
    if (!(st = calloc(n + 1, sizeof *st)))
        return pp_error("out of memory");
    for (unsigned i = 0, k; i < n; i++) {
        char *name = operands[i];
        if (stat(name, &st[kept]) < 0 || !S_ISREG(st[kept].st_mode))
            st[kept] = (struct stat){0};
        for (k = 0; k < kept; k++)
            if (strcmp(operands[k], name) == 0 || (st[kept].st_ino && st[k].st_ino == st[kept].st_ino &&
                                                   st[k].st_dev == st[kept].st_dev))
                break;
        if (k < kept)
            pp_warn("'%s' is the same file as '%s': it is read once", name, operands[k]);
        else
            operands[kept++] = name;
    }
    operands[kept] = NULL;
    free(st);
    return 0;
}

static int run(const struct pp_command *c, int argc, char **argv)
{
    char **operands;
    void *settings = calloc(1, c->settings_size ? c->settings_size : 1);
    int rc;

    if (!settings) {
        pp_error("out of memory");
        return 1;
    }
    rc = pp_options_parse(c, settings, argc, argv, &operands);
    if (rc == 0) {
        bool files = c->operands && strstr(c->operands, "FILE...");
        rc = files && drop_repeated(operands) < 0 ? 1 : c->run(settings, operands);
        if (rc == 1 && pp_usage_told())
            rc = EXIT_USAGE;
        pp_options_release(c, settings, operands);
    } else {
        rc = rc < 0 ? EXIT_USAGE : rc == PP_OPTIONS_FAILED ? 1 : 0;
    }
    free(settings);
    return flushed(rc);
}

/* `help`, `help COMMAND`, `help EXPERIMENT`, --help. Without a manual, prints the text of --help. */
static int help(int argc, char **argv)
{
    const struct pp_command *c;

    if (argc < 2) {
        usage(stdout);
        return flushed(0);
    }
    c = find(argv[1]);
    if (!c && pp_values_is_experiment(argv[1]))
        return run(&pp_cmd_plugins, 2, (char *[]){(char[]){"plugins"}, argv[1], NULL});
    if (!c)
        return unknown(argv[1]);
    if (c != &pp_cmd_completion && pp_page_show(c->name) == 0)
        return 0;
    return run(c, 2, (char *[]){argv[1], (char[]){"--help"}, NULL});
}

/*
 * Replaces standard descriptors that the caller closed by /dev/null, opened for the opposite direction so that reading
 * or writing fails with EBADF. Otherwise the next file or raw socket would get the descriptor, and messages would be
 * written there.
 */
static int hold_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return pp_error_errno("cannot open '/dev/null' in the place of closed descriptor %d", fd);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct pp_command *c;

    if (hold_standard() < 0)
        return 1;
    /* The lab passes the environment to its COMMAND, which has only the caller's privileges. */
    if (getauxval(AT_SECURE) && !(argc > 1 && strcmp(argv[1], "lab") == 0))
        pp_environment_clean();
    if (argc < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("pathprobe %s\n", PP_VERSION);
        return flushed(0);
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help(argc - 1, argv + 1);
    c = find(argv[1]);
    return c ? run(c, argc - 1, argv + 1) : unknown(argv[1]);
}
