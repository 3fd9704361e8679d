/* SPDX-License-Identifier: BSD-2-Clause */
/* suggest.c: finds the known word nearest to a mistyped one. */
#include "suggest.h"

#include <stddef.h>
#include <string.h>

#define WORD_MAX 48 /* bytes; longer words are not corrected */

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;

    return least < c ? least : c;
}

/*
 * Returns the optimal string alignment distance: insertions, deletions, substitutions and swapped neighbours cost one
 * each.
 */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[3][WORD_MAX + 1], la = (unsigned)strlen(a), lb = (unsigned)strlen(b);

    for (unsigned j = 0; j <= lb; j++)
        row[0][j] = j;
    for (unsigned i = 1; i <= la; i++) {
        unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (unsigned j = 1; j <= lb; j++) {
            now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
    }
    return row[la % 3][lb];
}

const char *pp_did_you_mean(const char *word, const char *const *names)
{
    size_t len = strlen(word);
    /* At most a third of the letters may differ, as more would make any word near to some other. */
    unsigned limit = (unsigned)(len + 1) / 3, best = limit + 1;
    const char *nearest = NULL;

    if (len < 2 || len > WORD_MAX)
        return NULL;
    for (; *names; names++) {
        unsigned d;
        if (strlen(*names) > WORD_MAX)
            continue;
        /* A prefix of a name is taken for the name. */
        d = strncmp(word, *names, len) == 0 ? 1 : distance(word, *names);
        if (d < best) {
            best = d;
            nearest = *names;
        }
    }
    return nearest;
}
