/* SPDX-License-Identifier: BSD-2-Clause */
/* check_ask.c: asks the targets of `check`, by children that measure, and keeps its page up to date. */
#include "check.h"

#include "../core/base/error.h"
#include "../core/base/random.h"

enum { EXIT_INVALID = 3 };
enum { LINE_MAX_BYTES = 1 << 16, PORTS = 64, LOWEST = 61000, HIGHEST = 65535, TRACE_MAX = 1 << 18, ARGS_MAX = 48 };

const struct pp_check_ask pp_check_asks[PP_CHECK_ROWS] = {
    {"mss", "tcp", PP_CHECK_WEB, false},      {"ecn", "http", PP_CHECK_WEB, false},
    {"accecn", "tcp", PP_CHECK_WEB, false},   {"dscp", "tcp", PP_CHECK_WEB, false},
    {"tcpopt", "tcp", PP_CHECK_WEB, false},   {"mptcp", "tcp", PP_CHECK_WEB, false},
    {"tfo", "tcp", PP_CHECK_WEB, false},      {"h2", "https", PP_CHECK_TLS, false},
    {"evilbit", "tcp", PP_CHECK_WEB, true},   {"quic", "quicvn", PP_CHECK_QUIC, false},
    {"udpopt", "dnsudp", PP_CHECK_DNS, false}, {"udpzero", "dnsudp", PP_CHECK_DNS, true},
};

/* ---- asking ------------------------------------------------------------------------------------------ */

static struct pp_check_target *find(struct pp_check_work *w, const json_t *o)
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

static unsigned flows_of(const json_t *o)
{
    unsigned most = 0;
    size_t i, k;
    json_t *v, *r;

    /* Each arm's rounds hold its own flows and its controls'; those are shared. */
    json_array_foreach(json_object_get(o, "verdicts"), i, v) {
        unsigned n = 0, rounds = 0;

        json_array_foreach(json_object_get(v, "rounds"), k, r) {
            unsigned count = (unsigned)json_integer_value(json_object_get(r, "count"));

            n += count;
            rounds += count * (unsigned)json_array_size(json_object_get(r, "flows"));
        }
        most += i == 0 ? rounds : n;
    }
    return most;
}

static void took(struct pp_check_work *w, const char *text, size_t len)
{
    json_t *o = len < LINE_MAX_BYTES ? json_loadb(text, len, 0, NULL) : NULL;
    struct pp_check_target *t = find(w, o);
    json_int_t port = json_integer_value(json_object_get(o, "port"));

    if (t) {
        struct pp_check_row *r = &t->row[w->row_now];
        struct pp_check_row fresh = {.port = (uint16_t)port};

        w->c.flows += flows_of(o);
        pp_check_read(&fresh, w->row_now, o, w->confirming);
        if (w->row_now == 0 && strcmp(fresh.word, "works") == 0) {
            t->tls |= port == 443;
            if (t->web == 0 || t->web == 443)
                t->web = (uint16_t)port;
        }
        /* Of several ports the one that answers. */
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

static void add_target(struct pp_buf *list, const struct pp_check_target *t, unsigned port)
{
    json_t *o = json_pack("{s:s, s:i}", "dip", t->dip, "dp", (int)port);
    char *text;

    /* A question over DNS needs a name, whatever it is answered. */
    if (*t->domain || port == 53)
        json_object_set_new(o, "domain", json_string(*t->domain ? t->domain : "example.com"));
    text = json_dumps(o, JSON_COMPACT);
    pp_buf_addf(list, "%s\n", text ? text : "");
    free(text);
    json_decref(o);
}

/* The port on which T is asked row I; 0: it cannot hold it, and the row says why. */
static unsigned port_for(struct pp_check_target *t, unsigned i)
{
    static const uint16_t of_service[] = {[PP_CHECK_TLS] = 443, [PP_CHECK_QUIC] = 443, [PP_CHECK_DNS] = 53};
    const struct pp_check_ask *a = &pp_check_asks[i];
    struct pp_check_row *r = &t->row[i];
    unsigned port = a->service == PP_CHECK_WEB ? t->web : of_service[a->service];

    r->state = PP_CHECK_LEFT_OUT;
    if (t->refused)
        r->left_out = "nothing was sent to this address";
    else if (a->only4 && !pp_addr_is4(&t->addr))
        r->left_out = "IPv4 only";
    else if (a->service == PP_CHECK_WEB && t->web == 0)
        r->left_out = t->given ? "that port does not answer over TCP" : "neither port 80 nor 443 answers over TCP";
    else if (a->service != PP_CHECK_WEB && t->given && t->given != port)
        r->left_out = "another port was asked for";
    else if (a->service == PP_CHECK_TLS && !t->tls)
        r->left_out = "port 443 does not answer";
    else
        r->state = PP_CHECK_NOT_YET;
    return r->state == PP_CHECK_NOT_YET ? port : 0;
}

static void say_failure(const struct pp_check_work *w, const char *command, const char *experiment)
{
    pp_error("%s %s failed:", command, experiment);
    fwrite(w->said.data ? w->said.data : "", 1, w->said.len, stderr);
}

/* LIST through experiment I over MODE: a first round, or all that it takes. */
static void measure(struct pp_check_work *w, unsigned i, const char *mode, const struct pp_buf *list, bool confirm)
{
    const struct pp_check_how *s = w->how;
    const char *argv[ARGS_MAX];
    char ports[24], cooldown[40], spacing[40];
    uint32_t chance;
    unsigned n = 0, base;
    int code;

    pp_random_secret(&chance, sizeof chance);
    base = LOWEST + chance % (HIGHEST + 1 - LOWEST - PORTS);
    snprintf(ports, sizeof ports, "%u-%u", base, base + PORTS - 1);
    snprintf(cooldown, sizeof cooldown, "--cooldown=%g", (double)s->cooldown / 1e9);
    snprintf(spacing, sizeof spacing, "--spacing=%g", (double)s->spacing / 1e9);
    w->row_now = i;
    w->confirming = confirm;
    for (const char *const fixed[] = {"measure", pp_check_asks[i].experiment, "--connect", mode, "--quiet", "--aa", "0",
                                      "--audit", "0", "--connect-timeout", "3", "--ports", ports, NULL};
         fixed[n]; n++)
        argv[n] = fixed[n];
    argv[n++] = "--contact";
    argv[n++] = s->contact ? s->contact : "pathprobe check";
    if (s->interface) {
        argv[n++] = "--interface";
        argv[n++] = s->interface;
    }
    for (unsigned k = 0; k < s->source.n && k < 2; k++) {
        argv[n++] = "--source";
        argv[n++] = s->source.v[k];
    }
    if (s->impaired)
        argv[n++] = "--allow-impaired-vantage";
    if (confirm) {
        argv[n++] = cooldown;
        argv[n++] = spacing;
        argv[n++] = "--max-rounds"; /* enough for the bound; the rest is for published lists */
        argv[n++] = "10";
    } else {
        argv[n++] = "--rounds";
        argv[n++] = "1";
    }
    argv[n] = NULL;
    code = pp_check_child(w, argv, list, took);
    if (code != 0 && code != EXIT_INVALID && !pp_check_stopped()) {
        say_failure(w, "measure", pp_check_asks[i].experiment);
        w->failed++;
    }
}

/* Row I of all targets that can hold it, or, to CONFIRM, of those that failed; those over TLS by themselves. */
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

            if (confirm ? t->row[i].state != PP_CHECK_FIRST : t->row[i].line != NULL)
                continue;
            port = confirm ? t->row[i].port : port_for(t, i);
            if (port == 0)
                continue;
            if (!http || (port == 443) == (tls == 1))
                add_target(&list, t, port);
        }
        if (list.len)
            measure(w, i, tls ? "https" : mode, &list, confirm);
        pp_buf_release(&list);
    }
}

/* Targets of which the first child wrote nothing have not been asked. SAID: why is on standard error already. */
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
        pp_error("%s: its range is blocked, or there is no route to it", t->dip);
        pp_hint("`pathprobe measure mss %s` says which; PATHPROBE_ALLOW, see pathprobe(1), lifts a block", t->dip);
        w->failed++;
    }
}

/* Which ports answer: what the first row asks of each of them. */
static void ask_ports(struct pp_check_work *w)
{
    unsigned failed = w->failed;
    struct pp_buf list;

    pp_buf_init(&list, 1 << 20);
    for (unsigned n = 0; n < w->c.targets; n++) {
        const struct pp_check_target *t = &w->c.target[n];

        add_target(&list, t, t->given ? t->given : 80);
        if (!t->given)
            add_target(&list, t, 443);
    }
    measure(w, 0, pp_check_asks[0].mode, &list, false);
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
    const char *argv[] = {"trace", pp_check_asks[i].experiment, NULL, "--arm", r->arm, "--connect", mode, "--quiet",
                          NULL, NULL, NULL};
    char at[PP_ADDR_STRLEN + 10];
    struct pp_buf none;
    int code;

    if (mode == NULL)
        return;
    snprintf(at, sizeof at, pp_addr_is4(&t->addr) ? "%s:%u" : "[%s]:%u", t->dip, r->port);
    argv[2] = at;
    if (w->how->interface) {
        argv[8] = "--interface";
        argv[9] = w->how->interface;
    }
    pp_buf_init(&none, 16);
    pp_buf_reset(&w->trace);
    code = pp_check_child(w, argv, &none, took_trace);
    if (code != 0 && !pp_check_stopped()) {
        say_failure(w, "trace", pp_check_asks[i].experiment);
        w->failed++;
    }
    pp_buf_addc(&w->trace, '\0');
    if (!w->trace.failed && w->trace.len > 1) {
        free(t->trace);
        t->trace = strdup(w->trace.data);
    }
    pp_buf_release(&none);
}

/* ---- all of it --------------------------------------------------------------------------------------- */

void pp_check_ask_all(struct pp_check_work *w)
{
    ask_ports(w);
    for (unsigned i = 1; i < PP_CHECK_ROWS && !pp_check_stopped(); i++)
        if (w->c.asked[i])
            ask_row(w, i, false);
    for (unsigned i = 0; i < PP_CHECK_ROWS && !pp_check_stopped(); i++)
        if (w->c.asked[i])
            ask_row(w, i, true);
    for (unsigned n = 0; w->c.locate && n < w->c.targets; n++)
        for (unsigned i = 0; i < PP_CHECK_ROWS && !pp_check_stopped(); i++)
            if (w->c.target[n].row[i].state == PP_CHECK_DONE && strcmp(w->c.target[n].row[i].word, "broken") == 0)
                locate(w, &w->c.target[n], i);
}
