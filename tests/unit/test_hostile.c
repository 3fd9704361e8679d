/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_hostile.c: campaigns against hosts that answer with malformed packets, or without end. They end in time, with a
 * whole line for each target, little memory, and the truth about the healthy half.
 */
#include "rig_check.h"

#include "../../lab/truth/builtin.h"
#include "../../lab/truth/topology.h"

#define HOSTS 400

/* The classes of the built-in scenario. */
static char *classes(void)
{
    size_t len;
    const char *text = pp_builtin_get("hostile", &len);
    json_t *o = json_loadb(text, len, 0, NULL);
    char *list = json_dumps(json_object_get(o, "hosts"), JSON_COMPACT), *open;

    json_decref(o);
    assert_non_null(list);
    open = strdup(list + 1); /* without the brackets */
    open[strlen(open) - 1] = '\0';
    free(list);
    return open;
}

static void run(const char *mode, const char *hosts, uint64_t seed)
{
    static struct pp_scenario scenario;
    struct pp_topology places;
    unsigned healthy = 0;
    struct rig r;

    assert_int_equal(pp_scenario_load(&scenario, "hostile"), 0);
    pp_topology_init(&places, &scenario, HOSTS, seed);

    go(&r, &(struct rig_setup){.hosts = hosts, .nhosts = HOSTS, .mode = mode, .seed = seed, .output_flows = true,
                               .scenario = "\"hops\": [6, 14],"});
    each_once(&r);
    for (uint64_t i = 0; i < HOSTS; i++) {
        struct pp_lab_place place;

        pp_topology_at(&places, i, &place);
        if (place.class_index != 0)
            continue;
        healthy++;
        assert_true(rig_has(rig_at(rig_line(&r, i), "conditions"), "ecn.connectivity.works"));
        assert_true(rig_has(rig_at(rig_line(&r, i), "conditions"), "ecn.negotiation.succeeded"));
    }
    assert_int_equal(healthy, HOSTS / 2);
    assert_true(r.now < RIG_START + 300 * S);
    rig_release(&r);
}

static void a_campaign_ends_and_is_right(void **state)
{
    char *hosts = classes();

    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        run("tcp", hosts, seed);
        run("http", hosts, seed);
    }
    free(hosts);
}

/* An endless answer takes no longer than the target's timeout, and does not make an arm broken. */
static void an_answer_without_an_end(void **state)
{
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = "\"server\": \"ecn\", \"delay_ms\": 50, "
                                        "\"path\": [{\"behaviour\": \"server.endless\"}]",
                               .nhosts = 4, .mode = "http", .target_timeout = 30 * S});
    each_once(&r);
    assert_int_equal(rig_count(&r, "ecn.connectivity.works"), 4);
    assert_true(r.now < RIG_START + 120 * S);
    rig_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_campaign_ends_and_is_right),
        cmocka_unit_test(an_answer_without_an_end),
    };
    int result;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    result = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return result;
}
