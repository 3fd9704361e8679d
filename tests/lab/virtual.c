/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtual.c: a campaign in virtual time. Writes targets, truth and observations into a directory, for
 * tests/lab/compare. ROUNDS 0 is the full method, `all` the same with all arms in round 1, `locate` with --locate.
 * NUMBERs: values of the experiment's option, if it has one. If DIR has an ask.ndjson, its targets are measured instead
 * of all hosts.
 *
 *   virtual DIR SCENARIO HOSTS SEED EXPERIMENT MODE [PLUGIN_DIR [ROUNDS [NUMBER...]]]
 */
#include "runner.h"

#include "core/base/error.h"
#include "core/loader/plugins.h"

#include <curl/curl.h>
#include <jansson.h>
#include <unistd.h>

/* Of what is measured: the whole truth is long to read. */
static int write_truth(const char *path, const struct runner *r)
{
    FILE *f = fopen(path, "w");
    int ret;

    if (!f)
        return pp_error_errno("cannot write '%s'", path);
    ret = pp_lab_write_truth_of(r->lab, r->plugin->name, r->mode, f);
    return fclose(f) || ret < 0 ? -1 : 0;
}

static int run(const char *dir, struct runner *r)
{
    char path[4][4096];

    snprintf(path[0], sizeof path[0], "%s/targets.ndjson", dir);
    snprintf(path[1], sizeof path[1], "%s/truth.ndjson", dir);
    snprintf(path[2], sizeof path[2], "%s/observations.ndjson", dir);
    snprintf(path[3], sizeof path[3], "%s/ask.ndjson", dir);
    r->targets = access(path[3], R_OK) == 0 ? path[3] : path[0];
    r->observations = path[2];
    if (runner_write(path[0], r->lab, pp_lab_write_targets) < 0 ||
        write_truth(path[1], r) < 0 || runner_campaign(r) < 0)
        return -1;
    if (r->locate)
        printf("%llu packets in %llu sweeps\n", (unsigned long long)r->locate_packets, (unsigned long long)r->sweeps);
    printf("%llu targets, %llu observations, %llu packets\n", (unsigned long long)r->counts.read,
           (unsigned long long)r->counts.written, (unsigned long long)r->packets);
    return 0;
}

/* P configured with the numbers of its option. */
static const struct pp_plugin *configured(const struct pp_plugin *p, char **number)
{
    struct pp_own own;

    if (!p || !*number)
        return p;
    pp_own_init(&own, p);
    for (; *number && own.value[0].n < PP_MAX_NUMBERS; number++)
        own.value[0].v[own.value[0].n++] = (uint32_t)strtoul(*number, NULL, 10);
    return pp_plugin_configure(p, &own);
}

int main(int argc, char **argv)
{
    static struct pp_scenario scenario;
    struct runner r = {0};
    int result;

    if (argc < 7) {
        fputs("usage: virtual DIR SCENARIO HOSTS SEED EXPERIMENT MODE [PLUGIN_DIR [ROUNDS [NUMBER...]]]\n", stderr);
        return 2;
    }
    json_object_seed(0);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    r.seed = strtoull(argv[4], NULL, 10);
    r.mode = argv[6];
    r.all_arms = argc > 8 && strcmp(argv[8], "all") == 0;
    r.locate = argc > 8 && strcmp(argv[8], "locate") == 0;
    r.rounds = argc > 8 ? (unsigned)strtoul(argv[8], NULL, 10) : 0;
    r.plugin = pp_plugin_find(argv[5], argc > 7 ? argv[7] : "plugins");
    r.plugin = configured(r.plugin, argc > 9 ? argv + 9 : &argv[argc]);
    if (!r.plugin || pp_scenario_load(&scenario, argv[2]) < 0)
        return 1;
    r.lab = pp_lab_new(&scenario, strtoull(argv[3], NULL, 10), r.seed);
    if (!r.lab)
        return 1;
    result = run(argv[1], &r);
    pp_lab_free(r.lab);
    curl_global_cleanup();
    return result ? 1 : 0;
}
