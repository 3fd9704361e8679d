/* SPDX-License-Identifier: BSD-2-Clause */
/* safe.c: escapes text from outside (names, banners) for HTML and terminals. */
#include "sheet.h"

#include "../base/utf8.h"

static uint32_t code_of(const uint8_t *b, unsigned len)
{
    uint32_t c = len == 1 ? b[0] : b[0] & (0xffu >> (len + 1));

    for (unsigned i = 1; i < len; i++)
        c = c << 6 | (b[i] & 0x3f);
    return c;
}

/* Characters that are invisible or move others: C0, DEL, C1, line separators, direction marks, the byte-order mark. */
static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

static const char *entity(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void pp_safe_text(struct pp_buf *out, const char *text, size_t len, bool html)
{
    for (size_t i = 0; i < len;) {
        unsigned n = pp_utf8_len(text + i, len - i);
        uint32_t c = n ? code_of((const uint8_t *)text + i, n) : 0;
        const char *name = html && n == 1 ? entity(text[i]) : NULL;

        if (!n)
            pp_buf_addf(out, "\\x%02x", (uint8_t)text[i]);
        else if (is_hidden(c))
            pp_buf_addf(out, "\\u{%x}", (unsigned)c);
        else if (name)
            pp_buf_adds(out, name);
        else
            pp_buf_add(out, text + i, n);
        i += n ? n : 1;
    }
}

size_t pp_safe_width(const char *text)
{
    struct pp_buf b;
    size_t n = 0;

    pp_buf_init(&b, 1u << 20);
    pp_safe_text(&b, text, strlen(text), false);
    for (size_t i = 0; i < b.len; i++)
        n += ((uint8_t)b.data[i] & 0xc0) != 0x80;
    pp_buf_release(&b);
    return n;
}
