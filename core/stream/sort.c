/* SPDX-License-Identifier: BSD-2-Clause */
/* sort.c: an external merge sort. */
#include "sort_file.h"

#include "../base/error.h"

struct pp_sort {
    uint8_t *arena;
    size_t memory, used;
    struct pp_sort_head **at; /* pointers into the arena */
    size_t n, room;
    uint64_t count;
    unsigned files_max, nfiles;
    struct pp_sort_file *file;
    unsigned *heap, heap_len; /* a heap of files with a record, the least record first */
    size_t next;              /* in memory */
    bool begun;
};

int pp_sort_compare(const uint8_t *a, uint32_t a_len, const uint8_t *b, uint32_t b_len)
{
    int c = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return c ? c : (a_len > b_len) - (a_len < b_len);
}

static const uint8_t *bytes_of(const struct pp_sort_head *h)
{
    return (const uint8_t *)(h + 1);
}

static int by_key(const void *x, const void *y)
{
    const struct pp_sort_head *a = *(struct pp_sort_head *const *)x, *b = *(struct pp_sort_head *const *)y;

    return pp_sort_compare(bytes_of(a), a->key_len, bytes_of(b), b->key_len);
}

struct pp_sort *pp_sort_new(size_t memory, unsigned files)
{
    struct pp_sort *s = calloc(1, sizeof *s);

    if (s) {
        s->memory = memory;
        s->files_max = files;
        s->arena = malloc(memory);
        s->file = calloc(files, sizeof *s->file);
        s->heap = calloc(files, sizeof *s->heap);
    }
    if (!s || !s->arena || !s->file || !s->heap) {
        pp_sort_free(s);
        pp_error("out of memory");
        return NULL;
    }
    return s;
}

/* ---- merging --------------------------------------------------------------------------------------------------- */

static bool heap_less(const struct pp_sort *s, unsigned i, unsigned k)
{
    const struct pp_record_view *a = &s->file[s->heap[i]].now, *b = &s->file[s->heap[k]].now;

    return pp_sort_compare(a->key, a->key_len, b->key, b->key_len) < 0;
}

static void heap_down(struct pp_sort *s, unsigned i)
{
    for (;;) {
        unsigned least = i, left = 2 * i + 1, held;
        for (unsigned k = left; k <= left + 1 && k < s->heap_len; k++)
            least = heap_less(s, k, least) ? k : least;
        if (least == i)
            return;
        held = s->heap[i];
        s->heap[i] = s->heap[least];
        s->heap[least] = held;
        i = least;
    }
}

static int heap_begin(struct pp_sort *s)
{
    s->heap_len = 0;
    for (unsigned i = 0; i < s->nfiles; i++) {
        int r = pp_sort_file_rewind(&s->file[i]) < 0 ? -1 : pp_sort_file_next(&s->file[i]);
        if (r < 0)
            return -1;
        if (r)
            s->heap[s->heap_len++] = i;
    }
    for (unsigned i = s->heap_len / 2; i-- > 0;)
        heap_down(s, i);
    return 0;
}

/* Moves past the least record. 0, or -1 printed. */
static int heap_pass(struct pp_sort *s)
{
    int r = pp_sort_file_next(&s->file[s->heap[0]]);

    if (r < 0)
        return -1;
    if (r == 0)
        s->heap[0] = s->heap[--s->heap_len];
    heap_down(s, 0);
    return 0;
}

/* Merges all files into one. 0, or -1 printed. */
static int merge_files(struct pp_sort *s)
{
    struct pp_sort_out o = {.fd = -1};
    int result = pp_sort_out_open(&o), fd;

    if (result == 0)
        result = heap_begin(s);
    while (result == 0 && s->heap_len) {
        result = pp_sort_out_record(&o, &s->file[s->heap[0]].now);
        if (result == 0)
            result = heap_pass(s);
    }
    fd = pp_sort_out_close(&o, result);
    if (fd < 0)
        return -1;
    for (unsigned i = 0; i < s->nfiles; i++)
        pp_sort_file_close(&s->file[i]);
    s->file[0].fd = fd;
    s->nfiles = 1;
    return 0;
}

/* Sorts the records in memory and writes them into a further file. */
static int spill(struct pp_sort *s)
{
    struct pp_sort_out o = {.fd = -1};
    int result, fd;

    if (s->nfiles == s->files_max && merge_files(s) < 0)
        return -1;
    result = pp_sort_out_open(&o);
    qsort(s->at, s->n, sizeof *s->at, by_key);
    for (size_t i = 0; result == 0 && i < s->n; i++) {
        const struct pp_sort_head *h = s->at[i];
        struct pp_record_view r = {bytes_of(h), bytes_of(h) + h->key_len, h->key_len, h->data_len};
        result = pp_sort_out_record(&o, &r);
    }
    fd = pp_sort_out_close(&o, result);
    if (fd < 0)
        return -1;
    s->file[s->nfiles++] = (struct pp_sort_file){.fd = fd};
    s->n = s->used = 0;
    return 0;
}

/* ---- records --------------------------------------------------------------------------------------------------- */

static int more_pointers(struct pp_sort *s)
{
    size_t room = s->room ? 2 * s->room : 1024;
    struct pp_sort_head **at = realloc(s->at, room * sizeof *at);

    if (!at)
        return pp_error("out of memory");
    s->at = at;
    s->room = room;
    return 0;
}

int pp_sort_add(struct pp_sort *s, const void *key, size_t key_len, const void *data, size_t data_len)
{
    size_t bytes = sizeof(struct pp_sort_head) + key_len + data_len, step = (bytes + 7) & ~(size_t)7;
    struct pp_sort_head *h;

    if (key_len > PP_SORT_RECORD_MAX || data_len > PP_SORT_RECORD_MAX || step > s->memory)
        BUG("a record of %zu bytes", bytes);
    if (s->used + (s->n + 1) * sizeof *s->at + step > s->memory && s->n && spill(s) < 0)
        return -1;
    if (s->n == s->room && more_pointers(s) < 0)
        return -1;
    h = (struct pp_sort_head *)(void *)(s->arena + s->used);
    *h = (struct pp_sort_head){(uint32_t)key_len, (uint32_t)data_len};
    memcpy(h + 1, key, key_len);
    memcpy((uint8_t *)(h + 1) + key_len, data, data_len);
    s->at[s->n++] = h;
    s->used += step;
    s->count++;
    return 0;
}

/* If all records fit into memory, no file is written. */
int pp_sort_begin(struct pp_sort *s)
{
    if (!s->begun && s->nfiles && s->n && spill(s) < 0)
        return -1;
    if (!s->begun && !s->nfiles && s->n)
        qsort(s->at, s->n, sizeof *s->at, by_key);
    s->begun = true;
    s->next = 0;
    return s->nfiles ? heap_begin(s) : 0;
}

static int next_in_memory(struct pp_sort *s, struct pp_record_view *r)
{
    const struct pp_sort_head *h;

    if (s->next == s->n)
        return 0;
    h = s->at[s->next++];
    *r = (struct pp_record_view){bytes_of(h), bytes_of(h) + h->key_len, h->key_len, h->data_len};
    return 1;
}

int pp_sort_next(struct pp_sort *s, struct pp_record_view *r)
{
    if (!s->nfiles)
        return next_in_memory(s, r);
    /* the record returned last is in its file's buffer, so the file moves on only now */
    if (s->next && s->heap_len && heap_pass(s) < 0)
        return -1;
    if (!s->heap_len)
        return 0;
    s->next = 1;
    *r = s->file[s->heap[0]].now;
    return 1;
}

uint64_t pp_sort_count(const struct pp_sort *s)
{
    return s->count;
}

void pp_sort_free(struct pp_sort *s)
{
    if (!s)
        return;
    for (unsigned i = 0; i < s->nfiles; i++)
        pp_sort_file_close(&s->file[i]);
    free(s->arena);
    free(s->at);
    free(s->file);
    free(s->heap);
    free(s);
}
