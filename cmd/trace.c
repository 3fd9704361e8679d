/* SPDX-License-Identifier: BSD-2-Clause */
/* trace.c: `pathprobe trace EXPERIMENT [TARGET...]`: parses the options, and runs core/campaign/trace. */
#include "commands.h"
#include "operands.h"

#include "../core/annotate/mmdb.h"
#include "../core/campaign/trace.h"
#include "../core/verdict/where.h"

#include <curl/curl.h>
#include <jansson.h>
#include <signal.h>

#define AT(member) offsetof(struct pp_trace_settings, member)
#define FLOWS_MAX 64

static const struct pp_option options[] = {
    {"arm", 0, PP_OPTION_STRINGS, AT(arms), "NAME", NULL, 0, 0, "What",
     "trace this arm; may be given more than once (default: all that differ from the baseline)"},
    {"connect", 0, PP_OPTION_STRING, AT(connect), "MODE", NULL, 0, 0, NULL,
     "kind of conversation (default: the experiment's)"},
    {"flows", 0, PP_OPTION_UINT, AT(flows), "N", "1", 1, FLOWS_MAX, NULL,
     "trace from N source ports, one after the other: equal-cost paths may differ"},
    {"census", 0, PP_OPTION_FLAG, AT(census), NULL, NULL, 0, 0, NULL,
     "one sweep per target without baseline, of ECT(0) with codepoint 46, or of --arm"},
    {"input", 0, PP_OPTION_STRING, AT(input), "FILE", NULL, 0, 0, NULL,
     "targets; .gz, .zst, .bz2 are decompressed (default: standard input)"},
    {"input-format", 0, PP_OPTION_STRING, AT(input_format), "FORMAT", NULL, 0, 0, NULL,
     "ndjson, csv or list (default: detected from the first line)"},
    {"csv-input", 0, PP_OPTION_FLAG, AT(csv_input), NULL, NULL, 0, 0, NULL, "the same as --input-format csv"},
    {"output", 0, PP_OPTION_STRING, AT(output), "FILE", NULL, 0, 0, NULL,
     "write here; .zst compresses (default: standard output)"},
    {"format", 0, PP_OPTION_STRING, AT(format), "FORMAT", "text", 0, 0, NULL,
     "text, ndjson, or pto3 (the JSON that pto3-trace reads)"},
    {"mmdb", 0, PP_OPTION_STRINGS, AT(mmdb), "FILE", NULL, 0, 0, NULL, "look up the AS of each hop in this database"},
    {"force", 0, PP_OPTION_FLAG, AT(force), NULL, NULL, 0, 0, NULL, "overwrite the output"},
    {"plugin-dir", 0, PP_OPTION_STRING, AT(plugin_dir), "DIR", NULL, 0, 0, NULL, "directory to load experiments from"},

    {"interface", 'i', PP_OPTION_STRING, AT(interface), "IF", NULL, 0, 0, "Where",
     "capture and send here (default: the interface of the default route)"},
    {"source", 0, PP_OPTION_STRINGS, AT(source), "ADDR", NULL, 0, 0, NULL, "source address, one per family"},
    {"vantage", 0, PP_OPTION_WORD, AT(vantage), "NAME", NULL, 0, 0, NULL,
     "name of this vantage point in results"},
    {"ipv4", '4', PP_OPTION_FLAG, AT(only4), NULL, NULL, 0, 0, NULL, "IPv4 targets only"},
    {"ipv6", '6', PP_OPTION_FLAG, AT(only6), NULL, NULL, 0, 0, NULL, "IPv6 targets only"},
    {"ports", 0, PP_OPTION_RANGE, AT(ports), "LO-HI", "61000-65535", 1024, 65535, NULL,
     "source ports: --flows of these"},
    {"user", 0, PP_OPTION_STRING, AT(user), "NAME", NULL, 0, 0, NULL,
     "drop to this user after start, if root (default: nobody)"},

    {"pairs", 0, PP_OPTION_UINT, AT(pairs), "N", "12", 1, PP_WHERE_PAIRS_MAX, "How",
     "stop after N pairs of sweeps; a drop needs seven"},
    {"max-hops", 0, PP_OPTION_UINT, AT(max_hops), "N", NULL, 1, PP_WHERE_TTL_MAX, NULL,
     "sweep to hop N at most (default: up to the target)"},
    {"rate", 'r', PP_OPTION_RATE, AT(rate), "N", "500", 0, 1e9, NULL, "packets per second; 0: no limit"},
    {"prefix-rate", 0, PP_OPTION_RATE, AT(prefix_rate), "N", "10", 0, 1e9, NULL,
     "targets begun per second and /24 or /48; 0: no limit"},
    {"hop-rate", 0, PP_OPTION_RATE, AT(hop_rate), "N", "10", 0, 1e9, NULL,
     "packets per second that expire at one router; 0: no limit"},
    {"in-flight", 0, PP_OPTION_UINT, AT(in_flight), "N", "5000", 1, 1e6, NULL, "targets at once"},
    {"seed", 0, PP_OPTION_UINT, AT(seed), "N", NULL, 0, 9e15, NULL, "order of sweeps and hops; 0: a random one"},

    {"contact", 0, PP_OPTION_STRING, AT(contact), "TEXT", NULL, 0, 0, "Manners",
     "contact of the operator; required for lists with public targets"},
    {"blocklist", 0, PP_OPTION_ALL, AT(blocklist), "FILE", NULL, 0, 0, NULL,
     "prefixes never to probe; all files given apply, and this host's blocklist"},
    {"allowlist", 0, PP_OPTION_STRING, AT(allowlist), "FILE", NULL, 0, 0, NULL,
     "prefixes that may be probed although a wider one is blocked"},
    {0},
};

static const struct pp_need needs[] = {
    {"pairs", "census", false, "a census makes one sweep, without pairs"},
    {0},
};

static const struct pp_held held[] = {
    {"blocklist", AT(site_blocklist)},
    {"allowlist", AT(site_allowlist)},
    {NULL, 0},
};

static int more(void *settings, const char *operand, struct pp_more *more)
{
    struct pp_trace_settings *s = settings;

    return pp_own_find(&s->experiment, &s->own, operand, s->plugin_dir, more);
}

static uint32_t look(void *arg, const struct pp_addr *a)
{
    struct pp_whereabouts w;

    return pp_mmdb_look(arg, a, &w) > 0 ? w.asn : 0;
}

static int open_targets(struct pp_trace_settings *s, char **targets)
{
    unsigned n = 0;

    while (targets[n])
        n++;
    if (n == 0)
        return 0;
    s->targets_fd = pp_operands_open(targets, s->only4 ? 4 : s->only6 ? 6 : 0);
    s->few = n <= PP_OPERANDS_FEW;
    return s->targets_fd < 0 ? -1 : 0;
}

static int run(void *settings, char **operands)
{
    struct pp_trace_settings *s = settings;
    struct pp_trace_asn asn = {.arg = NULL};
    struct pp_mmdb *mmdb = NULL;
    int code = 1;

    if (!operands[0]) {
        pp_error("no experiment was given");
        pp_hint("'pathprobe plugins' lists the experiments; ecn is one: 'pathprobe trace ecn example.com'");
        return 2;
    }
    if (s->only4 && s->only6)
        return pp_error("-4 and -6 exclude each other"), 2;
    if (operands[1] && s->input)
        return pp_error("targets on the command line and --input exclude each other"), 2;
    if (s->census && s->arms.n > 1)
        return pp_error("--census takes one --arm"), 2;
    if (s->census && s->flows > 1)
        return pp_error("--census and --flows exclude each other: a census makes one sweep"), 2;
    s->experiment = pp_plugin_configure(s->experiment, &s->own);
    if (!s->experiment)
        return 2;
    if (open_targets(s, operands + 1) < 0)
        return 1;
    if (s->mmdb.n) {
        mmdb = pp_mmdb_open(s->mmdb.v, s->mmdb.n);
        if (!mmdb)
            return 1;
        asn = (struct pp_trace_asn){.arg = mmdb, .look = look};
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    json_object_seed(0); /* before threads start */
    if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
        pp_error("libcurl cannot be initialised");
    } else {
        code = pp_trace_run(s, &asn);
        curl_global_cleanup();
    }
    pp_mmdb_free(mmdb);
    return code;
}

const struct pp_command pp_cmd_trace = {
    .name = "trace",
    .summary = "find the hop at which a treatment is changed, dropped or answered",
    .operands = "EXPERIMENT [TARGET...]",
    .options = options,
    .settings_size = sizeof(struct pp_trace_settings),
    .run = run,
    .more = more,
    .site = pp_site, /* the site's file has options of measure, and none of trace's own */
    .held_only = true,
    .held = held,
    .needs = needs,
};
