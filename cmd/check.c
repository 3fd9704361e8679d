/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c: `pathprobe check HOST...`: measures a few targets by several experiments, and prints a page for people. */
#include "check.h"

#include "../core/base/error.h"
#include "../core/base/privilege.h"
#include "../core/base/suggest.h"
#include "commands.h"
#include "operands.h"

#include <errno.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_INVALID = 3, EXIT_INTERRUPTED = 130 };

struct settings {
    struct pp_check_how how;
    const char *experiments, *user;
    bool only4, only6, json, locate;
};

#define AT(member) offsetof(struct settings, member)

static const struct pp_option options[] = {
    {"experiments", 0, PP_OPTION_STRING, AT(experiments), "LIST", NULL, 0, 0, "What",
     "probe these only, such as ecn,frag, or all (default: those that 200 packets suffice for)"},
    {"locate", 0, PP_OPTION_FLAG, AT(locate), NULL, NULL, 0, 0, NULL,
     "for broken treatments, find the hops between which they are lost"},
    {"json", 0, PP_OPTION_FLAG, AT(json), NULL, NULL, 0, 0, NULL, "print one JSON object instead of a page"},
    {"ipv4", '4', PP_OPTION_FLAG, AT(only4), NULL, NULL, 0, 0, NULL, "IPv4 addresses only"},
    {"ipv6", '6', PP_OPTION_FLAG, AT(only6), NULL, NULL, 0, 0, NULL, "IPv6 addresses only"},
    {"interface", 'i', PP_OPTION_STRING, AT(how.interface), "IF", NULL, 0, 0, "Where",
     "capture and send here (default: the interface of the default route)"},
    {"source", 0, PP_OPTION_STRINGS, AT(how.source), "ADDR", NULL, 0, 0, NULL, "source address, one per family"},
    {"user", 0, PP_OPTION_STRING, AT(user), "NAME", NULL, 0, 0, NULL,
     "drop to this user after start, if root (default: nobody)"},
    {"cooldown", 0, PP_OPTION_SECONDS, AT(how.cooldown), "S", "2", 0, 3600, "How",
     "from the end of round 1 to round 2"},
    {"spacing", 0, PP_OPTION_SECONDS, AT(how.spacing), "S", "60", 0, 86400, NULL,
     "from the start of one later round to the next"},
    {"allow-impaired-vantage", 0, PP_OPTION_FLAG, AT(how.impaired), NULL, NULL, 0, 0, NULL,
     "continue if the first hops alter the treatment"},
    {"contact", 0, PP_OPTION_STRING, AT(how.contact), "TEXT", NULL, 0, 0, NULL,
     "contact of the operator; required for more than 16 hosts"},
    {0},
};

static int no_row(const char *name, const char *const *names)
{
    const char *near = *name ? pp_did_you_mean(name, names) : NULL;
    char list[512] = "";

    if (strcmp(name, "all") == 0)
        return pp_error("--experiments: 'all' cannot be combined with names");
    pp_error(*name ? "--experiments: check has no experiment '%s'" : "--experiments: an empty name", name);
    if (near)
        return pp_hint("did you mean %s?", near);
    for (unsigned i = 0; names[i]; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", names[i]);
    return pp_hint("any of %s, separated by commas; or all; without --experiments those for which 200 "
                   "packets suffice",
                   list);
}

/* Marks the rows that --experiments names. 0, or -1 printed. */
static int choose(struct pp_check *c, const char *list)
{
    const char *names[PP_CHECK_ROWS + 1] = {NULL};
    bool all = list && strcmp(list, "all") == 0;
    char name[32];

    for (unsigned i = 0; i < PP_CHECK_ROWS; i++) {
        c->asked[i] = all || (!list && !pp_check_asks[i].more);
        names[i] = pp_check_asks[i].experiment;
    }
    for (size_t len; list && !all; list = list[len] ? list + len + 1 : NULL) {
        unsigned i = 0;

        len = strcspn(list, ",");
        snprintf(name, sizeof name, "%.*s", (int)(len < sizeof name ? len : sizeof name - 1), list);
        while (i < PP_CHECK_ROWS && strcmp(names[i], name) != 0)
            i++;
        if (i == PP_CHECK_ROWS)
            return no_row(name, names);
        if (c->asked[i]) {
            pp_error("--experiments: '%s' is given twice", name);
            return pp_hint("each experiment runs once, in the order of the page");
        }
        c->asked[i] = true;
    }
    return 0;
}

/* Adds a target from one resolved line. False: there are more than PP_CHECK_TARGETS. */
static bool add(struct pp_check *c, const char *line)
{
    json_t *o = json_loads(line, 0, NULL);
    const char *dip = json_string_value(json_object_get(o, "dip"));
    const char *domain = json_string_value(json_object_get(o, "domain"));
    struct pp_check_target *t = &c->target[c->targets];
    bool room = c->targets < PP_CHECK_TARGETS;

    if (room && dip && pp_addr_parse(&t->addr, dip, strlen(dip)) == 0) {
        snprintf(t->dip, sizeof t->dip, "%s", dip);
        snprintf(t->domain, sizeof t->domain, "%s", domain ? domain : "");
        t->given = (uint16_t)json_integer_value(json_object_get(o, "dp"));
        c->targets++;
    }
    json_decref(o);
    return room;
}

/* True if the kernel has a route to T; sends no packet. */
static bool has_route(const struct pp_check_target *t, const char *interface)
{
    struct sockaddr_storage to;
    socklen_t len = pp_addr_sockaddr(&t->addr, 9, &to);
    int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool none = fd < 0 && errno == EAFNOSUPPORT;

    if (fd >= 0 && interface) /* without the privilege for it, the kernel's own choice of interface is checked */
        (void)setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface));
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, len) < 0)
        none = errno == ENETUNREACH || errno == EHOSTUNREACH || errno == EADDRNOTAVAIL;
    if (fd >= 0)
        close(fd);
    return !none;
}

/* Removes targets without a route, for example a name's addresses of one family. 0, or -1 printed. */
static int keep_reachable(struct pp_check *c, const char *interface)
{
    unsigned n = 0;

    for (unsigned i = 0; i < c->targets; i++) {
        struct pp_check_target *t = &c->target[i];

        if (has_route(t, interface)) {
            c->target[n++] = *t;
            continue;
        }
        pp_warn("%s%s%s: left out, as there is no route to it", t->domain, *t->domain ? ", " : "", t->dip);
        if (i + 1 == c->targets && n == 0) {
            pp_error("no target was probed");
            return pp_hint("`ip route get %s` says why; -i and --source select another interface or address", t->dip);
        }
    }
    c->targets = n;
    return 0;
}

/* Resolves the operands to targets. 0, or -1 printed. */
static int find_targets(struct pp_check *c, char **operands, const struct settings *s)
{
    int fd = pp_operands_open(operands, s->only4 ? 4 : s->only6 ? 6 : 0);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
    char line[2048];
    bool room = true;

    if (f == NULL)
        return -1;
    while (room && fgets(line, sizeof line, f))
        room = add(c, line);
    fclose(f);
    if (room)
        return keep_reachable(c, s->how.interface);
    pp_error("more than %d addresses", PP_CHECK_TARGETS);
    return pp_hint("`pathprobe measure` takes lists of any length");
}

static int usage_of(const struct settings *s, char **operands)
{
    unsigned n = 0;

    while (operands[n])
        n++;
    if (n == 0) {
        pp_error("no host was given");
        return pp_hint("pathprobe check example.com");
    }
    if (s->only4 && s->only6)
        return pp_error("-4 and -6 exclude each other");
    if (n > PP_OPERANDS_FEW && !s->how.contact) {
        pp_error("more than %d hosts without a contact", PP_OPERANDS_FEW);
        return pp_hint("--contact TEXT gives a mail address or page at which the operators of the hosts reach you");
    }
    return 0;
}

static int print(struct pp_check_work *w, bool json)
{
    struct pp_buf out;
    bool ok;

    pp_buf_init(&out, 64 << 20);
    if (json)
        pp_check_json(&out, &w->c);
    else if (w->drawn)
        printf("\033[%uA\033[J", w->drawn);
    if (!json)
        pp_check_page(&out, &w->c);
    ok = !out.failed;
    if (ok)
        fwrite(out.data, 1, out.len, stdout);
    pp_buf_release(&out);
    return ok ? 0 : pp_error("out of memory");
}

static int ask(struct pp_check_work *w, const struct settings *s, char **operands)
{
    const struct sigaction on = {.sa_handler = pp_check_stop};
    struct sigaction hangup;
    bool invalid = false;
    int code;

    if (find_targets(&w->c, operands, s) < 0 || pp_privilege_drop(s->user) < 0)
        return 1;
    sigaction(SIGINT, &on, NULL);
    sigaction(SIGTERM, &on, NULL);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* ignored: nohup(1) */
        sigaction(SIGHUP, &on, NULL);
    signal(SIGPIPE, SIG_IGN);
    pp_check_draw(w);
    pp_check_ask_all(w);
    w->c.end = pp_check_stopped() ? "interrupted" : w->failed ? "failed" : "done";
    w->c.seconds = 0;
    w->live = false;
    pp_check_draw(w);
    code = print(w, s->json) < 0 ? 1 : 0;
    for (unsigned n = 0; n < w->c.targets; n++)
        for (unsigned i = 0; i < PP_CHECK_ROWS; i++)
            invalid |= w->c.target[n].row[i].invalid;
    if (pp_check_stopped())
        return EXIT_INTERRUPTED;
    return code || w->failed ? 1 : invalid ? EXIT_INVALID : 0;
}

/*
 * The commands that the broker may start with the privileges that this process drops; none of the options below names a
 * file or a program.
 */
static const char *const started_commands[] = {"measure", "trace", NULL};
static const char *const started_options[] = {
    "arm",   "connect", "connect-timeout", "contact",    "interface", "ports",  "rounds",
    "aa",    "audit",   "source",          "allow-impaired-vantage",  "cooldown", "spacing", "max-rounds",
    "quiet", "interim", "no-vantage-check", "codepoint", "census",    "max-hops", "format", NULL,
};
static const struct pp_broker_rules started = {.commands = started_commands, .options = started_options};

static int run(void *settings, char **operands)
{
    const struct settings *s = settings;
    struct pp_check_work *w;
    int code = 1;

    if (usage_of(s, operands) < 0)
        return EXIT_USAGE;
    w = calloc(1, sizeof *w);
    if (!w) {
        pp_error("out of memory");
        return 1;
    }
    w->how = &s->how;
    w->c.locate = s->locate;
    w->live = isatty(STDOUT_FILENO) && !s->json;
    pp_buf_init(&w->said, 1 << 16);
    pp_buf_init(&w->trace, 1 << 18);
    clock_gettime(CLOCK_MONOTONIC, &w->begin);
    if (choose(&w->c, s->experiments) < 0) {
        code = EXIT_USAGE;
    } else if ((w->broker = pp_broker_start(&started)) != NULL) {
        code = ask(w, s, operands);
        pp_broker_free(w->broker);
    }
    for (unsigned n = 0; n < w->c.targets; n++) {
        free(w->c.target[n].trace);
        for (unsigned i = 0; i < PP_CHECK_ROWS; i++)
            json_decref(w->c.target[n].row[i].line);
    }
    pp_buf_release(&w->said);
    pp_buf_release(&w->trace);
    free(w);
    return code;
}

const struct pp_command pp_cmd_check = {
    .name = "check",
    .summary = "all experiments with a few hosts, on one page",
    .operands = "HOST[:PORT]...",
    .options = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
