/* SPDX-License-Identifier: BSD-2-Clause */
/* input_lines.c: splits text into lines, or records of CSV. */
#include "input.h"

#include "csv.h"
#include "input_parts.h"

/* Takes the line of LEN bytes at in->at, followed by END bytes of line end, with NESTED line ends within quotes. */
static enum pp_input_got take(struct pp_input *in, size_t len, size_t end, unsigned nested, const char **line,
                              size_t *line_len)
{
    const char *p = in->text + in->at;
    bool too_long = in->skipping;

    in->at += len + end;
    in->cut |= end == 0;
    in->skipping = false;
    in->number = in->lines + 1;
    in->lines += 1 + nested;
    if (in->number == 1 && !too_long && len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        p += 3;
        len -= 3;
    }
    if (len && p[len - 1] == '\r')
        len--;
    if (too_long || len > in->line_max)
        return PP_INPUT_TOO_LONG;
    *line = p;
    *line_len = len;
    return PP_INPUT_LINE;
}

/* The state of scanning the line at in->at. */
struct look {
    size_t seen;     /* bytes of it */
    size_t first;    /* length of its first line, if it ended within quotes; SIZE_MAX: none did */
    unsigned nested; /* lines' ends within quotes */
    enum pp_csv_state state;
};

/* Continues the scan. True: the line ends at L->seen, where its '\n' is. */
static bool look(const struct pp_input *in, struct look *l)
{
    const char *from = in->text + in->at;
    size_t left = in->len - in->at;

    if (l->seen == 0 && l->state == PP_CSV_START && in->lines == 0 && left >= 3 && memcmp(from, "\xef\xbb\xbf", 3) == 0)
        l->seen = 3;
    while (l->seen < left) {
        const char *end = memchr(from + l->seen, '\n', left - l->seen);
        size_t to = end ? (size_t)(end - from) : left;
        if (in->csv && !in->skipping)
            l->state = pp_csv_scan(l->state, from + l->seen, to - l->seen + (end != NULL));
        l->seen = to;
        if (!end)
            return false;
        if (l->state != PP_CSV_QUOTED)
            return true;
        if (l->first == SIZE_MAX)
            l->first = to;
        l->nested++;
        l->seen++;
    }
    return false;
}

enum pp_input_got pp_input_line(struct pp_input *in, const char **line, size_t *len)
{
    struct look l = {.first = SIZE_MAX};

    while (!atomic_load(&in->stop) && !in->failed) {
        bool ends = look(in, &l);
        size_t left = in->len - in->at;
        int r;
        /* Not a record of several lines: returns its first line only, which the caller refuses. */
        if (l.first != SIZE_MAX && (ends ? l.state == PP_CSV_BROKEN || l.seen > in->line_max : left > in->line_max))
            return take(in, l.first, 1, 0, line, len);
        if (ends)
            return take(in, l.seen, 1, l.nested, line, len);
        if (left > in->line_max + 4) { /* a byte-order mark and a CR do not count */
            in->skipping = true;
            in->at = in->len;
            left = 0;
            l = (struct look){.first = SIZE_MAX};
        }
        r = pp_input_fill(in);
        if (r < 0)
            in->failed = true;
        if (r == 0 && !atomic_load(&in->stop)) {
            if (l.first != SIZE_MAX && (l.state == PP_CSV_QUOTED || l.state == PP_CSV_BROKEN))
                return take(in, l.first, 1, 0, line, len);
            if (left || in->skipping)
                return take(in, left, 0, l.nested, line, len);
            return PP_INPUT_END;
        }
    }
    return in->failed ? PP_INPUT_ERROR : PP_INPUT_END;
}
