/* SPDX-License-Identifier: BSD-2-Clause */
/* metadata.c: describes a run in JSON. */
#include "metadata.h"

#include "config.h"

#include "../base/json.h"
#include "../base/when.h"
#include "../loader/experiment.h"
#include "../stream/metadata_file.h"
#include "../stream/output.h"
#include "../verdict/stats.h"
#include "../verdict/where.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#define METADATA_MAX (256u << 20) /* bytes; most of them for 100,000 rounds of reference targets per worker */

static void rfc3339(struct pp_json *j, const char *key, int64_t epoch_ns)
{
    char text[PP_RFC3339_LEN];

    pp_json_str(j, key, epoch_ns ? pp_when_rfc3339(epoch_ns / PP_SECOND, text) : NULL);
}

static void sha256(struct pp_json *j, const char *key, const char *hex)
{
    pp_json_str(j, key, *hex ? hex : NULL);
}

static void options(struct pp_json *j, const struct pp_option *o, const void *settings)
{
    struct pp_buf text;

    pp_buf_init(&text, 65536);
    for (; o->name; o++) {
        pp_buf_reset(&text);
        pp_options_value(o, settings, &text);
        pp_json_strn(j, o->name, text.data, text.len);
    }
    pp_buf_release(&text);
}

/* Writes the options in force, with values that were chosen at random or by the machine. */
void pp_metadata_config(struct pp_json *j, const struct pp_run *run)
{
    struct pp_settings s = *run->settings;

    s.seed = run->seed;
    s.connect = run->plan.mode->name;
    pp_json_object(j, "config");
    options(j, run->command->options, &s);
    options(j, run->settings->own.row, &run->settings->own);
    pp_json_end(j, '}');
}

/*
 * Writes a packet of class ON in hex, as it is sent. Fields that differ from flow to flow are zero: destination, ports,
 * sequence numbers and ids; the domain of a query is the root.
 */
static void add_packet(struct pp_buf *hex, const struct pp_run_record *c, const struct pp_plan_arm *a, enum pp_on on,
                       unsigned ordinal)
{
    bool v4 = c->run->vantage.v4.usable && a->arm->family != 6;
    static const uint8_t zero[16];
    struct pp_addr nowhere = v4 ? pp_addr_from4(zero) : pp_addr_from16(zero);
    uint8_t bytes[2048], message[PP_MESSAGE_MAX];
    struct pp_fill fill = {
        .src = v4 ? &c->run->vantage.v4.addr : &c->run->vantage.v6.addr,
        .dst = &nowhere,
        .flags = on == PP_ON_SYN ? PP_TCP_SYN : PP_TCP_ACK,
        .window = c->run->plan.mode->window,
        .payload = message,
        .payload_len = on == PP_ON_DATAGRAM ? pp_plan_message(&c->run->plan, a, v4 ? 4 : 6, NULL, 0, message) : 0,
    };
    if (on == PP_ON_SYN)
        pp_plan_sample(a, &fill);

    if (!pp_plan_takes(&c->run->plan, (unsigned)(a - c->run->plan.arm), v4 ? 4 : 6))
        return; /* such packets are not sent from this host */
    size_t len = pp_template_fill(pp_plan_template(a, v4 ? 4 : 6, on, false, ordinal), &fill, bytes, sizeof bytes);
    if (hex->len)
        pp_buf_addc(hex, ' ');
    for (size_t i = 0; i < len; i++)
        pp_buf_addf(hex, "%02x", bytes[i]);
}

/* Writes each step of the treatment in words: "SYN: +ECE +CWR". */
static void steps(struct pp_json *j, const struct pp_arm *arm)
{
    struct pp_buf words;

    pp_buf_init(&words, 4096);
    pp_json_array(j, "steps");
    for (unsigned i = 0; i < arm->nsteps; i++) {
        pp_buf_reset(&words);
        pp_step_words(&arm->steps[i], &words);
        pp_json_strn(j, NULL, words.data, words.len);
    }
    pp_json_end(j, ']');
    pp_buf_release(&words);
}

/* Writes the arms that arm I implies: the run leaves them out if I gets through, unless it has --all-arms. */
static void implies(struct pp_json *j, const struct pp_plan *p, unsigned i)
{
    pp_json_array(j, "implies");
    for (unsigned k = 1; k < p->narms; k++)
        if (p->arm[k].implied_by >> i & 1)
            pp_json_str(j, NULL, p->arm[k].arm->name);
    pp_json_end(j, ']');
}

/* Writes the packets of an arm: the one that opens a flow and, where the mode sends data, the headers of its data. */
static void arms(struct pp_json *j, const struct pp_run_record *c)
{
    const struct pp_plan *plan = &c->run->plan;
    struct pp_buf hex;

    pp_buf_init(&hex, 8192);
    pp_json_array(j, "arms");
    for (unsigned i = 0; i < plan->narms; i++) {
        const struct pp_plan_arm *a = &plan->arm[i];
        pp_buf_reset(&hex);
        add_packet(&hex, c, a, plan->mode->proto == PP_PROTO_UDP ? PP_ON_DATAGRAM : PP_ON_SYN, 0);
        if (plan->mode->data && plan->mode->proto == PP_PROTO_TCP)
            for (unsigned o = 0; o < (a->segments ? PP_TEMPLATE_ORDINALS : 1); o++)
                add_packet(&hex, c, a, PP_ON_DATA, o);
        pp_json_object(j, NULL);
        pp_json_str(j, "name", a->arm->name);
        pp_json_str(j, "title", a->arm->title);
        pp_json_str(j, "what", a->arm->what);
        pp_json_str(j, "condition", pp_plan_is_judged(plan, i) ? a->arm->connectivity : NULL);
        pp_json_str(j, "base", i && a->base ? plan->arm[a->base].arm->name : NULL);
        implies(j, plan, i);
        pp_json_strn(j, "hex", hex.data, hex.len);
        steps(j, a->arm);
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
    pp_buf_release(&hex);
}

static void constants(struct pp_json *j, const struct pp_plan *p)
{
    pp_json_object(j, "constants");
    pp_json_num(j, "w", PP_WEIGHT, 6);
    pp_json_num(j, "alpha", p->alpha, 6);
    pp_json_num(j, "list_e", PP_LIST_E, 6);
    pp_json_uint(j, "ports", PP_PORTS_MIN);
    pp_json_uint(j, "max_rounds", p->max_rounds);
    pp_json_num(j, "cooldown", (double)p->cooldown / 1e9, 6);
    pp_json_num(j, "spacing", (double)p->spacing / 1e9, 6);
    pp_json_num(j, "alpha_place", PP_WHERE_ALPHA, 6);
    pp_json_end(j, '}');
}

/* Copies the array KEY of the earlier parts of this run unchanged. */
static void earlier(struct pp_json *j, const struct pp_run_record *c, const char *key)
{
    const json_t *list = json_object_get(c->before, key), *v;
    size_t i;

    json_array_foreach(list, i, v) {
        char *text = json_dumps(v, JSON_COMPACT | JSON_REAL_PRECISION(15));
        if (text)
            pp_json_raw(j, NULL, text, strlen(text));
        free(text);
    }
}

static void windows(struct pp_json *j, const struct pp_run_record *c)
{
    pp_json_array(j, "windows");
    earlier(j, c, "windows");
    for (unsigned i = 0; i < c->nwindows; i++) {
        pp_json_object(j, NULL);
        rfc3339(j, "from", c->start_epoch + c->window[i].from - c->start_mono);
        rfc3339(j, "to", c->start_epoch + c->window[i].to - c->start_mono);
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
}

static void arm_names(struct pp_json *j, const char *key, const struct pp_plan *p, uint32_t arms)
{
    pp_json_array(j, key);
    for (unsigned i = 0; i < p->narms; i++)
        if (arms >> i & 1)
            pp_json_str(j, NULL, p->arm[i].arm->name);
    pp_json_end(j, ']');
}

/* Writes the series of the reference targets: an entry for each round. */
static void references(struct pp_json *j, const struct pp_run_record *c)
{
    char addr[PP_ADDR_STRLEN];

    pp_json_array(j, "controls");
    earlier(j, c, "controls");
    for (unsigned k = 0; k < c->run->nworkers; k++)
        for (size_t i = 0; i < c->nreferences[k]; i++) {
            const struct pp_reference_entry *e = &c->references[k][i];
            pp_json_object(j, NULL);
            rfc3339(j, "t", e->epoch);
            pp_json_str(j, "dip", pp_addr_str(&e->addr, addr));
            pp_json_int(j, "dp", e->port);
            pp_json_bool(j, "valid", e->valid);
            arm_names(j, "ok", &c->run->plan, e->ok);
            arm_names(j, "failed", &c->run->plan, e->failed);
            pp_json_end(j, '}');
        }
    pp_json_end(j, ']');
}

static void rereads(struct pp_json *j, const struct pp_run_record *c)
{
    pp_json_array(j, "rereads");
    earlier(j, c, "rereads");
    for (unsigned i = 0; i < c->nrereads; i++) {
        const struct pp_reread *r = &c->reread[i];
        pp_json_object(j, NULL);
        rfc3339(j, "t", r->epoch);
        pp_json_raw(j, NULL, r->lists.data, r->lists.len);
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
}

/* Writes the entry of this part; a part that was killed has no end. */
static void parts(struct pp_json *j, const struct pp_run_record *c)
{
    const struct pp_live_totals live = pp_live_totals(c);
    const struct pp_verdict_counts *all = &c->totals.counts, *before = &c->journal->totals.counts;
    double seconds = (double)(c->end_mono - c->start_mono) / 1e9;

    pp_json_array(j, "parts");
    earlier(j, c, "parts");
    pp_json_object(j, NULL);
    rfc3339(j, "from", c->start_epoch);
    rfc3339(j, "to", c->end_epoch);
    pp_json_uint(j, "found", c->journal->lines);
    pp_json_raw(j, NULL, c->host_info.data, c->host_info.len);
    pp_clock_json(j, "clock_from", &c->clock_start);
    pp_clock_json(j, "clock_to", &c->clock_end);
    if (c->end_mono) {
        pp_json_uint(j, "written", c->written_now);
        pp_json_num(j, "seconds", seconds, 6);
        pp_json_uint(j, "packets", live.packets_out);
        pp_json_uint(j, "send_errors", live.send_errors);
        pp_json_uint(j, "dropped_ring", live.dropped_ring);
        pp_json_uint(j, "dropped_if", live.dropped_if);
        pp_json_uint(j, "dropped_softnet", live.dropped_softnet);
        pp_json_uint(j, "ports_left_out", live.ports_left_out);
        if (c->run->settings->locate) {
            pp_json_object(j, "locate");
            pp_json_uint(j, "targets", all->located - before->located);
            pp_json_uint(j, "placed", all->placed - before->placed);
            pp_json_uint(j, "sweeps", live.sweeps);
            pp_json_uint(j, "packets", live.locate_packets);
            pp_json_end(j, '}');
        }
        pp_json_num(j, "packets_ps", seconds > 0 ? (double)live.packets_out / seconds : 0, 6);
        pp_json_num(j, "targets_ps", seconds > 0 ? (double)c->written_now / seconds : 0, 6);
    }
    pp_json_end(j, '}');
    pp_json_end(j, ']');
}

static void describe(struct pp_json *j, const struct pp_run_record *c)
{
    pp_json_object(j, NULL);
    pp_json_str(j, "_file_type", "pathprobe-v1-ndjson");
    if (c->before)
        pp_json_str(j, "_time_start", json_string_value(json_object_get(c->before, "_time_start")));
    else
        rfc3339(j, "_time_start", c->start_epoch);
    rfc3339(j, "_time_end", c->end_epoch);
    pp_json_str(j, "_owner", c->run->settings->contact);
    pp_json_str(j, "vantage", c->run->settings->vantage);
    pp_json_str(j, "run_id", c->run->plan.run_id);
    pp_json_int(j, "schema", 1);
    pp_json_str(j, "version", PP_VERSION);
    pp_json_str(j, "commit", pp_commit());
    pp_json_str(j, "experiment", c->run->plan.plugin->name);
    sha256(j, "plugin_sha256", c->run->plugin_sha256);
    if (pp_experiment_text(c->run->plan.plugin))
        pp_json_str(j, PP_EXPERIMENT_KEY, pp_experiment_text(c->run->plan.plugin));
    pp_json_str(j, "connect", c->run->plan.mode->name);
    pp_json_uint(j, "seed", c->run->seed);
    pp_metadata_config(j, c->run);
    arms(j, c);
    constants(j, &c->run->plan);
    sha256(j, "input_sha256", c->input_sha256);
    pp_json_raw(j, NULL, c->lists.data, c->lists.len);
    rereads(j, c);
    pp_target_counts_json(j, &c->counts);
    pp_metadata_counts(j, c);
    windows(j, c);
    references(j, c);
    parts(j, c);
    pp_json_array(j, "remarks");
    for (unsigned i = 0; i < c->nremarks; i++)
        pp_json_str(j, NULL, c->remark[i]);
    pp_json_end(j, ']');
    pp_json_bool(j, "complete", c->complete);
    pp_json_end(j, '}');
}

static int write_text(const struct pp_run_record *c, struct pp_buf *text)
{
    struct pp_json j;

    pp_buf_init(text, METADATA_MAX);
    pp_json_init(&j, text);
    describe(&j, c);
    pp_buf_addc(text, '\n');
    return text->failed ? pp_error("no memory for the metadata") : 0;
}

void pp_metadata_path(struct pp_run *run)
{
    const struct pp_settings *s = run->settings;

    if (s->metadata)
        snprintf(run->metadata_path, sizeof run->metadata_path, "%s", s->metadata);
    else if (s->output && strcmp(s->output, "-") != 0 && pp_output_named(s->output))
        snprintf(run->metadata_path, sizeof run->metadata_path, "%s.meta.json", s->output);
}

int pp_metadata_write(const struct pp_run_record *c, const char *path)
{
    struct pp_buf text;
    int fd = write_text(c, &text) < 0 ? -1 : pp_metadata_replace(path, &text);

    if (fd >= 0)
        pp_metadata_reserve(fd, text.len);
    pp_buf_release(&text);
    return fd;
}

int pp_metadata_rewrite(const struct pp_run_record *c, const char *path, int fd)
{
    struct pp_buf text;
    int result = write_text(c, &text);

    if (result == 0 && pp_metadata_write_over(fd, &text) < 0)
        result = pp_error_errno("cannot write metadata file '%s'", path);
    if (result == 0 && !c->end_epoch)
        pp_metadata_reserve(fd, text.len);
    pp_buf_release(&text);
    return result;
}
