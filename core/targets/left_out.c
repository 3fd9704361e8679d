/* SPDX-License-Identifier: BSD-2-Clause */
/* left_out.c: the lines of --left-out. */
#include "left_out.h"

#include "../base/error.h"
#include "../base/json.h"
#include "../stream/object.h"

#include <stdlib.h>

/* Bytes of a line of output: a control character becomes six bytes. */
#define LINE_OUT_MAX (6 * PP_LINE_MAX + 256)

struct pp_left_out {
    struct pp_writer *writer;
    struct pp_buf line;
};

struct pp_left_out *pp_left_out_open(const char *path, enum pp_writer_how how)
{
    struct pp_left_out *l = calloc(1, sizeof *l);

    if (!l) {
        pp_error("out of memory");
        return NULL;
    }
    pp_buf_init(&l->line, LINE_OUT_MAX);
    l->writer = pp_writer_open(path, how, true);
    if (l->writer)
        return l;
    pp_left_out_free(l);
    return NULL;
}

int pp_left_out_start(struct pp_left_out *l)
{
    return pp_writer_start(l->writer);
}

static void put(struct pp_left_out *l)
{
    pp_buf_addc(&l->line, '\n');
    if (!l->line.failed)
        pp_writer_line_wait(l->writer, l->line.data, l->line.len);
}

void pp_left_out_target(struct pp_left_out *l, const char *reason, const struct pp_target *t, const char *line,
                        size_t len)
{
    static const char *const key[] = {"left_out", NULL};
    char *room;

    if (!l)
        return;
    pp_buf_reset(&l->line);
    pp_buf_addf(&l->line, "{\"left_out\":\"%s\",", reason);
    if (*line == '{') {
        room = pp_buf_reserve(&l->line, len);
        if (room)
            l->line.len += pp_members_copy_but(room, line, len, key);
    } else {
        pp_buf_add(&l->line, t->members, t->members_len);
    }
    pp_buf_addc(&l->line, '}');
    put(l);
}

void pp_left_out_line(struct pp_left_out *l, const char *why, const char *line, size_t len)
{
    struct pp_json j;

    if (!l)
        return;
    pp_buf_reset(&l->line);
    pp_json_init(&j, &l->line);
    pp_json_object(&j, NULL);
    pp_json_str(&j, "left_out", "invalid_line");
    pp_json_str(&j, "why", why);
    pp_json_strn(&j, "line", line, len);
    pp_json_end(&j, '}');
    put(l);
}

int pp_left_out_close(struct pp_left_out *l)
{
    return l && pp_writer_close(l->writer, NULL) < 0 ? -1 : 0;
}

void pp_left_out_free(struct pp_left_out *l)
{
    if (!l)
        return;
    pp_writer_free(l->writer);
    pp_buf_release(&l->line);
    free(l);
}
