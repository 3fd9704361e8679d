/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rig_check.h: functions that tests of campaigns share: running the rig, and checks that every run has to pass. Each
 * program that includes this contains the plugin ecn, as a static build does.
 */
#ifndef PP_RIG_CHECK_H
#define PP_RIG_CHECK_H

#define PP_STATIC_PLUGIN ecn
#include "../../plugins/ecn.c"

#include "rig.h"

#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MS INT64_C(1000000)
#define S INT64_C(1000000000)

#define HEALTHY "\"server\": \"ecn\", \"delay_ms\": 10"
#define SILENT "\"server\": \"silent\""
#define NOT_OBSERVED "pathspider.not_observed"
#define MIX                                                                                                           \
    "{\"share\": 0.4, \"server\": \"ecn\", \"delay_ms\": 10}, {\"share\": 0.1, \"server\": \"plain\", \"delay_ms\": " \
    "20},"                                                                                                            \
    "{\"share\": 0.1, \"server\": \"refuse\"}, {\"share\": 0.1, \"server\": \"silent\"},"                             \
    "{\"share\": 0.1, \"server\": \"ecn\", \"path\": [{\"behaviour\": \"ecn.syn.drop\", \"dir\": \"fwd\", \"hop\": "  \
    "7}]},"                                                                                                           \
    "{\"share\": 0.1, \"server\": \"ecn\", \"path\": [{\"behaviour\": \"ecn.syn.icmp\", \"dir\": \"fwd\", \"hop\": "  \
    "7}]},"                                                                                                           \
    "{\"share\": 0.1, \"server\": \"ecn\", \"path\": [{\"behaviour\": \"ecn.syn.rst\", \"dir\": \"fwd\", \"hop\": "   \
    "7}]}"

/* Runs, and looks at what every run owes: it ended well, and all lines are whole. */
static inline void go(struct rig *r, const struct rig_setup *s)
{
    struct rig_setup with = *s;

    if (!with.plugin)
        with.plugin = &pp_plugin_ecn;
    rig_run(r, &with);
    assert_int_equal(r->result, 0);
    assert_true(r->lines_are_json);
    assert_int_equal(r->nlines, r->written);
    assert_int_equal(r->verdict_counts.targets, r->nlines);
    assert_int_equal(r->counters.done, r->nlines);
    assert_int_equal(r->counters.in_flight, 0);
    assert_int_equal(r->nlines + r->pending,
                     r->counters.started + (r->pending && r->pending + r->nlines > r->counters.started));
}

static inline void each_once(const struct rig *r)
{
    assert_int_equal(r->nlines, r->setup.nhosts);
    for (uint64_t i = 0; i < r->setup.nhosts; i++)
        assert_non_null(rig_line(r, i));
    assert_int_equal(r->pending, 0);
}

static inline bool valid(const json_t *line)
{
    return json_is_true(rig_at(line, "quality.valid"));
}

/* Host I of a lab of N such hosts, as an input line with MORE members. */
static inline void host_line(char *line, size_t size, uint64_t n, uint64_t i, const char *more)
{
    static struct pp_scenario scenario;
    static const char text[] = "{\"hosts\": [{\"share\": 1}]}";
    char addr[PP_ADDR_STRLEN];
    struct pp_lab_host h;
    struct pp_lab *lab;

    assert_int_equal(pp_scenario_parse(&scenario, "here", text, sizeof text - 1), 0);
    lab = pp_lab_new(&scenario, n, 1);
    assert_non_null(lab);
    pp_lab_host(lab, i, &h);
    pp_lab_free(lab);
    snprintf(line, size, "{\"dip\":\"%s\",\"dp\":%u,%s}", pp_addr_str(&h.addr, addr), h.port, more);
}

static inline int rig_begin(void **state)
{
    (void)state;
    json_object_seed(1);
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}

static inline int rig_end(void **state)
{
    (void)state;
    curl_global_cleanup();
    return 0;
}

#endif
