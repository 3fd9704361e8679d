/* SPDX-License-Identifier: BSD-2-Clause */
/* plan.c: works out the arms, templates and fields of a run. */
#include "plan.h"

#include "../loader/plugins.h"

#include <stdarg.h>

static struct pp_look look_of(const struct pp_source *s, int family, const struct pp_talk_mode *mode)
{
    unsigned headers = family == 4 ? 40 : 60;
    unsigned mss = s->mtu > headers + 88 ? s->mtu - headers : 88;

    return (struct pp_look){
        .ttl = s->ttl ? s->ttl : 64,
        .wscale = 0,
        .mss = (uint16_t)(mss > 65535 ? 65535 : mss),
        .window = mode->window,
        .timestamps = true,
        .sack = true,
        .window_scaling = true,
        .df = true,
    };
}

static const struct pp_look *look_for(const struct pp_plan *p, int family)
{
    return family == 4 ? &p->tcp.look4 : &p->tcp.look6;
}

static unsigned surplus_of(const struct pp_plan_arm *a)
{
    unsigned most = 0;

    for (unsigned i = 0; i < a->arm->nsteps; i++)
        most = a->arm->steps[i].surplus_len > most ? a->arm->steps[i].surplus_len : most;
    return most;
}

/* Bytes of A's longest packet whose size no MSS limits (a datagram, a SYN with data or extension headers); or 0. */
static size_t longest(const struct pp_plan *p, const struct pp_plan_arm *a, int family)
{
    uint8_t message[PP_MESSAGE_MAX];
    const struct pp_template *t;

    if (p->mode->proto == PP_PROTO_UDP) {
        t = pp_plan_template(a, family, PP_ON_DATAGRAM, false, 0);
        return t->payload_off + t->prefix_len + pp_plan_message(p, a, family, NULL, 0, message) + surplus_of(a);
    }
    if (a->size)
        return a->size;
    t = pp_plan_template(a, family, PP_ON_SYN, true, 0);
    return t->l4_off > (family == 4 ? 20 : 40) ? t->len : 0; /* plain TCP fits: its MSS follows from the MTU */
}

/* Leaves out an arm whose packets exceed the interface's MTU: it would show nothing about the path. */
static int leave_out_long(const struct pp_plan *p, struct pp_plan_arm *a)
{
    const char *what = p->mode->proto == PP_PROTO_UDP ? "datagrams" : a->size ? "segments" : "SYNs";

    for (int f = 0; f < 2; f++) {
        const struct pp_source *s = f ? &p->vantage->v6 : &p->vantage->v4;
        size_t all = 0;

        if (s->usable && pp_plan_takes(p, (unsigned)(a - p->arm), f ? 6 : 4))
            all = longest(p, a, f ? 6 : 4);
        if (all <= s->mtu)
            continue;
        a->too_long[f] = true;
        if (a == p->arm)
            return pp_error("the baseline's %s of %zu bytes do not fit into the MTU of '%s' (%u)", what, all,
                            p->vantage->ifname, s->mtu);
        pp_warn("arm %s is not asked over IPv%d: its %s of %zu bytes do not fit into the MTU of '%s' (%u)",
                a->arm->name, f ? 6 : 4, what, all, p->vantage->ifname, s->mtu);
    }
    return 0;
}

/* Keeps template T and sets *INDEX; equal templates, as most of an arm are, are kept once. */
static int keep(struct pp_plan_arm *a, const struct pp_template *t, uint8_t *index)
{
    struct pp_template *store;
    unsigned i = 0;

    while (i < a->nstore && !pp_template_same(&a->store[i], t))
        i++;
    *index = (uint8_t)i; /* 2 families of 3 classes of 3 kinds, with or without timestamps, 4 ordinals: 144 at most */
    if (i < a->nstore)
        return 0;
    store = realloc(a->store, (i + 1) * sizeof *store);
    if (!store)
        return pp_error("out of memory");
    a->store = store;
    memcpy(&store[i], t, sizeof *t);
    a->nstore = i + 1;
    return 0;
}

/* Notes the bytes that a treatment adds to the headers: the capture must hold them, and segments carry less payload. */
static void note_overhead(struct pp_plan *p, struct pp_plan_arm *a, const struct pp_template *t,
                          const struct pp_slot *slot)
{
    unsigned ip = t->family == 4 ? 20 : 40, between = t->l4_off - ip, more = between + t->prefix_len;

    if (slot->on == PP_ON_DATA)
        more = t->payload_off - ip - 20 - (slot->timestamps ? 12 : 0);
    if (more > p->headers)
        p->headers = (uint16_t)more;
    if (slot->on == PP_ON_SYN || slot->on == PP_ON_DATA)
        a->overhead = (uint16_t)(more > a->overhead ? more : a->overhead);
}

static int make_slot(struct pp_plan *p, struct pp_plan_arm *a, int family, const struct pp_slot *slot)
{
    struct pp_template t;
    uint8_t *index = &a->packet[family == 6][slot->on][slot->kind][slot->timestamps][slot->ordinal];

    if (pp_template_make(&t, family, slot, look_for(p, family), a->arm->steps, a->arm->nsteps) < 0)
        return pp_error("arm %s of experiment '%s' cannot be built", a->arm->name, p->plugin->name);
    note_overhead(p, a, &t, slot);
    return keep(a, &t, index);
}

static int make_packets(struct pp_plan *p, struct pp_plan_arm *a, int family)
{
    bool udp = p->mode->proto == PP_PROTO_UDP;
    struct pp_slot s;

    for (s.on = 0; s.on < PP_ON_COUNT; s.on++)
        for (unsigned kind = 0; (s.on == PP_ON_DATAGRAM) == udp && kind < PP_TEMPLATE_KINDS; kind++)
            for (unsigned ts = 0; ts < 2; ts++)
                for (s.ordinal = 0; s.ordinal < PP_TEMPLATE_ORDINALS; s.ordinal++) {
                    s.kind = kind;
                    s.timestamps = ts;
                    if (make_slot(p, a, family, &s) < 0)
                        return -1;
                }
    return 0;
}

/* What is not answered is sent four times; of a conversation that goes on, four acknowledgments and two segments. */
static uint8_t slow_packets(const struct pp_plan *p, const struct pp_plan_arm *a)
{
    static const struct {
        struct pp_slot slot;
        uint8_t n;
    } tcp[] = {{{.on = PP_ON_SYN}, 1}, {{.on = PP_ON_SYN, .kind = PP_KIND_AGAIN}, 3}, {{.on = PP_ON_ACK}, 4},
               {{.on = PP_ON_DATA}, 2}},
      udp[] = {{{.on = PP_ON_DATAGRAM}, 1}, {{.on = PP_ON_DATAGRAM, .kind = PP_KIND_AGAIN}, 3}};
    bool is_udp = p->mode->proto == PP_PROTO_UDP;
    unsigned n = 0, parts;

    for (unsigned i = 0; i < (is_udp ? sizeof udp / sizeof *udp : sizeof tcp / sizeof *tcp); i++) {
        const struct pp_template *t = pp_plan_template_of(a, 6, is_udp ? &udp[i].slot : &tcp[i].slot);

        parts = t->fragments > 1 ? t->fragments : 1;
        n += pp_template_is_slow(t) ? parts * (is_udp ? udp[i].n : tcp[i].n) : 0;
    }
    return (uint8_t)n; /* at most 10 times 4 */
}

static int make_arm(struct pp_plan *p, struct pp_plan_arm *a)
{
    for (int family = 4; family <= 6; family += 2)
        if (pp_plan_takes(p, (unsigned)(a - p->arm), family) && make_packets(p, a, family) < 0)
            return -1;
    if (pp_plan_takes(p, (unsigned)(a - p->arm), 6))
        a->slow = slow_packets(p, a);
    for (unsigned i = 0; i < a->arm->nsteps; i++) {
        const struct pp_step *s = &a->arm->steps[i];
        if (s->on == PP_ON_SYN) {
            a->syn_flags |= s->tcp_set;
            a->without |= s->without;
            a->fast_open |= s->fast_open;
        } else if (s->segments) {
            a->segments = s->segments;
            a->pause = s->pause;
        }
        a->padding = (uint16_t)(a->padding + s->padding);
        if (s->size && (s->on == PP_ON_DATAGRAM) == (p->mode->proto == PP_PROTO_UDP))
            a->size = s->size;
        a->http |= s->http;
        a->quic |= s->quic;
    }
    if (!a->quic)
        a->quic = p->mode->quic;
    p->initials |= a->quic == PP_QUIC_ASKS_INITIAL;
    return leave_out_long(p, a);
}

static int make_arms(struct pp_plan *p)
{
    const struct pp_plugin *plugin = p->plugin;

    p->arm = calloc(plugin->narms, sizeof *p->arm);
    if (!p->arm)
        return pp_error("out of memory");
    for (unsigned i = 0; i < plugin->narms; i++) {
        if (plugin->arms[i].modes && !(plugin->arms[i].modes & p->mode->bit))
            continue;
        struct pp_plan_arm *a = &p->arm[p->narms++];
        a->arm = &plugin->arms[i];
        a->index = i;
        for (unsigned j = 1; a->arm->after && j + 1 < p->narms; j++)
            if (strcmp(p->arm[j].arm->name, a->arm->after) == 0)
                a->after = (uint8_t)j;
        if (make_arm(p, a) < 0)
            return -1;
        a->base = (uint8_t)pp_plan_base(p, p->narms - 1);
    }
    return 0;
}

/* Places as declared are numbered in their order, without gaps. What goes behind an arm of its own place follows it. */
static void make_groups(struct pp_plan *p)
{
    uint32_t taken = 0;

    for (unsigned i = 0; i < p->narms; i++) {
        struct pp_plan_arm *a = &p->arm[i];
        a->group = (uint8_t)(2 * a->arm->last + (a->after && p->arm[a->after].arm->last == a->arm->last));
        a->witness = a->after && a->arm->nsteps == 0;
        taken |= UINT32_C(1) << a->group;
    }
    for (unsigned i = 0; i < p->narms; i++)
        p->arm[i].group = (uint8_t)__builtin_popcount(taken & ((UINT32_C(1) << p->arm[i].group) - 1));
    p->ngroups = (unsigned)__builtin_popcount(taken); /* plugin_check.c: at most PP_GROUPS_MAX */
}

static int only_family(const struct pp_plan *p)
{
    uint32_t family = p->narms > 1 ? p->arm[1].arm->family : 0;

    for (unsigned i = 2; i < p->narms; i++)
        if (p->arm[i].arm->family != family)
            return 0;
    return (int)family;
}

static int find_fact(const struct pp_plan *p, const char *name, struct pp_field_ref *ref)
{
    if (pp_field_find(&p->chains, name, ref) < 0)
        return pp_error("no chain of experiment '%s' has a field '%s'", p->plugin->name, name);
    return 0;
}

static int find_fields(struct pp_plan *p)
{
    bool udp = p->mode->proto == PP_PROTO_UDP;
    const struct {
        const char *tcp, *udp; /* NULL: that protocol has no such field */
        struct pp_field_ref *ref;
    } facts[] = {
        {"tcp_syn_fwd", "udp_fwd", &p->facts.syns},       {"tcp_rtt_us", "udp_rtt_us", &p->facts.rtt_us},
        {"tcp_synack_ttl", "udp_ttl_rev", &p->facts.ttl}, {"tcp_synflags12_rev", NULL, &p->facts.flags},
        {"tcp_opts_rev", NULL, &p->facts.options},        {"tcp_rst_ttl", NULL, &p->facts.rst_ttl},
    };

    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (find_fact(p, udp && facts[i].udp ? facts[i].udp : facts[i].tcp, facts[i].ref) < 0)
            return -1;
    for (; p->plugin->fields && p->plugin->fields[p->nwant]; p->nwant++) {
        if (p->nwant == PP_MAX_FIELDS)
            return pp_error("experiment '%s' wants more than %d fields", p->plugin->name, PP_MAX_FIELDS);
        if (find_fact(p, p->plugin->fields[p->nwant], &p->want[p->nwant]) < 0)
            return -1;
    }
    return 0;
}

/* Length of the part of a condition's name that is equal in all conditions of its group. */
static size_t stem(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot ? (size_t)(dot - name) : strlen(name);
}

static void group_conditions(struct pp_plan *p)
{
    const struct pp_condition *c = p->plugin->conditions;

    for (unsigned i = 0; i < p->plugin->nconditions; i++) {
        unsigned g = 0;
        while (g < i && (stem(c[g].name) != stem(c[i].name) || strncmp(c[g].name, c[i].name, stem(c[i].name)) != 0))
            g++;
        p->group[i] = (uint8_t)g;
    }
}

/* Chains `tcp` and `udp` first, whose fields every verdict shows; then those of the experiment. */
static int make_chains(struct pp_plan *p)
{
    const char *names[PP_CHAINSET_MAX + 1] = {"basic", "tcp"};
    unsigned n = 2;

    if (p->mode->proto == PP_PROTO_UDP)
        names[n++] = "udp";
    for (const char *const *c = p->plugin->chains; c && *c && n < PP_CHAINSET_MAX; c++)
        names[n++] = *c;
    return pp_chainset_init(&p->chains, names);
}

static const struct pp_talk_mode *mode_for(const struct pp_plugin *plugin, const char *name)
{
    const struct pp_talk_mode *m = name ? pp_talk_mode_find(name) : pp_talk_mode_of(plugin->default_mode);
    struct pp_buf can;

    if (m && (plugin->modes & m->bit))
        return m;
    pp_buf_init(&can, 1024);
    for (const struct pp_talk_mode *i = pp_talk_modes; i->name; i++)
        if (plugin->modes & i->bit)
            pp_buf_addf(&can, " %s", i->name);
    pp_buf_addc(&can, 0);
    pp_usage("experiment '%s' cannot be held over '%s'", plugin->name, name ? name : "?");
    pp_hint("it can be held over:%s", can.failed ? "" : can.data);
    pp_buf_release(&can);
    return NULL;
}

int pp_plan_init(struct pp_plan *p, const struct pp_plugin *plugin, const char *mode, const struct pp_vantage *vantage)
{
    int64_t connect_timeout = p->connect_timeout;

    p->plugin = plugin;
    p->vantage = vantage;
    p->alone = plugin->narms == 1;
    p->mode = mode_for(plugin, mode);
    if (!p->mode)
        return -1;
    p->tcp = (struct pp_tcp_config){
        .look4 = look_of(&vantage->v4, 4, p->mode),
        .look6 = look_of(&vantage->v6, 6, p->mode),
        .window = p->mode->window,
        .connect_timeout = connect_timeout,
    };
    group_conditions(p);
    if (make_chains(p) < 0 || find_fields(p) < 0 || make_arms(p) < 0) {
        pp_plan_release(p);
        return -1;
    }
    make_groups(p);
    pp_plan_imply(p);
    p->family = only_family(p);
    return 0;
}

void pp_plan_release(struct pp_plan *p)
{
    for (unsigned i = 0; i < p->narms; i++)
        free(p->arm[i].store);
    free(p->arm);
    p->arm = NULL;
    p->narms = 0;
}

void pp_plan_ask(const struct pp_plan_arm *a, int family, uint16_t size, struct pp_ask *ask)
{
    size = size && a->size ? size : a->size;
    ask->padding = a->padding;
    ask->length = size ? (uint16_t)(size - (family == 4 ? 28 : 48)) : 0;
    ask->http = a->http;
    ask->quic = a->quic;
    ask->parts = a->segments; /* a message in datagrams; TCP divides its data itself */
}

size_t pp_plan_message(const struct pp_plan *p, const struct pp_plan_arm *a, int family, const char *domain,
                       uint64_t chance, uint8_t out[PP_MESSAGE_MAX])
{
    struct pp_ask ask = {.domain = domain, .chance = chance};
    size_t len;

    pp_plan_ask(a, family, 0, &ask);
    if (!p->mode->message)
        return 0;
    if (p->mode->unfit && p->mode->unfit(domain))
        ask.domain = ".";
    if (a->quic == PP_QUIC_ASKS_INITIAL && !(ask.crypto = pp_quic_crypto_new()))
        return 0;
    len = p->mode->message(&ask, out, PP_MESSAGE_MAX);
    pp_quic_crypto_free(ask.crypto);
    return len;
}

/* The number of groups after the first that have an arm to compare, and so controls. */
static unsigned later_groups(const struct pp_plan *p)
{
    uint32_t groups = 0;

    for (unsigned i = 1; i < p->narms; i++)
        if (pp_plan_is_judged(p, i))
            groups |= UINT32_C(1) << p->arm[i].group;
    return (unsigned)__builtin_popcount(groups >> 1);
}

/* Flows to look for a size to the byte (bisect.c): those of all halves, and of the rounds that told nothing. */
static unsigned bisection_flows(const struct pp_plan *p)
{
    unsigned widest = 0, rounds = PP_BISECT_VAIN, a = p->arm[0].size;

    for (unsigned i = 1; a && i < p->narms; i++)
        if (p->arm[i].size > a + widest)
            widest = p->arm[i].size - a;
    if (widest < 2)
        return 0;
    for (; widest > 1; widest = (widest + 1) / 2)
        rounds++;
    return rounds * (PP_BISECT_FLOWS + 1);
}

unsigned pp_plan_flows(const struct pp_plan *p)
{
    unsigned rounds = p->rounds ? p->rounds : p->max_rounds;
    unsigned first = p->narms + later_groups(p) + 1, later = first + 1 + 2 * later_groups(p);

    return first + rounds * later + PP_PORTS_MIN + (p->rounds ? 0 : bisection_flows(p));
}

/* Rounds that an arm which always fails needs to be called broken; FIRST: it has a control in round 1. */
static unsigned clean_rounds(const struct pp_plan *p, bool first)
{
    double e = first ? pp_evidence_clean(1) : 1, each = pp_evidence_clean(p->rounds ? 1 : PP_CONTROLS);
    unsigned rounds = 1;

    for (; e * p->alpha < 1; rounds++)
        e *= each;
    return rounds;
}

PP_PRINTF(3, 4) static const struct pp_plan_limit *limited(struct pp_plan_limit *l, const char *hint,
                                                           const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(l->text, sizeof l->text, fmt, ap);
    va_end(ap);
    snprintf(l->hint, sizeof l->hint, "%s", hint);
    return l;
}

static bool all_in_first(const struct pp_plan *p)
{
    bool all = true;

    for (unsigned i = 1; i < p->narms; i++)
        all &= pp_plan_in_first(p, i) || !pp_plan_is_judged(p, i);
    return all;
}

const struct pp_plan_limit *pp_plan_unreachable(const struct pp_plan *p, unsigned ports, struct pp_plan_limit *limit)
{
    unsigned rounds = clean_rounds(p, true), late = clean_rounds(p, false), flows;
    char hint[160];

    limit->whom = "no arm";
    if (p->alone || p->rounds == 1)
        return NULL;
    if (p->rounds && p->rounds < PP_PORTS_MIN && rounds < PP_PORTS_MIN)
        rounds = PP_PORTS_MIN; /* each round has one port, and there are no rounds for further ports */
    flows = p->narms + (rounds - 1) * (p->rounds ? p->narms : PP_CONTROLS + 1) +
            (rounds < PP_PORTS_MIN ? PP_PORTS_MIN - rounds : 0);
    if (p->rounds && p->rounds < rounds) {
        snprintf(hint, sizeof hint, "leave out --rounds, or give at least %u", rounds);
        return limited(limit, hint, "--rounds %u is fewer than the %u that --alpha %g takes", p->rounds, rounds,
                       p->alpha);
    }
    if (!p->rounds && p->max_rounds < rounds) {
        snprintf(hint, sizeof hint, "give --max-rounds %u or more, or a larger --alpha", rounds);
        return limited(limit, hint, "--max-rounds %u is fewer than the %u that --alpha %g takes", p->max_rounds, rounds,
                       p->alpha);
    }
    if (p->max_flows && p->max_flows < flows) {
        snprintf(hint, sizeof hint, "leave out --max-flows-per-target, or give at least %u", flows);
        return limited(limit, hint, "--max-flows-per-target %u is fewer than the %u that %u rounds take", p->max_flows,
                       flows, rounds);
    }
    if (ports < PP_PORTS_MIN)
        return limited(limit, "give a wider range of --ports, or fewer --workers",
                       "%u source ports are fewer than the %d on which an arm has to fail to be called broken", ports,
                       PP_PORTS_MIN);
    if (!p->rounds && p->max_rounds < late && !all_in_first(p)) {
        limit->whom = "no arm that round 1 leaves out, or asks for without its control,";
        snprintf(hint, sizeof hint, "give --max-rounds %u or more, or --all-arms", late);
        return limited(limit, hint, "--max-rounds %u is fewer than the %u that --alpha %g takes for these",
                       p->max_rounds, late, p->alpha);
    }
    return NULL;
}

void pp_plan_sample(const struct pp_plan_arm *a, struct pp_fill *syn)
{
    static const uint8_t cookie[] = {PP_TFO_KIND, 10, 0, 0, 0, 0, 0, 0, 0, 0}, byte[] = {'\n'};

    if (a->fast_open & PP_FAST_OPEN_COOKIE) {
        syn->options = cookie;
        syn->options_len = sizeof cookie;
    }
    if (a->fast_open & PP_FAST_OPEN_DATA) {
        syn->payload = byte;
        syn->payload_len = sizeof byte;
    }
}

unsigned pp_plan_slow(const struct pp_plan *p)
{
    unsigned n = 0;

    for (unsigned i = 0; i < p->narms; i++)
        n += p->arm[i].slow;
    return n;
}

unsigned pp_plan_packets(const struct pp_plan *p)
{
    unsigned packets = (p->narms + later_groups(p)) * p->mode->packets;

    for (unsigned i = 0; i < p->narms; i++)
        packets += p->arm[i].segments ? p->arm[i].segments - 1u : 0;
    return packets;
}
