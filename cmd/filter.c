/* SPDX-License-Identifier: BSD-2-Clause */
/* filter.c: `pathprobe filter`: reads a list of targets, and writes those that may be probed as NDJSON. */
#include "commands.h"

#include "../core/base/confine.h"
#include "../core/base/random.h"
#include "../core/stream/object.h"
#include "../core/stream/signals.h"
#include "../core/targets/feeder.h"
#include "../core/targets/prefix_cap.h"
#include "../core/targets/shuffle.h"
#include "../core/targets/target_options.h"

#include <inttypes.h>
#include <jansson.h>
#include <signal.h>

#define EXIT_USAGE 2
#define EXIT_INTERRUPTED 130
#define OUT_MAX (2 * PP_LINE_MAX)

struct settings {
    const char *input, *input_format, *output, *allowlist, *user;
    struct pp_strings blocklist;
    bool csv_input, only4, only6, no_dedup, shuffle, observations, force;
    uint64_t per_prefix, max_targets, dp, seed;
    double sample;
    struct pp_range shard;
};

#define AT(member) offsetof(struct settings, member)

static const struct pp_option options[] = {
    {"input", 0, PP_OPTION_STRING, AT(input), "FILE", NULL, 0, 0, "What",
     "targets; .gz, .zst, .bz2 are decompressed (default: standard input)"},
    {"input-format", 0, PP_OPTION_STRING, AT(input_format), "FORMAT", NULL, 0, 0, NULL,
     "ndjson, csv or list (default: detected from the first line)"},
    {"csv-input", 0, PP_OPTION_FLAG, AT(csv_input), NULL, NULL, 0, 0, NULL, "the same as --input-format csv"},
    {"observations", 0, PP_OPTION_FLAG, AT(observations), NULL, NULL, 0, 0, NULL,
     "finished observations: drop only those in --blocklist"},
    {"output", 0, PP_OPTION_STRING, AT(output), "FILE", NULL, 0, 0, NULL,
     "targets as NDJSON; .zst compresses (default: standard output)"},
    {"force", 0, PP_OPTION_FLAG, AT(force), NULL, NULL, 0, 0, NULL, "overwrite the output"},

    {"ipv4", '4', PP_OPTION_FLAG, AT(only4), NULL, NULL, 0, 0, "Drop", "keep IPv4 targets only"},
    {"ipv6", '6', PP_OPTION_FLAG, AT(only6), NULL, NULL, 0, 0, NULL, "keep IPv6 targets only"},
    {"blocklist", 0, PP_OPTION_ALL, AT(blocklist), "FILE", NULL, 0, 0, NULL,
     "drop these prefixes, besides the special-purpose ranges; may be given several times"},
    {"allowlist", 0, PP_OPTION_STRING, AT(allowlist), "FILE", NULL, 0, 0, NULL,
     "keep these although a wider prefix is blocked"},
    {"no-dedup", 0, PP_OPTION_FLAG, AT(no_dedup), NULL, NULL, 0, 0, NULL, "keep duplicate targets"},
    {"shard", 0, PP_OPTION_SHARD, AT(shard), "K/N", NULL, 0, 0, NULL, "keep part K of N, by address"},
    {"sample", 0, PP_OPTION_NUMBER, AT(sample), "SHARE", "1", 1e-9, 1, NULL, "keep this share, by --seed"},
    {"per-prefix", 0, PP_OPTION_UINT, AT(per_prefix), "N", "0", 0, PP_PREFIX_CAP_MAX, NULL,
     "keep the first N of each /24 or /48; 0: no limit"},
    {"max-targets", 0, PP_OPTION_UINT, AT(max_targets), "N", NULL, 0, 1e18, NULL, "stop after N targets"},

    {"dp", 0, PP_OPTION_UINT, AT(dp), "PORT", NULL, 0, 65535, "Change", "give every target this port"},
    {"shuffle", 0, PP_OPTION_FLAG, AT(shuffle), NULL, NULL, 0, 0, NULL,
     "shuffle the targets, by --seed"},
    {"seed", 0, PP_OPTION_UINT, AT(seed), "N", NULL, 0, 9e15, NULL, "for --sample and --shuffle; 0: a random one"},
    {"user", 0, PP_OPTION_STRING, AT(user), "NAME", NULL, 0, 0, NULL,
     "drop to this user after start, if root (default: nobody)"},
    {0},
};

struct filter {
    const struct settings *s;
    struct pp_blocklist *blocklist;
    struct pp_input *input;
    struct pp_feeder *feeder;
    struct pp_shuffle *shuffle; /* NULL: targets keep their order */
    struct pp_writer *writer;
    struct pp_signals *stopper;
    struct pp_buf line, made_up;
    uint64_t seed;
};

static int open_all(struct filter *f)
{
    const struct settings *s = f->s;
    enum pp_input_format format;

    if (pp_target_options_format(&format, s->input_format, s->csv_input) < 0 ||
        pp_target_options_output(s->input, s->output) < 0)
        return -1;
    /* Observations are removed only by --blocklist: their targets were allowed to be measured. */
    f->blocklist = pp_blocklist_open(NULL, s->allowlist, !s->observations);
    for (unsigned i = 0; f->blocklist && i < s->blocklist.n; i++)
        if (pp_blocklist_add(f->blocklist, PP_LIST_BLOCK, s->blocklist.v[i]) < 0)
            return -1;
    if (!f->blocklist || !(f->input = pp_input_open(s->input)))
        return -1;
    if (s->observations)
        pp_input_observations(f->input);
    f->feeder = pp_feeder_new(&(struct pp_feeder_config){
        .input = f->input,
        .format = format,
        .blocklist = f->blocklist,
        .dedup = !s->no_dedup && !s->observations,
        .observations = s->observations,
        .only = s->only4 ? 4 : s->only6 ? 6 : 0,
        .max_targets = s->max_targets,
        .shard_k = s->shard.lo,
        .shard_n = s->shard.hi,
        .portless = true,
        .set_port = (uint16_t)s->dp,
        .sample = s->sample,
        .seed = f->seed,
        .per_prefix = s->per_prefix,
    });
    if (!f->feeder || (s->shuffle && !(f->shuffle = pp_shuffle_new(f->seed, PP_SHUFFLE_MEMORY))))
        return -1;
    f->writer = pp_writer_open(s->output, s->force ? PP_WRITER_REPLACE : PP_WRITER_NEW, true);
    if (!f->writer || pp_confine(s->user, PP_CONFINE_SCRATCH) < 0)
        return -1;
    f->stopper = pp_signals_start(f->input, f->writer);
    return f->stopper && pp_writer_start(f->writer) == 0 ? 0 : -1;
}

/*
 * Composes the line to write: an NDJSON object byte for byte, but for the port if it is to be set; a generated object
 * for CSV and lists.
 */
static int compose(struct filter *f, const struct pp_target *t)
{
    static const char *const port_key[] = {"dp", NULL};
    struct pp_buf *b = &f->line;
    size_t len;
    const char *object = pp_feeder_line(f->feeder, &len);
    char *room;

    pp_buf_reset(b);
    pp_buf_reset(&f->made_up);
    if (*object != '{') {
        pp_buf_addc(&f->made_up, '{');
        pp_buf_add(&f->made_up, t->members, t->members_len);
        pp_buf_addc(&f->made_up, '}');
        b->failed = f->made_up.failed;
        object = f->made_up.data;
        len = f->made_up.len;
    }
    if (!b->failed && !f->s->dp) {
        pp_buf_add(b, object, len);
    } else if (!b->failed) {
        pp_buf_addc(b, '{');
        room = pp_buf_reserve(b, len);
        if (room)
            b->len += pp_members_copy_but(room, object, len, port_key);
        pp_buf_addf(b, ",\"dp\":%" PRIu64 "}", f->s->dp);
    }
    pp_buf_addc(b, '\n');
    return b->failed ? pp_error("out of memory") : 0;
}

static int write_line(void *arg, const char *line, size_t len)
{
    struct filter *f = arg;

    return pp_writer_line_wait(f->writer, line, len) ? 0 : -1;
}

/* Adds the line to the shuffle; addresses of a name stay together, as they are to be probed close in time. */
static int shuffle_in(struct filter *f, uint64_t pair)
{
    return pp_shuffle_add(f->shuffle, pair ? (const char *)&pair : NULL, sizeof pair, f->line.data, f->line.len);
}

static int copy(struct filter *f)
{
    struct pp_target *t;

    while ((t = pp_feeder_next(f->feeder))) {
        uint64_t pair = t->pair;
        int r = compose(f, t);
        free(t);
        if (r == 0)
            r = f->shuffle ? shuffle_in(f, pair) : write_line(f, f->line.data, f->line.len);
        if (r < 0)
            return -1;
    }
    if (pp_feeder_failed(f->feeder))
        return -1;
    return f->shuffle ? pp_shuffle_drain(f->shuffle, write_line, f) : 0;
}

/* Prints the counts, which add up to "read". */
static void say_counts(const struct filter *f, uint64_t written)
{
    struct pp_target_counts c = {0};
    uint64_t capped = pp_feeder_capped(f->feeder);

    pp_feeder_counts(f->feeder, &c);
    pp_feeder_finish(f->feeder);
    if (pp_quiet)
        return;
    fprintf(stderr,
            "%" PRIu64 " read: %" PRIu64 " written, %" PRIu64 " duplicate, %" PRIu64 " invalid, %" PRIu64
            " blocked, %" PRIu64 " of the other family, %" PRIu64 " sampled out, %" PRIu64 " over the prefix limit\n",
            c.read, written, c.duplicate, c.invalid_line, c.blocked, c.other_family, c.sampled_out - capped, capped);
    if (!f->s->seed && (f->s->shuffle || f->s->sample < 1))
        fprintf(stderr, "seed %" PRIu64 "\n", f->seed);
}

static void release(struct filter *f)
{
    pp_signals_end(f->stopper);
    pp_writer_free(f->writer);
    pp_shuffle_free(f->shuffle);
    pp_feeder_free(f->feeder);
    pp_input_free(f->input);
    pp_blocklist_free(f->blocklist);
    pp_buf_release(&f->line);
    pp_buf_release(&f->made_up);
}

static int run(void *settings, char **operands)
{
    struct filter f = {.s = settings};
    uint64_t written = 0;
    int code = 1;

    if (operands[0]) {
        pp_error("'%s' is an unexpected argument: targets come from --input or standard input", operands[0]);
        return EXIT_USAGE;
    }
    if (f.s->only4 && f.s->only6) {
        pp_error("-4 and -6 exclude each other");
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    json_object_seed(0);
    pp_buf_init(&f.line, OUT_MAX);
    pp_buf_init(&f.made_up, OUT_MAX);
    f.seed = f.s->seed;
    if (!f.seed) {
        pp_random_secret(&f.seed, sizeof f.seed);
        f.seed >>= 11; /* exact in JSON readers that know only doubles */
    }
    if (open_all(&f) == 0) {
        code = copy(&f) < 0;
        code |= pp_writer_close(f.writer, &written) < 0;
        if (code == 0) {
            say_counts(&f, written);
            code = pp_feeder_failed(f.feeder);
        }
        if (code == 0 && pp_signals_stopped(f.stopper))
            code = EXIT_INTERRUPTED;
    }
    release(&f);
    return code;
}

const struct pp_command pp_cmd_filter = {
    .name = "filter",
    .summary = "clean a target list: check, de-duplicate, block, sample, shuffle",
    .options = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
