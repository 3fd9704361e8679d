/* SPDX-License-Identifier: BSD-2-Clause */
/* shuffle.c: an external sort by keyed hash, most significant bits first. */
#include "shuffle.h"

#include "../base/buf.h"
#include "../base/siphash.h"
#include "../base/temporary.h"

#include <unistd.h>

#define FILES_BITS 6
#define FILES (1u << FILES_BITS)
/* levels of files, by six of the 64 bits each; lines that agree in all of these are the same line */
#define DEPTH_MAX 10
#define LINE_MAX_BYTES (1u << 20)
#define WITHIN_GROUP UINT64_C(0xffff) /* bits of the hash that order a group's lines */

/* The header before each line, in memory and in files. */
struct head {
    uint64_t hash;
    uint32_t len;
} __attribute__((packed));

struct pp_shuffle {
    uint64_t seed;
    size_t memory;
    unsigned depth;
    struct pp_buf lines;
    FILE *file[FILES]; /* all or none */
};

static struct pp_shuffle *make(uint64_t seed, size_t memory, unsigned depth)
{
    struct pp_shuffle *s = calloc(1, sizeof *s);

    if (!s) {
        pp_error("out of memory");
        return NULL;
    }
    s->seed = seed;
    s->memory = memory;
    s->depth = depth;
    pp_buf_init(&s->lines, memory + sizeof(struct head) + LINE_MAX_BYTES);
    return s;
}

struct pp_shuffle *pp_shuffle_new(uint64_t seed, size_t memory)
{
    return make(seed, memory, 0);
}

void pp_shuffle_free(struct pp_shuffle *s)
{
    if (!s)
        return;
    for (unsigned i = 0; i < FILES; i++) {
        if (s->file[i])
            fclose(s->file[i]);
    }
    pp_buf_release(&s->lines);
    free(s);
}

/* ---- temporary files ---------------------------------------------------------------------------------------- */

static FILE *temporary(void)
{
    int fd = pp_temporary();
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w+b");

    if (!f && fd >= 0) {
        pp_error_errno("cannot use a temporary file");
        close(fd);
    }
    return f;
}

static int to_file(struct pp_shuffle *s, const struct head *h, const char *line)
{
    unsigned shift = 64 - FILES_BITS * (s->depth + 1);
    FILE *f = s->file[h->hash >> shift & (FILES - 1)];

    if (fwrite(h, sizeof *h, 1, f) != 1 || fwrite(line, 1, h->len, f) != h->len)
        return pp_error_errno("cannot write to a temporary file");
    return 0;
}

static int spill(struct pp_shuffle *s)
{
    for (unsigned i = 0; i < FILES; i++) {
        s->file[i] = temporary();
        if (!s->file[i])
            return -1;
    }
    for (size_t at = 0; at < s->lines.len;) {
        struct head h;
        memcpy(&h, s->lines.data + at, sizeof h);
        if (to_file(s, &h, s->lines.data + at + sizeof h) < 0)
            return -1;
        at += sizeof h + h.len;
    }
    pp_buf_release(&s->lines);
    return 0;
}

static int add(struct pp_shuffle *s, const struct head *h, const char *line)
{
    if (s->file[0])
        return to_file(s, h, line);
    pp_buf_add(&s->lines, h, sizeof *h);
    pp_buf_add(&s->lines, line, h->len);
    if (s->lines.failed)
        return pp_error("out of memory");
    return s->lines.len > s->memory && s->depth < DEPTH_MAX ? spill(s) : 0;
}

int pp_shuffle_add(struct pp_shuffle *s, const char *group, size_t group_len, const char *line, size_t len)
{
    struct pp_sipkey key = {{s->seed, UINT64_C(0x73687566666c6501)}};
    struct head h = {pp_siphash(&key, line, len), (uint32_t)len};

    if (group)
        h.hash = (pp_siphash(&key, group, group_len) & ~WITHIN_GROUP) | (h.hash & WITHIN_GROUP);
    if (len > LINE_MAX_BYTES)
        BUG("a line of %zu bytes", len);
    return add(s, &h, line);
}

/* ---- output -------------------------------------------------------------------------------------------------- */

/* Orders lines by hash. Lines of one hash are almost certainly equal, and stay in the order in which they came. */
static int by_hash(const void *a, const void *b, void *arg)
{
    uint32_t at = *(const uint32_t *)a, bt = *(const uint32_t *)b;
    uint64_t x, y;

    memcpy(&x, (const char *)arg + at, sizeof x);
    memcpy(&y, (const char *)arg + bt, sizeof y);
    if (x != y)
        return x < y ? -1 : 1;
    return at < bt ? -1 : at > bt;
}

static int drain_memory(struct pp_shuffle *s, int (*emit)(void *, const char *, size_t), void *arg)
{
    uint32_t *order, n = 0;
    struct head h;
    int result = 0;

    for (size_t at = 0; at < s->lines.len; at += sizeof h + h.len, n++)
        memcpy(&h, s->lines.data + at, sizeof h);
    if (n == 0)
        return 0;
    order = calloc(n, sizeof *order);
    if (!order)
        return pp_error("out of memory");
    n = 0;
    for (size_t at = 0; at < s->lines.len; at += sizeof h + h.len) {
        memcpy(&h, s->lines.data + at, sizeof h);
        order[n++] = (uint32_t)at;
    }
    qsort_r(order, n, sizeof *order, by_hash, s->lines.data);
    for (uint32_t i = 0; i < n && result == 0; i++) {
        memcpy(&h, s->lines.data + order[i], sizeof h);
        result = emit(arg, s->lines.data + order[i] + sizeof h, h.len);
    }
    free(order);
    pp_buf_reset(&s->lines);
    return result;
}

/* Reads the lines of F into CHILD or, at the last level, passes them to EMIT. */
static int read_file(FILE *f, struct pp_shuffle *child, int (*emit)(void *, const char *, size_t), void *arg)
{
    char *line = malloc(LINE_MAX_BYTES);
    struct head h;
    int result = line ? 0 : pp_error("out of memory");

    if (result == 0 && (fflush(f) != 0 || fseek(f, 0, SEEK_SET) != 0))
        result = pp_error_errno("cannot write to a temporary file");
    while (result == 0 && fread(&h, sizeof h, 1, f) == 1) {
        if (h.len > LINE_MAX_BYTES || fread(line, 1, h.len, f) != h.len)
            result = pp_error("a temporary file is damaged");
        else if (child->depth == DEPTH_MAX)
            result = emit(arg, line, h.len);
        else
            result = add(child, &h, line);
    }
    if (result == 0 && ferror(f))
        result = pp_error_errno("cannot read a temporary file");
    free(line);
    return result;
}

int pp_shuffle_drain(struct pp_shuffle *s, int (*emit)(void *arg, const char *line, size_t len), void *arg)
{
    int result = 0;

    if (!s->file[0])
        return drain_memory(s, emit, arg);
    for (unsigned i = 0; i < FILES && result == 0; i++) {
        struct pp_shuffle *child = make(s->seed, s->memory, s->depth + 1);
        if (!child)
            return -1;
        result = read_file(s->file[i], child, emit, arg);
        fclose(s->file[i]); /* frees the disk space at once */
        s->file[i] = NULL;
        if (result == 0)
            result = pp_shuffle_drain(child, emit, arg);
        pp_shuffle_free(child);
    }
    return result;
}
