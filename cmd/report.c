/* SPDX-License-Identifier: BSD-2-Clause */
/* report.c: `pathprobe report`: observations -> one page to read, a text for a terminal, or tables for other programs.
 */
#include "commands.h"

#include "../core/aggregate/files.h"
#include "../core/base/io.h"
#include "../core/base/subprocess.h"
#include "../core/base/temporary.h"
#include "../core/report/csv.h"
#include "../core/report/page.h"
#include "../core/stream/output.h"
#include "../core/targets/target_options.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define PAGE_MAX (5u << 20)  /* bytes of a page */
#define TEXT_MAX (32u << 20) /* bytes while the page is written, before rows are left out */
#define FLUSH_AT (256u << 10)
#define NOTES_MAX 12
#define ROWS_TEXT 40 /* rows of the list, on a terminal */

struct settings {
    const char *output, *csv, *title;
    struct pp_strings against;
    bool text, force;
    double fdr;
};

#define AT(member) offsetof(struct settings, member)

static const struct pp_option options[] = {
    {"output", 0, PP_OPTION_STRING, AT(output), "FILE", NULL, 0, 0, "What", "write here (default: standard output)"},
    {"force", 0, PP_OPTION_FLAG, AT(force), NULL, NULL, 0, 0, NULL, "overwrite the output"},
    {"text", 0, PP_OPTION_FLAG, AT(text), NULL, NULL, 0, 0, NULL, "text for a terminal of 80 columns instead of HTML"},
    {"csv", 0, PP_OPTION_STRING, AT(csv), "TABLE", NULL, 0, 0, NULL,
     "a CSV table instead: conditions, targets or located"},
    {"title", 0, PP_OPTION_STRING, AT(title), "TEXT", NULL, 0, 0, NULL,
     "title of the page (default: experiment and time)"},
    {"against", 0, PP_OPTION_STRINGS, AT(against), "FILE", NULL, 0, 0, NULL,
     "an earlier campaign to compare with; may be given several times"},
    {"fdr", 0, PP_OPTION_NUMBER, AT(fdr), "Q", "0.01", 1e-9, 1, NULL,
     "share of false ones on the list of broken targets"},
    {0},
};

struct job {
    const struct settings *s;
    struct pp_report_files files, before;
    struct pp_report report;
    struct pp_buf out;
    int fd;  /* the result: a file without a name */
    int csv; /* enum pp_csv_table; -1: none */
    bool damaged;
    char *note[NOTES_MAX + 1];
    unsigned nnotes;
};

/* ---- in the reading process ------------------------------------------------------------------------------------- */

static int flush(struct job *j, size_t at)
{
    if (j->out.failed)
        return pp_error("out of memory");
    if (j->out.len < at)
        return 0;
    if (j->out.len && pp_write_all(j->fd, j->out.data, j->out.len, NULL) < 0)
        return pp_error_errno("cannot write to a temporary file");
    pp_buf_reset(&j->out);
    return 0;
}

static int take(void *arg, const struct pp_reading *r)
{
    struct job *j = arg;

    if (j->csv == PP_CSV_TARGETS || j->csv == PP_CSV_LOCATED) {
        j->report.lines++;
        pp_csv_line(&j->out, (enum pp_csv_table)j->csv, r);
        return flush(j, FLUSH_AT);
    }
    return pp_report_line(&j->report, r);
}

static int take_before(void *arg, const struct pp_reading *r)
{
    return pp_report_before(&((struct job *)arg)->report, r);
}

static void add_note(struct job *j, const char *fmt, ...) PP_PRINTF(2, 3);
static void add_note(struct job *j, const char *fmt, ...)
{
    char text[600];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (j->nnotes < NOTES_MAX)
        j->note[j->nnotes++] = strdup(text);
}

static void note_files(struct job *j, const struct pp_report_files *files)
{
    uint64_t twice = 0;

    for (unsigned i = 0; i < files->n; i++) {
        const struct pp_report_file *f = &files->file[i];
        j->report.foreign += f->foreign;
        if (f->foreign && !j->report.foreign_why) {
            j->report.foreign_first = f->foreign_first;
            j->report.foreign_why = f->foreign_why;
        }
        if (f->cut)
            add_note(
                j,
                "'%s' ends in the middle of a line, as a file that is being written or was cut off: that line is not "
                "counted.",
                f->name);
        if (f->damaged)
            add_note(j, "'%s' cannot be read to its end: the lines before are counted.", f->name);
        j->damaged |= f->damaged;
        twice += f->twice;
    }
    if (twice)
        add_note(j, "%" PRIu64 " lines are observations that stand in these files before: each is counted once.",
                 twice);
}

/* "ecn over http, 2026-11-30" */
static void title(const struct job *j, char text[256])
{
    const struct pp_report *f = &j->report;

    if (j->s->title)
        snprintf(text, 256, "%s", j->s->title);
    else if (f->nparts == 1)
        snprintf(text, 256, "%s over %s, %.10s", f->part[0].experiment, f->part[0].connect, f->from);
    else
        snprintf(text, 256, "%u experiments, %.10s", f->nparts, f->from);
}

/* Writes the page with as many rows of the list as fit. 0, or -1 printed. */
static int page(struct job *j)
{
    struct pp_page g = {.report = &j->report, .fdr = j->s->fdr, .notes = (const char *const *)j->note};
    struct pp_sheet sheet;
    char text[256];

    g.sheet = &sheet;
    title(j, text);
    for (g.rows = j->s->text ? ROWS_TEXT : PP_LISTED_MAX;; g.rows /= 2) {
        pp_buf_reset(&j->out);
        (j->s->text ? pp_sheet_text : pp_sheet_html)(&sheet, &j->out, text);
        pp_page_make(&g);
        if (j->out.failed && j->out.len < PAGE_MAX)
            return pp_error("out of memory");
        if (!j->out.failed && (j->out.len <= PAGE_MAX || g.rows <= 1))
            return flush(j, 0);
    }
}

static int load(struct job *j)
{
    pp_report_files_load(&j->before);
    pp_report_files_load(&j->files);
    for (unsigned i = 0; i < j->files.n; i++)
        if (j->files.file[i].meta && pp_report_meta(&j->report, j->files.file[i].meta) < 0)
            return -1;
    return pp_report_files_read(&j->before, take_before, j);
}

static int work(void *arg)
{
    struct job *j = arg;

    json_object_seed(0);
    if (pp_report_open(&j->report) < 0 || load(j) < 0)
        return -1;
    if (j->csv >= 0)
        pp_csv_heading(&j->out, (enum pp_csv_table)j->csv);
    if (pp_report_files_read(&j->files, take, j) < 0)
        return -1;
    note_files(j, &j->files);
    note_files(j, &j->before);
    if (!j->report.lines) {
        if (j->files.n == 1)
            pp_error("no observation in '%s'", j->files.file[0].name);
        else
            pp_error("no observation in any of %u files", j->files.n);
        if (j->report.foreign)
            pp_hint("line %" PRIu64 " is not an observation: %s", j->report.foreign_first, j->report.foreign_why);
        else
            pp_hint("report reads the output of `pathprobe measure` or `pathprobe merge`");
        return -1;
    }
    for (unsigned i = 0; i < j->nnotes; i++)
        pp_warn("%s", j->note[i]);
    if (j->csv == PP_CSV_CONDITIONS)
        pp_csv_conditions(&j->out, &j->report);
    if ((j->csv >= 0 ? flush(j, 0) : page(j)) < 0)
        return -1;
    pp_report_close(&j->report);
    return j->damaged ? 3 : 0;
}

/* ---- in the main process ---------------------------------------------------------------------------------------- */

static int copy(int from, int to, const char *name)
{
    char piece[65536];
    ssize_t n;
    off_t at = 0;

    while ((n = pread(from, piece, sizeof piece, at)) > 0) {
        if (pp_write_all(to, piece, (size_t)n, NULL) < 0)
            return pp_error_write(name);
        at += n;
    }
    return n < 0 ? pp_error_errno("cannot read a temporary file") : 0;
}

/*
 * Replaces PATH by the result atomically: writes a file aside, syncs, renames. Signals are blocked meanwhile. 0, or -1
 * printed.
 */
static int replace(int from, const char *path)
{
    sigset_t all, before;
    char aside[4096];
    int fd, result = -1;

    if (snprintf(aside, sizeof aside, "%s.tmp", path) >= (int)sizeof aside)
        return pp_error("the name '%s' is too long", path);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        pp_error_errno("cannot write '%s'", path);
    } else {
        result = copy(from, fd, path);
        if (result == 0 && (fsync(fd) < 0 || rename(aside, path) < 0))
            result = pp_error_errno("cannot write '%s'", path);
        if (result < 0)
            unlink(aside);
        close(fd);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}

static int put(const struct job *j)
{
    const char *path = j->s->output;
    struct stat st;

    if (!path || strcmp(path, "-") == 0)
        return copy(j->fd, STDOUT_FILENO, "standard output");
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* a pipe or a device */
        int fd = open(path, O_WRONLY | O_CLOEXEC), result = fd < 0 ? pp_error_errno("cannot write '%s'", path) : 0;
        if (result == 0)
            result = copy(j->fd, fd, path);
        if (fd >= 0)
            close(fd);
        return result;
    }
    return replace(j->fd, path);
}

static int table_of(const char *name)
{
    for (int i = 0; i < PP_CSV_TABLES; i++)
        if (strcmp(name, pp_csv_name[i]) == 0)
            return i;
    return -1;
}

static int check(struct job *j)
{
    const struct settings *s = j->s;

    j->csv = s->csv ? table_of(s->csv) : -1;
    if (s->csv && j->csv < 0) {
        pp_error("unknown table '%s'", s->csv);
        return pp_hint("--csv takes conditions, targets or located");
    }
    if (s->csv && s->text)
        return pp_error("--csv and --text exclude each other");
    if (s->csv && s->against.n)
        return pp_error("--against cannot be combined with --csv: the comparison is part of the page and of --text");
    if (!s->output && !s->csv && !s->text && isatty(STDOUT_FILENO)) {
        pp_error("an HTML page is not written to a terminal");
        return pp_hint("--output FILE.html writes a file; --text prints text");
    }
    return 0;
}

static int run(void *settings, char **operands)
{
    struct job *j = calloc(1, sizeof *j);
    unsigned n = 0;
    int code;

    if (!j)
        return pp_error("out of memory");
    j->s = settings;
    j->fd = -1;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    pp_buf_init(&j->out, TEXT_MAX);
    code = check(j) < 0 ? EXIT_USAGE : 0;
    if (code == 0 && j->s->output && strcmp(j->s->output, "-") != 0 && !j->s->force && pp_output_keep(j->s->output) < 0)
        code = 1;
    for (; operands[n]; n++)
        if (code == 0 && pp_target_options_output(operands[n], j->s->output) < 0)
            code = 1;
    if (code == 0 && (pp_report_files_open(&j->files, (const char *const *)operands, n) < 0 ||
                      (j->s->against.n && pp_report_files_open(&j->before, j->s->against.v, j->s->against.n) < 0)))
        code = 1;
    if (code == 0 && (j->fd = pp_temporary()) < 0)
        code = 1;
    if (code == 0) {
        code = pp_subprocess(0, work, j);
        if (code == 0 || code == 3)
            code = put(j) < 0 ? 1 : code;
        code = code < 0 ? 1 : code;
    }
    pp_report_files_close(&j->files);
    pp_report_files_close(&j->before);
    pp_buf_release(&j->out);
    if (j->fd >= 0)
        close(j->fd);
    free(j);
    return code;
}

const struct pp_command pp_cmd_report = {
    .name = "report",
    .summary = "report observations: what is broken, where, and how certain that is",
    .operands = "[FILE...]",
    .options = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
