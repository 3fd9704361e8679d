/* SPDX-License-Identifier: BSD-2-Clause */
/* measure.c: `pathprobe measure EXPERIMENT`: parses the options, and runs the campaign. */
#include "commands.h"
#include "operands.h"

#include "../core/campaign/campaign.h"
#include "../core/loader/plugins.h"

#include <curl/curl.h>
#include <jansson.h>
#include <signal.h>
#include <unistd.h>

#define ALPHA 1e-4
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define AT(member) offsetof(struct pp_settings, member)

static const struct pp_option options[] = {
    {"interface", 'i', PP_OPTION_STRING, AT(interface), "IF", NULL, 0, 0, "Where",
     "capture and send here (default: the interface of the default route)"},
    {"source", 0, PP_OPTION_STRINGS, AT(source), "ADDR", NULL, 0, 0, NULL, "source address, one per family"},
    {"public-address", 0, PP_OPTION_STRINGS, AT(public_address), "ADDR", NULL, 0, 0, NULL,
     "public source address behind a NAT, for results; one per family"},
    {"vantage", 0, PP_OPTION_WORD, AT(vantage), "NAME", NULL, 0, 0, NULL,
     "name of this vantage point in results"},
    {"ipv4", '4', PP_OPTION_FLAG, AT(only4), NULL, NULL, 0, 0, NULL, "IPv4 targets only"},
    {"ipv6", '6', PP_OPTION_FLAG, AT(only6), NULL, NULL, 0, 0, NULL, "IPv6 targets only"},
    {"ports", 0, PP_OPTION_RANGE, AT(ports), "LO-HI", "61000-65535", 1024, 65535, NULL,
     "source ports: up to 1,024 of these"},
    {"user", 0, PP_OPTION_STRING, AT(user), "NAME", NULL, 0, 0, NULL,
     "drop to this user after start, if root (default: nobody)"},

    {"connect", 0, PP_OPTION_STRING, AT(connect), "MODE", NULL, 0, 0, "What",
     "kind of conversation (default: the experiment's)"},
    {"input", 0, PP_OPTION_STRING, AT(input), "FILE", NULL, 0, 0, NULL,
     "targets; .gz, .zst, .bz2 are decompressed (default: standard input)"},
    {"input-format", 0, PP_OPTION_STRING, AT(input_format), "FORMAT", NULL, 0, 0, NULL,
     "ndjson, csv or list (default: detected from the first line)"},
    {"csv-input", 0, PP_OPTION_FLAG, AT(csv_input), NULL, NULL, 0, 0, NULL, "the same as --input-format csv"},
    {"output", 0, PP_OPTION_STRING, AT(output), "FILE", NULL, 0, 0, NULL,
     "observations; .zst compresses (default: standard output)"},
    {"output-flows", 0, PP_OPTION_FLAG, AT(output_flows), NULL, NULL, 0, 0, NULL, "add the fields of each flow"},
    {"interim", 0, PP_OPTION_FLAG, AT(interim), NULL, NULL, 0, 0, NULL,
     "also a line after each round before the last; on standard output only"},
    {"left-out", 0, PP_OPTION_STRING, AT(left_out), "FILE", NULL, 0, 0, NULL,
     "write targets that were read but not probed, each with the reason"},
    {"pcap", 0, PP_OPTION_STRING, AT(pcap), "FILE", NULL, 0, 0, NULL,
     "write the packets of every target that is not `works`"},
    {"metadata", 0, PP_OPTION_STRING, AT(metadata), "FILE", NULL, 0, 0, NULL,
     "write the run's metadata here (default with --output F: F.meta.json)"},
    {"shard", 0, PP_OPTION_SHARD, AT(shard), "K/N", NULL, 1, 65535, NULL,
     "the K-th of N shares of the list, by address"},
    {"max-targets", 0, PP_OPTION_UINT, AT(max_targets), "N", NULL, 0, 1e18, NULL, "stop after N targets"},
    {"max-runtime", 0, PP_OPTION_SECONDS, AT(max_runtime), "S", NULL, 0, 1e9, NULL,
     "start no new target after S seconds"},
    {"no-dedup", 0, PP_OPTION_FLAG, AT(no_dedup), NULL, NULL, 0, 0, NULL, "keep duplicate targets"},
    {"resume", 0, PP_OPTION_FLAG, AT(resume), NULL, NULL, 0, 0, NULL,
     "continue an interrupted run into --output; with the same experiment, options and list"},
    {"force", 0, PP_OPTION_FLAG, AT(force), NULL, NULL, 0, 0, NULL,
     "overwrite output, metadata and pcap of an earlier run"},
    {"plugin-dir", 0, PP_OPTION_STRING, AT(plugin_dir), "DIR", NULL, 0, 0, NULL, "directory to load experiments from"},

    {"rate", 'r', PP_OPTION_RATE, AT(rate), "N", "2k", 0, 1e9, "How", "packets per second, whole process; 0: no limit"},
    {"prefix-rate", 0, PP_OPTION_RATE, AT(prefix_rate), "N", "10", 0, 1e9, NULL,
     "rounds begun per second and /24 or /48; 0: no limit"},
    {"workers", 'w', PP_OPTION_UINT, AT(workers), "N", NULL, 1, PP_WORKERS_MAX, NULL,
     "probing threads (default: the number of cores, at most 4)"},
    {"in-flight", 0, PP_OPTION_UINT, AT(in_flight), "N", "20000", 1, 1e7, NULL, "targets at once"},
    {"connect-timeout", 0, PP_OPTION_SECONDS, AT(connect_timeout), "S", "10", 0.1, 3600, NULL,
     "time limit for an arm's handshake, and then between signs of progress"},
    {"target-timeout", 0, PP_OPTION_SECONDS, AT(target_timeout), "S", "30", 0.1, 3600, NULL,
     "time limit for all arms of a target, per round"},
    {"seed", 0, PP_OPTION_UINT, AT(seed), "N", NULL, 0, 9e15, NULL,
     "order of arms and jitter; 0: a random one, written to the metadata"},

    {"rounds", 0, PP_OPTION_UINT, AT(rounds), "N", "0", 0, 100, "Truth",
     "exactly N rounds per target, no confirmation; 0: until the verdicts are confirmed"},
    {"max-rounds", 0, PP_OPTION_UINT, AT(max_rounds), "N", "12", 1, 100, NULL, "end confirmation after N rounds"},
    {"alpha", 0, PP_OPTION_NUMBER, AT(alpha), "P", TEXT(ALPHA), 1e-12, 0.5, NULL,
     "bound on a false `broken` or `transient`, per target and arm"},
    {"cooldown", 0, PP_OPTION_SECONDS, AT(cooldown), "S", "2", 0, 3600, NULL, "from the end of round 1 to round 2"},
    {"spacing", 0, PP_OPTION_SECONDS, AT(spacing), "S", "60", 0, 86400, NULL,
     "from the start of one later round to the next"},
    {"aa", 0, PP_OPTION_NUMBER, AT(aa), "SHARE", "0.02", 0, 1, NULL,
     "share of targets with a dummy arm from round 1 on"},
    {"audit", 0, PP_OPTION_NUMBER, AT(audit), "SHARE", "0.01", 0, 1, NULL,
     "share of working targets that get five rounds"},
    {"all-arms", 0, PP_OPTION_FLAG, AT(all_arms), NULL, NULL, 0, 0, NULL,
     "run all arms and controls in round 1 with every target, also arms that another one implies"},
    {"control", 0, PP_OPTION_STRING, AT(control), "FILE", NULL, 0, 0, NULL,
     "reference targets, probed throughout the run; the metadata records their results"},
    {"fdr", 0, PP_OPTION_NUMBER, AT(fdr), "Q", "0.01", 1e-9, 1, NULL, "false discovery rate of the published list"},
    {"max-flows-per-target", 0, PP_OPTION_UINT, AT(max_flows), "N", "0", 0, 65535, NULL,
     "over all rounds and arms; 0: what --max-rounds rounds need"},
    {"locate", 0, PP_OPTION_FLAG, AT(locate), NULL, NULL, 0, 0, NULL,
     "for confirmed verdicts, find the hops between which the treatment is lost, by TTL sweeps"},
    {"locate-sample", 0, PP_OPTION_NUMBER, AT(locate_sample), "SHARE", "0.01", 0, 1, NULL,
     "with --locate: share of working targets that are swept, too"},
    {"hop-rate", 0, PP_OPTION_RATE, AT(hop_rate), "N", "10", 0, 1e9, NULL,
     "with --locate: packets per second that expire at one router; 0: no limit"},
    {"allow-impaired-vantage", 0, PP_OPTION_FLAG, AT(allow_impaired_vantage), NULL, NULL, 0, 0, NULL,
     "continue if the first hops alter the treatment"},
    {"no-vantage-check", 0, PP_OPTION_FLAG, AT(no_vantage_check), NULL, NULL, 0, 0, NULL,
     "do not check whether the first hops alter the treatment"},

    {"contact", 0, PP_OPTION_STRING, AT(contact), "TEXT", NULL, 0, 0, "Manners",
     "contact of the operator; required for public targets"},
    {"blocklist", 0, PP_OPTION_ALL, AT(blocklist), "FILE", NULL, 0, 0, NULL,
     "prefixes never to probe; all files given apply, and this host's blocklist"},
    {"allowlist", 0, PP_OPTION_STRING, AT(allowlist), "FILE", NULL, 0, 0, NULL,
     "prefixes that may be probed although a wider one is blocked"},

    {"dry-run", 0, PP_OPTION_FLAG, AT(dry_run), NULL, NULL, 0, 0, "Show",
     "print what would be sent, decoded; send nothing"},
    {"status", 0, PP_OPTION_STRING, AT(status), "FILE", NULL, 0, 0, NULL,
     "a machine-readable line a second; FILE.prom: metrics for node_exporter"},
    {0},
};

static const struct pp_need needs[] = {
    {"locate-sample", "locate", true, "it is a share of the targets to locate"},
    {"hop-rate", "locate", true, "only packets of --locate expire at routers"},
    {"interim", "output", false, "interim lines are for a program that reads the output, and are not part of a result"},
    {0},
};

static const char *const own[] = {"output", "metadata", "pcap", "status", "left-out", "resume",
                                  "force",  "dry-run",  NULL};
static const char *const changeable[] = {
    "input",    "input-format", "csv-input", "ports",     "max-targets", "max-runtime", "plugin-dir", "rate",
    "prefix-rate", "workers",   "in-flight", "blocklist", "allowlist",   NULL,
};

/* Lists of the site's configuration, which users of the program cannot override. */
static const struct pp_held held[] = {
    {"blocklist", AT(site_blocklist)},
    {"allowlist", AT(site_allowlist)},
    {NULL, 0},
};

static uint64_t default_workers(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return cores < 1 ? 1 : cores > 4 ? 4 : (uint64_t)cores;
}

#ifndef PP_SITE_CONFIG
#define PP_SITE_CONFIG "/usr/local/etc/pathprobe/pathprobe.conf"
#endif

const char *pp_site(void)
{
    return pp_plugin_in_tree() ? NULL : PP_SITE_CONFIG;
}

/* Parses the experiment's own options. */
static int more(void *settings, const char *operand, struct pp_more *more)
{
    struct pp_settings *s = settings;

    return pp_own_find(&s->experiment, &s->own, operand, s->plugin_dir, more);
}

static int run(void *settings, char **operands)
{
    struct pp_settings *s = settings;
    int code;

    if (!operands[0]) {
        pp_error("no experiment was given");
        pp_hint("'pathprobe plugins' lists the experiments; ecn is one: 'pathprobe measure ecn'");
        return 2;
    }
    if (s->only4 && s->only6) {
        pp_error("-4 and -6 exclude each other");
        return 2;
    }
    if (s->resume && s->force) {
        pp_error("--resume and --force exclude each other: one continues the output, the other overwrites it");
        return 2;
    }
    if (s->rounds == 1 && s->alpha != ALPHA) {
        pp_error("--alpha %g with --rounds 1: a single trial has no error bound", s->alpha);
        pp_hint("use one of the two; without --rounds, a target gets as many rounds as the error bound needs");
        return 2;
    }
    s->experiment = pp_plugin_configure(s->experiment, &s->own);
    if (!s->experiment)
        return 2;
    if (operands[1] && s->input) {
        pp_error("targets on the command line and --input exclude each other");
        return 2;
    }
    if (operands[1] && (s->targets_fd = pp_operands_open(operands + 1, s->only4 ? 4 : s->only6 ? 6 : 0)) < 0)
        return 1;
    if (!s->workers)
        s->workers = default_workers();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    json_object_seed(0); /* before threads start */
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return pp_error("libcurl cannot be initialised"), 1;
    code = pp_campaign_run(s, &pp_cmd_measure, s->experiment);
    curl_global_cleanup();
    return code;
}

const struct pp_command pp_cmd_measure = {
    .name = "measure",
    .summary = "probe targets with a baseline and its treatments",
    .operands = "EXPERIMENT [TARGET...]",
    .options = options,
    .settings_size = sizeof(struct pp_settings),
    .own = own,
    .free = changeable,
    .run = run,
    .more = more,
    .site = pp_site,
    .held = held,
    .needs = needs,
};
