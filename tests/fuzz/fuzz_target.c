/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_target.c: any line in any form. The first byte chooses the form. What is taken must come out as valid members
 * that, read as an NDJSON target, mean the same and stay the same.
 */
#include "../../core/run/target.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_keys(const char *text, size_t len)
{
    static const char *const own[] = {"schema", "sip", "path", "time", "conditions", "port", "flow_results", "quality"};
    json_t *o = json_loadb(text, len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);

    if (!json_object_get(o, "dip"))
        BUG("no dip in '%.*s'", (int)len, text);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (json_object_get(o, own[i]))
            BUG("'%s' in '%.*s'", own[i], (int)len, text);
    }
    json_decref(o);
}

static void check(const struct pp_target *t)
{
    static char line[PP_LINE_MAX + 2];
    size_t len = (size_t)t->members_len + 2;
    struct pp_target *again;
    const char *why;

    line[0] = '{';
    memcpy(line + 1, t->members, t->members_len);
    line[len - 1] = '}';
    if (len > PP_LINE_MAX)
        return;
    if (pp_target_parse(&again, PP_INPUT_NDJSON, line, len, &why) < 0)
        BUG("'%.*s': %s", (int)len, line, why);
    if (!pp_addr_eq(&t->addr, &again->addr) || t->port != again->port || t->asn != again->asn ||
        !t->domain != !again->domain || (t->domain && strcmp(t->domain, again->domain) != 0))
        BUG("'%.*s' means something else", (int)len, line);
    if (t->members_len != again->members_len || memcmp(t->members, again->members, t->members_len) != 0)
        BUG("'%.*s' does not stay the same", (int)len, line);
    check_keys(line, len);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pp_target *t;
    const char *why, *line = (const char *)data + 1;
    enum pp_input_format format;

    if (size == 0)
        return 0;
    format = (enum pp_input_format)(data[0] & 3);
    pp_target_blank(format, line, size - 1);
    if (pp_target_parse(&t, format, line, size - 1, &why) == 0) {
        check(t);
        free(t);
    }
    return 0;
}
