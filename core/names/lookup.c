/* SPDX-License-Identifier: BSD-2-Clause */
/* lookup.c: asks the questions for one name, and writes targets from the answers. */
#include "lookup.h"

#include "../base/container.h"
#include "../base/json.h"
#include "../base/list.h"
#include "../base/siphash.h"
#include "../base/when.h"
#include "../targets/target.h"

#define TAILS_MAX (16u << 20) /* bytes for one answer: PP_LOOKUP_ADDRESSES_MAX addresses, each with the chain */
/* bytes of lines for one name; further lines are cut (only hostile lists and servers together come near) */
#define LINES_MAX (64u << 20)

/* One question and its result. */
struct ask {
    struct pp_dns_question q;
    struct pp_lookup *lookup;
    struct ask *next;
    unsigned cut;
    bool leads_on; /* MX, NS: the answer has names, not addresses */
    uint16_t preference;
    unsigned aliases;   /* HTTPS: aliases followed so far */
    struct pp_dns_service service; /* HTTPS: the record's service, for its addresses */
    unsigned targets;
    struct pp_buf tails; /* the members that this answer adds, a line for each address */
    char host[PP_DNSNAME_MAX + 1];
};

struct pp_lookup {
    const struct pp_lookup_config *c;
    struct pp_dns_client *client;
    struct pp_name *name;
    PP_LIST(struct ask) asks; /* in the order of the lines */
    unsigned open;
    enum pp_ask_fail fail;
    bool no_memory;
};

#define LINE_MORE 64 /* braces, a comma, an id */

static const uint16_t address_type[] = {PP_DNS_A, PP_DNS_AAAA};

/* ---- the end ------------------------------------------------------------------------------------------------ */

/* Adds `pair`, equal for a name in every run and on every machine, so that lists can be joined. */
static void add_pair(struct pp_buf *line, const char *host)
{
    static const struct pp_sipkey key = {{UINT64_C(0x7061746870726f62), UINT64_C(0x7061697200000001)}};

    pp_buf_addf(line, ",\"pair\":\"%016llx\"", (unsigned long long)pp_siphash(&key, host, strlen(host)));
}

/* Adds lines for A's addresses. Returns their number. */
static unsigned add_lines(const struct pp_lookup *l, struct pp_buf *out, const struct ask *a, bool paired)
{
    const struct pp_name *n = l->name;
    const char *at = a->tails.data, *end = at + a->tails.len;
    unsigned lines = 0;

    for (; at < end; lines++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (out->len + n->members_len + (size_t)(stop - at) + LINE_MORE > LINES_MAX)
            break;
        pp_buf_addc(out, '{');
        pp_buf_add(out, n->members, n->members_len);
        pp_buf_adds(out, n->members_len ? "," : "");
        pp_buf_add(out, at, (size_t)(stop - at));
        if (paired)
            add_pair(out, a->host);
        pp_buf_adds(out, "}\n");
        at = stop + 1;
    }
    return lines;
}

static bool are_pair(const struct ask *a, const struct ask *b)
{
    return b && a->targets && b->targets && a->q.type == PP_DNS_A && b->q.type == PP_DNS_AAAA &&
           strcmp(a->host, b->host) == 0;
}

/* Ends the look-up after its last answer: writes the lines and calls done. */
static void finish(struct pp_lookup *l)
{
    struct pp_lookup_result r = {.fail = l->fail, .no_memory = l->no_memory};
    struct pp_buf lines;
    bool second = false; /* the second address of a pair */
    unsigned made;

    pp_buf_init(&lines, LINES_MAX);
    for (struct ask *a = l->asks.first, *next; a; a = next) {
        bool first = l->c->pair && are_pair(a, a->next);
        next = a->next;
        made = add_lines(l, &lines, a, first || second);
        second = first;
        r.targets += made;
        r.cut += a->cut + a->targets - made;
        pp_buf_release(&a->tails);
        free(a);
    }
    r.no_memory |= lines.failed;
    r.lines = lines.data;
    r.len = lines.len;
    l->c->done(l->c->arg, l->name, &r);
    pp_buf_release(&lines);
    free(l->name);
    free(l);
}

static void close_one(struct pp_lookup *l)
{
    if (--l->open == 0)
        finish(l);
}

/* ---- answers ------------------------------------------------------------------------------------------------ */

/* Adds the names: `name` is that of the list, if another name was asked for. */
static void add_names(const struct pp_lookup *l, struct pp_json *j, const char *host)
{
    const char *listed = l->name->original ? l->name->original : l->name->host.name;

    if (*host)
        pp_json_str(j, "domain", host);
    if (strcmp(listed, host) != 0)
        pp_json_str(j, "name", listed);
}

/* Writes the content of an HTTPS record: the port, the host if it is not the name itself, the protocols. */
static void add_service(const struct ask *a, struct pp_json *j, const char *host, const struct pp_dns_service *s)
{
    pp_json_uint(j, "dp", s->port);
    if (strcmp(host, a->lookup->name->host.name) != 0)
        pp_json_str(j, "service", host);
    pp_json_array(j, "alpn");
    for (unsigned at = 0; at < s->alpn_len; at += 1u + s->alpn[at])
        pp_json_strn(j, NULL, (const char *)s->alpn + at + 1, s->alpn[at]);
    pp_json_end(j, ']');
}

/* Adds the line of an address. HOST and S: of an HTTPS record, else NULL. */
static void add_line(struct ask *a, const struct pp_dns_answer *answer, const struct pp_addr *addr,
                     const struct pp_resolver *by, const char *host, const struct pp_dns_service *s)
{
    static const char *const lookups[] = {
        [PP_LOOKUP_MX] = "mx", [PP_LOOKUP_NS] = "ns", [PP_LOOKUP_HTTPS] = "https"};
    enum pp_lookup_type type = a->lookup->c->type;
    char text[PP_ADDR_STRLEN];
    struct pp_json j;

    pp_json_init(&j, &a->tails);
    pp_json_str(&j, "dip", pp_addr_str(addr, text));
    add_names(a->lookup, &j, type == PP_LOOKUP_HTTPS ? a->lookup->name->host.name : a->host);
    if (type == PP_LOOKUP_HTTPS)
        add_service(a, &j, host, s);
    pp_json_time(&j, "resolved_at", pp_clock(CLOCK_REALTIME));
    pp_json_str(&j, "resolver", by->text);
    pp_json_array(&j, "cname");
    for (unsigned i = 0; i < answer->chain_len; i++)
        pp_json_str(&j, NULL, answer->chain[i]);
    pp_json_end(&j, ']');
    pp_json_uint(&j, "ttl", answer->ttl);
    if (type != PP_LOOKUP_HOST)
        pp_json_str(&j, "lookup", lookups[type]);
    if (type == PP_LOOKUP_MX)
        pp_json_uint(&j, "preference", a->preference);
    pp_buf_addc(&a->tails, '\n');
    a->targets++;
}

static void add_tail(struct ask *a, const struct pp_dns_answer *answer, const struct pp_addr *addr,
                     const struct pp_resolver *by)
{
    add_line(a, answer, addr, by, a->host, &a->service);
}

static int ask_addresses(struct pp_lookup *l, const char *host, uint16_t preference);
static struct ask *ask(struct pp_lookup *l, const char *host, enum pp_dns_type type, uint16_t preference);

/*
 * Asks for the addresses of the host names in an answer, if they are valid. The null MX of RFC 7505 is the root, which
 * is not asked for.
 */
static void lead_on(struct pp_lookup *l, const struct pp_dns_answer *answer)
{
    unsigned hosts = 0;

    for (unsigned i = 0; i < answer->count && hosts < PP_LOOKUP_HOSTS_MAX; i++) {
        const struct pp_dns_record *r = &answer->record[i];
        struct pp_host host;
        const char *why;
        if (pp_host_parse(&host, r->host, strlen(r->host), &why) < 0 || !*host.name)
            continue;
        hosts++;
        if (ask_addresses(l, host.name, r->preference) < 0)
            l->no_memory = true;
    }
    if (hosts == 0 && l->fail < PP_ASK_NODATA)
        l->fail = PP_ASK_NODATA;
}

static bool is_host(const char *name)
{
    struct pp_host host;
    const char *why;

    return pp_host_parse(&host, name, strlen(name), &why) == 0 && *host.name;
}

/* Adds the addresses of service R at HOST: the record's hints; for a family without hints, asks DNS. */
static void lead_to_service(struct ask *a, const struct pp_dns_answer *answer, const struct pp_dns_record *r,
                            const char *host, const struct pp_resolver *by)
{
    struct pp_lookup *l = a->lookup;

    for (unsigned f = 0; f < 2; f++) {
        unsigned n = l->c->one && r->service.hints[f] ? 1 : r->service.hints[f];
        struct ask *next;

        if (l->c->only && l->c->only != (f ? 6 : 4))
            continue;
        for (unsigned i = 0; i < n; i++)
            add_line(a, answer, &r->service.hint[f][i], by, host, &r->service);
        if (n)
            continue;
        next = ask(l, host, address_type[f], 0);
        if (next)
            next->service = r->service;
        l->no_memory |= !next;
    }
}

/*
 * RFC 9460 section 3: follows an alias to the records of another name, and takes services for HTTP/3 whose mandatory
 * parameters are known.
 */
static void lead_https(struct ask *a, const struct pp_dns_answer *answer, const struct pp_resolver *by)
{
    const char *owner = answer->chain_len ? answer->chain[answer->chain_len - 1] : a->host;
    struct pp_lookup *l = a->lookup;
    unsigned hosts = 0;

    for (unsigned i = 0; i < answer->count && hosts < PP_LOOKUP_HOSTS_MAX; i++) {
        const struct pp_dns_record *r = &answer->record[i];
        const char *host = *r->host ? r->host : owner;

        if (!is_host(host))
            continue;
        if (r->preference == 0) {
            struct ask *next = NULL;

            if (!*r->host || a->aliases == PP_LOOKUP_ALIASES_MAX)
                continue; /* "." as an alias: there is no such service (section 2.5.1) */
            next = ask(l, host, PP_DNS_HTTPS, 0);
            if (next)
                next->aliases = a->aliases + 1;
            l->no_memory |= !next;
            hosts++;
            break; /* what stands beside an alias is ignored: section 2.4.1 */
        }
        if (!r->service.usable || !r->service.h3 || r->service.port == 0)
            continue;
        hosts++;
        lead_to_service(a, answer, r, host, by);
    }
    if (hosts == 0 && l->fail < PP_ASK_NODATA)
        l->fail = PP_ASK_NODATA;
}

static void take(struct ask *a, const struct pp_dns_answer *answer, const struct pp_resolver *by)
{
    struct pp_lookup *l = a->lookup;

    if (a->q.type == PP_DNS_HTTPS) {
        lead_https(a, answer, by);
    } else if (a->leads_on) {
        lead_on(l, answer);
        return;
    }
    for (unsigned i = 0; !a->leads_on && i < answer->count && !(i && (l->c->one || l->c->pair)); i++) {
        if (i < PP_LOOKUP_ADDRESSES_MAX)
            add_tail(a, answer, &answer->record[i].addr, by);
        else
            a->cut++;
    }
    if (a->tails.failed) {
        pp_buf_reset(&a->tails);
        a->targets = 0;
        l->no_memory = true;
    }
}

static void answered(struct pp_dns_question *q, enum pp_ask_fail fail, const struct pp_dns_answer *answer,
                     const struct pp_resolver *by)
{
    struct ask *a = PP_CONTAINER_OF(q, struct ask, q);
    struct pp_lookup *l = a->lookup;

    if (fail == PP_ASK_OK)
        take(a, answer, by);
    if (fail > l->fail)
        l->fail = fail;
    close_one(l);
}

/* ---- questions ---------------------------------------------------------------------------------------------- */

/* Asks a question, which may be answered before this returns. NULL: no memory. */
static struct ask *ask(struct pp_lookup *l, const char *host, enum pp_dns_type type, uint16_t preference)
{
    struct ask *a = calloc(1, sizeof *a);

    if (!a)
        return NULL;
    snprintf(a->host, sizeof a->host, "%s", host);
    a->lookup = l;
    a->preference = preference;
    a->leads_on = type == PP_DNS_MX || type == PP_DNS_NS || type == PP_DNS_HTTPS;
    pp_buf_init(&a->tails, TAILS_MAX);
    a->q = (struct pp_dns_question){.name = a->host, .type = type, .done = answered};
    PP_LIST_APPEND(&l->asks, a);
    l->open++;
    pp_dns_client_ask(l->client, &a->q);
    return a;
}

static int ask_addresses(struct pp_lookup *l, const char *host, uint16_t preference)
{
    for (unsigned i = 0; i < 2; i++) {
        if (l->c->only && l->c->only != (i ? 6 : 4))
            continue;
        if (!ask(l, host, address_type[i], preference))
            return -1;
    }
    return 0;
}

static int ask_about(struct pp_lookup *l, const char *host)
{
    static const enum pp_dns_type leading[] = {
        [PP_LOOKUP_MX] = PP_DNS_MX, [PP_LOOKUP_NS] = PP_DNS_NS, [PP_LOOKUP_HTTPS] = PP_DNS_HTTPS};
    char www[PP_DNSNAME_MAX + 1];

    if (l->c->type != PP_LOOKUP_HOST)
        return ask(l, host, leading[l->c->type], 0) ? 0 : -1;
    if (ask_addresses(l, host, 0) < 0)
        return -1;
    if (!l->c->www || strncmp(host, "www.", 4) == 0 || strlen(host) + 4 > PP_DNSNAME_MAX)
        return 0;
    snprintf(www, sizeof www, "www.%.*s", PP_DNSNAME_MAX - 4, host);
    return ask_addresses(l, www, 0);
}

/* Writes the line of an address in the list, which needs no question. */
static int take_literal(struct pp_lookup *l)
{
    struct ask *a = calloc(1, sizeof *a);
    char text[PP_ADDR_STRLEN];
    struct pp_json j;

    if (!a)
        return -1;
    PP_LIST_APPEND(&l->asks, a);
    pp_buf_init(&a->tails, TAILS_MAX);
    pp_json_init(&j, &a->tails);
    pp_json_str(&j, "dip", pp_addr_str(&l->name->host.addr, text));
    add_names(l, &j, "");
    pp_buf_addc(&a->tails, '\n');
    a->targets = 1;
    return 0;
}

int pp_lookup_start(const struct pp_lookup_config *c, struct pp_dns_client *client, struct pp_name *name)
{
    struct pp_lookup *l = calloc(1, sizeof *l);
    const char *host = name->host.name;

    if (!l) {
        free(name);
        return -1;
    }
    *l = (struct pp_lookup){.c = c, .client = client, .name = name, .open = 1};
    PP_LIST_INIT(&l->asks);
    if (*host)
        l->no_memory = ask_about(l, host) < 0;
    else if (c->only && c->only != pp_addr_family(&name->host.addr))
        l->fail = PP_ASK_NODATA;
    else
        l->no_memory = take_literal(l) < 0;
    close_one(l);
    return 0;
}
