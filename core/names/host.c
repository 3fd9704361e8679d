/* SPDX-License-Identifier: BSD-2-Clause */
/* host.c: takes URLs, addresses and names apart. */
#include "host.h"

#include "../base/utf8.h"

#define LABEL_MAX 63

static int fail(const char **why, const char *text)
{
    *why = text;
    return -1;
}

/* Bytes of the dot at P, 0: there is none. IDNA has four (RFC 3490 section 3.1). */
static unsigned dot(const char *p, size_t left)
{
    static const char *const wide[] = {"\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"};

    if (*p == '.')
        return 1;
    for (unsigned i = 0; i < 3; i++) {
        if (left >= 3 && memcmp(p, wide[i], 3) == 0)
            return 3;
    }
    return 0;
}

static bool is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/* Appends LABEL to OUT, at *N of PP_HOST_MAX. */
static int add_label(char *out, size_t *n, const char *label, size_t len, const char **why)
{
    char text[LABEL_MAX];
    size_t made = 0;
    bool ascii = true;

    if (len == 0)
        return fail(why, "empty label in the name");
    for (size_t i = 0; i < len; i++) {
        if ((uint8_t)label[i] >= 0x80)
            ascii = false;
        else if (!is_plain(label[i]))
            return fail(why, "a character that is in no host name");
    }
    if (ascii) {
        if (len > sizeof text)
            return fail(why, "label of more than 63 bytes");
        for (; made < len; made++)
            text[made] = (char)(label[made] >= 'A' && label[made] <= 'Z' ? label[made] | 0x20 : label[made]);
    } else {
        int r = pp_punycode(text + 4, sizeof text - 4, label, len);
        if (r < 0)
            return fail(why, "label is not UTF-8, or of more than 63 bytes");
        memcpy(text, "xn--", 4);
        made = (size_t)r + 4;
    }
    if (*n + (*n > 0) + made > PP_HOST_MAX)
        return fail(why, "name of more than 253 bytes");
    if (*n)
        out[(*n)++] = '.';
    memcpy(out + *n, text, made);
    *n += made;
    return 0;
}

static int parse_name(char *out, const char *text, size_t len, const char **why)
{
    size_t n = 0, from = 0;

    for (size_t i = 0; i < len;) {
        unsigned d = dot(text + i, len - i);
        if (d == 0) {
            i++;
            continue;
        }
        if (add_label(out, &n, text + from, i - from, why) < 0)
            return -1;
        i += d;
        from = i;
    }
    if ((from < len || len == 0) && add_label(out, &n, text + from, len - from, why) < 0)
        return -1;
    out[n] = '\0';
    return 0;
}

/* scheme://user@host:port/path?query#fragment -> host:port (RFC 3986 section 3). True: it is a URL. */
static bool strip_url(const char **text, size_t *len)
{
    const char *p = memmem(*text, *len, "://", 3), *end = *text + *len, *at;

    if (!p)
        return false;
    p += 3;
    for (at = p; at < end && *at != '/' && *at != '?' && *at != '#' && *at != '\\'; at++)
        ;
    end = at;
    at = memrchr(p, '@', (size_t)(end - p));
    *text = at ? at + 1 : p;
    *len = (size_t)(end - *text);
    return true;
}

/* Only a port has a colon before it: not so in an IPv6 address that stands by itself. */
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
            return fail(why, "port is no number");
        v = v * 10 + (uint32_t)(colon[i] - '0');
    }
    if (n && (v < 1 || v > 65535))
        return fail(why, "port out of range");
    *port = (uint16_t)v;
    *len -= n + 1;
    return 0;
}

int pp_host_parse(struct pp_host *h, const char *text, size_t len, const char **why)
{
    memset(h, 0, sizeof *h);
    if (len == 0)
        return fail(why, "no name");
    if ((strip_url(&text, &len) || may_have_port(text, len)) && strip_port(&h->port, text, &len, why) < 0)
        return -1;
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len && pp_addr_parse(&h->addr, text, len) == 0)
        return 0;
    if (parse_name(h->name, text, len, why) < 0)
        return -1;
    /* Only now, with a dot less at the end or plain ones instead of wide, may it turn out to be an address. */
    if (pp_addr_parse(&h->addr, h->name, strlen(h->name)) == 0)
        h->name[0] = '\0';
    return 0;
}
