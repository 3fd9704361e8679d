/* SPDX-License-Identifier: BSD-2-Clause */
/* text.c: trims text, parses ports, searches lists of names. */
#include "text.h"

#include <string.h>

struct pp_text pp_text_trim(const char *p, size_t len)
{
    while (len && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++, len--;
    while (len && (p[len - 1] == ' ' || p[len - 1] == '\t' || p[len - 1] == '\r'))
        len--;
    return (struct pp_text){p, len};
}

bool pp_is_listed(const char *const *names, const char *name)
{
    while (names && *names && strcmp(*names, name) != 0)
        names++;
    return names && *names;
}

int pp_port_parse(uint16_t *port, struct pp_text t)
{
    uint32_t v = 0;

    if (t.len == 0)
        return -1;
    for (size_t i = 0; i < t.len; i++) {
        if (t.p[i] < '0' || t.p[i] > '9' || v > 65535)
            return -1;
        v = v * 10 + (uint32_t)(t.p[i] - '0');
    }
    if (v < 1 || v > 65535)
        return -1;
    *port = (uint16_t)v;
    return 0;
}
