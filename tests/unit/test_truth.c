/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_truth.c: what the lab says of its hosts is what meeting them shows. Each host of the scenario `ecn` is met by
 * the conversations of the experiment `ecn`, held by the raw client, and the conditions that follow are held
 * against the truth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>

#include "raw_client.h"

#define HOSTS 400
#define CONDITIONS 16
#define ARMS 6
#define LINE (1 << 18)

struct met {
    const char *condition[CONDITIONS];
    unsigned n;
    const char *verdict[ARMS]; /* of a single round; NULL: takes no part */
};

static const char *verdict(bool a, bool b)
{
    return a && b ? "works" : a ? "broken" : b ? "transient" : "offline";
}

#define WORDS(prefix) {prefix ".works", prefix ".broken", prefix ".transient", prefix ".offline"}
static const char *const connectivity[ARMS][4] = {
    {NULL}, WORDS("ecn.connectivity"), WORDS("ecn.data.connectivity"), WORDS("ecn.ce.connectivity"),
    WORDS("ecn.split.connectivity"), WORDS("ecn.unasked.connectivity"),
};

static const char *const marks[4][2] = {
    {NULL, NULL},
    {"ecn.ipmark.ect1.not_seen", "ecn.ipmark.ect1.seen"},
    {"ecn.ipmark.ect0.not_seen", "ecn.ipmark.ect0.seen"},
    {"ecn.ipmark.ce.not_seen", "ecn.ipmark.ce.seen"},
};

static void state(struct met *m, const char *condition)
{
    m->condition[m->n++] = condition;
}

#define TIMEOUT INT64_C(290000000) /* the lab's servers send nothing again within a round trip and so much */

/* The SYN is repeated as it was, once. *AGAIN: the page came so late that it may have been sent before. */
static bool meet(struct pp_lab *lab, uint64_t host, uint16_t sport, uint16_t flags, uint8_t tos, bool http,
                 struct raw *synack, uint8_t *seen, bool *again)
{
    struct raw_client c = raw_client(lab, host, sport);
    int64_t start, asked;
    bool page;

    start = c.now = (INT64_C(1) + host * ARMS * 2 + sport) * INT64_C(100000000000);
    if (!raw_connect(&c, flags, synack)) {
        c.seq = 1000;
        if (!raw_connect(&c, flags, synack))
            return false;
    }
    c.tos = tos;
    asked = c.now;
    page = !http || raw_get_page(&c, seen) > 200;
    *again = c.first_data - asked > asked - start + TIMEOUT;
    return page;
}

/* What the server says of marks: ECE on acknowledgments of the first segment, of the second, of all behind CWR. */
struct echo {
    bool agreed, first, second, end;
};

#define APART INT64_C(30000000) /* a segment that is held back still arrives before the next */

/* The request in four segments; the last two, and CWR, once the first two were acknowledged. */
static bool meet_cut(struct pp_lab *lab, uint64_t host, uint16_t sport, bool ce, struct echo *e)
{
    struct raw_client c = raw_client(lab, host, sport);
    struct raw synack, r;
    uint8_t seen = 0;
    uint32_t first;

    *e = (struct echo){0};
    c.now = (INT64_C(1) + host * ARMS * 2 + sport) * INT64_C(100000000000);
    if (!raw_connect(&c, ECE | CWR, &synack)) {
        c.seq = 1000;
        if (!raw_connect(&c, ECE | CWR, &synack))
            return false;
    }
    e->agreed = (synack.flags & (ECE | CWR)) == ECE;
    c.tos = 2;
    raw_send(&c, ACK | PSH, "GET / HTT");
    if (raw_recv(&c, APART, &r) && r.ack == c.seq)
        e->first = r.flags & ECE;
    first = c.seq;
    c.tos = ce ? 3 : 2;
    raw_send(&c, ACK | PSH, "P/1.1\r\nHo");
    do {
        if (!raw_recv(&c, INT64_C(5000000000), &r))
            return false;
        if (r.ack == first || r.ack == c.seq)
            *(r.ack == first ? &e->first : &e->second) |= (r.flags & ECE) != 0;
    } while (r.ack != c.seq);
    c.tos = 2;
    raw_send(&c, ACK | PSH | (ce ? CWR : 0), "st: h.exa");
    raw_recv(&c, APART, &r);
    raw_send(&c, ACK | PSH, "mple\r\n\r\n");
    do {
        if (!raw_recv(&c, INT64_C(5000000000), &r))
            return false;
    } while (r.ack != c.seq);
    e->end = r.flags & ECE;
    return r.data_len > 200 || raw_read_page(&c, &seen) > 200;
}

static void meet_all(struct pp_lab *lab, uint64_t host, bool http, struct met *m)
{
    uint16_t port = http ? ARMS : 0, flags;
    uint8_t seen = 0, ignored = 0;
    struct echo e = {0}, e4 = {0};
    bool ok[ARMS] = {false}, again = false, any;
    struct raw r, other;

    *m = (struct met){0};
    ok[0] = meet(lab, host, port, 0, 0, http, &other, &ignored, &any);
    ok[1] = meet(lab, host, port + 1, ECE | CWR, 0, http, &r, &seen, &again);
    if (http) {
        ok[2] = meet(lab, host, port + 2, ECE | CWR, 2, true, &other, &ignored, &any);
        ok[3] = meet_cut(lab, host, port + 3, true, &e);
        ok[4] = meet_cut(lab, host, port + 4, false, &e4);
        ok[5] = meet(lab, host, port + 5, 0, 2, true, &other, &ignored, &any);
    }
    for (unsigned arm = 1; arm < (http ? ARMS : 2); arm++) {
        m->verdict[arm] = verdict(ok[0], ok[arm]);
        state(m, connectivity[arm][ok[0] && ok[arm] ? 0 : ok[0] ? 1 : ok[arm] ? 2 : 3]);
    }
    if (ok[3] && e.agreed && (e.first || e4.first || e4.second || e4.end)) {
        state(m, "ecn.feedback.spurious");
    } else if (ok[3] && e.agreed) {
        state(m, e.second ? "ecn.feedback.ce.echoed" : "ecn.feedback.ce.not_echoed");
        if (e.second)
            state(m, e.end ? "ecn.feedback.cwr.ignored" : "ecn.feedback.cwr.honoured");
    }
    if (!ok[1])
        return;
    flags = r.flags & (ECE | CWR);
    state(m, flags == ECE         ? "ecn.negotiation.succeeded"
             : flags == (ECE | CWR) ? "ecn.negotiation.reflected"
                                  : "ecn.negotiation.failed");
    for (unsigned mark = 1; http && mark < 4; mark++) {
        if (seen >> mark & 1)
            state(m, marks[mark][1]);
        else if (flags == ECE && !again)
            state(m, marks[mark][0]);
    }
}

static bool has(const struct met *m, const char *condition)
{
    for (unsigned i = 0; i < m->n; i++) {
        if (strcmp(m->condition[i], condition) == 0)
            return true;
    }
    return false;
}

static void compare(const char *line, json_t *expect, const struct met *m)
{
    json_t *v, *word, *verdicts = json_object_get(expect, "verdict");
    unsigned stated = 0;
    size_t i;

    json_array_foreach(json_object_get(expect, "has"), i, v) {
        if (!has(m, json_string_value(v)))
            fail_msg("no %s: %s", json_string_value(v), line);
    }
    stated = (unsigned)i;
    json_array_foreach(json_object_get(expect, "not"), i, v) {
        if (has(m, json_string_value(v)))
            fail_msg("%s: %s", json_string_value(v), line);
    }
    if (stated > m->n)
        fail_msg("%u conditions, not %u: %s", m->n, stated, line);
    for (unsigned arm = 1; arm < ARMS; arm++) {
        const char name[3] = {'B', (char)('0' + arm), '\0'};

        word = json_object_get(verdicts, name);
        if (!word != !m->verdict[arm] || (word && strcmp(json_string_value(word), m->verdict[arm]) != 0))
            fail_msg("%s %s: %s", name, m->verdict[arm] ? m->verdict[arm] : "not there", line);
    }
}

/* This client repeats no data, and waits for five seconds. */
static bool plain_to_meet(const struct pp_lab_class *c)
{
    return c->loss == 0 && c->return_loss == 0 && c->burst_loss == 0 && 2 * (c->delay_ms + c->jitter_ms) < 5000;
}

static void every_host_is_as_the_truth_says(void **unused)
{
    struct pp_scenario s;
    struct pp_lab *lab;
    struct met m;
    static char line[LINE];
    uint64_t i = 0;
    FILE *f = tmpfile();

    (void)unused;
    assert_non_null(f);
    assert_int_equal(pp_scenario_load(&s, "ecn"), 0);
    lab = pp_lab_new(&s, HOSTS, 3);
    assert_int_equal(pp_lab_write_truth(lab, f), 0);
    rewind(f);
    for (; fgets(line, sizeof line, f); i++) {
        json_t *truth = json_loads(line, JSON_REJECT_DUPLICATES, NULL), *ecn;
        struct pp_lab_host h;
        char addr[PP_ADDR_STRLEN];

        assert_non_null(truth);
        pp_lab_host(lab, i, &h);
        assert_string_equal(json_string_value(json_object_get(truth, "dip")), pp_addr_str(&h.addr, addr));
        assert_int_equal(json_integer_value(json_object_get(truth, "dp")), 80);
        assert_string_equal(json_string_value(json_object_get(truth, "domain")), h.domain);
        assert_int_equal(json_integer_value(json_object_get(truth, "family")), pp_addr_family(&h.addr));
        ecn = json_object_get(json_object_get(truth, "expect"), "ecn");
        if (plain_to_meet(&s.hosts[h.class_index]) && !strstr(line, "\"B1\":\"unstable\"")) {
            meet_all(lab, i, false, &m);
            compare(line, json_object_get(ecn, "tcp"), &m);
            meet_all(lab, i, true, &m);
            compare(line, json_object_get(ecn, "http"), &m);
        }
        json_decref(truth);
    }
    assert_int_equal(i, HOSTS);
    fclose(f);
    pp_lab_free(lab);
}

/* Returns the line of truth of a lab with one host of CLASS, in LINE of CAP bytes. */
static char *truth_of(const char *class, char *line, int cap)
{
    struct pp_scenario s;
    struct pp_lab *lab;
    char text[512], *ret;
    FILE *f = tmpfile();

    snprintf(text, sizeof text, "{\"hosts\":[{\"share\":1,%s}]}", class);
    assert_int_equal(pp_scenario_parse(&s, "test", text, strlen(text)), 0);
    lab = pp_lab_new(&s, 1, 1);
    assert_int_equal(pp_lab_write_truth(lab, f), 0);
    rewind(f);
    ret = fgets(line, cap, f);
    fclose(f);
    pp_lab_free(lab);
    return ret;
}

/* With failing flows no condition is required, but its opposite is wrong; with loss a mark may be missed. */
static void chance_weakens_the_truth(void **unused)
{
    static char line[LINE];

    (void)unused;
    assert_non_null(truth_of("\"flow_fail\":{\"p\":0.05,\"kind\":\"episode\"}", line, sizeof line));
    assert_non_null(strstr(line, "\"flow_fail\":{\"p\":0.05,\"kind\":\"episode\"}"));
    assert_non_null(strstr(line,
                           "\"tcp\":{\"has\":[],\"not\":[\"ecn.connectivity.broken\","
                           "\"ecn.connectivity.transient\",\"ecn.data.connectivity.works\""));
    assert_non_null(strstr(line, "\"verdict\":{\"B1\":\"works\",\"B2\":\"works\","
                                 "\"B3\":\"works\",\"B4\":\"works\",\"B5\":\"works\"}"));
    assert_non_null(truth_of("\"loss\":0.05,\"control\":true", line, sizeof line));
    assert_non_null(strstr(line, "\"control\":true"));
    assert_non_null(strstr(line,
                           "\"http\":{\"has\":[\"ecn.connectivity.works\",\"ecn.data.connectivity.works\","
                           "\"ecn.ce.connectivity.works\",\"ecn.split.connectivity.works\","
                           "\"ecn.unasked.connectivity.works\",\"ecn.negotiation.succeeded\","
                           "\"ecn.feedback.ce.echoed\",\"ecn.feedback.cwr.honoured\"]"));
    assert_null(strstr(strstr(line, "\"http\""), "ipmark.ect0.seen"));
    assert_non_null(strstr(strstr(line, "\"http\""), "\"ecn.ipmark.ect0.not_seen\",\"ecn.ipmark.ect1.seen\""));
    /* What is lost on the way back alone: the same. */
    assert_non_null(truth_of("\"return_loss\":0.1", line, sizeof line));
    assert_null(strstr(strstr(line, "\"http\""), "ipmark.ect0.seen"));
    assert_non_null(strstr(strstr(line, "\"http\""), "\"ecn.ipmark.ect0.not_seen\""));
    assert_non_null(truth_of("\"burst\":{\"loss\":0.05,\"ms\":200},\"name\":\"bursts\"", line, sizeof line));
    assert_non_null(strstr(line, "\"class\":\"bursts\""));
    assert_null(strstr(strstr(line, "\"http\""), "ipmark.ect0.seen"));
    /* A box that drops SYN/ACKs with ECE does not affect a server that sends none. */
    assert_non_null(
        truth_of("\"server\":\"plain\",\"path\":[{\"behaviour\":\"ecn.synack.drop\",\"dir\":\"rev\",\"hop\":7}]",
                 line, sizeof line));
    assert_non_null(strstr(line, "{\"B1\":\"works\"}"));
    assert_non_null(strstr(line, "\"rows\":[]"));
}

/* One bad path of four: never `broken`, and `works` where the rounds have not met it; then the reason is another. */
static void some_flows_alone(void **unused)
{
    static char line[LINE];

    (void)unused;
    assert_non_null(truth_of("\"path\":[{\"behaviour\":\"ecmp.ecn.syn.drop\",\"dir\":\"fwd\",\"hop\":7}]", line,
                             sizeof line));
    assert_non_null(strstr(line, "\"tcp\":{\"has\":[],\"not\":[\"ecn.connectivity.broken\","
                                 "\"ecn.connectivity.transient\",\"ecn.connectivity.offline\",\"ecn.data"));
    assert_non_null(strstr(line, "\"verdict\":{\"B1\":\"unstable\"},\"also\":{\"B1\":[\"works\"]},"
                                 "\"why\":{\"B1\":\"flow_dependent\"}"));
    assert_non_null(strstr(line, "\"verdict\":{\"B1\":\"unstable\",\"B2\":\"unstable\","
                                 "\"B3\":\"unstable\",\"B4\":\"unstable\",\"B5\":\"works\"},"));
    assert_null(strstr(line, "ecn.negotiation"));
    assert_null(strstr(strstr(line, "\"http\""), "ecn.feedback.c"));
    assert_non_null(truth_of("\"path\":[{\"behaviour\":\"server.syn.limit.hard\"}]", line, sizeof line));
    assert_non_null(strstr(line, "\"also\":{\"B1\":[\"works\"]},\"why\":{}"));
    assert_non_null(truth_of("\"server\":\"ecn\"", line, sizeof line));
    assert_non_null(strstr(line, "\"also\":{},\"why\":{}"));
}

/* What is written of one experiment and mode is what the whole says of it, and the rest of a line is the same. */
static void of_one_experiment(void **unused)
{
    static char line[LINE], less[LINE];
    FILE *all = tmpfile(), *one = tmpfile();
    struct pp_scenario s;
    struct pp_lab *lab;
    unsigned n = 0;

    (void)unused;
    assert_int_equal(pp_scenario_load(&s, "ecn"), 0);
    lab = pp_lab_new(&s, 200, 3);
    assert_int_equal(pp_lab_write_truth(lab, all), 0);
    assert_int_equal(pp_lab_write_truth_of(lab, "ecn", "http", one), 0);
    rewind(all);
    rewind(one);
    for (; fgets(line, sizeof line, all); n++) {
        json_t *a, *b, *http;

        assert_non_null(fgets(less, sizeof less, one));
        a = json_loads(line, 0, NULL);
        b = json_loads(less, 0, NULL);
        http = json_object_get(json_object_get(json_object_get(a, "expect"), "ecn"), "http");
        assert_non_null(http);
        json_object_set_new(a, "expect", json_pack("{s{sO}}", "ecn", "http", http));
        assert_true(json_equal(a, b));
        json_decref(a);
        json_decref(b);
    }
    assert_int_equal(n, 200);
    assert_null(fgets(less, sizeof less, one));
    fclose(all);
    fclose(one);
    pp_lab_free(lab);
}

static void targets(void **unused)
{
    struct pp_scenario s;
    struct pp_lab *lab;
    char line[256];
    FILE *f = tmpfile();

    (void)unused;
    assert_int_equal(pp_scenario_load(&s, "healthy"), 0);
    lab = pp_lab_new(&s, 18, 1);
    assert_int_equal(pp_lab_write_targets(lab, f), 0);
    rewind(f);
    assert_string_equal(fgets(line, sizeof line, f), "{\"dip\":\"10.0.0.10\",\"dp\":80,\"domain\":\"h0.example\"}\n");
    assert_string_equal(fgets(line, sizeof line, f), "{\"dip\":\"2001:2::2\",\"dp\":80,\"domain\":\"h1.example\"}\n");
    for (int i = 2; i < 18; i++)
        assert_non_null(fgets(line, sizeof line, f));
    assert_string_equal(line, "{\"dip\":\"2001:2:0:1::2\",\"dp\":80,\"domain\":\"h17.example\"}\n");
    assert_null(fgets(line, sizeof line, f));
    fclose(f);
    pp_lab_free(lab);
}

/*
 * Codepoints as RFC 9435 section 4 says of each pathology: ToS precedence makes AF11 and AF41 2 and EF 6; low bits
 * cleared make EF 40 (CS5) and LE 0; "some" spares CS6 and what else is 11xxxx. Marks by arm: 0, LE, AF11, AF41, NQB,
 * EF, CS6, 63.
 */
static void marks_follow_the_path(void **unused)
{
    static const struct {
        const char *behaviour;
        int mark[8];
    } rows[] = {
        {"dscp.bleach", {0, 0, 0, 0, 0, 0, 0, 0}},
        {"dscp.bleach.tos", {0, 1, 2, 2, 5, 6, 0, 7}},
        {"dscp.bleach.some.tos", {0, 1, 2, 2, 5, 6, 48, 63}},
        {"dscp.bleach.low", {0, 0, 8, 32, 40, 40, 48, 56}},
        {"dscp.bleach.some.low", {0, 0, 8, 32, 40, 40, 48, 63}},
        {"dscp.remark", {10, 10, 10, 10, 10, 10, 10, 10}},
        {"dscp.remark.tos", {8, 9, 10, 10, 13, 14, 8, 15}},
    };
    static const int arm[8] = {0, 1, 10, 34, 45, 46, 48, 63};
    static char line[LINE];
    char text[256], want[64];

    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int dir = 0; dir < 2; dir++) {
            snprintf(text, sizeof text,
                     "\"path\":[{\"behaviour\":\"%s\",\"dir\":\"%s\",\"hop\":7},{\"behaviour\":\"dscp.reply.copy\"}]",
                     rows[i].behaviour, dir ? "rev" : "fwd");
            assert_non_null(truth_of(text, line, sizeof line));
            for (int k = 0; k < 8; k++) {
                snprintf(want, sizeof want, "\"dscp.%d.replymark:%d\"", arm[k], rows[i].mark[k]);
                if (!strstr(line, want))
                    fail_msg("%s: no %s", text, want);
            }
        }
    /* If the server marks no replies, changes on the forward path are not visible in them. */
    assert_non_null(truth_of("\"path\":[{\"behaviour\":\"dscp.remark\",\"dir\":\"fwd\",\"hop\":7}]", line,
                             sizeof line));
    assert_non_null(strstr(line, "\"dscp.46.replymark:0\""));
    assert_non_null(truth_of("\"path\":[{\"behaviour\":\"dscp.ef.drop\",\"dir\":\"fwd\",\"hop\":7}]", line,
                             sizeof line));
    assert_non_null(strstr(line, "\"dscp.46.connectivity.broken\",\"dscp.48.connectivity.works\""));
    assert_null(strstr(line, "dscp.46.replymark:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_host_is_as_the_truth_says),
        cmocka_unit_test(chance_weakens_the_truth),
        cmocka_unit_test(some_flows_alone),
        cmocka_unit_test(marks_follow_the_path),
        cmocka_unit_test(of_one_experiment),
        cmocka_unit_test(targets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
