/* SPDX-License-Identifier: BSD-2-Clause */
/* observe.c: `pathprobe observe`, flow records from an interface or a capture file, one JSON object a line. */
#include "commands.h"

#include "../core/base/confine.h"
#include "../core/base/error.h"
#include "../core/base/io.h"
#include "../core/base/when.h"
#include "../core/flow/observer.h"
#include "../core/stream/output.h"
#include "../core/wire/source.h"
#include "intake.h"

#include <inttypes.h>
#include <signal.h>

enum {
    EXIT_USAGE = 2,
    EXIT_INTERRUPTED = 130,
    POLL_MS = 200,     /* ms: the longest delay of a flow record on a quiet interface */
    CLOCK_EVERY = 64,  /* packets of a busy interface between readings of the clock */
    PIECE = 64 << 10,  /* approximate bytes of one write */
    LINE_MAX_LEN = 64 << 10,
};

struct settings {
    const char *interface, *input, *output, *filter, *user;
    int64_t idle, linger;
    uint64_t max_flows, max_packets;
    bool list_chains, keep_wrong, force;
};

struct observe {
    struct settings *set;
    struct pp_chainset chains;
    struct pp_intake *capture;
    struct pp_observer *observer;
    struct pp_buf lines; /* whole records to be written */
    struct pp_output out;
    bool live, failed;
    uint64_t packets, no_ip;
};

/* ---- output ------------------------------------------------------------------------------------------- */

/* Writes the pending records. The first failure is printed and ends the run; no further write is tried. */
static void flush(struct observe *w)
{
    const char *last = NULL;
    uint64_t written;

    if (!w->failed && w->lines.len && pp_output_write(&w->out, w->lines.data, w->lines.len, &written) < 0) {
        w->failed = true;
        pp_error_write(w->out.name);
        if (written)
            last = memrchr(w->lines.data, '\n', written);
        pp_output_cut(&w->out, written - (last ? (uint64_t)(last + 1 - w->lines.data) : 0));
        if (w->out.regular)
            pp_hint("it ends with a complete record");
    }
    pp_buf_reset(&w->lines);
}

static void emit(void *arg, const void *record)
{
    struct observe *w = arg;
    struct pp_json j;

    if (w->failed)
        return;
    pp_json_init(&j, &w->lines);
    pp_json_object(&j, NULL);
    pp_record_json(&w->chains, record, &j);
    pp_json_end(&j, '}');
    pp_buf_addc(&w->lines, '\n');
    if (w->lines.failed) {
        w->failed = true;
        pp_error("no memory for a flow record");
    } else if (w->lines.len >= PIECE) {
        flush(w);
    }
}

static int open_output(struct observe *w)
{
    if (pp_output_suffix(w->set->output, PP_PACKING_NONE) < 0 || pp_output_open(&w->out, w->set->output) < 0)
        return -1;
    if (w->out.ours && pp_intake_reads(w->capture, w->out.fd))
        return pp_error("'%s' is the input file", w->set->output);
    return w->out.ours && !w->set->force ? pp_output_keep(w->set->output) : 0;
}

static void list_chains(void)
{
    const struct pp_field *f;
    unsigned i;

    for (i = 0; pp_chains[i]; i++) {
        printf("%-8s %s\n", pp_chains[i]->name, pp_chains[i]->what);
        for (f = pp_chains[i]->fields; f->name; f++)
            printf("         %-22s %s\n", f->name, f->what);
    }
}

static void summary(struct observe *w, const struct pp_observer_stats *s)
{
    uint64_t ring, interface;

    if (pp_quiet)
        return;
    pp_intake_drops(w->capture, &ring, &interface);
    fprintf(stderr, "pathprobe: %" PRIu64 " packets, %" PRIu64 " flows\n", w->packets, s->flows);
    fprintf(stderr, "pathprobe: left out: %" PRIu64 " not IP, %" PRIu64 " undecodable, ", w->no_ip, s->undecodable);
    fprintf(stderr, "%" PRIu64 " without a flow, %" PRIu64 " wrong checksums%s\n", s->no_flow,
            s->wrong_checksum, w->set->keep_wrong ? " (kept)" : "");
    if (w->live)
        fprintf(stderr, "pathprobe: dropped: %" PRIu64 " in the ring, %" PRIu64 " at the interface\n", ring, interface);
    if (s->cut)
        pp_warn("the capture truncated %" PRIu64 " packets: fields that need the missing bytes are null (pkt_cut)",
                s->cut);
    if (s->early)
        pp_warn("%" PRIu64 " flows were written before their end, as --max-flows was reached", s->early);
    if (s->no_memory)
        pp_warn("%" PRIu64 " packets were lost for lack of memory", s->no_memory);
    if (s->wrong_checksum && !w->set->keep_wrong)
        pp_hint("if an offload fills in checksums after the capture, --keep-wrong-checksums counts those packets");
}

/* ---- input -------------------------------------------------------------------------------------------- */

/* True if S names a capture file: as in PATHspider, -i accepts one. */
static bool names_file(const char *s)
{
    size_t len = strlen(s);

    return s[0] == '/' || (len > 5 && strcmp(s + len - 5, ".pcap") == 0) ||
           (len > 7 && strcmp(s + len - 7, ".pcapng") == 0);
}

static int open_capture(struct observe *w)
{
    const char *file = w->set->input, *ifname = w->set->interface;
    struct pp_vantage vantage;

    if (!file && ifname && names_file(ifname))
        file = ifname;
    if (file) {
        w->capture = pp_intake_file(file, w->set->filter);
        return w->capture ? 0 : -1;
    }
    if (!ifname) {
        if (pp_vantage_find(&vantage, NULL, NULL, NULL, 0) < 0)
            return -1;
        ifname = vantage.ifname;
    }
    w->live = true;
    w->capture = pp_intake_live(ifname, w->set->filter);
    return w->capture ? 0 : -1;
}

static void take(struct observe *w, const struct pp_intake_frame *f)
{
    if (!w->live)
        pp_observer_clock(w->observer, f->stamp);
    else if (w->packets % CLOCK_EVERY == 0) /* timers need differences only; records have the packets' stamps */
        pp_observer_clock(w->observer, pp_clock(CLOCK_MONOTONIC));
    w->packets++;
    if (f->ip)
        pp_observer_frame(w->observer, f->ip, f->cap, f->len, f->stamp);
    else
        w->no_ip++;
}

/* Returns the exit code. */
static int pump(struct observe *w)
{
    struct pp_intake_frame f;

    while (!w->failed && (!w->set->max_packets || w->packets < w->set->max_packets)) {
        switch (pp_intake_next(w->capture, &f)) {
        case PP_CAPTURE_FRAME:
            take(w, &f);
            break;
        case PP_CAPTURE_NOTHING:
            flush(w);
            pp_intake_wait(w->capture, POLL_MS);
            pp_observer_clock(w->observer, pp_clock(CLOCK_MONOTONIC));
            break;
        case PP_CAPTURE_END:
            return 0;
        case PP_CAPTURE_SIGNAL:
            return EXIT_INTERRUPTED;
        case PP_CAPTURE_ERROR:
            return 1;
        }
    }
    return 0;
}

/* ---- the command -------------------------------------------------------------------------------------- */

#define OPT(member) offsetof(struct settings, member)

static const struct pp_option options[] = {
    {"interface", 'i', PP_OPTION_STRING, OPT(interface), "IF", NULL, 0, 0, "Where",
     "capture on this interface, or read this .pcap file (default: the interface of the default route)"},
    {"input", 0, PP_OPTION_STRING, OPT(input), "FILE", NULL, 0, 0, NULL, "read this capture file; - is standard input"},
    {"filter", 0, PP_OPTION_STRING, OPT(filter), "EXPR", NULL, 0, 0, NULL,
     "capture only these packets: pcap-filter(7)"},
    {"output", 0, PP_OPTION_STRING, OPT(output), "FILE", NULL, 0, 0, NULL, "write here (default: standard output)"},
    {"force", 0, PP_OPTION_FLAG, OPT(force), NULL, NULL, 0, 0, NULL, "overwrite the output"},
    {"user", 0, PP_OPTION_STRING, OPT(user), "NAME", NULL, 0, 0, NULL,
     "drop to this user after start, if root (default: nobody)"},
    {"idle", 0, PP_OPTION_SECONDS, OPT(idle), "S", "30", 0.001, 86400, "How",
     "a flow ends after this time without a packet"},
    {"linger", 0, PP_OPTION_SECONDS, OPT(linger), "S", "5", 0, 86400, NULL,
     "a complete flow waits this long for late packets"},
    {"max-flows", 0, PP_OPTION_UINT, OPT(max_flows), "N", "200000", 1, 1e9, NULL,
     "flows in memory; beyond it the longest idle one is written before its end"},
    {"max-packets", 0, PP_OPTION_UINT, OPT(max_packets), "N", "0", 0, 0, NULL, "stop after N packets; 0: never"},
    {"keep-wrong-checksums", 0, PP_OPTION_FLAG, OPT(keep_wrong), NULL, NULL, 0, 0, NULL,
     "also count packets with a wrong checksum"},
    {"list-chains", 0, PP_OPTION_FLAG, OPT(list_chains), NULL, NULL, 0, 0, "Show", "list the chains and their fields"},
    {.name = NULL},
};

static int start(struct observe *w)
{
    struct pp_observer_config config = {
        .chains = &w->chains,
        .idle = w->set->idle,
        .linger = w->set->linger,
        .max_flows = w->set->max_flows,
        .keep_wrong = w->set->keep_wrong,
        .emit = emit,
        .arg = w,
    };

    if (open_capture(w) < 0 || open_output(w) < 0)
        return -1;
    w->observer = pp_observer_new(&config);
    if (!w->observer)
        return pp_error("no memory");
    /* Names in a file's filter are looked up once its link type is known from its header. */
    if (pp_confine(w->set->user, w->set->filter && !w->live ? PP_CONFINE_NAMES : 0) < 0 ||
        pp_intake_begin(w->capture) < 0)
        return -1;
    /* Truncated only now, when the input is open and known to be another file. */
    return pp_output_cut_to(&w->out, 0);
}

/* Writes the flows that are left, after any end of the capture. */
static int finish(struct observe *w, int code)
{
    struct pp_observer_stats stats;

    pp_observer_stats(w->observer, &stats);
    pp_observer_free(w->observer);
    w->observer = NULL;
    flush(w);
    summary(w, &stats);
    return w->failed ? 1 : code;
}

static int run(void *settings, char **operands)
{
    struct observe w = {.set = settings, .out.fd = -1};
    int code = 1;

    /* A closed pipe and the file size limit become errors of write(2), with an exit code. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (w.set->list_chains) {
        list_chains();
        return pp_stdout_flush() == 0 ? 0 : 1;
    }
    if (w.set->input && w.set->interface)
        return pp_usage("--interface and --input exclude each other"), EXIT_USAGE;
    if (pp_chainset_init(&w.chains, (const char *const *)operands) < 0)
        return EXIT_USAGE;
    pp_buf_init(&w.lines, PIECE + LINE_MAX_LEN);
    if (start(&w) < 0)
        goto out;
    code = finish(&w, pump(&w));
out:
    if (pp_output_close(&w.out) < 0 && !w.failed)
        code = (pp_error_write(w.out.name), 1);
    pp_output_free(&w.out);
    pp_observer_free(w.observer);
    pp_intake_free(w.capture);
    pp_buf_release(&w.lines);
    return code;
}

const struct pp_command pp_cmd_observe = {
    .name = "observe",
    .summary = "flow records from an interface or a capture file",
    .operands = "CHAIN...",
    .options = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
