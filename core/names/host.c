/* SPDX-License-Identifier: BSD-2-Clause */
/* host.c: parses URLs, addresses and names. */
#include "host.h"

#define HTTPS_PORT 443

static int fail(const char **why, const char *text)
{
    *why = text;
    return -1;
}

/* scheme://user@host:port/path?query#fragment -> host:port (RFC 3986 section 3). True: it is a URL. */
static bool strip_url(const char **text, size_t *len, bool *https)
{
    const char *p = memmem(*text, *len, "://", 3), *end = *text + *len, *at;

    if (!p)
        return false;
    *https = p - *text == 5 && strncasecmp(*text, "https", 5) == 0;
    p += 3;
    for (at = p; at < end && *at != '/' && *at != '?' && *at != '#' && *at != '\\'; at++)
        ;
    end = at;
    at = memrchr(p, '@', (size_t)(end - p));
    *text = at ? at + 1 : p;
    *len = (size_t)(end - *text);
    return true;
}

/* True if a colon in TEXT can begin a port: TEXT is no bare IPv6 address. */
static bool may_have_port(const char *text, size_t len)
{
    return len && (*text == '[' || memchr(text, ':', len) == memrchr(text, ':', len));
}

/* ":8080" at the end, as in a URL's authority. An empty port is none (section 3.2.3). */
static int strip_port(uint16_t *port, const char *text, size_t *len, const char **why)
{
    const char *colon = memrchr(text, ':', *len);
    uint32_t v = 0;
    size_t n;

    if (!colon || memchr(colon, ']', (size_t)(text + *len - colon)))
        return 0;
    n = (size_t)(text + *len - colon) - 1;
    if (n > 5)
        return fail(why, "port out of range");
    for (size_t i = 1; i <= n; i++) {
        if (colon[i] < '0' || colon[i] > '9')
            return fail(why, "port is not a number");
        v = v * 10 + (uint32_t)(colon[i] - '0');
    }
    if (n && (v < 1 || v > 65535))
        return fail(why, "port out of range");
    *port = (uint16_t)v;
    *len -= n + 1;
    return 0;
}

/*
 * True if the last label is a number, which no top-level domain is (RFC 3696 section 2): 192.0.2.256 is a mistyped
 * address.
 */
static bool ends_in_number(const char *name)
{
    const char *dot = strrchr(name, '.'), *label = dot ? dot + 1 : name;

    return label[strspn(label, "0123456789")] == '\0';
}

int pp_host_parse(struct pp_host *h, const char *text, size_t len, const char **why)
{
    bool https = false;

    memset(h, 0, sizeof *h);
    if (len == 0)
        return fail(why, "no name");
    if ((strip_url(&text, &len, &https) || may_have_port(text, len)) && strip_port(&h->port, text, &len, why) < 0)
        return -1;
    if (https && !h->port)
        h->port = HTTPS_PORT;
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len && pp_addr_parse(&h->addr, text, len) == 0)
        return 0;
    if (memchr(text, ';', len) || memchr(text, '\t', len))
        return fail(why, "columns separated by ';' or tabs instead of commas");
    if (pp_dnsname_parse(h->name, text, len, why) < 0)
        return -1;
    /* Parsed again as an address: the name may be one without its final dot, or with ASCII dots for wide ones. */
    if (pp_addr_parse(&h->addr, h->name, strlen(h->name)) == 0)
        h->name[0] = '\0';
    else if (ends_in_number(h->name))
        return fail(why, "its last label is a number, but it is not an address");
    return 0;
}
