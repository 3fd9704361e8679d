/* SPDX-License-Identifier: BSD-2-Clause */
/* ahead.c: counts the targets of a list by a second feeder, whose targets are not measured. */
#include "ahead.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

struct pp_ahead {
    struct pp_input *input;
    struct pp_feeder *feeder;
    pthread_t thread;
    bool started;
    _Atomic bool known;
    uint64_t total; /* valid once `known` is set */
};

/* Opens PATH, or standard input from its present position, with a file position of its own. NULL: no regular file. */
static struct pp_input *open_again(const char *path)
{
    bool file = path && strcmp(path, "-") != 0;
    int fd = open(file ? path : "/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
        (!file && lseek(fd, lseek(STDIN_FILENO, 0, SEEK_CUR), SEEK_SET) < 0)) {
        close(fd);
        return NULL;
    }
    return pp_input_open_fd(fd, "the list");
}

struct pp_ahead *pp_ahead_open(const struct pp_feeder_config *feeder, const char *path)
{
    struct pp_feeder_config c = *feeder;
    struct pp_ahead *a = calloc(1, sizeof *a);

    if (!a)
        return NULL;
    a->input = c.input = open_again(path);
    /* No set of seen targets, whose memory is reserved for the run; and no route look-ups. */
    c.dedup = false;
    c.done = NULL;
    c.prohibited = NULL;
    c.vantage = NULL;
    c.left_out = NULL;
    c.max_targets = 0;
    if (a->input)
        a->feeder = pp_feeder_new(&c);
    if (!a->feeder) {
        pp_ahead_free(a);
        return NULL;
    }
    return a;
}

static void *count(void *arg)
{
    struct pp_ahead *a = arg;
    struct pp_target *t;
    uint64_t n = 0;

    pp_error_muted = true;
    while ((t = pp_feeder_next(a->feeder))) {
        free(t);
        n++;
    }
    a->total = n;
    atomic_store(&a->known, !pp_feeder_failed(a->feeder));
    return NULL;
}

void pp_ahead_start(struct pp_ahead *a)
{
    a->started = pthread_create(&a->thread, NULL, count, a) == 0;
}

bool pp_ahead_total(const struct pp_ahead *a, uint64_t *total)
{
    if (!atomic_load(&a->known))
        return false;
    *total = a->total;
    return true;
}

void pp_ahead_free(struct pp_ahead *a)
{
    if (!a)
        return;
    if (a->started) {
        pp_input_stop(a->input);
        pthread_join(a->thread, NULL);
    }
    pp_feeder_free(a->feeder);
    pp_input_free(a->input);
    free(a);
}
