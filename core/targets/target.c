/* SPDX-License-Identifier: BSD-2-Clause */
/* target.c: one line of input -> one target: what the forms have in common, and NDJSON. */
#include "target.h"

#include "../base/siphash.h"
#include "../stream/members.h"
#include "target_parts.h"

#include <jansson.h>

void pp_target_domain(struct pp_target_parts *p, struct pp_text domain)
{
    p->domain = domain;
    p->name[0] = '\0';
    p->domain_why = NULL;
    if (domain.len == 1 && *domain.p == '.')
        memcpy(p->name, ".", sizeof ".");
    else if (domain.len && pp_dnsname_parse(p->name, domain.p, domain.len, &p->domain_why) < 0)
        p->name[0] = '\0';
}

int pp_target_build(struct pp_target **out, const struct pp_target_parts *p, const char **why)
{
    size_t name_len = strlen(p->name), bytes = sizeof **out + p->object.len + name_len + 1;
    struct pp_target *t = malloc(bytes);
    char *domain, *members;

    if (!t)
        return pp_target_fail(why, "out of memory");
    domain = (char *)(t + 1);
    members = domain + name_len + 1;
    *t = (struct pp_target){
        .addr = p->addr,
        .port = p->port,
        .asn = p->asn,
        .pair = p->pair,
        .domain_why = p->domain_why,
        .members = members,
        .bytes = (uint32_t)bytes,
    };
    memcpy(domain, p->name, name_len + 1);
    t->domain = name_len ? domain : NULL;
    t->members_len = (uint32_t)pp_members_copy(members, p->object.p, p->object.len);
    *out = t;
    return 0;
}

/* ---- reasons ------------------------------------------------------------------------------------------------ */

static const char no_dip_but_domain[] = "no dip, only a domain: resolve it first";
static const char no_dip_but_ip[] = "no dip, but ip";

const char *pp_target_hint(const char *why)
{
    static const char resolve[] = "`pathprobe resolve --input FILE` makes targets of names";
    static const struct {
        const char *why, *hint;
    } hints[] = {
        {pp_bad_name, resolve},
        {pp_bad_url, resolve},
        {no_dip_but_domain, resolve},
        {no_dip_but_ip, "the address is called dip: jq -c '.dip = .ip' FILE"},
        {pp_bad_prefix, "a target is one address: name those of the prefix that are to be asked, one a line"},
        {pp_bad_columns, "`tr ';\\t' ',,' <FILE | pathprobe ...`"},
        {pp_bad_utf16, "`iconv -f UTF-16 -t UTF-8 FILE | pathprobe ...`"},
    };

    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        if (strcmp(hints[i].why, why) == 0)
            return hints[i].hint;
    }
    return NULL;
}

/* ---- NDJSON ------------------------------------------------------------------------------------------------- */

static struct pp_text string_of(const json_t *v)
{
    return (struct pp_text){json_string_value(v), json_string_length(v)};
}

/* A number, "64500" or "AS64500"; 0: none that can be used. */
static uint32_t asn_of(const json_t *info)
{
    const json_t *v = json_object_get(info, "ASN");
    struct pp_text t;
    uint64_t n = 0;

    if (json_is_real(v)) {
        double d = json_real_value(v);
        return d >= 1 && d <= UINT32_MAX && d == (double)(uint32_t)d ? (uint32_t)d : 0;
    }
    if (!json_is_string(v))
        return 0;
    t = string_of(v);
    if (t.len > 2 && strncasecmp(t.p, "AS", 2) == 0)
        t.p += 2, t.len -= 2;
    for (size_t i = 0; i < t.len; i++) {
        if (t.p[i] < '0' || t.p[i] > '9' || n > UINT32_MAX)
            return 0;
        n = n * 10 + (uint64_t)(t.p[i] - '0');
    }
    return n <= UINT32_MAX ? (uint32_t)n : 0;
}

static uint64_t pair_of(const json_t *v)
{
    static const struct pp_sipkey key = {{UINT64_C(0x7061746870726f62), UINT64_C(0x7061697200000002)}};
    size_t len = json_string_length(v);

    return len ? pp_siphash(&key, json_string_value(v), len) : 0;
}

static int json_port(struct pp_target_parts *p, const json_t *v, const char **why)
{
    double d;

    if (!v || json_is_null(v))
        return 0;
    if (json_is_string(v))
        return pp_port_parse(&p->port, string_of(v)) < 0 ? pp_target_fail(why, "port out of range") : 0;
    if (!json_is_real(v))
        return pp_target_fail(why, "dp is no number");
    d = json_real_value(v);
    if (!(d >= 1 && d <= 65535 && d == (double)(uint16_t)d))
        return pp_target_fail(why, "port out of range");
    p->port = (uint16_t)d;
    return 0;
}

int pp_target_of_json(struct pp_target_parts *p, const json_t *o, const char **why)
{
    const json_t *dip = json_object_get(o, "dip"), *domain = json_object_get(o, "domain");
    struct pp_text t;

    if (!json_is_object(o))
        return pp_target_fail(why, "not a JSON object");
    if (!dip || json_is_null(dip))
        return pp_target_fail(why, json_is_string(domain)                      ? no_dip_but_domain
                                   : json_is_string(json_object_get(o, "ip")) ? no_dip_but_ip
                                                                               : "no dip");
    t = string_of(dip);
    if (!json_is_string(dip) || pp_addr_parse(&p->addr, t.p, t.len) < 0)
        return pp_target_fail(why, "dip is no IP address");
    if (json_port(p, json_object_get(o, "dp"), why) < 0)
        return -1;
    if (domain && !json_is_null(domain)) {
        if (!json_is_string(domain))
            return pp_target_fail(why, "domain is no string");
        pp_target_domain(p, string_of(domain));
    }
    p->asn = asn_of(json_object_get(o, "canid_info"));
    if (!p->asn)
        p->asn = asn_of(json_object_get(o, "info"));
    p->pair = pair_of(json_object_get(o, "pair"));
    return 0;
}

/*
 * Values that jansson cannot hold exactly are nothing to us, since the bytes go out as they came: numbers are all read
 * as doubles, so that an integer beyond 64 bits does not spoil the line, and \u0000 is let through.
 */
static int parse_ndjson(struct pp_target **out, const char *line, size_t len, const char **why)
{
    json_t *o = json_loadb(line, len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
    struct pp_target_parts p = {.object = {line, len}};
    int result = -1;

    if (!o)
        return pp_target_fail(why, "not JSON");
    if (pp_target_of_json(&p, o, why) == 0)
        result = pp_target_build(out, &p, why);
    json_decref(o);
    return result;
}

/* ---- all three ---------------------------------------------------------------------------------------------- */

bool pp_target_blank(enum pp_input_format format, const char *line, size_t len)
{
    struct pp_text t = pp_text_trim(line, len);

    return t.len == 0 || (*t.p == '#' && (format == PP_INPUT_LIST || format == PP_INPUT_AUTO));
}

/* A URL may well have a comma in it; but one with a number behind it is followed by a rank or a port. */
static bool is_lone_url(struct pp_text t)
{
    size_t digits = 0;

    while (digits < t.len && t.p[t.len - 1 - digits] >= '0' && t.p[t.len - 1 - digits] <= '9')
        digits++;
    return t.p[0] == 'h' && memmem(t.p, t.len, "://", 3) && !memchr(t.p, ' ', t.len) &&
           !(digits && digits < t.len && t.p[t.len - 1 - digits] == ',');
}

enum pp_input_format pp_input_guess(const char *line, size_t len)
{
    struct pp_text t = pp_text_trim(line, len);

    if (pp_target_blank(PP_INPUT_AUTO, line, len))
        return PP_INPUT_AUTO;
    if (*t.p == '{')
        return PP_INPUT_NDJSON;
    if (*t.p == '"' || pp_csv_is_title(t.p, t.len))
        return PP_INPUT_CSV;
    return memchr(t.p, ',', t.len) && !is_lone_url(t) ? PP_INPUT_CSV : PP_INPUT_LIST;
}

void pp_targets_init(struct pp_targets *t, enum pp_input_format format)
{
    t->format = format;
    pp_csv_init(&t->csv, false);
}

void pp_targets_release(struct pp_targets *t)
{
    pp_csv_release(&t->csv);
}

int pp_targets_line(struct pp_targets *t, struct pp_target **out, const char *line, size_t len, const char **why)
{
    *out = NULL;
    if (pp_target_blank(t->format, line, len))
        return 0;
    if (len > PP_OBSERVATION_MAX) /* lists have a lower bound: pp_input_line */
        return pp_target_fail(why, "longer than 65535 bytes");
    if (t->format == PP_INPUT_AUTO)
        t->format = pp_input_guess(line, len);
    if (t->format == PP_INPUT_CSV)
        return pp_target_of_csv(&t->csv, out, line, len, why);
    return (t->format == PP_INPUT_NDJSON ? parse_ndjson : pp_target_of_list)(out, line, len, why) < 0 ? -1 : 1;
}

int pp_target_parse(struct pp_target **out, enum pp_input_format format, const char *line, size_t len,
                    const char **why)
{
    struct pp_targets t;
    int r;

    pp_targets_init(&t, format);
    *why = "no target: blank, a comment or a heading";
    r = pp_targets_line(&t, out, line, len, why);
    pp_targets_release(&t);
    return r > 0 ? 0 : -1;
}
