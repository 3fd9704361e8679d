/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * collect.c: reads all closings first, to choose one complete attempt for each chunk; then reads the batches, and
 * writes those of the chosen attempts.
 */
#include "collect.h"

#include "../base/error.h"
#include "../stream/metadata_file.h"
#include "../stream/output.h"
#include "../stream/writer.h"
#include "spool.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define NEXT_MS 5000
#define BATCH_MAX PP_SPOOL_UNPACKED_MAX /* bytes of a batch, decompressed, or of metadata */

/* The attempt at a chunk that is taken. */
struct winner {
    uint64_t attempt; /* 0: none so far */
    uint16_t vantage;
    bool failed;
    uint32_t next; /* number of the batch that has to come next */
    uint64_t left; /* lines of which no batch has come */
};

struct vantage {
    char name[PP_FLEET_NAME_MAX + 1], path[PATH_MAX], part[PATH_MAX]; /* renamed from part to path */
    struct winner *winner; /* of each chunk; PP_FLEET_VANTAGE */
    struct pp_writer *writer;
    json_t *meta, *runs; /* metadata of the latest run; ids of all runs */
    uint64_t chunks, failed, lines, invalid, counts[PP_FLEET_FATES];
    int64_t clock_offset_ms; /* the largest one, by magnitude */
};

struct collect {
    struct pp_bus *b;
    struct pp_fleet_campaign c;
    const char *output;
    bool force;
    const volatile int *stop;
    struct vantage v[PP_FLEET_VANTAGES];
    unsigned nv;
    struct winner *winner; /* PP_FLEET_CHUNK */
    struct pp_fleet_collected *sum;
    char *text; /* BATCH_MAX bytes */
};

/* ---- messages --------------------------------------------------------------------------------------------------- */

/* The vantage point in MSG's subject pp.obs.VANTAGE.CAMPAIGN.WHAT, added if it is new; NULL: too many. */
static struct vantage *vantage_of(struct collect *k, const natsMsg *msg)
{
    static const char prefix[] = "pp.obs.";
    const char *name = natsMsg_GetSubject(msg) + sizeof prefix - 1;
    size_t len = strcspn(name, ".");
    struct vantage *v;

    for (unsigned i = 0; i < k->nv; i++)
        if (strlen(k->v[i].name) == len && memcmp(k->v[i].name, name, len) == 0)
            return &k->v[i];
    if (k->nv == PP_FLEET_VANTAGES || len > PP_FLEET_NAME_MAX)
        return NULL;
    v = &k->v[k->nv++];
    memcpy(v->name, name, len);
    v->runs = json_array();
    if (k->c.split == PP_FLEET_VANTAGE)
        v->winner = calloc(k->c.chunks, sizeof *v->winner);
    return v;
}

static struct winner *winner_of(struct collect *k, struct vantage *v, uint64_t chunk)
{
    struct winner *w = k->c.split == PP_FLEET_VANTAGE ? v->winner : k->winner;

    return w && chunk < k->c.chunks ? &w[chunk] : NULL;
}

static uint64_t attempt_of(const char *hex)
{
    return hex ? strtoull(hex, NULL, 16) : 0;
}

/* Calls TAKE with each message of the subjects pp.obs.*.CAMPAIGN.WHAT, in the stream's order. */
static int each(struct collect *k, const char *what, int (*take)(struct collect *, natsMsg *))
{
    char subject[PP_FLEET_SUBJECT_MAX], stream[PP_FLEET_SUBJECT_MAX];
    natsSubscription *sub = NULL;
    jsConsumerInfo *info = NULL;
    jsSubOptions so;
    jsErrCode code = 0;
    uint64_t left = 1;
    int result = 0;
    natsStatus s;

    jsSubOptions_Init(&so);
    so.Stream = pp_bus_name(stream, PP_BUS_OBS, k->c.tag);
    so.Ordered = true;
    s = js_SubscribeSync(&sub, k->b->js, pp_bus_name(subject, PP_BUS_OBS_OF, "*", k->c.tag, what), NULL, &so, &code);
    if (s == NATS_OK)
        s = natsSubscription_GetConsumerInfo(&info, sub, NULL, &code);
    if (s == NATS_OK)
        left = info->NumPending + info->Delivered.Consumer;
    jsConsumerInfo_Destroy(info);
    while (s == NATS_OK && left && result == 0) {
        natsMsg *msg = NULL;
        jsMsgMetaData *meta = NULL;
        s = natsSubscription_NextMsg(&msg, sub, NEXT_MS);
        if (s == NATS_OK)
            s = natsMsg_GetMetaData(&meta, msg);
        if (s == NATS_OK) {
            left = meta->NumPending;
            result = *k->stop ? pp_error("interrupted") : take(k, msg);
        }
        jsMsgMetaData_Destroy(meta);
        natsMsg_Destroy(msg);
    }
    natsSubscription_Destroy(sub);
    return s == NATS_OK ? result : pp_bus_error(s, "results of campaign '%s'", k->c.name);
}

/* ---- closings --------------------------------------------------------------------------------------------------- */

static void count(struct vantage *v, const json_t *closing, uint64_t lines)
{
    const json_t *counts = json_object_get(closing, "counts");
    int64_t offset = (int64_t)json_integer_value(json_object_get(closing, "clock_offset_ms"));

    if (offset > INT64_MIN && llabs(offset) > llabs(v->clock_offset_ms))
        v->clock_offset_ms = offset;
    for (unsigned i = 0; i < PP_FLEET_FATES; i++)
        v->counts[i] += (uint64_t)json_integer_value(json_object_get(counts, pp_fleet_fates[i]));
    v->invalid += (uint64_t)json_integer_value(json_object_get(counts, "written_invalid"));
    v->lines += lines;
}

/* The chunk's number in a closing; PP_FLEET_NO_CHUNK: it has none. */
static uint64_t chunk_of(const json_t *closing)
{
    const json_t *n = json_object_get(closing, "chunk");

    return json_is_integer(n) && json_integer_value(n) >= 0 ? (uint64_t)json_integer_value(n) : PP_FLEET_NO_CHUNK;
}

/* Takes the closing of a chunk, complete or failed: the first one of it counts. */
static int closing(struct collect *k, natsMsg *msg)
{
    json_t *j = pp_spool_closing_json(natsMsg_GetData(msg), (size_t)natsMsg_GetDataLength(msg));
    const char *attempt = json_string_value(json_object_get(j, "attempt"));
    bool failed = json_is_string(json_object_get(j, "failed"));
    struct vantage *v = vantage_of(k, msg);
    struct winner *w = v && attempt ? winner_of(k, v, chunk_of(j)) : NULL;

    if (w && w->attempt) {
        k->sum->doubled += !failed && !w->failed && w->attempt != attempt_of(attempt);
    } else if (w) {
        *w = (struct winner){attempt_of(attempt), (uint16_t)(v - k->v), failed, 0,
                             failed ? 0 : (uint64_t)json_integer_value(json_object_get(j, "lines"))};
        v->chunks += !failed;
        v->failed += failed;
        count(v, j, w->left);
    }
    json_decref(j);
    return 0;
}

static int stray(struct collect *k, natsMsg *msg)
{
    (void)msg;
    k->sum->strays++;
    return 0;
}

/* ---- observations ----------------------------------------------------------------------------------------------- */

/* x.ndjson -> x.VANTAGE.ndjson, and x.VANTAGE.part.ndjson */
static int name_file(const char *output, const struct vantage *v, const char *part, char path[PATH_MAX])
{
    const char *slash = strrchr(output, '/'), *dot = strstr(slash ? slash : output, ".ndjson");
    const char *rest = dot ? dot : output + strlen(output);

    if (snprintf(path, PATH_MAX, "%.*s.%s%s%s", (int)(rest - output), output, v->name, part, rest) >= PATH_MAX)
        return pp_error("the output's name is too long");
    return 0;
}

static int open_file(struct collect *k, struct vantage *v)
{
    if (name_file(k->output, v, "", v->path) < 0 || name_file(k->output, v, ".part", v->part) < 0 ||
        (!k->force && pp_output_keep(v->path) < 0))
        return -1;
    v->writer = pp_writer_open(v->part, PP_WRITER_REPLACE, true);
    k->sum->files += v->writer != NULL;
    return v->writer ? pp_writer_start(v->writer) : -1;
}

/* Opens a file for each vantage point that has sent anything, also if it has no observation. */
static int open_files(struct collect *k)
{
    for (unsigned i = 0; i < k->nv; i++)
        if (k->v[i].chunks + k->v[i].failed && open_file(k, &k->v[i]) < 0)
            return -1;
    return 0;
}

/* The number of lines in TEXT; 0: it ends within one. */
static uint64_t count_lines(const char *text, size_t len)
{
    const char *end = text + len;
    uint64_t n = 0;

    for (const char *nl; text < end; text = nl + 1, n++)
        if (!(nl = memchr(text, '\n', (size_t)(end - text))))
            return 0;
    return n;
}

static int write_lines(struct vantage *v, const char *text, size_t len)
{
    const char *end = text + len, *nl;

    for (; text < end; text = nl + 1) {
        nl = memchr(text, '\n', (size_t)(end - text));
        if (!pp_writer_line_wait(v->writer, text, (size_t)(nl + 1 - text)))
            return -1;
    }
    return 0;
}

static int batch(struct collect *k, natsMsg *msg)
{
    const char *chunk = NULL, *attempt = NULL, *seq = NULL;
    struct vantage *v = vantage_of(k, msg);
    struct winner *w;
    uint64_t n, lines;
    size_t len;

    natsMsgHeader_Get(msg, PP_FLEET_CHUNK_N, &chunk);
    natsMsgHeader_Get(msg, PP_FLEET_ATTEMPT, &attempt);
    natsMsgHeader_Get(msg, PP_FLEET_SEQ, &seq);
    w = v && chunk ? winner_of(k, v, strtoull(chunk, NULL, 10)) : NULL;
    n = seq ? strtoul(seq, NULL, 10) : 0;
    if (!w || !seq || !v->writer || w->failed || w->attempt != attempt_of(attempt) || &k->v[w->vantage] != v ||
        n < w->next)
        return 0; /* a batch of another attempt, or one that was delivered twice */
    w->next = (uint32_t)n + 1;
    len = ZSTD_decompress(k->text, BATCH_MAX, natsMsg_GetData(msg), (size_t)natsMsg_GetDataLength(msg));
    lines = ZSTD_isError(len) ? 0 : count_lines(k->text, len);
    if (lines == 0 || lines > w->left) {
        pp_warn("batch %" PRIu64 " of chunk %s of '%s' is damaged: %s", n, chunk, v->name,
                ZSTD_isError(len) ? ZSTD_getErrorName(len) : "it has other lines than its chunk");
        return 0;
    }
    w->left -= lines;
    return write_lines(v, k->text, len);
}

/* Counts a chunk as failed of which batches are missing or damaged, and the lines in them as lost. */
static void lose_rest(struct collect *k, struct winner *w, uint64_t chunk)
{
    struct vantage *v = &k->v[w->vantage];
    uint64_t *written = &v->counts[PP_FLEET_WRITTEN], n = w->left < *written ? w->left : *written;

    pp_warn("chunk %" PRIu64 " of '%s' lacks %" PRIu64 " observations, which the worker sent: they are lost", chunk,
            v->name, w->left);
    w->failed = true;
    v->chunks--;
    v->failed++;
    v->lines -= w->left;
    *written -= n;
    v->counts[PP_FLEET_NOT_STARTED] += n;
    v->invalid = v->invalid < *written ? v->invalid : *written;
    k->sum->lost++;
}

static void lose_missing(struct collect *k)
{
    unsigned tables = k->c.split == PP_FLEET_VANTAGE ? k->nv : 1;

    for (unsigned i = 0; i < tables; i++) {
        struct winner *w = k->c.split == PP_FLEET_VANTAGE ? k->v[i].winner : k->winner;
        for (uint64_t chunk = 0; w && chunk < k->c.chunks; chunk++)
            if (!w[chunk].failed && w[chunk].left)
                lose_rest(k, &w[chunk], chunk);
    }
}

/* ---- metadata --------------------------------------------------------------------------------------------------- */

/* Keeps in TO the smaller (SIGN 1) or the larger (SIGN -1) of the text member KEY of both. */
static void keep_extreme(json_t *to, const json_t *from, const char *key, int sign)
{
    const char *a = json_string_value(json_object_get(to, key)), *b = json_string_value(json_object_get(from, key));

    if (a && b && sign * strcmp(a, b) < 0)
        return;
    if (b)
        json_object_set_new(to, key, json_string(b));
}

static int metadata(struct collect *k, natsMsg *msg)
{
    json_t *j = pp_metadata_parse(natsMsg_GetData(msg), (size_t)natsMsg_GetDataLength(msg)), *run;
    struct vantage *v = vantage_of(k, msg);

    if (!j || !v) {
        json_decref(j);
        return 0;
    }
    run = json_object_get(j, "run_id");
    if (v->meta) { /* combine with the metadata of earlier runs */
        keep_extreme(j, v->meta, "_time_start", 1);
        keep_extreme(j, v->meta, "_time_end", -1);
        json_array_extend(json_object_get(v->meta, "parts"), json_object_get(j, "parts"));
        json_object_set(j, "parts", json_object_get(v->meta, "parts"));
    }
    if (!v->meta || !json_equal(json_object_get(v->meta, "run_id"), run))
        json_array_append(v->runs, run);
    json_decref(v->meta);
    v->meta = j;
    return 0;
}

/* Members with figures of one run, which cannot be combined over several runs. */
static const char *const of_one_run[] = {"first_round", "aa", "mcnemar", "audit", "any", "offline_how",
                                          "implied", "list", "figures"};

static json_t *counts_json(const struct vantage *v)
{
    json_t *o = json_object();
    uint64_t read = 0;

    for (unsigned i = 0; i < PP_FLEET_FATES; read += v->counts[i++])
        json_object_set_new(o, pp_fleet_fates[i], json_integer((json_int_t)v->counts[i]));
    json_object_set_new(o, "read", json_integer((json_int_t)read));
    json_object_set_new(o, "written_invalid", json_integer((json_int_t)v->invalid));
    return o;
}

static int write_metadata(struct collect *k, struct vantage *v)
{
    bool whole = v->failed == 0 && (k->c.split == PP_FLEET_VANTAGE ? v->chunks == k->c.chunks
                                                                  : k->sum->done == k->sum->chunks);
    json_t *m = v->meta ? json_incref(v->meta) : json_object(), *more;
    char path[PATH_MAX + 16], *text;
    struct pp_buf b;
    int fd = -1;

    if (json_array_size(v->runs) > 1)
        for (size_t i = 0; i < sizeof of_one_run / sizeof *of_one_run; i++)
            json_object_del(m, of_one_run[i]);
    more = json_pack("{s:s, s:s, s:o, s:b, s:{s:s, s:s, s:s, s:I, s:I, s:I, s:O, s:O*}}", "vantage", v->name,
                     "campaign", k->c.name, "counts", counts_json(v), "complete", whole, "fleet",
                     "campaign", k->c.name, "id", k->c.tag + strlen(k->c.name) + 1,
                     "split", k->c.split == PP_FLEET_VANTAGE ? "vantage" : "chunk", "chunks", (json_int_t)v->chunks,
                     "chunks_failed", (json_int_t)v->failed, "clock_offset_ms", (json_int_t)v->clock_offset_ms,
                     "runs", v->runs, "list", k->c.counts);
    json_object_update(m, more);
    json_decref(more);
    text = json_dumps(m, JSON_COMPACT);
    json_decref(m);
    pp_buf_init(&b, BATCH_MAX);
    if (text)
        pp_buf_adds(&b, text);
    pp_buf_addc(&b, '\n');
    free(text);
    snprintf(path, sizeof path, "%s.meta.json", v->path);
    if (!b.failed)
        fd = pp_metadata_replace(path, &b);
    if (fd >= 0)
        close(fd);
    pp_buf_release(&b);
    return fd < 0 ? -1 : 0;
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

/* Closes all temporary files before any is renamed: if the disk is full, all old files stay. */
static int close_parts(struct collect *k)
{
    int result = 0;

    for (unsigned i = 0; i < k->nv; i++) {
        struct vantage *v = &k->v[i];
        uint64_t lines = 0;
        if (!v->writer)
            continue;
        if (pp_writer_close(v->writer, &lines) < 0)
            result = -1;
        else if (lines != v->lines)
            result = pp_error("'%s' has %" PRIu64 " lines, the workers sent %" PRIu64, v->part, lines, v->lines);
        k->sum->lines += lines;
    }
    return result;
}

/* Renames the files. Old metadata are deleted first, so that they never stand beside observations of another run. */
static int put_in_place(struct collect *k)
{
    char meta[PATH_MAX + 16];

    for (unsigned i = 0; i < k->nv; i++) {
        struct vantage *v = &k->v[i];
        if (!v->writer)
            continue;
        snprintf(meta, sizeof meta, "%s.meta.json", v->path);
        if ((unlink(meta) < 0 && errno != ENOENT) || rename(v->part, v->path) < 0)
            return pp_error_errno("cannot replace '%s'", v->path);
        *v->part = '\0';
        if (write_metadata(k, v) < 0)
            return -1;
    }
    return 0;
}

static void drop_parts(struct collect *k)
{
    for (unsigned i = 0; i < k->nv; i++)
        if (k->v[i].writer && *k->v[i].part)
            unlink(k->v[i].part);
}

static void add_up(struct collect *k)
{
    struct pp_fleet_collected *sum = k->sum;

    sum->chunks = k->c.chunks * (k->c.split == PP_FLEET_VANTAGE ? k->c.nvantages : 1);
    for (unsigned i = 0; i < k->nv; i++) {
        sum->done += k->v[i].chunks;
        sum->failed += k->v[i].failed;
        if ((uint64_t)llabs(k->v[i].clock_offset_ms) > sum->clock_offset_ms)
            sum->clock_offset_ms = (uint64_t)llabs(k->v[i].clock_offset_ms);
        sum->invalid += k->v[i].invalid;
        for (unsigned f = 0; f < PP_FLEET_FATES; f++)
            sum->counts[f] += k->v[i].counts[f];
    }
}

static int collect(struct collect *k)
{
    uint64_t waiting = UINT64_MAX, not_done;
    char stream[PP_FLEET_SUBJECT_MAX];
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;

    k->winner = calloc(k->c.chunks + 1, sizeof *k->winner);
    k->text = malloc(BATCH_MAX);
    if (!k->winner || !k->text)
        return pp_error("out of memory");
    pp_bus_name(stream, PP_BUS_WORK, k->c.tag);
    if (k->c.open && js_GetStreamInfo(&info, k->b->js, stream, NULL, &code) == NATS_OK)
        waiting = info->State.Msgs; /* before closings are read: a chunk that is done meanwhile is not taken for lost */
    jsStreamInfo_Destroy(info);
    if (each(k, PP_FLEET_DONE, closing) < 0 || each(k, PP_FLEET_FAILED, closing) < 0 ||
        each(k, PP_FLEET_STRAY, stray) < 0 || each(k, PP_FLEET_META, metadata) < 0)
        return -1;
    if (open_files(k) < 0 || each(k, PP_FLEET_LINES, batch) < 0)
        return -1;
    lose_missing(k);
    if (close_parts(k) < 0)
        return -1;
    add_up(k);
    not_done = k->sum->chunks - k->sum->done - k->sum->failed;
    k->sum->gone = not_done > waiting ? not_done - waiting : 0;
    return put_in_place(k);
}

int pp_fleet_collect(struct pp_bus *b, const char *campaign, const char *output, bool force, const volatile int *stop,
                     struct pp_fleet_collected *c)
{
    struct collect *k = calloc(1, sizeof *k);
    int result;

    *c = (struct pp_fleet_collected){0};
    if (!k)
        return pp_error("out of memory");
    k->b = b;
    k->output = output;
    k->force = force;
    k->stop = stop;
    k->sum = c;
    result = pp_fleet_campaign_get(&k->c, b, campaign);
    if (result == 0)
        result = collect(k);
    drop_parts(k);
    for (unsigned i = 0; i < k->nv; i++) {
        pp_writer_free(k->v[i].writer);
        json_decref(k->v[i].meta);
        json_decref(k->v[i].runs);
        free(k->v[i].winner);
    }
    free(k->winner);
    free(k->text);
    pp_fleet_campaign_release(&k->c);
    free(k);
    return result;
}
