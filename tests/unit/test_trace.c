/* SPDX-License-Identifier: BSD-2-Clause */
/* test_trace.c: traces as they are printed, 80 and 60 columns wide, and as JSON for us and for observatories. */
#include "../../core/trace/trace.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <jansson.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct pp_addr addr(const char *text)
{
    struct pp_addr a;

    assert_int_equal(pp_addr_parse(&a, text, strlen(text)), 0);
    return a;
}

struct hop {
    const char *addr; /* NULL: silent */
    uint32_t asn, rtt_us;
    uint16_t quote;
    const char *a, *b; /* "=", "ecn", "mss+", "?", "Y", "R" */
};

static const struct pp_change ecn = {.field = PP_FIELD_ECN, .end = 2, .sent = 2},
    mss = {.field = PP_FIELD_TCP_OPTION, .option = 2, .len = 2, .end = 44, .sent = 1460, .seen = 1400},
    sack = {.field = PP_FIELD_TCP_OPTION, .option = 4, .how = PP_CHANGED_REMOVED, .end = 46},
    flags = {.field = PP_FIELD_TCP_FLAGS, .end = 34, .sent = 0xc2, .seen = 2};

static void cell_of(struct pp_trace_cell *c, const struct hop *h, const char *what)
{
    c->asked = c->answered = 3;
    c->diff.quote = h->quote;
    c->what = PP_SEEN_EXCEEDED;
    if (*what == '?') {
        c->what = PP_SEEN_SILENT;
        c->answered = 0;
        c->diff.quote = 0;
    } else if (*what == 'Y' || *what == 'R') {
        c->what = *what == 'Y' ? PP_SEEN_ANSWER : PP_SEEN_RST;
    } else if (strcmp(what, "ecn") == 0) {
        c->diff.change[c->diff.changes++] = ecn;
    } else if (strcmp(what, "mss+") == 0) {
        c->diff.change[c->diff.changes++] = flags;
        c->diff.change[c->diff.changes++] = mss;
        c->diff.change[c->diff.changes++] = sack;
    }
}

static void trace_of(struct pp_trace *t, const struct hop *hops, unsigned n, const char *dst)
{
    *t = (struct pp_trace){.experiment = "ecn", .mode = "http", .arm = {"A", "B2"},
                           .treatment = {NULL, "ECT(0) on data"}, .arms = 2, .on = PP_WHERE_SYN, .sport = 61004,
                           .dport = 80, .pairs = 3, .alpha = 0.01,
                           .begin_ns = INT64_C(1764470000000000000), .end_ns = INT64_C(1764470012500000000)};
    t->dst = addr(dst);
    t->src = addr("192.0.2.7");
    t->hops = (uint8_t)n;
    for (unsigned i = 0; i < n; i++) {
        struct pp_trace_hop *h = &t->hop[i];

        h->ttl = (uint8_t)(i + 1);
        if (hops[i].addr) {
            h->addr[h->addrs] = addr(hops[i].addr);
            h->asn[h->addrs++] = hops[i].asn;
        }
        h->rtt_us = hops[i].rtt_us;
        h->quote = hops[i].quote;
        h->quoted_ttl = 1;
        h->target = i == n - 1;
        cell_of(&h->cell[0], &hops[i], hops[i].a);
        cell_of(&h->cell[1], &hops[i], hops[i].b);
    }
}

static void place_of(struct pp_trace *t, struct pp_place p, unsigned from, unsigned to)
{
    p.arm = 1;
    p.on = t->on;
    p.sport = t->sport;
    p.a = p.b = t->pairs;
    p.has_from = true;
    p.has_to = to != 0;
    p.from = (struct pp_place_end){.ttl = (uint8_t)from};
    if (from)
        p.from = (struct pp_place_end){.ttl = (uint8_t)from, .addr = t->hop[from - 1].addr[0],
                                       .asn = t->hop[from - 1].asn[0]};
    if (to)
        p.to = (struct pp_place_end){.ttl = (uint8_t)to, .addr = t->hop[to - 1].addr[0], .asn = t->hop[to - 1].asn[0],
                                     .target = t->hop[to - 1].target};
    p.silent = (uint8_t)(to ? to - from - 1 : 0);
    t->place[t->places++] = p;
}

static const struct hop v4[] = {
    {"192.0.2.1", 64500, 412, 548, "=", "="},       {NULL, 0, 0, 0, "?", "?"},
    {"198.51.100.1", 64501, 8123, 28, "=", "="},    {"198.51.100.9", 64501, 9344, 128, "=", "="},
    {"203.0.113.1", 64502, 14000, 548, "=", "ecn"}, {"203.0.113.6", 64502, 14200, 28, "=", "ecn"},
    {"192.0.2.80", 64503, 15100, 0, "Y", "Y"},
};

static const struct hop v6[] = {
    {"2001:db8::1", 0, 412, 548, "=", "="},
    {"2001:db8:1234:5678:9abc:def0:1234:5678", 0, 1204, 1232, "=", "="},
    {"2001:db8:2::1", 0, 14000, 1232, "=", "mss+"},
    {NULL, 0, 0, 0, "?", "?"},
    {"2001:db8:2:ffff:ffff:ffff:ffff:ffff", 0, 15100, 0, "Y", "?"},
};

static const char text80[] =
    "ecn to 192.0.2.80 port 80 over http from 192.0.2.7 port 61004 at\n"
    "2025-11-30T02:33:20Z, 3 pairs of sweeps\n"
    "Packets of arm B2 (ECT(0) on data) are rewritten (ECT(0) arrives as Not-ECT)\n"
    "between hop 4 (198.51.100.9, AS64501) and hop 5 (203.0.113.1, AS64502), at the\n"
    "border of the two. Seen in 3 of 3 pairs of sweeps.\n"
    "\n"
    " hop  router        AS    rtt ms quote  A        B2\n"
    "   1  192.0.2.1     64500    0.4   548  =        =\n"
    "   2  *                                 ?        ?\n"
    "   3  198.51.100.1  64501    8.1    28  =        =\n"
    "   4  198.51.100.9  64501    9.3   128  =        =\n"
    "  -------------------------------------------------------- B2: ECN 2 -> 0 ----\n"
    "   5  203.0.113.1   64502   14.0   548  =        ECN 2 -> 0\n"
    "   6  203.0.113.6   64502   14.2    28  =        ECN 2 -> 0\n"
    "   7  192.0.2.80    64503   15.1        SYN/ACK  SYN/ACK\n"
    "=: quoted as sent. ?: silent, says nothing. quote: bytes of our packet.\n";

static const char text60[] =
    "ecn to 2001:db8:2:ffff:ffff:ffff:ffff:ffff port 80 over http\n"
    "from 192.0.2.7 port 61004 at 2025-11-30T02:33:20Z, 7 pairs\n"
    "of sweeps\n"
    "Packets of arm B2 (ECT(0) on data) are dropped between hop 3\n"
    "(2001:db8:2::1) and the target, hop 5\n"
    "(2001:db8:2:ffff:ffff:ffff:ffff:ffff). Seen in 7 of 7 pairs\n"
    "of sweeps, error bound 0.01. Hops between them that do not\n"
    "tell: 1.\n"
    "\n"
    " hop  router\n"
    "       rtt ms quote  A        B2\n"
    "   1  2001:db8::1\n"
    "          0.4   548  =        =\n"
    "   2  2001:db8:1234:5678:9abc:def0:1234:5678\n"
    "          1.2  1232  =        =\n"
    "   3  2001:db8:2::1\n"
    "         14.0  1232  =        flags -CWR -ECE\n"
    "                              MSS 1460 -> 1400\n"
    "                              -SACKOK\n"
    "  --------------------------------------- B2: dropped ----\n"
    "   4  *\n"
    "                     ?        ?\n"
    "  ------------------------------------- or up to here ----\n"
    "   5  2001:db8:2:ffff:ffff:ffff:ffff:ffff\n"
    "         15.1        SYN/ACK  -\n"
    "=: quoted as sent. ?: silent, says nothing. -: no answer,\n"
    "though A has one. quote: bytes of our packet.\n";

static void text_is(const struct pp_trace *t, unsigned columns, const char *want)
{
    struct pp_trace_look look = {.columns = columns};
    struct pp_buf out;
    unsigned at = 0;

    pp_buf_init(&out, 1 << 16);
    pp_trace_text(&out, t, &look);
    pp_buf_addc(&out, '\0');
    assert_false(out.failed);
    for (const char *c = out.data; *c; c++) {
        at = *c == '\n' ? 0 : at + 1;
        if (at > (columns < 60 ? 60 : columns))
            fail_msg("a line of more than %u columns:\n%s", columns, out.data);
    }
    if (strcmp(out.data, want) != 0)
        fail_msg("\n%s\nis not\n%s", out.data, want);
    pp_buf_release(&out);
}

static const char pto3[] =
    "{\"dst\":\"192.0.2.80\",\"r\":\"success\",\"s\":1764470000,\"h\":[{\"ha\":\"192.0.2.1"
    "\",\"t\":1,\"i\":3,\"m\":[],\"a\":[],\"d\":[]},{\"ha\":\"*\",\"t\":2,\"i\":0,\"m\":[],\"a\":["
    "],\"d\":[]},{\"ha\":\"198.51.100.1\",\"t\":3,\"i\":2,\"m\":[],\"a\":[],\"d\":[]},{\"ha\""
    ":\"198.51.100.9\",\"t\":4,\"i\":3,\"m\":[],\"a\":[],\"d\":[]},{\"ha\":\"203.0.113.1\","
    "\"t\":5,\"i\":3,\"m\":[{\"n\":\"IP::ECN\",\"v\":\"00\"}],\"a\":[],\"d\":[]},{\"ha\":\"203.0"
    ".113.6\",\"t\":6,\"i\":2,\"m\":[{\"n\":\"IP::ECN\",\"v\":\"00\"}],\"a\":[],\"d\":[]},{\"ha"
    "\":\"192.0.2.80\",\"t\":7,\"i\":0,\"m\":[],\"a\":[],\"d\":[]}]}"
    "\n";

static void rewritten(struct pp_trace *t)
{
    trace_of(t, v4, COUNT(v4), "192.0.2.80");
    place_of(t, (struct pp_place){.kind = PP_PLACE_REWRITE, .change = ecn, .agree = 3, .quotes = 2, .quote = {548, 28}},
             4, 5);
}

static void dropped(struct pp_trace *t)
{
    trace_of(t, v6, COUNT(v6), "2001:db8:2:ffff:ffff:ffff:ffff:ffff");
    t->pairs = 7;
    place_of(t, (struct pp_place){.kind = PP_PLACE_DROP, .agree = 7, .e = 119.2}, 3, 5);
}

static void as_text(void **state)
{
    static struct pp_trace t;

    (void)state;
    rewritten(&t);
    text_is(&t, 80, text80);
    dropped(&t);
    text_is(&t, 60, text60);
    text_is(&t, 20, text60); /* no terminal is that narrow */
}

static void text_has(const struct pp_trace *t, const char *text, bool has)
{
    const struct pp_trace_look look = {.columns = 100};
    struct pp_buf out;

    pp_buf_init(&out, 1 << 16);
    pp_trace_text(&out, t, &look);
    pp_buf_addc(&out, '\0');
    assert_false(out.failed);
    if ((strstr(out.data, text) != NULL) != has)
        fail_msg("'%s' %s:\n%s", text, has ? "is not in" : "is in", out.data);
    pp_buf_release(&out);
}

/* Interrupted early: of what was not swept nothing is said, least of all that nothing happens to it. */
static void what_was_not_swept(void **state)
{
    static struct pp_trace t;

    (void)state;
    trace_of(&t, v4, 0, "192.0.2.80");
    t.pairs = 0;
    text_has(&t, "No sweep was finished: nothing can be told.", true);
    text_has(&t, "Nothing on the way", false);
    trace_of(&t, v4, 4, "192.0.2.80");
    t.hop[3].cell[0].what = PP_SEEN_ANSWER;
    text_has(&t, "Nothing on the way", true);
    text_has(&t, "Not swept", false);
    t.arm[t.arms++] = "B3";
    text_has(&t, "Not swept, so nothing is said of: B3.", true);
    trace_of(&t, v4, 4, "192.0.2.80"); /* a target that answers nothing */
    place_of(&t, (struct pp_place){.kind = PP_PLACE_DROP, .why = PP_WHERE_NOT_REPRODUCED}, 1, 4);
    t.place[0].has_from = t.place[0].has_to = false;
    text_has(&t, "dropped", false);
    text_has(&t, "The target did not answer the baseline", true);
    text_has(&t, "circles", false);
    t.farthest = 4;
    text_has(&t, "The target is farther than the last hop", true);
    t.farthest = PP_WHERE_TTL_MAX;
    text_has(&t, "The target did not answer the baseline", true);
    for (t.hops = 4; t.hops < PP_WHERE_TTL_MAX; t.hops++) { /* between two routers, back and forth */
        t.hop[t.hops] = t.hop[t.hops - 2];
        t.hop[t.hops].ttl = (uint8_t)(t.hops + 1);
    }
    text_has(&t, "The target is farther than the last hop", true);
    text_has(&t, "hop 3 and hop 5 are both 198.51.100.1.", true);
    trace_of(&t, v4, COUNT(v4), "192.0.2.80"); /* a census */
    t.pairs = 1;
    for (unsigned i = 0; i < t.hops; i++)
        t.hop[i].cell[0] = (struct pp_trace_cell){0};
    text_has(&t, ", 1 sweep\n", true);
}

/* Any place and any why, over any width: whole lines, no longer than the terminal is wide. */
static void lines_fit_the_terminal(void **state)
{
    static struct pp_trace t;

    (void)state;
    for (unsigned kind = 0; kind < PP_PLACE_KINDS; kind++)
        for (unsigned why = 0; why < PP_WHERE_WHYS; why++)
            for (unsigned columns = 60; columns <= 100; columns += 20) {
                struct pp_trace_look look = {.columns = columns};
                struct pp_buf out;
                size_t at = 0;

                trace_of(&t, v4, COUNT(v4), "192.0.2.80");
                place_of(&t, (struct pp_place){.kind = (uint8_t)kind, .change = ecn, .why = (uint8_t)why}, why % 7,
                         kind == PP_PLACE_REWRITE && why % 2 ? 0 : 7);
                if (why > PP_WHERE_STANDS && why < PP_WHERE_RATE_LIMITED)
                    t.place[0].has_from = t.place[0].has_to = false;
                t.name = "a-name-of-a-host-that-is-longer-than-most.example.org";
                pp_buf_init(&out, 1 << 16);
                pp_trace_text(&out, &t, &look);
                assert_false(out.failed);
                for (size_t i = 0; i < out.len; i++) {
                    at = out.data[i] == '\n' ? 0 : at + 1;
                    assert_true(at <= columns);
                }
                pp_buf_release(&out);
            }
}

static json_t *at(json_t *o, const char *path)
{
    char key[64];

    while (*path && o) {
        size_t n = strcspn(path, ".");

        snprintf(key, sizeof key, "%.*s", (int)n, path);
        o = json_is_array(o) ? json_array_get(o, strtoul(key, NULL, 10)) : json_object_get(o, key);
        path += n + (path[n] == '.');
    }
    return o;
}

static void as_ndjson(void **state)
{
    static const struct {
        const char *path, *is;
    } want[] = {
        {"dip", "\"192.0.2.80\""}, {"rank", "7"}, {"experiment", "\"ecn\""}, {"pairs", "3"},
        {"hops.1.addr", "[]"}, {"hops.4.addr.0", "\"203.0.113.1\""}, {"hops.4.asn.0", "64502"},
        {"hops.4.arms.B2.changes.0.field", "\"ip.ecn\""}, {"hops.4.arms.A.changes", "[]"}, {"hops.6.target", "true"},
        {"located.0.arm", "\"B2\""}, {"located.0.kind", "\"rewrite\""}, {"located.0.field", "\"ip.ecn\""},
        {"located.0.sent", "2"}, {"located.0.seen", "0"}, {"located.0.from.ttl", "4"}, {"located.0.to.asn", "64502"},
        {"located.0.quote", "[548, 28]"}, {"located.0.sweeps.agree", "3"}, {"located.0.e", "null"},
        {"located.0.why", "null"}, {"located.0.paths", "\"same\""}, {"located.0.sport", "61004"},
        {"located.1.from", "null"}, {"located.1.to", "null"}, {"located.1.why", "\"paths_differ\""},
        {"located.1.kind", "\"drop\""}, {"located.1.field", "null"},
    };
    static const char fields[] = "\"dip\":\"192.0.2.80\",\"rank\":7";
    static struct pp_trace t;
    struct pp_buf out;
    json_t *o;

    (void)state;
    rewritten(&t);
    t.place[t.places++] = (struct pp_place){.arm = 1, .kind = PP_PLACE_DROP, .why = PP_WHERE_PATHS_DIFFER};
    pp_buf_init(&out, 1 << 16);
    pp_trace_ndjson(&out, &t, fields, sizeof fields - 1);
    assert_false(out.failed);
    assert_int_equal(out.data[out.len - 1], '\n');
    o = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    for (unsigned i = 0; i < COUNT(want); i++) {
        char *is = json_dumps(at(o, want[i].path), JSON_ENCODE_ANY);

        if (is == NULL || strcmp(is, want[i].is) != 0)
            fail_msg("%s is %s, not %s", want[i].path, is ? is : "missing", want[i].is);
        free(is);
    }
    json_decref(o);
    pp_buf_release(&out);
}

static void as_pto3(void **state)
{
    static struct pp_trace t;
    struct pp_buf out;

    (void)state;
    rewritten(&t);
    pp_buf_init(&out, 1 << 16);
    pp_trace_pto3(&out, &t, 1);
    pp_buf_addc(&out, '\0');
    assert_string_equal(out.data, pto3);
    /* A DSCP of 46 that arrives as 0: readers take what is not told to have been sent for 0. */
    t.hop[4].cell[1].diff.change[0] = (struct pp_change){.field = PP_FIELD_DSCP, .end = 2, .sent = 46};
    pp_buf_reset(&out);
    pp_trace_pto3(&out, &t, 1);
    pp_buf_addc(&out, '\0');
    assert_null(strstr(out.data, "DiffServicesCP"));
    pp_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_text),
        cmocka_unit_test(what_was_not_swept),
        cmocka_unit_test(lines_fit_the_terminal),
        cmocka_unit_test(as_ndjson),
        cmocka_unit_test(as_pto3),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
