/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_treatments.c: arms that do to the IP layer, to fields of TCP and to single kinds of segments what a step can
 * say, in whole campaigns before the lab: they get through, are seen leaving as built, and are on the wire as asked.
 */
#include "rig_check.h"

#define ON(n) .on = PP_ON_##n
#define COUNT(a) (sizeof(a) / sizeof *(a))

static const struct pp_extension headers[] = {
    {.type = 0, .len = 8, .bytes = (const uint8_t[]){0, 0, 0x1e, 4, 0, 0, 0, 0}},
    {.type = 60, .len = 16, .bytes = (const uint8_t[]){0, 1, 0x1e, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
};
static const uint8_t alert[] = {148, 4, 0, 0};

#define EACH(...) {{ON(SYN), __VA_ARGS__}, {ON(ACK), __VA_ARGS__}, {ON(DATA), __VA_ARGS__}, {ON(DATAGRAM), __VA_ARGS__}}
static const struct pp_step ext[] = EACH(.nextensions = 2, .extensions = headers);
static const struct pp_step atomic[] = EACH(.fragments = 1);
static const struct pp_step tiny[] = EACH(.fragments = 2, .first_fragment = 8);
static const struct pp_step swapped[] = EACH(.fragments = 3, .fragments_reversed = 1);
static const struct pp_step label[] = EACH(.label = PP_LABEL_PACKET);
static const struct pp_step options[] = EACH(.ip_options_len = 4, .ip_options = alert);
static const struct pp_step late[] = {{ON(DATA), .which = PP_SENT_FIRST, .only_first = 1, .withhold = 1},
                                      {ON(DATA), .which = PP_SENT_AGAIN, .tos_mask = 3, .tos = PP_ECT0},
                                      {ON(SYN), .which = PP_SENT_FIRST, .withhold = 1},
                                      {ON(DATAGRAM), .which = PP_SENT_FIRST, .withhold = 1},
                                      {ON(DATAGRAM), .which = PP_SENT_AGAIN, .tos_mask = 3, .tos = PP_ECT0}};
static const struct pp_step ends[] = {{ON(ACK), .which = PP_FIN, .tos_mask = 3, .tos = PP_ECT0},
                                      {ON(ACK), .which = PP_PURE_ACK, .tos_mask = 3, .tos = PP_ECT1}};
static const struct pp_step tcp_fields[] = {
    {ON(SYN), .tcp_set = PP_TCP_URG | 0xe00, .urgent = 7, .set_window = 1, .window = 555}};

#define ARM(NAME, STEPS, FAMILY)                                                                                     \
    {.name = NAME, .title = "t", .connectivity = "t." #STEPS, .steps = STEPS, .nsteps = COUNT(STEPS), .family = FAMILY}
static const struct pp_arm treated[] = {
    {.name = "A", .title = "nothing"},
    ARM("B1", ext, 6), ARM("B2", atomic, 6), ARM("B3", tiny, 0), ARM("B4", swapped, 0), ARM("B5", label, 6),
    ARM("B6", options, 4), ARM("B7", late, 0), ARM("B8", ends, 0), ARM("B9", tcp_fields, 0),
};
static const struct pp_plugin treatments = {
    .abi = PP_PLUGIN_ABI, .size = sizeof(struct pp_plugin), .name = "treatments", .title = "t", .description = "t",
    .modes = PP_MODE_TCP | PP_MODE_HTTP | PP_MODE_DNSUDP | PP_MODE_DNSTCP, .default_mode = PP_MODE_HTTP,
    .arms = treated, .narms = COUNT(treated)};

/* What was seen of our packets on the wire. */
static struct {
    unsigned headers, atomic, first, later, options, fields, fin_ect0, pure_ect1, data_ect0, gram_ect0;
} seen;

static bool watch(struct rig *r, uint8_t *ip, size_t len, bool ours)
{
    struct pp_packet p;

    (void)r;
    if (!ours || pp_packet_decode(&p, ip, len) < 0)
        return true;
    seen.headers += p.family == 6 && ip[6] == 0 && ip[40] == 60 && p.l4 == ip + 40 + 24;
    seen.atomic += p.family == 6 && ip[6] == 44 && !p.fragment;
    seen.first += p.fragment && p.frag_off == 0;
    seen.later += p.fragment && p.frag_off != 0;
    seen.options += p.family == 4 && ip[0] == 0x46;
    if (p.proto == PP_PROTO_UDP)
        seen.gram_ect0 += (p.tos & 3) == PP_ECT0;
    if (p.proto != PP_PROTO_TCP || p.fragment)
        return true;
    seen.fields += p.tcp.urgent == 7 && p.tcp.window == 555 && (p.tcp.flags & 0xe20) == 0xe20;
    seen.fin_ect0 += p.tcp.flags & PP_TCP_FIN && (p.tos & 3) == PP_ECT0;
    seen.pure_ect1 += !p.payload_len && !(p.tcp.flags & (PP_TCP_FIN | PP_TCP_RST | PP_TCP_SYN)) &&
                      (p.tos & 3) == PP_ECT1;
    seen.data_ect0 += p.payload_len && (p.tos & 3) == PP_ECT0;
    return true;
}

/* Every arm that a target of its family takes part in works, and its packets were what was asked for. */
static void they_get_through(const char *mode)
{
    struct rig r;
    bool tcp = strcmp(mode, "dnsudp") != 0;
    unsigned hosts4 = 0, hosts6 = 0;

    memset(&seen, 0, sizeof seen);
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 40, .plugin = &treatments, .mode = mode, .packet = watch});
    each_once(&r);
    for (uint64_t i = 0; i < 40; i++) {
        const json_t *line = rig_line(&r, i);
        const json_t *v, *verdicts = rig_at(line, "verdicts");
        size_t k;

        assert_true(valid(line));
        json_array_foreach(verdicts, k, v)
            if (strcmp(rig_str(v, "verdict"), "works") != 0)
                fail_msg("%s: %s", mode, json_dumps(v, JSON_COMPACT));
        assert_int_equal(json_array_size(verdicts), strchr(rig_str(line, "dip"), ':') ? 8 : 6);
        *(strchr(rig_str(line, "dip"), ':') ? &hosts6 : &hosts4) += 1;
    }
    assert_true(hosts4 && hosts6);
    assert_int_equal(rig_count(&r, NOT_OBSERVED), 0);
    assert_true(seen.headers >= hosts6 && seen.atomic >= hosts6 && seen.options >= hosts4);
    assert_true(seen.first >= 2 * (hosts4 + hosts6) && seen.later > seen.first);
    if (tcp) {
        assert_true(seen.fields >= hosts4 + hosts6 && seen.pure_ect1 >= hosts4 + hosts6);
        assert_true(seen.fin_ect0 >= hosts4 + hosts6 && seen.data_ect0 == hosts4 + hosts6);
    } else {
        assert_int_equal(seen.gram_ect0, hosts4 + hosts6);
    }
    rig_release(&r);
}

static void over_http(void **state)
{
    (void)state;
    they_get_through("http");
}

static void over_dns(void **state)
{
    (void)state;
    they_get_through("dnstcp");
    they_get_through("dnsudp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(over_http), cmocka_unit_test(over_dns)};
    int rc;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return rc;
}
