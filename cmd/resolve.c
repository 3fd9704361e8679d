/* SPDX-License-Identifier: BSD-2-Clause */
/* resolve.c: `pathprobe resolve`: resolves names to targets. */
#include "commands.h"

#include "../core/base/confine.h"
#include "../core/names/resolve.h"
#include "../core/stream/signals.h"
#include "../core/targets/target_options.h"

#include <ares.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>

#define EXIT_USAGE 2
#define EXIT_INTERRUPTED 130

struct settings {
    const char *input, *input_format, *output, *failed, *type;
    struct pp_strings server;
    const char *user;
    bool csv_input, only4, only6, www, one, pair, force;
    uint64_t rate, retries, in_flight, workers;
    int64_t timeout;
};

#define AT(member) offsetof(struct settings, member)

static const struct pp_option options[] = {
    {"input", 0, PP_OPTION_STRING, AT(input), "FILE", NULL, 0, 0, "What",
     "names; .gz, .zst, .bz2 are decompressed (default: standard input)"},
    {"input-format", 0, PP_OPTION_STRING, AT(input_format), "FORMAT", NULL, 0, 0, NULL,
     "ndjson, csv or list (default: detected from the first line)"},
    {"csv-input", 0, PP_OPTION_FLAG, AT(csv_input), NULL, NULL, 0, 0, NULL, "the same as --input-format csv"},
    {"output", 0, PP_OPTION_STRING, AT(output), "FILE", NULL, 0, 0, NULL,
     "targets; .zst compresses (default: standard output)"},
    {"failed", 0, PP_OPTION_STRING, AT(failed), "FILE", NULL, 0, 0, NULL,
     "write names without an address, each with the reason"},
    {"force", 0, PP_OPTION_FLAG, AT(force), NULL, NULL, 0, 0, NULL, "overwrite the output and --failed"},

    {"type", 0, PP_OPTION_STRING, AT(type), "TYPE", "host", 0, 0, "Which",
     "host, mx, ns or https (services for HTTP/3, RFC 9460)"},
    {"www", 0, PP_OPTION_FLAG, AT(www), NULL, NULL, 0, 0, NULL, "resolve www.NAME, too"},
    {"ipv4", '4', PP_OPTION_FLAG, AT(only4), NULL, NULL, 0, 0, NULL, "IPv4 addresses only"},
    {"ipv6", '6', PP_OPTION_FLAG, AT(only6), NULL, NULL, 0, 0, NULL, "IPv6 addresses only"},
    {"one", 0, PP_OPTION_FLAG, AT(one), NULL, NULL, 0, 0, NULL, "one address per name and family, not all"},
    {"pair", 0, PP_OPTION_FLAG, AT(pair), NULL, NULL, 0, 0, NULL,
     "as --one; the IPv4 and IPv6 address of a name share an id"},

    {"server", 0, PP_OPTION_STRINGS, AT(server), "ADDR", NULL, 0, 0, "How",
     "use this resolver, ADDR or ADDR:PORT (default: the system's)"},
    {"rate", 'r', PP_OPTION_RATE, AT(rate), "N", "500", 0, 1e9, NULL,
     "queries per second, over all resolvers; 0: no limit"},
    {"retries", 0, PP_OPTION_UINT, AT(retries), "N", "3", 0, 20, NULL,
     "repeat a query up to N times, each at the next resolver"},
    {"timeout", 0, PP_OPTION_SECONDS, AT(timeout), "S", "3", 0.01, 60, NULL, "time limit for the answer to one query"},
    {"in-flight", 0, PP_OPTION_UINT, AT(in_flight), "N", "1000", 1, 20000, NULL, "names at once"},
    {"workers", 'w', PP_OPTION_UINT, AT(workers), "N", "1", 1, PP_RESOLVE_WORKERS_MAX, NULL, "resolving threads"},
    {"user", 0, PP_OPTION_STRING, AT(user), "NAME", NULL, 0, 0, NULL,
     "drop to this user after start, if root (default: nobody)"},
    {0},
};

static int find_type(enum pp_lookup_type *type, const char *name)
{
    static const char *const names[] = {"host", "mx", "ns", "https", NULL};

    for (int i = 0; names[i]; i++) {
        if (strcmp(name, names[i]) == 0) {
            *type = (enum pp_lookup_type)i;
            return 0;
        }
    }
    pp_error("--type: unknown type '%s'", name);
    return pp_hint("one of host, mx, ns, https");
}

/* The number of resolvers given by --resolver; 0: none. */
static int given_resolvers(struct pp_resolver r[PP_RESOLVERS_MAX], const struct pp_strings *given)
{
    if (given->n > PP_RESOLVERS_MAX)
        return pp_error("--server: more than %d", PP_RESOLVERS_MAX);
    for (unsigned i = 0; i < given->n; i++) {
        if (pp_resolver_parse(&r[i], given->v[i]) < 0) {
            pp_error("--server: '%s' is not an address", given->v[i]);
            return pp_hint("valid are 192.0.2.1, 192.0.2.1:5353, 2001:db8::1 and [2001:db8::1]:5353");
        }
    }
    return (int)given->n;
}

/* Checks that need no open file. */
static int prepare(struct pp_resolve_config *c, const struct settings *s, struct pp_resolver r[PP_RESOLVERS_MAX])
{
    int n;

    if (s->only4 && s->only6)
        return pp_error("-4 and -6 exclude each other");
    if (s->www && strcmp(s->type, "host") != 0)
        return pp_error("--www goes with --type host only");
    if (s->pair && strcmp(s->type, "https") == 0)
        return pp_error("--pair goes with --type host, mx and ns only");
    if (find_type(&c->lookup.type, s->type) < 0 ||
        pp_target_options_format(&c->format, s->input_format, s->csv_input) < 0)
        return -1;
    n = given_resolvers(r, &s->server);
    if (n < 0)
        return -1;
    c->lookup.www = s->www;
    c->lookup.one = s->one;
    c->lookup.pair = s->pair;
    c->lookup.only = s->only4 ? 4 : s->only6 ? 6 : 0;
    c->client = (struct pp_dns_client_config){.resolver = r,
                                              .nresolvers = (unsigned)n,
                                              .rate = s->rate,
                                              .tries = (unsigned)s->retries + 1,
                                              .timeout = s->timeout};
    c->workers = (unsigned)(s->rate && s->rate < s->workers ? s->rate : s->workers);
    c->in_flight = s->in_flight;
    return 0;
}

/* Prints the counts of names, which add up to "read". */
static void say_counts(const struct pp_resolve_counts *c)
{
    if (pp_quiet)
        return;
    fprintf(stderr, "%" PRIu64 " read: %" PRIu64 " resolved", c->read, c->resolved);
    for (unsigned i = PP_ASK_NODATA; i < PP_ASK_FAILS; i++)
        fprintf(stderr, ", %" PRIu64 " %s", c->failed[i], pp_ask_word((enum pp_ask_fail)i));
    fprintf(stderr, ", %" PRIu64 " invalid\n", c->invalid);
    fprintf(stderr, "%" PRIu64 " targets, %" PRIu64 " queries, %" PRIu64 " of them repeated\n", c->targets,
            c->questions, c->retries);
    if (c->cut)
        pp_warn("%" PRIu64 " addresses are left out, of names with more than %d addresses", c->cut,
                PP_LOOKUP_ADDRESSES_MAX);
    if (c->incomplete)
        fprintf(stderr, "%" PRIu64 " of the resolved names may have more addresses: a query failed\n",
                c->incomplete);
}

/* Warns of resolvers that did not answer. Returns an error exit code if none did, or if no line was a name. */
static int judge(const struct pp_resolve_config *c, const struct pp_resolve_counts *counts)
{
    uint64_t answered = 0;

    for (unsigned i = 0; i < c->client.nresolvers; i++) {
        answered += counts->answered[i];
        if (counts->asked[i] && !counts->answered[i])
            pp_warn("resolver %s answered none of %" PRIu64 " queries", c->client.resolver[i].text, counts->asked[i]);
    }
    if (pp_input_stopped(c->input))
        return 0;
    if (counts->read && counts->invalid == counts->read)
        return pp_error("no line of '%s' contains a name", pp_input_name(c->input));
    if (counts->questions && !answered) {
        pp_error("no resolver answered");
        return pp_hint("--server ADDR selects another; --timeout S waits longer");
    }
    return 0;
}

static int resolve(struct pp_resolve_config *c, const struct settings *s, struct pp_resolver r[PP_RESOLVERS_MAX],
                   struct pp_signals **stopper)
{
    enum pp_writer_how how = s->force ? PP_WRITER_REPLACE : PP_WRITER_NEW;
    struct pp_resolve_counts counts;
    int result;

    if (c->client.nresolvers == 0) {
        int n = pp_resolvers_of_system(r);
        if (n < 0)
            return -1;
        c->client.nresolvers = (unsigned)n;
    }
    if (pp_target_options_output(s->input, s->output) < 0 || pp_target_options_output(s->input, s->failed) < 0 ||
        pp_target_options_output(s->output, s->failed) < 0 || !(c->input = pp_input_open(s->input)) ||
        !(c->writer = pp_writer_open(s->output, how, true)) ||
        (s->failed && !(c->failed = pp_writer_open(s->failed, how, true))))
        return -1;
    if (pp_confine(s->user, PP_CONFINE_NAMES) < 0)
        return -1;
    *stopper = pp_signals_start(c->input, c->writer);
    if (!*stopper || pp_writer_start(c->writer) < 0 || (c->failed && pp_writer_start(c->failed) < 0))
        return -1;
    result = pp_resolve(c, &counts);
    if (pp_writer_close(c->writer, NULL) < 0 || (c->failed && pp_writer_close(c->failed, NULL) < 0))
        result = -1;
    if (result == 0) {
        say_counts(&counts);
        result = judge(c, &counts);
    }
    return result;
}

static int run(void *settings, char **operands)
{
    const struct settings *s = settings;
    struct pp_resolve_config c = {.input = NULL};
    struct pp_resolver resolver[PP_RESOLVERS_MAX];
    struct pp_signals *stopper = NULL;
    int code;

    if (operands[0]) {
        pp_error("'%s' is an unexpected argument: names come from --input or standard input", operands[0]);
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    json_object_seed(0); /* before threads start */
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
        return pp_error("c-ares cannot be initialised"), 1;
    if (prepare(&c, s, resolver) < 0) {
        ares_library_cleanup();
        return EXIT_USAGE;
    }
    code = resolve(&c, s, resolver, &stopper) < 0;
    if (pp_signals_end(stopper) && code == 0)
        code = EXIT_INTERRUPTED;
    pp_writer_free(c.failed);
    pp_writer_free(c.writer);
    pp_input_free(c.input);
    ares_library_cleanup();
    return code;
}

const struct pp_command pp_cmd_resolve = {
    .name = "resolve",
    .summary = "resolve names to targets: hosts, www., mail hosts, name servers",
    .options = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
