/* SPDX-License-Identifier: BSD-2-Clause */
/* campaign.c: records of a campaign, to and from JSON. */
#include "campaign.h"

#include "../base/error.h"
#include "../base/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const pp_fleet_fates[PP_FLEET_FATES] = {
    [PP_FLEET_WRITTEN] = "written",
    [PP_FLEET_DUPLICATE] = "duplicate",
    [PP_FLEET_INVALID_LINE] = "invalid_line",
    [PP_FLEET_BLOCKED] = "blocked",
    [PP_FLEET_PROHIBITED_NETWORK] = "prohibited_network",
    [PP_FLEET_PROHIBITED_HOST] = "prohibited_host",
    [PP_FLEET_NO_ROUTE] = "no_route",
    [PP_FLEET_SAMPLED_OUT] = "sampled_out",
    [PP_FLEET_NOT_STARTED] = "not_started",
    [PP_FLEET_PENDING] = "pending",
};

enum pp_fleet_fate pp_fleet_fate(const char *name, size_t len)
{
    unsigned i;

    for (i = 0; i < PP_FLEET_FATES; i++)
        if (strlen(pp_fleet_fates[i]) == len && memcmp(pp_fleet_fates[i], name, len) == 0)
            break;
    return (enum pp_fleet_fate)i;
}

void pp_fleet_campaign_release(struct pp_fleet_campaign *c)
{
    json_decref(c->json);
    *c = (struct pp_fleet_campaign){0};
}

static uint64_t number(const json_t *j, const char *key)
{
    json_int_t v = json_integer_value(json_object_get(j, key));

    return v > 0 ? (uint64_t)v : 0;
}

int pp_fleet_campaign_parse(struct pp_fleet_campaign *c, const char *text, size_t len)
{
    json_error_t e;
    const char *split;

    *c = (struct pp_fleet_campaign){.json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e)};
    if (!c->json)
        return pp_error("the record of a campaign is no JSON: %s", e.text);
    if (number(c->json, "schema") != PP_FLEET_SCHEMA)
        return pp_error("the record of a campaign has another schema: a newer pathprobe made it");
    c->name = json_string_value(json_object_get(c->json, "campaign"));
    c->experiment = json_string_value(json_object_get(c->json, "experiment"));
    c->version = json_string_value(json_object_get(c->json, "version"));
    split = json_string_value(json_object_get(c->json, "split"));
    c->split = split && strcmp(split, "vantage") == 0 ? PP_FLEET_VANTAGE : PP_FLEET_CHUNK;
    c->chunks = number(c->json, "chunks");
    c->targets = number(c->json, "targets");
    c->lease_s = number(c->json, "lease");
    c->open = json_is_true(json_object_get(c->json, "open"));
    c->nvantages = json_array_size(json_object_get(c->json, "vantages"));
    c->options = json_object_get(c->json, "options");
    c->counts = json_object_get(c->json, "counts");
    if (!c->name || !c->experiment || !json_is_object(c->options) || c->lease_s == 0 ||
        c->nvantages > PP_FLEET_VANTAGES)
        return pp_error("the record of a campaign lacks what it has to say");
    return pp_fleet_check_name("campaign", c->name); /* files are named after it */
}

const char *pp_fleet_campaign_vantage(const struct pp_fleet_campaign *c, size_t i)
{
    const char *name = json_string_value(json_array_get(json_object_get(c->json, "vantages"), i));

    return name ? name : "";
}

bool pp_fleet_campaign_has(const struct pp_fleet_campaign *c, const char *vantage)
{
    for (size_t i = 0; i < c->nvantages; i++)
        if (strcmp(pp_fleet_campaign_vantage(c, i), vantage) == 0)
            return true;
    return c->split == PP_FLEET_CHUNK;
}

int pp_fleet_campaign_get(struct pp_fleet_campaign *c, struct pp_bus *b, const char *name)
{
    char key[PP_FLEET_SUBJECT_MAX], *text;
    natsStatus s;
    size_t len;
    int result;

    *c = (struct pp_fleet_campaign){0};
    text = pp_bus_get(b->fleet, pp_bus_key(key, "campaign", name), &len, NULL, &s);
    if (!text)
        return pp_bus_error(s, 0, "campaign '%s'", name);
    result = pp_fleet_campaign_parse(c, text, len);
    if (result == 0 && strcmp(c->name, name) != 0) {
        pp_fleet_campaign_release(c);
        result = pp_error("the record of campaign '%s' is of another", name);
    }
    free(text);
    return result;
}

bool pp_fleet_is_stopped(struct pp_bus *b, const char *name)
{
    char key[PP_FLEET_SUBJECT_MAX], *text;
    natsStatus s;
    size_t len;

    text = pp_bus_get(b->fleet, pp_bus_key(key, "stop", name), &len, NULL, &s);
    free(text);
    return text != NULL;
}

void pp_fleet_chunk_head(struct pp_buf *out, const char *campaign, uint64_t n, uint32_t ntargets)
{
    struct pp_json j;

    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    pp_json_uint(&j, "schema", PP_FLEET_SCHEMA);
    pp_json_str(&j, "campaign", campaign);
    pp_json_uint(&j, "chunk", n);
    pp_json_uint(&j, "targets", ntargets);
    pp_json_end(&j, '}');
    pp_buf_addc(out, '\n');
}

/* As many lines as were promised, each an object, in LEN bytes that end in a newline. */
static const char *check_lines(const struct pp_fleet_chunk *c)
{
    const char *p = c->line, *end = p + c->len;
    uint32_t n = 0;

    for (; p < end; n++) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        if (!nl || nl - p < 2 || *p != '{' || nl[-1] != '}')
            return "a line is no object";
        p = nl + 1;
    }
    return n == c->ntargets ? NULL : "it has another number of lines than it says";
}

const char *pp_fleet_chunk_parse(struct pp_fleet_chunk *c, const char *campaign, const char *data, size_t len)
{
    const char *nl = len ? memchr(data, '\n', len) : NULL, *name, *why = NULL;
    json_t *head = nl ? json_loadb(data, (size_t)(nl - data), 0, NULL) : NULL;

    *c = (struct pp_fleet_chunk){0};
    if (!head)
        return "its first line is no JSON";
    name = json_string_value(json_object_get(head, "campaign"));
    c->n = number(head, "chunk");
    c->ntargets = (uint32_t)number(head, "targets");
    if (number(head, "schema") != PP_FLEET_SCHEMA)
        why = "it has another schema";
    else if (!name || strcmp(name, campaign) != 0)
        why = "it is of another campaign";
    else if (c->ntargets == 0 || number(head, "targets") > PP_FLEET_CHUNK_TARGETS)
        why = "it has no targets, or too many";
    json_decref(head);
    c->line = nl + 1;
    c->len = len - (size_t)(c->line - data);
    return why ? why : check_lines(c);
}

static bool digits(const char **p, const char *end, uint64_t max, uint64_t *v)
{
    const char *start = *p;

    for (*v = 0; *p < end && **p >= '0' && **p <= '9' && *v <= max; ++*p)
        *v = *v * 10 + (uint64_t)(**p - '0');
    return *p > start && *v <= max;
}

bool pp_fleet_key(const char *line, size_t len, uint64_t *chunk, uint32_t *target)
{
    static const char start[] = "{\"fleet\":[";
    const char *p = line + sizeof start - 1, *end = line + len;
    uint64_t t;

    if (len < sizeof start + 4 || memcmp(line, start, sizeof start - 1) != 0)
        return false;
    if (!digits(&p, end, UINT64_MAX / 100, chunk) || p >= end || *p++ != ',' ||
        !digits(&p, end, PP_FLEET_CHUNK_TARGETS, &t) || end - p < 2 || p[0] != ']' || (p[1] != ',' && p[1] != '}'))
        return false;
    *target = (uint32_t)t;
    return true;
}
