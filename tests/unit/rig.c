/* SPDX-License-Identifier: BSD-2-Clause */
/* rig.c: runs a campaign in virtual time, and keeps its results for checks. */
#include "rig.h"

#include "rig_wire.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PORT0 61000
#define PORTS_MAX 1024
#define CONTROLS_MAX 16

/* ---- targets ----------------------------------------------------------------------------------------------- */

/* Returns T with PAD more bytes of members, so that it can be longer than an input line may be. */
static struct pp_target *padded(struct pp_target *t, unsigned pad)
{
    size_t old = t->bytes, head = t->members_len, extra = pad + sizeof ",\"pad\":\"\"";
    struct pp_target *big = malloc(old + head + extra);
    char *members;

    if (!big) {
        free(t);
        return NULL;
    }
    memcpy(big, t, old);
    members = (char *)big + old;
    memcpy(members, t->members, head);
    memcpy(members + head, ",\"pad\":\"", 8);
    memset(members + head + 8, 'x', pad);
    members[head + 8 + pad] = '"';
    if (t->domain)
        big->domain = (char *)big + (t->domain - (char *)t);
    big->members = members;
    big->members_len = (uint32_t)(head + 8 + pad + 1);
    big->bytes = (uint32_t)(old + head + extra);
    free(t);
    return big;
}

static bool next_line(const struct rig *r, char *text, size_t size)
{
    struct pp_lab_host h;
    char addr[PP_ADDR_STRLEN];

    if (r->setup.lines) {
        if (!r->setup.lines[r->next])
            return false;
        snprintf(text, size, "%s", r->setup.lines[r->next]);
        return true;
    }
    if (r->next == r->setup.nhosts)
        return false;
    pp_lab_host(r->lab, r->next, &h);
    snprintf(text, size, "{\"dip\": \"%s\", \"dp\": %u, \"domain\": \"%s\", \"n\": %llu}", pp_addr_str(&h.addr, addr),
             h.port, h.domain, (unsigned long long)r->next);
    return true;
}

static struct pp_target *take(void *arg, bool *end)
{
    struct rig *r = arg;
    char text[4096];
    const char *why;
    struct pp_target *t = NULL;

    while (!t && next_line(r, text, sizeof text)) {
        r->next++;
        pp_target_parse(&t, PP_INPUT_AUTO, text, strlen(text), &why);
        if (t && !t->port)
            t->port = 80;
        if (t && r->setup.pad)
            t = padded(t, r->setup.pad);
    }
    *end = !t;
    r->taken += t != NULL;
    return t;
}

/* ---- what came out ------------------------------------------------------------------------------------------- */

static char *read_all(const char *path, size_t *len)
{
    FILE *f = fopen(path, "r");
    struct stat st;
    char *text = NULL;

    *len = 0;
    if (f && fstat(fileno(f), &st) == 0 && (text = malloc((size_t)st.st_size + 1))) {
        *len = fread(text, 1, (size_t)st.st_size, f);
        text[*len] = '\0';
    }
    if (f)
        fclose(f);
    return text;
}

static void read_lines(struct rig *r)
{
    const char *p = r->text, *end;

    r->lines_are_json = p && (r->text_len == 0 || p[r->text_len - 1] == '\n');
    for (; p && (end = strchr(p, '\n')); p = end + 1) {
        json_t **line = realloc(r->line, (r->nlines + 1) * sizeof *line);
        if (!line)
            return;
        r->line = line;
        line[r->nlines] = json_loadb(p, (size_t)(end - p), JSON_REJECT_DUPLICATES, NULL);
        if (!line[r->nlines]) /* perhaps for a number that is too big for jansson */
            line[r->nlines] = json_loadb(p, (size_t)(end - p), JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
        if (!line[r->nlines] || end - p >= 65535)
            r->lines_are_json = false;
        if (line[r->nlines])
            r->nlines++;
    }
}

/* ---- the run --------------------------------------------------------------------------------------------------- */

static int set_up(struct rig *r)
{
    const struct rig_setup *s = &r->setup;
    static struct pp_scenario scenario;
    char text[8192];

    r->vantage = (struct pp_vantage){.ifname = "virtual", .linktype = -1};
    pp_addr_parse(&r->vantage.v4.addr, "192.0.2.1", 9);
    pp_addr_parse(&r->vantage.v6.addr, "2001:db8::1", 11);
    r->vantage.v4.usable = r->vantage.v6.usable = true;
    r->vantage.v4.mtu = r->vantage.v6.mtu = 1500;
    r->vantage.v4.ttl = r->vantage.v6.ttl = 64;
    r->plan = (struct pp_plan){.connect_timeout = s->connect_timeout ? s->connect_timeout : INT64_C(10000000000),
                               .target_timeout = s->target_timeout ? s->target_timeout : INT64_C(30000000000),
                               .seed = s->seed,
                               .rounds = 1,
                               .run_id = "0123456789abcdef0123456789abcdef",
                               .user_agent = "pathprobe-test",
                               .output_flows = s->output_flows};
    if (s->method) {
        r->plan.rounds = s->method->rounds;
        r->plan.max_rounds = s->method->max_rounds;
        r->plan.alpha = s->method->alpha;
        r->plan.cooldown = s->method->cooldown;
        r->plan.spacing = s->method->spacing;
        r->plan.aa = s->method->aa;
        r->plan.audit = s->method->audit;
        r->plan.locate_sample = s->method->locate_sample;
        r->plan.max_flows = s->method->max_flows;
    }
    snprintf(text, sizeof text, *s->hosts == '{' ? "{%s\"hosts\":[%s]}" : "{%s\"hosts\":[{\"share\":1,%s}]}",
             s->scenario ? s->scenario : "", s->hosts);
    if (pp_scenario_parse(&scenario, "rig", text, strlen(text)) < 0)
        return -1;
    r->lab = pp_lab_new(&scenario, s->nhosts, s->seed);
    return r->lab ? pp_plan_init(&r->plan, s->plugin, s->mode ? s->mode : "tcp", &r->vantage) : -1;
}

/* Parses the reference targets into the caller's array T; the worker frees the targets. */
static unsigned controls_of(const struct rig_setup *s, struct pp_target **t, unsigned max)
{
    const char *why;
    unsigned n = 0;

    for (const char *const *line = s->references; line && *line && n < max; line++)
        if (pp_target_parse(&t[n], PP_INPUT_AUTO, *line, strlen(*line), &why) == 0)
            n++;
    return n;
}

static void keep_series(struct rig *r, const struct pp_worker *w)
{
    const struct pp_outage *o = pp_worker_outage(w);
    const struct pp_reference_entry *entry;
    size_t n = pp_worker_references(w, &entry);

    memcpy(r->window, o->window, sizeof r->window);
    r->nwindows = o->nwindows;
    if (n && (r->control = malloc(n * sizeof *entry))) {
        memcpy(r->control, entry, n * sizeof *entry);
        r->ncontrol = n;
    }
}

static void run(struct rig *r, struct between *b, struct pp_writer *writer, struct pp_writer *pcap)
{
    const struct rig_setup *s = &r->setup;
    uint16_t ports[PORTS_MAX];
    struct pp_target *references[CONTROLS_MAX];
    unsigned nreferences = controls_of(s, references, CONTROLS_MAX);
    struct pp_worker_config config;
    struct pp_recorder recorder;
    struct pp_worker *w;

    for (unsigned i = 0; i < PORTS_MAX; i++)
        ports[i] = (uint16_t)(PORT0 + i);
    pp_token_bucket_init(&r->rate, s->rate, pp_plan_packets(&r->plan), pp_wire_now(b->inner));
    pp_slow_rate_init(&r->slow, pp_plan_slow(&r->plan), pp_wire_now(b->inner));
    config = (struct pp_worker_config){.plan = &r->plan,
                                       .wire = &b->wire,
                                       .ports = ports,
                                       .nports = s->nports ? s->nports : 512,
                                       .rate = &r->rate,
                                       .slow = &r->slow,
                                       .prefix_rate = s->prefix_rate,
                                       .source = {.arg = r, .take = take},
                                       .references = references,
                                       .nreferences = nreferences,
                                       .vantage_check = s->vantage_check,
                                       .locate = {.on = s->locate, .hop_rate = 10},
                                       .allow_impaired = s->allow_impaired,
                                       .in_flight = s->in_flight ? s->in_flight : 20000,
                                       .ring_slots = s->ring_slots,
                                       .budget = s->budget ? s->budget : 64u << 20,
                                       .counters = &r->counters,
                                       .stop = &r->stop};
    if (pp_recorder_init(&recorder, &config, writer, pcap) < 0 || !(w = pp_worker_new(&config))) {
        pp_recorder_release(&recorder);
        return;
    }
    r->result = pp_worker_run(w);
    r->pending = pp_worker_pending(w) + pp_worker_not_started(w);
    r->verdict_counts = recorder.totals.counts;
    r->nearby = recorder.totals.nearby;
    keep_series(r, w);
    pp_worker_free(w);
    pp_recorder_release(&recorder);
}

static struct pp_writer *open_writer(const char *dir, const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", dir, name);
    return pp_writer_open(path, PP_WRITER_REPLACE, false);
}

void rig_run(struct rig *r, const struct rig_setup *setup)
{
    char dir[] = "/tmp/pathprobe-rig.XXXXXX", lines[64] = "", packets[64] = "";
    struct between b = {.wire = {.ops = &rig_wire_ops}, .r = r};
    struct pp_writer *writer = NULL, *pcap = NULL;
    bool have_dir = mkdtemp(dir) != NULL;

    *r = (struct rig){.setup = *setup, .result = -2};
    if (r->setup.seed == 0)
        r->setup.seed = 1;
    if (!have_dir)
        return;
    if (r->setup.running)
        r->setup.running(true);
    if (set_up(r) < 0)
        goto out;
    b.inner = pp_virtual_open(r->lab, &r->setup.faults, r->setup.seed);
    writer = open_writer(dir, "lines", lines, sizeof lines);
    if (r->setup.pcap)
        pcap = open_writer(dir, "packets", packets, sizeof packets);
    if (b.inner && writer && (pcap || !r->setup.pcap))
        run(r, &b, writer, pcap);
    if (writer && pp_writer_close(writer, &r->written) < 0)
        r->result = -2;
    if (pcap && pp_writer_close(pcap, NULL) < 0)
        r->result = -2;
out:
    pp_writer_free(writer);
    pp_writer_free(pcap);
    if (b.inner)
        b.inner->ops->free(b.inner);
    if (r->setup.running)
        r->setup.running(false);
    r->text = read_all(lines, &r->text_len);
    r->pcap = read_all(packets, &r->pcap_len);
    read_lines(r);
    unlink(lines);
    unlink(packets);
    rmdir(dir);
}

void rig_release(struct rig *r)
{
    for (size_t i = 0; i < r->nlines; i++)
        json_decref(r->line[i]);
    free(r->line);
    free(r->text);
    free(r->pcap);
    free(r->left_at);
    free(r->control);
    pp_plan_release(&r->plan);
    if (r->lab)
        pp_lab_free(r->lab);
}

/* ---- looking at lines ------------------------------------------------------------------------------------------ */

const json_t *rig_line(const struct rig *r, uint64_t i)
{
    for (size_t n = 0; n < r->nlines; n++)
        if ((uint64_t)json_number_value(json_object_get(r->line[n], "n")) == i)
            return r->line[n];
    return NULL;
}

const json_t *rig_at(const json_t *v, const char *path)
{
    char key[64];

    while (v && *path) {
        size_t n = strcspn(path, ".");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        v = json_is_array(v) ? json_array_get(v, strtoul(key, NULL, 10)) : json_object_get(v, key);
        path += n + (path[n] == '.');
    }
    return v;
}

const char *rig_str(const json_t *v, const char *path)
{
    const char *text = json_string_value(rig_at(v, path));

    return text ? text : "";
}

bool rig_has(const json_t *array, const char *text)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (strcmp(json_string_value(json_array_get(array, i)), text) == 0)
            return true;
    return false;
}

uint64_t rig_count(const struct rig *r, const char *condition)
{
    uint64_t n = 0;

    for (size_t i = 0; i < r->nlines; i++)
        n += rig_has(json_object_get(r->line[i], "conditions"), condition);
    return n;
}
