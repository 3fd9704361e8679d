/* SPDX-License-Identifier: BSD-2-Clause */
/* fleet.c: `pathprobe fleet`: the tables of options and actions; collect, status, stop, block, delete. */
#include "fleet_parts.h"

#include "../core/base/io.h"
#include "../core/base/privilege.h"
#include "../core/fleet/collect.h"
#include "../core/fleet/status.h"
#include "../core/fleet/submit.h"

#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define EXIT_INVALID 3 /* done, but some of it is missing */
#define EXIT_INTERRUPTED 130

#define AT(member) offsetof(struct pp_fleet_settings, member)

static const struct pp_option options[] = {
    {"nats", 0, PP_OPTION_STRING, AT(login.url), "URL", NULL, 0, 0, "Where", "the server: nats://HOST or tls://HOST"},
    {"creds", 0, PP_OPTION_STRING, AT(login.creds_file), "FILE", NULL, 0, 0, NULL, "credentials of a NATS user"},
    {"auth-file", 0, PP_OPTION_STRING, AT(login.auth_file), "FILE", NULL, 0, 0, NULL,
     "USER:PASSWORD or a token (default: $PATHPROBE_NATS_AUTH)"},
    {"ca-file", 0, PP_OPTION_STRING, AT(login.ca_file), "FILE", NULL, 0, 0, NULL,
     "CA certificates to verify the server with (default: the system's)"},
    {"cert-file", 0, PP_OPTION_STRING, AT(login.cert_file), "FILE", NULL, 0, 0, NULL,
     "client certificate for the server"},
    {"key-file", 0, PP_OPTION_STRING, AT(login.key_file), "FILE", NULL, 0, 0, NULL, "its key"},
    {"allow-plain", 0, PP_OPTION_FLAG, AT(login.allow_plain), NULL, NULL, 0, 0, NULL, "allow secrets without TLS"},
    {"campaign", 0, PP_OPTION_STRING, AT(campaign), "NAME", NULL, 0, 0, NULL,
     "name of the campaign; work: only this one; status: all if not given"},

    {"input", 0, PP_OPTION_STRING, AT(input), "FILE", NULL, 0, 0, "Submit", "targets (default: standard input)"},
    {"input-format", 0, PP_OPTION_STRING, AT(input_format), "FORMAT", NULL, 0, 0, NULL,
     "ndjson, csv or list (default: detected from the first line)"},
    {"split", 0, PP_OPTION_STRING, AT(split), "HOW", "chunk", 0, 0, NULL,
     "chunk: each target once; vantage: from each of --vantages"},
    {"vantages", 0, PP_OPTION_STRING, AT(vantages), "LIST", NULL, 0, 0, NULL, "their names, separated by commas"},
    {"chunk", 0, PP_OPTION_UINT, AT(chunk), "N", "1000", 1, PP_FLEET_CHUNK_TARGETS, NULL, "targets per chunk"},
    {"lease", 0, PP_OPTION_UINT, AT(lease), "S", "60", 2, 86400, NULL,
     "give a chunk to another worker after this time without a report"},
    {"blocklist", 0, PP_OPTION_ALL, AT(blocklist), "FILE", NULL, 0, 0, NULL,
     "submit, block: prefixes that no worker probes"},

    {"allowlist", 0, PP_OPTION_STRING, AT(allowlist), "FILE", NULL, 0, 0, NULL,
     "keep these although a wider prefix is blocked"},

    {"vantage", 0, PP_OPTION_STRING, AT(vantage), "NAME", NULL, 0, 0, "Work", "name of this vantage point"},
    {"spool", 0, PP_OPTION_STRING, AT(spool), "DIR", "pathprobe-spool", 0, 0, NULL,
     "keep results here until the server has them"},
    {"chunks", 0, PP_OPTION_UINT, AT(chunks), "N", "4", 1, 64, NULL, "hold up to N chunks at once"},
    {"rate", 'r', PP_OPTION_RATE, AT(rate), "N", NULL, 0, 1e9, NULL,
     "limit of packets per second over any campaign's; 0: the campaign's"},
    {"allow-options", 0, PP_OPTION_STRING, AT(allow_options), "LIST", NULL, 0, 0, NULL,
     "options of measure that a campaign may set (default: see the manual)"},
    {"allow-experiments", 0, PP_OPTION_STRING, AT(allow_experiments), "LIST", NULL, 0, 0, NULL,
     "experiments that a campaign may use (default: all that are installed)"},
    {"any-version", 0, PP_OPTION_FLAG, AT(any_version), NULL, NULL, 0, 0, NULL,
     "accept campaigns that another version submitted"},
    {"once", 0, PP_OPTION_FLAG, AT(once), NULL, NULL, 0, 0, NULL, "end when no campaign has a chunk left"},
    {"user", 0, PP_OPTION_STRING, AT(user), "NAME", NULL, 0, 0, NULL,
     "drop to this user after start, if root (default: nobody)"},

    {"output", 0, PP_OPTION_STRING, AT(output), "FILE", NULL, 0, 0, "Collect",
     "observations: x.ndjson becomes x.VANTAGE.ndjson"},
    {"force", 0, PP_OPTION_FLAG, AT(force), NULL, NULL, 0, 0, NULL, "overwrite the output"},
    {"json", 0, PP_OPTION_FLAG, AT(json), NULL, NULL, 0, 0, "Status", "one JSON object instead of lines"},
    {0},
};

volatile int pp_fleet_stopped;

/* Options of `measure` that a campaign may set by default: none names a file, an interface or a user. */
const char *const pp_fleet_measure_options[] = {
    "ipv4",     "ipv6",       "connect",        "output-flows",  "prefix-rate", "in-flight", "connect-timeout",
    "target-timeout", "seed", "rounds",         "max-rounds",    "alpha",       "cooldown",  "spacing",
    "aa",       "audit",      "fdr",            "max-flows-per-target", "contact", "rate",   "max-runtime",
    "all-arms", "locate",     "locate-sample",  "hop-rate",      NULL,
};

static void stop(int sig)
{
    (void)sig;
    pp_fleet_stopped = 1;
}


void pp_fleet_add_name(struct pp_fleet_names *l, const char *name)
{
    if (l->n < NAMES_MAX)
        l->v[l->n++] = name;
}

/* "a,b,c" */
int pp_fleet_split_names(struct pp_fleet_names *l, const char *text)
{
    char *p, *save = NULL;

    l->text = strdup(text);
    if (!l->text)
        return pp_error("out of memory");
    for (p = strtok_r(l->text, ",", &save); p; p = strtok_r(NULL, ",", &save))
        pp_fleet_add_name(l, p);
    return 0;
}

int pp_fleet_read_blocklists(struct pp_fleet_settings *s, struct pp_buf *out)
{
    pp_buf_init(out, BLOCKLIST_MAX);
    for (unsigned i = 0; i < s->blocklist.n; i++) {
        FILE *f = fopen(s->blocklist.v[i], "re");
        bool ok = f && pp_buf_read(out, f);
        if (f)
            fclose(f);
        if (!ok)
            return pp_error_errno("cannot read '%s'", s->blocklist.v[i]);
        pp_buf_addc(out, '\n');
    }
    return out->failed ? pp_error("the blocklist is larger than %u bytes", BLOCKLIST_MAX) : 0;
}

/* ---- collect, status, and the rest ------------------------------------------------------------------------------- */

static void say_collected(const char *campaign, const struct pp_fleet_collected *c)
{
    uint64_t read = 0;
    const char *between = "";

    for (unsigned i = 0; i < PP_FLEET_FATES; i++)
        read += c->counts[i];
    printf("%s '%s': %" PRIu64 " of %" PRIu64 " chunks", c->done == c->chunks ? "All of campaign" : "Campaign",
           campaign, c->done, c->chunks);
    if (c->failed)
        printf(", %" PRIu64 " failed", c->failed);
    printf("; %" PRIu64 " observations in %u files.\n%" PRIu64 " read = ", c->lines, c->files, read);
    for (unsigned i = 0; i < PP_FLEET_FATES; i++) {
        if (!c->counts[i] && i != PP_FLEET_WRITTEN)
            continue;
        printf("%s%" PRIu64 " %s", between, c->counts[i], pp_fleet_fates[i]);
        between = " + ";
    }
    printf("\n");
    if (c->strays)
        printf("%" PRIu64 " messages in its queues were not chunks of it.\n", c->strays);
    if (c->clock_offset_ms > 1000)
        printf("A worker's clock was off by %.1f s: times in its file are by that clock.\n",
               (double)c->clock_offset_ms / 1000);
    if (c->doubled)
        printf("%" PRIu64 " chunks were measured more than once: the first complete result was used.\n", c->doubled);
}

static int collect(struct pp_fleet_settings *s, struct pp_bus *b)
{
    struct pp_fleet_collected c;
    int result = pp_fleet_collect(b, s->campaign, s->output, s->force, &pp_fleet_stopped, &c);

    if (result < 0)
        return -1;
    if (!pp_quiet)
        say_collected(s->campaign, &c);
    if (c.done + c.failed + c.gone < c.chunks)
        pp_warn("%" PRIu64 " chunks are not done yet: collect again, with --force, later",
                c.chunks - c.done - c.failed - c.gone);
    if (c.gone)
        pp_warn("the server has no results of %" PRIu64 " chunks that were done", c.gone);
    if (c.lost + c.gone == 0)
        return 0;
    pp_hint("submit the list again under another --campaign, and `merge` both: each target is in it once");
    return EXIT_INVALID;
}

static int show_status(struct pp_fleet_settings *s, struct pp_bus *b)
{
    json_t *j = pp_fleet_status(b, s->campaign);
    struct pp_buf out;
    char *text;
    int result;

    if (!j)
        return -1;
    pp_buf_init(&out, PP_FLEET_STATUS_MAX);
    if (s->json) {
        text = json_dumps(j, JSON_COMPACT);
        pp_buf_adds(&out, text ? text : "");
        pp_buf_addc(&out, '\n');
        free(text);
    } else {
        pp_fleet_status_text(j, &out);
    }
    json_decref(j);
    result = out.failed ? pp_error("out of memory") : pp_stdout_put(out.data, out.len);
    pp_buf_release(&out);
    return result;
}

/* Checks that `measure` can read the blocklists: a worker ends at one that it cannot read. */
static int check_blocklists(struct pp_fleet_settings *s)
{
    struct pp_blocklist *blocked = pp_blocklist_open(NULL, NULL, true);
    int result = blocked ? 0 : -1;

    for (unsigned i = 0; result == 0 && i < s->blocklist.n; i++)
        result = pp_blocklist_add(blocked, PP_LIST_BLOCK, s->blocklist.v[i]);
    pp_blocklist_free(blocked);
    return result;
}

static int block(struct pp_fleet_settings *s, struct pp_bus *b)
{
    struct pp_buf text;
    int result = check_blocklists(s) < 0 ? -1 : 0;

    pp_buf_init(&text, 1);
    if (result == 0)
        result = pp_fleet_read_blocklists(s, &text);
    if (result == 0)
        result = pp_fleet_block(b, s->campaign, text.len ? text.data : "", text.len);
    pp_buf_release(&text);
    return result;
}

static int stop_campaign(struct pp_fleet_settings *s, struct pp_bus *b)
{
    return pp_fleet_stop(b, s->campaign);
}

static int delete_campaign(struct pp_fleet_settings *s, struct pp_bus *b)
{
    return pp_fleet_delete(b, s->campaign);
}

static const struct action {
    const char *name;
    int (*whole)(struct pp_fleet_settings *, char **operands); /* the action opens the bus itself */
    int (*on_bus)(struct pp_fleet_settings *, struct pp_bus *);
    bool campaign, output; /* needed */
} actions[] = {
    {"submit", pp_fleet_run_submit, NULL, true, false},          {"work", pp_fleet_run_work, NULL, false, false},
    {"collect", NULL, collect, true, true},         {"status", NULL, show_status, false, false},
    {"stop", NULL, stop_campaign, true, false},     {"block", NULL, block, true, false},
    {"delete", NULL, delete_campaign, true, false},
};

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; name && i < sizeof actions / sizeof *actions; i++)
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    if (name)
        pp_usage("fleet: no '%s'", name);
    else
        pp_usage("fleet: no action was given");
    pp_hint("use one of submit, work, collect, status, stop, block, delete");
    return NULL;
}

static int act(const struct action *a, struct pp_fleet_settings *s, char **operands)
{
    struct pp_bus bus = {0};
    int result;

    if (a->whole)
        return a->whole(s, operands);
    if (operands[1]) {
        pp_usage("fleet %s: '%s' is one argument too many", a->name, operands[1]);
        return -1;
    }
    if (geteuid() != 0 && pp_privilege_drop(NULL) < 0) /* capabilities of the program's file are not needed */
        return -1;
    result = pp_bus_open(&bus, &s->login, NULL);
    if (result == 0)
        result = a->on_bus(s, &bus);
    pp_bus_close(&bus);
    return result;
}

static int run(void *settings, char **operands)
{
    struct pp_fleet_settings *s = settings;
    const struct action *a = find_action(operands[0]);
    struct sigaction act_on = {.sa_handler = stop};
    int result;

    if (!a)
        return EXIT_USAGE;
    if (a->campaign && !s->campaign) {
        pp_error("fleet %s: no --campaign", a->name);
        return EXIT_USAGE;
    }
    if (a->output && !s->output) {
        pp_error("fleet %s: no --output", a->name);
        return EXIT_USAGE;
    }
    if (a->output && strcmp(s->output, "-") == 0) {
        pp_usage("fleet %s writes a file per vantage point and cannot write to standard output", a->name);
        return EXIT_USAGE;
    }
    if ((s->campaign && pp_fleet_check_name("campaign", s->campaign) < 0) || pp_fleet_check_login(&s->login) < 0)
        return EXIT_USAGE;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    sigaction(SIGINT, &act_on, NULL);
    sigaction(SIGTERM, &act_on, NULL);
    json_object_seed(0); /* before threads start */
    result = pp_fleet_read_login(&s->login) < 0 ? -1 : act(a, s, operands);
    pp_fleet_release_login(&s->login);
    if (pp_fleet_stopped)
        return EXIT_INTERRUPTED;
    return result == -EXIT_USAGE ? EXIT_USAGE : result < 0 ? 1 : result;
}

const struct pp_command pp_cmd_fleet = {
    .name = "fleet",
    .summary = "a campaign over many machines, on NATS JetStream",
    .operands = "submit|work|collect|status|stop|block|delete [-- ...]",
    .options = options,
    .settings_size = sizeof(struct pp_fleet_settings),
    .run = run,
};
