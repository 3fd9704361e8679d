/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_experiment.c: experiments as JSON: valid files, the position and hint of each error, and conditions as
 * comparisons. `evilbit` is in both forms: the tables are equal, and so is what they state, of every outcome.
 */
#define PP_STATIC_PLUGIN evilbit
#include "../../plugins/evilbit.c"

#include "../../core/base/buf.h"
#include "../../core/loader/experiment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define N PP_NULL

static char *file_text(const char *path)
{
    struct pp_buf b;
    FILE *f = fopen(path, "r");

    assert_non_null(f);
    pp_buf_init(&b, 1 << 20);
    assert_true(pp_buf_read(&b, f));
    pp_buf_addc(&b, '\0');
    fclose(f);
    return b.data;
}

static const struct pp_plugin *read_text(const char *text)
{
    struct pp_json_fault fault;
    const struct pp_plugin *p = pp_experiment_read(text, strlen(text), &fault);

    if (!p)
        fail_msg("%u:%u: %s", fault.line, fault.column, fault.text);
    return p;
}

/* ---- the same as in C -------------------------------------------------------------------------------- */

static void same_arms(void **unused)
{
    char *text = file_text("tests/lab/experiments/evilbit.json");
    const struct pp_plugin *p = read_text(text), *c = &pp_plugin_evilbit;

    (void)unused;
    assert_string_equal(p->name, c->name);
    assert_int_equal(p->modes, c->modes);
    assert_int_equal(p->default_mode, c->default_mode);
    assert_int_equal(p->narms, c->narms);
    assert_int_equal(p->nconditions, c->nconditions);
    for (unsigned i = 0; i < c->narms; i++) {
        assert_string_equal(p->arms[i].name, c->arms[i].name);
        assert_string_equal(p->arms[i].title, c->arms[i].title);
        assert_int_equal(p->arms[i].family, c->arms[i].family);
        assert_int_equal(p->arms[i].nsteps, c->arms[i].nsteps);
        for (unsigned k = 0; k < c->arms[i].nsteps; k++)
            assert_memory_equal(&p->arms[i].steps[k], &c->arms[i].steps[k], sizeof c->arms[i].steps[k]);
    }
    for (unsigned i = 0; i < c->nconditions; i++) {
        assert_string_equal(p->conditions[i].name, c->conditions[i].name);
        assert_string_equal(p->conditions[i].what, c->conditions[i].what);
        assert_int_equal(p->conditions[i].absence, c->conditions[i].absence);
    }
    for (unsigned i = 0; c->fields[i]; i++)
        assert_string_equal(p->fields[i], c->fields[i]);
    pp_experiment_release(p);
    free(text);
}

/* The conditions stated: a bit for each, 32 positions higher if it is in doubt; and the last value. */
struct said {
    uint64_t bits;
    int64_t value;
};

static void state(struct pp_sink *sink, unsigned i, int64_t value)
{
    struct said *s = sink->priv;

    s->bits |= UINT64_C(1) << i;
    s->value = value;
}

static void doubt(struct pp_sink *sink, unsigned i, int64_t value)
{
    state(sink, i + 32, value);
}

static struct said concluded(const struct pp_plugin *p, const struct pp_outcome *arm)
{
    struct said said = {0};
    struct pp_round_view round = {.mode = PP_MODE_TCP, .narms = p->narms, .arm = arm, .plugin = p};
    struct pp_sink sink = {.priv = &said, .state = state, .doubt = doubt};

    p->conclude(&round, &sink);
    return said;
}

static void same_conditions(void **unused)
{
    static const int64_t values[] = {0, 1, N};
    char *text = file_text("tests/lab/experiments/evilbit.json");
    const struct pp_plugin *p = read_text(text);

    (void)unused;
    for (unsigned i = 0; i < 3 * 3 * 4; i++) {
        int64_t value[] = {values[i % 3], values[i / 3 % 3]}, other[] = {1, 1};
        struct pp_outcome arm[] = {{.took_part = 1, .observed = 1, .ok = 1, .value = other},
                                   {.took_part = i / 9 % 2, .observed = i / 18 % 2, .ok = 1, .value = value}};

        assert_int_equal(concluded(p, arm).bits, concluded(&pp_plugin_evilbit, arm).bits);
    }
    pp_experiment_release(p);
    free(text);
}

/* ---- comparisons ------------------------------------------------------------------------------------- */

#define HEAD                                                                                                           \
    "{\"schema\": 1, \"name\": \"x\", \"title\": \"t\", \"description\": \"d\", \"modes\": [\"tcp\", \"http\"],\n"     \
    " \"default_mode\": \"tcp\",\n"
#define ARMS2                                                                                                          \
    " \"arms\": [{\"name\": \"A\", \"title\": \"t\"},\n"                                                               \
    "  {\"name\": \"B1\", \"title\": \"t\", \"connectivity\": \"x.c\", \"steps\": [{\"on\": \"SYN\", \"dscp\": 5}]}]"
#define WITH(when)                                                                                                     \
    HEAD ARMS2 ", \"fields\": [\"tcp_synflags_rev\", \"tcp_rtt_us\"], \"conditions\": [{\"name\": \"x.y\", \"what\": " \
    "\"w\"" when "}]}"
#define WHEN(when) WITH(", \"when\": " when)

static const struct {
    const char *text;
    int64_t a[2], b[2];
    uint8_t ok;
    uint16_t status;
    uint64_t said;
    int64_t value;
} rows[] = {
    {WHEN("{\"arm\": \"B1\", \"field\": \"tcp_rtt_us\", \"equals\": 7}"), {N, N}, {N, 7}, 1, 0, 1, 0},
    {WHEN("{\"arm\": \"B1\", \"field\": \"tcp_rtt_us\", \"equals\": 7}"), {N, N}, {7, N}, 1, 0, 0, 0},
    {WHEN("{\"arm\": \"B1\", \"field\": \"tcp_rtt_us\", \"differs\": 7}"), {N, N}, {N, N}, 1, 0, 0, 0},
    {WHEN("{\"arm\": \"B1\", \"field\": \"tcp_rtt_us\", \"differs\": 7}"), {N, N}, {N, 6}, 1, 0, 1, 0},
    {WHEN("{\"arm\": \"B1\", \"field\": \"tcp_rtt_us\", \"above\": 7}"), {N, N}, {N, 8}, 1, 0, 1, 0},
    {WHEN("{\"arm\": \"B1\", \"field\": \"tcp_rtt_us\", \"below\": 7}"), {N, N}, {N, 7}, 1, 0, 0, 0},
    {WHEN("{\"arm\": \"B1\", \"field\": \"tcp_synflags_rev\", \"mask\": \"0x40\", \"equals\": \"0x40\"}"),
     {N, N}, {0x52, N}, 1, 0, 1, 0},
    {WHEN("{\"arm\": \"B1\", \"field\": \"tcp_rtt_us\", \"above\": {\"arm\": \"A\", \"field\": \"tcp_rtt_us\"}}"),
     {N, 5}, {N, 6}, 1, 0, 1, 0},
    {WHEN("{\"arm\": \"B1\", \"field\": \"tcp_rtt_us\", \"above\": {\"arm\": \"A\", \"field\": \"tcp_rtt_us\"}}"),
     {N, N}, {N, 6}, 1, 0, 0, 0},
    {WHEN("{\"arm\": \"B1\", \"field\": \"tcp_rtt_us\", \"seen\": false}"), {1, 1}, {1, N}, 1, 0, 1, 0},
    {WHEN("{\"arm\": \"B1\", \"field\": \"tcp_rtt_us\", \"seen\": true}"), {1, 1}, {1, N}, 1, 0, 0, 0},
    {WHEN("{\"arm\": \"B1\", \"outcome\": \"ok\", \"equals\": false}"), {N, N}, {N, N}, 0, 0, 1, 0},
    {WHEN("{\"arm\": \"B1\", \"outcome\": \"how\", \"equals\": \"stalled\"}"), {N, N}, {N, N}, 0, 0, 1, 0},
    {WHEN("{\"arm\": \"B1\", \"outcome\": \"status\", \"above\": 399}"), {N, N}, {N, N}, 1, 404, 1, 0},
    {WHEN("{\"arm\": \"B1\", \"outcome\": \"status\", \"below\": 399}"), {N, N}, {N, N}, 1, 0, 0, 0},
    {WHEN("{\"any\": [{\"arm\": \"B1\", \"outcome\": \"ok\", \"equals\": 0},"
          " {\"all\": [{\"arm\": \"A\", \"field\": \"tcp_rtt_us\", \"equals\": 1},"
          " {\"none\": [{\"arm\": \"A\", \"field\": \"tcp_rtt_us\", \"equals\": 2}]}]}]}"),
     {N, 1}, {N, N}, 1, 0, 1, 0},
    {WITH(", \"doubt\": true, \"value\": {\"arm\": \"A\", \"field\": \"tcp_rtt_us\"}, \"when\": "
          "[{\"arm\": \"B1\", \"outcome\": \"ok\", \"equals\": 1}]"),
     {N, 9}, {N, N}, 1, 0, UINT64_C(1) << 32, 9},
    {WITH(", \"value\": {\"arm\": \"A\", \"field\": \"tcp_rtt_us\"}, \"when\": "
          "[{\"arm\": \"B1\", \"outcome\": \"ok\", \"equals\": 1}]"),
     {N, N}, {N, N}, 1, 0, 0, 0},
};

static void comparisons(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        const struct pp_plugin *p = read_text(rows[i].text);
        struct pp_outcome arm[] = {{.took_part = 1, .observed = 1, .ok = 1, .value = rows[i].a},
                                   {.took_part = 1, .observed = 1, .ok = rows[i].ok, .status = rows[i].status,
                                    .how = rows[i].ok ? PP_HOW_NONE : PP_HOW_STALLED, .value = rows[i].b}};
        struct said said = concluded(p, arm);

        if (said.bits != rows[i].said || said.value != rows[i].value)
            fail_msg("row %u: %llx, %lld", i, (unsigned long long)said.bits, (long long)said.value);
        /* An arm that took no part states no condition. */
        arm[1] = (struct pp_outcome){.took_part = 0};
        assert_int_equal(concluded(p, arm).bits, 0);
        pp_experiment_release(p);
    }
}

/* If an implied arm took no part, its conditions are evaluated with the fields of the arm that implies it. */
static void implied_arms(void **unused)
{
    const struct pp_plugin *p = read_text(
        HEAD "\"fields\": [\"tcp_rtt_us\"], \"arms\": [{\"name\": \"A\", \"title\": \"t\"},"
             "{\"name\": \"B1\", \"title\": \"t\", \"connectivity\": \"x.c\","
             " \"steps\": [{\"on\": \"SYN\", \"dscp\": 5}]},"
             "{\"name\": \"B2\", \"title\": \"t\", \"connectivity\": \"x.d\", \"implies\": [\"B1\"],"
             " \"steps\": [{\"on\": \"SYN\", \"dscp\": 5}, {\"on\": \"ACK\", \"ecn\": \"CE\"}]}],"
             "\"conditions\": [{\"name\": \"x.y\", \"what\": \"w\","
             " \"when\": {\"arm\": \"B1\", \"field\": \"tcp_rtt_us\", \"equals\": 3}}]}");
    int64_t three = 3, four = 4;
    struct pp_outcome arm[] = {{.took_part = 1, .observed = 1, .value = &four},
                               {.took_part = 0},
                               {.took_part = 1, .observed = 1, .value = &three}};

    (void)unused;
    assert_int_equal(concluded(p, arm).bits, 1);
    arm[1] = (struct pp_outcome){.took_part = 1, .observed = 1, .value = &four};
    assert_int_equal(concluded(p, arm).bits, 0);
    pp_experiment_release(p);
}

static void verdicts(void **unused)
{
    const struct pp_plugin *p = read_text(WHEN("[{\"arm\": \"B1\", \"verdict\": \"broken\"}]"));
    uint8_t arm[] = {PP_VERDICT_NONE, PP_VERDICT_BROKEN};
    struct said said = {0};
    struct pp_verdicts_view view = {.mode = PP_MODE_TCP, .narms = 2, .arm = arm, .plugin = p};
    struct pp_sink sink = {.priv = &said, .state = state, .doubt = doubt};

    (void)unused;
    p->sum_up(&view, &sink);
    assert_int_equal(said.bits, 1);
    arm[1] = PP_VERDICT_WORKS;
    said.bits = 0;
    p->sum_up(&view, &sink);
    assert_int_equal(said.bits, 0);
    pp_experiment_release(p);
}

/* Bytes, numbers and sets, as a step has them. */
static void steps_read(void **unused)
{
    const struct pp_plugin *p = read_text(
        HEAD "\"arms\": [{\"name\": \"A\", \"title\": \"t\"}, {\"name\": \"B1\", \"title\": \"t\", \"family\": 6,"
             " \"connectivity\": \"x.c\", \"steps\": ["
             "{\"on\": \"SYN\", \"which\": [\"first\"], \"tcp_set\": [\"URG\", \"reserved3\"], \"tcp_clear\": \"0x40\","
             " \"options\": \"fd 04 F9 89\", \"payload\": {\"text\": \"GET\"}, \"window\": 0, \"urgent\": 9,"
             " \"flow_label\": \"each-packet\", \"without\": [\"SACK\"]},"
             "{\"on\": \"ACK\", \"which\": [\"FIN\", \"RST\"], \"ecn\": \"ECT(0)\", \"dscp\": 46},"
             "{\"on\": \"data\", \"extensions\": [{\"type\": 60, \"bytes\": \"00 00 1e 04 00000000\"}],"
             " \"fragments\": 2, \"first_fragment\": 8, \"fragments_reversed\": true}]}]}");
    const struct pp_step *s = p->arms[1].steps;

    (void)unused;
    assert_int_equal(s[0].which, PP_SENT_FIRST);
    assert_int_equal(s[0].tcp_set, PP_TCP_URG | 0x800);
    assert_int_equal(s[0].tcp_clear, PP_TCP_ECE);
    assert_int_equal(s[0].options_len, 4);
    assert_memory_equal(s[0].options, "\xfd\x04\xf9\x89", 4);
    assert_int_equal(s[0].payload_len, 3);
    assert_memory_equal(s[0].payload, "GET", 3);
    assert_int_equal(s[0].set_window, 1);
    assert_int_equal(s[0].urgent, 9);
    assert_int_equal(s[0].label, PP_LABEL_PACKET);
    assert_int_equal(s[0].without, PP_WITHOUT_SACK);
    assert_int_equal(s[1].which, PP_FIN | PP_RST);
    assert_int_equal(s[1].tos, 46 << 2 | PP_ECT0);
    assert_int_equal(s[1].tos_mask, 0xff);
    assert_int_equal(s[2].nextensions, 1);
    assert_int_equal(s[2].extensions[0].type, 60);
    assert_int_equal(s[2].extensions[0].len, 8);
    assert_int_equal(s[2].fragments, 2);
    assert_int_equal(s[2].first_fragment, 8);
    assert_int_equal(s[2].fragments_reversed, 1);
    pp_experiment_release(p);
}

/* ---- what is wrong ----------------------------------------------------------------------------------- */

#define ARM(more) "{\"name\": \"B1\", \"title\": \"t\", \"connectivity\": \"x.c\", " more "}"
#define STEP(step) HEAD "\"arms\": [{\"name\": \"A\", \"title\": \"t\"},\n" ARM("\"steps\": [\n" step "\n]") "]}"

#define TEN(s) s s s s s s s s s s

static const struct {
    const char *text;
    unsigned line, column;
    const char *says, *hint;
} wrong[] = {
    /* A hundred values within each other. */
    {"{\"schema\": 1,\n \"note\": " TEN(TEN("[")) "1" TEN(TEN("]")) "}", 2, 26, "values nested deeper than 16",
     "needs that depth"},
    {"{\"schema\": 1,\n \"note\": " TEN(TEN("{\"a\":")) "1" TEN(TEN("}")) "}", 2, 90,
     "values nested deeper than 16", "needs that depth"},
    {"", 1, 1, "invalid JSON", "RFC 8259"},
    {"[1]", 1, 1, "a list instead of an experiment", "{ \"schema\": 1"},
    {"{\"name\": \"x\"}", 1, 1, "no 'schema'", "\"schema\": 1"},
    {"{\"schema\": 2}", 1, 12, "'schema' is 2: 1 to 1", "pathprobe-experiment(5)"},
    {"{\"schema\": 1,\n  \"nmae\": \"x\"}", 2, 3, "unknown key 'nmae'", "did you mean 'name'"},
    {"{\"schema\": 1,\n  \"name\": 5}", 2, 11, "'name' is a number instead of text", "double quotes"},
    {"{\"schema\": 1, \"schema\": 1}", 1, 22, "duplicate", "occur once in an object"},
    {"{\"schema\": 1,\n\"name\": \"x\",,}", 2, 13, "invalid JSON", "commas"},
    {HEAD "\"arms\": [{\"name\": \"A\", \"title\": \"t\"},\n " ARM("\"steps\": [{\"on\": \"SYN\", \"dscp\": 5}]")
          ",\n  "
          ARM("\"steps\": [{\"on\": \"SYN\", \"dscp\": 6}]") "]}",
     5, 3, "two arms are called B1", "a unique name"},
    {HEAD "\"arms\": [{\"name\": \"A\", \"title\": \"t\"}],\n \"fields\": [\"tcp_rtt_us\",\n  \"no_such\"]}", 5, 3,
     "no chain of this experiment has a field 'no_such'", "--list-chains"},
    {HEAD ARMS2 ",\n \"fields\": [\"evilbit_syn_rev\"]}", 5, 13,
     "no chain of this experiment has a field 'evilbit_syn_rev'",
     "name its chain in 'chains'"},
    {HEAD ARMS2 ",\n \"chains\": [\"evul\"]}", 5, 13, "unknown chain 'evul'", "--list-chains"},
    {HEAD ARMS2 ",\n \"fields\": [\"tcp_rtt_us\"], \"conditions\": [{\"name\": \"x.y\", \"what\": \"w\", \"when\":\n"
          "   {\"arm\": \"B7\", \"field\": \"tcp_rtt_us\", \"equals\": 1}}]}",
     6, 12, "unknown arm 'B7'", "its arms are A B1"},
    {HEAD ARMS2 ",\n \"conditions\": [{\"name\": \"x.y\", \"what\": \"w\", \"when\":\n"
          "   {\"arm\": \"B1\", \"field\": \"tcp_rtt_us\", \"equals\": 1}}]}",
     6, 27, "the field 'tcp_rtt_us' is not among 'fields'", "add it there"},
    {HEAD "\"arms\": [{\"name\": \"A\"}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}]}", 3, 9,
     "17 arms, more than 16", "split it into two"},
    {STEP("5"), 5, 1, "a step is a number instead of an object", "braces"},
    {STEP("{\"on\": 5}"), 5, 8, "'on' is a number instead of a word", "one of SYN, ACK, data, datagram"},
    {STEP("{\"on\": \"SIN\"}"), 5, 8, "'SIN' is not a value of 'on'", "one of SYN"},
    {STEP("{\"dscp\": 1}"), 5, 1, "a step without 'on'", "\"on\": \"SYN\""},
    {STEP("{\"on\": \"SYN\", \"dscp\": 64}"), 5, 23, "'dscp' is 64: 0 to 63", "pathprobe-experiment(5)"},
    {STEP("{\"on\": \"SYN\", \"dscp\": 1.5}"), 5, 23, "'dscp' is a number instead of a whole number", "46"},
    {STEP("{\"on\": \"SYN\", \"payload\": \"0\"}"), 5, 26, "odd number of hexadecimal digits", "hexadecimal"},
    {STEP("{\"on\": \"SYN\", \"payload\": \"0g\"}"), 5, 26, "'g', which is not a hexadecimal digit", "hexadecimal"},
    {STEP("{\"on\": \"data\", \"payload\": \"00\"}"), 5, 1, "has a payload that is too long or not on SYNs", "STEPS"},
    {STEP("{\"on\": \"SYN\", \"only_first\": 1}"), 5, 29, "instead of true or false", "without quotes"},
    {STEP("{\"on\": \"SYN\", \"extensions\": [{\"type\": 60, \"bytes\": \"0000\"}]}"), 5, 1,
     "extension header whose length field", "STEPS"},
    {STEP("{\"on\": \"SYN\", \"extensions\": [{\"type\": 60, \"bytes\": \"00001e0400000000\"}]}"), 4, 1,
     "changes IPv6 packets only, but the arm's family is not 6", "baseline"},
    {STEP("{\"on\": \"SYN\", \"ip_options\": \"83 07 04 01020304 00\"}"), 5, 1, "a source route", "STEPS"},
    {STEP("{\"on\": \"ACK\", \"withhold\": true}"), 5, 1, "withholds packets that are never retransmitted", "STEPS"},
    {HEAD "\"arms\": [{\"name\": \"A\", \"title\": \"t\"},\n"
          " {\"name\": \"B1\", \"title\": \"t\", \"connectivity\": \"x.c\", \"after\": \"B2\", \"steps\": [{\"on\": "
          "\"SYN\", \"dscp\": 5}]},\n"
          " {\"name\": \"B2\", \"title\": \"t\", \"connectivity\": \"x.d\", \"after\": \"B1\", \"steps\": [{\"on\": "
          "\"SYN\", \"dscp\": 6}]}]}",
     4, 2, "arm B1: 'after' names 'B2', which is not an arm listed between the baseline and B1", "listed before"},
    {HEAD "\"domain\":\n \"no name.example\", " ARMS2 "}", 4, 2, "'no name.example' is not a domain", "example.com"},
    {HEAD ARMS2 ",\n\"conditions\": [{\"name\": \"x.y\", \"what\": \"w\"}]}", 5, 16, "a condition without 'when'",
     "\"when\""},
    {HEAD ARMS2 ",\n\"conditions\": [{\"name\": \"x.c.works\", \"what\": \"w\", \"when\": {\"arm\": \"B1\", "
          "\"outcome\": \"ok\", \"equals\": 1}}]}", 5, 16, "is stated by the engine", "myname.mark.seen"},
    {HEAD ARMS2 ",\n\"conditions\": [{\"name\": \"x.y\", \"what\": \"w\", \"when\": [{\"arm\": \"B1\", \"verdict\": "
          "\"broken\"},{\"arm\": \"B1\", \"outcome\": \"ok\", \"equals\": 1}]}]}",
     5, 16, "combines verdicts with fields of single rounds", "two conditions"},
    {HEAD ARMS2 ",\n\"losses\": [{\"condition\": \"x.y\", \"arm\": \"B1\"}]}", 5, 12, "loss 0 names no condition",
     "a loss"},
    {HEAD ARMS2 ",\n\"conditions\": [{\"name\": \"x.y\", \"what\": \"w\", \"when\": {\"arm\": \"B1\", \"outcome\": "
          "\"ok\", \"equals\": \"rst\"}}]}", 5, 94, "is a word, but only \"outcome\": \"how\"", "whole numbers"},
};

static void complaint(const char *text, unsigned line, unsigned column, const char *says, const char *hint)
{
    struct pp_json_fault fault;
    const struct pp_plugin *p = pp_experiment_read(text, strlen(text), &fault);

    if (p)
        fail_msg("accepted: %.300s", text);
    if (fault.line != line || fault.column != column || !strstr(fault.text, says) || !strstr(fault.hint, hint))
        fail_msg("wanted %u:%u: %s (%s)\n       got %u:%u: %s (%s)\nof %.500s", line, column, says, hint, fault.line,
                 fault.column, fault.text, fault.hint, text);
}

static void complaints(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < COUNT(wrong); i++)
        complaint(wrong[i].text, wrong[i].line, wrong[i].column, wrong[i].says, wrong[i].hint);
}

/* An experiment with N times EACH between BEFORE and AFTER, which has to be refused. */
static void many(const char *before, const char *each, unsigned n, const char *after, unsigned line, unsigned column,
                 const char *says, const char *hint)
{
    struct pp_buf b;

    pp_buf_init(&b, 1 << 20);
    pp_buf_adds(&b, before);
    for (unsigned i = 0; i < n; i++)
        pp_buf_adds(&b, each);
    pp_buf_adds(&b, after);
    pp_buf_addc(&b, '\0');
    assert_false(b.failed);
    complaint(b.data, line, column, says, hint);
    pp_buf_release(&b);
}

static void too_much(void **unused)
{
    (void)unused;
    many(HEAD "\"arms\": [{\"name\": \"A\", \"title\": \"t\"},\n {\"name\": \"B1\", \"steps\": [\n"
              "{\"on\": \"SYN\", \"payload\": \"",
         "00", 65536, "\"}]}]}", 5, 26, "65536 bytes, more than the 1460 that fit into a packet", "at most 1460");
    many(HEAD ARMS2 ",\n \"conditions\": [{\"name\": \"x.y\", \"what\": \"w\", \"when\": ", "[", 9,
         "{\"arm\": \"B1\", \"outcome\": \"ok\", \"equals\": 1}]]]]]]]]]}]}", 5, 62,
         "lists nested deeper than 8", "two conditions");
    many("{\"schema\": 1, \"note\": [", "1,", 20000, "1]}", 1, 40018, "more than 20,000 values", "at most 16 arms");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_arms), cmocka_unit_test(same_conditions), cmocka_unit_test(comparisons),
        cmocka_unit_test(implied_arms), cmocka_unit_test(verdicts), cmocka_unit_test(steps_read),
        cmocka_unit_test(complaints), cmocka_unit_test(too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
