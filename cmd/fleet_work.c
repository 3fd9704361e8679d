/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fleet_work.c: `pathprobe fleet work`: collects what this site permits, starts the broker, which keeps the privileges,
 * and runs the worker, which has none.
 */
#include "fleet_parts.h"

#include "../core/base/broker.h"
#include "../core/base/privilege.h"
#include "../core/base/text.h"
#include "../core/fleet/child.h"
#include "../core/fleet/work.h"
#include "../core/loader/plugins.h"
#include "../core/results/settings.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define DOCTOR_MAX (64u << 10)

/* Options that a worker adds, beside pp_fleet_child_options: none names a file that is opened. */
static const char *const worker_options[] = {
    "vantage", "no-dedup", "force", "quiet", NULL,
};

/* Options of `measure` that a site cannot set: the worker sets them, or a campaign has its own. */
static const char *const not_the_sites[] = {
    "vantage",  "input",  "input-format", "output", "metadata", "status", "left-out",    "pcap",
    "resume",   "force",  "shard",        "no-dedup", "max-targets", "dry-run", NULL,
};

/* Lists the names of all experiments, or of the permitted ones, and of their own options. 0, or -1 printed. */
static int list_experiments(struct pp_fleet_settings *s, struct pp_fleet_names *experiments,
                            struct pp_fleet_names *allowed)
{
    const struct pp_plugin **list = pp_plugin_list(NULL);
    struct pp_fleet_names asked = {0};
    int result = 0;

    if (!list)
        return -1;
    if (s->allow_experiments && pp_fleet_split_names(&asked, s->allow_experiments) < 0)
        result = -1;
    for (const struct pp_plugin **p = list; result == 0 && *p; p++) {
        if (s->allow_experiments && !pp_is_listed(asked.v, (*p)->name))
            continue;
        pp_fleet_add_name(experiments, (*p)->name);
        for (unsigned i = 0; i < (*p)->noptions; i++)
            pp_fleet_add_name(allowed, (*p)->options[i].name);
    }
    for (unsigned i = 0; result == 0 && i < asked.n; i++) {
        if (!pp_is_listed(experiments->v, asked.v[i])) {
            pp_usage("--allow-experiments: experiment '%s' is not installed", asked.v[i]);
            result = -1;
        }
    }
    free(list);
    free(asked.text);
    return result;
}

static int list_options(struct pp_fleet_settings *s, struct pp_fleet_names *allowed)
{
    if (!s->allow_options) {
        for (const char *const *o = pp_fleet_measure_options; *o; o++)
            pp_fleet_add_name(allowed, *o);
        return 0;
    }
    if (pp_fleet_split_names(allowed, s->allow_options) < 0)
        return -1;
    for (unsigned i = 0; i < allowed->n; i++) {
        if (!pp_is_listed(pp_fleet_measure_options, allowed->v[i])) {
            pp_usage("--allow-options: --%s cannot be allowed", allowed->v[i]);
            return pp_hint("allowed are options of measure without files, interfaces or users: pathprobe-fleet(1)");
        }
    }
    return 0;
}

/*
 * Writes the findings of `pathprobe doctor` to OUT as JSON; nothing if it fails. Called before privileges are dropped.
 */
static void ask_doctor(struct pp_buf *out)
{
    char *const argv[] = {(char[]){"pathprobe"}, (char[]){"doctor"}, (char[]){"--json"}, NULL};
    int pair[2];
    FILE *f;
    pid_t pid;

    pp_buf_init(out, DOCTOR_MAX);
    if (pipe2(pair, O_CLOEXEC) < 0)
        return;
    pid = fork();
    if (pid == 0) {
        if (dup2(pair[1], STDOUT_FILENO) >= 0 && (close(STDERR_FILENO), true))
            execv("/proc/self/exe", argv);
        _exit(127);
    }
    close(pair[1]);
    f = fdopen(pair[0], "r");
    if (!f || !pp_buf_read(out, f))
        pp_buf_reset(out);
    if (f)
        fclose(f);
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    while (out->len && out->data[out->len - 1] == '\n')
        out->len--;
    pp_buf_addc(out, '\0');
    if (out->failed || out->data[0] != '{')
        pp_buf_reset(out);
}

static int owner(struct pp_fleet_settings *s)
{
    const char *name = s->user ? s->user : PP_UNPRIVILEGED;
    struct passwd *p = geteuid() == 0 ? getpwnam(name) : NULL;

    return p ? (int)p->pw_uid : -1;
}

/* True if the option has another value in SET than in PLAIN. */
static bool differs(const struct pp_option *row, const void *set, const void *plain)
{
    struct pp_buf a, b;
    bool differs;

    pp_buf_init(&a, 65536);
    pp_buf_init(&b, 65536);
    pp_options_value(row, set, &a);
    pp_options_value(row, plain, &b);
    differs = a.len != b.len || (a.len && memcmp(a.data, b.data, a.len) != 0);
    pp_buf_release(&a);
    pp_buf_release(&b);
    return differs;
}

/*
 * Checks the site's own options after `--`, which are added last and so override those of a campaign. They are parsed
 * as `measure` will, so that errors are reported at once. 0, -1 printed, or -EXIT_USAGE printed.
 */
static int check_site(char **site, const char *experiment)
{
    const char *argv[PP_BROKER_ARGS] = {"measure", experiment};
    struct pp_settings *set = calloc(1, sizeof *set), *plain = calloc(1, sizeof *plain);
    char **operands = NULL, **none = NULL;
    int argc = 2, result = -EXIT_USAGE;

    for (; site[argc - 2] && argc < PP_BROKER_ARGS; argc++)
        argv[argc] = site[argc - 2];
    if (!set || !plain || argc == PP_BROKER_ARGS) {
        result = pp_error(set && plain ? "more than %d arguments after --" : "out of memory", PP_BROKER_ARGS - 3);
        goto out;
    }
    if (pp_options_parse(&pp_cmd_measure, set, argc, (char **)(uintptr_t)argv, &operands) != 0 ||
        pp_options_parse(&pp_cmd_measure, plain, 2, (char **)(uintptr_t)argv, &none) != 0)
        goto out;
    if (operands[1]) {
        pp_usage("'%s' after -- is not an option: the campaign gives the targets", operands[1]);
        goto out;
    }
    for (const struct pp_option *o = pp_cmd_measure.options; o->name; o++) {
        if (pp_is_listed(not_the_sites, o->name) && differs(o, set, plain)) {
            pp_usage("--%s cannot be given after --: the worker sets it", o->name);
            goto out;
        }
    }
    result = 0;
out:
    if (none)
        pp_options_release(&pp_cmd_measure, plain, none);
    if (operands)
        pp_options_release(&pp_cmd_measure, set, operands);
    free(set);
    free(plain);
    return result;
}

/*
 * What a campaign may request of this site, and the options with which the broker starts `measure`: those and the
 * worker's.
 */
struct allowed {
    struct pp_fleet_names options, experiments, launched;
};

/*
 * Fills in the lists. SITE: the site's own options. 0, -1 printed, or -EXIT_USAGE printed; the caller frees the texts
 * in any case.
 */
static int list_allowed(struct pp_fleet_settings *s, char **site, struct allowed *a)
{
    int result;

    if (pp_fleet_check_name("vantage point", s->vantage) < 0 || list_options(s, &a->options) < 0 ||
        list_experiments(s, &a->experiments, &a->options) < 0)
        return -1;
    if (a->experiments.n == 0)
        return pp_error("no experiment is installed");
    result = check_site(site, a->experiments.v[0]);
    for (unsigned i = 0; i < a->options.n; i++)
        pp_fleet_add_name(&a->launched, a->options.v[i]);
    for (const char *const *o = worker_options; *o; o++)
        pp_fleet_add_name(&a->launched, *o);
    for (const char *const *o = pp_fleet_child_options; *o; o++)
        pp_fleet_add_name(&a->launched, *o);
    return result;
}

int pp_fleet_run_work(struct pp_fleet_settings *s, char **operands)
{
    static const char *const commands[] = {"measure", NULL};
    struct allowed allowed = {0};
    struct pp_broker *broker = NULL;
    struct pp_buf doctor;
    struct pp_spool spool = {.dir = -1, .lock = -1};
    struct pp_bus bus = {0};
    int result = -1;

    pp_buf_init(&doctor, 1);
    if (!s->vantage) {
        pp_usage("no --vantage");
        return pp_hint("--vantage NAME names this vantage point in results and at the server");
    }
    result = list_allowed(s, operands + 1, &allowed);
    if (result < 0)
        goto out;
    result = -1;
    if (pp_privilege_foreign_network()) {
        pp_error("no measurement is possible on this network");
        pp_privilege_raw_hint("");
        goto out;
    }
    if (pp_spool_make(&spool, s->spool, owner(s)) < 0)
        goto out;
    ask_doctor(&doctor);
    broker = pp_broker_start(&(struct pp_broker_rules){
        .commands = commands, .options = allowed.launched.v, .fixed = (const char *const *)(operands + 1)});
    if (!broker || pp_privilege_drop(s->user) < 0 || pp_spool_lock(&spool) < 0 ||
        pp_bus_open(&bus, &s->login, s->vantage) < 0)
        goto out;
    result = pp_fleet_work(&(struct pp_fleet_work){
        .bus = &bus,
        .broker = broker,
        .spool = &spool,
        .vantage = s->vantage,
        .version = PP_VERSION,
        .only = s->campaign,
        .options = allowed.options.v,
        .experiments = allowed.experiments.v,
        .any_version = s->any_version,
        .rate_max = s->rate,
        .doctor = doctor.len ? doctor.data : NULL,
        .chunks = (unsigned)s->chunks,
        .once = s->once,
        .stop = &pp_fleet_stopped,
    });
out:
    pp_bus_close(&bus);
    pp_broker_free(broker);
    pp_spool_close(&spool);
    pp_buf_release(&doctor);
    free(allowed.options.text);
    free(allowed.experiments.text);
    return result;
}
