/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_target.c: any bytes as a list of targets. The first byte chooses the format. An accepted target must give valid
 * members which, parsed as an NDJSON target, give the same target and the same members.
 */
#include "../../core/targets/target.h"

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

/* The input's lines, of which the first may be a heading. A CSV record may contain newlines, here written as 0x1e. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[PP_LINE_MAX];
    const char *at = text, *end, *why;
    struct pp_targets targets;

    if (size == 0 || size > sizeof text)
        return 0;
    memcpy(text, data + 1, size - 1);
    end = text + size - 1;
    pp_targets_init(&targets, (enum pp_input_format)(data[0] & 3));
    while (at < end) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        struct pp_target *t;
        size_t len = (size_t)((stop ? stop : end) - at);
        for (char *p = text + (at - text); p < at + len; p++)
            *p = *p == 0x1e ? '\n' : *p;
        if (pp_targets_line(&targets, &t, at, len, &why) > 0) {
            check(t);
            free(t);
        }
        at += len + 1;
    }
    pp_targets_release(&targets);
    return 0;
}
