/* SPDX-License-Identifier: BSD-2-Clause */
/* merge.c: reads the files, sorts their records, combines those of one target, writes lines and metadata. */
#include "merge.h"

#include "../base/bar.h"
#include "../stream/input.h"
#include "../stream/metadata_file.h"
#include "../stream/output.h"
#include "../stream/signals.h"
#include "../stream/sort.h"
#include "../targets/target.h"
#include "../verdict/stats.h"
#include "aside.h"
#include "joined.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_INTERRUPTED 130
#define NAMED_LINES 5 /* bad lines of a file that are reported one by one; further ones are only counted */
#define METADATA_MAX (512u << 20)

struct merge {
    const struct pp_merge_config *c;
    struct pp_ledger *ledger;
    struct pp_sort *sort;
    struct pp_joined *joined;
    struct pp_ebh ebh;
    struct pp_signals *stopper;
    struct pp_bar *bar;
    struct pp_digest digest;
    struct pp_buf key, data, line;
    struct pp_aside output, recheck;
    uint64_t bytes, total; /* read so far, and in all files */
    uint64_t rechecks;
};

static bool stopped(const struct merge *m)
{
    return pp_signals_stopped(m->stopper);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static void bad_line(const struct pp_input *in, uint64_t *named, const char *why)
{
    if (++*named <= NAMED_LINES)
        pp_warn("'%s', line %" PRIu64 ": %s", pp_input_name(in), pp_input_number(in), why);
}

static int take(struct merge *m, struct pp_ledger_input *file)
{
    struct pp_digest_head h = {.valid = 0};
    struct pp_text_view vantage, run;
    uint64_t question;

    if (pp_ledger_note(m->ledger, &h, &m->digest, &question, &vantage, &run) < 0)
        return -1;
    pp_buf_reset(&m->key);
    pp_buf_reset(&m->data);
    pp_digest_key(&m->key, &h, &m->digest, question, vantage, run);
    pp_digest_pack(&m->data, &h, &m->digest);
    if (m->key.failed || m->data.failed)
        return pp_error("out of memory");
    file->observations++;
    return pp_sort_add(m->sort, m->key.data, m->key.len, m->data.data, m->data.len);
}

static int one_line(struct merge *m, struct pp_input *in, uint32_t input, const char *line, size_t len, uint64_t *named)
{
    struct pp_ledger_counts *n = &m->ledger->counts;
    struct pp_ledger_input *file = &m->ledger->input[input];
    const char *why = "64 KiB or longer";
    enum pp_digested is;

    if (line && pp_target_blank(PP_INPUT_NDJSON, line, len))
        return 0;
    n->read++;
    file->lines++;
    is = line ? pp_digest_read(&m->digest, line, len, &why) : PP_DIGEST_NOT_ONE;
    if (is == PP_DIGEST_OK)
        return take(m, file);
    n->other_schema += is == PP_DIGEST_SCHEMA;
    n->merged_before += is == PP_DIGEST_MERGED;
    n->not_observations += is == PP_DIGEST_NOT_ONE;
    if (line && pp_input_is_cut(in))
        why = "it is truncated";
    bad_line(in, named, why);
    return 0;
}

static int read_lines(struct merge *m, struct pp_input *in, uint32_t input)
{
    uint64_t named = 0, before = m->ledger->counts.read;
    enum pp_input_got got;
    const char *line;
    size_t len;

    while ((got = pp_input_line(in, &line, &len)) != PP_INPUT_END) {
        if (got == PP_INPUT_ERROR)
            return -1;
        if (one_line(m, in, input, got == PP_INPUT_TOO_LONG ? NULL : line, len, &named) < 0)
            return -1;
        if ((m->ledger->counts.read & 255) == 0)
            pp_bar_show(m->bar, m->bytes + pp_input_read(in), m->total);
    }
    if (named > NAMED_LINES)
        pp_warn("'%s': %" PRIu64 " lines are unusable", pp_input_name(in), named);
    m->ledger->input[input].cut = pp_input_is_cut(in);
    m->bytes += pp_input_read(in);
    if (m->ledger->input[input].cut)
        pp_ledger_remark(m->ledger, "'%s' is truncated: it is still being written, or a part of it is lost",
                         pp_input_name(in));
    else if (m->ledger->counts.read == before && !stopped(m))
        pp_ledger_remark(m->ledger, "'%s' is empty", pp_input_name(in));
    return 0;
}

static int read_file(struct merge *m, uint32_t input)
{
    struct pp_input *in = pp_input_open(m->ledger->input[input].file);
    int result = -1;

    if (!in)
        return -1;
    pp_input_observations(in);
    pp_input_take_cut(in);
    pp_signals_reads(m->stopper, in);
    result = read_lines(m, in, input);
    pp_signals_reads(m->stopper, NULL);
    pp_input_free(in);
    return result;
}

/* Opens all files and reads their metadata before the first line: metadata say which runs belong together. */
static int note_inputs(struct merge *m)
{
    char *standard[] = {(char *)"-", NULL}, **files = m->c->files[0] ? m->c->files : standard;
    struct stat st;

    for (unsigned i = 0; files[i]; i++) {
        const char *file = strcmp(files[i], "-") == 0 ? NULL : files[i];
        int64_t input;
        if (file && stat(file, &st) == 0)
            m->total += (uint64_t)st.st_size;
        else if (file)
            return pp_error_errno("cannot read '%s'", file);
        input = pp_ledger_input(m->ledger, file);
        if (input < 0 || pp_ledger_meta(m->ledger, (uint32_t)input) < 0)
            return -1;
    }
    return 0;
}

static int read_all(struct merge *m)
{
    m->bar = pp_bar_new("reading", true);
    for (uint32_t i = 0; i < m->ledger->ninputs && !stopped(m); i++)
        if (read_file(m, i) < 0)
            return -1;
    pp_bar_free(m->bar);
    m->bar = NULL;
    if (pp_sort_count(m->sort) == 0 && !stopped(m))
        return pp_error("none of %" PRIu64 " lines is usable", m->ledger->counts.read);
    return 0;
}

/* ---- once duplicates are known --------------------------------------------------------------------------------- */

/* What is kept of the previous record, to see whether the next one is a duplicate or of another target. */
struct before {
    struct pp_buf key;
    struct pp_digest_head h;
};

static bool same_start(const struct before *b, const struct pp_record_view *r, size_t len)
{
    return b->key.len >= len && r->key_len >= len && memcmp(b->key.data, r->key, len) == 0;
}

/* Reads the next record into *H. 1: it is kept, 2: it is a duplicate of the previous one, 0: the end, -1 printed. */
static int next(struct merge *m, struct before *b, struct pp_record_view *r, struct pp_digest_head *h, bool *new)
{
    int got = pp_sort_next(m->sort, r);

    if (got <= 0)
        return got;
    memcpy(h, r->data, sizeof *h);
    *new = !b->key.len || b->h.target_len != h->target_len || !same_start(b, r, h->target_len);
    if (!*new && b->h.run_len == h->run_len && same_start(b, r, h->run_len))
        return 2;
    pp_buf_reset(&b->key);
    pp_buf_add(&b->key, r->key, r->key_len);
    if (b->key.failed)
        return pp_error("out of memory");
    return 1;
}

static int count_all(struct merge *m)
{
    struct before b = {.h = {.valid = 0}};
    struct pp_record_view r;
    struct pp_digest_head h;
    bool new;
    int got = -1;

    pp_buf_init(&b.key, 2 * PP_SORT_RECORD_MAX);
    if (pp_sort_begin(m->sort) == 0)
        while ((got = next(m, &b, &r, &h, &new)) > 0 && !stopped(m)) {
            if (got == 2) {
                m->ledger->counts.duplicates++;
                m->ledger->counts.duplicates_differing += h.said != b.h.said;
                m->ledger->run[h.run].duplicates++;
                continue;
            }
            pp_ledger_keep(m->ledger, &h);
            b.h = h;
        }
    pp_buf_release(&b.key);
    return got < 0 ? -1 : 0;
}

static int put(struct merge *m, struct pp_aside *a)
{
    if (m->line.failed)
        return pp_error("out of memory");
    return pp_writer_line_wait(a->writer, m->line.data, m->line.len) ? 0 : -1;
}

/* Ends the present target and writes its lines. */
static int finish(struct merge *m)
{
    unsigned at = 0;

    pp_buf_reset(&m->line);
    if (pp_joined_end(m->joined, &m->line) < 0 || put(m, &m->output) < 0)
        return -1;
    m->ledger->counts.written++;
    if (!m->recheck.writer)
        return 0;
    for (pp_buf_reset(&m->line); pp_joined_recheck(m->joined, &at, &m->line); pp_buf_reset(&m->line)) {
        m->rechecks++;
        if (put(m, &m->recheck) < 0)
            return -1;
    }
    return 0;
}

static int write_all(struct merge *m)
{
    struct before b = {.h = {.valid = 0}};
    uint64_t done = 0;
    struct pp_record_view r;
    struct pp_digest_view v;
    bool new, fresh = true, open = false;
    int got = -1;

    pp_buf_init(&b.key, 2 * PP_SORT_RECORD_MAX);
    m->bar = pp_bar_new("writing", false);
    if (pp_sort_begin(m->sort) == 0)
        while ((got = next(m, &b, &r, &v.h, &new)) > 0 && !stopped(m)) {
            pp_bar_show(m->bar, ++done, pp_sort_count(m->sort));
            fresh |= new;
            if (got == 2)
                continue;
            b.h = v.h;
            if (m->ledger->vantage[v.h.vantage].left_out) {
                m->ledger->counts.left_out++;
                continue;
            }
            pp_digest_unpack(&v, r.data);
            if (fresh && open && finish(m) < 0) {
                got = -1;
                break;
            }
            if (fresh || !open)
                pp_joined_begin(m->joined, &v);
            fresh = false;
            open = true;
            m->ledger->counts.merged++;
            if (pp_joined_add(m->joined, &v) < 0) {
                got = -1;
                break;
            }
        }
    if (got == 0 && open && finish(m) < 0)
        got = -1;
    pp_bar_free(m->bar);
    m->bar = NULL;
    pp_buf_release(&b.key);
    return got < 0 ? -1 : 0;
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static int write_metadata(struct merge *m)
{
    struct pp_buf text, path;
    int fd = -1;

    if (!m->output.name || !pp_output_named(m->output.name))
        return 0;
    pp_buf_init(&text, METADATA_MAX);
    pp_buf_init(&path, 8192);
    pp_buf_addf(&path, "%s.meta.json", m->output.name);
    pp_buf_addc(&path, 0);
    if (path.failed)
        pp_error("out of memory");
    else if (pp_ledger_describe(m->ledger, &text, &m->ebh, m->c->fdr) == 0)
        fd = pp_metadata_replace(path.data, &text);
    if (fd >= 0)
        close(fd);
    pp_buf_release(&text);
    pp_buf_release(&path);
    return fd < 0 ? -1 : 0;
}

static int run(struct merge *m)
{
    if (note_inputs(m) < 0 || read_all(m) < 0)
        return -1;
    if (stopped(m))
        return 0;
    if (count_all(m) < 0 || stopped(m) || pp_ledger_judge(m->ledger, m->c->keep_all) < 0)
        return stopped(m) ? 0 : -1;
    pp_ledger_look(m->ledger);
    for (uint32_t i = 0; i < m->ledger->nremarks; i++)
        pp_warn("%s", m->ledger->remark[i]);
    return write_all(m);
}

/*
 * At a second signal (the first one does not end a process that waits for the reader of a pipe): deletes incomplete
 * files.
 */
static void take_away(void *arg)
{
    const struct merge *m = arg;

    pp_aside_settle(&m->recheck, false);
    pp_aside_settle(&m->output, false);
}

static int open_all(struct merge *m)
{
    m->ledger = pp_ledger_new(m->c->by_address);
    m->sort = pp_sort_new((size_t)m->c->memory << 20, PP_SORT_FILES);
    if (!m->ledger || !m->sort)
        return -1;
    if (pp_ebh_init(&m->ebh) < 0)
        return pp_error("out of memory");
    m->joined = pp_joined_new(m->ledger, &m->ebh);
    if (!m->joined || pp_aside_open(&m->output, m->c->output, m->c->force) < 0 ||
        (m->c->recheck && pp_aside_open(&m->recheck, m->c->recheck, m->c->force) < 0))
        return -1;
    m->stopper = pp_signals_start(NULL, NULL);
    if (m->stopper)
        pp_signals_second(m->stopper, take_away, m);
    return m->stopper && pp_writer_start(m->output.writer) == 0 &&
                   (!m->recheck.writer || pp_writer_start(m->recheck.writer) == 0)
               ? 0 : -1;
}

int pp_merge(const struct pp_merge_config *c)
{
    struct merge *m = calloc(1, sizeof *m);
    bool was_stopped, ok;

    if (!m) {
        pp_error("out of memory");
        return 1;
    }
    m->c = c;
    pp_buf_init(&m->key, PP_SORT_RECORD_MAX);
    pp_buf_init(&m->data, PP_SORT_RECORD_MAX);
    pp_buf_init(&m->line, PP_JOINED_LINE);
    ok = open_all(m) == 0 && run(m) == 0;
    was_stopped = m->stopper && stopped(m);
    pp_bar_free(m->bar);
    ok = pp_aside_end(&m->recheck) == 0 && ok;
    ok = pp_aside_end(&m->output) == 0 && ok;
    if (ok && !was_stopped)
        ok = write_metadata(m) == 0; /* before the data files are renamed: all files get their names, or none */
    ok = pp_aside_settle(&m->recheck, ok && !was_stopped) == 0 && ok;
    ok = pp_aside_settle(&m->output, ok && !was_stopped) == 0 && ok;
    if (ok && !was_stopped)
        pp_ledger_say(m->ledger);
    if (ok && !was_stopped && c->recheck && !pp_quiet)
        pp_say(stderr, "%" PRIu64 " lines in '%s': measure each again from its vantage point, with `measure --rounds "
                                  "5`", m->rechecks, c->recheck);
    pp_signals_end(m->stopper);
    free(m->output.part);
    free(m->recheck.part);
    pp_joined_free(m->joined);
    pp_sort_free(m->sort);
    pp_ledger_free(m->ledger);
    pp_ebh_release(&m->ebh);
    pp_buf_release(&m->key);
    pp_buf_release(&m->data);
    pp_buf_release(&m->line);
    free(m);
    return was_stopped ? EXIT_INTERRUPTED : ok ? 0 : 1;
}
