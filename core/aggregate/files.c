/* SPDX-License-Identifier: BSD-2-Clause */
/* files.c: reads the lines of many files, one file after the other. */
#include "files.h"

#include "../base/error.h"
#include "../stream/input.h"
#include "../stream/metadata_file.h"
#include "../targets/dedup.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define META_MAX (256u << 20)

static int open_one(struct pp_report_file *file, const char *name)
{
    char beside[4096];

    *file = (struct pp_report_file){.name = name, .fd = -1, .meta_fd = -1};
    if (strcmp(name, "-") == 0) {
        file->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
        return file->fd < 0 ? pp_error_errno("cannot read standard input") : 0;
    }
    file->fd = open(name, O_RDONLY | O_CLOEXEC);
    if (file->fd < 0)
        return pp_error_errno("cannot open '%s'", name);
    if (snprintf(beside, sizeof beside, "%s.meta.json", name) < (int)sizeof beside)
        file->meta_fd = open(beside, O_RDONLY | O_CLOEXEC);
    return 0;
}

int pp_report_files_open(struct pp_report_files *f, const char *const *names, unsigned n)
{
    f->n = 0;
    for (unsigned i = 0; i < (n ? n : 1); i++) {
        const char *name = n ? names[i] : "-";
        size_t len = strlen(name);
        if (f->n == PP_REPORT_FILES_MAX) {
            pp_error("more than %d files", PP_REPORT_FILES_MAX);
            return pp_hint("`cat` joins files, and `pathprobe merge` makes one line of each target");
        }
        if (len > 10 && strcmp(name + len - 10, ".meta.json") == 0) {
            pp_error("'%s' contains metadata instead of observations", name);
            return pp_hint("give the name without .meta.json: the metadata beside it is read, too");
        }
        if (open_one(&f->file[f->n++], name) < 0)
            return -1;
    }
    return 0;
}

static void load(struct pp_report_file *file)
{
    FILE *stream = file->meta_fd < 0 ? NULL : fdopen(file->meta_fd, "r");
    struct pp_buf text;

    if (!stream)
        return;
    file->meta_fd = -1;
    pp_buf_init(&text, META_MAX);
    if (pp_buf_read(&text, stream) && !text.failed)
        file->meta = pp_metadata_parse(text.data, text.len);
    file->meta_bad = !json_is_object(file->meta);
    if (file->meta_bad)
        pp_warn("'%s.meta.json' is not the metadata of a run, and is not used", file->name);
    pp_buf_release(&text);
    fclose(stream);
}

void pp_report_files_load(struct pp_report_files *f)
{
    for (unsigned i = 0; i < f->n; i++)
        load(&f->file[i]);
}

/* Counts line NUMBER, which is no observation for the cause WHY; the last line of a file may have been cut off. */
static void note(struct pp_report_file *file, uint64_t number, const char *why)
{
    if (!file->foreign++) {
        file->foreign_first = number;
        file->foreign_why = why;
    }
}

/* 1: R is the first copy of its observation, or SEEN is full; 0: it is not; -1 printed. */
static int is_first(struct pp_dedup *seen, const struct pp_reading *r, const char *line, size_t len)
{
    static const struct pp_sipkey key;
    char id[256];
    int first;

    if (pp_dedup_count(seen) >= PP_REPORT_REMEMBERED)
        return 1;
    if (r->obs_id.len)
        snprintf(id, sizeof id, "%.*s/%.*s/%.*s", (int)r->run_id.len, r->run_id.at, (int)r->obs_id.len, r->obs_id.at,
                 (int)r->experiment.len, r->experiment.at);
    else
        snprintf(id, sizeof id, "%016" PRIx64, pp_siphash(&key, line, len));
    first = pp_dedup_add(seen, &r->dip, (uint16_t)r->port, id);
    return first < 0 ? pp_error("out of memory") : first;
}

static int read_one(struct pp_report_file *file, struct pp_reading *r, struct pp_dedup *seen,
                    int (*take)(void *arg, const struct pp_reading *r), void *arg)
{
    struct pp_input *in = pp_input_open_fd(file->fd, strcmp(file->name, "-") == 0 ? "standard input" : file->name);
    const char *line, *why = NULL;
    enum pp_input_got got;
    uint64_t bad = 0; /* the number of the previous line if it was no observation */
    size_t len;
    int result = 0;

    file->fd = -1;
    if (!in)
        return -1;
    pp_input_observations(in);
    while (result == 0 && (got = pp_input_line(in, &line, &len)) != PP_INPUT_END) {
        if (got == PP_INPUT_ERROR) {
            file->damaged = true;
            break;
        }
        if (bad)
            note(file, bad, why);
        bad = 0;
        file->lines++;
        if (got == PP_INPUT_TOO_LONG) {
            note(file, pp_input_number(in), "longer than an observation may be");
        } else if (pp_reading_line(r, line, len, &why) < 0) {
            bad = pp_input_number(in);
            file->cut = len && (line[0] == '{' || !line[0]); /* the file's last line */
        } else if ((result = is_first(seen, r, line, len)) == 0) {
            file->twice++;
        } else if (result > 0) {
            result = take(arg, r);
        }
    }
    file->cut &= bad != 0;
    if (bad && !file->cut)
        note(file, bad, why);
    pp_input_free(in);
    return result;
}

int pp_report_files_read(struct pp_report_files *f, int (*take)(void *arg, const struct pp_reading *r), void *arg)
{
    struct pp_reading *r = calloc(1, sizeof *r);
    struct pp_dedup *seen = pp_dedup_new();
    int result = r && seen ? 0 : pp_error("out of memory");

    for (unsigned i = 0; result == 0 && i < f->n; i++)
        result = read_one(&f->file[i], r, seen, take, arg);
    pp_dedup_free(seen);
    free(r);
    return result;
}

void pp_report_files_close(struct pp_report_files *f)
{
    for (unsigned i = 0; i < f->n; i++) {
        if (f->file[i].fd >= 0)
            close(f->file[i].fd);
        if (f->file[i].meta_fd >= 0)
            close(f->file[i].meta_fd);
        json_decref(f->file[i].meta);
    }
    f->n = 0;
}
