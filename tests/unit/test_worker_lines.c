/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_worker_lines.c: the lines of a campaign: every target once, in the documented form, with its own members
 * unchanged.
 */
#include "../../core/stream/frames.h"
#include "rig_check.h"

#include <pcap/pcap.h>
#include <unistd.h>

/* Exactly these keys, in whatever order. */
static void keys_are(const json_t *o, const char *keys)
{
    char copy[1024], *at = copy, *key;
    size_t n = 0;

    assert_true(json_is_object(o));
    snprintf(copy, sizeof copy, "%s", keys);
    for (; (key = strsep(&at, " ")); n++)
        if (!json_object_get(o, key))
            fail_msg("no '%s'", key);
    if (json_object_size(o) != n)
        fail_msg("%zu keys instead of: %s", json_object_size(o), keys);
}

static void is_type(const json_t *o, const char *path, const char *types)
{
    const json_t *v = rig_at(o, path);
    const char letter[] = {[JSON_OBJECT] = 'o', [JSON_ARRAY] = 'a', [JSON_STRING] = 's', [JSON_INTEGER] = 'i',
                           [JSON_REAL] = 'r',   [JSON_TRUE] = 'b',  [JSON_FALSE] = 'b',  [JSON_NULL] = 'n'};

    if (!v || !strchr(types, letter[json_typeof(v)]))
        fail_msg("%s is not of type %s", path, types);
}

static bool is_time(const char *text)
{
    static const char form[] = "dddd-dd-dd dd:dd:dd.dddddd";

    for (size_t i = 0; i < sizeof form; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    return true;
}

static void check_flow(const json_t *flow)
{
    keys_are(flow, "arm sport ok how syns rtt_us ttl flags opts rst_ttl icmp");
    is_type(flow, "arm", "s");
    is_type(flow, "sport", "i");
    is_type(flow, "ok", "b");
    is_type(flow, "how", "sn");
    is_type(flow, "syns", "in");
    is_type(flow, "rtt_us", "in");
    is_type(flow, "ttl", "in");
    is_type(flow, "flags", "in");
    is_type(flow, "opts", "an");
    is_type(flow, "rst_ttl", "in");
    is_type(flow, "icmp", "an");
}

static void check_verdict(const json_t *v)
{
    keys_are(v, "arm condition verdict first implied_by why how attribution e alpha a b rounds");
    is_type(v, "condition", "sn");
    is_type(v, "first", "sn");
    is_type(v, "implied_by", "n"); /* one round: all arms are asked */
    is_type(v, "why", "sn");
    is_type(v, "how", "sn");
    is_type(v, "attribution", "s");
    is_type(v, "e", "ir");
    is_type(v, "alpha", "n"); /* one round: no error bound */
    is_type(v, "a.0", "i");
    is_type(v, "a.1", "i");
    is_type(v, "b.1", "i");
    assert_true(json_array_size(rig_at(v, "rounds")) >= 1);
    keys_are(rig_at(v, "rounds.0"), "n count at flows");
    assert_int_equal(json_array_size(rig_at(v, "rounds.0.at")), json_integer_value(rig_at(v, "rounds.0.count")));
    assert_int_equal(json_integer_value(rig_at(v, "rounds.0.at.0.0")), json_integer_value(rig_at(v, "rounds.0.n")));
    assert_int_equal(json_integer_value(rig_at(v, "rounds.0.at.0.1")), 0);
    is_type(v, "rounds.0.at.0.2", "i");
    for (size_t i = 0; i < json_array_size(rig_at(v, "rounds.0.flows")); i++)
        check_flow(json_array_get(rig_at(v, "rounds.0.flows"), i));
}

static void check_line(const json_t *line, bool flows)
{
    const json_t *q = json_object_get(line, "quality");

    keys_are(
        line,
        flows ? "dip dp domain n schema experiment connect run_id obs_id vantage sip sip_public port domain_used path "
                "time conditions first verdicts quality missed_flows flow_results"
              : "dip dp domain n schema experiment connect run_id obs_id vantage sip sip_public port domain_used path "
                "time conditions first verdicts quality");
    assert_string_equal(rig_str(line, "run_id"), "0123456789abcdef0123456789abcdef");
    is_type(line, "obs_id", "s");
    is_type(line, "vantage", "sn");
    is_type(line, "sip", "s");
    is_type(line, "sip_public", "sn");
    assert_int_equal(json_integer_value(rig_at(line, "port")), json_integer_value(rig_at(line, "dp")));
    assert_string_equal(rig_str(line, "domain_used"), rig_str(line, "domain"));
    assert_int_equal(json_array_size(rig_at(line, "path")), 3);
    assert_string_equal(rig_str(line, "path.1"), "*");
    assert_string_equal(rig_str(line, "path.2"), rig_str(line, "dip"));
    keys_are(rig_at(line, "time"), "from to");
    assert_true(is_time(rig_str(line, "time.from")) && is_time(rig_str(line, "time.to")));
    assert_true(strcmp(rig_str(line, "time.from"), rig_str(line, "time.to")) <= 0);
    keys_are(q, "valid dropped send_errors late as_built mixed outage audited flows unasked");
    is_type(q, "valid", "b");
    is_type(q, "send_errors", "i");
    is_type(q, "late", "i");
    is_type(q, "as_built", "o");
    keys_are(rig_at(q, "dropped"), "ring if softnet");
    is_type(q, "mixed", "a");
    is_type(q, "outage", "b");
    is_type(q, "audited", "b");
    is_type(q, "flows", "i");
    for (size_t i = 0; i < json_array_size(rig_at(line, "verdicts")); i++)
        check_verdict(json_array_get(rig_at(line, "verdicts"), i));
}

static void lines_have_the_promised_form(void **state)
{
    static const struct {
        const char *mode;
        bool flows;
        size_t verdicts;
    } rows[] = {{"tcp", false, 1}, {"http", false, 5}, {"tcp", true, 1}, {"http", true, 5}};

    (void)state;
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct rig r;

        go(&r,
           &(struct rig_setup){.hosts = MIX, .nhosts = 100, .mode = rows[row].mode, .output_flows = rows[row].flows});
        each_once(&r);
        for (size_t i = 0; i < r.nlines; i++) {
            check_line(r.line[i], rows[row].flows);
            assert_true(valid(r.line[i]));
            assert_string_equal(rig_str(r.line[i], "connect"), rows[row].mode);
            assert_string_equal(rig_str(r.line[i], "experiment"), "ecn");
            assert_int_equal(json_array_size(rig_at(r.line[i], "verdicts")), rows[row].verdicts);
            assert_true(json_equal(rig_at(r.line[i], "conditions"), rig_at(r.line[i], "first")));
            if (rows[row].flows) {
                assert_int_equal(json_integer_value(rig_at(r.line[i], "missed_flows")), 0);
                assert_int_equal(json_array_size(rig_at(r.line[i], "flow_results")), rows[row].verdicts + 1);
                is_type(r.line[i], "flow_results.0.spdr_state", "i");
                is_type(r.line[i], "flow_results.0.spdr_start", "s");
                is_type(r.line[i], "flow_results.0.observed", "b");
                assert_int_equal(json_integer_value(rig_at(r.line[i], "flow_results.1.config")), 1);
            }
        }
        rig_release(&r);
    }
}

static void healthy_targets_are_clean(void **state)
{
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 200, .mode = "http"});
    each_once(&r);
    assert_int_equal(rig_count(&r, "ecn.connectivity.works"), 200);
    assert_int_equal(rig_count(&r, "ecn.data.connectivity.works"), 200);
    assert_int_equal(rig_count(&r, "ecn.negotiation.succeeded"), 200);
    assert_int_equal(rig_count(&r, "ecn.feedback.cwr.honoured"), 200);
    for (size_t i = 0; i < r.nlines; i++) {
        const json_t *q = rig_at(r.line[i], "quality");
        assert_int_equal(json_integer_value(rig_at(q, "late")), 0);
        assert_int_equal(json_integer_value(rig_at(q, "send_errors")), 0);
        for (const char *const *arm = (const char *const[]){"A", "B1", "B2", "B3", "B4", "B5", NULL}; *arm; arm++)
            assert_true(json_is_true(rig_at(rig_at(q, "as_built"), *arm)));
        assert_string_equal(rig_str(r.line[i], "verdicts.0.verdict"), "works");
        assert_true(json_is_null(rig_at(r.line[i], "verdicts.0.how")));
        assert_int_equal(json_integer_value(rig_at(r.line[i], "verdicts.0.rounds.0.flows.0.rtt_us")), 20000);
    }
    assert_int_equal(r.counters.stray, 0);
    assert_int_equal(r.counters.late, 0);
    assert_int_equal(r.counters.works, 200);
    rig_release(&r);
}

/* A line's members stand in the output byte for byte, whatever they are. */
static void members_are_kept_byte_for_byte(void **state)
{
    static const char *const lines[] = {
        "{\"dip\": \"10.0.0.1\", \"dp\": 80, \"domain\": \"A_b.example.\", \"n\": 0}",
        "{\"dip\":\"10.0.0.2\",\"dp\":80,\"domain\":\"b\xc3\xbc"
        "cher.example\",\"n\":1}",
        "{\"dip\": \"10.0.0.3\", \"dp\":80, \"domain\": \"b\\u00fccher.example\", \"n\": 2}",
        "{ \"dip\" : \"2001:0002:0:0::0009\" , \"dp\" : 80 , \"n\" : 3, \"note\":\"\\u0001\\t\\ud83d\\ude00 "
        "\xe2\x82\xac\" }",
        "{\"dip\":\"10.0.0.5\",\"big\":123456789012345678901234567890,\"f\":1.10,\"n\":4,\"deep\":{\"a\":[1,{\"b\":"
        "null}]}}",
        "{\"dip\":\"10.0.0.6\",\"n\":5,\"conditions\":[\"mine\"],\"quality\":{\"valid\":\"mine\"}}",
        NULL,
    };
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 1, .lines = lines, .connect_timeout = S});
    assert_int_equal(r.nlines, 6);
    for (size_t i = 0; i < 5; i++) {
        const char *from = strchr(lines[i], '{') + 1, *to = strrchr(lines[i], '}');
        char members[256];

        while (*from == ' ')
            from++;
        while (to[-1] == ' ')
            to--;
        snprintf(members, sizeof members, "%.*s", (int)(to - from), from);
        assert_non_null(strstr(r.text, members));
    }
    assert_string_equal(rig_str(rig_line(&r, 0), "domain_used"), "a_b.example");
    assert_string_equal(rig_str(rig_line(&r, 1), "domain_used"), "xn--bcher-kva.example");
    assert_string_equal(rig_str(rig_line(&r, 2), "domain_used"), "xn--bcher-kva.example");
    assert_string_equal(rig_str(rig_line(&r, 3), "domain_used"), "2001:2::9");
    assert_true(json_is_boolean(rig_at(rig_line(&r, 5), "quality.valid"))); /* ours, and no second key of that name */
    assert_false(rig_has(rig_at(rig_line(&r, 5), "conditions"), "mine"));
    rig_release(&r);
}

static void a_long_line_goes_without_flow_records(void **state)
{
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 3, .pad = 61500, .output_flows = true, .mode = "http"});
    each_once(&r);
    for (size_t i = 0; i < r.nlines; i++) {
        assert_null(json_object_get(r.line[i], "flow_results"));
        assert_int_equal(json_string_length(rig_at(r.line[i], "pad")), 61500);
        assert_true(rig_has(rig_at(r.line[i], "conditions"), "ecn.connectivity.works"));
    }
    rig_release(&r);
}

static void the_same_seed_gives_the_same_lines(void **state)
{
    (void)state;
    for (int http = 0; http < 2; http++) {
        const struct rig_setup s = {
            .hosts = MIX, .nhosts = 100, .seed = 7, .mode = http ? "http" : "tcp", .rate = 2000};
        struct rig a, b;

        go(&a, &s);
        go(&b, &s);
        assert_int_equal(a.text_len, b.text_len);
        assert_string_equal(a.text, b.text);
        rig_release(&a);
        rig_release(&b);
    }
}

static void pcap_has_targets_that_do_not_work(void **state)
{
    char path[] = "/tmp/pathprobe-worker.XXXXXX", why[PCAP_ERRBUF_SIZE];
    struct pp_buf head;
    struct pcap_pkthdr *h;
    const u_char *bytes;
    unsigned n = 0;
    struct rig r;
    int fd;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 20, .pcap = true});
    assert_int_equal(r.pcap_len, 0);
    rig_release(&r);
    go(&r, &(struct rig_setup){.hosts = SILENT, .nhosts = 20, .pcap = true});
    fd = mkstemp(path);
    assert_true(fd >= 0);
    pp_buf_init(&head, 1024);
    pp_frames_header(&head);
    pp_buf_add(&head, "", 0);
    assert_int_equal(write(fd, head.data, head.len), head.len);
    assert_int_equal(write(fd, r.pcap, r.pcap_len), r.pcap_len);
    close(fd);
    pp_buf_release(&head);
    pcap_t *p = pcap_open_offline(path, why);
    unlink(path);
    assert_non_null(p);
    for (; pcap_next_ex(p, &h, &bytes) == 1; n++)
        assert_true(h->caplen == h->len && h->caplen >= 60);
    assert_int_equal(n, 20 * 2 * 4);
    pcap_close(p);
    rig_release(&r);
}

/* Conditions to state: with a value, of an absence, of another connect mode; and one that does not exist. */
static const struct pp_condition test_conditions[] = {
    {.name = "test.value", .has_value = 1},
    {.name = "test.nothing.came", .absence = 1},
    {.name = "test.http.only", .modes = PP_MODE_HTTP},
};


static void state_all(const struct pp_round_view *round, struct pp_sink *sink)
{
    for (unsigned i = 0; i < 4; i++)
        sink->state(sink, i, -(int64_t)round->narms);
    sink->state(sink, 4000000000u, 0);
}

static void state_too_much(const struct pp_round_view *round, struct pp_sink *sink)
{
    (void)round;
    for (unsigned i = 0; i < 100000; i++)
        sink->state(sink, 0, INT64_MIN);
}

static const struct pp_arm test_arms[] = {{.name = "A", .title = "a"},
                                          {.name = "B1", .title = "b", .connectivity = "test.connectivity"}};

static struct pp_plugin test_plugin(void (*conclude_fn)(const struct pp_round_view *, struct pp_sink *))
{
    struct pp_plugin p = pp_plugin_ecn;

    p.name = "test";
    p.arms = test_arms;
    p.narms = 2;
    p.conditions = test_conditions;
    p.nconditions = 3;
    p.fields = p.chains = NULL;
    p.conclude = conclude_fn;
    return p;
}

static void conditions_as_declared(void **state)
{
    const struct pp_plugin all = test_plugin(state_all), much = test_plugin(state_too_much);
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 5, .plugin = &all});
    for (size_t i = 0; i < r.nlines; i++) {
        const json_t *c = rig_at(r.line[i], "conditions");
        assert_int_equal(json_array_size(c), 3);
        assert_string_equal(rig_str(c, "0"), "test.connectivity.works");
        assert_string_equal(rig_str(c, "1"), "test.value:-2");
        assert_string_equal(rig_str(c, "2"), "test.nothing.came");
    }
    rig_release(&r);
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 5, .plugin = &much});
    each_once(&r);
    rig_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_have_the_promised_form),
        cmocka_unit_test(healthy_targets_are_clean),
        cmocka_unit_test(members_are_kept_byte_for_byte),
        cmocka_unit_test(a_long_line_goes_without_flow_records),
        cmocka_unit_test(the_same_seed_gives_the_same_lines),
        cmocka_unit_test(pcap_has_targets_that_do_not_work),
        cmocka_unit_test(conditions_as_declared),
    };

    return cmocka_run_group_tests(tests, rig_begin, rig_end);
}
