/* SPDX-License-Identifier: BSD-2-Clause */
/* campaign.c: converts the records of a campaign to and from JSON. */
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
    [PP_FLEET_OTHER_FAMILY] = "other_family",
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

void pp_fleet_tag(char tag[PP_FLEET_TAG_MAX], const char *name, const char *id)
{
    snprintf(tag, PP_FLEET_TAG_MAX, "%s-%s", name, id);
}

static bool is_id(const char *id)
{
    return id && strspn(id, "0123456789abcdef") == PP_FLEET_ID_LEN && !id[PP_FLEET_ID_LEN];
}

int pp_fleet_campaign_parse(struct pp_fleet_campaign *c, const char *text, size_t len)
{
    json_error_t e;
    const char *split, *id;

    *c = (struct pp_fleet_campaign){.json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e)};
    if (!c->json)
        return pp_error("the record of a campaign is not valid JSON: %s", e.text);
    if (number(c->json, "schema") != PP_FLEET_SCHEMA)
        return pp_error("the record of a campaign has an unknown schema: a newer pathprobe made it");
    c->name = json_string_value(json_object_get(c->json, "campaign"));
    id = json_string_value(json_object_get(c->json, "id"));
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
    if (!c->name || !is_id(id) || !c->experiment || !json_is_object(c->options) || c->lease_s == 0 ||
        c->nvantages > PP_FLEET_VANTAGES)
        return pp_error("the record of a campaign lacks required members");
    if (pp_fleet_check_name("campaign", c->name) < 0) /* files are named after it */
        return -1;
    pp_fleet_tag(c->tag, c->name, id);
    return 0;
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
    text = pp_bus_get(b->fleet, pp_bus_name(key, PP_BUS_KEY, "campaign", name), &len, NULL, &s);
    if (!text)
        return pp_bus_error(s, "campaign '%s'", name);
    result = pp_fleet_campaign_parse(c, text, len);
    if (result == 0 && strcmp(c->name, name) != 0) {
        pp_fleet_campaign_release(c);
        result = pp_error("the record of campaign '%s' names another campaign", name);
    }
    free(text);
    return result;
}

bool pp_fleet_is_stopped(struct pp_bus *b, const char *tag)
{
    char key[PP_FLEET_SUBJECT_MAX], *text;
    natsStatus s;
    size_t len;

    text = pp_bus_get(b->fleet, pp_bus_name(key, PP_BUS_KEY, "stop", tag), &len, NULL, &s);
    free(text);
    return text != NULL;
}

void pp_fleet_chunk_head(struct pp_buf *out, const char *tag, uint64_t n, uint32_t ntargets)
{
    struct pp_json j;

    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    pp_json_uint(&j, "schema", PP_FLEET_SCHEMA);
    pp_json_str(&j, "campaign", tag);
    pp_json_uint(&j, "chunk", n);
    pp_json_uint(&j, "targets", ntargets);
    pp_json_end(&j, '}');
    pp_buf_addc(out, '\n');
}

/*
 * Checks that the chunk has as many lines as its head states, each an object and ended by a newline. NULL, or the
 * defect.
 */
static const char *check_lines(const struct pp_fleet_chunk *c)
{
    const char *p = c->line, *end = p + c->len;
    uint32_t n = 0;

    for (; p < end; n++) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        if (!nl || nl - p < 2 || *p != '{' || nl[-1] != '}')
            return "a line is not a JSON object";
        p = nl + 1;
    }
    return n == c->ntargets ? NULL : "its number of lines differs from its head";
}

static bool digits(const char **p, const char *end, uint64_t max, uint64_t *v)
{
    const char *start = *p;

    for (*v = 0; *p < end && **p >= '0' && **p <= '9' && *v <= max; ++*p)
        *v = *v * 10 + (uint64_t)(**p - '0');
    return *p > start && *v <= max;
}

static bool header_number(natsMsg *msg, const char *name, uint64_t max, uint64_t *v)
{
    const char *text = NULL;

    return natsMsgHeader_Get(msg, name, &text) == NATS_OK && digits(&text, text + strlen(text), max, v) && !*text;
}

/* Reads the head, the line before the targets. NULL, or the defect. */
static const char *read_head(struct pp_fleet_chunk *c, const struct pp_fleet_campaign *campaign, const json_t *head)
{
    const json_t *n = json_object_get(head, "chunk");
    const char *tag = json_string_value(json_object_get(head, "campaign"));
    uint64_t ntargets = number(head, "targets");

    if (number(head, "schema") != PP_FLEET_SCHEMA)
        return "it has an unknown schema";
    if (!tag || strcmp(tag, campaign->tag) != 0)
        return "it belongs to another campaign";
    if (!json_is_integer(n) || json_integer_value(n) < 0 || (uint64_t)json_integer_value(n) >= campaign->chunks)
        return "its number is not one of the campaign's";
    c->numbered = true;
    c->n = (uint64_t)json_integer_value(n);
    if (ntargets == 0 || ntargets > PP_FLEET_CHUNK_TARGETS)
        return "it has no targets, or too many";
    c->ntargets = (uint32_t)ntargets;
    return NULL;
}

const char *pp_fleet_chunk_parse(struct pp_fleet_chunk *c, const struct pp_fleet_campaign *campaign, const char *data,
                                 size_t len)
{
    const char *nl = len ? memchr(data, '\n', len) : NULL, *why = "its first line is not valid JSON";
    json_t *head;

    *c = (struct pp_fleet_chunk){0};
    head = nl ? json_loadb(data, (size_t)(nl - data), 0, NULL) : NULL;
    if (head)
        why = read_head(c, campaign, head);
    json_decref(head);
    if (why)
        return why;
    c->line = nl + 1;
    c->len = len - (size_t)(c->line - data);
    return check_lines(c);
}

void pp_fleet_chunk_number(struct pp_fleet_chunk *c, const struct pp_fleet_campaign *campaign, natsMsg *msg)
{
    uint64_t n, ntargets;

    if (c->numbered)
        return;
    if (header_number(msg, PP_FLEET_CHUNK_N, campaign->chunks - 1, &n) &&
        header_number(msg, PP_FLEET_TARGETS_N, PP_FLEET_CHUNK_TARGETS, &ntargets)) {
        c->numbered = true;
        c->n = n;
        c->ntargets = (uint32_t)ntargets;
    }
}

/* ---- keys of lines ---------------------------------------------------------------------------------------------- */

/* Reads `CHUNK,TARGET]` at P. */
static bool key_at(const char *p, const char *end, struct pp_fleet_key *key)
{
    uint64_t t;

    if (!digits(&p, end, UINT64_MAX / 100, &key->chunk) || p >= end || *p++ != ',' ||
        !digits(&p, end, PP_FLEET_CHUNK_TARGETS, &t) || end - p < 2 || p[0] != ']' || (p[1] != ',' && p[1] != '}'))
        return false;
    key->target = (uint32_t)t;
    return true;
}

static bool begins(const char *line, size_t len, const char *start, const char **behind)
{
    size_t n = strlen(start);

    *behind = line + n;
    return len > n && memcmp(line, start, n) == 0;
}

bool pp_fleet_key(const char *line, size_t len, struct pp_fleet_key *key)
{
    const char *p;

    return begins(line, len, "{\"fleet\":[", &p) && key_at(p, line + len, key);
}

bool pp_fleet_key_left_out(const char *line, size_t len, struct pp_fleet_key *key, enum pp_fleet_fate *fate)
{
    static const char quoted[] = "\"line\":\"{\\\"fleet\\\":["; /* of a line that is no target, quoted whole */
    const char *p, *behind, *end = line + len, *quote;

    if (!begins(line, len, "{\"left_out\":\"", &p) || !(quote = memchr(p, '"', (size_t)(end - p))))
        return false;
    *fate = pp_fleet_fate(p, (size_t)(quote - p));
    if (*fate == PP_FLEET_FATES)
        return false;
    if (begins(quote, (size_t)(end - quote), "\",\"fleet\":[", &behind))
        return key_at(behind, end, key);
    p = memmem(quote, (size_t)(end - quote), quoted, sizeof quoted - 1);
    return p && key_at(p + sizeof quoted - 1, end, key);
}
