/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blocklist.c: sets of prefixes read from any number of files, replaced all at once. The files' directories stay open
 * from the start, as the process may lack search permission on the path after it has dropped privileges, and a new list
 * is a new file under the old name (written aside, then renamed).
 */
#include "blocklist.h"
#include "special.h"

#include "../base/error.h"
#include "../base/json.h"
#include "../stream/input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

/* The content of a file. */
struct content {
    uint64_t prefixes;
    char sha256[65];
};

/* A set of lists, and the files that they were read from. */
struct sets {
    struct pp_prefixes *set[PP_LIST_KINDS];
    struct content *content; /* of each file */
};

struct file {
    const char *path;
    enum pp_list_kind kind;
    int directory; /* -1: the file cannot be reread */
};

struct pp_blocklist {
    struct file *file;
    unsigned nfiles;
    bool special;
    struct sets now;
    pthread_rwlock_t lock; /* protects `now`; the rereading thread may read `now` without it */
    _Atomic bool changed;
};

static void sets_release(struct sets *s)
{
    for (unsigned i = 0; i < PP_LIST_KINDS; i++)
        pp_prefixes_free(s->set[i]);
    free(s->content);
}

/*
 * Reads PATHPROBE_ALLOW, set by `pathprobe lab`. Processes with raised privileges read it, too: it can unblock
 * special-purpose ranges only.
 */
static int allow_from_environment(struct pp_prefixes *allowed)
{
    const char *at = getenv("PATHPROBE_ALLOW");

    while (at && *at) {
        size_t len = strcspn(at, ",");
        struct pp_prefix p;
        if (pp_prefix_parse(&p, at, len) < 0 || !pp_special_prefix_name(&p))
            return pp_error("PATHPROBE_ALLOW: '%.*s' is not a special-purpose prefix", (int)len, at);
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

/* O_NONBLOCK: opening a file that is a pipe now must not block the run. */
static struct pp_input *open_again(const struct file *f)
{
    struct stat st;
    int fd;

    if (f->directory < 0) {
        pp_error("'%s' was not a regular file when it was opened, so it cannot be read again", f->path);
        return NULL;
    }
    fd = openat(f->directory, name_of(f->path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0) {
        pp_error_errno("cannot read '%s' again", f->path);
        if (errno == EACCES)
            pp_hint("it is opened with the rights of the user of --user");
    } else if (S_ISREG(st.st_mode)) {
        return pp_input_open_fd(fd, f->path);
    } else {
        pp_error("'%s' is no longer a regular file", f->path);
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

/* Reads file number I from IN (NULL: it could not be opened, printed). 0, or -1 printed. */
static int read_file(struct sets *s, const struct pp_blocklist *l, unsigned i, struct pp_input *in)
{
    struct pp_prefixes *set = s->set[l->file[i].kind];
    uint64_t before = pp_prefixes_count(set);
    int result = in ? pp_prefixes_read(set, in, l->file[i].path) : -1;

    if (result == 0)
        (void)pp_input_sha256(in, s->content[i].sha256);
    s->content[i].prefixes = pp_prefixes_count(set) - before;
    pp_input_free(in);
    return result;
}

/* Initialises S with the special-purpose ranges, if SPECIAL. */
static int sets_init(struct sets *s, bool special)
{
    for (unsigned i = 0; i < PP_LIST_KINDS; i++)
        if (!(s->set[i] = pp_prefixes_new()))
            return pp_error("out of memory");
    if (!special)
        return 0;
    if (pp_prefixes_add_special(s->set[PP_LIST_BLOCK]) < 0)
        return pp_error("out of memory");
    return allow_from_environment(s->set[PP_LIST_ALLOW]);
}

static int read_all_again(struct sets *s, const struct pp_blocklist *l)
{
    s->content = calloc(l->nfiles + 1, sizeof *s->content);
    if (!s->content)
        return pp_error("out of memory");
    if (sets_init(s, l->special) < 0)
        return -1;
    for (unsigned i = 0; i < l->nfiles; i++)
        if (read_file(s, l, i, open_again(&l->file[i])) < 0)
            return -1;
    return 0;
}

/* ---- the whole ------------------------------------------------------------------------------------------------ */

/* Prefers the writer, so that constant look-ups do not delay new lists. */
static void lock_init(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attr;

    pthread_rwlockattr_init(&attr);
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(lock, &attr);
    pthread_rwlockattr_destroy(&attr);
}

struct pp_blocklist *pp_blocklist_new(bool special)
{
    struct pp_blocklist *l = calloc(1, sizeof *l);

    if (!l) {
        pp_error("out of memory");
        return NULL;
    }
    l->special = special;
    lock_init(&l->lock);
    if (sets_init(&l->now, special) < 0) {
        pp_blocklist_free(l);
        return NULL;
    }
    return l;
}

static bool has_file(const struct pp_blocklist *l, enum pp_list_kind kind, const char *path)
{
    for (unsigned i = 0; i < l->nfiles; i++)
        if (l->file[i].kind == kind && strcmp(l->file[i].path, path) == 0)
            return true;
    return false;
}

int pp_blocklist_add(struct pp_blocklist *l, enum pp_list_kind kind, const char *path)
{
    unsigned i = l->nfiles;
    struct content *content;
    struct file *file;

    if (!path || has_file(l, kind, path))
        return 0;
    file = realloc(l->file, (i + 1) * sizeof *file);
    if (file)
        l->file = file;
    content = realloc(l->now.content, (i + 1) * sizeof *content);
    if (content)
        l->now.content = content;
    if (!file || !content)
        return pp_error("out of memory");
    l->file[i] = (struct file){path, kind, -1};
    l->now.content[i] = (struct content){.prefixes = 0};
    l->nfiles++;
    if (read_file(&l->now, l, i, pp_input_open(path)) < 0)
        return -1;
    if (*l->now.content[i].sha256)
        l->file[i].directory = open_directory(path);
    return 0;
}

struct pp_blocklist *pp_blocklist_open(const char *blocklist, const char *allowlist, bool special)
{
    struct pp_blocklist *l = pp_blocklist_new(special);

    if (l && (pp_blocklist_add(l, PP_LIST_BLOCK, blocklist) < 0 || pp_blocklist_add(l, PP_LIST_ALLOW, allowlist) < 0)) {
        pp_blocklist_free(l);
        l = NULL;
    }
    return l;
}

void pp_blocklist_free(struct pp_blocklist *l)
{
    if (!l)
        return;
    sets_release(&l->now);
    for (unsigned i = 0; i < l->nfiles; i++)
        if (l->file[i].directory >= 0)
            close(l->file[i].directory);
    free(l->file);
    pthread_rwlock_destroy(&l->lock);
    free(l);
}

static int allowed(const struct sets *s, enum pp_list_kind kind, const struct pp_addr *a)
{
    return pp_prefixes_match(s->set[kind], a);
}

static enum pp_blocklist_says sets_block(const struct sets *s, const struct pp_addr *a)
{
    int blocked = pp_prefixes_match(s->set[PP_LIST_SITE_BLOCK], a);

    if (blocked >= 0 && allowed(s, PP_LIST_SITE_ALLOW, a) < blocked)
        return PP_BLOCKLIST_SITE_BLOCKS;
    blocked = pp_prefixes_match(s->set[PP_LIST_BLOCK], a);
    if (blocked < 0 || allowed(s, PP_LIST_ALLOW, a) >= blocked || allowed(s, PP_LIST_SITE_ALLOW, a) >= blocked)
        return PP_BLOCKLIST_PASS;
    return PP_BLOCKLIST_BLOCK;
}

enum pp_blocklist_says pp_blocklist_verdict(struct pp_blocklist *l, const struct pp_addr *a)
{
    struct pp_addr v4[PP_EMBEDDED_MAX];
    unsigned n = pp_addr_embedded(a, v4);
    enum pp_blocklist_says result;

    pthread_rwlock_rdlock(&l->lock);
    result = sets_block(&l->now, a);
    for (unsigned i = 0; i < n && result == PP_BLOCKLIST_PASS; i++)
        result = sets_block(&l->now, &v4[i]);
    pthread_rwlock_unlock(&l->lock);
    return result;
}

bool pp_blocklist_block(struct pp_blocklist *l, const struct pp_addr *a)
{
    return pp_blocklist_verdict(l, a) != PP_BLOCKLIST_PASS;
}

bool pp_blocklist_block_now(struct pp_blocklist *l, const struct pp_addr *a)
{
    return atomic_load_explicit(&l->changed, memory_order_acquire) && pp_blocklist_block(l, a);
}

int pp_blocklist_again(struct pp_blocklist *l)
{
    struct sets fresh = {0}, old = l->now;

    if (read_all_again(&fresh, l) < 0) {
        sets_release(&fresh);
        pp_warn("the lists stay in force as they were read before");
        return -1;
    }
    pthread_rwlock_wrlock(&l->lock);
    l->now = fresh;
    pthread_rwlock_unlock(&l->lock);
    atomic_store_explicit(&l->changed, true, memory_order_release);
    sets_release(&old);
    for (unsigned i = 0; i < l->nfiles; i++)
        pp_warn("'%s' was read again: %" PRIu64 " prefixes", l->file[i].path, l->now.content[i].prefixes);
    return 0;
}

static bool is_block(enum pp_list_kind kind)
{
    return kind == PP_LIST_BLOCK || kind == PP_LIST_SITE_BLOCK;
}

/* Writes the SHA-256 of the only file of this kind; null: there are several, or none. */
static void sha256_of(struct pp_json *j, const char *key, const struct pp_blocklist *l, bool block)
{
    const char *sha256 = NULL;
    unsigned n = 0;

    for (unsigned i = 0; i < l->nfiles; i++)
        if (is_block(l->file[i].kind) == block && n++ == 0)
            sha256 = l->now.content[i].sha256;
    pp_json_str(j, key, n == 1 && *sha256 ? sha256 : NULL);
}

void pp_blocklist_json(const struct pp_blocklist *l, struct pp_json *j)
{
    sha256_of(j, "blocklist_sha256", l, true);
    sha256_of(j, "allowlist_sha256", l, false);
    pp_json_array(j, "lists");
    for (unsigned i = 0; i < l->nfiles; i++) {
        const struct file *f = &l->file[i];
        const struct content *c = &l->now.content[i];
        pp_json_object(j, NULL);
        pp_json_str(j, "option", is_block(f->kind) ? "blocklist" : "allowlist");
        pp_json_str(j, "file", f->path);
        pp_json_bool(j, "site", f->kind == PP_LIST_SITE_BLOCK || f->kind == PP_LIST_SITE_ALLOW);
        pp_json_uint(j, "prefixes", c->prefixes);
        pp_json_str(j, "sha256", *c->sha256 ? c->sha256 : NULL);
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
}
