/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lists.c: two sets of prefixes, exchanged as one. The files' directories are held open from the start: whoever the
 * process becomes may not be let through to them by name, and the file itself may be another then (written aside, then
 * renamed).
 */
#include "lists.h"

#include "../base/error.h"
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK, ALLOW, LISTS };

/* What was read, and out of what. */
struct sets {
    struct pp_prefixes *set[LISTS];
    uint64_t count[LISTS]; /* of the files' prefixes */
    char sha256[LISTS][65];
};

struct file {
    const char *path; /* NULL: none */
    int directory;    /* -1: it cannot be read again */
};

struct pp_lists {
    struct file file[LISTS];
    bool special;
    struct sets now;
    pthread_rwlock_t lock; /* of `now` as a whole; what reads it again need not hold it to look */
    _Atomic bool changed;
};

static void sets_release(struct sets *s)
{
    for (unsigned i = 0; i < LISTS; i++)
        pp_prefixes_free(s->set[i]);
}

/* PATHPROBE_ALLOW, set by `pathprobe lab`, can only unblock special-purpose ranges: raised privilege reads it, too. */
static int allow_from_environment(struct pp_prefixes *allowed)
{
    const char *at = getenv("PATHPROBE_ALLOW");

    while (at && *at) {
        size_t len = strcspn(at, ",");
        struct pp_prefix p;
        if (pp_prefix_parse(&p, at, len) < 0 || !pp_special_prefix_name(&p))
            return pp_error("PATHPROBE_ALLOW: '%.*s' is no special-purpose prefix", (int)len, at);
        if (pp_prefixes_add(allowed, &p) < 0)
            return pp_error("out of memory");
        at += len + (at[len] == ',');
    }
    return 0;
}

/* ---- files ---------------------------------------------------------------------------------------------------- */

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int open_directory(const char *path)
{
    char *name = name_of(path) == path ? strdup(".") : strndup(path, (size_t)(name_of(path) - path));
    int fd = name ? open(name, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

    free(name);
    return fd;
}

/* O_NONBLOCK: what is a pipe now must not hold up the run. */
static struct pp_input *open_again(const struct file *f)
{
    struct stat st;
    int fd;

    if (f->directory < 0) {
        pp_error("'%s' was no file: it cannot be read again", f->path);
        return NULL;
    }
    fd = openat(f->directory, name_of(f->path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0) {
        pp_error_errno("cannot read '%s' again", f->path);
        if (errno == EACCES)
            pp_hint("it is read as the user that the process has become: see --user");
    } else if (S_ISREG(st.st_mode)) {
        return pp_input_open_fd(fd, f->path);
    } else {
        pp_error("'%s' is no file any more", f->path);
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static int read_file(struct sets *s, unsigned which, struct pp_input *in, const char *path)
{
    uint64_t before = pp_prefixes_count(s->set[which]);
    int result = in ? pp_prefixes_read(s->set[which], in, path) : -1;

    if (result == 0)
        (void)pp_input_sha256(in, s->sha256[which]);
    s->count[which] = pp_prefixes_count(s->set[which]) - before;
    pp_input_free(in);
    return result;
}

static int read_all(struct sets *s, const struct pp_lists *l, bool again)
{
    for (unsigned i = 0; i < LISTS; i++)
        s->set[i] = pp_prefixes_new();
    if (!s->set[BLOCK] || !s->set[ALLOW] || (l->special && pp_prefixes_add_special(s->set[BLOCK]) < 0))
        return pp_error("out of memory");
    for (unsigned i = 0; i < LISTS; i++) {
        const struct file *f = &l->file[i];
        if (f->path && read_file(s, i, again ? open_again(f) : pp_input_open(f->path), f->path) < 0)
            return -1;
    }
    return l->special ? allow_from_environment(s->set[ALLOW]) : 0;
}

/* ---- the whole ------------------------------------------------------------------------------------------------ */

/* Whoever asks all the time must not keep the new lists out. */
static void lock_init(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attr;

    pthread_rwlockattr_init(&attr);
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(lock, &attr);
    pthread_rwlockattr_destroy(&attr);
}

struct pp_lists *pp_lists_open(const char *blocklist, const char *allowlist, bool special)
{
    struct pp_lists *l = calloc(1, sizeof *l);

    if (!l) {
        pp_error("out of memory");
        return NULL;
    }
    l->file[BLOCK] = (struct file){blocklist, -1};
    l->file[ALLOW] = (struct file){allowlist, -1};
    l->special = special;
    lock_init(&l->lock);
    if (read_all(&l->now, l, false) < 0) {
        pp_lists_free(l);
        return NULL;
    }
    for (unsigned i = 0; i < LISTS; i++)
        if (*l->now.sha256[i])
            l->file[i].directory = open_directory(l->file[i].path);
    return l;
}

void pp_lists_free(struct pp_lists *l)
{
    if (!l)
        return;
    sets_release(&l->now);
    for (unsigned i = 0; i < LISTS; i++)
        if (l->file[i].directory >= 0)
            close(l->file[i].directory);
    pthread_rwlock_destroy(&l->lock);
    free(l);
}

static bool sets_block(const struct sets *s, const struct pp_addr *a)
{
    int blocked = pp_prefixes_match(s->set[BLOCK], a);

    return blocked >= 0 && pp_prefixes_match(s->set[ALLOW], a) < blocked;
}

bool pp_lists_block(struct pp_lists *l, const struct pp_addr *a)
{
    struct pp_addr v4[PP_EMBEDDED_MAX];
    unsigned n = pp_addr_embedded(a, v4);
    bool result;

    pthread_rwlock_rdlock(&l->lock);
    result = sets_block(&l->now, a);
    for (unsigned i = 0; i < n && !result; i++)
        result = sets_block(&l->now, &v4[i]);
    pthread_rwlock_unlock(&l->lock);
    return result;
}

bool pp_lists_block_now(struct pp_lists *l, const struct pp_addr *a)
{
    return atomic_load_explicit(&l->changed, memory_order_acquire) && pp_lists_block(l, a);
}

int pp_lists_again(struct pp_lists *l)
{
    struct sets fresh = {0}, old = l->now;

    if (read_all(&fresh, l, true) < 0) {
        sets_release(&fresh);
        pp_warn("the lists stay in force as they were read before");
        return -1;
    }
    pthread_rwlock_wrlock(&l->lock);
    l->now = fresh;
    pthread_rwlock_unlock(&l->lock);
    atomic_store_explicit(&l->changed, true, memory_order_release);
    sets_release(&old);
    for (unsigned i = 0; i < LISTS; i++)
        if (l->file[i].path)
            pp_warn("'%s' was read again: %" PRIu64 " prefixes", l->file[i].path, l->now.count[i]);
    return 0;
}

void pp_lists_sha256(const struct pp_lists *l, char blocklist[65], char allowlist[65])
{
    memcpy(blocklist, l->now.sha256[BLOCK], sizeof l->now.sha256[BLOCK]);
    memcpy(allowlist, l->now.sha256[ALLOW], sizeof l->now.sha256[ALLOW]);
}
