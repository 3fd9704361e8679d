/* SPDX-License-Identifier: BSD-2-Clause */
/* dnsname.c: parses labels; converts those that are not ASCII by libidn2. */
#include "dnsname.h"

#include "utf8.h"

#include <idn2.h>
#include <stdbool.h>
#include <stdint.h>

#define LABEL_MAX 63
#define UNICODE_MAX 512 /* bytes of a label in UTF-8, before it is mapped and composed */

static int fail(const char **why, const char *text)
{
    *why = text;
    return -1;
}

/* Returns the bytes of the dot at P, 0: no dot (RFC 3490 section 3.1). */
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

/*
 * Appends a label of ASCII, given or made by libidn2, after checks: libidn2's mapping may produce any character, or
 * none.
 */
static int put_ascii(char *out, size_t *n, const char *label, size_t len, const char **why)
{
    if (len == 0)
        return fail(why, "empty label in the name");
    if (len > LABEL_MAX)
        return fail(why, "label of more than 63 bytes");
    if (*n + (*n > 0) + len > PP_DNSNAME_MAX)
        return fail(why, "name of more than 253 bytes");
    if (*n)
        out[(*n)++] = '.';
    for (size_t i = 0; i < len; i++) {
        if (!is_plain(label[i]))
            return fail(why, "a character that host names do not allow");
        out[(*n)++] = (char)(label[i] >= 'A' && label[i] <= 'Z' ? label[i] | 0x20 : label[i]);
    }
    return 0;
}

static const char *reason(int rc)
{
    switch (rc) {
    case IDN2_MALLOC:
        return "out of memory";
    case IDN2_PUNYCODE_BIG_OUTPUT:
    case IDN2_TOO_BIG_LABEL:
    case IDN2_TOO_BIG_DOMAIN:
        return "label of more than 63 bytes";
    case IDN2_DISALLOWED:
    case IDN2_UNASSIGNED:
        return "a character that IDNA (RFC 5892) does not allow in names";
    case IDN2_2HYPHEN:
        return "hyphens at positions 3 and 4 of a label that is not an A-label";
    default:
        return idn2_strerror(rc);
    }
}

/* Converts and appends a label. Its length is checked first: libidn2 takes NUL-terminated strings without limit. */
static int put_unicode(char *out, size_t *n, const char *label, size_t len, const char **why)
{
    char text[UNICODE_MAX + 1];
    uint8_t *made = NULL;
    int rc, result;

    if (len > UNICODE_MAX)
        return fail(why, "label of more than 63 bytes");
    for (size_t i = 0, step; i < len; i += step) {
        step = pp_utf8_len(label + i, len - i);
        if (step == 0)
            return fail(why, "name is not UTF-8");
        if (step == 1 && !is_plain(label[i]))
            return fail(why, "a character that host names do not allow");
    }
    memcpy(text, label, len);
    text[len] = '\0';
    /* The round trip is not checked, as it reproduces the mapped label; put_ascii checks the result. */
    rc = idn2_lookup_u8((const uint8_t *)text, &made, IDN2_NONTRANSITIONAL | IDN2_NO_ALABEL_ROUNDTRIP);
    result = rc == IDN2_OK ? put_ascii(out, n, (const char *)made, strlen((const char *)made), why)
                           : fail(why, reason(rc));
    idn2_free(made);
    return result;
}

static int put_label(char *out, size_t *n, const char *label, size_t len, const char **why)
{
    for (size_t i = 0; i < len; i++) {
        if ((uint8_t)label[i] >= 0x80)
            return put_unicode(out, n, label, len, why);
    }
    return put_ascii(out, n, label, len, why);
}

int pp_dnsname_parse(char out[PP_DNSNAME_MAX + 1], const char *name, size_t len, const char **why)
{
    size_t n = 0, from = 0;

    for (size_t i = 0; i < len;) {
        unsigned d = dot(name + i, len - i);
        if (d == 0) {
            i++;
            continue;
        }
        if (put_label(out, &n, name + from, i - from, why) < 0)
            return -1;
        i += d;
        from = i;
    }
    if ((from < len || len == 0) && put_label(out, &n, name + from, len - from, why) < 0)
        return -1;
    out[n] = '\0';
    return 0;
}
