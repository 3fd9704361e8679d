/* SPDX-License-Identifier: BSD-2-Clause */
/* target.c: parses one line of input as a target: the part common to all formats, and NDJSON. */
#include "target.h"

#include "../base/siphash.h"
#include "target_parts.h"

#include <math.h>

void pp_target_domain(struct pp_target_parts *p, struct pp_text domain)
{
    p->name[0] = '\0';
    p->domain_why = NULL;
    if (domain.len == 1 && *domain.p == '.')
        memcpy(p->name, ".", sizeof ".");
    else if (domain.len && pp_dnsname_parse(p->name, domain.p, domain.len, &p->domain_why) < 0)
        p->name[0] = '\0';
}

int pp_target_build(struct pp_target **out, const struct pp_target_parts *p, const char **why)
{
    size_t name_len = strlen(p->name);
    size_t room = p->object ? (size_t)(p->object->end - p->object->begin) : p->members.len;
    size_t bytes = sizeof **out + room + name_len + 1;
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
    if (p->object)
        t->members_len = (uint32_t)pp_object_copy(members, p->object);
    else
        memcpy(members, p->members.p, t->members_len = (uint32_t)p->members.len);
    *out = t;
    return 0;
}

/* ---- reasons ------------------------------------------------------------------------------------------------ */

static const char no_dip_but_domain[] = "no dip, only a domain, which has to be resolved first";
static const char no_dip_but_ip[] = "no dip, but ip";
static const char too_many[] = "more than 512 members";

const char *pp_target_hint(const char *why)
{
    static const char resolve[] = "`pathprobe resolve --input FILE` makes targets of names";
    static const struct {
        const char *why, *hint;
    } hints[] = {
        {pp_bad_name, resolve},
        {pp_bad_url, resolve},
        {no_dip_but_domain, resolve},
        {no_dip_but_ip, "the key of the address is dip: jq -c '.dip = .ip' FILE"},
        {pp_bad_prefix, "a target is a single address: list the addresses of the prefix to probe, one per line"},
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

/* The text of a string, in SCRATCH if it has escapes; len 0: the value is no string. */
static struct pp_text string_of(const struct pp_member *m, struct pp_buf *scratch)
{
    struct pp_text t = {NULL, 0};

    if (m && !pp_value_text(m->value, m->value_len, scratch, &t.p, &t.len))
        t = (struct pp_text){NULL, 0};
    return t;
}

static bool is_string(const struct pp_member *m)
{
    return m && *m->value == '"';
}

/* The value as a double, of any size, as its bytes are copied to the output; NaN: the value is no number. */
static double number_of(const struct pp_member *m)
{
    return *m->value == '-' || (*m->value >= '0' && *m->value <= '9') ? strtod(m->value, NULL) : NAN;
}

/* An AS number, from 64500, "64500" or "AS64500"; 0: no usable one. */
static uint32_t asn_of(const struct pp_member *info, struct pp_object *inner, struct pp_buf *scratch)
{
    const struct pp_member *m;
    struct pp_text t;
    uint64_t n = 0;

    if (!info || !pp_object_scan(inner, info->value, info->value_len) || !(m = pp_object_find(inner, "ASN")))
        return 0;
    if (!is_string(m)) {
        double d = number_of(m);
        return d >= 1 && d <= UINT32_MAX && d == (double)(uint32_t)d ? (uint32_t)d : 0;
    }
    t = string_of(m, scratch);
    if (t.len > 2 && strncasecmp(t.p, "AS", 2) == 0)
        t.p += 2, t.len -= 2;
    for (size_t i = 0; i < t.len; i++) {
        if (t.p[i] < '0' || t.p[i] > '9' || n > UINT32_MAX)
            return 0;
        n = n * 10 + (uint64_t)(t.p[i] - '0');
    }
    return n <= UINT32_MAX ? (uint32_t)n : 0;
}

static uint64_t pair_of(struct pp_text t)
{
    static const struct pp_sipkey key = {{UINT64_C(0x7061746870726f62), UINT64_C(0x7061697200000002)}};

    return t.len ? pp_siphash(&key, t.p, t.len) : 0;
}

static bool is_null(const struct pp_member *m)
{
    return !m || *m->value == 'n';
}

static int port_of(struct pp_target_parts *p, const struct pp_member *m, struct pp_buf *scratch, const char **why)
{
    double d;

    if (is_null(m))
        return 0;
    if (is_string(m))
        return pp_port_parse(&p->port, string_of(m, scratch)) < 0 ? pp_target_fail(why, "port out of range") : 0;
    d = number_of(m);
    if (isnan(d))
        return pp_target_fail(why, "dp is not a number");
    if (!(d >= 1 && d <= 65535 && d == (double)(uint16_t)d))
        return pp_target_fail(why, "port out of range");
    p->port = (uint16_t)d;
    return 0;
}

static int take_members(struct pp_target_parts *p, const struct pp_object *o, struct pp_buf *scratch, const char **why)
{
    const struct pp_member *dip = pp_object_find(o, "dip"), *domain = pp_object_find(o, "domain");
    struct pp_object inner;
    struct pp_text t;

    if (is_null(dip))
        return pp_target_fail(why, is_string(domain)                      ? no_dip_but_domain
                                   : is_string(pp_object_find(o, "ip")) ? no_dip_but_ip
                                                                          : "no dip");
    t = string_of(dip, scratch);
    if (!t.p || pp_addr_parse(&p->addr, t.p, t.len) < 0)
        return pp_target_fail(why, "dip is not an IP address");
    if (port_of(p, pp_object_find(o, "dp"), scratch, why) < 0)
        return -1;
    if (!is_null(domain)) {
        if (!is_string(domain))
            return pp_target_fail(why, "domain is not a string");
        pp_target_domain(p, string_of(domain, scratch));
    }
    p->asn = asn_of(pp_object_find(o, "canid_info"), &inner, scratch);
    if (!p->asn)
        p->asn = asn_of(pp_object_find(o, "info"), &inner, scratch);
    p->pair = pair_of(string_of(pp_object_find(o, "pair"), scratch));
    return 0;
}

int pp_target_of_object(struct pp_target_parts *p, const struct pp_object *o, const char **why)
{
    struct pp_buf scratch;
    int result;

    pp_buf_init(&scratch, PP_OBSERVATION_MAX);
    result = take_members(p, o, &scratch, why);
    pp_buf_release(&scratch);
    return result;
}

const char *pp_target_no_object(const struct pp_object *o, const char *line, size_t len)
{
    struct pp_text t = pp_text_trim(line, len);

    return o->n == PP_OBJECT_MEMBERS ? too_many
           : t.len && *t.p == '['    ? "not a JSON object"
                                     : "not JSON";
}

static int parse_ndjson(struct pp_target **out, const char *line, size_t len, const char **why)
{
    struct pp_object o;
    struct pp_target_parts p = {.object = &o};

    if (!pp_object_scan(&o, line, len))
        return pp_target_fail(why, pp_target_no_object(&o, line, len));
    if (o.n > PP_TARGET_MEMBERS)
        return pp_target_fail(why, too_many);
    return pp_target_of_object(&p, &o, why) < 0 ? -1 : pp_target_build(out, &p, why);
}

/* ---- all formats -------------------------------------------------------------------------------------------- */

bool pp_target_blank(enum pp_input_format format, const char *line, size_t len)
{
    struct pp_text t = pp_text_trim(line, len);

    return t.len == 0 || (*t.p == '#' && (format == PP_INPUT_LIST || format == PP_INPUT_AUTO));
}

/* True if T is one URL: a comma may be part of a URL, but a number after the comma is a rank or a port. */
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
    if (len > PP_OBSERVATION_MAX) /* pp_input_line has a smaller maximum for lists */
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
    *why = "not a target: blank, a comment or a heading";
    r = pp_targets_line(&t, out, line, len, why);
    pp_targets_release(&t);
    return r > 0 ? 0 : -1;
}
