/* SPDX-License-Identifier: BSD-2-Clause */
/* spool.c: files of chunks, and their publication in zstd-compressed batches of lines. */
#include "spool.h"

#include "../base/error.h"
#include "../base/io.h"
#include "../base/json.h"
#include "../base/random.h"
#include "../base/siphash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#define FRAME_MAX (PP_FLEET_PAYLOAD_MIN - 4096) /* bytes: it is a message's, beside its headers */
#define LEVEL 1 /* of such lines 3 makes no less, for half as much again */
#define LINES "ndjson.zst"
#define NAME_MAX_BYTES 128
#define LOCK_TRIES 25
#define LOCK_PAUSE_NS 200000000

static void file_name(char to[NAME_MAX_BYTES], const char *tag, uint64_t chunk, const char *suffix)
{
    snprintf(to, NAME_MAX_BYTES, "%s.%" PRIu64 ".%s", tag, chunk, suffix);
}

static int read_instance(struct pp_spool *s)
{
    uint8_t id[16];
    ssize_t n = pread(s->lock, s->instance, sizeof s->instance - 1, 0);

    if (n == sizeof s->instance - 1)
        return 0;
    pp_random_secret(id, sizeof id);
    for (size_t i = 0; i < sizeof id; i++)
        snprintf(s->instance + 2 * i, 3, "%02x", id[i]);
    if (ftruncate(s->lock, 0) < 0 || pwrite(s->lock, s->instance, sizeof s->instance - 1, 0) < 0)
        return pp_error_errno("cannot write to spool directory '%s'", s->path);
    return 0;
}

/* Locks FD. The lock of a killed worker stays until its last process has ended: waits briefly for that. */
static bool locks(int fd)
{
    const struct timespec pause = {0, LOCK_PAUSE_NS};

    for (unsigned i = 0; i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

int pp_spool_make(struct pp_spool *s, const char *path, int owner)
{
    *s = (struct pp_spool){.dir = -1, .lock = -1};
    if ((size_t)snprintf(s->path, sizeof s->path, "%s", path) >= sizeof s->path)
        return pp_error("the spool directory's name is too long");
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return pp_error_errno("cannot make spool directory '%s'", path);
    s->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (s->dir < 0)
        return pp_error_errno("cannot open spool directory '%s'", path);
    if (owner >= 0 && fchown(s->dir, (uid_t)owner, (gid_t)-1) < 0)
        return pp_error_errno("cannot change the owner of spool directory '%s'", path);
    return 0;
}

int pp_spool_lock(struct pp_spool *s)
{
    s->lock = openat(s->dir, "instance", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (s->lock < 0) {
        pp_error_errno("cannot write to spool directory '%s'", s->path);
        return errno == EACCES ? pp_hint("its files belong to another user: chown them, or use another --spool") : -1;
    }
    if (!locks(s->lock)) {
        pp_error("spool directory '%s' is in use by another worker", s->path);
        return pp_hint("each worker needs its own --spool DIR");
    }
    return read_instance(s);
}

void pp_spool_close(struct pp_spool *s)
{
    if (s->lock >= 0)
        close(s->lock);
    if (s->dir >= 0)
        close(s->dir);
    ZSTD_freeCCtx(s->zstd);
    free(s->packed);
    *s = (struct pp_spool){.dir = -1, .lock = -1};
}

int pp_spool_metadata(const struct pp_spool *s, const char *tag)
{
    char name[NAME_MAX_BYTES];
    int fd;

    snprintf(name, sizeof name, "%s.meta.json", tag);
    fd = openat(s->dir, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    return fd < 0 ? pp_error_errno("cannot make '%s/%s'", s->path, name) : fd;
}

void pp_spool_drop_metadata(const struct pp_spool *s, const char *tag)
{
    char name[NAME_MAX_BYTES];

    snprintf(name, sizeof name, "%s.meta.json", tag);
    unlinkat(s->dir, name, 0);
}

int pp_spool_begin(const struct pp_spool *s, const char *tag, uint64_t chunk)
{
    char name[NAME_MAX_BYTES];
    int fd;

    pp_spool_drop(s, tag, chunk);
    file_name(name, tag, chunk, LINES);
    fd = openat(s->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    return fd < 0 ? pp_error_errno("cannot make '%s/%s'", s->path, name) : fd;
}

/* The first N bytes of TEXT, whole lines, as frames that a message can carry. */
static int add_frames(struct pp_spool *s, int fd, const char *text, size_t n)
{
    size_t size = ZSTD_compress2(s->zstd, s->packed, PP_SPOOL_BATCH, text, n);
    const char *nl;

    if (ZSTD_isError(size) || size > FRAME_MAX) { /* lines of noise: in halves */
        nl = memchr(text + n / 2, '\n', n - n / 2);
        if (!nl || nl == text + n - 1)
            nl = memrchr(text, '\n', n / 2);
        if (!nl)
            return pp_error("a line of %zu bytes is not an observation", n);
        n -= (size_t)(nl + 1 - text);
        return add_frames(s, fd, text, (size_t)(nl + 1 - text)) < 0 ? -1 : add_frames(s, fd, nl + 1, n);
    }
    if (pp_write_all(fd, s->packed, size, NULL) < 0)
        return pp_error_errno("cannot write to spool directory '%s'", s->path);
    return 0;
}

int pp_spool_add(struct pp_spool *s, int fd, const char *lines, size_t len)
{
    if (!s->zstd && (s->zstd = ZSTD_createCCtx())) {
        ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_compressionLevel, LEVEL);
        ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_checksumFlag, 1);
    }
    if (!s->packed)
        s->packed = malloc(PP_SPOOL_BATCH);
    if (!s->zstd || !s->packed)
        return pp_error("out of memory");
    return len ? add_frames(s, fd, lines, len) : 0;
}

/* Finds media errors, so the key is no secret. */
static void checksum(char hex[17], const char *text, size_t len)
{
    static const struct pp_sipkey key;

    snprintf(hex, 17, "%016" PRIx64, pp_siphash(&key, text, len));
}

json_t *pp_spool_closing_json(const char *text, size_t len)
{
    const char *nl = len ? memchr(text, '\n', len) : NULL;
    char sum[17];

    if (nl)
        checksum(sum, text, (size_t)(nl - text));
    if (!nl || text + len - nl != sizeof sum + 1 || memcmp(nl + 1, sum, sizeof sum - 1) != 0)
        return NULL;
    return json_loadb(text, (size_t)(nl - text), 0, NULL);
}

void pp_spool_closing_text(struct pp_buf *out, uint64_t chunk, const struct pp_spool_closing *c, const char *why)
{
    struct pp_json j;
    char sum[17];

    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    pp_json_uint(&j, "schema", PP_FLEET_SCHEMA);
    if (chunk != PP_FLEET_NO_CHUNK)
        pp_json_uint(&j, "chunk", chunk);
    pp_json_str(&j, "attempt", c->attempt);
    pp_json_str(&j, "run_id", *c->run_id ? c->run_id : NULL);
    pp_json_uint(&j, "lines", c->lines);
    pp_json_str(&j, "failed", why);
    pp_json_int(&j, "clock_offset_ms", c->clock_offset_ms);
    pp_json_object(&j, "counts");
    for (unsigned i = 0; i < PP_FLEET_FATES; i++)
        pp_json_uint(&j, pp_fleet_fates[i], c->counts[i]);
    pp_json_uint(&j, "written_invalid", c->invalid);
    pp_json_end(&j, '}');
    pp_json_end(&j, '}');
    checksum(sum, out->data, out->failed ? 0 : out->len);
    pp_buf_addf(out, "\n%s\n", sum);
}

int pp_spool_finish(const struct pp_spool *s, const char *tag, uint64_t chunk, int fd,
                    const struct pp_spool_closing *c)
{
    char name[NAME_MAX_BYTES], part[NAME_MAX_BYTES];
    struct pp_buf text;
    int result = fsync(fd), out = -1;

    close(fd);
    file_name(name, tag, chunk, "done");
    file_name(part, tag, chunk, "part");
    pp_buf_init(&text, 4096);
    pp_spool_closing_text(&text, chunk, c, NULL);
    if (result == 0 && !text.failed)
        out = openat(s->dir, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    result = out < 0 || pp_write_all(out, text.data, text.len, NULL) < 0 || fsync(out) < 0 ? -1 : 0;
    if (out >= 0)
        close(out);
    if (result == 0)
        result = renameat(s->dir, part, s->dir, name);
    pp_buf_release(&text);
    return result < 0 ? pp_error_errno("cannot write '%s/%s'", s->path, name) : 0;
}

/* The text of file NAME with a NUL after it; the caller frees it; NULL: no such file, or no memory. */
static char *read_file(const struct pp_spool *s, const char *name, size_t *len)
{
    int fd = openat(s->dir, name, O_RDONLY | O_CLOEXEC);
    char *text = NULL;
    struct stat st;

    *len = 0;
    if (fd >= 0 && fstat(fd, &st) == 0 && (text = malloc((size_t)st.st_size + 1))) {
        ssize_t n;
        while (*len < (size_t)st.st_size && (n = read(fd, text + *len, (size_t)st.st_size - *len)) > 0)
            *len += (size_t)n;
        text[*len] = '\0';
    }
    if (fd >= 0)
        close(fd);
    return text;
}

bool pp_spool_read_metadata(const struct pp_spool *s, const char *tag, struct pp_buf *out)
{
    char name[NAME_MAX_BYTES], *text;
    size_t len;

    snprintf(name, sizeof name, "%s.meta.json", tag);
    text = read_file(s, name, &len);
    if (text)
        pp_buf_add(out, text, len);
    free(text);
    return len && !out->failed;
}

/* Reads the chunk's closing. Its text, as of read_file; NULL: it has *DAMAGE, or, if that is NULL, there is none. */
static char *read_closing(const struct pp_spool *s, const char *tag, uint64_t chunk, struct pp_spool_closing *c,
                          size_t *len, const char **damage)
{
    char name[NAME_MAX_BYTES], *text;
    const char *attempt, *run;
    json_t *j, *counts;

    file_name(name, tag, chunk, "done");
    text = read_file(s, name, len);
    j = text ? pp_spool_closing_json(text, *len) : NULL;
    *c = (struct pp_spool_closing){0};
    attempt = json_string_value(json_object_get(j, "attempt"));
    run = json_string_value(json_object_get(j, "run_id"));
    counts = json_object_get(j, "counts");
    if (attempt)
        snprintf(c->attempt, sizeof c->attempt, "%s", attempt);
    if (run)
        snprintf(c->run_id, sizeof c->run_id, "%s", run);
    c->lines = (uint64_t)json_integer_value(json_object_get(j, "lines"));
    for (unsigned i = 0; i < PP_FLEET_FATES; i++)
        c->counts[i] = (uint64_t)json_integer_value(json_object_get(counts, pp_fleet_fates[i]));
    c->invalid = (uint64_t)json_integer_value(json_object_get(counts, "written_invalid"));
    json_decref(j);
    *damage = text && !*c->attempt ? "the checksum of its closing" : NULL;
    if (*c->attempt)
        return text;
    free(text);
    return NULL;
}

/* What is wrong with LEN bytes of FRAMES, which should hold LINES lines; NULL: nothing. */
static const char *damage_of(const char *frames, size_t len, uint64_t lines)
{
    ZSTD_DCtx *zstd = ZSTD_createDCtx();
    char *text = malloc(PP_SPOOL_UNPACKED_MAX);
    const char *damage = zstd && text ? NULL : "out of memory";
    uint64_t n = 0;

    for (size_t at = 0, size = 0; !damage && at < len; at += size) {
        size_t got = size = ZSTD_findFrameCompressedSize(frames + at, len - at);
        if (!ZSTD_isError(size))
            got = ZSTD_decompressDCtx(zstd, text, PP_SPOOL_UNPACKED_MAX, frames + at, size);
        if (ZSTD_isError(got)) {
            damage = ZSTD_getErrorName(got);
            break;
        }
        for (const char *p = text; (p = memchr(p, '\n', (size_t)(text + got - p))); p++)
            n++;
    }
    if (!damage && n != lines)
        damage = "lines are missing";
    ZSTD_freeDCtx(zstd);
    free(text);
    return damage;
}

/* The chunk's frames, as read_file has them; NULL: *DAMAGE is what is wrong with them. */
static char *read_frames(const struct pp_spool *s, const char *tag, uint64_t chunk, uint64_t lines, size_t *len,
                         const char **damage)
{
    char name[NAME_MAX_BYTES], *frames;

    file_name(name, tag, chunk, LINES);
    frames = read_file(s, name, len);
    *damage = frames ? damage_of(frames, *len, lines) : "it cannot be read";
    if (!*damage)
        return frames;
    free(frames);
    return NULL;
}

bool pp_spool_has(const struct pp_spool *s, const char *tag, uint64_t chunk, struct pp_spool_closing *c,
                  const char **damage)
{
    size_t len;
    char *closing = read_closing(s, tag, chunk, c, &len, damage);
    char *frames = closing ? read_frames(s, tag, chunk, c->lines, &len, damage) : NULL;

    free(closing);
    free(frames);
    return frames != NULL;
}

struct sending {
    struct pp_bus *b;
    const char *tag, *vantage, *attempt;
    uint64_t chunk;
    unsigned seq;
    natsStatus *st;
    jsErrCode *code;
};

static int send_one(struct sending *x, const char *what, const void *data, size_t len)
{
    char id[64], seq[16], chunk[24], subject[PP_FLEET_SUBJECT_MAX];
    const char *const headers[] = {PP_FLEET_CHUNK_N, chunk, PP_FLEET_ATTEMPT, x->attempt, PP_FLEET_SEQ, seq, NULL};

    snprintf(seq, sizeof seq, "%u", x->seq);
    snprintf(chunk, sizeof chunk, "%" PRIu64, x->chunk);
    snprintf(id, sizeof id, "%s/%s", x->attempt, seq);
    x->seq++;
    *x->st = pp_bus_publish(x->b, pp_bus_name(subject, PP_BUS_OBS_OF, x->vantage, x->tag, what), data, len, id, headers,
                            x->code);
    return *x->st == NATS_OK ? 0 : -1;
}

/* The frames of a file in turn, a message each. They have been checked. */
static int send_frames(struct sending *x, const char *frames, size_t len)
{
    for (size_t at = 0, size; at < len; at += size) {
        size = ZSTD_findFrameCompressedSize(frames + at, len - at);
        if (send_one(x, PP_FLEET_LINES, frames + at, size) < 0)
            return -1;
    }
    return 0;
}

int pp_spool_publish(const struct pp_spool *s, struct pp_bus *b, const char *tag, const char *vantage,
                     uint64_t chunk, natsStatus *st, jsErrCode *code)
{
    struct pp_spool_closing c;
    const char *damage;
    size_t len, closing_len;
    struct sending x = {b, tag, vantage, c.attempt, chunk, 0, st, code};
    char *closing = read_closing(s, tag, chunk, &c, &closing_len, &damage);
    char *frames = closing ? read_frames(s, tag, chunk, c.lines, &len, &damage) : NULL;
    int result = -1;

    *st = NATS_OK;
    if (!frames)
        pp_error("the file of chunk %" PRIu64 " in spool directory '%s' is damaged: %s", chunk, s->path,
                 damage ? damage : "it is gone");
    else if (send_frames(&x, frames, len) == 0)
        result = send_one(&x, PP_FLEET_DONE, closing, closing_len);
    free(frames);
    free(closing);
    return result;
}

void pp_spool_drop(const struct pp_spool *s, const char *tag, uint64_t chunk)
{
    static const char *const suffix[] = {"done", "part", LINES};
    char name[NAME_MAX_BYTES];

    for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++) {
        file_name(name, tag, chunk, suffix[i]);
        unlinkat(s->dir, name, 0);
    }
}

/* Deletes the files whose names match PATTERN, but not those that begin with KEPT. Returns their number. */
static unsigned delete_files(const struct pp_spool *s, const char *pattern, const char *kept)
{
    DIR *d = opendir(s->path);
    struct dirent *e;
    unsigned n = 0;

    while (d && (e = readdir(d)))
        n += fnmatch(pattern, e->d_name, 0) == 0 && strncmp(e->d_name, kept, strlen(kept)) != 0 &&
             unlinkat(s->dir, e->d_name, 0) == 0;
    if (d)
        closedir(d);
    return n;
}

void pp_spool_clean(const struct pp_spool *s, const char *tag)
{
    char pattern[NAME_MAX_BYTES];

    snprintf(pattern, sizeof pattern, "%s.[0-9]*", tag);
    (void)delete_files(s, pattern, "instance");
}

unsigned pp_spool_drop_earlier(const struct pp_spool *s, const char *name, const char *tag)
{
    char pattern[NAME_MAX_BYTES];

    snprintf(pattern, sizeof pattern, "%s-????????????????.*", name); /* all ids have so many digits */
    return delete_files(s, pattern, tag);
}
