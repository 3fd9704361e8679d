/* SPDX-License-Identifier: BSD-2-Clause */
/* prose.c: breaks paragraphs into lines, and groups digits. */
#include "prose.h"

#include <inttypes.h>

void pp_prose_in(struct pp_buf *out, const char *text, size_t len, size_t at, size_t left, size_t columns)
{
    bool first = true; /* a number keeps its per cent sign */

    for (size_t i = 0; i < len;) {
        size_t word = 0;
        while (i + word < len && (text[i + word] != ' ' || (i + word + 1 < len && text[i + word + 1] == '%')))
            word++;
        if (!first && at + 1 + word > columns) {
            pp_buf_addf(out, "\n%*s", (int)left, "");
            at = left;
        } else if (!first) {
            pp_buf_addc(out, ' ');
            at++;
        }
        pp_buf_add(out, text + i, word);
        at += word;
        first = false;
        for (i += word; i < len && text[i] == ' ';)
            i++;
    }
    pp_buf_addc(out, '\n');
}

void pp_prose(struct pp_buf *out, const char *text, size_t len, size_t at, size_t left)
{
    pp_prose_in(out, text, len, at, left, PP_COLUMNS);
}

const char *pp_count_str(uint64_t n, char text[PP_COUNT_STRLEN])
{
    char digits[21];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, n), to = 0;

    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            text[to++] = ',';
        text[to++] = digits[i];
    }
    text[to] = '\0';
    return text;
}
