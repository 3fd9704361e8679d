/* SPDX-License-Identifier: BSD-2-Clause */
/* annotate.c: `pathprobe annotate`: adds AS, prefix and country to targets or observations. */
#include "commands.h"

#include "../core/annotate/annotate.h"
#include "../core/stream/input.h"
#include "../core/stream/signals.h"
#include "../core/targets/target_options.h"

#include <inttypes.h>
#include <jansson.h>
#include <signal.h>

#define EXIT_USAGE 2
#define EXIT_INTERRUPTED 130
#define OUT_MAX (4u * PP_OBSERVATION_MAX)
#define NAMED_LINES 5 /* invalid lines that are named; further ones are only counted */

struct settings {
    const char *input, *input_format, *output;
    struct pp_strings mmdb;
    bool csv_input, force;
    uint64_t source_asn;
};

#define AT(member) offsetof(struct settings, member)

static const struct pp_option options[] = {
    {"input", 0, PP_OPTION_STRING, AT(input), "FILE", NULL, 0, 0, "What",
     "targets or observations; .gz, .zst, .bz2 are decompressed"},
    {"input-format", 0, PP_OPTION_STRING, AT(input_format), "FORMAT", NULL, 0, 0, NULL,
     "ndjson, csv or list (default: detected from the first line)"},
    {"csv-input", 0, PP_OPTION_FLAG, AT(csv_input), NULL, NULL, 0, 0, NULL, "the same as --input-format csv"},
    {"output", 0, PP_OPTION_STRING, AT(output), "FILE", NULL, 0, 0, NULL,
     "NDJSON; .zst compresses (default: standard output)"},
    {"force", 0, PP_OPTION_FLAG, AT(force), NULL, NULL, 0, 0, NULL, "overwrite the output"},
    {"mmdb", 0, PP_OPTION_STRINGS, AT(mmdb), "FILE", NULL, 0, 0, "How",
     "database in MaxMind's format; the first that has the address is used"},
    {"source-asn", 0, PP_OPTION_UINT, AT(source_asn), "N", NULL, 1, UINT32_MAX, NULL,
     "AS of all sources, which are then not looked up"},
    {0},
};

struct job {
    const struct settings *s;
    struct pp_mmdb *mmdb;
    struct pp_annotator annotator;
    struct pp_input *input;
    struct pp_writer *writer;
    struct pp_signals *stopper;
    struct pp_targets targets;
    struct pp_buf out, made_up;
    uint64_t read, count[PP_ANNOTATE_KINDS];
};

static int look(void *arg, const struct pp_addr *addr, struct pp_whereabouts *w)
{
    return pp_mmdb_look(arg, addr, w);
}

static int open_all(struct job *j)
{
    const struct settings *s = j->s;

    if (pp_target_options_output(s->input, s->output) < 0)
        return -1;
    j->mmdb = pp_mmdb_open(s->mmdb.v, s->mmdb.n);
    if (!j->mmdb)
        return -1;
    j->annotator.look = look;
    j->annotator.arg = j->mmdb;
    j->annotator.source_asn = (uint32_t)s->source_asn;
    for (unsigned i = 0; pp_mmdb_name(j->mmdb, i); i++)
        j->annotator.names[i] = pp_mmdb_name(j->mmdb, i);
    j->input = pp_input_open(s->input);
    if (!j->input)
        return -1;
    pp_input_observations(j->input);
    j->writer = pp_writer_open(s->output, s->force ? PP_WRITER_REPLACE : PP_WRITER_NEW, true);
    if (!j->writer)
        return -1;
    j->stopper = pp_signals_start(j->input, j->writer);
    return j->stopper && pp_writer_start(j->writer) == 0 ? 0 : -1;
}

static void bad_line(struct job *j, const char *why)
{
    if (++j->count[PP_ANNOTATE_INVALID] <= NAMED_LINES)
        pp_warn("input line %" PRIu64 ": %s", pp_input_number(j->input), why);
}

/* Makes an object of a line of CSV or a list. False: the line is no target. */
static bool make_object(struct job *j, const char **line, size_t *len)
{
    struct pp_target *t;
    const char *why;
    int is = pp_targets_line(&j->targets, &t, *line, *len, &why);

    j->read += is != 0;
    if (is < 0)
        bad_line(j, why);
    if (is <= 0)
        return false;
    pp_buf_reset(&j->made_up);
    pp_buf_addc(&j->made_up, '{');
    pp_buf_add(&j->made_up, t->members, t->members_len);
    pp_buf_addc(&j->made_up, '}');
    free(t);
    *line = j->made_up.data;
    *len = j->made_up.len;
    return !j->made_up.failed;
}

/* Annotates one line. 0, or -1 printed: the command must end. */
static int one_line(struct job *j, const char *line, size_t len)
{
    int kind;

    if (pp_target_blank(j->targets.format, line, len))
        return 0;
    if (j->targets.format == PP_INPUT_AUTO)
        j->targets.format = pp_input_guess(line, len);
    if (j->targets.format != PP_INPUT_NDJSON && !make_object(j, &line, &len))
        return 0;
    j->read += j->targets.format == PP_INPUT_NDJSON;
    pp_buf_reset(&j->out);
    kind = pp_annotate_line(&j->annotator, &j->out, line, len);
    if (kind < 0)
        return -1;
    if (kind == PP_ANNOTATE_INVALID) {
        bad_line(j, "not a JSON object");
        return 0;
    }
    pp_buf_addc(&j->out, '\n');
    if (j->out.failed)
        return pp_error("out of memory");
    j->count[kind]++;
    return pp_writer_line_wait(j->writer, j->out.data, j->out.len) ? 0 : -1;
}

static int annotate(struct job *j)
{
    enum pp_input_got got;
    const char *line;
    size_t len;

    for (;;) {
        pp_input_csv(j->input, pp_targets_csv(&j->targets));
        got = pp_input_line(j->input, &line, &len);
        if (got == PP_INPUT_END || got == PP_INPUT_ERROR)
            return got == PP_INPUT_END ? 0 : -1;
        if (got == PP_INPUT_TOO_LONG) {
            j->read++;
            bad_line(j, "64 KiB or longer");
        } else if (one_line(j, line, len) < 0) {
            return -1;
        }
    }
}

/* Prints the counts, which add up to "read", and the databases. */
static void say_counts(const struct job *j)
{
    const uint64_t *n = j->count;

    if (pp_quiet)
        return;
    fprintf(stderr,
            "%" PRIu64 " read: %" PRIu64 " annotated, %" PRIu64 " unknown, %" PRIu64 " without address, %" PRIu64
            " too long to annotate, %" PRIu64 " invalid\n",
            j->read, n[PP_ANNOTATE_DONE], n[PP_ANNOTATE_UNKNOWN], n[PP_ANNOTATE_NO_ADDRESS], n[PP_ANNOTATE_TOO_LONG],
            n[PP_ANNOTATE_INVALID]);
    for (unsigned i = 0; i < j->s->mmdb.n; i++)
        pp_say(stderr, "%s: %s", pp_mmdb_name(j->mmdb, i), j->s->mmdb.v[i]);
}

static void release(struct job *j)
{
    pp_signals_end(j->stopper);
    pp_writer_free(j->writer);
    pp_input_free(j->input);
    pp_annotator_release(&j->annotator);
    pp_mmdb_free(j->mmdb);
    pp_buf_release(&j->out);
    pp_buf_release(&j->made_up);
    pp_targets_release(&j->targets);
}

static int run(void *settings, char **operands)
{
    struct job j = {.s = settings};
    enum pp_input_format format;
    int code = 1;

    if (operands[0]) {
        pp_error("'%s' is an unexpected argument: lines come from --input or standard input", operands[0]);
        return EXIT_USAGE;
    }
    if (j.s->mmdb.n == 0) {
        pp_error("no database was given");
        pp_hint("--mmdb FILE gives one, such as GeoLite2-ASN.mmdb; many hosts keep them in /var/lib/GeoIP or "
                "/usr/share/GeoIP");
        return EXIT_USAGE;
    }
    if (pp_target_options_format(&format, j.s->input_format, j.s->csv_input) < 0)
        return EXIT_USAGE;
    pp_targets_init(&j.targets, format);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    json_object_seed(0);
    pp_annotator_init(&j.annotator);
    pp_buf_init(&j.out, OUT_MAX);
    pp_buf_init(&j.made_up, OUT_MAX);
    if (open_all(&j) == 0) {
        code = annotate(&j) < 0;
        code |= pp_writer_close(j.writer, NULL) < 0;
        if (code == 0) {
            say_counts(&j);
            if (j.read && j.count[PP_ANNOTATE_INVALID] == j.read && !pp_input_stopped(j.input))
                code = 1, pp_error("'%s' has no usable line", pp_input_name(j.input));
        }
        if (code == 0 && pp_signals_stopped(j.stopper))
            code = EXIT_INTERRUPTED;
    }
    release(&j);
    return code;
}

const struct pp_command pp_cmd_annotate = {
    .name = "annotate",
    .summary = "add AS, prefix and country to targets or observations",
    .options = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
