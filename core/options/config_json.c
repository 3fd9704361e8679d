/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config_json.c: takes options and operand from the metadata of a run (pathprobe-observation(5)), so that the run can
 * be repeated or continued. Options about that run's own output and display (pp_command.own) are not taken.
 */
#include "options_parts.h"

#include "../base/text.h"

#include <jansson.h>

#define WHERE_MAX 512

/*
 * Copies TEXT to *ROOM, and advances *ROOM. The room is the buffer of the JSON that TEXT was parsed from, which is
 * large enough: TEXT is never longer than its quoted form.
 */
static char *keep(char **room, const char *text)
{
    char *at = *room;
    size_t len = strlen(text) + 1;

    memcpy(at, text, len);
    *room += len;
    return at;
}

/*
 * Cuts the first value off "VALUE,VALUE" in place; a backslash escapes a comma or backslash within a value. Returns the
 * rest; NULL: VALUE was the last one.
 */
static char *cut(char *value)
{
    char *to = value;

    for (; *value && *value != ','; value++) {
        if (*value == '\\' && value[1])
            value++;
        *to++ = *value;
    }
    value = *value ? value + 1 : NULL;
    *to = '\0';
    return value;
}

static int assign(struct pp_parse *p, const char *key, char *value, const char *path)
{
    struct pp_option_hit hit;
    char where[WHERE_MAX];

    bool found = pp_option_by_name(p, key, strlen(key), &hit);

    snprintf(where, sizeof where, "%s: %s", path, key);
    if (!found && !p->c->more && !p->held_only) {
        pp_error("%s: unknown option '%s'", path, key);
        pp_option_hint(p, key, "");
        return -1;
    }
    if (!found || !pp_option_is_list(hit.row))
        return pp_config_assign(p, key, found ? &hit : NULL, value, where);
    for (char *next; value; value = next) {
        next = cut(value);
        if (pp_config_assign(p, key, &hit, value, where) < 0)
            return -1;
    }
    return 0;
}

static int take(struct pp_parse *p, const json_t *o, char *room, const char *path)
{
    json_t *config = json_object_get(o, "config");
    const char *experiment = json_string_value(json_object_get(o, "experiment"));
    const char *key;
    json_t *v;

    if (!json_is_object(config)) {
        pp_error("'%s' is JSON, but not the metadata of a run: it has no config", path);
        return pp_hint("--config takes metadata of a run, or lines of 'key = value'");
    }
    /* Metadata of an experiment as data contain its text: the metadata file is the operand. */
    if (json_object_get(o, "experiment_text")) {
        size_t len = strlen(path);
        if (len < 5 || strcmp(path + len - 5, ".json") != 0) {
            pp_error("'%s' contains a JSON experiment, but its name does not end in .json", path);
            return pp_hint("rename it to end in .json");
        }
        p->operand = (char *)(uintptr_t)path; /* from the command line, valid as long as argv */
    } else if (experiment)
        p->operand = keep(&room, experiment);
    json_object_foreach(config, key, v) {
        if (!json_is_string(v))
            return pp_error("%s: %s: not a string", path, key);
        if (*json_string_value(v) && !pp_is_listed(p->c->own, key) &&
            assign(p, key, keep(&room, json_string_value(v)), path) < 0)
            return -1;
    }
    return 0;
}

int pp_config_read_json(struct pp_parse *p, const char *path, char *text)
{
    json_error_t error;
    json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    int result = o ? take(p, o, text, path) : pp_error("%s:%d: %s", path, error.line, error.text);

    json_decref(o);
    return result;
}
