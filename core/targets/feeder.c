/* SPDX-License-Identifier: BSD-2-Clause */
/* feeder.c: reads targets from the input, and counts those that are not probed, by reason. */
#include "feeder.h"

#include "../base/random.h"
#include "../base/siphash.h"
#include "../wire/route.h"
#include "prefix_cap.h"
#include "special.h"
#include "target_parts.h"

#include <endian.h>
#include <inttypes.h>

#define BAD_LINES_NAMED 5

struct pp_feeder {
    struct pp_feeder_config c;
    struct pp_targets targets;
    const char *hint; /* hint for the first line that could not be used; NULL: there is none */
    struct pp_dedup *dedup;
    struct pp_prefix_cap *cap;
    struct pp_text line; /* line of the target last returned */
    struct pp_target_counts counts;
    struct pp_addr blocked; /* the first target that was blocked */
    bool site;              /* the site's blocklist blocked it */
    struct pp_addr unrouted; /* the first target without a route */
    uint64_t handed_out, capped, met;
    bool failed, ended, forgetful;
};

struct pp_feeder *pp_feeder_new(const struct pp_feeder_config *c)
{
    struct pp_feeder *f = calloc(1, sizeof *f);

    if (!f)
        goto no_memory;
    f->c = *c;
    pp_targets_init(&f->targets, c->format);
    f->dedup = c->dedup ? c->done : NULL;
    if (c->dedup && !f->dedup && !(f->dedup = pp_dedup_new()))
        goto no_memory;
    if (c->per_prefix && !(f->cap = pp_prefix_cap_new(c->per_prefix)))
        goto no_memory;
    return f;
no_memory:
    pp_feeder_free(f);
    pp_error("out of memory");
    return NULL;
}

void pp_feeder_free(struct pp_feeder *f)
{
    if (!f)
        return;
    if (f->dedup != f->c.done)
        pp_dedup_free(f->dedup);
    pp_prefix_cap_free(f->cap);
    pp_targets_release(&f->targets);
    free(f);
}

bool pp_feeder_failed(const struct pp_feeder *f)
{
    return f->failed;
}

const char *pp_feeder_line(const struct pp_feeder *f, size_t *len)
{
    *len = f->line.len;
    return f->line.p;
}

uint64_t pp_feeder_capped(const struct pp_feeder *f)
{
    return f->capped;
}

void pp_feeder_counts(const struct pp_feeder *f, struct pp_target_counts *c)
{
    uint64_t written = c->written, written_invalid = c->written_invalid, pending = c->pending;

    *c = f->counts;
    c->written = written;
    c->written_invalid = written_invalid;
    c->pending = pending;
    c->read += f->c.ndone - f->met;
}

uint64_t pp_feeder_met(const struct pp_feeder *f)
{
    return f->met;
}

static void bad_line(struct pp_feeder *f, const char *why, const char *line, size_t len)
{
    struct pp_text text = pp_text_trim(line, len);

    pp_left_out_line(f->c.left_out, why, text.p, text.len);
    if (f->counts.invalid_line++ < BAD_LINES_NAMED)
        pp_warn("input line %" PRIu64 ": %s", pp_input_number(f->c.input), why);
    if (!f->hint)
        f->hint = pp_target_hint(why);
}

/* Warns if all targets were blocked, which may not be what the user meant. */
static void say_blocked(const struct pp_feeder *f)
{
    const char *name = pp_special_name(&f->blocked);
    char text[PP_ADDR_STRLEN];

    pp_warn("%" PRIu64 " of %" PRIu64 " targets are in blocked ranges, for example %s (%s)", f->counts.blocked,
            f->counts.read,
            pp_addr_str(&f->blocked, text), f->site ? "in this host's blocklist" : name ? name : "in the blocklist");
    if (name && !f->site) /* no hint to overrule a blocklist */
        pp_hint("--allowlist FILE lists prefixes that may be probed although a wider prefix is blocked");
}

static void say_no_route(const struct pp_feeder *f)
{
    char text[PP_ADDR_STRLEN];

    pp_warn("%" PRIu64 " of %" PRIu64 " targets have no route from this host, for example %s", f->counts.no_route,
            f->counts.read,
            pp_addr_str(&f->unrouted, text));
    pp_hint("`ip route get %s` says why; -i and --source select another interface or address", text);
}

void pp_feeder_finish(struct pp_feeder *f)
{
    if (f->counts.invalid_line > BAD_LINES_NAMED)
        pp_warn("%" PRIu64 " input lines were unusable; the first %d are reported above", f->counts.invalid_line,
                BAD_LINES_NAMED);
    if (f->counts.read && f->counts.invalid_line == f->counts.read && !pp_input_stopped(f->c.input)) {
        f->failed = true;
        pp_error("no line of '%s' is a target", pp_input_name(f->c.input));
    }
    if (f->hint && (f->failed || !pp_quiet))
        pp_hint("%s", f->hint);
    if (f->counts.other_family && f->c.only_why)
        pp_warn("%" PRIu64 " target%s left out: %s", f->counts.other_family,
                f->counts.other_family == 1 ? " is" : "s are", f->c.only_why);
    if (f->counts.blocked && !f->handed_out)
        say_blocked(f);
    if (f->counts.no_route && !f->handed_out)
        say_no_route(f);
}

static bool has_route(const struct pp_feeder *f, const struct pp_addr *a)
{
    const struct pp_vantage *v = f->c.vantage;
    uint8_t type = v && v->loopback ? RTN_LOCAL : RTN_UNICAST;
    const struct pp_source *s;

    if (!v)
        return true;
    s = pp_vantage_source(v, a);
    if (!s->usable || !f->c.routes)
        return s->usable;
    /* While the interface is down there are no routes at all, so no target is left out for the lack of one. */
    return pp_route_leads(f->c.routes, a, v->ifindex, &s->addr, type) ||
           !pp_route_leads(f->c.routes, &s->witness, v->ifindex, &s->addr, type);
}

/* The key is a constant, so that the shards of several machines do not overlap. */
static bool in_shard(const struct pp_feeder *f, const struct pp_target *t)
{
    static const struct pp_sipkey key = {{UINT64_C(0x7061746870726f62), UINT64_C(0x7368617264000001)}};
    uint64_t print = t->pair ? t->pair : pp_siphash(&key, t->addr.b, sizeof t->addr.b);

    return f->c.shard_n < 2 || print % f->c.shard_n == f->c.shard_k - 1;
}

/*
 * Chooses by a hash of the target or its pair, so that a sample does not depend on the list's order, and has both
 * addresses of a pair or none.
 */
static bool in_sample(const struct pp_feeder *f, const struct pp_target *t)
{
    const struct pp_sipkey key = {{f->c.seed, UINT64_C(0x73616d706c650001)}};
    uint64_t pair = htole64(t->pair);

    if (f->c.sample <= 0 || f->c.sample >= 1)
        return true;
    if (!pair)
        return pp_dedup_chance(key.k[0], key.k[1], &t->addr, t->port, t->domain) < f->c.sample;
    return pp_unit(pp_siphash(&key, &pair, sizeof pair)) < f->c.sample;
}

/* Without memory for the set, a target counts as new: it may be probed twice. */
static bool is_duplicate(struct pp_feeder *f, const struct pp_target *t)
{
    int added = f->dedup ? pp_dedup_add(f->dedup, &t->addr, t->port, t->domain) : 1;

    if (added < 0 && !f->forgetful) {
        f->forgetful = true;
        pp_warn("no memory for more than %" PRIu64 " targets: duplicates of later ones are not recognised",
                pp_dedup_count(f->dedup));
    }
    return added == 0;
}

/* Without memory for the count, a prefix counts as full: it gets fewer probes. */
static bool too_many(struct pp_feeder *f, const struct pp_target *t)
{
    int admitted = f->cap ? pp_prefix_cap_admit(f->cap, &t->addr) : 1;

    if (admitted < 0 && !f->forgetful) {
        f->forgetful = true;
        pp_warn("no memory for more prefixes: targets in further ones are left out");
    }
    f->capped += admitted != 1;
    return admitted != 1;
}

/* The member of the counts for the reason why T is left out; NULL: T is to be probed. */
static uint64_t *turned_away(struct pp_feeder *f, struct pp_target *t)
{
    enum pp_blocklist_says verdict;

    if (t->port == 0)
        t->port = f->c.default_port;
    if (f->c.set_port)
        t->port = f->c.set_port;
    verdict = pp_blocklist_verdict(f->c.blocklist, &t->addr);
    if (verdict != PP_BLOCKLIST_PASS) {
        if (!f->counts.blocked) {
            f->blocked = t->addr;
            f->site = verdict == PP_BLOCKLIST_SITE_BLOCKS;
        }
        return &f->counts.blocked;
    }
    if (f->c.only && f->c.only != pp_addr_family(&t->addr))
        return &f->counts.other_family;
    if (!has_route(f, &t->addr)) {
        if (!f->counts.no_route)
            f->unrouted = t->addr;
        return &f->counts.no_route;
    }
    if (!in_shard(f, t) || !in_sample(f, t))
        return &f->counts.sampled_out;
    if (f->c.done && pp_dedup_take(f->c.done, &t->addr, t->port, t->domain)) {
        f->handed_out++;
        return &f->met;
    }
    switch (f->c.prohibited ? pp_admin_prohibited_of(f->c.prohibited, &t->addr) : PP_NOT_PROHIBITED) {
    case PP_PROHIBITED_BY_NETWORK: return &f->counts.prohibited_network;
    case PP_PROHIBITED_BY_HOST: return &f->counts.prohibited_host;
    case PP_NOT_PROHIBITED: break;
    }
    if (is_duplicate(f, t))
        return &f->counts.duplicate;
    if (too_many(f, t))
        return &f->counts.sampled_out;
    return NULL;
}

static void tell_left_out(struct pp_feeder *f, const uint64_t *count, const struct pp_target *t, struct pp_text line)
{
    const struct {
        const uint64_t *count;
        const char *name;
    } names[] = {
        {&f->counts.blocked, "blocked"},
        {&f->counts.other_family, "other_family"},
        {&f->counts.no_route, "no_route"},
        {&f->counts.sampled_out, "sampled_out"},
        {&f->counts.prohibited_network, "prohibited_network"},
        {&f->counts.prohibited_host, "prohibited_host"},
        {&f->counts.duplicate, "duplicate"},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].count == count)
            pp_left_out_target(f->c.left_out, names[i].name, t, line.p, line.len);
}

/* Makes the target of one line; NULL: the line is blank, or has been counted as not usable. */
static struct pp_target *take(struct pp_feeder *f, const char *line, size_t len)
{
    struct pp_target *t;
    const char *why;
    uint64_t *count;
    int is = pp_targets_line(&f->targets, &t, line, len, &why);

    if (is == 0)
        return NULL;
    f->counts.read++;
    if (is < 0) {
        bad_line(f, why, line, len);
        return NULL;
    }
    if (t->port == 0 && f->c.default_port == 0 && f->c.set_port == 0 && !f->c.portless) {
        bad_line(f, "no port, and this connect mode has no default port", line, len);
        free(t);
        return NULL;
    }
    why = f->c.observations ? NULL : t->domain_why;
    if (!why && f->c.unfit)
        why = f->c.unfit(t->domain ? t->domain : f->c.domain);
    if (why) {
        bad_line(f, why, line, len);
        free(t);
        return NULL;
    }
    count = turned_away(f, t);
    if (count) {
        ++*count;
        tell_left_out(f, count, t, pp_text_trim(line, len));
        free(t);
        return NULL;
    }
    f->handed_out++;
    f->line = pp_text_trim(line, len);
    return t;
}

struct pp_target *pp_feeder_next(struct pp_feeder *f)
{
    struct pp_target *t;
    const char *line;
    size_t len;

    while (!f->ended && (f->c.max_targets == 0 || f->handed_out < f->c.max_targets)) {
        pp_input_csv(f->c.input, pp_targets_csv(&f->targets));
        switch (pp_input_line(f->c.input, &line, &len)) {
        case PP_INPUT_LINE:
            t = take(f, line, len);
            if (t)
                return t;
            break;
        case PP_INPUT_TOO_LONG:
            f->counts.read++;
            bad_line(f, f->c.observations ? "longer than 65535 bytes" : "longer than 32768 bytes", "", 0);
            break;
        case PP_INPUT_ERROR:
            f->failed = true;
            f->ended = true;
            break;
        case PP_INPUT_END:
            f->ended = true;
            break;
        }
    }
    return NULL;
}
