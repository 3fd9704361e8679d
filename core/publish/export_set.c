/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * export_set.c: exports one observation as lines of an observation set: as the PTO's normalizers would, but with the
 * words after all rounds, including `unstable`.
 */
#include "export.h"

#include "../base/json.h"
#include "../base/when.h"

#define LINE_ROOM 10000 /* bytes; six times as long when escaped, which is less than 64 KiB */

static void rfc3339(struct pp_json *j, int64_t us)
{
    char text[PP_RFC3339_LEN];

    pp_json_str(j, NULL, pp_when_rfc3339(us / 1000000, text));
}

/* Adds an element of a path, with blanks replaced, as blanks separate elements. */
static void element(struct pp_buf *path, const char *text)
{
    if (path->len)
        pp_buf_addc(path, ' ');
    pp_buf_adds(path, text);
}

/* A set of conditions on one path. */
struct said {
    const json_t *path, *conditions;
    struct pp_export_when when;
    uint32_t asn; /* AS of the target */
};

/* Writes source, `*`, the target's AS, target; IPv6 without brackets: as the normalizers write it. */
static void join_path(struct pp_buf *path, const struct said *r)
{
    size_t n = json_array_size(r->path);
    char as[16];

    for (size_t i = 0; i < n; i++) {
        if (i == n - 1) {
            const char *before = json_string_value(json_array_get(r->path, n - 2));
            if (n > 2 && strcmp(before, "*") != 0)
                element(path, "*");
            snprintf(as, sizeof as, "AS%u", r->asn);
            if (r->asn && strcmp(before, as) != 0)
                element(path, as);
        }
        element(path, json_string_value(json_array_get(r->path, i)));
    }
}

unsigned pp_export_condition(struct pp_buf *out, json_t *conditions, const struct pp_export_when *when,
                             const struct pp_buf *path, const char *name, const char *value)
{
    struct pp_json j;

    if (path->failed || path->len + strlen(name) + (value ? strlen(value) : 0) > LINE_ROOM)
        return 0;
    pp_json_init(&j, out);
    pp_json_array(&j, NULL);
    pp_json_str(&j, NULL, "0"); /* the set's number, which the PTO replaces */
    rfc3339(&j, when->from_us);
    rfc3339(&j, when->to_us);
    pp_json_strn(&j, NULL, path->data, path->len);
    pp_json_str(&j, NULL, name);
    if (value)
        pp_json_str(&j, NULL, value);
    pp_json_end(&j, ']');
    pp_buf_addc(out, '\n');
    pp_export_note(conditions, name);
    return 1;
}

static unsigned export(const struct said *r, struct pp_buf *out, json_t *conditions)
{
    struct pp_buf path;
    unsigned lines = 0;
    size_t i;
    json_t *s;

    pp_buf_init(&path, 4096);
    join_path(&path, r);
    json_array_foreach((json_t *)r->conditions, i, s) {
        const char *text = json_string_value(s), *colon = strchr(text, ':');
        size_t len = colon ? (size_t)(colon - text) : strlen(text);
        char name[192];

        if (len == 0 || len >= sizeof name)
            continue;
        memcpy(name, text, len);
        name[len] = '\0';
        lines += pp_export_condition(out, conditions, &r->when, &path, name, colon && colon[1] ? colon + 1 : NULL);
    }
    pp_buf_release(&path);
    return lines;
}

/*
 * Writes the lines of a record. Of a merged line: first the conditions on each vantage point's path, then the combined
 * ones, if there are several vantage points.
 */
unsigned pp_export_observations(const struct pp_record *r, struct pp_buf *out, json_t *conditions)
{
    struct said all = {r->path, r->conditions, {r->from_us, r->to_us}, r->asn};
    unsigned lines = 0;
    size_t i;
    json_t *v;

    json_array_foreach(r->vantages, i, v) {
        struct said one = {.path = json_object_get(v, "path"), .conditions = json_object_get(v, "conditions"),
                           .asn = r->asn};
        if (json_is_array(one.path) &&
            pp_record_time(json_object_get(v, "time"), &one.when.from_us, &one.when.to_us) == 0)
            lines += export(&one, out, conditions);
    }
    if (json_array_size(r->vantages) != 1)
        lines += export(&all, out, conditions);
    return lines + pp_export_located(r, out, conditions);
}
