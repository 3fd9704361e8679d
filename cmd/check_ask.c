/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_ask.c: runs the children of `check` in order: which ports answer, one round of each experiment, the first hops,
 * the confirmation of each failure, then its location.
 */
#include "check.h"

#include "../core/base/error.h"
#include "../core/base/random.h"

enum { EXIT_INVALID = 3 };
enum { LINE_MAX_BYTES = 1 << 16, PORTS = 64, LOWEST = 61000, HIGHEST = 65535, TRACE_MAX = 1 << 18, ARGS_MAX = 48 };

const struct pp_check_ask pp_check_asks[PP_CHECK_ROWS] = {
    {"mss", "tcp", PP_CHECK_WEB, 0, false, false},
    {"ecn", "http", PP_CHECK_WEB, 0, false, false},
    {"accecn", "tcp", PP_CHECK_WEB, 0, false, false},
    {"dscp", "tcp", PP_CHECK_WEB, 0, false, false},
    {"tcpopt", "tcp", PP_CHECK_WEB, 0, false, false},
    {"mptcp", "tcp", PP_CHECK_WEB, 0, false, false},
    {"tfo", "tcp", PP_CHECK_WEB, 0, false, false},
    {"h2", "https", PP_CHECK_TLS, 0, false, false},
    {"evilbit", "tcp", PP_CHECK_WEB, 4, false, false},
    {"quic", "quicinit", PP_CHECK_QUIC, 0, false, false},
    {"pmtud", "quicvn", PP_CHECK_QUIC, 0, false, false},
    {"udpopt", "dnsudp", PP_CHECK_DNS, 0, false, false},
    {"udpzero", "dnsudp", PP_CHECK_DNS, 4, false, false},
    {"ecnpp", "tcp", PP_CHECK_WEB, 0, false, true},
    {"ecnctl", "http", PP_CHECK_WEB, 0, false, true},
    {"ecndscp", "http", PP_CHECK_WEB, 0, false, true},
    {"l4s", "http", PP_CHECK_WEB, 0, true, true},
    {"frag", "http", PP_CHECK_WEB, 4, true, true},
    {"exthdr", "tcp", PP_CHECK_WEB, 6, false, true},
    {"quicsize", "quicinit", PP_CHECK_QUIC, 0, false, true},
};

static const uint16_t port_of[PP_CHECK_SERVICES] = {
    [PP_CHECK_TLS] = 443, [PP_CHECK_QUIC] = 443, [PP_CHECK_DNS] = 53};

/* ---- targets ------------------------------------------------------------------------------------------------- */

struct pp_check_target *pp_check_find(struct pp_check_work *w, const json_t *o)
{
    const char *dip = json_string_value(json_object_get(o, "dip"));
    const char *domain = json_string_value(json_object_get(o, "domain"));

    for (unsigned i = 0; dip && i < w->c.targets; i++) {
        const struct pp_check_target *t = &w->c.target[i];

        if (strcmp(t->dip, dip) == 0 && (!*t->domain || strcmp(t->domain, domain ? domain : "") == 0))
            return &w->c.target[i];
    }
    return NULL;
}

void pp_check_add(struct pp_buf *list, const struct pp_check_target *t, unsigned port)
{
    json_t *o = json_pack("{s:s, s:i}", "dip", t->dip, "dp", (int)port);
    char *text;

    /* A DNS query needs a name, with any answer. */
    if (*t->domain || port == 53)
        json_object_set_new(o, "domain", json_string(*t->domain ? t->domain : "example.com"));
    text = json_dumps(o, JSON_COMPACT);
    pp_buf_addf(list, "%s\n", text ? text : "");
    free(text);
    json_decref(o);
}

/* The port for row I of T; 0: T cannot be measured by it, and the row has the reason. */
static unsigned port_for(struct pp_check_target *t, unsigned i)
{
    const struct pp_check_ask *a = &pp_check_asks[i];
    struct pp_check_row *r = &t->row[i];
    unsigned port = a->service == PP_CHECK_WEB ? t->web : port_of[a->service];

    r->state = PP_CHECK_LEFT_OUT;
    if (t->refused)
        r->left_out = "nothing was sent to this address";
    else if (a->family && a->family != pp_addr_family(&t->addr))
        r->left_out = a->family == 4 ? "IPv4 only" : "IPv6 only";
    else if (a->service == PP_CHECK_WEB && t->web == 0)
        r->left_out = t->given ? "that port does not answer over TCP" : "neither port 80 nor 443 answers over TCP";
    else if (a->plain && t->web == 443)
        r->left_out = t->given ? "not measured within TLS" : "port 80 does not answer; not measured within TLS";
    else if (a->service != PP_CHECK_WEB && t->given && t->given != port)
        r->left_out = "another port was given";
    else if (a->service == PP_CHECK_TLS && !t->tls)
        r->left_out = "port 443 does not answer";
    else if (a->service == PP_CHECK_QUIC && t->tried[a->service] && !t->serves[a->service])
        r->left_out = "nothing answers in QUIC on UDP port 443";
    else if (a->service == PP_CHECK_DNS && t->tried[a->service] && !t->serves[a->service])
        r->left_out = "nothing answers in DNS on UDP port 53";
    else
        r->state = PP_CHECK_NOT_YET;
    return r->state == PP_CHECK_NOT_YET ? port : 0;
}

/* ---- results ------------------------------------------------------------------------------------------------- */

/* Records, from row 0, the port on which a target answers. */
static void note_port(struct pp_check_target *t, const struct pp_check_row *row)
{
    if (strcmp(row->word, "works") != 0)
        return;
    t->tls |= row->port == 443;
    if (t->web == 0 || t->web == 443)
        t->web = row->port;
}

static void took(struct pp_check_work *w, const char *text, size_t len)
{
    json_t *o = len < LINE_MAX_BYTES ? json_loadb(text, len, 0, NULL) : NULL;
    struct pp_check_target *t = pp_check_find(w, o);

    if (t) {
        struct pp_check_row *r = &t->row[w->row_now], fresh = *r;
        unsigned counted = r->run == w->run && w->row_now ? r->flows : 0; /* in row 0 each line is for another port */

        fresh.line = json_incref(r->line);
        pp_check_read(&fresh, o, w->confirming);
        fresh.port = (uint16_t)json_integer_value(json_object_get(o, "port"));
        fresh.run = w->run;
        w->c.flows += fresh.flows - counted;
        if (w->row_now == 0)
            note_port(t, &fresh);
        /* Of several ports, the result of the one that answers is kept. */
        if (r->line == NULL || strcmp(r->word, "offline") == 0 || w->confirming) {
            json_decref(r->line);
            *r = fresh;
        } else {
            json_decref(fresh.line);
        }
        pp_check_draw(w);
    }
    json_decref(o);
}

/* Records whether a service over UDP answers. */
static void took_service(struct pp_check_work *w, const char *text, size_t len)
{
    json_t *o = len < LINE_MAX_BYTES ? json_loadb(text, len, 0, NULL) : NULL;
    struct pp_check_target *t = pp_check_find(w, o);

    if (t) {
        struct pp_check_row row = {0};

        pp_check_read(&row, o, false);
        /* A result that is not valid does not show silence. */
        t->serves[pp_check_asks[w->row_now].service] = row.invalid || strcmp(row.word, "offline") != 0;
        w->c.flows += row.flows;
        json_decref(row.line);
    }
    json_decref(o);
}

/* ---- runs ---------------------------------------------------------------------------------------------------- */

/*
 * Runs EXPERIMENT over MODE for LIST. ONE round is the method's first round, without arms that others imply, and
 * without the vantage check: check_near.c makes it once for all experiments.
 */
static void measure(struct pp_check_work *w, const char *experiment, const char *mode, const char *option,
                    const struct pp_buf *list, pp_check_line *line)
{
    static const char *const once[] = {"--max-rounds=1", "--no-vantage-check", NULL};
    static const char *const alone[] = {"--rounds=1", "--no-vantage-check", NULL};
    char ports[40], cooldown[40], spacing[40];
    const char *const confirm[] = {cooldown, spacing, "--max-rounds=10", "--interim", NULL};
    const char *options[ARGS_MAX] = {"--connect", mode, "--quiet", "--aa=0", "--audit=0", "--connect-timeout=3",
                                             ports, NULL};
    const char *const *more = w->confirming ? confirm : w->row_now == 0 ? alone : once;
    unsigned n = 7, base;
    uint32_t chance;
    int code;

    pp_random_secret(&chance, sizeof chance);
    base = LOWEST + chance % (HIGHEST + 1 - LOWEST - PORTS);
    snprintf(ports, sizeof ports, "--ports=%u-%u", base, base + PORTS - 1);
    snprintf(cooldown, sizeof cooldown, "--cooldown=%g", (double)w->how->cooldown / 1e9);
    snprintf(spacing, sizeof spacing, "--spacing=%g", (double)w->how->spacing / 1e9);
    for (; *more; more++)
        options[n++] = *more;
    if (option)
        options[n++] = option;
    if (w->how->impaired)
        options[n++] = "--allow-impaired-vantage";
    options[n] = NULL;
    w->run++;
    code = pp_check_run(w, "measure", experiment, options, list, line);
    if (code != 0 && code != EXIT_INVALID && !pp_check_stopped())
        pp_check_failed(w, "measure", experiment);
}

/*
 * Tests whether the service over UDP of row I exists, by two flows (one with a codepoint, for which it may be dropped):
 * without the service an experiment would try each of its arms again and again.
 */
static void ask_service(struct pp_check_work *w, unsigned i)
{
    const struct pp_check_ask *a = &pp_check_asks[i];
    struct pp_buf list;

    pp_buf_init(&list, 1 << 20);
    for (unsigned n = 0; n < w->c.targets; n++) {
        struct pp_check_target *t = &w->c.target[n];

        if (t->tried[a->service] || !port_for(t, i))
            continue;
        pp_check_add(&list, t, port_of[a->service]);
        t->tried[a->service] = true;
    }
    w->row_now = i;
    w->confirming = false;
    if (list.len)
        measure(w, "dscp", a->mode, "--codepoint=46", &list, took_service);
    pp_buf_release(&list);
}

/*
 * Runs row I for all targets that it can measure or, if CONFIRM, for those that failed; targets over TLS in a run of
 * their own.
 */
static void ask_row(struct pp_check_work *w, unsigned i, bool confirm)
{
    const char *mode = pp_check_asks[i].mode;
    bool http = strcmp(mode, "http") == 0;

    for (unsigned tls = 0; tls < (http ? 2u : 1u) && !pp_check_stopped(); tls++) {
        struct pp_buf list;

        pp_buf_init(&list, 1 << 20);
        for (unsigned n = 0; n < w->c.targets; n++) {
            struct pp_check_target *t = &w->c.target[n];
            unsigned port;

            if (confirm ? t->row[i].state != PP_CHECK_SO_FAR : t->row[i].line != NULL)
                continue;
            port = confirm ? t->row[i].port : port_for(t, i);
            if (port == 0)
                continue;
            if (!http || (port == 443) == (tls == 1))
                pp_check_add(&list, t, port);
        }
        w->row_now = i;
        w->confirming = confirm;
        if (list.len)
            measure(w, pp_check_asks[i].experiment, tls ? "https" : mode, NULL, &list, took);
        pp_buf_release(&list);
    }
}

/* Marks targets without a line from the first child as refused. SAID: the cause was printed already. */
static void find_refused(struct pp_check_work *w, bool said)
{
    for (unsigned n = 0; n < w->c.targets && !pp_check_stopped(); n++) {
        struct pp_check_target *t = &w->c.target[n];

        if (t->row[0].line)
            continue;
        t->refused = true;
        (void)port_for(t, 0);
        if (said)
            continue;
        pp_error("%s: its prefix is blocked, or there is no route to it", t->dip);
        pp_hint("`pathprobe measure mss %s` says which of the two; PATHPROBE_ALLOW, see pathprobe(1), allows "
                "special-purpose prefixes", t->dip);
        w->failed++;
    }
}

/* Finds the ports that answer, by the first row on each of them. */
static void ask_ports(struct pp_check_work *w)
{
    unsigned failed = w->failed;
    struct pp_buf list;

    pp_buf_init(&list, 1 << 20);
    for (unsigned n = 0; n < w->c.targets; n++) {
        const struct pp_check_target *t = &w->c.target[n];

        pp_check_add(&list, t, t->given ? t->given : 80);
        if (!t->given)
            pp_check_add(&list, t, 443);
    }
    measure(w, pp_check_asks[0].experiment, pp_check_asks[0].mode, NULL, &list, took);
    find_refused(w, w->failed > failed);
    pp_buf_release(&list);
}

/* ---- where ------------------------------------------------------------------------------------------- */

static void took_trace(struct pp_check_work *w, const char *text, size_t len)
{
    if (w->trace.len + len + 1 < TRACE_MAX) {
        pp_buf_add(&w->trace, text, len);
        pp_buf_addc(&w->trace, '\n');
    }
}

static void locate(struct pp_check_work *w, struct pp_check_target *t, unsigned i)
{
    const struct pp_check_row *r = &t->row[i];
    const char *mode = json_string_value(json_object_get(r->line, "connect"));
    const char *const options[] = {"--arm", r->arm, "--connect", mode, "--quiet", NULL};
    struct pp_buf list;
    int code;

    if (mode == NULL)
        return;
    pp_buf_init(&list, 1 << 12);
    pp_check_add(&list, t, r->port);
    pp_buf_reset(&w->trace);
    code = pp_check_run(w, "trace", pp_check_asks[i].experiment, options, &list, took_trace);
    if (code != 0 && !pp_check_stopped())
        pp_check_failed(w, "trace", pp_check_asks[i].experiment);
    pp_buf_addc(&w->trace, '\0');
    if (!w->trace.failed && w->trace.len > 1) {
        free(t->trace);
        t->trace = strdup(w->trace.data);
    }
    pp_buf_release(&list);
}

/* ---- all of it --------------------------------------------------------------------------------------- */

void pp_check_ask_all(struct pp_check_work *w)
{
    ask_ports(w);
    for (unsigned i = 1; i < PP_CHECK_ROWS && !pp_check_stopped(); i++) {
        if (w->c.asked[i] && (pp_check_asks[i].service == PP_CHECK_QUIC || pp_check_asks[i].service == PP_CHECK_DNS))
            ask_service(w, i);
        if (w->c.asked[i])
            ask_row(w, i, false);
    }
    if (!pp_check_stopped())
        pp_check_ask_near(w);
    for (unsigned i = 0; i < PP_CHECK_ROWS && !pp_check_stopped(); i++)
        if (w->c.asked[i])
            ask_row(w, i, true);
    for (unsigned n = 0; w->c.locate && n < w->c.targets; n++)
        for (unsigned i = 0; i < PP_CHECK_ROWS && !pp_check_stopped(); i++)
            if (w->c.target[n].row[i].state == PP_CHECK_CONFIRMED && strcmp(w->c.target[n].row[i].word, "broken") == 0)
                locate(w, &w->c.target[n], i);
}
