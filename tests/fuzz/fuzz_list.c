/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_list.c: any bytes as a list of names. The first byte chooses the format. An accepted line must give a valid DNS
 * name, and members in JSON without the keys that resolving writes.
 */
#include "../../core/names/list.h"

#include "../../core/targets/target.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_host(const char *name)
{
    struct pp_host again;
    const char *why;

    if (strlen(name) > PP_DNSNAME_MAX || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != strlen(name))
        BUG("'%s' is no name", name);
    if (pp_host_parse(&again, name, strlen(name), &why) < 0 || strcmp(again.name, name) != 0)
        BUG("'%s' does not stay the same", name);
}

static void check_members(const char *members, size_t len)
{
    static const char *const own[] = {"dip", "domain", "name", "resolved_at", "resolver", "cname", "ttl", "pair"};
    char *text = malloc(len + 2);
    json_t *o;

    text[0] = '{';
    memcpy(text + 1, members, len);
    text[len + 1] = '}';
    o = json_loadb(text, len + 2, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
    if (!json_is_object(o))
        BUG("'%.*s' is no object", (int)len + 2, text);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (json_object_get(o, own[i]))
            BUG("'%s' in '%.*s'", own[i], (int)len + 2, text);
    }
    json_decref(o);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pp_list *l = size ? pp_list_new((enum pp_input_format)(data[0] & 3)) : NULL;
    const char *at = (const char *)data + 1, *end = (const char *)data + size, *why;

    while (l && at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        struct pp_name *n;
        if (!stop)
            stop = end;
        if (stop - at <= PP_LINE_MAX && pp_list_line(l, &n, at, (size_t)(stop - at), &why) > 0) {
            if (*n->host.name)
                check_host(n->host.name);
            check_members(n->members, n->members_len);
            free(n);
        }
        at = stop + 1;
    }
    pp_list_free(l);
    return 0;
}
